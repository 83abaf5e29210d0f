//! The stage: runs public commands by the public parser, prints each command line and what it said, and notices what went otherwise
//! than the script says.
//!
//! Owns the layout of the demonstration and the snapshots of promises that it leaves behind. Has no way into the house but commands.

use crate::cli;
use crate::failure::Failure;
use crate::output::{Io, Shown};
use crate::session::Session;
use crate::words::{indented, paragraph};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The zone in which the demonstration tells the time.
const ZONE: &str = "Europe/Zurich";

pub(super) struct Stage<'s, 'o> {
    session: &'s mut Session,
    /// None: only the result is wanted.
    output: Option<&'o mut dyn Write>,
    pub(super) dir: PathBuf,
    zone: TimeZone,
    /// The instant of the next command, where it is not that of the last.
    now: Option<Timestamp>,
    /// The instant of the last command.
    last: Timestamp,
    acts: u32,
    snapshots: u32,
}

impl<'s, 'o> Stage<'s, 'o> {
    pub(super) fn new(
        session: &'s mut Session,
        output: Option<&'o mut dyn Write>,
        dir: PathBuf,
    ) -> Result<Self, Failure> {
        let zone = TimeZone::get(ZONE).map_err(|_| Failure::machine(format!("the zone {ZONE} is not known")))?;
        Ok(Stage {
            session,
            output,
            dir,
            zone,
            now: None,
            last: Timestamp::UNIX_EPOCH,
            acts: 0,
            snapshots: 0,
        })
    }

    /// A new part of the story.
    pub(super) fn act(&mut self, title: &str) -> Result<(), Failure> {
        self.acts += 1;
        self.print(&format!(
            "\n{}. {title}\n{}\n",
            self.acts,
            "-".repeat(title.chars().count() + 3)
        ))
    }

    /// What happens, and why.
    pub(super) fn say(&mut self, words: &str) -> Result<(), Failure> {
        let words = paragraph("", words);
        self.print(&format!("\n{words}"))
    }

    /// Sets the clock for the commands that follow.
    pub(super) fn at(&mut self, instant: &str) -> Result<(), Failure> {
        let now: Timestamp = instant
            .parse()
            .map_err(|_| Failure::machine(format!("the script is wrong: {instant}")))?;
        self.now = Some(now);
        let shown = now.to_zoned(self.zone.clone()).strftime("%A %-d %B %Y, %H:%M");
        self.print(&format!("\n[{shown}]\n"))
    }

    /// Runs a command that must do what it is asked.
    pub(super) fn run(&mut self, line: &str) -> Result<Value, Failure> {
        self.run_with(line, "")
    }

    /// The same, with standard input.
    pub(super) fn run_with(&mut self, line: &str, input: &str) -> Result<Value, Failure> {
        self.print(&format!("  $ candor {line}\n"))?;
        match self.command(line, input) {
            Ok(shown) if shown.status == 0 => {
                self.print(&indented("      ", &shown.text))?;
                Ok(shown.json)
            }
            Ok(shown) => Err(stopped(line, &shown.text)),
            Err(failure) => Err(stopped(line, &failure.to_string())),
        }
    }

    /// Runs a command that must be refused, in words that hold `part`: the clause, or what the record itself forbids.
    pub(super) fn refused(&mut self, line: &str, part: &str) -> Result<(), Failure> {
        self.print(&format!("  $ candor {line}\n"))?;
        match self.command(line, "") {
            Err(Failure::Refused(message)) if message.contains(part) => self.print(&paragraph("      ", &message)),
            Err(failure) => Err(stopped(line, &failure.to_string())),
            Ok(_) => Err(stopped(line, &format!("it should have been refused: {part}"))),
        }
    }

    /// Shows a case, and keeps its promises as they were shown for the comparison at the end.
    pub(super) fn show(&mut self, number: &str) -> Result<Value, Failure> {
        let shown = self.run(&format!("case show {number} --as lead"))?;
        self.keep(number, &shown)?;
        Ok(shown)
    }

    /// Shows the proof of every date of a case.
    pub(super) fn prove(&mut self, number: &str) -> Result<(), Failure> {
        self.show_quietly(number)?;
        self.run(&format!("case why {number} --as lead")).map(|_| ())
    }

    /// Keeps a case's promises as they are now, without showing them.
    pub(super) fn show_quietly(&mut self, number: &str) -> Result<Value, Failure> {
        let shown = self.quietly(&format!("case show {number} --as lead"))?;
        self.keep(number, &shown)?;
        Ok(shown)
    }

    /// Runs a command without a word.
    pub(super) fn quietly(&mut self, line: &str) -> Result<Value, Failure> {
        match self.command(line, "") {
            Ok(shown) if shown.status == 0 => Ok(shown.json),
            Ok(shown) => Err(stopped(line, &shown.text)),
            Err(failure) => Err(stopped(line, &failure.to_string())),
        }
    }

    /// Keeps what was shown: `obligations/NUMBER-PLACE.json`.
    fn keep(&mut self, number: &str, shown: &Value) -> Result<(), Failure> {
        self.snapshots += 1;
        let path = self
            .dir
            .join("obligations")
            .join(format!("{number}-{:02}.json", self.snapshots));
        let snapshot = json!({ "number": number, "now": shown.get("now"), "obligations": shown.get("obligations") });
        // What follows comes a minute later, so that the instant of the showing divides what was shown from what came after.
        if self.last > Timestamp::UNIX_EPOCH {
            self.now = Some(self.last + jiff::SignedDuration::from_mins(1));
        }
        write(&path, &crate::output::pretty(&snapshot))
    }

    fn command(&mut self, line: &str, input: &str) -> Result<Shown, Failure> {
        let mut words = vec!["candor".to_owned()];
        words.extend(split(line));
        words.extend(["--dir".to_owned(), self.dir.display().to_string()]);
        // `policy due` brings an instant of its own.
        let own_instant = words.iter().any(|word| word == "--now");
        if let Some(now) = self.now.take().filter(|_| !own_instant) {
            self.last = now;
            words.extend(["--now".to_owned(), now.to_string()]);
        }
        let (mut input, mut output, mut errors) = (input.as_bytes(), Vec::new(), Vec::new());
        let mut io = Io {
            input: &mut input,
            output: &mut output,
            errors: &mut errors,
        };
        cli::execute(cli::parse(words)?, &mut io, self.session)
    }

    pub(super) fn print(&mut self, text: &str) -> Result<(), Failure> {
        if let Some(output) = &mut self.output {
            output.write_all(text.as_bytes())?;
            output.flush()?;
        }
        Ok(())
    }
}

fn stopped(line: &str, why: &str) -> Failure {
    Failure::machine(format!("the demonstration stopped at `candor {line}`: {why}"))
}

/// Writes a file into a folder that is made if it is not there.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, text));
    written.map_err(|error| Failure::machine(format!("{}: {}", path.display(), error.kind())))
}

/// The words of a command line; double quotes hold a word together.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let (mut quoted, mut begun) = (false, false);
    for c in line.chars() {
        match c {
            '"' => (quoted, begun) = (!quoted, true),
            ' ' if !quoted => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            c => {
                word.push(c);
                begun = true;
            }
        }
    }
    if begun {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_split_as_a_shell_does() {
        assert_eq!(
            split(r#"case confirmed X --products "Sensor 25,Sensor 24" --why """#),
            [
                "case",
                "confirmed",
                "X",
                "--products",
                "Sensor 25,Sensor 24",
                "--why",
                ""
            ]
        );
    }
}
