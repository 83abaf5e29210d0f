//! Several letters at once: a mail server that takes its time keeps no other one waiting.
//!
//! Owns how many letters are under way, to which domains, and which of these were slow. Never chooses a letter (`casework` does, by what is
//! said here), and never records what came of one.

use super::wire::{self, Way};
use casework::{Handover, LetterToSend, Turn, domain_of};
use mail::smtp::Errand;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Most letters that go at once to mail servers of the recipients.
const HANDS: usize = 8;
/// Most of them that go to domains that were slow.
const HANDS_FOR_SLOW: usize = HANDS / 2;
/// A letter that took longer was slow.
const SLOW: Duration = Duration::from_secs(20);

/// A letter that was handed over, what came of it, and how long that took.
type Ended = (LetterToSend, Handover, Duration);

/// The letters of one round.
pub(super) struct Hands {
    way: Way,
    under_way: JoinSet<Ended>,
    /// The domains that a letter is under way to: never two at once.
    busy: BTreeSet<String>,
    /// Those that were slow or put a letter off in this round.
    slow: BTreeSet<String>,
}

impl Hands {
    pub(super) fn on(way: Way) -> Hands {
        Hands {
            way,
            under_way: JoinSet::new(),
            busy: BTreeSet::new(),
            slow: BTreeSet::new(),
        }
    }

    pub(super) fn way(&self) -> &Way {
        &self.way
    }

    /// Whether one more letter may go. A server of ours has one conversation at a time.
    pub(super) fn is_one_free(&self) -> bool {
        let most = if self.way.is_direct() { HANDS } else { 1 };
        self.under_way.len() < most
    }

    /// When a letter to this domain may go.
    pub(super) fn turn(&self, domain: &str) -> Turn {
        if !self.way.is_direct() {
            return Turn::Now;
        }
        turn(&self.busy, &self.slow, domain)
    }

    /// Begins to hand a letter over. The conversation blocks its thread.
    pub(super) fn take(&mut self, letter: LetterToSend, errand: Errand) {
        self.busy.insert(domain_of(&letter.letter.to));
        let way = self.way.clone();
        self.under_way.spawn(async move {
            let began = Instant::now();
            let handed = tokio::task::spawn_blocking(move || wire::hand_over(&way, errand)).await;
            (letter, handed.unwrap_or(Handover::Unclear), began.elapsed())
        });
    }

    /// The next letter that has come to its end; none if none is under way. Nothing is lost if this is dropped while it waits.
    pub(super) async fn ended(&mut self) -> Option<(LetterToSend, Handover)> {
        loop {
            // One that ended without a word has no letter to speak of: its claim ends by itself.
            let Ok((letter, handover, lasted)) = self.under_way.join_next().await? else {
                continue;
            };
            let domain = domain_of(&letter.letter.to);
            self.busy.remove(&domain);
            if lasted > SLOW || matches!(handover, Handover::Later(_) | Handover::Unclear) {
                self.slow.insert(domain);
            }
            return Some((letter, handover));
        }
    }
}

fn turn(busy: &BTreeSet<String>, slow: &BTreeSet<String>, domain: &str) -> Turn {
    if busy.contains(domain) {
        return Turn::No;
    }
    match slow.contains(domain) {
        true if busy.intersection(slow).count() >= HANDS_FOR_SLOW => Turn::No,
        true => Turn::Last,
        false => Turn::Now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_slow_waits_and_nobody_is_written_to_twice_at_once() {
        let check = |busy: &[&str], slow: &[&str], expect: Turn| {
            let all = |domains: &[&str]| domains.iter().map(|domain| (*domain).to_owned()).collect();
            assert_eq!(turn(&all(busy), &all(slow), "a.example"), expect, "{busy:?} {slow:?}");
        };
        check(&[], &[], Turn::Now);
        check(&["b.example"], &["b.example"], Turn::Now);
        check(&["a.example"], &[], Turn::No);
        check(&["a.example"], &["a.example"], Turn::No);
        check(&["b.example"], &["a.example"], Turn::Last);
        let four = ["b.example", "c.example", "d.example", "e.example"];
        check(&four, &["a.example"], Turn::Last);
        let five = ["a.example", "b.example", "c.example", "d.example", "e.example"];
        check(&four[..3], &five, Turn::Last);
        check(&four, &five, Turn::No);
    }
}
