//! The portal serves its folder and nothing else.

use super::*;
use crate::tests::{Answer, ask};
use std::fs;
use tempfile::TempDir;

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
    write(brand.join(".hidden"), "hidden");
    write(brand.join(".git/config"), "hidden");
    write(brand.join("big.bin"), &"x".repeat(3 * CHUNK_BYTES + 7));
    fs::create_dir_all(brand.join("empty")).unwrap();
    write(root.join("tree/a/other.example.net/index.html"), "other brand");
    write(root.join("keys/master.key"), "secret");
    std::os::unix::fs::symlink("a", root.join("tree/current")).unwrap();
    std::os::unix::fs::symlink("tree/a", root.join("public")).unwrap();
    std::os::unix::fs::symlink(root.join("keys"), brand.join("keys")).unwrap();
    std::os::unix::fs::symlink("../other.example.net/index.html", brand.join("sibling.html")).unwrap();
    std::os::unix::fs::symlink("index.html", brand.join("alias.html")).unwrap();
    let router = portal(root.join("public"), "security.example.net".to_owned());
    (dir, router)
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
fn files_go_out_under_their_types() {
    check_file("/", "home", "text/html; charset=utf-8");
    check_file("/policy/", "policy", "text/html; charset=utf-8");
    check_file("/alias.html", "home", "text/html; charset=utf-8");
    check_file("/.well-known/security.txt", "Contact: x", "text/plain; charset=utf-8");
    check_file("/big.bin", &"x".repeat(3 * CHUNK_BYTES + 7), "application/octet-stream");
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
