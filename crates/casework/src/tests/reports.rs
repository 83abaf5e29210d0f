//! Reports: stored, numbered and durable, whatever they are.

use super::world::{Desk, GUARDIAN, NOZOMI, ROUTER, T128, at, by, check_refused, incoming};
use crate::{Actor, Incoming};
use psirt::case::number::Number;
use psirt::clock::State;
use psirt::clock::proof::subject_name;
use psirt::event::Kind;

#[tokio::test]
async fn a_number_means_that_the_report_survives() {
    let desk = Desk::open().await;
    let text = "Heap overflow in the parser\n\nSend this packet to port 443.";
    let number = desk.report(text).await;
    assert_eq!(Number::parse(&number).unwrap().as_str(), number);
    assert!(number.starts_with("NN-2026-"), "{number}");

    let desk = desk.reopened().await;
    let (report, entries) = {
        let board = desk.casework.board();
        let (_, case) = board.case_of_number(&number).unwrap();
        (board.report(&case.reports[0]).unwrap().clone(), case.entries.clone())
    };
    assert_eq!(
        (report.title.as_str(), report.text.as_str()),
        ("Heap overflow in the parser", text)
    );
    assert_eq!(entries[0].event.kind(), Kind::Received);
    let raw = desk.casework.read_raw(&by("ana"), &number).await.unwrap();
    assert_eq!(raw.as_deref(), Some(text.as_bytes()));
}

/// Whoever looks at what was recorded looks together with whoever else asks, and must not take a look that began too early for theirs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_answered_sees_what_they_recorded_however_many_others_ask() {
    let desk = Desk::open().await;
    let mut hands = tokio::task::JoinSet::new();
    for hand in 0..8 {
        let casework = desk.casework.clone();
        hands.spawn(async move {
            for count in 0..8 {
                let report = incoming(&format!("Crash {count} of hand {hand}"));
                let received = casework.receive(&Actor::part("portal"), report).await.unwrap();
                casework.refresh().await.unwrap();
                let board = casework.board();
                assert!(
                    board.report_of_number(&received.number).is_some(),
                    "{}",
                    received.number
                );
            }
        });
    }
    while let Some(ended) = hands.join_next().await {
        ended.unwrap();
    }
}

#[tokio::test]
async fn a_report_that_is_not_text_is_stored_and_waits_for_a_person() {
    let desk = Desk::open().await;
    let bytes = vec![0xFF, 0x00, 0xFE, b'\n', 0x80];
    let number = desk
        .receive(Incoming {
            bytes: bytes.clone(),
            ..incoming("")
        })
        .await;
    let raw = desk.casework.read_raw(&by("ana"), &number).await.unwrap();
    assert_eq!(raw, Some(bytes));
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&number).unwrap();
    assert!(case.view.conversation[0].text.contains("is not text (5 bytes)"));
    assert_eq!(board.report(&case.reports[0]).unwrap().text, "");
}

#[tokio::test]
async fn the_same_command_twice_takes_one_report_in() {
    let desk = Desk::open().await;
    let once = Incoming {
        command: Some("form-4711".to_owned()),
        ..incoming("The same click twice")
    };
    let first = desk
        .casework
        .receive(&Actor::part("portal"), once.clone())
        .await
        .unwrap();
    let second = desk.casework.receive(&Actor::part("portal"), once).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(desk.casework.board().open_reports().count(), 1);
}

#[tokio::test]
async fn numbers_carry_the_year_of_the_policys_zone() {
    let desk = Desk::open().await;
    desk.wait_until("2027-01-01T02:00:00Z");
    let zurich = desk.report("It is 2027 in Zurich").await;
    let new_york = desk
        .receive(Incoming {
            brand: Some(T128.to_owned()),
            ..incoming("It is 2026 in New York")
        })
        .await;
    assert!(zurich.starts_with("NN-2027-"), "{zurich}");
    assert!(new_york.starts_with("T128-2026-"), "{new_york}");
}

#[tokio::test]
async fn a_report_without_a_brand_goes_to_the_one_that_sells_the_product() {
    let desk = Desk::open().await;
    let products = vec!["Toaster".to_owned(), ROUTER.to_owned()];
    let number = desk
        .receive(Incoming {
            brand: None,
            products,
            ..incoming("Router")
        })
        .await;
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&number).unwrap();
    assert_eq!(case.brand, T128);
    assert_eq!(board.policy_of(case).unwrap().front.id, T128);
    assert!(case.view.conversation[0].text.contains("does not know: Toaster"));
}

