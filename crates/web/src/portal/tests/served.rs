//! The search and "am I affected?", over catalogues and over the address.

use super::*;
use crate::portal::ask::MAX_FIELD_CHARS;
use documents::catalog::{Entry, Month, entries};
use documents::page::Setting;
use psirt::advisory::{Advisory, LineState, LineStatement, Revision, Vulnerability};

/// An advisory in a few words.
struct Said {
    number: &'static str,
    day: &'static str,
    title: &'static str,
    impact: &'static str,
    lines: &'static [(&'static str, LineState, &'static str, &'static str)],
}

impl Said {
    fn advisory(&self) -> Advisory {
        let statement = |(product, state, affected, fixed): &(&str, LineState, &str, &str)| LineStatement {
            product: (*product).to_owned(),
            deployment: "on-prem".to_owned(),
            state: *state,
            affected: (*affected).to_owned(),
            fixed: Some((*fixed).to_owned()).filter(|fixed| !fixed.is_empty()),
            fixed_on: None,
            justification: None,
            version_scheme: psirt::version::VersionScheme::default(),
            vendor: None,
        };
        Advisory {
            number: self.number.to_owned(),
            title: self.title.to_owned(),
            summary: "A summary of one sentence.".to_owned(),
            vulnerabilities: vec![Vulnerability {
                cve: Some(format!("CVE-1900-{}", self.number)),
                impact: Some(self.impact.to_owned()),
                lines: self.lines.iter().map(statement).collect(),
                ..Vulnerability::default()
            }],
            revisions: vec![Revision {
                number: 1,
                at: format!("{}T00:00:00Z", self.day).parse().unwrap(),
                summary: "First".to_owned(),
                version: String::new(),
            }],
            ..Advisory::default()
        }
    }
}

fn catalog() -> Catalog {
    let said = [
        Said {
            number: "1001",
            day: "2026-02-01",
            title: "Heap overflow in the reader",
            impact: "Execute code",
            lines: &[
                ("Sensor", LineState::Fixed, "24.0 to 25.1.1", "25.1.2"),
                ("Cloud", LineState::NotAffected, "", ""),
            ],
        },
        Said {
            number: "1002",
            day: "2026-05-01",
            title: "Stored script in a report <b>",
            impact: "Gain privileges",
            lines: &[("Console & more", LineState::Affected, "all versions", "")],
        },
        Said {
            number: "1003",
            day: "2027-01-01",
            title: "Crash of the reader",
            impact: "Execute code",
            lines: &[("Sensor", LineState::Affected, "some builds", "")],
        },
    ];
    let advisories: Vec<Advisory> = said.iter().map(Said::advisory).collect();
    of_entries(entries(&advisories, &Setting::of(None)))
}

fn of_entries(entries: Vec<Entry>) -> Catalog {
    let mut months: Vec<Month> = entries.iter().map(|entry| Month::of(entry.published)).collect();
    months.dedup();
    let face = documents::catalog::Face {
        brand: "Example".to_owned(),
        dynamic: true,
        months,
        ..Default::default()
    };
    Catalog::of(face, entries)
}

fn search(catalog: &Catalog, query: &str) -> String {
    let uri: Uri = format!("/search{query}").parse().unwrap();
    Search::of(catalog, Ask::of(&uri)).render().unwrap()
}

/// The numbers that a search finds, in their order.
fn check_search(query: &str, expect: &[&str]) -> String {
    let page = search(&catalog(), query);
    let found: Vec<&str> = page
        .split("<a href=\"advisories/")
        .skip(1)
        .filter_map(|rest| rest.split('.').next())
        .collect();
    assert_eq!(found, expect, "{query}");
    page
}

fn check_affected(query: &str, parts: &[&str]) -> String {
    let uri: Uri = format!("/affected{query}").parse().unwrap();
    let page = Affected::of(&catalog(), Ask::of(&uri)).render().unwrap();
    for part in parts {
        assert!(page.contains(part), "{query} lacks {part}: {page}");
    }
    page
}

