//! Merges and splits: what two cases owe together, what one owes once it is two, and what undoes either without loss.

use super::cases::check_story;
use super::world::{Desk, GUARDIAN, HIGH, NOZOMI, ROUTER, T128, VANTAGE, at, by, check_refused, event, incoming, two};
use crate::{Incoming, Split};
use psirt::clock::report::{Row, rows};
use psirt::event::{Event, Fixes};

/// The rows of a case by the number that it has of its own. Each line of `expect` is `clause subject | state | key instant`.
fn check_owed(desk: &Desk, number: &str, expect: &str) {
    let board = desk.casework.board();
    let (_, case) = board.own_case(number).unwrap();
    let rows = rows(&board.obligations(case, desk.casework.now()));
    for line in expect.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let (clause, subject) = parts[0].split_once(' ').unwrap();
        let of = |row: &&Row| row.clause == format!("§{clause}") && row.subject == subject;
        let found: Vec<&Row> = rows.iter().filter(of).collect();
        if parts[1] == "absent" {
            assert!(found.is_empty(), "{line}\n{found:#?}");
            continue;
        }
        let fits = |row: &&&Row| {
            row.state == parts[1]
                && parts[2..].iter().all(|part| {
                    let (key, value) = part.split_once(' ').unwrap();
                    let found = match key {
                        "start" => &row.start,
                        "due" => &row.due,
                        "met" => &row.met_at,
                        other => panic!("no key {other}"),
                    };
                    found.as_deref().is_some_and(|found| found.starts_with(value))
                })
        };
        assert!(
            found.iter().any(|row| fits(&row)),
            "{line}\n{found:#?}\n{:?}",
            rows.iter()
                .map(|row| (&row.clause, &row.subject, row.state))
                .collect::<Vec<_>>()
        );
    }
}

/// Every row of the cases, without the places that proofs name.
fn owed(desk: &Desk, numbers: &[&str]) -> Vec<String> {
    let board = desk.casework.board();
    let of = |number: &&str| {
        let (_, case) = board.own_case(number).unwrap();
        rows(&board.obligations(case, desk.casework.now()))
    };
    let all = numbers.iter().flat_map(of);
    all.map(|row| {
        format!(
            "{} {} {} {:?} {:?}",
            row.clause, row.subject, row.state, row.start, row.due
        )
    })
    .collect()
}

async fn confirm(desk: &Desk, case: &str, products: &str) {
    let text = format!("confirmed = {{ origin = \"own\", products = [{products}] }}");
    desk.act(case, &text).await;
    desk.act(case, &format!("scored = {{ vector = \"{HIGH}\", source = \"own\" }}"))
        .await;
}

/// Two cases of one flaw: one on Guardian, confirmed on 1 September; one on Guardian and Vantage, reported on 5 and confirmed on 6 September.
async fn twins(desk: &Desk) -> (String, String) {
    let first = desk.report("Overflow in the parser").await;
    desk.act(&first, "acknowledged = {}").await;
    confirm(desk, &first, "\"Guardian\"").await;
    desk.wait_until("2026-09-05T08:00:00Z");
    let second = desk
        .receive(Incoming {
            reporter_kind: "customer:c-17".to_owned(),
            ..incoming("Crash of the parser")
        })
        .await;
    desk.wait_until("2026-09-06T08:00:00Z");
    confirm(desk, &second, "\"Guardian\", \"Vantage\"").await;
    (first, second)
}

#[tokio::test]
async fn a_merged_case_keeps_the_earlier_start_of_each_line() {
    let desk = Desk::open().await;
    let (first, second) = twins(&desk).await;
    // The later case goes on; what the earlier one knew still counts.
    desk.casework
        .merge_cases(&by("ana"), &first, &second, false, Some("the same overflow"))
        .await
        .unwrap();
    check_owed(
        &desk,
        &second,
        "N3 Guardian | running | start 2026-09-01T10:00:00 | due 2026-11-01
         N6 Vantage | running | start 2026-09-06T10:00:00 | due 2026-10-06",
    );
    check_owed(&desk, &first, "N3 Guardian | superseded");
    let board = desk.casework.board();
    let (_, found) = board.case_of_number(&first).unwrap();
    assert_eq!(found.number, second, "both numbers find the case that goes on");
    assert_eq!(found.view.merged, std::slice::from_ref(&first));
    assert_eq!(
        board.own_case(&first).unwrap().1.view.merged_into.as_deref(),
        Some(second.as_str())
    );
    check_story(&desk, &second);
}

