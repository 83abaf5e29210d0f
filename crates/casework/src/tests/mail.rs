//! Mail: kept once whatever it is, and sorted to where it belongs.

use super::world::{Desk, NOZOMI, T128, at, by, check_refused, two};
use crate::{Actor, KeyWish, MailBounce, MailFile, MailReading, MailRow, Message, NewKey, ToRead};
use psirt::case::view::Side;
use psirt::event::{Flag, Kind};
use psirt::house::key::KeyUse;
use psirt::house::mail::{Envelope, SenderKey};
use std::io::Cursor;
use zeroize::Zeroizing;

/// What Rita's program says of a plain letter.
pub(super) fn letter(text: &str) -> MailReading {
    MailReading {
        title: "Crash in the parser".to_owned(),
        text: text.to_owned(),
        from: vec!["rita@researcher.example".to_owned()],
        message_id: Some(format!("{}@researcher.example", text.replace(' ', "-"))),
        signature: "none".to_owned(),
        opens_case: true,
        ..MailReading::default()
    }
}

pub(super) fn digest(text: &str) -> [u8; 32] {
    let mut digest = [0; 32];
    for (index, byte) in text.bytes().enumerate() {
        digest[index % 32] ^= byte.rotate_left(u32::try_from(index / 32).unwrap());
    }
    digest
}

impl Desk {
    pub(super) async fn mail_to(&self, to: &str, text: &str) -> String {
        let message = Message {
            envelope: Envelope {
                from: Some("rita@researcher.example".to_owned()),
                to: vec![to.to_owned()],
                is_earlier: false,
            },
            ..Message::default()
        };
        let source = Cursor::new(text.as_bytes().to_vec());
        let part = Actor::part("mail");
        let kept = self.casework.receive_mail(&part, message, source, || digest(text));
        kept.await.unwrap().number
    }

    async fn waiting(&self) -> ToRead {
        self.casework.next_mail().await.unwrap().unwrap()
    }

    /// A message that is read as this.
    pub(super) async fn mail(&self, reading: MailReading) -> String {
        let number = self
            .mail_to("psirt@nozomi-networks.example", &reading.text.clone())
            .await;
        self.read(reading).await;
        number
    }

    pub(super) async fn read(&self, reading: MailReading) {
        let task = self.waiting().await;
        self.casework.understand_mail(&task, reading).await.unwrap();
        assert!(
            self.casework.next_mail().await.unwrap().is_none(),
            "one reading is enough"
        );
    }

    pub(super) fn row(&self, number: &str) -> MailRow {
        let (rows, _) = self.casework.mail(&by("ana"), false, usize::MAX).unwrap();
        rows.into_iter().find(|row| row.number == number).unwrap()
    }

    pub(super) fn check_row(&self, number: &str, state: &str, case: Option<&str>) {
        let row = self.row(number);
        assert_eq!((row.state, row.case.as_deref()), (state, case), "{number}");
    }

    /// What the reporter has said in a case.
    pub(super) fn said(&self, case: &str) -> Vec<String> {
        let board = self.casework.board();
        let (_, case) = board.case_of_number(case).unwrap();
        let said = case
            .view
            .conversation
            .iter()
            .filter(|message| message.side == Side::From);
        said.map(|message| message.text.clone()).collect()
    }

    fn notes(&self, case: &str) -> String {
        let board = self.casework.board();
        let (_, case) = board.case_of_number(case).unwrap();
        let notes = case
            .view
            .conversation
            .iter()
            .filter(|message| message.side == Side::Inside);
        notes
            .map(|message| message.text.as_str())
            .collect::<Vec<_>>()
            .join("\n")
    }

    pub(super) fn cases(&self) -> usize {
        self.casework.board().all().count()
    }
}

