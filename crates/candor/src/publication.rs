//! A publication: what has arrived is ordered, bytes are fixed and kept, the tree is swapped, and only then it is recorded (law 6).
//!
//! Owns the order of these steps, for `candor publish` and for the worker alike. Each step repeats safely: whoever is killed between two of
//! them finds the rest to do. Never renders: `publish` does. Bytes that were fixed once are taken as they are; they are never made a second
//! time. Nobody needs to be there either for what the keys ask for: a renewed `security.txt`, a key's new end, a revocation.

use crate::failure::Failure;
use crate::keys::{self, Keys};
use crate::protected::{self, Limited};
use crate::session::House;
use crate::shelf::{self, Shelf};
use crate::steady;
use crate::turn;
use casework::{ActError, Arrived, KeptBytes, OutVersion, PublisherLease};
use documents::place;
use jiff::Timestamp;
use openpgp::{Certificate, Limits};
use psirt::advisory::{AdvisoryState, Released, Tombstone};
use psirt::board::{Board, KeyState};
use psirt::house::Brand;
use psirt::promises::KeptPromises;
use publish::{Dress, FixedRelease, Generation, PolicyFile, PortalParts, Publisher, Site};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

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
    /// What waits in the outbox since, of what is out.
    pub(crate) waits: usize,
    /// Scheduled ones whose instant came, and what forbids them: id and refusal.
    pub(crate) held_back: Vec<(String, String)>,
    /// Ordered ones whose bytes could not be fixed, by number, with what is wrong. Everything else went out.
    pub(crate) held_aside: Vec<(String, String)>,
    /// Ordered ones that nothing can sign now, by number, with what to do. Everything else went out.
    pub(crate) unsigned: Vec<(String, String)>,
    /// Brands of which nothing can be published, with what to do. What is public of them stays as it is.
    pub(crate) still: Vec<(String, String)>,
    /// What the validator said.
    pub(crate) notes: Vec<String>,
    /// Why nothing scheduled was looked at.
    pub(crate) clock: Option<String>,
}

