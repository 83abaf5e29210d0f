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
    // The sender, and the bytes.
    assert_eq!((done.keys, done.repeated), (2, false));
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

async fn reported_by(desk: &Desk, reporter: &str, text: &str) -> String {
    let incoming = Incoming {
        reporter_kind: reporter.to_owned(),
        ..incoming(text)
    };
    desk.receive(incoming).await
}

/// What anybody can read of a case, and whether the law of the board still holds.
async fn readable(desk: &Desk, cases: &[&str]) -> String {
    check_law(desk).await;
    let stories = cases
        .iter()
        .map(|case| format!("{:?}", desk.casework.story(case).unwrap()));
    let found = ["alice", "bob"].map(|name| {
        desk.casework.glance(|_, glances, _| {
            let named = glances.iter().filter(|(_, glance)| glance.says(&[name]));
            named
                .map(|(stream, _)| format!("{name} in {stream}"))
                .collect::<String>()
        })
    });
    let board = format!("{:?}", *desk.casework.board());
    stories.chain(found).chain([board]).collect()
}

#[tokio::test]
async fn the_id_that_the_desk_gave_a_reporter_goes_with_them() {
    let desk = Desk::open().await;
    let case = reported_by(&desk, "customer:alice", "The mill stands on a hill").await;
    let same = reported_by(&desk, "customer:bob", "The same mill").await;
    let third = reported_by(&desk, "customer:alice", "The mill, again").await;
    for joined in [&same, &third] {
        desk.casework.join_report(&by("ana"), joined, &case).await.unwrap();
    }
    for text in [
        "acknowledged = { reporter = \"customer:alice\" }",
        "reviewed = {}",
        "confirmed = { origin = \"own\", products = [\"Guardian\", \"Vantage\"] }",
        "messaged = { reporter = \"alice\", text = \"Thank you\" }",
        "credit = { reporter = \"customer:alice\", choice = \"no\" }",
        "embargo-proposed = { by = \"customer:alice\", until = \"2027-01-01\" }",
    ] {
        desk.act(&case, text).await;
    }
    // Late with the findings, which are owed to each reporter.
    desk.wait_until("2026-10-05T09:00:00Z");
    assert!(desk.casework.work("worker").await.unwrap().late > 0);
    let split = crate::Split {
        products: vec!["Vantage".to_owned()],
        title: "The weir".to_owned(),
        ..crate::Split::default()
    };
    let weir = desk
        .casework
        .split_case(&two("ana", "lea"), &case, &split)
        .await
        .unwrap();
    desk.act(&weir, "reported-back = { reporter = \"customer:alice\" }")
        .await;
    let cases = [case.as_str(), &same, &third, &weir];
    desk.casework.work("worker").await.unwrap();
    assert!(readable(&desk, &cases).await.contains("alice"));
    let states = |case: &str| {
        let board = desk.casework.board();
        let (_, case) = board.case_of_number(case).unwrap();
        let all = board.obligations(case, desk.casework.now());
        all.iter()
            .map(|o| (o.promise.id.clone(), o.state, o.due))
            .collect::<Vec<_>>()
    };
    let before = [&case, &weir].map(|case| states(case));

    // Her first report alone: the other one still names her.
    let shred = async |reports: &[&str]| {
        desk.casework
            .shred_person(&two("lea", "leo"), reports, "Article 17")
            .await
    };
    shred(&[&case]).await.unwrap();
    let text = readable(&desk, &cases).await;
    assert!(text.contains(&format!("customer:alice.{third}")) && text.contains(&format!("customer:{case}")));
    shred(&[&third]).await.unwrap();
    let text = readable(&desk, &cases).await;
    assert!(
        !text.contains("alice"),
        "{}",
        &text[text.find("alice").unwrap()..][..200]
    );
    assert!(text.contains("customer:bob") && text.contains(&format!("customer:{case}")));
    assert_eq!([&case, &weir].map(|case| states(case)), before, "no promise is touched");
    // What was seen late is seen.
    assert_eq!(desk.casework.work("worker").await.unwrap().late, 0);
    let desk = desk.reopened().await;
    assert!(!readable(&desk, &cases).await.contains("alice"));
}

