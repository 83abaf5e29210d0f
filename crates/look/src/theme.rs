//! A brand's theme: values for the tokens of `css/tokens.css`, and nothing else. It checks names and the characters of
//! values, so that a theme can neither add a rule nor load anything; and, of a brand's file, that everybody can read what it colours. It never
//! judges taste.

use std::fmt;

use crate::STYLESHEET;
use crate::contrast::{COLOURS, Pair, TooFaint, too_faint};

/// The longest value that a theme may give, in bytes: enough for a list of fonts.
const VALUE_LIMIT: usize = 300;

/// Why a theme was refused. It names the token and never repeats the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThemeError {
    /// The stylesheet has no such token.
    UnknownToken(String),
    /// The value is empty or longer than 300 bytes.
    Length(String),
    /// The value holds a character or a function that no token needs, or leaves a bracket or a quote open.
    Value(String),
    /// A line of the file is not `--name: value`.
    Line(usize),
    /// A token that pages stand on, and no brand's to set.
    Fixed(String),
    /// A colour in a form whose contrast nobody can compute.
    Colour(String),
    /// A radius that is none.
    Radius(String),
    /// A token that is set twice.
    Twice(String),
    /// Pairs of colours that are too near to each other.
    TooFaint(Vec<TooFaint>),
}

impl fmt::Display for ThemeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownToken(name) => {
                write!(
                    f,
                    "the theme sets `{name}`, which is no token; the tokens are: {}",
                    tokens().collect::<Vec<_>>().join(", ")
                )
            }
            Self::Line(line) => write!(f, "line {line} is not `--name: value`, a comment of one line, or empty"),
            Self::Fixed(name) => write!(
                f,
                "`{name}` is no brand's to set: pages would break; a theme sets colours ({}), the fonts `font-tool`, `font-law` and `font-code`, `radius` and `radius-s`",
                COLOURS.join(", ")
            ),
            Self::Colour(name) => write!(
                f,
                "the colour `{name}` must be #rrggbb, rgb(r g b), oklch(l c h), or light-dark() of two of them, without transparency, so that its contrast can be computed"
            ),
            Self::Radius(name) => write!(f, "`{name}` is a length from 0 to 2rem, such as 0.5rem or 8px"),
            Self::Twice(name) => write!(f, "`{name}` is set twice"),
            Self::TooFaint(pairs) => {
                let lines: Vec<String> = pairs.iter().map(ToString::to_string).collect();
                write!(
                    f,
                    "the theme cannot be read by everybody (WCAG 2.2, AA): {}",
                    lines.join("; ")
                )
            }
            Self::Length(name) => write!(f, "the theme's value of `{name}` must have 1 to {VALUE_LIMIT} bytes"),
            Self::Value(name) => write!(
                f,
                "the theme's value of `{name}` must be a plain CSS value: letters, digits, spaces, . , % # + - / _, quotes and brackets in pairs, no url()"
            ),
        }
    }
}

impl std::error::Error for ThemeError {}

/// The names that a theme may set, such as `accent`, in the order of the stylesheet.
pub fn tokens() -> impl Iterator<Item = &'static str> {
    let block = STYLESHEET
        .split_once(":root {")
        .and_then(|(_, rest)| rest.split_once('}'))
        .map_or("", |(block, _)| block);
    block
        .lines()
        .filter_map(|line| line.trim().strip_prefix("--")?.split_once(':').map(|(name, _)| name))
}

/// The stylesheet of a theme, from pairs of a token's name (without dashes) and its value. It is linked after
/// [`STYLESHEET`]; what the reader's own settings ask for still stands above it.
///
/// # Errors
///
/// The first name or value that is refused.
pub fn theme_stylesheet<'a>(settings: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<String, ThemeError> {
    let mut css = String::from("@layer theme {\n  :root {\n");
    for (name, value) in settings {
        if !tokens().any(|token| token == name) {
            return Err(ThemeError::UnknownToken(name.to_owned()));
        }
        if value.trim().is_empty() || value.len() > VALUE_LIMIT {
            return Err(ThemeError::Length(name.to_owned()));
        }
        if !is_plain(value) {
            return Err(ThemeError::Value(name.to_owned()));
        }
        css.push_str("    --");
        css.push_str(name);
        css.push_str(": ");
        css.push_str(value.trim());
        css.push_str(";\n");
    }
    css.push_str("  }\n}\n");
    Ok(css)
}

