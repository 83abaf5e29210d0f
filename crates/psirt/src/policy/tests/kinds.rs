//! What each kind of block refuses, and where it says so.

use super::*;

/// [`SMALL`] with one more block under a clause of its own.
fn check_block(kind: &str, keys: &str, expect: &[&str]) {
    check_findings(&format!("§4 A.\n```{kind}\n{keys}\n```\n"), expect);
}

/// The same, where the finding is about the whole block.
fn check_whole_block(kind: &str, keys: &str, expect: &str) {
    check_findings(&format!("§4 A.\n▶```{kind}\n{keys}\n```\n"), &[expect]);
}

#[test]
fn a_gate_needs_what_the_policy_can_give() {
    let scope = "```scope\nquestion = \"Q?\"\nreply = \"R.\"\n```\n";
    let define = "```define\nid = \"d\"\nfact = \"verdict\"\nvalue = \"not-affected\"\n";
    let question = format!("{define}question = \"Q?\"\n```\n");
    let reasons = format!(
        "{}justifications = [\"component_not_present\"]\n```\n",
        define.replace("\"d\"", "\"e\"")
    );
    let publish = |vehicle: &str| format!("```publish\nvehicle = \"{vehicle}\"\n```\n");
    let vocabulary = "```vocabulary\nid = \"v\"\n[[term]]\nid = \"xss\"\nlabel = \"XSS\"\n```\n";
    for (condition, missing, beside, enough) in [
        ("impact-term", "a `vocabulary`", scope.to_owned(), vocabulary.to_owned()),
        ("scope-answered", "a `scope`", vocabulary.to_owned(), scope.to_owned()),
        (
            "definition-answered",
            "a `define` with a `question`",
            reasons.clone(),
            question.clone(),
        ),
        ("justification", "a `define` with `justifications`", question, reasons),
        (
            "provider-metadata",
            "a `publish` with the vehicle `provider`",
            publish("portal"),
            publish("provider"),
        ),
    ] {
        let gate = format!(
            "§4 A.\n```gate\nid = \"g\"\nbefore = \"closed\"\nneeds = ▶[\"reason\", \"{condition}\"]\nwhy = \"So.\"\n```\n"
        );
        let refused = format!(
            "error[gate-never-opens]: `{condition}` can never hold, and the gate would refuse for ever: add {missing}, or take it out"
        );
        check_findings(&gate, &[&refused]);
        check_findings(&format!("{gate}{beside}"), &[&refused]);
        check_findings(&format!("{gate}{beside}{enough}").replace('▶', ""), &[]);
    }
}

#[test]
fn a_definition_says_how_it_is_judged() {
    let class = "id = \"d\"\nfact = \"class\"\nvalue = \"high\"\n";
    check_whole_block(
        "define",
        class,
        "error[missing-key]: `d` does not say how it is judged: add `criteria`, `question` or `justifications`",
    );
    check_whole_block(
        "define",
        "id = \"d\"\nfact = \"class\"\nquestion = \"Q?\"",
        "error[missing-key]: `define` needs the key `value`: add it",
    );
    check_block(
        "define",
        &format!("{class}criteria = [{{ score_at_least = 7.0 }}]\n▶hints = [\"word\"]"),
        &["error[missing-key]: `hints` raise a question: add `question`, or delete them"],
    );
    check_block("define", &format!("{class}question = \"Q?\"\nhints = [\"word\"]"), &[]);
    check_block(
        "define",
        &format!("{class}▶criteria = [{{ fact = \"class\", is = \"high\" }}]"),
        &["error[circular]: a fact cannot be judged from itself: take the criterion out"],
    );
    check_block(
        "define",
        &format!("{class}criteria = [▶{{ fact = \"origin\", is = \"own\", score_at_least = 7.0 }}]"),
        &["error[wrong-type]: a criterion is a fact or a score, not both: write two"],
    );
    check_block(
        "define",
        &format!("{class}criteria = [▶{{ is = \"own\", score_at_least = 7.0 }}]"),
        &["error[wrong-type]: a criterion is a fact or a score, not both: write two"],
    );
    check_block(
        "define",
        &format!("{class}criteria = [▶{{ fact = \"origin\" }}]"),
        &["error[missing-key]: `criteria` needs the key `is`: add it"],
    );
    check_block(
        "define",
        &format!("{class}criteria = [{{ fact = \"origin\", is = ▶\"ours\" }}]"),
        &["error[unknown-value]: `origin` is never `ours`: write one of `own`, `third-party`"],
    );
    check_block(
        "define",
        &format!("{class}criteria = [{{ score_at_least = ▶10.1 }}]"),
        &["error[bad-score]: `score_at_least` is no score: write 0.0 to 10.0 with one decimal"],
    );
    check_block("define", &format!("{class}criteria = [{{ score_at_least = 10 }}]"), &[]);
    check_block(
        "define",
        "id = \"d\"\nfact = \"verdict\"\nvalue = \"not-affected\"\njustifications = [\"component_not_present\", ▶\"component_not_presnt\"]",
        &["error[unknown-value]: CSAF knows no flag `component_not_presnt`: did you mean `component_not_present`?"],
    );
    // One mistake is told once, also where nothing else is named.
    check_block(
        "define",
        "id = \"d\"\nfact = \"verdict\"\nvalue = \"not-affected\"\njustifications = [▶\"component_not_presnt\"]",
        &["error[unknown-value]: CSAF knows no flag `component_not_presnt`: did you mean `component_not_present`?"],
    );
    check_block(
        "define",
        &format!("{class}otherwise = ▶\"low\"\nquestion = \"Q?\""),
        &["error[unknown-value]: `class` is never `low`: write one of `high`, `normal`"],
    );
}

