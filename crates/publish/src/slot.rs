//! The idle slot while it is brought up to date.
//!
//! A [`Slot`] is what both slots hold and what is known of them; it writes files and changes nothing else of itself, so that several threads can
//! make units at the same time. A [`Filling`] gathers what they made, and ends with the manifest. Never swaps: `tree` does.

use crate::disk::Disk;
use crate::error::TreeError;
use crate::known::{Key, Known};
use crate::manifest::{Entry, Line, Manifest};
use crate::memory::Notes;
use crate::packed;
use crate::parallel;
use crate::plan::File;
use jiff::Timestamp;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What a slot holds.
#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(crate) folder: PathBuf,
    pub(crate) manifest: Manifest,
    pub(crate) known: Known,
}

impl Held {
    /// A file as its manifest says it is; none if it is not.
    fn read(&self, line: Line<'_>) -> Option<Vec<u8>> {
        let content = fs::read(self.folder.join(line.path)).ok()?;
        line.is(&Entry::of(&content)).then_some(content)
    }
}

/// Both slots, while the idle one is filled.
pub(crate) struct Slot<'d> {
    pub(crate) disk: &'d Disk,
    /// What the idle slot held before, file by file as its manifest says.
    pub(crate) idle: Held,
    /// What is public. Its files are looked at only where they are used.
    pub(crate) live: Option<Held>,
    /// What notes say that were read before.
    pub(crate) notes: &'d Notes,
    /// Whether something is public and nobody knows what: its manifest is gone or damaged.
    pub(crate) is_lost: bool,
    /// The instant at which signatures must be good.
    pub(crate) now: Timestamp,
}

/// A file that is where it belongs.
#[derive(Debug)]
enum Placed {
    /// It was there, at this line of the idle slot's manifest.
    Kept(u32),
    /// It was written.
    Written(String, Entry),
}

/// Files that were put into the slot together.
pub(crate) struct Batch<'s> {
    slot: &'s Slot<'s>,
    placed: Vec<Placed>,
    key: Option<Key>,
    note: Cow<'s, str>,
}

