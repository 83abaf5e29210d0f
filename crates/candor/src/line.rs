//! A line to a mail server: its socket, its TLS, its time.
//!
//! Owns how long anything takes at most, and which certificates are believed. What is said on it is others' matter. Blocks its thread, and never
//! logs.

use crate::failure::Failure;
use mail::smtp::Security;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme, StreamOwned};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a connection and one answer take at most.
const STEP: Duration = Duration::from_secs(60);
/// Largest file of a password or of authorities.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Why a line ended.
pub(crate) enum Trouble {
    /// Nobody is there.
    NoServer,
    /// TLS did not begin.
    Tls,
    /// It ended, or took too long.
    Connection,
}

impl From<io::Error> for Trouble {
    fn from(_: io::Error) -> Trouble {
        Trouble::Connection
    }
}

/// A small file of the configuration.
pub(crate) fn text(file: &Path) -> Result<String, Failure> {
    let failed = |error: io::Error| Failure::file(file, &error);
    let mut text = String::new();
    let opened = std::fs::File::open(file).map_err(failed)?;
    opened.take(MAX_FILE_BYTES).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

/// Whom a line believes; `key` names the file of the authorities, for whoever has to mend it.
pub(crate) fn tls(security: Security, authorities: Option<&str>, key: &str) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(ring::default_provider());
    let failed = |_| Failure::machine(format!("TLS cannot be set up: look at `{key}`"));
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(failed)?;
    if security != Security::Required {
        let anybody = Arc::new(Anybody(provider));
        let builder = builder.dangerous().with_custom_certificate_verifier(anybody);
        return Ok(builder.with_no_client_auth());
    }
    let verifier = verifier(authorities, key)?;
    Ok(builder.with_webpki_verifier(verifier).with_no_client_auth())
}

/// Who says whether a server has the name that it is called by.
pub(crate) fn verifier(authorities: Option<&str>, key: &str) -> Result<Arc<WebPkiServerVerifier>, Failure> {
    let mut roots = RootCertStore::empty();
    match authorities {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(text) => {
            for authority in CertificateDer::pem_slice_iter(text.as_bytes()) {
                let wrong = || Failure::machine(format!("`{key}` holds something that is no certificate"));
                let authority = authority.map_err(|_| wrong())?;
                roots.add(authority).map_err(|_| wrong())?;
            }
        }
    }
    let provider = Arc::new(ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    verifier.map_err(|_| Failure::machine(format!("`{key}` holds no certificate")))
}

/// Whether the server on a line proved that it has this name. The handshake showed that the certificate is its own.
pub(crate) fn is_proven(verifier: &WebPkiServerVerifier, line: &Line, name: &str) -> bool {
    let Line::Tls(stream) = line else { return false };
    let certificates = stream.conn.peer_certificates().unwrap_or_default();
    let (Some((own, others)), Ok(name)) = (certificates.split_first(), ServerName::try_from(name)) else {
        return false;
    };
    let verdict = verifier.verify_server_cert(own, others, &name, &[], UnixTime::now());
    verdict.is_ok()
}

/// Where TLS is a courtesy, the certificate is whatever the server has: without it the letter would go in clear. The handshake's own signature
/// still has to be right.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// A socket that gives up at an instant, however little comes until then. TLS reads and writes as often as it likes for one record, and all of
/// that is one answer.
pub(crate) struct Timed {
    socket: TcpStream,
    until: Instant,
}

impl Timed {
    /// What is left of the time, at most a step.
    fn left(&self) -> io::Result<Duration> {
        match self.until.saturating_duration_since(Instant::now()).min(STEP) {
            Duration::ZERO => Err(io::ErrorKind::TimedOut.into()),
            left => Ok(left),
        }
    }
}

impl Read for Timed {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(self.left()?))?;
        self.socket.read(bytes)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(self.left()?))?;
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

/// A connection, in clear or under TLS.
pub(crate) enum Line {
    Clear(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
}

impl Line {
    /// A connection that begins in clear.
    pub(crate) fn clear(socket: TcpStream) -> Line {
        let until = Instant::now() + STEP;
        Line::Clear(Timed { socket, until })
    }

