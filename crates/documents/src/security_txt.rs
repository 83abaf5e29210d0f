//! `security.txt` (RFC 9116): how to reach the team, and where its metadata is (CSAF 2.0 requirement 8).
//!
//! Owns the text and when it is renewed. Never signs it: `publish` does.

use crate::place;
use crate::problem::is_web_address;
use jiff::{SignedDuration, Timestamp};
use psirt::house::Brand;
use psirt::policy::Policy;
use psirt::policy::block::intake::Channel;

/// How long a text is valid: less than a year, as RFC 9116 §2.5.5 recommends.
const VALID_DAYS: i64 = 364;
/// A text that is valid for no more than this is renewed.
const RENEWED_DAYS: i64 = 30;

/// What there is to point at, apart from the brand itself.
#[derive(Clone, Copy, Debug)]
pub struct Pointers<'a> {
    /// The fingerprint of the key that reports are encrypted to, if there is one.
    pub intake: Option<&'a str>,
    /// Whether the tree holds the page of a policy.
    pub policy: bool,
    /// Where the form stands among the ways to report.
    pub form: Form,
}

/// Where the form stands among the ways to report, which are named in the order of preference (RFC 9116 §2.5.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Nobody serves one.
    #[default]
    Absent,
    /// After the brand's contact.
    Last,
    /// Before it: the policy names the form before mail.
    First,
}

impl Form {
    /// Of a brand with this policy; `is_served` says whether there is a form at all.
    #[must_use]
    pub fn of(policy: Option<&Policy>, is_served: bool) -> Form {
        let ways = policy
            .map(|policy| policy.intakes.as_slice())
            .unwrap_or_default()
            .iter();
        let mut ways = ways.filter_map(|intake| intake.channel);
        let first = ways.find(|channel| matches!(channel, Channel::Mail | Channel::Form));
        match (is_served, first) {
            (false, _) => Form::Absent,
            (true, Some(Channel::Form)) => Form::First,
            (true, _) => Form::Last,
        }
    }
}

/// The text that was issued at `issued`, without its signature. Lines end with `\n`.
#[must_use]
pub fn text(brand: &Brand, pointers: Pointers<'_>, issued: Timestamp) -> String {
    let url = |path: &str| place::url(brand, path);
    let mut lines = contacts(brand, pointers.form);
    lines.extend([
        ("Expires", expires(issued).to_string()),
        ("Acknowledgments", url(place::THANKS_PAGE)),
        ("Preferred-Languages", "en".to_owned()),
        ("Canonical", url(place::SECURITY_TXT)),
    ]);
    if let Some(fingerprint) = pointers.intake {
        let place = lines.iter().position(|(name, _)| *name == "Acknowledgments");
        let encryption = ("Encryption", url(&place::intake_key(fingerprint)));
        lines.insert(place.unwrap_or_default(), encryption);
    }
    if pointers.policy {
        lines.push(("Policy", url(place::POLICY_PAGE)));
    }
    lines.push(("CSAF", url(place::PROVIDER_METADATA)));
    lines.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}

/// Until when a text is valid that was issued at this instant.
#[must_use]
pub fn expires(issued: Timestamp) -> Timestamp {
    issued.saturating_add(days(VALID_DAYS)).unwrap_or(Timestamp::MAX)
}

/// Whether a text that expires at this instant is to be renewed.
#[must_use]
pub fn is_due(expires: Timestamp, now: Timestamp) -> bool {
    expires.duration_since(now) <= days(RENEWED_DAYS)
}

/// The instant at which the text that holds at `now` was issued: `changed`, when its content last changed, or the last of the renewals
/// since. It follows from the two instants alone, so a tree that is lost comes back with the same bytes.
#[must_use]
pub fn issued(changed: Timestamp, now: Timestamp) -> Timestamp {
    let period = (VALID_DAYS - RENEWED_DAYS) * DAY_SECONDS;
    let passed = now.as_second().saturating_sub(changed.as_second()).max(0);
    let seconds = changed.as_second() + passed / period * period;
    Timestamp::from_second(seconds).unwrap_or(changed)
}

const DAY_SECONDS: i64 = 24 * 60 * 60;

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_secs(days * DAY_SECONDS)
}

/// The ways to report, each once, the preferred one first.
fn contacts(brand: &Brand, form: Form) -> Vec<(&'static str, String)> {
    let (contact, address) = (contact(brand), place::url(brand, place::FORM));
    let ways = match form {
        Form::Absent => vec![contact],
        _ if contact == address => vec![contact],
        Form::Last => vec![contact, address],
        Form::First => vec![address, contact],
    };
    ways.into_iter().map(|way| ("Contact", way)).collect()
}

/// An address that a program can open. A brand without one is reached by its page.
fn contact(brand: &Brand) -> String {
    let contact = brand.contact.trim();
    if is_web_address(contact) {
        contact.to_owned()
    } else if is_mail_address(contact) {
        format!("mailto:{contact}")
    } else {
        place::url(brand, "")
    }
}

/// Until when a text says that it is valid.
#[must_use]
pub fn expiry(text: &str) -> Option<Timestamp> {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("Expires: "));
    lines.next()?.trim().parse().ok()
}

/// When a text was issued that expires then.
#[must_use]
pub fn issued_before(expires: Timestamp) -> Timestamp {
    expires.saturating_sub(days(VALID_DAYS)).unwrap_or(Timestamp::MIN)
}

/// Whether it can stand after `mailto:` as it is.
#[must_use]
pub fn is_mail_address(text: &str) -> bool {
    let fits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._+-".contains(&b));
    text.split_once('@')
        .is_some_and(|(name, host)| fits(name) && fits(host))
}
