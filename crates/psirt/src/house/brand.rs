//! A brand: one face of the vendor, under which it publishes.
//!
//! Never holds its keys, nor how its portal looks.

use crate::advisory::Scheme;
use serde::{Deserialize, Serialize};

/// Of a padded number; nobody has so many advisories.
const MAX_WIDTH: usize = 9;

/// One face of the vendor. Two brands are two CSAF publishers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brand {
    /// Lower-case words joined by `-`.
    pub id: String,
    /// As it is printed.
    pub name: String,
    /// The web host of its portal; also its folder under the published tree.
    pub domain: String,
    /// The CSAF publisher namespace, a URL.
    pub namespace: String,
    /// The policy it runs under.
    pub policy: String,
    /// The prefix of tracking numbers: `NN`.
    pub number_prefix: String,
    /// The pattern of advisory numbers: `{prefix}-{year}:{seq}-01`; see [`Brand::advisory_number`].
    pub advisory_pattern: String,
    /// Where reports are sent.
    pub contact: String,
    /// What the team says of itself in documents.
    pub contact_details: String,
    /// How versions of its advisories are numbered.
    #[serde(default, skip_serializing_if = "Scheme::is_default")]
    pub version_scheme: Scheme,
    /// What CSAF aggregators may do with what it publishes.
    #[serde(default, skip_serializing_if = "Aggregators::is_default")]
    pub aggregators: Aggregators,
    /// Who assigns its CVE ids, if it is a CNA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cna: Option<Cna>,
    /// The web host of its reporters' rooms; none where they are on its portal's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rooms: Option<String>,
}

/// A CVE Numbering Authority, as CVE Services know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cna {
    /// Its UUID, of version 4.
    pub org_id: String,
    /// Its short name.
    pub short_name: String,
}

impl Cna {
    /// Whether a CVE record can name it (CVE record format 5.2, `uuid` and `shortName`).
    ///
    /// # Errors
    /// What is wrong, and how to write it.
    pub fn check(&self) -> Result<(), String> {
        let groups: Vec<&str> = self.org_id.split('-').collect();
        let digits = |group: &&str| group.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let begins = |place: usize, allowed: &str| {
            let group = groups.get(place);
            group.is_some_and(|group| group.starts_with(|c| allowed.contains(c)))
        };
        let is_uuid = groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
            && groups.iter().all(digits)
            && begins(2, "4")
            && begins(3, "89ab");
        if !is_uuid {
            return Err(
                "the organisation of a CNA is a UUID of version 4 in lower case, as CVE Services show it".to_owned(),
            );
        }
        let length = self.short_name.chars().count();
        if !(2..=32).contains(&length) || self.short_name.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err("the short name of a CNA has 2 to 32 characters and no space".to_owned());
        }
        Ok(())
    }
}

/// What CSAF aggregators may do with a brand's documents (CSAF 2.0 §7.1.8); nothing, unless the brand says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aggregators {
    /// Whether they may list where the documents are.
    pub list: bool,
    /// Whether they may mirror the documents.
    pub mirror: bool,
}

impl Aggregators {
    fn is_default(&self) -> bool {
        *self == Aggregators::default()
    }
}

impl Brand {
    /// The host that links to its reporters' rooms name.
    #[must_use]
    pub fn room_host(&self) -> &str {
        self.rooms.as_deref().unwrap_or(&self.domain)
    }

    /// The number of the `seq`-th advisory of a year. The pattern's `{prefix}`, `{year}`, `{seq}` and `{revision}` are filled in; a width,
    /// `{seq:4}` or `{seq:04}`, pads with zeros. The number stays when an advisory is revised, so `{revision}` is always that of its first.
    #[must_use]
    pub fn advisory_number(&self, year: i16, seq: u32) -> String {
        self.filled(year, seq)
            .unwrap_or_else(|_| format!("{}-{year}-{seq}", self.number_prefix))
    }

    /// Whether the pattern can be filled in.
    ///
    /// # Errors
    /// What is wrong, and how to write it.
    pub fn check_pattern(&self) -> Result<(), String> {
        self.filled(2026, 1).map(|_| ())
    }

