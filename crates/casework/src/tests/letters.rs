//! Letters to reporters: to whom they may go, when, what is recorded of them, and what stays unsaid.

use super::rooms::seen;
use super::world::{Desk, NOZOMI, by};
use crate::{
    Actor, FormReport, Handover, LetterNews, LetterToSend, MailFile, MailReading, Message, QueuedLetter, case_of_job,
    late_letters, lost_letters,
};
use psirt::event::{Event, Kind};
use psirt::house::mail::{Envelope, SenderKey};
use std::io::Cursor;

pub(super) const RITA: &str = "rita@researcher.example";
const OURS: &str = "psirt@nozomi-networks.example";

pub(super) fn letter(from: &str, text: &str) -> MailReading {
    MailReading {
        title: "Crash in the parser".to_owned(),
        text: text.to_owned(),
        from: vec![from.to_owned()],
        message_id: Some(format!("<{}@researcher.example>", text.replace(' ', "-"))),
        signature: "none".to_owned(),
        opens_case: true,
        ..MailReading::default()
    }
}

fn no_key(_: &str, _: Option<&str>, _: i64) -> bool {
    false
}

/// A certificate is good if it says so; one that has to be of an address names it.
pub(super) fn good(armoured: &str, address: Option<&str>, _: i64) -> bool {
    armoured.contains("good") && address.is_none_or(|address| armoured.contains(address))
}

pub(super) fn key(public: &str, origin: &str) -> SenderKey {
    SenderKey {
        fingerprint: format!("F-{public}"),
        public: public.to_owned(),
        origin: origin.to_owned(),
        signers: Vec::new(),
    }
}

impl Desk {
    pub(super) async fn came(&self, reading: MailReading, envelope_from: &str) -> String {
        let message = Message {
            envelope: Envelope {
                from: Some(envelope_from.to_owned()),
                to: vec![OURS.to_owned()],
                is_earlier: false,
            },
            ..Message::default()
        };
        let (text, part) = (reading.text.clone(), Actor::part("mail"));
        let mut digest = [0; 32];
        for (place, byte) in text
            .bytes()
            .chain(reading.from.iter().flat_map(|from| from.bytes()))
            .enumerate()
        {
            digest[place % 32] ^= byte.rotate_left((place / 32) as u32);
        }
        let source = Cursor::new(text.into_bytes());
        let kept = self.casework.receive_mail(&part, message, source, || digest);
        let number = kept.await.unwrap().number;
        let task = self.casework.next_mail().await.unwrap().unwrap();
        self.casework.understand_mail(&task, reading).await.unwrap();
        number
    }

    pub(super) async fn written(&self, from: &str, text: &str) -> String {
        self.came(letter(from, text), from).await
    }

    async fn next(&self) -> Option<LetterToSend> {
        self.casework.next_letter(no_key).await.unwrap()
    }

    pub(super) async fn ended(&self, sent: &LetterToSend, handover: Handover) {
        self.casework.letter_ended(sent, &handover).await.unwrap();
    }

    fn queue(&self, number: &str) -> QueuedLetter {
        let letters = self.casework.letters(&by("ana"), true).unwrap();
        letters.into_iter().find(|letter| letter.number == number).unwrap()
    }

    fn check_state(&self, number: &str, state: &str, why: Option<&str>) {
        let found = self.queue(number);
        assert_eq!(found.state, state, "{number}: {found:?}");
        let said = found.why.unwrap_or_default();
        assert!(said.contains(why.unwrap_or_default()), "{number}: {said}");
    }

    fn acknowledged(&self, number: &str) -> usize {
        let board = self.casework.board();
        let (_, case) = board.case_of_number(number).unwrap();
        let said = case.entries.iter();
        said.filter(|entry| entry.event.kind() == Kind::Acknowledged).count()
    }
}

fn numbers(sent: &LetterToSend) -> Vec<&str> {
    sent.letter
        .reports
        .iter()
        .map(|report| report.number.as_str())
        .collect()
}

