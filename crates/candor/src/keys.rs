//! The keys of a brand as a publication uses them: what signs, what is published of each, and whether the tree shows it yet.
//!
//! Owns the way from a stored key to a signature. Never prints a secret half, and never records anything.

use crate::failure::Failure;
use data_encoding::BASE64;
use documents::place;
use documents::security_txt::{self, Pointers};
use jiff::{SignedDuration, Timestamp};
use openpgp::{Certificate, Limits, SigningKey};
use psirt::board::{House, Key};
use psirt::house::Brand;
use psirt::house::key::KeyUse;
use std::path::Path;
use zeroize::Zeroizing;

/// The keys of a brand.
pub(crate) struct Keys {
    /// Every signing key, the one in use first.
    pub(crate) signing: Vec<Certificate>,
    /// Every intake key, the one in use first.
    pub(crate) intake: Vec<Certificate>,
    /// When any of them last changed.
    pub(crate) changed: Timestamp,
    /// Since when the brand has the signing key that is in use.
    pub(crate) since: Timestamp,
    /// The end of the signing key that is in use.
    until: Option<Timestamp>,
    /// The signing key in use, if it is in this house.
    secret: Option<Box<SigningKey>>,
    /// Why it signs nothing new.
    cannot: Option<String>,
}

impl Keys {
    /// The keys of a brand that has one to sign with.
    ///
    /// # Errors
    /// The key in use is revoked: nothing of the brand can be published before there is another. A stored key that does not read back.
    pub(crate) fn of(house: &House, brand: &Brand, now: Timestamp) -> Result<Option<Keys>, Failure> {
        let Some(in_use) = house.signing_key(&brand.id) else {
            return Ok(None);
        };
        if in_use.revoked.is_some() {
            return Err(Failure::refused(format!(
                "nothing is published: {}",
                in_use.cannot(&brand.id, now).unwrap_or_default()
            )));
        }
        let keys = house.keys_of(&brand.id);
        let certificates = |purpose: KeyUse| -> Result<Vec<Certificate>, Failure> {
            let keys = keys.iter().rev().filter(|key| key.purpose == purpose);
            keys.map(certificate).collect()
        };
        let elsewhere = || {
            format!(
                "the secret part of the signing key {} of {} is on another machine: `candor publish --unsigned DIR`, there \
                 `candor sign DIR --key FILE`, here `candor publish --signed DIR`",
                in_use.fingerprint, brand.id
            )
        };
        Ok(Some(Keys {
            signing: certificates(KeyUse::Sign)?,
            intake: certificates(KeyUse::Intake)?,
            changed: changed(house, &brand.id),
            since: in_use.made,
            until: in_use.until,
            secret: in_use.is_here().then(|| secret(in_use).map(Box::new)).transpose()?,
            cannot: in_use
                .cannot(&brand.id, now)
                .or_else(|| (!in_use.is_here()).then(elsewhere)),
        }))
    }

    /// What signs something new.
    ///
    /// # Errors
    /// The key had its end, or is on another machine; with what to do.
    pub(crate) fn signer(&self) -> Result<&SigningKey, Failure> {
        match (&self.cannot, &self.secret) {
            (None, Some(secret)) => Ok(secret),
            (why, _) => Err(Failure::refused(why.clone().unwrap_or_default())),
        }
    }

    /// The fingerprint of the signing key in use.
    pub(crate) fn fingerprint(&self) -> String {
        self.signing.first().map(Certificate::fingerprint).unwrap_or_default()
    }

    /// The `security.txt` that holds now: signed here, or as it was signed on another machine, if it was.
    ///
    /// # Errors
    /// The key does not sign.
    pub(crate) fn security_txt(
        &self,
        house: &House,
        brand: &Brand,
        policy: bool,
        now: Timestamp,
    ) -> Result<Option<String>, Failure> {
        let Some(secret) = &self.secret else {
            return Ok(house.security_txts.get(&brand.id).cloned());
        };
        let intake = self.intake_fingerprint(house, brand);
        let pointers = Pointers {
            intake: intake.as_deref(),
            policy,
        };
        let text = publish::security_txt(brand, pointers, secret, self.changed, last_moment(self.until, now));
        text.map(Some).map_err(|error| Failure::machine(error.to_string()))
    }

    /// What reports are encrypted to, while it is good.
    pub(crate) fn intake_fingerprint(&self, house: &House, brand: &Brand) -> Option<String> {
        let key = house.key_in_use(&brand.id, KeyUse::Intake)?;
        key.revoked.is_none().then(|| key.fingerprint.clone())
    }
}

/// A key that had its end has signed until then: what it signed stays as it is.
fn last_moment(until: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let last = until.and_then(|until| until.checked_sub(SignedDuration::from_secs(1)).ok());
    last.map_or(now, |last| last.min(now))
}

fn changed(house: &House, brand: &str) -> Timestamp {
    let keys = house.keys_of(brand).iter();
    keys.map(|key| key.changed).max().unwrap_or_default()
}

/// The public half as it is now.
pub(crate) fn certificate(key: &Key) -> Result<Certificate, Failure> {
    Certificate::parse(key.public.as_bytes(), Limits::default()).map_err(|error| Failure::machine(error.to_string()))
}

/// The secret half, under the public one as it is now.
pub(crate) fn secret(key: &Key) -> Result<SigningKey, Failure> {
    let machine = |error: openpgp::KeyError| Failure::machine(error.to_string());
    let bytes = BASE64.decode(key.secret.as_bytes());
    let bytes = Zeroizing::new(bytes.map_err(|_| machine(openpgp::KeyError::Stored))?);
    let secret = SigningKey::from_secret_bytes(&bytes).map_err(machine)?;
    secret.certified_by(certificate(key)?).map_err(machine)
}

/// Whether the published tree of a brand shows less than its keys say: a key that is not there as it is now, or a `security.txt` that is
/// due. Asked of brands that are published, and only where a new tree would mend it.
pub(crate) fn is_behind(house: &House, public: &Path, now: Timestamp) -> bool {
    house.brands.values().any(|brand| {
        let Some(in_use) = house.signing_key(&brand.id).filter(|key| key.revoked.is_none()) else {
            return false;
        };
        let folder = public.join(&brand.domain);
        let Ok(text) = std::fs::read_to_string(folder.join(place::SECURITY_TXT)) else {
            return false;
        };
        let issued = security_txt::issued(changed(house, &brand.id), last_moment(in_use.until, now));
        let is_due = in_use.is_here() && security_txt::expiry(&text) != Some(security_txt::expires(issued));
        let is_lacking = |key: &Key| {
            let path = match key.purpose {
                KeyUse::Sign => place::key(&key.fingerprint),
                KeyUse::Intake => place::intake_key(&key.fingerprint),
            };
            std::fs::read_to_string(folder.join(path)).ok().as_ref() != Some(&key.public)
        };
        is_due || house.keys_of(&brand.id).iter().any(is_lacking)
    })
}
