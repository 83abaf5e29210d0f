//! Brands that stand still: nothing of them can be published, and why. The others go on.
//!
//! Owns when it is tried again without anybody. Never decides that a brand stands still: whoever publishes finds that out and records it.

use super::House;
use crate::house::HouseEvent;
use jiff::{SignedDuration, Timestamp};

/// So long nothing is tried after the first failure; twice as long after each other one.
const FIRST_WAIT: SignedDuration = SignedDuration::from_hours(1);
/// And never longer than this.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// A brand that stands still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Still {
    /// What is wrong, and what to do.
    pub why: String,
    /// Since when.
    pub since: Timestamp,
    /// When it was tried last.
    tried: Timestamp,
    /// How often.
    tries: u32,
    /// Whether the brand, its keys or its signatures changed since: then it may be mended.
    changed: bool,
}

impl Still {
    /// Whether it is to be tried again without anybody.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        let doublings = self.tries.saturating_sub(1).min(8);
        let wait = FIRST_WAIT.checked_mul(1 << doublings).unwrap_or(LONGEST_WAIT);
        self.changed || now.duration_since(self.tried) >= wait.min(LONGEST_WAIT)
    }
}

impl House {
    pub(super) fn stood_still(&mut self, brand: &str, why: &str, at: Timestamp) {
        let before = self.still.get(brand);
        let still = Still {
            why: why.to_owned(),
            since: before.map_or(at, |before| before.since),
            tried: at,
            tries: before.map_or(0, |before| before.tries).saturating_add(1),
            changed: false,
        };
        self.still.insert(brand.to_owned(), still);
    }

    /// What changes a brand may mend it.
    pub(super) fn notice(&mut self, event: &HouseEvent) {
        let brand = match event {
            HouseEvent::BrandSet(brand) => &brand.id,
            HouseEvent::KeyAdded(added) => &added.brand,
            HouseEvent::ThemeSet(theme) => &theme.brand,
            HouseEvent::WordingSet { brand, .. }
            | HouseEvent::KeyRenewed { brand, .. }
            | HouseEvent::KeyRevoked { brand, .. }
            | HouseEvent::SignaturesRenewed { brand, .. }
            | HouseEvent::SecurityTxtSigned { brand, .. } => brand,
            _ => return,
        };
        if let Some(still) = self.still.get_mut(brand) {
            still.changed = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::Appended;
    use crate::house::Theme;

    const FIRST: &str = "2026-01-05T08:00:00Z";

    fn stood_still() -> HouseEvent {
        HouseEvent::StoodStill {
            brand: "b".to_owned(),
            why: "Its bytes were destroyed.".to_owned(),
        }
    }

    /// Folds what happened at these instants; of the brand `b`, what is due at the instants of `expect`.
    fn check_due(events: &[(&str, HouseEvent)], expect: &[(&str, Option<bool>)]) {
        let mut house = House::default();
        for (at, event) in events {
            let entry = Appended {
                stream: "brand:b",
                seq: 1,
                recorded: at.parse().unwrap(),
                actor: "publisher",
            };
            house.apply(entry, None, event);
        }
        for (now, due) in expect {
            let still = house.still.get("b");
            assert_eq!(still.map(|still| still.is_due(now.parse().unwrap())), *due, "{now}");
        }
    }

    #[test]
    fn it_is_tried_again_after_ever_longer_waits() {
        check_due(
            &[(FIRST, stood_still())],
            &[
                ("2026-01-05T08:59:59Z", Some(false)),
                ("2026-01-05T09:00:00Z", Some(true)),
            ],
        );
        let twice = [(FIRST, stood_still()), ("2026-01-05T09:00:00Z", stood_still())];
        check_due(
            &twice,
            &[
                ("2026-01-05T10:59:59Z", Some(false)),
                ("2026-01-05T11:00:00Z", Some(true)),
            ],
        );
        let often = vec![(FIRST, stood_still()); 40];
        check_due(
            &often,
            &[
                ("2026-01-06T07:59:59Z", Some(false)),
                ("2026-01-06T08:00:00Z", Some(true)),
            ],
        );
    }

    #[test]
    fn a_change_of_the_brand_is_tried_at_once_and_a_success_ends_it() {
        let theme = |brand: &str| {
            let brand = brand.to_owned();
            HouseEvent::ThemeSet(Theme {
                brand,
                ..Theme::default()
            })
        };
        check_due(&[(FIRST, stood_still()), (FIRST, theme("b"))], &[(FIRST, Some(true))]);
        check_due(
            &[(FIRST, stood_still()), (FIRST, theme("other"))],
            &[(FIRST, Some(false))],
        );
        let again = [(FIRST, stood_still()), (FIRST, theme("b")), (FIRST, stood_still())];
        check_due(&again, &[(FIRST, Some(false))]);
        let on = HouseEvent::WentOn { brand: "b".to_owned() };
        check_due(&[(FIRST, stood_still()), (FIRST, on)], &[(FIRST, None)]);
    }
}