#[tokio::test]
async fn a_report_by_mail_is_acknowledged_once_the_server_has_the_letter() {
    let desk = Desk::open().await;
    let number = desk.written(RITA, "It crashes").await;
    desk.check_state(&number, "waits", None);
    let sent = desk.next().await.unwrap();
    assert_eq!((sent.letter.to.as_str(), numbers(&sent)), (RITA, vec![number.as_str()]));
    assert_eq!(sent.letter.answers.as_deref(), Some("It-crashes@researcher.example"));
    assert!(sent.letter.sealed.is_none(), "nothing confidential without a key");
    // The addresses of the letter lead into the case, and its room opens.
    assert!(sent.letter.reply_to.starts_with("psirt+") && sent.letter.message_id.contains(".d1@"));
    let room = sent.letter.reports[0].room.clone().unwrap();
    assert_eq!(desk.casework.room_status(NOZOMI, &room).unwrap().number, number);
    assert_eq!(desk.acknowledged(&number), 0);
    desk.wait_until("2026-09-01T08:03:00Z");
    desk.ended(&sent, Handover::Taken).await;
    desk.check_state(&number, "sent", None);
    assert_eq!(desk.acknowledged(&number), 1);
    assert!(desk.next().await.is_none());
    assert!(desk.casework.letters(&by("ana"), false).unwrap().is_empty());
    assert!(
        desk.casework.letters(&by("root"), true).is_err(),
        "an administrator reads no case content"
    );
    let board = desk.casework.board_from_scratch().await.unwrap();
    assert_eq!(board.report_of_number(&number).unwrap().1.letters.len(), 1);
}

#[tokio::test]
async fn nobody_is_written_to_who_must_not_be() {
    let desk = Desk::open().await;
    let automatic = |text: &str| MailReading {
        must_not_answer: true,
        ..letter(RITA, text)
    };
    let begging = MailReading {
        title: "Hello".to_owned(),
        ..letter(RITA, "Do you have a bounty program? I wait for my reward.")
    };
    let two = MailReading {
        from: vec![RITA.to_owned(), "eve@example.org".to_owned()],
        ..letter(RITA, "two senders")
    };
    let cases = [
        (automatic("a list passed it on"), RITA),
        (letter(RITA, "from nobody"), ""),
        (
            letter("rita@researcher.example\r\nBcc: eve@example.org", "two fields"),
            RITA,
        ),
        (letter("psirt+x@128-technology.example", "from us"), RITA),
        (begging, RITA),
        (two, RITA),
    ];
    for (reading, envelope) in cases {
        let text = reading.text.clone();
        desk.came(reading, envelope).await;
        assert!(desk.next().await.is_none(), "{text}");
    }
    assert!(desk.casework.letters(&by("ana"), true).unwrap().is_empty());

    // A reply goes on with a case, and gets no number of its own to be told.
    let number = desk.written(RITA, "It crashes").await;
    let sent = desk.next().await.unwrap();
    desk.ended(&sent, Handover::Taken).await;
    let reply = MailReading {
        to: vec![sent.letter.reply_to.clone()],
        ..letter(RITA, "One thing more")
    };
    desk.came(reply, RITA).await;
    assert!(desk.next().await.is_none());
    assert_eq!(desk.casework.letters(&by("ana"), true).unwrap().len(), 1);

    // Held until a person releases it; acknowledged then.
    let held = desk.casework.mail(&by("ana"), true, 1).unwrap().0[0].number.clone();
    desk.casework.release_mail(&by("ana"), &held).await.unwrap();
    let task = desk.casework.next_mail().await.unwrap().unwrap();
    let text = "Do you have a bounty program? I wait for my reward.";
    desk.casework.understand_mail(&task, letter(RITA, text)).await.unwrap();
    desk.check_state(&held, "waits", None);
    assert_eq!(desk.acknowledged(&number), 1);
}

