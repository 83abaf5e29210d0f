//! The pages as HTML.

use super::sample::{House, advisory, check_whole, interim};
use crate::Publisher;
use psirt::advisory::{Advisory, Remedy, RemedyKind, Validity};

const HOSTILE: &str = "</title></script><script>alert('1')</script>\"onload=\"x {{ 7*7 }} & <b>";

/// An advisory with hostile text wherever text can stand.
pub(super) fn hostile() -> Advisory {
    let mut advisory = advisory();
    let text = || HOSTILE.to_owned();
    advisory.title = text();
    advisory.summary = text();
    advisory.details = text();
    advisory.revisions[0].summary = text();
    advisory.policy = (text(), text());
    let one = &mut advisory.vulnerabilities[0];
    one.title = text();
    one.impact = Some(text());
    one.credits[0].name = text();
    one.milestones[0].text = text();
    one.milestones[0].clause = Some(text());
    one.references[0].0 = text();
    one.scores[1].issuer = Some(text());
    one.lines[0].product = text();
    one.lines[0].affected = text();
    // CSAF allows no angle brackets in a version.
    one.lines[0].fixed = Some("1.0\"onload=\"x {{ 7*7 }} & 'b".to_owned());
    one.remedies = vec![Remedy {
        kind: RemedyKind::Workaround,
        text: text(),
        products: Vec::new(),
        date: None,
    }];
    let band = one.band.as_mut().unwrap();
    (band.id, band.label, band.clause) = (text(), text(), text());
    advisory
}

fn published(advisories: impl IntoIterator<Item = Advisory>, page: &str) -> String {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path());
    House::with(advisories).publish(&publisher);
    check_whole(&publisher);
    std::fs::read_to_string(publisher.public().join("psirt.example.com").join(page)).unwrap()
}

#[test]
fn the_page_of_an_advisory() {
    insta::assert_snapshot!(
        "the_page_of_an_advisory",
        published([advisory()], "advisories/exn-sa-2024_014.html")
    );
}

#[test]
fn the_page_of_an_advisory_that_does_not_hold_says_so_first() {
    let mut advisory = advisory();
    advisory.validity = Validity::Superseded {
        by: "EXN-SA-2024:015".to_owned(),
    };
    let html = published([advisory, interim()], "advisories/exn-sa-2024_014.html");
    let notice = "This advisory is superseded by EXN-SA-2024:015, which says what holds. <a href=\"../advisories/exn-sa-2024_015.html\">Read EXN-SA-2024:015</a>.";
    let (at, title) = (html.find(notice).unwrap(), html.find("<h1>").unwrap());
    assert!(at < title, "{html}");
    for gone in [
        "Critical is the severity of our policy",
        "Affected and fixed",
        "What to do",
    ] {
        assert!(!html.contains(gone), "{gone} in {html}");
    }
}

#[test]
fn the_page_of_what_is_not_affected_tells_why_and_has_no_empty_columns() {
    let mut advisory = advisory();
    advisory.vulnerabilities.truncate(1);
    for line in &mut advisory.vulnerabilities[0].lines {
        line.state = psirt::advisory::LineState::NotAffected;
        line.justification = Some("component_not_present".to_owned());
    }
    advisory.vulnerabilities[0].remedies.clear();
    let html = published([advisory], "advisories/exn-sa-2024_014.html");
    for part in [
        "<h2 id=\"affected\">Why nothing is affected</h2>",
        "<dd>It does not contain the vulnerable component.</dd>",
        "You need not do anything: none of our products is affected.",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert!(!html.contains("Fixed in"), "{html}");
}

#[test]
fn the_page_of_an_advisory_without_a_fix() {
    let html = published([interim()], "advisories/exn-sa-2024_015.html");
    for part in [
        "There is no fix for Quillon Gateway yet",
        "Under investigation",
        "version 1 · interim",
        "This advisory will be revised",
    ] {
        assert!(html.contains(part), "{part}");
    }
}

#[test]
fn hostile_text_stays_text_on_every_page() {
    for page in ["advisories/exn-sa-2024_014.html", "index.html"] {
        let html = published([hostile()], page);
        assert!(html.contains("&#60;script&#62;"), "{page} shows the text");
        for part in ["<script", "onload=\"", "<b>\"", "</title></script>"] {
            assert!(!html.contains(part), "{page} holds {part}");
        }
    }
}

#[test]
fn a_house_without_advisories_has_its_pages() {
    assert!(published([], "index.html").contains("We have published no advisory yet"));
    assert!(published([], "policy/index.html").contains("id=\"N13\""));
}

#[test]
fn the_policy_names_the_address_and_the_key_that_it_promises() {
    let html = published([], "policy/index.html");
    let fingerprint = super::sample::intake().fingerprint();
    for part in [
        "<a href=\"mailto:psirt@example.com\">psirt@example.com</a>".to_owned(),
        format!("<a href=\"../openpgp/{fingerprint}.asc\">"),
    ] {
        assert!(html.contains(&part), "{part}");
    }
}

#[test]
fn without_a_key_to_encrypt_to_the_page_for_reports_leads_to_the_form() {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path());
    let report = |house: &House| {
        house.publish(&publisher);
        std::fs::read_to_string(publisher.public().join("psirt.example.com/report/index.html")).unwrap()
    };
    let mut house = House::with([]);
    let safe = "needs none: what you send there travels over TLS";
    let html = report(&house);
    assert!(
        html.contains("Encrypt it to this key") && !html.contains(safe),
        "{html}"
    );
    let at = super::sample::now().as_second();
    let revoked = super::sample::intake().revocation(openpgp::Reason::Compromised, "the disk was lost", at);
    house.intake = vec![revoked.unwrap()];
    let html = report(&house);
    for part in [
        "There is no key to encrypt it to now",
        safe,
        "Revoked on 1 June 2024: do not use it",
    ] {
        assert!(html.contains(part), "{html}\nlacks {part}");
    }
    for part in ["Encrypt it to this key", "gpg --locate"] {
        assert!(!html.contains(part), "{html}\nholds {part}");
    }
}

