//! What was recorded of a product line by mistake, and is taken back.

use super::world::{Desk, GUARDIAN, VANTAGE, at, by, check_refused, event, two};
use crate::replica::Replica;
use crate::{ActError, Actor, Split};
use jiff::Timestamp;
use psirt::clock::facts::CaseFacts;
use psirt::clock::{State, obligations};
use psirt::event::{Entry, EventRef};
use psirt::story::Story;

/// Medium: 5.4.
const MEDIUM: &str = "CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N";

async fn line(desk: &Desk, text: &str) {
    let recorded = desk.casework.line_event(&by("ana"), None, event(text)).await;
    recorded.unwrap_or_else(|error| panic!("{text}: {error}"));
}

async fn ship(desk: &Desk, version: &str, case: &str) {
    let shipped =
        format!("release-shipped = {{ product = \"{GUARDIAN}\", version = \"{version}\", fixes = [\"{case}\"] }}");
    line(desk, &shipped).await;
}

/// Takes an entry of Guardian back: `7` by its number, else by its name.
async fn retract(desk: &Desk, actor: &Actor, event: &str) -> Result<Entry, ActError> {
    let event = event
        .parse()
        .map_or_else(|_| EventRef::Name(event.to_owned()), EventRef::Seq);
    let why = "it was another line";
    desk.casework.retract_of_line(actor, GUARDIAN, &event, why).await
}

/// How the fix of Guardian stands that §N3 or §N4 promises, and until when.
fn fix(desk: &Desk, number: &str) -> (State, Option<Timestamp>) {
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(number).unwrap();
    let all = board.obligations(case, desk.casework.now());
    let fix = all.iter().find(|o| matches!(&*o.promise.clause, "N3" | "N4")).unwrap();
    (fix.state, fix.due)
}

/// The board is its replay, and a case computes the same dates from its exported story.
async fn check_kept(desk: &Desk, number: &str) {
    let scratch = desk.casework.board_from_scratch().await.unwrap();
    let board = desk.casework.board();
    assert_eq!(format!("{:?}", *board), format!("{scratch:?}"));
    let (_, case) = board.case_of_number(number).unwrap();
    let written = board.story(case).write();
    let story = Story::read(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
    let facts = CaseFacts::fold(&story.products, story.entries(), Timestamp::MAX);
    let now = desk.casework.now();
    let here = obligations(&board.house.policies, &facts, &board.house.calendars, now);
    let dates = |all: &[psirt::clock::Obligation<'_>]| -> Vec<_> {
        let dates =
            |o: &psirt::clock::Obligation<'_>| (o.promise.id.clone(), o.subject, o.state, o.start, o.due, o.met_at);
        all.iter().map(dates).collect()
    };
    assert_eq!(dates(&here), dates(&board.obligations(case, now)), "{written}");
}

#[tokio::test]
async fn a_mistaken_release_is_taken_back_and_its_case_is_owed_a_fix_again() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    let before = fix(&desk, &case);
    assert_eq!(before.0, State::Running);
    ship(&desk, "25.1.2", &case).await;
    assert_eq!(fix(&desk, &case).0, State::Met);
    let taken = retract(&desk, &two("ana", "lea"), "release-shipped").await.unwrap();
    assert_eq!(fix(&desk, &case), before);
    check_kept(&desk, &case).await;
    {
        let board = desk.casework.board();
        let [(entry, Some(retracted))] = board.house.recorded_of_line(GUARDIAN)[..] else {
            panic!("{:?}", board.house.recorded_of_line(GUARDIAN))
        };
        assert_eq!(*entry, taken);
        assert_eq!((&*retracted.by, retracted.approved_by.as_deref()), ("ana", Some("lea")));
        assert_eq!(retracted.why, "it was another line");
        assert!(board.house.line_entries[GUARDIAN].is_empty());
    }
    // What did happen is recorded anew.
    ship(&desk, "25.1.3", &case).await;
    assert_eq!(fix(&desk, &case).0, State::Met);
    retract(&desk, &by("ana"), "4").await.unwrap();
    assert_eq!(fix(&desk, &case), before);
    check_kept(&desk, &case).await;
}

