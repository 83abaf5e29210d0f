//! What our letters say.
//!
//! Owns what each letter may name; the words are its template's ([`super::templates`]). A letter in clear is made from [`Neutral`] alone, which has
//! nothing of a report but its number; an encrypted one from [`Confidential`], too. Never protects a letter.

use super::templates::{Context, Fault, Part, Words, map, template};
use minijinja::value::Value;

/// What may travel in clear.
#[derive(Clone, Debug, Default)]
pub struct Neutral {
    /// What the vendor's brand is called.
    pub brand: String,
    /// The reports that it is about.
    pub reports: Vec<Report>,
    /// The policy's title, version and address.
    pub policy: Option<(String, String, String)>,
    /// Where our key is found, if we have one.
    pub key: Option<String>,
    /// The texts that the policy wants in an acknowledgement, each with its clause.
    pub terms: Vec<(String, String)>,
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
        /// Whether somebody chose them; else it is all that a report should hold.
        chosen: bool,
        /// What is asked in words of the desk's own.
        said: Option<String>,
        /// The day on which the report ends without an answer, in words, and the clause that says so.
        until: Option<(String, String)>,
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

/// A letter's words.
#[derive(Clone, PartialEq, Eq)]
pub struct Written {
    /// Its title: inside the encryption, or in clear.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// What is wrong with an operator's words for it, where ours were taken: nothing of a report.
    pub faults: Vec<String>,
}

/// The title of an encrypted letter, as everybody on the way reads it.
#[must_use]
pub fn outer_subject(letter: &Neutral) -> String {
    format!("[{}] ...", first(letter))
}

/// An acknowledgement: what everybody on the way may read, and what the reporter alone may.
///
/// # Errors
/// Our own words cannot be said.
pub fn acknowledgement(words: &Words, letter: &Neutral, secrets: Option<&Confidential>) -> Result<Written, Fault> {
    let many = letter.reports.len();
    let reports = letter.reports.iter().enumerate();
    let reports = reports.map(|(place, report)| {
        let told = secrets.map(|secrets| secrets.reports.get(place).cloned().unwrap_or_default());
        about(report, told)
    });
    let policy = letter.policy.as_ref().map(|(title, version, address)| {
        let parts = [("title", title), ("version", version), ("address", address)];
        map(parts.map(|(name, said)| (name, Value::from(said.as_str()))))
    });
    let terms = letter.terms.iter();
    let terms = terms.map(|(clause, text)| {
        map([
            ("text", Value::from(text.as_str())),
            ("clause", Value::from(clause.as_str())),
        ])
    });
    let mut context = neutral(letter);
    context.extend([
        ("terms", Value::from_iter(terms)),
        ("many", Value::from(many > 1)),
        ("count", Value::from(many)),
        ("policy", Value::from(policy)),
        ("reports", Value::from_iter(reports)),
    ]);
    let Some(secrets) = secrets else {
        return written(words, "acknowledgement-clear", &context);
    };
    context.insert("title", title(secrets));
    written(words, "acknowledgement", &context)
}

/// What a letter about news may say, and to whom.
#[derive(Clone, Copy)]
pub enum Told<'a> {
    /// Everything: it is encrypted.
    Encrypted(&'a Confidential, Option<&'a News>),
    /// What a person decided to write in clear: that alone, without title and room.
    Clear(&'a News),
    /// That there are news.
    Nothing,
}

/// News about one report. In clear they say that there are some, and no more, unless a person decided otherwise.
///
/// # Errors
/// Our own words cannot be said.
pub fn news(words: &Words, letter: &Neutral, told: Told<'_>) -> Result<Written, Fault> {
    let mut context = neutral(letter);
    let status = letter.reports.first().and_then(|report| report.status.clone());
    context.insert("status", Value::from(status));
    let (secrets, told) = match told {
        Told::Encrypted(secrets, Some(told)) => (secrets, told),
        Told::Clear(told) => {
            let Some(name) = told.template_in_clear() else {
                return written(words, "news", &context);
            };
            context.extend(told.words());
            return written(words, name, &context);
        }
        Told::Encrypted(_, None) | Told::Nothing => return written(words, "news", &context),
    };
    let room = secrets.reports.first().and_then(|report| report.room.clone());
    context.extend([("title", title(secrets)), ("room", Value::from(room))]);
    let name = told.template();
    context.extend(told.words());
    written(words, name, &context)
}

impl News {
    fn template(&self) -> &'static str {
        match self {
            News::Message(_) => "message",
            News::Question { .. } => "question",
            News::Findings { .. } => "findings",
            News::Verdict { .. } => "verdict",
        }
    }

