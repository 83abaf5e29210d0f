//! How the process that reads others' mail is shut in, line by line.
//!
//! Never says that something holds which nobody looked at.

use super::{Part, Row, State, row};
use crate::machine::{Confinement, Rules};

/// Good or not.
fn holds(name: &str, good: bool, yes: &str, no: &str) -> Row {
    match good {
        true => row(name, State::Good, yes),
        false => row(name, State::Look, no),
    }
}

/// A number of the kernel that should be one and the same everywhere.
fn kernel(name: &str, found: Option<u64>, good: impl Fn(u64) -> bool, words: impl Fn(u64) -> String) -> Row {
    match found {
        Some(value) if good(value) => row(name, State::Good, words(value)),
        Some(value) => row(name, State::Look, words(value)),
        None => row(name, State::Unknown, "The kernel did not say."),
    }
}

/// How the process that reads others' mail is shut in.
pub(super) fn reader(found: Option<&Confinement>) -> Part {
    const MOST_BYTES: u64 = 512 << 20;
    const MOST_S: u64 = 30;
    let rows = match found {
        None => vec![row(
            "Reading process",
            State::Unknown,
            "None could be started to look at, so nothing is known of it. Without one no mail is read.",
        )],
        Some(found) => {
            let abi = found
                .landlock_abi
                .map_or_else(String::new, |abi| format!(", version {abi}"));
            vec![
                kernel(
                    "System calls",
                    found.seccomp,
                    |mode| mode == 2,
                    |mode| match mode {
                        2 => "A filter holds (seccomp 2): reading and writing what is open, memory, time, and to end."
                            .to_owned(),
                        other => format!(
                            "No filter holds (seccomp {other}), so no mail is read: allow seccomp filters here."
                        ),
                    },
                ),
                match found.landlock {
                    Rules::Whole => row(
                        "Landlock",
                        State::Good,
                        format!("Holds whole{abi}: no file, no network, no other process."),
                    ),
                    Rules::Part => row(
                        "Landlock",
                        State::Good,
                        format!(
                            "Holds as far as this kernel knows it{abi}; the filter of system calls stands before it."
                        ),
                    ),
                    Rules::None => row(
                        "Landlock",
                        State::Off,
                        "This kernel has none, or does not use it. The filter of system calls stands alone.",
                    ),
                },
                holds(
                    "Files",
                    found.no_files,
                    "None opens: it was tried.",
                    "One opened, so no mail is read: allow seccomp filters here.",
                ),
                holds(
                    "Network",
                    found.no_network,
                    "No socket can be made: it was tried.",
                    "A socket could be made, so no mail is read: allow seccomp filters here.",
                ),
                kernel(
                    "Privileges",
                    found.no_new_privileges,
                    |set| set == 1,
                    |set| match set {
                        1 => "It can gain none (no_new_privs 1).".to_owned(),
                        other => format!("It could gain some (no_new_privs {other})."),
                    },
                ),
                kernel(
                    "Memory",
                    found.memory_bytes,
                    |most| most <= MOST_BYTES,
                    |most| format!("{} MiB at most.", most >> 20),
                ),
                kernel(
                    "Processor",
                    found.processor_s,
                    |most| most <= MOST_S,
                    |most| format!("{most} seconds at most."),
                ),
                kernel(
                    "Written files",
                    found.file_bytes,
                    |most| most == 0,
                    |most| match most {
                        0 => "Not one byte.".to_owned(),
                        most => format!("{most} bytes at most."),
                    },
                ),
            ]
        }
    };
    Part {
        title: "The process that reads mail",
        about: "As one that was started for this page tried it, and as the kernel says of it".to_owned(),
        rows,
    }
}
