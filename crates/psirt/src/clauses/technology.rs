//! How 128 Technology takes in, investigates and shares: §T1 to §T13.
#![expect(non_snake_case, reason = "a test is named by its clause")]

use super::*;
use crate::case::guidance::Command;
use crate::case::triage;
use crate::policy::block::access::{What, Who};
use crate::policy::block::intake::Channel;
use crate::policy::block::publish::{Content, Format};

prove! { technology;
    clause_T1 = "T1", clause_T2 = "T2", clause_T3 = "T3", clause_T4 = "T4", clause_T5 = "T5", clause_T6 = "T6", clause_T7 = "T7",
    clause_T8 = "T8", clause_T9 = "T9", clause_T10 = "T10", clause_T11 = "T11", clause_T12 = "T12", clause_T13 = "T13",
}

const LIST: &str = "128sirtannounce@128technology.com";
const CONFIRMED: &str = "confirmed = { origin = \"own\", products = [\"Sensor\"] }";
const TOLD: &str = "reported-back = { reporter = \"external\" }";

/// A report from outside, on Friday 20 November 2026 at nine in New York.
fn reported(more: &str) -> String {
    onprem(&(at("2026-11-20T09:00:00-05:00", "received = { by = \"external\" }") + more))
}

fn confirmed(more: &str) -> String {
    reported(&(at("2026-11-20T15:00:00-05:00", CONFIRMED) + &at("2026-11-20T15:00:00-05:00", CRITICAL) + more))
}

pub(super) fn clause_T1(policy: &Policy) -> Proof {
    let told = tell(&reported(""));
    let owned = guidance::protections(policy, What::Report, &told.facts, told.now)
        .any(|access| access.owner && access.who == Who::Team);
    require(owned, "a report is the team's, and has an owner")
}

/// No vulnerability by the definition alone: one of its two parts is enough.
pub(super) fn clause_T2(policy: &Policy) -> Proof {
    let told = at("2026-11-20T12:00:00-05:00", TOLD);
    let rejected = at(
        "2026-11-20T13:00:00-05:00",
        "rejected = { exit = \"not-a-vulnerability\" }",
    );
    let part = |part: &str, answer: &str| {
        let answered = format!("answered = {{ clause = \"T2\", question = \"{part}\", answer = \"{answer}\" }}");
        at("2026-11-20T11:00:00-05:00", &answered)
    };
    let reviewed = at("2026-11-20T11:00:00-05:00", "reviewed = {}");
    let no = part("functionality", "no");
    refuses(policy, "T2", &reported(&(reviewed + &told + &rejected)))?;
    refuses(policy, "T2", &reported(&(no.clone() + &told + &rejected)))?;
    let yes = part("confidentiality", "yes");
    refuses(policy, "T2", &reported(&(no.clone() + &yes + &told + &rejected)))?;
    passes(
        policy,
        &reported(&(no + &part("confidentiality", "no") + &told + &rejected)),
    )?;
    let answered = |yes: &[&str]| triage::answered(triage::definition(policy)?, yes);
    const VULNERABLE: u8 = 0;
    require(
        answered(&["confidentiality"]) == Some(VULNERABLE),
        "a pure disclosure is a vulnerability",
    )?;
    require(
        answered(&["functionality"]) == Some(VULNERABLE),
        "a pure denial of service is one",
    )?;
    require(answered(&[]).is_none(), "with neither it is none")
}

pub(super) fn clause_T3(policy: &Policy) -> Proof {
    let leads_to = |channel: Channel| {
        guidance::ways_in(policy)
            .find(|way| way.channel == Some(channel))
            .and_then(|way| way.address.as_deref())
    };
    require(
        leads_to(Channel::Mail) == Some("128sirtreport@128technology.com"),
        "mail is a way in",
    )?;
    require(
        leads_to(Channel::Portal) == Some("https://community.128technology.com/support"),
        "the portal is one",
    )
}

pub(super) fn clause_T4(policy: &Policy) -> Proof {
    let command = guidance::command(policy, "128SIRTannounce-subscribe@128technology.com");
    require(
        command
            == Some((
                Command::Subscribe {
                    list: Some(LIST),
                    confirmed: true,
                },
                "T4",
            )),
        "a mail subscribes once it is confirmed",
    )?;
    require(
        guidance::command(policy, LIST).is_none(),
        "a mail to the list is no command",
    )
}

