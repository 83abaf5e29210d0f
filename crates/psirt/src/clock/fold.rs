//! Folding a history into [`CaseFacts`]: retraction, withdrawal, lines, releases, reporters, components.
//!
//! Never sorts a mistake out silently: a retracted event is left out whole, and nothing else is.

use super::facts::{
    CaseFacts, Component, Control, ControlAction, Judgement, LineFacts, LineIndex, LineVerdict, MACHINE, Mark,
    OWN_STRAND, Plan, ReleaseFacts, Reporter, ScoreAt, ShippedComponent, Strand, StrandIndex, UpstreamFix, VerdictAt,
    VerdictChange,
};
use crate::event::{CreditChoice, Entry, Event, EventRef, Exit, Exploit, Group, Kind, Tenants};
use crate::policy::fact::Value;
use crate::story::ProductLine;
use jiff::Timestamp;

impl CaseFacts {
    /// Folds a history. Entries may come in any order; those that happened or were recorded after `until` are not known yet.
    #[must_use]
    pub fn fold<'a>(
        products: &[ProductLine],
        entries: impl IntoIterator<Item = &'a Entry>,
        until: Timestamp,
    ) -> CaseFacts {
        let mut known: Vec<&Entry> = entries.into_iter().filter(|entry| entry.recorded <= until).collect();
        let retracted = retracted(&known);
        known.retain(|entry| entry.at <= until && !retracted.contains(&entry.seq));
        known.sort_by_key(|entry| (entry.at, entry.recorded, entry.seq));
        let mut facts = CaseFacts {
            lines: products.iter().map(line_facts).collect(),
            ..CaseFacts::default()
        };
        for entry in known {
            facts.apply(entry);
        }
        facts
    }

    /// Adds a score that was not recorded yet: what a rescoring would change.
    pub(crate) fn record_score(&mut self, entry: &Entry) {
        if matches!(entry.event, Event::Scored { .. }) {
            self.apply(entry);
        }
    }

    fn line_named(&mut self, name: &str) -> LineIndex {
        if let Some(index) = self.line(name) {
            return index;
        }
        self.lines.push(line_facts(&ProductLine::named(name)));
        LineIndex::try_from(self.lines.len() - 1).unwrap_or(LineIndex::MAX)
    }

    fn component_named(&mut self, name: &str, since: Timestamp) -> u16 {
        let index = self
            .components
            .iter()
            .position(|component| component.name == name)
            .unwrap_or_else(|| {
                self.components.push(Component {
                    name: name.to_owned(),
                    fixes: Vec::new(),
                    shipped: Vec::new(),
                    since,
                });
                self.components.len() - 1
            });
        u16::try_from(index).unwrap_or(u16::MAX)
    }

    /// The reporter of that name, by their id or with their kind.
    pub(crate) fn reporter_named(&self, name: Option<&str>) -> Option<u16> {
        let name = name?;
        let (_, id) = reporter_kind(Some(name));
        let index = self
            .reporters
            .iter()
            .position(|reporter| reporter.id == name || reporter.id == id)?;
        u16::try_from(index).ok()
    }

    /// The strand of an entry: that of the merged case in which it was recorded.
    fn strand(&mut self, case: Option<&str>) -> StrandIndex {
        let Some(case) = case else { return OWN_STRAND };
        let known = self.strands.iter().position(|strand| strand.case == case);
        let index = known.unwrap_or_else(|| {
            self.strands.push(Strand::of(case));
            self.strands.len() - 1
        });
        StrandIndex::try_from(index + 1).unwrap_or(StrandIndex::MAX)
    }

    fn join(&mut self, name: Option<&str>, arrived: Option<Timestamp>, entry: &Entry) {
        let strand = self.strand(entry.case.as_deref());
        let (kind, id) = reporter_kind(name);
        let promoted = None;
        let reporter = Reporter {
            id: id.to_owned(),
            kind,
            since: arrived.map_or(entry.at, |arrived| arrived.min(entry.at)),
            joined: entry.at,
            recorded: entry.recorded,
            promoted,
            credit: Vec::new(),
            strand,
            seq: entry.seq,
        };
        self.reporters.push(reporter);
    }

    /// Marks what was done for a reporter before they joined, as it counted there.
    fn done_before(&mut self, joined: &Mark, kind: Kind, at: Option<Timestamp>) {
        let Some(at) = at.map(|at| at.min(joined.at)) else {
            return;
        };
        let place = self.marks.partition_point(|mark| mark.at <= at);
        let mark = Mark {
            kind,
            at,
            recorded: at,
            ..*joined
        };
        self.marks.insert(place, mark);
    }

    fn apply(&mut self, entry: &Entry) {
        let line = entry.event.product().map(|name| self.line_named(name));
        let mut mark = Mark {
            kind: entry.event.kind(),
            line,
            of: None,
            at: entry.at,
            recorded: entry.recorded,
            two_people: entry.has_second_person(),
            withdrawn: None,
            strand: self.strand(entry.case.as_deref()),
            seq: entry.seq,
        };
        match mark.kind.group() {
            Group::Intake | Group::People => self.apply_to_reporters(entry, &mut mark),
            Group::Verdict | Group::Signals => self.apply_verdict(entry, &mark),
            Group::Lines => self.apply_to_line(entry, &mark),
            Group::Remedy => self.apply_remedy(entry, &mut mark),
            Group::ThirdParty => self.apply_to_component(entry, &mut mark),
            Group::Control => self.apply_control(entry, &mark),
            Group::Desk => {
                if let Event::Suspected { products } = &entry.event {
                    self.suspected = products.iter().map(|name| self.line_named(name)).collect();
                }
            }
            Group::Embargo | Group::Publication | Group::Regulation => {}
        }
        if is_marked(&entry.event) {
            self.marks.push(mark);
        }
    }

    /// Who reported, who was told, and how cases came together or apart.
    fn apply_to_reporters(&mut self, entry: &Entry, mark: &mut Mark) {
        let (at, strand) = (entry.at, mark.strand);
        match &entry.event {
            Event::Received { by } => self.join(by.as_deref(), None, entry),
            Event::ReportJoined {
                reporter,
                arrived,
                acknowledged,
                reviewed,
            } => {
                mark.of = u16::try_from(self.reporters.len()).ok();
                self.join(reporter.as_deref(), *arrived, entry);
                self.done_before(mark, Kind::Acknowledged, *acknowledged);
                self.done_before(mark, Kind::Reviewed, *reviewed);
            }
            Event::Promoted {} => {
                if let Some(reporter) = self
                    .reporters
                    .iter_mut()
                    .find(|r| r.kind == MACHINE && r.promoted.is_none() && r.strand == strand)
                {
                    reporter.promoted = Some(at);
                }
            }
            Event::Acknowledged { reporter }
            | Event::InfoRequested { reporter, .. }
            | Event::InfoReceived { reporter }
            | Event::ReportedBack { reporter, .. } => {
                mark.of = self.reporter_named(reporter.as_deref());
            }
            Event::Credit { reporter, choice, .. } => {
                mark.of = self.reporter_named(reporter.as_deref());
                for index in 0..self.reporters.len() {
                    if self.reaches(mark, index)
                        && let Some(reporter) = self.reporters.get_mut(index)
                    {
                        reporter.credit.push((at, *choice));
                    }
                }
            }
            Event::Merged { case, .. } => {
                let index = usize::from(self.strand(Some(case)));
                if let Some(strand) = index.checked_sub(1).and_then(|index| self.strands.get_mut(index)) {
                    strand.merged = at;
                }
            }
            Event::SplitOff { since, .. } | Event::SplitFrom { since, .. } => {
                let origin = match usize::from(strand).checked_sub(1) {
                    None => Some(&mut self.origin),
                    Some(index) => self.strands.get_mut(index).map(|strand| &mut strand.origin),
                };
                if let (Some(origin), Some(since)) = (origin, since) {
                    *origin = Some(origin.map_or(*since, |known| known.min(*since)));
                }
            }
            Event::MergedInto { .. } => {
                self.merged_into = Some(at);
                self.decide(mark, VerdictChange::Rejected(Exit::Duplicate));
            }
            Event::DuplicateOf { .. } => self.decide(mark, VerdictChange::Rejected(Exit::Duplicate)),
            Event::ScopeDecided { out, exception, .. } => {
                let inside = !*out || exception.is_some();
                self.decide(mark, VerdictChange::Scope(inside));
            }
            _ => {}
        }
    }

    /// What was found, how bad it is, and what the world knows of it.
    fn apply_verdict(&mut self, entry: &Entry, mark: &Mark) {
        let at = entry.at;
        let line_verdict = |affected: bool, with_case: bool| LineVerdict {
            at,
            affected,
            with_case,
            strand: mark.strand,
        };
        match &entry.event {
            Event::Confirmed { origin, products } => {
                self.decide(mark, VerdictChange::Confirmed(*origin));
                for name in products {
                    let line = self.line_named(name);
                    self.judge_line(line, line_verdict(true, true));
                }
            }
            Event::Affected { product } => {
                let line = self.line_named(product);
                self.judge_line(line, line_verdict(true, false));
            }
            Event::NotAffected { product, .. } => {
                let line = self.line_named(product);
                self.judge_line(line, line_verdict(false, false));
            }
            Event::Rejected { exit, .. } => self.decide(mark, VerdictChange::Rejected(*exit)),
            Event::Appealed {} => self.decide(mark, VerdictChange::Appealed),
            Event::Reopened { .. } => self.decide(mark, VerdictChange::Reopened),
            Event::Scored { vector, source, .. } => {
                if let Ok(vector) = cvss::Vector::parse(vector) {
                    let scores = vector.scores();
                    self.scores.push(ScoreAt {
                        at,
                        source: *source,
                        vector,
                        base_tenths: scores.base.tenths(),
                        temporal_tenths: scores.temporal.map(cvss::Score::tenths),
                        seq: entry.seq,
                    });
                }
            }
            Event::Judged {
                public_attention,
                exploit,
            } => self.judgements.push(Judgement {
                at,
                public_attention: *public_attention,
                exploit: *exploit,
                signal: false,
            }),
            Event::ExploitPublic { .. } => self.signal(at, Exploit::Available),
            Event::AttacksSeen { .. } => self.signal(at, Exploit::Active),
            _ => {}
        }
    }

    /// Releases of a line, and the end of its support.
    fn apply_to_line(&mut self, entry: &Entry, mark: &Mark) {
        let (line, recorded) = (mark.line, entry.recorded);
        match &entry.event {
            Event::SupportEnded { product } => {
                let line = usize::from(self.line_named(product));
                if let Some(line) = self.lines.get_mut(line) {
                    line.support_ended = Some(entry.at);
                }
            }
            Event::ReleasePlanned {
                version, date, freeze, ..
            } => {
                self.plan(line, version, |_| Plan {
                    recorded,
                    date: Some(*date),
                    freeze: *freeze,
                });
            }
            Event::ReleaseMoved { version, date, .. } => {
                self.plan(line, version, |last| Plan {
                    recorded,
                    date: Some(*date),
                    freeze: last.and_then(|plan| plan.freeze),
                });
            }
            Event::ReleaseCancelled { version, .. } => {
                self.plan(line, version, |_| Plan {
                    recorded,
                    date: None,
                    freeze: None,
                });
            }
            Event::ReleaseShipped { version, fixes, .. } => {
                self.ship(line, version, entry);
                if fixes.holds() {
                    self.marks.push(Mark {
                        kind: Kind::FixReleased,
                        of: self.version_index(line, version),
                        ..*mark
                    });
                }
            }
            _ => {}
        }
    }

    /// Workarounds and fixes.
    fn apply_remedy(&mut self, entry: &Entry, mark: &mut Mark) {
        let line = mark.line;
        match &entry.event {
            Event::WorkaroundWithdrawn { .. } => self.withdraw(line, None, entry.at, &[Kind::WorkaroundProvided]),
            Event::FixWithdrawn { version, .. } => {
                let kinds = [Kind::FixReleased, Kind::FixDeployed, Kind::FixReady];
                self.withdraw(line, version.as_deref(), entry.at, &kinds);
            }
            Event::FixDeployed { tenants, .. } => {
                if let Some(line) = line.and_then(|line| self.lines.get_mut(usize::from(line))) {
                    line.tenants = match tenants {
                        Tenants::All => None,
                        Tenants::Some(done, of) => Some((*done, *of)),
                    };
                }
            }
            Event::FixReleased {
                version: Some(version), ..
            } => {
                self.ship(line, version, entry);
                mark.of = self.version_index(line, version);
            }
            _ => {}
        }
    }

    /// Components of others, and their fixes.
    fn apply_to_component(&mut self, entry: &Entry, mark: &mut Mark) {
        let at = entry.at;
        match &entry.event {
            Event::UpstreamDecision { review_by, .. } => {
                self.review_dates.extend(review_by.map(|review| (entry.seq, review)));
            }
            Event::UpstreamDisclosed { component } => mark.of = Some(self.component_named(component, at)),
            Event::UpstreamFixReleased { component, version } => {
                let index = self.component_named(component, at);
                mark.of = Some(index);
                if let Some(component) = self.components.get_mut(usize::from(index)) {
                    let fix = UpstreamFix {
                        version: version.clone(),
                        at,
                        withdrawn: None,
                        seq: entry.seq,
                    };
                    component.fixes.push(fix);
                }
            }
            Event::UpstreamFixWithdrawn { component, version } => {
                let index = self.component_named(component, at);
                mark.of = Some(index);
                for mark in &mut self.marks {
                    if mark.kind == Kind::UpstreamFixReleased && mark.of == Some(index) && mark.withdrawn.is_none() {
                        let seq = mark.seq;
                        let fixes = self.components.get_mut(usize::from(index)).map(|c| c.fixes.iter_mut());
                        for fix in fixes.into_iter().flatten() {
                            if fix.seq == seq && fix.version == *version {
                                fix.withdrawn = Some(at);
                                mark.withdrawn = Some(at);
                            }
                        }
                    }
                }
            }
            Event::ComponentShipped {
                component,
                version,
                component_version,
                ..
            } => {
                let index = self.component_named(component, at);
                mark.of = Some(index);
                if let (Some(line), Some(component)) = (mark.line, self.components.get_mut(usize::from(index))) {
                    component.shipped.push(ShippedComponent {
                        line,
                        version: version.clone(),
                        component_version: component_version.clone(),
                        at,
                        seq: entry.seq,
                    });
                }
            }
            _ => {}
        }
    }

    /// Decisions over clocks, and over the policy itself.
    fn apply_control(&mut self, entry: &Entry, mark: &Mark) {
        match &entry.event {
            Event::Waived { rule, reporter, .. } => {
                // A name that nobody has any more lets nobody off.
                let nobody = || reporter.is_some().then_some(u16::MAX);
                let whom = self.reporter_named(reporter.as_deref()).or_else(nobody);
                self.control(entry, rule, mark.line, ControlAction::Waive);
                if let Some(control) = self.controls.last_mut() {
                    control.reporter = whom;
                }
            }
            Event::Overridden { rule, due, .. } => self.control(entry, rule, mark.line, ControlAction::Override(*due)),
            Event::OverrideRevoked { rule, .. } => self.control(entry, rule, mark.line, ControlAction::Revoke),
            Event::Repinned { policy, version, .. } => {
                self.repinned.push((entry.at, policy.clone(), version.clone()));
            }
            _ => {}
        }
    }

    fn decide(&mut self, mark: &Mark, change: VerdictChange) {
        self.verdicts.push(VerdictAt {
            at: mark.at,
            strand: mark.strand,
            change,
        });
    }

    fn judge_line(&mut self, line: LineIndex, verdict: LineVerdict) {
        let standing = self.affected(line, verdict.at).is_some();
        if let Some(line) = self.lines.get_mut(usize::from(line)) {
            let own = line.verdicts.iter().any(|other| other.strand == verdict.strand);
            let same = verdict.affected && standing && own;
            if !same {
                line.verdicts.push(verdict);
            }
        }
    }

    fn signal(&mut self, at: Timestamp, exploit: Exploit) {
        self.judgements.push(Judgement {
            at,
            public_attention: None,
            exploit: Some(exploit),
            signal: true,
        });
    }

    fn control(&mut self, entry: &Entry, rule: &str, line: Option<LineIndex>, action: ControlAction) {
        self.controls.push(Control {
            at: entry.at,
            rule: rule.to_owned(),
            line,
            reporter: None,
            action,
            by: entry.by.clone(),
            approved_by: entry.approved_by.clone(),
            two_people: entry.has_second_person(),
        });
    }

    fn withdraw(&mut self, line: Option<LineIndex>, version: Option<&str>, at: Timestamp, kinds: &[Kind]) {
        let version = version.and_then(|version| self.version_index(line, version));
        for mark in &mut self.marks {
            let same_line = line.is_none() || mark.line.is_none() || mark.line == line;
            let same_version = version.is_none() || mark.of.is_none() || mark.of == version;
            if kinds.contains(&mark.kind) && same_line && same_version && mark.withdrawn.is_none() {
                mark.withdrawn = Some(at);
            }
        }
    }

    fn version_index(&self, line: Option<LineIndex>, version: &str) -> Option<u16> {
        let line = self.lines.get(usize::from(line?))?;
        let index = line.releases.iter().position(|release| release.version == version)?;
        u16::try_from(index).ok()
    }

    fn release(&mut self, line: Option<LineIndex>, version: &str) -> Option<&mut ReleaseFacts> {
        let line = self.lines.get_mut(usize::from(line?))?;
        if let Some(index) = line.releases.iter().position(|release| release.version == version) {
            return line.releases.get_mut(index);
        }
        line.releases.push(ReleaseFacts {
            version: version.to_owned(),
            plans: Vec::new(),
            shipped: None,
        });
        line.releases.last_mut()
    }

    fn plan(&mut self, line: Option<LineIndex>, version: &str, plan: impl FnOnce(Option<Plan>) -> Plan) {
        if let Some(release) = self.release(line, version) {
            let last = release.plans.last().copied();
            release.plans.push(plan(last));
        }
    }

    fn ship(&mut self, line: Option<LineIndex>, version: &str, entry: &Entry) {
        if let Some(release) = self.release(line, version) {
            release.shipped.get_or_insert((entry.at, entry.recorded));
        }
    }
}

