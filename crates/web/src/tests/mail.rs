//! Mail on the desk: what waits without a case, what a form showed, and whom the team's words reach.

use super::{POLICY, ask, check_harmless, sample};
use crate::desk_of_board;
use axum::Router;
use psirt::board::Board;
use psirt::event::{Event, Flag};
use psirt::house::HouseEvent;
use psirt::house::book::{ADDRESS_BOOK, GivenKey};
use psirt::house::dispatch::{DispatchEvent, LetterKind};
use psirt::house::mail::{Fate, Letter, SenderKey, Sorted, Suspicion};
use psirt::house::{ReportEvent, ShownNotice, Terms};

fn desk(board: Board) -> Router {
    desk_of_board(board, sample::now())
}

fn check_page(desk: &Router, path: &str, shows: &[&str], lacks: &[&str]) {
    let page = ask(desk, path).body;
    for part in shows {
        assert!(page.contains(part), "{path} lacks {part}");
    }
    for part in lacks {
        assert!(!page.contains(part), "{path} has {part}");
    }
}

#[test]
fn what_waits_without_a_case_is_shown_with_its_release() {
    let desk = desk(sample::sample(POLICY).board);
    check_page(
        &desk,
        "/mail",
        &[
            "Two messages are held until a person has looked at them.",
            "candor mail release EXN-2027-K3W7P --as YOU",
            "One key for each: <code>candor mail sift --as YOU</code>",
            "It asks for a reward and reports nothing",
            "A letter of ours did not arrive: <a href=\"/cases/EXN-2026-H2M8K\">",
            "Not read yet",
            "It asks something of an announce list",
        ],
        &["candor mail release EXN-2027-T7J6F", "Heap overflow in the DNP3 reader"],
    );
    check_page(
        &desk,
        "/mail?state=automatic",
        &["I am away until Monday</p>", "candor mail release EXN-2027-V1D8X"],
        &["Do you pay for findings?"],
    );
    check_page(&desk, "/mail?state=nothing", &["Do you pay for findings?"], &[]);
    let (_, rail) = ask(&desk, "/people")
        .body
        .split_once("</svg>Mail")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert!(
        rail.starts_with("<span class=\"count\">2</span>"),
        "the rail counts what is held"
    );
}

#[test]
fn a_message_can_say_what_it_likes() {
    let mut house = sample::sample(POLICY);
    let hostile = "<script>alert(1)</script>\u{202e}";
    let held = Fate::Held { why: Suspicion::Sales };
    sample::message(&mut house, "EXN-2027-AAAAA", 18, (hostile, hostile), Some(held));
    let desk = desk(house.board);
    check_page(&desk, "/mail", &["EXN-2027-AAAAA"], &["<script>alert"]);
    check_harmless(&ask(&desk, "/mail").body, "/mail");
}

#[test]
fn a_case_says_which_texts_its_form_showed() {
    let mut house = sample::sample(POLICY);
    let notice = |id: &str, holds| ShownNotice {
        id: id.to_owned(),
        clause: "N9".to_owned(),
        version: "2".to_owned(),
        holds,
    };
    let terms = Terms {
        policy: "example-networks".to_owned(),
        version: "1".to_owned(),
        notices: vec![notice("rules", Some(true)), notice("privacy", None)],
    };
    house.report_event("report-case-overflow", ReportEvent::TermsShown(terms));
    check_page(
        &desk(house.board),
        "/cases/EXN-2026-H2M8K",
        &[
            "EXN-2026-H2M8K by the form, under example-networks 1",
            "rules, version 2: the reporter said that it holds",
            "privacy, version 2</li>",
        ],
        &[],
    );
}

