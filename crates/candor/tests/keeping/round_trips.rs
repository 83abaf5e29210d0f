//! Mail as it goes round in the world: from swaks and GnuPG through postfix into a house, and from there through postfix into a mailbox of
//! dovecot and over IMAP to GnuPG. Nothing between the reporter and the case is ours.

use crate::house::*;
use crate::keys::Gpg;
use crate::letters::{NOW, contact, field, import_autocrypt, parts, posting};
use crate::mail::{Serving, rows};
use crate::peers::{Dovecot, PASSWORD, Postfix, are_here, free_port, tls_fixture, until};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A word that must be nowhere in clear.
const PLANTED: &str = "quokka-heap-overflow";
const RITA: &str = "rita@researcher.example";
const ADA: &str = "ada@researcher.example";
/// When the house's clock stands: what is signed later than that has no good signature yet.
const WRITTEN: &str = "20260106T080030";
/// Whose mailbox is gone.
const GONE: &str = "gone@researcher.example";

/// A message in clear.
fn clear(from: &str, to: &str, name: &str) -> String {
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: Crash {PLANTED}\r\nMessage-ID: <{name}@researcher.example>\r\n\
         Date: Tue, 06 Jan 2026 08:00:30 +0000\r\n\r\nIt crashes, {PLANTED}.\r\n"
    )
}

/// A reporter with GnuPG: what she writes is signed by her and encrypted to the house, as PGP/MIME.
struct Rita {
    gpg: Gpg,
}

impl Rita {
    fn start(dir: &Path) -> Option<Rita> {
        let gpg = Gpg::start()?;
        let made = ["--quick-generate-key", RITA, "default", "default", "never"];
        gpg.ok("20260101T000000", &made);
        let keys = json(&done(dir, &["key", "list", "--json"]));
        let keys = keys.as_array().unwrap();
        let intake = keys.iter().find(|key| key["use"] == "intake").unwrap();
        let fingerprint = intake["fingerprint"].as_str().unwrap();
        let file = gpg.0.path().join("house.asc");
        fs::write(&file, done(dir, &["key", "export", fingerprint])).unwrap();
        gpg.ok(WRITTEN, &["--import", &text(&file)]);
        Some(Rita { gpg })
    }

    /// Her certificate, as her mail program sends it along.
    fn certificate(&self) -> String {
        let output = self.gpg.run(WRITTEN, &["--armor", "--export", RITA]);
        let armour = String::from_utf8(output.stdout).unwrap();
        armour[armour.find("-----BEGIN").unwrap()..].replace('\n', "\r\n")
    }

    fn written(&self, to: &str, name: &str, words: &str) -> String {
        let inner = format!(
            "Content-Type: multipart/mixed; boundary=inner; protected-headers=\"v1\"\r\nSubject: Crash {PLANTED}\r\n\r\n\
             --inner\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words} {PLANTED}\r\n\
             --inner\r\nContent-Type: application/pgp-keys; name=key.asc\r\n\r\n{}\r\n--inner--\r\n",
            self.certificate()
        );
        let (plain, sealed) = (self.gpg.0.path().join("inner"), self.gpg.0.path().join("inner.asc"));
        fs::write(&plain, inner).unwrap();
        let (plain, out) = (text(plain), text(&sealed));
        let words = [
            "--armor",
            "--trust-model",
            "always",
            "--local-user",
            RITA,
            "--recipient",
            "psirt",
            "--output",
            &out,
            "--sign",
            "--encrypt",
            &plain,
        ];
        self.gpg.ok(WRITTEN, &words);
        let sealed = fs::read_to_string(sealed).unwrap().replace('\n', "\r\n");
        format!(
            "From: Rita <{RITA}>\r\nTo: {to}\r\nSubject: ...\r\nMessage-ID: <{name}@researcher.example>\r\n\
             Date: Tue, 06 Jan 2026 08:00:30 +0000\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=outer\r\n\r\n\
             --outer\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\
             --outer\r\nContent-Type: application/octet-stream; name=encrypted.asc\r\n\r\n{sealed}\r\n--outer--\r\n"
        )
    }

