//! A mailbox that is there already: over IMAP its messages are fetched, stored, and only then marked as taken.
//!
//! Owns the visits: who is believed, what is fetched, when it looks again. A message is marked by a keyword that nothing else sets, so that whoever
//! reads the mailbox with a mail program takes nothing away from us; where the mailbox keeps no keywords, what was taken is remembered until this
//! process ends. Either way the same message is stored once, because its identity says so. What is older than our first look is stored as such.
//! Never deletes or moves a message, and never logs one.

use crate::config::{Imap, Mail, Tls};
use crate::failure::Failure;
use crate::line::{self, Line, Trouble, connect, text};
use crate::pulse::Way;
use crate::receiver::handing;
use crate::session::House;
use casework::{Actor, KeptMail, MAX_MESSAGE_BYTES, MailFailure, Message};
use jiff::civil::Date;
use mail::imap::{self, Responses, Said, Status};
use mail::smtp::Security;
use psirt::house::mail::Envelope;
use rustls::ClientConfig;
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The keyword of what is stored.
const STORED: &str = "$CandorStored";
/// How long one wait for news lasts; servers end those of half an hour (RFC 2177), and networks earlier ones.
const NEWS_WITHIN: Duration = Duration::from_secs(9 * 60);
/// Between two looks where the server tells no news.
const POLL: Duration = Duration::from_secs(60);
/// After a connection that ended, or a store that failed.
const AFTER_FAILURE: Duration = Duration::from_secs(30);
/// How long one command takes at most, without the messages that it brings.
const ANSWER_WITHIN: Duration = Duration::from_secs(120);
/// How long a message takes at most.
const MESSAGE_WITHIN: Duration = Duration::from_secs(600);
/// How soon we notice that we are told to end.
const BREATH: Duration = Duration::from_millis(500);
/// Most messages of one look; the next look finds the others.
const MAX_AT_ONCE: usize = 1_000;

/// The way into the mailbox.
#[derive(Clone)]
pub(crate) struct Mailbox {
    imap: Imap,
    /// What logs in, as a command has it.
    login: String,
    tls: Option<Arc<ClientConfig>>,
}

impl Mailbox {
    /// The mailbox that the configuration describes; none if it describes none.
    ///
    /// # Errors
    /// A file that cannot be read, or a name that no command can hold.
    pub(crate) fn of(mail: &Mail, root: &Path) -> Result<Option<Mailbox>, Failure> {
        let Some(imap) = &mail.imap else { return Ok(None) };
        let password = text(&root.join(&imap.password_file))?;
        let wrong = |what| Failure::machine(format!("`mail.imap`: {what} is printable ASCII in one line"));
        let user = imap::quoted(&imap.user).ok_or_else(|| wrong("`user`"))?;
        let password = imap::quoted(password.trim_end()).ok_or_else(|| wrong("what `password_file` holds"))?;
        imap::quoted(imap.folder()).ok_or_else(|| wrong("`folder`"))?;
        let authorities = imap.ca_file.as_ref().map(|file| text(&root.join(file))).transpose()?;
        let tls = match imap.tls() {
            Tls::Off => None,
            _ => Some(Arc::new(line::tls(
                Security::Required,
                authorities.as_deref(),
                "mail.imap.ca_file",
            )?)),
        };
        Ok(Some(Mailbox {
            imap: imap.clone(),
            login: format!("{user} {password}"),
            tls,
        }))
    }
}

/// Looks into the mailbox until `stop` says so.
pub(crate) async fn go_on(house: House, stop: watch::Receiver<bool>) {
    let Ok(Some(mailbox)) = Mailbox::of(&house.config.mail, &house.root) else {
        return;
    };
    // The conversation blocks its thread.
    let visits = tokio::task::spawn_blocking(move || {
        let mut taken = Taken::default();
        let mut told = "";
        while !*stop.borrow() {
            let mut visit = Visit {
                house: &house,
                stop: &stop,
                mailbox: &mailbox,
            };
            let why = match visit.stay(&mut taken) {
                Ok(()) => return,
                Err(Halt::Line(Trouble::NoServer)) => "nobody answers",
                Err(Halt::Line(Trouble::Tls)) => "its TLS cannot be trusted",
                Err(Halt::Line(Trouble::Connection)) => "the connection ended",
                Err(Halt::Login) => "it does not let us in",
                Err(Halt::Folder) => "it does not open the folder",
                Err(Halt::Search) => "it does not search the folder",
                Err(Halt::Nonsense) => "what it says is no IMAP",
                Err(Halt::Store) => "a message could not be stored",
            };
            // A connection that ends is nothing to tell once it was there; what stays is told once.
            if why != told {
                tracing::warn!(why, "the mailbox is looked into again later");
            }
            told = why;
            house.pulse.trouble(why);
            rest(&stop, AFTER_FAILURE);
        }
    });
    let _ = visits.await;
}

