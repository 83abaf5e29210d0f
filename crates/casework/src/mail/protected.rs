//! How a message was protected, in words: encrypted or not, who signed it and where that key is from, what our mail exchanger found.
//!
//! Owns the words, which the desk and the command line show. Judges nothing: the reading of the message did.

use psirt::board::Report;
use psirt::house::mail::{Letter, Sorted};

/// What our mail exchanger judges (RFC 8601), as people call it.
const METHODS: [(&str, &str); 5] = [
    ("dkim", "DKIM"),
    ("spf", "SPF"),
    ("dmarc", "DMARC"),
    ("arc", "ARC"),
    ("iprev", "Reverse DNS"),
];

/// How a message was protected, part by part; nothing of what came on another way, or was not read yet.
#[must_use]
pub fn protection(report: &Report) -> Vec<String> {
    let Some(mail) = report.mail.as_deref() else {
        return Vec::new();
    };
    let Some(sorted) = &mail.sorted else {
        return Vec::new();
    };
    let mut parts = vec![encrypted(sorted)];
    match &mail.letter {
        Some(letter) => {
            parts.push(signed(sorted, letter));
            parts.extend(brought(letter));
            parts.extend(letter.results.as_deref().map(found).unwrap_or_default());
        }
        None => parts.push("who signed it is erased with its sender".to_owned()),
    }
    parts
}

fn encrypted(sorted: &Sorted) -> String {
    match (sorted.opened, &sorted.trouble) {
        (Some(true), _) => "encrypted".to_owned(),
        (Some(false), Some(trouble)) => format!("encrypted, and did not open: {trouble}"),
        (Some(false), None) => "encrypted, and did not open".to_owned(),
        (None, Some(trouble)) => format!("not read: {trouble}"),
        (None, None) => "not encrypted".to_owned(),
    }
}

fn signed(sorted: &Sorted, letter: &Letter) -> String {
    match (sorted.signature.as_str(), &letter.signer) {
        ("good", Some(signer)) => {
            let whose = match letter.signer_matches_from {
                Some(true) => "a key with the sender\u{2019}s address",
                _ => "a key without the sender\u{2019}s address",
            };
            let origin = match letter.signer_is_known {
                Some(true) => "known before this message",
                _ => "which came with this message",
            };
            format!("signed by {signer}, {whose}, {origin}")
        }
        ("none", _) => "not signed".to_owned(),
        ("partly", _) => "signed in part".to_owned(),
        ("bad", _) => "signed, and the signature does not count".to_owned(),
        _ => "signed by a key that is not at hand".to_owned(),
    }
}

/// Keys that came with it and did not sign it: to answer with, and nobody has verified them.
fn brought(letter: &Letter) -> impl Iterator<Item = String> {
    let other = |fingerprint: &str| letter.signer.as_deref() != Some(fingerprint);
    let keys = letter.keys.iter().filter(move |key| other(&key.fingerprint));
    keys.map(|key| {
        let origin = match key.origin.as_str() {
            "autocrypt" => "in its Autocrypt field",
            _ => "as a file",
        };
        format!("brought the key {} {origin}", key.fingerprint)
    })
}

/// What our mail exchanger found, method by method.
fn found(results: &str) -> Vec<String> {
    let results = results.split(';').filter_map(|result| {
        let (method, rest) = result.trim().split_once('=')?;
        let (_, name) = METHODS.iter().find(|(known, _)| known.eq_ignore_ascii_case(method))?;
        let is_word = |c: char| c.is_ascii_alphanumeric();
        let word: String = rest.chars().take_while(|c| is_word(*c)).collect();
        Some(format!("{name} {word}"))
    });
    results.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use psirt::house::mail::{Fate, Mail, SenderKey};

    fn check_words(sorted: (Option<bool>, Option<&str>, &str), letter: Option<Letter>, expect: &str) {
        let report = Report {
            mail: Some(Box::new(Mail {
                letter,
                sorted: Some(Sorted {
                    fate: Fate::Report,
                    opened: sorted.0,
                    trouble: sorted.1.map(str::to_owned),
                    signature: sorted.2.to_owned(),
                    warnings: Vec::new(),
                    answerable: true,
                    proven: false,
                }),
                ..Mail::default()
            })),
            ..Report::default()
        };
        assert_eq!(protection(&report).join(" \u{b7} "), expect);
    }

    #[test]
    fn how_a_message_was_protected_is_said_in_words() {
        let key = |fingerprint: &str, origin: &str| SenderKey {
            fingerprint: fingerprint.to_owned(),
            public: String::new(),
            origin: origin.to_owned(),
            signers: Vec::new(),
        };
        let signed = Letter {
            signer: Some("FFC0".to_owned()),
            signer_is_known: Some(false),
            signer_matches_from: Some(true),
            keys: vec![key("FFC0", "attached"), key("AB12", "autocrypt")],
            results: Some("mx.vendor.example; dkim=pass header.d=a.example; spf=fail (x; dmarc=pass) y=z".to_owned()),
            ..Letter::default()
        };
        check_words(
            (Some(true), None, "good"),
            Some(signed.clone()),
            "encrypted \u{b7} signed by FFC0, a key with the sender\u{2019}s address, which came with this message \u{b7} \
             brought the key AB12 in its Autocrypt field \u{b7} DKIM pass \u{b7} SPF fail \u{b7} DMARC pass",
        );
        let known = Letter {
            signer_is_known: Some(true),
            signer_matches_from: Some(false),
            keys: Vec::new(),
            results: None,
            ..signed
        };
        let words =
            "not encrypted \u{b7} signed by FFC0, a key without the sender\u{2019}s address, known before this message";
        check_words((None, None, "good"), Some(known), words);
        let none = || Some(Letter::default());
        check_words((None, None, "none"), none(), "not encrypted \u{b7} not signed");
        let locked = "encrypted, and did not open: no secret key \u{b7} signed by a key that is not at hand";
        check_words((Some(false), Some("no secret key"), "unknown"), none(), locked);
        check_words(
            (None, Some("S/MIME"), "bad"),
            none(),
            "not read: S/MIME \u{b7} signed, and the signature does not count",
        );
        check_words(
            (Some(true), None, "partly"),
            None,
            "encrypted \u{b7} who signed it is erased with its sender",
        );
        assert!(protection(&Report::default()).is_empty());
    }
}
