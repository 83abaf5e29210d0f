//! One key from a terminal, without the end of a line.
//!
//! Owns the terminal's settings for as long as a key is waited for, and gives them back on every way out. Never knows what a key means.

use crate::failure::Failure;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use std::io::{BufRead, IsTerminal as _, Write, stdin, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};

/// The keys that end what they are pressed in, as the terminal would have done by itself: Ctrl-C, Ctrl-D, Ctrl-\.
const ENDS: [u8; 3] = [3, 4, 28];

/// How long a look for a key takes, in tenths of a second; between two looks it is seen that the process is to end.
const LOOK: u8 = 1;

/// Where answers of one letter come from: keys of a terminal, or lines of anything else.
pub(crate) enum Answers {
    /// A person sits there.
    Keys {
        /// Whether the process was told to end.
        ended: Arc<AtomicBool>,
    },
    /// A program or a test.
    Lines,
}

impl Answers {
    /// Keys where a person sees what is written and sits at the keyboard.
    pub(crate) fn of_this_process(runtime: &Handle) -> Result<Answers, Failure> {
        if !stdin().is_terminal() || !stdout().is_terminal() {
            return Ok(Answers::Lines);
        }
        let ended = Arc::new(AtomicBool::new(false));
        // A process that dies by a signal leaves the terminal as it stands: so the signals are taken, and end the waiting.
        for kind in [SignalKind::terminate(), SignalKind::hangup(), SignalKind::interrupt()] {
            let ended = ended.clone();
            let _entered = runtime.enter();
            let mut told = signal(kind)
                .map_err(|error| Failure::machine(format!("signals cannot be received: {}", error.kind())))?;
            runtime.spawn(async move {
                while told.recv().await.is_some() {
                    ended.store(true, Ordering::Relaxed);
                }
            });
        }
        Ok(Answers::Keys { ended })
    }

    /// Asks, and gives the letter that is answered, in lower case; none where nobody answers any more. An empty line is a blank.
    pub(crate) fn ask(
        &self,
        question: &str,
        input: &mut dyn BufRead,
        say: &mut dyn Write,
    ) -> Result<Option<char>, Failure> {
        // Keys are waited for before the question stands there: whoever is quick is heard.
        let _unbuffered = match self {
            Answers::Keys { .. } => Some(Unbuffered::begin()?),
            Answers::Lines => None,
        };
        write!(say, "{question}")?;
        say.flush()?;
        match self {
            Answers::Keys { ended } => key(input, ended),
            Answers::Lines => line(input),
        }
    }
}

fn line(input: &mut dyn BufRead) -> Result<Option<char>, Failure> {
    let mut bytes = Vec::new();
    let count = input.read_until(b'\n', &mut bytes).map_err(unread)?;
    let first = bytes.trim_ascii().first();
    Ok((count > 0).then(|| first.map_or(' ', |byte| char::from(byte.to_ascii_lowercase()))))
}

fn key(input: &mut dyn BufRead, ended: &AtomicBool) -> Result<Option<char>, Failure> {
    while !ended.load(Ordering::Relaxed) {
        let pressed = input.fill_buf().map_err(unread)?;
        let (first, count) = (pressed.first().copied(), pressed.len());
        // An arrow is several bytes, and what was pressed beside the first key was meant for nothing that anybody has seen.
        input.consume(count);
        match first {
            Some(byte) if ENDS.contains(&byte) => return Ok(None),
            Some(byte) => return Ok(Some(char::from(byte.to_ascii_lowercase()))),
            // Nothing within one look; a terminal that has gone has no settings either.
            None => {
                let _there = tcgetattr(stdin()).map_err(lost)?;
            }
        }
    }
    Ok(None)
}

/// A terminal that hands over each key at once and shows none. Dropping it gives back what was set before.
struct Unbuffered {
    before: Termios,
}

impl Unbuffered {
    fn begin() -> Result<Unbuffered, Failure> {
        let before = tcgetattr(stdin()).map_err(lost)?;
        let mut now = before.clone();
        now.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN;
        now.special_codes[SpecialCodeIndex::VMIN] = 0;
        now.special_codes[SpecialCodeIndex::VTIME] = LOOK;
        // What was pressed before the question stood there is thrown away: it was no answer to it.
        tcsetattr(stdin(), OptionalActions::Flush, &now).map_err(lost)?;
        Ok(Unbuffered { before })
    }
}

impl Drop for Unbuffered {
    fn drop(&mut self) {
        // A terminal that has gone needs nothing back.
        let _ = tcsetattr(stdin(), OptionalActions::Now, &self.before);
    }
}

fn unread(error: std::io::Error) -> Failure {
    Failure::machine(format!("the answers could not be read: {}", error.kind()))
}

fn lost(error: rustix::io::Errno) -> Failure {
    Failure::machine(format!("the terminal cannot be asked for a key: {}", error.kind()))
}
