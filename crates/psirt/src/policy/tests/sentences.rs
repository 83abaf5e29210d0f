//! What an author reads back: each kind of block as a sentence, with every part that can stand in it.

use super::*;
use crate::event::Kind;

/// The sentences of the clause §9 in [`SMALL`] with this after it.
fn sentences(more: &str) -> Vec<String> {
    let (policy, findings) = read("small.policy.md", &format!("{SMALL}\n§9 More.\n\n{more}"));
    let policy = policy.unwrap_or_else(|| panic!("{findings:?}"));
    let clauses = explain(&policy).into_iter().filter(|one| one.clause == "9");
    clauses.flat_map(|one| one.sentences).collect()
}

/// One block of a kind, and the sentence that it makes.
fn check_block(kind: &str, keys: &str, expect: &str) {
    assert_eq!(
        sentences(&format!("```{kind}\n{keys}\n```\n")),
        [expect],
        "{kind} {keys}"
    );
}

/// The promise of [`promise`] with these keys, and its sentence.
fn check_promise(keys: &str, expect: &str) {
    let block = promise(keys).replace("§9 More.\n", "");
    assert_eq!(sentences(&block), [expect], "{keys}");
}

/// Which vulnerabilities a rule with this `when` is said to hold for.
#[test]
fn the_cases_of_a_rule_are_named() {
    for (when, expect) in [
        ("origin = \"own\"", "an own vulnerability"),
        ("origin = \"third-party\"", "a third-party vulnerability"),
        ("origin = [\"own\", \"third-party\"]", "a vulnerability"),
        ("band = \"high\"", "a vulnerability of band high"),
        ("band = [\"high\", \"low\"]", "a vulnerability of band high or low"),
        ("band = [\"high\", \"none\"]", "a vulnerability of band high or none"),
        ("band = \"none\"", "a vulnerability without a band"),
        ("class = \"normal\"", "a vulnerability of class normal"),
        ("deployment = \"on-prem\"", "a vulnerability in an on-prem line"),
        ("deployment = \"saas\"", "a vulnerability in a saas line"),
        (
            "deployment = [\"on-prem\", \"saas\"]",
            "a vulnerability in an on-prem or saas line",
        ),
        ("supported = \"yes\"", "a vulnerability in a supported line"),
        ("supported = \"no\"", "a vulnerability in an unsupported line"),
        ("supported = [\"yes\", \"no\"]", "a vulnerability"),
        (
            "supported = \"yes\", deployment = \"saas\"",
            "a vulnerability in a supported saas line",
        ),
        (
            "upstream-fix = \"released\"",
            "a vulnerability with a released upstream fix",
        ),
        ("upstream-fix = \"none\"", "a vulnerability without an upstream fix"),
        ("exploit = \"none\"", "a vulnerability without a known exploit"),
        ("exploit = \"available\"", "a vulnerability with an available exploit"),
        ("exploit = \"active\"", "a vulnerability under attack"),
        ("exploit = [\"active\", \"active\"]", "a vulnerability under attack"),
        (
            "exploit = [\"active\", \"available\"]",
            "a vulnerability with an available exploit or under attack",
        ),
        (
            "public-attention = \"yes\"",
            "a vulnerability under significant public attention",
        ),
        ("public-attention = \"no\"", "a vulnerability without public attention"),
        ("verdict = \"vulnerable\"", "a vulnerability that is confirmed"),
        ("verdict = \"not-affected\"", "a vulnerability that affects no line"),
        ("verdict = \"unconfirmed\"", "a vulnerability that is not confirmed"),
        ("scope = \"in\"", "a vulnerability in scope"),
        ("scope = \"out\"", "a vulnerability out of scope"),
        ("reporter = \"external\"", "a vulnerability reported from outside"),
        ("reporter = \"customer\"", "a vulnerability reported by a customer"),
        ("reporter = \"internal\"", "a vulnerability found inside the house"),
        ("reporter = \"machine\"", "a vulnerability found by a machine"),
        ("credit = \"yes\"", "a vulnerability whose reporter wants to be named"),
        (
            "credit = \"no\"",
            "a vulnerability whose reporter does not want to be named",
        ),
        (
            "credit = \"unasked\"",
            "a vulnerability whose reporter was not asked about credit",
        ),
        (
            "exploit = \"active\", deployment = \"saas\", upstream-fix = \"none\", band = \"low\", origin = \"third-party\"",
            "a third-party vulnerability of band low in a saas line without an upstream fix under attack",
        ),
    ] {
        check_promise(
            &format!("when = {{ {when} }}"),
            &format!(
                "For {expect}, the vendor must publish the advisory within 30 days, counted from the confirmation."
            ),
        );
    }
}

