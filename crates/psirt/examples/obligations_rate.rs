//! Measures `obligations` over 10,000 open cases on one core. Prints; never judges.

use jiff::Timestamp;
use psirt::clock::facts::CaseFacts;
use psirt::clock::{Calendars, obligations};
use psirt::policy::{self, Policy};
use psirt::story::Story;
use std::hint::black_box;

const CASES: usize = 10_000;
const ROUNDS: usize = 9;

/// Four kinds of open cases, so that no branch is always taken.
const STORIES: [&str; 4] = [
    "confirmed = { origin = \"own\", products = [\"Sensor\", \"Cloud\"] }",
    "reviewed = {}",
    "confirmed = { origin = \"third-party\", products = [\"Sensor\"] }",
    "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
];

fn story(kind: usize) -> String {
    let mut text = String::from(
        "[[product]]\nname = \"Sensor\"\ndeployment = \"on-prem\"\nreleases = [{ version = \"25.2\", date = 2026-06-01, freeze = 2026-05-15 }]\n\
         [[product]]\nname = \"Cloud\"\ndeployment = \"saas\"\n",
    );
    let mut event =
        |day: u32, event: &str| text.push_str(&format!("[[event]]\nat = 2026-03-{day:02}T10:00:00+01:00\n{event}\n"));
    event(2, "received = { by = \"external\" }");
    event(2, "acknowledged = {}");
    event(3, STORIES[kind]);
    let score = if kind == 3 { "C:L/I:L/A:N" } else { "C:H/I:H/A:H" };
    let source = if kind == 2 { "provider" } else { "own" };
    event(
        3,
        &format!("scored = {{ vector = \"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/{score}\", source = \"{source}\" }}"),
    );
    event(4, "judged = { public-attention = false, exploit = \"none\" }");
    event(5, "reported-back = { reporter = \"external\" }");
    event(6, "defect-created = { product = \"Sensor\", priority = \"high\" }");
    event(9, "workaround-provided = { product = \"Cloud\" }");
    event(10, "fix-ready = { product = \"Sensor\" }");
    for note in 0..30 {
        event(11 + note % 15, "noted = { text = \"x\" }");
    }
    text
}

#[expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement reads files, a clock, and prints"
)]
fn main() {
    let read = |id: &str| -> Policy {
        let path = format!("{}/../../policies/{id}.policy.md", env!("CARGO_MANIFEST_DIR"));
        policy::read(&path, &std::fs::read_to_string(&path).unwrap()).0.unwrap()
    };
    let policies = [read("nozomi-networks"), read("cra-article-14")];
    let now: Timestamp = "2026-04-01T00:00:00Z".parse().unwrap();
    let stories: Vec<Story> = (0..STORIES.len())
        .map(|kind| Story::read(&story(kind)).unwrap())
        .collect();
    let cases: Vec<CaseFacts> = (0..CASES)
        .map(|index| {
            let story = &stories[index % stories.len()];
            CaseFacts::fold(&story.products, story.entries(), now)
        })
        .collect();
    let calendars = Calendars::default();
    let mut times = Vec::new();
    let mut count = 0;
    for _ in 0..ROUNDS {
        let start = std::time::Instant::now();
        count = cases
            .iter()
            .map(|case| black_box(obligations(&policies, case, &calendars, now)).len())
            .sum();
        times.push(start.elapsed());
    }
    times.sort();
    let events = stories.iter().map(|story| story.events.len()).sum::<usize>() / stories.len();
    println!("{CASES} open cases of {events} events: {count} obligations");
    let ms = |index: usize| times.get(index).map_or(0.0, |time| time.as_secs_f64() * 1e3);
    println!(
        "min {:.0} ms, median {:.0} ms, max {:.0} ms over {ROUNDS} rounds",
        ms(0),
        ms(ROUNDS / 2),
        ms(ROUNDS - 1)
    );
}
