//! Mail: how it comes in over a wire, what it means, and how ours is written and handed on.
//!
//! [`reader`] says what a message says and how far it can be believed; [`smtp`] holds the conversations in which messages are handed over, to
//! us and by us; [`imap`] reads what the
//! server of a mailbox says; [`Identity`] knows the same message again; [`out`] writes letters of ours. All are pure: no files, no network, no clock. They
//! decide nothing about cases, and nobody's address comes from here.

mod identity;
pub mod imap;
pub mod out;
pub mod reader;
pub mod smtp;

pub use identity::Identity;
