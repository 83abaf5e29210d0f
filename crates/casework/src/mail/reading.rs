//! The reading of a message: a job, claimed by whoever has a process to read it in, and what is recorded of the outcome.
//!
//! Owns what goes into the journal once a message was read. Never reads one itself. A message that cannot be read is a report all the same,
//! with the reason; what could not be opened is tried again when a key comes.

use super::marks::{TAGS_KEY, marked};
use super::order::acknowledge;
use super::sorting::{Place, place};
use crate::Casework;
use crate::actions::UNDERSTAND;
use crate::actor::Actor;
use crate::attach::safe_name;
use crate::error::ActError;
use crate::jobs::{CLAIM, later};
use crate::permit::permit;
use crate::plan::Plan;
use crate::receive::{MAX_TITLE_CHARS, arrival_key, cut_bytes, cut_chars};
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::board::{Board, Case, Report};
use psirt::body::What;
use psirt::case::guidance;
use psirt::case::phase::Phase;
use psirt::event::{Event, Flag};
use psirt::house::ReportEvent;
use psirt::house::mail::{Fate, Letter, SenderKey, Sorted};
use std::collections::BTreeSet;
use std::io::{Cursor, Read as _};
use store::{BlobId, ClaimedJob, Effect, Job, JobKey, KeyId, Outcome, Settled, StoreError, StreamId};

/// The effect of reading a message.
const READ: &str = "read";
/// Attempts after which a message counts as one that cannot be read.
const MAX_READERS: u64 = 5;
/// Most keys of senders by which a signature is judged: those that came last.
const MAX_KNOWN_KEYS: usize = 500;
/// Most bytes of a message's text that a case keeps. All of it is in the raw message.
const MAX_SAID_BYTES: usize = 512 * 1024;
/// Most keys of a message that are kept, and the longest of them, armoured, in bytes.
const MAX_KEYS: usize = 10;
const MAX_KEY_BYTES: usize = 128 * 1024;
/// Most files of a message that are put to a case.
const MAX_FILES: usize = 1_000;

/// A message to be read.
pub struct ToRead {
    /// The brand that it came to.
    pub brand: String,
    /// Its bytes.
    pub message: Vec<u8>,
    /// Armoured certificates that came with earlier messages.
    pub known: Vec<String>,
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
    /// Of a message that nothing is known of, but that it came.
    fn unread() -> MailReading {
        MailReading {
            trouble: Some("could not be read".to_owned()),
            signature: "none".to_owned(),
            opens_case: true,
            must_not_answer: true,
            ..MailReading::default()
        }
    }
}