/// A brand's file: one `--name: value` on each line, with or without a semicolon, empty lines, and comments of one line. Every value is checked, and
/// every pair of colours that stand on each other, in both schemes.
///
/// # Errors
/// The first thing that is wrong; of colours all pairs that are too faint.
pub fn read_theme(file: &str) -> Result<Vec<(String, String)>, ThemeError> {
    let mut values: Vec<(String, String)> = Vec::new();
    for (number, line) in (1..).zip(file.lines().map(str::trim)) {
        let comment = line.starts_with("/*") && line.find("*/") == Some(line.len().saturating_sub(2));
        if line.is_empty() || comment {
            continue;
        }
        let pair = line.strip_prefix("--").and_then(|line| line.split_once(':'));
        let (name, value) = pair.ok_or(ThemeError::Line(number))?;
        let (name, value) = (name.trim(), value.trim());
        let value = value.strip_suffix(';').unwrap_or(value).trim();
        theme_stylesheet([(name, value)])?;
        let name = name.to_owned();
        let sound = match name.as_str() {
            colour if COLOURS.contains(&colour) => {
                Pair::read(value).ok_or(ThemeError::Colour(name.clone())).map(|_| ())
            }
            "font-tool" | "font-law" | "font-code" => Ok(()),
            "radius" | "radius-s" if is_radius(value) => Ok(()),
            "radius" | "radius-s" => Err(ThemeError::Radius(name.clone())),
            _ => Err(ThemeError::Fixed(name.clone())),
        };
        sound?;
        if values.iter().any(|(known, _)| *known == name) {
            return Err(ThemeError::Twice(name));
        }
        values.push((name, value.to_owned()));
    }
    match too_faint(&values) {
        faint if faint.is_empty() => Ok(values),
        faint => Err(ThemeError::TooFaint(faint)),
    }
}

fn is_radius(value: &str) -> bool {
    let length = |end: &str, most: f64| {
        let number = value.strip_suffix(end).and_then(|number| number.parse::<f64>().ok());
        number.is_some_and(|number| (0.0..=most).contains(&number))
    };
    value == "0" || length("rem", 2.0) || length("px", 32.0)
}

/// The file name of a theme, with a hash of its content, such as `theme-1a2b3c4d.css`.
#[must_use]
pub fn theme_name(css: &str) -> String {
    crate::asset::hashed_name("theme", css, "css")
}

