//! The form and the reporter's room: one report however often it is sent, and nobody else's words in it.

use super::world::{Desk, GUARDIAN, NOZOMI, T128, by, check_refused, two};
use crate::{ActError, Appeal, FormReport, MIN_PASSPHRASE_CHARS, Moved, Room, RoomView, Submitted, Taken, Wish};
use psirt::clock::State;
use psirt::event::{CreditChoice, Event, Flag, Kind};
use std::io::{Cursor, Read};

const NAME: &str = "Ada Example";
const PHRASE: &str = "four words of my own";

pub(super) fn form(desk: &Desk) -> FormReport {
    FormReport {
        ticket: desk.casework.draw_ticket().unwrap(),
        brand: NOZOMI.to_owned(),
        title: "Heap overflow in the parser".to_owned(),
        text: "Send this packet to port 443.".to_owned(),
        product: "guardian".to_owned(),
        version: "25.1".to_owned(),
        name: NAME.to_owned(),
        mail: "ada@example.org".to_owned(),
        ..FormReport::default()
    }
}

pub(super) async fn taken(desk: &Desk, form: FormReport) -> Taken {
    match desk.casework.submit(form).await.unwrap() {
        Submitted::Taken(taken) => taken,
        Submitted::Faults(faults) => panic!("{faults:?}"),
    }
}

/// A report by form, and its room.
pub(super) async fn entered(desk: &Desk, form: FormReport) -> (String, Room) {
    let taken = taken(desk, form).await;
    let secret = taken.room.unwrap().reveal();
    (taken.number, desk.casework.room(NOZOMI, &secret).unwrap())
}

pub(super) fn seen(desk: &Desk, room: &Room) -> RoomView {
    desk.casework.view_room(room).unwrap()
}

pub(super) async fn say(desk: &Desk, room: &Room, wish: Wish) {
    let once = desk.casework.draw_ticket().unwrap();
    desk.casework.act_in_room(room, &once, &wish).await.unwrap();
}

async fn check_faults(change: fn(&mut FormReport), field: &str, words: &str) {
    let desk = Desk::open().await;
    let mut form = form(&desk);
    change(&mut form);
    let before = desk.casework.board().size;
    let Submitted::Faults(faults) = desk.casework.submit(form).await.unwrap() else {
        panic!("{field} was taken");
    };
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].field, field);
    assert!(faults[0].says.contains(words), "{faults:?}");
    assert_eq!(desk.casework.board().size, before);
}

#[tokio::test]
async fn a_form_becomes_a_report_with_everything_that_was_said() {
    let desk = Desk::open().await;
    let (number, _) = entered(
        &desk,
        FormReport {
            credit: "yes".to_owned(),
            credit_as: "Ada of Example Labs".to_owned(),
            disclosure: "2027-01-15".to_owned(),
            answers: vec![
                ("rules-of-engagement".to_owned(), true),
                ("personal-data".to_owned(), false),
                ("no-such-text".to_owned(), false),
            ],
            ..form(&desk)
        },
    )
    .await;
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&number).unwrap();
    let report = board.report(&case.reports[0]).unwrap();
    assert_eq!(
        (report.channel.as_str(), report.from.as_str()),
        ("form", "Ada Example <ada@example.org>")
    );
    assert_eq!(
        report.text,
        "Send this packet to port 443.\n\nProduct: guardian\nVersion: 25.1"
    );
    let kinds: Vec<Kind> = case.entries.iter().map(|entry| entry.event.kind()).collect();
    assert_eq!(
        kinds,
        [
            Kind::Received,
            Kind::Titled,
            Kind::Suspected,
            Kind::Credit,
            Kind::EmbargoProposed,
            Kind::Flagged,
            Kind::Acknowledged
        ]
    );
    assert_eq!(
        case.entries[2].event,
        Event::Suspected {
            products: vec![GUARDIAN.to_owned()]
        }
    );
    assert_eq!(case.view.flags, [Flag::ContainsPii]);
    let terms = report.terms.as_ref().unwrap();
    assert_eq!((terms.policy.as_str(), terms.version.as_str()), (NOZOMI, "1"));
    let answers: Vec<_> = terms
        .notices
        .iter()
        .map(|notice| (notice.id.as_str(), notice.version.as_str(), notice.holds))
        .collect();
    for answer in [
        ("disclosure", "1", None),
        ("rules-of-engagement", "1", Some(true)),
        ("personal-data", "1", Some(false)),
    ] {
        assert!(answers.contains(&answer), "{answers:?}");
    }
}

