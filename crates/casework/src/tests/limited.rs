//! Releases to a level or a party: the clauses of a publication, what lets one in before everybody, and one text for all.

use super::world::{Desk, GUARDIAN, NOZOMI, ROUTER, T128, at, by, check_refused, draft, incoming, scheduling, two};
use crate::{Arrived, Draft, Incoming, KeptBytes, LimitedOrder};
use psirt::advisory::{Audience, LimitedRelease, Stage, Tlp};
use psirt::house::Customer;

const HOLD_IS_OVER: &str = "2027-01-04T09:00:00Z";
pub(super) const AMBER: Audience = Audience::Tlp(Tlp::Amber);

fn party(name: &str) -> Audience {
    Audience::Party(name.to_owned())
}

async fn customer(desk: &Desk, id: &str, brand: &str) {
    let customer = Customer {
        id: id.to_owned(),
        name: id.to_owned(),
        brand: brand.to_owned(),
        tlp: None,
        party: true,
    };
    desk.casework.set_customer(&by("lea"), customer).await.unwrap();
}

pub(super) fn order(audience: &Audience, waived: &[&str]) -> LimitedOrder {
    LimitedOrder {
        audience: audience.clone(),
        summary: String::new(),
        waived: waived
            .iter()
            .map(|clause| ((*clause).to_owned(), "They ship our parser.".to_owned()))
            .collect(),
    }
}

async fn held(desk: &Desk) -> (String, String) {
    let case = desk.fixed().await;
    let id = desk.approved_advisory(&case).await;
    (case, id)
}

fn has(desk: &Desk, id: &str, audience: &Audience) -> Option<LimitedRelease> {
    let board = desk.casework.board();
    board.advisories[id].limited_to(audience)?.release.clone()
}

async fn check_replay(desk: &Desk) {
    let scratch = desk.casework.board_from_scratch().await.unwrap();
    assert_eq!(scratch.advisories, desk.casework.board().advisories);
    assert_eq!(desk.casework.check_numbers().await.unwrap(), [""; 0]);
}

/// What is refused names the clause, and the way by which it may go nevertheless.
async fn check_kept_from(desk: &Desk, id: &str, order: LimitedOrder, words: &[&str]) {
    for words in words {
        check_refused(desk, desk.casework.order_limited(&by("leo"), id, &order), words).await;
    }
}

#[tokio::test]
async fn a_hold_keeps_it_from_everybody_until_two_people_waive_it_for_one_audience() {
    let desk = Desk::open().await;
    let (case, id) = held(&desk).await;
    let casework = &desk.casework;
    let words = ["refused by §N13", "not before", "--waive 'N13=why'"];
    check_kept_from(&desk, &id, order(&AMBER, &[]), &words).await;
    check_kept_from(&desk, &id, order(&AMBER, &["N3"]), &words).await;
    let silent = LimitedOrder {
        waived: vec![("N13".to_owned(), " ".to_owned())],
        ..order(&AMBER, &[])
    };
    check_kept_from(&desk, &id, silent, &["the reason for a waiver"]).await;

    let waived = order(&AMBER, &["§N13"]);
    let (number, revision) = casework.order_limited(&by("leo"), &id, &waived).await.unwrap();
    assert!(number.starts_with("NN-AMBER-") && revision == 1, "{number}");
    let again = casework.order_limited(&by("leo"), &id, &waived).await.unwrap();
    assert_eq!(again.0, number, "an order that is on its way is given back");
    let release = has(&desk, &id, &AMBER).unwrap();
    assert_eq!(release.waived, waived.waived);
    let released = release.released().unwrap();
    assert_eq!(
        (released.audience(), released.advisory().audience.label()),
        (&AMBER, "AMBER")
    );

    // Of its public life nothing changed: no number, no stage, no promise kept, no embargo ended.
    {
        let board = casework.board();
        let state = &board.advisories[&id];
        assert_eq!((state.stage, state.draft.number.as_str()), (Stage::Approved, ""));
        assert!(state.ordered.is_none() && !casework.has_waiting_release() && casework.has_waiting_limited());
        assert!(casework.releases(NOZOMI).is_empty() && casework.released(NOZOMI).is_empty());
        let (_, case) = board.case_of_number(&case).unwrap();
        assert!(case.embargo.ended.is_none());
    }
    casework.mark_limited(&id, &AMBER, 1, "digest").await.unwrap();
    assert!(!casework.has_waiting_limited());
    check_refused(
        &desk,
        casework.order_limited(&by("leo"), &id, &waived),
        "has this very text",
    )
    .await;
    check_refused(&desk, casework.order_release(&by("leo"), &id, ""), "§N13").await;
    check_replay(&desk).await;
    // The first public number is the first one: no gap tells of the other release.
    desk.wait_until(HOLD_IS_OVER);
    let public = casework.order_release(&by("leo"), &id, "").await.unwrap();
    assert_eq!(public.number, "NN-2027:1-01");
    assert!(!casework.has_waiting_limited(), "they have this text");
    check_replay(&desk).await;
}

