//! Measures the portal's served pages over an invented catalogue: `cargo run --release -p web --example portal_search -- 10000`. Prints; never
//! judges.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use data_encoding::HEXLOWER;
use documents::catalog::{self, Face};
use documents::page::Setting;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use psirt::advisory::{Advisory, LineState, LineStatement, Revision, Vulnerability};
use sha2::{Digest as _, Sha256};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const DOMAIN: &str = "psirt.example.com";
const QUESTIONS: usize = 2_000;
const PRODUCTS: usize = 60;
const WORDS: [&str; 16] = [
    "overflow",
    "script",
    "session",
    "backup",
    "certificate",
    "parser",
    "token",
    "report",
    "upload",
    "driver",
    "gateway",
    "sensor",
    "cache",
    "export",
    "license",
    "kernel",
];

#[expect(clippy::print_stdout, reason = "it says what it measured")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = std::env::args().nth(1).unwrap_or_else(|| "10000".to_owned()).parse()?;
    let root = tempfile::tempdir()?;
    let bytes = tree(root.path(), count)?;
    let router = web::portal(root.path().join("public"), vec![DOMAIN.to_owned()]);

    let begun = Instant::now();
    ask(&router, "/search").await?;
    println!(
        "{count} advisories, {bytes} bytes of catalogue; read and answered at first in {:.1} ms",
        millis(begun.elapsed())
    );
    for (name, question) in [("search", search as fn(usize) -> String), ("affected", affected)] {
        let mut times = Vec::with_capacity(QUESTIONS);
        for number in 0..QUESTIONS {
            let begun = Instant::now();
            ask(&router, &question(number)).await?;
            times.push(begun.elapsed());
        }
        times.sort_unstable();
        let at = |percent: usize| times.get(times.len() * percent / 100).copied().map_or(f64::NAN, millis);
        println!(
            "{name}: p50 {:.2} ms, p95 {:.2} ms, p99 {:.2} ms",
            at(50),
            at(95),
            at(99)
        );
    }
    Ok(())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

async fn ask(router: &Router, path: &str) -> Result<(), Box<dyn Error>> {
    let request = Request::get(path).header("host", DOMAIN).body(Body::empty())?;
    let answer = TowerToHyperService::new(router.clone()).call(request).await?;
    if !answer.status().is_success() {
        return Err(format!("{path}: {}", answer.status()).into());
    }
    to_bytes(answer.into_body(), 16 << 20).await?;
    Ok(())
}

fn word(number: usize) -> &'static str {
    WORDS.get(number % WORDS.len()).copied().unwrap_or_default()
}

fn search(number: usize) -> String {
    let (one, other, third) = (word(number), word(number / 3 + 5), word(number / 7 + 9));
    match number % 6 {
        0 => format!("/search?q={one}"),
        1 => format!("/search?q={one}+{other}+{third}"),
        2 => format!(
            "/search?product=Product+{}&version=24.{}",
            number % PRODUCTS,
            number % 30
        ),
        3 => format!("/search?severity=Not+rated&year={}", 2015 + number % 12),
        4 => format!("/search?q=nothing{number}"),
        _ => format!("/search?q={one}&page={}", number % 10 + 1),
    }
}

fn affected(number: usize) -> String {
    format!(
        "/affected?product=Product+{}&version=24.{}.1",
        number % PRODUCTS,
        number % 30
    )
}

/// A published tree with nothing but its catalogue and its manifest. Answers the catalogue's size in bytes.
fn tree(root: &Path, count: usize) -> Result<usize, Box<dyn Error>> {
    let advisories: Result<Vec<Advisory>, _> = (0..count).map(advisory).collect();
    let entries = catalog::entries(&advisories?, &Setting::of(None));
    let face = Face {
        brand: "Example".to_owned(),
        dynamic: true,
        ..Face::default()
    };
    let slot = root.join("tree/a");
    let mut body = String::new();
    let mut bytes = 0;
    let mut files = catalog::files(&face, &entries);
    files.sort();
    for (path, content) in files {
        let file = slot.join(DOMAIN).join(&path);
        fs::create_dir_all(file.parent().unwrap_or(&slot))?;
        fs::write(&file, &content)?;
        bytes += content.len();
        let digest = HEXLOWER.encode(&Sha256::digest(&content));
        writeln!(body, "{digest} {} {DOMAIN}/{path}", content.len())?;
    }
    let end = HEXLOWER.encode(&Sha256::digest(body.as_bytes()));
    fs::write(
        root.join("tree/a.manifest"),
        format!("candor-tree 1 generation 1\n{body}end {end}\n"),
    )?;
    std::os::unix::fs::symlink("tree/a", root.join("public"))?;
    Ok(bytes)
}

fn advisory(number: usize) -> Result<Advisory, jiff::Error> {
    let line = |place: usize| LineStatement {
        product: format!("Product {}", (number + place * 17) % PRODUCTS),
        deployment: "on-prem".to_owned(),
        state: if place == 2 {
            LineState::Affected
        } else {
            LineState::Fixed
        },
        affected: format!("24.0 to 24.{}", number % 25),
        fixed: (place != 2).then(|| format!("24.{}", number % 25 + 1)),
        fixed_on: None,
        justification: None,
        version_scheme: psirt::version::VersionScheme::default(),
        vendor: None,
    };
    let (a, b, c) = (word(number), word(number / 5 + 3), word(number / 11 + 7));
    let day = format!(
        "{}-{:02}-{:02}T00:00:00Z",
        2015 + number % 12,
        number / 12 % 12 + 1,
        number / 144 % 28 + 1
    );
    Ok(Advisory {
        number: format!("EXN-SA-{number:05}"),
        title: format!("Product {}: {a} of the {b} reaches the {c}", number % PRODUCTS),
        summary: format!(
            "Whoever can send a {b} makes the {a} of the {c} do what it should not. Nobody has to sign in. Update, or turn off the {b}."
        ),
        vulnerabilities: vec![Vulnerability {
            cve: Some(format!("CVE-1900-{number:05}")),
            lines: (0..3).map(line).collect(),
            ..Vulnerability::default()
        }],
        revisions: vec![Revision {
            number: 1,
            at: day.parse()?,
            summary: "First version".to_owned(),
            version: String::new(),
        }],
        ..Advisory::default()
    })
}
