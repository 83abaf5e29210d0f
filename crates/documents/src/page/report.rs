//! How to report, and every key: the one to encrypt to, the one that signs, and those that came before.
//!
//! Says what holds whenever the page is read: the end of a key, never whether it has passed.

use super::words;
use crate::place;
use crate::security_txt::is_mail_address;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::house::Brand;

/// The page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportPage {
    /// The address for reports, if it is one of mail.
    pub mail: Option<String>,
    /// The address of a page for reports, if it is one.
    pub web: Option<String>,
    /// The key to encrypt to, first; then those that were it before.
    pub intake: Vec<KeyRow>,
    /// Whether the first of them can still be encrypted to: it is not revoked.
    pub can_encrypt: bool,
    /// Whether mail programs find that key by themselves.
    pub is_in_directory: bool,
    /// The key that signs, first; then those that did before.
    pub signing: Vec<KeyRow>,
    /// The way to the policy's page, if there is one.
    pub policy: Option<String>,
}

/// A key as a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// The fingerprint in groups of four, as people compare it.
    pub fingerprint: String,
    /// The way to its file.
    pub href: String,
    /// Whether it is in use, and until when; or since when it is not.
    pub standing: String,
}

/// A key as `publish` knows it. Times are those of the certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownKey {
    /// Upper-case hexadecimal.
    pub fingerprint: String,
    /// Its end.
    pub until: Option<Timestamp>,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
}

impl ReportPage {
    /// The page of a brand with these keys, those in use first. `directory`: whether a key directory has the intake key.
    #[must_use]
    pub fn of(brand: &Brand, intake: &[ShownKey], signing: &[ShownKey], directory: bool, policy: bool) -> ReportPage {
        let contact = brand.contact.trim();
        let can_encrypt = intake.first().is_some_and(|key| key.revoked.is_none());
        let was_intake = match can_encrypt {
            true => "Replaced: take the first one",
            false => "Replaced: do not use it",
        };
        let row = |path: fn(&str) -> String, replaced: &'static str| {
            move |(position, key): (usize, &ShownKey)| KeyRow {
                fingerprint: grouped(&key.fingerprint),
                href: place::relative(place::REPORT_PAGE, &path(&key.fingerprint)),
                standing: standing(key, position == 0, replaced),
            }
        };
        ReportPage {
            mail: is_mail_address(contact).then(|| contact.to_owned()),
            web: crate::problem::is_web_address(contact).then(|| contact.to_owned()),
            intake: intake
                .iter()
                .enumerate()
                .map(row(place::intake_key, was_intake))
                .collect(),
            can_encrypt,
            is_in_directory: directory,
            signing: signing
                .iter()
                .enumerate()
                .map(row(place::key, "Replaced; what it signed stays good"))
                .collect(),
            policy: policy.then(|| place::relative(place::REPORT_PAGE, place::POLICY_PAGE)),
        }
    }
}

/// A fingerprint in groups of four.
pub(super) fn grouped(fingerprint: &str) -> String {
    let groups: Vec<&str> = (0..fingerprint.len())
        .step_by(4)
        .filter_map(|from| fingerprint.get(from..(from + 4).min(fingerprint.len())))
        .collect();
    groups.join(" ")
}

fn standing(key: &ShownKey, in_use: bool, replaced: &str) -> String {
    let day = |at: Timestamp| words::long_date(at.to_zoned(TimeZone::UTC).date());
    match (key.revoked, key.until, in_use) {
        (Some(at), ..) => format!("Revoked on {}: do not use it", day(at)),
        (None, Some(until), true) => format!("In use, until {} at the latest", day(until)),
        (None, None, true) => "In use".to_owned(),
        (None, _, false) => replaced.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::sample::brand;

    fn key(until: Option<&str>, revoked: Option<&str>) -> ShownKey {
        ShownKey {
            fingerprint: "0123456789ABCDEF0123456789ABCDEF01234567".to_owned(),
            until: until.map(|at| at.parse().unwrap()),
            revoked: revoked.map(|at| at.parse().unwrap()),
        }
    }

    /// Whether the page has a key to encrypt to, and how its intake keys stand.
    fn check_intake(keys: &[ShownKey], can_encrypt: bool, standing: &[&str]) {
        let page = ReportPage::of(&brand(), keys, &[], false, false);
        assert_eq!(page.can_encrypt, can_encrypt);
        let found: Vec<&str> = page.intake.iter().map(|key| key.standing.as_str()).collect();
        assert_eq!(found, standing);
    }

    #[test]
    fn nobody_is_asked_to_encrypt_to_a_revoked_key() {
        let (good, revoked) = (key(None, None), key(None, Some("2027-01-02T00:00:00Z")));
        let gone = "Revoked on 2 January 2027: do not use it";
        check_intake(&[], false, &[]);
        check_intake(&[good.clone(), revoked.clone()], true, &["In use", gone]);
        check_intake(
            &[good.clone(), good.clone()],
            true,
            &["In use", "Replaced: take the first one"],
        );
        check_intake(&[revoked, good], false, &[gone, "Replaced: do not use it"]);
    }

    #[test]
    fn a_report_page_says_which_key_is_in_use_and_what_became_of_the_others() {
        let end = Some("2029-11-22T00:00:00Z");
        let gone = Some("2027-01-02T00:00:00Z");
        let keys = [key(end, None), key(None, None), key(end, gone)];
        let page = ReportPage::of(&brand(), &keys[..1], &keys, true, false);
        assert_eq!(page.mail.as_deref(), Some("psirt@example.com"));
        assert_eq!(page.web, None);
        assert_eq!(
            page.intake[0].fingerprint,
            "0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567"
        );
        assert_eq!(
            page.intake[0].href,
            "../openpgp/0123456789ABCDEF0123456789ABCDEF01234567.asc"
        );
        let standing: Vec<&str> = page.signing.iter().map(|key| key.standing.as_str()).collect();
        assert_eq!(
            standing,
            [
                "In use, until 22 November 2029 at the latest",
                "Replaced; what it signed stays good",
                "Revoked on 2 January 2027: do not use it"
            ]
        );
    }
}
