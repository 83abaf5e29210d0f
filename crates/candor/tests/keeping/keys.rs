//! Keys from their making to their end, with the built binary; and GnuPG, which reads what became of them.

use crate::house::*;
use crate::kill::check_kills;
use crate::publication::{DAY_AFTER, INSTANT, document, published, scheduled};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

pub(crate) const BRAND: &str = "public/brand.example";
const TWO: [&str; 4] = ["--as", "lead", "--approved-by", "analyst"];
pub(crate) const ADMIN: [&str; 2] = ["--as", "admin"];

pub(crate) fn by_admin(dir: &Path, words: &[&str]) -> String {
    done(dir, &[words, &ADMIN[..]].concat())
}

fn keys(dir: &Path) -> Vec<Value> {
    json(&done(dir, &["key", "list", "--json"])).as_array().unwrap().clone()
}

/// The fingerprint of the key of a use that is in use.
pub(crate) fn in_use(dir: &Path, purpose: &str) -> String {
    let keys = keys(dir);
    let found = keys.iter().find(|key| key["use"] == purpose && key["in_use"] == true);
    found.unwrap()["fingerprint"].as_str().unwrap().to_owned()
}

/// Fingerprints that the provider metadata names.
pub(crate) fn named(dir: &Path) -> Vec<String> {
    let metadata = fs::read_to_string(dir.join(BRAND).join(".well-known/csaf/provider-metadata.json")).unwrap();
    let keys = json(&metadata)["public_openpgp_keys"].as_array().unwrap().clone();
    keys.iter()
        .map(|key| key["fingerprint"].as_str().unwrap().to_owned())
        .collect()
}

/// Whether the signed document is public.
fn is_out(dir: &Path) -> bool {
    dir.join(BRAND)
        .join(".well-known/csaf/white/2026/nn-2026_1-01.json")
        .exists()
}

pub(crate) fn check_provider(dir: &Path) {
    done(dir, &["publish", "--verify"]);
    done(dir, &["provider", "check"]);
}

/// GnuPG with a key ring of its own, at an instant of its own.
pub(crate) struct Gpg(pub(crate) TempDir);

impl Gpg {
    pub(crate) fn start() -> Option<Gpg> {
        if !has("gpg", "--version") {
            skipped("gpg");
            return None;
        }
        // The agent's socket lies in this folder, and the path of a socket has at most 107 bytes.
        Some(Gpg(tempfile::Builder::new().prefix("g").tempdir_in("/tmp").unwrap()))
    }

    pub(crate) fn run(&self, at: &str, words: &[&str]) -> Output {
        Command::new("gpg")
            .args(["--batch", "--no-tty", "--pinentry-mode", "loopback", "--passphrase", ""])
            .args(["--status-fd", "1", "--yes", "--homedir"])
            .arg(self.0.path())
            .arg(format!("--faked-system-time={at}!"))
            .args(words)
            .output()
            .unwrap()
    }

    pub(crate) fn ok(&self, at: &str, words: &[&str]) -> String {
        let output = self.run(at, words);
        assert!(output.status.success(), "{words:?}: {}", said(&output));
        said(&output)
    }

    /// What it says of the signed document.
    fn verdict(&self, at: &str, dir: &Path) -> String {
        for key in fs::read_dir(dir.join(BRAND).join("csaf/openpgp")).unwrap() {
            self.ok(at, &["--import", &text(key.unwrap().path())]);
        }
        let file = dir.join(BRAND).join(".well-known/csaf/white/2026/nn-2026_1-01.json");
        said(&self.run(at, &["--verify", &text(file.with_added_extension("asc")), &text(&file)]))
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let kill = Command::new("gpgconf")
            .arg("--homedir")
            .arg(self.0.path())
            .args(["--kill", "all"])
            .output();
        drop(kill);
    }
}