#[tokio::test]
async fn a_release_to_anybody_is_the_act_of_two_on_an_approved_text() {
    let desk = Desk::open().await;
    let case = desk.fixed().await;
    let casework = &desk.casework;
    let id = casework.draft_advisory(&by("lea"), &[case], draft()).await.unwrap();
    let waived = order(&AMBER, &["N13"]);
    check_refused(
        &desk,
        casework.order_limited(&two("lea", "leo"), &id, &waived),
        "it is draft",
    )
    .await;
    casework.approve(&by("leo"), &id).await.unwrap();
    check_refused(
        &desk,
        casework.order_limited(&by("root"), &id, &waived),
        "or not for you",
    )
    .await;
    check_refused(
        &desk,
        casework.order_limited(&by("leo"), &id, &waived),
        "act of two people",
    )
    .await;
    let strange = order(&party("acme"), &["N13"]);
    check_refused(
        &desk,
        casework.order_limited(&two("lea", "leo"), &id, &strange),
        "no party of this brand",
    )
    .await;
    customer(&desk, "acme", T128).await;
    check_refused(
        &desk,
        casework.order_limited(&two("lea", "leo"), &id, &strange),
        "no party of this brand",
    )
    .await;
    customer(&desk, "acme", NOZOMI).await;
    let (number, _) = casework.order_limited(&two("lea", "leo"), &id, &strange).await.unwrap();
    assert!(number.starts_with("NN-RED-"), "{number}");
    assert_eq!(has(&desk, &id, &AMBER), None);
}

/// A case of the second vendor, whose policy keeps cases confidential until the advisory, and may tell CERTs before.
pub(super) async fn confidential(desk: &Desk, told: bool) -> (String, String) {
    let ours = Incoming {
        brand: Some(T128.to_owned()),
        products: vec![ROUTER.to_owned()],
        ..incoming("Overflow in the router")
    };
    let case = desk.receive(ours).await;
    for text in [
        "acknowledged = {}",
        "reviewed = {}",
        "confirmed = { origin = \"own\", products = [\"Session Smart Router\"] }",
        &format!("scored = {{ vector = \"{}\" }}", super::world::HIGH),
    ] {
        desk.act(&case, text).await;
    }
    if told {
        desk.act(&case, "reported-back = {}").await;
        desk.act(&case, "credit = { choice = \"no\" }").await;
    }
    let text = Draft {
        affected: [].into(),
        ..draft()
    };
    let id = desk
        .casework
        .draft_advisory(&by("ana"), std::slice::from_ref(&case), text)
        .await
        .unwrap();
    desk.casework.approve(&by("lea"), &id).await.unwrap();
    (case, id)
}

