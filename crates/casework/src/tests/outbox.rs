//! What follows a publication: ordered with its record, once; folded into what is newer; ended by a person, once.

use super::limited::confidential;
use super::world::{Desk, at, by, check_refused, draft, event, two};
use crate::{Casework, Draft, LimitedOrder, Outbound};
use psirt::advisory::{Audience, DeliveryEnd, Follow, Tlp};
use psirt::clock::State;
use psirt::event::Kind;
use store::Effect;

const HOLD_IS_OVER: &str = "2027-01-04T09:00:00Z";
const CVE: &str = "CVE-1900-0001";

fn waiting(casework: &Casework) -> Vec<Outbound> {
    casework.outbox(&by("ana"), false).unwrap()
}

/// What waits, each as `what rev revision clause due`.
fn check_waits(casework: &Casework, expect: &[&str]) {
    let entry = |entry: Outbound| {
        let due = entry.due.map_or("-".to_owned(), |due| due.to_string());
        let clause = entry.clause.unwrap_or("-".to_owned());
        format!("{} rev {} {clause} {due}", entry.follow.name(), entry.revision)
    };
    let found: Vec<String> = waiting(casework).into_iter().map(entry).collect();
    assert_eq!(found, expect);
}

/// How many jobs of this kind a worker would find; claims them.
async fn jobs(desk: &Desk, effect: &str) -> usize {
    let effect = Effect::new(effect).unwrap();
    let now = desk.casework.now().as_microsecond();
    let mut count = 0;
    while let Some(_claimed) = desk.store.claim_job(&effect, now, now + 1).await.unwrap() {
        count += 1;
    }
    count
}

fn has(casework: &Casework, case: &str, kind: Kind) -> usize {
    let board = casework.board();
    let (_, case) = board.case_of_number(case).unwrap();
    case.entries.iter().filter(|entry| entry.event.kind() == kind).count()
}

/// Ana's next version, approved by Lea, ordered by Leo and recorded.
async fn revise(casework: &Casework, id: &str, draft: Draft) {
    casework.redraft_advisory(&by("ana"), id, draft).await.unwrap();
    casework.approve(&by("lea"), id).await.unwrap();
    casework.order_release(&by("leo"), id, "More is known.").await.unwrap();
    casework.mark_published(id, 2, "digest").await.unwrap();
}

/// A published advisory of the first brand, a CNA without a list: case and id.
async fn recorded(desk: &Desk) -> (String, String) {
    let case = desk.fixed().await;
    desk.act(&case, &format!("cve-assigned = {{ id = \"{CVE}\" }}")).await;
    let id = desk.approved_advisory(&case).await;
    desk.wait_until(HOLD_IS_OVER);
    desk.casework.order_release(&by("leo"), &id, "").await.unwrap();
    assert_eq!(waiting(&desk.casework), [], "nothing follows before it is on disk");
    desk.casework.mark_published(&id, 1, "digest").await.unwrap();
    (case, id)
}

/// A published advisory of the second brand, which has a list and makes no records: case and id.
async fn announced(desk: &Desk) -> (String, String) {
    let (case, id) = confidential(desk, true).await;
    desk.wait_until("2026-09-02T12:00:00Z");
    desk.casework.order_release(&by("leo"), &id, "").await.unwrap();
    desk.casework.mark_published(&id, 1, "digest").await.unwrap();
    (case, id)
}

/// The bytes that a removal destroys.
async fn kept(casework: &Casework, id: &str) {
    let bytes = crate::KeptBytes {
        json: b"{}".to_vec(),
        signature: "signature".to_owned(),
    };
    casework.keep_bytes(id, bytes, Vec::new()).await.unwrap();
}

async fn check_replay(desk: &Desk) {
    let scratch = desk.casework.board_from_scratch().await.unwrap();
    assert_eq!(scratch.advisories, desk.casework.board().advisories);
}