/// Gives what is public to a level too, and gives back its document below the protected tree.
fn to_amber(dir: &Path) -> PathBuf {
    let advisory = json(&done(dir, &["advisory", "list", "--json", "--as", "lead"]))[0].clone();
    let id = advisory["id"].as_str().unwrap();
    let order = ["advisory", "order", id, "--audience", "tlp:amber"];
    done(dir, &[&order[..], &TWO[..]].concat());
    done(dir, &["publish"]);
    let folder = dir.join("protected/brand.example/protected/amber/2026");
    let mut files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let file = files.find(|path| path.extension().is_some_and(|end| end == "json"));
    file.unwrap().strip_prefix(dir).unwrap().to_owned()
}

/// A house with one published advisory and a new key since.
pub(crate) fn rotated(folder: &Path) -> (PathBuf, String, String) {
    let dir = scheduled(folder);
    done(&dir, &["work", "--once", "--now", INSTANT]);
    let old = in_use(&dir, "signing");
    by_admin(&dir, &["key", "rotate", "--brand", "brand", "--now", DAY_AFTER]);
    (dir.clone(), old, in_use(&dir, "signing"))
}

#[test]
fn a_new_key_signs_what_comes_and_then_everything_again_with_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    let (dir, old, new) = rotated(folder.path());
    let (bytes, signature) = document(&dir);
    // A worker brings the new key into the tree: nobody needs to publish.
    done(&dir, &["work", "--once"]);
    assert_eq!(
        named(&dir),
        [new.clone(), old.clone()],
        "what is out still needs the old key"
    );
    assert_eq!(document(&dir), (bytes.clone(), signature.clone()));
    check_provider(&dir);
    let gpg = Gpg::start();
    let verdict = |at: &str| gpg.as_ref().map(|gpg| gpg.verdict(at, &dir)).unwrap_or_default();
    let says = |verdict: &str, word: &str| assert!(gpg.is_none() || verdict.contains(word), "{word}: {verdict}");
    says(&verdict("20260210T000000"), &format!("VALIDSIG {old}"));

    refused(
        &dir,
        &["key", "resign", "--brand", "brand", "--as", "lead"],
        &["is for: administrator"],
    );
    let again = json(&by_admin(&dir, &["key", "resign", "--brand", "brand", "--json"]));
    assert_eq!((&again["documents"], &again["key"]), (&1.into(), &new.as_str().into()));
    let resigned = document(&dir);
    assert_eq!(resigned.0, bytes);
    assert_ne!(resigned.1, signature);
    assert_eq!(named(&dir), std::slice::from_ref(&new));
    assert!(
        dir.join(BRAND).join(format!("csaf/openpgp/{old}.asc")).exists(),
        "the old key stays public"
    );
    let root = verified(&dir);
    let twice = json(&by_admin(&dir, &["key", "resign", "--brand", "brand", "--json"]));
    assert_eq!(
        (&twice["documents"], document(&dir), verified(&dir)),
        (&0.into(), resigned.clone(), root)
    );
    says(&verdict("20260210T000000"), &format!("VALIDSIG {new}"));
    check_provider(&dir);

    // A lost tree comes back with the new signatures.
    fs::remove_file(dir.join("public")).unwrap();
    fs::remove_dir_all(dir.join("tree")).unwrap();
    done(&dir, &["publish"]);
    assert_eq!(document(&dir), resigned);

    by_admin(
        &dir,
        &[
            "key",
            "revoke",
            &old,
            "--reason",
            "superseded",
            "--why",
            "A new key signs.",
        ],
    );
    done(&dir, &["work", "--once"]);
    check_provider(&dir);
    if let Some(gpg) = &gpg {
        gpg.verdict("20260210T000000", &dir);
        let listed = gpg.ok("20260210T000000", &["--with-colons", "--list-keys", &old]);
        assert!(listed.contains("pub:r:"), "{listed}");
    }
}

