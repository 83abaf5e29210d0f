//! The archive counted a second time, as somebody would with a spreadsheet: row by row, from the events of a file and a calendar on
//! the wall.
//!
//! Owns plain date arithmetic for each promise. Never calls the engine, nor anything else of this crate: it reads the TOML itself.

use jiff::civil::{self, Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _, Zoned};

/// How an obligation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    Met,
    Late,
    Missed,
    Open,
    Ended,
    Dormant,
}

/// One row of the spreadsheet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) rule: String,
    pub(crate) subject: String,
    pub(crate) due: Option<Timestamp>,
    pub(crate) end: End,
}

/// Another reading of when remediation begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    Capped,
    Received,
}

struct Happening {
    at: Timestamp,
    kind: String,
    fields: toml::Table,
}

struct Release {
    version: String,
    date: Date,
    freeze: Date,
}

struct Line {
    name: String,
    saas: bool,
    market: String,
    releases: Vec<Release>,
}

/// A case as it was read, with the instant at which it is judged.
pub(crate) struct Case {
    pub(crate) policy: String,
    lines: Vec<Line>,
    events: Vec<Happening>,
    now: Timestamp,
    zone: TimeZone,
}

/// Days off besides weekends, copied from the two states' official lists.
const ZURICH: [&str; 36] = [
    "2023-01-01",
    "2023-04-07",
    "2023-04-10",
    "2023-05-01",
    "2023-05-18",
    "2023-05-29",
    "2023-08-01",
    "2023-12-25",
    "2023-12-26",
    "2024-01-01",
    "2024-03-29",
    "2024-04-01",
    "2024-05-01",
    "2024-05-09",
    "2024-05-20",
    "2024-08-01",
    "2024-12-25",
    "2024-12-26",
    "2025-01-01",
    "2025-04-18",
    "2025-04-21",
    "2025-05-01",
    "2025-05-29",
    "2025-06-09",
    "2025-08-01",
    "2025-12-25",
    "2025-12-26",
    "2026-01-01",
    "2026-04-03",
    "2026-04-06",
    "2026-05-01",
    "2026-05-14",
    "2026-05-25",
    "2026-08-01",
    "2026-12-25",
    "2026-12-26",
];
const NEW_YORK: [&str; 40] = [
    "2023-09-04",
    "2023-10-09",
    "2023-11-10",
    "2023-11-23",
    "2023-12-25",
    "2024-01-01",
    "2024-01-15",
    "2024-02-19",
    "2024-05-27",
    "2024-06-19",
    "2024-07-04",
    "2024-09-02",
    "2024-10-14",
    "2024-11-11",
    "2024-11-28",
    "2024-12-25",
    "2025-01-01",
    "2025-01-20",
    "2025-02-17",
    "2025-05-26",
    "2025-06-19",
    "2025-07-04",
    "2025-09-01",
    "2025-10-13",
    "2025-11-11",
    "2025-11-27",
    "2025-12-25",
    "2026-01-01",
    "2026-01-19",
    "2026-02-16",
    "2026-05-25",
    "2026-06-19",
    "2026-07-03",
    "2026-09-07",
    "2026-10-12",
    "2026-11-11",
    "2026-11-26",
    "2026-12-25",
    "2027-01-01",
    "2027-01-18",
];

/// Scores, looked up once at the calculator of FIRST.
const SCORES: [(&str, f64); 7] = [
    ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
    ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 8.8),
    ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5),
    ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N", 6.5),
    ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:L/I:L/A:N", 5.4),
    ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:N/A:N", 4.3),
    ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1),
];

fn instant(value: &toml::Value) -> Timestamp {
    match value {
        toml::Value::Datetime(at) => at.to_string().parse().unwrap(),
        other => panic!("{other} is no instant"),
    }
}

fn day(value: &toml::Value) -> Date {
    match value {
        toml::Value::Datetime(day) => day.to_string().parse().unwrap(),
        toml::Value::String(day) => day.parse().unwrap(),
        other => panic!("{other} is no day"),
    }
}

fn text<'a>(table: &'a toml::Table, key: &str) -> &'a str {
    table.get(key).and_then(toml::Value::as_str).unwrap_or_default()
}

