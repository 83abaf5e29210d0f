//! `candor token`: machines that report, scanners and portals of customers, by their tokens.
//!
//! Owns the words. A token is shown once, where it is made, and nowhere else. Never decides what a token is for.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{Session, actor};
use crate::words::columns;
use casework::{CLEAN_RUNS, MachineWish};
use clap::{Args, Subcommand};
use psirt::house::machine::MachineKind;
use serde_json::{Value, json};

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Gives a machine a token and shows it once
    Add(Add),
    /// Lists machines and their tokens
    List,
    /// Ends a token
    End {
        /// The token's id: mac-…
        token: String,
    },
}

#[derive(Args, Debug)]
pub(crate) struct Add {
    /// The machine: lower-case words joined by `-`; another token of the same machine replaces none
    name: String,
    /// What it reports: scanner (findings of builds) or portal (reports of customers)
    #[arg(long, value_name = "KIND", value_parser = kind)]
    kind: MachineKind,
    /// The brand that it reports to
    #[arg(long, value_name = "ID")]
    brand: String,
    /// A product line that it reports on; without any, all of the brand
    #[arg(long = "product", value_name = "LINE")]
    products: Vec<String>,
    /// After how many complete runs without it a finding is gone
    #[arg(long, value_name = "NUMBER", default_value_t = CLEAN_RUNS)]
    clean_runs: u32,
    /// How many days it holds
    #[arg(long, value_name = "NUMBER", default_value_t = 365)]
    days: u16,
}

fn kind(word: &str) -> Result<MachineKind, String> {
    let mut kinds = MachineKind::ALL.into_iter();
    kinds
        .find(|kind| kind.name() == word)
        .ok_or_else(|| format!("`{word}` is no kind of machine: there are scanner and portal"))
}

impl Token {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        let work = &house.casework;
        match self {
            Token::Add(add) => {
                let wish = MachineWish {
                    machine: add.name,
                    kind: add.kind,
                    brand: add.brand,
                    products: add.products,
                    clean_runs: add.clean_runs,
                    days: add.days,
                };
                let made = house.wait(work.make_machine_token(&actor(global)?, wish.clone()))?;
                let secret = made.secret.reveal();
                let text = format!(
                    "{secret}\n\nThis is shown once. With {} the {} {} reports until {}: POST /api/v1/reports of the portal, with `Authorization: Bearer …`.",
                    made.id,
                    wish.kind.name(),
                    wish.machine,
                    made.until
                );
                Shown::new(json!({ "id": made.id, "token": secret, "until": made.until }), text)
            }
            Token::List => {
                work.may_read_machines(&actor(global)?)?;
                let board = work.board();
                let now = house.now();
                let (mut rows, mut json) = (Vec::new(), Vec::<Value>::new());
                for (id, machine) in &board.house.machines {
                    let token = &machine.token;
                    let state = match (machine.ended, machine.holds(now)) {
                        (true, _) => "ended",
                        (false, true) => "holds",
                        (false, false) => "expired",
                    };
                    let lines = match token.products.is_empty() {
                        true => "all lines".to_owned(),
                        false => token.products.join(", "),
                    };
                    rows.push(vec![
                        token.machine.clone(),
                        token.kind.name().to_owned(),
                        token.brand.clone(),
                        id.clone(),
                        state.to_owned(),
                        format!("until {}", token.until.strftime("%F")),
                        lines,
                    ]);
                    json.push(json!({
                        "id": id,
                        "machine": token.machine,
                        "kind": token.kind,
                        "brand": token.brand,
                        "products": token.products,
                        "clean_runs": token.clean_runs,
                        "state": state,
                        "made": machine.made,
                        "until": token.until,
                    }));
                }
                let text = match rows.is_empty() {
                    true => "No machine reports. One begins with `candor token add`.\n".to_owned(),
                    false => columns(&rows),
                };
                Shown::new(json, text)
            }
            Token::End { token } => {
                house.wait(work.end_machine_token(&actor(global)?, &token))?;
                Shown::new(json!({ "id": token }), format!("{token} opens nothing any more."))
            }
        }
    }
}
