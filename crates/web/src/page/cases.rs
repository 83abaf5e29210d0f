//! `/cases`: every case as a line, narrowed and sorted by plain links and a form.

use super::shell;
use crate::docket::Docket;
use crate::due::Due;
use crate::severity::{self, Sign};
use crate::words;
use askama::Template;
use psirt::board::{DueAt, Glance};
use psirt::case::phase::Phase;
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
    /// open, week, late, waiting, closed, all; if empty open, or all where words are searched.
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
struct Item<'a> {
    stream: &'a str,
    glance: &'a Glance,
}

impl Cases {
    pub(crate) fn of(docket: &Docket<'_>, mut filter: Filter) -> Cases {
        // Who searches looks for a case, not for an open one.
        if !filter.q.trim().is_empty() && filter.which.is_empty() {
            filter.which = "all".to_owned();
        }
        let words = filter.q.to_lowercase();
        let words: Vec<&str> = words.split_whitespace().collect();
        let item = |(stream, glance)| Item { stream, glance };
        let open = || docket.open().map(item);
        let over = || docket.over().map(item);
        let mut seen = Seen::default();
        // Closed cases are many: they are looked at only where they may be shown, and once.
        let found: Vec<Item<'_>> = match filter.which.as_str() {
            "all" => seen.matching(docket, &filter, &words, open().chain(over())),
            "closed" => seen.matching(docket, &filter, &words, over()),
            _ => seen.matching(docket, &filter, &words, open()),
        };
        let bands = bands(docket, &seen);
        let count = found.len();
        let before = filter
            .page
            .parse::<usize>()
            .unwrap_or(1)
            .saturating_sub(1)
            .saturating_mul(ROWS_PER_PAGE);
        let before = if before < count { before } else { 0 };
        let rows: Vec<Row> = first(found, &filter, before + ROWS_PER_PAGE)
            .iter()
            .skip(before)
            .filter_map(|item| row(docket, item.stream))
            .collect();
        let page = |number: usize| filter.href(|filter| filter.page = number.to_string());
        let last = before + rows.len();
        Cases {
            shell: shell(docket, "/cases"),
            summary: format!(
                "{} open. What breaks first stands first.",
                open_words(docket.open().len())
            ),
            tabs: tabs(docket, &filter),
            phases: choices(
                phases().map(|phase| (slug(phase), words::capital(phase.name()))),
                &filter.phase,
            ),
            bands: choices(bands, &filter.band),
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
                format!("{} to {last} of {count}", before + 1)
            },
            newer: if before > 0 {
                page(before / ROWS_PER_PAGE)
            } else {
                String::new()
            },
            older: if last < count {
                page(before / ROWS_PER_PAGE + 2)
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

/// What the cases have that were looked at, whether they match or not.
#[derive(Default)]
struct Seen {
    /// Policies with their bands: a handful.
    bands: Vec<(Option<u16>, Option<u8>)>,
}

impl Seen {
    fn matching<'a>(
        &mut self,
        docket: &Docket<'_>,
        filter: &Filter,
        words: &[&str],
        items: impl Iterator<Item = Item<'a>>,
    ) -> Vec<Item<'a>> {
        let keep = |item: &Item<'_>| {
            let band = (item.glance.policy, item.glance.band);
            if !self.bands.contains(&band) {
                self.bands.push(band);
            }
            matches(docket, filter, words, item)
        };
        items.filter(keep).collect()
    }
}

fn matches(docket: &Docket<'_>, filter: &Filter, words: &[&str], item: &Item<'_>) -> bool {
    let glance = item.glance;
    which(docket, &filter.which, glance)
        && (filter.phase.is_empty() || slug(glance.phase) == filter.phase)
        && (filter.brand.is_empty() || *glance.brand == *filter.brand)
        && (filter.line.is_empty() || glance.concerns(&filter.line))
        && (filter.band.is_empty() || severity::band_at_a_glance(docket, glance).word == filter.band)
        && glance.says(words)
}

