//! Reports of customers, which the vendor's own portal hands over, and how far they are, for the same portal.
//!
//! Owns that who the customer is stays apart from what they found: it is sealed as the sender, under the key of the arrival, and goes with it
//! (`shred person`). Never writes to the customer: the portal speaks with them, and asks how it stands.

use crate::Casework;
use crate::actor::Actor;
use crate::error::ActError;
use crate::receive::Incoming;
use crate::room::{Handed, handed};
use documents::machine::HandedOver;
use jiff::Timestamp;
use psirt::board::Board;
use psirt::house::machine::MachineToken;
use vault::TokenDigest;

/// A portal's report, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentReport {
    /// What was read.
    pub report: HandedOver,
    /// What the sender calls this request, so that twice is once.
    pub idempotency_key: Option<String>,
    /// SHA-256 of what was sent, in hexadecimal.
    pub sha256: String,
}

/// What became of a portal's report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakenReport {
    /// It has this number, and survives a loss of power.
    Number {
        /// The tracking number.
        number: String,
        /// Whether it came before.
        again: bool,
    },
    /// The sender's key was used for another report.
    OtherReport,
}

impl Casework {
    /// Takes a report in that a portal hands over, and opens its case.
    ///
    /// # Errors
    /// As [`Casework::receive`].
    pub async fn take_handed_over(&self, token: &MachineToken, sent: &SentReport) -> Result<TakenReport, ActError> {
        let called = sent.idempotency_key.as_ref().unwrap_or(&sent.sha256);
        let command = TokenDigest::of(&format!("{}\n{called}", token.machine)).to_hex();
        let (report, actor) = (&sent.report, Actor::part("portal"));
        self.refresh().await?;
        let line = {
            let board = self.board();
            let mut lines = board.house.products.values();
            let known = lines.find(|line| line.brand == token.brand && line.name.eq_ignore_ascii_case(&report.product));
            known.map_or_else(|| report.product.clone(), |line| line.name.clone())
        };
        let incoming = Incoming {
            brand: Some(token.brand.clone()),
            channel: "portal".to_owned(),
            from: report.customer.sealed(),
            reporter_kind: "customer".to_owned(),
            title: Some(report.title.clone()).filter(|title| !title.is_empty()),
            bytes: words_of(report).into_bytes(),
            products: Some(line).filter(|line| !line.is_empty()).into_iter().collect(),
            command: Some(format!("handed-{command}")),
            handed: Some((token.machine.clone(), sent.sha256.clone())),
            ..Incoming::default()
        };
        let before = self.board().size;
        let received = self.receive(&actor, incoming).await?;
        let (is_same, again) = {
            let board = self.board();
            let known = board.report(&received.report_stream);
            let sent_then = known.and_then(|known| known.portal.as_ref());
            let is_same = sent_then.is_some_and(|(_, sha256)| *sha256 == sent.sha256);
            (is_same, board.size == before)
        };
        if !is_same {
            return Ok(TakenReport::OtherReport);
        }
        self.number_given(&received).await?;
        Ok(TakenReport::Number {
            number: received.number,
            again,
        })
    }

    /// How far a report is that this machine handed over; none for any other number.
    #[must_use]
    pub fn handed_over(&self, token: &MachineToken, number: &str) -> Option<Handed> {
        let board = self.board();
        state_of(&board, token, number, self.now())
    }
}

fn state_of(board: &Board, token: &MachineToken, number: &str, now: Timestamp) -> Option<Handed> {
    let (stream, report) = board.report_of_number(number)?;
    let (machine, _) = report.portal.as_ref()?;
    if *machine != token.machine || report.brand != token.brand {
        return None;
    }
    handed(board, stream, now)
}

/// The report as it is kept: what was found, and nothing of the customer.
fn words_of(report: &HandedOver) -> String {
    let about = [("Product", &report.product), ("Version", &report.affected)];
    let about = about.into_iter().filter(|(_, said)| !said.is_empty());
    let about: Vec<String> = about.map(|(what, said)| format!("{what}: {said}")).collect();
    match about.is_empty() {
        true => report.text.clone(),
        false => format!("{}\n\n{}", report.text, about.join("\n")),
    }
}
