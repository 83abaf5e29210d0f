//! Reports by form through the built binary: a file as large as the form takes it, and what a server says of those who come to a room.

use crate::house::*;
use crate::machines::empty;
use crate::mail::{Serving, log};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use std::cell::Cell;
use std::fs;
use std::io::{Read as _, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const HOST: &str = "brand.example";
const BOUNDARY: &str = "--------sample";
/// Stands in whatever a reporter sends, and nowhere in clear.
const PLANTED: &str = "quokka-heap-overflow";
const MIB: usize = 1 << 20;

/// What the portal answered.
struct Answer {
    head: String,
    body: String,
}

impl Answer {
    fn of(mut stream: TcpStream) -> Answer {
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer {
            head: head.to_lowercase(),
            body: body.to_owned(),
        }
    }

    fn status(&self) -> &str {
        &self.head[9..12]
    }

    fn between(&self, before: &str, behind: &str) -> &str {
        let (_, rest) = self
            .body
            .split_once(before)
            .unwrap_or_else(|| panic!("no {before}: {}", self.body));
        rest.split_once(behind).unwrap().0
    }
}

/// A request with these headers and this body, by a connection of its own.
fn ask(serving: &Serving, asked: &str, headers: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(&serving.portal).unwrap();
    let length = body.len();
    let head =
        format!("{asked} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n");
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    Answer::of(stream)
}

fn kind() -> String {
    format!("Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n")
}

/// The parts of a form, up to where its file begins if it has one.
fn parts(fields: &[(&str, &str)], file: Option<&str>) -> String {
    let mut parts = String::new();
    for (name, text) in fields {
        parts.push_str(&format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
        ));
    }
    if let Some(file) = file {
        parts.push_str(&format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{file}\"\r\nContent-Type: a/b\r\n\r\n"
        ));
    }
    parts
}

fn end() -> String {
    format!("\r\n--{BOUNDARY}--\r\n")
}

/// The form's ticket.
fn ticket(serving: &Serving) -> String {
    ask(serving, "GET /report", "", b"")
        .between("name=\"ticket\" value=\"", "\"")
        .to_owned()
}

/// A file that nobody has as a whole: each of its pieces of 1 MiB begins with a planted word of its own.
struct Pieces {
    noise: Vec<u8>,
    written: usize,
    digest: Sha256,
}

impl Pieces {
    fn new() -> Pieces {
        let noise = (0..MIB / 32).flat_map(|place| Sha256::digest(place.to_le_bytes()));
        Pieces {
            noise: noise.collect(),
            written: 0,
            digest: Sha256::new(),
        }
    }

    /// Writes so many more.
    fn write(&mut self, count: usize, mut to: impl Write) {
        for _ in 0..count {
            let word = format!("{PLANTED} {:08}\n", self.written);
            self.noise[..word.len()].copy_from_slice(word.as_bytes());
            self.digest.update(&self.noise);
            to.write_all(&self.noise).unwrap();
            self.written += 1;
        }
    }

    /// The digest of all that was written.
    fn digest(self) -> String {
        HEXLOWER.encode(&self.digest.finalize())
    }
}

/// The most memory that the server had at a time.
fn peak(serving: &Serving) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", serving.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() * 1024
}

/// No file below a folder has these words.
fn check_nowhere(folder: &Path, words: &[&str]) {
    let words = words.iter().flat_map(|word| ["-e", word]);
    let mut grep = Command::new("grep");
    let found = grep
        .args(["-r", "-l", "-a", "-F"])
        .args(words)
        .arg(folder)
        .output()
        .unwrap();
    assert_eq!(found.status.code(), Some(1), "{}", said(&found));
}