#[tokio::test]
async fn a_confidence_is_kept_from_everybody_but_a_cert_that_was_told() {
    let desk = Desk::open().await;
    let (case, id) = confidential(&desk, true).await;
    for name in ["cert-example", "acme"] {
        customer(&desk, name, T128).await;
    }
    let words = [
        "refused by §T12",
        "for its members only until `advisory-published`",
        "--waive 'T12=why'",
    ];
    for audience in [AMBER, party("cert-example"), party("acme")] {
        check_kept_from(&desk, &id, order(&audience, &[]), &words).await;
    }
    let told = super::world::event("shared-with-cert = { cert = \"CERT-Example\" }");
    desk.casework.act(&two("ana", "lea"), &case, None, told).await.unwrap();
    check_kept_from(&desk, &id, order(&party("acme"), &[]), &words).await;
    check_kept_from(&desk, &id, order(&AMBER, &[]), &words).await;
    let casework = &desk.casework;
    casework
        .order_limited(&by("leo"), &id, &order(&party("cert-example"), &[]))
        .await
        .unwrap();
    casework
        .order_limited(&by("leo"), &id, &order(&AMBER, &["T12"]))
        .await
        .unwrap();
    check_replay(&desk).await;
}

/// What a gate asks for is asked for everybody.
#[tokio::test]
async fn a_gate_is_waived_for_nobody() {
    let desk = Desk::open().await;
    let (_, id) = confidential(&desk, false).await;
    let waived = order(&AMBER, &["T11", "T12"]);
    check_kept_from(&desk, &id, waived, &["refused by §T11", "not until"]).await;
}

#[tokio::test]
async fn whoever_declined_the_embargo_gets_nothing_before_it_ends() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    customer(&desk, "acme", NOZOMI).await;
    for text in [
        "embargo-proposed = { by = \"us\", until = 2027-03-01 }",
        "embargo-declined = { by = \"Acme\" }",
        "reported-back = {}",
        "credit = { choice = \"no\" }",
    ] {
        desk.act(&case, text).await;
    }
    let id = desk.approved_advisory(&case).await;
    let waived = order(&party("acme"), &["N13"]);
    check_kept_from(&desk, &id, waived.clone(), &["declined the embargo"]).await;
    desk.act(&case, "embargo-accepted = { by = \"acme\" }").await;
    desk.casework.order_limited(&by("leo"), &id, &waived).await.unwrap();
}

#[tokio::test]
async fn what_becomes_public_is_what_every_audience_has_then() {
    let desk = Desk::open().await;
    let (_, id) = held(&desk).await;
    let casework = &desk.casework;
    let waived = order(&AMBER, &["N13"]);
    let (number, _) = casework.order_limited(&by("leo"), &id, &waived).await.unwrap();
    casework.mark_limited(&id, &AMBER, 1, "digest").await.unwrap();
    desk.wait_until(HOLD_IS_OVER);
    let better = Draft {
        summary: "Two crafted packets make the parser write past its buffer.".to_owned(),
        ..draft()
    };
    casework.redraft_advisory(&by("ana"), &id, better).await.unwrap();
    casework.approve(&by("lea"), &id).await.unwrap();
    let public = casework.order_release(&by("leo"), &id, "").await.unwrap();
    let theirs = has(&desk, &id, &AMBER).unwrap();
    assert_eq!(theirs.advisory.summary, public.released.advisory().summary);
    let revisions: Vec<u32> = theirs
        .advisory
        .revisions
        .iter()
        .map(|revision| revision.number)
        .collect();
    assert_eq!(
        (theirs.advisory.number.clone(), revisions, theirs.on_disk),
        (number, vec![1, 2], false)
    );
    // A withdrawal reaches them too.
    casework.mark_published(&id, 1, "digest").await.unwrap();
    casework.mark_limited(&id, &AMBER, 2, "digest").await.unwrap();
    casework
        .withdraw_advisory(&two("lea", "leo"), &id, "It is none.")
        .await
        .unwrap();
    assert!(
        has(&desk, &id, &AMBER)
            .unwrap()
            .advisory
            .title
            .starts_with("Withdrawn: ")
    );
    check_replay(&desk).await;
}

