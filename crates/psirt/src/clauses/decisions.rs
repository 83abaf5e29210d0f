//! Decisions of the desk that no single clause proves: what they need, what they refuse, and what they change.

use super::refusals::{check_refused, confirmed, no};
use super::*;
use crate::case::embargo::Embargo;
use crate::case::merge::standing;
use crate::case::missing::missing;

const DAY: &str = "2026-03-03T09:00:00+01:00";

/// Needs of a story's case at its end: those that hold these words, and whether each is done.
fn check_need(policy: &Policy, story: &str, words: &str, expect: Option<bool>) {
    let read = Story::read(story).unwrap_or_else(|error| panic!("{error}\n{story}"));
    let entries: Vec<Entry> = read.entries().cloned().collect();
    let told = tell(story);
    let standing = standing(&entries);
    let policies = std::slice::from_ref(policy);
    let calendars = Calendars::default();
    let obligations = obligations(policies, &told.facts, &calendars, told.now);
    let (view, embargo) = (CaseView::fold(&standing), Embargo::fold(&standing));
    let (_, needs) = missing(&told.facts, &view, &embargo, Some(policy), &obligations, told.now);
    let found = needs.iter().find(|need| need.text.contains(words));
    assert_eq!(found.map(|need| need.done), expect, "{words}\n{needs:#?}");
}

#[test]
fn a_scored_case_does_not_sleep_unconfirmed() {
    // R1: received on Monday 2 March at nine; 72 hours later the clocks run for the line that the report names.
    let events = [
        at("2026-03-02T09:00:00+01:00", "received = { by = \"external\" }"),
        at("2026-03-02T09:00:00+01:00", "suspected = { products = [\"Cloud\"] }"),
        at("2026-03-02T12:00:00+01:00", CRITICAL),
    ]
    .concat();
    let story = saas(&events);
    let owed = |now: &str, expect: &str| owes(nozomi(), &story, now, expect).unwrap();
    owed(
        "2026-03-05T08:59:59+01:00",
        "N5 Cloud | dormant | start 2026-03-05T09:00:00 | due 2026-03-06T09:00:00",
    );
    owed(
        "2026-03-05T10:00:00+01:00",
        "N5 Cloud | running | start 2026-03-05T09:00:00 | due 2026-03-06T09:00:00
         N6 Cloud | running | start 2026-03-05T09:00:00 | due 2026-04-04",
    );
    owed(
        "2026-03-07T09:00:00+01:00",
        "N5 Cloud | breached | due 2026-03-06T09:00:00",
    );
    // Confirmed late it stays late; never found, it was never promised.
    let confirmed = at(
        "2026-03-08T09:00:00+01:00",
        "confirmed = { origin = \"own\", products = [\"Cloud\"] }",
    );
    owes(
        nozomi(),
        &(story.clone() + &confirmed),
        "2026-03-08T10:00:00+01:00",
        "N5 Cloud | breached | start 2026-03-05T09:00:00",
    )
    .unwrap();
    let rejected = at(
        "2026-03-08T09:00:00+01:00",
        "rejected = { exit = \"cannot-reproduce\" }",
    );
    owes(
        nozomi(),
        &(story.clone() + &rejected),
        "2026-03-08T10:00:00+01:00",
        "N5 Cloud | absent",
    )
    .unwrap();
    // Somebody else's component has duties of its own (D7).
    let component = at(
        "2026-03-08T09:00:00+01:00",
        "confirmed = { origin = \"third-party\", products = [\"Sensor\"] }",
    );
    let onprem = onprem(&(events.replace("Cloud", "Sensor") + &component));
    owes(nozomi(), &onprem, "2026-08-08T10:00:00+01:00", "N3 Sensor | superseded").unwrap();
}

#[test]
fn an_unscored_case_shows_its_projected_dates_and_runs_none() {
    let story = saas(&at("2026-03-02T09:00:00+01:00", "received = { by = \"external\" }"));
    owes(
        nozomi(),
        &story,
        "2026-03-07T09:00:00+01:00",
        "N5 Cloud | dormant | due 2026-03-06T09:00:00",
    )
    .unwrap();
}

