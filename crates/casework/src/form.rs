//! Reports by form: what a form shows, what may be written into it, and its way into the journal.
//!
//! Owns the limits of its fields, and that the same form sent twice is one report with one room. Never asks who somebody is: everything but
//! the report itself may stay empty. Never renders.

use crate::Casework;
use crate::actor::Actor;
use crate::error::ActError;
use crate::mail::{KEY_FILE, mailable};
use crate::receive::{Incoming, Received};
use crate::room::stretch;
use jiff::{Timestamp, civil};
use psirt::board::{House, RoomLock};
use psirt::case::guidance;
use psirt::event::{CreditChoice, Deadline, Event, Flag};
use psirt::house::{Brand, ShownNotice, Terms};
use psirt::policy::block::notice::{Notice, Shown};
use psirt::policy::{Policy, PolicyKind};
use serde::Serialize;
use vault::{PASSPHRASE_MAX_BYTES, RoomKey, TokenDigest};

/// Longest text of one line, in characters.
pub const MAX_LINE_CHARS: usize = 200;
/// Longest report, in bytes. What is longer goes with it as a file.
pub const MAX_REPORT_BYTES: usize = 200_000;
/// Longest OpenPGP key, in bytes of its armour.
pub const MAX_KEY_BYTES: usize = 100_000;
/// Shortest passphrase, in characters.
pub const MIN_PASSPHRASE_CHARS: usize = 14;
/// A plan to publish lies no further away.
const MAX_PLAN_YEARS: i16 = 10;
/// What the reporter of a form is, until a person knows more.
const REPORTER: &str = "external";

/// What a form shows beside its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormTerms {
    /// The policy's id.
    pub policy: String,
    /// Its version.
    pub version: String,
    /// Texts to read, and statements to answer.
    pub notices: Vec<FormNotice>,
    /// What a report should hold: the clause without its sign, and the sentence.
    pub asks: Vec<(String, String)>,
}

/// A text of the policy on the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormNotice {
    /// Its id.
    pub id: String,
    /// The clause it stands under, without its sign.
    pub clause: String,
    /// Its version.
    pub version: String,
    /// What it says.
    pub text: String,
    /// Whether it is a statement that the reporter answers by yes or no. Either answer is taken, and none.
    pub is_asked: bool,
}

/// What somebody wrote into a form.
#[derive(Clone, Default, Serialize)]
pub struct FormReport {
    /// What the form carried: the same ticket twice is the same report.
    #[serde(skip)]
    pub ticket: String,
    /// The brand whose form it is.
    pub brand: String,
    /// In one sentence.
    pub title: String,
    /// What was found.
    pub text: String,
    /// The product, in the reporter's words.
    pub product: String,
    /// Its version, in the reporter's words.
    pub version: String,
    /// What the reporter is called.
    pub name: String,
    /// Where they are written to.
    pub mail: String,
    /// Their OpenPGP key, armoured.
    pub key: String,
    /// Whether to name them: `yes`, `no`, or anything else for later.
    pub credit: String,
    /// As what.
    pub credit_as: String,
    /// When they plan to publish, as a date: `2027-02-28`.
    pub disclosure: String,
    /// Statements that were answered: the text's id, and whether it holds.
    pub answers: Vec<(String, bool)>,
    /// What opens the room where only its address is at hand.
    #[serde(skip)]
    pub passphrase: String,
}

/// A field that cannot be taken as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormFault {
    /// The field of [`FormReport`].
    pub field: &'static str,
    /// What is wrong with it, and what to do.
    pub says: String,
}

/// What came of a form.
#[derive(Debug)]
pub enum Submitted {
    /// It is a report, safe in the journal.
    Taken(Taken),
    /// It is none yet: these fields cannot be taken. Nothing was recorded.
    Faults(Vec<FormFault>),
}

/// A report that came by a form.
#[derive(Debug)]
pub struct Taken {
    /// Its tracking number.
    pub number: String,
    /// The secret of its room. None if the form was sent before with other words: then its room opens by the secret that was shown then.
    pub room: Option<RoomKey>,
}

/// What goes into the journal with the arrival of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// What opens the reporter's room.
    pub lock: Option<RoomLock>,
    /// What was shown.
    pub terms: Option<Terms>,
    /// Whether to name the reporter, and as what.
    pub credit: Option<(CreditChoice, Option<String>)>,
    /// When they plan to publish.
    pub disclosure: Option<civil::Date>,
    /// Flags that their answers raise, each with the clause.
    pub flags: Vec<(Flag, String)>,
}

