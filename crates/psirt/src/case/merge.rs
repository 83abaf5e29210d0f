//! Merged and split cases: what of one case's history belongs to another one.
//!
//! Owns the gathering of a case's entries from the cases that it absorbed and from the one that it was split from. Never moves an entry:
//! each stays where it was recorded, so that retracting a merge or a split loses nothing.

use crate::clock::{retracted, retractions};
use crate::event::{Entry, Event, EventRef, Group, Kind};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Entries of other cases are numbered from here on, a million to each case, so that they meet neither the case's own places nor those of
/// its lines.
const OTHERS_FROM: u32 = 2_000_000;
/// Places of one other case.
const PLACES: u32 = 1_000_000;
/// Longest chain of merges and splits that is followed.
const MAX_DEPTH: usize = 32;

/// A case as it was recorded: its number and its own entries.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Its tracking number.
    pub number: &'a str,
    /// Its own entries, in the order of record.
    pub entries: &'a [Entry],
}

/// Where a case's entry is found: the case that recorded it, and its place there.
#[derive(Clone, Debug)]
struct Piece {
    source: String,
    seq: u32,
    entry: Entry,
    /// Whether it came by a case that was split off from one inside of which this is looked at: that one may have it itself.
    again: bool,
}

/// Every entry that a case's clocks see, but for those of its lines: its own, those of the cases that were merged into it, and those that
/// it keeps from the case it was split from; without what was split off from it.
#[must_use]
pub fn gather<'a>(own: Part<'a>, find: &dyn Fn(&str) -> Option<Part<'a>>) -> Vec<Entry> {
    let find = &|number: &str| own_or(own, number, find);
    let tied = |entry: &Entry| matches!(entry.event.kind(), Kind::Merged | Kind::SplitOff | Kind::SplitFrom);
    if !own.entries.iter().any(tied) {
        return own.entries.to_vec();
    }
    let mut sources: Vec<String> = Vec::new();
    let mut entries: Vec<Entry> = Vec::with_capacity(own.entries.len());
    for mut piece in whole(own, View::ALL, true, find, &mut Vec::new()) {
        if piece.source != own.number {
            let known = sources.iter().position(|source| *source == piece.source);
            let index = known.unwrap_or_else(|| {
                sources.push(piece.source.clone());
                sources.len() - 1
            });
            let base = u32::try_from(index).unwrap_or(u32::MAX).saturating_mul(PLACES);
            piece.entry.seq = OTHERS_FROM.saturating_add(base).saturating_add(piece.seq % PLACES);
        }
        let known = |entry: &Entry| entry.seq == piece.entry.seq && entry.event == piece.entry.event;
        if !entries.iter().any(known) {
            entries.push(piece.entry);
        }
    }
    entries
}

/// Where a reporter came into a case: the case that recorded it, the place there, and the name that the case which sees it has for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The number of the case that recorded it.
    pub source: String,
    /// The place there.
    pub seq: u32,
    /// `customer:c-17`, or only a kind.
    pub name: String,
    /// The number of the report that came with them; none if a person only wrote down that there is one.
    pub report: Option<String>,
}

/// The reporters that a case sees, its own and those of cases that were merged with it or split from it.
#[must_use]
pub fn arrivals<'a>(own: Part<'a>, find: &dyn Fn(&str) -> Option<Part<'a>>) -> Vec<Arrival> {
    let find = &|number: &str| own_or(own, number, find);
    let pieces = whole(own, View::ALL, true, find, &mut Vec::new());
    let arrival = |piece: Piece| {
        let name = brings(&piece.entry.event)?.to_owned();
        Some(Arrival {
            source: piece.source,
            seq: piece.seq,
            name,
            report: piece.entry.report,
        })
    };
    pieces.into_iter().filter_map(arrival).collect()
}

/// The case with this number. The one that is looked at is as it was given, whatever the others would find in its place.
fn own_or<'a>(own: Part<'a>, number: &str, find: &dyn Fn(&str) -> Option<Part<'a>>) -> Option<Part<'a>> {
    if number == own.number { Some(own) } else { find(number) }
}

/// The place of an entry in the case that recorded it.
#[must_use]
pub const fn place(seq: u32) -> u32 {
    if seq >= OTHERS_FROM { seq % PLACES } else { seq }
}

