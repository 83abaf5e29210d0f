//! A text between its draft and its approval, its versions, and what happens to versions that are out.

use super::world::{Desk, GUARDIAN, NOZOMI, at, brand, by, check_refused, draft, two};
use crate::{Actor, Casework, Draft, KeptBytes, Ordered};
use psirt::advisory::{Advisory, Scheme, Stage, Step, Validity};
use psirt::event::Kind;

const HOLD_IS_OVER: &str = "2027-01-04T09:00:00Z";

/// An advisory that is public in its first version, its bytes kept.
async fn published(desk: &Desk) -> (String, String) {
    let case = desk.fixed().await;
    let id = desk.approved_advisory(&case).await;
    desk.wait_until(HOLD_IS_OVER);
    let ordered = desk.casework.order_release(&by("leo"), &id, "").await.unwrap();
    out(&desk.casework, &id, &ordered).await;
    (case, id)
}

/// What `publish` does: bytes are kept, then the tree has them.
async fn out(casework: &Casework, id: &str, ordered: &Ordered) {
    let bytes = KeptBytes {
        json: format!("document of version {}", ordered.revision).into_bytes(),
        signature: "signature".to_owned(),
    };
    casework.keep_bytes(id, bytes, Vec::new()).await.unwrap();
    let generation = u64::from(ordered.revision);
    casework.mark_published(id, generation, "digest").await.unwrap();
}

async fn revised(desk: &Desk, id: &str, draft: Draft, step: Option<Step>) -> Ordered {
    let casework = &desk.casework;
    casework.redraft_advisory(&by("ana"), id, draft).await.unwrap();
    casework.approve(&by("lea"), id).await.unwrap();
    let ordered = casework
        .order_step(&by("leo"), id, "More is known.", step)
        .await
        .unwrap();
    out(casework, id, &ordered).await;
    ordered
}

fn text(desk: &Desk, id: &str) -> Advisory {
    desk.casework.board().advisories[id].draft.copy()
}

/// The board that runs is the one that the journal gives: of what was destroyed nothing is left in either.
async fn check_replay(desk: &Desk) {
    let scratch = desk.casework.board_from_scratch().await.unwrap();
    assert_eq!(scratch.advisories, desk.casework.board().advisories);
}