impl Filled {
    /// The events of the case that follow from it.
    pub(crate) fn events(&self) -> Vec<Event> {
        let reporter = || Some(REPORTER.to_owned());
        let credit = self.credit.clone().map(|(choice, name)| Event::Credit {
            reporter: reporter(),
            choice,
            name,
        });
        let plan = self.disclosure.map(|day| Event::EmbargoProposed {
            by: REPORTER.to_owned(),
            until: Deadline::Day(day),
        });
        let flags = self.flags.iter().map(|(flag, clause)| Event::Flagged {
            flag: *flag,
            why: Some(format!(
                "On the form the reporter says that the statement of §{clause} does not hold."
            )),
        });
        credit.into_iter().chain(plan).chain(flags).collect()
    }
}

impl Casework {
    /// What the form of a brand shows now.
    #[must_use]
    pub fn form_terms(&self, brand: &str) -> FormTerms {
        let board = self.board();
        let brand = board.house.brands.get(brand);
        let policy = brand.and_then(|brand| policy_now(&board.house, brand, self.now()));
        policy.map(terms).unwrap_or_default()
    }

    /// What a form carries until it is sent, so that twice is once.
    ///
    /// # Errors
    /// [`ActError::Vault`].
    pub fn draw_ticket(&self) -> Result<String, ActError> {
        Ok(vault::draw_ticket()?)
    }

    /// Takes a form in. When it answers with a number, the report survives a loss of power, and the number was recorded as given.
    ///
    /// # Errors
    /// [`ActError::Invalid`] for a form without a ticket, or of an unknown brand; those of [`Casework::receive`].
    pub async fn submit(&self, form: FormReport) -> Result<Submitted, ActError> {
        if !vault::is_ticket(&form.ticket) {
            return Err(ActError::invalid("the form is not one of ours: open it anew"));
        }
        self.refresh().await?;
        let (faults, filled) = self.read(&form)?;
        if !faults.is_empty() {
            return Ok(Submitted::Faults(faults));
        }
        let content = serde_json::to_vec(&form).map_err(|error| ActError::invalid(error.to_string()))?;
        let room = RoomKey::of(&form.ticket, &content);
        let lock = RoomLock {
            key: room.digest().to_hex(),
            address: room.address(),
            locked: stretch(&room, &form.passphrase).await?,
        };
        let portal = Actor::part("portal");
        let incoming = Incoming {
            brand: Some(form.brand.clone()),
            channel: "form".to_owned(),
            from: sender(&form),
            reporter_kind: REPORTER.to_owned(),
            title: Some(form.title.clone()).filter(|title| !title.is_empty()),
            bytes: form.message().into_bytes(),
            products: Some(self.known_name(&form))
                .filter(|name| !name.is_empty())
                .into_iter()
                .collect(),
            command: Some(format!("form-{}", TokenDigest::of(&form.ticket).to_hex())),
            filled: Some(Filled {
                lock: Some(lock.clone()),
                ..filled
            }),
            ..Incoming::default()
        };
        let received = self.receive(&portal, incoming).await?;
        self.refresh().await?;
        let is_this = |known: &RoomLock| room.digest().is(&known.key);
        let same = self.board().lock_of(&received.report_stream).is_some_and(is_this);
        if same && !form.key.is_empty() {
            self.keep_key(&portal, &received, form.key.into_bytes()).await?;
        }
        self.number_given(&received).await?;
        Ok(Submitted::Taken(Taken {
            number: received.number,
            room: same.then_some(room),
        }))
    }

    /// Puts a file to a report that came by a form, for whoever has just sent it.
    ///
    /// # Errors
    /// As [`Casework::attach`].
    pub async fn attach_to_form(
        &self,
        taken: &Taken,
        name: &str,
        max_bytes: u64,
        source: impl std::io::Read + Send + 'static,
    ) -> Result<crate::Attached, ActError> {
        self.attach_sent(&Actor::part("portal"), &taken.number, name, max_bytes, source)
            .await
    }

    /// A key that cannot be kept is no reason to lose the report: it is in. Only a damaged journal stops everything.
    async fn keep_key(&self, portal: &Actor, received: &Received, key: Vec<u8>) -> Result<(), ActError> {
        let source = std::io::Cursor::new(key);
        let kept = self
            .attach_sent(portal, &received.number, KEY_FILE, MAX_KEY_BYTES as u64, source)
            .await;
        match kept {
            Err(error @ ActError::Store(store::StoreError::Corrupt { .. })) => Err(error),
            _ => Ok(()),
        }
    }

