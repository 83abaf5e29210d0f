//! Sealing for a recipient who is off the machine: RFC 9180 (HPKE, base mode) agrees on a key, the chunk sealing does the rest.
//!
//! A file is `"candor-backup 1\n" | part (1) | recipient's mark (8) | encapsulated key (32)`, then a sealed stream of chunks. HPKE binds the
//! header as its `info`, and every chunk has it as associated data. The suite is DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305,
//! of which only the exporter is used. What is sealed for a recipient is secret, not signed: who made it is proven by what is inside.

use std::fmt;
use std::io::{self, Read, Write};

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256 as X25519;
use hpke::{Deserializable as _, Kem as _, OpModeR, OpModeS, Serializable as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::VaultError;
use crate::chunk::{ChunkReader, ChunkWriter};
use crate::key::{DataKey, KEY_BYTES, SecretBytes, fill_random};
use crate::paper::{self, Paper};
use crate::seal::Context;

const MAGIC: &[u8; 16] = b"candor-backup 1\n";
const MARK_BYTES: usize = 8;
const BOUND_BYTES: usize = MAGIC.len() + 1 + MARK_BYTES;
const HEADER_BYTES: usize = BOUND_BYTES + KEY_BYTES;
const EXPORT: &[u8] = b"candor/backup-key/1";

/// Which part of a house a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackupPart {
    /// Journal, numbers, commands, jobs, blobs and files.
    House,
    /// The wrapped keys.
    Keys,
}

impl BackupPart {
    fn byte(self) -> u8 {
        match self {
            BackupPart::House => b'h',
            BackupPart::Keys => b'k',
        }
    }
}

/// Whom backups are for. Public: it seals, and opens nothing.
#[derive(Clone)]
pub struct Recipient(<X25519 as hpke::Kem>::PublicKey);

impl Recipient {
    /// Takes a recipient from its text.
    ///
    /// # Errors
    /// [`VaultError::Paper`].
    pub fn from_text(typed: &str) -> Result<Recipient, VaultError> {
        let bytes = paper::read(Paper::Recipient, typed)?;
        let key = <X25519 as hpke::Kem>::PublicKey::from_bytes(&bytes[..]);
        key.map(Recipient).map_err(|_| VaultError::UnknownFormat)
    }

    /// Its text, to be given to whoever makes backups.
    pub fn to_text(&self) -> String {
        let mut bytes = [0; KEY_BYTES];
        bytes.copy_from_slice(&self.0.to_bytes());
        paper::write(Paper::Recipient, &bytes).to_string()
    }

    fn mark(&self) -> [u8; MARK_BYTES] {
        let digest = Sha256::new()
            .chain_update(b"candor/backup-mark/1")
            .chain_update(self.0.to_bytes())
            .finalize();
        let mut mark = [0; MARK_BYTES];
        mark.copy_from_slice(&digest[..MARK_BYTES]);
        mark
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({})", self.to_text())
    }
}

/// The key that opens backups. It belongs on paper, or on a machine that Candor does not run on.
pub struct BackupSecret(<X25519 as hpke::Kem>::PrivateKey, SecretBytes);

