//! `candor person`: who works at the desk, and what they may do.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{Session, actor};
use crate::words::columns;
use clap::{Args, Subcommand};
use psirt::house::Role;

#[derive(Debug, Subcommand)]
pub(crate) enum Person {
    /// Adds or changes a person; while there is nobody, anybody may add the first administrator
    Add(Add),
    /// Lists people
    List,
}

#[derive(Args, Debug)]
pub(crate) struct Add {
    /// A short name: lower-case words joined by `-`
    id: String,
    /// As it is shown
    #[arg(long)]
    name: String,
    /// analyst, lead, administrator or auditor
    #[arg(long, value_parser = role)]
    role: Role,
}

fn role(text: &str) -> Result<Role, String> {
    let role = Role::ALL.into_iter().find(|role| role.name() == text);
    role.ok_or_else(|| format!("`{text}` is no role: write analyst, lead, administrator or auditor"))
}

impl Person {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        match self {
            Person::Add(add) => add.run(global, session),
            Person::List => list(global, session),
        }
    }
}

impl Add {
    fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        let person = psirt::house::Person {
            id: self.id,
            name: self.name,
            role: self.role,
        };
        house.wait(house.casework.set_person(&actor(global)?, person.clone()))?;
        let text = format!("{} is {} now.", person.id, person.role.name());
        Shown::new(person, text)
    }
}

fn list(global: &Global, session: &mut Session) -> Result<Shown, Failure> {
    let house = session.house(global)?;
    let board = house.casework.board();
    let people: Vec<_> = board.house.people.values().collect();
    let row =
        |person: &&psirt::house::Person| vec![person.id.clone(), person.role.name().to_owned(), person.name.clone()];
    Shown::new(&people, columns(&people.iter().map(row).collect::<Vec<_>>()))
}
