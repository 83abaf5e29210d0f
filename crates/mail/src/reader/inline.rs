//! OpenPGP in the middle of a text: where a block begins and ends, so that what stands around it stays apart.

/// A stretch of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stretch<'t> {
    /// What somebody wrote.
    Plain(&'t str),
    /// An encrypted or signed message in armour, with its last line if it has one.
    Message(&'t str),
    /// A text that is signed in place.
    Cleartext(&'t str),
    /// A public key.
    PublicKey(&'t str),
}

/// The line that a block begins with, the one that it ends with, and what it is.
type Kind = (&'static str, &'static str, for<'t> fn(&'t str) -> Stretch<'t>);

const KINDS: [Kind; 3] = [
    ("-----BEGIN PGP MESSAGE-----", "-----END PGP MESSAGE-----", |text| {
        Stretch::Message(text)
    }),
    (
        "-----BEGIN PGP SIGNED MESSAGE-----",
        "-----END PGP SIGNATURE-----",
        |text| Stretch::Cleartext(text),
    ),
    (
        "-----BEGIN PGP PUBLIC KEY BLOCK-----",
        "-----END PGP PUBLIC KEY BLOCK-----",
        |text| Stretch::PublicKey(text),
    ),
];

/// Most blocks in one text; what follows is plain.
const MOST_BLOCKS: usize = 16;

/// Cuts a text at its blocks. A block that never ends reaches to the end: it is not plain text.
pub(super) fn stretches(text: &str) -> Vec<Stretch<'_>> {
    let mut found = Vec::new();
    let mut plain = 0;
    let mut block: Option<(usize, Kind)> = None;
    let mut at = 0;
    let mut blocks = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        let next = at + line.len();
        match block {
            Some((start, (_, end, make))) if bare == end => {
                found.push(make(text.get(start..next).unwrap_or_default()));
                (plain, block) = (next, None);
            }
            Some(_) => {}
            None if blocks < MOST_BLOCKS => {
                if let Some(kind) = KINDS.iter().find(|(begin, _, _)| bare == *begin) {
                    found.push(Stretch::Plain(text.get(plain..at).unwrap_or_default()));
                    block = Some((at, *kind));
                    blocks += 1;
                }
            }
            None => {}
        }
        at = next;
    }
    match block {
        Some((start, (_, _, make))) => found.push(make(text.get(start..).unwrap_or_default())),
        None => found.push(Stretch::Plain(text.get(plain..).unwrap_or_default())),
    }
    found.retain(|stretch| !matches!(stretch, Stretch::Plain(text) if text.trim().is_empty()));
    found
}

#[cfg(test)]
mod tests {
    use super::Stretch::{Cleartext, Message, Plain};
    use super::stretches;

    #[test]
    fn blocks_are_cut_out_of_their_text() {
        let message = "-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n";
        let signed =
            "-----BEGIN PGP SIGNED MESSAGE-----\n\nx\n-----BEGIN PGP SIGNATURE-----\n-----END PGP SIGNATURE-----\n";
        let text = format!("Hi\n{message}\n{signed}Bye\n");
        assert_eq!(
            stretches(&text),
            [Plain("Hi\n"), Message(message), Cleartext(signed), Plain("Bye\n")]
        );
        assert_eq!(stretches("plain"), [Plain("plain")]);
        assert_eq!(stretches(""), []);
    }

    #[test]
    fn a_block_without_end_reaches_to_the_end_and_a_quoted_one_is_text() {
        let open = "-----BEGIN PGP MESSAGE-----\n\nabc\n";
        assert_eq!(stretches(open), [Message(open)]);
        let quoted = "> -----BEGIN PGP MESSAGE-----\n> abc\n";
        assert_eq!(stretches(quoted), [Plain(quoted)]);
    }
}