pub(super) fn clause_T5(policy: &Policy) -> Proof {
    let command = guidance::command(policy, "128sirtannounce-unsubscribe@128technology.com");
    require(
        command
            == Some((
                Command::Unsubscribe {
                    list: Some(LIST),
                    confirmed: false,
                },
                "T5",
            )),
        "a mail unsubscribes at once",
    )
}

/// What is published goes to the list within a day.
pub(super) fn clause_T6(policy: &Policy) -> Proof {
    let published = confirmed(&at("2026-12-01T15:00:00-05:00", "advisory-published = {}"));
    owes(
        policy,
        &published,
        "2026-12-01T16:00:00-05:00",
        "announced case | running | due 2026-12-02T15:00:00-05:00 | duty aims",
    )?;
    let known = tell(&published).known(policy, None);
    let told: Vec<_> = guidance::lists(policy, Vehicle::Advisory, &known)
        .map(|list| list.address.as_deref())
        .collect();
    require(told == [Some(LIST)], "the list gets each advisory")
}

/// An old version is no reason before it is known what is affected.
pub(super) fn clause_T7(policy: &Policy) -> Proof {
    owes(
        policy,
        &reported(""),
        "2027-11-20T09:00:00-05:00",
        "investigated case | running | start 2026-11-20T09:00:00-05:00 | due null | duty aims",
    )?;
    let told = at("2026-11-20T16:00:00-05:00", TOLD);
    let rejected = at(
        "2026-11-20T17:00:00-05:00",
        "rejected = { exit = \"obsolete-product\" }",
    );
    refuses(policy, "T7", &reported(&(told.clone() + &rejected)))?;
    passes(policy, &confirmed(&(told + &rejected)))
}

pub(super) fn clause_T8(policy: &Policy) -> Proof {
    let order = [
        Fact::Exploit,
        Fact::Band,
        Fact::Class,
        Fact::PublicAttention,
        Fact::Deployment,
    ];
    require(guidance::work_order(policy) == order, "exploitation comes first")
}

/// A line whose support ended before the report may get a fix, and may not.
pub(super) fn clause_T9(policy: &Policy) -> Proof {
    let old = "[[product]]\nname = \"Old\"\ndeployment = \"on-prem\"\nsupported-until = 2025-12-31\n";
    let story = old.to_owned() + &confirmed("").replace("[\"Sensor\"]", "[\"Sensor\", \"Old\"]");
    owes(
        policy,
        &story,
        "2036-11-20T16:00:00-05:00",
        "
        unsupported-fix Old | running | duty may | due null
        unsupported-fix Sensor | absent",
    )?;
    let asked = |line: &str| vehicles(policy, "T9", &story, Some(line));
    require(
        asked("Old")
            .iter()
            .any(|publish| publish.fields == [Content::Instructions]),
        "the portal says to upgrade",
    )?;
    require(asked("Sensor").is_empty(), "it does not for a supported line")
}

/// An acknowledgement of the report is none of the answer.
pub(super) fn clause_T10(policy: &Policy) -> Proof {
    let answer =
        at("2026-11-20T10:00:00-05:00", "acknowledged = {}") + &at("2026-11-20T11:00:00-05:00", "info-received = {}");
    owes(
        policy,
        &reported(&answer),
        "2026-11-20T12:00:00-05:00",
        "
        answers-are-acknowledged external | running | start 2026-11-20T11:00:00-05:00 | duty aims",
    )?;
    let acknowledged = reported(&(answer + &at("2026-11-20T12:00:00-05:00", "acknowledged = {}")));
    owes(
        policy,
        &acknowledged,
        "2026-11-20T13:00:00-05:00",
        "answers-are-acknowledged external | met | met_at 2026-11-20T12:00:00-05:00",
    )?;
    // Whoever does not answer is asked again, and no silence ends a report.
    let asked = reported(&at("2026-11-20T11:00:00-05:00", "info-requested = {}"));
    unanswered(policy, &asked, "2026-11-27T11:00:00-05:00", 1, None)?;
    unanswered(policy, &asked, "2027-11-20T11:00:00-05:00", 2, None)
}

