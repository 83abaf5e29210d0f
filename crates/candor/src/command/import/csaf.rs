//! `candor import csaf`: what a vendor has published before.
//!
//! Owns the reading of files, hashes and signatures, from a disk or a provider, and the report, document by document. Everything is read before
//! anything is written. Never understands a document: `documents` does, `gate` judges it, and `casework` writes.

use crate::cli::Global;
use crate::command::provider::network;
use crate::failure::{Failure, REFUSED};
use crate::keys::Keys as OwnKeys;
use crate::output::Shown;
use crate::session::{House, Session, actor};
use casework::{AdvisoryFate, AdvisoryFile, AdvisoryRow, Extent, ImportedAdvisories};
use clap::Args;
use openpgp::{Certificate, Limits};
use publish::FixedRelease;
use publish::provider::{ArchivePlace, Fetched, Source, archive, fetched};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// The most documents of one run.
const MAX_DOCUMENTS: usize = 20_000;
/// The largest document, in bytes; the gate takes none that is larger.
const MAX_BYTES: u64 = 64 << 20;
/// The largest signature, hash or key.
const MAX_SMALL_BYTES: u64 = 256 << 10;
/// The bytes of all documents of a provider; a folder is as large as its owner made it.
const MAX_TOTAL_BYTES: usize = 1 << 30;
/// Folders below folders.
const MAX_DEPTH: usize = 8;
/// Documents that are read before each is told.
const EVERY: usize = 500;

#[derive(Args, Debug)]
pub(crate) struct Csaf {
    /// A CSAF document, or a folder of them with their .asc, .sha256 and .sha512 beside; or a provider's domain, the address of its
    /// provider-metadata.json, or that of a directory with an index.txt, with a slash at its end
    #[arg(value_name = "DIR|URL")]
    what: String,
    /// The brand that published them; without it the only one
    #[arg(long, value_name = "ID")]
    brand: Option<String>,
    /// A public key that signed them, where it is not the brand's own; it is published beside that
    #[arg(long, value_name = "FILE")]
    key: Vec<PathBuf>,
    /// Where they come from, in words; without it the name of the folder
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// Says what would be written, and writes nothing
    #[arg(long)]
    dry_run: bool,
    /// Writes the good documents although others are not
    #[arg(long, conflicts_with = "dry_run")]
    only_good: bool,
    /// Asks addresses of this machine and of private networks too
    #[arg(long)]
    allow_private: bool,
    /// Reads plain http on this machine's loopback, for a try
    #[arg(long, requires = "allow_private")]
    allow_http: bool,
    /// Trusts the certificates of this PEM file, and not the public authorities
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

/// Keys by which a signature may be good.
struct Keys {
    own: OwnKeys,
    others: Vec<(Certificate, String)>,
}

impl Csaf {
    pub(super) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let actor = actor(global)?;
        let house = session.house(global)?;
        let brand = brand(&house, self.brand.as_deref())?;
        let mut keys = keys(&house, &brand, &self.key)?;
        let mut found = Found::default();
        let now_s = house.now().as_second();
        let named = match self.address()? {
            None => {
                let path = Path::new(&self.what);
                found.read_disk(path, &keys, now_s)?;
                path.file_name().map(|name| name.to_string_lossy().into_owned())
            }
            Some(place) => {
                house.config.net.may_ask()?;
                found.read_network(&place, self.network()?, &mut keys, now_s)?;
                Some(place.host().to_owned())
            }
        };
        let source = self.source.or(named).unwrap_or_else(|| "an archive".to_owned());
        let extent = match (self.dry_run, self.only_good) {
            (true, _) => Extent::DryRun,
            (_, true) => Extent::OnlyGood,
            _ if !found.refused.is_empty() => Extent::DryRun,
            _ => Extent::AllOrNothing,
        };
        let import = house
            .casework
            .import_advisories(&actor, &brand, &source, &found.files, extent);
        let mut imported = house.wait(import)?;
        imported.rows.append(&mut found.refused);
        imported.rows.sort_by(|a, b| a.file.cmp(&b.file));
        let status = if imported.refused() == 0 { 0 } else { REFUSED };
        let shown = Shown::new(rows(&imported, &found.signed), text(&imported, &found, self.dry_run))?;
        Ok(shown.status(status))
    }
}

