//! The archive: 200 closed cases of three years, plausible and invented, the same bytes at every run.
//!
//! Owns their histories, drawn from a fixed seed. Never computes what a policy makes of them: no due date is used here.

#![expect(clippy::unwrap_used, reason = "the dates of the archive are its own, and they exist")]

use jiff::civil::{self, Date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _, Zoned};
use std::fmt::Write as _;

const CASES: u64 = 200;
const FIRST_DAY: Date = civil::date(2023, 9, 4);
/// The last case is opened this many days after the first.
const DAYS: i64 = 800;

/// Vectors with their band under the first policy: critical, high, medium or low.
const HIGH: [&str; 3] = [
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
];
const MEDIUM: [&str; 4] = [
    "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N",
    "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:L/I:L/A:N",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:N/A:N",
    "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N",
];

/// File names and texts, in their order.
pub(crate) fn archive() -> Vec<(String, String)> {
    (0..CASES).map(case).collect()
}

/// A deterministic source of numbers (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `low` to `high`, both included.
    fn within(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1) as u64) as i64
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.next() % 100 < chance
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.next() as usize % list.len()]
    }
}

/// A case that is being told.
struct Telling {
    dice: Dice,
    zone: TimeZone,
    head: String,
    events: Vec<(Timestamp, String)>,
}

impl Telling {
    fn tell(&mut self, at: Timestamp, event: impl Into<String>) {
        self.events.push((at, event.into()));
    }

    fn hours(&mut self, from: Timestamp, low: i64, high: i64) -> Timestamp {
        let minutes = self.dice.within(low * 60, high * 60);
        from + SignedDuration::from_mins(minutes)
    }

    fn days(&mut self, from: Timestamp, low: i64, high: i64) -> Timestamp {
        self.hours(from, low * 24, high * 24)
    }

    fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone.clone())
    }

    fn line(&mut self, name: &str, deployment: &str, market: &str, releases: &[(String, Date)]) {
        let _ = writeln!(
            self.head,
            "[[product]]\nname = \"{name}\"\ndeployment = \"{deployment}\"\nmarket = [\"{market}\"]"
        );
        if !releases.is_empty() {
            self.head.push_str("releases = [\n");
            for (version, date) in releases {
                let freeze = *date - 10.days();
                let _ = writeln!(
                    self.head,
                    "  {{ version = \"{version}\", date = {date}, freeze = {freeze} }},"
                );
            }
            self.head.push_str("]\n");
        }
        self.head.push('\n');
    }

    /// The report, its number, the first look at it. Gives the instant of receipt.
    fn received(&mut self, day: i64, reporter: &str) -> Timestamp {
        let date = FIRST_DAY + day.days();
        let hour = self.dice.within(0, 23) as i8;
        let minute = self.dice.within(0, 59) as i8;
        let opened = date
            .at(hour, minute, 0, 0)
            .to_zoned(self.zone.clone())
            .unwrap()
            .timestamp();
        self.tell(opened, format!("received = {{ by = \"{reporter}\" }}"));
        let minutes = if self.dice.percent(7) {
            self.dice.within(6, 50)
        } else {
            self.dice.within(0, 4)
        };
        self.tell(opened + SignedDuration::from_mins(minutes), "acknowledged = {}");
        opened
    }

    fn reviewed(&mut self, from: Timestamp) -> Timestamp {
        let most = if self.dice.percent(10) { 110 } else { 60 };
        let reviewed = self.hours(from, 2, most);
        self.tell(reviewed, "reviewed = {}");
        reviewed
    }

    fn scored(&mut self, at: Timestamp, vector: &str, source: &str) {
        self.tell(
            at,
            format!("scored = {{ vector = \"{vector}\", source = \"{source}\" }}"),
        );
    }

    /// The last instant told so far.
    fn last(&self) -> Timestamp {
        self.events.iter().map(|(at, _)| *at).max().unwrap()
    }

    fn written(mut self, policies: &str) -> String {
        let last = self.last();
        let closed = self.days(last, 1, 6);
        self.tell(closed, "closed = {}");
        self.events.sort_by_key(|(at, _)| *at);
        let mut text = format!("{policies}\n{}", self.head);
        for (at, event) in &self.events {
            let at = at.display_with_offset(self.zone.to_offset(*at));
            let _ = write!(text, "[[event]]\nat = {at}\nby = \"A\"\n{event}\n\n");
        }
        text.truncate(text.trim_end().len());
        text + "\n"
    }
}

