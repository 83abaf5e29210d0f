//! The keys of brands on the board: which one is in use, how it stands, and what somebody should be told of it.
//!
//! Never holds a key that opens: the secret is carried as it was recorded, and never printed.

use super::House;
use crate::advisory::AdvisoryState;
use crate::house::Brand;
use crate::house::key::{AddedKey, KeyReason, KeyUse};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A key that ends sooner is told of.
const WARNED: SignedDuration = SignedDuration::from_hours(60 * 24);
/// One that ends sooner yet is urgent.
const URGENT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A key of a brand. Never printed: its secret half has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// What it is for.
    pub purpose: KeyUse,
    /// Upper-case hexadecimal.
    pub fingerprint: String,
    /// The armoured public key as it is now.
    pub public: String,
    /// The secret key, base64; empty where another machine has it.
    pub secret: String,
    /// Since when the brand has it.
    pub made: Timestamp,
    /// Whether it was made elsewhere.
    pub imported: bool,
    /// Its end; none for ever.
    pub until: Option<Timestamp>,
    /// When and why it was revoked, in the words of programs and of people.
    pub revoked: Option<(Timestamp, KeyReason, String)>,
    /// When its public half last changed.
    pub changed: Timestamp,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key")
            .field("fingerprint", &self.fingerprint)
            .finish_non_exhaustive()
    }
}

/// How a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// It can be used.
    Good,
    /// It ends within 60 days.
    EndsSoon,
    /// It ends within 30 days.
    EndsNow,
    /// Its end has passed.
    Expired,
    /// It was revoked.
    Revoked,
}

impl KeyState {
    /// The words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            KeyState::Good => "good",
            KeyState::EndsSoon => "ends within 60 days",
            KeyState::EndsNow => "ends within 30 days",
            KeyState::Expired => "expired",
            KeyState::Revoked => "revoked",
        }
    }

    /// Whether it can be used.
    #[must_use]
    pub const fn is_usable(self) -> bool {
        matches!(self, KeyState::Good | KeyState::EndsSoon | KeyState::EndsNow)
    }
}

/// A key in use, or what one signed on another machine, that somebody must look after. It names nothing that is not public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyWarning {
    /// The brand's id.
    pub brand: String,
    /// What is meant: `signing key`, `intake key` or `security.txt`.
    pub what: String,
    /// The key.
    pub fingerprint: String,
    /// How it stands.
    pub state: KeyState,
    /// What is wrong, with a day, and what to do.
    pub text: String,
}

impl Key {
    pub(super) fn first(fingerprint: &str, public: &str, secret: &str, at: Timestamp) -> Key {
        Key {
            purpose: KeyUse::Sign,
            fingerprint: fingerprint.to_owned(),
            public: public.to_owned(),
            secret: secret.to_owned(),
            made: at,
            imported: false,
            until: None,
            revoked: None,
            changed: at,
        }
    }

    pub(super) fn added(added: &AddedKey, at: Timestamp) -> Key {
        Key {
            purpose: added.purpose,
            imported: added.imported,
            until: added.until,
            ..Key::first(&added.fingerprint, &added.public, &added.secret, at)
        }
    }

    pub(super) fn renew(&mut self, public: &str, until: Option<Timestamp>, at: Timestamp) {
        public.clone_into(&mut self.public);
        self.until = until;
        self.changed = at;
    }

    pub(super) fn revoke(&mut self, public: &str, reason: KeyReason, why: &str, at: Timestamp) {
        public.clone_into(&mut self.public);
        self.revoked = Some((at, reason, why.to_owned()));
        self.changed = at;
    }

    /// Whether its secret is in this house.
    #[must_use]
    pub fn is_here(&self) -> bool {
        !self.secret.is_empty()
    }

