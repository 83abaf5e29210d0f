//! What a publication asks for before anybody orders it: agreed embargoes, the gates of every clause, and words that are sealed.

use super::limited::{AMBER, order};
use super::world::{Desk, GUARDIAN, T128, at, by, check_refused, draft, event, incoming, scheduling, two};
use crate::{Arrived, Draft, Incoming, Scheduling, Weight};
use psirt::advisory::Stage;

/// The end of the hold rolls to this Monday; the embargo ends in March.
const HOLD_IS_OVER: &str = "2027-01-04T09:00:00Z";
const PROPOSED: &str = "embargo-proposed = { by = \"external\", until = 2027-03-01 }";
const ACCEPTED: &str = "embargo-accepted = { by = \"vendor\" }";
const ENDS: &str = "2027-03-01T22:59:59Z";
const KEPT: &str = "under embargo until 2027-03-01 23:59:59 CET, which external proposed and vendor agreed to";

/// A fixed case of Guardian, with what was said of its embargo before, and an approved advisory.
async fn embargoed(desk: &Desk, said: &[&str]) -> (String, String) {
    let case = desk.confirmed().await;
    for text in said {
        desk.act(&case, text).await;
    }
    desk.fix(&case).await;
    let id = desk.approved_advisory(&case).await;
    (case, id)
}

async fn look(desk: &Desk) -> Vec<Arrived> {
    let lease = desk.casework.publisher_lease("one").await.unwrap().unwrap();
    let arrived = desk.casework.order_arrived(&lease).await.unwrap();
    desk.casework.release_publisher(&lease).await.unwrap();
    arrived
}

fn check_missing(desk: &Desk, id: &str, parts: &[&str]) {
    let missing = desk.casework.prospect(&by("ana"), id).unwrap().missing;
    for part in parts {
        assert!(missing.iter().any(|need| need.contains(part)), "{part}\n{missing:#?}");
    }
}

#[tokio::test]
async fn an_agreed_embargo_keeps_a_publication_until_its_end() {
    let desk = Desk::open().await;
    let (case, id) = embargoed(&desk, &[PROPOSED, ACCEPTED]).await;
    let casework = &desk.casework;
    check_missing(&desk, &id, &[KEPT]);
    // The policy's hold ends earlier; what was agreed with others is longer.
    let instant = casework.policy_instant(&by("leo"), &id).unwrap().unwrap();
    assert_eq!((instant.at, instant.clause, instant.case), (at(ENDS), None, case));
    check_refused(
        &desk,
        casework.schedule(&by("leo"), &id, &scheduling(HOLD_IS_OVER)),
        KEPT,
    )
    .await;
    desk.wait_until(HOLD_IS_OVER);
    check_refused(&desk, casework.order_release(&by("leo"), &id, ""), KEPT).await;
    let doubts = casework.schedule(&by("leo"), &id, &scheduling(ENDS)).await.unwrap();
    assert!(!doubts.iter().any(|doubt| doubt.contains("embargo")), "{doubts:?}");
    desk.wait_until(ENDS);
    assert_eq!(look(&desk).await, [Arrived::Ordered { id }]);
}

/// What one party proposes binds nobody; what is agreed on afterwards keeps back what was scheduled before.
#[tokio::test]
async fn an_embargo_is_asked_for_again_at_the_instant() {
    let desk = Desk::open().await;
    let (case, id) = embargoed(&desk, &[PROPOSED]).await;
    let casework = &desk.casework;
    let doubts = casework.schedule(&by("leo"), &id, &scheduling(HOLD_IS_OVER)).await;
    assert_eq!(doubts.unwrap(), [""; 0]);
    desk.act(&case, ACCEPTED).await;
    check_missing(&desk, &id, &[KEPT]);
    desk.wait_until(HOLD_IS_OVER);
    match look(&desk).await.as_slice() {
        [Arrived::HeldBack { why, .. }] => assert!(why.contains(KEPT), "{why}"),
        other => panic!("{other:?}"),
    }
    desk.wait_until(ENDS);
    assert_eq!(look(&desk).await, [Arrived::Ordered { id }]);
}

