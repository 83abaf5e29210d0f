//! Findings of scanners: a run comes in, and a person promotes what is worth a case.
//!
//! Owns which product line a run is about, what in it is new, back and missing, and that it counts once. A run opens no case and starts no
//! clock. The file itself is not kept: what was read of it is, sealed like everything.

use crate::Casework;
use crate::act::{find_case, judge, next_entry};
use crate::actions::{DISMISS_FINDING, JOIN_FINDING, PROMOTE_FINDING, READ_FINDINGS, TAKE_RUN};
use crate::actor::Actor;
use crate::error::ActError;
use crate::permit::permit;
use crate::plan::{self, Plan};
use crate::receive::Incoming;
use crate::replica::Replica;
use documents::machine::{Fault, Scan};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::board::Board;
use psirt::board::findings::{Finding, LineFindings, RunSummary};
use psirt::body::What;
use psirt::case::refuse::Evidence;
use psirt::event::Event;
use psirt::finding::{FindingEvent, Found, Run};
use psirt::house::machine::MachineToken;
use std::collections::{BTreeMap, BTreeSet};
use store::StreamId;
use vault::TokenDigest;

/// Most findings of one line that are there at a time.
const MAX_PRESENT: usize = 50_000;
/// Most kinds of scans of one line.
const MAX_SERIES: usize = 100;
/// What new findings of one entry take at most, in bytes as they are written.
const ENTRY_BYTES: usize = 2 << 20;
/// Longest reason for setting a finding aside.
const MAX_WHY_BYTES: usize = 500;

/// A file of a scanner, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentScans {
    /// What was read.
    pub scans: Vec<Scan>,
    /// The product line that was named beside the file.
    pub product: Option<String>,
    /// The build that was named beside the file.
    pub build: Option<String>,
    /// What the sender calls this request, so that twice is once.
    pub idempotency_key: Option<String>,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// What became of a file of a scanner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakenRun {
    /// It counts, now or since it came first.
    Counts {
        /// The product line.
        line: String,
        /// Its runs, one for each scan in it.
        runs: Vec<RunSummary>,
        /// Whether it came before.
        again: bool,
    },
    /// Something in it does not fit to the house.
    Fault(Fault),
    /// The sender's key was used for another file.
    OtherFile,
}

/// A finding that became a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromotedFinding {
    /// The number of its case.
    pub number: String,
    /// The product line.
    pub line: String,
}

/// A finding that was joined to a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedFinding {
    /// The number of the case.
    pub number: String,
    /// The product line.
    pub line: String,
}

