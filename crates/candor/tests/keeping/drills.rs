//! Not losing it: backup, restore, export, import, recovery, upgrade, proofs and shredding, as an operator does them.

use crate::house::*;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Cases, phases and due dates, as `expect.txt` has them.
fn dates(dir: &Path) -> String {
    let mut lines = String::new();
    for case in json(&done(dir, &["case", "list", "--json", "--as", "lead"]))
        .as_array()
        .unwrap()
    {
        let number = case["number"].as_str().unwrap();
        let shown = json(&done(dir, &["case", "show", number, "--json", "--as", "lead"]));
        lines.push_str(&format!("{number} {}\n", shown["phase"].as_str().unwrap()));
        for obligation in shown["obligations"].as_array().unwrap() {
            let word = |key: &str| obligation[key].as_str().unwrap_or("None").to_owned();
            if obligation["due"].is_string() {
                let (rule, subject) = (word("rule"), word("subject"));
                lines.push_str(&format!(
                    "{number} {rule} {subject} {} {}\n",
                    word("state"),
                    word("due")
                ));
            }
        }
    }
    lines
}

fn expected() -> String {
    fs::read_to_string(fixture("expect.txt")).unwrap()
}

#[test]
fn an_older_directory_is_upgraded_and_keeps_its_cases_and_dates() {
    let folder = TempDir::new().unwrap();
    let dir = older(folder.path());
    for args in [&["case", "list"][..], &["journal", "verify"], &["export", "x"]] {
        refused(
            &dir,
            args,
            &["has format 1, this version of Candor needs 2", "`candor upgrade`"],
        );
    }
    let lock = store::DataLock::take(&dir.join("lock"), "serve").unwrap();
    refused(&dir, &["upgrade"], &["in use by `candor serve`"]);
    drop(lock);
    assert!(done(&dir, &["upgrade"]).contains("journal from format 1 to 2"));
    assert!(done(&dir, &["upgrade"]).contains("nothing was changed"));
    let found = json(&done(&dir, &["journal", "verify", "--json"]));
    assert_eq!(
        (&found["sound"], &found["blobs"], &found["orphans"]),
        (&true.into(), &3.into(), &0.into())
    );
    assert_eq!(dates(&dir), expected());
    let raw = done(&dir, &["case", "raw", OPEN, "--as", "lead"]);
    assert!(raw.starts_with("Command injection by the name of a backup"), "{raw}");
    // A command of before is still known.
    let again = report(&dir, "something else", &["--command", "portal:2"]);
    assert_eq!(again, REJECTED);
}

#[test]
fn a_backup_comes_back_as_the_same_house() {
    let folder = TempDir::new().unwrap();
    let dir = house(&folder);
    let (recipient, secret) = backup_key(&folder);
    let number = report(&dir, "A report with a page of text", &["--from", "ada@example.org"]);
    done(&dir, &["publish"]);
    done(&dir, &["journal", "checkpoint"]);
    let root = verified(&dir);
    let out = text(folder.path().join("monday"));
    done(&dir, &["backup", "--to", &recipient, &out]);
    refused(&dir, &["backup", "--to", &recipient, &out], &["is there already"]);
    refused(
        &dir,
        &["backup", "--to", &secret, &out],
        &["this is not a recipient of backups"],
    );
    let (journal, keys) = (format!("{out}.house"), format!("{out}.keys"));
    let checked = json(&done(
        &dir,
        &["backup", "verify", &journal, &keys, "--secret-key", &secret, "--json"],
    ));
    assert_eq!(checked[0]["root"].as_str(), Some(root.as_str()));

    // Off the machine: nothing of the old directory is there any more, but for the paper with the recovery key.
    let public = tree(&dir.join("public"));
    assert!(public.len() > 10, "{public:?}");
    let gone = folder.path().join("gone");
    fs::rename(&dir, &gone).unwrap();
    let new = folder.path().join("new");
    done(&new, &["restore", &journal, &keys, "--secret-key", &secret]);
    refused(&new, &["case", "list"], &["there is no master key", "recovery key"]);
    done(&new, &["recover", &text(fixture("recovery-key"))]);
    assert_eq!(verified(&new), root);
    assert!(dates(&new).starts_with(expected().lines().next().unwrap()));
    assert_eq!(
        done(&new, &["case", "raw", &number, "--as", "lead"]),
        "A report with a page of text\n"
    );
    assert_eq!(tree(&new.join("public")), public, "the published tree is public again");
    done(&new, &["publish", "--verify"]);
    assert!(
        done(&new, &["publish"]).contains("0 of them new"),
        "and stays the same bytes"
    );

    // With the key file there is nothing left to do.
    let other = folder.path().join("other");
    let key = text(gone.join("keys/master.key"));
    let told = done(
        &other,
        &[
            "restore",
            &keys,
            &journal,
            "--secret-key",
            &secret,
            "--master-key",
            &key,
        ],
    );
    assert!(told.contains("opened and verified"), "{told}");
    assert_eq!(verified(&other), root);
}

