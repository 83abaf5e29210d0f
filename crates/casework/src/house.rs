//! The house: its name, people, brands, product lines and policies.
//!
//! Owns what is checked before such a decision is recorded. The keys of brands are `keys`' own.

use crate::Casework;
use crate::actions;
use crate::actor::{Actor, shown};
use crate::error::ActError;
use crate::permit::permit;
use crate::plan::{self, Plan};
use crate::replica::Replica;
use documents::place::{DNS_PATH_PREFIX, KEY_DIRECTORY_PREFIX};
use documents::problem;
use jiff::{Timestamp, civil};
use psirt::advisory::{AdvisoryState, Wording, check_template};
use psirt::board::{Board, House};
use psirt::body::What;
use psirt::house::{Brand, HouseEvent, Person, Product, Role, Theme};
use psirt::policy::{self, PolicyKind, adoption};
use psirt::promises::{self, KeptPromises};
use psirt::story::Deployment;
use store::StreamId;

/// A policy that was adopted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// What it is called.
    pub title: String,
    /// Whether it is an overlay.
    pub overlay: bool,
    /// The day from which it governs new cases.
    pub effective: civil::Date,
    /// Whether that day is still to come.
    pub waits: bool,
    /// How many clauses it has.
    pub clauses: usize,
    /// How many promises.
    pub promises: usize,
    /// What somebody should look at; no errors.
    pub warnings: Vec<policy::Finding>,
}