#[tokio::test]
async fn what_follows_is_ordered_once_with_the_record_of_the_publication() {
    let desk = Desk::open().await;
    let (case, id) = recorded(&desk).await;
    let casework = &desk.casework;
    check_waits(casework, &["cve rev 1 §N29 2027-01-07T09:00:00Z"]);
    // Whoever was killed between the tree and the record repeats it; so does whoever was killed after.
    casework.mark_published(&id, 1, "digest").await.unwrap();
    desk.twin().await.mark_published(&id, 1, "digest").await.unwrap();
    check_waits(casework, &["cve rev 1 §N29 2027-01-07T09:00:00Z"]);
    assert_eq!((jobs(&desk, "cve").await, jobs(&desk, "announce").await), (1, 0));

    let outgoing = casework.outgoing(&by("ana"), &format!("{id}/1")).unwrap();
    assert_eq!(outgoing.follow(), &Follow::Cve(CVE.to_owned()));
    let done = casework.deliver(&by("ana"), "NN-2027:1-01/1", None).await.unwrap();
    assert_eq!((done.recorded, done.again), (vec![case.clone()], false));
    assert_eq!(has(casework, &case, Kind::CvePublished), 1);
    // The claims of above are over: a job that still waited would be found.
    desk.wait_until("2027-01-04T10:00:00Z");
    assert_eq!((waiting(casework), jobs(&desk, "cve").await), (vec![], 0));
    check_replay(&desk).await;
}

#[tokio::test]
async fn the_list_is_promised_within_a_day_and_the_promise_is_kept_by_the_handing_over() {
    let desk = Desk::open().await;
    let (case, id) = announced(&desk).await;
    let casework = &desk.casework;
    check_waits(casework, &["announce rev 1 §T6 2026-09-03T12:00:00Z"]);
    desk.wait_until("2026-09-03T13:00:00Z");
    let (ana, entry) = (by("ana"), format!("{id}/1"));
    for (instant, words) in [
        ("2026-09-02T11:00:00Z", "after it was public"),
        ("2026-09-03T14:00:00Z", "not after now"),
    ] {
        check_refused(&desk, casework.deliver(&ana, &entry, Some(at(instant))), words).await;
    }
    let told = Some(at("2026-09-03T10:00:00Z"));
    // As every back-dating that makes a late promise look kept.
    check_refused(&desk, casework.deliver(&ana, &entry, told), "§T6").await;
    casework.deliver(&two("ana", "lea"), &entry, told).await.unwrap();
    let board = casework.board();
    let (_, case) = board.case_of_number(&case).unwrap();
    let obligations = board.obligations(case, casework.now());
    let kept: Vec<_> = obligations
        .iter()
        .filter(|obligation| obligation.promise.ends == Kind::Announced)
        .map(|obligation| (obligation.state, obligation.met_at))
        .collect();
    assert_eq!(kept, [(State::Met, told)]);
}

#[tokio::test]
async fn a_revision_takes_the_place_of_what_still_waits() {
    let desk = Desk::open().await;
    let (case, id) = announced(&desk).await;
    let casework = &desk.casework;
    let cert = Follow::Cert("CERT-Example".to_owned());
    let asked = casework.add_delivery(&by("ana"), &id, cert.clone()).await.unwrap();
    assert_eq!(casework.add_delivery(&by("ben"), &id, cert).await.unwrap(), asked);
    let later = Draft {
        details: Some("More is known.".to_owned()),
        affected: [].into(),
        ..draft()
    };
    desk.wait_until("2026-09-02T15:00:00Z");
    revise(casework, &id, later.clone()).await;
    check_waits(
        casework,
        &["announce rev 2 §T6 2026-09-03T12:00:00Z", "cert rev 2 §T13 -"],
    );
    assert!(
        waiting(casework)
            .iter()
            .all(|entry| entry.since == at("2026-09-02T12:00:00Z"))
    );
    assert_eq!((jobs(&desk, "announce").await, jobs(&desk, "cert").await), (1, 1));
    let old = casework.outgoing(&by("ana"), &format!("{id}/1")).unwrap_err();
    assert!(old.to_string().contains(&format!("{id}/3")), "{old}");

    // The first text went out just before the second was published: that is recorded, and the second still waits.
    let sent = Some(at("2026-09-02T14:00:00Z"));
    let sent = casework.deliver(&by("ana"), &format!("{id}/1"), sent).await.unwrap();
    assert_eq!(sent.recorded, std::slice::from_ref(&case));
    check_waits(casework, &["announce rev 2 §T6 -", "cert rev 2 §T13 -"]);
    let both = casework.deliver(&by("ana"), &format!("{id}/3"), None).await.unwrap();
    assert_eq!((both.recorded, has(casework, &case, Kind::Announced)), (vec![], 1));
    desk.wait_until("2026-09-02T16:00:00Z");
    revise(
        casework,
        &id,
        Draft {
            details: Some("All is known.".to_owned()),
            ..later
        },
    )
    .await;
    check_waits(casework, &["cert rev 3 §T13 -", "announce rev 3 §T6 -"]);
    check_replay(&desk).await;
}