#[tokio::test]
async fn the_same_form_twice_is_one_report_with_one_room() {
    let desk = Desk::open().await;
    let form = FormReport {
        passphrase: PHRASE.to_owned(),
        ..form(&desk)
    };
    let (first, second) = (taken(&desk, form.clone()).await, taken(&desk, form.clone()).await);
    assert_eq!(first.number, second.number);
    assert_eq!(first.room.unwrap().reveal(), second.room.unwrap().reveal());
    // Who knows the ticket alone gets the number at most.
    let guessed = taken(
        &desk,
        FormReport {
            text: "x".to_owned(),
            ..form
        },
    )
    .await;
    assert_eq!(guessed.number, first.number);
    assert!(guessed.room.is_none());
    assert_eq!(desk.casework.board().open_reports().count(), 1);
    let acknowledged = |desk: &Desk| {
        let board = desk.casework.board();
        let (_, case) = board.case_of_number(&first.number).unwrap();
        case.entries
            .iter()
            .filter(|entry| entry.event.kind() == Kind::Acknowledged)
            .count()
    };
    assert_eq!(acknowledged(&desk), 1);
}

#[tokio::test]
async fn an_anonymous_report_needs_a_text_and_nothing_else() {
    let desk = Desk::open().await;
    let (number, room) = entered(
        &desk,
        FormReport {
            ticket: desk.casework.draw_ticket().unwrap(),
            brand: NOZOMI.to_owned(),
            text: "It crashes".to_owned(),
            ..FormReport::default()
        },
    )
    .await;
    let view = seen(&desk, &room);
    assert_eq!((view.number, view.title.as_str()), (number, "It crashes"));
    assert_eq!(view.credit, (CreditChoice::Unasked, None));
    assert!(!view.has_passphrase);
}

#[tokio::test]
async fn what_a_field_cannot_take_is_said_beside_it() {
    check_faults(|form| form.text = "  ".to_owned(), "text", "Say what you found").await;
    check_faults(
        |form| form.text = "x".repeat(200_001),
        "text",
        "Put the rest into a file",
    )
    .await;
    check_faults(|form| form.title = "x".repeat(201), "title", "more than 200 characters").await;
    check_faults(|form| form.product = "a\nb".to_owned(), "product", "one line").await;
    check_faults(|form| form.mail = "ada".to_owned(), "mail", "no mail address").await;
    check_faults(|form| form.mail = "a@b@c".to_owned(), "mail", "no mail address").await;
    check_faults(|form| form.disclosure = "soon".to_owned(), "disclosure", "2027-02-28").await;
    check_faults(
        |form| form.disclosure = "2026-08-31".to_owned(),
        "disclosure",
        "is over",
    )
    .await;
    check_faults(
        |form| form.disclosure = "2050-01-01".to_owned(),
        "disclosure",
        "years away",
    )
    .await;
    check_faults(
        |form| form.passphrase = "x".repeat(MIN_PASSPHRASE_CHARS - 1),
        "passphrase",
        "at least 14",
    )
    .await;
    check_faults(|form| form.key = "0xABCD".to_owned(), "key", "no public key").await;
    check_faults(
        |form| form.key = "-----BEGIN PGP PRIVATE KEY BLOCK-----".to_owned(),
        "key",
        "private key",
    )
    .await;
    let desk = Desk::open().await;
    let other = |change: fn(&mut FormReport)| {
        let mut form = form(&desk);
        change(&mut form);
        Box::pin(desk.casework.submit(form))
    };
    check_refused(&desk, other(|form| form.ticket = "x".to_owned()), "open it anew").await;
    check_refused(&desk, other(|form| form.brand = "acme".to_owned()), "no brand").await;
}

