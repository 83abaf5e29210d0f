//! Customers and their tokens: shown once, known by their digest, for a time, until they are taken back.

use super::world::{Desk, NOZOMI, at, by, check_refused};
use psirt::advisory::{Audience, Tlp};
use psirt::house::Customer;

fn customer(id: &str, tlp: Option<Tlp>, party: bool) -> Customer {
    Customer {
        id: id.to_owned(),
        name: "Acme Corporation".to_owned(),
        brand: NOZOMI.to_owned(),
        tlp,
        party,
    }
}

fn check_reads(tlp: Option<Tlp>, party: bool, words: &[&str]) {
    let customer = customer("acme", tlp, party);
    let all = ["tlp:green", "tlp:amber", "tlp:red", "party:acme", "party:other"];
    let read: Vec<&str> = all
        .into_iter()
        .filter(|word| customer.reads(&Audience::from_name(word).unwrap()))
        .collect();
    assert_eq!(read, words);
}

#[test]
fn a_customer_reads_up_to_its_level_and_what_is_for_it_alone() {
    check_reads(Some(Tlp::Green), false, &["tlp:green"]);
    check_reads(Some(Tlp::Amber), true, &["tlp:green", "tlp:amber", "party:acme"]);
    check_reads(Some(Tlp::Red), false, &["tlp:green", "tlp:amber", "tlp:red"]);
    check_reads(None, true, &["party:acme"]);
}

#[tokio::test]
async fn a_token_opens_until_it_ends_or_is_taken_back() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    casework
        .set_customer(&by("lea"), customer("acme", Some(Tlp::Amber), false))
        .await
        .unwrap();
    check_refused(
        &desk,
        casework.make_token(&by("lea"), "other", 30),
        "no customer is called",
    )
    .await;
    check_refused(&desk, casework.make_token(&by("lea"), "acme", 0), "1 to 730 days").await;
    // Whoever reads no case cannot let somebody read advisories early: nor themselves.
    check_refused(&desk, casework.make_token(&by("root"), "acme", 30), "is for: lead").await;
    check_refused(
        &desk,
        casework.set_customer(&by("root"), customer("root", Some(Tlp::Red), true)),
        "is for: lead",
    )
    .await;
    check_refused(
        &desk,
        casework.set_customer(&by("lea"), customer("x", None, false)),
        "say which",
    )
    .await;

    let (one, two) = (
        casework.make_token(&by("lea"), "acme", 30).await.unwrap(),
        casework.make_token(&by("lea"), "acme", 60).await.unwrap(),
    );
    let opens = |secret: &str| casework.reader(secret).map(|reader| reader.token);
    assert_eq!(opens(one.secret.reveal()), Some(one.id.clone()));
    assert_eq!(opens(two.secret.reveal()), Some(two.id.clone()));
    for wrong in ["", "candor_", &one.id, &one.secret.digest().to_hex()] {
        assert_eq!(opens(wrong), None, "{wrong}");
    }
    // It is nowhere but in the customer's hands.
    let told = format!("{:?}{one:?}", *casework.board());
    assert!(!told.contains(&one.secret.reveal()["candor_".len()..]));

    casework.token_used(&one.id).await.unwrap();
    let size = casework.board().size;
    casework.token_used(&one.id).await.unwrap();
    casework.token_used("tok-none").await.unwrap();
    assert_eq!(casework.board().size, size, "once a day");
    let used = casework.board().house.tokens[&one.id].used;
    assert_eq!(used.map(|day| day.to_string()).as_deref(), Some("2026-09-01"));

    casework.revoke_token(&by("root"), &two.id).await.unwrap();
    casework.revoke_token(&by("lea"), &two.id).await.unwrap();
    assert_eq!(opens(two.secret.reveal()), None);
    assert_eq!(one.until, at("2026-10-01T08:00:00Z"));
    desk.wait_until("2026-10-01T07:59:59Z");
    assert!(opens(one.secret.reveal()).is_some());
    desk.wait_until("2026-10-01T08:00:00Z");
    assert_eq!(opens(one.secret.reveal()), None);
}
