//! The stage: a house with two brands, an overlay, six lines and people of every role, in memory, seen by two processes.

use super::super::world::{NOZOMI, T128, at, brand, by, person, policy_text, product, two};
use crate::{Casework, Clock, KeyWish, NewKey, Ports};
use psirt::advisory::Tlp;
use psirt::house::key::KeyUse;
use psirt::house::{Customer, Product, Role};
use std::path::Path;
use store::{Config, Store};
use tempfile::TempDir;
use vault::{Ids, MasterKey};
use zeroize::Zeroizing;

/// Lines of the two brands: name, brand, deployment, whether they are sold in the Union.
pub(super) const LINES: &[(&str, &str, &str, bool)] = &[
    ("Guardian", NOZOMI, "on-prem", true),
    ("Vantage", NOZOMI, "saas", true),
    ("Arc", NOZOMI, "on-prem", false),
    ("Session Smart Router", T128, "on-prem", false),
    ("Conductor", T128, "on-prem", true),
    ("Router Cloud", T128, "saas", false),
];

pub(super) const ANALYSTS: &[&str] = &["ana", "ben"];
pub(super) const LEADS: &[&str] = &["lea", "leo"];
/// Whoever has no business with the decisions of the desk; the last one is nobody.
pub(super) const OTHERS: &[&str] = &["root", "audrey", "candor:portal", "mallory"];
/// Who reads what is not public: id, brand, up to which level. The second one may be a party of an embargo.
pub(super) const CUSTOMERS: &[(&str, &str, Option<Tlp>)] = &[
    ("acme", NOZOMI, Some(Tlp::Amber)),
    ("cert", T128, None),
    ("vendor", NOZOMI, None),
];
/// When the two years begin.
pub(super) const OPENING: &str = "2026-09-01T08:00:00Z";

pub(super) struct Stage {
    pub(super) casework: Casework,
    /// A second process on the same data, in some seeds.
    pub(super) twin: Option<Casework>,
    pub(super) clock: Clock,
    _directory: TempDir,
}

impl Stage {
    pub(super) async fn open(seed: u64, with_twin: bool) -> Stage {
        let directory = in_memory();
        let store = Store::init(&Config::in_directory(directory.path()), MasterKey::generate().unwrap())
            .await
            .unwrap();
        let clock = Clock::simulated(at(OPENING));
        let ports = |seed| Ports {
            clock: clock.clone(),
            ids: Ids::simulated(seed),
        };
        let casework = Casework::open(store.clone(), ports(2 * seed)).await.unwrap();
        furnish(&casework).await;
        let twin = if with_twin {
            Some(Casework::open(store, ports(2 * seed + 1)).await.unwrap())
        } else {
            None
        };
        Stage {
            casework,
            twin,
            clock,
            _directory: directory,
        }
    }
}

/// A folder in memory, where the machine has one: the store syncs at every commit.
fn in_memory() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() {
        TempDir::new_in(memory).unwrap()
    } else {
        TempDir::new().unwrap()
    }
}

async fn furnish(casework: &Casework) {
    let root = by("root");
    casework.open_house(&root, "Simulated house").await.unwrap();
    for (id, role) in [
        ("root", Role::Administrator),
        ("ana", Role::Analyst),
        ("ben", Role::Analyst),
        ("lea", Role::Lead),
        ("leo", Role::Lead),
        ("audrey", Role::Auditor),
    ] {
        casework.set_person(&root, person(id, role)).await.unwrap();
    }
    for (id, name, prefix, pattern) in [
        (NOZOMI, "Nozomi Networks", "NN", "{prefix}-{year}:{seq}-01"),
        (T128, "128 Technology", "T128", "{prefix}-SA-{year}-{seq:3}"),
    ] {
        casework
            .set_brand(&root, brand(id, name, prefix, pattern))
            .await
            .unwrap();
        let key = |_| {
            Ok(NewKey {
                fingerprint: format!("F0{}", id.len()),
                public: String::new(),
                secret: Zeroizing::new(String::new()),
                until_s: None,
            })
        };
        let wish = KeyWish::first(KeyUse::Sign);
        casework.make_key(&root, id, wish, key).await.unwrap();
    }
    for policy in [NOZOMI, T128, "cra-article-14"] {
        casework
            .adopt_policy(&two("ana", "lea"), policy, &policy_text(policy), &[])
            .await
            .unwrap();
    }
    for (id, brand, tlp) in CUSTOMERS {
        let customer = Customer {
            id: (*id).to_owned(),
            name: (*id).to_owned(),
            brand: (*brand).to_owned(),
            tlp: *tlp,
            party: true,
        };
        casework.set_customer(&by("lea"), customer).await.unwrap();
    }
    for (name, brand, deployment, union) in LINES {
        let market = vec![if *union { "eu" } else { "us" }.to_owned()];
        let line = Product {
            market,
            ..product(name, brand, deployment)
        };
        casework.set_product(&by("lea"), line).await.unwrap();
    }
}
