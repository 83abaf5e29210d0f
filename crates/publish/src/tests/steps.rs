//! A tree that grew by steps is the tree that is built at once, whatever the steps were, and a step reads only what is new.

use super::sample::{advisory, at, brand, check_whole, intake, interim, line, now, release};
use crate::{Archive, Dress, FixedRelease, Name, PolicyFile, PortalParts, Publisher, Release, Site, fix_release};
use openpgp::{Certificate, SigningKey};
use proptest::prelude::*;
use psirt::advisory::{Advisory, LineState, Released, Revision, Status, Tombstone};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use zeroize::Zeroizing;

const POLICY: &str = include_str!("../../../../policies/nozomi-networks.policy.md");

/// What can happen between two publications.
#[derive(Clone, Debug)]
enum Step {
    Publish(usize),
    Revise(usize),
    Withdraw(usize),
    /// The whole advisory, or its oldest version that was replaced.
    Remove(usize, bool),
    Rotate,
    Resign,
    Theme(bool),
    /// Nothing is remembered of a slot.
    Forget(bool),
    /// Somebody edits what is public.
    Edit,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..TEXTS).prop_map(Step::Publish),
        3 => (0..TEXTS).prop_map(Step::Revise),
        1 => (0..TEXTS).prop_map(Step::Withdraw),
        2 => ((0..TEXTS), any::<bool>()).prop_map(|(text, whole)| Step::Remove(text, whole)),
        1 => Just(Step::Rotate),
        1 => Just(Step::Resign),
        1 => any::<bool>().prop_map(Step::Theme),
        1 => any::<bool>().prop_map(Step::Forget),
        1 => Just(Step::Edit),
    ]
}

/// How many advisories there can be: of two years, two of them with one CVE id, one of them with none.
const TEXTS: usize = 4;

fn text(which: usize) -> Advisory {
    let mut text = if which == 1 { interim() } else { advisory() };
    text.number = format!("EXN-SA-2024:{which:03}");
    if which > 1 {
        text.revisions[0].at = at("2023-06-01T08:00:00Z");
        text.vulnerabilities[0].lines = vec![line("Quillon Gateway", LineState::Fixed, "before 3", Some("3"))];
        text.vulnerabilities[0].remedies.truncate(0);
        text.vulnerabilities[0].milestones.clear();
    }
    if which == 3 {
        text.vulnerabilities[0].cve = Some("CVE-1900-0003".to_owned());
    }
    text
}

/// A brand and everything that it released.
#[derive(Default)]
struct State {
    versions: BTreeMap<usize, Vec<(Released, FixedRelease)>>,
    tombstones: Vec<Tombstone>,
    /// The present one last.
    keys: Vec<SigningKey>,
    dress: Option<Dress>,
    /// Every version has an instant of its own.
    clock: i64,
}

impl State {
    fn new() -> State {
        let mut state = State::default();
        state.rotate();
        state
    }

    fn rotate(&mut self) {
        let seed = u8::try_from(self.keys.len() + 1).unwrap();
        let created = at("2023-01-01T00:00:00Z").as_second();
        let key = SigningKey::generate(
            "Example PSIRT <psirt@example.com>",
            created,
            &Zeroizing::new([seed; 32]),
        );
        self.keys.push(key.unwrap());
    }

    fn fixed(&self, text: Advisory) -> (Released, FixedRelease) {
        let at = text.revisions.last().unwrap().at;
        let released = release(text);
        let fixed = fix_release(&released, &brand(), self.keys.last().unwrap(), at, "1.2.3", &[]);
        (released, fixed.unwrap().release)
    }

    fn revise(&mut self, which: usize, change: impl FnOnce(&mut Advisory)) {
        let last = self.versions.get(&which).and_then(|versions| versions.last());
        let Some(mut text) = last.map(|(released, _)| released.advisory().clone()) else {
            return;
        };
        self.clock += 1;
        text.revisions.push(Revision {
            number: text.revisions.last().unwrap().number + 1,
            at: at("2024-05-20T08:00:00Z") + jiff::SignedDuration::from_mins(self.clock),
            summary: "More is known".to_owned(),
            version: String::new(),
        });
        change(&mut text);
        let version = self.fixed(text);
        self.versions.get_mut(&which).unwrap().push(version);
    }

    fn remove(&mut self, which: usize, whole: bool) {
        let Some(versions) = self.versions.get_mut(&which) else {
            return;
        };
        let gone: Vec<_> = match whole {
            true => std::mem::take(versions),
            false if versions.len() > 1 => vec![versions.remove(0)],
            false => return,
        };
        let last = gone.len() - 1;
        for (place, (released, fixed)) in gone.into_iter().enumerate() {
            let text = released.advisory();
            self.tombstones.push(Tombstone {
                number: text.number.clone(),
                revision: text.revisions.last().unwrap().number,
                brand: text.brand.clone(),
                first: text.revisions[0].at,
                at: at("2024-05-30T10:00:00Z"),
                why: "It named a person.".to_owned(),
                sha256: fixed.sha256(),
                current: whole && place == last,
            });
        }
        if whole {
            self.versions.remove(&which);
        }
    }

