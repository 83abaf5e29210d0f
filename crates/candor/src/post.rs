//! Letters go out: each is written as it may leave now, protected with what is known of its reader, and handed to the mail server.
//!
//! Owns the rounds, and the way from what may leave to a message. Never decides who is written to or when (`casework` does), never holds a
//! socket (`wire` does), and never logs more of a letter than what it is about.

mod hands;
pub(crate) mod templates;
mod wire;

pub(crate) use wire::Way;

use crate::failure::Failure;
use crate::keys;
use crate::session::House;
use casework::{Handover, LetterNews, LetterToSend, OutgoingLetter, Owed, SealedPart};
use documents::place;
use hands::Hands;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mail::out::letters::{self, Confidential, Neutral, News, Promise, Report, Secrets, Told};
use mail::out::templates::Words;
use mail::out::{Draft, Protection, WriteError, write};
use mail::smtp::Errand;
use openpgp::{Certificate, Limits, Purpose, SigningKey};
use psirt::event::Kind;
use psirt::house::Brand;
use psirt::house::dispatch::LetterKind;
use psirt::house::key::KeyUse;
use psirt::policy;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// Between two looks at what waits.
const PAUSE: Duration = Duration::from_secs(5);
/// After a failure of the store.
const AFTER_FAILURE: Duration = Duration::from_secs(30);

