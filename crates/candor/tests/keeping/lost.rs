//! A letter that a mail server refuses, through the binary: what each command says of it, and how it is settled.

use crate::house::*;
use crate::letters::{ingest, letter, posting, smart_host, work};
use crate::sink::Sink;
use tempfile::TempDir;

#[test]
fn a_case_says_which_letter_was_lost_until_somebody_drops_it() {
    let (base, sink) = (TempDir::new().unwrap(), Sink::start());
    let dir = posting(&base, &smart_host(&sink));
    let number = ingest(&dir, &letter("It crashes.", None));
    sink.answers(&["550 5.1.1 nobody"]);
    work(&dir, "2026-01-06T08:01:00Z");
    let show = |more: &[&str]| done(&dir, &[&["case", "show", &number, "--as", "lead"][..], more].concat());
    let shown = show(&[]);
    let in_one_line = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "Letters that want somebody",
        &format!("The acknowledgement for {number} was given up 2026-01-06 "),
        "550 5.1.1",
        &format!("candor case acknowledged {number} --as YOU"),
        "candor jobs drop mail:",
    ] {
        assert!(in_one_line.contains(part), "{shown}\nlacks {part}");
    }
    let lost = json(&show(&["--json"]))["letters"]["lost"][0].clone();
    assert_eq!(
        (&lost["letter"], &lost["why"]),
        (&"acknowledgement".into(), &"550 5.1.1".into())
    );

    // Nothing more goes there, and the case says so.
    let message = ["case", "messaged", &number, "--text", "Which version?"];
    let at = ["--as", "analyst", "--now", "2026-01-06T08:02:00Z"];
    done(&dir, &[&message[..], &at[..]].concat());
    work(&dir, "2026-01-06T08:03:00Z");
    assert_eq!(sink.all().len(), 1, "the one that it refused");
    let shown = show(&["--now", "2026-01-06T08:04:00Z"]);
    assert!(
        shown.contains(&format!("The message for {number} was not sent")),
        "{shown}"
    );
    assert!(
        shown.contains(&format!("nothing is sent to the reporter of {number}")),
        "{shown}"
    );

    let jobs = json(&done(&dir, &["jobs", "list", "--json", "--as", "lead"]));
    let jobs: Vec<&str> = jobs
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["job"].as_str().unwrap())
        .collect();
    assert_eq!(jobs.len(), 2, "{jobs:?}");
    for job in &jobs {
        let drop = ["jobs", "drop", job, "--why", "They were called", "--as"];
        refused(
            &dir,
            &[&drop[..], &["analyst"]].concat(),
            &["is for: lead, administrator"],
        );
        done(&dir, &[&drop[..], &["administrator"]].concat());
    }
    assert_eq!(done(&dir, &["jobs", "list", "--as", "lead"]), "No job was given up.\n");
    let shown = show(&["--now", "2026-01-06T08:04:00Z"]);
    assert!(!shown.contains("Letters that want somebody"), "{shown}");
    verified(&dir);
}

#[test]
fn a_letter_is_late_on_its_case_and_a_list_names_titles_and_says_for_whom_it_is() {
    let (base, sink) = (TempDir::new().unwrap(), Sink::start());
    let dir = posting(&base, &smart_host(&sink));
    let number = ingest(&dir, &letter("It crashes.", None));
    sink.answers(&["451 4.3.0 later"]);
    work(&dir, "2026-01-06T08:01:00Z");
    let show = ["case", "show", &number, "--as", "lead", "--now", "2026-01-06T09:00:00Z"];
    let shown = done(&dir, &show);
    assert!(shown.contains(&format!("{number}: 1 letter late for ")), "{shown}");
    let late = json(&done(&dir, &[&show[..], &["--json"]].concat()))["letters"]["late"][0].clone();
    assert_eq!(
        (&late["report"], &late["letters"]),
        (&number.as_str().into(), &1.into())
    );
    let listed = done(&dir, &["mail", "list", "--as", "lead"]);
    assert!(listed.contains("Crash quokka-heap-overflow"), "{listed}");
    for list in ["held", "list", "sift", "queue"] {
        let part = "`administrator` is administrator, and `read-case` is for: analyst, lead, auditor";
        refused(&dir, &["mail", list, "--as", "administrator"], &[part]);
    }
}
