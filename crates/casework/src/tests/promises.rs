//! Promises kept: what is counted, what moves no number, and what is released.

use super::world::{Desk, HIGH, NOZOMI, at, by, check_refused, two};
use crate::{Extent, PastFile};
use psirt::promises::{Figures, KeptPromises};

/// After the third quarter of 2026.
const OCTOBER: &str = "2026-10-02T08:00:00Z";

/// A report that was looked at and turned down on the day of the desk's clock.
async fn turned_down(desk: &Desk) {
    let case = desk.report("Not a flaw").await;
    for text in [
        "acknowledged = {}",
        "reviewed = {}",
        "rejected = { exit = \"not-a-vulnerability\" }",
    ] {
        desk.act(&case, text).await;
    }
}

fn kept(desk: &Desk) -> KeptPromises {
    desk.casework.kept_promises(&by("lea"), NOZOMI).unwrap()
}

/// What is told of the clause that promises a number within five minutes.
fn check_told(desk: &Desk, expect: Option<(u32, u32)>) {
    let kept = kept(desk);
    let clause = kept.clauses.iter().find(|clause| clause.clause == "N18").unwrap();
    assert_eq!(
        clause.figures,
        expect.map(|(kept, due)| Figures { due, kept }),
        "{kept:?}"
    );
}

#[tokio::test]
async fn five_cases_make_a_number_and_four_do_not() {
    let desk = Desk::open().await;
    for _ in 0..4 {
        turned_down(&desk).await;
    }
    // The quarter is not over yet.
    check_told(&desk, None);
    desk.wait_until(OCTOBER);
    check_told(&desk, None);
    turned_down(&desk).await;
    // The fifth was due in the new quarter.
    check_told(&desk, None);
    desk.wait_until("2027-01-02T08:00:00Z");
    check_told(&desk, Some((5, 5)));
    let told = kept(&desk);
    assert_eq!(
        (told.from.to_string(), told.until.to_string()),
        ("2026-01-01".into(), "2026-12-31".into())
    );
}

#[tokio::test]
async fn what_was_late_is_due_and_not_kept() {
    let desk = Desk::open().await;
    let late = desk.report("Not a flaw").await;
    desk.wait_until("2026-09-01T09:00:00Z");
    for text in [
        "acknowledged = {}",
        "reviewed = {}",
        "rejected = { exit = \"not-a-vulnerability\" }",
    ] {
        desk.act(&late, text).await;
    }
    for _ in 0..4 {
        turned_down(&desk).await;
    }
    desk.wait_until(OCTOBER);
    check_told(&desk, Some((4, 5)));
}

/// The law of this page: with and without cases that are open or sealed, every byte that is released is the same.
#[tokio::test]
async fn a_case_that_is_open_or_sealed_moves_no_number() {
    let (plain, full) = (Desk::open().await, Desk::open().await);
    for desk in [&plain, &full] {
        for _ in 0..5 {
            turned_down(desk).await;
        }
    }
    // Open, and late in everything.
    full.report("Nobody looks at this").await;
    // Confirmed, with an agreed embargo.
    let sealed = full.confirmed().await;
    full.act(&sealed, "embargo-proposed = { by = \"us\", until = \"2027-06-01\" }")
        .await;
    // Turned down, and still under an embargo that others asked for.
    let quiet = full.report("Told to us in confidence").await;
    for text in [
        "acknowledged = {}",
        "reviewed = {}",
        "embargo-proposed = { by = \"a supplier\", until = \"2027-06-01\" }",
        "rejected = { exit = \"not-a-vulnerability\" }",
    ] {
        full.act(&quiet, text).await;
    }
    let mut released = Vec::new();
    for desk in [&plain, &full] {
        desk.wait_until(OCTOBER);
        let kept = desk.casework.release_promises(&by("lea"), NOZOMI).await.unwrap();
        let board = desk.casework.board();
        assert_eq!(board.house.promises.get(NOZOMI), Some(&kept));
        released.push(serde_json::to_vec(&kept).unwrap());
    }
    assert_eq!(released[0], released[1]);
    assert!(String::from_utf8_lossy(&released[0]).contains("\"due\":5"));
}

