//! `candor outbox`: what follows a publication and waits, as files for whoever delivers it by hand, and that it was delivered.
//!
//! Owns the words. Sends nothing: what is taken goes out by a person's own means.

use crate::cli::{Global, instant};
use crate::failure::Failure;
use crate::outbox::{Rendered, render};
use crate::output::Shown;
use crate::session::{House, Session, actor};
use crate::words::columns;
use casework::{Outbound, RecordOwed, records_owed};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use psirt::advisory::{DeliveryEnd, Follow};
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Outbox {
    /// Also what was handed over, skipped or replaced
    #[arg(long)]
    all: bool,
    #[command(subcommand)]
    act: Option<Act>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Act {
    /// Writes an entry as files, from what is public now
    Take {
        /// The entry, as the list names it
        id: String,
        /// The folder; it is made if it is not there, and nothing in it is overwritten
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Records that an entry was handed over, on its advisory and its cases
    Done {
        /// The entry
        id: String,
        /// When; without it now
        #[arg(long, value_name = "INSTANT", value_parser = instant)]
        at: Option<Timestamp>,
    },
    /// Records that an entry is not handed over
    Skip {
        /// The entry
        id: String,
        /// Why
        #[arg(long)]
        why: String,
    },
    /// Adds an entry for a published advisory
    Add {
        /// The advisory's id, or its public number
        advisory: String,
        #[command(flatten)]
        follow: What,
    },
}

/// What is added.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct What {
    /// For a CERT
    #[arg(long, value_name = "NAME")]
    cert: Option<String>,
    /// For the record of an id that the advisory names
    #[arg(long, value_name = "CVE-ID")]
    cve: Option<String>,
    /// For the announce list
    #[arg(long)]
    announce: bool,
}

impl From<What> for Follow {
    fn from(what: What) -> Follow {
        match (what.cert, what.cve) {
            (Some(cert), _) => Follow::Cert(cert),
            (_, Some(id)) => Follow::Cve(id),
            _ => Follow::Announce,
        }
    }
}

impl Outbox {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        let by = actor(global)?;
        let work = &house.casework;
        match self.act {
            None => list(&work.outbox(&by, self.all)?, &records_owed(&work.board())),
            Some(Act::Take { id, to }) => {
                let outgoing = work.outgoing(&by, &id)?;
                let rendered = house.wait(render(&house, &outgoing))?;
                taken(&id, &rendered, &to)
            }
            Some(Act::Done { id, at }) => done(&house, global, &id, at),
            Some(Act::Skip { id, why }) => {
                house.wait(work.skip_delivery(&by, &id, &why))?;
                Shown::new(json!({ "id": id }), format!("{id} is not handed over."))
            }
            Some(Act::Add { advisory, follow }) => {
                let id = house.wait(work.add_delivery(&by, &advisory, follow.into()))?;
                Shown::new(
                    json!({ "id": id }),
                    format!("{id} waits. Next: `candor outbox take {id} --to DIR`."),
                )
            }
        }
    }
}

fn list(entries: &[Outbound], owed: &[RecordOwed]) -> Result<Shown, Failure> {
    let mut rows = vec![
        ["entry", "advisory", "what", "since", "promised by", "due", "state"]
            .map(str::to_owned)
            .to_vec(),
    ];
    rows.extend(entries.iter().map(row));
    let text = match entries.is_empty() {
        true => "Nothing waits.\n".to_owned(),
        false => columns(&rows),
    };
    let waits = entries.iter().any(|entry| entry.end.is_none());
    let hint = if waits {
        "Candor sends nothing by itself yet: `candor outbox take ENTRY --to DIR`, send it, then `candor outbox done ENTRY`.\n"
    } else {
        ""
    };
    let owed: String = owed.iter().map(record_owed).collect();
    Shown::new(
        entries.iter().map(as_json).collect::<Vec<_>>(),
        format!("{text}{hint}{owed}"),
    )
}

/// A record that release notes made due, which no entry stands for.
fn record_owed(owed: &RecordOwed) -> String {
    format!(
        "The record of {} is due by {} (CNA rule 4.5.1.4): release notes named it on {}, and nothing else of {} is public. Submit it, then `candor case cve-published {}`.\n",
        owed.cve, owed.due, owed.disclosed, owed.number, owed.number
    )
}

