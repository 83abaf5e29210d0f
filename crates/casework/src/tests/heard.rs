//! Who could read what was asked: silence counts for them alone, a key that comes brings what was pending, and the desk says how it stands.

use super::letters::{RITA, good, key, known, letter};
use super::rooms::{entered, form, seen};
use super::world::{Desk, NOZOMI, by, check_refused, event};
use crate::{FormReport, LetterNews, LetterToSend, MailBounce, MailReading, Reach, Unreachable, reach, unreached};
use psirt::case::phase::Phase;
use psirt::event::{Event, Exit, Kind};

impl Desk {
    /// Everything that goes out now, taken by the server.
    pub(super) async fn sent(&self) -> Vec<LetterToSend> {
        let mut sent = Vec::new();
        while let Some(letter) = self.casework.next_letter(good).await.unwrap() {
            self.ended(&letter, crate::Handover::Taken).await;
            sent.push(letter);
        }
        sent
    }

    /// Works on mornings up to a day, and gives what went out.
    async fn work_until(&self, day: &str) -> Vec<LetterToSend> {
        let mut sent = Vec::new();
        let end = super::world::at(&format!("{day}T08:00:00Z"));
        while self.clock.now() < end {
            self.clock
                .set((self.clock.now() + jiff::SignedDuration::from_hours(24)).min(end));
            for _ in 0..2 {
                self.casework.work("worker").await.unwrap();
            }
            sent.extend(self.sent().await);
        }
        sent
    }

    fn check_phase(&self, number: &str, expect: Phase) {
        let board = self.casework.board();
        let (_, case) = board.case_of_number(number).unwrap();
        assert_eq!(board.phase(case, self.clock.now()), expect, "{}", self.clock.now());
    }

    fn has(&self, number: &str, kind: Kind) -> bool {
        let board = self.casework.board();
        let (_, case) = board.case_of_number(number).unwrap();
        case.entries.iter().any(|entry| entry.event.kind() == kind)
    }

    /// How the last entry of a kind reaches its reader.
    fn reach_of(&self, number: &str, kind: Kind) -> Reach {
        let board = self.casework.board();
        let (stream, case) = board.case_of_number(number).unwrap();
        let entry = case.entries.iter().rev().find(|entry| entry.event.kind() == kind);
        reach(&board, (stream, case), entry.unwrap())
    }

    fn why(&self, number: &str) -> Option<Unreachable> {
        let board = self.casework.board();
        let (stream, _) = board.case_of_number(number).unwrap();
        let unreached = unreached(&board, [stream], self.clock.now());
        unreached.first().map(|unreached| unreached.why)
    }

    /// What Rita answers to the address that she alone has.
    async fn answered(&self, number: &str, reading: MailReading) {
        let thread = self.casework.mail_thread(&by("ana"), number).await.unwrap();
        let reply = MailReading {
            to: vec![thread.reply_to],
            ..reading
        };
        self.came(reply, RITA).await;
    }
}

fn question(sent: &LetterToSend) -> Option<&LetterNews> {
    sent.letter.sealed.as_ref()?.news.as_ref()
}

/// A report of Rita's in clear, acknowledged in clear.
async fn in_clear(desk: &Desk) -> String {
    let number = desk.written(RITA, "It crashes").await;
    assert_eq!(desk.sent().await.len(), 1);
    number
}

#[tokio::test]
async fn who_could_not_read_what_was_asked_is_not_silent() {
    let desk = Desk::open().await;
    let number = in_clear(&desk).await;
    desk.act(&number, "info-requested = {}").await;
    desk.act(&number, "messaged = { text = \"Send the dump.\" }").await;
    for sent in desk.sent().await {
        assert!(sent.letter.sealed.is_none() && sent.letter.clear.is_none());
    }
    for kind in [Kind::InfoRequested, Kind::Messaged] {
        assert_eq!(desk.reach_of(&number, kind), Reach::OnlyNews);
    }
    assert!(matches!(desk.why(&number), Some(Unreachable::NoKey(_))));
    desk.work_until("2026-12-20").await;
    assert!(!desk.has(&number, Kind::Rejected), "nobody could answer");
}

