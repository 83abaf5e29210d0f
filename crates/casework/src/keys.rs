//! The keys of brands: made, brought along, replaced, extended, revoked; and the signatures that follow a new key.
//!
//! Owns what is checked before it is recorded. Never makes or reads a key: the caller's `openpgp` does, with a seed from here. A secret
//! stays where it was sealed: an old intake key still opens what was sent to it.

use crate::Casework;
use crate::actions::{self, Action};
use crate::actor::{Actor, shown};
use crate::advisory::refuse_words;
use crate::error::ActError;
use crate::house::{house_plan, id_bits, line_of_text};
use crate::mail::retry_jobs;
use crate::permit::permit;
use crate::plan::{self, Plan};
use crate::replica::Replica;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use psirt::advisory::{AdvisoryEvent, AdvisoryState, Audience, LimitedEvent};
use psirt::board::{House, Key, KeyState};
use psirt::body::What;
use psirt::house::HouseEvent;
use psirt::house::key::{AddedKey, KeyReason, KeyUse};
use std::collections::BTreeSet;
use store::StreamId;
use zeroize::Zeroizing;

/// How long a key is valid that nobody says otherwise of, in years.
pub const KEY_YEARS: i8 = 3;
/// The longest that anybody may say: nobody knows which algorithms are good after that.
const MAX_KEY_YEARS: i8 = 10;
/// How many ids a seed is drawn from: each gives sixteen bytes.
const SIGN_DRAWS: usize = 2;
const INTAKE_DRAWS: usize = 6;

/// What sort of key a brand is to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyWish {
    /// What it is for.
    pub purpose: KeyUse,
    /// For how many years.
    pub years: i8,
    /// Whether it takes the place of the one in use; else there must be none.
    pub replace: bool,
}

impl KeyWish {
    /// A brand's first key.
    #[must_use]
    pub const fn first(purpose: KeyUse) -> KeyWish {
        KeyWish {
            purpose,
            years: KEY_YEARS,
            replace: false,
        }
    }
}

/// What a key is made from.
pub struct KeyOrder {
    /// The user id: the brand's name and contact address.
    pub user_id: String,
    /// When it is made, in seconds since 1970.
    pub created_s: i64,
    /// When it ends, in seconds since 1970.
    pub until_s: i64,
    /// Bytes that become the secret, used for nothing else: 32 of a signing key, 96 of an intake key.
    pub seed: Zeroizing<Vec<u8>>,
}

/// A key that the caller made or read.
pub struct NewKey {
    /// Upper-case hexadecimal.
    pub fingerprint: String,
    /// The armoured public key.
    pub public: String,
    /// The secret key, base64; empty where another machine has it.
    pub secret: Zeroizing<String>,
    /// When it ends, in seconds since 1970; none for ever.
    pub until_s: Option<i64>,
}

/// A public half that says something new of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedKey {
    /// Upper-case hexadecimal.
    pub fingerprint: String,
    /// The armoured public key.
    pub public: String,
    /// Its end, in seconds since 1970; none for ever.
    pub until_s: Option<i64>,
    /// Whether and why it is revoked, in the words of programs and of people.
    pub revoked: Option<(KeyReason, String)>,
}

/// A new signature of bytes that stay as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSignature {
    /// The advisory's id.
    pub id: String,
    /// Who has these bytes.
    pub audience: Audience,
    /// The revision.
    pub revision: u32,
    /// SHA-256 of the bytes that it signs, in lower-case hexadecimal digits.
    pub sha256: String,
    /// The detached signature, armoured.
    pub signature: String,
    /// The fingerprint of the key that had signed before.
    pub from: String,
}

impl Casework {
    /// Gives a brand a key that is made here, and gives back its fingerprint. `make` turns the order into a key, with `openpgp`; its error
    /// is a sentence.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`]; [`ActError::Invalid`] where the brand has such a key already, has none to replace, or none can be made;
    /// those of the store.
    pub async fn make_key(
        &self,
        actor: &Actor,
        brand_id: &str,
        wish: KeyWish,
        make: impl FnOnce(KeyOrder) -> Result<NewKey, String>,
    ) -> Result<String, ActError> {
        self.refresh().await?;
        let order = {
            let replica = self.replica();
            permit(&replica.board.house, actor, &actions::MAKE_KEY)?;
            let brand = plan::brand(&replica, brand_id)?;
            may_add(&replica.board.house, brand_id, wish)?;
            let user_id = format!("{} PSIRT <{}>", brand.name, brand.contact);
            let now = self.now();
            KeyOrder {
                user_id,
                created_s: now.as_second(),
                until_s: end_after(now, wish.years)?.as_second(),
                seed: self.seed(wish.purpose)?,
            }
        };
        let key = make(order).map_err(ActError::invalid)?;
        self.record_key(actor, brand_id, wish, &actions::MAKE_KEY, key, false)
            .await
    }