/// One person does not let it go, in whatever words.
#[tokio::test]
async fn what_was_agreed_on_ends_early_by_two_people_or_by_the_world() {
    let desk = Desk::open().await;
    let (case, id) = embargoed(&desk, &[PROPOSED, ACCEPTED]).await;
    let casework = &desk.casework;
    desk.wait_until(HOLD_IS_OVER);
    // A shorter end is a proposal until others agree.
    desk.act(&case, "embargo-proposed = { by = \"vendor\", until = 2027-01-10 }")
        .await;
    desk.act(&case, "attacks-seen = {}").await;
    check_refused(&desk, casework.order_release(&by("leo"), &id, ""), KEPT).await;
    for text in [
        "embargo-ended = { why = \"we are in a hurry\" }",
        "embargo-accepted = { by = \"external\" }",
        "embargo-declined = { by = \"vendor\" }",
        "retracted = { event = \"embargo-accepted\", why = \"a mistake\" }",
    ] {
        let lea = by("lea");
        let alone = casework.act(&lea, &case, None, event(text));
        check_refused(&desk, alone, "takes a second person").await;
    }
    let ended = event("embargo-ended = { why = \"every party agreed by telephone\" }");
    casework.act(&two("ana", "lea"), &case, None, ended).await.unwrap();
    casework.order_release(&by("leo"), &id, "").await.unwrap();

    let desk = Desk::open().await;
    let (case, id) = embargoed(&desk, &[PROPOSED, ACCEPTED]).await;
    desk.act(&case, "made-public = { evidence = \"a talk\" }").await;
    desk.casework.order_release(&by("leo"), &id, "").await.unwrap();
}

#[tokio::test]
async fn an_embargo_keeps_a_level_out_until_two_people_waive_it() {
    let desk = Desk::open().await;
    let (_, id) = embargoed(&desk, &[PROPOSED, ACCEPTED]).await;
    let casework = &desk.casework;
    let waived = order(&AMBER, &["N13"]);
    check_refused(
        &desk,
        casework.order_limited(&by("leo"), &id, &waived),
        "--waive 'embargo=why'",
    )
    .await;
    let waived = order(&AMBER, &["N13", "embargo"]);
    casework.order_limited(&by("leo"), &id, &waived).await.unwrap();
}

#[tokio::test]
async fn every_clause_that_is_not_met_is_told_before_the_order() {
    let desk = Desk::open().await;
    let case = desk.report("Heap overflow in the parser of Guardian").await;
    for text in [
        "reviewed = {}",
        "confirmed = { origin = \"own\", products = [\"Guardian\"] }",
    ] {
        desk.act(&case, text).await;
    }
    let id = desk
        .casework
        .draft_advisory(&by("ana"), std::slice::from_ref(&case), draft())
        .await
        .unwrap();
    let n28 = format!("§N28 of nozomi-networks, on {case}: not until");
    let n31 = format!("§N31 of nozomi-networks, on {case}: not until");
    let n13 = format!("§N13 may hold {case} back: the hold has not begun");
    check_missing(&desk, &id, &[&n28, &n31, &n13, "the text has no score"]);
    check_refused(
        &desk,
        async { desk.casework.policy_instant(&by("leo"), &id) },
        "a line still waits for one",
    )
    .await;
    // What is met is not told.
    let case = desk.confirmed().await;
    desk.fix(&case).await;
    let id = desk.approved_advisory(&case).await;
    let missing = desk.casework.prospect(&by("ana"), &id).unwrap().missing;
    assert!(
        matches!(missing.as_slice(), [two, held] if two.contains("two people order") && held.contains("§N13 holds")),
        "{missing:#?}"
    );
}