    /// What a letter to her says, once its signature is good.
    fn opened(&self, letter: &str) -> String {
        import_autocrypt(&self.gpg, letter);
        let file = self.gpg.0.path().join("letter.asc");
        fs::write(&file, parts(letter)[1].split_once("\r\n\r\n").unwrap().1).unwrap();
        let opened = self.gpg.ok(NOW, &["--decrypt", &text(&file)]);
        assert!(
            opened.contains("GOODSIG") && opened.contains("DECRYPTION_OKAY"),
            "{opened}"
        );
        opened.replace("=\r\n", "")
    }
}

/// Waits for a message of somebody's to be in a state, and says its case.
fn case_of(dir: &Path, state: &str, from: &str) -> String {
    until(&format!("{state} of {from}"), || {
        let rows = rows(dir);
        let found = rows
            .iter()
            .find(|row| row["state"] == state && row["from"].as_str().is_some_and(|by| by.contains(from)))?;
        Some(found["case"].as_str().unwrap_or_default().to_owned())
    })
}

#[test]
fn reports_and_answers_go_round_through_real_servers() {
    if !are_here(&["postfix", "dovecot", "swaks"]) {
        return;
    }
    let base = TempDir::new().unwrap();
    let out = free_port();
    let dir = posting(&base, &format!("smart_host = \"127.0.0.1:{out}\""));
    let Some(rita) = Rita::start(&dir) else { return };
    let psirt = contact(&dir).0;
    let domain = psirt.split_once('@').unwrap().1;
    let serving = Serving::start(&dir);
    let lmtp = serving.lmtp.rsplit(':').next().unwrap().parse().unwrap();
    let dovecot = Dovecot::start(&["rita", "ada"]);
    // One server stands before the house and behind it, as in most places.
    let postfix = Postfix::start(out, &[(domain, lmtp), ("researcher.example", dovecot.lmtp)]);

    // A report that is encrypted and signed: a case, and an answer that only she reads.
    postfix.handed(RITA, &psirt, &rita.written(&psirt, "first", "It crashes."));
    let number = case_of(&dir, "report", RITA);
    let answer = dovecot.next("rita", 0);
    assert_eq!(field(&answer, "Subject"), format!("[{number}] ..."));
    assert_eq!(field(&answer, "In-Reply-To"), "<first@researcher.example>");
    assert!(!answer.contains(PLANTED), "{answer}");
    let opened = rita.opened(&answer);
    for part in [
        format!("Its tracking number is {number}."),
        format!("Subject: [{number}] Crash {PLANTED}"),
    ] {
        assert!(opened.contains(&part), "{opened}\nlacks {part}");
    }
    let row = rows(&dir)
        .into_iter()
        .find(|row| row["number"] == number.as_str())
        .unwrap();
    assert_eq!(row["signature"], "good");

    // She goes on by answering: the address is her case's alone.
    let tagged = field(&answer, "Reply-To").trim_matches(['<', '>']).to_owned();
    assert!(tagged.contains('+') && tagged != psirt, "{tagged}");
    postfix.handed(RITA, &tagged, &rita.written(&tagged, "second", "With the dump."));
    assert_eq!(case_of(&dir, "reply", RITA), number);
    let shown = serving.page(&format!("/cases/{number}"));
    assert!(shown.contains("With the dump."), "{shown}");

    // What comes in clear is answered with the number, and with nothing of itself.
    postfix.handed(ADA, &psirt, &clear(ADA, &psirt, "clear"));
    let neutral = dovecot.next("ada", 0);
    let ada = case_of(&dir, "report", ADA);
    assert!(
        field(&neutral, "Subject").starts_with(&format!("[{ada}] ")),
        "{neutral}"
    );
    assert!(!neutral.contains(PLANTED) && !neutral.contains("crashes"), "{neutral}");

    // An answer that does not arrive comes back to the address that stands for its case.
    postfix.handed(GONE, &psirt, &clear(GONE, &psirt, "gone"));
    let gone = case_of(&dir, "report", GONE);
    let undelivered = until("a bounce", || {
        rows(&dir).into_iter().find(|row| row["state"] == "undelivered")
    });
    assert_eq!(undelivered["case"], gone.as_str(), "{undelivered}");
    let shown = serving.page(&format!("/cases/{gone}"));
    assert!(shown.contains("5.1.1"), "{shown}");

    assert_eq!(dovecot.fetched("rita").len(), 1, "what goes on has no acknowledgement");
    serving.end();
    let log = postfix.log();
    assert!(!log.contains("warning"), "{log}");
    assert!(!log.contains(PLANTED), "{log}");
    verified(&dir);
}

