//! `candor key`: the keys of brands, from their making to their end.
//!
//! Owns what is read from files, and the words. Never prints a secret half; a passphrase comes from a file or from standard input.

mod changing;

use crate::cli::Global;
use crate::failure::Failure;
use crate::keys;
use crate::output::{Io, Shown};
use crate::resign;
use crate::session::{House, Session, actor};
use crate::words::{columns, count};
use casework::{KEY_YEARS, KeyOrder, KeyWish, NewKey};
use clap::{Args, Subcommand};
use data_encoding::BASE64;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use openpgp::{Certificate, INTAKE_SEED_BYTES, Limits, Purpose, SigningKey};
use psirt::board::Key as Held;
use psirt::house::key::{KeyReason, KeyUse};
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Larger than any key that is taken.
const MAX_KEY_FILE_BYTES: u64 = 1 << 20;
const MAX_PASSPHRASE_BYTES: u64 = 4 << 10;

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Makes a brand's first key: one that signs, or with --intake one that reports are encrypted to
    Make {
        #[command(flatten)]
        of: Of,
        /// For how many years it is valid
        #[arg(long, default_value_t = KEY_YEARS, value_name = "N")]
        years: i8,
    },
    /// Takes a key that was made elsewhere, or what such a key says of itself now
    Import {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        from: From,
    },
    /// Lists keys: what for, since when, until when, how they stand
    List {
        /// Of this brand alone
        #[arg(long, value_name = "ID")]
        brand: Option<String>,
    },
    /// Writes a public key
    Export {
        /// Its fingerprint
        fingerprint: String,
    },
    /// Moves the end of a key
    Extend {
        /// Its fingerprint
        fingerprint: String,
        /// For how many years from now it is valid
        #[arg(long, default_value_t = KEY_YEARS, value_name = "N")]
        years: i8,
    },
    /// Puts a new key, made here or elsewhere, in the place of the one in use, which is kept
    Rotate {
        #[command(flatten)]
        of: Of,
        /// For how many years it is valid, if it is made here
        #[arg(long, default_value_t = KEY_YEARS, value_name = "N")]
        years: i8,
        /// A key that was made elsewhere, in place of a new one; - for standard input
        #[arg(long = "key", value_name = "FILE")]
        file: Option<PathBuf>,
        #[command(flatten)]
        reading: Reading,
    },
    /// Says in public that a key is no longer used
    Revoke {
        /// Its fingerprint
        fingerprint: String,
        /// superseded, retired, or compromised: then nothing that it ever signed counts. After each, `key resign`
        #[arg(long, value_name = "REASON", value_parser = reason)]
        reason: KeyReason,
        /// The same in words, which are public
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
    /// Signs everything that a brand has published with its present key, and publishes it
    Resign {
        /// The brand's id
        #[arg(long, value_name = "ID")]
        brand: String,
    },
}

#[derive(Args, Clone, Debug)]
pub(crate) struct Of {
    /// The brand's id
    #[arg(long, value_name = "ID")]
    brand: String,
    /// The key that reports are encrypted to, not the one that signs
    #[arg(long)]
    intake: bool,
}

impl Of {
    fn purpose(&self) -> KeyUse {
        if self.intake { KeyUse::Intake } else { KeyUse::Sign }
    }
}

#[derive(Args, Debug)]
pub(crate) struct From {
    /// The key as a program exports it, armoured or not; - for standard input
    file: PathBuf,
    #[command(flatten)]
    reading: Reading,
}

#[derive(Args, Debug)]
pub(crate) struct Reading {
    /// The file holds the public half alone: the secret one stays where it is
    #[arg(long)]
    public: bool,
    /// A file whose first line is the passphrase of the secret key; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "public")]
    passphrase_file: Option<PathBuf>,
}

