//! Keys that a person gives: they come before what came by itself, bring what was pending, hold for an address, and go with their sender.

use super::letters::{RITA, key, letter};
use super::world::{Desk, by, check_refused, two};
use crate::{LetterToSend, MailReading, reporter_keys};
use psirt::house::book::{ADDRESS_BOOK, GivenKey, KEY_DIRECTORY};
use psirt::house::mail::SenderKey;

fn given(public: &str, origin: &str, address: &str) -> GivenKey {
    GivenKey {
        address: address.to_owned(),
        key: SenderKey {
            fingerprint: fingerprint(public),
            ..key(public, origin)
        },
        why: None,
    }
}

fn fingerprint(public: &str) -> String {
    let digits: String = public.bytes().rev().map(|byte| format!("{byte:02X}")).collect();
    format!("{digits:0<40}")[..40].to_owned()
}

impl Desk {
    async fn give(&self, number: &str, given: GivenKey) -> usize {
        self.casework.give_key(&by("ana"), number, given).await.unwrap()
    }

    /// The keys of a reporter, as they are tried; on the board, and on one from the journal alone.
    async fn check_keys(&self, number: &str, expect: &[(&str, &str)]) {
        let listed = self.casework.keys_of_reporter(&by("ana"), number).unwrap();
        let found: Vec<(&str, &str)> = listed
            .iter()
            .map(|key| (key.fingerprint.as_deref().unwrap_or_default(), key.origin.word()))
            .collect();
        assert_eq!(found, expect);
        let scratch = self.casework.board_from_scratch().await.unwrap();
        let (stream, _) = scratch.report_of_number(number).unwrap();
        assert_eq!(reporter_keys(&scratch, stream), listed);
    }

    /// Under which keys letters go that a message to the reporter of a case causes.
    async fn check_news(&self, number: &str, expect: &[Option<&str>]) {
        self.act(number, "messaged = { text = \"Which version?\" }").await;
        let sent = self.sent().await;
        let keys: Vec<Option<&str>> = sent.iter().map(under).collect();
        assert_eq!(keys, expect);
    }
}

fn under(sent: &LetterToSend) -> Option<&str> {
    Some(sent.letter.sealed.as_ref()?.certificate.as_str())
}

#[tokio::test]
async fn a_key_that_a_person_gives_brings_what_was_pending() {
    let desk = Desk::open().await;
    let number = desk.written(RITA, "It crashes").await;
    desk.check_news(&number, &[None, None]).await;
    desk.check_keys(&number, &[]).await;
    let public = format!("good {RITA}");
    let letters = desk.give(&number, given(&public, KEY_DIRECTORY, RITA)).await;
    assert_eq!(letters, 1, "the news that nobody could read");
    let sent = desk.sent().await;
    assert_eq!(sent.iter().map(under).collect::<Vec<_>>(), [Some(public.as_str())]);
    assert!(sent[0].letter.sealed.as_ref().unwrap().news.is_some());
    assert_eq!(desk.give(&number, given(&public, KEY_DIRECTORY, RITA)).await, 0);
    desk.check_keys(&number, &[(&fingerprint(&public), "wkd")]).await;
}

#[tokio::test]
async fn what_goes_out_for_a_key_waits_for_no_pause() {
    let desk = Desk::open().await;
    let number = desk.written(RITA, "It crashes").await;
    assert_eq!(desk.sent().await.len(), 1, "the acknowledgement, in clear");
    let letters = desk.give(&number, given("good", ADDRESS_BOOK, RITA)).await;
    assert_eq!(letters, 1);
    // At the same instant, although the pause after the first one has just begun.
    let sent = desk.sent().await;
    assert_eq!(sent.iter().map(under).collect::<Vec<_>>(), [Some("good")]);
    // Whatever else they send waits for its turn.
    desk.written(RITA, "It hangs").await;
    assert!(desk.sent().await.is_empty());
}

#[tokio::test]
async fn a_persons_word_comes_first_then_a_directorys_then_what_came_by_itself() {
    let desk = Desk::open().await;
    let brought = MailReading {
        keys: vec![key(&format!("good came {RITA}"), "autocrypt")],
        ..letter(RITA, "It crashes")
    };
    let number = desk.came(brought, RITA).await;
    let public = |name: &str| format!("{name} {RITA}");
    let (came, found) = (public("good came"), public("good found"));
    let (mine, newer) = ("good without an address", "bad, newer");
    assert_eq!(
        desk.sent().await.iter().map(under).collect::<Vec<_>>(),
        [Some(came.as_str())]
    );
    desk.give(&number, given(mine, ADDRESS_BOOK, RITA)).await;
    desk.give(&number, given(&found, KEY_DIRECTORY, RITA)).await;
    desk.check_news(&number, &[Some(mine)]).await;
    // One that does not work stands in nobody's way.
    desk.give(&number, given(newer, ADDRESS_BOOK, RITA)).await;
    desk.check_keys(
        &number,
        &[
            (&fingerprint(newer), "address-book"),
            (&fingerprint(mine), "address-book"),
            (&fingerprint(&found), "wkd"),
            (&format!("F-{came}"), "autocrypt"),
        ],
    )
    .await;
    desk.check_news(&number, &[Some(mine)]).await;
    for (dropped, next) in [(mine, &found), (&found, &came)] {
        // As GnuPG prints them, in groups.
        let (head, tail) = (&fingerprint(dropped)[..20], &fingerprint(dropped)[20..]);
        let typed = format!("{head}  {}", tail.to_ascii_lowercase());
        desk.casework.drop_key(&by("ana"), &number, &typed).await.unwrap();
        desk.check_news(&number, &[Some(next)]).await;
    }
}

