//! The command line: from words to a command, from its result to output and exit status.
//!
//! Owns the global options and the one door [`run`]. Never knows what a command does.

use crate::command::{
    advisory, backup, brand, case, customer, cvss, export, finding, import, init, jobs, journal, key, line, mail,
    outbox, person, policy, product, provider, publish, recover, report, restore, room, serve, shred, sign, token,
    upgrade, work,
};
use crate::demo;
use crate::failure::Failure;
use crate::output::{Io, Shown};
use crate::session::Session;
use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;
use std::path::PathBuf;

const AFTER_HELP: &str = "\
Status: 0 done; 1 refused, or something was found; 2 the command line makes no sense; 3 disk, database or configuration.";

/// Runs a vendor's product-security policy.
#[derive(Debug, Parser)]
#[command(name = "candor", version, after_help = AFTER_HELP, max_term_width = 110, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Global {
    /// The data directory; without it CANDOR_DIR, or the current directory
    #[arg(long, global = true, value_name = "DIR", display_order = 900)]
    pub(crate) dir: Option<PathBuf>,
    /// Who acts; shown as asserted
    #[arg(long = "as", global = true, value_name = "NAME", display_order = 901)]
    pub(crate) actor: Option<String>,
    /// The second person, for an act of two
    #[arg(long, global = true, value_name = "NAME", display_order = 902)]
    pub(crate) approved_by: Option<String>,
    /// Answers as JSON
    #[arg(long, global = true, display_order = 903)]
    pub(crate) json: bool,
    /// The instant to judge at, or to set a simulated clock to: 2027-02-28T12:00:00+01:00
    #[arg(long, global = true, value_name = "INSTANT", value_parser = instant, display_order = 904)]
    pub(crate) now: Option<Timestamp>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scores CVSS vectors: one a line from standard input, or explains one
    Cvss(cvss::Cvss),
    /// Checks, explains and adopts policies, and computes what they demand
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Makes a data directory and prints its recovery key once
    Init(init::Init),
    /// People of the house and their roles
    #[command(subcommand)]
    Person(person::Person),
    /// Faces of the vendor, and their signing keys
    #[command(subcommand)]
    Brand(brand::Brand),
    /// Keys of brands: made or imported, replaced, extended, revoked
    #[command(subcommand)]
    Key(key::Key),
    /// Product lines
    #[command(subcommand)]
    Product(product::Product),
    /// Records what happens to a product line: releases, the end of support
    #[command(subcommand)]
    Line(line::Line),
    /// Takes a report in and prints its tracking number
    Report(report::Report),
    /// Rooms of reporters: opens one for a report that was entered by hand
    #[command(subcommand)]
    Room(room::Room),
    /// Mail: takes it in, lists it, shows how it is understood
    #[command(subcommand)]
    Mail(mail::Mail),
    /// Brings in what was written elsewhere: past cases, or a whole house
    #[command(subcommand)]
    Import(import::Import),
    /// Reads cases, and records what happens to them
    #[command(subcommand)]
    Case(case::Case),
    /// Writes, approves and orders public statements
    #[command(subcommand)]
    Advisory(advisory::Advisory),
    /// Customers who read what is not public, and their tokens
    #[command(subcommand)]
    Customer(customer::Customer),
    /// Machines that report: scanners and portals of customers, and their tokens
    #[command(subcommand)]
    Token(token::Token),
    /// What scanners found, and what of it becomes a case
    #[command(subcommand)]
    Finding(finding::Finding),
    /// Brings the published tree up to date with every ordered release, and verifies it
    Publish(publish::Publish),
    /// What follows a publication and waits: lists it, writes it as files, records that it was handed over
    Outbox(outbox::Outbox),
    /// Signs what `publish --unsigned` wrote, on the machine that has the key
    Sign(sign::Sign),
    /// Checks CSAF providers: our own tree, or anybody's
    #[command(subcommand)]
    Provider(provider::ProviderCommand),
    /// Checks the journal, signs its head, proves what is in it
    #[command(subcommand)]
    Journal(journal::Journal),
    /// Destroys the content of a case, or the identity of a reporter, for good
    #[command(subcommand)]
    Shred(shred::Shred),
    /// Writes a backup, sealed for somebody who is off the machine
    Backup(backup::Backup),
    /// Makes a new data directory from a backup
    Restore(restore::Restore),
    /// Writes the master key from the recovery key, or tries it
    Recover(recover::Recover),
    /// Writes a house as lines, for another database or an auditor
    Export(export::Export),
    /// Brings a data directory of an older version to the format of this one
    Upgrade(upgrade::Upgrade),
    /// Does what nobody waits for: sees promises become late, finishes erasures, tries failed jobs again
    Work(work::Work),
    /// Jobs that were given up
    #[command(subcommand)]
    Jobs(jobs::Jobs),
    /// Serves the published folder and the desk's pages until interrupted
    Serve(serve::Serve),
    /// Two vendors' policies on a simulated clock, step by step, then served on loopback
    Demo(demo::Demo),
}

