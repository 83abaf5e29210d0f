//! Header fields: cut, unfolded, decoded, and made safe to show. Never trusts one.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mailparse::MailAddr;

use super::limits::Limits;

/// The fields of one part, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Headers<'m> {
    fields: Vec<Field<'m>>,
    /// Whether there were more or longer ones than are read.
    pub(super) cut: bool,
}

#[derive(Clone, Copy, Debug)]
struct Field<'m> {
    name: &'m [u8],
    /// With the name, for the library.
    whole: &'m [u8],
    value: &'m [u8],
}

impl<'m> Headers<'m> {
    /// The fields of a part, and its body.
    pub(super) fn parse(part: &'m [u8], limits: &Limits) -> (Self, &'m [u8]) {
        let (section, body) = section(part);
        let mut headers = Self::default();
        let kept = section.get(..limits.header_bytes).unwrap_or(section);
        headers.cut = kept.len() < section.len();
        let mut start = 0;
        let mut at = 0;
        while at < kept.len() {
            at = end_of_line(kept, at);
            // A line that begins with a space continues the field.
            if !matches!(kept.get(at), Some(b' ' | b'\t')) {
                headers.push(kept.get(start..at).unwrap_or_default(), limits);
                start = at;
            }
        }
        (headers, body)
    }

    fn push(&mut self, whole: &'m [u8], limits: &Limits) {
        if self.fields.len() >= limits.fields || whole.len() > limits.field_bytes {
            self.cut = true;
            return;
        }
        // A line without a colon is no field, and not a reason to stop.
        let Some(colon) = whole.iter().position(|byte| *byte == b':') else {
            return;
        };
        let (name, value) = whole.split_at(colon);
        self.fields.push(Field {
            name: name.trim_ascii(),
            whole,
            value: value.get(1..).unwrap_or_default(),
        });
    }

    fn all(&self, name: &str) -> impl DoubleEndedIterator<Item = &Field<'m>> {
        self.fields
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name.as_bytes()))
    }

    pub(super) fn count(&self, name: &str) -> usize {
        self.all(name).count()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.count(name) > 0
    }

    /// The first field of this name: words decoded, on one line, without what would change how it is shown.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.all(name).next().map(|field| field.text())
    }

    /// The first field of this name, not decoded: for what machines write.
    pub(super) fn plain(&self, name: &str) -> Option<String> {
        self.plains(name).next()
    }

    pub(super) fn plains(&self, name: &str) -> impl Iterator<Item = String> {
        self.all(name).map(|field| {
            let unfolded: Vec<u8> = field
                .value
                .iter()
                .copied()
                .filter(|byte| !b"\r\n".contains(byte))
                .collect();
            latin_or_utf8(&unfolded).trim().to_owned()
        })
    }

    /// The fields of this name that stand above the first one called `other`; none if there is no such.
    pub(super) fn plains_above(&self, name: &str, other: &str) -> Vec<String> {
        let is_other = |field: &Field<'_>| field.name.eq_ignore_ascii_case(other.as_bytes());
        let above = self.fields.iter().position(is_other).unwrap_or(0);
        let above = self.fields.iter().take(above);
        let count = above
            .filter(|field| field.name.eq_ignore_ascii_case(name.as_bytes()))
            .count();
        self.plains(name).take(count).collect()
    }

    /// A field with parameters (RFC 2045 §5.1, RFC 2231).
    pub(super) fn parameters(&self, name: &str) -> Option<Parameters> {
        self.plain(name).map(|value| Parameters::parse(&value))
    }

    /// The mailboxes in all fields of this name.
    pub(super) fn mailboxes(&self, name: &str) -> Vec<Mailbox> {
        let most = 100;
        self.all(name).flat_map(|field| field.mailboxes()).take(most).collect()
    }
}

impl Field<'_> {
    fn text(&self) -> String {
        let decoded = guarded(|| {
            let (field, _) = mailparse::parse_header(self.whole).ok()?;
            Some(field.get_value())
        });
        one_line(&decoded.flatten().unwrap_or_else(|| latin_or_utf8(self.value)))
    }

    fn mailboxes(&self) -> Vec<Mailbox> {
        let parsed = guarded(|| {
            let (field, _) = mailparse::parse_header(self.whole).ok()?;
            mailparse::addrparse_header(&field).ok()
        });
        let Some(list) = parsed.flatten() else {
            return from_scratch(&latin_or_utf8(self.value));
        };
        let singles = list.iter().flat_map(|address| match address {
            MailAddr::Group(group) => group.addrs.clone(),
            MailAddr::Single(single) => vec![single.clone()],
        });
        singles
            .filter_map(|single| {
                Some(Mailbox {
                    name: single.display_name.map(|name| one_line(&name)),
                    address: address(&single.addr)?,
                })
            })
            .collect()
    }
}

/// Encoded words in a value that should have none.
pub(super) fn words(text: &str) -> String {
    if !text.contains("=?") {
        return text.to_owned();
    }
    // Quotes around a word would keep it as it is.
    let field = format!("X: {}", one_line(text));
    let decoded = guarded(|| {
        let (field, _) = mailparse::parse_header(field.as_bytes()).ok()?;
        Some(field.get_value())
    });
    decoded.flatten().unwrap_or_else(|| text.to_owned())
}

/// What stands between angle brackets, or anything with an `@`, where a field is no list of addresses.
fn from_scratch(value: &str) -> Vec<Mailbox> {
    let found = value.split(['<', '>', ',', ' ', '"', ';']).filter_map(address);
    found.map(|address| Mailbox { name: None, address }).collect()
}

