//! Clocks: what a policy promises, as it applies to one case at one instant.
//!
//! Never stores a date: every due date is computed from the history (law 4).

pub mod calendar;
mod end;
mod ending;
mod engine;
pub mod facts;
mod fold;
pub mod length;
pub mod obligation;
pub mod proof;
pub mod report;
mod rescore;
pub mod simulate;
mod start;
mod state;
pub mod timeline;

pub use end::DueProof;
pub use ending::{Ending, fixed_by_bill};
pub(crate) use fold::{retracted, retractions};
pub use obligation::{Calendars, Obligation, Proof, State, governing, groups, obligations};
pub use start::StartProof;

#[cfg(test)]
pub(crate) mod tests;
