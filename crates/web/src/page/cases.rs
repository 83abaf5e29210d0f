//! `/cases`: every case as a line, narrowed and sorted by plain links and a form.

use super::shell;
use crate::docket::{Docket, Standing};
use crate::due::Due;
use crate::severity::{self, Sign};
use crate::words;
use askama::Template;
use psirt::case::phase::Phase;
use psirt::clock::State;
use serde::Deserialize;
use std::cmp::Reverse;
use std::collections::BTreeSet;

const ROWS_PER_PAGE: usize = 50;

/// What the list is narrowed to, as the address has it. An unknown word narrows to nothing or is ignored; it is never an error.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Filter {
    /// Words, a number, a CVE id.
    pub(crate) q: String,
    /// open, week, late, waiting, closed; open if empty.
    pub(crate) which: String,
    pub(crate) phase: String,
    pub(crate) band: String,
    pub(crate) line: String,
    pub(crate) brand: String,
    /// number, phase, band, due, age; with `-` the other way round.
    pub(crate) sort: String,
    pub(crate) page: String,
}

#[derive(Template)]
#[template(path = "cases.html")]
pub(crate) struct Cases {
    shell: look::Desk,
    summary: String,
    filter: Filter,
    tabs: Vec<Tab>,
    phases: Vec<Choice>,
    bands: Vec<Choice>,
    lines: Vec<Choice>,
    brands: Vec<Choice>,
    narrowed: Vec<super::Anchor>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    pager: String,
    newer: String,
    older: String,
}

struct Tab {
    href: String,
    label: &'static str,
    count: String,
    here: bool,
}

struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

struct Column {
    label: &'static str,
    href: String,
    order: &'static str,
}

struct Row {
    number: String,
    title: String,
    href: String,
    phase: String,
    steps: u8,
    band: Sign,
    due: Option<Due>,
    lines: String,
    from: String,
    age: String,
}

/// A case with what the list asks of it.
struct Item<'d, 'a> {
    standing: &'d Standing<'a>,
    band: Sign,
}

impl Cases {
    pub(crate) fn of(docket: &Docket<'_>, filter: Filter) -> Cases {
        let all: Vec<Item<'_, '_>> = docket
            .cases
            .values()
            .map(|standing| Item {
                standing,
                band: severity::band(docket, standing),
            })
            .collect();
        let mut found: Vec<&Item<'_, '_>> = all.iter().filter(|item| matches(docket, &filter, item)).collect();
        sort(&mut found, &filter);
        let first = filter
            .page
            .parse::<usize>()
            .unwrap_or(1)
            .saturating_sub(1)
            .saturating_mul(ROWS_PER_PAGE);
        let first = if first < found.len() { first } else { 0 };
        let rows: Vec<Row> = found
            .iter()
            .skip(first)
            .take(ROWS_PER_PAGE)
            .map(|item| row(docket, item))
            .collect();
        let page = |number: usize| filter.href(|filter| filter.page = number.to_string());
        let last = first + rows.len();
        Cases {
            shell: shell(docket, "/cases"),
            summary: format!(
                "{} open. What breaks first stands first.",
                open_words(docket.open().count())
            ),
            tabs: tabs(docket, &filter),
            phases: choices(
                phases().map(|phase| (slug(phase), words::capital(phase.name()))),
                &filter.phase,
            ),
            bands: choices(bands(&all), &filter.band),
            lines: choices(
                docket
                    .board
                    .house
                    .products
                    .keys()
                    .map(|name| (name.clone(), name.clone())),
                &filter.line,
            ),
            brands: choices(
                docket
                    .board
                    .house
                    .brands
                    .values()
                    .map(|brand| (brand.id.clone(), brand.name.clone())),
                &filter.brand,
            ),
            narrowed: narrowed(&filter),
            columns: columns(&filter),
            pager: if rows.is_empty() {
                String::new()
            } else {
                format!("{} to {last} of {}", first + 1, found.len())
            },
            newer: if first > 0 {
                page(first / ROWS_PER_PAGE)
            } else {
                String::new()
            },
            older: if last < found.len() {
                page(first / ROWS_PER_PAGE + 2)
            } else {
                String::new()
            },
            rows,
            filter,
        }
    }
}

impl Filter {
    /// The address of the list with one thing changed; a change goes back to the first page.
    fn href(&self, change: impl FnOnce(&mut Filter)) -> String {
        let mut filter = Filter {
            page: String::new(),
            ..self.clone()
        };
        change(&mut filter);
        let Filter {
            q,
            which,
            phase,
            band,
            line,
            brand,
            sort,
            page,
        } = &filter;
        let fields = [
            ("q", q),
            ("which", which),
            ("phase", phase),
            ("band", band),
            ("line", line),
            ("brand", brand),
            ("sort", sort),
            ("page", page),
        ];
        let set = fields.into_iter().filter(|(_, value)| !value.is_empty());
        let query: Vec<String> = set
            .map(|(name, value)| format!("{name}={}", words::url(value)))
            .collect();
        if query.is_empty() {
            "/cases".to_owned()
        } else {
            format!("/cases?{}", query.join("&"))
        }
    }
}