#[tokio::test]
async fn a_case_counts_once_it_is_over_and_its_advisory_is_out() {
    let desk = Desk::open().await;
    for _ in 0..4 {
        turned_down(&desk).await;
    }
    let case = desk.fixed().await;
    let id = desk.approved_advisory(&case).await;
    let casework = &desk.casework;
    desk.wait_until("2027-01-04T09:00:00Z");
    check_told(&desk, None);
    casework.order_release(&by("leo"), &id, "").await.unwrap();
    check_told(&desk, None);
    casework.mark_published(&id, 1, "digest").await.unwrap();
    // It is public, and not over.
    check_told(&desk, None);
    desk.act(&case, "closed = {}").await;
    check_told(&desk, Some((5, 5)));
    // That another text of it is being written cannot be read from the numbers.
    let again = super::world::draft();
    casework.redraft_advisory(&by("ana"), &id, again).await.unwrap();
    check_told(&desk, Some((5, 5)));
}

/// What a policy aims at is late in the record and nowhere in public (D2).
#[tokio::test]
async fn what_is_aimed_at_is_not_told() {
    let desk = Desk::open().await;
    for _ in 0..5 {
        turned_down(&desk).await;
    }
    desk.wait_until(OCTOBER);
    let kept = kept(&desk);
    let told: Vec<&str> = kept.clauses.iter().map(|clause| clause.clause.as_str()).collect();
    assert!(told.contains(&"N18") && !told.contains(&"N19"), "{told:?}");
}

/// Cases of before this house are told of by no advisory of it, only by what was recorded.
#[tokio::test]
async fn a_case_of_the_past_counts_once_its_advisory_was_published() {
    let check = async |published: &str, expect: Option<(u32, u32)>| {
        let desk = Desk::open().await;
        let mut rows = String::from("id,title,products,received,confirmed,vector,fixes,published,closed\n");
        for day in 1..=5 {
            rows.push_str(&format!(
                "OLD-{day},Overflow,Guardian,2026-01-0{day},2026-01-10,{HIGH},Guardian 25.0.{day} 2026-02-01,{published},2026-06-01\n"
            ));
        }
        let file = PastFile {
            source: "the old tracker".to_owned(),
            bytes: rows.into_bytes(),
            ..PastFile::default()
        };
        let both = two("lea", "ana");
        let imported = desk.casework.import_cases(&both, &file, Extent::AllOrNothing);
        let imported = imported.await.unwrap();
        assert_eq!((imported.written, imported.refused()), (5, 0), "{imported:?}");
        desk.wait_until(OCTOBER);
        let kept = kept(&desk);
        let clause = kept.clauses.iter().find(|clause| clause.clause == "N3").unwrap();
        assert_eq!(
            clause.figures,
            expect.map(|(kept, due)| Figures { due, kept }),
            "{kept:?}"
        );
    };
    check("2026-05-05", Some((5, 5))).await;
    check("", None).await;
}

#[tokio::test]
async fn a_lead_releases_the_numbers_and_nobody_else() {
    let desk = Desk::open().await;
    for _ in 0..5 {
        turned_down(&desk).await;
    }
    desk.wait_until(OCTOBER);
    let casework = &desk.casework;
    for person in ["ana", "root", "audrey"] {
        check_refused(&desk, casework.release_promises(&by(person), NOZOMI), "is for: lead").await;
        assert!(casework.kept_promises(&by(person), NOZOMI).is_err(), "{person}");
    }
    check_refused(&desk, casework.release_promises(&by("lea"), "nobody"), "nobody").await;
    let first = casework.release_promises(&by("lea"), NOZOMI).await.unwrap();
    assert_eq!(first.sum().due, first.sum().kept);
    check_refused(&desk, casework.release_promises(&by("lea"), NOZOMI), "released already").await;
    // What happens later changes nothing of what was released.
    desk.wait_until("2026-10-03T08:00:00Z");
    desk.report("Another").await;
    assert_eq!(casework.board().house.promises.get(NOZOMI), Some(&first));
    assert!(first.until < at("2026-10-03T00:00:00Z").to_zoned(jiff::tz::TimeZone::UTC).date());
    let scratch = casework.board_from_scratch().await.unwrap();
    assert_eq!(scratch.house.promises, casework.board().house.promises);
}
