//! Findings on the board: what scanners saw in each product line, since when and until when.
//!
//! Owns their fold. Never opens a case, and no clock reads it. What is gone for long is forgotten once there is too much of it; if it comes back,
//! it is a new finding.

use crate::finding::{FindingEvent, Found, Run};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Findings of one line that are gone and still known.
const MAX_GONE: usize = 10_000;
/// Runs of one line that are still known.
const MAX_RUNS: usize = 400;

/// The findings of every line, by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    lines: BTreeMap<String, LineFindings>,
}

/// The findings of one line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineFindings {
    /// By id.
    pub findings: BTreeMap<String, Finding>,
    /// The last runs, oldest first.
    pub runs: Vec<RunSummary>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What the scanner said when it was new.
    pub found: Found,
    /// The machine that said so.
    pub machine: String,
    /// The scanner.
    pub tool: String,
    /// Which of its scans.
    pub scan: String,
    /// When a run saw it first, and in which build.
    pub first: Sight,
    /// When a run saw it last, and in which build.
    pub last: Sight,
    /// Complete runs without it since then.
    pub missing: u32,
    /// When it was gone; none while it is there.
    pub gone: Option<Timestamp>,
    /// How often it came back.
    pub returned: u32,
    /// The number of the report that a person made of it.
    pub promoted: Option<String>,
    /// The number of the case to which a person joined it.
    pub joined: Option<String>,
    /// Who set it aside, and why.
    pub dismissed: Option<Dismissal>,
}

/// That a person set a finding aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dismissal {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
}

impl Finding {
    /// The number of its case: of the one that was made of it, or of the one that it was joined to.
    #[must_use]
    pub fn number(&self) -> Option<&str> {
        self.promoted.as_deref().or(self.joined.as_deref())
    }
}

/// When something was seen, and in which build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sight {
    /// When.
    pub at: Timestamp,
    /// The build, if the run said which.
    pub build: String,
}

/// What is known of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSummary {
    /// Its id.
    pub id: String,
    /// The machine that sent it.
    pub machine: String,
    /// The scanner.
    pub tool: String,
    /// Which of its scans.
    pub scan: String,
    /// What makes sending it again no second run.
    pub key: String,
    /// When, and over which build.
    pub sight: Sight,
    /// Whether it looked at everything.
    pub complete: bool,
    /// How many findings it had.
    pub found: u32,
    /// How many of them were new.
    pub new: u32,
    /// How many came back.
    pub back: u32,
    /// How many known ones it did not see.
    pub missing: u32,
    /// How many of these are gone since then.
    pub gone: u32,
}

impl Findings {
    /// The findings of a line, if any run was ever over it.
    #[must_use]
    pub fn line(&self, name: &str) -> Option<&LineFindings> {
        self.lines.get(name)
    }

    /// Every line with findings, by name.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &LineFindings)> {
        self.lines.iter().map(|(name, line)| (name.as_str(), line))
    }

    /// A finding by its id, with its line.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<(&str, &Finding)> {
        let mut lines = self.lines();
        lines.find_map(|(name, line)| Some((name, line.findings.get(id)?)))
    }

    /// Runs of a machine that have this id, over whatever line.
    #[must_use]
    pub fn run(&self, machine: &str, id: &str) -> Option<(&str, &RunSummary)> {
        let is_it = |run: &&RunSummary| run.id == id && run.machine == machine;
        let mut lines = self.lines();
        lines.find_map(|(name, line)| Some((name, line.runs.iter().find(is_it)?)))
    }

    /// Puts a line's findings as they were saved.
    pub(super) fn put(&mut self, name: String, line: LineFindings) {
        self.lines.insert(name, line);
    }

    /// Findings that became one of these reports, or were joined to a case by one of these numbers, with their lines and ids.
    pub fn of_numbers<'a>(&'a self, numbers: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str, &'a Finding)> {
        let here = |finding: &Finding| finding.number().is_some_and(|number| numbers.contains(&number));
        self.lines().flat_map(move |(line, findings)| {
            let findings = findings.findings.iter();
            let findings = findings.filter(move |(_, finding)| here(finding));
            findings.map(move |(id, finding)| (line, id.as_str(), finding))
        })
    }

    fn known(&mut self, line: &str, finding: &str) -> Option<&mut Finding> {
        self.lines.get_mut(line)?.findings.get_mut(finding)
    }

    pub(super) fn apply(&mut self, at: Timestamp, by: &str, event: &FindingEvent) {
        match event {
            FindingEvent::Run(run) => self.lines.entry(run.line.clone()).or_default().ran(at, run),
            FindingEvent::Promoted { line, finding, number } => {
                if let Some(finding) = self.known(line, finding) {
                    (finding.promoted, finding.dismissed) = (Some(number.clone()), None);
                }
            }
            FindingEvent::Joined { line, finding, number } => {
                if let Some(finding) = self.known(line, finding) {
                    (finding.joined, finding.dismissed) = (Some(number.clone()), None);
                }
            }
            FindingEvent::Dismissed { line, finding, why } => {
                if let Some(finding) = self.known(line, finding) {
                    finding.dismissed = Some(Dismissal {
                        at,
                        by: by.to_owned(),
                        why: why.clone(),
                    });
                }
            }
            FindingEvent::Restored { line, finding } => {
                if let Some(finding) = self.known(line, finding) {
                    finding.dismissed = None;
                }
            }
        }
    }
}

