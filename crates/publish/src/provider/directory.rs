//! Requirements 11 to 14: a folder for each year, index.txt, changes.csv, and listings of the folders.

use super::documents::{Document, Documents, State};
use super::metadata::Metadata;
use super::source::Got;
use super::{Check, MOST_DOCUMENTS, MOST_OF_A_LIST, Requirement, listing, shape, short};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// A directory as it presents itself.
#[derive(Debug)]
pub(super) struct Directory {
    base: Url,
    /// What index.txt names; none where it could not be read.
    index: Option<BTreeSet<Url>>,
    /// What changes.csv names; none where it could not be read.
    changes: Option<BTreeMap<Url, Option<Timestamp>>>,
    /// What the listings of its folders link; none where one could not be read.
    listed: BTreeMap<Url, Option<BTreeSet<Url>>>,
}

impl Directory {
    /// Every document that it names anywhere.
    pub(super) fn documents(&self) -> impl Iterator<Item = &Url> {
        let index = self.index.iter().flatten();
        let changes = self.changes.iter().flat_map(BTreeMap::keys);
        index.chain(changes).chain(self.listed.values().flatten().flatten())
    }
}

/// Reads every directory that the metadata names and that is for everybody.
pub(super) fn read(check: &mut Check<'_>, metadata: &Metadata) -> Vec<Directory> {
    if metadata.directories.is_empty() {
        for requirement in Requirement::DIRECTORY {
            check.findings.not_offered(requirement);
        }
    }
    let bases = metadata.directories.iter().take(MOST_OF_A_LIST);
    bases.filter_map(|base| directory(check, base)).collect()
}

/// What the index of a directory names; nothing of one that is not for everybody.
pub(super) fn index_of(check: &mut Check<'_>, base: &Url) -> BTreeSet<Url> {
    let index = if is_named_protected(base) {
        None
    } else {
        read_index(check, base)
    };
    index.flatten().unwrap_or_default()
}

/// The index; an empty option where it cannot be read, none where the directory is not to be looked at.
#[expect(
    clippy::option_option,
    reason = "that nothing is to be looked at is not that nothing could be read"
)]
fn read_index(check: &mut Check<'_>, base: &Url) -> Option<Option<BTreeSet<Url>>> {
    let index_at = base.join("index.txt").ok()?;
    Some(match check.get(&index_at) {
        Got::Denied if is_named_protected(base) => {
            let note = format!("{base} is protected, and was not looked at");
            check.findings.note(note);
            return None;
        }
        Got::Denied => {
            check.error(Requirement::White, &index_at, "it is not for everybody");
            None
        }
        Got::Here(here) => Some(index(check, base, &index_at, &here.bytes)),
        Got::Missing => {
            check.error(Requirement::Index, &index_at, "there is nothing at this address");
            None
        }
        Got::NoName(why) | Got::NoTls(why) | Got::Failed(why) => {
            check.error(Requirement::Index, &index_at, why);
            None
        }
    })
}

fn directory(check: &mut Check<'_>, base: &Url) -> Option<Directory> {
    let index = read_index(check, base)?;
    let changes_at = base.join("changes.csv").ok()?;
    let changes = check
        .must(Requirement::Changes, &changes_at)
        .map(|here| changes(check, base, &changes_at, &here.bytes));
    let mut directory = Directory {
        base: base.clone(),
        index,
        changes,
        listed: BTreeMap::new(),
    };
    directory.listed = listings(check, &directory);
    Some(directory)
}

/// Whether the last folder of an address says whom it is for; in CSAF 2.0 nothing else does.
fn is_named_protected(base: &Url) -> bool {
    let last = base.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    ["green", "amber", "red"].contains(&last.to_ascii_lowercase().as_str())
}

/// The document that a line of an index names, below the directory.
fn document(base: &Url, name: &str) -> Option<Url> {
    let document = base.join(name).ok()?;
    let below = document.as_str().starts_with(base.as_str()) && !name.contains(['?', '#']);
    (below && document.path().ends_with(".json")).then_some(document)
}

fn index(check: &mut Check<'_>, base: &Url, at: &Url, bytes: &[u8]) -> BTreeSet<Url> {
    let text = String::from_utf8_lossy(bytes);
    let mut named = BTreeSet::new();
    for line in text.lines().take(MOST_DOCUMENTS) {
        match document(base, line) {
            Some(document) if named.contains(&document) => {
                check.warn(Requirement::Index, at, format!("names {} twice", short(line)));
            }
            Some(document) => drop(named.insert(document)),
            None => {
                let message = format!("the line `{}` names no document below the directory", short(line));
                check.error(Requirement::Index, at, message);
            }
        }
    }
    named
}

fn changes(check: &mut Check<'_>, base: &Url, at: &Url, bytes: &[u8]) -> BTreeMap<Url, Option<Timestamp>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes);
    let mut named = BTreeMap::new();
    let mut last: Option<Timestamp> = None;
    for (line, record) in reader.byte_records().take(MOST_DOCUMENTS).enumerate() {
        let line = line + 1;
        let Ok(record) = record else {
            check.error(
                Requirement::Changes,
                at,
                format!("line {line} is not one of a CSV file"),
            );
            break;
        };
        let field = |place: usize| {
            record
                .get(place)
                .map(|field| String::from_utf8_lossy(field).into_owned())
        };
        let (Some(name), Some(time), 2) = (field(0), field(1), record.len()) else {
            let message = format!("line {line} is not a file and its date");
            check.error(Requirement::Changes, at, message);
            continue;
        };
        let Some(document) = document(base, &name) else {
            let message = format!("line {line}: `{}` names no document below the directory", short(&name));
            check.error(Requirement::Changes, at, message);
            continue;
        };
        let instant = shape::instant(&time);
        match instant {
            None => {
                let message = format!(
                    "line {line}: `{}` is not an instant such as 2027-05-27T08:00:00Z",
                    short(&time)
                );
                check.error(Requirement::Changes, at, message);
            }
            Some(now) if last.is_some_and(|last| last < now) => {
                let message = format!("line {line} is later than the one before it: the last change comes first");
                check.error(Requirement::Changes, at, message);
            }
            Some(_) => {}
        }
        last = instant.or(last);
        if named.insert(document, instant).is_some() {
            check.warn(Requirement::Changes, at, format!("names {} twice", short(&name)));
        }
    }
    named
}

