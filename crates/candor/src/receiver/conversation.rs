//! One conversation with a mail server: lines in, answers out, and messages handed on as they come.
//!
//! Owns the time that anything may take. Keeps no message: it is sealed while it arrives, and answered for once it is durable.

use super::Wire;
use super::handing::{Giver, handing};
use crate::pulse::Way;
use crate::session::House;
use crate::traffic::Coming;
use casework::{Actor, KeptMail, MailFailure, Message};
use mail::smtp::{Body, Envelope, Outcome, Reply, Session, Step};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use web::TlsFiles;

/// How long a command, or the next piece of a message, may be waited for (RFC 5321 §4.5.3.2).
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// Longest command with its end. Addresses are at most 254 bytes, and parameters few.
const MAX_LINE_BYTES: usize = 4 * 1024;
/// Bytes that are read at a time.
const PIECE_BYTES: usize = 64 * 1024;
/// How much of a message is given on at once, as long as more of it comes.
const GIVEN_BYTES: usize = 128 * 1024;
/// After how long without a byte a message is not on its way any more, until more of it comes.
const LULL: Duration = Duration::from_millis(20);

/// One conversation.
pub(super) struct Conversation {
    wire: Box<dyn Wire>,
    session: Session,
    /// Through which door they came.
    way: Way,
    /// The certificate for whoever begins TLS.
    tls: Option<Arc<TlsFiles>>,
    house: House,
    /// What was read and not used yet.
    ahead: Vec<u8>,
    /// What was answered and not sent yet: answers to commands that came together go out together (RFC 2920 §3.2).
    answers: Vec<u8>,
    is_sent: bool,
}

/// A message on its way to one brand.
struct Handing {
    giver: Option<Giver>,
    keeping: JoinHandle<Result<KeptMail, MailFailure>>,
}

impl Conversation {
    pub(super) fn new(
        wire: Box<dyn Wire>,
        session: Session,
        (way, tls): (Way, Option<Arc<TlsFiles>>),
        house: House,
    ) -> Conversation {
        Conversation {
            wire,
            session,
            way,
            tls,
            house,
            ahead: Vec::new(),
            answers: Vec::new(),
            is_sent: true,
        }
    }

