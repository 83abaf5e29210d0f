//! Names of files: what a sender wrote becomes one that is safe on every system.

use super::header::turns_direction;

/// Longest name, in bytes.
const MOST_BYTES: usize = 200;

/// The last element of whatever path this is, without anything that a system, a shell or a reader would take for something else.
pub(super) fn safe(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept = last.chars().filter(|c| !c.is_control() && !turns_direction(*c));
    let plain: String = kept
        .map(|c| {
            if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*') {
                '_'
            } else {
                c
            }
        })
        .collect();
    // A leading dot hides a file, a leading dash makes it an option, a last dot or space is lost on some systems.
    let bare = plain.trim_start_matches(['.', '-', ' ']).trim_end_matches(['.', ' ']);
    let short = shortened(bare);
    if short.is_empty() {
        "attachment".to_owned()
    } else {
        short
    }
}

/// Cut in the middle, so that the ending stays.
fn shortened(name: &str) -> String {
    if name.len() <= MOST_BYTES {
        return name.to_owned();
    }
    let ending = name
        .rfind('.')
        .and_then(|dot| name.get(dot..))
        .filter(|ending| ending.len() <= 20);
    let ending = ending.unwrap_or_default();
    let mut room = MOST_BYTES - ending.len();
    while !name.is_char_boundary(room) {
        room -= 1;
    }
    format!("{}{ending}", name.get(..room).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::safe;

    fn check_safe(name: &str, expect: &str) {
        assert_eq!(safe(name), expect);
    }

    #[test]
    fn names_have_no_path_and_hide_nothing() {
        check_safe("poc.py", "poc.py");
        check_safe("../../../etc/cron.d/x", "x");
        check_safe("../..\\evil", "evil");
        check_safe("C:\\Users\\rita\\poc.py", "poc.py");
        check_safe("a/b\0.pdf", "b.pdf");
        check_safe("exe.\u{202e}fdp", "exe.fdp");
        check_safe("..", "attachment");
        check_safe("", "attachment");
        check_safe("-rf", "rf");
        check_safe(".bashrc", "bashrc");
        check_safe("what?.txt ", "what_.txt");
        check_safe("Übersicht.pdf", "Übersicht.pdf");
    }

    #[test]
    fn long_names_keep_their_ending() {
        let short = safe(&format!("{}.tar.gz", "ü".repeat(300)));
        assert!(short.len() <= 200 && short.ends_with(".gz"), "{short}");
    }
}