#[test]
fn a_bill_of_materials_alone_begins_the_hold() {
    let story = onprem(
        &[
            at("2026-03-02T09:00:00+01:00", "received = { by = \"internal\" }"),
            at("2026-03-02T10:00:00+01:00", "confirmed = { origin = \"third-party\", products = [\"Sensor\"] }"),
            at("2026-03-02T10:00:00+01:00", &CRITICAL.replace("own", "provider")),
            at("2026-03-02T11:00:00+01:00", "component-shipped = { product = \"Sensor\", version = \"1\", component = \"openssl\", component-version = \"3.0.1\" }"),
            at("2026-03-03T11:00:00+01:00", "upstream-fix-released = { component = \"openssl\", version = \"3.0.2\" }"),
            at("2026-03-20T12:00:00+01:00", "component-shipped = { product = \"Sensor\", version = \"2\", component = \"openssl\", component-version = \"3.0.2\" }"),
        ]
        .concat(),
    );
    let expect = "N11 openssl | met
                  N13 case | running | start 2026-03-20T12:00:00 | not_before 2026-06-18T12:00:00";
    owes(nozomi(), &story, "2026-03-21T12:00:00+01:00", expect).unwrap();
}

#[test]
fn an_exception_is_one_that_the_clause_gives() {
    let story = onprem(
        &[
            at("2026-03-02T09:00:00+01:00", "received = { by = \"external\" }"),
            no(
                "",
                DAY,
                "scope-decided = { out = false, clause = \"N34.6\", exception = \"a-feeling\" }",
            ),
            no(
                "",
                DAY,
                "scope-decided = { out = false, exception = \"direct-vulnerability\" }",
            ),
            at(
                DAY,
                "scope-decided = { out = false, clause = \"N34.6\", exception = \"direct-vulnerability\" }",
            ),
        ]
        .concat(),
    );
    check_refused(&[nozomi()], &story);
}

#[test]
fn a_retraction_names_what_stands_and_gives_no_time_away() {
    let two = "by = \"ada\"\napproved-by = \"lea\"\n";
    let retract = |event: &str| format!("retracted = {{ event = \"{event}\", why = \"a mistake\" }}");
    let story = confirmed(
        "own",
        &[
            no("", DAY, &retract("received")),
            no("", DAY, &retract("appealed")),
            no("", DAY, "retracted = { event = \"scored\", why = \" \" }"),
            // Without its confirmation or its score the case would owe nothing.
            no("N3", DAY, &retract("confirmed")),
            no("N3", DAY, &retract("scored")),
            at(DAY, "fix-released = { product = \"Sensor\", version = \"25.1\" }"),
            no("", DAY, &format!("{two}{}", retract("confirmed"))),
            at(DAY, &retract("fix-released")),
            at(DAY, &format!("{two}{}", retract("confirmed"))),
            no("", DAY, "retracted = { event = 2, why = \"once more\" }"),
            // A retraction of the retraction brings it back.
            at(DAY, &retract("retracted")),
            no("N3", DAY, &retract("confirmed")),
        ]
        .concat(),
    );
    check_refused(&[nozomi()], &story);
}

#[test]
fn decisions_over_dates_are_revoked_and_repinned_with_reason() {
    let two = "by = \"ada\"\napproved-by = \"lea\"\n";
    let story = confirmed(
        "own",
        &[
            no("", DAY, "override-revoked = { rule = \"N3\" }"),
            no(
                "",
                DAY,
                &format!("{two}overridden = {{ rule = \"N3\", due = 2026-04-01, why = \"\" }}"),
            ),
            at(
                DAY,
                "overridden = { rule = \"N3\", due = 2026-04-01, why = \"a customer asked\" }",
            ),
            // The earlier date was promised: letting it go gives time.
            no("N3", DAY, "override-revoked = { rule = \"N3\" }"),
            at(DAY, &format!("{two}override-revoked = {{ rule = \"N3\" }}")),
            no("", DAY, "override-revoked = { rule = \"N3\" }"),
            no(
                "",
                DAY,
                "repinned = { policy = \"nozomi-networks\", version = \"99\", why = \"newer\" }",
            ),
            no(
                "",
                DAY,
                "repinned = { policy = \"nozomi-networks\", version = \"1\", why = \"\" }",
            ),
            at(
                DAY,
                "repinned = { policy = \"nozomi-networks\", version = \"1\", why = \"as it was\" }",
            ),
        ]
        .concat(),
    );
    check_refused(&[nozomi()], &story);
}

