//! A published tree, the public one or the protected one: two complete slots and one link. The idle slot is brought up to date, verified and made to last, then the link is
//! swapped; so what is public is always whole (law 6).
//!
//! A slot's manifest is written last and taken away first. A slot without one, or one that does not fit it, is rebuilt whole. What is known of a
//! slot lies beside its manifest, and spares making anew what has the same inputs. Whether a slot fits its manifest takes a look at every file. That is
//! for when something is public already ([`Publisher::look`]); a slot that was looked at since it was public last is taken as it was left.
//!
//! A brand whose part cannot be made stays as it is public, and the others are built without waiting for it.
//!
//! The two trees are never swapped together: a release to one party must not move a single time or tag of what everybody sees.

use crate::disk::Disk;
use crate::error::TreeError;
use crate::known::Known;
use crate::manifest::{Entry, Manifest, changed};
use crate::memory::{Memory, Stamps};
use crate::parallel;
use crate::plan::{self, Protected, Site};
use crate::slot::{Filling, Held, Slot};
use crate::walk::{visit, walk};
use documents::place;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

/// Publishes into a data directory: the public tree with its slots under `tree/` and the link `public`, or the protected one.
#[derive(Debug)]
pub struct Publisher {
    root: PathBuf,
    place: &'static Place,
    pub(crate) disk: Disk,
    engine: String,
    memory: Memory,
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
    /// Brands whose part could not be made, by id, with the reason: what is public of them is what was.
    pub held: BTreeMap<String, String>,
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
            engine: String::new(),
            memory: Memory::default(),
        }
    }

    /// The same for what is not public. Nobody but this system's user reads it.
    #[must_use]
    pub fn protected(root: impl Into<PathBuf>) -> Publisher {
        Publisher {
            root: root.into(),
            place: &PROTECTED,
            disk: Disk::private(),
            engine: String::new(),
            memory: Memory::default(),
        }
    }

    /// The same, of a program that says what makes its pages others than those of another program, so that it need not make again what it has
    /// made once. A program that says nothing knows of nothing.
    #[must_use]
    pub fn by(self, engine: impl Into<String>) -> Publisher {
        Publisher {
            engine: engine.into(),
            ..self
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
            manifest: manifest.digest().to_owned(),
            files: manifest.len(),
            written: 0,
            held: BTreeMap::new(),
        }))
    }

    /// Makes the public tree that of these sites. Repeating it changes nothing; the same sites give the same bytes whatever was there.
    ///
    /// `now` is the instant at which signatures must be good.
    ///
    /// # Errors
    /// The old tree stays public, whole. [`TreeError::Brands`] where no site's part can be made.
    pub fn update(&self, sites: &[Site<'_>], now: Timestamp) -> Result<Generation, TreeError> {
        let moving = sites.iter().filter(|site| !site.still).count();
        holding(moving, |held| {
            let is_still = |site: &Site<'_>| site.still || held.contains_key(&site.brand.id);
            self.swap(now, |filling| {
                for site in sites {
                    if is_still(site) {
                        filling.keep(&site.brand.domain)?;
                        filling.keep(&place::dns_path(site.brand))?;
                        continue;
                    }
                    plan::files(site, &self.engine, filling).map_err(|error| error.of(&site.brand.id))?;
                }
                plan::key_directories(sites, is_still, filling)
            })
        })
    }

    /// Makes the protected tree that of these sites, in both slots: nothing of what had to go stays behind.
    ///
    /// # Errors
    /// As [`Self::update`].
    pub fn update_protected(&self, sites: &[Protected<'_>], now: Timestamp) -> Result<Generation, TreeError> {
        let moving = sites.iter().filter(|site| !site.still).count();
        holding(moving, |held| {
            let fill = |filling: &mut Filling<'_>| {
                sites
                    .iter()
                    .try_for_each(|site| match site.still || held.contains_key(&site.brand.id) {
                        true => filling.keep(&site.brand.domain),
                        false => plan::protected_files(site, filling).map_err(|error| error.of(&site.brand.id)),
                    })
            };
            let generation = self.swap(now, fill)?;
            self.swap(now, fill)?;
            Ok(generation)
        })
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
        let (live_held, idle_held): (Option<(Stamps, Held)>, _) = parallel::both(
            || live.and_then(|slot| self.held(slot)),
            || {
                let (_, held) = self.held(idle)?;
                let since = self.trusted(idle, &held.manifest)?;
                Some((held, since))
            },
        );
        let since = idle_held.as_ref().map(|(_, since)| *since);
        if idle_held.is_none() {
            self.disk.remove_folder(&self.root.join(idle))?;
        }
        // From here to the new manifest this slot counts as dirty.
        self.disk.remove(&self.manifest_path(idle))?;
        self.disk.remove(&self.known_path(idle))?;
        self.disk.remove(&self.looked_path(idle))?;
        self.disk.sync(&self.root.join(self.place.folder))?;

        let live_stamps = live_held.as_ref().map(|(stamps, _)| *stamps);
        let slot = Slot {
            disk: &self.disk,
            idle: idle_held.map(|(held, _)| held).unwrap_or_else(|| Held {
                folder: self.root.join(idle),
                ..Held::default()
            }),
            notes: &self.memory.notes,
            is_lost: live.is_some() && live_held.is_none(),
            live: live_held.map(|(_, held)| held),
            now,
        };
        self.disk.folder(&slot.idle.folder)?;
        let mut filling = Filling::new(&slot);
        fill(&mut filling)?;
        let filled = filling.finish()?;

        let too_large = || TreeError::misfit(idle, "its manifest would be larger than four gigabytes");
        let mut manifest = filled.manifest.ok_or_else(too_large)?;
        let before = slot.live.as_ref().map(|live| &live.manifest);
        let last = before.map_or(0, |before| before.generation);
        // Where nothing is new, what is public stays, unless somebody edited it.
        let is_same = before.is_some_and(|before| before.digest() == manifest.digest())
            && live
                .zip(slot.live.as_ref())
                .is_none_or(|(slot, held)| self.is_whole(slot, &held.manifest));
        manifest.generation = if is_same { last } else { last + 1 };
        let units = filled.units;
        let (written, known) = parallel::both(
            || self.write_manifest(idle, &manifest, since),
            || Known::of(&manifest, units),
        );
        written?;
        if !is_same {
            self.disk.point(&self.public(), idle)?;
        }
        let generation = Generation {
            number: manifest.generation,
            manifest: manifest.digest().to_owned(),
            files: manifest.len(),
            written: if is_same { 0 } else { filled.written },
            held: BTreeMap::new(),
        };
        // What is public is public. Without this the next publication has more to do, and nothing else is lost.
        if !self.engine.is_empty() {
            self.remember(idle, manifest, known);
            if let (Some(live), Some(stamps), Some(held)) = (live, live_stamps, slot.live) {
                self.memory.keep(live, stamps, held);
            }
        }
        Ok(generation)
    }

    /// Keeps what is known of a slot that was just written beside it and in memory.
    fn remember(&self, slot: &'static str, manifest: Manifest, known: Known) {
        let path = self.known_path(slot);
        self.disk.write(&path, known.to_text().as_bytes(), None).ok();
        self.memory.notes.forget_others(|key| known.has(key));
        if let Some(stamps) = self.stamps(slot) {
            let folder = self.root.join(slot);
            self.memory.keep(
                slot,
                stamps,
                Held {
                    folder,
                    manifest,
                    known,
                },
            );
        }
    }

    /// Looks at every file of both slots: gives back those that are not as they were left, because somebody else changed, added or removed them, in
    /// their order. Another [`Self::update`] mends them. Where there are none, the next one takes the idle slot as it is.
    ///
    /// # Errors
    /// Another process publishes; the disk.
    pub fn look(&self) -> Result<BTreeSet<String>, TreeError> {
        let _lock = self.lock()?;
        let live = self.live()?;
        let mut edited = BTreeSet::new();
        for slot in self.place.slots {
            let (is_idle, begun) = (live != Some(slot), SystemTime::now());
            match self.manifest(slot).filter(|manifest| self.is_whole(slot, manifest)) {
                Some(manifest) if is_idle => {
                    let mut looked = format!("{}\n", manifest.digest());
                    looked.extend(manifest.folders().into_iter().map(|folder| format!("{folder}\n")));
                    self.disk
                        .write(&self.looked_path(slot), looked.as_bytes(), Some(begun))?;
                }
                Some(_) => {}
                None => {
                    edited.extend(self.edited(slot));
                    if is_idle {
                        self.disk.remove(&self.manifest_path(slot))?;
                    }
                }
            }
        }
        Ok(edited)
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

    fn known_path(&self, slot: &str) -> PathBuf {
        self.root.join(format!("{slot}.units"))
    }

    fn looked_path(&self, slot: &str) -> PathBuf {
        self.root.join(format!("{slot}.looked"))
    }

    pub(crate) fn manifest(&self, slot: &str) -> Option<Manifest> {
        Manifest::read(fs::read_to_string(self.manifest_path(slot)).ok()?)
    }

    fn stamps(&self, slot: &str) -> Option<Stamps> {
        Stamps::of(&self.manifest_path(slot), &self.known_path(slot))
    }

    /// A slot with what is known of it, if its manifest is whole; nothing is known for a program that does not say what it is.
    fn held(&self, slot: &str) -> Option<(Stamps, Held)> {
        let stamps = self.stamps(slot)?;
        if let Some(held) = self.memory.take(slot, &stamps) {
            return Some((stamps, held));
        }
        let manifest = self.manifest(slot)?;
        let known = match self.engine.is_empty() {
            true => String::new(),
            false => fs::read_to_string(self.known_path(slot)).unwrap_or_default(),
        };
        let held = Held {
            folder: self.root.join(slot),
            known: Known::read(known, &manifest),
            manifest,
        };
        Some((stamps, held))
    }

    /// Since when everything that happens to a file of a slot with this manifest is still to be found out: since the last look, if its folders have not
    /// changed, so that no file was added, removed or replaced; or else since now, if it is as it was left. None where it is not.
    fn trusted(&self, slot: &str, manifest: &Manifest) -> Option<SystemTime> {
        let now = SystemTime::now();
        let looked = self.looked_at(slot, manifest);
        looked.or_else(|| self.is_whole(slot, manifest).then_some(now))
    }

    /// When a slot was looked at, if that still counts.
    pub(crate) fn looked_at(&self, slot: &str, manifest: &Manifest) -> Option<SystemTime> {
        let path = self.looked_path(slot);
        let at = believed(&path)?;
        let looked = fs::read_to_string(&path).ok()?;
        let (digest, folders) = looked.split_once('\n')?;
        (manifest.digest() == digest).then_some(())?;
        let root = self.root.join(slot);
        let is_left = |folder: &str| {
            let data = fs::metadata(root.join(folder)).ok()?;
            (changed(&data)?.checked_add(TICK)? < at).then_some(())
        };
        folders.lines().all(|folder| is_left(folder).is_some()).then_some(at)
    }

    /// Whether a slot is as it was left: the same files with the same sizes, none of them changed after what the manifest vouches
    /// for, by the time that nobody sets. What changed shortly before it is read, and so is what looks changed: it may be what the
    /// manifest says nevertheless.
    fn is_whole(&self, slot: &str, manifest: &Manifest) -> bool {
        let Some(sealed) = believed(&self.manifest_path(slot)) else {
            return false;
        };
        let folder = self.root.join(slot);
        let lines: HashMap<&str, (u64, &str)> = manifest
            .lines()
            .map(|line| (line.path, (line.bytes, line.sha256)))
            .collect();
        let as_left = |path: &str, entry: &DirEntry| {
            let data = entry.metadata().ok()?;
            let (bytes, sha256) = *lines.get(path)?;
            if !data.is_file() || data.len() != bytes {
                return None;
            }
            let untouched = changed(&data)?.checked_add(TICK)? < sealed;
            (untouched || Entry::of(&fs::read(entry.path()).ok()?).sha256 == sha256).then_some(())
        };
        let found = AtomicUsize::new(0);
        let walked = visit(&folder, &|path, entry| {
            let is_left = as_left(&path, entry).is_some();
            found.fetch_add(usize::from(is_left), Ordering::Relaxed);
            is_left
        });
        walked.is_ok() && found.into_inner() == manifest.len()
    }

    /// The files of a slot that its manifest does not say. Without a manifest nobody can tell.
    fn edited(&self, slot: &str) -> BTreeSet<String> {
        let Some(manifest) = self.manifest(slot) else {
            return BTreeSet::new();
        };
        let folder = self.root.join(slot);
        let mut all = walk(&folder).unwrap_or_default();
        all.extend(manifest.lines().map(|line| line.path.to_owned()));
        let is_left = |path: &str| {
            let said = manifest.find(path).and_then(|place| manifest.line(place));
            let read = fs::read(folder.join(path)).ok();
            said.zip(read).is_some_and(|(line, bytes)| line.is(&Entry::of(&bytes)))
        };
        all.into_iter().filter(|path| !is_left(path)).collect()
    }

    /// What happens to the slot's files after `since` is still to be found out, although the manifest is younger.
    fn write_manifest(&self, slot: &str, manifest: &Manifest, since: Option<SystemTime>) -> Result<(), TreeError> {
        let path = self.manifest_path(slot);
        let new = self.root.join(format!("{slot}.manifest.new"));
        let parts = manifest.parts();
        self.disk
            .write_parts(&new, &parts.each_ref().map(|part| part.as_bytes()), since)?;
        self.disk.sync(&new)?;
        self.disk.rename(&new, &path)?;
        self.disk.sync(&self.root.join(self.place.folder))
    }
}

/// Builds without waiting for a brand that fails: its part is kept, and the rest is built again. `moving` is of how many brands something is
/// to be made; where each of them fails there is nothing to build.
fn holding(
    moving: usize,
    build: impl Fn(&BTreeMap<String, String>) -> Result<Generation, TreeError>,
) -> Result<Generation, TreeError> {
    let mut held = BTreeMap::new();
    loop {
        match build(&held) {
            Err(TreeError::Brand { brand, source }) => held.insert(brand, source.to_string()),
            built => return built.map(|generation| Generation { held, ..generation }),
        };
        if held.len() >= moving {
            return Err(TreeError::Brands(held));
        }
    }
}

/// Up to when a file of ours vouches for others: the time that it names, but never later than it was written.
fn believed(path: &Path) -> Option<SystemTime> {
    let data = fs::metadata(path).ok()?;
    Some(changed(&data)?.min(data.modified().ok()?))
}

/// Held while a tree is changed.
struct Lock(fs::File);

impl Drop for Lock {
    /// Told, not left to the handle's end: a child process that was just forked has the handle too, until it becomes another program.
    fn drop(&mut self) {
        self.0.unlock().ok();
    }
}
