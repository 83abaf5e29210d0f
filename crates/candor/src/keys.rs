//! The keys of a brand as a publication uses them: what signs, what is published of each, and whether the tree shows it yet.
//!
//! Owns the way from a stored key to a signature. Never prints a secret half, and never records anything.

use crate::face;
use crate::failure::Failure;
use crate::session::House;
use crate::words::count;
use data_encoding::BASE64;
use documents::place;
use documents::security_txt::{self, Form, Pointers};
use jiff::Timestamp;
use openpgp::{Certificate, Limits, SigningKey};
use psirt::board::{self, Key, KeyState};
use psirt::house::Brand;
use psirt::house::key::{KeyReason, KeyUse};
use psirt::policy::Policy;
use std::path::Path;
use zeroize::Zeroizing;

/// The keys of a brand.
#[derive(Default)]
pub(crate) struct Keys {
    /// Every signing key, the one in use first.
    pub(crate) signing: Vec<Certificate>,
    /// Every intake key, the one in use first.
    pub(crate) intake: Vec<Certificate>,
    /// When any of them last changed.
    pub(crate) changed: Timestamp,
    /// Since when the brand has the signing key that is in use.
    pub(crate) since: Timestamp,
    /// Whether the signing key in use is one of this house and has had its end: it signs nothing, and what it signed stays.
    has_ended: bool,
    /// The signing key in use, if it is in this house and signs.
    secret: Option<Box<SigningKey>>,
    /// Why it signs nothing new.
    cannot: Option<String>,
}

impl Keys {
    /// The keys of a brand that has one to sign with.
    ///
    /// # Errors
    /// A stored key that does not read back.
    pub(crate) fn of(house: &board::House, brand: &Brand, now: Timestamp) -> Result<Option<Keys>, Failure> {
        let Some(in_use) = house.signing_key(&brand.id) else {
            return Ok(None);
        };
        let keys = house.keys_of(&brand.id);
        let certificates = |purpose: KeyUse| -> Result<Vec<Certificate>, Failure> {
            let keys = keys.iter().rev().filter(|key| key.purpose == purpose);
            keys.map(certificate).collect()
        };
        let state = in_use.state(now);
        // One that is revoked or has ended has signed for the last time.
        let signs = in_use.is_here() && state.is_usable();
        Ok(Some(Keys {
            signing: certificates(KeyUse::Sign)?,
            intake: certificates(KeyUse::Intake)?,
            changed: changed(house, &brand.id),
            since: in_use.made,
            has_ended: in_use.is_here() && state == KeyState::Expired,
            secret: signs.then(|| secret(in_use).map(Box::new)).transpose()?,
            cannot: in_use.cannot_sign(&brand.id, now),
        }))
    }

    /// What signs something new.
    ///
    /// # Errors
    /// The key had its end, is revoked, or is on another machine; with what to do.
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

    /// The `security.txt` that holds now: signed here; or as the key in use signed it on another machine, if it did. Where the key has ended since,
    /// the one that is public stays: a new one bears the day on which it became due, and a key that is over must not speak in the past.
    ///
    /// # Errors
    /// The key does not sign.
    pub(crate) fn security_txt(
        &self,
        house: &board::House,
        public: &Path,
        brand: &Brand,
        policy: Option<&Policy>,
        is_served: bool,
        now: Timestamp,
    ) -> Result<Option<String>, Failure> {
        let Some(secret) = &self.secret else {
            let (kept, signers) = match self.has_ended {
                true => {
                    let file = public.join(&brand.domain).join(place::SECURITY_TXT);
                    (std::fs::read_to_string(file).ok(), self.signing.as_slice())
                }
                false => {
                    let kept = house.security_txts.get(&brand.id).cloned();
                    (kept, self.signing.get(..1).unwrap_or_default())
                }
            };
            let signed = |text: &String| {
                let verifies = |key| openpgp::verify_cleartext(key, text.as_bytes(), now.as_second()).is_ok();
                signers.iter().any(verifies)
            };
            return Ok(kept.filter(signed));
        };
        let intake = self.intake_fingerprint(house, brand);
        let pointers = Pointers {
            intake: intake.as_deref(),
            policy: policy.is_some(),
            form: Form::of(policy, is_served),
        };
        let text = publish::security_txt(brand, pointers, secret, self.changed, now);
        text.map(Some).map_err(|error| Failure::machine(error.to_string()))
    }

    /// What reports are encrypted to, while it is good.
    pub(crate) fn intake_fingerprint(&self, house: &board::House, brand: &Brand) -> Option<String> {
        let key = house.key_in_use(&brand.id, KeyUse::Intake)?;
        key.revoked.is_none().then(|| key.fingerprint.clone())
    }
}

