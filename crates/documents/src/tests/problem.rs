//! What keeps an advisory from becoming a document.

use super::sample::{advisory, brand};
use crate::problem::{check, check_brand, is_web_address};
use psirt::advisory::Advisory;

fn check_refused(change: impl FnOnce(&mut Advisory), place: &str, part: &str) {
    let mut advisory = advisory();
    change(&mut advisory);
    let problems = check(&advisory, &brand()).expect_err(place);
    let found = problems
        .iter()
        .any(|problem| problem.place == place && problem.message.contains(part));
    assert!(found, "{place}: {problems:?}");
}

#[test]
fn the_sample_is_sound() {
    assert_eq!(check(&advisory(), &brand()), Ok(()));
}

#[test]
fn each_fault_is_named_with_its_place() {
    check_refused(|a| a.number.clear(), "number", "empty");
    check_refused(|a| a.number = "../x".to_owned(), "number", "begin with a letter");
    check_refused(|a| a.title = "a\u{0}b".to_owned(), "title", "U+0000");
    check_refused(|a| a.title = "safe\u{202e}gpj.exe".to_owned(), "title", "U+202E");
    check_refused(|a| a.title = "two\nlines".to_owned(), "title", "one line");
    check_refused(|a| a.summary = "x".repeat(60_001), "summary", "60001 characters");
    check_refused(|a| a.revisions.clear(), "revisions", "at least one");
    check_refused(|a| a.vulnerabilities.clear(), "vulnerabilities", "at least one");
    check_refused(
        |a| a.vulnerabilities[0].lines.clear(),
        "vulnerabilities[0].lines",
        "at least one",
    );
    check_refused(
        |a| a.vulnerabilities[0].scores[0].vector = "CVSS:3.1/AV:N".to_owned(),
        "vulnerabilities[0].scores[0].vector",
        "",
    );
    check_refused(
        |a| a.vulnerabilities[0].remedies[0].products[0] = "Else".to_owned(),
        "vulnerabilities[0].remedies[0].products",
        "says nothing",
    );
    check_refused(
        |a| a.vulnerabilities[0].references[0].1 = "javascript:alert(1)".to_owned(),
        "vulnerabilities[0].references[0]",
        "https://",
    );
    check_refused(
        |a| {
            let twice = a.vulnerabilities[0].lines[0].clone();
            a.vulnerabilities[0].lines.push(twice);
        },
        "vulnerabilities[0].lines[4].product",
        "twice",
    );
    check_refused(
        |a| {
            let credit = a.vulnerabilities[0].credits[0].clone();
            a.vulnerabilities[0].credits = vec![credit; 1_001];
        },
        "vulnerabilities[0]",
        "1001 entries",
    );
}

#[test]
fn a_brand_names_a_host_and_nothing_else() {
    for domain in [
        "",
        "..",
        "a/b",
        "psirt.example.com.",
        "PSIRT.example.com",
        "-a.b",
        "a b",
    ] {
        let mut brand = brand();
        brand.domain = domain.to_owned();
        assert!(check_brand(&brand).is_err(), "{domain}");
    }
}

#[test]
fn addresses_are_of_the_web_and_hold_nothing_odd() {
    assert!(is_web_address("https://example.org/a?b=c&d#e"));
    for address in [
        "https://",
        "https:///x",
        "//example.org",
        "https://a b",
        "https://a\"b",
        "ftp://a",
        "data:text/html,x",
    ] {
        assert!(!is_web_address(address), "{address}");
    }
}
