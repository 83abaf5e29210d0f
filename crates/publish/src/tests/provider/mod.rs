//! The check of a provider: a perfect tree passes, and what is broken fails exactly its requirement.

mod breaking;
mod broken;
mod broken_distribution;
mod hostile;
mod served;
mod server;
mod tree;

use super::sample::now;
use crate::provider::{Folder, Provider, Report, Requirement, Role, Source, Verdict, check};
use tree::{Files, HOST, Tree};

fn check_files(files: &Files) -> Report {
    let root = tempfile::tempdir().unwrap();
    tree::write(files, root.path());
    let mut source = Source::Folder(Folder::of_hosts(root.path()));
    check(&mut source, &Provider::read(HOST).unwrap(), now())
}

/// Exactly these requirements stand like this; all others pass.
fn check_verdicts(what: &str, report: &Report, expect: &[(Requirement, Verdict)]) {
    let found: Vec<(Requirement, Verdict)> = report
        .outcomes
        .iter()
        .map(|outcome| (outcome.requirement, outcome.verdict))
        .filter(|(_, verdict)| !matches!(verdict, Verdict::Pass | Verdict::NotJudged))
        .collect();
    assert_eq!(found, expect, "{what}: {:#?}", findings(report));
}

fn findings(report: &Report) -> Vec<String> {
    let outcomes = report.outcomes.iter();
    let of = |outcome: &crate::provider::Outcome| {
        let number = outcome.requirement.number();
        let one = move |finding: &crate::provider::Finding| format!("{number} {}: {}", finding.place, finding.message);
        outcome.findings.iter().map(one).collect::<Vec<_>>()
    };
    outcomes.flat_map(of).collect()
}

#[test]
fn a_perfect_tree_is_that_of_a_trusted_provider() {
    let report = check_files(&Tree::perfect().files());
    check_verdicts("nothing is broken", &report, &[]);
    for requirement in [Requirement::Tls, Requirement::Redirects] {
        assert_eq!(
            report.verdict(requirement),
            Verdict::NotJudged,
            "a folder shows no server"
        );
    }
    assert_eq!(report.verdict(Requirement::Valid), Verdict::Pass);
    assert_eq!(report.reached, Some(Role::TrustedProvider));
    assert_eq!(report.claimed, Some(Role::TrustedProvider));
    assert_eq!(report.documents, 3);
    assert!(report.passes());
    assert_eq!(
        report.metadata.as_deref(),
        Some("https://psirt.example.com/.well-known/csaf/provider-metadata.json")
    );
    let numbers: Vec<u8> = report
        .outcomes
        .iter()
        .map(|outcome| outcome.requirement.number())
        .collect();
    assert_eq!(numbers, (1..=20).collect::<Vec<u8>>());
}

#[test]
fn one_of_two_distributions_is_enough() {
    use Requirement::{Categories, Changes, Feeds, Index, Listings, Services, Years};
    let not_offered = |some: &[Requirement]| -> Vec<_> { some.iter().map(|one| (*one, Verdict::NotOffered)).collect() };
    let report = check_files(
        &Tree {
            rolie: false,
            ..Tree::perfect()
        }
        .files(),
    );
    check_verdicts(
        "directories alone",
        &report,
        &not_offered(&[Feeds, Services, Categories]),
    );
    assert_eq!(report.reached, Some(Role::TrustedProvider));
    let report = check_files(
        &Tree {
            directories: false,
            ..Tree::perfect()
        }
        .files(),
    );
    check_verdicts("feeds alone", &report, &not_offered(&[Years, Index, Changes, Listings]));
    assert_eq!(report.reached, Some(Role::TrustedProvider));
    assert!(report.passes());
}

#[test]
fn the_docroot_of_one_host_is_checked_as_that_host() {
    let root = tempfile::tempdir().unwrap();
    tree::write(&Tree::perfect().files(), root.path());
    let mut source = Source::Folder(Folder::of_host(root.path().join(HOST), HOST));
    let report = check(&mut source, &Provider::read(HOST).unwrap(), now());
    check_verdicts("no DNS path", &report, &[(Requirement::DnsPath, Verdict::NotOffered)]);
    assert_eq!(report.reached, Some(Role::TrustedProvider));
}

/// Whatever else our tree comes to serve: it never claims more than it is.
#[test]
fn our_own_tree_is_that_of_a_trusted_provider() {
    use super::sample::{House, advisory};
    let root = tempfile::tempdir().unwrap();
    let publisher = crate::Publisher::new(root.path());
    House::with([advisory()]).publish(&publisher);
    let mut source = Source::Folder(Folder::of_hosts(publisher.public()));
    let report = check(&mut source, &Provider::read(HOST).unwrap(), now());
    assert!(
        report.claimed.is_some() && report.reached >= report.claimed && report.reached == Some(Role::TrustedProvider),
        "{:#?}",
        findings(&report)
    );
    let failed: Vec<Requirement> = report
        .outcomes
        .iter()
        .filter(|outcome| outcome.verdict == Verdict::Error)
        .map(|outcome| outcome.requirement)
        .collect();
    assert_eq!(failed, [], "{:#?}", findings(&report));
}

#[test]
fn a_provider_is_named_by_domain_or_address() {
    let metadata = "https://example.com/csaf/provider-metadata.json";
    for good in [
        "example.com",
        "https://example.com",
        "https://example.com/",
        "localhost:8080",
        metadata,
    ] {
        assert!(Provider::read(good).is_some(), "{good}");
    }
    for bad in [
        "",
        "https://",
        "ftp://example.com",
        "https://example.com/csaf",
        "user@example.com",
        "a b",
        "https://example.com/?q",
    ] {
        assert!(Provider::read(bad).is_none(), "{bad}");
    }
}
