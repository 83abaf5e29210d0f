//! Cases: what is refused, by whom, and what is recorded beside an event.

use super::world::{
    Desk, GUARDIAN, HIGH, NOZOMI, ROUTER, T128, VANTAGE, at, brand, by, check_refused, event, incoming, person,
    policy_text, product, two,
};
use crate::Incoming;
use jiff::Timestamp;
use psirt::case::embargo::may_leave;
use psirt::clock::facts::CaseFacts;
use psirt::clock::report::{Row, rows};
use psirt::clock::{Calendars, State, obligations};
use psirt::event::{Event, Kind};
use psirt::house::Role;
use psirt::story::Story;

#[tokio::test]
async fn a_refusal_names_its_clause_and_leaves_nothing() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    for (text, words) in [
        ("pause-asked = { rule = \"N3\" }", "§N3 of nozomi-networks"),
        (
            "waived = { rule = \"N3\", why = \"busy\" }",
            "waiving it needs a second person",
        ),
        ("not-affected = { product = \"Guardian\" }", "§N14 of nozomi-networks"),
        (
            "affected = { product = \"Toaster\" }",
            "no product line is named `Toaster`",
        ),
        (
            "scored = { vector = \"CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:L\", source = \"own\" }",
            "a lower band",
        ),
        (
            "overridden = { rule = \"nothing\", due = \"2027-01-01\", why = \"x\" }",
            "no promise of this case's policies",
        ),
    ] {
        check_refused(&desk, desk.casework.act(&by("lea"), &case, None, event(text)), words).await;
    }
    let ana = by("ana");
    let future = desk
        .casework
        .act(&ana, &case, Some(at("2026-12-01T00:00:00Z")), event("reviewed = {}"));
    check_refused(&desk, future, "has not happened yet").await;
    let open = desk.casework.act(&ana, "NN-2026-00000", None, event("reviewed = {}"));
    check_refused(&desk, open, "no such case, or not for you").await;
}

#[tokio::test]
async fn events_with_an_action_of_their_own_are_not_typed_in() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    for (text, words) in [
        ("advisory-published = {}", "order the advisory's release"),
        ("received = {}", "comes in by `candor report`"),
        (
            "release-shipped = { product = \"Guardian\", version = \"1\" }",
            "happens to a product line",
        ),
        (
            "policy-adopted = { policy = \"x\", version = \"1\" }",
            "adopted for the house",
        ),
    ] {
        check_refused(&desk, desk.casework.act(&by("ana"), &case, None, event(text)), words).await;
    }
}

#[tokio::test]
async fn an_act_of_two_people_needs_two() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    let casework = &desk.casework;
    let waive = || event("waived = { rule = \"N3\", product = \"Guardian\", why = \"the line ends\" }");
    check_refused(
        &desk,
        casework.act(&two("lea", "lea"), &case, None, waive()),
        "are the same",
    )
    .await;
    check_refused(&desk, casework.act(&by("ana"), &case, None, waive()), "is for: lead").await;
    check_refused(
        &desk,
        casework.adopt_policy(&two("lea", "lea"), "house", &policy_text("house"), &[]),
        "are the same",
    )
    .await;
    check_refused(
        &desk,
        casework.adopt_policy(&by("lea"), "house", &policy_text("house"), &[]),
        "act of two people",
    )
    .await;
    casework.act(&two("ana", "lea"), &case, None, waive()).await.unwrap();
    casework
        .adopt_policy(&two("lea", "ana"), "house", &policy_text("house"), &[])
        .await
        .unwrap();
}

#[tokio::test]
async fn an_administrator_hears_the_same_as_of_a_case_that_is_not_there() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    let casework = &desk.casework;
    let there = casework
        .act(&by("root"), &case, None, event("reviewed = {}"))
        .await
        .unwrap_err();
    let absent = casework
        .act(&by("ana"), "NN-2026-00000", None, event("reviewed = {}"))
        .await
        .unwrap_err();
    assert_eq!(there, absent);
    assert_eq!(casework.may_read(&by("root")).unwrap_err(), absent);
    casework.may_read(&by("audrey")).unwrap();
    check_refused(
        &desk,
        casework.act(&by("audrey"), &case, None, event("reviewed = {}")),
        "`audrey` is auditor",
    )
    .await;
}