/// A text names nothing of a case that is not public: not while it is written, nor approved, nor ordered.
#[tokio::test]
async fn a_text_names_nothing_that_is_sealed() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let other = desk
        .receive(Incoming {
            from: "Ada Nymous <ada@reporters.example>".to_owned(),
            ..incoming("An export link works after signing out")
        })
        .await;
    let over = desk
        .receive(Incoming {
            brand: Some(T128.to_owned()),
            from: "Bo Nymous <bo@reporters.example>".to_owned(),
            ..incoming("A long host name restarts the router")
        })
        .await;
    desk.act(&over, "acknowledged = {}").await;
    desk.act(&over, "reviewed = {}").await;
    desk.act(&over, "reported-back = {}").await;
    for text in [
        "rejected = { exit = \"cannot-reproduce\", why = \"Nobody saw it.\" }",
        "closed = {}",
    ] {
        casework
            .act(&two("lea", "leo"), &over, None, event(text))
            .await
            .unwrap();
    }
    let case = desk.confirmed().await;
    desk.fix(&case).await;
    let note = async |text: &str| {
        casework
            .publish_release_note(&by("ana"), &case, GUARDIAN, "25.1.2", text)
            .await
    };
    for (text, what) in [
        (format!("See {other}."), "a tracking number"),
        (format!("See {over}."), "a tracking number"),
        (
            "Unlike an export link works after signing out, it is old.".to_owned(),
            "the title of another case",
        ),
        // As programs that write put it.
        (format!("See {}.", other.replace('-', "\u{2011}")), "a tracking number"),
        (
            "Unlike an export link works\nafter  signing-out, it is old.".to_owned(),
            "the title of another case",
        ),
        (
            "A long host name restarts the router.".to_owned(),
            "the title of another case",
        ),
        (
            "Reported by ada@reporters.example.".to_owned(),
            "a reporter who did not agree",
        ),
        ("Reported by Bo Nymous.".to_owned(), "a reporter who did not agree"),
    ] {
        let draft = Draft {
            summary: text.clone(),
            ..draft()
        };
        let cases = std::slice::from_ref(&case);
        let id = casework.draft_advisory(&by("ana"), cases, draft).await.unwrap();
        let findings = casework.prospect(&by("ana"), &id).unwrap().findings;
        let named = findings.iter().find(|finding| finding.message.contains(what));
        let named = named.unwrap_or_else(|| panic!("{text}: {findings:#?}"));
        assert_eq!((named.field.as_str(), named.weight), ("summary", Weight::Blocks));
        check_refused(&desk, casework.approve(&by("lea"), &id), what).await;
        check_refused(&desk, note(&text), what).await;
    }
    // Its own title, the name of whoever said yes, and a word that anybody may write.
    let free = Draft {
        title: "Heap overflow in the parser of Guardian".to_owned(),
        summary: "Found by Ada of Example Labs after signing out of the router.".to_owned(),
        ..draft()
    };
    let id = casework
        .draft_advisory(&by("ana"), std::slice::from_ref(&case), free)
        .await
        .unwrap();
    casework.approve(&by("lea"), &id).await.unwrap();
    // What comes between the approval and the order is asked again.
    desk.receive(incoming("Found by Ada of Example Labs")).await;
    desk.wait_until(HOLD_IS_OVER);
    check_refused(
        &desk,
        casework.order_release(&by("leo"), &id, ""),
        "the title of another case",
    )
    .await;
    let board = casework.board();
    assert_eq!(board.advisories[&id].stage, Stage::Approved);
}