    /// Gives a brand a key that was made elsewhere; with an empty secret one that stays there.
    ///
    /// # Errors
    /// As [`Casework::make_key`]; [`ActError::Invalid`] for a key that the house has already.
    pub async fn import_key(
        &self,
        actor: &Actor,
        brand_id: &str,
        wish: KeyWish,
        key: NewKey,
    ) -> Result<String, ActError> {
        self.record_key(actor, brand_id, wish, &actions::IMPORT_KEY, key, true)
            .await
    }

    async fn record_key(
        &self,
        actor: &Actor,
        brand_id: &str,
        wish: KeyWish,
        action: &Action,
        key: NewKey,
        imported: bool,
    ) -> Result<String, ActError> {
        let stream = plan::stream("brand", brand_id)?;
        let until = key.until_s.map(instant).transpose()?;
        let record = |replica: &Replica, now| {
            let house = &replica.board.house;
            permit(house, actor, action)?;
            plan::brand(replica, brand_id)?;
            may_add(house, brand_id, wish)?;
            if let Some((owner, _)) = house.key(&key.fingerprint) {
                return Err(ActError::invalid(format!(
                    "the brand `{}` has the key {} already: each key comes once",
                    shown(owner),
                    key.fingerprint
                )));
            }
            let event = HouseEvent::KeyAdded(Box::new(AddedKey {
                brand: brand_id.to_owned(),
                purpose: wish.purpose,
                fingerprint: key.fingerprint.clone(),
                public: key.public.clone(),
                secret: key.secret.to_string(),
                imported,
                until,
            }));
            let mut plan = house_plan(actor, &stream, now, event);
            // What did not open may open now.
            if wish.purpose == KeyUse::Intake && !key.secret.is_empty() {
                plan.jobs = retry_jobs(&replica.board, brand_id, &key.fingerprint, now)?;
            }
            Ok((plan, ()))
        };
        self.record(record).await?;
        Ok(key.fingerprint.clone())
    }

