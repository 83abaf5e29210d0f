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
    aside: Vec<Aside>,
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
    /// The number of its case, and where that is.
    case: Option<(String, String)>,
    /// What can be done with it.
    commands: Vec<String>,
}

/// One that a person set aside.
struct Aside {
    title: String,
    id: String,
    why: String,
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
    let (present, aside) = (line.present(), line.aside());
    let rows = present.iter().take(SHOWN);
    let runs = line.runs.iter().rev().take(RUNS_SHOWN);
    Line {
        name: name.to_owned(),
        present: present.len(),
        left_out: present.len().saturating_sub(SHOWN),
        gone: line.findings.len() - present.len() - aside.len(),
        rows: rows.map(|(id, finding)| row(docket, id, finding)).collect(),
        aside: aside
            .iter()
            .take(SHOWN)
            .map(|(id, finding)| set_aside(docket, id, finding))
            .collect(),
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
        case: finding
            .number()
            .map(|number| (number.to_owned(), format!("/cases/{}", words::url(number)))),
        commands: ["promote ID", "join ID --case NUMBER", "dismiss ID --why WHY"]
            .map(|words| format!("candor finding {} --as YOU", words.replace("ID", &phrase::quoted(id))))
            .to_vec(),
    }
}

fn set_aside(docket: &Docket<'_>, id: &str, finding: &Finding) -> Aside {
    let why = finding.dismissed.as_ref().map_or_else(String::new, |dismissed| {
        format!(
            "{}, {}: {}",
            words::moment(dismissed.at, &docket.zone, docket.now),
            docket.name_of(&dismissed.by),
            dismissed.why
        )
    });
    Aside {
        title: finding.found.title.clone(),
        id: id.to_owned(),
        why,
        command: format!("candor finding restore {} --as YOU", phrase::quoted(id)),
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
