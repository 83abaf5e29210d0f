//! Whether a person wrote it: automatic answers, reports of mail that did not arrive, mail of ours that comes back, lists and loops.
//!
//! Goes by the outer headers alone (RFC 3834 §2). What a list or a robot passes on may still be a report, so that alone drops nothing:
//! it is only never answered.

use super::Means;
use super::header::{Headers, Mailbox, address};
use super::tree::Part;
use super::understood::{Bounce, ListCommand, Warning};
use super::{decode, header};

/// Longest account of where a message came from that is kept.
const MAX_RESULTS_CHARS: usize = 1_000;
/// A message that passed so many hosts goes round.
const MOST_RECEIVED: usize = 50;

/// What follows from the outside of a message.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    pub(super) auto: bool,
    pub(super) opens_case: bool,
    pub(super) must_not_answer: bool,
    pub(super) is_spam: bool,
    pub(super) results: Option<String>,
    pub(super) bounce: Option<Bounce>,
    pub(super) list: Option<ListCommand>,
    pub(super) warnings: Vec<Warning>,
}

pub(super) fn judge(message: &Part<'_>, from: &[Mailbox], means: &Means<'_>) -> Origin {
    let headers = &message.headers;
    let report = message.media_type() == "multipart/report";
    let answer = is_automatic_answer(headers);
    let ours = is_ours(headers, from, means);
    let own = from.iter().any(|mailbox| is_one_of(&mailbox.address, means));
    let goes_round = headers.count("Received") > MOST_RECEIVED;
    let daemon = from.iter().any(|mailbox| is_daemon(&mailbox.address));

    let bounce = report.then(|| bounce(message)).flatten();
    let auto = report || answer || ours || (null_sender(headers) && daemon);
    let list = if auto { None } else { list_command(message, from, means) };
    let mut warnings = Vec::new();
    if own || ours {
        warnings.push(Warning::Own);
    }
    if goes_round {
        warnings.push(Warning::Loop);
    }
    Origin {
        auto,
        opens_case: !auto && list.is_none(),
        must_not_answer: auto || own || goes_round || daemon || must_not_answer(headers) || from.is_empty(),
        is_spam: is_spam(headers),
        results: results(headers, means),
        bounce,
        list,
        warnings,
    }
}

/// What filters write; whoever forges it harms their own mail alone.
fn is_spam(headers: &Headers<'_>) -> bool {
    let first = |name: &str| {
        let value = headers.plain(name).unwrap_or_default().to_lowercase();
        value.split([',', ' ', ';']).next().unwrap_or_default().to_owned()
    };
    first("X-Spam-Flag") == "yes" || first("X-Spam-Status") == "yes" || first("X-Spam") == "yes"
}

/// What hosts that we trust say above the topmost `Received`: each filter of the last host writes a field of its own there. Else the topmost
/// field alone: below it stands what came from outside, also under such a name.
fn results(headers: &Headers<'_>, means: &Means<'_>) -> Option<String> {
    let mut fields = headers.plains_above("Authentication-Results", "Received");
    if fields.is_empty() {
        fields.extend(headers.plain("Authentication-Results"));
    }
    let is_trusted = |value: &String| {
        let host = value.split(';').next().unwrap_or_default();
        let host = host.split_whitespace().next().unwrap_or_default();
        value.contains(';') && means.hosts.iter().any(|ours| ours.eq_ignore_ascii_case(host))
    };
    let said = fields.iter().map(|value| header::one_line(value)).filter(is_trusted);
    let said = said.collect::<Vec<_>>().join("; ");
    (!said.is_empty()).then(|| said.chars().take(MAX_RESULTS_CHARS).collect())
}

fn null_sender(headers: &Headers<'_>) -> bool {
    headers.plain("Return-Path").is_some_and(|path| path.trim() == "<>")
}

fn says(headers: &Headers<'_>, name: &str, words: &[&str]) -> bool {
    headers.plains(name).any(|value| {
        let value = value.to_lowercase();
        let mut said = value.split([',', ';', ' ', '(']).map(str::trim);
        said.any(|said| words.contains(&said))
    })
}