/// A day as a search has it: `1-Feb-2026`.
fn day(date: Date) -> String {
    date.strftime("%-d-%b-%Y").to_string()
}

/// Waits, unless we are told to end.
fn rest(stop: &watch::Receiver<bool>, length: Duration) {
    let until = Instant::now() + length;
    while !*stop.borrow() && Instant::now() < until {
        std::thread::sleep(BREATH);
    }
}

/// What this process took, by the identifiers of one numbering of the mailbox.
#[derive(Default)]
struct Taken {
    validity: Option<u32>,
    identifiers: BTreeSet<u32>,
}

impl Taken {
    /// A mailbox that numbers its messages anew has other ones under these identifiers.
    fn follow(&mut self, validity: Option<u32>) {
        if self.validity != validity || validity.is_none() {
            self.identifiers.clear();
        }
        self.validity = validity;
    }
}

/// Why a visit ended that was not told to.
enum Halt {
    Line(Trouble),
    Login,
    Folder,
    Search,
    Nonsense,
    Store,
}

impl<T: Into<Trouble>> From<T> for Halt {
    fn from(trouble: T) -> Halt {
        Halt::Line(trouble.into())
    }
}

struct Visit<'v> {
    house: &'v House,
    stop: &'v watch::Receiver<bool>,
    mailbox: &'v Mailbox,
}

