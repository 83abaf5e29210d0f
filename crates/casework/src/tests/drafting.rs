//! Writing an advisory: what the brand sets once, what is told at each field, what a reporter found, and what brings a publication forward.

use super::world::{Desk, GUARDIAN, NOZOMI, T128, by, check_refused, draft, incoming, scheduling, two};
use crate::{Draft, Finding, Incoming, Weight};
use psirt::advisory::{Frame, Stage, Wording};

/// What a vendor sets once.
fn wording() -> Wording {
    Wording {
        title: "{impact} in {product}".to_owned(),
        summary: "{product} {versions} has a flaw of severity {band}[ ({cve})]. It is fixed in {fixed}.".to_owned(),
        details: String::new(),
        frame: Frame {
            language: "en-GB".to_owned(),
            issuing_authority: "The PSIRT is responsible for every product of the brand.".to_owned(),
            severity_namespace: "https://psirt.nozomi-networks.example/severity".to_owned(),
            distribution: "Pass it on as it is.".to_owned(),
            recommendations: "Keep the console off the internet.".to_owned(),
            notes: vec![("Support".to_owned(), "Ask your partner.".to_owned())],
            disclaimer: "Without warranty.".to_owned(),
            references: vec![(
                "Contact".to_owned(),
                "https://psirt.nozomi-networks.example/contact".to_owned(),
            )],
        },
    }
}

/// Findings as `weight field`, those of one source.
fn told(findings: &[Finding], source: &str) -> Vec<String> {
    let of = findings.iter().filter(|finding| finding.source.starts_with(source));
    of.map(|finding| format!("{} {}", finding.weight.name(), finding.field))
        .collect()
}

/// From the case to a text with which the validator finds nothing that blocks, and nothing that needs a reason.
async fn check_clean(desk: &Desk, id: &str) {
    let prospect = desk.casework.prospect(&by("ana"), id).unwrap();
    let heavy: Vec<&Finding> = prospect
        .findings
        .iter()
        .filter(|finding| finding.weight != Weight::Hint)
        .collect();
    assert!(heavy.is_empty(), "{heavy:#?}");
}

#[tokio::test]
async fn three_typed_fields_make_a_clean_advisory() {
    let desk = Desk::open().await;
    let case = desk.fixed().await;
    let id = desk
        .casework
        .draft_advisory(&by("ana"), &[case], draft())
        .await
        .unwrap();
    check_clean(&desk, &id).await;
}

#[tokio::test]
async fn versions_that_no_program_can_read_are_told_at_their_field() {
    let desk = Desk::open().await;
    let case = desk.fixed().await;
    let mut typed = draft();
    typed.affected = [(GUARDIAN.to_owned(), "24.0 to 24.8, and 24.10".to_owned())].into();
    let id = desk.casework.draft_advisory(&by("ana"), &[case], typed).await.unwrap();
    let prospect = desk.casework.prospect(&by("ana"), &id).unwrap();
    let field = format!("vulnerabilities[0].lines[{GUARDIAN}].affected");
    let told = prospect
        .findings
        .iter()
        .find(|finding| finding.field == field && finding.source.is_empty())
        .unwrap();
    assert_eq!(told.weight, Weight::Hint);
    assert!(
        told.message
            .contains("`24.0 to 24.8, and 24.10` cannot be read as a range"),
        "{}",
        told.message
    );
}

