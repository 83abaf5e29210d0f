//! `candor provider check` from outside: our own tree, a folder of it, and the same tree as `candor demo` serves it on loopback.

#![expect(clippy::unwrap_used, reason = "a test whose machine fails ends at once")]

use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

fn candor(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_candor"));
    command.args(args).env_remove("CANDOR_DIR");
    command
}

/// The status, and what was said to both streams.
fn said(args: &[&str]) -> (i32, String) {
    let output = candor(args).output().unwrap();
    let text = [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8(bytes).unwrap())
        .concat();
    assert!(!text.contains("panicked"), "{text}");
    (output.status.code().unwrap(), text)
}

fn reports(args: &[&str]) -> Vec<Value> {
    let output = candor(&[&["provider", "check", "--json"], args].concat())
        .output()
        .unwrap();
    assert!(!output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn verdict(report: &Value, number: u64) -> &str {
    let requirements = report["requirements"].as_array().unwrap();
    let of = requirements.iter().find(|one| one["number"] == number).unwrap();
    of["verdict"].as_str().unwrap()
}

/// A demonstration that serves until it is dropped, and the port of its portal.
struct Serving {
    child: Child,
    port: u16,
}

impl Serving {
    fn of(dir: &Path) -> Serving {
        let args = [
            "demo",
            "--port-portal",
            "0",
            "--port-desk",
            "0",
            "--dir",
            dir.to_str().unwrap(),
        ];
        let mut child = candor(&args)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let portal = lines.find_map(|line| Some(line.unwrap().strip_prefix("portal: http://")?.to_owned()));
        let port = portal.unwrap().rsplit_once(':').unwrap().1.parse().unwrap();
        // What else it says is read on, so that it never waits for a reader.
        std::thread::spawn(move || lines.count());
        Serving { child, port }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_demonstration_is_a_provider_on_disk_and_on_the_network() {
    let parent = TempDir::new().unwrap();
    let dir = parent.path().join("house");
    let serving = Serving::of(&dir);

    // Each brand's folder, whether it is reached by the house or by its path.
    let public = dir.join("public");
    let on_disk = reports(&[public.to_str().unwrap(), "--now", "2100-01-01T00:00:00Z"]);
    let hosts: Vec<&str> = on_disk
        .iter()
        .map(|report| report["provider"].as_str().unwrap())
        .collect();
    assert_eq!(hosts, ["128-technology.example", "nozomi-networks.example"]);
    for report in &on_disk {
        assert_eq!(
            report["metadata"],
            format!(
                "https://{}/.well-known/csaf/provider-metadata.json",
                report["provider"].as_str().unwrap()
            )
        );
        assert!(report["documents"].as_u64().unwrap() > 0, "{report:#}");
        for number in [1, 2, 4, 5, 7, 9, 11, 12, 13, 18, 19] {
            assert_eq!(verdict(report, number), "pass", "{number}: {report:#}");
        }
        assert_eq!(verdict(report, 20), "warning", "its key ended long before: {report:#}");
        // Of TLS and redirects a folder says nothing.
        for number in [3, 6] {
            assert_eq!(verdict(report, number), "not judged", "{number}: {report:#}");
        }
    }
    let one = public.join("nozomi-networks.example");
    let as_host = reports(&[
        one.to_str().unwrap(),
        "--host",
        "nozomi-networks.example",
        "--now",
        "2100-01-01T00:00:00Z",
    ]);
    assert_eq!(as_host[0]["documents"], on_disk[1]["documents"]);

    // Served by the host's name: the well-known address and the DNS path, both on one port. Nothing here speaks TLS, and what the
    // metadata names is on another machine, which is not asked.
    let address = format!("http://nozomi-networks.example.localhost:{}", serving.port);
    let (status, text) = said(&["provider", "check", &address]);
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("--allow-http"), "{text}");
    for host in ["nozomi-networks.example", "128-technology.example"] {
        let wanted = std::fs::read(public.join(host).join(".well-known/csaf/provider-metadata.json")).unwrap();
        for place in [
            format!(
                "http://{host}.localhost:{}/.well-known/csaf/provider-metadata.json",
                serving.port
            ),
            format!("http://csaf.data.security.{host}.localhost:{}/", serving.port),
        ] {
            let limits = fetch::Limits::default();
            let mut client = fetch::Client::new("test", limits, fetch::Plain::OnLoopback);
            let answer = client.get(&place.parse().unwrap()).unwrap();
            assert_eq!((answer.status, answer.redirects.len()), (200, 0), "{place}");
            assert_eq!(answer.content_type.as_deref(), Some("application/json"), "{place}");
            assert_eq!(answer.allow_origin.as_deref(), Some("*"), "{place}");
            assert!(answer.body == wanted, "{place} serves other bytes");
        }
    }
}

#[test]
fn what_is_no_provider_is_told() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().to_str().unwrap();
    let (status, text) = said(&["provider", "check", path]);
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("--host DOMAIN"), "{text}");
    let (status, text) = said(&["provider", "check", path, "--host", "example.com"]);
    assert_eq!(status, 1, "{text}");
    for part in [
        " 7  error        provider-metadata.json",
        "This is no CSAF publisher: no provider-metadata.json was found.",
    ] {
        assert!(text.contains(part), "{text}\nlacks {part}");
    }
    for nonsense in ["ftp://example.com", "https://example.com/page", "a b"] {
        let (status, text) = said(&["provider", "check", nonsense]);
        assert_eq!(status, 2, "{text}");
    }
    let (status, text) = said(&["provider", "check", "example.com", "--host", "example.com"]);
    assert_eq!(status, 2, "{text}");
}