    fn take(&mut self, step: &Step, root: &Path) {
        let is_gone = |state: &State, which: usize| {
            let number = text(which).number;
            state
                .tombstones
                .iter()
                .any(|gone| gone.current && gone.number == number)
        };
        match step {
            Step::Publish(which) if self.versions.contains_key(which) || is_gone(self, *which) => {}
            Step::Publish(which) => drop(self.versions.insert(*which, vec![self.fixed(text(*which))])),
            Step::Revise(which) => self.revise(*which, |text| {
                text.summary.push_str(" More is known.");
                text.status = Status::Final;
            }),
            Step::Withdraw(which) => self.revise(*which, |text| {
                text.title = format!("Withdrawn: {}", text.title);
                text.status = Status::Final;
            }),
            Step::Remove(which, whole) => self.remove(*which, *whole),
            Step::Rotate => self.rotate(),
            Step::Resign => {
                let key = self.keys.last().unwrap();
                for (released, fixed) in self.versions.values_mut().flatten() {
                    let at = released.advisory().revisions.last().unwrap().at;
                    fixed.signature = key.sign_detached(&fixed.json, at.as_second()).unwrap();
                }
            }
            Step::Theme(dark) => {
                let accent = if *dark { "#00456b" } else { "#6b0045" };
                let css = format!(":root {{ --accent: {accent} }}\n");
                self.dress = Some(Dress {
                    stylesheet: Some((look::theme_name(&css), css)),
                    logo: None,
                });
            }
            Step::Forget(which) => {
                let slot = if *which { "tree/a.units" } else { "tree/b.units" };
                fs::remove_file(root.join(slot)).ok();
            }
            Step::Edit => {
                let files = fs::read_dir(root.join("public/psirt.example.com/catalog"));
                let mut files = files.into_iter().flatten().map(|file| file.unwrap().path());
                if let Some(file) = files.find(|file| file.to_string_lossy().contains("/2024-")) {
                    fs::write(file, "{}").unwrap();
                }
            }
        }
    }

    fn publish(&self, publisher: &Publisher) -> crate::Generation {
        let all: Vec<&(Released, FixedRelease)> = self.versions.values().flatten().collect();
        let here = all.iter().map(|(released, fixed)| Release::here(released, fixed));
        self.publish_these(publisher, &here.collect::<Vec<_>>())
    }