impl Publication {
    /// Whether something that was ordered or is due is not out.
    pub(crate) fn kept_back(&self) -> bool {
        let lists = [&self.held_back, &self.held_aside, &self.unsigned, &self.still];
        lists.into_iter().any(|list| !list.is_empty())
    }
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
pub(crate) struct Face {
    pub(crate) brand: Brand,
    /// Whether what is public of it stays as it is.
    pub(crate) still: bool,
    pub(crate) keys: Keys,
    pub(crate) policy: Option<(psirt::policy::Policy, String)>,
    /// Every version of it, in the order of adoption.
    policies: Vec<(psirt::policy::Policy, String)>,
    promises: Option<KeptPromises>,
    dress: Option<Dress>,
    /// What is in no tree yet.
    releases: Vec<(Released, FixedRelease)>,
    /// What is public, and what was before: read only where the tree does not have it.
    out: Vec<OutVersion>,
    tombstones: Vec<Tombstone>,
    /// What is not public.
    pub(crate) limited: Limited,
    /// `security.txt`, signed; none while another machine has not signed it.
    security_txt: Option<String>,
    /// Ids of what is not on disk yet, with the revision of a release.
    new: Vec<(String, Option<u32>)>,
    /// Ids of advisories with a version that had to go, and how many have: the tree may still have the last of them.
    removed: Vec<(String, usize)>,
}

impl Face {
    /// Publishes the key of a document that was brought along, too.
    fn know_key(&mut self, armored: Option<&str>) -> Result<(), Failure> {
        let Some(armored) = armored else { return Ok(()) };
        let key = Certificate::parse(armored.as_bytes(), Limits::default());
        let key =
            key.map_err(|error| Failure::machine(format!("the key of a document that was brought along: {error}")))?;
        let known = &mut self.keys.signing;
        if known.iter().all(|known| known.fingerprint() != key.fingerprint()) {
            known.push(key);
        }
        Ok(())
    }
}

/// Publishes what is ordered, and what was scheduled and has arrived.
///
/// # Errors
/// Another process publishes; those of the store and of the disk. The old tree stays.
pub(crate) async fn publish(house: &House, wish: &Wish) -> Result<Publication, Failure> {
    house.casework.refresh().await?;
    let clock = steady::doubt(house, wish.clock_is_right).await?;
    let arrived = house.casework.next_publication().is_some_and(|at| at <= house.now());
    let idle = !waits(house, clock.is_none()).any() && (!arrived || clock.is_some());
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
    let waits = waits(house, publication.clock.is_none());
    if wish.only_if_needed && !waits.any() {
        return Ok(publication);
    }
    let publisher = Publisher::new(&house.root).by(shelf::engine());
    let faces = faces(house, &publisher.public(), wish, &mut publication).await?;
    // What brings along a change for everybody comes to the others first, by moments.
    if waits.limited || !wish.only_if_needed {
        let built = tokio::task::block_in_place(|| protected::update(house, &faces, house.now()))?;
        if let Some(generation) = built {
            publication.out = protected::mark(house, &faces, &generation).await?;
            let found = mended(&Publisher::protected(&house.root), || {
                protected::update(house, &faces, house.now()).map(drop)
            });
            publication.notes.extend(edited(&found?));
        }
    }
    // A release to one party leaves the public tree alone: not even its times may tell.
    if waits.public || !wish.only_if_needed {
        let generation = tokio::task::block_in_place(|| update(house, &publisher, &faces))?;
        publication
            .out
            .extend(mark_published(house, &faces, &generation).await?);
        publication.generation = Some(generation);
        publication.waits = crate::outbox::following(house, &publication.out);
        let found = mended(&publisher, || update(house, &publisher, &faces).map(drop))?;
        publication.notes.extend(edited(&found));
    }
    Ok(publication)
}

/// Files that are named where a tree was edited.
const MAX_NAMED: usize = 20;

/// How often a tree is mended that somebody edits: once for each slot, and once more.
const MOST_MENDED: usize = 3;

/// Looks at the tree, now that nobody waits for it, and builds it again until nothing of it is edited. Gives back what was.
fn mended(publisher: &Publisher, update: impl Fn() -> Result<(), Failure>) -> Result<BTreeSet<String>, Failure> {
    let mut edited = BTreeSet::new();
    tokio::task::block_in_place(|| {
        for _ in 0..MOST_MENDED {
            let found = publisher.look().map_err(|error| Failure::machine(error.to_string()))?;
            if found.is_empty() {
                break;
            }
            edited.extend(found);
            update()?;
        }
        Ok(edited)
    })
}

/// What somebody else did to the tree, file by file; it is mended by now.
fn edited(edited: &BTreeSet<String>) -> Vec<String> {
    if !edited.is_empty() {
        tracing::warn!(files = edited.len(), "the published tree was changed by hand");
    }
    let more = edited.len().saturating_sub(MAX_NAMED);
    let named = edited.iter().take(MAX_NAMED);
    let named = named.map(|path| format!("warning: {path} was changed by hand: it is again as it was published"));
    let rest = (more > 0).then(|| format!("warning: {more} more files were changed by hand, and are mended"));
    named.chain(rest).collect()
}

/// Which tree lacks something.
#[derive(Clone, Copy)]
struct Waits {
    public: bool,
    limited: bool,
}

impl Waits {
    fn any(self) -> bool {
        self.public || self.limited
    }
}

/// What the keys say is in both trees. A clock that is in doubt renews nothing.
fn waits(house: &House, is_steady: bool) -> Waits {
    let public = Publisher::new(&house.root).public();
    let is_behind = is_steady && keys::is_behind(house, &public, house.now());
    let lacks = |brands: BTreeSet<String>| {
        let known = |id: &String| house.casework.board().house.brands.get(id).cloned();
        let mut brands = brands.iter().filter_map(known);
        // A failure is told by the publication.
        brands.any(|brand| !matches!(keys::stands_still(house, &brand, house.now()), Ok(Some(_))))
    };
    Waits {
        public: is_behind || lacks(house.casework.brands_waiting()),
        limited: is_behind || lacks(house.casework.brands_waiting_limited()),
    }
}

/// One name for each machine: the lease keeps machines apart, the tree's lock the processes of one.
fn publisher_name() -> Result<String, Failure> {
    match steady::boot() {
        Some(boot) => Ok(format!("publisher-{boot}")),
        None => Ok(format!("publisher-{}", vault::Ids::System.draw("publisher")?.as_str())),
    }
}

fn update(house: &House, publisher: &Publisher, faces: &[Face]) -> Result<Generation, Failure> {
    let (dynamic, now) = (house.config.publish.dynamic, house.now());
    let public = publisher.public();
    let shelves: Vec<Shelf<'_>> = faces
        .iter()
        .map(|face| Shelf::new(house, public.join(&face.brand.domain), &face.out))
        .collect();
    let releases: Vec<Vec<publish::Release<'_>>> = faces
        .iter()
        .zip(&shelves)
        .map(|(face, shelf)| {
            let new = face.releases.iter();
            let new = new.map(|(released, fixed)| publish::Release::here(released, fixed));
            new.chain(shelf.releases()).collect()
        })
        .collect();
    let file = |(policy, text)| PolicyFile { policy, text };
    let policies: Vec<Vec<PolicyFile<'_>>> = faces
        .iter()
        .map(|face| {
            face.policies
                .iter()
                .map(|(policy, text)| file((policy, text)))
                .collect()
        })
        .collect();
    let sites: Vec<Site<'_>> = faces
        .iter()
        .zip(&releases)
        .zip(&policies)
        .map(|((face, releases), policies)| Site {
            portal: PortalParts {
                dynamic,
                policies,
                promises: face.promises.as_ref(),
                theme: face.dress.as_ref(),
            },
            brand: &face.brand,
            still: face.still,
            policy: face.policy.as_ref().map(|(policy, text)| file((policy, text))),
            keys: &face.keys.signing,
            intake: &face.keys.intake,
            releases,
            tombstones: &face.tombstones,
            changed: face.keys.changed,
            security_txt: face.security_txt.as_deref(),
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
async fn faces(house: &House, public: &Path, wish: &Wish, publication: &mut Publication) -> Result<Vec<Face>, Failure> {
    let now = house.now();
    let bare: Vec<Face> = {
        let board = house.casework.board();
        let brands = board.house.brands.values();
        let faces = brands.map(|brand| bare_face(&board, brand, now));
        faces.filter_map(Result::transpose).collect::<Result<_, Failure>>()?
    };
    let mut faces = Vec::new();
    for mut face in bare {
        if let Some(why) = keys::stands_still(house, &face.brand, now)? {
            stand_still(house, &face.brand, public, why, publication);
            face.still = true;
            faces.push(face);
            continue;
        }
        // A face is large, and so is a future that holds one.
        faces.push(Box::pin(filled(house, face, public, wish, publication)).await?);
    }
    Ok(faces)
}

/// Tells why nothing of a brand is published, and of each release that waits. A brand that was never public can wait for a key that is
/// elsewhere; one that has ended signs nothing, however long it waits.
fn stand_still(house: &House, brand: &Brand, public: &Path, why: String, publication: &mut Publication) {
    let (releases, limited) = (
        house.casework.releases(&brand.id),
        house.casework.limited_releases(&brand.id),
    );
    let is_over = {
        let board = house.casework.board();
        let key = board.house.signing_key(&brand.id);
        key.is_some_and(|key| matches!(key.state(house.now()), KeyState::Expired | KeyState::Revoked))
    };
    if !is_over && !public.join(&brand.domain).exists() && releases.is_empty() && limited.is_empty() {
        publication.notes.push(why);
        return;
    }
    let waiting = releases.iter().chain(&limited).filter(|release| !release.on_disk);
    let numbers = waiting.map(|release| release.released.advisory().number.clone());
    publication.unsigned.extend(numbers.map(|number| (number, why.clone())));
    publication.still.push((brand.id.clone(), why));
}

/// The face of a brand that has a key, without its releases.
fn bare_face(board: &Board, brand: &Brand, now: Timestamp) -> Result<Option<Face>, Failure> {
    let Some(keys) = Keys::of(&board.house, brand, now)? else {
        return Ok(None);
    };
    let policies = policies(board, brand);
    let policy = in_force(&policies, now).cloned();
    Ok(Some(Face {
        security_txt: keys.security_txt(&board.house, brand, policy.is_some(), now)?,
        keys,
        policy,
        policies,
        promises: board.house.promises.get(&brand.id).cloned(),
        dress: board.house.themes.get(&brand.id).map(Dress::of),
        releases: Vec::new(),
        out: Vec::new(),
        tombstones: Vec::new(),
        limited: Limited::default(),
        new: Vec::new(),
        removed: Vec::new(),
        still: false,
        brand: brand.clone(),
    }))
}

async fn filled(
    house: &House,
    mut face: Face,
    public: &Path,
    wish: &Wish,
    publication: &mut Publication,
) -> Result<Face, Failure> {
    // What is public of those that are held aside: nothing replaced it.
    let mut still: Vec<(String, Option<u32>)> = Vec::new();
    let out = house.casework.out_versions(&face.brand.id);
    for key in &out.keys {
        face.know_key(Some(key))?;
    }
    for release in house.casework.open_releases(&face.brand.id) {
        face.know_key(release.key.as_deref())?;
        let revision = release.released.advisory().revisions.last().map(|last| last.number);
        let notes = &mut publication.notes;
        match fixed(house, &face, &release, public, wish, notes).await {
            Ok(fixed) => {
                if let Some(revision) = revision.filter(|_| !release.on_disk) {
                    face.new.push((release.id, Some(revision)));
                }
                face.releases.push((release.released, fixed));
            }
            // One that cannot be fixed keeps nothing back but itself; what was public of it stays.
            Err(Unfixed::Aside(why) | Unfixed::Unsigned(why)) if !release.on_disk => {
                let number = release.released.advisory().number.clone();
                if face.keys.signer().is_ok() {
                    let held = house
                        .casework
                        .hold_aside(&release.id, revision.unwrap_or_default(), &why);
                    held.await?;
                    publication.held_aside.push((number, why));
                } else {
                    publication.unsigned.push((number, why));
                }
                if let Some(before) = release.before {
                    let notes = &mut publication.notes;
                    let kept = fixed(house, &face, &before, public, wish, notes).await?;
                    let revision = before.released.advisory().revisions.last().map(|last| last.number);
                    still.push((before.id.clone(), revision));
                    face.releases.push((before.released, kept));
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    let is_kept = |version: &OutVersion| !still.contains(&(version.id.clone(), Some(version.version.revision)));
    face.out = out.versions;
    face.out.retain(is_kept);
    for removed in house.casework.tombstones(&face.brand.id) {
        let last = face
            .removed
            .last_mut()
            .filter(|(id, _)| *id == removed.id && !removed.in_tree);
        match last {
            Some((_, count)) => *count += 1,
            None if !removed.in_tree => face.removed.push((removed.id, 1)),
            None => {}
        }
        face.tombstones.push(removed.tombstone);
    }
    let releases = house.casework.limited_releases(&face.brand.id);
    face.limited.audiences = protected::audiences(house, &face.brand, &releases);
    let root = Publisher::protected(&house.root).public();
    for release in releases {
        let notes = &mut publication.notes;
        let fixed = match fixed(house, &face, &release, &root, wish, notes).await {
            Ok(fixed) => fixed,
            Err(Unfixed::Aside(why)) if !release.on_disk => {
                let number = release.released.advisory().number.clone();
                publication.held_aside.push((number, why));
                continue;
            }
            Err(Unfixed::Unsigned(why)) if !release.on_disk => {
                let number = release.released.advisory().number.clone();
                publication.unsigned.push((number, why));
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if !release.on_disk {
            let revision = release.released.advisory().revisions.last();
            let audience = release.released.audience().clone();
            let new = (release.id, audience, revision.map(|revision| revision.number));
            face.limited.new.push(new);
        }
        face.limited.releases.push((release.released, fixed));
    }
    Ok(face)
}

/// Why a release has no bytes.
enum Unfixed {
    /// Something is wrong with it alone.
    Aside(String),
    /// Nothing signs it now.
    Unsigned(String),
    /// Nothing can go on.
    Failed(Failure),
}

impl From<Unfixed> for Failure {
    fn from(unfixed: Unfixed) -> Failure {
        match unfixed {
            Unfixed::Aside(why) | Unfixed::Unsigned(why) => Failure::refused(why),
            Unfixed::Failed(failure) => failure,
        }
    }
}

impl From<Failure> for Unfixed {
    fn from(failure: Failure) -> Unfixed {
        Unfixed::Failed(failure)
    }
}

impl From<ActError> for Unfixed {
    fn from(error: ActError) -> Unfixed {
        Unfixed::Failed(error.into())
    }
}

/// The bytes of a release: as they were fixed, or fixed now and kept before anybody sees them.
async fn fixed(
    house: &House,
    face: &Face,
    release: &casework::Release,
    public: &Path,
    wish: &Wish,
    notes: &mut Vec<String>,
) -> Result<FixedRelease, Unfixed> {
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
        return Ok(whole(kept, &version.sha256, number)?);
    }
    // What was published before bytes were kept is public, and nowhere else.
    let known = release
        .on_disk
        .then(|| published(&file, &face.keys.signing, house.now()))
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
            // It may have been ordered under the key before.
            let at = at.max(face.keys.since);
            let signing = face.keys.signer();
            let signing = signing.map_err(|why| Unfixed::Unsigned(why.to_string()))?;
            let version = env!("CARGO_PKG_VERSION");
            let fixed = tokio::task::block_in_place(|| {
                publish::fix_release(&release.released, &face.brand, signing, at, version, &reasons)
            });
            let fixed = fixed.map_err(|error| Unfixed::Aside(error.to_string()))?;
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
    let audience = release.released.audience();
    let version = house
        .casework
        .keep_bytes_for(&release.id, audience, kept, accepted)
        .await?;
    if version.sha256 == made.sha256() && version.signature == made.signature {
        return Ok(made);
    }
    // Another process was faster; its bytes are the ones.
    let kept = house.casework.kept_bytes(&version).await?;
    let kept = kept.ok_or_else(|| Failure::machine(format!("{number}: its bytes were destroyed")))?;
    Ok(whole(kept, &version.sha256, number)?)
}

pub(crate) fn whole(kept: KeptBytes, sha256: &str, number: &str) -> Result<FixedRelease, Failure> {
    let KeptBytes { json, signature } = kept;
    let fixed = FixedRelease { json, signature };
    if fixed.sha256() == sha256 {
        return Ok(fixed);
    }
    Err(Failure::machine(format!(
        "{number}: the kept bytes are not those that were signed; restore the blobs from a backup"
    )))
}

/// The version of a brand's policy that is in force, and its file.
pub(crate) fn policy(board: &Board, brand: &Brand, now: Timestamp) -> Option<(psirt::policy::Policy, String)> {
    in_force(&policies(board, brand), now).cloned()
}

/// Of the adopted versions the one whose day has come last; before the first of them has its day, the last that was adopted.
fn in_force(policies: &[(psirt::policy::Policy, String)], now: Timestamp) -> Option<&(psirt::policy::Policy, String)> {
    let holds = |(policy, _): &&(psirt::policy::Policy, String)| policy.in_force_from().is_some_and(|from| from <= now);
    let holding = policies.iter().filter(holds);
    let last = holding.max_by_key(|(policy, _)| policy.front.effective);
    last.or(policies.last())
}

/// Whether the tree shows another version of a brand's policy than the one whose day has come.
pub(crate) fn shows_old_policy(board: &Board, brand: &Brand, public: &Path, now: Timestamp) -> bool {
    let versions = policies(board, brand);
    let Some((policy, text)) = in_force(&versions, now).filter(|_| versions.len() > 1) else {
        return false;
    };
    let file = public.join(&brand.domain).join(place::policy_file(&policy.front.id));
    std::fs::read_to_string(file).is_ok_and(|shown| shown != *text)
}

/// The adopted versions of a brand's policy with their files, in the order of adoption.
fn policies(board: &Board, brand: &Brand) -> Vec<(psirt::policy::Policy, String)> {
    let adopted = board.house.policies.iter().zip(&board.house.policy_texts);
    let own = adopted.filter(|(policy, _)| policy.front.id == brand.policy);
    own.map(|(policy, text)| (policy.clone(), text.clone())).collect()
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
    for (id, count) in faces.iter().flat_map(|face| &face.removed) {
        let gone = {
            let board = house.casework.board();
            let state = board.advisories.get(id).filter(|state| state.to_remove);
            let state = state.filter(|state| state.tombstones.len() == *count);
            state.map(|state| state.tombstone().cloned())
        };
        let Some(current) = gone else { continue };
        let marked = house
            .casework
            .mark_published(id, generation.number, &generation.manifest);
        marked.await?;
        out.extend(current.map(|gone| Out {
            title: format!("{}, removed", gone.number),
            number: gone.number,
            late_s: None,
        }));
    }
    Ok(out)
}