/// The documents that the listing of each folder links. Folders are those that an index names or the directory's own listing links.
fn listings(check: &mut Check<'_>, directory: &Directory) -> BTreeMap<Url, Option<BTreeSet<Url>>> {
    let base = &directory.base;
    let mut folders: BTreeSet<Url> = directory
        .documents()
        .filter_map(|document| document.join(".").ok())
        .collect();
    folders.remove(base);
    let linked: BTreeSet<Url> = match check.must(Requirement::Listings, base) {
        Some(here) => listing::links(base, &here.bytes)
            .into_iter()
            .filter_map(|link| folder_of(base, &link))
            .collect(),
        None => folders.clone(),
    };
    for folder in folders.difference(&linked) {
        check.error(
            Requirement::Listings,
            base,
            format!("its listing does not link {folder}"),
        );
    }
    folders.extend(linked);
    let mut listed = BTreeMap::new();
    for folder in folders.into_iter().take(MOST_OF_A_LIST) {
        let documents = check.must(Requirement::Listings, &folder).map(|here| {
            let links = listing::links(&folder, &here.bytes).into_iter();
            let inside = |link: &Url| link.join(".").ok().as_ref() == Some(&folder) && link.path().ends_with(".json");
            links.filter(inside).take(MOST_DOCUMENTS).collect()
        });
        listed.insert(folder, documents);
    }
    listed
}

/// The folder of a year directly below a directory that a link leads to.
fn folder_of(base: &Url, link: &Url) -> Option<Url> {
    let year = link.as_str().strip_prefix(base.as_str())?.trim_end_matches('/');
    let is_year = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
    is_year.then(|| base.join(&format!("{year}/")).ok()).flatten()
}

/// Holds the directories against the documents.
pub(super) fn judge(check: &mut Check<'_>, directories: &[Directory], documents: &Documents) {
    for directory in directories {
        names_only_documents(check, directory, documents);
        let base = directory.base.as_str();
        for (address, state) in documents
            .iter()
            .filter(|(address, _)| address.as_str().starts_with(base))
        {
            if let State::Read(document) = state {
                in_all_places(check, directory, address, document);
            }
        }
    }
    if directories.is_empty() {
        return;
    }
    let below_one = |address: &Url| {
        let mut bases = directories.iter().map(|directory| directory.base.as_str());
        bases.any(|base| address.as_str().starts_with(base))
    };
    for (address, state) in documents.iter().filter(|(address, _)| !below_one(address)) {
        if matches!(state, State::Read(document) if document.label.audience() == 0) {
            check.error(
                Requirement::Index,
                address,
                "the document is in a feed, and below no directory",
            );
        }
    }
}

/// Nothing is named that is not there.
fn names_only_documents(check: &mut Check<'_>, directory: &Directory, documents: &Documents) {
    let missing = |address: &&Url| matches!(documents.get(*address), Some(State::Missing));
    let base = directory.base.as_str();
    for address in directory.index.iter().flatten().filter(missing) {
        check.error(
            Requirement::Index,
            base,
            format!("index.txt names {address}, where nothing is"),
        );
    }
    for address in directory.changes.iter().flat_map(BTreeMap::keys).filter(missing) {
        check.error(
            Requirement::Changes,
            base,
            format!("changes.csv names {address}, where nothing is"),
        );
    }
    for (folder, listed) in &directory.listed {
        for address in listed.iter().flatten().filter(missing) {
            check.error(
                Requirement::Listings,
                folder,
                format!("links {address}, where nothing is"),
            );
        }
    }
}

/// A document is in the folder of its year, in both indexes with its date, and in its folder's listing.
fn in_all_places(check: &mut Check<'_>, directory: &Directory, address: &Url, document: &Document) {
    let path = address
        .as_str()
        .strip_prefix(directory.base.as_str())
        .unwrap_or_default();
    if let Some(initial) = document.initial {
        let year = format!("{:04}", initial.to_zoned(TimeZone::UTC).year());
        let in_year = path
            .split_once('/')
            .is_some_and(|(folder, name)| folder == year && !name.contains('/'));
        if !in_year {
            let message = format!("belongs into the folder {year}/, by its initial release date in UTC");
            check.error(Requirement::Years, address, message);
        }
    }
    if directory.index.as_ref().is_some_and(|index| !index.contains(address)) {
        check.error(Requirement::Index, address, "is not in index.txt");
    }
    match directory.changes.as_ref().map(|changes| changes.get(address)) {
        Some(None) => check.error(Requirement::Changes, address, "is not in changes.csv"),
        Some(Some(Some(time))) if document.current.is_some_and(|current| current != *time) => {
            let message = format!("changes.csv says {time}, and the document another current release date");
            check.error(Requirement::Changes, address, message);
        }
        _ => {}
    }
    let folder = address.join(".").ok();
    let listed = folder
        .and_then(|folder| directory.listed.get(&folder))
        .and_then(Option::as_ref);
    if listed.is_some_and(|listed| !listed.contains(address)) {
        check.error(
            Requirement::Listings,
            address,
            "is not linked by the listing of its folder",
        );
    }
}