#[tokio::test]
async fn the_end_of_support_is_taken_back() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    let owed = |desk: &Desk| {
        let board = desk.casework.board();
        let (_, case) = board.case_of_number(&case).unwrap();
        let all = board.obligations(case, desk.casework.now());
        all.iter()
            .map(|o| (o.promise.id.clone(), o.state, o.due))
            .collect::<Vec<_>>()
    };
    let before = owed(&desk);
    line(&desk, "support-ended = { product = \"Guardian\" }").await;
    retract(&desk, &by("ana"), "support-ended").await.unwrap();
    assert_eq!(owed(&desk), before);
    check_kept(&desk, &case).await;
}

#[tokio::test]
async fn what_is_not_there_or_was_taken_back_is_told() {
    let desk = Desk::open().await;
    let ana = by("ana");
    check_refused(
        &desk,
        retract(&desk, &ana, "2"),
        "nothing stands that was recorded of it",
    )
    .await;
    for version in ["25.2", "25.3"] {
        let planned =
            format!("release-planned = {{ product = \"{GUARDIAN}\", version = \"{version}\", date = 2026-11-02 }}");
        line(&desk, &planned).await;
    }
    let both = "it has `release-planned` 25.2 (entry 2), `release-planned` 25.3 (entry 3)";
    for unknown in ["1", "4", "release-moved", "reviewed", "nothing"] {
        check_refused(&desk, retract(&desk, &ana, unknown), both).await;
    }
    // By its name it is the last one that stands.
    assert_eq!(retract(&desk, &ana, "release-planned").await.unwrap().seq, 3);
    let already = "`release-planned` 25.3 (entry 3) is retracted already";
    check_refused(&desk, retract(&desk, &ana, "3"), already).await;
    let left = "it has `release-planned` 25.2 (entry 2)";
    check_refused(&desk, retract(&desk, &ana, "4"), left).await;
    assert_eq!(retract(&desk, &ana, "release-planned").await.unwrap().seq, 2);
    let already = "`release-planned` 25.2 (entry 2) is retracted already";
    check_refused(&desk, retract(&desk, &ana, "release-planned"), already).await;
}

#[tokio::test]
async fn many_entries_are_not_all_listed() {
    let desk = Desk::open().await;
    for version in 1..=12 {
        let shipped = format!("release-shipped = {{ product = \"{GUARDIAN}\", version = \"{version}\" }}");
        line(&desk, &shipped).await;
    }
    let listed = "it has `release-shipped` 3 (entry 4), ";
    check_refused(&desk, retract(&desk, &by("ana"), "99"), listed).await;
    let rest = "`release-shipped` 12 (entry 13), and 2 before them";
    check_refused(&desk, retract(&desk, &by("ana"), "99"), rest).await;
}

#[tokio::test]
async fn a_retraction_needs_a_reason_a_line_and_somebody_of_the_desk() {
    let desk = Desk::open().await;
    line(&desk, "support-ended = { product = \"Guardian\" }").await;
    let last = EventRef::Name("support-ended".to_owned());
    let of = async |actor: &str, line: &str, why: &str| {
        let actor = by(actor);
        desk.casework.retract_of_line(&actor, line, &last, why).await
    };
    for (actor, line, why, words) in [
        ("ana", GUARDIAN, "", "needs a reason"),
        ("ana", GUARDIAN, " \n", "needs a reason"),
        ("ana", "Toaster", "x", "no product line is named `Toaster`"),
        ("ana", VANTAGE, "x", "there is no such event of `Vantage`"),
        ("root", GUARDIAN, "x", "analyst"),
        ("audrey", GUARDIAN, "x", "analyst"),
    ] {
        check_refused(&desk, of(actor, line, why), words).await;
    }
    of("ben", GUARDIAN, "x").await.unwrap();
}