fn case(index: u64) -> (String, String) {
    let first = index % 5 < 3;
    let zone = if first { "Europe/Zurich" } else { "America/New_York" };
    let mut telling = Telling {
        dice: Dice(0x5eed_0000 + index),
        zone: TimeZone::get(zone).unwrap(),
        head: String::new(),
        events: Vec::new(),
    };
    let day = index as i64 * DAYS / CASES as i64;
    let draw = telling.dice.within(0, 99);
    let overlay = first && telling.dice.percent(75);
    if first {
        match draw {
            0..=13 => out_of_scope(&mut telling, day, false),
            14..=17 => out_of_scope(&mut telling, day, true),
            18..=22 => not_affected(&mut telling, day),
            23..=40 => component(&mut telling, day, overlay),
            41..=60 => service(&mut telling, day, overlay),
            _ => installed(&mut telling, day, overlay),
        }
    } else {
        match draw {
            0..=14 => no_vulnerability(&mut telling, day),
            15..=39 => router_component(&mut telling, day),
            40..=66 => router_high(&mut telling, day),
            _ => router_medium(&mut telling, day),
        }
    }
    let policies = match (first, overlay) {
        (true, false) => "policy = \"nozomi-networks\"\n",
        (true, true) => "[[policy]]\nid = \"nozomi-networks\"\n\n[[policy]]\nid = \"cra-article-14\"\n",
        (false, _) => "policy = \"128-technology\"\n",
    };
    let text = telling.written(policies);
    (format!("case-{:03}.story.toml", index + 1), text)
}

fn reporter(telling: &mut Telling) -> String {
    let number = telling.dice.within(1, 400);
    match telling.dice.within(0, 9) {
        0 => "internal:qa".to_owned(),
        1 | 2 => format!("customer:c{number}"),
        _ => format!("external:r{number}"),
    }
}

fn market(overlay: bool) -> &'static str {
    if overlay { "eu" } else { "us" }
}

/// Turned down by an entry of the list; after an appeal, confirmed and fixed after all.
fn out_of_scope(telling: &mut Telling, day: i64, appealed: bool) {
    let releases = releases(telling, day);
    telling.line("Sensor", "on-prem", "us", &releases);
    let reporter = reporter(telling);
    let opened = telling.received(day, &reporter);
    let reviewed = telling.reviewed(opened);
    let clause = telling
        .dice
        .of(&["N34.1", "N34.3", "N34.6", "N34.9", "N34.12", "N34.15", "N34.16"]);
    let decided = telling.hours(reviewed, 1, 30);
    telling.tell(
        decided,
        format!("scope-decided = {{ out = true, clause = \"{clause}\" }}"),
    );
    let rejected = decided + SignedDuration::from_mins(20);
    telling.tell(
        rejected,
        format!("rejected = {{ exit = \"out-of-scope\", clause = \"{clause}\" }}"),
    );
    if appealed {
        let again = telling.days(rejected, 2, 20);
        telling.tell(again, "appealed = {}");
        let confirmed = telling.hours(again, 10, 120);
        telling.tell(confirmed, "confirmed = { origin = \"own\", products = [\"Sensor\"] }");
        let vector = telling.dice.of(&MEDIUM);
        telling.scored(confirmed + SignedDuration::from_hours(3), vector, "own");
        let fixed = fix_on_a_release(telling, "Sensor", &releases, confirmed, 1);
        publish(telling, &[reporter], fixed);
    }
}

/// The code is there, and nobody can reach it.
fn not_affected(telling: &mut Telling, day: i64) {
    telling.line("Sensor", "on-prem", "us", &[]);
    let reporter = reporter(telling);
    let opened = telling.received(day, &reporter);
    let reviewed = telling.reviewed(opened);
    let judged = telling.days(reviewed, 1, 9);
    telling.tell(
        judged,
        "not-affected = { product = \"Sensor\", justification = \"vulnerable_code_not_in_execute_path\" }",
    );
    telling.tell(
        judged + SignedDuration::from_mins(5),
        "rejected = { exit = \"not-affected\" }",
    );
}

