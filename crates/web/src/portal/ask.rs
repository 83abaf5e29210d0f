//! What somebody asks the portal, as the address has it, and its limits. An unknown name narrows to nothing; it is never an error.

use crate::words;
use axum::extract::Query;
use axum::http::Uri;
use serde::Deserialize;

/// The longest query of an address.
const MAX_QUERY_BYTES: usize = 2_000;
/// The longest value of one field.
pub(super) const MAX_FIELD_CHARS: usize = 200;
/// Every word is looked for in every advisory.
const MAX_WORDS: usize = 8;
/// No list is longer; what is behind it is found by narrowing.
const MAX_PAGE: usize = 1_000;

/// The fields of both forms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Ask {
    pub(super) q: String,
    pub(super) product: String,
    pub(super) version: String,
    pub(super) severity: String,
    pub(super) impact: String,
    pub(super) year: String,
    pub(super) page: String,
}

impl Ask {
    /// The question of an address; the limit that it breaks, as a sentence.
    pub(super) fn of(uri: &Uri) -> Result<Ask, String> {
        if uri.query().unwrap_or_default().len() > MAX_QUERY_BYTES {
            return Err(format!(
                "The address has more than {MAX_QUERY_BYTES} characters behind its question mark. Ask for less at once."
            ));
        }
        let read = Query::<Ask>::try_from_uri(uri);
        let Query(mut ask) = read.map_err(|_| "The address cannot be read: a field is there twice.".to_owned())?;
        let fields = [
            &mut ask.q,
            &mut ask.product,
            &mut ask.version,
            &mut ask.severity,
            &mut ask.impact,
            &mut ask.year,
            &mut ask.page,
        ];
        for field in fields {
            *field = field.trim().to_owned();
            if field.chars().count() > MAX_FIELD_CHARS {
                return Err(format!(
                    "A field has more than {MAX_FIELD_CHARS} characters. Shorten it."
                ));
            }
        }
        if ask.words().len() > MAX_WORDS {
            return Err(format!(
                "You asked for more than {MAX_WORDS} words. Take those that matter."
            ));
        }
        Ok(ask)
    }

    /// The words, in small letters.
    pub(super) fn words(&self) -> Vec<String> {
        self.q.to_lowercase().split_whitespace().map(str::to_owned).collect()
    }

    /// The page, from 1.
    pub(super) fn page(&self) -> usize {
        self.page.parse().unwrap_or(1).clamp(1, MAX_PAGE)
    }

    /// What is asked for, with the name of each field; without the page.
    pub(super) fn fields(&self) -> [(&'static str, &str); 6] {
        [
            ("q", &self.q),
            ("product", &self.product),
            ("version", &self.version),
            ("severity", &self.severity),
            ("impact", &self.impact),
            ("year", &self.year),
        ]
    }

    /// The address below `path` that asks the same but for one field.
    pub(super) fn href(&self, path: &str, changed: &str, to: &str) -> String {
        let mut pairs: Vec<String> = Vec::new();
        let fields = self.fields().into_iter().chain([("page", "")]);
        for (name, value) in fields {
            let value = if name == changed { to } else { value };
            if !value.is_empty() {
                pairs.push(format!("{name}={}", words::url(value)));
            }
        }
        match pairs.as_slice() {
            [] => path.to_owned(),
            pairs => format!("{path}?{}", pairs.join("&")),
        }
    }
}
