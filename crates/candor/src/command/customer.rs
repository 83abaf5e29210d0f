//! `candor customer`: who reads what is not public, and their tokens.
//!
//! Owns the words. A token is shown once, where it is made, and nowhere else.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{Session, actor};
use crate::words::columns;
use clap::{Args, Subcommand};
use psirt::advisory::Tlp;
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub(crate) enum Customer {
    /// Adds or changes somebody who reads what is not public
    Add(Add),
    /// Lists customers and their tokens
    List,
    /// Makes a token and shows it once
    Token {
        /// The customer's id
        customer: String,
        /// How many days it holds
        #[arg(long, value_name = "NUMBER", default_value_t = 365)]
        days: u16,
    },
    /// Takes a token back
    Revoke {
        /// The token's id: tok-…
        token: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct Add {
    /// A short name: lower-case words joined by `-`
    id: String,
    /// As documents name it; without it the id
    #[arg(long)]
    name: Option<String>,
    /// The brand whose advisories it reads
    #[arg(long, value_name = "ID")]
    brand: String,
    /// Up to which level: green, amber or red
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    tlp: Option<Tlp>,
    /// Advisories may be released to it alone
    #[arg(long)]
    party: bool,
}

fn level(word: &str) -> Result<Tlp, String> {
    Tlp::from_name(word).ok_or_else(|| format!("`{word}` is no level: there are green, amber and red"))
}

impl Customer {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        let work = &house.casework;
        match self {
            Customer::Add(add) => {
                let customer = psirt::house::Customer {
                    name: add.name.unwrap_or_else(|| add.id.clone()),
                    id: add.id,
                    brand: add.brand,
                    tlp: add.tlp,
                    party: add.party,
                };
                house.wait(work.set_customer(&actor(global)?, customer.clone()))?;
                let text = format!(
                    "{} reads what is released to it after the next `candor publish`. Next: `candor customer token {}`.",
                    customer.name, customer.id
                );
                Shown::new(customer, text)
            }
            Customer::List => {
                work.may_read_customers(&actor(global)?)?;
                let board = work.board();
                let now = house.now();
                let (mut rows, mut json) = (Vec::new(), Vec::<Value>::new());
                for customer in board.house.customers.values() {
                    let level = customer.tlp.map_or("", Tlp::name);
                    let party = if customer.party { "party" } else { "" };
                    rows.push(vec![
                        customer.id.clone(),
                        customer.brand.clone(),
                        level.to_owned(),
                        party.to_owned(),
                    ]);
                    let theirs = board
                        .house
                        .tokens
                        .iter()
                        .filter(|(_, token)| token.customer == customer.id);
                    let mut tokens = Vec::new();
                    for (id, token) in theirs {
                        let state = match (token.revoked, token.holds(now)) {
                            (true, _) => "revoked",
                            (false, true) => "holds",
                            (false, false) => "expired",
                        };
                        let used = token.used.map(|day| day.to_string());
                        let shown = used
                            .clone()
                            .map_or("never used".to_owned(), |day| format!("last used {day}"));
                        let until = format!("until {}", token.until.strftime("%F"));
                        rows.push(vec![format!("  {id}"), state.to_owned(), until, shown]);
                        tokens.push(
                            json!({ "id": id, "state": state, "made": token.made, "until": token.until, "used": used }),
                        );
                    }
                    json.push(json!({ "customer": customer, "tokens": tokens }));
                }
                let text = if rows.is_empty() {
                    "No customers.\n".to_owned()
                } else {
                    columns(&rows)
                };
                Shown::new(json, text)
            }
            Customer::Token { customer, days } => {
                let made = house.wait(work.make_token(&actor(global)?, &customer, days))?;
                let secret = made.secret.reveal();
                let text = format!(
                    "{secret}\n\nThis is shown once. {} of {customer} opens until {} what was released to it, sent as `Authorization: Bearer …`.",
                    made.id, made.until
                );
                Shown::new(json!({ "id": made.id, "token": secret, "until": made.until }), text)
            }
            Customer::Revoke { token } => {
                house.wait(work.revoke_token(&actor(global)?, &token))?;
                Shown::new(json!({ "id": token }), format!("{token} opens nothing any more."))
            }
        }
    }
}