    /// Records what a key says of itself now: another end, or that it is revoked. What it said already is not recorded again.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`]; [`ActError::Invalid`] for an unknown or a revoked key; [`ActError::Refused`] for a reason with a word that is
    /// sealed; those of the store.
    pub async fn change_key(&self, actor: &Actor, changed: &ChangedKey) -> Result<(), ActError> {
        let until = changed.until_s.map(instant).transpose()?;
        let record = |replica: &Replica, now| {
            let house = &replica.board.house;
            let action = match changed.revoked {
                Some(_) => &actions::REVOKE_KEY,
                None => &actions::RENEW_KEY,
            };
            permit(house, actor, action)?;
            let (brand, key) = known(house, &changed.fingerprint)?;
            let stream = plan::stream("brand", brand)?;
            if key.public == changed.public {
                return Ok((Plan::by(actor), ()));
            }
            if key.revoked.is_some() {
                let why = key.told(brand, KeyState::Revoked);
                return Err(ActError::invalid(format!("nothing takes back that {why}")));
            }
            let (brand, fingerprint) = (brand.to_owned(), key.fingerprint.clone());
            let public = changed.public.clone();
            let event = match &changed.revoked {
                Some((reason, why)) => {
                    let why = line_of_text("why a key is revoked", why)?;
                    // It stands in the key's revocation, which everybody reads.
                    refuse_words(&replica.board, &why, now)?;
                    HouseEvent::KeyRevoked {
                        brand,
                        fingerprint,
                        public,
                        reason: *reason,
                        why,
                    }
                }
                None => HouseEvent::KeyRenewed {
                    brand,
                    fingerprint,
                    public,
                    until,
                },
            };
            Ok((house_plan(actor, &stream, now, event), ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Records new signatures of a brand's documents by the key `to`, all in one commit, and gives back how many were new. What is signed
    /// so already is left out, so that a repetition records nothing.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`]; [`ActError::Invalid`] where another key is in use meanwhile; those of the store.
    pub async fn renew_signatures(
        &self,
        actor: &Actor,
        brand_id: &str,
        to: &str,
        signatures: &[NewSignature],
    ) -> Result<usize, ActError> {
        let stream = plan::stream("brand", brand_id)?;
        let record = |replica: &Replica, now: Timestamp| {
            let board = &replica.board;
            permit(&board.house, actor, &actions::RENEW_SIGNATURES)?;
            plan::brand(replica, brand_id)?;
            let in_use = board.house.signing_key(brand_id).map(|key| key.fingerprint.as_str());
            if in_use != Some(to) {
                return Err(ActError::invalid("the signing key was replaced meanwhile: repeat it"));
            }
            let mut plan = Plan::by(actor);
            let mut from = BTreeSet::new();
            for new in signatures {
                let state = board.advisories.get(&new.id);
                let mut versions = state.into_iter().flat_map(AdvisoryState::fixed_versions);
                // A version that went since needs no signature.
                let stands = versions.any(|(audience, version)| {
                    *audience == new.audience
                        && version.revision == new.revision
                        && version.sha256 == new.sha256
                        && version.signature != new.signature
                });
                if !stands {
                    continue;
                }
                from.insert(new.from.clone());
                plan.push(&StreamId::new(new.id.as_str())?, now, renewed(new, to));
            }
            let documents = plan.len();
            if documents > 0 {
                let renewed = HouseEvent::SignaturesRenewed {
                    brand: brand_id.to_owned(),
                    from: from.into_iter().collect(),
                    to: to.to_owned(),
                    documents: u64::try_from(documents).unwrap_or(u64::MAX),
                };
                plan.push(&stream, now, What::House(renewed));
            }
            Ok((plan, documents))
        };
        self.record(record).await.map(|(documents, _)| documents)
    }

    /// Whether the actor may bring signatures back from another machine: asked before anything is recorded.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`].
    pub fn may_renew_signatures(&self, actor: &Actor) -> Result<(), ActError> {
        permit(&self.replica().board.house, actor, &actions::RENEW_SIGNATURES)
    }

    /// Keeps the `security.txt` of a brand that was signed on another machine. The caller has verified it.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`]; [`ActError::Invalid`] where the house signs it itself; those of the store.
    pub async fn keep_security_txt(&self, actor: &Actor, brand_id: &str, text: &str) -> Result<(), ActError> {
        let stream = plan::stream("brand", brand_id)?;
        let record = |replica: &Replica, now| {
            let house = &replica.board.house;
            permit(house, actor, &actions::RENEW_SIGNATURES)?;
            plan::brand(replica, brand_id)?;
            if house.security_txts.get(brand_id).is_some_and(|kept| kept == text) {
                return Ok((Plan::by(actor), ()));
            }
            if house.signing_key(brand_id).is_none_or(Key::is_here) {
                return Err(ActError::invalid(format!(
                    "`{}` signs its security.txt itself: its key is here",
                    shown(brand_id)
                )));
            }
            let event = HouseEvent::SecurityTxtSigned {
                brand: brand_id.to_owned(),
                text: text.to_owned(),
            };
            Ok((house_plan(actor, &stream, now, event), ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Bytes of the operating system, or of the simulation: sixteen of each id.
    fn seed(&self, purpose: KeyUse) -> Result<Zeroizing<Vec<u8>>, ActError> {
        let (draw, draws) = match purpose {
            KeyUse::Sign => ("key", SIGN_DRAWS),
            KeyUse::Intake => ("intake-key", INTAKE_DRAWS),
        };
        let mut seed = Zeroizing::new(Vec::with_capacity(draws * size_of::<u128>()));
        for _ in 0..draws {
            seed.extend(id_bits(self.ports().ids.draw(draw)?.as_str()).to_be_bytes());
        }
        Ok(seed)
    }
}

fn renewed(new: &NewSignature, to: &str) -> What {
    let (revision, signature) = (new.revision, new.signature.clone());
    let (from, to) = (new.from.clone(), to.to_owned());
    if new.audience.is_public() {
        return What::Advisory(AdvisoryEvent::SignatureRenewed {
            revision,
            signature,
            from,
            to,
        });
    }
    let event = LimitedEvent::SignatureRenewed {
        revision,
        signature,
        from,
        to,
    };
    What::Advisory(AdvisoryEvent::Limited {
        audience: new.audience.clone(),
        event,
    })
}

/// The instant so many years later.
///
/// # Errors
/// A sentence, for a number of years that makes no sense.
pub fn end_after(now: Timestamp, years: i8) -> Result<Timestamp, ActError> {
    if !(1..=MAX_KEY_YEARS).contains(&years) {
        return Err(ActError::invalid(format!(
            "a key is valid for 1 to {MAX_KEY_YEARS} years"
        )));
    }
    let later = now.to_zoned(TimeZone::UTC).checked_add(Span::new().years(years));
    later
        .map(|later| later.timestamp())
        .map_err(|_| ActError::invalid("no calendar goes that far"))
}

fn instant(seconds: i64) -> Result<Timestamp, ActError> {
    Timestamp::from_second(seconds).map_err(|_| ActError::invalid("the key's end is no instant"))
}

fn may_add(house: &House, brand: &str, wish: KeyWish) -> Result<(), ActError> {
    let what = wish.purpose.name();
    match (house.key_in_use(brand, wish.purpose), wish.replace) {
        (Some(key), false) => Err(ActError::invalid(format!(
            "the brand `{}` has its {what} key already: {}; another one takes its place by `candor key rotate`",
            shown(brand),
            key.fingerprint
        ))),
        (None, true) => Err(ActError::invalid(format!(
            "the brand `{}` has no {what} key yet that another one could replace",
            shown(brand)
        ))),
        _ => Ok(()),
    }
}

fn known<'h>(house: &'h House, fingerprint: &str) -> Result<(&'h str, &'h Key), ActError> {
    house.key(fingerprint).ok_or_else(|| {
        ActError::invalid(format!(
            "no brand has the key `{}`; `candor key list` names them",
            shown(fingerprint)
        ))
    })
}