/// An address in lower case, if it has the form of one.
pub(super) fn address(text: &str) -> Option<String> {
    let text = one_line(text).trim_matches(['<', '>', ' ']).to_lowercase();
    let (local, domain) = text.rsplit_once('@')?;
    let fits = !local.is_empty() && !domain.is_empty() && text.len() <= 320 && !text.contains(char::is_whitespace);
    fits.then_some(text)
}

/// One sender or recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mailbox {
    pub(super) name: Option<String>,
    pub(super) address: String,
}

/// A value and what belongs to it, such as a media type with its charset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parameters {
    /// In lower case.
    pub(super) value: String,
    /// Names in lower case.
    list: Vec<(String, String)>,
}

impl Parameters {
    /// Reads what senders write, not only what they should: a quote without its end, spaces, pieces, percents.
    pub(super) fn parse(text: &str) -> Self {
        let mut pieces = pieces(text).into_iter();
        let value = pieces.next().unwrap_or_default().trim().to_lowercase();
        let mut list: Vec<(String, String)> = Vec::new();
        let mut split: Vec<(String, usize, bool, String)> = Vec::new();
        for piece in pieces.take(100) {
            let Some((name, value)) = piece.split_once('=') else {
                continue;
            };
            let (name, value) = (name.trim().to_lowercase(), unquoted(value.trim()));
            let (base, encoded) = name
                .strip_suffix('*')
                .map_or((name.as_str(), false), |base| (base, true));
            match base.split_once('*') {
                Some((base, number)) => {
                    let number = number.parse().unwrap_or(usize::MAX);
                    split.push((base.to_owned(), number, encoded, value));
                }
                None if encoded => list.insert(0, (base.to_owned(), extended(&value))),
                None => list.push((base.to_owned(), value)),
            }
        }
        split.sort_by_key(|(_, number, _, _)| *number);
        for (base, number, encoded, value) in split {
            let known = list.iter_mut().find(|(name, _)| *name == base);
            let part = match (encoded, number) {
                (true, 0) => extended(&value),
                (true, _) => latin_or_utf8(&percents(&value)),
                (false, _) => value,
            };
            match known {
                Some((_, whole)) if number > 0 => whole.push_str(&part),
                _ => list.insert(0, (base, part)),
            }
        }
        Self { value, list }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|(name, _)| name.as_str())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut named = self.list.iter().filter(|(other, _)| other == name);
        named.next().map(|(_, value)| value.as_str())
    }
}

/// Cut at semicolons outside of quotes.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ';' if !quoted => {
                pieces.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push(text.get(start..).unwrap_or_default());
    pieces
}

fn unquoted(value: &str) -> String {
    let Some(inside) = value.strip_prefix('"') else {
        // Where nobody quoted, a space ends it.
        return value.split([' ', '\t']).next().unwrap_or_default().to_owned();
    };
    let mut out = String::new();
    let mut chars = inside.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            // Windows paths are written with bare backslashes; only a quote or a backslash can be meant.
            '\\' => match chars.next() {
                Some(next @ ('"' | '\\')) => out.push(next),
                Some(next) => out.extend(['\\', next]),
                None => out.push('\\'),
            },
            c => out.push(c),
        }
    }
    out
}

/// `UTF-8'en'na%C3%AFve` (RFC 2231 §4).
fn extended(value: &str) -> String {
    let mut pieces = value.splitn(3, '\'');
    match (pieces.next(), pieces.next(), pieces.next()) {
        (Some(charset), Some(_), Some(text)) => super::decode::to_text(&percents(text), Some(charset)).0,
        _ => latin_or_utf8(&percents(value)),
    }
}

fn percents(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 3).filter(|_| *byte == b'%');
        let decoded = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(decoded.unwrap_or(*byte));
        at += if decoded.is_some() { 3 } else { 1 };
    }
    out
}

/// Bytes that should be ASCII, and are what somebody's program made of them.
pub(super) fn latin_or_utf8(bytes: &[u8]) -> String {
    super::decode::to_text(bytes, None).0
}

/// Without line ends and what would change how text is shown: control characters and those that turn its direction.
pub(super) fn one_line(text: &str) -> String {
    let spaced = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    let kept: String = spaced.filter(|c| !c.is_control() && !turns_direction(*c)).collect();
    kept.trim().to_owned()
}

pub(super) const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{061c}' | '\u{feff}')
}

/// The header section with its last line end, and what comes after the empty line.
fn section(part: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    while at < part.len() {
        let end = end_of_line(part, at);
        let line = part.get(at..end).unwrap_or_default();
        if matches!(line, b"\n" | b"\r\n") {
            return (part.get(..at).unwrap_or_default(), part.get(end..).unwrap_or_default());
        }
        at = end;
    }
    (part, &[])
}

/// Where the line at `at` ends, its line end included.
pub(super) fn end_of_line(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |newline| at + newline + 1)
}

/// When a `Date` field says it was written, if it is a date.
pub(super) fn date(value: &str) -> Option<i64> {
    // The library reckons with whatever numbers it finds.
    let plausible = value.len() <= 200 && value.is_ascii();
    let seconds = plausible
        .then(|| guarded(|| mailparse::dateparse(value).ok()))
        .flatten()
        .flatten()?;
    // Between 1990 and 2106, outside of which no mail was written.
    (631_152_000..4_294_967_296).contains(&seconds).then_some(seconds)
}

/// A panic inside the library becomes nothing. Never guards our own code.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
