//! Two runs of one house, with and without a case under embargo and with what was released of it to one party: until it is public, nobody
//! else sees any difference in a byte, a time or a header.

use crate::house::*;
use crate::publication::{DAY_AFTER, INSTANT, scheduled};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::SystemTime;
use tempfile::TempDir;

const SITE: &str = "brand.example";
const TWO_DAYS_AFTER: &str = "2026-02-04T09:00:00+01:00";
const THREE_DAYS_AFTER: &str = "2026-02-05T09:00:00+01:00";
const MUCH_LATER: &str = "2026-06-01T09:00:00+02:00";
const TWO: [&str; 4] = ["--as", "lead", "--approved-by", "analyst"];

/// A case on the service, as far as an approved text; `fixed` says whether its hold is over.
fn approved(dir: &Path, title: &str, fixed: bool) -> (String, String) {
    let case = report(dir, title, &["--product", "Service"]);
    let mut events = vec![
        "acknowledged",
        "reviewed",
        "confirmed --origin own --products Service",
        "scored --vector CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H --source own",
        "impact-set --term overflow --cwe CWE-122",
        "reported-back",
        "credit --choice no",
    ];
    if fixed {
        events.push("fix-deployed --product Service --tenants all");
    }
    for event in events {
        let mut words = event.split(' ');
        let kind = words.next().unwrap();
        let words: Vec<&str> = ["case", kind, &case]
            .into_iter()
            .chain(words)
            .chain(["--as", "analyst"])
            .collect();
        done(dir, &words);
    }
    let draft = [
        "advisory",
        "draft",
        &case,
        "--title",
        title,
        "--summary",
        title,
        "--json",
        "--as",
        "analyst",
    ];
    let id = json(&done(dir, &draft))["id"].as_str().unwrap().to_owned();
    done(dir, &["advisory", "approve", &id, "--as", "lead"]);
    (case, id)
}

/// Every file of the public tree: its bytes, its time, and what it is.
fn public(dir: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime, u32)> {
    use std::os::unix::fs::PermissionsExt as _;
    let root = fs::canonicalize(dir.join("public")).unwrap();
    let (mut files, mut waiting) = (BTreeMap::new(), vec![root.clone()]);
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let data = fs::metadata(&path).unwrap();
            let name = path.strip_prefix(&root).unwrap().to_owned();
            let state = (
                fs::read(&path).unwrap(),
                data.modified().unwrap(),
                data.permissions().mode(),
            );
            files.insert(name, state);
        }
    }
    files
}

/// A portal that is served while this lives.
pub(crate) struct Served(pub(crate) Child, pub(crate) String);

