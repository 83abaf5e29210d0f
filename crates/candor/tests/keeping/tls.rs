//! TLS on our own doors through the built binary: the portal by https, mail by STARTTLS, and files that cannot be used.

use crate::house::*;
use crate::mail::{Serving, address, letter, rows};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

type Secured = StreamOwned<ClientConnection, TcpStream>;

/// TLS on a connection, with whom the test's authority vouches for.
fn secured(stream: TcpStream, name: &str) -> Secured {
    let mut roots = RootCertStore::empty();
    let authority = include_bytes!("../../../fetch/src/fixtures/authority.pem");
    roots.add(CertificateDer::from_pem_slice(authority).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), stream)
}

/// The house with the certificate of `a.localhost` for its doors.
fn certified(base: &TempDir) -> std::path::PathBuf {
    let dir = house(base);
    fs::create_dir(dir.join("tls")).unwrap();
    fs::write(
        dir.join("tls/a.pem"),
        include_bytes!("../../../fetch/src/fixtures/server.pem"),
    )
    .unwrap();
    fs::write(
        dir.join("tls/a.key"),
        include_bytes!("../../../fetch/src/fixtures/server.key"),
    )
    .unwrap();
    configure(&dir, "tls/a.pem", "tls/a.key");
    dir
}

fn configure(dir: &Path, certificate: &str, key: &str) {
    let file = dir.join("candor.toml");
    let mut settings: toml::Table = fs::read_to_string(&file).unwrap().parse().unwrap();
    let empty = || toml::Value::Table(toml::Table::new());
    let listen = settings.entry("listen").or_insert_with(empty).as_table_mut().unwrap();
    listen.insert("tls_cert_file".to_owned(), certificate.into());
    listen.insert("tls_key_file".to_owned(), key.into());
    fs::write(&file, settings.to_string()).unwrap();
}

fn asked(mut stream: impl std::io::Read + std::io::Write, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: a.localhost\r\nAccept: text/html\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(request.as_bytes());
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn the_portal_speaks_tls_and_nothing_else_once_it_has_a_certificate() {
    let base = TempDir::new().unwrap();
    let dir = certified(&base);
    let serving = Serving::start(&dir);
    let page = asked(
        secured(TcpStream::connect(&serving.portal).unwrap(), "a.localhost"),
        "/none",
    );
    assert!(
        page.starts_with("HTTP/1.1 404") && page.contains("There is nothing at this address"),
        "{page}"
    );
    // Who was here comes back over TLS; of other hosts nothing is said.
    let said = page.to_lowercase();
    assert!(
        said.contains("strict-transport-security: max-age=31536000\r\n"),
        "{page}"
    );
    // In clear there is no answer, whatever is asked.
    let clear = asked(TcpStream::connect(&serving.portal).unwrap(), "/room/secret");
    assert!(!clear.contains("HTTP/1.1"), "{clear}");
    let status = serving.page("/status");
    assert!(status.contains("It ends Tue 29 Oct 2126"), "{status}");
    assert!(status.contains("The certificate does not name "), "{status}");
    let said = serving.end();
    assert!(
        said.contains("portal: https://") && said.contains("desk: http://"),
        "{said}"
    );
    let warning = said
        .lines()
        .find(|line| line.starts_with("warning: "))
        .unwrap_or_default();
    for host in ["nozomi-networks.example", "csaf.data.security.128-technology.example"] {
        assert!(warning.contains("does not name") && warning.contains(host), "{said}");
    }
}

#[test]
fn mail_from_other_machines_comes_in_under_tls_that_begins_in_clear() {
    let base = TempDir::new().unwrap();
    let dir = certified(&base);
    let to = address(&dir);
    let serving = Serving::start_with(&dir, "0.0.0.0");
    for (place, hello) in [(&serving.lmtp, "LHLO"), (&serving.smtp, "EHLO")] {
        let mut wire = BufReader::new(TcpStream::connect(place).unwrap());
        said_to(&mut wire, "", "220");
        let offered = said_to(&mut wire, &format!("{hello} mx.test\r\n"), "250");
        assert!(offered.contains("STARTTLS"), "{offered}");
        // What stands behind the command in clear was put there by somebody on the way: it counts for nothing.
        let injected = "STARTTLS\r\nMAIL FROM:<m@example.org>\r\n";
        said_to(&mut wire, injected, "220");
        let mut wire = BufReader::new(secured(wire.into_inner(), "a.localhost"));
        let offered = said_to(&mut wire, &format!("{hello} mx.test\r\n"), "250");
        assert!(!offered.contains("STARTTLS"), "{offered}");
        said_to(&mut wire, &format!("RCPT TO:<{to}>\r\n"), "503");
        said_to(&mut wire, "MAIL FROM:<rita@researcher.example>\r\n", "250");
        said_to(&mut wire, &format!("RCPT TO:<{to}>\r\n"), "250");
        said_to(&mut wire, "DATA\r\n", "354");
        said_to(&mut wire, &format!("{}.\r\n", letter(&format!("By {hello}."))), "250");
        said_to(&mut wire, "QUIT\r\n", "221");
    }
    let status = serving.page("/status");
    assert!(status.contains("with STARTTLS for whoever begins it"), "{status}");
    serving.end();
    assert_eq!(rows(&dir).len(), 2);
    // On this machine alone there is nobody on the way.
    let serving = Serving::start(&dir);
    let mut wire = BufReader::new(TcpStream::connect(&serving.lmtp).unwrap());
    said_to(&mut wire, "", "220");
    assert!(!said_to(&mut wire, "LHLO mx.test\r\n", "250").contains("STARTTLS"));
    drop(wire);
    serving.end();
}

/// Says something and gives the answer, which has to begin so.
fn said_to(wire: &mut BufReader<impl std::io::Read + std::io::Write>, text: &str, code: &str) -> String {
    wire.get_mut().write_all(text.as_bytes()).unwrap();
    wire.get_mut().flush().unwrap();
    let mut answer = String::new();
    loop {
        let mut line = String::new();
        assert!(wire.read_line(&mut line).unwrap() > 0, "{text}: {answer}");
        answer.push_str(&line);
        if line.as_bytes().get(3) != Some(&b'-') {
            break;
        }
    }
    assert!(answer.starts_with(code), "{text}: {answer}");
    answer
}

#[test]
fn files_that_cannot_be_used_end_it_before_it_serves() {
    let base = TempDir::new().unwrap();
    let dir = certified(&base);
    for (certificate, key, words) in [
        ("tls/none.pem", "tls/a.key", "`listen.tls_cert_file`: "),
        ("tls/a.key", "tls/a.key", "holds no certificate"),
        ("tls/a.pem", "tls/a.pem", "holds no private key"),
    ] {
        configure(&dir, certificate, key);
        let text = fs::read_to_string(dir.join("candor.toml")).unwrap();
        let what = if words.contains("private") {
            "tls_key_file"
        } else {
            "tls_cert_file"
        };
        let line = text.lines().position(|line| line.starts_with(what)).unwrap() + 1;
        refused(&dir, &["serve"], &[words, &format!("candor.toml:{line}: ")]);
    }
}
