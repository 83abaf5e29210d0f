//! How a message is understood.
//!
//! Owns the order of the questions: what shape it has, what opens, who signed, what is text and what a file, whether a person wrote it. A
//! part that was encrypted is never joined to one that was not, HTML becomes text, nothing is fetched, and the title inside the
//! encryption stays inside: what is made of it is for `casework` to say.

mod automatic;
mod decode;
mod gathered;
mod header;
mod html;
mod inline;
mod keys;
mod limits;
mod name;
mod tnef;
mod tree;
mod understood;
mod walk;

#[cfg(test)]
mod tests;

pub use keys::kept;
pub use limits::Limits;
pub use understood::{Attachment, Bounce, Key, ListCommand, Signature, Trouble, Understood, Warning};

use openpgp::{Certificate, SigningKey};

/// With what a message is read.
#[derive(Clone, Copy, Debug)]
pub struct Means<'m> {
    /// Secret keys of ours, old ones too.
    pub keys: &'m [SigningKey],
    /// Certificates by which signatures are judged.
    pub known: &'m [Certificate],
    /// Addresses under which we receive.
    pub addresses: &'m [String],
    /// For whom the message was, as its envelope says; empty where no envelope is known.
    pub recipients: &'m [String],
    /// Addresses of our announce lists.
    pub lists: &'m [String],
    /// Names under which our own mail exchanger says what it found (RFC 8601).
    pub hosts: &'m [String],
    /// The present time in Unix seconds: keys end, signatures come from the future.
    pub now: i64,
}

/// What was understood, with the bytes of each attachment in their order.
#[derive(Clone)]
pub struct Reading {
    /// What it says.
    pub understood: Understood,
    /// The files.
    pub contents: Vec<Vec<u8>>,
}

/// Reads one message as it arrived. Whatever it holds, this ends, and says what it could not understand.
#[must_use]
pub fn read(message: &[u8], means: &Means<'_>, limits: &Limits) -> Reading {
    if message.len() > limits.message_bytes {
        return walk::outside(message, means, limits, Trouble::TooLarge).into_reading(means, false);
    }
    let mut gathered = walk::walk(message, means, means.known, limits);
    // A signature by a key that came along can be checked too; it only says that both come from the same hand. A key at hand may be older
    // than the one that came along, and without what its owner said of it since.
    let brought = gathered.brought();
    let unknown = gathered.unknown_signers();
    let mut from_message = false;
    if gathered.has_doubtful_signer() && !brought.is_empty() {
        let known: Vec<Certificate> = means.known.iter().cloned().chain(brought).collect();
        gathered = walk::walk(message, means, &known, limits);
        from_message = true;
    }
    gathered.note_unknown(unknown);
    gathered.into_reading(means, from_message)
}

impl From<Understood> for Reading {
    fn from(understood: Understood) -> Self {
        Self {
            understood,
            contents: Vec::new(),
        }
    }
}
