//! Text as mail carries it: lines of ASCII (RFC 2045, RFC 2047).
//!
//! Owns both encodings. What comes out has no line longer than 76 and none that a mail server changes on the way, so that a signature over it
//! holds.

use data_encoding::BASE64;

/// Longest line.
const MAX_LINE: usize = 76;
/// Most bytes of one encoded word; in base64 they are 60 characters.
const MAX_WORD_BYTES: usize = 45;

/// A text as quoted-printable, its lines ending with CR LF.
pub(super) fn quoted_printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 5 / 4);
    for line in text.lines() {
        quote_line(line, &mut out);
        out.push_str("\r\n");
    }
    out
}

fn quote_line(line: &str, out: &mut String) {
    let bytes = line.as_bytes();
    let mut width = 0;
    for (place, byte) in bytes.iter().enumerate() {
        let is_last = place + 1 == bytes.len();
        if width + 3 > MAX_LINE - 1 {
            out.push_str("=\r\n");
            width = 0;
        }
        // Spaces at the end get lost, a dot or `From ` at the beginning is changed on the way.
        let begins = width == 0 && matches!(byte, b'.' | b'-' | b'F');
        let plain = match byte {
            b' ' | b'\t' => !is_last,
            b'=' => false,
            byte => byte.is_ascii_graphic() && !begins,
        };
        let needs = if plain { 1 } else { 3 };
        match plain {
            true => out.push(char::from(*byte)),
            false => out.push_str(&format!("={byte:02X}")),
        }
        width += needs;
    }
}

/// A text as the value of a field: as it is if it is plain, else in encoded words. Control characters are left out: no value makes a second
/// field.
pub(super) fn field(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    if text.is_ascii() && text.len() <= 900 && !text.contains("=?") {
        return text;
    }
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if word.len() + c.len_utf8() > MAX_WORD_BYTES {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    let words = words
        .iter()
        .map(|word| format!("=?utf-8?B?{}?=", BASE64.encode(word.as_bytes())));
    words.collect::<Vec<_>>().join("\r\n ")
}

/// A name in front of an address.
pub(super) fn name(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == ' ' || c == '-';
    if text.chars().all(plain) {
        return text.to_owned();
    }
    if text.is_ascii() {
        let kept: String = text
            .chars()
            .filter(|c| !c.is_control() && !matches!(c, '"' | '\\'))
            .collect();
        return format!("\"{kept}\"");
    }
    field(text)
}

/// Bytes as base64 in lines, each after a space: the end of a long field.
pub(super) fn folded_base64(bytes: &[u8]) -> String {
    let text = BASE64.encode(bytes);
    let mut out = String::with_capacity(text.len() + text.len() / 20);
    for (place, c) in text.chars().enumerate() {
        if place % MAX_LINE == 0 {
            out.push_str("\r\n ");
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_back_as_it_was() {
        let texts = [
            "plain\n",
            "ends with a space \nFrom here\n.\n--\n",
            "Grüße = 100 % – 日本語\n",
            &format!("{}\n{}\n", "x".repeat(300), "ü".repeat(100)),
        ];
        for text in texts {
            let out = quoted_printable(text);
            assert!(out.is_ascii());
            for line in out.split("\r\n") {
                assert!(line.len() <= MAX_LINE, "{line}");
                assert!(
                    !line.ends_with(' ') && !line.starts_with("From ") && !line.starts_with('.'),
                    "{line}"
                );
            }
            let message = format!(
                "Content-Transfer-Encoding: quoted-printable\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{out}"
            );
            let read = mailparse::parse_mail(message.as_bytes()).unwrap().get_body().unwrap();
            assert_eq!(read.replace("\r\n", "\n"), text);
        }
    }

    #[test]
    fn a_value_is_one_field() {
        assert_eq!(field("[NN-1] Report"), "[NN-1] Report");
        assert_eq!(field("a\r\nBcc: x@y"), "aBcc: x@y");
        let long = field(&"ü".repeat(200));
        assert!(
            long.split("\r\n ")
                .all(|line| line.len() <= MAX_LINE && line.starts_with("=?utf-8?B?"))
        );
        assert_eq!(name("Vendor, Inc."), "\"Vendor, Inc.\"");
        assert_eq!(name("Vendor PSIRT"), "Vendor PSIRT");
        assert!(name("Grüße").starts_with("=?utf-8?B?"));
    }
}
