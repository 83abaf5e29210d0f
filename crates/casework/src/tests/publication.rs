//! Advisories: from a case to the published tree, by two people, and not before their time.

use super::world::{Desk, GUARDIAN, NOZOMI, ROUTER, T128, by, check_refused, draft, event, incoming, scheduling, two};
use crate::{Draft, Incoming};
use psirt::advisory::{LineState, RemedyKind, Stage, Status};
use psirt::case::phase::Phase;
use psirt::event::Kind;

/// The fix is of 5 October; 90 days later it is 3 January 2027, a Sunday.
const HOLD_IS_OVER: &str = "2027-01-04T09:00:00Z";

#[tokio::test]
async fn an_advisory_is_born_from_its_case_and_three_typed_fields() {
    let desk = Desk::open().await;
    let case = desk.fixed().await;
    let id = desk.approved_advisory(&case).await;
    let board = desk.casework.board();
    let state = &board.advisories[&id];
    assert_eq!(
        (state.stage, state.approved_by.as_deref()),
        (Stage::Approved, Some("lea"))
    );
    let advisory = &state.draft;
    assert_eq!(
        (advisory.number.as_str(), advisory.brand.as_str(), advisory.status),
        ("", NOZOMI, Status::Final)
    );
    assert_eq!(advisory.policy, (NOZOMI.to_owned(), "1".to_owned()));
    let [vulnerability] = advisory.vulnerabilities.as_slice() else {
        panic!("{advisory:?}")
    };
    let [line] = vulnerability.lines.as_slice() else {
        panic!("{vulnerability:?}")
    };
    assert_eq!(
        (line.product.as_str(), line.state, line.fixed.as_deref()),
        (GUARDIAN, LineState::Fixed, Some("25.1.2"))
    );
    assert_eq!(line.fixed_on.map(|day| day.to_string()).as_deref(), Some("2026-10-05"));
    assert_eq!(
        vulnerability
            .band
            .as_ref()
            .map(|band| (band.label.as_str(), band.clause.as_str())),
        Some(("High", "§N30"))
    );
    assert_eq!(vulnerability.cwe.as_ref().map(|(id, _)| id.as_str()), Some("CWE-122"));
    assert_eq!(vulnerability.impact.as_deref(), Some("Overflow"));
    assert_eq!(vulnerability.scores[0].vector, super::world::HIGH);
    assert_eq!(vulnerability.remedies[0].kind, RemedyKind::VendorFix);
    assert_eq!(vulnerability.credits.len(), 1);
    let fix = vulnerability
        .milestones
        .iter()
        .find(|milestone| milestone.text.contains("25.1.2"))
        .unwrap();
    assert_eq!(fix.clause.as_deref(), Some("§N3"));
}

/// One weakness of the term is taken; of several a person chooses.
#[tokio::test]
async fn the_impact_gives_the_weakness_or_the_ones_to_choose_from() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let case = desk.confirmed().await;
    let mut found = Vec::new();
    for term in ["xss", "overflow"] {
        desk.act(&case, &format!("impact-set = {{ term = \"{term}\" }}")).await;
        let id = casework
            .draft_advisory(&by("ana"), std::slice::from_ref(&case), draft())
            .await
            .unwrap();
        let cwe = casework.board().advisories[&id].draft.vulnerabilities[0].cwe.clone();
        let choices = casework.weaknesses_to_choose(&by("ana"), &id).unwrap();
        let ids = choices
            .into_iter()
            .flat_map(|choice| choice.weaknesses)
            .map(|(id, _)| id);
        found.push((cwe.map(|(id, _)| id), ids.collect::<Vec<_>>()));
    }
    let texts = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        found,
        [
            (Some("CWE-79".to_owned()), texts(&[])),
            (None, texts(&["CWE-119", "CWE-120"]))
        ]
    );
}

