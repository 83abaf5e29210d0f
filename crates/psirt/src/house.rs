//! What the vendor decides outside of cases: brands, products, policies, people.
//!
//! Owns the events of those streams and their fold. Never holds what the machine needs: that is `candor.toml`.

pub mod book;
mod brand;
pub mod dispatch;
pub mod key;
pub mod machine;
pub mod mail;

pub use brand::{Aggregators, Brand, Cna};

use crate::advisory::{Audience, Tlp, Wording};
use crate::board::RoomLock;
use crate::event::Entry;
use crate::promises::KeptPromises;
use crate::story::{Deployment, ProductLine};
use crate::version::VersionScheme;
use book::GivenKey;
use dispatch::DispatchEvent;
use jiff::{Timestamp, civil};
use key::{AddedKey, KeyReason};
use machine::MachineToken;
use mail::{Envelope, Letter, Sorted};
use serde::{Deserialize, Serialize};

/// A product line of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Its name, unique in the house.
    pub name: String,
    /// The brand that sells it.
    pub brand: String,
    /// How it runs: `on-prem` or `saas`.
    pub deployment: String,
    /// Where it is sold.
    pub market: Vec<String>,
    /// The last day of its support.
    #[serde(default)]
    pub supported_until: Option<civil::Date>,
    /// How its versions are ordered.
    #[serde(default, skip_serializing_if = "VersionScheme::is_default")]
    pub version_scheme: VersionScheme,
}

impl Product {
    /// As a line of a story.
    #[must_use]
    pub fn line(&self) -> ProductLine {
        ProductLine {
            deployment: Deployment::from_name(&self.deployment),
            brand: Some(self.brand.clone()),
            market: self.market.clone(),
            supported_until: self.supported_until,
            ..ProductLine::named(&self.name)
        }
    }
}

/// Somebody who works at the desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// A short name, unique in the house.
    pub id: String,
    /// As it is shown.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// What somebody may do. An administrator reads no case content (law 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Works on cases.
    Analyst,
    /// Decides, approves, publishes.
    Lead,
    /// Manages brands, people and keys.
    Administrator,
    /// Reads journals and proofs.
    Auditor,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 4] = [Role::Analyst, Role::Lead, Role::Administrator, Role::Auditor];

    /// The word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Role::Analyst => "analyst",
            Role::Lead => "lead",
            Role::Administrator => "administrator",
            Role::Auditor => "auditor",
        }
    }
}

/// Somebody who reads what is not public: a customer, a partner, a CERT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// Lower-case words joined by `-`, unique in the house.
    pub id: String,
    /// As documents name it.
    pub name: String,
    /// The brand whose advisories it reads.
    pub brand: String,
    /// Up to which level, if to any.
    pub tlp: Option<Tlp>,
    /// Whether advisories may be released to it alone.
    pub party: bool,
}

impl Customer {
    /// Whether it may read what is released to an audience.
    #[must_use]
    pub fn reads(&self, audience: &Audience) -> bool {
        match audience {
            Audience::Public => true,
            Audience::Tlp(level) => self.tlp.is_some_and(|most| *level <= most),
            Audience::Party(party) => self.party && *party == self.id,
        }
    }
}