/// Four quarterly releases after a day.
fn releases(telling: &mut Telling, day: i64) -> Vec<(String, Date)> {
    let first = telling.dice.within(20, 80);
    let release = |step: i64| {
        let date = FIRST_DAY + (day + first + step * 91).days();
        (format!("{}.{}", date.year() - 2000, 1 + step), date)
    };
    (0..4).map(release).collect()
}

/// Ships the fix with the n-th planned release after an instant; sometimes the release is moved first. Gives the instant.
fn fix_on_a_release(
    telling: &mut Telling,
    line: &str,
    releases: &[(String, Date)],
    after: Timestamp,
    skip: usize,
) -> Timestamp {
    let earliest = telling.local(after).date() + 12.days();
    let coming: Vec<_> = releases.iter().filter(|(_, date)| *date > earliest).collect();
    let (version, mut date) = coming[skip.min(coming.len() - 1)].clone();
    if telling.dice.percent(30) {
        let told = date - telling.dice.within(1, 5).days();
        let told = told.at(11, 0, 0, 0).to_zoned(telling.zone.clone()).unwrap().timestamp();
        date += telling.dice.within(5, 40).days();
        telling.tell(
            told,
            format!("release-moved = {{ product = \"{line}\", version = \"{version}\", date = {date} }}"),
        );
    }
    let hour = telling.dice.within(7, 18) as i8;
    let shipped = date
        .at(hour, 30, 0, 0)
        .to_zoned(telling.zone.clone())
        .unwrap()
        .timestamp();
    telling.tell(
        shipped,
        format!("fix-released = {{ product = \"{line}\", version = \"{version}\" }}"),
    );
    shipped
}

/// Credit, and the advisory after the hold, or within a day of a leak.
fn publish(telling: &mut Telling, reporters: &[String], fixed: Timestamp) {
    for reporter in reporters.iter().filter(|reporter| !reporter.starts_with("internal")) {
        if telling.dice.percent(92) {
            let asked = telling.days(fixed, 1, 30);
            let choice = if telling.dice.percent(70) { "yes" } else { "no" };
            telling.tell(
                asked,
                format!("credit = {{ reporter = \"{reporter}\", choice = \"{choice}\" }}"),
            );
        }
    }
    let told = if telling.dice.percent(18) {
        let leaked = telling.days(fixed, 5, 60);
        let signal = telling.dice.of(&["made-public", "exploit-public"]);
        telling.tell(
            leaked,
            format!("{signal} = {{ evidence = \"a page of a third party\" }}"),
        );
        telling.hours(leaked, 3, 30)
    } else {
        let mut day = telling.local(fixed) + 90.days();
        while day.weekday().to_monday_one_offset() > 5 || holiday(day.date()) {
            day += 1.day();
        }
        let late = if telling.dice.percent(15) {
            telling.dice.within(1, 6)
        } else {
            0
        };
        let told = day.timestamp() + SignedDuration::from_hours(late * 24);
        let evening = telling
            .local(told)
            .date()
            .at(22, 30, 0, 0)
            .to_zoned(telling.zone.clone())
            .unwrap()
            .timestamp();
        told.max(told.min(evening) + SignedDuration::from_mins(telling.dice.within(0, 40)))
    };
    telling.tell(told, "advisory-published = {}");
}

/// Days on which nobody publishes; no promise is judged by this list.
fn holiday(day: Date) -> bool {
    const FIXED: [(i8, i8); 5] = [(1, 1), (5, 1), (8, 1), (12, 25), (12, 26)];
    let moving = [
        civil::date(2024, 3, 29),
        civil::date(2024, 4, 1),
        civil::date(2024, 5, 9),
        civil::date(2024, 5, 20),
        civil::date(2025, 4, 18),
        civil::date(2025, 4, 21),
        civil::date(2025, 5, 29),
        civil::date(2025, 6, 9),
        civil::date(2026, 4, 3),
        civil::date(2026, 4, 6),
        civil::date(2026, 5, 14),
        civil::date(2026, 5, 25),
    ];
    FIXED.contains(&(day.month(), day.day())) || moving.contains(&day)
}

