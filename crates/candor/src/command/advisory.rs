//! `candor advisory`: public statements, from the first draft to the order to publish.
//!
//! Owns the texts that a person writes. Never renders: `candor publish` does, once a release is ordered.

mod shown;

use crate::cli::{Global, instant};
use crate::command::audience::To;
use crate::command::prospect::{findings_json, findings_text};
use crate::command::publish::accepted;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{House, Session, actor};
use casework::{Draft, Ordered, Scheduling};
use clap::{Args, Subcommand};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use psirt::advisory::{AdvisoryState, Step};
use psirt::board::Board;
use serde_json::{Value, json};
use shown::{diff, in_zone, list, release_notes, show};

#[derive(Debug, Subcommand)]
pub(crate) enum Advisory {
    /// Writes an advisory from its cases
    Draft {
        /// The tracking numbers of its cases
        #[arg(required = true)]
        cases: Vec<String>,
        #[command(flatten)]
        words: Words,
    },
    /// Writes an advisory anew from its cases as they stand; it needs its approval again
    Redraft {
        /// Its id, or its public number
        id: String,
        #[command(flatten)]
        words: Words,
    },
    /// Lists advisories
    List,
    /// Shows an advisory
    Show {
        /// Its id, or its public number
        id: String,
        /// Every field by its name
        #[arg(long, conflicts_with = "format")]
        fields: bool,
        /// What is wrong with it, at its fields
        #[arg(long, conflicts_with_all = ["fields", "format"])]
        findings: bool,
        /// What is shown: the advisory, or its entries for release notes
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Writes one field of it, and shows what is wrong with that field then
    Edit {
        /// Its id, or its public number
        id: String,
        /// The field, as `advisory show --fields` names it; the place after the last entry of a list adds one
        #[arg(long)]
        field: String,
        /// What it says; an empty text empties it
        #[arg(long)]
        text: String,
    },
    /// Asks a second person to read it
    Review {
        /// Its id, or its public number
        id: String,
        /// Who is asked
        #[arg(long, value_name = "NAME")]
        of: Option<String>,
    },
    /// Gives it back to its author, with what is to be changed
    SendBack {
        /// Its id, or its public number
        id: String,
        /// What is to be changed
        #[arg(long)]
        why: String,
    },
    /// Says something on a field of it, as `advisory show --fields` names them
    Comment {
        /// Its id, or its public number
        id: String,
        /// What is said
        #[arg(long)]
        text: String,
        /// The field; without one it is about the whole text
        #[arg(long, default_value = "")]
        field: String,
    },
    /// Answers a comment
    Answer {
        /// Its id, or its public number
        id: String,
        /// The number of the comment
        comment: u32,
        /// The answer
        #[arg(long)]
        text: String,
    },
    /// Settles a comment
    Resolve {
        /// Its id, or its public number
        id: String,
        /// The number of the comment
        comment: u32,
    },
    /// Shows field by field what differs from what was ordered last, or from another advisory
    Diff {
        /// Its id, or its public number
        id: String,
        /// The other advisory
        #[arg(long, value_name = "ID")]
        with: Option<String>,
    },
    /// Approves an advisory that somebody else wrote
    Approve(Id),
    /// Orders its publication for an instant, by two people; nobody needs to be there then
    Schedule {
        /// Its id, or its public number
        id: String,
        /// When: `2026-12-01 09:00 Europe/Zurich`, or with an offset, 2026-12-01T09:00:00+01:00; without it when the policy would have it out
        #[arg(long, value_name = "INSTANT", value_parser = zoned)]
        at: Option<(Timestamp, Option<String>)>,
        /// What changed; a first release needs no words
        #[arg(long, value_name = "TEXT", default_value = "")]
        summary: String,
        /// Why a finding of an optional CSAF test is accepted: `6.2.11=why`
        #[arg(long = "accept", value_name = "TEST=WHY", value_parser = accepted)]
        accepted: Vec<(String, String)>,
        #[command(flatten)]
        to: To,
    },
    /// Gives it its number and revision and orders its publication, by two people
    Order {
        /// Its id, or its public number
        id: String,
        /// What changed; a first release needs no words
        #[arg(long, value_name = "TEXT", default_value = "")]
        summary: String,
        /// The step of its version, where the brand's versions are semantic: patch, minor or major; without it what the change asks for
        #[arg(long, value_parser = step)]
        step: Option<Step>,
        #[command(flatten)]
        to: To,
    },
    /// Says that another published advisory replaces it, by two people
    Supersede {
        /// Its id, or its public number
        id: String,
        /// The one that replaces it
        #[arg(long, value_name = "ID")]
        by: String,
    },
    /// Destroys a released version for good, by two people; its digest and the reason stay
    Remove {
        /// Its id, or its public number
        id: String,
        /// The revision, from 1
        #[arg(long, value_name = "NUMBER")]
        revision: u32,
        /// The public reason, which repeats nothing of it
        #[arg(long)]
        why: String,
    },
    /// Takes a published advisory back with a public reason, by two people
    Withdraw {
        /// Its id, or its public number
        id: String,
        /// The public reason
        #[arg(long)]
        why: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct Id {
    /// Its id, or its public number
    id: String,
}

/// What only a person can write; the rest comes from the cases.
#[derive(Args, Debug)]
pub(crate) struct Words {
    /// What it is called; without it what stood there, or the brand's template
    #[arg(long, default_value = "", hide_default_value = true)]
    title: String,
    /// One paragraph for everybody; without it what stood there, or the brand's template
    #[arg(long, default_value = "", hide_default_value = true)]
    summary: String,
    /// What is known in detail
    #[arg(long)]
    details: Option<String>,
    /// Affected versions of a line: `Sensor 25=25.0.0 to 25.1.1`
    #[arg(long, value_name = "LINE=WORDS", value_parser = pair)]
    affected: Vec<(String, String)>,
    /// What users can do while there is no fix, or beside it
    #[arg(long)]
    workaround: Option<String>,
    /// A reference: `Title=https://…`
    #[arg(long = "reference", value_name = "TITLE=URL", value_parser = pair)]
    references: Vec<(String, String)>,
    /// The brand that publishes it, where the cases concern several
    #[arg(long, value_name = "ID")]
    brand: Option<String>,
}

pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text
        .split_once('=')
        .filter(|(name, words)| !name.trim().is_empty() && !words.trim().is_empty());
    let (name, words) = pair.ok_or_else(|| format!("`{text}` has no `=` between two texts"))?;
    Ok((name.trim().to_owned(), words.trim().to_owned()))
}

impl From<Words> for Draft {
    fn from(words: Words) -> Draft {
        Draft {
            title: words.title,
            summary: words.summary,
            details: words.details,
            affected: words.affected.into_iter().collect(),
            workaround: words.workaround,
            references: words.references,
            brand: words.brand,
        }
    }
}

impl Advisory {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        let by = actor(global)?;
        let work = &house.casework;
        match self {
            Advisory::List => list(&house, global),
            Advisory::Show {
                id,
                format: Format::ReleaseNote,
                ..
            } => release_notes(&house, global, &id),
            Advisory::Show {
                id, fields, findings, ..
            } => show(&house, global, &id, fields, findings),
            Advisory::Edit { id, field, text } => edit(&house, global, &id, &field, &text),
            Advisory::Diff { id, with } => diff(&house, global, &id, with.as_deref()),
            Advisory::Draft { cases, words } => {
                let id = house.wait(work.draft_advisory(&by, &cases, words.into()))?;
                let mut text = format!("{id} is written. Next: `candor advisory review {id}`.\n");
                let others = others(&work.board(), &id);
                for (other, case) in &others {
                    text.push_str(&format!("warning: {other} is about {case} too.\n"));
                }
                let choices = work.weaknesses_to_choose(&by, &id)?;
                for choice in &choices {
                    let (case, term) = (&choice.case, &choice.term);
                    text.push_str(&format!(
                        "It names no weakness yet. For `{term}` choose one: `candor case impact-set {case} --term {term} --cwe …`, then redraft.\n"
                    ));
                    for (id, name) in &choice.weaknesses {
                        text.push_str(&format!("  {id}  {name}\n"));
                    }
                }
                let choose: Vec<Value> = choices
                    .iter()
                    .map(|choice| json!({ "case": choice.case, "term": choice.term, "weaknesses": choice.weaknesses }))
                    .collect();
                let others: Vec<&String> = others.iter().map(|(other, _)| other).collect();
                Shown::new(json!({ "id": id, "choose": choose, "others": others }), text)
            }
            Advisory::Redraft { id, words } => {
                house.wait(work.redraft_advisory(&by, &id, words.into()))?;
                Shown::new(
                    json!({ "id": id }),
                    format!("{id} is written anew and needs its approval again."),
                )
            }
            Advisory::Review { id, of } => {
                match &of {
                    Some(reviewer) => house.wait(work.ask_review_of(&by, &id, reviewer))?,
                    None => house.wait(work.ask_review(&by, &id))?,
                }
                Shown::new(
                    json!({ "id": id }),
                    format!("{id} waits for somebody else to approve it."),
                )
            }
            Advisory::SendBack { id, why } => {
                house.wait(work.send_back(&by, &id, &why))?;
                Shown::new(
                    json!({ "id": id }),
                    format!("{id} is back with its author. Next: `candor advisory redraft {id}`."),
                )
            }
            Advisory::Comment { id, text, field } => {
                let comment = house.wait(work.comment(&by, &id, &field, &text))?;
                Shown::new(
                    json!({ "id": id, "comment": comment }),
                    format!("It is comment {comment}. It must be settled before {id} is approved."),
                )
            }
            Advisory::Answer { id, comment, text } => {
                house.wait(work.answer_comment(&by, &id, comment, &text))?;
                Shown::new(json!({ "id": id, "comment": comment }), "It is answered.")
            }
            Advisory::Resolve { id, comment } => {
                house.wait(work.resolve_comment(&by, &id, comment))?;
                Shown::new(json!({ "id": id, "comment": comment }), "It is settled.")
            }
            Advisory::Approve(Id { id }) => {
                house.wait(work.approve(&by, &id))?;
                Shown::new(
                    json!({ "id": id }),
                    format!("{id} is approved. Next: `candor advisory order {id}`."),
                )
            }
            Advisory::Schedule {
                id,
                at,
                summary,
                accepted,
                to,
            } => {
                let limited = to.limited(&summary)?;
                let ((at, zone), by_policy) = match at {
                    Some(at) => (at, None),
                    None => {
                        let instant = work.policy_instant(&by, &id)?.ok_or_else(|| {
                            Failure::refused(
                                "the policy names no instant to come for it: give one with --at, or order it now",
                            )
                        })?;
                        ((instant.at, None), Some(instant))
                    }
                };
                let plan = Scheduling {
                    at,
                    zone,
                    summary,
                    accepted,
                };
                if let Some(order) = limited {
                    house.wait(work.schedule_limited(&by, &id, &order, &plan))?;
                    let text = format!("{id} goes to {} at {at}.", order.audience);
                    let json = json!({ "id": id, "at": at.to_string(), "audience": order.audience.to_string() });
                    return Shown::new(json, text);
                }
                let doubts = house.wait(work.schedule(&by, &id, &plan))?;
                let shown = shown_in_zone(at, &house.casework.board(), &id);
                let mut text = format!(
                    "{id} goes out at {shown}, published by `candor serve` or `candor work`, whichever runs then.\n"
                );
                if let Some(instant) = by_policy {
                    text.push_str(&match instant.clause {
                        Some(clause) => format!("That is when §{clause} would have it out.\n"),
                        None => format!("That is when the embargo of {} ends.\n", instant.case),
                    });
                }
                for doubt in &doubts {
                    text.push_str(&format!("warning: {doubt}\n"));
                }
                Shown::new(json!({ "id": id, "at": at.to_string(), "warnings": doubts }), text)
            }
            Advisory::Order { id, summary, step, to } => {
                if let Some(order) = to.limited(&summary)? {
                    let (number, revision) = house.wait(work.order_limited(&by, &id, &order))?;
                    let audience = order.audience.to_string();
                    let text = format!(
                        "{id} is {number}, revision {revision}, for {audience}. `candor work` or `candor serve` brings it to them."
                    );
                    let json = json!({ "id": id, "number": number, "revision": revision, "audience": audience });
                    return Shown::new(json, text);
                }
                ordered(&id, &house.wait(work.order_step(&by, &id, &summary, step))?)
            }
            Advisory::Supersede { id, by: other } => {
                ordered(&id, &house.wait(work.supersede_advisory(&by, &id, &other))?)
            }
            Advisory::Remove { id, revision, why } => {
                let gone = house.wait(work.remove_version(&by, &id, revision, &why))?;
                let left: Vec<String> = {
                    let board = house.casework.board();
                    let state = board
                        .advisories
                        .values()
                        .find(|state| state.draft.number == gone.number);
                    let earlier = state.into_iter().flat_map(|state| &state.earlier);
                    earlier.map(|earlier| earlier.revision().to_string()).collect()
                };
                let mut next = String::new();
                if gone.current {
                    next.push_str(" A tombstone takes its place with the next `candor publish`.");
                }
                if gone.current && !left.is_empty() {
                    next.push_str(&format!(
                        " Earlier revisions stay public: {}. Remove each that must go too.",
                        left.join(", ")
                    ));
                }
                let text = format!(
                    "Version {revision} of {} is destroyed; the SHA-256 of its document was {}.{next}",
                    gone.number, gone.sha256
                );
                Shown::new(gone, text)
            }
            Advisory::Withdraw { id, why } => {
                let withdrawn = house.wait(work.withdraw_advisory(&by, &id, &why))?;
                withdrawal(&id, &withdrawn, &work.replaced_by(&id)?)
            }
        }
    }
}

/// Writes a field, and shows what is wrong with it then.
fn edit(house: &House, global: &Global, id: &str, field: &str, text: &str) -> Result<Shown, Failure> {
    let work = &house.casework;
    let findings = house.wait(work.edit_advisory(&actor(global)?, id, field, text))?;
    let board = work.board();
    let found = found(&board, id);
    let advisory = found.map(|(_, state)| state.draft.clone()).unwrap_or_default();
    Shown::new(
        json!({ "id": id, "field": field, "findings": findings_json(&findings) }),
        format!(
            "It is written, and needs its approval again.\n{}",
            findings_text(&advisory, &findings)
        ),
    )
}

/// An advisory by its id, or by its public number.
fn found<'b>(board: &'b Board, id: &str) -> Option<(&'b String, &'b AdvisoryState)> {
    let by_number = || {
        board
            .advisories
            .iter()
            .find(|(_, state)| !id.is_empty() && state.draft.number == id)
    };
    board.advisories.get_key_value(id).or_else(by_number)
}