impl Case {
    pub(crate) fn read(file: &str, now: Timestamp) -> Case {
        let table: toml::Table = file.parse().unwrap();
        let policies: Vec<String> = match &table["policy"] {
            toml::Value::String(one) => vec![one.clone()],
            many => many
                .as_array()
                .unwrap()
                .iter()
                .map(|one| text(one.as_table().unwrap(), "id").to_owned())
                .collect(),
        };
        let zone = if policies[0] == "nozomi-networks" {
            "Europe/Zurich"
        } else {
            "America/New_York"
        };
        let lines = table["product"].as_array().unwrap().iter().map(|line| {
            let line = line.as_table().unwrap();
            let releases = line
                .get("releases")
                .and_then(toml::Value::as_array)
                .into_iter()
                .flatten();
            Line {
                name: text(line, "name").to_owned(),
                saas: text(line, "deployment") == "saas",
                market: line["market"][0].as_str().unwrap().to_owned(),
                releases: releases
                    .map(|release| Release {
                        version: release["version"].as_str().unwrap().to_owned(),
                        date: day(&release["date"]),
                        freeze: day(&release["freeze"]),
                    })
                    .collect(),
            }
        });
        let events = table["event"].as_array().unwrap().iter().map(|event| {
            let event = event.as_table().unwrap();
            let (kind, fields) = event
                .iter()
                .find(|(key, _)| !["at", "by", "approved-by"].contains(&key.as_str()))
                .unwrap();
            Happening {
                at: instant(&event["at"]),
                kind: kind.clone(),
                fields: fields.as_table().unwrap().clone(),
            }
        });
        Case {
            policy: policies[0].clone(),
            lines: lines.collect(),
            events: events.collect(),
            now,
            zone: TimeZone::get(zone).unwrap(),
        }
    }

    // Looking things up.

    fn all<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Happening> {
        self.events.iter().filter(move |event| event.kind == kind)
    }

    fn first(&self, kind: &str) -> Option<Timestamp> {
        self.all(kind).map(|event| event.at).min()
    }

    fn first_of(&self, kinds: &[&str]) -> Option<Timestamp> {
        kinds.iter().filter_map(|kind| self.first(kind)).min()
    }

    fn first_since(&self, kinds: &[&str], since: Timestamp) -> Option<Timestamp> {
        self.events
            .iter()
            .filter(|event| kinds.contains(&event.kind.as_str()) && event.at >= since)
            .map(|event| event.at)
            .min()
    }

    fn appealed(&self) -> Option<Timestamp> {
        self.first("appealed")
    }

    /// The verdict that stands: after an appeal only what came later.
    fn confirmed(&self) -> Option<Timestamp> {
        self.first("confirmed")
    }

    fn third_party(&self) -> bool {
        self.all("confirmed")
            .any(|event| text(&event.fields, "origin") == "third-party")
    }

    /// Affected lines, with the instant at which each was found to be.
    fn tracks(&self) -> Vec<(&Line, Timestamp)> {
        let found = |line: &Line| {
            let named = self.all("confirmed").find(|event| {
                event.fields["products"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|name| name.as_str() == Some(&line.name))
            });
            let later = self
                .all("affected")
                .find(|event| text(&event.fields, "product") == line.name);
            named.or(later).map(|event| event.at)
        };
        self.lines
            .iter()
            .filter_map(|line| Some((line, found(line)?)))
            .collect()
    }

    /// The fix that stands on a line: what was withdrawn does not count.
    fn fixed(&self, line: &Line) -> Option<Timestamp> {
        let withdrawn: Vec<&str> = self
            .all("fix-withdrawn")
            .filter(|event| text(&event.fields, "product") == line.name)
            .map(|event| text(&event.fields, "version"))
            .collect();
        let released = self
            .all("fix-released")
            .filter(|event| !withdrawn.contains(&text(&event.fields, "version")));
        let deployed = self
            .all("fix-deployed")
            .filter(|event| text(&event.fields, "tenants") == "all");
        let both = released
            .chain(deployed)
            .filter(|event| text(&event.fields, "product") == line.name);
        both.map(|event| event.at).min()
    }

