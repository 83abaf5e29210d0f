//! Pages of another crate extend both shells through `../look/templates`, and the shells print hostile text as text.

use askama::Template;
use look::{Desk, Group, Icon, Link, Portal};

const HOSTILE: &str = r#""'><script>alert(1)</script>"#;

#[derive(Template)]
#[template(path = "desk-page.html", config = "tests/other-crate.toml")]
struct DeskPage<'a> {
    shell: &'a Desk,
    title: &'a str,
}

#[derive(Template)]
#[template(path = "portal-page.html", config = "tests/other-crate.toml")]
struct PortalPage<'a> {
    shell: &'a Portal,
    title: &'a str,
}

fn desk(text: &str) -> Desk {
    Desk {
        assets: "/assets/".into(),
        home: text.into(),
        house: text.into(),
        groups: vec![
            Group {
                name: text.into(),
                titled: true,
                links: vec![Link::new(text, text).icon(Icon::Clock).count(8).here(true)],
            },
            Group {
                name: "House".into(),
                titled: false,
                links: vec![Link::new("/policy", "Policy")],
            },
        ],
        clock: text.into(),
        person: text.into(),
    }
}

fn portal(text: &str, theme: Option<&str>) -> Portal {
    Portal {
        assets: "../assets/".into(),
        theme: theme.map(Into::into),
        logo: theme.map(|_| text.into()),
        home: text.into(),
        brand: text.into(),
        line: text.into(),
        links: vec![Link::new(text, text).here(true), Link::new("policy.html", "Policy")],
        foot: vec![Link::new(text, text)],
    }
}

#[test]
fn the_desk_shell_links_its_assets_and_marks_the_place() {
    let html = DeskPage {
        shell: &desk("plain"),
        title: "Cases",
    }
    .render()
    .unwrap();
    for needed in [
        "<title>Cases · Candor</title>",
        &format!(r#"<link rel="stylesheet" href="/assets/{}">"#, look::stylesheet_name()),
        r#"<nav aria-label="plain"><h2>plain</h2><a href="plain" aria-current="page"><svg class="icon""#,
        r#"plain<span class="count">8</span></a></nav>"#,
        r#"<nav aria-label="House"><a href="/policy">Policy</a></nav>"#,
        r#"<main class="page" id="main">"#,
        r#"<h1><span class="sev high">"#,
    ] {
        assert!(html.contains(needed), "no {needed} in {html}");
    }
}

#[test]
fn the_portal_shell_links_a_theme_after_the_stylesheet() {
    let html = PortalPage {
        shell: &portal("plain", Some("theme-1a2b3c4d.css")),
        title: "Advisories",
    }
    .render()
    .unwrap();
    let sheet = html
        .find(&format!(r#"href="../assets/{}""#, look::stylesheet_name()))
        .unwrap();
    let theme = html.find(r#"href="../assets/theme-1a2b3c4d.css""#).unwrap();
    let feed = html.find(r#"href="feed.json""#).unwrap();
    assert!(sheet < theme && theme < feed);
    assert!(html.contains(r#"<main class="portal bulletin" id="main">"#));
    let without = PortalPage {
        shell: &portal("plain", None),
        title: "Advisories",
    }
    .render()
    .unwrap();
    assert_eq!(without.matches(r#"rel="stylesheet""#).count(), 1);
}

#[test]
fn the_shells_print_hostile_text_as_text() {
    let pages = [
        DeskPage {
            shell: &desk(HOSTILE),
            title: HOSTILE,
        }
        .render()
        .unwrap(),
        PortalPage {
            shell: &portal(HOSTILE, Some(HOSTILE)),
            title: HOSTILE,
        }
        .render()
        .unwrap(),
    ];
    for html in pages {
        assert!(!html.contains("<script") && !html.contains(HOSTILE), "{html}");
        assert!(html.matches("&#60;script&#62;").count() >= 8, "{html}");
    }
}
