//! `candor publish`: brings the published tree up to date with every ordered release, verifies it, and says what is out.
//!
//! Owns the words. The steps are those of [`crate::publication`], which the worker takes too.

use super::sign;
use crate::cli::Global;
use crate::face::Still;
use crate::failure::{Failure, MACHINE, REFUSED};
use crate::keys;
use crate::offline;
use crate::output::Shown;
use crate::publication::{self, Publication, Wish};
use crate::session::{House, Session, actor};
use crate::words::{count, span};
use clap::Args;
use publish::Publisher;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(crate) struct Publish {
    /// Publishes nothing; only verifies what is public
    #[arg(long)]
    verify: bool,
    /// Why a finding of an optional CSAF test is accepted: `6.2.11=The tracking id holds a colon, as our numbers do`
    #[arg(long = "accept", value_name = "TEST=WHY", value_parser = accepted)]
    accepted: Vec<(String, String)>,
    /// Writes what another machine has to sign into a new folder, and publishes nothing
    #[arg(long, value_name = "DIR", conflicts_with_all = ["verify", "signed"])]
    unsigned: Option<PathBuf>,
    /// With --unsigned: also what another key signed before
    #[arg(long, requires = "unsigned")]
    all: bool,
    /// Takes the signatures that another machine made in a folder, and publishes
    #[arg(long, value_name = "DIR", conflicts_with = "verify")]
    signed: Option<PathBuf>,
    /// Says that the machine's clock is right although it leapt: what was scheduled goes out by it
    #[arg(long)]
    clock_is_right: bool,
}

/// Reads a test and the reason for its finding.
pub(crate) fn accepted(text: &str) -> Result<(String, String), String> {
    let pair = text
        .split_once('=')
        .filter(|(test, why)| !test.trim().is_empty() && !why.trim().is_empty());
    let (test, why) = pair.ok_or_else(|| format!("`{text}` is not a test and the reason: write 6.2.11=why"))?;
    Ok((test.trim().to_owned(), why.trim().to_owned()))
}

impl Publish {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        let publisher = &*house.publisher;
        if self.verify {
            return verified(publisher, &house, json!({}), String::new());
        }
        let wish = Wish {
            accepted: self.accepted,
            clock_is_right: self.clock_is_right,
            only_if_needed: false,
        };
        if let Some(folder) = &self.unsigned {
            let carried = house.wait(offline::write(&house, folder, &wish, self.all))?;
            let mut text = sign::words(&carried, "to be signed");
            text.push_str(&format!(
                "Carry {0} to the machine that has the key: `candor sign {0} --key FILE`; then here: `candor publish --signed {0}`.",
                folder.display()
            ));
            return Shown::new(json!({ "unsigned": sign::as_json(&carried) }), text);
        }
        let (carried, publication) = match &self.signed {
            Some(folder) => house.wait(offline::take(&house, folder, &actor(global)?, &wish))?,
            None => (Vec::new(), house.wait(publication::publish(&house, &wish))?),
        };
        let mut text = sign::words(&carried, "came back signed");
        text.push_str(&words(&publication));
        let mut json = as_json(&publication);
        for warning in keys::warnings(&house)? {
            text.push_str(&format!("warning: {warning}\n"));
        }
        if let Some(generation) = &publication.generation {
            text.push_str(&format!(
                "Generation {}: {}, {} of them new, in {}.\n",
                generation.number,
                count(generation.files, "file"),
                generation.written,
                publisher.public().display()
            ));
            if let Some(object) = json.as_object_mut() {
                object.insert("generation".to_owned(), generation.number.into());
                object.insert("manifest".to_owned(), generation.manifest.clone().into());
                object.insert("files".to_owned(), generation.files.into());
                object.insert("written".to_owned(), generation.written.into());
            }
        }
        // Where the only brand stands still from the beginning, nothing is public yet.
        let shown = match publisher.public().exists() {
            true => verified(publisher, &house, json, text)?,
            false => Shown::new(json, text)?,
        };
        let refused = shown.status == 0 && publication.kept_back();
        Ok(if refused { shown.status(REFUSED) } else { shown })
    }
}

