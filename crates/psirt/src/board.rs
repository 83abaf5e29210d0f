//! The board: the fold of the journal in memory, which answers every list, filter, search, due and count.
//!
//! Owns no truth: the board after every append equals the board from scratch (law 2's other half), so it may be thrown away at any time.
//! Never writes, never decides.

use crate::advisory::AdvisoryState;
use crate::body::{Body, What};
use crate::case::embargo::Embargo;
use crate::case::phase::{self, Phase};
use crate::case::view::CaseView;
use crate::clock::facts::CaseFacts;
use crate::clock::{Calendars, Obligation, obligations};
use crate::event::{Entry, Event, Fixes};
use crate::house::{Brand, HouseEvent, Person, Product, ReportEvent};
use crate::policy::{self, Policy};
use crate::story::{PolicyRef, ProductLine, Story, StoryEvent};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A line's entries are numbered from here on where a case folds them in, so that they never meet the case's own places.
const LINE_ENTRIES_FROM: u32 = 1_000_000;

/// Everything that the journal says, folded.
#[derive(Clone, Debug, Default)]
pub struct Board {
    /// What the vendor decides outside of cases.
    pub house: House,
    /// Cases by their stream.
    pub cases: BTreeMap<String, Case>,
    /// Reports by their stream.
    pub reports: BTreeMap<String, Report>,
    /// Advisories by their stream.
    pub advisories: BTreeMap<String, AdvisoryState>,
    /// Cases that were brought along: their streams by brand and number there.
    pub imported: BTreeMap<(String, String), String>,
    /// How many entries it has seen.
    pub size: u64,
}

/// What the vendor decides outside of cases.
#[derive(Clone, Debug, Default)]
pub struct House {
    /// Its name.
    pub name: String,
    /// Brands by id.
    pub brands: BTreeMap<String, Brand>,
    /// Signing keys by brand: fingerprint, public and secret key.
    pub keys: BTreeMap<String, Key>,
    /// Products by name.
    pub products: BTreeMap<String, Product>,
    /// What happened to lines, by name.
    pub line_entries: BTreeMap<String, Vec<Entry>>,
    /// People by id.
    pub people: BTreeMap<String, Person>,
    /// Adopted policies, in the order of adoption.
    pub policies: Vec<Policy>,
    /// Their files, in the same order.
    pub policy_texts: Vec<String>,
    /// Editions of calendars.
    pub calendars: Calendars,
}

/// A brand's signing key. Never printed: its secret half has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// Upper-case hexadecimal.
    pub fingerprint: String,
    /// The armoured public key.
    pub public: String,
    /// The secret key, base64.
    pub secret: String,
    /// When it was made.
    pub made: Timestamp,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key")
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

/// A case on the board.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// Its tracking number: that of its first report.
    pub number: String,
    /// The brand whose policy governs it.
    pub brand: String,
    /// Its own entries, in the order of record.
    pub entries: Vec<Entry>,
    /// Folded for the clocks, with what happened to its lines.
    pub facts: CaseFacts,
    /// Folded for the desk.
    pub view: CaseView,
    /// Its embargo.
    pub embargo: Embargo,
    /// The streams of its reports.
    pub reports: Vec<String>,
}

