//! The public pages as HTML, from the models of `documents::page` and the shell of `look`. Templates escape whatever they print.
//!
//! Decides nothing about what a page says. No script, no inline style; every link is relative.

use crate::error::TreeError;
use crate::plan::Site;
use askama::Template;
use documents::catalog::Face;
use documents::page::markup::{Block, Span};
use documents::page::{AdvisoryPage, HistoryPage, IndexPage, PolicyPage, ReportPage, ThanksPage};
use documents::place;
use documents::security_txt::is_mail_address;
use look::{Link, Portal};
use psirt::advisory::{Advisory, Tombstone};

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
    /// What was removed, each number with its page, where nothing else is left.
    removed: Vec<(String, String)>,
    atom: String,
    json: String,
    /// Both empty where only files are served.
    search: String,
    affected: String,
}

#[derive(Template)]
#[template(path = "policy.html")]
struct PolicyTemplate<'a> {
    shell: Portal,
    page: &'a PolicyPage,
    present: String,
    /// Empty where nobody knows of other versions.
    history: String,
}

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryTemplate<'a> {
    shell: Portal,
    page: &'a HistoryPage,
}

#[derive(Template)]
#[template(path = "tombstone.html")]
struct TombstoneTemplate<'a> {
    shell: Portal,
    gone: &'a Tombstone,
    /// The day on which it went, in words and for machines.
    day: String,
    iso: String,
    json: String,
    /// The versions that are left: what each is called, and its page.
    left: Vec<(String, String)>,
    /// What stands where the present version was, if this is another one.
    present: Option<Present>,
}

/// Where the present version of an advisory is, or what is left of that.
struct Present {
    href: String,
    is_gone: bool,
}

/// What stands where an advisory was that had to go, at `path` under the brand's root. `left` are its earlier versions, oldest first.
///
/// # Errors
/// [`TreeError::Render`], not expected.
pub fn tombstone(gone: &Tombstone, left: &[Advisory], site: &Site<'_>, path: &str) -> Result<String, TreeError> {
    let shell = shell(&face(site), path);
    let last = left.iter().rev().filter_map(|advisory| advisory.revisions.last());
    let left = last.map(|last| {
        let page = place::earlier_page(&gone.number, last.number);
        (last.printed(), place::relative(path, &page))
    });
    let is_present = |other: &Tombstone| other.current && other.number == gone.number;
    let template = TombstoneTemplate {
        shell,
        gone,
        day: gone.at.strftime("%-d %B %Y").to_string(),
        iso: gone.at.strftime("%F").to_string(),
        json: place::relative(path, &place::gone(gone)),
        left: left.collect(),
        present: (!gone.current).then(|| Present {
            href: place::relative(path, &place::page_of(&gone.number)),
            is_gone: site.tombstones.iter().any(is_present),
        }),
    };
    render(&template, path)
}

/// The page of an advisory, to stand at `path` under the brand's root.
///
/// # Errors
/// [`TreeError::Render`], not expected.
pub fn advisory(page: &AdvisoryPage, site: &Site<'_>, path: &str) -> Result<String, TreeError> {
    let several = page.vulnerabilities.len() > 1;
    render(
        &AdvisoryTemplate {
            shell: shell(&face(site), path),
            page,
            several,
        },
        path,
    )
}

/// A page of a list of advisories.
///
/// # Errors
/// [`TreeError::Render`], not expected.
pub fn index(page: &IndexPage, site: &Site<'_>) -> Result<String, TreeError> {
    let to = |target: &str| place::relative(&page.path, target);
    let served = |target: &str| match site.portal.dynamic && page.path == place::INDEX_PAGE {
        true => to(target),
        false => String::new(),
    };
    let template = IndexTemplate {
        shell: shell(&face(site), &page.path),
        page,
        metadata: to(place::PROVIDER_METADATA),
        removed: removed(site)
            .into_iter()
            .map(|(number, path)| (number.to_owned(), to(&path)))
            .collect(),
        atom: to(place::ATOM_FEED),
        json: to(place::JSON_FEED),
        search: served(place::SEARCH),
        affected: served(place::AFFECTED),
    };
    render(&template, &page.path)
}

/// The numbers of what was public last and had to go, each with the path of its page.
pub(crate) fn removed<'s>(site: &Site<'s>) -> Vec<(&'s str, String)> {
    let gone = site.tombstones.iter().filter(|tombstone| tombstone.current);
    gone.map(|tombstone| (tombstone.number.as_str(), place::gone_page(tombstone)))
        .collect()
}

