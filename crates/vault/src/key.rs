//! Keys as values: made, wrapped, unwrapped, wiped. No `Display`, no `Clone`, no bytes in `Debug`.

use std::fmt;

use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::VaultError;
use crate::seal::{self, Context};

/// Length of every key, in bytes.
pub(crate) const KEY_BYTES: usize = 32;

/// Fills `bytes` with randomness of the operating system.
pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), VaultError> {
    getrandom::fill(bytes).map_err(|_| VaultError::NoRandomness)
}

/// 32 secret bytes, on the heap so that a move leaves no copy behind, wiped on drop.
#[derive(ZeroizeOnDrop)]
pub(crate) struct SecretBytes(Box<[u8; KEY_BYTES]>);

impl SecretBytes {
    fn generate() -> Result<Self, VaultError> {
        let mut bytes = Box::new([0; KEY_BYTES]);
        fill_random(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// Takes the bytes over and wipes the source; `None` if the length is wrong.
    pub(crate) fn take(source: &mut [u8]) -> Option<Self> {
        let mut bytes = Box::new([0; KEY_BYTES]);
        let fits = source.len() == KEY_BYTES;
        if fits {
            bytes.copy_from_slice(source);
        }
        source.zeroize();
        fits.then_some(Self(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

/// The key that seals the bodies of one stream, one person or one arrival.
#[derive(ZeroizeOnDrop)]
pub struct DataKey(pub(crate) SecretBytes);

impl DataKey {
    /// Draws a new key.
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`].
    pub fn generate() -> Result<Self, VaultError> {
        SecretBytes::generate().map(Self)
    }

    /// Seals `plain` so that it opens only with this key and in this `context`. The nonce is random (192 bits, so that no count
    /// of sealings under one key comes near a repetition).
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`], [`VaultError::TooLong`].
    pub fn seal(&self, context: &Context<'_>, plain: &[u8]) -> Result<Vec<u8>, VaultError> {
        seal::seal(&self.0, context, plain)
    }

    /// Opens what [`DataKey::seal`] made.
    ///
    /// # Errors
    /// [`VaultError::NotAuthentic`], [`VaultError::UnknownFormat`].
    pub fn open(&self, context: &Context<'_>, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
        seal::open(&self.0, context, sealed)
    }
}

/// The key that wraps all data keys. It lives in a file of its own, or in a credential of the service manager.
#[derive(ZeroizeOnDrop)]
pub struct MasterKey(pub(crate) SecretBytes);

impl MasterKey {
    /// Draws a new key.
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`].
    pub fn generate() -> Result<Self, VaultError> {
        SecretBytes::generate().map(Self)
    }

    /// Wraps a data key for storage under the name `key_id`.
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`].
    pub fn wrap(&self, key_id: &str, key: &DataKey) -> Result<Vec<u8>, VaultError> {
        seal::seal(&self.0, &Context::Key { key_id }, key.0.bytes())
    }

    /// Unwraps what [`MasterKey::wrap`] made under the same name.
    ///
    /// # Errors
    /// [`VaultError::NotAuthentic`], [`VaultError::UnknownFormat`].
    pub fn unwrap_key(&self, key_id: &str, wrapped: &[u8]) -> Result<DataKey, VaultError> {
        let mut bytes = Zeroizing::new(seal::open(&self.0, &Context::Key { key_id }, wrapped)?);
        SecretBytes::take(&mut bytes)
            .map(DataKey)
            .ok_or(VaultError::UnknownFormat)
    }

    /// A token to keep beside the wrapped keys: [`MasterKey::recognises`] tells later whether this master key wrapped them.
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`].
    pub fn mark(&self) -> Result<Vec<u8>, VaultError> {
        seal::seal(&self.0, &Context::Mark, b"")
    }

    /// Whether `mark` was made by this master key.
    pub fn recognises(&self, mark: &[u8]) -> bool {
        seal::open(&self.0, &Context::Mark, mark).is_ok()
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_key_opens_only_with_its_master_and_under_its_name() {
        let master = MasterKey::generate().unwrap();
        let key = DataKey::generate().unwrap();
        let wrapped = master.wrap("case:1", &key).unwrap();

        let again = master.unwrap_key("case:1", &wrapped).unwrap();
        assert_eq!(again.0.bytes(), key.0.bytes());
        assert_eq!(
            master.unwrap_key("case:2", &wrapped).unwrap_err(),
            VaultError::NotAuthentic
        );
        let other = MasterKey::generate().unwrap();
        assert_eq!(
            other.unwrap_key("case:1", &wrapped).unwrap_err(),
            VaultError::NotAuthentic
        );
        assert!(!wrapped.windows(KEY_BYTES).any(|window| window == key.0.bytes()));
    }

    #[test]
    fn a_master_key_knows_its_own_mark() {
        let master = MasterKey::generate().unwrap();
        let mark = master.mark().unwrap();
        assert!(master.recognises(&mark));
        assert!(!MasterKey::generate().unwrap().recognises(&mark));
        assert!(!master.recognises(b""));
    }

    #[test]
    fn keys_are_silent_in_debug_and_wipe_what_they_take_over() {
        assert_eq!(
            format!(
                "{:?} {:?}",
                DataKey::generate().unwrap(),
                MasterKey::generate().unwrap()
            ),
            "DataKey(…) MasterKey(…)"
        );
        let mut right = [7_u8; KEY_BYTES];
        assert!(SecretBytes::take(&mut right).is_some());
        let mut wrong = [7_u8; 5];
        assert!(SecretBytes::take(&mut wrong).is_none());
        assert!(right.iter().chain(&wrong).all(|byte| *byte == 0));
    }
}
