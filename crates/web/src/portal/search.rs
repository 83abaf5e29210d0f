//! `search`: the published advisories, narrowed by words, product, version, severity, impact and year. A plain form and plain links.

use super::ask::{Ask, MAX_FIELD_CHARS};
use super::catalog::Catalog;
use askama::Template;
use documents::affected;
use documents::catalog::Entry;
use documents::page::Listed;
use documents::place;

/// How many advisories a page shows.
const PAGE_ENTRIES: usize = 50;

#[derive(Template)]
#[template(path = "portal/search.html")]
pub(super) struct Search {
    shell: look::Portal,
    ask: Ask,
    /// The limit that the question breaks.
    refused: String,
    max_chars: usize,
    products: Vec<Choice>,
    severities: Vec<Choice>,
    impacts: Vec<Choice>,
    years: Vec<Choice>,
    narrowed: Vec<Narrowed>,
    listed: Vec<Listed>,
    total: usize,
    all: usize,
    range: String,
    newer: String,
    older: String,
    /// What a version filter leaves out.
    about_version: String,
}

/// An entry of a selection.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// A filter that is on, and the address without it.
struct Narrowed {
    href: String,
    words: String,
}

/// A selection that begins with everything. What is asked for stays in it, even if nothing has it.
pub(super) fn choices(all: &str, values: impl IntoIterator<Item = String>, chosen: &str) -> Vec<Choice> {
    let mut values: Vec<String> = values.into_iter().collect();
    if !chosen.is_empty() && !values.iter().any(|value| value == chosen) {
        values.push(chosen.to_owned());
    }
    let first = Choice {
        value: String::new(),
        label: all.to_owned(),
        chosen: chosen.is_empty(),
    };
    let rest = values.into_iter().map(|value| Choice {
        chosen: value == chosen,
        label: value.clone(),
        value,
    });
    std::iter::once(first).chain(rest).collect()
}

impl Search {
    pub(super) fn of(catalog: &Catalog, asked: Result<Ask, String>) -> Search {
        let (ask, refused) = match asked {
            Ok(ask) => (ask, String::new()),
            Err(refused) => (Ask::default(), refused),
        };
        let found: Vec<&Entry> = match refused.is_empty() {
            true => matching(catalog, &ask),
            false => Vec::new(),
        };
        let total = found.len();
        let last = total.div_ceil(PAGE_ENTRIES).max(1);
        let page = ask.page().min(last);
        let from = (page - 1) * PAGE_ENTRIES;
        let shown = found.get(from..(from + PAGE_ENTRIES).min(total)).unwrap_or_default();
        let to = |number: usize| ask.href(place::SEARCH, "page", &number.to_string());
        Search {
            shell: publish::html::shell(&catalog.face, place::SEARCH),
            max_chars: MAX_FIELD_CHARS,
            products: choices("Every product", catalog.products.iter().cloned(), &ask.product),
            severities: choices("Every severity", catalog.severities.iter().cloned(), &ask.severity),
            impacts: choices("Every impact", catalog.impacts.iter().cloned(), &ask.impact),
            years: choices("Every year", catalog.years(), &ask.year),
            narrowed: narrowed(&ask),
            listed: shown.iter().map(|entry| Listed::of(entry, place::SEARCH)).collect(),
            total,
            all: catalog.entries.len(),
            range: match last {
                1 => String::new(),
                _ => format!("{} to {} of {total}", from + 1, from + shown.len()),
            },
            newer: if page > 1 { to(page - 1) } else { String::new() },
            older: if page < last { to(page + 1) } else { String::new() },
            about_version: about_version(&ask),
            refused,
            ask,
        }
    }

    /// Whether a limit was broken.
    pub(super) fn is_refused(&self) -> bool {
        !self.refused.is_empty()
    }
}

/// The advisories that fit, the newest first.
fn matching<'c>(catalog: &'c Catalog, ask: &Ask) -> Vec<&'c Entry> {
    let words = ask.words();
    let fits = |(entry, haystack): &(&Entry, &str)| {
        (ask.severity.is_empty() || entry.severity.word == ask.severity)
            && (ask.year.is_empty() || entry.published.year().to_string() == ask.year)
            && (ask.impact.is_empty() || has_impact(entry, &ask.impact))
            && (ask.product.is_empty() || entry.lines().any(|line| line.product == ask.product))
            && words.iter().all(|word| haystack.contains(word.as_str()))
            && (ask.version.is_empty() || concerns(entry, ask))
    };
    catalog.searched().filter(fits).map(|(entry, _)| entry).collect()
}

fn has_impact(entry: &Entry, impact: &str) -> bool {
    let mut flaws = entry.vulnerabilities.iter();
    flaws.any(|flaw| flaw.impact.as_deref() == Some(impact))
}

fn concerns(entry: &Entry, ask: &Ask) -> bool {
    let product = Some(ask.product.as_str()).filter(|product| !product.is_empty());
    affected::may_concern(entry, product, &ask.version)
}

fn narrowed(ask: &Ask) -> Vec<Narrowed> {
    let fields = ask.fields().into_iter().filter(|(_, value)| !value.is_empty());
    fields
        .map(|(name, value)| Narrowed {
            href: ask.href(place::SEARCH, name, ""),
            words: match name {
                "q" => format!("“{value}”"),
                "version" => format!("version {value}"),
                _ => value.to_owned(),
            },
        })
        .collect()
}

fn about_version(ask: &Ask) -> String {
    let version = &ask.version;
    if version.is_empty() {
        String::new()
    } else if affected::can_read(version) {
        format!(
            "Left out is what has the fix in {version}, or is not affected. What cannot be compared with {version} stays."
        )
    } else {
        format!("“{version}” cannot be read as a version, so nothing is left out because of it.")
    }
}