fn matches(docket: &Docket<'_>, filter: &Filter, item: &Item<'_, '_>) -> bool {
    let standing = item.standing;
    let named = |name: &str| concerned(standing).any(|line| line == name);
    which(docket, &filter.which, standing)
        && (filter.phase.is_empty() || slug(standing.phase) == filter.phase)
        && (filter.band.is_empty() || item.band.word == filter.band)
        && (filter.brand.is_empty() || standing.case.brand == filter.brand)
        && (filter.line.is_empty() || named(&filter.line))
        && said(docket, standing, &filter.q)
}

fn which(docket: &Docket<'_>, which: &str, standing: &Standing<'_>) -> bool {
    const WEEK_S: i64 = 7 * 86_400;
    let open = standing.phase.open();
    match which {
        "all" => true,
        "closed" => !open,
        "week" => standing
            .next_due()
            .and_then(|due| due.due)
            .is_some_and(|due| due.as_second() - docket.now.as_second() <= WEEK_S),
        "late" => standing
            .dues()
            .any(|due| matches!(due.state, State::Breached | State::Overdue)),
        "waiting" => matches!(standing.phase, Phase::NeedsInfo | Phase::AwaitingUpstream),
        _ => open,
    }
}

/// Whether every word stands somewhere in the case's number, title, summary, CVE id, aliases, owner or lines.
fn said(docket: &Docket<'_>, standing: &Standing<'_>, words: &str) -> bool {
    if words.trim().is_empty() {
        return true;
    }
    let view = &standing.case.view;
    let reports = standing
        .case
        .reports
        .iter()
        .filter_map(|stream| docket.board.reports.get(stream));
    let numbers: Vec<&str> = reports.map(|report| report.number.as_str()).collect();
    let named: Vec<&str> = lines(standing).collect();
    let text = [
        standing.case.number.as_str(),
        &standing.title(docket.board),
        &view.summary,
        view.cve.as_deref().unwrap_or_default(),
        view.owner.as_deref().unwrap_or_default(),
        &named.join(" "),
        &numbers.join(" "),
        &view
            .aliases
            .iter()
            .map(|(id, _)| id.as_str())
            .collect::<Vec<_>>()
            .join(" "),
        &view.merged.join(" "),
    ]
    .join("\n")
    .to_lowercase();
    words.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// Lines that the case names: judged, or suspected.
fn lines<'s>(standing: &'s Standing<'_>) -> impl Iterator<Item = &'s str> {
    let facts = &standing.case.facts;
    let named = facts.lines.iter().enumerate().filter(|(index, line)| {
        !line.verdicts.is_empty()
            || facts
                .suspected
                .iter()
                .any(|suspected| usize::from(*suspected) == *index)
    });
    named.map(|(_, line)| line.name.as_str())
}

/// Lines that are affected, or may be.
fn concerned<'s>(standing: &'s Standing<'_>) -> impl Iterator<Item = &'s str> {
    let facts = &standing.case.facts;
    let cleared = |name: &str| {
        let line = facts.lines.iter().find(|line| line.name == name);
        line.and_then(|line| line.verdicts.last())
            .is_some_and(|verdict| !verdict.affected)
    };
    lines(standing).filter(move |name| !cleared(name))
}

fn sort(items: &mut [&Item<'_, '_>], filter: &Filter) {
    let (key, down) = match filter.sort.strip_prefix('-') {
        Some(key) => (key, true),
        None => (filter.sort.as_str(), false),
    };
    match key {
        "number" => items.sort_by(|a, b| a.standing.case.number.cmp(&b.standing.case.number)),
        "phase" => items.sort_by_key(|item| item.standing.phase.step()),
        "band" => items.sort_by_key(|item| Reverse(item.band.weight())),
        "age" => items.sort_by_key(|item| item.standing.case.facts.opened()),
        // Without a date last, whichever case came first.
        _ => items.sort_by_key(|item| {
            let due = item.standing.next_due().and_then(|due| due.due);
            (due.is_none(), due, item.standing.case.facts.opened())
        }),
    }
    if down {
        items.reverse();
    }
}

fn row(docket: &Docket<'_>, item: &Item<'_, '_>) -> Row {
    let standing = item.standing;
    let facts = &standing.case.facts;
    let tracks: Vec<u16> = facts.tracks(docket.now).collect();
    let fixed = tracks
        .iter()
        .filter(|line| psirt::case::phase::has_fix(facts, **line, docket.now))
        .count();
    let first = facts.reporters.first();
    Row {
        number: standing.case.number.clone(),
        title: standing.title(docket.board),
        href: standing.href(),
        phase: words::capital(standing.phase.name()),
        steps: u8::try_from(standing.phase.step() + 1).unwrap_or(7),
        band: item.band.clone(),
        due: standing.next_due().and_then(|due| Due::of(docket, standing, &[due])),
        lines: match (tracks.len(), fixed) {
            (0, _) => "not known".to_owned(),
            (all, _) if !facts.has_tracks(docket.now) => format!("{all} suspected"),
            (all, 0) => format!("{all} open"),
            (all, fixed) => format!("{fixed} of {all} fixed"),
        },
        from: words::capital(first.map_or("not known", |reporter| kind(reporter.kind))),
        age: facts
            .opened()
            .map(|opened| words::age(opened, docket.now))
            .unwrap_or_default(),
    }
}

/// The word for the kind of a reporter.
pub(super) fn kind(value: u8) -> &'static str {
    psirt::policy::fact::Fact::Reporter
        .values()
        .get(usize::from(value))
        .copied()
        .unwrap_or("not known")
}

