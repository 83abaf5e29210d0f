//! The pages of a brand's portal beside its advisories and lists: its look, the policy with its versions and how it was kept.
//!
//! Never writes: all follows from the theme and the adopted policies.

use super::{Files, PolicyFile, Site, keys};
use crate::error::TreeError;
use crate::html;
use documents::page::{HistoryPage, PolicyPage};
use documents::place;

pub(super) fn put(site: &Site<'_>, files: &mut Files<'_, '_, '_>) -> Result<(), TreeError> {
    if let Some(dress) = site.portal.theme {
        if let Some((name, css)) = &dress.stylesheet {
            files.put(&format!("{}/{name}", place::ASSETS), css.as_bytes())?;
        }
        if let Some((name, bytes)) = &dress.logo {
            files.put(&format!("{}/{name}", place::ASSETS), bytes.as_slice())?;
        }
    }
    policies(site, files)
}

/// The version that is in force, and every version that was ever adopted, with what changed from one to the next.
fn policies(site: &Site<'_>, files: &mut Files<'_, '_, '_>) -> Result<(), TreeError> {
    let Some(PolicyFile { policy, text }) = site.policy else {
        return Ok(());
    };
    let id = &policy.front.id;
    let file = place::policy_file(id);
    let path = place::POLICY_PAGE;
    let mut page = PolicyPage::of(policy, path, &file).reporting_to(site.brand, keys::intake(site).as_ref(), path);
    // The next one by its day, of those whose day is still to come.
    let later = |one: &PolicyFile<'_>| one.policy.front.effective > policy.front.effective;
    let coming = (1..).zip(site.portal.policies).filter(|(_, one)| later(one));
    if let Some((number, next)) = coming.min_by_key(|(_, one)| one.policy.front.effective) {
        page = page.followed_by(next.policy, path, &place::policy_version(id, number));
    }
    if let Some(kept) = site.portal.promises.filter(|kept| kept.policy == *id) {
        page = page.telling(kept);
    }
    files.put(path, html::policy(&page, site, path)?.into_bytes())?;
    files.put(&file, text.as_bytes())?;
    let versions: Vec<_> = site.portal.policies.iter().map(|one| (one.policy, one.text)).collect();
    if versions.is_empty() {
        return Ok(());
    }
    let history = HistoryPage::of(&versions);
    files.put(place::POLICY_HISTORY, html::history(&history, site)?.into_bytes())?;
    for (number, one) in (1..).zip(site.portal.policies) {
        let (path, file) = (
            place::policy_version(id, number),
            place::policy_version_file(id, number),
        );
        let mut page = PolicyPage::of(one.policy, &path, &file);
        page.coming = later(one);
        page.replaced = !page.coming && one.policy.front.version != policy.front.version;
        files.put(&path, html::policy(&page, site, &path)?.into_bytes())?;
        files.put(&file, one.text.as_bytes())?;
    }
    Ok(())
}
