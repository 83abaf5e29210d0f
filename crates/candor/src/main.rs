//! Candor's binary: commands, configuration, wiring.
//!
//! Owns the process: its standard streams, its file mask, its exit status. Never decides anything about a case: `casework` does.

mod cli;
mod command;
mod config;
mod demo;
mod directory;
mod dns;
mod doors;
mod face;
mod failure;
mod intake;
mod keys;
mod line;
mod machine;
mod mailbox;
mod offline;
mod outbox;
mod output;
mod post;
mod protected;
mod publication;
mod pulse;
mod reader;
mod receiver;
mod resign;
mod session;
mod shelf;
mod steady;
mod terminal;
mod traffic;
mod turn;
mod wkd;
mod words;

use output::Io;
use session::Session;
use std::io::{BufReader, BufWriter, Write as _};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Of the buffers around standard input and output: `candor cvss` passes millions of lines.
const BUFFER_BYTES: usize = 256 * 1024;

fn main() -> ExitCode {
    // Before anything else: a process that reads others' mail shuts itself in while it has one thread and nothing open.
    if std::env::args_os().nth(1).is_some_and(|word| word == reader::CHILD) {
        return reader::run_child();
    }
    private_files();
    let mut input = BufReader::with_capacity(BUFFER_BYTES, std::io::stdin().lock());
    let mut output = BufWriter::with_capacity(BUFFER_BYTES, std::io::stdout().lock());
    let mut errors = std::io::stderr();
    let mut io = Io {
        input: &mut input,
        output: &mut output,
        errors: &mut errors,
    };
    let mut session = Session::default();
    let status = cli::run(std::env::args(), &mut io, &mut session);
    session.close();
    match output.flush() {
        // Whoever read the output has had enough of it.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            let _ = writeln!(errors, "candor: the output could not be written: {}", error.kind());
            ExitCode::from(failure::MACHINE)
        }
        _ => ExitCode::from(status),
    }
}

/// Files that this process makes are its owner's alone; the published tree opens its own files for others.
fn private_files() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}