/// The page of a version of the policy, to stand at `path` under the brand's root.
///
/// # Errors
/// [`TreeError::Render`], not expected.
pub fn policy(page: &PolicyPage, site: &Site<'_>, path: &str) -> Result<String, TreeError> {
    let shell = shell(&face(site), path);
    let present = place::relative(path, place::POLICY_PAGE);
    let history = match site.portal.policies {
        [] => String::new(),
        _ => place::relative(path, place::POLICY_HISTORY),
    };
    let template = PolicyTemplate {
        shell,
        page,
        present,
        history,
    };
    render(&template, path)
}

/// The versions of the policy.
///
/// # Errors
/// [`TreeError::Render`], not expected.
pub fn history(page: &HistoryPage, site: &Site<'_>) -> Result<String, TreeError> {
    let shell = shell(&face(site), place::POLICY_HISTORY);
    render(&HistoryTemplate { shell, page }, place::POLICY_HISTORY)
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
    let shell = shell(&face(site), place::THANKS_PAGE);
    render(&ThanksTemplate { shell, page }, place::THANKS_PAGE)
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportTemplate<'a> {
    shell: Portal,
    page: &'a ReportPage,
    /// The form, where it is served.
    form: Option<String>,
}

/// The page that says how to report, and names every key.
///
/// # Errors
/// [`TreeError::Render`], not expected.
pub fn report(page: &ReportPage, site: &Site<'_>) -> Result<String, TreeError> {
    let shell = shell(&face(site), place::REPORT_PAGE);
    let served = || place::relative(place::REPORT_PAGE, place::FORM);
    let form = site.portal.dynamic.then(served);
    render(&ReportTemplate { shell, page, form }, place::REPORT_PAGE)
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

/// What the pages and the served part of the portal know of a brand.
pub(crate) fn face(site: &Site<'_>) -> Face {
    let dress = site.portal.theme;
    Face {
        brand: site.brand.name.clone(),
        contact: site.brand.contact.clone(),
        policy: site.policy.is_some(),
        theme: dress.and_then(|dress| Some(dress.stylesheet.as_ref()?.0.clone())),
        logo: dress.and_then(|dress| Some(dress.logo.as_ref()?.0.clone())),
        dynamic: site.portal.dynamic,
        bands: site
            .policy
            .and_then(|file| file.policy.bands.as_ref())
            .map(documents::calculator::ranges)
            .unwrap_or_default(),
        months: Vec::new(),
    }
}

/// What stands around a page at `path`. Only what the tree really holds is linked, and what is served beside it.
#[must_use]
pub fn shell(face: &Face, path: &str) -> Portal {
    let to = |target: &str| place::relative(path, target);
    let link = |target: &str, label: &str| Link::new(to(target), label).here(path == target);
    let advisories = ["advisories/", "list/"].iter().any(|folder| path.starts_with(folder));
    let advisories = advisories || [place::INDEX_PAGE, place::SEARCH].contains(&path);
    let mut links = vec![Link::new(to(place::INDEX_PAGE), "Advisories").here(advisories)];
    if face.dynamic {
        links.push(link(place::AFFECTED, "Am I affected?"));
    }
    links.push(Link::new(to(place::VEX_PAGE), "Not affected").here(path.starts_with("vex/")));
    if face.policy {
        links.push(Link::new(to(place::POLICY_PAGE), "Policy").here(path.starts_with("policy/")));
    }
    links.push(link(place::REPORT_PAGE, "Report a vulnerability"));
    let mut foot = Vec::new();
    if is_mail_address(&face.contact) {
        foot.push(Link::new(
            format!("mailto:{}", face.contact),
            format!("Report to {}", face.contact),
        ));
    }
    foot.push(link(place::REPORT_PAGE, "Keys"));
    foot.push(link(place::THANKS_PAGE, "Thanks"));
    foot.push(Link::new(to(place::ATOM_FEED), "Feed"));
    foot.push(Link::new(to(place::PROVIDER_METADATA), "CSAF provider metadata"));
    Portal {
        assets: to(&format!("{}/", place::ASSETS)),
        theme: face.theme.clone(),
        logo: face.logo.clone(),
        home: to(place::INDEX_PAGE),
        brand: face.brand.clone(),
        line: "Product security".to_owned(),
        links,
        foot,
    }
}
