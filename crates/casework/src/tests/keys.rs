//! Keys of brands: one is in use, the others are kept, and what a key says of itself is recorded once.

use super::world::{Desk, NOZOMI, T128, by, new_key, two};
use crate::{ActError, ChangedKey, KeptBytes, KeyWish, NewKey, NewSignature, end_after};
use psirt::house::key::{KeyReason, KeyUse};

const ROTATE: KeyWish = KeyWish {
    replace: true,
    ..KeyWish::first(KeyUse::Sign)
};

fn key(fingerprint: &str) -> NewKey {
    NewKey {
        fingerprint: fingerprint.to_owned(),
        ..new_key("")
    }
}

fn check_said<T: std::fmt::Debug>(outcome: Result<T, ActError>, part: &str) {
    let message = outcome.unwrap_err().to_string();
    assert!(message.contains(part), "{message}");
}

fn in_use(desk: &Desk) -> String {
    let board = desk.casework.board();
    board.house.signing_key(NOZOMI).unwrap().fingerprint.clone()
}

#[tokio::test]
async fn a_brand_has_one_key_of_a_use_until_another_takes_its_place() {
    let desk = Desk::open().await;
    let (casework, root) = (&desk.casework, by("root"));
    let first = in_use(&desk);
    let again = casework.make_key(&root, NOZOMI, KeyWish::first(KeyUse::Sign), |_| Ok(key("F1")));
    check_said(again.await, "has its signing key already");
    let made = casework.make_key(&root, NOZOMI, ROTATE, |order| {
        assert_eq!(
            (order.seed.len(), order.until_s - order.created_s),
            (32, 1_096 * 86_400)
        );
        Ok(key("F1"))
    });
    assert_eq!(made.await.unwrap(), "F1");
    assert_eq!(in_use(&desk), "F1");
    assert!(casework.board().house.key(&first).is_some(), "the old one is kept");
    // A key comes once, whoever has it.
    check_said(
        casework.import_key(&by("root"), NOZOMI, ROTATE, key(&first)).await,
        "each key comes once",
    );
    let intake = KeyWish::first(KeyUse::Intake);
    let order_intake = casework.make_key(&root, NOZOMI, intake, |order| {
        assert_eq!(order.seed.len(), 96);
        Ok(key("F2"))
    });
    order_intake.await.unwrap();
    assert_eq!(in_use(&desk), "F1", "an intake key signs nothing");
    let none = KeyWish {
        replace: true,
        ..intake
    };
    check_said(
        casework.import_key(&by("root"), T128, none, key("F3")).await,
        "no intake key yet",
    );
    check_said(
        casework.import_key(&by("lea"), T128, intake, key("F3")).await,
        "is for: administrator",
    );
    check_said(end_after(desk.casework.now(), 11), "1 to 10 years");
}

#[tokio::test]
async fn what_a_key_says_of_itself_is_recorded_once() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let changed = |public: &str, revoked: Option<KeyReason>| ChangedKey {
        fingerprint: in_use(&desk),
        public: public.to_owned(),
        until_s: Some(1_900_000_000),
        revoked: revoked.map(|reason| (reason, "the disk was lost".to_owned())),
    };
    let longer = changed("longer", None);
    casework.change_key(&by("root"), &longer).await.unwrap();
    let size = casework.board().size;
    casework.change_key(&by("root"), &longer).await.unwrap();
    assert_eq!(casework.board().size, size);
    let revoked = changed("revoked", Some(KeyReason::Compromised));
    check_said(casework.change_key(&by("lea"), &revoked).await, "is for: administrator");
    casework.change_key(&by("root"), &revoked).await.unwrap();
    check_said(
        casework.change_key(&by("root"), &changed("back", None)).await,
        "nothing takes back that the signing key",
    );
    let unknown = ChangedKey {
        fingerprint: "F9".to_owned(),
        ..longer
    };
    check_said(
        casework.change_key(&by("root"), &unknown).await,
        "no brand has the key `F9`",
    );
}

/// The clauses that ask for a valid signing key ask for one that can be used when it is published.
#[tokio::test]
async fn nothing_is_ordered_under_a_revoked_key() {
    let desk = Desk::open().await;
    let case = desk.fixed().await;
    let id = desk.approved_advisory(&case).await;
    let fingerprint = in_use(&desk);
    let revoked = ChangedKey {
        fingerprint,
        public: "revoked".to_owned(),
        until_s: None,
        revoked: Some((KeyReason::Retired, "a new one comes".to_owned())),
    };
    // Everybody reads why.
    let case = desk.report("A header is missing").await;
    let telling = ChangedKey {
        revoked: Some((KeyReason::Retired, format!("It signed {case} too early."))),
        ..revoked.clone()
    };
    check_said(
        desk.casework.change_key(&by("root"), &telling).await,
        "a tracking number",
    );
    desk.casework.change_key(&by("root"), &revoked).await.unwrap();
    desk.wait_until("2027-01-04T09:00:00Z");
    let refused = desk.casework.order_release(&two("lea", "leo"), &id, "").await;
    check_said(refused, "signing key");
    desk.casework
        .import_key(&by("root"), NOZOMI, ROTATE, key("F1"))
        .await
        .unwrap();
    desk.casework.order_release(&two("lea", "leo"), &id, "").await.unwrap();
}

#[tokio::test]
async fn everything_is_signed_again_in_one_commit_and_once() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let case = desk.fixed().await;
    let id = desk.approved_advisory(&case).await;
    desk.wait_until("2027-01-04T09:00:00Z");
    casework.order_release(&two("lea", "leo"), &id, "").await.unwrap();
    let bytes = KeptBytes {
        json: b"{}".to_vec(),
        signature: "by the first".to_owned(),
    };
    let version = casework.keep_bytes(&id, bytes, Vec::new()).await.unwrap();
    let new = |sha256: &str| NewSignature {
        id: id.clone(),
        audience: psirt::advisory::Audience::Public,
        revision: 1,
        sha256: sha256.to_owned(),
        signature: "by the second".to_owned(),
        from: "F016".to_owned(),
    };
    let to = in_use(&desk);
    let root = by("root");
    let renew = async |sha256: &str| casework.renew_signatures(&root, NOZOMI, &to, &[new(sha256)]).await;
    assert_eq!(renew("of other bytes").await.unwrap(), 0);
    assert_eq!(renew(&version.sha256).await.unwrap(), 1);
    let size = casework.board().size;
    assert_eq!(renew(&version.sha256).await.unwrap(), 0);
    assert_eq!(casework.board().size, size, "a repetition records nothing");
    let kept = casework.fixed_versions(NOZOMI);
    assert_eq!(kept[0].2.signature, "by the second");
    assert_eq!(kept[0].2.blob, version.blob, "the bytes are those of before");
    // Another process, from the journal alone.
    let twin = desk.twin().await;
    assert_eq!(twin.fixed_versions(NOZOMI), kept);
    casework
        .import_key(&by("root"), NOZOMI, ROTATE, key("F1"))
        .await
        .unwrap();
    check_said(renew(&version.sha256).await, "was replaced meanwhile");
}