    fn waived(&self, rule: &str, line: &Line) -> Option<Timestamp> {
        let mut all = self.all("waived");
        all.find(|event| text(&event.fields, "rule") == rule && text(&event.fields, "product") == line.name)
            .map(|event| event.at)
    }

    /// Reporters with their kind and the instant of their report.
    fn reporters(&self) -> Vec<(String, String, Timestamp)> {
        let sent = self.events.iter().filter_map(|event| match event.kind.as_str() {
            "received" => Some((text(&event.fields, "by"), event.at)),
            "report-joined" => Some((text(&event.fields, "reporter"), event.at)),
            _ => None,
        });
        let split = |(name, at): (&str, Timestamp)| {
            let (kind, id) = name.split_once(':').unwrap();
            (kind.to_owned(), id.to_owned(), at)
        };
        sent.map(split).collect()
    }

    /// Scores in the order of time.
    fn scores(&self) -> Vec<(Timestamp, f64)> {
        let score = |event: &Happening| {
            let vector = text(&event.fields, "vector");
            (event.at, SCORES.iter().find(|(known, _)| *known == vector).unwrap().1)
        };
        self.all("scored").map(score).collect()
    }

    /// From when to when a band counts that begins and ends with these scores, and whether a lower one counted before.
    fn band(&self, low: f64, high: f64, from: Timestamp) -> Option<Window> {
        let mut window: Option<Window> = None;
        let mut lower_before = false;
        let scores = self.scores();
        for (index, (at, score)) in scores.iter().enumerate() {
            let inside = *score >= low && *score <= high;
            let counts_until = scores.get(index + 1).map(|(next, _)| *next);
            match (&mut window, inside) {
                (None, true) if counts_until.is_none_or(|until| until > from) => {
                    window = Some(Window {
                        since: (*at).max(from),
                        scored: *at,
                        raised: lower_before,
                        until: None,
                    });
                }
                (Some(window), false) if window.until.is_none() => window.until = Some(*at),
                _ => {}
            }
            lower_before |= *score < low;
        }
        window
    }

    // Arithmetic on the calendar.

    fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone.clone())
    }

    fn end_of(&self, day: Date) -> Timestamp {
        day.at(23, 59, 59, 0).to_zoned(self.zone.clone()).unwrap().timestamp()
    }

    fn days_after(&self, at: Timestamp, days: i64) -> Timestamp {
        self.end_of(self.local(at).date() + days.days())
    }

    /// Civil months; a day that the month lacks is its last one.
    fn months_after(&self, at: Timestamp, months: i16) -> Timestamp {
        let start = self.local(at).date();
        let index = start.year() * 12 + i16::from(start.month()) - 1 + months;
        let (year, month) = (index / 12, (index % 12 + 1) as i8);
        let mut day = start.day();
        while Date::new(year, month, day).is_err() {
            day -= 1;
        }
        self.end_of(civil::date(year, month, day))
    }

    fn works(&self, day: Date) -> bool {
        let off: &[&str] = if self.policy == "nozomi-networks" {
            &ZURICH
        } else {
            &NEW_YORK
        };
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !off.contains(&day.to_string().as_str())
    }

    fn working_days_after(&self, at: Timestamp, days: u32) -> Timestamp {
        let mut day = self.local(at).date();
        let mut left = days;
        while left > 0 {
            day = day.tomorrow().unwrap();
            left -= u32::from(self.works(day));
        }
        self.end_of(day)
    }

    /// A working day has 24 hours; on others the clock stands.
    fn working_hours_after(&self, at: Timestamp, hours: i64) -> Timestamp {
        let mut left = SignedDuration::from_hours(hours);
        let mut at = at;
        loop {
            let day = self.local(at).date();
            let midnight = day.tomorrow().unwrap().to_zoned(self.zone.clone()).unwrap().timestamp();
            if self.works(day) {
                let rest = midnight.duration_since(at);
                if rest >= left {
                    return at + left;
                }
                left -= rest;
            }
            at = midnight;
        }
    }

    /// Walks the calendar day by day until the next release is out, by what was known on each evening; the fix ends the walk.
    fn next_release(&self, line: &Line, start: Timestamp, until: Timestamp) -> Option<Timestamp> {
        let start_day = self.local(start).date();
        let known_at = |instant: Timestamp| {
            let coming = line.releases.iter().filter(|release| release.freeze > start_day);
            let dates = coming.map(|release| {
                let moved = self.all("release-moved").filter(|event| event.at <= instant);
                let moved = moved.filter(|event| {
                    text(&event.fields, "product") == line.name && text(&event.fields, "version") == release.version
                });
                let shipped = self.all("fix-released").filter(|event| event.at <= instant);
                let mut shipped = shipped.filter(|event| {
                    text(&event.fields, "product") == line.name && text(&event.fields, "version") == release.version
                });
                let planned = moved.last().map_or(release.date, |event| day(&event.fields["date"]));
                shipped.next().map_or(planned, |event| self.local(event.at).date())
            });
            dates.min()
        };
        let mut today = start_day;
        loop {
            let evening = self.end_of(today);
            if evening >= until {
                return known_at(until).map(|date| self.end_of(date));
            }
            if known_at(evening)? <= today {
                return known_at(evening).map(|date| self.end_of(date));
            }
            today = today.tomorrow().unwrap();
        }
    }

    // Judging.

    /// What became of something that was owed at an instant.
    fn judge(&self, due: Option<Timestamp>, done: Option<Timestamp>) -> End {
        match (due, done) {
            (Some(due), Some(done)) if done > due => End::Late,
            (_, Some(_)) => End::Met,
            (Some(due), None) if self.now > due => End::Missed,
            (_, None) => End::Open,
        }
    }

    /// The same where the facts changed at an instant: what was neither done nor late by then has ended.
    fn judge_until(&self, due: Option<Timestamp>, done: Option<Timestamp>, until: Option<Timestamp>) -> End {
        let Some(until) = until else {
            return self.judge(due, done);
        };
        let done_then = done.is_some_and(|done| done < until);
        let late_then = due.is_some_and(|due| due < until && done.is_none_or(|done| done > due));
        if done_then || late_then {
            self.judge(due, done)
        } else {
            End::Ended
        }
    }
}

/// From when to when something was so.
#[derive(Clone, Copy)]
struct Window {
    since: Timestamp,
    /// When the band was first given, be it before anything was confirmed.
    scored: Timestamp,
    raised: bool,
    until: Option<Timestamp>,
}

/// Rows of one policy.
struct Sheet<'c> {
    case: &'c Case,
    rows: Vec<Row>,
}

impl Sheet<'_> {
    fn row(&mut self, rule: &str, subject: &str, due: Option<Timestamp>, end: End) {
        // A case that was closed waits for nothing any more, and no clock of it runs.
        let end = match end {
            End::Dormant | End::Open if self.case.first("closed").is_some() => End::Ended,
            end => end,
        };
        self.rows.push(Row {
            rule: rule.to_owned(),
            subject: subject.to_owned(),
            due,
            end,
        });
    }

    /// A promise with a date that either began or did not.
    fn plain(&mut self, rule: &str, subject: &str, due: Option<Timestamp>, done: Option<Timestamp>, began: bool) {
        match began {
            false => self.row(rule, subject, None, End::Dormant),
            true => {
                let end = self.case.judge(due, done);
                self.row(rule, subject, due, end);
            }
        }
    }
}

/// The policy of the first vendor.
pub(crate) fn nozomi(case: &Case, begin: Begin) -> Vec<Row> {
    let mut sheet = Sheet { case, rows: Vec::new() };
    reports(&mut sheet);
    let Some(confirmed) = case.confirmed() else {
        return sheet.rows;
    };
    for (line, found) in case.tracks() {
        remediation(&mut sheet, line, found.max(confirmed), found > confirmed, begin);
    }
    if case.third_party() {
        supplier(&mut sheet, confirmed);
    }
    hold(&mut sheet);
    let leaked = case.first_of(&["made-public", "exploit-public"]);
    let due = leaked.map(|leaked| leaked + SignedDuration::from_hours(24));
    sheet.plain(
        "publish-now",
        "case",
        due,
        case.first("advisory-published"),
        leaked.is_some(),
    );
    sheet.rows
}

