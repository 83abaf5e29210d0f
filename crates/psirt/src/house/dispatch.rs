//! A letter of ours to whoever sent a report: that it is to go, and how far it got.
//!
//! Owns these shapes and their fold. Never holds an address or a word of the letter: it is written anew whenever it is handed over.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a letter is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LetterKind {
    /// That the report is here, under which number, and what follows.
    Acknowledgement,
    /// What an entry of a case says to whoever sent a report.
    News {
        /// The stream of the case.
        case: String,
        /// The place of the entry.
        entry: u32,
    },
}

impl LetterKind {
    /// The word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            LetterKind::Acknowledgement => "acknowledgement",
            LetterKind::News { .. } => "news",
        }
    }
}

/// How the line to a mail server of the recipient's was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Line {
    /// Whoever is between could read along.
    Clear,
    /// It was encrypted, to whoever answered.
    Encrypted,
    /// It was encrypted, to a server that proved its name.
    Proven,
}

impl Line {
    /// The words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Line::Clear => "delivered over a line in clear",
            Line::Encrypted => "delivered over an encrypted line",
            Line::Proven => "delivered over an encrypted line to a server that proved its name",
        }
    }
}

/// What happens to a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DispatchEvent {
    /// It is to go.
    Ordered {
        /// What it is about.
        letter: LetterKind,
        /// Whether it goes encrypted or not at all: in clear its reader had it before.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        encrypted: bool,
    },
    /// It is about to be handed to a mail server. Whatever happens then, it is handed over at most once more without an answer.
    Begun {
        /// The streams of other reports of the same sender for which it speaks, too.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        also: Vec<String>,
        /// Whether its reader finds in it what it is about: it is encrypted for them, or a person decided to write it in clear. In any other
        /// letter in clear they find that there is something.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        told: bool,
    },
    /// The mail server has it.
    Taken,
    /// A mail server of the recipient's own domain has it, to which it was delivered without another one between.
    Delivered {
        /// How the line to it was.
        line: Line,
    },
    /// The mail server does not have it; it is tried again.
    PutOff {
        /// Why, as a code or in words of ours: never in the server's, which quote addresses.
        why: String,
    },
    /// Whether the mail server has it is not known: the connection ended before its answer.
    Unclear,
    /// It is given up: a person has to reach the reporter on another way.
    GivenUp {
        /// Why, as above.
        why: String,
    },
    /// The letter of another report said it, too.
    Folded {
        /// The stream of that report.
        into: String,
    },
    /// There is nothing to send, or nobody to send it to.
    Dropped {
        /// Why.
        why: String,
    },
    /// It is not sent unless a person asks for it: a server refused its address for good before.
    Withheld {
        /// What the server had said, as a code.
        why: String,
    },
}

/// How a letter ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DispatchEnd {
    /// The mail server has it.
    Taken,
    /// Another letter said it, too: that of the report in this stream.
    Folded(String),
    /// It was given up, and why.
    GivenUp(String),
    /// Nothing was sent, and why.
    Dropped(String),
    /// Nothing was sent to an address that a server had refused for good, and the server's code.
    Withheld(String),
}

/// What servers say of an address that will never take mail (RFC 3463 §3.2, RFC 7505). Other refusals are about us, or about what we sent.
const REFUSED_FOR_GOOD: [&str; 6] = ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"];

/// A letter on the board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispatch {
    /// Unique among the letters of its report, from 1.
    pub id: u32,
    /// What it is about.
    pub letter: LetterKind,
    /// Whether it goes encrypted or not at all.
    #[serde(default)]
    pub encrypted: bool,
    /// Since when it is to go.
    pub ordered: Timestamp,
    /// How often it was begun.
    pub begun: u32,
    /// When it was begun last.
    pub tried: Option<Timestamp>,
    /// How often it was begun and nobody knows how that ended.
    pub unclear: u32,
    /// Whether it was begun, and nothing is recorded since.
    pub is_open: bool,
    /// The streams of the other reports for which it spoke when it was begun last.
    pub also: Vec<String>,
    /// Whether it said what it is about when it was begun last, and not only that there is something.
    #[serde(default)]
    pub told: bool,
    /// What came of the last attempt, and when.
    pub last: Option<(Timestamp, String)>,
    /// How the line was over which it was delivered, if no mail server of ours did that.
    #[serde(default)]
    pub line: Option<Line>,
    /// How it ended, and when; none while it waits.
    pub end: Option<(Timestamp, DispatchEnd)>,
}

