//! The past comes along: as it happened, by two people, once.

use super::world::{Desk, GUARDIAN, NOZOMI, VANTAGE, at, by, check_refused, event, two};
use crate::{Extent, Fate, Imported, PastFile};
use psirt::clock::State;
use psirt::event::Kind;
use psirt::past::Map;
use std::fmt::Write as _;
use std::path::Path;
use store::StoreError;

/// What a spreadsheet looks like after six years and three owners.
const UGLY: &[u8] = include_bytes!("../../fixtures/old-tracker.csv");
const UGLY_MAP: &str = include_str!("../../fixtures/old-tracker.toml");

fn file(bytes: &[u8]) -> PastFile {
    PastFile {
        source: "the old tracker".to_owned(),
        bytes: bytes.to_vec(),
        ..PastFile::default()
    }
}

async fn import(desk: &Desk, file: &PastFile, extent: Extent) -> Imported {
    desk.casework
        .import_cases(&two("lea", "ana"), file, extent)
        .await
        .unwrap()
}

/// The example of docs/import.md.
fn example() -> Vec<u8> {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/import.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let (_, rest) = guide.split_once("```csv\n").unwrap();
    rest.split_once("```").unwrap().0.as_bytes().to_vec()
}

fn numbers(imported: &Imported) -> Vec<String> {
    let number = |fate: &Fate| match fate {
        Fate::Written(number) | Fate::Known(number) => number.clone(),
        other => panic!("{other:?}"),
    };
    imported.rows.iter().map(|row| number(&row.fate)).collect()
}

#[tokio::test]
async fn the_guides_example_is_imported_as_it_happened() {
    let desk = Desk::open().await;
    let imported = import(&desk, &file(&example()), Extent::AllOrNothing).await;
    assert_eq!((imported.written, imported.refused()), (3, 0), "{imported:?}");
    let numbers = numbers(&imported);
    assert!(numbers[0].starts_with("NN-2024-"), "{numbers:?}");
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&numbers[0]).unwrap();
    let fixed = case
        .entries
        .iter()
        .find(|entry| entry.event.kind() == Kind::FixReleased)
        .unwrap();
    assert_eq!(fixed.at, at("2024-03-20T22:59:59Z"));
    assert_eq!(fixed.recorded, desk.casework.now());
    assert_eq!((fixed.by.as_str(), fixed.approved_by.as_deref()), ("lea", Some("ana")));
    // Kept in its time, though it is recorded years later.
    let all = board.obligations(case, desk.casework.now());
    let fix = all
        .iter()
        .find(|o| o.promise.clause == "N3" && o.promise.ends == Kind::FixReleased)
        .unwrap();
    assert_eq!((fix.state, fix.start), (State::Met, Some(at("2024-02-03T23:00:00Z"))));
    // The reporter of the third row never had an answer.
    let (_, open) = board.case_of_number(&numbers[2]).unwrap();
    assert!(open.entries.last().unwrap().event.kind() == Kind::Imported && !open.view.closed);
    drop(board);
    assert_eq!(
        format!("{:?}", *desk.casework.board()),
        format!("{:?}", desk.casework.board_from_scratch().await.unwrap())
    );
}

#[tokio::test]
async fn a_case_is_found_by_its_old_number_and_goes_on() {
    let desk = Desk::open().await;
    let imported = import(&desk, &file(&example()), Extent::AllOrNothing).await;
    desk.act("PSIRT-103", "assigned = { person = \"ben\" }").await;
    let number = &numbers(&imported)[2];
    assert_eq!(
        desk.casework
            .board()
            .case_of_number(number)
            .unwrap()
            .1
            .view
            .owner
            .as_deref(),
        Some("ben")
    );
    assert_eq!(desk.casework.read_raw(&by("ana"), number).await.unwrap(), None);
    desk.casework.story("PSIRT-102").unwrap();
    check_refused(
        &desk,
        desk.casework
            .act(&by("root"), "PSIRT-103", None, event("reviewed = {}")),
        "or not for you",
    )
    .await;
    check_refused(
        &desk,
        desk.casework.act(
            &by("ana"),
            number,
            None,
            event("imported = { source = \"x\", id = \"x\", row = \"1\" }"),
        ),
        "is not recorded by hand",
    )
    .await;
}

