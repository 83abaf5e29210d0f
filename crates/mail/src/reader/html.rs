//! HTML as text: what a reader would see, without what a browser would do. Nothing is fetched, nothing is run, and no markup is left.

/// The text of a page. Linear in its length; tags that never end hide what follows, as in a browser.
pub(super) fn to_text(page: &str) -> String {
    let mut out = String::new();
    let mut rest = page;
    let mut hidden = false;
    let mut link: Option<String> = None;
    let mut preformatted = 0_usize;
    while !rest.is_empty() {
        let open = rest.find('<').unwrap_or(rest.len());
        let (text, markup) = rest.split_at(open);
        if !hidden {
            push_text(&mut out, text, preformatted > 0);
        }
        if markup.is_empty() {
            break;
        }
        if let Some(comment) = markup.strip_prefix("<!--") {
            rest = comment
                .find("-->")
                .and_then(|end| comment.get(end + 3..))
                .unwrap_or_default();
            continue;
        }
        let (tag, behind) = tag(markup);
        rest = behind;
        let Some(tag) = tag else {
            // A lone `<` is text.
            if !hidden {
                out.push('<');
            }
            continue;
        };
        if !tag.closes && matches!(tag.name.as_str(), "script" | "style" | "title") {
            rest = behind_raw(rest, &tag.name);
            continue;
        }
        if hidden {
            // Few pages close their head; the body does.
            hidden = !(tag.closes && tag.name == "head" || tag.name == "body");
            continue;
        }
        match tag.name.as_str() {
            "head" if !tag.closes => hidden = true,
            "pre" => {
                preformatted = if tag.closes {
                    preformatted.saturating_sub(1)
                } else {
                    preformatted + 1
                }
            }
            "a" if tag.closes => {
                // What a link says and where it leads may differ, and people should see that.
                if let Some(target) = link.take().filter(|target| !out.trim_end().ends_with(target.as_str())) {
                    out.push_str(" <");
                    out.push_str(&target);
                    out.push('>');
                }
            }
            "a" => link = tag.target,
            "li" if !tag.closes => {
                new_line(&mut out);
                out.push_str("- ");
            }
            "td" | "th" if tag.closes => out.push('\t'),
            _ => {}
        }
        match tag.name.as_str() {
            "br" => out.push('\n'),
            "p" | "div" | "tr" | "ul" | "ol" | "table" | "blockquote" | "pre" | "h1" | "h2" | "h3" | "h4" | "h5"
            | "h6" | "hr" | "section" | "article" => new_line(&mut out),
            _ => {}
        }
    }
    tidy(&out)
}

struct Tag {
    name: String,
    closes: bool,
    /// Where a link leads.
    target: Option<String>,
}

/// The tag at the beginning, and what follows it. Quotes in it may hold a `>`.
fn tag(markup: &str) -> (Option<Tag>, &str) {
    let inside = markup.get(1..).unwrap_or_default();
    let closes = inside.starts_with('/');
    let named = inside.strip_prefix('/').unwrap_or(inside);
    if !named.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!' || c == '?') {
        return (None, inside);
    }
    let mut quote = None;
    let mut end = named.len();
    for (at, c) in named.char_indices() {
        match (quote, c) {
            (None, '>') => {
                end = at;
                break;
            }
            (None, '"' | '\'') if named.get(..at).unwrap_or_default().trim_end().ends_with('=') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    let content = named.get(..end).unwrap_or_default();
    let behind = named.get(end + 1..).unwrap_or_default();
    let name: String = content
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .take(20)
        .collect();
    let name = name.to_ascii_lowercase();
    let target = (name == "a" && !closes).then(|| target(content)).flatten();
    (Some(Tag { name, closes, target }), behind)
}

/// What follows an element in which nothing is markup but its own end.
fn behind_raw<'p>(page: &'p str, name: &str) -> &'p str {
    let is_end = |at: &usize| {
        let word = page.get(at + 2..at + 2 + name.len());
        word.is_some_and(|word| word.eq_ignore_ascii_case(name))
    };
    let end = page.match_indices("</").map(|(at, _)| at).find(is_end);
    end.and_then(|end| page.get(end..)).unwrap_or_default()
}