#[test]
fn everything_is_signed_again_however_the_process_dies() {
    let folder = TempDir::new().unwrap();
    let (dir, old, _) = rotated(folder.path());
    let amber = to_amber(&dir);
    done(&dir, &["key", "rotate", "--brand", "brand", "--as", "admin"]);
    let new = in_use(&dir, "signing");
    let (bytes, _) = document(&dir);
    let limited = fs::read(dir.join(&amber)).unwrap();
    let signature = |dir: &Path| fs::read(dir.join(&amber).with_added_extension("asc")).unwrap();
    let before = signature(&dir);
    check_kills(
        "resign",
        &|folder| {
            copy(&dir, &folder.join("house"));
            let words = ["key", "resign", "--brand", "brand", "--as", "admin"];
            (folder.join("house"), words.map(str::to_owned).to_vec())
        },
        &|dir, args, _| {
            done(dir, &["publish", "--verify"]);
            done(dir, args);
            assert_eq!(document(dir).0, bytes);
            assert_eq!(fs::read(dir.join(&amber)).unwrap(), limited);
            assert_ne!(signature(dir), before);
            let again = json(&done(dir, &[args, &["--json"]].concat()));
            assert_eq!(again["documents"], 0);
            assert_eq!(named(dir), std::slice::from_ref(&new), "and not {old}");
            done(dir, &["publish", "--verify"]);
            verified(dir);
        },
    );
}

/// A house whose brand has a key of elsewhere that ends on 1 April 2026: keys that are made here live for years, and OpenPGP's judgement
/// takes no word of a key for real that is from after today.
fn ending(gpg: &Gpg, folder: &Path) -> PathBuf {
    let days_121 = "seconds=10454400";
    let (_, secret) = foreign(gpg, folder, "", days_121);
    let dir = scheduled(folder);
    by_admin(&dir, &["key", "rotate", "--brand", "brand", "--key", &secret]);
    dir
}

#[test]
fn an_expired_key_publishes_nothing_and_a_later_end_revives_it() {
    let Some(gpg) = Gpg::start() else { return };
    let folder = TempDir::new().unwrap();
    let dir = ending(&gpg, folder.path());
    let key = in_use(&dir, "signing");
    let listed = |now: &str| done(&dir, &["key", "list", "--now", now]);
    assert!(!listed("2026-01-30T00:00:00Z").contains("warning"));
    let soon = listed("2026-02-01T00:00:00Z");
    assert!(
        soon.contains("ends within 60 days") && soon.contains("candor key extend"),
        "{soon}"
    );
    assert!(listed("2026-03-02T00:00:00Z").contains("ends within 30 days"));
    // A machine that was down: the instant has come, and the key has gone.
    let now = "2026-04-10T08:00:00Z";
    let worked = said(&fed(&mut command(&dir, &["work", "--once", "--now", now]), b""));
    assert!(
        worked.contains("expired on 2026-04-01") && worked.contains("valid signing key"),
        "{worked}"
    );
    assert!(published(&dir).is_empty() && !dir.join("public").exists());
    by_admin(&dir, &["key", "extend", &key, "--years", "2"]);
    let until = keys(&dir)
        .iter()
        .find(|found| found["fingerprint"] == key.as_str())
        .unwrap()["until"]
        .clone();
    assert_eq!(until, "2028-04-10T08:00:00Z");
    done(&dir, &["work", "--once"]);
    assert_eq!(published(&dir).len(), 1);
    check_provider(&dir);
    let refused_by = |words: &[&str], part: &str| refused(&dir, &[words, &ADMIN[..]].concat(), &[part]);
    refused_by(&["key", "extend", &key, "--years", "11"], "1 to 10 years");
    refused_by(&["key", "extend", "0123"], "candor key list");
}

/// A house whose clock is ahead of the machine's: nothing that is signed counts yet, so nothing is recorded either.
#[test]
fn an_end_that_does_not_count_yet_is_refused() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    let key = in_use(&dir, "signing");
    let end = || {
        keys(&dir)
            .iter()
            .find(|found| found["fingerprint"] == key.as_str())
            .unwrap()["until"]
            .clone()
    };
    let before = end();
    let extend = [
        "key",
        "extend",
        &key,
        "--years",
        "2",
        "--now",
        "2090-01-01T00:00:00Z",
        "--as",
        "admin",
    ];
    refused(&dir, &extend, &["nothing was changed", "2092-01-01"]);
    assert_eq!(end(), before);
}

