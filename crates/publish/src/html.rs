//! The public pages as HTML, from the models of `documents::page` and the shell of `look`. Templates escape whatever they print.
//!
//! Decides nothing about what a page says. No script, no inline style; every link is relative.

use crate::error::TreeError;
use crate::plan::Site;
use askama::Template;
use documents::calculator::CalculatorFile;
use documents::page::markup::{Block, Span};
use documents::page::{AdvisoryPage, IndexPage, PolicyPage, ThanksPage};
use documents::place;
use documents::security_txt::is_mail_address;
use look::{Link, Portal};
use psirt::advisory::Tombstone;

#[derive(Template)]
#[template(path = "advisory.html")]
struct AdvisoryTemplate<'a> {
    shell: Portal,
    page: &'a AdvisoryPage,
    several: bool,
}

#[derive(Template)]
#[template(path = "advisories.html")]
struct IndexTemplate<'a> {
    shell: Portal,
    page: &'a IndexPage,
    metadata: String,
    atom: String,
    json: String,
}

#[derive(Template)]
#[template(path = "policy.html")]
struct PolicyTemplate<'a> {
    shell: Portal,
    page: &'a PolicyPage,
}

#[derive(Template)]
#[template(path = "tombstone.html")]
struct TombstoneTemplate<'a> {
    shell: Portal,
    gone: &'a Tombstone,
    day: String,
}

/// What stands where an advisory was that had to go, at `path` under the brand's root.
///
/// # Errors
/// [`TreeError::Render`], not expected.
pub fn tombstone(gone: &Tombstone, site: &Site<'_>, path: &str) -> Result<String, TreeError> {
    let shell = shell(site, path);
    let day = gone.at.strftime("%F").to_string();
    render(&TombstoneTemplate { shell, gone, day }, path)
}

/// The page of an advisory, to stand at `path` under the brand's root.
///
/// # Errors
/// [`TreeError::Render`], not expected.
pub fn advisory(page: &AdvisoryPage, site: &Site<'_>, path: &str) -> Result<String, TreeError> {
    let several = page.vulnerabilities.len() > 1;
    render(
        &AdvisoryTemplate {
            shell: shell(site, path),
            page,
            several,
        },
        path,
    )
}

/// The list of advisories.
///
/// # Errors
/// [`TreeError::Render`], not expected.
pub fn index(page: &IndexPage, site: &Site<'_>) -> Result<String, TreeError> {
    let metadata = place::relative(place::INDEX_PAGE, place::PROVIDER_METADATA);
    render(
        &IndexTemplate {
            shell: shell(site, place::INDEX_PAGE),
            page,
            metadata,
            atom: place::relative(place::INDEX_PAGE, place::ATOM_FEED),
            json: place::relative(place::INDEX_PAGE, place::JSON_FEED),
        },
        place::INDEX_PAGE,
    )
}

/// The page of the policy.
///
/// # Errors
/// [`TreeError::Render`], not expected.
pub fn policy(page: &PolicyPage, site: &Site<'_>) -> Result<String, TreeError> {
    render(
        &PolicyTemplate {
            shell: shell(site, place::POLICY_PAGE),
            page,
        },
        place::POLICY_PAGE,
    )
}

#[derive(Template)]
#[template(path = "thanks.html")]
struct ThanksTemplate<'a> {
    shell: Portal,
    page: &'a ThanksPage,
}

/// The page of those who are thanked.
///
/// # Errors
/// [`TreeError::Render`], not expected.
pub fn thanks(page: &ThanksPage, site: &Site<'_>) -> Result<String, TreeError> {
    let shell = shell(site, place::THANKS_PAGE);
    render(&ThanksTemplate { shell, page }, place::THANKS_PAGE)
}

#[derive(Template)]
#[template(path = "listing.html")]
struct ListingTemplate<'a> {
    title: &'a str,
    note: &'a str,
    names: Vec<String>,
}

/// A folder's files as plain links, at `path`.
pub(crate) fn listing(title: &str, note: &str, names: Vec<String>, path: &str) -> Result<Vec<u8>, TreeError> {
    render(&ListingTemplate { title, note, names }, path).map(String::into_bytes)
}

fn render(template: &impl Template, path: &str) -> Result<String, TreeError> {
    template.render().map_err(|_| TreeError::Render(path.to_owned()))
}

/// What stands around a page at `path`. Only what the tree really holds is linked.
fn shell(site: &Site<'_>, path: &str) -> Portal {
    around(&calculator_file(site), path)
}

/// What a page that is no file of the tree is told of it.
pub(crate) fn calculator_file(site: &Site<'_>) -> CalculatorFile {
    let policy = site.policy.map(|file| file.policy);
    CalculatorFile::of(
        site.brand,
        policy,
        site.keys.first().map(openpgp::Certificate::fingerprint),
    )
}

/// What stands around a page at `path` of the brand that this file is of.
#[must_use]
pub fn around(face: &CalculatorFile, path: &str) -> Portal {
    let to = |target: &str| place::relative(path, target);
    let here = |target: &str| path == target;
    let advisories = here(place::INDEX_PAGE) || path.starts_with("advisories/");
    let mut links = vec![Link::new(to(place::INDEX_PAGE), "Advisories").here(advisories)];
    if face.policy {
        links.push(Link::new(to(place::POLICY_PAGE), "Policy").here(here(place::POLICY_PAGE)));
    }
    let mut foot = Vec::new();
    if is_mail_address(&face.contact) {
        foot.push(Link::new(
            format!("mailto:{}", face.contact),
            format!("Report to {}", face.contact),
        ));
    }
    if let Some(key) = &face.key {
        foot.push(Link::new(to(&place::key(key)), "OpenPGP key"));
    }
    foot.push(Link::new(to(place::THANKS_PAGE), "Thanks"));
    foot.push(Link::new(to(place::ATOM_FEED), "Feed"));
    foot.push(Link::new(to(place::PROVIDER_METADATA), "CSAF provider metadata"));
    Portal {
        assets: to(&format!("{}/", place::ASSETS)),
        theme: None,
        home: to(place::INDEX_PAGE),
        brand: face.brand.clone(),
        line: "Product security".to_owned(),
        links,
        foot,
    }
}