#[test]
fn a_case_says_when_a_message_reaches_nobody() {
    let mut house = sample::sample(POLICY);
    let at = "2027-02-18T09:00:00+01:00";
    house.report(&sample::Report {
        case: "case-call",
        number: "EXN-2027-CALLD",
        at,
        kind: "external",
        channel: "cli",
        from: "",
        title: "Somebody called",
        text: "Somebody called about a crash.",
        suspected: &[],
    });
    let thanks = Event::Messaged {
        reporter: None,
        from_reporter: false,
        text: "Thank you for the call.".to_owned(),
        in_clear: None,
    };
    house.case("case-call", at, "adler", thanks);
    let desk = desk(house.board);
    check_page(
        &desk,
        "/cases/EXN-2027-CALLD",
        &["This reaches nobody by itself: no letter may go, and there is no room"],
        &["The reporter reads this"],
    );
    let room = ["The reporter reads this in their room"];
    check_page(&desk, "/cases/EXN-2026-H2M8K", &room, &["This reaches nobody"]);
}

#[test]
fn the_inbox_says_how_a_message_was_protected_who_cannot_be_written_to_and_which_flags_its_words_suggest() {
    let mut house = sample::sample(POLICY);
    let at = "2027-02-18T09:00:00+01:00";
    house.report(&sample::Report {
        case: "case-threat",
        number: "EXN-2027-THREA",
        at,
        kind: "external",
        channel: "mail",
        from: "j\u{fc}rgen@b\u{fc}cher.example",
        title: "Pay me",
        text: "Pay 10000 USD in bitcoin or I publish. I got passport data of your customers.",
        suspected: &[],
    });
    let key = |fingerprint: &str, origin: &str| SenderKey {
        fingerprint: fingerprint.to_owned(),
        public: String::new(),
        origin: origin.to_owned(),
        signers: Vec::new(),
    };
    let letter = Letter {
        from: vec!["j\u{fc}rgen@b\u{fc}cher.example".to_owned()],
        keys: vec![key("FFC0", "attached")],
        signer: Some("FFC0".to_owned()),
        signer_is_known: Some(false),
        signer_matches_from: Some(true),
        results: Some("mx.vendor.example; dkim=pass".to_owned()),
        ..Letter::default()
    };
    let sorted = Sorted {
        fate: Fate::Report,
        opened: Some(true),
        trouble: None,
        signature: "good".to_owned(),
        warnings: Vec::new(),
        answerable: true,
        proven: true,
    };
    house.report_event("report-case-threat", ReportEvent::Letter(Box::new(letter)));
    house.report_event("report-case-threat", ReportEvent::Sorted(Box::new(sorted)));
    let flag = Event::Flagged {
        flag: Flag::Extortion,
        why: None,
    };
    house.case("case-threat", at, "adler", flag);
    let desk = desk(house.board);
    let protected = "Encrypted \u{b7} signed by FFC0, a key with the sender\u{2019}s address, which came with this message \u{b7} DKIM pass";
    check_page(
        &desk,
        "/inbox?report=EXN-2027-THREA",
        &[
            protected,
            "No letter can go to an address like this one",
            "Does a flag fit?",
            "<b>Extortion</b> <span class=\"quiet small\">is set</span>",
            "candor case flagged EXN-2027-THREA --flag contains-pii --as YOU",
        ],
        &["--flag extortion"],
    );
    check_page(
        &desk,
        "/cases/EXN-2027-THREA",
        &[
            "How its mail was protected",
            protected,
            "Flagged: Extortion",
            "Keys for letters to the reporter of",
            "<code>FFC0</code> It signed a message of theirs</li>",
            "candor mail key add EXN-2027-THREA FILE --as YOU",
            "candor mail key find EXN-2027-THREA --as YOU",
        ],
        &["None is known", "candor mail key drop"],
    );
}