/// A value that ends where it seems to end: closed set of characters, quotes closed before brackets, nothing loaded.
fn is_plain(value: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || " .,%#+-/_()\"'".contains(c);
    let mut open_quote = None;
    let mut depth = 0_u32;
    for c in value.chars() {
        match (open_quote, c) {
            (Some(quote), _) if c == quote => open_quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => open_quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => return false,
            (None, ')') => depth -= 1,
            (None, _) => {}
        }
        if !allowed(c) {
            return false;
        }
    }
    let lower = value.to_ascii_lowercase();
    open_quote.is_none()
        && depth == 0
        && !["url(", "image(", "image-set(", "src("]
            .iter()
            .any(|function| lower.contains(function))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_theme(name: &str, value: &str, expect: Result<&str, ThemeError>) {
        let line = |line: &str| format!("@layer theme {{\n  :root {{\n    {line}\n  }}\n}}\n");
        assert_eq!(theme_stylesheet([(name, value)]), expect.map(line), "{name}: {value}");
    }

    #[test]
    fn tokens_are_read_from_the_stylesheet() {
        let names: Vec<_> = tokens().collect();
        assert!((40..60).contains(&names.len()), "{names:?}");
        assert_eq!((names.first(), names.last()), (Some(&"paper"), Some(&"quick")));
    }

    #[test]
    fn plain_values_become_a_layer_of_their_own() {
        check_theme(
            "accent",
            "light-dark(#00656b, oklch(0.79 0.095 195 / 90%))",
            Ok("--accent: light-dark(#00656b, oklch(0.79 0.095 195 / 90%));"),
        );
        check_theme(
            "font-tool",
            r#" "Source Sans 3", 'Noto Sans', sans-serif "#,
            Ok(r#"--font-tool: "Source Sans 3", 'Noto Sans', sans-serif;"#),
        );
        assert_eq!(
            theme_stylesheet([]),
            Ok("@layer theme {\n  :root {\n  }\n}\n".to_owned())
        );
    }

    #[test]
    fn the_layer_stands_between_the_tokens_and_the_reader() {
        assert!(STYLESHEET.contains("@layer tokens, theme, reader,"));
        assert!(STYLESHEET.contains("@layer reader {"));
    }

    #[test]
    fn other_names_are_refused() {
        for name in ["", "colour", "--accent", "accent: red; --ink", "Accent"] {
            check_theme(name, "red", Err(ThemeError::UnknownToken(name.to_owned())));
        }
    }

    #[test]
    fn values_that_could_say_more_are_refused() {
        for value in [
            "red; color: blue",
            "red}",
            "{",
            "\\72 ed",
            "red /* x */",
            "red\n",
            "@import",
            "<b>",
            "rot\u{e9}",
            "red!important",
            "(",
            ")",
            ")(",
            "\"open",
            "'open",
            "\"a' ",
            "(\")",
            "url(x)",
            "URL(x)",
            "image-set(x)",
            "a:b",
        ] {
            check_theme("accent", value, Err(ThemeError::Value("accent".to_owned())));
        }
        for value in ["", "  ", &"x".repeat(301)] {
            check_theme("accent", value, Err(ThemeError::Length("accent".to_owned())));
        }
    }

    #[test]
    fn errors_name_the_token_and_what_to_do() {
        let error = theme_stylesheet([("colour", "red")]).unwrap_err().to_string();
        assert!(
            error.starts_with("the theme sets `colour`, which is no token; the tokens are: paper, sheet,"),
            "{error}"
        );
    }

    #[test]
    fn names_follow_from_the_content() {
        assert_eq!(theme_name("abc"), "theme-ba7816bf.css");
    }

    fn check_file(file: &str, expect: Result<usize, &str>) {
        match (read_theme(file), expect) {
            (Ok(values), Ok(count)) => assert_eq!(values.len(), count, "{file}"),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{file}: {error}"),
            (found, _) => panic!("{file}: {found:?}"),
        }
    }

    #[test]
    fn a_brands_file_is_checked_line_by_line() {
        check_file("", Ok(0));
        check_file(
            "/* Ours */\n--accent: light-dark(#0b5fa5, #8cc4f5);\n\n--font-tool: \"Source Sans 3\", sans-serif\n--radius: 0\n",
            Ok(3),
        );
        for (file, part) in [
            ("\naccent: #000", "line 2 is not"),
            (":root { --accent: #000 }", "line 1 is not"),
            ("/* a */ --accent: #000", "line 1 is not"),
            ("--colour: #000", "which is no token"),
            ("--s8: 400rem", "`s8` is no brand's to set"),
            ("--step-0: 3rem", "`step-0` is no brand's to set"),
            ("--accent: red", "the colour `accent` must be"),
            ("--accent: #000; --ink: #fff", "must be a plain CSS value"),
            ("--radius: 5rem", "from 0 to 2rem"),
            ("--radius: calc(1px + 1px)", "from 0 to 2rem"),
            ("--radius: 0\n--radius: 1px", "set twice"),
            ("--font-tool: url(x)", "no url()"),
            ("--accent: #cccccc", "`accent` on `paper` has a contrast of 1."),
            ("--paper: light-dark(#777777, #111111)", "`ink` on `paper`"),
        ] {
            check_file(file, Err(part));
        }
    }
}