#[tokio::test]
async fn a_record_follows_again_only_where_it_says_something_else() {
    let desk = Desk::open().await;
    let (_, id) = recorded(&desk).await;
    let casework = &desk.casework;
    casework.deliver(&by("ana"), &format!("{id}/1"), None).await.unwrap();
    // The record holds no details.
    let more = Draft {
        details: Some("More is known.".to_owned()),
        ..draft()
    };
    revise(casework, &id, more.clone()).await;
    check_waits(casework, &[]);
    let other = Draft {
        summary: "A crafted packet makes the parser read and write past its buffer.".to_owned(),
        ..more
    };
    revise(casework, &id, other).await;
    check_waits(casework, &["cve rev 3 §N29 -"]);
}

#[tokio::test]
async fn what_was_withdrawn_before_it_was_told_says_so() {
    let desk = Desk::open().await;
    let (_, id) = announced(&desk).await;
    let casework = &desk.casework;
    casework
        .withdraw_advisory(&two("lea", "leo"), &id, "It describes another product.")
        .await
        .unwrap();
    // Until the withdrawal is on disk, what is public is what was.
    let before = casework.outgoing(&by("ana"), &format!("{id}/1")).unwrap();
    assert!(
        !before.released().unwrap().advisory().title.contains("Withdrawn"),
        "{before:?}"
    );
    casework.mark_published(&id, 2, "digest").await.unwrap();
    check_waits(casework, &["announce rev 2 §T6 2026-09-03T12:00:00Z"]);
    let outgoing = casework.outgoing(&by("ana"), &format!("{id}/2")).unwrap();
    assert!(outgoing.released().unwrap().advisory().title.starts_with("Withdrawn: "));
    assert!(outgoing.notes()[0].contains("withdrawn"), "{:?}", outgoing.notes());
}

/// A record says that a product is affected; nothing public says so any more.
#[tokio::test]
async fn a_record_that_waits_ends_with_the_withdrawal_and_its_reason() {
    let desk = Desk::open().await;
    let (_, id) = recorded(&desk).await;
    let casework = &desk.casework;
    let two = two("lea", "leo");
    casework
        .withdraw_advisory(&two, &id, "It describes another product.")
        .await
        .unwrap();
    check_waits(casework, &["cve rev 1 §N29 2027-01-07T09:00:00Z"]);
    casework.mark_published(&id, 2, "digest").await.unwrap();
    check_waits(casework, &[]);
    assert_eq!(jobs(&desk, "cve").await, 0);
    let ended = casework.outbox(&by("ana"), true).unwrap();
    let [entry] = ended.as_slice() else { panic!("{ended:?}") };
    let Some(DeliveryEnd::Skipped { why, .. }) = &entry.end else {
        panic!("{entry:?}")
    };
    assert_eq!(
        why,
        "The advisory is withdrawn: nothing that is public says any more that a product is affected, so there is no record to submit."
    );
    check_refused(
        &desk,
        casework.deliver(&by("ana"), &format!("{id}/1"), None),
        "candor outbox add",
    )
    .await;
    check_replay(&desk).await;
}

#[tokio::test]
async fn where_a_record_was_submitted_the_reason_says_what_is_left_to_do() {
    let desk = Desk::open().await;
    let (_, id) = recorded(&desk).await;
    let casework = &desk.casework;
    casework.deliver(&by("ana"), &format!("{id}/1"), None).await.unwrap();
    let other = Draft {
        summary: "A crafted packet makes the parser read and write past its buffer.".to_owned(),
        ..draft()
    };
    revise(casework, &id, other).await;
    check_waits(casework, &["cve rev 2 §N29 -"]);
    let two = two("lea", "leo");
    casework
        .withdraw_advisory(&two, &id, "It describes another product.")
        .await
        .unwrap();
    casework.mark_published(&id, 3, "digest").await.unwrap();
    check_waits(casework, &[]);
    let ended = casework.outbox(&by("ana"), true).unwrap();
    let last = ended.iter().find(|entry| entry.id == format!("{id}/2")).unwrap();
    assert!(
        matches!(&last.end, Some(DeliveryEnd::Skipped { why, .. }) if why.contains("rejected with CVE Services")),
        "{last:?}"
    );
}