#[tokio::test]
async fn what_makes_no_sense_is_said_and_nothing_is_stored() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let other = |change: fn(&mut Incoming)| {
        let mut incoming = incoming("text");
        change(&mut incoming);
        incoming
    };
    check_refused(
        &desk,
        casework.receive(&by("ana"), other(|i| i.brand = Some("acme".to_owned()))),
        "no brand is called `acme`",
    )
    .await;
    check_refused(
        &desk,
        casework.receive(&by("ana"), other(|i| i.reporter_kind = "martian".to_owned())),
        "is no reporter",
    )
    .await;
    check_refused(
        &desk,
        casework.receive(&by("ana"), other(|i| i.at = Some(at("2027-01-01T00:00:00Z")))),
        "after now",
    )
    .await;
    check_refused(
        &desk,
        casework.receive(&by("nobody"), incoming("text")),
        "nobody is called `nobody`",
    )
    .await;
    check_refused(
        &desk,
        casework.receive(&by("root"), incoming("text")),
        "no such report, or not for you",
    )
    .await;
    check_refused(
        &desk,
        casework.read_raw(&by("root"), "NN-2026-00000"),
        "no such report, or not for you",
    )
    .await;
    check_refused(
        &desk,
        casework.read_raw(&by("ana"), "NN-2026-00000"),
        "no such report, or not for you",
    )
    .await;
}

#[tokio::test]
async fn a_second_report_joins_its_case_once() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    let twin = desk.report("I found the same overflow").await;
    let casework = &desk.casework;
    casework.join_report(&by("ana"), &twin, &case).await.unwrap();
    {
        let board = casework.board();
        let (stream, case) = board.case_of_number(&case).unwrap();
        assert_eq!(case.reports.len(), 2);
        let reporters: Vec<_> = case
            .facts
            .reporters
            .iter()
            .map(|reporter| reporter.id.clone())
            .collect();
        assert_eq!(reporters, ["external", twin.as_str()]);
        let (_, former) = board.case_of_number(&twin).unwrap();
        assert_eq!(former.view.duplicate_of.as_deref(), Some(case.number.as_str()));
        assert_eq!(former.facts.rejected().map(|(_, exit)| exit.name()), Some("duplicate"));
        assert_eq!(board.report(&former.reports[0]).unwrap().case.as_deref(), Some(stream));
    }
    check_refused(
        &desk,
        casework.join_report(&by("ana"), &twin, &case),
        "is part of that case already",
    )
    .await;
    let third = desk.report("Me too").await;
    check_refused(
        &desk,
        casework.join_report(&by("ana"), &third, &twin),
        "is a duplicate of",
    )
    .await;
    check_refused(
        &desk,
        casework.join_report(&by("ana"), &third, "NN-2026-00000"),
        "no such case, or not for you",
    )
    .await;
}

#[tokio::test]
async fn the_policys_questions_are_asked_and_a_rejection_names_its_clause() {
    let desk = Desk::open().await;
    let number = desk.report("Our nessus scan report lists the following").await;
    let questions = desk.casework.triage(&number).unwrap().questions;
    let asked = questions.iter().find(|question| question.clause == "§N34.1").unwrap();
    assert!(asked.appeal && asked.exception.is_some());
    assert!(asked.reply.contains("rests on §N34.1") && asked.reply.contains("You may appeal"));

    let reject = "rejected = { exit = \"out-of-scope\", clause = \"N34.1\" }";
    let event = super::world::event;
    check_refused(
        &desk,
        desk.casework.act(&by("ana"), &number, None, event(reject)),
        "refused by §N34 of nozomi-networks",
    )
    .await;
    let without = event("rejected = { exit = \"out-of-scope\" }");
    check_refused(
        &desk,
        desk.casework.act(&by("ana"), &number, None, without),
        "names its clause",
    )
    .await;
    desk.act(&number, "scope-decided = { out = true, clause = \"N34.1\" }")
        .await;
    desk.act(&number, reject).await;
    desk.act(&number, "appealed = {}").await;
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&number).unwrap();
    assert_eq!(case.facts.rejected(), None);
    assert_eq!(case.brand, NOZOMI);
    assert!(board.house.products.contains_key(GUARDIAN));
}

#[tokio::test]
async fn a_score_of_nothing_raises_its_question() {
    let desk = Desk::open().await;
    let number = desk.report("A header is missing").await;
    let asked = |clause: &str| {
        desk.casework
            .triage(&number)
            .unwrap()
            .questions
            .iter()
            .any(|question| question.clause == clause)
    };
    assert!(!asked("§N30"));
    desk.act(
        &number,
        "scored = { vector = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N\" }",
    )
    .await;
    assert!(asked("§N30"));
}

#[tokio::test]
async fn words_propose_a_flag_and_a_person_sets_it() {
    let desk = Desk::open().await;
    let number = desk
        .report("IDOR in the console. I hope to receive a bounty for this.")
        .await;
    let flags = |casework: &crate::Casework| casework.triage(&number).unwrap().flags;
    let proposed = flags(&desk.casework);
    assert_eq!(proposed.len(), 1);
    assert_eq!(
        (proposed[0].flag.as_str(), proposed[0].clause.as_str(), proposed[0].set),
        ("compensation-requested", "§N22", false)
    );
    assert!(proposed[0].task.contains("no bounties"));
    desk.act(&number, "flagged = { flag = \"compensation-requested\" }")
        .await;
    assert!(flags(&desk.casework)[0].set);
}

