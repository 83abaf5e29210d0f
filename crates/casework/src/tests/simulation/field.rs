//! Events made from the table of events: a plausible value for every field, so that a new event is simulated without a line here.

use super::dice::Dice;
use super::stage::LINES;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::event::{Event, Field, Kind, Shape};
use psirt::story::read_event;
use toml::{Table, Value};

/// A word that stands in everything that only the desk may read, and must stand in nothing that leaves.
pub(super) const SECRET: &str = "canary";

/// Vectors of every version, from nothing to everything.
pub(super) const VECTORS: &[&str] = &[
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:N/A:N",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N",
    "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:L/I:N/A:N",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N",
    "CVSS:3.0/AV:A/AC:H/PR:N/UI:N/S:U/C:H/I:L/A:L",
    "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N/E:P/RL:O/RC:C",
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
    "CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N",
    "AV:N/AC:L/Au:N/C:P/I:P/A:P",
];

/// What a person knows of a case when they fill a form in.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) number: String,
    /// Its affected lines, or those that might be.
    pub(super) lines: Vec<String>,
    pub(super) reporters: Vec<String>,
    /// Places of its entries, notes left out.
    pub(super) places: Vec<u32>,
    /// Ids of promises of its policies.
    pub(super) rules: Vec<String>,
    /// Clauses that leave something out of scope.
    pub(super) clauses: Vec<String>,
    /// Terms of the policies' vocabularies.
    pub(super) terms: Vec<String>,
    /// Reasons why a line is not affected that the policies accept.
    pub(super) reasons: Vec<String>,
    /// Components that its history names.
    pub(super) components: Vec<String>,
    /// Other cases.
    pub(super) others: Vec<String>,
}

/// An event of a kind as somebody would record it. Most fields make sense most of the time.
pub(super) fn event(kind: Kind, known: &Known, now: Timestamp, dice: &mut Dice) -> Option<Event> {
    let mut table = Table::new();
    for field in kind.fields() {
        if (field.required || dice.percent(75))
            && let Some(value) = value(kind, field, known, now, dice)
        {
            table.insert(field.name.to_owned(), value);
        }
    }
    read_event(kind.name(), Value::Table(table)).ok()
}

fn value(kind: Kind, field: &Field, known: &Known, now: Timestamp, dice: &mut Dice) -> Option<Value> {
    let text = |text: &str| Some(Value::String(text.to_owned()));
    let word = |of: &[String], otherwise: &str, dice: &mut Dice| {
        let some = dice.any(of).filter(|_| dice_sane(dice)).cloned();
        Value::String(some.unwrap_or_else(|| otherwise.to_owned()))
    };
    match (field.name, field.shape) {
        (_, Shape::OneOf(words)) => text(dice.word(words)),
        (_, Shape::Flag) => Some(Value::Boolean(dice.percent(50))),
        ("review-by", _) | (_, Shape::Date | Shape::Deadline) => {
            let days = i64::try_from(dice.below(240)).unwrap() - 20;
            let day = now
                .to_zoned(TimeZone::UTC)
                .date()
                .saturating_add(jiff::Span::new().days(days));
            Some(Value::String(day.to_string()))
        }
        ("product", _) => Some(Value::String(line(known, dice))),
        ("products", _) => {
            let mut lines: Vec<String> = (0..1 + dice.below(3)).map(|_| line(known, dice)).collect();
            lines.sort();
            lines.dedup();
            Some(Value::Array(lines.into_iter().map(Value::String).collect()))
        }
        ("fixes", _) => {
            let mut fixed: Vec<String> = known.others.iter().filter(|_| dice.percent(8)).cloned().collect();
            if dice.percent(60) && !known.number.is_empty() {
                fixed.push(known.number.clone());
            }
            Some(Value::Array(fixed.into_iter().map(Value::String).collect()))
        }
        ("version" | "component-version", _) if kind == Kind::Repinned => text("1"),
        ("version" | "component-version", _) => Some(Value::String(format!("{}.{}", 1 + dice.below(3), dice.below(4)))),
        ("vector", _) => text(dice.word(VECTORS)),
        ("by", _) => text(dice.word(&["reporter", "vendor", "cert"])),
        ("case", _) => Some(word(&known.others, "NN-2026-00000", dice)),
        ("reporter", _) => Some(word(&known.reporters, "somebody", dice)),
        ("rule", _) => Some(word(&known.rules, "no-such-rule", dice)),
        ("clause", _) => Some(word(&known.clauses, "N1", dice)),
        ("term", _) => Some(word(&known.terms, "magic", dice)),
        ("justification", _) => Some(word(&known.reasons, "because", dice)),
        ("component", _) => {
            let fresh = format!("component-{}", dice.below(3));
            Some(Value::String(dice.any(&known.components).cloned().unwrap_or(fresh)))
        }
        ("policy", _) => text(dice.word(&["nozomi-networks", "128-technology", "cra-article-14", "nowhere"])),
        ("event", _) => match dice.any(&known.places).filter(|_| dice.below(10) > 0) {
            Some(place) => Some(Value::Integer(i64::from(*place))),
            None => text(dice.word(&["confirmed", "scored", "fix-released", "nothing"])),
        },
        ("tenants", _) => text(dice.word(&["all", "all", "12/40", "1/3"])),
        ("id", _) if kind == Kind::CveAssigned => match dice.percent(90) {
            true => Some(Value::String(format!("CVE-2026-{}", 10_000 + dice.below(80_000)))),
            false => text("CVE-26-1"),
        },
        ("id", _) if kind == Kind::Alias => Some(Value::String(format!("VU#{}", dice.below(900_000)))),
        ("cwe", _) => text(dice.word(&["CWE-122", "CWE-79", "CWE-89"])),
        ("exception", _) => {
            if dice.percent(20) {
                text("direct-vulnerability")
            } else {
                None
            }
        }
        ("person", _) => text(dice.word(&["ana", "ben", "lea"])),
        ("as", _) => text(dice.word(&["Ada of Example Labs", "B. Finder", "A customer"])),
        _ => Some(Value::String(format!("{SECRET} {}", dice.below(1_000)))),
    }
}

/// Nine times out of ten people name what is there.
fn dice_sane(dice: &mut Dice) -> bool {
    dice.below(12) > 0
}

fn line(known: &Known, dice: &mut Dice) -> String {
    let roll = dice.below(100);
    match dice.any(&known.lines) {
        Some(line) if roll < 85 => line.clone(),
        _ if roll > 97 => "Toaster".to_owned(),
        _ => dice.one(LINES).0.to_owned(),
    }
}