/// Reads an instant.
pub(crate) fn instant(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| {
        format!("`{text}` is not an instant: write a real date and time with its offset, 2027-02-28T12:00:00+01:00")
    })
}

/// Runs one command: reads the words, does it, writes what it says. The exit status comes back.
pub(crate) fn run(args: impl IntoIterator<Item = String>, io: &mut Io<'_>, session: &mut Session) -> u8 {
    let cli = match parse(args) {
        Ok(cli) => cli,
        Err(failure) => return tell(&failure, io),
    };
    let json = cli.global.json;
    let shown = execute(cli, io, session);
    match shown.and_then(|shown| shown.write(json, io).map(|()| shown.status)) {
        Ok(status) => {
            if let Some(warning) = session.warning.take() {
                let _ = writeln!(io.errors, "candor: {warning}");
            }
            status
        }
        Err(failure) => tell(&failure, io),
    }
}

/// Reads the words of a command.
pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Cli, Failure> {
    Cli::try_parse_from(args).map_err(|error| Failure::Parse(Box::new(error)))
}

/// Does one command.
pub(crate) fn execute(cli: Cli, io: &mut Io<'_>, session: &mut Session) -> Result<Shown, Failure> {
    let global = &cli.global;
    match cli.command {
        Command::Cvss(command) => command.run(global, io),
        Command::Policy(command) => command.run(global, session),
        Command::Init(command) => command.run(global, session),
        Command::Person(command) => command.run(global, session),
        Command::Brand(command) => command.run(global, session),
        Command::Key(command) => command.run(global, io, session),
        Command::Product(command) => command.run(global, session),
        Command::Line(command) => command.run(global, session),
        Command::Report(command) => command.run(global, io, session),
        Command::Room(command) => command.run(global, session),
        Command::Mail(command) => command.run(global, io, session),
        Command::Import(command) => command.run(global, session),
        Command::Case(command) => command.run(global, session),
        Command::Advisory(command) => command.run(global, session),
        Command::Customer(command) => command.run(global, session),
        Command::Token(command) => command.run(global, session),
        Command::Finding(command) => command.run(global, session),
        Command::Publish(command) => command.run(global, session),
        Command::Outbox(command) => command.run(global, session),
        Command::Sign(command) => command.run(global, io),
        Command::Provider(command) => command.run(global, session),
        Command::Journal(command) => command.run(global, session),
        Command::Shred(command) => command.run(global, session),
        Command::Backup(command) => command.run(global, io, session),
        Command::Restore(command) => command.run(global, io, session),
        Command::Recover(command) => command.run(global, io, session),
        Command::Export(command) => command.run(global, session),
        Command::Upgrade(command) => command.run(global, session),
        Command::Work(command) => command.run(global, io, session),
        Command::Jobs(command) => command.run(global, session),
        Command::Serve(command) => command.run(global, io, session),
        Command::Demo(command) => command.run(global, io, session),
    }
}

/// Says why a command ended early.
fn tell(failure: &Failure, io: &mut Io<'_>) -> u8 {
    // Where nobody listens nothing can be told; the status stays.
    let _ = match failure {
        Failure::Closed => Ok(()),
        // Help and version are asked for, so they are output.
        Failure::Parse(error) if error.exit_code() == 0 => write!(io.output, "{error}"),
        Failure::Parse(error) => write!(io.errors, "{error}"),
        failure => writeln!(io.errors, "candor: {failure}"),
    };
    failure.status()
}