/// A flaw of ours in what customers install.
fn installed(telling: &mut Telling, day: i64, overlay: bool) {
    let planned = releases(telling, day);
    let second = telling.dice.percent(45);
    telling.line("Sensor", "on-prem", market(overlay), &planned);
    if second {
        telling.line("Manager", "on-prem", market(overlay), &planned);
    }
    let mut reporters = vec![reporter(telling)];
    let opened = telling.received(day, &reporters[0]);
    let reviewed = telling.reviewed(opened);
    let confirmed = telling.days(reviewed, 0, 7);
    let late_line = second && telling.dice.percent(30);
    let products = if second && !late_line {
        "\"Sensor\", \"Manager\""
    } else {
        "\"Sensor\""
    };
    telling.tell(
        confirmed,
        format!("confirmed = {{ origin = \"own\", products = [{products}] }}"),
    );
    if late_line {
        let found = telling.days(confirmed, 2, 9);
        telling.tell(found, "affected = { product = \"Manager\" }");
    }
    let high = telling.dice.percent(45);
    let scored = telling.hours(confirmed, 0, 20);
    let (now, then) = if high {
        (&HIGH[..], &MEDIUM[..])
    } else {
        (&MEDIUM[..], &HIGH[..])
    };
    let vector = telling.dice.of(now);
    telling.scored(scored, vector, "own");
    let rescored = telling.dice.percent(20);
    if rescored {
        let at = telling.days(scored, 4, 10);
        let vector = telling.dice.of(then);
        telling.tell(
            at,
            format!("approved-by = \"B\"\nscored = {{ vector = \"{vector}\", source = \"own\", why = \"the conditions were misjudged\" }}"),
        );
    }
    if telling.dice.percent(25) {
        let joined = telling.days(confirmed, 1, 8);
        let name = format!("external:j{}", telling.dice.within(1, 400));
        telling.tell(joined, format!("report-joined = {{ reporter = \"{name}\" }}"));
        telling.tell(joined + SignedDuration::from_mins(3), "acknowledged = {}");
        reporters.push(name);
    }
    let attacked = overlay && telling.dice.percent(45);
    if attacked {
        let at = telling.days(confirmed, 3, 9);
        attacks(telling, at);
    }
    let urgent = high != rescored;
    let mut fixed = fix_line(telling, "Sensor", &planned, confirmed, urgent);
    let rule = if urgent { "onprem-high-fix" } else { "onprem-medium-fix" };
    if second && !late_line && telling.dice.percent(35) {
        let at = telling.days(confirmed, 11, 15);
        telling.tell(
            at,
            format!("approved-by = \"B\"\nwaived = {{ rule = \"{rule}\", product = \"Manager\", why = \"the last customer of the line leaves it\" }}"),
        );
    } else if second {
        fixed = fixed.max(fix_line(telling, "Manager", &planned, confirmed, urgent));
    } else if telling.dice.percent(18) {
        let at = telling.days(confirmed, 11, 16);
        let moved = telling.local(confirmed).date() + telling.dice.within(50, 220).days();
        telling.tell(
            at,
            format!("approved-by = \"B\"\noverridden = {{ rule = \"{rule}\", product = \"Sensor\", due = \"{moved}\", why = \"the fix needs a new bootloader\" }}"),
        );
    }
    if attacked {
        let at = telling.days(fixed, 3, 20);
        telling.tell(at, "cra-final-report-sent = {}");
    }
    publish(telling, &reporters, fixed);
}

/// The fix of an installed line: of its own for what is urgent, else with a release; sometimes withdrawn once.
fn fix_line(
    telling: &mut Telling,
    line: &str,
    planned: &[(String, Date)],
    confirmed: Timestamp,
    urgent: bool,
) -> Timestamp {
    if !urgent {
        let skip = usize::from(telling.dice.percent(25));
        return fix_on_a_release(
            telling,
            line,
            planned,
            confirmed + SignedDuration::from_hours(24 * 16),
            skip,
        );
    }
    let number = telling.dice.within(1, 9);
    let fixed = telling.days(confirmed, 17, 75);
    telling.tell(
        fixed,
        format!("fix-released = {{ product = \"{line}\", version = \"hot-{number}\" }}"),
    );
    if !telling.dice.percent(15) {
        return fixed;
    }
    let withdrawn = telling.days(fixed, 1, 4);
    telling.tell(
        withdrawn,
        format!("fix-withdrawn = {{ product = \"{line}\", version = \"hot-{number}\", why = \"it does not start on older hardware\" }}"),
    );
    let again = telling.days(withdrawn, 2, 20);
    telling.tell(
        again,
        format!("fix-released = {{ product = \"{line}\", version = \"hot-{number}b\" }}"),
    );
    again
}

