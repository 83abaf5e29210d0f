//! Small invented policies, for what a policy can say and no shipped one does.

use super::{at, check_due_with, onprem};
use crate::clock::calendar::Calendar;
use crate::clock::facts::CaseFacts;
use crate::clock::{Calendars, obligations};
use crate::policy::{Policy, PolicyKind, read};
use crate::story::Story;

/// A policy with two bands, an office and these promises: an id, and its further keys.
pub(super) fn policy(promises: &[(&str, &str)]) -> Policy {
    let mut text = String::from(
        "+++\nid = \"small\"\nversion = \"1\"\neffective = 2026-01-01\ntitle = \"T\"\ntimezone = \"UTC\"\ncalendar = \"office\"\n\
         +++\n\n# T\n\n§0 Bands, and an office.\n\n```calendar\nid = \"office\"\nzone = \"UTC\"\nopen = { mon = \"09:00-17:00\", \
         tue = \"09:00-17:00\", wed = \"09:00-17:00\" }\nclosed = []\nknown_until = 2031-12-31\n```\n\n```bands\nid = \"severity\"\ngap = []\n[[band]]\nid = \"high\"\nlabel = \"High\"\nfrom = 7.0\nto = 10.0\n\
         [[band]]\nid = \"low\"\nlabel = \"Low\"\nfrom = 0.0\nto = 6.9\n```\n",
    );
    for (index, (id, keys)) in promises.iter().enumerate() {
        let number = index + 1;
        text.push_str(&format!(
            "\n§{number} {id}.\n\n```promise\nid = \"{id}\"\n{keys}\n```\n"
        ));
    }
    let (policy, findings) = read("small.policy.md", &text);
    policy.unwrap_or_else(|| panic!("{findings:?}"))
}

pub(super) const FIX: &str = "duty = \"must\"\ndo = \"fix-released\"\nper = \"track\"\nstart = \"confirmed\"";

pub(super) fn confirmed(products: &str) -> String {
    at("2026-01-05T09:00:00Z", "received = {}")
        + &at(
            "2026-01-05T09:00:00Z",
            &format!("confirmed = {{ origin = \"own\", products = [{products}] }}"),
        )
}

#[test]
fn a_promise_that_overrides_another_does_so_on_its_own_line() {
    let small = policy(&[
        ("fix", &format!("{FIX}\nwithin = \"60 days\"")),
        (
            "quick",
            &format!("{FIX}\nwhen = {{ deployment = \"saas\" }}\nwithin = \"5 days\"\noverrides = [\"fix\"]"),
        ),
    ]);
    let lines = "[[product]]\nname = \"Sensor\"\ndeployment = \"on-prem\"\n[[product]]\nname = \"Cloud\"\ndeployment = \"saas\"\n";
    let story = format!("{lines}{}", confirmed("\"Sensor\", \"Cloud\""));
    check_due_with(
        &[small],
        &story,
        "2026-01-06T00:00:00Z",
        "
        fix Sensor | running | due 2026-03-06
        fix Cloud | superseded
        quick Sensor | absent
        quick Cloud | running | due 2026-01-10",
    );
}

/// Of the promises that held before, only one for the same deed, the same kind of subject and of no lesser strength is a cap.
#[test]
fn a_raised_band_is_capped_by_the_promise_that_it_replaces_and_by_no_other() {
    let low = "when = { band = \"low\" }";
    let small = policy(&[
        (
            "high",
            &format!("{FIX}\nwhen = {{ band = \"high\" }}\nwithin = \"30 days\""),
        ),
        ("low", &format!("{FIX}\n{low}\nwithin = \"60 days\"")),
        (
            "helped",
            &format!("{FIX}\n{low}\nwithin = \"3 days\"").replace("fix-released", "workaround-provided"),
        ),
        (
            "whole-case",
            &format!("{FIX}\n{low}\nwithin = \"4 days\"").replace("track", "case"),
        ),
        (
            "aimed",
            &format!("{FIX}\n{low}\nwithin = \"5 days\"").replace("\"must\"", "\"aims\""),
        ),
        ("always", &format!("{FIX}\nwithin = \"6 days\"")),
    ]);
    let scored = |when: &str, impact: &str| {
        let vector = format!("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:{impact}/I:{impact}/A:N");
        at(when, &format!("scored = {{ vector = \"{vector}\", source = \"own\" }}"))
    };
    let story = confirmed("\"Sensor\"") + &scored("2026-01-05T10:00:00Z", "L") + &scored("2026-02-24T10:00:00Z", "H");
    check_due_with(
        &[small],
        &onprem(&story),
        "2026-02-25T00:00:00Z",
        "high Sensor | running | due 2026-03-06",
    );
}