impl Served {
    pub(crate) fn start(dir: &Path) -> Served {
        let config = fs::read_to_string(dir.join("candor.toml")).unwrap();
        let config = config
            .replace("127.0.0.1:8080", "127.0.0.1:0")
            .replace("127.0.0.1:8081", "127.0.0.1:0");
        fs::write(dir.join("candor.toml"), config).unwrap();
        let mut child = command(dir, &["serve"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let portal = lines.find_map(|line| Some(line.unwrap().strip_prefix("portal: http://")?.to_owned()));
        Served(child, portal.unwrap())
    }

    /// All of an answer but its date.
    fn answer(&self, method: &str, path: &str, headers: &str) -> String {
        let mut stream = TcpStream::connect(&self.1).unwrap();
        let request = format!("{method} {path} HTTP/1.1\r\nHost: {SITE}\r\nConnection: close\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let text = String::from_utf8_lossy(&answer);
        text.lines()
            .filter(|line| !line.to_lowercase().starts_with("date: "))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Every address that anybody could ask for: files, folders, their history, what is protected, and nonsense.
fn addresses(files: &BTreeMap<PathBuf, (Vec<u8>, SystemTime, u32)>, protected: &[String]) -> BTreeSet<String> {
    let mut addresses: BTreeSet<String> = [
        "/none",
        "/?q=overflow",
        "/?year=2026&band=high",
        "/protected",
        "/protected/amber/",
        "/search?q=zanzibar",
        "/search?q=overflow&year=2026",
        "/affected?product=Service&version=1.0",
        "/affected?version=1.0",
        "/calculator?from=CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H&at=MAV:L",
        "/report",
        "/room/",
        "/room/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "/room/at/AAAAAAAAAAAAAAAAAAAAAAAAAA",
        "/api/v1/reports",
    ]
    .map(str::to_owned)
    .into();
    for file in files.keys().filter_map(|file| file.to_str()?.strip_prefix(SITE)) {
        addresses.insert(file.to_owned());
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        addresses.extend([
            folder.to_owned(),
            format!("{folder}/"),
            format!("{file}x"),
            format!("{file}.asc"),
        ]);
    }
    addresses.extend(protected.iter().cloned());
    addresses.retain(|address| address.starts_with('/'));
    addresses
}

/// Both runs as everybody sees them.
fn check_alike(one: &Path, other: &Path, when: &str) {
    let (here, there) = (public(one), public(other));
    let names = |files: &BTreeMap<PathBuf, _>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&here), names(&there), "{when}");
    for (name, state) in &here {
        let differs = [
            state.0 != there[name].0,
            state.1 != there[name].1,
            state.2 != there[name].2,
        ];
        assert_eq!(differs, [false; 3], "{when}: bytes, time or mode of {}", name.display());
    }
    let protected = protected(other);
    assert!(protected.len() > 10, "{protected:?}");
    let (served, other) = (Served::start(one), Served::start(other));
    let strange = format!("Authorization: Bearer candor_{}\r\n", "0".repeat(52));
    for address in addresses(&here, &protected) {
        for (method, headers) in [
            ("GET", ""),
            ("HEAD", ""),
            ("POST", ""),
            ("GET", "Range: bytes=0-9\r\n"),
            ("GET", "If-Modified-Since: Tue, 03 Feb 2026 10:30:00 GMT\r\n"),
            ("GET", strange.as_str()),
        ] {
            let (here, there) = (
                without_ticket(&served.answer(method, &address, headers)),
                without_ticket(&other.answer(method, &address, headers)),
            );
            assert_eq!(here, there, "{when}: {method} {address} {headers}");
            assert!(here.starts_with("HTTP/1.1 "), "{address}: {here}");
        }
    }
}

/// Each showing of the form draws a ticket, whatever the house holds.
fn without_ticket(answer: &str) -> String {
    const TICKET: &str = "name=\"ticket\" value=\"";
    let Some((before, after)) = answer.split_once(TICKET) else {
        return answer.to_owned();
    };
    let (ticket, after) = after.split_once('"').unwrap();
    assert!(ticket.len() > 20, "{ticket}");
    format!("{before}{TICKET}…\"{after}")
}

/// Addresses of what was released to one party, which nobody may see.
fn protected(dir: &Path) -> Vec<String> {
    let root = fs::canonicalize(dir.join("protected")).unwrap().join(SITE);
    let (mut addresses, mut waiting) = (Vec::new(), vec![root.clone()]);
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path.clone());
            }
            addresses.push(format!("/{}", path.strip_prefix(&root).unwrap().display()));
        }
    }
    addresses
}