/// Every file under a folder with its bytes.
fn tree(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            found.extend(
                tree(&path)
                    .into_iter()
                    .map(|(inner, bytes)| (Path::new(path.file_name().unwrap()).join(inner), bytes)),
            );
        } else {
            found.push((PathBuf::from(path.file_name().unwrap()), fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

#[test]
fn a_restore_is_refused_with_what_is_wrong_and_what_is_safe() {
    let folder = TempDir::new().unwrap();
    let dir = house(&folder);
    let (recipient, secret) = backup_key(&folder);
    let out = text(folder.path().join("backup"));
    done(&dir, &["backup", "--to", &recipient, &out]);
    let (journal, keys) = (format!("{out}.house"), format!("{out}.keys"));
    let new = folder.path().join("new");
    let check = |files: &[&str], secret: &str, parts: &[&str]| {
        let args = [&["restore"], files, &["--secret-key", secret]].concat();
        refused(&new, &args, parts);
        assert!(!new.exists(), "{parts:?} left something behind");
    };
    let touched = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = fs::read(&journal).unwrap();
        change(&mut bytes);
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        text(path)
    };
    let other = TempDir::new().unwrap();
    let (_, other_secret) = backup_key(&other);
    const SAFE: &str = "what it was made from is untouched";
    check(&[&journal, &keys], &other_secret, &["made for another recipient", SAFE]);
    check(
        &[&touched("cut", &|bytes| bytes.truncate(90_000)), &keys],
        &secret,
        &["damaged or cut short", SAFE],
    );
    check(
        &[&touched("flipped", &|bytes| bytes[100_000] ^= 1), &keys],
        &secret,
        &["damaged or cut short", SAFE],
    );
    check(
        &[&touched("long", &|bytes| bytes.push(0)), &keys],
        &secret,
        &["damaged or cut short", SAFE],
    );
    check(
        &[&touched("none", &|bytes| bytes.clear()), &keys],
        &secret,
        &["not a backup of Candor", SAFE],
    );
    check(&[&journal], &secret, &["there are no keys in it"]);
    check(&[&keys], &secret, &["there is no journal in it"]);
    check(
        &[&journal, &keys, "--master-key", &text(other.path().join("secret"))],
        &secret,
        &["can be read by others"],
    );
    let wrong = other.path().join("wrong.key");
    vault::MasterKey::generate().unwrap().save(&wrong).unwrap();
    check(
        &[&journal, &keys, "--master-key", &text(&wrong)],
        &secret,
        &["does not belong to"],
    );
    // Over a live house.
    let root = verified(&dir);
    refused(
        &dir,
        &["restore", &journal, &keys, "--secret-key", &secret],
        &["is not empty", "never restored over another one"],
    );
    assert_eq!(verified(&dir), root);
    // A half-made directory is none, until the restore is repeated.
    done(&new, &["restore", &journal, &keys, "--secret-key", &secret]);
    fs::write(new.join("unfinished"), "").unwrap();
    for args in [
        &["case", "list"][..],
        &["serve"],
        &["journal", "verify"],
        &["backup", "--to", &recipient, "x"],
        &["recover"],
    ] {
        refused(&new, args, &["is half made", "repeat the same command"]);
    }
    fs::write(new.join("thesis.txt"), "not ours").unwrap();
    let restore = ["restore", &journal, &keys, "--secret-key", &secret];
    refused(
        &new,
        &restore,
        &["`thesis.txt` in it is none of ours", "nothing was removed"],
    );
    fs::remove_file(new.join("thesis.txt")).unwrap();
    done(&new, &restore);
    done(&new, &["recover", &text(fixture("recovery-key"))]);
    assert_eq!(verified(&new), root);
}

#[test]
fn an_export_makes_the_same_house_elsewhere() {
    let folder = TempDir::new().unwrap();
    let dir = house(&folder);
    let root = verified(&dir);
    let (bare, full) = (text(folder.path().join("bare")), text(folder.path().join("full")));
    done(&dir, &["export", &bare]);
    done(&dir, &["export", "--keys", &full]);
    refused(&dir, &["export", &full], &["is there already"]);
    let new = folder.path().join("new");
    refused(&new, &["import", "house", &bare], &["there are no keys in it"]);
    let key = text(dir.join("keys/master.key"));
    done(&new, &["import", "house", &full, "--master-key", &key]);
    assert_eq!(verified(&new), root);
    assert_eq!(dates(&new), expected());
    let (one, two) = (text(folder.path().join("one")), text(folder.path().join("two")));
    done(&new, &["export", "--keys", &one]);
    done(&dir, &["export", "--keys", &two]);
    assert_eq!(
        lines_but_settings(&one),
        lines_but_settings(&two),
        "and writes the same lines again"
    );
    let touched = fs::read_to_string(&full)
        .unwrap()
        .replacen("\"seq\":2,", "\"seq\":3,", 1);
    let line = touched.lines().position(|line| line.contains("\"seq\":3,")).unwrap() + 1;
    fs::write(&full, &touched).unwrap();
    let other = folder.path().join("other");
    refused(
        &other,
        &["import", "house", &full],
        &[&format!("line {line}: it was changed")],
    );
    assert!(!other.exists());
}

/// What lines say, without their numbers and sums; the settings do not move with a house.
fn lines_but_settings(file: &str) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let said = text.lines().map(|line| {
        line.split_once(',')
            .unwrap()
            .1
            .rsplit_once(",\"sum\"")
            .unwrap()
            .0
            .to_owned()
    });
    said.filter(|line| !line.starts_with("\"file\"") && !line.starts_with("\"piece\""))
        .collect()
}

#[test]
fn the_recovery_key_is_tried_before_it_is_needed_and_writes_over_nothing() {
    let folder = TempDir::new().unwrap();
    let dir = house(&folder);
    let key = dir.join("keys/master.key");
    let before = fs::read(&key).unwrap();
    let paper = text(fixture("recovery-key"));
    assert!(done(&dir, &["recover", "--test", &paper]).contains("This is the recovery key of this house"));
    refused(&dir, &["recover", &paper], &["never overwritten"]);
    fs::remove_file(&key).unwrap();
    let other = vault::MasterKey::generate().unwrap().recovery_key();
    let wrong = folder.path().join("wrong");
    fs::write(&wrong, other.reveal()).unwrap();
    for args in [&["recover", &text(&wrong)][..], &["recover", "--test", &text(&wrong)]] {
        refused(&dir, args, &["belongs to another house", "Nothing was written"]);
    }
    let (_, secret) = backup_key(&folder);
    refused(&dir, &["recover", &secret], &["it is a secret key of backups"]);
    fs::write(&wrong, "ABCD").unwrap();
    refused(
        &dir,
        &["recover", &text(&wrong)],
        &["it has 4 characters instead of 56"],
    );
    assert!(!key.exists());
    done_with(&dir, &["recover", "--test"], &fs::read(&paper).unwrap());
    assert!(!key.exists());
    done_with(
        &dir,
        &["recover"],
        fs::read_to_string(&paper)
            .unwrap()
            .to_lowercase()
            .replace('-', " ")
            .as_bytes(),
    );
    assert_eq!(fs::read(&key).unwrap(), before);
    verified(&dir);
}

#[test]
fn a_hand_edited_journal_is_told_with_what_is_still_safe() {
    let folder = TempDir::new().unwrap();
    let dir = house(&folder);
    let note = text(folder.path().join("note"));
    let kept = json(&done(&dir, &["journal", "checkpoint", "--json"]));
    fs::write(&note, kept["note"].as_str().unwrap()).unwrap();
    let told = done(&dir, &["journal", "verify", "--checkpoint", &note]);
    assert!(
        told.contains("everything fits") && told.contains("The first 41 entries are those of"),
        "{told}"
    );
    fs::write(&note, kept["note"].as_str().unwrap().replace("\n41\n", "\n42\n")).unwrap();
    refused(
        &dir,
        &["journal", "verify", "--checkpoint", &note],
        &["its signature is not that of this house", "Nothing was compared"],
    );

    // A row says that somebody else did it: the actor stands before the name of the key.
    let path = dir.join("db/candor.db");
    let mut bytes = fs::read(&path).unwrap();
    let name = b"leadproduct:";
    let at = bytes.windows(name.len()).position(|window| window == name).unwrap();
    bytes[at + 3] = b'n';
    fs::write(&path, bytes).unwrap();
    let output = fed(&mut command(&dir, &["journal", "verify"]), b"");
    let text = said(&output);
    assert_eq!(output.status.code(), Some(3), "{text}");
    for part in [
        "the row was edited or moved",
        "restore the last backup",
        "Still safe: ",
        "checkpoint of 41 entries: ",
    ] {
        assert!(text.contains(part), "{text}\nlacks {part}");
    }
    // A blob that somebody touched leaves the journal as it is.
    let folder = TempDir::new().unwrap();
    let dir = house(&folder);
    let blob = tree(&dir.join("blobs")).remove(0).0;
    fs::write(dir.join("blobs").join(&blob), "x").unwrap();
    refused(
        &dir,
        &["journal", "verify"],
        &[
            blob.file_name().unwrap().to_str().unwrap(),
            "the sealed file was changed",
            "Every entry by itself is as it was",
        ],
    );
}

/// Runs the script of the manual; what it says, and whether it was content.
fn check_proof(args: &[&str]) -> (bool, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/check-proof.py");
    let output = Command::new("python3").arg(script).args(args).output().unwrap();
    (output.status.success(), said(&output))
}

#[test]
fn a_stranger_checks_a_proof_and_it_holds_after_the_shredding() {
    if !has("python3", "--version") {
        return skipped("python3");
    }
    let folder = TempDir::new().unwrap();
    let dir = house(&folder);
    let file = |name: &str| text(folder.path().join(name));
    let key = json(&done(&dir, &["journal", "checkpoint", "--json"]))["key"]
        .as_str()
        .unwrap()
        .to_owned();
    refused(
        &dir,
        &["journal", "prove", OPEN, &file("x"), "--as", "administrator"],
        &["or not for you"],
    );
    refused(
        &dir,
        &["journal", "prove", "41", &file("x"), "--as", "lead"],
        &["the journal has 41 entries"],
    );
    done(&dir, &["journal", "prove", "0", &file("first"), "--as", "lead"]);
    done(&dir, &["journal", "prove", REJECTED, &file("before"), "--as", "lead"]);
    done(
        &dir,
        &[
            "shred",
            "case",
            REJECTED,
            "--why",
            "Retention is over",
            "--as",
            "lead",
            "--approved-by",
            "publisher",
        ],
    );
    done(&dir, &["journal", "prove", REJECTED, &file("after"), "--as", "lead"]);
    for name in ["first", "before", "after"] {
        let (holds, text) = check_proof(&[&file(name), &key]);
        assert!(holds && text.contains("PROVEN"), "{text}");
    }
    let proof = fs::read_to_string(file("before")).unwrap();
    let other = vault::MasterKey::generate()
        .unwrap()
        .checkpoint_key()
        .verifier()
        .to_text();
    for (change, refusal) in [
        (proof.replacen("\"seq\": 2", "\"seq\": 3", 1), "is not in the journal"),
        (proof.replacen("analyst", "someone", 1), "is not in the journal"),
        (proof.replacen("\\n41\\n", "\\n42\\n", 1), "not signed by this key"),
        (
            proof.replacen("\"log_index\": ", "\"log_index\": 9", 1),
            "is not in the journal",
        ),
        (proof.replace(&key, &other), "not signed by this key"),
    ] {
        assert_ne!(change, proof);
        fs::write(file("changed"), &change).unwrap();
        let (holds, text) = check_proof(&[&file("changed")]);
        assert!(!holds && text.contains(refusal), "{refusal}: {text}");
    }
    assert!(!check_proof(&[&file("before"), &other]).0);
}

const SENDER: &str = "Marabelle Thornquist";
const SECRET: &str = "Quibbermoss in the parser of frames";

/// Where a word can still be read: in any file as it lies, or in anything that the keys of the house still open.
fn readable(dir: &Path, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut look = |place: String, bytes: &[u8]| {
        for word in words {
            if bytes.windows(word.len()).any(|window| window == word.as_bytes()) {
                found.push(format!("{word} in {place}"));
            }
        }
    };
    for (path, bytes) in tree(dir) {
        look(path.display().to_string(), &bytes);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let master = vault::MasterKey::load(&dir.join("keys/master.key")).unwrap();
        let store = store::Store::open(&store::Config::in_directory(dir), master)
            .await
            .unwrap();
        for entry in store.tail(0, 10_000).await.unwrap() {
            if let store::Body::Plain(bytes) = &entry.body {
                look(format!("{} {}", entry.stream, entry.seq), bytes.as_bytes());
            }
        }
        for (path, _) in tree(&dir.join("blobs")) {
            let id = store::BlobId::new(path.file_name().unwrap().to_str().unwrap()).unwrap();
            let key = store.key_of_blob(&id).await.unwrap().unwrap();
            if let Some(mut blob) = store.get_blob(&id, &key).await.unwrap() {
                let mut bytes = Vec::new();
                std::io::Read::read_to_end(&mut blob, &mut bytes).unwrap();
                look(format!("the blob {id}"), &bytes);
            }
        }
        store.close().await;
    });
    found
}

