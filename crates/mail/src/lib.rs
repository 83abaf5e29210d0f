//! Mail. For now its reading: bytes in, what they mean out.
//!
//! [`reader`] is pure: no files, no network, no clock, no state. It owns what a message says and how far it can be believed; it
//! decides nothing about cases, and answers nobody.

pub mod reader;
