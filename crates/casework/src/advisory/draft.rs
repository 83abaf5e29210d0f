//! An advisory written from its cases: everything that the cases know, and the few texts that only a person can write.
//!
//! Owns the mapping from a case to a public statement. Never names a reporter who did not say yes (N23, D18), and never prints a note,
//! a message or a case's number.

use super::{brand_named, cases_of};
use crate::cwe;
use crate::error::ActError;
use jiff::Timestamp;
use psirt::advisory::{
    Advisory, Audience, Band, Credit, Discovery, LineState, LineStatement, Milestone, Placeholder, Remedy, RemedyKind,
    Score, Status, Vulnerability, Wording, fill,
};
use psirt::board::{Board, Case};
use psirt::case::phase::has_fix;
use psirt::case::refuse::is_cve_id;
use psirt::clock::facts::{CaseFacts, LineIndex, Mark, Reporter};
use psirt::clock::length::Counting;
use psirt::clock::timeline::{self, Subject};
use psirt::clock::{Obligation, governing};
use psirt::event::{CreditChoice, Exploit, FixAnswer, Kind, ScoreSource};
use psirt::house::Brand;
use psirt::policy::fact::Fact;
use psirt::policy::{Policy, PolicyKind};
use psirt::story::Deployment;
use std::collections::{BTreeMap, BTreeSet};

/// The milestone of the first release: written when it is ordered, and from the case ever after.
pub(super) const PUBLISHED: &str = "We published the advisory.";

/// The milestone of a confirmation.
const CONFIRMED: &str = "We confirmed the vulnerability.";

/// What a person writes of an advisory. The title, the summary and the affected versions are enough, or less where the brand has templates;
/// the rest comes from the cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// What it is called; empty for what stood there, or else the brand's template.
    pub title: String,
    /// One paragraph for everybody; the same.
    pub summary: String,
    /// What is known in detail.
    pub details: Option<String>,
    /// Affected versions in words, by product line: `25.0.0 to 25.1.1`. Without words: everything before the fix, or all versions.
    pub affected: BTreeMap<String, String>,
    /// What users can do while there is no fix, or beside it.
    pub workaround: Option<String>,
    /// References: a title and an address.
    pub references: Vec<(String, String)>,
    /// The brand that publishes it, where the cases concern several; otherwise that of the first case.
    pub brand: Option<String>,
}

/// Writes the advisory as the cases stand at `now`.
pub(super) fn compose(board: &Board, numbers: &[String], draft: &Draft, now: Timestamp) -> Result<Advisory, ActError> {
    let cases = cases_of(board, numbers)?;
    let first = cases.first().map(|(_, case)| case.brand.as_str()).unwrap_or_default();
    let brand = brand_named(board, draft.brand.as_deref().unwrap_or(first))?;
    let mut advisory = Advisory {
        brand: brand.id.clone(),
        cases: cases.iter().map(|(_, case)| case.number.clone()).collect(),
        title: draft.title.trim().to_owned(),
        summary: draft.summary.trim().to_owned(),
        details: draft.details.as_deref().unwrap_or_default().trim().to_owned(),
        audience: Audience::Public,
        ..Advisory::default()
    };
    let mut complete = true;
    for (_, case) in &cases {
        let policy = governing(&board.house.policies, &case.facts)
            .into_iter()
            .find(|policy| policy.front.kind == PolicyKind::Policy && policy.front.id == brand.policy);
        let policy = policy.ok_or_else(|| {
            ActError::invalid(format!("the policy `{}` of {} does not govern {}: it is not adopted, or no line of the case is sold by this brand", brand.policy, brand.name, case.number))
        })?;
        advisory.policy = (policy.front.id.clone(), policy.front.version.clone());
        let source = Source {
            board,
            case,
            facts: &case.facts,
            brand,
            policy,
            now,
        };
        let vulnerability = source.vulnerability(draft)?;
        complete &= source.is_complete(&vulnerability);
        advisory.vulnerabilities.push(vulnerability);
    }
    advisory.status = if complete { Status::Final } else { Status::Interim };
    worded(&mut advisory, board.house.wordings.get(&brand.id))?;
    Ok(advisory)
}

