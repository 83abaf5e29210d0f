//! What a key says of itself later: another end, or that it is revoked, here or where its secret half is.
//!
//! Owns what somebody is told of it, which is what the next publication does. Never says how that goes: [`crate::keys`] knows.

use super::{as_json, day, held, own, purpose};
use crate::cli::Global;
use crate::failure::Failure;
use crate::keys;
use crate::output::Shown;
use crate::session::{House, actor};
use casework::{ChangedKey, end_after};
use jiff::Timestamp;
use openpgp::{Certificate, Reason};
use psirt::board::Key as Held;
use psirt::house::key::{KeyReason, KeyUse};

/// What a key that the house knows says of itself now: it was extended or revoked where its secret half is.
pub(super) fn changed_elsewhere(
    house: &House,
    global: &Global,
    of: KeyUse,
    certificate: &Certificate,
) -> Result<Shown, Failure> {
    let revoked = certificate.revoked().map(|revoked| {
        let reason = match revoked.reason {
            Reason::Superseded => KeyReason::Superseded,
            Reason::Retired => KeyReason::Retired,
            Reason::Compromised | Reason::Unknown => KeyReason::Compromised,
        };
        (reason, format!("Revoked on another machine as {}.", reason.name()))
    });
    if revoked.is_none() {
        certificate
            .check(purpose(of), house.now().as_second())
            .map_err(|error| Failure::refused(error.to_string()))?;
    }
    let changed = ChangedKey {
        fingerprint: certificate.fingerprint(),
        public: certificate.armored(),
        until_s: certificate.end(purpose(of)),
        revoked,
    };
    recorded(house, global, &changed)
}

fn recorded(house: &House, global: &Global, changed: &ChangedKey) -> Result<Shown, Failure> {
    house.wait(house.casework.change_key(&actor(global)?, changed))?;
    let (brand, key, in_use) = {
        let board = house.casework.board();
        let Some((brand, key)) = board.house.key(&changed.fingerprint) else {
            return Err(Failure::machine("the key is not on the board: repeat the command"));
        };
        let in_use = board.house.key_in_use(brand, key.purpose) == Some(key);
        (brand.to_owned(), key.clone(), in_use)
    };
    let text = match (&key.revoked, key.until) {
        (Some((_, reason, _)), _) => revoked(house, &brand, &key, *reason)?,
        (None, Some(until)) => format!(
            "The key {} of {brand} is valid until {}. It is published with the next `candor publish`.",
            key.fingerprint,
            day(until)
        ),
        (None, None) => format!(
            "The key {} of {brand} has no end. It is published with the next `candor publish`.",
            key.fingerprint
        ),
    };
    Shown::new(as_json(&brand, &key, in_use, house.now()), text)
}

/// That a key is revoked, what that does to its brand, and what the next publication does.
fn revoked(house: &House, brand: &str, key: &Held, reason: KeyReason) -> Result<String, Failure> {
    let mut text = format!(
        "The {} key {} of {brand} is revoked as {}.",
        key.purpose.name(),
        key.fingerprint,
        reason.name()
    );
    text.push_str(&match key.purpose {
        KeyUse::Sign => signed(house, brand, key)?,
        KeyUse::Intake => encrypted(house, brand, key, reason),
    });
    text.push_str(&published(house, brand, key)?);
    Ok(text)
}

/// What becomes of what a revoked key signed.
fn signed(house: &House, brand: &str, key: &Held) -> Result<String, Failure> {
    let signers = keys::revoked_signers(house, brand, |_| true)?;
    let signer = signers.iter().find(|signer| signer.fingerprint == key.fingerprint);
    Ok(signer.map_or_else(String::new, |signer| format!(" It {}.", signer.told)))
}

