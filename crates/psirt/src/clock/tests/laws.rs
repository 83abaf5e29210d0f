//! Laws of the clocks over random histories.

use super::*;
use crate::event::{Entry, Event};
use proptest::prelude::*;

/// Read once: a law is tried hundreds of times.
fn cached(ids: &[&str]) -> Vec<Policy> {
    static POLICIES: std::sync::OnceLock<Vec<Policy>> = std::sync::OnceLock::new();
    let all = POLICIES.get_or_init(|| shipped(&[NN, T, "cra-article-14"], &[]));
    all.iter()
        .filter(|policy| ids.contains(&policy.front.id.as_str()))
        .cloned()
        .collect()
}

/// A history of plausible events, each with an instant in the first four months of 2026.
fn history() -> impl Strategy<Value = Vec<Entry>> {
    const EVENTS: &[&str] = &[
        "acknowledged = {}",
        "reviewed = {}",
        "scope-decided = { out = true, clause = \"N34.1\" }",
        "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
        "confirmed = { origin = \"third-party\", products = [\"Sensor\", \"Cloud\"] }",
        "affected = { product = \"Cloud\" }",
        "not-affected = { product = \"Sensor\" }",
        CRITICAL,
        MEDIUM,
        "judged = { public-attention = true, exploit = \"active\" }",
        "rejected = { exit = \"cannot-reproduce\" }",
        "appealed = {}",
        "release-planned = { product = \"Sensor\", version = \"2\", date = 2026-03-10 }",
        "release-moved = { product = \"Sensor\", version = \"2\", date = 2026-04-10 }",
        "release-shipped = { product = \"Sensor\", version = \"2\", fixes = false }",
        "workaround-provided = { product = \"Cloud\" }",
        "fix-ready = { product = \"Sensor\" }",
        "fix-released = { product = \"Sensor\", version = \"2\" }",
        "fix-deployed = { product = \"Cloud\", tenants = \"all\" }",
        "fix-withdrawn = { product = \"Sensor\", why = \"x\" }",
        "upstream-fix-released = { component = \"c\", version = \"1\" }",
        "upstream-decision = { choice = \"wait\" }",
        "made-public = {}",
        "support-ended = { product = \"Sensor\" }",
        "advisory-published = {}",
        "reported-back = {}",
        "waived = { rule = \"N3\", why = \"x\" }",
        "overridden = { rule = \"N3\", due = 2026-05-01, why = \"x\" }",
        "retracted = { event = 2, why = \"x\" }",
    ];
    let one = (0..EVENTS.len(), 0_i64..10_000_000, prop::option::of(0_i64..1_000_000));
    prop::collection::vec(one, 0..14).prop_map(|picks| {
        let first: Timestamp = "2026-01-05T08:00:00Z".parse().unwrap();
        let parse = |text: &str| -> Event {
            let (name, fields) = text.split_once(" = ").unwrap();
            let table: toml::Table = toml::from_str(&format!("x = {fields}")).unwrap();
            crate::story::read_event(name, table["x"].clone()).unwrap()
        };
        let received = Entry {
            seq: 1,
            at: first,
            recorded: first,
            by: String::new(),
            approved_by: None,
            event: Event::Received { by: None },
            case: None,
            report: None,
        };
        let rest = picks.into_iter().enumerate().map(|(index, (pick, after, late))| {
            let at = first + jiff::SignedDuration::from_secs(after);
            let recorded = at + jiff::SignedDuration::from_secs(late.unwrap_or(0));
            let seq = u32::try_from(index).unwrap() + 2;
            Entry {
                seq,
                at,
                recorded,
                by: "ada".into(),
                approved_by: Some("lea".into()),
                event: parse(EVENTS[pick]),
                case: None,
                report: None,
            }
        });
        std::iter::once(received).chain(rest).collect()
    })
}

