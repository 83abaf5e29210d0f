//! What every shipped policy makes of a case of which nothing is affected (N14, D19): it is published if wished, and told how it ends.

use super::*;
use crate::case::embargo::Embargo;
use crate::case::missing::missing;

const WITH_REASON: &str = "not-affected = { product = \"Sensor\", justification = \"vulnerable_code_not_present\" }";
const WITHOUT: &str = "not-affected = { product = \"Sensor\" }";

/// A case whose only line was judged like this, and whose reporter was told and asked.
fn judged(verdict: &str, further: &str) -> String {
    let events = [
        at("2026-10-01T08:00:00+02:00", "received = { by = \"external\" }"),
        at("2026-10-01T09:00:00+02:00", "reviewed = {}"),
        at("2026-10-01T10:00:00+02:00", verdict),
        at("2026-10-01T11:00:00+02:00", "reported-back = {}"),
        at("2026-10-01T12:00:00+02:00", "credit = { choice = \"no\" }"),
    ];
    onprem(&[&events.concat(), further].concat())
}

/// A statement of *not affected* may go out under each policy, without score, band, impact or instructions; `refused` names the policies
/// that ask for what it does not have.
fn check_publication(verdict: &str, refused: &[&str]) {
    let story = judged(verdict, &at("2026-10-02T09:00:00+02:00", "advisory-published = {}"));
    for id in ["nozomi-networks", "128-technology", "house"] {
        let policy = shipped(&[id], &[]).remove(0);
        let judged = judge_last(&policy, &story, &Prepared::without_instructions());
        assert_eq!(judged.is_err(), refused.contains(&id), "{id}: {judged:?}");
    }
}

#[test]
fn not_affected_with_its_reason_is_published_under_every_policy() {
    check_publication(WITH_REASON, &[]);
    check_publication(WITHOUT, &["nozomi-networks", "128-technology", "house"]);
}

#[test]
fn a_case_of_which_nothing_is_affected_is_told_how_it_ends() {
    let story = Story::read(&judged(WITH_REASON, "")).unwrap();
    let entries: Vec<Entry> = story.entries().cloned().collect();
    let now: Timestamp = "2026-10-02T09:00:00+02:00".parse().unwrap();
    let facts = CaseFacts::fold(&story.products, &entries, now);
    let (_, needs) = missing(
        &facts,
        &CaseView::fold(&entries),
        &Embargo::default(),
        Some(nozomi()),
        &[],
        now,
    );
    assert_eq!(needs[0].text, "Rejected with exit not-affected", "{needs:?}");
}
