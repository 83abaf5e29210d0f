//! From the bytes of a part to what they stand for: transfer encodings and charsets. What is broken is read as well as it goes, and told.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Undoes a transfer encoding (RFC 2045 §6); `false` says that it was broken or is not known.
pub(super) fn transfer(body: &[u8], encoding: Option<&str>) -> (Vec<u8>, bool) {
    let encoding = encoding.unwrap_or("7bit").trim().to_ascii_lowercase();
    match encoding.as_str() {
        "base64" => base64(body),
        "quoted-printable" => quoted_printable(body),
        "" | "7bit" | "8bit" | "binary" => (body.to_vec(), true),
        _ => (body.to_vec(), false),
    }
}

/// Text between the padding counts too: some programs join encoded pieces.
fn base64(body: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(body.len() / 4 * 3);
    let (mut bits, mut held, mut whole) = (0_u32, 0_u32, true);
    for byte in body {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                (bits, held) = (0, 0);
                continue;
            }
            byte if byte.is_ascii_whitespace() => continue,
            _ => {
                // Garbage behind the end is left alone.
                whole = false;
                break;
            }
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held).to_le_bytes()[0]);
            bits &= (1 << held) - 1;
        }
    }
    (out, whole)
}

fn quoted_printable(body: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(body.len());
    let mut whole = true;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let text = line.trim_ascii_end();
        let end = line.iter().rev().take_while(|byte| b"\r\n".contains(byte)).count();
        let newline = line.get(line.len() - end..).unwrap_or_default();
        let (text, soft) = text.strip_suffix(b"=").map_or((text, false), |text| (text, true));
        let mut at = 0;
        while let Some(byte) = text.get(at) {
            let digits = text.get(at + 1..at + 3).filter(|_| *byte == b'=');
            let decoded = digits
                .and_then(|digits| std::str::from_utf8(digits).ok())
                .and_then(|digits| u8::from_str_radix(digits, 16).ok());
            whole &= *byte != b'=' || decoded.is_some();
            out.push(decoded.unwrap_or(*byte));
            at += if decoded.is_some() { 3 } else { 1 };
        }
        if !soft {
            out.extend_from_slice(newline);
        }
    }
    (out, whole)
}

/// Bytes in a charset as text; `false` says that the charset is not known or does not fit. It never fails: what is no UTF-8 is Western.
pub(super) fn to_text(bytes: &[u8], charset: Option<&str>) -> (String, bool) {
    let named = charset.map(|label| Encoding::for_label(label.trim().as_bytes()));
    let (encoding, known) = match named {
        Some(Some(encoding)) => (encoding, true),
        // Senders who say ASCII or nothing write whatever they write.
        None => (UTF_8, true),
        Some(None) => (UTF_8, false),
    };
    let ascii = charset.is_none_or(|label| label.eq_ignore_ascii_case("us-ascii"));
    if (encoding == UTF_8 || ascii) && std::str::from_utf8(bytes).is_err() {
        let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
        return (text.into_owned(), false);
    }
    let encoding = if ascii { UTF_8 } else { encoding };
    let (text, _, broken) = encoding.decode(bytes);
    (text.into_owned(), known && !broken)
}

/// Text as it is shown: line ends as `\n`, no NUL and no other control character but the tabulator.
pub(super) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' => out.push('\n'),
            c if !c.is_control() || matches!(c, '\n' | '\t') => out.push(c),
            _ => {}
        }
    }
    out
}

/// The beginning of a text, of at most so many bytes.
pub(super) fn beginning(text: &str, most_bytes: usize) -> &str {
    let mut end = most_bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{to_text, transfer};

    fn check_transfer(body: &[u8], encoding: &str, expect: &[u8], whole: bool) {
        assert_eq!(transfer(body, Some(encoding)), (expect.to_vec(), whole));
    }

    #[test]
    fn transfer_encodings_are_undone_as_far_as_they_go() {
        check_transfer(b"aGVs\r\nbG8=\r\n", "BASE64", b"hello", true);
        check_transfer(b"aGVsbG8= aGVsbG8=", "base64", b"hellohello", true);
        check_transfer(b"PGI+ =!!garbage", "base64", b"<b>", false);
        check_transfer(b"a=3Db  \r\nc=\r\nd", "quoted-printable", b"a=b\r\ncd", true);
        check_transfer(b"50=% =zz =", "Quoted-Printable", b"50=% =zz ", false);
        check_transfer(b"as it is", "7-bit", b"as it is", false);
        check_transfer(b"", "base64", b"", true);
    }

    #[test]
    fn text_has_its_line_ends_and_no_other_control_character() {
        assert_eq!(super::clean("a\r\nb\rc\n\td\0\u{1b}e"), "a\nb\nc\n\tde");
        assert_eq!(super::beginning("aüb", 2), "a");
        assert_eq!(super::beginning("aüb", 9), "aüb");
    }

    fn check_text(bytes: &[u8], charset: Option<&str>, expect: &str, known: bool) {
        assert_eq!(to_text(bytes, charset), (expect.to_owned(), known));
    }

    #[test]
    fn every_text_is_read_in_some_way() {
        check_text("Grüße".as_bytes(), Some("utf-8"), "Grüße", true);
        check_text(b"Gr\xfc\xdfe", Some("iso-8859-1"), "Grüße", true);
        check_text(b"Gr\xfc\xdfe", Some("utf-8"), "Grüße", false);
        check_text(b"Gr\xfc\xdfe", Some("us-ascii"), "Grüße", false);
        check_text("Grüße".as_bytes(), Some("us-ascii"), "Grüße", true);
        check_text(b"\x93quoted\x94", Some("windows-31j-foo"), "“quoted”", false);
        check_text(b"\x1b$B4A;z\x1b(B", Some("ISO-2022-JP"), "漢字", true);
        check_text(b"\xd0\xc2\xce\xc4", Some("gb2312"), "新文", true);
    }
}
