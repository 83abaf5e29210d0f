//! The board: the fold of the journal in memory, which answers every list, filter, search, due and count.
//!
//! Owns no truth: the board after every append equals the board from scratch (law 2's other half), so it may be thrown away at any time.
//! Cases that are over are packed ([`Closed`]). Never writes, never decides.

mod entries;
pub mod findings;
mod glance;
mod history;
mod house;
mod keys;
pub mod originals;
mod pack;
pub mod restricted;
mod rooms;
mod shelf;
mod snapshot;
mod still;
mod story;
mod unname;
mod whom;
pub use entries::Entries;
pub use findings::Findings;
pub use glance::{DueAt, Ended, Glance, Glances};
pub use house::{House, Machine, Retracted, Token};
pub use keys::{Key, KeyState, KeyWarning};
pub use rooms::RoomLock;
pub use shelf::Closed;
pub use snapshot::SnapshotError;
pub use still::Still;

use crate::advisory::AdvisoryState;
use crate::body::{Body, What};
use crate::case::embargo::Embargo;
use crate::case::phase::{self, Phase};
use crate::case::view::CaseView;
use crate::clock::facts::CaseFacts;
use crate::clock::{Obligation, obligations};
use crate::event::{Entry, Event, Exit, Flag, Kind};
use crate::house::book::{self, BookKey};
use crate::house::dispatch::{self, Dispatch};
use crate::house::mail::Mail;
use crate::house::{Brand, ReportEvent, Terms};
use crate::policy::{self, Policy};
use crate::story::ProductLine;
use house::{Touched, lines_of};
use jiff::Timestamp;
use pack::Packer;
use rooms::Rooms;
use serde::{Deserialize, Serialize};
use shelf::Shelf;
use std::collections::{BTreeMap, BTreeSet};

/// Entries after which everything is packed again that somebody has read.
const PACKED_EVERY: u64 = 1_000;

/// Everything that the journal says, folded. After [`Board::apply`] the facts of a case may lag behind its entries until
/// [`Board::settle`].
#[derive(Clone, Debug, Default)]
pub struct Board {
    /// What the vendor decides outside of cases.
    pub house: House,
    /// Advisories by their stream.
    pub advisories: BTreeMap<String, AdvisoryState>,
    /// Cases that were brought along: their streams by brand and number there.
    pub imported: BTreeMap<(String, String), String>,
    /// What scanners found, by product line.
    pub findings: Findings,
    /// How many entries it has seen.
    pub size: u64,
    /// Cases that somebody still works on, by their stream.
    cases: BTreeMap<String, Case>,
    /// Their reports, and reports without a case, by their stream.
    reports: BTreeMap<String, Report>,
    /// Cases that are over, packed.
    shelf: Shelf,
    /// The case whose own number it is.
    case_numbers: BTreeMap<Box<str>, Box<str>>,
    /// The report that has a number.
    numbers: BTreeMap<Box<str>, Box<str>>,
    /// Cases that see entries of the case with this number: it was merged into them, or they were split from it.
    ties: BTreeMap<Box<str>, BTreeSet<Box<str>>>,
    /// What opens the rooms of reporters.
    rooms: Rooms,
    /// Cases that were ever flagged as holding personal data: where to look for what has been kept long enough.
    personal: BTreeSet<String>,
    /// Streams that were shredded.
    gone: BTreeSet<String>,
    /// Cases whose facts lag behind.
    lagging: BTreeSet<String>,
    /// The size at the last change of policies, lines or brands: what was computed before may differ now.
    house_changed: Stamp<u64>,
    packer: Packer,
    /// The size when the entries of all open cases were packed.
    all_packed: Stamp<u64>,
}

/// A case on the board.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// Its tracking number: that of its first report.
    pub number: String,
    /// The brand whose policy governs it.
    pub brand: String,
    /// Its own entries, in the order of record.
    pub entries: Entries,
    /// Folded for the clocks, with what happened to its lines.
    pub facts: CaseFacts,
    /// Folded for the desk.
    pub view: CaseView,
    /// Its embargo.
    pub embargo: Embargo,
    /// The streams of its reports.
    pub reports: Vec<String>,
    /// The size of the board at the last change of what it sees.
    changed: Stamp<u64>,
}