#[tokio::test]
async fn whoever_was_erased_or_acknowledged_by_hand_is_not_written_to() {
    let desk = Desk::open().await;
    let erased = desk.written(RITA, "It crashes").await;
    let by_hand = desk.written("ben@researcher.example", "It hangs").await;
    desk.casework
        .shred_person(&super::world::two("lea", "leo"), &[&erased], "They asked for it.")
        .await
        .unwrap();
    let event = Event::Acknowledged { reporter: None };
    desk.casework.act(&by("ana"), &by_hand, None, event).await.unwrap();
    assert!(desk.next().await.is_none());
    desk.check_state(&erased, "dropped", Some("no address"));
    desk.check_state(&by_hand, "dropped", Some("acknowledged it already"));
}

#[tokio::test]
async fn what_is_confidential_goes_to_a_key_of_the_sender_alone() {
    let expect = [
        (vec![key("good rita@researcher.example", "attached")], None, true),
        (vec![key("good eve@example.org", "attached")], None, false),
        (vec![key("good eve@example.org", "autocrypt")], None, false),
        // Whoever signed the message has the key, whatever it says.
        (vec![key("good eve", "attached")], Some("F-good eve"), true),
        (vec![key("bad rita@researcher.example", "autocrypt")], None, false),
        (Vec::new(), None, false),
    ];
    for (keys, signer, sealed) in expect {
        let desk = Desk::open().await;
        let reading = MailReading {
            signature: if signer.is_some() { "good" } else { "none" }.to_owned(),
            signer: signer.map(str::to_owned),
            keys: keys.clone(),
            ..letter(RITA, "It crashes")
        };
        desk.came(reading, RITA).await;
        let sent = desk.casework.next_letter(good).await.unwrap().unwrap();
        let part = sent.letter.sealed.as_ref();
        assert_eq!(part.is_some(), sealed, "{} keys", keys.len());
        let Some(part) = part else { continue };
        assert_eq!(part.certificate, keys[0].public);
        assert_eq!(part.titles, ["Crash in the parser"]);
        let secret = part.secrets[0].as_ref().unwrap();
        let room = desk.casework.room(NOZOMI, secret).unwrap();
        assert_eq!(room.number(), sent.letter.reports[0].number);
        assert!(!part.promises[0].is_empty());
    }
}

/// Whoever holds the ciphertext of somebody else's report may send it to us as theirs, with a key of their own.
#[tokio::test]
async fn nothing_that_was_decrypted_goes_back_to_whoever_merely_sent_it_on() {
    for proven in [true, false] {
        let desk = Desk::open().await;
        let encrypted = |text: &str, proven: bool| MailReading {
            opened: Some(true),
            proven,
            keys: vec![key("good rita@researcher.example", "autocrypt")],
            files: vec![MailFile {
                name: "poc.py".to_owned(),
                bytes: b"print(1)".to_vec(),
            }],
            ..letter(RITA, text)
        };
        let number = desk.came(encrypted("It crashes", proven), RITA).await;
        let sent = desk.casework.next_letter(good).await.unwrap().unwrap();
        let part = sent.letter.sealed.as_ref().unwrap();
        assert_eq!(part.titles, [if proven { "Crash in the parser" } else { "" }]);
        let room = desk.casework.room(NOZOMI, part.secrets[0].as_ref().unwrap()).unwrap();
        let shown = |room| {
            let view = seen(&desk, room);
            let said = view.report.iter().chain(&view.conversation);
            let said: String = said.map(|said| said.text.clone()).collect();
            (
                view.title.contains("Crash"),
                said.contains("It crashes"),
                said.contains("Here is the exploit"),
                view.files.len(),
            )
        };
        assert_eq!(shown(&room), (proven, proven, false, usize::from(proven)));

        // What goes on with a report can be somebody else's, too. One that may be keeps all of them back, and their files.
        let thread = desk.casework.mail_thread(&by("ana"), &number).await.unwrap();
        desk.mail_to(&thread.reply_to, "Here is the exploit").await;
        desk.read(encrypted("Here is the exploit", false)).await;
        assert_eq!(desk.said(&number), ["Here is the exploit"], "the team reads it");
        assert_eq!(shown(&room), (proven, proven, false, 0));
    }
}