/// Whether a clock may ask for the event. None asks for the desk's own notes, and a case has more of them than of anything else; an
/// unasked reporter and a deployment to some tenants are not yet what their kind says.
fn is_marked(event: &Event) -> bool {
    match event {
        Event::Credit { choice, .. } => *choice != CreditChoice::Unasked,
        Event::FixDeployed { tenants, .. } => *tenants == Tenants::All,
        Event::Suspected { .. } => true,
        event => event.kind().group() != Group::Desk,
    }
}

/// The seqs of entries that a standing retraction takes back. A retraction can itself be retracted.
pub(crate) fn retracted(entries: &[&Entry]) -> Vec<u32> {
    let standing = retractions(entries).into_iter().filter(|retraction| retraction.stands);
    standing.map(|retraction| retraction.target).collect()
}

/// What a retraction takes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retraction {
    /// The place of the retraction.
    pub(crate) by: u32,
    /// The place of what it takes back.
    pub(crate) target: u32,
    /// Whether it was not itself taken back.
    pub(crate) stands: bool,
}

/// Every retraction of a history, the last one first.
pub(crate) fn retractions(entries: &[&Entry]) -> Vec<Retraction> {
    let mut pairs: Vec<Retraction> = Vec::new();
    if !entries.iter().any(|entry| entry.event.kind() == Kind::Retracted) {
        return pairs;
    }
    let mut by_seq: Vec<&&Entry> = entries.iter().collect();
    by_seq.sort_by_key(|entry| entry.seq);
    let mut gone: Vec<u32> = Vec::new();
    for (index, entry) in by_seq.iter().enumerate().rev() {
        let Event::Retracted { event, .. } = &entry.event else {
            continue;
        };
        let earlier = by_seq.get(..index).unwrap_or_default();
        let target = match event {
            EventRef::Seq(seq) => earlier.iter().find(|earlier| earlier.seq == *seq),
            EventRef::Name(name) => earlier
                .iter()
                .rev()
                .find(|earlier| earlier.event.kind().name() == name && !gone.contains(&earlier.seq)),
        };
        let Some(target) = target else { continue };
        let stands = !gone.contains(&entry.seq);
        if stands {
            gone.push(target.seq);
        }
        pairs.push(Retraction {
            by: entry.seq,
            target: target.seq,
            stands,
        });
    }
    pairs
}

fn line_facts(line: &ProductLine) -> LineFacts {
    let releases = line.releases.iter().map(|release| ReleaseFacts {
        version: release.version.clone(),
        plans: vec![Plan {
            recorded: Timestamp::MIN,
            date: Some(release.date),
            freeze: release.freeze,
        }],
        shipped: None,
    });
    LineFacts {
        name: line.name.clone(),
        deployment: line.deployment,
        brand: line.brand.clone(),
        market: line.market.clone(),
        supported_until: line.supported_until,
        support_ended: None,
        verdicts: Vec::new(),
        releases: releases.collect(),
        tenants: None,
    }
}

/// A reporter's kind and id from what the history calls them: a kind, `kind:id`, or a name, which is somebody external.
fn reporter_kind(name: Option<&str>) -> (Value, &str) {
    let name = name.unwrap_or("external");
    let (kind, id) = name
        .split_once(':')
        .map_or((name, name), |(kind, id)| (kind, id.trim()));
    match kind {
        "customer" => (1, id),
        "internal" => (2, id),
        "machine" => (MACHINE, id),
        "external" => (0, id),
        _ => (0, name),
    }
}
