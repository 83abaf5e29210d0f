//! `candor sign`: signs what `candor publish --unsigned` wrote, on the machine that has the key.
//!
//! Owns the words. Opens no data directory: a folder and a key are enough.

use super::key::{read, secret_of};
use crate::cli::Global;
use crate::failure::Failure;
use crate::offline;
use crate::output::{Io, Shown};
use crate::words::count;
use clap::Args;
use jiff::Timestamp;
use openpgp::Purpose;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Larger than any key that is taken.
const MAX_KEY_FILE_BYTES: u64 = 1 << 20;

#[derive(Args, Debug)]
pub(crate) struct Sign {
    /// The folder
    folder: PathBuf,
    /// The secret key as a program exports it, armoured or not; - for standard input
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// A file whose first line is the passphrase of the key; - for standard input
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Sign {
    pub(crate) fn run(self, global: &Global, io: &mut Io<'_>) -> Result<Shown, Failure> {
        let now = global.now.unwrap_or_else(Timestamp::now);
        let bytes = read(&self.key, io, MAX_KEY_FILE_BYTES)?;
        let key = secret_of(&bytes, self.passphrase_file.as_deref(), io, Purpose::Sign, now)?;
        let signed = offline::sign(&self.folder, &key, now)?;
        Shown::new(as_json(&signed), words(&signed, "signed"))
    }
}

/// How many files of each brand, in words.
pub(crate) fn words(carried: &[offline::Carried], done: &str) -> String {
    let mut text = String::new();
    for carried in carried {
        let files = count(carried.files, "file");
        text.push_str(&format!(
            "{files} of {} {done}, by the key {}.\n",
            carried.brand, carried.key
        ));
    }
    text
}

pub(crate) fn as_json(carried: &[offline::Carried]) -> Vec<Value> {
    let carried = carried.iter();
    carried
        .map(|carried| json!({ "brand": carried.brand, "key": carried.key, "files": carried.files }))
        .collect()
}
