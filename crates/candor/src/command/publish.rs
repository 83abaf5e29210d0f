//! `candor publish`: fixes the bytes of ordered releases, brings the published tree up to date, verifies it, and records what is out.
//!
//! Owns the order of these steps (law 6) and the way from a stored key to a signature. Never renders: `publish` does. Bytes that are
//! public already are taken as they are; they are never made a second time.

use crate::cli::Global;
use crate::failure::{Failure, MACHINE};
use crate::output::Shown;
use crate::session::{House, Session};
use crate::words::count;
use clap::Args;
use data_encoding::BASE64;
use documents::place;
use jiff::Timestamp;
use openpgp::{Certificate, Limits, SigningKey};
use psirt::advisory::{Advisory, Released};
use psirt::board::{Board, Key};
use psirt::house::Brand;
use publish::{FixedRelease, PolicyFile, Publisher, Release, Site};
use serde_json::{Value, json};
use std::path::Path;
use zeroize::Zeroizing;

#[derive(Args, Debug)]
pub(crate) struct Publish {
    /// Publishes nothing; only verifies what is public
    #[arg(long)]
    verify: bool,
    /// Why a finding of an optional CSAF test is accepted: `6.2.11=The tracking id holds a colon, as our numbers do`
    #[arg(long = "accept", value_name = "TEST=WHY", value_parser = accepted)]
    accepted: Vec<(String, String)>,
}

fn accepted(text: &str) -> Result<(String, String), String> {
    let pair = text
        .split_once('=')
        .filter(|(test, why)| !test.trim().is_empty() && !why.trim().is_empty());
    let (test, why) = pair.ok_or_else(|| format!("`{text}` is not a test and the reason: write 6.2.11=why"))?;
    Ok((test.trim().to_owned(), why.trim().to_owned()))
}

/// A brand with everything that its part of the tree is made of.
struct Face {
    brand: Brand,
    keys: Vec<Certificate>,
    policy: Option<(psirt::policy::Policy, String)>,
    changed: Timestamp,
    releases: Vec<(Released, FixedRelease)>,
    security_txt: String,
    notes: Vec<String>,
}

impl Publish {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        let publisher = Publisher::new(&house.root);
        if self.verify {
            return verified(&publisher, &house, json!({}), String::new());
        }
        let reasons: Vec<(&str, &str)> = self
            .accepted
            .iter()
            .map(|(test, why)| (test.as_str(), why.as_str()))
            .collect();
        let faces = faces(&house, &publisher.public(), &reasons)?;
        let releases: Vec<Vec<Release<'_>>> = faces
            .iter()
            .map(|face| {
                face.releases
                    .iter()
                    .map(|(released, fixed)| Release { released, fixed })
                    .collect()
            })
            .collect();
        let sites: Vec<Site<'_>> = faces
            .iter()
            .zip(&releases)
            .map(|(face, releases)| Site {
                brand: &face.brand,
                policy: face.policy.as_ref().map(|(policy, text)| PolicyFile { policy, text }),
                keys: &face.keys,
                releases,
                changed: face.changed,
                security_txt: Some(&face.security_txt),
            })
            .collect();
        let generation = publisher
            .update(&sites, house.now())
            .map_err(|error| Failure::machine(error.to_string()))?;
        let out = mark_published(&house, generation.number, &generation.manifest)?;
        let mut text = String::new();
        for (number, title) in &out {
            text.push_str(&format!("{number} is out: {title}\n"));
        }
        for note in faces.iter().flat_map(|face| &face.notes) {
            text.push_str(&format!("{note}\n"));
        }
        text.push_str(&format!(
            "Generation {}: {}, {} of them new, in {}.\n",
            generation.number,
            count(generation.files, "file"),
            generation.written,
            publisher.public().display()
        ));
        let json = json!({
            "generation": generation.number,
            "manifest": generation.manifest,
            "files": generation.files,
            "written": generation.written,
            "published": out.iter().map(|(number, _)| number).collect::<Vec<_>>(),
        });
        verified(&publisher, &house, json, text)
    }
}

