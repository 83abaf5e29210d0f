//! Release notes: what the record gives for them, and that they were published.
//!
//! Owns how much an entry may say. Never publishes the notes: they come with their release.

use super::outbox::RECORD_WITHIN;
use super::sealed::{self, Own, names};
use super::{brand_named, find_advisory};
use crate::Casework;
use crate::act::find_case;
use crate::actions;
use crate::actor::Actor;
use crate::error::ActError;
use crate::permit::permit;
use documents::place;
use documents::release_note::{Detail, ReleaseNote, entries};
use jiff::Timestamp;
use psirt::advisory::{AdvisoryState, Follow, Stage, Vulnerability};
use psirt::board::{Board, Case};
use psirt::case::merge::standing;
use psirt::case::refuse::Refusal;
use psirt::clock::facts::Mark;
use psirt::event::{CreditChoice, Entry, Event, Kind};

impl Casework {
    /// The entries that release notes take from an advisory: one for each line that is fixed. What the policy tells in release notes is there
    /// in full; what it tells in an advisory is neutral until that is out.
    ///
    /// # Errors
    /// [`ActError::NotFound`], [`ActError::NotPermitted`].
    pub fn release_notes(&self, actor: &Actor, id: &str) -> Result<Vec<ReleaseNote>, ActError> {
        self.may_read(actor)?;
        let board = self.board();
        let (_, state) = find_advisory(&board, id)?;
        notes_of(&board, state)
    }

    /// The entries of one release of a product line, from every advisory that says it fixes something, in the order of their numbers.
    ///
    /// # Errors
    /// [`ActError::NotFound`] for an unknown line; [`ActError::NotPermitted`].
    pub fn release_notes_of(&self, actor: &Actor, product: &str, version: &str) -> Result<Vec<ReleaseNote>, ActError> {
        self.may_read(actor)?;
        let board = self.board();
        if !board.house.products.contains_key(product) {
            return Err(ActError::NotFound("product line"));
        }
        let mut states: Vec<&AdvisoryState> = board.advisories.values().collect();
        states.retain(|state| state.stage != Stage::Withdrawn);
        states.sort_by_key(|state| &state.draft.number);
        let mut notes = Vec::new();
        for state in states {
            let of_release = notes_of(&board, state)?.into_iter();
            notes.extend(of_release.filter(|note| note.product == product && note.version.as_deref() == Some(version)));
        }
        Ok(notes)
    }

    /// Records that release notes tell of a fix, with their text as a note of the team.
    ///
    /// # Errors
    /// As [`Casework::act`]; [`ActError::Refused`] for a text with a word that is sealed: the number, the CVE id or a reporter of a case that
    /// is not public; and for one person who names the CVE id or the title of the case itself while a hold or an embargo keeps it.
    pub async fn publish_release_note(
        &self,
        actor: &Actor,
        case: &str,
        product: &str,
        version: &str,
        text: &str,
    ) -> Result<NotePublished, ActError> {
        let discloses = {
            let board = self.board();
            permit(&board.house, actor, &actions::PUBLISH_RELEASE_NOTE)?;
            let (stream, found) = find_case(&board, case)?;
            let agreed = found.view.credits.iter();
            let agreed = agreed.filter(|(_, choice, _)| *choice == CreditChoice::Yes);
            let agreed = agreed.filter_map(|(.., name)| name.clone()).collect();
            let own = Own {
                cases: [stream.as_str()].into(),
                agreed: &agreed,
            };
            if let Some(sealed) = sealed::words(&board, &own, text, self.now()).first() {
                return Err(Refusal::without_clause(sealed.message()).into());
            }
            let told = |mark: &Mark| mark.kind == Kind::AdvisoryPublished && mark.stands(self.now());
            let is_public = found.facts.marks.iter().any(told)
                || disclosed_by_note(found).is_some()
                || found.embargo.ended.is_some();
            let cve = found.view.cve.clone();
            cve.filter(|_| !is_public && names_own_cve(found, text))
        };
        let event = Event::ReleaseNotePublished {
            product: Some(product.to_owned()),
            version: Some(version.to_owned()),
        };
        let note = note_of(product, version, text);
        let done = self.act_with(actor, case, None, event, Some(note)).await?;
        Ok(NotePublished {
            seq: done.seq,
            discloses,
        })
    }
}

