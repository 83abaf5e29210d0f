//! Others' mail is read by a child: the same binary, started again, that has shut itself in before it sees the first byte.
//!
//! Owns the child's life and the answer where it has none. Never looks into a message itself, and believes nothing that the child says
//! about sizes.

mod cage;
mod child;
mod look;
mod wire;

use crate::failure::Failure;
use mail::reader::{Reading, Trouble, Understood};
use std::io::{self, Read as _, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

pub(crate) use cage::{Cage, Landlock};
pub(crate) use child::run as run_child;
pub(crate) use look::{Seen, look};
use wire::{Answer, Request};

/// The first word of the child's command line. It is not for people, so no help names it.
pub(crate) const CHILD: &str = "read-message";

/// Most that a child may answer: everything decoded once as files and once as text, and as much again.
const MAX_ANSWER_BYTES: u64 = 256 * 1024 * 1024;

/// How much address space a child's allocator takes at a time, in KiB: much less than the child may have, so that the limit holds.
const ARENA_KIB: &str = "16384";
/// What a child gets of its environment. It lives for one message, and would clear large pages of which it needs a corner.
const ENVIRONMENT: [(&str, &str); 2] = [("MIMALLOC_ARENA_RESERVE", ARENA_KIB), ("MIMALLOC_ALLOW_THP", "0")];

/// Longest life of a child. Its processor time is bounded more tightly; this is for one that waits.
const MAX_WALL: Duration = Duration::from_secs(120);

/// What a message is read with.
pub(crate) struct Task {
    /// Secret keys, as programs export them.
    pub(crate) secret_keys: Vec<Zeroizing<Vec<u8>>>,
    /// Certificates, as programs export them.
    pub(crate) known_keys: Vec<Zeroizing<Vec<u8>>>,
    /// Addresses of ours.
    pub(crate) addresses: Vec<String>,
    /// For whom the message was, where an envelope said it.
    pub(crate) recipients: Vec<String>,
    /// Addresses of our lists.
    pub(crate) lists: Vec<String>,
    /// Names under which our own mail exchanger says what it found.
    pub(crate) hosts: Vec<String>,
    /// The present time in Unix seconds.
    pub(crate) now: i64,
}

/// What came of it.
pub(crate) struct Outcome {
    /// What was understood; that it could not be read, where the child ended early.
    pub(crate) reading: Reading,
    /// How the child was shut in; nothing, where it ended before it could say.
    pub(crate) cage: Option<Cage>,
    /// Which known keys were left out because they are none, and why.
    pub(crate) left_out: Vec<String>,
}

/// Reads one message in a child.
pub(crate) fn read(task: Task, message: Arc<Vec<u8>>) -> Result<Outcome, Failure> {
    // The link leads to this very program, also when its file was replaced since.
    let mut command = Command::new("/proc/self/exe");
    command.arg(CHILD);
    run(command, task, message, MAX_WALL)
}

/// Starts the child, gives it everything, and takes what it says before `wall` is over.
fn run(mut command: Command, task: Task, message: Arc<Vec<u8>>, wall: Duration) -> Result<Outcome, Failure> {
    let failed = |error: io::Error| {
        let kind = error.kind();
        Failure::machine(format!("the process that reads mail cannot be started: {kind}"))
    };
    let mut child = command
        .env_clear()
        .envs(ENVIRONMENT)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(failed)?;
    // Both ends at once, so that a child that answers before it has read cannot hold us up. The threads end with the pipes.
    if let Some(input) = child.stdin.take() {
        std::thread::spawn(move || give(input, &task, &message));
    }
    let (said, heard) = std::sync::mpsc::channel();
    if let Some(output) = child.stdout.take() {
        // Understood while it comes: its files are not in memory twice.
        std::thread::spawn(move || {
            // Nobody hears it who waited too long.
            let _ = said.send(outcome(output.take(MAX_ANSWER_BYTES)));
        });
    }
    let answer = heard.recv_timeout(wall);
    // It has ended, or it must.
    let _ = child.kill();
    child.wait().map_err(failed)?;
    answer.unwrap_or_else(|_| outcome(io::empty()))
}

/// A child that is gone takes nothing more; what it said before counts.
fn give(mut input: impl Write, task: &Task, message: &[u8]) -> io::Result<()> {
    let request = Request {
        secret_keys: task.secret_keys.len(),
        known_keys: task.known_keys.len(),
        addresses: task.addresses.clone(),
        recipients: task.recipients.clone(),
        lists: task.lists.clone(),
        hosts: task.hosts.clone(),
        now: task.now,
    };
    wire::send_request(&mut input, &request, &task.secret_keys, &task.known_keys, message)?;
    input.flush()
}

fn outcome(mut answer: impl io::Read) -> Result<Outcome, Failure> {
    let cage = wire::receive_cage(&mut answer);
    let unread = || Reading::from(Understood::unread(Trouble::CouldNotBeRead));
    let (reading, left_out) = match wire::receive_answer(&mut answer) {
        Some(Answer::Read(reading, left_out)) => (*reading, left_out),
        Some(Answer::Refused(why)) => return Err(Failure::usage(why)),
        None => (unread(), Vec::new()),
    };
    Ok(Outcome {
        reading,
        cage,
        left_out,
    })
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Task, outcome, run, wire};
    use mail::reader::{Reading, Trouble, Understood};
    use std::process::Command;
    use std::sync::Arc;
    use std::time::Duration;

    fn check_unread(answer: &[u8]) {
        let Ok(Outcome { reading, .. }) = outcome(answer) else {
            panic!("an answer that is none is a message that could not be read");
        };
        assert_eq!(reading.understood, Understood::unread(Trouble::CouldNotBeRead));
    }

    #[test]
    fn an_answer_that_is_none_is_a_message_that_could_not_be_read() {
        check_unread(b"");
        check_unread(b"nonsense");
        check_unread(&[0xff; 64]);
        let mut whole = Vec::new();
        let reading = Reading {
            understood: Understood::unread(Trouble::Truncated),
            contents: vec![b"file".to_vec()],
        };
        wire::send_reading(&mut whole, &reading, &[]).unwrap();
        // Files that nothing names, and an answer that stops.
        check_unread(&whole);
        check_unread(&whole[..whole.len() - 2]);
    }
    /// Another program in the place of the child.
    fn check_child(script: &str, wall: Duration) {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let task = Task {
            secret_keys: Vec::new(),
            known_keys: Vec::new(),
            addresses: Vec::new(),
            recipients: Vec::new(),
            lists: Vec::new(),
            hosts: Vec::new(),
            now: 0,
        };
        let Ok(outcome) = run(command, task, Arc::new(vec![b'x'; 1_000_000]), wall) else {
            panic!("{script}");
        };
        let unread = Understood::unread(Trouble::CouldNotBeRead);
        assert_eq!(outcome.reading.understood, unread, "{script}");
        assert_eq!(outcome.cage, None, "{script}");
    }

    #[test]
    fn a_child_that_dies_talks_nonsense_or_waits_leaves_a_message_that_could_not_be_read() {
        let ample = Duration::from_secs(600);
        check_child("exit 0", ample);
        check_child("kill -9 $$", ample);
        check_child("kill -XCPU $$", ample);
        check_child("exec /bin/cat", ample);
        check_child("exec /bin/head -c 100 /dev/zero", ample);
        check_child("exec /bin/sleep 100000", Duration::from_millis(20));
    }
}