#[tokio::test]
async fn a_message_is_kept_before_anybody_reads_it() {
    let desk = Desk::open().await;
    let number = desk
        .mail_to("psirt@nozomi-networks.example", "From: rita\r\n\r\nIt crashes")
        .await;
    assert!(number.starts_with("NN-2026-"), "{number}");
    desk.check_row(&number, "unread", None);
    assert_eq!(desk.cases(), 0);

    let desk = desk.reopened().await;
    let raw = desk.casework.read_raw(&by("ana"), &number).await.unwrap();
    assert_eq!(raw.as_deref(), Some(&b"From: rita\r\n\r\nIt crashes"[..]));
    desk.wait_until("2026-09-01T08:02:00Z");
    desk.read(letter("It crashes")).await;
    desk.check_row(&number, "report", Some(&number));
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&number).unwrap();
    // The clocks count from the arrival, not from the reading.
    assert_eq!(case.entries[0].event.kind(), Kind::Received);
    assert_eq!(case.entries[0].at, at("2026-09-01T08:00:00Z"));
    assert_eq!(board.title(case), "Crash in the parser");
    assert_eq!(case.view.flags, [Flag::ArrivedInClear]);
}

#[tokio::test]
async fn the_same_message_a_hundred_times_is_one() {
    let desk = Desk::open().await;
    let first = desk.mail_to("psirt@nozomi-networks.example", "It crashes").await;
    let size = desk.casework.board().size;
    for _ in 1..100 {
        let again = desk.mail_to("psirt+tag@nozomi-networks.example", "It crashes").await;
        assert_eq!(again, first);
    }
    assert_eq!(desk.casework.board().size, size, "nothing more was recorded");
    let files = desk.store.verify().await.unwrap();
    assert!(files.is_sound(), "{:?}", files.findings);
    assert_eq!(files.blobs, 1, "what nobody needs was not left on disk");
    // For another brand it is another report.
    let other = desk.mail_to("psirt@128-technology.example", "It crashes").await;
    assert!(other.starts_with("T128-2026-"), "{other}");
    assert_eq!(desk.row(&other).brand, T128);
    assert_eq!(desk.row(&first).brand, NOZOMI);
}

#[tokio::test]
async fn a_message_to_two_brands_is_a_report_to_each_whatever_marks_it_carries() {
    let (ours, other) = ("psirt@nozomi-networks.example", "psirt@128-technology.example");
    let desk = Desk::open().await;
    let sent = || MailReading {
        to: vec![ours.to_owned(), other.to_owned()],
        ..letter("It crashes in both")
    };
    let first = desk.mail_to(ours, "It crashes in both").await;
    desk.read(sent()).await;
    let second = desk.mail_to(other, "It crashes in both").await;
    // The same identifier, from the same reporter.
    desk.read(sent()).await;
    desk.check_row(&first, "report", Some(&first));
    desk.check_row(&second, "report", Some(&second));

    let thread = desk.casework.mail_thread(&by("ana"), &first).await.unwrap();
    let answer = || MailReading {
        to: vec![thread.reply_to.clone(), other.to_owned()],
        references: vec![thread.message_id.clone()],
        ..letter("More about it")
    };
    let reply = desk.mail_to(&thread.reply_to, "More about it").await;
    desk.read(answer()).await;
    desk.check_row(&reply, "reply", Some(&first));
    let copy = desk.mail_to(other, "More about it").await;
    desk.read(answer()).await;
    desk.check_row(&copy, "report", Some(&copy));
    assert!(desk.notes(&copy).contains(&format!("about {first}, but")));
    assert_eq!(desk.said(&first), ["More about it"]);
    assert!(desk.said(&second).is_empty());
    // What goes on with the copy stays with its brand.
    let thread = desk.casework.mail_thread(&by("ana"), &second).await.unwrap();
    assert!(thread.reply_to.ends_with("@128-technology.example"));
    let reply = desk.mail_to(&thread.reply_to, "And here").await;
    desk.read(letter("And here")).await;
    desk.check_row(&reply, "reply", Some(&second));
}