#[test]
fn a_notice_and_an_intake_ask_for_something() {
    let notice = "version = \"1\"\nshown = \"form\"\ntext = \"T.\"\n";
    check_block(
        "notice",
        &format!("{notice}▶hints = [\"word\"]"),
        &["error[missing-key]: `hints` propose a flag: name it with `flag`, or delete them"],
    );
    check_block(
        "notice",
        &format!("{notice}flag = \"extortion\"\ntask = \"Call.\"\nhints = [\"word\"]"),
        &[],
    );
    check_block(
        "notice",
        &format!("{notice}flag = ▶\"extorsion\"\ntask = \"Call.\""),
        &["error[unknown-value]: `flag` knows no `extorsion`: did you mean `extortion`?"],
    );
    let personal = format!("{notice}flag = \"contains-pii\"\ntask = \"Call.\"\n");
    for keep in ["14 days", "2 weeks"] {
        check_block("notice", &format!("{personal}keep = \"{keep}\""), &[]);
    }
    check_block(
        "notice",
        &format!("{personal}keep = ▶\"2 months\""),
        &["error[bad-length]: originals are kept for days or weeks: write for example `30 days`"],
    );
    check_block(
        "notice",
        &format!("{notice}flag = \"extortion\"\ntask = \"Call.\"\n▶keep = \"14 days\""),
        &[
            "error[useless-key]: `keep` says how long personal data stays: give the notice `flag = \"contains-pii\"`, or delete it",
        ],
    );
    check_block(
        "notice",
        "version = \"1\"\nshown = \"form\"\ntext = ▶\" \"",
        &["error[empty]: `text` says nothing: write it, or delete the block"],
    );
    check_whole_block(
        "intake",
        "task = \"Call.\"",
        "error[empty]: this block asks for nothing: add `channel`, `ask`, `encrypted` or `number`",
    );
    check_block(
        "intake",
        "channel = \"mail\"\naddress = ▶\"psirt\"",
        &["error[bad-address]: this is not a mail address: write one such as `psirt@example.com`"],
    );
    check_block("intake", "channel = \"form\"\naddress = \"https://example.com\"", &[]);
    check_block(
        "intake",
        "ask = \"Which?\"\nrequired = ▶\"yes\"",
        &["error[wrong-type]: `required` is `true` or `false`, and this is a text"],
    );
}

#[test]
fn lists_priorities_and_vehicles_say_something() {
    check_whole_block(
        "list",
        "id = \"l\"",
        "error[empty]: this list has nothing: add `address`, `subscribe` or `sends`",
    );
    check_whole_block(
        "priority",
        "when = { origin = \"own\" }",
        "error[empty]: this block orders nothing: add `defect` or `factors`",
    );
    check_block(
        "publish",
        "vehicle = \"portal\"\n▶role = \"csaf_provider\"",
        &["error[useless-key]: only the vehicle `provider` has a role: delete the key, or change `vehicle`"],
    );
    check_block("publish", "vehicle = \"provider\"\nrole = \"csaf_provider\"", &[]);
    check_block(
        "access",
        "what = \"case\"\nwho = \"team\"\nuntil = ▶\"forever\"",
        &["error[unknown-event]: there is no event `forever`: events are listed in docs/stories.md"],
    );
}