/// A report on the board.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Its tracking number.
    pub number: String,
    /// The brand whose address it came to.
    pub brand: String,
    /// How it came.
    pub channel: String,
    /// Who sent it.
    pub from: String,
    /// The blob with its raw bytes.
    pub blob: String,
    /// When it came.
    pub at: Option<Timestamp>,
    /// Its title, once it was read.
    pub title: String,
    /// Its text, once it was read.
    pub text: String,
    /// The stream of its case.
    pub case: Option<String>,
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
        match &body.what {
            What::Case(event) => self.apply_case(entry, body, event),
            What::Report(event) => self.apply_report(entry.stream, event),
            What::Advisory(event) => {
                self.advisories.entry(entry.stream.to_owned()).or_default().apply(
                    event,
                    entry.actor,
                    body.approved_by.as_deref(),
                );
            }
            What::House(event) => self.apply_house(entry, event),
        }
    }

    /// The case with this tracking number: its own, or that of any of its reports.
    #[must_use]
    pub fn case_of_number(&self, number: &str) -> Option<(&str, &Case)> {
        let own = self.cases.iter().find(|(_, case)| case.number == number);
        let joined = || {
            let report = self.reports.values().find(|report| report.number == number)?;
            self.cases.get_key_value(report.case.as_ref()?)
        };
        own.or_else(joined).map(|(stream, case)| (stream.as_str(), case))
    }

    /// The case that was brought along under this number of elsewhere, if it is one.
    #[must_use]
    pub fn case_of_old_number(&self, number: &str) -> Option<(&str, &Case)> {
        let mut found = self.imported.iter().filter(|((_, id), _)| id == number);
        let ((_, stream), None) = (found.next()?, found.next()) else {
            return None;
        };
        self.cases
            .get_key_value(stream)
            .map(|(stream, case)| (stream.as_str(), case))
    }

    /// What a case is called: the desk's title, else that of its first report.
    #[must_use]
    pub fn title<'a>(&'a self, case: &'a Case) -> &'a str {
        let reported = || case.reports.first().and_then(|report| self.reports.get(report));
        let given = Some(case.view.title.as_str()).filter(|title| !title.is_empty());
        let title = given.or_else(|| reported().map(|report| report.title.as_str()));
        title.filter(|title| !title.is_empty()).unwrap_or("(no title)")
    }

    /// Every obligation of a case now.
    #[must_use]
    pub fn obligations<'a>(&'a self, case: &'a Case, now: Timestamp) -> Vec<Obligation<'a>> {
        obligations(&self.house.policies, &case.facts, &self.house.calendars, now)
    }

    /// The policy that a case's brand has, in the version that governs the case.
    #[must_use]
    pub fn policy_of<'a>(&'a self, case: &'a Case) -> Option<&'a Policy> {
        crate::clock::governing(&self.house.policies, &case.facts)
            .into_iter()
            .find(|policy| policy.front.kind == policy::PolicyKind::Policy)
    }

    /// The phase of a case now.
    #[must_use]
    pub fn phase(&self, case: &Case, now: Timestamp) -> Phase {
        phase::phase(&case.facts, self.policy_of(case), now)
    }

    /// A case as a story: its lines, and everything that its clocks saw.
    #[must_use]
    pub fn story(&self, case: &Case) -> Story {
        let governing = crate::clock::governing(&self.house.policies, &case.facts);
        let policies = governing.iter().map(|policy| PolicyRef {
            id: policy.front.id.clone(),
            effective: None,
        });
        let named: Vec<_> = self.house.lines_of_case(case);
        let mut entries = self.house.entries_of_case(case);
        entries.retain(|entry| {
            entry.event.kind().group() != crate::event::Group::Desk || matches!(entry.event, Event::Suspected { .. })
        });
        let events = renumbered(entries).into_iter().map(|entry| StoryEvent {
            entry,
            refused_by: None,
            line: 0,
        });
        Story {
            policies: policies.collect(),
            products: named,
            events: events.collect(),
        }
    }

    /// A case's facts with the lines that an event names: what the event is judged on, before it is recorded.
    #[must_use]
    pub fn facts_for(&self, case: &Case, event: &Event) -> CaseFacts {
        let named = lines_named(event);
        if named.iter().all(|name| case.facts.line(name).is_some()) && !is_first_naming(case, event) {
            return case.facts.clone();
        }
        let mut asked = case.clone();
        let last = case.entries.last();
        asked.entries.extend(last.map(|last| Entry {
            event: event.clone(),
            ..last.clone()
        }));
        let lines = self.house.lines_of_case(&asked);
        CaseFacts::fold(&lines, &self.house.entries_of(case, &lines), Timestamp::MAX)
    }

    /// A case's entries folded for its clocks, whether or not the case is on the board.
    pub(crate) fn facts_of(&self, case: &Case) -> CaseFacts {
        let lines = self.house.lines_of_case(case);
        CaseFacts::fold(&lines, &self.house.entries_of(case, &lines), Timestamp::MAX)
    }

    fn apply_case(&mut self, entry: Appended<'_>, body: &Body, event: &Event) {
        let brand = match event {
            Event::Repinned { policy, .. } => self.brand_moved_to(entry.stream, policy),
            _ => None,
        };
        let case = self.cases.entry(entry.stream.to_owned()).or_default();
        if let Some(brand) = brand {
            case.brand = brand;
        }
        if let Event::Imported { id, .. } = event {
            let there = (case.brand.clone(), id.clone());
            self.imported.insert(there, entry.stream.to_owned());
        }
        case.entries.push(Entry {
            seq: entry.seq,
            at: body.at,
            recorded: entry.recorded,
            by: entry.actor.to_owned(),
            approved_by: body.approved_by.clone(),
            event: event.clone(),
        });
        self.refold(entry.stream);
    }

    /// The brand that a case belongs to once it is moved to a policy (D16): of the brands under it one that sells a line of the case, its
    /// own first.
    fn brand_moved_to(&self, stream: &str, policy: &str) -> Option<String> {
        let case = self.cases.get(stream)?;
        let lines = self.house.lines_of_case(case);
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

    /// Folds a case anew; a case has tens of entries, so this is cheaper than being clever.
    fn refold(&mut self, stream: &str) {
        let Some(case) = self.cases.get(stream) else { return };
        let entries = self.house.entries_of_case(case);
        let lines = self.house.lines_of_case(case);
        let facts = CaseFacts::fold(&lines, &entries, Timestamp::MAX);
        let standing: Vec<Entry> = standing(&case.entries);
        if let Some(case) = self.cases.get_mut(stream) {
            case.facts = facts;
            case.view = CaseView::fold(&standing);
            case.embargo = Embargo::fold(&standing);
        }
    }

    fn apply_report(&mut self, stream: &str, event: &ReportEvent) {
        let report = self.reports.entry(stream.to_owned()).or_default();
        match event {
            ReportEvent::Arrived {
                number,
                brand,
                channel,
                from,
                blob,
                at,
                ..
            } => {
                report.number.clone_from(number);
                report.brand.clone_from(brand);
                report.channel.clone_from(channel);
                report.from.clone_from(from);
                report.blob.clone_from(blob);
                report.at = Some(*at);
            }
            ReportEvent::Understood { title, text } => {
                report.title.clone_from(title);
                report.text.clone_from(text);
            }
            ReportEvent::Joined { case: stream_of_case } => {
                report.case = Some(stream_of_case.clone());
                let (number, brand) = (report.number.clone(), report.brand.clone());
                let case = self.cases.entry(stream_of_case.clone()).or_default();
                if case.number.is_empty() {
                    case.number = number;
                    case.brand = brand;
                }
                case.reports.push(stream.to_owned());
                self.refold(&stream_of_case.clone());
            }
        }
    }

    fn apply_house(&mut self, entry: Appended<'_>, event: &HouseEvent) {
        let house = &mut self.house;
        match event {
            HouseEvent::Opened { name } => house.name.clone_from(name),
            HouseEvent::BrandSet(brand) => {
                house.brands.insert(brand.id.clone(), brand.clone());
            }
            HouseEvent::KeyMade {
                brand,
                fingerprint,
                public,
                secret,
            } => {
                let key = Key {
                    fingerprint: fingerprint.clone(),
                    public: public.clone(),
                    secret: secret.clone(),
                    made: entry.recorded,
                };
                house.keys.insert(brand.clone(), key);
            }
            HouseEvent::ProductSet(product) => {
                house.products.insert(product.name.clone(), product.clone());
                self.refold_all();
            }
            HouseEvent::Line(line) => {
                let name = line.event.product().unwrap_or_default().to_owned();
                let mut line = (**line).clone();
                line.recorded = entry.recorded;
                entry.actor.clone_into(&mut line.by);
                house.line_entries.entry(name).or_default().push(line);
                self.refold_all();
            }
            HouseEvent::PersonSet(person) => {
                house.people.insert(person.id.clone(), person.clone());
            }
            HouseEvent::PolicyAdopted { text, id, readings, .. } => {
                if let (Some(policy), _) = policy::read_with(id, text, readings) {
                    house.policies.push(policy);
                    house.policy_texts.push(text.clone());
                }
            }
        }
    }

    fn refold_all(&mut self) {
        let streams: Vec<String> = self.cases.keys().cloned().collect();
        for stream in streams {
            self.refold(&stream);
        }
    }
}

