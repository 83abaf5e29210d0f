//! The protected tree: what was released to audiences that are not everybody, built beside the public tree and never with it.
//!
//! Owns which audiences a brand has, and the record of what they got. Never touches the public tree: a release to one party changes no byte,
//! no time and no tag of what everybody sees.

use crate::face::{self, Face};
use crate::failure::Failure;
use crate::publication::{Out, Publication};
use crate::session::House;
use jiff::Timestamp;
use psirt::advisory::{Audience, Released, Tlp};
use psirt::house::Brand;
use publish::{FixedRelease, Generation, Protected, Publisher, TreeError};
use std::collections::BTreeSet;

/// What is not public of a brand.
#[derive(Default)]
pub(crate) struct Limited {
    /// Audiences that have a feed.
    pub(crate) audiences: Vec<Audience>,
    /// What was released to them.
    pub(crate) releases: Vec<(Released, FixedRelease)>,
    /// What is not on disk yet: id, audience and revision.
    pub(crate) new: Vec<(String, Audience, Option<u32>)>,
}

/// The audiences of a brand: those of its customers, and whoever has something.
pub(crate) fn audiences(house: &House, brand: &Brand, releases: &[casework::Release]) -> Vec<Audience> {
    let board = house.casework.board();
    let customers = board
        .house
        .customers
        .values()
        .filter(|customer| customer.brand == brand.id);
    let mut audiences: BTreeSet<Audience> = BTreeSet::new();
    for customer in customers {
        let levels = Tlp::ALL.into_iter().map(Audience::Tlp);
        let all = levels.chain([Audience::Party(customer.id.clone())]);
        audiences.extend(all.filter(|audience| customer.reads(audience)));
    }
    audiences.extend(releases.iter().map(|release| release.released.audience().clone()));
    audiences.into_iter().collect()
}

/// Builds the protected tree; nothing where nobody but everybody reads anything. A brand whose part cannot be made stands still in it.
pub(crate) fn update(
    house: &House,
    faces: &mut [Face],
    publication: &mut Publication,
) -> Result<Option<Generation>, Failure> {
    let publisher = Publisher::protected(&house.root);
    if faces.iter().all(|face| face.limited.audiences.is_empty()) && !publisher.public().exists() {
        return Ok(None);
    }
    let (generation, held) = match build(&publisher, faces, house.now()) {
        Ok(generation) => (Some(generation.clone()), generation.held),
        Err(TreeError::Brands(held)) => (None, held),
        Err(error) => return Err(Failure::machine(error.to_string())),
    };
    for face in faces {
        if let Some(why) = held.get(&face.brand.id) {
            face.limited_still = true;
            face::hold(house, publication, &face.brand.id, face::told(why), true);
        }
    }
    Ok(generation)
}

fn build(publisher: &Publisher, faces: &[Face], now: Timestamp) -> Result<Generation, TreeError> {
    let releases: Vec<Vec<publish::Release<'_>>> = faces
        .iter()
        .map(|face| {
            let releases = face.limited.releases.iter();
            releases
                .map(|(released, fixed)| publish::Release::here(released, fixed))
                .collect()
        })
        .collect();
    let sites: Vec<Protected<'_>> = faces
        .iter()
        .zip(&releases)
        .map(|(face, releases)| Protected {
            brand: &face.brand,
            still: face.limited_still,
            policy: face.policy.as_ref().map(|(policy, _)| policy),
            keys: &face.keys.signing,
            audiences: &face.limited.audiences,
            releases,
            changed: face.keys.changed,
        })
        .collect();
    publisher.update_protected(&sites, now)
}

/// Records what this tree has and no tree had before.
pub(crate) async fn mark(house: &House, faces: &[Face], generation: &Generation) -> Result<Vec<Out>, Failure> {
    let mut out = Vec::new();
    let out_now = faces.iter().filter(|face| !face.limited_still);
    for (id, audience, revision) in out_now.flat_map(|face| &face.limited.new) {
        let waiting = {
            let board = house.casework.board();
            let limited = board.advisories.get(id).and_then(|state| state.limited_to(audience));
            let release = limited.and_then(|limited| limited.release.as_ref());
            let last = |release: &&psirt::advisory::LimitedRelease| {
                release.advisory.revisions.last().map(|last| last.number) == *revision && !release.on_disk
            };
            release.filter(last).map(|release| release.advisory.clone())
        };
        let Some(advisory) = waiting else { continue };
        let marked = house
            .casework
            .mark_limited(id, audience, generation.number, &generation.manifest);
        marked.await?;
        let board = house.casework.board();
        let limited = board.advisories.get(id).and_then(|state| state.limited_to(audience));
        out.push(Out {
            number: advisory.number.clone(),
            title: format!("{} (for {audience})", advisory.title),
            late_s: limited.and_then(|limited| limited.release.as_ref()?.order.late_s),
        });
    }
    Ok(out)
}
