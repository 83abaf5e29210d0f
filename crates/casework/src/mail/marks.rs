//! What leads into a case that is there already: marks that only this house can make.
//!
//! A mark is made from a report's stream under a key of the house, so none is stored and none can be guessed. One stands in the address that
//! a reporter answers to; another one in the identifiers of our messages, which other people see when a mail is passed on, and which
//! therefore count only with the reporter's own address. Never joins by a number in a title: anybody can write one.

use super::sorting::home;
use crate::Casework;
use crate::actions::MAIL_THREAD;
use crate::actor::Actor;
use crate::error::ActError;
use crate::permit::permit;
use crate::plan;
use crate::receive::find_report;
use psirt::board::Board;
use psirt::house::Brand;
use std::collections::BTreeMap;
use store::{KeyId, Marker};

/// The key of all marks.
pub(super) const TAGS_KEY: &str = "mail:marks";
/// Purposes: one kind of mark says nothing of the other.
const ADDRESS: &str = "address";
const MESSAGE: &str = "message";
/// Length of a mark.
const MARK_CHARS: usize = 26;

/// A report that a message names by a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Marked {
    /// By the address that only its reporter has.
    Address(String),
    /// By the identifier of a message of ours.
    Message(String),
}

/// The reports that are named by marks in the recipients of a message and in the messages that it answers.
pub(super) fn marked(board: &Board, marker: &Marker, recipients: &[String], answered: &[String]) -> Vec<Marked> {
    let addresses: Vec<String> = recipients.iter().filter_map(|to| tag(to)).collect();
    let messages: Vec<String> = answered.iter().filter_map(|id| head(id)).collect();
    // Looking at every report is for messages that carry something that looks like a mark.
    if addresses.is_empty() && messages.is_empty() {
        return Vec::new();
    }
    let mut by_address: BTreeMap<String, &str> = BTreeMap::new();
    let mut by_message: BTreeMap<String, &str> = BTreeMap::new();
    for (_, stream) in board
        .named_numbers()
        .filter(|(_, stream)| stream.starts_with("report:"))
    {
        if !addresses.is_empty() {
            by_address.insert(marker.mark(ADDRESS, stream.as_bytes()), stream);
        }
        if !messages.is_empty() {
            by_message.insert(marker.mark(MESSAGE, stream.as_bytes()), stream);
        }
    }
    let by_address = addresses
        .iter()
        .filter_map(|mark| Some(Marked::Address((*by_address.get(mark)?).to_owned())));
    // The nearest message comes last.
    let by_message = messages
        .iter()
        .rev()
        .filter_map(|mark| Some(Marked::Message((*by_message.get(mark)?).to_owned())));
    by_address.chain(by_message).collect()
}

/// The tag of an address: `psirt+TAG@vendor.example`, or with a hyphen where a mail server took the plus away.
fn tag(address: &str) -> Option<String> {
    let (local, _) = address.rsplit_once('@')?;
    let (_, tag) = local.rsplit_once(['+', '-'])?;
    let tag = tag.to_ascii_lowercase();
    is_mark(&tag).then_some(tag)
}

/// An address without a mark behind a hyphen. What else stands behind one is part of the address.
pub(super) fn unmarked(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let (local, tag) = local.rsplit_once('-')?;
    is_mark(tag).then(|| format!("{local}@{domain}"))
}

/// The mark at the head of an identifier of ours: `MARK.3@vendor.example`.
fn head(id: &str) -> Option<String> {
    let (local, _) = id.trim_matches(['<', '>', ' ']).rsplit_once('@')?;
    let (mark, _) = local.split_once('.')?;
    is_mark(mark).then(|| mark.to_owned())
}

fn is_mark(text: &str) -> bool {
    text.len() == MARK_CHARS
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'v').contains(&byte))
}

/// How to write to a reporter, so that their answer finds its way by itself.
#[derive(Clone, PartialEq, Eq)]
pub struct MailThread {
    /// The address to answer to: only this reporter has it.
    pub reply_to: String,
    /// The identifier for the next message.
    pub message_id: String,
}

/// Who has the address can write into the case.
impl std::fmt::Debug for MailThread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailThread(…)")
    }
}

impl Casework {
    /// The address to which the reporter of a report answers, and the identifier of the next message to them.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`]; [`ActError::Invalid`] for a brand without a mail address; those of the store.
    pub async fn mail_thread(&self, actor: &Actor, number: &str) -> Result<MailThread, ActError> {
        let marker = self.store().marker(&KeyId::new(TAGS_KEY)?).await?;
        let replica = self.replica();
        let board = &replica.board;
        permit(&board.house, actor, &MAIL_THREAD)?;
        let stream = home(board, find_report(&replica, number)?.as_str());
        let report = board.report(&stream).ok_or(ActError::NO_REPORT)?;
        let no_mail = || ActError::invalid("the brand takes no reports by mail: its contact is no mail address");
        let brand = plan::brand(&replica, &report.brand)?;
        let thread = Thread::of(&marker, brand, &stream).ok_or_else(no_mail)?;
        let case = board.case_of_number(&report.number).ok_or(ActError::NO_CASE)?.1;
        let count = case.view.conversation.len() + 1;
        Ok(MailThread {
            message_id: format!("{}.{count}@{}", thread.mark, thread.domain),
            reply_to: thread.reply_to,
        })
    }
}

/// What leads into the case of a report: for letters of ours to whoever sent it.
pub(super) struct Thread {
    /// The address to answer to.
    pub(super) reply_to: String,
    /// The head of our identifiers.
    pub(super) mark: String,
    /// What stands behind the `@` of both.
    pub(super) domain: String,
}

impl Thread {
    /// The thread of a report; none if the brand takes no mail.
    pub(super) fn of(marker: &Marker, brand: &Brand, stream: &str) -> Option<Thread> {
        let (local, domain) = brand.contact.trim().trim_start_matches("mailto:").rsplit_once('@')?;
        let address = marker.mark(ADDRESS, stream.as_bytes());
        Some(Thread {
            reply_to: format!("{local}+{address}@{domain}"),
            mark: marker.mark(MESSAGE, stream.as_bytes()),
            domain: domain.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_the_form_of_a_mark_is_looked_up() {
        let mark = "0123456789abcdefghijklmnop";
        assert_eq!(tag(&format!("psirt+{mark}@vendor.example")).as_deref(), Some(mark));
        assert_eq!(tag(&format!("psirt-{mark}@vendor.example")).as_deref(), Some(mark));
        assert_eq!(
            tag(&format!("PSIRT+{}@vendor.example", mark.to_uppercase())).as_deref(),
            Some(mark)
        );
        for address in [
            "psirt@vendor.example",
            "psirt+NN-2026-HB10E@vendor.example",
            "psirt+@x",
            "+",
            "",
        ] {
            assert_eq!(tag(address), None, "{address}");
        }
        assert_eq!(head(&format!("<{mark}.3@vendor.example>")).as_deref(), Some(mark));
        for id in ["abc@vendor.example", ".@", "0123.1@vendor.example", mark] {
            assert_eq!(head(id), None, "{id}");
        }
    }
}
