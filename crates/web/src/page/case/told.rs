//! What was told of a case: its last steps, its whole record, and the conversation. Never a message that nobody wrote.

use crate::docket::{Docket, Standing};
use crate::{phrase, words};
use casework::{Reach, reach};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use psirt::board::restricted::{copies_left, copy_of, may_quote, place_of, place_of_file};
use psirt::case::view::Side;
use psirt::event::{Entry, Event, Group, Kind};

/// Entries of the timeline that show without asking.
const RECENT: usize = 5;

pub(super) struct Moment {
    pub(super) when: String,
    pub(super) iso: String,
    pub(super) text: String,
}

/// An entry of the journal, whole.
pub(super) struct Recorded {
    pub(super) seq: u32,
    pub(super) when: String,
    pub(super) iso: String,
    pub(super) text: String,
    pub(super) by: String,
    pub(super) late: String,
}

pub(super) struct Message {
    pub(super) kind: &'static str,
    pub(super) who: String,
    pub(super) when: String,
    pub(super) iso: String,
    pub(super) reads: &'static str,
    pub(super) paragraphs: Vec<String>,
    pub(super) at: Timestamp,
}

/// The last steps of the case: no messages, no talks about the embargo.
pub(super) fn recent(standing: &Standing<'_>, zone: &TimeZone, now: Timestamp) -> Vec<Moment> {
    let told = |entry: &&Entry| {
        let kind = entry.event.kind();
        !matches!(kind.group(), Group::Desk | Group::Embargo) && kind != Kind::DefectCreated
    };
    let mut entries: Vec<&Entry> = standing.entries().filter(told).collect();
    entries.sort_by_key(|entry| (entry.at, entry.seq));
    entries.dedup_by_key(|entry| (entry.at, phrase::happened(&entry.event)));
    let from = entries.len().saturating_sub(RECENT);
    let moment = |entry: &&Entry| Moment {
        when: words::moment(entry.at, zone, now),
        iso: words::iso(entry.at, zone),
        text: phrase::happened(&entry.event),
    };
    entries.get(from..).unwrap_or_default().iter().map(moment).collect()
}

pub(super) fn recorded(entry: &Entry, zone: &TimeZone, now: Timestamp, restricted: bool) -> Recorded {
    const HOUR_S: i64 = 3_600;
    let by = match &entry.approved_by {
        Some(second) => format!("{} and {second}", entry.by),
        None => entry.by.clone(),
    };
    let late = entry.recorded.as_second() - entry.at.as_second() > HOUR_S;
    let text = match &entry.event {
        Event::Noted { .. } => "A note".to_owned(),
        Event::Messaged {
            from_reporter: true, ..
        } => "A message from the reporter".to_owned(),
        Event::Messaged { .. } => "A message to the reporter".to_owned(),
        Event::Titled { .. } if restricted => "Given a title".to_owned(),
        Event::Titled { title, .. } => format!("Called “{title}”"),
        event => phrase::happened(event),
    };
    Recorded {
        seq: entry.seq,
        when: words::moment(entry.at, zone, now),
        iso: words::iso(entry.at, zone),
        text,
        by,
        late: if late {
            format!("recorded {}", words::moment(entry.recorded, zone, now))
        } else {
            String::new()
        },
    }
}

