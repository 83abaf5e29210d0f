//! The same over HTTP on loopback: what only a server can do wrong. Plain text always fails requirement 3.

use super::server::{Manner, listener, serve};
use super::tree::{DNS_HOST, Document, Files, HOST, Tree};
use super::{check_verdicts, findings};
use crate::provider::{ArchivePlace, Provider, Report, Requirement, Role, Source, Verdict, archive, check, fetched};
use crate::tests::sample::now;
use fetch::{Client, Limits, Plain};

/// The hosts as they are called on loopback.
const LOCAL: &str = "psirt.localhost";
const LOCAL_DNS: &str = "csaf.data.security.psirt.localhost";
const FIRST: &str = "psirt.localhost/.well-known/csaf/white/2024/exn-sa-2024_002.json";

/// Serves a tree, and checks it by the name that it has there.
fn served(make: impl FnOnce(&mut Tree), manner: impl FnOnce(&mut Manner)) -> Report {
    let port = listening(make, manner);
    let provider = Provider::read(&format!("http://{LOCAL}:{port}")).unwrap();
    check(&mut source(), &provider, now())
}

fn source() -> Source {
    Source::Https(Box::new(Client::new("test", Limits::default(), Plain::OnLoopback)))
}

/// Serves a tree, and gives back the port.
fn listening(make: impl FnOnce(&mut Tree), manner: impl FnOnce(&mut Manner)) -> u16 {
    let (listener, port) = listener();
    let mut tree = Tree::perfect();
    tree.origin = format!("http://{LOCAL}:{port}");
    make(&mut tree);
    let local = |path: String| path.replace(DNS_HOST, LOCAL_DNS).replace(HOST, LOCAL);
    let files: Files = tree
        .files()
        .into_iter()
        .map(|(path, content)| (local(path), content))
        .collect();
    let mut how = Manner {
        open: true,
        ..Manner::default()
    };
    manner(&mut how);
    serve(listener, files, how);
    port
}

/// The documents that are read of a place below the port, by the ends of their addresses, and how many keys come along; or why none is.
fn archived(port: u16, place: &str) -> Result<(Vec<String>, usize), Vec<String>> {
    let place = ArchivePlace::read(&format!("http://{LOCAL}:{port}{place}")).unwrap();
    let found = archive(&mut source(), &place)?;
    let mut names = Vec::new();
    for address in &found.documents {
        let read = fetched(&mut source(), address).map_err(|why| vec![why])?;
        let ends: Vec<&str> = read.beside.iter().map(|(end, _)| *end).collect();
        assert_eq!(ends, ["sha256", "sha512", "asc"]);
        assert!(read.json.starts_with(b"{"));
        names.push(address.path().rsplit('/').next().unwrap().to_owned());
    }
    Ok((names, found.keys.len()))
}

fn check_not_archived(port: u16, place: &str, words: &str) {
    let why = archived(port, place).unwrap_err();
    assert!(why.iter().any(|line| line.contains(words)), "{why:#?} lacks {words}");
}

#[test]
fn an_archive_is_found_by_domain_metadata_and_directory() {
    let time = "2024-04-01T00:00:00Z";
    // What is not for everybody is no part of it, even where anybody could read it.
    let amber = |tree: &mut Tree| {
        tree.documents
            .push(Document::new("EXN-SA-2024:009", "AMBER", time, time))
    };
    let port = listening(amber, |_| ());
    let (names, keys) = archived(port, "").unwrap();
    assert_eq!((names.len(), keys), (3, 1), "{names:?}");
    assert_eq!(
        archived(port, "/.well-known/csaf/provider-metadata.json").unwrap().0,
        names
    );
    assert_eq!(archived(port, "/.well-known/csaf/white/").unwrap(), (names, 0));
    assert!(ArchivePlace::read("https://example.com/white/?a=b").is_none());
    assert!(ArchivePlace::read("https://a:b@example.com/white/").is_none());
    assert!(ArchivePlace::read("https://example.com/page").is_none());
}

#[test]
fn an_archive_that_is_not_known_whole_is_none() {
    let broken = |place: &str, status: u16| {
        let place = format!("{LOCAL}/.well-known/csaf/{place}");
        listening(
            |_| (),
            |manner| drop(manner.instead.insert(place, (status, String::new()))),
        )
    };
    check_not_archived(broken("white/index.txt", 500), "", "answers 500");
    check_not_archived(
        broken("white/index.txt", 404),
        "/.well-known/csaf/white/",
        "nothing at this address",
    );
    check_not_archived(broken("white/csaf-feed-tlp-white.json", 500), "", "answers 500");
    check_not_archived(
        broken("white/2024/exn-sa-2024_002.json", 404),
        "",
        "is listed and not there",
    );
    check_not_archived(
        broken("white/2024/exn-sa-2024_002.json.asc", 403),
        "",
        "is not for everybody",
    );
    check_not_archived(
        listening(|_| (), |manner| manner.noise = Some(b"noise".to_vec())),
        "",
        "provider-metadata.json",
    );
}