#[test]
fn every_back_dated_event_that_rescues_a_clock_takes_two_people() {
    // Two months from 2 March end on 2 May; all this is recorded on 5 May.
    for event in [
        "support-ended = { product = \"Sensor\" }",
        "not-affected = { product = \"Sensor\", justification = \"vulnerable_code_not_present\" }",
        "release-shipped = { product = \"Sensor\", version = \"25.1\", fixes = true }",
        "fix-released = { product = \"Sensor\", version = \"25.1\" }",
        "rejected = { exit = \"cannot-reproduce\" }",
        "closed = {}",
    ] {
        let event = format!("recorded = 2026-05-05T09:00:00+02:00\nby = \"ada\"\n{event}");
        if event.contains("closed") {
            continue;
        }
        let story = confirmed("own", &no("N3", "2026-04-30T09:00:00+02:00", &event));
        check_refused(&[nozomi()], &story);
        let two = at("2026-04-30T09:00:00+02:00", &format!("approved-by = \"lea\"\n{event}"));
        passes(nozomi(), &confirmed("own", &two)).unwrap();
    }
}

#[test]
fn a_fix_is_a_fix_of_something_that_was_found() {
    let story = onprem(
        &[
            at("2026-03-02T09:00:00+01:00", "received = { by = \"internal\" }"),
            no("", DAY, "fix-released = { product = \"Sensor\", version = \"25.1\" }"),
            no("", DAY, "reopened = { why = \"it never ended\" }"),
        ]
        .concat(),
    );
    check_refused(&[nozomi()], &story);
}

#[test]
fn an_embargo_is_agreed_before_the_fix_and_before_the_world_knows() {
    let propose = |until: &str| format!("embargo-proposed = {{ by = \"reporter\", until = {until} }}");
    let early = confirmed(
        "own",
        &[
            no("", DAY, "embargo-accepted = { by = \"vendor\" }"),
            no("", DAY, &propose("2026-03-02")),
            at(DAY, &propose("2026-04-15")),
            at(DAY, "embargo-accepted = { by = \"vendor\" }"),
            // Attacks propose its end, details end it.
            at("2026-03-04T09:00:00+01:00", "attacks-seen = {}"),
            at("2026-03-04T10:00:00+01:00", &propose("2026-04-20")),
            at("2026-03-05T09:00:00+01:00", "made-public = {}"),
            no("", "2026-03-05T10:00:00+01:00", &propose("2026-04-30")),
            no("", "2026-03-05T10:00:00+01:00", "embargo-ended = { why = \"again\" }"),
        ]
        .concat(),
    );
    check_refused(&[nozomi()], &early);
    let late = confirmed(
        "own",
        &[
            at(DAY, "fix-ready = { product = \"Sensor\" }"),
            no("", DAY, &propose("2026-04-15")),
        ]
        .concat(),
    );
    check_refused(&[nozomi()], &late);
}

