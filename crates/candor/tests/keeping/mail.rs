//! Mail through the built binary: by pipe and by wire, killed in the middle, on a full disk, and never in clear.

use crate::house::*;
use crate::kill::check_kills;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};
use tempfile::TempDir;

/// A word that must be nowhere in clear.
const PLANTED: &str = "quokka-heap-overflow";

pub(crate) fn letter(text: &str) -> String {
    format!(
        "From: Rita <rita-{PLANTED}@researcher.example>\r\nTo: psirt@vendor.example\r\nSubject: Crash {PLANTED}\r\n\
         Date: Mon, 02 Nov 2026 09:00:00 +0100\r\nMessage-ID: <{}@researcher.example>\r\n\r\n{text} {PLANTED}\r\n",
        text.len()
    )
}

/// An address where the house takes mail.
pub(crate) fn address(dir: &Path) -> String {
    let brands = json(&done(dir, &["brand", "list", "--json", "--as", "publisher"]));
    let contact = brands[0]["brand"]["contact"].as_str().unwrap().to_owned();
    assert!(contact.contains('@'), "{contact}");
    contact
}

pub(crate) fn rows(dir: &Path) -> Vec<serde_json::Value> {
    let rows = json(&done(dir, &["mail", "list", "--json", "--as", "lead"]));
    rows.as_array().unwrap().clone()
}

pub(crate) fn ingest(dir: &Path, message: &str) -> serde_json::Value {
    json(&done_with(dir, &["mail", "ingest", "--json"], message.as_bytes()))
}

/// Every file of a house, but for those that are public by purpose.
fn check_nowhere_in_clear(dir: &Path, words: &[&str]) {
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = fs::read(&path) {
                for word in words {
                    let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
                    assert!(!found, "{word} stands in {}", path.display());
                }
            }
        }
    }
}

#[test]
fn a_piped_message_is_kept_read_and_a_case() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    let kept = ingest(&dir, &letter("It crashes."));
    let number = kept["number"].as_str().unwrap().to_owned();
    assert_eq!(kept["again"], false);
    for _ in 0..3 {
        let again = ingest(&dir, &format!("Received: from a by b\r\n{}", letter("It crashes.")));
        assert_eq!((&again["number"], &again["again"]), (&kept["number"], &true.into()));
    }
    assert_eq!(rows(&dir)[0]["state"], "unread");
    check_nowhere_in_clear(&dir, &[PLANTED]);
    let worked = json(&done(&dir, &["work", "--once", "--json"]));
    assert_eq!(worked["mail_read"], 1);
    let row = &rows(&dir)[0];
    assert_eq!(
        (&row["state"], &row["case"]),
        (&"report".into(), &number.as_str().into())
    );
    assert_eq!(row["from"], format!("rita-{PLANTED}@researcher.example"));
    let shown = done(&dir, &["case", "show", &number, "--as", "lead"]);
    assert!(shown.contains(&format!("Crash {PLANTED}")), "{shown}");

    // The reporter goes on, at the address that only they have.
    let thread = json(&done(&dir, &["mail", "thread", &number, "--json", "--as", "lead"]));
    let to = thread["reply_to"].as_str().unwrap();
    done_with(
        &dir,
        &["mail", "ingest", "--to", to],
        letter("One thing more.").as_bytes(),
    );
    done(&dir, &["work", "--once"]);
    let replies = rows(&dir);
    let reply = replies.iter().find(|row| row["state"] == "reply").unwrap();
    assert_eq!(reply["case"], number);
    check_nowhere_in_clear(&dir, &[PLANTED, to.split(['+', '@']).nth(1).unwrap()]);
    verified(&dir);
}

#[test]
fn begging_is_held_and_released() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    let begging =
        "From: b@example.net\r\nSubject: Hello\r\n\r\nDo you have a bounty program? I wait for my reward.\r\n";
    let number = ingest(&dir, begging)["number"].as_str().unwrap().to_owned();
    done(&dir, &["work", "--once"]);
    let held = done(&dir, &["mail", "held", "--as", "lead"]);
    assert!(held.contains(&number) && held.contains("asks for a reward"), "{held}");
    assert!(held.contains("Hello – Do you have a bounty program?"), "{held}");
    done(&dir, &["mail", "release", &number, "--as", "analyst"]);
    done(&dir, &["work", "--once"]);
    assert_eq!(rows(&dir)[0]["case"], number);
    refused(
        &dir,
        &["mail", "release", &number, "--as", "analyst"],
        &["a report already"],
    );
}

