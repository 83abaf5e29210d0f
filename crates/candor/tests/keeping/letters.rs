//! Letters to reporters through the built binary: over a wire to a mail server, read by GnuPG, killed on the way, and never in clear.

use crate::house::*;
use crate::keys::Gpg;
use crate::sink::{Handed, Sink};
use data_encoding::BASE64;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;

/// A word that must be nowhere in clear.
const PLANTED: &str = "quokka-heap-overflow";
const RITA: &str = "rita-quokka-heap-overflow@researcher.example";
/// When the house's clock stands, and for GnuPG.
pub(crate) const NOW: &str = "20260106T080100";

/// A house whose letters go to a mail server, with a key for mail.
pub(crate) fn posting(base: &TempDir, out: &str) -> std::path::PathBuf {
    let dir = house(base);
    let file = dir.join("candor.toml");
    let settings = fs::read_to_string(&file).unwrap();
    let settings = format!("{settings}\n[publish]\ndynamic = true\n\n[mail.out]\n{out}\n");
    fs::write(&file, settings).unwrap();
    let brand = contact(&dir).1;
    done(
        &dir,
        &[
            "key",
            "make",
            "--brand",
            &brand,
            "--intake",
            "--as",
            "administrator",
            "--now",
            "2026-01-06T08:00:30Z",
        ],
    );
    dir
}

pub(crate) fn smart_host(sink: &Sink) -> String {
    format!("smart_host = \"{}\"", sink.address)
}

/// The address of the first brand, and its id.
pub(crate) fn contact(dir: &Path) -> (String, String) {
    let brands = json(&done(dir, &["brand", "list", "--json", "--as", "publisher"]));
    let brand = &brands[0]["brand"];
    let word = |name: &str| brand[name].as_str().unwrap().to_owned();
    (word("contact"), word("id"))
}

/// A report with the reporter's key beside it, if there is one.
pub(crate) fn letter(text: &str, key: Option<&str>) -> String {
    let head = format!(
        "From: Rita <{RITA}>\r\nTo: psirt@vendor.example\r\nSubject: Crash {PLANTED}\r\nMIME-Version: 1.0\r\n\
         Message-ID: <{}@researcher.example>\r\n",
        text.replace(' ', "-")
    );
    let Some(key) = key else {
        return format!("{head}\r\n{text} {PLANTED}\r\n");
    };
    format!(
        "{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{text} {PLANTED}\r\n--b\r\n\
         Content-Type: application/pgp-keys; name=key.asc\r\n\r\n{}\r\n--b--\r\n",
        key.replace('\n', "\r\n")
    )
}

pub(crate) fn ingest(dir: &Path, message: &str) -> String {
    let args = ["mail", "ingest", "--sender", RITA, "--to", &contact(dir).0, "--json"];
    let kept = json(&done_with(dir, &args, message.as_bytes()));
    kept["number"].as_str().unwrap().to_owned()
}

pub(crate) fn work(dir: &Path, now: &str) -> String {
    let output = fed(&mut command(dir, &["work", "--once", "--now", now]), b"");
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for word in [PLANTED, RITA] {
        assert!(!said.contains(word), "the log says {word}: {said}");
    }
    said
}

fn queue(dir: &Path) -> Vec<serde_json::Value> {
    let rows = json(&done(dir, &["mail", "queue", "--all", "--json", "--as", "lead"]));
    rows.as_array().unwrap().clone()
}

pub(crate) fn field<'m>(message: &'m str, name: &str) -> &'m str {
    let head = message.split("\r\n\r\n").next().unwrap();
    let found = head
        .split("\r\n")
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    found.unwrap_or_else(|| panic!("no {name} in\n{head}"))
}

