//! The form and the room as a browser asks for them, over a house in a throw-away directory.

use super::*;
use crate::tests::{answered, runtime};
use casework::{Actor, Casework, Clock, KeyWish, NewKey, Ports};
use psirt::house::{Brand, Person, Role};
use psirt::policy::read_with;

pub(super) const HOST: &str = "psirt.example";
const BOUNDARY: &str = "--------sample";
const PHRASE: &str = "four words of my own";
/// Larger than what is read at once, and larger than what a file may be here.
const MAX_FILE_BYTES: u64 = 300_000;

pub(super) struct House {
    pub(super) casework: Casework,
    pub(super) portal: Router,
    _directory: TempDir,
}

impl House {
    pub(super) async fn open() -> House {
        let directory = tempfile::tempdir().unwrap();
        let config = store::Config::in_directory(directory.path());
        let store = store::Store::init(&config, vault::MasterKey::generate().unwrap())
            .await
            .unwrap();
        let ports = Ports {
            clock: Clock::simulated("2026-09-01T08:00:00Z".parse().unwrap()),
            ids: vault::Ids::simulated(1),
        };
        let casework = Casework::open(store, ports).await.unwrap();
        let root = Actor::person("root");
        for (id, role) in [
            ("root", Role::Administrator),
            ("ana", Role::Analyst),
            ("lea", Role::Lead),
        ] {
            let person = Person {
                id: id.to_owned(),
                name: id.to_owned(),
                role,
            };
            casework.set_person(&root, person).await.unwrap();
        }
        let text = include_str!("../../../../../policies/house.policy.md");
        assert!(read_with("house", text, &[]).0.is_some());
        let brand = Brand {
            domain: HOST.to_owned(),
            id: "house".to_owned(),
            policy: "house".to_owned(),
            ..brand("house")
        };
        casework.set_brand(&root, brand).await.unwrap();
        let key = NewKey {
            fingerprint: "F0".to_owned(),
            public: String::new(),
            secret: String::new().into(),
            until_s: None,
        };
        let wish = KeyWish::first(psirt::house::key::KeyUse::Sign);
        casework.import_key(&root, "house", wish, key).await.unwrap();
        let two = Actor::person("ana").approved_by("lea");
        casework.adopt_policy(&two, "house.policy.md", text, &[]).await.unwrap();
        let (public, protected) = (directory.path().join("public"), directory.path().join("protected"));
        let portal = portal_with_customers(public, protected, casework.clone(), MAX_FILE_BYTES);
        House {
            casework,
            portal,
            _directory: directory,
        }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.get_at(HOST, path).await
    }

    pub(super) async fn get_at(&self, host: &str, path: &str) -> Answer {
        let asked = Request::get(path).header("host", host).body(Body::empty()).unwrap();
        answered(&self.portal, asked).await
    }

