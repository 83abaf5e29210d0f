//! The page of one advisory: what it is, who is affected, what to do, and how to check it.

use super::{Setting, words};
use crate::problem::{self, Problem};
use crate::{csaf, place, range, remedy, scores};
use psirt::advisory::{
    Advisory, Audience, LineState, LineStatement, Remedy, RemedyKind, Status, Validity, Vulnerability,
};
use psirt::event::Exploit;
use psirt::house::Brand;
use serde::{Deserialize, Serialize};

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

/// One vulnerability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VulnerabilityPart {
    /// `CVE-…, title`: its heading where there are several.
    pub heading: String,
    /// `CWE-122 Heap-based Buffer Overflow`; empty where it is not known.
    pub weakness: String,
    /// Its impact, in the policy's term; empty where none is named.
    pub impact: String,
    /// Affected and fixed.
    pub rows: Vec<ProductRow>,
    /// What to do.
    pub steps: Vec<Step>,
    /// Scores.
    pub scores: Vec<ScoreCard>,
    /// Where a reader calculates a score for a place of their own: version of CVSS and link.
    pub calculators: Vec<(String, String)>,
}

/// How one product line stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductRow {
    /// The line.
    pub name: String,
    /// Affected versions in words.
    pub affected: String,
    /// The fixed version and its day.
    pub fixed: String,
    /// `fixed`, `affected`, `not-affected` or `investigating`.
    pub state: String,
    /// The same for people.
    pub word: String,
    /// Why it is not affected, as a sentence; empty for every other line.
    pub why: String,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What.
    pub title: String,
    /// How.
    pub text: String,
}

/// One figure of a score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreCard {
    /// `CVSS 3.1 base`
    pub label: String,
    /// `9.8`
    pub figure: String,
    /// CVSS's own word.
    pub severity: Sign,
    /// The metrics.
    pub vector: String,
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

/// A document beside the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// Where it is.
    pub href: String,
    /// What it is.
    pub name: String,
    /// Its form and size.
    pub note: String,
}

/// How anybody checks that the document is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The fingerprint of the key that signed.
    pub fingerprint: String,
    /// The commands, one a line.
    pub commands: Vec<String>,
}

