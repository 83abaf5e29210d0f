//! The face of a brand in a publication: everything that its part of the trees is made of.
//!
//! Owns where a brand fails, so that it alone stands still, and how the bytes of a release are fixed and kept. Bytes that were fixed once are taken
//! as they are; they are never made a second time. Never builds a tree, and never records what is out.

use crate::failure::Failure;
use crate::keys::{self, Keys};
use crate::protected::{self, Limited};
use crate::publication::{Publication, Wish};
use crate::session::House;
use casework::{ActError, KeptBytes, OutVersion};
use documents::place;
use jiff::Timestamp;
use openpgp::{Certificate, Limits};
use psirt::advisory::{Released, Tombstone};
use psirt::board::{Board, KeyState};
use psirt::house::Brand;
use psirt::promises::KeptPromises;
use publish::{Dress, FixedRelease, Publisher};
use std::collections::BTreeSet;
use std::path::Path;

/// A brand with everything that its part of the tree is made of.
pub(crate) struct Face {
    pub(crate) brand: Brand,
    /// Whether what is public of it stays as it is.
    pub(crate) still: bool,
    /// Whether what is not public of it stays as it is.
    pub(crate) limited_still: bool,
    pub(crate) keys: Keys,
    pub(crate) policy: Option<(psirt::policy::Policy, String)>,
    /// Every version of it, in the order of adoption.
    pub(crate) policies: Vec<(psirt::policy::Policy, String)>,
    pub(crate) promises: Option<KeptPromises>,
    pub(crate) dress: Option<Dress>,
    /// What is in no tree yet.
    pub(crate) releases: Vec<(Released, FixedRelease)>,
    /// What is public, and what was before: read only where the tree does not have it.
    pub(crate) out: Vec<OutVersion>,
    pub(crate) tombstones: Vec<Tombstone>,
    /// What is not public.
    pub(crate) limited: Limited,
    /// `security.txt`, signed; none while nothing has signed it.
    pub(crate) security_txt: Option<String>,
    /// Ids of what is not on disk yet, with the revision of a release.
    pub(crate) new: Vec<(String, Option<u32>)>,
    /// Ids of advisories with a version that had to go, and how many have: the tree may still have the last of them.
    pub(crate) removed: Vec<(String, usize)>,
}

impl Face {
    /// A brand without anything.
    fn empty(brand: &Brand) -> Face {
        Face {
            brand: brand.clone(),
            still: false,
            limited_still: false,
            keys: Keys::default(),
            policy: None,
            policies: Vec::new(),
            promises: None,
            dress: None,
            releases: Vec::new(),
            out: Vec::new(),
            tombstones: Vec::new(),
            limited: Limited::default(),
            security_txt: None,
            new: Vec::new(),
            removed: Vec::new(),
        }
    }

