//! `candor case`: reading cases, and recording what happens to them: one subcommand for each event.
//!
//! Owns the nouns around a case. Never judges an event: `casework` does, with the clause.

mod export;
mod files;
mod letters;
mod read;
mod redact;
mod show;
mod triage;

use crate::cli::Global;
use crate::command::event::{self, Typed};
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{House, Session, actor};
use crate::words::harmless;
use casework::Reach;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, Subcommand};
use psirt::event::{Event, Kind};
use serde_json::json;

/// A command on a case.
#[derive(Debug)]
pub(crate) enum Case {
    Noun(Noun),
    Event { number: String, typed: Box<Typed> },
}

/// What is not an event.
#[derive(Debug, Subcommand)]
pub(crate) enum Noun {
    /// Lists cases, the next promise to break first
    List(show::List),
    /// Shows a case: where it stands, what is missing, what is due and why
    Show(show::Show),
    /// Proves the dates of a case: clause, reading, facts and arithmetic
    Why(show::Why),
    /// Asks the questions of the policy's scope that a report raises
    Triage(Number),
    /// Writes a case as a story
    Export(export::Export),
    /// Joins a report, with its own case, to the case of the same vulnerability
    Join {
        /// The report's tracking number
        report: String,
        /// The case's tracking number
        case: String,
    },
    /// Seals a file and puts it to a case
    Attach(files::Attach),
    /// Writes out a file of a case, never over one that is there
    File(files::Read),
    /// Merges a case into another one that is the same vulnerability
    Merge(Merge),
    /// Splits reports or lines off a case, as another vulnerability with a number of its own
    Split(Split),
    /// Reads what was written in a case: the texts of its reports, messages and notes
    Read(Number),
    /// Makes a copy of a restricted text without some of its words, for everybody who reads the case
    Redact(redact::Redact),
    /// Writes out the bytes of a report as they arrived
    Raw(Number),
    /// Records the title and text of a report that a person read
    Understand(Understand),
    /// Records that release notes tell of a fix, with their text
    ReleaseNote(ReleaseNote),
}

#[derive(Args, Debug)]
pub(crate) struct Number {
    /// A tracking number
    pub(crate) number: String,
}

#[derive(Args, Debug)]
pub(crate) struct Understand {
    /// The report's tracking number
    number: String,
    /// What it is about, in a line
    #[arg(long)]
    title: String,
    /// What it says
    #[arg(long)]
    text: String,
}

