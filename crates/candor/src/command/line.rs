//! `candor line`: what happens to a product line, for every case at once. The subcommands are made from the events of the group *lines*.

use crate::cli::Global;
use crate::command::event::{self, Typed};
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{Session, actor};
use clap::{Arg, ArgMatches, Command, FromArgMatches, Subcommand};
use psirt::event::{Group, Kind};
use serde_json::json;

#[derive(Debug)]
pub(crate) struct Line(Typed);

/// The kinds that happen to a line.
pub(crate) fn kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().copied().filter(|kind| kind.group() == Group::Lines)
}

/// The line is the first argument, not an option.
fn command(kind: Kind) -> Command {
    let product = |_: Arg| {
        Arg::new("product")
            .required(true)
            .value_name("LINE")
            .help("The product line")
    };
    event::command(kind).mut_arg("product", product)
}

impl Subcommand for Line {
    fn augment_subcommands(parent: Command) -> Command {
        parent.subcommand_required(true).subcommands(kinds().map(command))
    }

    fn augment_subcommands_for_update(parent: Command) -> Command {
        Self::augment_subcommands(parent)
    }

    fn has_subcommand(name: &str) -> bool {
        kinds().any(|kind| kind.name() == name)
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
        event::typed(kind, matches).map(Line).map_err(wrong)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Line {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        let Typed { event, at } = self.0;
        let kind = event.kind();
        let product = event.product().unwrap_or_default().to_owned();
        house.wait(house.casework.line_event(&actor(global)?, at, event))?;
        Shown::new(
            json!({ "event": kind.name(), "product": product }),
            format!("Recorded for {product}: {kind}."),
        )
    }
}