#[test]
fn nobody_sees_an_embargo_nor_what_was_released_under_it() {
    let folder = TempDir::new().unwrap();
    let without = scheduled(folder.path());
    done(&without, &["work", "--once", "--now", INSTANT]);
    // A version that is replaced, so that there is a history too.
    let (_, second) = approved(&without, "Second overflow in the service", true);
    let with = folder.path().join("with");
    // With its times.
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .args([&without, &with])
        .status();
    assert!(copied.unwrap().success());
    // A manifest vouches for no file that is younger than itself, and folders are copied in any order.
    for name in ["a", "b"] {
        let manifest = format!("tree/{name}.manifest");
        if without.join(&manifest).exists() {
            fs::remove_file(with.join(&manifest)).unwrap();
            fs::copy(without.join(&manifest), with.join(&manifest)).unwrap();
        }
    }

    // The second run has a secret, and a party that is told of it.
    let (case, secret) = approved(&with, "Zanzibar overflow in the service", false);
    let add = [
        "customer", "add", "acme", "--brand", "brand", "--tlp", "amber", "--party", "--as", "lead",
    ];
    done(&with, &add);
    let token = json(&done(&with, &["customer", "token", "acme", "--json", "--as", "lead"]));
    let token = token["token"].as_str().unwrap();
    for audience in ["party:acme", "tlp:amber"] {
        let order = ["advisory", "order", &secret, "--audience", audience];
        refused(&with, &[&order[..], &TWO].concat(), &["§N13", "--waive"]);
        let waived = [&order[..], &["--waive", "N13=They run it for others."], &TWO].concat();
        let said = done(&with, &waived);
        assert!(said.contains(audience), "{said}");
    }
    for dir in [&without, &with] {
        done(dir, &["work", "--once", "--now", DAY_AFTER]);
    }
    let told = done(&with, &["advisory", "show", &secret, "--as", "lead"]);
    assert!(
        told.contains("party:acme has") && told.contains("§N13 was waived"),
        "{told}"
    );
    check_alike(&without, &with, "after the release to a party");

    // What is for them is there for them, whole and signed.
    done(&with, &["publish", "--verify"]);
    {
        let served = Served::start(&with);
        let authorized = format!("Authorization: Bearer {token}\r\n");
        for scope in ["amber", "party/acme"] {
            let index = served.answer("GET", &format!("/protected/{scope}/index.txt"), &authorized);
            assert!(
                index.contains("200 OK") && index.contains("private, no-store"),
                "{index}"
            );
            let document = index.lines().last().unwrap();
            let document = served.answer("GET", &format!("/protected/{scope}/{document}"), &authorized);
            assert!(
                document.contains("Zanzibar") && !document.contains("WHITE"),
                "{document}"
            );
        }
        let red = served.answer("GET", "/protected/red/index.txt", &authorized);
        assert_eq!(red, served.answer("GET", "/none", ""));
        // Nobody waits for the note that it was used, so it is looked for until it is there.
        let listed = || done(&with, &["customer", "list", "--as", "admin"]);
        assert!(
            (0..200).any(|_| listed().contains("last used 2026-02-03")),
            "{}",
            listed()
        );
        assert!(!listed().contains(token));
    }

    // Life goes on: another advisory, by the worker and then by hand.
    for dir in [&without, &with] {
        let at = ["--now", TWO_DAYS_AFTER];
        done(dir, &[&["advisory", "order", &second][..], &TWO, &at].concat());
        done(dir, &[&["work", "--once"][..], &at].concat());
    }
    check_alike(&without, &with, "after another publication");
    for dir in [&without, &with] {
        done(dir, &["publish", "--now", THREE_DAYS_AFTER]);
    }
    check_alike(&without, &with, "after a publication by hand");
    let found = std::process::Command::new("grep")
        .args(["-rli", "zanzibar"])
        .arg(with.join("tree"))
        .output();
    assert_eq!(String::from_utf8_lossy(&found.unwrap().stdout), "");

    // Once it is public, it shows.
    done(
        &with,
        &[
            "case",
            "fix-deployed",
            &case,
            "--product",
            "Service",
            "--tenants",
            "all",
            "--as",
            "analyst",
        ],
    );
    let order = ["advisory", "order", &secret, "--now", MUCH_LATER, "--json"];
    let said = json(&done(&with, &[&order[..], &TWO].concat()));
    assert_eq!(said["number"], "NN-2026:3-01", "no gap tells of the releases before");
    done(&with, &["work", "--once"]);
    done(&with, &["publish", "--verify"]);
    assert!(
        public(&with)
            .values()
            .any(|(bytes, ..)| String::from_utf8_lossy(bytes).contains("Zanzibar"))
    );
    verified(&with);
}
