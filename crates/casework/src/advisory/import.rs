//! Bringing a vendor's published advisories along: documents become advisories with their own numbers, dates and versions.
//!
//! Owns the order: everything is understood and judged before anything is written, and what is written is one batch, so that nothing is half
//! imported. The bytes and the signature of a document are kept as they are and never made again; whoever hands them over has verified the
//! signature. Never overwrites: a document that is known with other bytes is told as a difference.

use super::text_key;
use crate::Casework;
use crate::actions::{Action, IMPORT_ADVISORIES};
use crate::actor::{Actor, shown};
use crate::error::ActError;
use crate::house::line_of_text;
use crate::past::Extent;
use crate::permit::permit;
use crate::plan::{Committed, Plan};
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::advisory::{Advisory, AdvisoryEvent, Version};
use psirt::body::What;
use psirt::house::Brand;
use std::collections::BTreeSet;
use std::io::Cursor;
use store::{NumberOf, PutError, StoreError, StreamId};

/// Findings of the gate that a row names.
const MAX_NAMED: usize = 5;

/// A document with its signature.
#[derive(Clone, Debug)]
pub struct AdvisoryFile {
    /// The file's name.
    pub name: String,
    /// The document.
    pub json: Vec<u8>,
    /// SHA-256 of it, in lower-case hexadecimal digits.
    pub sha256: String,
    /// Its detached signature, armoured: it was verified.
    pub signature: String,
    /// The armoured public key of the signature, where it is not the brand's own.
    pub key: Option<String>,
}

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedAdvisories {
    /// One row for each document, in their order.
    pub rows: Vec<AdvisoryRow>,
    /// How many were written.
    pub written: usize,
}

/// What came of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvisoryRow {
    /// The file.
    pub file: String,
    /// The document's number; empty where it was not understood.
    pub number: String,
    /// What only the document says.
    pub kept: Vec<String>,
    /// What came of it.
    pub fate: AdvisoryFate,
}

/// What came of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdvisoryFate {
    /// It is good, and was not written.
    Good,
    /// It is an advisory with this id now.
    Written(String),
    /// It is an advisory with this id, and has the same bytes.
    Known(String),
    /// It cannot be brought along.
    Refused(Vec<String>),
}

impl ImportedAdvisories {
    /// How many documents were refused.
    #[must_use]
    pub fn refused(&self) -> usize {
        let refused = |row: &&AdvisoryRow| matches!(row.fate, AdvisoryFate::Refused(_));
        self.rows.iter().filter(refused).count()
    }
}

/// A document that was understood, before it is known whether it is written.
struct Read<'f> {
    file: &'f AdvisoryFile,
    understood: Result<(Advisory, Vec<String>), Vec<String>>,
}

/// Its bytes, sealed before the batch.
struct Sealed {
    stream: StreamId,
    version: Version,
}