#[test]
fn a_vocabulary_has_terms_and_weaknesses() {
    let term = |id: &str, rest: &str| format!("[[term]]\nid = \"{id}\"\nlabel = \"L\"\n{rest}");
    check_whole_block(
        "vocabulary",
        "id = \"v\"",
        "error[empty]: a vocabulary without terms says nothing: write each as `[[term]]`",
    );
    check_block(
        "vocabulary",
        &format!("id = \"v\"\n{}▶{}", term("a", ""), term("a", "")),
        &["error[duplicate-id]: two terms are called `a`: give each its own id"],
    );
    check_block(
        "vocabulary",
        &format!("id = \"v\"\n{}", term("a", "cwe = [\"CWE-7\", \"CWE-123456\"]")),
        &[],
    );
    for wrong in ["CWE-", "CWE-1234567", "CWE-7a", "cwe-7", "CWE-+7"] {
        check_block(
            "vocabulary",
            &format!("id = \"v\"\n{}", term("a", &format!("cwe = [▶\"{wrong}\"]"))),
            &[&format!(
                "error[unknown-value]: `{wrong}` is not a CWE id: write one such as `CWE-79`"
            )],
        );
    }
}

#[test]
fn an_entry_of_a_list_names_the_list() {
    let scope =
        |id: &str, rest: &str| format!("```scope\nid = \"{id}\"\nquestion = \"Q?\"\nreply = \"R.\"\n{rest}```\n");
    check_findings(
        &format!("§4 A.\n{}", scope("one", "entry_of = ▶\"list\"\n")),
        &[
            "error[unknown-target]: there is no list `list`: no block `scope` in this file can be a list, so delete the key",
        ],
    );
    check_findings(
        &format!(
            "§4 A.\n{}{}",
            scope("liste", ""),
            scope("one", "entry_of = ▶\"list\"\n")
        ),
        &["error[unknown-target]: there is no list `list`: did you mean `liste`?"],
    );
    // An entry is no list.
    check_findings(
        &format!(
            "§4 A.\n{}{}{}",
            scope("list", ""),
            scope("one", "entry_of = \"list\"\n"),
            scope("two", "entry_of = ▶\"one\"\n")
        ),
        &["error[unknown-target]: there is no list `one`: write one of `list`"],
    );
    check_findings(
        &format!("§4 A.\n{}", scope("one", "▶exception_question = \"Q?\"\n")),
        &["error[missing-key]: `exception_question` goes with `exception`: add it"],
    );
}

#[test]
fn a_reading_has_options_to_choose_from() {
    let only = READING
        .split("[[option]]\nid = \"received\"")
        .next()
        .unwrap_or_default();
    check_findings(
        &format!("{}```\n", only.replace("[[option]]", "[[▶option]]")),
        &[
            "error[too-few-options]: a reading chooses between at least two options: add `[[option]]` with `id`, `text` and `set`",
        ],
    );
    check_findings(
        &READING
            .replace("[[option]]\nid = \"received\"", "▶[[option]]\nid = \"confirmed\"")
            .replace("set = { \"fix.start\" = \"received\" }", ""),
        &["error[duplicate-id]: two options are called `confirmed`: give each its own id"],
    );
    check_findings(
        &READING.replace("set = { \"fix.start\" = \"received\" }", "set = ▶\"fix.start\""),
        &["error[wrong-type]: `set` is a table such as `{ \"onprem-fix.start\" = \"received\" }`"],
    );
    check_findings(
        &READING.replace("\"fix.start\" = \"received\"", "▶\"fix\" = \"received\""),
        &["error[bad-set]: `set` names a block and a key in one pair of quotes: write \"onprem-fix.start\" = …"],
    );
    check_findings(
        &READING.replace("\"fix.start\" = \"received\"", "▶\"begin.why\" = \"So.\""),
        &["error[bad-set]: `begin` is a reading, and no reading sets another: set the rule itself"],
    );
    check_findings(
        &READING.replace("\"fix.start\" = \"received\"", "▶\"begun.start\" = \"received\""),
        &["error[unknown-target]: there is no block `begun`: did you mean `begin`?"],
    );
    check_findings(
        &READING.replace("\"fix.start\" = \"received\"", "▶\"elsewhere.start\" = \"received\""),
        &["error[unknown-target]: there is no block `elsewhere`: name the id of a block in this file"],
    );
    check_findings(
        &READING.replace("\"fix.start\" = \"received\"", "▶\"fix.id\" = \"other\""),
        &[
            "error[unknown-target]: `fix` has no key `id` that a reading could set: write one of `when`, `duty`, `do`, `per`, `start`, `within`, `target`, `not_before`, `scheduled`, `lifted_by`, `satisfied_by`, `every`, `before`, `evidence`, `pick`, `roll`, `overrides`, `beside`",
        ],
    );
}

