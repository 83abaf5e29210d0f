//! What is in an OpenPGP message: layers of encryption and compression, and the text inside, with its signatures.
//!
//! A layer is taken off as a whole before anything in it is looked at, so nothing is ever given out of a message whose integrity is
//! damaged, missing, or not yet known. Trusts nobody: a signature is attributed to a key, never to a sender.

use std::io::Read as _;

use pgp::composed::{DecryptionOptions, Edata, Esk, Message, PlainSessionKey};
use pgp::packet::PublicKeyEncryptedSessionKey;
use pgp::types::{DecryptionKey, EskType, Fingerprint, KeyDetails, Password, PkeskVersion, Seipdv1ReadMode};
use rpgpie::certificate::Checked;

use crate::armour::{self, NoMessage};
use crate::certificate::Certificate;
use crate::frame::{Broken, Tag, outline};
use crate::guard::guarded;
use crate::signed::{MAX_SIGNATURES_READ, Signed, judge};
use crate::signing_key::{Part, SigningKey};
use crate::time::{TimeOutOfRange, timestamp};
use crate::usable::{Purpose, Unusable};

/// How much of a foreign message is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenLimits {
    /// Most bytes that a layer may hold when it is off: what was compressed counts as what it becomes.
    pub bytes: usize,
    /// Most packets in a layer.
    pub packets: usize,
    /// Most layers of encryption and compression around the text.
    pub layers: usize,
    /// Most secret parts that are tried on messages which do not say for whom they are.
    pub tries: usize,
}

impl Default for OpenLimits {
    /// 64 MiB: an exploit with its screenshots, no more.
    fn default() -> Self {
        Self {
            bytes: 64 * 1024 * 1024,
            packets: 1_000,
            layers: 8,
            tries: 64,
        }
    }
}

/// Why nothing of a message is given out. What it holds is never quoted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The given present time does not fit into OpenPGP.
    #[error("the present time: {0}")]
    Time(#[from] TimeOutOfRange),
    /// Nothing in it begins as a message does.
    #[error("this is not an OpenPGP message: expected -----BEGIN PGP MESSAGE-----")]
    Missing,
    /// It ends in the middle.
    #[error("the OpenPGP message is cut short")]
    Truncated,
    /// It was encrypted for others.
    #[error("the OpenPGP message is not encrypted to a key that is here: it names {}", named(.recipients))]
    NoSecretKey {
        /// The key ids or fingerprints that it names; a hidden recipient is left out.
        recipients: Vec<String>,
    },
    /// It was encrypted with a passphrase alone.
    #[error("the OpenPGP message is encrypted with a passphrase, not to a key")]
    Passphrase,
    /// Nothing in it would show a change.
    #[error("the OpenPGP message has no integrity protection: a program of today protects every message")]
    NoIntegrity,
    /// It was changed on its way.
    #[error("the OpenPGP message was changed or damaged on its way")]
    Integrity,
    /// It is or becomes larger than the limit.
    #[error("the OpenPGP message becomes larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// More layers than the limit.
    #[error("the OpenPGP message has more than {limit} layers")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// More packets, signatures or session keys than the limit.
    #[error("the OpenPGP message has too many packets")]
    TooMany,
    /// A form that is not read here.
    #[error("the OpenPGP message is of a form or an algorithm that is not read here")]
    Unsupported,
    /// It does not parse.
    #[error("the OpenPGP message does not parse")]
    Malformed,
}

fn named(recipients: &[String]) -> String {
    if recipients.is_empty() {
        "nobody".to_owned()
    } else {
        recipients.join(", ")
    }
}

/// What was in a message.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// The bytes inside, as they were signed.
    pub content: Vec<u8>,
    /// How it was encrypted, if it was.
    pub encryption: Option<Encryption>,
    /// Its signatures, each judged. None of them says who sent it.
    pub signatures: Vec<Signed>,
}

/// Prints sizes alone.
impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Opened({} bytes, {} signatures)",
            self.content.len(),
            self.signatures.len()
        )
    }
}