#[tokio::test]
async fn not_affected_by_somebody_elses_vulnerability_is_a_vex_under_its_id() {
    let desk = Desk::open().await;
    let case = desk.report("a scanner names CVE-1900-7777").await;
    for event in [
        "reviewed = {}",
        "alias = { id = \"GHSA-aaaa-bbbb-cccc\" }",
        "alias = { id = \"CVE-1900-7777\" }",
    ] {
        desk.act(&case, event).await;
    }
    let excluded = format!("not-affected = {{ product = \"{GUARDIAN}\", justification = \"component_not_present\" }}");
    desk.act(&case, &excluded).await;
    let typed = Draft {
        title: "Guardian does not contain the library".to_owned(),
        summary: "No version of Guardian is affected.".to_owned(),
        ..Draft::default()
    };
    let id = desk.casework.draft_advisory(&by("ana"), &[case], typed).await.unwrap();
    let board = desk.casework.board();
    let one = &board.advisories[&id].draft.vulnerabilities[0];
    assert_eq!(one.cve.as_deref(), Some("CVE-1900-7777"));
    assert!(one.cve_by_others && one.excludes_all());
    assert!(one.scores.is_empty() && one.band.is_none());
    drop(board);
    check_clean(&desk, &id).await;
}

#[tokio::test]
async fn templates_leave_one_field_to_type() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let case = desk.fixed().await;
    casework.set_wording(&by("lea"), NOZOMI, wording()).await.unwrap();
    let typed = Draft {
        affected: [(GUARDIAN.to_owned(), "25.0.0 to 25.1.1".to_owned())].into(),
        ..Draft::default()
    };
    let id = casework
        .draft_advisory(&by("ana"), std::slice::from_ref(&case), typed)
        .await
        .unwrap();
    check_clean(&desk, &id).await;
    {
        let board = casework.board();
        let text = &board.advisories[&id].draft;
        assert_eq!(text.title, "Overflow in Guardian");
        assert_eq!(text.vulnerabilities[0].title, "Overflow in Guardian");
        assert_eq!(
            text.summary,
            "Guardian 25.0.0 to 25.1.1 has a flaw of severity High. It is fixed in 25.1.2."
        );
        assert_eq!(text.frame, wording().frame);
    }
    // What was typed wins over a template; what is not typed anew stays.
    let typed = Draft {
        title: "Heap overflow in Guardian".to_owned(),
        ..Draft::default()
    };
    casework.redraft_advisory(&by("ana"), &id, typed).await.unwrap();
    casework
        .edit_advisory(&by("ana"), &id, "disclaimer", "No warranty of any kind.")
        .await
        .unwrap();
    casework
        .redraft_advisory(&by("ana"), &id, Draft::default())
        .await
        .unwrap();
    let board = casework.board();
    let text = &board.advisories[&id].draft;
    assert_eq!(text.title, "Heap overflow in Guardian");
    assert!(
        text.summary.starts_with("Guardian 25.0.0 to 25.1.1"),
        "{}",
        text.summary
    );
    assert_eq!(text.vulnerabilities[0].lines[0].affected, "25.0.0 to 25.1.1");
    assert_eq!(text.frame.disclaimer, "No warranty of any kind.");
}

#[tokio::test]
async fn a_template_asks_for_what_the_case_does_not_know() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let case = desk.confirmed().await;
    let plain = Wording {
        title: "{impact} in {product}".to_owned(),
        summary: "It is fixed in {fixed}.".to_owned(),
        ..Wording::default()
    };
    casework.set_wording(&by("lea"), NOZOMI, plain).await.unwrap();
    check_refused(
        &desk,
        casework.draft_advisory(&by("ana"), std::slice::from_ref(&case), Draft::default()),
        "template of the summary cannot be filled in: it asks for {fixed}, and there is no fixed version",
    )
    .await;
    casework
        .set_wording(&by("lea"), NOZOMI, Wording::default())
        .await
        .unwrap();
    check_refused(
        &desk,
        casework.draft_advisory(&by("ana"), &[case], Draft::default()),
        "type the title, or give the brand a template",
    )
    .await;
}

