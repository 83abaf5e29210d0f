//! A data directory as a whole: its folders, what of it goes into an export, and how one is made from an export.
//!
//! Owns the mark of a half-made directory. Never reads a database: the store does.

use crate::config::{self, Config};
use crate::failure::Failure;
use crate::post::templates;
use std::fs;
use std::io::{BufRead, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use store::{Content, Fault, Imported, Importer, OutFile, Store, TransferError};
use tokio::runtime::Handle;
use vault::MasterKey;

/// Folders of a data directory. `blobs` and the databases are made by the store.
const FOLDERS: [&str; 4] = ["db", "keys", "tree", "checkpoints"];
/// The file that says that a directory is half made. It is the first one written and the last one removed.
const UNFINISHED: &str = "unfinished";
/// What may lie in a half-made directory: all of it was made by us, and is made anew.
const OURS: [&str; 11] = [
    "blobs",
    "candor.toml",
    "checkpoints",
    "clock",
    "db",
    "keys",
    "lock",
    "mail",
    "public",
    "tree",
    "settings",
];
/// Where the parts of a configuration that moved with its house wait until the new one is written.
const SETTINGS: &str = "settings";
const PUBLIC: &str = "public";

fn failed(path: &Path) -> impl Fn(std::io::Error) -> Failure + '_ {
    move |error| Failure::machine(format!("{}: {}", path.display(), error.kind()))
}

/// Makes the folders.
pub(crate) fn make(root: &Path) -> Result<(), Failure> {
    for folder in FOLDERS.iter().map(|folder| root.join(folder)) {
        fs::create_dir_all(&folder).map_err(failed(&folder))?;
    }
    // A web server of another user may pass through to the published tree, and neither list nor read anything else.
    for folder in [root.to_owned(), root.join("tree")] {
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o711)).map_err(failed(&folder))?;
    }
    Ok(())
}

/// Refuses a directory that holds something.
pub(crate) fn require_empty(root: &Path, safe: &str) -> Result<(), Failure> {
    let mut entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(root)(error)),
    };
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(Failure::refused(format!(
            "{} is not empty. Nothing was written{safe}; name a new directory with --dir",
            root.display()
        ))),
    }
}

/// Refuses a directory that a restore has not finished.
pub(crate) fn require_finished(root: &Path) -> Result<(), Failure> {
    match root.join(UNFINISHED).exists() {
        false => Ok(()),
        true => Err(Failure::machine(format!(
            "{} is half made: a restore or an import into it was interrupted. What it came from is untouched; repeat the same command, which begins anew",
            root.display()
        ))),
    }
}

/// What goes along with the journal: settings, checkpoints, an operator's words for letters, the clock of an exercise, and the published tree, so that the same bytes
/// are public again.
pub(crate) fn files(root: &Path) -> Result<Vec<OutFile>, Failure> {
    let mut files = vec![OutFile {
        path: SETTINGS.to_owned(),
        content: Content::Bytes(config::settings(root)?.into_bytes()),
        public: false,
    }];
    let clock = root.join("clock");
    if clock.is_file() {
        files.push(out("clock", clock, false));
    }
    for name in names(&root.join("checkpoints"))? {
        files.push(out(
            &format!("checkpoints/{name}"),
            root.join("checkpoints").join(&name),
            false,
        ));
    }
    for (template, part) in templates::every() {
        let place = templates::place(template, part);
        let file = root.join(&place);
        if file.is_file() {
            files.push(out(&place, file, false));
        }
    }
    let Ok(slot) = fs::read_link(root.join(PUBLIC)) else {
        return Ok(files);
    };
    let slot = slot.to_str().filter(|slot| matches!(*slot, "tree/a" | "tree/b"));
    let slot = slot.ok_or_else(|| Failure::machine(format!("{} is no link of ours", root.join(PUBLIC).display())))?;
    walk(root, slot, &mut files)?;
    // The manifest is newer than the files that it lists.
    let manifest = format!("{slot}.manifest");
    files.push(out(&manifest, root.join(&manifest), false));
    files.push(OutFile {
        path: PUBLIC.to_owned(),
        content: Content::Bytes(slot.as_bytes().to_vec()),
        public: false,
    });
    Ok(files)
}