/// The parts between boundaries, as they stand.
pub(crate) fn parts(message: &str) -> Vec<&str> {
    let boundary = message.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap();
    let marker = format!("--{boundary}");
    let parts: Vec<&str> = message.split(marker.as_str()).skip(1).collect();
    let whole = parts.iter().filter(|part| !part.starts_with("--"));
    whole
        .map(|part| part.trim_start_matches("\r\n").strip_suffix("\r\n").unwrap())
        .collect()
}

/// Imports the key that a letter brings along for answers.
pub(crate) fn import_autocrypt(gpg: &Gpg, message: &str) {
    let head = message.split("\r\n\r\n").next().unwrap().replace("\r\n ", "");
    let value = field(&head, "Autocrypt");
    let key = BASE64
        .decode(value.split("keydata=").nth(1).unwrap().trim().as_bytes())
        .unwrap();
    let file = gpg.0.path().join("autocrypt.key");
    fs::write(&file, key).unwrap();
    gpg.ok(NOW, &["--import", &text(&file)]);
}

fn check_fields(handed: &Handed, number: &str, answers: &str) {
    let message = &handed.message;
    assert_eq!(handed.to, RITA);
    assert_eq!(field(message, "To"), format!("<{RITA}>"));
    assert_eq!(field(message, "Auto-Submitted"), "auto-replied");
    assert_eq!(field(message, "Reply-To"), format!("<{}>", handed.from));
    assert!(handed.from.contains('+'), "{}", handed.from);
    assert_eq!(field(message, "In-Reply-To"), answers);
    assert!(
        field(message, "Subject").starts_with(&format!("[{number}] ")),
        "{message}"
    );
    let shown = message.replace(RITA, "");
    assert!(!shown.contains(PLANTED), "{shown}");
    assert!(message.lines().all(|line| line.len() <= 998 && line.is_ascii()));
}

#[test]
fn whoever_sends_a_key_is_answered_under_it_and_gpg_reads_that() {
    let Some(gpg) = Gpg::start() else { return };
    let base = TempDir::new().unwrap();
    let sink = Sink::start();
    let dir = posting(&base, &smart_host(&sink));
    gpg.ok(
        "20260101T000000",
        &[
            "--quick-generate-key",
            &format!("Rita <{RITA}>"),
            "default",
            "default",
            "never",
        ],
    );
    let key = gpg.run(NOW, &["--armor", "--export", RITA]).stdout;
    let key: String = String::from_utf8(key).unwrap();
    let armour = &key[key.find("-----BEGIN").unwrap()..];
    let armour = &armour[..armour.find("-----END PGP PUBLIC KEY BLOCK-----").unwrap() + 34];
    let number = ingest(&dir, &letter("It crashes.", Some(armour)));
    let said = work(&dir, "2026-01-06T08:01:00Z");
    assert!(said.contains("letters sent: 1"), "{said}");
    let handed = sink.one();
    check_fields(&handed, &number, "<It-crashes.@researcher.example>");
    assert_eq!(field(&handed.message, "Subject"), format!("[{number}] ..."));

    import_autocrypt(&gpg, &handed.message);
    let file = gpg.0.path().join("letter.asc");
    fs::write(&file, parts(&handed.message)[1].split_once("\r\n\r\n").unwrap().1).unwrap();
    let opened = gpg.ok(NOW, &["--decrypt", &text(&file)]);
    assert!(opened.contains("GOODSIG"), "{opened}");
    for part in [
        format!("Subject: [{number}] Crash {PLANTED}"),
        format!("Its tracking number is {number}."),
        "Your room, which opens by this link alone".to_owned(),
        "/room/".to_owned(),
        format!("HP-Outer: Subject: [{number}] ..."),
        format!("HP-Outer: To: <{RITA}>"),
        format!("HP-Outer: Message-ID: {}", field(&handed.message, "Message-ID")),
    ] {
        assert!(opened.contains(&part), "{opened}\nlacks {part}");
    }
    let (_, house_id) = contact(&dir);
    assert!(!house_id.is_empty());
    // From the moment at which the server had it, the case is acknowledged; another round sends nothing.
    let case = done(&dir, &["case", "show", &number, "--as", "lead"]);
    assert!(case.to_lowercase().contains("acknowledged"), "{case}");
    work(&dir, "2026-01-06T09:00:00Z");
    assert_eq!(sink.all().len(), 1);
    assert_eq!(queue(&dir)[0]["state"], "sent");

    // An answer finds its way by the address of the letter.
    let answer = letter("One thing more.", None);
    done_with(&dir, &["mail", "ingest", "--to", &handed.from], answer.as_bytes());
    work(&dir, "2026-01-06T09:01:00Z");
    let rows = json(&done(&dir, &["mail", "list", "--json", "--as", "lead"]));
    assert!(
        rows.as_array()
            .unwrap()
            .iter()
            .any(|row| row["state"] == "reply" && row["case"] == number.as_str())
    );
    assert_eq!(sink.all().len(), 1, "an answer is not acknowledged");

    // What the desk says goes the same way, and nobody but the reporter reads it.
    let said = format!("Please send the dump of {PLANTED}.");
    done(&dir, &["case", "messaged", &number, "--text", &said, "--as", "analyst"]);
    work(&dir, "2026-01-06T09:02:00Z");
    let news = sink.all().pop().unwrap();
    assert_eq!(sink.all().len(), 2);
    assert_eq!(field(&news.message, "Subject"), format!("[{number}] ..."));
    assert!(!news.message.contains("Auto-Submitted"), "a person said it");
    assert_ne!(field(&news.message, "Message-ID"), field(&handed.message, "Message-ID"));
    assert!(!news.message.replace(RITA, "").contains(PLANTED));
    fs::write(&file, parts(&news.message)[1].split_once("\r\n\r\n").unwrap().1).unwrap();
    let opened = gpg
        .ok("20260106T090300", &["--decrypt", &text(&file)])
        .replace("=\r\n", "");
    assert!(opened.contains(&said) && opened.contains("GOODSIG"), "{opened}");
    verified(&dir);
}

