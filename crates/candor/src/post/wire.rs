//! The conversation with our mail server: its socket, its TLS, its time.
//!
//! Owns the limits of time. What is said is `mail::smtp`'s. Blocks its thread, and never logs.

use crate::config::{Mail, Tls};
use crate::failure::Failure;
use mail::smtp::{Ask, Errand, Handed, Handing, Login, Security};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme, StreamOwned};
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long one conversation takes at most: less than a letter is claimed for.
const WHOLE: Duration = Duration::from_secs(200);
/// How long a connection and one answer take at most.
const STEP: Duration = Duration::from_secs(60);
/// Largest file of a password or of authorities.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// The way to the mail server.
#[derive(Clone)]
pub(crate) struct Way {
    /// `mail.vendor.example:587`.
    server: String,
    /// Its name, for its certificate.
    name: String,
    pub(crate) security: Security,
    pub(crate) login: Option<Login>,
    /// Our name in the greeting, if not the brand's host.
    pub(crate) host: Option<String>,
    /// The address in `From`, if not the brand's.
    pub(crate) from: Option<String>,
    tls: Arc<ClientConfig>,
}

impl Way {
    /// The way that the configuration describes; none if it describes none.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn of(mail: &Mail, root: &Path) -> Result<Option<Way>, Failure> {
        let Some(out) = &mail.out else { return Ok(None) };
        let password = out
            .password_file
            .as_ref()
            .map(|file| text(&root.join(file)))
            .transpose()?;
        let login = out.user.clone().zip(password);
        let authorities = out.ca_file.as_ref().map(|file| text(&root.join(file))).transpose()?;
        let security = match out.tls() {
            Tls::Required => Security::Required,
            Tls::Opportunistic => Security::Opportunistic,
            Tls::Off => Security::Off,
        };
        Ok(Some(Way {
            server: out.smart_host.address(),
            name: out.smart_host.name.clone(),
            security,
            login: login.map(|(user, password)| Login {
                user,
                password: password.trim_end().to_owned(),
            }),
            host: mail.host.clone(),
            from: out.from.clone(),
            tls: Arc::new(tls(security, authorities.as_deref())?),
        }))
    }
}

fn text(file: &Path) -> Result<String, Failure> {
    let failed = |error: io::Error| Failure::file(file, &error);
    let mut text = String::new();
    let opened = std::fs::File::open(file).map_err(failed)?;
    opened.take(MAX_FILE_BYTES).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

fn tls(security: Security, authorities: Option<&str>) -> Result<ClientConfig, Failure> {
    let provider = Arc::new(ring::default_provider());
    let failed = |_| Failure::machine("TLS cannot be set up: look at `mail.out.ca_file`");
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(failed)?;
    if security != Security::Required {
        let anybody = Arc::new(Anybody(provider));
        let builder = builder.dangerous().with_custom_certificate_verifier(anybody);
        return Ok(builder.with_no_client_auth());
    }
    let mut roots = RootCertStore::empty();
    match authorities {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(text) => {
            for authority in CertificateDer::pem_slice_iter(text.as_bytes()) {
                let wrong = || Failure::machine("`mail.out.ca_file` holds something that is no certificate");
                let authority = authority.map_err(|_| wrong())?;
                roots.add(authority).map_err(|_| wrong())?;
            }
        }
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    let verifier = verifier.map_err(|_| Failure::machine("`mail.out.ca_file` holds no certificate"))?;
    Ok(builder.with_webpki_verifier(verifier).with_no_client_auth())
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

enum Line {
    Clear(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Line {
    fn socket(&self) -> &TcpStream {
        match self {
            Line::Clear(socket) => socket,
            Line::Tls(stream) => stream.get_ref(),
        }
    }

    fn stream(&mut self) -> &mut dyn ReadWrite {
        match self {
            Line::Clear(socket) => socket,
            Line::Tls(stream) => stream.as_mut(),
        }
    }
}

trait ReadWrite: Read + Write {}
impl<T: Read + Write> ReadWrite for T {}

/// Hands a message over, and says what is known of it then.
pub(super) fn hand_over(way: &Way, errand: Errand) -> Handed {
    let until = Instant::now() + WHOLE;
    let mut handing = Handing::new(errand);
    match converse(way, &mut handing, until) {
        Ok(handed) => handed,
        Err(Trouble::Connection) => handing.ended(),
        Err(Trouble::NoServer) => Handed::Later("the mail server does not answer".to_owned()),
        Err(Trouble::Tls) => Handed::Later("the mail server's TLS cannot be trusted".to_owned()),
    }
}

enum Trouble {
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

fn converse(way: &Way, handing: &mut Handing, until: Instant) -> Result<Handed, Trouble> {
    let mut line = Line::Clear(connect(&way.server)?);
    let mut read = vec![0; 4_096];
    loop {
        hurry(line.socket(), until)?;
        let count = line.stream().read(&mut read)?;
        if count == 0 {
            return Err(Trouble::Connection);
        }
        let Some(mut ask) = handing.heard(read.get(..count).unwrap_or_default()) else {
            continue;
        };
        if ask == Ask::StartTls {
            let Line::Clear(socket) = line else {
                return Err(Trouble::Tls);
            };
            line = Line::Tls(Box::new(secured(way, socket)?));
            ask = handing.is_secure_now();
        }
        match ask {
            Ask::Say(bytes) => {
                hurry(line.socket(), until)?;
                line.stream().write_all(&bytes)?;
                line.stream().flush()?;
            }
            Ask::End(bytes, handed) => {
                // Whether it hears our goodbye changes nothing.
                let _ = line.stream().write_all(&bytes).and_then(|()| line.stream().flush());
                return Ok(handed);
            }
            Ask::StartTls => return Err(Trouble::Tls),
        }
    }
}

fn connect(server: &str) -> Result<TcpStream, Trouble> {
    let addresses = server.to_socket_addrs().map_err(|_| Trouble::NoServer)?;
    let mut sockets = addresses
        .take(4)
        .map(|address| TcpStream::connect_timeout(&address, STEP / 4));
    let socket = sockets.find_map(Result::ok).ok_or(Trouble::NoServer)?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

/// What is left of the time, at most a step.
fn hurry(socket: &TcpStream, until: Instant) -> Result<(), Trouble> {
    let left = until.saturating_duration_since(Instant::now()).min(STEP);
    if left.is_zero() {
        return Err(Trouble::Connection);
    }
    socket.set_read_timeout(Some(left))?;
    socket.set_write_timeout(Some(left))?;
    Ok(())
}

fn secured(way: &Way, socket: TcpStream) -> Result<StreamOwned<ClientConnection, TcpStream>, Trouble> {
    let name = ServerName::try_from(way.name.clone()).map_err(|_| Trouble::Tls)?;
    let connection = ClientConnection::new(Arc::clone(&way.tls), name).map_err(|_| Trouble::Tls)?;
    let mut stream = StreamOwned::new(connection, socket);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock).map_err(|_| Trouble::Tls)?;
    }
    Ok(stream)
}