/// 40 MiB, which take some seconds; with CANDOR_DEEP=1 as large as a form of a new house takes a file.
#[test]
fn a_file_as_large_as_the_form_takes_it_is_sealed_while_it_arrives() {
    let deep = std::env::var("CANDOR_DEEP").is_ok();
    let count = if deep { 200 } else { 40 };
    let base = TempDir::new().unwrap();
    let dir = empty(base.path());
    let serving = Serving::start(&dir);
    let head = parts(
        &[("ticket", &ticket(&serving)), ("text", "The capture shows it.")],
        Some("capture.pcap"),
    );
    let length = head.len() + count * MIB + end().len();
    let mut stream = TcpStream::connect(&serving.portal).unwrap();
    write!(
        stream,
        "POST /report HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n{}Content-Length: {length}\r\n\r\n{head}",
        kind()
    )
    .unwrap();
    let mut pieces = Pieces::new();
    pieces.write(count / 2, &mut stream);
    let half = peak(&serving);
    pieces.write(count / 2, &mut stream);
    let digest = pieces.digest();
    stream.write_all(end().as_bytes()).unwrap();
    let answer = Answer::of(stream);
    assert_eq!(answer.status(), "200", "{}", answer.body);
    assert!(!answer.body.contains("was not kept"), "{}", answer.body);
    let number = answer.between("class=\"number\">", "<").to_owned();
    let room = answer.between(&format!("{HOST}/room/"), "\"").to_owned();

    // The second half took no more than the first.
    let whole = peak(&serving);
    println!("{} MiB of memory for {count} MiB", whole / MIB);
    assert!(whole < 150 * MIB, "{whole} bytes");
    // The kernel counts by the way, for each thread: a later reading may be a little lower.
    assert!(
        whole.saturating_sub(half) < count * MIB / 5,
        "{half} bytes, then {whole}"
    );
    let shown = ask(&serving, &format!("GET /room/{room}"), "", b"");
    assert!(shown.body.contains(&digest), "{digest}: {}", shown.body);
    serving.end();
    check_nowhere(&dir, &[PLANTED, "The capture shows it"]);
    let sealed = sizes(&dir.join("blobs"));
    assert!(sealed > (count * MIB) as u64, "{sealed} bytes are sealed");
    verified(&dir);

    let out = base.path().join("capture");
    let read = [
        "case",
        "file",
        &number,
        "capture.pcap",
        "--as",
        "analyst",
        "--out",
        &text(&out),
    ];
    done(&dir, &read);
    assert_eq!(HEXLOWER.encode(&Sha256::digest(fs::read(&out).unwrap())), digest);
}

/// How many bytes the files below a folder have.
fn sizes(folder: &Path) -> u64 {
    let items = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let size = |item: fs::DirEntry| match item.file_type().unwrap().is_dir() {
        true => sizes(&item.path()),
        false => item.metadata().unwrap().len(),
    };
    items.map(size).sum()
}

/// What an answer says to browsers, caches and indexes of a page that has a secret in its address, or in itself.
fn check_kept_apart(asked: &str, answer: &Answer) {
    for header in [
        "\r\nreferrer-policy: no-referrer\r\n",
        "\r\ncache-control: no-store\r\n",
        "\r\ncontent-security-policy: default-src 'none'; ",
    ] {
        assert!(
            format!("{}\r\n", answer.head).contains(header),
            "{asked} lacks {header}: {}",
            answer.head
        );
    }
    // What is not there, and what a program would read, is in no index anyway.
    let is_page = answer.head.contains("content-type: text/html");
    let is_noindex = answer.head.contains("x-robots-tag: noindex");
    assert!(is_noindex || !is_page, "{asked}: {}", answer.head);
}

/// Somebody who comes to the portal, with headers of their own.
struct Visitor<'a> {
    serving: &'a Serving,
    headers: String,
    asked: Cell<usize>,
}

impl Visitor<'_> {
    fn visit(&self, what: &str, headers: &str, body: &str, status: &str) -> Answer {
        let answer = ask(self.serving, what, headers, body.as_bytes());
        assert_eq!(answer.status(), status, "{what}: {}{}", answer.head, answer.body);
        check_kept_apart(what, &answer);
        self.asked.set(self.asked.get() + 1);
        answer
    }

    /// Sends a form, with a file of planted words if one is named.
    fn send(&self, path: &str, fields: &[(&str, &str)], file: Option<&str>, status: &str) -> Answer {
        let end = match file {
            Some(_) => format!("{PLANTED}{}", end()),
            None => format!("--{BOUNDARY}--\r\n"),
        };
        let body = parts(fields, file) + &end;
        self.visit(&format!("POST {path}"), &self.headers, &body, status)
    }
}

