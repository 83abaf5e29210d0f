//! Machines that report: scanners, and the vendor's portal for its customers. Their tokens, and whom one lets in.
//!
//! Never keeps a token: its digest is in the journal, and the secret leaves once. What a token is for never changes; another scope is another
//! token, and a machine keeps its name through them.

use crate::Casework;
use crate::actions::{END_MACHINE_TOKEN, MAKE_MACHINE_TOKEN, READ_MACHINES};
use crate::actor::{Actor, shown};
use crate::customers::MAX_TOKEN_DAYS;
use crate::error::ActError;
use crate::house::{house_plan, require_id};
use crate::permit::permit;
use crate::plan::{self, Plan};
use crate::replica::Replica;
use jiff::{SignedDuration, Timestamp};
use psirt::board::House;
use psirt::house::HouseEvent;
use psirt::house::machine::{MachineKind, MachineToken};
use vault::{AccessToken, TokenDigest};

/// After so many complete runs without it a finding is gone, unless its token says another number.
pub const CLEAN_RUNS: u32 = 3;
/// The greatest number that a token may say.
const MAX_CLEAN_RUNS: u32 = 100;
/// Most product lines of one token.
const MAX_LINES: usize = 50;

/// What a token is to be for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineWish {
    /// The machine: lower-case words joined by `-`.
    pub machine: String,
    /// What it reports.
    pub kind: MachineKind,
    /// The brand that it reports to.
    pub brand: String,
    /// The product lines that it reports on; none for all of the brand.
    pub products: Vec<String>,
    /// After so many complete runs without it a finding is gone.
    pub clean_runs: u32,
    /// How many days it holds.
    pub days: u16,
}

/// A machine's token that was just made.
#[derive(Debug)]
pub struct NewMachineToken {
    /// By which it is listed and ended.
    pub id: String,
    /// What the machine keeps.
    pub secret: AccessToken,
    /// From then on it opens nothing.
    pub until: Timestamp,
}

impl Casework {
    /// Gives a machine a token for some days. The secret is in the answer and nowhere else.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`]; [`ActError::Invalid`] for an unknown brand or line, for a machine that reports something else already, or a
    /// number that is too small or too large; those of the store.
    pub async fn make_machine_token(&self, actor: &Actor, wish: MachineWish) -> Result<NewMachineToken, ActError> {
        require_id("a machine's name", &wish.machine)?;
        if wish.days == 0 || wish.days > MAX_TOKEN_DAYS {
            return Err(ActError::invalid(format!(
                "a token is given for 1 to {MAX_TOKEN_DAYS} days"
            )));
        }
        if wish.clean_runs == 0 || wish.clean_runs > MAX_CLEAN_RUNS {
            return Err(ActError::invalid(format!(
                "a finding is gone after 1 to {MAX_CLEAN_RUNS} clean runs"
            )));
        }
        let secret = AccessToken::draw()?;
        let sha256 = secret.digest().to_hex();
        let record = |replica: &Replica, now: Timestamp| {
            let house = &replica.board.house;
            permit(house, actor, &MAKE_MACHINE_TOKEN)?;
            plan::brand(replica, &wish.brand)?;
            fits(house, &wish)?;
            let drawn = self.ports().ids.draw("token")?;
            let id = format!("mac-{}", drawn.as_str().get(..8).unwrap_or(drawn.as_str()));
            if house.machines.contains_key(&id) {
                return Err(ActError::invalid("the token's id is taken: repeat it"));
            }
            let until = now + SignedDuration::from_hours(i64::from(wish.days) * 24);
            let event = HouseEvent::MachineTokenMade(Box::new(MachineToken {
                id: id.clone(),
                machine: wish.machine.clone(),
                kind: wish.kind,
                brand: wish.brand.clone(),
                products: wish.products.clone(),
                clean_runs: wish.clean_runs,
                sha256: sha256.clone(),
                until,
            }));
            let stream = plan::stream("machine", &wish.machine)?;
            Ok((house_plan(actor, &stream, now, event), (id, until)))
        };
        let ((id, until), _) = self.record(record).await?;
        Ok(NewMachineToken { id, secret, until })
    }

    /// Ends a machine's token. Repeating is harmless.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`], [`ActError::Invalid`] for an unknown token; those of the store.
    pub async fn end_machine_token(&self, actor: &Actor, token: &str) -> Result<(), ActError> {
        let record = |replica: &Replica, now: Timestamp| {
            let house = &replica.board.house;
            permit(house, actor, &END_MACHINE_TOKEN)?;
            let known = house.machines.get(token);
            let known = known.ok_or_else(|| ActError::invalid(format!("no machine has a token `{}`", shown(token))))?;
            if known.ended {
                return Ok((Plan::by(actor), ()));
            }
            let stream = plan::stream("machine", &known.token.machine)?;
            let token = token.to_owned();
            let event = HouseEvent::MachineTokenEnded { token };
            Ok((house_plan(actor, &stream, now, event), ()))
        };
        self.record(record).await.map(|_| ())
    }

    /// Whether somebody may see which machines report.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`].
    pub fn may_read_machines(&self, actor: &Actor) -> Result<(), ActError> {
        permit(&self.board().house, actor, &READ_MACHINES)
    }

    /// The token that somebody presents to a brand, if it lets them in now. Every token is compared, whatever the others said; one that is
    /// unknown, over, ended or another brand's is the same nothing.
    #[must_use]
    pub fn machine(&self, brand: &str, presented: &str) -> Option<MachineToken> {
        let digest = TokenDigest::of(presented);
        let (board, now) = (self.board(), self.now());
        let mut found = None;
        for machine in board.house.machines.values() {
            if digest.is(&machine.token.sha256) {
                found = Some(machine);
            }
        }
        let found = found.filter(|machine| machine.holds(now) && machine.token.brand == brand);
        found.map(|machine| machine.token.clone())
    }
}

/// Whether a token's wish fits to what the house has.
fn fits(house: &House, wish: &MachineWish) -> Result<(), ActError> {
    if wish.products.len() > MAX_LINES {
        return Err(ActError::invalid(format!("a token is for at most {MAX_LINES} lines")));
    }
    let sold = |name: &String| house.products.get(name).is_some_and(|line| line.brand == wish.brand);
    if let Some(unknown) = wish.products.iter().find(|name| !sold(name)) {
        return Err(ActError::invalid(format!(
            "`{}` is no product line of that brand",
            shown(unknown)
        )));
    }
    let mut tokens = house.machines.values().map(|machine| &machine.token);
    let own = tokens.find(|token| token.machine == wish.machine);
    if own.is_some_and(|own| own.kind != wish.kind || own.brand != wish.brand) {
        return Err(ActError::invalid(format!(
            "`{}` is a machine of another kind or brand already: give this one another name",
            wish.machine
        )));
    }
    Ok(())
}
