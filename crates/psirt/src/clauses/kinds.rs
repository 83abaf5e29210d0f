//! Every kind of block does something: without all blocks of a kind, a story goes another way.

use super::*;

/// Checks that a proof holds under a policy, and not under the same policy without some of its blocks.
fn check_kind(policy: &Policy, proof: fn(&Policy) -> Proof, remove: impl FnOnce(&mut Policy)) {
    if let Err(difference) = proof(policy) {
        panic!("under the whole policy: {difference}");
    }
    let mut without = policy.clone();
    remove(&mut without);
    assert!(
        proof(&without).is_err(),
        "the blocks are deleted, and the story goes the same way"
    );
}

#[test]
fn kind_promise() {
    check_kind(nozomi(), remediation::clause_N3, |policy| policy.promises.clear());
}

#[test]
fn kind_bands() {
    check_kind(nozomi(), remediation::clause_N3, |policy| policy.bands = None);
}

#[test]
fn kind_scope() {
    check_kind(nozomi(), scope::clause_N34_1, |policy| policy.scopes.clear());
}

#[test]
fn kind_define() {
    check_kind(technology(), severity::clause_T25, |policy| policy.defines.clear());
}

#[test]
fn kind_intake() {
    check_kind(nozomi(), nozomi::clause_N20, |policy| policy.intakes.clear());
}

#[test]
fn kind_notice() {
    check_kind(nozomi(), nozomi::clause_N22, |policy| policy.notices.clear());
}

#[test]
fn kind_gate() {
    check_kind(technology(), technology::clause_T11, |policy| policy.gates.clear());
}

#[test]
fn kind_publish() {
    check_kind(technology(), severity::clause_T17, |policy| policy.publishes.clear());
}

#[test]
fn kind_list() {
    check_kind(technology(), technology::clause_T4, |policy| policy.lists.clear());
}

#[test]
fn kind_access() {
    check_kind(nozomi(), nozomi::clause_N15, |policy| policy.accesses.clear());
}

#[test]
fn kind_priority() {
    check_kind(technology(), severity::clause_T19, |policy| policy.priorities.clear());
}

#[test]
fn kind_vocabulary() {
    check_kind(nozomi(), publication::clause_N31, |policy| policy.vocabularies.clear());
}

#[test]
fn kind_calendar() {
    check_kind(technology(), severity::clause_T18, |policy| policy.calendars.clear());
}

/// A reading works before anything is interpreted, so its block is cut out of the file: what a score below 1.0 means is then open.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "tests read the shipped policies from the project"
)]
fn kind_reading() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policies/128-technology.policy.md");
    let text = std::fs::read_to_string(path).unwrap();
    let begin = text.find("```reading\nid       = \"low-scores\"").unwrap();
    let end = begin + text[begin..].find("\n```\n").unwrap() + "\n```\n".len();
    let cut = format!("{}{}", &text[..begin], &text[end..]);
    let (without, _) = crate::policy::read(path, &cut);
    let without = without.unwrap();
    assert_eq!(without.readings.len() + 1, technology().readings.len());
    check_kind(technology(), severity::low_scores, |policy| *policy = without);
}