impl Casework {
    /// Names the house.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`], [`ActError::Invalid`], and those of the store.
    pub async fn open_house(&self, actor: &Actor, name: &str) -> Result<(), ActError> {
        let name = line_of_text("the house's name", name)?;
        let record = |replica: &Replica, now| {
            if !replica.board.house.people.is_empty() {
                permit(&replica.board.house, actor, &actions::OPEN_HOUSE)?;
            }
            let event = HouseEvent::Opened { name: name.clone() };
            Ok((house_plan(actor, &StreamId::new("house")?, now, event), ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Adds or changes a person. While the house has nobody, anybody may add its first administrator.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`], [`ActError::Invalid`] for an id that is no id, a first person who is no administrator, or a change
    /// that leaves the house without one; those of the store.
    pub async fn set_person(&self, actor: &Actor, person: Person) -> Result<(), ActError> {
        require_id("a person's id", &person.id)?;
        line_of_text("a person's name", &person.name)?;
        let stream = plan::stream("person", &person.id)?;
        let record = |replica: &Replica, now| {
            let house = &replica.board.house;
            if !house.people.is_empty() {
                permit(house, actor, &actions::SET_PERSON)?;
            }
            let others = house.people.values().filter(|other| other.id != person.id);
            let administrators = others
                .chain([&person])
                .filter(|other| other.role == Role::Administrator)
                .count();
            if administrators == 0 {
                return Err(ActError::invalid(
                    "the house needs an administrator: make the first person one, and keep one",
                ));
            }
            Ok((
                house_plan(actor, &stream, now, HouseEvent::PersonSet(person.clone())),
                (),
            ))
        };
        self.record(record).await.map(|_| ())
    }

    /// Adds or changes a brand.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`]; [`ActError::Invalid`] with everything that is wrong with it; those of the store.
    pub async fn set_brand(&self, actor: &Actor, brand: Brand) -> Result<(), ActError> {
        check_brand(&brand)?;
        let stream = plan::stream("brand", &brand.id)?;
        let record = |replica: &Replica, now| {
            let house = &replica.board.house;
            permit(house, actor, &actions::SET_BRAND)?;
            if let Some(other) = house
                .brands
                .values()
                .find(|other| other.id != brand.id && other.domain == brand.domain)
            {
                return Err(ActError::invalid(format!(
                    "the brand `{}` has the domain {} already; two brands are two folders",
                    other.id, brand.domain
                )));
            }
            apart(house, &brand)?;
            stays_at(&replica.board, &brand)?;
            let mut under = house.policies.iter().filter(|policy| policy.front.id == brand.policy);
            if under.any(|policy| policy.front.kind == PolicyKind::Overlay) {
                return Err(ActError::invalid(format!(
                    "`{}` is an overlay, which runs beside a policy by market; name the brand's own policy",
                    shown(&brand.policy)
                )));
            }
            Ok((house_plan(actor, &stream, now, HouseEvent::BrandSet(brand.clone())), ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Says how a brand words its advisories. Texts that are written already stay as they are.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`]; [`ActError::Invalid`] with every mistake and its place; those of the store.
    pub async fn set_wording(&self, actor: &Actor, brand_id: &str, wording: Wording) -> Result<(), ActError> {
        check_wording(&wording)?;
        let stream = plan::stream("brand", brand_id)?;
        let record = |replica: &Replica, now| {
            permit(&replica.board.house, actor, &actions::SET_WORDING)?;
            plan::brand(replica, brand_id)?;
            let event = HouseEvent::WordingSet {
                brand: brand_id.to_owned(),
                wording: Box::new(wording.clone()),
            };
            Ok((house_plan(actor, &stream, now, event), ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Adds or changes a product line. Its name is its identity.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`], [`ActError::Invalid`], and those of the store.
    pub async fn set_product(&self, actor: &Actor, product: Product) -> Result<(), ActError> {
        line_of_text("a product line's name", &product.name)?;
        if Deployment::from_name(&product.deployment).is_none() {
            return Err(ActError::invalid(format!(
                "`{}` is not a deployment: write on-prem or saas",
                shown(&product.deployment)
            )));
        }
        let record = |replica: &Replica, now| {
            permit(&replica.board.house, actor, &actions::SET_PRODUCT)?;
            plan::brand(replica, &product.brand)?;
            let stream = match replica.product_stream(&product.name) {
                Some(stream) => stream.clone(),
                None => self.draw_stream(replica, "product")?,
            };
            Ok((
                house_plan(actor, &stream, now, HouseEvent::ProductSet(product.clone())),
                (),
            ))
        };
        self.record(record).await.map(|_| ())
    }

    /// Adopts a version of a policy, under other readings where `readings` names them (reading, option).
    ///
    /// # Errors
    /// [`ActError::Refused`] without a second person, [`ActError::Policy`] with every error of the file, an undecided reading
    /// among them, [`ActError::Invalid`] for a version that may not follow those that are adopted; those of the store.
    pub async fn adopt_policy(
        &self,
        actor: &Actor,
        file_name: &str,
        text: &str,
        readings: &[(String, String)],
    ) -> Result<Adopted, ActError> {
        let (policy, findings) = policy::read_with(file_name, text, readings);
        let (errors, mut warnings): (Vec<_>, Vec<_>) = findings.into_iter().partition(policy::Finding::is_error);
        let adopted = policy.filter(|_| errors.is_empty()).ok_or(ActError::Policy(errors))?;
        let (id, version) = (adopted.front.id.clone(), adopted.front.version.clone());
        let stream = plan::stream("policy", &id)?;
        let record = |replica: &Replica, now| {
            let house = &replica.board.house;
            permit(house, actor, &actions::ADOPT_POLICY)?;
            let known = house.policies.iter().zip(&house.policy_texts);
            let known: Vec<_> = known.map(|(policy, text)| adoption::Adopted { policy, text }).collect();
            adoption::may_follow(&adopted, text, &known, now).map_err(ActError::invalid)?;
            let others: Vec<_> = house.policies.iter().collect();
            let across = adoption::across(&adopted, file_name, &others);
            let event = HouseEvent::PolicyAdopted {
                id: id.clone(),
                version: version.clone(),
                text: text.to_owned(),
                readings: readings.to_vec(),
            };
            Ok((house_plan(actor, &stream, now, event), across))
        };
        let (across, _) = self.record(record).await?;
        warnings.extend(across);
        Ok(Adopted {
            effective: adopted.front.effective,
            waits: adopted.effective_at().is_some_and(|day| day > self.now()),
            title: adopted.front.title.clone(),
            overlay: adopted.front.kind == PolicyKind::Overlay,
            clauses: adopted.clauses.len(),
            promises: adopted.promises.len(),
            id,
            version,
            warnings,
        })
    }

    /// How a brand kept its promises, as it would be released now.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`]; [`ActError::Invalid`] for an unknown brand, or one without an adopted policy.
    pub fn kept_promises(&self, actor: &Actor, brand_id: &str) -> Result<KeptPromises, ActError> {
        let replica = self.replica();
        permit(&replica.board.house, actor, &actions::RELEASE_PROMISES)?;
        kept_promises(&replica, brand_id, self.now())
    }

    /// Releases how a brand kept its promises: what is computed at the instant of the record, and nothing else.
    ///
    /// # Errors
    /// As [`Casework::kept_promises`]; [`ActError::Invalid`] where the same was released already; those of the store.
    pub async fn release_promises(&self, actor: &Actor, brand_id: &str) -> Result<KeptPromises, ActError> {
        let stream = plan::stream("brand", brand_id)?;
        let record = |replica: &Replica, now| {
            permit(&replica.board.house, actor, &actions::RELEASE_PROMISES)?;
            let kept = kept_promises(replica, brand_id, now)?;
            if replica.board.house.promises.get(brand_id) == Some(&kept) {
                return Err(ActError::invalid(format!(
                    "these numbers, up to {}, are released already",
                    kept.until
                )));
            }
            let event = HouseEvent::PromisesReleased(kept.clone());
            Ok((house_plan(actor, &stream, now, event), kept))
        };
        Ok(self.record(record).await?.0)
    }

    /// Gives a brand's portal its look. The caller has checked that it can be read and seen (`look`).
    ///
    /// # Errors
    /// [`ActError::NotPermitted`], [`ActError::Invalid`] for an unknown brand; those of the store.
    pub async fn set_theme(&self, actor: &Actor, theme: Theme) -> Result<(), ActError> {
        let stream = plan::stream("brand", &theme.brand)?;
        let record = |replica: &Replica, now| {
            permit(&replica.board.house, actor, &actions::SET_THEME)?;
            plan::brand(replica, &theme.brand)?;
            Ok((house_plan(actor, &stream, now, HouseEvent::ThemeSet(theme.clone())), ()))
        };
        self.record(record).await.map(|_| ())
    }
}

/// The 128 bits of an id: 25 characters of five bits, and one of three with two bits of padding.
pub(crate) fn id_bits(id: &str) -> u128 {
    let value = |byte: u8| {
        u128::from(
            if byte.is_ascii_digit() {
                byte - b'0'
            } else {
                byte.wrapping_sub(b'a').wrapping_add(10)
            } & 31,
        )
    };
    let (head, tail) = id.as_bytes().split_at(id.len().saturating_sub(1));
    let head = head.iter().fold(0_u128, |bits, byte| (bits << 5) | value(*byte));
    tail.iter().fold(head, |bits, byte| (bits << 3) | (value(*byte) >> 2))
}

fn kept_promises(replica: &Replica, brand_id: &str, now: Timestamp) -> Result<KeptPromises, ActError> {
    let brand = plan::brand(replica, brand_id)?;
    promises::kept(&replica.board, brand, now).ok_or_else(|| {
        ActError::invalid(format!(
            "no policy `{}` is adopted, so the brand `{}` has promised nothing",
            shown(&brand.policy),
            shown(brand_id)
        ))
    })
}

pub(crate) fn house_plan(actor: &Actor, stream: &StreamId, now: Timestamp, event: HouseEvent) -> Plan {
    Plan::one(actor, stream, now, What::House(event))
}

fn check_brand(brand: &Brand) -> Result<(), ActError> {
    require_id("a brand's id", &brand.id)?;
    documents::problem::check_brand(brand).map_err(|problems| {
        let lines: Vec<String> = problems
            .iter()
            .map(|problem| format!("{}: {}", problem.place, problem.message))
            .collect();
        ActError::invalid(lines.join("; "))
    })?;
    brand.check_pattern().map_err(ActError::invalid)?;
    brand
        .cna
        .as_ref()
        .map_or(Ok(()), |cna| cna.check())
        .map_err(ActError::invalid)?;
    if let Some(rooms) = &brand.rooms {
        let label = |label: &str| {
            let plain = label
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            !label.is_empty() && label.len() <= 63 && plain && !label.starts_with('-') && !label.ends_with('-')
        };
        let is_number = rooms
            .rsplit('.')
            .next()
            .is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
        if rooms.len() > 253 || !rooms.contains('.') || !rooms.split('.').all(label) || is_number {
            return Err(ActError::invalid(format!(
                "`{}` is no host for rooms: write its name in small letters, without a port, for example rooms.vendor.example",
                shown(rooms)
            )));
        }
    }
    let prefix = &brand.number_prefix;
    if prefix.is_empty()
        || prefix.len() > 8
        || !prefix
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    {
        return Err(ActError::invalid(format!(
            "`{}` is no prefix of numbers: write one to eight capital letters or digits",
            shown(prefix)
        )));
    }
    let differ = brand.advisory_number(2026, 1) != brand.advisory_number(2026, 2)
        && brand.advisory_number(2026, 1) != brand.advisory_number(2027, 1);
    if !differ || store::Number::new(brand.advisory_number(2026, 1)).is_err() {
        let message = "the pattern of advisory numbers holds {year} and {seq}, letters, digits and . _ : / -, for example {prefix}-{year}:{seq}-01";
        return Err(ActError::invalid(message));
    }
    Ok(())
}

/// The host of a brand's rooms serves nothing else, and no other brand's: nor is it one under which a portal serves something by itself.
fn apart(house: &House, brand: &Brand) -> Result<(), ActError> {
    let others = || house.brands.values().filter(|other| other.id != brand.id);
    let portals = || others().map(|other| &other.domain).chain([&brand.domain]);
    if let Some(rooms) = &brand.rooms {
        let serves = |domain: &String| rooms == domain || *rooms == format!("{DNS_PATH_PREFIX}{domain}");
        if portals().any(serves) || rooms.starts_with(KEY_DIRECTORY_PREFIX) {
            return Err(ActError::invalid(format!(
                "{rooms} serves something of a portal already: rooms have a host that serves nothing else"
            )));
        }
    }
    let own = [Some(&brand.domain), brand.rooms.as_ref()];
    let named = own.into_iter().flatten().filter_map(|host| house.brand_of_rooms(host));
    let taken = named.rev().find(|other| other.id != brand.id);
    match taken {
        Some(other) => Err(ActError::invalid(format!(
            "the rooms of the brand `{}` have that host, or had it, and reporters keep its links; nothing else is served there",
            other.id
        ))),
        None => Ok(()),
    }
}

/// A brand of which something is published stays at its domain: every address that readers and programs have of it holds the domain, bytes
/// that are fixed and signed hold it too, and no publication makes them anew.
fn stays_at(board: &Board, brand: &Brand) -> Result<(), ActError> {
    let Some(before) = board
        .house
        .brands
        .get(&brand.id)
        .filter(|before| before.domain != brand.domain)
    else {
        return Ok(());
    };
    let is_out = |state: &AdvisoryState| {
        let limited = state.limited.iter().any(|limited| limited.release.is_some());
        state.ordered.is_some() || limited || !state.tombstones.is_empty()
    };
    let mut advisories = board.advisories.values();
    let released = advisories.any(|state| state.draft.brand == brand.id && is_out(state));
    let what = match released {
        true => "has released advisories, whose addresses and signed bytes hold it",
        false if board.house.security_txts.contains_key(&brand.id) => {
            "has a signed security.txt that holds it, which nobody here can sign anew"
        }
        false => return Ok(()),
    };
    Err(ActError::invalid(format!(
        "`{}` stays at {}: it {what}. Nothing was changed. Add a second brand for the new domain (`candor brand add NEW --domain {}`), move the product lines there, and let the old host send its readers on",
        brand.id, before.domain, brand.domain
    )))
}

fn check_wording(wording: &Wording) -> Result<(), ActError> {
    let Wording {
        title,
        summary,
        details,
        frame,
    } = wording;
    let mut wrong = Vec::new();
    for (part, template, longest) in [
        ("title", title, problem::MAX_LINE_CHARS),
        ("summary", summary, problem::MAX_TEXT_CHARS),
        ("details", details, problem::MAX_TEXT_CHARS),
    ] {
        if let Err(why) = check_template(template) {
            wrong.push(format!("{part}, {why}"));
        }
        if template.chars().count() > longest {
            wrong.push(format!("{part}: the limit is {longest} characters"));
        }
    }
    if title.contains('\n') {
        wrong.push("title: must be one line".to_owned());
    }
    if let Err(problems) = problem::check_frame(frame) {
        wrong.extend(problems.iter().map(ToString::to_string));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(ActError::invalid(wrong.join("; ")))
}

/// Longest text of one line, in characters.
const MAX_LINE_CHARS: usize = 200;

/// A text of one line, trimmed.
pub(crate) fn line_of_text(what: &str, text: &str) -> Result<String, ActError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MAX_LINE_CHARS || text.chars().any(char::is_control) {
        return Err(ActError::invalid(format!(
            "{what} is one line of 1 to {MAX_LINE_CHARS} characters"
        )));
    }
    Ok(text.to_owned())
}

pub(crate) fn require_id(what: &str, id: &str) -> Result<(), ActError> {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if id.len() <= 64 && id.split('-').all(word) {
        return Ok(());
    }
    Err(ActError::invalid(format!(
        "{what} is lower-case words and digits joined by `-`; `{}` is not",
        shown(id)
    )))
}