/// Verifies what is public, as a stranger would: hashes, signatures, links, metadata.
fn verified(publisher: &Publisher, house: &House, mut json: Value, mut text: String) -> Result<Shown, Failure> {
    let findings =
        publish::verify(&publisher.public(), house.now()).map_err(|error| Failure::machine(error.to_string()))?;
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

/// Every brand that has a key. The board is let go before anything is rendered.
fn faces(house: &House, public: &Path, reasons: &[(&str, &str)]) -> Result<Vec<Face>, Failure> {
    let brands: Vec<(Brand, Key)> = {
        let board = house.casework.board();
        let keyed = |brand: &Brand| Some((brand.clone(), board.house.keys.get(&brand.id)?.clone()));
        board.house.brands.values().filter_map(keyed).collect()
    };
    if brands.is_empty() {
        return Err(Failure::refused(
            "no brand has a signing key yet; make one with `candor brand key`",
        ));
    }
    brands
        .into_iter()
        .map(|(brand, key)| face(house, brand, &key, public, reasons))
        .collect()
}

fn face(house: &House, brand: Brand, key: &Key, public: &Path, reasons: &[(&str, &str)]) -> Result<Face, Failure> {
    let certificate = Certificate::parse(key.public.as_bytes(), Limits::default())
        .map_err(|error| Failure::machine(error.to_string()))?;
    let signing = signing_key(key)?;
    let (policy, on_disk) = {
        let board = house.casework.board();
        (policy(&board, &brand), on_disk(&board))
    };
    let mut notes = Vec::new();
    let mut releases = Vec::new();
    for released in house.casework.released(&brand.id) {
        let advisory = released.advisory();
        let known = on_disk
            .contains(&advisory.number)
            .then(|| published(public, &brand, advisory, &certificate, house.now()))
            .flatten();
        let fixed = match known {
            Some(fixed) => fixed,
            None => {
                let at = advisory
                    .revisions
                    .last()
                    .map_or_else(|| house.now(), |revision| revision.at);
                let fixed = publish::fix_release(&released, &brand, &signing, at, env!("CARGO_PKG_VERSION"), reasons);
                let fixed = fixed.map_err(|error| Failure::refused(format!("{}: {error}", advisory.number)))?;
                notes.extend(fixed.excused.iter().map(|excused| {
                    format!(
                        "{}: test {} accepted: {}",
                        advisory.number, excused.finding.test, excused.reason
                    )
                }));
                notes.extend(fixed.informative.iter().map(|finding| {
                    format!(
                        "{}: for information, test {}: {}",
                        advisory.number, finding.test, finding.message
                    )
                }));
                fixed.release
            }
        };
        releases.push((released, fixed));
    }
    let security_txt = publish::security_txt(&brand, policy.is_some(), &signing, key.made, house.now())
        .map_err(|error| Failure::machine(error.to_string()))?;
    Ok(Face {
        security_txt,
        brand,
        keys: vec![certificate],
        policy,
        changed: key.made,
        releases,
        notes,
    })
}

fn signing_key(key: &Key) -> Result<SigningKey, Failure> {
    let stored = || Failure::machine(openpgp::KeyError::Stored.to_string());
    let secret = Zeroizing::new(BASE64.decode(key.secret.as_bytes()).map_err(|_| stored())?);
    SigningKey::from_secret_bytes(&secret).map_err(|error| Failure::machine(error.to_string()))
}

/// The newest adopted version of a brand's policy, and its file.
fn policy(board: &Board, brand: &Brand) -> Option<(psirt::policy::Policy, String)> {
    let adopted = board.house.policies.iter().zip(&board.house.policy_texts);
    let (policy, text) = adopted.rev().find(|(policy, _)| policy.front.id == brand.policy)?;
    Some((policy.clone(), text.clone()))
}

/// Numbers of advisories whose ordered text is in the tree.
fn on_disk(board: &Board) -> Vec<String> {
    let states = board.advisories.values().filter(|state| state.on_disk);
    states
        .filter_map(|state| Some(state.ordered.as_ref()?.number.clone()))
        .collect()
}

/// The bytes of a release as they are public, if they are whole and signed by the brand's key.
fn published(
    public: &Path,
    brand: &Brand,
    advisory: &Advisory,
    key: &Certificate,
    now: Timestamp,
) -> Option<FixedRelease> {
    let file = public.join(&brand.domain).join(place::document(advisory));
    let json = std::fs::read(&file).ok()?;
    let signature = std::fs::read_to_string(file.with_added_extension("asc")).ok()?;
    openpgp::verify_detached(key, &json, signature.as_bytes(), now.as_second()).ok()?;
    Some(FixedRelease { json, signature })
}

/// Records every ordered release as published: they are on disk now. Gives back numbers and titles.
fn mark_published(house: &House, generation: u64, manifest: &str) -> Result<Vec<(String, String)>, Failure> {
    let waiting: Vec<(String, String, String)> = {
        let board = house.casework.board();
        let waiting = board.advisories.iter().filter(|(_, state)| !state.on_disk);
        waiting
            .filter_map(|(id, state)| {
                state
                    .ordered
                    .as_ref()
                    .map(|ordered| (id.clone(), ordered.number.clone(), ordered.title.clone()))
            })
            .collect()
    };
    for (id, ..) in &waiting {
        house.wait(house.casework.mark_published(id, generation, manifest))?;
    }
    Ok(waiting.into_iter().map(|(_, number, title)| (number, title)).collect())
}
