//! How Nozomi Networks takes in a report and works with its reporter: §N1, §N2, §N14, §N15, §N17 to §N23, §N25, §N26.
#![expect(non_snake_case, reason = "a test is named by its clause")]

use super::*;
use crate::case::triage;
use crate::event::Flag;
use crate::policy::block::access::{What, Who};
use crate::policy::block::intake::{Channel, Encrypted, Numbering};
use crate::policy::block::notice::Shown;

prove! { nozomi;
    clause_N1 = "N1", clause_N2 = "N2", clause_N14 = "N14", clause_N15 = "N15", clause_N17 = "N17", clause_N18 = "N18", clause_N19 = "N19",
    clause_N20 = "N20", clause_N21 = "N21", clause_N22 = "N22", clause_N23 = "N23", clause_N25 = "N25", clause_N26 = "N26",
}

fn reported(more: &str) -> String {
    onprem(&(at("2026-03-02T12:00:00+01:00", "received = { by = \"external\" }") + more))
}

/// The checklist of a report that came in by the form asks for something, and goes on without it.
fn asked_for(policy: &Policy, clause: &str, word: &str) -> Proof {
    let mut asked = guidance::checklist(policy, Channel::Form).filter(|intake| intake.clause == clause);
    let fits = asked.any(|intake| !intake.required && intake.ask.as_deref().is_some_and(|ask| ask.contains(word)));
    require(fits, &format!("§{clause} asks for “{word}” and does not insist"))
}

/// A flag has a task by this clause.
fn has_task(policy: &Policy, flag: Flag, clause: &str, word: &str) -> Proof {
    let task = guidance::task(policy, flag);
    require(
        task.is_some_and(|(task, by)| by == clause && task.contains(word)),
        &format!("{flag} has a task by §{clause}"),
    )?;
    passes(
        policy,
        &reported(&at(
            "2026-03-02T13:00:00+01:00",
            &format!("flagged = {{ flag = \"{flag}\" }}"),
        )),
    )
}

/// The first version of a text of this clause is shown on the form.
fn proposed(policy: &Policy, clause: &str, word: &str) -> Proof {
    let mut shown = guidance::notices(policy, Shown::Form).filter(|notice| notice.clause == clause);
    require(
        shown.any(|notice| notice.version == "1" && notice.text.contains(word)),
        &format!("the form shows the text of §{clause}"),
    )
}

/// A report that names no product of ours is taken in, and somebody owns it.
pub(super) fn clause_N1(policy: &Policy) -> Proof {
    let told = tell(&reported(""));
    let owned = guidance::protections(policy, What::Report, &told.facts, told.now)
        .any(|access| access.owner && access.who == Who::Team);
    require(owned, "a report has an owner")?;
    asked_for(policy, "N1", "product")
}

pub(super) fn clause_N2(policy: &Policy) -> Proof {
    let mail = guidance::ways_in(policy).find(|way| way.channel == Some(Channel::Mail));
    require(mail.is_some_and(|way| way.clause == "N2"), "mail is a way in")
}

/// The code is there, and nobody can reach it: a finding with one of the reasons of VEX, and none other.
pub(super) fn clause_N14(policy: &Policy) -> Proof {
    let answered = |yes: &[&str]| triage::answered(triage::definition(policy)?, yes);
    let word = |value: Option<u8>| value.and_then(|value| Fact::Verdict.values().get(usize::from(value)).copied());
    require(
        word(answered(&["present", "reachable", "controllable"])) == Some("vulnerable"),
        "all three parts make it vulnerable",
    )?;
    require(
        word(answered(&["present", "controllable"])) == Some("not-affected"),
        "out of reach is not affected",
    )?;
    let because = |reason: &str| {
        reported(&at(
            "2026-03-03T09:00:00+01:00",
            &format!("not-affected = {{ product = \"Sensor\"{reason} }}"),
        ))
    };
    refuses(policy, "N14", &because(""))?;
    refuses(policy, "N14", &because(", justification = \"we do not think so\""))?;
    passes(
        policy,
        &because(", justification = \"vulnerable_code_not_in_execute_path\""),
    )
}

