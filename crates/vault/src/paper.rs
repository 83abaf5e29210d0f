//! 32 bytes as text that a person can copy: 14 groups of 4 characters of base32, the last ones a check.
//!
//! Owns the three kinds of such texts. Each has a check of its own, so that one typed in place of another is told by its name.
//! Never prints or keeps one.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use crate::error::{PaperFault, VaultError};
use crate::key::KEY_BYTES;

/// Bytes of the check: one mistyped key in 16 million passes unnoticed.
const CHECK_BYTES: usize = 3;
/// 35 bytes are exactly 56 characters of base32.
const CHARACTERS: usize = (KEY_BYTES + CHECK_BYTES) * 8 / 5;
const GROUP_CHARACTERS: usize = 4;

/// What a text stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paper {
    /// A master key.
    Recovery,
    /// The secret key of backups.
    BackupSecret,
    /// Whom backups are for: public.
    Recipient,
}

impl Paper {
    const ALL: [Paper; 3] = [Paper::Recovery, Paper::BackupSecret, Paper::Recipient];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Paper::Recovery => "recovery key",
            Paper::BackupSecret => "secret key of backups",
            Paper::Recipient => "recipient of backups",
        }
    }

    fn domain(self) -> &'static [u8] {
        match self {
            Paper::Recovery => b"candor/recovery/1",
            Paper::BackupSecret => b"candor/backup-secret/1",
            Paper::Recipient => b"candor/backup-recipient/1",
        }
    }

    fn check(self, key: &[u8]) -> [u8; CHECK_BYTES] {
        let digest = Sha256::new().chain_update(self.domain()).chain_update(key).finalize();
        let mut check = [0; CHECK_BYTES];
        check.copy_from_slice(&digest[..CHECK_BYTES]);
        check
    }
}

/// The text of a key.
pub(crate) fn write(paper: Paper, key: &[u8; KEY_BYTES]) -> Zeroizing<String> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_BYTES + CHECK_BYTES));
    bytes.extend_from_slice(key);
    bytes.extend_from_slice(&paper.check(key));
    let characters = Zeroizing::new(BASE32_NOPAD.encode(&bytes));
    let mut text = String::with_capacity(2 * CHARACTERS);
    for (index, character) in characters.chars().enumerate() {
        if index > 0 && index % GROUP_CHARACTERS == 0 {
            text.push('-');
        }
        text.push(character);
    }
    Zeroizing::new(text)
}

/// The key of a typed text. Case, spaces, line ends and hyphens do not matter.
pub(crate) fn read(paper: Paper, typed: &str) -> Result<Zeroizing<[u8; KEY_BYTES]>, VaultError> {
    let fault = |fault| VaultError::Paper(paper.name(), fault);
    let mut characters = Zeroizing::new(String::with_capacity(CHARACTERS));
    let mut count = 0;
    for character in typed
        .chars()
        .filter(|character| !character.is_whitespace() && *character != '-')
    {
        count += 1;
        let character = character.to_ascii_uppercase();
        if !matches!(character, 'A'..='Z' | '2'..='7') {
            return Err(fault(PaperFault::Character(count)));
        }
        if count <= CHARACTERS {
            characters.push(character);
        }
    }
    if count != CHARACTERS {
        return Err(fault(PaperFault::Length(count)));
    }
    let decoded = BASE32_NOPAD.decode(characters.as_bytes());
    let mut bytes = Zeroizing::new(decoded.map_err(|_| fault(PaperFault::Check))?);
    let (typed_key, check) = bytes.split_at_mut(KEY_BYTES);
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    key.copy_from_slice(typed_key);
    typed_key.zeroize();
    match Paper::ALL.into_iter().find(|kind| check == kind.check(&key[..])) {
        Some(kind) if kind == paper => Ok(key),
        Some(kind) => Err(fault(PaperFault::Other(kind.name()))),
        None => Err(fault(PaperFault::Check)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_another_kind_is_told_by_its_name() {
        let key = [7; KEY_BYTES];
        for kind in Paper::ALL {
            let text = write(kind, &key);
            for wanted in Paper::ALL {
                let expect = match wanted == kind {
                    true => Ok(Zeroizing::new(key)),
                    false => Err(VaultError::Paper(wanted.name(), PaperFault::Other(kind.name()))),
                };
                assert_eq!(read(wanted, &text), expect);
            }
        }
    }
}
