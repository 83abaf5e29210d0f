//! Cases that are over, packed: a tenth of the memory, and unpacked for as long as somebody looks at one.
//!
//! Owns their form and what stands beside it unpacked: what lists and counts ask of a closed case. Never loses an entry: unpacked it is
//! the case that was packed.

use super::glance::Glance;
use super::pack::{Packer, unpack};
use super::{Board, Case, Report};
use crate::case::merge::Part;
use crate::event::Entry;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

/// Cases that stay unpacked between two appends.
const UNPACKED_MAX: usize = 200;

/// Every case that is over.
#[derive(Default)]
pub(super) struct Shelf {
    cases: BTreeMap<Arc<str>, Box<Closed>>,
    /// The case of each of their reports.
    homes: BTreeMap<Arc<str>, Arc<str>>,
    /// How many were unpacked since the last time that all were put back.
    unpacked: AtomicUsize,
}

/// A case that is over.
#[derive(Clone)]
pub struct Closed {
    /// What lists show of it, as of the entry that ended it.
    pub glance: Glance,
    /// Its reports: stream and number.
    reports: Box<[(Arc<str>, Box<str>)]>,
    /// Numbers of cases whose entries it sees.
    ties: Box<[Box<str>]>,
    packed: Box<[u8]>,
    unpacked: OnceLock<Option<Box<Packed>>>,
    folded: OnceLock<Option<Box<Case>>>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Packed {
    number: String,
    brand: String,
    entries: Vec<Entry>,
    /// The streams of its reports, those too that have moved to another case.
    streams: Vec<String>,
    reports: Vec<(String, Report)>,
}

/// A closed case in a snapshot, beside its packed bytes.
#[derive(Serialize, Deserialize)]
pub(super) struct Shelved {
    pub(super) stream: Box<str>,
    pub(super) glance: Glance,
    pub(super) reports: Box<[(Box<str>, Box<str>)]>,
    pub(super) ties: Box<[Box<str>]>,
}

impl Shelf {
    pub(super) fn find(&self, stream: &str) -> Option<(&str, &Closed)> {
        let (stream, closed) = self.cases.get_key_value(stream)?;
        Some((stream, closed))
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Closed)> {
        self.cases.iter().map(|(stream, closed)| (&**stream, &**closed))
    }

    /// The case of a report.
    pub(super) fn case_of(&self, report: &str) -> Option<&str> {
        self.homes.get(report).map(|case| &**case)
    }

    /// The whole case, folded by the board.
    pub(super) fn case(&self, stream: &str, fold: impl FnOnce(&mut Case)) -> Option<&Case> {
        let closed = self.cases.get(stream)?;
        let folded = || {
            let mut case = self.unpacked(closed)?.case();
            fold(&mut case);
            Some(Box::new(case))
        };
        closed.folded.get_or_init(folded).as_deref()
    }

    /// A case as it was recorded.
    pub(super) fn part(&self, stream: &str) -> Option<Part<'_>> {
        let packed = self.unpacked(self.cases.get(stream)?)?;
        Some(Part {
            number: &packed.number,
            entries: &packed.entries,
        })
    }

    /// A report of one of the cases.
    pub(super) fn report(&self, report: &str) -> Option<&Report> {
        let packed = self.unpacked(self.cases.get(self.case_of(report)?)?)?;
        packed
            .reports
            .iter()
            .find(|(stream, _)| stream == report)
            .map(|(_, report)| report)
    }

    pub(super) fn put(&mut self, stream: &str, closed: Closed) {
        let stream: Arc<str> = stream.into();
        for (report, _) in &closed.reports {
            self.homes.insert(Arc::clone(report), Arc::clone(&stream));
        }
        self.cases.insert(stream, Box::new(closed));
    }

    /// Takes a case from a snapshot.
    pub(super) fn put_shelved(&mut self, shelved: Shelved, packed: Box<[u8]>) {
        let closed = Closed {
            glance: shelved.glance,
            reports: shelved
                .reports
                .into_iter()
                .map(|(stream, number)| (stream.into(), number))
                .collect(),
            ties: shelved.ties,
            packed,
            unpacked: OnceLock::new(),
            folded: OnceLock::new(),
        };
        self.put(&shelved.stream, closed);
    }