#[tokio::test]
async fn a_key_that_comes_brings_what_was_pending_and_days_count_from_there() {
    let desk = Desk::open().await;
    let number = in_clear(&desk).await;
    desk.act(&number, "info-requested = {}").await;
    desk.act(&number, "messaged = { text = \"Send the dump.\" }").await;
    desk.work_until("2026-10-20").await;
    // What she answers without having read the question is no answer to it.
    let reply = MailReading {
        keys: vec![key(&format!("good {RITA}"), "attached")],
        ..letter(RITA, "What is the news?")
    };
    desk.answered(&number, reply).await;
    assert!(!desk.has(&number, Kind::InfoReceived));
    let sent = desk.sent().await;
    let told: Vec<_> = sent.iter().filter_map(question).collect();
    assert!(
        matches!(told[0], LetterNews::Question { again: false, .. }),
        "to its reader it is the first one; {} letters",
        told.len()
    );
    let queue = desk.casework.letters(&by("ana"), true).unwrap();
    let about: Vec<&str> = queue.iter().rev().take(2).rev().map(|letter| letter.letter).collect();
    assert_eq!(about, ["question", "message"], "{queue:?}");
    assert!(queue.iter().any(|letter| letter.letter == "news"), "{queue:?}");
    assert!(matches!(told[1], LetterNews::Message(text) if text == "Send the dump."));
    let secret = sent[0].letter.sealed.as_ref().unwrap().secrets[0].clone().unwrap();
    assert!(desk.casework.room(NOZOMI, &secret).is_some());
    assert_eq!(desk.reach_of(&number, Kind::InfoRequested), Reach::Letter);
    assert_eq!(desk.why(&number), None);
    // Two reminders, and the end a month after she could read it.
    let sent = desk.work_until("2026-11-18").await;
    let again = |sent: &&LetterToSend| matches!(question(sent), Some(LetterNews::Question { again: true, .. }));
    assert_eq!(sent.iter().filter(again).count(), 2);
    desk.check_phase(&number, Phase::Verifying);
    desk.work_until("2026-11-21").await;
    desk.check_phase(&number, Phase::Rejected(Exit::CannotReproduce));
}

#[tokio::test]
async fn a_key_without_news_brings_the_acknowledgement_and_a_bad_one_nothing() {
    let desk = Desk::open().await;
    let number = in_clear(&desk).await;
    let with = |public: &str, text: &str| MailReading {
        keys: vec![key(public, "attached")],
        ..letter(RITA, text)
    };
    desk.answered(&number, with("of nobody", "Here is a key")).await;
    desk.wait_until("2026-09-01T09:00:00Z");
    assert!(desk.sent().await.is_empty(), "nothing is said in clear once more");
    desk.answered(&number, with(&format!("good {RITA}"), "Here is my key"))
        .await;
    desk.wait_until("2026-09-01T10:00:00Z");
    let sent = desk.sent().await;
    assert_eq!(sent.len(), 1);
    assert!(sent[0].letter.sealed.as_ref().unwrap().secrets[0].is_some());
    desk.answered(&number, with(&format!("good {RITA}"), "Thank you")).await;
    desk.wait_until("2026-09-01T11:00:00Z");
    assert!(desk.sent().await.is_empty(), "she has it");
}

