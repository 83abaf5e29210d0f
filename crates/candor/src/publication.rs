//! A publication: what has arrived is ordered, bytes are fixed and kept, the tree is swapped, and only then it is recorded (law 6).
//!
//! Owns the order of these steps, for `candor publish` and for the worker alike, and the way from a stored key to a signature. Each step
//! repeats safely: whoever is killed between two of them finds the rest to do. Never renders: `publish` does. Bytes that were fixed once are
//! taken as they are; they are never made a second time.

use crate::failure::Failure;
use crate::session::House;
use crate::steady;
use crate::turn;
use casework::{Arrived, KeptBytes, PublisherLease};
use data_encoding::BASE64;
use documents::place;
use jiff::Timestamp;
use openpgp::{Certificate, Limits, SigningKey};
use psirt::advisory::{AdvisoryState, Released, Tombstone};
use psirt::board::{Board, Key};
use psirt::house::Brand;
use publish::{FixedRelease, Generation, PolicyFile, Publisher, Site};
use std::path::Path;
use std::time::Duration;
use zeroize::Zeroizing;

/// How a publication is asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wish {
    /// Why findings of optional CSAF tests are accepted: a test and a reason.
    pub(crate) accepted: Vec<(String, String)>,
    /// Somebody has looked at the clock.
    pub(crate) clock_is_right: bool,
    /// Nothing is built while nothing waits.
    pub(crate) only_if_needed: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Publication {
    /// What is public now; none where nothing was to be built.
    pub(crate) generation: Option<Generation>,
    /// What is out that was not before.
    pub(crate) out: Vec<Out>,
    /// Scheduled ones whose instant came, and what forbids them: id and refusal.
    pub(crate) held_back: Vec<(String, String)>,
    /// What the validator said.
    pub(crate) notes: Vec<String>,
    /// Why nothing scheduled was looked at.
    pub(crate) clock: Option<String>,
}

/// An advisory that is out.
#[derive(Debug)]
pub(crate) struct Out {
    pub(crate) number: String,
    pub(crate) title: String,
    /// How many seconds after its scheduled instant.
    pub(crate) late_s: Option<u64>,
}

/// A brand with everything that its part of the tree is made of.
struct Face {
    brand: Brand,
    keys: Vec<Certificate>,
    policy: Option<(psirt::policy::Policy, String)>,
    changed: Timestamp,
    releases: Vec<(Released, FixedRelease)>,
    tombstones: Vec<Tombstone>,
    /// `security.txt`, signed.
    security_txt: String,
    /// Ids and numbers of what is not on disk yet, with the revision of a release.
    new: Vec<(String, Option<u32>)>,
}

impl Face {
    /// Publishes the key of a document that was brought along, too.
    fn know_key(&mut self, armored: Option<&str>) -> Result<(), Failure> {
        let Some(armored) = armored else { return Ok(()) };
        let key = Certificate::parse(armored.as_bytes(), Limits::default());
        let key =
            key.map_err(|error| Failure::machine(format!("the key of a document that was brought along: {error}")))?;
        if self.keys.iter().all(|known| known.fingerprint() != key.fingerprint()) {
            self.keys.push(key);
        }
        Ok(())
    }
}

/// Publishes what is ordered, and what was scheduled and has arrived.
///
/// # Errors
/// Another process publishes; a release that cannot become a document; those of the store and of the disk. The old tree stays.
pub(crate) async fn publish(house: &House, wish: &Wish) -> Result<Publication, Failure> {
    house.casework.refresh().await?;
    let clock = steady::doubt(house, wish.clock_is_right).await?;
    let arrived = house.casework.next_publication().is_some_and(|at| at <= house.now());
    let idle = !house.casework.has_waiting_release() && (!arrived || clock.is_some());
    if wish.only_if_needed && idle {
        let clock = clock.filter(|_| arrived);
        return Ok(Publication {
            clock,
            ..Publication::default()
        });
    }
    let patience = if wish.only_if_needed {
        Duration::ZERO
    } else {
        turn::PATIENCE
    };
    let Some(_turn) = tokio::task::block_in_place(|| turn::take(&house.root, patience))? else {
        if wish.only_if_needed {
            return Ok(Publication::default());
        }
        return Err(Failure::refused(
            "another process of this machine publishes, and does not end; nothing was done: look at it, and repeat this then",
        ));
    };
    // What others published meanwhile is in the journal, and must be in the tree.
    house.casework.refresh().await?;
    let Some(lease) = house.casework.publisher_lease(&publisher_name()?).await? else {
        if wish.only_if_needed {
            return Ok(Publication::default());
        }
        return Err(Failure::refused(
            "another machine publishes at this moment; nothing was done: repeat it in some minutes",
        ));
    };
    let published = under(house, wish, &lease, clock).await;
    house.casework.release_publisher(&lease).await?;
    published
}

