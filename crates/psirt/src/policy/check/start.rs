//! A promise that could never begin, or never be kept: its events are impossible where it holds.

use crate::event::{Group, Kind};
use crate::policy::{
    Policy,
    block::promise::{Per, Promise},
    fact::{Fact, Value},
    finding::Findings,
    length::Start,
    read::Source,
};

pub(super) fn check(policy: &Policy, source: &Source, findings: &mut Findings<'_>) {
    for promise in &policy.promises {
        starts(promise, source, findings);
        ends(promise, source, findings);
    }
}

fn starts(promise: &Promise, source: &Source, findings: &mut Findings<'_>) {
    let terms = promise.start.terms();
    let never = |kind: Kind| why_never(promise, kind);
    let reason = match &promise.start {
        Start::Selected => None,
        Start::Earliest(_) if terms.iter().any(|term| never(term.event).is_none()) => None,
        Start::Earliest(_) | Start::Latest(_) => terms
            .iter()
            .find_map(|term| never(term.event).map(|reason| (term.event, reason))),
    };
    if let Some((event, reason)) = reason {
        let message = format!(
            "`{}` never begins, because `{event}` {reason}: start it with another event",
            promise.id
        );
        findings.error(source.value_at(promise.line, "start"), "never-starts", message);
    }
    if promise.per == Per::Component && promise.when.mask(Fact::Origin) == Some(1) {
        let message = format!(
            "`{}` is owed for each component, and own code has none: change `per` or `when`",
            promise.id
        );
        findings.error(source.value_at(promise.line, "per"), "never-starts", message);
    }
}

fn ends(promise: &Promise, source: &Source, findings: &mut Findings<'_>) {
    let mut ends = std::iter::once(promise.ends).chain(promise.satisfied_by.iter().copied());
    if ends.any(|kind| why_never(promise, kind).is_none()) {
        return;
    }
    if let Some(reason) = why_never(promise, promise.ends) {
        let message = format!(
            "`{}` can never be kept, because `{}` {reason}: name another event in `do`",
            promise.id, promise.ends
        );
        findings.error(source.value_at(promise.line, "do"), "never-ends", message);
    }
}

/// Why an event cannot happen where a promise holds.
fn why_never(promise: &Promise, kind: Kind) -> Option<&'static str> {
    match kind.group() {
        Group::Desk => return Some("is a note of the desk that no exported story tells"),
        Group::Control => return Some("is about clocks and records, not about the vulnerability"),
        _ => {}
    }
    let only = |fact: Fact, value: Value| promise.when.mask(fact) == Some(1 << value);
    let of_a_supplier = matches!(
        kind,
        Kind::UpstreamDisclosed
            | Kind::UpstreamFixReleased
            | Kind::UpstreamFixWithdrawn
            | Kind::UpstreamDecision
            | Kind::ComponentShipped
    );
    if of_a_supplier && only(Fact::Origin, 0) {
        return Some("concerns components of others, and it holds for own code only");
    }
    let for_a_line = matches!(promise.per, Per::Track | Per::Component);
    if kind == Kind::FixDeployed && for_a_line && only(Fact::Deployment, 0) {
        return Some("concerns services, and it holds for on-prem lines only");
    }
    None
}