    /// A brand of which everything stays as it is. Its keys are known as far as they can be read: others may have a key directory with it.
    fn still(house: &House, brand: &Brand) -> Face {
        let keys = Keys::of(&house.casework.board().house, brand, house.now());
        Face {
            still: true,
            limited_still: true,
            keys: keys.ok().flatten().unwrap_or_default(),
            ..Face::empty(brand)
        }
    }

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

/// A brand of which nothing new is published.
#[derive(Clone, Debug)]
pub(crate) struct Still {
    pub(crate) brand: String,
    /// What is wrong, and what to do.
    pub(crate) why: String,
    /// Numbers of what waits with it.
    pub(crate) waiting: Vec<String>,
    /// Whether it was tried now, and not left alone because it failed not long ago.
    pub(crate) tried: bool,
}

/// Every brand that has a key. One that fails stands still, and keeps nothing of the others back.
pub(crate) async fn faces(
    house: &House,
    public: &Path,
    wish: &Wish,
    publication: &mut Publication,
) -> Result<Vec<Face>, Failure> {
    let brands: Vec<Brand> = house.casework.board().house.brands.values().cloned().collect();
    let mut faces = Vec::new();
    for brand in brands {
        if let Some(why) = rests(house, &brand.id).filter(|_| wish.only_if_needed) {
            faces.push(Face::still(house, &brand));
            hold(house, publication, &brand.id, why, false);
            continue;
        }
        // A face is large, and so is a future that holds one.
        match Box::pin(face(house, &brand, public, wish, publication)).await {
            Ok(face) => faces.extend(face),
            Err(why) => {
                faces.push(Face::still(house, &brand));
                hold(house, publication, &brand.id, told(&why.to_string()), true);
            }
        }
    }
    Ok(faces)
}

/// Why a brand is left alone for now by whoever publishes without anybody: it failed not long ago, and nothing of it changed since.
pub(crate) fn rests(house: &House, brand: &str) -> Option<String> {
    let board = house.casework.board();
    let still = board.house.still.get(brand).filter(|still| !still.is_due(house.now()));
    still.map(|still| still.why.clone())
}

/// What failed, with the way out.
pub(crate) fn told(why: &str) -> String {
    let why = why.trim_end_matches('.');
    format!(
        "{why}. Mend what it names, then `candor publish`; without that it is tried again after an hour, then after ever longer waits"
    )
}

/// Notes that nothing of a brand is published, with what waits for it and was not told of already.
pub(crate) fn hold(house: &House, publication: &mut Publication, brand: &str, why: String, tried: bool) {
    let releases = [house.casework.releases(brand), house.casework.limited_releases(brand)].concat();
    let told = |number: &String| {
        let aside = publication.held_aside.iter().chain(&publication.unsigned);
        aside.map(|(number, _)| number).any(|known| known == number)
    };
    let waiting = releases.iter().filter(|release| !release.on_disk);
    let waiting: BTreeSet<String> = waiting
        .map(|release| release.released.advisory().number.clone())
        .collect();
    let waiting = waiting.into_iter().filter(|number| !told(number)).collect();
    match publication.still.iter_mut().find(|still| still.brand == brand) {
        Some(known) if known.why.contains(&why) => {}
        Some(known) => known.why = format!("{}; {why}", known.why),
        None => publication.still.push(Still {
            brand: brand.to_owned(),
            why,
            waiting,
            tried,
        }),
    }
}

/// A brand's face, if it has a key.
async fn face(
    house: &House,
    brand: &Brand,
    public: &Path,
    wish: &Wish,
    publication: &mut Publication,
) -> Result<Option<Face>, Failure> {
    let now = house.now();
    // The board is let go before anything is rendered.
    let is_served = house.config.publish.dynamic;
    let bare = bare_face(
        &house.casework.board(),
        &house.publisher.public(),
        brand,
        is_served,
        now,
    )?;
    let Some(face) = bare else {
        let missing = house.casework.board().house.no_portal(&brand.id);
        publication
            .notes
            .extend(missing.map(|missing| format!("warning: {missing}")));
        return Ok(None);
    };
    match keys::stands_still(house, brand, now)? {
        Some(why) => {
            stand_still(house, brand, public, why, publication);
            Ok(Some(Face::still(house, brand)))
        }
        None => filled(house, face, public, wish, publication).await.map(Some),
    }
}

/// Tells why nothing of a brand is published. A brand that was never public can wait for a key that is elsewhere; one that has ended signs
/// nothing, however long it waits.
fn stand_still(house: &House, brand: &Brand, public: &Path, why: String, publication: &mut Publication) {
    let is_over = {
        let board = house.casework.board();
        let key = board.house.signing_key(&brand.id);
        key.is_some_and(|key| matches!(key.state(house.now()), KeyState::Expired | KeyState::Revoked))
    };
    let is_empty =
        house.casework.releases(&brand.id).is_empty() && house.casework.limited_releases(&brand.id).is_empty();
    if !is_over && is_empty && !public.join(&brand.domain).exists() {
        publication.notes.push(why);
        return;
    }
    hold(house, publication, &brand.id, why, true);
}

/// The face of a brand that has a key, without its releases. `is_served` says whether more than files is served, and so a form.
fn bare_face(
    board: &Board,
    public: &Path,
    brand: &Brand,
    is_served: bool,
    now: Timestamp,
) -> Result<Option<Face>, Failure> {
    let Some(keys) = Keys::of(&board.house, brand, now)? else {
        return Ok(None);
    };
    let policies = policies(board, brand);
    let policy = in_force(&policies, now).cloned();
    Ok(Some(Face {
        security_txt: keys.security_txt(
            &board.house,
            public,
            brand,
            policy.as_ref().map(|(policy, _)| policy),
            is_served,
            now,
        )?,
        keys,
        policy,
        policies,
        promises: board.house.promises.get(&brand.id).cloned(),
        dress: board.house.themes.get(&brand.id).map(Dress::of),
        ..Face::empty(brand)
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