    /// How it stands at an instant.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> KeyState {
        if self.revoked.is_some() {
            return KeyState::Revoked;
        }
        match self.until.map(|until| until.duration_since(now)) {
            Some(left) if left <= SignedDuration::ZERO => KeyState::Expired,
            Some(left) if left <= URGENT => KeyState::EndsNow,
            Some(left) if left <= WARNED => KeyState::EndsSoon,
            _ => KeyState::Good,
        }
    }

    /// Why it cannot be used at an instant, and what to do about it; none if it can.
    #[must_use]
    pub fn cannot(&self, brand: &str, now: Timestamp) -> Option<String> {
        let state = self.state(now);
        (!state.is_usable()).then(|| self.told(brand, state))
    }

    /// Why it signs nothing here at an instant, and what to do about it; none if it signs.
    #[must_use]
    pub fn cannot_sign(&self, brand: &str, now: Timestamp) -> Option<String> {
        let elsewhere = || {
            format!(
                "the secret part of the signing key {} of {brand} is on another machine: `candor publish --unsigned DIR`, there \
                 `candor sign DIR --key FILE`, here `candor publish --signed DIR`",
                self.fingerprint
            )
        };
        self.cannot(brand, now).or_else(|| (!self.is_here()).then(elsewhere))
    }

    /// What a state means for whoever looks after the key.
    #[must_use]
    pub fn told(&self, brand: &str, state: KeyState) -> String {
        let what = format!("the {} key {} of {brand}", self.purpose.name(), self.fingerprint);
        let intake = match self.purpose {
            KeyUse::Sign => "",
            KeyUse::Intake => " --intake",
        };
        let rotate = format!("candor key rotate --brand {brand}{intake}");
        let extend = if self.is_here() {
            format!("candor key extend {}", self.fingerprint)
        } else {
            "extend it where it is and bring it along again: candor key import --public".to_owned()
        };
        let until = self.until.unwrap_or(Timestamp::MAX).to_zoned(TimeZone::UTC).date();
        match state {
            KeyState::Revoked => format!("{what} is revoked: `{rotate}`"),
            KeyState::Expired if self.purpose == KeyUse::Sign => {
                format!(
                    "{what} expired on {until} and signs nothing, not even a new security.txt: `{extend}`, or `{rotate}`"
                )
            }
            KeyState::Expired => format!("{what} expired on {until}: `{extend}`, or `{rotate}`"),
            _ => format!("{what} ends on {until}: `{extend}`, or `{rotate}`"),
        }
    }
}

impl House {
    /// The brands that have a key to sign with, the one that had it first in front: each has its portal.
    #[must_use]
    pub fn publishing(&self) -> Vec<&Brand> {
        let first = |brand: &Brand| {
            let mut keys = self.keys.get(&brand.id)?.iter();
            keys.find(|key| key.purpose == KeyUse::Sign).map(|key| key.made)
        };
        let brands = self.brands.values();
        let mut keyed: Vec<(Timestamp, &Brand)> = brands.filter_map(|brand| Some((first(brand)?, brand))).collect();
        keyed.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
        keyed.into_iter().map(|(_, brand)| brand).collect()
    }

    pub(super) fn key_mut(&mut self, brand: &str, fingerprint: &str) -> Option<&mut Key> {
        let keys = self.keys.get_mut(brand)?;
        keys.iter_mut().find(|key| key.fingerprint == fingerprint)
    }

    /// Every key of a brand, oldest first.
    #[must_use]
    pub fn keys_of(&self, brand: &str) -> &[Key] {
        self.keys.get(brand).map(Vec::as_slice).unwrap_or_default()
    }

    /// The key of a brand that is in use, whether it can be used or not.
    #[must_use]
    pub fn key_in_use(&self, brand: &str, purpose: KeyUse) -> Option<&Key> {
        let mut keys = self.keys_of(brand).iter().rev();
        keys.find(|key| key.purpose == purpose)
    }

    /// The key that signs what a brand publishes.
    #[must_use]
    pub fn signing_key(&self, brand: &str) -> Option<&Key> {
        self.key_in_use(brand, KeyUse::Sign)
    }

    /// Why nothing new of a brand is signed here at an instant, and what to do about it; none if it is, or has no key at all.
    #[must_use]
    pub fn cannot_sign(&self, brand: &str, now: Timestamp) -> Option<String> {
        self.signing_key(brand)?.cannot_sign(brand, now)
    }

    /// Why nothing at all of a brand is public, and what to do about it; none if it has a key that signs, wherever that is.
    #[must_use]
    pub fn no_portal(&self, brand: &str) -> Option<String> {
        self.signing_key(brand).is_none().then(|| {
            format!(
                "nothing of {brand} is public, neither its form and rooms nor its security.txt and keys, since it has no signing key: \
                 `candor key make --brand {brand}`, then `candor publish`"
            )
        })
    }

