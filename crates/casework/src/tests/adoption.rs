//! Versions of policies, their days, and overlays by market.

use super::world::{Desk, NOZOMI, by, check_refused, incoming, policy_text, product, two};
use crate::receive::Incoming;

fn version(replacements: &[(&str, &str)]) -> String {
    let text = replacements.iter().fold(policy_text(NOZOMI), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    text.replacen("version   = \"1\"", "version   = \"2\"", 1)
}

fn overlay(id: &str, market: &str) -> String {
    policy_text("cra-article-14")
        .replacen("id        = \"cra-article-14\"", &format!("id        = \"{id}\""), 1)
        .replacen("effective = 2026-09-11", "effective = 2020-01-01", 1)
        .replacen("market    = [\"eu\"]", &format!("market    = [\"{market}\"]"), 1)
}

/// The ids of the policies that govern a case with this line, in their order.
async fn governing(desk: &Desk, line: &str) -> Vec<String> {
    let case = desk
        .receive(Incoming {
            brand: Some(NOZOMI.to_owned()),
            ..incoming("A flaw")
        })
        .await;
    desk.act(
        &case,
        &format!("confirmed = {{ origin = \"own\", products = [\"{line}\"] }}"),
    )
    .await;
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&case).unwrap();
    let policies = psirt::clock::governing(&board.house.policies, &case.facts);
    let mut ids: Vec<String> = policies.iter().map(|policy| policy.front.id.clone()).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn several_overlays_run_beside_a_policy_by_market() {
    let desk = Desk::open().await;
    for (id, market) in [("rules-eu", "eu"), ("rules-uk", "uk"), ("rules-jp", "jp")] {
        let adopted = desk
            .casework
            .adopt_policy(&two("lea", "ana"), "o.md", &overlay(id, market), &[])
            .await;
        assert!(adopted.unwrap().overlay);
    }
    for (name, markets) in [("Both", vec!["eu", "uk"]), ("None", vec!["us"])] {
        let mut line = product(name, NOZOMI, "on-prem");
        line.market = markets.into_iter().map(str::to_owned).collect();
        desk.casework.set_product(&by("lea"), line).await.unwrap();
    }
    assert_eq!(governing(&desk, "Both").await, [NOZOMI, "rules-eu", "rules-uk"]);
    assert_eq!(governing(&desk, "None").await, [NOZOMI]);
}

#[tokio::test]
async fn a_version_before_its_day_leaves_todays_cases_alone() {
    let desk = Desk::open().await;
    let later = version(&[("effective = 2023-09-22", "effective = 2029-06-01")]);
    let adopted = desk
        .casework
        .adopt_policy(&two("lea", "ana"), "n.md", &later, &[])
        .await
        .unwrap();
    assert!(adopted.waits);
    let waiting = overlay("rules-eu", "eu").replacen("effective = 2020-01-01", "effective = 2029-06-01", 1);
    let adopted = desk
        .casework
        .adopt_policy(&two("lea", "ana"), "o.md", &waiting, &[])
        .await
        .unwrap();
    assert!(adopted.waits && adopted.overlay);
    let case = desk.report("A flaw").await;
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&case).unwrap();
    let governing = psirt::clock::governing(&board.house.policies, &case.facts);
    let versions: Vec<&str> = governing.iter().map(|policy| policy.front.version.as_str()).collect();
    assert!(
        governing.iter().all(|policy| policy.front.id != "rules-eu"),
        "{versions:?}"
    );
    assert_eq!(board.policy_of(case).unwrap().front.version, "1");
}

/// A version whose day is past takes nothing back: cases from before its adoption keep the one that they were opened under.
#[tokio::test]
async fn a_version_governs_only_cases_that_are_opened_after_its_adoption() {
    let desk = Desk::open().await;
    let before = desk.report("Before").await;
    desk.wait_until("2028-01-10T09:00:00+01:00");
    let text = version(&[]);
    desk.casework
        .adopt_policy(&two("lea", "ana"), "n.md", &text, &[])
        .await
        .unwrap();
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&before).unwrap();
    assert_eq!(board.policy_of(case).unwrap().front.version, "1");
}

#[tokio::test]
async fn a_version_that_may_not_follow_is_refused() {
    let desk = Desk::open().await;
    let changed = policy_text(NOZOMI).replacen("Please practise", "We ask you to practise", 1);
    let lea = two("lea", "ana");
    check_refused(
        &desk,
        desk.casework.adopt_policy(&lea, "n.md", &changed, &[]),
        "adopted with another text",
    )
    .await;
    let older = version(&[("effective = 2023-09-22", "effective = 2020-01-01")]);
    check_refused(
        &desk,
        desk.casework.adopt_policy(&lea, "n.md", &older, &[]),
        "older than version 1",
    )
    .await;
    let mut acme = super::world::brand("acme", "Acme", "AC", "AC-{year}-{seq}");
    desk.casework
        .adopt_policy(&lea, "o.md", &overlay("rules-eu", "eu"), &[])
        .await
        .unwrap();
    acme.policy = "rules-eu".to_owned();
    check_refused(&desk, desk.casework.set_brand(&by("root"), acme), "is an overlay").await;
}
