//! `candor mail`: what comes by mail, and what goes out.
//!
//! Owns the choice between its commands. Each has a file of its own but for those that only list.

mod ingest;
mod key;
mod list;
mod queue;
mod read;
mod sift;
mod templates;

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::{Io, Shown};
use crate::session::Session;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Mail {
    /// Shows how a message is understood: what it says, who signed it, whether it opens a case
    Read(read::Read),
    /// Takes a message in from standard input, for the pipe of a mail server; status 75 asks it to try again
    Ingest(ingest::Ingest),
    /// Lists the messages that came in, and what became of them
    List(list::Page),
    /// Lists the messages that wait for a person: spam, as it seems, sales, begging for rewards
    Held(list::Page),
    /// Shows what is held one after the other, and takes one key for each: release it, leave it, look at it later
    Sift,
    /// Lists our letters to reporters that wait to go out, and those that were given up
    Queue {
        /// Those too that went out, or had nothing to say
        #[arg(long)]
        all: bool,
    },
    /// The keys of reporters, under which letters to them go: shows them, takes one that you have, or looks for one
    #[command(subcommand)]
    Key(key::Key),
    /// Shows the words of our letters, and checks those that stand in their place
    #[command(subcommand)]
    Templates(templates::Templates),
    /// Shows how to write to a reporter so that their answer finds its case: an address that only they have
    Thread {
        /// The tracking number of their report
        number: String,
    },
    /// Says who wrote a report that a colleague, a list or a robot passed on: they are its reporter from then on
    Sender {
        /// The tracking number of the report
        number: String,
        /// Their mail address
        address: String,
    },
    /// Lets a message that opened no case become a report, whatever it was taken for
    Release {
        /// Its tracking number
        number: String,
    },
}

impl Mail {
    pub(crate) fn run(self, global: &Global, io: &mut Io<'_>, session: &mut Session) -> Result<Shown, Failure> {
        match self {
            Mail::Read(command) => command.run(global, io),
            Mail::Ingest(command) => command.run(global, io, session),
            Mail::List(page) => list::list(global, session, false, page),
            Mail::Held(page) => list::list(global, session, true, page),
            Mail::Sift => sift::run(global, io, session),
            Mail::Queue { all } => queue::list(global, session, all),
            Mail::Key(command) => command.run(global, io, session),
            Mail::Templates(command) => command.run(global),
            Mail::Thread { number } => list::thread(global, session, &number),
            Mail::Sender { number, address } => list::name_sender(global, session, &number, &address),
            Mail::Release { number } => list::release(global, session, &number),
        }
    }
}
