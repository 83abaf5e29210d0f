//! Fixing the bytes of a release: what passes the gate, and what does not leave.

use super::sample::{ONLY_WORDS, advisory, brand, fix, interim, key, line, now, release, revised};
use crate::{FixError, fix_release, judge};
use gate::Class;
use psirt::advisory::{Advisory, LineState, Score, Vulnerability};

/// It passes with the one recorded reason; returns what is only shown.
fn check_passes(advisory: Advisory) -> Vec<gate::Finding> {
    let released = release(advisory);
    let fixed = fix_release(&released, &brand(), &key(), now(), "1.2.3", &[]).unwrap_or_else(|error| panic!("{error}"));
    assert!(
        fixed.excused.iter().all(|excused| excused.finding.test == "6.2.16"),
        "{:?}",
        fixed.excused
    );
    fixed.informative
}

#[test]
fn an_advisory_with_everything_passes_the_gate() {
    check_passes(advisory());
}

#[test]
fn an_advisory_without_a_fix_yet_passes_the_gate() {
    check_passes(interim());
}

#[test]
fn its_second_version_passes_the_gate() {
    check_passes(revised());
}

#[test]
fn an_advisory_about_nothing_affected_passes_the_gate() {
    let mut advisory = advisory();
    let mut cloud = line("Fathom Cloud", LineState::NotAffected, "", None);
    cloud.justification = Some("vulnerable_code_not_in_execute_path".to_owned());
    advisory.vulnerabilities[0].lines = vec![cloud];
    advisory.vulnerabilities[0].remedies.clear();
    check_passes(advisory);
}

#[test]
fn a_service_that_was_fixed_on_a_day_passes_the_gate() {
    let mut advisory = advisory();
    let mut cloud = line("Fathom Cloud", LineState::Fixed, "", None);
    cloud.fixed_on = Some(jiff::civil::date(2024, 2, 8));
    advisory.vulnerabilities[0].lines = vec![cloud];
    advisory.vulnerabilities[0].remedies.clear();
    check_passes(advisory);
}

#[test]
fn several_vulnerabilities_and_scores_pass_the_gate() {
    let mut advisory = advisory();
    let mut second: Vulnerability = advisory.vulnerabilities[0].clone();
    second.cve = Some("CVE-1900-0002".to_owned());
    second.scores = [
        "AV:N/AC:L/Au:N/C:C/I:C/A:C",
        "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    ]
    .map(|vector| Score {
        vector: vector.to_owned(),
        issuer: Some("NVD".to_owned()),
    })
    .to_vec();
    advisory.vulnerabilities.push(second);
    check_passes(advisory);
}

#[test]
fn hostile_text_is_escaped_and_the_document_stays_valid() {
    let released = release(super::pages::hostile());
    let fixed = |reasons| fix_release(&released, &brand(), &key(), now(), "1.2.3", reasons);
    let Err(FixError::NeedsReason(findings)) = fixed(&[]) else {
        panic!("words in the place of a range need a reason")
    };
    assert!(findings.iter().all(|finding| finding.test == "6.2.18"), "{findings:?}");
    assert!(fixed(ONLY_WORDS).is_ok());
}

fn check_refused(change: impl FnOnce(&mut Advisory), part: &str) {
    let mut advisory = advisory();
    change(&mut advisory);
    let error = fix_release(&release(advisory), &brand(), &key(), now(), "1.2.3", &[]).expect_err(part);
    assert!(error.to_string().contains(part), "{error}");
}

#[test]
fn refusals_name_the_place() {
    check_refused(
        |a| a.title = "a\u{0}b".to_owned(),
        "title: holds a character that nobody sees (U+0000)",
    );
    check_refused(
        |a| a.vulnerabilities[0].cve = Some("CVE-1".to_owned()),
        "/vulnerabilities/0/cve",
    );
    check_refused(
        |a| a.vulnerabilities[0].cwe = Some(("CWE-122".to_owned(), "Something else".to_owned())),
        "test 6.1.11",
    );
    check_refused(
        |a| a.vulnerabilities[0].lines[3].justification = Some("because".to_owned()),
        "/vulnerabilities/0/flags/0/label",
    );
    check_refused(|a| a.brand = "other".to_owned(), "of the brand `other`");
    check_refused(|a| a.revisions[0].number = 7, "test 6.1.21");
}

/// An advisory that states no score: the specification's test 6.2.3, an optional one, finds it.
fn unscored() -> Advisory {
    let mut advisory = advisory();
    advisory.vulnerabilities[0].scores.clear();
    advisory
}

const WITHOUT_SCORE: &[(&str, &str)] = &[("6.2.3", "the score follows with the analysis")];

#[test]
fn an_optional_finding_needs_a_recorded_reason() {
    let fixed = |reasons| fix_release(&release(unscored()), &brand(), &key(), now(), "1.2.3", reasons);
    let Err(FixError::NeedsReason(findings)) = fixed(&[]) else {
        panic!("a release without its reason was fixed")
    };
    assert!(!findings.is_empty() && findings.iter().all(|one| one.class == Class::Optional));
    assert!(matches!(fixed(&[("6.2.3", " ")]), Err(FixError::NeedsReason(_))));
    assert!(fixed(WITHOUT_SCORE).is_ok());
}

#[test]
fn judging_a_text_says_what_its_release_would_say() {
    assert!(judge(&advisory(), &brand(), "1.2.3", &[]).unwrap().passes());
    assert!(!judge(&unscored(), &brand(), "1.2.3", &[]).unwrap().passes());
    assert!(judge(&unscored(), &brand(), "1.2.3", WITHOUT_SCORE).unwrap().passes());
    let mut broken = advisory();
    broken.vulnerabilities[0].cve = Some("CVE-1".to_owned());
    assert!(!judge(&broken, &brand(), "1.2.3", &[]).unwrap().passes());
}

#[test]
fn the_same_release_gives_the_same_bytes_and_signature() {
    assert_eq!(fix(&release(advisory())), fix(&release(advisory())));
}

#[test]
fn nothing_is_signed_before_the_key_was_made() {
    let early = "2023-12-31T00:00:00Z".parse().unwrap();
    let error = fix_release(&release(advisory()), &brand(), &key(), early, "1.2.3", &[]).expect_err("too early");
    assert!(matches!(error, FixError::Sign(_)), "{error}");
}