#[test]
fn an_overlay_names_its_markets() {
    let text = "+++\nid = \"small\"\nversion = \"1\"\neffective = 2026-09-01\ntitle = \"Duties\"\ntimezone = \"UTC\"\nkind = \"overlay\"\nmarket = [\"eu\", \"ch\", \"uk\"]\n+++\n\
        §1 We warn.\n```promise\nid = \"warn\"\nwhen = { market = [\"eu\", \"uk\"] }\nduty = \"must\"\ndo = \"cra-early-warning-sent\"\nper = \"case\"\nstart = \"selected\"\nwithin = \"24 hours\"\n```\n";
    let (policy, _) = check_text(text, &[]);
    let explained = explain(&policy.expect("a policy"));
    assert_eq!(
        explained[0].sentences,
        [
            "For a vulnerability in a line sold in eu or uk, the vendor must send the CRA early warning within 24 hours, counted from the instant at which all of that first held."
        ]
    );
}

/// These events have words of their own; any other is told by its name.
#[test]
fn what_somebody_has_to_do_is_told_in_words() {
    let mut in_words = [
        "acknowledged",
        "reviewed",
        "info-requested",
        "scope-decided",
        "confirmed",
        "rejected",
        "scored",
        "judged",
        "closed",
        "release-shipped",
        "workaround-provided",
        "fix-ready",
        "fix-released",
        "fix-deployed",
        "measure-available",
        "upstream-decision",
        "embargo-ended",
        "reported-back",
        "validation-asked",
        "credit",
        "defect-created",
        "shared-with-cert",
        "users-informed",
        "cve-assigned",
        "cve-published",
        "advisory-published",
        "advisory-revised",
        "advisory-withdrawn",
        "release-note-published",
        "announced",
        "cra-early-warning-sent",
        "cra-notification-sent",
        "cra-final-report-sent",
        "incident-early-warning-sent",
        "incident-notification-sent",
        "incident-final-report-sent",
    ];
    in_words.sort_unstable();
    let mut told: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    told.retain(|name| {
        let said = sentences(&promise(&format!("do = \"{name}\"")).replace("§9 More.\n", "")).concat();
        !said.contains(&format!("must record `{name}` within"))
    });
    told.sort_unstable();
    assert_eq!(told, in_words);
}

#[test]
fn what_a_clock_is_counted_from_is_told_in_words() {
    let mut in_words = [
        "received",
        "acknowledged",
        "reviewed",
        "promoted",
        "report-joined",
        "confirmed",
        "affected",
        "rejected",
        "appealed",
        "scored",
        "fix-ready",
        "fix-released",
        "fix-deployed",
        "release-shipped",
        "workaround-provided",
        "measure-available",
        "component-shipped",
        "upstream-disclosed",
        "upstream-fix-released",
        "upstream-decision",
        "made-public",
        "exploit-public",
        "attacks-seen",
        "advisory-published",
        "incident-aware",
        "incident-notification-sent",
        "cra-notification-sent",
    ];
    in_words.sort_unstable();
    let mut told: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    told.retain(|name| {
        let said = sentences(&promise(&format!("start = \"{name}\"")).replace("§9 More.\n", "")).concat();
        !said.ends_with(&format!("counted from the event `{name}`."))
    });
    told.sort_unstable();
    assert_eq!(told, in_words);
}