impl Casework {
    /// Brings documents along that were published before, by two people once for all of them: what is written is one transaction. Blobs that
    /// were sealed for a batch that failed are orphans that nobody can read.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`]; [`ActError::Refused`] without a second person, but for a dry run; [`ActError::Invalid`] for a brand that is none, and for too
    /// many documents for one transaction; those of the store. Nothing was written then.
    pub async fn import_advisories(
        &self,
        actor: &Actor,
        brand: &str,
        source: &str,
        files: &[AdvisoryFile],
        extent: Extent,
    ) -> Result<ImportedAdvisories, ActError> {
        let source = line_of_text("where the advisories come from", source)?;
        self.refresh().await?;
        let (brand, policy) = {
            let board = self.board();
            // To look at what would come along is one person's.
            let asked = Action {
                two_people: IMPORT_ADVISORIES.two_people && extent != Extent::DryRun,
                ..IMPORT_ADVISORIES
            };
            permit(&board.house, actor, &asked)?;
            let brand = super::brand_named(&board, brand)?.clone();
            let adopted = board.house.policies.iter().rev();
            let policy = adopted
                .map(|policy| &policy.front)
                .find(|front| front.id == brand.policy);
            let version = policy.map_or_else(|| "-".to_owned(), |front| front.version.clone());
            let id = if brand.policy.is_empty() { "-" } else { &brand.policy };
            (brand.clone(), (id.to_owned(), version))
        };
        let reads: Vec<Read<'_>> = files.iter().map(|file| read(file, &brand, &policy)).collect();
        let first = judged(&self.replica(), &reads);
        if !extent.writes_beside(first.refused()) || first.rows.iter().all(|row| row.fate != AdvisoryFate::Good) {
            return Ok(first);
        }
        let mut sealed: Vec<Option<Sealed>> = Vec::with_capacity(reads.len());
        for (read, row) in reads.iter().zip(&first.rows) {
            sealed.push(match (&read.understood, &row.fate) {
                (Ok((advisory, _)), AdvisoryFate::Good) => Some(self.seal(read.file, advisory).await?),
                _ => None,
            });
        }
        let decide = |replica: &Replica, _: Timestamp| {
            permit(&replica.board.house, actor, &IMPORT_ADVISORIES)?;
            // Judged anew on every board: a number may be taken since.
            let mut imported = judged(replica, &reads);
            let mut plan = Plan::by(actor);
            if !extent.writes_beside(imported.refused()) {
                return Ok((plan, imported));
            }
            for ((read, row), sealed) in reads.iter().zip(&mut imported.rows).zip(&sealed) {
                if let (Ok((advisory, _)), AdvisoryFate::Good, Some(sealed)) = (&read.understood, &row.fate, sealed) {
                    push(&mut plan, read.file, advisory, sealed, &source)?;
                    row.fate = AdvisoryFate::Written(sealed.stream.to_string());
                    imported.written += 1;
                }
            }
            Ok((plan, imported))
        };
        match self.commit(decide).await {
            Ok(Committed::Recorded(imported, _)) => Ok(imported),
            Ok(Committed::Repeated(_) | Committed::Forgotten) => Err(ActError::invalid("this import was done before")),
            Err(ActError::Store(StoreError::TooLarge { what, found, limit })) => Err(ActError::invalid(format!(
                "these are too many documents for one transaction: {what} would be {found}, and at most {limit} fit; divide them"
            ))),
            Err(error) => Err(error),
        }
    }

    async fn seal(&self, file: &AdvisoryFile, advisory: &Advisory) -> Result<Sealed, ActError> {
        let stream = self.draw_advisory(&self.replica())?;
        let revision = last_revision(advisory);
        let key = text_key(&stream, revision)?;
        let blob = self.store().put_blob(&key, Cursor::new(file.json.clone())).await;
        let blob = blob.map_err(|error| match error {
            PutError::Store(error) => ActError::from(error),
            PutError::Source(_) => ActError::invalid("the document could not be read"),
        })?;
        let version = Version {
            revision,
            blob: blob.id.as_str().to_owned(),
            bytes: blob.size,
            sha256: blob.sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
            signature: file.signature.clone(),
            accepted: Vec::new(),
        };
        Ok(Sealed { stream, version })
    }
}

fn last_revision(advisory: &Advisory) -> u32 {
    advisory.revisions.last().map_or(1, |revision| revision.number)
}

/// It happened when its version was published; that we learned of it now is the entry's other time.
fn push(
    plan: &mut Plan,
    file: &AdvisoryFile,
    advisory: &Advisory,
    sealed: &Sealed,
    source: &str,
) -> Result<(), ActError> {
    let Sealed { stream, version } = sealed;
    let at = advisory
        .revisions
        .last()
        .map_or(Timestamp::UNIX_EPOCH, |revision| revision.at);
    let imported = AdvisoryEvent::Imported {
        advisory: Box::new(advisory.clone()),
        source: format!("{source}: {}", file.name),
        key: file.key.clone(),
    };
    super::push_text(plan, stream, version.revision, at, imported)?;
    plan.push(stream, at, What::Advisory(AdvisoryEvent::BytesFixed(version.clone())));
    plan.numbers.push(NumberOf {
        number: store::Number::new(advisory.number.as_str())?,
        stream: stream.clone(),
    });
    Ok(())
}

