//! How a child is shut in, as it says itself and as the kernel says of it: for whoever looks after the machine.
//!
//! Owns a child that is given nothing to read. Never believes its word alone where `/proc` has one.

use super::cage::Cage;
use super::{CHILD, ENVIRONMENT, wire};
use std::process::{Command, Stdio};
use std::time::Duration;

/// How long it may take to shut itself in.
const PATIENCE: Duration = Duration::from_secs(5);
/// More than it says of that.
const MAX_BYTES: u64 = 64 * 1024;

/// A child that is shut in and waits, seen from outside.
pub(crate) struct Seen {
    /// What it found by trying.
    pub(crate) cage: Cage,
    status: String,
    limits: String,
}

impl Seen {
    /// A number of the kernel's `status`.
    pub(crate) fn status(&self, name: &str) -> Option<u64> {
        self.status
            .lines()
            .find_map(|line| line.strip_prefix(name))?
            .trim()
            .parse()
            .ok()
    }

    /// A limit that the process cannot raise, of the kernel's `limits`.
    pub(crate) fn limit(&self, name: &str) -> Option<u64> {
        let line = self.limits.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    }
}

/// Starts one, looks, and ends it; none where it does not start or says nothing.
pub(crate) fn look() -> Option<Seen> {
    let mut child = Command::new("/proc/self/exe")
        .arg(CHILD)
        .env_clear()
        .envs(ENVIRONMENT)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let (said, heard) = std::sync::mpsc::channel();
    if let Some(output) = child.stdout.take() {
        std::thread::spawn(move || {
            use std::io::Read as _;
            // Nobody hears it who waited too long.
            let _ = said.send(wire::receive_cage(&mut output.take(MAX_BYTES)));
        });
    }
    let cage = heard.recv_timeout(PATIENCE).ok().flatten();
    let of_kernel = |name: &str| {
        let path = format!("/proc/{}/{name}", child.id());
        std::fs::read_to_string(path).unwrap_or_default()
    };
    let seen = cage.map(|cage| Seen {
        cage,
        status: of_kernel("status"),
        limits: of_kernel("limits"),
    });
    // It waits for a request that never comes.
    let _ = child.kill();
    let _ = child.wait();
    seen
}