/// Sends until `stop` says so; letters that are being handed over come to their end, because nobody would know whether they arrived. Without
/// a mail server nothing is sent, and what is ordered waits.
pub(crate) async fn go_on(house: House, mut stop: watch::Receiver<bool>) {
    loop {
        let pause = match send_until(&house, &stop).await {
            Ok(0) => PAUSE,
            Ok(handed) => {
                tracing::info!(handed, "letters handed over");
                PAUSE
            }
            Err(error) => {
                tracing::error!(error = %error, "letters wait to be sent; it is tried again");
                AFTER_FAILURE
            }
        };
        let told = async { stop.wait_for(|stop| *stop).await.map(drop) };
        tokio::select! {
            // Whoever could tell us is gone: that is the end, too.
            _ = told => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Hands over everything that may go now, and says how many letters the server took.
pub(crate) async fn send_waiting(house: &House) -> Result<usize, Failure> {
    let (_go, stop) = watch::channel(false);
    send_until(house, &stop).await
}

async fn send_until(house: &House, stop: &watch::Receiver<bool>) -> Result<usize, Failure> {
    let Some(way) = Way::of(house)? else {
        return Ok(0);
    };
    let mut hands = Hands::on(way);
    let (mut taken, mut failed) = (0, None);
    loop {
        while failed.is_none() && hands.is_one_free() && !*stop.borrow() {
            match begin(house, &mut hands).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => failed = Some(error),
            }
        }
        // What was ordered meanwhile waits for no slow server.
        let ended = match timeout(PAUSE, hands.ended()).await {
            Ok(Some(ended)) => ended,
            Ok(None) => break,
            Err(_) => continue,
        };
        let (letter, handover) = ended;
        taken += usize::from(matches!(handover, Handover::Taken | Handover::Delivered(_)));
        // The others that are under way come to their end all the same.
        if let Err(error) = house.casework.letter_ended(&letter, &handover).await {
            failed.get_or_insert(error.into());
        }
    }
    match failed {
        None => Ok(taken),
        Some(error) => Err(error),
    }
}

/// Begins with the next letter; false if there is none that may go now.
async fn begin(house: &House, hands: &mut Hands) -> Result<bool, Failure> {
    let next = house.casework.next_letter_by(is_usable, |domain| hands.turn(domain));
    let Some(waiting) = next.await? else {
        return Ok(false);
    };
    match errand(house, &waiting, hands.way()) {
        Ok(errand) => hands.take(waiting, errand),
        Err(why) => {
            let handover = Handover::Later(why.to_owned());
            house.casework.letter_ended(&waiting, &handover).await?;
        }
    }
    Ok(true)
}

/// Whether a stranger's certificate can be encrypted to.
fn is_usable(armoured: &str, address: Option<&str>, at: i64) -> bool {
    let Ok(certificate) = Certificate::parse(armoured.as_bytes(), Limits::default()) else {
        return false;
    };
    let carries = address.is_none_or(|address| certificate.has_address(address));
    carries && certificate.check(Purpose::Intake, at).is_ok()
}

/// A letter as it goes over the wire.
fn errand(house: &House, waiting: &LetterToSend, way: &Way) -> Result<Errand, &'static str> {
    let letter = &waiting.letter;
    let now = house.now();
    let signer = signer(house, &letter.brand, now);
    let message = message(house, waiting, signer.as_ref(), way.from.as_deref(), now)?;
    Ok(Errand {
        host: way.host.clone().unwrap_or_else(|| letter.brand.domain.clone()),
        security: way.security,
        login: way.login.clone(),
        from: letter.reply_to.clone(),
        to: letter.to.clone(),
        message,
    })
}

/// The key that the brand's mail is signed with: the one that reports are encrypted to, while it is here and good.
fn signer(house: &House, brand: &Brand, now: Timestamp) -> Option<SigningKey> {
    let board = house.casework.board();
    let key = board.house.key_in_use(&brand.id, KeyUse::Intake)?;
    let key = Some(key).filter(|key| key.is_here() && key.revoked.is_none())?;
    let key = keys::secret(key).ok()?;
    key.certificate().check(Purpose::Sign, now.as_second()).ok()?;
    Some(key)
}

fn message(
    house: &House,
    waiting: &LetterToSend,
    signer: Option<&SigningKey>,
    from: Option<&str>,
    now: Timestamp,
) -> Result<Vec<u8>, &'static str> {
    let letter = &waiting.letter;
    let neutral = neutral(house, letter, signer);
    let secrets = letter.sealed.as_ref().map(|sealed| confidential(house, letter, sealed));
    let contact = letter.brand.contact.trim().trim_start_matches("mailto:").to_owned();
    let address = from.unwrap_or(&contact).to_owned();
    let is_news = matches!(letter.kind, LetterKind::News { .. });
    let told = match &letter.sealed {
        Some(sealed) => sealed.news.as_ref(),
        None => letter.clear.as_ref(),
    };
    let told = told.map(|told| news(told, &letter.zone));
    let words = words(house);
    let written = match is_news {
        true => {
            let told = match (&secrets, &told) {
                (Some(secrets), told) => Told::Encrypted(secrets, told.as_ref()),
                (None, Some(told)) => Told::Clear(told),
                (None, None) => Told::Nothing,
            };
            letters::news(&words, &neutral, told)
        }
        false => letters::acknowledgement(&words, &neutral, secrets.as_ref()),
    };
    let written = written.map_err(|_| "its words cannot be said")?;
    for fault in &written.faults {
        tracing::warn!(%fault, "our own words are said in a letter, since those of a file do not do");
    }
    let draft = Draft {
        key: signer.and_then(|key| key.for_autocrypt(&address, now.as_second())),
        from: (format!("{} PSIRT", letter.brand.name), address),
        to: letter.to.clone(),
        reply_to: letter.reply_to.clone(),
        message_id: letter.message_id.clone(),
        answers: letter.answers.clone(),
        date: jiff::fmt::rfc2822::to_string(&now.to_zoned(TimeZone::UTC)).map_err(|_| "the date has no form")?,
        subject: match secrets {
            Some(_) => letters::outer_subject(&neutral),
            None => written.subject.clone(),
        },
        text: written.text,
        automatic: match (is_news, &told) {
            (false, _) => Some("auto-replied"),
            (true, Some(News::Message(_))) => None,
            (true, _) => Some("auto-generated"),
        },
        ours: contact,
    };
    let failed = |error| match error {
        WriteError::Encrypt => "it could not be encrypted",
        WriteError::Sign => "it could not be signed",
    };
    let Some(sealed) = &letter.sealed else {
        let protection = signer.map_or(Protection::None, Protection::Signed);
        return write(&draft, &protection, now.as_second()).map_err(failed);
    };
    let recipient = Certificate::parse(sealed.certificate.as_bytes(), Limits::default());
    let recipient = recipient.map_err(|_| "it could not be encrypted")?;
    let protection = Protection::Encrypted {
        recipient: &recipient,
        subject: &written.subject,
        signer,
        seed: waiting.seed(),
    };
    write(&draft, &protection, now.as_second()).map_err(failed)
}

