//! Whether the status of a text fits: `interim` while more is to come, `final` once nothing is (R9; CSAF 2.0 §3.2.1.12.7).
//!
//! Owns hints. Never refuses anything, and never changes a status.

use super::{Advisory, LineState, LineStatement, RemedyKind, Status, Vulnerability};
use jiff::{SignedDuration, Timestamp};

/// A text that changes again within these days is not final yet.
const RESTLESS_DAYS: i64 = 21;
/// After so many days without a change nobody waits for one.
const SILENT_DAYS: i64 = 42;

/// What speaks against the status of a text, as sentences. `is_public` says whether exactly this text is out.
#[must_use]
pub fn status_hints(advisory: &Advisory, is_public: bool, now: Timestamp) -> Vec<String> {
    let open: Vec<String> = advisory.vulnerabilities.iter().flat_map(open_lines).collect();
    let last = advisory.revisions.last().map(|revision| revision.at);
    let within = |days: i64| last.is_some_and(|last| now.duration_since(last) < SignedDuration::from_hours(days * 24));
    match advisory.status {
        Status::Final if !open.is_empty() => vec![format!(
            "it says `final`, and {}: `interim` tells readers that more is to come",
            open.join(", ")
        )],
        Status::Final if !is_public && within(RESTLESS_DAYS) => vec![format!(
            "it says `final`, and changes again within {RESTLESS_DAYS} days: `interim` fits while it does"
        )],
        Status::Interim if open.is_empty() => {
            vec!["it says `interim`, and every line has its fix or its last word: `final` fits".to_owned()]
        }
        Status::Interim if is_public && !within(SILENT_DAYS) => vec![format!(
            "it says `interim`, and did not change for {SILENT_DAYS} days: revise it with what is new, or make it `final`"
        )],
        Status::Interim | Status::Final => Vec::new(),
    }
}

/// Lines of which more is to come, each with what it waits for.
fn open_lines(one: &Vulnerability) -> impl Iterator<Item = String> + use<'_> {
    let ends = |line: &LineStatement| {
        one.remedies.iter().any(|remedy| {
            let names = remedy.products.is_empty() || remedy.products.contains(&line.product);
            remedy.kind == RemedyKind::NoFixPlanned && names
        })
    };
    one.lines.iter().filter_map(move |line| match line.state {
        LineState::UnderInvestigation => Some(format!("{} is still looked at", line.product)),
        LineState::Affected if !ends(line) => Some(format!("{} has no fix yet", line.product)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisory::sample::sample;

    const NOW: &str = "2027-01-20T08:00:00Z";

    /// The sample was published on 1 December 2026; Vantage has no fix. Expects a part of the hint.
    fn check_hint(change: impl FnOnce(&mut Advisory), is_public: bool, now: &str, expect: Option<&str>) {
        let mut text = sample();
        change(&mut text);
        let hints = status_hints(&text, is_public, now.parse().unwrap());
        match (hints.as_slice(), expect) {
            ([], None) => {}
            ([hint], Some(expect)) => assert!(hint.contains(expect), "{hint}"),
            (found, _) => panic!("{found:?}"),
        }
    }

    fn fix_all(text: &mut Advisory) {
        for line in &mut text.vulnerabilities[0].lines {
            line.state = LineState::Fixed;
        }
    }

    #[test]
    fn final_does_not_fit_while_a_line_waits() {
        let is_final = |text: &mut Advisory| text.status = Status::Final;
        check_hint(is_final, false, NOW, Some("Vantage has no fix yet: `interim`"));
        check_hint(
            |text| {
                is_final(text);
                text.vulnerabilities[0].lines[1].state = LineState::UnderInvestigation;
            },
            false,
            NOW,
            Some("Vantage is still looked at"),
        );
        // A line that gets none has had its last word.
        check_hint(
            |text| {
                is_final(text);
                text.vulnerabilities[0].remedies[0].kind = RemedyKind::NoFixPlanned;
                text.vulnerabilities[0].remedies[0].products = vec!["Vantage".to_owned()];
            },
            false,
            NOW,
            None,
        );
        check_hint(fix_all, false, NOW, Some("`final` fits"));
    }

    #[test]
    fn what_changes_often_is_interim_and_what_is_silent_is_final() {
        let settled = |text: &mut Advisory| {
            fix_all(text);
            text.status = Status::Final;
        };
        check_hint(settled, false, "2026-12-10T08:00:00Z", Some("within 21 days"));
        check_hint(settled, true, "2026-12-10T08:00:00Z", None);
        check_hint(settled, false, NOW, None);
        check_hint(|_| {}, true, "2026-12-10T08:00:00Z", None);
        check_hint(|_| {}, true, NOW, Some("did not change for 42 days"));
        check_hint(|_| {}, false, NOW, None);
    }
}