#[tokio::test]
async fn mail_is_taken_for_the_addresses_of_brands_alone() {
    let desk = Desk::open().await;
    for (address, taken) in [
        ("psirt@nozomi-networks.example", true),
        ("PSIRT+0123@Nozomi-Networks.example", true),
        ("postmaster", true),
        ("Postmaster@nozomi-networks.example", true),
        ("postmaster@128-technology.example", true),
        ("postmaster@elsewhere.example", false),
        ("webmaster", false),
        ("psirt@128-technology.example", true),
        ("psirt-0123456789abcdefghijklmnop@nozomi-networks.example", true),
        ("Psirt-0123456789ABCDEFGHIJKLMNOP@128-technology.example", true),
        ("psirt-announce@nozomi-networks.example", false),
        ("psirt-x-0123456789abcdefghijklmnop@nozomi-networks.example", false),
        ("root-0123456789abcdefghijklmnop@nozomi-networks.example", false),
        ("root@nozomi-networks.example", false),
        ("psirt@elsewhere.example", false),
        ("psirt", false),
        ("", false),
    ] {
        assert_eq!(desk.casework.takes_mail_for(address), taken, "{address}");
    }
}

#[tokio::test]
async fn an_answer_to_the_reporters_address_goes_into_their_case_with_its_files() {
    let desk = Desk::open().await;
    let case = desk.mail(letter("It crashes")).await;
    desk.act(&case, "reviewed = {}").await;
    desk.act(&case, "info-requested = { in-clear = \"no key, and nothing secret\" }")
        .await;
    while let Some(sent) = desk.casework.next_letter(super::letters::good).await.unwrap() {
        desk.ended(&sent, crate::Handover::Taken).await;
    }
    let thread = desk.casework.mail_thread(&by("ana"), &case).await.unwrap();
    let tag = thread.reply_to.strip_prefix("psirt+").unwrap();
    assert_eq!(tag.split('@').next().unwrap().len(), 26, "128 bits");

    let reply = desk.mail_to(&thread.reply_to, "Here is the exploit").await;
    desk.read(MailReading {
        // Whoever has the address is believed, whatever they call themselves.
        from: vec!["rita@home.example".to_owned()],
        files: vec![MailFile {
            name: "../poc.py".to_owned(),
            bytes: b"print(1)".to_vec(),
        }],
        ..letter("Here is the exploit")
    })
    .await;
    desk.check_row(&reply, "reply", Some(&case));
    assert_eq!(desk.said(&case), ["Here is the exploit"]);
    assert_eq!(desk.cases(), 1);
    assert!(
        desk.notes(&case).contains("from another address than theirs"),
        "and the team is told"
    );
    let board = desk.casework.board();
    let (_, found) = board.case_of_number(&case).unwrap();
    assert_eq!(found.view.files[0].name, "poc.py");
    assert!(
        found
            .entries
            .iter()
            .any(|entry| entry.event.kind() == Kind::InfoReceived)
    );
    assert_eq!(board.size, desk.casework.board_from_scratch().await.unwrap().size);
}

#[tokio::test]
async fn an_answer_takes_up_again_what_nobody_could_reproduce_and_nothing_else() {
    let desk = Desk::open().await;
    for (exit, goes_on) in [("cannot-reproduce", true), ("withdrawn", false)] {
        let case = desk.mail(letter(&format!("It crashes, {exit}"))).await;
        desk.act(&case, "reviewed = {}").await;
        desk.act(&case, "reported-back = {}").await;
        desk.act(&case, &format!("rejected = {{ exit = \"{exit}\" }}")).await;
        let thread = desk.casework.mail_thread(&by("ana"), &case).await.unwrap();
        // Some mail servers put a hyphen where the plus was.
        let to = thread.reply_to.replacen('+', "-", 1);
        let text = format!("Here is how, {exit}");
        let reply = desk.mail_to(&to, &text).await;
        desk.read(letter(&text)).await;
        desk.check_row(&reply, "reply", Some(&case));
        assert_eq!(desk.said(&case), [text]);
        let board = desk.casework.board();
        let (_, found) = board.case_of_number(&case).unwrap();
        assert_eq!(found.facts.rejected().is_none(), goes_on, "{exit}");
        let taken_up = found.entries.iter().any(|entry| entry.event.kind() == Kind::Reopened);
        assert_eq!(taken_up, goes_on, "{exit}");
    }
}

