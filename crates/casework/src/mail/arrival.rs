//! A message arrives: sealed as it streams in, numbered, and durable in one commit (law 3). The same message again is the same arrival.
//!
//! Owns the answer to whoever hands a message over. Never looks into it: that is a job of its own.

use super::reading::read_job;
use crate::Casework;
use crate::actions::RECEIVE;
use crate::actor::Actor;
use crate::error::ActError;
use crate::mail::marks::{TAGS_KEY, unmarked};
use crate::originals::bytes_key;
use crate::permit::permit;
use crate::plan::{self, Committed, Plan};
use crate::ports::whole_microseconds;
use crate::receive::{arrival_key, cut_chars};
use crate::replica::Replica;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use psirt::board::Board;
use psirt::body::What;
use psirt::case::refuse::Refusal;
use psirt::house::mail::Envelope;
use psirt::house::{Brand, HouseEvent, Raw, ReportEvent};
use serde::{Deserialize, Serialize};
use std::io::{self, Read};
use store::{Command, CommandId, KeyId, NumberOf, PutError, StoreError};

/// Largest message that is taken, in bytes.
pub const MAX_MESSAGE_BYTES: u64 = 50 * 1024 * 1024;

/// Most recipients of a message that are kept, and the most characters of an address.
const MAX_RECIPIENTS: usize = 20;
const MAX_ADDRESS_CHARS: usize = 320;

/// A server counts days in its own zone: so long after it began here, a day has begun everywhere.
const ANYWHERE: SignedDuration = SignedDuration::from_hours(12);

/// The address that every mail server has.
const POSTMASTER: &str = "postmaster";

/// What is known of a message before anybody has looked into it.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// The brand that it came to; if unknown, that of an address it is for, or the first one.
    pub brand: Option<String>,
    /// What was said beside it.
    pub envelope: Envelope,
    /// When it came, if not now.
    pub at: Option<Timestamp>,
}

/// A message that is in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptMail {
    /// Its tracking number.
    pub number: String,
    /// Whether it had been kept before; nothing was recorded now.
    #[serde(skip)]
    pub again: bool,
}

/// Why a message was not kept.
#[derive(Debug, thiserror::Error)]
pub enum MailFailure {
    /// Whoever handed it over stopped, or gave more than [`MAX_MESSAGE_BYTES`]; nothing was kept.
    #[error("the message could not be read to its end: {}; nothing was kept", .0.kind())]
    Source(io::Error),
    /// It could not be stored.
    #[error(transparent)]
    Act(#[from] ActError),
}

impl MailFailure {
    /// Whether there is no room for it now.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self, MailFailure::Act(ActError::Store(StoreError::Full { .. })))
    }
}

impl From<StoreError> for MailFailure {
    fn from(error: StoreError) -> MailFailure {
        MailFailure::Act(error.into())
    }
}