#[test]
fn advisories_are_found_by_what_people_remember() {
    check_search("", &["1003", "1002", "1001"]);
    check_search("?q=reader", &["1003", "1001"]);
    check_search("?q=READER+heap", &["1001"]);
    check_search("?q=cve-1900-1002", &["1002"]);
    check_search("?product=Sensor", &["1003", "1001"]);
    check_search("?product=Console+%26+more", &["1002"]);
    check_search("?year=2026", &["1002", "1001"]);
    check_search("?impact=Execute+code&year=2026", &["1001"]);
    check_search("?severity=Not+rated&q=script", &["1002"]);
}

#[test]
fn a_version_leaves_out_what_is_surely_no_concern_of_it() {
    check_search("?product=Sensor&version=25.1.0", &["1003", "1001"]);
    // 1003 speaks in words, so it stays.
    check_search("?product=Sensor&version=25.1.2", &["1003"]);
    let page = check_search("?product=Sensor&version=newest", &["1003", "1001"]);
    assert!(page.contains("cannot be read as a version"), "{page}");
    check_search("?product=Cloud&version=3", &[]);
}

#[test]
fn what_finds_nothing_says_what_to_try() {
    let page = check_search("?q=nothing+like+it&product=Sensor&year=1999", &[]);
    for part in [
        "Nothing found",
        "Of 3 advisories none fits all of this",
        "search?q=nothing%20like%20it&#38;product=Sensor\"",
        "See every advisory",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(search(&of_entries(Vec::new()), "").contains("There is no advisory yet"));
}

#[test]
fn a_long_list_has_pages() {
    let said = Said {
        number: "1",
        day: "2026-02-01",
        title: "One of many",
        impact: "",
        lines: &[("Sensor", LineState::Fixed, "before 2", "2")],
    };
    let one = said.advisory();
    let many: Vec<Advisory> = (0..120)
        .map(|number| Advisory {
            number: format!("{number:04}"),
            ..one.clone()
        })
        .collect();
    let catalog = of_entries(entries(&many, &Setting::of(None)));
    let check = |query: &str, range: &str, before: &str, next: &str| {
        let page = search(&catalog, query);
        assert!(page.contains(range), "{query}: {page}");
        for (rel, href) in [("prev", before), ("next", next)] {
            let link = format!("<a rel=\"{rel}\" href=\"{href}\"");
            assert_eq!(page.contains(&link), !href.is_empty(), "{query} {link}: {page}");
        }
    };
    check("", "1 to 50 of 120", "", "search?page=2");
    check(
        "?page=2&q=many",
        "51 to 100 of 120",
        "search?q=many&#38;page=1",
        "search?q=many&#38;page=3",
    );
    check("?page=3", "101 to 120 of 120", "search?page=2", "");
    check("?page=99999999999999999999", "1 to 50 of 120", "", "search?page=2");
    check("?page=999", "101 to 120 of 120", "search?page=2", "");
}

#[test]
fn a_question_has_limits() {
    let long = "x".repeat(MAX_FIELD_CHARS + 1);
    for query in [
        format!("?q={long}"),
        format!("?version={long}"),
        format!("?q={}", "w+".repeat(9)),
        format!("?other={}", "x".repeat(2_001)),
        "?q=a&q=b".to_owned(),
    ] {
        let page = search(&catalog(), &query);
        assert!(page.contains("Nothing was looked for"), "{query}: {page}");
        assert!(!page.contains("advisories/1001"), "{query}");
        check_affected(&query, &["Nothing was checked"]);
    }
}

#[test]
fn an_answer_says_how_a_version_stands() {
    check_affected("", &["<option value=\"Sensor\">", "<option value=\"Cloud\">"]);
    check_affected(
        "?product=Sensor&version=25.1.0",
        &[
            "Yes: version 25.1.0 of Sensor is affected, by 1 advisory; 1 more may concern it.",
            "Affected: 24.0 to 25.1.1.",
            "Update Sensor to 25.1.2 or later.",
        ],
    );
    check_affected(
        "?product=Sensor&version=25.2",
        &[
            "Unknown: whether version 25.2 of Sensor is affected is not answered by 1 advisory.",
            "Unknown: look for yourself",
            "Fixed in your version",
            "The fix is in 25.1.2.",
        ],
    );
    check_affected(
        "?product=Cloud&version=7",
        &["No: by 1 advisory, version 7 of Cloud is fixed or not affected."],
    );
}

#[test]
fn what_nobody_spoke_of_is_never_called_safe() {
    for (query, part) in [
        (
            "?product=Router&version=1",
            "Unknown: no advisory of ours speaks of version 1 of Router.",
        ),
        ("?product=Sensor&version=latest", "cannot be read as a version"),
        (
            "?product=Cloud&version=latest",
            "Unknown: whether version latest of Cloud is affected is not answered by 1 advisory.",
        ),
        (
            "?product=Sensor&version=23.9",
            "Unknown: whether version 23.9 of Sensor is affected is not answered by 2 advisories.",
        ),
    ] {
        let page = check_affected(query, &[part]);
        assert!(!page.contains("class=\"answer good\""), "{query}: {page}");
    }
}

#[test]
fn hostile_words_stay_words() {
    let hostile = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    for page in [
        search(
            &catalog(),
            &format!("?q={hostile}&product={hostile}&version={hostile}&year={hostile}"),
        ),
        check_affected(&format!("?product={hostile}&version={hostile}"), &[]),
    ] {
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("&#60;script&#62;"), "{page}");
    }
    assert!(search(&catalog(), "").contains("Stored script in a report &#60;b&#62;"));
}

