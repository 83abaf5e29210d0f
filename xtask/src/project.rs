//! What the checks look at: the files of the working tree and what cargo says about the packages.
//!
//! Owns reading them. Never writes, and never judges.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A file of the project that holds text.
pub(crate) struct TextFile {
    /// From the root, with `/` between folders.
    pub(crate) path: String,
    /// All of it.
    pub(crate) text: String,
}

impl TextFile {
    /// Its lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The number of the first line that fits, or 1: where a finding about the whole file is shown.
    pub(crate) fn line_of(&self, fits: impl Fn(&str) -> bool) -> usize {
        self.lines()
            .find(|(_, line)| fits(line))
            .map_or(1, |(number, _)| number)
    }
}

/// The project as the checks see it.
pub(crate) struct Project {
    /// Every file that is tracked, or would be.
    pub(crate) paths: BTreeSet<String>,
    /// Those that hold UTF-8 text.
    pub(crate) texts: Vec<TextFile>,
    /// What `cargo metadata` prints.
    pub(crate) metadata: Value,
}

impl Project {
    /// Reads the working tree: what git tracks, and what it does not ignore.
    pub(crate) fn read() -> Result<Self> {
        let root = root();
        let listed = output(Command::new("git").current_dir(&root).args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]))?;
        let mut project = Self {
            paths: BTreeSet::new(),
            texts: Vec::new(),
            metadata: cargo_metadata()?,
        };
        for path in listed.split('\0').filter(|path| !path.is_empty()) {
            // A tracked file that was deleted and not yet committed is still listed.
            let Ok(bytes) = std::fs::read(root.join(path)) else {
                continue;
            };
            if !project.paths.insert(path.to_owned()) {
                continue;
            }
            if let Ok(text) = String::from_utf8(bytes) {
                project.texts.push(TextFile {
                    path: path.to_owned(),
                    text,
                });
            }
        }
        Ok(project)
    }

    /// The text file at this path.
    pub(crate) fn text(&self, path: &str) -> Option<&TextFile> {
        self.texts.iter().find(|file| file.path == path)
    }

    /// Whether a file or a folder is there.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let folder = format!("{path}/");
        self.paths.contains(path)
            || self
                .paths
                .range(folder.clone()..)
                .next()
                .is_some_and(|p| p.starts_with(&folder))
    }

    /// A small project for a check's own test.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self {
            paths: files.iter().map(|(path, _)| (*path).to_owned()).collect(),
            texts: files
                .iter()
                .map(|(path, text)| TextFile {
                    path: (*path).to_owned(),
                    text: (*text).to_owned(),
                })
                .collect(),
            metadata: Value::Null,
        }
    }
}

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// The cargo that runs us.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Packages, their dependencies and licences, and where cargo builds.
pub(crate) fn cargo_metadata() -> Result<Value> {
    let text = output(cargo().args(["metadata", "--format-version", "1"]))?;
    serde_json::from_str(&text).context("`cargo metadata` did not print JSON")
}

/// What a command prints, if it ends well.
fn output(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .output()
        .with_context(|| format!("`{program}` could not be started; is it installed?"))?;
    ensure!(
        output.status.success(),
        "`{program}` ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    String::from_utf8(output.stdout).with_context(|| format!("`{program}` printed something that is not UTF-8"))
}
