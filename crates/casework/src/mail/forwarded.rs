//! A report that somebody passed on: who wrote it is said by a person who read it, and by nobody else.
//!
//! Owns that word. What stands in a message about its first sender anybody can write, so no letter goes there, and no case opens to it, before
//! somebody of the team has said so. What is known of whoever passed it on, such as their keys, is not known of its reporter.

use super::arrival::is_ours;
use super::letter::mailable;
use super::order::acknowledge;
use crate::Casework;
use crate::actions::NAME_SENDER;
use crate::actor::Actor;
use crate::error::ActError;
use crate::permit::permit;
use crate::plan::Plan;
use crate::receive::{arrival_key, find_report};
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::board::Report;
use psirt::body::What;
use psirt::house::ReportEvent;
use psirt::house::dispatch::LetterKind;
use psirt::house::mail::{Fate, Letter, Sorted};

impl Casework {
    /// Says who wrote a report that came by mail from somebody else. From now on it is theirs: they are acknowledged, what the team says goes
    /// to them, and what they answer is the reporter's word.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Invalid`] for what is no report by mail, or no address of theirs; those of
    /// the store.
    pub async fn name_sender(&self, actor: &Actor, number: &str, address: &str) -> Result<(), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &NAME_SENDER)?;
            let stream = find_report(replica, number)?;
            let report = replica.board.report(stream.as_str()).ok_or(ActError::NO_REPORT)?;
            let sorted = sorted(report)?;
            let address = mailable(address).filter(|address| !is_ours(&replica.board, address));
            let address = address.ok_or_else(|| {
                ActError::invalid("write the reporter's mail address alone: rita@researcher.example, and none of ours")
            })?;
            let address = address.as_str();
            let key = arrival_key(&stream)?;
            let mut plan = Plan::by(actor);
            let sender = ReportEvent::Sender {
                from: address.to_owned(),
            };
            let letter = ReportEvent::Letter(Box::new(Letter {
                from: vec![address.to_owned()],
                ..Letter::default()
            }));
            for event in [sender, letter] {
                plan.push_under(key.clone(), &stream, now, What::Report(event));
            }
            // Whoever passed it on may have been a list, or a robot: a person says that somebody waits for an answer.
            let sorted = ReportEvent::Sorted(Box::new(Sorted {
                answerable: true,
                proven: true,
                ..sorted.clone()
            }));
            plan.push(&stream, now, What::Report(sorted));
            let mut letters = report.letters.iter();
            let waits = letters.any(|letter| letter.letter == LetterKind::Acknowledgement && letter.end.is_none());
            if !waits {
                let to = [address.to_owned()];
                acknowledge(&mut plan, &replica.board, (&stream, report), &to, true, now)?;
            }
            Ok((plan, ()))
        };
        self.record(record).await.map(|_| ())
    }
}

/// How a report was understood that came by mail; its sender is not erased.
fn sorted(report: &Report) -> Result<&Sorted, ActError> {
    let mail = report.mail.as_deref().filter(|mail| mail.letter.is_some());
    let sorted = mail.and_then(|mail| mail.sorted.as_ref());
    let is_report = |sorted: &&Sorted| sorted.fate == Fate::Report && report.case.is_some();
    sorted.filter(is_report).ok_or_else(|| {
        ActError::invalid(
            "only of a report that came by mail somebody else can be the sender, while who sent it is not erased",
        )
    })
}