/// Anybody can write under an address, and bring a key that says it is theirs.
#[tokio::test]
async fn another_key_than_before_waits_for_a_persons_word() {
    let desk = Desk::open().await;
    let signed = |public: &str, text: &str| MailReading {
        signature: "good".to_owned(),
        signer: Some(format!("F-{public}")),
        signer_matches_from: Some(true),
        keys: vec![key(public, "attached")],
        ..letter(RITA, text)
    };
    let next = async || {
        let sent = desk.casework.next_letter(good).await.unwrap().unwrap();
        let sealed = sent.letter.sealed.as_ref().map(|part| part.certificate.clone());
        desk.ended(&sent, Handover::Taken).await;
        desk.wait_until(
            &desk
                .casework
                .now()
                .checked_add(jiff::SignedDuration::from_hours(2))
                .unwrap()
                .to_string(),
        );
        sealed
    };
    let notes = |number: &str| {
        let board = desk.casework.board();
        let (_, case) = board.case_of_number(number).unwrap();
        let is_note = |entry: &&psirt::event::Entry| matches!(&entry.event, Event::Noted { text } if text.contains("another key than those that signed"));
        case.entries.iter().filter(is_note).count()
    };
    let own = "good rita@researcher.example";
    desk.came(signed(own, "It crashes"), RITA).await;
    assert_eq!(next().await.as_deref(), Some(own));
    // The same key, though nothing is signed.
    let again = MailReading {
        keys: vec![key(own, "autocrypt")],
        ..letter(RITA, "It hangs")
    };
    let again = desk.came(again, RITA).await;
    assert_eq!((next().await.as_deref(), notes(&again)), (Some(own), 0));
    for other in [
        MailReading {
            keys: vec![key("good new rita@researcher.example", "autocrypt")],
            ..letter(RITA, "It burns")
        },
        signed("good newer rita@researcher.example", "It drowns"),
    ] {
        let number = desk.came(other, RITA).await;
        assert_eq!((next().await, notes(&number)), (None, 1));
    }
}

#[tokio::test]
async fn a_form_with_an_address_is_written_to_and_its_key_is_used() {
    let desk = Desk::open().await;
    let form = |mail: &str, key: &str| FormReport {
        ticket: desk.casework.draw_ticket().unwrap(),
        brand: NOZOMI.to_owned(),
        title: "Heap overflow".to_owned(),
        text: "Send this packet.".to_owned(),
        name: "Ada".to_owned(),
        mail: mail.to_owned(),
        key: key.to_owned(),
        ..FormReport::default()
    };
    let armour = "-----BEGIN PGP PUBLIC KEY BLOCK-----\ngood\n-----END PGP PUBLIC KEY BLOCK-----";
    desk.casework.submit(form("", "")).await.unwrap();
    desk.casework.submit(form(OURS, "")).await.unwrap();
    assert!(desk.next().await.is_none());
    desk.casework.submit(form("ada@example.org", armour)).await.unwrap();
    let sent = desk.casework.next_letter(good).await.unwrap().unwrap();
    assert_eq!(sent.letter.to, "ada@example.org");
    let sealed = sent.letter.sealed.as_ref().unwrap();
    assert_eq!(sealed.certificate, armour);
    assert!(
        sealed.secrets[0].is_none(),
        "the form has shown the link, and nobody here has it"
    );
    let number = numbers(&sent)[0].to_owned();
    desk.ended(&sent, Handover::Taken).await;
    // The page said the number already.
    assert_eq!(desk.acknowledged(&number), 1);
}