impl LineFindings {
    /// Findings that are there and not set aside, the worst first, and of those the newest.
    #[must_use]
    pub fn present(&self) -> Vec<(&str, &Finding)> {
        self.chosen(|finding| finding.gone.is_none() && finding.dismissed.is_none())
    }

    /// Those that are there and were set aside, in the same order.
    #[must_use]
    pub fn aside(&self) -> Vec<(&str, &Finding)> {
        self.chosen(|finding| finding.gone.is_none() && finding.dismissed.is_some())
    }

    fn chosen(&self, wanted: impl Fn(&Finding) -> bool) -> Vec<(&str, &Finding)> {
        let there = self.findings.iter().filter(|(_, finding)| wanted(finding));
        let mut there: Vec<(&str, &Finding)> = there.map(|(id, finding)| (id.as_str(), finding)).collect();
        there.sort_by_key(|(_, finding)| Reverse((finding.found.weight, finding.first.at)));
        there
    }

    fn ran(&mut self, at: Timestamp, run: &Run) {
        let sight = Sight {
            at,
            build: run.build.clone(),
        };
        self.bring(&sight, run);
        if let Some(last) = self.runs.last_mut().filter(|last| last.id == run.id) {
            last.new = last.new.saturating_add(count(&run.new));
            return;
        }
        let mut gone = 0;
        for (id, finding) in &mut self.findings {
            if finding.tool != run.tool || finding.scan != run.scan {
                continue;
            }
            // Both lists are in the order of the ids, as this one is.
            let is_back = finding.gone.is_some() && run.back.binary_search(id).is_ok();
            if finding.gone.is_some() && !is_back {
                continue;
            }
            if run.missing.binary_search(id).is_ok() {
                if run.complete {
                    finding.missing = finding.missing.saturating_add(1);
                }
                if finding.missing >= run.clean_runs.max(1) {
                    finding.gone = Some(at);
                    gone += 1;
                }
                continue;
            }
            finding.returned += u32::from(is_back);
            finding.gone = None;
            finding.missing = 0;
            finding.last = sight.clone();
        }
        self.runs.push(RunSummary {
            id: run.id.clone(),
            machine: run.machine.clone(),
            tool: run.tool.clone(),
            scan: run.scan.clone(),
            key: run.key.clone(),
            sight,
            complete: run.complete,
            found: run.found,
            new: count(&run.new),
            back: count(&run.back),
            missing: count(&run.missing),
            gone,
        });
        if self.runs.len() > MAX_RUNS {
            self.runs.remove(0);
        }
        self.forget();
    }

    fn bring(&mut self, sight: &Sight, run: &Run) {
        for (id, found) in &run.new {
            let finding = Finding {
                found: found.clone(),
                machine: run.machine.clone(),
                tool: run.tool.clone(),
                scan: run.scan.clone(),
                first: sight.clone(),
                last: sight.clone(),
                missing: 0,
                gone: None,
                returned: 0,
                promoted: None,
                joined: None,
                dismissed: None,
            };
            self.findings.insert(id.clone(), finding);
        }
    }

    /// Forgets what is gone longest, without those that a person took up or set aside: what they decided holds when it comes back.
    fn forget(&mut self) {
        let taken_up = |finding: &Finding| finding.number().is_some() || finding.dismissed.is_some();
        let gone = self.findings.iter().filter(|(_, finding)| !taken_up(finding));
        let gone = gone.filter_map(|(id, finding)| Some((finding.gone?, id.clone())));
        let mut gone: Vec<(Timestamp, String)> = gone.collect();
        let Some(over) = gone.len().checked_sub(MAX_GONE).filter(|over| *over > 0) else {
            return;
        };
        gone.sort();
        for (_, id) in gone.into_iter().take(over) {
            self.findings.remove(&id);
        }
    }
}

fn count<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}
