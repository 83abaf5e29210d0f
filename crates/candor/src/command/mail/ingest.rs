//! `candor mail ingest`: a message from standard input, as mail servers pipe one.
//!
//! Owns the exit status: 0 once it is durable, 75 for everything that may go better later. Never has the message as a whole, and never
//! writes it anywhere in clear.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::{Io, Shown};
use crate::receiver::handing;
use crate::session::{House, Session};
use casework::{Actor, KeptMail, MailFailure, Message};
use clap::Args;
use psirt::house::mail::Envelope;
use serde_json::json;

/// Bytes that are read at a time.
const PIECE_BYTES: usize = 64 * 1024;

#[derive(Args, Debug)]
pub(crate) struct Ingest {
    /// An address that it is for, with its tag; can be given several times
    #[arg(long = "to", value_name = "ADDRESS")]
    to: Vec<String>,
    /// Where failures are told, as the mail server knows it; empty for what must not be answered
    #[arg(long, value_name = "ADDRESS")]
    sender: Option<String>,
    /// The brand that it came to; without it that of an address it is for, or the first one
    #[arg(long, value_name = "ID")]
    brand: Option<String>,
}

impl Ingest {
    pub(super) fn run(self, global: &Global, io: &mut Io<'_>, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global).map_err(later)?;
        let message = Message {
            brand: self.brand,
            envelope: Envelope {
                from: self.sender,
                to: self.to,
                is_earlier: false,
            },
            at: None,
        };
        let kept = house.wait(keep(&house, message, &mut *io.input))?;
        let text = match kept.again {
            true => format!("{}\nThis message was kept before; nothing was recorded.", kept.number),
            false => format!(
                "{}\nThe message is on disk under this number. It is read where `candor serve` or `candor work` runs.",
                kept.number
            ),
        };
        Shown::new(json!({ "number": kept.number, "again": kept.again }), text)
    }
}

async fn keep(house: &House, message: Message, input: &mut dyn std::io::BufRead) -> Result<KeptMail, Failure> {
    let (giver, taker, seen) = handing();
    let casework = house.casework.clone();
    let keeping = tokio::spawn(async move {
        let part = Actor::part("mail");
        casework.receive_mail(&part, message, taker, || seen.identity()).await
    });
    let broken = loop {
        let mut piece = vec![0; PIECE_BYTES];
        match input.read(&mut piece) {
            Ok(0) => break None,
            Ok(count) => piece.truncate(count),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => break Some(error),
        }
        if !giver.give(piece).await {
            break None;
        }
    };
    match &broken {
        // What breaks off is not kept.
        Some(_) => drop(giver),
        None => giver.end().await,
    }
    match keeping.await {
        Ok(Ok(kept)) => Ok(kept),
        Ok(Err(MailFailure::Source(error))) if error.kind() == std::io::ErrorKind::FileTooLarge => {
            Err(Failure::refused(format!(
                "the message is larger than {} MiB; nothing was kept",
                casework::MAX_MESSAGE_BYTES >> 20
            )))
        }
        Ok(Err(MailFailure::Source(error))) => Err(Failure::Later(format!(
            "standard input: {}; nothing was kept",
            broken.map_or(error.kind(), |broken| broken.kind())
        ))),
        Ok(Err(MailFailure::Act(error))) => Err(later(error.into())),
        Err(_) => Err(Failure::Later("it was interrupted; the message may be kept".to_owned())),
    }
}

/// A mail server returns what is refused to its sender, and a report must not be: whatever may be mended here is repeated.
fn later(failure: Failure) -> Failure {
    match failure {
        Failure::Refused(why) | Failure::Machine(why) | Failure::Usage(why) => Failure::Later(why),
        failure => failure,
    }
}