impl Casework {
    /// Keeps a message: its bytes are sealed as they come, then one commit gives it a number and orders its reading. When this returns, all
    /// of it survives a loss of power. `identity` is asked once the source has ended, and says what makes the message the same one.
    ///
    /// # Errors
    /// [`MailFailure::Source`]; [`ActError::NotPermitted`], [`ActError::Invalid`], those of the store. Then nothing was kept, or nothing that
    /// anybody was told of.
    pub async fn receive_mail(
        &self,
        actor: &Actor,
        message: Message,
        source: impl Read + Send + 'static,
        identity: impl FnOnce() -> [u8; 32],
    ) -> Result<KeptMail, MailFailure> {
        let (report, brand, sealed) = {
            let replica = self.replica();
            permit(&replica.board.house, actor, &RECEIVE)?;
            let brand = brand_of(&replica, &message)?.id.clone();
            let report = self.draw_stream(&replica, "report")?;
            let sealed = bytes_key(&replica.board, &report)?;
            (report, brand, sealed)
        };
        let arrival = arrival_key(&report)?;
        // The report was just drawn, and so was whatever is named after it.
        let keys = [sealed, KeyId::from(&report), arrival.clone()];
        let source = Limited {
            source,
            left: MAX_MESSAGE_BYTES,
        };
        let new = match self.store().put_new_blob(&keys, source).await {
            Ok(new) => new,
            Err(PutError::Source(error)) => return Err(MailFailure::Source(error)),
            Err(PutError::Store(error)) => return Err(error.into()),
        };
        let marker = self.store().marker(&KeyId::new(TAGS_KEY)?).await?;
        let digest = identity();
        // A plain digest would stand in clear, and tell whoever has the message that we have it.
        let command = marker.mark("arrival", &[brand.as_bytes(), b"\0", &digest].concat());
        let decide = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &RECEIVE)?;
            let at = message.at.map_or(now, whole_microseconds);
            if at > now {
                return Err(Refusal::without_clause("a message cannot come in after now").into());
            }
            let brand = plan::brand(replica, &brand)?;
            let number = self.draw_number(replica, brand, at)?;
            let mut plan = Plan::by(actor);
            let arrived = ReportEvent::Arrived {
                number: number.as_str().to_owned(),
                brand: brand.id.clone(),
                channel: "mail".to_owned(),
                from: String::new(),
                raw: Some(Raw {
                    blob: new.id.as_str().to_owned(),
                    bytes: new.size,
                }),
                at,
            };
            plan.push(&report, at, What::Report(arrived));
            let envelope = ReportEvent::Envelope(bounded(&message.envelope));
            plan.push_under(arrival.clone(), &report, at, What::Report(envelope));
            plan.blobs.push(new.clone());
            plan.numbers.push(NumberOf {
                number: store::Number::new(number.as_str())?,
                stream: report.clone(),
            });
            plan.jobs.push(read_job(&report, 1, "arrived", now)?);
            let kept = KeptMail {
                number: number.as_str().to_owned(),
                again: false,
            };
            let answer = serde_json::to_vec(&kept).map_err(|error| ActError::invalid(error.to_string()))?;
            plan.command = Some(Command {
                id: CommandId::new(format!("mail:{command}"))?,
                answer: answer.into(),
                key_id: KeyId::from(&report),
            });
            Ok((plan, kept))
        };
        let committed = match self.commit(decide).await {
            Ok(committed) => committed,
            Err(error) => {
                // Rolled back for sure, so that what waits for room does not take it.
                if matches!(error, ActError::Store(StoreError::Full { .. })) {
                    let _ = self.store().discard_new_blob(&new).await;
                }
                return Err(error.into());
            }
        };
        let kept = match committed {
            Committed::Recorded(kept, _) => return Ok(kept),
            Committed::Repeated(answer) => {
                let kept = serde_json::from_slice(&answer);
                kept.map_err(|_| ActError::invalid("this command id was used for something else"))?
            }
            // Its report was shredded since: it was kept, and stays gone.
            Committed::Forgotten => KeptMail {
                number: String::new(),
                again: true,
            },
        };
        // If this fails, a sealed file stays that nobody needs; the message is safe.
        let _ = self.store().discard_new_blob(&new).await;
        Ok(KeptMail { again: true, ..kept })
    }

    /// The first day of a mailbox, which is that of the first call: what it got before waits for a person, so that nobody is answered years
    /// later. `name` says whose it is, where, and which folder.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`]; those of the store.
    pub async fn open_mailbox(&self, actor: &Actor, name: &str) -> Result<Date, ActError> {
        let known = |replica: &Replica| replica.board.house.mailboxes.get(name).copied();
        let stream = plan::stream("house", "mailboxes")?;
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &RECEIVE)?;
            if let Some(since) = known(replica) {
                return Ok((Plan::by(actor), since));
            }
            let began = now.checked_sub(ANYWHERE).unwrap_or(now);
            let since = began.to_zoned(TimeZone::UTC).date();
            let opened = HouseEvent::MailboxOpened {
                mailbox: name.to_owned(),
                since,
            };
            Ok((Plan::one(actor, &stream, now, What::House(opened)), since))
        };
        Ok(self.record(record).await?.0)
    }

    /// Whether mail for an address is for this house: an address where a brand takes reports, with a tag or without.
    #[must_use]
    pub fn takes_mail_for(&self, address: &str) -> bool {
        let replica = self.replica();
        brand_at(&replica, address).is_some()
    }

    /// The addresses under which this house takes mail.
    #[must_use]
    pub fn mail_addresses(&self) -> Vec<String> {
        let replica = self.replica();
        let brands = replica.board.house.brands.values();
        let addresses = brands.map(|brand| bare(&brand.contact));
        addresses.filter(|address| address.contains('@')).collect()
    }

    /// The brand that takes mail for an address, by its id.
    #[must_use]
    pub fn brand_of_address(&self, address: &str) -> Option<String> {
        brand_at(&self.replica(), address).map(|brand| brand.id.clone())
    }
}

/// The brand that a message belongs to at first (D16).
fn brand_of<'a>(replica: &'a Replica, message: &Message) -> Result<&'a Brand, ActError> {
    if let Some(id) = &message.brand {
        return plan::brand(replica, id);
    }
    let by_address = message.envelope.to.iter().find_map(|to| brand_at(replica, to));
    let none = || ActError::invalid("there is no brand that could take a message; add one with `candor brand add`");
    let first = || replica.board.house.brands.values().next();
    by_address.or_else(first).ok_or_else(none)
}

fn brand_at<'a>(replica: &'a Replica, address: &str) -> Option<&'a Brand> {
    let address = address.to_lowercase();
    let mut brands = replica.board.house.brands.values();
    // Whoever takes mail takes it for its postmaster, of each domain and of none (RFC 5321 §4.5.1).
    match address.split_once('@') {
        None if address == POSTMASTER => return brands.next(),
        Some((POSTMASTER, domain)) => {
            return brands.find(|brand| bare(&brand.contact).split('@').nth(1) == Some(domain));
        }
        _ => {}
    }
    let (untagged_is, unmarked_is) = (untagged(&address), unmarked(&address));
    brands.find(|brand| {
        let own = untagged(&bare(&brand.contact));
        own.is_some() && (own == untagged_is || own == unmarked_is)
    })
}

/// What is kept of what was said beside a message: nobody writes to more addresses of ours than a few.
fn bounded(envelope: &Envelope) -> Envelope {
    let cut = |address: &String| cut_chars(address, MAX_ADDRESS_CHARS);
    Envelope {
        from: envelope.from.as_ref().map(cut),
        to: envelope.to.iter().take(MAX_RECIPIENTS).map(cut).collect(),
        is_earlier: envelope.is_earlier,
    }
}

/// Whether an address is one where a brand takes reports, with a tag or without.
pub(super) fn is_ours(board: &Board, address: &str) -> bool {
    let address = untagged(&address.to_lowercase());
    let mut brands = board.house.brands.values();
    address.is_some() && brands.any(|brand| untagged(&bare(&brand.contact)) == address)
}

/// A brand's address for reports, which may be written as a link.
fn bare(contact: &str) -> String {
    contact.trim().trim_start_matches("mailto:").to_lowercase()
}

/// An address without what stands behind a `+` in its local part.
fn untagged(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let local = local.split('+').next().unwrap_or(local);
    Some(format!("{local}@{domain}"))
}

/// A source that fails once it gives more than is taken.
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