impl Key {
    pub(crate) fn run(self, global: &Global, io: &mut Io<'_>, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        match self {
            Key::Make { of, years } => {
                let wish = KeyWish {
                    years,
                    ..KeyWish::first(of.purpose())
                };
                made(&house, global, &of, wish)
            }
            Key::Import { of, from } => import(&house, global, io, &of, &from.file, &from.reading),
            Key::List { brand } => list(&house, brand.as_deref()),
            Key::Export { fingerprint } => export(&house, &fingerprint),
            Key::Extend { fingerprint, years } => changing::extend(&house, global, &fingerprint, years),
            Key::Rotate {
                of,
                years,
                file,
                reading,
            } => {
                let wish = KeyWish {
                    purpose: of.purpose(),
                    years,
                    replace: true,
                };
                match file {
                    Some(file) => {
                        let key = read_new(&house, io, wish.purpose, &file, &reading)?;
                        taken(&house, global, &of, wish, key)
                    }
                    None => made(&house, global, &of, wish),
                }
            }
            Key::Revoke {
                fingerprint,
                reason,
                why,
            } => changing::revoke(&house, global, &fingerprint, reason, why),
            Key::Resign { brand } => resigned(&house, global, &brand),
        }
    }
}

fn reason(word: &str) -> Result<KeyReason, String> {
    KeyReason::ALL
        .into_iter()
        .find(|reason| reason.name() == word)
        .ok_or_else(|| format!("`{word}` is no reason: there are superseded, retired and compromised"))
}

const fn purpose(of: KeyUse) -> Purpose {
    match of {
        KeyUse::Sign => Purpose::Sign,
        KeyUse::Intake => Purpose::Intake,
    }
}

/// Makes a key from an order of the casework's.
pub(crate) fn from_order(purpose: KeyUse, order: &KeyOrder) -> Result<NewKey, String> {
    let (user_id, created, until) = (&order.user_id, order.created_s, Some(order.until_s));
    let short = || "the seed of the key is too short".to_owned();
    let key = match purpose {
        KeyUse::Sign => {
            let seed = <[u8; 32]>::try_from(order.seed.as_slice()).map_err(|_| short())?;
            SigningKey::generate_until(user_id, created, until, &Zeroizing::new(seed))
        }
        KeyUse::Intake => {
            let seeds = <[u8; INTAKE_SEED_BYTES]>::try_from(order.seed.as_slice()).map_err(|_| short())?;
            SigningKey::generate_intake(user_id, created, until, &Zeroizing::new(seeds))
        }
    };
    let key = key.map_err(|error| error.to_string())?;
    new_key(&key, until).map_err(|error| error.to_string())
}

fn new_key(key: &SigningKey, until_s: Option<i64>) -> Result<NewKey, openpgp::KeyError> {
    let secret = key.to_secret_bytes()?;
    Ok(NewKey {
        fingerprint: key.fingerprint(),
        public: key.armored(),
        secret: Zeroizing::new(BASE64.encode(&secret)),
        until_s,
    })
}

fn made(house: &House, global: &Global, of: &Of, wish: KeyWish) -> Result<Shown, Failure> {
    let make = |order: KeyOrder| from_order(wish.purpose, &order);
    let fingerprint = house.wait(house.casework.make_key(&actor(global)?, &of.brand, wish, make))?;
    added(house, of, wish, &fingerprint)
}

fn taken(house: &House, global: &Global, of: &Of, wish: KeyWish, key: NewKey) -> Result<Shown, Failure> {
    let fingerprint = house.wait(house.casework.import_key(&actor(global)?, &of.brand, wish, key))?;
    added(house, of, wish, &fingerprint)
}

/// What a new key means, in words.
pub(crate) fn added(house: &House, of: &Of, wish: KeyWish, fingerprint: &str) -> Result<Shown, Failure> {
    let board = house.casework.board();
    let brand = &of.brand;
    let Some((_, key)) = board.house.key(fingerprint) else {
        return Err(Failure::machine("the key is not on the board: repeat the command"));
    };
    let until = key
        .until
        .map_or_else(String::new, |until| format!(", valid until {}", day(until)));
    let mut text = format!("The {} key of {brand} is {fingerprint}{until}.", wish.purpose.name());
    match board.house.no_portal(brand) {
        None => text.push_str(" Its public half is published with the next `candor publish`."),
        Some(missing) => text.push_str(&format!("\nwarning: {missing}")),
    }
    if wish.purpose == KeyUse::Sign && wish.replace {
        text.push_str(&format!(
            "\nWhat is published from now on is signed by it; what is out keeps its signatures until `candor key resign --brand {brand}`."
        ));
    }
    if !key.is_here() {
        text.push_str(
            "\nIts secret half is on another machine: `candor publish --unsigned DIR` writes what it has to sign.",
        );
    }
    if wish.purpose == KeyUse::Intake && !key.imported {
        text.push_str(&format!(
            "\nWhat is encrypted to it is opened by Candor alone, once mail for {brand} comes here (`candor mail ingest`, or [mail] in candor.toml)."
        ));
    }
    let contact = board.house.brands.get(brand).map(|brand| brand.contact.clone());
    let unnamed = contact.filter(|contact| {
        let named = keys::certificate(key).is_ok_and(|key| key.for_wkd(contact).is_some());
        wish.purpose == KeyUse::Intake && !named
    });
    if let Some(contact) = unnamed {
        text.push_str(&format!(
            "\nwarning: none of its user ids is that of {contact}, so mail programs do not find it"
        ));
    }
    Shown::new(as_json(brand, key, true, house.now()), text)
}