#[tokio::test]
async fn the_first_product_of_another_brand_moves_the_case_to_its_policy() {
    let desk = Desk::open().await;
    let case = desk.report("A flaw in your router").await;
    desk.act(&case, "reviewed = {}").await;
    desk.act(
        &case,
        &format!("confirmed = {{ origin = \"own\", products = [\"{ROUTER}\"] }}"),
    )
    .await;
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&case).unwrap();
    let last = &case.entries.last().unwrap().event;
    assert!(
        matches!(last, Event::Repinned { policy, version, .. } if policy == T128 && version == "1"),
        "{last:?}"
    );
    assert_eq!(case.brand, T128);
    assert_eq!(board.policy_of(case).unwrap().front.id, T128);
}

#[tokio::test]
async fn one_flaw_in_both_brands_is_flagged_and_runs_on_both_policies() {
    let desk = Desk::open().await;
    let case = desk.report("A flaw in both").await;
    desk.act(
        &case,
        &format!("confirmed = {{ origin = \"own\", products = [\"{GUARDIAN}\", \"{ROUTER}\"] }}"),
    )
    .await;
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&case).unwrap();
    assert_eq!(case.brand, NOZOMI);
    assert!(
        case.view
            .conversation
            .last()
            .unwrap()
            .text
            .contains("products of 128 Technology and Nozomi Networks")
    );
    let policies: std::collections::BTreeSet<_> = board
        .obligations(case, desk.casework.now())
        .iter()
        .map(|obligation| obligation.policy.front.id.clone())
        .collect();
    assert_eq!(policies.into_iter().collect::<Vec<_>>(), [T128, NOZOMI]);
}

#[tokio::test]
async fn an_embargo_ends_by_what_the_world_knows() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    desk.act(
        &case,
        "embargo-proposed = { by = \"reporter\", until = \"2026-12-01\" }",
    )
    .await;
    desk.act(&case, "embargo-accepted = { by = \"vendor\" }").await;
    let leaves = |number: &str| may_leave(&desk.casework.board().case_of_number(number).unwrap().1.embargo);
    assert!(!leaves(&case));
    desk.act(&case, "made-public = { evidence = \"a talk\" }").await;
    assert!(leaves(&case));
}

#[tokio::test]
async fn a_release_on_its_line_fixes_the_cases_that_it_names() {
    let desk = Desk::open().await;
    let (case, other) = (desk.confirmed().await, desk.confirmed().await);
    let casework = &desk.casework;
    let wrong =
        event("release-shipped = { product = \"Guardian\", version = \"25.1.2\", fixes = [\"NN-2026-00000\"] }");
    check_refused(
        &desk,
        casework.line_event(&by("ana"), None, wrong),
        "no case has the number",
    )
    .await;
    check_refused(
        &desk,
        casework.line_event(&by("ana"), None, event("reviewed = {}")),
        "does not happen to a product line",
    )
    .await;
    let shipped = |number: &str| {
        event(&format!(
            "release-shipped = {{ product = \"Guardian\", version = \"25.1.2\", fixes = [\"{number}\"] }}"
        ))
    };
    let unconfirmed = desk.report("Perhaps an overflow").await;
    check_refused(
        &desk,
        casework.line_event(&by("ana"), None, shipped(&unconfirmed)),
        "something that was found: confirm NN-",
    )
    .await;
    desk.wait_until("2026-09-20T09:00:00Z");
    casework.line_event(&by("ana"), None, shipped(&case)).await.unwrap();
    let retracted = event("retracted = { event = \"confirmed\", why = \"a mistake\" }");
    check_refused(
        &desk,
        casework.act(&two("lea", "leo"), &case, None, retracted),
        "a shipped release holds the fix",
    )
    .await;
    let state = |number: &str| {
        let board = casework.board();
        let (_, case) = board.case_of_number(number).unwrap();
        let all = board.obligations(case, casework.now());
        all.iter()
            .find(|o| o.promise.ends == Kind::FixReleased && o.promise.clause == "N3")
            .map(|o| o.state)
    };
    assert_eq!(state(&case), Some(State::Met));
    assert_eq!(state(&other), Some(State::Running));
}

#[tokio::test]
async fn a_back_dated_release_that_rescues_a_promise_needs_a_second_person() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    desk.wait_until("2027-08-01T09:00:00Z");
    let release = || event("fix-released = { product = \"Guardian\", version = \"25.1.2\" }");
    let early = Some(at("2026-09-10T09:00:00Z"));
    check_refused(
        &desk,
        desk.casework.act(&by("ana"), &case, early, release()),
        "would make a late promise look kept",
    )
    .await;
    desk.casework
        .act(&two("ana", "ben"), &case, early, release())
        .await
        .unwrap();
}

