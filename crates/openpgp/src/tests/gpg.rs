//! GnuPG reads what we write, and we read what GnuPG writes.

use std::path::Path;
use std::process::{Command, Output};

use super::{DATA, KEY_CREATED, NOW, SIGNED, USER_ID, check_verify, key};
use crate::{Certificate, CertificateError, KeyError, Limits, SigningKey, VerifyError};

/// GnuPG with a key ring of its own and an agent that ends with the test.
pub(super) struct Gpg {
    home: tempfile::TempDir,
}

impl Gpg {
    /// `None`, with a printed reason, where gpg is not installed.
    pub(super) fn start() -> Option<Self> {
        if Command::new("gpg").arg("--version").output().is_err() {
            assert!(
                std::env::var_os("CI").is_none_or(|ci| ci != "true"),
                "gpg is missing, and CI must run every test"
            );
            println!("skipped: needs gpg");
            return None;
        }
        // The agent's socket lies in this folder, and the path of a socket has at most 107 bytes.
        let home = tempfile::Builder::new().prefix("g").tempdir_in("/tmp").unwrap();
        std::fs::write(home.path().join("data"), DATA).unwrap();
        Some(Self { home })
    }

    pub(super) fn path(&self, name: &str) -> std::path::PathBuf {
        self.home.path().join(name)
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Output {
        Command::new("gpg")
            .args([
                "--batch",
                "--no-tty",
                "--pinentry-mode",
                "loopback",
                "--passphrase",
                "",
                "--status-fd",
                "1",
            ])
            .arg("--homedir")
            .arg(self.home.path())
            .current_dir(self.home.path())
            .args(arguments)
            .output()
            .unwrap()
    }

    /// Standard output of a run that must succeed.
    pub(super) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "gpg {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub(super) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(super) fn write(&self, name: impl AsRef<Path>, text: &str) {
        std::fs::write(self.home.path().join(name), text).unwrap();
    }

    pub(super) fn certificate(&self) -> Certificate {
        self.certificate_of("")
    }

    /// The certificate of one user; of the only one, if none is named.
    pub(super) fn certificate_of(&self, user: &str) -> Certificate {
        let mut arguments = vec!["--yes", "--armor", "--output", "exported.asc", "--export"];
        arguments.extend(Some(user).filter(|user| !user.is_empty()));
        self.ok(&arguments);
        Certificate::parse(self.read("exported.asc").as_bytes(), Limits::default()).unwrap()
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        _ = Command::new("gpgconf")
            .arg("--homedir")
            .arg(self.home.path())
            .args(["--kill", "all"])
            .output();
    }
}

pub(super) fn clock(unix_seconds: i64) -> String {
    format!("--faked-system-time={unix_seconds}!")
}

#[test]
fn gpg_accepts_our_key_and_our_signature() {
    let Some(gpg) = Gpg::start() else { return };
    gpg.write("key.asc", &key().armored());
    gpg.write("data.asc", &key().sign_detached(DATA, SIGNED).unwrap());
    gpg.ok(&["--import", "key.asc"]);

    let fingerprint = key().fingerprint();
    let listed = gpg.ok(&["--with-colons", "--list-keys"]);
    let primary: Vec<_> = listed
        .lines()
        .find(|line| line.starts_with("pub:"))
        .unwrap()
        .split(':')
        .collect();
    assert_eq!(primary[3], "22", "the algorithm is EdDSA");
    assert_eq!(primary[5], KEY_CREATED.to_string(), "created when we said");
    assert_eq!(primary[6], "", "without expiry");
    assert_eq!(primary[11], "scSC", "certifies and signs");
    assert!(listed.contains(&format!("fpr:::::::::{fingerprint}:")), "{listed}");
    assert!(listed.contains(USER_ID), "{listed}");

    let verdict = gpg.ok(&["--verify", "data.asc", "data"]);
    assert!(verdict.contains("GOODSIG"), "{verdict}");
    let valid = verdict.lines().find(|line| line.contains("VALIDSIG")).unwrap();
    // VALIDSIG fingerprint date time expiry version reserved algorithm hash class primary: 10 is SHA-512, 00 binary.
    assert!(
        valid.contains(&format!(
            "VALIDSIG {fingerprint} 2024-03-02 {SIGNED} 0 4 0 22 10 00 {fingerprint}"
        )),
        "{valid}"
    );

    gpg.write("data", "something else");
    let refused = gpg.run(&["--verify", "data.asc", "data"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stdout).contains("BADSIG"));
}

#[test]
fn gpg_accepts_our_text_signed_in_place_and_we_accept_its() {
    let Some(gpg) = Gpg::start() else { return };
    let text = "Contact: mailto:psirt@example.com\n- a line with a dash\n";
    gpg.write("key.asc", &key().armored());
    gpg.write("ours.txt", &key().sign_cleartext(text, SIGNED).unwrap());
    gpg.ok(&["--import", "key.asc"]);
    let verdict = gpg.ok(&["--verify", "ours.txt"]);
    assert!(verdict.contains("GOODSIG"), "{verdict}");
    gpg.write("changed.txt", &gpg.read("ours.txt").replace("psirt", "prist"));
    assert!(!gpg.run(&["--verify", "changed.txt"]).status.success());

    let theirs = Gpg::start().unwrap();
    theirs.ok(&[
        &clock(KEY_CREATED),
        "--quick-generate-key",
        "Other <other@example.com>",
        "ed25519",
        "sign,cert",
        "2y",
    ]);
    theirs.write("text", text);
    theirs.ok(&[&clock(SIGNED), "--clear-sign", "text"]);
    let read = crate::verify_cleartext(&theirs.certificate(), theirs.read("text.asc").as_bytes(), NOW).unwrap();
    assert_eq!(read.1, text.trim_end());
}

