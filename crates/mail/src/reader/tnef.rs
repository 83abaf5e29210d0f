//! `winmail.dat`: the frame in which Outlook hides text and files from everybody else (MS-OXTNEF). Files and the plain text come out,
//! forms and formatting stay.

use super::decode;

/// The first four bytes.
const SIGNATURE: u32 = 0x223E_9F78;
/// Most files, and most properties of one.
const MOST: usize = 1_000;

const BODY: u32 = 0x0002_800C;
const NEW_FILE: u32 = 0x0006_9002;
const FILE_TITLE: u32 = 0x0001_8010;
const FILE_DATA: u32 = 0x0006_800F;
const FILE_PROPERTIES: u32 = 0x0006_9005;
const MESSAGE_PROPERTIES: u32 = 0x0006_9003;

const PROPERTY_BODY: u16 = 0x1000;
const PROPERTY_LONG_NAME: u16 = 0x3707;

/// What was in the frame.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Unpacked {
    pub(super) text: Option<String>,
    /// Names as they were written.
    pub(super) files: Vec<(String, Vec<u8>)>,
}

/// What is in a frame, as far as it goes; nothing, if it is none.
pub(super) fn unpack(bytes: &[u8]) -> Option<Unpacked> {
    let mut cursor = Cursor(bytes);
    if cursor.u32()? != SIGNATURE {
        return None;
    }
    cursor.take(2)?;
    let mut unpacked = Unpacked::default();
    while let Some((attribute, data)) = attribute(&mut cursor) {
        if attribute == NEW_FILE && unpacked.files.len() < MOST {
            unpacked.files.push(Default::default());
        }
        match (attribute, unpacked.files.last_mut()) {
            (FILE_TITLE, Some((name, _))) if name.is_empty() => *name = until_nul(data),
            (FILE_DATA, Some((_, content))) => *content = data.to_vec(),
            (FILE_PROPERTIES, Some((name, _))) => {
                if let Some(long) = property(data, PROPERTY_LONG_NAME) {
                    *name = long;
                }
            }
            (BODY, _) => unpacked.text = Some(until_nul(data)),
            (MESSAGE_PROPERTIES, _) if unpacked.text.is_none() => unpacked.text = property(data, PROPERTY_BODY),
            _ => {}
        }
    }
    Some(unpacked)
}

/// Level, name, length, data, and a sum that nobody relies on.
fn attribute<'b>(cursor: &mut Cursor<'b>) -> Option<(u32, &'b [u8])> {
    cursor.take(1)?;
    let name = cursor.u32()?;
    let length = cursor.length()?;
    let data = cursor.take(length)?;
    cursor.take(2)?;
    Some((name, data))
}

/// One text among properties (MS-OXTNEF §2.1.3.4).
fn property(data: &[u8], wanted: u16) -> Option<String> {
    let mut cursor = Cursor(data);
    let count = cursor.length()?.min(MOST);
    for _ in 0..count {
        let kind = cursor.u16()?;
        let id = cursor.u16()?;
        if id >= 0x8000 {
            cursor.take(16)?;
            match cursor.u32()? {
                0 => cursor.take(4)?,
                _ => cursor.padded()?,
            };
        }
        let several = kind & 0x1000 != 0;
        let fixed = match kind & 0x0fff {
            0x02 | 0x03 | 0x04 | 0x0a | 0x0b => Some(4),
            0x05 | 0x06 | 0x07 | 0x14 | 0x40 => Some(8),
            0x48 => Some(16),
            0x0d | 0x1e | 0x1f | 0x102 => None,
            _ => return None,
        };
        let values = if several || fixed.is_none() {
            cursor.length()?.min(MOST)
        } else {
            1
        };
        for _ in 0..values {
            let value = match fixed {
                Some(bytes) => cursor.take(bytes)?,
                None => cursor.padded()?,
            };
            match kind {
                0x1e if id == wanted => return Some(until_nul(value)),
                0x1f if id == wanted => return Some(wide(value)),
                _ => {}
            }
        }
    }
    None
}

fn until_nul(bytes: &[u8]) -> String {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    decode::to_text(text, None).0
}

fn wide(bytes: &[u8]) -> String {
    let text = decode::to_text(bytes, Some("utf-16le")).0;
    text.split('\0').next().unwrap_or_default().to_owned()
}

/// What is left to read. Numbers are little-endian.
struct Cursor<'b>(&'b [u8]);

impl<'b> Cursor<'b> {
    fn take(&mut self, length: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// A length and that many bytes, up to a multiple of four.
    fn padded(&mut self) -> Option<&'b [u8]> {
        let length = self.length()?;
        let value = self.take(length)?;
        self.take(length.next_multiple_of(4) - length)?;
        Some(value)
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.u32()?)
            .ok()
            .filter(|length| *length <= self.0.len())
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(*self.take(4)?.first_chunk()?))
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(*self.take(2)?.first_chunk()?))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BODY, FILE_DATA, FILE_PROPERTIES, FILE_TITLE, NEW_FILE, SIGNATURE, Unpacked, unpack};

    fn frame(attributes: &[(u32, &[u8])]) -> Vec<u8> {
        let mut bytes = [&SIGNATURE.to_le_bytes()[..], &[1, 0]].concat();
        for (name, data) in attributes {
            bytes.push(if *name == BODY { 1 } else { 2 });
            bytes.extend(name.to_le_bytes());
            bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
            bytes.extend(*data);
            bytes.extend([0, 0]);
        }
        bytes
    }

    /// One number, then the long name in wide characters.
    fn long_name() -> Vec<u8> {
        let name: Vec<u8> = "exploit code.py\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut bytes = vec![2, 0, 0, 0, 3, 0, 5, 0x37, 1, 0, 0, 0, 0x1f, 0, 0x07, 0x37, 1, 0, 0, 0];
        bytes.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
        bytes.extend(name);
        bytes
    }

    #[test]
    fn text_and_files_come_out() {
        let long = long_name();
        let bytes = frame(&[
            (BODY, b"See the file.\0"),
            (NEW_FILE, &[0; 14]),
            (FILE_TITLE, b"EXPLO~1.PY\0"),
            (FILE_DATA, b"print(1)"),
            (FILE_PROPERTIES, &long),
            (NEW_FILE, &[0; 14]),
            (FILE_TITLE, b"log.txt\0"),
            (FILE_DATA, b"log"),
        ]);
        let expect = Unpacked {
            text: Some("See the file.".to_owned()),
            files: vec![
                ("exploit code.py".to_owned(), b"print(1)".to_vec()),
                ("log.txt".to_owned(), b"log".to_vec()),
            ],
        };
        assert_eq!(unpack(&bytes), Some(expect));
    }

    #[test]
    fn a_frame_that_ends_early_gives_what_it_has() {
        let bytes = frame(&[(NEW_FILE, &[0; 14]), (FILE_TITLE, b"log.txt\0"), (FILE_DATA, b"log")]);
        let unpacked = unpack(&bytes[..bytes.len() - 4]).unwrap();
        assert_eq!(unpacked.files, [("log.txt".to_owned(), Vec::new())]);
        assert_eq!(unpack(b"no frame"), None);
        assert_eq!(unpack(b""), None);
    }

    proptest! {
        #[test]
        fn noise_is_unpacked_or_refused(noise in prop::collection::vec(any::<u8>(), 0..400)) {
            _ = unpack(&noise);
            _ = unpack(&[&frame(&[]), &noise[..]].concat());
            _ = unpack(&frame(&[(NEW_FILE, &[0; 14]), (FILE_PROPERTIES, &noise)]));
        }
    }
}