/// The numbers by which releases name the fix of a case: its own, those of the cases merged into it, and that of the case which it was
/// split from with some of its lines, for what was recorded before the split.
#[must_use]
pub fn names<'a>(own: Part<'a>, find: &dyn Fn(&str) -> Option<Part<'a>>) -> Vec<(String, Option<Timestamp>)> {
    let mut names: Vec<(String, Option<Timestamp>)> = vec![(own.number.to_owned(), None)];
    let mut before = vec![u32::MAX];
    let mut next = 0;
    while let (Some((number, until)), Some(limit)) = (names.get(next).cloned(), before.get(next).copied()) {
        next += 1;
        let Some(part) = own_or(own, &number, find) else {
            continue;
        };
        // What happened to the other case after the split is none of this one's.
        let known: Vec<Entry> = part.entries.iter().filter(|entry| entry.seq < limit).cloned().collect();
        for entry in standing(&known) {
            let (case, until, limit) = match &entry.event {
                Event::Merged { case, .. } => (case, until, u32::MAX),
                // Reports without lines are to be investigated: no fix goes with them, as no verdict does.
                Event::SplitFrom { products, .. } if products.is_empty() => continue,
                Event::SplitFrom { case, .. } => {
                    let parted = find(case).and_then(|origin| parted(origin, &number));
                    (case, Some(entry.recorded), parted.map_or(0, |(entry, _)| entry.seq))
                }
                _ => continue,
            };
            if names.len() < MAX_DEPTH && !names.iter().any(|(known, _)| known == case) {
                names.push((case.clone(), until));
                before.push(limit);
            }
        }
    }
    names
}

/// The entry by which a case was split off another one, with what it says.
fn parted<'a>(origin: Part<'a>, number: &str) -> Option<(&'a Entry, Split)> {
    let entries = origin.entries.iter().rev();
    entries
        .filter_map(|entry| Some((entry, split_off(entry)?)))
        .find(|(_, split)| split.case == number)
}

/// Entries that no retraction took back.
#[must_use]
pub fn standing(entries: &[Entry]) -> Vec<Entry> {
    let refs: Vec<&Entry> = entries.iter().collect();
    let gone = retracted(&refs);
    entries
        .iter()
        .filter(|entry| !gone.contains(&entry.seq))
        .cloned()
        .collect()
}

/// Entries whose retractions name places: what a name meant, it meant among all of them.
#[must_use]
pub fn by_place(entries: &[Entry]) -> Vec<Entry> {
    let refs: Vec<&Entry> = entries.iter().collect();
    let targets = retractions(&refs);
    let mut entries = entries.to_vec();
    for entry in &mut entries {
        let found = targets.iter().find(|retraction| retraction.by == entry.seq);
        if let (Event::Retracted { event, .. }, Some(found)) = (&mut entry.event, found) {
            *event = EventRef::Seq(found.target);
        }
    }
    entries
}

/// The entry that a retraction would take back, if it were recorded after these.
#[must_use]
pub fn target<'e>(entries: &'e [Entry], event: &EventRef) -> Option<&'e Entry> {
    match event {
        EventRef::Seq(seq) => entries.iter().find(|entry| entry.seq == *seq),
        EventRef::Name(name) => {
            let refs: Vec<&Entry> = entries.iter().collect();
            let gone = retracted(&refs);
            let mut named = entries.iter().rev().filter(|entry| entry.event.kind().name() == name);
            named.find(|entry| !gone.contains(&entry.seq))
        }
    }
}

/// The entry that a retraction among these took back.
#[must_use]
pub fn taken_back(entries: &[Entry], by: u32) -> Option<&Entry> {
    let refs: Vec<&Entry> = entries.iter().collect();
    let retraction = retractions(&refs).into_iter().find(|retraction| retraction.by == by)?;
    entries.iter().find(|entry| entry.seq == retraction.target)
}

/// Whether a standing retraction took an entry back already.
#[must_use]
pub fn is_retracted(entries: &[Entry], seq: u32) -> bool {
    retracted(&entries.iter().collect::<Vec<_>>()).contains(&seq)
}

/// What a split takes along.
#[derive(Clone, Debug)]
struct Split {
    case: String,
    places: Vec<String>,
    products: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    /// With the case that is split off.
    Moves,
    /// With the case that it is split from.
    Stays,
}

