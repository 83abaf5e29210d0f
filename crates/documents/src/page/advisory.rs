//! The page of one advisory: what it is, who is affected, what to do, and how to check it.

use super::formats::{Format, Proof, document_formats, formats, key_format, proof};
use super::vulnerability::{VulnerabilityPart, calculators, part};
use super::{Setting, words};
use crate::problem::{self, Problem};
use crate::{csaf, place, scores};
use psirt::advisory::{Advisory, Audience, Status, Tombstone, Validity};
use psirt::event::Exploit;
use psirt::house::Brand;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Everything that an advisory's page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvisoryPage {
    /// The advisory's number.
    pub number: String,
    /// `version 2 · TLP:CLEAR`
    pub about: String,
    /// The version that replaced it, and its page; none for the present one.
    pub superseded: Option<(String, String)>,
    /// That it does not hold any more, as a sentence; empty while it does.
    pub notice: String,
    /// The advisory that says what holds, and its page.
    pub successor: Option<(String, String)>,
    /// The title.
    pub title: String,
    /// One paragraph for everybody.
    pub summary: String,
    /// The facts below the title.
    pub facts: Vec<Fact>,
    /// The severity below the title; the first fact.
    pub severity: Option<Sign>,
    /// What is known in detail.
    pub details: Vec<String>,
    /// Whether more is to come, as a sentence.
    pub outlook: String,
    /// The vulnerabilities. Of several each has a heading.
    pub vulnerabilities: Vec<VulnerabilityPart>,
    /// Where the severity comes from, as a sentence with its clause.
    pub severity_note: String,
    /// The clause of that sentence.
    pub severity_clause: Option<Clause>,
    /// A sentence of thanks; empty without credits.
    pub thanks: String,
    /// Milestones, oldest first; the last one is marked.
    pub timeline: Vec<Moment>,
    /// Versions, newest first; empty for the first version.
    pub versions: Vec<Moment>,
    /// References: title and address.
    pub references: Vec<(String, String)>,
    /// What the brand says in every advisory: a title, and paragraphs.
    pub notes: Vec<(String, Vec<String>)>,
    /// The documents beside the page.
    pub formats: Vec<Format>,
    /// How to check the document.
    pub proof: Proof,
}

/// A fact with its term, value and a small remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its name.
    pub term: String,
    /// Its value; empty if the severity's sign stands there.
    pub value: String,
    /// What stands below it.
    pub note: String,
}

/// A severity: a word and the shape that goes with it (`critical`, `high`, `medium`, `low`, `informational`, `none`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sign {
    /// The shape's name.
    pub shape: String,
    /// The word.
    pub word: String,
}

/// A clause's number without its sign, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The number.
    pub number: String,
    /// The link; empty if the page of the policy does not hold it.
    pub href: String,
}

/// A moment of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// `27 May 2027`
    pub day: String,
    /// `2027-05-27`
    pub iso: String,
    /// `past` or `now`
    pub state: String,
    /// What happened.
    pub text: String,
    /// Where that version is to be read, if it is not this one.
    pub href: String,
    /// The clause that made it happen.
    pub clause: Option<Clause>,
}

impl AdvisoryPage {
    /// Whether there is any score to show.
    #[must_use]
    pub fn has_scores(&self) -> bool {
        self.vulnerabilities.iter().any(|one| !one.scores.is_empty())
    }