/// Attacks, and what the overlay asks for then.
fn attacks(telling: &mut Telling, at: Timestamp) {
    telling.tell(at, "attacks-seen = { evidence = \"a customer's logs\" }");
    let warned = telling.hours(at, 3, 28);
    telling.tell(warned, "cra-early-warning-sent = {}");
    let notified = telling.hours(warned, 10, 50);
    telling.tell(notified, "cra-notification-sent = {}");
    if telling.dice.percent(70) {
        let told = telling.hours(notified, 1, 90);
        telling.tell(told, "users-informed = {}");
    }
}

/// A flaw of ours in a service.
fn service(telling: &mut Telling, day: i64, overlay: bool) {
    telling.line("Cloud", "saas", market(overlay), &[]);
    let reporter = reporter(telling);
    let opened = telling.received(day, &reporter);
    let reviewed = telling.reviewed(opened);
    let confirmed = telling.hours(reviewed, 1, 40);
    telling.tell(confirmed, "confirmed = { origin = \"own\", products = [\"Cloud\"] }");
    let high = telling.dice.percent(50);
    let vector = telling.dice.of(if high { &HIGH } else { &MEDIUM });
    telling.scored(confirmed + SignedDuration::from_mins(50), vector, "own");
    let (first, last) = if high { (4, 30) } else { (100, 900) };
    let helped = telling.hours(confirmed, first, last);
    if telling.dice.percent(80) {
        telling.tell(helped, "workaround-provided = { product = \"Cloud\" }");
    }
    let (first, last) = if high { (3, 36) } else { (40, 200) };
    let mut fixed = telling.days(helped, first, last);
    if telling.dice.percent(40) {
        telling.tell(fixed, "fix-deployed = { product = \"Cloud\", tenants = \"12/40\" }");
        fixed = telling.days(fixed, 1, 5);
    }
    telling.tell(fixed, "fix-deployed = { product = \"Cloud\", tenants = \"all\" }");
    if !reporter.starts_with("internal") && telling.dice.percent(90) {
        let asked = telling.hours(fixed, 1, 9);
        telling.tell(
            asked,
            format!("credit = {{ reporter = \"{reporter}\", choice = \"yes\" }}"),
        );
    }
    let most = if telling.dice.percent(25) { 40 } else { 3 };
    let told = telling.hours(fixed, 0, most);
    let mut day = telling.local(told);
    while day.weekday().to_monday_one_offset() > 5 || holiday(day.date()) {
        day += 1.day();
    }
    telling.tell(day.timestamp(), "advisory-published = {}");
}