#[tokio::test]
async fn a_reporter_of_a_merged_case_loses_the_id_in_both() {
    let desk = Desk::open().await;
    let into = reported_by(&desk, "customer:alice", "The mill stands on a hill").await;
    let from = reported_by(&desk, "customer:alice", "The mill on the hill").await;
    let both = two("ana", "lea");
    desk.casework
        .merge_cases(&both, &from, &into, false, None)
        .await
        .unwrap();
    let theirs = format!("customer:alice.{from}");
    for reporter in ["customer:alice", &theirs] {
        desk.act(&into, &format!("acknowledged = {{ reporter = \"{reporter}\" }}"))
            .await;
    }
    let shred = async |report: &str| {
        desk.casework
            .shred_person(&two("lea", "leo"), &[report], "Article 17")
            .await
    };
    shred(&from).await.unwrap();
    let text = readable(&desk, &[&from, &into]).await;
    assert!(text.contains("customer:alice") && !text.contains(&theirs));
    shred(&into).await.unwrap();
    assert!(!readable(&desk, &[&from, &into]).await.contains("alice"));
}

#[tokio::test]
async fn a_namesake_whom_a_split_brought_keeps_the_name() {
    let desk = Desk::open().await;
    let origin = reported_by(&desk, "machine:nightly", "Two lines fall over").await;
    for text in [
        "reviewed = {}",
        "confirmed = { origin = \"own\", products = [\"Guardian\", \"Vantage\"] }",
    ] {
        desk.act(&origin, text).await;
    }
    let split = crate::Split {
        reports: Vec::new(),
        products: vec!["Vantage".to_owned()],
        title: "The flaw of Vantage".to_owned(),
        why: None,
    };
    let new = desk.casework.split_case(&by("ana"), &origin, &split).await.unwrap();
    desk.act(&new, "acknowledged = { reporter = \"nightly\" }").await;
    // Another build of the same name finds it, too, and takes its name back.
    let again = reported_by(&desk, "machine:nightly", "Vantage falls over").await;
    desk.casework
        .merge_cases(&two("ana", "lea"), &again, &new, false, None)
        .await
        .unwrap();
    let before = desk.casework.story(&new).unwrap().write();
    desk.casework
        .shred_person(&two("lea", "leo"), &[&again], "Article 17")
        .await
        .unwrap();
    let after = desk.casework.story(&new).unwrap().write();
    let kept = "acknowledged = { reporter = \"nightly\" }";
    assert!(before.contains(kept) && after.contains(kept), "{after}");
    assert!(!after.contains(&format!("nightly.{again}")), "{after}");
    check_law(&desk).await;
}

#[tokio::test]
async fn a_namesake_of_a_merged_case_keeps_the_longer_name_that_was_used() {
    let desk = Desk::open().await;
    let case = reported_by(&desk, "customer:alice", "The mill stands on a hill").await;
    let merged = reported_by(&desk, "customer:alice", "The mill stands in a valley").await;
    desk.casework
        .merge_cases(&two("ana", "lea"), &merged, &case, false, None)
        .await
        .unwrap();
    let longer = format!("alice.{merged}");
    desk.act(&case, &format!("acknowledged = {{ reporter = \"{longer}\" }}"))
        .await;
    let before = desk.casework.story(&case).unwrap().write();
    let states = || {
        let board = desk.casework.board();
        let (_, case) = board.case_of_number(&case).unwrap();
        let all = board.obligations(case, desk.casework.now());
        all.iter()
            .map(|o| (o.promise.id.clone(), o.state, o.due))
            .collect::<Vec<_>>()
    };
    let owed = states();
    desk.casework
        .shred_person(&two("lea", "leo"), &[&case], "Article 17")
        .await
        .unwrap();
    let after = desk.casework.story(&case).unwrap().write();
    for kept in [format!("customer:{longer}"), format!("reporter = \"{longer}\"")] {
        assert!(before.contains(&kept) && after.contains(&kept), "{after}");
    }
    assert_eq!(states(), owed);
    check_law(&desk).await;
}

