//! A case: the handling of one vulnerability, folded from its entries.
//!
//! Owns the desk's view, its phase, signals, embargo, and what is refused. Never decides a date: `clock` does.

pub mod discount;
pub mod early;
pub mod embargo;
pub mod guidance;
pub mod merge;
pub mod missing;
pub mod number;
pub mod phase;
pub mod refuse;
pub mod rescue;
pub mod signal;
pub mod silence;
pub mod told;
pub mod triage;
pub mod unwanted;
pub mod view;
pub mod vultron;

#[cfg(test)]
mod tests;
