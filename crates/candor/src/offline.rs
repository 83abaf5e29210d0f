//! Signing on another machine: what has to be signed is written into a folder, carried away, signed there, and brought back.
//!
//! Owns the folder and what is checked of it. What comes back is only signatures: the bytes are made anew here and compared, so nothing that
//! happens to the folder on its way can change what is published. Nothing is recorded before every signature is good.

use crate::face;
use crate::failure::Failure;
use crate::keys::Keys;
use crate::publication::{self, Publication, Wish};
use crate::resign::{self, Older};
use crate::session::House;
use casework::{Actor, KeptBytes};
use data_encoding::HEXLOWER;
use documents::place;
use documents::security_txt::{self, Form, Pointers};
use jiff::Timestamp;
use openpgp::{Certificate, MAX_CLEARTEXT_BYTES, MAX_SIGNATURE_BYTES, Purpose, SigningKey};
use psirt::advisory::Audience;
use psirt::house::Brand;
use publish::Prepared;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

const MANIFEST: &str = "manifest.json";
const FORMAT: &str = "candor unsigned 1";
/// Of a manifest that is read.
const MAX_MANIFEST_BYTES: u64 = 16 << 20;
/// Of a document that is signed; the gate takes none that is longer.
const MAX_DOCUMENT_BYTES: u64 = 64 << 20;

/// What is in the folder.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: String,
    brands: Vec<ToSign>,
}

/// What one key has to sign.
#[derive(Debug, Serialize, Deserialize)]
struct ToSign {
    brand: String,
    /// The fingerprint of the key.
    key: String,
    files: Vec<FileToSign>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FileToSign {
    /// Below the folder. The signature goes beside it, with `.asc` at the end.
    file: String,
    sha256: String,
    /// Whether it is a text that is signed in place; else the signature is detached.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    in_place: bool,
}

/// Something that needs a signature of another machine.
struct Item {
    /// Below the folder, as in the published tree.
    file: String,
    bytes: Vec<u8>,
    what: What,
}

enum What {
    /// A release that was never signed.
    Release {
        id: String,
        audience: Audience,
        prepared: Box<Prepared>,
    },
    /// A document that another key signed.
    Again(Box<Older>),
    /// The text, not yet signed.
    SecurityTxt,
}

/// A brand whose signing key is on another machine, and what that has to sign.
struct Absent {
    brand: Brand,
    key: Certificate,
    pointers: OwnPointers,
    items: Vec<Item>,
}

/// What `security.txt` points at: the intake key's fingerprint, whether there is a policy, and where the form stands.
type OwnPointers = (Option<String>, bool, Form);

/// What was written, or what came back: a brand, the fingerprint, how many files.
pub(crate) struct Carried {
    pub(crate) brand: String,
    pub(crate) key: String,
    pub(crate) files: usize,
}

/// Writes what other machines have to sign into a new folder. With `all` also what other keys signed before.
///
/// # Errors
/// No brand signs elsewhere, or nothing waits; a release that cannot become a document; a folder that holds something; those of the disk.
pub(crate) async fn write(house: &House, folder: &Path, wish: &Wish, all: bool) -> Result<Vec<Carried>, Failure> {
    let absent = absent(house, wish, all).await?;
    if absent.iter().all(|absent| absent.items.is_empty()) {
        return Err(Failure::refused(
            "nothing waits for a signature of another machine; with --all everything is signed again that another key signed",
        ));
    }
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::usage(format!(
            "`{}` holds something already: name a folder that is empty or not there",
            folder.display()
        )));
    }
    let mut manifest = Manifest {
        format: FORMAT.to_owned(),
        brands: Vec::new(),
    };
    for absent in &absent {
        let mut files = Vec::new();
        for item in &absent.items {
            let path = folder.join(&item.file);
            put(&path, &item.bytes)?;
            files.push(FileToSign {
                file: item.file.clone(),
                sha256: digest(&item.bytes),
                in_place: matches!(item.what, What::SecurityTxt),
            });
        }
        manifest.brands.push(ToSign {
            brand: absent.brand.id.clone(),
            key: absent.key.fingerprint(),
            files,
        });
    }
    let text = serde_json::to_string_pretty(&manifest).map_err(|error| Failure::machine(error.to_string()))?;
    // Written last: a folder without it is refused.
    put(&folder.join(MANIFEST), format!("{text}\n").as_bytes())?;
    Ok(manifest.brands.into_iter().map(carried).collect())
}