/// How a message was encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encryption {
    /// Fingerprint of the key of ours that opened it.
    pub key: String,
    /// Why that key, or the part of it, should no longer be encrypted to, if so.
    pub retired: Option<Retired>,
    /// How the content is protected.
    pub protection: Protection,
    /// Key ids or fingerprints for which it was encrypted, in order; `None` is a hidden one.
    pub recipients: Vec<Option<String>>,
}

/// Why a key of ours should no longer be encrypted to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retired {
    /// The key as a whole.
    Key(Unusable),
    /// Only the part that opened it: a newer one stands beside it, or it has ended.
    Part,
}

/// How the content of an encrypted message is protected against changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// By a digest inside (version 1): what every program reads.
    Mdc,
    /// By authenticated chunks (version 2, RFC 9580).
    Aead,
    /// By GnuPG's own packet of authenticated chunks.
    GnupgOcb,
}

/// Opens a message, armoured or bare, with any of `keys` at the present time `now` (Unix seconds), and judges its signatures by
/// `certificates`. A message that is only signed opens too.
///
/// # Errors
/// The reason why nothing is given out.
pub fn open(
    message: &[u8],
    keys: &[SigningKey],
    certificates: &[Certificate],
    limits: OpenLimits,
    now: i64,
) -> Result<Opened, OpenError> {
    timestamp(now)?;
    let bytes = match message.first() {
        Some(first) if first & 0x80 != 0 => message.to_vec(),
        _ => armour::read_message(message, limits.bytes).map_err(|why| match why {
            NoMessage::Missing => OpenError::Missing,
            NoMessage::Short => OpenError::Truncated,
            NoMessage::Damaged => OpenError::Malformed,
            NoMessage::TooLarge => OpenError::TooLarge { limit: limits.bytes },
        })?,
    };
    guarded(|| layers(bytes, keys, certificates, limits, now)).unwrap_or(Err(OpenError::Malformed))
}

fn layers(
    mut layer: Vec<u8>,
    keys: &[SigningKey],
    certificates: &[Certificate],
    limits: OpenLimits,
    now: i64,
) -> Result<Opened, OpenError> {
    let mut encryption = None;
    for _ in 0..=limits.layers {
        let mut tags = outline(&layer, limits.packets).map_err(|broken| broken_layer(broken, encryption.is_some()))?;
        tags.retain(|tag| *tag != Tag::Skipped);
        layer = match tags.as_slice() {
            [
                Tag::KeyForPublic | Tag::KeyForPassphrase | Tag::Unprotected | Tag::Protected | Tag::GnupgOcb,
                ..,
            ] => {
                check_encrypted(&tags)?;
                let (content, how) = decrypt(&layer, keys, limits, now)?;
                encryption.get_or_insert(how);
                content
            }
            [Tag::Compressed] => decompress(&layer, limits)?,
            tags if is_text(tags) => {
                let (content, signatures) = text(&layer, certificates, limits, now)?;
                return Ok(Opened {
                    content,
                    encryption,
                    signatures,
                });
            }
            [] => return Err(OpenError::Malformed),
            _ => return Err(OpenError::Unsupported),
        };
    }
    Err(OpenError::TooDeep { limit: limits.layers })
}

/// What was encrypted as a whole was not cut on its way: whoever made it made it so.
fn broken_layer(broken: Broken, inside: bool) -> OpenError {
    match broken {
        Broken::Short if !inside => OpenError::Truncated,
        Broken::TooMany => OpenError::TooMany,
        Broken::Short | Broken::Garbage => OpenError::Malformed,
    }
}

/// Session keys, then exactly one container that protects its content.
fn check_encrypted(tags: &[Tag]) -> Result<(), OpenError> {
    let is_key = |tag: &Tag| matches!(tag, Tag::KeyForPublic | Tag::KeyForPassphrase);
    let keys = tags.iter().take_while(|tag| is_key(tag)).count();
    match tags.get(keys..) {
        Some([Tag::Protected | Tag::GnupgOcb]) => Ok(()),
        Some([Tag::Unprotected, ..]) => Err(OpenError::NoIntegrity),
        Some([]) => Err(OpenError::Truncated),
        _ => Err(OpenError::Malformed),
    }
}