#[tokio::test]
async fn every_reporter_of_a_merged_case_keeps_their_own_duties() {
    let desk = Desk::open().await;
    let (first, second) = twins(&desk).await;
    desk.act(&second, "reported-back = {}").await;
    desk.casework
        .merge_cases(&by("ana"), &second, &first, false, None)
        .await
        .unwrap();
    // The first reporter has their number; what the other was told, they were told alone.
    check_owed(
        &desk,
        &first,
        "N18 external | met
         N18 c-17 | breached",
    );
    desk.act(&first, "acknowledged = {}").await;
    check_owed(&desk, &first, "N18 c-17 | met-late");
    let board = desk.casework.board();
    let (_, case) = board.own_case(&first).unwrap();
    let told = |reporter: usize| {
        let marks = case.facts.marks.iter();
        marks
            .filter(|mark| mark.kind == psirt::event::Kind::ReportedBack)
            .any(|mark| case.facts.reaches(mark, reporter))
    };
    assert!(!told(0) && told(1));
    check_story(&desk, &first);
}

#[tokio::test]
async fn retracting_a_merge_gives_both_cases_back() {
    let desk = Desk::open().await;
    let (first, second) = twins(&desk).await;
    let before = owed(&desk, &[&first, &second]);
    desk.casework
        .merge_cases(&by("ana"), &first, &second, false, None)
        .await
        .unwrap();
    assert_ne!(owed(&desk, &[&first, &second]), before);
    desk.act(&first, "noted = { text = \"recorded while merged\" }").await;
    desk.act(&second, "retracted = { event = \"merged\", why = \"two parsers\" }")
        .await;
    assert_eq!(owed(&desk, &[&first, &second]), before);
    {
        let board = desk.casework.board();
        assert_eq!(board.case_of_number(&first).unwrap().1.number, first);
        assert_eq!(
            board.own_case(&second).unwrap().1.view.conversation.len(),
            1,
            "what was recorded stays where it is"
        );
    }
    let again = event("retracted = { event = \"retracted\", why = \"one parser after all\" }");
    check_refused(&desk, desk.casework.act(&by("ana"), &second, None, again), "do it anew").await;
    desk.casework
        .merge_cases(&by("ana"), &second, &first, false, None)
        .await
        .unwrap();
}

#[tokio::test]
async fn merges_that_make_no_sense_are_refused() {
    let desk = Desk::open().await;
    let (first, second) = twins(&desk).await;
    let casework = &desk.casework;
    let ana = by("ana");
    check_refused(
        &desk,
        casework.merge_cases(&ana, &first, &first, false, None),
        "not merged into itself",
    )
    .await;
    casework.merge_cases(&ana, &first, &second, false, None).await.unwrap();
    check_refused(
        &desk,
        casework.merge_cases(&ana, &second, &first, false, None),
        "not merged into itself",
    )
    .await;
    let over = desk.report("Nothing").await;
    desk.act(&over, "rejected = { exit = \"cannot-reproduce\" }").await;
    check_refused(
        &desk,
        casework.merge_cases(&ana, &over, &second, false, None),
        "reopen it",
    )
    .await;
    check_refused(
        &desk,
        casework.merge_cases(&ana, "NN-2026-00000", &second, false, None),
        "or not for you",
    )
    .await;
    check_refused(
        &desk,
        casework.merge_cases(&by("audrey"), &first, &second, false, None),
        "is auditor",
    )
    .await;
    let merged = event("merged = { case = \"NN-2026-00000\" }");
    check_refused(&desk, casework.act(&ana, &second, None, merged), "candor case merge").await;
}

#[tokio::test]
async fn another_brand_s_case_is_merged_only_if_that_is_said_and_the_shorter_way_wins() {
    let desk = Desk::open().await;
    let ours = desk.confirmed().await;
    let theirs = desk
        .receive(Incoming {
            brand: Some(T128.to_owned()),
            ..incoming("The same in the router")
        })
        .await;
    desk.act(&theirs, "acknowledged = {}").await;
    confirm(&desk, &theirs, &format!("\"{ROUTER}\"")).await;
    let casework = &desk.casework;
    check_refused(
        &desk,
        casework.merge_cases(&by("ana"), &theirs, &ours, false, None),
        "--across-brands",
    )
    .await;
    casework
        .merge_cases(&by("ana"), &theirs, &ours, true, None)
        .await
        .unwrap();
    let board = casework.board();
    let (_, case) = board.own_case(&ours).unwrap();
    assert!(
        case.view
            .conversation
            .iter()
            .any(|note| note.text.contains("shorter way to publication wins"))
    );
    check_owed(&desk, &ours, &format!("N3 {GUARDIAN} | running\nT18 case | running"));
    check_story(&desk, &ours);
}