fn out(path: &str, file: PathBuf, public: bool) -> OutFile {
    OutFile {
        path: path.to_owned(),
        content: Content::File(file),
        public,
    }
}

/// The names in a folder, in their order; none if there is no folder.
fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(folder)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry.map_err(failed(folder))?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

fn walk(root: &Path, folder: &str, files: &mut Vec<OutFile>) -> Result<(), Failure> {
    for name in names(&root.join(folder))? {
        let path = format!("{folder}/{name}");
        if root.join(&path).is_dir() {
            walk(root, &path, files)?;
        } else {
            files.push(out(&path, root.join(&path), true));
        }
    }
    Ok(())
}

/// Where the file of an export belongs; none for a name that no export of ours has.
fn place(root: &Path, name: &str) -> Option<PathBuf> {
    let known = matches!(name, SETTINGS | "clock" | "tree/a.manifest" | "tree/b.manifest")
        || ["checkpoints/", "tree/a/", "tree/b/"]
            .iter()
            .any(|folder| name.starts_with(folder))
        || templates::every().any(|(template, part)| templates::place(template, part) == name);
    match name {
        // Written as a file first; the link is made from it.
        PUBLIC => Some(root.join("db/public")),
        name => known.then(|| root.join(name)),
    }
}

/// A house from somewhere else: what it is read from, and where its databases are.
pub(crate) struct Arrival<'a> {
    pub(crate) root: &'a Path,
    /// PostgreSQL databases for journal and keys, in place of files in the directory.
    pub(crate) databases: Option<(&'a str, &'a str)>,
    pub(crate) master: Option<MasterKey>,
}

/// What came of an arrival.
pub(crate) struct Arrived {
    pub(crate) imported: Imported,
    /// Whether the master key was there, so that the whole was opened and checked.
    pub(crate) checked: bool,
}