/// A text, alone, or between its signatures.
fn is_text(tags: &[Tag]) -> bool {
    let is_signature = |tag: &Tag| matches!(tag, Tag::Signature | Tag::OnePassSignature);
    let before = tags.iter().take_while(|tag| is_signature(tag)).count();
    match tags.get(before..) {
        Some([Tag::Literal, after @ ..]) => after.iter().all(is_signature),
        _ => false,
    }
}

fn parsed(layer: &[u8]) -> Result<Message<'_>, OpenError> {
    Message::from_bytes(layer).map_err(|_| OpenError::Malformed)
}

fn decrypt(
    layer: &[u8],
    keys: &[SigningKey],
    limits: OpenLimits,
    now: i64,
) -> Result<(Vec<u8>, Encryption), OpenError> {
    let Message::Encrypted { esk, .. } = parsed(layer)? else {
        return Err(OpenError::Malformed);
    };
    let sealed: Vec<&PublicKeyEncryptedSessionKey> = esk
        .iter()
        .filter_map(|esk| match esk {
            Esk::PublicKeyEncryptedSessionKey(sealed) => Some(sealed),
            Esk::SymKeyEncryptedSessionKey(_) => None,
        })
        .collect();
    let recipients: Vec<Option<String>> = sealed.iter().map(|sealed| recipient(sealed)).collect();
    if sealed.is_empty() && !esk.is_empty() {
        return Err(OpenError::Passphrase);
    }

    let candidates = session_keys(&sealed, keys, limits);
    let mut refusal = None;
    for candidate in candidates {
        match content(layer, &candidate.session, limits) {
            Ok((content, protection)) => {
                let encryption = Encryption {
                    key: candidate.key.fingerprint(),
                    retired: retired(candidate.key, &candidate.part, now),
                    protection,
                    recipients,
                };
                return Ok((content, encryption));
            }
            Err(error) => _ = refusal.get_or_insert(error),
        }
    }
    Err(refusal.unwrap_or_else(|| OpenError::NoSecretKey {
        recipients: recipients.into_iter().flatten().collect(),
    }))
}

/// Whom a session key is for, as it says itself.
fn recipient(sealed: &PublicKeyEncryptedSessionKey) -> Option<String> {
    match sealed.version() {
        PkeskVersion::V3 => {
            let id = sealed.id().ok().filter(|id| !id.is_wildcard())?;
            Some(id.to_string().to_uppercase())
        }
        _ => Some(format!("{:X}", sealed.fingerprint().ok().flatten()?)),
    }
}

/// A session key that a part of ours gave, right or not: a hidden recipient's may open by chance.
struct Candidate<'k> {
    session: PlainSessionKey,
    key: &'k SigningKey,
    part: Fingerprint,
}

fn session_keys<'k>(
    sealed: &[&PublicKeyEncryptedSessionKey],
    keys: &'k [SigningKey],
    limits: OpenLimits,
) -> Vec<Candidate<'k>> {
    let mut candidates = Vec::new();
    let mut tries = 0;
    for sealed in sealed {
        for key in keys {
            for part in key.parts() {
                if !part.is_meant(sealed) {
                    continue;
                }
                if tries == limits.tries {
                    return candidates;
                }
                tries += 1;
                if let Some(session) = part.unseal(sealed) {
                    let part = part.fingerprint();
                    candidates.push(Candidate { session, key, part });
                }
            }
        }
    }
    candidates
}

impl Part<'_> {
    fn is_meant(self, sealed: &PublicKeyEncryptedSessionKey) -> bool {
        let fits = |key: &dyn KeyDetails| sealed.algorithm().is_ok_and(|algorithm| algorithm == key.algorithm());
        match self {
            Part::Primary(key) => fits(key) && sealed.match_identity(key.public_key()),
            Part::Subkey(key) => fits(key) && sealed.match_identity(key.public_key()),
        }
    }

    fn unseal(self, sealed: &PublicKeyEncryptedSessionKey) -> Option<PlainSessionKey> {
        let kind = match sealed.version() {
            PkeskVersion::V3 => EskType::V3_4,
            PkeskVersion::V6 => EskType::V6,
            PkeskVersion::Other(_) => return None,
        };
        let values = sealed.values().ok()?;
        let open = |key: &dyn DecryptionKey| key.decrypt(&Password::empty(), values, kind).ok()?.ok();
        match self {
            Part::Primary(key) => open(key),
            Part::Subkey(key) => open(key),
        }
    }
}

