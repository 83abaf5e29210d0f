//! A published tree, the public one or the protected one: two complete slots and one link. The idle slot is brought up to date, verified and made to last, then the link is
//! swapped; so what is public is always whole (law 6).
//!
//! A slot's manifest is written last and taken away first. A slot without one, or one that does not fit it, is rebuilt whole.
//!
//! The two trees are never swapped together: a release to one party must not move a single time or tag of what everybody sees.

use crate::disk::Disk;
use crate::error::TreeError;
use crate::manifest::{Entry, Manifest, changed};
use crate::plan::{self, File, Protected, Site};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Publishes into a data directory: the public tree with its slots under `tree/` and the link `public`, or the protected one.
#[derive(Debug)]
pub struct Publisher {
    root: PathBuf,
    place: &'static Place,
    pub(crate) disk: Disk,
}

/// What is public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Counts publications, from 1.
    pub number: u64,
    /// The digest of the manifest: the same for the same files.
    pub manifest: String,
    /// How many files it has.
    pub files: usize,
    /// How many of them were written for it.
    pub written: usize,
    /// Files of the tree before it that were not as they were left: somebody else changed, added or removed them. In their order.
    pub edited: Vec<String>,
}

/// Where a tree is.
#[derive(Debug)]
struct Place {
    folder: &'static str,
    slots: [&'static str; 2],
    link: &'static str,
}

const PUBLIC: Place = Place {
    folder: "tree",
    slots: ["tree/a", "tree/b"],
    link: "public",
};
/// Not below anything that a web server of the public folder serves.
const PROTECTED: Place = Place {
    folder: "guarded",
    slots: ["guarded/a", "guarded/b"],
    link: "protected",
};

/// A file that changed so shortly before its manifest was written may have changed again within the same tick of the clock. It is read.
const TICK: Duration = Duration::from_millis(100);

impl Publisher {
    /// A publisher into the data directory `root`. Touches nothing yet.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Publisher {
        Publisher {
            root: root.into(),
            place: &PUBLIC,
            disk: Disk::default(),
        }
    }

    /// The same for what is not public. Nobody but this system's user reads it.
    #[must_use]
    pub fn protected(root: impl Into<PathBuf>) -> Publisher {
        Publisher {
            root: root.into(),
            place: &PROTECTED,
            disk: Disk::private(),
        }
    }

    /// The folder that is served, one folder per brand's host: by any web server if it is the public one, and by nobody but `candor serve`
    /// if it is the protected one.
    #[must_use]
    pub fn public(&self) -> PathBuf {
        self.root.join(self.place.link)
    }

    /// What is public now, if anything was published and its manifest is whole. Reads no other file.
    ///
    /// # Errors
    /// `public` is not ours, or cannot be read.
    pub fn current(&self) -> Result<Option<Generation>, TreeError> {
        let Some(slot) = self.live()? else { return Ok(None) };
        Ok(self.manifest(slot).map(|manifest| Generation {
            number: manifest.generation,
            manifest: manifest.digest(),
            files: manifest.files.len(),
            written: 0,
            edited: Vec::new(),
        }))
    }

