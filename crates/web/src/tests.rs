//! The desk as a browser sees it: every route over a sample board, hostile words in every field, one answer for what is not there.

mod beside;
mod mail;
mod restricted;

#[path = "../examples/pages/sample/mod.rs"]
mod sample;

use crate::desk_of_board;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use psirt::clock::proof;
use psirt::event::Event;
use psirt::finding::{FindingEvent, Found, Run};
use psirt::house::{HouseEvent, Person, Product, Role};

const POLICY: &str = include_str!("../../../policies/nozomi-networks.policy.md");
const ROUTES: [&str; 20] = [
    "/",
    "/inbox",
    "/inbox?report=EXN-2027-8WJ5D",
    "/mail",
    "/mail?state=held",
    "/cases",
    "/cases?q=sensor&which=all&phase=remediating&band=Critical&sort=-due&page=1",
    "/cases/EXN-2026-H2M8K",
    "/cases/EXN-2027-C4N8Z",
    "/findings",
    "/advisories",
    "/advisories/adv-token",
    "/products",
    "/policy",
    "/policy/example-networks",
    "/policy/example-networks?version=1",
    "/people",
    "/status",
    "/calculator",
    "/calculator?from=CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N&at=E:P",
];

/// What came back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }
}

pub(crate) async fn answered(router: &Router, request: Request<Body>) -> Answer {
    let answer = TowerToHyperService::new(router.clone()).call(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let body = to_bytes(body, 16 << 20).await.unwrap();
    Answer {
        status: head.status,
        headers: head.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

fn get(path: &str) -> Request<Body> {
    Request::get(path)
        .header("host", "127.0.0.1:8081")
        .body(Body::empty())
        .unwrap()
}

pub(crate) fn ask_with(router: &Router, request: Request<Body>) -> Answer {
    runtime().block_on(answered(router, request))
}

pub(crate) fn ask(router: &Router, path: &str) -> Answer {
    ask_with(router, get(path))
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

fn sample_desk() -> Router {
    desk_of_board(sample::sample(POLICY).board, sample::now())
}

fn check_headers(answer: &Answer, of: &str) {
    assert_eq!(
        answer.header("content-security-policy"),
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        "{of}"
    );
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{of}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer", "{of}");
}

#[test]
fn every_route_answers_with_its_headers() {
    let desk = sample_desk();
    for path in ROUTES {
        let answer = ask(&desk, path);
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        check_headers(&answer, path);
        assert!(answer.body.ends_with("</html>"), "{path} is not whole");
        for banned in [" style=", "javascript:", " onclick"] {
            assert!(!answer.body.contains(banned), "{path} has {banned}");
        }
        // The calculator has the one script, a file of ours.
        let scripts = usize::from(path.starts_with("/calculator"));
        assert_eq!(
            answer
                .body
                .matches("<script type=\"module\" src=\"/assets/calculator-")
                .count(),
            scripts
        );
        assert_eq!(answer.body.matches("<script").count(), scripts, "{path}");
    }
}

#[test]
fn findings_stand_beside_the_cases() {
    let desk = sample_desk();
    let page = ask(&desk, "/findings").body;
    for part in [
        "3 there, 0 gone",
        "Write past the end of a buffer",
        "src/parser.c:214",
        "build 25.1.3-0219",
        "missing in one run",
        "candor finding promote f-3k7qx --as YOU",
        "CodeScan over build 25.1.3-0218: 3 found, 3 new",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(
        page.find("Write past") < page.find("Result is not used"),
        "the worst first"
    );
}

#[test]
fn an_empty_house_has_pages_too() {
    let desk = desk_of_board(psirt::board::Board::default(), sample::now());
    for path in [
        "/",
        "/inbox",
        "/mail",
        "/cases",
        "/findings",
        "/advisories",
        "/products",
        "/policy",
        "/people",
        "/status",
    ] {
        assert_eq!(ask(&desk, path).status, StatusCode::OK, "{path}");
    }
}

#[test]
fn what_is_not_there_has_one_answer() {
    let desk = sample_desk();
    let other = ask(&desk, "/no/such/page");
    for path in [
        "/cases/EXN-2027-AAAAA",
        "/cases/%00",
        "/cases/%FF",
        "/advisories/adv-none",
        "/policy/none",
        "/policy/example-networks?version=9",
        "/assets/x.css",
    ] {
        let answer = ask(&desk, path);
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.body, other.body, "{path}");
        check_headers(&answer, path);
    }
}

#[test]
fn nothing_is_recorded_here() {
    let desk = sample_desk();
    for (method, path) in [
        ("POST", "/cases"),
        ("DELETE", "/cases/EXN-2026-H2M8K"),
        ("PUT", "/no/such/page"),
        ("OPTIONS", "/"),
    ] {
        let request = Request::builder().method(method).uri(path).header("host", "localhost");
        let answer = ask_with(&desk, request.body(Body::from("x=1")).unwrap());
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_eq!(answer.header("allow"), "GET, HEAD");
        check_headers(&answer, path);
    }
    let body = Request::get("/")
        .header("host", "localhost")
        .header("content-length", "3")
        .body(Body::from("abc"))
        .unwrap();
    assert_eq!(ask_with(&desk, body).status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn a_foreign_name_does_not_reach_the_desk() {
    let desk = sample_desk();
    let request = Request::get("/")
        .header("host", "desk.evil.example")
        .body(Body::empty())
        .unwrap();
    let answer = ask_with(&desk, request);
    assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
    assert!(!answer.body.contains("EXN-"));
    check_headers(&answer, "foreign host");
}

#[test]
fn assets_may_be_kept_for_ever() {
    let desk = sample_desk();
    let pages = format!("{}{}", ask(&desk, "/").body, ask(&desk, "/calculator").body);
    for asset in look::assets() {
        let path = format!("/assets/{}", asset.name);
        assert!(pages.contains(&path), "a page links to {path}");
        let answer = ask(&desk, &path);
        assert_eq!(answer.body, asset.text);
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(answer.header("content-type"), asset.media_type);
        check_headers(&answer, &path);
    }
}

#[test]
fn a_case_shows_every_obligation_with_clause_and_date() {
    let sample = sample::sample(POLICY);
    let (board, now) = (sample.board, sample::now());
    let desk = desk_of_board(board.clone(), now);
    let mut dated = 0;
    for (_, case) in board.open() {
        let body = ask(&desk, &format!("/cases/{}", case.number)).body;
        let obligations = board.obligations(case, now);
        assert!(!obligations.is_empty(), "{} has no promise", case.number);
        for obligation in &obligations {
            let clause = format!("§{}</a>", obligation.promise.clause);
            assert!(body.contains(&clause), "{} lacks {clause}", case.number);
            if let Some(due) = obligation.due {
                dated += 1;
                let due = proof::moment(due, &obligation.policy.front.zone);
                assert!(
                    body.contains(&due),
                    "{} lacks {due} of {}",
                    case.number,
                    obligation.promise.id
                );
            }
            for fact in [proof::parts(obligation).sum, proof::parts(obligation).start] {
                assert!(body.contains(&escaped(&fact)), "{} lacks {fact}", case.number);
            }
        }
    }
    assert!(dated > 20, "only {dated} dates were looked for");
}

/// As the templates escape it.
fn escaped(text: &str) -> String {
    text.replace('&', "&#38;")
        .replace('<', "&#60;")
        .replace('>', "&#62;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;")
}

#[test]
fn the_first_promise_to_end_stands_first() {
    let body = ask(&sample_desk(), "/").body;
    let at = |text: &str| body.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(at("5 h 45 min") < at("22 h 52 min"));
    assert!(at("22 h 52 min") < at("Within a month"));
    assert!(body.contains("Ten promises run. Two end within a day. None is late."));
    assert_eq!(body.matches("<span class=\"dots\">").count(), 14);
}

#[test]
fn a_key_that_ends_soon_stands_on_the_first_page() {
    let mut board = sample::sample(POLICY).board;
    let (now, days) = (sample::now(), |days: i64| jiff::SignedDuration::from_hours(24 * days));
    let key = psirt::board::Key {
        purpose: psirt::house::key::KeyUse::Sign,
        fingerprint: "0123456789ABCDEF".to_owned(),
        public: String::new(),
        secret: "never shown".to_owned(),
        made: now,
        imported: false,
        until: Some(now + days(20)),
        revoked: None,
        changed: now,
    };
    let without = ask(&desk_of_board(board.clone(), now), "/").body;
    for part in [
        "You: example has no portal",
        "since it has no signing key: `candor key make --brand example`",
    ] {
        assert!(without.contains(part), "{without}\nlacks {part}");
    }
    board.house.keys.insert("example".to_owned(), vec![key]);
    let page = |now: jiff::Timestamp| ask(&desk_of_board(board.clone(), now), "/").body;
    let today = page(now);
    assert!(!today.contains("no portal"));
    assert!(
        today.contains("the signing key of example, ends within 30 days"),
        "{today}"
    );
    assert!(today.contains("candor key extend 0123456789ABCDEF") && !today.contains("never shown"));
    assert!(!page(now - days(41)).contains("signing key"));
}

#[test]
fn a_brand_that_stands_still_is_named_on_the_first_page_with_the_reason_and_the_way_out() {
    let mut board = sample::sample(POLICY).board;
    let now = sample::now();
    let mut record = |at: jiff::Timestamp, event: HouseEvent| {
        let entry = psirt::board::Appended {
            stream: "brand:example",
            seq: 1,
            recorded: at,
            actor: "candor:publisher",
        };
        let what = psirt::body::What::House(event);
        let body = psirt::body::Body {
            at,
            approved_by: None,
            report: None,
            what,
        };
        board.apply(entry, &body);
        ask(&desk_of_board(board.clone(), now), "/").body
    };
    let brand = || "example".to_owned();
    let still = record(
        now - jiff::SignedDuration::from_hours(3),
        HouseEvent::StoodStill {
            brand: brand(),
            why: "EXN-SA-2027:004: its bytes were <destroyed>. Restore them, then `candor publish`".to_owned(),
        },
    );
    for part in [
        "You: nothing of example is published",
        "what is public of it stays as it is: EXN-SA-2027:004: its bytes were &#60;destroyed&#62;",
        "then `candor publish`",
    ] {
        assert!(still.contains(part), "{still}\nlacks {part}");
    }
    let on = record(now, HouseEvent::WentOn { brand: brand() });
    assert!(!on.contains("nothing of example"));
}

#[test]
fn the_list_is_narrowed_and_sorted() {
    let desk = sample_desk();
    let numbers = |path: &str| -> Vec<String> {
        let body = ask(&desk, path).body;
        let rows = body.split("<th scope=\"row\">").skip(1);
        rows.map(|row| {
            row.split("<span class=\"number\">")
                .nth(1)
                .unwrap()
                .split('<')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect()
    };
    assert_eq!(numbers("/cases?q=overflow+dnp3"), ["EXN-2026-H2M8K"]);
    assert_eq!(numbers("/cases?q=cve-1900-0001"), ["EXN-2026-H2M8K"]);
    assert_eq!(
        numbers("/cases?q=SERVER+header"),
        ["EXN-2027-C4N8Z"],
        "search finds what is over, too"
    );
    assert_eq!(
        numbers("/cases?q=stops+your+proof").len(),
        1,
        "search reads the last message"
    );
    assert_eq!(numbers("/cases?which=closed"), ["EXN-2027-C4N8Z"]);
    assert_eq!(numbers("/cases?phase=needs-info"), ["EXN-2027-LM3H6"]);
    assert_eq!(numbers("/cases?band=Critical"), ["EXN-2026-H2M8K"]);
    assert_eq!(
        numbers("/cases?line=Fathom+Cloud&sort=number"),
        ["EXN-2027-P9K4X", "EXN-2027-R4T9C"]
    );
    assert_eq!(
        numbers("/cases?line=Fathom+Cloud&sort=-number"),
        ["EXN-2027-R4T9C", "EXN-2027-P9K4X"]
    );
    assert_eq!(numbers("/cases?brand=none"), Vec::<String>::new());
    assert_eq!(numbers("/cases?page=99999999999999999999").len(), 10);
    assert_eq!(
        numbers("/cases?sort=nonsense&sort=twice").len(),
        10,
        "an address that makes no sense shows the plain list"
    );
    assert_eq!(
        numbers("/cases").first().unwrap(),
        "EXN-2027-R4T9C",
        "what breaks first stands first"
    );
}

#[test]
fn the_inbox_asks_the_questions_of_scope_with_their_clauses() {
    let body = ask(&sample_desk(), "/inbox?report=EXN-2027-8WJ5D").body;
    assert!(body.contains("§N34.11</a>"), "mixed content is asked about");
    assert!(body.contains("candor case scope-decided EXN-2027-8WJ5D"));
    assert!(!body.contains("EXN-2026-H2M8K"), "what is decided is not in the inbox");
}

#[test]
fn a_policy_shows_every_clause_and_reading() {
    let sample = sample::sample(POLICY);
    let body = ask(
        &desk_of_board(sample.board.clone(), sample::now()),
        "/policy/example-networks",
    )
    .body;
    let policy = sample.board.house.policies.first().unwrap();
    assert!(policy.clauses.len() > 40);
    for clause in &policy.clauses {
        assert!(body.contains(&format!("id=\"{}\"", clause.id)), "§{}", clause.id);
    }
    for reading in &policy.readings {
        assert!(body.contains(&escaped(&reading.question)), "{}", reading.id);
    }
}

#[test]
fn an_advisory_shows_its_findings_at_their_fields() {
    let sample = sample::sample(POLICY);
    let (board, now) = (sample.board, sample::now());
    let body = ask(&desk_of_board(board.clone(), now), "/advisories/adv-token").body;
    let state = &board.advisories["adv-token"];
    let prospect = casework::prospect(&board, "adv-token", now).unwrap();
    assert!(!prospect.findings.is_empty() && !prospect.missing.is_empty());
    let fields: Vec<&str> = body.split("<li id=\"field-").skip(1).collect();
    for (name, value) in psirt::advisory::fields(&state.draft) {
        let path = format!("<code class=\"path\">{}<", escaped(&name));
        let shown = fields.iter().find(|field| field.contains(&path));
        let label = psirt::advisory::label(&state.draft, &name);
        let called = format!("<span class=\"name\">{}<", escaped(&label.name));
        assert!(shown.is_some_and(|field| field.contains(&called)), "{name}: {label}");
        // An instant stands as people write it.
        let is_instant = value
            .get(..5)
            .is_some_and(|year| year.ends_with('-') && year.starts_with("20"));
        assert!(
            shown.is_some_and(|field| is_instant || field.contains(&escaped(&value))),
            "{name}: {value}"
        );
    }
    for finding in prospect.findings.iter().filter(|finding| !finding.field.is_empty()) {
        let name = format!("<code class=\"path\">{}<", escaped(&finding.field));
        let at_field = fields
            .iter()
            .any(|field| field.contains(&name) && field.contains(&escaped(&crate::words::quotes(&finding.message))));
        assert!(at_field, "{finding:?}");
    }
    for need in prospect.missing {
        assert!(
            body.contains(&escaped(&crate::words::quotes(&crate::words::capital(&need)))),
            "{need}"
        );
    }
    assert!(
        body.contains("Is the log on by default?"),
        "what was said stands at its field"
    );
    assert!(body.contains("candor advisory edit adv-token --field summary"));
    assert!(
        !body.contains("--field &#39;vulnerabilities[0].band"),
        "what a case knows is not written here"
    );
}

#[test]
fn an_early_end_is_told_where_somebody_looks() {
    let mut sample = sample::sample(POLICY);
    let quiet = desk_of_board(sample.board.clone(), sample::now());
    sample::leak(&mut sample);
    let desk = desk_of_board(sample.board, sample::now());
    for path in ["/", "/advisories", "/advisories/adv-token"] {
        let told = "Details are public since";
        assert!(!ask(&quiet, path).body.contains(told), "{path}");
        let body = ask(&desk, path).body;
        for part in [told, "§N13", "two people may order it now"] {
            assert!(body.contains(part), "{path} lacks {part}");
        }
    }
}

/// The advisory is public, has two entries in its outbox, and went to a level and a party before.
fn followed(name: &str, why: &str) -> sample::Sample {
    use psirt::advisory::{AdvisoryEvent, Audience, DeliveryEvent, Follow, LimitedEvent, Revision, Tlp};
    let mut sample = sample::sample(POLICY);
    let mut advisory = sample.board.advisories["adv-token"].draft.copy();
    advisory.number = "EXN-SA-2027-001".to_owned();
    advisory.revisions.push(Revision {
        number: 1,
        at: sample::now(),
        summary: "First release.".to_owned(),
        version: String::new(),
    });
    let delivery = |id, event| AdvisoryEvent::Delivery { id, event };
    let ordered = |follow| DeliveryEvent::Ordered { follow, revision: 1 };
    let limited = |audience: Audience| AdvisoryEvent::Limited {
        audience: audience.clone(),
        event: LimitedEvent::Ordered {
            advisory: Box::new(psirt::advisory::Advisory {
                number: "EXN-AMBER-QRSTUVWX".to_owned(),
                audience,
                ..advisory.clone()
            }),
            text: 1,
            scheduled: None,
            waived: vec![("N13".to_owned(), why.to_owned())],
        },
    };
    let public = AdvisoryEvent::ReleaseOrdered {
        advisory: Box::new(advisory.clone()),
        scheduled: None,
    };
    let published = AdvisoryEvent::Published {
        generation: 1,
        manifest: "digest".to_owned(),
        late_s: None,
    };
    let skipped = DeliveryEvent::Skipped { why: why.to_owned() };
    for event in [
        AdvisoryEvent::Approved,
        limited(Audience::Tlp(Tlp::Amber)),
        limited(Audience::Party(name.to_owned())),
        public,
        published,
        delivery(1, ordered(Follow::Announce)),
        delivery(2, ordered(Follow::Cert(name.to_owned()))),
        delivery(3, ordered(Follow::Cve("CVE-2027-0001".to_owned()))),
        delivery(3, skipped),
    ] {
        sample.advisory("adv-token", "2027-02-18T12:00:00+01:00", "lena", event);
    }
    sample
}

#[test]
fn what_follows_a_publication_stands_where_somebody_looks_with_its_command() {
    let quiet = ask(&sample_desk(), "/").body;
    assert!(!quiet.contains("Outbox"));
    let desk = desk_of_board(followed("CERT-Example", "Not ours.").board, sample::now());
    for path in ["/", "/advisories/adv-token"] {
        let body = ask(&desk, path).body;
        for part in [
            "Tell the announce list: EXN-SA-2027-001",
            "Tell CERT-Example: EXN-SA-2027-001",
            "candor outbox take adv-token/1 --to DIR",
            "candor outbox done adv-token/2",
        ] {
            assert!(body.contains(part), "{path} lacks {part}");
        }
        assert!(!body.contains("Submit the record"), "{path}: it does not wait");
    }
    let body = ask(&desk, "/advisories/adv-token").body;
    for part in [
        "was not handed over (the record of CVE-2027-0001)",
        "tlp:amber",
        "party:CERT-Example",
        "EXN-AMBER-QRSTUVWX",
        "not in the protected tree yet",
        "§N13 is waived for it: Not ours.",
    ] {
        assert!(body.contains(part), "it lacks {part}");
    }
    let hostile = desk_of_board(followed(HOSTILE, HOSTILE).board, sample::now());
    for path in ["/", "/advisories/adv-token"] {
        check_harmless(&ask(&hostile, path).body, path);
    }
}

#[test]
fn what_was_taken_back_of_a_line_is_struck_out_with_its_reason() {
    let mut sample = sample::house(POLICY);
    let line = "Quillon Gateway 9";
    let product = || line.to_owned();
    sample.line("2027-02-18T09:00:00+01:00", Event::SupportEnded { product: product() });
    let shown = |sample: sample::Sample| {
        let page = ask(&desk_of_board(sample.board, sample::now()), "/products").body;
        (page.contains("<del>Support of Quillon Gateway 9 ended</del>"), page)
    };
    let (struck, page) = shown(sample.clone());
    assert!(!struck && page.contains("Support of Quillon Gateway 9 ended"), "{page}");
    let seq = sample.board.house.line_entries[line].last().unwrap().seq;
    let why = "it was the other line".to_owned();
    sample.house(HouseEvent::LineRetracted {
        line: product(),
        seq,
        why,
    });
    let (struck, page) = shown(sample);
    assert!(struck, "{page}");
    for part in ["retracted by lena, 1 Sep 2026: it was the other line", "no end planned"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

/// Words that would break out of any place where a page prints them.
const HOSTILE: &str = "'\"></title><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}javascript:";

#[test]
fn hostile_words_stay_words_in_every_field() {
    let mut sample = sample::house(POLICY);
    let h = || HOSTILE.to_owned();
    sample.house(HouseEvent::Opened { name: h() });
    sample.house(HouseEvent::PersonSet(Person {
        id: h(),
        name: h(),
        role: Role::Lead,
    }));
    let product = Product {
        name: h(),
        brand: "example".to_owned(),
        deployment: h(),
        market: vec![h()],
        supported_until: None,
        version_scheme: psirt::version::VersionScheme::default(),
    };
    sample.house(HouseEvent::ProductSet(product));
    sample.line("2027-02-18T09:00:00+01:00", Event::SupportEnded { product: h() });
    let seq = sample.board.house.line_entries[HOSTILE][0].seq;
    sample.house(HouseEvent::LineRetracted {
        line: h(),
        seq,
        why: h(),
    });
    let found = Found {
        title: h(),
        place: h(),
        ..Found::default()
    };
    let run = Run {
        line: h(),
        tool: h(),
        build: h(),
        new: vec![(h(), found)],
        ..Run::default()
    };
    sample.finding("2027-02-18T09:00:00+01:00", FindingEvent::Run(Box::new(run)));
    let promoted = FindingEvent::Promoted {
        line: h(),
        finding: h(),
        number: h(),
    };
    sample.finding("2027-02-18T09:00:00+01:00", promoted);
    let mut brand = sample.board.house.brands.get("example").unwrap().clone();
    (brand.name, brand.domain) = (h(), h());
    sample.house(HouseEvent::BrandSet(brand));
    let report = sample::Report {
        case: "case-x",
        number: HOSTILE,
        at: "2027-02-18T09:00:00+01:00",
        kind: "external",
        channel: HOSTILE,
        from: HOSTILE,
        title: HOSTILE,
        text: HOSTILE,
        suspected: &[HOSTILE],
    };
    sample.report(&report);
    let at = "2027-02-18T10:00:00+01:00";
    let events = [
        Event::Assigned { person: h() },
        Event::Titled {
            title: h(),
            summary: Some(h()),
        },
        Event::CveAssigned { id: h() },
        Event::Noted { text: h() },
        Event::Messaged {
            reporter: Some(h()),
            from_reporter: true,
            text: h(),
            in_clear: None,
        },
        Event::Messaged {
            reporter: Some(h()),
            from_reporter: false,
            text: h(),
            in_clear: None,
        },
        Event::EmbargoProposed {
            by: h(),
            until: psirt::event::Deadline::Day(jiff::civil::date(2027, 6, 1)),
        },
        Event::EmbargoAccepted { by: h() },
        Event::EmbargoDeclined {
            by: h(),
            why: Some(h()),
        },
        Event::Confirmed {
            origin: psirt::event::Origin::Own,
            products: vec![h()],
        },
        Event::FixReleased {
            product: h(),
            version: Some(h()),
        },
        Event::FixWithdrawn {
            product: h(),
            version: None,
            why: h(),
        },
        Event::ImpactSet {
            term: h(),
            cwe: Some(h()),
        },
        Event::EmbargoEnded { why: h() },
    ];
    for event in events {
        sample.case("case-x", at, HOSTILE, event);
    }
    let advisory = psirt::advisory::Advisory {
        title: h(),
        summary: h(),
        cases: vec![h()],
        ..Default::default()
    };
    sample.advisory(
        HOSTILE,
        at,
        HOSTILE,
        psirt::advisory::AdvisoryEvent::Drafted(Box::new(advisory)),
    );
    let desk = desk_of_board(sample.board, sample::now());
    let case = format!("/cases/{}", crate::words::url(HOSTILE));
    for path in [
        "/",
        "/inbox",
        "/mail",
        "/cases?which=all",
        &case,
        "/findings",
        "/advisories",
        "/products",
        "/policy",
        "/people",
    ] {
        let answer = ask(&desk, path);
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        check_harmless(&answer.body, path);
    }
    let query = crate::words::url(HOSTILE);
    for name in ["q", "which", "phase", "band", "line", "brand", "sort", "page"] {
        check_harmless(&ask(&desk, &format!("/cases?{name}={query}")).body, name);
    }
}

fn check_harmless(body: &str, of: &str) {
    for banned in ["<script", "<img", "\"></title>", "{{", "href=\"javascript"] {
        let hits = body.matches(banned).count();
        let own = if banned == "{{" {
            body.matches("{{ 7*7 }}").count()
        } else {
            0
        };
        assert_eq!(hits, own, "{of} has {banned}");
    }
    assert!(!body.contains("onerror=alert(1)>"), "{of} has an open tag");
}

#[test]
fn the_desk_follows_what_another_process_records() {
    runtime().block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let config = store::Config::in_directory(directory.path());
        let store = store::Store::init(&config, vault::MasterKey::generate().unwrap())
            .await
            .unwrap();
        let ports = |seed| casework::Ports {
            clock: casework::Clock::simulated(sample::now()),
            ids: vault::Ids::simulated(seed),
        };
        let ours = casework::Casework::open(store.clone(), ports(1)).await.unwrap();
        let theirs = casework::Casework::open(store.clone(), ports(2)).await.unwrap();
        let desk = crate::desk(ours, None);
        assert!(answered(&desk, get("/people")).await.body.contains("Nobody yet"));
        let person = Person {
            id: "root".to_owned(),
            name: "R. Oot".to_owned(),
            role: Role::Administrator,
        };
        theirs
            .set_person(&casework::Actor::person("root"), person)
            .await
            .unwrap();
        let page = answered(&desk, get("/people")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("R. Oot"), "{}", page.body);
        theirs.close().await;
    });
}

/// A brand that another process added is served as soon as this one has followed the journal.
#[test]
fn the_portal_serves_a_brand_that_came_later() {
    runtime().block_on(async {
        let directory = tempfile::tempdir().unwrap();
        let config = store::Config::in_directory(directory.path());
        let store = store::Store::init(&config, vault::MasterKey::generate().unwrap())
            .await
            .unwrap();
        let ports = |seed| casework::Ports {
            clock: casework::Clock::simulated(sample::now()),
            ids: vault::Ids::simulated(seed),
        };
        let ours = casework::Casework::open(store.clone(), ports(1)).await.unwrap();
        let theirs = casework::Casework::open(store.clone(), ports(2)).await.unwrap();
        let public = directory.path().join("public");
        for host in ["first.example", "second.example"] {
            std::fs::create_dir_all(public.join(host)).unwrap();
            std::fs::write(public.join(host).join("index.html"), host).unwrap();
        }
        let portal = crate::portal_with_customers(public, directory.path().join("protected"), ours.clone(), 1 << 20);
        let root = casework::Actor::person("root");
        let person = Person {
            id: "root".to_owned(),
            name: "R. Oot".to_owned(),
            role: Role::Administrator,
        };
        theirs.set_person(&root, person).await.unwrap();
        let page = async |host: &str| {
            let asked = Request::get("/").header("host", host).body(Body::empty()).unwrap();
            answered(&portal, asked).await.body
        };
        for (id, prefix) in [("first", "FST"), ("second", "SND")] {
            let host = format!("{id}.example");
            assert_ne!(page(&host).await, host);
            let brand = psirt::house::Brand {
                id: id.to_owned(),
                domain: host.clone(),
                namespace: format!("https://{host}"),
                number_prefix: prefix.to_owned(),
                ..crate::portal::tests::brand(id)
            };
            theirs.set_brand(&root, brand).await.unwrap();
            let key = casework::NewKey {
                fingerprint: format!("{prefix}0"),
                public: String::new(),
                secret: String::new().into(),
                until_s: None,
            };
            let wish = casework::KeyWish::first(psirt::house::key::KeyUse::Sign);
            theirs.import_key(&root, id, wish, key).await.unwrap();
            ours.refresh().await.unwrap();
            assert_eq!(page(&host).await, host);
        }
        assert_eq!(page("first.example").await, "first.example");
        theirs.close().await;
    });
}
