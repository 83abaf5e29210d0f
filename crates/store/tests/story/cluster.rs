//! A throw-away PostgreSQL cluster on a socket in a temporary folder.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use store::{Config, Location};
use tempfile::TempDir;

/// The system user that runs the cluster if the tests run as root, because PostgreSQL refuses root.
const SERVER_USER: &str = "postgres";

pub(crate) struct Cluster {
    folder: TempDir,
    programs: PathBuf,
}

impl Cluster {
    /// Starts a cluster; `None` if PostgreSQL is not installed, said aloud, and a failure where CI promises that it is.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = find_programs() else {
            crate::skipped("PostgreSQL (initdb and pg_ctl)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        // The server's user makes its own folder inside.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let cluster = Self { folder, programs };
        cluster.run(
            "initdb",
            &[
                "--username=candor",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            ],
        );
        let socket = format!("-k {} -c listen_addresses=''", cluster.folder.path().display());
        let log = cluster.folder.path().join("log");
        cluster.run(
            "pg_ctl",
            &[
                "start",
                "--wait",
                "--silent",
                "--log",
                log.to_str().unwrap(),
                "--options",
                &socket,
            ],
        );
        Some(cluster)
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let path = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid", SERVER_USER, "--regid", SERVER_USER, "--clear-groups"])
                .arg(path);
            command
        } else {
            Command::new(path)
        };
        command
            .arg("--pgdata")
            .arg(self.folder.path().join("data"))
            .args(arguments);
        let status = command
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status();
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

    /// Makes two empty databases and a plan that uses them.
    pub(crate) async fn config(&self, blobs: &Path) -> Config {
        let mut connection = PgConnection::connect(&self.url("postgres")).await.unwrap();
        for sql in ["create database journal", "create database keys"] {
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        }
        Config {
            journal: Location::parse("store.url", &self.url("journal"), blobs).unwrap(),
            keys: Location::parse("store.keys_url", &self.url("keys"), blobs).unwrap(),
            blobs: blobs.to_owned(),
            journal_max_pages: None,
            clock_may_stand_back: false,
        }
    }
}

impl Cluster {
    /// Switches fsync off and waits until new connections see it.
    pub(crate) async fn stop_syncing(&self) {
        let mut connection = PgConnection::connect(&self.url("postgres")).await.unwrap();
        sqlx::query("alter system set fsync = off")
            .execute(&mut connection)
            .await
            .unwrap();
        sqlx::query("select pg_reload_conf()")
            .execute(&mut connection)
            .await
            .unwrap();
        for _ in 0..10_000 {
            let mut fresh = PgConnection::connect(&self.url("postgres")).await.unwrap();
            let fsync: String = sqlx::query_scalar("select current_setting('fsync')")
                .fetch_one(&mut fresh)
                .await
                .unwrap();
            fresh.close().await.unwrap();
            if fsync == "off" {
                return;
            }
        }
        panic!("the server never took the setting");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.run("pg_ctl", &["stop", "--mode=immediate", "--silent"]);
    }
}

fn find_programs() -> Option<PathBuf> {
    let installed = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"));
    let mut folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH").unwrap_or_default())
        .chain(installed)
        .collect();
    folders.retain(|folder| {
        ["initdb", "pg_ctl"]
            .iter()
            .all(|program| folder.join(program).is_file())
    });
    folders.into_iter().next()
}

pub(crate) fn is_root() -> bool {
    // The owner of our own process folder is the user that we run as.
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
