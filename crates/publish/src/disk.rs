//! The few things that publishing does to a disk, and what makes them last. Decides nothing.
//!
//! Files of a tree are written first and made to last together: a disk does that in one go, and waits for each that it is asked for alone.
//!
//! In tests a disk can be told to fail at its n-th step; a write that fails leaves half of its file behind.

use crate::error::TreeError;
use crate::parallel;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Readable by every web server, writable by us, whatever the process's mask is.
const PUBLIC_MODES: (u32, u32) = (0o644, 0o755);
/// Readable by us alone.
const PRIVATE_MODES: (u32, u32) = (0o600, 0o700);

/// From so many files on, everything that the disk still has to write is written, whoever wrote it; fewer are asked for one by one.
const MANY: usize = 2_000;
/// How many files are asked for at a time: the disk makes them last together.
const AT_A_TIME: usize = 8;

/// Bytes that are read back at a time.
const PIECE_BYTES: usize = 64 * 1024;

#[derive(Debug, Default)]
pub(crate) struct Disk {
    /// Whether nobody else may read what is written.
    pub(crate) private: bool,
    #[cfg(test)]
    pub(crate) steps_left: std::sync::Mutex<Option<u32>>,
}

impl Disk {
    /// One that writes for nobody else.
    pub(crate) fn private() -> Disk {
        Disk {
            private: true,
            #[cfg(test)]
            steps_left: std::sync::Mutex::default(),
        }
    }

    /// The modes of files and folders.
    fn modes(&self) -> (u32, u32) {
        if self.private { PRIVATE_MODES } else { PUBLIC_MODES }
    }

    /// In tests: whether this step fails.
    fn fails(&self) -> bool {
        #[cfg(test)]
        if let Some(left) = self.steps_left.lock().unwrap().as_mut() {
            let fails = *left == 0;
            *left = left.saturating_sub(1);
            return fails;
        }
        false
    }

    fn step(&self, what: &'static str, path: &Path) -> Result<(), TreeError> {
        if self.fails() {
            return Err(TreeError::io(what, path)(std::io::Error::other(
                "a failure that the test asked for",
            )));
        }
        Ok(())
    }

    /// A new file in the place of whatever was there; [`Self::flush`] makes it last. Where `modified` says so, it looks as if it had been
    /// written then.
    pub(crate) fn write(&self, path: &Path, content: &[u8], modified: Option<SystemTime>) -> Result<(), TreeError> {
        self.write_parts(path, &[content], modified)
    }

    /// The same for a file in parts, one after the other.
    pub(crate) fn write_parts(
        &self,
        path: &Path,
        parts: &[&[u8]],
        modified: Option<SystemTime>,
    ) -> Result<(), TreeError> {
        let create = || OpenOptions::new().write(true).create_new(true).open(path);
        let mut file = match create() {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                fs::remove_file(path).map_err(TreeError::io("replace", path))?;
                create().map_err(TreeError::io("create", path))?
            }
            created => created.map_err(TreeError::io("create", path))?,
        };
        if self.fails() {
            let content = parts.concat();
            let half = content.get(..content.len() / 2).unwrap_or_default();
            file.write_all(half).map_err(TreeError::io("write", path))?;
            return Err(TreeError::io("write", path)(std::io::Error::other(
                "a failure that the test asked for",
            )));
        }
        for part in parts {
            file.write_all(part).map_err(TreeError::io("write", path))?;
        }
        file.set_permissions(Permissions::from_mode(self.modes().0))
            .map_err(TreeError::io("write", path))?;
        if let Some(modified) = modified {
            file.set_modified(modified).map_err(TreeError::io("write", path))?;
        }
        Ok(())
    }

    /// Whether a file reads back as this.
    pub(crate) fn holds(&self, path: &Path, content: &[u8]) -> Result<bool, TreeError> {
        reads_as(path, content).map_err(TreeError::io("read back", path))
    }

    /// Makes files last, and then the entries of folders, all of them below `root`.
    pub(crate) fn flush(&self, root: &Path, files: &[PathBuf], folders: &[PathBuf]) -> Result<(), TreeError> {
        if files.len() + folders.len() < MANY {
            for paths in [files, folders] {
                parallel::each(AT_A_TIME, paths, |path| self.sync(path))?;
            }
            return Ok(());
        }
        self.step("flush", root)?;
        let all = File::open(root).and_then(|root| rustix::fs::syncfs(&root).map_err(Into::into));
        all.map_err(TreeError::io("flush", root))
    }

    /// A folder with those above it.
    pub(crate) fn folder(&self, path: &Path) -> Result<(), TreeError> {
        if path.is_dir() {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            self.folder(parent)?;
        }
        self.step("create", path)?;
        match fs::create_dir(path) {
            // Another thread was faster.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && path.is_dir() => {}
            created => created.map_err(TreeError::io("create", path))?,
        }
        fs::set_permissions(path, Permissions::from_mode(self.modes().1)).map_err(TreeError::io("create", path))
    }

    /// Removes a file that may be gone already.
    pub(crate) fn remove(&self, path: &Path) -> Result<(), TreeError> {
        self.step("remove", path)?;
        match fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(TreeError::io("remove", path)(error)),
            _ => Ok(()),
        }
    }

    /// Removes a folder and what is in it; it may be gone already.
    pub(crate) fn remove_folder(&self, path: &Path) -> Result<(), TreeError> {
        self.step("remove", path)?;
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(TreeError::io("remove", path)(error)),
            _ => Ok(()),
        }
    }

    /// Makes a file or the entries of a folder last.
    pub(crate) fn sync(&self, path: &Path) -> Result<(), TreeError> {
        self.step("flush", path)?;
        File::open(path)
            .and_then(|file| file.sync_all())
            .map_err(TreeError::io("flush", path))
    }

    /// Puts a finished file in its place in one step.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> Result<(), TreeError> {
        self.step("move", to)?;
        fs::rename(from, to).map_err(TreeError::io("move", to))
    }

    /// Makes `link` lead to `target` in one step, whatever it led to before.
    pub(crate) fn point(&self, link: &Path, target: &str) -> Result<(), TreeError> {
        let new = link.with_extension("new");
        self.remove(&new)?;
        self.step("link", &new)?;
        symlink(target, &new).map_err(TreeError::io("link", &new))?;
        self.rename(&new, link)?;
        self.sync(link.parent().unwrap_or(Path::new(".")))
    }
}

fn reads_as(path: &Path, content: &[u8]) -> io::Result<bool> {
    let mut file = File::open(path)?;
    if file.metadata()?.len() != content.len() as u64 {
        return Ok(false);
    }
    let mut read = vec![0; content.len().min(PIECE_BYTES)];
    for piece in content.chunks(PIECE_BYTES) {
        let read = read.get_mut(..piece.len()).unwrap_or_default();
        file.read_exact(read)?;
        if read != piece {
            return Ok(false);
        }
    }
    Ok(true)
}
