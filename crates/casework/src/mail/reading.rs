//! The reading of a message: a job, claimed by whoever has a process to read it in, and what is recorded of the outcome.
//!
//! Owns the job, and the order in which files are sealed and entries recorded (`writing`). Never reads a message itself. One that cannot be read
//! is a report all the same, with the reason; what could not be opened is tried again when a key comes.

use super::letter::mailable;
use super::marks::{TAGS_KEY, marked};
use super::sorting::{Found, place};
use super::writing::Writing;
use crate::Casework;
use crate::actions::UNDERSTAND;
use crate::actor::Actor;
use crate::attach::safe_name;
use crate::error::ActError;
use crate::jobs::{CLAIM, later};
use crate::originals::bytes_key;
use crate::permit::permit;
use crate::plan::Plan;
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::board::{Board, Report};
use psirt::house::mail::{Fate, SenderKey};
use std::io::{Cursor, Read as _};
use store::{BlobId, ClaimedJob, Effect, Job, JobKey, KeyId, Outcome, Settled, StoreError, StreamId};

/// The part of Candor that records what a message says.
pub(crate) const INTAKE: &str = "intake";
/// The effect of reading a message.
const READ: &str = "read";
/// Attempts after which a message counts as one that cannot be read.
const MAX_READERS: u64 = 5;
/// Most files of a message that are put to a case. All of them are in the raw message.
const MAX_FILES: usize = 100;

/// A message to be read.
pub struct ToRead {
    /// The brand that it came to.
    pub brand: String,
    /// For whom it was, as was said beside it; empty where nothing was said.
    pub recipients: Vec<String>,
    /// Its bytes.
    pub message: Vec<u8>,
    /// Its report.
    stream: StreamId,
    claimed: ClaimedJob,
}

/// Without the message.
impl std::fmt::Debug for ToRead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ToRead({}, {} bytes)", self.stream, self.message.len())
    }
}

/// What a reading says, as far as it decides something or is recorded.
#[derive(Clone, Default)]
pub struct MailReading {
    /// Its title.
    pub title: String,
    /// What it says.
    pub text: String,
    /// What stood outside of its protection.
    pub unprotected_text: Option<String>,
    /// Addresses in `From`.
    pub from: Vec<String>,
    /// Addresses in `To` and `Cc`.
    pub to: Vec<String>,
    /// Its own identifier.
    pub message_id: Option<String>,
    /// The messages that it answers, the nearest last.
    pub references: Vec<String>,
    /// Whether every encrypted part opened; none if nothing was encrypted.
    pub opened: Option<bool>,
    /// Why something could not be read.
    pub trouble: Option<String>,
    /// For whom it was encrypted, if it did not open.
    pub key_ids: Vec<String>,
    /// What its signature is worth.
    pub signature: String,
    /// The certificate that signed.
    pub signer: Option<String>,
    /// Whether that was known before.
    pub signer_is_known: Option<bool>,
    /// Whether it carries the address in `From`.
    pub signer_matches_from: Option<bool>,
    /// Whether everything that was decrypted is signed inside of the encryption by a key with that address.
    pub proven: bool,
    /// What people should know before they believe it.
    pub warnings: Vec<String>,
    /// Whether it opens a case, unless it goes on with one.
    pub opens_case: bool,
    /// Whether no machine may answer it.
    pub must_not_answer: bool,
    /// That a mail of ours did not arrive.
    pub bounce: Option<MailBounce>,
    /// What it asks of an announce list.
    pub list_request: Option<String>,
    /// Whether a filter before us says that it is spam.
    pub is_spam: bool,
    /// What our own mail exchanger found about where it came from.
    pub results: Option<String>,
    /// Keys that it brought.
    pub keys: Vec<SenderKey>,
    /// Its files.
    pub files: Vec<MailFile>,
}

/// That a mail of ours did not arrive.
#[derive(Clone)]
pub struct MailBounce {
    /// For whom it was.
    pub recipient: String,
    /// Why, such as `5.1.1`.
    pub status: String,
    /// Whether it never will.
    pub hard: bool,
}