#[test]
fn an_agreed_end_is_named_and_keeps_the_publication() {
    let proposed = confirmed(
        "own",
        &at(DAY, "embargo-proposed = { by = \"reporter\", until = 2026-04-15 }"),
    );
    check_need(nozomi(), &proposed, "The end of the embargo", None);
    let agreed = proposed + &at(DAY, "embargo-accepted = { by = \"vendor\" }");
    let words = "The end of the embargo, 2026-04-15 23:59:59 CEST, which reporter proposed and vendor agreed to";
    check_need(nozomi(), &agreed, words, Some(false));
    // Agreed on or not, it has no end before the hold has one.
    let open = "agreed to; and the hold of §N13, which has not begun and so has no end yet";
    check_need(nozomi(), &agreed, open, Some(false));
    let two = "by = \"ada\"\napproved-by = \"lea\"\n";
    let story = [
        agreed.clone(),
        no("", "2026-03-05T09:00:00+01:00", "embargo-ended = { why = \"a hurry\" }"),
        // A longer end may be agreed on by one, a shorter one may not.
        at(
            "2026-03-05T10:00:00+01:00",
            "embargo-proposed = { by = \"vendor\", until = 2026-03-20 }",
        ),
        no(
            "",
            "2026-03-05T10:00:00+01:00",
            "embargo-accepted = { by = \"reporter\" }",
        ),
        at(
            "2026-03-06T09:00:00+01:00",
            &format!("{two}embargo-ended = {{ why = \"every party agreed\" }}"),
        ),
    ];
    check_refused(&[nozomi()], &story.concat());
    check_need(nozomi(), &story.concat(), "The end of the embargo", None);
    let over = agreed + &at("2026-04-16T09:00:00+02:00", "noted = { text = \"April\" }");
    check_need(nozomi(), &over, "The end of the embargo", None);
}

#[test]
fn a_reporter_s_date_before_the_hold_s_end_is_never_passed_over() {
    let proposed = confirmed(
        "own",
        &[
            at(DAY, "embargo-proposed = { by = \"coordinator\", until = 2026-09-01 }"),
            at(DAY, "embargo-proposed = { by = \"reporter\", until = 2026-05-01 }"),
            at(
                "2026-04-01T10:00:00+02:00",
                "fix-released = { product = \"Sensor\", version = \"25.1\" }",
            ),
        ]
        .concat(),
    );
    let words = "reporter proposes to publish on 2026-05-01 23:59:59 CEST, before the hold of §N13, which ends 2026-06-30 10:00:00 CEST";
    check_need(nozomi(), &proposed, words, Some(false));
    let declined = proposed.clone()
        + &at(
            "2026-04-02T10:00:00+02:00",
            "embargo-declined = { by = \"vendor\", why = \"customers update in June\" }",
        );
    check_need(nozomi(), &declined, "reporter proposes", Some(true));
    let two = "by = \"ada\"\napproved-by = \"lea\"\n";
    let moved = proposed
        + &at(
            "2026-04-02T10:00:00+02:00",
            &format!("{two}overridden = {{ rule = \"N13\", due = 2026-05-01, why = \"the reporter publishes\" }}"),
        );
    check_need(nozomi(), &moved, "reporter proposes", None);
    let later = confirmed(
        "own",
        &at(DAY, "embargo-proposed = { by = \"reporter\", until = 2027-05-01 }"),
    );
    check_need(
        nozomi(),
        &(later
            + &at(
                "2026-04-01T10:00:00+02:00",
                "fix-released = { product = \"Sensor\", version = \"25.1\" }",
            )),
        "proposes to publish",
        None,
    );
}

/// T10: who reported it may look at the fix, and what they find is not forgotten.
#[test]
fn a_reporter_looks_at_the_fix() {
    let asked = "validation-asked = {}";
    let answer = |word: &str| at(DAY, &format!("validation-answered = {{ answer = \"{word}\" }}"));
    let found = confirmed("own", "");
    check_refused(&[technology()], &(found.clone() + &no("", DAY, asked)));
    let ready = found + &at(DAY, "fix-ready = { product = \"Sensor\" }");
    check_refused(
        &[technology()],
        &(ready.clone() + &no("", DAY, "validation-answered = { answer = \"validated\" }")),
    );
    let stranger = "validation-asked = { reporter = \"nobody\" }";
    check_refused(&[technology()], &(ready.clone() + &no("", DAY, stranger)));
    let ready = ready + &at(DAY, asked);
    check_need(technology(), &ready, "Whether the fix works", Some(false));
    for word in ["validated", "no-answer"] {
        check_need(
            technology(),
            &(ready.clone() + &answer(word)),
            "Whether the fix works",
            None,
        );
    }
    let broken = ready + &answer("not-fixed");
    check_need(technology(), &broken, "says that the fix does not work", Some(false));
    // Asked again, they are waited for again.
    check_need(
        technology(),
        &(broken.clone() + &at(DAY, asked)),
        "Whether the fix works",
        Some(false),
    );
    // What was asked stands on nothing once it is answered.
    let early = "retracted = { event = \"validation-asked\", why = \"It was not asked.\" }";
    check_refused(&[technology()], &(broken + &no("", DAY, early)));
}

