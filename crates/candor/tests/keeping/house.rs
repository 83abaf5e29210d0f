//! A house to lose and to find again: the data directory of format 1 from the fixtures, upgraded, and short words for commands on it.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Confirmed, on a line of the first brand.
pub(crate) const OPEN: &str = "NN-2026-HB10E";
/// Out of scope.
pub(crate) const REJECTED: &str = "NN-2026-SWH67";

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/format-1")
        .join(name)
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for item in fs::read_dir(from).unwrap() {
        let (item, path) = (item.as_ref().unwrap().path(), to.join(item.unwrap().file_name()));
        if item.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(&item).unwrap(), path).unwrap();
        } else if item.is_dir() {
            copy(&item, &path);
        } else {
            fs::copy(&item, &path).unwrap();
        }
    }
}

/// The data directory as the older version left it. A version control keeps no modes, and the master key must be its owner's alone.
pub(crate) fn older(folder: &Path) -> PathBuf {
    let dir = folder.join("house");
    for name in ["db", "keys", "blobs"] {
        copy(&fixture(name), &dir.join(name));
    }
    for name in ["candor.toml", "clock"] {
        fs::copy(fixture(name), dir.join(name)).unwrap();
    }
    fs::set_permissions(dir.join("keys/master.key"), fs::Permissions::from_mode(0o600)).unwrap();
    dir
}

/// The same in the format of this version.
pub(crate) fn house(folder: &TempDir) -> PathBuf {
    let dir = older(folder.path());
    done(&dir, &["upgrade"]);
    dir
}

pub(crate) fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_candor"));
    command.arg("--dir").arg(dir).args(args).env_remove("CANDOR_DIR");
    command
}

pub(crate) fn fed(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that reads nothing may have ended before.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8_lossy(&text).into_owned()
}

/// Runs a command that must go well.
pub(crate) fn done(dir: &Path, args: &[&str]) -> String {
    done_with(dir, args, b"")
}

pub(crate) fn done_with(dir: &Path, args: &[&str], input: &[u8]) -> String {
    let output = fed(&mut command(dir, args), input);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that must be refused in these words.
pub(crate) fn refused(dir: &Path, args: &[&str], parts: &[&str]) {
    let output = fed(&mut command(dir, args), b"");
    let text = said(&output);
    assert!(matches!(output.status.code(), Some(1..=3)), "{args:?}: {text}");
    for part in parts {
        assert!(text.contains(part), "{args:?}: {text}\nlacks {part}");
    }
    assert!(!text.contains("panicked"), "{text}");
}

pub(crate) fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

/// The root of the journal, if everything in the house fits.
pub(crate) fn verified(dir: &Path) -> String {
    let found = json(&done(dir, &["journal", "verify", "--json"]));
    assert_eq!(found["sound"], true);
    found["root"].as_str().unwrap().to_owned()
}

/// A recipient, and the file with the secret key.
pub(crate) fn backup_key(folder: &TempDir) -> (String, String) {
    let key = json(&done(folder.path(), &["backup", "key", "--json"]));
    let file = folder.path().join("secret");
    fs::write(&file, key["secret_key"].as_str().unwrap()).unwrap();
    (key["recipient"].as_str().unwrap().to_owned(), text(&file))
}

pub(crate) fn text(path: impl AsRef<OsStr>) -> String {
    path.as_ref().to_str().unwrap().to_owned()
}

/// Takes a report in.
pub(crate) fn report(dir: &Path, content: &str, options: &[&str]) -> String {
    let args = [&["report", "-", "--json", "--as", "analyst"], options].concat();
    let said = json(&done_with(dir, &args, content.as_bytes()));
    said["number"].as_str().unwrap().to_owned()
}

/// Says what a missing program left out; a failure where CI promises that nothing is missing.
pub(crate) fn skipped(needs: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "skipped: needs {needs}");
    println!("skipped: needs {needs}");
}

/// Whether a program is there.
pub(crate) fn has(program: &str, argument: &str) -> bool {
    let run = Command::new(program)
        .arg(argument)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    run.is_ok_and(|status| status.success())
}