impl House {
    /// The lines of the case's brand, and any other that the case names.
    fn lines_of_case(&self, case: &Case) -> Vec<ProductLine> {
        let named: Vec<&str> = case
            .entries
            .iter()
            .flat_map(|entry| lines_named(&entry.event))
            .collect();
        let wanted = |product: &&Product| {
            if named.is_empty() {
                product.brand == case.brand
            } else {
                named.contains(&product.name.as_str())
            }
        };
        self.products
            .values()
            .filter(wanted)
            .map(|product| self.line(product))
            .collect()
    }

    /// A product as a line of a case. Policies are chosen by the brand that they name, or by their id; a brand of another name than its
    /// policy's is known by the policy that it runs under.
    #[must_use]
    pub fn line(&self, product: &Product) -> ProductLine {
        let under = self.brands.get(&product.brand).map(|brand| brand.policy.clone());
        ProductLine {
            brand: under
                .filter(|policy| !policy.is_empty())
                .or(Some(product.brand.clone())),
            ..product.line()
        }
    }

    /// The case's entries and those of its lines, as its clocks see them.
    fn entries_of_case(&self, case: &Case) -> Vec<Entry> {
        self.entries_of(case, &self.lines_of_case(case))
    }

    fn entries_of(&self, case: &Case, lines: &[ProductLine]) -> Vec<Entry> {
        let mut entries = case.entries.clone();
        let mut seq = LINE_ENTRIES_FROM;
        for line in lines {
            for entry in self.line_entries.get(&line.name).into_iter().flatten() {
                let mut entry = entry.clone();
                entry.seq = seq;
                seq += 1;
                if let Event::ReleaseShipped { fixes, .. } = &mut entry.event {
                    let holds = matches!(fixes, Fixes::List(list) if list.contains(&case.number));
                    *fixes = Fixes::Case(holds);
                }
                entries.push(entry);
            }
        }
        entries
    }
}

