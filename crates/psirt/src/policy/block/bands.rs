//! `bands`: a score's tenths to the policy's own severity name.
//!
//! Owns the table, its parse and its check over all 101 scores. Never the CVSS severity word: documents carry that beside the band.

use super::Head;
use crate::policy::{
    fact::{NO_BAND, Value},
    fields::{Fields, short},
    finding::Findings,
    phrase,
    word::hint,
};
use std::fmt;

/// The bands of a policy, the highest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bands {
    /// Unique in the policy.
    pub id: String,
    /// The number of the clause it stands under.
    pub clause: String,
    /// Line of the block's first line in the file, from 1.
    pub line: u32,
    /// From the highest to the lowest; the index is the fact's value.
    pub bands: Vec<Band>,
    /// What a decided reading says of scores without a band.
    pub gaps: Vec<Gap>,
}

/// One band.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// The policy's own word, lower case.
    pub id: String,
    /// As it is printed.
    pub label: String,
    /// Lowest score, in tenths.
    pub from_tenths: u8,
    /// Highest score, in tenths.
    pub to_tenths: u8,
}

impl Band {
    /// Its label and its limits: `High 7.0\u{2013}8.9`.
    pub(in crate::policy) fn limits(&self) -> String {
        format!(
            "{} {}\u{2013}{}",
            self.label,
            Tenths(self.from_tenths),
            Tenths(self.to_tenths)
        )
    }
}

/// A range of scores that the prose leaves out, and what a reading makes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Lowest score, in tenths.
    pub from_tenths: u8,
    /// Highest score, in tenths.
    pub to_tenths: u8,
    /// The band it is read as; `None` for no band at all.
    pub band: Option<Value>,
}

impl Bands {
    /// The band of a score in tenths: an index, [`NO_BAND`] where a reading says so, `None` in a hole that nobody decided.
    #[must_use]
    pub fn of(&self, tenths: u8) -> Option<Value> {
        let inside = |from: u8, to: u8| (from..=to).contains(&tenths);
        let named = self
            .bands
            .iter()
            .position(|band| inside(band.from_tenths, band.to_tenths));
        named.and_then(|index| Value::try_from(index).ok()).or_else(|| {
            let gap = self.gaps.iter().find(|gap| inside(gap.from_tenths, gap.to_tenths))?;
            Some(gap.band.unwrap_or(NO_BAND))
        })
    }

    /// The band with this index.
    #[must_use]
    pub fn get(&self, value: Value) -> Option<&Band> {
        self.bands.get(usize::from(value))
    }

    /// Whether `a` is more severe than `b`; no band is the least severe.
    #[must_use]
    pub fn above(a: Value, b: Value) -> bool {
        a < b
    }
}

pub(in crate::policy) const KEYS: &[&str] = &["id", "gap", "band"];

/// Fits the bit set of a `when`, with room for [`NO_BAND`].
const MAX_BANDS: usize = 12;
const MAX_GAPS: usize = 101;

pub(in crate::policy) fn read(head: Head, fields: &mut Fields<'_, '_, '_>) -> Option<Bands> {
    let mut bands: Vec<Band> = Vec::new();
    for (table, at) in fields.tables("band") {
        let mut inner = fields.inner("band", at, table);
        inner.only(&["id", "label", "from", "to"]);
        let (id, label) = (inner.id("id"), inner.need_text("label"));
        let range = range(&mut inner);
        let (Some(id), Some(label), Some((from_tenths, to_tenths))) = (id, label, range) else {
            continue;
        };
        if id == "none" || bands.iter().any(|band| band.id == id) {
            let message = match id.as_str() {
                "none" => "`none` means no band at all: choose another id".to_owned(),
                _ => format!("two bands are called `{id}`: give each its own id"),
            };
            fields.error(at, "duplicate-id", message);
        }
        bands.push(Band {
            id,
            label,
            from_tenths,
            to_tenths,
        });
    }
    if bands.is_empty() || bands.len() > MAX_BANDS {
        let at = fields.at("band");
        fields.error(
            at,
            "no-bands",
            format!("a policy has one to {MAX_BANDS} bands: write each as `[[band]]`"),
        );
        return None;
    }
    let gaps = gaps(fields, &bands);
    Some(Bands {
        id: head.id,
        clause: head.clause,
        line: head.line,
        bands,
        gaps,
    })
}

fn gaps(fields: &mut Fields<'_, '_, '_>, bands: &[Band]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for (table, at) in fields.tables("gap").into_iter().take(MAX_GAPS) {
        let mut inner = fields.inner("gap", at, table);
        inner.only(&["from", "to", "band"]);
        let range = range(&mut inner);
        let Some(name) = inner.need_text("band") else { continue };
        let named = bands
            .iter()
            .position(|band| band.id == name)
            .and_then(|index| Value::try_from(index).ok());
        if named.is_none() && name != "none" {
            let hint = hint(&name, bands.iter().map(|band| band.id.as_str()).chain(["none"]));
            let at = inner.value_at("band");
            inner.error(
                at,
                "unknown-value",
                format!("there is no band `{}`: {hint}", short(&name)),
            );
            continue;
        }
        let Some((from_tenths, to_tenths)) = range else {
            continue;
        };
        gaps.push(Gap {
            from_tenths,
            to_tenths,
            band: named,
        });
    }
    gaps
}

