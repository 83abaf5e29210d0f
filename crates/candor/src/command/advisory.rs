//! `candor advisory`: public statements, from the first draft to the order to publish.
//!
//! Owns the texts that a person writes. Never renders: `candor publish` does, once a release is ordered.

use crate::cli::{Global, instant};
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{House, Session, actor};
use crate::words::{columns, paragraph};
use casework::{Draft, Ordered};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use psirt::advisory::{Advisory as Text, AdvisoryState};
use serde_json::{Value, json};

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
    Show(Id),
    /// Asks a second person to read it
    Review(Id),
    /// Approves an advisory that somebody else wrote
    Approve(Id),
    /// Sets the instant at which it may go out
    Schedule {
        /// Its id, or its public number
        id: String,
        /// When
        #[arg(long, value_name = "INSTANT", value_parser = instant)]
        at: Timestamp,
    },
    /// Gives it its number and revision and orders its publication, by two people
    Order {
        /// Its id, or its public number
        id: String,
        /// What changed; a first release needs no words
        #[arg(long, value_name = "TEXT", default_value = "")]
        summary: String,
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
    /// What it is called
    #[arg(long)]
    title: String,
    /// One paragraph for everybody
    #[arg(long)]
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

fn pair(text: &str) -> Result<(String, String), String> {
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
            Advisory::Show(Id { id }) => show(&house, global, &id),
            Advisory::Draft { cases, words } => {
                let id = house.wait(work.draft_advisory(&by, &cases, words.into()))?;
                Shown::new(
                    json!({ "id": id }),
                    format!("{id} is written. Next: `candor advisory review {id}`."),
                )
            }
            Advisory::Redraft { id, words } => {
                house.wait(work.redraft_advisory(&by, &id, words.into()))?;
                Shown::new(
                    json!({ "id": id }),
                    format!("{id} is written anew and needs its approval again."),
                )
            }
            Advisory::Review(Id { id }) => {
                house.wait(work.ask_review(&by, &id))?;
                Shown::new(
                    json!({ "id": id }),
                    format!("{id} waits for somebody else to approve it."),
                )
            }
            Advisory::Approve(Id { id }) => {
                house.wait(work.approve(&by, &id))?;
                Shown::new(
                    json!({ "id": id }),
                    format!("{id} is approved. Next: `candor advisory order {id}`."),
                )
            }
            Advisory::Schedule { id, at } => {
                house.wait(work.schedule(&by, &id, at))?;
                Shown::new(
                    json!({ "id": id, "at": at.to_string() }),
                    format!("{id} may go out from {at}."),
                )
            }
            Advisory::Order { id, summary } => ordered(&id, &house.wait(work.order_release(&by, &id, &summary))?),
            Advisory::Withdraw { id, why } => ordered(&id, &house.wait(work.withdraw_advisory(&by, &id, &why))?),
        }
    }
}

fn ordered(id: &str, ordered: &Ordered) -> Result<Shown, Failure> {
    let Ordered { number, revision, .. } = ordered;
    let text = format!("{id} is {number}, revision {revision}. Next: `candor publish`.");
    Shown::new(json!({ "id": id, "number": number, "revision": revision }), text)
}

fn row(id: &str, state: &AdvisoryState) -> Vec<String> {
    let number = if state.draft.number.is_empty() {
        "(no number yet)"
    } else {
        &state.draft.number
    };
    vec![
        id.to_owned(),
        number.to_owned(),
        stage(state).to_owned(),
        state.draft.title.clone(),
    ]
}

fn stage(state: &AdvisoryState) -> &'static str {
    if state.ordered.is_some() && !state.on_disk {
        "ordered"
    } else {
        state.stage.name()
    }
}

fn list(house: &House, global: &Global) -> Result<Shown, Failure> {
    house.casework.may_read(&actor(global)?)?;
    let board = house.casework.board();
    let rows: Vec<_> = board.advisories.iter().map(|(id, state)| row(id, state)).collect();
    let json: Vec<Value> = board.advisories.iter().map(|(id, state)| json!({ "id": id, "stage": stage(state), "number": state.draft.number, "title": state.draft.title })).collect();
    let text = if rows.is_empty() {
        "No advisories.\n".to_owned()
    } else {
        columns(&rows)
    };
    Shown::new(json, text)
}

fn show(house: &House, global: &Global, id: &str) -> Result<Shown, Failure> {
    house.casework.may_read(&actor(global)?)?;
    let board = house.casework.board();
    let by_number = || {
        board
            .advisories
            .iter()
            .find(|(_, state)| !id.is_empty() && state.draft.number == id)
    };
    let found = board.advisories.get_key_value(id).or_else(by_number);
    let (id, state) = found.ok_or_else(|| Failure::refused("no such advisory, or not for you"))?;
    let json = json!({ "id": id, "stage": stage(state), "drafted_by": state.drafted_by, "approved_by": state.approved_by, "advisory": state.draft });
    Shown::new(json, text(id, state))
}

fn text(id: &str, state: &AdvisoryState) -> String {
    let Text {
        title,
        summary,
        vulnerabilities,
        revisions,
        ..
    } = &state.draft;
    let mut text = columns(&[row(id, state)]);
    text.push_str(&format!("\n{}", paragraph("  ", &format!("{title}. {summary}"))));
    for vulnerability in vulnerabilities {
        let score = vulnerability
            .scores
            .first()
            .map(|score| score.vector.clone())
            .unwrap_or_default();
        let band = vulnerability
            .band
            .as_ref()
            .map(|band| format!("{} ({})", band.label, band.clause))
            .unwrap_or_default();
        text.push_str(&format!("\n  {band}  {score}\n"));
        let lines: Vec<Vec<String>> = vulnerability
            .lines
            .iter()
            .map(|line| {
                vec![
                    format!("    {}", line.product),
                    line.affected.clone(),
                    line.fixed
                        .clone()
                        .map_or("no fixed version".to_owned(), |version| format!("fixed in {version}")),
                ]
            })
            .collect();
        text.push_str(&columns(&lines));
        for remedy in &vulnerability.remedies {
            text.push_str(&paragraph("    ", &remedy.text));
        }
    }
    for revision in revisions {
        text.push_str(&format!(
            "\n  revision {}  {}  {}",
            revision.number, revision.at, revision.summary
        ));
    }
    text
}
