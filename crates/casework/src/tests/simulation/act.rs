//! What a person or the world does in one step, and the doing of it.

use super::super::world::{NOZOMI, T128};
use super::choose::room_key;
use crate::{
    ActError, Actor, Casework, Draft, Extent, Incoming, KeyWish, LimitedOrder, NewKey, PastFile, Redaction, Room,
    Scheduling, Split, Wish,
};
use jiff::Timestamp;
use psirt::advisory::Audience;
use psirt::event::{Event, EventRef};
use psirt::house::Product;
use std::io::Cursor;
use zeroize::Zeroizing;

/// The largest file that a case takes here: some are larger.
const MAX_BYTES: u64 = 4_096;
/// Why something is erased.
const LEGAL: &str = "Retention is over";

/// One act.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// A report comes in; `twice` is the same command sent again.
    Receive {
        actor: Actor,
        incoming: Box<Incoming>,
        twice: bool,
    },
    /// Something happens to a case.
    Event {
        actor: Actor,
        case: String,
        at: Option<Timestamp>,
        event: Event,
    },
    /// So many people record the same at once, each on the same view of the case.
    Race {
        actor: Actor,
        case: String,
        event: Event,
        writers: usize,
    },
    /// Something happens to a product line.
    Line {
        actor: Actor,
        at: Option<Timestamp>,
        event: Event,
    },
    /// What happened to a product line was a mistake.
    RetractOfLine {
        actor: Actor,
        line: String,
        event: EventRef,
        why: String,
    },
    /// The catalogue changes.
    Product { actor: Actor, product: Product },
    /// A report joins a case.
    Join { actor: Actor, report: String, case: String },
    /// A case is the same vulnerability as another one.
    Merge {
        actor: Actor,
        from: String,
        into: String,
        across_brands: bool,
    },
    /// A part of a case is another vulnerability.
    Split { actor: Actor, case: String, split: Split },
    /// A file is put to a case.
    Attach {
        actor: Actor,
        number: String,
        came_with_report: bool,
        bytes: Vec<u8>,
    },
    /// A reporter writes in their room, that of the report of step `room`; and somebody looks into another one.
    Say { room: usize, other: usize, step: usize },
    /// The scheduler sees what has become late.
    Work,
    /// Release notes tell of a fix.
    Note {
        actor: Actor,
        case: String,
        product: String,
        version: String,
    },
    /// An advisory is written.
    Draft {
        actor: Actor,
        cases: Vec<String>,
        draft: Draft,
    },
    /// And written anew.
    Redraft { actor: Actor, id: String, draft: Draft },
    /// Somebody else shall read it.
    AskReview { actor: Actor, id: String },
    /// They approve it.
    Approve { actor: Actor, id: String },
    /// It gets its instant.
    Schedule { actor: Actor, id: String, at: Timestamp },
    /// It is ordered.
    Order { actor: Actor, id: String, summary: String },
    /// The tree has it.
    Published { id: String },
    /// It is ordered for a level or a party.
    OrderLimited {
        actor: Actor,
        id: String,
        order: LimitedOrder,
    },
    /// The protected tree has it.
    PublishedLimited { id: String, audience: Audience },
    /// A brand gets a key, or another one.
    Key {
        actor: Actor,
        brand: String,
        wish: KeyWish,
        fingerprint: String,
    },
    /// Words are taken out of a text that only a few may read.
    Redact {
        actor: Actor,
        case: String,
        redaction: Redaction,
    },
    /// It is taken back.
    Withdraw { actor: Actor, id: String },
    /// Something that follows its publication was handed over.
    Deliver { actor: Actor, id: String },
    /// A case is shredded.
    ShredCase { actor: Actor, case: String },
    /// Who sent a report is erased.
    ShredPerson { actor: Actor, report: String },
    /// Past cases come along.
    Import {
        actor: Actor,
        file: PastFile,
        extent: Extent,
    },
    /// An administrator asks for a case that is there; an analyst for one that is not.
    Ask { case: String },
}

/// What became of it: how much of it was recorded, and every refusal.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) recorded: usize,
    pub(super) refusals: Vec<ActError>,
    /// What no act may do, found by the act itself.
    pub(super) broken: Option<String>,
}

