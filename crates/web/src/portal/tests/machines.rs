//! `/api/v1/reports` as a scanner's pipeline and a portal of customers ask for it.

use super::rooms::{HOST, House, run};
use super::*;
use crate::tests::answered;
use casework::{Actor, MachineWish};
use psirt::house::Product;
use psirt::house::machine::MachineKind;
use serde_json::Value;

const API: &str = "/api/v1/reports";
const SARIF: &str = "application/sarif+json";
/// Stands in whatever must not come back.
const PLANTED: &str = "kumquat";

fn sarif(results: &str) -> String {
    format!(
        r#"{{ "version": "2.1.0", "runs": [{{ "tool": {{ "driver": {{ "name": "CodeScan" }} }}, "results": [{results}] }}] }}"#
    )
}

const RESULT: &str = r#"{ "ruleId": "overflow", "message": { "text": "Past the end" },
    "locations": [{ "physicalLocation": { "artifactLocation": { "uri": "a.c" }, "region": { "startLine": 3 } } }] }"#;

const REPORT: &str = r#"{ "version": 1, "customer": { "name": "Rubber Ducks Limited" },
    "vulnerability": { "title": "Overflow", "text": "Like this", "product": "Sensor" } }"#;

/// A house with a line, and a token of each kind.
struct Machines {
    house: House,
    scanner: String,
    portal: String,
}

impl Machines {
    async fn open() -> Machines {
        let house = House::open().await;
        let line = Product {
            name: "Sensor".to_owned(),
            brand: "house".to_owned(),
            deployment: "on-prem".to_owned(),
            market: Vec::new(),
            supported_until: None,
            version_scheme: psirt::version::VersionScheme::default(),
        };
        house.casework.set_product(&Actor::person("lea"), line).await.unwrap();
        let scanner = secret(&house, "nightly", MachineKind::Scanner).await;
        let portal = secret(&house, "support", MachineKind::Portal).await;
        Machines { house, scanner, portal }
    }

    async fn post(&self, token: &str, kind: &str, path: &str, body: impl Into<Body>) -> Answer {
        self.ask(Request::post(path).header("content-type", kind), token, body)
            .await
    }

    async fn get(&self, token: &str, path: &str) -> Answer {
        self.ask(Request::get(path), token, Body::empty()).await
    }

    async fn ask(&self, asked: axum::http::request::Builder, token: &str, body: impl Into<Body>) -> Answer {
        let asked = asked
            .header("host", HOST)
            .header("authorization", format!("Bearer {token}"));
        answered(&self.house.portal, asked.body(body.into()).unwrap()).await
    }
}

async fn secret(house: &House, machine: &str, kind: MachineKind) -> String {
    let wish = MachineWish {
        machine: machine.to_owned(),
        kind,
        brand: "house".to_owned(),
        products: Vec::new(),
        clean_runs: 3,
        days: 30,
    };
    let made = house.casework.make_machine_token(&Actor::person("lea"), wish).await;
    made.unwrap().secret.reveal().to_owned()
}

fn json(answer: &Answer) -> Value {
    assert_eq!(answer.header("cache-control"), "no-store");
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body))
}

/// A problem of this status, with these words in it, and nothing of what was sent.
fn check_problem(answer: &Answer, status: u16, says: &str) {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = json(answer);
    assert_eq!(problem["status"], status);
    assert_eq!(problem["kept"], "Nothing of it was kept.");
    assert!(!problem["next"].as_str().unwrap().is_empty());
    assert!(answer.body.contains(says), "{} does not say: {says}", answer.body);
    assert!(!answer.body.contains(PLANTED), "{}", answer.body);
}

#[test]
fn a_pipeline_reports_each_night_and_asks_what_it_changed() {
    run(async {
        let machines = Machines::open().await;
        let path = format!("{API}?product=Sensor&build=2026.09.01%2D1");
        let first = machines.post(&machines.scanner, SARIF, &path, sarif(RESULT)).await;
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
        let said = json(&first);
        assert_eq!((&said["line"], &said["runs"][0]["new"]), (&"Sensor".into(), &1.into()));
        assert_eq!(said["runs"][0]["build"], "2026.09.01-1");
        let place = first.header("location").to_owned();
        let again = machines.post(&machines.scanner, SARIF, &path, sarif(RESULT)).await;
        assert_eq!(
            (again.status, again.header("location")),
            (StatusCode::OK, place.as_str())
        );
        let asked = machines.get(&machines.scanner, &place).await;
        assert_eq!(json(&asked)["run"], said["runs"][0]);
        check_problem(&machines.get(&machines.portal, &place).await, 404, "nothing of yours");
        assert_eq!(machines.house.casework.board().open().count(), 0);
    });
}

