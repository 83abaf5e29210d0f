//! The signed `security.txt` of a brand. Its text and its renewal are `documents`'; the caller holds the key.

use documents::security_txt::{self, Pointers};
use jiff::Timestamp;
use openpgp::{SignError, SigningKey};
use psirt::house::Brand;

/// The file that holds at `now`, signed in place. `changed` is when the brand or one of its keys last changed. Between two renewals the same
/// bytes come out.
///
/// # Errors
/// The key does not sign at that instant: it was made later, or had ended.
pub fn security_txt(
    brand: &Brand,
    pointers: Pointers<'_>,
    key: &SigningKey,
    changed: Timestamp,
    now: Timestamp,
) -> Result<String, SignError> {
    let issued = security_txt::issued(changed, now);
    key.sign_cleartext(&security_txt::text(brand, pointers, issued), issued.as_second())
}
