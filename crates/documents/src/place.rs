//! Where each public file lives under a brand's document root. Paths have no leading slash and hold only `a-z A-Z 0-9 . _ + - /`.
//!
//! Never touches a file: `publish` writes them, documents link to them.

use crate::catalog::Month;
use crate::csaf;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::advisory::{Advisory, Audience, Tombstone};
use psirt::house::Brand;

/// The provider's metadata (CSAF 2.0 §7.1.7, requirement 9).
pub const PROVIDER_METADATA: &str = ".well-known/csaf/provider-metadata.json";
/// The folder that it lies in, as a page of links.
pub const CSAF_LISTING: &str = ".well-known/csaf/index.html";
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
/// What is said not to be affected, and why.
pub const VEX_PAGE: &str = "vex/index.html";
/// Where the calculator is served; no file.
pub const CALCULATOR: &str = "calculator";
/// The policy.
pub const POLICY_PAGE: &str = "policy/index.html";
/// Its versions, and what changed.
pub const POLICY_HISTORY: &str = "policy/history.html";
/// What stands around the pages, and which months the catalogue has.
pub const CATALOG: &str = "catalog/index.json";
/// The folder of the catalogue.
pub const CATALOG_FOLDER: &str = "catalog/";
/// Where a search is served; no file.
pub const SEARCH: &str = "search";
/// Where "am I affected?" is served; no file.
pub const AFFECTED: &str = "affected";
/// How to report, and every key.
pub const REPORT_PAGE: &str = "report/index.html";
/// Where the report's form is served; no file.
pub const FORM: &str = "report";
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

/// What stands before every path that is not public. No web server that serves the public folder has a file there.
pub const PROTECTED: &str = "protected";

/// The folder of an audience's documents: CSAF wants what is not public under another path (requirement 5).
#[must_use]
pub fn folder(audience: &Audience) -> String {
    match audience {
        Audience::Public => WHITE.to_owned(),
        Audience::Tlp(level) => format!("{PROTECTED}/{}", level.name()),
        Audience::Party(party) => format!("{PROTECTED}/party/{party}"),
    }
}

/// Whose a path is that is not public; none for every other path.
#[must_use]
pub fn audience_of(path: &str) -> Option<Audience> {
    let below = path.strip_prefix(PROTECTED)?.strip_prefix('/')?;
    let name = match below.strip_prefix("party/") {
        Some(party) => format!("party:{}", party.split_once('/')?.0),
        None => format!("tlp:{}", below.split_once('/')?.0),
    };
    Audience::from_name(&name)
}

/// The ROLIE feed of an audience's documents.
#[must_use]
pub fn feed(audience: &Audience) -> String {
    format!("{}/{}.json", folder(audience), feed_id(audience))
}

/// What that feed is called.
pub(crate) fn feed_id(audience: &Audience) -> String {
    format!("csaf-feed-tlp-{}", audience.label().to_lowercase())
}

/// The metadata by which tools of an audience find its feed: the public one names no feed that is not public.
#[must_use]
pub fn protected_metadata(audience: &Audience) -> String {
    format!("{}/provider-metadata.json", folder(audience))
}

/// The CSAF document of an advisory: in the folder of the year (UTC) in which its first version was published (requirement 11).
#[must_use]
pub fn document(advisory: &Advisory) -> String {
    let first = advisory.revisions.first().map(|revision| revision.at);
    document_of(
        &advisory.audience,
        &advisory.number,
        first.unwrap_or(Timestamp::UNIX_EPOCH),
    )
}

pub(crate) fn document_of(audience: &Audience, number: &str, first: Timestamp) -> String {
    let year = first.to_zoned(TimeZone::UTC).year();
    format!("{}/{year:04}/{}", folder(audience), csaf::file_name(number))
}

/// The CSAF document of a version that is not the present one: beside its page, and in no list of documents.
#[must_use]
pub fn earlier_document(advisory: &Advisory) -> String {
    let revision = advisory.revisions.last().map_or(0, |revision| revision.number);
    let file = csaf::file_name(&advisory.number);
    format!("advisories/{}/v{revision}/{file}", stem(&advisory.number))
}

/// The page of a version that is not the present one.
#[must_use]
pub fn earlier_page(number: &str, revision: u32) -> String {
    format!("advisories/{}/v{revision}/index.html", stem(number))
}

/// What machines read of a version that had to go: outside of the folder of documents, which holds documents only.
#[must_use]
pub fn gone(tombstone: &Tombstone) -> String {
    let stem = stem(&tombstone.number);
    if tombstone.current {
        format!("gone/{stem}.json")
    } else {
        format!("gone/{stem}.v{}.json", tombstone.revision)
    }
}