    /// A line of the catalogue as the reporter may have written it, else their words.
    fn known_name(&self, form: &FormReport) -> String {
        let board = self.board();
        let mut names = board.house.products.keys();
        let known = names.find(|name| name.to_lowercase() == form.product.trim().to_lowercase());
        known.cloned().unwrap_or_else(|| form.product.trim().to_owned())
    }

    fn read(&self, form: &FormReport) -> Result<(Vec<FormFault>, Filled), ActError> {
        let board = self.board();
        let brand = board.house.brands.get(&form.brand);
        let brand = brand.ok_or_else(|| ActError::invalid("there is no brand with this form"))?;
        let policy = policy_now(&board.house, brand, self.now());
        let zone = policy.map_or(jiff::tz::TimeZone::UTC, |policy| policy.front.zone.clone());
        let today = self.now().to_zoned(zone).date();
        let mut faults = form.faults();
        let disclosure = match plan_of(&form.disclosure, today) {
            Ok(day) => day,
            Err(says) => {
                faults.push(FormFault {
                    field: "disclosure",
                    says,
                });
                None
            }
        };
        let shown = policy.map(|policy| shown(policy, form));
        let filled = Filled {
            lock: None,
            terms: shown.as_ref().map(|(terms, _)| terms.clone()),
            credit: form.credit(),
            disclosure,
            flags: shown.map(|(_, flags)| flags).unwrap_or_default(),
        };
        Ok((faults, filled))
    }
}

impl FormReport {
    fn faults(&self) -> Vec<FormFault> {
        let mut faults = Vec::new();
        let mut fault = |field, says: String| faults.push(FormFault { field, says });
        if self.text.trim().is_empty() {
            fault(
                "text",
                "Say what you found: without it there is nothing to look at.".to_owned(),
            );
        }
        if self.text.len() > MAX_REPORT_BYTES {
            fault(
                "text",
                format!(
                    "The text has more than {} kB. Put the rest into a file.",
                    MAX_REPORT_BYTES / 1_000
                ),
            );
        }
        let lines = [
            ("title", &self.title),
            ("product", &self.product),
            ("version", &self.version),
            ("name", &self.name),
            ("mail", &self.mail),
            ("credit_as", &self.credit_as),
        ];
        for (field, line) in lines {
            if line.chars().count() > MAX_LINE_CHARS {
                fault(
                    field,
                    format!("This has more than {MAX_LINE_CHARS} characters. Shorten it."),
                );
            } else if line.chars().any(char::is_control) {
                fault(field, "This is one line of text. Take the other lines out.".to_owned());
            }
        }
        let plain = |part: &str| !part.is_empty() && !part.contains([' ', '<', '>', ',', '@']);
        let address = self
            .mail
            .split_once('@')
            .is_some_and(|(user, host)| plain(user) && plain(host));
        if !self.mail.is_empty() && !address {
            fault(
                "mail",
                "This is no mail address. Correct it, or leave it empty.".to_owned(),
            );
        } else if !self.mail.is_empty() && mailable(&self.mail).is_none() {
            fault(
                "mail",
                "No letter of ours can go to this address: its part before the @ has to be in plain letters without accents, and its \
                 domain one of the Internet. Give another one, or leave it empty: your room shows everything."
                    .to_owned(),
            );
        }
        let armoured = |key: &str| {
            key.trim_start().starts_with("-----BEGIN PGP PUBLIC KEY BLOCK-----")
                && key.trim_end().ends_with("-----END PGP PUBLIC KEY BLOCK-----")
        };
        if self.key.len() > MAX_KEY_BYTES {
            fault(
                "key",
                format!(
                    "The key has more than {} kB. Export it without photos.",
                    MAX_KEY_BYTES / 1_000
                ),
            );
        } else if self.key.contains("PRIVATE KEY BLOCK") {
            fault(
                "key",
                "This is a private key. Nothing of it was kept here; treat it as seen, and send the public one."
                    .to_owned(),
            );
        } else if !self.key.is_empty() && !armoured(&self.key) {
            fault(
                "key",
                "This is no public key in ASCII armour. Paste what begins with -----BEGIN PGP PUBLIC KEY BLOCK-----."
                    .to_owned(),
            );
        }
        if self.credit == "yes" && self.credit_as.trim().is_empty() && self.name.trim().is_empty() {
            fault("credit_as", "Say by which name, or choose another answer.".to_owned());
        }
        let phrase = self.passphrase.chars().count();
        if phrase > 0 && phrase < MIN_PASSPHRASE_CHARS {
            fault(
                "passphrase",
                format!(
                    "A passphrase has at least {MIN_PASSPHRASE_CHARS} characters: four words that nobody else would put together."
                ),
            );
        } else if self.passphrase.len() > PASSPHRASE_MAX_BYTES {
            fault(
                "passphrase",
                "The passphrase is too long. Five words are enough.".to_owned(),
            );
        }
        faults
    }