#[tokio::test]
async fn who_comes_to_the_room_has_read_what_is_asked_there() {
    let desk = Desk::open().await;
    let (number, room) = entered(&desk, form(&desk)).await;
    desk.sent().await;
    desk.act(&number, "info-requested = {}").await;
    desk.sent().await;
    desk.work_until("2026-10-10").await;
    assert!(!desk.has(&number, Kind::Rejected), "she has not come");
    let before = desk.casework.board().size;
    desk.casework.room_seen(&room).await.unwrap();
    desk.casework.room_seen(&room).await.unwrap();
    assert_eq!(desk.casework.board().size, before + 1, "once for what is new");
    assert_eq!(desk.reach_of(&number, Kind::InfoRequested), Reach::Room);
    let view = seen(&desk, &room);
    assert_eq!(view.standing.word, "We need your help");
    let (until, clause) = view.asked.unwrap().until.unwrap();
    assert_eq!(
        (until.to_string().as_str(), clause.as_str()),
        ("2026-11-09T22:59:59Z", "N20")
    );
    desk.work_until("2026-11-08").await;
    assert!(!desk.has(&number, Kind::Rejected));
    desk.work_until("2026-11-12").await;
    desk.check_phase(&number, Phase::Rejected(Exit::CannotReproduce));
    let says = seen(&desk, &room).standing.says;
    assert!(says.contains("Nobody answered"), "{says}");
}

#[tokio::test]
async fn a_passphrase_is_a_way_to_read_it() {
    let desk = Desk::open().await;
    let form = FormReport {
        passphrase: "four words of my own".to_owned(),
        ..form(&desk)
    };
    let (number, _) = entered(&desk, form).await;
    desk.act(&number, "info-requested = {}").await;
    desk.sent().await;
    assert_eq!(desk.reach_of(&number, Kind::InfoRequested), Reach::Room);
    desk.work_until("2026-10-03").await;
    desk.check_phase(&number, Phase::Rejected(Exit::CannotReproduce));
}

#[tokio::test]
async fn one_message_is_written_in_clear_where_somebody_says_why() {
    let desk = Desk::open().await;
    let number = in_clear(&desk).await;
    let blank = event("messaged = { text = \"Which build?\", in-clear = \" \" }");
    check_refused(
        &desk,
        desk.casework.act(&by("ana"), &number, None, blank),
        "needs a reason",
    )
    .await;
    let theirs = event("messaged = { text = \"x\", from-reporter = true, in-clear = \"why\" }");
    check_refused(
        &desk,
        desk.casework.act(&by("ana"), &number, None, theirs),
        "a letter of ours",
    )
    .await;
    desk.act(
        &number,
        "info-requested = { text = \"Which build?\", in-clear = \"no key, and nothing secret\" }",
    )
    .await;
    let sent = desk.sent().await;
    let letter = &sent[0].letter;
    assert!(letter.sealed.is_none());
    assert!(
        matches!(&letter.clear, Some(LetterNews::Question { text: Some(text), asks, .. }) if text == "Which build?" && asks.is_empty())
    );
    assert_eq!(desk.reach_of(&number, Kind::InfoRequested), Reach::Letter);
    // Whose key is known is written to under it, whatever was decided.
    let other = known(&desk, "ben@researcher.example", "It hangs").await;
    desk.act(
        &other,
        "messaged = { text = \"Thank you.\", in-clear = \"in a hurry\" }",
    )
    .await;
    let sent = desk.sent().await;
    assert!(sent[0].letter.sealed.is_some() && sent[0].letter.clear.is_none());
    desk.work_until("2026-10-03").await;
    desk.check_phase(&number, Phase::Rejected(Exit::CannotReproduce));
}

async fn check_bounce(hard: bool, expect: Phase) {
    let desk = Desk::open().await;
    let number = known(&desk, RITA, "It crashes").await;
    desk.act(&number, "info-requested = {}").await;
    desk.sent().await;
    desk.wait_until("2026-09-02T08:00:00Z");
    let back = MailReading {
        from: vec!["mailer-daemon@researcher.example".to_owned()],
        bounce: Some(MailBounce {
            recipient: RITA.to_owned(),
            status: if hard { "5.1.1" } else { "4.2.2" }.to_owned(),
            hard,
        }),
        opens_case: false,
        must_not_answer: true,
        ..letter(RITA, "It did not arrive")
    };
    desk.answered(&number, back).await;
    assert_eq!(matches!(desk.why(&number), Some(Unreachable::CameBack(_))), hard);
    let lost = if hard { Reach::Lost } else { Reach::Letter };
    assert_eq!(desk.reach_of(&number, Kind::InfoRequested), lost);
    desk.work_until("2026-10-03").await;
    desk.check_phase(&number, expect);
    if hard {
        desk.answered(&number, letter(RITA, "I am back")).await;
        assert_eq!(desk.why(&number), None, "she was heard of");
    }
}

