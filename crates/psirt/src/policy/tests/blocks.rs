//! Faults of the other blocks and of overlays.

use super::*;

#[test]
fn gates_can_open() {
    let gate = |keys: &str| format!("§4 A.\n```gate\nid = \"g\"\nwhy = \"So.\"\n{keys}\n```\n");
    check_findings(
        &gate("before = \"closed\"\nneeds = ▶[\"impact-term\"]"),
        &[
            "error[gate-never-opens]: `impact-term` can never hold, and the gate would refuse for ever: add a `vocabulary`, or take it out",
        ],
    );
    check_findings(
        &gate("before = \"closed\"\nneeds = [▶\"approval\"]"),
        &[
            "error[unknown-value]: `needs` knows no `approval`: write one of `reporter-told`, `credit-asked`, `score`, `band`, `affected-products`, `instructions`, `impact-term`, `csaf`, `own-product`, `justification`, `definition-answered`, `scope-answered`, `upstream-decision`, `second-person`, `provider-metadata`, `signing-key`, `reason`",
        ],
    );
    check_findings(
        &gate("before = \"closed\"\nneeds = ▶[]"),
        &["error[empty]: a gate that needs nothing refuses nothing: name conditions, or delete the block"],
    );
    check_findings(
        &gate("before = \"closed\"\n▶exit = [\"duplicate\"]\nneeds = [\"reason\"]"),
        &["error[useless-key]: only `rejected` has an exit: delete the key, or change `before`"],
    );
}

#[test]
fn a_policy_may_publish_more_than_it_promises() {
    let pages: String = ["a", "b", "c"]
        .map(|id| format!("```publish\nid = \"{id}\"\nvehicle = \"policy-page\"\nformats = [\"html\"]\n```\n"))
        .concat();
    check_findings(&format!("§4 A.\n{pages}"), &[]);
}

#[test]
fn other_blocks_are_read_strictly() {
    let block = |kind: &str, keys: &str| format!("§4 A.\n```{kind}\n{keys}\n```\n");
    check_findings(
        &block("scope", "question = \"Q?\"\nreply = \"R.\"\n▶exception = \"e\""),
        &["error[missing-key]: `exception` goes with `exception_question`: add it"],
    );
    check_findings(
        &block("list", "subscribe = ▶\"join example.com\""),
        &["error[bad-address]: `subscribe` is not a mail address: write one such as `announce@example.com`"],
    );
    check_findings(
        &block(
            "vocabulary",
            "id = \"v\"\n[[term]]\nid = \"xss\"\nlabel = \"XSS\"\ncwe = [▶\"79\"]",
        ),
        &["error[unknown-value]: `79` is not a CWE id: write one such as `CWE-79`"],
    );
    check_findings(
        &block(
            "define",
            "id = \"d\"\nfact = ▶\"deployment\"\nvalue = \"saas\"\nquestion = \"Q?\"",
        ),
        &[
            "error[not-definable]: `deployment` comes from events and is not judged: define `class`, `verdict` or `scope`",
        ],
    );
    check_findings(
        &block(
            "notice",
            "version = \"1\"\nshown = \"form\"\ntext = \"T.\"\n▶flag = \"extortion\"",
        ),
        &["error[missing-key]: a flag without `task` leads nowhere: say what the team has to do then"],
    );
    check_findings(
        &block("publish", "vehicle = \"advisory\"\nstatus_without_fix = ▶\"intermim\""),
        &["error[unknown-value]: `status_without_fix` knows no `intermim`: did you mean `interim`?"],
    );
    check_findings(
        &block("access", "what = \"case\"\nwho = ▶\"admins\""),
        &["error[unknown-value]: `who` knows no `admins`: write one of `team`, `duty`, `members`, `everyone`"],
    );
    check_findings(
        &block("priority", "factors = [▶\"exposure\"]").replace("exposure", "bands"),
        &["error[unknown-fact]: there is no fact `bands`: did you mean `band`?"],
    );
    check_findings(
        &block("intake", "▶required = true\nchannel = \"form\""),
        &["error[missing-key]: `required` speaks of `ask`: add what is asked for"],
    );
}

#[test]
fn an_overlay_has_markets_and_no_bands() {
    let overlay = |market: &str, more: &str| {
        format!(
            "+++\nid = \"small\"\nversion = \"1\"\neffective = 2026-09-01\ntitle = \"Duties\"\ntimezone = \"Europe/Brussels\"\nkind = \"overlay\"\n{market}+++\n{more}"
        )
    };
    let rule = "§1 We warn.\n```promise\nid = \"warn\"\nwhen = { exploit = \"active\" }\nduty = \"must\"\ndo = \"cra-early-warning-sent\"\nper = \"case\"\nstart = \"selected\"\nwithin = \"24 hours\"\n```\n";
    check_text(&overlay("market = [\"eu\"]\n", rule), &[]);
    check_text(
        &format!("▶{}", overlay("", rule)),
        &["error[missing-key]: an overlay is chosen by market: add `market`, for example [\"eu\"]"],
    );
    check_text(
        &overlay(
            "market = [\"eu\"]\n",
            &rule.replace("exploit = \"active\"", "▶band = \"high\""),
        ),
        &["error[band-in-overlay]: an overlay runs beside any policy and knows no bands: ask another fact"],
    );
    let bands =
        "§2 Bands.\n▶```bands\nid = \"b\"\n[[band]]\nid = \"all\"\nlabel = \"All\"\nfrom = 0.0\nto = 10.0\n```\n";
    check_text(
        &overlay("market = [\"eu\"]\n", &format!("{rule}\n{bands}")),
        &["error[bands-in-overlay]: an overlay runs beside any policy, whose bands hold: delete this block"],
    );
}