/// A file that is sealed.
struct Sealed {
    name: String,
    blob: String,
    bytes: u64,
    sha256: String,
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
                let blob = report.and_then(|report| Some((report.brand.clone(), report.blob.clone()?)));
                blob.map(|(brand, blob)| (brand, blob, known_keys(&replica.board)))
            };
            let message = match &found {
                Some((_, blob, _)) => match self.raw_bytes(blob).await {
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
            let (Some((brand, _, known)), Some(message)) = (found, message) else {
                self.settle(&claimed, Ok(())).await?;
                continue;
            };
            return Ok(Some(ToRead {
                brand,
                message,
                known,
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
            let mut bytes = Vec::new();
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
            return self.understand_mail(task, MailReading::unread()).await;
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
    pub async fn understand_mail(&self, task: &ToRead, reading: MailReading) -> Result<(), ActError> {
        let marker = self.store().marker(&KeyId::new(TAGS_KEY)?).await?;
        let actor = Actor::part("intake");
        self.refresh().await?;
        let stream = &task.stream;
        let sort = |board: &Board| {
            let mail = board.report(stream.as_str())?.mail.as_deref();
            let mut recipients = reading.to.clone();
            recipients.extend(mail.and_then(|mail| mail.envelope.clone()).unwrap_or_default().to);
            let marked = marked(board, &marker, &recipients, &reading.references);
            let released = mail.is_some_and(|mail| mail.released);
            Some(place(board, &reading, &marked, released))
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
            true => self.seal_files(stream, &reading.files).await?,
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

    async fn seal_files(&self, stream: &StreamId, files: &[MailFile]) -> Result<Vec<Sealed>, ActError> {
        let key = arrival_key(stream)?;
        let mut sealed = Vec::new();
        for file in files.iter().take(MAX_FILES) {
            let put = self.store().put_blob(&key, Cursor::new(file.bytes.clone())).await;
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

/// The entries of one reading.
struct Writing<'a> {
    board: &'a Board,
    stream: &'a StreamId,
    report: &'a Report,
    reading: &'a MailReading,
    files: &'a [Sealed],
    now: Timestamp,
}

impl Writing<'_> {
    fn write(&self, plan: &mut Plan, place: Place, new_case: &StreamId) -> Result<(), ActError> {
        let mail = self.report.mail.as_deref();
        let before = mail.and_then(|mail| mail.sorted.as_ref());
        let released = mail.is_some_and(|mail| mail.released) && self.report.case.is_none();
        let Some(before) = before.filter(|_| !released) else {
            return self.sort(plan, place, new_case);
        };
        // A second reading brings something only if it opens what did not open before.
        if before.trouble.is_some() && self.reading.trouble.is_none() {
            self.opened_late(plan, &before.fate)?;
        }
        Ok(())
    }

    /// The first reading, or the first one after a release.
    fn sort(&self, plan: &mut Plan, place: Place, new_case: &StreamId) -> Result<(), ActError> {
        self.say_who(plan)?;
        let at = self.report.at.unwrap_or(self.now);
        match &place.fate {
            Fate::Report => {
                self.understood(plan);
                self.report(plan, What::Report(self.sorted(&place.fate)));
                let joined = ReportEvent::Joined {
                    case: new_case.to_string(),
                };
                self.report(plan, What::Report(joined));
                let by = Some("external".to_owned());
                plan.push(new_case, at, What::Case(Event::Received { by }));
                if self.reading.opened.is_none() && self.reading.trouble.is_none() && self.asks_for_encryption() {
                    let flag = Flag::ArrivedInClear;
                    plan.push(new_case, self.now, What::Case(Event::Flagged { flag, why: None }));
                }
                self.attach(plan, new_case);
                self.note(plan, new_case, place.claims.as_deref());
                let (from, may) = (&self.reading.from, self.is_answerable());
                acknowledge(plan, self.board, (self.stream, self.report), from, may, self.now)?;
            }
            Fate::Reply { report } => {
                self.report(plan, What::Report(self.sorted(&place.fate)));
                self.reply(plan, report)?;
            }
            Fate::Held { .. } => {
                self.understood(plan);
                self.report(plan, What::Report(self.sorted(&place.fate)));
            }
            Fate::Undelivered { status, hard, report } => {
                self.report(plan, What::Report(self.sorted(&place.fate)));
                let home = report.as_deref().and_then(|report| self.case_of(report));
                if let Some((case, _)) = home {
                    let never = if *hard { " and never will" } else { " yet" };
                    let text = format!("A mail of ours to the reporter did not arrive{never} ({status}).");
                    plan.push(&case, self.now, What::Case(Event::Noted { text }));
                }
            }
            Fate::Automatic | Fate::ListRequest { .. } => self.report(plan, What::Report(self.sorted(&place.fate))),
        }
        Ok(())
    }

    /// What did not open before has opened with a key that came since.
    fn opened_late(&self, plan: &mut Plan, fate: &Fate) -> Result<(), ActError> {
        self.say_who(plan)?;
        self.report(plan, What::Report(self.sorted(fate)));
        match fate {
            Fate::Reply { report } => self.reply(plan, report)?,
            _ => {
                self.understood(plan);
                let home = self
                    .report
                    .case
                    .as_deref()
                    .and_then(|_| self.case_of(self.stream.as_str()));
                if let Some((case, _)) = home {
                    self.attach(plan, &case);
                    let text = "The message of this report has opened with a key that came since.".to_owned();
                    plan.push(&case, self.now, What::Case(Event::Noted { text }));
                }
            }
        }
        Ok(())
    }

    /// The reporter's word in the case that is there already.
    fn reply(&self, plan: &mut Plan, report: &str) -> Result<(), ActError> {
        let Some((stream, case)) = self.case_of(report) else {
            return Err(ActError::NO_CASE);
        };
        let reporter = match case.reports.len() {
            0 | 1 => None,
            _ => self.board.arrival(case, report).and_then(reporter_of),
        };
        let said = Event::Messaged {
            reporter,
            from_reporter: true,
            text: self.said(),
        };
        plan.push(&stream, self.now, What::Case(said));
        if self.board.phase(case, self.now) == Phase::NeedsInfo {
            plan.push(&stream, self.now, What::Case(Event::InfoReceived {}));
        }
        self.attach(plan, &stream);
        self.note(plan, &stream, None);
        Ok(())
    }

    /// Where the case of a report goes on.
    fn case_of(&self, report: &str) -> Option<(StreamId, &Case)> {
        let number = &self.board.report(report)?.number;
        let (stream, case) = self.board.case_of_number(number)?;
        Some((StreamId::new(stream).ok()?, case))
    }

    fn report(&self, plan: &mut Plan, what: What) {
        plan.push(self.stream, self.now, what);
    }

    fn understood(&self, plan: &mut Plan) {
        let title = cut_chars(&self.reading.title, MAX_TITLE_CHARS);
        let text = self.said();
        self.report(plan, What::Report(ReportEvent::Understood { title, text }));
    }

    fn say_who(&self, plan: &mut Plan) -> Result<(), ActError> {
        let (reading, key) = (self.reading, arrival_key(self.stream)?);
        let sender = ReportEvent::Sender {
            from: cut_chars(&reading.from.join(", "), 1_000),
        };
        let letter = ReportEvent::Letter(Box::new(Letter {
            from: reading.from.iter().take(20).cloned().collect(),
            message_id: reading.message_id.clone(),
            signer: reading.signer.clone().filter(|_| reading.signature == "good"),
            signer_is_known: reading.signer_is_known,
            signer_matches_from: reading.signer_matches_from,
            keys: reading
                .keys
                .iter()
                .filter(|key| key.public.len() <= MAX_KEY_BYTES)
                .take(MAX_KEYS)
                .cloned()
                .collect(),
            results: reading.results.clone(),
            undelivered: reading.bounce.as_ref().map(|bounce| bounce.recipient.clone()),
        }));
        for event in [sender, letter] {
            plan.push_under(key.clone(), self.stream, self.now, What::Report(event));
        }
        Ok(())
    }

    fn sorted(&self, fate: &Fate) -> ReportEvent {
        let reading = self.reading;
        ReportEvent::Sorted(Box::new(Sorted {
            fate: fate.clone(),
            opened: reading.opened,
            trouble: reading.trouble.clone(),
            signature: reading.signature.clone(),
            warnings: reading.warnings.clone(),
            answerable: self.is_answerable(),
        }))
    }

    /// Whether a machine may answer it.
    fn is_answerable(&self) -> bool {
        !self.reading.must_not_answer && !self.came_from_nobody()
    }

    /// Whether its envelope says that failures are told to nobody: then nothing else is either.
    fn came_from_nobody(&self) -> bool {
        let mail = self.report.mail.as_deref();
        let envelope = mail.and_then(|mail| mail.envelope.as_ref());
        envelope.is_some_and(|envelope| envelope.from.as_deref() == Some(""))
    }

    /// What it says; what stood outside of its protection comes after, marked.
    fn said(&self) -> String {
        let kept = |text: &str| plain(&cut_bytes(text, MAX_SAID_BYTES));
        let mut said = kept(&self.reading.text);
        let outside = self.reading.unprotected_text.as_deref().map(str::trim);
        if let Some(outside) = outside.filter(|outside| !outside.is_empty()) {
            said.push_str("\n\n[This stood outside of the encryption or signature:]\n");
            said.push_str(&kept(outside));
        }
        if said.trim().is_empty() {
            said = match &self.reading.trouble {
                Some(trouble) => format!("[This message could not be opened: {trouble}.]"),
                None => "[This message has no text.]".to_owned(),
            };
        }
        said
    }

    fn attach(&self, plan: &mut Plan, case: &StreamId) {
        for file in self.files {
            let event = Event::Attached {
                name: file.name.clone(),
                blob: file.blob.clone(),
                bytes: file.bytes,
                sha256: file.sha256.clone(),
                report: Some(self.report.number.clone()),
            };
            plan.push(case, self.now, What::Case(event));
        }
    }

    /// What the team should know before it believes the message; nothing, if there is nothing.
    fn note(&self, plan: &mut Plan, case: &StreamId, claims: Option<&str>) {
        let reading = self.reading;
        let mut lines = Vec::new();
        if let Some(trouble) = &reading.trouble {
            let keys = match reading.key_ids.as_slice() {
                [] => String::new(),
                ids => format!(" (encrypted for {})", ids.join(", ")),
            };
            lines.push(format!(
                "The message could not be opened: {trouble}{keys}. It is kept as it arrived: `candor case raw {}`.",
                self.report.number
            ));
            if trouble == "no secret key" {
                lines.push("It is tried again when an intake key is imported.".to_owned());
            }
        }
        if !reading.warnings.is_empty() {
            lines.push(format!("Before you believe it: {}.", reading.warnings.join("; ")));
        }
        if let Some(number) = claims {
            lines.push(format!(
                "It answers a mail of ours about {number}, but does not come from that reporter: look whether it belongs there."
            ));
        }
        if !lines.is_empty() {
            let text = lines.join("\n");
            plan.push(case, self.now, What::Case(Event::Noted { text }));
        }
    }

    /// Whether the policy of the brand asks reporters to encrypt (N17).
    fn asks_for_encryption(&self) -> bool {
        let brand = self.board.house.brands.get(&self.report.brand);
        let policies = self.board.house.policies.iter().rev();
        let policy = brand.and_then(|brand| {
            let mut policies = policies;
            policies.find(|policy| policy.front.id == brand.policy)
        });
        policy.is_some_and(|policy| guidance::task(policy, Flag::ArrivedInClear).is_some())
    }
}

/// A text without control characters, which nobody wrote on purpose.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}

fn reporter_of(entry: &psirt::event::Entry) -> Option<String> {
    match &entry.event {
        Event::Received { by } => by.clone(),
        Event::ReportJoined { reporter, .. } => reporter.clone(),
        _ => None,
    }
}

/// Certificates that came with messages, the newest first, each once.
fn known_keys(board: &Board) -> Vec<String> {
    let mut letters: Vec<(&Report, &Letter)> = board
        .open_reports()
        .filter_map(|(_, report)| Some((report, report.mail.as_deref()?.letter.as_ref()?)))
        .collect();
    letters.sort_by_key(|(report, _)| std::cmp::Reverse(report.at));
    let mut seen = BTreeSet::new();
    let keys = letters.into_iter().flat_map(|(_, letter)| &letter.keys);
    let new = keys.filter(|key| seen.insert(key.fingerprint.clone()));
    new.take(MAX_KNOWN_KEYS).map(|key| key.public.clone()).collect()
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