#[tokio::test]
async fn a_reviewer_says_what_is_to_change_field_by_field() {
    let desk = Desk::open().await;
    let case = desk.fixed().await;
    let casework = &desk.casework;
    let id = casework.draft_advisory(&by("ana"), &[case], draft()).await.unwrap();
    check_refused(
        &desk,
        casework.ask_review_of(&by("ana"), &id, "ana"),
        "somebody else reads it",
    )
    .await;
    check_refused(
        &desk,
        casework.ask_review_of(&by("ana"), &id, "audrey"),
        "neither analyst nor lead",
    )
    .await;
    check_refused(
        &desk,
        casework.ask_review_of(&by("ana"), &id, "nobody"),
        "nobody is called",
    )
    .await;
    casework.ask_review_of(&by("ana"), &id, "lea").await.unwrap();
    let state = casework.board().advisories[&id].clone();
    assert_eq!((state.stage, state.reviewer.as_deref()), (Stage::Review, Some("lea")));

    check_refused(
        &desk,
        casework.comment(&by("lea"), &id, "summery", "Too short."),
        "no field `summery`",
    )
    .await;
    check_refused(
        &desk,
        casework.comment(&by("lea"), &id, "summary", "  "),
        "a text of 1 to",
    )
    .await;
    check_refused(
        &desk,
        casework.comment(&by("root"), &id, "summary", "Hm."),
        "no such advisory",
    )
    .await;
    let field = format!("vulnerabilities[0].lines[{GUARDIAN}].affected");
    let first = casework
        .comment(&by("lea"), &id, &field, "Is 25.0.0 affected?")
        .await
        .unwrap();
    let second = casework.comment(&by("ben"), &id, "", "Reads well.").await.unwrap();
    casework
        .answer_comment(&by("ana"), &id, first, "Yes, it was tried.")
        .await
        .unwrap();
    check_refused(
        &desk,
        casework.approve(&by("lea"), &id),
        "2 comments on the text are not settled",
    )
    .await;
    check_refused(
        &desk,
        casework.resolve_comment(&by("ana"), &id, first),
        "whoever made it",
    )
    .await;
    casework.resolve_comment(&by("lea"), &id, first).await.unwrap();
    check_refused(
        &desk,
        casework.answer_comment(&by("ana"), &id, first, "And again."),
        "is settled",
    )
    .await;
    check_refused(&desk, casework.resolve_comment(&by("lea"), &id, 99), "no comment 99").await;
    casework.send_back(&by("lea"), &id, "Say which packet.").await.unwrap();
    let state = casework.board().advisories[&id].clone();
    assert_eq!(state.stage, Stage::Draft);
    assert_eq!(
        state.sent_back,
        Some(("lea".to_owned(), "Say which packet.".to_owned()))
    );
    assert_eq!(state.comments[0].answers[0].2, "Yes, it was tried.");
    assert_eq!(state.comments[0].resolved_by.as_deref(), Some("lea"));
    check_refused(&desk, casework.send_back(&by("lea"), &id, "Again."), "it is draft").await;

    casework.resolve_comment(&by("ben"), &id, second).await.unwrap();
    casework.redraft_advisory(&by("ana"), &id, draft()).await.unwrap();
    casework.approve(&by("lea"), &id).await.unwrap();
    // An approval can be taken back the same way.
    casework.send_back(&by("leo"), &id, "A fact is missing.").await.unwrap();
    check_refused(
        &desk,
        casework.order_release(&two("leo", "lea"), &id, ""),
        "it is draft",
    )
    .await;
    check_replay(&desk).await;
}

#[tokio::test]
async fn the_reviewer_sees_what_differs_from_what_is_public() {
    let desk = Desk::open().await;
    let (_, id) = published(&desk).await;
    let casework = &desk.casework;
    let longer = Draft {
        details: Some("More is known.".to_owned()),
        ..draft()
    };
    casework.redraft_advisory(&by("ana"), &id, longer).await.unwrap();
    let changes = casework.advisory_difference(&by("lea"), &id, None).unwrap();
    let fields: Vec<&str> = changes.iter().map(|change| change.field.as_str()).collect();
    // The case knows by now which promise the publication kept.
    assert_eq!(fields, ["details", "vulnerabilities[0].milestones[3]"], "{changes:?}");
    assert!(casework.advisory_difference(&by("root"), &id, None).is_err());
}

#[tokio::test]
async fn versions_count_or_follow_what_changed() {
    let desk = Desk::open().await;
    let mut nozomi = brand(NOZOMI, "Nozomi Networks", "NN", "{prefix}-{year}:{seq}-{revision:02}");
    nozomi.version_scheme = Scheme::Semantic;
    desk.casework.set_brand(&by("root"), nozomi.clone()).await.unwrap();
    let (_, id) = published(&desk).await;
    let casework = &desk.casework;
    assert_eq!(text(&desk, &id).number, "NN-2027:1-01");
    let longer = Draft {
        details: Some("More is known of it now than before.".to_owned()),
        ..draft()
    };
    revised(&desk, &id, longer.clone(), None).await;
    let versions = |desk: &Desk| -> Vec<String> {
        let text = text(desk, &id);
        text.revisions.iter().map(psirt::advisory::Revision::printed).collect()
    };
    assert_eq!(versions(&desk), ["1.0.0", "1.1.0"]);
    // Other versions are affected: everybody compares anew, whatever the person who orders it thinks.
    let wider = Draft {
        affected: [(GUARDIAN.to_owned(), "24.0.0 to 25.1.1".to_owned())].into(),
        ..longer
    };
    casework.redraft_advisory(&by("ana"), &id, wider).await.unwrap();
    casework.approve(&by("lea"), &id).await.unwrap();
    check_refused(
        &desk,
        casework.order_step(&by("leo"), &id, "Wording.", Some(Step::Patch)),
        "a patch step is too small: `vulnerabilities[0].lines[Guardian].affected` changed, which is major",
    )
    .await;
    // The brand counts from now on; this advisory goes on as it began.
    nozomi.version_scheme = Scheme::Integer;
    casework.set_brand(&by("root"), nozomi).await.unwrap();
    let ordered = casework.order_release(&by("leo"), &id, "More versions.").await.unwrap();
    assert_eq!(versions(&desk), ["1.0.0", "1.1.0", "2.0.0"]);
    out(casework, &id, &ordered).await;
    check_refused(
        &desk,
        casework.set_brand(&by("root"), brand(NOZOMI, "N", "NN", "{prefix}-{month}")),
        "`{month}` is no part",
    )
    .await;
}