#[tokio::test]
async fn a_message_of_ours_is_answered_by_its_reporter_alone() {
    let desk = Desk::open().await;
    let case = desk.mail(letter("It crashes")).await;
    let id = desk.casework.mail_thread(&by("ana"), &case).await.unwrap().message_id;
    let answer = |from: &str, text: &str| MailReading {
        from: vec![from.to_owned()],
        references: vec!["unrelated@example.org".to_owned(), id.clone()],
        ..letter(text)
    };
    let theirs = desk.mail(answer("Rita@Researcher.example", "More about it")).await;
    desk.check_row(&theirs, "reply", Some(&case));
    let forged = desk.mail(answer("mallory@example.net", "Send it to me too")).await;
    desk.check_row(&forged, "report", Some(&forged));
    assert!(
        desk.notes(&forged)
            .contains(&format!("about {case}, but does not come from that reporter"))
    );
    assert_eq!(desk.said(&case), ["More about it"]);
}

#[tokio::test]
async fn a_number_that_anybody_can_write_joins_nothing() {
    let desk = Desk::open().await;
    let case = desk.mail(letter("It crashes")).await;
    for forged in [
        MailReading {
            title: format!("Re: [{case}] your report"),
            ..letter("I am the reporter")
        },
        MailReading {
            to: vec![format!("psirt+{case}@nozomi-networks.example")],
            references: vec![
                format!("{case}@nozomi-networks.example"),
                "1@researcher.example".to_owned(),
            ],
            ..letter("I am the reporter, too")
        },
        MailReading {
            to: vec!["psirt+0123456789abcdefghijklmnop@nozomi-networks.example".to_owned()],
            references: vec!["0123456789abcdefghijklmnop.1@nozomi-networks.example".to_owned()],
            ..letter("A guess")
        },
    ] {
        let number = desk.mail(forged).await;
        desk.check_row(&number, "report", Some(&number));
    }
    assert!(desk.said(&case).is_empty());
    assert_eq!(desk.cases(), 4);
}

#[tokio::test]
async fn the_same_identifier_with_another_body_is_a_message_of_the_same_case() {
    let desk = Desk::open().await;
    let case = desk.mail(letter("It crashes")).await;
    let id = letter("It crashes").message_id;
    let again = desk
        .mail(MailReading {
            message_id: id.clone(),
            ..letter("It crashes, and I forgot the file")
        })
        .await;
    desk.check_row(&again, "reply", Some(&case));
    let stranger = desk
        .mail(MailReading {
            message_id: id,
            from: vec!["mallory@example.net".to_owned()],
            ..letter("Something else with that identifier")
        })
        .await;
    desk.check_row(&stranger, "report", Some(&stranger));
}

