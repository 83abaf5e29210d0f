//! Programs that strangers use: `gpg --verify` and `sha256sum --check` on the published files.

use super::sample::{House, advisory};
use crate::Publisher;
use std::path::Path;
use std::process::{Command, Output};

/// The output of a program in a folder; none, with a word on why, if it is missing outside of CI.
fn run(program: &str, arguments: &[&str], folder: &Path) -> Option<Output> {
    match Command::new(program).args(arguments).current_dir(folder).output() {
        Ok(output) => Some(output),
        Err(_) => {
            let missing = format!("needs {program}; its verdict on the published files is unknown");
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{missing}");
            println!("skipped: {missing}");
            None
        }
    }
}

fn check_runs(program: &str, arguments: &[&str], folder: &Path) {
    if let Some(output) = run(program, arguments, folder) {
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn sha256sum_and_sha512sum_check_the_published_hashes() {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path());
    House::with([advisory()]).publish(&publisher);
    let folder = publisher.public().join("psirt.example.com/.well-known/csaf/white/2024");
    check_runs(
        "sha256sum",
        &["--check", "--strict", "exn-sa-2024_014.json.sha256"],
        &folder,
    );
    check_runs(
        "sha512sum",
        &["--check", "--strict", "exn-sa-2024_014.json.sha512"],
        &folder,
    );
}

#[test]
fn gpg_verifies_the_published_signature_with_the_published_key() {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path());
    House::with([advisory()]).publish(&publisher);
    let brand = publisher.public().join("psirt.example.com");
    let folder = brand.join(".well-known/csaf/white/2024");
    let home = tempfile::tempdir().unwrap();
    let home = home.path().to_str().unwrap();
    let key = std::fs::canonicalize(brand.join(documents::place::key(&super::sample::key().fingerprint()))).unwrap();
    let with = |arguments: &[&'static str]| [&["--homedir", home, "--batch", "--no-autostart"], arguments].concat();
    check_runs(
        "gpg",
        &[&with(&["--import"])[..], &[key.to_str().unwrap()]].concat(),
        &folder,
    );
    check_runs(
        "gpg",
        &with(&["--verify", "exn-sa-2024_014.json.asc", "exn-sa-2024_014.json"]),
        &folder,
    );
}

#[test]
fn gpg_verifies_security_txt_with_the_published_key() {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path());
    House::with([advisory()]).publish(&publisher);
    let brand = std::fs::canonicalize(publisher.public().join("psirt.example.com")).unwrap();
    let key = documents::place::key(&super::sample::key().fingerprint());
    let home = tempfile::tempdir().unwrap();
    let with = |arguments: &[&str]| {
        let options = ["--homedir", home.path().to_str().unwrap(), "--batch", "--no-autostart"];
        let all: Vec<String> = options.iter().chain(arguments).map(|one| (*one).to_owned()).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        check_runs("gpg", &all, &brand);
    };
    with(&["--import", &key]);
    with(&["--verify", documents::place::SECURITY_TXT]);
}