#[tokio::test]
async fn a_planned_release_stays_under_what_became_of_it() {
    for (became, words) in [
        (
            "release-moved = { product = \"Guardian\", version = \"25.2\", date = 2026-12-02 }",
            "`release-moved` 25.2 (entry 4)",
        ),
        (
            "release-cancelled = { product = \"Guardian\", version = \"25.2\" }",
            "`release-cancelled` 25.2 (entry 4)",
        ),
        (
            "release-shipped = { product = \"Guardian\", version = \"25.2\" }",
            "`release-shipped` 25.2 (entry 4)",
        ),
    ] {
        let desk = Desk::open().await;
        let ana = by("ana");
        for version in ["25.2", "25.3"] {
            let planned =
                format!("release-planned = {{ product = \"Guardian\", version = \"{version}\", date = 2026-11-02 }}");
            line(&desk, &planned).await;
        }
        line(&desk, became).await;
        let stands = format!("{words} stands on this `release-planned`: retract it first");
        check_refused(&desk, retract(&desk, &ana, "2"), &stands).await;
        // The other version has nothing above it.
        retract(&desk, &ana, "3").await.unwrap();
        retract(&desk, &ana, "4").await.unwrap();
        retract(&desk, &ana, "2").await.unwrap();
    }
}

#[tokio::test]
async fn a_shipped_release_stays_under_the_withdrawal_of_its_fix() {
    let desk = Desk::open().await;
    let (first, case) = (desk.confirmed().await, desk.confirmed().await);
    let both = two("ana", "lea");
    ship(&desk, "25.1.2", &first).await;
    ship(&desk, "25.1.3", &first).await;
    // The case goes on in another one, which has the fix withdrawn.
    let merged = desk.casework.merge_cases(&both, &first, &case, false, None).await;
    merged.unwrap();
    desk.wait_until("2026-09-10T08:00:00Z");
    let withdrawn = desk
        .act(
            &case,
            "fix-withdrawn = { product = \"Guardian\", version = \"25.1.2\", why = \"it was not whole\" }",
        )
        .await;
    let stands = format!(
        "`fix-withdrawn` of {case} (entry {}) stands on this `release-shipped`: retract it first",
        withdrawn.seq
    );
    check_refused(&desk, retract(&desk, &both, "2"), &stands).await;
    // The withdrawal is of the other version.
    retract(&desk, &both, "3").await.unwrap();
    desk.casework
        .act(
            &both,
            &case,
            None,
            event("retracted = { event = \"fix-withdrawn\", why = \"it was\" }"),
        )
        .await
        .unwrap();
    retract(&desk, &both, "2").await.unwrap();
    check_kept(&desk, &case).await;
}

/// §N4: with the next release, if that is earlier than six months.
#[tokio::test]
async fn a_retraction_that_gives_a_case_time_takes_two_people() {
    let desk = Desk::open().await;
    let case = desk.report("A small overflow").await;
    for text in [
        "acknowledged = {}",
        "reviewed = {}",
        "confirmed = { origin = \"own\", products = [\"Guardian\"] }",
        &format!("scored = {{ vector = \"{MEDIUM}\", source = \"own\" }}"),
    ] {
        desk.act(&case, text).await;
    }
    let six_months = fix(&desk, &case);
    line(
        &desk,
        "release-planned = { product = \"Guardian\", version = \"25.2\", date = 2026-11-02 }",
    )
    .await;
    let with_release = fix(&desk, &case);
    assert!(with_release.1 < six_months.1 && six_months.1 > Some(at("2027-01-01T00:00:00Z")));
    let ana = by("ana");
    check_refused(&desk, retract(&desk, &ana, "release-planned"), "refused by §N4").await;
    let named = format!("for {case}, retracting this `release-planned` would make");
    check_refused(&desk, retract(&desk, &by("lea"), "2"), &named).await;
    check_refused(
        &desk,
        retract(&desk, &two("lea", "lea"), "2"),
        "actor and approver are the same",
    )
    .await;
    retract(&desk, &two("ana", "ben"), "2").await.unwrap();
    assert_eq!(fix(&desk, &case), six_months);
    check_kept(&desk, &case).await;
    // One that takes time away is an act of one person.
    line(
        &desk,
        "release-planned = { product = \"Guardian\", version = \"25.3\", date = 2026-11-02 }",
    )
    .await;
    line(
        &desk,
        "release-moved = { product = \"Guardian\", version = \"25.3\", date = 2026-12-02 }",
    )
    .await;
    assert!(fix(&desk, &case).1 > with_release.1);
    retract(&desk, &ana, "release-moved").await.unwrap();
    assert_eq!(fix(&desk, &case), with_release);
    check_kept(&desk, &case).await;
}