#[tokio::test]
async fn what_the_server_cannot_take_now_is_tried_for_five_days() {
    let desk = Desk::open().await;
    let number = desk.written(RITA, "It crashes").await;
    let mut tries = 0;
    let start = desk.clock.now();
    let mut ids = Vec::new();
    while desk.queue(&number).ended.is_none() {
        assert!(tries < 100, "it never ends");
        let Some(sent) = desk.next().await else {
            let later = desk
                .clock
                .now()
                .checked_add(jiff::SignedDuration::from_mins(30))
                .unwrap();
            desk.clock.set(later);
            continue;
        };
        tries += 1;
        ids.push(sent.letter.message_id.clone());
        desk.ended(&sent, Handover::Later("451 4.7.1".to_owned())).await;
        if desk.queue(&number).ended.is_none() {
            desk.check_state(&number, "put-off", Some("451 4.7.1"));
            assert!(desk.next().await.is_none(), "not at once again");
        }
    }
    let days = desk.clock.now().duration_since(start).as_hours() / 24;
    assert!(
        (5..=6).contains(&days) && (15..50).contains(&tries),
        "{days} days, {tries} tries"
    );
    ids.dedup();
    assert_eq!(ids.len(), 1, "one letter has one identifier");
    desk.check_state(&number, "given-up", Some("451"));
    assert_eq!(desk.acknowledged(&number), 0, "the clock of the promise goes on");
    let dead = desk.casework.dead_jobs(&by("lea")).await.unwrap();
    assert_eq!(dead.len(), 1);

    // A person may want another try.
    desk.casework
        .revive_job(&by("lea"), dead[0].job_key.as_str())
        .await
        .unwrap();
    let sent = desk.next().await.unwrap();
    desk.ended(&sent, Handover::Taken).await;
    desk.check_state(&number, "sent", None);
    assert_eq!(desk.acknowledged(&number), 1);
}

#[tokio::test]
async fn what_the_server_never_takes_is_a_note_for_the_desk() {
    let desk = Desk::open().await;
    let number = desk.written(RITA, "It crashes").await;
    let sent = desk.next().await.unwrap();
    desk.ended(&sent, Handover::Never("550 5.1.1".to_owned())).await;
    desk.check_state(&number, "given-up", Some("550 5.1.1"));
    assert!(desk.next().await.is_none());
    let job = desk
        .casework
        .dead_jobs(&by("lea"))
        .await
        .unwrap()
        .remove(0)
        .job_key
        .to_string();
    let found = {
        let board = desk.casework.board();
        assert_eq!(case_of_job(&board, &job).unwrap().1.number, number);
        assert!(case_of_job(&board, "purge:house:7").is_none());
        lost_letters(&board, board.report_of_number(&number).unwrap().0, desk.clock.now())
    };
    let [lost] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(
        (lost.letter, lost.why.as_str(), lost.owed),
        ("acknowledgement", "550 5.1.1", true)
    );
    assert_eq!(lost.job, job);
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&number).unwrap();
    let notes: Vec<&str> = case.view.conversation.iter().map(|note| note.text.as_str()).collect();
    let note = notes.iter().find(|note| note.contains("550 5.1.1")).unwrap();
    assert!(
        note.contains("candor case acknowledged") && !note.contains(RITA),
        "{note}"
    );
}