#[tokio::test]
async fn a_public_statement_is_not_merged_away() {
    let desk = Desk::open().await;
    let public = desk.fixed().await;
    desk.wait_until("2027-01-04T09:00:00Z");
    let other = desk.report("The same again").await;
    let id = desk.approved_advisory(&public).await;
    check_refused(
        &desk,
        desk.casework.merge_cases(&by("ana"), &public, &other, false, None),
        "is public, or on its way",
    )
    .await;
    desk.casework
        .order_release(&two("leo", "lea"), &id, "First.")
        .await
        .unwrap();
    desk.casework.mark_published(&id, 1, "digest").await.unwrap();
    check_refused(
        &desk,
        desk.casework.merge_cases(&by("ana"), &public, &other, false, None),
        "is public, or on its way",
    )
    .await;
    desk.casework
        .merge_cases(&by("ana"), &other, &public, false, None)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_merge_that_lets_a_promise_go_needs_two() {
    let desk = Desk::open().await;
    let (first, second) = twins(&desk).await;
    desk.casework
        .act(
            &two("lea", "ana"),
            &second,
            None,
            event("waived = { rule = \"N3\", why = \"end of sale\" }"),
        )
        .await
        .unwrap();
    check_refused(
        &desk,
        desk.casework.merge_cases(&by("ana"), &second, &first, false, None),
        "§N3",
    )
    .await;
    desk.casework
        .merge_cases(&two("ana", "ben"), &second, &first, false, None)
        .await
        .unwrap();
    check_owed(&desk, &first, "N3 Guardian | waived");
}

#[tokio::test]
async fn a_release_fixes_the_case_by_either_number() {
    let desk = Desk::open().await;
    let (first, second) = twins(&desk).await;
    desk.casework
        .merge_cases(&by("ana"), &first, &second, false, None)
        .await
        .unwrap();
    let shipped =
        format!("release-shipped = {{ product = \"{GUARDIAN}\", version = \"25.2\", fixes = [\"{first}\"] }}");
    desk.casework
        .line_event(&by("ana"), None, event(&shipped))
        .await
        .unwrap();
    check_owed(&desk, &second, "N3 Guardian | met");
    check_story(&desk, &second);
}

/// A case on Guardian and Vantage, received on 1 September, joined by a second report on 2 September, confirmed on 3 September.
async fn double(desk: &Desk) -> (String, String) {
    let case = desk.report("Two flaws in one report").await;
    desk.act(&case, "acknowledged = {}").await;
    desk.wait_until("2026-09-02T08:00:00Z");
    let joined = desk
        .receive(Incoming {
            reporter_kind: "customer:c-17".to_owned(),
            ..incoming("Vantage leaks")
        })
        .await;
    desk.casework.join_report(&by("ana"), &joined, &case).await.unwrap();
    desk.wait_until("2026-09-03T08:00:00Z");
    confirm(desk, &case, "\"Guardian\", \"Vantage\"").await;
    (case, joined)
}

fn parts(reports: &[&str], products: &[&str]) -> Split {
    Split {
        reports: reports.iter().map(|report| (*report).to_owned()).collect(),
        products: products.iter().map(|product| (*product).to_owned()).collect(),
        title: "The leak".to_owned(),
        why: None,
    }
}

#[tokio::test]
async fn a_split_restarts_no_clock() {
    let desk = Desk::open().await;
    let (case, joined) = double(&desk).await;
    let before = owed(&desk, &[&case]);
    desk.wait_until("2026-09-03T20:00:00Z");
    let new = desk
        .casework
        .split_case(&by("ana"), &case, &parts(&[&joined], &[VANTAGE]))
        .await
        .unwrap();
    check_owed(
        &desk,
        &new,
        "N5 Vantage | running | start 2026-09-03T10:00:00 | due 2026-09-04T10:00:00
         N6 Vantage | running | start 2026-09-03T10:00:00 | due 2026-10-03
         N3 Guardian | absent
         N18 c-17 | breached
         N18 external | absent",
    );
    check_owed(
        &desk,
        &case,
        "N3 Guardian | running | start 2026-09-03T10:00:00 | due 2026-11-03
         N5 Vantage | absent
         N18 external | met
         N18 c-17 | absent",
    );
    {
        let board = desk.casework.board();
        let (_, child) = board.own_case(&new).unwrap();
        assert_eq!((board.title(child), child.brand.as_str()), ("The leak", NOZOMI));
        assert_eq!(child.view.split_from.as_deref(), Some(case.as_str()));
        assert_eq!(
            board.case_of_number(&joined).unwrap().1.number,
            joined,
            "the joined report's own case is its duplicate still"
        );
    }
    check_story(&desk, &case);
    check_story(&desk, &new);
    // Merged back it is what it was.
    desk.casework
        .merge_cases(&by("ana"), &new, &case, false, None)
        .await
        .unwrap();
    let lines = |rows: Vec<String>| rows.into_iter().filter(|row| !row.contains("N19")).collect::<Vec<_>>();
    assert_eq!(lines(owed(&desk, &[&case])).len(), lines(before).len());
    check_owed(
        &desk,
        &case,
        "N6 Vantage | running | start 2026-09-03T10:00:00 | due 2026-10-03",
    );
    check_story(&desk, &case);
}

#[tokio::test]
async fn the_cap_of_the_first_receipt_goes_along_with_a_split() {
    let desk = Desk::open().await;
    let case = desk.report("Two flaws in one report").await;
    desk.wait_until("2026-09-06T08:00:00Z");
    let joined = desk.report("Vantage leaks").await;
    desk.casework.join_report(&by("ana"), &joined, &case).await.unwrap();
    desk.wait_until("2026-09-07T08:00:00Z");
    confirm(&desk, &case, "\"Guardian\", \"Vantage\"").await;
    // Received on 1 September: the clocks began 72 hours later. The joined report alone would have begun them on 7 September.
    let new = desk
        .casework
        .split_case(&by("ana"), &case, &parts(&[&joined], &[VANTAGE]))
        .await
        .unwrap();
    check_owed(&desk, &new, "N6 Vantage | running | start 2026-09-04T10:00:00");
    check_owed(&desk, &case, "N3 Guardian | running | start 2026-09-04T10:00:00");
    check_story(&desk, &new);
}

#[tokio::test]
async fn lines_alone_take_every_reporter_along() {
    let desk = Desk::open().await;
    let (case, _) = double(&desk).await;
    desk.act(&case, "reported-back = { reporter = \"c-17\" }").await;
    let new = desk
        .casework
        .split_case(&by("ana"), &case, &parts(&[], &[VANTAGE]))
        .await
        .unwrap();
    for number in [&case, &new] {
        let board = desk.casework.board();
        assert_eq!(board.own_case(number).unwrap().1.facts.reporters.len(), 2);
    }
    check_owed(
        &desk,
        &new,
        "N6 Vantage | running | start 2026-09-03T10:00:00\nN18 external | met",
    );
}

#[tokio::test]
async fn a_report_alone_opens_an_unconfirmed_case() {
    let desk = Desk::open().await;
    let (case, joined) = double(&desk).await;
    let new = desk
        .casework
        .split_case(&by("ana"), &case, &parts(&[&joined], &[]))
        .await
        .unwrap();
    let board = desk.casework.board();
    let (_, child) = board.own_case(&new).unwrap();
    assert!(child.facts.confirmed(desk.casework.now()).is_none() && child.facts.scores.is_empty());
    assert_eq!(
        child.facts.received(),
        Some(at("2026-09-01T08:00:00Z")),
        "it was received with the first report"
    );
    check_owed(&desk, &case, "N6 Vantage | running");
}

#[tokio::test]
async fn a_release_before_the_split_holds_no_fix_of_a_report_alone() {
    let desk = Desk::open().await;
    let (case, joined) = double(&desk).await;
    let shipped = format!("release-shipped = {{ product = \"{GUARDIAN}\", version = \"25.2\", fixes = [\"{case}\"] }}");
    desk.casework
        .line_event(&by("ana"), None, event(&shipped))
        .await
        .unwrap();
    desk.wait_until("2026-09-04T08:00:00Z");
    let split = parts(&[&joined], &[]);
    let new = desk.casework.split_case(&by("ana"), &case, &split).await.unwrap();
    let board = desk.casework.board();
    let release = &board.house.line_entries[GUARDIAN][0];
    for (number, fixed) in [(&case, true), (&new, false)] {
        let (_, case) = board.own_case(number).unwrap();
        let seen = board.seen_of_line(case, release).event;
        assert!(
            matches!(seen, Event::ReleaseShipped { fixes: Fixes::Case(holds), .. } if holds == fixed),
            "{number}: {seen:?}"
        );
    }
}

#[tokio::test]
async fn a_split_is_taken_back_while_nothing_was_added() {
    let desk = Desk::open().await;
    let (case, joined) = double(&desk).await;
    let before = owed(&desk, &[&case]);
    let new = desk
        .casework
        .split_case(&by("ana"), &case, &parts(&[&joined], &[VANTAGE]))
        .await
        .unwrap();
    desk.act(&case, "retracted = { event = \"split-off\", why = \"one flaw\" }")
        .await;
    assert_eq!(owed(&desk, &[&case]), before);
    assert_eq!(desk.casework.board().case_of_number(&new).unwrap().1.number, case);
    let again = desk
        .casework
        .split_case(&by("ana"), &case, &parts(&[&joined], &[VANTAGE]))
        .await
        .unwrap();
    desk.act(&again, "workaround-provided = { product = \"Vantage\" }")
        .await;
    let retract = event("retracted = { event = \"split-off\", why = \"one flaw\" }");
    check_refused(
        &desk,
        desk.casework.act(&by("ana"), &case, None, retract),
        "of its own since",
    )
    .await;
    desk.casework
        .merge_cases(&by("ana"), &again, &case, false, None)
        .await
        .unwrap();
    check_owed(&desk, &case, "N5 Vantage | met");
}

#[tokio::test]
async fn splits_that_make_no_sense_are_refused() {
    let desk = Desk::open().await;
    let (case, joined) = double(&desk).await;
    let other = desk.report("Another").await;
    let casework = &desk.casework;
    let ana = by("ana");
    for (split, words) in [
        (parts(&[], &[]), "names the reports or the product lines"),
        (parts(&[], &[GUARDIAN, VANTAGE]), "nothing would be left"),
        (parts(&[&case, &joined], &[VANTAGE]), "nothing would be left"),
        (parts(&[&other], &[]), "is not part of this case"),
        (parts(&[], &[ROUTER]), "is not about"),
    ] {
        check_refused(&desk, casework.split_case(&ana, &case, &split), words).await;
    }
    desk.act(&other, "rejected = { exit = \"cannot-reproduce\" }").await;
    check_refused(
        &desk,
        casework.split_case(&ana, &other, &parts(&[&other], &[])),
        "reopen it",
    )
    .await;
}

#[tokio::test]
async fn a_case_that_was_moved_to_another_policy_by_mistake_has_its_brand_back() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    let brand = |desk: &Desk| desk.casework.board().case_of_number(&case).unwrap().1.brand.clone();
    let before = brand(&desk);
    let moved = "repinned = { policy = \"128-technology\", version = \"1\", why = \"a mistake\" }";
    desk.casework
        .act(&two("lea", "ana"), &case, None, event(moved))
        .await
        .unwrap();
    assert_ne!(brand(&desk), before);
    let back = "retracted = { event = \"repinned\", why = \"it was a mistake\" }";
    desk.casework
        .act(&two("lea", "ana"), &case, None, event(back))
        .await
        .unwrap();
    assert_eq!(brand(&desk), before);
    let scratch = desk.casework.board_from_scratch().await.unwrap();
    assert_eq!(format!("{:?}", *desk.casework.board()), format!("{scratch:?}"));
}

#[tokio::test]
async fn a_case_is_found_by_the_name_that_others_have_for_it() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    desk.act(&case, "alias = { id = \"VU#123456\", by = \"CERT\" }").await;
    desk.act("vu#123456", "noted = { text = \"found\" }").await;
    let other = desk.report("Another").await;
    desk.act(&other, "alias = { id = \"VU#123456\" }").await;
    let told = desk
        .casework
        .act(&by("ana"), "VU#123456", None, event("noted = { text = \"?\" }"))
        .await;
    assert!(told.is_err(), "two cases have this name");
}
