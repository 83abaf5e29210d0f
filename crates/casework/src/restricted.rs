//! Personal data: what reporters wrote and sent is shown to those alone who may read it (§N26).
//!
//! Owns the reading of a case's words, originals and redacted copies, and the refusal. Never decides what is restricted: the board does (`psirt/src/board/restricted.rs`).

use crate::Casework;
use crate::act::find_case;
use crate::actions::{LIFT_RESTRICTION, READ_CASE, READ_RESTRICTED};
use crate::actor::Actor;
use crate::error::ActError;
use crate::permit::permit;
use jiff::Timestamp;
use psirt::board::restricted::{copies_left, copy_of, may_quote, place_of};
use psirt::board::{Board, Case, Report};
use psirt::case::merge::{self, place};
use psirt::case::view::{Copied, File, Side};
use psirt::event::{Event, Flag};
use std::collections::BTreeSet;

/// Something that was written in a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The place of its entry; none for the text of a report.
    pub entry: Option<u32>,
    /// The number of the case in which it was recorded, where that is another one.
    pub case: Option<String>,
    /// The number of the report whose text it is; none for a message.
    pub report: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// Who wrote it.
    pub by: String,
    /// Who reads it.
    pub side: Side,
    /// What it says.
    pub text: String,
    /// Who made it and why, if it is a redacted copy.
    pub redacted: Option<(String, String)>,
}

impl Casework {
    /// Everything that was written in a case: the texts of its reports, messages and notes, oldest first, each with its redacted copy. Who
    /// may not read what is restricted gets the copies, and what people of the team noted.
    ///
    /// # Errors
    /// [`ActError::NotFound`]; [`ActError::NotPermitted`] for who may not read cases, or not what is restricted while there are no copies.
    pub fn words(&self, actor: &Actor, number: &str) -> Result<Vec<Words>, ActError> {
        let board = self.board();
        permit(&board.house, actor, &READ_CASE)?;
        let (_, case) = find_case(&board, number)?;
        let kept = permit_restricted(&board, actor, case).err();
        if let Some(refusal) = kept.as_ref().filter(|_| case.view.copies.is_empty()) {
            return Err(refusal.clone());
        }
        let reports = reports_of(&board, case).into_iter();
        let reports = reports.filter(|report| !report.text.is_empty()).map(|report| Words {
            entry: None,
            case: None,
            report: Some(report.number.clone()),
            at: report.at,
            by: "reporter".to_owned(),
            side: Side::From,
            text: report.text.clone(),
            redacted: None,
        });
        let reports = reports.map(|words| (words.report.clone().unwrap_or_default(), true, words));
        let said = case.view.conversation.iter().map(|said| {
            let words = Words {
                entry: Some(place(said.seq)),
                case: said.case.clone(),
                report: None,
                at: Some(said.at),
                by: said.by.clone(),
                side: said.side,
                text: said.text.clone(),
                redacted: None,
            };
            (place_of(case, said), may_quote(said), words)
        });
        let (mut words, mut there) = (Vec::new(), BTreeSet::new());
        for (place, is_restricted, original) in reports.chain(said) {
            let copy = copy_of(case, &place).map(|copy| Words {
                text: copy.text.clone(),
                redacted: Some((copy.by.clone(), copy.why.clone())),
                ..original.clone()
            });
            words.extend((kept.is_none() || !is_restricted).then_some(original));
            words.extend(copy);
            there.insert(place);
        }
        let left = copies_left(case, &|place| there.contains(place));
        words.extend(left.into_iter().map(|copy| of_what_is_gone(case, copy)));
        // A copy stays behind its original.
        words.sort_by_key(|said| said.at);
        Ok(words)
    }
}

/// A copy whose original was destroyed.
fn of_what_is_gone(case: &Case, copy: &Copied) -> Words {
    let message = copy.of.split_once('#');
    let elsewhere = message.filter(|(number, _)| *number != case.number);
    Words {
        entry: message.and_then(|(_, seq)| seq.parse().ok()),
        case: elsewhere.map(|(number, _)| number.to_owned()),
        report: message.is_none().then(|| copy.of.clone()),
        at: Some(copy.at),
        by: "reporter".to_owned(),
        side: Side::From,
        text: copy.text.clone(),
        redacted: Some((copy.by.clone(), copy.why.clone())),
    }
}