impl Outcome {
    fn of<T>(result: Result<T, ActError>) -> Outcome {
        let mut outcome = Outcome::default();
        outcome.add(result);
        outcome
    }

    fn add<T>(&mut self, result: Result<T, ActError>) {
        match result {
            Ok(_) => self.recorded += 1,
            Err(error) => self.refusals.push(error),
        }
    }
}

impl Act {
    pub(super) async fn run(&self, casework: &Casework) -> Outcome {
        match self {
            Act::Receive { actor, incoming, twice } => {
                let first = casework.receive(actor, (**incoming).clone()).await;
                if !twice {
                    return Outcome::of(first);
                }
                let size = casework.board().size;
                let second = casework.receive(actor, (**incoming).clone()).await;
                let mut outcome = Outcome::default();
                if first.is_ok() && first != second {
                    outcome.broken = Some(format!("the same command gave {first:?}, then {second:?}"));
                }
                // Its text is understood again, and nothing else.
                if casework.board().size > size + 1 {
                    outcome.broken = Some("the same command took a report in twice".to_owned());
                }
                outcome.add(first);
                outcome
            }
            Act::Event { actor, case, at, event } => Outcome::of(casework.act(actor, case, *at, event.clone()).await),
            Act::Race {
                actor,
                case,
                event,
                writers,
            } => {
                let one = || casework.act(actor, case, None, event.clone());
                let mut outcome = Outcome::default();
                match writers {
                    2 => {
                        let (first, second) = tokio::join!(one(), one());
                        [first, second].into_iter().for_each(|result| outcome.add(result));
                    }
                    _ => {
                        let (first, second, third, fourth) = tokio::join!(one(), one(), one(), one());
                        [first, second, third, fourth]
                            .into_iter()
                            .for_each(|result| outcome.add(result));
                    }
                }
                outcome
            }
            Act::Line { actor, at, event } => Outcome::of(casework.line_event(actor, *at, event.clone()).await),
            Act::RetractOfLine {
                actor,
                line,
                event,
                why,
            } => Outcome::of(casework.retract_of_line(actor, line, event, why).await),
            Act::Product { actor, product } => Outcome::of(casework.set_product(actor, product.clone()).await),
            Act::Join { actor, report, case } => Outcome::of(casework.join_report(actor, report, case).await),
            Act::Merge {
                actor,
                from,
                into,
                across_brands,
            } => Outcome::of(casework.merge_cases(actor, from, into, *across_brands, None).await),
            Act::Split { actor, case, split } => Outcome::of(casework.split_case(actor, case, split).await),
            Act::Attach {
                actor,
                number,
                came_with_report,
                bytes,
            } => {
                let source = Cursor::new(bytes.clone());
                let attached = casework.attach(actor, number, *came_with_report, "../a proof.bin", MAX_BYTES, source);
                Outcome::of(attached.await)
            }
            Act::Say { room, other, step } => say(casework, *room, *other, *step).await,
            Act::Work => {
                let worked = casework.work("desk").await;
                let late = worked.as_ref().map_or(0, |worked| worked.late);
                let mut outcome = Outcome::of(worked);
                outcome.recorded = late;
                outcome
            }
            Act::Note {
                actor,
                case,
                product,
                version,
            } => Outcome::of(
                casework
                    .publish_release_note(actor, case, product, version, "An overflow is fixed.")
                    .await,
            ),
            Act::Draft { actor, cases, draft } => {
                Outcome::of(casework.draft_advisory(actor, cases, draft.clone()).await)
            }
            Act::Redraft { actor, id, draft } => Outcome::of(casework.redraft_advisory(actor, id, draft.clone()).await),
            Act::AskReview { actor, id } => Outcome::of(casework.ask_review(actor, id).await),
            Act::Approve { actor, id } => Outcome::of(casework.approve(actor, id).await),
            Act::Schedule { actor, id, at } => {
                let plan = Scheduling {
                    at: *at,
                    summary: "More is known.".to_owned(),
                    ..Scheduling::default()
                };
                Outcome::of(casework.schedule(actor, id, &plan).await)
            }
            Act::Order { actor, id, summary } => Outcome::of(casework.order_release(actor, id, summary).await),
            Act::Published { id } => Outcome::of(casework.mark_published(id, 1, "digest").await),
            Act::OrderLimited { actor, id, order } => Outcome::of(casework.order_limited(actor, id, order).await),
            Act::PublishedLimited { id, audience } => {
                Outcome::of(casework.mark_limited(id, audience, 1, "digest").await)
            }
            Act::Key {
                actor,
                brand,
                wish,
                fingerprint,
            } => {
                let key = NewKey {
                    fingerprint: fingerprint.clone(),
                    public: String::new(),
                    secret: Zeroizing::new(String::new()),
                    until_s: None,
                };
                Outcome::of(casework.make_key(actor, brand, *wish, |_| Ok(key)).await)
            }
            Act::Redact { actor, case, redaction } => {
                let redacted = casework.redact(actor, case, redaction).await;
                let stays = redacted.as_ref().ok().and_then(|copy| {
                    let text = copy.text.to_lowercase();
                    redaction.find.iter().find(|words| text.contains(&words.to_lowercase()))
                });
                let broken = stays.map(|words| format!("`{words}` is in the copy without it"));
                let mut outcome = Outcome::of(redacted);
                outcome.broken = broken;
                outcome
            }
            Act::Withdraw { actor, id } => Outcome::of(
                casework
                    .withdraw_advisory(actor, id, "It describes another product.")
                    .await,
            ),
            Act::Deliver { actor, id } => Outcome::of(casework.deliver(actor, id, None).await),
            Act::ShredCase { actor, case } => Outcome::of(casework.shred_case(actor, case, LEGAL).await),
            Act::ShredPerson { actor, report } => {
                Outcome::of(casework.shred_person(actor, &[report.as_str()], LEGAL).await)
            }
            Act::Import { actor, file, extent } => {
                let imported = casework.import_cases(actor, file, *extent).await;
                let written = imported.as_ref().map_or(0, |imported| imported.written);
                let mut outcome = Outcome::of(imported);
                outcome.recorded = written;
                outcome
            }
            Act::Ask { case } => {
                let note = || Event::Noted { text: "x".to_owned() };
                let hidden = casework.act(&Actor::person("root"), case, None, note()).await;
                let absent = casework.act(&Actor::person("ana"), "NN-2026-00000", None, note()).await;
                let mut outcome = Outcome::default();
                if format!("{hidden:?}") != format!("{absent:?}") {
                    outcome.broken = Some(format!("\"not for you\" is {hidden:?}, \"no such case\" is {absent:?}"));
                }
                outcome.add(hidden);
                outcome
            }
        }
    }
}

