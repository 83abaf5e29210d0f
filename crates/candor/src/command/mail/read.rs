//! `candor mail read`: a message as it is understood.
//!
//! Owns the words. Opens no data directory: a message and keys are enough. The message is read by a child that is shut in.

use crate::cli::Global;
use crate::command::key::read;
use crate::failure::{Failure, REFUSED};
use crate::output::{Io, Shown};
use crate::reader::{self, Cage, Landlock, Task};
use clap::Args;
use jiff::Timestamp;
use mail::reader::{Limits, Signature, Trouble, Understood};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Larger than any key that is taken.
const MAX_KEY_FILE_BYTES: u64 = 1 << 20;

#[derive(Args, Debug)]
pub(crate) struct Read {
    /// The message as it arrived; - for standard input
    file: PathBuf,
    /// A secret key that may open it, as a program exports it; can be given several times
    #[arg(long = "secret-key", value_name = "FILE")]
    secret_keys: Vec<PathBuf>,
    /// A public key by which its signatures are judged; can be given several times
    #[arg(long = "known-key", value_name = "FILE")]
    known_keys: Vec<PathBuf>,
    /// An address under which we receive; can be given several times
    #[arg(long = "address", value_name = "ADDRESS")]
    addresses: Vec<String>,
    /// For whom it was, as its envelope said; can be given several times
    #[arg(long = "to", value_name = "ADDRESS")]
    recipients: Vec<String>,
    /// The address of an announce list of ours; can be given several times
    #[arg(long = "list", value_name = "ADDRESS")]
    lists: Vec<String>,
    /// The name under which our own mail exchanger writes `Authentication-Results`; can be given several times
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
}

impl Read {
    pub(super) fn run(self, global: &Global, io: &mut Io<'_>) -> Result<Shown, Failure> {
        let command = self;
        let mut keys = |files: &[PathBuf]| -> Result<Vec<Zeroizing<Vec<u8>>>, Failure> {
            files.iter().map(|file| read(file, io, MAX_KEY_FILE_BYTES)).collect()
        };
        let task = Task {
            secret_keys: keys(&command.secret_keys)?,
            known_keys: keys(&command.known_keys)?,
            addresses: command.addresses,
            recipients: command.recipients,
            lists: command.lists,
            hosts: command.hosts,
            now: global.now.unwrap_or_else(Timestamp::now).as_second(),
        };
        let message = message(&command.file, io)?;
        let outcome = reader::read(task, Arc::new(message))?;
        let read = &outcome.reading.understood;
        let status = if read.error == Some(Trouble::CouldNotBeRead) {
            REFUSED
        } else {
            0
        };
        let remarks = outcome.cage.iter().filter_map(remark).map(str::to_owned);
        let left_out = outcome.left_out.iter().map(|why| format!("left out: {why}"));
        let notes = remarks.chain(left_out).collect();
        let shown = Shown::new(as_json(read, outcome.cage.as_ref())?, words(read))?;
        Ok(shown.status(status).notes(notes))
    }
}

/// One byte more than is read is enough to know that it is too large.
fn message(file: &Path, io: &mut Io<'_>) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    let failed = |error: std::io::Error| Failure::file(file, &error);
    let most = Limits::default().message_bytes as u64 + 1;
    let mut bytes = Vec::new();
    if file == Path::new("-") {
        io.input.take(most).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        let opened = std::fs::File::open(file).map_err(failed)?;
        opened.take(most).read_to_end(&mut bytes).map_err(failed)?;
    }
    Ok(bytes)
}

fn remark(cage: &Cage) -> Option<&'static str> {
    match (cage.holds(), cage.landlock) {
        (false, _) => Some(
            "this kernel does not let the reading process shut itself in (seccomp, limits), so nothing is read: allow seccomp filters here",
        ),
        (true, Landlock::Absent) => {
            Some("this kernel has no Landlock: the reading process was confined by its filter of system calls alone")
        }
        (true, Landlock::Enforced | Landlock::Partly) => None,
    }
}

/// As the fields are called, with each file as its name and digest; `files` says more of them.
fn as_json(read: &Understood, cage: Option<&Cage>) -> Result<Value, Failure> {
    let failed = |error: serde_json::Error| Failure::machine(format!("this has no JSON: {error}"));
    let mut value = serde_json::to_value(read).map_err(failed)?;
    let files = value["attachments"].take();
    let pairs = read.attachments.iter().map(|file| json!([file.name, file.sha256]));
    value["attachments"] = pairs.collect();
    value["files"] = files;
    value["reader"] = serde_json::to_value(cage).map_err(failed)?;
    Ok(value)
}

fn words(read: &Understood) -> String {
    let mut lines = Vec::new();
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            lines.push(format!("{name}: {value}"));
        }
    };
    line("From", read.from.join(", "));
    line("Subject", read.subject.clone());
    line("Encrypted", encrypted(read));
    line("Signed", signed(read));
    line(
        "Case",
        if read.opens_case { "opens one" } else { "opens none" }.to_owned(),
    );
    line(
        "Answer",
        if read.must_not_answer {
            "never by a machine"
        } else {
            "may be acknowledged"
        }
        .to_owned(),
    );
    if let Some(bounce) = &read.bounce {
        let kind = if bounce.hard { "for good" } else { "for now" };
        line(
            "Bounce",
            format!("{} {} ({}), {kind}", bounce.recipient, bounce.action, bounce.status),
        );
    }
    if let Some(list) = &read.list {
        line("List", format!("{} {}, {}", list.action, list.address, list.state));
    }
    line(
        "Key",
        read.autocrypt_key
            .iter()
            .chain(&read.attached_key)
            .cloned()
            .collect::<Vec<_>>()
            .join(", "),
    );
    for file in &read.attachments {
        line(
            "File",
            format!("{} ({} bytes, SHA-256 {})", file.name, file.bytes, file.sha256),
        );
    }
    for warning in &read.warnings {
        line("Warning", word(warning));
    }
    let mut text = lines.join("\n");
    for (title, part) in [
        ("", Some(&read.text)),
        ("Outside of the protection:\n", read.unprotected_text.as_ref()),
    ] {
        if let Some(part) = part.filter(|part| !part.is_empty()) {
            text.push_str(&format!("\n\n{title}{part}"));
        }
    }
    text
}

fn encrypted(read: &Understood) -> String {
    let why = read.error.map_or("", Trouble::words);
    match read.decrypts {
        None => why.to_owned(),
        Some(true) => "opened".to_owned(),
        Some(false) if read.key_ids.is_empty() => format!("not opened: {why}"),
        Some(false) => format!("not opened: {why} (for {})", read.key_ids.join(", ")),
    }
}

fn signed(read: &Understood) -> String {
    let by = read.signer.as_deref().unwrap_or_default();
    match (read.signature, read.signer_matches_from) {
        (Signature::None, _) => "no".to_owned(),
        (Signature::Good, Some(true)) => format!("good, by {by}, which carries the sender's address"),
        (Signature::Good, _) => format!("good, by {by}, which does not carry the sender's address"),
        (Signature::Partly, _) => "only a part, or by several".to_owned(),
        (Signature::Bad, _) => "bad".to_owned(),
        (Signature::Unknown, _) => "by a key that is not known".to_owned(),
    }
}

/// A warning as the JSON says it.
fn word(warning: &mail::reader::Warning) -> String {
    let value = serde_json::to_value(warning).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