/// The reports of a case, with those of the cases that were merged into it.
pub(crate) fn reports_of<'a>(board: &'a Board, case: &'a Case) -> Vec<&'a Report> {
    let absorbed = board.absorbed_by(case).into_iter().map(|(_, absorbed)| absorbed);
    let cases = std::iter::once(case).chain(absorbed);
    let streams = cases.flat_map(|case| &case.reports);
    streams.filter_map(|stream| board.report(stream)).collect()
}

/// Why somebody who reads cases does not read what reporters wrote and sent in this one; none if they do.
#[must_use]
pub fn kept_from(board: &Board, actor: &Actor, case: &Case) -> Option<String> {
    let kept = permit_restricted(board, actor, case).is_err();
    kept.then(|| board.restriction(case))
}

/// A file of a case as a list shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListedFile<'a> {
    /// All that is known of it.
    Whole(&'a File),
    /// What is said of one to who may not read it: its name, its digest and its exact size would tell which file it is.
    Restricted {
        /// Roughly how large it is.
        size: &'static str,
    },
}

/// The files of a case as a list shows them; `kept` where they are restricted for whoever looks.
pub fn listed_files(case: &Case, kept: bool) -> impl Iterator<Item = ListedFile<'_>> {
    case.view.files.iter().map(move |file| match kept {
        true => ListedFile::Restricted {
            size: rough_size(file.bytes),
        },
        false => ListedFile::Whole(file),
    })
}

/// The power of ten below which a size lies.
fn rough_size(bytes: u64) -> &'static str {
    const BOUNDS: [(u64, &str); 7] = [
        (1_000, "less than 1 kB"),
        (10_000, "less than 10 kB"),
        (100_000, "less than 100 kB"),
        (1_000_000, "less than 1 MB"),
        (10_000_000, "less than 10 MB"),
        (100_000_000, "less than 100 MB"),
        (1_000_000_000, "less than 1 GB"),
    ];
    let mut bounds = BOUNDS.iter();
    bounds
        .find(|(bound, _)| bytes < *bound)
        .map_or("1 GB or more", |(_, words)| words)
}

/// Whether the actor may read what reporters wrote and sent in a case. That they read cases at all was asked before.
pub(crate) fn permit_restricted(board: &Board, actor: &Actor, case: &Case) -> Result<(), ActError> {
    if !board.is_restricted(case) || board.reads_restricted(case, &actor.id) {
        return Ok(());
    }
    permit(&board.house, actor, &READ_RESTRICTED).map_err(|_| ActError::NotPermitted(board.restriction(case)))
}

/// The same for the bytes of a report, or of a message that goes on with one.
pub(crate) fn permit_restricted_report(board: &Board, actor: &Actor, report: &Report) -> Result<(), ActError> {
    if !board.is_restricted_report(report) {
        return Ok(());
    }
    let home = board.goes_on_with(report);
    let joined = home.case.as_deref().and_then(|stream| board.case(stream));
    let handled = board.case_of_number(&home.number).map(|(_, case)| case);
    // It may be in two cases, of which only one is flagged: that one decides.
    let cases = [joined, handled].into_iter().flatten();
    let restricted = cases.filter(|case| board.is_restricted(case));
    let mut refused = restricted.map(|case| permit_restricted(board, actor, case));
    match refused.find(Result::is_err) {
        Some(refusal) => refusal,
        None => Ok(()),
    }
}

/// What lifts a restriction, or hands it to somebody, is a lead's: the flag taken back, or who the case was given to after it.
pub(crate) fn permit_lifting(board: &Board, actor: &Actor, case: &Case, event: &Event) -> Result<(), ActError> {
    let Event::Retracted { event, .. } = event else {
        return Ok(());
    };
    let target = merge::target(&case.entries, event).map(|entry| &entry.event);
    let lifts = match target {
        Some(Event::Flagged { flag, .. }) => *flag == Flag::ContainsPii,
        // An earlier copy says more than the one that is taken back.
        Some(Event::Assigned { .. } | Event::Merged { .. } | Event::Retracted { .. } | Event::Redacted { .. }) => {
            board.is_restricted(case)
        }
        _ => false,
    };
    match lifts {
        true => permit(&board.house, actor, &LIFT_RESTRICTION),
        false => Ok(()),
    }
}