fn changed(house: &board::House, brand: &str) -> Timestamp {
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

/// Why nothing of a brand can be published, and what is public of it stays as it is: there is no `security.txt` and its key signs none, which had
/// its end before anything was public, or a compromised key signed what is out. None while its files can be made.
pub(crate) fn stands_still(house: &House, brand: &Brand, now: Timestamp) -> Result<Option<String>, Failure> {
    let board = house.casework.board();
    let Some(keys) = Keys::of(&board.house, brand, now)? else {
        return Ok(None);
    };
    let public = house.publisher.public();
    if keys.secret.is_none()
        && keys
            .security_txt(&board.house, &public, brand, None, false, now)?
            .is_none()
    {
        return Ok(keys.cannot);
    }
    // A key that has ended leaves what it signed as it is. A portal that begins under it would be one that nobody can trust.
    let is_public = public.join(&brand.domain).exists();
    if keys.cannot.is_some() && !is_public && house.casework.fixed_versions(&brand.id).is_empty() {
        return Ok(keys.cannot);
    }
    drop(board);
    let compromised = revoked_signers(house, &brand.id, |reason| reason == KeyReason::Compromised)?;
    Ok(compromised.first().map(|signer| {
        format!(
            "the key {}, which is revoked, signed documents that are out: sign everything again with `candor key resign --brand {}`",
            signer.fingerprint, brand.id
        )
    }))
}

/// A revoked key that documents need which are out.
pub(crate) struct RevokedSigner {
    pub(crate) fingerprint: String,
    /// What it did, what that means to readers, and what to do.
    pub(crate) told: String,
}

/// The keys of a brand, revoked for one of some reasons, that signed what is out. OpenPGP lets what a superseded key signed before stand; readers
/// who ask whether the key is revoked now do not.
pub(crate) fn revoked_signers(
    house: &House,
    brand: &str,
    counts: impl Fn(KeyReason) -> bool,
) -> Result<Vec<RevokedSigner>, Failure> {
    let (revoked, way_out) = {
        let board = house.casework.board();
        let counts = |key: &&Key| {
            let reason = key.revoked.as_ref().map(|(_, reason, _)| *reason);
            key.purpose == KeyUse::Sign && reason.is_some_and(&counts)
        };
        let revoked = board.house.keys_of(brand).iter().filter(counts);
        let revoked: Vec<Certificate> = revoked.map(certificate).collect::<Result<_, Failure>>()?;
        (revoked, signed_again(&board.house, brand))
    };
    if revoked.is_empty() {
        return Ok(Vec::new());
    }
    let versions = house.casework.fixed_versions(brand);
    let signers = revoked.iter().filter_map(|key| {
        let signed = |signature: &str| openpgp::names_signer(key, signature.as_bytes());
        let documents = versions.iter().filter(|(.., version)| signed(&version.signature)).count();
        (documents > 0).then(|| RevokedSigner {
            fingerprint: key.fingerprint(),
            told: format!(
                "signed {} of what is out: readers who check revocations refuse what it signed, as csaf_checker and csaf_downloader do, \
                 until {way_out}",
                count(documents, "document")
            ),
        })
    });
    Ok(signers.collect())
}

/// How everything of a brand comes to be signed by a key that is good.
fn signed_again(house: &board::House, brand: &str) -> String {
    match house.signing_key(brand) {
        Some(key) if key.revoked.is_some() => {
            format!("`candor key rotate --brand {brand}`, and then `candor key resign --brand {brand}`")
        }
        Some(key) if !key.is_here() => {
            "`candor publish --unsigned DIR --all`, there `candor sign DIR --key FILE`, here `candor publish --signed DIR`"
                .to_owned()
        }
        _ => format!("`candor key resign --brand {brand}`"),
    }
}

/// What somebody should be told of keys, and of what they signed.
///
/// # Errors
/// A stored key that does not read back.
pub(crate) fn warnings(house: &House) -> Result<Vec<String>, Failure> {
    let (warnings, brands) = {
        let board = house.casework.board();
        let brands: Vec<String> = board.house.keys.keys().cloned().collect();
        (board.house.key_warnings(house.now()), brands)
    };
    let mut warnings: Vec<String> = warnings.into_iter().map(|warning| warning.text).collect();
    for brand in brands {
        for RevokedSigner { fingerprint, told } in revoked_signers(house, &brand, |_| true)? {
            warnings.push(format!("the key {fingerprint} of {brand}, which is revoked, {told}"));
        }
    }
    Ok(warnings)
}

/// Whether the published tree of a brand shows less than its keys say: a key that is not there as it is now, a `security.txt` that is due,
/// or a policy whose day has come. Asked of brands that are published, and only where a new tree would mend it.
pub(crate) fn is_behind(house: &House, public: &Path, now: Timestamp) -> bool {
    let brands: Vec<Brand> = house.casework.board().house.brands.values().cloned().collect();
    let behind = |brand: &Brand| {
        let board = house.casework.board();
        let house = &board.house;
        let Some(in_use) = house.signing_key(&brand.id) else {
            return false;
        };
        let folder = public.join(&brand.domain);
        let Ok(text) = std::fs::read_to_string(folder.join(place::SECURITY_TXT)) else {
            return false;
        };
        let issued = security_txt::issued(changed(house, &brand.id), now);
        let signs = in_use.is_here() && in_use.state(now).is_usable();
        let is_due = signs && security_txt::expiry(&text) != Some(security_txt::expires(issued));
        let is_lacking = |key: &Key| {
            let path = match key.purpose {
                KeyUse::Sign => place::key(&key.fingerprint),
                KeyUse::Intake => place::intake_key(&key.fingerprint),
            };
            std::fs::read_to_string(folder.join(path)).ok().as_ref() != Some(&key.public)
        };
        is_due || house.keys_of(&brand.id).iter().any(is_lacking) || face::shows_old_policy(&board, brand, public, now)
    };
    let mut brands = brands
        .iter()
        .filter(|brand| behind(brand) && face::rests(house, &brand.id).is_none());
    brands.any(|brand| matches!(stands_still(house, brand, now), Ok(None)))
}