/// Nothing of it became public, and it turned out to be none: whoever has it is told.
#[tokio::test]
async fn what_only_some_have_is_taken_back_from_them() {
    let desk = Desk::open().await;
    let (_, id) = held(&desk).await;
    let casework = &desk.casework;
    let waived = order(&AMBER, &["N13"]);
    check_refused(
        &desk,
        casework.withdraw_advisory(&two("lea", "leo"), &id, "It is none."),
        "cannot be withdrawn",
    )
    .await;
    let (number, _) = casework.order_limited(&by("leo"), &id, &waived).await.unwrap();
    casework.mark_limited(&id, &AMBER, 1, "digest").await.unwrap();
    let last = casework
        .withdraw_advisory(&two("lea", "leo"), &id, "It is none.")
        .await
        .unwrap();
    assert_eq!((last.number, last.revision), (number, 2));
    assert_eq!(last.released.audience(), &AMBER);
    assert!(
        has(&desk, &id, &AMBER)
            .unwrap()
            .advisory
            .summary
            .starts_with("This advisory is withdrawn: ")
    );
    assert!(!casework.has_waiting_release() && casework.has_waiting_limited());
    assert_eq!(casework.board().advisories[&id].stage, Stage::Withdrawn);
    check_replay(&desk).await;
}

#[tokio::test]
async fn a_release_to_a_party_arrives_at_its_instant_or_is_held_back() {
    let desk = Desk::open().await;
    let (_, id) = held(&desk).await;
    let casework = &desk.casework;
    customer(&desk, "acme", NOZOMI).await;
    let instant = "2026-11-02T09:00:00Z";
    let plan = scheduling(instant);
    casework
        .schedule_limited(&by("leo"), &id, &order(&AMBER, &[]), &plan)
        .await
        .unwrap();
    casework
        .schedule_limited(&by("leo"), &id, &order(&party("acme"), &["N13"]), &plan)
        .await
        .unwrap();
    assert_eq!(casework.next_publication(), Some(at(instant)));
    desk.wait_until(instant);
    let lease = casework.publisher_lease("one").await.unwrap().unwrap();
    let arrived = casework.order_arrived(&lease).await.unwrap();
    let [Arrived::HeldBack { why, .. }, Arrived::Ordered { .. }] = arrived.as_slice() else {
        panic!("{arrived:?}")
    };
    assert!(why.contains("§N13"), "{why}");
    let [again] = casework.order_arrived(&lease).await.unwrap().try_into().unwrap();
    assert!(matches!(again, Arrived::HeldBack { .. }));
    casework.mark_limited(&id, &party("acme"), 1, "digest").await.unwrap();
    let release = has(&desk, &id, &party("acme")).unwrap();
    assert_eq!(
        (release.order.scheduled, release.order.late_s),
        (Some(at(instant)), Some(0))
    );
    // A text that goes back to its author goes to nobody.
    casework.send_back(&by("lea"), &id, "Say more.").await.unwrap();
    assert_eq!(casework.order_arrived(&lease).await.unwrap(), []);
    check_replay(&desk).await;
}

/// What had to go from the public goes from everybody, with its bytes.
#[tokio::test]
async fn a_version_that_had_to_go_is_in_no_other_hands() {
    let desk = Desk::open().await;
    let (_, id) = held(&desk).await;
    let casework = &desk.casework;
    casework
        .order_limited(&by("leo"), &id, &order(&AMBER, &["N13"]))
        .await
        .unwrap();
    let bytes = |text: &str| KeptBytes {
        json: text.as_bytes().to_vec(),
        signature: "signature".to_owned(),
    };
    let theirs = casework
        .keep_bytes_for(&id, &AMBER, bytes("theirs"), Vec::new())
        .await
        .unwrap();
    casework.mark_limited(&id, &AMBER, 1, "digest").await.unwrap();
    desk.wait_until(HOLD_IS_OVER);
    casework.order_release(&by("leo"), &id, "").await.unwrap();
    casework.keep_bytes(&id, bytes("public"), Vec::new()).await.unwrap();
    casework.mark_published(&id, 1, "digest").await.unwrap();
    assert!(casework.kept_bytes(&theirs).await.unwrap().is_some());
    casework
        .remove_version(&two("lea", "leo"), &id, 1, "It named somebody.")
        .await
        .unwrap();
    assert_eq!(casework.kept_bytes(&theirs).await.unwrap(), None);
    assert!(casework.limited_releases(NOZOMI).is_empty() && casework.has_waiting_limited());
    check_replay(&desk).await;
    let desk = desk.reopened().await;
    check_replay(&desk).await;
}

