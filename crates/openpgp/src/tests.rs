//! What the tests of this crate share: a fixed past, a key, and a forge for certificates and signatures that the crate
//! itself refuses to make.

mod cleartext;
mod forged;
mod gpg;
mod hostile;
mod keys;
mod life;
mod opening;

use pgp::composed::{Deserializable as _, DetachedSignature, SignedKeyDetails, SignedPublicKey, SignedSecretKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{KeyFlags, SecretKey, Signature, SignatureConfig, SignatureType, Subpacket, SubpacketData, UserId};
use pgp::types::{Duration, KeyDetails as _, PacketHeaderVersion, Password, Tag, Timestamp};
use zeroize::Zeroizing;

use crate::armour::{self, Kind};
use crate::{Certificate, Limits, SigningKey, VerifyError, verify_detached};

/// 2024-03-01T09:00:00Z.
const KEY_CREATED: i64 = 1_709_283_600;
const SIGNED: i64 = KEY_CREATED + 86_400;
const NOW: i64 = SIGNED + 86_400;
const USER_ID: &str = "Example PSIRT <psirt@example.com>";
const DATA: &[u8] = b"{\"document\":{}}\n";

fn seed(byte: u8) -> Zeroizing<[u8; 32]> {
    Zeroizing::new([byte; 32])
}

fn key() -> SigningKey {
    SigningKey::generate(USER_ID, KEY_CREATED, &seed(7)).unwrap()
}

fn at(unix_seconds: i64) -> Timestamp {
    Timestamp::from_secs(u32::try_from(unix_seconds).unwrap())
}

fn check_verify(certificate: &Certificate, data: &[u8], signature: &str, now: i64, expect: Result<i64, VerifyError>) {
    let outcome = verify_detached(certificate, data, signature.as_bytes(), now);
    assert_eq!(outcome.map(|verified| verified.created), expect);
}

/// Makes what no honest program makes, with the secret of [`key`].
struct Forge {
    key: SecretKey,
}

impl Forge {
    fn new() -> Self {
        let bytes = key().to_secret_bytes().unwrap();
        let secret = SignedSecretKey::from_bytes_many(bytes.as_slice())
            .unwrap()
            .next()
            .unwrap()
            .unwrap();
        Self {
            key: secret.primary_key,
        }
    }

    fn config(&self, typ: SignatureType, made: i64, further: Vec<SubpacketData>) -> SignatureConfig {
        let mut config = SignatureConfig::v4(typ, self.key.algorithm(), HashAlgorithm::Sha512);
        let all = [
            SubpacketData::IssuerFingerprint(self.key.fingerprint()),
            SubpacketData::SignatureCreationTime(at(made)),
        ];
        config.hashed_subpackets = all
            .into_iter()
            .chain(further)
            .map(|data| Subpacket::critical(data).unwrap())
            .collect();
        config
    }

    /// A detached signature over [`DATA`].
    fn signature(&self, config: SignatureConfig) -> String {
        let signature = config.sign(&self.key, &Password::empty(), DATA).unwrap();
        armour::write(&DetachedSignature::new(signature), Kind::Signature).unwrap()
    }

    fn plain_signature(&self) -> String {
        self.signature(self.config(SignatureType::Binary, SIGNED, vec![]))
    }

    /// A certificate with one user id, bound at `bound` with `further` subpackets, and with `revocations`.
    fn certificate(&self, bound: i64, further: Vec<SubpacketData>, revocations: Vec<Signature>) -> Certificate {
        let user_id = UserId::from_str(PacketHeaderVersion::New, USER_ID).unwrap();
        let binding = self
            .config(SignatureType::CertPositive, bound, further)
            .sign_certification(
                &self.key,
                self.key.public_key(),
                &Password::empty(),
                Tag::UserId,
                &user_id,
            )
            .unwrap();
        let details = SignedKeyDetails::new(revocations, vec![], vec![user_id.into_signed(binding)], vec![]);
        let public = SignedPublicKey::new(self.key.public_key().clone(), details, vec![]);
        let armoured = armour::write(&public, Kind::PublicKey).unwrap();
        Certificate::parse(armoured.as_bytes(), Limits::default()).unwrap()
    }

    fn revocation(&self, made: i64, further: Vec<SubpacketData>) -> Signature {
        self.config(SignatureType::KeyRevocation, made, further)
            .sign_key(&self.key, &Password::empty(), self.key.public_key())
            .unwrap()
    }
}

fn may_sign() -> SubpacketData {
    let mut flags = KeyFlags::default();
    flags.set_certify(true);
    flags.set_sign(true);
    SubpacketData::KeyFlags(flags)
}

fn seconds(length: u32) -> Duration {
    Duration::from_secs(length)
}
