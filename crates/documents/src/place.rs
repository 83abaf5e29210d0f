//! Where each public file lives under a brand's document root. Paths have no leading slash and hold only `a-z A-Z 0-9 . _ + - /`.
//!
//! Never touches a file: `publish` writes them, documents link to them.

use crate::csaf;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::advisory::Advisory;
use psirt::house::Brand;

/// The provider's metadata (CSAF 2.0 §7.1.7, requirement 9).
pub const PROVIDER_METADATA: &str = ".well-known/csaf/provider-metadata.json";
/// The folder of documents that everybody may read, with `index.txt` and `changes.csv` (requirements 12 and 13).
pub const WHITE: &str = ".well-known/csaf/white";
/// The list of advisories.
pub const INDEX_PAGE: &str = "index.html";
/// The policy.
pub const POLICY_PAGE: &str = "policy/index.html";
/// The folder of stylesheets and the icon.
pub const ASSETS: &str = "assets";

/// The address of a path, as documents name it to others.
#[must_use]
pub fn url(brand: &Brand, path: &str) -> String {
    format!("https://{}/{path}", brand.domain)
}

/// The CSAF document of an advisory: in the folder of the year (UTC) in which its first version was published (requirement 11).
#[must_use]
pub fn document(advisory: &Advisory) -> String {
    let first = advisory
        .revisions
        .first()
        .map_or(Timestamp::UNIX_EPOCH, |revision| revision.at);
    let year = first.to_zoned(TimeZone::UTC).year();
    format!("{WHITE}/{year:04}/{}", csaf::file_name(&advisory.number))
}

/// The page of an advisory.
#[must_use]
pub fn page(advisory: &Advisory) -> String {
    page_of(&advisory.number)
}

/// The page of an advisory by its public number.
#[must_use]
pub fn page_of(number: &str) -> String {
    let file = csaf::file_name(number);
    format!("advisories/{}.html", file.strip_suffix(".json").unwrap_or(&file))
}

/// A public OpenPGP key (requirement 20).
#[must_use]
pub fn key(fingerprint: &str) -> String {
    format!("csaf/openpgp/{fingerprint}.asc")
}

/// The policy as the vendor wrote it.
#[must_use]
pub fn policy_file(id: &str) -> String {
    format!("policy/{id}.policy.md")
}

/// The way from one path to another, so that a page works from any folder and any host.
#[must_use]
pub fn relative(from: &str, to: &str) -> String {
    format!("{}{to}", "../".repeat(from.matches('/').count()))
}
