//! The files that make the brand a CSAF trusted provider: directory, listings, feed, metadata in both places, `security.txt`.
//!
//! Never writes, and never decides what is released: it lists what follows from the releases.

use super::{Card, Files, Site};
use crate::error::TreeError;
use crate::html;
use documents::{place, provider, rolie};
use jiff::Timestamp;
use psirt::advisory::Audience;
use std::collections::BTreeMap;

/// The feed of every document.
pub(super) fn put_feed(site: &Site<'_>, cards: &[&Card], files: &mut Files<'_, '_, '_>) -> Result<(), TreeError> {
    files.put(place::WHITE_FEED, rolie::feed(site.brand, cards, site.changed))
}

/// Everything but the feed. `signers` are the fingerprints of the keys that somebody needs to check the tree.
pub(super) fn put(
    site: &Site<'_>,
    cards: &[&Card],
    signers: &[String],
    files: &mut Files<'_, '_, '_>,
) -> Result<(), TreeError> {
    let brand = site.brand;
    directory(&Audience::Public, cards, files)?;
    listings(&Audience::Public, cards, files)?;
    files.put(place::WHITE_CATEGORIES, rolie::categories(brand, cards))?;
    files.put(place::SERVICE, rolie::service(brand))?;

    let updated = cards.iter().map(|card| card.last).fold(site.changed, Timestamp::max);
    let metadata = provider::metadata(brand, signers, updated);
    files.put_at(&place::dns_path(brand), place::DNS_PATH_FILE, metadata.clone())?;
    files.put(place::PROVIDER_METADATA, metadata)?;
    let names = ["provider-metadata.json", "service.json", "white/"].map(str::to_owned);
    let listing = html::listing("CSAF", "", names.to_vec(), place::CSAF_LISTING)?;
    files.put(place::CSAF_LISTING, listing)?;
    if let Some(text) = site.security_txt {
        files.put(place::SECURITY_TXT, text.as_bytes())?;
    }
    Ok(())
}

/// The document's place below the folder of its audience.
fn below(audience: &Audience, card: &Card) -> String {
    let (path, folder) = (card.document(audience), place::folder(audience));
    let file = path.strip_prefix(&folder).unwrap_or(&path);
    file.trim_start_matches('/').to_owned()
}

/// `index.txt` and `changes.csv` (CSAF 2.0 requirements 12 and 13), the last change first.
pub(super) fn directory(audience: &Audience, cards: &[&Card], files: &mut Files<'_, '_, '_>) -> Result<(), TreeError> {
    let mut lines: Vec<(Timestamp, String)> = cards.iter().map(|card| (card.last, below(audience, card))).collect();
    lines.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let list: String = lines.iter().map(|(_, file)| format!("{file}\n")).collect();
    let changes: String = lines.iter().map(|(at, file)| provider::change(file, *at)).collect();
    let folder = place::folder(audience);
    files.put(&format!("{folder}/index.txt"), list.into_bytes())?;
    files.put(&format!("{folder}/changes.csv"), changes.into_bytes())
}

/// What a web server that lists folders would show (requirement 14): every folder of documents as a page of plain links.
pub(super) fn listings(audience: &Audience, cards: &[&Card], files: &mut Files<'_, '_, '_>) -> Result<(), TreeError> {
    let mut years: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for card in cards {
        if let Some((year, file)) = below(audience, card).split_once('/') {
            years.entry(year.to_owned()).or_default().push(file.to_owned());
        }
    }
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let mut names: Vec<String> = ["index.txt", "changes.csv"].map(str::to_owned).to_vec();
    names.push(name(&place::feed(audience)));
    if audience.is_public() {
        names.push(name(place::WHITE_CATEGORIES));
    }
    names.extend(years.keys().rev().map(|year| format!("{year}/")));
    let folder = place::folder(audience);
    let path = format!("{folder}/index.html");
    let title = format!("CSAF documents, TLP:{}", audience.label());
    files.put(&path, html::listing(&title, "", names, &path)?)?;
    for (year, mut documents) in years {
        documents.sort();
        documents.insert(0, "../".to_owned());
        let path = format!("{folder}/{year}/index.html");
        let note = "Beside each document, under its name with .sha256, .sha512 and .asc at the end, are its hashes and its signature.";
        files.put(
            &path,
            html::listing(&format!("CSAF documents of {year}"), note, documents, &path)?,
        )?;
    }
    Ok(())
}
