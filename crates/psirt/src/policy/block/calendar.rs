//! `calendar`: the block that becomes a [`Calendar`].
//!
//! Owns its parse and its sentence; the value and its arithmetic are `clock::calendar`.

use super::Head;
use crate::clock::calendar::{Calendar, OpeningHours, WEEKDAYS, parse_hours};
use crate::policy::{fields::Fields, phrase, tree::Value};
use jiff::tz::TimeZone;

pub(in crate::policy) const KEYS: &[&str] = &["id", "zone", "open", "closed", "known_until"];

pub(in crate::policy) fn read(head: Head, fields: &mut Fields<'_, '_, '_>) -> Option<Calendar> {
    let zone = fields.need_text("zone");
    let zone = zone.filter(|zone| {
        let known = TimeZone::get(zone).is_ok();
        if !known {
            let at = fields.value_at("zone");
            fields.error(
                at,
                "unknown-zone",
                "this is not a time zone: write an IANA name such as \"Europe/Zurich\"",
            );
        }
        known
    });
    let open = open(fields);
    let errors_before = fields.findings.errors();
    let closed = fields.dates("closed");
    fields.need("known_until");
    let known_until = fields.date("known_until");
    let (zone, open, known_until) = (zone?, open?, known_until?);
    if fields.findings.errors() > errors_before {
        return None;
    }
    if let Some(late) = closed.iter().find(|date| **date > known_until) {
        let at = fields.value_at("closed");
        let message =
            format!("{late} is closed and lies after `known_until`: list whole years, and move `known_until`");
        fields.error(at, "bad-calendar", message);
    }
    match Calendar::new(head.id, head.clause, head.line, &zone, open, closed, known_until) {
        Ok(calendar) => Some(calendar),
        Err(message) => {
            fields.error(fields.at, "bad-calendar", message);
            None
        }
    }
}

/// Opening hours by weekday; a day that is not named is closed.
fn open(fields: &mut Fields<'_, '_, '_>) -> Option<[OpeningHours; 7]> {
    let node = fields.need("open")?;
    let Value::Table(table) = &node.value else {
        fields.error(
            node.at,
            "wrong-type",
            "`open` is a table such as `{ mon = \"09:00-17:00\", tue = \"00:00-24:00\" }`",
        );
        return None;
    };
    let mut inner = fields.inner("open", node.at, table);
    inner.only(&WEEKDAYS);
    let mut open: [OpeningHours; 7] = Default::default();
    for (hours, weekday) in open.iter_mut().zip(WEEKDAYS) {
        let Some(text) = inner.text(weekday) else { continue };
        match parse_hours(&text) {
            Ok(parsed) => *hours = parsed,
            Err(message) => {
                let at = inner.value_at(weekday);
                inner.error(at, "bad-hours", message);
                return None;
            }
        }
    }
    Some(open)
}

pub(in crate::policy) fn sentence(calendar: &Calendar) -> String {
    let day = |hours: &OpeningHours| {
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        hours
            .iter()
            .map(|(from, to)| format!("{}-{}", clock(*from), clock(*to)))
            .collect::<Vec<_>>()
            .join(" and ")
    };
    let days = calendar
        .open()
        .iter()
        .zip(WEEKDAYS)
        .filter(|(hours, _)| !hours.is_empty());
    let days: Vec<String> = days
        .map(|(hours, weekday)| format!("{weekday} {}", day(hours)))
        .collect();
    phrase::sentence(&format!(
        "working time in {} is {}, without {} listed dates, known until {}",
        calendar.zone_name,
        days.join(", "),
        calendar.closed().len(),
        calendar.known_until
    ))
}
