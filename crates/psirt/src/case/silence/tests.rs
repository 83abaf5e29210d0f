//! Who is silent, until when, and what ends: by one case of two reporters under the shipped policies. Never records anything.

use super::*;
use crate::clock::tests::shipped;
use crate::story::Story;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A case with two reporters from outside, and what happened since: `instant event` in each line.
fn facts(policy: &Policy, events: &str) -> CaseFacts {
    let policy = &policy.front.id;
    let heard = "2026-10-01T08:00:00Z received = { by = \"external:rita\" }
        2026-10-01T09:00:00Z report-joined = { reporter = \"customer:ben\" }";
    let mut story = format!("[[policy]]\nid = \"{policy}\"\n");
    for line in heard
        .lines()
        .chain(events.lines())
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        let (instant, event) = line.split_once(' ').unwrap();
        story.push_str(&format!("[[event]]\nat = {instant}\n{event}\n"));
    }
    let story = Story::read(&story).unwrap_or_else(|error| panic!("{error}\n{story}"));
    CaseFacts::fold(&story.products, story.entries(), Timestamp::MAX)
}

/// Who is silent at an instant, whether their answer is awaited, and whether the case ends.
fn check(events: &str, now: &str, silent: &[&str], awaited: bool, ends: bool) {
    let policy = shipped(&["nozomi-networks"], &[]).remove(0);
    let facts = facts(&policy, events);
    let now = at(now);
    let found = all(&facts, now);
    let names = found
        .iter()
        .map(|silence| facts.reporters[usize::from(silence.reporter.unwrap())].id.as_str());
    assert_eq!(names.collect::<Vec<_>>(), silent, "{events} at {now}");
    assert_eq!(is_awaited(&facts, Some(&policy), now), awaited, "{events} at {now}");
    let ended = ended_by(&facts, Some(&policy), now);
    assert_eq!(
        ended.map(|(clause, _)| clause),
        ends.then_some("N20"),
        "{events} at {now}"
    );
}

const ASKED: &str = "2026-10-02T08:00:00Z info-requested = {}";
/// The last second of day 30 in Zurich, which is an hour nearer to UTC by then.
const LAST: &str = "2026-11-01T22:59:59Z";
const OVER: &str = "2026-11-01T23:00:00Z";

#[test]
fn each_one_who_was_asked_answers_for_themselves() {
    let later = "2026-10-20T08:00:00Z";
    let both = &["rita", "ben"][..];
    let answered = |event: &str| format!("{ASKED}\n2026-10-10T08:00:00Z {event}");
    check(ASKED, later, both, true, false);
    check(
        &answered("info-received = { reporter = \"rita\" }"),
        later,
        &["ben"],
        true,
        false,
    );
    check(&answered("info-received = {}"), later, &[], false, false);
    check(
        "2026-10-02T08:00:00Z info-requested = { reporter = \"ben\" }",
        later,
        &["ben"],
        true,
        false,
    );
    // A second question is one more to answer.
    let again = answered("info-received = {}") + "\n2026-10-12T08:00:00Z info-requested = { reporter = \"rita\" }";
    check(&again, later, &["rita"], true, false);
    // Who joins later was not asked.
    let joined = answered("report-joined = { reporter = \"external:zoe\" }");
    check(&joined, later, both, true, false);
}

#[test]
fn the_days_end_with_the_thirtieth_one_in_the_zone_of_the_policy() {
    let both = &["rita", "ben"][..];
    check(ASKED, LAST, both, true, false);
    check(ASKED, OVER, both, false, true);
    // Asked a minute before midnight in Zurich, and a minute after it.
    for (asked, last) in [
        ("2026-10-02T21:59:00Z", "2026-11-01T22:59:59Z"),
        ("2026-10-02T22:01:00Z", "2026-11-02T22:59:59Z"),
    ] {
        let asked = format!("{asked} info-requested = {{}}");
        let over = at(last).checked_add(jiff::SignedDuration::from_secs(1)).unwrap();
        check(&asked, last, both, true, false);
        check(&asked, &over.to_string(), both, false, true);
    }
}

#[test]
fn one_reporters_silence_ends_nothing_that_another_one_speaks_for() {
    let one = "2026-10-02T08:00:00Z info-requested = { reporter = \"ben\" }";
    check(one, OVER, &["ben"], false, false);
    let answered = format!("{ASKED}\n2026-10-10T08:00:00Z info-received = {{ reporter = \"rita\" }}");
    check(&answered, LAST, &["ben"], true, false);
    check(&answered, OVER, &["ben"], false, false);
    let own = format!("2026-10-01T10:00:00Z report-joined = {{ reporter = \"internal\" }}\n{ASKED}");
    check(&own, OVER, &["rita", "ben", "internal"], false, false);
}

#[test]
fn what_was_decided_waits_for_nobody() {
    for event in [
        "rejected = { exit = \"cannot-reproduce\" }",
        "rejected = { exit = \"cannot-reproduce\" }\n2026-10-11T08:00:00Z reopened = { why = \"x\" }",
        "closed = {}",
    ] {
        check(
            &format!("{ASKED}\n2026-10-10T08:00:00Z {event}"),
            OVER,
            &[],
            false,
            false,
        );
    }
}

#[test]
fn a_reminder_comes_at_the_local_time_of_the_question() {
    let policy = shipped(&["nozomi-networks"], &[]).remove(0);
    // Between the question and the second reminder the clocks of Zurich go back.
    let facts = facts(&policy, "2026-10-14T08:00:00Z info-requested = {}");
    for (now, due) in [
        ("2026-10-21T07:59:59Z", 0),
        ("2026-10-21T08:00:00Z", 1),
        ("2026-10-28T08:59:59Z", 1),
        ("2026-10-28T09:00:00Z", 2),
        ("2026-12-28T09:00:00Z", 2),
    ] {
        let silence = all(&facts, at(now))[0];
        assert_eq!(reminders_due(Some(&policy), &silence, at(now)), due, "{now}");
        assert_eq!(reminders_due(None, &silence, at(now)), 0, "a policy that says nothing");
    }
    let technology = shipped(&["128-technology"], &[]).remove(0);
    let silence = all(&facts, at("2026-12-28T09:00:00Z"))[0];
    assert_eq!(
        reminders_due(Some(&technology), &silence, at("2026-12-28T09:00:00Z")),
        2
    );
    assert_eq!(
        end(Some(&technology), &silence),
        None,
        "silence alone ends no report there"
    );
}
