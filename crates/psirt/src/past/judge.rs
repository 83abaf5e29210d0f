//! What the record says to a past: the same rules as for an event that is recorded today, but for what policies forbid in advance.
//!
//! Owns the order in which the events of a past are judged. Never records, and never corrects a row.

use super::{Column, Finding, PastCase};
use crate::board::{Board, Case};
use crate::case::refuse::{Evidence, Standing, refuse_past};
use crate::case::rescue::History;
use crate::case::view::CaseView;
use crate::clock::governing;
use crate::event::Entry;
use jiff::Timestamp;

/// Everything that is refused, with its column.
pub(super) fn findings(board: &Board, past: &PastCase, now: Timestamp, (by, second): (&str, &str)) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut case = Case::default();
    case.brand.clone_from(&past.brand);
    for (seq, told) in (1..).zip(&past.told) {
        let entry = Entry {
            seq,
            at: told.at,
            recorded: now,
            by: by.to_owned(),
            approved_by: Some(second.to_owned()),
            event: told.event.clone(),
            case: None,
            report: None,
        };
        let finding = |message: String| Finding::at(past.line, Some(told.column), message);
        if told.at < past.received && told.column != Column::Events {
            findings.push(finding(format!(
                "`{}` lies before the report came in ({}): correct one of the two dates",
                told.event.kind(),
                past.received
            )));
            continue;
        }
        let facts = board.facts_for(&case, &told.event);
        let (lines, history) = board.history_for(&case, &told.event);
        let standing = Standing {
            facts: &facts,
            view: &case.view,
            entries: &case.entries,
            obligations: &[],
            policies: &governing(&board.house.policies, &facts),
            history: History {
                lines: &lines,
                entries: &history,
                policies: &board.house.policies,
                calendars: &board.house.calendars,
            },
            evidence: Evidence::default(),
            now,
        };
        match refuse_past(&standing, &entry) {
            Ok(()) => {
                case.entries.push(entry);
                case.view = CaseView::fold(&case.entries);
                case.facts = board.facts_if(&case, &[]);
            }
            Err(refusal) => findings.push(finding(refusal.message)),
        }
    }
    findings
}