#[tokio::test]
async fn a_wording_is_checked_when_it_is_set() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let wrong = |change: fn(&mut Wording)| {
        let mut wording = wording();
        change(&mut wording);
        wording
    };
    for (change, expect) in [
        (
            (|wording| wording.summary = "In {produkt}.".to_owned()) as fn(&mut Wording),
            "summary, character 4: `{produkt}` is no placeholder",
        ),
        (
            |wording| wording.title = "{product".to_owned(),
            "title, character 1: this `{` has no `}`",
        ),
        (
            |wording| wording.frame.language = "de".to_owned(),
            "language: must be `en`",
        ),
        (
            |wording| wording.frame.references[0].1 = "contact".to_owned(),
            "references[0]: the address must begin",
        ),
    ] {
        check_refused(&desk, casework.set_wording(&by("lea"), NOZOMI, wrong(change)), expect).await;
    }
    check_refused(&desk, casework.set_wording(&by("ana"), NOZOMI, wording()), "is for").await;
    check_refused(&desk, casework.set_wording(&by("lea"), "nobody", wording()), "nobody").await;
    casework.set_wording(&by("lea"), NOZOMI, wording()).await.unwrap();
    assert_eq!(casework.board().house.wordings[NOZOMI], wording());
    let desk = desk.reopened().await;
    assert_eq!(desk.casework.board().house.wordings[NOZOMI], wording());
}

#[tokio::test]
async fn an_edit_tells_what_is_wrong_with_its_field() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let case = desk.fixed().await;
    let id = desk.approved_advisory(&case).await;
    let edit = async |field: &str, text: &str| casework.edit_advisory(&by("ben"), &id, field, text).await;
    // The text is another one: it needs its approval again.
    assert!(edit("details", "More is known.").await.unwrap().is_empty());
    assert_eq!(casework.board().advisories[&id].stage, Stage::Draft);
    assert_eq!(told(&edit("title", "a\nb").await.unwrap(), ""), ["must change title"]);
    assert_eq!(told(&edit("title", "").await.unwrap(), ""), ["must change title"]);
    assert!(edit("title", "Heap overflow").await.unwrap().is_empty());
    let hints = edit("status", "interim").await.unwrap();
    assert_eq!(told(&hints, ""), ["hint status"]);
    assert!(hints[0].message.contains("`final` fits"), "{hints:?}");
    let line = "vulnerabilities[0].lines[Guardian].affected";
    let found = edit(line, "before 25.1.2").await.unwrap();
    assert_eq!(
        told(&found, "CSAF"),
        [format!("hint {line}"), format!("hint {line}")],
        "a range is worth a word"
    );
    check_refused(
        &desk,
        casework.edit_advisory(&by("ben"), &id, "vulnerabilities[0].cwe", "CWE-1"),
        "comes from the case",
    )
    .await;
    check_refused(
        &desk,
        casework.edit_advisory(&by("ben"), &id, line, "before 25.1.2"),
        "nothing changes",
    )
    .await;
    check_refused(&desk, casework.edit_advisory(&by("audrey"), &id, line, "x"), "is for").await;
}

/// The validator's optional test 6.2.11 wants a tracking id that is a file name; the CNA's rules ask for a reference and a weakness.
#[tokio::test]
async fn every_validator_is_heard_and_told_at_the_field() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let case = desk.confirmed().await;
    for text in [
        "impact-set = { term = \"overflow\" }",
        "cve-assigned = { id = \"CVE-2026-12345\" }",
        "affected = { product = \"Vantage\" }",
        "credit = { choice = \"yes\", as = \"Ada\" }",
    ] {
        desk.act(&case, text).await;
    }
    let typed = Draft {
        summary: "Ada found that a packet makes the parser write past its buffer.".to_owned(),
        ..draft()
    };
    let id = casework.draft_advisory(&by("ana"), &[case], typed).await.unwrap();
    let findings = casework.prospect(&by("ana"), &id).unwrap().findings;
    let cnas = told(&findings, "CNA");
    assert!(
        cnas.contains(&"keeps back the CVE record summary".to_owned()),
        "{cnas:?}"
    );
    assert!(cnas.contains(&"hint vulnerabilities[0].cwe".to_owned()), "{cnas:?}");
    // The text is interim, as it should be: a line has no fix.
    assert!(
        told(&findings, "").iter().all(|line| line != "hint status"),
        "{findings:#?}"
    );
    casework
        .edit_advisory(&by("ana"), &id, "status", "final")
        .await
        .unwrap();
    let findings = casework.prospect(&by("ana"), &id).unwrap().findings;
    assert!(
        findings.iter().any(|finding| finding.field == "status"),
        "{findings:#?}"
    );
    // Each finding has a field that the page shows, or is about the whole.
    let board = casework.board();
    let fields = psirt::advisory::fields(&board.advisories[&id].draft);
    for finding in &findings {
        let shown = finding.field.is_empty() || fields.iter().any(|(name, _)| finding.is_about(name));
        assert!(shown || finding.field.ends_with("cwe"), "{finding:?}");
    }
}

