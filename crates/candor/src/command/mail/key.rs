//! `candor mail key`: the keys under which letters to a reporter go, and those that a person gives.
//!
//! Owns what is asked of a key before it is taken: the same that is asked of one that comes with a message. Never decides which is used.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::{Io, Shown};
use crate::session::{House, Session, actor};
use crate::wkd;
use crate::words::columns;
use casework::ReporterKey;
use clap::Subcommand;
use jiff::Timestamp;
use mail::reader::kept;
use openpgp::{Certificate, Limits, Purpose, Unusable};
use psirt::house::book::{ADDRESS_BOOK, GivenKey, KEY_DIRECTORY};
use psirt::house::mail::SenderKey;
use serde_json::json;
use std::io::Read as _;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Lists the keys that are known of a reporter, in the order in which they are tried
    List {
        /// The tracking number of their report
        number: String,
    },
    /// Gives a key that you have of a reporter: letters to their address go under it, and what waited for a key goes out
    Add {
        /// The tracking number of their report
        number: String,
        /// Their public key; - for standard input
        file: PathBuf,
        /// How you know that it is theirs, if the key does not say their address
        #[arg(long, value_name = "WHY")]
        theirs: Option<String>,
    },
    /// Asks the domain of a reporter's address for their key (WKD): it learns by that that you write to them
    Find {
        /// The tracking number of their report
        number: String,
        /// Takes the key that is found
        #[arg(long)]
        take: bool,
    },
    /// Takes back a key that a person gave
    Drop {
        /// The tracking number of a report of theirs
        number: String,
        /// The key's fingerprint
        fingerprint: String,
    },
}

impl Key {
    pub(super) fn run(self, global: &Global, io: &mut Io<'_>, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        match self {
            Key::List { number } => list(&house, global, &number),
            Key::Add { number, file, theirs } => add(&house, global, io, &number, &file, theirs),
            Key::Find { number, take } => find(&house, global, &number, take),
            Key::Drop { number, fingerprint } => drop_key(&house, global, &number, &fingerprint),
        }
    }
}

fn list(house: &House, global: &Global, number: &str) -> Result<Shown, Failure> {
    let keys = house.casework.keys_of_reporter(&actor(global)?, number)?;
    let name = |key: &ReporterKey| {
        key.fingerprint
            .clone()
            .unwrap_or_else(|| "a file of the case".to_owned())
    };
    let mut table = vec![vec!["key".to_owned(), "from where".to_owned()]];
    table.extend(keys.iter().map(|key| vec![name(key), key.origin.words()]));
    let text = match keys.is_empty() {
        true => "No key of theirs is known: letters say only that there is news.".to_owned(),
        false => format!("{}Letters go under the first of these that works.\n", columns(&table)),
    };
    let row = |key: &ReporterKey| json!({ "fingerprint": key.fingerprint, "origin": key.origin.word(), "words": key.origin.words() });
    Shown::new(keys.iter().map(row).collect::<Vec<_>>(), text)
}

fn add(
    house: &House,
    global: &Global,
    io: &mut Io<'_>,
    number: &str,
    file: &Path,
    theirs: Option<String>,
) -> Result<Shown, Failure> {
    let (actor, limits) = (actor(global)?, Limits::default());
    let address = house.casework.address_for_key(&actor, number)?;
    let refused = |why: &dyn std::fmt::Display| Failure::refused(format!("{why}. Nothing was recorded."));
    let certificate = Certificate::parse_any(&bytes(file, io, limits)?, limits).map_err(|why| refused(&why))?;
    let says_so = certificate.has_address(&address);
    if !says_so && theirs.is_none() {
        return Err(refused(
            &"the key does not say the address of this report\u{2019}s sender: if it is theirs all the same, say how you know with --theirs",
        ));
    }
    let now = house.now();
    certificate
        .check(Purpose::Intake, now.as_second())
        .map_err(|why| match why {
            // Whoever gives it cannot extend it.
            Unusable::Expired { at } => {
                let day =
                    Timestamp::from_second(at).map_or_else(|_| String::new(), |at| at.strftime(" on %F").to_string());
                refused(&format!(
                    "the key ended{day}: ask its owner for it as it is now, or for another one"
                ))
            }
            why => refused(&why),
        })?;
    let given = GivenKey {
        address,
        key: sender_key(&certificate, ADDRESS_BOOK, now)?,
        why: theirs.filter(|_| !says_so),
    };
    taken(house, global, number, given)
}