impl Dispatch {
    /// Whether it still has to go.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.end.is_none()
    }

    /// When the mail server took it.
    #[must_use]
    pub fn taken(&self) -> Option<Timestamp> {
        match &self.end {
            Some((at, DispatchEnd::Taken)) => Some(*at),
            _ => None,
        }
    }

    /// When a server refused its address for good, or it was withheld for that, and the server's code.
    #[must_use]
    pub fn refused(&self) -> Option<(Timestamp, &str)> {
        match &self.end {
            Some((at, DispatchEnd::GivenUp(why))) => {
                let mut said = why.split_whitespace();
                said.any(|code| REFUSED_FOR_GOOD.contains(&code))
                    .then_some((*at, why.as_str()))
            }
            Some((at, DispatchEnd::Withheld(why))) => Some((*at, why)),
            _ => None,
        }
    }

    fn apply(&mut self, at: Timestamp, event: &DispatchEvent) {
        let mut end = |end| self.end = Some((at, end));
        match event {
            DispatchEvent::Ordered { .. } => return,
            DispatchEvent::Begun { also, told } => {
                // Begun again, and nothing recorded between: the process died on the way.
                self.unclear += u32::from(self.is_open);
                self.begun += 1;
                self.tried = Some(at);
                self.is_open = true;
                self.also.clone_from(also);
                self.told = *told;
                // What was given up is tried once more where a person wants that.
                self.end = None;
                return;
            }
            DispatchEvent::Taken => end(DispatchEnd::Taken),
            DispatchEvent::Delivered { line } => {
                end(DispatchEnd::Taken);
                self.line = Some(*line);
            }
            DispatchEvent::PutOff { why } => self.last = Some((at, why.clone())),
            DispatchEvent::Unclear => {
                self.unclear += 1;
                self.last = Some((at, "the connection ended before the answer".to_owned()));
            }
            DispatchEvent::GivenUp { why } => end(DispatchEnd::GivenUp(why.clone())),
            DispatchEvent::Folded { into } => end(DispatchEnd::Folded(into.clone())),
            DispatchEvent::Dropped { why } => end(DispatchEnd::Dropped(why.clone())),
            DispatchEvent::Withheld { why } => end(DispatchEnd::Withheld(why.clone())),
        }
        self.is_open = false;
    }
}

/// Folds what happened to the letter `id` of a report.
pub(crate) fn fold(letters: &mut Vec<Dispatch>, id: u32, at: Timestamp, event: &DispatchEvent) {
    if let DispatchEvent::Ordered { letter, encrypted } = event {
        letters.push(Dispatch {
            id,
            letter: letter.clone(),
            encrypted: *encrypted,
            ordered: at,
            begun: 0,
            tried: None,
            unclear: 0,
            is_open: false,
            also: Vec::new(),
            told: false,
            last: None,
            line: None,
            end: None,
        });
    } else if let Some(dispatch) = letters.iter_mut().find(|dispatch| dispatch.id == id) {
        dispatch.apply(at, event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn check_dispatch(story: &[DispatchEvent], expect: impl FnOnce(&Dispatch)) {
        let mut letters = Vec::new();
        let ordered = DispatchEvent::Ordered {
            letter: LetterKind::Acknowledgement,
            encrypted: false,
        };
        for (minute, event) in std::iter::once(&ordered).chain(story).enumerate() {
            fold(&mut letters, 1, at(minute as i64), event);
        }
        assert_eq!(letters.len(), 1);
        expect(&letters[0]);
    }

    fn begun() -> DispatchEvent {
        DispatchEvent::Begun {
            also: Vec::new(),
            told: false,
        }
    }

    #[test]
    fn a_letter_that_was_begun_twice_without_an_answer_is_unclear() {
        let put_off = DispatchEvent::PutOff { why: "451".to_owned() };
        check_dispatch(&[begun(), put_off.clone(), begun()], |dispatch| {
            assert_eq!((dispatch.unclear, dispatch.begun, dispatch.is_open), (0, 2, true));
        });
        check_dispatch(&[begun(), begun()], |dispatch| assert_eq!(dispatch.unclear, 1));
        check_dispatch(&[begun(), DispatchEvent::Unclear, begun(), begun()], |dispatch| {
            assert_eq!(dispatch.unclear, 2);
        });
    }

    #[test]
    fn a_letter_ends_when_it_is_taken_and_begins_again_where_it_was_given_up() {
        check_dispatch(&[begun(), DispatchEvent::Taken], |dispatch| {
            assert_eq!(dispatch.taken(), Some(at(2)));
            assert!(!dispatch.waits() && !dispatch.is_open);
        });
        let delivered = DispatchEvent::Delivered { line: Line::Proven };
        check_dispatch(&[begun(), delivered], |dispatch| {
            assert_eq!((dispatch.taken(), dispatch.line), (Some(at(2)), Some(Line::Proven)));
        });
        let given_up = DispatchEvent::GivenUp { why: "550".to_owned() };
        for (why, refused) in [
            ("550 5.1.1", true),
            ("556 5.1.10", true),
            ("550 5.7.1", false),
            ("550", false),
        ] {
            let why = why.to_owned();
            check_dispatch(&[begun(), DispatchEvent::GivenUp { why }], |dispatch| {
                assert_eq!(dispatch.refused().is_some(), refused, "{dispatch:?}");
            });
        }
        check_dispatch(&[begun(), given_up, begun()], |dispatch| assert!(dispatch.waits()));
    }
}