/// A file of a message.
#[derive(Clone)]
pub struct MailFile {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl MailReading {
    /// Of a message that nothing is known of, but that it came, and where failures are told: whoever is there hears that it arrived.
    fn unread(envelope_from: Option<String>) -> MailReading {
        let from = envelope_from.filter(|from| !from.is_empty());
        MailReading {
            trouble: Some("could not be read".to_owned()),
            signature: "none".to_owned(),
            opens_case: true,
            must_not_answer: from.is_none(),
            from: from.into_iter().collect(),
            ..MailReading::default()
        }
    }
}

/// A file that is sealed.
pub(super) struct Sealed {
    pub(super) name: String,
    pub(super) blob: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Casework {
    /// Claims the message that has waited longest for its reading; none if none waits.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn next_mail(&self) -> Result<Option<ToRead>, ActError> {
        let effect = Effect::new(READ)?;
        loop {
            let now = self.now();
            let (now_us, until_us) = (now.as_microsecond(), later(now, CLAIM).as_microsecond());
            let Some(claimed) = self.store().claim_job(&effect, now_us, until_us).await? else {
                return Ok(None);
            };
            self.refresh().await?;
            let stream = claimed.job.stream.clone();
            let found = {
                let replica = self.replica();
                let report = replica.board.report(stream.as_str());
                report.and_then(|report| {
                    let envelope = report.mail.as_deref().and_then(|mail| mail.envelope.as_ref());
                    let recipients = envelope.map(|envelope| envelope.to.clone()).unwrap_or_default();
                    Some((report.brand.clone(), recipients, report.blob.clone()?))
                })
            };
            let message = match &found {
                Some((.., blob)) => match self.raw_bytes(blob).await {
                    Ok(message) => message,
                    // A damaged message keeps no other one waiting.
                    Err(error) => {
                        self.settle(&claimed, Err(error)).await?;
                        continue;
                    }
                },
                None => None,
            };
            // What was erased meanwhile is not read any more.
            let (Some((brand, recipients, _)), Some(message)) = (found, message) else {
                self.settle(&claimed, Ok(())).await?;
                continue;
            };
            return Ok(Some(ToRead {
                brand,
                recipients,
                message,
                stream,
                claimed,
            }));
        }
    }

    /// The reading of a message could not begin, or its outcome was not recorded: later.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn mail_later(&self, task: &ToRead) -> Result<(), ActError> {
        let error = ActError::invalid("the process that reads mail cannot be started");
        self.settle(&task.claimed, Err(error)).await.map(|_| ())
    }

    pub(super) async fn raw_bytes(&self, blob: &str) -> Result<Option<Vec<u8>>, ActError> {
        let blob = BlobId::new(blob)?;
        let Some(key) = self.store().key_of_blob(&blob).await? else {
            return Ok(None);
        };
        let Some(mut reader) = self.store().get_blob(&blob, &key).await? else {
            return Ok(None);
        };
        let read = move || {
            // A large message that grows piece by piece would be in memory twice.
            let mut bytes = Vec::with_capacity(usize::try_from(reader.at_most()).unwrap_or_default());
            reader.read_to_end(&mut bytes).map(|_| bytes)
        };
        let read = tokio::task::spawn_blocking(read).await;
        let read = read.unwrap_or_else(|_| Err(std::io::ErrorKind::Interrupted.into()));
        read.map(Some).map_err(|error| {
            ActError::Store(StoreError::Corrupt {
                place: format!("the blob {}", blob.as_str()),
                detail: format!("it does not open: {}", error.kind()),
            })
        })
    }

