//! What several advisories have a say in, made anew only where one of them is new: CVE records, the months of the catalogue, the pages of lists.
//!
//! Never reads an advisory for what its card says.

use super::unit::{Unit, Units};
use super::{Files, Site};
use crate::error::TreeError;
use crate::html;
use crate::known::Key;
use crate::parallel;
use crate::slot::{Batch, Slot};
use documents::card::{Card, newest_first};
use documents::catalog::{self, Month, MonthBytes};
use documents::page::{Setting, Sheet, lists};
use documents::{cve, place};
use psirt::advisory::{Advisory, Released};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// How many advisories are kept in memory while CVE records are made: those of one advisory come one after the other.
const KEPT: usize = 64;

/// The key of what is made of these units and of what else is said.
fn key<'u>(kind: &str, print: &Key, about: &str, units: impl Iterator<Item = &'u Unit<'u>>) -> Key {
    let head = [kind.as_bytes(), print.bytes(), about.as_bytes()];
    Key::of(head.into_iter().chain(units.map(|unit| unit.key.bytes())))
}

/// Makes what is not known of these, on so many threads.
fn put_each<'s, T: Sync>(
    threads: usize,
    slot: &'s Slot<'s>,
    things: &[(Key, T)],
    make: impl Fn(&T, &mut Batch<'_>) -> Result<String, TreeError> + Sync,
) -> Result<Vec<Batch<'s>>, TreeError> {
    parallel::each(threads, things, |(key, thing)| {
        slot.unit(*key, |batch| make(thing, batch))
    })
}

impl<'a> Units<'a> {
    /// What the vendor states of each CVE id, from every advisory that names it.
    pub(super) fn put_cves<'s>(
        &self,
        site: &Site<'a>,
        print: &Key,
        slot: &'s Slot<'s>,
    ) -> Result<Vec<Batch<'s>>, TreeError> {
        let mut ids: BTreeMap<&str, (bool, Vec<usize>)> = BTreeMap::new();
        for (place, unit) in self.all.iter().enumerate() {
            for (id, concerns) in &unit.card().cves {
                let (any, places) = ids.entry(id).or_default();
                *any |= concerns;
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        let read = Read::default();
        let told = ids.into_iter().filter(|(_, (concerns, _))| *concerns);
        let things: Vec<(Key, (&str, Vec<usize>))> = told
            .map(|(id, (_, places))| {
                let units = places.iter().filter_map(|place| self.all.get(*place));
                (key("cve", print, id, units), (id, places))
            })
            .collect();
        put_each(parallel::threads(), slot, &things, |(id, places), batch| {
            let mut advisories = Vec::with_capacity(places.len());
            for place in places {
                if let Some(unit) = self.all.get(*place) {
                    advisories.push(read.get(*place, unit)?);
                }
            }
            let advisories: Vec<&Advisory> = advisories.iter().map(|released| released.advisory()).collect();
            let statements = cve::statements(&advisories);
            let statements = statements.get(id).map(Vec::as_slice).unwrap_or_default();
            if let Some(bytes) = cve::published(id, statements, site.brand) {
                let files = &mut Files {
                    brand: site.brand,
                    batch,
                };
                files.put(&place::cve(id), bytes)?;
            }
            Ok(String::new())
        })
    }

    /// The catalogue: what stands around the pages, and each month.
    pub(super) fn put_months<'s>(
        &self,
        site: &Site<'a>,
        setting: &Setting,
        print: &Key,
        slot: &'s Slot<'s>,
    ) -> Result<Vec<Batch<'s>>, TreeError> {
        let mut months: BTreeMap<Month, Vec<&Unit<'a>>> = BTreeMap::new();
        for unit in &self.all {
            months.entry(Month::of(unit.card().published)).or_default().push(unit);
        }
        for units in months.values_mut() {
            units.sort_by_key(|unit| Reverse((unit.card().first, &unit.card().number)));
        }
        let face = catalog::face_bytes(&html::face(site), months.keys().copied());
        let mut batch = slot.batch();
        let files = &mut Files {
            brand: site.brand,
            batch: &mut batch,
        };
        files.put(place::CATALOG, face)?;
        let things: Vec<_> = months
            .into_iter()
            .map(|(month, units)| {
                (
                    key("month", print, &month.to_string(), units.iter().copied()),
                    (month, units),
                )
            })
            .collect();
        let mut batches = put_each(parallel::threads(), slot, &things, |(month, units), batch| {
            put_month(site, setting, slot, (*month, units), batch)
        })?;
        batches.push(batch);
        Ok(batches)
    }

    /// The pages of every list.
    pub(super) fn put_lists<'s>(
        &self,
        site: &Site<'a>,
        print: &Key,
        slot: &'s Slot<'s>,
    ) -> Result<Vec<Batch<'s>>, TreeError> {
        let mut units: Vec<&Unit<'a>> = self.all.iter().collect();
        units.sort_by_key(|unit| Reverse((unit.card().first, &unit.card().number)));
        let mut cards: Vec<&Card> = units.iter().map(|unit| unit.card()).collect();
        newest_first(&mut cards);
        // Where nothing is left to list, what was removed is named.
        let removed = match cards.is_empty() {
            true => html::removed(site)
                .into_iter()
                .map(|(number, path)| format!("\n{number} {path}"))
                .collect(),
            false => String::new(),
        };
        let things: Vec<(Key, Sheet)> = lists(&cards)
            .into_iter()
            .map(|sheet| {
                let listed = sheet.cards.iter().filter_map(|place| units.get(*place).copied());
                let around = format!("{}{removed}", sheet.around());
                (key("list", print, &around, listed), sheet)
            })
            .collect();
        put_each(parallel::threads(), slot, &things, |sheet, batch| {
            let page = sheet.clone().complete(&cards);
            let files = &mut Files {
                brand: site.brand,
                batch,
            };
            files.put(&page.path, html::index(&page, site)?.into_bytes())?;
            Ok(String::new())
        })
    }
}