impl BackupSecret {
    /// Draws a new key.
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`].
    pub fn generate() -> Result<BackupSecret, VaultError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        fill_random(&mut bytes[..])?;
        BackupSecret::of(bytes)
    }

    fn of(mut bytes: Zeroizing<[u8; KEY_BYTES]>) -> Result<BackupSecret, VaultError> {
        let key = <X25519 as hpke::Kem>::PrivateKey::from_bytes(&bytes[..]).map_err(|_| VaultError::UnknownFormat)?;
        let bytes = SecretBytes::take(&mut bytes[..]).ok_or(VaultError::UnknownFormat)?;
        Ok(BackupSecret(key, bytes))
    }

    /// Takes a key from its text, however it was typed.
    ///
    /// # Errors
    /// [`VaultError::Paper`].
    pub fn from_text(typed: &str) -> Result<BackupSecret, VaultError> {
        BackupSecret::of(paper::read(Paper::BackupSecret, typed)?)
    }

    /// The text, for the one time that it is printed.
    pub fn reveal(&self) -> Zeroizing<String> {
        paper::write(Paper::BackupSecret, self.1.bytes())
    }

    /// Whom the backups are for that it opens.
    pub fn recipient(&self) -> Recipient {
        Recipient(X25519::sk_to_pk(&self.0))
    }
}

impl fmt::Debug for BackupSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackupSecret(…)")
    }
}

/// Begins a file for the recipient: writes its header; what is written to the result is sealed. End it with [`ChunkWriter::finish`].
///
/// # Errors
/// Those of the inner writer; a [`VaultError`] inside an [`io::Error`].
pub fn seal_backup<W: Write>(recipient: &Recipient, part: BackupPart, mut inner: W) -> io::Result<ChunkWriter<W>> {
    let mut header = Vec::with_capacity(HEADER_BYTES);
    header.extend_from_slice(MAGIC);
    header.push(part.byte());
    header.extend_from_slice(&recipient.mark());
    let mut draw = Draw::new().map_err(io::Error::other)?;
    let (encapsulated, context) = hpke::setup_sender_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519>(
        &OpModeS::Base,
        &recipient.0,
        &header,
        &mut draw,
    )
    .map_err(|_| io::Error::other(VaultError::UnknownFormat))?;
    let key = exported(|into| context.export(EXPORT, into)).map_err(io::Error::other)?;
    header.extend_from_slice(&encapsulated.to_bytes());
    inner.write_all(&header)?;
    ChunkWriter::new(&key, &Context::Backup { header: &header }, inner)
}

/// Begins to read a file that [`seal_backup`] made: which part it is, and its checked bytes.
///
/// # Errors
/// Those of the inner reader; inside an [`io::Error`] [`VaultError::NotABackup`], [`VaultError::OtherRecipient`],
/// [`VaultError::UnknownFormat`] for a file that ends in its header; while reading those of [`ChunkReader`].
pub fn open_backup<R: Read>(secret: &BackupSecret, mut inner: R) -> io::Result<(BackupPart, ChunkReader<R>)> {
    let mut header = [0; HEADER_BYTES];
    inner.read_exact(&mut header).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => io::Error::other(VaultError::NotABackup),
        _ => error,
    })?;
    let (bound, encapsulated) = header.split_at(BOUND_BYTES);
    let (magic, rest) = bound.split_at(MAGIC.len());
    let part = match rest.first() {
        Some(b'h') if magic == MAGIC => BackupPart::House,
        Some(b'k') if magic == MAGIC => BackupPart::Keys,
        _ => return Err(io::Error::other(VaultError::NotABackup)),
    };
    let (made_for, yours) = (&rest[1..], secret.recipient().mark());
    if made_for != yours {
        let short = |mark: &[u8]| data_encoding::HEXLOWER.encode(&mark[..4]);
        return Err(io::Error::other(VaultError::OtherRecipient {
            made_for: short(made_for),
            yours: short(&yours),
        }));
    }
    let not_authentic = |_| io::Error::other(VaultError::NotAuthentic);
    let encapsulated = <X25519 as hpke::Kem>::EncappedKey::from_bytes(encapsulated).map_err(not_authentic)?;
    let context =
        hpke::setup_receiver::<ChaCha20Poly1305, HkdfSha256, X25519>(&OpModeR::Base, &secret.0, &encapsulated, bound)
            .map_err(not_authentic)?;
    let key = exported(|into| context.export(EXPORT, into)).map_err(io::Error::other)?;
    let reader = ChunkReader::new(&key, &Context::Backup { header: &header }, inner)?;
    Ok((part, reader))
}

fn exported(export: impl FnOnce(&mut [u8]) -> Result<(), hpke::HpkeError>) -> Result<DataKey, VaultError> {
    let mut bytes = Zeroizing::new([0; KEY_BYTES]);
    export(&mut bytes[..]).map_err(|_| VaultError::UnknownFormat)?;
    SecretBytes::take(&mut bytes[..])
        .map(DataKey)
        .ok_or(VaultError::UnknownFormat)
}

/// What HPKE draws its one-time key from: a seed of the operating system, stretched. HPKE wants a source that cannot fail, so the one
/// draw that can is made before.
struct Draw {
    seed: Zeroizing<[u8; KEY_BYTES]>,
    count: u64,
}

impl Draw {
    fn new() -> Result<Draw, VaultError> {
        let mut seed = Zeroizing::new([0; KEY_BYTES]);
        fill_random(&mut seed[..])?;
        Ok(Draw { seed, count: 0 })
    }
}

impl hpke::rand_core::TryRng for Draw {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Self::Error> {
        for block in into.chunks_mut(KEY_BYTES) {
            self.count += 1;
            let stretched = Sha256::new()
                .chain_update(b"candor/backup-draw/1")
                .chain_update(&self.seed[..])
                .chain_update(self.count.to_be_bytes())
                .finalize();
            block.copy_from_slice(&stretched[..block.len()]);
        }
        Ok(())
    }
}

impl hpke::rand_core::TryCryptoRng for Draw {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seal(recipient: &Recipient, plain: &[u8]) -> Vec<u8> {
        let mut writer = seal_backup(recipient, BackupPart::Keys, Vec::new()).unwrap();
        writer.write_all(plain).unwrap();
        writer.finish().unwrap()
    }

    fn open(secret: &BackupSecret, sealed: &[u8]) -> io::Result<Vec<u8>> {
        let (part, mut reader) = open_backup(secret, sealed)?;
        assert_eq!(part, BackupPart::Keys);
        let mut plain = Vec::new();
        reader.read_to_end(&mut plain)?;
        Ok(plain)
    }

    fn fault(error: &io::Error) -> Option<&VaultError> {
        error.get_ref()?.downcast_ref()
    }

    #[test]
    fn a_backup_opens_with_the_secret_of_its_recipient_however_both_were_typed() {
        let secret = BackupSecret::generate().unwrap();
        let recipient = Recipient::from_text(&secret.recipient().to_text().to_lowercase()).unwrap();
        let sealed = seal(&recipient, b"wrapped keys");
        let typed = BackupSecret::from_text(&secret.reveal().replace('-', " ")).unwrap();
        assert_eq!(open(&typed, &sealed).unwrap(), b"wrapped keys");
        assert_ne!(sealed, seal(&recipient, b"wrapped keys"), "each has a one-time key");
        assert_eq!(format!("{secret:?}"), "BackupSecret(…)");
        assert!(
            Recipient::from_text(&secret.reveal())
                .unwrap_err()
                .to_string()
                .contains("it is a secret key")
        );
    }

    #[test]
    fn a_backup_for_another_recipient_names_both() {
        let sealed = seal(&BackupSecret::generate().unwrap().recipient(), b"x");
        let error = open(&BackupSecret::generate().unwrap(), &sealed).unwrap_err();
        assert!(
            matches!(fault(&error), Some(VaultError::OtherRecipient { .. })),
            "{error}"
        );
        for bytes in [&b""[..], b"candor-backup 1\n", &[0; 100], b"candor-backup 2\nk"] {
            let error = open(&BackupSecret::generate().unwrap(), bytes).unwrap_err();
            assert_eq!(fault(&error), Some(&VaultError::NotABackup));
        }
    }

    /// RFC 9180, appendix A.2.1: the same suite, base mode, opened by the recipient's key.
    #[test]
    fn the_agreement_is_that_of_the_standard() {
        let hex = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap();
        let secret = hex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb");
        let encapsulated = hex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
        let info = hex("4f6465206f6e2061204772656369616e2055726e");
        let context = hpke::setup_receiver::<ChaCha20Poly1305, HkdfSha256, X25519>(
            &OpModeR::Base,
            &<X25519 as hpke::Kem>::PrivateKey::from_bytes(&secret).unwrap(),
            &<X25519 as hpke::Kem>::EncappedKey::from_bytes(&encapsulated).unwrap(),
            &info,
        )
        .unwrap();
        let mut exported = [0; 32];
        context.export(b"", &mut exported).unwrap();
        assert_eq!(
            exported[..],
            hex("4bbd6243b8bb54cec311fac9df81841b6fd61f56538a775e7c80a9f40160606e")[..]
        );
    }

    proptest! {
        #[test]
        fn one_flipped_bit_is_noticed(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let secret = BackupSecret::generate().unwrap();
            let mut sealed = seal(&secret.recipient(), &[7; 500]);
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(open(&secret, &sealed).is_err());
        }
    }
}