#[tokio::test]
async fn what_is_said_of_an_advisory_names_nothing_that_is_sealed() {
    let desk = Desk::open().await;
    let (_, id) = embargoed(&desk, &[]).await;
    let why = format!("It is {}.", desk.report("A header is missing").await);
    let planned = Scheduling {
        summary: why.clone(),
        ..scheduling(HOLD_IS_OVER)
    };
    check_refused(
        &desk,
        desk.casework.schedule(&by("leo"), &id, &planned),
        "a tracking number",
    )
    .await;
    desk.wait_until(HOLD_IS_OVER);
    desk.casework.order_release(&by("leo"), &id, "").await.unwrap();
    desk.casework.mark_published(&id, 1, "digest").await.unwrap();
    let people = two("lea", "leo");
    check_refused(
        &desk,
        desk.casework.withdraw_advisory(&people, &id, &why),
        "a tracking number",
    )
    .await;
    check_refused(
        &desk,
        desk.casework.remove_version(&people, &id, 1, &why),
        "a tracking number",
    )
    .await;
}

/// That something is fixed was said, and not what: only notes that name a case tell of it.
#[tokio::test]
async fn a_neutral_release_note_unseals_nothing() {
    let desk = Desk::open().await;
    let other = desk.report("Export links work after signing out for a day").await;
    for text in [
        "acknowledged = {}",
        "reviewed = {}",
        "confirmed = { origin = \"own\", products = [\"Guardian\"] }",
        "cve-assigned = { id = \"CVE-2026-54321\" }",
    ] {
        desk.act(&other, text).await;
    }
    desk.fix(&other).await;
    let case = desk.fixed().await;
    let people = two("lea", "leo");
    let note = async |case: &str, text: &str| {
        desk.casework
            .publish_release_note(&people, case, GUARDIAN, "25.1.2", text)
            .await
    };
    note(&other, "Fixes a security problem.").await.unwrap();
    let names_id = "Unlike CVE-2026-54321, it is old.";
    let names_title = "Where export links work after signing out for a day, it is worse.";
    check_refused(&desk, note(&case, names_id), "a CVE id of another case").await;
    check_refused(&desk, note(&case, names_title), "the title of another case").await;
    // The note that names it is a disclosure, whatever neutral one came before.
    let told = note(&other, "Fixes the export (CVE-2026-54321).").await.unwrap();
    assert_eq!(told.discloses.as_deref(), Some("CVE-2026-54321"));
    for text in [names_id, names_title] {
        note(&case, text).await.unwrap();
    }
}

#[tokio::test]
async fn an_order_on_a_closed_case_says_how_to_open_it() {
    let desk = Desk::open().await;
    let (case, id) = embargoed(&desk, &[]).await;
    let casework = &desk.casework;
    desk.wait_until(HOLD_IS_OVER);
    casework.order_release(&by("leo"), &id, "").await.unwrap();
    casework.mark_published(&id, 1, "digest").await.unwrap();
    let closed = event("closed = {}");
    casework.act(&two("lea", "leo"), &case, None, closed).await.unwrap();
    casework
        .edit_advisory(&by("ana"), &id, "summary", "It writes past its buffer.")
        .await
        .unwrap();
    casework.approve(&by("lea"), &id).await.unwrap();
    let words = format!(
        "{case} is closed, and a case that is over tells nothing new: reopen it first, `candor case reopened {case} --why"
    );
    check_refused(&desk, casework.order_release(&by("leo"), &id, "Shorter."), &words).await;
    desk.act(&case, "reopened = { why = \"Its advisory changes.\" }").await;
    casework.order_release(&by("leo"), &id, "Shorter.").await.unwrap();
}

/// What a document prints is what a person reads, and types.
#[tokio::test]
async fn a_term_is_taken_as_documents_print_it() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    let (id, label) = {
        let board = desk.casework.board();
        let mut terms = board
            .house
            .policies
            .iter()
            .flat_map(|policy| &policy.vocabularies)
            .flat_map(|list| &list.terms);
        let other = terms.find(|term| term.label.to_lowercase() != term.id).unwrap();
        (other.id.clone(), other.label.to_uppercase())
    };
    desk.act(&case, &format!("impact-set = {{ term = \"{label}\" }}")).await;
    let board = desk.casework.board();
    let (_, found) = board.case_of_number(&case).unwrap();
    assert_eq!(found.view.impact.as_ref().map(|(term, _)| term), Some(&id));
}
