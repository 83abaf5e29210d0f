//! `candor backup`: a house and its keys as two sealed files for somebody who is off the machine.
//!
//! Owns the names of the files and the order in which they appear. Never holds the secret key that opens them.

use crate::cli::Global;
use crate::directory;
use crate::failure::Failure;
use crate::output::{Io, Shown};
use crate::session::{House, Session};
use crate::words::count;
use clap::{Args, Subcommand};
use serde_json::json;
use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use store::{Exported, OutFile, Parts};
use vault::{BackupPart, BackupSecret, Recipient};
use zeroize::Zeroizing;

/// Longest file with a typed key, in bytes.
const KEY_MAX_BYTES: u64 = 4_096;
const BUFFER_BYTES: usize = 256 * 1024;

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Backup {
    /// Whom it is for, as `candor backup key` printed it
    #[arg(long, value_name = "RECIPIENT", required = true)]
    to: Option<String>,
    /// What the two files are called: OUT.house and OUT.keys
    #[arg(value_name = "OUT", required = true)]
    out: Option<PathBuf>,
    #[command(subcommand)]
    noun: Option<Noun>,
}

#[derive(Debug, Subcommand)]
enum Noun {
    /// Draws a pair of keys, off the machine: the recipient to give with --to, and the secret key for paper
    Key,
    /// Checks files of a backup without restoring them
    Verify(Verify),
}

#[derive(Args, Debug)]
struct Verify {
    /// Files of a backup
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The file with the secret key, or `-` for standard input
    #[arg(long, value_name = "FILE")]
    secret_key: String,
}

impl Backup {
    pub(crate) fn run(self, global: &Global, io: &mut Io<'_>, session: &mut Session) -> Result<Shown, Failure> {
        match self.noun {
            Some(Noun::Key) => key(),
            Some(Noun::Verify(verify)) => verify.run(io),
            None => {
                let missing =
                    || Failure::usage("say whom it is for and where it goes: candor backup --to RECIPIENT OUT");
                let recipient = Recipient::from_text(&self.to.ok_or_else(missing)?);
                let recipient = recipient.map_err(|error| Failure::usage(error.to_string()))?;
                let house = session.house(global)?;
                back_up(&house, &recipient, &self.out.ok_or_else(missing)?)
            }
        }
    }
}

fn key() -> Result<Shown, Failure> {
    let secret = BackupSecret::generate()?;
    let (recipient, secret) = (secret.recipient().to_text(), secret.reveal());
    let text = format!(
        "The recipient, to be given to the house with --to; it opens nothing:\n\n    {recipient}\n\n\
         The secret key, shown this once. Write it on paper, or keep it in a file on another machine;\n\
         without it nobody can open a backup for this recipient.\n\n    {}\n",
        secret.as_str()
    );
    Shown::new(json!({ "recipient": recipient, "secret_key": secret.as_str() }), text)
}

/// A file beside the name.
fn with(out: &Path, ending: &str) -> PathBuf {
    out.with_added_extension(ending)
}

fn back_up(house: &House, recipient: &Recipient, out: &Path) -> Result<Shown, Failure> {
    let (journal, keys) = (with(out, "house"), with(out, "keys"));
    // The journal's file appears last: where it is, the backup is whole.
    if journal.exists() {
        return Err(Failure::refused(format!(
            "{} is there already, and stays as it is; give this backup another name",
            journal.display()
        )));
    }
    let files = directory::files(&house.root)?;
    let only = |journal| Parts {
        journal,
        keys: !journal,
    };
    let (new_journal, new_keys) = (with(out, "house.new"), with(out, "keys.new"));
    // First the journal, then the keys: so the key of every entry is among them.
    let exported = seal(house, recipient, BackupPart::House, only(true), &files, &new_journal)?;
    let with_keys = seal(house, recipient, BackupPart::Keys, only(false), &[], &new_keys)?;
    for (new, old) in [(&new_keys, &keys), (&new_journal, &journal)] {
        fs::rename(new, old).map_err(|error| Failure::file(old, &error))?;
        sync_folder(old)?;
    }
    let mut text = format!(
        "{} and {}, {}, are in {} and {}. Carry them off the machine, and try them there with `candor backup verify`.\n",
        count(usize::try_from(exported.counts.entries).unwrap_or(usize::MAX), "entry").replace("entrys", "entries"),
        count(usize::try_from(exported.counts.blobs).unwrap_or(usize::MAX), "blob"),
        count(usize::try_from(with_keys.counts.keys).unwrap_or(usize::MAX), "key"),
        journal.display(),
        keys.display(),
    );
    for blob in &exported.damaged {
        text.push_str(&format!(
            "The blob {blob} is missing or damaged on disk, so it is not in this backup; an earlier one has it.\n"
        ));
    }
    let json = json!({
        "files": [journal.display().to_string(), keys.display().to_string()],
        "entries": exported.counts.entries,
        "root": data_encoding::HEXLOWER.encode(&exported.head.root),
        "blobs": exported.counts.blobs,
        "keys": with_keys.counts.keys,
        "damaged": exported.damaged,
    });
    let status = if exported.damaged.is_empty() {
        0
    } else {
        crate::failure::REFUSED
    };
    Ok(Shown::new(json, text)?.status(status))
}

