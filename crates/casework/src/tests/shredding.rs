//! Shredding: two people, a closed case, and what is left afterwards.

use super::world::{Desk, at, by, check_refused, incoming, two};
use crate::{ActError, Incoming};

const NAME: &str = "Ada <ada@example.org>";

async fn check_law(desk: &Desk) {
    let scratch = desk.casework.board_from_scratch().await.unwrap();
    assert_eq!(format!("{:?}", *desk.casework.board()), format!("{scratch:?}"));
}

/// A report that was turned down as a duplicate of nothing: closed by rejection.
async fn rejected(desk: &Desk, text: &str) -> String {
    let case = desk.report(text).await;
    desk.act(&case, "acknowledged = {}").await;
    desk.act(&case, "reviewed = {}").await;
    desk.act(&case, "rejected = { exit = \"not-a-vulnerability\" }").await;
    case
}

#[tokio::test]
async fn a_person_is_erased_and_the_case_stays() {
    let desk = Desk::open().await;
    let twin = desk.twin().await;
    let case = desk.confirmed().await;
    let from = |casework: &crate::Casework| {
        let board = casework.board();
        board
            .open_reports()
            .map(|(_, report)| report.from.clone())
            .collect::<Vec<_>>()
    };
    twin.refresh().await.unwrap();
    assert_eq!(
        (from(&desk.casework), from(&twin)),
        (vec![NAME.to_owned()], vec![NAME.to_owned()])
    );
    let before = desk.casework.story(&case).unwrap();

    check_refused(
        &desk,
        desk.casework.shred_person(&by("lea"), &[&case], "Article 17"),
        "act of two people",
    )
    .await;
    check_refused(
        &desk,
        desk.casework.shred_person(&two("lea", "ana"), &[&case], " "),
        "legal reason",
    )
    .await;
    check_refused(
        &desk,
        desk.casework.shred_person(&two("root", "lea"), &[&case], "x"),
        "or not for you",
    )
    .await;
    let done = desk
        .casework
        .shred_person(&two("lea", "ana"), &[&case], "Article 17")
        .await
        .unwrap();
    assert_eq!((done.keys, done.repeated), (1, false));
    assert!(
        desk.casework
            .shred_person(&two("lea", "ana"), &[&case], "Article 17")
            .await
            .unwrap()
            .repeated
    );

    twin.refresh().await.unwrap();
    for casework in [&desk.casework, &twin] {
        assert_eq!(from(casework), [""]);
        assert_eq!(casework.read_raw(&by("lea"), &case).await.unwrap(), None);
        assert_eq!(
            casework.story(&case).unwrap(),
            before,
            "the case and its clocks are as they were"
        );
    }
    check_law(&desk).await;
    desk.act(&case, "fix-ready = { product = \"Guardian\" }").await;
    assert_eq!(desk.casework.unfinished_erasures().await.unwrap(), [""; 0]);
    let desk = desk.reopened().await;
    assert_eq!(from(&desk.casework), [""]);
    check_law(&desk).await;
}

#[tokio::test]
async fn an_open_case_or_one_under_embargo_is_not_shredded() {
    let desk = Desk::open().await;
    let shred = async |case: &str| {
        desk.casework
            .shred_case(&two("lea", "leo"), case, "Retention is over")
            .await
    };
    let open = desk.confirmed().await;
    check_refused(&desk, shred(&open), "the case is open: close it first").await;
    let agreed = rejected(&desk, "Not a flaw, but agreed upon").await;
    desk.act(
        &agreed,
        "embargo-proposed = { by = \"somebody\", until = \"2027-01-01\" }",
    )
    .await;
    desk.act(&agreed, "embargo-accepted = { by = \"somebody\" }").await;
    check_refused(&desk, shred(&agreed), "under embargo").await;
    check_refused(&desk, shred("NN-2026-00000"), "no such case").await;
    let closed = rejected(&desk, "Not a flaw").await;
    check_refused(
        &desk,
        desk.casework.shred_case(&by("lea"), &closed, "x"),
        "act of two people",
    )
    .await;
    check_refused(
        &desk,
        desk.casework.shred_case(&two("ana", "ben"), &closed, "x"),
        "is for: lead",
    )
    .await;
}