fn import(
    house: &House,
    global: &Global,
    io: &mut Io<'_>,
    of: &Of,
    file: &Path,
    reading: &Reading,
) -> Result<Shown, Failure> {
    let wish = KeyWish::first(of.purpose());
    if reading.public {
        let bytes = read(file, io, MAX_KEY_FILE_BYTES)?;
        let certificate = Certificate::parse_any(&bytes, Limits::default())
            .map_err(|error| Failure::refused(format!("{}: {error}", file.display())))?;
        let known = house.casework.board().house.key(&certificate.fingerprint()).is_some();
        if known {
            return changing::changed_elsewhere(house, global, of.purpose(), &certificate);
        }
        let key = public_half(of.purpose(), &certificate, house.now())?;
        return taken(house, global, of, wish, key);
    }
    let key = read_new(house, io, wish.purpose, file, reading)?;
    taken(house, global, of, wish, key)
}

/// A key of a file, with its secret half or without.
fn read_new(house: &House, io: &mut Io<'_>, of: KeyUse, file: &Path, reading: &Reading) -> Result<NewKey, Failure> {
    let bytes = read(file, io, MAX_KEY_FILE_BYTES)?;
    let refused = |error: String| Failure::refused(format!("{}: {error}", file.display()));
    if reading.public {
        let certificate =
            Certificate::parse_any(&bytes, Limits::default()).map_err(|error| refused(error.to_string()))?;
        return public_half(of, &certificate, house.now());
    }
    let key = secret_of(&bytes, reading.passphrase_file.as_deref(), io, purpose(of), house.now());
    let key = key.map_err(|error| match error {
        Failure::Refused(why) => refused(why),
        error => error,
    })?;
    let until = key.certificate().until(purpose(of), house.now().as_second());
    new_key(&key, until).map_err(|error| refused(error.to_string()))
}

/// A secret key of these bytes, opened with the passphrase of a file, if there is one.
pub(crate) fn secret_of(
    bytes: &[u8],
    passphrase_file: Option<&Path>,
    io: &mut Io<'_>,
    purpose: Purpose,
    now: Timestamp,
) -> Result<SigningKey, Failure> {
    let passphrase = match passphrase_file {
        Some(file) => {
            let bytes = read(file, io, MAX_PASSPHRASE_BYTES)?;
            let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
            Some(Zeroizing::new(line.strip_suffix(b"\r").unwrap_or(line).to_vec()))
        }
        None => None,
    };
    let passphrase = passphrase.as_ref().map(|passphrase| passphrase.as_slice());
    SigningKey::import(bytes, passphrase, purpose, now.as_second()).map_err(|error| Failure::refused(error.to_string()))
}

fn public_half(of: KeyUse, certificate: &Certificate, now: Timestamp) -> Result<NewKey, Failure> {
    let now = now.as_second();
    certificate
        .check(purpose(of), now)
        .map_err(|error| Failure::refused(error.to_string()))?;
    Ok(NewKey {
        fingerprint: certificate.fingerprint(),
        public: certificate.armored(),
        secret: Zeroizing::default(),
        until_s: certificate.until(purpose(of), now),
    })
}

