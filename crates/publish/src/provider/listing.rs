//! The links of a folder's listing, as any web server writes it: enough HTML for `href`, not more.

use url::Url;

/// Most links that are read of one page.
const MOST_LINKS: usize = 200_000;

/// Where the links of a page lead that is at `base`.
pub(super) fn links(base: &Url, html: &[u8]) -> Vec<Url> {
    let html = String::from_utf8_lossy(html);
    let mut links = Vec::new();
    let mut rest: &str = &html;
    while let Some(found) = find_href(rest) {
        let (value, after) = value(found);
        rest = after;
        let value = value.trim().replace("&#38;", "&").replace("&amp;", "&");
        links.extend(base.join(&value).ok());
        if links.len() >= MOST_LINKS {
            break;
        }
    }
    links
}

/// What follows the next `href` in any case, with the `=` still in front.
fn find_href(html: &str) -> Option<&str> {
    let bytes = html.as_bytes();
    let at = bytes.windows(4).position(|four| four.eq_ignore_ascii_case(b"href"))?;
    html.get(at + 4..)
}

/// The value after `=`, quoted in any way or not at all, and what follows it.
fn value(after_name: &str) -> (&str, &str) {
    let Some(text) = after_name.trim_start().strip_prefix('=') else {
        return ("#", after_name);
    };
    let text = text.trim_start();
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    let end = text.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_links(html: &str, expect: &[&str]) {
        let base = Url::parse("https://a.example/csaf/white/2027/").unwrap();
        let found: Vec<String> = links(&base, html.as_bytes()).into_iter().map(String::from).collect();
        assert_eq!(found, expect, "{html}");
    }

    #[test]
    fn links_are_found_however_they_are_written() {
        let file = "https://a.example/csaf/white/2027/a.json";
        for html in [
            "<a href=\"a.json\">a</a>",
            "<A HREF='a.json'>a</A>",
            "<a class=x href=a.json>a</a>",
            "<a href = \"./a.json\" >",
            "<a href=\"/csaf/white/2027/a.json\">",
            "<a href=\"https://a.example/csaf/white/2027/a.json\">",
            "<a href=\" a.json\n\">",
            "<a href=\"a.json",
        ] {
            check_links(html, &[file]);
        }
        check_links(
            "<a href=\"../\"><a href=\"b/\">",
            &["https://a.example/csaf/white/", "https://a.example/csaf/white/2027/b/"],
        );
    }

    #[test]
    fn nonsense_has_no_links() {
        for html in ["", "href", "hre", "<a href=\"http://[\">", "é", "<a hreff>"] {
            assert!(
                links(&Url::parse("https://a.example/").unwrap(), html.as_bytes()).len() <= 1,
                "{html}"
            );
        }
        check_links(&"href".repeat(1000), &["https://a.example/csaf/white/2027/#"; 1000]);
    }
}