fn row(entry: &Outbound) -> Vec<String> {
    let due = entry.due.map_or("-".to_owned(), |due| due.to_string());
    vec![
        entry.id.clone(),
        format!("{} rev {}", entry.number, entry.revision),
        entry.follow.to_string(),
        entry.since.to_string(),
        entry.clause.clone().unwrap_or_else(|| "-".to_owned()),
        due,
        state(entry),
    ]
}

fn state(entry: &Outbound) -> String {
    match &entry.end {
        None => "waits".to_owned(),
        Some(DeliveryEnd::Done { at, by }) => format!("handed over at {at} by {by}"),
        Some(DeliveryEnd::Skipped { by, why, .. }) => format!("skipped by {by}: {why}"),
        Some(DeliveryEnd::Folded { into }) => format!("replaced by {}/{into}", entry.advisory),
        Some(DeliveryEnd::Gone) => "its version had to go".to_owned(),
    }
}

fn as_json(entry: &Outbound) -> Value {
    let state = match &entry.end {
        None => "waits",
        Some(DeliveryEnd::Done { .. }) => "handed-over",
        Some(DeliveryEnd::Skipped { .. }) => "skipped",
        Some(DeliveryEnd::Folded { .. }) => "replaced",
        Some(DeliveryEnd::Gone) => "gone",
    };
    json!({
        "id": entry.id,
        "advisory": entry.advisory,
        "number": entry.number,
        "title": entry.title,
        "what": entry.follow.name(),
        "to": entry.follow.to_string(),
        "revision": entry.revision,
        "since": entry.since.to_string(),
        "clause": entry.clause,
        "due": entry.due.map(|due| due.to_string()),
        "state": state,
    })
}

fn taken(id: &str, rendered: &Rendered, folder: &Path) -> Result<Shown, Failure> {
    fs::create_dir_all(folder).map_err(|error| Failure::file(folder, &error))?;
    let mut text = String::new();
    let mut written: Vec<String> = Vec::new();
    for (name, bytes) in &rendered.files {
        let path = folder.join(name);
        write_new(&path, bytes)?;
        text.push_str(&format!("{}\n", path.display()));
        written.push(path.display().to_string());
    }
    for (what, value) in [("To", &rendered.to), ("Subject", &rendered.subject)] {
        if let Some(value) = value {
            text.push_str(&format!("{what}: {value}\n"));
        }
    }
    for note in &rendered.notes {
        text.push_str(&format!("{note}\n"));
    }
    text.push_str(&format!("When it is handed over: `candor outbox done {id}`.\n"));
    let json = json!({
        "id": id,
        "files": written,
        "to": rendered.to,
        "subject": rendered.subject,
        "notes": rendered.notes,
    });
    Shown::new(json, text)
}

/// Writes a file that is not there yet.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let file = fs::OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = file.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Failure::usage(format!(
            "`{}` is there already, and stays as it is: name another folder",
            path.display()
        )),
        _ => Failure::file(path, &error),
    })?;
    file.write_all(bytes).map_err(|error| Failure::file(path, &error))
}

fn done(house: &House, global: &Global, id: &str, at: Option<Timestamp>) -> Result<Shown, Failure> {
    let delivered = house.wait(house.casework.deliver(&actor(global)?, id, at))?;
    let mut text = match delivered.again {
        true => format!(
            "{id} was handed over at {} already; nothing was recorded.\n",
            delivered.at
        ),
        false => format!("{id} is handed over, as of {}.\n", delivered.at),
    };
    for number in &delivered.recorded {
        text.push_str(&format!("{number} says so.\n"));
    }
    for number in &delivered.closed {
        text.push_str(&format!("{number} is closed, and stays as it is.\n"));
    }
    let json = json!({
        "id": id,
        "at": delivered.at.to_string(),
        "recorded": delivered.recorded,
        "closed": delivered.closed,
        "again": delivered.again,
    });
    Shown::new(json, text)
}
