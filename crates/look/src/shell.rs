//! What the two shells show around a page: names, links and a line about who is here and when. They never decide who
//! may see a link.

use crate::Icon;

/// Around a page of the desk (`desk.html`).
#[derive(Clone, Debug)]
pub struct Desk {
    /// The prefix of the asset files' URLs, such as `/assets/`.
    pub assets: String,
    /// Where the mark leads.
    pub home: String,
    /// The vendor's short name, beside the mark.
    pub house: String,
    /// The rail's links.
    pub groups: Vec<Group>,
    /// The desk's time with its zone, such as `Fri 19 Feb 2027, 10:20 CET`.
    pub clock: String,
    /// Who is here and how that is known, such as `Signed in as Duty lead`.
    pub person: String,
}

/// Around a page of the portal (`portal.html`).
#[derive(Clone, Debug)]
pub struct Portal {
    /// The prefix of the asset files' URLs. Relative in the published tree (`../assets/`), so that it works from any folder.
    pub assets: String,
    /// The file name of the brand's own stylesheet under `assets`, which sets tokens and nothing else.
    pub theme: Option<String>,
    /// The file name of the brand's logo under `assets`.
    pub logo: Option<String>,
    /// Where the mark leads.
    pub home: String,
    /// The brand's name.
    pub brand: String,
    /// What stands beside it, such as `Product security`.
    pub line: String,
    /// The masthead's links.
    pub links: Vec<Link>,
    /// The footer's links.
    pub foot: Vec<Link>,
}

/// Links of the rail that belong together.
#[derive(Clone, Debug)]
pub struct Group {
    /// The group's name, read out in any case.
    pub name: String,
    /// Whether the name is also shown.
    pub titled: bool,
    /// The links, in their order.
    pub links: Vec<Link>,
}

/// A link in a shell.
#[derive(Clone, Debug)]
pub struct Link {
    /// Where it leads.
    pub href: String,
    /// Its word.
    pub label: String,
    /// The drawing before the word; shown on the desk only.
    pub icon: Option<Icon>,
    /// How many things wait there.
    pub count: Option<u64>,
    /// Whether the page is there.
    pub here: bool,
}

impl Link {
    /// A plain link to `href` that reads `label`.
    pub fn new(href: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            href: href.into(),
            label: label.into(),
            icon: None,
            count: None,
            here: false,
        }
    }

    /// With a drawing before its word.
    #[must_use]
    pub fn icon(self, icon: Icon) -> Self {
        Self {
            icon: Some(icon),
            ..self
        }
    }

    /// With the number of things that wait there.
    #[must_use]
    pub fn count(self, count: u64) -> Self {
        Self {
            count: Some(count),
            ..self
        }
    }

    /// Marked as the place where the page is.
    #[must_use]
    pub fn here(self, here: bool) -> Self {
        Self { here, ..self }
    }
}