#[tokio::test]
async fn a_shredded_case_is_gone_from_every_board_and_can_still_be_proven() {
    let desk = Desk::open().await;
    let twin = desk.twin().await;
    let kept = desk.confirmed().await;
    let case = rejected(&desk, "The mill stands on a hill").await;
    let twice = desk
        .receive(Incoming {
            command: Some("command:7".to_owned()),
            ..incoming("The same mill")
        })
        .await;
    desk.casework.join_report(&by("ana"), &twice, &case).await.unwrap();
    let streams = desk.casework.streams_to_prove(&by("lea"), &case).unwrap();
    assert_eq!(streams.len(), 3, "the case and its two reports");
    desk.wait_until("2026-09-02T08:00:00Z");
    let head = desk.casework.store().head().await.unwrap();

    let done = desk
        .casework
        .shred_case(&two("lea", "leo"), &case, "Retention is over")
        .await
        .unwrap();
    assert_eq!(done.numbers, [case.clone(), twice.clone()]);
    // Two cases and two reports, and what arrived with the reports.
    assert_eq!((done.keys, done.repeated), (6, false));
    twin.refresh().await.unwrap();
    for casework in [&desk.casework, &twin] {
        for number in [&case, &twice] {
            assert!(matches!(casework.story(number), Err(ActError::NotFound(_))));
            assert_eq!(
                casework.read_raw(&by("lea"), number).await.err(),
                Some(ActError::NO_REPORT)
            );
        }
        assert!(casework.story(&kept).is_ok());
    }
    check_law(&desk).await;
    assert!(
        desk.casework
            .shred_case(&two("lea", "leo"), &twice, "x")
            .await
            .unwrap()
            .repeated
    );

    // Everything that still opens says nothing of it.
    let store = desk.casework.store();
    for entry in store.tail(0, 10_000).await.unwrap() {
        if let store::Body::Plain(bytes) = &entry.body {
            let text = String::from_utf8_lossy(bytes.as_bytes()).into_owned();
            assert!(!text.contains("mill"), "{text}");
        }
    }
    let again = Incoming {
        command: Some("command:7".to_owned()),
        ..incoming("The same mill")
    };
    let error = desk.casework.receive(&by("ana"), again).await.unwrap_err();
    assert!(error.to_string().contains("its answer was erased since"), "{error}");

    let report = store.verify().await.unwrap();
    assert!(report.is_sound(), "{:?}", report.findings);
    let same = desk.casework.streams_to_prove(&by("lea"), &case).unwrap();
    let mut places = std::collections::BTreeSet::new();
    for stream in streams.iter().chain(&same) {
        places.extend(store.places_of(stream).await.unwrap());
    }
    let places = places.into_iter().filter(|place| *place < head.size).collect();
    assert!(
        !store.prove(&head, &places).await.unwrap().is_empty(),
        "against the head from before"
    );
    let desk = desk.reopened().await;
    check_law(&desk).await;
    assert!(desk.casework.now() > at("2026-09-02T07:00:00Z"));
}

#[tokio::test]
async fn a_case_that_others_were_split_from_is_not_shredded_before_them() {
    let desk = Desk::open().await;
    let case = desk.report("Two flaws in one report").await;
    let other = desk.report("The second of them").await;
    desk.casework.join_report(&by("ana"), &other, &case).await.unwrap();
    desk.act(&case, "reviewed = {}").await;
    let split = crate::Split {
        reports: vec![other.clone()],
        products: Vec::new(),
        title: "The second flaw".to_owned(),
        why: None,
    };
    let new = desk.casework.split_case(&by("ana"), &case, &split).await.unwrap();
    let dues = |desk: &Desk| desk.casework.story(&new).unwrap();
    let before = dues(&desk);
    desk.act(&case, "rejected = { exit = \"cannot-reproduce\" }").await;
    check_refused(
        &desk,
        desk.casework.shred_case(&two("lea", "ana"), &case, "Retention is over"),
        "was split from",
    )
    .await;
    assert_eq!(dues(&desk), before);
}

#[tokio::test]
async fn what_was_merged_goes_with_the_case_that_it_went_into() {
    let desk = Desk::open().await;
    let case = desk.report("The same flaw").await;
    let merged = desk.report("The same flaw, seen by another").await;
    desk.casework
        .merge_cases(&two("ana", "lea"), &merged, &case, false, None)
        .await
        .unwrap();
    desk.act(&case, "reviewed = {}").await;
    desk.act(&case, "rejected = { exit = \"cannot-reproduce\" }").await;
    let done = desk
        .casework
        .shred_case(&two("lea", "ana"), &case, "Retention is over")
        .await
        .unwrap();
    assert!(done.numbers.contains(&merged), "{:?}", done.numbers);
    for number in [&case, &merged] {
        assert!(
            matches!(desk.casework.story(number), Err(ActError::NotFound(_))),
            "{number}"
        );
        assert!(desk.casework.read_raw(&by("lea"), number).await.is_err(), "{number}");
    }
    check_law(&desk).await;
}
