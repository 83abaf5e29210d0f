//! `candor mail list`, `held`, `release`, `sender` and `thread`: what came in, what waits for a person, and whose it is.
//!
//! Owns the columns. Of a message that opened no case it shows the title and the first words, of any other one the title.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{Session, actor};
use crate::words::{columns, harmless};
use casework::MailRow;
use clap::Args;
use serde_json::{Value, json};

/// How many messages a page for a person has.
const PAGE: usize = 100;

/// Most characters of a title with the first words.
const MAX_BEGINS: usize = 100;

/// How much of a list is shown.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Page {
    /// Shows so many messages, the last to come first; without it 100, and with --json all
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

pub(super) fn list(global: &Global, session: &mut Session, held: bool, page: Page) -> Result<Shown, Failure> {
    let house = session.house(global)?;
    let limit = page.limit.unwrap_or(if global.json { usize::MAX } else { PAGE });
    let (rows, more) = house.casework.mail(&actor(global)?, held, limit)?;
    let head: &[&str] = match held {
        true => &["number", "came", "from", "why", "begins"],
        false => &["number", "came", "from", "state", "case", "begins"],
    };
    let mut table = vec![head.iter().map(|&head| head.to_owned()).collect()];
    table.extend(rows.iter().map(|row| columns_of(row, held)));
    let older = match more {
        0 => String::new(),
        more => format!("… and {more} more, which came before: `--limit N` shows N\n"),
    };
    let hint = match rows.iter().any(|row| !row.begins.is_empty()) {
        true => "What opened no case is a report after all: `candor mail release NUMBER`.\n",
        false => "",
    };
    let text = match (rows.len() + more, held) {
        (0, true) => "Nothing is held.\n".to_owned(),
        (0, false) => "No mail has come in.\n".to_owned(),
        (_, true) => format!(
            "{}{older}One key for each: `candor mail sift`. Read one: `candor case raw NUMBER`. A report after all: `candor mail release NUMBER`.\n",
            columns(&table)
        ),
        (_, false) => format!("{}{older}{hint}", columns(&table)),
    };
    Shown::new(rows.iter().map(as_json).collect::<Vec<_>>(), text)
}

pub(super) fn release(global: &Global, session: &mut Session, number: &str) -> Result<Shown, Failure> {
    let house = session.house(global)?;
    house.wait(house.casework.release_mail(&actor(global)?, number))?;
    let text = format!(
        "{number} is a report, or the reporter's word where an address of ours leads into a case. It is read again: at once where `candor serve` runs, else with `candor work`."
    );
    Shown::new(json!({ "number": number }), text)
}

pub(super) fn name_sender(
    global: &Global,
    session: &mut Session,
    number: &str,
    address: &str,
) -> Result<Shown, Failure> {
    let house = session.house(global)?;
    house.wait(house.casework.name_sender(&actor(global)?, number, address))?;
    let text = format!(
        "{number} is theirs now: they are acknowledged, and what the team says goes to them and not to whoever passed it on."
    );
    Shown::new(json!({ "number": number }), text)
}

fn columns_of(row: &MailRow, held: bool) -> Vec<String> {
    let came = row
        .at
        .map_or_else(|| "-".to_owned(), |at| at.strftime("%F %R").to_string());
    let dash = |text: &str| if text.is_empty() { "-" } else { text }.to_owned();
    let mut line = vec![row.number.clone(), came, dash(&row.from)];
    match held {
        true => line.push(row.why.unwrap_or("-").to_owned()),
        false => line.extend([row.state.to_owned(), row.case.clone().unwrap_or_else(|| "-".to_owned())]),
    }
    line.push(dash(&begins(row)));
    line
}

/// The title, and the first words of a message that opened no case. Of what is restricted the title says so.
fn begins(row: &MailRow) -> String {
    let said = format!("{} – {}", row.title, row.begins);
    let words = harmless(&said.split_whitespace().collect::<Vec<_>>().join(" "));
    words.trim_matches([' ', '–']).chars().take(MAX_BEGINS).collect()
}

fn as_json(row: &MailRow) -> Value {
    json!({
        "number": row.number,
        "brand": row.brand,
        "at": row.at.map(|at| at.to_string()),
        "from": row.from,
        "title": row.title,
        "begins": row.begins,
        "state": row.state,
        "why": row.why,
        "case": row.case,
        "protection": row.protection,
        "signature": row.signature,
        "signer_is_known": row.signer_is_known,
    })
}

pub(super) fn thread(global: &Global, session: &mut Session, number: &str) -> Result<Shown, Failure> {
    let house = session.house(global)?;
    let thread = house.wait(house.casework.mail_thread(&actor(global)?, number))?;
    let text = format!(
        "Reply-To: {}\nMessage-ID: <{}>\nGive this address to nobody but the reporter: what comes to it goes into the case.",
        thread.reply_to, thread.message_id
    );
    Shown::new(
        json!({ "number": number, "reply_to": thread.reply_to, "message_id": thread.message_id }),
        text,
    )
}
