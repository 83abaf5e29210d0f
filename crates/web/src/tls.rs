//! TLS on our own doors: a certificate and its key in two files, which may be renewed while we serve.
//!
//! Owns their reading, the look at whether they changed, and the handshake's time. Never writes or shows a key, and never serves without TLS
//! where it was asked for: files that are broken when the program starts end it, and later ones leave the last good pair in use.

use rustls::ServerConfig;
use rustls::client::verify_server_name;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The files are looked at no more often.
const LOOK: Duration = Duration::from_secs(60);
/// A handshake takes no longer.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Larger than any chain of certificates.
const MAX_BYTES: u64 = 1 << 20;

/// The two files, with what was read of them.
pub struct TlsFiles {
    certificate: PathBuf,
    key: PathBuf,
    /// What is spoken inside, as ALPN names it.
    protocols: Vec<Vec<u8>>,
    held: Mutex<Held>,
}

/// The pair that is in use.
struct Held {
    config: Arc<ServerConfig>,
    /// The first certificate, as it is sent.
    leaf: Vec<u8>,
    stamp: Stamp,
    looked: Instant,
}

/// What changes when a file is renewed.
type Stamp = [Option<(SystemTime, u64)>; 2];

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file with the certificate.
    #[error("{0}")]
    Certificate(String),
    /// The file with the key, or that both do not belong together.
    #[error("{0}")]
    Key(String),
}

impl TlsFiles {
    /// Reads both; what is spoken inside is HTTP/1.1.
    ///
    /// # Errors
    /// [`TlsError`]: one cannot be read, or they do not fit together.
    pub fn open(certificate: &Path, key: &Path) -> Result<TlsFiles, TlsError> {
        TlsFiles::speaking(certificate, key, &["http/1.1"])
    }

    /// The same for doors of mail, where nobody asks what is spoken.
    ///
    /// # Errors
    /// As [`TlsFiles::open`].
    pub fn for_mail(certificate: &Path, key: &Path) -> Result<TlsFiles, TlsError> {
        TlsFiles::speaking(certificate, key, &[])
    }

    fn speaking(certificate: &Path, key: &Path, protocols: &[&str]) -> Result<TlsFiles, TlsError> {
        let protocols: Vec<Vec<u8>> = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let stamp = stamp(certificate, key);
        let (config, leaf) = read(certificate, key, &protocols)?;
        Ok(TlsFiles {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            protocols,
            held: Mutex::new(Held {
                config,
                leaf,
                stamp,
                looked: Instant::now(),
            }),
        })
    }

    /// The certificate that is in use, as it is sent.
    #[must_use]
    pub fn leaf(&self) -> Vec<u8> {
        self.at(Instant::now());
        self.held.lock().unwrap_or_else(PoisonError::into_inner).leaf.clone()
    }

    /// Those of these hosts that the certificate in use does not name: whoever comes to one of them is warned, or does not come in.
    #[must_use]
    pub fn unnamed(&self, hosts: Vec<String>) -> Vec<String> {
        let leaf = CertificateDer::from(self.leaf());
        let certificate = ParsedCertificate::try_from(&leaf);
        let is_named = |host: &str| match (&certificate, ServerName::try_from(host)) {
            (Ok(certificate), Ok(name)) => verify_server_name(certificate, &name).is_ok(),
            _ => false,
        };
        hosts.into_iter().filter(|host| !is_named(host)).collect()
    }

    /// Begins TLS on a connection that somebody made to us.
    ///
    /// # Errors
    /// The other side speaks no TLS, none that we speak, or takes too long.
    pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> io::Result<TlsStream<S>> {
        let acceptor = TlsAcceptor::from(self.at(Instant::now()));
        match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(begun) => begun,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// The pair in use at an instant. Two files are never renewed at once: where they do not fit together the old pair stays, and the next look
    /// finds the new one.
    fn at(&self, now: Instant) -> Arc<ServerConfig> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(held.looked) >= LOOK {
            held.looked = now;
            let stamp = stamp(&self.certificate, &self.key);
            if stamp != held.stamp {
                match read(&self.certificate, &self.key, &self.protocols) {
                    Ok((config, leaf)) => {
                        (held.config, held.leaf, held.stamp) = (config, leaf, stamp);
                        tracing::info!("a renewed certificate is in use");
                    }
                    Err(_) => tracing::warn!(
                        "the files of the certificate changed and do not fit together: the old pair stays in use"
                    ),
                }
            }
        }
        Arc::clone(&held.config)
    }
}

fn stamp(certificate: &Path, key: &Path) -> Stamp {
    [certificate, key].map(|file| {
        let found = std::fs::metadata(file).ok()?;
        Some((found.modified().ok()?, found.len()))
    })
}

