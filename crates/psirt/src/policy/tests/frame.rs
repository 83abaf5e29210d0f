//! Faults of the frame, of keys, facts, events and lengths.

use super::*;

#[test]
fn a_clause_does_something_or_says_why_not() {
    check_findings(
        "▶§4 Nothing.\n",
        &["error[uncovered-clause]: §4 makes Candor do nothing: add a block, or say why with `<!-- none: … -->`"],
    );
    check_findings("§4 Nothing.\n<!-- none: an introduction -->\n", &[]);
    let both = "§4 Both.\n▶<!-- none: no -->\n```access\nwhat = \"case\"\nwho = \"team\"\n```\n";
    check_findings(
        both,
        &["error[none-with-blocks]: §4 has blocks and says that it has none: delete one or the other"],
    );
    check_findings(
        "▶§4 Nothing.\n▶<!-- none: -->\n",
        &[
            "error[uncovered-clause]: §4 makes Candor do nothing: add a block, or say why with `<!-- none: … -->`",
            "error[none-without-reason]: say why the clause makes Candor do nothing: `<!-- none: an introduction, it promises nothing -->`",
        ],
    );
}

#[test]
fn a_reading_alone_covers_a_clause_only_if_it_changes_something() {
    let reading = |rest: &str| {
        format!(
            "▶§4 Unclear.\n```reading\nid = \"r\"\nquestion = \"Which?\"\nchosen = \"a\"\nwhy = \"So.\"\nby = \"the lead\"\n{rest}```\n"
        )
    };
    let idle = "[[option]]\nid = \"a\"\ntext = \"A.\"\n[[option]]\nid = \"b\"\ntext = \"B.\"\n";
    check_findings(
        &reading(idle),
        &[
            "error[uncovered-clause]: §4 has only readings, and they change nothing: add a rule, let an option `set` one, or name promises in `affects`",
        ],
    );
    check_findings(&reading(&format!("affects = [\"fix\"]\n{idle}")).replace('▶', ""), &[]);
    let setting = idle.replace("text = \"B.\"", "text = \"B.\"\nset = { \"fix.start\" = \"received\" }");
    check_findings(&reading(&setting).replace('▶', ""), &[]);
}

#[test]
fn clauses_and_ids_are_given_once() {
    check_findings(
        "▶§2 Again.\n<!-- none: no -->\n",
        &["error[duplicate-clause]: §2 stands in line 29 already: give each clause its own number"],
    );
    check_findings(
        "§4 A.\n```gate\nid = ▶\"fix\"\nbefore = \"closed\"\nneeds = [\"reason\"]\nwhy = \"So.\"\n```\n",
        &["error[duplicate-id]: two blocks are called `fix`: give each its own id"],
    );
    check_findings(
        "§4 A.\n▶```gate\nbefore = \"closed\"\nneeds = [\"reason\"]\nwhy = \"So.\"\n```\n",
        &["error[missing-key]: `gate` needs the key `id`: add it"],
    );
    check_findings(
        "§4 A.\n```gate\nid = ▶\"Not An Id\"\nbefore = \"closed\"\nneeds = [\"reason\"]\nwhy = \"So.\"\n```\n",
        &[
            "error[bad-id]: `Not An Id` is not an id: write lower-case words and digits joined by `-`, at most 64 characters",
        ],
    );
}

#[test]
fn a_block_is_of_a_known_kind_and_under_a_clause() {
    check_findings(
        "§4 A.\n<!-- none: no -->\n▶```promis\n```\n",
        &[
            "error[unknown-block]: `promis` is not a kind of block: did you mean `promise`? (a sample in the prose is marked `text`)",
        ],
    );
    check_findings(
        "# End\n▶```access\nwhat = \"case\"\nwho = \"team\"\n```\n",
        &["error[outside-clause]: this `access` stands under no clause: move it below a `§`, before the next heading"],
    );
}

#[test]
fn toml_faults_have_their_place() {
    let (_, findings) = read(
        "small.policy.md",
        &SMALL.replace("within = \"2 months\"", "within = 2 months\""),
    );
    let first = findings.first().expect("a finding");
    assert_eq!((first.code, first.line), ("toml", 37), "{first}");
}

#[test]
fn keys_are_known_and_have_the_right_shape() {
    check_findings(
        &promise("▶starts = \"received\""),
        &["error[unknown-key]: `promise` has no key `starts`: did you mean `start`?"],
    );
    check_findings(
        &promise("target = ▶30"),
        &["error[wrong-type]: `target` is a text in quotes, and this is a number"],
    );
    check_findings(
        &promise("duty = ▶\"shall\""),
        &["error[unknown-value]: `duty` knows no `shall`: write one of `must`, `aims`, `may`, `must-not`"],
    );
}