#[test]
fn what_is_shredded_can_be_read_nowhere() {
    let folder = TempDir::new().unwrap();
    let dir = house(&folder);
    // The raw message has the sender in its head; its text was recorded by a person.
    let raw = format!("From: {SENDER} <m@example.org>\n\n{SECRET}\u{0}");
    let number = report(&dir, "placeholder", &["--from", "nobody"]);
    let mail = folder.path().join("mail");
    fs::write(&mail, [raw.as_bytes(), b"\xff"].concat()).unwrap();
    let from = format!("{SENDER} <m@example.org>");
    let args = [
        "report",
        &text(&mail),
        "--from",
        &from,
        "--title",
        SECRET,
        "--json",
        "--as",
        "analyst",
    ];
    let case = json(&done(&dir, &args))["number"].as_str().unwrap().to_owned();
    fs::remove_file(&mail).unwrap();
    done(
        &dir,
        &[
            "case",
            "understand",
            &case,
            "--title",
            SECRET,
            "--text",
            SECRET,
            "--as",
            "analyst",
        ],
    );
    let found = readable(&dir, &[SENDER, SECRET]);
    assert!(
        found
            .iter()
            .any(|line| line.starts_with(SENDER) && line.contains("the blob")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|line| line.starts_with(SENDER) && line.contains("report:")),
        "{found:?}"
    );

    let two = ["--as", "lead", "--approved-by", "publisher"];
    let person = [&["shred", "person", &case, "--why", "Article 17 of the GDPR"], &two[..]].concat();
    refused(
        &dir,
        &["shred", "person", &case, "--why", "x", "--as", "lead"],
        &["act of two people"],
    );
    refused(
        &dir,
        &[&["shred", "person", OPEN, "--why", "x"], &two[..]].concat(),
        &["before senders had a key of their own"],
    );
    done(&dir, &person);
    assert_eq!(readable(&dir, &[SENDER]), [""; 0], "the person is gone");
    let left = readable(&dir, &[SECRET]);
    assert!(
        left.iter().any(|line| line.contains("report:")),
        "the case stays: {left:?}"
    );
    refused(&dir, &["case", "raw", &case, "--as", "lead"], &["erased"]);
    assert!(done(&dir, &person).contains("was recorded before"));

    let shred = [&["shred", "case", &case, "--why", "Retention is over"], &two[..]].concat();
    refused(&dir, &shred, &["the case is open"]);
    for event in ["acknowledged", "reviewed", "reported-back"] {
        done(&dir, &["case", event, &case, "--as", "analyst"]);
    }
    done(
        &dir,
        &["case", "rejected", &case, "--exit", "cannot-reproduce", "--as", "lead"],
    );
    done(&dir, &shred);
    assert_eq!(readable(&dir, &[SENDER, SECRET]), [""; 0], "the case is gone");
    refused(
        &dir,
        &["case", "show", &case, "--as", "lead"],
        &["no such case, or not for you"],
    );
    assert!(done(&dir, &shred).contains("was recorded before"));
    verified(&dir);
    done(&dir, &["case", "show", &number, "--as", "lead"]);

    // And it stays so in a house that is made from a backup of afterwards.
    let (recipient, secret) = backup_key(&folder);
    let out = text(folder.path().join("backup"));
    done(&dir, &["backup", "--to", &recipient, &out]);
    let new = folder.path().join("new");
    let key = text(dir.join("keys/master.key"));
    done(
        &new,
        &[
            "restore",
            &format!("{out}.house"),
            &format!("{out}.keys"),
            "--secret-key",
            &secret,
            "--master-key",
            &key,
        ],
    );
    assert_eq!(readable(&new, &[SENDER, SECRET]), [""; 0]);
    assert!(done(&new, &shred).contains("was recorded before"));
}

#[test]
fn two_processes_record_at_once_and_nothing_is_lost() {
    const EACH: usize = 6;
    let folder = TempDir::new().unwrap();
    let dir = house(&folder);
    let children: Vec<_> = (0..EACH)
        .map(|index| {
            let text = format!("note {index}");
            command(&dir, &["case", "noted", OPEN, "--text", &text, "--as", "analyst"])
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut recorded = 0;
    for child in children {
        let output = child.wait_with_output().unwrap();
        match output.status.code() {
            Some(0) => recorded += 1,
            Some(1) => assert!(
                said(&output).contains("Nothing of yours was kept: look again"),
                "{}",
                said(&output)
            ),
            other => panic!("{other:?}: {}", said(&output)),
        }
    }
    assert!(recorded >= 1);
    let found = json(&done(&dir, &["journal", "verify", "--json"]));
    assert_eq!(found["checked"], 41 + recorded);
}