impl<'s> Slot<'s> {
    /// Files that are made for each publication.
    pub(crate) fn batch(&'s self) -> Batch<'s> {
        Batch {
            slot: self,
            placed: Vec::new(),
            key: None,
            note: Cow::Borrowed(""),
        }
    }

    /// What was made of the inputs of this key before: it stays, or comes from the other slot. Only if nobody knows it, `make` puts its files and
    /// gives back what else is to be remembered of it, in one line.
    pub(crate) fn unit(
        &'s self,
        key: Key,
        make: impl FnOnce(&mut Batch<'s>) -> Result<String, TreeError>,
    ) -> Result<Batch<'s>, TreeError> {
        let mut batch = self.batch();
        batch.key = Some(key);
        if let Some(unit) = self.idle.known.get(&key) {
            batch.placed = unit.lines.iter().map(|line| Placed::Kept(*line)).collect();
            batch.note = Cow::Borrowed(unit.note);
            return Ok(batch);
        }
        if batch.copy(&key)? {
            return Ok(batch);
        }
        batch.placed.clear();
        batch.note = Cow::Owned(make(&mut batch)?);
        Ok(batch)
    }

    /// A file that was published at this path last, and what is remembered of the unit that it is, if it is one alone.
    pub(crate) fn last_public(&self, path: &str) -> Option<(Vec<u8>, &str)> {
        let held = self.live.iter().chain([&self.idle]);
        let mut found = held.filter_map(|held| {
            let place = held.manifest.find(path)?;
            let unit = held.known.at_line(u32::try_from(place).ok()?)?;
            Some((held.read(held.manifest.line(place)?)?, unit.note))
        });
        found.next()
    }

    /// When bytes came to their place: the same instant in both slots, so that no swap shows in a header.
    fn modified(&self, path: &str, entry: &Entry) -> SystemTime {
        let in_live = self.live.as_ref().and_then(|live| {
            let line = live.manifest.line(live.manifest.find(path)?)?;
            let file = line.is(entry).then(|| live.folder.join(path))?;
            fs::metadata(file).ok()?.modified().ok()
        });
        let now = Duration::try_from(self.now.duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default();
        in_live.unwrap_or_else(|| SystemTime::UNIX_EPOCH + now)
    }
}

impl<'s> Batch<'s> {
    /// Takes the files of a unit from the other slot; false if it does not have it, or not as its manifest says.
    fn copy(&mut self, key: &Key) -> Result<bool, TreeError> {
        let slot: &'s Slot<'s> = self.slot;
        let Some(live) = &slot.live else { return Ok(false) };
        let Some(unit) = live.known.get(key) else {
            return Ok(false);
        };
        for line in unit.lines {
            let Some(line) = live.manifest.line(*line as usize) else {
                return Ok(false);
            };
            if !self.copy_file(live, line)? {
                return Ok(false);
            }
        }
        self.note = Cow::Borrowed(unit.note);
        Ok(true)
    }

    /// Takes one file from the other slot; false if it is not as its manifest says.
    fn copy_file(&mut self, live: &Held, line: Line<'_>) -> Result<bool, TreeError> {
        let entry = Entry {
            bytes: line.bytes,
            sha256: line.sha256.to_owned(),
        };
        if self.keep(line.path, &entry) {
            return Ok(true);
        }
        let Some(content) = live.read(line) else {
            return Ok(false);
        };
        self.write(line.path.to_owned(), &content, entry)?;
        Ok(true)
    }

    /// Writes a file if it is not there yet, and reads back what it wrote. A larger text is packed beside itself, too.
    pub(crate) fn put(&mut self, file: &File<'_>) -> Result<(), TreeError> {
        let is_new = self.put_alone(file)?;
        let Some(path) = packed::beside(&file.path, file.content.len()) else {
            return Ok(());
        };
        // Beside a file that stays lies what was packed of it.
        if !is_new && self.keep_line(self.slot.idle.manifest.find(&path)) {
            return Ok(());
        }
        let packed = File {
            path,
            content: Cow::Owned(packed::pack(&file.content)),
            signs: None,
        };
        self.put_alone(&packed).map(drop)
    }

    /// Whether it was written.
    fn put_alone(&mut self, file: &File<'_>) -> Result<bool, TreeError> {
        if !stays_inside(&file.path) {
            return Err(TreeError::misfit(&file.path, "it is no path of a published file"));
        }
        let entry = Entry::of(&file.content);
        if self.keep(&file.path, &entry) {
            return Ok(false);
        }
        self.write(file.path.clone(), &file.content, entry)?;
        if let Some((signed, key)) = file.signs {
            let now = self.slot.now.as_second();
            openpgp::verify_detached(key, signed, &file.content, now).map_err(|source| TreeError::Signature {
                path: file.path.clone(),
                source,
            })?;
        }
        Ok(true)
    }

    /// What else is remembered of it.
    pub(crate) fn note(&self) -> &str {
        &self.note
    }

    /// Whether the idle slot has exactly this already.
    fn keep(&mut self, path: &str, entry: &Entry) -> bool {
        let manifest = &self.slot.idle.manifest;
        let place = manifest
            .find(path)
            .filter(|place| manifest.line(*place).is_some_and(|line| line.is(entry)));
        self.keep_line(place)
    }

    fn keep_line(&mut self, place: Option<usize>) -> bool {
        let kept = place.and_then(|place| u32::try_from(place).ok());
        self.placed.extend(kept.map(Placed::Kept));
        kept.is_some()
    }

    fn write(&mut self, path: String, content: &[u8], entry: Entry) -> Result<(), TreeError> {
        let slot = self.slot;
        let file = slot.idle.folder.join(&path);
        if let Some(folder) = file.parent() {
            slot.disk.folder(folder)?;
        }
        slot.disk.write(&file, content, Some(slot.modified(&path, &entry)))?;
        if !slot.disk.holds(&file, content)? {
            return Err(TreeError::Changed(path));
        }
        self.placed.push(Placed::Written(path, entry));
        Ok(())
    }
}

/// What becomes of a file that the idle slot held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Gone,
    Kept,
    Replaced,
}

/// Everything that belongs to the new generation.
pub(crate) struct Filling<'s> {
    slot: &'s Slot<'s>,
    /// By the lines of the idle slot's manifest.
    fates: Vec<Fate>,
    written: BTreeMap<String, Entry>,
    units: Vec<(Key, Vec<At>, Cow<'s, str>)>,
}

/// Where the entry of a unit's file is.
#[derive(Debug)]
enum At {
    Line(u32),
    Path(String),
}

impl<'s> Filling<'s> {
    pub(crate) fn new(slot: &'s Slot<'s>) -> Filling<'s> {
        Filling {
            slot,
            fates: vec![Fate::Gone; slot.idle.manifest.len()],
            written: BTreeMap::new(),
            units: Vec::new(),
        }
    }