#[tokio::test]
async fn a_closed_case_sees_a_retraction_when_somebody_looks_at_it() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    ship(&desk, "25.1.2", &case).await;
    desk.act(&case, "scope-decided = { out = true, clause = \"N34.15\" }")
        .await;
    desk.act(&case, "reported-back = {}").await;
    desk.act(&case, "rejected = { exit = \"out-of-scope\", clause = \"N34.15\" }")
        .await;
    assert!(desk.casework.board().open().all(|(_, open)| open.number != case));
    let has_fix = |desk: &Desk| {
        let board = desk.casework.board();
        let (_, case) = board.case_of_number(&case).unwrap();
        let mut marks = case.facts.marks.iter();
        marks.any(|mark| mark.kind == psirt::event::Kind::FixReleased)
    };
    assert!(has_fix(&desk));
    retract(&desk, &by("ana"), "release-shipped").await.unwrap();
    assert!(!has_fix(&desk));
    check_kept(&desk, &case).await;
}

#[tokio::test]
async fn a_split_that_would_leave_a_release_of_nothing_confirmed_waits_for_its_retraction() {
    let desk = Desk::open().await;
    let case = desk.report("The mill stands on a hill").await;
    let other = desk.report("The weir leaks").await;
    for text in [
        "suspected = { products = [\"Guardian\", \"Vantage\"] }",
        "acknowledged = {}",
        "reviewed = {}",
        "confirmed = { origin = \"own\", products = [\"Vantage\"] }",
        "reported-back = {}",
    ] {
        desk.act(&case, text).await;
    }
    ship(&desk, "25.1.2", &case).await;
    desk.casework.join_report(&by("ana"), &other, &case).await.unwrap();
    let split = Split {
        reports: vec![case.clone()],
        products: vec![VANTAGE.to_owned()],
        ..Split::default()
    };
    let both = two("ana", "lea");
    let words = "nothing would be confirmed any more: retract the release of the line first (`candor line retracted`)";
    check_refused(&desk, desk.casework.split_case(&both, &case, &split), words).await;
    retract(&desk, &both, "release-shipped").await.unwrap();
    desk.casework.split_case(&both, &case, &split).await.unwrap();
    check_kept(&desk, &case).await;
}

#[tokio::test]
async fn a_snapshot_keeps_what_was_taken_back() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    ship(&desk, "25.1.2", &case).await;
    ship(&desk, "25.1.3", &case).await;
    retract(&desk, &two("ana", "lea"), "2").await.unwrap();
    let mut replica = Replica::from_scratch(&desk.store).await.unwrap();
    replica.keep(&desk.store).await.unwrap();
    retract(&desk, &two("ana", "lea"), "3").await.unwrap();
    let opened = Replica::open(&desk.store).await.unwrap();
    assert!(opened.from_snapshot > 0);
    let scratch = Replica::from_scratch(&desk.store).await.unwrap();
    assert_eq!(format!("{:?}", opened.board), format!("{:?}", scratch.board));
    assert_eq!(opened.board.house.line_retracted[GUARDIAN].len(), 2);
}