/// A size of the board, or an instant. It says when something was folded, not what: boards that differ in it alone are equal.
#[derive(Clone, Copy, Default)]
struct Stamp<T>(T);

impl<T> PartialEq for Stamp<T> {
    fn eq(&self, _: &Stamp<T>) -> bool {
        true
    }
}

impl<T> std::fmt::Debug for Stamp<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("_")
    }
}

/// A report on the board.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Its tracking number.
    pub number: String,
    /// The brand whose address it came to.
    pub brand: String,
    /// How it came.
    pub channel: String,
    /// Who sent it, as far as known.
    pub from: String,
    /// The blob with its raw bytes, if a message arrived.
    pub blob: Option<String>,
    /// When it came.
    pub at: Option<Timestamp>,
    /// Its title, once it was read.
    pub title: String,
    /// Its text, once it was read.
    pub text: String,
    /// The stream of its case.
    pub case: Option<String>,
    /// The texts of the policy that its form showed, if it came by a form.
    #[serde(default)]
    pub terms: Option<Terms>,
    /// What came of it as a message, if it came by mail.
    #[serde(default)]
    pub mail: Option<Box<Mail>>,
    /// Our letters to whoever sent it.
    #[serde(default)]
    pub letters: Vec<Dispatch>,
    /// When its reporter opened their room and found something new there.
    #[serde(default)]
    pub seen: Vec<Timestamp>,
    /// Keys that a person gave for whoever sent it.
    #[serde(default)]
    pub book: Vec<BookKey>,
    /// The portal that handed it over, and the digest of what it sent.
    #[serde(default)]
    pub portal: Option<(String, String)>,
}

impl Report {
    /// Whether it is a report, and not a message that goes on with one, waits to be read, is held, or that nobody wrote.
    #[must_use]
    pub fn is_report(&self) -> bool {
        self.case.is_some() || self.mail.is_none()
    }
}

/// What the journal gives for one entry.
#[derive(Clone, Copy, Debug)]
pub struct Appended<'a> {
    /// The stream.
    pub stream: &'a str,
    /// The place in the stream, from 1.
    pub seq: u32,
    /// When it was recorded.
    pub recorded: Timestamp,
    /// Who acted.
    pub actor: &'a str,
}

impl Board {
    /// Folds one entry.
    pub fn apply(&mut self, entry: Appended<'_>, body: &Body) {
        self.size += 1;
        if self.gone.contains(entry.stream) {
            // Somebody was about to record it when the case was shredded; its key is gone, or will be.
            return;
        }
        match &body.what {
            What::Case(event) => self.apply_case(entry, body, event),
            What::Report(event) => self.apply_report(entry, event),
            What::Advisory(event) => {
                self.advisories.entry(entry.stream.to_owned()).or_default().apply(
                    event,
                    body.at,
                    entry.actor,
                    body.approved_by.as_deref(),
                );
            }
            What::Finding(event) => self.findings.apply(body.at, entry.actor, event),
            What::House(event) => {
                let touched = self.house.apply(entry, body.approved_by.as_deref(), event);
                self.touch(touched, entry.recorded);
            }
        }
    }

    /// Counts an entry whose content is gone.
    pub fn apply_erased(&mut self) {
        self.size += 1;
    }

    /// Brings the facts of every case up to its entries.
    pub fn settle(&mut self) {
        for stream in std::mem::take(&mut self.lagging) {
            self.settle_case(&stream);
        }
        self.shelf.put_back_if_many();
        // Those too that were only read.
        if self.size >= self.all_packed.0 + PACKED_EVERY {
            for case in self.cases.values_mut() {
                case.entries.pack(&mut self.packer);
            }
            self.all_packed = Stamp(self.size);
        }
    }

    fn settle_case(&mut self, stream: &str) {
        self.refold(stream);
        if let Some(case) = self.cases.get_mut(stream) {
            case.entries.pack(&mut self.packer);
        }
    }

