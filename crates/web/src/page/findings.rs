//! `/findings`: what scanners found in each product line, the worst first. A list beside the cases: nothing here has a clock, until a person
//! promotes it. Never promotes by itself.

use super::shell;
use crate::docket::Docket;
use crate::{phrase, words};
use askama::Template;
use psirt::board::findings::{Finding, LineFindings, RunSummary};
use psirt::finding::Weight;

/// Most findings of a line on the page; the command line lists them all.
const SHOWN: usize = 200;
/// Most runs of a line on the page.
const RUNS_SHOWN: usize = 5;

#[derive(Template)]
#[template(path = "findings.html")]
pub(crate) struct Findings {
    shell: look::Desk,
    lines: Vec<Line>,
}

struct Line {
    name: String,
    /// How many are there.
    present: usize,
    /// How many of them the page leaves out.
    left_out: usize,
    gone: usize,
    rows: Vec<Row>,
    runs: Vec<String>,
}

struct Row {
    shape: &'static str,
    word: &'static str,
    title: String,
    id: String,
    place: String,
    tool: String,
    first: String,
    last: String,
    /// Runs without it, and that it came back.
    notes: Vec<String>,
    /// The number of its report, and where its case is.
    promoted: Option<(String, String)>,
    command: String,
}

impl Findings {
    pub(crate) fn of(docket: &Docket<'_>) -> Findings {
        let lines = docket.board.findings.lines();
        Findings {
            shell: shell(docket, "/findings"),
            lines: lines.map(|(name, line)| shown(docket, name, line)).collect(),
        }
    }
}

fn shown(docket: &Docket<'_>, name: &str, line: &LineFindings) -> Line {
    let present = line.present();
    let rows = present.iter().take(SHOWN);
    let runs = line.runs.iter().rev().take(RUNS_SHOWN);
    Line {
        name: name.to_owned(),
        present: present.len(),
        left_out: present.len().saturating_sub(SHOWN),
        gone: line.findings.len() - present.len(),
        rows: rows.map(|(id, finding)| row(docket, id, finding)).collect(),
        runs: runs.map(|run| ran(docket, run)).collect(),
    }
}

fn row(docket: &Docket<'_>, id: &str, finding: &Finding) -> Row {
    let sight = |sight: &psirt::board::findings::Sight| {
        let at = words::moment(sight.at, &docket.zone, docket.now);
        match sight.build.as_str() {
            "" => at,
            build => format!("{at}, build {build}"),
        }
    };
    let mut notes = Vec::new();
    if finding.missing > 0 {
        notes.push(format!(
            "missing in {}",
            words::plural(usize::try_from(finding.missing).unwrap_or(usize::MAX), "run", "runs")
        ));
    }
    if finding.returned > 0 {
        notes.push("came back".to_owned());
    }
    Row {
        shape: match finding.found.weight {
            Weight::Critical => "critical",
            Weight::High => "high",
            Weight::Medium => "medium",
            Weight::Low => "low",
            Weight::Note => "informational",
            Weight::Unknown => "none",
        },
        word: finding.found.weight.name(),
        title: finding.found.title.clone(),
        id: id.to_owned(),
        place: finding.found.place.clone(),
        tool: finding.tool.clone(),
        first: sight(&finding.first),
        last: sight(&finding.last),
        notes,
        promoted: finding
            .promoted
            .as_ref()
            .map(|number| (number.clone(), format!("/cases/{}", words::url(number)))),
        command: format!("candor finding promote {} --as YOU", phrase::quoted(id)),
    }
}

fn ran(docket: &Docket<'_>, run: &RunSummary) -> String {
    let build = match run.sight.build.as_str() {
        "" => String::new(),
        build => format!(" over build {build}"),
    };
    let whole = if run.complete { "" } else { ", not to its end" };
    format!(
        "{}: {}{build}{whole}: {} found, {} new, {} back, {} gone",
        words::moment(run.sight.at, &docket.zone, docket.now),
        run.tool,
        run.found,
        run.new,
        run.back,
        run.gone
    )
}
