//! The sample pages hold what every page must hold, and use every icon and every class of the stylesheet.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use look::Icon;

#[path = "../examples/gallery/pages.rs"]
mod pages;

/// The HTML of every sample page, one after the other.
fn all_pages() -> String {
    pages::pages().unwrap().into_iter().map(|(_, html)| html).collect()
}

#[test]
fn every_page_has_its_landmarks_and_links_the_assets() {
    for (path, html) in pages::pages().unwrap() {
        for needed in [
            r#"<html lang="en" data-face=""#,
            r##"<a class="skip" href="#main">"##,
            r#" id="main">"#,
            look::stylesheet_name(),
            look::favicon_name(),
        ] {
            assert!(html.contains(needed), "{path} lacks {needed}");
        }
        assert_eq!(html.matches("<h1").count(), 1, "{path}: one h1");
        assert_eq!(html.matches("<main").count(), 1, "{path}: one main");
        assert_eq!(
            html.matches(r#"aria-current="page""#).count(),
            1,
            "{path}: says where one is"
        );
    }
}

#[test]
fn no_page_breaks_the_content_security_policy() {
    for (path, html) in pages::pages().unwrap() {
        for banned in [
            " style=",
            "<style",
            "<script",
            "javascript:",
            " onclick=",
            " onload=",
            "http://",
        ] {
            assert!(!html.contains(banned), "{path} contains {banned}");
        }
    }
}

#[test]
fn every_icon_is_used_by_a_template() {
    let templates = templates();
    for icon in Icon::ALL {
        let name = format!("{icon:?}");
        let in_a_template = templates.contains(&format!("look::Icon::{name}"));
        let in_the_rail = include_str!("../examples/gallery/pages.rs").contains(&format!("Icon::{name})"));
        assert!(in_a_template || in_the_rail, "nothing uses the icon {name}");
    }
}

#[test]
fn every_class_of_the_stylesheet_is_on_a_page() {
    let pages = all_pages();
    let mut used = std::collections::BTreeSet::new();
    for attribute in pages.split("class=\"").skip(1) {
        used.extend(attribute.split('"').next().unwrap_or_default().split_whitespace());
    }
    let unused: Vec<_> = classes(look::STYLESHEET)
        .into_iter()
        .filter(|class| !used.contains(class.as_str()))
        .collect();
    assert_eq!(unused, [""; 0], "no sample page uses these classes");
}

/// The templates of this crate's own folder, one after the other.
fn templates() -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    let mut text = String::new();
    for folder in [root.to_owned(), format!("{root}/parts")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "html") {
                text += &std::fs::read_to_string(path).unwrap();
            }
        }
    }
    text
}

/// The class names in the selectors of `css`: what follows a dot, up to the next character that no name has.
fn classes(css: &str) -> Vec<String> {
    let mut found = Vec::new();
    for selector in css
        .split('{')
        .filter_map(|before| before.rsplit(['}', ';', '/']).next())
    {
        for name in selector.split('.').skip(1) {
            let name: String = name
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
                .collect();
            if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                found.push(name);
            }
        }
    }
    assert!(found.len() > 300, "found only {} class selectors", found.len());
    found
}
