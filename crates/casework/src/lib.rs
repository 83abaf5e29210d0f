//! Every action that anyone can take: load, permit, decide, append. The only door for change (law 2).
//!
//! Owns the order of these steps, the ids and the instants of record. Decides nothing that a policy decides (`psirt` does), keeps
//! nothing beside the journal (`store` does), renders and publishes nothing.

mod act;
pub mod actions;
mod actor;
mod advisory;
mod alike;
mod attach;
mod customers;
mod cwe;
mod error;
mod findings;
mod form;
mod house;
mod jobs;
mod join;
mod keys;
mod line;
mod machines;
mod mail;
mod merge;
mod numbers;
mod originals;
mod past;
mod permit;
mod plan;
mod ports;
mod receive;
mod redact;
mod relay;
mod replica;
mod restricted;
mod room;
mod shred;
mod split;
mod still;
#[cfg(test)]
mod tests;

pub use act::{Definition, Done, Proposed, Question, Triage};
pub use actor::Actor;
pub use advisory::{
    AdvisoryFate, AdvisoryFile, AdvisoryRow, Arrived, Choice, Delivered, Draft, Early, Finding, ImportedAdvisories,
    KeptBytes, LimitedOrder, NotePublished, Ordered, OutVersion, OutVersions, Outbound, Outgoing, PolicyInstant,
    Prospect, PublisherLease, RecordOwed, Release, Removed, Scheduling, Weight, early, outbox, prospect, records_owed,
};
pub use alike::{Alike, alike};
pub use attach::Attached;
pub use customers::{MAX_TOKEN_DAYS, NewToken, Reader, is_token, reader_on, token_digest};
pub use error::ActError;
pub use findings::{JoinedFinding, PromotedFinding, SentScans, TakenRun};
pub use form::{
    Filled, FormFault, FormNotice, FormReport, FormTerms, MAX_KEY_BYTES, MAX_LINE_CHARS, MAX_REPORT_BYTES,
    MIN_PASSPHRASE_CHARS, Submitted, Taken,
};
/// The tests of CSAF 2.0 that are not run on any document, and why.
pub use gate::KNOWN_GAPS as TESTS_NOT_RUN;
pub use house::Adopted;
pub use jobs::Worked;
pub use keys::{ChangedKey, KEY_YEARS, KeyOrder, KeyWish, NewKey, NewSignature, end_after};
pub use machines::{CLEAN_RUNS, MachineWish, NewMachineToken};
pub use mail::{
    Handover, JudgesKey, KeptMail, KeyOrigin, LetterNews, LetterReport, LetterToSend, LostLetter, MAX_MESSAGE_BYTES,
    MailBounce, MailFailure, MailFile, MailReading, MailRow, MailThread, Message, OutgoingLetter, QueuedLetter, Reach,
    ReporterKey, SealedPart, ToRead, Turn, Unreachable, Unreached, case_of_job, domain_of, late_letters,
    late_letters_to, lost_letters, mail_without_case, no_letter, open_jobs, protection, reach, reporter_keys,
    unreached, why_given_up,
};
pub use originals::kept_in_words;
pub use past::{Extent, Fate, Imported, ImportedRow, PastFile};
pub use ports::{Clock, Ports, Simulated};
pub use receive::{Incoming, Received};
pub use redact::{Redacted, Redaction};
pub use relay::{SentReport, TakenReport};
pub use restricted::{ListedFile, Words, kept_from, listed_files};
pub use room::{
    Appeal, Asked, Conversation, Findings, Handed, Knocked, MAX_WORDS_BYTES, Moved, OpenedRoom, Owed, Planned, Room,
    RoomFile, RoomStatus, RoomView, Said, ShownText, ShownTexts, Standing, Wish, is_full, told,
};
pub use shred::{Shredded, blobs_named};
pub use split::Split;
pub use vault::{PASSPHRASE_MAX_BYTES, RoomKey, is_room_address};

use jiff::Timestamp;
use psirt::board::{Board, Glances};
use replica::Replica;
use room::Tries;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use store::Store;

