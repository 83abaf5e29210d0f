//! Personal data: words and files of a flagged case are for few, wherever the case goes.

use super::rooms::{entered, form, say, seen};
use super::world::{Desk, NOZOMI, VANTAGE, by, check_refused, incoming, two};
use crate::{FormReport, Split, Wish};
use psirt::board::restricted::RESTRICTED_TITLE;
use std::io::Cursor;

/// What must not be read.
pub(super) const SECRET: &str = "Jane-Roe-passport-4711";

/// A report by form with a title, a text, a message and a file that name somebody.
pub(super) async fn planted(desk: &Desk) -> (String, crate::Room) {
    let (number, room) = entered(
        desk,
        FormReport {
            title: format!("Title {SECRET}"),
            text: format!("Text {SECRET}"),
            product: format!("Product {SECRET}"),
            ..form(desk)
        },
    )
    .await;
    say(desk, &room, Wish::Message(format!("Message {SECRET}"))).await;
    let bytes = Cursor::new(SECRET.as_bytes().to_vec());
    let name = format!("{SECRET}.txt");
    desk.casework
        .attach(&by("ana"), &number, true, &name, 1 << 20, bytes)
        .await
        .unwrap();
    (number, room)
}

/// Everything that everybody who reads cases gets of a case: lists, search, story, what looks alike.
pub(super) fn shown(desk: &Desk, number: &str) -> String {
    let alike = desk.casework.alike(number).unwrap();
    let story = desk.casework.story(number).unwrap().write();
    let lists = desk.casework.glance(|board, glances, _| {
        let open: Vec<String> = glances.iter().map(|(_, glance)| format!("{glance:?}")).collect();
        let over: Vec<String> = board.over().map(|(_, closed)| format!("{:?}", closed.glance)).collect();
        format!("{open:?}{over:?}")
    });
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(number).unwrap();
    let titles: Vec<&str> = case
        .reports
        .iter()
        .filter_map(|stream| board.report(stream))
        .map(|report| board.report_title(report))
        .collect();
    format!(
        "{alike:?}{story}{lists}{titles:?}{}{:?}",
        board.title(case),
        board.given_title(case)
    )
}

/// Whether this person gets the words, the bytes and the file; all three or none.
async fn reads(desk: &Desk, person: &str, number: &str) -> bool {
    let who = by(person);
    let words = desk.casework.words(&who, number);
    let raw = desk.casework.read_raw(&who, number).await;
    let file = desk.casework.read_file(&who, number, &format!("{SECRET}.txt")).await;
    for refused in [
        words.as_ref().err().map(ToString::to_string),
        raw.as_ref().err().map(ToString::to_string),
        file.as_ref().err().map(ToString::to_string),
    ]
    .into_iter()
    .flatten()
    {
        assert!(!refused.contains(SECRET), "{refused}");
        assert!(refused.contains("personal data (§N26)"), "{refused}");
        assert!(refused.contains("lea, leo"), "{refused}");
    }
    assert_eq!(words.is_ok(), raw.is_ok());
    assert_eq!(words.is_ok(), file.is_ok());
    words.is_ok_and(|words| {
        let all = words.iter().map(|said| said.text.as_str()).collect::<String>();
        assert!(all.contains(&format!("Text {SECRET}")) && all.contains(&format!("Message {SECRET}")));
        true
    })
}

async fn check_readers(desk: &Desk, number: &str, expect: &[&str]) {
    let mut readers = Vec::new();
    for person in ["ana", "ben", "lea", "leo", "audrey"] {
        if reads(desk, person, number).await {
            readers.push(person);
        }
    }
    assert_eq!(readers, expect);
    let hidden = shown(desk, number);
    let restricted = expect.len() < 5;
    assert_eq!(
        hidden.contains(&SECRET.to_lowercase()) || hidden.contains(SECRET),
        !restricted,
        "{hidden}"
    );
    let root = desk.casework.words(&by("root"), number).unwrap_err().to_string();
    assert!(root.contains("or not for you"), "{root}");
    let scratch = desk.casework.board_from_scratch().await.unwrap();
    assert_eq!(format!("{:?}", *desk.casework.board()), format!("{scratch:?}"));
}

pub(super) const FLAG: &str = "flagged = { flag = \"contains-pii\" }";
const ALL: [&str; 5] = ["ana", "ben", "lea", "leo", "audrey"];
const LEADS: [&str; 2] = ["lea", "leo"];