#[test]
fn another_vendor_is_asked_before_a_case_is_theirs() {
    let received = at("2026-03-02T09:00:00+01:00", "received = { by = \"internal\" }");
    let rejected = "rejected = { exit = \"other-vendor\" }";
    let handed = at(DAY, "handed-over = { vendor = \"Acme\", review-by = 2026-03-20 }");
    let story = onprem(
        &[
            received.clone(),
            no("", DAY, rejected),
            no(
                "",
                DAY,
                "vendor-answered = { vendor = \"Acme\", answer = \"accepted\" }",
            ),
            handed.clone(),
            at(DAY, "vendor-answered = { vendor = \"Acme\", answer = \"declined\" }"),
            no("", DAY, rejected),
            at(DAY, "handed-over = { vendor = \"Umbra\" }"),
            at(DAY, "vendor-answered = { vendor = \"Umbra\", answer = \"accepted\" }"),
            at(DAY, rejected),
        ]
        .concat(),
    );
    check_refused(&[nozomi()], &story);
    passes(
        nozomi(),
        &onprem(
            &(received.clone()
                + &at(
                    DAY,
                    "rejected = { exit = \"other-vendor\", why = \"the vendor is gone\" }",
                )),
        ),
    )
    .unwrap();
    let waiting = onprem(&(received + &handed));
    check_need(
        nozomi(),
        &waiting,
        "The answer of Acme; review by 2026-03-20",
        Some(false),
    );
    let silent = waiting.clone() + &at("2026-03-21T09:00:00+01:00", "noted = { text = \"still nothing\" }");
    check_need(nozomi(), &silent, "Acme did not answer", Some(false));
    let declined = waiting
        + &at(
            "2026-03-10T09:00:00+01:00",
            "vendor-answered = { vendor = \"Acme\", answer = \"declined\" }",
        );
    check_need(nozomi(), &declined, "whose is it?", Some(false));
}

#[test]
fn each_flag_raises_its_task_and_rejects_nothing() {
    let all = [
        (nozomi(), "compensation-requested"),
        (nozomi(), "roe-violation"),
        (nozomi(), "extortion"),
        (nozomi(), "contains-pii"),
        (nozomi(), "arrived-in-clear"),
    ];
    for (policy, flag) in all {
        let flagged = onprem(
            &(at("2026-03-02T09:00:00+01:00", "received = { by = \"external\" }")
                + &at(DAY, &format!("flagged = {{ flag = \"{flag}\" }}"))),
        );
        let parsed: crate::event::Flag = serde_json::from_str(&format!("\"{flag}\"")).unwrap();
        let (task, _) = guidance::task(policy, parsed).unwrap_or_else(|| panic!("{flag} has no task"));
        check_need(policy, &flagged, task, Some(false));
        let done = flagged.clone() + &at(DAY, &format!("task-done = {{ flag = \"{flag}\" }}"));
        check_need(policy, &done, task, Some(true));
        let again = done
            + &at(
                DAY,
                &format!("task-reopened = {{ flag = \"{flag}\", why = \"they wrote again\" }}"),
            );
        check_need(policy, &again, task, Some(false));
        passes(
            policy,
            &(flagged + &at(DAY, "confirmed = { origin = \"own\", products = [\"Sensor\"] }")),
        )
        .unwrap();
    }
    let none = onprem(
        &[
            at("2026-03-02T09:00:00+01:00", "received = { by = \"external\" }"),
            no("", DAY, "task-done = { flag = \"extortion\" }"),
            no("", DAY, "task-reopened = { flag = \"extortion\", why = \"x\" }"),
        ]
        .concat(),
    );
    check_refused(&[nozomi()], &none);
}