    /// The same connection under TLS, with a server of this name, within the time that it has.
    pub(crate) fn secured(self, tls: &Arc<ClientConfig>, name: &str) -> Result<Line, Trouble> {
        let Line::Clear(socket) = self else {
            return Err(Trouble::Tls);
        };
        let name = ServerName::try_from(name.to_owned()).map_err(|_| Trouble::Tls)?;
        let connection = ClientConnection::new(Arc::clone(tls), name).map_err(|_| Trouble::Tls)?;
        let mut stream = StreamOwned::new(connection, socket);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock).map_err(|_| Trouble::Tls)?;
        }
        Ok(Line::Tls(Box::new(stream)))
    }

    /// Whatever is read or written from now on has happened by this instant, and each step of it in its own time.
    pub(crate) fn hurry(&mut self, until: Instant) -> Result<(), Trouble> {
        let timed = match self {
            Line::Clear(socket) => socket,
            Line::Tls(stream) => stream.get_mut(),
        };
        timed.until = until;
        timed.left().map(drop).map_err(Trouble::from)
    }

    pub(crate) fn stream(&mut self) -> &mut dyn ReadWrite {
        match self {
            Line::Clear(socket) => socket,
            Line::Tls(stream) => stream.as_mut(),
        }
    }
}

pub(crate) trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

/// The same to one address, in a given time.
pub(crate) fn connect_to(address: SocketAddr, until: Instant) -> Result<TcpStream, Trouble> {
    let left = until.saturating_duration_since(Instant::now()).min(STEP / 4);
    if left.is_zero() {
        return Err(Trouble::NoServer);
    }
    let socket = TcpStream::connect_timeout(&address, left).map_err(|_| Trouble::NoServer)?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

/// A connection in clear.
pub(crate) fn connect(server: &str) -> Result<TcpStream, Trouble> {
    let addresses = server.to_socket_addrs().map_err(|_| Trouble::NoServer)?;
    let mut sockets = addresses
        .take(4)
        .map(|address| TcpStream::connect_timeout(&address, STEP / 4));
    let socket = sockets.find_map(Result::ok).ok_or(Trouble::NoServer)?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, TcpListener};
    use std::thread;

    /// Bytes that take far longer than any line of these tests has.
    const ALL: usize = 400;

    /// A server that sends the beginning of something long, and then of it a byte now and then. Says how many bytes somebody took.
    fn trickling(begins: &'static [u8]) -> (SocketAddr, thread::JoinHandle<usize>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let serving = thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            socket.write_all(begins).unwrap();
            (0..ALL)
                .take_while(|_| {
                    thread::sleep(Duration::from_millis(20));
                    socket.write_all(b"\0").is_ok()
                })
                .count()
        });
        (address, serving)
    }

    #[test]
    fn a_server_that_trickles_ends_the_line_under_tls_too() {
        // A record of a handshake of sixteen kibibytes (RFC 8446 §5.1).
        let (address, serving) = trickling(&[0x16, 3, 3, 0x40, 0]);
        let tls = Arc::new(tls(Security::Opportunistic, None, "none").ok().unwrap());
        let mut line = Line::clear(TcpStream::connect(address).unwrap());
        line.hurry(Instant::now() + Duration::from_millis(200)).ok().unwrap();
        assert!(matches!(line.secured(&tls, "vendor.example"), Err(Trouble::Tls)));
        assert!(serving.join().unwrap() < ALL, "the line ends before the server does");
    }

    #[test]
    fn a_line_whose_time_is_over_reads_nothing() {
        let (address, serving) = trickling(b"220 ");
        let mut line = Line::clear(TcpStream::connect(address).unwrap());
        assert!(line.hurry(Instant::now()).is_err());
        let error = line.stream().read(&mut [0; 4]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(line);
        assert!(serving.join().unwrap() < ALL);
    }
}