    /// A case, open or over.
    #[must_use]
    pub fn case(&self, stream: &str) -> Option<&Case> {
        let over = || self.shelf.case(stream, |case| self.fold(case));
        self.cases.get(stream).or_else(over)
    }

    /// A report, of whatever case.
    #[must_use]
    pub fn report(&self, stream: &str) -> Option<&Report> {
        let over = || self.shelf.report(stream);
        self.reports.get(stream).or_else(over)
    }

    /// Cases that somebody still works on, with their streams.
    pub fn open(&self) -> impl Iterator<Item = (&str, &Case)> {
        self.cases.iter().map(|(stream, case)| (stream.as_str(), case))
    }

    /// Cases that are over, with their streams.
    pub fn over(&self) -> impl ExactSizeIterator<Item = (&str, &Closed)> {
        self.shelf.iter()
    }

    /// Every case with its stream. Those that are over are unpacked: for a look at everything, not for lists.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Case)> {
        let over = self.over().filter_map(|(stream, _)| Some((stream, self.case(stream)?)));
        self.open().chain(over)
    }

    /// Reports of open cases, and those without a case, with their streams.
    pub fn open_reports(&self) -> impl Iterator<Item = (&str, &Report)> {
        self.reports.iter().map(|(stream, report)| (stream.as_str(), report))
    }

    /// The case with this tracking number: its own, or that of any of its reports.
    #[must_use]
    pub fn case_of_number(&self, number: &str) -> Option<(&str, &Case)> {
        let of_report = || {
            let report: &str = self.numbers.get(number)?;
            match self.reports.get(report) {
                Some(report) => report.case.as_deref(),
                None => self.shelf.case_of(report),
            }
        };
        let own = self.case_numbers.get(number).map(|case| &**case);
        let (stream, case) = self.found(own.or_else(of_report)?)?;
        Some(self.goes_on_in(stream, case))
    }

    /// The case that has this number of its own, even if it was merged into another one.
    #[must_use]
    pub fn own_case(&self, number: &str) -> Option<(&str, &Case)> {
        self.found(self.case_numbers.get(number)?)
    }

    /// Where a case goes on: itself, or the case that it was merged into.
    fn goes_on_in<'a>(&'a self, stream: &'a str, case: &'a Case) -> (&'a str, &'a Case) {
        const MAX_MERGES: usize = 32;
        let mut found = (stream, case);
        for _ in 0..MAX_MERGES {
            let Some(into) = &found.1.view.merged_into else { break };
            let Some(next) = self.own_case(into) else { break };
            found = next;
        }
        found
    }

    fn found(&self, place: &str) -> Option<(&str, &Case)> {
        let over = || {
            let (stream, _) = self.shelf.find(place)?;
            Some((stream, self.shelf.case(stream, |case| self.fold(case))?))
        };
        let open = self.cases.get_key_value(place);
        open.map(|(stream, case)| (stream.as_str(), case)).or_else(over)
    }

    /// The report with this tracking number.
    #[must_use]
    pub fn report_of_number(&self, number: &str) -> Option<(&str, &Report)> {
        let stream = self.numbers.get(number)?;
        self.report(stream).map(|report| (&**stream, report))
    }

    /// The messages that go on with a report, with their numbers.
    #[must_use]
    pub fn answers_to(&self, report: &str) -> Vec<(&str, &str)> {
        let answers = self.open_reports().filter(|(_, message)| {
            let mail = message.mail.as_deref();
            mail.and_then(Mail::answers) == Some(report)
        });
        answers
            .map(|(stream, message)| (stream, message.number.as_str()))
            .collect()
    }

    /// The messages that are about a report, whoever wrote them: those that go on with it, and what machines said of our letters. Stream and
    /// number of each.
    #[must_use]
    pub fn messages_about(&self, report: &str) -> Vec<(&str, &str)> {
        let about = self.open_reports().filter(|(_, message)| {
            let mail = message.mail.as_deref();
            mail.and_then(Mail::concerns) == Some(report)
        });
        about
            .map(|(stream, message)| (stream, message.number.as_str()))
            .collect()
    }

    /// Whether a report or a case has this tracking number.
    #[must_use]
    pub fn has_number(&self, number: &str) -> bool {
        self.numbers.contains_key(number) || self.case_numbers.contains_key(number)
    }

    /// Every number that an entry gives, with the stream of that entry: a report's, that of a case that was split off, or an advisory's.
    pub fn named_numbers(&self) -> impl Iterator<Item = (&str, &str)> {
        let split = self.case_numbers.iter();
        let split = split.filter(|(number, _)| !self.numbers.contains_key(*number));
        let named = self.numbers.iter().chain(split);
        let named = named.map(|(number, stream)| (&**number, &**stream));
        let public = self.advisories.iter().filter_map(|(stream, advisory)| {
            let ordered = advisory.ordered.as_ref().map(|ordered| &ordered.number);
            let number = ordered.or_else(|| advisory.tombstone().map(|gone| &gone.number))?;
            Some((number.as_str(), stream.as_str()))
        });
        named.chain(public)
    }

    /// The case that was brought along under this number of elsewhere, if it is one.
    #[must_use]
    pub fn case_of_old_number(&self, number: &str) -> Option<(&str, &Case)> {
        let mut found = self.imported.iter().filter(|((_, id), _)| id == number);
        let ((_, stream), None) = (found.next()?, found.next()) else {
            return None;
        };
        self.found(stream)
    }

    /// Cases that ended as duplicates of the case with this number, with their streams.
    #[must_use]
    pub fn duplicates_of(&self, number: &str) -> Vec<(&str, &Case)> {
        let ended = |(_, closed): &(&str, &Closed)| closed.glance.phase == Phase::Rejected(Exit::Duplicate);
        let over = self.over().filter(ended);
        let over = over.filter_map(|(stream, _)| Some((stream, self.case(stream)?)));
        self.open()
            .chain(over)
            .filter(|(_, case)| case.view.duplicate_of.as_deref() == Some(number))
            .collect()
    }

    /// Cases that were merged into this one, and those that were merged into them, with their streams.
    #[must_use]
    pub fn absorbed_by<'a>(&'a self, case: &'a Case) -> Vec<(&'a str, &'a Case)> {
        let mut found: Vec<(&str, &Case)> = Vec::new();
        let mut waiting: Vec<&str> = case.view.merged.iter().map(String::as_str).collect();
        while let Some(number) = waiting.pop() {
            let Some((stream, absorbed)) = self.own_case(number) else {
                continue;
            };
            if absorbed.number != case.number && !found.iter().any(|(known, _)| *known == stream) {
                waiting.extend(absorbed.view.merged.iter().map(String::as_str));
                found.push((stream, absorbed));
            }
        }
        found
    }

    /// Cases that were split from the case with this number, with their streams.
    #[must_use]
    pub fn split_from(&self, number: &str) -> Vec<(&str, &Case)> {
        let tied = self.ties.get(number).into_iter().flatten();
        let found = tied.filter_map(|stream| self.found(stream));
        found
            .filter(|(_, case)| case.view.split_from.as_deref() == Some(number))
            .collect()
    }

    /// The case that somebody means by a name of elsewhere: the number that it was brought along with, or an id by which others know it.
    /// None if two cases have it.
    #[must_use]
    pub fn case_of_other_name(&self, name: &str) -> Option<(&str, &Case)> {
        let lower = name.to_lowercase();
        let known = |case: &Case| case.view.aliases.iter().any(|(id, _)| id.eq_ignore_ascii_case(name));
        let by_alias = || {
            let open = self.open().filter(|(_, case)| known(case));
            let over = self.over().filter(|(_, closed)| closed.glance.says(&[&lower]));
            let over = over.filter_map(|(stream, _)| Some((stream, self.case(stream)?)));
            let mut found = open.chain(over.filter(|(_, case)| known(case)));
            let (stream, case) = found.next()?;
            found.next().is_none().then(|| self.goes_on_in(stream, case))
        };
        self.case_of_old_number(name).or_else(by_alias)
    }

    /// What a case is called, for everybody who reads cases: the desk's title, else that of its first report that has one.
    #[must_use]
    pub fn title<'a>(&'a self, case: &'a Case) -> &'a str {
        let reports = || case.reports.iter().filter_map(|report| self.report(report));
        let reported = || {
            if self.is_restricted(case) {
                return Some(restricted::RESTRICTED_TITLE);
            }
            let mut titles = reports().map(|report| report.title.as_str());
            titles.find(|title| !title.is_empty())
        };
        let given = Some(self.given_title(case).0).filter(|title| !title.is_empty());
        let title = given.or_else(reported);
        title.filter(|title| !title.is_empty()).unwrap_or("(no title)")
    }

    /// Every obligation of a case now.
    #[must_use]
    pub fn obligations<'a>(&'a self, case: &'a Case, now: Timestamp) -> Vec<Obligation<'a>> {
        self.house.obligations(&case.facts, now)
    }

    /// The policy that a case's brand has, in the version that governs the case.
    #[must_use]
    pub fn policy_of<'a>(&'a self, case: &Case) -> Option<&'a Policy> {
        self.house.policy_of(&case.facts)
    }

    /// The phase of a case now.
    #[must_use]
    pub fn phase(&self, case: &Case, now: Timestamp) -> Phase {
        phase::phase(&case.facts, self.policy_of(case), now)
    }

    fn apply_case(&mut self, entry: Appended<'_>, body: &Body, event: &Event) {
        let was_over = self.take_down(entry.stream);
        let brand = match event {
            Event::Repinned { policy, .. } => self.brand_moved_to(entry.stream, policy),
            _ => None,
        };
        let case = self.cases.entry(entry.stream.to_owned()).or_default();
        if let Some(brand) = brand {
            case.brand = brand;
        }
        if originals::is_flag(event) {
            self.personal.insert(entry.stream.to_owned());
        }
        let takes_back = matches!(event, Event::Retracted { .. });
        match event {
            Event::SplitFrom {
                case: origin,
                number,
                brand,
                ..
            } => {
                case.number.clone_from(number);
                case.brand.clone_from(brand);
                self.case_numbers.insert(number.as_str().into(), entry.stream.into());
                self.tie(origin, entry.stream);
            }
            Event::Merged { case: absorbed, .. } => self.tie(absorbed, entry.stream),
            Event::Imported { id, .. } => {
                let there = (case.brand.clone(), id.clone());
                self.imported.insert(there, entry.stream.to_owned());
            }
            _ => {}
        }
        let case = self.cases.entry(entry.stream.to_owned()).or_default();
        case.entries.push(Entry {
            seq: entry.seq,
            at: body.at,
            recorded: entry.recorded,
            by: entry.actor.to_owned(),
            approved_by: body.approved_by.clone(),
            event: event.clone(),
            case: None,
            report: body.report.clone(),
        });
        if takes_back {
            self.rebrand(entry.stream);
        }
        self.lag(entry.stream);
        if was_over || may_end(event.kind()) {
            self.put_away_if_over(entry.stream, entry.recorded);
        }
        self.lag_tied(entry.stream, entry.recorded);
        if may_restrict(event) {
            self.lag_family(entry.stream, entry.recorded);
        }
    }

    /// Cases that share words with this one show anew what they are called: it may be restricted since, or no longer.
    fn lag_family(&mut self, stream: &str, recorded: Timestamp) {
        for other in self.family_of(stream) {
            self.show_anew(&other, recorded);
        }
    }

    /// The streams of a case's family. Whom it is related to, and which of them is flagged, is read from what was folded: so what lags of it
    /// is folded first.
    fn family_of(&mut self, stream: &str) -> BTreeSet<String> {
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![stream.to_owned()]);
        while let Some(relative) = waiting.pop() {
            if self.lagging.contains(&relative) {
                self.refold(&relative);
            }
            if let Some(case) = self.case(&relative).filter(|_| !seen.contains(&relative)) {
                waiting.extend(self.relatives(case).map(|(stream, _)| stream.to_owned()));
                seen.insert(relative);
            }
        }
        seen.remove(stream);
        seen
    }

    fn show_anew(&mut self, stream: &str, recorded: Timestamp) {
        self.lag(stream);
        if self.take_down(stream) {
            self.put_away_if_over(stream, recorded);
        }
    }

    /// The brand of a case after something was taken back: that of its beginning, then each move that still stands.
    fn rebrand(&mut self, stream: &str) {
        let Some(case) = self.cases.get(stream) else { return };
        let standing = crate::case::merge::standing(&case.entries);
        let moves = |entry: &Entry| matches!(entry.event, Event::Repinned { .. });
        if !case.entries.iter().any(moves) {
            return;
        }
        let begun = standing.iter().find_map(|entry| match &entry.event {
            Event::SplitFrom { brand, .. } => Some(brand.clone()),
            _ => None,
        });
        let reported = || {
            let first = case.reports.first()?;
            self.reports.get(first).map(|report| report.brand.clone())
        };
        let mut brand = begun.or_else(reported).unwrap_or_else(|| case.brand.clone());
        for entry in standing.into_iter().filter(moves) {
            if let Event::Repinned { policy, .. } = entry.event {
                brand = self.brand_moved_to(stream, &policy).unwrap_or(brand);
            }
        }
        if let Some(case) = self.cases.get_mut(stream) {
            case.brand = brand;
        }
    }

    /// From now on what happens to the case with this number changes the other one, too.
    fn tie(&mut self, number: &str, stream: &str) {
        self.ties.entry(number.into()).or_default().insert(stream.into());
    }

    /// Cases that see the entries of this one are folded anew, over or not.
    fn lag_tied(&mut self, stream: &str, recorded: Timestamp) {
        if self.ties.is_empty() {
            return;
        }
        let mut seen = BTreeSet::from([Box::<str>::from(stream)]);
        let mut changed: Vec<Box<str>> = vec![stream.into()];
        while let Some(stream) = changed.pop() {
            let number = match self.cases.get(&*stream) {
                Some(case) => case.number.as_str(),
                None => self
                    .shelf
                    .find(&stream)
                    .map_or("", |(_, closed)| &*closed.glance.number),
            };
            for tied in self.ties.get(number).cloned().unwrap_or_default() {
                if !seen.insert(tied.clone()) {
                    continue;
                }
                self.lag(&tied);
                if self.take_down(&tied) {
                    self.put_away_if_over(&tied, recorded);
                }
                changed.push(tied);
            }
        }
    }

    /// The brand that a case belongs to once it is moved to a policy (D16): of the brands under it one that sells a line of the case, its
    /// own first.
    fn brand_moved_to(&self, stream: &str, policy: &str) -> Option<String> {
        let case = self.cases.get(stream)?;
        let lines = self
            .house
            .lines_of_case(case, &lines_of(&case.entries).collect::<Vec<_>>());
        let sells = |brand: &&&Brand| {
            let sold = |line: &ProductLine| {
                self.house
                    .products
                    .get(&line.name)
                    .is_some_and(|product| product.brand == brand.id)
            };
            lines.iter().any(sold)
        };
        let under: Vec<&Brand> = self
            .house
            .brands
            .values()
            .filter(|brand| brand.policy == policy)
            .collect();
        let own = under.iter().filter(|brand| brand.id == case.brand).find(sells);
        own.or_else(|| under.iter().find(sells))
            .or(under.first())
            .map(|brand| brand.id.clone())
    }

    fn apply_report(&mut self, entry: Appended<'_>, event: &ReportEvent) {
        let stream = entry.stream;
        let over = self.shelf.case_of(stream).map(str::to_owned);
        if let Some(case) = &over {
            self.take_down(case);
        }
        let report = self.reports.entry(stream.to_owned()).or_default();
        match event {
            ReportEvent::Arrived {
                number,
                brand,
                channel,
                from,
                raw,
                at,
                ..
            } => {
                report.number.clone_from(number);
                report.brand.clone_from(brand);
                report.channel.clone_from(channel);
                report.from.clone_from(from);
                report.blob = raw.as_ref().map(|raw| raw.blob.clone());
                report.at = Some(*at);
                self.name(number, stream);
            }
            ReportEvent::Sender { from } => report.from.clone_from(from),
            ReportEvent::Understood { title, text } => {
                report.title.clone_from(title);
                report.text.clone_from(text);
            }
            ReportEvent::Joined { case } => self.join(stream, case, entry.recorded),
            ReportEvent::Envelope(envelope) => report.mail.get_or_insert_default().envelope = Some(envelope.clone()),
            ReportEvent::Letter(letter) => report.mail.get_or_insert_default().letter = Some((**letter).clone()),
            ReportEvent::Sorted(sorted) => report.mail.get_or_insert_default().sorted = Some((**sorted).clone()),
            ReportEvent::Released => report.mail.get_or_insert_default().released = true,
            ReportEvent::RoomOpened(lock) => self.rooms.open(stream, lock.clone()),
            ReportEvent::RoomSeen => report.seen.push(entry.recorded),
            ReportEvent::HandedOver { machine, sha256 } => report.portal = Some((machine.clone(), sha256.clone())),
            ReportEvent::TermsShown(terms) => report.terms = Some(terms.clone()),
            ReportEvent::KeyGiven(given) => book::give(&mut report.book, given, entry.actor, entry.recorded),
            ReportEvent::KeyDropped { fingerprint } => book::drop_key(&mut report.book, fingerprint),
            ReportEvent::Dispatch { id, event } => dispatch::fold(&mut report.letters, *id, entry.recorded, event),
        }
        let home = self.reports.get(stream).and_then(|report| report.case.clone());
        if let Some(case) = self.cases.get_mut(home.as_deref().unwrap_or_default()) {
            // Its title and text stand in what lists show of the case.
            case.changed = Stamp(self.size);
        }
        if let Some(case) = over {
            self.put_away_if_over(&case, entry.recorded);
        }
    }

    fn join(&mut self, report_stream: &str, case_stream: &str, recorded: Timestamp) {
        let was_over = self.take_down(case_stream);
        let Some(report) = self.reports.get_mut(report_stream) else {
            return;
        };
        report.case = Some(case_stream.to_owned());
        let case = self.cases.entry(case_stream.to_owned()).or_default();
        if case.number.is_empty() {
            case.number.clone_from(&report.number);
            // A case whose own entries were erased since is nameless here, and takes no other one's number.
            self.case_numbers
                .entry(report.number.as_str().into())
                .or_insert_with(|| case_stream.into());
            case.brand.clone_from(&report.brand);
        }
        if !case.reports.iter().any(|known| known == report_stream) {
            case.reports.push(report_stream.to_owned());
        }
        let opens = report.number == case.number;
        self.lag(case_stream);
        if was_over {
            self.put_away_if_over(case_stream, recorded);
        }
        if !opens {
            self.lag_family(case_stream, recorded);
        }
    }

    /// A tracking number names a report.
    fn name(&mut self, number: &str, report: &str) {
        self.numbers.insert(number.into(), report.into());
    }

    fn touch(&mut self, touched: Touched<'_>, recorded: Timestamp) {
        match touched {
            Touched::Nothing => return,
            Touched::Policies => self.house_changed = Stamp(self.size),
            Touched::Line(name) => {
                // A case that lags is folded anyway; of the others the facts are up to date and hold every line that it sees.
                let sees = |(_, case): &(&String, &Case)| case.facts.line(name).is_some();
                let seeing = self.cases.iter().filter(sees).map(|(stream, _)| stream.clone());
                for stream in seeing.collect::<Vec<_>>() {
                    self.lag(&stream);
                }
            }
            Touched::Lines => {
                self.lagging.extend(self.cases.keys().cloned());
                self.house_changed = Stamp(self.size);
            }
            Touched::Shredded(streams) => self.shred(streams, recorded),
            Touched::Unnamed(gone) => self.unname(gone, recorded),
            Touched::Destroyed(gone) => self.forget_originals(gone, recorded),
        }
        self.shelf.put_back();
    }

    fn shred(&mut self, streams: &[String], recorded: Timestamp) {
        // What ties them to others goes with them: asked for while it is there.
        let relatives: BTreeSet<String> = streams.iter().flat_map(|stream| self.family_of(stream)).collect();
        for stream in streams {
            self.take_down(stream);
        }
        for stream in streams {
            if let Some(case) = self.cases.remove(stream) {
                let number = case.number.as_str();
                if self.case_numbers.get(number).is_some_and(|named| **named == **stream) {
                    self.case_numbers.remove(number);
                }
            }
            self.lagging.remove(stream);
            self.personal.remove(stream);
            self.rooms.close(stream);
            if let Some(report) = self.reports.remove(stream) {
                self.numbers.remove(report.number.as_str());
            }
            self.advisories.remove(stream);
            self.imported.retain(|_, case| case != stream);
            self.gone.insert(stream.clone());
        }
        self.ties.retain(|_, tied| {
            tied.retain(|stream| !streams.iter().any(|gone| **gone == **stream));
            !tied.is_empty()
        });
        for relative in relatives {
            self.show_anew(&relative, recorded);
        }
    }

    fn lag(&mut self, stream: &str) {
        if let Some(case) = self.cases.get_mut(stream) {
            case.changed = Stamp(self.size);
            self.lagging.insert(stream.to_owned());
        }
    }

    /// Folds a case anew; a case has tens of entries, so this is cheaper than being clever.
    fn refold(&mut self, stream: &str) {
        self.lagging.remove(stream);
        if let Some(mut case) = self.cases.remove(stream) {
            self.fold(&mut case);
            self.cases.insert(stream.to_owned(), case);
        }
    }

    /// A case that something happened to after its end is folded like an open one.
    fn take_down(&mut self, stream: &str) -> bool {
        let Some((case, reports)) = self.shelf.take(stream) else {
            return false;
        };
        self.cases.insert(stream.to_owned(), case);
        self.reports.extend(reports);
        self.lag(stream);
        true
    }

    /// Packs a case that is over. What is computed of it then stands as of this instant, so that it follows from the journal alone.
    fn put_away_if_over(&mut self, stream: &str, recorded: Timestamp) {
        self.refold(stream);
        let Some(case) = self.cases.get(stream) else { return };
        // A case without a number is a story's beginning, not a case yet.
        if case.number.is_empty() || self.phase(case, recorded).open() {
            return;
        }
        let mut packer = std::mem::take(&mut self.packer);
        let Some(case) = self.cases.get(stream) else { return };
        let closed = Closed::pack(self, case, recorded, &mut packer);
        self.packer = packer;
        let Some(closed) = closed else { return };
        self.cases.remove(stream);
        for report in closed.reports() {
            self.reports.remove(report);
        }
        self.shelf.put(stream, closed);
    }
}

