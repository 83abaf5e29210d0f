//! Walking a folder: each file once, with what the system knows of it. Two threads share the folders, because a tree has a hundred thousand
//! files and both slots of a disk are in memory soon.
//!
//! Links are named, never followed.

use crate::error::TreeError;
use std::collections::BTreeSet;
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How many threads walk.
const THREADS: usize = 2;

/// Folders that wait, and how many threads may still find more of them.
#[derive(Default)]
struct Waiting {
    folders: Vec<(PathBuf, String)>,
    busy: usize,
    failed: Option<TreeError>,
    is_over: bool,
}

/// Every file below a folder, as paths relative to it with `/`.
pub(crate) fn walk(folder: &Path) -> Result<BTreeSet<String>, TreeError> {
    let files = Mutex::new(BTreeSet::new());
    visit(folder, &|path, _| {
        files.lock().unwrap_or_else(PoisonError::into_inner).insert(path);
        true
    })?;
    Ok(files.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Calls `each` with every file below a folder, in no order, until it says that this is enough.
pub(crate) fn visit(folder: &Path, each: &(dyn Fn(String, &DirEntry) -> bool + Sync)) -> Result<(), TreeError> {
    let waiting = Mutex::new(Waiting {
        folders: vec![(folder.to_owned(), String::new())],
        ..Waiting::default()
    });
    let more = Condvar::new();
    std::thread::scope(|scope| {
        for _ in 1..THREADS {
            scope.spawn(|| walk_along(&waiting, &more, each));
        }
        walk_along(&waiting, &more, each);
    });
    let failed = waiting.into_inner().unwrap_or_else(PoisonError::into_inner).failed;
    failed.map_or(Ok(()), Err)
}

fn walk_along(waiting: &Mutex<Waiting>, more: &Condvar, each: &(dyn Fn(String, &DirEntry) -> bool + Sync)) {
    let lock = || waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let mut state: MutexGuard<'_, Waiting> = lock();
    loop {
        if state.is_over || (state.folders.is_empty() && state.busy == 0) {
            more.notify_all();
            return;
        }
        let Some((folder, prefix)) = state.folders.pop() else {
            state = more.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        state.busy += 1;
        drop(state);
        let found = list(&folder, &prefix, each);
        state = lock();
        state.busy -= 1;
        match found {
            Ok(Some(folders)) => state.folders.extend(folders),
            Ok(None) => state.is_over = true,
            Err(error) => {
                state.failed.get_or_insert(error);
                state.is_over = true;
            }
        }
        more.notify_all();
    }
}

/// The folders in a folder; none if that was enough.
fn list(
    folder: &Path,
    prefix: &str,
    each: &(dyn Fn(String, &DirEntry) -> bool + Sync),
) -> Result<Option<Vec<(PathBuf, String)>>, TreeError> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder).map_err(TreeError::io("list", folder))? {
        let entry = entry.map_err(TreeError::io("list", folder))?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            folders.push((entry.path(), format!("{path}/")));
        } else if !each(path, &entry) {
            return Ok(None);
        }
    }
    Ok(Some(folders))
}
