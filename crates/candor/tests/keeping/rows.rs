//! Rows that somebody edited, a clock that stands back, a house on PostgreSQL from its first day.

use crate::house::*;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

#[test]
fn a_clock_behind_the_journal_is_told_by_whatever_is_read() {
    let folder = TempDir::new().unwrap();
    let dir = house(&folder);
    let list = |args: &[&str]| {
        let output = fed(
            &mut command(&dir, &[&["case", "list", "--as", "lead"][..], args].concat()),
            b"",
        );
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        (output.stdout, String::from_utf8(output.stderr).unwrap())
    };
    let (before, quiet) = list(&[]);
    assert_eq!(quiet, "");
    fs::write(dir.join("clock"), "2025-03-01T08:30:00Z\n").unwrap();
    for args in [&[][..], &["--json"]] {
        let (_, warning) = list(args);
        assert!(
            warning.starts_with(
                "candor: the clock says 2025-03-01 08:30:00 UTC, but the last entry was recorded at 2026-"
            ) && warning.trim_end().lines().count() == 1,
            "{warning}"
        );
    }
    assert!(!before.is_empty());
    refused(
        &dir,
        &["case", "reviewed", OPEN, "--as", "analyst"],
        &["the clock says 2025-03-01 08:30:00 UTC", "Set the clock right"],
    );
}

/// Changes the journal's database behind Candor's back.
fn edit(dir: &Path, sql: &str) {
    let script =
        "import sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as db:\n  assert db.execute(sys.argv[2]).rowcount > 0";
    let mut python = Command::new("python3");
    let edited = python
        .args(["-c", script])
        .arg(dir.join("db/candor.db"))
        .arg(sql)
        .output();
    let edited = edited.unwrap();
    assert!(edited.status.success(), "{sql}: {}", said(&edited));
}

/// Edits the journal's database behind Candor's back, then expects the check to name it.
fn check_edited(sql: &str, parts: &[&str]) {
    if !has("python3", "--version") {
        return skipped("python3");
    }
    let folder = TempDir::new().unwrap();
    let dir = house(&folder);
    let shred = ["shred", "case", REJECTED, "--why", "Retention is over"];
    done(
        &dir,
        &[&shred[..], &["--as", "lead", "--approved-by", "publisher"]].concat(),
    );
    verified(&dir);
    edit(&dir, sql);
    refused(&dir, &["journal", "verify"], parts);
    refused(&dir, &["journal", "verify", "--json"], &["\"sound\": false"]);
}

#[test]
fn a_hand_edited_tracking_number_is_named() {
    let entry = "select stream from entry where log_index = 0";
    check_edited(
        &format!("update number set stream = ({entry}) where number = '{OPEN}'"),
        &[
            OPEN,
            "but it was given to report:",
            "Still safe: every entry, report and case",
        ],
    );
    check_edited(
        &format!("update number set stream = ({entry}) where number = '{REJECTED}'"),
        &[REJECTED, "was not shredded with it"],
    );
    for number in [OPEN, REJECTED] {
        check_edited(
            &format!("delete from number where number = '{number}'"),
            &[number, "its row is missing"],
        );
    }
    check_edited(
        &format!("insert into number select 'NN-2026-00000', ({entry})"),
        &["NN-2026-00000", "no entry there has this number"],
    );
    check_edited(
        &format!("update number set stream = 'report:x' where number = '{OPEN}'"),
        &[
            OPEN,
            "names a stream without any entry",
            "Every entry by itself is as it was",
        ],
    );
}

#[test]
fn a_restore_is_checked_although_a_file_was_missing_before() {
    if !has("python3", "--version") {
        return skipped("python3");
    }
    let folder = TempDir::new().unwrap();
    let dir = house(&folder);
    let (recipient, secret) = backup_key(&folder);
    let key = text(dir.join("keys/master.key"));
    let mut shelves = fs::read_dir(dir.join("blobs"))
        .unwrap()
        .map(|item| item.unwrap().path());
    let shelf = shelves.find(|path| path.is_dir()).unwrap();
    fs::remove_file(fs::read_dir(shelf).unwrap().next().unwrap().unwrap().path()).unwrap();
    let restore = |name: &str| {
        let out = text(folder.path().join(name));
        // It says what is missing, and is made all the same.
        let made = fed(&mut command(&dir, &["backup", "--to", &recipient, &out]), b"");
        assert!(made.status.code() == Some(1) && said(&made).contains("is missing or damaged"));
        let files = [format!("{out}.house"), format!("{out}.keys")];
        let new = folder.path().join(format!("{name}.new"));
        let keys = ["--secret-key", &secret, "--master-key", &key];
        let args = [&["restore", &files[0], &files[1]][..], &keys].concat();
        let output = fed(&mut command(&new, &args), b"");
        (new.exists(), output.status.code(), said(&output))
    };
    let (there, status, told) = restore("monday");
    assert!(there && status == Some(0), "{told}");
    edit(
        &dir,
        &format!("update number set stream = 'report:x' where number = '{OPEN}'"),
    );
    let (there, status, told) = restore("tuesday");
    assert!(
        !there && status == Some(3) && told.contains("does not verify"),
        "{told}"
    );
}