/// What happens outside of cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HouseEvent {
    /// The house was opened.
    Opened {
        /// Its name.
        name: String,
    },
    /// A brand was created or changed.
    BrandSet(Brand),
    /// How a brand words its advisories.
    WordingSet {
        /// The brand.
        brand: String,
        /// All of it; what is empty is not said any more.
        wording: Box<Wording>,
    },
    /// A brand got a signing key, in journals from before keys had an end: since then `KeyAdded` says it.
    KeyMade {
        /// The brand.
        brand: String,
        /// The key's fingerprint, upper-case hexadecimal.
        fingerprint: String,
        /// The armoured public key.
        public: String,
        /// The secret key, base64. The event's body is sealed like every other.
        secret: String,
    },
    /// A line was added to the catalogue, or changed.
    ProductSet(Product),
    /// Something happened to a line: one of the events of the group *lines*.
    Line(Box<Entry>),
    /// What was recorded of a line was a mistake, and does not count.
    LineRetracted {
        /// The line.
        line: String,
        /// The place of the mistaken entry in the line's stream, from 1.
        seq: u32,
        /// Why.
        why: String,
    },
    /// A person was added, or changed.
    PersonSet(Person),
    /// A policy was adopted: two people, and its whole text.
    PolicyAdopted {
        /// Its id.
        id: String,
        /// Its version.
        version: String,
        /// The file.
        text: String,
        /// Readings that were chosen instead of the file's: pairs of a reading's id and an option.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        readings: Vec<(String, String)>,
    },
    /// A job failed until it was given up; a person must look.
    JobGivenUp {
        /// Its name.
        job: String,
        /// What it was to do.
        effect: String,
        /// How often it was tried.
        attempts: u64,
        /// What failed last, without any content.
        why: String,
    },
    /// A job that was given up is tried again.
    JobRevived {
        /// Its name.
        job: String,
    },
    /// A job that was given up is not tried again: somebody looked, and says why.
    JobDropped {
        /// Its name.
        job: String,
        /// Why.
        why: String,
    },
    /// A case was shredded by two people: its keys are destroyed after this.
    CaseShredded(Erasure),
    /// The identity of whoever sent reports was erased by two people: its keys are destroyed after this.
    PersonErased(Erasure),
    /// What reporters wrote and sent in cases with personal data has been kept for as long as the policy says: its keys are destroyed after this.
    OriginalsDestroyed(Erasure),
    /// A customer was added or changed.
    CustomerSet(Customer),
    /// A customer got a token. The token itself is nowhere.
    TokenMade {
        /// The customer.
        customer: String,
        /// Unique in the house; says nothing of the token.
        token: String,
        /// SHA-256 of the token, in lower-case hexadecimal digits.
        sha256: String,
        /// From then on it opens nothing.
        until: Timestamp,
    },
    /// A token opens nothing any more.
    TokenRevoked {
        /// The token's id.
        token: String,
    },
    /// A token was used on this day for the first time, in UTC.
    TokenUsed {
        /// The token's id.
        token: String,
        /// The day.
        day: civil::Date,
    },
    /// A machine that reports got a token. The token itself is nowhere.
    MachineTokenMade(Box<MachineToken>),
    /// A machine's token opens nothing any more.
    MachineTokenEnded {
        /// The token's id.
        token: String,
    },
    /// A mailbox was looked into for the first time: what it got before this day waits for a person.
    MailboxOpened {
        /// Whose it is, where, and which folder.
        mailbox: String,
        /// The day.
        since: civil::Date,
    },
    /// How promises were kept was released: the numbers that the portal shows.
    PromisesReleased(KeptPromises),
    /// A brand got a look of its own, or lost it.
    ThemeSet(Theme),
    /// A brand got a key that was made here or brought along.
    KeyAdded(Box<AddedKey>),
    /// A key says another end of itself, or its public half was brought along anew.
    KeyRenewed {
        /// The brand.
        brand: String,
        /// The key's fingerprint, upper-case hexadecimal.
        fingerprint: String,
        /// The armoured public key as it is now.
        public: String,
        /// Its end; none for ever.
        until: Option<Timestamp>,
    },
    /// A key is no longer used, and says so.
    KeyRevoked {
        /// The brand.
        brand: String,
        /// The key's fingerprint, upper-case hexadecimal.
        fingerprint: String,
        /// The armoured public key with its revocation.
        public: String,
        /// Why, as programs read it.
        reason: KeyReason,
        /// Why, as people read it. It is public.
        why: String,
    },
    /// The published documents of a brand are signed by its present key; each advisory says so of its versions in the same commit.
    SignaturesRenewed {
        /// The brand.
        brand: String,
        /// Fingerprints of the keys that had signed before.
        from: Vec<String>,
        /// The fingerprint of the key that has signed now.
        to: String,
        /// How many documents.
        documents: u64,
    },
    /// Nothing of a brand could be published, and what is public of it stays as it is; the others went out. It is tried again.
    StoodStill {
        /// The brand.
        brand: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// A brand that stood still is published again.
    WentOn {
        /// The brand.
        brand: String,
    },
    /// The `security.txt` of a brand whose key is on another machine, signed there.
    SecurityTxtSigned {
        /// The brand.
        brand: String,
        /// The signed text.
        text: String,
    },
}

