//! `/`: the next promise to break, the next fourteen days, what came in and what waits for somebody else.

use super::outbox::{self, Waiting};
use super::shell;
use crate::docket::{Docket, Owed, Standing};
use crate::due::{Due, ring};
use crate::{phrase, words};
use askama::Template;
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use psirt::advisory::Stage;
use psirt::case::phase::Phase;
use psirt::event::Kind;

const RUNWAY_DAYS: usize = 14;
/// Rows of the list; the rest is on the list of cases.
const MAX_ROWS: usize = 60;
const MAX_FEED: usize = 6;

#[derive(Template)]
#[template(path = "home.html")]
pub(crate) struct Home {
    shell: look::Desk,
    summary: String,
    /// Scheduled advisories that should not wait for their day: link, title, why (D14).
    early: Vec<(String, String, String)>,
    next: Option<Next>,
    days: Vec<Day>,
    parts: Vec<Part>,
    more: usize,
    inbox: usize,
    came: Vec<Came>,
    waits: Vec<Wait>,
    /// What follows publications, and how much more of it than is shown.
    outbox: Vec<Waiting>,
    more_outbox: usize,
}

struct Next {
    row: Row,
    command: String,
    owner: String,
}

struct Row {
    number: String,
    title: String,
    href: String,
    due: Due,
}

struct Part {
    name: &'static str,
    rows: Vec<Row>,
}

struct Day {
    name: String,
    date: String,
    kind: &'static str,
    marks: Vec<Mark>,
}

struct Mark {
    href: String,
    label: String,
    state: &'static str,
}

struct Came {
    title: String,
    href: String,
    text: String,
    number: String,
    when: String,
}

struct Wait {
    title: String,
    href: String,
    text: String,
}

impl Home {
    pub(crate) fn of(docket: &Docket<'_>) -> Home {
        let dues = docket.dues();
        let row = |owed: &Owed<'_>| {
            let standing = docket.standing_of_due(owed)?;
            Some(Row {
                number: standing.case.number.clone(),
                title: standing.title(docket.board),
                href: standing.href(),
                due: Due::of(docket, &standing, &standing.group(owed)?)?,
            })
        };
        let mut parts: Vec<Part> = Vec::new();
        for owed in dues.iter().skip(1).take(MAX_ROWS) {
            let name = part(docket.now, owed.due.due);
            match parts.last_mut().filter(|part| part.name == name) {
                Some(part) => part.rows.extend(row(owed)),
                None => parts.push(Part {
                    name,
                    rows: row(owed).into_iter().collect(),
                }),
            }
        }
        let next = dues.first().and_then(|owed| {
            Some(Next {
                row: row(owed)?,
                command: command(docket, owed)?,
                owner: docket.owner_of(&docket.standing_of_due(owed)?),
            })
        });
        let inbox = docket.inbox();
        let mut outbox = outbox::waiting(docket);
        let more_outbox = outbox.len().saturating_sub(MAX_FEED);
        outbox.truncate(MAX_FEED);
        Home {
            shell: shell(docket, "/"),
            summary: summary(docket.now, &dues),
            early: early(docket),
            next,
            days: runway(docket, &dues),
            parts,
            more: dues.len().saturating_sub(MAX_ROWS + 1),
            inbox: inbox.len(),
            came: inbox.iter().take(MAX_FEED).map(|report| came(docket, report)).collect(),
            waits: waits(docket),
            outbox,
            more_outbox,
        }
    }
}

/// Scheduled advisories that an early end of their hold brings forward, if two people agree.
fn early(docket: &Docket<'_>) -> Vec<(String, String, String)> {
    let advisories = docket.board.advisories.iter();
    let scheduled = advisories.filter(|(_, state)| state.stage == Stage::Scheduled);
    scheduled
        .flat_map(|(id, state)| {
            let early = casework::early(docket.board, id, docket.now).unwrap_or_default();
            let href = format!("/advisories/{}", words::url(id));
            let told = move |early: casework::Early| {
                (
                    href.clone(),
                    format!("{}.", state.draft.title),
                    words::quotes(&words::capital(&early.words)),
                )
            };
            early.into_iter().map(told)
        })
        .collect()
}