#[tokio::test]
async fn the_same_file_again_adds_nothing_and_a_changed_row_is_a_difference() {
    let desk = Desk::open().await;
    let first = import(&desk, &file(&example()), Extent::AllOrNothing).await;
    let size = desk.casework.board().size;
    desk.wait_until("2026-10-01T08:00:00Z");
    let again = import(&desk, &file(&example()), Extent::AllOrNothing).await;
    assert_eq!((again.written, numbers(&again)), (0, numbers(&first)));
    desk.act("PSIRT-101", "noted = { text = \"later\" }").await;
    let changed = String::from_utf8(example())
        .unwrap()
        .replace("2024-02-05", "2024-02-06");
    let changed = import(&desk, &file(changed.as_bytes()), Extent::AllOrNothing).await;
    let Fate::Differs(number, differences) = &changed.rows[0].fate else {
        panic!("{changed:?}")
    };
    assert_eq!(number, &numbers(&first)[0]);
    assert!(
        differences
            .iter()
            .any(|difference| difference.contains("the file tells `confirmed`")),
        "{differences:?}"
    );
    assert_eq!((changed.written, desk.casework.board().size), (0, size + 1));
}

#[tokio::test]
async fn one_bad_row_keeps_all_of_them_out_unless_the_good_ones_are_asked_for() {
    let desk = Desk::open().await;
    let mut bytes = example();
    bytes.extend_from_slice(b"PSIRT-104,No date,Guardian,external,,,,,,,,,,\n");
    let size = desk.casework.board().size;
    for extent in [Extent::DryRun, Extent::AllOrNothing] {
        let imported = import(&desk, &file(&bytes), extent).await;
        assert_eq!(
            (imported.written, imported.refused(), desk.casework.board().size),
            (0, 1, size)
        );
        assert!(matches!(imported.rows[0].fate, Fate::Good(_)));
    }
    let imported = import(&desk, &file(&bytes), Extent::OnlyGood).await;
    assert_eq!((imported.written, imported.refused()), (3, 1));
    let mended = String::from_utf8(bytes)
        .unwrap()
        .replace("external,,,,,,,,,,\n", "external,2024-05-01,,,,,,,,,\n");
    let imported = import(&desk, &file(mended.as_bytes()), Extent::AllOrNothing).await;
    assert_eq!((imported.written, imported.refused()), (1, 0));
}

#[tokio::test]
async fn an_import_is_the_act_of_two_people() {
    let desk = Desk::open().await;
    let (casework, file) = (&desk.casework, file(&example()));
    let go = Extent::AllOrNothing;
    check_refused(&desk, casework.import_cases(&by("lea"), &file, go), "act of two people").await;
    check_refused(
        &desk,
        casework.import_cases(&two("lea", "lea"), &file, go),
        "are the same",
    )
    .await;
    check_refused(
        &desk,
        casework.import_cases(&two("ana", "ben"), &file, go),
        "is for: lead",
    )
    .await;
    check_refused(
        &desk,
        casework.import_cases(&two("root", "lea"), &file, go),
        "or not for you",
    )
    .await;
    casework.import_cases(&two("ana", "lea"), &file, go).await.unwrap();
}

