//! What goes into the journal once a message was read: its sender, what became of it, and what it says in its case.
//!
//! Owns the entries of one reading, and their bounds whatever the reader says. Decides nothing: where a message goes is `sorting`'s.

use super::keys::signers_of;
use super::order::{acknowledge, order_untold};
use super::reach::told;
use super::reading::{MailReading, Sealed};
use super::sorting::{Place, wrote};
use crate::error::ActError;
use crate::plan::Plan;
use crate::receive::{MAX_TITLE_CHARS, arrival_key, cut_bytes, cut_chars};
use crate::room::{home, taken_up};
use jiff::Timestamp;
use psirt::board::{Board, Case, Report};
use psirt::body::What;
use psirt::case::guidance;
use psirt::event::{Event, Flag};
use psirt::house::ReportEvent;
use psirt::house::mail::{Fate, Letter, Sorted};
use psirt::policy::Policy;
use store::StreamId;

/// Most bytes of a message's text that a case keeps. All of it is in the raw message.
const MAX_SAID_BYTES: usize = 512 * 1024;
/// How much of the text of a message that is held stays at hand.
const MAX_HELD_BYTES: usize = 500;
/// How much of what a machine answered a note has.
const MAX_NOTED_BYTES: usize = 4_000;
/// Most addresses of a sender that are kept, and the most characters of one.
const MAX_FROM: usize = 10;
const MAX_ADDRESS_CHARS: usize = 320;
/// Most characters of its identifier and of what our mail exchanger found, and of what else a reading says in words.
const MAX_SAID_CHARS: usize = 1_000;
/// Most warnings that are kept, and the most characters of one.
const MAX_WARNINGS: usize = 30;
const MAX_WARNING_CHARS: usize = 200;
/// Most keys of a message that are kept, and the longest of them, armoured, in bytes.
const MAX_KEYS: usize = 4;
const MAX_KEY_BYTES: usize = 64 * 1024;

/// The entries of one reading.
pub(super) struct Writing<'a> {
    pub(super) board: &'a Board,
    pub(super) stream: &'a StreamId,
    pub(super) report: &'a Report,
    pub(super) reading: &'a MailReading,
    pub(super) files: &'a [Sealed],
    pub(super) now: Timestamp,
}