impl Arrival<'_> {
    /// Makes the directory. If it fails, the directory is as empty as before; if the machine dies, it is marked as half made.
    pub(crate) fn settle(
        self,
        runtime: &Handle,
        mut readers: Vec<(String, Box<dyn BufRead + '_>)>,
    ) -> Result<Arrived, Failure> {
        let root = self.root;
        match root.join(UNFINISHED).exists() {
            true => clear(root)?,
            false => require_empty(
                root,
                ", and what is there is safe: a house is never restored over another one",
            )?,
        }
        let there = root.exists();
        if !root.join(UNFINISHED).exists() {
            mark(root)?;
        }
        let settled = self.fill(runtime, &mut readers);
        if settled.is_err() {
            // Whatever cannot be removed is still marked.
            let cleared = clear(root).and_then(|()| fs::remove_file(root.join(UNFINISHED)).map_err(failed(root)));
            if cleared.is_ok() && !there {
                fs::remove_dir(root).ok();
            }
        }
        settled
    }

    fn fill(self, runtime: &Handle, readers: &mut [(String, Box<dyn BufRead + '_>)]) -> Result<Arrived, Failure> {
        let root = self.root;
        make(root)?;
        let first = config::text_of_arrival("", self.databases)?;
        let plan = Config::parse(&root.join(config::FILE), &first)?.store(root)?;
        let imported = runtime.block_on(async {
            let mut importer = Importer::begin(&plan).await?;
            for (name, reader) in readers {
                let read = importer.read(reader.as_mut(), &|name| place(root, name)).await;
                read.map_err(|error| refused(name, &error))?;
            }
            let finished = importer.finish().await;
            finished.map_err(|error| Failure::refused(format!("{error}. Nothing was restored")))
        })?;
        self.settings()?;
        point(root)?;
        let checked = self.master.is_some();
        if let Some(master) = self.master {
            master.save(&root.join("keys/master.key"))?;
            runtime.block_on(check(&plan, &root.join("keys/master.key"), &imported))?;
        }
        let sync = |path: &Path| {
            fs::File::open(path)
                .and_then(|folder| folder.sync_all())
                .map_err(failed(path))
        };
        for folder in [&root.join("keys"), &root.join("checkpoints"), root] {
            sync(folder)?;
        }
        fs::remove_file(root.join(UNFINISHED)).map_err(failed(root))?;
        sync(root)?;
        Ok(Arrived { imported, checked })
    }

    /// The configuration: what moved with the house, and where its databases are here.
    fn settings(&self) -> Result<(), Failure> {
        let moved = self.root.join(SETTINGS);
        let text = fs::read_to_string(&moved).map_err(failed(&moved))?;
        let file = self.root.join(config::FILE);
        let text = config::text_of_arrival(&text, self.databases)?;
        Config::parse(&file, &text)?;
        write(&file, text.as_bytes())?;
        fs::remove_file(&moved).map_err(failed(&moved))
    }
}

/// Opens the new house once: its head must be that of the old one, and everything in it sound.
async fn check(plan: &store::Config, key: &Path, imported: &Imported) -> Result<(), Failure> {
    let store = Store::open(plan, MasterKey::load(key)?).await?;
    let report = store.verify().await?;
    store.close().await;
    // What was missing already where it came from, or has a newer key file elsewhere, is told; nothing else is excused by it.
    let mut told = Vec::new();
    if imported.counts.blobs < report.blobs {
        told.push(Fault::BlobMissing);
    }
    if imported.keys_missing > 0 {
        told.push(Fault::KeyMissing);
    }
    if report.head != imported.head || !report.is_sound_but_for(&told) {
        return Err(Failure::machine(
            "the new house is not the one that was written: its journal does not verify. Nothing was kept; what it came from is untouched",
        ));
    }
    Ok(())
}

/// Why a file cannot be taken, and what is still safe.
pub(crate) fn refused(name: &str, error: &TransferError) -> Failure {
    const SAFE: &str =
        "Nothing was restored, and what it was made from is untouched: take another copy, or an older one";
    let cause = match error {
        TransferError::Read(error) => {
            let inner = error
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<vault::VaultError>());
            match inner {
                Some(vault::VaultError::NotAuthentic) => {
                    "it is damaged or cut short: its seal does not hold".to_owned()
                }
                Some(inner) => inner.to_string(),
                None => format!("it could not be read to its end: {}", error.kind()),
            }
        }
        TransferError::Store(error) => return Failure::machine(format!("{name}: {error}")),
        error => error.to_string(),
    };
    Failure::refused(format!("{name}: {cause}. {SAFE}"))
}

/// Marks a directory as half made, before anything else is written into it.
fn mark(root: &Path) -> Result<(), Failure> {
    fs::create_dir_all(root).map_err(failed(root))?;
    write(
        &root.join(UNFINISHED),
        b"A restore or an import into this directory has not finished. Repeat it.\n",
    )
}

/// Removes everything but the mark from a directory that was half made. What is not ours stops it.
pub(crate) fn clear(root: &Path) -> Result<(), Failure> {
    let names = names(root)?;
    if let Some(other) = names
        .iter()
        .find(|name| *name != UNFINISHED && !OURS.contains(&name.as_str()))
    {
        return Err(Failure::refused(format!(
            "{} is half made, but `{other}` in it is none of ours; nothing was removed: take it away, then repeat",
            root.display()
        )));
    }
    for name in names.iter().filter(|name| *name != UNFINISHED) {
        let path = root.join(name);
        let is_folder = fs::symlink_metadata(&path).is_ok_and(|data| data.is_dir());
        let removed = if is_folder {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        removed.map_err(failed(&path))?;
    }
    Ok(())
}

/// Makes the link to what is public.
fn point(root: &Path) -> Result<(), Failure> {
    let file = root.join("db/public");
    let slot = match fs::read_to_string(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        slot => slot.map_err(failed(&file))?,
    };
    if !matches!(slot.as_str(), "tree/a" | "tree/b") {
        return Err(Failure::machine("the export names a published tree that is none"));
    }
    let link = root.join(PUBLIC);
    std::os::unix::fs::symlink(&slot, &link).map_err(failed(&link))?;
    fs::remove_file(&file).map_err(failed(&file))
}

/// Writes a new file of ours and makes it durable.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.map_err(failed(path))?;
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written
        .and_then(|()| fs::File::open(parent)?.sync_all())
        .map_err(failed(path))
}