fn read(certificate: &Path, key: &Path, protocols: &[Vec<u8>]) -> Result<(Arc<ServerConfig>, Vec<u8>), TlsError> {
    let bytes = |file: &Path| {
        let mut bytes = Vec::new();
        let read = File::open(file).and_then(|opened| opened.take(MAX_BYTES).read_to_end(&mut bytes));
        read.map(|_| bytes)
            .map_err(|error| format!("{}: {}", file.display(), error.kind()))
    };
    let wrong = |file: &Path, what: &str| format!("{} {what}", file.display());
    let text = bytes(certificate).map_err(TlsError::Certificate)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| TlsError::Certificate(wrong(certificate, "holds no certificate in PEM")))?;
    let leaf = chain.first().map(|first| first.to_vec()).unwrap_or_default();
    let secret = zeroize::Zeroizing::new(bytes(key).map_err(TlsError::Key)?);
    let secret = PrivateKeyDer::from_pem_slice(&secret)
        .map_err(|_| TlsError::Key(wrong(key, "holds no private key in PEM, without a passphrase")))?;
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let failed = |_| {
        TlsError::Key(wrong(
            key,
            "is no key that TLS can use here, or not that of the certificate",
        ))
    };
    let mut config = builder
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(failed)?;
    config.alpn_protocols = protocols.to_vec();
    Ok((Arc::new(config), leaf))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::process::{Command, Stdio};
    use tempfile::TempDir;

    /// Makes a certificate for a name, with its key; none where the program for that is not there.
    fn made(folder: &TempDir, name: &str) -> Option<(PathBuf, PathBuf)> {
        let (certificate, key) = (
            folder.path().join(format!("{name}.pem")),
            folder.path().join(format!("{name}.key")),
        );
        let run = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "30",
            ])
            .args([
                "-subj",
                &format!("/CN={name}"),
                "-addext",
                &format!("subjectAltName=DNS:{name}"),
            ])
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if run.is_ok_and(|status| status.success()) {
            return Some((certificate, key));
        }
        assert!(std::env::var("CI").as_deref() != Ok("true"), "skipped: needs openssl");
        println!("skipped: needs openssl");
        None
    }

    fn check_fault(certificate: &Path, key: &Path, expect: &str) {
        let fault = TlsFiles::open(certificate, key).err().map(|error| error.to_string());
        assert!(
            fault.as_ref().is_some_and(|fault| fault.contains(expect)),
            "{fault:?}: {expect}"
        );
    }

    #[test]
    fn files_that_do_not_fit_together_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let (Some((a, a_key)), Some((_, b_key))) = (made(&folder, "a.example"), made(&folder, "b.example")) else {
            return;
        };
        TlsFiles::open(&a, &a_key).map(drop).unwrap();
        check_fault(&folder.path().join("none"), &a_key, "none: entity not found");
        check_fault(&a, &folder.path().join("none"), "none: entity not found");
        check_fault(&a_key, &a_key, "holds no certificate");
        check_fault(&a, &a, "holds no private key");
        check_fault(&a, &b_key, "not that of the certificate");
    }

    #[test]
    fn hosts_that_the_certificate_does_not_name_are_told() {
        let folder = tempfile::tempdir().unwrap();
        for (name, hosts, expect) in [
            ("a.example", ["a.example", "rooms.a.example"], &["rooms.a.example"][..]),
            (
                "*.b.example",
                ["rooms.b.example", "csaf.data.security.b.example"],
                &["csaf.data.security.b.example"],
            ),
            ("c.example", ["c.example", "C.Example"], &[]),
            ("d.example", ["not a host", "d.example"], &["not a host"]),
        ] {
            let Some((certificate, key)) = made(&folder, name) else {
                return;
            };
            let files = TlsFiles::open(&certificate, &key).unwrap();
            assert_eq!(files.unnamed(hosts.map(str::to_owned).to_vec()), expect, "{name}");
        }
    }

    #[test]
    fn a_renewed_pair_is_taken_at_the_next_look_and_a_broken_one_never() {
        let folder = tempfile::tempdir().unwrap();
        let (Some((a, a_key)), Some((b, b_key))) = (made(&folder, "a.example"), made(&folder, "b.example")) else {
            return;
        };
        let files = TlsFiles::open(&a, &a_key).unwrap();
        let begun = Instant::now();
        let in_use = |later_s: u64| {
            files.at(begun + Duration::from_secs(later_s));
            files.held.lock().unwrap().leaf.clone()
        };
        let first = in_use(0);
        let second = CertificateDer::from_pem_slice(&fs::read(&b).unwrap()).unwrap().to_vec();
        fs::copy(&b, &a).unwrap();
        // Nobody looks yet; then the key is still the old one's.
        assert_eq!(in_use(30), first);
        assert_eq!(in_use(61), first);
        fs::copy(&b_key, &a_key).unwrap();
        assert_eq!(in_use(90), first, "once a minute");
        assert_eq!(in_use(122), second);
        fs::write(&a, "nonsense").unwrap();
        assert_eq!(in_use(190), second);
        fs::remove_file(&a).unwrap();
        assert_eq!(in_use(260), second);
    }
}