/// The words of our letters as they are now: whoever changes them waits for nothing.
fn words(house: &House) -> Words {
    let (words, faults) = templates::read(&house.root);
    for fault in &faults {
        tracing::warn!(%fault, "our own words are said in letters, since a file cannot be read");
    }
    words
}

fn neutral(house: &House, letter: &OutgoingLetter, key: Option<&SigningKey>) -> Neutral {
    let address = |path: &str| format!("https://{}/{path}", letter.brand.domain);
    let is_served = house.config.publish.dynamic;
    let report = |report: &casework::LetterReport| Report {
        number: report.number.clone(),
        status: report
            .room
            .as_ref()
            .filter(|_| is_served)
            .map(|room| format!("https://{}/room/at/{room}", letter.brand.room_host())),
    };
    let policy = letter.policy.clone();
    Neutral {
        brand: letter.brand.name.clone(),
        reports: letter.reports.iter().map(report).collect(),
        policy: policy.map(|(title, version)| (title, version, address("policy/"))),
        key: key.map(|key| address(&place::intake_key(&key.fingerprint()))),
        terms: letter.terms.clone(),
    }
}

fn confidential(house: &House, letter: &OutgoingLetter, sealed: &SealedPart) -> Confidential {
    let is_served = house.config.publish.dynamic;
    let room = |secret: &Option<zeroize::Zeroizing<String>>| {
        let secret = secret.as_ref().filter(|_| is_served)?;
        Some(format!("https://{}/room/{}", letter.brand.room_host(), secret.as_str()))
    };
    let parts = sealed.secrets.iter().zip(&sealed.titles).zip(&sealed.promises);
    let reports = parts.map(|((secret, title), owed)| Secrets {
        title: title.clone(),
        room: room(secret),
        promises: owed.iter().filter_map(|owed| promise(owed, &letter.zone)).collect(),
    });
    Confidential {
        reports: reports.collect(),
    }
}

fn news(told: &LetterNews, zone: &TimeZone) -> News {
    match told {
        LetterNews::Message(text) => News::Message(text.clone()),
        LetterNews::Question {
            asks,
            chosen,
            text,
            until,
            again,
        } => News::Question {
            asks: asks.clone(),
            chosen: *chosen,
            said: text.clone(),
            until: until.as_ref().map(|(until, clause)| {
                let day = last_day(*until).to_zoned(zone.clone()).strftime("%-d %B %Y");
                (day.to_string(), clause.clone())
            }),
            again: *again,
        },
        LetterNews::Findings(found) => News::Findings {
            verdict: found.verdict.clone(),
            severity: found.severity.clone(),
            plan: found.plan.clone(),
            disclosure: found.disclosure.clone(),
        },
        LetterNews::Verdict { says, answer, appeal } => News::Verdict {
            says: says.clone(),
            answer: answer.clone(),
            appeal: *appeal,
        },
    }
}

/// A promise whose date runs. That the number is told is what this letter does.
fn promise(owed: &Owed, zone: &TimeZone) -> Option<Promise> {
    let is_open = owed.met.is_none() && owed.ends != Kind::Acknowledged;
    let due = owed.due.filter(|_| is_open)?;
    let day = last_day(due);
    Some(Promise {
        deed: policy::deed(owed.ends)?.to_owned(),
        clause: owed.clause.clone(),
        due: format!("by {}", day.to_zoned(zone.clone()).strftime("%F %H:%M %Z")),
    })
}

/// The end of a day is the day's last instant, not the first of the next one.
fn last_day(end: Timestamp) -> Timestamp {
    end.checked_sub(SignedDuration::from_micros(1)).unwrap_or(end)
}
