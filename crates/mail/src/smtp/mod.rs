//! Mail handed to us by another program: SMTP and LMTP as the receiving side (RFC 5321, RFC 2033).
//!
//! Owns the conversation and where a message ends. Never relays, never opens a message, and says `250` only for what is stored.

mod body;
mod session;

pub use body::{Body, Fault, MAX_LINE_BYTES};
pub use session::{Dialect, Envelope, Outcome, Reply, Session, Step, Terms};
