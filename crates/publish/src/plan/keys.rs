//! Where keys lie for people and for mail programs: the page that names them, and the Web Key Directory of the contact address.
//!
//! Never writes. A directory holds the key in use and those that were revoked, so that whoever asks again learns of it.

use super::{Files, Site};
use crate::error::TreeError;
use documents::page::{ReportPage, ShownKey};
use documents::place;
use documents::security_txt::is_mail_address;
use jiff::Timestamp;
use openpgp::{Certificate, Purpose};
use psirt::house::Brand;
use std::collections::BTreeMap;

/// The parts of a contact that is an address of mail: before the `@`, and the domain in small letters.
fn mail_address(brand: &Brand) -> Option<(&str, String)> {
    let contact = brand.contact.trim();
    let (local, domain) = contact.split_once('@').filter(|_| is_mail_address(contact))?;
    Some((local, domain.to_ascii_lowercase()))
}

/// What a directory gives for the contact of a brand: binary keys, one after the other. None without a key of that address.
fn in_directory(site: &Site<'_>) -> Option<Vec<u8>> {
    let contact = site.brand.contact.trim();
    let (present, before) = site.intake.split_first()?;
    let mut keys = present.for_wkd(contact).filter(|_| present.revoked().is_none())?;
    for old in before.iter().filter(|old| old.revoked().is_some()) {
        keys.extend(old.for_wkd(contact).unwrap_or_default());
    }
    Some(keys)
}

/// The directory of a mail domain that is the brand's own host.
pub(super) fn put_on_own_host(site: &Site<'_>, files: &mut Files<'_, '_, '_>) -> Result<(), TreeError> {
    let Some((local, domain)) = mail_address(site.brand) else {
        return Ok(());
    };
    match in_directory(site).filter(|_| domain == site.brand.domain) {
        Some(keys) => {
            let folder = place::KEYS_OF_HOST;
            files.put(&format!("{folder}/hu/{}", openpgp::wkd_name(local)), keys)?;
            files.put(&format!("{folder}/policy"), Vec::new())
        }
        None => Ok(()),
    }
}

/// The directories of every mail domain, each on its own host: paths and what lies there. Brands with one address lie in one file.
pub(super) fn directories<'s>(sites: impl IntoIterator<Item = &'s Site<'s>>) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for site in sites {
        let Some(([policy, key], keys)) = directory(site.brand).zip(in_directory(site)) else {
            continue;
        };
        files.entry(policy).or_default();
        files.entry(key).or_default().extend(keys);
    }
    files
}

/// Where the directory of a brand's contact has its policy and its key.
pub(super) fn directory(brand: &Brand) -> Option<[String; 2]> {
    let (local, domain) = mail_address(brand)?;
    let folder = format!(
        "{}/{}",
        place::key_directory(&domain),
        place::keys_of_mail_domain(&domain)
    );
    let key = format!("{folder}/hu/{}", openpgp::wkd_name(local));
    Some([format!("{folder}/policy"), key])
}

/// A key as pages show it.
fn shown(key: &Certificate, purpose: Purpose) -> ShownKey {
    let instant = |seconds: i64| Timestamp::from_second(seconds).ok();
    ShownKey {
        fingerprint: key.fingerprint(),
        // As it says of itself last: what holds does not hang on when the page is made.
        until: key.end(purpose).and_then(instant),
        revoked: key.revoked().and_then(|revoked| instant(revoked.at)),
    }
}

/// The key that reports are encrypted to, if one is published.
pub(super) fn intake(site: &Site<'_>) -> Option<ShownKey> {
    site.intake.first().map(|key| shown(key, Purpose::Intake))
}

/// The page that names every key.
pub(super) fn report_page(site: &Site<'_>) -> ReportPage {
    let all = |keys: &[Certificate], purpose: Purpose| -> Vec<ShownKey> {
        keys.iter().map(|key| shown(key, purpose)).collect()
    };
    ReportPage::of(
        site.brand,
        &all(site.intake, Purpose::Intake),
        &all(site.keys, Purpose::Sign),
        in_directory(site).is_some(),
        site.policy.is_some(),
    )
}
