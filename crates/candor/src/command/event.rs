//! Events on the command line: a subcommand for each kind, with its fields as options, made from the table in `psirt::event`.
//!
//! Owns how a field is written. Never lists an event by hand, so that none is forgotten.

use crate::cli::instant;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command};
use jiff::Timestamp;
use psirt::event::{Event, Field, Kind, Shape};
use psirt::story::read_event;
use std::fmt::Write as _;
use toml::{Table, Value};

/// An event as it was typed.
#[derive(Debug)]
pub(crate) struct Typed {
    pub(crate) event: Event,
    /// When it happened, if not now.
    pub(crate) at: Option<Timestamp>,
}

/// The subcommand of a kind, without its positional arguments.
pub(crate) fn command(kind: Kind) -> Command {
    of_now(kind).arg(
        Arg::new("at")
            .long("at")
            .value_name("INSTANT")
            .value_parser(instant)
            .help("When it happened, if not now")
            .display_order(800),
    )
}

/// The same of a kind that happens as it is recorded, and never before.
pub(crate) fn of_now(kind: Kind) -> Command {
    let command = Command::new(kind.name()).about(about(kind));
    command.args(kind.fields().iter().map(argument))
}

/// One line of help: the fields of the event, optional ones in brackets.
fn about(kind: Kind) -> String {
    let mut about = String::new();
    for field in kind.fields() {
        let option = format!("--{}", option(field));
        let _ = if field.required {
            write!(about, "{option} ")
        } else {
            write!(about, "[{option}] ")
        };
    }
    match about.trim_end() {
        "" => "no fields".to_owned(),
        about => about.to_owned(),
    }
}

/// The name of a field's option: its own, unless every command has an option of that name.
fn option(field: &Field) -> &'static str {
    match field.name {
        "as" => "credit-as",
        name => name,
    }
}

fn argument(field: &Field) -> Arg {
    let argument = Arg::new(field.name).long(option(field)).required(field.required);
    match field.shape {
        Shape::Text => argument.value_name("TEXT").help("text"),
        Shape::List => argument
            .value_name("A,B")
            .value_delimiter(',')
            .action(ArgAction::Append)
            .help("a list, with commas"),
        Shape::Flag => argument
            .value_parser(["true", "false"])
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .help("true, unless `=false`"),
        Shape::Date => argument.value_name("DATE").help("2027-02-28"),
        Shape::Deadline => argument
            .value_name("DATE|INSTANT")
            .help("2027-02-28, or 2027-02-28T12:00:00+01:00"),
        Shape::OneOf(words) => argument
            .value_name("WORD")
            .value_parser(PossibleValuesParser::new(words.iter().copied())),
    }
}

/// Reads the event that was typed.
pub(crate) fn typed(kind: Kind, matches: &ArgMatches) -> Result<Typed, String> {
    let event = read(kind, matches)?;
    let at = matches.get_one::<Timestamp>("at").copied();
    Ok(Typed { event, at })
}

/// The same without its instant.
pub(crate) fn read(kind: Kind, matches: &ArgMatches) -> Result<Event, String> {
    let mut fields = Table::new();
    for field in kind.fields() {
        if let Some(value) = value(kind, field, matches) {
            fields.insert(field.name.to_owned(), value);
        }
    }
    read_event(kind.name(), Value::Table(fields))
}

fn value(kind: Kind, field: &Field, matches: &ArgMatches) -> Option<Value> {
    let mut words = matches.get_many::<String>(field.name)?;
    let value = match field.shape {
        Shape::List => Value::Array(words.map(|word| Value::String(word.clone())).collect()),
        Shape::Flag => Value::Boolean(words.next()? == "true"),
        _ => {
            let word = words.next()?;
            // What a retraction names is a place in the case, or a name.
            match word.parse::<i64>() {
                Ok(place) if kind == Kind::Retracted && field.name == "event" => Value::Integer(place),
                _ => Value::String(word.clone()),
            }
        }
    };
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_typed(words: &str, expect: Result<&str, &str>) {
        let mut words = words.split(' ');
        let kind = Kind::from_name(words.next().unwrap()).unwrap();
        let words = [kind.name()]
            .into_iter()
            .chain(words)
            .map(|word| word.replace('_', " "));
        let found = command(kind)
            .try_get_matches_from(words)
            .map_err(|error| error.to_string())
            .and_then(|matches| typed(kind, &matches));
        match (found, expect) {
            (Ok(found), Ok(expect)) => {
                let table: Table = toml::from_str(expect).unwrap();
                let (name, fields) = table.into_iter().next().unwrap();
                assert_eq!(found.event, read_event(&name, fields).unwrap());
            }
            (Err(found), Err(part)) => assert!(found.contains(part), "{found}"),
            (found, _) => panic!("{expect:?}: {found:?}"),
        }
    }

    #[test]
    fn fields_are_options() {
        check_typed("acknowledged", Ok("acknowledged = {}"));
        check_typed(
            "confirmed --origin own --products Sensor_25,Sensor_24",
            Ok("confirmed = { origin = 'own', products = ['Sensor 25', 'Sensor 24'] }"),
        );
        check_typed(
            "judged --public-attention --exploit none",
            Ok("judged = { public-attention = true, exploit = 'none' }"),
        );
        check_typed(
            "judged --public-attention=false",
            Ok("judged = { public-attention = false }"),
        );
        check_typed(
            "scope-decided --out --clause N34.15",
            Ok("scope-decided = { out = true, clause = 'N34.15' }"),
        );
        check_typed(
            "release-moved --product A --version 1 --date 2027-02-28",
            Ok("release-moved = { product = 'A', version = '1', date = '2027-02-28' }"),
        );
        check_typed(
            "release-shipped --product A --version 1 --fixes NN-2026-1",
            Ok("release-shipped = { product = 'A', version = '1', fixes = ['NN-2026-1'] }"),
        );
        check_typed(
            "retracted --event 3 --why wrong",
            Ok("retracted = { event = 3, why = 'wrong' }"),
        );
        check_typed(
            "retracted --event scored --why wrong",
            Ok("retracted = { event = 'scored', why = 'wrong' }"),
        );
        check_typed(
            "credit --choice yes --credit-as R.",
            Ok("credit = { choice = 'yes', as = 'R.' }"),
        );
    }

    #[test]
    fn what_is_wrong_is_told() {
        check_typed("confirmed --products A", Err("--origin"));
        check_typed("confirmed --origin mine", Err("own"));
        check_typed("scored --vector CVSS:3.1/AV:X", Err("scored"));
        check_typed(
            "release-moved --product A --version 1 --date 2027-02-30",
            Err("release-moved"),
        );
    }

    #[test]
    fn every_kind_has_its_command_with_every_field() {
        for kind in Kind::ALL {
            let command = command(*kind);
            for field in kind.fields() {
                assert!(
                    command.get_arguments().any(|argument| argument.get_id() == field.name),
                    "{kind} {}",
                    field.name
                );
                let global = ["dir", "as", "approved-by", "json", "now", "at"];
                assert!(
                    !global.contains(&option(field)),
                    "{kind}: `--{}` has another meaning for every command",
                    option(field)
                );
            }
        }
    }
}