/// Other advisories that are about a case of this one and still go on, each with the case.
fn others(board: &Board, id: &str) -> Vec<(String, String)> {
    let Some(state) = board.advisories.get(id) else {
        return Vec::new();
    };
    let others = board.advisories.iter();
    let others = others.filter(|(other, state)| *other != id && !state.stage.is_last());
    let shared = others.filter_map(|(other, known)| {
        let mut cases = known.draft.cases.iter();
        let case = cases.find(|case| state.draft.cases.contains(case))?;
        let name = if known.draft.number.is_empty() {
            other
        } else {
            &known.draft.number
        };
        Some((name.clone(), case.clone()))
    });
    shared.collect()
}

fn step(word: &str) -> Result<Step, String> {
    Step::from_name(word).ok_or_else(|| format!("`{word}` is no step: there are patch, minor, major"))
}

/// Reads an instant with its zone: a local time and the zone's name, or a time with its offset.
fn zoned(text: &str) -> Result<(Timestamp, Option<String>), String> {
    let text = text.trim();
    let local = text
        .rsplit_once(' ')
        .and_then(|(time, name)| Some((time.trim().parse::<DateTime>().ok()?, name)));
    let Some((time, name)) = local else {
        return match text.parse::<Zoned>() {
            Ok(at) => Ok((at.timestamp(), at.time_zone().iana_name().map(str::to_owned))),
            Err(_) => instant(text).map(|at| (at, None)).map_err(|_| {
                format!("`{text}` is not an instant with its zone: write `2026-12-01 09:00 Europe/Zurich`")
            }),
        };
    };
    let zone = TimeZone::get(name).map_err(|_| format!("no time zone is called `{name}`: write Europe/Zurich"))?;
    match zone.to_ambiguous_zoned(time).unambiguous() {
        Ok(at) => Ok((at.timestamp(), zone.iana_name().map(str::to_owned))),
        Err(_) => Err(format!(
            "the clocks of {name} change then, and {time} is no instant or two: write it with its offset, {time}+01:00"
        )),
    }
}