/// How a brand's portal looks. What is in it was checked when it was set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Theme {
    /// The brand.
    pub brand: String,
    /// Tokens and their values, such as `accent` and `#00656b`, in the order of the file; none for the look that everybody has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<(String, String)>,
    /// The logo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<Logo>,
}

/// A brand's logo.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logo {
    /// `svg` or `png`.
    pub kind: String,
    /// The file, base64.
    pub base64: String,
}

/// What was erased. It names what is gone, and never what it said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Tracking numbers: of the case and its reports, or of the reports that somebody sent.
    pub numbers: Vec<String>,
    /// The streams whose content is gone, the reports that lost their sender, or the cases and reports that lost their originals.
    pub streams: Vec<String>,
    /// The keys that are destroyed.
    pub keys: Vec<String>,
    /// The legal reason.
    pub why: String,
    /// Where somebody who was erased is named. It is recorded, because what it follows from may be erased later. None in journals that are
    /// older than it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub named: Option<Vec<Named>>,
}

/// Entries of a case that name who sent a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The number of the report, which stands in the place of the name.
    pub number: String,
    /// The stream of the case.
    pub case: String,
    /// What the reporter is there: `external`, `customer`, `internal`, `machine`.
    pub kind: String,
    /// The entries, by their places in the stream.
    pub entries: Vec<u32>,
}

/// The bytes of a message as they arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raw {
    /// The blob that holds them.
    pub blob: String,
    /// How many.
    pub bytes: u64,
}

/// A report as it arrived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportEvent {
    /// It came in and got its number, in one commit.
    Arrived {
        /// Its tracking number.
        number: String,
        /// The brand whose address it came to.
        brand: String,
        /// How it came: `cli`, `mail`, later `form`, `api`.
        channel: String,
        /// Who sent it, in journals from before the arrival had a key of its own; else empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        from: String,
        /// What arrived, if there was a message: a case that was brought along from a tracker has none.
        raw: Option<Raw>,
        /// When.
        at: Timestamp,
    },
    /// Who sent it, sealed under the key of its arrival with its raw bytes, so that it can be erased while the case stays.
    Sender {
        /// As far as known.
        from: String,
    },
    /// It was read: a title and its text.
    Understood {
        /// A title.
        title: String,
        /// Its text.
        text: String,
    },
    /// It belongs to this case.
    Joined {
        /// The case's stream.
        case: String,
    },
    /// What was said beside a message, sealed under the key of its arrival.
    Envelope(Envelope),
    /// What a message, or a person who read it, says of its sender; sealed under the key of its arrival.
    Letter(Box<Letter>),
    /// What became of a message.
    Sorted(Box<Sorted>),
    /// A message that opened no case is a report after all.
    Released,
    /// Whoever sent it has a room: a page that opens by a secret. Sealed under the key of its arrival, and gone with it.
    RoomOpened(RoomLock),
    /// Whoever sent it opened their room, where something of ours stood that they had not seen there.
    RoomSeen,
    /// A portal handed it over: a machine of the house, which may ask how it stands. Sealed under the key of its arrival, and gone with it.
    HandedOver {
        /// The machine.
        machine: String,
        /// SHA-256 of what the portal sent, in lower-case hexadecimal digits.
        sha256: String,
    },
    /// The form showed these texts of a policy before it was sent.
    TermsShown(Terms),
    /// A person gave a key of whoever sent it; sealed under the key of its arrival.
    KeyGiven(Box<GivenKey>),
    /// A key that a person gave does not hold any more; sealed under the key of its arrival.
    KeyDropped {
        /// Its fingerprint.
        fingerprint: String,
    },
    /// Something happened to a letter of ours to whoever sent it.
    Dispatch {
        /// The letter, unique in this stream, from 1.
        id: u32,
        /// What happened.
        event: DispatchEvent,
    },
}

/// The texts of a policy that a form showed, each in its version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The policy's id.
    pub policy: String,
    /// Its version.
    pub version: String,
    /// The texts, in the order of the policy.
    pub notices: Vec<ShownNotice>,
}

/// A text that a form showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownNotice {
    /// The text's id.
    pub id: String,
    /// The clause that it stands under, without its sign.
    pub clause: String,
    /// The version of the text.
    pub version: String,
    /// Whether the reporter said that it holds for them; none if it asks nothing, or they did not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<bool>,
}