    /// The slots that are worked on.
    pub(crate) fn slot(&self) -> &'s Slot<'s> {
        self.slot
    }

    /// Takes files into the new generation.
    pub(crate) fn take(&mut self, batch: Batch<'s>) -> Result<(), TreeError> {
        let mut files = Vec::with_capacity(batch.placed.len());
        for placed in batch.placed {
            match placed {
                Placed::Kept(line) => {
                    self.settle(line as usize, Fate::Kept)?;
                    files.push(At::Line(line));
                }
                Placed::Written(path, entry) => {
                    if let Some(line) = self.slot.idle.manifest.find(&path) {
                        self.settle(line, Fate::Replaced)?;
                    }
                    if self.written.insert(path.clone(), entry).is_some() {
                        return Err(TreeError::Collision(path));
                    }
                    if batch.key.is_some() {
                        files.push(At::Path(path));
                    }
                }
            }
        }
        self.units.extend(batch.key.map(|key| (key, files, batch.note)));
        Ok(())
    }

    /// Takes over what is public at a place and below it, to the byte.
    pub(crate) fn keep(&mut self, host: &str) -> Result<(), TreeError> {
        let edited = || {
            let why = "what is public of it is to stay as it is, and was changed by hand: look at its signing key, then publish again";
            TreeError::misfit(host, why)
        };
        if self.slot.is_lost {
            return Err(edited());
        }
        let Some(live) = &self.slot.live else { return Ok(()) };
        let is_there = |path: &str| {
            path.strip_prefix(host)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let mut batch = self.slot.batch();
        for line in live.manifest.lines().filter(|line| is_there(line.path)) {
            if !batch.copy_file(live, line)? {
                return Err(edited());
            }
        }
        self.take(batch)
    }

    fn settle(&mut self, line: usize, fate: Fate) -> Result<(), TreeError> {
        match self.fates.get_mut(line) {
            Some(known @ Fate::Gone) => {
                *known = fate;
                Ok(())
            }
            _ => {
                let line = self.slot.idle.manifest.line(line);
                Err(TreeError::Collision(
                    line.map(|line| line.path).unwrap_or_default().to_owned(),
                ))
            }
        }
    }

    /// Removes what no longer belongs to the tree and makes every change last. The manifest is not written yet.
    pub(crate) fn finish(self) -> Result<Filled<'s>, TreeError> {
        let Slot { disk, idle, .. } = self.slot;
        let mut folders: BTreeSet<PathBuf> = BTreeSet::new();
        let mut touch = |path: &Path| {
            let inside = path.ancestors().skip(1);
            folders.extend(
                inside
                    .take_while(|folder| folder.starts_with(&idle.folder))
                    .map(Path::to_owned),
            );
            folders.extend(idle.folder.parent().map(Path::to_owned));
        };
        for (line, _) in (0..).zip(&self.fates).filter(|(_, fate)| **fate == Fate::Gone) {
            if let Some(line) = idle.manifest.line(line) {
                let path = idle.folder.join(line.path);
                disk.remove(&path)?;
                touch(&path);
            }
        }
        let files: Vec<PathBuf> = self.written.keys().map(|path| idle.folder.join(path)).collect();
        files.iter().for_each(|path| touch(path));
        let folders: Vec<PathBuf> = folders.into_iter().collect();
        // While the disk writes, the manifest is put together.
        let (flushed, filled) = parallel::both(|| disk.flush(&idle.folder, &files, &folders), || self.filled());
        flushed.map(|()| filled)
    }

