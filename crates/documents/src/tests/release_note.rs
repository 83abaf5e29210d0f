//! Entries of release notes.

use super::sample;
use crate::release_note::{Detail, entries};

fn check_entry(detail: &Detail, expect: &str, cve: Option<&str>) {
    let mut advisory = sample::advisory();
    advisory.vulnerabilities[0].title = "Overflow in <b>frames_1*".to_owned();
    let entries = entries(&advisory, |_| detail.clone());
    assert!(
        !entries.is_empty()
            && entries
                .iter()
                .all(|entry| entry.markdown.ends_with(".\n") || entry.markdown.ends_with(">\n"))
    );
    assert!(entries[0].markdown.starts_with(expect), "{}", entries[0].markdown);
    assert_eq!(entries[0].cve.as_deref(), cve);
    assert_eq!(entries[0].markdown.matches('\n').count(), 1);
}

#[test]
fn what_an_advisory_will_tell_is_not_told_before() {
    check_entry(
        &Detail::Neutral,
        "- A security problem is fixed. An advisory will tell more.",
        None,
    );
}

#[test]
fn the_whole_of_it_names_the_fix_and_marks_are_text() {
    let cve = sample::advisory().vulnerabilities[0].cve.clone();
    check_entry(
        &Detail::Full,
        "- **Overflow in \\<b\\>frames\\_1\\*** (",
        cve.as_deref(),
    );
    let published = Detail::Published("https://psirt.example.com/a.html".to_owned());
    check_entry(&published, "- **Overflow", cve.as_deref());
    let entry = &entries(&sample::advisory(), |_| published.clone())[0];
    assert!(
        entry.markdown.contains("Fixed in ")
            && entry
                .markdown
                .trim_end()
                .ends_with("<https://psirt.example.com/a.html>"),
        "{}",
        entry.markdown
    );
    let html = &entry.html;
    assert!(html.starts_with("<li><strong>") && html.contains("Fixed in "), "{html}");
    assert!(
        html.contains("<a href=\"https://psirt.example.com/a.html\">Advisory EXN-SA-"),
        "{html}"
    );
}

#[test]
fn marks_are_text_in_html_too() {
    let mut advisory = sample::advisory();
    advisory.vulnerabilities[0].title = "Overflow in <b>\"frames\" & more".to_owned();
    let entry = &entries(&advisory, |_| Detail::Full)[0];
    let begins = "<li><strong>Overflow in &lt;b&gt;&quot;frames&quot; &amp; more</strong> (";
    assert!(entry.html.starts_with(begins), "{}", entry.html);
    assert!(
        entry.html.ends_with("</li>\n") && entry.html.matches('<').count() == 4,
        "{}",
        entry.html
    );
}