#[test]
fn a_calendar_is_whole() {
    check_changed(
        "closed = [2026-12-25]",
        "closed = ▶[2026-12-25, 2032-01-01]",
        &[
            "error[bad-calendar]: 2032-01-01 is closed and lies after `known_until`: list whole years, and move `known_until`",
        ],
    );
    check_changed("closed = [2026-12-25]", "closed = [2026-12-25, 2031-12-31]", &[]);
    check_changed(
        "zone = \"Europe/Zurich\"\nopen",
        "zone = ▶\"Europe/Zurick\"\nopen",
        &["error[unknown-zone]: this is not a time zone: write an IANA name such as \"Europe/Zurich\""],
    );
    check_changed(
        "closed = [2026-12-25]",
        "closed = ▶\"2026-12-25\"",
        &["error[wrong-type]: `closed` is a list of dates, and this is a text"],
    );
    check_changed(
        "known_until = 2031-12-31",
        "known_until = ▶2031-12-31T00:00:00",
        &["error[bad-date]: `2031-12-31T00:00:00` is not a date: write a day that exists, such as 2026-09-01"],
    );
}

#[test]
fn bands_and_their_holes_have_names() {
    let low = |id: &str| SMALL.replace("[[band]]\nid = \"low\"", &format!("▶[[band]]\nid = \"{id}\""));
    check_text(
        &low("high"),
        &["error[duplicate-id]: two bands are called `high`: give each its own id"],
    );
    check_text(
        &low("none"),
        &["error[duplicate-id]: `none` means no band at all: choose another id"],
    );
    let hole = SMALL.replace("from = 0.0", "from = 1.0");
    let reading = |from: &str, to: &str, band: &str| {
        format!(
            "§4 Unclear.\n```reading\nid = \"r\"\nquestion = \"What is 0.5?\"\nchosen = \"low\"\nwhy = \"So.\"\nby = \"the lead\"\n[[option]]\nid = \"low\"\ntext = \"Low.\"\nset = {{ \"severity.gap\" = {}[{{ from = {from}, to = {to}, band = {}\"{band}\" }}] }}\n[[option]]\nid = \"none\"\ntext = \"None.\"\nset = {{ \"severity.gap\" = [{{ from = 0.0, to = 0.9, band = \"none\" }}] }}\n```\n",
            if to == "1.0" { "▶" } else { "" },
            if band == "lo" { "▶" } else { "" },
        )
    };
    let marked = hole.replace("```bands", "▶```bands");
    check_text(
        &format!("{marked}\n{}", reading("0.0", "0.9", "lo")),
        &[
            "error[band-hole]: scores of 0.0 to 0.9 have no band: move a band's edge, or let a decided reading set `severity.gap`\n    example: a score of 0.0",
            "error[unknown-value]: there is no band `lo`: write one of `high`, `low`, `none`",
        ],
    );
    let gap = "warning[band-gap]: the prose leaves scores of 0.0 to 0.9 without a band; a reading takes them as Low: say so in the prose\n    example: a score of 0.0";
    check_text(
        &format!("{marked}\n{}", reading("0.0", "1.0", "low")),
        &[
            gap,
            "error[gap-in-band]: the gap 0.0 to 1.0 reaches into a band: name only scores that no band holds",
        ],
    );
    check_text(&format!("{marked}\n{}", reading("0.0", "0.9", "low")), &[gap]);
}

#[test]
fn a_policy_has_its_bands_once() {
    let again = "§4 A.\n▶```bands\nid = \"again\"\ngap = []\n[[band]]\nid = \"all\"\nlabel = \"All\"\nfrom = 0.0\nto = 10.0\n```\n";
    check_findings(
        again,
        &["error[duplicate-bands]: a policy has one set of bands: delete this one, or join the two"],
    );
    let (before, rest) = SMALL.split_once("```bands").expect("bands");
    let (_, after) = rest.split_once("```").expect("an end");
    check_text(
        &format!("▶{before}<!-- none: no -->{after}"),
        &["error[no-bands]: no block says which score has which band: add `bands` under the clause that lists them"],
    );
}

