//! Rescoring (R6, D11): a higher band counts from when it was first held, and never gives more time than the band before.
//!
//! Never moves a start backwards to forgive: a band that was held before keeps its first start.

use super::end;
use super::engine::{Duties, Engine};
use super::start;
use super::timeline::Timeline;
use crate::policy::block::bands::Bands;
use crate::policy::block::promise::{Duty, Promise};
use crate::policy::fact::{Fact, Holds};
use crate::policy::length::Start;
use jiff::Timestamp;

/// A start that a higher band moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rescored {
    /// The start that counts.
    pub(super) start: Timestamp,
    /// When the band was first held.
    pub(super) at: Timestamp,
}

/// The start of a promise whose band was first held after a lower one; none where the case's own start counts.
pub(super) fn start(duties: Duties<'_, '_>, found: Timestamp) -> Option<Rescored> {
    if duties.promise.start == Start::Selected {
        return None;
    }
    let at = raised_at(duties.promise, duties.timeline)?;
    Some(Rescored {
        start: found.max(at),
        at,
    })
}

/// When the promise's bands were first held, if a lower band was held before.
fn raised_at(promise: &Promise, timeline: &Timeline) -> Option<Timestamp> {
    if !promise.when.asks(Fact::Band) {
        return None;
    }
    let mut before = None;
    for snapshot in &timeline.0 {
        let Some(band) = snapshot.facts.get(Fact::Band) else {
            continue;
        };
        if promise.when.accepts(Fact::Band, band) {
            return before
                .is_some_and(|before| Bands::above(band, before))
                .then_some(snapshot.at);
        }
        before = Some(band);
    }
    None
}

/// The date that governed until the band was raised, of promises that end with the same event and are at least as strong.
pub(super) fn cap<'a>(
    engine: &Engine<'a>,
    duties: Duties<'_, 'a>,
    raised_at: Timestamp,
) -> Option<(Timestamp, &'a Promise)> {
    let before = duties.timeline.before(raised_at);
    let peers = engine.policy.promises.iter().filter(|peer| {
        peer.id != duties.promise.id
            && peer.ends == duties.promise.ends
            && peer.per == duties.promise.per
            && peer.not_before.is_none()
            && (peer.duty == Duty::Must || duties.promise.duty != Duty::Must)
            && peer.when.asks(Fact::Band)
            && engine.judge(peer, &before) == Holds::Yes
    });
    let dates = peers.filter_map(|peer| {
        let duties = Duties {
            promise: peer,
            ..duties
        };
        let found = start::find(engine, duties, None).0?;
        let begun = start(duties, found).map_or(found, |rescored| rescored.start);
        let date = end::due(engine, duties, begun, None, raised_at).0?;
        Some((date, peer))
    });
    dates.min_by_key(|(date, _)| *date)
}