    /// The process that was to read a message ended without an answer. It is tried again soon; after some attempts the message counts as one
    /// that cannot be read, and is a report all the same.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn mail_unread(&self, task: &ToRead) -> Result<(), ActError> {
        if task.claimed.ticket.attempt >= MAX_READERS {
            let sender = {
                let replica = self.replica();
                let report = replica.board.report(task.stream.as_str());
                let mail = report.and_then(|report| report.mail.as_deref());
                mail.and_then(|mail| mail.envelope.as_ref()?.from.clone())
            };
            return self.understand_mail(task, MailReading::unread(sender)).await;
        }
        let settled = Settled {
            ticket: task.claimed.ticket.clone(),
            outcome: Outcome::Retry {
                run_at_us: self.now().as_microsecond(),
            },
        };
        let batch = store::Batch {
            recorded_us: self.now().as_microsecond(),
            settled: vec![settled],
            ..store::Batch::default()
        };
        match self.store().append(batch).await {
            Ok(_) | Err(StoreError::JobLost(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Records how a message was understood, and where it goes, in one commit that ends the job: a case of its own, a message of a case that
    /// is there already, or none.
    ///
    /// # Errors
    /// Those of the store: nothing was recorded, [`Casework::mail_later`].
    pub async fn understand_mail(&self, task: &ToRead, mut reading: MailReading) -> Result<(), ActError> {
        for from in &mut reading.from {
            *from = mailable(from).unwrap_or_else(|| std::mem::take(from));
        }
        let marker = self.store().marker(&KeyId::new(TAGS_KEY)?).await?;
        let actor = Actor::part(INTAKE);
        self.refresh().await?;
        let stream = &task.stream;
        // They move to where they are sealed; what stays of each is its name.
        let contents: Vec<Vec<u8>> = reading
            .files
            .iter_mut()
            .map(|file| std::mem::take(&mut file.bytes))
            .collect();
        let reading = reading;
        let sort = |board: &Board| {
            let report = board.report(stream.as_str())?;
            let mail = report.mail.as_deref();
            let mut recipients = reading.to.clone();
            let envelope = mail.and_then(|mail| mail.envelope.clone()).unwrap_or_default();
            recipients.extend(envelope.to);
            let own = reading.message_id.as_slice();
            let found = Found {
                marked: marked(board, &marker, &recipients, &reading.references),
                is_own_letter: !marked(board, &marker, &[], own).is_empty(),
                is_earlier: envelope.is_earlier,
                released: mail.is_some_and(|mail| mail.released),
            };
            Some(place(board, &report.brand, &reading, &found))
        };
        let (case, files_wanted) = {
            let replica = self.replica();
            let wanted = match sort(&replica.board) {
                Some(place) => matches!(place.fate, Fate::Report | Fate::Reply { .. }),
                None => false,
            };
            (self.draw_stream(&replica, "case")?, wanted)
        };
        let files = match files_wanted {
            true => self.seal_files(stream, &reading.files, contents).await?,
            false => Vec::new(),
        };
        let settled = Settled {
            ticket: task.claimed.ticket.clone(),
            outcome: Outcome::Done,
        };
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, &actor, &UNDERSTAND)?;
            let mut plan = Plan::by(&actor);
            let Some((report, place)) = board.report(stream.as_str()).zip(sort(board)) else {
                return Ok((plan, ()));
            };
            let writing = Writing {
                board,
                stream,
                report,
                reading: &reading,
                files: &files,
                now,
            };
            writing.write(&mut plan, place, &case)?;
            if plan.len() > 0 {
                plan.settled.push(settled.clone());
            }
            Ok((plan, ()))
        };
        match self.record(record).await {
            // Nothing new is known of it.
            Ok(((), 0)) => self.settle(&task.claimed, Ok(())).await.map(|_| ()),
            Ok(_) => Ok(()),
            Err(ActError::Store(StoreError::JobLost(_))) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn seal_files(
        &self,
        stream: &StreamId,
        files: &[MailFile],
        contents: Vec<Vec<u8>>,
    ) -> Result<Vec<Sealed>, ActError> {
        let key = bytes_key(&self.board(), stream)?;
        let mut sealed = Vec::new();
        for (file, bytes) in files.iter().zip(contents).take(MAX_FILES) {
            let put = self.store().put_blob(&key, Cursor::new(bytes)).await;
            let blob = put.map_err(|error| match error {
                store::PutError::Store(error) => ActError::Store(error),
                store::PutError::Source(error) => ActError::invalid(error.kind().to_string()),
            })?;
            sealed.push(Sealed {
                name: safe_name(&file.name),
                blob: blob.id.as_str().to_owned(),
                bytes: blob.size,
                sha256: blob.sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
            });
        }
        Ok(sealed)
    }
}

/// The job that reads a message; `why` tells the readings of one message apart.
pub(crate) fn read_job(stream: &StreamId, seq: u64, why: &str, now: Timestamp) -> Result<Job, ActError> {
    Ok(Job {
        effect: Effect::new(READ)?,
        stream: stream.clone(),
        seq,
        job_key: JobKey::new(format!("{READ}:{stream}:{why}"))?,
        run_at_us: now.as_microsecond(),
    })
}

/// Jobs that read again what a brand could not open, now that it has the key with this fingerprint.
pub(crate) fn retry_jobs(board: &Board, brand: &str, fingerprint: &str, now: Timestamp) -> Result<Vec<Job>, ActError> {
    let unopened = |report: &Report| {
        let sorted = report.mail.as_deref().and_then(|mail| mail.sorted.as_ref());
        report.brand == brand && sorted.is_some_and(|sorted| sorted.opened == Some(false))
    };
    let reports = board
        .named_numbers()
        .filter(|(_, stream)| stream.starts_with("report:"));
    let waiting = reports.filter(|(_, stream)| board.report(stream).is_some_and(unopened));
    waiting
        .map(|(_, stream)| read_job(&StreamId::new(stream)?, 1, fingerprint, now))
        .collect()
}
