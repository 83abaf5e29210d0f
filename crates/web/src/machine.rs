//! What the serving process found out about its machine, for the status page: shapes of plain values.
//!
//! Owns no finding out, which is the binary's. Never holds a path, an address of a person, a title or a secret.

use jiff::Timestamp;
use std::sync::Arc;

/// Finds out how the machine stands now. It may wait for the kernel, and is asked on a thread that may.
pub type Look = Arc<dyn Fn() -> Machine + Send + Sync>;

/// The machine as it stands.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Since when this process serves: what it remembers of mail began then.
    pub began: Timestamp,
    /// How a process that reads mail is shut in; none where none could be started.
    pub reader: Option<Confinement>,
    /// Where mail comes in.
    pub doors: Vec<Door>,
    /// Whether letters have a mail server to go to.
    pub sends: bool,
    /// Where the journal is kept.
    pub database: Database,
    /// Free and total bytes of the data directory's disk; none where the system does not say.
    pub disk: Option<(u64, u64)>,
    /// Entries of the journal; none where it could not be asked.
    pub entries: Option<u64>,
    /// The newest checkpoint in the data directory.
    pub checkpoint: Option<Checkpoint>,
    /// When the certificate of our own TLS ends, or that nobody could read it; none where we have none.
    pub certificate: Option<Option<Timestamp>>,
    /// Those of our own hosts that it does not name.
    pub unnamed: Vec<String>,
}

/// How a process is shut in that was started for this: as it tried itself, and as the kernel says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confinement {
    /// Whether Landlock's rules hold whole, in part, or not at all.
    pub landlock: Rules,
    /// The version of Landlock in effect, as the kernel counts them.
    pub landlock_abi: Option<i32>,
    /// Whether no file opens.
    pub no_files: bool,
    /// Whether no socket can be made.
    pub no_network: bool,
    /// `Seccomp` in `/proc`: 2 is a filter.
    pub seccomp: Option<u64>,
    /// `NoNewPrivs` in `/proc`: 1 is for good.
    pub no_new_privileges: Option<u64>,
    /// The limit of its address space in bytes.
    pub memory_bytes: Option<u64>,
    /// The limit of its time on a processor in seconds.
    pub processor_s: Option<u64>,
    /// The limit of a file that it writes in bytes.
    pub file_bytes: Option<u64>,
}

/// How far Landlock's rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Everything that was asked for.
    Whole,
    /// What this kernel knows of it.
    Part,
    /// Nothing.
    None,
}

/// A way on which mail comes in.
#[derive(Clone, Debug)]
pub struct Door {
    /// `LMTP`, `SMTP` or `IMAP`.
    pub name: &'static str,
    /// How it is encrypted there, in words; none where the door is off.
    pub open: Option<&'static str>,
    /// When it took the last message in this process.
    pub message: Option<Timestamp>,
    /// When a mailbox was last looked into in this process; none for a door that others come to.
    pub looked: Option<Timestamp>,
    /// Why it does not work now, in words of ours.
    pub trouble: Option<&'static str>,
}

/// Where the journal is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// In files here, of so many bytes; none where they could not be looked at.
    Sqlite(Option<u64>),
    /// On a PostgreSQL.
    Postgres,
}

/// A checkpoint of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many entries it covers.
    pub entries: u64,
    /// When it was written.
    pub at: Option<Timestamp>,
}
