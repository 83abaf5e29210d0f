//! A token opens what is for its customer, and every other request gets the answer that everything gets that is not there.

use crate::portal_of_board;
use crate::tests::{Answer, ask_with};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::Timestamp;
use psirt::advisory::Tlp;
use psirt::board::{Appended, Board};
use psirt::body::{Body as Entry, What};
use psirt::house::{Brand, Customer, HouseEvent};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

const SITE: &str = "security.example.net";
const OTHER: &str = "other.example.net";
const NOW: &str = "2027-05-01T12:00:00Z";
const LATER: &str = "2027-06-01T12:00:00Z";

fn secret(letter: char) -> String {
    format!("candor_{}", letter.to_string().repeat(52))
}

/// SHA-256 of the secrets of `a`, `b`, …, as the house keeps them.
fn stored(secret: &str) -> String {
    casework::token_digest(secret)
}

fn brand(id: &str, domain: &str) -> Brand {
    Brand {
        id: id.to_owned(),
        name: id.to_owned(),
        domain: domain.to_owned(),
        namespace: format!("https://{domain}"),
        policy: "house".to_owned(),
        number_prefix: "EXN".to_owned(),
        advisory_pattern: "{prefix}-{year}:{seq}".to_owned(),
        contact: "psirt@example.net".to_owned(),
        contact_details: String::new(),
        version_scheme: psirt::advisory::Scheme::default(),
        aggregators: psirt::house::Aggregators::default(),
        cna: None,
        rooms: None,
    }
}

/// Amber (`a`), green (`b`), the party acme (`c`), amber of the other brand (`d`), one that is over (`e`), one that was revoked (`f`).
fn board() -> Board {
    let mut board = Board::default();
    let mut events = vec![
        HouseEvent::BrandSet(brand("one", SITE)),
        HouseEvent::BrandSet(brand("two", OTHER)),
    ];
    let customers = [
        ("amber", "one", Some(Tlp::Amber), false, 'a'),
        ("green", "one", Some(Tlp::Green), false, 'b'),
        ("acme", "one", None, true, 'c'),
        ("elsewhere", "two", Some(Tlp::Amber), false, 'd'),
        ("over", "one", Some(Tlp::Red), false, 'e'),
        ("revoked", "one", Some(Tlp::Red), false, 'f'),
    ];
    for (id, brand, tlp, party, letter) in customers {
        events.push(HouseEvent::CustomerSet(Customer {
            id: id.to_owned(),
            name: id.to_owned(),
            brand: brand.to_owned(),
            tlp,
            party,
        }));
        events.push(HouseEvent::TokenMade {
            customer: id.to_owned(),
            token: format!("tok-{letter}"),
            sha256: stored(&secret(letter)),
            until: if letter == 'e' { NOW } else { LATER }.parse().unwrap(),
        });
    }
    events.push(HouseEvent::TokenRevoked {
        token: "tok-f".to_owned(),
    });
    let at: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
    for (place, event) in (1..).zip(events) {
        let appended = Appended {
            stream: "house",
            seq: place,
            recorded: at,
            actor: "lea",
        };
        let body = Entry {
            at,
            approved_by: None,
            report: None,
            what: What::House(event),
        };
        board.apply(appended, &body);
    }
    board
}

/// A public tree and a protected one beside it, each in its slot.
fn portal() -> (TempDir, Router) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let write = |path: PathBuf, text: &str| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(root.join("tree/a").join(SITE).join("index.html"), "home");
    write(root.join("tree/a").join(OTHER).join("index.html"), "other");
    let guarded = root.join("guarded/a").join(SITE).join("protected");
    write(guarded.join("green/index.txt"), "green");
    write(guarded.join("amber/2027/exn.json"), "{\"amber\":1}");
    write(guarded.join("amber/index.html"), "listing");
    write(guarded.join("red/index.txt"), "red");
    write(guarded.join("party/acme/index.txt"), "acme");
    write(guarded.join("party/other/index.txt"), "other party");
    write(
        root.join("guarded/a").join(OTHER).join("protected/amber/index.txt"),
        "other amber",
    );
    write(root.join("keys/master.key"), "secret");
    std::os::unix::fs::symlink("tree/a", root.join("public")).unwrap();
    std::os::unix::fs::symlink("guarded/a", root.join("protected")).unwrap();
    let domains = vec![SITE.to_owned(), OTHER.to_owned()];
    let router = portal_of_board(
        root.join("public"),
        domains,
        root.join("protected"),
        board(),
        NOW.parse().unwrap(),
    );
    (dir, router)
}

fn asked(router: &Router, method: &str, host: &str, path: &str, authorization: Option<&str>) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header("host", host);
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    ask_with(router, request.body(Body::empty()).unwrap())
}

fn bearer(letter: char) -> String {
    format!("Bearer {}", secret(letter))
}

fn check_opens(letter: char, host: &str, path: &str, body: &str) {
    let (_dir, router) = portal();
    let answer = asked(&router, "GET", host, path, Some(&bearer(letter)));
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (StatusCode::OK, body),
        "{letter} {path}"
    );
    assert_eq!(answer.header("cache-control"), "private, no-store");
    assert_eq!(answer.header("access-control-allow-origin"), "");
    let head = asked(&router, "HEAD", host, path, Some(&bearer(letter)));
    assert_eq!((head.status, head.body.as_str()), (StatusCode::OK, ""));
}