    fn publish_these(&self, publisher: &Publisher, releases: &[Release<'_>]) -> crate::Generation {
        let brand = brand();
        let (policy, _) = psirt::policy::read("nozomi-networks.policy.md", POLICY);
        let policy = policy.unwrap();
        let keys: Vec<Certificate> = self.keys.iter().rev().map(|key| key.certificate().clone()).collect();
        let intake = [intake().certificate().clone()];
        let fingerprint = intake[0].fingerprint();
        let pointers = documents::security_txt::Pointers {
            intake: Some(&fingerprint),
            policy: true,
            form: documents::security_txt::Form::Last,
        };
        let key = self.keys.last().unwrap();
        let security_txt = crate::security_txt(&brand, pointers, key, at("2024-01-01T00:00:00Z"), now()).unwrap();
        let site = Site {
            still: false,
            portal: PortalParts {
                dynamic: true,
                theme: self.dress.as_ref(),
                ..PortalParts::default()
            },
            brand: &brand,
            policy: Some(PolicyFile {
                policy: &policy,
                text: POLICY,
            }),
            keys: &keys,
            intake: &intake,
            releases,
            tombstones: &self.tombstones,
            changed: at("2024-01-01T00:00:00Z"),
            security_txt: Some(&security_txt),
        };
        publisher.update(&[site], now()).unwrap()
    }
}

fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let root = fs::canonicalize(root.join("public")).unwrap();
    let files = crate::walk::walk(&root).unwrap().into_iter();
    files
        .map(|file| (file.clone(), fs::read(root.join(file)).unwrap()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happened_the_tree_is_the_one_that_is_built_at_once(steps in prop::collection::vec((step(), 0..2_usize), 1..10)) {
        let (grown, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        // Each of two processes remembers what it left, and knows nothing of the other.
        let processes = [0, 1].map(|_| Publisher::new(grown.path()).by("a test"));
        let publisher = &processes[0];
        let mut state = State::new();
        let mut last = state.publish(publisher);
        for (step, process) in &steps {
            state.take(step, grown.path());
            last = state.publish(&processes[*process]);
        }
        check_whole(publisher);
        let at_once = state.publish(&Publisher::new(fresh.path()));
        prop_assert_eq!(&at_once.manifest, &last.manifest);
        prop_assert!(files(grown.path()) == files(fresh.path()), "the bytes differ");
        // And once more, so that the other slot is looked at, too.
        let again = state.publish(publisher);
        prop_assert_eq!((again.number, again.written), (last.number, 0));
        check_whole(publisher);
    }
}

/// Versions on a shelf, and what was read of them.
struct Shelf {
    versions: Vec<(Released, FixedRelease)>,
    read: Mutex<Vec<String>>,
}

impl Shelf {
    fn note(&self, what: &str, place: usize) {
        let number = &self.versions[place].0.advisory().number;
        self.read.lock().unwrap().push(format!("{what} {number}"));
    }
}

impl Archive for Shelf {
    fn released(&self, place: usize) -> Result<Released, String> {
        self.note("text", place);
        Ok(self.versions[place].0.clone())
    }

    fn fixed(&self, place: usize) -> Result<FixedRelease, String> {
        self.note("bytes", place);
        Ok(self.versions[place].1.clone())
    }
}

/// Publishes the first advisories of a shelf, and tells what was read for it.
fn check_read(state: &State, shelf: &Shelf, publisher: &Publisher, count: usize, expect: &[&str]) {
    let sums: Vec<String> = shelf.versions.iter().map(|(_, fixed)| fixed.sha256()).collect();
    let releases: Vec<Release<'_>> = (0..count)
        .map(|place| {
            let (released, fixed) = &shelf.versions[place];
            let name = Name {
                number: &released.advisory().number,
                revision: released.advisory().revisions.last().unwrap().number,
                sha256: &sums[place],
                signature: &fixed.signature,
            };
            Release::kept(name, place, shelf)
        })
        .collect();
    state.publish_these(publisher, &releases);
    let mut read = std::mem::take(&mut *shelf.read.lock().unwrap());
    read.sort();
    assert_eq!(read, expect);
    check_whole(publisher);
}

#[test]
fn a_publication_reads_only_what_is_new() {
    let state = State::new();
    let shelf = Shelf {
        versions: [0, 1, 3, 2].map(|which| state.fixed(text(which))).into(),
        read: Mutex::default(),
    };
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path()).by("a test");
    let first = ["000", "001", "003"].map(|number| format!("bytes EXN-SA-2024:{number}"));
    // The text is read for its unit, for its month of the catalogue, and for the CVE id that it names.
    let texts =
        ["000", "000", "000", "001", "001", "003", "003", "003"].map(|number| format!("text EXN-SA-2024:{number}"));
    let all: Vec<&str> = first.iter().chain(&texts).map(String::as_str).collect();
    check_read(&state, &shelf, &publisher, 3, &all);
    check_read(&state, &shelf, &publisher, 3, &[]);
    // The first one names the same CVE id.
    let new = [
        "bytes EXN-SA-2024:002",
        "text EXN-SA-2024:000",
        "text EXN-SA-2024:002",
        "text EXN-SA-2024:002",
        "text EXN-SA-2024:002",
    ];
    check_read(&state, &shelf, &publisher, 4, &new);
    // The slot that is filled now has never seen it; the one that is public has.
    check_read(&state, &shelf, &publisher, 4, &[]);
    // Another program makes everything anew, and so does one that says nothing of itself.
    let publisher = Publisher::new(root.path());
    let count = |publisher: &Publisher| {
        let all = shelf
            .versions
            .iter()
            .map(|(released, fixed)| Release::here(released, fixed));
        state.publish_these(publisher, &all.collect::<Vec<_>>()).written
    };
    assert_eq!(count(&publisher), 0);
    assert_eq!(count(&publisher.by("another")), 0);
}

#[test]
fn bytes_that_are_not_those_of_the_name_are_refused() {
    let state = State::new();
    let shelf = Shelf {
        versions: vec![state.fixed(text(0)), state.fixed(text(1))],
        read: Mutex::default(),
    };
    let refused = |number: &str, sha256: &str| {
        let root = tempfile::tempdir().unwrap();
        let name = Name {
            number,
            revision: 1,
            sha256,
            signature: &shelf.versions[0].1.signature,
        };
        let keys = [state.keys[0].certificate().clone()];
        let site = Site {
            still: false,
            portal: PortalParts::default(),
            brand: &brand(),
            policy: None,
            keys: &keys,
            intake: &[],
            releases: &[Release::kept(name, 0, &shelf)],
            tombstones: &[],
            changed: now(),
            security_txt: None,
        };
        let publisher = Publisher::new(root.path());
        let error = publisher.update(&[site], now()).unwrap_err().to_string();
        assert!(!publisher.public().exists());
        error
    };
    let sha256 = shelf.versions[0].1.sha256();
    let other = refused("EXN-SA-2024:007", &sha256);
    assert!(other.contains("another version was read in its place"), "{other}");
    let edited = refused("EXN-SA-2024:000", &"0".repeat(64));
    assert!(edited.contains("are not those that were kept"), "{edited}");
}