/// A release that was ordered while the key was good, and is published when it is not.
#[test]
fn what_was_ordered_is_not_signed_by_a_key_that_expired_since() {
    let Some(gpg) = Gpg::start() else { return };
    let folder = TempDir::new().unwrap();
    let dir = ending(&gpg, folder.path());
    let advisory = json(&done(&dir, &["advisory", "list", "--json", "--as", "lead"]))[0].clone();
    let id = advisory["id"].as_str().unwrap();
    done(&dir, &[&["advisory", "order", id, "--now", INSTANT], &TWO[..]].concat());
    let way_out = ["expired on 2026-04-01", "candor key extend"];
    refused(&dir, &["publish", "--now", "2026-04-10T08:00:00Z"], &way_out);
    assert!(published(&dir).is_empty() && !is_out(&dir));
    by_admin(&dir, &["key", "rotate", "--brand", "brand"]);
    done(&dir, &["publish"]);
    check_provider(&dir);
}

#[test]
fn a_worker_renews_security_txt_and_records_nothing() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    done(&dir, &["work", "--once", "--now", INSTANT]);
    let read = || fs::read_to_string(dir.join(BRAND).join(".well-known/security.txt")).unwrap();
    let (first, root) = (read(), verified(&dir));
    done(&dir, &["work", "--once", "--now", "2026-12-01T00:00:00Z"]);
    assert_eq!(read(), first, "not before it is due");
    // Made on 5 January, valid for 364 days: due 30 days before.
    done(&dir, &["work", "--once", "--now", "2026-12-05T08:00:00Z"]);
    assert_ne!(read(), first);
    assert!(read().contains("Expires: 2027-12-04T07:00:00Z"), "{}", read());
    assert_eq!(verified(&dir), root);
    done(&dir, &["publish", "--verify"]);
}

/// What would change the text waits for a key that signs.
#[test]
fn security_txt_stays_while_its_key_is_over_and_follows_once_that_is_extended() {
    let Some(gpg) = Gpg::start() else { return };
    let folder = TempDir::new().unwrap();
    let dir = ending(&gpg, folder.path());
    done(&dir, &["work", "--once", "--now", INSTANT]);
    let read = || fs::read_to_string(dir.join(BRAND).join(".well-known/security.txt")).unwrap();
    let first = read();
    let over = "2026-04-10T08:00:00Z";
    by_admin(&dir, &["key", "make", "--brand", "brand", "--intake", "--now", over]);
    let said = done(&dir, &["publish", "--now", over]);
    assert!(said.contains("not even a new security.txt"), "{said}");
    assert_eq!(read(), first);
    by_admin(&dir, &["key", "extend", &in_use(&dir, "signing"), "--years", "2"]);
    done(&dir, &["publish"]);
    assert!(read().contains("Encryption: "), "{}", read());
    check_provider(&dir);
}

