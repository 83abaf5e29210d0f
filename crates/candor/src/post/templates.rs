//! An operator's words for our letters: files under the data directory that stand in for ours.
//!
//! Owns where they lie, how much of them is read, and what is told of those that do not do. Never keeps a letter waiting: where a file
//! cannot be read, our own words are said.

use mail::out::templates::{MAX_TEMPLATE_BYTES, Part, TEMPLATES, Template, Words};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

/// Their folder under the data directory; each letter has one of its name in it.
pub(crate) const FOLDER: &str = "mail";
/// Most names in a folder that are looked at.
const MOST_NAMES: usize = 1_000;

/// Where a file of a letter lies, under the data directory.
pub(crate) fn place(template: &Template, part: Part) -> String {
    format!("{FOLDER}/{}/{}", template.name, part.file())
}

/// Every file of every letter.
pub(crate) fn every() -> impl Iterator<Item = (&'static Template, Part)> {
    TEMPLATES
        .iter()
        .flat_map(|template| Part::ALL.map(|part| (template, part)))
}

/// The operator's words as they are now, and which files could not be read and why.
pub(crate) fn read(root: &Path) -> (Words, Vec<String>) {
    let (mut words, mut faults) = (Words::default(), Vec::new());
    for (template, part) in every() {
        let place = place(template, part);
        match source(&root.join(&place)) {
            Ok(Some(source)) => words.put(template, part, source),
            Ok(None) => {}
            Err(why) => faults.push(format!("{place}: {why}")),
        }
    }
    (words, faults)
}

/// Everything that is wrong with an operator's words, and with what lies beside them.
pub(crate) fn check(root: &Path) -> Vec<String> {
    let (words, mut faults) = read(root);
    for (template, part) in every() {
        let source = words.of(template, part);
        let found = source.map(|source| template.faults(part, source)).unwrap_or_default();
        faults.extend(found.iter().map(|fault| format!("{}: {fault}", place(template, part))));
    }
    let folder = root.join(FOLDER);
    let is_letter = |name: &str| TEMPLATES.iter().any(|template| template.name == name);
    let unknown = names(&folder).into_iter().filter(|name| !is_letter(name));
    faults.extend(unknown.map(|name| {
        format!("{FOLDER}/{name}: no letter is called that: `candor mail templates list` shows which there are")
    }));
    for template in TEMPLATES {
        let is_part = |name: &str| Part::ALL.iter().any(|part| part.file() == name);
        let unknown = names(&folder.join(template.name)).into_iter();
        let unknown = unknown.filter(|name| !is_part(name));
        faults.extend(unknown.map(|name| {
            let letter = template.name;
            format!("{FOLDER}/{letter}/{name}: a letter has subject.txt and text.txt, and nothing else is read")
        }));
    }
    faults
}

/// What a file says; none if there is none.
fn source(file: &Path) -> Result<Option<String>, String> {
    let closed = |error: &io::Error| format!("it cannot be read ({})", error.kind());
    match fs::metadata(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(closed(&error)),
        // A pipe would keep every letter waiting.
        Ok(found) if !found.is_file() => return Err("it is no plain file".to_owned()),
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    let opened = File::open(file).map_err(|error| closed(&error))?;
    let most = MAX_TEMPLATE_BYTES as u64 + 1;
    opened
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(|error| closed(&error))?;
    if bytes.len() > MAX_TEMPLATE_BYTES {
        return Err(format!("it has more than {MAX_TEMPLATE_BYTES} bytes"));
    }
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    Ok(Some(text.trim_start_matches('\u{feff}').replace("\r\n", "\n")))
}

/// The names in a folder, in order, but for those that hide.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(MOST_NAMES);
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort_unstable();
    for name in &mut names {
        name.retain(|c| !c.is_control());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_files(files: &[(&str, &[u8])], expect: &[&str]) {
        let root = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let file = root.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        }
        assert_eq!(check(root.path()), expect);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told_with_its_place() {
        check_files(&[], &[]);
        check_files(
            &[("mail/news/text.txt", b"\xef\xbb\xbfNews about {{ number }}.\r\n")],
            &[],
        );
        check_files(
            &[("mail/news/text.txt", b"News\nabout {{ titel }}.")],
            &["mail/news/text.txt: line 2: `titel` is no word of `news`: `candor mail templates show news` lists them"],
        );
        check_files(
            &[("mail/news/subject.txt", b"\xff\xfe")],
            &["mail/news/subject.txt: it is not UTF-8"],
        );
        check_files(
            &[("mail/verdict/text.txt", &[b'x'; MAX_TEMPLATE_BYTES + 1])],
            &["mail/verdict/text.txt: it has more than 65536 bytes"],
        );
        check_files(
            &[("mail/verdict/text.txt/inside", b"")],
            &["mail/verdict/text.txt: it is no plain file"],
        );
        check_files(
            &[
                ("mail/welcome/text.txt", b""),
                ("mail/news/body.txt", b""),
                ("mail/.hidden", b""),
            ],
            &[
                "mail/welcome: no letter is called that: `candor mail templates list` shows which there are",
                "mail/news/body.txt: a letter has subject.txt and text.txt, and nothing else is read",
            ],
        );
    }

    #[test]
    fn a_pipe_keeps_nobody_waiting() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("mail/news");
        fs::create_dir_all(&folder).unwrap();
        let made = std::process::Command::new("mkfifo")
            .arg(folder.join("text.txt"))
            .status();
        assert!(made.unwrap().success());
        let (words, faults) = read(root.path());
        assert_eq!(faults, ["mail/news/text.txt: it is no plain file"]);
        assert!(words.of(&TEMPLATES[6], Part::Text).is_none());
    }
}