/// What release notes take from an advisory.
fn notes_of(board: &Board, state: &AdvisoryState) -> Result<Vec<ReleaseNote>, ActError> {
    let advisory = state.ordered.as_ref().filter(|_| state.on_disk).unwrap_or(&state.draft);
    let brand = brand_named(board, &advisory.brand)?;
    let out = state.on_disk && matches!(state.stage, Stage::Published | Stage::Superseded);
    let mut policies = board.house.policies.iter().rev();
    let policy = policies.find(|policy| policy.front.id == brand.policy);
    let detail = |vulnerability: &Vulnerability| {
        let band = vulnerability.band.as_ref().map(|band| band.id.as_str());
        let told_here = policy
            .zip(band)
            .is_some_and(|(policy, band)| policy.tells_in_release_notes(band));
        match (out, told_here) {
            (true, _) => Detail::Published(place::url(brand, &place::page(advisory))),
            (false, true) => Detail::Full,
            (false, false) => Detail::Neutral,
        }
    };
    Ok(entries(advisory, detail))
}

/// A release note that is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotePublished {
    /// The entry's number in the case.
    pub seq: u32,
    /// The CVE id that it names, where nothing public told of the case before: the note is a disclosure.
    pub discloses: Option<String>,
}

/// A CVE record that is owed because release notes named its id before anything else that is public did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordOwed {
    /// The number of the case.
    pub number: String,
    /// The id.
    pub cve: String,
    /// Since when everybody can read it.
    pub disclosed: Timestamp,
    /// By when the record is to be public (CNA rule 4.5.1.4).
    pub due: Timestamp,
}

/// The records that are owed for release notes, what is due first; not those that wait in the outbox, which have their own dates there.
#[must_use]
pub fn records_owed(board: &Board) -> Vec<RecordOwed> {
    let waits = |cve: &str| {
        let waiting = board.advisories.values().flat_map(|state| state.waiting_deliveries());
        waiting
            .into_iter()
            .any(|delivery| matches!(&delivery.follow, Follow::Cve(id) if id == cve))
    };
    let owed = board.open().filter_map(|(_, case)| {
        let (cve, disclosed) = owes_record(case)?;
        let due = disclosed.checked_add(RECORD_WITHIN).ok()?;
        (!waits(cve)).then(|| RecordOwed {
            number: case.number.clone(),
            cve: cve.to_owned(),
            disclosed,
            due,
        })
    });
    let mut owed: Vec<RecordOwed> = owed.collect();
    owed.sort_by_key(|owed| owed.due);
    owed
}

/// The CVE id whose record a case owes because release notes named it, and since when.
fn owes_record(case: &Case) -> Option<(&str, Timestamp)> {
    let is_told = || case.entries.iter().any(|entry| entry.event == Event::CvePublished {});
    disclosed_by_note(case).filter(|_| !is_told())
}

/// A case that owes a record is not closed by one person: nobody would be reminded of it any more.
///
/// # Errors
/// [`Refusal`], with the id and the way out.
pub(crate) fn refuse_to_forget(case: &Case, entry: &Entry) -> Result<(), Refusal> {
    match owes_record(case) {
        Some((cve, _)) if entry.event.kind() == Kind::Closed && entry.approved_by.is_none() => {
            Err(Refusal::without_clause(format!(
                "release notes named {cve}, and its record is not public: have it published, or close the case with a second person"
            )))
        }
        _ => Ok(()),
    }
}

/// The CVE id of a case that release notes named, and when, if no advisory of it was out by then.
pub(crate) fn disclosed_by_note(case: &Case) -> Option<(&str, Timestamp)> {
    let cve = case.view.cve.as_deref()?;
    let named = release_notes(case).into_iter().filter(|(_, text)| names(text, cve));
    let first = named.map(|(at, _)| at).min()?;
    let entries = standing(&case.entries);
    let is_advisory = |entry: &&Entry| matches!(entry.event, Event::AdvisoryPublished {});
    let published = entries.iter().find(is_advisory).map(|entry| entry.at);
    published
        .is_none_or(|published| first < published)
        .then_some((cve, first))
}

/// What release notes say of a case, each text with the instant at which they were published.
pub(super) fn release_notes(case: &Case) -> Vec<(Timestamp, String)> {
    let is_noted = |mark: &Mark| mark.kind == Kind::ReleaseNotePublished;
    if !case.facts.marks.iter().any(is_noted) {
        return Vec::new();
    }
    let entries = standing(&case.entries);
    let notes: Vec<&str> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Noted { text } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let mut texts = Vec::new();
    for entry in &entries {
        if let Event::ReleaseNotePublished {
            product: Some(product),
            version: Some(version),
        } = &entry.event
        {
            let begins = note_of(product, version, "");
            let theirs = notes.iter().filter_map(|note| note.strip_prefix(&begins));
            texts.extend(theirs.map(|text| (entry.at, text.to_owned())));
        }
    }
    texts
}

/// How the text of release notes stands among the notes of the team.
fn note_of(product: &str, version: &str, text: &str) -> String {
    format!("Release note of {product} {version}: {text}")
}

/// Whether a text names the CVE id of the case itself.
fn names_own_cve(case: &Case, text: &str) -> bool {
    case.view.cve.as_deref().is_some_and(|id| names(text, id))
}
