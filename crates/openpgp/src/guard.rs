//! A panic inside rPGP becomes a value. Never guards our own code.
//!
//! rPGP has panicked on crafted packets before (CVE-2024-53856), and rpgpie contains `unreachable!` on paths that
//! others' bytes decide. Bytes from outside must not end a thread, so each call that reads them passes through here.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// The library panicked; the input counts as malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Panicked;

/// `work` reads shared data and returns owned data, so a panic leaves nothing half-changed behind.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Panicked)
}

#[cfg(test)]
mod tests {
    use super::{Panicked, guarded};

    #[test]
    fn a_panic_becomes_a_value() {
        assert_eq!(guarded(|| 1), Ok(1));
        assert_eq!(guarded(|| -> u8 { panic!("a panic made on purpose") }), Err(Panicked));
    }
}