#[tokio::test]
async fn an_advisory_names_the_one_that_replaces_it() {
    let desk = Desk::open().await;
    let (case, old) = published(&desk).await;
    let casework = &desk.casework;
    let new = desk.approved_advisory(&case).await;
    check_refused(
        &desk,
        casework.supersede_advisory(&two("lea", "leo"), &old, &new),
        "another one of the same brand, and published",
    )
    .await;
    let ordered = casework.order_release(&by("leo"), &new, "").await.unwrap();
    out(casework, &new, &ordered).await;
    check_refused(
        &desk,
        casework.supersede_advisory(&two("lea", "leo"), &old, &old),
        "another one",
    )
    .await;
    check_refused(
        &desk,
        casework.supersede_advisory(&by("lea"), &old, &new),
        "act of two people",
    )
    .await;
    let last = casework
        .supersede_advisory(&two("lea", "leo"), &old, &ordered.number)
        .await
        .unwrap();
    out(casework, &old, &last).await;
    let text = last.released.advisory();
    assert!(text.title.starts_with("Superseded: "), "{}", text.title);
    let page = "https://psirt.nozomi-networks.example/advisories/nn-2027_2-01.html";
    assert!(text.summary.contains("superseded by NN-2027:2-01") && text.summary.contains(page));
    let references = &text.vulnerabilities[0].references;
    assert_eq!(
        references.last(),
        Some(&("Superseded by NN-2027:2-01".to_owned(), page.to_owned()))
    );
    assert_eq!(casework.board().advisories[&old].stage, Stage::Superseded);
    // The other one is withdrawn: whoever does it, and whoever looks at either, is told that neither is valid.
    assert_eq!(casework.replaced_by(&new).unwrap(), ["NN-2027:1-01"]);
    let hints = |id: &str| {
        let findings = casework.prospect(&by("ana"), id).unwrap().findings;
        findings
            .iter()
            .filter(|finding| finding.message.contains("neither is valid"))
            .count()
    };
    assert_eq!((hints(&old), hints(&new)), (0, 0));
    let withdrawn = casework
        .withdraw_advisory(&two("lea", "leo"), &new, "It is wrong.")
        .await;
    out(casework, &new, &withdrawn.unwrap()).await;
    assert_eq!((hints(&old), hints(&new)), (1, 1));
    check_refused(
        &desk,
        casework.redraft_advisory(&by("ana"), &old, draft()),
        "it is superseded",
    )
    .await;
    check_replay(&desk).await;
}

