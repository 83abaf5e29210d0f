//! A brand's logo, made harmless or refused: an SVG of shapes alone, or a PNG without anything but its picture. It draws nothing.

use std::fmt;

/// The largest logo.
const MAX_BYTES: usize = 64 * 1024;
/// The largest side of a PNG, in pixels.
const MAX_PIXELS: u32 = 2_048;

/// A logo that may be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// `svg` or `png`.
    pub kind: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Why a logo was refused. It never repeats what the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogoError {
    /// Empty, or larger than 64 KiB.
    Size,
    /// Neither SVG nor PNG.
    Kind,
    /// A PNG that is damaged, or larger than 2048 pixels.
    Png,
    /// An SVG that holds something else than shapes.
    Svg(&'static str),
}

impl fmt::Display for LogoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LogoError::Size => write!(f, "a logo has 1 byte to {} KiB", MAX_BYTES / 1024),
            LogoError::Kind => f.write_str("a logo is an SVG that begins with <svg, or a PNG"),
            LogoError::Png => write!(
                f,
                "the PNG is damaged, or one of its sides has more than {MAX_PIXELS} pixels"
            ),
            LogoError::Svg(what) => write!(
                f,
                "the SVG {what}; a logo consists of svg, g, title, path, rect, circle, ellipse, line, polyline, polygon, and of attributes that draw them: export it as plain shapes, text as paths"
            ),
        }
    }
}

impl std::error::Error for LogoError {}

impl Logo {
    /// Checks a file. Of a PNG only what draws is kept; an SVG stays as it is or is refused.
    ///
    /// # Errors
    /// What is wrong.
    pub fn read(bytes: &[u8]) -> Result<Logo, LogoError> {
        if bytes.is_empty() || bytes.len() > MAX_BYTES {
            return Err(LogoError::Size);
        }
        if bytes.starts_with(PNG) {
            let bytes = png(bytes).ok_or(LogoError::Png)?;
            return Ok(Logo { kind: "png", bytes });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| LogoError::Kind)?.trim();
        let text = match text.strip_prefix("<?xml ") {
            Some(rest) => rest.split_once("?>").ok_or(LogoError::Kind)?.1.trim_start(),
            None => text,
        };
        if !text.starts_with("<svg") {
            return Err(LogoError::Kind);
        }
        svg(text)?;
        Ok(Logo {
            kind: "svg",
            bytes: format!("{text}\n").into_bytes(),
        })
    }

    /// Its file name, with a hash of its content.
    #[must_use]
    pub fn name(&self) -> String {
        crate::asset::hashed_name_of("logo", &self.bytes, self.kind)
    }
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
/// What a picture is made of; comments, places and dates are not.
const CHUNKS: [&[u8]; 7] = [b"IHDR", b"PLTE", b"tRNS", b"sRGB", b"gAMA", b"IDAT", b"IEND"];

/// The same picture with the chunks that draw it, each with its right sum, from its head to its end.
fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = bytes.strip_prefix(PNG)?;
    let mut out = PNG.to_vec();
    let mut first = true;
    while !rest.is_empty() {
        let length = usize::try_from(u32::from_be_bytes(rest.get(..4)?.try_into().ok()?)).ok()?;
        let chunk = rest.get(..length.checked_add(12)?)?;
        let (body, sum) = chunk.get(4..)?.split_at_checked(length + 4)?;
        if crc32(body).to_be_bytes() != sum {
            return None;
        }
        let (name, data) = body.split_at_checked(4)?;
        if first {
            let side = |at: usize| Some(u32::from_be_bytes(data.get(at..at + 4)?.try_into().ok()?));
            let fits = |side: u32| (1..=MAX_PIXELS).contains(&side);
            if name != b"IHDR" || length != 13 || !fits(side(0)?) || !fits(side(4)?) {
                return None;
            }
            first = false;
        }
        if CHUNKS.contains(&name) {
            out.extend_from_slice(chunk);
        }
        if name == b"IEND" {
            return Some(out);
        }
        rest = rest.get(chunk.len()..)?;
    }
    None
}