/// An answer that no person wrote.
fn is_automatic_answer(headers: &Headers<'_>) -> bool {
    let subject = headers.text("Subject").unwrap_or_default().to_lowercase();
    let begins = [
        "automatic reply:",
        "auto:",
        "out of office",
        "automatische antwort:",
        "abwesenheit",
        "réponse automatique",
    ];
    let asks_for_none = headers.has("X-Auto-Response-Suppress") || null_sender(headers);
    says(headers, "Auto-Submitted", &["auto-replied", "auto-notified"])
        || headers.has("X-Autoreply")
        || headers.has("X-Autorespond")
        || says(headers, "Precedence", &["auto_reply"])
        || (asks_for_none && begins.iter().any(|begin| subject.starts_with(begin)))
}

fn must_not_answer(headers: &Headers<'_>) -> bool {
    let submitted = headers.plain("Auto-Submitted").map(|value| value.to_lowercase());
    null_sender(headers)
        || submitted.is_some_and(|value| value != "no")
        || says(headers, "Precedence", &["bulk", "junk", "list"])
        || says(headers, "X-Auto-Response-Suppress", &["all", "autoreply", "oof"])
        || ["List-Id", "List-Unsubscribe", "X-Loop", "X-Mailing-List", "Feedback-ID"]
            .iter()
            .any(|name| headers.has(name))
}

/// Mail programs and robots, which read no answer.
fn is_daemon(address: &str) -> bool {
    let local = address.split('@').next().unwrap_or_default();
    let bare = local.replace(['-', '_', '.'], "");
    matches!(
        bare.as_str(),
        "mailerdaemon" | "postmaster" | "noreply" | "donotreply" | "bounce" | "bounces"
    ) || local.ends_with("-bounces")
        || local.contains("-bounces+")
}

/// Sent by us, and come back: not merely with our address, which anybody can write.
fn is_ours(headers: &Headers<'_>, from: &[Mailbox], means: &Means<'_>) -> bool {
    if headers
        .plains("X-Loop")
        .any(|value| address(&value).is_some_and(|value| is_one_of(&value, means)))
    {
        return true;
    }
    let from_us = from.iter().any(|mailbox| is_one_of(&mailbox.address, means));
    let id = headers.plain("Message-ID").unwrap_or_default();
    let id_domain = id
        .trim_matches(['<', '>', ' '])
        .rsplit('@')
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let mut domains = means
        .addresses
        .iter()
        .chain(means.lists)
        .filter_map(|ours| ours.rsplit('@').next());
    let our_id = domains.any(|domain| domain.eq_ignore_ascii_case(&id_domain));
    from_us && (our_id || headers.has("Auto-Submitted"))
}

/// Whether it is an address of ours, with a tag or without.
fn is_one_of(address: &str, means: &Means<'_>) -> bool {
    let mut ours = means.addresses.iter().chain(means.lists);
    ours.any(|ours| is_same(address, ours))
}

/// Whether two addresses differ in a tag at most.
fn is_same(one: &str, other: &str) -> bool {
    let untagged = |address: &str| {
        let (local, domain) = address.rsplit_once('@')?;
        let local = local.split('+').next().unwrap_or(local);
        Some(format!("{local}@{domain}").to_lowercase())
    };
    untagged(one).is_some_and(|one| Some(one) == untagged(other))
}

