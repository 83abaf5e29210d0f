//! The portal serves its folder and nothing else.

mod apart;
mod machines;
mod rooms;
mod served;
mod ways_in;

use super::*;
use crate::tests::{Answer, ask, ask_with};
use axum::body::Body;
use psirt::house::Brand;
use publish::Publisher;
use std::fs;
use std::time::Duration;
use tempfile::TempDir;

/// A file that is sent in several pieces.
const BIG: usize = 3 * body::CHUNK_BYTES + 7;
const SITE: &str = "security.example.net";
const OTHER: &str = "other.example.net";

/// `public -> tree/a`, with a brand, another brand, and secrets beside.
fn tree() -> (TempDir, Router) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let brand = root.join("tree/a/security.example.net");
    let write = |path: PathBuf, text: &str| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(brand.join("index.html"), "home");
    write(brand.join("policy/index.html"), "policy");
    write(brand.join("assets/candor-1a2b3c4d.css"), "css");
    write(brand.join(".well-known/csaf/provider-metadata.json"), "{}");
    write(brand.join(".well-known/csaf/2027/exn-sa.json.asc"), "armour");
    write(brand.join(".well-known/security.txt"), "Contact: x");
    write(brand.join(".well-known/csaf/white/index.html"), "listing");
    write(brand.join("feed.atom"), "<feed/>");
    write(brand.join("feed.atom.gz"), "packed");
    write(brand.join(".hidden"), "hidden");
    write(brand.join(".git/config"), "hidden");
    write(brand.join("big.bin"), &"x".repeat(BIG));
    fs::create_dir_all(brand.join("empty")).unwrap();
    write(root.join("tree/a/other.example.net/index.html"), "other brand");
    let keys = root.join("tree/a/openpgpkey.example.net/.well-known/openpgpkey/example.net");
    write(keys.join("hu/4tz7q7ge5mwz5sjx4yatrzhqs37873ts"), "key");
    write(root.join("keys/master.key"), "secret");
    std::os::unix::fs::symlink("a", root.join("tree/current")).unwrap();
    std::os::unix::fs::symlink("tree/a", root.join("public")).unwrap();
    std::os::unix::fs::symlink(root.join("keys"), brand.join("keys")).unwrap();
    std::os::unix::fs::symlink("../other.example.net/index.html", brand.join("sibling.html")).unwrap();
    std::os::unix::fs::symlink("index.html", brand.join("alias.html")).unwrap();
    let router = portal(root.join("public"), vec![SITE.to_owned()]);
    (dir, router)
}

/// What one request with these headers gets.
fn asked(router: &Router, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    ask_with(router, request.body(Body::empty()).unwrap())
}

fn check_file(path: &str, body: &str, media_type: &str) -> Answer {
    let (_dir, router) = tree();
    let answer = ask(&router, path);
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    assert_eq!(answer.body, body, "{path}");
    assert_eq!(answer.header("content-type"), media_type, "{path}");
    assert_eq!(answer.header("content-length"), body.len().to_string(), "{path}");
    assert_eq!(answer.header("content-security-policy"), head::CSP, "{path}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    answer
}

fn check_nothing(path: &str) {
    let (_dir, router) = tree();
    let answer = ask(&router, path);
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    assert_eq!(answer.body, "There is nothing at this address.\n", "{path}");
    assert_eq!(answer.header("content-security-policy"), head::CSP, "{path}");
}

#[test]
fn people_get_a_page_where_programs_get_a_line() {
    let (_dir, router) = tree();
    let html = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let first = asked(&router, "GET", "/none", &html);
    assert_eq!(first.status, StatusCode::NOT_FOUND);
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("content-security-policy", head::CSP),
    ] {
        assert_eq!(first.header(name), value);
    }
    for part in [
        "There is nothing at this address",
        "href=\"/assets/",
        "href=\"/index.html\"",
        "href=\"/report/index.html\"",
    ] {
        assert!(first.body.contains(part), "{}\nlacks {part}", first.body);
    }
    // Nothing of the address is in it, and no other place has another one.
    for path in [
        "/none/deeper/",
        "/protected/amber/",
        "/room/abc",
        "/csaf/none.json",
        "/../keys/master.key",
    ] {
        let other = asked(&router, "GET", path, &html);
        assert_eq!((other.status, &other.body), (first.status, &first.body), "{path}");
    }
    let line = asked(&router, "GET", "/none", &[("accept", "*/*")]);
    assert_eq!(line.body, "There is nothing at this address.\n");
}

