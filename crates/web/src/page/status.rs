//! `/status`: how the machine and the mail stand, and what ends soon. What nobody found out is said to be unknown.
//!
//! Holds counts, days and words of ours: no title, sender, path or message. A row that needs somebody shows what to do.

use super::shell;
use crate::docket::Docket;
use crate::machine::{Checkpoint, Confinement, Database, Door, Machine, Rules};
use crate::words;
use askama::Template;
use jiff::Timestamp;
use psirt::board::{KeyState, Report};
use psirt::house::dispatch::DispatchEnd;
use psirt::house::key::KeyUse;
use psirt::house::mail::Fate;

/// Less free space than this needs somebody: a disk that is full takes no report.
const LEAST_FREE_BYTES: u64 = 1 << 30;
/// Mail that nobody has read for longer than this needs somebody: it is read within seconds.
const READ_WITHIN_S: i64 = 15 * 60;
/// A checkpoint that is older needs somebody.
const CHECKPOINT_S: i64 = 8 * 86_400;

#[derive(Template)]
#[template(path = "status.html")]
pub(crate) struct Status {
    shell: look::Desk,
    summary: String,
    parts: Vec<Part>,
}

struct Part {
    title: &'static str,
    about: String,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    state: State,
    text: String,
}

/// How a row stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    /// Somebody has to do something.
    Look,
    Off,
    Unknown,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            State::Good => "Good",
            State::Look => "Look at it",
            State::Off => "Off",
            State::Unknown => "Unknown",
        }
    }
}

impl Status {
    pub(crate) fn of(docket: &Docket<'_>, machine: Option<&Machine>) -> Status {
        let parts = vec![
            reader(machine.and_then(|machine| machine.reader.as_ref())),
            mail_in(docket, machine),
            mail_out(docket, machine),
            keys(docket, machine),
            keeping(docket, machine),
        ];
        let rows = || parts.iter().flat_map(|part| &part.rows);
        let count = |state: State| rows().filter(|row| row.state == state).count();
        let summary = match (count(State::Look), count(State::Unknown)) {
            (0, 0) => "Nothing needs anybody.".to_owned(),
            (0, unknown) => format!("Nothing that is known needs anybody; {unknown} unknown."),
            (1, _) => "One line needs somebody.".to_owned(),
            (look, _) => format!("{} lines need somebody.", words::count(look)),
        };
        Status {
            shell: shell(docket, "/status"),
            summary,
            parts,
        }
    }
}