#[test]
fn without_a_key_a_letter_says_the_number_and_nothing_of_the_report() {
    let Some(gpg) = Gpg::start() else { return };
    let base = TempDir::new().unwrap();
    let sink = Sink::start();
    let dir = posting(&base, &smart_host(&sink));
    let number = ingest(&dir, &letter("It crashes.", None));
    work(&dir, "2026-01-06T08:01:00Z");
    let handed = sink.one();
    check_fields(&handed, &number, "<It-crashes.@researcher.example>");
    import_autocrypt(&gpg, &handed.message);
    let parts = parts(&handed.message);
    // Its fields stand under the signature, too; then what it says.
    let (fields, words) = parts[0].split_once("\r\n\r\n").unwrap();
    assert!(
        fields.contains("In-Reply-To: <It-crashes.@researcher.example>") && fields.contains("hp=\"clear\""),
        "{fields}"
    );
    let words = words.replace("=\r\n", "");
    assert!(words.contains(&number) && words.contains("/room/at/"), "{words}");
    assert!(!words.contains("promise") && !words.contains("crashes"), "{words}");
    let (signed, signature) = (gpg.0.path().join("signed"), gpg.0.path().join("signed.asc"));
    fs::write(&signed, parts[0]).unwrap();
    fs::write(&signature, parts[1].split_once("\r\n\r\n").unwrap().1).unwrap();
    let verdict = gpg.ok(NOW, &["--verify", &text(&signature), &text(&signed)]);
    assert!(verdict.contains("GOODSIG"), "{verdict}");
    // What we send is, for us, nothing that opens a case or is answered.
    let read = json(&done_with(
        &dir,
        &["mail", "read", "-", "--json", "--now", "2026-01-06T08:01:00Z"],
        handed.message.as_bytes(),
    ));
    assert_eq!(
        (&read["auto"], &read["opens_case"], &read["must_not_answer"]),
        (&true.into(), &false.into(), &true.into())
    );
}