#[tokio::test]
async fn the_secret_opens_the_room_and_nothing_else_does() {
    let desk = Desk::open().await;
    let taken = taken(&desk, form(&desk)).await;
    let key = taken.room.unwrap();
    let (secret, address) = (key.reveal(), key.address());
    for text in ["", &secret[1..], &address, &"0".repeat(52), &taken.number] {
        assert!(desk.casework.room(NOZOMI, text).is_none(), "{text}");
    }
    assert!(
        desk.casework.room(T128, &secret).is_none(),
        "another brand's portal has no such room"
    );
    assert!(desk.casework.room_status(T128, &address).is_none());
    assert!(desk.casework.room(NOZOMI, &secret).is_some());
    let status = desk.casework.room_status(NOZOMI, &address).unwrap();
    assert_eq!(
        (status.number, status.standing.word, status.has_passphrase),
        (taken.number, "Received", false)
    );

    // Nothing on the disk opens it.
    let desk = desk.reopened().await;
    assert!(desk.casework.room(NOZOMI, &secret).is_some());
    for entry in walk(desk.directory.path()) {
        let bytes = std::fs::read(&entry).unwrap();
        let held = |needle: &str| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
        for planted in [&*secret, &address, NAME, "port 443"] {
            assert!(!held(planted), "{} holds {planted}", entry.display());
        }
    }
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] })
        .collect()
}

#[tokio::test]
async fn a_passphrase_opens_the_room_at_its_address() {
    let desk = Desk::open().await;
    let phrased = FormReport {
        passphrase: PHRASE.to_owned(),
        ..form(&desk)
    };
    let taken = taken(&desk, phrased).await;
    let key = taken.room.unwrap();
    let address = key.address();
    let tried = async |brand: &str, address: &str, number: &str, phrase: &str| {
        let knocked = desk.casework.unlock_room(brand, address, number, phrase, None).await;
        knocked.key.map(|key| key.reveal().to_string())
    };
    let number = taken.number.as_str();
    assert_eq!(
        tried(NOZOMI, &address, number, PHRASE).await,
        Some(key.reveal().to_string())
    );
    assert_eq!(tried(NOZOMI, &address, number, "four words of yours").await, None);
    assert_eq!(tried(NOZOMI, &address, "NN-2026-00000", PHRASE).await, None);
    assert_eq!(tried(T128, &address, number, PHRASE).await, None);
    assert_eq!(tried(NOZOMI, &"0".repeat(26), number, PHRASE).await, None);
}

#[tokio::test]
async fn tries_of_strangers_make_a_room_slow_and_never_shut() {
    let desk = Desk::open().await;
    let phrased = FormReport {
        passphrase: PHRASE.to_owned(),
        ..form(&desk)
    };
    let taken = taken(&desk, phrased).await;
    let address = taken.room.unwrap().address();
    let tried = async |phrase: &str, client: Option<&str>| {
        let casework = &desk.casework;
        let knocked = casework.unlock_room(NOZOMI, &address, &taken.number, phrase, client);
        let knocked = knocked.await;
        (knocked.key.is_some(), knocked.told_after.as_secs())
    };
    for _ in 0..10 {
        assert_eq!(tried("", Some("192.0.2.7")).await, (false, 0));
    }
    assert_eq!(
        tried(PHRASE, Some("192.0.2.7")).await,
        (false, 0),
        "ten tries are enough for one address"
    );
    assert_eq!(
        tried(PHRASE, Some("192.0.2.8")).await,
        (true, 0),
        "and take none from another"
    );
    assert_eq!(tried(PHRASE, None).await, (true, 0));
    desk.wait_until("2026-09-01T09:00:01Z");
    assert_eq!(tried(PHRASE, Some("192.0.2.7")).await, (true, 0));
}

