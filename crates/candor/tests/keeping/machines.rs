//! Machines that report, through the built binary: a night of a scanner, and a customer's report by the portal.

use crate::house::*;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;

/// Stands in whatever is sent, and in no log.
const PLANTED: &str = "kumquat";

/// A house with a brand, its key and its policy, and nothing in it.
pub(crate) fn empty(folder: &Path) -> PathBuf {
    let dir = folder.join("machines");
    let run = |words: &str| done(&dir, &words.split(' ').collect::<Vec<_>>());
    run("init --name Test --simulated-clock 2026-01-05T08:00:00+01:00");
    for (person, role) in [("admin", "administrator"), ("analyst", "analyst"), ("lead", "lead")] {
        run(&format!("person add {person} --name {person} --role {role} --as admin"));
    }
    run(
        "brand add brand --name Brand --domain brand.example --policy nozomi-networks --prefix NN --contact psirt@brand.example --as admin",
    );
    run("brand key brand --as admin");
    run("product add Service --brand brand --deployment saas --as lead");
    run("policy adopt nozomi-networks --as lead --approved-by analyst");
    dir
}

/// Serves the house, sends these files with their tokens, and ends; the statuses and bodies, and what the log says.
fn served(dir: &Path, files: &[(&str, &str, &str)]) -> (Vec<(String, String)>, String) {
    let config = fs::read_to_string(dir.join("candor.toml")).unwrap();
    let config = config
        .replace("127.0.0.1:8080", "127.0.0.1:0")
        .replace("127.0.0.1:8081", "127.0.0.1:0");
    fs::write(dir.join("candor.toml"), config).unwrap();
    let log = dir.with_extension("log");
    let mut child = command(dir, &["serve"])
        .stdout(Stdio::piped())
        .stderr(Stdio::from(fs::File::create(&log).unwrap()))
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let portal = lines.find_map(|line| Some(line.unwrap().strip_prefix("portal: http://")?.to_owned()));
    let portal = portal.unwrap();
    let answers = files.iter().map(|(token, kind, file)| {
        let mut stream = TcpStream::connect(&portal).unwrap();
        let head = format!(
            "POST /api/v1/reports?product=Service&build={PLANTED} HTTP/1.1\r\nHost: brand.example\r\nConnection: close\r\n\
             Authorization: Bearer {token}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{file}",
            file.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    });
    let answers = answers.collect();
    let stop = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(stop, rustix::process::Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
    (answers, fs::read_to_string(log).unwrap())
}

#[test]
fn machines_report_with_their_tokens_and_people_take_it_up() {
    let base = TempDir::new().unwrap();
    let dir = empty(base.path());
    let token = |name: &str, kind: &str| {
        let args = [
            "token", "add", name, "--kind", kind, "--brand", "brand", "--json", "--as", "lead",
        ];
        json(&done(&dir, &args))
    };
    let (scanner, portal, old) = (
        token("nightly", "scanner"),
        token("support", "portal"),
        token("old", "scanner"),
    );
    done(&dir, &["token", "end", old["id"].as_str().unwrap(), "--as", "lead"]);
    let listed = json(&done(&dir, &["token", "list", "--json", "--as", "lead"]));
    let held = listed
        .as_array()
        .unwrap()
        .iter()
        .filter(|token| token["state"] == "holds");
    assert_eq!(held.count(), 2);
    refused(&dir, &["token", "list", "--as", "analyst"], &["is for: lead"]);

    let finding = format!(
        r#"{{ "version": "2.1.0", "runs": [{{ "tool": {{ "driver": {{ "name": "Scan" }} }},
            "results": [{{ "ruleId": "{PLANTED}", "message": {{ "text": "{PLANTED} overflow" }} }}] }}] }}"#
    );
    let report = format!(
        r#"{{ "version": 1, "customer": {{ "name": "Ducks {PLANTED}" }},
            "vulnerability": {{ "title": "{PLANTED} overflow", "text": "Like this", "product": "Service" }} }}"#
    );
    let secret = |token: &serde_json::Value| token["token"].as_str().unwrap().to_owned();
    let (scanner, portal, old) = (secret(&scanner), secret(&portal), secret(&old));
    let (sarif, plain) = ("application/sarif+json", "application/json");
    let (answers, log) = served(
        &dir,
        &[
            (&scanner, sarif, &finding),
            (&scanner, sarif, &finding),
            (&portal, plain, &report),
            (&old, sarif, &finding),
            (&scanner, sarif, PLANTED),
        ],
    );
    let statuses: Vec<&str> = answers.iter().map(|(status, _)| &status[9..12]).collect();
    assert_eq!(statuses, ["201", "200", "201", "401", "422"], "{answers:?}");
    assert!(log.contains("/api/v1/reports"), "the route is in the log: {log}");
    for secret in [PLANTED, &scanner, &portal, &old] {
        assert!(!log.contains(secret), "{log}");
    }

    let found = json(&done(&dir, &["finding", "list", "--json", "--as", "analyst"]));
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(found[0]["first"]["build"], PLANTED);
    let id = found[0]["id"].as_str().unwrap();
    assert!(done(&dir, &["finding", "show", id, "--as", "analyst"]).contains("kumquat overflow"));
    refused(&dir, &["finding", "list", "--as", "admin"], &["or not for you"]);
    let promote = ["finding", "promote", id, "--json", "--as", "analyst"];
    let promoted = json(&done(&dir, &promote));
    assert_eq!(promoted, json(&done(&dir, &promote)), "once");

    // The customer's case is acknowledged, and looks like the finding's.
    let number = json(&answers[2].1)["number"].as_str().unwrap().to_owned();
    let triage = json(&done(&dir, &["case", "triage", &number, "--json", "--as", "analyst"]));
    assert_eq!(triage["alike"][0]["number"], promoted["number"], "{triage}");
    let shown = done(&dir, &["case", "show", &number, "--as", "analyst"]);
    assert!(!shown.contains("Ducks"), "{shown}");
    done(
        &dir,
        &[
            "shred",
            "person",
            &number,
            "--why",
            "Art. 17 GDPR",
            "--as",
            "lead",
            "--approved-by",
            "analyst",
        ],
    );
    verified(&dir);
}
