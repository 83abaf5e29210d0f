//! Places for those who send: how much comes in at a moment, so that who sends slowly takes no place from who does something else.
//!
//! Owns the numbers. Each purpose has places of its own, and one address gets only a few of them. Knows no form.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Reports by form at a time: each may hold a thread that seals a file.
const FORMS: usize = 32;
/// Files from rooms at a time, for the same reason.
const UPLOADS: usize = 32;
/// Messages and wishes from rooms at a time.
const WORDS: usize = 64;
/// Tries of passphrases at a time; they wait long.
const KNOCKS: usize = 64;
/// Places of one purpose that one address has at a time.
const OF_ONE_CLIENT: usize = 4;

/// Who sends, as far as the connection tells, or a proxy that is believed (`proxies`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Client(IpAddr);

impl Client {
    /// By the address of the other side; of IPv6 by its network, which one household has as a whole. None on this machine and in private
    /// networks: there a proxy stands for everybody.
    pub(crate) fn of(address: IpAddr) -> Option<Client> {
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                let shared = v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified();
                (!shared).then_some(Client(IpAddr::V4(v4)))
            }
            IpAddr::V6(v6) => {
                let shared =
                    v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_unspecified();
                let network = v6.to_bits() >> 64 << 64;
                (!shared).then(|| Client(IpAddr::V6(network.into())))
            }
        }
    }

    /// Everybody behind a proxy of ours who says who they are on two ways, and differently.
    pub(super) fn odd(proxy: IpAddr) -> Client {
        Client(proxy.to_canonical())
    }

    /// What tells it from others, for whoever counts.
    pub(crate) fn name(self) -> String {
        self.0.to_string()
    }
}

/// The places of the portal, one set for each purpose.
pub(super) struct Places {
    pub(super) forms: Bench,
    pub(super) uploads: Bench,
    pub(super) words: Bench,
    pub(super) knocks: Bench,
}

impl Default for Places {
    fn default() -> Places {
        Places {
            forms: Bench::of(FORMS),
            uploads: Bench::of(UPLOADS),
            words: Bench::of(WORDS),
            knocks: Bench::of(KNOCKS),
        }
    }
}

/// How many places each client has taken.
type Taken = Arc<Mutex<BTreeMap<Client, usize>>>;

/// Places for one purpose.
pub(super) struct Bench {
    places: Arc<Semaphore>,
    taken: Taken,
}

/// A place, until it is dropped.
pub(super) struct Seat {
    _place: OwnedSemaphorePermit,
    client: Option<(Client, Taken)>,
}

impl Bench {
    pub(super) fn of(places: usize) -> Bench {
        Bench {
            places: Arc::new(Semaphore::new(places)),
            taken: Arc::default(),
        }
    }

    /// A place; none while all are taken, or all that this client gets.
    pub(super) fn seat(&self, client: Option<Client>) -> Option<Seat> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let client = match client {
            Some(client) => {
                let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
                let theirs = taken.entry(client).or_default();
                if *theirs >= OF_ONE_CLIENT {
                    return None;
                }
                *theirs += 1;
                Some((client, Arc::clone(&self.taken)))
            }
            None => None,
        };
        Some(Seat { _place: place, client })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some((client, taken)) = &self.client {
            let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
            let left = taken.get(client).map_or(0, |theirs| theirs.saturating_sub(1));
            match left {
                0 => taken.remove(client),
                left => taken.insert(*client, left),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_client(address: &str, expect: Option<&str>) {
        let client = Client::of(address.parse().unwrap());
        assert_eq!(client.map(Client::name).as_deref(), expect, "{address}");
    }

    #[test]
    fn a_client_is_an_address_that_nobody_shares() {
        check_client("192.0.2.7", Some("192.0.2.7"));
        check_client("::ffff:192.0.2.7", Some("192.0.2.7"));
        check_client("2001:db8:1:2:3:4:5:6", Some("2001:db8:1:2::"));
        for shared in [
            "127.0.0.1",
            "::1",
            "10.1.2.3",
            "192.168.1.1",
            "172.16.0.1",
            "169.254.1.1",
            "fd00::1",
            "fe80::1",
        ] {
            check_client(shared, None);
        }
    }

    #[test]
    fn one_client_takes_a_few_places_and_leaves_the_others() {
        let bench = Bench::of(6);
        let one = Client::of("192.0.2.7".parse().unwrap());
        let other = Client::of("192.0.2.8".parse().unwrap());
        let mut taken: Vec<Seat> = (0..OF_ONE_CLIENT).map(|_| bench.seat(one).unwrap()).collect();
        assert!(bench.seat(one).is_none(), "all of its places are taken");
        let theirs = bench.seat(other).unwrap();
        let proxied = bench.seat(None).unwrap();
        assert!(bench.seat(other).is_none(), "all places are taken");
        taken.pop();
        assert!(bench.seat(one).is_some(), "a place that was left is free");
        drop((taken, theirs, proxied));
        assert!(
            bench.taken.lock().unwrap().is_empty(),
            "nobody is remembered who sends nothing"
        );
        assert_eq!(bench.places.available_permits(), 6);
    }
}
