//! `/status`: how the machine and the mail stand, and what ends soon. What nobody found out is said to be unknown.
//!
//! Holds counts, days and words of ours: no title, sender, path or message. A row that needs somebody shows what to do.

mod mail;
mod reader;
#[cfg(test)]
mod tests;

use super::shell;
use crate::docket::Docket;
use crate::machine::{Checkpoint, Database, Machine};
use crate::words;
use askama::Template;
use jiff::Timestamp;
use mail::{mail_in, mail_out};
use psirt::board::KeyState;
use psirt::house::key::KeyUse;
use reader::reader;

/// Less free space than this needs somebody: a disk that is full takes no report.
const LEAST_FREE_BYTES: u64 = 1 << 30;
/// A checkpoint that is older needs somebody.
const CHECKPOINT_S: i64 = 8 * 86_400;
/// How one is made.
const CHECKPOINT: &str = "candor journal checkpoint";

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
    /// What to do, where that is a command.
    command: Option<&'static str>,
}

impl Row {
    /// The same with the command that looks after it.
    fn by(self, command: &'static str) -> Row {
        Row {
            command: Some(command),
            ..self
        }
    }
}

/// How a row stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    /// Somebody has to do something.
    Look,
    /// Somebody has to do something, and what was promised has not happened.
    Late,
    Off,
    Unknown,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            State::Good => "Good",
            State::Look => "Look at it",
            State::Late => "Late",
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
        let summary = match (count(State::Look) + count(State::Late), count(State::Unknown)) {
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
        command: None,
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
    let unnamed = machine.map(|machine| machine.unnamed.as_slice()).unwrap_or_default();
    if !unnamed.is_empty() {
        let text = format!(
            "The certificate does not name {}: whoever comes there is warned, or does not come in.",
            words::list(unnamed)
        );
        rows.push(row("Hosts", State::Look, text));
    }
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
        return row(NAME, State::Look, format!("{entries}, and no checkpoint yet.")).by(CHECKPOINT);
    };
    let made = at.map_or_else(
        || "at an unknown time".to_owned(),
        |at| format!("{} ago", words::age(at, docket.now)),
    );
    let is_old = at.is_none_or(|at| docket.now.duration_since(at).as_secs() > CHECKPOINT_S);
    let stale = is_old && machine.entries != Some(covered);
    let more = if stale {
        " Sign a newer one, and carry it off the machine."
    } else {
        ""
    };
    let text = format!("{entries}; the last checkpoint covers {covered}, written {made}.{more}");
    match stale {
        true => row(NAME, State::Look, words::capital(&text)).by(CHECKPOINT),
        false => row(NAME, State::Good, words::capital(&text)),
    }
}