    /// What stands above how products stand.
    #[must_use]
    pub fn standing(&self) -> &'static str {
        match self.vulnerabilities.iter().all(VulnerabilityPart::excludes_all) {
            true => "Why nothing is affected",
            false => "Affected and fixed",
        }
    }

    /// Of what does not hold any more: the version before, if it is linked.
    #[must_use]
    pub fn held(&self) -> Option<&Moment> {
        let mut linked = self.versions.iter().filter(|version| !version.href.is_empty());
        linked.next().filter(|_| !self.notice.is_empty())
    }

    /// The page of an advisory whose document has `document_bytes` bytes and is signed by the key with this fingerprint.
    ///
    /// # Errors
    /// Everything that [`problem::check`] finds.
    pub fn of(
        advisory: &Advisory,
        brand: &Brand,
        setting: &Setting,
        fingerprint: &str,
        document_bytes: usize,
    ) -> Result<AdvisoryPage, Vec<Problem>> {
        problem::check(advisory, brand)?;
        let here = place::page(advisory);
        let band = csaf::worst_band(advisory);
        let holds = advisory.validity.is_current();
        // Of what does not hold nothing is told twice: it stays in the version before, as it was signed.
        let vulnerabilities = advisory.vulnerabilities.iter().filter(|_| holds);
        Ok(AdvisoryPage {
            number: advisory.number.clone(),
            about: about(advisory),
            superseded: None,
            notice: advisory.validity.sentence(),
            successor: match &advisory.validity {
                Validity::Superseded { by } => Some((by.clone(), place::relative(&here, &place::page_of(by)))),
                Validity::Current | Validity::Withdrawn { .. } => None,
            },
            title: advisory.title.clone(),
            summary: summary(advisory),
            facts: facts(advisory, setting),
            severity: severity(advisory, setting),
            details: match holds {
                true => words::paragraphs(&advisory.details),
                false => Vec::new(),
            },
            outlook: match advisory.status {
                Status::Interim if holds => "This advisory will be revised: something is still missing.".to_owned(),
                Status::Interim | Status::Final => String::new(),
            },
            vulnerabilities: vulnerabilities.map(|one| part(one, advisory, setting)).collect(),
            severity_note: band
                .map(|band| format!("{} is the severity of our policy", band.label))
                .unwrap_or_default(),
            severity_clause: band.map(|band| clause(&band.clause, &here, advisory, setting)),
            thanks: thanks(advisory),
            timeline: match holds {
                true => timeline(advisory, &here, setting),
                false => Vec::new(),
            },
            versions: versions(advisory, setting),
            references: references(advisory),
            notes: notes(advisory),
            formats: formats(advisory, &here, fingerprint, document_bytes),
            proof: proof(advisory, fingerprint),
        })
    }

    /// The page of a version that `present` replaced, to stand at [`place::earlier_page`].
    ///
    /// # Errors
    /// As [`AdvisoryPage::of`].
    pub fn earlier(
        advisory: &Advisory,
        present: Option<&Advisory>,
        brand: &Brand,
        setting: &Setting,
        fingerprint: &str,
        document_bytes: usize,
    ) -> Result<AdvisoryPage, Vec<Problem>> {
        let revision = advisory.revisions.last().map_or(0, |revision| revision.number);
        let here = place::earlier_page(&advisory.number, revision);
        let mut page = AdvisoryPage::of(advisory, brand, setting, fingerprint, document_bytes)?;
        let version = present.and_then(|present| present.revisions.last());
        page.superseded = Some((
            version.map(psirt::advisory::Revision::printed).unwrap_or_default(),
            place::relative(&here, &place::page_of(&advisory.number)),
        ));
        page.severity_clause = csaf::worst_band(advisory).map(|band| clause(&band.clause, &here, advisory, setting));
        if advisory.validity.is_current() {
            page.timeline = timeline(advisory, &here, setting);
        }
        for (part, vulnerability) in page.vulnerabilities.iter_mut().zip(&advisory.vulnerabilities) {
            part.calculators = calculators(vulnerability, advisory, &here, setting);
        }
        page.formats = document_formats(&here, &place::earlier_document(advisory), document_bytes);
        page.formats.push(key_format(&here, fingerprint));
        Ok(page)
    }

    /// Links the versions of its history to where they are to be read: pairs of a revision and a path under the brand's root. `here` is
    /// this page's own.
    pub fn link_versions(&mut self, advisory: &Advisory, here: &str, paths: &[(u32, String)]) {
        let revisions = advisory.revisions.iter().rev();
        for (moment, revision) in self.versions.iter_mut().zip(revisions) {
            let path = paths
                .iter()
                .find(|(number, path)| *number == revision.number && path != here);
            moment.href = path.map(|(_, path)| place::relative(here, path)).unwrap_or_default();
        }
    }

    /// Says of versions of its history that had to go when and why, in place of what they brought, and links what is left of them.
    pub fn tell_removed(&mut self, advisory: &Advisory, here: &str, gone: &[&Tombstone], setting: &Setting) {
        let revisions = advisory.revisions.iter().rev();
        for (moment, revision) in self.versions.iter_mut().zip(revisions) {
            let is_left = |gone: &&Tombstone| gone.number == advisory.number && gone.revision == revision.number;
            let Some(gone) = gone.iter().copied().find(is_left) else {
                continue;
            };
            let day = words::day(gone.at, &setting.zone);
            moment.text = format!("Version {}: removed on {day}: {}", revision.printed(), gone.why);
            moment.href = place::relative(here, &place::gone_page(gone));
        }
    }
}

/// The summary; of what does not hold, what it said, without the sentence before it that says so: the notice does.
fn summary(advisory: &Advisory) -> String {
    match advisory.summary.split_once("\n\n") {
        Some((_, before)) if !advisory.validity.is_current() => format!("It said: {before}"),
        _ => advisory.summary.clone(),
    }
}