/// The command that keeps the promise, for its first line.
fn command(docket: &Docket<'_>, owed: &Owed<'_>) -> Option<String> {
    let standing = docket.standing_of_due(owed)?;
    let group = standing.group(owed)?;
    let obligation = group.first()?;
    let case = standing.case;
    let line = obligation
        .subject
        .line()
        .and_then(|line| case.facts.lines.get(usize::from(line)));
    Some(phrase::record(
        &case.number,
        obligation.promise.ends,
        line.map(|line| line.name.as_str()),
    ))
}

fn summary(now: Timestamp, dues: &[Owed<'_>]) -> String {
    const DAY_S: i64 = 86_400;
    let left_s = |owed: &&Owed<'_>| owed.due.due.as_second() - now.as_second();
    if dues.is_empty() {
        return "Nothing is owed at this moment.".to_owned();
    }
    let late = dues.iter().filter(|owed| left_s(owed) < 0).count();
    let soon = dues.iter().filter(|owed| (0..=DAY_S).contains(&left_s(owed))).count();
    let verb = |count: usize, one: &str, many: &str| {
        format!("{} {}", words::count(count), if count <= 1 { one } else { many })
    };
    format!(
        "{}. {}. {}.",
        verb(dues.len(), "promise runs", "promises run"),
        verb(soon, "ends within a day", "end within a day"),
        verb(late, "is late", "are late"),
    )
}

fn part(now: Timestamp, due: Timestamp) -> &'static str {
    const DAY_S: i64 = 86_400;
    let left_s = due.as_second() - now.as_second();
    match left_s {
        ..0 => "Late",
        0..604_800 => "Within a week",
        _ if left_s < 31 * DAY_S => "Within a month",
        _ => "Later",
    }
}

