//! Stories of somebody who runs a version and asks what it means for them.

use super::sample::{advisory, line};
use crate::affected::{Standing, check, may_concern};
use crate::catalog::{Entry, entries};
use crate::page::Setting;
use psirt::advisory::{Advisory, LineState, LineStatement};
use psirt::version::VersionScheme;

/// An advisory with one statement.
fn says(number: &str, statement: LineStatement) -> Advisory {
    let mut advisory = advisory();
    advisory.number = number.to_owned();
    advisory.vulnerabilities[0].lines = vec![statement];
    advisory.vulnerabilities[0].remedies.clear();
    advisory
}

fn published(advisories: &[Advisory]) -> Vec<Entry> {
    entries(advisories, &Setting::of(None))
}

/// `ask` is a line and a version; `expect` is one line for each advisory: its number, how it stands, why.
fn check_affected(advisories: &[Advisory], (product, version): (&str, &str), expect: &[(&str, Standing, &str)]) {
    let published = published(advisories);
    let answers = check(&published, product, version);
    let told: Vec<(&str, Standing)> = answers
        .iter()
        .map(|answer| (answer.entry.number.as_str(), answer.standing))
        .collect();
    let wanted: Vec<(&str, Standing)> = expect
        .iter()
        .map(|(number, standing, _)| (*number, *standing))
        .collect();
    assert_eq!(told, wanted, "{product} {version}: {answers:#?}");
    for (answer, (_, _, part)) in answers.iter().zip(expect) {
        assert!(answer.why.contains(part), "{product} {version}: {}", answer.why);
    }
}

/// One advisory that says this of `Sensor`.
fn check_one(statement: (LineState, &str, Option<&str>), version: &str, expect: Standing) {
    let (state, affected, fixed) = statement;
    let advisories = [says("A-1", line("Sensor", state, affected, fixed))];
    check_affected(&advisories, ("Sensor", version), &[("A-1", expect, "")]);
    let concerns = may_concern(&published(&advisories)[0], Some("Sensor"), version);
    assert_eq!(concerns, !expect.is_safe(), "{version}");
}

const RANGE: (LineState, &str, Option<&str>) = (LineState::Fixed, "25.0.0 to 25.1.1", Some("25.1.2"));

#[test]
fn a_version_inside_the_range_is_affected_and_told_what_to_do() {
    for version in ["25.0.0", "25.0", "v25.0.7", "25.1.1", "25.1.1-rc1", " 25.1 "] {
        check_one(RANGE, version, Standing::Affected);
    }
    let whole = [advisory()];
    let published = published(&whole);
    let answers = check(&published, "Lattice Sensor 25", "25.1.0");
    let todo: Vec<&str> = answers[0].todo.iter().map(|todo| todo.title.as_str()).collect();
    assert_eq!(todo, ["Update", "If you cannot update now"]);
}

#[test]
fn versions_are_compared_as_their_line_counts_them() {
    let by = |scheme: VersionScheme, version: &str, expect: Standing| {
        let line = LineStatement {
            version_scheme: scheme,
            ..line("Sensor", LineState::Fixed, "1.0.2 to 1.0.2j", Some("1.0.2k"))
        };
        check_affected(&[says("A-1", line)], ("Sensor", version), &[("A-1", expect, "")]);
    };
    for version in ["1.0.2", "1.0.2a", "1.0.2j"] {
        by(VersionScheme::Letters, version, Standing::Affected);
    }
    for version in ["1.0.2k", "1.0.2za", "1.0.3"] {
        by(VersionScheme::Letters, version, Standing::Fixed);
    }
    by(VersionScheme::Letters, "1.0.1z", Standing::Unknown);
    by(VersionScheme::Numbers, "1.0.2b", Standing::Unknown);

    let semver = LineStatement {
        version_scheme: VersionScheme::Semver,
        ..line("Sensor", LineState::Fixed, "before 2.0.0-rc.11", Some("2.0.0-rc.11"))
    };
    for (version, expect) in [
        ("2.0.0-rc.2+9", Standing::Affected),
        ("2.0.0-rc.11", Standing::Fixed),
        ("2.0.0", Standing::Fixed),
        ("2.0", Standing::Unknown),
    ] {
        check_affected(
            &[says("A-1", semver.clone())],
            ("Sensor", version),
            &[("A-1", expect, "")],
        );
    }
}

#[test]
fn the_fixed_version_and_those_after_it_are_fixed() {
    for version in ["25.1.2", "25.1.10", "26.0", "25.1.2.0"] {
        check_one(RANGE, version, Standing::Fixed);
    }
    let below = (LineState::Fixed, "before 24.3.7", Some("24.3.7"));
    check_one(below, "24.3.7", Standing::Fixed);
    check_one(below, "24.3.7-rc2", Standing::Affected);
    check_one(below, "9", Standing::Affected);
}