#[test]
fn whom_a_promise_is_owed_to_is_told() {
    for (per, each) in [
        ("case", ""),
        ("report", ", for each report,"),
        ("reporter", ", for each reporter,"),
        ("track", ", for each affected line,"),
        ("component", ", for each component in each affected line,"),
    ] {
        check_promise(
            &format!("per = \"{per}\""),
            &format!("The vendor must{each} publish the advisory within 30 days, counted from the confirmation."),
        );
    }
}

#[test]
fn when_a_promise_begins_and_ends_is_told() {
    let from = "counted from the confirmation";
    for (keys, expect) in [
        ("within = \"next-release\"", format!("by the next release, {from}")),
        ("within = { earliest = [\"1 day\"] }", format!("within 1 day, {from}")),
        (
            "within = { earliest = [\"0 days\", \"next-release\"] }",
            format!("on the same day or by the next release, whichever comes first, {from}"),
        ),
        (
            "not_before = \"5 days\"\nwithin = \"scheduled-day\"\nscheduled = \"working-day\"",
            format!(
                "by the end of the scheduled day, not before 5 days have gone by (rolled forward to a working day), {from}"
            ),
        ),
        // A hold of no time holds nothing back.
        ("not_before = \"0 days\"", format!("within 30 days, {from}")),
        ("pick = \"first\"", format!("within 30 days, {from}")),
        ("pick = \"last\"", format!("within 30 days, {from} in the last line")),
        (
            "start = \"received + 72 hours\"",
            "within 30 days, counted from 72 hours after the receipt of the report".to_owned(),
        ),
        (
            "start = { earliest = [\"confirmed\"] }",
            format!("within 30 days, {from}"),
        ),
        (
            "start = { earliest = [\"confirmed\", \"received + 1 day\", \"made-public\"] }",
            "within 30 days, counted from the earliest of the confirmation, 1 day after the receipt of the report and details becoming public"
                .to_owned(),
        ),
        (
            "start = { latest = [\"confirmed\", \"scored\"] }",
            "within 30 days, counted from the latest of the confirmation and the score".to_owned(),
        ),
    ] {
        check_promise(keys, &format!("The vendor must publish the advisory {expect}."));
    }
}

#[test]
fn what_else_a_promise_says_is_told() {
    for (keys, expect) in [
        ("target = \"10 days\"", "the target is 10 days"),
        (
            "roll = \"working-day\"",
            "an end on a closed day moves to the next working day",
        ),
        (
            "satisfied_by = [\"announced\", \"cve-published\"]",
            "`announced` or `cve-published` also keeps it",
        ),
        (
            "evidence = \"bill-of-materials\"",
            "proven by a shipped release's bill of materials",
        ),
        ("overrides = [\"fix\"]", "it replaces `fix`"),
        ("beside = [\"fix\"]", "it runs beside `fix`"),
        (
            "roll = \"working-day\"\ntarget = \"10 days\"",
            "the target is 10 days; an end on a closed day moves to the next working day",
        ),
    ] {
        let begin = "The vendor must publish the advisory within 30 days, counted from the confirmation";
        check_promise(keys, &format!("{begin}; {expect}."));
    }
    check_promise(
        "not_before = \"5 days\"\nlifted_by = [\"made-public\", \"exploit-public\"]",
        "The vendor must publish the advisory within 30 days, not before 5 days have gone by, counted from the confirmation; `made-public` or `exploit-public` lifts the hold at once.",
    );
}