fn runway(docket: &Docket<'_>, dues: &[Owed<'_>]) -> Vec<Day> {
    const MAX_MARKS: usize = 4;
    let policy = docket
        .board
        .house
        .policies
        .iter()
        .find(|policy| policy.calendar().is_some());
    let works = |date: Date| match policy.and_then(|policy| policy.calendar()) {
        Some(calendar) => calendar.is_working_day(date),
        None => !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday),
    };
    let today = docket.now.to_zoned(docket.zone.clone()).date();
    let dates = today.series(jiff::Span::new().days(1)).take(RUNWAY_DAYS);
    // A due of the last day may be counted in a zone that is a day behind.
    let end = docket
        .now
        .saturating_add(jiff::SignedDuration::from_hours(24 * (RUNWAY_DAYS as i64 + 1)))
        .unwrap_or(Timestamp::MAX);
    let ahead: Vec<(&Owed<'_>, Date)> = dues
        .iter()
        .skip_while(|owed| owed.due.due < docket.now)
        .take_while(|owed| owed.due.due <= end)
        .map(|owed| (owed, owed.due.due.to_zoned(docket.zone_of(owed.glance)).date()))
        .collect();
    let day = |(index, date): (usize, Date)| {
        let on = |(_, other): &&(&Owed<'_>, Date)| *other == date;
        let name = if index == 0 {
            "Today".to_owned()
        } else {
            date.strftime("%a").to_string()
        };
        let mark = |(owed, _): &(&Owed<'_>, Date)| {
            let standing = docket.standing_of_due(owed)?;
            let group = standing.group(owed)?;
            Some(Mark {
                href: standing.href(),
                label: format!(
                    "{}: {}, {}",
                    date.strftime("%a %-d %b"),
                    phrase::duty(&group),
                    standing.case.number
                ),
                state: group.first().map_or("calm", |first| ring(first, docket.now)),
            })
        };
        let marks = ahead.iter().filter(on).take(MAX_MARKS).filter_map(mark);
        let first = index > 0 && date.day() == 1;
        Day {
            name,
            date: date.strftime(if first { "%-d %b" } else { "%-d" }).to_string(),
            kind: match (index, works(date)) {
                (0, _) => "today",
                (_, true) => "work",
                (_, false) => "rest",
            },
            marks: marks.collect(),
        }
    };
    dates.enumerate().map(day).collect()
}

fn came(docket: &Docket<'_>, report: &psirt::board::Report) -> Came {
    let standing = &docket.standing_of(report);
    let standing = standing.as_ref();
    let zone = standing.map_or_else(|| docket.zone.clone(), Standing::zone);
    let titled = standing
        .map(|standing| standing.title(docket.board))
        .filter(|_| report.title.is_empty());
    let phase = standing.map_or("not joined to a case", |standing| standing.phase.name());
    Came {
        title: titled.unwrap_or_else(|| docket.board.report_title(report).to_owned()),
        href: format!("/inbox?report={}", words::url(&report.number)),
        text: words::capital(&format!("by {}, {phase}", super::inbox::channel(&report.channel))),
        number: report.number.clone(),
        when: report
            .at
            .map(|at| words::moment(at, &zone, docket.now))
            .unwrap_or_default(),
    }
}

/// Where nothing runs on our side: the reporter, a supplier, a second person.
fn waits(docket: &Docket<'_>) -> Vec<Wait> {
    let mut waits = Vec::new();
    for (stream, glance) in docket.open() {
        let (who, kind) = match glance.phase {
            Phase::NeedsInfo => ("The reporter", Kind::InfoRequested),
            Phase::AwaitingUpstream => ("The supplier", Kind::UpstreamDisclosed),
            _ => continue,
        };
        let Some(standing) = docket.standing(stream).filter(|_| waits.len() < MAX_FEED) else {
            continue;
        };
        let asked = standing.case.facts.marks.iter().rev().find(|mark| mark.kind == kind);
        let since = asked
            .map(|mark| format!(", for {}", words::age(mark.at, docket.now)))
            .unwrap_or_default();
        waits.push(Wait {
            title: format!("{who}: {}", standing.title(docket.board)),
            href: standing.href(),
            text: format!("{}{since}", standing.case.number),
        });
    }
    for (id, advisory) in &docket.board.advisories {
        if advisory.stage == Stage::Review {
            waits.push(Wait {
                title: format!("A second person: {}", advisory.draft.title),
                href: format!("/advisories#{id}"),
                text: format!(
                    "{}, written by {}",
                    words::list(&advisory.draft.cases),
                    docket.name_of(&advisory.drafted_by)
                ),
            });
        }
    }
    for unreached in casework::unreached(docket.board, docket.open().map(|(stream, _)| stream), docket.now) {
        // Nobody else finds another way to them.
        let Some(standing) = docket.standing(&unreached.case) else {
            continue;
        };
        let since = words::age(unreached.why.since(), docket.now);
        let (title, text) = unreached.told(&since);
        waits.insert(
            0,
            Wait {
                title: format!("You: {title}"),
                href: standing.href(),
                text,
            },
        );
    }
    let still = &docket.board.house.still;
    for warning in docket.board.house.key_warnings(docket.now) {
        if still.values().any(|still| still.why == warning.text) {
            // It is told with its brand.
            continue;
        }
        // A key that ends holds every release of its brand aside.
        waits.insert(
            0,
            Wait {
                title: format!(
                    "You: the {} of {}, {}",
                    warning.what,
                    warning.brand,
                    warning.state.name()
                ),
                href: "/people".to_owned(),
                text: warning.text,
            },
        );
    }
    for brand in docket.board.house.brands.keys() {
        // Letters lead to its form and its rooms all the same.
        if let Some(missing) = docket.board.house.no_portal(brand) {
            let wait = Wait {
                title: format!("You: {brand} has no portal"),
                href: "/status".to_owned(),
                text: words::capital(&missing),
            };
            waits.insert(0, wait);
        }
    }
    for (brand, still) in still {
        // No release of it goes out until somebody looks.
        waits.insert(
            0,
            Wait {
                title: format!("You: nothing of {brand} is published"),
                href: "/people".to_owned(),
                text: format!(
                    "For {}, and what is public of it stays as it is: {}",
                    words::age(still.since, docket.now),
                    still.why
                ),
            },
        );
    }
    for (job, effect, why) in casework::open_jobs(docket.board, docket.now) {
        // A job that was given up comes first: nobody else will look.
        let case = casework::case_of_job(docket.board, job).and_then(|(stream, _)| docket.standing(stream));
        let of = case
            .as_ref()
            .map_or_else(String::new, |case| format!(" of {}", case.case.number));
        waits.insert(
            0,
            Wait {
                title: format!("You: the job `{effect}`{of} was given up"),
                href: case.map_or_else(|| "/people".to_owned(), |case| case.href()),
                text: format!("{why} · candor jobs retry {job} --as YOU · nobody needs it: candor jobs drop {job} --why WHY --as YOU"),
            },
        );
    }
    waits.truncate(MAX_FEED);
    waits
}