/// A name slipped into an earlier version: that version goes, and nothing else.
#[tokio::test]
async fn an_earlier_version_is_destroyed_and_the_rest_stays() {
    let desk = Desk::open().await;
    let (_, id) = published(&desk).await;
    let casework = &desk.casework;
    let leaking = Draft {
        details: Some("Ada Lovelace of Somewhere 7 found it.".to_owned()),
        ..draft()
    };
    let second = revised(&desk, &id, leaking, None).await;
    let mended = Draft {
        details: Some(String::new()),
        ..draft()
    };
    revised(&desk, &id, mended, None).await;
    let remove = async |actor: Actor, revision| {
        casework
            .remove_version(&actor, &id, revision, "It named somebody.")
            .await
    };
    check_refused(&desk, remove(by("lea"), 2), "act of two people").await;
    check_refused(&desk, remove(two("lea", "leo"), 7), "it has no version 7").await;
    let version = casework.board().advisories[&id].versions[1].clone();
    assert_eq!(version.revision, second.revision);
    let gone = remove(two("lea", "leo"), 2).await.unwrap();
    assert_eq!(
        (gone.revision, gone.current, gone.sha256.as_str()),
        (2, false, version.sha256.as_str())
    );
    assert_eq!(casework.kept_bytes(&version).await.unwrap(), None);
    let state = casework.board().advisories[&id].clone();
    assert_eq!(
        (state.stage, state.versions.len(), state.tombstones.len()),
        (Stage::Published, 2, 1)
    );
    assert!(!format!("{:?}", *casework.board()).contains("Lovelace"));
    assert_eq!(
        remove(two("lea", "leo"), 2).await.unwrap(),
        gone,
        "repeating is harmless"
    );
    check_replay(&desk).await;
    let desk = desk.reopened().await;
    check_replay(&desk).await;
    assert_eq!(desk.casework.releases(NOZOMI).len(), 1);
}

#[tokio::test]
async fn the_public_version_leaves_a_tombstone() {
    let desk = Desk::open().await;
    let (case, id) = published(&desk).await;
    let casework = &desk.casework;
    // A next text was begun.
    casework.redraft_advisory(&by("ana"), &id, draft()).await.unwrap();
    casework
        .comment(&by("lea"), &id, "summary", "Who is named here?")
        .await
        .unwrap();
    let why = "A person was named without consent.";
    let gone = casework.remove_version(&two("lea", "leo"), &id, 1, why).await.unwrap();
    assert!(gone.current);
    assert_eq!((gone.number.as_str(), gone.first), ("NN-2027:1-01", at(HOLD_IS_OVER)));
    assert!(casework.releases(NOZOMI).is_empty());
    assert!(casework.has_waiting_release(), "the tree still has it");
    let [stone] = casework.tombstones(NOZOMI).try_into().unwrap();
    assert_eq!(stone.id, id);
    casework.mark_published(&id, 2, "digest").await.unwrap();
    assert!(!casework.has_waiting_release());
    {
        let board = casework.board();
        assert_eq!(board.advisories[&id].stage, Stage::Withdrawn);
        let (_, case) = board.case_of_number(&case).unwrap();
        assert_eq!(case.entries.last().unwrap().event.kind(), Kind::AdvisoryWithdrawn);
    }
    check_refused(&desk, casework.redraft_advisory(&by("ana"), &id, draft()), "withdrawn").await;
    check_replay(&desk).await;
    // Its number is known as its own, and nobody gets it again.
    assert_eq!(casework.check_numbers().await.unwrap(), [""; 0]);
    let next = desk.approved_advisory(&case).await;
    let ordered = casework.order_release(&by("leo"), &next, "").await.unwrap();
    assert_eq!(ordered.number, "NN-2027:2-01");
}

/// What was public before the version that had to go stays, until somebody removes that too.
#[tokio::test]
async fn removing_the_present_version_leaves_the_earlier_ones() {
    let desk = Desk::open().await;
    let (_, id) = published(&desk).await;
    let casework = &desk.casework;
    for text in ["One more word.", "Ada Lovelace of Somewhere 7 found it."] {
        let next = Draft {
            details: Some(text.to_owned()),
            ..draft()
        };
        revised(&desk, &id, next, None).await;
    }
    let remove = async |revision| {
        let why = "It named somebody.";
        casework.remove_version(&two("lea", "leo"), &id, revision, why).await
    };
    let left = || -> Vec<u32> {
        let out = casework.out_versions(NOZOMI).versions;
        let replaced = out.iter().filter(|version| version.is_replaced);
        replaced.map(|version| version.version.revision).collect()
    };
    assert!(remove(3).await.unwrap().current);
    assert!(casework.releases(NOZOMI).is_empty());
    assert_eq!(left(), [1, 2]);
    assert!(!format!("{:?}", *casework.board()).contains("Lovelace"));
    check_replay(&desk).await;
    casework.mark_published(&id, 9, "digest").await.unwrap();
    assert!(!casework.has_waiting_release());
    // One of them goes too; the page of the advisory stays a tombstone.
    let gone = remove(1).await.unwrap();
    assert_eq!((gone.current, gone.first), (false, at(HOLD_IS_OVER)));
    assert_eq!(left(), [2]);
    assert!(casework.has_waiting_release());
    let state = casework.board().advisories[&id].clone();
    assert_eq!(state.tombstone().map(|gone| gone.revision), Some(3));
    check_replay(&desk).await;
    let desk = desk.reopened().await;
    check_replay(&desk).await;
    assert_eq!(desk.casework.out_versions(NOZOMI).versions.len(), 1);
}