#[test]
fn bands_are_told_with_what_a_reading_makes_of_their_holes() {
    for (option, expect) in [
        ("low", "by a reading, 0.0 to 0.9 counts as Low."),
        ("none", "by a reading, 0.0 to 0.9 counts as no band."),
    ] {
        let reading = format!(
            "§4 Unclear.\n```reading\nid = \"r\"\nquestion = \"What is 0.5?\"\nchosen = \"{option}\"\nwhy = \"So.\"\nby = \"the lead\"\n[[option]]\nid = \"low\"\ntext = \"Low.\"\nset = {{ \"severity.gap\" = [{{ from = 0.0, to = 0.9, band = \"low\" }}] }}\n[[option]]\nid = \"none\"\ntext = \"None.\"\nset = {{ \"severity.gap\" = [{{ from = 0.0, to = 0.9, band = \"none\" }}] }}\n```\n"
        );
        let text = format!("{}\n{reading}", SMALL.replace("from = 0.0", "from = 1.0"));
        let (policy, _) = read("small.policy.md", &text);
        let explained = explain(&policy.expect("a policy"));
        assert_eq!(
            explained[0].sentences,
            [format!(
                "A score is High from 7.0 to 10.0; Low from 1.0 to 6.9; {expect}"
            )]
        );
    }
}

#[test]
fn a_definition_is_told_with_its_way_to_judge() {
    let class = "id = \"d\"\nfact = \"class\"\nvalue = \"high\"\n";
    let criteria =
        "criteria = [{ fact = \"exploit\", is = [\"active\", \"available\", \"active\"] }, { score_at_least = 7.0 }]\n";
    let is = "exploit is available or active; the score is 7.0 or more";
    for (keys, expect) in [
        (
            format!("{class}{criteria}"),
            format!("The class is high if all of these hold: {is}."),
        ),
        (
            format!("{class}{criteria}combine = \"any\"\notherwise = \"normal\""),
            format!("The class is high if any of these holds: {is}; otherwise it is normal."),
        ),
        (
            format!("{class}criteria = [{{ fact = \"exploit\", is = \"none\" }}]\nwhen = {{ origin = \"own\" }}"),
            "For an own vulnerability, the class is high if all of these hold: exploit is none.".to_owned(),
        ),
        (
            "id = \"d\"\nfact = \"scope\"\nvalue = \"out\"\nquestion = \"Is it?\"".to_owned(),
            "The scope is out if a person so answers \u{201c}Is it?\u{201d}".to_owned(),
        ),
        (
            "id = \"d\"\nfact = \"scope\"\nvalue = \"out\"\nquestion = \"Is it?\"\nelements = [\"a\", \"b\", \"c\"]"
                .to_owned(),
            "The scope is out if a person so answers \u{201c}Is it?\u{201d} for a, b and c.".to_owned(),
        ),
        (
            "id = \"d\"\nfact = \"scope\"\nvalue = \"out\"\nquestion = \"Is it?\"\nelements = [\"a\", \"b\"]\ncombine = \"any\""
                .to_owned(),
            "The scope is out if a person so answers \u{201c}Is it?\u{201d} for a or b.".to_owned(),
        ),
        (
            "id = \"d\"\nfact = \"verdict\"\nvalue = \"not-affected\"\njustifications = [\"component_not_present\", \"vulnerable_code_not_present\"]"
                .to_owned(),
            "The verdict is not-affected; accepted reasons are component_not_present and vulnerable_code_not_present."
                .to_owned(),
        ),
    ] {
        check_block("define", &keys, &expect);
    }
}

#[test]
fn a_gate_is_told_with_what_it_waits_for() {
    for (keys, expect) in [
        (
            "before = \"closed\"\nneeds = [\"score\", \"band\"]",
            "Candor refuses to close the case until there is a score and the score has a band (So).",
        ),
        (
            "before = \"rejected\"\nexit = [\"duplicate\"]\nneeds = [\"reason\"]\nwhen = { origin = \"own\" }",
            "For an own vulnerability, Candor refuses to turn the report down as duplicate until a reason is given (So).",
        ),
        (
            "before = \"reopened\"\nneeds = [\"second-person\"]",
            "Candor refuses `reopened` until a second person agrees (So).",
        ),
    ] {
        check_block("gate", &format!("id = \"g\"\nwhy = \"So.\"\n{keys}"), expect);
    }
}

