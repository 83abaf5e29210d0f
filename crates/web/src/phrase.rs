//! Events and duties in the desk's words: what happened, what is owed, and the command that records it.
//!
//! Owns sentences only. What a clause says is quoted from the policy, never paraphrased here.

use psirt::board::{Board, Case};
use psirt::case::view::Copied;
use psirt::clock::timeline::Subject;
use psirt::clock::{Obligation, proof};
use psirt::event::{Event, Field, FixAnswer, Flag, Kind, Shape};

/// What is owed, for whom: `Release the fix: Sensor 24 and Sensor 23`. The obligations differ by their subject only.
pub(crate) fn duty(group: &[&Obligation<'_>]) -> String {
    let Some(first) = group.first() else {
        return String::new();
    };
    let what = owed(first.promise.ends);
    let names: Vec<String> = group.iter().filter_map(|obligation| subject(obligation)).collect();
    if names.is_empty() {
        what
    } else {
        format!("{what}: {}", crate::words::list(&names))
    }
}

/// The subject's name; a single reporter needs none.
fn subject(obligation: &Obligation<'_>) -> Option<String> {
    let alone = obligation.proof.case.reporters.len() < 2;
    match obligation.subject {
        Subject::Report(_) | Subject::Reporter(_) if alone => None,
        _ => proof::subject_name(obligation),
    }
}

/// What ends a promise, as something to do.
pub(crate) fn owed(kind: Kind) -> String {
    let words = match kind {
        Kind::Acknowledged => "Tracking number to the reporter",
        Kind::Reviewed => "First review of the report",
        Kind::InfoRequested => "Ask the reporter for more",
        Kind::ScopeDecided => "Decide whether it is in scope",
        Kind::Confirmed => "Confirm or reject",
        Kind::Scored => "Score it",
        Kind::WorkaroundProvided => "Provide a workaround",
        Kind::FixReady => "Make the fix",
        Kind::FixReleased => "Release the fix",
        Kind::FixDeployed => "Deploy the fix",
        Kind::MeasureAvailable => "Make a measure available",
        Kind::UpstreamDecision => "Decide: mitigate or wait",
        Kind::ReportedBack => "Report back",
        Kind::Credit => "Ask about the credit",
        Kind::ValidationAsked => "Ask the reporter to look at the fix",
        Kind::ValidationAnswered => "Record what the reporter found",
        Kind::DefectCreated => "Open a defect",
        Kind::SharedWithCert => "Share with a CERT",
        Kind::UsersInformed => "Inform the users",
        Kind::CveAssigned => "Assign a CVE id",
        Kind::CvePublished => "Publish the CVE record",
        Kind::AdvisoryPublished => "Publish the advisory",
        Kind::AdvisoryRevised => "Revise the advisory",
        Kind::ReleaseNotePublished => "Publish the release note",
        Kind::Announced => "Tell the announce list",
        Kind::CraEarlyWarningSent => "Early warning to the authority",
        Kind::CraNotificationSent => "Notification to the authority",
        Kind::CraFinalReportSent => "Final report to the authority",
        Kind::IncidentEarlyWarningSent => "Early warning of the incident",
        Kind::IncidentNotificationSent => "Notification of the incident",
        Kind::IncidentFinalReportSent => "Final report on the incident",
        other => return plain(other),
    };
    words.to_owned()
}

/// In the place of what is restricted in a case: that it is, whom to ask, and how they read it. Nobody signs in here, so nobody is known who
/// might.
pub(crate) fn restricted(board: &Board, case: &Case) -> String {
    format!(
        "{} They read it by: candor case read {} --as YOU",
        board.restriction(case),
        quoted(&case.number)
    )
}

/// A redacted copy, after who made it and why.
pub(crate) fn copied(copy: &Copied) -> String {
    format!("[Redacted by {}: {}]\n\n{}", copy.by, copy.why, copy.text)
}

/// A flag, as a page calls it.
pub(crate) fn flag(flag: Flag) -> String {
    let words = match flag {
        Flag::CompensationRequested => "Compensation requested",
        Flag::RoeViolation => "Rules of engagement broken",
        Flag::Extortion => "Extortion",
        Flag::ContainsPii => "Contains personal data",
        Flag::ArrivedInClear => "Arrived in clear",
    };
    words.to_owned()
}

/// What happened, in a few words.
pub(crate) fn happened(event: &Event) -> String {
    match event {
        Event::Received { by } => match by {
            Some(by) => format!("Report received from {by}"),
            None => "Report received".to_owned(),
        },
        Event::Acknowledged { .. } => "Tracking number sent".to_owned(),
        Event::Reviewed {} => "Looked at by a person".to_owned(),
        Event::InfoRequested { .. } => "Asked the reporter for more".to_owned(),
        Event::InfoReceived { .. } => "The reporter answered".to_owned(),
        Event::ReportJoined { .. } => "Another report joined".to_owned(),
        Event::DuplicateOf { case } => format!("Duplicate of {case}"),
        Event::Merged { case, .. } => format!("{case} merged into this case"),
        Event::MergedInto { case } => format!("Goes on in {case}"),
        Event::SplitOff { case, .. } => format!("{case} split off"),
        Event::SplitFrom { case, .. } => format!("Split from {case}"),
        Event::HandedOver { vendor, .. } => format!("Handed over to {vendor}"),
        Event::VendorAnswered { vendor, answer, .. } => format!("{vendor}: {answer}"),
        Event::Alias { id, by } => match by {
            Some(by) => format!("{by} calls it {id}"),
            None => format!("Also called {id}"),
        },
        Event::Answered { clause, answer, .. } => format!("§{} answered: {answer}", clause.trim_start_matches('§')),
        Event::Redacted { of, .. } => format!("Redacted copy made of {of}"),
        Event::Flagged { flag: it, .. } => format!("Flagged: {}", flag(*it)),
        Event::TaskDone { flag: it, .. } => format!("Task done: {}", flag(*it)),
        Event::TaskReopened { flag: it, .. } => format!("Task open again: {}", flag(*it)),
        Event::Promoted {} => "Promoted from a machine’s finding".to_owned(),
        Event::ScopeDecided { out: true, clause, .. } => format!("Out of scope{}", of(clause.as_deref())),
        Event::ScopeDecided { out: false, clause, .. } => format!("In scope{}", of(clause.as_deref())),
        Event::Confirmed { products, .. } => format!("Confirmed on {}", products.join(", ")),
        Event::Affected { product } => format!("{product} is affected"),
        Event::NotAffected { product, .. } => format!("{product} is not affected"),
        Event::Scored { vector, .. } => match cvss::Vector::parse(vector) {
            Ok(parsed) => format!("Scored {}, CVSS {}", parsed.scores().base, parsed.version()),
            Err(_) => format!("Scored {vector}"),
        },
        Event::Rejected { exit, clause, .. } => {
            format!("Rejected: {}{}", exit.name().replace('-', " "), of(clause.as_deref()))
        }
        Event::Reopened { why } => format!("Reopened: {why}"),
        Event::ReleasePlanned {
            product, version, date, ..
        } => format!("{product} {version} planned for {date}"),
        Event::ReleaseMoved { product, version, date } => format!("{product} {version} moved to {date}"),
        Event::ReleaseCancelled { product, version } => format!("{product} {version} cancelled"),
        Event::ReleaseShipped { product, version, .. } => format!("{product} {version} shipped"),
        Event::SupportEnded { product } => format!("Support of {product} ended"),
        Event::WorkaroundProvided { product } => format!("Workaround provided{}", on(product.as_deref())),
        Event::FixReady { product } => format!("Fix ready{}", on(product.as_deref())),
        Event::FixReleased { product, version } => match version {
            Some(version) => format!("{product} {version} released with the fix"),
            None => format!("Fix released on {product}"),
        },
        Event::FixDeployed { product, .. } => format!("Fix deployed on {product}"),
        Event::FixWithdrawn { product, why, .. } => format!("Fix of {product} withdrawn: {why}"),
        Event::UpstreamFixReleased { component, version } => format!("Supplier released {component} {version}"),
        Event::UpstreamDecision { choice, .. } => format!("Decided to {choice}"),
        Event::MadePublic { .. } => "Details are public".to_owned(),
        Event::ExploitPublic { .. } => "An exploit is public".to_owned(),
        Event::AttacksSeen { .. } => "Attacks were seen".to_owned(),
        Event::EmbargoProposed { by, .. } => format!("{by} proposed an end of the embargo"),
        Event::EmbargoAccepted { by } => format!("{by} accepted the embargo"),
        Event::EmbargoDeclined { by, .. } => format!("{by} declined the embargo"),
        Event::ReportedBack { .. } => "Findings and plan told to the reporter".to_owned(),
        Event::Credit { choice, .. } => format!("Credit: {choice}"),
        Event::ValidationAsked { reporter } => {
            format!("{} was asked to look at the fix", somebody(reporter.as_deref()))
        }
        Event::ValidationAnswered { reporter, answer, .. } => {
            let who = somebody(reporter.as_deref());
            match answer {
                FixAnswer::Validated => format!("{who} confirmed that the fix works"),
                FixAnswer::NotFixed => format!("{who} found that the fix does not work"),
                FixAnswer::NoAnswer => format!("{who} did not say whether the fix works"),
            }
        }
        Event::DefectCreated { product, .. } => format!("Defect opened{}", on(product.as_deref())),
        Event::SharedWithCert { cert } => format!("Shared with {cert}"),
        Event::CveAssigned { id } => format!("{id} assigned"),
        Event::AdvisoryPublished {} => "Advisory published".to_owned(),
        Event::Waived { rule, why, .. } => format!("{rule} waived: {why}"),
        Event::Overridden { rule, why, .. } => format!("{rule} got another date: {why}"),
        Event::Retracted { why, .. } => format!("An entry was retracted: {why}"),
        Event::Assigned { person } => format!("{person} owns it"),
        Event::Suspected { products } => format!("Names {}", products.join(", ")),
        Event::ImpactSet { term, .. } => format!("Impact: {term}"),
        other => plain(other.kind()),
    }
}

fn somebody(reporter: Option<&str>) -> String {
    reporter.map_or_else(|| "The reporter".to_owned(), str::to_owned)
}

/// The command that brings an event about: by recording it, or by the act that records it.
pub(crate) fn record(number: &str, kind: Kind, product: Option<&str>) -> String {
    match kind {
        Kind::AdvisoryPublished => format!(
            "candor advisory draft {} --title TITLE --summary SUMMARY --as YOU",
            quoted(number)
        ),
        Kind::AdvisoryRevised => "candor advisory redraft ADVISORY --title TITLE --summary SUMMARY --as YOU".to_owned(),
        Kind::AdvisoryWithdrawn => {
            "candor advisory withdraw ADVISORY --why WHY --as YOU --approved-by SECOND".to_owned()
        }
        Kind::ReleaseNotePublished => {
            let product = product.map_or_else(|| "PRODUCT".to_owned(), quoted);
            format!(
                "candor case release-note {} --product {product} --version VERSION --text TEXT --as YOU",
                quoted(number)
            )
        }
        _ => command(number, kind, product),
    }
}

/// The command that records an event of a case, with the fields that it needs. What a person must fill in is in capitals.
pub(crate) fn command(number: &str, kind: Kind, product: Option<&str>) -> String {
    let mut words = format!("candor case {} {}", kind.name(), quoted(number));
    for field in kind.fields() {
        let value = match (field.name, product) {
            ("product", Some(product)) => quoted(product),
            _ if field.required || field.name == "products" => blank(field),
            // All of the findings, so that the letter can say them.
            (name, _) if kind == Kind::ReportedBack && name != "reporter" => blank(field),
            _ => continue,
        };
        words.push_str(&format!(" --{} {value}", field.name));
    }
    words.push_str(" --as YOU");
    words
}

/// A word of a POSIX shell, so that it may be copied as it stands.
pub(crate) fn quoted(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b':' | b'/');
    if !text.is_empty() && text.bytes().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn blank(field: &Field) -> String {
    match field.shape {
        Shape::OneOf(words) if words.len() <= 4 => quoted(&words.join("|")),
        _ => field.name.to_uppercase(),
    }
}

fn plain(kind: Kind) -> String {
    crate::words::capital(&kind.name().replace('-', " "))
}

fn of(clause: Option<&str>) -> String {
    clause
        .map(|clause| format!(", §{}", clause.trim_start_matches('§')))
        .unwrap_or_default()
}

fn on(product: Option<&str>) -> String {
    product.map(|product| format!(" on {product}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_command(kind: Kind, product: Option<&str>, expect: &str) {
        assert_eq!(command("EXN-2027-R4T9C", kind, product), expect);
    }

    #[test]
    fn a_command_names_what_the_event_needs() {
        check_command(Kind::Reviewed, None, "candor case reviewed EXN-2027-R4T9C --as YOU");
        check_command(
            Kind::FixReleased,
            Some("Sensor 24"),
            "candor case fix-released EXN-2027-R4T9C --product 'Sensor 24' --as YOU",
        );
        check_command(
            Kind::Confirmed,
            None,
            "candor case confirmed EXN-2027-R4T9C --origin 'own|third-party' --products PRODUCTS --as YOU",
        );
    }

    #[test]
    fn a_hostile_name_stays_one_word_of_the_shell() {
        check_command(
            Kind::FixReady,
            Some("a'; rm -rf ~ #"),
            r"candor case fix-ready EXN-2027-R4T9C --product 'a'\''; rm -rf ~ #' --as YOU",
        );
    }
}