#[tokio::test]
async fn a_reporter_of_a_case_that_is_over_loses_the_id_too() {
    let desk = Desk::open().await;
    let case = reported_by(&desk, "customer:alice", "Not a flaw").await;
    for text in [
        "acknowledged = { reporter = \"alice\" }",
        "reviewed = {}",
        "rejected = { exit = \"not-a-vulnerability\" }",
    ] {
        desk.act(&case, text).await;
    }
    desk.casework
        .shred_person(&two("lea", "leo"), &[&case], "Article 17")
        .await
        .unwrap();
    assert!(!readable(&desk, &[&case]).await.contains("alice"));
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
    // Two cases and two reports, the words and bytes of each, and who sent the reports.
    assert_eq!((done.keys, done.repeated), (14, false));
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
        "is open, and shares reports or origins with it",
    )
    .await;
    assert_eq!(dues(&desk), before);
}

#[tokio::test]
async fn the_case_that_a_report_left_goes_with_the_report() {
    let desk = Desk::open().await;
    let case = desk.report("Two flaws").await;
    let merged = desk.report("The same flaws, seen by another").await;
    let people = two("lea", "ana");
    desk.casework
        .merge_cases(&people, &merged, &case, false, None)
        .await
        .unwrap();
    desk.act(&case, "reviewed = {}").await;
    // The first report moves away, with the number under which the case that it left goes on.
    let split = crate::Split {
        reports: vec![case.clone()],
        products: Vec::new(),
        title: "The first flaw".to_owned(),
        why: None,
    };
    let new = desk.casework.split_case(&by("ana"), &case, &split).await.unwrap();
    desk.act(&new, "rejected = { exit = \"cannot-reproduce\" }").await;
    let before = desk.casework.story(&case).unwrap();
    let shred = desk.casework.shred_case(&people, &new, "Retention is over");
    check_refused(&desk, shred, "is open, and shares reports or origins with it").await;
    assert_eq!(desk.casework.story(&case).unwrap(), before);
    desk.act(&case, "rejected = { exit = \"cannot-reproduce\" }").await;
    let done = desk
        .casework
        .shred_case(&people, &new, "Retention is over")
        .await
        .unwrap();
    for number in [&case, &merged, &new] {
        assert!(done.numbers.contains(number), "{:?}", done.numbers);
        assert!(
            matches!(desk.casework.story(number), Err(ActError::NotFound(_))),
            "{number}"
        );
    }
    check_law(&desk).await;
}

#[tokio::test]
async fn a_duplicate_that_was_reopened_and_went_on_elsewhere_goes_with_both() {
    let desk = Desk::open().await;
    let case = desk.report("A flaw").await;
    let other = desk.report("Another flaw").await;
    let duplicate = desk.report("Which of the two?").await;
    desk.casework.join_report(&by("ana"), &duplicate, &case).await.unwrap();
    desk.act(&duplicate, "reopened = { why = \"it is the other one\" }")
        .await;
    let people = two("lea", "ana");
    desk.casework
        .merge_cases(&people, &duplicate, &other, false, None)
        .await
        .unwrap();
    desk.act(&case, "reviewed = {}").await;
    desk.act(&case, "rejected = { exit = \"cannot-reproduce\" }").await;
    let shred = desk.casework.shred_case(&people, &case, "Retention is over");
    check_refused(&desk, shred, "is open, and shares reports or origins with it").await;
    check_law(&desk).await;
}

#[tokio::test]
async fn a_case_that_a_report_went_through_goes_with_the_report() {
    let desk = Desk::open().await;
    let first = reported_by(&desk, "customer:alice", "The mill stands on a hill").await;
    let through = desk.report("The mill, seen by another").await;
    let last = desk.report("The mill, seen by a third").await;
    for into in [&through, &last] {
        desk.casework.join_report(&by("ana"), &first, into).await.unwrap();
    }
    // The case in the middle is taken up again: it is nobody's duplicate, and names her still.
    desk.act(&through, "reopened = { why = \"Two flaws\" }").await;
    desk.casework
        .shred_person(&two("lea", "leo"), &[&first], "Article 17")
        .await
        .unwrap();
    for text in ["reviewed = {}", "rejected = { exit = \"not-a-vulnerability\" }"] {
        desk.act(&last, text).await;
    }
    check_refused(
        &desk,
        desk.casework.shred_case(&two("lea", "leo"), &last, "Retention is over"),
        &format!("{through} is open, and shares reports or origins with it"),
    )
    .await;
    for text in ["reviewed = {}", "rejected = { exit = \"not-a-vulnerability\" }"] {
        desk.act(&through, text).await;
    }
    desk.casework
        .shred_case(&two("lea", "leo"), &last, "Retention is over")
        .await
        .unwrap();
    check_law(&desk).await;
    let desk = desk.reopened().await;
    check_law(&desk).await;
    assert!(!format!("{:?}", *desk.casework.board()).contains("alice"));
}