fn reports(sheet: &mut Sheet<'_>) {
    let case = sheet.case;
    for (kind, id, since) in case.reporters() {
        let due = since + SignedDuration::from_mins(5);
        sheet.plain(
            "acknowledgement",
            &id,
            Some(due),
            case.first_since(&["acknowledged"], since),
            true,
        );
        let start = case.appealed().unwrap_or(since).max(since);
        let looked = [
            "reviewed",
            "info-requested",
            "confirmed",
            "rejected",
            "scope-decided",
            "duplicate-of",
        ];
        let due = start + SignedDuration::from_hours(72);
        sheet.plain("first-review", &id, Some(due), case.first_since(&looked, start), true);
        if kind != "internal" && case.confirmed().is_some() {
            let asked = case
                .all("credit")
                .find(|event| text(&event.fields, "reporter") == format!("{kind}:{id}"));
            let told = case.first("advisory-published");
            let end = match (asked.map(|event| event.at), told) {
                (Some(asked), Some(told)) if asked > told => End::Late,
                (Some(_), _) => End::Met,
                (None, Some(_)) => End::Missed,
                (None, None) => End::Open,
            };
            sheet.row("credit-asked", &id, None, end);
        }
    }
}

/// The times to remedy one line.
fn remediation(sheet: &mut Sheet<'_>, line: &Line, affected: Timestamp, found_later: bool, begin: Begin) {
    let case = sheet.case;
    let (_, _, reported) = case.reporters()[0].clone();
    let received = case.appealed().unwrap_or(reported);
    let confirmed = case.confirmed().unwrap();
    let mut start = match begin {
        Begin::Capped => confirmed.min(received + SignedDuration::from_hours(72)),
        Begin::Received => received,
    };
    if found_later {
        start = start.max(affected);
    }
    let fixed = case.fixed(line);
    let helped = case
        .all("workaround-provided")
        .find(|event| text(&event.fields, "product") == line.name);
    let helped = [helped.map(|event| event.at), fixed].into_iter().flatten().min();
    let bands = [
        ("high", case.band(7.0, 10.0, affected)),
        ("medium", case.band(0.0, 6.9, affected)),
    ];
    for (name, window) in bands {
        let Some(window) = window else { continue };
        let begun = if window.raised { start.max(window.scored) } else { start };
        let high = name == "high";
        if !line.saas && !case.third_party() {
            let rule = format!("onprem-{name}-fix");
            let medium = |until: Timestamp| {
                let months = case.months_after(start, 6);
                months.min(case.next_release(line, start, until).unwrap_or(months))
            };
            let mut due = if high {
                case.months_after(begun, 2)
            } else {
                medium(fixed.unwrap_or(case.now))
            };
            if window.raised {
                due = due.min(medium(window.scored));
            }
            installed(sheet, &rule, line, due, fixed, window.until);
        }
        if line.saas {
            let workaround = if high {
                begun + SignedDuration::from_hours(24)
            } else {
                case.days_after(begun, 30)
            };
            let fix = if high {
                case.days_after(begun, 30)
            } else {
                case.months_after(begun, 6)
            };
            let end = case.judge_until(Some(workaround), helped, window.until);
            sheet.row(&format!("saas-{name}-workaround"), &line.name, Some(workaround), end);
            let end = case.judge_until(Some(fix), fixed, window.until);
            sheet.row(&format!("saas-{name}-fix"), &line.name, Some(fix), end);
        }
    }
}

/// A fix of an installed line, under what people decided about it.
fn installed(
    sheet: &mut Sheet<'_>,
    rule: &str,
    line: &Line,
    due: Timestamp,
    fixed: Option<Timestamp>,
    until: Option<Timestamp>,
) {
    let case = sheet.case;
    let waived = case
        .waived(rule, line)
        .filter(|waived| *waived <= due && fixed.is_none_or(|fixed| fixed > *waived));
    let mut moves = case.all("overridden");
    let moved = moves.find(|event| text(&event.fields, "rule") == rule && text(&event.fields, "product") == line.name);
    if waived.is_some() {
        return sheet.row(rule, &line.name, Some(due), End::Ended);
    }
    let Some(moved) = moved else {
        let end = case.judge_until(Some(due), fixed, until);
        return sheet.row(rule, &line.name, Some(due), end);
    };
    let new = case.end_of(day(&moved.fields["due"]));
    // A decision that comes after the date does not undo that it was missed.
    let counts = if moved.at > due && fixed.is_none_or(|fixed| fixed > due) {
        due
    } else {
        new
    };
    let end = case.judge_until(Some(counts), fixed, until);
    sheet.row(rule, &line.name, Some(new), end);
}