#[tokio::test]
async fn the_house_is_opened_by_its_first_administrator() {
    let desk = Desk::empty().await;
    let casework = &desk.casework;
    check_refused(
        &desk,
        casework.receive(&by("ana"), incoming("early")),
        "nobody is called `ana`",
    )
    .await;
    check_refused(
        &desk,
        casework.set_person(&by("ana"), person("ana", Role::Analyst)),
        "needs an administrator",
    )
    .await;
    casework
        .set_person(&by("root"), person("root", Role::Administrator))
        .await
        .unwrap();
    check_refused(
        &desk,
        casework.set_person(&by("ana"), person("ana", Role::Lead)),
        "nobody is called `ana`",
    )
    .await;
    check_refused(
        &desk,
        casework.set_person(&by("root"), person("root", Role::Lead)),
        "needs an administrator",
    )
    .await;
    check_refused(
        &desk,
        casework.set_person(&by("root"), person("Ana B", Role::Lead)),
        "lower-case words",
    )
    .await;
    casework
        .set_person(&by("root"), person("lea", Role::Lead))
        .await
        .unwrap();
    check_refused(
        &desk,
        casework.set_brand(&by("lea"), brand("acme", "Acme", "AC", "{year}-{seq}")),
        "is for: administrator",
    )
    .await;
    for (name, prefix, pattern, words) in [
        ("Acme", "a-c", "{year}-{seq}", "no prefix of numbers"),
        ("Acme", "AC", "{year}", "holds {year} and {seq}"),
        ("Acme", "AC", "{year} {seq}", "holds {year} and {seq}"),
        ("", "AC", "{year}-{seq}", "brand.name"),
    ] {
        check_refused(
            &desk,
            casework.set_brand(&by("root"), brand("acme", name, prefix, pattern)),
            words,
        )
        .await;
    }
    casework
        .set_brand(&by("root"), brand("acme", "Acme", "AC", "{year}-{seq}"))
        .await
        .unwrap();
    check_refused(&desk, casework.receive(&by("root"), incoming("x")), "or not for you").await;
    check_refused(
        &desk,
        casework.set_product(&by("lea"), product("Box", "nope", "on-prem")),
        "no brand is called `nope`",
    )
    .await;
    check_refused(
        &desk,
        casework.set_product(&by("lea"), product("Box", "acme", "moon")),
        "is not a deployment",
    )
    .await;
}

#[tokio::test]
async fn a_faulty_or_known_policy_is_not_adopted() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let undecided = policy_text(NOZOMI)
        .replacen("by       = \"the PSIRT lead\"", "by       = \"\"", 1)
        .replacen("version   = \"1\"", "version   = \"2\"", 1);
    check_refused(
        &desk,
        casework.adopt_policy(&two("lea", "ana"), "n.md", &undecided, &[]),
        "undecided-reading",
    )
    .await;
    check_refused(
        &desk,
        casework.adopt_policy(&two("lea", "ana"), "n.md", "no policy", &[]),
        "cannot be adopted",
    )
    .await;
    check_refused(
        &desk,
        casework.adopt_policy(&two("lea", "ana"), "n.md", &policy_text(NOZOMI), &[]),
        "is adopted already",
    )
    .await;
    let overlay = casework
        .adopt_policy(&two("lea", "ana"), "cra.md", &policy_text("cra-article-14"), &[])
        .await
        .unwrap();
    assert!(overlay.overlay && overlay.promises > 0);
}

#[tokio::test]
async fn a_brand_may_run_under_a_policy_of_another_name() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    casework
        .adopt_policy(&two("lea", "ana"), "house.md", &policy_text("house"), &[])
        .await
        .unwrap();
    let mut acme = brand("acme", "Acme", "AC", "AC-{year}-{seq}");
    acme.policy = "house".to_owned();
    casework.set_brand(&by("root"), acme).await.unwrap();
    casework
        .set_product(&by("lea"), product("Box", "acme", "on-prem"))
        .await
        .unwrap();
    let case = desk
        .receive(Incoming {
            brand: Some("acme".to_owned()),
            ..incoming("A flaw in Box")
        })
        .await;
    desk.act(&case, "confirmed = { origin = \"own\", products = [\"Box\"] }")
        .await;
    let board = casework.board();
    let (_, case) = board.case_of_number(&case).unwrap();
    assert_eq!(
        board.policy_of(case).map(|policy| policy.front.id.as_str()),
        Some("house")
    );
    assert_eq!(case.brand, "acme");
}