#[tokio::test]
async fn what_is_flagged_is_read_by_leads_alone_until_one_of_them_gives_the_case_away() {
    let desk = Desk::open().await;
    let (number, room) = planted(&desk).await;
    desk.act(&number, "assigned = { person = \"ben\" }").await;
    check_readers(&desk, &number, &ALL).await;
    desk.act(&number, FLAG).await;
    check_readers(&desk, &number, &LEADS).await;
    // Nobody helps themselves to it.
    desk.act(&number, "assigned = { person = \"ana\" }").await;
    check_readers(&desk, &number, &LEADS).await;
    let lead = by("lea");
    let given = super::world::event("assigned = { person = \"ben\" }");
    desk.casework.act(&lead, &number, None, given).await.unwrap();
    check_readers(&desk, &number, &["ben", "lea", "leo"]).await;
    desk.act(&number, "assigned = { person = \"ana\" }").await;
    check_readers(&desk, &number, &LEADS).await;
    let take_back = |event: &str| super::world::event(&format!("retracted = {{ event = \"{event}\", why = \"no\" }}"));
    for event in ["assigned", "flagged"] {
        let ana = by("ana");
        let act = desk.casework.act(&ana, &number, None, take_back(event));
        check_refused(&desk, act, "`lift-restriction` is for: lead").await;
    }
    assert!(format!("{:?}", seen(&desk, &room)).contains(&format!("Message {SECRET}")));
    let both = two("ana", "leo");
    let done = desk.casework.act(&both, &number, None, take_back("flagged"));
    done.await.unwrap();
    check_readers(&desk, &number, &ALL).await;
}

#[tokio::test]
async fn a_title_of_the_team_is_shown_and_the_reporters_is_not() {
    let desk = Desk::open().await;
    let (number, _) = planted(&desk).await;
    desk.act(&number, FLAG).await;
    let title = |desk: &Desk| {
        let board = desk.casework.board();
        board.title(board.case_of_number(&number).unwrap().1).to_owned()
    };
    assert_eq!(title(&desk), RESTRICTED_TITLE);
    desk.act(&number, "titled = { title = \"Overflow in the parser\" }")
        .await;
    assert_eq!(title(&desk), "Overflow in the parser");
    check_readers(&desk, &number, &LEADS).await;
    desk.act(&number, "retracted = { event = \"titled\", why = \"another\" }")
        .await;
    assert_eq!(title(&desk), RESTRICTED_TITLE);
    check_readers(&desk, &number, &LEADS).await;
}

#[tokio::test]
async fn a_form_that_says_so_restricts_its_report_from_the_first_moment() {
    let desk = Desk::open().await;
    let answers = vec![("personal-data".to_owned(), false)];
    let (number, _) = entered(
        &desk,
        FormReport {
            title: format!("Title {SECRET}"),
            text: format!("Text {SECRET}"),
            answers,
            ..form(&desk)
        },
    )
    .await;
    assert!(desk.casework.read_raw(&by("ana"), &number).await.is_err());
    assert!(!shown(&desk, &number).contains(SECRET));
    assert!(desk.casework.words(&by("lea"), &number).is_ok());
}

#[tokio::test]
async fn a_restriction_goes_along_with_merges_splits_joins_and_ends() {
    for way in ["merge", "merge-in", "split", "join", "end"] {
        let desk = Desk::open().await;
        let (number, _) = planted(&desk).await;
        let other = desk.receive(incoming("Another overflow")).await;
        desk.act(&number, FLAG).await;
        let given = super::world::event("assigned = { person = \"ben\" }");
        desk.casework.act(&by("lea"), &other, None, given).await.unwrap();
        match way {
            "merge" => desk
                .casework
                .merge_cases(&by("ben"), &number, &other, false, None)
                .await
                .unwrap(),
            "merge-in" => desk
                .casework
                .merge_cases(&by("ben"), &other, &number, false, None)
                .await
                .unwrap(),
            "split" => {
                let new = split(&desk, &number).await;
                assert!(desk.casework.words(&by("ben"), &new).is_err());
                assert!(!shown(&desk, &new).contains(SECRET));
            }
            "join" => {
                desk.casework.join_report(&by("ben"), &number, &other).await.unwrap();
                assert!(desk.casework.words(&by("ben"), &other).is_err());
                assert!(!shown(&desk, &other).contains(SECRET));
            }
            _ => {
                for text in [
                    "acknowledged = {}",
                    "reviewed = {}",
                    "rejected = { exit = \"withdrawn\" }",
                ] {
                    desk.act(&number, text).await;
                }
            }
        }
        assert!(desk.casework.read_raw(&by("ben"), &number).await.is_err(), "{way}");
        assert!(desk.casework.words(&by("ben"), &number).is_err(), "{way}");
        assert!(!shown(&desk, &number).contains(SECRET), "{way}");
        let scratch = desk.casework.board_from_scratch().await.unwrap();
        assert_eq!(format!("{:?}", *desk.casework.board()), format!("{scratch:?}"), "{way}");
    }
}

