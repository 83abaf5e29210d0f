//! Which mail servers take mail for a domain, and where they are: questions to a name server (RFC 1035).
//!
//! Owns how these are asked, and what of an answer counts. A resolver is asked, which does the rest: no delegation is followed here, and nothing
//! is kept. Blocks its thread, and never logs.

use crate::failure::Failure;
use domain::base::iana::Rcode;
use domain::base::{Message, MessageBuilder, Name, ParsedName, Rtype};
use domain::rdata::{A, Aaaa, Mx};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};
use vault::Ids;

/// How long one name server is waited for, and how often each is asked.
const STEP: Duration = Duration::from_secs(3);
const ROUNDS: usize = 2;
/// Most name servers that are asked, as everywhere (resolv.conf(5)).
const MOST_SERVERS: usize = 3;
/// Largest answer over UDP: more than anybody sends who was not told that it may.
const MAX_DATAGRAM_BYTES: usize = 4_096;
/// Most mail servers and most addresses that are looked at.
const MOST_FOUND: usize = 20;

/// Why nothing is known of a domain or a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// It takes no mail, and will not.
    Never(&'static str),
    /// Nobody could say.
    Later(&'static str),
}

const NOBODY: Unknown = Unknown::Later("no name server knows where the recipient's mail servers are");

/// The name servers that are asked.
#[derive(Clone, Debug)]
pub(crate) struct NameServers {
    servers: Vec<SocketAddr>,
    ids: Ids,
}

impl NameServers {
    /// This one alone.
    pub(crate) fn one(server: SocketAddr, ids: Ids) -> NameServers {
        NameServers {
            servers: vec![server],
            ids,
        }
    }

    /// Those of the system; without any the one on this machine, as its resolver has it.
    ///
    /// # Errors
    /// The file that names them is there, and cannot be read.
    pub(crate) fn of_system(ids: Ids) -> Result<NameServers, Failure> {
        let file = Path::new("/etc/resolv.conf");
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Failure::file(file, &error)),
        };
        Ok(NameServers {
            servers: named(&text),
            ids,
        })
    }

    /// The names of the mail servers of a domain, the preferred ones first (RFC 5321 §5.1).
    ///
    /// # Errors
    /// It takes no mail, does not exist, or nobody could say.
    pub(crate) fn exchangers(&self, domain: &str, until: Instant) -> Result<Vec<String>, Unknown> {
        exchangers_in(&self.ask(domain, Rtype::MX, until)?, domain)
    }

    /// The addresses of a host; none if it has none, or does not exist.
    ///
    /// # Errors
    /// Nobody could say.
    pub(crate) fn addresses(&self, host: &str, until: Instant) -> Result<Vec<IpAddr>, Unknown> {
        let four = self.ask(host, Rtype::A, until).map(|answer| v4(&answer));
        let six = self.ask(host, Rtype::AAAA, until).map(|answer| v6(&answer));
        match (four, six) {
            (Ok(four), Ok(six)) => {
                let four = four.into_iter().map(IpAddr::V4);
                Ok(four.chain(six.into_iter().map(IpAddr::V6)).take(MOST_FOUND).collect())
            }
            (Ok(four), Err(_)) if !four.is_empty() => Ok(four.into_iter().map(IpAddr::V4).collect()),
            (Err(_), Ok(six)) if !six.is_empty() => Ok(six.into_iter().map(IpAddr::V6).collect()),
            (Err(why), _) | (_, Err(why)) => Err(why),
        }
    }

    /// The first answer that says something, be it that there is no such name.
    fn ask(&self, name: &str, kind: Rtype, until: Instant) -> Result<Message<Vec<u8>>, Unknown> {
        let name: Name<Vec<u8>> = name
            .parse()
            .map_err(|_| Unknown::Never("the recipient's domain is no name that a name server knows"))?;
        for server in self.servers.iter().cycle().take(self.servers.len() * ROUNDS) {
            let query = self.query(&name, kind)?;
            let until = until.min(Instant::now() + STEP);
            let Ok(answer) = asked(*server, &query, until) else {
                continue;
            };
            if matches!(answer.header().rcode(), Rcode::NOERROR | Rcode::NXDOMAIN) {
                return Ok(answer);
            }
        }
        Err(NOBODY)
    }

    /// A question with a number that nobody else can guess.
    fn query(&self, name: &Name<Vec<u8>>, kind: Rtype) -> Result<Message<Vec<u8>>, Unknown> {
        let id = self.ids.draw("dns").map_err(|_| NOBODY)?;
        let digest = Sha256::digest(id.as_str().as_bytes());
        let number = digest.first_chunk().map_or(0, |bytes| u16::from_be_bytes(*bytes));
        let mut question = MessageBuilder::new_vec().question();
        question.header_mut().set_id(number);
        question.header_mut().set_rd(true);
        question.push((name, kind)).map_err(|_| NOBODY)?;
        Ok(question.into_message())
    }
}