#[test]
fn the_later_of_two_starts_waits_for_the_one_that_is_missing() {
    let small = policy(&[(
        "told",
        "duty = \"must\"\ndo = \"announced\"\nper = \"track\"\nwithin = \"3 days\"\nstart = { latest = [\"confirmed\", \"workaround-provided\"] }",
    )]);
    let helped = at("2026-01-07T09:00:00Z", "workaround-provided = { product = \"Sensor\" }");
    let now = "2026-01-08T00:00:00Z";
    let story = onprem(&confirmed("\"Sensor\""));
    check_due_with(
        std::slice::from_ref(&small),
        &story,
        now,
        "told Sensor | dormant | proof.waits_for workaround-provided",
    );
    check_due_with(
        &[small],
        &(story + &helped),
        now,
        "told Sensor | running | start 2026-01-07T09:00:00",
    );
}

/// An acknowledgement of everybody reaches who came with a merged case once it was merged, and not before.
#[test]
fn what_is_done_for_the_whole_case_reaches_the_reporters_of_a_merged_one_from_the_merging_on() {
    let story = |acknowledged: &str| {
        let theirs = "case = \"NN-2026-B\"\nreceived = { by = \"customer:c7\" }";
        [
            at("2026-01-05T09:00:00Z", "received = { by = \"external\" }"),
            at("2026-01-05T09:30:00Z", theirs),
            at("2026-01-06T09:00:00Z", "merged = { case = \"NN-2026-B\" }"),
            at(acknowledged, "acknowledged = {}"),
        ]
        .concat()
    };
    let expect = |acknowledged: &str, expect: &str| {
        super::check_due("house", &onprem(&story(acknowledged)), "2026-01-07T00:00:00Z", expect);
    };
    expect(
        "2026-01-05T10:00:00Z",
        "2.1 external | met-late | met_at 2026-01-05T10:00:00
        2.1 c7 | breached | due 2026-01-05T09:35:00",
    );
    expect(
        "2026-01-06T10:00:00Z",
        "2.1 external | met-late | met_at 2026-01-06T10:00:00
        2.1 c7 | met-late | met_at 2026-01-06T10:00:00",
    );
    expect("2026-01-06T09:00:00Z", "2.1 c7 | met-late | met_at 2026-01-06T09:00:00");
}

/// Due a day after the first, or the last, of three lines had its fix.
#[test]
fn a_start_in_the_lines_is_that_of_the_first_or_of_the_last_one() {
    let promise = |pick: &str| {
        format!(
            "duty = \"must\"\ndo = \"announced\"\nper = \"case\"\nstart = \"fix-released\"\npick = \"{pick}\"\nwithin = \"1 day\""
        )
    };
    let (first, last) = (promise("first"), promise("last"));
    let small = policy(&[("first", &first), ("last", &last)]);
    let lines = ["A", "B", "C"].map(|name| format!("[[product]]\nname = \"{name}\"\ndeployment = \"on-prem\"\n"));
    let fixed = |line: &str, day: &str| {
        at(
            &format!("2026-01-{day}T09:00:00Z"),
            &format!("fix-released = {{ product = \"{line}\", version = \"2\" }}"),
        )
    };
    let events = confirmed("\"A\", \"B\", \"C\"") + &fixed("A", "12") + &fixed("B", "10");
    let now = "2026-01-20T00:00:00Z";
    let story = lines.concat() + &events;
    check_due_with(
        std::slice::from_ref(&small),
        &story,
        now,
        "
        first case | breached | start 2026-01-10T09:00:00
        last case | dormant | proof.waits_for fix-released",
    );
    let story = story + &fixed("C", "11");
    check_due_with(
        &[small],
        &story,
        now,
        "last case | breached | start 2026-01-12T09:00:00",
    );
}