/// Vantage gets a case of its own, with the same reporter.
async fn split(desk: &Desk, number: &str) -> String {
    desk.act(number, "suspected = { products = [\"Guardian\", \"Vantage\"] }")
        .await;
    let split = Split {
        reports: Vec::new(),
        products: vec![VANTAGE.to_owned()],
        title: String::new(),
        why: Some("two flaws".to_owned()),
    };
    desk.casework.split_case(&by("ben"), number, &split).await.unwrap()
}

/// Two cases are related by this way, then one of them, or both, end; then one is flagged. Nobody reads in either what the flag is about.
async fn check_later_flag(way: &str, flags_planted: bool, ends: bool) {
    let what = format!("{way}, {flags_planted}, {ends}");
    let desk = Desk::open().await;
    let (number, _) = planted(&desk).await;
    let mut other = desk.receive(incoming("Another overflow")).await;
    let ben = by("ben");
    match way {
        "merge" => desk
            .casework
            .merge_cases(&ben, &number, &other, false, None)
            .await
            .unwrap(),
        "merge-in" => desk
            .casework
            .merge_cases(&ben, &other, &number, false, None)
            .await
            .unwrap(),
        "split" => other = split(&desk, &number).await,
        _ => desk.casework.join_report(&ben, &number, &other).await.unwrap(),
    }
    for case in [&number, &other] {
        let open = {
            let board = desk.casework.board();
            let (_, case) = board.case_of_number(case).unwrap();
            board.phase(case, desk.casework.now()).open()
        };
        if !ends || !open {
            continue;
        }
        for text in [
            "acknowledged = {}",
            "reviewed = {}",
            "rejected = { exit = \"withdrawn\" }",
        ] {
            desk.act(case, text).await;
        }
    }
    assert!(
        shown(&desk, &number).contains(SECRET),
        "{what}: the words are where everybody reads them"
    );
    desk.act(if flags_planted { &number } else { &other }, FLAG).await;
    for case in [&number, &other] {
        assert!(desk.casework.words(&ben, case).is_err(), "{what}");
        let shown = shown(&desk, case);
        assert!(!shown.contains(SECRET), "{what}: {shown}");
        assert!(!shown.contains(&SECRET.to_lowercase()), "{what}: {shown}");
    }
    assert!(desk.casework.read_raw(&ben, &number).await.is_err(), "{what}");
    let scratch = desk.casework.board_from_scratch().await.unwrap();
    assert_eq!(
        format!("{:?}", *desk.casework.board()),
        format!("{scratch:?}"),
        "{what}"
    );
}

#[tokio::test]
async fn a_flag_that_comes_later_restricts_every_case_that_shares_the_words() {
    for way in ["merge", "merge-in", "split", "join"] {
        for (flags_planted, ends) in [(true, false), (false, false), (true, true), (false, true)] {
            check_later_flag(way, flags_planted, ends).await;
        }
    }
}

#[tokio::test]
async fn a_case_that_is_taken_up_again_is_restricted_as_before() {
    let desk = Desk::open().await;
    let (number, _) = planted(&desk).await;
    for text in [
        "acknowledged = {}",
        "reviewed = {}",
        FLAG,
        "rejected = { exit = \"withdrawn\" }",
        "reopened = { why = \"more is known\" }",
    ] {
        desk.act(&number, text).await;
    }
    check_readers(&desk, &number, &LEADS).await;
}

#[tokio::test]
async fn a_flag_on_the_case_that_a_report_joined_restricts_its_own_case_too() {
    let desk = Desk::open().await;
    let (number, _) = planted(&desk).await;
    let other = desk.receive(incoming("Another overflow")).await;
    desk.casework.join_report(&by("ana"), &number, &other).await.unwrap();
    desk.act(&other, FLAG).await;
    assert!(desk.casework.read_raw(&by("ana"), &number).await.is_err());
    assert!(!shown(&desk, &other).contains(SECRET));
    assert!(!shown(&desk, &number).contains(SECRET));
    assert_eq!(desk.casework.board().house.brands[NOZOMI].id, NOZOMI);
}
