//! The embargo of a case: when it ends, by which clause, and who agreed.

use crate::docket::{Docket, Standing};
use crate::words;
use psirt::case::embargo;
use psirt::case::phase::Phase;
use psirt::clock::Obligation;
use psirt::clock::length::Counting;
use psirt::event::Kind;

pub(super) struct Embargo {
    pub(super) left: String,
    pub(super) consent: String,
    pub(super) share: u8,
    pub(super) until: String,
    pub(super) iso: String,
    pub(super) clause: Option<(String, String)>,
    pub(super) notes: Vec<String>,
}

pub(super) fn embargo_of(
    docket: &Docket<'_>,
    standing: &Standing<'_>,
    obligations: &[Obligation<'_>],
) -> Option<Embargo> {
    let (case, now, zone) = (standing.case, docket.now, standing.zone());
    if matches!(standing.phase, Phase::Rejected(_)) {
        return None;
    }
    let embargo = &case.embargo;
    let hold = obligations
        .iter()
        .find(|o| o.promise.ends == Kind::AdvisoryPublished && o.promise.not_before.is_some());
    let clause = hold.map(|hold| {
        (
            hold.promise.clause.clone(),
            docket.clause_href(hold.policy, &hold.promise.clause),
        )
    });
    let mut notes: Vec<String> = Vec::new();
    let mut note = |parties: &[String], one: &str, many: &str| {
        if !parties.is_empty() {
            notes.push(format!(
                "{} {}.",
                words::list(parties),
                if parties.len() == 1 { one } else { many }
            ));
        }
    };
    note(&embargo.accepted, "agrees", "agree");
    note(&embargo.declined, "does not agree", "do not agree");
    let counting = standing.policy.map(|policy| Counting {
        zone: &policy.front.zone,
        day_ends: policy.front.day_ends,
        calendar: None,
    });
    for date in counting.map(|counting| embargo.dates(&counting)).unwrap_or_default() {
        let governs = if date.governs && embargo.proposals.len() > 1 {
            ", which governs"
        } else {
            ""
        };
        let until = words::instant(date.until, &zone, now);
        notes.push(format!("{} proposed {until}{governs}.", date.by));
    }
    let consent = match embargo.accepted.len() {
        0 => "Embargo".to_owned(),
        1 => "Embargo, one agrees".to_owned(),
        more => format!("Embargo, {} agree", words::count(more).to_lowercase()),
    };
    if let Some((at, why)) = &embargo.ended {
        let until = words::instant(*at, &zone, now);
        notes.insert(0, format!("{}.", words::capital(why)));
        return Some(Embargo {
            left: "Ended".to_owned(),
            consent,
            share: 100,
            until,
            iso: words::iso(*at, &zone),
            clause: None,
            notes,
        });
    }
    let agreed = embargo.agreed(standing.policy).map(|agreed| agreed.until);
    let by_policy = embargo::ends_by_policy(obligations);
    // A hold that has not begun has no end, whatever was agreed on; where there is none, what was agreed on is all there is.
    let end = match by_policy {
        Some(end) => Some(agreed.map_or(end, |agreed| agreed.max(end))),
        None => agreed.filter(|_| embargo::unbegun_hold(obligations).is_none()),
    };
    let Some(end) = end else {
        notes.insert(
            0,
            "Nothing of it leaves. It has no end yet, because what it counts from has not happened.".to_owned(),
        );
        if let Some(agreed) = agreed {
            let until = words::instant(agreed, &zone, now);
            notes.insert(1, format!("Agreed on: not before {until}, nor before that end."));
        }
        return Some(Embargo {
            left: "No end yet".to_owned(),
            consent,
            share: 0,
            until: String::new(),
            iso: String::new(),
            clause,
            notes,
        });
    };
    let opened = case.facts.opened().unwrap_or(now);
    let whole = (end.as_second() - opened.as_second()).max(1);
    let gone = ((now.as_second() - opened.as_second()).saturating_mul(100) / whole).clamp(0, 100);
    notes.push("It ends at once when details are public.".to_owned());
    Some(Embargo {
        left: if end > now {
            words::between(now, end)
        } else {
            "The hold is over".to_owned()
        },
        consent,
        share: u8::try_from(gone).unwrap_or(100),
        until: words::instant(end, &zone, now),
        iso: words::iso(end, &zone),
        clause: clause.filter(|_| by_policy == Some(end)),
        notes,
    })
}