/// A fix was due on 15 January; two people moved that to the 31st.
#[test]
fn an_override_saves_what_was_not_late_yet() {
    let small = policy(&[("fix", &format!("{FIX}\nwithin = \"10 days\""))]);
    let overridden = |day: &str, fixed: &str, expect: &str| {
        let story = confirmed("\"Sensor\"")
            + &at(
                &format!("2026-01-{day}Z"),
                "by = \"ada\"\napproved-by = \"bo\"\noverridden = { rule = \"fix\", due = 2026-01-31, why = \"a harder flaw\" }",
            )
            + &at(
                &format!("2026-01-{fixed}T12:00:00Z"),
                "fix-released = { product = \"Sensor\", version = \"2\" }",
            );
        check_due_with(
            std::slice::from_ref(&small),
            &onprem(&story),
            "2026-02-10T00:00:00Z",
            expect,
        );
    };
    overridden(
        "10T09:00:00",
        "20",
        "fix Sensor | met | due 2026-01-31 | original_due 2026-01-15",
    );
    overridden("15T23:59:59", "20", "fix Sensor | met | due 2026-01-31");
    overridden(
        "17T09:00:00",
        "20",
        "fix Sensor | met-late | due 2026-01-31 | original_due 2026-01-15",
    );
    overridden("17T09:00:00", "12", "fix Sensor | met | due 2026-01-31");
}

#[test]
fn a_vendors_policy_governs_older_cases_and_the_lines_of_its_brand() {
    let mut small = policy(&[("fix", &format!("{FIX}\nwithin = \"10 days\""))]);
    small.front.brand = "acme".to_owned();
    small.front.effective = "2026-06-01".parse().unwrap();
    let line = |brand: &str| {
        format!(
            "[[product]]\nname = \"Sensor\"\nbrand = \"{brand}\"\ndeployment = \"on-prem\"\n{}",
            confirmed("\"Sensor\"")
        )
    };
    for (brand, expect) in [("acme", "running"), ("small", "running"), ("other", "absent")] {
        check_due_with(
            std::slice::from_ref(&small),
            &line(brand),
            "2026-01-06T00:00:00Z",
            &format!("fix Sensor | {expect}"),
        );
    }
}

#[test]
fn a_version_is_in_force_from_its_day_and_not_before_the_house_had_it() {
    let mut small = policy(&[]);
    let from = |small: &Policy| small.in_force_from().unwrap().to_string();
    assert_eq!(from(&small), "2026-01-01T00:00:00Z");
    small.adopted = Some("2026-03-04T05:06:07Z".parse().unwrap());
    assert_eq!(from(&small), "2026-03-04T05:06:07Z");
    small.adopted = Some("2025-03-04T05:06:07Z".parse().unwrap());
    assert_eq!(from(&small), "2026-01-01T00:00:00Z");
}

/// D7: only the bill of materials may be unknown; without a fix of the supplier nothing begins.
#[test]
fn a_suppliers_fix_is_waited_for_and_a_bill_of_materials_is_not() {
    let small = policy(&[(
        "update",
        "duty = \"must\"\ndo = \"fix-released\"\nper = \"component\"\nwithin = \"60 days\"\nwhen = { origin = \"third-party\" }\nstart = { latest = [\"upstream-fix-released\", \"component-shipped\"] }",
    )]);
    let begun = confirmed("\"Sensor\"").replace("\"own\"", "\"third-party\"");
    let shipped = at(
        "2026-01-06T09:00:00Z",
        "component-shipped = { product = \"Sensor\", version = \"1\", component = \"zlib\", component-version = \"1.2\" }",
    );
    let fixed = at(
        "2026-01-07T09:00:00Z",
        "upstream-fix-released = { component = \"zlib\", version = \"1.3\" }",
    );
    let now = "2026-01-08T00:00:00Z";
    for (events, expect) in [
        (
            &shipped,
            "update zlib | dormant | proof.waits_for upstream-fix-released",
        ),
        (&fixed, "update zlib | running | start 2026-01-07T09:00:00"),
    ] {
        check_due_with(
            std::slice::from_ref(&small),
            &onprem(&format!("{begun}{events}")),
            now,
            expect,
        );
    }
}