#[test]
fn every_page_leads_to_where_reports_go() {
    for page in [
        "advisories/exn-sa-2024_014.html",
        "index.html",
        "policy/index.html",
        "thanks/index.html",
    ] {
        let html = published([advisory()], page);
        let (masthead, _) = html.split_once("</header>").unwrap();
        assert!(
            masthead.contains("report/index.html\">Report a vulnerability</a>"),
            "{page}: {masthead}"
        );
    }
}

#[test]
fn a_browser_names_an_advisory_by_number_and_title() {
    let html = published([advisory()], "advisories/exn-sa-2024_014.html");
    let (_, title) = html.split_once("<title>").unwrap();
    assert!(title.starts_with("EXN-SA-2024:014: "), "{title}");
}

#[test]
fn no_page_has_a_script_an_inline_style_or_a_link_that_is_not_relative() {
    for page in ["advisories/exn-sa-2024_014.html", "index.html", "policy/index.html"] {
        let html = published([advisory()], page);
        for part in [
            "<script",
            "<style",
            " style=",
            " onload=",
            " onclick=",
            " onerror=",
            "javascript:",
        ] {
            let hit = html
                .split('<')
                .any(|tag| format!("<{}", tag.split('>').next().unwrap_or_default()).contains(part));
            assert!(!hit, "{page} holds {part}");
        }
        for link in crate::links::of(&html) {
            assert!(
                !link.starts_with("http") || link.starts_with("https://example.org/"),
                "{page}: {link}"
            );
            assert!(!link.starts_with('/') && !link.is_empty(), "{page}: {link}");
        }
    }
}

#[test]
fn an_advisory_about_two_vulnerabilities_is_whole_in_every_format() {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path());
    let mut two = advisory();
    two.number = "EXN-SA-2024:020".to_owned();
    let mut second = interim().vulnerabilities.remove(0);
    second.cve = Some("CVE-1900-0002".to_owned());
    two.vulnerabilities.push(second);
    House::with([advisory(), super::sample::revised(), two]).publish(&publisher);
    check_whole(&publisher);
    let read = |path: &str| std::fs::read_to_string(publisher.public().join("psirt.example.com").join(path)).unwrap();
    for (path, part) in [
        ("osv/exn-sa-2024_020.1.json", "\"x_EXN-SA-2024:020#1\""),
        ("osv/exn-sa-2024_020.2.json", "\"CVE-1900-0002\""),
        ("cve/CVE-1900-0001.json", "advisories/exn-sa-2024_014.html"),
        ("cve/CVE-1900-0001.json", "advisories/exn-sa-2024_020.html"),
        ("cve/CVE-1900-0002.json", "Quillon Hub"),
        ("advisories/exn-sa-2024_020.html", "../osv/exn-sa-2024_020.2.json"),
        ("advisories/exn-sa-2024_020.html", "CWE-122 Heap-based Buffer Overflow"),
    ] {
        assert!(read(path).contains(part), "{path} lacks {part}");
    }
}