/// Where a link leads, if it is an address that people can read; it is shown, never followed.
fn target(content: &str) -> Option<String> {
    let lower = content.to_ascii_lowercase();
    let at = lower.find("href")?;
    let value = content.get(at + 4..)?.trim_start().strip_prefix('=')?.trim_start();
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.split(quote).next()?,
        _ => value.split_ascii_whitespace().next()?,
    };
    let value = entities(value);
    let value = value.trim();
    let shown = ["http://", "https://", "mailto:"]
        .iter()
        .any(|scheme| value.starts_with(scheme));
    let plain =
        value.len() <= 2_000 && !value.contains(|c: char| c.is_control() || c.is_whitespace() || "<>\"".contains(c));
    (shown && plain).then(|| value.strip_prefix("mailto:").unwrap_or(value).to_owned())
}

fn push_text(out: &mut String, text: &str, preformatted: bool) {
    let text = entities(text);
    if preformatted {
        out.push_str(&text);
        return;
    }
    for c in text.chars() {
        if !c.is_whitespace() || c == '\u{a0}' {
            out.push(if c == '\u{a0}' { ' ' } else { c });
        } else if !out.ends_with([' ', '\n', '\t']) {
            out.push(' ');
        }
    }
}

fn new_line(out: &mut String) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

/// The few entities that mail uses, and numbers.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let name = from.get(1..).unwrap_or_default();
        let end = name
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '#')
            .unwrap_or(name.len())
            .min(32);
        let (known, name) = (name.get(..end).and_then(entity), name.get(end..));
        match (known, name) {
            (Some(c), Some(behind)) => {
                out.push(c);
                rest = behind.strip_prefix(';').unwrap_or(behind);
            }
            _ => {
                out.push('&');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    let number = |digits: &str| match digits.strip_prefix(['x', 'X']) {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
        None => digits.parse().ok(),
    };
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        "ndash" => Some('–'),
        "mdash" => Some('—'),
        "hellip" => Some('…'),
        "laquo" => Some('«'),
        "raquo" => Some('»'),
        "lsquo" => Some('‘'),
        "rsquo" => Some('’'),
        "ldquo" => Some('“'),
        "rdquo" => Some('”'),
        "auml" => Some('ä'),
        "ouml" => Some('ö'),
        "uuml" => Some('ü'),
        "szlig" => Some('ß'),
        "eacute" => Some('é'),
        "egrave" => Some('è'),
        "copy" => Some('©'),
        "euro" => Some('€'),
        name => char::from_u32(number(name.strip_prefix('#')?)?).filter(|c| !c.is_control() || *c == '\n'),
    }
}

/// Without spaces at line ends, and with no more than one empty line in a row.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines().map(str::trim_end) {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty <= 1 && !(line.is_empty() && out.is_empty()) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::to_text;

    fn check_text(page: &str, expect: &str) {
        assert_eq!(to_text(page), expect);
    }

    #[test]
    fn people_see_what_a_reader_would() {
        check_text("<p>One</p><p>Two &amp; three<br>four</p>", "One\nTwo & three\nfour");
        check_text("<b>bold</b>  and\n <i>italic</i>", "bold and italic");
        check_text("<ul><li>a<li>b</ul>", "- a\n- b");
        check_text("<pre>a\n  b</pre>c", "a\n  b\nc");
        check_text("1 < 2 &lt; 3 &#x41;&#66; &nope; &", "1 < 2 < 3 AB &nope; &");
        check_text(
            "<a href='https://example.org/x'>here</a>",
            "here <https://example.org/x>",
        );
        check_text(
            "<a href=\"https://example.org/\">https://example.org/</a>",
            "https://example.org/",
        );
        check_text("<a href=\"javascript:alert(1)\">x</a>", "x");
    }

    #[test]
    fn nothing_remote_and_nothing_that_runs_is_left() {
        check_text(
            "<head><title>t</title><style>p{}</style></head>a<script>b<c</script>d",
            "ad",
        );
        check_text("a<img src=\"http://evil.example/?x=", "a");
        check_text("a<!-- b > c -->d<!-- e", "ad");
        check_text("<img alt=\"a>b\" src=x>c", "c");
        check_text("&#60;script&#62;", "<script>");
        check_text("<scr<script>ipt>x", "ipt>x");
    }

    proptest! {
        #[test]
        fn any_page_is_read(page in "\\PC{0,300}") {
            _ = to_text(&page);
        }

        #[test]
        fn any_markup_is_read(page in "[<>/a-e!\"'= &;#x\\-]{0,300}") {
            _ = to_text(&page);
        }
    }
}