/// What people read of a version that had to go: where its page was.
#[must_use]
pub fn gone_page(tombstone: &Tombstone) -> String {
    if tombstone.current {
        page_of(&tombstone.number)
    } else {
        earlier_page(&tombstone.number, tombstone.revision)
    }
}

/// Where the document was of which a tombstone is left.
#[must_use]
pub fn gone_document(tombstone: &Tombstone) -> String {
    if tombstone.current {
        return document_of(&Audience::Public, &tombstone.number, tombstone.first);
    }
    let (stem, file) = (stem(&tombstone.number), csaf::file_name(&tombstone.number));
    format!("advisories/{stem}/v{}/{file}", tombstone.revision)
}

/// What is left of the file at a path, if it was one of a version that had to go: the path of the tombstone that would say so.
#[must_use]
pub fn gone_instead_of(path: &str) -> Option<String> {
    let (folder, file) = path.rsplit_once('/')?;
    let ends = ["", ".sha256", ".sha512", ".asc"];
    let mut files = ends
        .iter()
        .filter_map(|end| file.strip_suffix(end)?.strip_suffix(".json"));
    if folder.strip_prefix(WHITE).is_some_and(|year| year.starts_with('/')) {
        return files.next().map(|stem| format!("gone/{stem}.json"));
    }
    let (stem, version) = folder.strip_prefix("advisories/")?.split_once('/')?;
    let number = version.strip_prefix('v')?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| format!("gone/{stem}.v{number}.json"))
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
    let stem = stem(&advisory.number);
    if advisory.audience.is_public() {
        return format!("advisories/{stem}.txt");
    }
    format!("{}/text/{stem}.txt", folder(&advisory.audience))
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

/// The key that reports are encrypted to, as people download it.
#[must_use]
pub fn intake_key(fingerprint: &str) -> String {
    format!("openpgp/{fingerprint}.asc")
}

/// The host where mail programs look for keys of a mail domain first, and its folder beside those of the brands (Web Key Directory, the
/// advanced method).
#[must_use]
pub fn key_directory(mail_domain: &str) -> String {
    format!("{KEY_DIRECTORY_PREFIX}{mail_domain}")
}

/// What stands before the mail domain in [`key_directory`].
pub const KEY_DIRECTORY_PREFIX: &str = "openpgpkey.";

/// The folder of keys on a mail domain's own host (the direct method). `policy` in it says that there are some.
pub const KEYS_OF_HOST: &str = ".well-known/openpgpkey";

/// The folder of keys of a mail domain below [`key_directory`].
#[must_use]
pub fn keys_of_mail_domain(mail_domain: &str) -> String {
    format!("{KEYS_OF_HOST}/{mail_domain}")
}

/// The policy as the vendor wrote it.
#[must_use]
pub fn policy_file(id: &str) -> String {
    format!("policy/{id}.policy.md")
}

/// A page of a list: the newest, or an older one by its place from the oldest, from 1. `list` is `all`, `vex`, or `severity/high` and the like.
#[must_use]
pub fn list(list: &str, older: Option<usize>) -> String {
    match (list, older) {
        ("all", None) => INDEX_PAGE.to_owned(),
        ("vex", None) => VEX_PAGE.to_owned(),
        ("vex", Some(older)) => format!("vex/{older}.html"),
        (list, None) => format!("list/{list}/index.html"),
        (list, Some(older)) => format!("list/{list}/{older}.html"),
    }
}

/// The entries of a month in the catalogue.
#[must_use]
pub fn catalog_month(month: Month) -> String {
    format!("catalog/{month}.json")
}

/// A version of a policy as a page, by its place in the order of adoption, from 1.
#[must_use]
pub fn policy_version(id: &str, place: usize) -> String {
    format!("policy/{id}/{place}.html")
}

/// The file of a version of a policy.
#[must_use]
pub fn policy_version_file(id: &str, place: usize) -> String {
    format!("policy/{id}/{place}.policy.md")
}

/// A name as part of a path: lower case, with `-` for everything that is no letter or digit of ASCII.
#[must_use]
pub fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<String> = words
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let slug: String = words.join("-").chars().take(MAX_SLUG_CHARS).collect();
    if slug.is_empty() { "other".to_owned() } else { slug }
}

const MAX_SLUG_CHARS: usize = 80;

/// The way from one path to another, so that a page works from any folder and any host.
#[must_use]
pub fn relative(from: &str, to: &str) -> String {
    format!("{}{to}", "../".repeat(from.matches('/').count()))
}
