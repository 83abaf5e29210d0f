//! The conversation with a mail server: with ours, or with those of the recipient's domain, one after the other.
//!
//! Owns which servers are tried, and how long it takes as a whole. What is said is `mail::smtp`'s, who the servers are is `dns`'s. Blocks its
//! thread, and never logs.

use crate::config::{Direct, Route, Tls};
use crate::dns::{NameServers, Unknown};
use crate::failure::Failure;
use crate::line::{Line, Trouble, connect, connect_to, is_proven, text, tls, verifier};
use crate::session::House;
use casework::Handover;
use fetch::is_private;
use mail::smtp::{Ask, Errand, Handed, Handing, Login, Security};
use psirt::house::dispatch;
use rustls::ClientConfig;
use rustls::client::WebPkiServerVerifier;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long one conversation takes at most, or all of those that one letter takes: less than a letter is claimed for.
const WHOLE: Duration = Duration::from_secs(200);
/// How long connecting and the greeting of a stranger's server take at most, and how long the answer to one command of ours.
const GREETING: Duration = Duration::from_secs(30);
const COMMAND: Duration = Duration::from_secs(60);
/// Most mail servers of a domain that are tried for a letter at one time, and most addresses of each.
const MOST_HOSTS: usize = 5;
const MOST_ADDRESSES: usize = 2;

/// The way on which letters go.
#[derive(Clone)]
pub(crate) struct Way {
    to: To,
    pub(crate) security: Security,
    pub(crate) login: Option<Login>,
    /// Our name in the greeting, if not the brand's host.
    pub(crate) host: Option<String>,
    /// The address in `From`, if not the brand's.
    pub(crate) from: Option<String>,
    tls: Arc<ClientConfig>,
}

/// To whom they are handed.
#[derive(Clone)]
enum To {
    /// To a mail server of ours: its address, and its name for its certificate.
    SmartHost(String, String),
    /// To those of the recipient's domain.
    Recipient(Recipient),
}

/// What is known of the ways to all of them.
#[derive(Clone)]
struct Recipient {
    names: NameServers,
    port: u16,
    private: bool,
    verifier: Arc<WebPkiServerVerifier>,
}

impl Way {
    /// Whether letters go to the recipients' mail servers themselves.
    pub(super) fn is_direct(&self) -> bool {
        matches!(self.to, To::Recipient(_))
    }

    /// The way that the configuration describes; none if it describes none.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn of(house: &House) -> Result<Option<Way>, Failure> {
        const AUTHORITIES: &str = "mail.out.ca_file";
        let (mail, root, ids) = (&house.config.mail, &house.root, &house.casework.ports().ids);
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
        let to = match &out.route {
            Route::SmartHost(host) => To::SmartHost(host.address(), host.name.clone()),
            Route::Direct(Direct {
                resolver,
                port,
                private,
            }) => To::Recipient(Recipient {
                names: match resolver {
                    Some(server) => NameServers::one(*server, ids.clone()),
                    None => NameServers::of_system(ids.clone())?,
                },
                port: *port,
                private: *private,
                verifier: verifier(authorities.as_deref(), AUTHORITIES)?,
            }),
        };
        Ok(Some(Way {
            to,
            security,
            login: login.map(|(user, password)| Login {
                user,
                password: password.trim_end().to_owned(),
            }),
            host: mail.host.clone(),
            from: out.from.clone(),
            tls: Arc::new(tls(security, authorities.as_deref(), AUTHORITIES)?),
        }))
    }
}

/// Hands a message over, and says what is known of it then.
pub(super) fn hand_over(way: &Way, errand: Errand) -> Handover {
    let until = Instant::now() + WHOLE;
    match &way.to {
        To::SmartHost(server, name) => match connect(server) {
            Ok(socket) => tried(way, name, socket, errand, (Instant::now() + COMMAND, until)).0,
            Err(_) => Handover::Later("the mail server does not answer".to_owned()),
        },
        To::Recipient(recipient) => delivered(way, recipient, &errand, until),
    }
}