/// A flaw of a supplier, in a sensor or in the service.
fn component(telling: &mut Telling, day: i64, overlay: bool) {
    let saas = telling.dice.percent(30);
    let line = if saas { "Cloud" } else { "Sensor" };
    telling.line(line, if saas { "saas" } else { "on-prem" }, market(overlay), &[]);
    let name = telling.dice.of(&["archive-reader", "tls-kit", "xml-core", "mini-db"]);
    let opened = telling.received(day, "internal:watch");
    let shipped = telling.days(opened, -200, -40);
    telling.tell(
        shipped,
        format!("component-shipped = {{ product = \"{line}\", version = \"24.1\", component = \"{name}\", component-version = \"1.4.0\" }}"),
    );
    let disclosed = telling.hours(opened, -30, -2);
    telling.tell(disclosed, format!("upstream-disclosed = {{ component = \"{name}\" }}"));
    let reviewed = telling.reviewed(opened);
    let confirmed = telling.hours(reviewed, 4, 60);
    telling.tell(
        confirmed,
        format!("confirmed = {{ origin = \"third-party\", products = [\"{line}\"] }}"),
    );
    let high = telling.dice.percent(50);
    let vector = telling.dice.of(if high { &HIGH } else { &MEDIUM });
    telling.scored(confirmed + SignedDuration::from_mins(30), vector, "provider");
    let waits = telling.dice.percent(45);
    let upstream = if waits {
        telling.days(confirmed, 5, 80)
    } else {
        telling.hours(disclosed, 0, 1)
    };
    telling.tell(
        upstream,
        format!("upstream-fix-released = {{ component = \"{name}\", version = \"1.4.2\" }}"),
    );
    if waits && telling.dice.percent(65) {
        let decided = telling.hours(confirmed, 20, 100);
        let review = match telling.dice.percent(40) {
            true => format!(
                ", review-by = \"{}\"",
                telling.local(decided).date() + telling.dice.within(20, 60).days()
            ),
            false => String::new(),
        };
        telling.tell(
            decided,
            format!("upstream-decision = {{ choice = \"wait\"{review}, why = \"the component is not reachable from outside\" }}"),
        );
    }
    if saas && telling.dice.percent(70) {
        let helped = telling.hours(confirmed, 4, 200);
        telling.tell(helped, format!("workaround-provided = {{ product = \"{line}\" }}"));
    }
    let fixed = telling.days(upstream.max(confirmed), 8, 75);
    telling.tell(
        fixed,
        format!("fix-released = {{ product = \"{line}\", version = \"24.2\" }}"),
    );
    if telling.dice.percent(80) {
        telling.tell(
            fixed + SignedDuration::from_mins(1),
            format!("component-shipped = {{ product = \"{line}\", version = \"24.2\", component = \"{name}\", component-version = \"1.4.2\" }}"),
        );
    }
    publish(telling, &[], fixed);
}

/// What a router does on purpose.
fn no_vulnerability(telling: &mut Telling, day: i64) {
    telling.line("Router", "on-prem", "us", &[]);
    let reporter = reporter(telling);
    let opened = telling.received(day, &reporter);
    let reviewed = telling.reviewed(opened);
    let rejected = telling.days(reviewed, 1, 12);
    findings(telling, &reporter, rejected);
    telling.tell(
        rejected,
        "rejected = { exit = \"not-a-vulnerability\", clause = \"T2\" }",
    );
}

/// The reporter hears the result about the time of the verdict.
fn findings(telling: &mut Telling, reporter: &str, verdict: Timestamp) {
    if !reporter.starts_with("internal") && telling.dice.percent(93) {
        let most = if telling.dice.percent(15) { 200 } else { 40 };
        let told = telling.hours(verdict, 1, most);
        telling.tell(told, format!("reported-back = {{ reporter = \"{reporter}\" }}"));
    }
}

/// An advisory within about three working days, and its announcement.
fn router_advisory(telling: &mut Telling, classified: Timestamp) -> Timestamp {
    let most = if telling.dice.percent(20) { 190 } else { 70 };
    let told = telling.hours(classified, 20, most);
    telling.tell(told, "advisory-published = {}");
    if telling.dice.percent(90) {
        let most = if telling.dice.percent(15) { 50 } else { 20 };
        let announced = telling.hours(told, 0, most);
        telling.tell(announced, "announced = {}");
    }
    told
}

/// Fix ready, fix in a release, the advisory revised.
fn router_fix(telling: &mut Telling, planned: &[(String, Date)], after: Timestamp) {
    let ready = telling.days(after, 6, 30);
    telling.tell(ready, "fix-ready = { product = \"Router\" }");
    let skip = usize::from(telling.dice.percent(20));
    let fixed = fix_on_a_release(telling, "Router", planned, ready, skip);
    let revised = if telling.dice.percent(20) {
        telling.days(fixed, 1, 4)
    } else {
        telling.hours(fixed, 0, 3)
    };
    telling.tell(revised, "advisory-revised = {}");
}

