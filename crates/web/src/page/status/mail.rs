//! How mail stands: its doors, what waits to be read, and what of ours waits to arrive.
//!
//! Counts, and never names a message, a sender or a case.

use super::{Part, Row, State, row};
use crate::docket::Docket;
use crate::machine::{Door, Machine};
use crate::words;
use jiff::Timestamp;
use psirt::board::Report;
use psirt::house::mail::Fate;

/// Mail that nobody has read for longer than this needs somebody: it takes seconds.
const WITHIN_S: i64 = 15 * 60;
/// What lists letters that wait.
const QUEUE: &str = "candor mail queue --as YOU";

/// How a door stands.
fn door(docket: &Docket<'_>, door: &Door) -> Row {
    let Some(open) = door.open else {
        return row(door.name, State::Off, "Not in candor.toml.");
    };
    let ago = |at: Option<Timestamp>, never: &str| {
        at.map_or_else(|| never.to_owned(), |at| format!("{} ago", words::age(at, docket.now)))
    };
    let message = ago(door.message, "none since it began");
    let text = match (door.name, door.trouble) {
        (_, Some(why)) => format!("{}; it is tried again. Last message: {message}.", words::capital(why)),
        ("IMAP", None) => format!(
            "{open}. Last look: {}; last message: {message}.",
            ago(door.looked, "none yet")
        ),
        (_, None) => format!("{open}. Last message: {message}."),
    };
    match door.trouble {
        Some(_) => row(door.name, State::Look, text),
        None => row(door.name, State::Good, text),
    }
}

pub(super) fn mail_in(docket: &Docket<'_>, machine: Option<&Machine>) -> Part {
    let doors = machine.map(|machine| &machine.doors);
    let mut rows: Vec<Row> = doors.into_iter().flatten().map(|one| door(docket, one)).collect();
    if doors.is_none() {
        rows.push(row("Doors", State::Unknown, "This desk has no doors of its own."));
    }
    let mail = || docket.board.open_reports().map(|(_, report)| report);
    let is_unread = |report: &&Report| report.mail.as_ref().is_some_and(|mail| mail.sorted.is_none());
    let (count, oldest) = (
        mail().filter(is_unread).count(),
        mail().filter(is_unread).filter_map(|report| report.at).min(),
    );
    rows.push(match oldest {
        None if count == 0 => row("Not read yet", State::Good, "Nothing waits."),
        None => row(
            "Not read yet",
            State::Unknown,
            format!("{}; since when is unknown.", message_count(count)),
        ),
        Some(at) => {
            let is_old = docket.now.duration_since(at).as_secs() > WITHIN_S;
            let state = if is_old { State::Look } else { State::Good };
            let text = format!(
                "{}, the oldest for {}.",
                message_count(count),
                words::age(at, docket.now)
            );
            row("Not read yet", state, text)
        }
    });
    rows.push(match docket.held_count() {
        0 => row("Held", State::Good, "Nothing waits for a person."),
        held => row(
            "Held",
            State::Look,
            format!("{} for a person: the page Mail.", wait(held, "message", "messages")),
        ),
    });
    Part {
        title: "Mail that comes in",
        about: since(docket, machine),
        rows,
    }
}

fn message_count(count: usize) -> String {
    words::capital(&words::plural(count, "message", "messages"))
}

/// `One message waits`, `3 messages wait`
fn wait(count: usize, one: &str, many: &str) -> String {
    let verb = if count == 1 { "waits" } else { "wait" };
    format!("{} {verb}", words::capital(&words::plural(count, one, many)))
}

/// What the process remembers began with it.
fn since(docket: &Docket<'_>, machine: Option<&Machine>) -> String {
    machine.map_or_else(String::new, |machine| {
        format!("This process began {} ago", words::age(machine.began, docket.now))
    })
}