/// The mail servers in an answer.
fn exchangers_in(answer: &Message<Vec<u8>>, domain: &str) -> Result<Vec<String>, Unknown> {
    if answer.header().rcode() == Rcode::NXDOMAIN {
        return Err(Unknown::Never("the recipient's domain does not exist"));
    }
    let owner = answer.canonical_name().ok_or(NOBODY)?;
    let records = answer.answer().map_err(|_| NOBODY)?.limit_to::<Mx<ParsedName<_>>>();
    let records = records.filter_map(Result::ok).filter(|record| *record.owner() == owner);
    let mut found: Vec<(u16, String)> = Vec::new();
    let mut takes_none = false;
    for record in records.take(MOST_FOUND) {
        let (preference, exchange) = (record.data().preference(), record.data().exchange());
        match exchange.is_root() {
            // RFC 7505.
            true => takes_none = true,
            false => found.push((preference, exchange.to_string())),
        }
    }
    if found.is_empty() {
        return match takes_none {
            true => Err(Unknown::Never("the recipient's domain says that it takes no mail")),
            false => Ok(vec![domain.to_owned()]),
        };
    }
    found.sort_by_key(|(preference, _)| *preference);
    Ok(found.into_iter().map(|(_, name)| name).collect())
}

fn v4(answer: &Message<Vec<u8>>) -> Vec<Ipv4Addr> {
    let Some((owner, section)) = answer.canonical_name().zip(answer.answer().ok()) else {
        return Vec::new();
    };
    let records = section.limit_to::<A>().filter_map(Result::ok);
    let own = records.filter(|record| *record.owner() == owner);
    own.map(|record| record.data().addr()).take(MOST_FOUND).collect()
}

fn v6(answer: &Message<Vec<u8>>) -> Vec<Ipv6Addr> {
    let Some((owner, section)) = answer.canonical_name().zip(answer.answer().ok()) else {
        return Vec::new();
    };
    let records = section.limit_to::<Aaaa>().filter_map(Result::ok);
    let own = records.filter(|record| *record.owner() == owner);
    own.map(|record| record.data().addr()).take(MOST_FOUND).collect()
}

/// The name servers in a `resolv.conf`.
fn named(text: &str) -> Vec<SocketAddr> {
    let servers = text.lines().filter_map(|line| {
        let address = line.trim().strip_prefix("nameserver")?.trim();
        address.parse::<IpAddr>().ok()
    });
    let servers = servers.map(|ip| SocketAddr::from((ip, 53)));
    let servers: Vec<SocketAddr> = servers.take(MOST_SERVERS).collect();
    match servers.is_empty() {
        true => vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 53))],
        false => servers,
    }
}

/// One question to one name server; over TCP once more where its answer does not fit into a datagram.
fn asked(server: SocketAddr, query: &Message<Vec<u8>>, until: Instant) -> io::Result<Message<Vec<u8>>> {
    let here: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((here, 0))?;
    socket.connect(server)?;
    socket.send(query.as_slice())?;
    let mut bytes = vec![0; MAX_DATAGRAM_BYTES];
    loop {
        socket.set_read_timeout(Some(left(until)?))?;
        let count = socket.recv(&mut bytes)?;
        let answer = Message::from_octets(bytes.get(..count).unwrap_or_default().to_vec());
        // What answers another question is somebody else's try.
        let Some(answer) = answer.ok().filter(|answer| answer.is_answer(query)) else {
            continue;
        };
        return match answer.header().tc() {
            true => asked_over_tcp(server, query, until),
            false => Ok(answer),
        };
    }
}

fn asked_over_tcp(server: SocketAddr, query: &Message<Vec<u8>>, until: Instant) -> io::Result<Message<Vec<u8>>> {
    let mut stream = TcpStream::connect_timeout(&server, left(until)?)?;
    stream.set_read_timeout(Some(left(until)?))?;
    stream.set_write_timeout(Some(left(until)?))?;
    let length = u16::try_from(query.as_slice().len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    stream.write_all(&[&length.to_be_bytes(), query.as_slice()].concat())?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut bytes)?;
    let answer = Message::from_octets(bytes)
        .ok()
        .filter(|answer| answer.is_answer(query));
    answer.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// What is left of the time.
fn left(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    match left.is_zero() {
        true => Err(io::ErrorKind::TimedOut.into()),
        false => Ok(left),
    }
}

#[cfg(test)]
mod tests;