#[tokio::test]
async fn a_reporter_who_is_named_is_thanked_for_the_look_at_the_fix() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let case = desk.confirmed().await;
    let ana = by("ana");
    let act = |text: &str| casework.act(&ana, &case, None, super::world::event(text));
    check_refused(
        &desk,
        act("validation-asked = {}"),
        "there is no fix that a reporter could look at",
    )
    .await;
    desk.act(&case, "fix-ready = { product = \"Guardian\" }").await;
    let answered = "validation-answered = { answer = \"validated\" }";
    check_refused(&desk, act(answered), "was not asked to look at the fix").await;
    desk.act(&case, "validation-asked = {}").await;
    desk.act(&case, "validation-answered = { answer = \"not-fixed\" }")
        .await;
    desk.act(&case, "validation-asked = {}").await;
    desk.act(&case, answered).await;
    let credit = async |choice: &str| {
        desk.act(&case, &format!("credit = {{ choice = \"{choice}\", as = \"Ada\" }}"))
            .await;
        let id = casework
            .draft_advisory(&by("ana"), std::slice::from_ref(&case), draft())
            .await
            .unwrap();
        let board = casework.board();
        let one = board.advisories[&id].draft.vulnerabilities[0].clone();
        let told = one
            .milestones
            .iter()
            .any(|milestone| milestone.text.contains("confirmed that the fix works"));
        (
            one.credits.iter().map(|credit| credit.validated).collect::<Vec<_>>(),
            told,
        )
    };
    assert_eq!(credit("yes").await, (vec![true], true));
    assert_eq!(credit("no").await, (vec![], false));
}

/// Scheduled for the end of the hold, as the policy has it.
async fn held(desk: &Desk) -> (String, String) {
    let case = desk.fixed().await;
    let id = desk.approved_advisory(&case).await;
    desk.casework
        .schedule(&by("leo"), &id, &scheduling("2027-01-04T08:00:00Z"))
        .await
        .unwrap();
    (case, id)
}

/// Public details end the hold, and two people may publish; nothing goes out by itself (D14).
#[tokio::test]
async fn public_details_propose_to_publish_earlier() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let (case, id) = held(&desk).await;
    assert!(casework.prospect(&by("ana"), &id).unwrap().early.is_empty());
    check_refused(&desk, casework.order_release(&by("leo"), &id, ""), "still to come").await;
    desk.wait_until("2026-11-10T09:00:00Z");
    desk.act(&case, "made-public = { evidence = \"a talk\" }").await;
    let [early] = casework.prospect(&by("ana"), &id).unwrap().early.try_into().unwrap();
    assert_eq!(
        (
            early.case.as_str(),
            early.end.clause.as_str(),
            early.end.rule.as_str(),
            early.end.by.as_str(),
            early.end.over
        ),
        (case.as_str(), "N13", "advisory-hold", "ana", true)
    );
    let due = early
        .end
        .due
        .as_ref()
        .map(|(due, clause)| (due.to_string(), clause.as_str()));
    assert_eq!(due, Some(("2026-11-11T09:00:00Z".to_owned(), "N13")));
    assert!(early.words.contains("two people may order it now"), "{}", early.words);
    // A round of the publisher changes nothing.
    let lease = casework.publisher_lease("one").await.unwrap().unwrap();
    assert_eq!(casework.order_arrived(&lease).await.unwrap(), []);
    assert_eq!(casework.board().advisories[&id].stage, Stage::Scheduled);
    check_refused(&desk, casework.order_release(&by("lea"), &id, ""), "act of two people").await;
    casework.order_release(&by("leo"), &id, "").await.unwrap();
    assert!(casework.prospect(&by("ana"), &id).unwrap().early.is_empty());
}

