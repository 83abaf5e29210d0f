//! Checkpoints: the head of the journal as a signed note to carry off the machine.
//!
//! The text is that of C2SP `tlog-checkpoint` in a `signed-note` with Ed25519, so that other people's verifiers read it. The signing key
//! follows from the master key: whoever restores a house with its master key signs as before. Never reads the journal.

use std::fmt;

use data_encoding::{BASE64, HEXLOWER};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::VaultError;
use crate::key::{KEY_BYTES, MasterKey};

const HASH_BYTES: usize = 32;
/// The number of Ed25519 in a signed note.
const ALGORITHM: u8 = 1;
const KEY_HASH_BYTES: usize = 4;
/// A note has four lines and a signature; everything longer is none of ours.
const NOTE_MAX_BYTES: usize = 4_096;

/// The size and root of the journal, as they were signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// How many entries.
    pub size: u64,
    /// The root of the RFC 6962 tree over them.
    pub root: [u8; HASH_BYTES],
}

/// The key that signs checkpoints.
pub struct CheckpointKey(SigningKey);

/// The public half: what a stranger needs beside a note.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier(VerifyingKey);

impl MasterKey {
    /// The key that signs this house's checkpoints.
    pub fn checkpoint_key(&self) -> CheckpointKey {
        let mut seed = Zeroizing::new([0; KEY_BYTES]);
        let digest = Sha256::new()
            .chain_update(b"candor/checkpoint-seed/1")
            .chain_update(self.0.bytes())
            .finalize();
        seed.copy_from_slice(&digest);
        CheckpointKey(SigningKey::from_bytes(&seed))
    }
}

impl CheckpointKey {
    /// The public half.
    pub fn verifier(&self) -> Verifier {
        Verifier(self.0.verifying_key())
    }

    /// A signed note.
    pub fn sign(&self, checkpoint: &Checkpoint) -> String {
        let verifier = self.verifier();
        let body = body(&verifier.origin(), checkpoint);
        let mut signature = verifier.key_hash().to_vec();
        signature.extend_from_slice(&self.0.sign(body.as_bytes()).to_bytes());
        format!("{body}\n— {} {}\n", verifier.origin(), BASE64.encode(&signature))
    }
}

impl Verifier {
    /// The name under which the house signs: it follows from the key.
    pub fn origin(&self) -> String {
        let digest = Sha256::digest(self.0.as_bytes());
        format!("candor-journal/{}", HEXLOWER.encode(&digest[..8]))
    }

    /// The key as text: `origin+hash+base64`, as verifiers of signed notes take it.
    pub fn to_text(&self) -> String {
        let mut key = vec![ALGORITHM];
        key.extend_from_slice(self.0.as_bytes());
        let hash = HEXLOWER.encode(&self.key_hash());
        format!("{}+{hash}+{}", self.origin(), BASE64.encode(&key))
    }

    fn key_hash(&self) -> [u8; KEY_HASH_BYTES] {
        let digest = Sha256::new()
            .chain_update(self.origin())
            .chain_update([b'\n', ALGORITHM])
            .chain_update(self.0.as_bytes())
            .finalize();
        let mut hash = [0; KEY_HASH_BYTES];
        hash.copy_from_slice(&digest[..KEY_HASH_BYTES]);
        hash
    }

    /// What a note says, if this house signed it. Signatures of others beside ours do not matter.
    ///
    /// # Errors
    /// [`VaultError::Checkpoint`].
    pub fn check(&self, note: &str) -> Result<Checkpoint, VaultError> {
        let wrong = VaultError::Checkpoint;
        if note.len() > NOTE_MAX_BYTES {
            return Err(wrong("it is too long"));
        }
        let (text, signatures) = note.rsplit_once("\n\n").ok_or(wrong("it has no signature"))?;
        let lines: Vec<&str> = text.lines().collect();
        let [origin, size, root] = lines[..] else {
            return Err(wrong("it does not have three lines and a signature"));
        };
        if origin != self.origin() {
            return Err(wrong("another house signed it"));
        }
        let size: u64 = size.parse().map_err(|_| wrong("its size is no number"))?;
        let decoded = BASE64.decode(root.as_bytes()).ok();
        let root = decoded.and_then(|root| root.try_into().ok());
        let checkpoint = Checkpoint {
            size,
            root: root.ok_or(wrong("its root is no hash"))?,
        };
        let body = body(origin, &checkpoint);
        let ours = format!("— {origin} ");
        let signed = signatures
            .lines()
            .filter_map(|line| line.strip_prefix(&ours))
            .any(|signature| {
                let bytes = BASE64.decode(signature.as_bytes()).unwrap_or_default();
                let signature = bytes
                    .strip_prefix(&self.key_hash())
                    .and_then(|signature| Signature::from_slice(signature).ok());
                signature.is_some_and(|signature| self.0.verify_strict(body.as_bytes(), &signature).is_ok())
            });
        match signed {
            true => Ok(checkpoint),
            false => Err(wrong("its signature is not that of this house")),
        }
    }
}

impl fmt::Debug for CheckpointKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CheckpointKey(…)")
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verifier({})", self.to_text())
    }
}

fn body(origin: &str, checkpoint: &Checkpoint) -> String {
    format!("{origin}\n{}\n{}\n", checkpoint.size, BASE64.encode(&checkpoint.root))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: Checkpoint = Checkpoint { size: 7, root: [3; 32] };

    fn check_refused(change: impl Fn(&str) -> String, expect: &str) {
        let key = MasterKey::generate().unwrap().checkpoint_key();
        let error = key.verifier().check(&change(&key.sign(&HEAD))).unwrap_err();
        assert!(error.to_string().contains(expect), "{error}");
    }

    #[test]
    fn a_note_says_what_was_signed() {
        let master = MasterKey::generate().unwrap();
        let key = master.checkpoint_key();
        let note = key.sign(&HEAD);
        assert_eq!(key.verifier().check(&note), Ok(HEAD));
        assert_eq!(
            master.checkpoint_key().verifier(),
            key.verifier(),
            "the key follows from the master key"
        );
        let witnessed = format!("{note}— somebody.example AAAA\n");
        assert_eq!(key.verifier().check(&witnessed), Ok(HEAD));
        let lines: Vec<&str> = note.lines().collect();
        assert_eq!((lines.len(), lines[1], lines[3]), (5, "7", ""));
        assert_eq!(format!("{key:?}"), "CheckpointKey(…)");
    }

    #[test]
    fn a_note_that_was_changed_or_is_not_ours_is_refused() {
        check_refused(|note| note.replacen("\n7\n", "\n8\n", 1), "its signature is not that");
        check_refused(|note| note.replacen("AwM", "AwQ", 1), "its signature is not that");
        check_refused(|note| note.replacen("\n7\n", "\nx\n", 1), "no number");
        check_refused(|note| note.replacen("candor-journal", "other", 1), "another house");
        check_refused(
            |_| MasterKey::generate().unwrap().checkpoint_key().sign(&HEAD),
            "another house",
        );
        check_refused(|note| note.split("\n\n").next().unwrap().to_owned(), "no signature");
        check_refused(|_| String::new(), "no signature");
        check_refused(|note| note.replacen("\n7\n", "\n7\nmore\n", 1), "three lines");
        check_refused(|note| format!("{note}{}", "x".repeat(5_000)), "too long");
    }
}
