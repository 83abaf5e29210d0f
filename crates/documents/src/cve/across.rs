//! One id has one record, made of every advisory that names it (CNA rule 4.5.2.4): where they contradict each other.
//!
//! Compares what an advisory says with what others say. Never says who is right, and reads nothing but the statements.

use super::Statement;
use super::check::{Finding, Found};
use crate::{range, remedy};
use psirt::advisory::{LineState, LineStatement, Score};

/// That no advisory contradicts the record.
const RULE: &str = "4.5.2.4";

/// Where `own` contradicts `others` about the same id. Places are those of fields below the vulnerability: `lines[Guardian].state`.
#[must_use]
pub fn across(own: &Statement<'_>, others: &[Statement<'_>]) -> Vec<Finding> {
    let mut found = Found::default();
    for other in others {
        let number = &other.advisory.number;
        for line in &own.vulnerability.lines {
            let mut lines = other.vulnerability.lines.iter();
            if let Some(theirs) = lines.find(|theirs| theirs.product == line.product) {
                same_line(line, theirs, number, &mut found);
            }
        }
        if let (Some((weakness, _)), Some((theirs, _))) = (&own.vulnerability.cwe, &other.vulnerability.cwe)
            && weakness != theirs
        {
            found.later(RULE, "cwe", format!("is another weakness in {number}: {theirs}"));
        }
        for (place, score) in own.vulnerability.scores.iter().enumerate() {
            let mut scores = other.vulnerability.scores.iter();
            if let Some(theirs) = scores.find(|theirs| is_same_sort(score, theirs) && score.vector != theirs.vector) {
                let message = format!("is another vector in {number}: {}", theirs.vector);
                found.later(RULE, &format!("scores[{place}].vector"), message);
            }
        }
    }
    found.0
}

/// Two scores of which a record has room for one: of the vendor, in one version of CVSS.
fn is_same_sort(one: &Score, other: &Score) -> bool {
    let version = |score: &Score| score.vector.split('/').next().unwrap_or_default().to_owned();
    one.issuer.is_none() && other.issuer.is_none() && version(one) == version(other)
}

/// What two advisories say of one product.
fn same_line(own: &LineStatement, theirs: &LineStatement, number: &str, found: &mut Found) {
    let at = |field: &str| format!("lines[{}].{field}", own.product);
    if own.state != theirs.state {
        let message = format!("is otherwise in {number}: {}", named(theirs.state));
        // Whether it is affected must not be told in two ways; whether a fix is out by now may be known by one of them only.
        match remedy::needs_one(own) == remedy::needs_one(theirs) {
            true => found.later(RULE, &at("state"), message),
            false => return found.must(RULE, &at("state"), message),
        }
    }
    if remedy::needs_one(own)
        && own.affected.trim() != theirs.affected.trim()
        && range::span(own) != range::span(theirs)
    {
        let message = format!("are other versions in {number}: {}", theirs.affected.trim());
        found.must(RULE, &at("affected"), message);
    }
    let (Some(fixed), Some(their_fix)) = (range::fixed_in(own), range::fixed_in(theirs)) else {
        return;
    };
    if fixed != their_fix {
        let message = format!("is another fixed version in {number}: {their_fix}");
        found.must(RULE, &at("fixed"), message);
    } else if let (Some(day), Some(their_day)) = (own.fixed_on, theirs.fixed_on)
        && day != their_day
    {
        found.must(
            RULE,
            &at("fixed_on"),
            format!("is another day in {number}: {their_day}"),
        );
    }
}

fn named(state: LineState) -> &'static str {
    match state {
        LineState::Fixed => "fixed",
        LineState::Affected => "affected",
        LineState::NotAffected => "not affected",
        LineState::UnderInvestigation => "under investigation",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cve::Weight;
    use crate::tests::sample::advisory;
    use psirt::advisory::Advisory;

    /// What is found where another advisory says the same but for one thing.
    fn check_found(change: impl FnOnce(&mut Advisory), expect: &[(Weight, &str, &str)]) {
        let own = advisory();
        let mut other = advisory();
        other.number = "EXN-SA-2027:009".to_owned();
        change(&mut other);
        let of = |advisory| Statement {
            advisory,
            vulnerability: &advisory.vulnerabilities[0],
        };
        let found = across(&of(&own), &[of(&other)]);
        let places: Vec<_> = found
            .iter()
            .map(|finding| (finding.weight, finding.place.as_str()))
            .collect();
        let wanted: Vec<_> = expect.iter().map(|(weight, place, _)| (*weight, *place)).collect();
        assert_eq!(places, wanted, "{found:?}");
        for (finding, (.., part)) in found.iter().zip(expect) {
            assert!(
                finding.message.contains("EXN-SA-2027:009") && finding.message.contains(part),
                "{finding}"
            );
        }
    }

    #[test]
    fn advisories_that_say_the_same_contradict_nothing() {
        check_found(|_| {}, &[]);
        // What only one of them speaks of is no contradiction.
        check_found(|other| other.vulnerabilities[0].lines.truncate(1), &[]);
        check_found(|other| other.vulnerabilities[0].cwe = None, &[]);
        // The same range in other words.
        check_found(
            |other| other.vulnerabilities[0].lines[1].affected = " before 24.3.7 ".to_owned(),
            &[],
        );
    }

    #[test]
    fn a_product_stands_in_one_way() {
        check_found(
            |other| other.vulnerabilities[0].lines[2].state = LineState::NotAffected,
            &[(Weight::Must, "lines[Lattice Sensor 22].state", "not affected")],
        );
        check_found(
            |other| {
                let line = &mut other.vulnerabilities[0].lines[1];
                (line.state, line.fixed, line.fixed_on) = (LineState::Affected, None, None);
            },
            &[(Weight::FollowUp, "lines[Lattice Sensor 24].state", "affected")],
        );
    }

    #[test]
    fn versions_and_days_are_the_same() {
        check_found(
            |other| {
                let line = &mut other.vulnerabilities[0].lines[0];
                (line.affected, line.fixed) = ("25.0.0 to 25.1.2".to_owned(), Some("25.1.3".to_owned()));
            },
            &[
                (Weight::Must, "lines[Lattice Sensor 25].affected", "25.0.0 to 25.1.2"),
                (Weight::Must, "lines[Lattice Sensor 25].fixed", "25.1.3"),
            ],
        );
        check_found(
            |other| other.vulnerabilities[0].lines[0].fixed_on = Some(jiff::civil::date(2027, 2, 9)),
            &[(Weight::Must, "lines[Lattice Sensor 25].fixed_on", "2027-02-09")],
        );
    }

    #[test]
    fn weakness_and_score_are_followed_up() {
        check_found(
            |other| other.vulnerabilities[0].cwe = Some(("CWE-787".to_owned(), "Out-of-bounds Write".to_owned())),
            &[(Weight::FollowUp, "cwe", "CWE-787")],
        );
        let vector = "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H";
        check_found(
            |other| other.vulnerabilities[0].scores[0].vector = vector.to_owned(),
            &[(Weight::FollowUp, "scores[0].vector", vector)],
        );
        check_found(
            |other| other.vulnerabilities[0].scores[0].issuer = Some("a CERT".to_owned()),
            &[],
        );
    }
}