#[test]
fn a_vehicle_is_told_with_what_it_carries() {
    for (keys, expect) in [
        ("vehicle = \"advisory\"", "The world is told by an advisory."),
        ("vehicle = \"release-note\"", "Customers are told in the release notes."),
        ("vehicle = \"portal\"", "It stands on the portal."),
        ("vehicle = \"cert\"", "A CERT is told."),
        ("vehicle = \"cve\"", "There is a CVE record."),
        ("vehicle = \"provider\"", "Documents lie in the provider's folder."),
        ("vehicle = \"policy-page\"", "This policy has its public page."),
        (
            "vehicle = \"provider\"\nrole = \"csaf_provider\"\nbase = \"https://example.com/csaf\"",
            "Documents lie in the provider's folder in the role `csaf_provider` at https://example.com/csaf.",
        ),
        (
            "vehicle = \"advisory\"\nwhen = { origin = \"own\" }\nformats = [\"html\", \"csaf\"]\nfields = [\"band\", \"credit\"]\nstatus_without_fix = \"interim\"\noptional = true",
            "For an own vulnerability, the world is told by an advisory as html and csaf; it holds band and credit; without a fix its status is interim, if a person so chooses.",
        ),
    ] {
        check_block("publish", keys, expect);
    }
}

#[test]
fn a_list_is_told_with_its_commands() {
    for (keys, expect) in [
        ("address = \"a@b.example\"", "The announce list is a@b.example."),
        (
            "subscribe = \"s@b.example\"\nunsubscribe = \"u@b.example\"",
            "Who wants to subscribe writes to s@b.example; who wants to leave writes to u@b.example.",
        ),
        (
            "subscribe = \"s@b.example\"\ndouble_opt_in = true",
            "Who wants to subscribe writes to s@b.example, and confirms.",
        ),
        (
            "sends = [\"advisory\", \"release-note\"]\nwhen = { origin = \"own\" }",
            "For an own vulnerability, it gets each advisory and release-note.",
        ),
        ("double_opt_in = true", "There is an announce list."),
    ] {
        check_block("list", keys, expect);
    }
}

#[test]
fn a_way_in_is_told_with_what_it_asks() {
    for (keys, expect) in [
        (
            "channel = \"mail\"\naddress = \"psirt@b.example\"",
            "Reports come in by mail at psirt@b.example.",
        ),
        (
            "channel = \"api\"\nencrypted = \"optional\"\nnumber = \"random\"",
            "Reports come in by api; encryption is optional; each report gets a random tracking number.",
        ),
        (
            "ask = \"Which version?\"",
            "The reporter is asked: \u{201c}Which version?\u{201d}",
        ),
        (
            "ask = \"The version\"\nrequired = true",
            "The report must hold this: \u{201c}The version\u{201d}.",
        ),
        ("flag = \"extortion\"", "The flag `extortion` can be raised."),
    ] {
        check_block("intake", keys, expect);
    }
}

#[test]
fn a_notice_is_told_with_its_text_and_its_task() {
    let text = "version = \"3\"\ntext = \"We thank you.\"\n";
    for (keys, expect) in [
        (
            "shown = \"form\"",
            "Shown on the form, version 3: \u{201c}We thank you.\u{201d}",
        ),
        (
            "shown = \"acknowledgement\"",
            "Shown in the acknowledgement, version 3: \u{201c}We thank you.\u{201d}",
        ),
        (
            "shown = \"portal\"\nflag = \"extortion\"\ntask = \"Call the duty\"",
            "Shown on the portal, version 3: \u{201c}We thank you.\u{201d}; raises the flag `extortion`; the team then has this task: Call the duty.",
        ),
        (
            "shown = \"form\"\nflag = \"contains-pii\"\ntask = \"Call\"\nkeep = \"2 weeks\"",
            "Shown on the form, version 3: \u{201c}We thank you.\u{201d}; raises the flag `contains-pii`; the team then has this task: Call; what reporters wrote and sent is destroyed 2 weeks after the end of a case that has it.",
        ),
        (
            "shown = \"advisory\"",
            "Shown on advisories, version 3: \u{201c}We thank you.\u{201d}",
        ),
    ] {
        check_block("notice", &format!("{text}{keys}"), expect);
    }
}