    /// Why an ordered release does not go out: what was wrong with its bytes, or that nothing signs them.
    #[must_use]
    pub fn held_aside(&self, state: &AdvisoryState, now: Timestamp) -> Option<String> {
        let is_unsigned = || state.ordered.is_some() && !state.on_disk && state.fixed().is_none();
        let unsigned = || is_unsigned().then(|| self.cannot_sign(&state.draft.brand, now));
        state.held_aside.clone().or_else(|| unsigned().flatten())
    }

    /// A key of any brand, and the brand.
    #[must_use]
    pub fn key(&self, fingerprint: &str) -> Option<(&str, &Key)> {
        let mut keys = self
            .keys
            .iter()
            .flat_map(|(brand, keys)| keys.iter().map(move |key| (brand.as_str(), key)));
        keys.find(|(_, key)| key.fingerprint == fingerprint)
    }

    /// What somebody should be told of keys in use: those that end soon, have ended, or are revoked.
    #[must_use]
    pub fn key_warnings(&self, now: Timestamp) -> Vec<KeyWarning> {
        let mut warnings = Vec::new();
        for brand in self.keys.keys() {
            for purpose in [KeyUse::Sign, KeyUse::Intake] {
                let key = self.key_in_use(brand, purpose).map(|key| (key, key.state(now)));
                let Some((key, state)) = key.filter(|(_, state)| *state != KeyState::Good) else {
                    continue;
                };
                warnings.push(KeyWarning {
                    brand: brand.clone(),
                    what: format!("{} key", purpose.name()),
                    fingerprint: key.fingerprint.clone(),
                    state,
                    text: key.told(brand, state),
                });
            }
            warnings.extend(self.security_txt_warning(brand, now));
        }
        warnings
    }

