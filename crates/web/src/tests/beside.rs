//! What the page of a case shows beside it: cases that look like it, and what scanners saw.

use super::{POLICY, ask, sample};
use crate::desk_of_board;
use psirt::event::Event;
use psirt::finding::{FindingEvent, Run};

const LINE: &str = "Lattice Sensor 25";

#[test]
fn the_same_flaw_by_both_channels_is_offered_as_a_duplicate() {
    let mut sample = sample::sample(POLICY);
    for (stream, number) in [("case-mail", "EXN-2027-AAAA2"), ("case-form", "EXN-2027-AAAA3")] {
        sample.report(&sample::Report {
            case: stream,
            number,
            at: "2027-02-18T09:00:00+01:00",
            kind: "external",
            channel: "form",
            from: "somebody",
            title: "Crash in the frame decoder",
            text: "It is CVE-2027-12345, I think.",
            suspected: &[],
        });
    }
    let page = |sample: &sample::Sample, number: &str| {
        let desk = desk_of_board(sample.board.clone(), sample::now());
        ask(&desk, &format!("/cases/{number}")).body
    };
    let both = page(&sample, "EXN-2027-AAAA2");
    for part in [
        "May be the same",
        "href=\"/cases/EXN-2027-AAAA3\"",
        "Both name CVE-2027-12345.",
        "candor case duplicate-of EXN-2027-AAAA2 --case EXN-2027-AAAA3 --as YOU",
    ] {
        assert!(both.contains(part), "{part}");
    }
    sample.case(
        "case-mail",
        "2027-02-18T10:00:00+01:00",
        "ana",
        Event::DuplicateOf {
            case: "EXN-2027-AAAA3".to_owned(),
        },
    );
    for number in ["EXN-2027-AAAA2", "EXN-2027-AAAA3"] {
        assert!(!page(&sample, number).contains("May be the same"), "{number}");
    }
}

#[test]
fn a_case_says_whether_scanners_still_see_it() {
    let mut sample = sample::sample(POLICY);
    let number = "EXN-2027-8WJ5D";
    let joined = |finding: &str| FindingEvent::Joined {
        line: LINE.to_owned(),
        finding: finding.to_owned(),
        number: number.to_owned(),
    };
    sample.finding("2027-02-19T08:00:00+01:00", joined("f-3k7qx"));
    sample.finding("2027-02-19T08:00:00+01:00", joined("f-8wm2d"));
    for night in ["08:10", "08:20"] {
        let run = Run {
            id: format!("run-{night}"),
            machine: "nightly".to_owned(),
            line: LINE.to_owned(),
            tool: "CodeScan".to_owned(),
            complete: true,
            clean_runs: 3,
            missing: vec!["f-8wm2d".to_owned()],
            ..Run::default()
        };
        sample.finding(
            &format!("2027-02-19T{night}:00+01:00"),
            FindingEvent::Run(Box::new(run)),
        );
    }
    let aside = FindingEvent::Dismissed {
        line: LINE.to_owned(),
        finding: "f-c5vhn".to_owned(),
        why: "tests alone".to_owned(),
    };
    sample.finding("2027-02-19T09:00:00+01:00", aside);
    let desk = desk_of_board(sample.board, sample::now());
    let page = ask(&desk, &format!("/cases/{number}")).body;
    for part in [
        "<span class=\"number\">f-3k7qx</span><span>Lattice Sensor 25</span></div><b>Write past the end of a buffer</b>",
        "CodeScan saw it last 19 Feb, 08:20.",
        "Gone since 19 Feb, 08:20; CodeScan saw it last 18 Feb, 02:00, in build 25.1.3-0218.",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let list = ask(&desk, "/findings").body;
    for part in [
        "1 there, 1 set aside, 1 gone",
        "href=\"/cases/EXN-2027-8WJ5D\"",
        "tests alone",
        "candor finding restore f-c5vhn --as YOU",
    ] {
        assert!(list.contains(part), "{part}");
    }
}