/// One byte more than is read is enough to know that it is too large.
fn bytes(file: &Path, io: &mut Io<'_>, limits: Limits) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::file(file, &error);
    let most = limits.bytes as u64 + 1;
    let mut bytes = Vec::new();
    match file == Path::new("-") {
        true => io.input.take(most).read_to_end(&mut bytes).map_err(failed)?,
        false => {
            let opened = std::fs::File::open(file).map_err(failed)?;
            opened.take(most).read_to_end(&mut bytes).map_err(failed)?
        }
    };
    Ok(bytes)
}

fn find(house: &House, global: &Global, number: &str, take: bool) -> Result<Shown, Failure> {
    let address = house.casework.address_for_key(&actor(global)?, number)?;
    house.config.net.may_ask()?;
    let now = house.now();
    let found = wkd::find(&address, now.as_second())?;
    let key = sender_key(&found.certificate, KEY_DIRECTORY, now)?;
    if take {
        let why = None;
        return taken(house, global, number, GivenKey { address, key, why });
    }
    let until = found.certificate.until(Purpose::Intake, now.as_second());
    let until = until.and_then(|end| Timestamp::from_second(end).ok());
    let text = format!(
        "{} has the key {} for the address of {number}{}. Nothing was recorded: `--take` takes it.",
        found.host,
        key.fingerprint,
        until.map_or(String::new(), |end| format!(", until {}", end.strftime("%F"))),
    );
    let json = json!({ "number": number, "fingerprint": key.fingerprint, "host": found.host, "taken": false });
    Shown::new(json, text)
}

/// A certificate as those are kept that come with messages.
fn sender_key(certificate: &Certificate, origin: &str, now: Timestamp) -> Result<SenderKey, Failure> {
    let key = kept(certificate, now.as_second()).ok_or_else(|| {
        Failure::refused(
            "the key says too much of itself to be kept, 64 KiB or 100 packets at most: export it with fewer user ids and subkeys. Nothing was recorded.",
        )
    })?;
    Ok(SenderKey {
        fingerprint: key.fingerprint,
        public: key.public,
        origin: origin.to_owned(),
        signers: key.signers,
    })
}

fn taken(house: &House, global: &Global, number: &str, given: GivenKey) -> Result<Shown, Failure> {
    let (fingerprint, origin) = (given.key.fingerprint.clone(), given.key.origin.clone());
    let letters = house.wait(house.casework.give_key(&actor(global)?, number, given))?;
    let waited = match letters {
        0 => String::new(),
        1 => " What waited for a key goes out under it: one letter.".to_owned(),
        letters => format!(" What waited for a key goes out under it: {letters} letters."),
    };
    let text = format!(
        "{fingerprint} is a key of whoever sent {number}. `candor mail key list` shows which is tried first.{waited}"
    );
    let json = json!({
        "number": number,
        "fingerprint": fingerprint,
        "origin": origin,
        "letters": letters,
        "taken": true,
    });
    Shown::new(json, text)
}

fn drop_key(house: &House, global: &Global, number: &str, fingerprint: &str) -> Result<Shown, Failure> {
    house.wait(house.casework.drop_key(&actor(global)?, number, fingerprint))?;
    let text = "No letter goes under this key as a given one any more. What went out stays out; keys that came with messages stay known.";
    Shown::new(json!({ "number": number }), text)
}
