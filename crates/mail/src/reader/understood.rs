//! What a reading says, as values that go over a pipe and onto a page.
//!
//! Field names are those that `candor mail read --json` prints.

use serde::{Deserialize, Serialize};

/// How a message is understood.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Understood {
    /// Whether every encrypted part opened; absent if nothing was encrypted.
    pub decrypts: Option<bool>,
    /// Why something could not be read.
    pub error: Option<Trouble>,
    /// For whom it was encrypted, as key ids or fingerprints, if it did not open.
    pub key_ids: Vec<String>,
    /// The title: the protected one, if there is one.
    pub subject: String,
    /// Whether the title was inside the encryption, and must stay there.
    pub subject_is_protected: bool,
    /// Addresses in `From`, in lower case.
    pub from: Vec<String>,
    /// Addresses in `To` and `Cc`, in lower case.
    pub to: Vec<String>,
    /// When it says it was written, in Unix seconds.
    pub date: Option<i64>,
    /// Its own identifier, without brackets.
    pub message_id: Option<String>,
    /// The messages that it answers, the nearest last.
    pub references: Vec<String>,
    /// What it says. Of a message with a protected part, only what was in there.
    pub text: String,
    /// What stood outside of the protection.
    pub unprotected_text: Option<String>,
    /// What its HTML says, as text.
    pub html: Option<String>,
    /// Its files.
    pub attachments: Vec<Attachment>,
    /// What its signature is worth.
    pub signature: Signature,
    /// Fingerprint of the certificate that signed, if it is one.
    pub signer: Option<String>,
    /// Whether that certificate was known before, and not brought by the message itself.
    pub signer_is_known: Option<bool>,
    /// Whether that certificate carries the address in `From`.
    pub signer_matches_from: Option<bool>,
    /// Whether everything that was decrypted is signed inside of the encryption, by a key that carries the address in `From`. Else it may be
    /// somebody else's message to us, sent on by whoever holds it and cannot read it.
    pub proven: bool,
    /// What people should know before they believe it.
    pub warnings: Vec<Warning>,
    /// Whether it opens a case, unless it answers something that is known.
    pub opens_case: bool,
    /// Whether a machine sent it.
    pub auto: bool,
    /// Whether no machine may answer it (RFC 3834).
    pub must_not_answer: bool,
    /// Whether a filter before us says that it is spam.
    pub is_spam: bool,
    /// What our own mail exchanger found about where it came from (RFC 8601); of others nothing is believed.
    pub results: Option<String>,
    /// That a mail of ours did not arrive.
    pub bounce: Option<Bounce>,
    /// What it asks of an announce list.
    pub list: Option<ListCommand>,
    /// Fingerprint of the key in its `Autocrypt` field: to answer with, not yet verified.
    pub autocrypt_key: Option<String>,
    /// Fingerprint of the key attached, if it carries the sender's address: to answer with, not yet verified.
    pub attached_key: Option<String>,
    /// These keys, as they are kept.
    pub keys: Vec<Key>,
    /// Keys that its signatures name and that were not known beforehand, as fingerprints or key ids.
    pub unknown_signers: Vec<String>,
}

impl Understood {
    /// A message that nothing is known of, but that it came: it opens a case all the same.
    #[must_use]
    pub fn unread(trouble: Trouble) -> Self {
        Self {
            error: Some(trouble),
            opens_case: true,
            must_not_answer: true,
            ..Self::default()
        }
    }
}

/// Prints nothing of the content.
impl std::fmt::Debug for Understood {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Understood")
            .field("decrypts", &self.decrypts)
            .field("error", &self.error)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

/// A key that a message brought: what it proves of itself, and no more.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its fingerprint.
    pub fingerprint: String,
    /// The public key, armoured.
    pub public: String,
    /// Fingerprints of its parts that may sign.
    pub signers: Vec<String>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.fingerprint)
    }
}

/// A file in a message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// A name that is safe on every system.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its size.
    pub bytes: usize,
    /// What it says it is.
    pub media_type: String,
    /// Whether it was inside the protection.
    pub protected: bool,
}

impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Attachment({} bytes)", self.bytes)
    }
}

/// What the signature of a message is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signature {
    /// There is none.
    #[default]
    None,
    /// It fits, by a key at hand, and covers everything inside the protection.
    Good,
    /// Good ones, none of which covers everything.
    Partly,
    /// It does not count: something was changed, or the key could not sign then.
    Bad,
    /// By a key that is not at hand.
    Unknown,
}

