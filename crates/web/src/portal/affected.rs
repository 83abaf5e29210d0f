//! `affected`: what the published advisories say of one version of one product. What they do not say is told as unknown, never as safe.

use super::ask::{Ask, MAX_FIELD_CHARS};
use super::catalog::Catalog;
use super::search::{Choice, choices};
use askama::Template;
use documents::affected::{self, Answer, Standing};
use documents::page::Listed;
use documents::place;

/// More answers than this are told by their number alone.
const MAX_ANSWERS: usize = 200;

#[derive(Template)]
#[template(path = "portal/affected.html")]
pub(super) struct Affected {
    shell: look::Portal,
    ask: Ask,
    refused: String,
    max_chars: usize,
    products: Vec<Choice>,
    /// The answer in one sentence; empty while nothing is asked.
    verdict: String,
    /// `bad`, `none` or `good`.
    verdict_state: &'static str,
    /// What the verdict does not say.
    caution: String,
    parts: Vec<Part>,
    /// How many answers are not shown, and where they are.
    more: usize,
    search: String,
}

/// The answers that stand alike.
struct Part {
    title: String,
    state: &'static str,
    answers: Vec<Told>,
}

struct Told {
    listed: Listed,
    why: String,
    todo: Vec<(String, String)>,
}

impl Affected {
    pub(super) fn of(catalog: &Catalog, asked: Result<Ask, String>) -> Affected {
        let (ask, refused) = match asked {
            Ok(ask) => (ask, String::new()),
            Err(refused) => (Ask::default(), refused),
        };
        let answers = match ask.product.is_empty() {
            true => Vec::new(),
            false => affected::check(&catalog.entries, &ask.product, &ask.version),
        };
        let (verdict, verdict_state) = verdict(&ask, &answers);
        Affected {
            shell: publish::html::shell(&catalog.face, place::AFFECTED),
            max_chars: MAX_FIELD_CHARS,
            products: choices("Choose a product", catalog.products.iter().cloned(), &ask.product),
            caution: caution(&ask, &answers),
            more: answers.len().saturating_sub(MAX_ANSWERS),
            search: ask.href(place::SEARCH, "", ""),
            parts: parts(answers),
            verdict,
            verdict_state,
            refused,
            ask,
        }
    }

    /// Whether a limit was broken.
    pub(super) fn is_refused(&self) -> bool {
        !self.refused.is_empty()
    }
}

/// The answer in one sentence, and how it looks.
fn verdict(ask: &Ask, answers: &[Answer<'_>]) -> (String, &'static str) {
    if ask.product.is_empty() {
        return (String::new(), "none");
    }
    let what = match ask.version.as_str() {
        "" => ask.product.clone(),
        version => format!("version {version} of {}", ask.product),
    };
    let count = |standing: Standing| answers.iter().filter(|answer| answer.standing == standing).count();
    let advisories = |count: usize| match count {
        1 => "1 advisory".to_owned(),
        count => format!("{count} advisories"),
    };
    let open = count(Standing::Unknown) + count(Standing::UnderInvestigation);
    match (count(Standing::Affected), open, answers.len()) {
        (0, 0, 0) => (format!("Unknown: no advisory of ours speaks of {what}."), "none"),
        (0, 0, all) => (
            format!("No: by {}, {what} is fixed or not affected.", advisories(all)),
            "good",
        ),
        (0, open, _) => (
            format!(
                "Unknown: whether {what} is affected is not answered by {}.",
                advisories(open)
            ),
            "none",
        ),
        (bad, 0, _) => (format!("Yes: {what} is affected, by {}.", advisories(bad)), "bad"),
        (bad, open, _) => (
            format!(
                "Yes: {what} is affected, by {}; {open} more may concern it.",
                advisories(bad)
            ),
            "bad",
        ),
    }
}

/// What nobody should read out of the verdict.
fn caution(ask: &Ask, answers: &[Answer<'_>]) -> String {
    if ask.product.is_empty() {
        String::new()
    } else if !ask.version.is_empty() && !affected::can_read(&ask.version) {
        format!(
            "“{}” cannot be read as a version. Write it as the product shows it, such as 25.1.2.",
            ask.version
        )
    } else if answers.is_empty() {
        "That is no word for its safety: we have published nothing about it.".to_owned()
    } else {
        "This is what we have published, and no more: a vulnerability that nobody knows is in no advisory.".to_owned()
    }
}

fn parts(answers: Vec<Answer<'_>>) -> Vec<Part> {
    let mut parts: Vec<Part> = Standing::ALL
        .into_iter()
        .map(|standing| Part {
            title: match standing {
                Standing::Affected => "Affected".to_owned(),
                Standing::UnderInvestigation => "Under investigation".to_owned(),
                Standing::Unknown => "Unknown: look for yourself".to_owned(),
                Standing::Fixed => "Fixed in your version".to_owned(),
                Standing::NotAffected => "Not affected".to_owned(),
            },
            state: match standing {
                Standing::Affected => "affected",
                Standing::UnderInvestigation | Standing::Unknown => "investigating",
                Standing::Fixed => "fixed",
                Standing::NotAffected => "not-affected",
            },
            answers: answers
                .iter()
                .take(MAX_ANSWERS)
                .filter(|answer| answer.standing == standing)
                .map(told)
                .collect(),
        })
        .collect();
    parts.retain(|part| !part.answers.is_empty());
    parts
}

fn told(answer: &Answer<'_>) -> Told {
    let todo = answer.todo.iter().map(|todo| (todo.title.clone(), todo.text.clone()));
    Told {
        listed: Listed::of(answer.entry, place::AFFECTED),
        why: answer.why.clone(),
        todo: todo.collect(),
    }
}