/// What a flaw of a supplier asks for.
fn supplier(sheet: &mut Sheet<'_>, confirmed: Timestamp) {
    let case = sheet.case;
    let line = &case.lines[0];
    let component = case
        .all("upstream-disclosed")
        .map(|event| text(&event.fields, "component"))
        .next()
        .unwrap();
    let bills: Vec<&Happening> = case.all("component-shipped").collect();
    sheet.row(
        "component-on-record",
        &line.name,
        None,
        if bills.is_empty() { End::Open } else { End::Met },
    );
    sheet.row("disclosure-reviewed", "case", None, End::Met);
    let patched = case.first("upstream-fix-released").unwrap();
    let start = patched.max(bills.iter().map(|bill| bill.at).min().unwrap());
    let due = case.days_after(start, 60);
    sheet.plain("third-party-update", component, Some(due), case.fixed(line), true);
    if patched > confirmed {
        let decision = case.all("upstream-decision").last();
        let due = match decision {
            Some(decision) if decision.fields.contains_key("review-by") => {
                case.end_of(day(&decision.fields["review-by"]))
            }
            Some(decision) => case.days_after(decision.at, 30),
            None => case.days_after(confirmed, 30),
        };
        let end = if due < patched { End::Missed } else { End::Ended };
        sheet.row("upstream-review", "case", Some(due), end);
    }
}

/// Ninety days after the last line's fix; a service that nobody upgrades waits for a working day only.
fn hold(sheet: &mut Sheet<'_>) {
    let case = sheet.case;
    let tracks = case.tracks();
    let saas = tracks.iter().all(|(line, _)| line.saas);
    let rule = if saas { "advisory-hold-saas" } else { "advisory-hold" };
    let mut last: Option<Timestamp> = None;
    for (line, _) in &tracks {
        let dropped = ["onprem-high-fix", "onprem-medium-fix"]
            .iter()
            .any(|rule| case.waived(rule, line).is_some());
        match case.fixed(line) {
            Some(fixed) => last = last.max(Some(fixed)),
            None if dropped => {}
            None => return sheet.row(rule, "case", None, End::Dormant),
        }
    }
    let Some(last) = last else {
        return sheet.row(rule, "case", None, End::Dormant);
    };
    let not_before = case.local(last) + if saas { 0.days() } else { 90.days() };
    let mut scheduled = not_before.clone();
    while !case.works(scheduled.date()) {
        scheduled += 1.day();
    }
    let due = case.end_of(scheduled.date());
    let leaked = case.first_of(&["made-public", "exploit-public"]);
    let not_before = leaked.map_or(not_before.timestamp(), |leaked| leaked.min(not_before.timestamp()));
    let told = case.first("advisory-published");
    let early = told.is_some_and(|told| told >= last && told < not_before);
    let end = if early {
        End::Missed
    } else {
        case.judge(Some(due), told)
    };
    sheet.row(rule, "case", Some(due), end);
}