/// PNG's own sum (ISO 15948, annex D), bit by bit: a logo is small.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 {
                (sum >> 1) ^ 0xedb8_8320
            } else {
                sum >> 1
            }
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}

const ELEMENTS: [&str; 10] = [
    "svg", "g", "title", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon",
];
const ATTRIBUTES: [&str; 33] = [
    "xmlns",
    "viewBox",
    "width",
    "height",
    "version",
    "role",
    "fill",
    "fill-rule",
    "fill-opacity",
    "clip-rule",
    "stroke",
    "stroke-width",
    "stroke-linecap",
    "stroke-linejoin",
    "stroke-miterlimit",
    "stroke-opacity",
    "stroke-dasharray",
    "opacity",
    "transform",
    "d",
    "x",
    "y",
    "x1",
    "x2",
    "y1",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "points",
    "preserveAspectRatio",
];

/// Reads tags and nothing cleverer: what is not plainly one of ours is refused.
fn svg(text: &str) -> Result<(), LogoError> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (words, from) = rest.split_once('<').unwrap_or((rest, ""));
        let plain = words.trim().is_empty() || open.last() == Some(&"title");
        if !plain || words.contains(['&', '>']) {
            return Err(LogoError::Svg("holds text outside of its title"));
        }
        if from.is_empty() {
            break;
        }
        let (tag, after) = from.split_once('>').ok_or(LogoError::Svg("has a tag without an end"))?;
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name.trim_end()) {
                return Err(LogoError::Svg("has elements that do not end in their order"));
            }
            continue;
        }
        if open.is_empty() && !std::ptr::eq(from, text.get(1..).unwrap_or_default()) {
            return Err(LogoError::Svg("has more than one root"));
        }
        let (tag, closed) = match tag.strip_suffix('/') {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let name = element(tag)?;
        if !closed {
            open.push(name);
        }
        if open.len() > 32 {
            return Err(LogoError::Svg("is nested too deeply"));
        }
    }
    if open.is_empty() {
        Ok(())
    } else {
        Err(LogoError::Svg("does not end"))
    }
}