#[tokio::test]
async fn what_had_to_go_is_not_delivered() {
    let desk = Desk::open().await;
    let (_, id) = announced(&desk).await;
    let casework = &desk.casework;
    kept(casework, &id).await;
    casework
        .remove_version(&two("lea", "leo"), &id, 1, "It held personal data.")
        .await
        .unwrap();
    check_waits(casework, &[]);
    assert_eq!(jobs(&desk, "announce").await, 0);
    let entry = format!("{id}/1");
    assert!(casework.outgoing(&by("ana"), &entry).is_err());
    check_refused(&desk, casework.deliver(&by("ana"), &entry, None), "is not delivered").await;
    check_replay(&desk).await;
}

#[tokio::test]
async fn nothing_of_an_embargo_is_ever_in_it() {
    let desk = Desk::open().await;
    let (_, id) = confidential(&desk, true).await;
    let casework = &desk.casework;
    let order = LimitedOrder {
        audience: Audience::Tlp(Tlp::Amber),
        waived: vec![("T12".to_owned(), "They ship our parser.".to_owned())],
        ..LimitedOrder::default()
    };
    casework.order_limited(&by("leo"), &id, &order).await.unwrap();
    casework.mark_limited(&id, &order.audience, 1, "digest").await.unwrap();
    check_waits(casework, &[]);
    for follow in [
        Follow::Announce,
        Follow::Cve(CVE.to_owned()),
        Follow::Cert("CERT".to_owned()),
    ] {
        check_refused(
            &desk,
            casework.add_delivery(&by("ana"), &id, follow),
            "nothing of this advisory is public",
        )
        .await;
    }
}

#[tokio::test]
async fn two_people_who_hand_it_over_at_once_record_it_once() {
    let desk = Desk::open().await;
    let (case, id) = announced(&desk).await;
    let twin = desk.twin().await;
    let (ana, ben) = (by("ana"), by("ben"));
    let entry = format!("{id}/1");
    let (here, there) = tokio::join!(
        desk.casework.deliver(&ana, &entry, None),
        twin.deliver(&ben, &entry, None)
    );
    let told = [here.unwrap(), there.unwrap()];
    assert_eq!(told.iter().filter(|told| told.again).count(), 1, "{told:?}");
    desk.casework.refresh().await.unwrap();
    assert_eq!(has(&desk.casework, &case, Kind::Announced), 1);
    let size = desk.casework.board().size;
    desk.casework.deliver(&ana, &entry, None).await.unwrap();
    assert_eq!(desk.casework.board().size, size);
}

#[tokio::test]
async fn a_lead_decides_that_something_is_not_delivered() {
    let desk = Desk::open().await;
    let (case, id) = announced(&desk).await;
    let casework = &desk.casework;
    let entry = format!("{id}/1");
    check_refused(
        &desk,
        casework.skip_delivery(&by("ana"), &entry, "Nobody reads it."),
        "is for: lead",
    )
    .await;
    check_refused(&desk, casework.skip_delivery(&by("lea"), &entry, " "), "the reason").await;
    casework
        .skip_delivery(&by("lea"), &entry, "Nobody reads it.")
        .await
        .unwrap();
    check_waits(casework, &[]);
    assert_eq!(
        (jobs(&desk, "announce").await, has(casework, &case, Kind::Announced)),
        (0, 0)
    );
    check_refused(
        &desk,
        casework.skip_delivery(&by("lea"), &entry, "Again."),
        "does not wait",
    )
    .await;
    check_refused(&desk, casework.deliver(&by("ana"), &entry, None), "candor outbox add").await;
    let ended = casework.outbox(&by("audrey"), true).unwrap();
    assert!(
        matches!(&ended[0].end, Some(DeliveryEnd::Skipped { by, why, .. }) if by == "lea" && why == "Nobody reads it.")
    );
    let again = casework.add_delivery(&by("ana"), &id, Follow::Announce).await.unwrap();
    assert_eq!(again, format!("{id}/2"));
    assert_eq!(
        casework.deliver(&by("ana"), &again, None).await.unwrap().recorded,
        [case]
    );
}

