//! `candor report`: takes a report in and prints its tracking number.
//!
//! Owns reading the bytes. Never changes them: they are sealed as they arrived.

use crate::cli::{Global, instant};
use crate::command::policy::read_bytes;
use crate::failure::Failure;
use crate::output::{Io, Shown};
use crate::session::{Session, actor};
use casework::Incoming;
use clap::Args;
use jiff::Timestamp;
use serde_json::json;
use std::io::Read;
use std::path::Path;

/// Largest report, in bytes.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

#[derive(Args, Debug)]
pub(crate) struct Report {
    /// The file with the report, or `-` for standard input
    file: String,
    /// The brand whose address it came to; without it that of the first product
    #[arg(long, value_name = "ID")]
    brand: Option<String>,
    /// Who sent it, as far as known
    #[arg(long, value_name = "TEXT", default_value = "")]
    from: String,
    /// Who reports: external, customer, internal or machine, perhaps with an id: customer:c-17
    #[arg(long, value_name = "KIND", default_value = "external")]
    reporter: String,
    /// A title; without it the first line
    #[arg(long)]
    title: Option<String>,
    /// A product line that it names
    #[arg(long = "product", value_name = "LINE")]
    products: Vec<String>,
    /// When it came, if not now
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    at: Option<Timestamp>,
    /// The id of this command: repeated with the same id, the report is not taken in twice
    #[arg(long, value_name = "ID")]
    command: Option<String>,
}

impl Report {
    pub(crate) fn run(self, global: &Global, io: &mut Io<'_>, session: &mut Session) -> Result<Shown, Failure> {
        let actor = actor(global)?;
        let bytes = match self.file.as_str() {
            "-" => {
                let mut bytes = Vec::new();
                let read = Read::take(&mut *io.input, MAX_BYTES + 1).read_to_end(&mut bytes);
                read.map_err(|error| Failure::machine(format!("standard input: {}", error.kind())))?;
                bytes
            }
            file => read_bytes(Path::new(file))?,
        };
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Failure::refused(format!(
                "the report is larger than {} MiB; nothing was recorded",
                MAX_BYTES >> 20
            )));
        }
        let house = session.house(global)?;
        let incoming = Incoming {
            brand: self.brand,
            channel: "cli".to_owned(),
            from: self.from,
            reporter_kind: self.reporter,
            title: self.title,
            bytes,
            products: self.products,
            at: self.at,
            command: self.command,
            filled: None,
            handed: None,
        };
        let received = house.wait(house.casework.receive(&actor, incoming))?;
        let text = format!(
            "{}\nThe report is on disk under this number. Next: `candor case triage {0}`.",
            received.number
        );
        Shown::new(json!({ "number": received.number, "case": received.case_number }), text)
    }
}