#[tokio::test]
async fn both_sides_talk_and_the_room_shows_nothing_else() {
    let desk = Desk::open().await;
    let (number, room) = entered(&desk, form(&desk)).await;
    say(&desk, &room, Wish::Message("Did you see it?\r\nIt is bad.".to_owned())).await;
    desk.wait_until("2026-09-01T09:00:00Z");
    for text in [
        "reviewed = {}",
        "noted = { text = \"PLANTED: they are a student\" }",
        "messaged = { text = \"We see it.\" }",
        "messaged = { reporter = \"external\", text = \"Which version?\" }",
        "messaged = { reporter = \"customer:c-1\", text = \"PLANTED: not for you\" }",
        "info-requested = {}",
    ] {
        desk.act(&number, text).await;
    }
    assert_eq!(seen(&desk, &room).standing.word, "We need your help");
    say(&desk, &room, Wish::Message("25.1".to_owned())).await;
    let view = seen(&desk, &room);
    assert_eq!(
        view.standing.word, "Being looked at",
        "an answer is what was waited for"
    );
    let talk: Vec<(bool, &str)> = view
        .conversation
        .iter()
        .map(|said| (said.is_mine, said.text.as_str()))
        .collect();
    assert_eq!(
        talk,
        [
            (true, "Did you see it?\nIt is bad."),
            (false, "We see it."),
            (false, "Which version?"),
            (true, "25.1")
        ]
    );
    assert!(!format!("{view:?}").contains("PLANTED"));
}

#[tokio::test]
async fn a_second_reporter_of_the_case_is_nobody_in_the_firsts_room() {
    let desk = Desk::open().await;
    let (first, ours) = entered(&desk, form(&desk)).await;
    let (second, theirs) = entered(
        &desk,
        FormReport {
            name: "PLANTED person".to_owned(),
            title: "PLANTED title".to_owned(),
            ..form(&desk)
        },
    )
    .await;
    say(&desk, &theirs, Wish::Message("PLANTED before".to_owned())).await;
    desk.act(&second, "messaged = { text = \"Thank you, PLANTED\" }").await;
    desk.casework.join_report(&by("ana"), &second, &first).await.unwrap();
    say(&desk, &theirs, Wish::Message("PLANTED after".to_owned())).await;
    say(
        &desk,
        &theirs,
        Wish::Credit(CreditChoice::Yes, "PLANTED name".to_owned()),
    )
    .await;
    say(&desk, &theirs, Wish::Disclosure("2026-12-24".to_owned())).await;
    desk.act(
        &first,
        &format!("messaged = {{ reporter = \"external:{second}\", text = \"PLANTED answer\" }}"),
    )
    .await;
    desk.act(&first, "messaged = { text = \"to whom?\" }").await;
    desk.act(
        &first,
        "messaged = { reporter = \"external\", text = \"to the first\" }",
    )
    .await;

    let view = seen(&desk, &ours);
    assert!(!format!("{view:?}").contains("PLANTED"), "{view:?}");
    assert!(!format!("{view:?}").contains(&second), "{view:?}");
    let talk: Vec<&str> = view.conversation.iter().map(|said| said.text.as_str()).collect();
    assert_eq!(talk, ["to the first"], "what names nobody goes to nobody");
    assert!(view.plans.is_empty());

    let view = seen(&desk, &theirs);
    let talk: Vec<&str> = view.conversation.iter().map(|said| said.text.as_str()).collect();
    assert_eq!(
        talk,
        [
            "PLANTED before",
            "Thank you, PLANTED",
            "PLANTED after",
            "PLANTED answer"
        ]
    );
    assert_eq!(view.credit.1.as_deref(), Some("PLANTED name"));
    assert_eq!(view.plans.len(), 1);
    assert!(
        view.standing.says.contains("together with another report"),
        "{:?}",
        view.standing
    );
    assert!(!format!("{view:?}").contains(&first), "{view:?}");
}