/// What becomes of what is encrypted to a revoked key, and to which one it is from now on.
fn encrypted(house: &House, brand: &str, key: &Held, reason: KeyReason) -> String {
    let board = house.casework.board();
    let in_use = board.house.key_in_use(brand, KeyUse::Intake);
    let mut text = match in_use.filter(|key| key.revoked.is_none()) {
        Some(other) => format!(" The key in use is {}.", other.fingerprint),
        None => format!(
            " There is no key to encrypt reports to {brand} to, and its letters are not signed, until there is another one: `candor key rotate --brand {brand} --intake`."
        ),
    };
    if key.is_here() {
        text.push_str(" What comes encrypted to the revoked one is still opened here.");
    }
    if reason == KeyReason::Compromised {
        text.push_str(" Whoever else has it can read that, too.");
    }
    text
}

/// What the next publication does with a revocation: where nothing of the brand is published, that is not public either.
fn published(house: &House, brand: &str, key: &Held) -> Result<String, Failure> {
    let (of, cannot_sign) = {
        let board = house.casework.board();
        let of = board.house.brands.get(brand).cloned();
        (of, board.house.cannot_sign(brand, house.now()))
    };
    let still = of.map(|of| keys::stands_still(house, &of, house.now())).transpose()?;
    let offers = match key.purpose {
        KeyUse::Sign => "",
        KeyUse::Intake => ", and offers the key to whoever reports",
    };
    Ok(match (still.flatten(), cannot_sign) {
        (Some(why), _) => format!(
            " Nothing of {brand} is published, the revocation neither, and what is public of it stays as it is{offers}: {why}. Until that is done, give the revoked key to whoever trusts it: `candor key export {}`.",
            key.fingerprint
        ),
        (None, Some(why)) if key.purpose == KeyUse::Intake => format!(
            " The revocation is published with the next `candor publish`, but security.txt is not signed again, and names the key if it did: {why}."
        ),
        _ => " The revocation is published with the next `candor publish`.".to_owned(),
    })
}

pub(super) fn extend(house: &House, global: &Global, fingerprint: &str, years: i8) -> Result<Shown, Failure> {
    let (secret, of) = {
        let board = house.casework.board();
        let (brand, key) = held(&board.house, fingerprint)?;
        if key.revoked.is_some() {
            let why = key.cannot(brand, house.now()).unwrap_or_default();
            return Err(Failure::refused(why));
        }
        (own(key)?, key.purpose)
    };
    let now = house.now();
    let until = end_after(now, years)?;
    let certificate = secret
        .extended(until.as_second(), now.as_second())
        .map_err(|error| Failure::refused(error.to_string()))?;
    let changed = ChangedKey {
        fingerprint: certificate.fingerprint(),
        public: certificate.armored(),
        until_s: certificate.until(purpose(of), now.as_second()),
        revoked: None,
    };
    if changed.until_s != Some(until.as_second()) {
        return Err(Failure::refused(format!(
            "the key {fingerprint} would not end on {until} with it, and nothing was changed: what is signed at {now}, the house's instant, counts only once this machine's clock has passed it. Set that right, and repeat the command"
        )));
    }
    recorded(house, global, &changed)
}

pub(super) fn revoke(
    house: &House,
    global: &Global,
    fingerprint: &str,
    reason: KeyReason,
    why: String,
) -> Result<Shown, Failure> {
    let (secret, until) = {
        let board = house.casework.board();
        let (_, key) = held(&board.house, fingerprint)?;
        (own(key)?, key.until)
    };
    let code = match reason {
        KeyReason::Superseded => Reason::Superseded,
        KeyReason::Retired => Reason::Retired,
        KeyReason::Compromised => Reason::Compromised,
    };
    let certificate = secret
        .revocation(code, why.trim(), house.now().as_second())
        .map_err(|error| Failure::refused(error.to_string()))?;
    let changed = ChangedKey {
        fingerprint: certificate.fingerprint(),
        public: certificate.armored(),
        until_s: until.map(Timestamp::as_second),
        revoked: Some((reason, why)),
    };
    recorded(house, global, &changed)
}