/// A message from a room: it stands there, and whatever was written in a room stands in no other one.
async fn say(casework: &Casework, room: usize, other: usize, step: usize) -> Outcome {
    let found = |room: usize| {
        let secret = room_key(room).reveal();
        let mut brands = [NOZOMI, T128].into_iter();
        brands.find_map(|brand| casework.room(brand, &secret))
    };
    let written = |room: &Room| -> Vec<String> {
        let view = casework.view_room(room);
        let said = view.into_iter().flat_map(|view| view.conversation);
        said.filter(|said| said.text.starts_with("from room "))
            .map(|said| said.text)
            .collect()
    };
    let Some(opened) = found(room) else {
        return Outcome::default();
    };
    let text = format!("from room {room}, step {step}");
    let done = casework.act_in_room(&opened, &text, &Wish::Message(text.clone())).await;
    let mut broken = None;
    if done.is_ok() && !written(&opened).contains(&text) {
        broken = Some(format!("{text} is not in its room"));
    }
    for (step, room) in [(room, Some(opened)), (other, found(other))] {
        let own = format!("from room {step},");
        let strange = room.and_then(|room| written(&room).into_iter().find(|text| !text.starts_with(&own)));
        broken = broken.or(strange.map(|text| format!("the room of step {step} shows: {text}")));
    }
    let mut outcome = Outcome::of(done);
    outcome.broken = broken;
    outcome
}
