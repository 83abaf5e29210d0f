//! `candor product`: the catalogue of product lines.

use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Shown;
use crate::session::{Session, actor};
use crate::words::columns;
use clap::{Args, Subcommand};
use jiff::civil;

#[derive(Debug, Subcommand)]
pub(crate) enum Product {
    /// Adds or changes a product line; its name is its identity
    Add(Add),
    /// Lists product lines
    List,
}

#[derive(Args, Debug)]
pub(crate) struct Add {
    /// The line's name, such as `Sensor 25`
    name: String,
    /// The id of the brand that sells it
    #[arg(long)]
    brand: String,
    /// How it runs
    #[arg(long, value_parser = ["on-prem", "saas"])]
    deployment: String,
    /// Where it is sold; selects overlays
    #[arg(long, value_delimiter = ',', default_value = "eu")]
    market: Vec<String>,
    /// The last day of its support
    #[arg(long, value_name = "DATE", value_parser = date)]
    supported_until: Option<civil::Date>,
}

fn date(text: &str) -> Result<civil::Date, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a date: write 2027-02-28"))
}

impl Product {
    pub(crate) fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        match self {
            Product::Add(add) => add.run(global, session),
            Product::List => list(global, session),
        }
    }
}

impl Add {
    fn run(self, global: &Global, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        let product = psirt::house::Product {
            name: self.name,
            brand: self.brand,
            deployment: self.deployment,
            market: self.market,
            supported_until: self.supported_until,
        };
        house.wait(house.casework.set_product(&actor(global)?, product.clone()))?;
        let text = format!("{} is in the catalogue.", product.name);
        Shown::new(product, text)
    }
}

fn list(global: &Global, session: &mut Session) -> Result<Shown, Failure> {
    let house = session.house(global)?;
    let board = house.casework.board();
    let products: Vec<_> = board.house.products.values().collect();
    let row = |product: &&psirt::house::Product| {
        let support = product
            .supported_until
            .map_or("supported".to_owned(), |day| format!("supported until {day}"));
        vec![
            product.name.clone(),
            product.brand.clone(),
            product.deployment.clone(),
            product.market.join(","),
            support,
        ]
    };
    Shown::new(&products, columns(&products.iter().map(row).collect::<Vec<_>>()))
}
