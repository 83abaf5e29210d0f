//! Reports come in: sealed, numbered and durable in one commit, before anybody reads them (law 3).
//!
//! Owns the drawing of tracking numbers. Never drops a report, whatever its bytes are, and never guesses at a format: a report that is
//! not text waits for a person.

use crate::Casework;
use crate::actions::{READ_RAW, RECEIVE, UNDERSTAND};
use crate::actor::{Actor, shown};
use crate::error::ActError;
use crate::form::Filled;
use crate::house::id_bits;
use crate::mail::acknowledge_form;
use crate::originals::bytes_key;
use crate::permit::permit;
use crate::plan::{self, Committed, Plan};
use crate::ports::whole_microseconds;
use crate::replica::Replica;
use crate::restricted::permit_restricted_report;
use crate::room::push_filled;
use jiff::Timestamp;
use psirt::body::What;
use psirt::case::number::Number;
use psirt::case::refuse::Refusal;
use psirt::event::Event;
use psirt::house::{Brand, Raw, ReportEvent};
use serde::{Deserialize, Serialize};
use std::io::{Cursor, Read};
use store::{BlobId, Command, CommandId, KeyId, NumberOf, PutError, StreamId};

/// A report as it comes in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incoming {
    /// The brand whose address it came to; if unknown, that of the first product, or the only one, or the first one.
    pub brand: Option<String>,
    /// How it came: `cli`, `mail`, `form`, `portal`, `api`.
    pub channel: String,
    /// Who sent it, as far as known.
    pub from: String,
    /// `external`, `customer`, `internal` or `machine`, or one of them with an id: `customer:c-17`.
    pub reporter_kind: String,
    /// A title, if the reporter gave one.
    pub title: Option<String>,
    /// The bytes as they arrived.
    pub bytes: Vec<u8>,
    /// The product lines that it names; those that the catalogue lacks are noted on the case.
    pub products: Vec<String>,
    /// When it came, if not now.
    pub at: Option<Timestamp>,
    /// The command behind it, if it must not be taken in twice.
    pub command: Option<String>,
    /// What a form said beside the report.
    pub filled: Option<Filled>,
    /// The portal that hands it over, and the digest of what it sent.
    pub handed: Option<(String, String)>,
}

/// A report that is in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// Its tracking number.
    pub number: String,
    /// The number of its case: the same, since a case opens with its first report.
    pub case_number: String,
    /// The report's stream.
    pub report_stream: String,
    /// The case's stream.
    pub case_stream: String,
}

/// Longest title that is taken from a report, in characters.
pub(crate) const MAX_TITLE_CHARS: usize = 120;
/// Longest text of a report that is kept readable, in bytes. All bytes are in the blob.
const MAX_TEXT_BYTES: usize = 1 << 20;
/// Most product lines of a report.
const MAX_PRODUCTS: usize = 100;