    /// Makes the public tree that of these sites. Repeating it changes nothing; the same sites give the same bytes whatever was there.
    ///
    /// `now` is the instant at which signatures must be good.
    ///
    /// # Errors
    /// The old tree stays public, whole.
    pub fn update(&self, sites: &[Site<'_>], now: Timestamp) -> Result<Generation, TreeError> {
        self.swap(now, |filling| {
            for site in sites {
                plan::files(site, &mut |file| filling.put(&file))?;
            }
            plan::key_directories(sites, &mut |file| filling.put(&file))
        })
    }

    /// Makes the protected tree that of these sites, in both slots: nothing of what had to go stays behind.
    ///
    /// # Errors
    /// The old tree stays.
    pub fn update_protected(&self, sites: &[Protected<'_>], now: Timestamp) -> Result<Generation, TreeError> {
        let fill = |filling: &mut Filling<'_>| {
            sites
                .iter()
                .try_for_each(|site| plan::protected_files(site, &mut |file| filling.put(&file)))
        };
        let generation = self.swap(now, fill)?;
        self.swap(now, fill)?;
        Ok(generation)
    }

    fn swap(
        &self,
        now: Timestamp,
        fill: impl FnOnce(&mut Filling<'_>) -> Result<(), TreeError>,
    ) -> Result<Generation, TreeError> {
        let slots = self.place.slots;
        let _lock = self.lock()?;
        let live = self.live()?;
        let idle = if live == Some(slots[0]) { slots[1] } else { slots[0] };
        let before = live.and_then(|slot| self.whole(slot));
        let edited = live.filter(|_| before.is_none()).map(|slot| self.edited(slot));
        let known = match self.whole(idle) {
            Some(manifest) => manifest,
            None => {
                self.disk.remove_folder(&self.root.join(idle))?;
                Manifest::default()
            }
        };
        // From here to the new manifest this slot counts as dirty.
        self.disk.remove(&self.manifest_path(idle))?;
        self.disk.sync(&self.root.join(self.place.folder))?;

        let mut filling = Filling {
            disk: &self.disk,
            slot: self.root.join(idle),
            other: before
                .as_ref()
                .zip(live)
                .map(|(manifest, slot)| (manifest, self.root.join(slot))),
            known,
            built: Manifest::default(),
            touched: BTreeSet::new(),
            written: 0,
            now,
        };
        self.disk.folder(&filling.slot)?;
        fill(&mut filling)?;
        filling.finish()?;
        let Filling { mut built, written, .. } = filling;

        let last = live
            .and_then(|slot| self.manifest(slot))
            .map_or(0, |manifest| manifest.generation);
        let same = before.as_ref().is_some_and(|before| before.digest() == built.digest());
        built.generation = if same { last } else { last + 1 };
        self.write_manifest(idle, &built)?;
        if !same {
            self.disk.point(&self.public(), idle)?;
        }
        let written = if same { 0 } else { written };
        Ok(Generation {
            number: built.generation,
            manifest: built.digest(),
            files: built.files.len(),
            written,
            edited: edited.unwrap_or_default(),
        })
    }

    /// One process at a time.
    fn lock(&self) -> Result<Lock, TreeError> {
        let folder = self.root.join(self.place.folder);
        self.disk.folder(&folder)?;
        let path = folder.join("lock");
        let open = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = open.map_err(TreeError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock(file)),
            Err(fs::TryLockError::WouldBlock) => Err(TreeError::Taken(self.root.clone())),
            Err(fs::TryLockError::Error(error)) => Err(TreeError::io("lock", &path)(error)),
        }
    }

    /// The slot that is public.
    fn live(&self) -> Result<Option<&'static str>, TreeError> {
        let link = self.public();
        match fs::read_link(&link) {
            Ok(target) => self
                .place
                .slots
                .into_iter()
                .find(|slot| target == Path::new(slot))
                .map(Some)
                .ok_or(TreeError::NotOurs(link)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(_) => Err(TreeError::NotOurs(link)),
        }
    }

    fn manifest_path(&self, slot: &str) -> PathBuf {
        self.root.join(format!("{slot}.manifest"))
    }

    fn manifest(&self, slot: &str) -> Option<Manifest> {
        Manifest::read(&fs::read_to_string(self.manifest_path(slot)).ok()?)
    }

    /// The manifest of a slot that is as it was left: the same files with the same sizes, none of them changed after the manifest was
    /// written, by the time that nobody sets. What changed shortly before it is read, and so is what looks changed: it may be what the
    /// manifest says nevertheless.
    fn whole(&self, slot: &str) -> Option<Manifest> {
        let manifest = self.manifest(slot)?;
        let sealed = changed(&fs::metadata(self.manifest_path(slot)).ok()?)?;
        let folder = self.root.join(slot);
        let mut found = 0;
        let files = walk(&folder).ok()?;
        for path in &files {
            let data = fs::symlink_metadata(folder.join(path)).ok()?;
            let entry = manifest.files.get(path)?;
            if !data.is_file() || data.len() != entry.bytes {
                return None;
            }
            let untouched = changed(&data)?.checked_add(TICK)? < sealed;
            if !untouched && Entry::of(&fs::read(folder.join(path)).ok()?) != *entry {
                return None;
            }
            found += 1;
        }
        (found == manifest.files.len()).then_some(manifest)
    }

    /// The files of a slot that its manifest does not say, in their order. Without a manifest nobody can tell.
    fn edited(&self, slot: &str) -> Vec<String> {
        let Some(manifest) = self.manifest(slot) else {
            return Vec::new();
        };
        let folder = self.root.join(slot);
        let found: BTreeSet<String> = walk(&folder).unwrap_or_default().into_iter().collect();
        let all = manifest.files.keys().chain(&found).collect::<BTreeSet<_>>();
        let is_left = |path: &str| {
            let read = fs::read(folder.join(path)).ok();
            manifest.files.get(path) == read.map(|bytes| Entry::of(&bytes)).as_ref()
        };
        all.into_iter().filter(|path| !is_left(path)).cloned().collect()
    }

    fn write_manifest(&self, slot: &str, manifest: &Manifest) -> Result<(), TreeError> {
        let path = self.manifest_path(slot);
        let new = self.root.join(format!("{slot}.manifest.new"));
        self.disk.write(&new, manifest.to_text().as_bytes(), None)?;
        self.disk.rename(&new, &path)?;
        self.disk.sync(&self.root.join(self.place.folder))
    }
}

/// Held while a tree is changed.
struct Lock(fs::File);

impl Drop for Lock {
    /// Told, not left to the handle's end: a child process that was just forked has the handle too, until it becomes another program.
    fn drop(&mut self) {
        self.0.unlock().ok();
    }
}

/// The idle slot while it is brought up to date.
struct Filling<'d> {
    disk: &'d Disk,
    slot: PathBuf,
    /// The slot that is live, and what it holds.
    other: Option<(&'d Manifest, PathBuf)>,
    known: Manifest,
    built: Manifest,
    /// Folders whose entries changed.
    touched: BTreeSet<PathBuf>,
    written: usize,
    now: Timestamp,
}

impl Filling<'_> {
    /// Writes a file if it is not there yet, and reads back what it wrote.
    fn put(&mut self, file: &File<'_>) -> Result<(), TreeError> {
        if !stays_inside(&file.path) {
            return Err(TreeError::misfit(&file.path, "it is no path of a published file"));
        }
        let entry = Entry::of(&file.content);
        if self.known.files.get(&file.path) != Some(&entry) {
            let path = self.slot.join(&file.path);
            if let Some(folder) = path.parent() {
                self.disk.folder(folder)?;
                self.touch(folder);
            }
            self.disk
                .write(&path, &file.content, Some(self.modified(&file.path, &entry)))?;
            self.written += 1;
            let back = fs::read(&path).map_err(TreeError::io("read back", &path))?;
            if Entry::of(&back) != entry {
                return Err(TreeError::Changed(file.path.clone()));
            }
            if let Some((signed, key)) = file.signs {
                openpgp::verify_detached(key, signed, &back, self.now.as_second()).map_err(|source| {
                    TreeError::Signature {
                        path: file.path.clone(),
                        source,
                    }
                })?;
            }
        }
        match self.built.files.insert(file.path.clone(), entry) {
            Some(_) => Err(TreeError::Collision(file.path.clone())),
            None => Ok(()),
        }
    }