#[test]
fn what_cannot_be_kept_now_is_asked_for_again() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    let missing = base.path().join("elsewhere");
    for (dir, args) in [
        (&missing, &["mail", "ingest"][..]),
        (&dir, &["mail", "ingest", "--brand", "nobody"][..]),
    ] {
        let output = fed(&mut command(dir, args), letter("It crashes.").as_bytes());
        assert_eq!(output.status.code(), Some(75), "{}", said(&output));
        assert!(!said(&output).contains(PLANTED));
    }
    assert!(rows(&dir).is_empty());
}

#[test]
fn a_full_disk_refuses_for_now_and_takes_it_later() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    let file = dir.join("candor.toml");
    let settings = fs::read_to_string(&file).unwrap();
    let pages = fs::metadata(dir.join("db/candor.db")).unwrap().len() / 4096;
    let full = settings.replace("[store]", &format!("[store]\nmax_pages = {pages}"));
    assert_ne!(full, settings);
    fs::write(&file, full).unwrap();
    let mut kept = Vec::new();
    let refused = (0..1_000).find(|index| {
        let message = letter(&"It crashes. ".repeat(*index));
        let output = fed(&mut command(&dir, &["mail", "ingest", "--json"]), message.as_bytes());
        match output.status.code() {
            Some(0) => kept.push(json(&String::from_utf8(output.stdout).unwrap())["number"].clone()),
            code => assert_eq!(code, Some(75), "{}", said(&output)),
        }
        output.status.code() != Some(0)
    });
    let refused = refused.expect("the disk never became full");
    fs::write(&file, settings).unwrap();
    let blobs = |dir: &Path| {
        json(&done(dir, &["journal", "verify", "--json"]))["blobs"]
            .as_u64()
            .unwrap()
    };
    let before = blobs(&dir);
    ingest(&dir, &letter(&"It crashes. ".repeat(refused)));
    assert_eq!(rows(&dir).len(), kept.len() + 1);
    assert_eq!(blobs(&dir), before + 1);
    verified(&dir);
}

#[test]
fn a_message_that_was_acknowledged_is_there_once() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    check_kills(
        "mail ingest",
        &|folder| {
            copy(&dir, &folder.join("house"));
            let args = ["mail", "ingest", "--json"].map(str::to_owned).to_vec();
            (folder.join("house"), args)
        },
        &|dir, args, said| {
            let acknowledged = serde_json::from_str::<serde_json::Value>(said).ok();
            let acknowledged = acknowledged.map(|said| said["number"].as_str().unwrap().to_owned());
            let before = rows(dir);
            if let Some(number) = &acknowledged {
                let is_there = before.iter().any(|row| row["number"] == number.as_str());
                assert!(is_there, "{number} was acknowledged, and is lost");
            }
            verified(dir);
            let again = json(&done_with(dir, args, b"A report that must not get lost\n"));
            let number = again["number"].as_str().unwrap().to_owned();
            assert!(acknowledged.is_none_or(|acknowledged| acknowledged == number));
            assert_eq!(rows(dir).len(), 1);
            assert_eq!(
                done(dir, &["case", "raw", &number, "--as", "lead"]),
                "A report that must not get lost\n"
            );
            verified(dir);
        },
    );
}

/// A house that serves, on ports that were free, with its doors for mail.
pub(crate) struct Serving {
    pub(crate) child: Child,
    pub(crate) lmtp: String,
    pub(crate) smtp: String,
    pub(crate) desk: String,
    pub(crate) portal: String,
    /// What it said on its standard output, and what it may say yet.
    said: String,
    output: BufReader<ChildStdout>,
}

impl Serving {
    pub(crate) fn start(dir: &Path) -> Serving {
        Serving::start_with(dir, "127.0.0.1")
    }

