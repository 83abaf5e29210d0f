//! `/inbox`: reports that nobody has decided on, one of them open, beside its case and the questions of scope that it raises.

use super::{Anchor, shell};
use crate::docket::{Docket, Standing};
use crate::severity::{self, Score, Sign};
use crate::{phrase, words};
use askama::Template;
use casework::{lost_letters, no_letter, protection};
use psirt::board::Report;
use psirt::board::restricted::{RESTRICTED_TITLE, copy_of};
use psirt::case::triage;
use psirt::event::{CreditChoice, Kind};
use psirt::policy::Policy;

const MAX_QUEUE: usize = 200;

#[derive(Template)]
#[template(path = "inbox.html")]
pub(crate) struct Inbox {
    shell: look::Desk,
    heading: String,
    queue: Vec<Queued>,
    open: Option<Open>,
}

struct Queued {
    number: String,
    when: String,
    title: String,
    note: String,
    href: String,
    here: bool,
}

struct Open {
    title: String,
    number: String,
    from: String,
    came: String,
    came_iso: String,
    /// How its message was protected; empty for what came on another way.
    protection: String,
    /// Why no letter may go to whoever sent it.
    no_letter: Option<String>,
    /// Letters to them that were given up.
    lost: Vec<Lost>,
    wishes: String,
    paragraphs: Vec<String>,
    case: Option<Draft>,
}