    /// When bytes came to their place: the same instant in both slots, so that no swap shows in a header.
    fn modified(&self, path: &str, entry: &Entry) -> SystemTime {
        let live = self
            .other
            .as_ref()
            .filter(|(manifest, _)| manifest.files.get(path) == Some(entry));
        let known = live.and_then(|(_, slot)| fs::metadata(slot.join(path)).ok()?.modified().ok());
        let now = Duration::try_from(self.now.duration_since(Timestamp::UNIX_EPOCH)).unwrap_or_default();
        known.unwrap_or_else(|| SystemTime::UNIX_EPOCH + now)
    }

    /// Removes what no longer belongs to the tree and makes every change last.
    fn finish(&mut self) -> Result<(), TreeError> {
        let gone: Vec<String> = self
            .known
            .files
            .keys()
            .filter(|path| !self.built.files.contains_key(*path))
            .cloned()
            .collect();
        for path in gone {
            let path = self.slot.join(path);
            self.disk.remove(&path)?;
            if let Some(folder) = path.parent() {
                self.touch(folder);
            }
        }
        for folder in &self.touched {
            self.disk.sync(folder)?;
        }
        Ok(())
    }

    /// A folder and those above it, up to the one that holds the slots.
    fn touch(&mut self, folder: &Path) {
        let inside = folder.ancestors().take_while(|folder| folder.starts_with(&self.slot));
        self.touched.extend(inside.map(Path::to_owned));
        self.touched.extend(self.slot.parent().map(Path::to_owned));
    }
}

/// Whether each step of a path is a plain name that every web server serves as it is.
fn stays_inside(path: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._+-".contains(&b);
    path.split('/')
        .all(|step| !step.is_empty() && step != "." && step != ".." && step.bytes().all(plain))
}

/// Every file below a folder, as paths relative to it with `/`. Links are named, never followed.
pub(crate) fn walk(folder: &Path) -> Result<BTreeSet<String>, TreeError> {
    let mut files = BTreeSet::new();
    let mut waiting = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = waiting.pop() {
        for entry in fs::read_dir(&folder).map_err(TreeError::io("list", &folder))? {
            let entry = entry.map_err(TreeError::io("list", &folder))?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                waiting.push((entry.path(), format!("{path}/")));
            } else {
                files.insert(path);
            }
        }
    }
    Ok(files)
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
