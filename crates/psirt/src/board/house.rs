//! The house on the board: brands, products, people, policies, keys, and what happened to product lines.
//!
//! Owns their fold, and which lines and line entries a case sees. Never holds a case.

use super::keys::Key;
use super::still::Still;
use super::{Appended, Case};
use crate::advisory::Wording;
use crate::clock::Calendars;
use crate::event::{Entry, Event};
use crate::house::machine::MachineToken;
use crate::house::{Brand, Customer, Erasure, HouseEvent, Person, Product, Theme};
use crate::policy::{self, Policy};
use crate::promises::KeptPromises;
use crate::story::ProductLine;
use jiff::{Timestamp, civil};
use std::collections::BTreeMap;

/// What the vendor decides outside of cases.
#[derive(Clone, Debug, Default)]
pub struct House {
    /// Its name.
    pub name: String,
    /// Brands by id.
    pub brands: BTreeMap<String, Brand>,
    /// Hosts that rooms of a brand had before, with the brand's id: links that reporters keep name them.
    pub former_rooms: BTreeMap<String, String>,
    /// How brands word their advisories, by brand.
    pub wordings: BTreeMap<String, Wording>,
    /// Keys by brand, in the order in which they came. Of each use the last one is in use, the others are kept.
    pub keys: BTreeMap<String, Vec<Key>>,
    /// Brands of which nothing can be published, by id.
    pub still: BTreeMap<String, Still>,
    /// By brand the `security.txt` that was signed on another machine.
    pub security_txts: BTreeMap<String, String>,
    /// Products by name.
    pub products: BTreeMap<String, Product>,
    /// What happened to lines, by name.
    pub line_entries: BTreeMap<String, Vec<Entry>>,
    /// What was recorded of lines by mistake, by name, in the order in which it was retracted: no case sees it.
    pub line_retracted: BTreeMap<String, Vec<Retracted>>,
    /// People by id.
    pub people: BTreeMap<String, Person>,
    /// Adopted policies, in the order of adoption.
    pub policies: Vec<Policy>,
    /// Their files, in the same order.
    pub policy_texts: Vec<String>,
    /// How promises were kept, as it was last released, by brand.
    pub promises: BTreeMap<String, KeptPromises>,
    /// How portals look, by brand.
    pub themes: BTreeMap<String, Theme>,
    /// Editions of calendars.
    pub calendars: Calendars,
    /// Jobs that were given up, by name: what each was to do, and what failed last.
    pub given_up: BTreeMap<String, (String, String)>,
    /// Cases that were shredded, in their order.
    pub shredded: Vec<Erasure>,
    /// Reports whose sender was erased, in their order.
    pub unnamed: Vec<Erasure>,
    /// What of cases with personal data was destroyed after their end.
    pub destroyed: Vec<Erasure>,
    /// Who reads what is not public, by id.
    pub customers: BTreeMap<String, Customer>,
    /// Their tokens, by id.
    pub tokens: BTreeMap<String, Token>,
    /// Tokens of machines that report, by id.
    pub machines: BTreeMap<String, Machine>,
    /// The first day of each mailbox that is looked into, by whose it is, where, and which folder.
    pub mailboxes: BTreeMap<String, civil::Date>,
}

/// A token of a machine that reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// What it is for.
    pub token: MachineToken,
    /// When it was made.
    pub made: Timestamp,
    /// Whether it was ended.
    pub ended: bool,
}

impl Machine {
    /// Whether it opens anything at an instant.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        !self.ended && now < self.token.until
    }
}

/// A customer's token, of which nobody knows the secret but the customer.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The customer.
    pub customer: String,
    /// SHA-256 of the secret, in lower-case hexadecimal digits.
    pub sha256: String,
    /// When it was made.
    pub made: Timestamp,
    /// From then on it opens nothing.
    pub until: Timestamp,
    /// Whether it was taken back.
    pub revoked: bool,
    /// The last day on which it was used, in UTC.
    pub used: Option<civil::Date>,
}

