//! The columns that are understood, and the map from another tracker's words to them.
//!
//! Owns the names. Never guesses at a value: a word that is not known is a finding.

use serde::Deserialize;
use std::collections::BTreeMap;

macro_rules! columns {
    ($($(#[$doc:meta])* $id:ident = $name:literal $(, $other:literal)*;)+) => {
        /// What a column tells.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Column { $($(#[$doc])* $id),+ }

        impl Column {
            /// Every column, in the order in which things happen.
            pub const ALL: &'static [Column] = &[$(Column::$id),+];

            /// Its name in files, maps and findings.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Column::$id => $name),+ }
            }

            /// Every heading that is taken for it, in lower-case words.
            #[must_use]
            pub const fn headings(self) -> &'static [&'static str] {
                match self { $(Column::$id => &[$name $(, $other)*]),+ }
            }
        }
    };
}

columns! {
    /// The case's number there.
    Id = "id", "case", "case id", "key", "issue key", "ticket", "ticket id", "number";
    /// The brand whose case it is.
    Brand = "brand";
    /// What it is called.
    Title = "title", "subject", "name";
    /// A paragraph about it.
    Summary = "summary", "description";
    /// Product lines.
    Products = "products", "product", "affected product", "affected products", "product line";
    /// Who reported it: external, customer, internal, machine, perhaps with an id.
    Reporter = "reporter", "reporter kind", "reporter type";
    /// When the report came in.
    Received = "received", "reported", "date received", "date reported", "created", "opened";
    /// When the reporter had the number.
    Acknowledged = "acknowledged", "acked", "date acknowledged";
    /// When a person first looked.
    Reviewed = "reviewed", "triaged", "first review", "first response";
    /// When it was confirmed.
    Confirmed = "confirmed", "verified", "validated", "date confirmed";
    /// Whose code: own, third-party.
    Origin = "origin";
    /// CVSS vectors.
    Vector = "vector", "vectors", "cvss", "cvss vector", "cvss vectors";
    /// When it was scored; otherwise when it was confirmed, or received.
    Scored = "scored", "date scored";
    /// When the reporter had the findings.
    Told = "told", "reported back", "findings sent";
    /// When it was turned down.
    Rejected = "rejected", "date rejected";
    /// Why: a word of the exits.
    Exit = "exit", "reject reason", "rejection reason";
    /// The clause that leaves it out.
    Clause = "clause";
    /// Fixes: line, version and date of each.
    Fixes = "fixes", "fix versions", "fixed in";
    /// When the one fix was released.
    Fixed = "fixed", "fix date", "fixed on", "date fixed";
    /// The version of the one fix.
    FixVersion = "fixed version", "fix version", "version fixed";
    /// When the advisory was published.
    Published = "published", "advisory date", "disclosed", "date published";
    /// The CVE id.
    Cve = "cve", "cve id";
    /// The advisory's number there.
    Advisory = "advisory", "advisory id";
    /// When it was closed.
    Closed = "closed", "date closed";
    /// Anything else.
    Notes = "notes", "note", "comment", "comments";
    /// The history event by event, in the form of stories. JSON lines only.
    Events = "events";
}

impl Column {
    /// The column of a heading as a tracker writes it: `Date Received`, `date_received`.
    #[must_use]
    pub fn of_heading(heading: &str) -> Option<Column> {
        let plain = plain(heading);
        Column::ALL
            .iter()
            .copied()
            .find(|column| column.headings().contains(&plain.as_str()))
    }

    fn named(name: &str) -> Option<Column> {
        Column::ALL.iter().copied().find(|column| column.name() == plain(name))
    }
}

/// Lower-case words, without marks.
fn plain(heading: &str) -> String {
    let words: String = heading
        .chars()
        .map(|c| {
            if c.is_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                ' '
            }
        })
        .collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How another tracker calls things.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map {
    columns: BTreeMap<String, Column>,
    values: BTreeMap<Column, BTreeMap<String, String>>,
    defaults: BTreeMap<Column, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMap {
    #[serde(default)]
    columns: BTreeMap<String, String>,
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    defaults: BTreeMap<String, String>,
}

impl Map {
    /// Reads a map: `[columns]` our name = their heading, `[values.COLUMN]` their word = ours, `[defaults]` column = value.
    ///
    /// # Errors
    /// What is wrong, as a sentence.
    pub fn read(text: &str) -> Result<Map, String> {
        let raw: RawMap = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let column = |name: &str| {
            let known = || {
                Column::ALL
                    .iter()
                    .map(|column| column.name())
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            Column::named(name).ok_or_else(|| format!("`{name}` is no column; there are: {}", known()))
        };
        let mut map = Map::default();
        for (name, heading) in &raw.columns {
            map.columns.insert(plain(heading), column(name)?);
        }
        for (name, words) in raw.values {
            let words = words.into_iter().map(|(theirs, ours)| (theirs.to_lowercase(), ours));
            map.values.insert(column(&name)?, words.collect());
        }
        for (name, value) in raw.defaults {
            map.defaults.insert(column(&name)?, value);
        }
        Ok(map)
    }

    /// The column of a heading, by the map first.
    pub(super) fn column(&self, heading: &str) -> Option<Column> {
        let by_name = || {
            let column = Column::of_heading(heading)?;
            // A heading that the map gives a column to elsewhere is not taken twice.
            (!self.columns.values().any(|mapped| *mapped == column)).then_some(column)
        };
        self.columns.get(&plain(heading)).copied().or_else(by_name)
    }

    /// A cell in our words.
    pub(super) fn value(&self, column: Column, cell: &str) -> String {
        let cell = cell.trim();
        let mapped = self
            .values
            .get(&column)
            .and_then(|words| words.get(&cell.to_lowercase()));
        mapped.map_or_else(|| cell.to_owned(), Clone::clone)
    }

    /// What an empty or missing cell means.
    pub(super) fn otherwise(&self, column: Column) -> Option<&String> {
        self.defaults.get(&column)
    }
}
