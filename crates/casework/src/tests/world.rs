//! A house with two brands, their shipped policies, and people of every role; and short words for what they do.

use crate::{ActError, Actor, Casework, Clock, Done, Draft, Incoming, KeyWish, NewKey, Ports, Scheduling};
use jiff::Timestamp;
use psirt::event::Event;
use psirt::house::key::KeyUse;
use psirt::house::{Brand, Person, Product, Role};
use psirt::story::read_event;
use std::path::Path;
use store::{Config, Store};
use tempfile::TempDir;
use vault::{Ids, MasterKey, RecoveryKey};
use zeroize::Zeroizing;

pub(super) const NOZOMI: &str = "nozomi-networks";
pub(super) const T128: &str = "128-technology";
pub(super) const GUARDIAN: &str = "Guardian";
pub(super) const VANTAGE: &str = "Vantage";
pub(super) const ROUTER: &str = "Session Smart Router";
/// High: 8.8.
pub(super) const HIGH: &str = "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H";

/// A desk, its clock, and what it takes to open the same data again.
pub(super) struct Desk {
    pub(super) casework: Casework,
    pub(super) clock: Clock,
    pub(super) store: Store,
    pub(super) directory: TempDir,
    recovery: RecoveryKey,
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn by(person: &str) -> Actor {
    Actor::person(person)
}

pub(super) fn two(person: &str, second: &str) -> Actor {
    Actor::person(person).approved_by(second)
}

/// An event as a story writes it: `confirmed = { origin = "own", products = ["Guardian"] }`.
pub(super) fn event(text: &str) -> Event {
    let table: toml::Table = text.parse().unwrap();
    let (name, fields) = table.into_iter().next().unwrap();
    read_event(&name, fields).unwrap()
}

pub(super) fn policy_text(id: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../policies/{id}.policy.md"));
    std::fs::read_to_string(file).unwrap()
}

impl Desk {
    /// A house that is ready for reports.
    pub(super) async fn open() -> Desk {
        let desk = Desk::empty().await;
        let casework = &desk.casework;
        casework.open_house(&by("root"), "Example house").await.unwrap();
        for (id, role) in [
            ("root", Role::Administrator),
            ("ana", Role::Analyst),
            ("ben", Role::Analyst),
            ("lea", Role::Lead),
            ("leo", Role::Lead),
            ("audrey", Role::Auditor),
        ] {
            casework.set_person(&by("root"), person(id, role)).await.unwrap();
        }
        for (id, name, prefix, pattern) in [
            (NOZOMI, "Nozomi Networks", "NN", "{prefix}-{year}:{seq}-01"),
            (T128, "128 Technology", "T128", "{prefix}-SA-{year}-{seq:3}"),
        ] {
            casework
                .set_brand(&by("root"), brand(id, name, prefix, pattern))
                .await
                .unwrap();
            let wish = KeyWish::first(KeyUse::Sign);
            casework
                .make_key(&by("root"), id, wish, |_| Ok(new_key(id)))
                .await
                .unwrap();
            casework
                .adopt_policy(&two("ana", "lea"), "policy.md", &policy_text(id), &[])
                .await
                .unwrap();
        }
        for (name, brand, deployment) in [
            (GUARDIAN, NOZOMI, "on-prem"),
            (VANTAGE, NOZOMI, "saas"),
            (ROUTER, T128, "on-prem"),
        ] {
            casework
                .set_product(&by("lea"), product(name, brand, deployment))
                .await
                .unwrap();
        }
        desk
    }

    /// A house with nobody and nothing in it.
    pub(super) async fn empty() -> Desk {
        let directory = TempDir::new().unwrap();
        let recovery = MasterKey::generate().unwrap().recovery_key();
        let store = Store::init(&Config::in_directory(directory.path()), master(&recovery))
            .await
            .unwrap();
        let clock = Clock::simulated(at("2026-09-01T08:00:00Z"));
        let ports = Ports {
            clock: clock.clone(),
            ids: Ids::simulated(7),
        };
        let casework = Casework::open(store.clone(), ports).await.unwrap();
        Desk {
            casework,
            clock,
            store,
            directory,
            recovery,
        }
    }

    /// Another process on the same data, with the same clock.
    pub(super) async fn twin(&self) -> Casework {
        let ports = Ports {
            clock: self.clock.clone(),
            ids: Ids::simulated(8),
        };
        Casework::open(self.store.clone(), ports).await.unwrap()
    }

    /// Everything ends; then somebody opens the directory again.
    pub(super) async fn reopened(self) -> Desk {
        let config = Config::in_directory(self.directory.path());
        self.reopened_with(config).await
    }

    /// The same, on a disk that is full when the journal has so many pages.
    pub(super) async fn reopened_within(self, pages: u32) -> Desk {
        let config = Config {
            journal_max_pages: Some(pages),
            ..Config::in_directory(self.directory.path())
        };
        self.reopened_with(config).await
    }

    async fn reopened_with(self, config: Config) -> Desk {
        self.casework.close().await;
        let store = Store::open(&config, master(&self.recovery)).await.unwrap();
        let ports = Ports {
            clock: self.clock.clone(),
            ids: Ids::simulated(9),
        };
        let casework = Casework::open(store.clone(), ports).await.unwrap();
        Desk {
            casework,
            store,
            ..self
        }
    }