fn split_off(entry: &Entry) -> Option<Split> {
    match &entry.event {
        Event::SplitOff {
            case, places, products, ..
        } => Some(Split {
            case: case.clone(),
            places: places.clone(),
            products: products.clone(),
        }),
        _ => None,
    }
}

/// How much of a case's history is looked at: what was recorded until an instant, and before a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct View {
    until: Timestamp,
    before: u32,
}

impl View {
    const ALL: View = View {
        until: Timestamp::MAX,
        before: u32::MAX,
    };

    fn shows(self, entry: &Entry) -> bool {
        entry.recorded <= self.until && entry.seq < self.before
    }
}

/// Cases that are being looked at, each inside the one before it, with how much of them.
type Path = Vec<(String, View)>;

/// Whether a case can be looked at inside of these: no more of it than before, so that an end is reached.
fn opens(path: &Path, case: &str, view: View) -> bool {
    let mut seen = path.iter().filter(|(seen, _)| seen == case);
    path.len() < MAX_DEPTH && seen.all(|(_, seen)| view < *seen)
}

/// What a view shows of a case; for the case itself with what was retracted, so that its story can tell.
fn whole<'a>(
    part: Part<'a>,
    view: View,
    all: bool,
    find: &dyn Fn(&str) -> Option<Part<'a>>,
    path: &mut Path,
) -> Vec<Piece> {
    let known: Vec<Entry> = part.entries.iter().filter(|entry| view.shows(entry)).cloned().collect();
    let standing = standing(&known);
    let own = if all { by_place(&known) } else { standing.clone() };
    let piece = |entry: Entry| Piece {
        source: part.number.to_owned(),
        seq: entry.seq,
        entry,
        again: false,
    };
    let own = own
        .into_iter()
        .filter(|entry| all || entry.event.kind() != Kind::Retracted);
    let mut pieces: Vec<Piece> = own.map(piece).collect();
    path.push((part.number.to_owned(), view));
    let later = View {
        before: u32::MAX,
        ..view
    };
    for entry in &standing {
        match &entry.event {
            Event::SplitFrom { case, .. } => pieces.extend(inherited(part.number, case, view, find, path)),
            Event::Merged { case, .. } if opens(path, case, later) => {
                let absorbed = find(case).map(|part| whole(part, later, false, find, path));
                let mut absorbed = absorbed.unwrap_or_default();
                // What came back from a case that was split off from here is here already.
                absorbed.retain(|piece| {
                    let is_same = |known: &Piece| known.source == piece.source && known.seq == piece.seq;
                    !(piece.again && pieces.iter().any(is_same))
                });
                let absorbed = renamed(&pieces, case, absorbed);
                pieces.extend(absorbed.into_iter().filter(|piece| goes_along(&piece.entry)));
            }
            Event::SplitOff { case, .. } if !merged_back(&standing, entry.seq, case, find) => {
                if let Some(split) = split_off(entry) {
                    pieces = share(part.number, pieces, &split, Side::Stays, entry.seq);
                }
            }
            _ => {}
        }
    }
    path.pop();
    pieces
}

/// What a case that was split off keeps from the other one: what had been recorded there, and stood, when they parted.
fn inherited<'a>(
    number: &str,
    origin: &str,
    view: View,
    find: &dyn Fn(&str) -> Option<Part<'a>>,
    path: &mut Path,
) -> Vec<Piece> {
    let Some(part) = find(origin) else { return Vec::new() };
    let Some((entry, split)) = parted(part, number) else {
        return Vec::new();
    };
    let then = View {
        until: view.until.min(entry.recorded),
        before: entry.seq,
    };
    if !opens(path, origin, then) {
        return Vec::new();
    }
    let again = path.iter().any(|(outer, _)| outer == origin);
    let mut pieces = whole(part, then, false, find, path);
    for piece in &mut pieces {
        piece.again |= again;
    }
    share(origin, pieces, &split, Side::Moves, entry.seq)
}

