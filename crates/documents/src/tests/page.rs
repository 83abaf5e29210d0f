//! The models of the pages.

use super::sample::{advisory, at, brand, line};
use crate::card::{Card, newest_first};
use crate::page::{AdvisoryPage, Setting, lists};
use psirt::advisory::{Advisory, LineState, Revision, Score, Validity};
use psirt::policy::BandsFrom;

fn setting() -> Setting {
    Setting {
        zone: jiff::tz::TimeZone::get("Europe/Zurich").unwrap(),
        policy: Some(("house".to_owned(), "1".to_owned())),
        clauses: ["6".to_owned()].into(),
        bands_from: BandsFrom::Base,
        dynamic: true,
    }
}

fn page(advisory: &Advisory) -> AdvisoryPage {
    AdvisoryPage::of(advisory, &brand(), &setting(), "ABCD", 18_200).unwrap()
}

/// What a brand says in every advisory stands on the page, in the mail and in the document.
#[test]
fn what_a_brand_says_is_said_everywhere() {
    let mut text = advisory();
    text.frame = psirt::advisory::Frame {
        language: "en-GB".to_owned(),
        issuing_authority: "The PSIRT is responsible.".to_owned(),
        severity_namespace: "https://example.com/severity".to_owned(),
        distribution: "Pass it on as it is.".to_owned(),
        recommendations: "Keep the console off the internet.".to_owned(),
        notes: vec![("Support".to_owned(), "Ask your partner.".to_owned())],
        disclaimer: "Without warranty.".to_owned(),
        references: vec![("Contact".to_owned(), "https://example.com/contact".to_owned())],
    };
    text.vulnerabilities[0].credits[0].validated = true;
    let document = crate::csaf::to_bytes(&crate::csaf::document(&text, &brand(), "0").unwrap());
    let document = String::from_utf8(document).unwrap();
    let page = AdvisoryPage::of(&text, &brand(), &setting(), "ABCD", 1).unwrap();
    let mail = crate::text::of(&page, "https://example.com/a", "https://example.com/a.json");
    let shown = format!("{page:?}");
    for part in [
        "Pass it on as it is.",
        "Keep the console off the internet.",
        "Support",
        "Ask your partner.",
        "Without warranty.",
        "https://example.com/contact",
        "onfirmed",
    ] {
        for (place, said) in [("page", &shown), ("mail", &mail), ("document", &document)] {
            assert!(said.contains(part), "{place} lacks {part}");
        }
    }
    for part in [
        "\"lang\": \"en-GB\"",
        "The PSIRT is responsible.",
        "https://example.com/severity",
    ] {
        assert!(document.contains(part), "{document}");
    }
}

#[test]
fn dates_are_in_the_zone_of_the_policy() {
    let page = page(&advisory());
    let published = page.facts.last().unwrap();
    assert_eq!(
        (published.value.as_str(), published.note.as_str()),
        ("27 May 2027", "10:00 CEST")
    );
}

#[test]
fn rows_say_how_each_line_stands() {
    let rows: Vec<String> = page(&advisory()).vulnerabilities[0]
        .rows
        .iter()
        .map(|row| format!("{} | {} | {} | {}", row.name, row.affected, row.fixed, row.word))
        .collect();
    assert_eq!(
        rows,
        [
            "Lattice Sensor 25 | 25.0.0 to 25.1.1 | 25.1.2, 8 Feb 2027 | Fixed",
            "Lattice Sensor 24 | before 24.3.7 | 24.3.7, 8 Feb 2027 | Fixed",
            "Lattice Sensor 22 | all versions | no fix planned | Affected",
            "Fathom Cloud | none | – | Not affected",
        ]
    );
}

#[test]
fn every_version_before_a_fix_is_said_as_the_document_says_it() {
    let mut advisory = advisory();
    for words in ["", "all versions"] {
        words.clone_into(&mut advisory.vulnerabilities[0].lines[0].affected);
        assert_eq!(page(&advisory).vulnerabilities[0].rows[0].affected, "before 25.1.2");
    }
}

