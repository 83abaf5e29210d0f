//! The outline of an OpenPGP message: which packets lie behind each other, and whether the last one is whole.
//!
//! Looks at headers alone (RFC 9580 §4.2), so that limits hold and a message that was cut short is known before anything is
//! decrypted. Never interprets a body.

/// The packets that a message is made of (RFC 9580 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    /// A session key for a public key.
    KeyForPublic,
    /// A session key for a passphrase.
    KeyForPassphrase,
    /// Encrypted, without anything that would show a change.
    Unprotected,
    /// Encrypted, versions 1 and 2.
    Protected,
    /// Encrypted, as GnuPG 2.4 does it between two keys of its own.
    GnupgOcb,
    Compressed,
    OnePassSignature,
    Signature,
    Literal,
    /// To be skipped: markers, padding, trust, and what is private or not critical.
    Skipped,
    /// Nothing that belongs into a message.
    Foreign,
}

impl Tag {
    const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::KeyForPublic,
            2 => Self::Signature,
            3 => Self::KeyForPassphrase,
            4 => Self::OnePassSignature,
            8 => Self::Compressed,
            9 => Self::Unprotected,
            10 | 12 | 21 | 40..=63 => Self::Skipped,
            11 => Self::Literal,
            18 => Self::Protected,
            20 => Self::GnupgOcb,
            _ => Self::Foreign,
        }
    }
}

/// Why packets cannot be outlined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The bytes end inside a packet.
    Short,
    /// More packets than allowed.
    TooMany,
    /// No packet begins here.
    Garbage,
}

/// The packets of `bytes` in their order, at most `limit` of them.
pub(crate) fn outline(bytes: &[u8], limit: usize) -> Result<Vec<Tag>, Broken> {
    let mut tags = Vec::new();
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        if tags.len() == limit {
            return Err(Broken::TooMany);
        }
        let (number, behind) = match first {
            0b1100_0000.. => (first & 0x3f, behind_new(after)?),
            0b1000_0000.. => ((first >> 2) & 0x0f, behind_old(first & 3, after)?),
            _ => return Err(Broken::Garbage),
        };
        tags.push(Tag::from_number(number));
        rest = behind;
    }
    Ok(tags)
}

/// What follows a packet in the older format. Without a length, it reaches to the end.
fn behind_old(kind: u8, bytes: &[u8]) -> Result<&[u8], Broken> {
    let octets = match kind {
        0 => 1,
        1 => 2,
        2 => 4,
        _ => return Ok(&[]),
    };
    let (length, body) = bytes.split_at_checked(octets).ok_or(Broken::Short)?;
    skip(body, big_endian(length))
}

/// What follows a packet in the newer format, whose body may come in pieces.
fn behind_new(mut bytes: &[u8]) -> Result<&[u8], Broken> {
    loop {
        let (first, after) = bytes.split_first().ok_or(Broken::Short)?;
        match first {
            0..192 => return skip(after, usize::from(*first)),
            192..224 => {
                let (second, body) = after.split_first().ok_or(Broken::Short)?;
                return skip(body, ((usize::from(*first) - 192) << 8) + usize::from(*second) + 192);
            }
            224..255 => bytes = skip(after, 1 << (first & 0x1f))?,
            255 => {
                let (length, body) = after.split_at_checked(4).ok_or(Broken::Short)?;
                return skip(body, big_endian(length));
            }
        }
    }
}

fn skip(bytes: &[u8], length: usize) -> Result<&[u8], Broken> {
    bytes.get(length..).ok_or(Broken::Short)
}

fn big_endian(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Broken, Tag, outline};

    fn check_outline(bytes: &[u8], expect: Result<&[Tag], Broken>) {
        assert_eq!(outline(bytes, 4).as_deref().map_err(|broken| *broken), expect);
    }

    #[test]
    fn every_kind_of_length_is_read() {
        check_outline(&[], Ok(&[]));
        check_outline(&[0xcb, 1, 0, 0xca, 0], Ok(&[Tag::Literal, Tag::Skipped]));
        check_outline(&[0xac, 2, 0, 0], Ok(&[Tag::Literal]));
        check_outline(&[0xa3, 1, 2, 3], Ok(&[Tag::Compressed]));
        let long = [&[0xd2, 192, 8][..], &[0; 200]].concat();
        check_outline(&long, Ok(&[Tag::Protected]));
        let pieces = [&[0xd2, 0xe1][..], &[0; 2], &[1, 0]].concat();
        check_outline(&pieces, Ok(&[Tag::Protected]));
    }

    #[test]
    fn what_ends_early_is_short() {
        check_outline(&[0xcb], Err(Broken::Short));
        check_outline(&[0xcb, 2, 0], Err(Broken::Short));
        check_outline(&[0xd2, 0xe1, 0, 0], Err(Broken::Short));
        check_outline(&[0xcb, 255, 0, 0], Err(Broken::Short));
        check_outline(&[0xad, 1], Err(Broken::Short));
    }

    #[test]
    fn noise_and_floods_are_refused() {
        check_outline(b"Hello", Err(Broken::Garbage));
        check_outline(&[0xca, 0].repeat(5), Err(Broken::TooMany));
    }

    proptest! {
        #[test]
        fn any_bytes_are_outlined_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            if let Ok(tags) = outline(&bytes, 100) {
                prop_assert!(tags.len() <= 100);
            }
        }
    }
}