impl Csaf {
    /// The address, if it is one and not a path.
    fn address(&self) -> Result<Option<ArchivePlace>, Failure> {
        let what = self.what.as_str();
        let is_domain = what.contains('.') && !what.contains('/');
        if Path::new(what).exists() || !(what.contains("://") || is_domain) {
            return Ok(None);
        }
        if what.starts_with("http://") && !self.allow_http {
            return Err(Failure::usage(format!(
                "`{what}` is plain http, by which nothing is imported: name it with https"
            )));
        }
        let place = ArchivePlace::read(what).ok_or_else(|| {
            Failure::usage(format!(
                "`{what}` is no provider: write example.com, https://example.com/…/provider-metadata.json, or the address of a directory with a slash at its end"
            ))
        });
        place.map(Some)
    }

    fn network(&self) -> Result<Source, Failure> {
        let limits = fetch::Limits {
            private: self.allow_private,
            ..fetch::Limits::default()
        };
        let plain = match self.allow_http {
            true => fetch::Plain::OnLoopback,
            false => fetch::Plain::Never,
        };
        network(self.ca.as_deref(), limits, plain)
    }
}

fn brand(house: &House, wanted: Option<&str>) -> Result<String, Failure> {
    let board = house.casework.board();
    let brands = &board.house.brands;
    match (wanted, brands.keys().next()) {
        (Some(id), _) if brands.contains_key(id) => Ok(id.to_owned()),
        (Some(id), _) => Err(Failure::usage(format!(
            "no brand is called `{id}`; `candor brand list` names them"
        ))),
        (None, Some(only)) if brands.len() == 1 => Ok(only.clone()),
        (None, _) => Err(Failure::usage("say which brand published them: --brand ID")),
    }
}

fn keys(house: &House, brand: &str, files: &[PathBuf]) -> Result<Keys, Failure> {
    let board = house.casework.board();
    let brand_set = board.house.brands.get(brand);
    let own = brand_set
        .map(|brand| OwnKeys::of(&board.house, brand, house.now()))
        .transpose()?
        .flatten();
    let own = own.ok_or_else(|| {
        Failure::refused(format!(
            "`{brand}` has no signing key, so nothing of it can be published: `candor brand key {brand}` makes one"
        ))
    })?;
    let parse = |bytes: &[u8]| Certificate::parse(bytes, Limits::default());
    let mut others = Vec::new();
    for file in files {
        let bytes = bytes(file, MAX_SMALL_BYTES)?;
        let certificate = parse(&bytes).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
        let armored = certificate.armored();
        others.push((certificate, armored));
    }
    Ok(Keys { own, others })
}

/// The files that may be documents, in order.
fn documents(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error| Failure::file(&path, &error)
    };
    if !fs::metadata(path).map_err(failed(path))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let mut waiting = vec![(path.to_owned(), 0)];
    while let Some((folder, depth)) = waiting.pop() {
        for entry in fs::read_dir(&folder).map_err(failed(&folder))? {
            let entry = entry.map_err(failed(&folder))?;
            let kind = entry.file_type().map_err(failed(&folder))?;
            if kind.is_dir() && depth < MAX_DEPTH {
                waiting.push((entry.path(), depth + 1));
            } else if kind.is_file() && entry.path().extension().is_some_and(|end| end == "json") {
                found.push(entry.path());
            }
        }
        if found.len() > MAX_DOCUMENTS {
            return Err(Failure::usage(format!(
                "more than {MAX_DOCUMENTS} documents at once: divide the folder"
            )));
        }
    }
    found.sort();
    Ok(found)
}

/// What was read.
#[derive(Default)]
struct Found {
    files: Vec<AdvisoryFile>,
    refused: Vec<AdvisoryRow>,
    /// Files of which none is a CSAF document: feeds, metadata.
    others: usize,
    /// Whose signature each document has: its own, or ours because it had none.
    signed: BTreeMap<String, &'static str>,
}

const ITS_OWN: &str = "its own";
const OURS: &str = "ours";

impl Found {
    fn read_disk(&mut self, path: &Path, keys: &Keys, now_s: i64) -> Result<(), Failure> {
        let paths = documents(path)?;
        for (place, path) in paths.iter().enumerate() {
            tell(place, paths.len());
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            let document = Document {
                name: name.unwrap_or_default(),
                content: on_disk(path)?,
            };
            let value: Option<Value> = serde_json::from_slice(&document.content.json).ok();
            if value.as_ref().is_some_and(|value| !is_document(value)) {
                self.others += 1;
                continue;
            }
            self.take(document, keys, now_s)?;
        }
        Ok(())
    }