#[cfg(test)]
mod tests {
    use super::*;
    use casework::actions::ACTIONS;
    use clap::CommandFactory as _;
    use psirt::event::Kind;

    /// The command of each action of `casework`. Marking a release as published has none: `publish` does it, when the tree is on disk.
    const COMMANDS: &[(&str, &str)] = &[
        ("open-house", "init"),
        ("set-person", "person add"),
        ("set-brand", "brand add"),
        ("set-wording", "brand wording"),
        ("set-theme", "brand theme"),
        ("make-key", "brand key"),
        ("import-key", "key import"),
        ("renew-key", "key extend"),
        ("revoke-key", "key revoke"),
        ("renew-signatures", "key resign"),
        ("set-product", "product add"),
        ("set-customer", "customer add"),
        ("make-token", "customer token"),
        ("revoke-token", "customer revoke"),
        ("may-read-customers", "customer list"),
        ("make-machine-token", "token add"),
        ("end-machine-token", "token end"),
        ("may-read-machines", "token list"),
        ("may-read-findings", "finding list"),
        ("promote-finding", "finding promote"),
        ("join-finding", "finding join"),
        ("dismiss-finding", "finding dismiss"),
        ("line-event", "line release-shipped"),
        ("dead-jobs", "jobs list"),
        ("revive-job", "jobs retry"),
        ("drop-job", "jobs drop"),
        ("adopt-policy", "policy adopt"),
        ("release-promises", "policy promises"),
        ("receive", "report"),
        ("understand", "case understand"),
        ("import-cases", "import cases"),
        ("import-advisories", "import csaf"),
        ("release-mail", "mail release"),
        ("name-sender", "mail sender"),
        ("give-key", "mail key add"),
        ("drop-key", "mail key drop"),
        ("open-room", "room open"),
        ("mail-thread", "mail thread"),
        ("join-report", "case join"),
        ("attach", "case attach"),
        ("read-file", "case file"),
        ("merge-cases", "case merge"),
        ("split-case", "case split"),
        ("read-raw", "case raw"),
        ("read-restricted", "case read"),
        ("lift-restriction", "case retracted"),
        ("redact", "case redact"),
        ("read-case", "case show"),
        ("act", "case confirmed"),
        ("decide", "case waived"),
        ("publish-release-note", "case release-note"),
        ("shred-case", "shred case"),
        ("shred-person", "shred person"),
        ("prove", "journal prove"),
        ("draft-advisory", "advisory draft"),
        ("redraft-advisory", "advisory redraft"),
        ("edit-advisory", "advisory edit"),
        ("ask-review", "advisory review"),
        ("approve", "advisory approve"),
        ("send-back", "advisory send-back"),
        ("comment", "advisory comment"),
        ("answer-comment", "advisory answer"),
        ("resolve-comment", "advisory resolve"),
        ("supersede-advisory", "advisory supersede"),
        ("remove-version", "advisory remove"),
        ("deliver", "outbox done"),
        ("skip-delivery", "outbox skip"),
        ("add-delivery", "outbox add"),
        ("schedule", "advisory schedule"),
        ("order-release", "advisory order"),
        ("withdraw-advisory", "advisory withdraw"),
    ];

    fn is_command(path: &str) -> bool {
        let mut command = Cli::command();
        for word in path.split(' ') {
            match command.find_subcommand(word) {
                Some(found) => command = found.clone(),
                None => return false,
            }
        }
        true
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_action_has_its_command() {
        for action in ACTIONS {
            let path = COMMANDS
                .iter()
                .find(|(name, _)| *name == action.name)
                .map(|(_, path)| *path);
            // What only a part of the program does need not have one.
            match path {
                Some(path) => assert!(is_command(path), "{path}"),
                None => assert!(action.who.is_empty(), "`{}` has no command", action.name),
            }
        }
    }

    #[test]
    fn every_event_has_its_command() {
        for kind in Kind::ALL {
            assert!(is_command(&format!("case {kind}")), "{kind}");
        }
        for kind in line::kinds() {
            assert!(is_command(&format!("line {kind}")), "{kind}");
        }
        assert!(is_command("line retracted"));
    }
}