#[test]
fn a_portal_hands_a_report_over_and_asks_how_it_stands() {
    run(async {
        let machines = Machines::open().await;
        let sent = machines
            .post(&machines.portal, "application/json; charset=utf-8", API, REPORT)
            .await;
        assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.body);
        let number = json(&sent)["number"].as_str().unwrap().to_owned();
        assert_eq!(sent.header("location"), format!("{API}/{number}"));
        let again = machines.post(&machines.portal, "application/json", API, REPORT).await;
        assert_eq!(
            (again.status, &json(&again)["number"]),
            (StatusCode::OK, &number.clone().into())
        );
        let asked = json(&machines.get(&machines.portal, sent.header("location")).await);
        assert_eq!(
            (&asked["state"], &asked["advisories"]),
            (&"Received".into(), &Value::Array(Vec::new()))
        );
        assert!(!asked.to_string().contains("Ducks"));
        let other = secret(&machines.house, "other", MachineKind::Portal).await;
        let theirs = machines.get(&other, sent.header("location")).await;
        let nobodys = machines.get(&other, &format!("{API}/NN-2026-00000")).await;
        check_problem(&theirs, 404, "nothing of yours");
        assert_eq!((theirs.status, theirs.body), (nobodys.status, nobodys.body));
    });
}

#[test]
fn whoever_has_no_token_that_holds_here_gets_one_answer() {
    run(async {
        let machines = Machines::open().await;
        let ended = secret(&machines.house, "old", MachineKind::Scanner).await;
        let id = machines.house.casework.machine("house", &ended).unwrap().id;
        let lea = Actor::person("lea");
        machines.house.casework.end_machine_token(&lea, &id).await.unwrap();
        let unknown = ended.chars().rev().collect::<String>();
        let mut answers = Vec::new();
        for token in ["", "x", &unknown, &ended, &format!("candor_{}", "0".repeat(52))] {
            answers.push(machines.post(token, SARIF, API, sarif(RESULT)).await);
            answers.push(machines.post(token, "text/plain", API, PLANTED).await);
            answers.push(machines.get(token, &format!("{API}/NN-2026-00000")).await);
        }
        for answer in &answers {
            check_problem(answer, 401, "token that holds here");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            assert_eq!((&answer.body, &answer.headers), (&answers[0].body, &answers[0].headers));
        }
    });
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_quoted_nowhere() {
    run(async {
        let machines = Machines::open().await;
        let before = machines.house.casework.board().size;
        let (scanner, portal) = (&machines.scanner, &machines.portal);
        let planted = sarif(&format!(r#"{{ "ruleId": ["{PLANTED}"] }}"#));
        let wrong = machines.post(scanner, SARIF, API, planted).await;
        check_problem(&wrong, 422, "a list; it must be a string");
        assert_eq!(json(&wrong)["pointer"], "/runs/0/results/0/ruleId");
        let named = format!("{API}?product={PLANTED}");
        check_problem(
            &machines.post(scanner, SARIF, &named, sarif(RESULT)).await,
            422,
            "not for a product line",
        );
        let two = format!("{API}?product=a&product={PLANTED}");
        check_problem(
            &machines.post(scanner, SARIF, &two, sarif(RESULT)).await,
            400,
            "no way that is known",
        );
        check_problem(
            &machines.post(scanner, "text/xml", API, PLANTED).await,
            415,
            "application/sarif+json",
        );
        check_problem(
            &machines.post(portal, SARIF, API, sarif(RESULT)).await,
            415,
            "Send application/json.",
        );
        check_problem(
            &machines
                .post(portal, "application/json", API, format!("{{\"{PLANTED}\""))
                .await,
            422,
            "not JSON",
        );
        check_problem(
            &machines.post(scanner, SARIF, API, vec![0xff, 0xfe]).await,
            422,
            "not UTF-8",
        );
        check_problem(
            &machines.post(scanner, SARIF, API, vec![b' '; (20 << 20) + 1]).await,
            413,
            "more than 20 MB",
        );
        let large = Request::post(API)
            .header("content-type", SARIF)
            .header("content-length", "99999999");
        check_problem(
            &machines.ask(large, scanner, Body::empty()).await,
            413,
            "more than 20 MB",
        );
        let packed = Request::post(API)
            .header("content-type", SARIF)
            .header("content-encoding", "gzip");
        check_problem(&machines.ask(packed, scanner, PLANTED).await, 415, "compressed");
        let keyed = |key: &str| {
            Request::post(API)
                .header("content-type", SARIF)
                .header("idempotency-key", key)
        };
        check_problem(
            &machines.ask(keyed(""), scanner, sarif(RESULT)).await,
            400,
            "Idempotency-Key",
        );
        assert_eq!(machines.house.casework.board().size, before, "nothing was kept");
        let first = machines.ask(keyed("b-1"), scanner, sarif(RESULT)).await;
        assert_eq!(first.status, StatusCode::CREATED);
        check_problem(
            &machines.ask(keyed("b-1"), scanner, sarif("")).await,
            422,
            "used for other content",
        );
    });
}

#[test]
fn a_token_that_comes_too_often_waits() {
    run(async {
        let machines = Machines::open().await;
        let path = format!("{API}/run-x");
        for _ in 0..60 {
            check_problem(&machines.get(&machines.scanner, &path).await, 404, "nothing of yours");
        }
        let often = machines.get(&machines.scanner, &path).await;
        check_problem(&often, 429, "too often");
        assert_eq!(often.header("retry-after"), "60");
        // Another one does not wait for it.
        check_problem(&machines.get(&machines.portal, &path).await, 404, "nothing of yours");
    });
}