/// The entries of a month that were made before are taken from its last file; its note says how long each of them is.
fn put_month(
    site: &Site<'_>,
    setting: &Setting,
    slot: &Slot<'_>,
    (month, units): (Month, &[&Unit<'_>]),
    batch: &mut Batch<'_>,
) -> Result<String, TreeError> {
    let path = place::catalog_month(month);
    let last = slot.last_public(&format!("{}/{path}", site.brand.domain));
    let known = last
        .as_ref()
        .and_then(|(file, note)| entries_of(file, note))
        .unwrap_or_default();
    let (mut file, mut lengths) = (MonthBytes::default(), Vec::with_capacity(units.len()));
    for unit in units {
        let name = name(&unit.key);
        let entry: Cow<'_, [u8]> = match known.get(&name) {
            Some(entry) => (*entry).into(),
            None => {
                let released = unit.release.released()?;
                catalog::entry_bytes(&catalog::entry(released.advisory(), setting)).into()
            }
        };
        lengths.push((name, entry.len()));
        file.push(&entry);
    }
    drop(known);
    drop(last);
    let files = &mut Files {
        brand: site.brand,
        batch,
    };
    files.put(&path, file.finish())?;
    // Strings and numbers in memory: there is nothing here that JSON cannot hold.
    Ok(serde_json::to_string(&lengths).unwrap_or_default())
}

/// The entries of a month's file, by the names of their units.
fn entries_of<'f>(file: &'f [u8], note: &str) -> Option<HashMap<String, &'f [u8]>> {
    let lengths: Vec<(String, usize)> = serde_json::from_str(note).ok()?;
    let each: Vec<usize> = lengths.iter().map(|(_, length)| *length).collect();
    let entries = catalog::month_entries(file, &each)?;
    let names = lengths.into_iter().map(|(name, _)| name);
    Some(names.zip(entries).collect())
}

fn name(key: &Key) -> String {
    data_encoding::HEXLOWER.encode(key.bytes())
}

/// Advisories that were read last.
#[derive(Default)]
struct Read<'a>(Mutex<VecDeque<(usize, Arc<Cow<'a, Released>>)>>);

impl<'a> Read<'a> {
    fn get(&self, place: usize, unit: &Unit<'a>) -> Result<Arc<Cow<'a, Released>>, TreeError> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = lock().iter().find(|(known, _)| *known == place) {
            return Ok(Arc::clone(known));
        }
        let released = Arc::new(unit.release.released()?);
        let mut kept = lock();
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((place, Arc::clone(&released)));
        Ok(released)
    }
}
