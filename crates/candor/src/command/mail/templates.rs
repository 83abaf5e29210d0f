//! `candor mail templates`: the words of our letters, which an operator may write anew.
//!
//! Owns what is shown of them. Opens no store and writes no file: an operator puts their own in place.

use crate::cli::Global;
use crate::config::Config;
use crate::failure::{Failure, REFUSED};
use crate::output::Shown;
use crate::post::templates::{check, every, place, read};
use crate::session::directory;
use crate::words::columns;
use clap::Subcommand;
use mail::out::templates::{Part, TEMPLATES, Template, template};
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub(crate) enum Templates {
    /// Lists the letters, and whose words each has: ours, or those of files under the data directory
    List,
    /// Shows the words of a letter as they are now, and what it may name
    Show {
        /// Its name: verdict
        name: String,
    },
    /// Tries the files on letters of all kinds, and says what is wrong with them: file, line and word
    Check,
}

impl Templates {
    pub(super) fn run(&self, global: &Global) -> Result<Shown, Failure> {
        match self {
            Templates::List => list(global),
            Templates::Show { name } => show(global, name),
            Templates::Check => checked(global),
        }
    }
}

fn list(global: &Global) -> Result<Shown, Failure> {
    let (words, faults) = read(&directory(global));
    let own = |letter: &Template| -> Vec<&str> {
        let own = Part::ALL.into_iter().filter(|part| words.of(letter, *part).is_some());
        own.map(Part::file).collect()
    };
    let row = |letter: &Template| {
        let own = match own(letter).as_slice() {
            [] => "-".to_owned(),
            own => own.join(", "),
        };
        vec![letter.name.to_owned(), own, letter.when.to_owned()]
    };
    let mut table = vec![["letter", "yours", "goes out when"].map(str::to_owned).to_vec()];
    table.extend(TEMPLATES.iter().map(row));
    let as_json = |letter: &Template| json!({ "name": letter.name, "when": letter.when, "files": own(letter) });
    let shown = Shown::new(TEMPLATES.iter().map(as_json).collect::<Vec<_>>(), columns(&table))?;
    Ok(shown.notes(faults))
}

fn show(global: &Global, name: &str) -> Result<Shown, Failure> {
    let letter = template(name).ok_or_else(|| {
        Failure::refused(format!(
            "no letter is called `{name}`: `candor mail templates list` shows which there are"
        ))
    })?;
    let (words, faults) = read(&directory(global));
    let mut text = format!("{}: {}\n\nIt may name:\n", letter.name, letter.when);
    let known = letter
        .words
        .iter()
        .map(|(word, what)| vec![format!("  {word}"), (*what).to_owned()]);
    text.push_str(&columns(&known.collect::<Vec<_>>()));
    let mut files = Vec::new();
    for part in Part::ALL {
        let own = words.of(letter, part);
        let source = own.unwrap_or(letter.ours(part));
        let whose = if own.is_some() { "yours" } else { "ours" };
        text.push_str(&format!(
            "\n--- {} ({whose})\n{}\n",
            place(letter, part),
            source.trim_end()
        ));
        files.push(json!({ "file": place(letter, part), "yours": own.is_some(), "text": source }));
    }
    let known: Vec<Value> = letter
        .words
        .iter()
        .map(|(word, what)| json!({ "word": word, "what": what }))
        .collect();
    let all = json!({ "name": letter.name, "when": letter.when, "words": known, "files": files });
    Ok(Shown::new(all, text)?.notes(faults))
}

fn checked(global: &Global) -> Result<Shown, Failure> {
    let root = directory(global);
    // A wrong directory has no files either, and would pass.
    Config::read(&root)?;
    let faults = check(&root);
    let (words, _) = read(&root);
    let own = every()
        .filter(|(letter, part)| words.of(letter, *part).is_some())
        .count();
    let text = match (faults.as_slice(), own) {
        ([], 0) => "All letters have our own words.".to_owned(),
        ([], 1) => "One file has its own words, and nothing is wrong with it.".to_owned(),
        ([], own) => format!("{own} files have their own words, and nothing is wrong with them."),
        (faults, _) => faults.join("\n"),
    };
    let status = if faults.is_empty() { 0 } else { REFUSED };
    Ok(Shown::new(json!({ "files": own, "faults": faults }), text)?.status(status))
}