#[test]
fn mail_programs_find_the_key_that_reports_are_encrypted_to() {
    let folder = TempDir::new().unwrap();
    let dir = scheduled(folder.path());
    done(&dir, &["work", "--once", "--now", INSTANT]);
    // A brand has no such key unasked: nothing is published that nobody could open.
    let text_file = || fs::read_to_string(dir.join(BRAND).join(".well-known/security.txt")).unwrap();
    let page = || fs::read_to_string(dir.join(BRAND).join("report/index.html")).unwrap();
    assert!(!text_file().contains("Encryption:") && !page().contains("gpg --locate-external-keys"));
    assert!(!dir.join("public/openpgpkey.brand.example").exists());
    let made = by_admin(&dir, &["key", "make", "--brand", "brand", "--intake"]);
    assert!(
        made.contains("is opened by Candor alone") && !made.contains("warning"),
        "{made}"
    );
    done(&dir, &["work", "--once"]);
    let (first, name) = (in_use(&dir, "intake"), "hu/4tz7q7ge5mwz5sjx4yatrzhqs37873ts");
    let own = dir.join(BRAND).join(".well-known/openpgpkey");
    let advanced = dir.join("public/openpgpkey.brand.example/.well-known/openpgpkey/brand.example");
    let wkd = fs::read(own.join(name)).unwrap();
    assert_eq!(fs::read(advanced.join(name)).unwrap(), wkd);
    assert!(own.join("policy").exists() && advanced.join("policy").exists());
    let (text_file, page) = (text_file(), page());
    assert!(
        text_file.contains(&format!("Encryption: https://brand.example/openpgp/{first}.asc")),
        "{text_file}"
    );
    assert!(
        page.contains(&first[..4]) && page.contains("gpg --locate-external-keys psirt@brand.example"),
        "{page}"
    );
    refused(
        &dir,
        &[&["key", "make", "--brand", "brand", "--intake"], &ADMIN[..]].concat(),
        &["has its intake key already"],
    );
    by_admin(&dir, &["key", "rotate", "--brand", "brand", "--intake"]);
    by_admin(
        &dir,
        &[
            "key",
            "revoke",
            &first,
            "--reason",
            "superseded",
            "--why",
            "A new key is there.",
        ],
    );
    done(&dir, &["publish"]);
    let second = in_use(&dir, "intake");
    assert_ne!(first, second);
    // The old secret half stays: what was sent to it must still be opened.
    let old = keys(&dir)
        .into_iter()
        .find(|key| key["fingerprint"] == first.as_str())
        .unwrap();
    assert_eq!((&old["here"], &old["state"]), (&true.into(), &"revoked".into()));
    let Some(gpg) = Gpg::start() else { return };
    let at = "20260203T000000";
    gpg.ok(at, &["--import", &text(own.join(name))]);
    let listed = gpg.ok(at, &["--with-colons", "--list-keys"]);
    let states: Vec<&str> = listed
        .lines()
        .filter(|line| line.starts_with("pub:"))
        .map(|line| &line[..6])
        .collect();
    assert!(listed.contains(&first) && listed.contains(&second), "{listed}");
    assert!(states.contains(&"pub:r:") && states.len() == 2, "{listed}");
    let plain = folder.path().join("plain");
    fs::write(&plain, "a report").unwrap();
    let to = [
        "--trust-model",
        "always",
        "--armor",
        "--encrypt",
        "--recipient",
        &second,
        &text(&plain),
    ];
    gpg.ok(at, &to);
}

/// A key that another machine has, made by gpg: its public and its secret half, as files.
fn foreign(gpg: &Gpg, folder: &Path, passphrase: &str, until: &str) -> (String, String) {
    let made = [
        "--quick-generate-key",
        "Brand PSIRT <psirt@brand.example>",
        "ed25519",
        "sign,cert",
        until,
    ];
    let with = ["--passphrase", passphrase];
    gpg.ok("20251201T000000", &[&with[..], &made[..]].concat());
    let (public, secret) = (text(folder.join("public.asc")), text(folder.join("secret.asc")));
    gpg.ok("20251201T000000", &["--armor", "--output", &public, "--export"]);
    gpg.ok(
        "20251201T000000",
        &[&with[..], &["--armor", "--output", &secret, "--export-secret-keys"]].concat(),
    );
    (public, secret)
}