    /// Reads everything that a provider has published, before anything of it is understood.
    fn read_network(
        &mut self,
        place: &ArchivePlace,
        mut source: Source,
        keys: &mut Keys,
        now_s: i64,
    ) -> Result<(), Failure> {
        let whole = archive(&mut source, place).map_err(|wrong| {
            let first: Vec<String> = wrong.into_iter().take(5).collect();
            Failure::refused(format!(
                "what {} has published is not known whole; nothing was imported:\n{}",
                place.host(),
                first.join("\n")
            ))
        })?;
        if whole.documents.len() > MAX_DOCUMENTS {
            return Err(Failure::refused(format!(
                "{} lists more than {MAX_DOCUMENTS} documents at once",
                place.host()
            )));
        }
        keys.others.extend(whole.keys.into_iter().map(|key| {
            let armored = key.armored();
            (key, armored)
        }));
        let mut total_bytes = 0;
        for (at, address) in whole.documents.iter().enumerate() {
            tell(at, whole.documents.len());
            let name = address.path().rsplit('/').next().unwrap_or_default().to_owned();
            let content = match fetched(&mut source, address) {
                Ok(content) => content,
                Err(why) => {
                    self.refuse(name, why);
                    continue;
                }
            };
            total_bytes += content.json.len();
            if total_bytes > MAX_TOTAL_BYTES {
                return Err(Failure::refused(format!(
                    "{} has more than {MAX_TOTAL_BYTES} bytes of documents; nothing was imported",
                    place.host()
                )));
            }
            match serde_json::from_slice(&content.json) {
                Ok(value) if is_document(&value) => self.take(Document { name, content }, keys, now_s)?,
                _ => self.refuse(name, format!("{address} is listed and is no CSAF document")),
            }
        }
        Ok(())
    }

    fn take(&mut self, document: Document, keys: &Keys, now_s: i64) -> Result<(), Failure> {
        let Document { name, content } = document;
        let Fetched { json, beside } = content;
        let fixed = FixedRelease {
            signature: String::new(),
            json,
        };
        match proven(&beside, &fixed, keys, now_s)? {
            Ok((signature, key)) => {
                let is_signed = beside.iter().any(|(end, _)| *end == "asc");
                self.signed.insert(name.clone(), if is_signed { ITS_OWN } else { OURS });
                self.files.push(AdvisoryFile {
                    sha256: fixed.sha256(),
                    name,
                    json: fixed.json,
                    signature,
                    key,
                });
            }
            Err(why) => self.refuse(name, why),
        }
        Ok(())
    }

    fn refuse(&mut self, file: String, why: String) {
        self.refused.push(AdvisoryRow {
            file,
            number: String::new(),
            kept: Vec::new(),
            fate: AdvisoryFate::Refused(vec![why]),
        });
    }
}

/// A document, with the name of its file.
struct Document {
    name: String,
    content: Fetched,
}

fn is_document(value: &Value) -> bool {
    value.pointer("/document/tracking").is_some()
}

fn tell(place: usize, of: usize) {
    if place > 0 && place.is_multiple_of(EVERY) {
        tracing::info!(read = place, of, "reading documents");
    }
}

/// A document of a disk with what lies beside it.
fn on_disk(path: &Path) -> Result<Fetched, Failure> {
    let mut around = Vec::new();
    for end in ["sha256", "sha512", "asc"] {
        let file = beside(path, end);
        if file.exists() {
            around.push((end, bytes(&file, MAX_SMALL_BYTES)?));
        }
    }
    Ok(Fetched {
        json: bytes(path, MAX_BYTES)?,
        beside: around,
    })
}

