//! Brands that stand still: the record that nothing of one can be published, and that it is published again.
//!
//! Owns both entries. Never decides: whoever publishes finds it out.

use crate::Casework;
use crate::actor::Actor;
use crate::error::ActError;
use crate::house::house_plan;
use crate::plan::{self, Plan};
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::house::HouseEvent;

impl Casework {
    /// Records that nothing of a brand could be published, with the reason and the way out.
    ///
    /// # Errors
    /// [`ActError::NotFound`] for a brand that is not there; those of the store.
    pub async fn stood_still(&self, brand: &str, why: &str) -> Result<(), ActError> {
        let stream = plan::stream("brand", brand)?;
        let record = |replica: &Replica, now: Timestamp| {
            plan::brand(replica, brand)?;
            let event = HouseEvent::StoodStill {
                brand: brand.to_owned(),
                why: why.to_owned(),
            };
            Ok((house_plan(&Actor::part("publisher"), &stream, now, event), ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Records that a brand is published again. Of one that did not stand still there is nothing to record.
    ///
    /// # Errors
    /// As [`Casework::stood_still`].
    pub async fn went_on(&self, brand: &str) -> Result<(), ActError> {
        let stream = plan::stream("brand", brand)?;
        let record = |replica: &Replica, now: Timestamp| {
            let publisher = Actor::part("publisher");
            if !replica.board.house.still.contains_key(brand) {
                return Ok((Plan::by(&publisher), ()));
            }
            let event = HouseEvent::WentOn {
                brand: brand.to_owned(),
            };
            Ok((house_plan(&publisher, &stream, now, event), ()))
        };
        self.record(record).await.map(|_| ())
    }
}
