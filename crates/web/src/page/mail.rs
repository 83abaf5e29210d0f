//! `/mail`: messages that are no report and go on with none. Whatever one was taken for, a person releases it by one command.

use super::inbox::channel;
use super::shell;
use crate::docket::Docket;
use crate::{phrase, words};
use askama::Template;
use casework::{MailRow, mail_without_case};
use serde::Deserialize;

/// Most messages on the page.
const MAX_ROWS: usize = 200;

/// The kinds of messages: their word, and what it is called here.
const KINDS: [(&str, &str); 6] = [
    ("held", "Held"),
    ("unread", "Not read yet"),
    ("undelivered", "Not delivered"),
    ("automatic", "Automatic"),
    ("list-request", "List requests"),
    ("released", "Released"),
];

/// Which messages are shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    state: String,
}

#[derive(Template)]
#[template(path = "mail.html")]
pub(crate) struct Mail {
    shell: look::Desk,
    summary: String,
    /// Goes through what is held; none if nothing is.
    sift: Option<&'static str>,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    more: usize,
}

struct Tab {
    href: String,
    label: &'static str,
    count: String,
    here: bool,
}

struct Row {
    number: String,
    came: String,
    iso: String,
    from: String,
    title: String,
    /// Its first words.
    begins: String,
    what: String,
    why: String,
    case: Option<(String, String)>,
    /// What can be done with it.
    commands: Vec<(&'static str, String)>,
}

impl Mail {
    pub(crate) fn of(docket: &Docket<'_>, wanted: &Wanted) -> Mail {
        let all = mail_without_case(docket.board);
        let count = |state: &str| all.iter().filter(|row| row.state == state).count();
        let is_kind = KINDS.iter().any(|(state, _)| *state == wanted.state);
        let chosen = if is_kind { wanted.state.as_str() } else { "" };
        let tab = |state: &str, label, count: usize| Tab {
            href: match state {
                "" => "/mail".to_owned(),
                state => format!("/mail?state={state}"),
            },
            label,
            count: count.to_string(),
            here: state == chosen,
        };
        let kinds = KINDS.iter().filter(|(state, _)| count(state) > 0 || *state == chosen);
        let mut tabs = vec![tab("", "All", all.len())];
        tabs.extend(kinds.map(|(state, label)| tab(state, label, count(state))));
        let summary = match count("held") {
            0 => "Nothing is held: no message waits for a person.".to_owned(),
            1 => "One message is held until a person has looked at it.".to_owned(),
            held => format!(
                "{} messages are held until a person has looked at them.",
                words::count(held)
            ),
        };
        let mut shown: Vec<&MailRow> = all
            .iter()
            .filter(|row| chosen.is_empty() || row.state == chosen)
            .collect();
        // What waits for a person comes first, each kind the last to come first.
        shown.sort_by_key(|row| row.state != "held");
        let more = shown.len().saturating_sub(MAX_ROWS);
        Mail {
            shell: shell(docket, "/mail"),
            summary,
            sift: (count("held") > 0).then_some("candor mail sift --as YOU"),
            tabs,
            rows: shown.into_iter().take(MAX_ROWS).map(|row| one(docket, row)).collect(),
            more,
        }
    }
}

fn one(docket: &Docket<'_>, row: &MailRow) -> Row {
    let number = phrase::quoted(&row.number);
    let mut commands = vec![("Read it", format!("candor case raw {number} --as YOU"))];
    if !matches!(row.state, "unread" | "released") {
        let release = format!("candor mail release {number} --as YOU");
        commands.insert(0, ("It is a report", release));
    }
    let kind = KINDS.iter().find(|(state, _)| *state == row.state);
    let or = |text: &str, empty: &str| {
        if text.is_empty() {
            empty.to_owned()
        } else {
            text.to_owned()
        }
    };
    Row {
        number: row.number.clone(),
        came: row
            .at
            .map(|at| words::moment(at, &docket.zone, docket.now))
            .unwrap_or_default(),
        iso: row.at.map(|at| words::iso(at, &docket.zone)).unwrap_or_default(),
        from: or(&row.from, "Not known"),
        title: or(&row.title, "No title"),
        begins: row.begins.clone(),
        what: match row.state {
            "list-request" => "List request".to_owned(),
            state => kind.map_or(state, |(_, label)| label).to_owned(),
        },
        why: match (row.state, row.why) {
            (_, Some(why)) => words::capital(why),
            ("unread", _) => format!("Came by {}, and is kept as it came", channel("mail")),
            ("undelivered", _) => "A letter of ours did not arrive".to_owned(),
            ("automatic", _) => "A machine wrote it".to_owned(),
            ("list-request", _) => "It asks something of an announce list, which nothing does yet".to_owned(),
            ("released", _) => "A person found that it is a report; it is read again".to_owned(),
            _ => String::new(),
        },
        case: row
            .case
            .as_ref()
            .map(|case| (format!("/cases/{}", words::url(case)), case.clone())),
        commands,
    }
}
