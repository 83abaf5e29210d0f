//! `candor brand`: the faces of the vendor, their signing keys, and how their portals look.
//!
//! Owns the words. How a key is made is `key`'s.

use super::key::from_order;
use crate::cli::Global;
use crate::command::policy::{read_bytes, read_text};
use crate::command::wording::{SetWording, Show};
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{House, Session, actor};
use crate::words::{columns, count};
use casework::KeyWish;
use clap::{Args, Subcommand};
use data_encoding::BASE64;
use documents::security_txt::is_mail_address;
use psirt::advisory::Scheme;
use psirt::house::key::KeyUse;
use psirt::house::{Aggregators, Cna};
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum Brand {
    /// Adds or changes a brand
    Add(Box<Add>),
    /// Lists brands
    List,
    /// Shows a brand, with how it words its advisories as a file to edit
    Show(Show),
    /// Sets how a brand words its advisories: templates, and what it says in every one
    Wording(SetWording),
    /// Makes a brand's signing key
    Key {
        /// The brand's id
        brand: String,
    },
    /// Gives a brand's portal its colours, fonts and logo, if everybody can read them
    Theme(Theme),
}

#[derive(Args, Debug)]
pub(crate) struct Theme {
    /// The brand's id
    brand: String,
    /// A file with one `--name: value` on each line
    #[arg(value_name = "FILE", required_unless_present_any = ["logo", "none"])]
    file: Option<PathBuf>,
    /// An SVG of plain shapes, or a PNG
    #[arg(long, value_name = "FILE")]
    logo: Option<PathBuf>,
    /// Goes back to the look that every portal has
    #[arg(long, conflicts_with_all = ["file", "logo"])]
    none: bool,
}

/// What is not given stays as it is; a new brand needs a name, a domain, a policy, a prefix and a contact.
#[derive(Args, Debug)]
pub(crate) struct Add {
    /// A short name: lower-case words joined by `-`
    id: String,
    /// As it is printed
    #[arg(long)]
    name: Option<String>,
    /// The web host of its portal; also its folder in the published tree
    #[arg(long)]
    domain: Option<String>,
    /// The CSAF publisher namespace; without it https:// and the domain
    #[arg(long, value_name = "URL")]
    namespace: Option<String>,
    /// The id of the policy it runs under
    #[arg(long, value_name = "ID")]
    policy: Option<String>,
    /// What its tracking numbers begin with
    #[arg(long, value_name = "PREFIX")]
    prefix: Option<String>,
    /// The pattern of its advisory numbers, of {prefix}, {year}, {seq}, {seq:04} and {revision}; without it {prefix}-{year}:{seq}-01
    #[arg(long)]
    pattern: Option<String>,
    /// How versions of its advisories are numbered: integer (1, 2, 3), or semantic (1.0.0); without it integer
    #[arg(long, value_name = "SCHEME", value_parser = scheme)]
    versions: Option<Scheme>,
    /// Where reports are sent
    #[arg(long, value_name = "ADDRESS")]
    contact: Option<String>,
    /// What the team says of itself in documents
    #[arg(long, value_name = "TEXT")]
    contact_details: Option<String>,
    /// Lets CSAF aggregators list where its documents are; `=false` takes it back
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    list_on_aggregators: Option<bool>,
    /// Lets CSAF aggregators mirror its documents; `=false` takes it back
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    mirror_on_aggregators: Option<bool>,
    /// The UUID of the CNA that assigns its CVE ids: its records are published whole
    #[arg(long, value_name = "UUID", requires = "cna")]
    cna_org: Option<String>,
    /// The short name of that CNA
    #[arg(long, value_name = "NAME", requires = "cna_org")]
    cna: Option<String>,
    /// It is no CNA any more
    #[arg(long, conflicts_with_all = ["cna", "cna_org"])]
    no_cna: bool,
    /// The web host of its reporters' rooms, which serves nothing else; links name it from then on
    #[arg(long, value_name = "HOST")]
    rooms: Option<String>,
    /// Links to rooms name the portal's host again
    #[arg(long, conflicts_with = "rooms")]
    no_rooms: bool,
}

impl Brand {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        match self {
            Brand::Add(add) => add.run(global, session),
            Brand::List => list(global, session),
            Brand::Show(show) => show.run(global, session),
            Brand::Wording(wording) => wording.run(global, session),
            Brand::Key { brand } => key(&brand, global, session),
            Brand::Theme(theme) => theme.run(global, session),
        }
    }
}