fn list(house: &House, brand: Option<&str>) -> Result<Shown, Failure> {
    let board = house.casework.board();
    let now = house.now();
    let mut rows = Vec::new();
    let mut json = Vec::new();
    let wanted = board
        .house
        .keys
        .iter()
        .filter(|(id, _)| brand.is_none_or(|brand| brand == *id));
    for (brand, keys) in wanted {
        for key in keys {
            let in_use = board.house.key_in_use(brand, key.purpose) == Some(key);
            rows.push(vec![
                brand.clone(),
                key.fingerprint.clone(),
                key.purpose.name().to_owned(),
                format!("since {}", day(key.made)),
                key.until
                    .map_or_else(|| "no end".to_owned(), |until| format!("until {}", day(until))),
                standing(key, in_use, now),
            ]);
            json.push(as_json(brand, key, in_use, now));
        }
    }
    let mut text = columns(&rows);
    drop(board);
    for warning in keys::warnings(house)? {
        text.push_str(&format!("\nwarning: {warning}"));
    }
    Shown::new(json, text)
}

fn standing(key: &Held, in_use: bool, now: Timestamp) -> String {
    let mut words = vec![if in_use { "in use" } else { "kept" }, key.state(now).name()];
    if !key.is_here() {
        words.push("secret on another machine");
    }
    words.join(", ")
}

fn as_json(brand: &str, key: &Held, in_use: bool, now: Timestamp) -> Value {
    json!({
        "brand": brand,
        "fingerprint": key.fingerprint,
        "use": key.purpose.name(),
        "since": key.made.to_string(),
        "until": key.until.map(|until| until.to_string()),
        "state": key.state(now).name(),
        "in_use": in_use,
        "here": key.is_here(),
        "imported": key.imported,
        "revoked": key.revoked.as_ref().map(|(at, reason, why)| json!({ "at": at.to_string(), "reason": reason.name(), "why": why })),
    })
}

fn day(at: Timestamp) -> impl std::fmt::Display {
    at.to_zoned(TimeZone::UTC).date()
}

fn export(house: &House, fingerprint: &str) -> Result<Shown, Failure> {
    let board = house.casework.board();
    let (brand, key) = held(&board.house, fingerprint)?;
    Shown::new(
        json!({ "brand": brand, "fingerprint": key.fingerprint, "public": key.public }),
        key.public.clone(),
    )
}

fn held<'h>(house: &'h psirt::board::House, fingerprint: &str) -> Result<(&'h str, &'h Held), Failure> {
    // As people copy it: with spaces, in any case.
    let plain: String = fingerprint.split_whitespace().collect::<String>().to_ascii_uppercase();
    house.key(&plain).ok_or_else(|| {
        Failure::refused("no brand has a key of this fingerprint; `candor key list` names them".to_owned())
    })
}

/// The secret half of a key that is here.
fn own(key: &Held) -> Result<SigningKey, Failure> {
    if key.is_here() {
        return keys::secret(key);
    }
    Err(Failure::refused(openpgp::KeyError::NoPrimary.to_string()))
}

fn resigned(house: &House, global: &Global, brand: &str) -> Result<Shown, Failure> {
    let renewed = house.wait(resign::everything(house, &actor(global)?, brand))?;
    let mut text = match renewed.documents {
        0 => format!("Every document of {brand} is signed by {} already.\n", renewed.to),
        documents => format!(
            "{} of {brand} signed by {}.\n",
            count(documents, "document"),
            renewed.to
        ),
    };
    text.push_str(&super::publish::words(&renewed.publication));
    let generation = renewed.publication.generation;
    if let Some(generation) = &generation {
        text.push_str(&format!(
            "Generation {}: {}, {} of them new.\n",
            generation.number,
            count(generation.files, "file"),
            generation.written
        ));
    }
    let json = json!({
        "brand": brand,
        "key": renewed.to,
        "documents": renewed.documents,
        "generation": generation.map(|generation| generation.number),
    });
    Shown::new(json, text)
}

/// Reads a file, or standard input for `-`, within a limit.
pub(crate) fn read(file: &Path, io: &mut Io<'_>, limit_bytes: u64) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let failed = |error: std::io::Error| Failure::file(file, &error);
    let mut bytes = Zeroizing::new(Vec::new());
    if file == Path::new("-") {
        io.input.take(limit_bytes + 1).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        let opened = std::fs::File::open(file).map_err(failed)?;
        opened.take(limit_bytes + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() as u64 > limit_bytes {
        return Err(Failure::refused(format!(
            "{} has more than {limit_bytes} bytes, which no key has",
            file.display()
        )));
    }
    Ok(bytes)
}