/// What a machine found is the team's alone until a person takes it up.
pub(super) fn clause_N15(policy: &Policy) -> Proof {
    let found = onprem(&at(
        "2026-03-02T03:00:00+01:00",
        "received = { by = \"machine:nightly\" }",
    ));
    let seen_by = |story: &str| -> Vec<Who> {
        let told = tell(story);
        guidance::protections(policy, What::MachineFinding, &told.facts, told.now)
            .map(|access| access.who)
            .collect()
    };
    require(seen_by(&found) == [Who::Team], "a finding is the team's")?;
    require(
        seen_by(&(found + &at("2026-03-02T09:00:00+01:00", "promoted = {}"))).is_empty(),
        "a promoted one is a report",
    )?;
    let api = guidance::ways_in(policy).find(|way| way.channel == Some(Channel::Api));
    require(api.is_some_and(|way| way.clause == "N15"), "machines have a way in")
}

pub(super) fn clause_N17(policy: &Policy) -> Proof {
    let expected = |way| guidance::checklist(policy, way).any(|intake| intake.encrypted == Some(Encrypted::Expected));
    require(
        expected(Channel::Mail) && !expected(Channel::Form),
        "a mail is expected to be encrypted",
    )?;
    has_task(policy, Flag::ArrivedInClear, "N17", "encrypted")
}

/// A number that tells nothing of the volume, within five minutes.
pub(super) fn clause_N18(policy: &Policy) -> Proof {
    require(
        guidance::numbering(policy) == Some((Numbering::Random, "N18")),
        "numbers are random",
    )?;
    owes(
        policy,
        &reported(""),
        "2026-03-02T12:00:00+01:00",
        "acknowledgement external | running | due 2026-03-02T12:05:00+01:00 | duty must",
    )?;
    let acknowledged = reported(&at("2026-03-02T12:01:00+01:00", "acknowledged = {}"));
    owes(
        policy,
        &acknowledged,
        "2026-03-03T00:00:00+01:00",
        "acknowledgement external | met",
    )
}

/// Three days without a person are late, and no broken promise; a question to the reporter is a first review.
pub(super) fn clause_N19(policy: &Policy) -> Proof {
    owes(
        policy,
        &reported(""),
        "2026-03-05T12:00:01+01:00",
        "first-review external | overdue | due 2026-03-05T12:00:00+01:00 | duty aims",
    )?;
    let asked = reported(&at("2026-03-04T09:00:00+01:00", "info-requested = {}"));
    owes(
        policy,
        &asked,
        "2026-03-06T00:00:00+01:00",
        "first-review external | met | met_at 2026-03-04T09:00:00+01:00",
    )
}

pub(super) fn clause_N20(policy: &Policy) -> Proof {
    asked_for(policy, "N20", "What is the problem")?;
    asked_for(policy, "N20", "exploit")?;
    let asked = reported(&at("2026-10-02T10:00:00+02:00", "info-requested = {}"));
    unanswered(policy, &asked, "2026-10-16T10:00:00+02:00", 2, None)?;
    unanswered(policy, &asked, "2026-11-01T23:59:59+01:00", 2, None)?;
    unanswered(policy, &asked, "2026-11-02T00:00:00+01:00", 2, Some("N20"))
}

pub(super) fn clause_N21(policy: &Policy) -> Proof {
    proposed(policy, "N21", "until our advisory is out")
}

pub(super) fn clause_N22(policy: &Policy) -> Proof {
    has_task(policy, Flag::CompensationRequested, "N22", "no bounties")?;
    has_task(policy, Flag::Extortion, "N22", "legal")
}

/// Asked before the advisory, or late with it; nothing is refused, the name stays out.
pub(super) fn clause_N23(policy: &Policy) -> Proof {
    let confirmed = reported(&at(
        "2026-03-03T09:00:00+01:00",
        "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
    ));
    owes(
        policy,
        &confirmed,
        "2026-03-04T00:00:00+01:00",
        "credit-asked external | running | duty aims",
    )?;
    let asked = confirmed.clone()
        + &at(
            "2026-03-05T09:00:00+01:00",
            "credit = { choice = \"yes\", as = \"R. Vell\" }",
        );
    owes(
        policy,
        &asked,
        "2026-03-06T00:00:00+01:00",
        "credit-asked external | met | met_at 2026-03-05T09:00:00+01:00",
    )?;
    let published = confirmed + &at("2026-09-01T09:00:00+02:00", "advisory-published = {}");
    owes(
        policy,
        &published,
        "2026-09-01T10:00:00+02:00",
        "credit-asked external | overdue",
    )
}

pub(super) fn clause_N25(policy: &Policy) -> Proof {
    proposed(policy, "N25", "denial of service")?;
    has_task(policy, Flag::RoeViolation, "N25", "judged on its own")
}

pub(super) fn clause_N26(policy: &Policy) -> Proof {
    proposed(policy, "N26", "I have stopped there")?;
    has_task(policy, Flag::ContainsPii, "N26", "data protection officer")
}