fn about(advisory: &Advisory) -> String {
    let version = advisory
        .revisions
        .last()
        .map(psirt::advisory::Revision::printed)
        .unwrap_or_default();
    let audience = match &advisory.audience {
        Audience::Public => "TLP:CLEAR".to_owned(),
        Audience::Tlp(level) => format!("TLP:{}", level.label()),
        Audience::Party(party) => format!("TLP:RED, for {party} alone"),
    };
    let status = match advisory.status {
        Status::Interim => " · interim",
        Status::Final => "",
    };
    format!("version {version}{status} · {audience}")
}

/// The word in the place of a severity, where there is none: of what does not hold any more, and of what concerns no product of ours.
fn instead(advisory: &Advisory) -> Option<&'static str> {
    match &advisory.validity {
        Validity::Current => advisory.excludes_all().then_some("Not affected"),
        gone => Some(gone.name()),
    }
}

/// The figure of the vulnerability with the highest deciding score.
fn deciding(advisory: &Advisory, setting: &Setting) -> Option<scores::Figure> {
    let first = advisory
        .vulnerabilities
        .iter()
        .filter(|one| advisory.validity.is_current() && !one.excludes_all())
        .filter_map(|one| scores::read(one).into_iter().next());
    first
        .filter_map(|read| scores::deciding(read.vector, setting.bands_from))
        .max_by_key(|figure| figure.score)
}

/// The policy's band, with a shape by its id, or by the score where the id is the policy's own invention. Without a band CVSS's word; the
/// word that stands in its place where there can be none.
pub(crate) fn severity(advisory: &Advisory, setting: &Setting) -> Option<Sign> {
    if let Some(word) = instead(advisory) {
        return Some(Sign {
            shape: "none".to_owned(),
            word: word.to_owned(),
        });
    }
    let by_score = deciding(advisory, setting).map(|figure| sign(figure.severity));
    let Some(band) = csaf::worst_band(advisory) else {
        return by_score;
    };
    let known = ["critical", "high", "medium", "low", "informational", "none"].contains(&band.id.as_str());
    let shape = if known {
        band.id.clone()
    } else {
        by_score.map_or_else(|| "none".to_owned(), |sign| sign.shape)
    };
    Some(Sign {
        shape,
        word: band.label.clone(),
    })
}

pub(super) fn sign(severity: cvss::Severity) -> Sign {
    Sign {
        shape: severity.name().to_lowercase(),
        word: severity.name().to_owned(),
    }
}

fn facts(advisory: &Advisory, setting: &Setting) -> Vec<Fact> {
    let fact = |term: &str, value: String, note: String| Fact {
        term: term.to_owned(),
        value,
        note,
    };
    let score = deciding(advisory, setting).map(|figure| format!("{} {}", figure.label, figure.score));

    let cves: Vec<String> = advisory
        .vulnerabilities
        .iter()
        .filter_map(|one| one.cve.clone())
        .collect();
    let cwes: Vec<String> = advisory
        .vulnerabilities
        .iter()
        .filter_map(|one| Some(one.cwe.clone()?.0))
        .collect();
    let named = match (cves.as_slice(), advisory.vulnerabilities.len()) {
        ([], 0) => "None named".to_owned(),
        ([], 1) => "No CVE id".to_owned(),
        ([], several) => format!("{several}, without CVE ids"),
        ([one], 1) => one.clone(),
        (_, several) => format!("{several} vulnerabilities"),
    };
    let named_note = if cves.len() > 1 {
        words::list(&cves)
    } else {
        words::list(&cwes)
    };
    let holding = || {
        let holds = advisory.validity.is_current();
        advisory.vulnerabilities.iter().filter(move |_| holds)
    };
    let mut impacts: Vec<String> = Vec::new();
    for impact in holding().filter_map(|one| one.impact.clone()) {
        if !impacts.contains(&impact) {
            impacts.push(impact);
        }
    }

    let mut facts = vec![
        fact(
            instead(advisory).map_or("Severity", |_| "Status"),
            String::new(),
            score.unwrap_or_default(),
        ),
        fact("Vulnerability", named, named_note),
    ];
    if !impacts.is_empty() {
        facts.push(fact("Impact", words::list(&impacts), String::new()));
    }
    if let Some((first, last)) = advisory.revisions.first().zip(advisory.revisions.last()) {
        let exploits = holding().filter_map(|one| one.exploit).max();
        if let Some(exploit) = exploits {
            let seen = match exploit {
                Exploit::None => "None known",
                Exploit::Available => "None known, an exploit is available",
                Exploit::Active => "Yes",
            };
            facts.push(fact(
                "Attacks seen",
                seen.to_owned(),
                format!("as of {}", words::day(last.at, &setting.zone)),
            ));
        }
        let note = if first.at == last.at {
            words::clock(first.at, &setting.zone)
        } else {
            format!(
                "revised {}, {}",
                words::day(last.at, &setting.zone),
                words::clock(last.at, &setting.zone)
            )
        };
        facts.push(fact("Published", words::day(first.at, &setting.zone), note));
    }
    facts
}

