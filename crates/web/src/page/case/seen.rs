//! What else is known to be about the same: findings of scanners that belong to a case, and cases that look like it.
//!
//! Never decides that two cases are one: it shows what they share, and the command.

use crate::docket::{Docket, Standing};
use crate::{phrase, words};
use psirt::board::findings::Sight;
use psirt::case::phase::Phase;

/// Most findings that are shown.
const MAX_SEEN: usize = 20;

/// A finding of this case.
pub(super) struct Seen {
    pub(super) title: String,
    pub(super) id: String,
    pub(super) line: String,
    pub(super) text: String,
}

/// A case that may be the same vulnerability.
pub(super) struct Other {
    pub(super) number: String,
    pub(super) title: String,
    pub(super) href: String,
    pub(super) why: String,
    pub(super) command: String,
}

/// The findings that became a report of the case, or were joined to it.
pub(super) fn seen(docket: &Docket<'_>, standing: &Standing<'_>) -> Vec<Seen> {
    let case = standing.case;
    let reports = case.reports.iter().filter_map(|report| docket.board.report(report));
    let mut numbers = vec![case.number.as_str()];
    numbers.extend(reports.map(|report| report.number.as_str()));
    let zone = standing.zone();
    let moment = |at| words::moment(at, &zone, docket.now);
    let sight = |sight: &Sight| match sight.build.as_str() {
        "" => moment(sight.at),
        build => format!("{}, in build {build}", moment(sight.at)),
    };
    let found = docket.board.findings.of_numbers(&numbers).take(MAX_SEEN);
    found
        .map(|(line, id, finding)| Seen {
            title: finding.found.title.clone(),
            id: id.to_owned(),
            line: line.to_owned(),
            text: match (finding.gone, finding.missing) {
                (Some(at), _) => format!(
                    "Gone since {}; {} saw it last {}.",
                    moment(at),
                    finding.tool,
                    sight(&finding.last)
                ),
                (None, 0) => format!("{} saw it last {}.", finding.tool, sight(&finding.last)),
                (None, missing) => format!(
                    "{} saw it last {}; {} without it since.",
                    finding.tool,
                    sight(&finding.last),
                    words::plural(usize::try_from(missing).unwrap_or(usize::MAX), "run", "runs")
                ),
            },
        })
        .collect()
}

/// Open cases that look like it, while somebody may still say that it is one of them.
pub(super) fn others(docket: &Docket<'_>, standing: &Standing<'_>) -> Vec<Other> {
    let case = standing.case;
    let may_be_one = matches!(
        standing.phase,
        Phase::Received | Phase::Verifying | Phase::NeedsInfo | Phase::Confirmed
    );
    if !may_be_one {
        return Vec::new();
    }
    casework::alike(docket.board, case)
        .into_iter()
        .map(|other| Other {
            href: format!("/cases/{}", words::url(&other.number)),
            command: format!(
                "candor case duplicate-of {} --case {} --as YOU",
                phrase::quoted(&case.number),
                phrase::quoted(&other.number)
            ),
            number: other.number,
            title: other.title,
            why: words::capital(&other.why),
        })
        .collect()
}