    fn credit(&self) -> Option<(CreditChoice, Option<String>)> {
        let called = [&self.credit_as, &self.name].into_iter().map(|name| name.trim());
        let name = called.filter(|name| !name.is_empty()).map(str::to_owned).next();
        match self.credit.as_str() {
            "yes" => Some((CreditChoice::Yes, name)),
            "no" => Some((CreditChoice::No, None)),
            _ => None,
        }
    }

    /// The report as it is kept: the text, and what was said of the product.
    fn message(&self) -> String {
        let mut message = self.text.replace("\r\n", "\n");
        let about = [("Product", &self.product), ("Version", &self.version)];
        let about: Vec<String> = about
            .into_iter()
            .filter(|(_, said)| !said.trim().is_empty())
            .map(|(what, said)| format!("{what}: {}", said.trim()))
            .collect();
        if !about.is_empty() {
            message.push_str("\n\n");
            message.push_str(&about.join("\n"));
        }
        message
    }
}

/// The policy under which a report to a brand comes in now.
pub(crate) fn policy_now<'a>(house: &'a House, brand: &Brand, now: Timestamp) -> Option<&'a Policy> {
    let own = |policy: &&Policy| policy.front.kind == PolicyKind::Policy && policy.front.id == brand.policy;
    let versions = || house.policies.iter().filter(own);
    let in_force = versions().filter(|policy| policy.in_force_from().is_some_and(|from| from <= now));
    in_force
        .max_by_key(|policy| policy.front.effective)
        .or_else(|| versions().min_by_key(|policy| policy.front.effective))
}

/// Of the texts that can raise a flag these two are about what the reporter did: they alone can say whether it holds (D25).
fn is_asked(notice: &Notice) -> bool {
    matches!(notice.flag, Some(Flag::RoeViolation | Flag::ContainsPii))
}

fn terms(policy: &Policy) -> FormTerms {
    let notice = |notice: &Notice| FormNotice {
        id: notice.id.clone(),
        clause: notice.clause.clone(),
        version: notice.version.clone(),
        text: notice.text.trim().to_owned(),
        is_asked: is_asked(notice),
    };
    // Whoever has the form open knows by which way they send.
    let asked = guidance::missing(policy);
    FormTerms {
        policy: policy.front.id.clone(),
        version: policy.front.version.clone(),
        notices: guidance::notices(policy, Shown::Form).map(notice).collect(),
        asks: asked
            .filter_map(|intake| Some((intake.clause.clone(), intake.ask.clone()?)))
            .collect(),
    }
}

/// What was shown and answered, and the flags that follow.
fn shown(policy: &Policy, form: &FormReport) -> (Terms, Vec<(Flag, String)>) {
    let mut flags = Vec::new();
    let mut notices = Vec::new();
    for notice in guidance::notices(policy, Shown::Form) {
        let answer = form.answers.iter().find(|(id, _)| *id == notice.id);
        let holds = answer.map(|(_, holds)| *holds).filter(|_| is_asked(notice));
        if let (Some(flag), Some(false)) = (notice.flag, holds) {
            flags.push((flag, notice.clause.clone()));
        }
        notices.push(ShownNotice {
            id: notice.id.clone(),
            clause: notice.clause.clone(),
            version: notice.version.clone(),
            holds,
        });
    }
    let terms = Terms {
        policy: policy.front.id.clone(),
        version: policy.front.version.clone(),
        notices,
    };
    (terms, flags)
}

/// A plan to publish as somebody wrote it.
pub(crate) fn plan_of(text: &str, today: civil::Date) -> Result<Option<civil::Date>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let day: civil::Date = text
        .parse()
        .map_err(|_| "This is no date. Write it as 2027-02-28.".to_owned())?;
    if day < today {
        return Err("This day is over. Choose a later one, or leave it empty.".to_owned());
    }
    if day.year() > today.year() + MAX_PLAN_YEARS {
        return Err(format!(
            "This is more than {MAX_PLAN_YEARS} years away. Choose an earlier day."
        ));
    }
    Ok(Some(day))
}

fn sender(form: &FormReport) -> String {
    let (name, mail) = (form.name.trim(), form.mail.trim());
    let mail = mailable(mail).unwrap_or_else(|| mail.to_owned());
    match (name.is_empty(), mail.is_empty()) {
        (false, false) => format!("{name} <{mail}>"),
        _ => format!("{name}{mail}"),
    }
}