impl Casework {
    /// Takes a scanner's file in. One entry says what each scan in it changed.
    ///
    /// # Errors
    /// Those of the store; nothing was recorded then.
    pub async fn take_run(&self, token: &MachineToken, sent: &SentScans) -> Result<TakenRun, ActError> {
        let actor = Actor::part("scanner");
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, &actor, &TAKE_RUN)?;
            let nothing = |taken: TakenRun| Ok((Plan::by(&actor), Ok(taken)));
            let line = match line_of(&replica.board, token, sent) {
                Ok(line) => line,
                Err(fault) => return nothing(TakenRun::Fault(fault)),
            };
            let key = key_of(token, sent, now);
            let known = replica.board.findings.line(&line);
            let runs = known.map_or(&[][..], |known| known.runs.as_slice());
            let mine = |run: &&RunSummary| run.machine == token.machine;
            let before: Vec<&RunSummary> = runs.iter().filter(mine).filter(|run| key.is_of(&run.key)).collect();
            if let Some(first) = before.first() {
                return nothing(match first.key == key.whole {
                    true => TakenRun::Counts {
                        runs: before.into_iter().cloned().collect(),
                        line,
                        again: true,
                    },
                    false => TakenRun::OtherFile,
                });
            }
            if let Err(fault) = has_room(known, sent) {
                return nothing(TakenRun::Fault(fault));
            }
            let stream = findings_stream(replica, &line)?;
            let mut plan = Plan::by(&actor);
            for scan in &sent.scans {
                for run in self.entries_of(token, sent, known, scan, (&line, &key.whole))? {
                    plan.push(&stream, now, What::Finding(FindingEvent::Run(Box::new(run))));
                }
            }
            Ok((plan, Err((line, key.whole))))
        };
        let (line, key) = match self.record(record).await? {
            (Ok(taken), _) => return Ok(taken),
            (Err(recorded), _) => recorded,
        };
        // What was just recorded is on the board, under its key.
        let board = self.board();
        let runs = board.findings.line(&line).map(|line| &line.runs).into_iter().flatten();
        let mine = runs.filter(|run| run.machine == token.machine && run.key == key);
        Ok(TakenRun::Counts {
            runs: mine.cloned().collect(),
            line,
            again: false,
        })
    }

    /// What a run of this machine changed, with its line, for whoever sent it.
    #[must_use]
    pub fn run_of(&self, token: &MachineToken, id: &str) -> Option<(String, RunSummary)> {
        let board = self.board();
        let (line, run) = board.findings.run(&token.machine, id)?;
        may_reach(token, line).then(|| (line.to_owned(), run.clone()))
    }

    /// Whether somebody may see what scanners found.
    ///
    /// # Errors
    /// [`ActError::NotFound`] for an administrator, as if there were nothing (law 7); [`ActError::NotPermitted`].
    pub fn may_read_findings(&self, actor: &Actor) -> Result<(), ActError> {
        permit(&self.board().house, actor, &READ_FINDINGS)
    }

    /// Makes a report of a finding, with a case that a machine reported and this person promoted: from now on its clocks run. Repeating it
    /// finishes what was interrupted, and opens no second case.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`], [`ActError::NotFound`] for a finding that is not there; [`ActError::Invalid`] for one that was joined to a
    /// case; those of the store.
    pub async fn promote_finding(&self, actor: &Actor, id: &str) -> Result<PromotedFinding, ActError> {
        self.refresh().await?;
        let (line, finding, brand) = {
            let board = self.board();
            permit(&board.house, actor, &PROMOTE_FINDING)?;
            let (line, finding) = board.findings.find(id).ok_or(ActError::NotFound("finding"))?;
            let brand = board.house.products.get(line).map(|product| product.brand.clone());
            (line.to_owned(), finding.clone(), brand)
        };
        if let Some(number) = finding.promoted.clone() {
            return Ok(PromotedFinding { number, line });
        }
        if let Some(number) = &finding.joined {
            return Err(ActError::invalid(format!(
                "the finding {id} was joined to {number}, which deals with it: no case begins for it. Where it is a flaw of another case, `candor finding join {id} --case NUMBER` moves it there"
            )));
        }
        let incoming = Incoming {
            brand,
            channel: "api".to_owned(),
            reporter_kind: format!("machine:{}", finding.machine),
            title: Some(finding.found.title.clone()),
            bytes: words_of(&line, &finding).into_bytes(),
            products: vec![line.clone()],
            command: Some(format!("finding-{id}")),
            ..Incoming::default()
        };
        let received = self.receive(actor, incoming).await?;
        let number = received.number;
        let is_promoted = {
            let board = self.board();
            let promoted = |event: &Event| matches!(event, Event::Promoted {});
            let case = board.case(&received.case_stream);
            case.is_some_and(|case| case.entries.iter().any(|entry| promoted(&entry.event)))
        };
        if !is_promoted {
            self.act(actor, &number, None, Event::Promoted {}).await?;
        }
        let record = |replica: &Replica, now: Timestamp| {
            let event = FindingEvent::Promoted {
                line: line.clone(),
                finding: id.to_owned(),
                number: number.clone(),
            };
            let stream = findings_stream(replica, &line)?;
            Ok((Plan::one(actor, &stream, now, What::Finding(event)), ()))
        };
        self.record(record).await?;
        Ok(PromotedFinding { number, line })
    }

    /// Joins a finding to a case that is there: the case has a note of it and shows from then on whether scanners still see it, and the case that
    /// it leaves has one, too. One that was set aside is so no more; one that is in the case already stays as it is.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`], [`ActError::NotFound`]; [`ActError::Invalid`] for a finding that became a case of its own: that case is
    /// joined; [`ActError::Refused`]; those of the store.
    pub async fn join_finding(&self, actor: &Actor, id: &str, case: &str) -> Result<JoinedFinding, ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, actor, &JOIN_FINDING)?;
            let (line, finding) = board.findings.find(id).ok_or(ActError::NotFound("finding"))?;
            let (stream, case) = find_case(board, case)?;
            if let Some(number) = &finding.promoted {
                return Err(ActError::invalid(format!(
                    "this finding is the report {number} already: join that report to the case, or call its case a duplicate"
                )));
            }
            let joined = JoinedFinding {
                number: case.number.clone(),
                line: line.to_owned(),
            };
            if finding.joined.as_deref() == Some(&case.number) {
                return Ok((Plan::by(actor), joined));
            }
            let note = Event::Noted {
                text: format!("The finding {id} of {line} belongs here: {}", finding.found.title),
            };
            let entry = next_entry(replica, &stream, actor, now, now, note.clone());
            judge(board, case, &entry, Evidence::default(), now)?;
            let event = FindingEvent::Joined {
                line: line.to_owned(),
                finding: id.to_owned(),
                number: case.number.clone(),
            };
            let mut plan = Plan::one(actor, &stream, now, What::Case(note));
            plan.push(&findings_stream(replica, line)?, now, What::Finding(event));
            let left = finding
                .joined
                .as_deref()
                .and_then(|number| find_case(board, number).ok());
            if let Some((left, before)) = left.filter(|(left, _)| *left != stream) {
                let note = Event::Noted {
                    text: format!("The finding {id} of {line} belongs to {} now", joined.number),
                };
                let entry = next_entry(replica, &left, actor, now, now, note.clone());
                // A case that takes no word any more keeps no finding either.
                if judge(board, before, &entry, Evidence::default(), now).is_ok() {
                    plan.push(&left, now, What::Case(note));
                }
            }
            Ok((plan, joined))
        };
        Ok(self.record(record).await?.0)
    }

    /// Sets a finding aside for a reason: it asks for nothing any more, also when later runs see the same again. Without a reason it asks again.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`], [`ActError::NotFound`]; [`ActError::Invalid`] without a reason in one line, or for one that a case deals with;
    /// those of the store.
    pub async fn dismiss_finding(&self, actor: &Actor, id: &str, why: Option<&str>) -> Result<(), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, actor, &DISMISS_FINDING)?;
            let (line, finding) = board.findings.find(id).ok_or(ActError::NotFound("finding"))?;
            if let Some(number) = finding.number() {
                return Err(ActError::invalid(format!(
                    "{number} deals with this finding: decide there what it is"
                )));
            }
            let (line, finding_id) = (line.to_owned(), id.to_owned());
            let stream = findings_stream(replica, &line)?;
            let event = match (why, &finding.dismissed) {
                (None, None) => return Ok((Plan::by(actor), ())),
                (None, Some(_)) => FindingEvent::Restored {
                    line,
                    finding: finding_id,
                },
                (Some(why), _) => FindingEvent::Dismissed {
                    line,
                    finding: finding_id,
                    why: reason(why)?,
                },
            };
            Ok((Plan::one(actor, &stream, now, What::Finding(event)), ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// The entries of one scan: what it changes, and as many more as its new findings need.
    fn entries_of(
        &self,
        token: &MachineToken,
        sent: &SentScans,
        known: Option<&LineFindings>,
        scan: &Scan,
        (line, key): (&str, &str),
    ) -> Result<Vec<Run>, ActError> {
        let series = known.into_iter().flat_map(|known| &known.findings);
        let series = series.filter(|(_, finding)| finding.tool == scan.tool && finding.scan == scan.scan);
        let known: BTreeMap<&str, (&String, &Finding)> = series
            .map(|(id, finding)| (finding.found.fingerprint.as_str(), (id, finding)))
            .collect();
        let drawn = self.ports().ids.draw("run")?;
        let head = Run {
            id: format!("run-{}", drawn.as_str().get(..16).unwrap_or(drawn.as_str())),
            machine: token.machine.clone(),
            line: line.to_owned(),
            tool: scan.tool.clone(),
            scan: scan.scan.clone(),
            build: scan.build.clone().or_else(|| sent.build.clone()).unwrap_or_default(),
            key: key.to_owned(),
            complete: scan.complete,
            clean_runs: token.clean_runs,
            found: u32::try_from(scan.findings.len()).unwrap_or(u32::MAX),
            ..Run::default()
        };
        let mut runs = vec![head.clone()];
        let (mut seen, mut taken, mut bytes) = (BTreeSet::new(), BTreeSet::new(), 0);
        for found in &scan.findings {
            let fingerprint = TokenDigest::of(&found.fingerprint).to_hex();
            let last = runs.len() - 1;
            let Some(run) = runs.get_mut(last) else { break };
            if let Some((id, finding)) = known.get(fingerprint.as_str()) {
                seen.insert(*id);
                if finding.gone.is_some()
                    && let Some(first) = runs.first_mut()
                {
                    first.back.push((*id).clone());
                }
                continue;
            }
            let id = self.draw_finding(&mut taken)?;
            let found = Found {
                fingerprint,
                ..found.clone()
            };
            bytes += serde_json::to_vec(&found).map_or(ENTRY_BYTES, |found| found.len());
            if bytes > ENTRY_BYTES && !run.new.is_empty() {
                bytes = 0;
                runs.push(Run {
                    new: vec![(id, found)],
                    ..head.clone()
                });
            } else {
                run.new.push((id, found));
            }
        }
        let there = known.values().filter(|(_, finding)| finding.gone.is_none());
        let mut missing: Vec<String> = there
            .filter(|(id, _)| !seen.contains(id))
            .map(|(id, _)| (*id).clone())
            .collect();
        missing.sort_unstable();
        if let Some(first) = runs.first_mut() {
            first.missing = missing;
            first.back.sort_unstable();
        }
        Ok(runs)
    }

    /// An id that no finding has.
    fn draw_finding(&self, taken: &mut BTreeSet<String>) -> Result<String, ActError> {
        loop {
            let drawn = self.ports().ids.draw("finding")?;
            let id = format!("f-{}", drawn.as_str().get(..12).unwrap_or(drawn.as_str()));
            if taken.insert(id.clone()) {
                return Ok(id);
            }
        }
    }
}

/// A reason in one line, if it is one.
fn reason(why: &str) -> Result<String, ActError> {
    let why = why.trim();
    let is_line = !why.is_empty() && why.len() <= MAX_WHY_BYTES && !why.chars().any(char::is_control);
    match is_line {
        true => Ok(why.to_owned()),
        false => Err(ActError::invalid(format!(
            "the reason is one line of at most {MAX_WHY_BYTES} bytes: whoever finds the same next year reads it"
        ))),
    }
}

/// What makes a file the same one: the sender's key, or its content on one day over one build. Scanners often write the same bytes again on
/// another night, which is another run.
struct Key {
    whole: String,
    /// The part before the content, if the sender gave a key.
    given: Option<String>,
}

impl Key {
    /// Whether a run came under the same key, with whatever content.
    fn is_of(&self, run: &str) -> bool {
        match &self.given {
            Some(given) => run.split_once(':').is_some_and(|(key, _)| key == given),
            None => run == self.whole,
        }
    }
}

fn key_of(token: &MachineToken, sent: &SentScans, now: Timestamp) -> Key {
    match &sent.idempotency_key {
        Some(given) => {
            let given = TokenDigest::of(&format!("{}\n{given}", token.machine)).to_hex();
            Key {
                whole: format!("{given}:{}", sent.sha256),
                given: Some(given),
            }
        }
        None => {
            let build = sent.build.as_deref().unwrap_or_default();
            let day = now.to_zoned(TimeZone::UTC).date();
            Key {
                whole: TokenDigest::of(&format!("{day}\n{build}\n{}", sent.sha256)).to_hex(),
                given: None,
            }
        }
    }
}

/// The product line that a file is about. One that the token is not for is the same as one that nobody sells.
fn line_of(board: &Board, token: &MachineToken, sent: &SentScans) -> Result<String, Fault> {
    let fault = |pointer: &str, says: &str| Fault {
        pointer: pointer.to_owned(),
        says: says.to_owned(),
    };
    let inside = sent.scans.first().and_then(|scan| scan.product.as_deref());
    let pointer = if inside.is_some() { "/product" } else { "" };
    let named = match (inside, sent.product.as_deref()) {
        (Some(inside), Some(beside)) if inside != beside => {
            return Err(fault(
                pointer,
                "The file and the address name two product lines: name one.",
            ));
        }
        (inside, beside) => inside.or(beside),
    };
    let lines = board.house.products.values();
    let lines = lines.filter(|line| line.brand == token.brand && may_reach(token, &line.name));
    let mut lines = lines.map(|line| line.name.as_str());
    let Some(named) = named else {
        return match (lines.next(), lines.next()) {
            (Some(only), None) => Ok(only.to_owned()),
            _ => Err(fault(
                "",
                "It is not said which product line this is about: add ?product=LINE to the address.",
            )),
        };
    };
    let found = lines.find(|line| line.eq_ignore_ascii_case(named)).map(str::to_owned);
    found.ok_or_else(|| fault(pointer, "This token is not for a product line of this name."))
}

fn may_reach(token: &MachineToken, line: &str) -> bool {
    token.products.is_empty() || token.products.iter().any(|product| product == line)
}

/// Whether what a file brings has room beside what is there.
fn has_room(known: Option<&LineFindings>, sent: &SentScans) -> Result<(), Fault> {
    let Some(known) = known else { return Ok(()) };
    let full = |says: String| {
        Err(Fault {
            pointer: String::new(),
            says,
        })
    };
    let present = known.findings.values().filter(|finding| finding.gone.is_none()).count();
    let coming: usize = sent.scans.iter().map(|scan| scan.findings.len()).sum();
    if present + coming > MAX_PRESENT {
        return full(format!(
            "This line would have more than {MAX_PRESENT} findings: let old ones be gone first, or lower what the scanner reports."
        ));
    }
    let mut series: BTreeSet<(&str, &str)> = known.runs.iter().map(|run| (&*run.tool, &*run.scan)).collect();
    series.extend(sent.scans.iter().map(|scan| (&*scan.tool, &*scan.scan)));
    if series.len() > MAX_SERIES {
        return full(format!("This line would have more than {MAX_SERIES} kinds of scans."));
    }
    Ok(())
}

/// The stream of a line's findings, beside the line's own.
fn findings_stream(replica: &Replica, line: &str) -> Result<StreamId, ActError> {
    let product = replica.product_stream(line).map(StreamId::as_str).unwrap_or_default();
    let id = product.split_once(':').map(|(_, id)| id);
    plan::stream("findings", id.ok_or(ActError::NotFound("product line"))?)
}

/// A finding as a report's text.
fn words_of(line: &str, finding: &Finding) -> String {
    let found = &finding.found;
    let said = [
        ("Product", line),
        ("Where", &found.place),
        ("Rule", &found.rule),
        ("Weight", found.weight.name()),
        ("Scanner", &finding.tool),
        ("First seen in build", &finding.first.build),
        ("Last seen in build", &finding.last.build),
    ];
    let said = said.into_iter().filter(|(_, said)| !said.is_empty());
    let mut lines: Vec<String> = said.map(|(what, said)| format!("{what}: {said}")).collect();
    if !found.names.is_empty() {
        lines.push(format!("Known as: {}", found.names.join(", ")));
    }
    format!("{}\n\n{}\n\n{}\n", found.title, found.text, lines.join("\n"))
}
