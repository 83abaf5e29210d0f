//! The gate: is this document a CSAF 2.0 document that may be published?
//!
//! This crate owns the one use of csaf-rs, and test 6.2.19, which that lacks. It reads bytes and answers with findings; it never changes, re-serialises or
//! stores a document (csaf-rs's typed model adds defaults), asks no network and has no opinion about optional findings.
//!
//! [`judge`] always runs everything: the JSON schema and every mandatory, optional and informative test. A test that did
//! not run is reported, never counted as passed: csaf-rs itself calls a document a success when its mandatory tests were
//! all skipped.
//!
//! Test 6.1.11 is csaf-rs's for documents of today; `weakness.rs` says what it is for those of the past.

mod fixed_scores;
mod json;
mod weakness;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

use csaf_rs::csaf::raw::{HasParsed as _, RawDocument};
use csaf_rs::schema::csaf2_0::schema::CommonSecurityAdvisoryFramework as Csaf20;
use csaf_rs::validation::{TestResultStatus, Validatable as _, ValidationError, validate_by_test};
use serde_json::Value;

pub use json::{MAX_BYTES, MAX_DEPTH};

/// What a test's failure means for publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Strict JSON and the CSAF 2.0 schema. A failure blocks.
    Schema,
    /// CSAF 2.0 §6.1. A failure blocks.
    Mandatory,
    /// CSAF 2.0 §6.2. A failure needs a recorded reason.
    Optional,
    /// CSAF 2.0 §6.3. A failure is shown.
    Informative,
}

/// One failure of one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `json`, `schema`, or the section of CSAF 2.0 that defines the test, such as `6.1.8`.
    pub test: &'static str,
    /// The test's class.
    pub class: Class,
    /// JSON pointer to the place; empty for the whole document. csaf-rs does not escape `/` and `~` in keys.
    pub path: String,
    /// What is wrong, in one sentence.
    pub message: String,
}

/// A test that gave no verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRun {
    /// As in [`Finding::test`].
    pub test: &'static str,
    /// The test's class.
    pub class: Class,
    /// Why there is no verdict.
    pub why: String,
}

/// Everything that was found out about one document, in the order of the specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// All failures.
    pub findings: Vec<Finding>,
    /// All tests without a verdict: the known gaps, and what could not be run on this document.
    pub not_run: Vec<NotRun>,
}

impl Judgement {
    /// Whether the document may be published: schema and all mandatory tests were run, and none failed.
    #[must_use]
    pub fn passes(&self) -> bool {
        let blocking = |class: Class| class <= Class::Mandatory;
        !self.findings.iter().any(|finding| blocking(finding.class))
            && !self.not_run.iter().any(|test| blocking(test.class))
    }

    /// The failures of one class.
    pub fn of(&self, class: Class) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.class == class)
    }
}

/// A test of CSAF 2.0 that is not run on any document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The section of CSAF 2.0 that defines the test.
    pub test: &'static str,
    /// Why it is not run.
    pub why: &'static str,
}

/// The tests that neither csaf-rs nor this crate implements for CSAF 2.0. None of them is mandatory.
pub const KNOWN_GAPS: &[Gap] = &[
    Gap {
        test: "6.3.6",
        why: "needs the network: asks whether links to other sites resolve",
    },
    Gap {
        test: "6.3.7",
        why: "needs the network: asks whether links to the publisher's own site resolve",
    },
    Gap {
        test: "6.3.8",
        why: "needs a spell checker for the document's language",
    },
];

/// Judges one document by all tests of CSAF 2.0. Never panics; bytes of any origin are welcome.
#[must_use]
pub fn judge(document: &[u8]) -> Judgement {
    match json::read(document) {
        Ok(value) => judge_value(value),
        Err(json::NotStrict { path, message }) => Judgement {
            findings: vec![Finding {
                test: "json",
                class: Class::Schema,
                path,
                message,
            }],
            not_run: all_tests()
                .into_iter()
                .map(|(test, class)| not_run(test, class, "the document is not strict JSON"))
                .collect(),
        },
    }
}