/// Whether a case that was split off was merged back later, itself or in another one that had taken it in: then nothing is missing.
fn merged_back<'a>(standing: &[Entry], seq: u32, number: &str, find: &dyn Fn(&str) -> Option<Part<'a>>) -> bool {
    let mut waiting: Vec<String> = absorbed(standing, seq).collect();
    let mut seen = BTreeSet::new();
    while let Some(case) = waiting.pop() {
        if case == number {
            return true;
        }
        if let Some(part) = find(&case).filter(|_| seen.len() < MAX_DEPTH && !seen.contains(&case)) {
            waiting.extend(absorbed(&self::standing(part.entries), 0));
            seen.insert(case);
        }
    }
    false
}

/// The cases that standing entries took in, behind a place.
fn absorbed(standing: &[Entry], behind: u32) -> impl Iterator<Item = String> {
    let later = standing.iter().filter(move |entry| entry.seq > behind);
    later.filter_map(|entry| match &entry.event {
        Event::Merged { case, .. } => Some(case.clone()),
        _ => None,
    })
}

/// Whether an entry of a merged case says something about the vulnerability, and not about the case that ended.
const fn goes_along(entry: &Entry) -> bool {
    !matches!(
        entry.event.kind(),
        Kind::MergedInto
            | Kind::Rejected
            | Kind::DuplicateOf
            | Kind::Reopened
            | Kind::Closed
            | Kind::Titled
            | Kind::Assigned
    )
}

/// Entries of a merged case under its number, with reporters who cannot be mistaken for those of the case that goes on.
fn renamed(before: &[Piece], case: &str, mut pieces: Vec<Piece>) -> Vec<Piece> {
    let known: Vec<&str> = before.iter().filter_map(|piece| brings(&piece.entry.event)).collect();
    // A name that was given stays in use when the namesake is erased: what was recorded under it would mean nobody.
    let in_use = |new: &str| {
        let mut named = before.iter().filter_map(|piece| concerns(&piece.entry.event));
        named.any(|name| is_called(new, name))
    };
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for piece in &mut pieces {
        piece.entry.case.get_or_insert_with(|| case.to_owned());
        let Some(name) = brings(&piece.entry.event).map(str::to_owned) else {
            continue;
        };
        let new = if !name.contains(':') {
            format!("{name}:{case}")
        } else {
            let longer = format!("{name}.{case}");
            if !known.contains(&name.as_str()) && !in_use(&longer) {
                continue;
            }
            longer
        };
        if let Event::Received { by: named } | Event::ReportJoined { reporter: named, .. } = &mut piece.entry.event {
            *named = Some(new.clone());
        }
        names.insert(name, new);
    }
    for piece in &mut pieces {
        if let Event::Acknowledged { reporter: Some(named) }
        | Event::InfoRequested {
            reporter: Some(named), ..
        }
        | Event::InfoReceived { reporter: Some(named) }
        | Event::ReportedBack {
            reporter: Some(named), ..
        }
        | Event::Waived {
            reporter: Some(named), ..
        }
        | Event::ValidationAsked { reporter: Some(named) }
        | Event::ValidationAnswered {
            reporter: Some(named), ..
        }
        | Event::Credit {
            reporter: Some(named), ..
        }
        | Event::Messaged {
            reporter: Some(named), ..
        } = &mut piece.entry.event
            && let Some((_, new)) = names.iter().find(|(full, _)| is_called(full, named))
        {
            named.clone_from(new);
        }
        if let Event::EmbargoProposed { by: party, .. }
        | Event::EmbargoAccepted { by: party }
        | Event::EmbargoDeclined { by: party, .. } = &mut piece.entry.event
            && let Some((_, new)) = names.iter().find(|(full, _)| is_called(full, party))
        {
            party.clone_from(new);
        }
    }
    pieces
}

/// Whether a reporter who was brought in under a full name (`customer:c7`) is meant by a name or an id.
pub(crate) fn is_called(full: &str, name: &str) -> bool {
    full == name || full.split_once(':').is_some_and(|(_, id)| id.trim() == name)
}

/// The reporter that an event brings into a case.
fn brings(event: &Event) -> Option<&str> {
    match event {
        Event::Received { by: name } | Event::ReportJoined { reporter: name, .. } => {
            Some(name.as_deref().unwrap_or("external"))
        }
        _ => None,
    }
}