fn row(name: impl Into<String>, state: State, text: impl Into<String>) -> Row {
    Row {
        name: name.into(),
        state,
        text: text.into(),
    }
}

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
fn reader(found: Option<&Confinement>) -> Part {
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

/// How a door stands.
fn door(docket: &Docket<'_>, door: &Door) -> Row {
    let Some(open) = door.open else {
        return row(door.name, State::Off, "Not in candor.toml.");
    };
    let ago = |at: Option<Timestamp>, never: &str| {
        at.map_or_else(|| never.to_owned(), |at| format!("{} ago", words::age(at, docket.now)))
    };
    let message = ago(door.message, "none since it began");
    let text = match (door.name, door.trouble) {
        (_, Some(why)) => format!("{}; it is tried again. Last message: {message}.", words::capital(why)),
        ("IMAP", None) => format!(
            "{open}. Last look: {}; last message: {message}.",
            ago(door.looked, "none yet")
        ),
        (_, None) => format!("{open}. Last message: {message}."),
    };
    match door.trouble {
        Some(_) => row(door.name, State::Look, text),
        None => row(door.name, State::Good, text),
    }
}

fn mail_in(docket: &Docket<'_>, machine: Option<&Machine>) -> Part {
    let doors = machine.map(|machine| &machine.doors);
    let mut rows: Vec<Row> = doors.into_iter().flatten().map(|one| door(docket, one)).collect();
    if doors.is_none() {
        rows.push(row("Doors", State::Unknown, "This desk has no doors of its own."));
    }
    let mail = || docket.board.open_reports().map(|(_, report)| report);
    let is_unread = |report: &&Report| report.mail.as_ref().is_some_and(|mail| mail.sorted.is_none());
    let (count, oldest) = (
        mail().filter(is_unread).count(),
        mail().filter(is_unread).filter_map(|report| report.at).min(),
    );
    rows.push(match oldest {
        None if count == 0 => row("Not read yet", State::Good, "Nothing waits."),
        None => row(
            "Not read yet",
            State::Unknown,
            format!("{}; since when is unknown.", message_count(count)),
        ),
        Some(at) => {
            let is_old = docket.now.duration_since(at).as_secs() > READ_WITHIN_S;
            let state = if is_old { State::Look } else { State::Good };
            let text = format!(
                "{}, the oldest for {}.",
                message_count(count),
                words::age(at, docket.now)
            );
            row("Not read yet", state, text)
        }
    });
    rows.push(match docket.held_count() {
        0 => row("Held", State::Good, "Nothing waits for a person."),
        held => row(
            "Held",
            State::Look,
            format!("{} for a person: the page Mail.", wait(held, "message", "messages")),
        ),
    });
    Part {
        title: "Mail that comes in",
        about: since(docket, machine),
        rows,
    }
}

fn message_count(count: usize) -> String {
    words::capital(&words::plural(count, "message", "messages"))
}

/// `One message waits`, `3 messages wait`
fn wait(count: usize, one: &str, many: &str) -> String {
    let verb = if count == 1 { "waits" } else { "wait" };
    format!("{} {verb}", words::capital(&words::plural(count, one, many)))
}

/// What the process remembers began with it.
fn since(docket: &Docket<'_>, machine: Option<&Machine>) -> String {
    machine.map_or_else(String::new, |machine| {
        format!("This process began {} ago", words::age(machine.began, docket.now))
    })
}

fn mail_out(docket: &Docket<'_>, machine: Option<&Machine>) -> Part {
    let mut rows = Vec::new();
    rows.push(match machine.map(|machine| machine.sends) {
        Some(true) => row("Mail server", State::Good, "Letters have one to go to."),
        Some(false) => row(
            "Mail server",
            State::Off,
            "None in candor.toml, [mail.out]: letters wait, and are dropped after five days.",
        ),
        None => row("Mail server", State::Unknown, "This desk sends nothing itself."),
    });
    let letters = docket.board.open_reports().flat_map(|(_, report)| &report.letters);
    let (mut waiting, mut failing, mut given_up) = (Vec::new(), 0, 0);
    for letter in letters {
        match &letter.end {
            None => {
                waiting.push(letter.ordered);
                failing += usize::from(letter.begun > 0);
            }
            Some((_, DispatchEnd::GivenUp(_))) => given_up += 1,
            Some(_) => {}
        }
    }
    rows.push(match waiting.iter().min() {
        None => row("Letters", State::Good, "None waits."),
        Some(oldest) => {
            let age = words::age(*oldest, docket.now);
            let text = format!("{}, the oldest for {age}.", wait(waiting.len(), "letter", "letters"));
            let is_old = docket.now.duration_since(*oldest).as_secs() > READ_WITHIN_S;
            row("Letters", if is_old { State::Look } else { State::Good }, text)
        }
    });
    rows.push(match failing {
        0 => row("Failing", State::Good, "None is tried again."),
        failing => row(
            "Failing",
            State::Look,
            format!(
                "{} tried and not taken yet: candor mail queue --as YOU",
                words::capital(&words::plural(failing, "letter was", "letters were"))
            ),
        ),
    });
    rows.push(match given_up {
        0 => row("Given up", State::Good, "None, of reports that are open."),
        given_up => row(
            "Given up",
            State::Look,
            format!(
                "{} given up, of reports that are open: candor mail queue --as YOU",
                words::capital(&words::plural(given_up, "letter was", "letters were"))
            ),
        ),
    });
    let bounced = |report: &Report| {
        let fate = report.mail.as_ref().and_then(|mail| mail.fate());
        matches!(fate, Some(Fate::Undelivered { hard: true, .. }))
    };
    let bounces = docket
        .board
        .open_reports()
        .filter(|(_, report)| bounced(report))
        .count();
    let lost = casework::unreached(docket.board, docket.open().map(|(stream, _)| stream), docket.now);
    let lost = lost
        .iter()
        .filter(|one| matches!(one.why, casework::Unreachable::CameBack(_)))
        .count();
    let bounce = match bounces {
        0 => "No mail came back for good".to_owned(),
        bounces => format!(
            "{} back for good",
            words::capital(&words::plural(bounces, "mail came", "mails came"))
        ),
    };
    rows.push(match lost {
        0 => row(
            "Came back",
            State::Good,
            format!("{bounce}; nobody of an open case waits to be reached."),
        ),
        lost => row(
            "Came back",
            State::Look,
            format!(
                "{bounce}; {} another way to be reached: the first page.",
                words::plural(lost, "reporter needs", "reporters need")
            ),
        ),
    });
    let outbox = casework::outbox(docket.board, docket.now);
    rows.push(match outbox.iter().map(|entry| entry.since).min() {
        None => row("Outbox", State::Good, "Nothing that is public waits to be told."),
        Some(oldest) => {
            let late = outbox.iter().any(|entry| entry.due.is_some_and(|due| due < docket.now));
            let age = words::age(oldest, docket.now);
            let text = format!(
                "{}, the oldest for {age}{}: candor outbox --as YOU",
                wait(outbox.len(), "entry", "entries"),
                if late { ", and one is late" } else { "" }
            );
            row("Outbox", State::Look, text)
        }
    });
    rows.push(match docket.board.house.given_up.len() {
        0 => row("Jobs", State::Good, "None was given up."),
        jobs => row(
            "Jobs",
            State::Look,
            format!(
                "{} given up: the first page has the command.",
                words::capital(&words::plural(jobs, "job was", "jobs were"))
            ),
        ),
    });
    Part {
        title: "Mail that goes out, and the outbox",
        about: String::new(),
        rows,
    }
}

fn keys(docket: &Docket<'_>, machine: Option<&Machine>) -> Part {
    let house = &docket.board.house;
    let mut rows = Vec::new();
    for brand in house.brands.keys() {
        for purpose in [KeyUse::Sign, KeyUse::Intake] {
            let name = format!("{} key of {brand}", words::capital(purpose.name()));
            let Some(key) = house.key_in_use(brand, purpose) else {
                rows.push(row(name, State::Off, "There is none."));
                continue;
            };
            let state = key.state(docket.now);
            let end = key.until.map_or_else(
                || "It has no end.".to_owned(),
                |end| format!("It ends {}.", words::instant(end, &docket.zone, docket.now)),
            );
            let text = match state {
                KeyState::Good => end,
                _ => key.told(brand, state),
            };
            let good = if state == KeyState::Good {
                State::Good
            } else {
                State::Look
            };
            rows.push(row(name, good, words::capital(&text)));
        }
    }
    for warning in house.key_warnings(docket.now) {
        if warning.what == "security.txt" {
            rows.push(row(
                format!("security.txt of {}", warning.brand),
                State::Look,
                words::capital(&warning.text),
            ));
        }
    }
    rows.push(certificate(docket, machine.map(|machine| machine.certificate)));
    if house.brands.is_empty() {
        rows.push(row("Keys", State::Off, "No brand, no key."));
    }
    Part {
        title: "Keys and certificates",
        about: "Told 60 and 30 days before they end".to_owned(),
        rows,
    }
}

/// The certificate of our own TLS. Whoever renews it does so by a program, so that thirty days before its end something is wrong.
fn certificate(docket: &Docket<'_>, found: Option<Option<Option<Timestamp>>>) -> Row {
    const NAME: &str = "Certificate";
    const SOON_S: i64 = 30 * 86_400;
    match found {
        None => row(NAME, State::Unknown, "This desk has no doors of its own."),
        Some(None) => row(
            NAME,
            State::Off,
            "None in candor.toml, [listen]: whoever stands before the portal has it.",
        ),
        Some(Some(None)) => row(NAME, State::Unknown, "It is in use, and its end could not be read."),
        Some(Some(Some(end))) => {
            let left_s = end.duration_since(docket.now).as_secs();
            let when = words::instant(end, &docket.zone, docket.now);
            match left_s {
                ..=0 => row(
                    NAME,
                    State::Look,
                    format!("It ended {when}. A renewed file is taken within a minute."),
                ),
                _ if left_s < SOON_S => row(
                    NAME,
                    State::Look,
                    format!("It ends {when}. A renewed file is taken within a minute."),
                ),
                _ => row(NAME, State::Good, format!("It ends {when}.")),
            }
        }
    }
}

fn keeping(docket: &Docket<'_>, machine: Option<&Machine>) -> Part {
    let rows = match machine {
        None => vec![row("Machine", State::Unknown, "This desk stands on no data directory.")],
        Some(machine) => vec![
            match machine.database {
                Database::Postgres => row("Database", State::Good, "PostgreSQL: it is asked for every page."),
                Database::Sqlite(Some(size)) => row(
                    "Database",
                    State::Good,
                    format!("SQLite, {} on disk.", words::bytes(size)),
                ),
                Database::Sqlite(None) => row("Database", State::Unknown, "SQLite; its files could not be looked at."),
            },
            match machine.disk {
                None => row("Disk", State::Unknown, "The system did not say what is free."),
                Some((free, total)) => {
                    let scarce = free < LEAST_FREE_BYTES;
                    let text = format!(
                        "{} free of {}.{}",
                        words::bytes(free),
                        words::bytes(total),
                        if scarce {
                            " A full disk takes no report in: make room."
                        } else {
                            ""
                        }
                    );
                    row("Disk", if scarce { State::Look } else { State::Good }, text)
                }
            },
            checkpoint(docket, machine),
        ],
    };
    Part {
        title: "What is kept",
        about: String::new(),
        rows,
    }
}

fn checkpoint(docket: &Docket<'_>, machine: &Machine) -> Row {
    const NAME: &str = "Journal";
    let entries = machine.entries.map_or_else(
        || "an unknown number of entries".to_owned(),
        |count| format!("{count} entries"),
    );
    let Some(Checkpoint { entries: covered, at }) = machine.checkpoint else {
        return row(
            NAME,
            State::Look,
            format!("{entries}, and no checkpoint yet: candor journal checkpoint"),
        );
    };
    let made = at.map_or_else(
        || "at an unknown time".to_owned(),
        |at| format!("{} ago", words::age(at, docket.now)),
    );
    let is_old = at.is_none_or(|at| docket.now.duration_since(at).as_secs() > CHECKPOINT_S);
    let stale = is_old && machine.entries != Some(covered);
    let more = if stale {
        " Sign a newer one, and carry it off the machine: candor journal checkpoint"
    } else {
        ""
    };
    let text = format!("{entries}; the last checkpoint covers {covered}, written {made}.{more}");
    row(
        NAME,
        if stale { State::Look } else { State::Good },
        words::capital(&text),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
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
        }
    }

    fn check_status(machine: Option<&Machine>, expect: &[&str]) {
        let (board, mut glances, now) = (Board::default(), Glances::default(), NOW.parse().unwrap());
        glances.update(&board, now);
        let status = Status::of(&Docket::of(&board, &glances, now), machine);
        let rows = status.parts.iter().flat_map(|part| &part.rows);
        let lines: Vec<String> = rows
            .map(|row| format!("{}: {}. {}", row.name, row.state.word(), row.text))
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
            ..machine()
        };
        check_status(
            Some(&bad),
            &[
                "Seven lines need somebody.",
                "System calls: Look at it. No filter holds (seccomp 0), so no mail is read",
                "Landlock: Off.",
                "Network: Look at it.",
                "Memory: Look at it. 1048576 MiB at most.",
                "IMAP: Look at it. It does not let us in; it is tried again.",
                "Mail server: Off. None in candor.toml, [mail.out]",
                "Certificate: Look at it. It ends Mon 1 Mar, 09:20 UTC. A renewed file is taken within a minute.",
                "Disk: Look at it. 1.0 MB free of 40.0 GB. A full disk takes no report in",
                "Journal: Look at it. 120 entries, and no checkpoint yet: candor journal checkpoint",
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
}