#[tokio::test]
async fn promises_have_their_dates_and_say_why_one_moved() {
    let desk = Desk::open().await;
    let (number, room) = entered(&desk, form(&desk)).await;
    let promised = |kind: Kind| {
        let view = seen(&desk, &room);
        view.promises.into_iter().find(|owed| owed.ends == kind)
    };
    assert_eq!(promised(Kind::Acknowledged).unwrap().state, State::Met);
    let review = promised(Kind::Reviewed).unwrap();
    assert_eq!(
        (review.clause.as_str(), review.due.unwrap().to_string().as_str()),
        ("N19", "2026-09-04T08:00:00Z")
    );
    for text in [
        "reviewed = {}",
        "confirmed = { origin = \"own\", products = [\"Guardian\"] }",
        "scored = { vector = \"CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H\", source = \"own\" }",
    ] {
        desk.act(&number, text).await;
    }
    let fix = promised(Kind::FixReleased).unwrap();
    assert_eq!((fix.clause.as_str(), fix.moved.len()), ("N3", 0));
    assert!(fix.quote.len() > 10);
    let moved = super::world::event("overridden = { rule = \"N3\", due = \"2027-02-28\", why = \"PLANTED reason\" }");
    desk.casework
        .act(&two("lea", "leo"), &number, None, moved)
        .await
        .unwrap();
    let later = promised(Kind::FixReleased).unwrap();
    assert!(later.due > fix.due);
    assert_eq!(later.moved.len(), 1);
    assert!(
        matches!(later.moved[0], Moved::Decided { from, .. } if from == fix.due),
        "{later:?}"
    );
    let view = seen(&desk, &room);
    let said = format!("{view:?}");
    assert!(
        !said.contains("PLANTED") && !said.contains("CVSS") && !said.contains("8.8") && !said.contains("Guardian\""),
        "{said}"
    );
    assert!(
        promised(Kind::DefectCreated).is_none(),
        "how the house works is its own affair"
    );
}

#[tokio::test]
async fn a_rejection_names_its_clause_and_can_be_appealed_once() {
    let desk = Desk::open().await;
    let (number, room) = entered(&desk, form(&desk)).await;
    let appeal = Wish::Appeal("Here is a working proof.".to_owned());
    check_refused(
        &desk,
        desk.casework.act_in_room(&room, "once", &appeal),
        "only a rejection can be appealed",
    )
    .await;
    desk.act(&number, "reviewed = {}").await;
    desk.act(&number, "scope-decided = { out = true, clause = \"N34.12\" }")
        .await;
    desk.act(
        &number,
        "rejected = { exit = \"out-of-scope\", clause = \"N34.12\", why = \"PLANTED why\" }",
    )
    .await;
    let view = seen(&desk, &room);
    assert_eq!((view.standing.word, view.appeal), ("Turned down", Appeal::Open));
    assert!(view.standing.says.contains("§N34.12"), "{:?}", view.standing);
    assert!(
        view.standing.answer.as_ref().unwrap().contains("You may appeal"),
        "{:?}",
        view.standing
    );
    assert!(!format!("{view:?}").contains("PLANTED"));
    desk.wait_until("2026-09-02T08:00:00Z");
    say(&desk, &room, appeal).await;
    let view = seen(&desk, &room);
    assert!(matches!(view.appeal, Appeal::Made(_)), "{view:?}");
    assert_eq!(view.conversation.last().unwrap().text, "Here is a working proof.");
    assert!(view.standing.step < 6, "it goes on: {:?}", view.standing);
}

#[tokio::test]
async fn files_are_sealed_for_the_report_and_the_same_one_twice_is_one() {
    let desk = Desk::open().await;
    let (number, room) = entered(&desk, form(&desk)).await;
    for _ in 0..2 {
        let bytes = Cursor::new(b"packets".to_vec());
        let kept = desk
            .casework
            .attach_in_room(&room, "../capture.pcap", 7, bytes)
            .await
            .unwrap();
        assert_eq!((kept.name.as_str(), kept.bytes), ("capture.pcap", 7));
    }
    let large = Cursor::new(b"too many".to_vec());
    check_refused(
        &desk,
        desk.casework.attach_in_room(&room, "large", 7, large),
        "larger than",
    )
    .await;
    let files = seen(&desk, &room).files;
    assert_eq!(files.len(), 1);
    let mut read = Vec::new();
    let reader = desk
        .casework
        .read_file(&by("ana"), &number, "capture.pcap")
        .await
        .unwrap();
    reader.unwrap().read_to_end(&mut read).unwrap();
    assert_eq!(read, b"packets");
}