/// Removes the second version, which ended the advisory: what it said is nowhere any more, and the first one says what its document says.
async fn check_end_goes_with_its_version(desk: Desk, id: &str, said: &str) {
    let why = "It named somebody.";
    let gone = desk.casework.remove_version(&two("lea", "leo"), id, 2, why).await;
    assert!(gone.unwrap().current);
    let stream = store::StreamId::new(id).unwrap();
    for entry in desk.casework.store().read_stream(&stream, 1).await.unwrap() {
        if let store::Body::Plain(bytes) = &entry.body {
            assert!(!String::from_utf8_lossy(bytes.as_bytes()).contains(said), "{said}");
        }
    }
    let check_earlier = |desk: &Desk| {
        let released = desk.casework.out_version(id, 1).unwrap();
        let text = released.advisory();
        assert_eq!(
            (&text.validity, text.revisions.len()),
            (&Validity::Current, 1),
            "{said}"
        );
        let state = desk.casework.board().advisories[id].clone();
        assert!(!format!("{state:?}").contains(said), "{said}");
    };
    check_earlier(&desk);
    check_replay(&desk).await;
    let desk = desk.reopened().await;
    check_earlier(&desk);
    check_replay(&desk).await;
}

#[tokio::test]
async fn the_reason_of_a_withdrawal_goes_with_the_version_that_gives_it() {
    let desk = Desk::open().await;
    let (_, id) = published(&desk).await;
    let why = "It is wrong, ask Jane Roe.";
    let withdrawn = desk.casework.withdraw_advisory(&two("lea", "leo"), &id, why).await;
    out(&desk.casework, &id, &withdrawn.unwrap()).await;
    check_end_goes_with_its_version(desk, &id, "Jane Roe").await;
}

#[tokio::test]
async fn what_replaces_an_advisory_goes_with_the_version_that_names_it() {
    let desk = Desk::open().await;
    let (case, id) = published(&desk).await;
    let casework = &desk.casework;
    let other = desk.approved_advisory(&case).await;
    let ordered = casework.order_release(&by("leo"), &other, "").await.unwrap();
    out(casework, &other, &ordered).await;
    let superseded = casework
        .supersede_advisory(&two("lea", "leo"), &id, &ordered.number)
        .await;
    out(casework, &id, &superseded.unwrap()).await;
    check_end_goes_with_its_version(desk, &id, &ordered.number).await;
}

/// Killed between the event and the keys: the worker destroys the rest.
#[tokio::test]
async fn a_removal_that_a_crash_left_half_done_is_finished() {
    let desk = Desk::open().await;
    let (_, id) = published(&desk).await;
    let casework = &desk.casework;
    let version = casework.board().advisories[&id].versions[0].clone();
    casework
        .remove_version(&two("lea", "leo"), &id, 1, "It named somebody.")
        .await
        .unwrap();
    let worked = casework.work("one").await.unwrap();
    assert_eq!(
        (worked.done, worked.failed),
        (1, 0),
        "its job waited, and finds it done"
    );
    assert_eq!(casework.kept_bytes(&version).await.unwrap(), None);
}