#[tokio::test]
async fn what_no_person_wrote_opens_nothing() {
    let desk = Desk::open().await;
    let case = desk.mail(letter("It crashes")).await;
    let id = desk.casework.mail_thread(&by("ana"), &case).await.unwrap().message_id;
    let machine = |text: &str| MailReading {
        opens_case: false,
        must_not_answer: true,
        references: vec![id.clone()],
        ..letter(text)
    };
    let away = desk.mail(machine("I am on holiday")).await;
    desk.check_row(&away, "automatic", Some(&case));
    assert!(desk.notes(&case).contains("A machine answered our letter") && desk.notes(&case).contains("on holiday"));
    assert!(desk.said(&case).is_empty(), "it is nobody's word");
    let bounced = MailReading {
        from: vec!["mailer-daemon@researcher.example".to_owned()],
        bounce: Some(MailBounce {
            recipient: "rita@researcher.example".to_owned(),
            status: "5.1.1".to_owned(),
            hard: true,
        }),
        ..machine("It did not arrive")
    };
    let bounced = desk.mail(bounced).await;
    desk.check_row(&bounced, "undelivered", Some(&case));
    assert!(desk.notes(&case).contains("did not arrive and never will (5.1.1)"));
    let asks = MailReading {
        list_request: Some("subscribe".to_owned()),
        ..machine("subscribe")
    };
    let asks = desk.mail(asks).await;
    desk.check_row(&asks, "list-request", None);
    assert_eq!(desk.cases(), 1);
}

#[tokio::test]
async fn what_reports_nothing_is_held_numbered_and_released_by_one_act() {
    let desk = Desk::open().await;
    let plea = |text: &str| MailReading {
        title: "Hello dear team".to_owned(),
        ..letter(text)
    };
    let begging = plea("Do you have a bounty program? I am waiting for my reward.");
    let number = desk.mail(begging.clone()).await;
    desk.check_row(&number, "held", None);
    let (held, _) = desk.casework.mail(&by("ana"), true, 10).unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!(held[0].why, Some("it asks for a reward and reports nothing"));
    assert_eq!(desk.cases(), 0);
    let (casework, root, auditor) = (&desk.casework, by("root"), by("audrey"));
    check_refused(
        &desk,
        casework.release_mail(&root, &number),
        "no such report, or not for you",
    )
    .await;
    check_refused(&desk, casework.release_mail(&auditor, &number), "release-mail").await;

    casework.release_mail(&by("ana"), &number).await.unwrap();
    desk.check_row(&number, "released", None);
    desk.read(begging).await;
    desk.check_row(&number, "report", Some(&number));
    check_refused(&desk, casework.release_mail(&by("ana"), &number), "a report already").await;
    // Files, encryption and signatures are evidence, whatever the words are.
    for evidence in [
        MailReading {
            files: vec![MailFile {
                name: "poc.py".to_owned(),
                bytes: vec![1],
            }],
            ..plea("A reward for this?")
        },
        MailReading {
            opened: Some(true),
            ..plea("A reward for that?")
        },
    ] {
        let number = desk.mail(evidence).await;
        desk.check_row(&number, "report", Some(&number));
    }
}

#[tokio::test]
async fn a_storm_of_what_is_held_leaves_little_in_memory_and_a_list_that_ends() {
    const STORM: usize = 120;
    let desk = Desk::open().await;
    let spam = |index: usize| MailReading {
        title: "t".repeat(10_000),
        from: vec![format!("{}@example.net", "f".repeat(10_000)); 30],
        message_id: Some("i".repeat(10_000)),
        results: Some("r".repeat(10_000)),
        warnings: vec!["w".repeat(10_000); 100],
        keys: vec![sender_key("A", &"k".repeat(60_000), "A")],
        is_spam: true,
        ..letter(&format!("{index} {}", "x".repeat(100_000)))
    };
    let mut first = String::new();
    for index in 0..STORM {
        let number = desk.mail_to("psirt@nozomi-networks.example", &index.to_string()).await;
        desk.read(spam(index)).await;
        if index == 0 {
            first = number;
        }
    }
    let board = desk.casework.board();
    for (_, report) in board.open_reports() {
        let kept = serde_json::to_vec(report).unwrap().len();
        // The sender's addresses and the warnings of a reader that went mad are most of it.
        assert!(kept < 16_000, "{kept}");
        assert!(report.text.len() <= 500 && report.text.contains(" xxx"));
    }
    drop(board);
    let (page, more) = desk.casework.mail(&by("ana"), true, 100).unwrap();
    assert_eq!((page.len(), more), (100, STORM - 100));
    // Nothing is lost by that: once it is released, all of it is there.
    desk.casework.release_mail(&by("ana"), &first).await.unwrap();
    desk.read(spam(0)).await;
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&first).unwrap();
    assert_eq!(board.report(&case.reports[0]).unwrap().text, spam(0).text);
}

