//! What is known of a slot: from which inputs its files were made. Whoever publishes again makes only what has other inputs.
//!
//! Lies beside the manifest, and holds for that manifest alone: a file is named by its line there. Nothing that is public depends on it: where
//! it is lost, damaged or older than its manifest, everything is made anew, to the same bytes.

use crate::manifest::Manifest;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;

const HEADER: &str = "candor-units 1 ";
/// About as many bytes are written of a unit beside its lines and its note.
const BYTES: usize = 68;
const BYTES_OF_LINE: usize = 7;

/// A digest over everything that a unit is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// The key of these inputs; none of them can run into the next.
    pub(crate) fn of<'i>(inputs: impl IntoIterator<Item = &'i [u8]>) -> Key {
        let mut digest = Sha256::new();
        for input in inputs {
            digest.update((input.len() as u64).to_le_bytes());
            digest.update(input);
        }
        Key(digest.finalize().into())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn read(text: &str) -> Option<Key> {
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?;
        Some(Key(bytes.try_into().ok()?))
    }
}

/// The units of a slot.
#[derive(Debug, Default)]
pub(crate) struct Known {
    text: String,
    units: HashMap<Key, Places>,
    /// The lines of all units, one after the other.
    lines: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Places {
    lines: Range<usize>,
    note: Range<usize>,
}

/// A unit of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unit<'k> {
    /// The lines of its files in the manifest.
    pub(crate) lines: &'k [u32],
    /// What else is remembered of it.
    pub(crate) note: &'k str,
}

impl Known {
    /// The units of a slot with this manifest: of each its key, the lines of its files and its note, which is one line.
    pub(crate) fn of(manifest: &Manifest, units: Vec<(Key, Vec<u32>, Cow<'_, str>)>) -> Known {
        let bytes: usize = units
            .iter()
            .map(|(_, lines, note)| BYTES + BYTES_OF_LINE * lines.len() + note.len())
            .sum();
        let mut text = String::with_capacity(bytes);
        let _ = writeln!(text, "{HEADER}{}", manifest.digest());
        let mut known = Known {
            text,
            units: HashMap::with_capacity(units.len()),
            lines: Vec::new(),
        };
        for (key, lines, note) in units {
            let (text, first) = (&mut known.text, known.lines.len());
            text.push_str(&data_encoding::HEXLOWER.encode(key.bytes()));
            for (place, line) in lines.iter().enumerate() {
                let _ = write!(text, "{}{line}", if place > 0 { ',' } else { ' ' });
            }
            text.push_str(if lines.is_empty() { "  " } else { " " });
            let begin = text.len();
            text.push_str(&note);
            let note = begin..text.len();
            text.push('\n');
            known.lines.extend(lines);
            let lines = first..known.lines.len();
            known.units.insert(key, Places { lines, note });
        }
        let digest = hex(&known.text);
        let _ = writeln!(known.text, "end {digest}");
        known
    }

    /// As it lies beside the manifest.
    pub(crate) fn to_text(&self) -> &str {
        &self.text
    }

    /// Whether there is a unit of these inputs.
    pub(crate) fn has(&self, key: &Key) -> bool {
        self.units.contains_key(key)
    }

    /// Reads what [`Self::of`] wrote beside this manifest; nothing is known if a single byte is another.
    pub(crate) fn read(text: String, manifest: &Manifest) -> Known {
        Known::try_read(text, manifest).unwrap_or_default()
    }

    fn try_read(text: String, manifest: &Manifest) -> Option<Known> {
        let head = text.find('\n')? + 1;
        (text.get(..head - 1)?.strip_prefix(HEADER)? == manifest.digest()).then_some(())?;
        let end = text.strip_suffix('\n')?.rfind('\n')? + 1;
        let digest = text.get(end..)?.strip_prefix("end ")?.trim_end();
        (digest == hex(text.get(..end)?)).then_some(())?;
        let mut known = Known::default();
        let mut at = head;
        while at < end {
            let line = text.get(at..end)?;
            let line = line.get(..line.find('\n')?)?;
            let (key, rest) = line.split_once(' ')?;
            let (numbers, note) = rest.split_once(' ')?;
            let first = known.lines.len();
            for number in numbers.split(',').filter(|number| !number.is_empty()) {
                let number: u32 = number.parse().ok()?;
                ((number as usize) < manifest.len()).then_some(())?;
                known.lines.push(number);
            }
            let places = Places {
                lines: first..known.lines.len(),
                note: at + line.len() - note.len()..at + line.len(),
            };
            known.units.insert(Key::read(key)?, places);
            at += line.len() + 1;
        }
        known.text = text;
        Some(known)
    }

    /// The unit of these inputs.
    pub(crate) fn get(&self, key: &Key) -> Option<Unit<'_>> {
        self.unit(self.units.get(key)?)
    }

    /// The unit that is one file, at a line of the manifest.
    pub(crate) fn at_line(&self, line: u32) -> Option<Unit<'_>> {
        let of_line = |places: &&Places| self.lines.get(places.lines.clone()) == Some(&[line]);
        self.unit(self.units.values().find(of_line)?)
    }

    fn unit(&self, places: &Places) -> Option<Unit<'_>> {
        Some(Unit {
            lines: self.lines.get(places.lines.clone())?,
            note: self.text.get(places.note.clone())?,
        })
    }
}

fn hex(text: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_holds_for_its_manifest_alone() {
        let line = |path: &str| format!("{} 2 {path}\n", "0".repeat(64));
        let manifest = Manifest::of(1, ["a", "b", "c"].map(line).concat()).unwrap();
        let (one, two) = (Key::of([b"one".as_slice()]), Key::of([b"two".as_slice()]));
        assert_ne!(
            Key::of([b"ab".as_slice(), b"c".as_slice()]),
            Key::of([b"a".as_slice(), b"bc".as_slice()])
        );
        let three = Key::of([b"three".as_slice()]);
        let made = Known::of(
            &manifest,
            vec![
                (one, vec![0, 2], "{\"x\": 1}".into()),
                (two, vec![1], "".into()),
                (three, vec![], "of no file".into()),
            ],
        );
        let text = made.to_text().to_owned();
        let known = Known::read(text.clone(), &manifest);
        for key in [one, two, three] {
            assert!(made.has(&key) && made.get(&key) == known.get(&key));
        }
        let unit = |lines, note| Some(Unit { lines, note });
        assert_eq!(known.get(&one), unit(&[0, 2], "{\"x\": 1}"));
        assert_eq!(known.at_line(1), unit(&[1], ""));
        assert_eq!(known.at_line(2), None, "it is one of two");

        let other = Manifest::of(1, ["a", "b"].map(line).concat()).unwrap();
        for (text, manifest) in [
            (text.clone(), &other),
            (text.replacen("0,2", "0,1", 1), &manifest),
            (text.replacen("end", "and", 1), &manifest),
            (text[..text.len() / 2].to_owned(), &manifest),
            (String::new(), &manifest),
        ] {
            let known = Known::read(text, manifest);
            assert_eq!((known.get(&one), known.get(&two)), (None, None));
        }
    }
}