/// A line that nobody supports any more gets no fix; where to move is said by name (T9).
#[tokio::test]
async fn an_unsupported_line_names_the_supported_ones() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let case = desk.confirmed().await;
    desk.act(
        &case,
        "not-affected = { product = \"Vantage\", justification = \"vulnerable_code_not_present\" }",
    )
    .await;
    desk.wait_until("2026-10-05T09:00:00Z");
    let ended = event("support-ended = { product = \"Guardian\" }");
    casework.line_event(&by("ana"), None, ended).await.unwrap();
    let id = casework.draft_advisory(&by("ana"), &[case], draft()).await.unwrap();
    let remedies = casework.board().advisories[&id].draft.vulnerabilities[0]
        .remedies
        .clone();
    let [remedy] = remedies.as_slice() else {
        panic!("{remedies:?}")
    };
    assert_eq!(
        (remedy.kind, remedy.text.as_str()),
        (
            RemedyKind::NoFixPlanned,
            "Guardian is no longer supported. Move to a product under active support: Vantage."
        )
    );
}

#[tokio::test]
async fn nobody_is_named_without_a_yes() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    desk.act(&case, "credit = { choice = \"no\", as = \"Ada of Example Labs\" }")
        .await;
    let id = desk
        .casework
        .draft_advisory(&by("ana"), std::slice::from_ref(&case), draft())
        .await
        .unwrap();
    let board = desk.casework.board();
    let advisory = &board.advisories[&id].draft;
    assert!(advisory.vulnerabilities[0].credits.is_empty());
    assert_eq!(advisory.status, Status::Interim);
    assert_eq!(advisory.vulnerabilities[0].remedies[0].kind, RemedyKind::NoneAvailable);
}

#[tokio::test]
async fn the_hold_refuses_publication_until_its_instant() {
    let desk = Desk::open().await;
    let case = desk.fixed().await;
    let id = desk.approved_advisory(&case).await;
    let casework = &desk.casework;
    desk.wait_until("2027-01-03T08:00:00Z");
    check_refused(
        &desk,
        casework.order_release(&by("leo"), &id, ""),
        "refused by §N13 of nozomi-networks",
    )
    .await;
    assert!(casework.released(NOZOMI).is_empty());
    desk.wait_until(HOLD_IS_OVER);
    let ordered = casework.order_release(&by("leo"), &id, "").await.unwrap();
    assert_eq!((ordered.number.as_str(), ordered.revision), ("NN-2027:1-01", 1));
}