    fn filled(&self, year: i16, seq: u32) -> Result<String, String> {
        let mut number = String::new();
        let mut rest = self.advisory_pattern.as_str();
        while let Some((before, from)) = rest.split_once('{') {
            number.push_str(before);
            let (name, after) = from
                .split_once('}')
                .ok_or_else(|| "a `{` of the pattern has no `}`".to_owned())?;
            let (name, width) = match name.split_once(':') {
                Some((name, width)) => (name, width.parse().ok().filter(|width| *width <= MAX_WIDTH)),
                None => (name, Some(0)),
            };
            let unknown = || {
                format!(
                    "`{{{name}}}` is no part of an advisory number: there are {{prefix}}, {{year}}, {{seq}}, {{revision}}, padded as {{seq:04}}"
                )
            };
            let width: usize = width.ok_or_else(unknown)?;
            let value = match name {
                "prefix" => self.number_prefix.clone(),
                "year" => year.to_string(),
                "seq" => seq.to_string(),
                "revision" => "1".to_owned(),
                _ => return Err(unknown()),
            };
            number.push_str(&format!("{value:0>width$}"));
            rest = after;
        }
        number.push_str(rest);
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_number(pattern: &str, expect: Result<&str, &str>) {
        let brand = Brand {
            id: "brand".to_owned(),
            name: "Brand".to_owned(),
            domain: "brand.example".to_owned(),
            namespace: "https://brand.example".to_owned(),
            policy: "house".to_owned(),
            number_prefix: "NN".to_owned(),
            advisory_pattern: pattern.to_owned(),
            contact: "psirt@brand.example".to_owned(),
            contact_details: String::new(),
            version_scheme: Scheme::Integer,
            aggregators: Aggregators::default(),
            cna: None,
            rooms: None,
        };
        match (brand.check_pattern(), expect) {
            (Ok(()), Ok(number)) => assert_eq!(brand.advisory_number(2025, 7), number, "{pattern}"),
            (Err(message), Err(part)) => assert!(message.contains(part), "{pattern}: {message}"),
            (found, _) => panic!("{pattern}: {found:?}"),
        }
    }

    #[test]
    fn a_pattern_numbers_advisories() {
        check_number("{prefix}-{year}:{seq}-01", Ok("NN-2025:7-01"));
        check_number("{prefix}-{year}:{seq}-{revision:02}", Ok("NN-2025:7-01"));
        check_number("{prefix}-SA-{year}-{seq:3}", Ok("NN-SA-2025-007"));
        check_number("{year}-{seq:04}", Ok("2025-0007"));
        check_number("JSA{year}{seq:5}", Ok("JSA202500007"));
        check_number("{prefix}-{year}-{month}-{seq}", Err("`{month}` is no part"));
        check_number("{year}-{seq:x}", Err("is no part"));
        check_number("{year}-{seq:400}", Err("is no part"));
        check_number("{year}-{seq", Err("has no `}`"));
    }

    fn check_cna(org_id: &str, short_name: &str, expect: Result<(), &str>) {
        let cna = Cna {
            org_id: org_id.to_owned(),
            short_name: short_name.to_owned(),
        };
        match (cna.check(), expect) {
            (Ok(()), Ok(())) => {}
            (Err(message), Err(part)) => assert!(message.contains(part), "{org_id}: {message}"),
            (found, _) => panic!("{org_id}, {short_name}: {found:?}"),
        }
    }

    #[test]
    fn a_record_can_name_its_cna() {
        const ORG: &str = "8cbe9d5a-2b8a-4d5c-9a4e-3a1f6f0f9c11";
        check_cna(ORG, "example", Ok(()));
        check_cna(&ORG.to_uppercase(), "example", Err("UUID of version 4"));
        check_cna(
            "8cbe9d5a-2b8a-1d5c-9a4e-3a1f6f0f9c11",
            "example",
            Err("UUID of version 4"),
        );
        check_cna(
            "8cbe9d5a-2b8a-4d5c-7a4e-3a1f6f0f9c11",
            "example",
            Err("UUID of version 4"),
        );
        check_cna("8cbe9d5a", "example", Err("UUID of version 4"));
        check_cna(ORG, "e", Err("2 to 32 characters"));
        check_cna(ORG, "the example", Err("no space"));
    }
}