/// The name of an element whose attributes are all harmless.
fn element(tag: &str) -> Result<&str, LogoError> {
    let (name, mut rest) = tag.split_once(|c: char| c.is_ascii_whitespace()).unwrap_or((tag, ""));
    if !ELEMENTS.contains(&name) {
        return Err(LogoError::Svg("holds an element that is no shape"));
    }
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok(name);
        }
        let broken = LogoError::Svg("has an attribute that is not written as name=\"value\"");
        let (attribute, from) = rest.split_once('=').ok_or(broken.clone())?;
        let quote = from
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\''))
            .ok_or(broken.clone())?;
        let (value, after) = from
            .strip_prefix(quote)
            .and_then(|from| from.split_once(quote))
            .ok_or(broken)?;
        rest = after;
        let attribute = attribute.trim_end();
        if !ATTRIBUTES.contains(&attribute) {
            return Err(LogoError::Svg("has an attribute that draws no shape"));
        }
        let drawn = |c: char| c.is_ascii_alphanumeric() || " \t\r\n.,%#+-()".contains(c);
        let sound = match attribute {
            "xmlns" => value == "http://www.w3.org/2000/svg",
            _ => value.chars().all(drawn) && !value.to_ascii_lowercase().contains("url"),
        };
        if !sound {
            return Err(LogoError::Svg(
                "has a value that is more than numbers, names and colours",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><title>Example</title><g fill='#00656b'><path d="M1 1l-2,3.5z"/></g></svg>"##;

    fn check_svg(text: &str, expect: Result<(), &str>) {
        match (Logo::read(text.as_bytes()), expect) {
            (Ok(logo), Ok(())) => assert_eq!(logo.kind, "svg"),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{text}: {error}"),
            (found, _) => panic!("{text}: {found:?}"),
        }
    }

    #[test]
    fn shapes_are_a_logo() {
        check_svg(GOOD, Ok(()));
        check_svg(&format!("<?xml version=\"1.0\"?>\n{GOOD}\n"), Ok(()));
        assert!(Logo::read(GOOD.as_bytes()).unwrap().name().starts_with("logo-"));
    }

    #[test]
    fn whatever_could_do_more_than_draw_is_refused() {
        let with = |inner: &str| format!("<svg xmlns=\"http://www.w3.org/2000/svg\">{inner}</svg>");
        for (inner, part) in [
            ("<script>alert(1)</script>", "no shape"),
            ("<foreignObject/>", "no shape"),
            ("<style>*{}</style>", "no shape"),
            ("<image href=\"x\"/>", "no shape"),
            ("<use href=\"#a\"/>", "no shape"),
            ("<a><path/></a>", "no shape"),
            ("<!-- c -->", "no shape"),
            ("<path onclick=\"x\"/>", "draws no shape"),
            ("<path style=\"fill:red\"/>", "draws no shape"),
            ("<path fill=\"url(#a)\"/>", "more than numbers"),
            ("<path fill=\"javascript:x\"/>", "more than numbers"),
            ("<path d=\"&#1;\"/>", "more than numbers"),
            ("<path d=M1/>", "name=\"value\""),
            ("<path d/>", "name=\"value\""),
            ("<g>", "in their order"),
            ("words", "text outside"),
            ("<title>&lt;</title>", "text outside"),
        ] {
            check_svg(&with(inner), Err(part));
        }
        check_svg("<svg><path/>", Err("does not end"));
        check_svg("<svg></svg><svg></svg>", Err("more than one root"));
        check_svg("<svg", Err("without an end"));
        check_svg("<!DOCTYPE svg><svg></svg>", Err("begins with <svg"));
        check_svg("<html></html>", Err("begins with <svg"));
        check_svg(&with(&"<g>".repeat(40)), Err("too deeply"));
        check_svg(&" ".repeat(70_000), Err("KiB"));
        check_svg("", Err("KiB"));
    }

    fn chunk(name: &[u8], data: &[u8]) -> Vec<u8> {
        let mut body = name.to_vec();
        body.extend_from_slice(data);
        let mut chunk = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
        chunk.extend_from_slice(&body);
        chunk.extend_from_slice(&crc32(&body).to_be_bytes());
        chunk
    }

    fn head(side: u32) -> Vec<u8> {
        let mut data = [side.to_be_bytes(), side.to_be_bytes()].concat();
        data.extend_from_slice(&[8, 6, 0, 0, 0]);
        chunk(b"IHDR", &data)
    }

    #[test]
    fn a_png_keeps_its_picture_and_loses_the_rest() {
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
        let picture = [PNG.to_vec(), head(4), chunk(b"IDAT", b"x"), chunk(b"IEND", b"")];
        let text = chunk(b"tEXt", b"Author\0somebody");
        let told = [&picture[0], &picture[1], &text, &picture[2], &picture[3]];
        let told: Vec<u8> = told.into_iter().flatten().copied().chain(*b"trailing").collect();
        assert_eq!(Logo::read(&told).unwrap().bytes, picture.concat());
        for broken in [
            PNG.to_vec(),
            [PNG.to_vec(), head(4)].concat(),
            [PNG.to_vec(), head(4096), chunk(b"IEND", b"")].concat(),
            [PNG.to_vec(), chunk(b"IDAT", b""), head(4), chunk(b"IEND", b"")].concat(),
            [PNG.to_vec(), vec![255; 40]].concat(),
        ] {
            assert_eq!(Logo::read(&broken), Err(LogoError::Png));
        }
    }
}
