//! Files that go with a case: a capture, a proof of concept, a log. Sealed as they stream in, in constant memory.
//!
//! Owns their names and their limit. Never opens, renders or judges one: a proof of concept is malware by purpose.

use crate::Casework;
use crate::act::find_case;
use crate::actions::{ATTACH, READ_FILE, WRITE_ROOM};
use crate::actor::Actor;
use crate::error::ActError;
use crate::originals::bytes_key;
use crate::permit::permit;
use crate::plan::Plan;
use crate::receive::find_report;
use crate::replica::Replica;
use crate::restricted::permit_restricted;
use crate::room::home_of_number;
use jiff::Timestamp;
use psirt::body::What;
use psirt::case::view::File;
use psirt::event::Event;
use std::io::{self, Read};
use store::{Blob, BlobId, BlobReader, KeyId, PutError};

/// Longest name of a file, in characters.
const MAX_NAME_CHARS: usize = 120;

/// A file that is in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Its name, made safe.
    pub name: String,
    /// How many bytes.
    pub bytes: u64,
    /// SHA-256 of them, in hexadecimal.
    pub sha256: String,
}

impl Casework {
    /// Refuses a file whose size is known to be too large, before any of it is read.
    ///
    /// # Errors
    /// [`ActError::Invalid`].
    pub fn require_small(&self, bytes: u64, max_bytes: u64) -> Result<(), ActError> {
        match bytes > max_bytes {
            true => Err(too_large(max_bytes)),
            false => Ok(()),
        }
    }

    /// Puts a file to a case: its bytes are sealed and durable before the journal names them. With `came_with_report` the number is a
    /// report's, and its bytes are erased together with its sender.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Invalid`] for a source that fails or gives more than `max_bytes`:
    /// then nothing was kept; those of the store.
    pub async fn attach(
        &self,
        actor: &Actor,
        number: &str,
        came_with_report: bool,
        name: &str,
        max_bytes: u64,
        source: impl Read + Send + 'static,
    ) -> Result<Attached, ActError> {
        self.refresh().await?;
        let key = {
            let replica = self.replica();
            permit(&replica.board.house, actor, &ATTACH)?;
            let (case, _) = find_case(&replica.board, number)?;
            let stream = match came_with_report {
                true => find_report(&replica, number)?,
                false => case,
            };
            bytes_key(&replica.board, &stream)?
        };
        let (blob, attached) = self.seal_file(&key, name, max_bytes, source).await?;
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &ATTACH)?;
            let (stream, _) = find_case(&replica.board, number)?;
            let report = match came_with_report {
                true => replica.board.report(find_report(replica, number)?.as_str()),
                false => None,
            };
            let event = Event::Attached {
                name: attached.name.clone(),
                blob: blob.id.as_str().to_owned(),
                bytes: attached.bytes,
                sha256: attached.sha256.clone(),
                report: report.map(|report| report.number.clone()),
            };
            Ok((Plan::one(actor, &stream, now, What::Case(event)), ()))
        };
        self.record(record).await?;
        Ok(attached)
    }

    /// The same for a file that whoever sent a report puts to it: it goes to the case in which the report is handled now, and the same file
    /// twice is there once.
    pub(crate) async fn attach_sent(
        &self,
        actor: &Actor,
        number: &str,
        name: &str,
        max_bytes: u64,
        source: impl Read + Send + 'static,
    ) -> Result<Attached, ActError> {
        self.refresh().await?;
        let key = {
            let replica = self.replica();
            permit(&replica.board.house, actor, &WRITE_ROOM)?;
            bytes_key(&replica.board, &home_of_number(&replica, number)?.0)?
        };
        let (blob, attached) = self.seal_file(&key, name, max_bytes, source).await?;
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &WRITE_ROOM)?;
            let (report, stream) = home_of_number(replica, number)?;
            let board = &replica.board;
            let report = board.report(report.as_str()).ok_or(ActError::NO_REPORT)?;
            let case = board.case(stream.as_str()).ok_or(ActError::NO_REPORT)?;
            let known = |file: &File| {
                file.sha256 == attached.sha256
                    && file.name == attached.name
                    && file.report.as_ref() == Some(&report.number)
            };
            if case.view.files.iter().any(known) {
                return Ok((Plan::by(actor), ()));
            }
            let event = Event::Attached {
                name: attached.name.clone(),
                blob: blob.id.as_str().to_owned(),
                bytes: attached.bytes,
                sha256: attached.sha256.clone(),
                report: Some(report.number.clone()),
            };
            let mut plan = Plan::by(actor);
            plan.push_about(Some(&report.number), &stream, now, event);
            Ok((plan, ()))
        };
        self.record(record).await?;
        Ok(attached)
    }

    /// The sealed bytes of a file, durable before anything names them.
    async fn seal_file(
        &self,
        key: &KeyId,
        name: &str,
        max_bytes: u64,
        source: impl Read + Send + 'static,
    ) -> Result<(Blob, Attached), ActError> {
        let left = max_bytes;
        let put = self.store().put_blob(key, Limited { source, left }).await;
        let blob = put.map_err(|error| put_error(error, max_bytes))?;
        let attached = Attached {
            name: safe_name(name),
            bytes: blob.size,
            sha256: hexadecimal(&blob.sha256),
        };
        Ok((blob, attached))
    }

    /// The bytes of a case's file, by its name, the last of that name; none if they were erased. Reading blocks.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Invalid`] for a name that the case does not have; those of the
    /// store.
    pub async fn read_file(&self, actor: &Actor, number: &str, name: &str) -> Result<Option<BlobReader>, ActError> {
        let blob = self.file_called(actor, number, name)?;
        self.read_blob(&blob).await
    }

    /// The file of a case by its name, the last of that name, for who may read it.
    pub(crate) fn file_called(&self, actor: &Actor, number: &str, name: &str) -> Result<BlobId, ActError> {
        let replica = self.replica();
        permit(&replica.board.house, actor, &READ_FILE)?;
        let (_, case) = find_case(&replica.board, number)?;
        permit_restricted(&replica.board, actor, case)?;
        let file = case.view.files.iter().rev().find(|file| file.name == name);
        let file = file.ok_or_else(|| {
            let names: Vec<&str> = case.view.files.iter().map(|file| file.name.as_str()).collect();
            let known = if names.is_empty() {
                "it has none".to_owned()
            } else {
                format!("it has: {}", names.join(", "))
            };
            ActError::invalid(format!("the case has no file of this name; {known}"))
        })?;
        Ok(BlobId::new(file.blob.as_str())?)
    }

    /// The bytes behind it; none if they were erased. Reading blocks.
    pub(crate) async fn read_blob(&self, blob: &BlobId) -> Result<Option<BlobReader>, ActError> {
        match self.store().key_of_blob(blob).await? {
            Some(key) => Ok(self.store().get_blob(blob, &key).await?),
            None => Ok(None),
        }
    }
}