/// A flaw of ours for an advisory.
fn router_high(telling: &mut Telling, day: i64) {
    let planned = releases(telling, day);
    telling.line("Router", "on-prem", "us", &planned);
    let reporter = reporter(telling);
    let opened = telling.received(day, &reporter);
    let reviewed = telling.reviewed(opened);
    let confirmed = telling.days(reviewed, 0, 9);
    telling.tell(confirmed, "confirmed = { origin = \"own\", products = [\"Router\"] }");
    findings(telling, &reporter, confirmed);
    let raised = telling.dice.percent(25);
    let scored = telling.hours(confirmed, 0, 30);
    let mut classified = scored;
    if raised {
        let vector = telling.dice.of(&MEDIUM);
        telling.scored(scored, vector, "own");
        classified = telling.days(scored, 2, 5);
    }
    let vector = telling.dice.of(&HIGH);
    telling.scored(classified, vector, "own");
    let defect = telling.hours(scored, 1, 50);
    telling.tell(defect, "defect-created = { product = \"Router\", priority = \"high\" }");
    let told = router_advisory(telling, classified);
    router_fix(telling, &planned, told);
}

/// A flaw of ours for the release notes.
fn router_medium(telling: &mut Telling, day: i64) {
    let planned = releases(telling, day);
    telling.line("Router", "on-prem", "us", &planned);
    let reporter = reporter(telling);
    let opened = telling.received(day, &reporter);
    let reviewed = telling.reviewed(opened);
    let confirmed = telling.days(reviewed, 0, 9);
    telling.tell(confirmed, "confirmed = { origin = \"own\", products = [\"Router\"] }");
    findings(telling, &reporter, confirmed);
    let mut scored = telling.hours(confirmed, 0, 30);
    if telling.dice.percent(20) {
        let vector = telling.dice.of(&HIGH);
        telling.scored(scored, vector, "own");
        scored = telling.hours(scored, 5, 60);
    }
    let vector = telling.dice.of(&MEDIUM);
    telling.tell(
        scored,
        format!(
            "approved-by = \"B\"\nscored = {{ vector = \"{vector}\", source = \"own\", why = \"as the team sees it\" }}"
        ),
    );
    let defect = telling.hours(scored, 1, 60);
    telling.tell(
        defect,
        "defect-created = { product = \"Router\", priority = \"medium\" }",
    );
    in_release_notes(telling, &planned, scored);
}

fn in_release_notes(telling: &mut Telling, planned: &[(String, Date)], after: Timestamp) {
    let skip = usize::from(telling.dice.percent(45)) + usize::from(telling.dice.percent(25));
    let fixed = fix_on_a_release(telling, "Router", planned, after, skip);
    if telling.dice.percent(95) {
        let noted = if telling.dice.percent(15) {
            telling.days(fixed, 1, 9)
        } else {
            telling.hours(fixed, 0, 3)
        };
        telling.tell(noted, "release-note-published = { product = \"Router\" }");
    }
}

/// A flaw of a supplier in the router: high by three criteria, else normal.
fn router_component(telling: &mut Telling, day: i64) {
    let planned = releases(telling, day);
    telling.line("Router", "on-prem", "us", &planned);
    let opened = telling.received(day, "internal:watch");
    let name = telling.dice.of(&["routing-core", "ssh-kit", "dns-mini"]);
    telling.tell(
        opened + SignedDuration::from_mins(5),
        format!("upstream-disclosed = {{ component = \"{name}\" }}"),
    );
    let reviewed = telling.reviewed(opened);
    let confirmed = telling.hours(reviewed, 2, 60);
    telling.tell(
        confirmed,
        "confirmed = { origin = \"third-party\", products = [\"Router\"] }",
    );
    let high = telling.dice.percent(55);
    let vector = telling.dice.of(if high { &HIGH } else { &MEDIUM });
    let scored = telling.hours(confirmed, -1, 4);
    telling.scored(scored, vector, "provider");
    let attention = telling.dice.percent(75);
    let exploit = telling.dice.of(&["none", "available", "available", "active"]);
    let judged = telling.hours(confirmed, 0, 60);
    telling.tell(
        judged,
        format!("judged = {{ public-attention = {attention}, exploit = \"{exploit}\" }}"),
    );
    let classified = confirmed.max(scored).max(judged);
    let defect = telling.hours(classified, 1, 50);
    telling.tell(defect, "defect-created = { product = \"Router\", priority = \"high\" }");
    if high && attention && exploit != "none" {
        let told = router_advisory(telling, classified);
        router_fix(telling, &planned, told);
    } else {
        in_release_notes(telling, &planned, classified);
    }
}