/// Everything inside the container, whole and unchanged.
fn content(layer: &[u8], session: &PlainSessionKey, limits: OpenLimits) -> Result<(Vec<u8>, Protection), OpenError> {
    let Message::Encrypted { mut edata, .. } = parsed(layer)? else {
        return Err(OpenError::Malformed);
    };
    let protection = match (&edata, session) {
        (Edata::SymEncryptedData { .. }, _) => return Err(OpenError::NoIntegrity),
        (Edata::GnupgAeadData { .. }, _) => Protection::GnupgOcb,
        (Edata::SymEncryptedProtectedData { .. }, PlainSessionKey::V6 { .. }) => Protection::Aead,
        (Edata::SymEncryptedProtectedData { .. }, _) => Protection::Mdc,
    };
    let whole = Seipdv1ReadMode::CheckFirst {
        max_message_size: limits.bytes.saturating_add(1024),
    };
    let options = DecryptionOptions::new()
        .enable_gnupg_aead()
        .set_seipdv1_read_mode(whole);
    edata
        .decrypt_with_options(session, options)
        .map_err(|_| OpenError::Integrity)?;
    let content = read_within(&mut edata, limits)?.map_err(|_| OpenError::Integrity)?;
    Ok((content, protection))
}

fn decompress(layer: &[u8], limits: OpenLimits) -> Result<Vec<u8>, OpenError> {
    let Message::Compressed { reader, .. } = parsed(layer)? else {
        return Err(OpenError::Malformed);
    };
    let mut reader = reader.decompress().map_err(|_| OpenError::Unsupported)?;
    read_within(&mut reader, limits)?.map_err(|_| OpenError::Malformed)
}

/// All bytes, unless there are more than the limit.
fn read_within(reader: &mut impl std::io::Read, limits: OpenLimits) -> Result<std::io::Result<Vec<u8>>, OpenError> {
    let mut bytes = Vec::new();
    let most = u64::try_from(limits.bytes).unwrap_or(u64::MAX);
    let read = reader.take(most.saturating_add(1)).read_to_end(&mut bytes);
    if bytes.len() > limits.bytes {
        return Err(OpenError::TooLarge { limit: limits.bytes });
    }
    Ok(read.map(|_| bytes))
}

fn text(
    layer: &[u8],
    certificates: &[Certificate],
    limits: OpenLimits,
    now: i64,
) -> Result<(Vec<u8>, Vec<Signed>), OpenError> {
    let mut message = parsed(layer)?;
    if let Message::Signed { reader, .. } = &message
        && reader.num_signatures() > MAX_SIGNATURES_READ
    {
        return Err(OpenError::TooMany);
    }
    let content = read_within(&mut message, limits)?.map_err(|_| OpenError::Malformed)?;
    let Message::Signed { reader, .. } = &message else {
        return Ok((content, Vec::new()));
    };
    let signatures = (0..reader.num_signatures()).filter_map(|index| reader.signature(index));
    let judged = signatures
        .map(|signature| judge(certificates, &content, signature, now))
        .collect();
    Ok((content, judged))
}

fn retired(key: &SigningKey, part: &Fingerprint, now: i64) -> Option<Retired> {
    let certificate = key.certificate();
    match certificate.check(Purpose::Intake, now) {
        // Version 6 is new, not old.
        Err(Unusable::TooNew) => (!is_valid_part(certificate.checked(), part, now)).then_some(Retired::Part),
        Err(unusable) => Some(Retired::Key(unusable)),
        Ok(()) => {
            let able = timestamp(now).map(|at| certificate.able_at(Purpose::Intake, at));
            (!able.is_ok_and(|able| able.contains(part))).then_some(Retired::Part)
        }
    }
}

fn is_valid_part(checked: &Checked, part: &Fingerprint, now: i64) -> bool {
    let Ok(at) = timestamp(now) else {
        return false;
    };
    checked
        .valid_subkeys_at(at)
        .iter()
        .any(|subkey| subkey.fingerprint() == *part)
}
