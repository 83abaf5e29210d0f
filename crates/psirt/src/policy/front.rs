//! The front matter: which policy this is, and what it counts with.
//!
//! Owns its keys and their checks. Never looks at a block.

use super::{
    BandsFrom, Front, PolicyKind,
    fields::{Fields, short},
    tree::Value,
    word::{Word, hint},
};
use jiff::{civil, tz::TimeZone};

pub(super) const KEYS: &[&str] = &[
    "id",
    "version",
    "effective",
    "kind",
    "title",
    "brand",
    "market",
    "timezone",
    "day_ends",
    "cvss",
    "bands_from",
    "calendar",
];

/// What a reading may set: how the policy counts, never which policy it is.
pub(super) const SETTABLE: &[&str] = &["effective", "timezone", "day_ends", "cvss", "bands_from", "calendar"];

/// The values of an overlay's `market` must fit the bit set of a `when`.
const MAX_MARKETS: usize = 16;

impl Word for PolicyKind {
    const ALL: &'static [PolicyKind] = &[PolicyKind::Policy, PolicyKind::Overlay];

    fn word(self) -> &'static str {
        match self {
            PolicyKind::Policy => "policy",
            PolicyKind::Overlay => "overlay",
        }
    }
}

impl Word for BandsFrom {
    const ALL: &'static [BandsFrom] = &[BandsFrom::Base, BandsFrom::BaseTemporal];

    fn word(self) -> &'static str {
        match self {
            BandsFrom::Base => "base",
            BandsFrom::BaseTemporal => "base+temporal",
        }
    }
}

pub(super) fn read(fields: &mut Fields<'_, '_, '_>) -> Option<Front> {
    fields.only(KEYS);
    let id = fields.id("id");
    let version = fields.need_text("version");
    fields.need("effective");
    let effective = fields.date("effective");
    let kind = if fields.has("kind") {
        fields.word("kind")
    } else {
        Some(PolicyKind::Policy)
    };
    let title = fields.need_text("title");
    let market = market(fields, kind);
    let brand = brand(fields, kind);
    let zone = zone(fields);
    let day_ends = day_ends(fields);
    let cvss = cvss_versions(fields);
    let bands_from = fields.word("bands_from").unwrap_or(BandsFrom::Base);
    let calendar = if fields.has("calendar") {
        fields.id("calendar")
    } else {
        None
    };
    let (zone, zone_name) = zone?;
    let id = id?;
    Some(Front {
        brand: brand.unwrap_or_else(|| id.clone()),
        id,
        version: version?,
        effective: effective?,
        kind: kind?,
        title: title?,
        market,
        zone,
        zone_name,
        day_ends: day_ends?,
        cvss,
        bands_from,
        calendar,
    })
}

fn market(fields: &mut Fields<'_, '_, '_>, kind: Option<PolicyKind>) -> Vec<String> {
    let market = fields.texts("market");
    match kind {
        Some(PolicyKind::Policy) if fields.has("market") => {
            let at = fields.at("market");
            let message = "markets choose overlays, and this is a policy: delete `market`, or write kind = \"overlay\"";
            fields.error(at, "market-in-policy", message);
        }
        Some(PolicyKind::Overlay) if market.is_empty() => {
            let at = fields.at("market");
            fields.error(
                at,
                "missing-key",
                "an overlay is chosen by market: add `market`, for example [\"eu\"]",
            );
        }
        _ => {}
    }
    for (name, at) in fields.items("market").into_iter().take(MAX_MARKETS) {
        if !super::fields::is_id(name) {
            fields.error(
                at,
                "bad-id",
                format!(
                    "`{}` is not a market: write a lower-case word such as \"eu\"",
                    short(name)
                ),
            );
        }
    }
    if market.len() > MAX_MARKETS {
        let at = fields.at("market");
        fields.error(
            at,
            "too-large",
            format!("more than {MAX_MARKETS} markets: split the overlay"),
        );
    }
    market
}

fn brand(fields: &mut Fields<'_, '_, '_>, kind: Option<PolicyKind>) -> Option<String> {
    if !fields.has("brand") {
        return None;
    }
    if kind == Some(PolicyKind::Overlay) {
        let at = fields.at("brand");
        fields.error(
            at,
            "useless-key",
            "an overlay belongs to markets, not to a brand: delete `brand`",
        );
    }
    fields.id("brand")
}

fn zone(fields: &mut Fields<'_, '_, '_>) -> Option<(TimeZone, String)> {
    let name = fields.need_text("timezone")?;
    match TimeZone::get(&name) {
        Ok(zone) => {
            let name = zone.iana_name().map(str::to_owned).unwrap_or(name);
            Some((zone, name))
        }
        Err(_) => {
            let at = fields.value_at("timezone");
            let message = format!(
                "`{}` is not a time zone: write an IANA name such as \"Europe/Zurich\"",
                short(&name)
            );
            fields.error(at, "unknown-zone", message);
            None
        }
    }
}

/// Midday and later only: a day that ends in the morning would begin before itself.
fn day_ends(fields: &mut Fields<'_, '_, '_>) -> Option<civil::Time> {
    let Some(node) = fields.get("day_ends") else {
        return Some(civil::time(23, 59, 59, 0));
    };
    let written = match &node.value {
        Value::Text(text) => text.clone(),
        Value::Time(time) => time.to_string(),
        _ => String::new(),
    };
    let time: Option<civil::Time> = written.parse().ok().filter(|time: &civil::Time| time.hour() >= 12);
    if time.is_none() {
        let message = "`day_ends` is the last second of a day, at midday or later: write for example \"23:59:59\"";
        fields.error(node.at, "bad-time", message);
    }
    time
}

fn cvss_versions(fields: &mut Fields<'_, '_, '_>) -> Vec<cvss::Version> {
    if !fields.has("cvss") {
        return vec![cvss::Version::V3_1, cvss::Version::V4_0];
    }
    let mut versions = Vec::new();
    for (word, at) in fields.items("cvss") {
        let known = cvss::Version::ALL.into_iter().find(|version| version.as_str() == word);
        match known {
            None => {
                let hint = hint(word, cvss::Version::ALL.iter().map(|version| version.as_str()));
                fields.error(
                    at,
                    "unknown-value",
                    format!("there is no CVSS `{}`: {hint}", short(word)),
                );
            }
            Some(version) if versions.contains(&version) => {
                fields.error(at, "repeated", format!("CVSS {version} stands twice: delete one"));
            }
            Some(version) => versions.push(version),
        }
    }
    if versions.is_empty() && fields.items("cvss").is_empty() {
        let at = fields.value_at("cvss");
        fields.error(
            at,
            "empty",
            "without a version no score ever counts: write [\"3.1\", \"4.0\"]",
        );
    }
    versions
}