impl Add {
    fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        let by = actor(global)?;
        let before = house.casework.board().house.brands.get(&self.id).cloned();
        let brand = match &before {
            Some(before) => self.over(before.clone()),
            None => self.new_brand()?,
        };
        let mut text = if before.as_ref() == Some(&brand) {
            format!("Nothing changes: {} is so already.", brand.id)
        } else {
            house.wait(house.casework.set_brand(&by, brand.clone()))?;
            format!(
                "{} publishes under {} and runs under the policy {}.",
                brand.name, brand.domain, brand.policy
            )
        };
        for (what, before, after) in before.iter().flat_map(|before| changes(before, &brand)) {
            text.push_str(&format!("\n{what}: {before} is now {after}"));
        }
        text.push_str(&without_intake_key(&house, &brand));
        let board = house.casework.board();
        if board
            .house
            .policies
            .iter()
            .all(|policy| policy.front.id != brand.policy)
        {
            text.push_str(&format!(
                "\nwarning: no policy `{0}` is adopted yet, so cases of this brand have no promises: candor policy adopt {0}",
                brand.policy
            ));
        }
        Shown::new(brand, text)
    }

    /// A brand that was not there.
    fn new_brand(self) -> Result<psirt::house::Brand, Failure> {
        let asked = [
            ("--name", &self.name),
            ("--domain", &self.domain),
            ("--policy", &self.policy),
            ("--prefix", &self.prefix),
            ("--contact", &self.contact),
        ];
        let absent: Vec<&str> = asked
            .iter()
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| *name)
            .collect();
        if !absent.is_empty() {
            return Err(Failure::usage(format!(
                "no brand is called `{}`, and a new one needs {} too",
                self.id,
                absent.join(", ")
            )));
        }
        let domain = self.domain.clone().unwrap_or_default();
        Ok(self.over(psirt::house::Brand {
            id: String::new(),
            name: String::new(),
            namespace: format!("https://{domain}"),
            domain,
            policy: String::new(),
            number_prefix: String::new(),
            advisory_pattern: "{prefix}-{year}:{seq}-01".to_owned(),
            contact: String::new(),
            contact_details: String::new(),
            version_scheme: Scheme::default(),
            aggregators: Aggregators::default(),
            cna: None,
            rooms: None,
        }))
    }

    /// What is given in the place of what stood there.
    fn over(self, before: psirt::house::Brand) -> psirt::house::Brand {
        let cna = self.cna_org.zip(self.cna);
        psirt::house::Brand {
            id: self.id,
            name: self.name.unwrap_or(before.name),
            domain: self.domain.unwrap_or(before.domain),
            namespace: self.namespace.unwrap_or(before.namespace),
            policy: self.policy.unwrap_or(before.policy),
            number_prefix: self.prefix.unwrap_or(before.number_prefix),
            advisory_pattern: self.pattern.unwrap_or(before.advisory_pattern),
            contact: self.contact.unwrap_or(before.contact),
            contact_details: self.contact_details.unwrap_or(before.contact_details),
            version_scheme: self.versions.unwrap_or(before.version_scheme),
            aggregators: Aggregators {
                list: self.list_on_aggregators.unwrap_or(before.aggregators.list),
                mirror: self.mirror_on_aggregators.unwrap_or(before.aggregators.mirror),
            },
            cna: match cna {
                Some((org_id, short_name)) => Some(Cna { org_id, short_name }),
                None => before.cna.filter(|_| !self.no_cna),
            },
            rooms: self.rooms.or(before.rooms).filter(|_| !self.no_rooms),
        }
    }
}

