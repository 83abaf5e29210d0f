//! Why a command ended without doing what was asked, and the exit status for it.
//!
//! Owns the statuses. Never invents a message: it carries those of the crates below.

use std::fmt;
use std::io;

/// It was refused, or something was found.
pub(crate) const REFUSED: u8 = 1;
/// The command line makes no sense.
pub(crate) const USAGE: u8 = 2;
/// Disk, database, configuration.
pub(crate) const MACHINE: u8 = 3;

/// Later: what mail servers call `EX_TEMPFAIL`, and repeat.
pub(crate) const LATER: u8 = 75;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A clause, a role or the record forbids it, or the thing is not there.
    Refused(String),
    /// The command line makes no sense.
    Usage(String),
    /// Disk, database, configuration.
    Machine(String),
    /// Nothing is wrong with what was asked, and it could not be done now: whoever asks repeats it.
    Later(String),
    /// What clap says about the command line; help is one of these.
    Parse(Box<clap::Error>),
    /// Whoever read the output has had enough of it.
    Closed,
}

impl Failure {
    /// The exit status.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Failure::Closed => 0,
            Failure::Parse(error) => u8::try_from(error.exit_code()).unwrap_or(USAGE),
            Failure::Refused(_) => REFUSED,
            Failure::Usage(_) => USAGE,
            Failure::Machine(_) => MACHINE,
            Failure::Later(_) => LATER,
        }
    }

    pub(crate) fn refused(message: impl Into<String>) -> Failure {
        Failure::Refused(message.into())
    }

    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure::Usage(message.into())
    }

    pub(crate) fn machine(message: impl Into<String>) -> Failure {
        Failure::Machine(message.into())
    }

    /// A file that could not be read or written. What was named on the command line and is not there is a mistake of usage.
    pub(crate) fn file(path: &std::path::Path, error: &io::Error) -> Failure {
        let path = path.display();
        match error.kind() {
            io::ErrorKind::NotFound => Failure::Usage(format!("there is no file `{path}`: check the path")),
            io::ErrorKind::IsADirectory => Failure::Usage(format!("`{path}` is a folder: name a file in it")),
            io::ErrorKind::PermissionDenied => Failure::Machine(format!(
                "`{path}` is closed to the user that runs this: change its permissions, or run it as its owner"
            )),
            kind => Failure::Machine(format!("`{path}` cannot be read or written ({kind}): check the disk")),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Refused(message)
            | Failure::Usage(message)
            | Failure::Machine(message)
            | Failure::Later(message) => f.write_str(message),
            Failure::Parse(error) => error.fmt(f),
            Failure::Closed => Ok(()),
        }
    }
}

impl From<casework::ActError> for Failure {
    fn from(error: casework::ActError) -> Failure {
        use casework::ActError;
        let message = error.to_string();
        match error {
            ActError::Store(store::StoreError::Conflict { .. }) => Failure::Refused(message),
            ActError::Store(_) | ActError::Vault(_) | ActError::Unreadable(_) => Failure::Machine(message),
            _ => Failure::Refused(message),
        }
    }
}

impl From<store::StoreError> for Failure {
    fn from(error: store::StoreError) -> Failure {
        match error {
            store::StoreError::NotInitialised { .. } => Failure::Usage(error.to_string()),
            _ => Failure::Machine(error.to_string()),
        }
    }
}

impl From<vault::VaultError> for Failure {
    fn from(error: vault::VaultError) -> Failure {
        Failure::Machine(error.to_string())
    }
}

/// Writing to standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::Closed,
            kind => Failure::Machine(format!("the output could not be written: {kind}")),
        }
    }
}
