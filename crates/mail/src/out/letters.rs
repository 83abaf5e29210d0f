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

/// What happened to a report, for its reporter alone.
#[derive(Clone, PartialEq, Eq)]
pub enum News {
    /// What somebody at the desk wrote.
    Message(String),
    /// Something is missing.
    Question {
        /// What a report should hold, each with its clause.
        asks: Vec<(String, String)>,
        /// Whether a letter has asked before.
        again: bool,
    },
    /// What the investigation found.
    Findings {
        /// What it is, in a sentence.
        verdict: String,
        /// How bad it is.
        severity: Option<String>,
        /// What is done about it.
        plan: String,
        /// What will be public, and when.
        disclosure: String,
    },
    /// The report was turned down.
    Verdict {
        /// What was decided, with its clause.
        says: String,
        /// What the policy answers.
        answer: Option<String>,
        /// Whether it can be appealed.
        appeal: bool,
    },
}

/// The title of a letter, as everybody on the way reads it.
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

/// The title of news in clear.
#[must_use]
pub fn news_subject(letter: &Neutral) -> String {
    format!("[{}] News about your report", first(letter))
}

/// News about one report. In clear they say that there are some, and no more.
#[must_use]
pub fn news(letter: &Neutral, secrets: Option<(&Confidential, Option<&News>)>) -> String {
    let mut text = format!("This is about your report {} to {}.\n\n", first(letter), letter.brand);
    let told = secrets.and_then(|(_, news)| news);
    match told {
        Some(News::Message(said)) => {
            text.push_str(said.trim());
            text.push_str("\n\n");
        }
        Some(News::Question { asks, again }) => {
            text.push_str(match again {
                false => "We need your help before we can go on. ",
                true => "We asked for your help before, and cannot go on without it. ",
            });
            match asks.is_empty() {
                true => text.push_str("What is missing is in a message of its own.\n"),
                false => {
                    text.push_str("This is what a report should hold; tell us what yours does not say yet:\n");
                    for (clause, ask) in asks {
                        let _ = writeln!(text, "- {ask} (§{clause})");
                    }
                }
            }
            text.push('\n');
        }
        Some(News::Findings {
            verdict,
            severity,
            plan,
            disclosure,
        }) => {
            let _ = writeln!(text, "We have looked into it. This is what we found.\n\n{verdict}");
            if let Some(severity) = severity {
                let _ = writeln!(text, "Severity: {}", severity.trim());
            }
            let _ = writeln!(text, "\nWhat we do about it:\n{}\n", plan.trim());
            let _ = writeln!(text, "What will be public:\n{}\n", disclosure.trim());
        }
        Some(News::Verdict { says, answer, appeal }) => {
            let _ = writeln!(text, "{says}\n");
            if let Some(answer) = answer {
                let _ = writeln!(text, "{answer}\n");
            }
            if *appeal {
                text.push_str("If we are wrong, say so: appeal in your room, or answer this letter. A person looks at it again.\n\n");
            }
        }
        None => text.push_str("There is news about it.\n\n"),
    }
    let report = letter.reports.first();
    let room = secrets.and_then(|(secrets, _)| secrets.reports.first()?.room.clone());
    match (room, report.and_then(|report| report.status.as_ref())) {
        (Some(room), _) => {
            let _ = writeln!(text, "Your room, which opens by this link alone: {room}\n");
        }
        (None, Some(status)) => {
            let _ = writeln!(text, "How far it is: {status}\n");
        }
        (None, None) => {}
    }
    how_to_go_on(&mut text, letter, secrets.is_some());
    text
}

/// The title of a letter inside its encryption.
#[must_use]
pub fn inner_subject(letter: &Neutral, secrets: &Confidential) -> String {
    match (letter.reports.len(), secrets.reports.first()) {
        (0 | 1, Some(report)) if !report.title.is_empty() => format!("[{}] {}", first(letter), report.title),
        (0 | 1, _) => format!("[{}] Your report", first(letter)),
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
    fn news_in_clear_say_that_there_are_some() {
        let said = News::Message("Send the dump.".to_owned());
        let clear = news(&letter(&["NN-1"]), None);
        assert!(clear.contains("NN-1") && clear.contains("There is news"), "{clear}");
        assert!(!clear.contains("dump") && !news_subject(&letter(&["NN-1"])).contains("dump"));
        let secrets = Confidential::default();
        let sealed = news(&letter(&["NN-1"]), Some((&secrets, Some(&said))));
        assert!(sealed.contains("Send the dump."), "{sealed}");
        for (again, words) in [(false, "We need your help"), (true, "We asked for your help before")] {
            let asks = vec![("N20".to_owned(), "a working example".to_owned())];
            let asks = News::Question { asks, again };
            let asked = news(&letter(&["NN-1"]), Some((&secrets, Some(&asks))));
            assert!(
                asked.contains("- a working example (§N20)") && asked.contains(words),
                "{asked}"
            );
        }
        let findings = News::Findings {
            verdict: "It is a vulnerability.".to_owned(),
            severity: Some("High, 8.1".to_owned()),
            plan: "A fix in 25.2.".to_owned(),
            disclosure: "An advisory 90 days later.".to_owned(),
        };
        let told = news(&letter(&["NN-1"]), Some((&secrets, Some(&findings))));
        for part in [
            "It is a vulnerability.",
            "High, 8.1",
            "A fix in 25.2.",
            "An advisory 90 days later.",
        ] {
            assert!(told.contains(part) && !clear.contains(part), "{told}");
        }
        let verdict = News::Verdict {
            says: "Our policy leaves this out. The clause is §N34.1.".to_owned(),
            answer: None,
            appeal: true,
        };
        let told = news(&letter(&["NN-1"]), Some((&secrets, Some(&verdict))));
        assert!(
            told.contains("§N34.1") && told.contains("appeal in your room"),
            "{told}"
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