impl Case {
    /// Numbers of the cases whose entries it sees: it absorbed them, or was split from them.
    fn ties(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter_map(|entry| match &entry.event {
            Event::Merged { case, .. } | Event::SplitFrom { case, .. } => Some(case.as_str()),
            _ => None,
        })
    }
}

impl House {
    /// Every obligation of a case now.
    #[must_use]
    pub fn obligations<'a>(&'a self, facts: &'a CaseFacts, now: Timestamp) -> Vec<Obligation<'a>> {
        obligations(&self.policies, facts, &self.calendars, now)
    }

    /// The policy of a vendor that governs a case, in its version.
    #[must_use]
    pub fn policy_of(&self, facts: &CaseFacts) -> Option<&Policy> {
        crate::clock::governing(&self.policies, facts)
            .into_iter()
            .find(|policy| policy.front.kind == policy::PolicyKind::Policy)
    }
}

/// Whether an event may restrict what a case and its family show, or no longer.
const fn may_restrict(event: &Event) -> bool {
    match event {
        Event::Flagged { flag, .. } => matches!(flag, Flag::ContainsPii),
        Event::Retracted { .. }
        | Event::Merged { .. }
        | Event::MergedInto { .. }
        | Event::SplitOff { .. }
        | Event::SplitFrom { .. } => true,
        _ => false,
    }
}

/// Whether a case may be over after an event of this kind.
const fn may_end(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Closed | Kind::Rejected | Kind::DuplicateOf | Kind::Retracted
    )
}
