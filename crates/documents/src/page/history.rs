//! The versions of a policy, and what changed from one to the next: clauses, what they make us do, readings, bands.
//!
//! Never compares by itself: `psirt::policy::diff` does.

use super::reworded::{Wording, compare};
use super::words;
use crate::place;
use jiff::tz::TimeZone;
use psirt::policy::Policy;
use psirt::policy::diff::{self, Change, Diff, Edition};

/// Every adopted version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryPage {
    /// The newest first.
    pub versions: Vec<VersionNote>,
}

/// A version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionNote {
    /// Its place in the order of adoption, from 1.
    pub place: usize,
    /// Its version.
    pub version: String,
    /// The day from which it holds, in words and for machines.
    pub effective: (String, String),
    /// The day on which it was adopted; both empty where that is not known.
    pub adopted: (String, String),
    /// Its page.
    pub page: String,
    /// Its file.
    pub file: String,
    /// What is not as it was in the version before.
    pub changes: Vec<ChangeNote>,
}

/// Something that changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeNote {
    /// The clause with its sign, or what it is about.
    pub about: String,
    /// Where the clause stands in this version; may be empty.
    pub href: String,
    /// What happened, such as `new sentence`.
    pub what: String,
    /// As it was, with the words marked that are gone; may be empty.
    pub before: Wording,
    /// As it is, with the words marked that are new; may be empty.
    pub now: Wording,
}

impl HistoryPage {
    /// The page of these versions with their files, in the order of adoption.
    #[must_use]
    pub fn of(versions: &[(&Policy, &str)]) -> HistoryPage {
        let path = place::POLICY_HISTORY;
        let mut notes = Vec::new();
        let mut before: Option<(&Policy, &str)> = None;
        for (place, (policy, text)) in (1..).zip(versions.iter().copied()) {
            let front = &policy.front;
            let page = place::relative(path, &place::policy_version(&front.id, place));
            let zone = |at: jiff::Timestamp, zone: &TimeZone| at.to_zoned(zone.clone()).date();
            let adopted = policy.adopted.map(|at| zone(at, &front.zone));
            notes.push(VersionNote {
                place,
                version: front.version.clone(),
                effective: (words::long_date(front.effective), front.effective.to_string()),
                adopted: adopted
                    .map(|day| (words::long_date(day), day.to_string()))
                    .unwrap_or_default(),
                changes: before
                    .map(|before| changes(before, (policy, text), &page))
                    .unwrap_or_default(),
                file: place::relative(path, &place::policy_version_file(&front.id, place)),
                page,
            });
            before = Some((policy, text));
        }
        notes.reverse();
        HistoryPage { versions: notes }
    }
}

/// What a reader of the newer version would notice. Two versions that were adopted can be compared; if one cannot be read any more, nothing is
/// said of the change.
fn changes(before: (&Policy, &str), now: (&Policy, &str), page: &str) -> Vec<ChangeNote> {
    let chosen = |policy: &Policy| -> Vec<(String, String)> {
        let decided = policy.readings.iter().filter(|reading| reading.decided());
        decided
            .map(|reading| (reading.id.clone(), reading.chosen.clone()))
            .collect()
    };
    let (old, new) = (chosen(before.0), chosen(now.0));
    let edition = |text, readings| Edition {
        name: "policy",
        text,
        readings,
    };
    match diff::diff(edition(before.1, &old), edition(now.1, &new)) {
        Ok(diff) => told(&diff, before.0, now.0, page),
        Err(_) => Vec::new(),
    }
}

fn told(diff: &Diff, before: &Policy, now: &Policy, page: &str) -> Vec<ChangeNote> {
    let note = |clause: &str, what: &str, (old, new): (Option<String>, Option<String>)| {
        let number = clause.strip_prefix('§').unwrap_or_default();
        let stands = now.clauses.iter().any(|known| known.id == number);
        let (before, now) = compare(old.as_deref(), new.as_deref());
        ChangeNote {
            about: clause.to_owned(),
            href: if stands {
                format!("{page}#{number}")
            } else {
                String::new()
            },
            what: what.to_owned(),
            before,
            now,
        }
    };
    let word = |change: Change, what: [&'static str; 3]| match change {
        Change::Added => what[0],
        Change::Removed => what[1],
        Change::Changed => what[2],
    };
    let mut notes = Vec::new();
    for clause in &diff.clauses {
        let what = word(clause.change, ["new sentence", "sentence taken out", "reworded"]);
        notes.push(note(&clause.clause, what, (clause.old.clone(), clause.new.clone())));
    }
    for rule in diff.rules.iter().filter(|rule| rule.old != rule.new) {
        let what = word(
            rule.change,
            [
                "makes us do more",
                "no longer makes us do",
                "makes us do something else",
            ],
        );
        notes.push(note(&rule.clause, what, (rule.old.clone(), rule.new.clone())));
    }
    for reading in &diff.readings {
        let text = |policy: &Policy, option: &Option<String>| {
            let found = policy.readings.iter().find(|one| one.id == reading.reading);
            let option = found?.options.iter().find(|one| Some(&one.id) == option.as_ref());
            option.map(|option| option.text.clone())
        };
        let both = (text(before, &reading.old), text(now, &reading.new));
        notes.push(note(
            &reading.clause,
            &format!("read otherwise: {}", reading.question),
            both,
        ));
    }
    for band in &diff.bands {
        notes.push(note("Severity", "other limits", (band.old.clone(), band.new.clone())));
    }
    notes
}