#[test]
fn a_key_on_another_machine_signs_what_is_carried_there() {
    let Some(gpg) = Gpg::start() else { return };
    let folder = TempDir::new().unwrap();
    let (public, secret) = foreign(&gpg, folder.path(), "", "4y");
    let dir = scheduled(folder.path());
    let carry = text(folder.path().join("carry"));
    refused(&dir, &["publish", "--unsigned", &carry], &["every brand signs here"]);
    by_admin(
        &dir,
        &["key", "rotate", "--brand", "brand", "--key", &public, "--public"],
    );
    let fingerprint = in_use(&dir, "signing");
    let advisory = json(&done(&dir, &["advisory", "list", "--json", "--as", "lead"]))[0].clone();
    let id = advisory["id"].as_str().unwrap();
    done(&dir, &[&["advisory", "order", id, "--now", INSTANT], &TWO[..]].concat());
    let way_out = ["is on another machine", "candor publish --unsigned DIR"];
    refused(&dir, &["publish"], &way_out);
    assert!(!is_out(&dir));

    done(&dir, &["publish", "--unsigned", &carry]);
    refused(&dir, &["publish", "--unsigned", &carry], &["holds something already"]);
    let take = [&["publish", "--signed", &carry], &ADMIN[..]].concat();
    refused(&dir, &take, &["is not signed yet", "nothing was taken"]);
    let other = text(folder.path().join("other.asc"));
    fs::write(&other, "no key").unwrap();
    let sign = |key: &str| ["sign", &carry, "--key", key, "--now", INSTANT].map(str::to_owned);
    let nowhere = folder.path().join("nowhere");
    let signed = |key: &str| {
        let words = sign(key);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        fed(&mut command(&nowhere, &words), b"")
    };
    assert!(said(&signed(&other)).contains("is not an OpenPGP secret key"));
    assert!(said(&signed(&public)).contains("is not an OpenPGP secret key"));
    let document_file = folder
        .path()
        .join("carry/brand.example/.well-known/csaf/white/2026/nn-2026_1-01.json");
    let whole = fs::read(&document_file).unwrap();
    fs::write(&document_file, b"{}").unwrap();
    assert!(said(&signed(&secret)).contains("is not what the list says"));
    fs::write(&document_file, &whole).unwrap();
    let output = signed(&secret);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!nowhere.exists(), "no data directory is needed");

    // A signature of other bytes, and of another key.
    let signature_file = document_file.with_added_extension("asc");
    let good = fs::read(&signature_file).unwrap();
    let data = text(folder.path().join("data"));
    fs::write(&data, "other bytes").unwrap();
    gpg.ok(
        "20260102T000000",
        &["--armor", "--output", &text(&signature_file), "--detach-sign", &data],
    );
    refused(&dir, &take, &["does not fit the data", "nothing was taken"]);
    assert!(!is_out(&dir));
    let (stranger, elsewhere) = (Gpg::start().unwrap(), TempDir::new().unwrap());
    foreign(&stranger, elsewhere.path(), "", "4y");
    stranger.ok(
        "20260102T000000",
        &[
            "--armor",
            "--output",
            &text(&signature_file),
            "--detach-sign",
            &text(&document_file),
        ],
    );
    refused(&dir, &take, &["was made by another key"]);
    fs::write(&signature_file, good).unwrap();
    let root = verified(&dir);
    refused(
        &dir,
        &["publish", "--signed", &carry, "--as", "lead"],
        &["is for: administrator"],
    );
    assert_eq!(verified(&dir), root, "nothing was recorded");
    done(&dir, &take);
    assert_eq!(document(&dir).0, whole);
    assert_eq!(named(&dir), std::slice::from_ref(&fingerprint));
    check_provider(&dir);
    refused(&dir, &take, &["waits for a signature any more"]);
    assert!(
        gpg.verdict("20260210T000000", &dir)
            .contains(&format!("VALIDSIG {fingerprint}"))
    );
    // It is revoked there, and the house learns of it by its public half.
    let revoke = r"gpg --homedir HOME --faked-system-time 20260301T000000! --command-fd 0 --status-fd 2 --pinentry-mode loopback --passphrase '' --no-tty --gen-revoke KEY | sed 's/^:-----/-----/' > HOME/revoke.asc";
    let home = text(gpg.0.path());
    let script = revoke.replace("HOME", &home).replace("KEY", &fingerprint);
    let output = fed(Command::new("sh").args(["-c", &script]), b"y\n1\nlost\n\ny\n");
    assert!(output.status.success(), "{}", said(&output));
    gpg.ok("20260301T000000", &["--import", &format!("{home}/revoke.asc")]);
    let revoked = text(folder.path().join("revoked.asc"));
    gpg.ok(
        "20260301T000000",
        &["--armor", "--output", &revoked, "--export", &fingerprint],
    );
    by_admin(
        &dir,
        &[
            "key",
            "import",
            "--brand",
            "brand",
            &revoked,
            "--public",
            "--now",
            "2026-03-02T00:00:00Z",
        ],
    );
    let key = keys(&dir)
        .into_iter()
        .find(|key| key["fingerprint"] == fingerprint.as_str())
        .unwrap();
    assert_eq!(
        (&key["state"], &key["revoked"]["reason"]),
        (&"revoked".into(), &"compromised".into())
    );
    refused(&dir, &["publish"], &["is revoked"]);
}