fn lines() -> Vec<crate::story::ProductLine> {
    let story = Story::read("[[product]]\nname = \"Sensor\"\ndeployment = \"on-prem\"\n[[product]]\nname = \"Cloud\"\ndeployment = \"saas\"\nsupported-until = 2026-04-01").unwrap();
    story.products
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// The same history in any order gives the same obligations, and asking twice changes nothing.
    #[test]
    fn obligations_are_a_function_of_the_history(entries in history(), days in 0_i64..200, seed in any::<u64>()) {
        let policies = cached(&[NN]);
        let now: Timestamp = "2026-01-06T00:00:00Z".parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_hours(24 * days);
        let calendars = Calendars::default();
        let facts = CaseFacts::fold(&lines(), &entries, now);
        let one = report::rows(&obligations(&policies, &facts, &calendars, now));
        let mut shuffled = entries.clone();
        let len = shuffled.len();
        for i in (1..len).rev() {
            let mixed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(i as u64);
            shuffled.swap(i, usize::try_from(mixed % (i as u64 + 1)).unwrap());
        }
        let again = CaseFacts::fold(&lines(), &shuffled, now);
        prop_assert_eq!(&one, &report::rows(&obligations(&policies, &again, &calendars, now)));
    }

    /// States and dates agree with each other, whatever happened.
    #[test]
    fn states_and_dates_agree(entries in history(), days in 0_i64..400) {
        let policies = cached(&[NN, T, "cra-article-14"]);
        let now: Timestamp = "2026-01-06T00:00:00Z".parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_hours(24 * days);
        let calendars = Calendars::default();
        let facts = CaseFacts::fold(&lines(), &entries, now);
        for obligation in obligations(&policies, &facts, &calendars, now) {
            use super::super::State;
            let text = super::super::proof::text(&obligation);
            prop_assert!(text.contains(&obligation.promise.clause), "{}", text);
            match obligation.state {
                State::Breached | State::Overdue => {
                    let since = obligation.breached_at;
                    prop_assert!(since.is_some_and(|since| since <= now), "{text}");
                    prop_assert!(obligation.met_at.is_none() || obligation.met_at == since, "{text}");
                }
                State::Met | State::MetUnverified => {
                    prop_assert!(obligation.met_at.is_some_and(|met| met <= now && obligation.due.is_none_or(|due| met <= due)), "{text}");
                }
                State::MetLate => prop_assert!(obligation.met_at > obligation.breached_at, "{text}"),
                State::Running | State::DueSoon => {
                    prop_assert!(obligation.met_at.is_none());
                    let may = obligation.promise.duty == crate::policy::block::promise::Duty::May;
                    prop_assert!(may || obligation.due.is_none_or(|due| now <= due), "{text}");
                }
                State::Dormant | State::Waived | State::Superseded => {}
            }
            if let (Some(not_before), Some(scheduled)) = (obligation.not_before, obligation.scheduled) {
                prop_assert!(not_before <= scheduled, "{text}");
            }
        }
    }

    /// Nothing that is breached for a `must` becomes unbroken by waiting.
    #[test]
    fn waiting_never_mends(entries in history(), days in 0_i64..150, more in 1_i64..100) {
        let policies = cached(&[NN]);
        let calendars = Calendars::default();
        let late = entries.iter().map(|entry| entry.recorded).max().unwrap();
        let early = late + jiff::SignedDuration::from_hours(24 * days);
        let later = early + jiff::SignedDuration::from_hours(24 * more);
        let facts = CaseFacts::fold(&lines(), &entries, Timestamp::MAX);
        let before = report::rows(&obligations(&policies, &facts, &calendars, early));
        let after = report::rows(&obligations(&policies, &facts, &calendars, later));
        for row in before.iter().filter(|row| row.state == "breached") {
            let same = after.iter().find(|other| other.rule == row.rule && other.subject == row.subject && other.track == row.track);
            prop_assert!(same.is_some_and(|same| same.state == "breached"), "{row:?} became {same:?}");
        }
    }
}