/// Two working days from a Friday end on Tuesday; the work goes on only once every reporter knows.
pub(super) fn clause_T11(policy: &Policy) -> Proof {
    let joined = at(
        "2026-11-20T10:00:00-05:00",
        "report-joined = { reporter = \"customer:c7\" }",
    );
    owes(
        policy,
        &reported(&(joined + &at("2026-11-20T15:00:00-05:00", CONFIRMED))),
        "2026-11-20T16:00:00-05:00",
        "
        findings-delivered external | running | due 2026-11-24T23:59:59-05:00 | duty must
        findings-delivered c7 | running | due 2026-11-24T23:59:59-05:00",
    )?;
    passes(policy, &reported(&at("2026-11-20T15:00:00-05:00", CONFIRMED)))?;
    let steps = [
        "fix-ready = { product = \"Sensor\" }",
        "fix-released = { product = \"Sensor\", version = \"6.1\" }",
        "rejected = { exit = \"cannot-reproduce\" }",
        "advisory-published = {}",
    ];
    for step in steps {
        let step = at("2026-11-21T09:00:00-05:00", step);
        refuses(policy, "T11", &confirmed(&step))?;
        passes(policy, &confirmed(&(at("2026-11-20T16:00:00-05:00", TOLD) + &step)))?;
    }
    // Of two reporters one is let off with a reason, and the other one is still owed theirs.
    let let_off = at(
        "2026-11-20T10:00:00-05:00",
        "report-joined = { reporter = \"customer:c7\" }",
    ) + &at("2026-11-20T15:00:00-05:00", CONFIRMED)
        + &at(
            "2026-11-20T16:00:00-05:00",
            "by = \"A\"\napproved-by = \"B\"\nwaived = { rule = \"findings-delivered\", reporter = \"c7\", why = \"no contact\" }",
        );
    owes(
        policy,
        &reported(&let_off),
        "2026-11-20T17:00:00-05:00",
        "
        findings-delivered external | running
        findings-delivered c7 | waived",
    )?;
    let step = at(
        "2026-11-21T09:00:00-05:00",
        "rejected = { exit = \"cannot-reproduce\" }",
    );
    refuses(policy, "T11", &reported(&(let_off + &step)))
}

/// The case is its members' until the advisory, the reporter's name for ever; out of the team goes nothing by one person.
pub(super) fn clause_T12(policy: &Policy) -> Proof {
    let seen_by = |what: What, story: &str| -> Vec<Who> {
        let told = tell(story);
        guidance::protections(policy, what, &told.facts, told.now)
            .map(|access| access.who)
            .collect()
    };
    let published = confirmed(&at("2026-11-24T09:00:00-05:00", "advisory-published = {}"));
    require(
        seen_by(What::Case, &confirmed("")) == [Who::Members],
        "a case is its members'",
    )?;
    require(seen_by(What::Case, &published).is_empty(), "until its advisory is out")?;
    require(
        seen_by(What::Reporter, &published) == [Who::Members],
        "the reporter stays confidential",
    )?;
    let shared = "shared-with-cert = { cert = \"CERT/CC\" }";
    refuses(
        policy,
        "T12",
        &confirmed(&at("2026-11-21T09:00:00-05:00", &format!("by = \"ada\"\n{shared}"))),
    )?;
    passes(
        policy,
        &confirmed(&at(
            "2026-11-21T09:00:00-05:00",
            &format!("by = \"ada\"\napproved-by = \"lea\"\n{shared}"),
        )),
    )?;
    refuses(
        policy,
        "T12",
        &reported(&at("2026-11-21T09:00:00-05:00", "cve-published = {}")),
    )
}

pub(super) fn clause_T13(policy: &Policy) -> Proof {
    owes(
        policy,
        &confirmed(""),
        "2036-11-20T16:00:00-05:00",
        "shared-with-cert case | running | due null | duty may",
    )?;
    told_by(policy, "T13", &confirmed(""), Vehicle::Cert, |publish| {
        publish.optional && publish.formats == [Format::Csaf]
    })
}
