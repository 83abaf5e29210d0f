//! Letters without a mail server of ours: a name server says who takes mail for the reporter's domain, and these are tried in their order.

use crate::house::*;
use crate::letters::{contact, ingest, letter, posting, work};
use crate::sink::Sink;
use domain::base::iana::{Class, Rcode};
use domain::base::{Message, MessageBuilder, Name, Rtype, Ttl};
use domain::rdata::{A, Mx};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const DOMAIN: &str = "researcher.example";

/// What the name server knows: mail servers of the reporter's domain, and addresses of hosts.
#[derive(Clone, Default)]
struct Zone {
    gone: bool,
    exchangers: Vec<(u16, &'static str)>,
    hosts: Vec<(&'static str, Ipv4Addr)>,
}

impl Zone {
    /// Serves it on this machine.
    fn serve(self) -> SocketAddr {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        std::thread::spawn(move || {
            let mut bytes = [0; 512];
            while let Ok((count, from)) = socket.recv_from(&mut bytes) {
                let query = Message::from_octets(bytes[..count].to_vec()).unwrap();
                socket.send_to(&self.answer(&query), from).unwrap();
            }
        });
        address
    }

    fn answer(&self, query: &Message<Vec<u8>>) -> Vec<u8> {
        let code = if self.gone { Rcode::NXDOMAIN } else { Rcode::NOERROR };
        let mut answer = MessageBuilder::new_vec().start_answer(query, code).unwrap();
        let question = query.sole_question().unwrap();
        let (asked, kind) = (question.qname().to_string(), question.qtype());
        let owner: Name<Vec<u8>> = asked.parse().unwrap();
        if kind == Rtype::MX && asked == DOMAIN {
            for (preference, server) in &self.exchangers {
                let data = Mx::new(*preference, server.parse::<Name<Vec<u8>>>().unwrap());
                answer.push((owner.clone(), Class::IN, Ttl::HOUR, data)).unwrap();
            }
        }
        for (_, ip) in self.hosts.iter().filter(|(host, _)| kind == Rtype::A && *host == asked) {
            answer.push((owner.clone(), Class::IN, Ttl::HOUR, A::new(*ip))).unwrap();
        }
        answer.finish()
    }
}

const fn loopback(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 0, last)
}

/// A zone with a first mail server at 127.0.0.2 and a second one at 127.0.0.1.
fn two() -> Zone {
    Zone {
        exchangers: vec![(20, "mx2.researcher.example"), (10, "mx1.researcher.example")],
        hosts: vec![
            ("mx1.researcher.example", loopback(2)),
            ("mx2.researcher.example", loopback(1)),
        ],
        ..Zone::default()
    }
}

/// One letter to the reporter: how it stands after a round, and why. `more` is added to the configuration.
fn check_direct(zone: Zone, sinks: &[&Sink], port: u16, more: &str, expect: (&str, &str)) {
    let base = TempDir::new().unwrap();
    let resolver = zone.serve();
    let out = format!("direct = true\nresolver = \"{resolver}\"\nport = {port}\n{more}");
    let dir = posting(&base, &out);
    ingest(&dir, &letter("It crashes.", None));
    let before: usize = sinks.iter().map(|sink| sink.all().len()).sum();
    work(&dir, "2026-01-06T08:01:00Z");
    let row = queued(&dir);
    let why = row["why"].as_str().unwrap_or_default();
    assert_eq!((row["state"].as_str().unwrap(), why), expect);
    let after: usize = sinks.iter().map(|sink| sink.all().len()).sum();
    assert!(after > before || expect.0 != "sent");
}

fn queued(dir: &Path) -> serde_json::Value {
    json(&done(dir, &["mail", "queue", "--all", "--json", "--as", "lead"]))[0].clone()
}

const PRIVATE: &str = "private = true";
const IN_CLEAR: (&str, &str) = ("sent", "delivered over a line in clear");

#[test]
fn the_mail_servers_of_a_domain_are_tried_in_their_order() {
    let second = Sink::start();
    let first = Sink::at(loopback(2), second.port());
    let both = [&first, &second];
    let check = |zone: Zone, expect| check_direct(zone, &both, second.port(), PRIVATE, expect);
    check(two(), IN_CLEAR);
    assert_eq!((first.all().len(), second.all().len()), (1, 0));
    assert!(first.one().message.contains("\r\nTo: <rita-"));
    // One that cannot take it now has a neighbour; one that never will speaks for all.
    first.answers(&["451 4.3.0 later"]);
    check(two(), IN_CLEAR);
    assert_eq!((first.all().len(), second.all().len()), (2, 1));
    first.answers(&["451 4.3.0 later"]);
    second.answers(&["452 4.3.1 full"]);
    check(two(), ("put-off", "452 4.3.1"));
    first.answers(&["550 5.1.1 nobody"]);
    check(two(), ("given-up", "550 5.1.1"));
    assert_eq!(second.all().len(), 2);
}

#[test]
fn whoever_is_not_there_is_passed_over() {
    let sink = Sink::start();
    let check = |zone: Zone, expect| check_direct(zone, &[&sink], sink.port(), PRIVATE, expect);
    check(two(), IN_CLEAR);
    let unknown = Zone {
        hosts: vec![("mx2.researcher.example", loopback(1))],
        ..two()
    };
    check(unknown, IN_CLEAR);
    // Without mail servers the domain itself takes mail.
    let bare = Zone {
        hosts: vec![(DOMAIN, loopback(1))],
        ..Zone::default()
    };
    check(bare, IN_CLEAR);
    assert_eq!(sink.all().len(), 3);
    let nobody = Zone {
        hosts: vec![(DOMAIN, loopback(9))],
        ..Zone::default()
    };
    check(nobody, ("put-off", "no mail server of the recipient's domain answers"));
    let homeless = Zone {
        hosts: Vec::new(),
        ..two()
    };
    let later = "no mail server of the recipient's domain has an address";
    check(homeless, ("put-off", later));
    let never = "the recipient's domain has neither a mail server nor an address";
    check(Zone::default(), ("given-up", never));
}

#[test]
fn a_domain_that_takes_no_mail_gets_none() {
    let refuses = Zone {
        exchangers: vec![(0, ".")],
        ..two()
    };
    let taken = "the recipient's domain says that it takes no mail";
    check_direct(refuses, &[], 25, PRIVATE, ("given-up", taken));
    let gone = Zone { gone: true, ..two() };
    check_direct(
        gone,
        &[],
        25,
        PRIVATE,
        ("given-up", "the recipient's domain does not exist"),
    );
}

#[test]
fn nobodys_names_lead_into_our_own_network() {
    let sink = Sink::start();
    let why = "the mail servers of the recipient's domain are said to be in a private network";
    check_direct(two(), &[], sink.port(), "", ("given-up", why));
    assert_eq!(sink.connections(), 0);
}

#[test]
fn what_can_be_encrypted_is_and_the_journal_says_to_whom() {
    let sink = Sink::with_tls();
    let of = |host: &'static str| Zone {
        exchangers: vec![(10, host)],
        hosts: vec![(host, loopback(1))],
        ..Zone::default()
    };
    let authority = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fetch/src/fixtures/authority.pem");
    let trusting = format!("{PRIVATE}\nca_file = \"{}\"", authority.display());
    let check = |host, more: &str, expect| check_direct(of(host), &[&sink], sink.port(), more, expect);
    let proven = "delivered over an encrypted line to a server that proved its name";
    check("a.localhost", &trusting, ("sent", proven));
    check("b.localhost", &trusting, ("sent", "delivered over an encrypted line"));
    check("a.localhost", PRIVATE, ("sent", "delivered over an encrypted line"));
    let required = format!("{trusting}\ntls = \"required\"");
    check(
        "b.localhost",
        &required,
        ("put-off", "the mail server's TLS cannot be trusted"),
    );
    check("a.localhost", &required, ("sent", proven));
}