    /// Takes a case off the shelf, with its reports.
    pub(super) fn take(&mut self, stream: &str) -> Option<(Case, Vec<(String, Report)>)> {
        let packed = self.cases.get(stream)?.unpack()?;
        self.cases.remove(stream);
        for (report, _) in &packed.reports {
            self.homes.remove(report.as_str());
        }
        let case = packed.case();
        Some((case, packed.reports))
    }

    /// What is unpacked may differ from now on: the lines that it sees have changed.
    pub(super) fn put_back(&mut self) {
        if *self.unpacked.get_mut() > 0 {
            for closed in self.cases.values_mut() {
                closed.unpacked = OnceLock::new();
                closed.folded = OnceLock::new();
            }
            *self.unpacked.get_mut() = 0;
        }
    }

    /// Frees memory, once enough was looked at.
    pub(super) fn put_back_if_many(&mut self) {
        if *self.unpacked.get_mut() > UNPACKED_MAX {
            self.put_back();
        }
    }

    fn unpacked<'a>(&'a self, closed: &'a Closed) -> Option<&'a Packed> {
        let unpack = || {
            self.unpacked.fetch_add(1, Ordering::Relaxed);
            closed.unpack().map(Box::new)
        };
        closed.unpacked.get_or_init(unpack).as_deref()
    }
}

impl Clone for Shelf {
    fn clone(&self) -> Shelf {
        Shelf {
            cases: self.cases.clone(),
            homes: self.homes.clone(),
            unpacked: AtomicUsize::new(self.unpacked.load(Ordering::Relaxed)),
        }
    }
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.cases).finish()
    }
}

impl Closed {
    /// Packs a case of the board, with its reports, as it stands at an instant.
    pub(super) fn pack(board: &Board, case: &Case, at: Timestamp, packer: &mut Packer) -> Option<Closed> {
        let report = |stream: &String| {
            let report = board.reports.get(stream)?;
            let home = board.cases.get(report.case.as_ref()?)?;
            std::ptr::eq(home, case).then(|| (stream.clone(), report.clone()))
        };
        let packed = Packed {
            number: case.number.clone(),
            brand: case.brand.clone(),
            entries: case.entries.to_vec(),
            streams: case.reports.clone(),
            reports: case.reports.iter().filter_map(report).collect(),
        };
        let numbered = |(stream, report): &(String, Report)| (stream.as_str().into(), report.number.as_str().into());
        Some(Closed {
            glance: Glance::of(board, case, at),
            reports: packed.reports.iter().map(numbered).collect(),
            ties: case.ties().map(Into::into).collect(),
            packed: packer.pack(&packed)?,
            unpacked: OnceLock::new(),
            folded: OnceLock::new(),
        })
    }

    /// The streams of its reports.
    pub(super) fn reports(&self) -> impl Iterator<Item = &str> {
        self.reports.iter().map(|(stream, _)| &**stream)
    }

    /// As a snapshot holds it, beside [`Closed::packed`].
    pub(super) fn shelved(&self, stream: &str) -> Shelved {
        Shelved {
            stream: stream.into(),
            glance: self.glance.clone(),
            reports: self
                .reports
                .iter()
                .map(|(stream, number)| ((&**stream).into(), number.clone()))
                .collect(),
            ties: self.ties.clone(),
        }
    }

    pub(super) fn packed(&self) -> &[u8] {
        &self.packed
    }

    fn unpack(&self) -> Option<Packed> {
        unpack(&self.packed)
    }
}

impl Packed {
    /// The case, not folded yet.
    fn case(&self) -> Case {
        Case {
            number: self.number.clone(),
            brand: self.brand.clone(),
            entries: self.entries.clone().into(),
            reports: self.streams.clone(),
            ..Case::default()
        }
    }
}

impl fmt::Debug for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closed")
            .field("glance", &self.glance)
            .field("packed", &self.packed)
            .finish()
    }
}