impl Visit<'_> {
    /// Logs in, and stays until we are told to end.
    fn stay(&mut self, taken: &mut Taken) -> Result<(), Halt> {
        let mut talk = self.logged_in()?;
        let (mut validity, mut keeps_keywords, mut tells_news) = (None, false, false);
        let select = format!(
            "SELECT {}",
            imap::quoted(self.mailbox.imap.folder()).unwrap_or_default()
        );
        let selected = talk.asked(&select, |line| {
            validity = imap::validity(line).or(validity);
            keeps_keywords = imap::keeps_keywords(line).unwrap_or(keeps_keywords);
        })?;
        if selected != Status::Ok {
            return Err(Halt::Folder);
        }
        talk.asked("CAPABILITY", |line| tells_news |= imap::offers(line, "IDLE"))?;
        taken.follow(validity);
        let since = self.since()?;
        let mut is_second_look = false;
        while !*self.stop.borrow() {
            talk.has_news = false;
            // What came while something else was asked was told then, and is not told again (RFC 3501 §7.3.1). A server that always says so is
            // asked twice, and then waited for.
            let took = self.collect(&mut talk, keeps_keywords, since, taken)?;
            self.house.pulse.looked(self.house.now());
            is_second_look = took > 0 || (talk.has_news && !is_second_look);
            if is_second_look {
                continue;
            }
            match tells_news {
                true => talk.wait_for_news(self.stop)?,
                false => {
                    rest(self.stop, POLL);
                    talk.asked("NOOP", |_| ())?;
                }
            }
        }
        let _ = talk.asked("LOGOUT", |_| ());
        Ok(())
    }

    /// The first day of what is answered: as it is configured, or the day on which this mailbox was looked into first.
    fn since(&self) -> Result<Date, Halt> {
        let imap = &self.mailbox.imap;
        if let Some(since) = imap.since {
            return Ok(since);
        }
        let name = format!("{}@{}/{}", imap.user, imap.server.name, imap.folder());
        let part = Actor::part("mail");
        let opened = self.house.casework.open_mailbox(&part, &name);
        self.house.wait(opened).map_err(|_| Halt::Store)
    }

    fn logged_in(&self) -> Result<Talk, Halt> {
        let imap = &self.mailbox.imap;
        let socket = connect(&imap.server.address())?;
        let mut talk = Talk::on(Line::clear(socket));
        if let Some(tls) = &self.mailbox.tls {
            if !imap.begins_with_tls() {
                talk.greeted()?;
                if talk.asked("STARTTLS", |_| ())? != Status::Ok {
                    return Err(Halt::Line(Trouble::Tls));
                }
            }
            // What was read ahead in clear is thrown away with the talk.
            let mut line = talk.line;
            line.hurry(Instant::now() + ANSWER_WITHIN)?;
            talk = Talk::on(line.secured(tls, &imap.server.name)?);
            if imap.begins_with_tls() {
                talk.greeted()?;
            }
        } else {
            talk.greeted()?;
        }
        match talk.asked(&format!("LOGIN {}", self.mailbox.login), |_| ())? {
            Status::Ok => Ok(talk),
            _ => Err(Halt::Login),
        }
    }

    /// Takes what is there and was not taken, and says how many messages that were.
    fn collect(
        &mut self,
        talk: &mut Talk,
        keeps_keywords: bool,
        since: Date,
        taken: &mut Taken,
    ) -> Result<usize, Halt> {
        let search = match keeps_keywords {
            true => format!("UID SEARCH UNDELETED UNKEYWORD {STORED}"),
            false => "UID SEARCH UNDELETED".to_owned(),
        };
        let mut found = talk.searched(&search)?;
        found.retain(|identifier| !taken.identifiers.contains(identifier));
        found.truncate(MAX_AT_ONCE);
        let earlier: BTreeSet<u32> = match found.is_empty() {
            true => BTreeSet::new(),
            false => {
                let before = talk.searched(&format!("{search} BEFORE {}", day(since)))?;
                before.into_iter().collect()
            }
        };
        for &identifier in &found {
            if *self.stop.borrow() {
                break;
            }
            let mut size = None;
            talk.asked(&format!("UID FETCH {identifier} RFC822.SIZE"), |line| {
                size = imap::size(line).or(size)
            })?;
            if size.is_some_and(|size| size > MAX_MESSAGE_BYTES) {
                tracing::error!(
                    max_mb = MAX_MESSAGE_BYTES >> 20,
                    "a message in the mailbox is too large and stays there: somebody has to look at it"
                );
                taken.identifiers.insert(identifier);
                continue;
            }
            // One that is gone meanwhile is not there to be marked.
            let is_earlier = earlier.contains(&identifier);
            if self.keep(talk, identifier, is_earlier)?.is_some() && keeps_keywords {
                talk.asked(&format!("UID STORE {identifier} +FLAGS.SILENT ({STORED})"), |_| ())?;
            }
            taken.identifiers.insert(identifier);
        }
        Ok(found.len())
    }

    /// Stores a message while it comes; none if the server has it no more.
    fn keep(&mut self, talk: &mut Talk, identifier: u32, is_earlier: bool) -> Result<Option<KeptMail>, Halt> {
        let coming = self.house.traffic.begin();
        let (giver, taker, seen) = handing();
        let message = Message {
            brand: self.mailbox.imap.brand.clone(),
            envelope: Envelope {
                is_earlier,
                ..Envelope::default()
            },
            ..Message::default()
        };
        let casework = self.house.casework.clone();
        let keeping = async move {
            let part = Actor::part("mail");
            casework.receive_mail(&part, message, taker, || seen.identity()).await
        };
        let mut giver = Some(giver);
        let keeping = self.house.spawn(keeping);
        let fetched = talk.message(identifier, |piece| {
            let gone = giver.as_ref().is_some_and(|giver| !self.house.wait(giver.give(piece)));
            if gone {
                giver = None;
            }
        });
        let is_whole = matches!(fetched, Ok(true));
        // What broke off, or is not there, was never there.
        if let Some(giver) = giver
            && is_whole
        {
            self.house.wait(giver.end());
        }
        let kept = self.house.wait(keeping);
        match (fetched?, kept) {
            (false, _) => Ok(None),
            (true, Ok(Ok(kept))) => {
                drop(coming);
                self.house.pulse.message(Way::Imap, self.house.now());
                tracing::info!(again = kept.again, "mail came in from the mailbox");
                Ok(Some(kept))
            }
            (true, Ok(Err(MailFailure::Source(_) | MailFailure::Act(_))) | Err(_)) => Err(Halt::Store),
        }
    }
}

/// A conversation with the server.
struct Talk {
    line: Line,
    responses: Responses,
    tag: u32,
    /// Whether it said that messages came.
    has_news: bool,
}

impl Talk {
    fn on(line: Line) -> Talk {
        Talk {
            line,
            responses: Responses::default(),
            tag: 0,
            has_news: false,
        }
    }

    fn greeted(&mut self) -> Result<(), Halt> {
        match self.said(Instant::now() + ANSWER_WITHIN)? {
            Said::Line(line) if line.to_ascii_uppercase().starts_with("* OK") => Ok(()),
            _ => Err(Halt::Nonsense),
        }
    }