#[tokio::test]
async fn a_letter_is_late_when_its_promise_is_over_or_its_next_try_did_not_come() {
    let desk = Desk::open().await;
    let late = |desk: &Desk| {
        let found = late_letters(&desk.casework.board(), desk.clock.now());
        found.map(|(count, since)| (count, since.to_string()))
    };
    let number = desk.written(RITA, "It crashes").await;
    desk.wait_until("2026-09-01T08:04:59Z");
    assert_eq!(late(&desk), None);
    // Put off by the server: the promise does not wait for it.
    let sent = desk.next().await.unwrap();
    desk.ended(&sent, Handover::Later("451 4.7.1".to_owned())).await;
    desk.wait_until("2026-09-01T08:05:30Z");
    let since = "2026-09-01T08:05:00Z".to_owned();
    assert_eq!(late(&desk), Some((1, since.clone())));
    desk.written("sam@researcher.example", "It hangs").await;
    desk.wait_until("2026-09-01T08:11:00Z");
    assert_eq!(late(&desk), Some((2, since)));
    assert_eq!(desk.sent().await.len(), 2);
    assert_eq!(late(&desk), None);
    // What promises nothing may wait for as long as it is tried again in time.
    desk.act(&number, "messaged = { text = \"Which version?\" }").await;
    let sent = desk.next().await.unwrap();
    desk.ended(&sent, Handover::Later("451 4.7.1".to_owned())).await;
    desk.wait_until("2026-09-01T08:16:59Z");
    assert_eq!(late(&desk), None);
    desk.wait_until("2026-09-01T08:17:01Z");
    assert_eq!(late(&desk), Some((1, "2026-09-01T08:17:00Z".to_owned())));
}

#[tokio::test]
async fn a_death_on_the_way_sends_at_most_once_more() {
    let desk = Desk::open().await;
    let number = desk.written(RITA, "It crashes").await;
    let first = desk.next().await.unwrap();
    // The process dies; its claim ends.
    assert!(desk.next().await.is_none());
    desk.check_state(&number, "unclear", None);
    desk.wait_until("2026-09-01T08:06:00Z");
    let second = desk.next().await.unwrap();
    assert_eq!(second.letter.message_id, first.letter.message_id);
    assert_eq!(second.letter.reports, first.letter.reports);
    // The first one was merely slow: what it says now counts no more.
    desk.ended(&first, Handover::Taken).await;
    desk.check_state(&number, "unclear", None);
    desk.ended(&second, Handover::Unclear).await;
    desk.check_state(&number, "given-up", Some("may have arrived"));
    desk.wait_until("2026-09-02T08:00:00Z");
    assert!(desk.next().await.is_none());
}

#[tokio::test]
async fn a_storm_is_answered_by_one_letter_with_every_number() {
    let desk = Desk::open().await;
    let mut all = Vec::new();
    for count in 0..8 {
        all.push(
            desk.written("Rita@researcher.example", &format!("It crashes {count} times"))
                .await,
        );
    }
    let other = desk.written("ben@researcher.example", "It hangs").await;
    // What was kept before the first letter goes with it.
    let first = desk.next().await.unwrap();
    assert_eq!(numbers(&first).len(), 8);
    desk.ended(&first, Handover::Taken).await;
    for number in &all {
        assert_eq!(desk.acknowledged(number), 1, "{number}");
    }
    let to_ben = desk.next().await.unwrap();
    assert_eq!(numbers(&to_ben), [other.as_str()]);
    desk.ended(&to_ben, Handover::Taken).await;
    // What comes now waits for the next one, which still goes within five minutes.
    let late = [
        desk.written(RITA, "Another one").await,
        desk.written(RITA, "And another one").await,
    ];
    assert!(desk.next().await.is_none());
    desk.wait_until("2026-09-01T08:04:01Z");
    let second = desk.next().await.unwrap();
    let mut told = numbers(&second);
    told.sort_unstable();
    let mut late: Vec<&str> = late.iter().map(String::as_str).collect();
    late.sort_unstable();
    assert_eq!(told, late);
    desk.ended(&second, Handover::Taken).await;
    assert!(desk.next().await.is_none());
    let states: Vec<QueuedLetter> = desk.casework.letters(&by("ana"), true).unwrap();
    assert_eq!(states.iter().filter(|row| row.state == "folded").count(), 8);
}

