//! `candor mail sift`: what is held, one message after the other, with one key for each.
//!
//! Owns the keys and what is shown of a message. Never decides for a person: whatever no key was pressed for stays held.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::{Io, Shown};
use crate::session::{Session, actor};
use crate::terminal::Answers;
use crate::words::{count, harmless, paragraph, span};
use casework::{ActError, MailRow};
use jiff::Timestamp;
use serde_json::json;
use std::collections::VecDeque;
use std::io::{BufRead, Write};

/// What can be pressed.
const KEYS: &str = "r release it: it is a report   l leave it held   n next, and this one again at the end   q quit";

/// What a person wants of a message.
enum Wish {
    Release,
    Leave,
    Later,
    Quit,
}

impl Wish {
    fn of(letter: char) -> Option<Wish> {
        match letter {
            'r' => Some(Wish::Release),
            'l' => Some(Wish::Leave),
            'n' => Some(Wish::Later),
            'q' => Some(Wish::Quit),
            _ => None,
        }
    }
}

pub(super) fn run(global: &Global, io: &mut Io<'_>, session: &mut Session) -> Result<Shown, Failure> {
    let house = session.house(global)?;
    let actor = actor(global)?;
    let answers = Answers::of_this_process(&session.runtime()?)?;
    // A program gets its answer alone on the output.
    let say: &mut dyn Write = if global.json { io.errors } else { io.output };
    let (held, _) = house.casework.mail(&actor, true, usize::MAX)?;
    // Who has waited the longest comes first.
    let mut waiting: VecDeque<MailRow> = held.into_iter().rev().collect();
    let (mut released, mut left) = (Vec::new(), Vec::new());
    while let Some(row) = waiting.pop_front() {
        write!(say, "{}", shown(&row, waiting.len(), house.now()))?;
        match ask(&answers, io.input, say)? {
            Wish::Release => match house.wait(house.casework.release_mail(&actor, &row.number)) {
                Ok(()) => {
                    writeln!(say, "Released.\n")?;
                    released.push(row.number);
                }
                // Somebody else was faster; the others still wait.
                Err(error @ ActError::Invalid(_)) => writeln!(say, "{}: {error}\n", row.number)?,
                Err(error) => return Err(error.into()),
            },
            Wish::Leave => {
                writeln!(say, "It stays held.\n")?;
                left.push(row.number);
            }
            Wish::Later => {
                writeln!(say, "Later.\n")?;
                waiting.push_back(row);
            }
            Wish::Quit => {
                writeln!(say)?;
                waiting.push_front(row);
                break;
            }
        }
    }
    let text = match (released.len(), left.len() + waiting.len()) {
        (0, 0) => "Nothing is held.".to_owned(),
        (0, stay) => format!("{} held, as before.", stays(stay)),
        (gone, stay) => {
            let stay = if stay > 0 {
                format!(" {} held.", stays(stay))
            } else {
                String::new()
            };
            format!(
                "{} released, and read again: at once where `candor serve` runs, else with `candor work`.{stay}",
                count(gone, "message")
            )
        }
    };
    let unseen: Vec<String> = waiting.into_iter().map(|row| row.number).collect();
    Shown::new(json!({ "released": released, "left": left, "waiting": unseen }), text)
}

fn stays(number: usize) -> String {
    let verb = if number == 1 { "stays" } else { "stay" };
    format!("{} {verb}", count(number, "message"))
}

/// Asks until a key means something. Where nobody answers any more, everything stays held.
fn ask(answers: &Answers, input: &mut dyn BufRead, say: &mut dyn Write) -> Result<Wish, Failure> {
    loop {
        let letter = answers.ask(&format!("{KEYS}: "), input, say)?;
        writeln!(say)?;
        match letter.map(Wish::of) {
            None => return Ok(Wish::Quit),
            Some(Some(wish)) => return Ok(wish),
            Some(None) => {}
        }
    }
}

/// A message as its sender wrote it, made safe for a terminal.
fn shown(row: &MailRow, behind: usize, now: Timestamp) -> String {
    let since = row.at.map_or_else(String::new, |at| {
        let waits = u64::try_from(now.duration_since(at).as_secs()).unwrap_or(0);
        format!(", held since {} ({})", at.strftime("%F %R UTC"), span(waits))
    });
    let or = |text: &str, empty: &str| {
        if text.is_empty() {
            empty.to_owned()
        } else {
            text.to_owned()
        }
    };
    let behind = match behind {
        0 => String::new(),
        behind => format!(", {behind} more behind it"),
    };
    let lines = [
        format!("{}{since}{behind}", row.number),
        format!("why    {}", row.why.unwrap_or("-")),
        format!("from   {}, as it says itself", or(&in_one_line(&row.from), "nobody")),
        format!("title  {}", or(&in_one_line(&row.title), "none")),
    ];
    let text = or(
        &in_one_line(&row.begins),
        "No text that could be read: `candor case raw` shows what came.",
    );
    format!("{}\n{}", lines.join("\n"), paragraph("       ", &text))
}

/// A stranger's words in one line, without what a terminal obeys or what turns the direction of the words around it.
fn in_one_line(text: &str) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{061c}');
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    harmless(&line).chars().filter(|c| !turns(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_message_moves_the_terminal() {
        let row = MailRow {
            number: "NN-2026-AAAAA".to_owned(),
            brand: "vendor".to_owned(),
            at: None,
            from: "a\u{1b}[2J@b.example".to_owned(),
            title: "one\r\ntwo\u{202e}".to_owned(),
            state: "held",
            why: Some("it sells something"),
            begins: "\u{9b}31m\u{7}buy\u{2067} now".to_owned(),
            case: None,
            protection: Vec::new(),
            signature: None,
            signer_is_known: None,
        };
        let text = shown(&row, 2, Timestamp::UNIX_EPOCH);
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        assert!(!text.contains(['\u{202e}', '\u{2067}']), "{text:?}");
        for part in [
            "NN-2026-AAAAA, 2 more behind it\n",
            "title  one two\n",
            "it sells something",
            "buy now",
        ] {
            assert!(text.contains(part), "{text:?} lacks {part}");
        }
    }
}