fn judge_value(document: Value) -> Judgement {
    let mut own = fixed_scores::findings(&document);
    let past = weakness::Past::of(&document);
    let document = RawDocument::<Csaf20>::new(document);
    let mut judgement = Judgement {
        findings: Vec::new(),
        not_run: Vec::new(),
    };
    for (test, class) in all_tests() {
        if test == fixed_scores::TEST {
            let finding = |(path, message)| Finding {
                test,
                class,
                path,
                message,
            };
            judgement.findings.extend(own.drain(..).map(finding));
            continue;
        }
        match run(&document, test) {
            Ok(mut findings) => {
                if test == weakness::TEST {
                    findings.retain(|finding| !past.knows(&finding.instance_path));
                }
                // csaf-rs walks hash maps; the same document must give the same judgement.
                findings
                    .sort_by(|a, b| (place(&a.instance_path), &a.message).cmp(&(place(&b.instance_path), &b.message)));
                let finding = |f: ValidationError| Finding {
                    test,
                    class,
                    path: f.instance_path,
                    message: f.message,
                };
                judgement.findings.extend(findings.into_iter().map(finding));
            }
            Err(why) => judgement.not_run.push(not_run(test, class, &why)),
        }
    }
    judgement
}

/// The failures of one test, or why it gave no verdict.
///
/// csaf-rs forbids panics in its own code, but it indexes a table by CWE version and hands strings of the document to a
/// dozen parsers (package URLs, CPE, versions, CVSS, languages). A panic there must cost one verdict, not a thread. The
/// document is only read, so nothing is left half-changed.
fn run(document: &RawDocument<Csaf20>, test: &str) -> Result<Vec<ValidationError>, String> {
    let outcome = catch_unwind(AssertUnwindSafe(|| validate_by_test(document, test).status))
        .map_err(|_| "the validator stopped unexpectedly on this document".to_owned())?;
    match outcome {
        TestResultStatus::Success => Ok(Vec::new()),
        TestResultStatus::Failure {
            errors,
            warnings,
            infos,
        } => {
            let findings: Vec<_> = errors.into_iter().chain(warnings).chain(infos).collect();
            if findings.is_empty() {
                Err("the validator reports a failure without saying what".to_owned())
            } else {
                Ok(findings)
            }
        }
        TestResultStatus::NotFound => Err(gap(test).unwrap_or("the validator does not know this test").to_owned()),
        TestResultStatus::Skipped => Err(match document.get_parsed() {
            Err(error) => format!("the document does not fit the validator's model of CSAF 2.0: {error}"),
            Ok(_) => "the validator skipped this test".to_owned(),
        }),
    }
}

/// Every test of CSAF 2.0 in the order of the specification, the known gaps included.
fn all_tests() -> Vec<(&'static str, Class)> {
    let mut tests: Vec<_> = Csaf20::get_tests().into_iter().map(|(test, _)| test).collect();
    tests.extend(KNOWN_GAPS.iter().map(|gap| gap.test));
    tests.push(fixed_scores::TEST);
    tests.sort_by_key(|test| section(test));
    tests.dedup();
    tests.into_iter().map(|test| (test, class(test))).collect()
}

/// `6.1.27.3` → `[6, 1, 27, 3]`; `schema` → `[]`, which comes first.
fn section(test: &str) -> Vec<u32> {
    test.split('.').filter_map(|number| number.parse().ok()).collect()
}

/// Orders JSON pointers by their steps, array indexes by number: `/notes/2` comes before `/notes/10`.
fn place(path: &str) -> Vec<(Option<u64>, &str)> {
    path.split('/').map(|step| (step.parse().ok(), step)).collect()
}

fn class(test: &str) -> Class {
    match section(test).as_slice() {
        [6, 2, ..] => Class::Optional,
        [6, 3, ..] => Class::Informative,
        [] => Class::Schema,
        _ => Class::Mandatory,
    }
}

fn gap(test: &str) -> Option<&'static str> {
    KNOWN_GAPS.iter().find(|gap| gap.test == test).map(|gap| gap.why)
}

fn not_run(test: &'static str, class: Class, why: &str) -> NotRun {
    NotRun {
        test,
        class,
        why: why.to_owned(),
    }
}
