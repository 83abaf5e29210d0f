//! `candor brand wording` and `candor brand show`: how a brand words its advisories, as a file that a person edits.
//!
//! Owns the form of the file. What is a mistake in it, `casework` decides.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{Session, actor};
use clap::Args;
use psirt::advisory::{Frame, Wording};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::PathBuf;

/// A file of wording is read up to this length.
const MAX_BYTES: u64 = 1 << 20;

#[derive(Args, Debug)]
pub(crate) struct SetWording {
    /// The brand's id
    brand: String,
    /// A TOML file; `candor brand show` prints one that can be edited
    file: PathBuf,
}

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// The brand's id
    brand: String,
}

/// The file. Templates first: `{product}`, `{impact}`, `{band}`, `{cve}`, `{versions}`, `{fixed}`; what stands in brackets is left out where
/// a value in it is not known.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    title: String,
    summary: String,
    details: String,
    language: String,
    issuing_authority: String,
    severity_namespace: String,
    distribution: String,
    recommendations: String,
    disclaimer: String,
    notes: Vec<Note>,
    references: Vec<Reference>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Note {
    title: String,
    text: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Reference {
    title: String,
    url: String,
}

impl From<File> for Wording {
    fn from(file: File) -> Wording {
        let trimmed = |text: String| text.trim().to_owned();
        Wording {
            title: trimmed(file.title),
            summary: trimmed(file.summary),
            details: trimmed(file.details),
            frame: Frame {
                language: trimmed(file.language),
                issuing_authority: trimmed(file.issuing_authority),
                severity_namespace: trimmed(file.severity_namespace),
                distribution: trimmed(file.distribution),
                recommendations: trimmed(file.recommendations),
                notes: file
                    .notes
                    .into_iter()
                    .map(|note| (note.title, trimmed(note.text)))
                    .collect(),
                disclaimer: trimmed(file.disclaimer),
                references: file
                    .references
                    .into_iter()
                    .map(|one| (one.title, trimmed(one.url)))
                    .collect(),
            },
        }
    }
}

impl From<&Wording> for File {
    fn from(wording: &Wording) -> File {
        let Wording {
            title,
            summary,
            details,
            frame,
        } = wording.clone();
        File {
            title,
            summary,
            details,
            language: frame.language,
            issuing_authority: frame.issuing_authority,
            severity_namespace: frame.severity_namespace,
            distribution: frame.distribution,
            recommendations: frame.recommendations,
            disclaimer: frame.disclaimer,
            notes: frame
                .notes
                .into_iter()
                .map(|(title, text)| Note { title, text })
                .collect(),
            references: frame
                .references
                .into_iter()
                .map(|(title, url)| Reference { title, url })
                .collect(),
        }
    }
}

impl SetWording {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        let length = std::fs::metadata(&self.file).map_err(|error| Failure::file(&self.file, &error))?;
        if length.len() > MAX_BYTES {
            return Err(Failure::usage(format!(
                "{} is longer than one MiB",
                self.file.display()
            )));
        }
        let text = std::fs::read_to_string(&self.file).map_err(|error| Failure::file(&self.file, &error))?;
        let file: File =
            toml::from_str(&text).map_err(|error| Failure::usage(format!("{}: {error}", self.file.display())))?;
        let wording = Wording::from(file);
        house.wait(
            house
                .casework
                .set_wording(&actor(global)?, &self.brand, wording.clone()),
        )?;
        let text = format!(
            "New advisories of {} are worded like this; those that are written stay as they are.",
            self.brand
        );
        Shown::new(json!({ "brand": self.brand, "wording": File::from(&wording) }), text)
    }
}

impl Show {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        let board = house.casework.board();
        let brand = board.house.brands.get(&self.brand);
        let brand = brand.ok_or_else(|| Failure::refused("no such brand"))?;
        let key = board.house.signing_key(&brand.id).map(|key| key.fingerprint.clone());
        let none = Wording::default();
        let file = File::from(board.house.wordings.get(&brand.id).unwrap_or(&none));
        let wording =
            toml::to_string_pretty(&file).map_err(|error| Failure::machine(format!("this has no TOML: {error}")))?;
        let text = format!(
            "# {} ({})\n# publishes under {}, as {}; policy {}; numbers {} for {}; versions {}\n# signing key {}\n# How its advisories are worded; edit it and give it to `candor brand wording {}`\n\n{wording}",
            brand.name,
            brand.id,
            brand.domain,
            brand.namespace,
            brand.policy,
            brand.advisory_pattern,
            brand.number_prefix,
            brand.version_scheme.name(),
            key.as_deref().unwrap_or("not made yet"),
            brand.id,
        );
        Shown::new(json!({ "brand": brand, "fingerprint": key, "wording": file }), text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = r#"
title = "{impact} in {product}"
summary = "{product} {versions}[ ({cve})]."
language = "en-GB"
recommendations = """
Keep the console off the internet.
Update often.
"""
notes = [{ title = "Support", text = "Ask your partner." }]
references = [{ title = "Contact", url = "https://example.com/contact" }]
"#;

    #[test]
    fn what_is_shown_can_be_set_again() {
        let read = Wording::from(toml::from_str::<File>(FULL).unwrap());
        assert_eq!(
            read.frame.recommendations,
            "Keep the console off the internet.\nUpdate often."
        );
        assert_eq!(
            read.frame.notes,
            [("Support".to_owned(), "Ask your partner.".to_owned())]
        );
        for wording in [read, Wording::default()] {
            let shown = toml::to_string_pretty(&File::from(&wording)).unwrap();
            assert_eq!(
                Wording::from(toml::from_str::<File>(&shown).unwrap()),
                wording,
                "{shown}"
            );
        }
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let error = toml::from_str::<File>("title = \"x\"\nfooter = \"y\"\n")
            .unwrap_err()
            .to_string();
        assert!(error.contains("line 2") && error.contains("footer"), "{error}");
    }
}
