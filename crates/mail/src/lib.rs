//! Mail: how it comes in over a wire, and what it means.
//!
//! [`reader`] says what a message says and how far it can be believed; [`smtp`] holds the conversation in which another program hands one
//! over; [`Identity`] knows the same message again. All are pure: no files, no network, no clock. They decide nothing about cases, and
//! answer no reporter.

mod identity;
pub mod reader;
pub mod smtp;

pub use identity::Identity;