/// The one reporter whom an event concerns.
pub(crate) fn concerns(event: &Event) -> Option<&str> {
    match event {
        Event::Acknowledged { reporter }
        | Event::InfoRequested { reporter, .. }
        | Event::InfoReceived { reporter }
        | Event::ReportedBack { reporter, .. }
        | Event::Waived { reporter, .. }
        | Event::ValidationAsked { reporter }
        | Event::ValidationAnswered { reporter, .. }
        | Event::Credit { reporter, .. }
        | Event::Messaged { reporter, .. } => reporter.as_deref(),
        _ => None,
    }
}

/// The identity of an event that brought a reporter, as a split writes it: `4`, or `NN-2026-7K3FX#4` for one of a merged case.
#[must_use]
pub fn identity(merged_from: Option<&str>, seq: u32) -> String {
    match merged_from {
        Some(case) => format!("{case}#{}", place(seq)),
        None => place(seq).to_string(),
    }
}

/// The share that one side of a split keeps of what was recorded before it, at the place `cut` of the case that is split.
fn share(number: &str, pieces: Vec<Piece>, split: &Split, side: Side, cut: u32) -> Vec<Piece> {
    let moves = |piece: &Piece| {
        let merged_from = Some(piece.source.as_str()).filter(|source| *source != number);
        split.places.contains(&identity(merged_from, piece.seq))
    };
    let movers: Vec<String> = pieces
        .iter()
        .filter(|piece| moves(piece))
        .filter_map(|piece| brings(&piece.entry.event).map(str::to_owned))
        .collect();
    let keep = |mut piece: Piece| {
        if piece.source == number && piece.seq >= cut {
            return Some(piece);
        }
        let event = &piece.entry.event;
        let reporter_moves = if brings(event).is_some() {
            Some(moves(&piece))
        } else {
            concerns(event).map(|name| movers.iter().any(|full| is_called(full, name)))
        };
        let kept = match side {
            Side::Stays => stays(event, split, reporter_moves),
            Side::Moves => moves_along(event, split, reporter_moves),
        };
        piece.entry.event = kept?;
        Some(piece)
    };
    pieces.into_iter().filter_map(keep).collect()
}

/// What stays of an event where it was recorded.
fn stays(event: &Event, split: &Split, reporter_moves: Option<bool>) -> Option<Event> {
    if reporter_moves == Some(true) {
        return None;
    }
    if event
        .product()
        .is_some_and(|product| split.products.iter().any(|moved| moved == product))
    {
        return None;
    }
    with_products(event, |product| !split.products.iter().any(|moved| moved == product))
}

/// What of an event goes along with reports and lines that are split off. A new vulnerability begins with the reports, the lines and the
/// verdicts that move; whether it is public, exploited, published, assigned or waived is asked anew.
fn moves_along(event: &Event, split: &Split, reporter_moves: Option<bool>) -> Option<Event> {
    // Lines without reports: everybody who reported the one has reported the other.
    if let Some(moves) = reporter_moves {
        return (moves || split.places.is_empty()).then(|| event.clone());
    }
    if let Some(product) = event.product() {
        return split
            .products
            .iter()
            .any(|moved| moved == product)
            .then(|| event.clone());
    }
    let kind = event.kind();
    let asked_anew = match kind.group() {
        Group::Signals | Group::Publication | Group::Regulation => true,
        Group::Desk => !matches!(kind, Kind::Suspected | Kind::Assigned),
        Group::Control => kind != Kind::Repinned,
        _ => matches!(
            kind,
            Kind::EmbargoEnded
                | Kind::SplitOff
                | Kind::SplitFrom
                | Kind::Merged
                | Kind::MergedInto
                | Kind::SharedWithCert
        ),
    };
    // Reports without lines are to be investigated: no verdict goes with them.
    let verdict = !matches!(kind.group(), Group::Intake | Group::Embargo) && kind != Kind::Assigned;
    if asked_anew || (split.products.is_empty() && verdict) {
        return None;
    }
    with_products(event, |product| split.products.iter().any(|moved| moved == product))
}

/// The event with the lines that are kept; none if it named lines and none is kept.
fn with_products(event: &Event, kept: impl Fn(&String) -> bool) -> Option<Event> {
    let mut event = event.clone();
    if let Event::Confirmed { products, .. } | Event::Suspected { products } = &mut event
        && !products.is_empty()
    {
        products.retain(kept);
        if products.is_empty() {
            return None;
        }
    }
    Some(event)
}