pub(super) fn talk(docket: &Docket<'_>, standing: &Standing<'_>, zone: &TimeZone) -> Vec<Message> {
    let message = |kind, who: String, at: Timestamp, reads, text: &str| Message {
        kind,
        who,
        when: at.to_zoned(zone.clone()).strftime("%a %-d %b, %H:%M").to_string(),
        iso: words::iso(at, zone),
        reads,
        paragraphs: words::paragraphs(text),
        at,
    };
    let restricted = docket.board.is_restricted(standing.case);
    let restricted = restricted.then(|| phrase::restricted(docket.board, standing.case));
    // In the place of what is restricted stands its redacted copy, if there is one, with who made it and why.
    let shown = |place: &str, text: &str, reads: &'static str| -> (String, &'static str) {
        match (&restricted, copy_of(standing.case, place)) {
            (None, _) => (text.to_owned(), reads),
            (Some(_), Some(copy)) => (phrase::copied(copy), "A redacted copy; the original is restricted"),
            (Some(why), None) => (why.clone(), reads),
        }
    };
    let person = |id: &str| {
        docket
            .board
            .house
            .people
            .get(id)
            .map_or_else(|| id.to_owned(), |person| person.name.clone())
    };
    let reports = standing
        .case
        .reports
        .iter()
        .filter_map(|stream| docket.board.report(stream));
    let reports: Vec<_> = reports.collect();
    let said = &standing.case.view.conversation;
    let is_there = |place: &str| {
        let texts = || {
            reports
                .iter()
                .any(|report| report.number == place && !report.text.is_empty())
        };
        said.iter().any(|said| place_of(standing.case, said) == place) || texts()
    };
    let files = || standing.case.view.files.iter();
    let is_file = |place: &str| files().any(|file| place_of_file(standing.case, file).as_deref() == Some(place));
    let left = copies_left(standing.case, &is_there).into_iter().map(|copy| {
        let who = format!("Copy of {}", copy.of);
        message(
            "in",
            who,
            copy.at,
            match is_file(&copy.of) {
                true => "A redacted copy of a file",
                false => "A redacted copy; the original was destroyed",
            },
            &phrase::copied(copy),
        )
    });
    let mut talk: Vec<Message> = left.collect();
    let texts = reports
        .iter()
        .filter(|report| !report.text.is_empty())
        .filter_map(|report| {
            let (text, reads) = shown(&report.number, &report.text, "From outside · the report");
            let who = format!("Report {}", report.number);
            Some(message("in", who, report.at?, reads, &text))
        });
    talk.extend(texts);
    talk.extend(said.iter().map(|said| {
        let (kind, who, reads) = match said.side {
            Side::Inside => ("inside", person(&said.by), "Only the team reads this"),
            Side::From => ("in", words::capital(&said.by), "From outside"),
            Side::To => ("out", person(&said.by), reads_out(docket, standing, said)),
        };
        let (text, reads) = match may_quote(said) {
            true => shown(&place_of(standing.case, said), &said.text, reads),
            false => (said.text.clone(), reads),
        };
        message(kind, who, said.at, reads, &text)
    }));
    talk.sort_by_key(|message| message.at);
    talk
}

/// Who reads what the team wrote to a reporter: nobody, where it is not sure who is meant, or no way leads to them.
fn reads_out(docket: &Docket<'_>, standing: &Standing<'_>, said: &psirt::case::view::Message) -> &'static str {
    let is_it = |entry: &&Entry| {
        let says = match &entry.event {
            Event::Messaged {
                from_reporter: false,
                text,
                ..
            } => *text == said.text,
            event => matches!(event.kind(), Kind::InfoRequested | Kind::ReportedBack),
        };
        entry.at == said.at && entry.by == said.by && says
    };
    let case = docket.board.case_of_number(&standing.case.number);
    let found = case.zip(standing.case.entries.iter().find(is_it));
    match found.map(|(case, entry)| reach(docket.board, case, entry)) {
        Some(Reach::Letter) | None => "The reporter reads this",
        Some(Reach::Room) => "The reporter reads this in their room",
        Some(Reach::OnlyNews) => "The reporter is told only that there is news: no key of theirs is known",
        Some(Reach::Lost) => {
            "This did not reach the reporter: the letter was given up, came back, or was not sent to a refused address"
        }
        Some(Reach::Elsewhere) => "The reporter heard this on another way",
        Some(Reach::NobodyNamed) => "This reaches nobody: it is not sure which reporter is meant",
        Some(Reach::NoWay) => "This reaches nobody by itself: no letter may go, and there is no room",
    }
}