    pub(super) async fn post(&self, path: &str, form: &[Field<'_>]) -> Answer {
        self.post_from(path, form, &[("sec-fetch-site", "same-origin")]).await
    }

    async fn post_from(&self, path: &str, form: &[Field<'_>], headers: &[(&str, &str)]) -> Answer {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let mut asked = Request::post(path).header("host", HOST).header("content-type", kind);
        for (name, value) in headers {
            asked = asked.header(*name, *value);
        }
        answered(&self.portal, asked.body(Body::from(body(form))).unwrap()).await
    }

    /// A ticket as the form carries it.
    pub(super) async fn ticket(&self) -> String {
        let page = self.get("/report").await.body;
        between(&page, "name=\"ticket\" value=\"", "\"").to_owned()
    }

    /// A report by form, and the path of its room.
    pub(super) async fn room(&self, form: &[Field<'_>]) -> (String, String) {
        let ticket = self.ticket().await;
        let all: Vec<Field<'_>> = [Field::Text("ticket", &ticket)]
            .into_iter()
            .chain(form.iter().copied())
            .collect();
        let answer = self.post("/report", &all).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let number = between(&answer.body, "class=\"number\">", "<").to_owned();
        (number, format!("/room/{}", between(&answer.body, "/room/", "\"")))
    }

    fn reports(&self) -> usize {
        self.casework.board().open_reports().count()
    }
}

#[derive(Clone, Copy)]
pub(super) enum Field<'a> {
    Text(&'a str, &'a str),
    File(&'a str, &'a [u8]),
}

fn body(form: &[Field<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for field in form {
        let (head, content) = match field {
            Field::Text(name, text) => (format!("name=\"{name}\""), text.as_bytes()),
            Field::File(name, bytes) => (
                format!("name=\"files\"; filename=\"{name}\"\r\nContent-Type: a/b"),
                *bytes,
            ),
        };
        body.extend_from_slice(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n").as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

fn between<'a>(text: &'a str, before: &str, behind: &str) -> &'a str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(behind).unwrap().0
}

fn check_private(answer: &Answer) {
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("x-robots-tag"), "noindex, nofollow");
    assert_eq!(answer.header("content-security-policy"), head::CSP);
    assert!(!answer.body.contains("<script") && !answer.body.contains(" style="));
}

pub(super) fn run(story: impl Future<Output = ()>) {
    runtime().block_on(story);
}

#[test]
fn a_report_by_form_gets_its_number_and_its_room_once() {
    run(async {
        let house = House::open().await;
        let page = house.get("/report").await;
        assert_eq!(page.status, StatusCode::OK);
        check_private(&page);
        let helps = between(&page.body, "What helps us most", "</ul>");
        assert!(helps.contains("Which product and version is it?"), "{helps}");
        for way in ["Use the form", "Encrypt your message"] {
            assert!(!helps.contains(way), "{helps}");
        }
        let ticket = house.ticket().await;
        let form = [
            Field::Text("ticket", &ticket),
            Field::Text("title", "A flaw <b>"),
            Field::Text("text", "Like this"),
            Field::Text("credit", "later"),
            Field::File("", b""),
        ];
        let answer = house.post("/report", &form).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        check_private(&answer);
        let room = between(&answer.body, "href=\"https://psirt.example/room/", "\"").to_owned();
        let again = house.post("/report", &form).await;
        assert!(again.body.contains(&room), "the same form leads to the same room");
        assert_eq!(house.reports(), 1);
        let room = house.get(&format!("/room/{room}")).await;
        assert_eq!(room.status, StatusCode::OK);
        check_private(&room);
        assert!(
            room.body.contains("A flaw &#60;b&#62;") || room.body.contains("A flaw &lt;b&gt;"),
            "{}",
            room.body
        );
        assert!(room.body.contains("Received"));
        // What the form showed stands there in its words, and not by a name that nobody outside knows.
        let shown = between(&room.body, "What the form showed you", "</details>");
        assert!(
            shown.contains("nor deceived people who work there.\u{201d} (version 1)"),
            "{shown}"
        );
        assert!(!shown.contains("rules-of-engagement"), "{shown}");
    });
}

#[test]
fn what_is_wrong_is_said_and_what_was_typed_stays() {
    run(async {
        let house = House::open().await;
        let ticket = house.ticket().await;
        let form = [
            Field::Text("ticket", &ticket),
            Field::Text("title", "My \"title\""),
            Field::Text("text", ""),
            Field::Text("mail", "nobody"),
            Field::Text("credit", "no"),
            Field::Text("passphrase", PHRASE),
            Field::File("poc.py", &[b'x'; 100_000]),
        ];
        let answer = house.post("/report", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        check_private(&answer);
        for said in [
            "is not sent yet",
            "Say what you found",
            "no mail address",
            "My &#34;title&#34;",
            "value=\"nobody\"",
            "value=\"no\" checked",
            "Type it again",
            "Choose them again",
            &ticket,
        ] {
            assert!(answer.body.contains(said), "{said}: {}", answer.body);
        }
        assert!(!answer.body.contains(PHRASE));
        assert_eq!(house.reports(), 0);
        let cut = body(&form);
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let asked = Request::post("/report")
            .header("host", HOST)
            .header("content-type", kind);
        let answer = answered(&house.portal, asked.body(Body::from(cut[..200].to_vec())).unwrap()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        let asked = Request::post("/report")
            .header("host", HOST)
            .header("content-type", "text/plain");
        let answer = answered(&house.portal, asked.body(Body::from("x")).unwrap()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(house.reports(), 0);
    });
}

#[test]
fn the_secret_link_stands_on_the_brands_host_whatever_the_request_says() {
    run(async {
        let house = House::open().await;
        for (host, expect) in [
            ("evil.example", "https://psirt.example/room/"),
            ("psirt.example:8443", "https://psirt.example/room/"),
            ("127.0.0.1:8080", "http://127.0.0.1:8080/room/"),
            ("psirt.localhost:8080", "http://psirt.localhost:8080/room/"),
        ] {
            let ticket = house.ticket().await;
            let form = body(&[Field::Text("ticket", &ticket), Field::Text("text", "It crashes.")]);
            let asked = Request::post("/report")
                .header("host", host)
                .header("sec-fetch-site", "same-origin")
                .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"));
            let answer = answered(&house.portal, asked.body(Body::from(form)).unwrap()).await;
            assert!(answer.body.contains(expect), "{host}: {}", answer.body);
            assert!(!answer.body.contains("evil"), "{host}");
        }
    });
}

#[test]
fn an_address_that_no_letter_reaches_is_refused_and_a_form_that_is_not_ours_is_told_in_a_sentence() {
    run(async {
        let house = House::open().await;
        let ticket = house.ticket().await;
        let form = |mail| {
            [
                Field::Text("ticket", &ticket),
                Field::Text("text", "It crashes."),
                Field::Text("mail", mail),
            ]
        };
        let answer = house.post("/report", &form("jürgen@bücher.example")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            answer.body.contains("No letter of ours can go to this address"),
            "{}",
            answer.body
        );
        assert_eq!(house.reports(), 0);
        house.room(&form("rita@bücher.example")[1..]).await;
        let board = house.casework.board();
        let (_, report) = board.open_reports().next().unwrap();
        assert_eq!(report.from, "rita@xn--bcher-kva.example");
        drop(board);
        let answer = house
            .post(
                "/report",
                &[Field::Text("ticket", "x"), Field::Text("text", "It crashes.")],
            )
            .await;
        assert!(answer.body.contains("The form is not one of ours"), "{}", answer.body);
    });
}

#[test]
fn files_go_with_the_report_and_one_that_is_too_large_takes_nothing_from_it() {
    run(async {
        let house = House::open().await;
        let bytes = vec![b'x'; 200_000];
        let large = vec![b'y'; 400_000];
        let ticket = house.ticket().await;
        let form = [
            Field::Text("ticket", &ticket),
            Field::Text("text", "See the capture"),
            Field::File("capture.pcap", &bytes),
            Field::File("large.bin", &large),
            Field::File("../small.txt", b"small"),
        ];
        let answer = house.post("/report", &form).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert!(
            answer.body.contains("capture.pcap <span class=\"quiet\">200.0 kB"),
            "{}",
            answer.body
        );
        assert!(answer.body.contains("<b>large.bin</b> was not kept"), "{}", answer.body);
        assert!(answer.body.contains("small.txt"));
        let room = house
            .get(&format!("/room/{}", between(&answer.body, "/room/", "\"")))
            .await;
        assert!(
            room.body.contains("capture.pcap") && !room.body.contains("large.bin"),
            "{}",
            room.body
        );
    });
}

#[test]
fn a_form_of_another_site_is_not_taken() {
    run(async {
        let house = House::open().await;
        let ticket = house.ticket().await;
        let form = [Field::Text("ticket", &ticket), Field::Text("text", "x")];
        let answer = house
            .post_from("/report", &form, &[("origin", "https://evil.example")])
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        let answer = house
            .post_from("/report", &form, &[("sec-fetch-site", "cross-site")])
            .await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(house.reports(), 0);
        // Tor Browser and other programs that send neither are let in.
        let answer = house.post_from("/report", &form, &[("origin", "null")]).await;
        assert_eq!(answer.status, StatusCode::OK);
    });
}

#[test]
fn no_room_a_wrong_one_and_a_closed_one_are_the_same_answer() {
    run(async {
        let house = House::open().await;
        let (_, room) = house.room(&[Field::Text("text", "x")]).await;
        let known = house.get("/nothing/here").await;
        let check = |answer: &Answer, of: &str| {
            assert_eq!((answer.status, &answer.body), (known.status, &known.body), "{of}");
            let headers = |answer: &Answer| answer.headers.clone();
            assert_eq!(headers(answer), headers(&known), "{of}");
        };
        let unknown = format!("/room/{}", "0".repeat(52));
        let short = room[..room.len() - 1].to_owned();
        let at = format!("/room/at/{}", "0".repeat(26));
        for path in [
            &unknown,
            &short,
            &at,
            &format!("{unknown}/erase"),
            &"/room/x".to_owned(),
        ] {
            check(&house.get(path).await, path);
        }
        for path in [&unknown, &at] {
            let form = [
                Field::Text("act", "message"),
                Field::Text("once", "1"),
                Field::Text("text", "x"),
            ];
            check(&house.post(path, &form).await, path);
        }
        let page = house.get(&format!("{room}/erase")).await;
        assert!(page.body.contains("The room closes"), "{}", page.body);
        let asked = house.post(&room, &[Field::Text("act", "erase")]).await;
        assert_eq!(
            (asked.status, asked.header("location")),
            (StatusCode::SEE_OTHER, format!("{room}/erase").as_str())
        );
        let erased = house
            .post(&room, &[Field::Text("act", "erase"), Field::Text("sure", "yes")])
            .await;
        assert!(erased.body.contains("You are erased"), "{}", erased.body);
        check(&house.get(&room).await, "closed");
        check(&house.post(&room, &[Field::Text("act", "files")]).await, "closed");
    });
}

#[test]
fn what_is_sent_from_the_room_is_answered_in_it() {
    run(async {
        let house = House::open().await;
        let (number, room) = house.room(&[Field::Text("text", "x")]).await;
        let sent = async |act: &str, fields: &[Field<'_>]| {
            let once = format!("{act}-{number}");
            let mut form = vec![Field::Text("act", act), Field::Text("once", &once)];
            form.extend_from_slice(fields);
            house.post(&room, &form).await
        };
        let answer = sent("message", &[Field::Text("text", "Hello <i>there</i>")]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let page = house.get(answer.header("location")).await.body;
        assert!(
            page.contains("Your message is with the team") && page.contains("there"),
            "{page}"
        );
        assert!(!page.contains("<i>there"));
        sent("credit", &[Field::Text("credit", "yes"), Field::Text("name", "Ada")]).await;
        sent("plan", &[Field::Text("day", "2026-12-24")]).await;
        let page = house.get(&room).await.body;
        assert!(
            page.contains("value=\"Ada\"") && page.contains("24 December 2026"),
            "{page}"
        );
        let refused = sent("plan", &[Field::Text("day", "2020-01-01")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("This day is over"), "{}", refused.body);
        let long = "x".repeat(70_000);
        let refused = sent("message", &[Field::Text("text", &long)]).await;
        assert!(
            refused.body.contains("send the rest as a file") && refused.body.contains(&long),
            "what was typed stays"
        );
        let refused = sent("appeal", &[Field::Text("text", "No")]).await;
        assert!(
            refused.body.contains("Only a rejection can be appealed"),
            "{}",
            refused.body
        );
        let files = [Field::Text("act", "files"), Field::File("log.txt", b"log")];
        let answer = house.post(&room, &files).await;
        assert!(answer.body.contains("log.txt"), "{}", answer.body);
        let none = house
            .post(&room, &[Field::Text("act", "files"), Field::File("", b"")])
            .await;
        assert!(none.body.contains("No file was chosen"));
        for act in ["", "shred"] {
            assert_eq!(sent(act, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{act}");
        }
    });
}

#[test]
fn the_address_shows_the_status_and_the_passphrase_opens_the_rest() {
    run(async {
        let house = House::open().await;
        let form = [
            Field::Text("title", "PLANTED"),
            Field::Text("text", "x"),
            Field::Text("passphrase", PHRASE),
        ];
        let (number, room) = house.room(&form).await;
        let page = house.get(&room).await.body;
        let door = format!("/room/at/{}", between(&page, "/room/at/", "<"));
        let page = house.get(&door).await;
        check_private(&page);
        assert!(
            page.body.contains(&number) && page.body.contains("Nobody has looked"),
            "{}",
            page.body
        );
        assert!(!page.body.contains("PLANTED"));
        let knock = async |number: &str, phrase: &str| {
            house
                .post(
                    &door,
                    &[Field::Text("number", number), Field::Text("passphrase", phrase)],
                )
                .await
        };
        let refused = knock(&number, "four words of yours").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.body.contains("did not open the room") && !refused.body.contains("PLANTED"));
        let open = knock(&number, PHRASE).await;
        assert_eq!(
            (open.status, open.header("location")),
            (StatusCode::SEE_OTHER, room.as_str())
        );
    });
}

#[test]
fn a_portal_of_files_takes_nothing_in() {
    run(async {
        let (_directory, portal) = tree();
        let asked = |method: &str, path: &str| {
            Request::builder()
                .method(method)
                .uri(path)
                .body(Body::from("x"))
                .unwrap()
        };
        for path in ["/report", "/room/x", "/room/at/x"] {
            assert_eq!(
                answered(&portal, asked("POST", path)).await.status,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
        for path in ["/", "/search", "/room/x/erase"] {
            assert_eq!(
                answered(&portal, asked("POST", path)).await.status,
                StatusCode::METHOD_NOT_ALLOWED,
                "{path}"
            );
        }
    });
}

/// A form that begins, says so when the rest of it is waited for, and never goes on.
struct Slow {
    begun: Option<axum::body::Bytes>,
    waiting: tokio::sync::mpsc::UnboundedSender<()>,
}

impl axum::body::HttpBody for Slow {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        match self.begun.take() {
            Some(piece) => std::task::Poll::Ready(Some(Ok(hyper::body::Frame::data(piece)))),
            None => {
                self.waiting.send(()).ok();
                std::task::Poll::Pending
            }
        }
    }
}

impl House {
    /// So many senders who begin a form and hold their place; gives what ends them.
    async fn slow(&self, path: &str, begun: &[Field<'_>], count: usize) -> tokio::task::JoinSet<()> {
        let mut senders = tokio::task::JoinSet::new();
        let (waiting, mut told) = tokio::sync::mpsc::unbounded_channel();
        for _ in 0..count {
            let all = body(begun);
            let end = all.len() - BOUNDARY.len() - 10;
            let slow = Slow {
                begun: Some(all[..end].to_vec().into()),
                waiting: waiting.clone(),
            };
            let kind = format!("multipart/form-data; boundary={BOUNDARY}");
            let asked = Request::post(path).header("host", HOST).header("content-type", kind);
            let (portal, asked) = (self.portal.clone(), asked.body(Body::new(slow)).unwrap());
            senders.spawn(async move {
                answered(&portal, asked).await;
            });
        }
        for _ in 0..count {
            told.recv().await.unwrap();
        }
        senders
    }
}

#[test]
fn slow_senders_take_no_place_from_who_does_something_else() {
    run(async {
        let house = House::open().await;
        let form = [Field::Text("text", "x"), Field::Text("passphrase", PHRASE)];
        let (number, room) = house.room(&form).await;
        let page = house.get(&room).await.body;
        let door = format!("/room/at/{}", between(&page, "/room/at/", "<"));
        let forms = house.slow("/report", &[Field::Text("text", "x")], 32).await;
        let ticket = house.ticket().await;
        let sent = [Field::Text("ticket", &ticket), Field::Text("text", "y")];
        let busy = house.post("/report", &sent).await;
        assert_eq!(busy.status, StatusCode::SERVICE_UNAVAILABLE, "{}", busy.body);
        assert!(busy.body.contains("Nothing of yours was kept"), "{}", busy.body);
        let file = [Field::Text("act", "files"), Field::File("slow.bin", &[b'x'; 200])];
        let uploads = house.slow(&room, &file, 32).await;
        let busy = house.post(&room, &file).await;
        assert_eq!(busy.status, StatusCode::SERVICE_UNAVAILABLE, "{}", busy.body);

        // Pages, messages and passphrases have places of their own.
        assert_eq!(house.get("/report").await.status, StatusCode::OK);
        assert_eq!(house.get(&room).await.status, StatusCode::OK);
        let message = [
            Field::Text("act", "message"),
            Field::Text("once", "1"),
            Field::Text("text", "still here"),
        ];
        assert_eq!(house.post(&room, &message).await.status, StatusCode::SEE_OTHER);
        let knock = [Field::Text("number", &number), Field::Text("passphrase", PHRASE)];
        assert_eq!(house.post(&door, &knock).await.status, StatusCode::SEE_OTHER);
        drop(uploads);
        drop(forms);
        // Their places are free once they are gone.
        while house.post("/report", &sent).await.status == StatusCode::SERVICE_UNAVAILABLE {
            tokio::task::yield_now().await;
        }
        assert_eq!(house.reports(), 2);
    });
}
