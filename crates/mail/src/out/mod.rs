//! Mail of ours: what a letter says, and how it is written as a message.
//!
//! Owns the words ([`letters`], [`templates`]) and the form ([`message`]). What is confidential is one value that only an encrypted message takes. Never
//! decides who is written to, and never sends: [`crate::smtp::Handing`] holds that conversation.

mod encoding;
pub mod letters;
mod message;
pub mod templates;

pub use message::{Draft, Protection, WriteError, write};