#[test]
fn a_case_says_who_gave_the_key_of_its_reporter() {
    let mut house = sample::sample(POLICY);
    let address = "rita@researcher.example";
    house.report(&sample::Report {
        case: "case-key",
        number: "EXN-2027-KEYED",
        at: "2027-02-18T09:00:00+01:00",
        kind: "external",
        channel: "form",
        from: address,
        title: "It crashes",
        text: "It crashes.",
        suspected: &[],
    });
    let given = GivenKey {
        address: address.to_owned(),
        key: SenderKey {
            fingerprint: "AB12".to_owned(),
            public: String::new(),
            origin: ADDRESS_BOOK.to_owned(),
            signers: Vec::new(),
        },
        why: Some("<b>by phone".to_owned()),
    };
    house.report_event("report-case-key", ReportEvent::KeyGiven(Box::new(given)));
    check_page(
        &desk(house.board),
        "/cases/EXN-2027-KEYED",
        &[
            "<code>AB12</code> From the address book of ",
            "by phone</li>",
            "candor mail key drop EXN-2027-KEYED FINGERPRINT --as YOU",
        ],
        &["<b>by phone"],
    );
}

/// A letter about a report, up to what happened to it last.
fn letter(house: &mut sample::Sample, stream: &str, story: Vec<DispatchEvent>) {
    let ordered = DispatchEvent::Ordered {
        letter: LetterKind::Acknowledgement,
        encrypted: false,
    };
    for event in std::iter::once(ordered).chain(story) {
        house.report_event(stream, ReportEvent::Dispatch { id: 1, event });
    }
}

#[test]
fn the_status_says_that_letters_are_late_and_since_when() {
    let mut house = sample::sample(POLICY);
    letter(&mut house, "report-case-overflow", Vec::new());
    let now = |text: &str| sample::instant(text);
    let at = |text: &str| desk_of_board(house.board.clone(), now(text));
    let well = "class=\"status good\"";
    let row = |page: &str| {
        page.split_once("<b>Letters</b>")
            .unwrap()
            .1
            .split_once("</tr>")
            .unwrap()
            .0
            .to_owned()
    };
    let soon = row(&ask(&at("2027-02-19T10:24:00+01:00"), "/status").body);
    assert!(soon.contains(well) && soon.contains("One letter waits"), "{soon}");
    let late = row(&ask(&at("2027-02-19T10:26:00+01:00"), "/status").body);
    for part in [
        "Late</span>",
        "one is late, the first since ",
        "candor mail queue --as YOU",
    ] {
        assert!(late.contains(part), "{late}\nlacks {part}");
    }
    assert!(!late.contains(well), "{late}");
}

#[test]
fn a_letter_that_was_given_up_is_said_with_why_and_what_to_do() {
    let mut house = sample::sample(POLICY);
    let at = "2027-02-18T09:00:00+01:00";
    house.report(&sample::Report {
        case: "case-lost",
        number: "EXN-2027-LOSTX",
        at,
        kind: "external",
        channel: "form",
        from: "rita@researcher.example",
        title: "It crashes",
        text: "It crashes.",
        suspected: &[],
    });
    let begun = DispatchEvent::Begun {
        also: Vec::new(),
        told: false,
    };
    let given_up = DispatchEvent::GivenUp {
        why: "550 5.1.1".to_owned(),
    };
    letter(&mut house, "report-case-lost", vec![begun, given_up]);
    house.house(HouseEvent::JobGivenUp {
        job: "mail:report-case-lost:1".to_owned(),
        effect: "mail".to_owned(),
        attempts: 1,
        why: "550 5.1.1".to_owned(),
    });
    let desk = desk(house.board);
    let shows = [
        "The acknowledgement for EXN-2027-LOSTX was given up ",
        ": 550 5.1.1. Reach them on another way",
        "candor case acknowledged EXN-2027-LOSTX --as YOU",
        "candor jobs retry mail:report-case-lost:1 --as YOU",
    ];
    check_page(&desk, "/inbox?report=EXN-2027-LOSTX", &shows, &[]);
    check_page(&desk, "/cases/EXN-2027-LOSTX", &shows, &[]);
    let first = [
        "You: the job `mail` of EXN-2027-LOSTX was given up",
        "href=\"/cases/EXN-2027-LOSTX\"",
    ];
    check_page(&desk, "/", &first, &[]);
}