/// Judges a document by all tests of CSAF, understands it, and asks whether every other format can be made of it.
fn read<'f>(file: &'f AdvisoryFile, brand: &Brand, policy: &(String, String)) -> Read<'f> {
    let understood = understood(file, brand, policy);
    Read { file, understood }
}

fn understood(
    file: &AdvisoryFile,
    brand: &Brand,
    policy: &(String, String),
) -> Result<(Advisory, Vec<String>), Vec<String>> {
    let judgement = gate::judge(&file.json);
    if !judgement.passes() {
        let findings = judgement
            .findings
            .iter()
            .filter(|finding| finding.class <= gate::Class::Mandatory);
        let named = findings
            .take(MAX_NAMED)
            .map(|finding| format!("CSAF test {} at `{}`: {}", finding.test, finding.path, finding.message));
        let not_run = judgement
            .not_run
            .iter()
            .filter(|test| test.class <= gate::Class::Mandatory);
        let named = named.chain(
            not_run
                .take(1)
                .map(|test| format!("CSAF test {} could not be run: {}", test.test, test.why)),
        );
        return Err(named.collect());
    }
    let mut understood = documents::csaf::read(&file.json)?;
    if understood.namespace != brand.namespace {
        return Err(vec![format!(
            "its publisher is {}, and the brand `{}` is {}: a document is brought along by the brand that published it",
            shown(&understood.namespace),
            brand.id,
            brand.namespace
        )]);
    }
    understood.advisory.brand.clone_from(&brand.id);
    understood.advisory.policy.clone_from(policy);
    let named = documents::csaf::file_name(&understood.advisory.number);
    if named != file.name {
        return Err(vec![format!(
            "its file is called {named} by its tracking id, not {}",
            shown(&file.name)
        )]);
    }
    documents::problem::check(&understood.advisory, brand).map_err(|problems| {
        problems
            .iter()
            .take(MAX_NAMED)
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    })?;
    Ok((understood.advisory, understood.kept))
}

/// What would come of every document.
fn judged(replica: &Replica, reads: &[Read<'_>]) -> ImportedAdvisories {
    let board = &replica.board;
    let mut names = BTreeSet::new();
    let rows = reads.iter().map(|read| {
        let (number, kept, fate) = match &read.understood {
            Err(why) => (String::new(), Vec::new(), AdvisoryFate::Refused(why.clone())),
            Ok((advisory, kept)) => {
                // Two numbers that give one file name cannot both be published.
                let twice = !names.insert(documents::csaf::file_name(&advisory.number));
                let fate = if twice {
                    AdvisoryFate::Refused(vec!["its number is given twice in these files".to_owned()])
                } else {
                    fate(board, advisory, &read.file.sha256)
                };
                (advisory.number.clone(), kept.clone(), fate)
            }
        };
        let file = read.file.name.clone();
        AdvisoryRow {
            file,
            number,
            kept,
            fate,
        }
    });
    ImportedAdvisories {
        rows: rows.collect(),
        written: 0,
    }
}

fn fate(board: &psirt::board::Board, advisory: &Advisory, sha256: &str) -> AdvisoryFate {
    let file = documents::csaf::file_name(&advisory.number);
    let named = |number: &str| documents::csaf::file_name(number) == file;
    let known = board.advisories.iter().find(|(_, state)| {
        let ordered = state.ordered.as_ref().is_some_and(|ordered| named(&ordered.number));
        ordered || named(&state.draft.number) || state.tombstones.iter().any(|gone| named(&gone.number))
    });
    let Some((id, state)) = known else {
        return AdvisoryFate::Good;
    };
    if state.fixed().is_some_and(|version| version.sha256 == sha256) {
        return AdvisoryFate::Known(id.clone());
    }
    AdvisoryFate::Refused(vec![format!(
        "its number is that of another document here, {id}; nothing is overwritten"
    )])
}