/// Fills in what nobody typed: the brand's templates, and what it says in every advisory.
fn worded(advisory: &mut Advisory, wording: Option<&Wording>) -> Result<(), ActError> {
    let none = Wording::default();
    let wording = wording.unwrap_or(&none);
    let filled = |part: &str, template: &str| {
        fill(template, |asked| value(advisory, asked)).map_err(|why| {
            ActError::invalid(format!(
                "the brand's template of the {part} cannot be filled in: {why}; type the {part}, or record it in the case"
            ))
        })
    };
    let texts = [
        ("title", &advisory.title, &wording.title),
        ("summary", &advisory.summary, &wording.summary),
        ("details", &advisory.details, &wording.details),
    ];
    let mut written = Vec::new();
    for (part, typed, template) in texts {
        let text = if typed.is_empty() {
            filled(part, template)?
        } else {
            typed.clone()
        };
        if text.is_empty() && part != "details" {
            return Err(ActError::invalid(format!(
                "an advisory needs a title and a summary: type the {part}, or give the brand a template for it (`candor brand wording`)"
            )));
        }
        written.push(text);
    }
    if let Ok([title, summary, details]) = <[String; 3]>::try_from(written) {
        for vulnerability in &mut advisory.vulnerabilities {
            title.clone_into(&mut vulnerability.title);
        }
        (advisory.title, advisory.summary, advisory.details) = (title, summary, details);
    }
    advisory.frame = wording.frame.clone();
    Ok(())
}

/// What a placeholder stands for; none where the cases do not tell.
fn value(advisory: &Advisory, asked: Placeholder) -> Option<String> {
    let all = || advisory.vulnerabilities.iter();
    let affected = || {
        let lines = all().flat_map(|one| &one.lines);
        lines.filter(|line| matches!(line.state, LineState::Fixed | LineState::Affected))
    };
    let several = affected()
        .map(|line| line.product.as_str())
        .collect::<BTreeSet<_>>()
        .len()
        > 1;
    let of_line = |line: &LineStatement, words: &str| {
        if several {
            format!("{} {words}", line.product)
        } else {
            words.to_owned()
        }
    };
    let words: Vec<String> = match asked {
        Placeholder::Product => affected().map(|line| line.product.clone()).collect(),
        Placeholder::Impact => all().filter_map(|one| one.impact.clone()).collect(),
        Placeholder::Band => all().filter_map(|one| Some(one.band.as_ref()?.label.clone())).collect(),
        Placeholder::Cve => all().filter_map(|one| one.cve.clone()).collect(),
        Placeholder::Versions => {
            let typed = affected().filter(|line| !line.affected.is_empty());
            typed.map(|line| of_line(line, &line.affected)).collect()
        }
        Placeholder::Fixed => affected()
            .filter_map(|line| Some(of_line(line, line.fixed.as_deref()?)))
            .collect(),
    };
    let mut once: Vec<String> = Vec::new();
    for word in words {
        if !once.contains(&word) {
            once.push(word);
        }
    }
    let (last, before) = once.split_last()?;
    Some(if before.is_empty() {
        last.clone()
    } else {
        format!("{} and {last}", before.join(", "))
    })
}

/// The lines that the cases name.
pub(super) fn lines_of(board: &Board, numbers: &[String]) -> Result<BTreeSet<String>, ActError> {
    let cases = cases_of(board, numbers)?;
    let lines = cases.iter().flat_map(|(_, case)| &case.facts.lines);
    Ok(lines.map(|line| line.name.clone()).collect())
}