/// These requirements stand like this, and requirement 3 fails, because nothing here speaks TLS.
fn check_served(what: &str, report: &Report, expect: &[(Requirement, Verdict)]) {
    let mut all = vec![(Requirement::Tls, Verdict::Error)];
    all.extend(expect);
    all.sort();
    check_verdicts(what, report, &all);
}

fn check_says(report: &Report, words: &str) {
    let said = findings(report);
    assert!(said.iter().any(|line| line.contains(words)), "{said:#?} lacks {words}");
}

#[test]
fn a_perfect_tree_lacks_tls_alone() {
    let report = served(|_| (), |_| ());
    check_served("nothing is broken", &report, &[]);
    assert_eq!(report.documents, 3);
    assert_eq!(report.notes, [""; 0]);
    assert_eq!(report.reached, None);
}

#[test]
fn a_redirect_is_a_warning() {
    let to = |manner: &mut Manner| {
        let other = "Location: /.well-known/csaf/white/2024/exn-sa-2024_001.json\r\n".to_owned();
        manner.instead.insert(format!("{FIRST}.sha512"), (302, other));
    };
    let report = served(|_| (), to);
    check_served(
        "a hash elsewhere",
        &report,
        &[
            (Requirement::Redirects, Verdict::Warning),
            (Requirement::Hashes, Verdict::Error),
        ],
    );
    check_says(&report, "redirects to http");
}

#[test]
fn the_well_known_address_must_not_redirect() {
    let report = served(
        |tree| tree.metadata = "csaf/provider-metadata.json",
        |manner| {
            let to = "Location: /csaf/provider-metadata.json\r\n".to_owned();
            let place = format!("{LOCAL}/.well-known/csaf/provider-metadata.json");
            manner.instead.insert(place, (301, to));
        },
    );
    let expect = [
        (Requirement::Redirects, Verdict::Warning),
        (Requirement::WellKnown, Verdict::Error),
    ];
    // Its address is then not the canonical one, which serves the same bytes; service.json lies beside that one.
    check_served("a redirect there", &report, &expect);
}

#[test]
fn json_has_exactly_one_type() {
    let report = served(|_| (), |manner| manner.json = Some("application/json; charset=utf-8"));
    use Requirement::{Categories, Feeds, Metadata, Services, Valid};
    let warned = [Valid, Feeds, Services, Categories].map(|one| (one, Verdict::Warning));
    let expect: Vec<_> = [(Metadata, Verdict::Error)].into_iter().chain(warned).collect();
    check_served("with a charset", &report, &expect);
    check_says(&report, "must be exactly `application/json`");
}

#[test]
fn white_is_for_everybody() {
    let report = served(
        |_| (),
        |manner| drop(manner.instead.insert(FIRST.to_owned(), (403, String::new()))),
    );
    check_served("a closed document", &report, &[(Requirement::White, Verdict::Error)]);
}

#[test]
fn amber_behind_a_door_is_protected() {
    let time = "2024-04-01T00:00:00Z";
    let amber = |tree: &mut Tree| {
        tree.documents
            .push(Document::new("EXN-SA-2024:009", "AMBER", time, time))
    };
    let open = served(amber, |_| ());
    check_served("without a door", &open, &[(Requirement::Protected, Verdict::Error)]);
    let closed = served(amber, |manner| {
        for file in ["csaf-feed-tlp-amber.json", "index.txt"] {
            let place = format!("{LOCAL}/.well-known/csaf/amber/{file}");
            manner.instead.insert(place, (401, String::new()));
        }
    });
    check_served("with a door", &closed, &[]);
    assert_eq!(closed.documents, 3);
    assert_eq!(closed.notes.len(), 2, "{:?}", closed.notes);
}

#[test]
fn a_server_without_cross_origin_headers_is_told() {
    let report = served(|_| (), |manner| manner.open = false);
    check_served("no CORS", &report, &[]);
    let hosts: Vec<&str> = report.notes.iter().filter_map(|note| note.split(' ').next()).collect();
    assert_eq!(hosts, [LOCAL, LOCAL_DNS]);
}

#[test]
fn a_server_that_answers_noise_has_no_provider() {
    let noises: [&[u8]; 5] = [
        b"",
        b"\0\xff\xfe",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
        b"HTTP/1.1 500 x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n\xff\xff",
    ];
    for noise in noises {
        let report = served(|_| (), |manner| manner.noise = Some(noise.to_vec()));
        assert_eq!(report.reached, None::<Role>, "{noise:?}");
        assert!(!report.passes());
        assert_eq!(report.verdict(Requirement::Metadata), Verdict::Error, "{noise:?}");
    }
}