/// A house that looks into the mailbox `psirt`.
fn with_mailbox(base: &TempDir, dovecot: &Dovecot) -> std::path::PathBuf {
    let dir = house(base);
    let file = dir.join("candor.toml");
    let settings = fs::read_to_string(&file).unwrap();
    let imap = format!(
        "{settings}\n[mail.imap]\nserver = \"127.0.0.1:{}\"\nuser = \"psirt\"\npassword_file = \"keys/imap\"\n",
        dovecot.imap
    );
    fs::write(&file, imap).unwrap();
    refused(&dir, &["serve"], &["keys/imap"]);
    fs::write(dir.join("keys/imap"), format!("{PASSWORD}\n")).unwrap();
    dir
}

fn count(dir: &Path) -> usize {
    rows(dir).len()
}

#[test]
fn a_mailbox_that_is_there_already_is_fetched_stored_and_then_marked() {
    if !are_here(&["dovecot", "swaks"]) {
        return;
    }
    let base = TempDir::new().unwrap();
    let dovecot = Dovecot::start(&["psirt"]);
    let dir = with_mailbox(&base, &dovecot);
    dovecot.delivered(RITA, "psirt", &clear(RITA, "psirt@vendor.example", "before"));
    // Somebody has read it in a mail program: that takes nothing away.
    dovecot.told("psirt", "c STORE 1 +FLAGS (\\Seen)\r\n");
    let serving = Serving::start(&dir);
    case_of(&dir, "report", RITA);
    // What comes while it waits is told at once: it looks again by itself after nine minutes only.
    dovecot.delivered(ADA, "psirt", &clear(ADA, "psirt@vendor.example", "while"));
    case_of(&dir, "report", ADA);
    let marks = |expect: usize| {
        until("marks", || {
            let flags = dovecot.told("psirt", "c FETCH 1:* FLAGS\r\n");
            let marked = |line: &&str| line.contains(" FETCH (") && line.contains("$CandorStored");
            (flags.lines().filter(marked).count() == expect).then_some(flags)
        })
    };
    let flags = marks(2);
    assert!(flags.contains("* 1 FETCH (FLAGS (\\Seen $CandorStored"), "{flags}");
    assert!(
        flags.contains("* 2 FETCH (FLAGS ($CandorStored"),
        "what we fetch stays unread: {flags}"
    );
    serving.end();

    // A server that nobody vouches for is told nothing.
    let file = dir.join("candor.toml");
    let (clear_way, name) = (
        format!("127.0.0.1:{}", dovecot.imap),
        format!("a.localhost:{}", dovecot.imap),
    );
    let settings = fs::read_to_string(&file).unwrap().replace(&clear_way, &name);
    let secured = settings.replace("[mail.imap]\n", "[mail.imap]\ntls = \"required\"\n");
    assert_ne!(settings, secured);
    fs::write(&file, &secured).unwrap();
    let serving = Serving::start(&dir);
    until("distrust", || {
        let log = fs::read_to_string(dir.with_extension("log")).unwrap();
        log.contains("its TLS cannot be trusted").then_some(())
    });
    serving.end();
    let authority = tls_fixture("authority.pem");
    let ca_file = format!("[mail.imap]\nca_file = \"{}\"\n", authority.display());
    fs::write(&file, secured.replace("[mail.imap]\n", &ca_file)).unwrap();

    // Under TLS: a mark that was lost, and a copy of a message, make no second report.
    dovecot.told("psirt", "c STORE 1 -FLAGS ($CandorStored)\r\n");
    dovecot.delivered(ADA, "psirt", &clear(ADA, "psirt@vendor.example", "while"));
    let serving = Serving::start(&dir);
    marks(3);
    assert_eq!(count(&dir), 2, "{:?}", rows(&dir));
    serving.end();
    assert_eq!(dovecot.fetched("psirt").len(), 3, "nothing is taken out of the mailbox");
    check_log(&dir);
    verified(&dir);
}

/// The log says nothing of who wrote what, and no password.
fn check_log(dir: &Path) {
    let log = fs::read_to_string(dir.with_extension("log")).unwrap();
    assert!(log.contains("mail came in from the mailbox"), "{log}");
    for word in [PLANTED, "researcher", PASSWORD, "crashes"] {
        assert!(!log.contains(word), "{word} stands in the log");
    }
}