async fn under(
    house: &House,
    wish: &Wish,
    lease: &PublisherLease,
    clock: Option<String>,
) -> Result<Publication, Failure> {
    let mut publication = Publication {
        clock,
        ..Publication::default()
    };
    if publication.clock.is_none() {
        for arrived in house.casework.order_arrived(lease).await? {
            if let Arrived::HeldBack { id, why } = arrived {
                publication.held_back.push((id, why));
            }
        }
    }
    if wish.only_if_needed && !house.casework.has_waiting_release() {
        return Ok(publication);
    }
    let publisher = Publisher::new(&house.root);
    let faces = faces(house, &publisher.public(), wish, &mut publication.notes).await?;
    let generation =
        tokio::task::block_in_place(|| update(&publisher, &faces, house.config.publish.dynamic, house.now()))?;
    publication.out = mark_published(house, &faces, &generation).await?;
    publication.generation = Some(generation);
    Ok(publication)
}

/// One name for each machine: the lease keeps machines apart, the tree's lock the processes of one.
fn publisher_name() -> Result<String, Failure> {
    match steady::boot() {
        Some(boot) => Ok(format!("publisher-{boot}")),
        None => Ok(format!("publisher-{}", vault::Ids::System.draw("publisher")?.as_str())),
    }
}

fn update(publisher: &Publisher, faces: &[Face], dynamic: bool, now: Timestamp) -> Result<Generation, Failure> {
    let releases: Vec<Vec<publish::Release<'_>>> = faces
        .iter()
        .map(|face| {
            let releases = face.releases.iter();
            releases
                .map(|(released, fixed)| publish::Release { released, fixed })
                .collect()
        })
        .collect();
    let sites: Vec<Site<'_>> = faces
        .iter()
        .zip(&releases)
        .map(|(face, releases)| Site {
            brand: &face.brand,
            policy: face.policy.as_ref().map(|(policy, text)| PolicyFile { policy, text }),
            keys: &face.keys,
            releases,
            tombstones: &face.tombstones,
            changed: face.changed,
            dynamic,
            security_txt: Some(&face.security_txt),
        })
        .collect();
    let failed = |error: publish::TreeError| Failure::machine(error.to_string());
    let generation = publisher.update(&sites, now).map_err(failed)?;
    // The other slot still has what had to go.
    if generation.written > 0 && faces.iter().any(|face| !face.tombstones.is_empty()) {
        publisher.update(&sites, now).map_err(failed)?;
    }
    Ok(generation)
}

/// Every brand that has a key. The board is let go before anything is rendered.
async fn faces(house: &House, public: &Path, wish: &Wish, notes: &mut Vec<String>) -> Result<Vec<Face>, Failure> {
    let brands: Vec<(Brand, Key)> = {
        let board = house.casework.board();
        let keyed = |brand: &Brand| Some((brand.clone(), board.house.keys.get(&brand.id)?.clone()));
        board.house.brands.values().filter_map(keyed).collect()
    };
    let mut faces = Vec::new();
    for (brand, key) in brands {
        faces.push(face(house, brand, &key, public, wish, notes).await?);
    }
    Ok(faces)
}

async fn face(
    house: &House,
    brand: Brand,
    key: &Key,
    public: &Path,
    wish: &Wish,
    notes: &mut Vec<String>,
) -> Result<Face, Failure> {
    let certificate = Certificate::parse(key.public.as_bytes(), Limits::default())
        .map_err(|error| Failure::machine(error.to_string()))?;
    let signing = signing_key(key)?;
    let policy = policy(&house.casework.board(), &brand);
    let security_txt = publish::security_txt(&brand, policy.is_some(), &signing, key.made, house.now())
        .map_err(|error| Failure::machine(error.to_string()))?;
    let mut face = Face {
        security_txt,
        keys: vec![certificate],
        policy,
        changed: key.made,
        releases: Vec::new(),
        tombstones: Vec::new(),
        new: Vec::new(),
        brand,
    };
    for release in house.casework.releases(&face.brand.id) {
        face.know_key(release.key.as_deref())?;
        let fixed = fixed(house, &face, &release, &signing, public, wish, notes).await?;
        let revision = release.released.advisory().revisions.last();
        if let Some(revision) = revision.filter(|_| !release.on_disk) {
            face.new.push((release.id, Some(revision.number)));
        }
        face.releases.push((release.released, fixed));
    }
    for (id, tombstone, on_disk) in house.casework.tombstones(&face.brand.id) {
        if !on_disk {
            face.new.push((id, None));
        }
        face.tombstones.push(tombstone);
    }
    Ok(face)
}