fn carried(to_sign: ToSign) -> Carried {
    Carried {
        brand: to_sign.brand,
        key: to_sign.key,
        files: to_sign.files.len(),
    }
}

/// Signs what a folder asks this key for. Needs nothing but the folder and the key.
///
/// # Errors
/// A folder that is none of ours or was changed, or that asks for another key; those of the disk.
pub(crate) fn sign(folder: &Path, key: &SigningKey, now: Timestamp) -> Result<Vec<Carried>, Failure> {
    let manifest = read_manifest(folder)?;
    let own = key.fingerprint();
    let (mine, others): (Vec<_>, Vec<_>) = manifest.brands.into_iter().partition(|to_sign| to_sign.key == own);
    if mine.is_empty() {
        let wanted: Vec<String> = others
            .into_iter()
            .map(|to_sign| format!("{} ({})", to_sign.key, to_sign.brand))
            .collect();
        return Err(Failure::refused(format!(
            "the folder asks for other keys than {own}: {}",
            wanted.join(", ")
        )));
    }
    let mut signatures = Vec::new();
    for file in mine.iter().flat_map(|to_sign| &to_sign.files) {
        let path = folder.join(plain(&file.file)?);
        let bytes = read(&path, MAX_DOCUMENT_BYTES)?;
        if digest(&bytes) != file.sha256 {
            return Err(changed(&path));
        }
        let at = now.as_second();
        let signature = if file.in_place {
            key.sign_cleartext(&String::from_utf8_lossy(&bytes), at)
        } else {
            key.sign_detached(&bytes, at)
        };
        let signature = signature.map_err(|error| Failure::refused(format!("{}: {error}", path.display())))?;
        signatures.push((path.with_added_extension("asc"), signature));
    }
    for (path, signature) in &signatures {
        put(path, signature.as_bytes())?;
    }
    Ok(mine.into_iter().map(carried).collect())
}

/// Takes the signatures of a folder, each checked over the bytes that are made here again, and publishes.
///
/// # Errors
/// A signature that lacks, is of another key, or of other bytes: then nothing is recorded. Those of the store and of the publication.
pub(crate) async fn take(
    house: &House,
    folder: &Path,
    actor: &Actor,
    wish: &Wish,
) -> Result<(Vec<Carried>, Publication), Failure> {
    let asked = read_manifest(folder)?;
    let absent = absent(house, wish, true).await?;
    house.casework.may_renew_signatures(actor)?;
    let now = house.now();
    let mut taken = Vec::new();
    let mut wrong = Vec::new();
    let mut carried = Vec::new();
    for absent in absent {
        let listed = |item: &Item| {
            let mut files = asked.brands.iter().flat_map(|to_sign| &to_sign.files);
            files.any(|file| file.file == item.file)
        };
        let mut files = 0;
        for item in absent.items {
            // What another key signed stays good until somebody asks for it.
            if matches!(item.what, What::Again(_)) && !listed(&item) {
                continue;
            }
            let path = folder.join(&item.file).with_added_extension("asc");
            match check(&absent.brand, &absent.key, &absent.pointers, &item, &path, now) {
                Ok(signature) => {
                    files += 1;
                    taken.push((absent.brand.id.clone(), absent.key.fingerprint(), item, signature));
                }
                Err(why) => wrong.push(format!("{}: {why}", path.display())),
            }
        }
        carried.push(Carried {
            brand: absent.brand.id.clone(),
            key: absent.key.fingerprint(),
            files,
        });
    }
    if !wrong.is_empty() {
        wrong.push(
            "nothing was taken: sign what lacks, or write the folder anew with `candor publish --unsigned`".to_owned(),
        );
        return Err(Failure::refused(wrong.join("\n")));
    }
    if taken.is_empty() {
        return Err(Failure::refused(
            "nothing in this folder waits for a signature any more",
        ));
    }
    record(house, actor, taken).await?;
    let publication = publication::publish(house, wish).await?;
    Ok((carried, publication))
}