/// R12: who has their number keeps it, and nobody else gets one by that: each report's acknowledgement is judged alone.
#[tokio::test]
async fn a_joined_acknowledgement_is_that_of_the_joined_reporter_alone() {
    for (of_joined, of_target) in [(true, false), (false, true), (true, true), (false, false)] {
        let desk = Desk::open().await;
        // Both are called alike, as two reports of one customer are.
        let report = |text: &'static str| Incoming {
            reporter_kind: "customer:c7".to_owned(),
            ..incoming(text)
        };
        let target = desk.receive(report("An overflow in Guardian")).await;
        let joined = desk.receive(report("The same overflow")).await;
        for (number, acknowledged) in [(&joined, of_joined), (&target, of_target)] {
            if acknowledged {
                desk.act(number, "acknowledged = {}").await;
            }
        }
        desk.wait_until("2026-09-01T08:02:00Z");
        desk.casework.join_report(&by("ana"), &joined, &target).await.unwrap();
        let board = desk.casework.board();
        let (_, case) = board.case_of_number(&target).unwrap();
        let all = board.obligations(case, desk.casework.now());
        let owed = all.iter().filter(|o| o.promise.ends == Kind::Acknowledged);
        let met: Vec<(String, bool)> = owed
            .map(|o| (subject_name(o).unwrap(), o.state == State::Met))
            .collect();
        let expect = [("c7".to_owned(), of_target), (format!("c7.{joined}"), of_joined)];
        assert_eq!(met, expect, "joined {of_joined}, target {of_target}");
    }
}

/// Plays two reports of 08:00, of which the target's is acknowledged a minute later; then what is done about the other one, until it
/// joins the first on the next day. Tells, for the joined reporter, the number and the first look: the state, and when it was due and met.
async fn check_joined(done: &[(&str, &str)], after: &[&str], expect: [(State, &str, Option<&str>); 2]) {
    let desk = Desk::open().await;
    let target = desk.report("An overflow in Guardian").await;
    let joined = desk.report("The same overflow").await;
    let mut steps = vec![("2026-09-01T08:01:00Z", &target, "acknowledged = {}")];
    steps.extend(done.iter().map(|(at, event)| (*at, &joined, *event)));
    steps.sort_unstable();
    for (at, number, event) in steps {
        desk.wait_until(at);
        desk.act(number, event).await;
    }
    desk.wait_until("2026-09-02T08:00:00Z");
    desk.casework.join_report(&by("ana"), &joined, &target).await.unwrap();
    for event in after {
        desk.act(&target, event).await;
    }
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&target).unwrap();
    let all = board.obligations(case, desk.casework.now());
    let theirs = all
        .iter()
        .filter(|o| subject_name(o).as_deref() == Some(joined.as_str()));
    let found: Vec<_> = theirs
        .filter(|o| matches!(o.promise.ends, Kind::Acknowledged | Kind::Reviewed))
        .map(|o| (o.state, o.due, o.met_at))
        .collect();
    let expect = expect.map(|(state, due, met)| (state, Some(at(due)), met.map(at)));
    assert_eq!(found, expect, "{done:?}, then {after:?}");
}

/// Five minutes and 72 hours count from the arrival of the report, and what was done about it before it joined was done.
#[tokio::test]
async fn a_joined_report_keeps_what_it_was_owed_and_what_was_done_about_it() {
    const NUMBER_DUE: &str = "2026-09-01T08:05:00Z";
    const LOOK_DUE: &str = "2026-09-04T08:00:00Z";
    const JOINED: &str = "2026-09-02T08:00:00Z";
    // Who found out that it is the same has looked at it. The target's acknowledgement was not theirs.
    let looked_at = (State::Met, LOOK_DUE, Some(JOINED));
    check_joined(&[], &[], [(State::Breached, NUMBER_DUE, None), looked_at]).await;
    let late = (State::MetLate, NUMBER_DUE, Some(JOINED));
    check_joined(&[], &["acknowledged = {}"], [late, looked_at]).await;
    let in_time = "2026-09-01T08:02:00Z";
    let numbered = (State::Met, NUMBER_DUE, Some(in_time));
    check_joined(&[(in_time, "acknowledged = {}")], &[], [numbered, looked_at]).await;
    let (too_late, asked) = ("2026-09-01T08:10:00Z", "2026-09-01T09:00:00Z");
    check_joined(
        &[(too_late, "acknowledged = {}"), (asked, "info-requested = {}")],
        &[],
        [
            (State::MetLate, NUMBER_DUE, Some(too_late)),
            (State::Met, LOOK_DUE, Some(asked)),
        ],
    )
    .await;
}

/// What was done before a joining is not for whoever joins a report to say.
#[tokio::test]
async fn what_was_done_before_a_report_joined_is_not_recorded_by_hand() {
    let desk = Desk::open().await;
    let number = desk.report("An overflow in Guardian").await;
    for done in ["acknowledged", "reviewed"] {
        let event = format!("report-joined = {{ reporter = \"customer:c7\", {done} = 2026-09-01T08:00:00Z }}");
        check_refused(
            &desk,
            desk.casework
                .act(&by("ana"), &number, None, super::world::event(&event)),
            "taken from its own case",
        )
        .await;
    }
    desk.act(
        &number,
        "report-joined = { reporter = \"customer:c7\", arrived = 2026-08-31T08:00:00Z }",
    )
    .await;
}