/// What came of a publication, in sentences.
pub(crate) fn words(publication: &Publication) -> String {
    let mut text = String::new();
    for out in &publication.out {
        let late = match out.late_s {
            Some(seconds) => format!(", {} after its scheduled instant", span(seconds)),
            None => String::new(),
        };
        text.push_str(&format!("{} is out{late}: {}\n", out.number, out.title));
    }
    if publication.waits > 0 {
        let waits = if publication.waits == 1 { "waits" } else { "wait" };
        text.push_str(&format!(
            "{} {waits} in the outbox: `candor outbox`.\n",
            publication.waits
        ));
    }
    for (id, why) in &publication.held_back {
        text.push_str(&format!("{id} is held back although its instant has come: {why}\n"));
    }
    for (number, why) in &publication.held_aside {
        text.push_str(&format!(
            "{number} is held aside, and everything else went out: {why}. Mend what it names and publish again, accept an optional finding by `--accept`, or give it back: `candor advisory send-back {number}`\n"
        ));
    }
    for (number, why) in &publication.unsigned {
        text.push_str(&format!(
            "{number} is held aside, because nothing signs it, and everything else went out: {why}\n"
        ));
    }
    for Still {
        brand, why, waiting, ..
    } in &publication.still
    {
        for number in waiting {
            text.push_str(&format!(
                "{number} is held aside with its brand, and everything else went out\n"
            ));
        }
        text.push_str(&format!(
            "nothing of {brand} is published, and what is public of it stays as it is: {why}\n"
        ));
    }
    for note in publication.clock.iter().chain(&publication.notes) {
        text.push_str(&format!("{note}\n"));
    }
    text
}

fn as_json(publication: &Publication) -> Value {
    let out = publication.out.iter();
    let held_back = publication.held_back.iter();
    let with_brand = |still: &Still| {
        let why = still.why.clone();
        let waiting = still.waiting.clone().into_iter();
        waiting.map(move |number| (number, why.clone())).collect::<Vec<_>>()
    };
    let aside = [&publication.held_aside[..], &publication.unsigned]
        .concat()
        .into_iter()
        .chain(publication.still.iter().flat_map(with_brand));
    json!({
        "published": out.clone().map(|out| &out.number).collect::<Vec<_>>(),
        "late_s": out.filter_map(|out| Some((out.number.clone(), out.late_s?.into()))).collect::<serde_json::Map<_, _>>(),
        "still": publication.still.iter().map(|still| json!({ "brand": still.brand, "why": still.why })).collect::<Vec<_>>(),
        "held_aside": aside.map(|(number, why)| json!({ "number": number, "why": why })).collect::<Vec<_>>(),
        "held_back": held_back.map(|(id, why)| json!({ "id": id, "why": why })).collect::<Vec<_>>(),
        "clock": publication.clock,
        "notes": publication.notes,
        "outbox": publication.waits,
    })
}

/// Verifies what is public, as a stranger would: hashes, signatures, links, metadata.
fn verified(publisher: &Publisher, house: &House, mut json: Value, mut text: String) -> Result<Shown, Failure> {
    let failed = |error: publish::TreeError| Failure::machine(error.to_string());
    let mut findings = publish::verify(&publisher.public(), house.now()).map_err(failed)?;
    let protected = Publisher::protected(&house.root).public();
    findings.extend(publish::verify_protected(&protected, &publisher.public(), house.now()).map_err(failed)?);
    match findings.as_slice() {
        [] => text.push_str("Verified: manifest, hashes, signatures, directory, metadata and links of every file.\n"),
        findings => findings
            .iter()
            .for_each(|finding| text.push_str(&format!("{finding}\n"))),
    }
    if let Some(object) = json.as_object_mut() {
        object.insert(
            "findings".to_owned(),
            findings.iter().map(ToString::to_string).collect(),
        );
    }
    let status = if findings.is_empty() { 0 } else { MACHINE };
    Ok(Shown::new(json, text)?.status(status))
}