/// What stood in a text and was not typed anew: the words that only a person has.
pub(super) fn kept(draft: &Draft, before: &Advisory) -> Draft {
    let typed = |new: &str, old: &str| {
        if new.trim().is_empty() {
            old.to_owned()
        } else {
            new.to_owned()
        }
    };
    let lines = before.vulnerabilities.iter().flat_map(|one| &one.lines);
    let mut affected: BTreeMap<String, String> = lines
        .filter(|line| !line.affected.is_empty())
        .map(|line| (line.product.clone(), line.affected.clone()))
        .collect();
    affected.extend(draft.affected.clone());
    let mut remedies = before.vulnerabilities.iter().flat_map(|one| &one.remedies);
    let workaround = remedies.find(|remedy| remedy.kind == RemedyKind::Workaround);
    let references = before.vulnerabilities.first().map(|one| one.references.clone());
    Draft {
        title: typed(&draft.title, &before.title),
        summary: typed(&draft.summary, &before.summary),
        details: draft.details.clone().or_else(|| Some(before.details.clone())),
        affected,
        workaround: draft
            .workaround
            .clone()
            .or_else(|| workaround.map(|remedy| remedy.text.clone())),
        references: if draft.references.is_empty() {
            references.unwrap_or_default()
        } else {
            draft.references.clone()
        },
        brand: draft.brand.clone().or_else(|| Some(before.brand.clone())),
    }
}

/// One case, seen by the brand that publishes.
struct Source<'a> {
    board: &'a Board,
    case: &'a Case,
    facts: &'a CaseFacts,
    brand: &'a Brand,
    policy: &'a Policy,
    now: Timestamp,
}