/// Whether an event is the first of its case to name a line: from then on the case is about the named lines only.
fn is_first_naming(case: &Case, event: &Event) -> bool {
    !lines_named(event).is_empty() && !case.entries.iter().any(|entry| !lines_named(&entry.event).is_empty())
}

/// Every line that an event names.
fn lines_named(event: &Event) -> Vec<&str> {
    match event {
        Event::Confirmed { products, .. } | Event::Suspected { products } => {
            products.iter().map(String::as_str).collect()
        }
        event => event.product().into_iter().collect(),
    }
}

/// Entries in the order of time with places from 1, and retractions that name the new places. A retraction of an entry that is not
/// among them goes with it.
fn renumbered(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by_key(|entry| (entry.recorded, entry.seq));
    let all: Vec<u32> = entries.iter().map(|entry| entry.seq).collect();
    entries.retain(|entry| match &entry.event {
        Event::Retracted {
            event: crate::event::EventRef::Seq(seq),
            ..
        } => all.contains(seq),
        _ => true,
    });
    let old: Vec<u32> = entries.iter().map(|entry| entry.seq).collect();
    let place = |seq: u32| {
        old.iter()
            .position(|old| *old == seq)
            .and_then(|index| u32::try_from(index).ok())
    };
    for (index, entry) in entries.iter_mut().enumerate() {
        entry.seq = u32::try_from(index).unwrap_or(u32::MAX - 1) + 1;
        if let Event::Retracted {
            event: crate::event::EventRef::Seq(seq),
            ..
        } = &mut entry.event
        {
            *seq = place(*seq).map_or(*seq, |index| index + 1);
        }
    }
    entries
}

/// Entries that no retraction took back.
fn standing(entries: &[Entry]) -> Vec<Entry> {
    let refs: Vec<&Entry> = entries.iter().collect();
    let gone = crate::clock::retracted(&refs);
    entries
        .iter()
        .filter(|entry| !gone.contains(&entry.seq))
        .cloned()
        .collect()
}