#[test]
fn a_key_of_elsewhere_comes_with_its_passphrase_and_signs() {
    let Some(gpg) = Gpg::start() else { return };
    let folder = TempDir::new().unwrap();
    let (public, secret) = foreign(&gpg, folder.path(), "open it", "4y");
    let dir = scheduled(folder.path());
    let rotate = ["key", "rotate", "--brand", "brand", "--key", &secret];
    refused(
        &dir,
        &[&rotate[..], &ADMIN[..]].concat(),
        &["protected by a passphrase", "--passphrase-file"],
    );
    let with = [&rotate[..], &["--passphrase-file", "-"], &ADMIN[..]].concat();
    let wrong = fed(&mut command(&dir, &with), b"shut it\n");
    assert!(
        said(&wrong).contains("does not open the secret key"),
        "{}",
        said(&wrong)
    );
    let output = fed(&mut command(&dir, &with), b"open it\n");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!said(&output).contains("PRIVATE"));
    done(&dir, &["work", "--once", "--now", INSTANT]);
    assert_eq!(named(&dir), [in_use(&dir, "signing")]);
    check_provider(&dir);
    let exported = done(&dir, &["key", "export", &in_use(&dir, "signing")]);
    assert!(
        exported.contains("PUBLIC KEY BLOCK") && !exported.contains("PRIVATE"),
        "{exported}"
    );
    refused(
        &dir,
        &[&["key", "import", "--brand", "brand", &secret], &ADMIN[..]].concat(),
        &["passphrase"],
    );
    refused(
        &dir,
        &[&["key", "import", "--brand", "brand", &text(folder.path())], &ADMIN[..]].concat(),
        &["is a folder"],
    );
    // The public half again says nothing new, and records nothing.
    let root = verified(&dir);
    by_admin(&dir, &["key", "import", "--brand", "brand", &public, "--public"]);
    assert_eq!(verified(&dir), root);
}

/// Keys of a house from before they had an end.
#[test]
fn an_older_house_keeps_its_keys_and_gets_no_other_unasked() {
    let folder = TempDir::new().unwrap();
    let dir = house(&folder);
    let old: Vec<Value> = keys(&dir);
    assert_eq!(old.len(), 2);
    assert!(
        old.iter()
            .all(|key| key["until"].is_null() && key["state"] == "good" && key["here"] == true),
        "{old:?}"
    );
    let brand = json(&done(&dir, &["brand", "list", "--json"]))[0]["brand"].clone();
    let value = |name: &str| brand[name].as_str().unwrap().to_owned();
    let (id, name, domain) = (value("id"), value("name"), value("domain"));
    let (policy, prefix, contact) = (value("policy"), value("number_prefix"), value("contact"));
    let pattern = value("advisory_pattern");
    let words = [
        "brand",
        "add",
        &id,
        "--name",
        &name,
        "--domain",
        &domain,
        "--policy",
        &policy,
        "--prefix",
        &prefix,
        "--pattern",
        &pattern,
        "--contact",
        &contact,
        "--as",
        "administrator",
    ];
    assert!(done(&dir, &words).contains("No key is published that reports to"));
    assert_eq!(keys(&dir), old);
    let fingerprint = old.iter().find(|key| key["brand"] == id.as_str()).unwrap()["fingerprint"].clone();
    let extend = ["key", "extend", fingerprint.as_str().unwrap(), "--as", "administrator"];
    assert!(done(&dir, &extend).contains("is valid until"));
    done(&dir, &["publish"]);
    done(&dir, &["publish", "--verify"]);
}