impl Casework {
    /// Takes a report in: its bytes are sealed, then one commit gives it its number and opens its case. When this returns, all of it
    /// survives a loss of power. Then its text is recorded, if it is text.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`], [`ActError::Invalid`], those of the store. Without a number, nothing was taken in.
    pub async fn receive(&self, actor: &Actor, incoming: Incoming) -> Result<Received, ActError> {
        let reporter = reporter(&incoming.reporter_kind)?;
        self.refresh().await?;
        permit(&self.board().house, actor, &RECEIVE)?;
        let (report, case, sealed) = {
            let replica = self.replica();
            brand_of(&replica, &incoming)?;
            let report = self.draw_stream(&replica, "report")?;
            let sealed = bytes_key(&replica.board, &report)?;
            (report, self.draw_stream(&replica, "case")?, sealed)
        };
        let bytes = incoming.bytes.len() as u64;
        // Who sent it has a key of its own, and so have its bytes: both can be erased while the case stays.
        let arrival = arrival_key(&report)?;
        let blob = self
            .store()
            .put_blob(&sealed, Cursor::new(incoming.bytes.clone()))
            .await
            .map_err(put_error)?;
        let decide = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &RECEIVE)?;
            let at = incoming.at.map_or(now, whole_microseconds);
            if at > now {
                return Err(Refusal::without_clause("a report cannot come in after now").into());
            }
            if at < Timestamp::UNIX_EPOCH {
                return Err(
                    Refusal::without_clause("a report did not come in before 1970: correct its instant").into(),
                );
            }
            let brand = brand_of(replica, &incoming)?;
            let number = self.draw_number(replica, brand, at)?;
            let mut plan = Plan::by(actor);
            let arrived = ReportEvent::Arrived {
                number: number.as_str().to_owned(),
                brand: brand.id.clone(),
                channel: incoming.channel.clone(),
                from: String::new(),
                raw: Some(Raw {
                    blob: blob.id.as_str().to_owned(),
                    bytes,
                }),
                at,
            };
            plan.push(&report, at, What::Report(arrived));
            if !incoming.from.is_empty() {
                let sender = ReportEvent::Sender {
                    from: incoming.from.clone(),
                };
                plan.push_under(arrival.clone(), &report, at, What::Report(sender));
            }
            plan.push(
                &report,
                at,
                What::Report(ReportEvent::Joined { case: case.to_string() }),
            );
            let received = Event::Received {
                by: Some(reporter.clone()),
            };
            plan.push_about(Some(number.as_str()), &case, at, received);
            for event in opening(replica, &incoming) {
                plan.push(&case, at, What::Case(event));
            }
            if let Some((machine, sha256)) = incoming.handed.clone() {
                let handed = ReportEvent::HandedOver { machine, sha256 };
                plan.push_under(arrival.clone(), &report, at, What::Report(handed));
            }
            if let Some(filled) = &incoming.filled {
                push_filled(&mut plan, (&report, number.as_str(), &case), at, filled)?;
                acknowledge_form(&mut plan, &replica.board, &report, &brand.id, &incoming.from, now)?;
            }
            plan.numbers.push(NumberOf {
                number: store::Number::new(number.as_str())?,
                stream: report.clone(),
            });
            let received = Received {
                number: number.as_str().to_owned(),
                case_number: number.as_str().to_owned(),
                report_stream: report.to_string(),
                case_stream: case.to_string(),
            };
            plan.command = incoming
                .command
                .as_ref()
                .map(|id| command(id, &received, &report))
                .transpose()?;
            Ok((plan, received))
        };
        let received = match self.commit(decide).await? {
            Committed::Recorded(received, _) => received,
            Committed::Repeated(answer) => return answered(&answer),
            Committed::Forgotten => {
                return Err(ActError::invalid(
                    "this command was done before, and its answer was erased since",
                ));
            }
        };
        // From here on the report is safe; whatever its text does, it keeps its number.
        match readable(&incoming) {
            Some((title, text)) => self
                .understand(actor, &received.number, &title, &text)
                .await
                .or_else(still_received)?,
            None => self.note_unreadable(&case, bytes).await.or_else(still_received)?,
        }
        Ok(received)
    }

    /// Records what a report says, once it was read.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`], those of the store.
    pub async fn understand(&self, actor: &Actor, number: &str, title: &str, text: &str) -> Result<(), ActError> {
        let record = |replica: &Replica, now| {
            permit(&replica.board.house, actor, &UNDERSTAND)?;
            let report = find_report(replica, number)?;
            let event = ReportEvent::Understood {
                title: cut_chars(title, MAX_TITLE_CHARS),
                text: cut_bytes(text, MAX_TEXT_BYTES),
            };
            Ok((Plan::one(actor, &report, now, What::Report(event)), ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// A report's bytes as they arrived; none if they were erased.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`], those of the store.
    pub async fn read_raw(&self, actor: &Actor, number: &str) -> Result<Option<Vec<u8>>, ActError> {
        let blob = {
            let replica = self.replica();
            permit(&replica.board.house, actor, &READ_RAW)?;
            let stream = find_report(&replica, number)?;
            let report = replica.board.report(stream.as_str()).ok_or(ActError::NO_REPORT)?;
            permit_restricted_report(&replica.board, actor, report)?;
            // What was brought along from a tracker had no message.
            let Some(blob) = &report.blob else { return Ok(None) };
            BlobId::new(blob.as_str())?
        };
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
        let read = tokio::task::spawn_blocking(read)
            .await
            .unwrap_or_else(|_| Err(std::io::ErrorKind::Interrupted.into()));
        read.map(Some).map_err(|error| unreadable(&blob, &error))
    }

    async fn note_unreadable(&self, case: &StreamId, bytes: u64) -> Result<(), ActError> {
        let text = format!("The report is not text ({bytes} bytes). A person has to look at the raw message.");
        let record = |_: &Replica, now| {
            let what = What::Case(Event::Noted { text: text.clone() });
            Ok((Plan::one(&Actor::part("intake"), case, now, what), ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// A number that no report has on this board. The journal has the last word: it refuses one that was given meanwhile.
    pub(crate) fn draw_number(&self, replica: &Replica, brand: &Brand, at: Timestamp) -> Result<Number, ActError> {
        const MAX_DRAWS: u32 = 1_000;
        let board = &replica.board;
        let year = year_of(replica, brand, at);
        for _ in 0..MAX_DRAWS {
            let bits = id_bits(self.ports().ids.draw("number")?.as_str());
            let number = Number::new(&brand.number_prefix, year, (bits & 0xF_FFFF) as u32);
            if !board.has_number(number.as_str()) {
                return Ok(number);
            }
        }
        Err(ActError::invalid(format!(
            "the numbers of `{}` for {year} are used up: give the brand another prefix",
            brand.id
        )))
    }
}

/// The key of who sent a report, and of what names or leads to them.
pub(crate) fn arrival_key(report: &StreamId) -> Result<KeyId, ActError> {
    let id = report.as_str().strip_prefix("report:").unwrap_or(report.as_str());
    Ok(KeyId::new(format!("arrival:{id}"))?)
}

/// The year of an instant in the zone of a brand's policy.
pub(crate) fn year_of(replica: &Replica, brand: &Brand, at: Timestamp) -> i16 {
    let policies = replica.board.house.policies.iter();
    let zone = policies
        .rev()
        .find(|policy| policy.front.id == brand.policy)
        .map(|policy| policy.front.zone.clone());
    at.to_zoned(zone.unwrap_or(jiff::tz::TimeZone::UTC)).year()
}

/// The reporter as the case has it: a kind, perhaps with an id, and nothing of the sender.
fn reporter(kind: &str) -> Result<String, ActError> {
    let (word, id) = kind.split_once(':').map_or((kind, None), |(word, id)| (word, Some(id)));
    let known = matches!(word, "external" | "customer" | "internal" | "machine");
    let plain = id.is_none_or(|id| {
        (1..=64).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    });
    if known && plain {
        return Ok(kind.to_owned());
    }
    Err(ActError::invalid(format!(
        "`{}` is no reporter: write external, customer, internal or machine, with an id if you like (customer:c-17)",
        shown(kind)
    )))
}

/// The brand that a report belongs to at first (D16).
fn brand_of<'a>(replica: &'a Replica, incoming: &Incoming) -> Result<&'a Brand, ActError> {
    if let Some(id) = &incoming.brand {
        return plan::brand(replica, id);
    }
    let house = &replica.board.house;
    let sold = incoming
        .products
        .iter()
        .find_map(|name| house.products.get(name))
        .and_then(|product| house.brands.get(&product.brand));
    let none = || ActError::invalid("there is no brand that could take a report; add one with `candor brand add`");
    sold.or_else(|| house.brands.values().next()).ok_or_else(none)
}

/// What a case says at first beside where it comes from.
fn opening(replica: &Replica, incoming: &Incoming) -> Vec<Event> {
    let mut events = Vec::new();
    let title = incoming
        .title
        .as_deref()
        .map(|title| cut_chars(title, MAX_TITLE_CHARS))
        .filter(|title| !title.is_empty());
    events.extend(title.map(|title| Event::Titled { title, summary: None }));
    let known = |name: &&String| replica.board.house.products.contains_key(*name);
    let (known, unknown): (Vec<&String>, Vec<&String>) = incoming.products.iter().take(MAX_PRODUCTS).partition(known);
    if !known.is_empty() {
        events.push(Event::Suspected {
            products: known.into_iter().cloned().collect(),
        });
    }
    if !unknown.is_empty() {
        let names: Vec<String> = unknown.into_iter().map(|name| shown(name)).collect();
        events.push(Event::Noted {
            text: format!(
                "The report names what the catalogue does not know: {}.",
                names.join(", ")
            ),
        });
    }
    events
}

fn command(id: &str, received: &Received, report: &StreamId) -> Result<Command, ActError> {
    let answer = serde_json::to_vec(received).map_err(|error| ActError::invalid(error.to_string()))?;
    Ok(Command {
        id: CommandId::new(id)?,
        answer: answer.into(),
        key_id: KeyId::from(report),
    })
}

fn answered(answer: &[u8]) -> Result<Received, ActError> {
    serde_json::from_slice(answer).map_err(|_| ActError::invalid("this command id was used for something else"))
}

/// A title and a text, if the bytes are text.
fn readable(incoming: &Incoming) -> Option<(String, String)> {
    let text = std::str::from_utf8(&incoming.bytes).ok()?;
    let first = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let title = incoming
        .title
        .as_deref()
        .map(str::trim)
        .filter(|title| !title.is_empty())
        .unwrap_or(first);
    Some((title.to_owned(), text.to_owned()))
}

/// A failure after the report is in is none of the reporter's: the report stays received, with its raw bytes, and asks for a person.
/// Only a damaged journal still stops everything.
fn still_received(error: ActError) -> Result<(), ActError> {
    match error {
        ActError::Unreadable(_) | ActError::Store(store::StoreError::Corrupt { .. }) => Err(error),
        _ => Ok(()),
    }
}

pub(crate) fn find_report(replica: &Replica, number: &str) -> Result<StreamId, ActError> {
    let number = Number::parse(number).map_err(|_| ActError::NO_REPORT)?;
    let report = replica.board.report_of_number(number.as_str());
    let (stream, _) = report.ok_or(ActError::NO_REPORT)?;
    Ok(StreamId::new(stream)?)
}

pub(crate) fn cut_chars(text: &str, limit: usize) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(limit).collect()
}

pub(crate) fn cut_bytes(text: &str, limit: usize) -> String {
    let end = (0..=limit.min(text.len()))
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    text.get(..end).unwrap_or_default().to_owned()
}

fn put_error(error: PutError) -> ActError {
    match error {
        PutError::Store(error) => error.into(),
        PutError::Source(error) => {
            ActError::invalid(format!("the report could not be read to its end: {}", error.kind()))
        }
    }
}

fn unreadable(blob: &BlobId, error: &std::io::Error) -> ActError {
    store::StoreError::Corrupt {
        place: format!("the blob {}", blob.as_str()),
        detail: format!("it does not open: {}", error.kind()),
    }
    .into()
}