#[tokio::test]
async fn a_promise_that_was_broken_then_is_broken_now() {
    let desk = Desk::open().await;
    let late = "id,title,products,received,confirmed,vector,fixes,published\n\
                1,t,Guardian,2024-01-02,2024-01-03,CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H,Guardian 1.2 2024-05-01,2024-05-02\n";
    let imported = import(&desk, &file(late.as_bytes()), Extent::AllOrNothing).await;
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&numbers(&imported)[0]).unwrap();
    let all = board.obligations(case, desk.casework.now());
    let state = |clause: &str, ends: Kind| {
        let found = all
            .iter()
            .find(|o| o.promise.clause == clause && o.promise.ends == ends);
        found.map(|o| o.state)
    };
    assert_eq!(state("N3", Kind::FixReleased), Some(State::MetLate));
    // Published one day after the fix, inside the hold of ninety days: told, and shown as what it was.
    assert_eq!(state("N13", Kind::AdvisoryPublished), Some(State::Breached));
}

#[tokio::test]
async fn an_ugly_export_is_understood_with_its_map_or_says_what_to_write() {
    let desk = Desk::open().await;
    let ugly = PastFile {
        map: Map::read(UGLY_MAP).unwrap(),
        ..file(UGLY)
    };
    let imported = import(&desk, &ugly, Extent::OnlyGood).await;
    let told: Vec<String> = imported
        .rows
        .iter()
        .map(|row| match &row.fate {
            Fate::Written(_) => format!("{} written", row.id),
            Fate::Refused(findings) => findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
            other => format!("{other:?}"),
        })
        .collect();
    let expect = [
        "SEC-0017 written",
        "SEC-0018 written",
        "line 7, `received`: `03.04.2021` is no date that has only one meaning: write 2024-02-28, or 2024-02-28T12:00:00+01:00",
        "SEC-0020 written",
        "line 10, `products`: no product line is named `Guardian OS`: add it with `candor product add`, or map the name",
        "line 11, `summary`: the cell is a formula: paste its value",
        "line 12, `id`: line 2 has the number `SEC-0017` already: a case is one row",
    ];
    assert_eq!(told, expect);
    assert_eq!(imported.ignored, ["Owner", "Effort (h)"]);
    let board = desk.casework.board();
    let (_, case) = board.case_of_old_number("SEC-0018").unwrap();
    assert_eq!(
        (case.brand.as_str(), case.facts.rejected().map(|(_, exit)| exit.name())),
        (NOZOMI, Some("not-a-vulnerability"))
    );
    let (_, case) = board.case_of_old_number("SEC-0020").unwrap();
    let lines: Vec<_> = case.facts.lines.iter().map(|line| line.name.as_str()).collect();
    assert_eq!(lines, [GUARDIAN, VANTAGE]);
}

/// A file of so many rows.
fn many(rows: usize) -> PastFile {
    let mut text = "id,title,brand,received,acknowledged,reviewed,notes\n".to_owned();
    for row in 0..rows {
        let _ = writeln!(
            text,
            "OLD-{row},Something of then,{NOZOMI},2024-01-02,2024-01-02,2024-01-03,As it was"
        );
    }
    file(text.as_bytes())
}

#[tokio::test]
async fn a_file_that_does_not_fit_on_the_disk_leaves_nothing_of_it_behind() {
    let desk = Desk::open().await.reopened_within(200).await;
    let head = desk.store.head().await.unwrap();
    let refused = desk
        .casework
        .import_cases(&two("lea", "ana"), &many(600), Extent::AllOrNothing)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, crate::ActError::Store(StoreError::Full { .. })),
        "{refused}"
    );
    // A part of it would have fitted.
    assert_eq!(desk.store.head().await.unwrap(), head);
    assert_eq!(desk.casework.board().case_of_old_number("OLD-0").map(|_| ()), None);
    let some = import(&desk, &many(20), Extent::AllOrNothing).await;
    assert_eq!((some.written, some.refused()), (20, 0));
    let desk = desk.reopened().await;
    let all = import(&desk, &many(600), Extent::AllOrNothing).await;
    assert_eq!((all.written, numbers(&all)[..20].to_vec()), (580, numbers(&some)));
    assert!(desk.store.verify().await.unwrap().is_sound());
}