#[test]
fn the_front_matter_says_what_it_counts_with() {
    let title = "title     = \"Security policy\"\n";
    let with = |key: &str| format!("{title}{key}\n");
    for (key, expect) in [
        (
            "cvss = [\"3.1\", ▶\"3.1\"]",
            "error[repeated]: CVSS 3.1 stands twice: delete one",
        ),
        (
            "cvss = ▶[]",
            "error[empty]: without a version no score ever counts: write [\"3.1\", \"4.0\"]",
        ),
        (
            "day_ends = ▶\"11:59:59\"",
            "error[bad-time]: `day_ends` is the last second of a day, at midday or later: write for example \"23:59:59\"",
        ),
        (
            "day_ends = ▶11:59:59",
            "error[bad-time]: `day_ends` is the last second of a day, at midday or later: write for example \"23:59:59\"",
        ),
        (
            "kind = ▶\"overlays\"",
            "error[unknown-value]: `kind` knows no `overlays`: did you mean `overlay`?",
        ),
        (
            "bands_from = ▶\"temporal\"",
            "error[unknown-value]: `bands_from` knows no `temporal`: write one of `base`, `base+temporal`",
        ),
        (
            "brand = ▶\"A Brand\"",
            "error[bad-id]: `A Brand` is not an id: write lower-case words and digits joined by `-`, at most 64 characters",
        ),
    ] {
        check_changed(title, &with(key), &[expect]);
    }
    for (key, front) in [
        ("day_ends = \"12:00:00\"", "12:00:00 small [V3_1, V4_0] Base"),
        ("day_ends = 18:00:00", "18:00:00 small [V3_1, V4_0] Base"),
        ("brand = \"other\"", "23:59:59 other [V3_1, V4_0] Base"),
        ("cvss = [\"4.0\", \"2.0\"]", "23:59:59 small [V4_0, V2_0] Base"),
        (
            "bands_from = \"base+temporal\"",
            "23:59:59 small [V3_1, V4_0] BaseTemporal",
        ),
    ] {
        let (policy, _) = check_text(&SMALL.replace(title, &with(key)), &[]);
        let read = policy.expect("a policy").front;
        let shown = format!("{} {} {:?} {:?}", read.day_ends, read.brand, read.cvss, read.bands_from);
        assert_eq!(shown, front, "{key}");
    }
}

#[test]
fn an_overlay_belongs_to_markets() {
    let overlay = |front: &str| {
        format!(
            "+++\nid = \"small\"\nversion = \"1\"\neffective = 2026-09-01\ntitle = \"Duties\"\ntimezone = \"UTC\"\nkind = \"overlay\"\n{front}\n+++\n§1 We warn.\n```promise\nid = \"warn\"\nwhen = {{ market = \"eu\" }}\nduty = \"must\"\ndo = \"cra-early-warning-sent\"\nper = \"case\"\nstart = \"selected\"\nwithin = \"24 hours\"\n```\n"
        )
    };
    check_text(&overlay("market = [\"eu\", \"ch\"]"), &[]);
    check_text(
        &overlay("market = [\"eu\"]\n▶brand = \"other\""),
        &["error[useless-key]: an overlay belongs to markets, not to a brand: delete `brand`"],
    );
    check_text(
        &overlay("market = [\"eu\", ▶\"The Moon\"]"),
        &["error[bad-id]: `The Moon` is not a market: write a lower-case word such as \"eu\""],
    );
    check_text(
        &overlay("market = [\"ch\"]").replace("market = \"eu\"", "market = ▶\"eu\""),
        &["error[unknown-value]: `market` is never `eu`: write one of `ch`"],
    );
}

#[test]
fn the_days_to_answer_are_days_in_order() {
    let fine = "remind = [\"7 days\", \"2 weeks\"]\nclose_after = \"30 days\"";
    check_block("intake", fine, &[]);
    check_block("intake", "remind = []\nclose_after = \"never\"", &[]);
    for (keys, expect) in [
        (
            "remind = [\"7 days\", ▶\"24 hours\"]",
            "error[bad-length]: it is asked again after days or weeks: write for example `7 days`",
        ),
        (
            "remind = [\"14 days\", ▶\"2 weeks\"]",
            "error[bad-length]: each reminder comes later than the one before it: put them in order",
        ),
        (
            "remind = ▶[\"1 days\", \"2 days\", \"3 days\", \"4 days\", \"5 days\", \"6 days\", \"7 days\"]",
            "error[bad-length]: nobody is asked again more than 6 times: delete some",
        ),
        (
            "close_after = ▶\"2 months\"",
            "error[bad-length]: a report ends for want of an answer after days or weeks: write for example `30 days`, or `never`",
        ),
        (
            "remind = [\"7 days\"]\nclose_after = ▶\"1 weeks\"",
            "error[bad-length]: the report ends before the last reminder: give more days, or ask earlier",
        ),
        (
            "▶channel = \"form\"\nremind = [\"7 days\"]",
            "error[useless-key]: the days to answer are the same whichever way a report came: delete `channel`",
        ),
    ] {
        check_block("intake", keys, &[expect]);
    }
}
