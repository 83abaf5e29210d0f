//! Others' mail is read by a child: the same binary, started again, that has shut itself in before it sees the first byte.
//!
//! Owns the child's life and the answer where it has none. Never looks into a message itself, and believes nothing that the child says
//! about sizes.

mod cage;
mod child;
mod wire;

use crate::failure::Failure;
use mail::reader::{Reading, Trouble, Understood};
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use zeroize::Zeroizing;

pub(crate) use cage::{Cage, Landlock};
pub(crate) use child::run as run_child;
use wire::{Answer, Request};

/// The first word of the child's command line. It is not for people, so no help names it.
pub(crate) const CHILD: &str = "read-message";

/// Most that a child may answer: everything decoded once as files and once as text, and as much again.
const MAX_ANSWER_BYTES: u64 = 256 * 1024 * 1024;

/// What a message is read with.
pub(crate) struct Task {
    /// Secret keys, as programs export them.
    pub(crate) secret_keys: Vec<Zeroizing<Vec<u8>>>,
    /// Certificates, as programs export them.
    pub(crate) known_keys: Vec<Zeroizing<Vec<u8>>>,
    /// Addresses of ours.
    pub(crate) addresses: Vec<String>,
    /// Addresses of our lists.
    pub(crate) lists: Vec<String>,
    /// The present time in Unix seconds.
    pub(crate) now: i64,
}

/// What came of it.
pub(crate) struct Outcome {
    /// What was understood; that it could not be read, where the child ended early.
    pub(crate) reading: Reading,
    /// How the child was shut in; nothing, where it ended before it could say.
    pub(crate) cage: Option<Cage>,
}

/// Reads one message in a child.
pub(crate) fn read(task: Task, message: &[u8]) -> Result<Outcome, Failure> {
    let failed = |error: std::io::Error| {
        Failure::machine(format!(
            "the process that reads mail cannot be started: {}",
            error.kind()
        ))
    };
    // The link leads to this very program, also when its file was replaced since.
    let mut child = Command::new("/proc/self/exe")
        .arg(CHILD)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        let request = Request {
            secret_keys: task.secret_keys.len(),
            known_keys: task.known_keys.len(),
            addresses: task.addresses,
            lists: task.lists,
            now: task.now,
        };
        // A child that is gone takes nothing more; what it said before counts.
        let _ = wire::send_request(&mut input, &request, &task.secret_keys, &task.known_keys, message)
            .and_then(|()| input.flush());
    }
    let mut answer = Vec::new();
    if let Some(output) = child.stdout.take() {
        output.take(MAX_ANSWER_BYTES).read_to_end(&mut answer).map_err(failed)?;
    }
    let _ = child.kill();
    child.wait().map_err(failed)?;
    outcome(&answer)
}

fn outcome(mut answer: &[u8]) -> Result<Outcome, Failure> {
    let cage = wire::receive_cage(&mut answer);
    let unread = || Reading::from(Understood::unread(Trouble::CouldNotBeRead));
    let reading = match wire::receive_answer(&mut answer) {
        Some(Answer::Read(reading)) => *reading,
        Some(Answer::Refused(why)) => return Err(Failure::usage(why)),
        None => unread(),
    };
    Ok(Outcome { reading, cage })
}

#[cfg(test)]
mod tests {
    use super::{Outcome, outcome, wire};
    use mail::reader::{Reading, Trouble, Understood};

    fn check_unread(answer: &[u8]) {
        let Ok(Outcome { reading, .. }) = outcome(answer) else {
            panic!("an answer that is none is a message that could not be read");
        };
        assert_eq!(reading.understood, Understood::unread(Trouble::CouldNotBeRead));
    }

    #[test]
    fn a_child_that_ends_early_or_talks_nonsense_gives_a_message_that_could_not_be_read() {
        check_unread(b"");
        check_unread(b"nonsense");
        check_unread(&[0xff; 64]);
        let mut whole = Vec::new();
        let reading = Reading {
            understood: Understood::unread(Trouble::Truncated),
            contents: vec![b"file".to_vec()],
        };
        wire::send_reading(&mut whole, &reading).unwrap();
        // Files that nothing names, and an answer that stops.
        check_unread(&whole);
        check_unread(&whole[..whole.len() - 2]);
    }
}