/// Signatures by the primary key, and by a signing subkey once there is one, each at its own faked time.
fn check_gpg_signs(algorithm: &str) {
    let Some(gpg) = Gpg::start() else { return };
    gpg.ok(&[
        &clock(KEY_CREATED),
        "--quick-generate-key",
        "Other <other@example.com>",
        algorithm,
        "sign,cert",
        "2y",
    ]);
    gpg.ok(&[&clock(SIGNED), "--armor", "--detach-sign", "data"]);
    let (certificate, signature) = (gpg.certificate(), gpg.read("data.asc"));
    check_verify(&certificate, DATA, &signature, NOW, Ok(SIGNED));
    check_verify(&certificate, b"else", &signature, NOW, Err(VerifyError::Mismatch));
    check_verify(key().certificate(), DATA, &signature, NOW, Err(VerifyError::OtherKey));

    gpg.ok(&[
        &clock(SIGNED),
        "--quick-add-key",
        &certificate.fingerprint(),
        algorithm,
        "sign",
        "1y",
    ]);
    gpg.ok(&[&clock(NOW), "--yes", "--armor", "--detach-sign", "data"]);
    let (extended, by_subkey) = (gpg.certificate(), gpg.read("data.asc"));
    check_verify(&extended, DATA, &by_subkey, NOW, Ok(NOW));
    let verified = crate::verify_detached(&extended, DATA, by_subkey.as_bytes(), NOW).unwrap();
    assert_ne!(verified.signer, extended.fingerprint(), "made by the subkey");
    check_verify(&certificate, DATA, &by_subkey, NOW, Err(VerifyError::OtherKey));

    gpg.ok(&[&clock(NOW), "--yes", "--armor", "--textmode", "--detach-sign", "data"]);
    check_verify(&extended, DATA, &gpg.read("data.asc"), NOW, Err(VerifyError::NotBinary));
    gpg.ok(&[
        &clock(NOW),
        "--yes",
        "--armor",
        "--digest-algo",
        "SHA1",
        "--detach-sign",
        "data",
    ]);
    check_verify(
        &extended,
        DATA,
        &gpg.read("data.asc"),
        NOW,
        Err(VerifyError::NotAcceptable),
    );
}

#[test]
fn we_accept_what_gpg_signs_with_ed25519() {
    check_gpg_signs("ed25519");
}

#[test]
fn we_accept_what_gpg_signs_with_rsa() {
    check_gpg_signs("rsa2048");
}

/// SHA-1 was fit for documents until 2014, says rpgpie; but a forger chooses the date.
#[test]
fn sha1_is_refused_whatever_its_date() {
    let Some(gpg) = Gpg::start() else { return };
    let in_2012 = 1_331_000_000;
    gpg.ok(&[
        &clock(in_2012),
        "--quick-generate-key",
        "Other <other@example.com>",
        "rsa2048",
        "sign,cert",
        "never",
    ]);
    for (hash, expect) in [("SHA1", Err(VerifyError::NotAcceptable)), ("SHA256", Ok(in_2012))] {
        gpg.ok(&[
            &clock(in_2012),
            "--yes",
            "--armor",
            "--digest-algo",
            hash,
            "--detach-sign",
            "data",
        ]);
        check_verify(&gpg.certificate(), DATA, &gpg.read("data.asc"), NOW, expect);
    }
}

#[test]
fn a_dsa_key_is_refused() {
    let Some(gpg) = Gpg::start() else { return };
    gpg.ok(&[
        &clock(KEY_CREATED),
        "--quick-generate-key",
        "Other <other@example.com>",
        "dsa2048",
        "sign,cert",
        "never",
    ]);
    gpg.ok(&["--armor", "--output", "dsa.asc", "--export"]);
    let refusal = Certificate::parse(gpg.read("dsa.asc").as_bytes(), Limits::default()).unwrap_err();
    assert_eq!(
        refusal,
        CertificateError::Obsolete {
            what: "the algorithm DSA"
        }
    );
}

#[test]
fn an_encrypted_secret_key_is_not_taken_for_a_stored_one() {
    let Some(gpg) = Gpg::start() else { return };
    let with = ["--passphrase", "secret"];
    let created = clock(KEY_CREATED);
    gpg.ok(&[
        &with[..],
        &[
            &created,
            "--quick-generate-key",
            USER_ID,
            "ed25519",
            "sign,cert",
            "never",
        ],
    ]
    .concat());
    gpg.ok(&[&with[..], &["--output", "secret.pgp", "--export-secret-keys"]].concat());
    let exported = std::fs::read(gpg.path("secret.pgp")).unwrap();
    assert!(exported.len() > 100);
    assert_eq!(SigningKey::from_secret_bytes(&exported).unwrap_err(), KeyError::Stored);
}
