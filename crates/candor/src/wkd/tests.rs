//! Where a key is looked for, what of an answer counts, and a directory on this machine that is asked under TLS.

use super::*;
use openpgp::{INTAKE_SEED_BYTES, SigningKey};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use zeroize::Zeroizing;

const RITA: &str = "Rita.Doe@Researcher.Example";
const MADE: i64 = 1_700_000_000;
const NOW: i64 = MADE + 1_000;

/// A key of Rita's, as a directory has it; the number makes it another one.
fn key(user_id: &str, until: Option<i64>, number: u8) -> Vec<u8> {
    let seeds = Zeroizing::new([number; INTAKE_SEED_BYTES]);
    let key = SigningKey::generate_intake(user_id, MADE, until, &seeds).unwrap();
    let address = user_id.split(['<', '>']).nth(1).unwrap();
    key.certificate().for_wkd(address).unwrap()
}

fn of_rita(number: u8) -> Vec<u8> {
    key("Rita <rita.doe@researcher.example>", None, number)
}

fn answer(status: u16, body: Vec<u8>) -> Result<Answer, FetchError> {
    Ok(Answer {
        status,
        content_type: None,
        allow_origin: None,
        redirects: Vec::new(),
        body,
    })
}

/// What is asked, in its order, and what comes of it: the host that has a key, or a part of the refusal.
fn check_look_up(answers: Vec<Result<Answer, FetchError>>, asked: &[&str], expect: Result<&str, &str>) {
    let (mut answers, mut questions) = (answers.into_iter(), Vec::new());
    let mut get = |place: &Url| {
        questions.push(place.to_string());
        answers.next().unwrap()
    };
    match (look_up(&mut get, RITA, NOW), expect) {
        (Ok(found), Ok(host)) => assert_eq!(found.host, host),
        (Err(why), Err(part)) => {
            let why = why.to_string();
            assert!(why.contains(part) && why.ends_with("Nothing was recorded."), "{why}");
        }
        (found, _) => panic!("{found:?}"),
    }
    assert_eq!(questions, asked);
}

const ADVANCED: &str = "https://openpgpkey.researcher.example/.well-known/openpgpkey/researcher.example/hu/\
                        4o8uufoeusrcyrwikd6ewsq34795dkab?l=Rita.Doe";
const DIRECT: &str = "https://researcher.example/.well-known/openpgpkey/hu/4o8uufoeusrcyrwikd6ewsq34795dkab?l=Rita.Doe";
const HOST: &str = "openpgpkey.researcher.example";

#[test]
fn a_host_for_keys_is_asked_and_the_domain_only_where_there_is_none() {
    let nobody = || Err(FetchError::NoSuchName(HOST.to_owned()));
    check_look_up(vec![answer(200, of_rita(1))], &[ADVANCED], Ok(HOST));
    let both = &[ADVANCED, DIRECT];
    check_look_up(vec![nobody(), answer(200, of_rita(1))], both, Ok("researcher.example"));
    check_look_up(vec![nobody(), nobody()], both, Err("is not known"));
    // Whoever is there has the say, also to say nothing.
    check_look_up(
        vec![answer(404, Vec::new())],
        &[ADVANCED],
        Err("has none for this address"),
    );
    check_look_up(vec![answer(500, Vec::new())], &[ADVANCED], Err("status 500"));
    check_look_up(vec![Err(FetchError::Redirects)], &[ADVANCED], Err("redirects"));
    let private = Err(FetchError::Private(HOST.to_owned()));
    check_look_up(vec![private], &[ADVANCED], Err("private network"));
}

#[test]
fn a_key_counts_that_says_the_address_and_works() {
    let check = |body: Vec<u8>, expect| check_look_up(vec![answer(200, body)], &[ADVANCED], expect);
    check(b"<html>not found</html>".to_vec(), Err("no OpenPGP key"));
    check(Vec::new(), Err("no OpenPGP key"));
    let of_sam = || key("Sam <sam@researcher.example>", None, 2);
    let ended = || key("Rita <rita.doe@researcher.example>", Some(MADE + 10), 3);
    check(of_sam(), Err("does not say this address"));
    check(ended(), Err("expired"));
    check([ended(), of_sam(), of_rita(1)].concat(), Ok(HOST));
    check([of_rita(1), b"\xff\xff".to_vec()].concat(), Ok(HOST));
}

/// A key directory on this machine that answers one question over TLS.
fn directory(body: Vec<u8>) -> (u16, std::thread::JoinHandle<String>) {
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
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serving = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let connection = rustls::ServerConnection::new(config).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, stream);
        let (mut question, mut byte) = (Vec::new(), [0]);
        while !question.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
            question.push(byte[0]);
        }
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        // Who has read enough goes away.
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        stream.conn.send_close_notify();
        let _ = stream.flush();
        String::from_utf8(question).unwrap()
    });
    (port, serving)
}

#[test]
fn a_directory_is_asked_under_tls_and_for_one_key_alone() {
    let authority = include_bytes!("../../../fetch/src/fixtures/authority.pem");
    let ask = |body: Vec<u8>| {
        let (port, serving) = directory(body);
        let limits = Limits {
            private: true,
            ..LIMITS
        };
        let mut client = Client::trusting(authority, USER_AGENT, limits, Plain::Never).unwrap();
        // The certificate of the test is for this name; the path is that of the question.
        let mut get = |place: &Url| {
            let mut here = Url::parse(&format!("https://a.localhost:{port}")).unwrap();
            here.set_path(place.path());
            here.set_query(place.query());
            client.get(&here)
        };
        let found = look_up(&mut get, RITA, NOW);
        drop(client);
        (found, serving.join().unwrap())
    };
    let (found, question) = ask(of_rita(1));
    assert!(found.unwrap().certificate.has_address(RITA));
    let path = ADVANCED.strip_prefix("https://openpgpkey.researcher.example").unwrap();
    assert!(question.starts_with(&format!("GET {path} HTTP/1.1\r\n")), "{question}");
    let (found, _) = ask(vec![b'x'; 70_000]);
    let why = found.unwrap_err().to_string();
    assert!(why.contains("more than the 65536 bytes"), "{why}");
}

#[test]
fn a_directory_in_a_private_network_is_not_asked() {
    let why = find("rita@researcher.localhost", NOW).unwrap_err().to_string();
    assert!(why.contains("private network"), "{why}");
}
