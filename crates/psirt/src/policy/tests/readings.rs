//! Faults of readings, and what another option changes.

use super::*;

#[test]
fn readings_are_decided_among_their_options() {
    check_findings(READING, &[]);
    check_findings(
        &READING.replace("by = \"the lead\"", "by = ▶\"\""),
        &["error[undecided-reading]: nobody has decided `begin`: write `chosen`, `why`, and in `by` who decided"],
    );
    // Whether it is decided or not, a choice is one of the options; without a choice only the decision is missing.
    check_findings(
        &READING
            .replace("chosen = \"confirmed\"", "chosen = ▶\"recieved\"")
            .replace("by = \"the lead\"", "by = ▶\"\""),
        &[
            "error[chosen-not-an-option]: `recieved` is not among the options: did you mean `received`?",
            "error[undecided-reading]: nobody has decided `begin`: write `chosen`, `why`, and in `by` who decided",
        ],
    );
    check_findings(
        &READING
            .replace("chosen = \"confirmed\"\n", "")
            .replace("by = \"the lead\"", "by = ▶\"\""),
        &["error[undecided-reading]: nobody has decided `begin`: write `chosen`, `why`, and in `by` who decided"],
    );
    check_findings(
        &READING.replace("chosen = \"confirmed\"", "chosen = ▶\"recieved\""),
        &["error[chosen-not-an-option]: `recieved` is not among the options: did you mean `received`?"],
    );
    check_findings(
        &READING.replace("on = 2026", "affects = ▶[\"fixx\"]\non = 2026"),
        &["error[unknown-promise]: there is no promise `fixx`: name the id of a promise in this file"],
    );
}

#[test]
fn what_a_reading_sets_exists_and_has_the_right_shape() {
    check_findings(
        &READING.replace("\"fix.start\" = \"received\"", "▶\"fix.begin\" = \"received\""),
        &[
            "error[unknown-target]: `fix` has no key `begin` that a reading could set: write one of `when`, `duty`, `do`, `per`, `start`, `within`, `target`, `not_before`, `scheduled`, `lifted_by`, `satisfied_by`, `every`, `before`, `evidence`, `pick`, `roll`, `overrides`, `beside`",
        ],
    );
    check_findings(
        &READING.replace("\"fix.start\" = \"received\"", "▶\"severty.gap\" = []"),
        &["error[unknown-target]: there is no block `severty`: did you mean `severity`?"],
    );
    check_findings(
        &READING.replace("\"fix.start\" = \"received\"", "▶\"policy.id\" = \"x\""),
        &[
            "error[unknown-target]: `policy` has no key `id` that a reading could set: write one of `effective`, `timezone`, `day_ends`, `cvss`, `bands_from`, `calendar`",
        ],
    );
    check_findings(
        &READING.replace("\"fix.start\" = \"received\"", "\"fix.start\" = ▶\"recieved\""),
        &[
            "error[unknown-event]: with the reading `begin` as `received`: there is no event `recieved`: did you mean `received`?",
        ],
    );
    let marked = SMALL.replace("start  = \"confirmed\"", "start  = ▶\"confirmed\"");
    let wrong = READING.replace("\"fix.start\" = \"confirmed\"", "\"fix.start\" = ▶\"confirmd\"");
    check_text(
        &format!("{marked}\n{wrong}"),
        &[
            "warning[reading-differs]: the block says one thing here, and the reading `begin` sets another: write what the chosen option sets",
            "error[unknown-event]: there is no event `confirmd`: did you mean `confirmed`?",
        ],
    );
    let twice = format!(
        "{READING}\n{}",
        READING
            .replace("§4", "§5")
            .replace("\"begin\"", "\"again\"")
            .replace("{ \"fix.start\" = \"confirmed\"", "{ ▶\"fix.start\" = \"confirmed\"")
    );
    check_findings(
        &twice,
        &["error[reading-conflict]: `begin` sets `fix.start` as well: let one reading set it"],
    );
}

#[test]
fn another_option_is_swapped_in_everywhere() {
    let text = format!("{SMALL}\n{READING}");
    let event = |readings: &[(String, String)]| {
        let (policy, findings) = read_with("small.policy.md", &text, readings);
        assert_eq!(findings, []);
        let policy = policy.expect("a policy");
        let promise = policy.promise("fix").expect("a promise");
        assert_eq!(promise.readings, ["begin"]);
        promise.start.terms().first().map(|term| term.event.name())
    };
    assert_eq!(event(&[]), Some("confirmed"));
    assert_eq!(event(&[("begin".to_owned(), "received".to_owned())]), Some("received"));
    let unknown = |id: &str, option: &str| {
        let (_, findings) = read_with("small.policy.md", &text, &[(id.to_owned(), option.to_owned())]);
        findings.iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    assert_eq!(unknown("begun", "received"), ["unknown-reading"]);
    assert_eq!(unknown("begin", "never"), ["chosen-not-an-option"]);
}

#[test]
fn a_block_says_what_the_chosen_option_sets() {
    let differs = SMALL.replace("start  = \"confirmed\"", "start  = ▶\"received\"");
    check_text(
        &format!("{differs}\n{READING}"),
        &[
            "warning[reading-differs]: the block says one thing here, and the reading `begin` sets another: write what the chosen option sets",
        ],
    );
}

#[test]
fn a_wrong_value_that_a_reading_replaces_is_named_as_well() {
    let differs = "warning[reading-differs]: the block says one thing here, and the reading `begin` sets another: write what the chosen option sets";
    let wrong = SMALL.replace("start  = \"confirmed\"", "start  = ▶▶\"confirmd\"");
    check_text(
        &format!("{wrong}\n{READING}"),
        &[
            "error[unknown-event]: there is no event `confirmd`: did you mean `confirmed`?",
            differs,
        ],
    );
    let zone = READING.replace(
        "\"fix.start\" = \"confirmed\"",
        "\"policy.timezone\" = \"Europe/Zurich\"",
    );
    let wrong = SMALL.replace("timezone  = \"Europe/Zurich\"", "timezone  = ▶▶\"Europe/Zuerich\"");
    check_text(
        &format!("{wrong}\n{zone}"),
        &[
            "error[unknown-zone]: `Europe/Zuerich` is not a time zone: write an IANA name such as \"Europe/Zurich\"",
            differs,
        ],
    );
}

#[test]
fn a_front_matter_that_cannot_be_read_lacks_nothing_beside() {
    let zone = READING.replace(
        "\"fix.start\" = \"confirmed\"",
        "\"policy.timezone\" = \"Europe/Zurich\"",
    );
    let broken = SMALL.replace("version   = \"1\"", "version   = 1 2");
    let (policy, findings) = read("policies/small.policy.md", &format!("{broken}\n{zone}"));
    let codes: Vec<_> = findings.iter().map(|finding| (finding.code, finding.line)).collect();
    assert!(policy.is_none());
    assert_eq!(codes, [("toml", 3)], "{findings:?}");
}
