//! Fixing a release: its bytes and its signature are decided once, here, and stored by the caller. Whatever is built later takes them
//! as they are.

use crate::error::FixError;
use documents::{Problem, csaf};
use gate::Class;
use jiff::Timestamp;
use openpgp::SigningKey;
use psirt::advisory::{Advisory, Released};
use psirt::house::Brand;
use sha2::{Digest as _, Sha256, Sha512};

/// The bytes that everybody will download, and the signature over them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedRelease {
    /// The CSAF document.
    pub json: Vec<u8>,
    /// Its detached signature, armoured.
    pub signature: String,
}

impl FixedRelease {
    /// SHA-256 of the document, in lower-case hexadecimal digits.
    #[must_use]
    pub fn sha256(&self) -> String {
        data_encoding::HEXLOWER.encode(&Sha256::digest(&self.json))
    }

    /// SHA-512 of the document, in lower-case hexadecimal digits.
    #[must_use]
    pub fn sha512(&self) -> String {
        data_encoding::HEXLOWER.encode(&Sha512::digest(&self.json))
    }
}

/// A fixed release, with what the validator had to say that did not keep it back.
#[derive(Clone, Debug)]
pub struct Fixed {
    /// What to store.
    pub release: FixedRelease,
    /// Optional findings, each with the reason why it stays. To be recorded.
    pub excused: Vec<Excused>,
    /// Informative findings. To be shown.
    pub informative: Vec<gate::Finding>,
    /// Tests that were not run.
    pub not_run: Vec<gate::NotRun>,
}

/// An optional finding that somebody accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excused {
    /// The finding.
    pub finding: gate::Finding,
    /// Why it stays.
    pub reason: String,
}

/// What the validator says of an advisory that is not released yet.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The whole judgement.
    pub judgement: gate::Judgement,
    /// Optional findings without a reason; while there is one, the release will be refused.
    pub unexcused: Vec<gate::Finding>,
}

impl Judged {
    /// Whether a release of exactly this text would pass.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.judgement.passes() && self.unexcused.is_empty()
    }
}

/// Judges an advisory that already has the number and revision it would be released with. Returns findings only: no byte of the
/// document leaves.
///
/// # Errors
/// What keeps it from becoming a document at all.
pub fn judge(
    advisory: &Advisory,
    brand: &Brand,
    engine_version: &str,
    reasons: &[(&str, &str)],
) -> Result<Judged, Vec<Problem>> {
    let json = csaf::to_bytes(&csaf::document(advisory, brand, engine_version)?);
    let judgement = gate::judge(&json);
    let reasoned = |finding: &&gate::Finding| reason(finding, reasons).is_none();
    let unexcused = judgement.of(Class::Optional).filter(reasoned).cloned().collect();
    Ok(Judged { judgement, unexcused })
}

/// The bytes of a release before anybody signed them. They follow from the advisory, the brand and the engine alone.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The CSAF document.
    pub json: Vec<u8>,
    excused: Vec<Excused>,
    informative: Vec<gate::Finding>,
    not_run: Vec<gate::NotRun>,
}

impl Prepared {
    /// Signs them at `at`.
    ///
    /// # Errors
    /// [`FixError::Sign`]: the key was made later, or had ended.
    pub fn signed(self, key: &SigningKey, at: Timestamp) -> Result<Fixed, FixError> {
        let signature = key.sign_detached(&self.json, at.as_second())?;
        Ok(self.with_signature(signature))
    }

    /// Takes a signature that was made on another machine. The caller has verified it.
    #[must_use]
    pub fn with_signature(self, signature: String) -> Fixed {
        Fixed {
            release: FixedRelease {
                json: self.json,
                signature,
            },
            excused: self.excused,
            informative: self.informative,
            not_run: self.not_run,
        }
    }
}

/// Decides the bytes of a release, once: makes the document, has it judged, signs it at `at`.
///
/// # Errors
/// As [`prepare`], and as [`Prepared::signed`].
pub fn fix_release(
    released: &Released,
    brand: &Brand,
    key: &SigningKey,
    at: Timestamp,
    engine_version: &str,
    reasons: &[(&str, &str)],
) -> Result<Fixed, FixError> {
    prepare(released, brand, engine_version, reasons)?.signed(key, at)
}

/// Makes the document of a release and has it judged.
///
/// `reasons` are pairs of a test of CSAF 2.0 §6.2 and the recorded reason why its findings are accepted.
///
/// # Errors
/// Findings with their places.
pub fn prepare(
    released: &Released,
    brand: &Brand,
    engine_version: &str,
    reasons: &[(&str, &str)],
) -> Result<Prepared, FixError> {
    let advisory = released.advisory();
    if advisory.brand != brand.id {
        return Err(FixError::OtherBrand {
            advisory: advisory.brand.clone(),
            brand: brand.id.clone(),
        });
    }
    let document = csaf::document(advisory, brand, engine_version).map_err(FixError::Problems)?;
    let json = csaf::to_bytes(&document);

    let judgement = gate::judge(&json);
    let blocking = |class: Class| matches!(class, Class::Schema | Class::Mandatory);
    let refused: Vec<_> = judgement
        .findings
        .iter()
        .filter(|finding| blocking(finding.class))
        .cloned()
        .collect();
    if !refused.is_empty() {
        return Err(FixError::Refused(refused));
    }
    if !judgement.passes() {
        return Err(FixError::NotJudged(
            judgement
                .not_run
                .into_iter()
                .filter(|test| blocking(test.class))
                .collect(),
        ));
    }
    let mut excused = Vec::new();
    let mut unexcused = Vec::new();
    for finding in judgement.of(Class::Optional).cloned() {
        match reason(&finding, reasons) {
            Some(reason) => excused.push(Excused {
                finding,
                reason: reason.to_owned(),
            }),
            None => unexcused.push(finding),
        }
    }
    if !unexcused.is_empty() {
        return Err(FixError::NeedsReason(unexcused));
    }
    let informative = judgement.of(Class::Informative).cloned().collect();
    Ok(Prepared {
        json,
        excused,
        informative,
        not_run: judgement.not_run,
    })
}

fn reason<'r>(finding: &gate::Finding, reasons: &[(&str, &'r str)]) -> Option<&'r str> {
    let reason = reasons
        .iter()
        .find(|(test, text)| *test == finding.test && !text.trim().is_empty());
    reason.map(|(_, text)| *text)
}
