//! What a command says: text for a person, JSON for a program, and the streams that it goes to.
//!
//! Owns the choice between the two. Never holds content longer than the command runs.

use crate::failure::Failure;
use serde::Serialize;
use serde_json::Value;
use std::io::{BufRead, Write};

/// The streams of a command.
pub(crate) struct Io<'a> {
    /// What is read.
    pub(crate) input: &'a mut dyn BufRead,
    /// What is said.
    pub(crate) output: &'a mut dyn Write,
    /// What went wrong.
    pub(crate) errors: &'a mut dyn Write,
}

/// What a command says.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// The exit status.
    pub(crate) status: u8,
    /// For a person; each line ends with a line feed.
    pub(crate) text: String,
    /// For a program.
    pub(crate) json: Value,
    /// What a person should look at: below the text, and beside the JSON on the stream of errors.
    pub(crate) notes: Vec<String>,
}

impl Shown {
    /// Something that went well.
    pub(crate) fn new(json: impl Serialize, text: impl Into<String>) -> Result<Shown, Failure> {
        let json =
            serde_json::to_value(json).map_err(|error| Failure::machine(format!("this has no JSON: {error}")))?;
        let mut text: String = text.into();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        Ok(Shown {
            text,
            json,
            ..Shown::default()
        })
    }

    /// The same with another exit status.
    pub(crate) fn status(self, status: u8) -> Shown {
        Shown { status, ..self }
    }

    /// The same with notes.
    pub(crate) fn notes(self, notes: Vec<String>) -> Shown {
        Shown { notes, ..self }
    }

    /// Writes it. Nothing at all is written for a command that has written for itself.
    pub(crate) fn write(&self, json: bool, io: &mut Io<'_>) -> Result<(), Failure> {
        match json {
            true if self.json.is_null() => {}
            true => writeln!(io.output, "{}", pretty(&self.json))?,
            false => io.output.write_all(self.text.as_bytes())?,
        }
        for note in &self.notes {
            let stream = if json { &mut *io.errors } else { &mut *io.output };
            writeln!(stream, "note: {note}")?;
        }
        Ok(())
    }
}

/// JSON on several lines.
pub(crate) fn pretty(value: &Value) -> String {
    format!("{value:#}")
}
