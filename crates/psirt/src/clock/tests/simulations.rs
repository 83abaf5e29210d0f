//! Past cases run again under another text: which take part, and how they are counted and compared.

use super::small::{FIX, confirmed, policy};
use super::{at, onprem};
use crate::clock::simulate::{Count, Outcome, PastCase, Question, Simulation, simulate};
use crate::clock::{Calendars, State};
use crate::policy::{Policy, PolicyKind};
use crate::story::Story;

/// One case of each fate under a fix of ten days, and what fourteen days would have made of it: a row tells clause, rule, then due, met,
/// late, missed, open, ended and dormant under both, and how many moved.
fn simulated(since: Option<&str>) -> (Simulation, Vec<String>) {
    let fixed = |day: &str| at(day, "fix-released = { product = \"Sensor\", version = \"2\" }");
    let begun = confirmed("\"Sensor\"");
    let waived = at(
        "2026-01-06T09:00:00Z",
        "by = \"ada\"\napproved-by = \"bo\"\nwaived = { rule = \"fix\", why = \"end of life\" }",
    );
    let unconfirmed = at("2026-02-01T09:00:00Z", "received = {}");
    let stories = [
        ("kept", begun.clone() + &fixed("2026-01-10T09:00:00Z")),
        ("late", begun.clone() + &fixed("2026-01-17T09:00:00Z")),
        ("missed", begun.clone()),
        ("waived", begun.clone() + &waived),
        ("unconfirmed", unconfirmed),
        ("elsewhere", begun),
    ];
    let stories = stories.map(|(name, events)| {
        let policy = if name == "elsewhere" {
            "policy = \"other\"\n"
        } else {
            ""
        };
        let text = format!("{policy}{}", onprem(&events));
        let story = Story::read(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        (name, story)
    });
    let rule = |days: u32| ("fix", format!("{FIX}\nwithin = \"{days} days\""));
    let (id, keys) = rule(10);
    let told = "duty = \"aims\"\ndo = \"announced\"\nper = \"case\"\nstart = \"confirmed\"\nwithin = \"none\"";
    let old = policy(&[(id, &keys), ("told", told)]);
    let (id, keys) = rule(14);
    let new = policy(&[(id, &keys)]);
    let calendars = Calendars::default();
    let question = Question {
        old: std::slice::from_ref(&old),
        new: &new,
        calendars: &calendars,
        since: since.map(|since| since.parse().unwrap()),
        now: "2026-02-10T00:00:00Z".parse().unwrap(),
    };
    let cases = stories.iter().map(|(name, story)| PastCase { name, story });
    let simulation = simulate(&question, cases);
    let count = |c: Count| [c.due, c.met, c.late, c.missed, c.open, c.ended, c.dormant];
    let rows = simulation.clauses.iter().map(|totals| {
        let (old, new) = (count(totals.old), count(totals.new));
        format!("{} {} {old:?} {new:?} {}", totals.clause, totals.rule, totals.moved)
    });
    let rows = rows.collect();
    (simulation, rows)
}

#[test]
fn past_cases_are_counted_by_how_they_end_under_both_policies() {
    let (simulation, rows) = simulated(None);
    assert_eq!(
        (simulation.cases, simulation.left_out),
        (5, vec!["elsewhere".to_owned()])
    );
    assert_eq!(
        rows,
        [
            "§1 fix [3, 1, 1, 1, 0, 1, 1] [3, 2, 0, 1, 0, 1, 1] 4",
            "§2 told [4, 0, 0, 0, 4, 0, 1] [0, 0, 0, 0, 0, 0, 0] 5",
        ]
    );
    let of = |name: &str, rule: &str| {
        let mut all = simulation.obligations.iter();
        let found = all
            .find(|compared| compared.case == name && compared.rule == rule)
            .unwrap();
        let side = |side: &Option<Outcome>| {
            side.as_ref().map(|outcome| {
                let due = outcome.due.clone().unwrap_or_default();
                (outcome.state, due, outcome.waits_for.join(" "))
            })
        };
        (found.subject.clone(), side(&found.old), side(&found.new), found.moved)
    };
    let side = |state: State, due: &str, waits: &str| Some((state, due.to_owned(), waits.to_owned()));
    assert_eq!(
        of("late", "fix"),
        (
            "Sensor".to_owned(),
            side(State::MetLate, "2026-01-15T23:59:59+00:00", ""),
            side(State::Met, "2026-01-19T23:59:59+00:00", ""),
            true
        )
    );
    assert_eq!(
        of("unconfirmed", "fix"),
        (
            "Sensor".to_owned(),
            side(State::Dormant, "", "confirmed"),
            side(State::Dormant, "", "confirmed"),
            false
        )
    );
    assert_eq!(
        of("kept", "told"),
        ("case".to_owned(), side(State::Running, "", ""), None, true)
    );
}

#[test]
fn cases_that_were_opened_before_the_day_are_left_out() {
    let (simulation, rows) = simulated(Some("2026-02-01"));
    assert_eq!(simulation.left_out, ["kept", "late", "missed", "waived", "elsewhere"]);
    assert_eq!(rows[0], "§1 fix [0, 0, 0, 0, 0, 0, 1] [0, 0, 0, 0, 0, 0, 1] 0");
    assert_eq!(simulated(Some("2026-02-02")).0.cases, 0);
}

/// A story that names policies means these; an overlay runs beside whatever it names.
#[test]
fn a_policy_is_simulated_over_the_cases_that_it_governs() {
    let (text, calendars) = (format!("{FIX}\nwithin = \"10 days\""), Calendars::default());
    let mut new = policy(&[("fix", &text)]);
    let taken = |new: &Policy, named: &str| {
        let story = Story::read(&format!("{named}{}", onprem(&confirmed("\"Sensor\"")))).unwrap();
        let question = Question {
            old: std::slice::from_ref(new),
            new,
            calendars: &calendars,
            since: None,
            now: "2026-02-10T00:00:00Z".parse().unwrap(),
        };
        let cases = [PastCase {
            name: "one",
            story: &story,
        }];
        simulate(&question, cases).cases == 1
    };
    let (own, other) = ("policy = \"small\"\n", "policy = \"other\"\n");
    assert_eq!(
        [taken(&new, ""), taken(&new, own), taken(&new, other)],
        [true, true, false]
    );
    new.front.kind = PolicyKind::Overlay;
    assert_eq!(
        [taken(&new, ""), taken(&new, own), taken(&new, other)],
        [true, true, true]
    );
}

/// Lines of one promise are compared each with itself, even where the other text leaves one out.
#[test]
fn each_line_is_compared_with_itself() {
    let fix = format!("{FIX}\nwithin = \"10 days\"");
    let old = policy(&[
        ("help", &fix.replace("fix-released", "workaround-provided")),
        ("fix", &fix),
    ]);
    let new = policy(&[(
        "fix",
        &format!("{FIX}\nwhen = {{ deployment = \"saas\" }}\nwithin = \"14 days\""),
    )]);
    let lines = "[[product]]\nname = \"Sensor\"\ndeployment = \"on-prem\"\n[[product]]\nname = \"Cloud\"\ndeployment = \"saas\"\n";
    let fixed = at("2026-01-10T09:00:00Z", "fix-released = { product = \"Cloud\" }");
    let story = Story::read(&format!("{lines}{}{fixed}", confirmed("\"Sensor\", \"Cloud\""))).unwrap();
    let calendars = Calendars::default();
    let question = Question {
        old: std::slice::from_ref(&old),
        new: &new,
        calendars: &calendars,
        since: None,
        now: "2026-02-10T00:00:00Z".parse().unwrap(),
    };
    let simulation = simulate(
        &question,
        [PastCase {
            name: "one",
            story: &story,
        }],
    );
    let side = |side: &Option<Outcome>| side.as_ref().map(|outcome| outcome.state);
    let found: Vec<_> = simulation
        .obligations
        .iter()
        .map(|one| {
            (
                one.rule.as_str(),
                one.track.as_deref(),
                side(&one.old),
                side(&one.new),
                one.moved,
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("fix", Some("Cloud"), Some(State::Met), Some(State::Met), true),
            ("help", Some("Sensor"), Some(State::Breached), None, true),
            ("help", Some("Cloud"), Some(State::Breached), None, true),
            ("fix", Some("Sensor"), Some(State::Breached), None, true),
        ]
    );
}
