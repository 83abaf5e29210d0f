//! What a server on this machine may do to the client, and what the client never does.

use super::*;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

/// A server that gives these answers, one for each connection, and tells what it was asked.
fn server(answers: Vec<String>) -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = thread::spawn(move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut question = Vec::new();
            let mut byte = [0];
            // A question ends with an empty line; one in TLS is not read on.
            while !question.ends_with(b"\r\n\r\n") && question != b"\x16" && stream.read(&mut byte).unwrap() == 1 {
                question.push(byte[0]);
            }
            asked.push(String::from_utf8_lossy(&question).into_owned());
            // A client that has read enough closes early.
            let _ = stream.write_all(answer.as_bytes());
        }
        asked
    });
    (port, serving)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

fn limits() -> Limits {
    Limits {
        bytes: 64,
        redirects: 2,
        ..Limits::default()
    }
}

fn ask(port: u16, path: &str) -> Result<Answer, FetchError> {
    let address = Url::parse(&format!("http://a.localhost:{port}{path}")).unwrap();
    Client::new("test", limits(), Plain::OnLoopback).get(&address)
}

#[test]
fn an_answer_is_told_with_the_headers_that_matter() {
    let headers = "Content-Type: application/json\r\nAccess-Control-Allow-Origin: *\r\n";
    let (port, serving) = server(vec![answer("200 OK", headers, "{}")]);
    let got = ask(port, "/a.json#part").unwrap();
    assert_eq!((got.status, got.body.as_slice()), (200, &b"{}"[..]));
    assert_eq!(got.content_type.as_deref(), Some("application/json"));
    assert_eq!(got.allow_origin.as_deref(), Some("*"));
    assert_eq!(got.redirects, []);
    let asked = serving.join().unwrap().remove(0).to_ascii_lowercase();
    assert!(asked.starts_with("get /a.json http/1.1\r\n"), "{asked}");
    assert!(asked.contains(&format!("host: a.localhost:{port}\r\n")) && asked.contains("user-agent: test\r\n"));
    for never in ["cookie", "authorization", "referer"] {
        assert!(!asked.contains(never), "{asked}");
    }
}

#[test]
fn every_status_is_an_answer() {
    let (port, _) = server(vec![answer("404 Not Found", "", "no"), answer("500 Oh", "", "")]);
    assert_eq!(ask(port, "/").unwrap().status, 404);
    assert_eq!(ask(port, "/").unwrap().status, 500);
}

#[test]
fn a_redirect_is_followed_and_told() {
    let (port, _) = server(vec![
        answer("302 Found", "Location: /b\r\n", ""),
        answer("200 OK", "", "b"),
    ]);
    let got = ask(port, "/a").unwrap();
    assert_eq!(got.body, b"b");
    assert_eq!(got.redirects.iter().map(Url::path).collect::<Vec<_>>(), ["/b"]);
}

#[test]
fn redirects_end() {
    let again = || answer("302 Found", "Location: /a\r\n", "");
    let (port, _) = server(vec![again(), again(), again()]);
    assert_eq!(ask(port, "/a"), Err(FetchError::Redirects));
    let (port, _) = server(vec![answer("302 Found", "Location: http://[\r\n", "")]);
    assert_eq!(ask(port, "/a"), Err(FetchError::Redirects));
    let (port, _) = server(vec![answer("302 Found", "Location: http://192.0.2.1/\r\n", "")]);
    assert_eq!(ask(port, "/a"), Err(FetchError::NotHttps("http://192.0.2.1/".into())));
}

#[test]
fn what_is_too_large_is_not_read() {
    let (port, _) = server(vec![answer("200 OK", "", &"x".repeat(65))]);
    assert_eq!(ask(port, "/"), Err(FetchError::TooLarge(64)));
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(1 << 20));
    let (port, _) = server(vec![endless]);
    assert_eq!(ask(port, "/"), Err(FetchError::TooLarge(64)));
}

#[test]
fn nonsense_is_an_error() {
    for nonsense in ["", "\r\n\r\n", "HTTP/1.1 OK\r\n\r\n", "\u{0}\u{1}\u{2}"] {
        let (port, _) = server(vec![nonsense.to_owned()]);
        assert!(
            matches!(ask(port, "/"), Err(FetchError::Connection { .. })),
            "{nonsense:?}"
        );
    }
}

