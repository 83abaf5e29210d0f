//! A message that came by mail: what was said beside it, what its reading says of its sender, and what became of it.
//!
//! Owns these shapes and their fold. Who wrote it, and by which ways, is sealed with the arrival and goes with the sender; what became of
//! it stays. Never holds its text: that is the report's, or a message of the case.

use serde::{Deserialize, Serialize};

/// What was said about a message beside the message.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// Where failures are told: empty for what must not be answered; none where nothing was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// For whom it was, with the tags of addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// Whether it was in a mailbox before this house began to look into that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_earlier: bool,
}

/// A key that came with a message, or that a person gave: to answer with. Nobody has verified it by its coming.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SenderKey {
    /// Its fingerprint, upper-case hexadecimal.
    pub fingerprint: String,
    /// The armoured public key.
    pub public: String,
    /// How it came: `autocrypt` or `attached`, or by a person ([`super::book`]).
    pub origin: String,
    /// Fingerprints of its parts that may sign, as it proves itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signers: Vec<String>,
}

impl SenderKey {
    /// Whether a signature that names its maker so, by a fingerprint or a key id, may be by this key. One that could not sign when it came, such as
    /// an old copy of somebody's, would only speak against them.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        // A key id is the end of a fingerprint of version 4, and the beginning of one of version 6.
        self.signers.iter().any(|part| match (name.len(), part.len()) {
            (16, 40) => part.ends_with(name),
            (16, 64) => part.starts_with(name),
            _ => part == name,
        })
    }
}

/// What the reading of a message says of its sender.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Addresses in `From`. Anybody can write any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// Its own identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The certificate that signed it, if a signature is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// Whether that certificate came with an earlier message already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer_is_known: Option<bool>,
    /// Whether that certificate carries the address in `From`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer_matches_from: Option<bool>,
    /// Keys that it brought.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<SenderKey>,
    /// What our own mail exchanger found about where it came from (RFC 8601). Information, and no reason to drop anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub results: Option<String>,
    /// Whom a mail of ours did not reach, if it says that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undelivered: Option<String>,
}

/// Who wrote a message is not printed.
impl std::fmt::Debug for Letter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Letter({} keys)", self.keys.len())
    }
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Envelope({} recipients)", self.to.len())
    }
}

/// Why a message is held until a person has looked at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suspicion {
    /// A filter before us says that it is spam.
    Spam,
    /// It sells something.
    Sales,
    /// It asks for a reward and reports nothing.
    BountyBegging,
    /// It looks like a machine's, and reports something.
    Machine,
    /// It was in a mailbox before this house began to look into that.
    Earlier,
}

impl Suspicion {
    /// The words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Suspicion::Spam => "spam, says the mail server",
            Suspicion::Sales => "it sells something",
            Suspicion::BountyBegging => "it asks for a reward and reports nothing",
            Suspicion::Machine => "it came as a machine's or as our own, and reports something all the same",
            Suspicion::Earlier => "it was in the mailbox before this house began to read that",
        }
    }
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It is a report, and opened a case.
    Report,
    /// It goes on with what was written to us, or by us, about a report.
    Reply {
        /// The stream of that report.
        report: String,
    },
    /// It waits for a person: it is numbered, opens no case, and is not answered.
    Held {
        /// Why.
        why: Suspicion,
    },
    /// A machine wrote it.
    Automatic,
    /// A machine answered what we wrote about a report: its case has a note.
    AutoReply {
        /// The stream of that report.
        report: String,
    },
    /// A mail of ours did not arrive.
    Undelivered {
        /// Why, such as `5.1.1`.
        status: String,
        /// Whether it never will.
        hard: bool,
        /// The stream of the report that it was about, if it says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report: Option<String>,
    },
    /// Something is asked of an announce list.
    ListRequest {
        /// `subscribe`, `unsubscribe`, `confirm` or `help`.
        action: String,
    },
}

impl Fate {
    /// The word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Fate::Report => "report",
            Fate::Reply { .. } => "reply",
            Fate::Held { .. } => "held",
            Fate::Automatic | Fate::AutoReply { .. } => "automatic",
            Fate::Undelivered { .. } => "undelivered",
            Fate::ListRequest { .. } => "list-request",
        }
    }
}

/// How a message was understood, but for who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sorted {
    /// What became of it.
    pub fate: Fate,
    /// Whether every encrypted part opened; none if nothing was encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<bool>,
    /// Why something could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// What its signature is worth: `none`, `good`, `partly`, `bad`, `unknown`.
    pub signature: String,
    /// What people should know before they believe it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Whether a machine may answer it (RFC 3834).
    pub answerable: bool,
    /// Whether what was decrypted is surely its sender's own: signed inside by a key that carries their address, or a person said so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub proven: bool,
}

/// A message on the board.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mail {
    /// What was said beside it; none once its sender is erased.
    pub envelope: Option<Envelope>,
    /// What its reading says of its sender; none before, and once the sender is erased.
    pub letter: Option<Letter>,
    /// How it was understood; none before it was read.
    pub sorted: Option<Sorted>,
    /// Whether a person released it who had found that it is a report.
    pub released: bool,
}

impl Mail {
    /// What became of it, if that is known.
    #[must_use]
    pub fn fate(&self) -> Option<&Fate> {
        self.sorted.as_ref().map(|sorted| &sorted.fate)
    }

    /// Whether what it says may go back to whoever sent it. Anybody who holds the ciphertext of somebody else's report can send it to us as
    /// theirs, and would have it read to them.
    #[must_use]
    pub fn may_go_back(&self) -> bool {
        let sorted = self.sorted.as_ref();
        sorted.is_none_or(|sorted| sorted.opened.is_none() || sorted.proven)
    }

    /// Why it waits for a person; none if it does not.
    #[must_use]
    pub fn held(&self) -> Option<Suspicion> {
        match self.fate() {
            Some(Fate::Held { why }) if !self.released => Some(*why),
            _ => None,
        }
    }

    /// The report that it goes on with.
    #[must_use]
    pub fn answers(&self) -> Option<&str> {
        match self.fate() {
            Some(Fate::Reply { report }) => Some(report),
            _ => None,
        }
    }

    /// The report that it is about, whoever wrote it: what it says of people goes with whoever sent that.
    #[must_use]
    pub fn concerns(&self) -> Option<&str> {
        match self.fate() {
            Some(
                Fate::AutoReply { report }
                | Fate::Undelivered {
                    report: Some(report), ..
                },
            ) => Some(report),
            _ => self.answers(),
        }
    }

    /// Its sender is erased.
    pub fn forget_sender(&mut self) {
        self.envelope = None;
        self.letter = None;
    }
}
