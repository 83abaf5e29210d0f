//! A publication: what has arrived is ordered, bytes are fixed and kept, the tree is swapped, and only then it is recorded (law 6).
//!
//! Owns the order of these steps, for `candor publish` and for the worker alike. Each step repeats safely: whoever is killed between two of
//! them finds the rest to do. A brand of which nothing can be published stays as it is, is named with the reason, and is tried again; the others go out.
//! Nobody needs to be there either for what the keys ask for: a renewed `security.txt`, a key's new end, a revocation. Never renders: `publish` does.

use crate::face::{self, Face, Still};
use crate::failure::Failure;
use crate::keys;
use crate::protected;
use crate::session::House;
use crate::shelf::Shelf;
use crate::steady;
use crate::turn;
use casework::{Arrived, PublisherLease};
use psirt::advisory::AdvisoryState;
use publish::{Generation, PolicyFile, PortalParts, Publisher, Site, TreeError};
use std::collections::BTreeSet;
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
    /// Brands of which nothing can be published. What is public of them stays as it is.
    pub(crate) still: Vec<Still>,
    /// What the validator said.
    pub(crate) notes: Vec<String>,
    /// Why nothing scheduled was looked at.
    pub(crate) clock: Option<String>,
}

impl Publication {
    /// Whether something that was ordered or is due is not out.
    pub(crate) fn kept_back(&self) -> bool {
        let lists = [&self.held_back, &self.held_aside, &self.unsigned];
        lists.into_iter().any(|list| !list.is_empty()) || !self.still.is_empty()
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
    let publisher = &*house.publisher;
    let mut faces = face::faces(house, &publisher.public(), wish, &mut publication).await?;
    // What brings along a change for everybody comes to the others first, by moments.
    if waits.limited || !wish.only_if_needed {
        let mut built = || protected::update(house, &mut faces, &mut publication);
        if let Some(generation) = tokio::task::block_in_place(&mut built)? {
            publication.out = protected::mark(house, &faces, &generation).await?;
            let found = mended(&Publisher::protected(&house.root), || {
                protected::update(house, &mut faces, &mut publication).map(drop)
            });
            publication.notes.extend(edited(&found?));
        }
    }
    // A release to one party leaves the public tree alone: not even its times may tell.
    if waits.public || !wish.only_if_needed {
        let mut built = || update(house, publisher, &mut faces, &mut publication);
        if let Some(generation) = tokio::task::block_in_place(&mut built)? {
            publication
                .out
                .extend(mark_published(house, &faces, &generation).await?);
            publication.generation = Some(generation);
            publication.waits = crate::outbox::following(house, &publication.out);
            let found = mended(publisher, || {
                update(house, publisher, &mut faces, &mut publication).map(drop)
            });
            publication.notes.extend(edited(&found?));
        }
    }
    record_still(house, wish, &faces, &publication).await?;
    Ok(publication)
}

/// Records which brands stand still and which are published again, so that the desk says so, and nobody tries without end.
async fn record_still(house: &House, wish: &Wish, faces: &[Face], publication: &Publication) -> Result<(), Failure> {
    let known = house.casework.board().house.still.clone();
    for Still { brand, why, tried, .. } in &publication.still {
        let is_told = known.get(brand).is_some_and(|known| known.why == *why);
        // A person who tries it in vain makes nobody wait longer.
        if !is_told || (*tried && wish.only_if_needed) {
            house.casework.stood_still(brand, why).await?;
        }
    }
    for face in faces.iter().filter(|face| !face.still && !face.limited_still) {
        if known.contains_key(&face.brand.id) {
            house.casework.went_on(&face.brand.id).await?;
        }
    }
    Ok(())
}

/// Files that are named where a tree was edited.
const MAX_NAMED: usize = 20;

/// How often a tree is mended that somebody edits: once for each slot, and once more.
const MOST_MENDED: usize = 3;

/// Looks at the tree, now that nobody waits for it, and builds it again until nothing of it is edited. Gives back what was.
fn mended(publisher: &Publisher, mut update: impl FnMut() -> Result<(), Failure>) -> Result<BTreeSet<String>, Failure> {
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

/// What the keys say is in both trees, and both are tried again of a brand that stood still. A clock that is in doubt renews nothing.
fn waits(house: &House, is_steady: bool) -> Waits {
    let public = house.publisher.public();
    let lacks = |brands: BTreeSet<String>| {
        let known = |id: &String| house.casework.board().house.brands.get(id).cloned();
        let awake = brands.iter().filter(|id| face::rests(house, id).is_none());
        let mut brands = awake.filter_map(known);
        // A failure is told by the publication.
        brands.any(|brand| !matches!(keys::stands_still(house, &brand, house.now()), Ok(Some(_))))
    };
    let stood_still = house.casework.board().house.still.keys().cloned().collect();
    let both = (is_steady && keys::is_behind(house, &public, house.now())) || lacks(stood_still);
    Waits {
        public: both || lacks(house.casework.brands_waiting()),
        limited: both || lacks(house.casework.brands_waiting_limited()),
    }
}

/// One name for each machine: the lease keeps machines apart, the tree's lock the processes of one.
fn publisher_name() -> Result<String, Failure> {
    match steady::boot() {
        Some(boot) => Ok(format!("publisher-{boot}")),
        None => Ok(format!("publisher-{}", vault::Ids::System.draw("publisher")?.as_str())),
    }
}

/// Builds the public tree; nothing where nothing is public and nothing begins. A brand whose part cannot be made stands still in it.
fn update(
    house: &House,
    publisher: &Publisher,
    faces: &mut [Face],
    publication: &mut Publication,
) -> Result<Option<Generation>, Failure> {
    let begins = faces.is_empty() || faces.iter().any(|face| !face.still);
    if !begins && !publisher.public().exists() {
        return Ok(None);
    }
    let first = built(house, publisher, faces, publication)?;
    // Only what goes now is still in the other slot: what went before is in neither.
    let is_removing = faces.iter().any(|face| !face.still && !face.removed.is_empty());
    if is_removing && first.as_ref().is_some_and(|first| first.written > 0) {
        built(house, publisher, faces, publication)?;
    }
    Ok(first)
}

/// Fills one slot and swaps it in. Gives back what is public then.
fn built(
    house: &House,
    publisher: &Publisher,
    faces: &mut [Face],
    publication: &mut Publication,
) -> Result<Option<Generation>, Failure> {
    let failed = |error: TreeError| Failure::machine(error.to_string());
    let (generation, held) = match build(house, publisher, faces) {
        Ok(generation) => (Some(generation.clone()), generation.held),
        Err(TreeError::Brands(held)) => (publisher.current().map_err(failed)?, held),
        Err(error) => return Err(failed(error)),
    };
    for face in faces {
        if let Some(why) = held.get(&face.brand.id) {
            face.still = true;
            face::hold(house, publication, &face.brand.id, face::told(why), true);
        }
    }
    Ok(generation)
}

fn build(house: &House, publisher: &Publisher, faces: &[Face]) -> Result<Generation, TreeError> {
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
    publisher.update(&sites, now)
}

/// Records what this tree has and no tree had before. What was ordered while it was built is not in it.
async fn mark_published(house: &House, faces: &[Face], generation: &Generation) -> Result<Vec<Out>, Failure> {
    let mut out = Vec::new();
    let out_now = || faces.iter().filter(|face| !face.still);
    for (id, revision) in out_now().flat_map(|face| &face.new) {
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
            number: advisory.number.clone(),
            title: advisory.title.clone(),
            late_s: order.and_then(|order| order.late_s),
        });
    }
    for (id, count) in out_now().flat_map(|face| &face.removed) {
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