#[test]
fn a_token_opens_what_is_for_its_customer() {
    check_opens('a', SITE, "/protected/green/index.txt", "green");
    check_opens('a', SITE, "/protected/amber/2027/exn.json", "{\"amber\":1}");
    check_opens('a', SITE, "/protected/amber/", "listing");
    check_opens('b', SITE, "/protected/green/index.txt", "green");
    check_opens('c', SITE, "/protected/party/acme/index.txt", "acme");
    check_opens('d', OTHER, "/protected/amber/index.txt", "other amber");
}

/// Everything that an answer says, but for its date.
fn whole(answer: &Answer) -> String {
    let mut headers: Vec<String> = answer
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value:?}"))
        .collect();
    headers.sort();
    format!("{}\n{}\n\n{}", answer.status, headers.join("\n"), answer.body)
}

#[test]
fn every_other_request_gets_one_and_the_same_answer() {
    let (_dir, router) = portal();
    let tokens = [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some("Bearer ".to_owned()),
        Some("Bearer candor_x".to_owned()),
        Some(format!("Basic {}", secret('a'))),
        Some(format!("Bearer {}", secret('z'))),
        Some(format!("Bearer {}", stored(&secret('a')))),
        Some("Bearer tok-a".to_owned()),
        Some(bearer('a')),
        Some(bearer('b')),
        Some(bearer('c')),
        Some(bearer('d')),
        Some(bearer('e')),
        Some(bearer('f')),
    ];
    let paths = [
        "/protected",
        "/protected/",
        "/protected/amber",
        "/protected/amber/",
        "/protected/amber/2027",
        "/protected/amber/2027/",
        "/protected/amber/2027/exn.json",
        "/protected/amber/2027/none.json",
        "/protected/red/index.txt",
        "/protected/red/none.txt",
        "/protected/green/index.txt",
        "/protected/green/none.txt",
        "/protected/party/acme/index.txt",
        "/protected/party/other/index.txt",
        "/protected/party/none/index.txt",
        "/protected/party/",
        "/protected/amber/../red/index.txt",
        "/protected/amber/%2e%2e/red/index.txt",
        "/protected/amber/..%2fred/index.txt",
        "/%70rotected/amber/index.html",
        "/protected/amber//index.html",
        "/protected/amber/../../../../keys/master.key",
        "/missing",
    ];
    let nothing = |method: &str| whole(&asked(&router, method, SITE, "/none", None));
    let opens = |token: &Option<String>, path: &str| -> bool {
        let letter = token
            .as_ref()
            .and_then(|token| token.strip_prefix("Bearer candor_")?.chars().next());
        match letter {
            Some('a') => matches!(
                path,
                "/protected/amber/" | "/protected/amber/2027/exn.json" | "/protected/green/index.txt"
            ),
            Some('b') => path == "/protected/green/index.txt",
            Some('c') => path == "/protected/party/acme/index.txt",
            _ => false,
        }
    };
    let mut opened = 0;
    for method in ["GET", "HEAD"] {
        let nothing = nothing(method);
        for path in paths {
            for token in &tokens {
                let answer = asked(&router, method, SITE, path, token.as_deref());
                if opens(token, path) {
                    assert_eq!(answer.status, StatusCode::OK, "{token:?} {path}");
                    opened += 1;
                } else {
                    assert_eq!(whole(&answer), nothing, "{method} {token:?} {path}");
                }
            }
        }
    }
    assert_eq!(opened, 10);
    // A token of one brand opens nothing of another, nor on the DNS path.
    let dns = format!("csaf.data.security.{SITE}");
    for (letter, host) in [('a', OTHER), ('d', SITE), ('a', dns.as_str()), ('a', "evil.example")] {
        let answer = asked(
            &router,
            "GET",
            host,
            "/protected/amber/2027/exn.json",
            Some(&bearer(letter)),
        );
        assert_eq!(whole(&answer), nothing("GET"), "{letter} {host}");
    }
}

#[test]
fn conditions_and_parts_tell_a_stranger_nothing() {
    let (_dir, router) = portal();
    let path = "/protected/amber/2027/exn.json";
    let tag = asked(&router, "GET", SITE, path, Some(&bearer('a')))
        .header("etag")
        .to_owned();
    assert!(!tag.is_empty());
    let nothing = whole(&asked(&router, "GET", SITE, "/none", None));
    for (name, value) in [
        ("if-none-match", tag.as_str()),
        ("range", "bytes=0-0"),
        ("if-none-match", "*"),
    ] {
        let request = Request::builder().uri(path).header("host", SITE).header(name, value);
        let answer = ask_with(&router, request.body(Body::empty()).unwrap());
        assert_eq!(whole(&answer), nothing, "{name}");
    }
}

/// A slot that was swapped away, or never made: nobody is told.
#[test]
fn without_a_protected_tree_there_is_nothing() {
    let (dir, router) = portal();
    fs::remove_file(dir.path().join("protected")).unwrap();
    let nothing = whole(&asked(&router, "GET", SITE, "/none", None));
    let answer = asked(&router, "GET", SITE, "/protected/amber/", Some(&bearer('a')));
    assert_eq!(whole(&answer), nothing);
}