impl Source<'_> {
    fn vulnerability(&self, draft: &Draft) -> Result<Vulnerability, ActError> {
        let lines = self.lines(draft);
        if lines.is_empty() {
            return Err(ActError::invalid(format!(
                "no product line of {} is named by {}: confirm it, or say which lines are not affected",
                self.brand.name, self.case.number
            )));
        }
        let unknown = draft
            .affected
            .keys()
            .find(|name| !lines.iter().any(|line| line.product == **name));
        if let Some(name) = unknown {
            return Err(ActError::invalid(format!(
                "`{}` is no line of {} in this case",
                crate::actor::shown(name),
                self.brand.name
            )));
        }
        let view = &self.case.view;
        let impact = view.impact.as_ref().map(|(term, _)| self.term(term));
        let weakness = view.impact.as_ref().and_then(|(term, cwe)| match cwe.as_deref() {
            Some(cwe) => cwe::weakness(cwe),
            None => match weaknesses(self.policy, term).as_slice() {
                [only] => cwe::weakness(only),
                _ => None,
            },
        });
        let credits = view
            .credits
            .iter()
            .filter(|(_, choice, _)| *choice == CreditChoice::Yes)
            .filter_map(|(reporter, _, name)| {
                Some(Credit {
                    name: name.clone()?,
                    validated: self.validated(reporter.as_deref()).is_some(),
                })
            });
        // Of what concerns no line of the brand there is no severity to tell, nor that something was confirmed (N14, D19).
        let concerns = lines.iter().any(|line| line.state != LineState::NotAffected);
        let mut milestones = self.milestones();
        milestones.retain(|milestone| concerns || milestone.text != CONFIRMED);
        // An id that its own authority gave is named where the case has none of ours (N29).
        let foreign = view.aliases.iter().map(|(id, _)| id).find(|id| is_cve_id(id));
        Ok(Vulnerability {
            cve: view.cve.as_ref().or(foreign).cloned(),
            cve_by_others: view.cve.is_none() && foreign.is_some(),
            title: draft.title.trim().to_owned(),
            description: String::new(),
            cwe: weakness,
            impact,
            scores: if concerns { self.scores() } else { Vec::new() },
            band: self.band().filter(|_| concerns),
            remedies: self.remedies(&lines, draft),
            lines,
            credits: credits.collect(),
            found: self.found(),
            exploit: self.exploit(),
            reported: self.facts.received(),
            milestones,
            references: draft.references.clone(),
        })
    }

    /// Where those who reported it are, if they are all in one place.
    fn found(&self) -> Option<Discovery> {
        let mut inside = self.facts.reporters.iter().map(Reporter::is_of_the_house);
        let first = inside.next()?;
        let place = if first {
            Discovery::Internal
        } else {
            Discovery::External
        };
        inside.all(|other| other == first).then_some(place)
    }

    /// When a reporter found that the fix works (T10).
    fn validated(&self, reporter: Option<&str>) -> Option<Timestamp> {
        let asked = self.case.view.validations.iter();
        let of = asked.filter(|asked| asked.reporter.as_deref() == reporter);
        let answers = of.filter_map(|asked| asked.answer);
        let works = answers.filter(|(answer, at)| *answer == FixAnswer::Validated && *at <= self.now);
        works.map(|(_, at)| at).next_back()
    }

    /// Whether nothing more is expected: every line of the brand has its verdict, and a fix, or will never have one.
    fn is_complete(&self, vulnerability: &Vulnerability) -> bool {
        let waits = |line: &LineStatement| {
            let supported = self.facts.line(&line.product).is_none_or(|index| self.supported(index));
            line.state == LineState::UnderInvestigation || (line.state == LineState::Affected && supported)
        };
        !vulnerability.lines.iter().any(waits)
    }

    /// The term of the impact as it is printed.
    fn term(&self, id: &str) -> String {
        let term = self
            .policy
            .vocabularies
            .iter()
            .find_map(|vocabulary| vocabulary.term(id));
        term.map_or_else(|| id.to_owned(), |term| term.label.clone())
    }

    /// Scores that stand, canonical: the deciding one first, then the newest of every other issuer and version.
    fn scores(&self) -> Vec<Score> {
        let origin = self.facts.confirmed_origin();
        let deciding = timeline::deciding_score(self.policy, self.facts, origin, self.now);
        let newest = self.facts.scores.iter().rev();
        let mut seen = Vec::new();
        let mut scores = Vec::new();
        for score in deciding.into_iter().chain(newest) {
            let issuer = match score.source {
                Some(ScoreSource::Provider) => Some("the component's provider"),
                Some(ScoreSource::Nvd) => Some("NVD"),
                Some(ScoreSource::Own | ScoreSource::Adjusted) | None => None,
            };
            let key = (issuer, score.vector.version());
            if !seen.contains(&key) {
                seen.push(key);
                scores.push(Score {
                    vector: score.vector.to_string(),
                    issuer: issuer.map(str::to_owned),
                });
            }
        }
        scores
    }

    fn band(&self) -> Option<Band> {
        let bands = self.policy.bands.as_ref()?;
        let facts = timeline::facts_at(self.policy, &self.counting(), self.facts, Subject::Case, self.now);
        let band = bands.get(facts.get(Fact::Band)?)?;
        Some(Band {
            id: band.id.clone(),
            label: band.label.clone(),
            clause: format!("§{}", bands.clause),
        })
    }

    fn exploit(&self) -> Option<Exploit> {
        let facts = timeline::facts_at(self.policy, &self.counting(), self.facts, Subject::Case, self.now);
        let all = [Exploit::None, Exploit::Available, Exploit::Active];
        all.get(usize::from(facts.get(Fact::Exploit)?)).copied()
    }

    fn counting(&self) -> Counting<'_> {
        Counting {
            zone: &self.policy.front.zone,
            day_ends: self.policy.front.day_ends,
            calendar: None,
        }
    }

    fn supported(&self, line: LineIndex) -> bool {
        timeline::line_supported(&self.counting(), self.facts, line, self.now)
    }

    fn lines(&self, draft: &Draft) -> Vec<LineStatement> {
        let lines = (0..).zip(&self.facts.lines);
        let sold = lines.filter(|(_, line)| {
            self.board
                .house
                .products
                .get(&line.name)
                .is_some_and(|product| product.brand == self.brand.id)
        });
        let tracks: Vec<LineIndex> = self.facts.tracks(self.now).collect();
        let stated = sold.filter_map(|(index, line)| {
            let judged = line.verdicts.iter().any(|verdict| verdict.at <= self.now);
            let fix = self.fix(index);
            let state = match (tracks.contains(&index), judged) {
                (true, true) if fix.is_some() => LineState::Fixed,
                (true, true) => LineState::Affected,
                (true, false) => LineState::UnderInvestigation,
                (false, true) => LineState::NotAffected,
                (false, false) => return None,
            };
            let justification = self
                .case
                .view
                .justifications
                .iter()
                .rev()
                .find(|(name, _)| *name == line.name);
            let fix = fix.filter(|_| state == LineState::Fixed);
            Some(LineStatement {
                product: line.name.clone(),
                deployment: line.deployment.unwrap_or(Deployment::OnPrem).name().to_owned(),
                state,
                affected: draft.affected.get(&line.name).cloned().unwrap_or_default(),
                fixed_on: fix.map(|mark| mark.at.to_zoned(self.policy.front.zone.clone()).date()),
                fixed: fix.and_then(|mark| self.version(mark)),
                justification: justification
                    .filter(|_| state == LineState::NotAffected)
                    .and_then(|(_, reason)| reason.clone()),
                version_scheme: self
                    .board
                    .house
                    .products
                    .get(&line.name)
                    .map(|product| product.version_scheme)
                    .unwrap_or_default(),
                vendor: None,
            })
        });
        stated.collect()
    }

    /// The first fix of a line that stands.
    fn fix(&self, line: LineIndex) -> Option<&Mark> {
        if !has_fix(self.facts, line, self.now) {
            return None;
        }
        self.facts.marks.iter().find(|mark| {
            matches!(mark.kind, Kind::FixReleased | Kind::FixDeployed)
                && mark.line == Some(line)
                && mark.stands(self.now)
        })
    }

    /// The version that a fix names: its index among the line's releases.
    fn version(&self, fix: &Mark) -> Option<String> {
        let line = self.facts.lines.get(usize::from(fix.line?))?;
        line.releases
            .get(usize::from(fix.of?))
            .map(|release| release.version.clone())
    }

    fn remedies(&self, lines: &[LineStatement], draft: &Draft) -> Vec<Remedy> {
        let mut remedies = Vec::new();
        let successors = self.successors(lines);
        for line in lines {
            let index = self.facts.line(&line.product);
            let at = index.and_then(|index| self.fix(index)).map(|mark| mark.at);
            let (kind, text) = match (line.state, &line.fixed) {
                (LineState::Fixed, Some(version)) => (
                    RemedyKind::VendorFix,
                    format!("Update {} to {version} or later.", line.product),
                ),
                (LineState::Fixed, None) => (
                    RemedyKind::VendorFix,
                    format!("{} is fixed. You need not do anything.", line.product),
                ),
                (LineState::Affected, _) if index.is_some_and(|index| !self.supported(index)) => (
                    RemedyKind::NoFixPlanned,
                    format!("{} is no longer supported. {successors}", line.product),
                ),
                (LineState::Affected, _) if draft.workaround.is_none() => (
                    RemedyKind::NoneAvailable,
                    format!(
                        "There is no fix for {} yet. This advisory will be revised.",
                        line.product
                    ),
                ),
                _ => continue,
            };
            let date = at.filter(|_| kind == RemedyKind::VendorFix);
            remedies.push(Remedy {
                kind,
                text,
                products: vec![line.product.clone()],
                date,
            });
        }
        let affected = lines
            .iter()
            .filter(|line| matches!(line.state, LineState::Fixed | LineState::Affected));
        let affected: Vec<String> = affected.map(|line| line.product.clone()).collect();
        if let Some(text) = draft
            .workaround
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty() && !affected.is_empty())
        {
            remedies.push(Remedy {
                kind: RemedyKind::Workaround,
                text: text.to_owned(),
                products: affected,
                date: None,
            });
        }
        remedies
    }

    /// Where to move from a line that gets no fix: the supported ones of this advisory that are fixed or were never affected (T9).
    fn successors(&self, lines: &[LineStatement]) -> String {
        let safe = |line: &&LineStatement| {
            let supported = self
                .facts
                .line(&line.product)
                .is_some_and(|index| self.supported(index));
            supported && matches!(line.state, LineState::Fixed | LineState::NotAffected)
        };
        let names: Vec<&str> = lines.iter().filter(safe).map(|line| line.product.as_str()).collect();
        match names.as_slice() {
            [] => "Move to a product under active support.".to_owned(),
            names => format!("Move to a product under active support: {}.", names.join(", ")),
        }
    }

    /// What the public page shows of the case's way, each with the clause whose promise it kept.
    fn milestones(&self) -> Vec<Milestone> {
        let obligations = self.board.obligations(self.case, self.now);
        let marks = self.facts.marks.iter().filter(|mark| mark.stands(self.now));
        let mut milestones: Vec<Milestone> = marks.filter_map(|mark| self.milestone(mark, &obligations)).collect();
        // Only of those who are named: of others nobody needs to know what they did.
        let named = self.case.view.credits.iter();
        let named = named.filter(|(_, choice, name)| *choice == CreditChoice::Yes && name.is_some());
        milestones.extend(named.filter_map(|(reporter, ..)| {
            Some(Milestone {
                at: self.validated(reporter.as_deref())?,
                text: "A reporter confirmed that the fix works.".to_owned(),
                clause: None,
            })
        }));
        milestones.sort_by_key(|milestone| milestone.at);
        milestones.dedup();
        milestones
    }

    fn milestone(&self, mark: &Mark, obligations: &[Obligation<'_>]) -> Option<Milestone> {
        let line = mark.line.and_then(|line| self.facts.lines.get(usize::from(line)));
        let ours = line.is_none_or(|line| {
            self.board
                .house
                .products
                .get(&line.name)
                .is_some_and(|product| product.brand == self.brand.id)
        });
        let name = line.map(|line| line.name.as_str()).unwrap_or_default();
        let text = match mark.kind {
            Kind::Received => "The report came in.".to_owned(),
            Kind::Confirmed => CONFIRMED.to_owned(),
            Kind::FixReleased => match self.version(mark) {
                Some(version) => format!("{name} {version} with the fix is out."),
                None => format!("The fix for {name} is out."),
            },
            Kind::FixDeployed => format!("The fix is deployed in {name}."),
            Kind::MadePublic => "Details became public.".to_owned(),
            Kind::ExploitPublic => "An exploit became public.".to_owned(),
            Kind::AttacksSeen => "Attacks were observed.".to_owned(),
            Kind::AdvisoryPublished => PUBLISHED.to_owned(),
            _ => return None,
        };
        let kept = obligations.iter().find(|obligation| {
            let of_line = obligation.subject.line().is_none_or(|line| mark.line == Some(line));
            obligation.promise.ends == mark.kind
                && obligation.met_at == Some(mark.at)
                && of_line
                && obligation.policy.front.id == self.policy.front.id
        });
        let clause = kept.map(|obligation| format!("§{}", obligation.promise.clause));
        ours.then_some(Milestone {
            at: mark.at,
            text,
            clause,
        })
    }
}

/// The weaknesses that the policy's vocabulary gives for a term of impact, by id.
pub(super) fn weaknesses<'p>(policy: &'p Policy, term: &str) -> Vec<&'p str> {
    let mut vocabularies = policy.vocabularies.iter();
    let term = vocabularies.find_map(|vocabulary| vocabulary.term(term));
    term.map(|term| term.cwe.iter().map(String::as_str).collect())
        .unwrap_or_default()
}
