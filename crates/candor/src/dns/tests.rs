//! A name server on this machine, and what is made of its answers: good ones, those that are too large, and those that nobody asked for.

use super::*;
use domain::base::Ttl;
use domain::base::iana::Class;
use domain::rdata::Cname;
use std::net::TcpListener;
use std::thread;

const DOMAIN: &str = "researcher.example";

/// The datagrams that answer a question.
type Answers = fn(&Message<Vec<u8>>) -> Vec<Vec<u8>>;

fn name(text: &str) -> Name<Vec<u8>> {
    text.parse().unwrap()
}

/// The answer with these mail servers under a name; with none of them it says that the name is there.
fn mx(query: &Message<Vec<u8>>, owner: &str, servers: &[(u16, &str)]) -> Vec<u8> {
    let mut answer = MessageBuilder::new_vec().start_answer(query, Rcode::NOERROR).unwrap();
    for (preference, server) in servers {
        let data = Mx::new(*preference, name(server));
        answer.push((name(owner), Class::IN, Ttl::HOUR, data)).unwrap();
    }
    answer.finish()
}

fn code(query: &Message<Vec<u8>>, code: Rcode) -> Vec<u8> {
    MessageBuilder::new_vec().start_answer(query, code).unwrap().finish()
}

/// A name server that answers every datagram with these, and over TCP with mail servers that fit nowhere else.
fn server(answers: Answers) -> NameServers {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let listener = TcpListener::bind(address).unwrap();
    thread::spawn(move || {
        let mut bytes = [0; 512];
        while let Ok((count, from)) = socket.recv_from(&mut bytes) {
            let query = Message::from_octets(bytes[..count].to_vec()).unwrap();
            for answer in answers(&query) {
                socket.send_to(&answer, from).unwrap();
            }
        }
    });
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut length = [0; 2];
            stream.read_exact(&mut length).unwrap();
            let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
            stream.read_exact(&mut bytes).unwrap();
            let query = Message::from_octets(bytes).unwrap();
            let many: Vec<String> = (0..60)
                .map(|place| format!("mx{place}.a-long-name.researcher.example"))
                .collect();
            let many: Vec<(u16, &str)> = many
                .iter()
                .zip(0..)
                .map(|(name, place)| (place, name.as_str()))
                .collect();
            let answer = mx(&query, DOMAIN, &many);
            let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
            stream.write_all(&[&length[..], &answer].concat()).unwrap();
        }
    });
    NameServers::one(address, Ids::simulated(7))
}

fn check_exchangers(answers: Answers, expect: Result<&[&str], Unknown>) {
    let until = Instant::now() + Duration::from_secs(60);
    let found = server(answers).exchangers(DOMAIN, until);
    let expect = expect.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    assert_eq!(found, expect);
}

#[test]
fn mail_servers_come_in_the_order_of_preference() {
    check_exchangers(
        |query| {
            vec![mx(
                query,
                DOMAIN,
                &[(20, "b.example"), (10, "a.example"), (20, "c.example")],
            )]
        },
        Ok(&["a.example", "b.example", "c.example"]),
    );
    // Without any the domain itself is meant (RFC 5321 §5.1).
    check_exchangers(|query| vec![mx(query, DOMAIN, &[])], Ok(&[DOMAIN]));
    check_exchangers(
        |query| vec![mx(query, DOMAIN, &[(0, ".")])],
        Err(Unknown::Never("the recipient's domain says that it takes no mail")),
    );
    check_exchangers(
        |query| vec![code(query, Rcode::NXDOMAIN)],
        Err(Unknown::Never("the recipient's domain does not exist")),
    );
    check_exchangers(|query| vec![code(query, Rcode::SERVFAIL)], Err(NOBODY));
}

#[test]
fn only_the_answer_to_the_question_counts() {
    check_exchangers(
        |query| {
            let mut guessed = query.clone();
            guessed.header_mut().set_id(query.header().id().wrapping_add(1));
            let mut other = MessageBuilder::new_vec().question();
            other.header_mut().set_id(query.header().id());
            other.push((name("other.example"), Rtype::MX)).unwrap();
            let other = other.into_message();
            vec![
                b"noise".to_vec(),
                query.as_slice().to_vec(),
                mx(&guessed, DOMAIN, &[(10, "guessed.example")]),
                mx(&other, "other.example", &[(10, "other.example")]),
                mx(query, DOMAIN, &[(10, "a.example")]),
            ]
        },
        Ok(&["a.example"]),
    );
    // What an answer says of other names was not asked.
    check_exchangers(
        |query| vec![mx(query, "elsewhere.example", &[(10, "eve.example")])],
        Ok(&[DOMAIN]),
    );
}

