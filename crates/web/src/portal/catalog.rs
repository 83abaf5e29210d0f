//! What the served part of the portal knows: the catalogue of a brand as it lies in the published tree, in memory, read once for each
//! generation. It never looks at the journal, so it can know only what is published.

use documents::catalog::{Entry, Face, MonthFile};
use documents::place;
use publish::Digests;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// No file of the catalogue is larger; one that is was not written by us.
const MAX_FILE_BYTES: u64 = 64 << 20;
/// No brand has published for so many months.
const MAX_MONTHS: usize = 2_400;

/// The catalogue of a brand.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    pub(super) face: Face,
    /// The newest first.
    pub(super) entries: Vec<Entry>,
    /// Of each entry everything that words are looked for in, in small letters.
    haystacks: Vec<String>,
    /// Every line that an advisory names.
    pub(super) products: Vec<String>,
    /// The words for severities, the worst first.
    pub(super) severities: Vec<String>,
    pub(super) impacts: Vec<String>,
}

impl Catalog {
    /// Reads the catalogue of a brand's folder, if every file of it is as the manifest says.
    fn read(base: &Path, digests: &Digests) -> Option<Catalog> {
        let face: Face = file(&base.join(place::CATALOG), digests)?;
        let mut entries = Vec::new();
        for month in face.months.iter().take(MAX_MONTHS) {
            let month: MonthFile = file(&base.join(place::catalog_month(*month)), digests)?;
            entries.extend(month.advisories);
        }
        Some(Catalog::of(face, entries))
    }

    pub(super) fn of(face: Face, entries: Vec<Entry>) -> Catalog {
        let lines = entries.iter().flat_map(Entry::lines);
        let products: BTreeSet<&str> = lines.map(|line| line.product.as_str()).collect();
        let flaws = entries.iter().flat_map(|entry| &entry.vulnerabilities);
        let impacts: BTreeSet<&str> = flaws.filter_map(|flaw| flaw.impact.as_deref()).collect();
        let owned = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect();
        Catalog {
            products: owned(products),
            impacts: owned(impacts),
            severities: severities(&entries),
            haystacks: entries.iter().map(haystack).collect(),
            face,
            entries,
        }
    }

    /// Every entry with what words are looked for in.
    pub(super) fn searched(&self) -> impl Iterator<Item = (&Entry, &str)> {
        self.entries.iter().zip(self.haystacks.iter().map(String::as_str))
    }

    /// The years that have an advisory, the newest first.
    pub(super) fn years(&self) -> impl Iterator<Item = String> {
        let mut years: Vec<i16> = self.face.months.iter().map(|month| month.year).collect();
        years.dedup();
        years.into_iter().map(|year| year.to_string())
    }
}

fn file<T: DeserializeOwned>(path: &Path, digests: &Digests) -> Option<T> {
    let known = fs::metadata(path).ok().filter(|data| data.len() <= MAX_FILE_BYTES)?;
    digests.get(path, known.len(), publish::changed(&known)?)?;
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn severities(entries: &[Entry]) -> Vec<String> {
    let shapes = ["critical", "high", "medium", "low", "informational"];
    let mut words: BTreeMap<(usize, &str), ()> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.is_rated()) {
        let rank = shapes.iter().position(|shape| *shape == entry.severity.shape);
        words.insert((rank.unwrap_or(shapes.len()), &entry.severity.word), ());
    }
    let mut seen: Vec<String> = Vec::new();
    for (_, word) in words.into_keys() {
        if !seen.iter().any(|known| known == word) {
            seen.push(word.to_owned());
        }
    }
    seen
}

fn haystack(entry: &Entry) -> String {
    let mut text = format!("{}\n{}\n{}", entry.number, entry.title, entry.summary);
    let mut add = |word: &str| {
        text.push('\n');
        text.push_str(word);
    };
    for flaw in &entry.vulnerabilities {
        for word in [&flaw.cve, &flaw.impact].into_iter().flatten() {
            add(word);
        }
        if let Some((id, name)) = &flaw.cwe {
            add(id);
            add(name);
        }
        for line in &flaw.lines {
            add(&line.product);
        }
    }
    text.to_lowercase()
}

/// The catalogues that were read last, by the brand's domain.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<BTreeMap<String, Kept>>);

/// A catalogue, and the digests of the slot that it was read from.
type Kept = (Arc<Digests>, Arc<Catalog>);

impl Shelf {
    /// The catalogue of the slot that these digests are of. One reader at a time reads it; the others wait for what it found.
    pub(super) fn get(&self, domain: &str, base: &Path, digests: &Arc<Digests>) -> Option<Arc<Catalog>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, catalog)) = kept.get(domain).filter(|(of, _)| Arc::ptr_eq(of, digests)) {
            return Some(Arc::clone(catalog));
        }
        let read = Arc::new(Catalog::read(base, digests)?);
        kept.insert(domain.to_owned(), (Arc::clone(digests), Arc::clone(&read)));
        Some(read)
    }
}