/// `from` and `to` in tenths, in order.
fn range(fields: &mut Fields<'_, '_, '_>) -> Option<(u8, u8)> {
    let (from, to) = (fields.tenths("from"), fields.tenths("to"));
    let (from, to) = (from?, to?);
    if from > to {
        let at = fields.value_at("from");
        fields.error(
            at,
            "band-order",
            format!("{} to {} is empty: swap `from` and `to`", Tenths(from), Tenths(to)),
        );
        return None;
    }
    Some((from, to))
}

/// A score in tenths as it is printed: `7.0`.
pub(in crate::policy) struct Tenths(pub(in crate::policy) u8);

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

/// Where the parts of the block stand: the block, each `[[band]]`, and `gap`.
pub(in crate::policy) struct BandPlaces {
    pub(in crate::policy) block: usize,
    pub(in crate::policy) bands: Vec<usize>,
    pub(in crate::policy) gap: usize,
}

impl Bands {
    /// Whether exactly one band holds a score; a decided reading may say what a hole is.
    pub(in crate::policy) fn check(&self, places: &BandPlaces, findings: &mut Findings<'_>) {
        let place = |index: usize| places.bands.get(index).copied().unwrap_or(places.block);
        let holds = |band: &Band, tenth: u8| (band.from_tenths..=band.to_tenths).contains(&tenth);
        for (index, band) in self.bands.iter().enumerate() {
            for above in self.bands.iter().take(index) {
                let shared = (0..=100).find(|tenth| holds(above, *tenth) && holds(band, *tenth));
                if let Some(tenth) = shared {
                    let message = format!(
                        "`{}` and `{}` overlap: let one end a tenth below the other's beginning",
                        above.id, band.id
                    );
                    findings.error_for(
                        place(index),
                        "band-overlap",
                        message,
                        format!("a score of {}", Tenths(tenth)),
                    );
                } else if above.to_tenths < band.from_tenths {
                    let message = format!(
                        "`{}` stands below `{}` and is higher: list the highest band first",
                        band.id, above.id
                    );
                    findings.error(place(index), "band-order", message);
                    break;
                }
            }
        }
        self.check_holes(places, findings);
    }

    fn check_holes(&self, places: &BandPlaces, findings: &mut Findings<'_>) {
        let banded = |tenth: u8| {
            self.bands
                .iter()
                .any(|band| (band.from_tenths..=band.to_tenths).contains(&tenth))
        };
        let gap = |tenth: u8| {
            self.gaps
                .iter()
                .find(|gap| (gap.from_tenths..=gap.to_tenths).contains(&tenth))
        };
        let mut tenth = 0;
        while tenth <= 100 {
            let from = tenth;
            if banded(from) {
                tenth += 1;
                continue;
            }
            let named = gap(from).map(|gap| gap.band);
            while tenth <= 100 && !banded(tenth) && gap(tenth).map(|gap| gap.band) == named {
                tenth += 1;
            }
            let range = match tenth - 1 {
                to if to == from => Tenths(from).to_string(),
                to => format!("{} to {}", Tenths(from), Tenths(to)),
            };
            let example = format!("a score of {}", Tenths(from));
            match named {
                None => {
                    let message = format!(
                        "scores of {range} have no band: move a band's edge, or let a decided reading set `{}.gap`",
                        self.id
                    );
                    findings.error_for(places.block, "band-hole", message, example);
                }
                Some(band) => {
                    let label = band
                        .and_then(|band| self.get(band))
                        .map_or("no band", |band| &band.label);
                    let message = format!(
                        "the prose leaves scores of {range} without a band; a reading takes them as {label}: say so in the prose"
                    );
                    findings.warning_for(places.block, "band-gap", message, example);
                }
            }
        }
        let idle = |gap: &&Gap| (gap.from_tenths..=gap.to_tenths).any(banded);
        if let Some(gap) = self.gaps.iter().find(idle) {
            let message = format!(
                "the gap {} to {} reaches into a band: name only scores that no band holds",
                Tenths(gap.from_tenths),
                Tenths(gap.to_tenths)
            );
            findings.error(places.gap, "gap-in-band", message);
        }
    }

    pub(in crate::policy) fn sentence(&self) -> String {
        let bands = self.bands.iter().map(|band| {
            format!(
                "{} from {} to {}",
                band.label,
                Tenths(band.from_tenths),
                Tenths(band.to_tenths)
            )
        });
        let gaps = self.gaps.iter().map(|gap| {
            let label = gap
                .band
                .and_then(|band| self.get(band))
                .map_or("no band", |band| &band.label);
            format!(
                "by a reading, {} to {} counts as {label}",
                Tenths(gap.from_tenths),
                Tenths(gap.to_tenths)
            )
        });
        phrase::sentence(&format!(
            "a score is {}",
            bands.chain(gaps).collect::<Vec<_>>().join("; ")
        ))
    }
}