/// R6: what was split off had been received with the case that it was split from.
#[test]
fn what_was_split_off_was_received_with_the_whole() {
    let small = policy(&[(
        "looked-at",
        "duty = \"must\"\ndo = \"reviewed\"\nper = \"case\"\nstart = \"received\"\nwithin = \"3 days\"",
    )]);
    let split = at(
        "2026-01-20T09:00:00Z",
        "split-from = { case = \"NN-2026-A\", brand = \"b\", number = \"NN-2026-A\", since = 2026-01-05T09:00:00Z }",
    );
    let story = onprem(&(split + &at("2026-01-20T09:00:00Z", "received = {}")));
    check_due_with(
        &[small],
        &story,
        "2026-01-20T10:00:00Z",
        "looked-at case | breached | start 2026-01-05T09:00:00",
    );
}

/// The office is open from Monday to Wednesday; an edition that the house adopted closes one Tuesday, and the next one another day.
#[test]
fn an_adopted_edition_of_a_calendar_counts_in_place_of_the_policys() {
    let small = policy(&[("fix", &format!("{FIX}\nwithin = \"2 working days\""))]);
    let own = small.calendar().unwrap();
    let edition = |id: &str, closed: &str| {
        let closed = vec![closed.parse().unwrap()];
        let known = "2031-12-31".parse().unwrap();
        Calendar::new(
            id.to_owned(),
            String::new(),
            1,
            "UTC",
            own.open().clone(),
            closed,
            known,
        )
        .unwrap()
    };
    let story = Story::read(&onprem(&confirmed("\"Sensor\""))).unwrap();
    let now = "2026-01-06T00:00:00Z".parse().unwrap();
    let facts = CaseFacts::fold(&story.products, story.entries(), now);
    let mut calendars = Calendars::default();
    let mut due = |adopted: Option<Calendar>| {
        adopted.into_iter().for_each(|edition| calendars.adopt(edition));
        let all = obligations(std::slice::from_ref(&small), &facts, &calendars, now);
        all[0].due.unwrap().to_string()
    };
    assert_eq!(due(None), "2026-01-07T23:59:59Z");
    assert_eq!(due(Some(edition("plant", "2026-01-06"))), "2026-01-07T23:59:59Z");
    assert_eq!(due(Some(edition("office", "2026-01-06"))), "2026-01-12T23:59:59Z");
    assert_eq!(due(Some(edition("office", "2026-01-13"))), "2026-01-07T23:59:59Z");
}

/// An overlay that the house adopted reaches the cases that were opened after its day; a draft of one is shown on all of them.
#[test]
fn an_adopted_overlay_leaves_older_cases_alone() {
    let mut small = policy(&[("fix", &format!("{FIX}\nwithin = \"10 days\""))]);
    small.front.kind = PolicyKind::Overlay;
    small.front.market = vec!["eu".to_owned()];
    let line = "[[product]]\nname = \"Sensor\"\ndeployment = \"on-prem\"\nmarket = [\"eu\"]\n";
    let story = format!("{line}{}", confirmed("\"Sensor\""));
    let mut check = |effective: &str, adopted: bool, expect: &str| {
        small.front.effective = effective.parse().unwrap();
        small.adopted = adopted.then(|| "2025-12-01T00:00:00Z".parse().unwrap());
        check_due_with(
            std::slice::from_ref(&small),
            &story,
            "2026-01-06T00:00:00Z",
            &format!("fix Sensor | {expect}"),
        );
    };
    check("2026-01-06", true, "absent");
    check("2026-01-06", false, "running");
    check("2026-01-05", true, "running");
}

/// When the case of a story was opened, and since when it is closed.
fn check_life(events: &[(&str, &str)], opened: &str, closed: Option<&str>) {
    let events: String = events
        .iter()
        .map(|(day, event)| at(&format!("2026-01-{day}T09:00:00Z"), event))
        .collect();
    let story = Story::read(&onprem(&events)).unwrap();
    let now = "2026-02-10T00:00:00Z".parse().unwrap();
    let facts = CaseFacts::fold(&story.products, story.entries(), now);
    let at = |day: &str| format!("2026-01-{day}T09:00:00Z").parse().unwrap();
    assert_eq!((facts.opened(), facts.closed(now)), (Some(at(opened)), closed.map(at)));
}

