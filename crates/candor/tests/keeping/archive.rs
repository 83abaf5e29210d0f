//! Bringing a vendor's published advisories along: the same bytes and signatures under the same names, and a tree of old and new that is a
//! trusted provider's.

use crate::house::*;
use crate::publication::{INSTANT, scheduled};
use crate::two_runs::Served;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

const TWO: [&str; 4] = ["--as", "lead", "--approved-by", "analyst"];
const LATER: &str = "2026-03-02T09:00:00+01:00";

/// An empty house of a brand, with a key of its own.
fn empty(folder: &Path, domain: &str, namespace: &str) -> PathBuf {
    let dir = folder.join("empty");
    let run = |words: &str| {
        let words: Vec<&str> = words.split(' ').collect();
        done(&dir, &words)
    };
    run(&format!("init --name Test --simulated-clock {LATER}"));
    for (person, role) in [("admin", "administrator"), ("analyst", "analyst"), ("lead", "lead")] {
        run(&format!("person add {person} --name {person} --role {role} --as admin"));
    }
    run(&format!(
        "brand add brand --name Brand --domain {domain} --namespace {namespace} --policy nozomi-networks --prefix NN --contact psirt@brand.example --as admin"
    ));
    run("brand key brand --as admin");
    run("policy adopt nozomi-networks --as lead --approved-by analyst");
    dir
}

fn white(dir: &Path, domain: &str) -> PathBuf {
    dir.join("public").join(domain).join(".well-known/csaf/white")
}

/// The public key that a house publishes.
fn key(dir: &Path, domain: &str) -> String {
    let keys = fs::read_dir(dir.join("public").join(domain).join("csaf/openpgp")).unwrap();
    text(keys.map(|key| key.unwrap().path()).next().unwrap())
}