#[tokio::test]
async fn what_does_not_open_is_a_case_and_opens_when_the_key_comes() {
    let desk = Desk::open().await;
    let locked = MailReading {
        opened: Some(false),
        trouble: Some("no secret key".to_owned()),
        key_ids: vec!["0123456789ABCDEF".to_owned()],
        ..letter("")
    };
    let number = desk.mail(locked).await;
    desk.check_row(&number, "report", Some(&number));
    let notes = desk.notes(&number);
    assert!(
        notes.contains("could not be opened: no secret key (encrypted for 0123456789ABCDEF)"),
        "{notes}"
    );
    assert!(desk.casework.next_mail().await.unwrap().is_none());

    let key = NewKey {
        fingerprint: "A".repeat(40),
        public: String::new(),
        secret: Zeroizing::new("secret".to_owned()),
        until_s: None,
    };
    let wish = KeyWish::first(KeyUse::Intake);
    desk.casework.import_key(&by("root"), NOZOMI, wish, key).await.unwrap();
    desk.read(MailReading {
        opened: Some(true),
        ..letter("The overflow is in the parser")
    })
    .await;
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&number).unwrap();
    assert_eq!(
        board.report(&case.reports[0]).unwrap().text,
        "The overflow is in the parser"
    );
    drop(board);
    assert!(desk.notes(&number).contains("has opened with a key that came since"));
    assert_eq!(desk.cases(), 1);
}

#[tokio::test]
async fn a_message_that_ends_its_reader_five_times_is_a_report_all_the_same() {
    let desk = Desk::open().await;
    let number = desk.mail_to("psirt@nozomi-networks.example", "bytes that kill").await;
    for _ in 0..4 {
        let task = desk.waiting().await;
        desk.casework.mail_unread(&task).await.unwrap();
        desk.check_row(&number, "unread", None);
    }
    let task = desk.waiting().await;
    desk.casework.mail_unread(&task).await.unwrap();
    desk.check_row(&number, "report", Some(&number));
    assert!(desk.notes(&number).contains("could not be opened: could not be read"));
    assert!(desk.casework.next_mail().await.unwrap().is_none());
    // Where failures are told somebody hears that it arrived.
    assert_eq!(desk.row(&number).from, "rita@researcher.example");
    assert_eq!(desk.casework.letters(&by("ana"), true).unwrap().len(), 1);
}

#[tokio::test]
async fn a_reader_that_died_with_its_process_is_followed_by_another_one_and_only_one_counts() {
    let desk = Desk::open().await;
    let number = desk.mail_to("psirt@nozomi-networks.example", "It crashes").await;
    let lost = desk.waiting().await;
    assert!(desk.casework.next_mail().await.unwrap().is_none(), "it is claimed");
    desk.wait_until("2026-09-01T08:06:00Z");
    desk.read(letter("It crashes")).await;
    // The first one was only slow.
    desk.casework
        .understand_mail(&lost, letter("It crashes"))
        .await
        .unwrap();
    desk.check_row(&number, "report", Some(&number));
    assert_eq!(desk.cases(), 1);
}

/// A key as a reading hands it on.
fn sender_key(fingerprint: &str, public: &str, signer: &str) -> SenderKey {
    SenderKey {
        fingerprint: fingerprint.repeat(40),
        public: public.to_owned(),
        origin: "autocrypt".to_owned(),
        signers: vec![signer.repeat(40)],
    }
}