/// An earlier version stays reachable with its own text and bytes, until it has to go.
#[tokio::test]
async fn versions_that_were_replaced_are_kept_with_who_stood_behind_them() {
    let desk = Desk::open().await;
    let (_, id) = held(&desk).await;
    let casework = &desk.casework;
    desk.wait_until(HOLD_IS_OVER);
    for (round, summary) in ["", "More is known.", "Still more is known."].into_iter().enumerate() {
        if round > 0 {
            let text = Draft {
                details: Some(format!("Round {round} in {GUARDIAN}.")),
                ..draft()
            };
            casework.redraft_advisory(&by("ana"), &id, text).await.unwrap();
            casework.approve(&by("lea"), &id).await.unwrap();
        }
        casework.order_release(&by("leo"), &id, summary).await.unwrap();
        let bytes = KeptBytes {
            json: format!("version {}", round + 1).into_bytes(),
            signature: "signature".to_owned(),
        };
        casework.keep_bytes(&id, bytes, Vec::new()).await.unwrap();
        casework.mark_published(&id, 1, "digest").await.unwrap();
    }
    let earlier = |desk: &Desk| -> Vec<(u32, String)> {
        let out = desk.casework.out_versions(NOZOMI).versions;
        let text = |out: &crate::OutVersion| {
            let released = desk.casework.out_version(&out.id, out.version.revision);
            released.unwrap().advisory().details.clone()
        };
        let replaced = out.iter().filter(|out| out.is_replaced);
        replaced.map(|out| (out.version.revision, text(out))).collect()
    };
    assert_eq!(
        earlier(&desk),
        [(1, String::new()), (2, format!("Round 1 in {GUARDIAN}."))]
    );
    // The present one is out, too, and none waits for the tree.
    assert_eq!(casework.releases(NOZOMI).len(), 1);
    assert!(casework.open_releases(NOZOMI).is_empty());
    assert_eq!(casework.out_versions(NOZOMI).versions.len(), 3);
    assert_eq!(casework.out_version(&id, 4), None);
    let why = "It named somebody.";
    casework.remove_version(&two("lea", "leo"), &id, 2, why).await.unwrap();
    assert_eq!(earlier(&desk), [(1, String::new())]);
    assert!(casework.has_waiting_release(), "the tree still has it");
    let size = casework.board().size;
    casework.mark_published(&id, 2, "digest").await.unwrap();
    assert_eq!(casework.board().size, size + 1, "it is no event of the case");
    assert!(!casework.has_waiting_release());
    let removed = casework.tombstones(NOZOMI);
    let [removed] = removed.as_slice() else {
        panic!("{removed:?}")
    };
    assert!(removed.in_tree && !removed.tombstone.current);
    check_replay(&desk).await;
}

/// That there is a release for some only is for them: no text for everybody names it.
#[tokio::test]
async fn a_public_text_does_not_name_a_release_for_some() {
    let desk = Desk::open().await;
    let (case, id) = held(&desk).await;
    let casework = &desk.casework;
    let (number, _) = casework
        .order_limited(&by("leo"), &id, &order(&AMBER, &["N13"]))
        .await
        .unwrap();
    let other = casework
        .draft_advisory(
            &by("ana"),
            std::slice::from_ref(&case),
            Draft {
                summary: format!("See {} too.", number.to_lowercase()),
                ..draft()
            },
        )
        .await
        .unwrap();
    let findings = casework.prospect(&by("ana"), &other).unwrap().findings;
    assert!(
        findings
            .iter()
            .any(|finding| finding.field == "summary" && finding.message.contains("an advisory for some only")),
        "{findings:#?}"
    );
    check_refused(&desk, casework.approve(&by("lea"), &other), "an advisory for some only").await;
    let note = format!("Fixes what {number} told.");
    let both = two("lea", "leo");
    check_refused(
        &desk,
        casework.publish_release_note(&both, &case, GUARDIAN, "25.1.2", &note),
        "an advisory for some only",
    )
    .await;
    // Its own text has that number, and is as good as before.
    let again = casework.prospect(&by("ana"), &id).unwrap().findings;
    assert!(
        again.iter().all(|finding| !finding.message.contains("for some only")),
        "{again:#?}"
    );
}