/// A PostgreSQL server on a socket in a folder of its own; it ends with the test.
struct Server {
    folder: TempDir,
    programs: PathBuf,
}

impl Server {
    /// None where PostgreSQL is not installed, which is told.
    fn start() -> Option<Server> {
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut found = versions.map(|version| version.path().join("bin"));
        let Some(programs) = found.find(|bin| bin.join("initdb").is_file()) else {
            skipped("PostgreSQL (initdb, pg_ctl and createdb)");
            return None;
        };
        let folder = TempDir::new().unwrap();
        // The server's user makes its own folder inside.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let server = Server { folder, programs };
        let place = text(server.folder.path());
        let socket = format!("-k {place} -c listen_addresses=''");
        let log = format!("{place}/log");
        let data = server.data();
        server.run(
            "initdb",
            &[
                "--pgdata",
                &data,
                "--username=candor",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-sync",
            ],
        );
        server.run(
            "pg_ctl",
            &[
                "start",
                "--wait",
                "--pgdata",
                &data,
                "--log",
                &log,
                "--options",
                &socket,
            ],
        );
        for database in ["journal", "keys"] {
            server.run("createdb", &["--host", &place, "--username=candor", database]);
        }
        Some(server)
    }

    fn data(&self) -> String {
        text(self.folder.path().join("data"))
    }

    fn run(&self, program: &str, args: &[&str]) {
        let path = self.programs.join(program);
        // PostgreSQL refuses to run as root.
        let root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        let mut command = Command::new(if root { Path::new("setpriv") } else { &path });
        if root {
            command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]);
            command.arg(&path);
        }
        command
            .args(args)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let status = command.status();
        assert!(
            status.as_ref().is_ok_and(|status| status.success()),
            "{program}: {status:?}"
        );
    }

    fn url(&self, database: &str) -> String {
        format!(
            "postgres://candor@localhost/{database}?host={}",
            self.folder.path().display()
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.run("pg_ctl", &["stop", "--mode=immediate", "--pgdata", &self.data()]);
    }
}

#[test]
fn a_house_begins_on_postgresql() {
    let folder = TempDir::new().unwrap();
    let dir = folder.path().join("house");
    let init = |journal: &str, keys: &str| {
        let args = [
            "init",
            "--name",
            "Example house",
            "--store",
            journal,
            "--keys-store",
            keys,
        ];
        fed(&mut command(&dir, &args), b"")
    };
    refused(
        &dir,
        &["init", "--name", "x", "--store", "postgres://a@b/c"],
        &["--keys-store"],
    );
    // Whatever is wrong with the address, the directory is as empty as before, and the command is repeated.
    let nowhere = |name: &str| format!("postgres://candor@localhost/{name}?host={}", folder.path().display());
    for (journal, keys) in [("mysql://x", "mysql://y"), (&nowhere("journal"), &nowhere("keys"))] {
        let output = init(journal, keys);
        assert!(!output.status.success() && !dir.exists(), "{}", said(&output));
    }
    let Some(server) = Server::start() else { return };
    let same = init(&server.url("journal"), &server.url("journal"));
    assert!(
        said(&same).contains("a database apart") && !dir.exists(),
        "{}",
        said(&same)
    );
    let made = init(&server.url("journal"), &server.url("keys"));
    assert_eq!(made.status.code(), Some(0), "{}", said(&made));
    let person = [
        "person",
        "add",
        "ada",
        "--name",
        "Ada",
        "--role",
        "administrator",
        "--as",
        "ada",
    ];
    done(&dir, &person);
    assert!(done(&dir, &["person", "list", "--as", "ada"]).contains("Ada"));
    verified(&dir);
    assert!(!dir.join("db/candor.db").exists() && !dir.join("keys/keys.db").exists());
    let again = init(&server.url("journal"), &server.url("keys"));
    assert!(said(&again).contains("is not empty"), "{}", said(&again));
}