#[test]
fn a_server_says_nothing_of_whoever_comes_to_a_room() {
    let base = TempDir::new().unwrap();
    let dir = empty(base.path());
    let file = dir.join("candor.toml");
    let settings = fs::read_to_string(&file).unwrap();
    // At its most talkative, and behind a proxy that says who comes.
    let talkative = settings.replace("level = \"info\"", "level = \"debug\"");
    assert_ne!(talkative, settings);
    fs::write(
        &file,
        talkative.replace("[listen]", "[listen]\ntrusted_proxies = [\"127.0.0.1\"]"),
    )
    .unwrap();
    let serving = Serving::start(&dir);

    let (address, phrase) = ("203.0.113.77", "five words of rita alone");
    let headers = format!(
        "X-Forwarded-For: {address}\r\nUser-Agent: {PLANTED}-browser\r\nReferer: https://{PLANTED}.example/\r\nCookie: a={PLANTED}\r\n{}",
        kind()
    );
    let visitor = Visitor {
        serving: &serving,
        headers,
        asked: Cell::new(0),
    };
    let visit = |what: &str, headers: &str, body: &str, status: &str| visitor.visit(what, headers, body, status);
    let send = |path: &str, fields: &[(&str, &str)], file: Option<&str>, status: &str| {
        visitor.send(path, fields, file, status)
    };
    let ticket = ticket(&serving);
    let (title, name, mail) = (
        format!("Crash {PLANTED}"),
        format!("Rita {PLANTED}"),
        format!("rita@{PLANTED}.example"),
    );
    let form = [
        ("ticket", ticket.as_str()),
        ("title", &title),
        ("text", &title),
        ("product", PLANTED),
        ("name", &name),
        ("mail", &mail),
        ("credit", "yes"),
        ("credit_as", &name),
        ("passphrase", phrase),
    ];
    // Faulty, broken off, not a form, from elsewhere; then as it should be, and once more.
    let faulty = form.map(|(field, text)| (field, if field == "mail" { PLANTED } else { text }));
    send("/report", &faulty, None, "422");
    let sent = send("/report", &form, Some(&format!("{PLANTED}.pcap")), "200");
    send("/report", &form, None, "200");
    let number = sent.between("class=\"number\">", "<").to_owned();
    let key = sent.between(&format!("{HOST}/room/"), "\"").to_owned();
    let door = sent.between(&format!("{HOST}/room/at/"), "<").to_owned();
    let room = format!("/room/{key}");
    let last = if key.ends_with('0') { "1" } else { "0" };
    let wrong = format!("/room/{}{last}", &key[..key.len() - 1]);

    send(
        &room,
        &[("act", "message"), ("once", "1"), ("text", &title)],
        None,
        "303",
    );
    send(&room, &[("act", "message"), ("once", "2"), ("text", "")], None, "422");
    send(
        &room,
        &[("act", "credit"), ("once", "3"), ("credit", "yes"), ("name", &name)],
        None,
        "303",
    );
    send(
        &room,
        &[("act", "plan"), ("once", "4"), ("day", "2026-09-01")],
        None,
        "303",
    );
    send(&room, &[("act", "files")], Some(&format!("{PLANTED}.log")), "200");
    send(&room, &[("act", PLANTED)], None, "422");
    send(
        &wrong,
        &[("act", "message"), ("once", "5"), ("text", &title)],
        None,
        "404",
    );
    let at = format!("/room/at/{door}");
    send(
        &at,
        &[("number", &number), ("passphrase", &format!("not {phrase}"))],
        None,
        "403",
    );
    let opened = send(&at, &[("number", &number), ("passphrase", phrase)], None, "303");
    assert!(opened.head.contains(&format!("location: {room}")), "{}", opened.head);

    for (what, status) in [
        (format!("GET {room}"), "200"),
        (format!("GET {room}?done=message&{PLANTED}"), "200"),
        (format!("GET {room}/erase"), "200"),
        (format!("GET {at}"), "200"),
        (format!("GET {wrong}"), "404"),
        (format!("GET {wrong}/erase"), "404"),
        (format!("GET {room}/{PLANTED}"), "404"),
        (format!("POST {wrong}/erase"), "405"),
        (format!("PUT {room}"), "405"),
    ] {
        visit(&what, &visitor.headers, "", status);
    }
    // What is no form, what ends early, and what comes from somebody else's page.
    visit(&format!("POST {room}"), "Content-Type: text/plain\r\n", PLANTED, "400");
    visit(&format!("POST {room}"), &kind(), &parts(&form, Some(PLANTED)), "400");
    visit(
        &format!("POST {at}"),
        &format!("{}Origin: https://{PLANTED}.example\r\n", kind()),
        "",
        "403",
    );
    // Lines that are no request, which the library answers.
    for line in [
        format!("GET {room} {PLANTED}\r\n\r\n"),
        format!("GET {room} HTTP/1.1\r\n{PLANTED}\r\n\r\n"),
        format!(
            "GET {room} HTTP/1.1\r\nHost: {HOST}\r\nX-A: {}\r\n\r\n",
            PLANTED.repeat(50_000)
        ),
    ] {
        let mut stream = TcpStream::connect(&serving.portal).unwrap();
        // It may be hung up on before all of it was said.
        let _ = stream.write_all(line.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(!String::from_utf8_lossy(&answer).contains(PLANTED));
    }
    // The team looks at it meanwhile.
    for page in [
        format!("/cases/{number}"),
        format!("/inbox?report={number}"),
        "/mail".to_owned(),
    ] {
        serving.page(&page);
    }
    send(&room, &[("act", "erase"), ("sure", "yes")], None, "200");
    send(
        &room,
        &[("act", "message"), ("once", "6"), ("text", &title)],
        None,
        "404",
    );

    let asked = visitor.asked.get();
    let output = serving.end();
    let log = fs::read_to_string(log(&dir)).unwrap();
    // It said something of each: by patterns.
    for pattern in [
        "/report",
        "/room/{key}",
        "/room/{key}/erase",
        "/room/at/{address}",
        "/cases/{number}",
    ] {
        assert!(log.contains(&format!("\"route\":\"{pattern}\"")), "{pattern}: {log}");
    }
    let answered = log.lines().filter(|line| line.contains("\"face\":\"portal\"")).count();
    assert!(answered >= asked, "{answered} of {asked}: {log}");
    // Where it listens is said on standard output, for whoever started it.
    let own = output.replace("127.0.0.1", "");
    for word in [
        PLANTED,
        "quokka",
        &key,
        &key[..20],
        &door,
        &number,
        &ticket,
        phrase,
        "rita",
        "Rita",
        address,
        "127.0.0.1",
        HOST,
    ] {
        assert!(!log.contains(word), "{word} stands in the log: {log}");
        assert!(!own.contains(word), "{word} was said: {output}");
    }
    verified(&dir);
}

#[test]
fn a_room_for_what_was_entered_by_hand_is_opened_by_its_link() {
    let base = TempDir::new().unwrap();
    let dir = empty(base.path());
    let number = report(&dir, "Somebody called: it crashes.", &[]);
    let open = ["room", "open", &number, "--as", "analyst"];
    let config = dir.join("candor.toml");
    let settings = fs::read_to_string(&config).unwrap();
    fs::write(&config, settings.replace("dynamic = true", "dynamic = false")).unwrap();
    refused(&dir, &open, &["`publish.dynamic`"]);
    fs::write(&config, settings).unwrap();
    let said = done(&dir, &open);
    let (link, says) = said.split_once('\n').unwrap();
    assert!(says.contains(&number) && says.contains("shown this once"), "{says}");
    let path = link.strip_prefix(&format!("https://{HOST}")).unwrap();
    refused(&dir, &open, &["it has a room already"]);
    let serving = Serving::start(&dir);
    let room = ask(&serving, &format!("GET {path}"), "", b"");
    assert_eq!(room.status(), "200", "{}", room.body);
    assert!(room.body.contains(&number), "{}", room.body);
    serving.end();
    let log = fs::read_to_string(log(&dir)).unwrap();
    assert!(!log.contains(path.rsplit('/').next().unwrap()), "{log}");
    verified(&dir);
}
