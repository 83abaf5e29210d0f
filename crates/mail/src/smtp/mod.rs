//! Mail handed from one program to another: SMTP and LMTP as the receiving side (RFC 5321, RFC 2033), and SMTP as the sending one.
//!
//! Owns the conversation and where a message ends. Never relays, never opens a message, and says `250` only for what is stored.

mod body;
mod handing;
mod session;

pub use body::{Body, Fault, MAX_LINE_BYTES};
pub use handing::{Ask, Errand, Handed, Handing, Login, Security};
pub use session::{Dialect, Envelope, Outcome, Reply, Session, Step, Terms};