impl Token {
    /// Whether it opens anything at an instant.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        !self.revoked && now < self.until
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token")
            .field("customer", &self.customer)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// An entry of a line that was a mistake.
#[derive(Clone, Debug, PartialEq)]
pub struct Retracted {
    /// What was recorded.
    pub entry: Entry,
    /// Who took it back.
    pub by: String,
    /// The second person.
    pub approved_by: Option<String>,
    /// When.
    pub recorded: Timestamp,
    /// Why.
    pub why: String,
}

/// What an event of the house changes for cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touched<'a> {
    /// Nothing that a case sees.
    Nothing,
    /// Which promises it is under, not what happened to it.
    Policies,
    /// Cases that see this line.
    Line(&'a str),
    /// Every case: which lines it sees may differ.
    Lines,
    /// Streams whose content is gone.
    Shredded(&'a [String]),
    /// Reports that lost their sender.
    Unnamed(&'a Erasure),
    /// Cases and reports that lost what reporters wrote and sent.
    Destroyed(&'a Erasure),
}

impl House {
    /// The brand whose rooms have a host, or had it: whoever was given a link can open it as long as there is the room.
    #[must_use]
    pub fn brand_of_rooms(&self, host: &str) -> Option<&Brand> {
        let mut brands = self.brands.values();
        let now = brands.find(|brand| brand.rooms.as_deref() == Some(host));
        now.or_else(|| self.brands.get(self.former_rooms.get(host)?))
    }

    /// Folds one event, behind which a second person may stand.
    pub(super) fn apply<'e>(
        &mut self,
        entry: Appended<'_>,
        approved_by: Option<&str>,
        event: &'e HouseEvent,
    ) -> Touched<'e> {
        self.notice(event);
        match event {
            HouseEvent::Opened { name } => self.name.clone_from(name),
            HouseEvent::BrandSet(brand) => {
                let before = self.brands.insert(brand.id.clone(), brand.clone());
                self.former_rooms.extend(
                    before
                        .and_then(|before| before.rooms)
                        .map(|host| (host, brand.id.clone())),
                );
                self.former_rooms.retain(|host, _| brand.rooms.as_ref() != Some(host));
                return Touched::Lines;
            }
            HouseEvent::WordingSet { brand, wording } => {
                self.wordings.insert(brand.clone(), (**wording).clone());
            }
            HouseEvent::KeyMade {
                brand,
                fingerprint,
                public,
                secret,
            } => {
                let key = Key::first(fingerprint, public, secret, entry.recorded);
                self.keys.entry(brand.clone()).or_default().push(key);
            }
            HouseEvent::KeyAdded(added) => {
                let key = Key::added(added, entry.recorded);
                self.keys.entry(added.brand.clone()).or_default().push(key);
            }
            HouseEvent::KeyRenewed {
                brand,
                fingerprint,
                public,
                until,
            } => {
                if let Some(key) = self.key_mut(brand, fingerprint) {
                    key.renew(public, *until, entry.recorded);
                }
            }
            HouseEvent::KeyRevoked {
                brand,
                fingerprint,
                public,
                reason,
                why,
            } => {
                if let Some(key) = self.key_mut(brand, fingerprint) {
                    key.revoke(public, *reason, why, entry.recorded);
                }
            }
            HouseEvent::StoodStill { brand, why } => self.stood_still(brand, why, entry.recorded),
            HouseEvent::WentOn { brand } => drop(self.still.remove(brand)),
            // Each advisory has the new signature itself.
            HouseEvent::SignaturesRenewed { .. } => {}
            HouseEvent::SecurityTxtSigned { brand, text } => {
                self.security_txts.insert(brand.clone(), text.clone());
            }
            HouseEvent::ProductSet(product) => {
                self.products.insert(product.name.clone(), product.clone());
                return Touched::Lines;
            }
            HouseEvent::Line(line) => {
                let name = line.event.product().unwrap_or_default();
                let mut happened = (**line).clone();
                happened.seq = entry.seq;
                happened.recorded = entry.recorded;
                entry.actor.clone_into(&mut happened.by);
                self.line_entries.entry(name.to_owned()).or_default().push(happened);
                return Touched::Line(name);
            }
            HouseEvent::LineRetracted { line, seq, why } => {
                let happened = self.line_entries.get_mut(line);
                let place = |happened: &Vec<Entry>| happened.iter().position(|entry| entry.seq == *seq);
                if let Some((place, happened)) = happened.and_then(|happened| Some((place(happened)?, happened))) {
                    self.line_retracted.entry(line.clone()).or_default().push(Retracted {
                        entry: happened.remove(place),
                        by: entry.actor.to_owned(),
                        approved_by: approved_by.map(str::to_owned),
                        recorded: entry.recorded,
                        why: why.clone(),
                    });
                }
                return Touched::Line(line);
            }
            HouseEvent::JobGivenUp { job, effect, why, .. } => {
                self.given_up.insert(job.clone(), (effect.clone(), why.clone()));
            }
            HouseEvent::JobRevived { job } | HouseEvent::JobDropped { job, .. } => {
                self.given_up.remove(job);
            }
            HouseEvent::CaseShredded(gone) => {
                self.shredded.push(gone.clone());
                return Touched::Shredded(&gone.streams);
            }
            HouseEvent::PersonErased(gone) => {
                self.unnamed.push(gone.clone());
                return Touched::Unnamed(gone);
            }
            HouseEvent::OriginalsDestroyed(gone) => {
                self.destroyed.push(gone.clone());
                return Touched::Destroyed(gone);
            }
            HouseEvent::MailboxOpened { mailbox, since } => {
                self.mailboxes.entry(mailbox.clone()).or_insert(*since);
            }
            HouseEvent::PromisesReleased(kept) => {
                self.promises.insert(kept.brand.clone(), kept.clone());
            }
            HouseEvent::ThemeSet(theme) => {
                self.themes.insert(theme.brand.clone(), theme.clone());
            }
            HouseEvent::PersonSet(person) => {
                self.people.insert(person.id.clone(), person.clone());
            }
            HouseEvent::CustomerSet(customer) => {
                self.customers.insert(customer.id.clone(), customer.clone());
            }
            HouseEvent::TokenMade {
                customer,
                token,
                sha256,
                until,
            } => {
                let made = Token {
                    customer: customer.clone(),
                    sha256: sha256.clone(),
                    made: entry.recorded,
                    until: *until,
                    revoked: false,
                    used: None,
                };
                self.tokens.insert(token.clone(), made);
            }
            HouseEvent::TokenRevoked { token } => {
                if let Some(token) = self.tokens.get_mut(token) {
                    token.revoked = true;
                }
            }
            HouseEvent::TokenUsed { token, day } => {
                if let Some(token) = self.tokens.get_mut(token) {
                    token.used = token.used.max(Some(*day));
                }
            }
            HouseEvent::MachineTokenMade(token) => {
                let made = Machine {
                    token: (**token).clone(),
                    made: entry.recorded,
                    ended: false,
                };
                self.machines.insert(token.id.clone(), made);
            }
            HouseEvent::MachineTokenEnded { token } => {
                if let Some(machine) = self.machines.get_mut(token) {
                    machine.ended = true;
                }
            }
            HouseEvent::PolicyAdopted { text, id, readings, .. } => {
                if let (Some(mut policy), _) = policy::read_with(id, text, readings) {
                    policy.adopted = Some(entry.recorded);
                    self.policies.push(policy);
                    self.policy_texts.push(text.clone());
                    return Touched::Policies;
                }
            }
        }
        Touched::Nothing
    }
}

impl House {
    /// The lines that a case names; while it names none, those of its brand.
    pub(super) fn lines_of_case(&self, case: &Case, named: &[&str]) -> Vec<ProductLine> {
        let wanted = |product: &&Product| {
            if named.is_empty() {
                product.brand == case.brand
            } else {
                named.contains(&product.name.as_str())
            }
        };
        self.products
            .values()
            .filter(wanted)
            .map(|product| self.line(product))
            .collect()
    }

    /// Everything that was recorded of a line, in the order of its numbers; what was a mistake with its retraction.
    #[must_use]
    pub fn recorded_of_line(&self, line: &str) -> Vec<(&Entry, Option<&Retracted>)> {
        let stands = self.line_entries.get(line).into_iter().flatten();
        let retracted = self.line_retracted.get(line).into_iter().flatten();
        let retracted = retracted.map(|retracted| (&retracted.entry, Some(retracted)));
        let mut recorded: Vec<_> = stands.map(|entry| (entry, None)).chain(retracted).collect();
        recorded.sort_by_key(|(entry, _)| entry.seq);
        recorded
    }

    /// A product as a line of a case. Policies are chosen by the brand that they name, or by their id; a brand of another name than its
    /// policy's is known by the policy that it runs under.
    #[must_use]
    pub fn line(&self, product: &Product) -> ProductLine {
        let under = self.brands.get(&product.brand).map(|brand| brand.policy.clone());
        ProductLine {
            brand: under
                .filter(|policy| !policy.is_empty())
                .or(Some(product.brand.clone())),
            ..product.line()
        }
    }
}

/// Every line that a history names.
pub(super) fn lines_of(history: &[Entry]) -> impl Iterator<Item = &str> {
    history.iter().flat_map(|entry| lines_named(&entry.event))
}

/// Every line that an event names.
pub(super) fn lines_named(event: &Event) -> Vec<&str> {
    match event {
        Event::Confirmed { products, .. } | Event::Suspected { products } | Event::SplitFrom { products, .. } => {
            products.iter().map(String::as_str).collect()
        }
        event => event.product().into_iter().collect(),
    }
}
