//! What our letters say.
//!
//! Owns the words. A letter in clear is made from [`Neutral`] alone, which has nothing of a report but its number; an encrypted one from
//! [`Confidential`], too. Never protects a letter.

use std::fmt::Write as _;

/// What may travel in clear.
#[derive(Clone, Debug, Default)]
pub struct Neutral {
    /// What the vendor's brand is called.
    pub brand: String,
    /// The reports that it is about.
    pub reports: Vec<Report>,
    /// The policy's title, version and address.
    pub policy: Option<(String, String, Option<String>)>,
    /// Where our key is found, if we have one.
    pub key: Option<String>,
}

/// A report, as everybody on the way may know it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Its tracking number.
    pub number: String,
    /// The page that says how far it is, and nothing else.
    pub status: Option<String>,
}

/// What only the reporter reads, in the order of the reports.
#[derive(Clone, Default)]
pub struct Confidential {
    /// Of each report.
    pub reports: Vec<Secrets>,
}

/// What only the reporter reads of one report.
#[derive(Clone, Default)]
pub struct Secrets {
    /// Its title.
    pub title: String,
    /// The link that opens its room.
    pub room: Option<String>,
    /// What is promised, by which clause, and until when.
    pub promises: Vec<Promise>,
}

/// A promise of the policy.
#[derive(Clone, Debug, Default)]
pub struct Promise {
    /// What we do: `look at the report`.
    pub deed: String,
    /// The clause, without its sign.
    pub clause: String,
    /// Until when, in words.
    pub due: String,
}

/// The title of an acknowledgement, as everybody on the way reads it.
#[must_use]
pub fn outer_subject(letter: &Neutral) -> String {
    format!("[{}] ...", first(letter))
}

/// The title of an acknowledgement in clear.
#[must_use]
pub fn clear_subject(letter: &Neutral) -> String {
    match letter.reports.len() {
        0 | 1 => format!("[{}] Your report has arrived", first(letter)),
        many => format!("[{}] Your {many} reports have arrived", first(letter)),
    }
}

/// The title of an acknowledgement inside its encryption.
#[must_use]
pub fn inner_subject(letter: &Neutral, secrets: &Confidential) -> String {
    match (letter.reports.len(), secrets.reports.first()) {
        (0 | 1, Some(report)) if !report.title.is_empty() => format!("[{}] {}", first(letter), report.title),
        _ => clear_subject(letter),
    }
}

/// An acknowledgement: what everybody on the way may read, and what the reporter alone may.
#[must_use]
pub fn acknowledgement(letter: &Neutral, secrets: Option<&Confidential>) -> String {
    let mut text = String::new();
    let _ = match letter.reports.as_slice() {
        [report] => writeln!(
            text,
            "{} has your report. Its tracking number is {}.\n",
            letter.brand, report.number
        ),
        many => writeln!(
            text,
            "{} has your {} reports. Each has a tracking number of its own.\n",
            letter.brand,
            many.len()
        ),
    };
    for (place, report) in letter.reports.iter().enumerate() {
        let secrets = secrets.and_then(|secrets| secrets.reports.get(place));
        about(&mut text, letter, report, secrets);
    }
    how_to_go_on(&mut text, letter, secrets.is_some());
    if let Some((title, version, address)) = &letter.policy {
        let at = address
            .as_ref()
            .map_or(".".to_owned(), |address| format!(": {address}"));
        let _ = writeln!(text, "We handle it under \"{title}\", version {version}{at}\n");
    }
    text.push_str("This letter was written by a program. People read your report, and your answers.\n");
    text
}

fn about(text: &mut String, letter: &Neutral, report: &Report, secrets: Option<&Secrets>) {
    let many = letter.reports.len() > 1;
    if many {
        let _ = match secrets
            .map(|secrets| secrets.title.as_str())
            .filter(|title| !title.is_empty())
        {
            Some(title) => writeln!(text, "{}: {title}", report.number),
            None => writeln!(text, "{}", report.number),
        };
    }
    match secrets.and_then(|secrets| secrets.room.as_ref()) {
        Some(room) => {
            let _ = writeln!(text, "Your room, which opens by this link alone: keep it.\n{room}");
        }
        None => {
            if let Some(status) = &report.status {
                let _ = writeln!(text, "How far it is: {status}");
            }
        }
    }
    let promises = secrets.map(|secrets| secrets.promises.as_slice()).unwrap_or_default();
    if !promises.is_empty() {
        text.push_str("\nWhat we promise, and by when:\n");
        for promise in promises {
            let _ = writeln!(text, "- {}: {} (§{})", promise.deed, promise.due, promise.clause);
        }
    }
    if !text.ends_with("\n\n") {
        text.push('\n');
    }
}

/// Whether it opened or not, everybody is told the same: who forges a message learns nothing of what we can read.
fn how_to_go_on(text: &mut String, letter: &Neutral, is_sealed: bool) {
    let which = if letter.reports.len() > 1 {
        " to the first of them"
    } else {
        ""
    };
    let _ = writeln!(
        text,
        "To add something{which}, answer this letter, and leave its addresses as they are.\n"
    );
    if let Some(key) = &letter.key {
        let _ = match is_sealed {
            true => writeln!(text, "Please encrypt your answer, too: {key}\n"),
            false => writeln!(
                text,
                "We write no details in clear. Encrypt your answer to our key, with yours beside it, and we answer the same way. If your report was encrypted to another key than this one, send it once more: {key}\n"
            ),
        };
    }
}

fn first(letter: &Neutral) -> &str {
    letter
        .reports
        .first()
        .map(|report| report.number.as_str())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(numbers: &[&str]) -> Neutral {
        let report = |number: &&str| Report {
            number: (*number).to_owned(),
            status: Some(format!("https://vendor.example/room/at/{number}")),
        };
        Neutral {
            brand: "Vendor".to_owned(),
            reports: numbers.iter().map(report).collect(),
            policy: Some((
                "Policy".to_owned(),
                "2".to_owned(),
                Some("https://vendor.example/policy/".to_owned()),
            )),
            key: Some("https://vendor.example/keys".to_owned()),
        }
    }

    #[test]
    fn a_letter_in_clear_has_the_number_and_nothing_of_the_report() {
        let text = acknowledgement(&letter(&["NN-1"]), None);
        assert!(text.contains("NN-1") && text.contains("/room/at/NN-1"), "{text}");
        assert!(!text.contains("promise") && text.contains("§").eq(&false), "{text}");
        let many = acknowledgement(&letter(&["NN-1", "NN-2"]), None);
        assert!(
            many.contains("NN-1") && many.contains("NN-2") && many.contains("2 reports"),
            "{many}"
        );
        assert_eq!(
            clear_subject(&letter(&["NN-1", "NN-2"])),
            "[NN-1] Your 2 reports have arrived"
        );
    }

    #[test]
    fn an_encrypted_letter_says_the_rest() {
        let secrets = Confidential {
            reports: vec![Secrets {
                title: "Crash".to_owned(),
                room: Some("https://vendor.example/room/secret".to_owned()),
                promises: vec![Promise {
                    deed: "look at the report".to_owned(),
                    clause: "N20".to_owned(),
                    due: "by 2026-12-01".to_owned(),
                }],
            }],
        };
        let text = acknowledgement(&letter(&["NN-1"]), Some(&secrets));
        for part in ["/room/secret", "look at the report: by 2026-12-01 (§N20)"] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(inner_subject(&letter(&["NN-1"]), &secrets), "[NN-1] Crash");
        assert_eq!(outer_subject(&letter(&["NN-1"])), "[NN-1] ...");
    }
}