#[test]
fn a_case_is_opened_by_its_report_and_closed_until_it_is_taken_up_again() {
    let (received, disclosed) = ("received = {}", "upstream-disclosed = { component = \"zlib\" }");
    check_life(&[("05", received), ("06", "acknowledged = {}")], "05", None);
    check_life(&[("03", disclosed), ("05", received)], "05", None);
    check_life(&[("03", disclosed)], "03", None);
    let reopened = "reopened = { why = \"a second line\" }";
    check_life(&[("05", received), ("07", "closed = {}")], "05", Some("07"));
    check_life(&[("05", received), ("07", "closed = {}"), ("08", reopened)], "05", None);
    check_life(
        &[
            ("05", received),
            ("07", "closed = {}"),
            ("08", reopened),
            ("09", "closed = {}"),
        ],
        "05",
        Some("09"),
    );
}

/// From the very instant at which a fix was withdrawn it is none.
#[test]
fn a_withdrawn_fix_is_none_from_that_instant_on() {
    let small = policy(&[("fix", &format!("{FIX}\nwithin = \"10 days\""))]);
    let story = confirmed("\"Sensor\"")
        + &at(
            "2026-01-07T09:00:00Z",
            "fix-released = { product = \"Sensor\", version = \"2\" }",
        )
        + &at(
            "2026-01-08T09:00:00Z",
            "fix-withdrawn = { product = \"Sensor\", version = \"2\", why = \"it broke logins\" }",
        );
    for (now, expect) in [("2026-01-08T08:59:59Z", "met"), ("2026-01-08T09:00:00Z", "running")] {
        check_due_with(
            std::slice::from_ref(&small),
            &onprem(&story),
            now,
            &format!("fix Sensor | {expect}"),
        );
    }
}

/// R1: the cap on silence takes lines as affected until somebody decides; it makes no case a vulnerability. D21: nor does a verdict that an
/// appeal put back.
#[test]
fn a_case_is_no_vulnerability_without_a_standing_verdict() {
    let small = policy(&[(
        "told",
        "duty = \"must\"\ndo = \"announced\"\nper = \"case\"\nwhen = { verdict = \"vulnerable\" }\nstart = { earliest = [\"confirmed\", \"received + 72 hours\"] }\nwithin = \"9 days\"",
    )]);
    let small = std::slice::from_ref(&small);
    let received = at("2026-01-05T09:00:00Z", "received = {}");
    check_due_with(small, &onprem(&received), "2026-01-10T00:00:00Z", "told case | dormant");
    let appealed = confirmed("\"Sensor\"")
        + &at("2026-01-06T09:00:00Z", "rejected = { exit = \"cannot-reproduce\" }")
        + &at("2026-01-07T09:00:00Z", "appealed = {}");
    check_due_with(
        small,
        &onprem(&appealed),
        "2026-01-08T00:00:00Z",
        "told case | superseded",
    );
}

#[test]
fn what_starts_on_one_line_starts_nothing_on_another() {
    let small = policy(&[(
        "told",
        "duty = \"must\"\ndo = \"announced\"\nper = \"track\"\nstart = \"workaround-provided\"\nwithin = \"3 days\"",
    )]);
    let lines = ["A", "B"].map(|name| format!("[[product]]\nname = \"{name}\"\ndeployment = \"on-prem\"\n"));
    let helped = at("2026-01-07T09:00:00Z", "workaround-provided = { product = \"B\" }");
    let story = format!("{}{}{helped}", lines.concat(), confirmed("\"A\", \"B\""));
    check_due_with(
        &[small],
        &story,
        "2026-01-08T00:00:00Z",
        "
        told A | dormant
        told B | running | start 2026-01-07T09:00:00",
    );
}

/// Ten days under the version that was in force, twenty under the one that the case was moved to.
#[test]
fn a_case_runs_under_the_version_that_it_was_moved_to() {
    let fix = |days: u32| policy(&[("fix", &format!("{FIX}\nwithin = \"{days} days\""))]);
    let (old, mut new) = (fix(10), fix(20));
    new.front.version = "2".to_owned();
    new.front.effective = "2026-06-01".parse().unwrap();
    let both = [old, new];
    let now = "2026-01-08T00:00:00Z";
    let story = onprem(&confirmed("\"Sensor\""));
    check_due_with(&both, &story, now, "fix Sensor | running | due 2026-01-15");
    let moved = at(
        "2026-01-07T09:00:00Z",
        "repinned = { policy = \"small\", version = \"2\", why = \"the customers asked\" }",
    );
    check_due_with(&both, &(story + &moved), now, "fix Sensor | running | due 2026-01-25");
}