#[tokio::test]
async fn what_comes_back_for_good_ends_nothing_and_waits_for_a_person() {
    check_bounce(true, Phase::Verifying).await;
    check_bounce(false, Phase::Rejected(Exit::CannotReproduce)).await;
}

#[tokio::test]
async fn a_question_names_what_is_missing_and_until_when() {
    let desk = Desk::open().await;
    let number = known(&desk, RITA, "It crashes").await;
    let wrong = event("info-requested = { items = [\"N3\"] }");
    check_refused(
        &desk,
        desk.casework.act(&by("ana"), &number, None, wrong),
        "working-exploit (§N20)",
    )
    .await;
    let check = async |asked: &str, expect: &[&str], chosen_is: bool| {
        desk.act(&number, asked).await;
        let sent = desk.sent().await;
        let Some(LetterNews::Question {
            asks, chosen, until, ..
        }) = question(&sent[0])
        else {
            panic!("no question")
        };
        let asks: Vec<&str> = asks.iter().map(|(_, ask)| ask.split(' ').next().unwrap()).collect();
        assert_eq!((asks.as_slice(), *chosen), (expect, chosen_is), "{asked}");
        let (until, clause) = until.as_ref().unwrap();
        assert_eq!(
            (until.to_string().as_str(), clause.as_str()),
            ("2026-10-01T21:59:59Z", "N20")
        );
    };
    // Not by which way it should have come: it is here.
    check("info-requested = {}", &["Which", "What", "An"], false).await;
    check(
        "info-requested = { items = [\"working-exploit\"], text = \"For 25.1.\" }",
        &["An"],
        true,
    )
    .await;
    check("info-requested = { items = [\"§N20\"] }", &["What", "An"], true).await;
    check("info-requested = { text = \"Which build is it?\" }", &[], false).await;
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&number).unwrap();
    let said: Vec<&str> = case.view.conversation.iter().map(|said| said.text.as_str()).collect();
    assert!(said.contains(&"Asked for: working-exploit\n\nFor 25.1."), "{said:?}");
}

#[tokio::test]
async fn the_acknowledgement_has_the_texts_that_the_policy_wants_there() {
    let desk = Desk::open().await;
    desk.written(RITA, "It crashes").await;
    let sent = desk.sent().await;
    let [(clause, text)] = sent[0].letter.terms.as_slice() else {
        panic!("{:?}", sent[0].letter.terms)
    };
    assert!(clause == "N22" && text.contains("We pay no bounties"), "{text}");
}

#[tokio::test]
async fn a_room_shows_the_report_itself_and_what_is_asked() {
    let desk = Desk::open().await;
    let (number, room) = entered(&desk, form(&desk)).await;
    desk.act(&number, "info-requested = { text = \"Which build is it?\" }")
        .await;
    let view = seen(&desk, &room);
    assert!(
        view.report
            .is_some_and(|report| report.is_mine && report.text.starts_with("Send this packet to port 443."))
    );
    let said: Vec<(bool, &str)> = view
        .conversation
        .iter()
        .map(|said| (said.is_mine, said.text.as_str()))
        .collect();
    assert_eq!(said, [(false, "Which build is it?")]);
    let asked = view.asked.unwrap();
    assert_eq!(asked.text.as_deref(), Some("Which build is it?"));
    assert!(asked.asks.is_empty());
    desk.act(
        &number,
        "reported-back = { verdict = \"vulnerable\", severity = \"High, 8.1\", plan = \"A fix in 25.2.\", disclosure = \"An advisory.\" }",
    )
    .await;
    let standing = seen(&desk, &room).standing;
    assert_eq!(standing.word, "We looked into it");
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&number).unwrap();
    assert!(
        case.entries
            .iter()
            .any(|entry| matches!(entry.event, Event::ReportedBack { .. }))
    );
}