/// References of the vulnerabilities, then those of every advisory of the brand.
fn references(advisory: &Advisory) -> Vec<(String, String)> {
    let own = advisory.vulnerabilities.iter().flat_map(|one| &one.references);
    let mut seen = BTreeSet::new();
    // What is of several vulnerabilities is shown once.
    let all = own.chain(&advisory.frame.references);
    all.filter(|reference| seen.insert(*reference)).cloned().collect()
}

fn notes(advisory: &Advisory) -> Vec<(String, Vec<String>)> {
    let frame = &advisory.frame;
    let notes = frame.notes.iter().map(|(title, text)| (title.as_str(), text));
    let all = [(csaf::RECOMMENDATIONS, &frame.recommendations)]
        .into_iter()
        .chain(notes)
        .chain([
            ("Distribution", &frame.distribution),
            (csaf::DISCLAIMER, &frame.disclaimer),
        ]);
    all.filter(|(_, text)| !text.trim().is_empty())
        .map(|(title, text)| (title.to_owned(), words::paragraphs(text)))
        .collect()
}

fn thanks(advisory: &Advisory) -> String {
    let mut names: Vec<String> = Vec::new();
    let mut validated: Vec<String> = Vec::new();
    for credit in advisory.vulnerabilities.iter().flat_map(|one| &one.credits) {
        if !names.contains(&credit.name) {
            names.push(credit.name.clone());
        }
        if credit.validated && !validated.contains(&credit.name) {
            validated.push(credit.name.clone());
        }
    }
    if names.is_empty() {
        String::new()
    } else if validated.is_empty() {
        format!("We thank {}.", words::list(&names))
    } else {
        format!(
            "We thank {}. The fix was confirmed by {}.",
            words::list(&names),
            words::list(&validated)
        )
    }
}

/// A clause, linked if the page of the policy under which the advisory stands holds it.
fn clause(text: &str, here: &str, advisory: &Advisory, setting: &Setting) -> Clause {
    let number = csaf::clause(text).to_owned();
    let same_policy = setting.policy.as_ref().is_some_and(|(id, _)| *id == advisory.policy.0);
    let href = if same_policy && setting.clauses.contains(&number) {
        format!("{}#{number}", place::relative(here, place::POLICY_PAGE))
    } else {
        String::new()
    };
    Clause { number, href }
}

/// The milestones of all vulnerabilities in the order of time; the same one is told once.
fn timeline(advisory: &Advisory, here: &str, setting: &Setting) -> Vec<Moment> {
    let mut milestones: Vec<_> = advisory
        .vulnerabilities
        .iter()
        .flat_map(|one| &one.milestones)
        .collect();
    milestones.sort_by_key(|milestone| milestone.at);
    milestones.dedup();
    let last = milestones.len().saturating_sub(1);
    let moment = |(place, milestone): (usize, &&psirt::advisory::Milestone)| Moment {
        day: words::day(milestone.at, &setting.zone),
        iso: words::iso_day(milestone.at, &setting.zone),
        state: if place == last { "now" } else { "past" }.to_owned(),
        text: milestone.text.clone(),
        href: String::new(),
        clause: milestone
            .clause
            .as_ref()
            .map(|text| clause(text, here, advisory, setting)),
    };
    milestones.iter().enumerate().map(moment).collect()
}

fn versions(advisory: &Advisory, setting: &Setting) -> Vec<Moment> {
    if advisory.revisions.len() < 2 {
        return Vec::new();
    }
    let moment = |(place, revision): (usize, &psirt::advisory::Revision)| Moment {
        day: words::day(revision.at, &setting.zone),
        iso: words::iso_day(revision.at, &setting.zone),
        state: if place == 0 { "now" } else { "past" }.to_owned(),
        text: format!("Version {}: {}", revision.printed(), revision.summary),
        href: String::new(),
        clause: None,
    };
    advisory.revisions.iter().rev().enumerate().map(moment).collect()
}