#[test]
fn what_concerns_no_product_has_no_severity() {
    let mut advisory = advisory();
    for line in &mut advisory.vulnerabilities[0].lines {
        line.state = psirt::advisory::LineState::NotAffected;
        line.justification = Some("component_not_present".to_owned());
    }
    let page = page(&advisory);
    let fact = (page.facts[0].term.as_str(), page.facts[0].note.as_str());
    assert_eq!(fact, ("Status", ""));
    assert_eq!(page.severity.as_ref().unwrap().word, "Not affected");
    assert!(!page.has_scores() && page.severity_clause.is_none());
    assert!(page.vulnerabilities[0].calculators.is_empty());
    assert_eq!(
        page.vulnerabilities[0].rows[0].why,
        "It does not contain the vulnerable component."
    );
    assert_eq!(page.standing(), "Why nothing is affected");
    assert!(crate::csaf::worst_band(&advisory).is_none());
}

#[test]
fn what_no_longer_holds_tells_its_reason_and_leads_to_what_it_said() {
    let mut advisory = advisory();
    advisory.revisions.push(Revision {
        number: 2,
        at: at("2028-01-03T08:00:00Z"),
        summary: "Withdrawn.".to_owned(),
        version: String::new(),
    });
    let before = advisory.summary.clone();
    advisory.summary = format!("This advisory is withdrawn: No.\n\n{before}");
    advisory.validity = Validity::Withdrawn { why: "No.".to_owned() };
    let mut page = page(&advisory);
    assert_eq!(
        (page.notice.as_str(), &page.summary),
        (advisory.validity.sentence().as_str(), &format!("It said: {before}"))
    );
    assert!(page.vulnerabilities.is_empty() && page.details.is_empty() && page.timeline.is_empty());
    assert_eq!(page.held(), None);
    let here = crate::place::page(&advisory);
    let old = crate::place::earlier_page(&advisory.number, 1);
    page.link_versions(&advisory, &here, &[(1, old), (2, here.clone())]);
    let held = page.held().unwrap();
    assert!(
        held.href.ends_with("/v1/index.html") && held.text.starts_with("Version 1: "),
        "{held:?}"
    );
    // What holds leads nowhere else.
    advisory.validity = Validity::Current;
    assert_eq!(self::page(&advisory).held(), None);
}

#[test]
fn steps_name_the_lines_when_they_are_not_for_all() {
    let titles: Vec<String> = page(&advisory()).vulnerabilities[0]
        .steps
        .iter()
        .map(|step| step.title.clone())
        .collect();
    assert_eq!(
        titles,
        [
            "Update: Lattice Sensor 25 and Lattice Sensor 24",
            "If you cannot update now",
            "No fix will come: Lattice Sensor 22"
        ]
    );
}

#[test]
fn what_a_service_did_is_not_called_an_update() {
    let mut advisory = advisory();
    let one = &mut advisory.vulnerabilities[0];
    one.remedies.clear();
    let cloud = one
        .lines
        .iter_mut()
        .find(|line| line.product == "Fathom Cloud")
        .unwrap();
    (cloud.state, cloud.fixed, cloud.deployment) = (LineState::Fixed, None, "saas".to_owned());
    let page = page(&advisory);
    let step = page.vulnerabilities[0]
        .steps
        .iter()
        .find(|step| step.text.contains("Fathom Cloud"))
        .unwrap();
    assert_eq!(step.title, "Already fixed: Fathom Cloud");
    assert_eq!(step.text, "Fathom Cloud is fixed. You need not do anything.");
    let update = page.vulnerabilities[0]
        .steps
        .iter()
        .find(|step| step.text.contains("Sensor 25"))
        .unwrap();
    assert_eq!(update.title, "Update: Lattice Sensor 25");
}