#[test]
fn what_goes_without_tls_goes_where_tls_does_not_begin() {
    let sink = Sink::with_broken_tls();
    check_direct(
        Zone {
            exchangers: vec![(10, "mx.researcher.example")],
            hosts: vec![("mx.researcher.example", loopback(1))],
            ..Zone::default()
        },
        &[&sink],
        sink.port(),
        PRIVATE,
        IN_CLEAR,
    );
    assert_eq!(sink.connections(), 2);
}

/// A report at an instant of the house's clock.
fn arrives(dir: &Path, from: &str, now: &str) {
    let message = letter(from, None).replace("rita-quokka-heap-overflow@researcher.example", from);
    let to = contact(dir).0;
    let args = ["mail", "ingest", "--sender", from, "--to", &to, "--now", now];
    done_with(dir, &args, message.as_bytes());
}

/// A mail server that says nothing until a letter has come to the other one, or for too long. Says whether one had come, and whether somebody
/// else was here meanwhile.
fn say_nothing(listener: &TcpListener, other: &Sink) -> (bool, bool) {
    listener.set_nonblocking(true).unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    let mut here = Vec::new();
    while Instant::now() < until && (here.is_empty() || other.all().is_empty()) {
        here.extend(listener.accept());
        std::thread::sleep(Duration::from_millis(20));
    }
    here.extend(listener.accept());
    (!other.all().is_empty(), here.len() > 1)
}

#[test]
fn a_slow_mail_server_keeps_nobody_elses_letter_waiting() {
    let quick = Sink::start();
    let slow = TcpListener::bind((loopback(2), quick.port())).unwrap();
    let zone = Zone {
        hosts: vec![(DOMAIN, loopback(2)), ("quick.example", loopback(1))],
        ..Zone::default()
    };
    let base = TempDir::new().unwrap();
    let (resolver, port) = (zone.serve(), quick.port());
    let out = format!("direct = true\nresolver = \"{resolver}\"\nport = {port}\n{PRIVATE}");
    let dir = posting(&base, &out);
    arrives(&dir, "ann@researcher.example", "2026-01-06T08:00:40Z");
    arrives(&dir, "ben@researcher.example", "2026-01-06T08:00:45Z");
    arrives(&dir, "eve@quick.example", "2026-01-06T08:00:50Z");
    std::thread::scope(|scope| {
        let quick = &quick;
        let waited = scope.spawn(move || say_nothing(&slow, quick));
        work(&dir, "2026-01-06T08:01:00Z");
        let (went, was_asked_twice) = waited.join().unwrap();
        assert!(went, "the last letter waited for the first one");
        assert!(!was_asked_twice, "one letter at a time to a domain");
    });
    assert_eq!(quick.one().to, "eve@quick.example");
    let rows = json(&done(&dir, &["mail", "queue", "--all", "--json", "--as", "lead"]));
    let states = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["state"].as_str().unwrap());
    let mut states: Vec<&str> = states.collect();
    states.sort_unstable();
    assert_eq!(states, ["put-off", "put-off", "sent"]);
}