/// The signature of a document with the key that made it, if that is not the brand's own: as it lies beside, or ours.
fn proven(
    beside: &[(&'static str, Vec<u8>)],
    document: &FixedRelease,
    keys: &Keys,
    now_s: i64,
) -> Result<Result<(String, Option<String>), String>, Failure> {
    let of = |end: &str| beside.iter().find(|(known, _)| *known == end).map(|(_, bytes)| bytes);
    for (end, hash) in [("sha256", document.sha256()), ("sha512", document.sha512())] {
        let Some(bytes) = of(end) else { continue };
        let text = String::from_utf8_lossy(bytes);
        let stated = text.split_whitespace().next().unwrap_or_default();
        if !stated.eq_ignore_ascii_case(&hash) {
            return Ok(Err(format!(
                "its .{end} is the hash of something else: the document was changed"
            )));
        }
    }
    let Some(bytes) = of("asc") else {
        let signature = keys.own.signer()?.sign_detached(&document.json, now_s);
        let signature = signature.map_err(|error| Failure::machine(error.to_string()))?;
        return Ok(Ok((signature, None)));
    };
    let signature = match String::from_utf8(bytes.clone()) {
        Ok(signature) => signature,
        Err(_) => return Ok(Err("its signature is not armoured".to_owned())),
    };
    let good = |key: &Certificate| openpgp::verify_detached(key, &document.json, signature.as_bytes(), now_s).is_ok();
    if keys.own.signing.iter().any(good) {
        return Ok(Ok((signature, None)));
    }
    Ok(match keys.others.iter().find(|(key, _)| good(key)) {
        Some((_, armored)) => Ok((signature, Some(armored.clone()))),
        None => Err(
            "its signature was made by none of these keys, or the document was changed: name its key with --key FILE"
                .to_owned(),
        ),
    })
}

fn beside(path: &Path, end: &str) -> PathBuf {
    path.with_added_extension(end)
}

fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::file(path, &error);
    let mut bytes = Vec::new();
    File::open(path)
        .map_err(failed)?
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(Failure::usage(format!(
            "{}: larger than {} KiB",
            path.display(),
            most >> 10
        )));
    }
    Ok(bytes)
}

fn text(imported: &ImportedAdvisories, found: &Found, dry_run: bool) -> String {
    let mut text = String::new();
    let mut kept: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut good, mut known) = (0, 0);
    for row in &imported.rows {
        for name in &row.kept {
            *kept.entry(name).or_default() += 1;
        }
        let _ = match &row.fate {
            AdvisoryFate::Written(id) => writeln!(text, "{}  {id}", row.number),
            AdvisoryFate::Good => {
                good += 1;
                Ok(())
            }
            AdvisoryFate::Known(_) => {
                known += 1;
                Ok(())
            }
            AdvisoryFate::Refused(why) => why.iter().try_for_each(|why| writeln!(text, "{}: {why}", row.file)),
        };
    }
    if !kept.is_empty() {
        let _ = writeln!(text, "Kept in the documents alone, as they are:");
        for (name, documents) in kept {
            let _ = writeln!(text, "  {documents:>5}  {name}");
        }
    }
    let ours = found.signed.values().filter(|whose| **whose == OURS).count();
    if ours > 0 {
        let _ = writeln!(
            text,
            "{ours} had no signature and get that of the brand's key, over their bytes as they are."
        );
    }
    if found.others > 0 {
        let _ = writeln!(
            text,
            "{} files are no CSAF documents and were passed over.",
            found.others
        );
    }
    let refused = imported.refused();
    let _ = writeln!(
        text,
        "{} written, {good} good and not written, {known} known, {refused} refused.",
        imported.written
    );
    let next = match (imported.written, refused) {
        (0, 1..) => "Nothing was written. `--only-good` brings the others along.",
        (0, 0) if dry_run && good > 0 => "Nothing was written. Without --dry-run, and by two people, it is.",
        (1.., _) => "`candor publish` brings them into the published tree.",
        _ => return text,
    };
    let _ = writeln!(text, "{next}");
    text
}

fn rows(imported: &ImportedAdvisories, signed: &BTreeMap<String, &'static str>) -> Value {
    let row = |row: &AdvisoryRow| {
        let (fate, id, why) = match &row.fate {
            AdvisoryFate::Good => ("good", None, None),
            AdvisoryFate::Written(id) => ("written", Some(id), None),
            AdvisoryFate::Known(id) => ("known", Some(id), None),
            AdvisoryFate::Refused(why) => ("refused", None, Some(why)),
        };
        json!({
            "file": row.file,
            "number": row.number,
            "fate": fate,
            "id": id,
            "refused": why,
            "kept": row.kept,
            "signature": signed.get(&row.file),
        })
    };
    json!({
        "written": imported.written,
        "refused": imported.refused(),
        "rows": imported.rows.iter().map(row).collect::<Vec<_>>(),
    })
}
