//! Personal data on the desk, where nobody signs in: that it is there, and whom to ask, and none of its words.

use super::{POLICY, ask, sample};
use crate::desk_of_board;
use psirt::event::{Event, Flag};

/// What must not be read.
const SECRET: &str = "Jane-Roe-4711";

/// A case with a title, a text, a message and a file that name somebody.
fn planted(flagged: bool, copied: bool) -> axum::Router {
    let mut house = sample::sample(POLICY);
    let (title, text) = (format!("Title {SECRET}"), format!("Text {SECRET}"));
    let (case, number) = ("case-planted", "EXN-2027-PPPPP");
    house.report(&sample::Report {
        case,
        number,
        at: "2027-02-19T09:00:00+01:00",
        kind: "external",
        channel: "form",
        from: "Ada <ada@example.org>",
        title: &title,
        text: &text,
        suspected: &[],
    });
    let at = "2027-02-19T09:10:00+01:00";
    let summary = Some(format!("Summary {SECRET}"));
    let message = |from_reporter| Event::Messaged {
        reporter: None,
        from_reporter,
        text: format!("Message {SECRET}"),
        in_clear: None,
    };
    let file = Event::Attached {
        name: format!("{SECRET}.txt"),
        blob: "blob".to_owned(),
        bytes: 12,
        sha256: "00".to_owned(),
        report: None,
    };
    let note = Event::Noted {
        text: format!("The report names what the catalogue does not know: {SECRET}."),
    };
    let told = Event::Titled { title, summary };
    for event in [told, note, message(true), message(false), file] {
        house.case(case, at, "candor:portal", event);
    }
    if flagged {
        let (flag, why) = (Flag::ContainsPii, None);
        house.case(case, at, "lena", Event::Flagged { flag, why });
    }
    if copied {
        let copies = [
            (number.to_owned(), "Text [redacted]"),
            (format!("{number}#5"), "Message [redacted]"),
        ];
        for (of, text) in copies {
            let (text, why) = (text.to_owned(), "it named a patient".to_owned());
            house.case(case, at, "lena", Event::Redacted { of, text, why });
        }
    }
    desk_of_board(house.board, sample::now())
}

#[test]
fn no_page_has_a_word_of_what_is_restricted() {
    let routes = [
        "/",
        "/inbox",
        "/inbox?report=EXN-2027-PPPPP",
        "/cases",
        "/cases?q=title",
        "/cases/EXN-2027-PPPPP",
        "/mail",
        "/findings",
        "/advisories",
        "/people",
    ];
    let (open, restricted) = (planted(false, false), planted(true, false));
    let shown = |desk, path: &&str| ask(desk, path).body.contains(SECRET);
    let found = routes.iter().filter(|path| shown(&open, path)).count();
    assert!(found >= 4, "the words are where a desk shows words: {found}");
    for path in &routes {
        assert!(!shown(&restricted, path), "{path}");
    }
    for path in ["/inbox?report=EXN-2027-PPPPP", "/cases/EXN-2027-PPPPP"] {
        let page = ask(&restricted, path).body;
        for part in [
            "This is restricted, because the case holds personal data",
            "candor case read EXN-2027-PPPPP --as YOU",
        ] {
            assert!(page.contains(part), "{path} lacks {part}");
        }
    }
    let page = ask(&restricted, "/cases/EXN-2027-PPPPP").body;
    assert!(page.contains("A restricted file") && page.contains("less than 1 kB") && !page.contains("12 bytes"));
    let found = ask(&restricted, "/cases?q=jane-roe-4711").body;
    assert!(
        !found.contains("EXN-2027-PPPPP"),
        "a search finds what it must not show"
    );
}

#[test]
fn a_redacted_copy_stands_where_the_original_is_not_shown() {
    let desk = planted(true, true);
    for (path, expect) in [
        ("/inbox?report=EXN-2027-PPPPP", &["Text [redacted]"][..]),
        (
            "/cases/EXN-2027-PPPPP",
            &[
                "Text [redacted]",
                "Message [redacted]",
                "[Redacted by lena: it named a patient]",
                "A redacted copy; the original is restricted",
                "This is restricted, because the case holds personal data",
                "What reporters wrote and sent is destroyed 30 days after the end of the case",
            ],
        ),
    ] {
        let page = ask(&desk, path).body;
        for part in expect {
            assert!(page.contains(part), "{path} lacks {part}: {page}");
        }
        assert!(!page.contains(SECRET), "{path}");
    }
    let page = ask(&planted(false, true), "/cases/EXN-2027-PPPPP").body;
    assert!(page.contains(&format!("Message {SECRET}")) && !page.contains("Message [redacted]"));
}