#[tokio::test]
async fn published_is_recorded_when_the_tree_has_it_and_every_step_repeats() {
    let desk = Desk::open().await;
    let case = desk.fixed().await;
    let id = desk.approved_advisory(&case).await;
    let casework = &desk.casework;
    desk.wait_until(HOLD_IS_OVER);
    let ordered = casework.order_release(&by("leo"), &id, "").await.unwrap();
    let phase = || {
        let board = casework.board();
        let (_, case) = board.case_of_number(&case).unwrap();
        board.phase(case, casework.now())
    };
    assert_eq!(phase(), Phase::FixReleased);
    assert_eq!(casework.order_release(&by("leo"), &id, "").await.unwrap(), ordered);
    assert_eq!(casework.released(NOZOMI), std::slice::from_ref(&ordered.released));
    check_refused(
        &desk,
        casework.redraft_advisory(&by("ana"), &id, draft()),
        "on its way to the published tree",
    )
    .await;

    casework.mark_published(&id, 1, "digest").await.unwrap();
    assert_eq!(phase(), Phase::Published);
    let size = casework.board().size;
    casework.mark_published(&id, 1, "digest").await.unwrap();
    assert_eq!(casework.board().size, size);
    {
        let board = casework.board();
        let (_, case) = board.case_of_number(&case).unwrap();
        let last = case.entries.last().unwrap();
        assert_eq!(
            (last.event.kind(), last.by.as_str(), last.approved_by.as_deref()),
            (Kind::AdvisoryPublished, "leo", Some("lea"))
        );
    }

    // A revision: what is out stays out while the next text is written.
    casework
        .redraft_advisory(
            &by("ana"),
            &id,
            Draft {
                details: Some("More is known.".to_owned()),
                ..draft()
            },
        )
        .await
        .unwrap();
    assert_eq!(casework.released(NOZOMI), std::slice::from_ref(&ordered.released));
    casework.approve(&by("lea"), &id).await.unwrap();
    check_refused(&desk, casework.order_release(&by("leo"), &id, ""), "--summary 'TEXT'").await;
    let revised = casework.order_release(&by("leo"), &id, "Details added.").await.unwrap();
    assert_eq!((revised.number.as_str(), revised.revision), ("NN-2027:1-01", 2));
    casework.mark_published(&id, 2, "digest").await.unwrap();

    check_refused(
        &desk,
        casework.withdraw_advisory(&by("lea"), &id, "wrong"),
        "act of two people",
    )
    .await;
    let withdrawn = casework
        .withdraw_advisory(&two("lea", "leo"), &id, "It describes another product.")
        .await
        .unwrap();
    assert!(withdrawn.released.advisory().title.starts_with("Withdrawn: "));
    assert!(!withdrawn.released.advisory().validity.is_current());
    casework.mark_published(&id, 3, "digest").await.unwrap();
    let board = casework.board();
    assert_eq!(board.advisories[&id].stage, Stage::Withdrawn);
    let (_, case) = board.case_of_number(&case).unwrap();
    let kinds: Vec<_> = case
        .entries
        .iter()
        .rev()
        .take(3)
        .map(|entry| entry.event.kind())
        .collect();
    assert_eq!(
        kinds,
        [Kind::AdvisoryWithdrawn, Kind::AdvisoryRevised, Kind::AdvisoryPublished]
    );
}

#[tokio::test]
async fn an_advisory_passes_two_people_in_its_order() {
    let desk = Desk::open().await;
    let case = desk.fixed().await;
    let casework = &desk.casework;
    let id = casework
        .draft_advisory(&by("lea"), std::slice::from_ref(&case), draft())
        .await
        .unwrap();
    desk.wait_until(HOLD_IS_OVER);
    check_refused(
        &desk,
        casework.order_release(&two("lea", "leo"), &id, ""),
        "cannot be released: it is draft",
    )
    .await;
    check_refused(&desk, casework.approve(&by("lea"), &id), "its author cannot approve").await;
    check_refused(&desk, casework.approve(&by("ana"), &id), "is for: lead").await;
    casework.approve(&by("leo"), &id).await.unwrap();
    check_refused(
        &desk,
        casework.order_release(&two("leo", "leo"), &id, ""),
        "are the same",
    )
    .await;
    check_refused(&desk, casework.order_release(&by("leo"), &id, ""), "act of two people").await;
    check_refused(
        &desk,
        casework.order_release(&by("root"), &id, ""),
        "no such advisory, or not for you",
    )
    .await;
    check_refused(
        &desk,
        casework.order_release(&by("root"), "adv-none", ""),
        "no such advisory, or not for you",
    )
    .await;
    casework
        .schedule(&by("lea"), &id, &scheduling("2027-02-01T09:00:00Z"))
        .await
        .unwrap();
    check_refused(&desk, casework.order_release(&by("lea"), &id, ""), "still to come").await;
    desk.wait_until("2027-02-01T09:00:00Z");
    casework.order_release(&by("lea"), &id, "").await.unwrap();
}

