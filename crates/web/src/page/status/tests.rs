//! The page in words, for machines that are well, silent or not well.

use super::*;
use crate::machine::{Confinement, Door, Rules};
use psirt::board::{Board, Glances};

const NOW: &str = "2027-02-19T09:20:00Z";

fn at(text: &str) -> Option<Timestamp> {
    Some(text.parse().unwrap())
}

fn machine() -> Machine {
    Machine {
        began: at("2027-02-19T07:20:00Z").unwrap(),
        reader: Some(Confinement {
            landlock: Rules::Whole,
            landlock_abi: Some(6),
            no_files: true,
            no_network: true,
            seccomp: Some(2),
            no_new_privileges: Some(1),
            memory_bytes: Some(512 << 20),
            processor_s: Some(30),
            file_bytes: Some(0),
        }),
        doors: vec![
            Door {
                name: "LMTP",
                open: Some("Open, for this machine"),
                message: at("2027-02-19T09:15:00Z"),
                looked: None,
                trouble: None,
            },
            Door {
                name: "IMAP",
                open: None,
                message: None,
                looked: None,
                trouble: None,
            },
        ],
        sends: true,
        database: Database::Sqlite(Some(4_200_000)),
        disk: Some((20_000_000_000, 40_000_000_000)),
        entries: Some(120),
        checkpoint: Some(Checkpoint {
            entries: 100,
            at: at("2027-02-17T09:20:00Z"),
        }),
        certificate: Some(at("2027-05-19T09:20:00Z")),
        unnamed: Vec::new(),
    }
}

fn check_status(machine: Option<&Machine>, expect: &[&str]) {
    let (board, mut glances, now) = (Board::default(), Glances::default(), NOW.parse().unwrap());
    glances.update(&board, now);
    let status = Status::of(&Docket::of(&board, &glances, now), machine);
    let rows = status.parts.iter().flat_map(|part| &part.rows);
    let lines: Vec<String> = rows
        .map(|row| {
            let command = row.command.map_or_else(String::new, |command| format!(" | {command}"));
            format!("{}: {}. {}{command}", row.name, row.state.word(), row.text)
        })
        .collect();
    let text = format!("{}\n{}", status.summary, lines.join("\n"));
    for part in expect {
        assert!(text.contains(part), "{text}\nlacks {part}");
    }
}

#[test]
fn what_is_well_is_said_to_be() {
    check_status(
        Some(&machine()),
        &[
            "Nothing needs anybody.",
            "System calls: Good. A filter holds (seccomp 2)",
            "Landlock: Good. Holds whole, version 6",
            "Memory: Good. 512 MiB at most.",
            "LMTP: Good. Open, for this machine. Last message: 5 min ago.",
            "IMAP: Off. Not in candor.toml.",
            "Disk: Good. 20.0 GB free of 40.0 GB.",
            "Journal: Good. 120 entries; the last checkpoint covers 100, written 2 d ago.",
        ],
    );
}

#[test]
fn what_is_not_known_is_not_said_to_be_well() {
    check_status(
        None,
        &[
            "Nothing that is known needs anybody; 5 unknown.",
            "Reading process: Unknown.",
            "Doors: Unknown.",
            "Mail server: Unknown.",
            "Machine: Unknown.",
        ],
    );
    let silent = Machine {
        reader: Some(Confinement {
            seccomp: None,
            memory_bytes: None,
            ..machine().reader.unwrap()
        }),
        database: Database::Sqlite(None),
        disk: None,
        ..machine()
    };
    check_status(
        Some(&silent),
        &[
            "4 unknown",
            "System calls: Unknown. The kernel did not say.",
            "Memory: Unknown.",
            "Database: Unknown.",
            "Disk: Unknown.",
        ],
    );
}

#[test]
fn what_needs_somebody_says_what_to_do() {
    let bad = Machine {
        reader: Some(Confinement {
            landlock: Rules::None,
            landlock_abi: None,
            no_network: false,
            seccomp: Some(0),
            memory_bytes: Some(1 << 40),
            ..machine().reader.unwrap()
        }),
        doors: vec![Door {
            name: "IMAP",
            open: Some("Looked into over TLS"),
            message: None,
            looked: at("2027-02-19T08:20:00Z"),
            trouble: Some("it does not let us in"),
        }],
        sends: false,
        disk: Some((1_000_000, 40_000_000_000)),
        checkpoint: None,
        certificate: Some(at("2027-03-01T09:20:00Z")),
        unnamed: vec!["rooms.vendor.example".to_owned()],
        ..machine()
    };
    check_status(
        Some(&bad),
        &[
            "Eight lines need somebody.",
            "System calls: Look at it. No filter holds (seccomp 0), so no mail is read",
            "Landlock: Off.",
            "Network: Look at it.",
            "Memory: Look at it. 1048576 MiB at most.",
            "IMAP: Look at it. It does not let us in; it is tried again.",
            "Mail server: Off. None in candor.toml, [mail.out]",
            "Certificate: Look at it. It ends Mon 1 Mar, 09:20 UTC. A renewed file is taken within a minute.",
            "Hosts: Look at it. The certificate does not name rooms.vendor.example: whoever comes there is warned",
            "Disk: Look at it. 1.0 MB free of 40.0 GB. A full disk takes no report in",
            "Journal: Look at it. 120 entries, and no checkpoint yet. | candor journal checkpoint",
        ],
    );
    let old = Machine {
        checkpoint: Some(Checkpoint {
            entries: 100,
            at: at("2027-01-17T09:20:00Z"),
        }),
        ..machine()
    };
    check_status(
        Some(&old),
        &["One line needs somebody.", "written 33 d ago. Sign a newer one"],
    );
}