/// The policy of the second vendor.
pub(crate) fn technology(case: &Case, days_to_tell: u32) -> Vec<Row> {
    let mut sheet = Sheet { case, rows: Vec::new() };
    let told = case.first("advisory-published");
    let due = told.map(|told| told + SignedDuration::from_hours(24));
    let announced = told.and_then(|told| case.first_since(&["announced"], told));
    sheet.plain("announced", "case", due, announced, told.is_some());
    let verdict = case.first_of(&["confirmed", "rejected"]);
    sheet.plain("investigated", "case", None, verdict, true);
    for (kind, id, since) in case.reporters() {
        if kind == "internal" {
            continue;
        }
        sheet.row("answers-are-acknowledged", &id, None, End::Dormant);
        let due = case.working_days_after(verdict.unwrap().max(since), days_to_tell);
        let name = format!("{kind}:{id}");
        let told = case
            .all("reported-back")
            .find(|event| text(&event.fields, "reporter") == name)
            .map(|event| event.at);
        sheet.plain("findings-delivered", &id, Some(due), told, true);
    }
    let Some(confirmed) = case.confirmed() else {
        return sheet.rows;
    };
    sheet.plain("shared-with-cert", "case", None, case.first("shared-with-cert"), true);
    if case.third_party() {
        sheet.plain("provider-score", "case", None, case.first("scored"), true);
        let (high, since) = class(case, confirmed);
        let window = Window {
            since,
            scored: since,
            raised: false,
            until: None,
        };
        if high {
            urgent(&mut sheet, "third-party", "-high", window)
        } else {
            quiet(&mut sheet, "third-party-normal", window)
        }
        return sheet.rows;
    }
    if let Some(window) = case.band(7.0, 10.0, confirmed) {
        urgent(&mut sheet, "own", "-high", window);
    }
    if let Some(window) = case.band(1.0, 6.9, confirmed) {
        quiet(&mut sheet, "own-medium", window);
    }
    sheet.rows
}

/// Whether a flaw of a supplier is high, and since when that, or the reverse, is known.
fn class(case: &Case, confirmed: Timestamp) -> (bool, Timestamp) {
    let (scored, score) = case.scores()[0];
    let judged = case.all("judged").next().unwrap();
    let attention = judged.fields["public-attention"].as_bool().unwrap();
    let exploited = text(&judged.fields, "exploit") != "none";
    let criteria = [(score >= 7.0, scored), (attention, judged.at), (exploited, judged.at)];
    if criteria.iter().all(|(met, _)| *met) {
        return (true, confirmed.max(scored).max(judged.at));
    }
    let first_no = criteria
        .iter()
        .filter(|(met, _)| !*met)
        .map(|(_, at)| *at)
        .min()
        .unwrap();
    (false, confirmed.max(first_no))
}

/// What is told in an advisory.
fn urgent(sheet: &mut Sheet<'_>, origin: &str, word: &str, window: Window) {
    let case = sheet.case;
    let line = &case.lines[0];
    let fixed = case.fixed(line);
    let told = case.first("advisory-published");
    let due = case.working_hours_after(window.since, 72);
    let end = case.judge_until(Some(due), told, window.until);
    sheet.row(&format!("{origin}-advisory-due"), "case", Some(due), end);

    let revised = format!("{origin}-advisory-revised");
    match (told, fixed) {
        (Some(told), Some(fixed)) => {
            let start = told.max(fixed).max(if window.raised { window.scored } else { told });
            let due = case.days_after(start, 0);
            let done = case.first_since(&["advisory-revised", "advisory-published"], start);
            let end = case.judge_until(Some(due), done, window.until);
            sheet.row(&revised, &line.name, Some(due), end);
        }
        _ if window.until.is_some() => sheet.row(&revised, &line.name, None, End::Ended),
        _ => sheet.row(&revised, &line.name, None, End::Dormant),
    }
    defect(sheet, &format!("{origin}{word}-defect"), window);

    let fix = format!("{origin}{word}-fix");
    match case.first("fix-ready") {
        Some(ready) => {
            let due = case.next_release(line, ready, fixed.unwrap_or(case.now));
            let end = case.judge_until(due, fixed, window.until);
            sheet.row(&fix, &line.name, due, end);
        }
        None if window.until.is_some() => sheet.row(&fix, &line.name, None, End::Ended),
        None => sheet.row(
            &fix,
            &line.name,
            None,
            if fixed.is_some() { End::Met } else { End::Dormant },
        ),
    }
    let end = case.judge_until(None, fixed, window.until);
    sheet.row(&format!("{fix}-soon"), &line.name, None, end);
}