/// The last part of a path, with letters, digits and a few signs; never hidden, never empty, never a path.
pub(crate) fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept = |c: char| {
        if c.is_alphanumeric() || " ._-+()".contains(c) {
            c
        } else {
            '_'
        }
    };
    let safe: String = last.chars().map(kept).take(MAX_NAME_CHARS).collect();
    let safe = safe.trim().trim_start_matches('.').to_owned();
    if safe.is_empty() { "file".to_owned() } else { safe }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A source that fails once it gives more than was allowed.
struct Limited<R> {
    source: R,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(into)?;
        self.left = self.left.checked_sub(count as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(count)
    }
}

fn too_large(max_bytes: u64) -> ActError {
    ActError::invalid(format!(
        "the file is larger than {} MiB (`limits.upload_mb`); nothing was kept of it",
        max_bytes >> 20
    ))
}

fn put_error(error: PutError, max_bytes: u64) -> ActError {
    match error {
        PutError::Store(error) => error.into(),
        PutError::Source(error) if error.kind() == io::ErrorKind::FileTooLarge => too_large(max_bytes),
        PutError::Source(error) => ActError::invalid(format!(
            "the file could not be read to its end: {}; nothing was kept of it",
            error.kind()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_name(name: &str, expect: &str) {
        assert_eq!(safe_name(name), expect);
    }

    #[test]
    fn a_name_is_made_safe() {
        check_name("capture.pcap", "capture.pcap");
        check_name("../../etc/passwd", "passwd");
        check_name("C:\\Users\\me\\poc v2 (final).py", "poc v2 (final).py");
        check_name(".bashrc", "bashrc");
        check_name("a\u{202e}gpj.exe", "a_gpj.exe");
        check_name("line\nfeed\0.txt", "line_feed_.txt");
        check_name("\"><script>", "___script_");
        check_name("..", "file");
        check_name("", "file");
        check_name(&"x".repeat(400), &"x".repeat(120));
        check_name("Übersicht.pdf", "Übersicht.pdf");
    }
}