    /// The same with doors for mail at another address.
    pub(crate) fn start_with(dir: &Path, mail: &str) -> Serving {
        let file = dir.join("candor.toml");
        let mut settings: toml::Table = fs::read_to_string(&file).unwrap().parse().unwrap();
        let table = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).into()));
            toml::Value::Table(pairs.collect())
        };
        let ports = table(&[("portal", "127.0.0.1:0"), ("desk", "127.0.0.1:0")]);
        let door = format!("{mail}:0");
        let doors = table(&[("lmtp", &door), ("smtp", &door), ("host", "mx.test")]);
        for (name, added) in [("listen", ports), ("mail", doors)] {
            let section = settings.entry(name).or_insert_with(|| table(&[]));
            section
                .as_table_mut()
                .unwrap()
                .extend(added.as_table().unwrap().clone());
        }
        fs::write(&file, settings.to_string()).unwrap();
        let mut child = command(dir, &["serve"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::from(fs::File::create(log(dir)).unwrap()))
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains("\nServing") {
            assert!(output.read_line(&mut said).unwrap() > 0, "it does not serve: {said}");
        }
        let place = |name: &str| {
            let found = said.lines().find_map(|line| line.strip_prefix(name));
            found
                .unwrap()
                .trim_start_matches("http://")
                .trim_start_matches("https://")
                .to_owned()
        };
        Serving {
            child,
            lmtp: place("lmtp: "),
            smtp: place("smtp: "),
            desk: place("desk: "),
            portal: place("portal: "),
            said,
            output,
        }
    }

    /// A page of the desk, as it is sent.
    pub(crate) fn page(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.desk).unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            self.desk
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        answer
    }

    /// Ends it in peace, and gives what it said on its standard output from first to last.
    pub(crate) fn end(mut self) -> String {
        let stop = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(stop, rustix::process::Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
        self.output.read_to_string(&mut self.said).unwrap();
        std::mem::take(&mut self.said)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn log(dir: &Path) -> PathBuf {
    dir.with_extension("log")
}

/// A mail server that hands over.
pub(crate) struct Wire(BufReader<TcpStream>);

impl Wire {
    pub(crate) fn to(address: &str) -> Wire {
        let mut wire = Wire::on(TcpStream::connect(address).unwrap());
        assert!(wire.heard().starts_with("220 mx.test "));
        wire
    }

    /// Before anything was said.
    pub(crate) fn on(stream: TcpStream) -> Wire {
        Wire(BufReader::new(stream))
    }

    pub(crate) fn say(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }

    /// One answer, all of its lines.
    pub(crate) fn heard(&mut self) -> String {
        self.heard_if_any().expect("the other side ended")
    }

    /// The same; none if the other side is gone.
    pub(crate) fn heard_if_any(&mut self) -> Option<String> {
        let mut answer = String::new();
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).unwrap_or(0) == 0 {
                return None;
            }
            answer.push_str(&line);
            if line.as_bytes().get(3) != Some(&b'-') {
                return Some(answer);
            }
        }
    }

    /// Says something to a side that may be gone.
    pub(crate) fn try_say(&mut self, text: &str) {
        let _ = self.0.get_mut().write_all(text.as_bytes());
    }

    pub(crate) fn check(&mut self, text: &str, code: &str) -> String {
        self.say(text);
        let answer = self.heard();
        assert!(answer.starts_with(code), "{text:?}: {answer}");
        answer
    }

    /// Everything before the message, in one piece as pipelining allows.
    pub(crate) fn begin(&mut self, to: &[&str]) {
        let to: String = to.iter().map(|to| format!("RCPT TO:<{to}>\r\n")).collect();
        self.say(&format!("MAIL FROM:<rita@researcher.example>\r\n{to}DATA\r\n"));
        assert!(self.heard().starts_with("250"));
        for _ in to.lines() {
            assert!(self.heard().starts_with("250"));
        }
        assert!(self.heard().starts_with("354"));
    }
}