    /// A `security.txt` that another machine signed ends: nobody here can renew it.
    fn security_txt_warning(&self, brand: &str, now: Timestamp) -> Option<KeyWarning> {
        let key = self
            .signing_key(brand)
            .filter(|key| !key.is_here() && key.revoked.is_none())?;
        let text = self.security_txts.get(brand)?;
        let end: Timestamp = text
            .lines()
            .find_map(|line| line.strip_prefix("Expires: "))?
            .trim()
            .parse()
            .ok()?;
        let left = end.duration_since(now);
        let (state, ends) = match left {
            left if left <= SignedDuration::ZERO => (KeyState::Expired, "expired"),
            left if left <= URGENT => (KeyState::EndsNow, "ends"),
            _ => return None,
        };
        Some(KeyWarning {
            brand: brand.to_owned(),
            what: "security.txt".to_owned(),
            fingerprint: key.fingerprint.clone(),
            state,
            text: format!(
                "the security.txt of {brand} {ends} on {}, and its key {} is on another machine: `candor publish --unsigned DIR`, \
                 there `candor sign DIR --key FILE`, here `candor publish --signed DIR --as ADMINISTRATOR`",
                end.to_zoned(TimeZone::UTC).date(),
                key.fingerprint
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::Appended;
    use crate::house::HouseEvent;

    const MADE: &str = "2026-01-05T08:00:00Z";
    const END: &str = "2027-01-05T08:00:00Z";

    fn house(events: &[(&str, HouseEvent)]) -> House {
        let mut house = House::default();
        for (at, event) in events {
            let entry = Appended {
                stream: "brand:b",
                seq: 1,
                recorded: at.parse().unwrap(),
                actor: "admin",
            };
            house.apply(entry, None, event);
        }
        house
    }

    fn added(fingerprint: &str, purpose: KeyUse, secret: &str) -> HouseEvent {
        HouseEvent::KeyAdded(Box::new(AddedKey {
            brand: "b".to_owned(),
            purpose,
            fingerprint: fingerprint.to_owned(),
            public: String::new(),
            secret: secret.to_owned(),
            imported: false,
            until: Some(END.parse().unwrap()),
        }))
    }

    fn check_warned(house: &House, now: &str, expect: &[(&str, KeyState, &str)]) {
        let warnings = house.key_warnings(now.parse().unwrap());
        let found: Vec<_> = warnings
            .iter()
            .map(|warning| (warning.fingerprint.as_str(), warning.state))
            .collect();
        let states: Vec<_> = expect.iter().map(|(key, state, _)| (*key, *state)).collect();
        assert_eq!(found, states, "{now}");
        for (warning, (.., part)) in warnings.iter().zip(expect) {
            assert!(warning.text.contains(part), "{}", warning.text);
        }
    }

    #[test]
    fn the_end_of_a_key_is_told_sixty_and_thirty_days_before() {
        let house = house(&[(MADE, added("A", KeyUse::Sign, "s"))]);
        check_warned(&house, "2026-11-06T07:59:59Z", &[]);
        let soon = "ends on 2027-01-05: `candor key extend A`, or `candor key rotate --brand b`";
        check_warned(&house, "2026-11-06T08:00:00Z", &[("A", KeyState::EndsSoon, soon)]);
        check_warned(&house, "2026-12-06T08:00:00Z", &[("A", KeyState::EndsNow, soon)]);
        check_warned(
            &house,
            END,
            &[(
                "A",
                KeyState::Expired,
                "expired on 2027-01-05 and signs nothing, not even a new security.txt",
            )],
        );
    }

    #[test]
    fn the_key_that_came_last_is_in_use_and_the_old_one_is_kept() {
        let renewed = HouseEvent::KeyRenewed {
            brand: "b".to_owned(),
            fingerprint: "B".to_owned(),
            public: "new".to_owned(),
            until: None,
        };
        let house = house(&[
            (MADE, added("A", KeyUse::Sign, "s")),
            (MADE, added("I", KeyUse::Intake, "s")),
            ("2026-02-01T00:00:00Z", added("B", KeyUse::Sign, "")),
            ("2026-03-01T00:00:00Z", renewed),
        ]);
        let key = house.signing_key("b").unwrap();
        assert_eq!(
            (key.fingerprint.as_str(), key.public.as_str(), key.is_here()),
            ("B", "new", false)
        );
        assert_eq!(key.changed.to_string(), "2026-03-01T00:00:00Z");
        assert_eq!(house.keys_of("b").len(), 3);
        assert_eq!(
            house.key("A").map(|(brand, key)| (brand, key.is_here())),
            Some(("b", true))
        );
        // The old key's end troubles nobody; that of the intake key does.
        check_warned(
            &house,
            END,
            &[("I", KeyState::Expired, "candor key rotate --brand b --intake")],
        );
    }

    #[test]
    fn the_end_of_a_security_txt_is_told_thirty_days_before_if_its_key_is_elsewhere() {
        let signed = HouseEvent::SecurityTxtSigned {
            brand: "b".to_owned(),
            text: "Contact: mailto:psirt@b.example\nExpires: 2026-12-04T08:00:00Z\n".to_owned(),
        };
        let of = |secret: &str| house(&[(MADE, added("A", KeyUse::Sign, secret)), (MADE, signed.clone())]);
        let elsewhere = of("");
        let way_out = "ends on 2026-12-04, and its key A is on another machine: `candor publish --unsigned DIR`";
        check_warned(&elsewhere, "2026-11-04T07:59:59Z", &[]);
        check_warned(&elsewhere, "2026-11-04T08:00:00Z", &[("A", KeyState::EndsNow, way_out)]);
        let key = ("A", KeyState::EndsSoon, "bring it along again");
        let over = ("A", KeyState::Expired, "expired on 2026-12-04");
        check_warned(&elsewhere, "2026-12-04T08:00:00Z", &[key, over]);
        // Where the key is here, the worker renews it.
        check_warned(&of("s"), "2026-11-04T08:00:00Z", &[]);
    }

    #[test]
    fn a_revoked_key_in_use_is_told_until_there_is_another() {
        let revoked = HouseEvent::KeyRevoked {
            brand: "b".to_owned(),
            fingerprint: "A".to_owned(),
            public: String::new(),
            reason: KeyReason::Compromised,
            why: "the disk was lost".to_owned(),
        };
        let mut events = vec![(MADE, added("A", KeyUse::Sign, "s")), ("2026-02-01T00:00:00Z", revoked)];
        let now = "2026-02-02T00:00:00Z";
        check_warned(
            &house(&events),
            now,
            &[("A", KeyState::Revoked, "is revoked: `candor key rotate --brand b`")],
        );
        events.push(("2026-02-02T00:00:00Z", added("B", KeyUse::Sign, "s")));
        check_warned(&house(&events), now, &[]);
    }
}
