//! Random ids: 128 bits as 26 characters of base32, drawn per purpose.
//!
//! A simulation draws from a keyed hash over (purpose, counter), so that one more draw for one purpose shifts no id of another:
//! an embargoed case must not change a single id that the public sees.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use data_encoding::BASE32_DNSSEC;
use sha2::{Digest as _, Sha256};

use crate::VaultError;
use crate::key::fill_random;

const ID_BYTES: usize = 16;

/// An id of 128 random bits as 26 characters `0-9a-v`: fit for URLs, file names and text columns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(String);

impl Id {
    fn of(bits: [u8; ID_BYTES]) -> Self {
        Self(BASE32_DNSSEC.encode(&bits))
    }

    /// The 26 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0
    }
}

/// Where ids come from.
#[derive(Debug, Clone, Default)]
pub enum Ids {
    /// The operating system. The only choice for ids that anybody must not guess.
    #[default]
    System,
    /// A seed. For tests and demonstrations: who knows the seed knows all ids.
    Simulated(Simulated),
}

impl Ids {
    /// Ids that follow from a seed. The counters live as long as this value and its clones: two processes with one seed
    /// draw the same ids, so a second process on the same data needs a second seed.
    pub fn simulated(seed: u64) -> Self {
        Self::Simulated(Simulated {
            seed,
            drawn: Arc::default(),
        })
    }

    /// The next id for a purpose, such as `"case"` or `"room"`.
    ///
    /// # Errors
    /// [`VaultError::NoRandomness`].
    pub fn draw(&self, purpose: &str) -> Result<Id, VaultError> {
        match self {
            Self::System => {
                let mut bits = [0; ID_BYTES];
                fill_random(&mut bits)?;
                Ok(Id::of(bits))
            }
            Self::Simulated(simulated) => Ok(simulated.draw(purpose)),
        }
    }
}

/// The state of a simulated source: the seed, and how many ids each purpose has had.
#[derive(Debug, Clone)]
pub struct Simulated {
    seed: u64,
    drawn: Arc<Mutex<HashMap<String, u64>>>,
}

impl Simulated {
    fn draw(&self, purpose: &str) -> Id {
        let counter = {
            // A panic elsewhere cannot leave a half-counted number: the update is one addition.
            let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
            let counter = drawn.entry(purpose.to_owned()).or_default();
            *counter += 1;
            *counter
        };
        let digest = Sha256::new()
            .chain_update(b"candor/simulated-id/1")
            .chain_update(self.seed.to_be_bytes())
            .chain_update((purpose.len() as u64).to_be_bytes())
            .chain_update(purpose)
            .chain_update(counter.to_be_bytes())
            .finalize();
        let mut bits = [0; ID_BYTES];
        bits.copy_from_slice(&digest[..ID_BYTES]);
        Id::of(bits)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn draw(ids: &Ids, purpose: &str, count: usize) -> Vec<Id> {
        (0..count).map(|_| ids.draw(purpose).unwrap()).collect()
    }

    #[test]
    fn ids_are_26_plain_characters_and_do_not_repeat() {
        for ids in [Ids::System, Ids::simulated(1)] {
            let drawn = draw(&ids, "case", 1_000);
            assert!(drawn.iter().all(|id| id.as_str().len() == 26));
            assert!(drawn.iter().all(|id| {
                id.as_str()
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || (b'a'..=b'v').contains(&byte))
            }));
            assert_eq!(drawn.iter().collect::<HashSet<_>>().len(), 1_000);
        }
    }

    #[test]
    fn a_seed_repeats_and_another_seed_differs() {
        assert_eq!(draw(&Ids::simulated(7), "case", 5), draw(&Ids::simulated(7), "case", 5));
        assert_ne!(draw(&Ids::simulated(7), "case", 5), draw(&Ids::simulated(8), "case", 5));
        // Fixed for ever: stories and published demonstrations keep their ids.
        assert_eq!(
            Ids::simulated(7).draw("case").unwrap().as_str(),
            "1jhhiif5l9kkv9vhib4dr9ukio"
        );
    }

    #[test]
    fn drawing_for_one_purpose_shifts_no_other() {
        let quiet = Ids::simulated(7);
        let busy = Ids::simulated(7);
        draw(&busy, "embargoed", 3);
        assert_eq!(draw(&quiet, "case", 3), draw(&busy, "case", 3));
        assert_ne!(draw(&quiet, "report", 3), draw(&quiet, "advisory", 3));
    }

    #[test]
    fn clones_share_their_counters() {
        let ids = Ids::simulated(7);
        let twin = ids.clone();
        assert_ne!(ids.draw("case").unwrap(), twin.draw("case").unwrap());
    }
}