fn open_words(count: usize) -> String {
    if count == 1 {
        "One is".to_owned()
    } else {
        format!("{} are", words::count(count))
    }
}

fn tabs(docket: &Docket<'_>, filter: &Filter) -> Vec<Tab> {
    const TABS: [(&str, &str); 6] = [
        ("", "Open"),
        ("week", "Due within a week"),
        ("late", "Late"),
        ("waiting", "Waiting for others"),
        ("closed", "Closed"),
        ("all", "All"),
    ];
    let tab = |(value, label): (&'static str, &'static str)| Tab {
        href: Filter {
            which: value.to_owned(),
            sort: filter.sort.clone(),
            ..Filter::default()
        }
        .href(|_| ()),
        label,
        count: docket
            .cases
            .values()
            .filter(|standing| which(docket, value, standing))
            .count()
            .to_string(),
        here: filter.which == value,
    };
    TABS.into_iter().map(tab).collect()
}

fn phases() -> impl Iterator<Item = Phase> {
    const BESIDE: [Phase; 2] = [Phase::NeedsInfo, Phase::AwaitingUpstream];
    Phase::PATH.into_iter().chain(BESIDE)
}

fn slug(phase: Phase) -> String {
    phase.name().replace(' ', "-")
}

/// The bands that cases have, the worst first.
fn bands(items: &[Item<'_, '_>]) -> Vec<(String, String)> {
    let words: BTreeSet<(Reverse<u8>, &str)> = items
        .iter()
        .map(|item| (Reverse(item.band.weight()), item.band.word.as_str()))
        .collect();
    words
        .into_iter()
        .map(|(_, word)| (word.to_owned(), word.to_owned()))
        .collect()
}

fn choices(values: impl IntoIterator<Item = (String, String)>, chosen: &str) -> Vec<Choice> {
    let any = Choice {
        value: String::new(),
        label: "Any".to_owned(),
        chosen: chosen.is_empty(),
    };
    let rest = values.into_iter().map(|(value, label)| Choice {
        chosen: value == chosen,
        value,
        label,
    });
    std::iter::once(any).chain(rest).collect()
}

fn narrowed(filter: &Filter) -> Vec<super::Anchor> {
    let mut anchors = Vec::new();
    let mut add = |value: &str, text: String, clear: fn(&mut Filter)| {
        if !value.is_empty() {
            anchors.push(super::Anchor {
                href: filter.href(clear),
                text,
            });
        }
    };
    add(&filter.q, format!("“{}”", filter.q), |filter| filter.q.clear());
    add(
        &filter.phase,
        format!("Phase: {}", filter.phase.replace('-', " ")),
        |filter| filter.phase.clear(),
    );
    add(&filter.band, format!("Band: {}", filter.band), |filter| {
        filter.band.clear()
    });
    add(&filter.line, format!("Line: {}", filter.line), |filter| {
        filter.line.clear()
    });
    add(&filter.brand, format!("Brand: {}", filter.brand), |filter| {
        filter.brand.clear()
    });
    anchors
}

fn columns(filter: &Filter) -> Vec<Column> {
    const COLUMNS: [(&str, &str); 4] = [
        ("Case", "number"),
        ("Phase", "phase"),
        ("Band", "band"),
        ("Next due", "due"),
    ];
    let column = |(label, key): (&'static str, &'static str)| {
        let now = if filter.sort.is_empty() { "due" } else { &filter.sort };
        let down = format!("-{key}");
        Column {
            label,
            href: filter.href(|filter| filter.sort = if now == key { down.clone() } else { key.to_owned() }),
            order: match now {
                now if now == key => "ascending",
                now if now == down => "descending",
                _ => "none",
            },
        }
    };
    COLUMNS.into_iter().map(column).collect()
}