#[test]
fn a_key_from_somebodys_address_book_opens_what_waited_for_one() {
    let Some(gpg) = Gpg::start() else { return };
    let base = TempDir::new().unwrap();
    let sink = Sink::start();
    let dir = posting(&base, &smart_host(&sink));
    let number = ingest(&dir, &letter("It crashes.", None));
    work(&dir, "2026-01-06T08:01:00Z");
    let said = "Please send the dump.";
    done(&dir, &["case", "messaged", &number, "--text", said, "--as", "analyst"]);
    work(&dir, "2026-01-06T08:01:30Z");
    assert_eq!(sink.all().len(), 2);
    let made = |user_id: &str, end: &str| {
        let made = "20260101T000000";
        gpg.ok(made, &["--quick-generate-key", user_id, "default", "default", end]);
        let file = text(base.path().join("key"));
        gpg.ok(NOW, &["--yes", "--output", &file, "--export", user_id]);
        file
    };
    let add = |file: &str, more: &[&str]| {
        let args = [&["mail", "key", "add", &number, file, "--as", "analyst"], more].concat();
        args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<String>>()
    };
    let check_refused = |args: &[String], why: &str| {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        refused(&dir, &args, &[why, "Nothing was recorded"]);
    };
    let file = made("Rita at home <rita@home.example>", "never");
    check_refused(&add(&file, &[]), "--theirs");
    let file = made(&format!("Rita, once <{RITA}>"), "2d");
    check_refused(&add(&file, &[]), "the key ended on 20");
    fs::write(base.path().join("key"), "no key").unwrap();
    check_refused(&add(&file, &[]), "not an OpenPGP public key");
    let file = made("Rita at work <rita@work.example>", "never");
    let args = add(&file, &["--theirs", "read out on the phone"]);
    let told = done(&dir, &args.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(told.contains("one letter"), "{told}");
    work(&dir, "2026-01-06T08:02:00Z");
    let news = sink.all().pop().unwrap();
    assert_eq!(sink.all().len(), 3);
    import_autocrypt(&gpg, &news.message);
    let letter = gpg.0.path().join("letter.asc");
    fs::write(&letter, parts(&news.message)[1].split_once("\r\n\r\n").unwrap().1).unwrap();
    let opened = gpg
        .ok("20260106T080300", &["--decrypt", &text(&letter)])
        .replace("=\r\n", "");
    assert!(opened.contains(said), "{opened}");
    let listed = done(&dir, &["mail", "key", "list", &number, "--as", "lead"]);
    assert!(
        listed.contains("from the address book of analyst") && listed.contains("read out on the phone"),
        "{listed}"
    );
    // Its sender's domain is asked by nobody where the house is offline.
    let file = dir.join("candor.toml");
    let settings = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{settings}\n[net]\noffline = true\n")).unwrap();
    refused(
        &dir,
        &["mail", "key", "find", &number, "--as", "analyst"],
        &["net.offline"],
    );
    // Nor is any provider.
    for words in [
        &["provider", "check", "https://nobody.example/provider-metadata.json"][..],
        &[
            "import",
            "csaf",
            "https://nobody.example/csaf/",
            "--brand",
            "nozomi-networks",
            "--as",
            "publisher",
        ],
    ] {
        refused(&dir, words, &["net.offline", "nothing was asked of the network"]);
    }
    let keys = json(&done(&dir, &["mail", "key", "list", &number, "--json", "--as", "lead"]));
    let fingerprint = keys[0]["fingerprint"].as_str().unwrap();
    done(&dir, &["mail", "key", "drop", &number, fingerprint, "--as", "analyst"]);
    let listed = done(&dir, &["mail", "key", "list", &number, "--as", "lead"]);
    assert!(listed.contains("No key of theirs is known"), "{listed}");
    check_no_clear(&dir);
    verified(&dir);
}

#[test]
fn what_is_refused_is_tried_again_or_given_up_in_the_open() {
    let base = TempDir::new().unwrap();
    let sink = Sink::start();
    let dir = posting(&base, &smart_host(&sink));
    let late = ingest(&dir, &letter("It crashes.", None));
    sink.answers(&["451 4.7.1 <rita-quokka-heap-overflow@researcher.example> later"]);
    work(&dir, "2026-01-06T08:01:00Z");
    assert_eq!(
        (&queue(&dir)[0]["state"], &queue(&dir)[0]["why"]),
        (&"put-off".into(), &"451 4.7.1".into())
    );
    work(&dir, "2026-01-06T08:03:00Z");
    assert_eq!(queue(&dir)[0]["state"], "sent");
    let never = ingest(&dir, &letter("It hangs.", None));
    sink.answers(&["554 5.7.1 rita-quokka-heap-overflow@researcher.example is bad"]);
    work(&dir, "2026-01-06T08:10:00Z");
    let given_up = json(&done(&dir, &["mail", "queue", "--json", "--as", "lead"]));
    assert_eq!(given_up[0]["number"], never.as_str());
    assert_eq!(
        (&given_up[0]["state"], &given_up[0]["why"]),
        (&"given-up".into(), &"554 5.7.1".into())
    );
    let jobs = done(&dir, &["jobs", "list", "--as", "lead"]);
    assert!(jobs.contains("554 5.7.1") && !jobs.contains(PLANTED), "{jobs}");
    assert_ne!(late, never);
    check_no_clear(&dir);
}

/// Neither who wrote nor what stands in a file of the house.
fn check_no_clear(dir: &Path) {
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = fs::read(&path) {
                let found = bytes.windows(PLANTED.len()).any(|window| window == PLANTED.as_bytes());
                assert!(!found, "it stands in {}", path.display());
            }
        }
    }
}