#[test]
fn a_question_of_scope_is_told_with_its_exception() {
    for (keys, expect) in [
        ("", ""),
        (
            "exception = \"e\"\nexception_question = \"But does it harm?\"",
            ", and no to \u{201c}But does it harm?\u{201d}",
        ),
        ("score_at_most = 3.9", "; asked at scores up to 3.9."),
        ("appeal = true", "; the reporter may appeal."),
    ] {
        check_block(
            "scope",
            &format!("question = \"Is it a list?\"\nreply = \"No.\"\n{keys}"),
            &format!("Out of scope if a person answers yes to \u{201c}Is it a list?\u{201d}{expect}"),
        );
    }
}

#[test]
fn the_other_blocks_are_told() {
    for (kind, keys, expect) in [
        (
            "access",
            "what = \"case\"\nwho = \"team\"",
            "A case is seen by the security team only.",
        ),
        (
            "access",
            "what = \"report\"\nwho = \"duty\"\nuntil = \"never\"",
            "A report is seen by those on duty only.",
        ),
        (
            "access",
            "what = \"reporter\"\nwho = \"members\"\nuntil = \"advisory-published\"",
            "The identity of a reporter is seen by the members of the case only until the publication of the advisory.",
        ),
        (
            "access",
            "what = \"machine-finding\"\nwho = \"everyone\"\nowner = true",
            "A machine's finding is seen by everyone, and has an owner.",
        ),
        (
            "priority",
            "when = { origin = \"own\" }\ndefect = \"high\"",
            "For an own vulnerability, the defect has high priority.",
        ),
        (
            "priority",
            "factors = [\"band\", \"exploit\"]",
            "The work list is ordered by band and exploit.",
        ),
        (
            "vocabulary",
            "id = \"v\"\n[[term]]\nid = \"xss\"\nlabel = \"XSS\"\ncwe = [\"CWE-79\"]\n[[term]]\nid = \"sqli\"\nlabel = \"SQL injection\"",
            "The terms of `v` are XSS, SQL injection.",
        ),
        (
            "calendar",
            "id = \"c\"\nzone = \"UTC\"\nopen = { mon = \"09:00-12:05, 13:00-17:00\", sun = \"00:00-24:00\" }\nknown_until = 2030-12-31",
            "Working time in UTC is mon 09:00-12:05 and 13:00-17:00, sun 00:00-24:00, without 0 listed dates, known until 2030-12-31.",
        ),
    ] {
        check_block(kind, keys, expect);
    }
    assert_eq!(
        sentences("<!-- none: an introduction -->\n"),
        ["Nothing: an introduction."]
    );
    let undecided = READING
        .replace("by = \"the lead\"", "by = \"\"")
        .replace("chosen = \"confirmed\"", "chosen = \"\"");
    assert_eq!(
        sentences(&undecided.replace("§4 Unclear.\n", "")),
        ["The question \u{201c}When does it begin?\u{201d} is not decided yet."]
    );
}

/// A line holds 96 characters; a word that would make it longer stands on the next one.
#[test]
fn an_explanation_is_wrapped_at_its_width() {
    let printed = |first: usize, second: &str| {
        explain::render(&[Explained {
            clause: "1".to_owned(),
            prose: format!("{} {second}", "x".repeat(first)),
            sentences: Vec::new(),
        }])
        .lines()
        .map(|line| line.chars().count())
        .collect::<Vec<_>>()
    };
    assert_eq!(printed(90, "yy"), [96, 0]);
    assert_eq!(printed(91, "yy"), [94, 6, 0]);
    assert_eq!(printed(91, "y"), [96, 0]);
    assert_eq!(printed(92, "y"), [95, 5, 0]);
    // A word is never cut.
    assert_eq!(printed(200, "y"), [203, 5, 0]);
}