/// What a brand says of itself that it did not before: the option, what stood there, and what stands there now.
fn changes(before: &psirt::house::Brand, after: &psirt::house::Brand) -> Vec<(&'static str, String, String)> {
    let words = |brand: &psirt::house::Brand| {
        let cna = brand
            .cna
            .as_ref()
            .map(|cna| format!("{} ({})", cna.short_name, cna.org_id));
        [
            ("name", brand.name.clone()),
            ("domain", brand.domain.clone()),
            ("namespace", brand.namespace.clone()),
            ("policy", brand.policy.clone()),
            ("prefix", brand.number_prefix.clone()),
            ("pattern", brand.advisory_pattern.clone()),
            ("versions", brand.version_scheme.name().to_owned()),
            ("contact", brand.contact.clone()),
            ("contact details", brand.contact_details.clone()),
            ("listed by aggregators", brand.aggregators.list.to_string()),
            ("mirrored by aggregators", brand.aggregators.mirror.to_string()),
            ("CNA", cna.unwrap_or_default()),
            ("rooms", brand.rooms.clone().unwrap_or_default()),
        ]
    };
    let shown = |value: String| if value.is_empty() { "nothing".to_owned() } else { value };
    let pairs = words(before).into_iter().zip(words(after));
    pairs
        .filter(|((_, before), (_, after))| before != after)
        .map(|((what, before), (_, after))| (what, shown(before), shown(after)))
        .collect()
}

impl Theme {
    fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let refused = |path: &Path, error: &dyn std::fmt::Display| {
            Failure::refused(format!("{}: {error}; nothing was changed", path.display()))
        };
        let values = match &self.file {
            Some(path) => look::read_theme(&read_text(path)?).map_err(|error| refused(path, &error))?,
            None => Vec::new(),
        };
        let logo = match &self.logo {
            Some(path) => Some(look::Logo::read(&read_bytes(path)?).map_err(|error| refused(path, &error))?),
            None => None,
        };
        let theme = psirt::house::Theme {
            brand: self.brand,
            values,
            logo: logo.map(|logo| psirt::house::Logo {
                kind: logo.kind.to_owned(),
                base64: BASE64.encode(&logo.bytes),
            }),
        };
        let house = session.house(global)?;
        house.wait(house.casework.set_theme(&actor(global)?, theme.clone()))?;
        let (values, brand) = (theme.values.len(), &theme.brand);
        let logo = if theme.logo.is_some() { ", and a logo" } else { "" };
        let text = match (values, &theme.logo) {
            (0, None) => format!("The portal of {brand} has the look that every portal has."),
            _ => format!("The portal of {brand} has {} of its own{logo}.", count(values, "value")),
        };
        let json =
            json!({ "brand": brand, "values": theme.values, "logo": theme.logo.as_ref().map(|logo| &logo.kind) });
        Shown::new(json, format!("{text} It is published with the next `candor publish`."))
    }
}

/// What somebody who writes to the brand by mail can encrypt to. No key is made here: one that nobody opens mail with must not be published.
fn without_intake_key(house: &House, brand: &psirt::house::Brand) -> String {
    let board = house.casework.board();
    let has_one = board.house.key_in_use(&brand.id, KeyUse::Intake).is_some();
    if has_one || !is_mail_address(brand.contact.trim()) {
        return String::new();
    }
    format!(
        "\nNo key is published that reports to {0} could be encrypted to: `candor key make --brand {1} --intake` makes one where Candor reads that mail, `candor key import --brand {1} --intake FILE` brings that of another program that reads it.",
        brand.contact, brand.id
    )
}

fn scheme(word: &str) -> Result<Scheme, String> {
    Scheme::from_name(word).ok_or_else(|| format!("`{word}` is no scheme: there are integer and semantic"))
}

fn list(global: &Global, session: &mut Session) -> Result<Shown, Failure> {
    let house = session.house(global)?;
    let board = house.casework.board();
    let mut rows = Vec::new();
    let mut json = Vec::new();
    for brand in board.house.brands.values() {
        let key = board.house.signing_key(&brand.id).map(|key| key.fingerprint.clone());
        let shown_key = key.clone().unwrap_or_else(|| "no key yet".to_owned());
        rows.push(vec![
            brand.id.clone(),
            brand.number_prefix.clone(),
            brand.domain.clone(),
            brand.policy.clone(),
            shown_key,
        ]);
        json.push(json!({ "brand": brand, "fingerprint": key }));
    }
    Shown::new(json, columns(&rows))
}

fn key(brand: &str, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
    let house = session.house(global)?;
    let wish = KeyWish::first(KeyUse::Sign);
    let make = |order| from_order(KeyUse::Sign, &order);
    let fingerprint = house.wait(house.casework.make_key(&actor(global)?, brand, wish, make))?;
    let text = format!(
        "The signing key of {brand} is {fingerprint}. Its public half is published with the next `candor publish`."
    );
    Shown::new(json!({ "brand": brand, "fingerprint": fingerprint }), text)
}