/// Why something could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trouble {
    /// Encrypted for others.
    #[serde(rename = "no secret key")]
    NoSecretKey,
    /// The encrypted part ends in the middle.
    #[serde(rename = "truncated")]
    Truncated,
    /// The encrypted part was changed.
    #[serde(rename = "integrity")]
    Integrity,
    /// Nothing in the encrypted part would show a change.
    #[serde(rename = "no integrity protection")]
    NoIntegrity,
    /// The message, or what it becomes, is too large.
    #[serde(rename = "too large")]
    TooLarge,
    /// More layers of encryption and compression than allowed.
    #[serde(rename = "too deeply nested")]
    TooDeep,
    /// Encrypted with a passphrase.
    #[serde(rename = "encrypted with a passphrase")]
    Passphrase,
    /// A form that is not read here.
    #[serde(rename = "unsupported")]
    Unsupported,
    /// It looks encrypted and does not parse.
    #[serde(rename = "malformed")]
    Malformed,
    /// Encrypted by S/MIME.
    #[serde(rename = "S/MIME")]
    Smime,
    /// The process that read it ended without an answer.
    #[serde(rename = "could not be read")]
    CouldNotBeRead,
}

impl Trouble {
    /// The class of it, as it is shown.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoSecretKey => "no secret key",
            Self::Truncated => "truncated",
            Self::Integrity => "integrity",
            Self::NoIntegrity => "no integrity protection",
            Self::TooLarge => "too large",
            Self::TooDeep => "too deeply nested",
            Self::Passphrase => "encrypted with a passphrase",
            Self::Unsupported => "unsupported",
            Self::Malformed => "malformed",
            Self::Smime => "S/MIME",
            Self::CouldNotBeRead => "could not be read",
        }
    }
}

/// What people should know before they believe a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Warning {
    /// The key of ours has expired, is revoked or replaced.
    #[serde(rename = "encrypted to a retired key")]
    RetiredKey,
    /// Text or files stand outside of the protected part.
    #[serde(rename = "parts outside of the protection")]
    Outside,
    /// No key signed all of what was inside the protection.
    #[serde(rename = "only a part is signed")]
    PartlySigned,
    /// A good signature by a key without the sender's address.
    #[serde(rename = "signed by a key that does not carry the sender's address")]
    OtherSigner,
    /// A good signature by a key that only the message itself brought.
    #[serde(rename = "signed by a key that came with the message")]
    BroughtSigner,
    /// A signature that does not count.
    #[serde(rename = "a signature does not count")]
    BadSignature,
    /// More than one `From`, or several addresses in it.
    #[serde(rename = "more than one From")]
    SeveralFrom,
    /// No address in `From`.
    #[serde(rename = "no From")]
    NoFrom,
    /// A name beside the address that is another address.
    #[serde(rename = "the sender's name is another address")]
    NameIsAddress,
    /// More than one `Subject`.
    #[serde(rename = "more than one Subject")]
    SeveralSubjects,
    /// The sender inside the protection is another one.
    #[serde(rename = "the sender inside differs from the one outside")]
    OtherFromInside,
    /// No date, or none that can be.
    #[serde(rename = "no valid date")]
    Date,
    /// Parts that lie too deep are not read.
    #[serde(rename = "too deeply nested")]
    TooDeep,
    /// More parts than are read.
    #[serde(rename = "too many parts")]
    TooManyParts,
    /// More or longer header fields than are read.
    #[serde(rename = "too long headers")]
    LongHeaders,
    /// More bytes than are decoded.
    #[serde(rename = "too large")]
    TooLarge,
    /// A part whose boundaries, encoding or charset are broken was read as well as it goes.
    #[serde(rename = "malformed MIME")]
    Malformed,
    /// The file's name was changed to a safe one.
    #[serde(rename = "an attachment was renamed")]
    Renamed,
    /// A file holds a secret key.
    #[serde(rename = "a secret key is attached")]
    SecretKey,
    /// The attached key has another address than the sender's.
    #[serde(rename = "the attached key does not carry the sender's address")]
    OtherKey,
    /// Several keys with the sender's address are attached, so none is taken.
    #[serde(rename = "more than one key is attached")]
    SeveralKeys,
    /// A key that came along says too much of itself, or does not read back.
    #[serde(rename = "a key that came along is not kept")]
    KeyNotKept,
    /// An S/MIME signature, which is not checked here.
    #[serde(rename = "an S/MIME signature is not checked")]
    SmimeSignature,
    /// From an address of ours.
    #[serde(rename = "from our own address")]
    Own,
    /// It has gone round.
    #[serde(rename = "a mail loop")]
    Loop,
}

/// That a mail of ours did not arrive (RFC 3464).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounce {
    /// For whom it was.
    pub recipient: String,
    /// What happened to it, such as `failed`.
    pub action: String,
    /// Why, such as `5.1.1`.
    pub status: String,
    /// Whether it will never arrive.
    pub hard: bool,
}

/// What a mail asks of an announce list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListCommand {
    /// `subscribe`, `unsubscribe`, `confirm` or `help`.
    pub action: String,
    /// For whom.
    pub address: String,
    /// What follows from the mail alone.
    pub state: String,
}