fn which(docket: &Docket<'_>, which: &str, glance: &Glance) -> bool {
    const WEEK_S: i64 = 7 * 86_400;
    let open = glance.phase.open();
    match which {
        "all" => true,
        "closed" => !open,
        "week" => glance
            .next_due()
            .is_some_and(|due| due.due.as_second() - docket.now.as_second() <= WEEK_S),
        "late" => glance.dues.iter().any(DueAt::late),
        "waiting" => matches!(glance.phase, Phase::NeedsInfo | Phase::AwaitingUpstream),
        _ => open,
    }
}

/// The first cases in an order, so many of them: closed ones are many, and few are shown.
fn first<'a>(items: Vec<Item<'a>>, filter: &Filter, count: usize) -> Vec<Item<'a>> {
    let (key, down) = match filter.sort.strip_prefix('-') {
        Some(key) => (key, true),
        None => (filter.sort.as_str(), false),
    };
    match key {
        "number" => first_by(items, down, count, |glance| glance.number.clone()),
        "phase" => first_by(items, down, count, |glance| glance.phase.step()),
        // A policy's bands stand in their order, the worst first; a case without one comes last.
        "band" => first_by(items, down, count, |glance| (glance.band.is_none(), glance.band)),
        "age" => first_by(items, down, count, |glance| glance.opened),
        // Without a date last, whichever case came first.
        _ => first_by(items, down, count, |glance| {
            let due = glance.next_due().map(|due| due.due);
            (due.is_none(), due, glance.opened)
        }),
    }
}

fn first_by<'a, K: Ord>(items: Vec<Item<'a>>, down: bool, count: usize, key: impl Fn(&Glance) -> K) -> Vec<Item<'a>> {
    // Its place keeps those that are alike in their order.
    let placed = items.into_iter().enumerate();
    let mut keyed: Vec<_> = placed.map(|(place, item)| ((key(item.glance), place), item)).collect();
    let order = |one: &(K, usize), other: &(K, usize)| if down { other.cmp(one) } else { one.cmp(other) };
    if (1..keyed.len()).contains(&count) {
        keyed.select_nth_unstable_by(count - 1, |(one, _), (other, _)| order(one, other));
        keyed.truncate(count);
    }
    keyed.sort_unstable_by(|(one, _), (other, _)| order(one, other));
    keyed.into_iter().map(|(_, item)| item).collect()
}

fn row(docket: &Docket<'_>, stream: &str) -> Option<Row> {
    let standing = &docket.standing(stream)?;
    let facts = &standing.case.facts;
    let tracks: Vec<u16> = facts.tracks(docket.now).collect();
    let fixed = tracks
        .iter()
        .filter(|line| psirt::case::phase::has_fix(facts, **line, docket.now))
        .count();
    let first = facts.reporters.first();
    Some(Row {
        number: standing.case.number.clone(),
        title: standing.title(docket.board),
        href: standing.href(),
        phase: words::capital(standing.phase.name()),
        steps: u8::try_from(standing.phase.step() + 1).unwrap_or(7),
        band: severity::band(docket, standing),
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
    })
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
        count: count(docket, value).to_string(),
        here: filter.which == value,
    };
    TABS.into_iter().map(tab).collect()
}

fn count(docket: &Docket<'_>, value: &str) -> usize {
    let over = || docket.over().len();
    let open = || docket.open().filter(|(_, glance)| which(docket, value, glance)).count();
    match value {
        "closed" => over(),
        "all" => docket.open().len() + over(),
        _ => open(),
    }
}

fn phases() -> impl Iterator<Item = Phase> {
    const BESIDE: [Phase; 2] = [Phase::NeedsInfo, Phase::AwaitingUpstream];
    Phase::PATH.into_iter().chain(BESIDE)
}

fn slug(phase: Phase) -> String {
    phase.name().replace(' ', "-")
}

/// The bands that cases have, the worst first.
fn bands(docket: &Docket<'_>, seen: &Seen) -> Vec<(String, String)> {
    let sign = |(policy, band)| severity::sign_of(docket, policy, band);
    let words: BTreeSet<(Reverse<u8>, String)> = seen
        .bands
        .iter()
        .copied()
        .map(sign)
        .map(|sign| (Reverse(sign.weight()), sign.word))
        .collect();
    words.into_iter().map(|(_, word)| (word.clone(), word)).collect()
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