pub(super) fn mail_out(docket: &Docket<'_>, machine: Option<&Machine>) -> Part {
    let mut rows = Vec::new();
    rows.push(match machine.map(|machine| machine.sends) {
        Some(true) => row("Mail server", State::Good, "Letters have one to go to."),
        Some(false) => row(
            "Mail server",
            State::Off,
            "None in candor.toml, [mail.out]: letters wait, and are dropped after five days.",
        ),
        None => row("Mail server", State::Unknown, "This desk sends nothing itself."),
    });
    let letters = docket.board.open_reports().flat_map(|(_, report)| &report.letters);
    let (mut waiting, mut failing) = (Vec::new(), 0);
    for letter in letters.filter(|letter| letter.waits()) {
        waiting.push(letter.ordered);
        failing += usize::from(letter.begun > 0);
    }
    rows.push(match waiting.iter().min() {
        None => row("Letters", State::Good, "None waits."),
        Some(oldest) => {
            let age = words::age(*oldest, docket.now);
            let text = format!("{}, the oldest for {age}", wait(waiting.len(), "letter", "letters"));
            match casework::late_letters(docket.board, docket.now) {
                None => row("Letters", State::Good, format!("{text}.")),
                Some((late, since)) => {
                    let since = words::moment(since, &docket.zone, docket.now);
                    let verb = if late == 1 { "is" } else { "are" };
                    let late = format!(
                        "{text}; {} {verb} late, the first since {since}.",
                        words::count(late).to_lowercase()
                    );
                    row("Letters", State::Late, late).by(QUEUE)
                }
            }
        }
    });
    rows.push(match failing {
        0 => row("Failing", State::Good, "None is tried again."),
        failing => row(
            "Failing",
            State::Look,
            format!(
                "{} tried and not taken yet.",
                words::capital(&words::plural(failing, "letter was", "letters were"))
            ),
        )
        .by(QUEUE),
    });
    let lost = |(stream, _)| casework::lost_letters(docket.board, stream, docket.now).len();
    rows.push(match docket.board.open_reports().map(lost).sum::<usize>() {
        0 => row("Given up", State::Good, "None that waits for a person."),
        given_up => row(
            "Given up",
            State::Look,
            format!(
                "{} given up, or not sent to a refused address: a case says what to do.",
                words::capital(&words::plural(given_up, "letter was", "letters were"))
            ),
        )
        .by(QUEUE),
    });
    let bounced = |report: &Report| {
        let fate = report.mail.as_ref().and_then(|mail| mail.fate());
        matches!(fate, Some(Fate::Undelivered { hard: true, .. }))
    };
    let bounces = docket
        .board
        .open_reports()
        .filter(|(_, report)| bounced(report))
        .count();
    let lost = casework::unreached(docket.board, docket.open().map(|(stream, _)| stream), docket.now);
    let lost = lost
        .iter()
        .filter(|one| matches!(one.why, casework::Unreachable::CameBack(_)))
        .count();
    let bounce = match bounces {
        0 => "No mail came back for good".to_owned(),
        bounces => format!(
            "{} back for good",
            words::capital(&words::plural(bounces, "mail came", "mails came"))
        ),
    };
    rows.push(match lost {
        0 => row(
            "Came back",
            State::Good,
            format!("{bounce}; nobody of an open case waits to be reached."),
        ),
        lost => row(
            "Came back",
            State::Look,
            format!(
                "{bounce}; {} another way to be reached: the first page.",
                words::plural(lost, "reporter needs", "reporters need")
            ),
        ),
    });
    let outbox = casework::outbox(docket.board, docket.now);
    rows.push(match outbox.iter().map(|entry| entry.since).min() {
        None => row("Outbox", State::Good, "Nothing that is public waits to be told."),
        Some(oldest) => {
            let late = outbox.iter().any(|entry| entry.due.is_some_and(|due| due < docket.now));
            let age = words::age(oldest, docket.now);
            let text = format!(
                "{}, the oldest for {age}{}.",
                wait(outbox.len(), "entry", "entries"),
                if late { ", and one is late" } else { "" }
            );
            row("Outbox", State::Look, text).by("candor outbox --as YOU")
        }
    });
    rows.push(match casework::open_jobs(docket.board, docket.now).len() {
        0 => row("Jobs", State::Good, "None was given up that waits for a person."),
        jobs => row(
            "Jobs",
            State::Look,
            format!(
                "{} given up: the first page has the command.",
                words::capital(&words::plural(jobs, "job was", "jobs were"))
            ),
        ),
    });
    Part {
        title: "Mail that goes out, and the outbox",
        about: String::new(),
        rows,
    }
}