#[test]
fn plain_text_is_for_this_machine_alone() {
    fn check_refused(address: &str, plain: Plain) {
        let refused = Client::new("test", limits(), plain).get(&Url::parse(address).unwrap());
        assert!(
            matches!(refused, Err(FetchError::NotHttps(_))),
            "{address}: {refused:?}"
        );
    }
    check_refused("http://localhost:1/", Plain::Never);
    check_refused("http://192.0.2.1/", Plain::OnLoopback);
    check_refused("http://localhost.example/", Plain::OnLoopback);
    check_refused("file:///etc/passwd", Plain::OnLoopback);
    check_refused("https://user:secret@localhost:1/", Plain::Never);
    let refused = Client::new("test", limits(), Plain::Never)
        .get(&Url::parse("https://user:secret@localhost:1/").unwrap())
        .unwrap_err();
    assert!(!refused.to_string().contains("secret"), "{refused}");
}

#[test]
fn a_server_without_tls_is_told_as_such() {
    let (port, _) = server(vec!["HTTP/1.1 400 Bad Request\r\n\r\n".to_owned()]);
    let address = Url::parse(&format!("https://localhost:{port}/")).unwrap();
    let refused = Client::new("test", limits(), Plain::Never).get(&address).unwrap_err();
    assert!(matches!(refused, FetchError::Tls { .. }), "{refused:?}");
}

#[test]
fn a_client_asks_so_often_and_no_more() {
    let (port, _) = server(vec![answer("200 OK", "", "")]);
    let address = Url::parse(&format!("http://localhost:{port}/")).unwrap();
    let few = Limits {
        questions: 1,
        ..limits()
    };
    let mut client = Client::new("test", few, Plain::OnLoopback);
    assert_eq!(client.get(&address).unwrap().status, 200);
    assert_eq!(client.get(&address), Err(FetchError::Spent));
    let over = Limits {
        total: Duration::ZERO,
        ..limits()
    };
    let mut client = Client::new("test", over, Plain::OnLoopback);
    assert_eq!(client.get(&address), Err(FetchError::Spent));
}

/// Asks a TLS server whose certificate is of an authority of its own; `trusted` are the certificates that the client has.
fn ask_over_tls(trusted: Option<&[u8]>) -> Result<Answer, FetchError> {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let certificate = CertificateDer::from_pem_slice(include_bytes!("fixtures/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("fixtures/server.key")).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let connection = rustls::ServerConnection::new(std::sync::Arc::new(config)).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, stream);
        // Who does not trust the certificate goes away before it asks.
        if stream.read(&mut [0; 1024]).is_ok() {
            stream.write_all(answer("200 OK", "", "{}").as_bytes()).unwrap();
            stream.conn.send_close_notify();
            stream.flush().unwrap();
        }
    });
    let mut client = match trusted {
        None => Client::new("test", limits(), Plain::Never),
        Some(pem) => Client::trusting(pem, "test", limits(), Plain::Never)?,
    };
    let got = client.get(&Url::parse(&format!("https://a.localhost:{port}/")).unwrap());
    drop(client);
    serving.join().unwrap();
    got
}

#[test]
fn an_authority_of_the_network_is_trusted_where_it_is_given() {
    let authority: &[u8] = include_bytes!("fixtures/authority.pem");
    let got = ask_over_tls(Some(authority)).unwrap();
    assert_eq!((got.status, got.body.as_slice()), (200, &b"{}"[..]));
    let refused = ask_over_tls(None).unwrap_err();
    assert!(matches!(refused, FetchError::Tls { .. }), "{refused}");
    let key: &[u8] = include_bytes!("fixtures/server.key");
    for nothing in [b"".as_slice(), b"no certificate", key] {
        let refused = Client::trusting(nothing, "test", limits(), Plain::Never).unwrap_err();
        assert_eq!(refused, FetchError::NoCertificate);
    }
}

#[test]
fn private_networks_are_not_asked_where_they_are_refused() {
    let refused = Limits {
        private: false,
        ..limits()
    };
    for address in [
        "https://10.0.0.1/",
        "https://[::1]/",
        "http://127.0.0.1:1/",
        "http://a.localhost:1/",
    ] {
        let address = Url::parse(address).unwrap();
        let mut client = Client::new("test", refused, Plain::OnLoopback);
        let host = client.get(&address);
        assert!(matches!(host, Err(FetchError::Private(_))), "{address}: {host:?}");
    }
}
