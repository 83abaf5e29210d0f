//! A release to an audience that is not everybody: the clauses of a publication, and what an advance notice needs beside them.
//!
//! Owns which clauses keep a case confidential, and what lets one party in before everybody: a clause of the policy, an embargo that the
//! party agreed to, or a waiver that two people give for this release. Never asks who the people are: permissions do.

use super::{
    Refusal, Standing, by_control, by_finding, by_order, by_record, by_two_people, embargo, gates, holds, words,
};
use crate::advisory::Audience;
use crate::case::merge;
use crate::event::{Entry, Event, Kind};
use crate::policy::Policy;
use crate::policy::block::access::{Access, Until, What};
use crate::policy::block::publish::Vehicle;

/// How a waiver names an agreed embargo, for which no clause stands.
pub const EMBARGO: &str = "embargo";

/// Judges a release to an audience as the publication that `entry` would be. `waived` are clauses with the reason why they do not keep it
/// back from this audience.
///
/// # Errors
/// The refusal, with the clause that forbids it.
pub fn refuse_limited(
    case: &Standing<'_>,
    entry: &Entry,
    audience: &Audience,
    waived: &[(String, String)],
) -> Result<(), Refusal> {
    by_record(case, entry)?;
    by_order(case, entry)?;
    words::by_names(case, entry)?;
    by_two_people(entry)?;
    by_control(case, entry)?;
    by_finding(case, entry)?;
    gates::by_gates(case, entry)?;
    by_consent(case, audience)?;
    let kept = embargo::kept(case, entry.at).filter(|_| !agreed(case, audience));
    let open = holds(case, entry).into_iter().chain(confidences(case)).chain(kept);
    for refusal in open {
        let name = match refusal.clause.as_str() {
            "" => EMBARGO,
            clause => clause,
        };
        let waives =
            |(waived, why): &(String, String)| waived.trim().trim_start_matches('§') == name && !why.trim().is_empty();
        if waived.iter().any(waives) || lets_in(case, &refusal.policy, audience) {
            continue;
        }
        let way = if refusal.clause.is_empty() {
            "as a party that agreed to it"
        } else {
            "by a clause that lets them in"
        };
        let message = format!(
            "{}. Before that, {audience} gets it only {way}, or by a waiver of two people for this release: --waive '{name}=why'",
            refusal.message
        );
        return Err(Refusal { message, ..refusal });
    }
    Ok(())
}

/// Whether the audience is a party that agreed to the embargo: it is among those whom it lets know.
fn agreed(case: &Standing<'_>, audience: &Audience) -> bool {
    let Audience::Party(party) = audience else {
        return false;
    };
    let accepted = embargo::of(case.history.entries).accepted;
    accepted.iter().any(|known| known.eq_ignore_ascii_case(party))
}

/// Clauses by which the case is for its members only, and nothing public has ended that yet.
fn confidences<'a>(case: &Standing<'a>) -> impl Iterator<Item = Refusal> + use<'a> {
    const ENDS: [Kind; 3] = [Kind::MadePublic, Kind::ExploitPublic, Kind::EmbargoEnded];
    let marks = &case.facts.marks;
    let now = case.now;
    let stood = move |kind: Kind| marks.iter().any(|mark| mark.kind == kind && mark.stands(now));
    let ended = ENDS.into_iter().any(stood);
    let binds = move |access: &&Access| {
        let over = matches!(access.until, Until::Event(kind) if stood(kind));
        access.what == What::Case && !over && !ended
    };
    let policies: Vec<&'a Policy> = case.policies.to_vec();
    policies.into_iter().flat_map(move |policy| {
        let accesses: Vec<Refusal> = policy
            .accesses
            .iter()
            .filter(binds)
            .map(|access| {
                let until = match access.until {
                    Until::Event(kind) => format!(" until `{kind}`"),
                    Until::Never => String::new(),
                };
                Refusal::by(
                    policy,
                    &access.clause,
                    format!("the case is for its members only{until}"),
                )
            })
            .collect();
        accesses
    })
}

/// Whether a clause of the policy lets this party in before everybody: it publishes to CERTs (T13), and the case says that this one was told.
fn lets_in(case: &Standing<'_>, policy: &str, audience: &Audience) -> bool {
    let Audience::Party(party) = audience else {
        return false;
    };
    // No clause stands for an embargo: any policy of the case may let a CERT in.
    let mut policies = case
        .policies
        .iter()
        .filter(|known| policy.is_empty() || known.front.id == policy);
    let to_certs = policies.any(|policy| policy.publishes.iter().any(|publish| publish.vehicle == Vehicle::Cert));
    let told = case.entries.iter().any(|entry| {
        let same = matches!(&entry.event, Event::SharedWithCert { cert } if cert.eq_ignore_ascii_case(party));
        same && !merge::is_retracted(case.entries, entry.seq)
    });
    to_certs && told
}

/// Whoever did not agree to the embargo gets nothing while it lasts.
fn by_consent(case: &Standing<'_>, audience: &Audience) -> Result<(), Refusal> {
    let Audience::Party(party) = audience else {
        return Ok(());
    };
    let standing = case
        .entries
        .iter()
        .filter(|entry| !merge::is_retracted(case.entries, entry.seq));
    let mut said = standing.filter_map(|entry| match &entry.event {
        Event::EmbargoAccepted { by } if by.eq_ignore_ascii_case(party) => Some(true),
        Event::EmbargoDeclined { by, .. } if by.eq_ignore_ascii_case(party) => Some(false),
        Event::EmbargoEnded { .. } | Event::MadePublic { .. } | Event::ExploitPublic { .. } => Some(true),
        _ => None,
    });
    if said.next_back() == Some(false) {
        return Err(Refusal::without_clause(format!(
            "`{party}` declined the embargo: it gets nothing before everybody does"
        )));
    }
    Ok(())
}