/// §T12: what leaves for a CERT leaves by two people, handed over by hand or not.
#[tokio::test]
async fn a_cert_is_told_where_a_person_asks_and_two_agree() {
    let desk = Desk::open().await;
    let (case, id) = announced(&desk).await;
    let casework = &desk.casework;
    let cert = Follow::Cert("CERT-Example".to_owned());
    let entry = casework.add_delivery(&by("ana"), &id, cert).await.unwrap();
    check_refused(&desk, casework.deliver(&by("ana"), &entry, None), "§T12").await;
    casework.deliver(&two("ana", "lea"), &entry, None).await.unwrap();
    assert_eq!(has(casework, &case, Kind::SharedWithCert), 1);
    // One CERT is not another.
    let other = Follow::Cert("Other-CERT".to_owned());
    let entry = casework.add_delivery(&by("ana"), &id, other).await.unwrap();
    casework.deliver(&two("ana", "lea"), &entry, None).await.unwrap();
    assert_eq!(has(casework, &case, Kind::SharedWithCert), 2);
}

#[tokio::test]
async fn others_learn_nothing_and_a_waived_promise_has_no_date() {
    let desk = Desk::open().await;
    let (case, id) = announced(&desk).await;
    let casework = &desk.casework;
    let entry = format!("{id}/1");
    for outsider in ["root", "nobody"] {
        assert!(casework.outbox(&by(outsider), true).is_err());
        assert!(casework.outgoing(&by(outsider), &entry).is_err());
        assert!(casework.deliver(&by(outsider), &entry, None).await.is_err());
    }
    check_refused(&desk, casework.deliver(&by("ana"), "adv-none/1", None), "no such entry").await;
    check_refused(&desk, casework.deliver(&by("ana"), &id, None), "no such entry").await;
    let waived = event("waived = { rule = \"announced\", why = \"The list is closed.\" }");
    casework.act(&two("lea", "leo"), &case, None, waived).await.unwrap();
    assert_eq!(waiting(casework)[0].due, None);
    let done = casework.deliver(&by("ana"), &entry, None).await.unwrap();
    assert_eq!(done.recorded, [case]);
}

/// Whoever had a version hears that it was removed; of what it said nothing is told.
#[tokio::test]
async fn a_removal_is_told_to_the_list_that_had_the_advisory() {
    let desk = Desk::open().await;
    let (case, id) = announced(&desk).await;
    let casework = &desk.casework;
    kept(casework, &id).await;
    casework.deliver(&by("ana"), &format!("{id}/1"), None).await.unwrap();
    let people = two("lea", "leo");
    casework
        .remove_version(&people, &id, 1, "It named a person.")
        .await
        .unwrap();
    assert_eq!(waiting(casework), [], "nobody is told before it is gone");
    casework.mark_published(&id, 2, "digest").await.unwrap();
    check_waits(casework, &["announce rev 1 - -"]);
    let entry = format!("{id}/2");
    let outgoing = casework.outgoing(&by("ana"), &entry).unwrap();
    assert!(outgoing.released().is_none());
    assert_eq!(outgoing.removed().map(|gone| gone.revision), Some(1));
    let before = has(casework, &case, Kind::Announced);
    casework.deliver(&by("ana"), &entry, None).await.unwrap();
    assert_eq!(
        (has(casework, &case, Kind::Announced), waiting(casework)),
        (before, vec![])
    );
    check_replay(&desk).await;
}

/// Whoever has a record of what was removed has to be told, too; the entry says what to do.
#[tokio::test]
async fn a_removal_asks_for_another_look_at_a_record_that_was_handed_over() {
    let desk = Desk::open().await;
    let (_, id) = recorded(&desk).await;
    let casework = &desk.casework;
    kept(casework, &id).await;
    casework.deliver(&by("ana"), &format!("{id}/1"), None).await.unwrap();
    let people = two("lea", "leo");
    casework
        .remove_version(&people, &id, 1, "It named a person.")
        .await
        .unwrap();
    casework.mark_published(&id, 2, "digest").await.unwrap();
    check_waits(casework, &["cve rev 1 - -"]);
    let outgoing = casework.outgoing(&by("ana"), &format!("{id}/2")).unwrap();
    assert!(outgoing.released().is_none() && outgoing.others().is_empty());
    casework.deliver(&by("ana"), &format!("{id}/2"), None).await.unwrap();
    assert_eq!(waiting(casework), []);
    check_replay(&desk).await;
}