    /// Says a command, hands on every line of its answer, and says how it ended.
    fn asked(&mut self, command: &str, mut line: impl FnMut(&str)) -> Result<Status, Halt> {
        let until = Instant::now() + ANSWER_WITHIN;
        let tag = self.say(command, until)?;
        loop {
            if let Said::Line(said) = self.said(until)? {
                if let Some(status) = imap::status(&said, &tag) {
                    return Ok(status);
                }
                self.has_news |= imap::says_exists(&said);
                line(&said);
            }
        }
    }

    /// What a search finds.
    fn searched(&mut self, search: &str) -> Result<Vec<u32>, Halt> {
        let mut found = Vec::new();
        let status = self.asked(search, |line| found.extend(imap::found(line).unwrap_or_default()))?;
        match status {
            Status::Ok => Ok(found),
            Status::No | Status::Bad => Err(Halt::Search),
        }
    }

    /// Fetches a message in pieces; false if there is none.
    fn message(&mut self, identifier: u32, mut piece: impl FnMut(Vec<u8>)) -> Result<bool, Halt> {
        let until = Instant::now() + MESSAGE_WITHIN;
        let tag = self.say(&format!("UID FETCH {identifier} BODY.PEEK[]"), until)?;
        let (mut came, mut comes) = (false, false);
        loop {
            match self.said(until)? {
                Said::Piece(bytes) if comes => piece(bytes),
                Said::Piece(_) => {}
                Said::Line(line) => {
                    if let Some(status) = imap::status(&line, &tag) {
                        return Ok(came && status == Status::Ok);
                    }
                    self.has_news |= imap::says_exists(&line);
                    comes = !came && imap::begins_message(&line);
                    came |= comes;
                }
            }
        }
    }

    /// Waits until something came, or for a while (RFC 2177).
    fn wait_for_news(&mut self, stop: &watch::Receiver<bool>) -> Result<(), Halt> {
        let until = Instant::now() + NEWS_WITHIN;
        let tag = self.say("IDLE", until)?;
        let mut is_over = false;
        while !is_over && !*stop.borrow() && Instant::now() < until {
            while let Some(said) = self.responses.next_said().map_err(|_| Halt::Nonsense)? {
                let Said::Line(line) = said else { continue };
                if imap::status(&line, &tag).is_some() {
                    // It would not wait: then we do.
                    rest(stop, POLL);
                    return Ok(());
                }
                is_over |= imap::says_exists(&line);
            }
            if !is_over {
                self.read(Instant::now() + BREATH, true)?;
            }
        }
        let until = Instant::now() + ANSWER_WITHIN;
        self.line.hurry(until)?;
        self.line.stream().write_all(b"DONE\r\n")?;
        self.line.stream().flush()?;
        loop {
            if let Said::Line(line) = self.said(until)?
                && imap::status(&line, &tag).is_some()
            {
                return Ok(());
            }
        }
    }

    fn say(&mut self, command: &str, until: Instant) -> Result<String, Halt> {
        self.tag += 1;
        let tag = format!("c{}", self.tag);
        self.line.hurry(until)?;
        self.line
            .stream()
            .write_all(format!("{tag} {command}\r\n").as_bytes())?;
        self.line.stream().flush()?;
        Ok(tag)
    }

    fn said(&mut self, until: Instant) -> Result<Said, Halt> {
        loop {
            if let Some(said) = self.responses.next_said().map_err(|_| Halt::Nonsense)? {
                return Ok(said);
            }
            self.read(until, false)?;
        }
    }

    /// Reads what is there; `may_be_nothing` where silence is no fault.
    fn read(&mut self, until: Instant, may_be_nothing: bool) -> Result<(), Halt> {
        let mut bytes = [0; 16 * 1024];
        self.line.hurry(until)?;
        let is_silence = |kind| {
            matches!(
                kind,
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
            )
        };
        match self.line.stream().read(&mut bytes) {
            Ok(0) => Err(Halt::Line(Trouble::Connection)),
            Ok(count) => {
                self.responses.heard(bytes.get(..count).unwrap_or_default());
                Ok(())
            }
            Err(error) if may_be_nothing && is_silence(error.kind()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_is_forgotten_once_the_mailbox_numbers_anew() {
        let mut taken = Taken::default();
        let mut check_kept = |validity, expect: usize| {
            taken.follow(validity);
            assert_eq!(taken.identifiers.len(), expect, "{validity:?}");
            taken.identifiers.insert(7);
        };
        check_kept(Some(1), 0);
        check_kept(Some(1), 1);
        check_kept(Some(2), 0);
        // A server that says nothing of it may mean other messages each time.
        check_kept(None, 0);
        check_kept(None, 0);
    }
}
