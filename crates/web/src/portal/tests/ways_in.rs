//! How somebody who wrote by mail gets into their room, and what stands in it for them.

use super::rooms::{HOST, House, run};
use super::*;
use crate::tests::answered;
use casework::{Actor, MailReading, Message};
use psirt::event::Event;
use psirt::house::mail::{Envelope, SenderKey};

const RITA: &str = "rita@researcher.example";

impl House {
    async fn page(&self, path: &str) -> String {
        let asked = Request::get(path).header("host", HOST).body(Body::empty()).unwrap();
        answered(&self.portal, asked).await.body
    }

    /// A report of Rita's by mail, and the letter that answers it.
    async fn by_mail(&self, keys: Vec<SenderKey>) -> (String, casework::LetterToSend) {
        let message = Message {
            envelope: Envelope {
                from: Some(RITA.to_owned()),
                to: vec![format!("psirt@{SITE}")],
                is_earlier: false,
            },
            brand: Some("house".to_owned()),
            ..Message::default()
        };
        let source = std::io::Cursor::new(b"It crashes".to_vec());
        let part = Actor::part("mail");
        let kept = self
            .casework
            .receive_mail(&part, message, source, || [7; 32])
            .await
            .unwrap();
        let task = self.casework.next_mail().await.unwrap().unwrap();
        let reading = MailReading {
            title: "Crash".to_owned(),
            text: "It crashes quickly".to_owned(),
            from: vec![RITA.to_owned()],
            message_id: Some("<1@researcher.example>".to_owned()),
            signature: "none".to_owned(),
            opens_case: true,
            keys,
            ..MailReading::default()
        };
        self.casework.understand_mail(&task, reading).await.unwrap();
        let letter = self.casework.next_letter(|_, _, _| true).await.unwrap().unwrap();
        (kept.number, letter)
    }
}

#[test]
fn who_was_shown_no_link_is_told_how_to_get_it() {
    run(async {
        let house = House::open().await;
        let (_, sent) = house.by_mail(Vec::new()).await;
        let address = sent.letter.reports[0].room.clone().unwrap();
        let door = house.page(&format!("/room/at/{address}")).await;
        assert!(
            door.contains("in an encrypted letter") && door.contains("public key attached"),
            "{door}"
        );
        assert!(!door.contains("that you were shown"), "{door}");
    });
}

#[test]
fn a_room_says_what_is_asked_until_when_and_what_was_sent() {
    run(async {
        let house = House::open().await;
        let key = SenderKey {
            fingerprint: "F".to_owned(),
            public: "key".to_owned(),
            origin: "attached".to_owned(),
            signers: Vec::new(),
        };
        let (number, sent) = house.by_mail(vec![key]).await;
        let secret = sent.letter.sealed.as_ref().unwrap().secrets[0].clone().unwrap();
        let asked = Event::InfoRequested {
            reporter: None,
            items: vec!["proof-of-concept".to_owned()],
            text: Some("Which build is it?".to_owned()),
            in_clear: None,
        };
        house
            .casework
            .act(&Actor::person("ana"), &number, None, asked)
            .await
            .unwrap();
        let seen = || {
            let board = house.casework.board();
            board.report_of_number(&number).unwrap().1.seen.len()
        };
        assert_eq!(seen(), 0);
        let page = house.page(&format!("/room/{}", secret.as_str())).await;
        for part in [
            "What we ask you",
            "Which build is it?",
            "How can we see it ourselves?",
            "It crashes quickly",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert_eq!(seen(), 1, "since now she knows it");
    });
}