#[test]
fn a_name_may_be_another_ones() {
    check_exchangers(
        |query| {
            let mut answer = MessageBuilder::new_vec().start_answer(query, Rcode::NOERROR).unwrap();
            let alias = Cname::new(name("mail.example"));
            answer.push((name(DOMAIN), Class::IN, Ttl::HOUR, alias)).unwrap();
            let data = Mx::new(10, name("a.example"));
            answer.push((name("mail.example"), Class::IN, Ttl::HOUR, data)).unwrap();
            vec![answer.finish()]
        },
        Ok(&["a.example"]),
    );
}

#[test]
fn what_does_not_fit_is_asked_again_over_tcp_and_not_all_of_it_is_taken() {
    let servers = server(|query| {
        let mut answer = MessageBuilder::new_vec().start_answer(query, Rcode::NOERROR).unwrap();
        answer.header_mut().set_tc(true);
        vec![answer.finish()]
    });
    let found = servers
        .exchangers(DOMAIN, Instant::now() + Duration::from_secs(60))
        .unwrap();
    assert_eq!(found.len(), MOST_FOUND);
    assert_eq!(found[0], "mx0.a-long-name.researcher.example");
}

#[test]
fn hosts_have_addresses_of_both_kinds() {
    let servers = server(|query| {
        let mut answer = MessageBuilder::new_vec().start_answer(query, Rcode::NOERROR).unwrap();
        let owner = name("a.example");
        match query.qtype() {
            Some(Rtype::A) => answer
                .push((owner, Class::IN, Ttl::HOUR, A::from_octets(192, 0, 2, 1)))
                .unwrap(),
            _ => answer
                .push((owner, Class::IN, Ttl::HOUR, Aaaa::new(Ipv6Addr::LOCALHOST)))
                .unwrap(),
        }
        vec![answer.finish()]
    });
    let until = Instant::now() + Duration::from_secs(60);
    let found = servers.addresses("a.example", until).unwrap();
    assert_eq!(found, ["192.0.2.1".parse::<IpAddr>().unwrap(), "::1".parse().unwrap()]);
    assert_eq!(servers.addresses("b.example", until).unwrap(), Vec::<IpAddr>::new());
}

#[test]
fn a_name_server_can_say_what_it_likes() {
    let mut query = MessageBuilder::new_vec().question();
    query.push((name(DOMAIN), Rtype::MX)).unwrap();
    let query = query.into_message();
    let good = mx(&query, DOMAIN, &[(10, "a.example"), (20, "b.example")]);
    // Xorshift: the same noise in every run.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    let mut understood = 0;
    for _ in 0..50_000 {
        let mut bytes = good.clone();
        for _ in 0..next() % 4 {
            let place = next() % bytes.len();
            bytes[place] = next() as u8;
        }
        bytes.truncate(bytes.len() - (next() % 8) / 7 * (next() % bytes.len()));
        let Ok(answer) = Message::from_octets(bytes) else {
            continue;
        };
        let found = exchangers_in(&answer, DOMAIN).unwrap_or_default();
        assert!(found.len() <= MOST_FOUND && found.iter().all(|name| name.len() < 1_100));
        understood += usize::from(!found.is_empty());
        assert!(v4(&answer).len() + v6(&answer).len() <= 2 * MOST_FOUND);
    }
    assert!(understood > 10_000, "{understood}");
}

#[test]
fn a_silent_name_server_is_not_waited_for_for_ever() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let servers = NameServers::one(silent.local_addr().unwrap(), Ids::simulated(7));
    let soon = Instant::now() + Duration::from_millis(50);
    assert_eq!(servers.exchangers(DOMAIN, soon), Err(NOBODY));
}

#[test]
fn name_servers_of_the_system_are_read_as_its_resolver_reads_them() {
    let of = |text: &str| named(text).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(of(""), ["127.0.0.1:53"]);
    assert_eq!(
        of(
            "# nameserver 192.0.2.9\nsearch a.example\nnameserver 192.0.2.1\n nameserver\t2001:db8::1\nnameserver here\n"
        ),
        ["192.0.2.1:53", "[2001:db8::1]:53"]
    );
    assert_eq!(of(&"nameserver 192.0.2.1\n".repeat(9)).len(), MOST_SERVERS);
}