#[tokio::test]
async fn the_same_message_twice_is_one_and_too_many_wait() {
    let desk = Desk::open().await;
    let (_, room) = entered(&desk, form(&desk)).await;
    let wish = Wish::Message("Hello".to_owned());
    for _ in 0..2 {
        desk.casework.act_in_room(&room, "the same click", &wish).await.unwrap();
    }
    assert_eq!(seen(&desk, &room).conversation.len(), 1);
    for (wish, words) in [
        (Wish::Message(" ".to_owned()), "is empty"),
        (Wish::Message("x".repeat(64_001)), "as a file"),
        (Wish::Disclosure("yesterday".to_owned()), "no date"),
        (Wish::Disclosure("2026-08-01".to_owned()), "is over"),
        (Wish::Credit(CreditChoice::Yes, String::new()), "by which name"),
    ] {
        check_refused(&desk, desk.casework.act_in_room(&room, words, &wish), words).await;
    }
    for turn in 1..200 {
        desk.casework
            .act_in_room(&room, &format!("turn {turn}"), &wish)
            .await
            .unwrap();
    }
    check_refused(
        &desk,
        desk.casework.act_in_room(&room, "one more", &wish),
        "go on tomorrow",
    )
    .await;
    desk.wait_until("2026-09-02T08:00:01Z");
    desk.casework.act_in_room(&room, "one more", &wish).await.unwrap();
}

#[tokio::test]
async fn whoever_erases_themselves_leaves_the_case_and_no_way_in() {
    let desk = Desk::open().await;
    let (number, room) = entered(&desk, form(&desk)).await;
    desk.casework
        .attach_in_room(&room, "capture.pcap", 100, Cursor::new(b"packets".to_vec()))
        .await
        .unwrap();
    let secret_gone = desk.casework.erase_self(&room).await.unwrap();
    assert_eq!(secret_gone.numbers, [number.as_str()]);
    let desk = desk.reopened().await;
    assert!(desk.casework.view_room(&room).is_none());
    let late = desk
        .casework
        .act_in_room(&room, "late", &Wish::Message("Hello?".to_owned()))
        .await;
    assert!(matches!(late, Err(ActError::NotFound(_))), "{late:?}");
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&number).unwrap();
    assert_eq!(board.report(&case.reports[0]).unwrap().from, "");
    assert_eq!(
        case.view.files.len(),
        1,
        "the record of the file stays, its bytes do not"
    );
    drop(board);
    let file = desk
        .casework
        .read_file(&by("ana"), &number, "capture.pcap")
        .await
        .unwrap();
    assert!(file.is_none());
    assert_eq!(
        format!("{:?}", *desk.casework.board()),
        format!("{:?}", desk.casework.board_from_scratch().await.unwrap())
    );
}

#[tokio::test]
async fn a_full_disk_takes_nothing_and_says_so() {
    let desk = Desk::open().await;
    let sent = form(&desk);
    // So many that one more report does not fit.
    let pages = desk.casework.board().size as u32;
    let desk = desk.reopened_within(pages.max(40)).await;
    let mut last = Ok(());
    for _ in 0..2_000 {
        let mut more = sent.clone();
        more.ticket = desk.casework.draw_ticket().unwrap();
        more.text = "x".repeat(60_000);
        if let Err(error) = desk.casework.submit(more).await {
            last = Err(error);
            break;
        }
    }
    let error = last.unwrap_err();
    assert!(crate::is_full(&error), "{error}");
    assert!(crate::told(&error).contains("Nothing of this was kept"));
}