#[test]
fn aliases_and_answers_are_words_that_somebody_can_find() {
    let story = onprem(
        &[
            at("2026-03-02T09:00:00+01:00", "received = { by = \"internal\" }"),
            at(DAY, "alias = { id = \"VU#123456\", by = \"cert-cc\" }"),
            no("", DAY, "alias = { id = \"vu#123456\" }"),
            no("", DAY, "alias = { id = \"two words\" }"),
            no("", DAY, "alias = { id = \"\" }"),
            no("", DAY, "answered = { clause = \"N99\", answer = \"yes\" }"),
            no("", DAY, "answered = { clause = \"N32\", answer = \"not-applicable\" }"),
            at(
                DAY,
                "answered = { clause = \"§N32\", answer = \"not-applicable\", why = \"a hosted service\" }",
            ),
        ]
        .concat(),
    );
    check_refused(&[nozomi()], &story);
    let parts = onprem(
        &[
            at("2026-03-02T09:00:00-05:00", "received = { by = \"internal\" }"),
            no(
                "",
                "2026-03-03T09:00:00-05:00",
                "answered = { clause = \"T2\", answer = \"no\" }",
            ),
            no(
                "",
                "2026-03-03T09:00:00-05:00",
                "answered = { clause = \"T2\", question = \"beauty\", answer = \"no\" }",
            ),
        ]
        .concat(),
    );
    check_refused(&[technology()], &parts);
}

/// N32: without a CSAF document nothing is published, unless somebody recorded why the clause does not concern the case.
#[test]
fn csaf_is_left_out_by_a_recorded_choice_only() {
    let prepared = Prepared {
        csaf: Some(false),
        ..Prepared::default()
    };
    let story = |choice: &str| {
        confirmed(
            "own",
            &[
                at("2026-03-02T12:00:00+01:00", "impact-set = { term = \"xss\" }"),
                choice.to_owned(),
                at(DAY, "made-public = {}"),
                at("2026-03-03T10:00:00+01:00", "advisory-published = {}"),
            ]
            .concat(),
        )
    };
    let choice = at(
        DAY,
        "answered = { clause = \"N32\", answer = \"not-applicable\", why = \"a hosted service\" }",
    );
    assert!(judge_last(nozomi(), &story(""), &prepared).is_err_and(|refusal| refusal.clause == "N32"));
    judge_last(nozomi(), &story(&choice), &prepared).unwrap();
}

/// D15: where the other brand owes the publication before this hold ends, the shorter way wins.
#[test]
fn the_shorter_way_to_publication_wins() {
    let line = |name: &str, brand: &str| {
        format!("[[product]]\nname = \"{name}\"\nbrand = \"{brand}\"\ndeployment = \"on-prem\"\n")
    };
    let story = |heads: &[String], products: &str| {
        let events = [
            at("2026-03-02T09:00:00+01:00", "received = { by = \"internal\" }"),
            at(
                "2026-03-02T10:00:00+01:00",
                &format!("confirmed = {{ origin = \"own\", products = [{products}] }}"),
            ),
            at("2026-03-02T11:00:00+01:00", CRITICAL),
            at("2026-03-02T12:00:00+01:00", "impact-set = { term = \"xss\" }"),
            at(DAY, "defect-created = {}"),
            at("2026-03-04T10:00:00+01:00", "advisory-published = {}"),
        ];
        heads.concat() + &events.concat()
    };
    let (ours, theirs) = (line("Sensor", "nozomi-networks"), line("Router", "128-technology"));
    let policies = [nozomi().clone(), technology().clone()];
    let judged = |text: &str| {
        let story = Story::read(text).unwrap();
        let mut entries: Vec<Entry> = story.entries().cloned().collect();
        let last = entries.pop().unwrap();
        judge(&policies, &story, &entries, &last, &Prepared::default()).map_err(|refusal| refusal.clause)
    };
    let alone = story(std::slice::from_ref(&ours), "\"Sensor\"");
    assert_eq!(judged(&alone), Err("N13".to_owned()));
    assert_eq!(judged(&story(&[ours, theirs], "\"Sensor\", \"Router\"")), Ok(()));
}