#[test]
fn a_mail_server_hands_over_and_hears_250_for_what_is_stored() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    let to = address(&dir);
    let serving = Serving::start(&dir);

    let mut lmtp = Wire::to(&serving.lmtp);
    let hello = lmtp.check("LHLO mx.test\r\n", "250");
    for offered in ["PIPELINING", "8BITMIME", "SIZE 52428800"] {
        assert!(hello.contains(offered), "{hello}");
    }
    assert!(!hello.contains("STARTTLS"));
    lmtp.check("MAIL FROM:<r@example.org>\r\n", "250");
    lmtp.check("RCPT TO:<root@elsewhere.example>\r\n", "550");
    lmtp.check("RSET\r\n", "250");
    // One answer for each recipient; the same mail for two addresses of one brand is one.
    let tagged = to.replace('@', "+tag@");
    lmtp.begin(&[&to, &tagged]);
    lmtp.say(&format!("{}.\r\n", letter("It crashes.")));
    assert!(lmtp.heard().starts_with("250"));
    assert!(lmtp.heard().starts_with("250"));
    // The same mail again, in pieces, on the same wire.
    lmtp.begin(&[&to]);
    for piece in format!("{}.\r\n", letter("It crashes.")).as_bytes().chunks(7) {
        lmtp.0.get_mut().write_all(piece).unwrap();
    }
    assert!(lmtp.heard().starts_with("250"));
    // What another server might cut into two messages is none.
    lmtp.begin(&[&to]);
    lmtp.check("Subject: x\r\n\r\nText\n.\r\nMAIL FROM:<b@example.org>\r\n.\r\n", "554");
    // Whoever breaks off had nothing acknowledged.
    let mut broken = Wire::to(&serving.lmtp);
    broken.check("LHLO mx.test\r\n", "250");
    broken.begin(&[&to]);
    broken.say("Subject: half a message\r\n\r\nhalf");
    drop(broken);

    let mut smtp = Wire::to(&serving.smtp);
    smtp.check("EHLO mx.test\r\n", "250");
    smtp.begin(&[&to, &tagged]);
    smtp.say(&format!("{}.\r\n", letter("By the other door.")));
    assert!(smtp.heard().starts_with("250"));
    smtp.check("QUIT\r\n", "221");
    // A wire that waits is told that we end.
    serving.end();
    assert!(lmtp.heard().starts_with("421"));

    assert_eq!(rows(&dir).len(), 2);
    done(&dir, &["work", "--once"]);
    assert!(
        rows(&dir).iter().all(|row| row["state"] == "report"),
        "{:?}",
        rows(&dir)
    );
    verified(&dir);
    check_nowhere_in_clear(&dir, &[PLANTED]);
    let mut logged = String::new();
    fs::File::open(log(&dir)).unwrap().read_to_string(&mut logged).unwrap();
    for word in [PLANTED, "researcher", "crashes", "rita"] {
        assert!(!logged.contains(word), "{word} stands in the log");
    }
    assert!(logged.contains("mail came in"));
}

#[test]
fn a_server_that_is_killed_keeps_what_it_acknowledged() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    let to = address(&dir);
    let mut acknowledged = 0;
    for round in 0..4 {
        let mut serving = Serving::start(&dir);
        let mut lmtp = Wire::to(&serving.lmtp);
        lmtp.check("LHLO mx.test\r\n", "250");
        for index in 0..3 {
            lmtp.begin(&[&to]);
            lmtp.say(&format!(
                "{}.\r\n",
                letter(&format!("Round {round}, message {}", "x".repeat(index)))
            ));
            if index == 2 {
                // It may have been stored by then, or not; nobody was told.
                serving.child.kill().unwrap();
                serving.child.wait().unwrap();
                break;
            }
            assert!(lmtp.heard().starts_with("250"));
            acknowledged += 1;
        }
        let found = rows(&dir).len();
        assert!(found >= acknowledged, "{found} of {acknowledged}");
        acknowledged = found;
        verified(&dir);
    }
}