impl AdvisoryPage {
    /// Whether there is any score to show.
    #[must_use]
    pub fn has_scores(&self) -> bool {
        self.vulnerabilities.iter().any(|one| !one.scores.is_empty())
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
        let vulnerabilities: Vec<&Vulnerability> = advisory.vulnerabilities.iter().collect();
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
            summary: advisory.summary.clone(),
            facts: facts(advisory, setting),
            severity: severity(advisory, setting),
            details: words::paragraphs(&advisory.details),
            outlook: match advisory.status {
                Status::Interim => "This advisory will be revised: something is still missing.".to_owned(),
                Status::Final => String::new(),
            },
            vulnerabilities: vulnerabilities.iter().map(|one| part(one, advisory, setting)).collect(),
            severity_note: band
                .map(|band| format!("{} is the severity of our policy", band.label))
                .unwrap_or_default(),
            severity_clause: band.map(|band| clause(&band.clause, &here, advisory, setting)),
            thanks: thanks(advisory),
            timeline: timeline(advisory, &here, setting),
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
        page.timeline = timeline(advisory, &here, setting);
        for (part, vulnerability) in page.vulnerabilities.iter_mut().zip(&advisory.vulnerabilities) {
            part.calculators = calculators(vulnerability, &here, setting);
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

fn sign(severity: cvss::Severity) -> Sign {
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
    let mut impacts: Vec<String> = Vec::new();
    for impact in advisory.vulnerabilities.iter().filter_map(|one| one.impact.clone()) {
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
        let exploits = advisory.vulnerabilities.iter().filter_map(|one| one.exploit).max();
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

fn part(vulnerability: &Vulnerability, advisory: &Advisory, setting: &Setting) -> VulnerabilityPart {
    let remedies = remedy::complete(vulnerability);
    let all: Vec<&LineStatement> = vulnerability
        .lines
        .iter()
        .filter(|line| remedy::needs_one(line))
        .collect();
    VulnerabilityPart {
        heading: csaf_name(vulnerability, advisory),
        weakness: vulnerability
            .cwe
            .as_ref()
            .map(|(id, name)| format!("{id} {name}"))
            .unwrap_or_default(),
        rows: vulnerability.lines.iter().map(|line| row(line, &remedies)).collect(),
        steps: remedies.iter().map(|remedy| step(remedy, all.len())).collect(),
        impact: vulnerability.impact.clone().unwrap_or_default(),
        // What concerns no product of ours has no severity here, whatever it has elsewhere.
        scores: match vulnerability.excludes_all() {
            true => Vec::new(),
            false => scores::read(vulnerability).iter().flat_map(cards).collect(),
        },
        calculators: match advisory.validity.is_current() {
            true => calculators(vulnerability, &place::page(advisory), setting),
            false => Vec::new(),
        },
    }
}

fn csaf_name(vulnerability: &Vulnerability, advisory: &Advisory) -> String {
    let title = if vulnerability.title.trim().is_empty() {
        &advisory.title
    } else {
        &vulnerability.title
    };
    match &vulnerability.cve {
        Some(cve) => format!("{cve}: {title}"),
        None => title.clone(),
    }
}

fn row(line: &LineStatement, remedies: &[Remedy]) -> ProductRow {
    let never = remedies
        .iter()
        .any(|remedy| remedy.kind == RemedyKind::NoFixPlanned && remedy.products.contains(&line.product));
    let affected = match (line.state, line.affected.trim()) {
        (LineState::NotAffected, _) => "none".to_owned(),
        (LineState::UnderInvestigation, "") => "not known yet".to_owned(),
        _ => range::words(line),
    };
    let day = line.fixed_on.map(words::date);
    let fixed = match (line.state, &line.fixed, day) {
        (LineState::NotAffected, ..) => "–".to_owned(),
        (LineState::Fixed, Some(version), Some(day)) => format!("{version}, {day}"),
        (LineState::Fixed, Some(version), None) => version.clone(),
        (LineState::Fixed, None, Some(day)) => format!("deployed {day}"),
        (LineState::Fixed, None, None) => "deployed".to_owned(),
        _ if never => "no fix planned".to_owned(),
        _ => "no fix yet".to_owned(),
    };
    let (state, word) = match line.state {
        LineState::Fixed => ("fixed", "Fixed"),
        LineState::Affected => ("affected", "Affected"),
        LineState::NotAffected => ("not-affected", "Not affected"),
        LineState::UnderInvestigation => ("investigating", "Under investigation"),
    };
    ProductRow {
        name: line.product.clone(),
        affected,
        fixed,
        state: state.to_owned(),
        word: word.to_owned(),
        why: match line.state {
            LineState::NotAffected => super::index::why_not(line.justification.as_deref()),
            _ => String::new(),
        },
    }
}

/// A remedy that is not for every affected line says for which it is.
fn step(remedy: &Remedy, affected: usize) -> Step {
    let title = remedy::title(remedy.kind);
    let title = if remedy.products.len() < affected {
        format!("{title}: {}", words::list(&remedy.products))
    } else {
        title.to_owned()
    };
    Step {
        title,
        text: remedy.text.clone(),
    }
}

fn cards(read: &scores::Read<'_>) -> Vec<ScoreCard> {
    let by = read.issuer.map(|issuer| format!(", by {issuer}")).unwrap_or_default();
    let card = |figure: scores::Figure| ScoreCard {
        label: format!("{}{by}", figure.label),
        figure: figure.score.to_string(),
        severity: sign(figure.severity),
        vector: figure.metrics,
    };
    scores::figures(read.vector).into_iter().map(card).collect()
}

/// References of the vulnerabilities, then those of every advisory of the brand.
fn references(advisory: &Advisory) -> Vec<(String, String)> {
    let own = advisory.vulnerabilities.iter().flat_map(|one| &one.references);
    own.chain(&advisory.frame.references).cloned().collect()
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

/// One link for each vector of a version that the calculator knows, where it is served.
fn calculators(vulnerability: &Vulnerability, here: &str, setting: &Setting) -> Vec<(String, String)> {
    if !setting.dynamic || vulnerability.excludes_all() {
        return Vec::new();
    }
    let known = scores::read(vulnerability).into_iter().map(|read| read.vector);
    let known = known.filter(|vector| matches!(vector.version(), cvss::Version::V3_1 | cvss::Version::V4_0));
    let link = |vector: cvss::Vector| {
        let address = place::relative(here, place::CALCULATOR);
        (vector.version().to_string(), format!("{address}?from={vector}"))
    };
    known.map(link).collect()
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

fn formats(advisory: &Advisory, here: &str, fingerprint: &str, document_bytes: usize) -> Vec<Format> {
    let to = |path: &str, name: &str, note: &str| Format {
        href: place::relative(here, path),
        name: name.to_owned(),
        note: note.to_owned(),
    };
    let mut formats = document_formats(here, &place::document(advisory), document_bytes);
    formats.push(to(&place::openvex(advisory), "OpenVEX", "JSON"));
    for (position, vulnerability) in advisory.vulnerabilities.iter().enumerate() {
        let of = match (&vulnerability.cve, advisory.vulnerabilities.len()) {
            (Some(cve), 2..) => format!("JSON, of {cve}"),
            (None, 2..) => format!("JSON, of vulnerability {}", position + 1),
            _ => "JSON".to_owned(),
        };
        formats.push(to(&place::osv(advisory, position), "OSV", &of));
        if let Some(cve) = vulnerability
            .cve
            .as_ref()
            .filter(|_| crate::cve::has_record(advisory, vulnerability))
        {
            formats.push(to(
                &place::cve(cve),
                &format!("What we state of {cve}"),
                "for the CVE list, JSON",
            ));
        }
    }
    formats.push(to(&place::text(advisory), "Text", "as it is mailed"));
    formats.push(key_format(here, fingerprint));
    formats
}

/// The CSAF document at a path, with what lies beside it.
fn document_formats(here: &str, path: &str, bytes: usize) -> Vec<Format> {
    let document = place::relative(here, path);
    let format = |href: String, name: &str, note: String| Format {
        href,
        name: name.to_owned(),
        note,
    };
    let beside = |end: &str, name: &str, note: &str| format(format!("{document}.{end}"), name, note.to_owned());
    vec![
        format(document.clone(), "CSAF 2.0", format!("JSON, {}", words::size(bytes))),
        beside("asc", "CSAF signature", "OpenPGP"),
        beside("sha256", "SHA-256", "of the CSAF document"),
        beside("sha512", "SHA-512", "of the CSAF document"),
    ]
}

fn key_format(here: &str, fingerprint: &str) -> Format {
    Format {
        href: place::relative(here, &place::key(fingerprint)),
        name: "OpenPGP key".to_owned(),
        note: "of our team".to_owned(),
    }
}

fn proof(advisory: &Advisory, fingerprint: &str) -> Proof {
    let file = csaf::file_name(&advisory.number);
    Proof {
        fingerprint: fingerprint.to_owned(),
        commands: vec![
            format!("gpg --import {fingerprint}.asc"),
            format!("gpg --verify {file}.asc {file}"),
            format!("sha256sum --check {file}.sha256"),
        ],
    }
}
