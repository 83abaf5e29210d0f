//! `candor cvss`: vectors in, scores out, one a line; or one vector, explained for a person.
//!
//! Owns the stream and its limits. Never computes: `cvss` does.

use crate::cli::Global;
use crate::failure::{Failure, REFUSED};
use crate::output::{Io, Shown};
use clap::Args;
use serde_json::{Value, json};
use std::io::{BufRead, Read, Write};

/// Longest line that is read into memory. No vector is longer than [`cvss::MAX_LEN`]; what is longer than this is passed over.
const LINE_MAX_BYTES: u64 = 64 * 1024;

/// How much of a line that is too long is shown.
const SHOWN_BYTES: usize = 60;

#[derive(Args, Debug)]
pub(crate) struct Cvss {
    /// A vector to explain; without it vectors are read from standard input, one a line
    vector: Option<String>,
}

impl Cvss {
    pub(crate) fn run(self, global: &Global, io: &mut Io<'_>) -> Result<Shown, Failure> {
        match self.vector {
            Some(vector) => one(&vector),
            None => stream(io.input, io.output, global.json).map(|()| Shown::default()),
        }
    }
}

fn one(vector: &str) -> Result<Shown, Failure> {
    match cvss::Vector::parse(vector) {
        Ok(vector) => {
            let explanation = cvss::explain(vector);
            Shown::new(explained(&explanation), cvss::explain::text(&explanation))
        }
        Err(error) => {
            let message = error.to_string();
            let text = format!("not a CVSS vector: {message}");
            Ok(Shown::new(json!({ "vector": vector, "error": message }), text)?.status(REFUSED))
        }
    }
}

fn explained(explanation: &cvss::Explanation) -> Value {
    let scores = explanation.scores.iter();
    let scores = scores.map(
        |score| json!({ "name": score.name, "score": number(score.score), "severity": score.severity.to_string() }),
    );
    let metrics = explanation.metrics.iter();
    let metrics = metrics.map(|choice| {
        json!({ "metric": choice.metric.code, "name": choice.metric.name, "value": choice.value.code, "value_name": choice.value.name })
    });
    let steps = explanation.steps.iter();
    let steps = steps.map(|step| json!({ "name": step.name, "formula": step.formula, "result": step.result }));
    json!({
        "vector": explanation.vector.to_string(),
        "version": explanation.vector.version().to_string(),
        "scores": scores.collect::<Vec<_>>(),
        "metrics": metrics.collect::<Vec<_>>(),
        "macrovector": explanation.macrovector.map(|macrovector| macrovector.to_string()),
        "steps": steps.collect::<Vec<_>>(),
    })
}

/// A score as a JSON number with its one decimal.
fn number(score: cvss::Score) -> Value {
    score.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}

/// One line in, one line out, to the end of the input. Lines end with a line feed; the last one may lack it.
fn stream(input: &mut dyn BufRead, output: &mut dyn Write, json: bool) -> Result<(), Failure> {
    let mut line = Vec::with_capacity(256);
    loop {
        line.clear();
        let read = Read::take(&mut *input, LINE_MAX_BYTES).read_until(b'\n', &mut line);
        let read = read.map_err(|error| Failure::machine(format!("the input could not be read: {}", error.kind())))?;
        if read == 0 {
            return Ok(());
        }
        let whole = line.ends_with(b"\n") || (read as u64) < LINE_MAX_BYTES;
        if !whole {
            pass_over(input)?;
            line.truncate(SHOWN_BYTES);
        }
        let answer = match std::str::from_utf8(&line) {
            Ok(text) if whole && json => scores(text.trim_end_matches(['\n', '\r'])),
            Ok(text) if whole => cvss::line(text),
            _ => {
                let why = if whole {
                    "this is not UTF-8"
                } else {
                    "the line is too long for a vector"
                };
                bad_line(&line, why, json)
            }
        };
        output.write_all(answer.as_bytes())?;
        output.write_all(b"\n")?;
    }
}

/// Reads on to the end of a line without keeping it.
fn pass_over(input: &mut dyn BufRead) -> Result<(), Failure> {
    loop {
        let buffer = input
            .fill_buf()
            .map_err(|error| Failure::machine(format!("the input could not be read: {}", error.kind())))?;
        let (used, ended) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(used);
        if ended {
            return Ok(());
        }
    }
}

fn bad_line(line: &[u8], why: &str, json: bool) -> String {
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end_matches(['\n', '\r']);
    match json {
        true => json!({ "vector": text, "error": why }).to_string(),
        false => format!("{}\tERR {why}", text.escape_debug()),
    }
}

/// The scores of a line as one JSON object.
fn scores(text: &str) -> String {
    let value = match cvss::Vector::parse(text) {
        Ok(vector) => {
            let explanation = cvss::explain(vector);
            let scores = explanation.scores.iter();
            let scores = scores.map(|score| json!({ "name": score.name, "score": number(score.score), "severity": score.severity.to_string() }));
            json!({ "vector": text, "version": vector.version().to_string(), "scores": scores.collect::<Vec<_>>() })
        }
        Err(error) => json!({ "vector": text, "error": error.to_string() }),
    };
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_stream(input: &[u8], json: bool, expect: &[&str]) {
        let mut output = Vec::new();
        stream(&mut &*input, &mut output, json).unwrap();
        let output = String::from_utf8(output).unwrap();
        let lines: Vec<&str> = output.lines().collect();
        assert_eq!(lines.len(), expect.len(), "{output}");
        for (line, part) in lines.iter().zip(expect) {
            assert!(line.contains(part), "{line}\nlacks {part}");
        }
    }

    #[test]
    fn each_line_has_its_answer() {
        let input = b"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\nnonsense\n\nAV:N/AC:L/Au:N/C:P/I:P/A:P";
        check_stream(input, false, &["\t9.8\t", "nonsense\tERR ", "\tERR ", "\t7.5\t"]);
        check_stream(
            input,
            true,
            &["\"score\":9.8", "\"error\":", "\"error\":", "\"score\":7.5"],
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_an_error_line() {
        check_stream(
            b"CVSS:3.1/\xff\xfe\nAV:N/AC:L/Au:N/C:P/I:P/A:P\n",
            false,
            &["\tERR this is not UTF-8", "\t7.5\t"],
        );
    }

    #[test]
    fn a_line_without_end_does_not_fill_the_memory() {
        let mut input = vec![b'A'; 3 * LINE_MAX_BYTES as usize];
        input.extend_from_slice(b"\nAV:N/AC:L/Au:N/C:P/I:P/A:P\n");
        check_stream(&input, false, &["\tERR the line is too long", "\t7.5\t"]);
    }

    #[test]
    fn a_line_of_exactly_the_limit_is_one_line() {
        let mut input = vec![b'A'; LINE_MAX_BYTES as usize - 1];
        input.extend_from_slice(b"\nAV:N/AC:L/Au:N/C:P/I:P/A:P\n");
        check_stream(&input, false, &["\tERR ", "\t7.5\t"]);
    }
}