/// The signature beside a file, if it is one of the key over exactly these bytes.
fn check(
    brand: &Brand,
    key: &Certificate,
    pointers: &OwnPointers,
    item: &Item,
    path: &Path,
    now: Timestamp,
) -> Result<String, String> {
    let limit = if matches!(item.what, What::SecurityTxt) {
        MAX_CLEARTEXT_BYTES
    } else {
        MAX_SIGNATURE_BYTES
    };
    if !path.is_file() {
        return Err("it is not signed yet".to_owned());
    }
    let bytes = read(path, limit as u64).map_err(|why| why.to_string())?;
    let signature = String::from_utf8(bytes).map_err(|_| "it is no text".to_owned())?;
    match &item.what {
        What::SecurityTxt if stands(brand, pointers, key, &signature, now) => Ok(signature),
        What::SecurityTxt => {
            Err("it is not the text that was written, signed in place by the brand's key, or it is too old".to_owned())
        }
        What::Release { .. } | What::Again(_) => {
            let verified = openpgp::verify_detached(key, &item.bytes, signature.as_bytes(), now.as_second());
            verified.map(|_| signature).map_err(|error| error.to_string())
        }
    }
}

async fn record(house: &House, actor: &Actor, taken: Vec<(String, String, Item, String)>) -> Result<(), Failure> {
    let mut again: std::collections::BTreeMap<(String, String), Vec<casework::NewSignature>> =
        std::collections::BTreeMap::new();
    for (brand, key, item, signature) in taken {
        match item.what {
            What::SecurityTxt => house.casework.keep_security_txt(actor, &brand, &signature).await?,
            What::Release { id, audience, prepared } => {
                let fixed = prepared.with_signature(signature);
                let accepted = fixed.excused.into_iter();
                let accepted = accepted.map(|excused| (excused.finding.test.to_owned(), excused.reason));
                let bytes = KeptBytes {
                    json: fixed.release.json,
                    signature: fixed.release.signature,
                };
                let kept = house.casework.keep_bytes_for(&id, &audience, bytes, accepted.collect());
                kept.await?;
            }
            What::Again(older) => again.entry((brand, key)).or_default().push(older.signed(signature)),
        }
    }
    for ((brand, key), signatures) in again {
        house
            .casework
            .renew_signatures(actor, &brand, &key, &signatures)
            .await?;
    }
    Ok(())
}

/// What each brand whose key is on another machine has to have signed there.
async fn absent(house: &House, wish: &Wish, all: bool) -> Result<Vec<Absent>, Failure> {
    house.casework.refresh().await?;
    let now = house.now();
    let mut brands = Vec::new();
    {
        let board = house.casework.board();
        for brand in board.house.brands.values() {
            let is_elsewhere = board.house.signing_key(&brand.id).is_some_and(|key| !key.is_here());
            let Some(keys) = Keys::of(&board.house, brand, now)?.filter(|_| is_elsewhere) else {
                continue;
            };
            let kept = board.house.security_txts.get(&brand.id).cloned();
            let policy = face::policy(&board, brand, now).map(|(policy, _)| policy);
            let form = Form::of(policy.as_ref(), house.config.publish.dynamic);
            let pointers = (keys.intake_fingerprint(&board.house, brand), policy.is_some(), form);
            brands.push((brand.clone(), keys, kept, pointers));
        }
    }
    if brands.is_empty() {
        return Err(Failure::refused(
            "every brand signs here: no brand has a signing key whose secret half is on another machine",
        ));
    }
    let mut absent = Vec::new();
    for (brand, keys, kept, pointers) in brands {
        let Some(key) = keys.signing.first().cloned() else {
            continue;
        };
        key.check(Purpose::Sign, now.as_second())
            .map_err(|error| Failure::refused(format!("{}: {error}", brand.id)))?;
        let mut items = releases(house, &brand, wish)?;
        if all {
            for older in resign::older(house, &brand.id, &keys.signing) {
                items.push(Item {
                    // Two versions of one advisory have one place in the tree.
                    file: format!(
                        "{}/versions/{}-{}.json",
                        brand.domain,
                        stem(&older.number),
                        older.version.revision
                    ),
                    bytes: older.json(house).await?,
                    what: What::Again(Box::new(older)),
                });
            }
        }
        let is_kept = kept.is_some_and(|text| stands(&brand, &pointers, &key, &text, now));
        if !is_kept {
            let text = security_txt::text(&brand, of(&pointers), now);
            items.push(Item {
                file: format!("{}/{}", brand.domain, place::SECURITY_TXT),
                bytes: text.into_bytes(),
                what: What::SecurityTxt,
            });
        }
        absent.push(Absent {
            brand,
            key,
            pointers,
            items,
        });
    }
    Ok(absent)
}