#[tokio::test]
async fn a_report_of_a_case_that_went_on_elsewhere_joins_nothing() {
    let desk = Desk::open().await;
    let (case, into, third) = (
        desk.report("A flaw").await,
        desk.report("The same flaw").await,
        desk.report("A third flaw").await,
    );
    desk.casework
        .merge_cases(&two("lea", "ana"), &case, &into, false, None)
        .await
        .unwrap();
    check_refused(
        &desk,
        desk.casework.join_report(&by("ana"), &case, &third),
        "split the report off from there",
    )
    .await;
}

#[tokio::test]
async fn a_case_keeps_its_number_when_a_split_that_came_back_is_shredded() {
    let desk = Desk::open().await;
    let case = desk.report("Two flaws").await;
    let other = desk.report("The second of them").await;
    desk.casework.join_report(&by("ana"), &other, &case).await.unwrap();
    let split = crate::Split {
        reports: vec![case.clone()],
        products: Vec::new(),
        title: "The first flaw".to_owned(),
        why: None,
    };
    let new = desk.casework.split_case(&by("ana"), &case, &split).await.unwrap();
    // It was the same flaw after all: the report goes back, and the new case ends as a duplicate.
    desk.casework.join_report(&by("ana"), &case, &case).await.unwrap();
    desk.casework
        .shred_case(&two("lea", "ana"), &new, "Retention is over")
        .await
        .unwrap();
    check_law(&desk).await;
    let desk = desk.reopened().await;
    assert!(desk.casework.story(&case).is_ok());
    assert!(matches!(desk.casework.story(&new), Err(ActError::NotFound(_))));
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

#[tokio::test]
async fn what_was_published_of_a_shredded_case_can_be_withdrawn_and_not_written_anew() {
    let desk = Desk::open().await;
    let case = desk.fixed().await;
    let id = desk.approved_advisory(&case).await;
    desk.wait_until("2027-01-04T09:00:00Z");
    let casework = &desk.casework;
    casework.order_release(&by("leo"), &id, "").await.unwrap();
    casework.mark_published(&id, 1, "digest").await.unwrap();
    desk.act(&case, "closed = {}").await;
    casework
        .shred_case(&two("lea", "leo"), &case, "Retention is over")
        .await
        .unwrap();
    let ana = by("ana");
    let anew = casework.redraft_advisory(&ana, &id, super::world::draft());
    check_refused(&desk, anew, "was shredded").await;
    let withdrawn = casework
        .withdraw_advisory(&two("lea", "leo"), &id, "It describes another product.")
        .await
        .unwrap();
    assert!(withdrawn.released.advisory().vulnerabilities[0].credits.is_empty());
    casework.mark_published(&id, 2, "digest").await.unwrap();
    assert!(casework.board().advisories[&id].on_disk);
    check_law(&desk).await;
}

#[tokio::test]
async fn what_was_restricted_by_a_shredded_case_alone_is_shown_again() {
    let desk = Desk::open().await;
    let flagged = desk.report("The flaw, and a list of patients").await;
    let through = desk.report("The flaw, seen by another").await;
    let over = rejected(&desk, "The flaw, seen long ago").await;
    desk.act(&flagged, super::restricted::FLAG).await;
    let casework = &desk.casework;
    casework
        .merge_cases(&two("ana", "lea"), &flagged, &through, false, None)
        .await
        .unwrap();
    casework.join_report(&by("ana"), &through, &over).await.unwrap();
    let title = || {
        let board = casework.board();
        let mut closed = board.over().map(|(_, closed)| &closed.glance);
        let glance = closed.find(|glance| *glance.number == *over);
        glance.unwrap().title.to_string()
    };
    assert_eq!(title(), psirt::board::restricted::RESTRICTED_TITLE);
    let done = casework
        .shred_case(&two("lea", "leo"), &through, "Retention is over")
        .await
        .unwrap();
    assert!(done.numbers.contains(&flagged), "{:?}", done.numbers);
    assert_eq!(title(), "The flaw, seen long ago");
    check_law(&desk).await;
}