    /// Both lists are in the order of their paths, and so is what comes of them.
    fn filled(self) -> Filled<'s> {
        let Filling {
            slot,
            fates,
            written,
            units,
        } = self;
        let old = &slot.idle.manifest;
        let mut new = NewLines::with_room_for(old);
        let (mut new_lines, mut new_paths) = (Vec::with_capacity(fates.len()), BTreeMap::new());
        let is_kept = |line: usize| fates.get(line) == Some(&Fate::Kept);
        let mut rest = written
            .iter()
            .map(|(path, entry)| (old.place_of(path), path, entry))
            .peekable();
        let mut line = 0;
        loop {
            while let Some((_, path, entry)) = rest.next_if(|(place, ..)| *place == line) {
                new_paths.insert(path, new.push(path, entry));
            }
            if line == fates.len() {
                break;
            }
            // Lines with the same fate, up to where a written file comes between them.
            let stop = rest.peek().map_or(fates.len(), |(place, ..)| *place);
            let end = (line..stop)
                .find(|later| is_kept(*later) != is_kept(line))
                .unwrap_or(stop);
            if is_kept(line) {
                let first = new.push_all(old.text(line..end), end - line);
                new_lines.extend((first..new.count).map(Some));
            } else {
                new_lines.extend((line..end).map(|_| None));
            }
            line = end;
        }
        let of = |at: &At| match at {
            At::Line(line) => new_lines.get(*line as usize).copied().flatten(),
            At::Path(path) => new_paths.get(path).copied(),
        };
        let units = units.into_iter().filter_map(|(key, files, note)| {
            let lines: Option<Vec<u32>> = files.iter().map(of).collect();
            Some((key, lines?, note))
        });
        Filled {
            units: units.collect(),
            manifest: Manifest::of(1, new.body),
            written: written.len(),
        }
    }
}

/// The lines of a manifest that is being written.
struct NewLines {
    body: String,
    count: u32,
}

impl NewLines {
    /// For a manifest that is not much larger than another.
    fn with_room_for(old: &Manifest) -> NewLines {
        let bytes = old.text(0..old.len()).len();
        NewLines {
            body: String::with_capacity(bytes + bytes / 64),
            count: 0,
        }
    }

    /// Adds a file, and gives back its place.
    fn push(&mut self, path: &str, entry: &Entry) -> u32 {
        let line = Line {
            path,
            bytes: entry.bytes,
            sha256: &entry.sha256,
        };
        line.push_to(&mut self.body);
        self.count += 1;
        self.count - 1
    }

    /// Adds so many lines of another manifest, and gives back the place of the first. A manifest of more than 2³² lines is refused for its bytes.
    fn push_all(&mut self, lines: &str, count: usize) -> u32 {
        let first = self.count;
        self.body.push_str(lines);
        self.count = self.count.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        first
    }
}

/// A slot that is as it should be, but for its manifest.
pub(crate) struct Filled<'s> {
    pub(crate) units: Vec<(Key, Vec<u32>, Cow<'s, str>)>,
    /// Its manifest, as if it were the first; none where it would be too large.
    pub(crate) manifest: Option<Manifest>,
    /// How many files were written.
    pub(crate) written: usize,
}

/// Whether each step of a path is a plain name that every web server serves as it is.
fn stays_inside(path: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._+-".contains(&b);
    path.split('/')
        .all(|step| !step.is_empty() && step != "." && step != ".." && step.bytes().all(plain))
}

#[cfg(test)]
mod tests {
    use super::stays_inside;

    #[test]
    fn only_plain_paths_stay_inside() {
        assert!(stays_inside(
            "psirt.example.com/.well-known/csaf/white/2024/a_1+b.json.asc"
        ));
        for path in [
            "",
            "/etc/passwd",
            "a/../b",
            "a//b",
            "a/./b",
            "a/b c",
            "a/%2e",
            "a/b\0",
            "a\\b",
            "a/é",
        ] {
            assert!(!stays_inside(path), "{path}");
        }
    }
}