#[tokio::test]
async fn whoever_signed_before_is_known_again() {
    let desk = Desk::open().await;
    let key = sender_key("B", "-----BEGIN PGP PUBLIC KEY BLOCK-----", "C");
    let case = desk
        .mail(MailReading {
            keys: vec![key.clone()],
            ..letter("It crashes")
        })
        .await;
    let id = desk.casework.mail_thread(&by("ana"), &case).await.unwrap().message_id;
    for (name, is_known) in [
        ("C".repeat(40), true),
        ("C".repeat(16), true),
        ("B".repeat(40), false),
        ("D".repeat(40), false),
        ("C".repeat(8), false),
        (String::new(), false),
    ] {
        let known = desk.casework.known_keys(std::slice::from_ref(&name));
        assert_eq!(known.contains(&key.public), is_known, "{name}");
    }
    let signed = MailReading {
        from: vec!["rita@home.example".to_owned()],
        signature: "good".to_owned(),
        signer: Some(key.fingerprint),
        references: vec![id],
        ..letter("signed")
    };
    desk.mail(signed).await;
    assert_eq!(desk.said(&case), ["signed"]);
}

#[tokio::test]
async fn keys_of_strangers_push_out_nobodys() {
    let desk = Desk::open().await;
    let whole = sender_key("B", "Rita, with all that she says of her key", "C");
    desk.mail(MailReading {
        keys: vec![whole.clone()],
        ..letter("It crashes")
    })
    .await;
    // Others have her key, too; what they leave out of it is there all the same, and comes first.
    for copy in 0..40 {
        let cut = sender_key("B", &format!("Rita, cut {copy}"), "C");
        desk.mail(MailReading {
            keys: vec![cut],
            ..letter(&format!("Stranger {copy}"))
        })
        .await;
    }
    let known = desk.casework.known_keys(&["C".repeat(40)]);
    assert_eq!(known.first(), Some(&whole.public));
    assert!(known.len() < 40, "{}", known.len());
    // What is held leaves no key, and neither does one that is too long.
    let begging = MailReading {
        title: "Hello".to_owned(),
        keys: vec![sender_key("E", "a beggar", "E")],
        ..letter("Do you have a bounty program? I am waiting for my reward.")
    };
    let number = desk.mail(begging.clone()).await;
    desk.mail(MailReading {
        keys: vec![sender_key("F", &"x".repeat(64 * 1024 + 1), "F")],
        ..letter("A long key")
    })
    .await;
    assert!(desk.casework.known_keys(&["E".repeat(40), "F".repeat(40)]).is_empty());
    desk.casework.release_mail(&by("ana"), &number).await.unwrap();
    desk.read(begging).await;
    assert_eq!(desk.casework.known_keys(&["E".repeat(40)]), ["a beggar"]);
}

#[tokio::test]
async fn who_wrote_goes_with_every_message_of_theirs() {
    let desk = Desk::open().await;
    let case = desk.mail(letter("It crashes")).await;
    let thread = desk.casework.mail_thread(&by("ana"), &case).await.unwrap();
    let reply = desk.mail_to(&thread.reply_to, "More").await;
    desk.read(letter("More")).await;
    let gone = desk
        .casework
        .shred_person(&two("lea", "leo"), &[&case], "They asked for it")
        .await
        .unwrap();
    assert_eq!(gone.numbers, [case.clone(), reply.clone()]);
    for number in [&case, &reply] {
        assert_eq!(desk.row(number).from, "");
        assert_eq!(desk.casework.read_raw(&by("ana"), number).await.unwrap(), None);
    }
    let scratch = desk.casework.board_from_scratch().await.unwrap();
    let rows = |board: &psirt::board::Board| {
        let reports: Vec<_> = board.open_reports().map(|(_, report)| report.clone()).collect();
        reports
    };
    assert_eq!(rows(&scratch), rows(&desk.casework.board()));
    assert_eq!(desk.said(&case), ["More"], "the case stays");
}