#[tokio::test]
async fn a_letter_speaks_for_nobody_with_another_key() {
    let desk = Desk::open().await;
    let with = |keys: Vec<SenderKey>, text: &str| MailReading {
        keys,
        ..letter(RITA, text)
    };
    let rita = key("good rita@researcher.example one", "autocrypt");
    let eve = key("good rita@researcher.example two", "autocrypt");
    desk.came(with(vec![rita.clone()], "From Rita"), RITA).await;
    desk.came(with(vec![eve], "From somebody who says that she is Rita"), RITA)
        .await;
    desk.came(with(vec![rita], "From Rita again"), RITA).await;
    let sent = desk.casework.next_letter(good).await.unwrap().unwrap();
    let texts = sent.letter.reports.len();
    let own = sent.letter.sealed.as_ref().unwrap().certificate.contains("one");
    assert_eq!(texts, if own { 2 } else { 1 });
}

#[tokio::test]
async fn two_machines_that_write_to_each_other_get_slower() {
    let desk = Desk::open().await;
    let mut sent = 0;
    for count in 0..24 * 60 {
        if count % 10 == 0 {
            desk.written(RITA, &format!("message {count}")).await;
        }
        while let Some(letter) = desk.next().await {
            sent += 1;
            desk.ended(&letter, Handover::Taken).await;
        }
        desk.clock.set(
            desk.clock
                .now()
                .checked_add(jiff::SignedDuration::from_mins(1))
                .unwrap(),
        );
    }
    assert!((24..=40).contains(&sent), "{sent} letters for 144 messages of a day");
}

#[tokio::test]
async fn what_waited_for_a_server_for_five_days_is_not_sent_at_last() {
    let desk = Desk::open().await;
    let number = desk.written(RITA, "It crashes").await;
    desk.wait_until("2026-09-07T08:00:00Z");
    assert!(desk.next().await.is_none());
    desk.check_state(&number, "dropped", Some("five days"));
}

/// A report by mail with a key of the sender's, acknowledged.
pub(super) async fn known(desk: &Desk, from: &str, text: &str) -> String {
    let reading = MailReading {
        keys: vec![key(&format!("good {from}"), "autocrypt")],
        ..letter(from, text)
    };
    let number = desk.came(reading, from).await;
    while let Some(sent) = desk.casework.next_letter(good).await.unwrap() {
        desk.ended(&sent, Handover::Taken).await;
    }
    number
}

/// What the next letter says to whom, if there is one.
pub(super) async fn told(desk: &Desk) -> Option<(String, Option<LetterNews>)> {
    let sent = desk.casework.next_letter(good).await.unwrap()?;
    desk.ended(&sent, Handover::Taken).await;
    Some((
        sent.letter.to.clone(),
        sent.letter.sealed.and_then(|sealed| sealed.news),
    ))
}

#[tokio::test]
async fn what_the_desk_says_reaches_the_reporter_and_nobody_else() {
    let desk = Desk::open().await;
    let number = known(&desk, RITA, "It crashes").await;
    desk.act(&number, "messaged = { text = \"Send the dump.\" }").await;
    let news = Some(LetterNews::Message("Send the dump.".to_owned()));
    assert_eq!(told(&desk).await, Some((RITA.to_owned(), news)));
    desk.act(&number, "info-requested = {}").await;
    let Some((_, Some(LetterNews::Question { asks, again: false, .. }))) = told(&desk).await else {
        panic!("no question")
    };
    assert!(asks.iter().any(|(clause, _)| clause == "N20"), "{asks:?}");
    assert_eq!(desk.acknowledged(&number), 1, "news acknowledge nothing");

    // What the reporter says, what the team notes, and what was long ago is not mailed.
    desk.act(&number, "messaged = { from-reporter = true, text = \"Here it is.\" }")
        .await;
    desk.act(&number, "noted = { text = \"Strange.\" }").await;
    let event = super::world::event("messaged = { text = \"Said on the telephone.\" }");
    desk.wait_until("2026-09-03T08:00:00Z");
    let then = super::world::at("2026-09-01T09:00:00Z");
    desk.casework.act(&by("ana"), &number, Some(then), event).await.unwrap();
    assert!(told(&desk).await.is_none());

    // What was taken back before it went is not said.
    let said = desk.act(&number, "messaged = { text = \"The wrong case.\" }").await;
    let retracted = format!("retracted = {{ event = {}, why = \"the wrong case\" }}", said.seq);
    desk.act(&number, &retracted).await;
    assert!(told(&desk).await.is_none());
}

