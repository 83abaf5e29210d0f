//! The block kinds, one file each: the value, its parse, its checks, its sentence.
//!
//! Never holds what concerns several kinds at once: that is `policy::check`.

pub mod access;
pub mod bands;
pub(super) mod calendar;
pub mod define;
pub mod gate;
pub mod intake;
pub mod list;
pub mod notice;
pub mod priority;
pub mod promise;
pub mod publish;
pub mod reading;
pub mod scope;
pub mod vocabulary;

use super::{
    Policy,
    fact::When,
    fields::{Fields, Names},
    finding::Findings,
    phrase::Words,
    tree::Table,
    word::words,
};

words! {
    /// What a block is.
    BlockKind {
        /// A clock.
        Promise = "promise",
        /// A decided ambiguity.
        Reading = "reading",
        /// Score to band.
        Bands = "bands",
        /// A question of triage.
        Scope = "scope",
        /// A judged fact.
        Define = "define",
        /// What a report should hold.
        Intake = "intake",
        /// A text that is accepted by version.
        Notice = "notice",
        /// A refusal before an action.
        Gate = "gate",
        /// A vehicle of publication.
        Publish = "publish",
        /// The announce list.
        List = "list",
        /// Who may see.
        Access = "access",
        /// Work list and defect.
        Priority = "priority",
        /// Closed terms.
        Vocabulary = "vocabulary",
        /// Working time.
        Calendar = "calendar",
    }
}

impl BlockKind {
    /// The keys of its blocks.
    #[must_use]
    pub const fn keys(self) -> &'static [&'static str] {
        match self {
            BlockKind::Promise => promise::KEYS,
            BlockKind::Reading => reading::KEYS,
            BlockKind::Bands => bands::KEYS,
            BlockKind::Scope => scope::KEYS,
            BlockKind::Define => define::KEYS,
            BlockKind::Intake => intake::KEYS,
            BlockKind::Notice => notice::KEYS,
            BlockKind::Gate => gate::KEYS,
            BlockKind::Publish => publish::KEYS,
            BlockKind::List => list::KEYS,
            BlockKind::Access => access::KEYS,
            BlockKind::Priority => priority::KEYS,
            BlockKind::Vocabulary => vocabulary::KEYS,
            BlockKind::Calendar => calendar::KEYS,
        }
    }

    /// Whether its blocks are named from elsewhere, so that the author must give the id.
    #[must_use]
    pub const fn needs_id(self) -> bool {
        matches!(
            self,
            BlockKind::Promise
                | BlockKind::Reading
                | BlockKind::Bands
                | BlockKind::Define
                | BlockKind::Gate
                | BlockKind::Vocabulary
                | BlockKind::Calendar
        )
    }
}

/// What every block carries.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// Unique in the file: the author's, or `<kind>-<clause>`.
    pub(super) id: String,
    /// The number of the clause under which it stands.
    pub(super) clause: String,
    /// Line of the block's first line.
    pub(super) line: u32,
}

/// A block as it stands in the file, with what readings have set in it.
#[derive(Clone, Debug)]
pub(super) struct RawBlock {
    pub(super) kind: BlockKind,
    pub(super) head: Head,
    /// Of its opening line.
    pub(super) at: usize,
    pub(super) table: Table,
    /// Ids of the readings that set one of its keys, whatever was chosen.
    pub(super) readings: Vec<String>,
}

impl RawBlock {
    /// Where a message about a key points: the key, or else the block.
    pub(super) fn key_at(&self, key: &str) -> usize {
        self.table.entry(key).map_or(self.at, |entry| entry.key_at)
    }

    /// Where a message about a value points: the value, or else the block.
    pub(super) fn value_at(&self, key: &str) -> usize {
        self.table.get(key).map_or(self.at, |node| node.at)
    }

    /// Interprets the block and puts it into the policy.
    pub(super) fn read_into(&self, policy: &mut Policy, names: &Names, findings: &mut Findings<'_>) {
        let mut fields = Fields {
            what: self.kind.name(),
            at: self.at,
            table: &self.table,
            names,
            findings,
        };
        fields.only(self.kind.keys());
        let (fields, head) = (&mut fields, self.head.clone());
        match self.kind {
            BlockKind::Promise => {
                let promise = promise::read(head, fields).map(|promise| promise.named_by(&self.readings));
                policy.promises.extend(promise);
            }
            BlockKind::Reading => policy.readings.extend(reading::read(head, fields)),
            BlockKind::Bands => policy.bands = policy.bands.take().or(bands::read(head, fields)),
            BlockKind::Scope => policy.scopes.extend(scope::read(head, fields)),
            BlockKind::Define => policy.defines.extend(define::read(head, fields)),
            BlockKind::Intake => policy.intakes.extend(intake::read(head, fields)),
            BlockKind::Notice => policy.notices.extend(notice::read(head, fields)),
            BlockKind::Gate => policy.gates.extend(gate::read(head, fields)),
            BlockKind::Publish => policy.publishes.extend(publish::read(head, fields)),
            BlockKind::List => policy.lists.extend(list::read(head, fields)),
            BlockKind::Access => policy.accesses.extend(access::read(head, fields)),
            BlockKind::Priority => policy.priorities.extend(priority::read(head, fields)),
            BlockKind::Vocabulary => policy.vocabularies.extend(vocabulary::read(head, fields)),
            BlockKind::Calendar => policy.calendars.extend(calendar::read(head, fields)),
        }
    }
}

impl BlockKind {
    pub(super) fn name(self) -> &'static str {
        super::word::Word::word(self)
    }
}

/// `for a vulnerability of band high, `, or nothing where the rule always holds.
pub(super) fn scope_of(when: &When, words: Words<'_>) -> String {
    if Words::everything(when) {
        String::new()
    } else {
        format!("for {}, ", words.which(when))
    }
}
