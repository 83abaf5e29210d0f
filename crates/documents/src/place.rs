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
/// The folder of documents that everybody may read, with `index.txt`, `changes.csv` and listings (requirements 12 to 14).
pub const WHITE: &str = ".well-known/csaf/white";
/// The ROLIE feed of those documents (requirement 15).
pub const WHITE_FEED: &str = ".well-known/csaf/white/csaf-feed-tlp-white.json";
/// What the feed's documents are about (requirement 17). Readers look for this name beside the feed.
pub const WHITE_CATEGORIES: &str = ".well-known/csaf/white/category-white.json";
/// The feeds that there are (requirement 16), beside the metadata.
pub const SERVICE: &str = ".well-known/csaf/service.json";
/// How to reach the team (RFC 9116), and where the metadata is (requirement 8).
pub const SECURITY_TXT: &str = ".well-known/security.txt";
/// The one file below [`dns_path`]. A web server serves it at `/` as the folder's index (`index index.json;`), a bucket as its index
/// document: requirement 10 wants the metadata there directly.
pub const DNS_PATH_FILE: &str = "index.json";
/// The newest advisories for feed readers, as Atom.
pub const ATOM_FEED: &str = "feed.atom";
/// The same as JSON Feed.
pub const JSON_FEED: &str = "feed.json";
/// Who reported what, by their wish.
pub const THANKS_PAGE: &str = "thanks/index.html";
/// The list of advisories.
pub const INDEX_PAGE: &str = "index.html";
/// Where the calculator is served; no file.
pub const CALCULATOR: &str = "calculator";
/// What it takes from the tree.
pub const CALCULATOR_FILE: &str = "calculator.json";
/// The policy.
pub const POLICY_PAGE: &str = "policy/index.html";
/// The folder of stylesheets and the icon.
pub const ASSETS: &str = "assets";

/// The address of a path, as documents name it to others.
#[must_use]
pub fn url(brand: &Brand, path: &str) -> String {
    format!("https://{}/{path}", brand.domain)
}

/// The host that serves the metadata at `/` (requirement 10), and its folder beside that of the brand.
#[must_use]
pub fn dns_path(brand: &Brand) -> String {
    format!("{DNS_PATH_PREFIX}{}", brand.domain)
}

/// What stands before the brand's domain in [`dns_path`].
pub const DNS_PATH_PREFIX: &str = "csaf.data.security.";

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
    format!("advisories/{}.html", stem(number))
}

/// The text of an advisory, as it is mailed.
#[must_use]
pub fn text(advisory: &Advisory) -> String {
    format!("advisories/{}.txt", stem(&advisory.number))
}

/// The OpenVEX document of an advisory.
#[must_use]
pub fn openvex(advisory: &Advisory) -> String {
    format!("openvex/{}.json", stem(&advisory.number))
}

/// The OSV record of the vulnerability at `place` of an advisory: several have their places from 1 as a suffix, after a dot, which no
/// number's file name holds.
#[must_use]
pub fn osv(advisory: &Advisory, place: usize) -> String {
    let stem = stem(&advisory.number);
    match advisory.vulnerabilities.len() {
        0 | 1 => format!("osv/{stem}.json"),
        _ => format!("osv/{stem}.{}.json", place + 1),
    }
}

/// What the vendor states of a CVE id.
#[must_use]
pub fn cve(id: &str) -> String {
    format!("cve/{id}.json")
}

/// The name of an advisory's files, without their ends.
fn stem(number: &str) -> String {
    let file = csaf::file_name(number);
    file.strip_suffix(".json").unwrap_or(&file).to_owned()
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