/// An earlier schedule settles it too; one that is in time is not proposed against.
#[tokio::test]
async fn a_schedule_in_time_is_left_alone() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let (case, id) = held(&desk).await;
    desk.wait_until("2026-11-10T09:00:00Z");
    desk.act(&case, "exploit-public = { evidence = \"a repository\" }")
        .await;
    assert_eq!(casework.prospect(&by("ana"), &id).unwrap().early.len(), 1);
    casework
        .schedule(&by("leo"), &id, &scheduling("2026-11-10T15:00:00Z"))
        .await
        .unwrap();
    assert!(casework.prospect(&by("ana"), &id).unwrap().early.is_empty());
    check_refused(&desk, casework.order_release(&by("leo"), &id, ""), "still to come").await;
}

/// Attacks speak for the end of a hold, and do not end it: two people let it go first.
#[tokio::test]
async fn attacks_only_propose() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let (case, id) = held(&desk).await;
    desk.wait_until("2026-11-10T09:00:00Z");
    desk.act(&case, "attacks-seen = { evidence = \"a customer\" }").await;
    let [early] = casework.prospect(&by("ana"), &id).unwrap().early.try_into().unwrap();
    assert_eq!(
        (early.end.clause.as_str(), early.end.over, early.end.due),
        ("N13", false, None)
    );
    assert!(early.words.contains("does not end the hold of §N13"), "{}", early.words);
    check_refused(&desk, casework.order_release(&by("leo"), &id, ""), "still to come").await;
    let waived = super::world::event("waived = { rule = \"advisory-hold\", why = \"It is attacked.\" }");
    casework.act(&two("lea", "leo"), &case, None, waived).await.unwrap();
    casework
        .schedule(&by("leo"), &id, &scheduling("2026-11-10T15:00:00Z"))
        .await
        .unwrap();
    desk.wait_until("2026-11-10T15:00:00Z");
    casework.order_release(&by("leo"), &id, "").await.unwrap();
}

/// One that cannot be fixed is told and waits; its author gets it back, and what was public stays.
#[tokio::test]
async fn an_order_that_cannot_be_fixed_is_given_back() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let case = desk.fixed().await;
    let id = desk.approved_advisory(&case).await;
    desk.wait_until("2027-01-04T09:00:00Z");
    let first = casework.order_release(&by("leo"), &id, "").await.unwrap();
    check_refused(&desk, casework.send_back(&by("leo"), &id, "why"), "on its way").await;
    assert!(casework.has_waiting_release());
    casework.hold_aside(&id, 1, "the validator refuses it").await.unwrap();
    let size = casework.board().size;
    casework.hold_aside(&id, 1, "the validator refuses it").await.unwrap();
    assert_eq!(casework.board().size, size, "the same reason is recorded once");
    // Nobody tries it in every round.
    assert!(!casework.has_waiting_release());
    let prospect = casework.prospect(&by("ana"), &id).unwrap();
    assert!(
        prospect.missing[0].contains("the validator refuses it"),
        "{:?}",
        prospect.missing
    );
    casework.send_back(&by("leo"), &id, "Change the title.").await.unwrap();
    assert!(casework.released(NOZOMI).is_empty());
    casework
        .edit_advisory(&by("ana"), &id, "title", "Another title")
        .await
        .unwrap();
    casework.approve(&by("lea"), &id).await.unwrap();
    let again = casework.order_release(&by("leo"), &id, "").await.unwrap();
    assert_eq!(
        (&again.number, again.revision),
        (&first.number, 1),
        "the number is its own"
    );
    casework.mark_published(&id, 1, "digest").await.unwrap();

    // A revision that cannot be fixed: the first version is what there is.
    let public = casework.released(NOZOMI);
    casework
        .edit_advisory(&by("ana"), &id, "details", "More is known.")
        .await
        .unwrap();
    casework.approve(&by("lea"), &id).await.unwrap();
    casework.order_release(&by("leo"), &id, "Details added.").await.unwrap();
    let [waiting] = casework.releases(NOZOMI).try_into().unwrap();
    assert_eq!(waiting.before.as_ref().map(|before| &before.released), public.first());
    casework.hold_aside(&id, 2, "the validator refuses it").await.unwrap();
    casework.send_back(&by("leo"), &id, "Change it.").await.unwrap();
    assert_eq!(casework.released(NOZOMI), public);
    let state = casework.board().advisories[&id].clone();
    assert_eq!(
        (state.on_disk, state.draft.revisions.len(), state.stage),
        (true, 1, Stage::Draft)
    );
    assert_eq!(
        casework.board_from_scratch().await.unwrap().advisories,
        casework.board().advisories
    );
}