#[tokio::test]
async fn where_it_is_not_sure_who_is_meant_nobody_is_written_to() {
    let desk = Desk::open().await;
    let first = known(&desk, RITA, "It crashes").await;
    desk.wait_until("2026-09-01T09:00:00Z");
    let second = known(&desk, "ben@researcher.example", "It crashes, too").await;
    desk.casework.join_report(&by("ana"), &second, &first).await.unwrap();
    desk.act(&first, "messaged = { text = \"To whom?\" }").await;
    assert!(told(&desk).await.is_none());
    let ben = {
        let board = desk.casework.board();
        let (_, home) = board.case_of_number(&first).unwrap();
        board.reporter_called(home, &second).unwrap()
    };
    desk.act(
        &first,
        &format!("messaged = {{ reporter = \"{ben}\", text = \"To you.\" }}"),
    )
    .await;
    let (to, news) = told(&desk).await.unwrap();
    assert_eq!(to, "ben@researcher.example");
    assert_eq!(news, Some(LetterNews::Message("To you.".to_owned())));
    assert!(told(&desk).await.is_none());
}

#[tokio::test]
async fn a_rejection_is_told_with_its_clause_and_the_way_to_appeal() {
    let desk = Desk::open().await;
    let number = known(&desk, RITA, "The version shows").await;
    desk.act(&number, "reviewed = {}").await;
    desk.act(&number, "scope-decided = { out = true, clause = \"N34.12\" }")
        .await;
    desk.act(&number, "reported-back = {}").await;
    desk.act(&number, "rejected = { exit = \"out-of-scope\", clause = \"N34.12\" }")
        .await;
    let (to, news) = told(&desk).await.unwrap();
    assert_eq!(to, RITA);
    let Some(LetterNews::Verdict { says, answer, appeal }) = news else {
        panic!("{news:?}")
    };
    assert!(says.contains("§N34.12") && appeal, "{says}");
    assert!(answer.unwrap().contains("N34.12"));
    assert!(told(&desk).await.is_none());
}

#[tokio::test]
async fn a_key_that_comes_later_takes_no_other_ones_place() {
    let desk = Desk::open().await;
    let number = known(&desk, RITA, "It crashes").await;
    let plain = desk.written("ben@researcher.example", "It hangs").await;
    let to_ben = desk.next().await.unwrap();
    desk.ended(&to_ben, Handover::Taken).await;
    // Somebody who saw a mail of ours answers in Rita's name, with a key that says it is hers; Ben sends his later.
    let thread = desk.casework.mail_thread(&by("ana"), &number).await.unwrap();
    let forged = MailReading {
        signature: "good".to_owned(),
        signer: Some("F-good eve".to_owned()),
        keys: vec![key("good eve", "attached")],
        references: vec![thread.message_id],
        ..letter(RITA, "Use this key from now on")
    };
    desk.came(forged, RITA).await;
    let later = MailReading {
        keys: vec![key("good ben@researcher.example", "attached")],
        to: vec![to_ben.letter.reply_to.clone()],
        ..letter("ben@researcher.example", "Here is my key")
    };
    desk.came(later, "ben@researcher.example").await;
    for (number, expect) in [(&number, RITA), (&plain, "ben@researcher.example")] {
        desk.act(number, "messaged = { text = \"Thank you.\" }").await;
        let sent = desk.casework.next_letter(good).await.unwrap().unwrap();
        assert_eq!(
            sent.letter.sealed.as_ref().unwrap().certificate,
            format!("good {expect}")
        );
        desk.ended(&sent, Handover::Taken).await;
    }
}