    /// Talks until one of both has enough.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) -> io::Result<()> {
        let greeting = self.session.greeting();
        self.answer(&[greeting]);
        loop {
            let told = async { stop.wait_for(|stop| *stop).await.map(drop) };
            let line = tokio::select! {
                line = timeout(PATIENCE, self.line()) => line,
                // Between two messages nothing is lost.
                _ = told => return self.close().await,
            };
            let Ok(line) = line else { return self.close().await };
            let Some(line) = line? else { return Ok(()) };
            let house = &self.house;
            match self
                .session
                .line(&line, |address| house.casework.takes_mail_for(address))
            {
                Step::Say(reply) => self.answer(&[reply]),
                Step::Message(reply) => {
                    self.answer(&[reply]);
                    let outcomes = self.message().await?;
                    let replies = self.session.ended(&outcomes);
                    self.answer(&replies);
                }
                Step::Tls(reply) => {
                    self.say(&[reply]).await?;
                    self = self.secured().await?;
                }
                Step::End(reply) => {
                    self.say(&[reply]).await?;
                    return self.wire.shutdown().await;
                }
            }
        }
    }

    /// The same under TLS. What was said ahead of it, in clear, anybody on the way may have said (RFC 3207 §4.2), so it is forgotten.
    async fn secured(mut self) -> io::Result<Conversation> {
        let Some(tls) = self.tls.take() else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        self.ahead.clear();
        self.wire = Box::new(tls.accept(self.wire).await?);
        self.session.secured();
        Ok(self)
    }

    async fn close(&mut self) -> io::Result<()> {
        let closing = self.session.closing();
        self.say(&[closing]).await?;
        self.wire.shutdown().await
    }

    /// Answers before anything else is done.
    async fn say(&mut self, replies: &[Reply]) -> io::Result<()> {
        self.answer(replies);
        timeout(PATIENCE, self.send())
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Answers, before more is waited for.
    fn answer(&mut self, replies: &[Reply]) {
        for reply in replies {
            self.answers.extend_from_slice(reply.written().as_bytes());
        }
        self.is_sent = false;
    }

    /// Sends what was answered. Nothing is lost or sent twice if this is given up and begun again.
    async fn send(&mut self) -> io::Result<()> {
        if self.is_sent {
            return Ok(());
        }
        while !self.answers.is_empty() {
            match self.wire.write(&self.answers).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                count => drop(self.answers.drain(..count)),
            }
        }
        self.wire.flush().await?;
        self.is_sent = true;
        Ok(())
    }

    /// The next line with its end; one that is too long without its end, so that the session refuses it. None at the end of the wire.
    /// Nothing is lost if this is given up and begun again.
    async fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(end) = self.ahead.iter().position(|byte| *byte == b'\n') {
                return Ok(Some(self.ahead.drain(..=end).collect()));
            }
            if self.ahead.len() > MAX_LINE_BYTES {
                return Ok(Some(std::mem::take(&mut self.ahead)));
            }
            if !self.read_on().await? {
                return Ok(None);
            }
        }
    }

    async fn read_on(&mut self) -> io::Result<bool> {
        self.send().await?;
        let before = self.ahead.len();
        self.ahead.reserve(PIECE_BYTES);
        let count = self.wire.read_buf(&mut self.ahead).await?;
        debug_assert_eq!(self.ahead.len(), before + count);
        Ok(count > 0)
    }

    /// Takes a message to its end, and says what became of it for each recipient.
    async fn message(&mut self) -> io::Result<Vec<Outcome>> {
        let mut coming = self.house.traffic.begin();
        let envelope = self.session.envelope();
        let brands: Vec<Option<String>> = envelope
            .to
            .iter()
            .map(|to| self.house.casework.brand_of_address(to))
            .collect();
        let (handings, fault) = self.pass_on(&brands, &envelope, &mut coming).await?;
        let mut outcomes: BTreeMap<&str, Outcome> = BTreeMap::new();
        for (brand, handing) in handings {
            if let (Some(giver), None) = (handing.giver, fault) {
                giver.end().await;
            }
            let kept = handing.keeping.await;
            if matches!((fault, &kept), (None, Ok(Ok(_)))) {
                self.house.pulse.message(self.way, self.house.now());
            }
            let outcome = match (fault, kept) {
                (Some(fault), _) => Outcome::Refused(fault),
                (None, Ok(Ok(_))) => Outcome::Stored,
                (None, Ok(Err(failure))) if failure.is_full() => Outcome::Full,
                (None, _) => Outcome::Later,
            };
            outcomes.insert(brand, outcome);
        }
        drop(coming);
        let failed = outcomes.values().filter(|outcome| !matches!(outcome, Outcome::Stored));
        tracing::info!(brands = outcomes.len(), failed = failed.count(), "mail came in");
        let outcome = |brand: &Option<String>| {
            let found = brand.as_deref().and_then(|brand| outcomes.get(brand));
            found.copied().unwrap_or(Outcome::Later)
        };
        Ok(brands.iter().map(outcome).collect())
    }

    /// Begins to keep a message for each brand that it is for.
    fn begin_all<'a>(&self, brands: &'a [Option<String>], envelope: &Envelope) -> BTreeMap<&'a str, Handing> {
        let mut handings = BTreeMap::new();
        for brand in brands.iter().flatten() {
            handings
                .entry(brand.as_str())
                .or_insert_with(|| self.begin(brand, brands, envelope));
        }
        handings
    }

    /// Begins to keep a message for a brand, with those recipients that are the brand's.
    fn begin(&self, brand: &str, brands: &[Option<String>], envelope: &Envelope) -> Handing {
        let (giver, taker, seen) = handing();
        let theirs = envelope.to.iter().zip(brands);
        let theirs = theirs.filter(|(_, other)| other.as_deref() == Some(brand));
        let message = Message {
            brand: Some(brand.to_owned()),
            envelope: psirt::house::mail::Envelope {
                from: Some(envelope.from.clone().unwrap_or_default()),
                to: theirs.map(|(to, _)| to.clone()).collect(),
                is_earlier: false,
            },
            at: None,
        };
        let casework = self.house.casework.clone();
        let keeping = tokio::spawn(async move {
            let part = Actor::part("mail");
            casework.receive_mail(&part, message, taker, || seen.identity()).await
        });
        Handing {
            giver: Some(giver),
            keeping,
        }
    }

    /// Reads the message to its end, whatever becomes of it: the wire has to be at the next command then. Who keeps it is asked once there is
    /// something to give, and gives back what waits for the end.
    async fn pass_on<'a>(
        &mut self,
        brands: &'a [Option<String>],
        envelope: &Envelope,
        coming: &mut Coming,
    ) -> io::Result<(BTreeMap<&'a str, Handing>, Option<mail::smtp::Fault>)> {
        let mut body = Body::new(casework::MAX_MESSAGE_BYTES);
        let mut handings: Option<BTreeMap<&str, Handing>> = None;
        let mut piece = Vec::new();
        loop {
            let used = body.read(&self.ahead, &mut piece);
            self.ahead.drain(..used);
            // Most messages are given at once: whoever takes pieces has to be woken for each.
            if piece.len() >= GIVEN_BYTES || body.ended() || body.fault().is_some() {
                let handings = handings.get_or_insert_with(|| self.begin_all(brands, envelope));
                let given = Arc::new(std::mem::take(&mut piece));
                for handing in handings.values_mut() {
                    let gone = match &handing.giver {
                        // What is faulty is broken off, and so never there.
                        Some(_) if body.fault().is_some() => true,
                        Some(giver) => !giver.give(Arc::clone(&given)).await,
                        None => false,
                    };
                    if gone {
                        handing.giver = None;
                    }
                }
            }
            if body.ended() {
                return Ok((handings.unwrap_or_default(), body.fault()));
            }
            let read = match timeout(LULL, self.read_on()).await {
                Ok(read) => Ok(read),
                Err(_) => {
                    coming.stand_still();
                    timeout(PATIENCE, self.read_on()).await
                }
            };
            coming.go_on();
            match read {
                Ok(Ok(true)) => {}
                Ok(Err(error)) => return Err(error),
                Ok(Ok(false)) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Err(_) => return Err(io::ErrorKind::TimedOut.into()),
            }
        }
    }
}
