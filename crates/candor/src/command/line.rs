//! `candor line`: what happens to a product line, for every case at once, and what of it is taken back. The subcommands are made from the
//! events of the group *lines*.

use crate::cli::Global;
use crate::command::event::{self, Typed};
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{Session, actor};
use clap::{Arg, ArgMatches, Command, FromArgMatches, Subcommand};
use psirt::event::{Event, EventRef, Group, Kind};
use serde_json::json;

#[derive(Debug)]
pub(crate) enum Line {
    /// Something happens to it.
    Happens(Typed),
    /// An entry of it was a mistake.
    Retracted {
        product: String,
        event: EventRef,
        why: String,
    },
}

/// The kinds that happen to a line.
pub(crate) fn kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(|kind| kind.group() == Group::Lines)
}

/// The line is the first argument, not an option.
fn product() -> Arg {
    Arg::new("product")
        .required(true)
        .value_name("LINE")
        .help("The product line")
}

fn command(kind: Kind) -> Command {
    event::command(kind).mut_arg("product", |_| product())
}

/// What is taken back names an entry by its number in `candor product show`, or by its name.
fn retraction() -> Command {
    event::of_now(Kind::Retracted).arg(product())
}

fn read(kind: Kind, matches: &ArgMatches) -> Result<Line, String> {
    if kind != Kind::Retracted {
        return event::typed(kind, matches).map(Line::Happens);
    }
    let Event::Retracted { event, why } = event::read(kind, matches)? else {
        return Err("this is no retraction".to_owned());
    };
    let product = matches.get_one::<String>("product").cloned().unwrap_or_default();
    Ok(Line::Retracted { product, event, why })
}

impl Subcommand for Line {
    fn augment_subcommands(parent: Command) -> Command {
        let parent = parent.subcommand_required(true);
        parent.subcommands(kinds().map(command)).subcommand(retraction())
    }

    fn augment_subcommands_for_update(parent: Command) -> Command {
        Self::augment_subcommands(parent)
    }

    fn has_subcommand(name: &str) -> bool {
        kinds().chain([Kind::Retracted]).any(|kind| kind.name() == name)
    }
}

impl FromArgMatches for Line {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let missing = || {
            clap::Error::raw(
                clap::error::ErrorKind::MissingSubcommand,
                "an event of a product line is missing\n",
            )
        };
        let (name, matches) = matches.subcommand().ok_or_else(missing)?;
        let kind = Kind::from_name(name).ok_or_else(missing)?;
        let wrong = |message| clap::Error::raw(clap::error::ErrorKind::ValueValidation, format!("{message}\n"));
        read(kind, matches).map_err(wrong)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Line {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        match self {
            Line::Happens(Typed { event, at }) => {
                let kind = event.kind();
                let product = event.product().unwrap_or_default().to_owned();
                house.wait(house.casework.line_event(&actor(global)?, at, event))?;
                Shown::new(
                    json!({ "event": kind.name(), "product": product }),
                    format!("Recorded for {product}: {kind}."),
                )
            }
            Line::Retracted { product, event, why } => {
                let actor = actor(global)?;
                let retracted = house.casework.retract_of_line(&actor, &product, &event, &why);
                let entry = house.wait(retracted)?;
                let (kind, seq) = (entry.event.kind(), entry.seq);
                Shown::new(
                    json!({ "event": "retracted", "product": product, "retracted": { "number": seq, "event": kind.name() } }),
                    format!("Taken back for {product}: {kind} (entry {seq}). No case sees it any more."),
                )
            }
        }
    }
}