fn of(pointers: &OwnPointers) -> Pointers<'_> {
    Pointers {
        intake: pointers.0.as_deref(),
        policy: pointers.1,
        form: pointers.2,
    }
}

fn stem(number: &str) -> String {
    let file = documents::csaf::file_name(number);
    file.strip_suffix(".json").unwrap_or(&file).to_owned()
}

/// Releases that nobody signed yet.
fn releases(house: &House, brand: &Brand, wish: &Wish) -> Result<Vec<Item>, Failure> {
    let limited = house.casework.limited_releases(&brand.id);
    let waiting = house.casework.releases(&brand.id).into_iter().chain(limited);
    let waiting = waiting.filter(|release| release.fixed.is_none() && !release.on_disk);
    let mut items = Vec::new();
    for release in waiting {
        let advisory = release.released.advisory();
        let reasons = wish.accepted.iter().chain(&release.accepted);
        let reasons: Vec<(&str, &str)> = reasons.map(|(test, why)| (test.as_str(), why.as_str())).collect();
        let prepared = tokio::task::block_in_place(|| {
            publish::prepare(&release.released, brand, env!("CARGO_PKG_VERSION"), &reasons)
        });
        let prepared = prepared.map_err(|error| Failure::refused(format!("{}: {error}", advisory.number)))?;
        items.push(Item {
            file: format!("{}/{}", brand.domain, place::document(advisory)),
            bytes: prepared.json.clone(),
            what: What::Release {
                id: release.id,
                audience: release.released.audience().clone(),
                prepared: Box::new(prepared),
            },
        });
    }
    Ok(items)
}

/// Whether a signed text still says what holds, by this key, and is not due.
fn stands(brand: &Brand, pointers: &OwnPointers, key: &Certificate, signed: &str, now: Timestamp) -> bool {
    let Ok((_, text)) = openpgp::verify_cleartext(key, signed.as_bytes(), now.as_second()) else {
        return false;
    };
    let Some(expires) = security_txt::expiry(&text) else {
        return false;
    };
    let issued = security_txt::issued_before(expires);
    let same = text.trim_end() == security_txt::text(brand, of(pointers), issued).trim_end();
    same && issued <= now && !security_txt::is_due(expires, now)
}

fn read_manifest(folder: &Path) -> Result<Manifest, Failure> {
    let path = folder.join(MANIFEST);
    let bytes = read(&path, MAX_MANIFEST_BYTES)?;
    let manifest: Option<Manifest> = serde_json::from_slice(&bytes).ok();
    manifest.filter(|manifest| manifest.format == FORMAT).ok_or_else(|| {
        Failure::refused(format!(
            "`{}` is no list of what is to be signed: name the folder that `candor publish --unsigned` wrote",
            path.display()
        ))
    })
}

/// A path of plain names only: the folder was on other machines.
fn plain(file: &str) -> Result<PathBuf, Failure> {
    let path = PathBuf::from(file);
    let is_plain = !file.is_empty() && path.components().all(|part| matches!(part, Component::Normal(_)));
    if is_plain {
        return Ok(path);
    }
    Err(Failure::refused(
        "the list names a file outside of its folder: write it anew with `candor publish --unsigned`",
    ))
}

fn changed(path: &Path) -> Failure {
    Failure::refused(format!(
        "`{}` is not what the list says: write the folder anew with `candor publish --unsigned`",
        path.display()
    ))
}

fn digest(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn read(path: &Path, limit_bytes: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::file(path, &error);
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(failed)?;
    file.take(limit_bytes + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit_bytes {
        return Err(Failure::refused(format!(
            "`{}` is larger than any file of its kind",
            path.display()
        )));
    }
    Ok(bytes)
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::file(path, &error);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut file = fs::File::create(path).map_err(failed)?;
    std::io::Write::write_all(&mut file, bytes).map_err(failed)?;
    file.sync_all().map_err(failed)
}