#[test]
fn of_what_the_advisory_does_not_speak_nothing_is_known() {
    // Older than the range, and between its end and the fix.
    check_one(RANGE, "24.9.9", Standing::Unknown);
    check_one(RANGE, "25.1.1.5", Standing::Unknown);
    // Affected without a fix: whoever is outside the range has no word for it.
    check_one((LineState::Affected, "25.0 to 25.3", None), "26.0", Standing::Unknown);
    check_one((LineState::Affected, "25.1.1", None), "25.1.2", Standing::Unknown);
    check_affected(
        &[says(
            "A-1",
            line("Sensor", LineState::Fixed, "25.0.0 to 25.1.1", Some("25.1.2")),
        )],
        ("Sensor", "24.9"),
        &[(
            "A-1",
            Standing::Unknown,
            "does not speak of 24.9. It says: affected: 25.0.0 to 25.1.1; the fix is in 25.1.2.",
        )],
    );
}

#[test]
fn what_may_name_several_versions_is_not_called_safe() {
    // 24 may be 24.5, which is affected; 25.3.1 may be one of "up to 25.3".
    check_one(
        (LineState::Fixed, "24.2 to 24.8", Some("24.9")),
        "24",
        Standing::Unknown,
    );
    check_one(
        (LineState::Fixed, "up to 25.3", Some("25.3.1")),
        "25.3.1",
        Standing::Unknown,
    );
    check_one((LineState::Affected, "25.3", None), "25.3.1", Standing::Unknown);
}

#[test]
fn what_cannot_be_read_or_compared_is_unknown() {
    for version in [
        "latest",
        "25.x",
        "25.1.2p1",
        "25.1.2~1",
        "25.1.2+7",
        "the one of May",
        "<b>25</b>",
    ] {
        check_one(RANGE, version, Standing::Unknown);
    }
    // Affected versions that only a person can read, beside a fix that does not follow them all.
    let words = (LineState::Fixed, "24.0 to 24.8, and 24.10", Some("24.9"));
    for version in ["24.5", "24.10", "23.0", "25.0", ""] {
        check_one(words, version, Standing::Unknown);
    }
    check_one(words, "24.9", Standing::Fixed);
    // A fix inside of what is affected frees nobody after it.
    let inside = (LineState::Fixed, "24.0 to 26.0", Some("25.2"));
    check_one(inside, "25.2", Standing::Affected);
    check_one(inside, "27.0", Standing::Unknown);
    let words = (LineState::Affected, "some builds of May", None);
    check_one(words, "25.1", Standing::Unknown);
    check_one((LineState::NotAffected, "", None), "latest", Standing::Unknown);
    // Where every version is affected the version does not matter.
    check_one(
        (LineState::Affected, "all versions", None),
        "latest",
        Standing::Affected,
    );
}

#[test]
fn without_a_version_only_what_holds_for_all_is_told() {
    check_one(RANGE, "", Standing::Unknown);
    check_one((LineState::NotAffected, "", None), "", Standing::NotAffected);
    check_one((LineState::Affected, "", None), "", Standing::Affected);
    let mut cloud = line("Cloud", LineState::Fixed, "", None);
    cloud.deployment = "saas".to_owned();
    cloud.fixed_on = Some(jiff::civil::date(2027, 1, 20));
    for version in ["", "7", "whatever"] {
        check_affected(
            &[says("A-1", cloud.clone())],
            ("Cloud", version),
            &[("A-1", Standing::Fixed, "We run this service")],
        );
    }
}

#[test]
fn the_worst_of_several_vulnerabilities_is_told() {
    let mut two = says("A-1", line("Sensor", LineState::NotAffected, "", None));
    let mut other = two.vulnerabilities[0].clone();
    other.lines = vec![line("Sensor", LineState::Fixed, "before 3.0", Some("3.0"))];
    two.vulnerabilities.push(other);
    check_affected(
        &[two.clone()],
        ("Sensor", "2.9"),
        &[("A-1", Standing::Affected, "before 3.0")],
    );
    check_affected(&[two], ("Sensor", "3.0"), &[("A-1", Standing::Fixed, "in 3.0")]);
}

#[test]
fn answers_come_in_the_order_in_which_they_matter() {
    let all = [
        says("A-1", line("Sensor", LineState::NotAffected, "", None)),
        says("A-2", line("Sensor", LineState::Fixed, "before 2", Some("2"))),
        says("A-3", line("Sensor", LineState::UnderInvestigation, "", None)),
        says("A-4", line("Sensor", LineState::Affected, "all versions", None)),
        says("A-5", line("Sensor", LineState::Affected, "some builds", None)),
        says("A-6", line("Another", LineState::Affected, "all versions", None)),
    ];
    check_affected(
        &all,
        ("Sensor", "2.1"),
        &[
            ("A-4", Standing::Affected, "Every version"),
            ("A-3", Standing::UnderInvestigation, "still finding out"),
            ("A-5", Standing::Unknown, "cannot compare 2.1"),
            ("A-2", Standing::Fixed, "The fix is in 2."),
            ("A-1", Standing::NotAffected, "No version"),
        ],
    );
    check_affected(&all, ("Nothing of ours", "1"), &[]);
}