/// One id has one record: what another advisory of the brand says of it is looked at, once that is ordered.
#[tokio::test]
async fn what_two_advisories_say_of_one_id_is_compared() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let assigned = "cve-assigned = { id = \"CVE-2026-12345\" }";
    let (first, second) = (desk.fixed().await, desk.fixed().await);
    for case in [&first, &second] {
        desk.act(case, assigned).await;
    }
    let id = desk.approved_advisory(&first).await;
    let other = casework
        .draft_advisory(&by("ana"), std::slice::from_ref(&second), draft())
        .await
        .unwrap();
    let affected = "vulnerabilities[0].lines[Guardian].affected";
    casework
        .edit_advisory(&by("ana"), &other, affected, "25.0.0 to 25.0.9")
        .await
        .unwrap();
    let contradictions = |id: &str| told(&casework.prospect(&by("ana"), id).unwrap().findings, "CNA rule 4.5.2.4");
    assert!(contradictions(&other).is_empty(), "no draft shows in another one");
    desk.wait_until("2027-01-04T09:00:00Z");
    let ordered = casework.order_release(&two("lea", "leo"), &id, "").await.unwrap();
    let expect = [format!("keeps back the CVE record {affected}")];
    assert_eq!(contradictions(&other), expect);
    let findings = casework.prospect(&by("ana"), &other).unwrap().findings;
    assert!(
        findings.iter().any(|finding| finding.message.contains(&ordered.number)),
        "{findings:#?}"
    );
    assert!(contradictions(&id).is_empty(), "the other one is a draft");
}

#[tokio::test]
async fn an_id_of_a_third_party_is_assigned_by_another() {
    let desk = Desk::open().await;
    // A policy that leaves it open who numbers.
    let report = Incoming {
        brand: Some(T128.to_owned()),
        ..incoming("A flaw in a library")
    };
    let case = desk.receive(report).await;
    for text in [
        "acknowledged = {}",
        "reviewed = {}",
        "confirmed = { origin = \"third-party\", products = [\"Session Smart Router\"] }",
        "cve-assigned = { id = \"CVE-2026-12345\" }",
    ] {
        desk.act(&case, text).await;
    }
    let typed = Draft {
        affected: std::collections::BTreeMap::new(),
        ..draft()
    };
    let id = desk.casework.draft_advisory(&by("ana"), &[case], typed).await.unwrap();
    let findings = desk.casework.prospect(&by("ana"), &id).unwrap().findings;
    assert_eq!(
        told(&findings, "CNA rule 4.2.16.6"),
        ["keeps back the CVE record vulnerabilities[0].cve"]
    );
}
