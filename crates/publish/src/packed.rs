//! Larger texts lie packed beside themselves, as `NAME.gz`, for web servers that send such a file to whoever reads gzip.
//!
//! Owns which files these are. Never decides who gets which: the server does.

use documents::place;
use flate2::Compression;
use flate2::bufread::{GzDecoder, GzEncoder};
use std::io::Read as _;

/// From this size on, in bytes. Most of a tree's files fit into a few packets, and packing them would double their number.
const MIN_BYTES: usize = 32 * 1024;
const TEXTS: [&str; 9] = ["html", "json", "txt", "csv", "css", "js", "atom", "svg", "md"];

/// Where a file lies packed, if it does.
pub(crate) fn beside(path: &str, bytes: usize) -> Option<String> {
    let is_text = path.rsplit_once('.').is_some_and(|(_, end)| TEXTS.contains(&end));
    // The catalogue is read by Candor alone.
    let is_sent = !path
        .split_once('/')
        .is_some_and(|(_, path)| path.starts_with(place::CATALOG_FOLDER));
    (bytes >= MIN_BYTES && is_text && is_sent).then(|| format!("{path}.gz"))
}

/// The file that a packed one belongs to.
pub(crate) fn original(path: &str) -> Option<&str> {
    path.strip_suffix(".gz")
}

/// The same text gives the same bytes: no name and no time stand in them.
pub(crate) fn pack(text: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(text.len() / 4);
    // Reading from memory does not fail.
    let _ = GzEncoder::new(text, Compression::fast()).read_to_end(&mut packed);
    packed
}

/// Whether this is a text, packed.
pub(crate) fn holds(packed: &[u8], text: &[u8]) -> bool {
    let mut unpacked = Vec::with_capacity(text.len());
    let one_more = text.len() as u64 + 1;
    let read = GzDecoder::new(packed).take(one_more).read_to_end(&mut unpacked);
    read.is_ok() && unpacked == text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn larger_texts_lie_packed_beside_themselves() {
        let large = MIN_BYTES;
        for (path, bytes, packed) in [
            ("a.example/feed.json", large, Some("a.example/feed.json.gz")),
            ("a.example/feed.json", large - 1, None),
            ("a.example/logo.png", large, None),
            ("a.example/csaf/white/2027/a.json.asc", large, None),
            ("a.example/catalog/2027-01.json", large, None),
            ("a.example/feed.json.gz", large, None),
        ] {
            assert_eq!(beside(path, bytes).as_deref(), packed, "{path}");
        }
    }

    #[test]
    fn what_is_packed_unpacks_to_itself_and_to_nothing_else() {
        let text = "the same line again and again\n".repeat(5_000).into_bytes();
        let packed = pack(&text);
        assert!(packed.len() < text.len() / 20, "{}", packed.len());
        assert_eq!(packed, pack(&text));
        assert!(holds(&packed, &text));
        let mut other = text.clone();
        other.pop();
        assert!(!holds(&packed, &other), "shorter");
        other.push(b'x');
        assert!(!holds(&packed, &other), "another byte");
        assert!(!holds(&packed[..packed.len() - 4], &text), "cut off");
        assert!(!holds(b"", &text) && !holds(&text, &text));
    }
}
