//! `candor finding`: what scanners found, and what of it becomes a case.
//!
//! Owns the words. Never decides what is worth a case: a person promotes it.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{Session, actor};
use crate::words::columns;
use clap::Subcommand;
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub(crate) enum Finding {
    /// Lists what scanners see, by product line, the worst first
    List {
        /// A product line; without it all of them
        #[arg(long, value_name = "LINE")]
        product: Option<String>,
        /// Those too that are gone
        #[arg(long)]
        gone: bool,
    },
    /// Shows one with everything that its scanner says
    Show {
        /// The finding's id: f-…
        id: String,
    },
    /// Makes a report of one, with a case and its clocks
    Promote {
        /// The finding's id: f-…
        id: String,
    },
    /// Joins one to a case that is there; the case has a note of it
    Join {
        /// The finding's id: f-…
        id: String,
        /// The number of the case
        #[arg(long, value_name = "NUMBER")]
        case: String,
    },
    /// Sets one aside: later runs that see the same ask for nothing
    Dismiss {
        /// The finding's id: f-…
        id: String,
        /// Why, in one line
        #[arg(long)]
        why: String,
    },
    /// Takes that back: it asks to be looked at again
    Restore {
        /// The finding's id: f-…
        id: String,
    },
}

impl Finding {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let actor = actor(global)?;
        let house = session.house(global)?;
        let work = &house.casework;
        match self {
            Finding::List { product, gone } => {
                work.may_read_findings(&actor)?;
                let board = work.board();
                let (mut text, mut json) = (String::new(), Vec::<Value>::new());
                let lines = board.findings.lines();
                for (name, line) in lines.filter(|(name, _)| product.as_deref().is_none_or(|wanted| wanted == *name)) {
                    let mut shown = line.present();
                    let there = shown.len();
                    let aside = line.aside();
                    let set_aside = aside.len();
                    shown.extend(aside);
                    if gone {
                        let over = line.findings.iter().filter(|(_, finding)| finding.gone.is_some());
                        shown.extend(over.map(|(id, finding)| (id.as_str(), finding)));
                    }
                    text.push_str(&format!(
                        "{name}: {there} there, {set_aside} set aside, {} gone\n",
                        line.findings.len() - there - set_aside
                    ));
                    let rows: Vec<Vec<String>> = shown.iter().map(|(id, finding)| row(id, finding)).collect();
                    text.push_str(&columns(&rows));
                    json.extend(shown.iter().map(|(id, finding)| told(name, id, finding)));
                }
                if text.is_empty() {
                    text.push_str("No scanner has reported yet.\n");
                }
                Shown::new(json, text)
            }
            Finding::Show { id } => {
                work.may_read_findings(&actor)?;
                let board = work.board();
                let found = board.findings.find(&id);
                let (line, finding) = found.ok_or_else(|| Failure::refused("no such finding, or not for you"))?;
                let rows: Vec<Vec<String>> = [
                    ("Product line", line),
                    ("Weight", finding.found.weight.name()),
                    ("Where", &finding.found.place),
                    ("Rule", &finding.found.rule),
                    ("Known as", &finding.found.names.join(", ")),
                    ("Scanner", &finding.tool),
                    ("First seen", &seen(&finding.first)),
                    ("Last seen", &seen(&finding.last)),
                    ("State", &state(finding)),
                    ("Set aside", &set_aside(finding)),
                ]
                .into_iter()
                .filter(|(_, said)| !said.is_empty())
                .map(|(what, said)| vec![what.to_owned(), said.to_owned()])
                .collect();
                let text = format!(
                    "{}\n\n{}\n\n{}",
                    finding.found.title,
                    finding.found.text,
                    columns(&rows)
                );
                Shown::new(told(line, &id, finding), text)
            }
            Finding::Promote { id } => {
                let promoted = house.wait(work.promote_finding(&actor, &id))?;
                let text = format!(
                    "{}\nIts clocks run from now on. Next: `candor case triage {0}`.",
                    promoted.number
                );
                let json = json!({ "number": promoted.number, "line": promoted.line });
                Shown::new(json, text)
            }
            Finding::Join { id, case } => {
                let joined = house.wait(work.join_finding(&actor, &id, &case))?;
                let text = format!(
                    "{id} belongs to {} now, which says whether scanners still see it.",
                    joined.number
                );
                Shown::new(json!({ "number": joined.number, "line": joined.line }), text)
            }
            Finding::Dismiss { id, why } => {
                house.wait(work.dismiss_finding(&actor, &id, Some(&why)))?;
                let text = format!(
                    "{id} is set aside, also for later runs. To take that back: `candor finding restore {id}`."
                );
                Shown::new(json!({ "id": id, "dismissed": true }), text)
            }
            Finding::Restore { id } => {
                house.wait(work.dismiss_finding(&actor, &id, None))?;
                let text = format!("{id} asks to be looked at again.");
                Shown::new(json!({ "id": id, "dismissed": false }), text)
            }
        }
    }
}

fn row(id: &str, finding: &psirt::board::findings::Finding) -> Vec<String> {
    vec![
        id.to_owned(),
        finding.found.weight.name().to_owned(),
        state(finding),
        finding.last.at.strftime("%F").to_string(),
        finding.found.title.clone(),
    ]
}

fn state(finding: &psirt::board::findings::Finding) -> String {
    match (finding.number(), finding.gone, finding.missing) {
        (Some(number), Some(at), _) => format!("{number}, gone {}", at.strftime("%F")),
        (Some(number), ..) => number.to_owned(),
        (None, None, _) if finding.dismissed.is_some() => "set aside".to_owned(),
        (None, Some(at), _) => format!("gone {}", at.strftime("%F")),
        (None, None, 0) => "there".to_owned(),
        (None, None, 1) => "missing once".to_owned(),
        (None, None, missing) => format!("missing {missing} times"),
    }
}

fn set_aside(finding: &psirt::board::findings::Finding) -> String {
    finding.dismissed.as_ref().map_or_else(String::new, |dismissed| {
        format!("{} by {}: {}", dismissed.at.strftime("%F"), dismissed.by, dismissed.why)
    })
}

fn seen(sight: &psirt::board::findings::Sight) -> String {
    match sight.build.as_str() {
        "" => sight.at.to_string(),
        build => format!("{} in build {build}", sight.at),
    }
}

fn told(line: &str, id: &str, finding: &psirt::board::findings::Finding) -> Value {
    json!({
        "id": id,
        "line": line,
        "found": finding.found,
        "tool": finding.tool,
        "scan": finding.scan,
        "first": finding.first,
        "last": finding.last,
        "missing": finding.missing,
        "gone": finding.gone,
        "returned": finding.returned,
        "promoted": finding.promoted,
        "joined": finding.joined,
        "dismissed": finding.dismissed,
    })
}