#[test]
fn a_clause_is_linked_only_where_it_stands() {
    let page = page(&advisory());
    assert_eq!(page.severity_clause.unwrap().href, "../policy/index.html#6");
    assert_eq!(
        page.timeline.last().unwrap().clause.as_ref().unwrap().href,
        "",
        "§7 is not on the page of the policy"
    );
}

#[test]
fn the_score_below_the_title_is_the_one_that_decides_the_band() {
    let note = |bands_from| {
        let page = AdvisoryPage::of(
            &advisory(),
            &brand(),
            &Setting {
                bands_from,
                ..setting()
            },
            "ABCD",
            1,
        )
        .unwrap();
        page.facts[0].note.clone()
    };
    assert_eq!(note(BandsFrom::Base), "CVSS 3.1 base 9.8");
    assert_eq!(note(BandsFrom::BaseTemporal), "CVSS 3.1 temporal 8.8");
}

#[test]
fn each_group_of_a_score_has_its_card() {
    let mut advisory = advisory();
    advisory.vulnerabilities[0].scores.push(Score {
        vector: "CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".to_owned(),
        issuer: Some("NVD".to_owned()),
    });
    let cards: Vec<String> = page(&advisory).vulnerabilities[0]
        .scores
        .iter()
        .map(|card| format!("{}: {} {} {}", card.label, card.figure, card.severity.word, card.vector))
        .collect();
    assert_eq!(
        cards,
        [
            "CVSS 3.1 base: 9.8 Critical CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "CVSS 3.1 temporal: 8.8 High E:P/RL:O/RC:C",
            "CVSS 4.0 base: 9.3 Critical CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
            "CVSS 3.1 base, by NVD: 8.4 High CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        ]
    );
}

#[test]
fn a_revision_is_told() {
    let mut advisory = advisory();
    advisory.revisions.push(Revision {
        number: 2,
        at: at("2027-06-01T08:00:00Z"),
        summary: "Fix for 22".to_owned(),
        version: String::new(),
    });
    let page = page(&advisory);
    assert_eq!(page.about, "version 2 · TLP:CLEAR");
    assert_eq!(
        page.versions.iter().map(|one| one.text.as_str()).collect::<Vec<_>>(),
        ["Version 2: Fix for 22", "Version 1: First version"]
    );
    assert_eq!(page.facts.last().unwrap().note, "revised 1 Jun 2027, 10:00 CEST");
}

#[test]
fn the_list_is_newest_first_by_year() {
    let published = |number: &str, when: &str| {
        let mut advisory = advisory();
        advisory.number = number.to_owned();
        advisory.revisions[0].at = at(when);
        advisory
    };
    let mut harmless = published("C-1", "2027-06-01T00:00:00Z");
    harmless.vulnerabilities[0].lines = vec![line("Cloud", LineState::NotAffected, "", None)];
    let all = [
        published("A-1", "2026-12-31T23:30:00Z"),
        published("B-1", "2026-03-01T00:00:00Z"),
        harmless,
    ];
    let cards: Vec<Card> = all.iter().map(|one| Card::of(one, &setting())).collect();
    let mut cards: Vec<&Card> = cards.iter().collect();
    newest_first(&mut cards);
    let page = lists(&cards).remove(0).complete(&cards);
    let told: Vec<String> = page
        .years
        .iter()
        .map(|year| {
            format!(
                "{}: {}",
                year.name,
                year.advisories
                    .iter()
                    .map(|one| one.number.as_str())
                    .collect::<Vec<_>>()
                    .join(" ")
            )
        })
        .collect();
    assert_eq!(
        told,
        ["2027: C-1 A-1", "2026: B-1"],
        "the year is that of the policy's zone"
    );
    assert_eq!(page.years[0].advisories[0].products, "No product is affected");
    assert_eq!(page.years[0].advisories[1].href, "advisories/a-1.html");
}