/// The proof of the only obligation of a rule, as a reader of the page sees it.
pub(super) fn check_told(policies: &[Policy], story: &str, rule: &str, expect: &str) {
    let rows = super::rows(policies, story, "2026-02-10T00:00:00Z");
    let told = rows.iter().filter(|row| row["rule"] == rule);
    let told: Vec<_> = told
        .map(|row| row["proof"]["text"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(told, [expect]);
}

#[test]
fn a_proof_tells_start_sum_facts_reading_and_what_ends_it() {
    let small = policy(&[(
        "fix",
        &format!("{FIX}\nwhen = {{ supported = \"yes\", band = \"high\" }}\nwithin = \"10 days\""),
    )]);
    let scored = at("2026-01-05T10:30:00Z", super::CRITICAL);
    let story = onprem(&format!("{}{scored}", confirmed("\"Sensor\"")));
    check_told(
        &[small],
        &story,
        "fix",
        "fix-released for Sensor was due 2026-01-15 23:59:59 UTC and is breached since 2026-01-15 23:59:59 UTC, because §1 “fix.” \
         Start: 2026-01-05 09:00:00 UTC, confirmed (event 2). Sum: 2026-01-05 + 10 days = 2026-01-15 23:59:59 UTC, the end of that \
         day. Facts: band high, supported yes. Ends by: fix-released.",
    );
    check_told(
        &super::shipped(&[super::NN], &[]),
        &story,
        "acknowledgement",
        "acknowledged for external was due 2026-01-05 10:05:00 CET and is breached since 2026-01-05 10:05:00 CET, because §N18 “As \
         soon as your report reaches us we log it and send you a tracking number, also when we cannot read it.” Start: 2026-01-05 \
         10:00:00 CET, received (event 1). Sum: 2026-01-05 10:00:00 CET + 5 minutes = 2026-01-05 10:05:00 CET. Facts: reporter \
         external. Reading acknowledgement-time: Within 5 minutes of receipt. Ends by: acknowledged.",
    );
}

/// The office is open for eight hours on three days a week.
#[test]
fn a_proof_tells_the_working_time_of_each_day() {
    let promise = |id, hours: u32| (id, format!("{FIX}\nwithin = \"{hours} working hours\""));
    let (whole, broken) = (promise("whole", 8), promise("broken", 20));
    let small = policy(&[
        (whole.0, &whole.1),
        (broken.0, &broken.1.replace("fix-released", "workaround-provided")),
    ]);
    let late = confirmed("\"Sensor\"").replace("09:00:00", "09:30:00");
    let now = "2026-01-05T10:00:00Z";
    let small = std::slice::from_ref(&small);
    check_due_with(
        small,
        &onprem(&late),
        now,
        "broken Sensor | running | proof.sum 2026-01-05 09:30:00 UTC + 20 working hours: Mon 05 Jan 7 h 30 min; Tue 06 Jan 8 h; \
         Wed 07 Jan 4 h 30 min = 2026-01-07 13:30:00 UTC",
    );
    check_due_with(
        small,
        &onprem(&confirmed("\"Sensor\"")),
        now,
        "whole Sensor | running | proof.sum 2026-01-05 09:00:00 UTC + 8 working hours: Mon 05 Jan 8 h = 2026-01-05 17:00:00 UTC",
    );
}

#[test]
fn a_proof_tells_since_when_a_promise_no_longer_applies() {
    let small = policy(&[("fix", &format!("{FIX}\nwithin = \"10 days\""))]);
    let cleared = at(
        "2026-01-07T09:00:00Z",
        "not-affected = { product = \"Sensor\", justification = \"vulnerable_code_not_present\" }",
    );
    check_told(
        &[small],
        &onprem(&(confirmed("\"Sensor\"") + &cleared)),
        "fix",
        "fix-released for Sensor no longer applies, because §1 “fix.” Start: 2026-01-05 09:00:00 UTC, confirmed (event 2). \
         Sum: 2026-01-05 + 10 days = 2026-01-15 23:59:59 UTC, the end of that day. Ends by: fix-released. \
         Since 2026-01-07 09:00:00 UTC its facts no longer hold.",
    );
}
