//! A brand's theme: values for the tokens of `css/tokens.css`, and nothing else. It checks names and the characters of
//! values, so that a theme can neither add a rule nor load anything. It never judges taste or contrast.

use std::fmt;

use crate::STYLESHEET;

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
}
