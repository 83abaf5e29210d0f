//! How much mail goes out (D20): numbers are never limited, mails are. Whoever sends a hundred reports gets the first number at once, and then
//! one letter for all that came since.
//!
//! Owns the limits, and which reports one letter speaks for. Pure: it looks at the board alone. Never drops a number: what may not go now waits.

use super::keys::key_name;
use super::letter::address_of;
use jiff::{SignedDuration, Timestamp};
use psirt::board::{Board, Report};
use psirt::house::dispatch::{Dispatch, LetterKind};

/// Between two letters to one address: shorter than the five minutes in which every report is to be acknowledged.
const PAUSE: SignedDuration = SignedDuration::from_mins(4);
/// So many letters to one address a day; from then on the pause is longer, because two machines may be writing to each other.
const MANY_A_DAY: usize = 12;
const LONG_PAUSE: SignedDuration = SignedDuration::from_hours(1);
/// So many letters an hour in all; what is more waits. Reports with forged senders are not to make a mail cannon of us.
const MOST_AN_HOUR: usize = 600;
/// Most reports of one letter; the others have another one.
const MOST_REPORTS: usize = 100;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Whether a letter may go now, and for whom it speaks then.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// It may, and speaks for the reports in these streams, too.
    Go(Vec<String>),
    /// Not before this instant.
    Wait(Timestamp),
}

/// The pace of the letter `id` of a report, which goes to `to`. One that is `wanted` does not wait for the pause between two letters to one
/// address: somebody did something for it, and that happens once for each.
pub(super) fn pace(board: &Board, stream: &str, (id, wanted): (u32, bool), to: &str, now: Timestamp) -> Pace {
    let same = |report: &Report| address_of(report).is_some_and(|other| other.eq_ignore_ascii_case(to));
    let (mut to_them, mut to_all, mut last) = (0, 0, None::<Timestamp>);
    for (other, report) in board.open_reports() {
        for letter in &report.letters {
            let own = other == stream && letter.id == id;
            let Some(tried) = letter.tried.filter(|_| !own) else {
                continue;
            };
            if since(tried, now) < SignedDuration::from_hours(1) {
                to_all += 1;
            }
            let is_counted = letter.letter == LetterKind::Acknowledgement && since(tried, now) < DAY;
            if is_counted && same(report) {
                to_them += 1;
                last = last.max(Some(tried));
            }
        }
    }
    let pause = if to_them < MANY_A_DAY { PAUSE } else { LONG_PAUSE };
    let free = last.and_then(|last| last.checked_add(pause).ok());
    if let Some(free) = free.filter(|free| *free > now && !wanted) {
        return Pace::Wait(free);
    }
    if to_all >= MOST_AN_HOUR {
        return Pace::Wait(now.checked_add(PAUSE).unwrap_or(now));
    }
    Pace::Go(companions(board, stream, &same))
}

/// Reports of the same sender and brand, to be answered under the same key, whose acknowledgement waits, too.
fn companions(board: &Board, stream: &str, same: &dyn Fn(&Report) -> bool) -> Vec<String> {
    let Some(lead) = board.report(stream) else {
        return Vec::new();
    };
    let key = key_name(board, stream);
    let others = board.open_reports().filter(|(other, report)| {
        *other != stream
            && report.brand == lead.brand
            && waiting(report).is_some()
            && same(report)
            && key_name(board, other) == key
    });
    let mut others: Vec<(&str, &Report)> = others.collect();
    others.sort_by_key(|(_, report)| report.at);
    let others = others.into_iter().take(MOST_REPORTS - 1);
    others.map(|(other, _)| other.to_owned()).collect()
}

/// The acknowledgement of a report that waits and was never begun, or whose attempts are known to have failed.
pub(super) fn waiting(report: &Report) -> Option<&Dispatch> {
    let mut letters = report.letters.iter();
    letters.find(|letter| {
        let is_free = !letter.is_open && letter.unclear == 0;
        letter.letter == LetterKind::Acknowledgement && letter.waits() && is_free
    })
}

fn since(then: Timestamp, now: Timestamp) -> SignedDuration {
    now.duration_since(then)
}
