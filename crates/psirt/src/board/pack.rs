//! Values of the board as few bytes: JSON, deflated.
//!
//! Owns the form, which lives in this process and in a snapshot of its own version. Never holds a truth: the journal has everything packed.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;

/// What most cases say, so that it need not stand in each: half of what a small case would take. Any text would do, but the one that packed
/// must unpack.
const COMMON: &str = concat!(
    r#""awaiting-reporter":{"tracked-as":{"merged":{"case":"split-off":{"hand-over":{"leaked":{"exploited":{"embargo-proposed":{"embargo-accepted":{"published":{"advisory":"notified":{"duplicate-of":{"rejected":{"reopened":{},"cve-requested":{"cve-assigned":{"id":"CVE-2026-"#,
    r#""message":{"from":"to":"reporter","text":"affected":{"product":"release-planned":{"product":"late":{"clause":"promise":"due":""#,
    r#""},"approved_by":"case":"number":"brand":"channel":"mail","from":"","blob":null,"at":null,"title":"","text":"","case":"case:01"}]]}"#,
    r#"{"number":"-2026-","brand":"","entries":[{"seq":1,"at":"2026-01-01T00:00:00Z","recorded":"2026-01-01T00:00:00Z","by":"","event":{"received":{"by":"external"}}},"#,
    r#""event":{"titled":{"title":"","summary":null}}},"event":{"suspected":{"products":["","event":{"acknowledged":{}}},"event":{"reviewed":{}}},"event":{"confirmed":{"origin":"own","products":[""#,
    r#""event":{"scored":{"vector":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","source":"own","why":null}}},"event":{"reported-back":{"reporter":null}}},"#,
    r#""event":{"judged":{"public-attention":false,"exploit":"none"}}},"event":{"assigned":{"person":"","event":{"fix-released":{"product":"","version":""#,
    r#""event":{"credit":{"reporter":null,"choice":"no","as":null}}},"event":{"closed":{}}},{"seq":2,"at":"2026-01-01T00:00:00Z","recorded":"2026-01-01T00:00:00Z","by":"","event":{"noted":{"text":""#,
);

/// Packs one value after the other. Its working memory is a third of a megabyte, so it is kept from one to the next.
#[derive(Default)]
pub(super) struct Packer(Option<Compress>);

impl Packer {
    /// A value as few bytes; none if it has no form in JSON.
    pub(super) fn pack(&mut self, value: &impl Serialize) -> Option<Box<[u8]>> {
        let json = serde_json::to_vec(value).ok()?;
        let deflate = self.0.get_or_insert_with(|| Compress::new(Compression::new(4), false));
        deflate.reset();
        deflate.set_dictionary(COMMON.as_bytes()).ok()?;
        let mut packed = Vec::with_capacity(json.len() / 2 + 64);
        loop {
            let rest = json.get(usize::try_from(deflate.total_in()).ok()?..)?;
            match deflate.compress_vec(rest, &mut packed, FlushCompress::Finish).ok()? {
                Status::StreamEnd => return Some(packed.into()),
                Status::Ok | Status::BufError => packed.reserve(json.len() / 2 + 64),
            }
        }
    }
}

/// The value that was packed. Nothing is expected to fail: the bytes never left this process unsealed.
pub(super) fn unpack<T: DeserializeOwned>(packed: &[u8]) -> Option<T> {
    let mut inflate = Decompress::new(false);
    inflate.set_dictionary(COMMON.as_bytes()).ok()?;
    let mut json = Vec::with_capacity(packed.len() * 8 + 1_024);
    loop {
        let rest = packed.get(usize::try_from(inflate.total_in()).ok()?..)?;
        let (read, written) = (inflate.total_in(), inflate.total_out());
        match inflate.decompress_vec(rest, &mut json, FlushDecompress::Finish).ok()? {
            Status::StreamEnd => return serde_json::from_slice(&json).ok(),
            // It ends early.
            _ if (inflate.total_in(), inflate.total_out()) == (read, written) && json.len() < json.capacity() => {
                return None;
            }
            Status::Ok | Status::BufError => json.reserve(json.capacity()),
        }
    }
}

impl Clone for Packer {
    fn clone(&self) -> Packer {
        Packer::default()
    }
}

impl fmt::Debug for Packer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Packer")
    }
}

#[cfg(test)]
mod tests {
    use super::{Packer, unpack};

    #[track_caller]
    fn check_pack(values: &[String]) {
        let mut packer = Packer::default();
        for value in values {
            let packed = packer.pack(value).expect("text has a form in JSON");
            assert_eq!(unpack::<String>(&packed).as_ref(), Some(value));
            for end in 0..packed.len().min(200) {
                assert_eq!(
                    unpack::<String>(&packed[..end]),
                    None,
                    "{end} of {} bytes",
                    packed.len()
                );
            }
        }
    }

    #[test]
    fn what_was_packed_unpacks_and_a_part_of_it_does_not() {
        let noise = |length: u32| (0..length).map(|at| char::from_u32(0x21 + at.wrapping_mul(at) % 90).unwrap_or('x'));
        check_pack(&[
            String::new(),
            "short".to_owned(),
            "the same again and again. ".repeat(40_000),
            noise(200_000).collect(),
            "after a large one".to_owned(),
        ]);
    }
}
