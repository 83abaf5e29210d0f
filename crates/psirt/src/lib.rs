//! The domain of Candor, pure: policy, clocks, case and advisory as values and functions.
//!
//! Never does IO, never reads a clock, never draws randomness, never panics on its input. What time it is comes in as a value;
//! what is wrong goes out as a finding or a refusal.

pub mod advisory;
pub mod board;
pub mod body;
pub mod case;
#[cfg(test)]
mod clauses;
pub mod clock;
pub mod event;
pub mod finding;
pub mod house;
pub mod past;
pub mod policy;
pub mod promises;
pub mod story;
pub mod version;
