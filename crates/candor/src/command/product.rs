//! `candor product`: the catalogue of product lines.

use crate::cli::Global;
use crate::command::case::disclosure;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{Session, actor};
use crate::words::columns;
use clap::{Args, Subcommand};
use documents::release_note::ReleaseNote;
use jiff::{Timestamp, civil};
use psirt::board::Retracted;
use psirt::event::{Entry, Event, Fixes};
use psirt::version::VersionScheme;
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub(crate) enum Product {
    /// Adds or changes a product line; its name is its identity
    Add(Add),
    /// Lists product lines
    List,
    /// Shows a product line, and with its number everything that was recorded of it
    Show(Show),
    /// Shows the security part of the release notes of one version, from every advisory that it fixes something of
    Notes(Notes),
}

#[derive(Args, Debug)]
pub(crate) struct Notes {
    /// The line's name
    name: String,
    /// The version
    version: String,
    /// As HTML, to be put into a page of yours
    #[arg(long)]
    html: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// The line's name
    name: String,
}

#[derive(Args, Debug)]
pub(crate) struct Add {
    /// The line's name, such as `Sensor 25`
    name: String,
    /// The id of the brand that sells it
    #[arg(long)]
    brand: String,
    /// How it runs
    #[arg(long, value_parser = ["on-prem", "saas"])]
    deployment: String,
    /// Where it is sold; selects overlays
    #[arg(long, value_delimiter = ',', default_value = "eu")]
    market: Vec<String>,
    /// The last day of its support
    #[arg(long, value_name = "DATE", value_parser = date)]
    supported_until: Option<civil::Date>,
    /// How its versions are ordered: numbers (25.1.2), semver, or letters behind the numbers (1.0.2k)
    #[arg(long, value_name = "SCHEME", default_value = "numbers", value_parser = version_scheme)]
    versions: VersionScheme,
}

fn version_scheme(word: &str) -> Result<VersionScheme, String> {
    VersionScheme::from_name(word)
        .ok_or_else(|| format!("`{word}` is no scheme: there are numbers, semver and letters"))
}

fn date(text: &str) -> Result<civil::Date, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a date: write 2027-02-28"))
}

impl Product {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        match self {
            Product::Add(add) => add.run(global, session),
            Product::List => list(global, session),
            Product::Show(show) => show.run(global, session),
            Product::Notes(notes) => notes.run(global, session),
        }
    }
}

impl Notes {
    fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        let notes = house
            .casework
            .release_notes_of(&actor(global)?, &self.name, &self.version)?;
        let entries = |of: fn(&ReleaseNote) -> &str| notes.iter().map(of).collect::<String>();
        let mut text = match (notes.is_empty(), self.html) {
            (true, _) => format!("No advisory says that {} {} fixes anything.\n", self.name, self.version),
            (false, true) => format!("<ul>\n{}</ul>\n", entries(|note| &note.html)),
            (false, false) => entries(|note| &note.markdown),
        };
        for cve in notes.iter().filter_map(|note| note.cve.as_deref()) {
            // In HTML a warning would be published with the rest.
            if !self.html {
                text.push_str(&format!("warning: {}\n", disclosure(cve)));
            }
        }
        let json: Vec<Value> = notes.iter().map(note_json).collect();
        Shown::new(json, text)
    }
}

/// An entry of release notes for programs.
pub(crate) fn note_json(note: &ReleaseNote) -> Value {
    json!({
        "product": note.product,
        "version": note.version,
        "markdown": note.markdown,
        "html": note.html,
        "cve": note.cve,
    })
}

impl Add {
    fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        let product = psirt::house::Product {
            name: self.name,
            brand: self.brand,
            deployment: self.deployment,
            market: self.market,
            supported_until: self.supported_until,
            version_scheme: self.versions,
        };
        house.wait(house.casework.set_product(&actor(global)?, product.clone()))?;
        let text = format!("{} is in the catalogue.", product.name);
        Shown::new(product, text)
    }
}

fn list(global: &Global, session: &mut Session) -> Result<Shown, Failure> {
    let house = session.house(global)?;
    let board = house.casework.board();
    let products: Vec<_> = board.house.products.values().collect();
    Shown::new(
        &products,
        columns(&products.iter().map(|product| row(product)).collect::<Vec<_>>()),
    )
}

fn row(product: &psirt::house::Product) -> Vec<String> {
    let support = product
        .supported_until
        .map_or("supported".to_owned(), |day| format!("supported until {day}"));
    vec![
        product.name.clone(),
        product.brand.clone(),
        product.deployment.clone(),
        product.market.join(","),
        support,
    ]
}

impl Show {
    fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        let board = house.casework.board();
        let unknown = || Failure::refused("no such product line; `candor product list` lists them");
        let product = board.house.products.get(&self.name).ok_or_else(unknown)?;
        let recorded = board.house.recorded_of_line(&self.name);
        let json = json!({
            "product": product,
            "recorded": recorded.iter().map(|(entry, retracted)| recorded_json(entry, *retracted)).collect::<Vec<_>>(),
        });
        let rows = recorded
            .iter()
            .map(|(entry, retracted)| recorded_row(entry, *retracted));
        let rows: Vec<Vec<String>> = rows.collect();
        let mut text = columns(&[row(product)]);
        text.push('\n');
        text.push_str(&match rows.as_slice() {
            [] => "Nothing was recorded of it.\n".to_owned(),
            rows => columns(rows),
        });
        Shown::new(json, text)
    }
}

fn recorded_json(entry: &Entry, retracted: Option<&Retracted>) -> Value {
    json!({
        "number": entry.seq,
        "event": entry.event,
        "at": entry.at.to_string(),
        "recorded": entry.recorded.to_string(),
        "by": entry.by,
        "approved_by": entry.approved_by,
        "retracted": retracted.map(|retracted| json!({
            "by": retracted.by,
            "approved_by": retracted.approved_by,
            "recorded": retracted.recorded.to_string(),
            "why": retracted.why,
        })),
    })
}

/// An entry with its number; one that was taken back says by whom and why.
fn recorded_row(entry: &Entry, retracted: Option<&Retracted>) -> Vec<String> {
    let people = |by: &str, second: Option<&str>| match second {
        Some(second) => format!("{by} with {second}"),
        None => by.to_owned(),
    };
    let mut last = format!("by {}", people(&entry.by, entry.approved_by.as_deref()));
    if let Some(retracted) = retracted {
        let who = people(&retracted.by, retracted.approved_by.as_deref());
        last.push_str(&format!(
            ", retracted on {} by {who}: {}",
            day(retracted.recorded),
            retracted.why
        ));
    }
    vec![
        entry.seq.to_string(),
        day(entry.at),
        entry.event.kind().name().to_owned(),
        details(&entry.event),
        last,
    ]
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// What an event of a line says beside its kind.
fn details(event: &Event) -> String {
    match event {
        Event::ReleasePlanned { version, date, .. } => format!("{version} for {date}"),
        Event::ReleaseMoved { version, date, .. } => format!("{version} to {date}"),
        Event::ReleaseShipped {
            version,
            fixes: Fixes::List(fixes),
            ..
        } if !fixes.is_empty() => format!("{version} fixes {}", fixes.join(", ")),
        Event::ReleaseShipped { version, .. } | Event::ReleaseCancelled { version, .. } => version.clone(),
        _ => String::new(),
    }
}