#[derive(Args, Debug)]
pub(crate) struct ReleaseNote {
    /// The case's tracking number
    number: String,
    /// The product line
    #[arg(long)]
    product: String,
    /// Its version
    #[arg(long)]
    version: String,
    /// What the notes say
    #[arg(long, required_unless_present = "from")]
    text: Option<String>,
    /// An advisory from whose record the notes are taken, as `advisory show --format release-note` shows them
    #[arg(long, value_name = "ADVISORY", conflicts_with = "text")]
    from: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Merge {
    /// The number of the case that ends
    from: String,
    /// The number of the case that goes on
    #[arg(long)]
    into: String,
    /// The flaw is in products of both brands
    #[arg(long)]
    across_brands: bool,
    /// Why they are the same
    #[arg(long)]
    why: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Split {
    /// The case's tracking number
    number: String,
    /// Numbers of the reports that are about the other vulnerability; without any, all reporters have reported both
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    reports: Vec<String>,
    /// Product lines that have the other vulnerability; without any, it is to be investigated
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    products: Vec<String>,
    /// What the new case is called
    #[arg(long)]
    title: String,
    /// Why they are two
    #[arg(long)]
    why: Option<String>,
}

const EVENTS: &str = "\
Every event of a case has its subcommand: `candor case confirmed NUMBER --origin own --products A,B`. Its fields are its options; \
the ones in brackets may be left out. An event is recorded as happening now, or at --at.";

fn event_command(kind: Kind) -> Command {
    let number = Arg::new("case-number")
        .value_name("NUMBER")
        .required(true)
        .help("The case's tracking number")
        .index(1);
    event::command(kind).arg(number)
}

impl Subcommand for Case {
    fn augment_subcommands(parent: Command) -> Command {
        let parent = Noun::augment_subcommands(parent)
            .subcommand_required(true)
            .after_help(EVENTS);
        parent.subcommands(Kind::ALL.iter().map(|kind| event_command(*kind).display_order(1_000)))
    }

    fn augment_subcommands_for_update(parent: Command) -> Command {
        Self::augment_subcommands(parent)
    }

    fn has_subcommand(name: &str) -> bool {
        Noun::has_subcommand(name) || Kind::from_name(name).is_some()
    }
}

impl FromArgMatches for Case {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let event = matches
            .subcommand()
            .and_then(|(name, matches)| Some((Kind::from_name(name)?, matches)));
        let Some((kind, matches)) = event else {
            return Noun::from_arg_matches(matches).map(Case::Noun);
        };
        let number = matches.get_one::<String>("case-number").cloned().unwrap_or_default();
        let wrong = |message| clap::Error::raw(clap::error::ErrorKind::ValueValidation, format!("{message}\n"));
        let typed = Box::new(event::typed(kind, matches).map_err(wrong)?);
        Ok(Case::Event { number, typed })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Case {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        match self {
            Case::Event { number, typed } => record(&house, global, &number, *typed),
            Case::Noun(noun) => noun.run(&house, global),
        }
    }
}

impl Noun {
    fn run(self, house: &House, global: &Global) -> Result<Shown, Failure> {
        match self {
            Noun::List(list) => list.run(house, global),
            Noun::Show(show) => show.run(house, global),
            Noun::Why(why) => why.run(house, global),
            Noun::Triage(number) => triage::triage(house, global, &number.number),
            Noun::Export(export) => export.run(house, global),
            Noun::Join { report, case } => join(house, global, &report, &case),
            Noun::Attach(attach) => attach.run(house, global),
            Noun::File(read) => read.run(house, global),
            Noun::Merge(merge) => merge.run(house, global),
            Noun::Split(split) => split.run(house, global),
            Noun::Read(number) => read::read(house, global, &number.number),
            Noun::Redact(redact) => redact.run(house, global),
            Noun::Raw(number) => raw(house, global, &number.number),
            Noun::Understand(read) => {
                house.wait(
                    house
                        .casework
                        .understand(&actor(global)?, &read.number, &read.title, &read.text),
                )?;
                Shown::new(
                    json!({ "number": read.number }),
                    format!("The text of {} is recorded.", read.number),
                )
            }
            Noun::ReleaseNote(note) => {
                let actor = actor(global)?;
                let told = match (&note.from, &note.text) {
                    (Some(advisory), _) => {
                        let entries = house.casework.release_notes(&actor, advisory)?;
                        let of_line = entries.iter().filter(|entry| entry.product == note.product);
                        of_line.map(|entry| entry.markdown.as_str()).collect::<String>()
                    }
                    (None, text) => text.clone().unwrap_or_default(),
                };
                if told.trim().is_empty() {
                    let why = format!("the record says of `{}` no fix that notes could tell", note.product);
                    return Err(Failure::refused(why));
                }
                let done = house.casework.publish_release_note(
                    &actor,
                    &note.number,
                    &note.product,
                    &note.version,
                    told.trim(),
                );
                let done = house.wait(done)?;
                let mut text = format!(
                    "Recorded for {}: the release notes of {} {} tell of it.",
                    note.number, note.product, note.version
                );
                if let Some(cve) = &done.discloses {
                    text.push_str(&format!("\nwarning: {}", disclosure(cve)));
                }
                let json = json!({ "number": note.number, "seq": done.seq, "discloses": done.discloses });
                Shown::new(json, text)
            }
        }
    }
}

/// What it means that a release note names a CVE id.
pub(crate) fn disclosure(cve: &str) -> String {
    format!("it names {cve}: publishing it is a disclosure, and the CVE record is due within 72 hours of it.")
}

fn record(house: &House, global: &Global, number: &str, typed: Typed) -> Result<Shown, Failure> {
    let kind = typed.event.kind();
    let done = house.wait(house.casework.act(&actor(global)?, number, typed.at, typed.event))?;
    let json = json!({ "number": number, "event": kind.name(), "seq": done.seq });
    let text = format!("Recorded for {number}: {kind} (entry {}).", done.seq);
    match unread(house, number, done.seq) {
        Some(why) => Shown::new(json, format!("{text}\nwarning: {why}")),
        None => Shown::new(json, text),
    }
}

/// Why its reporter does not read what was just said to them, if that is so.
fn unread(house: &House, number: &str, seq: u32) -> Option<&'static str> {
    let board = house.casework.board();
    let (stream, case) = board.case_of_number(number)?;
    let entry = case.entries.iter().find(|entry| entry.seq == seq)?;
    let speaks = match &entry.event {
        Event::Messaged { from_reporter, .. } => !from_reporter,
        event => matches!(event.kind(), Kind::InfoRequested | Kind::ReportedBack),
    };
    match casework::reach(&board, (stream, case), entry) {
        _ if !speaks => None,
        Reach::OnlyNews => Some(
            "the reporter is told only that there is news: no key of theirs is known. It follows by itself once they send one; `--in-clear WHY` writes one message in clear.",
        ),
        Reach::Lost => Some("mails to the reporter come back: find another way to them."),
        _ => None,
    }
}

fn join(house: &House, global: &Global, report: &str, case: &str) -> Result<Shown, Failure> {
    house.wait(house.casework.join_report(&actor(global)?, report, case))?;
    let text = format!("The report {report} belongs to the case {case} now; its own case ends as a duplicate.");
    Shown::new(json!({ "report": report, "case": case }), text)
}

impl Merge {
    fn run(self, house: &House, global: &Global) -> Result<Shown, Failure> {
        let actor = actor(global)?;
        let merged =
            house
                .casework
                .merge_cases(&actor, &self.from, &self.into, self.across_brands, self.why.as_deref());
        house.wait(merged)?;
        let text = format!(
            "{} goes on in {}: both numbers find it, and each line keeps its earlier start. To undo it: candor case retracted {} --event merged --why WHY",
            self.from, self.into, self.into
        );
        Shown::new(json!({ "from": self.from, "into": self.into }), text)
    }
}

impl Split {
    fn run(self, house: &House, global: &Global) -> Result<Shown, Failure> {
        let split = casework::Split {
            reports: self.reports,
            products: self.products,
            title: self.title,
            why: self.why,
        };
        let new = house.wait(house.casework.split_case(&actor(global)?, &self.number, &split))?;
        let text = format!("{new} is a case of its own now; its clocks keep their starts.");
        Shown::new(json!({ "number": new, "from": self.number }), text)
    }
}

fn raw(house: &House, global: &Global, number: &str) -> Result<Shown, Failure> {
    let bytes = house.wait(house.casework.read_raw(&actor(global)?, number))?;
    let bytes = bytes.ok_or_else(|| Failure::refused(format!("the message of {number} was erased")))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let harmless = harmless(&text);
    Shown::new(
        json!({ "number": number, "bytes": bytes.len(), "text": text }),
        harmless,
    )
}