/// The bytes of a release: as they were fixed, or fixed now and kept before anybody sees them.
async fn fixed(
    house: &House,
    face: &Face,
    release: &casework::Release,
    signing: &SigningKey,
    public: &Path,
    wish: &Wish,
    notes: &mut Vec<String>,
) -> Result<FixedRelease, Failure> {
    let advisory = release.released.advisory();
    let number = &advisory.number;
    let file = public.join(&face.brand.domain).join(place::document(advisory));
    if let Some(version) = &release.fixed {
        // The public copy saves the unsealing, if it is the same to the byte.
        let copy = std::fs::read(&file).ok().map(|json| FixedRelease {
            json,
            signature: version.signature.clone(),
        });
        if let Some(copy) = copy.filter(|copy| copy.sha256() == version.sha256) {
            return Ok(copy);
        }
        let kept = house.casework.kept_bytes(version).await?;
        let kept = kept.ok_or_else(|| Failure::machine(format!("{number}: its bytes were destroyed")))?;
        return whole(kept, &version.sha256, number);
    }
    // What was published before bytes were kept is public, and nowhere else.
    let known = release
        .on_disk
        .then(|| published(&file, &face.keys, house.now()))
        .flatten();
    let (made, accepted) = match known {
        Some(known) => (known, Vec::new()),
        None => {
            let reasons = wish.accepted.iter().chain(&release.accepted);
            let reasons: Vec<(&str, &str)> = reasons.map(|(test, why)| (test.as_str(), why.as_str())).collect();
            let at = advisory
                .revisions
                .last()
                .map_or_else(|| house.now(), |revision| revision.at);
            let version = env!("CARGO_PKG_VERSION");
            let fixed = tokio::task::block_in_place(|| {
                publish::fix_release(&release.released, &face.brand, signing, at, version, &reasons)
            });
            let fixed = fixed.map_err(|error| Failure::refused(format!("{number}: {error}")))?;
            notes.extend(
                fixed
                    .excused
                    .iter()
                    .map(|excused| format!("{number}: test {} accepted: {}", excused.finding.test, excused.reason)),
            );
            notes.extend(
                fixed
                    .informative
                    .iter()
                    .map(|finding| format!("{number}: for information, test {}: {}", finding.test, finding.message)),
            );
            let excused = fixed.excused.into_iter();
            let accepted = excused.map(|excused| (excused.finding.test.to_owned(), excused.reason));
            (fixed.release, accepted.collect())
        }
    };
    let kept = KeptBytes {
        json: made.json.clone(),
        signature: made.signature.clone(),
    };
    let version = house.casework.keep_bytes(&release.id, kept, accepted).await?;
    if version.sha256 == made.sha256() && version.signature == made.signature {
        return Ok(made);
    }
    // Another process was faster; its bytes are the ones.
    let kept = house.casework.kept_bytes(&version).await?;
    let kept = kept.ok_or_else(|| Failure::machine(format!("{number}: its bytes were destroyed")))?;
    whole(kept, &version.sha256, number)
}

fn whole(kept: KeptBytes, sha256: &str, number: &str) -> Result<FixedRelease, Failure> {
    let KeptBytes { json, signature } = kept;
    let fixed = FixedRelease { json, signature };
    if fixed.sha256() == sha256 {
        return Ok(fixed);
    }
    Err(Failure::machine(format!(
        "{number}: the kept bytes are not those that were signed; restore the blobs from a backup"
    )))
}

pub(crate) fn signing_key(key: &Key) -> Result<SigningKey, Failure> {
    let stored = || Failure::machine(openpgp::KeyError::Stored.to_string());
    let secret = Zeroizing::new(BASE64.decode(key.secret.as_bytes()).map_err(|_| stored())?);
    SigningKey::from_secret_bytes(&secret).map_err(|error| Failure::machine(error.to_string()))
}

/// The newest adopted version of a brand's policy, and its file.
fn policy(board: &Board, brand: &Brand) -> Option<(psirt::policy::Policy, String)> {
    let adopted = board.house.policies.iter().zip(&board.house.policy_texts);
    let (policy, text) = adopted.rev().find(|(policy, _)| policy.front.id == brand.policy)?;
    Some((policy.clone(), text.clone()))
}

/// The bytes of a release as they are public, if they are whole and signed by one of the brand's keys.
fn published(file: &Path, keys: &[Certificate], now: Timestamp) -> Option<FixedRelease> {
    let json = std::fs::read(file).ok()?;
    let signature = std::fs::read_to_string(file.with_added_extension("asc")).ok()?;
    let verifies =
        |key: &Certificate| openpgp::verify_detached(key, &json, signature.as_bytes(), now.as_second()).is_ok();
    keys.iter().any(verifies).then_some(FixedRelease { json, signature })
}

/// Records what this tree has and no tree had before. What was ordered while it was built is not in it.
async fn mark_published(house: &House, faces: &[Face], generation: &Generation) -> Result<Vec<Out>, Failure> {
    let mut out = Vec::new();
    for (id, revision) in faces.iter().flat_map(|face| &face.new) {
        let waiting = {
            let board = house.casework.board();
            let state = board.advisories.get(id).filter(|state| state.waits_for_tree());
            let same = |state: &&AdvisoryState| {
                let ordered = state.ordered.as_ref().and_then(|ordered| ordered.revisions.last());
                ordered.map(|last| last.number) == *revision
            };
            state.filter(same).map(|state| state.draft.clone())
        };
        let Some(advisory) = waiting else { continue };
        let marked = house
            .casework
            .mark_published(id, generation.number, &generation.manifest);
        marked.await?;
        let board = house.casework.board();
        let order = board.advisories.get(id).and_then(|state| state.order.as_ref());
        out.push(Out {
            number: advisory.number,
            title: advisory.title,
            late_s: order.and_then(|order| order.late_s),
        });
    }
    Ok(out)
}
