//! The next step of an advisory: written, read by somebody else, ordered for everybody, a level or a party, published, taken back.
//!
//! Owns the choice alone, as `choose` does for everything else.

use super::act::Act;
use super::choose::{analyst, bound, two};
use super::dice::Dice;
use super::stage::{CUSTOMERS, LEADS};
use crate::{Actor, Draft, LimitedOrder};
use jiff::{SignedDuration, Timestamp};
use psirt::advisory::{Audience, Stage as Step, Tlp};
use psirt::board::{Board, Case};

/// What happens to an advisory next, or to one that is not written yet.
pub(super) fn advisory(board: &Board, cases: &[String], now: Timestamp, dice: &mut Dice) -> Act {
    let texts = |case: Option<&Case>| {
        let of = case.map_or_else(String::new, |_| " of the product".to_owned());
        Draft {
            title: format!("An overflow{of}"),
            summary: "A crafted packet makes the parser write past its buffer.".to_owned(),
            workaround: Some("Close the port.".to_owned()),
            ..Draft::default()
        }
    };
    let ready: Vec<&String> = cases
        .iter()
        .filter(|number| {
            board.case_of_number(number).is_some_and(|(_, case)| {
                let phase = board.phase(case, now);
                (2..=5).contains(&phase.step())
                    && !board
                        .advisories
                        .values()
                        .any(|state| state.draft.cases.contains(number))
            })
        })
        .collect();
    let ids: Vec<&String> = board.advisories.keys().collect();
    let open: Vec<&String> = board
        .advisories
        .iter()
        .filter(|(_, state)| !matches!(state.stage, Step::Published | Step::Withdrawn | Step::Superseded))
        .map(|(id, _)| id)
        .collect();
    let write = ids.is_empty() || dice.percent(15);
    if write {
        // A text on what is under an embargo has to wait for its end.
        let waiting = ready.iter().filter(|number| {
            let case = board.case_of_number(number);
            case.is_some_and(|(_, case)| bound(case))
        });
        let waiting: Vec<&String> = waiting.copied().collect();
        let chosen = match dice.percent(60) && !waiting.is_empty() {
            true => dice.any(&waiting),
            false => dice.any(&ready),
        };
        let number = chosen.map_or_else(|| dice.one(cases).clone(), |number| (*number).clone());
        let mut about = vec![number];
        if dice.percent(10) {
            about.push(dice.one(cases).clone());
        }
        let draft = texts(board.case_of_number(&about[0]).map(|(_, case)| case));
        return Act::Draft {
            actor: if dice.percent(40) {
                Actor::person(LEADS[0])
            } else {
                analyst(dice)
            },
            cases: about,
            draft,
        };
    }
    let id = match dice.any(&open) {
        Some(id) if dice.percent(80) => (*id).clone(),
        _ => (*dice.one(&ids)).clone(),
    };
    let state = &board.advisories[&id];
    let lead = Actor::person(*dice.one(LEADS));
    if state.ordered.is_some() && !state.on_disk && dice.percent(85) {
        return Act::Published { id };
    }
    let ordered = state.limited.iter().filter(|limited| {
        let release = limited.release.as_ref();
        release.is_some_and(|release| !release.on_disk)
    });
    let ordered: Vec<&Audience> = ordered.map(|limited| &limited.audience).collect();
    if let Some(audience) = dice.any(&ordered).filter(|_| dice.percent(60)) {
        let audience = (*audience).clone();
        return Act::PublishedLimited { id, audience };
    }
    let roll = dice.below(100);
    match state.stage {
        Step::Approved | Step::Scheduled if dice.percent(25) => limited(id, dice),
        // Whatever its stage is.
        _ if roll > 82 => {
            let actor = two(dice);
            match dice.below(5) {
                0 => Act::Approve { actor, id },
                1 => Act::Withdraw { actor, id },
                2 => Act::AskReview { actor, id },
                3 => Act::Published { id },
                _ => Act::Order {
                    actor,
                    id,
                    summary: "More is known.".to_owned(),
                },
            }
        }
        _ if roll > 93 => Act::Approve {
            actor: analyst(dice),
            id,
        },
        _ if roll > 90 => Act::Order {
            actor: lead,
            id,
            summary: "More is known.".to_owned(),
        },
        Step::Draft if roll < 40 => Act::AskReview {
            actor: analyst(dice),
            id,
        },
        Step::Draft | Step::Review => Act::Approve { actor: lead, id },
        Step::Approved if roll < 12 => {
            let days = i64::try_from(dice.below(40)).unwrap();
            let at = now.saturating_add(SignedDuration::from_hours(24 * days)).unwrap_or(now);
            Act::Schedule { actor: lead, id, at }
        }
        Step::Approved if roll < 20 => Act::Redraft {
            actor: analyst(dice),
            id,
            draft: texts(None),
        },
        Step::Approved | Step::Scheduled => Act::Order {
            actor: lead,
            id,
            summary: "More is known.".to_owned(),
        },
        Step::Published if roll < 20 => Act::Withdraw { actor: two(dice), id },
        Step::Published | Step::Withdrawn | Step::Superseded if roll < 60 && !state.outbox.is_empty() => {
            // Not only what waits: what was handed over is handed over again, and what was replaced.
            let entry = dice.below(state.outbox.len()) + 1;
            Act::Deliver {
                actor: two(dice),
                id: format!("{id}/{entry}"),
            }
        }
        Step::Published | Step::Withdrawn | Step::Superseded => Act::Redraft {
            actor: analyst(dice),
            id,
            draft: texts(None),
        },
    }
}

/// To a level or a party, with the clauses that two people waive for it.
fn limited(id: String, dice: &mut Dice) -> Act {
    let audience = match dice.percent(50) {
        true => Audience::Tlp(*dice.one(&Tlp::ALL)),
        false => Audience::Party(dice.one(CUSTOMERS).0.to_owned()),
    };
    let clauses = ["N13", "T12", psirt::case::refuse::EMBARGO].into_iter();
    let waived = clauses.filter(|_| dice.percent(45));
    let waived = waived.map(|clause| (clause.to_owned(), "They ship our parser.".to_owned()));
    let order = LimitedOrder {
        audience,
        summary: "More is known.".to_owned(),
        waived: waived.collect(),
    };
    Act::OrderLimited {
        actor: if dice.percent(75) { two(dice) } else { analyst(dice) },
        id,
        order,
    }
}