#[test]
fn a_process_that_dies_on_the_way_sends_at_most_once_more() {
    let base = TempDir::new().unwrap();
    // It takes the message, and never answers: so the process dies between handing over and hearing of it.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let dir = posting(&base, &format!("smart_host = \"{address}\""));
    let number = ingest(&dir, &letter("It crashes.", None));
    let mut child = command(&dir, &["work", "--once", "--now", "2026-01-06T08:01:00Z"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (socket, _) = silent.accept().unwrap();
    let mut wire = BufReader::new(socket);
    let mut first = String::new();
    wire.get_mut().write_all(b"220 mx\r\n").unwrap();
    for answer in ["250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"] {
        wire.read_line(&mut String::new()).unwrap();
        wire.get_mut().write_all(answer.as_bytes()).unwrap();
    }
    while !first.ends_with("\r\n.\r\n") {
        assert!(wire.read_line(&mut first).unwrap() > 0);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    drop((wire, silent));
    assert_eq!(queue(&dir)[0]["state"], "unclear");

    let sink = Sink::start();
    let file = dir.join("candor.toml");
    let settings = fs::read_to_string(&file).unwrap();
    fs::write(&file, settings.replace(&address.to_string(), &sink.address)).unwrap();
    work(&dir, "2026-01-06T08:20:00Z");
    assert_eq!(field(&sink.one().message, "Message-ID"), field(&first, "Message-ID"));
    assert_eq!(
        (&queue(&dir)[0]["state"], &queue(&dir)[0]["number"]),
        (&"sent".into(), &number.into())
    );
    work(&dir, "2026-01-06T10:00:00Z");
    assert_eq!(sink.all().len(), 1);
    verified(&dir);
}

/// Gives the first brand another address.
fn moved(dir: &Path, contact: &str) {
    let brands = json(&done(dir, &["brand", "list", "--json", "--as", "publisher"]));
    let word = |name: &str| brands[0]["brand"][name].as_str().unwrap().to_owned();
    let options = [
        ("--name", word("name")),
        ("--domain", word("domain")),
        ("--policy", word("policy")),
        ("--prefix", word("number_prefix")),
        ("--contact", contact.to_owned()),
    ];
    let id = word("id");
    let mut args = vec!["brand", "add", id.as_str(), "--as", "administrator"];
    for (name, value) in &options {
        args.extend([*name, value.as_str()]);
    }
    done(dir, &args);
}

#[test]
fn two_houses_that_write_to_each_other_stop() {
    let (one, two) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let (sink_one, sink_two) = (Sink::start(), Sink::start());
    let (one, two) = (
        posting(&one, &smart_host(&sink_one)),
        posting(&two, &smart_host(&sink_two)),
    );
    moved(&two, "psirt@other.example");
    let (own, other) = (contact(&one).0, contact(&two).0);
    assert_ne!(own, other);
    // Somebody at the second house reports to the first one, from the address at which the second one takes reports.
    let report = format!(
        "From: {other}\r\nTo: {own}\r\nSubject: A flaw\r\nMessage-ID: <1@other.example>\r\n\r\nIt crashes.\r\n"
    );
    done_with(
        &one,
        &["mail", "ingest", "--sender", &other, "--to", &own],
        report.as_bytes(),
    );
    let mut carried = [0, 0];
    for round in 0..5 {
        let now = format!("2026-01-06T09:{:02}:00Z", round * 10);
        let houses = [(&one, &sink_one, &two), (&two, &sink_two, &one)];
        for (place, (from, sink, to)) in houses.into_iter().enumerate() {
            work(from, &now);
            for handed in sink.all().into_iter().skip(carried[place]) {
                carried[place] += 1;
                let args = ["mail", "ingest", "--sender", &handed.from, "--to", &handed.to];
                done_with(to, &args, handed.message.as_bytes());
            }
        }
    }
    assert_eq!(carried, [1, 0], "letters of each house");
    let rows = json(&done(&two, &["mail", "list", "--json", "--as", "lead"]));
    assert_eq!(rows[0]["state"], "automatic", "it was taken, and opened no case");
}

#[test]
fn a_letter_goes_under_tls_to_whom_the_authority_names() {
    let authority = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fetch/src/fixtures/authority.pem");
    for (trusts, name, tls, state) in [
        (true, "a.localhost", "required", "sent"),
        (true, "b.localhost", "required", "put-off"),
        (false, "a.localhost", "required", "put-off"),
        (false, "b.localhost", "opportunistic", "sent"),
    ] {
        let base = TempDir::new().unwrap();
        let sink = Sink::with_tls();
        let port = sink.port();
        let ca = if trusts {
            format!("ca_file = \"{}\"\n", authority.display())
        } else {
            String::new()
        };
        let out = format!(
            "smart_host = \"{name}:{port}\"\ntls = \"{tls}\"\n{ca}user = \"psirt\"\npassword_file = \"keys/smtp\""
        );
        let dir = posting(&base, &out);
        refused(&dir, &["work", "--once"], &["keys/smtp"]);
        fs::write(dir.join("keys/smtp"), "secret\n").unwrap();
        ingest(&dir, &letter("It crashes.", None));
        work(&dir, "2026-01-06T08:01:00Z");
        assert_eq!(queue(&dir)[0]["state"], state, "{name} {tls} {trusts}");
        assert_eq!(sink.all().len(), usize::from(state == "sent"));
    }
}

#[test]
fn without_a_mail_server_letters_wait() {
    let base = TempDir::new().unwrap();
    let dir = house(&base);
    let number = ingest(&dir, &letter("It crashes.", None));
    let said = work(&dir, "2026-01-06T08:01:00Z");
    assert!(said.contains("letters sent: 0"), "{said}");
    let output = fed(&mut command(&dir, &["mail", "queue", "--as", "lead"]), b"");
    let said = self::said(&output);
    assert!(
        said.contains(&number) && said.contains("names no mail server"),
        "{said}"
    );
}