/// A scheduled instant as its zone tells it.
fn shown_in_zone(at: Timestamp, board: &Board, id: &str) -> String {
    let schedule = board.advisories.get(id).and_then(|state| state.schedule.as_ref());
    in_zone(at, schedule.map_or("", |schedule| &schedule.zone))
}

fn ordered(id: &str, ordered: &Ordered) -> Result<Shown, Failure> {
    let Ordered { number, revision, .. } = ordered;
    let text = numbered(id, number, *revision);
    Shown::new(json!({ "id": id, "number": number, "revision": revision }), text)
}

/// What an advisory is called now; whoever named it by its number knows that.
fn numbered(id: &str, number: &str, revision: u32) -> String {
    if id == number {
        return format!("This is revision {revision} of {number}. Next: `candor publish`.");
    }
    format!("{id} is {number}, revision {revision}. Next: `candor publish`.")
}

fn withdrawal(id: &str, ordered: &Ordered, replaced: &[String]) -> Result<Shown, Failure> {
    let Ordered { number, revision, .. } = ordered;
    let mut text = numbered(id, number, *revision);
    if !replaced.is_empty() {
        text.push_str(&format!(
            "\nwarning: it replaced {}, so nothing valid is left: draft another one if its cases need it.",
            replaced.join(", ")
        ));
    }
    Shown::new(
        json!({ "id": id, "number": number, "revision": revision, "replaced": replaced }),
        text,
    )
}

/// How an advisory is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// The record.
    Text,
    /// Its entries for release notes, in Markdown.
    ReleaseNote,
}
