//! The page of a policy: its clauses in their own words, and in the margin how it is read where it can be read in two ways.

use super::markup::{self, Block, Span};
use super::report::{ShownKey, grouped};
use super::words;
use crate::place;
use crate::problem::is_web_address;
use crate::security_txt::is_mail_address;
use psirt::house::Brand;
use psirt::policy::Policy;
use psirt::policy::block::reading::Reading;
use psirt::promises::{FEWEST_CASES, KeptPromises};

/// Everything that the policy's page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyPage {
    /// The policy's title.
    pub title: String,
    /// Its version.
    pub version: String,
    /// The day from which it holds, in words and for machines.
    pub effective: (String, String),
    /// The file, beside the page.
    pub file: String,
    /// How many clauses it has.
    pub clauses: usize,
    /// How many of them carry a promise with a clock.
    pub promises: usize,
    /// How many readings are on record.
    pub readings: usize,
    /// The clauses under their headings.
    pub sections: Vec<Section>,
    /// Whether another version took its place.
    pub replaced: bool,
    /// Whether its day is still to come.
    pub coming: bool,
    /// The version that follows: its name, its day in words and for machines, and the way to its page.
    pub next: Option<(String, (String, String), String)>,
    /// How its promises were kept, if that was released.
    pub kept: Option<KeptNote>,
    /// Where reports go; on the page of the present version only.
    pub reports: Option<Reports>,
}

/// Where reports go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reports {
    /// Where the address leads: `mailto:` or a page.
    pub href: String,
    /// The address.
    pub contact: String,
    /// The fingerprint of the key to encrypt to, in groups, and the way to its file; none if no key is published and in use.
    pub key: Option<(String, String)>,
}

/// How promises were kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptNote {
    /// `203 of 207`; empty where no number is told.
    pub figure: String,
    /// `1 October 2025 to 30 September 2026`
    pub period: String,
    /// What is told of a clause of few cases.
    pub few: String,
}

/// Clauses under one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The heading; may be empty.
    pub heading: String,
    /// The clauses.
    pub rules: Vec<RuleText>,
}

/// One clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleText {
    /// Its number without its sign; also its anchor.
    pub number: String,
    /// Its prose.
    pub text: Vec<Block>,
    /// Its readings.
    pub readings: Vec<ReadingNote>,
    /// Whether it stands among the clauses whose promises are told.
    pub counted: bool,
    /// How often it was kept, `11 of 12`; empty where that is not told.
    pub figure: String,
}

/// A decided reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingNote {
    /// What the clause leaves open.
    pub question: String,
    /// How it is read.
    pub answer: Vec<Span>,
    /// Why, the other readings, who decided and when.
    pub others: Vec<Span>,
}

/// The day from which a version holds, in words and for machines.
fn day(policy: &Policy) -> (String, String) {
    let day = policy.front.effective;
    (words::long_date(day), day.to_string())
}

impl PolicyPage {
    /// The page of a policy, to stand at `path`; its text lies at `file`.
    #[must_use]
    pub fn of(policy: &Policy, path: &str, file: &str) -> PolicyPage {
        let mut sections: Vec<Section> = Vec::new();
        for clause in &policy.clauses {
            let readings = policy
                .readings
                .iter()
                .filter(|reading| reading.clause == clause.id && reading.decided());
            let rule = RuleText {
                number: clause.id.clone(),
                text: markup::read(&clause.prose),
                readings: readings.map(note).collect(),
                counted: false,
                figure: String::new(),
            };
            match sections.last_mut().filter(|section| section.heading == clause.heading) {
                Some(section) => section.rules.push(rule),
                None => sections.push(Section {
                    heading: clause.heading.clone(),
                    rules: vec![rule],
                }),
            }
        }
        let promising = |id: &str| policy.promises.iter().any(|promise| promise.clause == id);
        PolicyPage {
            title: policy.front.title.clone(),
            version: policy.front.version.clone(),
            effective: day(policy),
            file: place::relative(path, file),
            clauses: policy.clauses.len(),
            promises: policy.clauses.iter().filter(|clause| promising(&clause.id)).count(),
            readings: policy.readings.iter().filter(|reading| reading.decided()).count(),
            sections,
            replaced: false,
            coming: false,
            next: None,
            kept: None,
            reports: None,
        }
    }

    /// The same, at `path`, with the adopted version that follows, whose page is `page`.
    #[must_use]
    pub fn followed_by(mut self, next: &Policy, path: &str, page: &str) -> PolicyPage {
        self.next = Some((next.front.version.clone(), day(next), place::relative(path, page)));
        self
    }

    /// The same with where reports go, on the page at `path`: the brand's contact, and the key to encrypt to.
    #[must_use]
    pub fn reporting_to(mut self, brand: &Brand, key: Option<&ShownKey>, path: &str) -> PolicyPage {
        let contact = brand.contact.trim();
        let href = if is_mail_address(contact) {
            Some(format!("mailto:{contact}"))
        } else {
            is_web_address(contact).then(|| contact.to_owned())
        };
        let file = |key: &ShownKey| place::relative(path, &place::intake_key(&key.fingerprint));
        self.reports = href.map(|href| Reports {
            href,
            contact: contact.to_owned(),
            key: key
                .filter(|key| key.revoked.is_none())
                .map(|key| (grouped(&key.fingerprint), file(key))),
        });
        self
    }

    /// The same with how its promises were kept.
    #[must_use]
    pub fn telling(mut self, kept: &KeptPromises) -> PolicyPage {
        let sum = kept.sum();
        self.kept = Some(KeptNote {
            figure: match sum.due {
                0 => String::new(),
                due => format!("{} of {due}", sum.kept),
            },
            period: format!("{} to {}", words::long_date(kept.from), words::long_date(kept.until)),
            few: format!("fewer than {} cases", number_word(FEWEST_CASES)),
        });
        for rule in self.sections.iter_mut().flat_map(|section| &mut section.rules) {
            let Some(clause) = kept.clauses.iter().find(|clause| clause.clause == rule.number) else {
                continue;
            };
            rule.counted = true;
            if let Some(figures) = clause.figures {
                rule.figure = format!("{} of {}", figures.kept, figures.due);
            }
        }
        self
    }
}

fn number_word(number: usize) -> String {
    let words = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    words
        .get(number)
        .map_or_else(|| number.to_string(), |word| (*word).to_owned())
}

fn note(reading: &Reading) -> ReadingNote {
    let chosen = reading.options.iter().find(|option| option.id == reading.chosen);
    let others = reading
        .options
        .iter()
        .filter(|option| option.id != reading.chosen)
        .map(|option| option.text.clone());
    let on = reading
        .on
        .map(|day| format!(", {}", words::long_date(day)))
        .unwrap_or_default();
    let others: Vec<String> = others.collect();
    ReadingNote {
        question: reading.question.clone(),
        answer: chosen.map(|option| markup::spans(&option.text)).unwrap_or_default(),
        others: markup::spans(&format!(
            "{} We chose as we did because: {} Decided by {}{on}.",
            others.join(" "),
            reading.why,
            reading.by
        )),
    }
}