/// What is told in release notes.
fn quiet(sheet: &mut Sheet<'_>, name: &str, window: Window) {
    let case = sheet.case;
    let line = &case.lines[0];
    let fixed = case.fixed(line);
    defect(sheet, &format!("{name}-defect"), window);
    let due = case.months_after(case.confirmed().unwrap(), 6);
    let end = case.judge_until(Some(due), fixed, window.until);
    sheet.row(&format!("{name}-fix"), &line.name, Some(due), end);
    let note = if name == "own-medium" {
        "own-release-note-due"
    } else {
        "third-party-normal-release-note"
    };
    let due = fixed.map(|fixed| case.days_after(fixed, 0));
    let told = case.first("release-note-published");
    match window.until {
        None => sheet.plain(note, &line.name, due, told, fixed.is_some()),
        Some(until) if due.is_none() || fixed.is_some_and(|fixed| fixed >= until) => {
            sheet.row(note, &line.name, due, End::Ended);
        }
        Some(_) => {
            let end = case.judge_until(due, told, window.until);
            sheet.row(note, &line.name, due, end);
        }
    }
}

fn defect(sheet: &mut Sheet<'_>, rule: &str, window: Window) {
    let case = sheet.case;
    let due = case.working_days_after(window.since, 1);
    let end = case.judge_until(Some(due), case.first("defect-created"), window.until);
    sheet.row(rule, &case.lines[0].name, Some(due), end);
}

/// What ends an attack for the overlay's final report.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    Any,
    FixOfLastLine,
}

/// The overlay, in its own zone.
pub(crate) fn overlay(case: &Case, measure: Measure) -> Vec<Row> {
    let mut sheet = Sheet { case, rows: Vec::new() };
    let rejected = case.first("rejected").is_some() && case.appealed().is_none();
    match case.first("attacks-seen") {
        Some(seen) => {
            let hours = |hours: i64| Some(seen + SignedDuration::from_hours(hours));
            sheet.plain(
                "early-warning",
                "case",
                hours(24),
                case.first_since(&["cra-early-warning-sent"], seen),
                true,
            );
            sheet.plain(
                "notification",
                "case",
                hours(72),
                case.first_since(&["cra-notification-sent"], seen),
                true,
            );
            let measure = measure_at(case, measure);
            let due = measure.map(|measure| case.days_after(measure, 14));
            let sent = measure.and_then(|measure| case.first_since(&["cra-final-report-sent"], measure));
            sheet.plain("final-report", "case", due, sent, measure.is_some());
            sheet.plain(
                "user-information",
                "case",
                None,
                case.first_since(&["users-informed"], seen),
                true,
            );
        }
        // Nobody has said whether it is exploited: what would be owed sleeps, unless the case was turned down or closed. A public exploit says
        // that it is available and no more.
        None if !rejected && case.first("closed").is_none() && case.first("exploit-public").is_none() => {
            for rule in ["early-warning", "notification", "final-report", "user-information"] {
                sheet.row(rule, "case", None, End::Dormant);
            }
        }
        None => {}
    }
    for rule in [
        "incident-early-warning",
        "incident-notification",
        "incident-final-report",
        "incident-user-information",
    ] {
        sheet.row(rule, "case", None, End::Dormant);
    }
    sheet.rows
}

/// The first measure on any line, or the fix of the last of the lines that still get one.
fn measure_at(case: &Case, measure: Measure) -> Option<Timestamp> {
    let tracks = case.tracks();
    let fixes = tracks.iter().map(|(line, _)| case.fixed(line));
    match measure {
        Measure::Any => {
            let helped = case.first_of(&["measure-available", "workaround-provided"]);
            fixes.flatten().chain(helped).min()
        }
        // The overlay has no fix that could be waived, so it waits for every line.
        Measure::FixOfLastLine => fixes.collect::<Option<Vec<_>>>()?.into_iter().max(),
    }
}

impl Case {
    /// Whether a line is sold where the overlay holds.
    pub(crate) fn sold_in(&self, market: &str) -> bool {
        self.lines.iter().any(|line| line.market == market)
    }

    /// The same case with its days counted elsewhere.
    pub(crate) fn counted_in(mut self, zone: &str) -> Case {
        self.zone = TimeZone::get(zone).unwrap();
        self
    }
}