/// The obligations of an exported story, read back, against those of the board, place numbers aside: a story counts its own.
pub(super) fn check_story(desk: &Desk, number: &str) {
    let board = desk.casework.board();
    let now = desk.casework.now();
    let (_, case) = board.case_of_number(number).unwrap();
    let there = without_places(rows(&board.obligations(case, now)));
    let written = desk.casework.story(number).unwrap().write();
    let story = Story::read(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
    let facts = CaseFacts::fold(&story.products, story.entries(), Timestamp::MAX);
    let calendars = Calendars::default();
    let policies: Vec<_> = board
        .house
        .policies
        .iter()
        .filter(|policy| story.policies.iter().any(|named| named.id == policy.front.id))
        .cloned()
        .collect();
    let here = without_places(rows(&obligations(&policies, &facts, &calendars, now)));
    assert!(!there.is_empty());
    assert_eq!(here, there, "{written}");
}

fn without_places(mut rows: Vec<Row>) -> Vec<Row> {
    for row in &mut rows {
        (row.proof.start_seq, row.proof.end_seq) = (None, None);
        let mut parts = row.proof.text.split("(event ");
        let head = parts.next().unwrap_or_default().to_owned();
        row.proof.text = parts.fold(head, |text, part| {
            let after = part.split_once(')').map_or("", |(_, after)| after);
            format!("{text}(event){after}")
        });
    }
    rows
}

#[tokio::test]
async fn an_exported_story_gives_the_same_obligations() {
    let desk = Desk::open().await;
    let plain = desk.report("Just arrived").await;
    check_story(&desk, &plain);
    let moved = desk.report("A flaw in your router").await;
    desk.act(
        &moved,
        &format!("confirmed = {{ origin = \"own\", products = [\"{ROUTER}\"] }}"),
    )
    .await;
    desk.act(&moved, &format!("scored = {{ vector = \"{HIGH}\" }}")).await;
    check_story(&desk, &moved);
    let both = desk
        .receive(Incoming {
            products: vec![VANTAGE.to_owned()],
            reporter_kind: "customer:c-17".to_owned(),
            ..incoming("Vantage")
        })
        .await;
    desk.act(
        &both,
        &format!("confirmed = {{ origin = \"own\", products = [\"{VANTAGE}\", \"{ROUTER}\"] }}"),
    )
    .await;
    desk.act(&both, &format!("scored = {{ vector = \"{HIGH}\" }}")).await;
    let noted = desk.act(&both, "noted = { text = \"a mistake\" }").await;
    desk.act(
        &both,
        &format!("retracted = {{ event = {}, why = \"wrong case\" }}", noted.seq),
    )
    .await;
    let judged = desk.act(&both, "judged = { exploit = \"available\" }").await;
    desk.act(
        &both,
        &format!("retracted = {{ event = {}, why = \"it was none\" }}", judged.seq),
    )
    .await;
    check_story(&desk, &both);
    let planned =
        "release-planned = { product = \"Guardian\", version = \"25.1.2\", date = 2026-11-02, freeze = 2026-10-20 }";
    desk.casework
        .line_event(&by("ana"), None, event(planned))
        .await
        .unwrap();
    let fixed = desk.fixed().await;
    let shipped =
        format!("release-shipped = {{ product = \"Guardian\", version = \"25.1.2\", fixes = [\"{fixed}\"] }}");
    desk.casework
        .line_event(&by("ana"), None, event(&shipped))
        .await
        .unwrap();
    desk.wait_until("2026-12-24T12:00:00Z");
    for number in [&plain, &moved, &both, &fixed] {
        check_story(&desk, number);
    }
}

/// Somebody is faster at every look: once the decision is made anew, then it is theirs, and nothing of ours is kept.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_overtaken_twice_is_told_by_whom_and_with_what() {
    let desk = Desk::open().await;
    let twin = desk.twin().await;
    let case = desk.confirmed().await;
    let (stream, _) = crate::act::find_case(&desk.casework.board(), &case).unwrap();
    for (overtaken, expect_conflict) in [(1, false), (2, true)] {
        let looks = std::sync::atomic::AtomicU32::new(0);
        let decide = |_: &crate::replica::Replica, now| {
            if looks.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < overtaken {
                let note = event("noted = { text = \"I was here\" }");
                let ben = by("ben");
                let faster = twin.act(&ben, &case, None, note);
                tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(faster)).unwrap();
            }
            let what = psirt::body::What::Case(event("noted = { text = \"mine\" }"));
            Ok((crate::plan::Plan::one(&by("ana"), &stream, now, what), ()))
        };
        let outcome = desk.casework.record(decide).await;
        assert_eq!(
            looks.into_inner(),
            2,
            "one decision, and one more on what the other left"
        );
        match outcome {
            Ok(_) => assert!(!expect_conflict),
            Err(error) => {
                assert!(
                    expect_conflict && matches!(error, crate::ActError::Conflict { .. }),
                    "{error}"
                );
                let told = format!("`noted` by ben was recorded in {stream} while you were about to record `noted`");
                assert!(error.to_string().contains(&told), "{error}");
            }
        }
    }
    desk.casework.refresh().await.unwrap();
    let texts: Vec<String> = desk
        .casework
        .board()
        .case(stream.as_str())
        .unwrap()
        .entries
        .iter()
        .filter_map(|entry| match &entry.event {
            psirt::event::Event::Noted { text } => Some(text.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(texts, ["I was here", "mine", "I was here", "I was here"]);
}

/// Back-dated, a release fixes in time what it names; the other late cases of its line stay late, and are no reason to refuse it.
#[tokio::test]
async fn a_back_dated_release_is_judged_for_the_cases_that_it_names_alone() {
    let desk = Desk::open().await;
    let late = desk.confirmed().await;
    desk.wait_until("2027-06-01T09:00:00Z");
    let fresh = desk.confirmed().await;
    desk.wait_until("2027-06-20T09:00:00Z");
    let ship = |version: &str, number: &str, at_: &str| {
        let text =
            format!("release-shipped = {{ product = \"Guardian\", version = \"{version}\", fixes = [\"{number}\"] }}");
        let at_ = at(at_);
        let casework = desk.casework.clone();
        async move { casework.line_event(&by("ana"), Some(at_), event(&text)).await }
    };
    check_refused(
        &desk,
        ship("25.1.2", &late, "2026-09-20T09:00:00Z"),
        "a late promise look kept",
    )
    .await;
    ship("25.1.3", &fresh, "2027-06-10T09:00:00Z").await.unwrap();
    ship("25.1.4", &fresh, "2026-09-20T09:00:00Z").await.unwrap();
}

#[tokio::test]
async fn no_end_lies_before_the_reopening_that_it_follows() {
    let desk = Desk::open().await;
    let case = desk.report("Not a flaw after all").await;
    let act = |at_: &str, text: &str| {
        let (casework, case) = (desk.casework.clone(), case.clone());
        let (at_, text) = (at(at_), text.to_owned());
        async move { casework.act(&two("lea", "ana"), &case, Some(at_), event(&text)).await }
    };
    desk.wait_until("2026-11-03T09:00:00Z");
    const REJECTED: &str = "rejected = { exit = \"cannot-reproduce\" }";
    act("2026-11-01T08:00:00Z", "acknowledged = {}").await.unwrap();
    act("2026-11-01T09:00:00Z", "reviewed = {}").await.unwrap();
    act("2026-11-01T10:00:00Z", REJECTED).await.unwrap();
    let reopened = "reopened = { why = \"it crashed again\" }";
    check_refused(
        &desk,
        act("2026-11-01T09:30:00Z", reopened),
        "did not happen before the case was ended",
    )
    .await;
    act("2026-11-02T10:00:00Z", reopened).await.unwrap();
    check_refused(
        &desk,
        act("2026-11-02T09:00:00Z", REJECTED),
        "did not happen before the case was reopened",
    )
    .await;
    act("2026-11-02T11:00:00Z", REJECTED).await.unwrap();
}

#[tokio::test]
async fn only_a_release_that_was_planned_moves_or_is_cancelled() {
    let desk = Desk::open().await;
    let line = async |text: &str| desk.casework.line_event(&by("ana"), None, event(text)).await;
    line("release-planned = { product = \"Guardian\", version = \"25.2.0\", date = 2026-11-02 }")
        .await
        .unwrap();
    for wrong in [
        "release-moved = { product = \"Guardian\", version = \"25.20\", date = 2026-12-02 }",
        "release-cancelled = { product = \"Guardian\", version = \"25.20\" }",
        "release-cancelled = { product = \"Vantage\", version = \"25.2.0\" }",
    ] {
        check_refused(&desk, line(wrong), "was ever planned: correct the version").await;
    }
    for right in [
        "release-moved = { product = \"Guardian\", version = \"25.2.0\", date = 2026-12-02 }",
        "release-cancelled = { product = \"Guardian\", version = \"25.2.0\" }",
    ] {
        line(right).await.unwrap();
    }
}