    pub(super) fn wait_until(&self, instant: &str) {
        assert!(self.clock.set(at(instant)), "the clock goes forward only");
    }

    /// A report to the first brand from somebody outside.
    pub(super) async fn report(&self, text: &str) -> String {
        self.receive(incoming(text)).await
    }

    pub(super) async fn receive(&self, incoming: Incoming) -> String {
        self.casework.receive(&by("ana"), incoming).await.unwrap().number
    }

    /// Ana records an event that nothing forbids.
    pub(super) async fn act(&self, case: &str, text: &str) -> Done {
        self.casework
            .act(&by("ana"), case, None, event(text))
            .await
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// A case that Nozomi Networks has confirmed in Guardian and scored High.
    pub(super) async fn confirmed(&self) -> String {
        let case = self.report("Heap overflow in the parser of Guardian").await;
        for text in [
            "acknowledged = {}",
            "reviewed = {}",
            "confirmed = { origin = \"own\", products = [\"Guardian\"] }",
            &format!("scored = {{ vector = \"{HIGH}\", source = \"own\" }}"),
            "impact-set = { term = \"overflow\", cwe = \"CWE-122\" }",
        ] {
            self.act(&case, text).await;
        }
        case
    }

    /// The same with its fix out on 5 October, its reporter told and asked.
    pub(super) async fn fixed(&self) -> String {
        let case = self.confirmed().await;
        self.fix(&case).await;
        case
    }

    /// The fix of a confirmed case is out on 5 October, its reporter told and asked.
    pub(super) async fn fix(&self, case: &str) {
        self.wait_until("2026-10-05T09:00:00Z");
        for text in [
            "reported-back = {}",
            "credit = { choice = \"yes\", as = \"Ada of Example Labs\" }",
            "fix-ready = { product = \"Guardian\" }",
            "fix-released = { product = \"Guardian\", version = \"25.1.2\" }",
        ] {
            self.act(case, text).await;
        }
    }

    /// An advisory on a case that Ana wrote with its three typed fields and Lea approved.
    pub(super) async fn approved_advisory(&self, case: &str) -> String {
        let id = self
            .casework
            .draft_advisory(&by("ana"), &[case.to_owned()], draft())
            .await
            .unwrap();
        self.casework.ask_review(&by("ana"), &id).await.unwrap();
        self.casework.approve(&by("lea"), &id).await.unwrap();
        id
    }
}

pub(super) fn incoming(text: &str) -> Incoming {
    Incoming {
        brand: Some(NOZOMI.to_owned()),
        channel: "cli".to_owned(),
        from: "Ada <ada@example.org>".to_owned(),
        reporter_kind: "external".to_owned(),
        bytes: text.as_bytes().to_vec(),
        ..Incoming::default()
    }
}

pub(super) fn draft() -> Draft {
    Draft {
        title: "Heap overflow in the protocol parser".to_owned(),
        summary: "A crafted packet makes the parser write past its buffer.".to_owned(),
        affected: [(GUARDIAN.to_owned(), "25.0.0 to 25.1.1".to_owned())].into(),
        ..Draft::default()
    }
}

/// An instant, in the zone of the brand's policy.
pub(super) fn scheduling(instant: &str) -> Scheduling {
    Scheduling {
        at: at(instant),
        ..Scheduling::default()
    }
}

pub(super) fn person(id: &str, role: Role) -> Person {
    Person {
        id: id.to_owned(),
        name: id.to_owned(),
        role,
    }
}

pub(super) fn product(name: &str, brand: &str, deployment: &str) -> Product {
    Product {
        name: name.to_owned(),
        brand: brand.to_owned(),
        deployment: deployment.to_owned(),
        market: vec!["us".to_owned()],
        supported_until: None,
        version_scheme: psirt::version::VersionScheme::default(),
    }
}

pub(super) fn brand(id: &str, name: &str, prefix: &str, pattern: &str) -> Brand {
    Brand {
        id: id.to_owned(),
        name: name.to_owned(),
        domain: format!("psirt.{id}.example"),
        namespace: format!("https://psirt.{id}.example"),
        policy: id.to_owned(),
        number_prefix: prefix.to_owned(),
        advisory_pattern: pattern.to_owned(),
        contact: format!("psirt@{id}.example"),
        contact_details: "The product security team.".to_owned(),
        version_scheme: psirt::advisory::Scheme::default(),
        aggregators: psirt::house::Aggregators::default(),
        cna: None,
        rooms: None,
    }
}

pub(super) fn new_key(brand: &str) -> NewKey {
    NewKey {
        fingerprint: format!("F0{}", brand.len()),
        public: String::new(),
        secret: Zeroizing::new("secret".to_owned()),
        until_s: None,
    }
}

fn master(recovery: &RecoveryKey) -> MasterKey {
    MasterKey::from_recovery_key(recovery.reveal()).unwrap()
}

/// An action that must fail with these words, and must leave no entry behind.
pub(super) async fn check_refused<T>(desk: &Desk, action: impl Future<Output = Result<T, ActError>>, words: &str) {
    let before = desk.casework.board().size;
    let error = action
        .await
        .err()
        .unwrap_or_else(|| panic!("this was to be refused: {words}"));
    assert!(error.to_string().contains(words), "{error}\n  does not say: {words}");
    desk.casework.refresh().await.unwrap();
    assert_eq!(
        desk.casework.board().size,
        before,
        "a refused act left an entry: {words}"
    );
}
