//! The files that every page links to, with names that follow from their content. It never serves or writes them.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// The whole stylesheet, for both faces, for screens, for forced colours and for paper.
pub const STYLESHEET: &str = concat!(
    include_str!("../css/tokens.css"),
    include_str!("../css/reset.css"),
    include_str!("../css/base.css"),
    include_str!("../css/layout.css"),
    include_str!("../css/shell.css"),
    include_str!("../css/sheet.css"),
    include_str!("../css/form.css"),
    include_str!("../css/sign.css"),
    include_str!("../css/time.css"),
    include_str!("../css/promise.css"),
    include_str!("../css/case.css"),
    include_str!("../css/list.css"),
    include_str!("../css/talk.css"),
    include_str!("../css/inbox.css"),
    include_str!("../css/room.css"),
    include_str!("../css/advisory.css"),
    include_str!("../css/text.css"),
    include_str!("../css/calculator.css"),
    include_str!("../css/policy.css"),
    include_str!("../css/forced.css"),
    include_str!("../css/print.css"),
);

/// The favicon: the mark on a ground that holds in light and dark tab bars.
pub const FAVICON: &str = include_str!("../templates/favicon.svg");

/// The one script: the calculator's scores while somebody chooses. The page works without it.
pub const SCRIPT: &str = include_str!("../script/calculator.js");

/// A file to serve beside the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    /// The file's name, with a hash of its content: it may be cached for ever.
    pub name: &'static str,
    /// The value of `Content-Type`.
    pub media_type: &'static str,
    /// The file's content.
    pub text: &'static str,
}

static STYLESHEET_NAME: LazyLock<String> = LazyLock::new(|| hashed_name("candor", STYLESHEET, "css"));
static SCRIPT_NAME: LazyLock<String> = LazyLock::new(|| hashed_name("calculator", SCRIPT, "js"));
static FAVICON_NAME: LazyLock<String> = LazyLock::new(|| hashed_name("candor", FAVICON, "svg"));

/// The stylesheet's file name, such as `candor-1a2b3c4d.css`.
#[must_use]
pub fn stylesheet_name() -> &'static str {
    &STYLESHEET_NAME
}

/// The favicon's file name, such as `candor-1a2b3c4d.svg`.
#[must_use]
pub fn favicon_name() -> &'static str {
    &FAVICON_NAME
}

/// The script's file name, such as `calculator-1a2b3c4d.js`.
#[must_use]
pub fn script_name() -> &'static str {
    &SCRIPT_NAME
}

/// Every file that a page links to.
#[must_use]
pub fn assets() -> [Asset; 3] {
    [
        Asset {
            name: stylesheet_name(),
            media_type: "text/css; charset=utf-8",
            text: STYLESHEET,
        },
        Asset {
            name: favicon_name(),
            media_type: "image/svg+xml",
            text: FAVICON,
        },
        Asset {
            name: script_name(),
            media_type: "text/javascript; charset=utf-8",
            text: SCRIPT,
        },
    ]
}

/// Eight hexadecimal digits tell two versions of one file apart; they are no proof of anything.
pub(crate) fn hashed_name(stem: &str, text: &str, extension: &str) -> String {
    hashed_name_of(stem, text.as_bytes(), extension)
}

pub(crate) fn hashed_name_of(stem: &str, bytes: &[u8], extension: &str) -> String {
    let digest = Sha256::digest(bytes);
    let hash = data_encoding::HEXLOWER.encode(digest.get(..4).unwrap_or_default());
    format!("{stem}-{hash}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stylesheet without its comments.
    fn rules() -> String {
        let mut rules = String::new();
        for (i, part) in STYLESHEET.split("/*").enumerate() {
            rules += if i == 0 { part } else { part.split_once("*/").unwrap().1 };
        }
        rules
    }

    /// The files of the stylesheet by name.
    fn files() -> Vec<(String, String)> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/css");
        let read = |entry: std::io::Result<std::fs::DirEntry>| {
            let path = entry.unwrap().path();
            (
                path.file_name().unwrap().to_str().unwrap().to_owned(),
                std::fs::read_to_string(&path).unwrap(),
            )
        };
        std::fs::read_dir(folder).unwrap().map(read).collect()
    }

    #[test]
    fn every_file_is_in_the_stylesheet() {
        for (name, text) in files() {
            assert!(STYLESHEET.contains(&text), "{name} is left out");
        }
    }

    #[test]
    fn braces_are_balanced_in_every_file() {
        for (name, text) in files() {
            let mut depth = 0_i32;
            for c in text.chars() {
                depth += i32::from(c == '{') - i32::from(c == '}');
                assert!(depth >= 0, "{name} closes more than it opened");
            }
            assert_eq!(depth, 0, "{name} leaves a block open");
        }
    }

    #[test]
    fn every_rule_is_in_a_layer() {
        for (name, text) in files() {
            let first = text
                .split('{')
                .next()
                .unwrap()
                .rsplit(['/', ';'])
                .next()
                .unwrap()
                .trim();
            let expected = if name == "print.css" { "@media print" } else { "@layer" };
            assert!(first.starts_with(expected), "{name} starts with {first}");
        }
    }

    #[test]
    fn colours_come_from_the_tokens() {
        for (name, text) in files() {
            if name == "tokens.css" {
                continue;
            }
            for banned in ["#", "rgb(", "hsl(", "oklch("] {
                assert!(
                    !text.contains(banned),
                    "{name} contains {banned}, which is a colour or an id"
                );
            }
        }
    }

    #[test]
    fn important_is_for_paper_only() {
        for (name, text) in files() {
            assert!(
                name == "print.css" || !text.contains("!important"),
                "{name} says !important"
            );
        }
    }

    #[test]
    fn selectors_name_no_id_and_the_sheet_loads_nothing() {
        let rules = rules();
        for selector in rules.split('{').filter_map(|before| before.rsplit(['}', ';']).next()) {
            assert!(!selector.contains('#'), "{selector} names an id");
        }
        for banned in ["@import", "url(", "@font-face"] {
            assert!(!rules.contains(banned), "the stylesheet contains {banned}");
        }
    }

    #[test]
    fn every_token_that_is_used_is_defined() {
        let rules = rules();
        let defined = |name: &str| rules.contains(&format!("{name}:"));
        for used in rules.split("var(").skip(1) {
            let name: String = used
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
                .collect();
            assert!(defined(&name), "{name} is used and never defined");
        }
    }

    #[test]
    fn names_follow_from_the_content() {
        assert_eq!(hashed_name("candor", "abc", "css"), "candor-ba7816bf.css");
        assert_ne!(hashed_name("candor", "abd", "css"), hashed_name("candor", "abc", "css"));
        let [sheet, icon, script] = assets();
        assert!(sheet.name.ends_with(".css") && icon.name.ends_with(".svg") && script.name.ends_with(".js"));
        assert_eq!(
            (sheet.name, icon.name, script.name),
            (stylesheet_name(), favicon_name(), script_name())
        );
    }

    #[test]
    fn the_script_needs_nothing_that_the_pages_forbid() {
        for banned in [
            "innerHTML",
            "outerHTML",
            "insertAdjacent",
            "document.write",
            "eval(",
            "Function(",
            "fetch(",
            "XMLHttp",
            "import(",
        ] {
            assert!(!SCRIPT.contains(banned), "the script says {banned}");
        }
    }
}