/// Writes one sealed file under a name that nobody takes for a backup yet.
fn seal(
    house: &House,
    recipient: &Recipient,
    part: BackupPart,
    parts: Parts,
    files: &[OutFile],
    path: &Path,
) -> Result<Exported, Failure> {
    let failed = |error: std::io::Error| Failure::file(path, &error);
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path);
    let mut sealed = vault::seal_backup(
        recipient,
        part,
        BufWriter::with_capacity(BUFFER_BYTES, file.map_err(failed)?),
    )
    .map_err(failed)?;
    let exported = house.wait(house.store.export(parts, files, &mut sealed));
    let exported = exported.map_err(|error| Failure::machine(format!("{}: {error}", path.display())))?;
    let file = sealed.finish().map_err(failed)?;
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    Ok(exported)
}

/// Makes the name of a file durable.
pub(crate) fn sync_folder(path: &Path) -> Result<(), Failure> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| Failure::file(path, &error))
}

impl Verify {
    fn run(self, io: &mut Io<'_>) -> Result<Shown, Failure> {
        let secret = secret(&self.secret_key, io)?;
        let mut text = String::new();
        let mut checked = Vec::new();
        for path in &self.files {
            let mut reader = open(&secret, path)?;
            let examined = store::examine(reader.as_mut())
                .map_err(|error| directory::refused(&path.display().to_string(), &error))?;
            text.push_str(&format!(
                "{}: whole. {} entries, {} blobs, {} files, {} keys.\n",
                path.display(),
                examined.counts.entries,
                examined.counts.blobs,
                examined.counts.files,
                examined.counts.keys
            ));
            checked.push(json!({
                "file": path.display().to_string(),
                "entries": examined.counts.entries,
                "root": data_encoding::HEXLOWER.encode(&examined.head.root),
                "blobs": examined.counts.blobs,
                "files": examined.counts.files,
                "keys": examined.counts.keys,
            }));
        }
        Shown::new(checked, text)
    }
}

/// The secret key, from a file or from standard input.
pub(crate) fn secret(file: &str, io: &mut Io<'_>) -> Result<BackupSecret, Failure> {
    let typed = typed(file, io)?;
    BackupSecret::from_text(&typed).map_err(|error| Failure::refused(error.to_string()))
}

/// What somebody typed, from a file or from standard input.
pub(crate) fn typed(file: &str, io: &mut Io<'_>) -> Result<Zeroizing<String>, Failure> {
    use std::io::Read as _;
    let mut text = Zeroizing::new(String::with_capacity(256));
    let read = match file {
        "-" => (&mut *io.input).take(KEY_MAX_BYTES).read_to_string(&mut text),
        file => File::open(file).and_then(|file| file.take(KEY_MAX_BYTES).read_to_string(&mut text)),
    };
    read.map_err(|error| Failure::file(Path::new(file), &error))?;
    Ok(text)
}

/// The lines inside of a sealed file.
pub(crate) fn open(secret: &BackupSecret, path: &Path) -> Result<Box<dyn std::io::BufRead>, Failure> {
    let file = File::open(path).map_err(|error| Failure::file(path, &error))?;
    let opened = vault::open_backup(secret, BufReader::with_capacity(BUFFER_BYTES, file));
    let (_, reader) =
        opened.map_err(|error| directory::refused(&path.display().to_string(), &store::TransferError::Read(error)))?;
    Ok(Box::new(BufReader::new(reader)))
}
