//! Reading from the network: a GET, with limits on size, redirects and time.
//!
//! This crate owns the one use of ureq, so that there is one HTTP client and one TLS stack (rustls with ring, and Mozilla's roots compiled
//! in, unless others are given). It asks for public things only: it sends no credential, no cookie and no body, and reads no content. It blocks its thread.
//!
//! Who follows what others name asks no private network: names are looked up once, and what they lead to is looked at before it is asked.
//!
//! A redirect is followed and told: who asks decides whether there may be one. No answer leads from TLS to plain text. Plain text at all is
//! for this machine alone, and only for who asks for it.

mod name;

#[cfg(test)]
mod tests;

pub use name::is_private;

use name::Names;
use std::io;
use std::time::{Duration, Instant};
use ureq::config::Config;
use ureq::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, LOCATION};
use ureq::http::{HeaderMap, HeaderName};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body, http};
use url::{Host, Url};

/// How much is asked of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest answer, in bytes.
    pub bytes: u64,
    /// Most redirects that one question follows.
    pub redirects: usize,
    /// Longest time of one question, with its redirects each anew.
    pub each: Duration,
    /// Most questions in the client's life.
    pub questions: u64,
    /// The client's life: after it every question is refused.
    pub total: Duration,
    /// Whether addresses of this machine and of private networks are asked. What somebody else names may lead there.
    pub private: bool,
}

impl Default for Limits {
    /// Enough for the largest published CSAF archives, and an end for a server that means ill.
    fn default() -> Limits {
        Limits {
            bytes: 64 << 20,
            redirects: 5,
            each: Duration::from_secs(60),
            questions: 500_000,
            total: Duration::from_secs(4 * 3600),
            private: true,
        }
    }
}

/// Whether plain text is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    /// TLS only.
    Never,
    /// Also `http:` to this machine's own addresses and names.
    OnLoopback,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status of the last answer.
    pub status: u16,
    /// Its `Content-Type`, as it was sent.
    pub content_type: Option<String>,
    /// Its `Access-Control-Allow-Origin`, as it was sent.
    pub allow_origin: Option<String>,
    /// Where redirects led, in their order; the last one answered.
    pub redirects: Vec<Url>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No certificates where some were given to trust.
    #[error("there is no PEM certificate in it, or a broken one")]
    NoCertificate,
    /// Not an address that is asked.
    #[error("{0} is not asked: only https addresses are")]
    NotHttps(String),
    /// The other side could not prove who it is, or speaks no TLS that is accepted.
    #[error("TLS with {host} failed: {why}")]
    Tls {
        /// The name that was asked.
        host: String,
        /// What rustls said.
        why: String,
    },
    /// No address belongs to the name.
    #[error("the name {0} is not known")]
    NoSuchName(String),
    /// An address of this machine or of a private network, which this client does not ask.
    #[error("{0} is of this machine or of a private network, and was not asked")]
    Private(String),
    /// The answer is too large.
    #[error("the answer has more than the {0} bytes that are read")]
    TooLarge(u64),
    /// It took too long.
    #[error("no whole answer came within {} seconds", .0.as_secs())]
    TooSlow(Duration),
    /// More redirects than are followed, or one that leads nowhere.
    #[error("it redirects too often, or to something that is no address")]
    Redirects,
    /// The client asked as much as it may.
    #[error("the limit of this run is reached: nothing more is asked")]
    Spent,
    /// Anything else between here and there.
    #[error("the connection to {host} failed: {why}")]
    Connection {
        /// The name that was asked.
        host: String,
        /// What failed.
        why: String,
    },
}

/// The client. It keeps connections open between questions.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    limits: Limits,
    plain: Plain,
    asked: u64,
    ends: Option<Instant>,
}

impl Client {
    /// A client that calls itself `agent_name`. Asks nothing yet; its life begins now.
    #[must_use]
    pub fn new(agent_name: &str, limits: Limits, plain: Plain) -> Client {
        Client::with(agent_name, limits, plain, TlsConfig::default())
    }

