//! Customers who read what is not public, and their tokens.
//!
//! Owns who gets a token and whom one lets in. Never keeps a token: its digest is in the journal, and the secret leaves once.

use crate::Casework;
use crate::actions::{MAKE_TOKEN, READ_CUSTOMERS, REVOKE_TOKEN, SET_CUSTOMER};
use crate::actor::{Actor, shown};
use crate::error::ActError;
use crate::house::{house_plan, line_of_text, require_id};
use crate::permit::permit;
use crate::plan::{self, Plan};
use crate::replica::Replica;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use psirt::board::Board;
use psirt::house::{Customer, HouseEvent};
use store::StreamId;
use vault::{AccessToken, TokenDigest};

pub use vault::is_token;

/// The longest time for which a token is given.
pub const MAX_TOKEN_DAYS: u16 = 730;

/// A token that was just made.
#[derive(Debug)]
pub struct NewToken {
    /// By which it is listed and revoked.
    pub id: String,
    /// What the customer keeps.
    pub secret: AccessToken,
    /// From then on it opens nothing.
    pub until: Timestamp,
}

/// Whom a token lets in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The token's id.
    pub token: String,
    /// Whose it is.
    pub customer: Customer,
}

impl Casework {
    /// Adds or changes a customer.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`], [`ActError::Invalid`] for an id that is no id, an unknown brand, or a customer that may read nothing;
    /// those of the store.
    pub async fn set_customer(&self, actor: &Actor, customer: Customer) -> Result<(), ActError> {
        require_id("a customer's id", &customer.id)?;
        line_of_text("a customer's name", &customer.name)?;
        if customer.tlp.is_none() && !customer.party {
            return Err(ActError::invalid(
                "a customer reads up to a TLP level, or what is released to it alone: say which",
            ));
        }
        let stream = plan::stream("customer", &customer.id)?;
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &SET_CUSTOMER)?;
            plan::brand(replica, &customer.brand)?;
            let event = HouseEvent::CustomerSet(customer.clone());
            Ok((house_plan(actor, &stream, now, event), ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Gives a customer a token for some days. The secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`], [`ActError::Invalid`] for an unknown customer or a time that is none or too long; those of the store.
    pub async fn make_token(&self, actor: &Actor, customer: &str, days: u16) -> Result<NewToken, ActError> {
        if days == 0 || days > MAX_TOKEN_DAYS {
            return Err(ActError::invalid(format!(
                "a token is given for 1 to {MAX_TOKEN_DAYS} days"
            )));
        }
        let secret = AccessToken::draw()?;
        let sha256 = secret.digest().to_hex();
        let record = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &MAKE_TOKEN)?;
            let stream = customer_stream(replica, customer)?;
            let drawn = self.ports().ids.draw("token")?;
            let id = format!("tok-{}", drawn.as_str().get(..8).unwrap_or(drawn.as_str()));
            if replica.board.house.tokens.contains_key(&id) {
                return Err(ActError::invalid("the token's id is taken: repeat it"));
            }
            let until = now + SignedDuration::from_hours(i64::from(days) * 24);
            let event = HouseEvent::TokenMade {
                customer: customer.to_owned(),
                token: id.clone(),
                sha256: sha256.clone(),
                until,
            };
            Ok((house_plan(actor, &stream, now, event), (id, until)))
        };
        let ((id, until), _) = self.record(record).await?;
        Ok(NewToken { id, secret, until })
    }

    /// Takes a token back. Repeating is harmless.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`], [`ActError::Invalid`] for an unknown token; those of the store.
    pub async fn revoke_token(&self, actor: &Actor, token: &str) -> Result<(), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let house = &replica.board.house;
            permit(house, actor, &REVOKE_TOKEN)?;
            let known = house.tokens.get(token);
            let known = known.ok_or_else(|| ActError::invalid(format!("no token is called `{}`", shown(token))))?;
            if known.revoked {
                return Ok((Plan::by(actor), ()));
            }
            let stream = customer_stream(replica, &known.customer)?;
            let token = token.to_owned();
            Ok((house_plan(actor, &stream, now, HouseEvent::TokenRevoked { token }), ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Whether somebody may see who the customers are, and when their tokens were used.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`].
    pub fn may_read_customers(&self, actor: &Actor) -> Result<(), ActError> {
        permit(&self.board().house, actor, &READ_CUSTOMERS)
    }

    /// Whom a token lets in now, on the board as it is here: [`reader_on`].
    #[must_use]
    pub fn reader(&self, presented: &str) -> Option<Reader> {
        reader_on(&self.board(), self.now(), presented)
    }

    /// Records that a token was used today, once a day.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn token_used(&self, token: &str) -> Result<(), ActError> {
        let today = |now: Timestamp| now.to_zoned(TimeZone::UTC).date();
        let is_new = |replica: &Replica, now: Timestamp| {
            let known = replica.board.house.tokens.get(token);
            known
                .filter(|known| known.used < Some(today(now)))
                .map(|known| known.customer.clone())
        };
        if is_new(&self.replica(), self.now()).is_none() {
            return Ok(());
        }
        let record = |replica: &Replica, now: Timestamp| {
            let portal = Actor::part("portal");
            let Some(customer) = is_new(replica, now) else {
                return Ok((Plan::by(&portal), ()));
            };
            let stream = customer_stream(replica, &customer)?;
            let (token, day) = (token.to_owned(), today(now));
            Ok((
                house_plan(&portal, &stream, now, HouseEvent::TokenUsed { token, day }),
                (),
            ))
        };
        self.record(record).await.map(|_| ())
    }
}

/// Whom a token lets in at an instant, by what a board knows. Every token is compared, whatever the others said.
#[must_use]
pub fn reader_on(board: &Board, now: Timestamp, presented: &str) -> Option<Reader> {
    let digest = TokenDigest::of(presented);
    let mut found = None;
    for (id, token) in &board.house.tokens {
        if digest.is(&token.sha256) {
            found = Some((id, token));
        }
    }
    let (id, token) = found.filter(|(_, token)| token.holds(now))?;
    Some(Reader {
        token: id.clone(),
        customer: board.house.customers.get(&token.customer)?.clone(),
    })
}

/// What the journal keeps of a token.
#[must_use]
pub fn token_digest(secret: &str) -> String {
    TokenDigest::of(secret).to_hex()
}

fn customer_stream(replica: &Replica, customer: &str) -> Result<StreamId, ActError> {
    if !replica.board.house.customers.contains_key(customer) {
        return Err(ActError::invalid(format!(
            "no customer is called `{}`",
            shown(customer)
        )));
    }
    plan::stream("customer", customer)
}