#[test]
fn a_server_on_a_full_disk_says_later_and_resumes_by_itself() {
    let base = TempDir::new().unwrap();
    let dir = base.path().join("disk");
    fs::create_dir(&dir).unwrap();
    let mut mount = std::process::Command::new("mount");
    let mounted = mount
        .args(["-t", "tmpfs", "-o", "size=12m", "tmpfs"])
        .arg(&dir)
        .output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        return skipped("the right to mount a small file system");
    }
    let _disk = Mounted(dir.clone());
    let inside = older(&dir);
    done(&inside, &["upgrade"]);
    let to = address(&inside);
    let serving = Serving::start(&inside);
    let mut lmtp = Wire::to(&serving.lmtp);
    lmtp.check("LHLO mx.test\r\n", "250");
    let large = letter(&"0123456789\r\n".repeat(200_000));
    let hand_over = |lmtp: &mut Wire, text: &str| {
        lmtp.begin(&[&to]);
        lmtp.say(text);
        lmtp.say(".\r\n");
        lmtp.heard()
    };
    // Fill what is left but for a little, so that the message cannot be sealed.
    let filler = dir.join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    let block = vec![0; 64 * 1024];
    while file.write_all(&block).is_ok() {}
    let answer = hand_over(&mut lmtp, &large);
    assert!(answer.starts_with("452"), "{answer}");
    drop(file);
    fs::remove_file(&filler).unwrap();
    let answer = hand_over(&mut lmtp, &large);
    assert!(answer.starts_with("250"), "{answer}");
    serving.end();
    assert_eq!(rows(&inside).len(), 1);
    verified(&inside);
}

struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        std::process::Command::new("umount")
            .arg("-l")
            .arg(&self.0)
            .status()
            .ok();
    }
}

#[test]
fn the_status_page_says_what_proc_says() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    let serving = Serving::start(&dir);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_candor"))
        .arg("read-message")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // It has shut itself in once it says how.
    let mut length = [0; 8];
    let mut output = child.stdout.take().unwrap();
    output.read_exact(&mut length).unwrap();
    let mut cage = vec![0; usize::try_from(u64::from_le_bytes(length)).unwrap()];
    output.read_exact(&mut cage).unwrap();
    let of_kernel = |file: &str, name: &str, place: usize| {
        let text = fs::read_to_string(format!("/proc/{}/{file}", child.id())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().nth(place).unwrap().to_owned()
    };
    let memory: u64 = of_kernel("limits", "Max address space", 1).parse().unwrap();
    let expected = [
        format!("(seccomp {})", of_kernel("status", "Seccomp:", 0)),
        format!("(no_new_privs {})", of_kernel("status", "NoNewPrivs:", 0)),
        format!("{} MiB at most.", memory >> 20),
        format!("{} seconds at most.", of_kernel("limits", "Max cpu time", 1)),
        "None opens: it was tried.".to_owned(),
        "No socket can be made: it was tried.".to_owned(),
    ];
    let abi = json(&String::from_utf8(cage).unwrap())["landlock_abi"].as_i64();
    let landlock = abi.map_or_else(|| "This kernel has none".to_owned(), |abi| format!(", version {abi}"));
    drop(child.stdin.take());
    child.wait().unwrap();

    let page = serving.page("/status");
    for part in expected.iter().chain([&landlock]) {
        assert!(page.contains(part), "{page}\nlacks {part}");
    }
    assert!(
        page.contains("Open, for this machine. Last message: none since it began."),
        "{page}"
    );
    let mut wire = Wire::to(&serving.lmtp);
    wire.check("LHLO mx.test\r\n", "250");
    wire.begin(&[&address(&dir)]);
    wire.check(&format!("{}.\r\n", letter("It crashes.")), "250");
    let page = serving.page("/status");
    assert!(page.contains("Open, for this machine. Last message: 0 "), "{page}");
    assert!(page.contains("no checkpoint yet"), "{page}");
    for secret in [PLANTED, dir.to_str().unwrap(), "researcher.example"] {
        assert!(!page.contains(secret), "{secret}");
    }
    serving.end();
    done(&dir, &["journal", "checkpoint"]);
    let serving = Serving::start(&dir);
    let page = serving.page("/status");
    assert!(page.contains("the last checkpoint covers"), "{page}");
    serving.end();
}