    /// The same, for a network with an authority of its own: it trusts these PEM certificates, and not Mozilla's roots.
    ///
    /// # Errors
    /// [`FetchError::NoCertificate`].
    pub fn trusting(pem: &[u8], agent_name: &str, limits: Limits, plain: Plain) -> Result<Client, FetchError> {
        let items: Result<Vec<PemItem<'static>>, ureq::Error> = parse_pem(pem).collect();
        let certificate = |item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        };
        let items = items.map_err(|_| FetchError::NoCertificate)?;
        let roots: Vec<Certificate<'static>> = items.into_iter().filter_map(certificate).collect();
        if roots.is_empty() {
            return Err(FetchError::NoCertificate);
        }
        let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&roots));
        Ok(Client::with(agent_name, limits, plain, tls.build()))
    }

    fn with(agent_name: &str, limits: Limits, plain: Plain, tls: TlsConfig) -> Client {
        let mut config = Config::builder()
            .tls_config(tls)
            .user_agent(agent_name)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(limits.each))
            .timeout_connect(Some(limits.each.min(Duration::from_secs(15))));
        if plain == Plain::OnLoopback {
            // A proxy has another loopback.
            config = config.proxy(None);
        }
        Client {
            agent: Agent::with_parts(config.build(), DefaultConnector::default(), Names::new(limits.private)),
            limits,
            plain,
            asked: 0,
            ends: Instant::now().checked_add(limits.total),
        }
    }

    /// Asks for an address. Every status is an answer.
    ///
    /// # Errors
    /// There is no whole answer.
    pub fn get(&mut self, address: &Url) -> Result<Answer, FetchError> {
        let mut redirects = Vec::new();
        let mut at = address.clone();
        loop {
            if self.asked >= self.limits.questions || self.ends.is_some_and(|ends| Instant::now() >= ends) {
                return Err(FetchError::Spent);
            }
            self.asked += 1;
            let response = self.ask(&at)?;
            let (head, mut body) = response.into_parts();
            if let Some(next) = led_to(&at, head.status.as_u16(), &head.headers) {
                let next = next.ok_or(FetchError::Redirects)?;
                if redirects.len() >= self.limits.redirects {
                    return Err(FetchError::Redirects);
                }
                if at.scheme() == "https" && next.scheme() != "https" {
                    return Err(FetchError::NotHttps(next.into()));
                }
                redirects.push(next.clone());
                at = next;
                continue;
            }
            let body = body.with_config().limit(self.limits.bytes).read_to_vec();
            return Ok(Answer {
                status: head.status.as_u16(),
                content_type: text(&head.headers, &CONTENT_TYPE),
                allow_origin: text(&head.headers, &ACCESS_CONTROL_ALLOW_ORIGIN),
                redirects,
                body: body.map_err(|error| self.failed(&at, error))?,
            });
        }
    }

    fn ask(&self, address: &Url) -> Result<http::Response<Body>, FetchError> {
        let allowed = match (address.scheme(), self.plain) {
            ("https", _) => true,
            ("http", Plain::OnLoopback) => is_loopback(address),
            _ => false,
        };
        // Nobody's password is sent, also not one that stands in an address.
        if !allowed || !address.username().is_empty() || address.password().is_some() {
            return Err(FetchError::NotHttps(shown(address)));
        }
        // Through a proxy no name is looked up here; an address needs no looking up.
        if !self.limits.private && name::literal(address).is_some_and(name::is_private) {
            return Err(FetchError::Private(shown(address)));
        }
        let mut address_alone = address.clone();
        address_alone.set_fragment(None);
        let answer = self.agent.get(address_alone.as_str()).call();
        answer.map_err(|error| self.failed(address, error))
    }

    fn failed(&self, address: &Url, error: ureq::Error) -> FetchError {
        let host = address.host_str().unwrap_or_default().to_owned();
        match error {
            ureq::Error::Other(why) if why.is::<name::Private>() => FetchError::Private(host),
            ureq::Error::HostNotFound => FetchError::NoSuchName(host),
            ureq::Error::BodyExceedsLimit(limit) => FetchError::TooLarge(limit),
            ureq::Error::Timeout(_) => FetchError::TooSlow(self.limits.each),
            ureq::Error::Tls(why) => FetchError::Tls {
                host,
                why: why.to_owned(),
            },
            ureq::Error::Rustls(why) => FetchError::Tls {
                host,
                why: why.to_string(),
            },
            // rustls's own failures come through the stream with this kind.
            ureq::Error::Io(why) if why.kind() == io::ErrorKind::InvalidData => FetchError::Tls {
                host,
                why: why.to_string(),
            },
            // What the resolver of the system says of a name that it does not know has no kind of its own.
            ureq::Error::Io(why) if why.to_string().contains("lookup address") => FetchError::NoSuchName(host),
            error => FetchError::Connection {
                host,
                why: error.to_string(),
            },
        }
    }
}

/// Where an answer leads: none where it is no redirect, an empty option where it leads to no address.
fn led_to(from: &Url, status: u16, headers: &HeaderMap) -> Option<Option<Url>> {
    if !matches!(status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    Some(text(headers, &LOCATION).and_then(|to| from.join(&to).ok()))
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Whether an address is one of this machine's own.
fn is_loopback(address: &Url) -> bool {
    match address.host() {
        Some(Host::Domain(name)) => name::is_own(name),
        _ => name::literal(address).is_some_and(|ip| ip.is_loopback()),
    }
}

/// An address without a password in it.
fn shown(address: &Url) -> String {
    let mut address = address.clone();
    if address.set_username("").is_err() || address.set_password(None).is_err() {
        return address.scheme().to_owned();
    }
    address.into()
}