impl Writing<'_> {
    pub(super) fn write(&self, plan: &mut Plan, place: Place, new_case: &StreamId) -> Result<(), ActError> {
        let mail = self.report.mail.as_deref();
        let before = mail.and_then(|mail| mail.sorted.as_ref());
        let is_at_home = |sorted: &&Sorted| matches!(sorted.fate, Fate::Report | Fate::Reply { .. });
        let Some(before) = before else {
            return self.sort(plan, place, new_case);
        };
        // What opened no case is sorted anew: a person released it, or it says more than before.
        if !is_at_home(&before) {
            let opens = before.trouble.is_some() && self.reading.trouble.is_none();
            return match opens || mail.is_some_and(|mail| mail.released) {
                true => self.sort(plan, place, new_case),
                false => Ok(()),
            };
        }
        // A second reading brings something only if it opens what did not open before.
        if before.trouble.is_some() && self.reading.trouble.is_none() {
            self.opened_late(plan, &before.fate)?;
        }
        Ok(())
    }

    /// The first reading, or the first one after a release.
    fn sort(&self, plan: &mut Plan, place: Place, new_case: &StreamId) -> Result<(), ActError> {
        self.say_who(plan, &place.fate)?;
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
                plan.push_about(Some(&self.report.number), new_case, at, Event::Received { by });
                if self.reading.opened.is_none() && self.reading.trouble.is_none() && self.asks_for_encryption() {
                    let flag = Flag::ArrivedInClear;
                    plan.push(new_case, self.now, What::Case(Event::Flagged { flag, why: None }));
                }
                self.attach(plan, new_case);
                self.note(plan, new_case, place.claims.as_deref());
                if self.brings_another_key() {
                    let text = "The message brought another key than those that signed earlier reports from its address. Letters say nothing of the report until a person says which key holds: `candor mail key add`.".to_owned();
                    plan.push(new_case, self.now, What::Case(Event::Noted { text }));
                }
                let (from, may) = (&self.reading.from, self.is_answerable());
                acknowledge(plan, self.board, (self.stream, self.report), from, may, self.now)?;
            }
            Fate::Reply { report } => {
                self.report(plan, What::Report(self.sorted(&place.fate)));
                self.reply(plan, report)?;
            }
            Fate::Held { .. } => {
                self.begun(plan);
                self.report(plan, What::Report(self.sorted(&place.fate)));
            }
            Fate::Undelivered { status, hard, report } => {
                self.begun(plan);
                self.report(plan, What::Report(self.sorted(&place.fate)));
                let home = report.as_deref().and_then(|report| self.case_of(report));
                if let Some((case, _)) = home {
                    let never = if *hard { " and never will" } else { " yet" };
                    let text = format!("A mail of ours to the reporter did not arrive{never} ({status}).");
                    plan.push(&case, self.now, What::Case(Event::Noted { text }));
                }
            }
            Fate::AutoReply { report } => {
                self.begun(plan);
                self.report(plan, What::Report(self.sorted(&place.fate)));
                if let Some((case, _)) = self.case_of(report) {
                    let said = cut_bytes(&self.said(), MAX_NOTED_BYTES);
                    let text =
                        format!("A machine answered our letter to the reporter, for a person to read:\n\n{said}");
                    plan.push(&case, self.now, What::Case(Event::Noted { text }));
                }
            }
            Fate::Automatic | Fate::ListRequest { .. } => {
                self.begun(plan);
                self.report(plan, What::Report(self.sorted(&place.fate)));
            }
        }
        Ok(())
    }

    /// What did not open before has opened with a key that came since.
    fn opened_late(&self, plan: &mut Plan, fate: &Fate) -> Result<(), ActError> {
        if !self.is_passed_on() {
            self.say_who(plan, fate)?;
        }
        self.report(plan, What::Report(self.sorted(fate)));
        match fate {
            Fate::Reply { report } => self.reply(plan, report)?,
            _ => {
                self.understood(plan);
                self.tell_untold(plan, self.stream.as_str())?;
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

    /// Whether a person said that somebody else wrote it than it says itself: that word stands, whatever a later reading finds.
    fn is_passed_on(&self) -> bool {
        let letter = self.report.mail.as_deref().and_then(|mail| mail.letter.as_ref());
        letter.is_some_and(|letter| letter.from != self.from())
    }

    /// The reporter's word in the case that is there already.
    fn reply(&self, plan: &mut Plan, report: &str) -> Result<(), ActError> {
        let Some((stream, case)) = self.case_of(report) else {
            return Err(ActError::NO_CASE);
        };
        let number = self.board.report(report).map(|report| report.number.as_str());
        let number = number.ok_or(ActError::NO_REPORT)?;
        let reporter = match case.facts.reporters.len() {
            0 | 1 => None,
            _ => self.board.reporter_called(case, number),
        };
        let said = Event::Messaged {
            reporter,
            from_reporter: true,
            text: self.said(),
            in_clear: None,
        };
        plan.push_about(Some(number), &stream, self.now, said);
        // Who could not read what was asked has not answered it.
        let asked = self.board.silence_of(case, number, self.now);
        if asked.is_some_and(|asked| told(self.board, case, report, asked.since).is_some()) {
            let reporter = match case.facts.reporters.len() {
                0 | 1 => None,
                _ => self.board.reporter_called(case, number),
            };
            plan.push_about(Some(number), &stream, self.now, Event::InfoReceived { reporter });
        }
        self.tell_untold(plan, report)?;
        if let Some(event) = taken_up(self.board, case) {
            plan.push(&stream, self.now, What::Case(event));
        }
        self.attach(plan, &stream);
        self.note(plan, &stream, None);
        if !self
            .board
            .report(report)
            .is_some_and(|known| wrote(known, self.reading))
        {
            let text = format!(
                "The last message came to the address that only this reporter has, but from another address than theirs, and without a signature of theirs: `candor mail list` says from which ({}).",
                self.report.number
            );
            plan.push(&stream, self.now, What::Case(Event::Noted { text }));
        }
        Ok(())
    }

    /// A message that brings a key, or is signed by one, is answered with what its reader knows only that it is there.
    fn tell_untold(&self, plan: &mut Plan, report: &str) -> Result<(), ActError> {
        match self.reading.keys.is_empty() && self.reading.signer.is_none() {
            true => Ok(()),
            false => order_untold(plan, self.board, report, self.now),
        }
    }

    /// Whether its keys are others than those that signed earlier reports from its address.
    fn brings_another_key(&self) -> bool {
        let [from] = self.reading.from.as_slice() else {
            return false;
        };
        let before = signers_of(self.board, from, |other, _| other != self.stream.as_str());
        let keys = &self.reading.keys;
        let is_known = keys.iter().any(|key| before.contains(key.fingerprint.as_str()));
        !before.is_empty() && !keys.is_empty() && !is_known
    }

    /// The case in which a report is handled now: its own one, or that which it joined.
    fn case_of(&self, report: &str) -> Option<(StreamId, &Case)> {
        let (stream, case) = home(self.board, report)?;
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

    /// How a message begins that opened no case: whatever comes is in memory, and all of it is read again once it is released.
    fn begun(&self, plan: &mut Plan) {
        let title = cut_chars(&self.reading.title, MAX_TITLE_CHARS);
        let text = cut_bytes(&self.said(), MAX_HELD_BYTES);
        self.report(plan, What::Report(ReportEvent::Understood { title, text }));
    }

    /// Keys are kept of what is answered; a message that is released is read again.
    fn say_who(&self, plan: &mut Plan, fate: &Fate) -> Result<(), ActError> {
        let (reading, key) = (self.reading, arrival_key(self.stream)?);
        let keys = match fate {
            Fate::Report | Fate::Reply { .. } => reading.keys.as_slice(),
            _ => &[],
        };
        let sender = ReportEvent::Sender {
            from: cut_chars(&reading.from.join(", "), 1_000),
        };
        let letter = ReportEvent::Letter(Box::new(Letter {
            from: self.from(),
            message_id: reading.message_id.as_deref().map(short),
            signer: reading.signer.clone().filter(|_| reading.signature == "good"),
            signer_is_known: reading.signer_is_known,
            signer_matches_from: reading.signer_matches_from,
            keys: keys
                .iter()
                .filter(|key| key.public.len() <= MAX_KEY_BYTES)
                .take(MAX_KEYS)
                .cloned()
                .collect(),
            results: reading.results.as_deref().map(short),
            undelivered: reading.bounce.as_ref().map(|bounce| short(&bounce.recipient)),
        }));
        for event in [sender, letter] {
            plan.push_under(key.clone(), self.stream, self.now, What::Report(event));
        }
        Ok(())
    }

    /// Who says to have written it, in bounds.
    fn from(&self) -> Vec<String> {
        let from = self.reading.from.iter().take(MAX_FROM);
        from.map(|from| cut_chars(from, MAX_ADDRESS_CHARS)).collect()
    }

    fn sorted(&self, fate: &Fate) -> ReportEvent {
        let reading = self.reading;
        ReportEvent::Sorted(Box::new(Sorted {
            fate: fate.clone(),
            opened: reading.opened,
            trouble: reading.trouble.clone(),
            signature: reading.signature.clone(),
            warnings: reading
                .warnings
                .iter()
                .take(MAX_WARNINGS)
                .map(|warning| cut_chars(warning, MAX_WARNING_CHARS))
                .collect(),
            answerable: self.is_answerable() || self.is_passed_on(),
            proven: reading.proven,
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
                "The message could not be opened: {trouble}{keys}. It is kept as it arrived, until its sender is erased: `candor case raw {}`.",
                self.report.number
            ));
            if trouble == "no secret key" {
                lines.push("Until then it is tried again when an intake key is imported.".to_owned());
            }
        }
        if !reading.warnings.is_empty() {
            lines.push(format!("Before you believe it: {}.", reading.warnings.join("; ")));
        }
        let left = reading.files.len().saturating_sub(self.files.len());
        if left > 0 {
            lines.push(format!(
                "{left} more files came with it than are put to a case; `candor case raw {}` has all of it.",
                self.report.number
            ));
        }
        if let Some(number) = claims {
            lines.push(format!(
                "It answers a mail of ours about {number}, but does not come from that reporter, or came to another brand: look whether it belongs there."
            ));
        }
        if !lines.is_empty() {
            let text = lines.join("\n");
            plan.push(case, self.now, What::Case(Event::Noted { text }));
        }
    }

    /// Whether the policy of the brand asks reporters to encrypt (N17).
    fn asks_for_encryption(&self) -> bool {
        let task = self.policy().map(|policy| guidance::task(policy, Flag::ArrivedInClear));
        task.flatten().is_some()
    }

    /// The policy of the brand.
    fn policy(&self) -> Option<&Policy> {
        let brand = self.board.house.brands.get(&self.report.brand)?;
        let mut policies = self.board.house.policies.iter().rev();
        policies.find(|policy| policy.front.id == brand.policy)
    }
}

/// What a reading says in a line, in bounds whatever the reader says.
fn short(said: &str) -> String {
    cut_chars(said, MAX_SAID_CHARS)
}

/// A text without control characters, which nobody wrote on purpose.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect()
}
