//! What goes over the pipes: blocks of bytes, each after its length. Reading them back believes no length.

use super::cage::Cage;
use mail::reader::{Reading, Understood};
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use zeroize::Zeroizing;

/// What the parent asks; keys and the message follow as blocks.
#[derive(Serialize, Deserialize)]
pub(super) struct Request {
    pub(super) secret_keys: usize,
    pub(super) known_keys: usize,
    pub(super) addresses: Vec<String>,
    pub(super) recipients: Vec<String>,
    pub(super) lists: Vec<String>,
    pub(super) hosts: Vec<String>,
    pub(super) now: i64,
}

/// What is said of a message before its files come.
#[derive(Deserialize)]
struct Said {
    understood: Understood,
    left_out: Vec<String>,
}

/// What the child answers.
pub(super) enum Answer {
    /// What it read, and which known keys it left out.
    Read(Box<Reading>, Vec<String>),
    /// A key that it was given is none.
    Refused(String),
}

const READ: u8 = 1;
const REFUSED: u8 = 2;

pub(super) fn send_request(
    output: &mut impl Write,
    request: &Request,
    secret_keys: &[Zeroizing<Vec<u8>>],
    known_keys: &[Zeroizing<Vec<u8>>],
    message: &[u8],
) -> io::Result<()> {
    send(output, &serde_json::to_vec(request)?)?;
    for key in secret_keys.iter().chain(known_keys) {
        send(output, key)?;
    }
    send(output, message)
}

pub(super) fn receive_request(input: &mut impl Read) -> Option<Request> {
    serde_json::from_slice(&receive(input)?).ok()
}

pub(super) fn send_cage(output: &mut impl Write, cage: &Cage) -> io::Result<()> {
    send(output, &serde_json::to_vec(cage)?)?;
    output.flush()
}

pub(super) fn receive_cage(input: &mut impl Read) -> Option<Cage> {
    serde_json::from_slice(&receive(input)?).ok()
}

pub(super) fn send_reading(output: &mut impl Write, reading: &Reading, left_out: &[String]) -> io::Result<()> {
    output.write_all(&[READ])?;
    let said = serde_json::json!({ "understood": reading.understood, "left_out": left_out });
    send(output, &serde_json::to_vec(&said)?)?;
    reading.contents.iter().try_for_each(|content| send(output, content))?;
    output.flush()
}

pub(super) fn send_refusal(output: &mut impl Write, why: &str) -> io::Result<()> {
    output.write_all(&[REFUSED])?;
    send(output, why.as_bytes())?;
    output.flush()
}

/// The whole answer, or nothing: every file that it names is there, with the size that it names.
pub(super) fn receive_answer(input: &mut impl Read) -> Option<Answer> {
    let mut kind = [0];
    input.read_exact(&mut kind).ok()?;
    let [kind] = kind;
    let said = receive(input)?;
    if kind == REFUSED {
        return Some(Answer::Refused(String::from_utf8(said.to_vec()).ok()?));
    }
    let Said { understood, left_out } = serde_json::from_slice(&said).ok().filter(|_| kind == READ)?;
    let contents: Option<Vec<Vec<u8>>> = understood
        .attachments
        .iter()
        .map(|file| {
            // Files are large, and no keys: nothing of them has to be wiped.
            let bytes = receive_block(input)?;
            (bytes.len() == file.bytes).then_some(bytes)
        })
        .collect();
    let contents = contents?;
    let is_over = matches!(input.read(&mut [0]), Ok(0));
    if !is_over {
        return None;
    }
    Some(Answer::Read(Box::new(Reading { understood, contents }), left_out))
}

fn send(output: &mut impl Write, block: &[u8]) -> io::Result<()> {
    output.write_all(&(block.len() as u64).to_le_bytes())?;
    output.write_all(block)
}

/// One block, wiped when it is dropped: it may be a key.
pub(super) fn receive(input: &mut impl Read) -> Option<Zeroizing<Vec<u8>>> {
    receive_block(input).map(Zeroizing::new)
}

fn receive_block(input: &mut impl Read) -> Option<Vec<u8>> {
    let mut length = [0; 8];
    input.read_exact(&mut length).ok()?;
    let length = u64::from_le_bytes(length);
    let mut block = Vec::new();
    // It grows with what comes, not with what was promised.
    let read = input.take(length).read_to_end(&mut block).ok()?;
    (read as u64 == length).then_some(block)
}