/// A letter that was given up: why, and what to do.
pub(super) struct Lost {
    pub(super) text: String,
    pub(super) commands: Vec<(&'static str, String)>,
}

struct Draft {
    title: String,
    link: Anchor,
    lines: String,
    score: Option<(Score, Sign)>,
    joined: Vec<String>,
    asks: Vec<Ask>,
    flags: Vec<Suggested>,
    commands: Vec<(&'static str, String)>,
}

/// A flag that the words of a report suggest.
struct Suggested {
    flag: String,
    clause: String,
    href: String,
    task: String,
    /// What records it; none if the flag is set.
    command: Option<String>,
}

struct Ask {
    question: String,
    clause: String,
    href: String,
    exception: Option<String>,
    reply: String,
    command: String,
}

/// How a report came, in words.
pub(super) fn channel(channel: &str) -> &str {
    match channel {
        "cli" => "the command line",
        "form" => "the form",
        "mail" => "mail",
        "api" => "a scanner",
        "portal" => "the customers’ portal",
        other => other,
    }
}

/// How the message of a report was protected, in one line.
pub(super) fn protected(report: &Report) -> String {
    words::capital(&protection(report).join(" · "))
}

/// The letters to whoever sent a report that were given up.
pub(super) fn lost(docket: &Docket<'_>, report: &Report) -> Vec<Lost> {
    let Some((stream, _)) = docket.board.report_of_number(&report.number) else {
        return Vec::new();
    };
    let of_letter = |lost: casework::LostLetter| Lost {
        text: lost.told(&words::moment(lost.at, &docket.zone, docket.now)),
        commands: lost.commands(),
    };
    lost_letters(docket.board, stream, docket.now)
        .into_iter()
        .map(of_letter)
        .collect()
}

impl Inbox {
    /// The inbox with this report open: the first one, if it names none that waits.
    pub(crate) fn of(docket: &Docket<'_>, chosen: &str) -> Inbox {
        let reports = docket.inbox();
        let open = reports
            .iter()
            .find(|report| report.number == chosen)
            .or(reports.first());
        let queued = |report: &&Report| queued(docket, report, open.is_some_and(|open| open.number == report.number));
        let heading = match reports.len() {
            1 => "One report".to_owned(),
            count => format!("{} reports", words::count(count)),
        };
        Inbox {
            shell: shell(docket, "/inbox"),
            heading,
            queue: reports.iter().take(MAX_QUEUE).map(queued).collect(),
            open: open.map(|report| opened(docket, report)),
        }
    }
}

fn title(docket: &Docket<'_>, report: &Report) -> String {
    match docket.standing_of(report) {
        Some(standing) if report.title.is_empty() => standing.title(docket.board),
        None if report.title.is_empty() => "Not read yet".to_owned(),
        _ => docket.board.report_title(report).to_owned(),
    }
}

fn queued(docket: &Docket<'_>, report: &Report, here: bool) -> Queued {
    let standing = &docket.standing_of(report);
    let standing = standing.as_ref();
    let zone = standing.map_or_else(|| docket.zone.clone(), Standing::zone);
    let due = standing.and_then(Standing::next_due);
    let note = due.and_then(|due| {
        let at = words::instant(due.due?, &zone, docket.now);
        Some(format!("{}, {at}", phrase::owed(due.promise.ends)))
    });
    Queued {
        number: report.number.clone(),
        when: report
            .at
            .map(|at| words::moment(at, &zone, docket.now))
            .unwrap_or_default(),
        title: title(docket, report),
        note: note.unwrap_or_else(|| {
            standing
                .map(|standing| words::capital(standing.phase.name()))
                .unwrap_or_default()
        }),
        href: format!("/inbox?report={}", words::url(&report.number)),
        here,
    }
}

fn opened(docket: &Docket<'_>, report: &Report) -> Open {
    let standing = &docket.standing_of(report);
    let standing = standing.as_ref();
    let zone = standing.map_or_else(|| docket.zone.clone(), Standing::zone);
    let credit = standing.and_then(|standing| {
        standing
            .case
            .facts
            .reporters
            .first()?
            .credit
            .last()
            .map(|(_, choice)| *choice)
    });
    Open {
        title: title(docket, report),
        number: report.number.clone(),
        from: if report.from.is_empty() {
            "Not known".to_owned()
        } else {
            report.from.clone()
        },
        came: report
            .at
            .map(|at| format!("{} by {}", words::clock(at, &zone), channel(&report.channel)))
            .unwrap_or_default(),
        came_iso: report.at.map(|at| words::iso(at, &zone)).unwrap_or_default(),
        protection: protected(report),
        no_letter: no_letter(docket.board, report).map(words::capital),
        lost: lost(docket, report),
        wishes: match credit {
            Some(CreditChoice::Yes) => "To be named".to_owned(),
            Some(CreditChoice::No) => "Not to be named".to_owned(),
            _ => "Credit: not asked yet".to_owned(),
        },
        paragraphs: match docket.board.is_restricted_report(report) {
            true => standing.map_or_else(
                || vec![RESTRICTED_TITLE.to_owned()],
                |standing| match copy_of(standing.case, &report.number) {
                    Some(copy) => words::paragraphs(&phrase::copied(copy)),
                    None => vec![phrase::restricted(docket.board, standing.case)],
                },
            ),
            false => words::paragraphs(&report.text),
        },
        case: standing.map(|standing| draft(docket, standing, report)),
    }
}

/// The flags that a text suggests: a person says whether it is so.
fn suggested(docket: &Docket<'_>, standing: &Standing<'_>, policy: &Policy, text: &str) -> Vec<Suggested> {
    let number = phrase::quoted(&standing.case.number);
    let flags = triage::flags(policy, text).into_iter();
    let suggested = flags.map(|flagged| Suggested {
        flag: phrase::flag(flagged.flag),
        clause: flagged.clause.to_owned(),
        href: docket.clause_href(policy, flagged.clause),
        task: flagged.task.to_owned(),
        command: (!standing.case.view.flags.contains(&flagged.flag))
            .then(|| format!("candor case flagged {number} --flag {} --as YOU", flagged.flag)),
    });
    suggested.collect()
}

fn draft(docket: &Docket<'_>, standing: &Standing<'_>, report: &Report) -> Draft {
    let number = &standing.case.number;
    let facts = &standing.case.facts;
    let suspected = facts
        .suspected
        .iter()
        .filter_map(|line| facts.lines.get(usize::from(*line)));
    let lines: Vec<String> = suspected.map(|line| line.name.clone()).collect();
    let reports = standing
        .case
        .reports
        .iter()
        .filter_map(|stream| docket.board.report(stream));
    let score = severity::scores(docket, standing).into_iter().next();
    let ask = |scope: &psirt::policy::block::scope::Scope| Ask {
        question: scope.question.clone(),
        clause: scope.clause.clone(),
        href: standing
            .policy
            .map(|policy| docket.clause_href(policy, &scope.clause))
            .unwrap_or_default(),
        exception: standing
            .policy
            .and_then(|policy| triage::exception(policy, scope))
            .map(|(_, question)| question.to_owned()),
        reply: scope.reply.clone(),
        command: format!(
            "{} --out --clause '§{}'",
            phrase::command(number, Kind::ScopeDecided, None),
            scope.clause
        ),
    };
    let text = format!("{}\n\n{}", report.title, report.text);
    let asks = standing
        .policy
        .map(|policy| triage::suggest(policy, &text).into_iter().map(ask).collect());
    Draft {
        title: standing.title(docket.board),
        link: Anchor {
            href: standing.href(),
            text: number.clone(),
        },
        lines: if lines.is_empty() {
            "No line is named yet".to_owned()
        } else {
            words::list(&lines)
        },
        score: score.map(|score| (score, severity::band(docket, standing))),
        joined: reports
            .filter(|other| other.number != report.number)
            .map(|other| other.number.clone())
            .collect(),
        asks: asks.unwrap_or_default(),
        flags: standing
            .policy
            .map(|policy| suggested(docket, standing, policy, &text))
            .unwrap_or_default(),
        commands: [
            ("It was looked at", phrase::command(number, Kind::Reviewed, None)),
            ("It is a vulnerability", phrase::command(number, Kind::Confirmed, None)),
            ("More is needed", phrase::command(number, Kind::InfoRequested, None)),
            (
                "It is another case’s",
                format!("candor case join {} CASE --as YOU", phrase::quoted(&report.number)),
            ),
            ("It is turned down", phrase::command(number, Kind::Rejected, None)),
        ]
        .into_iter()
        .chain(report.mail.as_ref().map(|_| {
            let command = format!("candor mail sender {} ADDRESS --as YOU", phrase::quoted(&report.number));
            ("Somebody else wrote it, and a colleague passed it on", command)
        }))
        .collect(),
    }
}