#[test]
fn front_matter_is_complete_and_known() {
    check_changed(
        "version   = \"1\"\n",
        "▶version = 1\n".replace('▶', "").replace("= 1", "= ▶1").as_str(),
        &["error[wrong-type]: `version` is a text in quotes, and this is a number"],
    );
    check_changed(
        "title     = \"Security policy\"\n",
        "title     = \"Security policy\"\n▶owner = \"x\"\n",
        &[
            "error[unknown-key]: `front matter` has no key `owner`: write one of `id`, `version`, `effective`, `kind`, `title`, `brand`, `market`, `timezone`, `day_ends`, `cvss`, `bands_from`, `calendar`",
        ],
    );
    check_changed(
        "timezone  = \"Europe/Zurich\"",
        "timezone  = ▶\"Europe/Zurick\"",
        &["error[unknown-zone]: `Europe/Zurick` is not a time zone: write an IANA name such as \"Europe/Zurich\""],
    );
    check_changed(
        "effective = 2026-09-01",
        "effective = 2026-09-01\n▶market = [\"eu\"]",
        &[
            "error[market-in-policy]: markets choose overlays, and this is a policy: delete `market`, or write kind = \"overlay\"",
        ],
    );
    check_changed(
        "effective = 2026-09-01",
        "effective = 2026-09-01\ncvss = [▶\"3.2\"]",
        &["error[unknown-value]: there is no CVSS `3.2`: write one of `2.0`, `3.0`, `3.1`, `4.0`"],
    );
    check_changed(
        "id        = \"small\"",
        "id        = ▶\"other\"",
        &[
            "warning[file-name]: the file of the policy `other` is called `small.policy.md`: rename it to `other.policy.md`",
        ],
    );
}

#[test]
fn facts_values_events_and_lengths_are_known() {
    check_findings(
        &promise("when = { ▶orgin = \"own\" }"),
        &["error[unknown-fact]: there is no fact `orgin`: did you mean `origin`?"],
    );
    check_findings(
        &promise("when = { origin = ▶\"ours\" }"),
        &["error[unknown-value]: `origin` is never `ours`: write one of `own`, `third-party`"],
    );
    check_findings(
        &promise("when = { band = [\"high\", ▶\"severe\"] }"),
        &["error[unknown-value]: `band` is never `severe`: write one of `high`, `low`, `none`"],
    );
    check_findings(
        &promise("when = { band = ▶[] }"),
        &["error[empty]: `band` is none of nothing, so the rule never holds: name values, or delete it"],
    );
    check_findings(
        &promise("when = { ▶market = \"eu\" }"),
        &[
            "error[market-in-policy]: `market` chooses overlays and has no place in a vendor's own policy: move the rule to an overlay",
        ],
    );
    check_findings(
        &promise("do = ▶\"advisory-publishd\""),
        &["error[unknown-event]: there is no event `advisory-publishd`: did you mean `advisory-published`?"],
    );
    check_findings(
        &promise("start = { earliest = [\"confirmed\", ▶\"opened\"] }"),
        &["error[unknown-event]: there is no event `opened`: did you mean `reopened`?"],
    );
    check_findings(
        &promise("start = { ▶soonest = [\"confirmed\"] }"),
        &["error[unknown-key]: `start` cannot be combined by `soonest`: write one of `earliest`, `latest`"],
    );
    check_findings(
        &promise("within = ▶\"2 years\""),
        &[
            "error[bad-length]: `2 years` is not a length: write a whole number and one of minutes, hours, working hours, days, working days, weeks, months",
        ],
    );
    check_findings(
        &promise("within = ▶\"0 hours\""),
        &["error[bad-length]: `0 hours` is no time at all: write at least 1, or `0 days` for the same day"],
    );
    check_findings(&promise("within = \"0 days\""), &[]);
    // A long text is not repeated.
    let (forty, longer) = ("x".repeat(40), "x".repeat(41));
    check_findings(
        &promise(&format!("within = ▶\"{forty}\"")),
        &[&format!(
            "error[bad-length]: `{forty}` is not a length: write a whole number and one of minutes, hours, working hours, days, working days, weeks, months"
        )],
    );
    check_findings(
        &promise(&format!("within = ▶\"{longer}\"")),
        &["error[bad-length]: this is not a length: write for example `2 months` or `72 working hours`"],
    );
}