#[test]
fn files_go_out_under_their_types() {
    check_file("/", "home", "text/html; charset=utf-8");
    check_file("/policy/", "policy", "text/html; charset=utf-8");
    check_file("/alias.html", "home", "text/html; charset=utf-8");
    check_file("/.well-known/security.txt", "Contact: x", "text/plain; charset=utf-8");
    check_file("/big.bin", &"x".repeat(BIG), "application/octet-stream");
    let asset = check_file("/assets/candor-1a2b3c4d.css", "css", "text/css; charset=utf-8");
    assert_eq!(asset.header("cache-control"), head::IMMUTABLE);
}

#[test]
fn machines_may_read_the_provider_from_anywhere() {
    let metadata = check_file("/.well-known/csaf/provider-metadata.json", "{}", "application/json");
    assert_eq!(metadata.header("access-control-allow-origin"), "*");
    let signature = check_file(
        "/.well-known/csaf/2027/exn-sa.json.asc",
        "armour",
        "text/plain; charset=utf-8",
    );
    assert_eq!(signature.header("access-control-allow-origin"), "*");
    assert_eq!(
        check_file("/", "home", "text/html; charset=utf-8").header("access-control-allow-origin"),
        ""
    );
}

#[test]
fn a_page_of_elsewhere_may_ask_before_it_reads() {
    let (_dir, router) = tree();
    let before = |path: &str| asked(&router, "OPTIONS", path, &[("origin", "https://a.example")]);
    for path in [
        "/.well-known/csaf/provider-metadata.json",
        "/feed.atom",
        "/osv/none.json",
    ] {
        let answer = before(path);
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert!(answer.header("access-control-allow-headers").contains("If-None-Match"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    for path in ["/", "/report", "/room/x", "/protected/amber/index.txt", "/search"] {
        let answer = before(path);
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
    }
    assert_eq!(ask(&router, "/feed.atom").header("access-control-allow-origin"), "*");
}

#[test]
fn a_folder_is_reached_with_its_slash() {
    let (_dir, router) = tree();
    let answer = ask(&router, "/policy");
    assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(answer.header("location"), "/policy/");
    check_nothing("/empty/");
    check_nothing("/index.html/");
}

#[test]
fn no_path_leaves_the_folder() {
    for path in [
        "/../other.example.net/index.html",
        "/..%2fother.example.net/index.html",
        "/%2e%2e/other.example.net/index.html",
        "/%2e%2e%2fkeys/master.key",
        "/policy/../../other.example.net/index.html",
        "/policy/%2e%2e/%2e%2e/keys/master.key",
        "//security.example.net/",
        "//evil.example/policy",
        "/policy//index.html",
        "/./index.html",
        "/keys/master.key",
        "/keys",
        "/sibling.html",
        "/.hidden",
        "/.git/config",
        "/%2egit/config",
        "/.well-known/../.hidden",
        "/index.html%00.png",
        "/index%0a.html",
        "/..%5c..%5ckeys%5cmaster.key",
        "/C:/index.html",
        "/%ff",
        "/%zz",
        "/%",
        "/missing",
    ] {
        check_nothing(path);
    }
    check_nothing(&format!("/{}", "a".repeat(5_000)));
    check_nothing(&format!("/{}", "a/".repeat(500)));
}

#[test]
fn the_tree_may_be_swapped_or_missing() {
    let (dir, router) = tree();
    let public = dir.path().join("public");
    fs::create_dir_all(dir.path().join("tree/b/security.example.net")).unwrap();
    fs::write(dir.path().join("tree/b/security.example.net/index.html"), "new").unwrap();
    fs::remove_file(&public).unwrap();
    assert_eq!(ask(&router, "/").status, StatusCode::NOT_FOUND);
    std::os::unix::fs::symlink("tree/b", &public).unwrap();
    assert_eq!(ask(&router, "/").body, "new");
}

/// What a host's name leads to, where two brands are served.
fn check_host(host: &str, path: &str, expect: Option<&str>) {
    let (dir, _) = tree();
    let brands = vec![SITE.to_owned(), OTHER.to_owned()];
    let router = portal(dir.path().join("public"), brands);
    let answer = asked(&router, "GET", path, &[("host", host)]);
    let expect = expect.map_or((StatusCode::NOT_FOUND, "There is nothing at this address.\n"), |body| {
        (StatusCode::OK, body)
    });
    assert_eq!((answer.status, answer.body.as_str()), expect, "{host}{path}");
}

#[test]
fn each_brand_answers_to_its_host() {
    check_host(SITE, "/", Some("home"));
    check_host("SECURITY.example.net.:8443", "/", Some("home"));
    check_host(OTHER, "/", Some("other brand"));
    check_host("other.example.net.localhost:8080", "/", Some("other brand"));
    check_host(OTHER, "/policy/", None);
    for own in ["127.0.0.1:8080", "localhost", "[::1]:8080"] {
        check_host(own, "/", Some("home"));
    }
    for strange in [
        "example.net",
        "evil.example",
        "",
        "..",
        "security.example.net/../other",
        "localhost.evil.example",
        "192.0.2.1",
    ] {
        check_host(strange, "/", None);
    }
    // The request line says more than the header.
    check_host(OTHER, "http://security.example.net/", Some("home"));
}

#[test]
fn one_brand_alone_answers_to_every_host() {
    let (_dir, router) = tree();
    for host in ["anything.example", "192.0.2.1", SITE] {
        assert_eq!(asked(&router, "GET", "/", &[("host", host)]).body, "home", "{host}");
    }
    assert_eq!(asked(&router, "GET", "/", &[]).body, "home", "no host at all");
}

#[test]
fn the_dns_path_serves_the_metadata_itself() {
    check_host("csaf.data.security.security.example.net", "/", Some("{}"));
    check_host("csaf.data.security.security.example.net", "/index.html", None);
    check_host("csaf.data.security.other.example.net", "/", None);
    check_host("csaf.data.security.evil.example", "/", None);
    let (_dir, router) = tree();
    let answer = asked(
        &router,
        "GET",
        "/",
        &[("host", "csaf.data.security.security.example.net:443")],
    );
    assert_eq!(
        (answer.body.as_str(), answer.header("content-type")),
        ("{}", "application/json")
    );
    assert_eq!(answer.header("access-control-allow-origin"), "*");
}

#[test]
fn what_is_for_machines_does_not_redirect() {
    check_file("/.well-known/csaf/white/", "listing", "text/html; charset=utf-8");
    // Whoever types a folder without its slash is led there; what holds no page is not there.
    let (_dir, router) = tree();
    let answer = ask(&router, "/.well-known/csaf/white");
    assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
    assert_eq!(answer.header("location"), "/.well-known/csaf/white/");
    check_nothing("/.well-known/csaf/2027");
    check_nothing("/.well-known");
}

#[test]
fn a_part_of_a_file_is_sent() {
    let (_dir, router) = tree();
    let part = |headers: &[(&str, &str)], status: u16, body: &str, range: &str| {
        let answer = asked(&router, "GET", "/index.html", headers);
        let got = (
            answer.status.as_u16(),
            answer.body.as_str(),
            answer.header("content-range"),
        );
        assert_eq!(got, (status, body, range), "{headers:?}");
        assert_eq!(answer.header("accept-ranges"), "bytes");
        answer
    };
    let whole = part(&[], 200, "home", "");
    let tag = whole.header("etag");
    assert_eq!(
        part(&[("range", "bytes=1-2")], 206, "om", "bytes 1-2/4").header("content-length"),
        "2"
    );
    part(&[("range", "bytes=-1")], 206, "e", "bytes 3-3/4");
    part(&[("range", "bytes=4-")], 416, "", "bytes */4");
    part(&[("range", "bytes=0-0,2-3")], 200, "home", "");
    part(&[("range", "bytes=1-2"), ("if-range", tag)], 206, "om", "bytes 1-2/4");
    part(&[("range", "bytes=1-2"), ("if-range", "\"old\"")], 200, "home", "");
    part(&[("range", "bytes=1-2"), ("if-none-match", tag)], 304, "", "");
    let from = BIG - 2;
    let answer = asked(&router, "GET", "/big.bin", &[("range", &format!("bytes={from}-"))]);
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (206, "xx"));
    let large = asked(&router, "GET", "/big.bin", &[("range", "bytes=1-")]);
    assert_eq!((large.status.as_u16(), large.body.len()), (206, BIG - 1));
}

#[test]
fn a_head_tells_what_a_get_would() {
    let (_dir, router) = tree();
    let (got, told) = (asked(&router, "GET", "/", &[]), asked(&router, "HEAD", "/", &[]));
    assert_eq!((told.status, told.body.as_str()), (StatusCode::OK, ""));
    for name in [
        "etag",
        "content-length",
        "content-type",
        "cache-control",
        "accept-ranges",
    ] {
        assert_eq!(told.header(name), got.header(name), "{name}");
    }
    let tag = got.header("etag");
    assert_eq!(
        asked(&router, "HEAD", "/", &[("if-none-match", tag)]).status,
        StatusCode::NOT_MODIFIED
    );
    assert_eq!(
        asked(&router, "HEAD", "/", &[("range", "bytes=0-0")]).status,
        StatusCode::OK
    );
    assert_eq!(asked(&router, "HEAD", "/missing", &[]).status, StatusCode::NOT_FOUND);
}

#[test]
fn a_client_that_has_it_is_sent_nothing() {
    let (dir, router) = tree();
    let tag = ask(&router, "/").header("etag").to_owned();
    let again = |router: &Router| asked(router, "GET", "/", &[("if-none-match", &tag)]);
    let answer = again(&router);
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(
        (answer.header("etag"), answer.header("cache-control")),
        (tag.as_str(), "public, max-age=60")
    );
    fs::write(dir.path().join("tree/a").join(SITE).join("index.html"), "news").unwrap();
    assert_eq!(again(&router).body, "news");
}

/// Publishes these brands with nothing in them.
fn published(publisher: &Publisher, brands: &[Brand]) -> publish::Generation {
    let sites: Vec<publish::Site<'_>> = brands
        .iter()
        .map(|brand| publish::Site {
            still: false,
            brand,
            policy: None,
            keys: &[],
            intake: &[],
            releases: &[],
            tombstones: &[],
            portal: publish::PortalParts::default(),
            changed: jiff::Timestamp::UNIX_EPOCH,
            security_txt: None,
        })
        .collect();
    publisher.update(&sites, jiff::Timestamp::UNIX_EPOCH).unwrap()
}

#[test]
fn what_is_in_memory_is_what_the_disk_has() {
    let dir = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(dir.path());
    published(&publisher, &[brand("Example")]);
    let router = portal(publisher.public(), vec![SITE.to_owned()]);
    let site = || publisher.public().canonicalize().unwrap().join(SITE);
    // Files that have just been written are not kept.
    std::thread::sleep(Duration::from_millis(2_100));
    let date = "Fri, 02 Jan 1970 00:00:00 GMT";
    let ways: [(&str, &[(&str, &str)]); 5] = [
        ("GET", &[]),
        ("HEAD", &[]),
        ("GET", &[("range", "bytes=1-5")]),
        ("GET", &[("accept-encoding", "gzip")]),
        ("GET", &[("if-modified-since", date)]),
    ];
    for path in [
        "/",
        "/index.html",
        "/.well-known/csaf/provider-metadata.json",
        "/feed.atom",
        "/none",
    ] {
        for (method, headers) in ways {
            let fresh = portal(publisher.public(), vec![SITE.to_owned()]);
            let first = asked(&fresh, method, path, headers);
            for _ in 0..3 {
                assert_eq!(
                    asked(&router, method, path, headers),
                    first,
                    "{method} {path} {headers:?}"
                );
            }
        }
    }

    // Edited by hand: the time that it says is as it was, and so is its size.
    let (page, whole) = (site().join("index.html"), ask(&router, "/"));
    let written = fs::metadata(&page).unwrap().modified().unwrap();
    fs::write(&page, whole.body.replace("Security", "Sekurity")).unwrap();
    fs::File::options()
        .write(true)
        .open(&page)
        .unwrap()
        .set_modified(written)
        .unwrap();
    let edited = ask(&router, "/");
    assert!(edited.body.contains("Sekurity") && edited.body.len() == whole.body.len());
    assert_ne!(edited.header("etag"), whole.header("etag"));
    fs::remove_file(&page).unwrap();
    assert_eq!(ask(&router, "/").status, StatusCode::NOT_FOUND);

    // The next publication.
    published(&publisher, &[brand("Renamed")]);
    assert!(ask(&router, "/").body.contains("Renamed"));
    assert!(!ask(&router, "/index.html").body.contains("Example"));
}

#[test]
fn the_same_bytes_have_the_same_tag_in_both_slots() {
    let dir = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(dir.path());
    let sample = |name: &str| brand(name);
    let publish = |brands: &[Brand]| published(&publisher, brands);
    publish(&[sample("Example")]);
    let router = portal(publisher.public(), vec![SITE.to_owned()]);
    let path = "/.well-known/csaf/white/index.txt";
    let (first, metadata) = (
        ask(&router, path),
        ask(&router, "/.well-known/csaf/provider-metadata.json"),
    );
    let slot = fs::read_link(publisher.public()).unwrap();
    publish(&[sample("Renamed")]);
    assert_ne!(
        fs::read_link(publisher.public()).unwrap(),
        slot,
        "the other slot is public"
    );
    let again = asked(&router, "GET", path, &[("if-none-match", first.header("etag"))]);
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    let changed = asked(
        &router,
        "GET",
        "/.well-known/csaf/provider-metadata.json",
        &[("if-none-match", metadata.header("etag"))],
    );
    assert_eq!(changed.status, StatusCode::OK);
    assert!(changed.body.contains("Renamed"));

    // A link in the place of a published file, or of its folder, leads nowhere.
    let secret = dir.path().join("secret.txt");
    fs::write(&secret, "secret").unwrap();
    let file = publisher.public().join(SITE).join(&path[1..]);
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink(&secret, &file).unwrap();
    assert_eq!(ask(&router, path).status, StatusCode::NOT_FOUND);
    fs::remove_file(&file).unwrap();
    let folder = file.parent().unwrap();
    fs::rename(folder, dir.path().join("moved")).unwrap();
    fs::write(dir.path().join("moved/index.txt"), "secret").unwrap();
    std::os::unix::fs::symlink(dir.path().join("moved"), folder).unwrap();
    assert_eq!(ask(&router, path).status, StatusCode::NOT_FOUND);
}

pub(crate) fn brand(name: &str) -> psirt::house::Brand {
    psirt::house::Brand {
        id: "example".to_owned(),
        name: name.to_owned(),
        domain: SITE.to_owned(),
        namespace: format!("https://{SITE}"),
        policy: "house".to_owned(),
        number_prefix: "EXN".to_owned(),
        advisory_pattern: "{prefix}-SA-{year}:{seq:3}".to_owned(),
        contact: format!("psirt@{SITE}"),
        contact_details: String::new(),
        version_scheme: psirt::advisory::Scheme::default(),
        aggregators: psirt::house::Aggregators::default(),
        cna: None,
        rooms: None,
    }
}

#[test]
fn what_is_packed_already_goes_to_who_reads_it() {
    let (_dir, router) = tree();
    let check = |accepts: &[(&str, &str)], body: &str, coding: &str| {
        let answer = asked(&router, "GET", "/feed.atom", accepts);
        assert_eq!(
            (answer.body.as_str(), answer.header("content-encoding")),
            (body, coding),
            "{accepts:?}"
        );
        assert_eq!(answer.header("vary"), "Accept-Encoding");
        assert_eq!(answer.header("content-type"), "application/atom+xml");
        answer.header("etag").to_owned()
    };
    let packed = check(&[("accept-encoding", "br, gzip")], "packed", "gzip");
    check(&[("accept-encoding", "GZIP;q=0.5")], "packed", "gzip");
    let plain = check(&[("accept-encoding", "gzip;q=0, br")], "<feed/>", "");
    check(&[("accept-encoding", "identity")], "<feed/>", "");
    assert_eq!(check(&[], "<feed/>", ""), plain);
    assert_ne!(packed, plain, "two representations have two tags");
    let alone = asked(&router, "GET", "/index.html", &[("accept-encoding", "gzip")]);
    assert_eq!(
        (
            alone.body.as_str(),
            alone.header("vary"),
            alone.header("content-encoding")
        ),
        ("home", "", "")
    );
    check_file("/feed.atom.gz", "packed", "application/gzip");
}

#[test]
fn who_asks_makes_no_difference() {
    let (_dir, router) = tree();
    let path = "/.well-known/csaf/provider-metadata.json";
    for agent in ["", "curl/8", "csaf_downloader/3", "Mozilla/5.0", "bot"] {
        let answer = asked(
            &router,
            "GET",
            path,
            &[("user-agent", agent), ("origin", "https://a.example")],
        );
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (StatusCode::OK, "application/json"),
            "{agent}"
        );
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
}

#[test]
fn mail_programs_find_keys_under_their_own_host() {
    let (_dir, router) = tree();
    let path = "/.well-known/openpgpkey/example.net/hu/4tz7q7ge5mwz5sjx4yatrzhqs37873ts";
    let answer = asked(
        &router,
        "GET",
        &format!("{path}?l=psirt"),
        &[("host", "openpgpkey.example.net")],
    );
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "key"));
    assert_eq!(answer.header("content-type"), "application/octet-stream");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let head = asked(&router, "HEAD", path, &[("host", "OpenPGPkey.example.net:8080")]);
    assert_eq!((head.status, head.header("content-length")), (StatusCode::OK, "3"));
    for host in [
        "openpgpkey.other.net",
        "openpgpkey.example.net.",
        "openpgpkey..",
        "openpgpkey./../a",
        SITE,
    ] {
        let answer = asked(&router, "GET", path, &[("host", host)]);
        let expect = if host.ends_with("net.") {
            StatusCode::OK
        } else {
            StatusCode::NOT_FOUND
        };
        assert_eq!(answer.status, expect, "{host}");
    }
}