#[tokio::test]
async fn a_shredded_case_takes_its_messages_along() {
    let desk = Desk::open().await;
    let case = desk.mail(letter("It crashes")).await;
    let thread = desk.casework.mail_thread(&by("ana"), &case).await.unwrap();
    let reply = desk.mail_to(&thread.reply_to, "More").await;
    desk.read(letter("More")).await;
    desk.act(&case, "reviewed = {}").await;
    desk.act(&case, "rejected = { exit = \"withdrawn\" }").await;
    let gone = desk
        .casework
        .shred_case(&two("lea", "leo"), &case, "Retention is over")
        .await
        .unwrap();
    assert_eq!(gone.numbers, [case, reply]);
    assert!(desk.casework.mail(&by("ana"), false, 10).unwrap().0.is_empty());
    // The same message again stays gone, and is no new case.
    desk.mail_to("psirt@nozomi-networks.example", "It crashes").await;
    assert_eq!(desk.cases(), 0);
    assert!(desk.casework.check_numbers().await.unwrap().is_empty());
}

#[tokio::test]
async fn whoever_may_not_read_cases_learns_nothing_from_mail() {
    let desk = Desk::open().await;
    let case = desk.mail(letter("It crashes")).await;
    let (casework, root, auditor) = (&desk.casework, by("root"), by("audrey"));
    let list = |actor: Actor| async move { casework.mail(&actor, false, 10) };
    check_refused(&desk, list(root.clone()), "is for: analyst, lead, auditor").await;
    check_refused(&desk, list(by("nobody")), "nobody is called").await;
    // Whoever audits reads, and is given no way to write into a case.
    assert_eq!(casework.mail(&auditor, false, 10).unwrap().0.len(), 1);
    check_refused(&desk, casework.mail_thread(&auditor, &case), "mail-thread").await;
    // The same answer for a number that is one and for one that is none.
    for number in [case.as_str(), "NN-2026-00000"] {
        check_refused(
            &desk,
            casework.mail_thread(&root, number),
            "no such report, or not for you",
        )
        .await;
    }
    check_refused(
        &desk,
        casework.mail_thread(&by("ana"), "NN-2026-00000"),
        "or not for you",
    )
    .await;
}

#[tokio::test]
async fn files_of_an_answer_are_few_and_go_with_its_sender() {
    let desk = Desk::open().await;
    let case = desk.mail(letter("It crashes")).await;
    let thread = desk.casework.mail_thread(&by("ana"), &case).await.unwrap();
    let reply = desk.mail_to(&thread.reply_to, "Files").await;
    let files = (0..1_000).map(|index| MailFile {
        name: format!("{index}.txt"),
        bytes: vec![1],
    });
    desk.read(MailReading {
        files: files.collect(),
        ..letter("Files")
    })
    .await;
    let names = |desk: &Desk| {
        let board = desk.casework.board();
        let (_, case) = board.case_of_number(&case).unwrap();
        case.view.files.iter().map(|file| file.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&desk).len(), 100);
    assert!(desk.notes(&case).contains(&format!(
        "900 more files came with it than are put to a case; `candor case raw {reply}`"
    )));
    let ana = by("ana");
    let file = || desk.casework.read_file(&ana, &case, "7.txt");
    assert!(file().await.unwrap().is_some());
    let people = two("lea", "leo");
    let gone = desk
        .casework
        .shred_person(&people, &[&reply], "They asked for it")
        .await;
    assert!(gone.unwrap().numbers.contains(&reply));
    assert!(file().await.unwrap().is_none(), "they went with whoever sent them");
    assert_eq!(desk.casework.read_raw(&by("ana"), &reply).await.unwrap(), None);
    let files = desk.store.verify().await.unwrap();
    assert!(files.is_sound(), "{:?}", files.findings);
    assert_eq!(files.blobs, 1, "the first message is there, and nothing of the second");
}