/// Tries the servers of the recipient's domain in their order, until one of them has the message or will never have it. One that cannot take it
/// now may have a neighbour who can.
fn delivered(way: &Way, recipient: &Recipient, errand: &Errand, until: Instant) -> Handover {
    let domain = errand.to.rsplit_once('@').map_or("", |(_, domain)| domain);
    let hosts = match recipient.names.exchangers(domain, until) {
        Ok(hosts) => hosts,
        Err(Unknown::Never(why)) => return Handover::Never(why.to_owned()),
        Err(Unknown::Later(why)) => return Handover::Later(why.to_owned()),
    };
    let mut last = None;
    let mut is_elsewhere = false;
    for host in hosts.iter().take(MOST_HOSTS) {
        let addresses = match recipient.names.addresses(host, until) {
            Ok(addresses) => addresses,
            Err(Unknown::Never(why) | Unknown::Later(why)) => {
                last = Some(Handover::Later(why.to_owned()));
                continue;
            }
        };
        // Where somebody else's name leads into our own network, nothing of ours is asked for them.
        let (private, public): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|ip| is_private(*ip));
        is_elsewhere |= !private.is_empty() && !recipient.private;
        let private = private.into_iter().filter(|_| recipient.private);
        for ip in public.into_iter().chain(private).take(MOST_ADDRESSES) {
            let address = SocketAddr::from((ip, recipient.port));
            match at_address(way, recipient, (host, address), errand, until) {
                Handover::Later(why) => last = Some(Handover::Later(why)),
                known => return known,
            }
        }
    }
    last.unwrap_or_else(|| match hosts.as_slice() {
        _ if is_elsewhere => {
            Handover::Never("the mail servers of the recipient's domain are said to be in a private network".to_owned())
        }
        // A domain without mail servers would be its own one (RFC 5321 §5.1).
        [host] if host == domain => {
            Handover::Never("the recipient's domain has neither a mail server nor an address".to_owned())
        }
        _ => Handover::Later("no mail server of the recipient's domain has an address".to_owned()),
    })
}

/// One server at one address. Where TLS is a courtesy and does not begin, what goes without it goes without.
fn at_address(
    way: &Way,
    recipient: &Recipient,
    (host, address): (&str, SocketAddr),
    errand: &Errand,
    until: Instant,
) -> Handover {
    let no_server = || Handover::Later("no mail server of the recipient's domain answers".to_owned());
    let greeted = Instant::now() + GREETING;
    let Ok(socket) = connect_to(address, until.min(greeted)) else {
        return no_server();
    };
    let (handover, line) = tried(way, host, socket, errand.clone(), (greeted, until));
    if errand.security == Security::Opportunistic && matches!(line, Err(Trouble::Tls)) {
        let errand = Errand {
            security: Security::Off,
            ..errand.clone()
        };
        return at_address(way, recipient, (host, address), &errand, until);
    }
    match (handover, line) {
        (Handover::Taken, Ok(line)) => Handover::Delivered(match &line {
            Line::Clear(_) => dispatch::Line::Clear,
            line if is_proven(&recipient.verifier, line, host) => dispatch::Line::Proven,
            Line::Tls(_) => dispatch::Line::Encrypted,
        }),
        (handover, _) => handover,
    }
}

/// One conversation: what is known of the message after it, and the line, if that was there to the end. The greeting has come by the first
/// instant, and all of it by the other one.
fn tried(
    way: &Way,
    name: &str,
    socket: TcpStream,
    errand: Errand,
    ends: (Instant, Instant),
) -> (Handover, Result<Line, Trouble>) {
    let mut handing = Handing::new(errand);
    match converse(way, name, socket, &mut handing, ends) {
        Ok((handed, line)) => (known(handed), Ok(line)),
        Err(trouble) => {
            let handover = match trouble {
                Trouble::Connection => known(handing.ended()),
                Trouble::NoServer => Handover::Later("the mail server does not answer".to_owned()),
                Trouble::Tls => Handover::Later("the mail server's TLS cannot be trusted".to_owned()),
            };
            (handover, Err(trouble))
        }
    }
}

fn known(handed: Handed) -> Handover {
    match handed {
        Handed::Taken => Handover::Taken,
        Handed::Later(why) => Handover::Later(why),
        Handed::Never(why) => Handover::Never(why),
        Handed::Unclear => Handover::Unclear,
    }
}

fn converse(
    way: &Way,
    name: &str,
    socket: TcpStream,
    handing: &mut Handing,
    (greeted, until): (Instant, Instant),
) -> Result<(Handed, Line), Trouble> {
    let mut line = Line::clear(socket);
    let mut read = vec![0; 4_096];
    let mut answered = greeted;
    loop {
        line.hurry(until.min(answered))?;
        let count = line.stream().read(&mut read)?;
        if count == 0 {
            return Err(Trouble::Connection);
        }
        let Some(mut ask) = handing.heard(read.get(..count).unwrap_or_default()) else {
            continue;
        };
        if ask == Ask::StartTls {
            line.hurry(until.min(Instant::now() + COMMAND))?;
            line = line.secured(&way.tls, name)?;
            ask = handing.is_secure_now();
        }
        match ask {
            Ask::Say(bytes) => {
                line.hurry(until)?;
                line.stream().write_all(&bytes)?;
                line.stream().flush()?;
                // An answer that comes byte by byte has no more time than another one.
                answered = Instant::now() + COMMAND;
            }
            Ask::End(bytes, handed) => {
                // Whether it hears our goodbye changes nothing.
                let _ = line.stream().write_all(&bytes).and_then(|()| line.stream().flush());
                return Ok((handed, line));
            }
            Ask::StartTls => return Err(Trouble::Tls),
        }
    }
}