/// The casework of one installation. Clones share everything.
#[derive(Clone)]
pub struct Casework {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    ports: Ports,
    replica: RwLock<Replica>,
    /// Held while the tail is read, so that two readers do not fetch the same page.
    following: tokio::sync::Mutex<()>,
    /// How many looks at the tail have begun, and the last of them that came to its end.
    begun: AtomicU64,
    ended: AtomicU64,
    /// Open cases at a glance, kept from one reader to the next.
    glances: Mutex<Glances>,
    /// Passphrases that were tried at rooms.
    tries: Tries,
}

/// The board, held for reading. Do not keep it across an `await`: whoever appends waits for it.
pub struct BoardGuard<'a>(RwLockReadGuard<'a, Replica>);

impl Deref for BoardGuard<'_> {
    type Target = Board;

    fn deref(&self) -> &Board {
        &self.0.board
    }
}

impl Casework {
    /// Opens the casework of a store: folds its whole journal.
    ///
    /// # Errors
    /// [`ActError::Store`]; [`ActError::Unreadable`] where a newer Candor wrote the journal.
    pub async fn open(store: Store, ports: Ports) -> Result<Casework, ActError> {
        let replica = RwLock::new(Replica::open(&store).await?);
        Ok(Casework {
            inner: Arc::new(Inner {
                store,
                ports,
                replica,
                following: tokio::sync::Mutex::default(),
                begun: AtomicU64::default(),
                ended: AtomicU64::default(),
                glances: Mutex::default(),
                tries: Tries::default(),
            }),
        })
    }

    /// Follows the tail: other processes may have appended. Whoever asks together looks together, after all of them asked.
    ///
    /// # Errors
    /// As [`Casework::open`]. What was folded before stays.
    pub async fn refresh(&self) -> Result<(), ActError> {
        let (begun, ended) = (&self.inner.begun, &self.inner.ended);
        // A look that is under way may have read before whatever we were told of.
        let asked = begun.load(Ordering::SeqCst);
        let _following = self.inner.following.lock().await;
        if ended.load(Ordering::SeqCst) > asked {
            return Ok(());
        }
        let look = begun.fetch_add(1, Ordering::SeqCst) + 1;
        loop {
            let seen = self.replica().seen();
            let page = self.inner.store.tail(seen, store::PAGE_MAX_ENTRIES).await?;
            let more = page.len() as u64 == store::PAGE_MAX_ENTRIES;
            self.inner
                .replica
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .apply_page(page)?;
            if !more {
                ended.store(look, Ordering::SeqCst);
                return Ok(());
            }
        }
    }

    /// The board: every list, filter, search, due and count comes from here.
    #[must_use]
    pub fn board(&self) -> BoardGuard<'_> {
        BoardGuard(self.replica())
    }

    /// The board, with its open cases at a glance as they stand now: what lists are made of. One reader at a time.
    pub fn glance<T>(&self, read: impl FnOnce(&Board, &Glances, Timestamp) -> T) -> T {
        let board = self.board();
        let mut glances = self.inner.glances.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        glances.update(&board, now);
        read(&board, &glances, now)
    }

    /// The board folded anew from the journal's first entry: equal to [`Casework::board`] after every append (a law, and its test).
    ///
    /// # Errors
    /// As [`Casework::open`].
    pub async fn board_from_scratch(&self) -> Result<Board, ActError> {
        Ok(Replica::from_scratch(&self.inner.store).await?.board)
    }

    /// What time it is here.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.inner.ports.clock.now()
    }

    /// When the last entry was recorded, if the clock stands so far behind it that nothing can be recorded: what is late or due is not
    /// sure then.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn clock_stands_back(&self) -> Result<Option<Timestamp>, ActError> {
        let last_us = self.store().ahead_of(self.now().as_microsecond()).await?;
        Ok(last_us.map(ports::instant))
    }

    /// The clock and the source of ids.
    #[must_use]
    pub fn ports(&self) -> &Ports {
        &self.inner.ports
    }

    /// Ends the store after everything before is answered.
    pub async fn close(&self) {
        self.inner.store.close().await;
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(crate) fn tries(&self) -> &Tries {
        &self.inner.tries
    }

    pub(crate) fn replica(&self) -> RwLockReadGuard<'_, Replica> {
        self.inner.replica.read().unwrap_or_else(PoisonError::into_inner)
    }
}
