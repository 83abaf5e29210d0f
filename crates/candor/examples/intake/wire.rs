//! A mail server that hands over by LMTP, one message after the other. Never waits between two.

use crate::Failed;
use crate::letters::{Letters, TAIL};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

pub(crate) struct Wire(BufReader<TcpStream>);

impl Wire {
    pub(crate) fn to(address: &str) -> Result<Wire, Failed> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let mut wire = Wire(BufReader::new(stream));
        wire.heard("220")?;
        wire.say(&["LHLO mx.example\r\n"])?;
        wire.heard("250")?;
        Ok(wire)
    }

    /// Hands a message over, and says how long that took from its first command to `250`.
    pub(crate) fn hand_over(&mut self, letters: &Letters, index: usize) -> Result<Duration, Failed> {
        let head = letters.head(index);
        let begun = Instant::now();
        let (from, to) = (letters.sender(index), letters.recipient());
        self.say(&[&format!("MAIL FROM:<{from}>\r\nRCPT TO:<{to}>\r\nDATA\r\n")])?;
        for code in ["250", "250", "354"] {
            self.heard(code)?;
        }
        self.say(&[&head, letters.body(index), TAIL, ".\r\n"])?;
        self.heard("250")?;
        Ok(begun.elapsed())
    }

    fn say(&mut self, parts: &[&str]) -> Result<(), Failed> {
        for part in parts {
            self.0.get_mut().write_all(part.as_bytes())?;
        }
        Ok(())
    }

    /// One answer, all of its lines, of which the last has this code.
    fn heard(&mut self, code: &str) -> Result<(), Failed> {
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line)?;
            if line.as_bytes().get(3) == Some(&b'-') {
                continue;
            }
            return match line.starts_with(code) {
                true => Ok(()),
                false => Err(format!("the server said `{}` instead of {code}", line.trim_end()).into()),
            };
        }
    }
}