    /// What may be said in clear at all, where somebody decides so.
    fn template_in_clear(&self) -> Option<&'static str> {
        match self {
            News::Message(_) => Some("message-clear"),
            News::Question { .. } => Some("question-clear"),
            News::Findings { .. } | News::Verdict { .. } => None,
        }
    }

    fn words(&self) -> Context {
        let plain = |text: &str| Value::from(text.trim());
        let maybe = |text: &Option<String>| Value::from(text.as_deref().map(plain));
        match self {
            News::Message(said) => [("said", plain(said))].into(),
            News::Question {
                asks,
                chosen,
                said,
                until,
                again,
            } => {
                let asks = asks.iter();
                let asks = asks.map(|(clause, ask)| map([("what", plain(ask)), ("clause", plain(clause))]));
                let until = until
                    .as_ref()
                    .map(|(day, clause)| map([("day", plain(day)), ("clause", plain(clause))]));
                [
                    ("asks", Value::from_iter(asks)),
                    ("chosen", Value::from(*chosen)),
                    ("asked", maybe(said)),
                    ("until", Value::from(until)),
                    ("again", Value::from(*again)),
                ]
                .into()
            }
            News::Findings {
                verdict,
                severity,
                plan,
                disclosure,
            } => [
                ("verdict", plain(verdict)),
                ("severity", maybe(severity)),
                ("plan", plain(plan)),
                ("disclosure", plain(disclosure)),
            ]
            .into(),
            News::Verdict { says, answer, appeal } => [
                ("verdict", plain(says)),
                ("answer", maybe(answer)),
                ("appeal", Value::from(*appeal)),
            ]
            .into(),
        }
    }
}

fn written(words: &Words, name: &str, context: &Context) -> Result<Written, Fault> {
    let template = template(name).ok_or_else(|| Fault::whole("there is no such letter"))?;
    let (subject, of_subject) = words.said(template, Part::Subject, context)?;
    let (text, of_text) = words.said(template, Part::Text, context)?;
    Ok(Written {
        subject,
        text,
        faults: [of_subject, of_text].into_iter().flatten().collect(),
    })
}

/// What every letter may name.
fn neutral(letter: &Neutral) -> Context {
    [
        ("vendor", Value::from(letter.brand.as_str())),
        ("number", Value::from(first(letter))),
        ("key", Value::from(letter.key.clone())),
    ]
    .into()
}

fn title(secrets: &Confidential) -> Value {
    secrets
        .reports
        .first()
        .map_or(Value::from(()), |report| named(&report.title))
}

/// A title, if there is one.
fn named(title: &str) -> Value {
    Value::from(Some(title).filter(|title| !title.is_empty()))
}

