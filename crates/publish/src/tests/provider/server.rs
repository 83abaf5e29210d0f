//! A web server on loopback for the files of a test, with what a test wants it to do wrong. It answers one question a connection.

use super::tree::Files;
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// How a file is served.
#[derive(Clone, Default)]
pub(super) struct Manner {
    /// Status and further headers by path (with its host in front), in place of the file or beside it.
    pub(super) instead: BTreeMap<String, (u16, String)>,
    /// The type of JSON.
    pub(super) json: Option<&'static str>,
    /// Whether browsers' pages may read everything.
    pub(super) open: bool,
    /// Whether every answer is noise.
    pub(super) noise: Option<Vec<u8>>,
}

/// A free port, before the files are made that name it.
pub(super) fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Serves until the test's process ends.
pub(super) fn serve(listener: TcpListener, files: Files, manner: Manner) {
    let shared = Arc::new((files, manner));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let shared = Arc::clone(&shared);
            // Who hangs up early is served no worse next time.
            thread::spawn(move || answer(stream, &shared.0, &shared.1).ok());
        }
    });
}

fn answer(mut stream: TcpStream, files: &Files, manner: &Manner) -> std::io::Result<()> {
    let mut question = Vec::new();
    let mut byte = [0];
    while !question.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
        question.push(byte[0]);
    }
    if let Some(noise) = &manner.noise {
        return stream.write_all(noise);
    }
    let question = String::from_utf8_lossy(&question).into_owned();
    let path = question.split(' ').nth(1).unwrap_or_default();
    let host = question
        .lines()
        .find_map(|line| {
            line.split_once(": ")
                .filter(|(name, _)| name.eq_ignore_ascii_case("host"))
        })
        .map_or("", |(_, host)| host.split(':').next().unwrap_or_default());
    let mut file = format!("{host}{path}");
    if file.ends_with('/') {
        let index = |name: &str| Some(format!("{file}{name}")).filter(|file| files.contains_key(file));
        file = index("index.html").or_else(|| index("index.json")).unwrap_or(file);
    }
    let (status, mut headers) = match manner.instead.get(&format!("{host}{path}")) {
        Some((status, headers)) => (*status, headers.clone()),
        None if files.contains_key(&file) => (200, String::new()),
        None => (404, String::new()),
    };
    if file.ends_with(".json") {
        let json = manner.json.unwrap_or("application/json");
        headers.push_str(&format!("Content-Type: {json}\r\n"));
    }
    if manner.open {
        headers.push_str("Access-Control-Allow-Origin: *\r\n");
    }
    let body = files
        .get(&file)
        .filter(|_| status == 200)
        .map_or(&[][..], Vec::as_slice);
    let head = format!(
        "HTTP/1.1 {status} x\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}
