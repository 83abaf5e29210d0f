//! `candor shred`: erasing for good, by two people.
//!
//! Owns the words. Never decides what belongs to a case or to a person: `casework` does.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{Session, actor};
use casework::Shredded;
use clap::{Args, Subcommand};
use serde_json::json;

#[derive(Debug, Subcommand)]
pub(crate) enum Shred {
    /// Destroys the content of a closed case with its reports and its unpublished drafts
    Case(OfCase),
    /// Erases who sent reports, with their raw bytes; the cases stay
    Person(OfPerson),
}

#[derive(Args, Debug)]
pub(crate) struct OfCase {
    /// The case's tracking number
    number: String,
    #[command(flatten)]
    why: Why,
}

#[derive(Args, Debug)]
pub(crate) struct OfPerson {
    /// The tracking numbers of the reports that this person sent
    #[arg(required = true)]
    reports: Vec<String>,
    #[command(flatten)]
    why: Why,
}

#[derive(Args, Debug)]
struct Why {
    /// The legal reason, which stays in the journal: it names nobody
    #[arg(long, value_name = "TEXT")]
    why: String,
}

/// What the key of the case still opens.
const PERSON_REMAINS: &str = "\nAn id that the desk gave them is shown nowhere any more. It remains inside the sealed entries of the case, whose key is \
    destroyed by `candor shred case` alone; so do words about them in the report's text, in notes and messages, and credit that was given.";

impl Shred {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let actor = actor(global)?;
        let house = session.house(global)?;
        let done = match &self {
            Shred::Case(case) => house.wait(house.casework.shred_case(&actor, &case.number, &case.why.why)),
            Shred::Person(person) => {
                let reports: Vec<&str> = person.reports.iter().map(String::as_str).collect();
                house.wait(house.casework.shred_person(&actor, &reports, &person.why.why))
            }
        };
        let Shredded {
            numbers,
            keys,
            repeated,
        } = done?;
        let what = match (&self, repeated) {
            (_, true) => "was recorded before; every key and file of it is gone now",
            (Shred::Case(_), false) => "shredded: content, reports and unpublished drafts can never be read again",
            (Shred::Person(_), false) => "without a sender now: who sent it and the raw bytes can never be read again",
        };
        let remains = match self {
            Shred::Case(_) => "",
            Shred::Person(_) => PERSON_REMAINS,
        };
        let text = format!(
            "{}: {what}. {keys} keys were destroyed. Backups of the keys from before still hold them: let those expire.{remains}",
            numbers.join(", ")
        );
        Shown::new(json!({ "numbers": numbers, "keys": keys, "repeated": repeated }), text)
    }
}
