//! A mail server of the tests: it takes what it is handed, and says what it was told to say.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What a mail server was handed.
#[derive(Clone, Debug)]
pub(crate) struct Handed {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) message: String,
}

/// A mail server that takes what it is handed, unless it was told to say something else first.
pub(crate) struct Sink {
    pub(crate) address: String,
    handed: Arc<Mutex<Vec<Handed>>>,
    /// What it answers to the next messages, in place of `250`; nothing for hanging up.
    answers: Arc<Mutex<VecDeque<&'static str>>>,
    connections: Arc<AtomicUsize>,
}

/// What a mail server does where TLS is asked for.
#[derive(Clone)]
enum Courtesy {
    /// It does not offer any.
    None,
    /// It has a certificate.
    Tls(Arc<rustls::ServerConfig>),
    /// It offers TLS, and hangs up once somebody wants it.
    Broken,
}

impl Sink {
    pub(crate) fn start() -> Sink {
        Sink::at(Ipv4Addr::LOCALHOST, 0)
    }

    /// The same at an address of this machine.
    pub(crate) fn at(ip: Ipv4Addr, port: u16) -> Sink {
        Sink::serving((ip, port), Courtesy::None)
    }

    /// One with the certificate of the tests, which is that of `a.localhost`.
    pub(crate) fn with_tls() -> Sink {
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
        Sink::serving((Ipv4Addr::LOCALHOST, 0), Courtesy::Tls(Arc::new(config.unwrap())))
    }

    pub(crate) fn with_broken_tls() -> Sink {
        Sink::serving((Ipv4Addr::LOCALHOST, 0), Courtesy::Broken)
    }

    fn serving(at: (Ipv4Addr, u16), tls: Courtesy) -> Sink {
        let listener = TcpListener::bind(at).unwrap();
        let sink = Sink {
            address: listener.local_addr().unwrap().to_string(),
            handed: Arc::default(),
            answers: Arc::default(),
            connections: Arc::default(),
        };
        let (handed, answers) = (Arc::clone(&sink.handed), Arc::clone(&sink.answers));
        let connections = Arc::clone(&sink.connections);
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                // Whoever hangs up has ended this conversation alone.
                let _ = converse(socket, &tls, &handed, &answers);
            }
        });
        sink
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// How often somebody came.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn answers(&self, answers: &[&'static str]) {
        self.answers.lock().unwrap().extend(answers);
    }

    pub(crate) fn all(&self) -> Vec<Handed> {
        self.handed.lock().unwrap().clone()
    }

    pub(crate) fn one(&self) -> Handed {
        let all = self.all();
        assert_eq!(all.len(), 1, "{all:?}");
        all[0].clone()
    }
}

fn converse(
    mut socket: TcpStream,
    tls: &Courtesy,
    handed: &Mutex<Vec<Handed>>,
    answers: &Mutex<VecDeque<&'static str>>,
) -> std::io::Result<()> {
    socket.write_all(b"220 mx.test\r\n")?;
    if matches!(tls, Courtesy::None) {
        return serve(BufReader::new(socket), "SIZE", handed, answers);
    }
    let mut read = BufReader::new(socket);
    let mut line = String::new();
    read.read_line(&mut line)?;
    read.get_mut().write_all(b"250-mx.test\r\n250 STARTTLS\r\n")?;
    line.clear();
    read.read_line(&mut line)?;
    let Courtesy::Tls(tls) = tls else {
        return match line.as_str() {
            "STARTTLS\r\n" => read.get_mut().write_all(b"220 go\r\n"),
            _ => serve_on(read, &line, "SIZE", handed, answers),
        };
    };
    assert_eq!(line, "STARTTLS\r\n", "nothing goes before it");
    read.get_mut().write_all(b"220 go\r\n")?;
    let connection = rustls::ServerConnection::new(Arc::clone(tls)).unwrap();
    let stream = rustls::StreamOwned::new(connection, read.into_inner());
    serve(BufReader::new(stream), "AUTH PLAIN", handed, answers)
}

fn serve<S: Read + Write>(
    wire: BufReader<S>,
    offers: &str,
    handed: &Mutex<Vec<Handed>>,
    answers: &Mutex<VecDeque<&'static str>>,
) -> std::io::Result<()> {
    serve_on(wire, "", offers, handed, answers)
}

/// The same after a first line that was read already, if there is one.
fn serve_on<S: Read + Write>(
    mut wire: BufReader<S>,
    first: &str,
    offers: &str,
    handed: &Mutex<Vec<Handed>>,
    answers: &Mutex<VecDeque<&'static str>>,
) -> std::io::Result<()> {
    let (mut from, mut to) = (String::new(), String::new());
    let mut first = Some(first.to_owned()).filter(|first| !first.is_empty());
    loop {
        let mut line = first.take().unwrap_or_default();
        if line.is_empty() && wire.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let address = || line.trim_end().split(['<', '>']).nth(1).unwrap_or_default().to_owned();
        let answer = match line.split([' ', ':', '\r']).next().unwrap_or_default() {
            "EHLO" => format!("250-mx.test\r\n250 {offers}\r\n"),
            "MAIL" => {
                from = address();
                "250 ok\r\n".to_owned()
            }
            "RCPT" => {
                to = address();
                "250 ok\r\n".to_owned()
            }
            "DATA" => {
                wire.get_mut().write_all(b"354 go\r\n")?;
                let mut message = String::new();
                loop {
                    let mut line = String::new();
                    wire.read_line(&mut line)?;
                    assert!(line.ends_with("\r\n"), "{line:?}");
                    if line == ".\r\n" {
                        break;
                    }
                    message.push_str(line.strip_prefix('.').unwrap_or(&line));
                }
                let (from, to) = (from.clone(), to.clone());
                handed.lock().unwrap().push(Handed { from, to, message });
                match answers.lock().unwrap().pop_front() {
                    Some("") => return Ok(()),
                    Some(answer) => format!("{answer}\r\n"),
                    None => "250 2.0.0 queued\r\n".to_owned(),
                }
            }
            "AUTH" => "235 welcome\r\n".to_owned(),
            _ => "221 bye\r\n".to_owned(),
        };
        wire.get_mut().write_all(answer.as_bytes())?;
        wire.get_mut().flush()?;
    }
}