/// A tree with one brand without advisories.
fn empty_tree(dynamic: bool) -> (TempDir, Router) {
    let dir = tempfile::tempdir().unwrap();
    let publisher = publish::Publisher::new(dir.path());
    let brand = brand("Example");
    let site = publish::Site {
        still: false,
        brand: &brand,
        policy: None,
        keys: &[],
        intake: &[],
        releases: &[],
        tombstones: &[],
        portal: publish::PortalParts {
            dynamic,
            ..Default::default()
        },
        changed: jiff::Timestamp::UNIX_EPOCH,
        security_txt: None,
    };
    publisher.update(&[site], jiff::Timestamp::UNIX_EPOCH).unwrap();
    let router = portal(publisher.public(), vec![SITE.to_owned(), OTHER.to_owned()]);
    (dir, router)
}

#[test]
fn they_are_served_where_the_tree_says_so() {
    let host = [("host", SITE)];
    let (dir, router) = empty_tree(true);
    for path in ["/search", "/search?q=x", "/affected?product=Sensor&version=1"] {
        let answer = asked(&router, "GET", path, &host);
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(answer.header("content-security-policy"), head::CSP);
        assert!(answer.body.ends_with("</html>"), "{}", answer.body);
        assert_eq!(
            asked(&router, "GET", path, &[("host", OTHER)]).status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            asked(&router, "POST", path, &host).status,
            StatusCode::METHOD_NOT_ALLOWED
        );
    }
    let long = format!("/search?q={}", "x".repeat(300));
    assert_eq!(asked(&router, "GET", &long, &host).status, StatusCode::BAD_REQUEST);
    assert!(asked(&router, "GET", "/", &host).body.contains("action=\"search\""));

    // A file that somebody edited is not read as the catalogue.
    let file = fs::canonicalize(dir.path().join("public"))
        .unwrap()
        .join(SITE)
        .join("catalog/index.json");
    fs::write(&file, "{\"brand\":\"Evil\",\"contact\":\"\",\"dynamic\":true}").unwrap();
    let fresh = portal(dir.path().join("public"), vec![SITE.to_owned()]);
    assert_eq!(asked(&fresh, "GET", "/search", &host).status, StatusCode::NOT_FOUND);

    let (_dir, router) = empty_tree(false);
    for path in ["/search", "/affected"] {
        assert_eq!(
            asked(&router, "GET", path, &host).status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    assert!(!asked(&router, "GET", "/", &host).body.contains("action=\"search\""));
}
