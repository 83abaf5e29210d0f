//! The links of a page that we rendered: enough to check that each leads to a file, not a reader of HTML in general.

/// The values of every `href`, `src` and `action` attribute.
pub(crate) fn of(html: &str) -> Vec<String> {
    let mut links = Vec::new();
    for attribute in [" href=\"", " src=\"", " action=\""] {
        for after in html.split(attribute).skip(1) {
            let value = after.split('"').next().unwrap_or_default();
            links.push(value.replace("&#38;", "&").replace("&amp;", "&"));
        }
    }
    links
}

/// Whether a page holds an element with this id.
pub(crate) fn has_anchor(html: &str, id: &str) -> bool {
    html.contains(&format!(" id=\"{id}\""))
}

/// Where a link leads that stands on the page `from`: a path below the same root, and the anchor. None for other places (`https:`,
/// `mailto:`), and for a link that leaves the root.
pub(crate) fn target(from: &str, link: &str) -> Target {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    // What is asked with a query is answered by `candor serve`; it is no file.
    if path.contains([':', '?']) {
        return Target::Elsewhere;
    }
    let mut steps: Vec<&str> = Vec::new();
    if !path.starts_with('/') {
        steps.extend(from.split('/'));
        if !path.is_empty() {
            steps.pop();
        }
    }
    for step in path.split('/').filter(|step| !step.is_empty() && *step != ".") {
        if step != ".." {
            steps.push(step);
        } else if steps.pop().is_none() {
            return Target::Outside;
        }
    }
    if path.ends_with('/') {
        // Every web server shows this for a folder.
        steps.push("index.html");
    }
    Target::File {
        path: steps.join("/"),
        anchor: anchor.to_owned(),
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Elsewhere,
    Outside,
    File { path: String, anchor: String },
}