#[tokio::test]
async fn numbers_of_advisories_follow_each_other() {
    let desk = Desk::open().await;
    let (first, second) = (desk.confirmed().await, desk.fixed().await);
    desk.act(
        &first,
        "fix-released = { product = \"Guardian\", version = \"25.1.2\" }",
    )
    .await;
    desk.act(&first, "credit = { choice = \"no\" }").await;
    desk.act(&first, "reported-back = {}").await;
    let (one, two) = (
        desk.approved_advisory(&first).await,
        desk.approved_advisory(&second).await,
    );
    desk.wait_until(HOLD_IS_OVER);
    let later = desk.casework.order_release(&by("leo"), &two, "").await.unwrap();
    let earlier = desk.casework.order_release(&by("leo"), &one, "").await.unwrap();
    assert_eq!([later.number, earlier.number], ["NN-2027:1-01", "NN-2027:2-01"]);
    assert_eq!(desk.casework.check_numbers().await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_release_note_keeps_its_text_beside_the_event() {
    let desk = Desk::open().await;
    let case = desk.fixed().await;
    desk.casework
        .publish_release_note(&by("ana"), &case, GUARDIAN, "25.1.2", "Fixes an overflow.")
        .await
        .unwrap();
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&case).unwrap();
    assert!(
        case.view
            .conversation
            .last()
            .unwrap()
            .text
            .contains("Fixes an overflow.")
    );
    assert!(
        case.entries
            .iter()
            .any(|entry| entry.event
                == event("release-note-published = { product = \"Guardian\", version = \"25.1.2\" }"))
    );
}

/// To name the CVE id is to disclose: a hold keeps it back as it keeps the advisory, until two people say otherwise.
#[tokio::test]
async fn a_release_note_that_names_its_cve_is_a_disclosure() {
    const CVE: &str = "cve-assigned = { id = \"CVE-2026-12345\" }";
    const NOTE: &str = "Fixes an overflow (CVE-2026-12345).";
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let case = desk.fixed().await;
    desk.act(&case, CVE).await;
    let note = async |actor, text| {
        casework
            .publish_release_note(&actor, &case, GUARDIAN, "25.1.2", text)
            .await
    };
    check_refused(
        &desk,
        note(by("ana"), NOTE),
        "the text names the CVE id or the title of the case, which discloses it: not before",
    )
    .await;
    // What the case is called tells as much.
    let titled = "Fixes the heap overflow in the parser of Guardian.";
    check_refused(
        &desk,
        note(by("ana"), titled),
        "or the title of the case, which discloses it",
    )
    .await;
    let plain = note(by("ana"), "Fixes an overflow, not CVE-2026-123456.")
        .await
        .unwrap();
    assert_eq!(plain.discloses, None);
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let case = desk.fixed().await;
    desk.act(&case, CVE).await;
    let both = two("lea", "leo");
    let told = casework.publish_release_note(&both, &case, GUARDIAN, "25.1.2", NOTE);
    assert_eq!(told.await.unwrap().discloses.as_deref(), Some("CVE-2026-12345"));
    let owed = crate::records_owed(&casework.board());
    let told_at = desk.clock.now();
    let expect = crate::RecordOwed {
        number: case.clone(),
        cve: "CVE-2026-12345".to_owned(),
        disclosed: told_at,
        due: told_at + jiff::SignedDuration::from_hours(72),
    };
    assert_eq!(owed, [expect]);
    let lea = by("lea");
    let closes = casework.act(&lea, &case, None, event("closed = {}"));
    check_refused(
        &desk,
        closes,
        "release notes named CVE-2026-12345, and its record is not public",
    )
    .await;
    desk.act(&case, "cve-published = {}").await;
    assert_eq!(crate::records_owed(&casework.board()), []);
    // An embargo keeps it where no hold does.
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let case = desk.confirmed().await;
    for text in [CVE, "embargo-proposed = { by = \"us\", until = \"2027-06-01\" }"] {
        desk.act(&case, text).await;
    }
    let ana = by("ana");
    let told = casework.publish_release_note(&ana, &case, GUARDIAN, "25.1.2", NOTE);
    check_refused(&desk, told, "discloses it").await;
}

/// A leak opens the hold; it finds nothing. What nobody confirmed is not published, but that nothing is affected may be said (D19).
#[tokio::test]
async fn what_nobody_confirmed_is_not_published() {
    let desk = Desk::open().await;
    let case = desk.report("Heap overflow in the parser of Guardian").await;
    for text in [
        "acknowledged = {}",
        "reviewed = {}",
        "affected = { product = \"Guardian\" }",
        "scored = { vector = \"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H\", source = \"own\" }",
        "impact-set = { term = \"overflow\", cwe = \"CWE-122\" }",
        "reported-back = {}",
        "credit = { choice = \"no\" }",
        "made-public = { evidence = \"a talk\" }",
    ] {
        desk.act(&case, text).await;
    }
    let id = desk.approved_advisory(&case).await;
    check_refused(
        &desk,
        desk.casework.order_release(&by("leo"), &id, ""),
        "confirm the vulnerability first",
    )
    .await;
    desk.act(&case, "confirmed = { origin = \"own\", products = [\"Guardian\"] }")
        .await;
    desk.casework.order_release(&by("leo"), &id, "").await.unwrap();
}

/// The gates ask the case; a text that was written before its score would go out without it.
#[tokio::test]
async fn a_text_that_is_older_than_its_score_is_written_anew() {
    let desk = Desk::open().await;
    let case = desk.report("Heap overflow in the parser of Guardian").await;
    desk.act(&case, "reviewed = {}").await;
    desk.act(&case, "confirmed = { origin = \"own\", products = [\"Guardian\"] }")
        .await;
    let id = desk.approved_advisory(&case).await;
    for text in [
        "scored = { vector = \"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H\", source = \"own\" }",
        "impact-set = { term = \"overflow\", cwe = \"CWE-122\" }",
        "reported-back = {}",
        "credit = { choice = \"no\" }",
        "made-public = { evidence = \"a talk\" }",
    ] {
        desk.act(&case, text).await;
    }
    let casework = &desk.casework;
    check_refused(
        &desk,
        casework.order_release(&by("leo"), &id, ""),
        "write the text anew",
    )
    .await;
    casework.redraft_advisory(&by("ana"), &id, draft()).await.unwrap();
    casework.approve(&by("lea"), &id).await.unwrap();
    casework.order_release(&by("leo"), &id, "").await.unwrap();
}

#[tokio::test]
async fn a_text_from_before_any_verdict_does_not_go_out() {
    let desk = Desk::open().await;
    let ours = Incoming {
        brand: Some(T128.to_owned()),
        reporter_kind: "internal".to_owned(),
        products: vec![ROUTER.to_owned()],
        ..incoming("Ours")
    };
    let case = desk.receive(ours).await;
    let scored = format!("scored = {{ vector = \"{}\" }}", super::world::HIGH);
    desk.act(&case, &scored).await;
    let text = || Draft {
        affected: [].into(),
        ..draft()
    };
    let casework = &desk.casework;
    let id = casework
        .draft_advisory(&by("ana"), std::slice::from_ref(&case), text())
        .await
        .unwrap();
    let line = casework.board().advisories[&id].draft.vulnerabilities[0].lines[0].clone();
    assert_eq!(line.state, LineState::UnderInvestigation);
    casework.approve(&by("lea"), &id).await.unwrap();
    let words = "tells nobody what to do";
    check_refused(&desk, casework.order_release(&by("leo"), &id, ""), words).await;
    // The verdict is given: the old text still does not say it.
    desk.act(
        &case,
        "confirmed = { origin = \"own\", products = [\"Session Smart Router\"] }",
    )
    .await;
    check_refused(&desk, casework.order_release(&by("leo"), &id, ""), words).await;
    casework.redraft_advisory(&by("ana"), &id, text()).await.unwrap();
    casework.approve(&by("lea"), &id).await.unwrap();
    casework.order_release(&by("leo"), &id, "").await.unwrap();
}
