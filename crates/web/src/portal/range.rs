//! Parts of a file (RFC 9110 §14): one range of bytes. Several at once are answered with the whole file, as the standard allows.

/// What a request for a part means for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// No part, several, or nonsense: the whole file.
    Whole,
    /// From the first byte to the last one, both counted.
    Bytes { first: u64, last: u64 },
    /// Nothing of it is in the file.
    Outside,
}

/// Reads the header `Range` for a file of so many bytes.
pub(super) fn read(header: &str, length: u64) -> Part {
    let one = header.strip_prefix("bytes=").map(str::trim);
    let Some((first, last)) = one.and_then(|one| one.split_once('-')) else {
        return Part::Whole;
    };
    let digits = |text: &str| !text.is_empty() && text.len() < 19 && text.bytes().all(|b| b.is_ascii_digit());
    let number = |text: &str| digits(text).then(|| text.parse::<u64>().ok()).flatten();
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first > last => Part::Whole,
        (Some(first), _) if first >= length && (last.is_empty() || digits(last)) => Part::Outside,
        (Some(first), Some(last)) => Part::Bytes {
            first,
            last: last.min(length.saturating_sub(1)),
        },
        (Some(first), None) if last.is_empty() => Part::Bytes {
            first,
            last: length.saturating_sub(1),
        },
        (None, Some(0)) if first.is_empty() => Part::Outside,
        (None, Some(_)) if first.is_empty() && length == 0 => Part::Outside,
        (None, Some(count)) if first.is_empty() => Part::Bytes {
            first: length.saturating_sub(count),
            last: length.saturating_sub(1),
        },
        _ => Part::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_part(header: &str, length: u64, expect: Part) {
        assert_eq!(read(header, length), expect, "{header} of {length}");
    }

    #[test]
    fn one_range_is_read() {
        check_part("bytes=0-0", 10, Part::Bytes { first: 0, last: 0 });
        check_part("bytes=2-4", 10, Part::Bytes { first: 2, last: 4 });
        check_part("bytes=2-", 10, Part::Bytes { first: 2, last: 9 });
        check_part("bytes=2-99", 10, Part::Bytes { first: 2, last: 9 });
        check_part("bytes=-3", 10, Part::Bytes { first: 7, last: 9 });
        check_part("bytes=-99", 10, Part::Bytes { first: 0, last: 9 });
    }

    #[test]
    fn what_is_not_in_the_file_is_outside() {
        for header in ["bytes=10-", "bytes=10-20", "bytes=-0"] {
            check_part(header, 10, Part::Outside);
        }
        for header in ["bytes=0-", "bytes=0-0", "bytes=-1"] {
            check_part(header, 0, Part::Outside);
        }
    }

    #[test]
    fn nonsense_and_several_are_the_whole() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=4-2",
            "bytes=0-1,3-4",
            "bytes=a-b",
            "bytes=1-b",
            "bytes=+1-2",
            "lines=0-1",
            "bytes=0x1-2",
            "bytes=99999999999999999999-",
        ] {
            check_part(header, 10, Part::Whole);
        }
    }
}