/// A report as its letter may name it; what is confidential has no name in a letter in clear.
fn about(report: &Report, told: Option<Secrets>) -> Value {
    let mut parts = vec![
        ("number", Value::from(report.number.as_str())),
        ("status", Value::from(report.status.clone())),
    ];
    if let Some(told) = told {
        let promises = told.promises.iter().map(|promise| {
            let parts = [
                ("deed", &promise.deed),
                ("clause", &promise.clause),
                ("due", &promise.due),
            ];
            map(parts.map(|(name, said)| (name, Value::from(said.as_str()))))
        });
        parts.extend([
            ("title", named(&told.title)),
            ("room", Value::from(told.room.clone())),
            ("promises", Value::from_iter(promises)),
        ]);
    }
    map(parts)
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
    use super::super::templates::TEMPLATES;
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
                "https://vendor.example/policy/".to_owned(),
            )),
            key: Some("https://vendor.example/keys".to_owned()),
            terms: vec![("N22".to_owned(), "We pay no bounties.".to_owned())],
        }
    }

    fn secrets() -> Confidential {
        let secrets = |title: &str| Secrets {
            title: title.to_owned(),
            room: Some("https://vendor.example/room/secret".to_owned()),
            promises: vec![Promise {
                deed: "look at the report".to_owned(),
                clause: "N20".to_owned(),
                due: "by 2026-12-01".to_owned(),
            }],
        };
        Confidential {
            reports: vec![secrets("Crash"), secrets("")],
        }
    }

    /// One of each kind.
    fn all_news() -> [News; 4] {
        [
            News::Message("\nSend the dump.\n\n".to_owned()),
            News::Question {
                asks: vec![("N20".to_owned(), "a working example".to_owned())],
                chosen: true,
                said: Some("Which build is it?".to_owned()),
                until: Some(("1 December 2026".to_owned(), "N20".to_owned())),
                again: false,
            },
            News::Findings {
                verdict: "It is a vulnerability.".to_owned(),
                severity: Some("High, 8.1".to_owned()),
                plan: "A fix in 25.2.".to_owned(),
                disclosure: "An advisory 90 days later.".to_owned(),
            },
            News::Verdict {
                says: "Our policy leaves this out. The clause is §N34.1.".to_owned(),
                answer: None,
                appeal: true,
            },
        ]
    }

    fn acknowledged(numbers: &[&str], secrets: Option<&Confidential>) -> Written {
        acknowledgement(&Words::default(), &letter(numbers), secrets).unwrap()
    }

    fn told(secrets: Option<(&Confidential, Option<&News>)>) -> Written {
        let told = match secrets {
            Some((secrets, news)) => Told::Encrypted(secrets, news),
            None => Told::Nothing,
        };
        news(&Words::default(), &letter(&["NN-1"]), told).unwrap()
    }

    #[test]
    fn a_letter_in_clear_has_the_number_and_nothing_of_the_report() {
        let text = acknowledged(&["NN-1"], None).text;
        assert!(text.contains("NN-1") && text.contains("/room/at/NN-1"), "{text}");
        assert!(!text.contains("promise") && !text.contains("§N20"), "{text}");
        let many = acknowledged(&["NN-1", "NN-2"], None);
        for part in ["NN-1", "NN-2", "2 reports", " to the first of them"] {
            assert!(many.text.contains(part), "{}", many.text);
        }
        assert_eq!(many.subject, "[NN-1] Your 2 reports have arrived");
        assert_eq!(outer_subject(&letter(&["NN-1"])), "[NN-1] ...");
    }

    #[test]
    fn news_in_clear_say_that_there_are_some() {
        let clear = told(None);
        assert_eq!(clear.subject, "[NN-1] News about your report");
        assert!(clear.text.contains("There is news"), "{}", clear.text);
        let parts: [&[&str]; 4] = [
            &["Send the dump."],
            &["- a working example (§N20)", "We need your help"],
            &[
                "It is a vulnerability.",
                "High, 8.1",
                "A fix in 25.2.",
                "An advisory 90 days later.",
            ],
            &["§N34.1", "appeal in your room"],
        ];
        for (news, parts) in all_news().iter().zip(parts) {
            let sealed = told(Some((&secrets(), Some(news))));
            assert_eq!(sealed.subject, "[NN-1] Crash");
            for part in parts {
                assert!(
                    sealed.text.contains(part) && !clear.text.contains(part),
                    "{}",
                    sealed.text
                );
            }
        }
        let again = News::Question {
            asks: Vec::new(),
            chosen: false,
            said: None,
            until: None,
            again: true,
        };
        let text = told(Some((&secrets(), Some(&again)))).text;
        let expect = "We asked for your help before, and cannot go on without it.\n\n";
        assert!(text.contains(expect), "{text}");
    }

    #[test]
    fn an_encrypted_letter_says_the_rest() {
        let one = acknowledged(&["NN-1"], Some(&secrets()));
        for part in ["/room/secret", "look at the report: by 2026-12-01 (§N20)"] {
            assert!(one.text.contains(part), "{}", one.text);
        }
        assert_eq!(one.subject, "[NN-1] Crash");
        let many = acknowledged(&["NN-1", "NN-2"], Some(&secrets())).text;
        assert!(
            many.contains("NN-1: Crash\n") && many.contains("\nNN-2\nYour room"),
            "{many}"
        );
        let untitled = acknowledged(&["NN-1"], Some(&Confidential::default()));
        assert_eq!(untitled.subject, "[NN-1] Your report");
    }

    /// What a letter may name is what its list says, neither more nor less: it is checked by that list, and written with these values.
    #[test]
    fn every_letter_names_what_its_list_says() {
        let mut words = Words::default();
        for template in TEMPLATES {
            let mut source = String::from("as written");
            for (word, _) in template.words {
                source.push_str(&format!("{{% if {word} %}} {word}{{% endif %}}"));
            }
            assert_eq!(template.faults(Part::Text, &source), []);
            words.put(template, Part::Text, source);
        }
        let secrets = secrets();
        let (one, two) = (letter(&["NN-1"]), letter(&["NN-1", "NN-2"]));
        let mut written = vec![
            acknowledgement(&words, &two, None).unwrap(),
            acknowledgement(&words, &two, Some(&secrets)).unwrap(),
            news(&words, &one, Told::Nothing).unwrap(),
        ];
        let clear = all_news();
        let clear = clear.iter().take(2);
        written.extend(clear.map(|told| news(&words, &one, Told::Clear(told)).unwrap()));
        written.extend(
            all_news()
                .iter()
                .map(|told| news(&words, &one, Told::Encrypted(&secrets, Some(told))).unwrap()),
        );
        assert_eq!(written.len(), TEMPLATES.len(), "a letter without a test");
        for letter in written {
            assert_eq!(letter.faults, Vec::<String>::new());
            assert!(
                letter.text.starts_with("as written vendor number key"),
                "{}",
                letter.text
            );
        }
    }

    /// Letter for letter as a reporter gets it.
    #[test]
    fn the_words_stand_as_they_are_laid_out() {
        let expect = "Vendor has your report. Its tracking number is NN-1.

How far it is: https://vendor.example/room/at/NN-1

To add something, answer this letter, and leave its addresses as they are.

We write no details in clear. To read them, answer this letter with your OpenPGP public key attached: what we have for you then comes by itself, encrypted, with the link to your room. A form that showed you that link, or a passphrase that you chose there, opens the room as well.

If you encrypted your report: we open OpenPGP that is encrypted to this key, neither S/MIME nor what a passphrase alone opens. If yours was sent otherwise, send it once more: https://vendor.example/keys

We pay no bounties. (§N22)

We handle it under \"Policy\", version 2: https://vendor.example/policy/

This letter was written by a program. People read your report, and your answers.
";
        assert_eq!(acknowledged(&["NN-1"], None).text, expect);
        let expect = "Vendor has your 2 reports. Each has a tracking number of its own.

NN-1: Crash
Your room, which opens by this link alone: keep it.
https://vendor.example/room/secret

What we promise, and by when:
- look at the report: by 2026-12-01 (§N20)

NN-2
Your room, which opens by this link alone: keep it.
https://vendor.example/room/secret

What we promise, and by when:
- look at the report: by 2026-12-01 (§N20)

To add something to the first of them, answer this letter, and leave its addresses as they are.

If you encrypted your report: we open OpenPGP that is encrypted to this key, neither S/MIME nor what a passphrase alone opens. If yours was sent otherwise, send it once more: https://vendor.example/keys

Please encrypt your answer, too.

We pay no bounties. (§N22)

We handle it under \"Policy\", version 2: https://vendor.example/policy/

This letter was written by a program. People read your report, and your answers.
";
        assert_eq!(acknowledged(&["NN-1", "NN-2"], Some(&secrets())).text, expect);
        let [_, question, findings, verdict] = all_news();
        let end = "
Your room, which opens by this link alone: https://vendor.example/room/secret

To add something, answer this letter, and leave its addresses as they are.

Please encrypt your answer, too: https://vendor.example/keys
";
        let check_text = |news: &News, expect: &str| {
            let text = told(Some((&secrets(), Some(news)))).text;
            assert_eq!(
                text,
                format!("This is about your report NN-1 to Vendor.\n\n{expect}{end}")
            );
        };
        check_text(
            &question,
            "We need your help before we can go on.

Which build is it?

This is what we need:
- a working example (§N20)

Please answer by 1 December 2026. Without an answer the report ends then (§N20); an answer that comes later takes it up again.
",
        );
        check_text(
            &findings,
            "We have looked into it. This is what we found.

It is a vulnerability.
Severity: High, 8.1

What we do about it:
A fix in 25.2.

What will be public:
An advisory 90 days later.
",
        );
        check_text(
            &verdict,
            "Our policy leaves this out. The clause is §N34.1.

If we are wrong, say so: appeal in your room, or answer this letter. A person looks at it again.
",
        );
    }
}