/// The first recipient of a delivery report whom a mail of ours did not reach (RFC 3464 §2.3).
fn bounce(message: &Part<'_>) -> Option<Bounce> {
    let report = message.leaves().into_iter().find(|part| {
        matches!(
            part.media_type(),
            "message/delivery-status" | "message/global-delivery-status"
        )
    })?;
    let encoding = report.headers.plain("Content-Transfer-Encoding");
    let (body, _) = decode::transfer(report.body, encoding.as_deref());
    let text = header::latin_or_utf8(&body).replace("\r\n", "\n");
    let mut groups = text.split("\n\n").take(100);
    groups.find_map(|group| {
        let field = |name: &str| {
            let mut lines = group.lines().filter_map(|line| line.split_once(':'));
            let found = lines.find(|(other, _)| other.trim().eq_ignore_ascii_case(name));
            found.map(|(_, value)| header::one_line(value))
        };
        let action = field("Action")?.to_lowercase();
        let recipient = field("Final-Recipient").or_else(|| field("Original-Recipient"))?;
        let recipient = recipient
            .rsplit_once(';')
            .map_or(recipient.as_str(), |(_, address)| address);
        let status = field("Status")?;
        let status = status.split_whitespace().next()?.to_owned();
        Some(Bounce {
            recipient: address(recipient)?,
            hard: action == "failed" && status.starts_with('5'),
            action,
            status,
        })
    })
}

/// What is asked of a list, by the address written to, or by words to its `-request` address.
fn list_command(message: &Part<'_>, from: &[Mailbox], means: &Means<'_>) -> Option<ListCommand> {
    let [sender] = from else {
        return None;
    };
    let asked = recipients(message, means)?.iter().find_map(|to| word(to, means))?;
    let action = match asked.as_str() {
        "subscribe" | "join" => "subscribe",
        "unsubscribe" | "leave" => "unsubscribe",
        "confirm" => "confirm",
        "request" => asked_in_words(message),
        // People behind the list read what comes to them.
        _ => return None,
    };
    let state = match action {
        "subscribe" | "unsubscribe" => "pending confirmation",
        "confirm" => "confirmation received",
        _ => "help requested",
    };
    Some(ListCommand {
        action: action.to_owned(),
        address: sender.address.clone(),
        state: state.to_owned(),
    })
}

/// For whom a message was: what the envelope says. Its fields say what the sender wrote there; they count where no envelope is known, and nothing
/// in them names an address where people read reports.
fn recipients(message: &Part<'_>, means: &Means<'_>) -> Option<Vec<String>> {
    if !means.recipients.is_empty() {
        return Some(means.recipients.iter().map(|to| to.to_lowercase()).collect());
    }
    let fields = ["To", "Cc", "Delivered-To", "X-Original-To"].into_iter();
    let written: Vec<String> = fields
        .flat_map(|name| message.headers.mailboxes(name))
        .map(|to| to.address)
        .collect();
    let is_report = |to: &String| means.addresses.iter().any(|ours| is_same(to, ours));
    (!written.iter().any(is_report)).then_some(written)
}

/// What follows the list's name in an address of it: `announce-subscribe@`, `announce-confirm+token@`.
fn word(to: &str, means: &Means<'_>) -> Option<String> {
    let (local, domain) = to.rsplit_once('@')?;
    means.lists.iter().find_map(|list| {
        let list = list.to_lowercase();
        let (list_local, list_domain) = list.rsplit_once('@')?;
        let word = local
            .strip_prefix(list_local)
            .filter(|_| domain == list_domain)?
            .strip_prefix('-')?;
        Some(word.split('+').next().unwrap_or(word).to_owned())
    })
}

fn asked_in_words(message: &Part<'_>) -> &'static str {
    let subject = message.headers.text("Subject").unwrap_or_default();
    let body = message
        .leaves()
        .first()
        .map(|part| header::latin_or_utf8(part.body.get(..1_000).unwrap_or(part.body)));
    let body = body.unwrap_or_default();
    let words = [subject.as_str(), body.trim().lines().next().unwrap_or_default()];
    let first = |text: &str| text.split_whitespace().next().unwrap_or_default().to_lowercase();
    match words
        .map(first)
        .iter()
        .find(|word| !word.is_empty())
        .map(String::as_str)
    {
        Some("subscribe" | "join") => "subscribe",
        Some("unsubscribe" | "leave" | "remove" | "signoff") => "unsubscribe",
        _ => "help",
    }
}