fn import<'a>(archive: &'a str, options: &[&'a str]) -> Vec<&'a str> {
    [&["import", "csaf", archive], options, &TWO].concat()
}

/// The documents below a folder with what lies beside each, by their paths in it.
fn files(white: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for year in fs::read_dir(white)
        .unwrap()
        .map(|year| year.unwrap().path())
        .filter(|path| path.is_dir())
    {
        for file in fs::read_dir(&year).unwrap().map(|file| file.unwrap().path()) {
            if !text(&file).ends_with(".html") {
                found.push((text(file.strip_prefix(white).unwrap()), fs::read(&file).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The tree as a stranger finds it.
fn check_provider(dir: &Path) {
    done(dir, &["publish", "--verify"]);
    let reports = json(&done(dir, &["provider", "check", "--json"]));
    for report in reports.as_array().unwrap() {
        assert_eq!(
            (&report["reached"], &report["passes"]),
            (&"csaf_trusted_provider".into(), &true.into()),
            "{report}"
        );
    }
}

#[test]
fn an_archive_comes_along_with_its_bytes_its_signatures_and_its_key() {
    let folder = TempDir::new().unwrap();
    let old = scheduled(folder.path());
    done(&old, &["work", "--once", "--now", INSTANT]);
    let (archive, old_key) = (white(&old, "brand.example"), key(&old, "brand.example"));
    let from = text(&archive);

    let dir = empty(folder.path(), "brand.example", "https://brand.example");
    refused(
        &dir,
        &import(&from, &[]),
        &["made by none of these keys", "--key FILE", "Nothing was written"],
    );
    // One person may look at what would come along, and writes nothing.
    let alone = ["import", "csaf", &from, "--key", &old_key, "--as", "lead"];
    refused(&dir, &alone, &["two people"]);
    let dry = json(&done(&dir, &[&alone[..], &["--dry-run", "--json"]].concat()));
    assert_eq!((&dry["written"], &dry["rows"][0]["fate"]), (&0.into(), &"good".into()));
    assert_eq!(dry["rows"][0]["number"], "NN-2026:1-01");
    assert!(!dir.join("public").exists());

    let written = json(&done(&dir, &import(&from, &["--key", &old_key, "--json"])));
    assert_eq!(
        (&written["written"], &written["rows"][0]["signature"]),
        (&1.into(), &"its own".into())
    );
    done(&dir, &["publish"]);
    assert_eq!(files(&white(&dir, "brand.example")), files(&archive));
    check_provider(&dir);
    let keys = fs::read_dir(dir.join("public/brand.example/csaf/openpgp")).unwrap();
    assert_eq!(keys.count(), 2, "the old key and the new one");
    // A lost tree comes back to the byte, though nothing of it was made here.
    fs::remove_file(dir.join("public")).unwrap();
    fs::remove_dir_all(dir.join("tree")).unwrap();
    done(&dir, &["publish"]);
    assert_eq!(files(&white(&dir, "brand.example")), files(&archive));

    let again = json(&done(&dir, &import(&from, &["--key", &old_key, "--json"])));
    assert_eq!(
        (&again["written"], &again["rows"][0]["fate"]),
        (&0.into(), &"known".into())
    );
    let listed = json(&done(&dir, &["advisory", "list", "--json", "--as", "lead"]));
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(listed[0]["stage"], "published");
    verified(&dir);
}

#[test]
fn a_document_that_was_changed_is_refused_and_nothing_is_half_imported() {
    let folder = TempDir::new().unwrap();
    let old = scheduled(folder.path());
    done(&old, &["work", "--once", "--now", INSTANT]);
    let (archive, old_key) = (white(&old, "brand.example"), key(&old, "brand.example"));
    let copied = folder.path().join("copied");
    fs::create_dir(&copied).unwrap();
    for (path, bytes) in files(&archive) {
        fs::write(copied.join(Path::new(&path).file_name().unwrap()), bytes).unwrap();
    }
    // Another document beside it: unsigned, valid, and of this publisher.
    let document = fs::read_to_string(copied.join("nn-2026_1-01.json")).unwrap();
    fs::write(
        copied.join("nn-2026_1-02.json"),
        document.replace("NN-2026:1-01", "NN-2026:1-02"),
    )
    .unwrap();
    let from = text(&copied);
    let options = ["--key", old_key.as_str()];

    let dir = empty(folder.path(), "brand.example", "https://brand.example");
    let check = |change: &dyn Fn(&Path), part: &str| {
        let file = copied.join("nn-2026_1-01.json");
        let before = fs::read(&file).unwrap();
        change(&file);
        refused(
            &dir,
            &import(&from, &options),
            &[part, "0 written", "Nothing was written"],
        );
        fs::write(&file, before).unwrap();
        assert_eq!(
            json(&done(&dir, &["advisory", "list", "--json", "--as", "lead"])),
            serde_json::json!([])
        );
    };
    check(
        &|file| fs::write(file, document.replace("crafted", "drafted")).unwrap(),
        "the hash of something else",
    );
    let both = [
        copied.join("nn-2026_1-01.json.sha256"),
        copied.join("nn-2026_1-01.json.sha512"),
    ];
    for hash in &both {
        fs::remove_file(hash).unwrap();
    }
    check(
        &|file| fs::write(file, document.replace("crafted", "drafted")).unwrap(),
        "or the document was changed",
    );
    check(
        &|file| fs::write(file, b"{\"document\":{\"tracking\":{}}}").unwrap(),
        "or the document was changed",
    );

    let written = json(&done(&dir, &import(&from, &["--key", &old_key, "--json"])));
    let signatures: Vec<&str> = written["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["signature"].as_str().unwrap())
        .collect();
    assert_eq!((signatures, &written["written"]), (vec!["its own", "ours"], &2.into()));
    done(&dir, &["publish"]);
    check_provider(&dir);
}

/// The same from where it is served, by the address of its directory. Nothing here speaks TLS, so that plain text has to be asked for.
#[test]
fn an_archive_comes_along_from_where_it_is_published() {
    let folder = TempDir::new().unwrap();
    let old = scheduled(folder.path());
    done(&old, &["work", "--once", "--now", INSTANT]);
    let old_key = key(&old, "brand.example");
    let served = Served::start(&old);
    let port = served.1.rsplit_once(':').unwrap().1.to_owned();
    let from = format!("http://brand.example.localhost:{port}/.well-known/csaf/white/");

    let dir = empty(folder.path(), "brand.example", "https://brand.example");
    let trying = ["--allow-private", "--allow-http"];
    refused(&dir, &import(&from, &["--key", &old_key]), &["is plain http"]);
    refused(
        &dir,
        &import("https://brand.example.localhost/white/", &["--key", &old_key]),
        &["of this machine or of a private network", "nothing was imported"],
    );
    refused(
        &dir,
        &import(&from, &trying),
        &["made by none of these keys", "Nothing was written"],
    );
    let nowhere = format!("http://brand.example.localhost:{port}/nowhere/");
    refused(&dir, &import(&nowhere, &trying), &["there is nothing at this address"]);
    let options = [&trying[..], &["--key", &old_key, "--json"]].concat();
    let written = json(&done(&dir, &import(&from, &options)));
    assert_eq!(
        (&written["written"], &written["rows"][0]["signature"]),
        (&1.into(), &"its own".into())
    );
    done(&dir, &["publish"]);
    assert_eq!(
        files(&white(&dir, "brand.example")),
        files(&white(&old, "brand.example"))
    );
    check_provider(&dir);
    assert_eq!(json(&done(&dir, &import(&from, &options)))["rows"][0]["fate"], "known");
    verified(&dir);
}

/// What an older house published is revised here: the new version has the number, the first date and the history of the old one, which stays
/// beside its page with the signature that it had.
#[test]
fn what_came_along_gets_a_version_of_this_house() {
    let folder = TempDir::new().unwrap();
    let old = scheduled(folder.path());
    done(&old, &["work", "--once", "--now", INSTANT]);
    let (archive, old_key) = (white(&old, "brand.example"), key(&old, "brand.example"));
    let before = json(&fs::read_to_string(archive.join("2026/nn-2026_1-01.json")).unwrap());
    let dir = empty(folder.path(), "brand.example", "https://brand.example");
    done(&dir, &import(&text(&archive), &["--key", &old_key]));
    done(&dir, &["publish"]);

    let number = "NN-2026:1-01";
    let field = "vulnerabilities[0].scores[0].vector";
    const LOWER: &str = "CVSS:3.1/AV:N/AC:H/PR:L/UI:N/S:U/C:H/I:H/A:H";
    let edit = [
        "advisory", "edit", number, "--field", field, "--text", LOWER, "--as", "analyst",
    ];
    done(&dir, &edit);
    done(&dir, &["advisory", "approve", number, "--as", "lead"]);
    refused(
        &dir,
        &[&["advisory", "order", number][..], &TWO[..]].concat(),
        &["what changed"],
    );
    let summary = "The attack is harder than we wrote.";
    let order = ["advisory", "order", number, "--summary", summary];
    done(&dir, &[&order[..], &TWO[..]].concat());
    done(&dir, &["publish"]);

    let after = json(&fs::read_to_string(white(&dir, "brand.example").join("2026/nn-2026_1-01.json")).unwrap());
    let tracking = |document: &serde_json::Value, name: &str| document["document"]["tracking"][name].clone();
    for same in ["id", "initial_release_date"] {
        assert_eq!(tracking(&after, same), tracking(&before, same), "{same}");
    }
    assert_eq!(tracking(&after, "version"), "2");
    let (history, first) = (
        tracking(&after, "revision_history"),
        tracking(&before, "revision_history"),
    );
    assert_eq!((&history[0], &history[1]["summary"]), (&first[0], &summary.into()));
    assert_eq!(
        after["vulnerabilities"][0]["scores"][0]["cvss_v3"]["vectorString"],
        LOWER
    );
    let kept = dir.join("public/brand.example/advisories/nn-2026_1-01/v1/nn-2026_1-01.json");
    assert_eq!(
        fs::read(kept).unwrap(),
        fs::read(archive.join("2026/nn-2026_1-01.json")).unwrap()
    );
    check_provider(&dir);
    verified(&dir);
}

/// Serves a folder over TLS, as `a.localhost`, for as long as the test's process lives. Gives back its port.
fn served_over_tls(root: PathBuf) -> u16 {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let certificate = include_bytes!("../../../fetch/src/fixtures/server.pem");
    let key = include_bytes!("../../../fetch/src/fixtures/server.key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(certificate).unwrap()],
            PrivateKeyDer::from_pem_slice(key).unwrap(),
        );
    let config = Arc::new(config.unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            // Who does not trust the certificate goes away before it asks.
            answer(rustls::StreamOwned::new(connection, stream), &root).ok();
        }
    });
    port
}

fn answer(mut stream: rustls::StreamOwned<rustls::ServerConnection, TcpStream>, root: &Path) -> std::io::Result<()> {
    let (mut question, mut byte) = (Vec::new(), [0]);
    while !question.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
        question.push(byte[0]);
    }
    let question = String::from_utf8_lossy(&question).into_owned();
    let path = question.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
    let (status, body) = match fs::read(root.join(path)) {
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let kind = if path.ends_with(".json") {
        "application/json"
    } else {
        "text/plain"
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)?;
    stream.conn.send_close_notify();
    stream.flush()
}

/// As a provider serves it: by TLS alone, here with an authority of its own.
#[test]
fn an_archive_comes_along_over_tls_from_whom_the_authority_names() {
    let folder = TempDir::new().unwrap();
    let old = scheduled(folder.path());
    done(&old, &["work", "--once", "--now", INSTANT]);
    let old_key = key(&old, "brand.example");
    let port = served_over_tls(old.join("public/brand.example"));
    let from = format!("https://a.localhost:{port}/.well-known/csaf/white/");
    let dir = empty(folder.path(), "brand.example", "https://brand.example");
    let authority = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fetch/src/fixtures/authority.pem");
    let authority = text(authority);
    let options = ["--allow-private", "--key", &old_key, "--json"];
    refused(&dir, &import(&from, &options), &["certificate", "nothing was imported"]);
    let trusting = [&options[..], &["--ca", &authority]].concat();
    // A name that the certificate does not have.
    let other = from.replace("a.localhost", "b.localhost");
    refused(
        &dir,
        &import(&other, &trusting),
        &["certificate", "nothing was imported"],
    );
    let written = json(&done(&dir, &import(&from, &trusting)));
    assert_eq!(
        (&written["written"], &written["rows"][0]["signature"]),
        (&1.into(), &"its own".into())
    );
    done(&dir, &["publish"]);
    assert_eq!(
        files(&white(&dir, "brand.example")),
        files(&white(&old, "brand.example"))
    );
    check_provider(&dir);
    verified(&dir);
}

/// What a vendor withdrew comes along as withdrawn.
#[test]
fn a_withdrawn_document_comes_along_as_what_it_is() {
    let folder = TempDir::new().unwrap();
    let old = scheduled(folder.path());
    done(&old, &["work", "--once", "--now", INSTANT]);
    let withdraw = ["advisory", "withdraw", "NN-2026:1-01", "--why", "It was a mistake."];
    done(&old, &[&withdraw[..], &TWO].concat());
    done(&old, &["publish"]);
    let (archive, old_key) = (white(&old, "brand.example"), key(&old, "brand.example"));
    let dir = empty(folder.path(), "brand.example", "https://brand.example");
    done(&dir, &import(&text(&archive), &["--key", &old_key]));
    done(&dir, &["publish"]);
    assert_eq!(files(&white(&dir, "brand.example")), files(&archive));
    let listed = json(&done(&dir, &["advisory", "list", "--json", "--as", "lead"]));
    assert_eq!(listed[0]["stage"], "withdrawn");
    let page = fs::read_to_string(dir.join("public/brand.example/advisories/nn-2026_1-01.html")).unwrap();
    assert!(page.contains("nothing that it says holds: It was a mistake."), "{page}");
    assert!(!page.contains("Affected and fixed"), "{page}");
    check_provider(&dir);
    verified(&dir);
}

/// Real documents of one publisher, as they were published.
#[test]
fn a_real_archive_becomes_a_trusted_providers_tree() {
    let data = std::env::var_os("CANDOR_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let packed = data.join("data/csaf/cisa-csaf-2383.tar.xz");
    if !packed.is_file() || !has("xz", "--version") {
        return skipped("the CSAF documents of the test data (CANDOR_DATA), tar and xz");
    }
    const DOCUMENTS: usize = 60;
    let folder = TempDir::new().unwrap();
    let all = folder.path().join("all");
    fs::create_dir(&all).unwrap();
    let unpacked = Command::new("tar")
        .arg("-xJf")
        .arg(&packed)
        .arg("-C")
        .arg(&all)
        .status();
    assert!(unpacked.unwrap().success());
    let archive = folder.path().join("archive");
    fs::create_dir(&archive).unwrap();
    let mut documents: Vec<PathBuf> = fs::read_dir(all.join("cisa-docs"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    documents.sort();
    let step = documents.len() / DOCUMENTS;
    for document in documents.iter().step_by(step) {
        fs::copy(document, archive.join(document.file_name().unwrap())).unwrap();
    }
    let dir = empty(folder.path(), "csaf.example", "https://www.cisa.gov/");
    let from = text(&archive);
    let output = fed(&mut command(&dir, &import(&from, &["--only-good", "--json"])), b"");
    let report = json(&String::from_utf8(output.stdout.clone()).unwrap_or_else(|_| panic!("{}", said(&output))));
    let rows = report["rows"].as_array().unwrap();
    let written = usize::try_from(report["written"].as_u64().unwrap()).unwrap();
    // What is refused fails a mandatory test of today's validator, and says which.
    for row in rows.iter().filter(|row| row["fate"] == "refused") {
        let why = row["refused"][0].as_str().unwrap();
        assert!(why.starts_with("CSAF test "), "{row}");
    }
    assert!(written * 10 > rows.len() * 8, "only {written} of {}", rows.len());
    done(&dir, &["publish"]);
    let published = files(&white(&dir, "csaf.example"));
    let documents: Vec<&(String, Vec<u8>)> = published.iter().filter(|(path, _)| path.ends_with(".json")).collect();
    assert_eq!(documents.len(), written);
    for (path, bytes) in documents {
        let name = Path::new(path).file_name().unwrap();
        assert!(*bytes == fs::read(archive.join(name)).unwrap(), "{path} was changed");
    }
    check_provider(&dir);
}