#[tokio::test]
async fn a_key_holds_for_every_report_of_its_address_and_for_no_other() {
    let desk = Desk::open().await;
    let first = desk.written(RITA, "It crashes").await;
    let second = desk.written(RITA, "It hangs").await;
    let other = desk.written("sam@researcher.example", "It burns").await;
    desk.sent().await;
    desk.give(&first, given("good", ADDRESS_BOOK, "Rita@researcher.example"))
        .await;
    desk.sent().await;
    desk.check_news(&second, &[Some("good")]).await;
    desk.check_news(&other, &[None]).await;
    // Somebody else wrote it, as is found out later.
    let casework = &desk.casework;
    casework
        .name_sender(&by("ana"), &second, "sam@researcher.example")
        .await
        .unwrap();
    desk.check_keys(&second, &[]).await;
    desk.check_keys(&first, &[(&fingerprint("good"), "address-book")]).await;
}

#[tokio::test]
async fn whoever_signs_with_a_given_key_is_known_by_it() {
    let desk = Desk::open().await;
    let number = desk.written(RITA, "It crashes").await;
    desk.sent().await;
    desk.give(&number, given("good", KEY_DIRECTORY, RITA)).await;
    let id = desk.casework.mail_thread(&by("ana"), &number).await.unwrap().message_id;
    for (text, signer, state) in [("By me", "good", "reply"), ("By somebody", "other", "report")] {
        let home = "rita@home.example";
        let signed = MailReading {
            signature: "good".to_owned(),
            signer: Some(fingerprint(signer)),
            references: vec![id.clone()],
            ..letter(home, text)
        };
        let came = desk.came(signed, home).await;
        let rows = desk.casework.mail(&by("ana"), false, 10).unwrap().0;
        let row = rows.iter().find(|row| row.number == came).unwrap();
        assert_eq!(row.state, state, "{text}");
    }
}

#[tokio::test]
async fn a_key_goes_with_whoever_sent_the_report() {
    let desk = Desk::open().await;
    let number = desk.written(RITA, "It crashes").await;
    let again = desk.written(RITA, "It hangs").await;
    desk.give(&number, given("good", ADDRESS_BOOK, RITA)).await;
    desk.check_keys(&again, &[(&fingerprint("good"), "address-book")]).await;
    let both = two("lea", "leo");
    desk.casework.shred_person(&both, &[&number], "Art. 17").await.unwrap();
    desk.check_keys(&number, &[]).await;
    desk.check_keys(&again, &[]).await;
}

#[tokio::test]
async fn nobody_gives_a_key_for_whom_no_letter_reaches() {
    let desk = Desk::open().await;
    let number = desk.written(RITA, "It crashes").await;
    let give = |who: &'static str, number: &str, given: GivenKey| {
        let (casework, number) = (desk.casework.clone(), number.to_owned());
        async move { casework.give_key(&by(who), &number, given).await }
    };
    let good = || given("good", ADDRESS_BOOK, RITA);
    check_refused(&desk, give("audrey", &number, good()), "give-key").await;
    check_refused(&desk, give("root", &number, good()), "no such report, or not for you").await;
    let of_sam = given("good", ADDRESS_BOOK, "sam@researcher.example");
    check_refused(&desk, give("ana", &number, of_sam), "has another address").await;
    let long = given(&"x".repeat(70_000), ADDRESS_BOOK, RITA);
    check_refused(&desk, give("ana", &number, long), "64 KiB").await;
    let silent = GivenKey {
        why: Some(" \n".to_owned()),
        ..good()
    };
    check_refused(&desk, give("ana", &number, silent), "how you know").await;
    let by_hand = desk.report("It crashes").await;
    check_refused(
        &desk,
        give("ana", &by_hand, good()),
        "no letter goes to whoever sent this",
    )
    .await;
    let ana = by("ana");
    let drop = desk.casework.drop_key(&ana, &number, "good");
    check_refused(&desk, drop, "no person gave such a key").await;
    for place in 0..8 {
        desk.give(&number, given(&format!("good {place}"), ADDRESS_BOOK, RITA))
            .await;
    }
    check_refused(&desk, give("ana", &number, good()), "8 keys were given").await;
}
