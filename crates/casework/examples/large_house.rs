//! Fills a data directory that `candor init` made, with people, brands, products and policies in it, with cases: so many open ones of forty
//! events each, and so many closed ones. Prints; never judges.
//!
//!     cargo run --release -p casework --example large_house -- DIR OPEN CLOSED

use casework::{Casework, Ports};
use jiff::{SignedDuration, Timestamp};
use psirt::body::{Body, What};
use psirt::case::number::Number;
use psirt::event::Event;
use psirt::house::ReportEvent;
use psirt::story::read_event;
use std::error::Error;
use std::path::Path;
use store::{ActorId, Batch, Config, Entry, KeyId, NumberOf, Store, StreamId};
use vault::MasterKey;

const TITLES: [&str; 8] = [
    "Heap overflow in the parser of capture files",
    "Stored script in the name of an asset",
    "Session survives the change of a password",
    "Path traversal in the import of backups",
    "Crafted packet stops the sensor",
    "Certificate of the update server is not checked",
    "Blind injection in the search of alerts",
    "Default account of the bundled database",
];
const VECTORS: [&str; 4] = [
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N",
    "CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
    "CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:L/I:N/A:N",
];
const CASES_IN_A_BATCH: usize = 150;

#[expect(clippy::print_stdout, reason = "it says what it did")]
#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, directory, open, closed] = arguments.as_slice() else {
        return Err("say where, how many open cases, and how many closed ones".into());
    };
    let (open, closed): (usize, usize) = (open.parse()?, closed.parse()?);
    let root = Path::new(directory);
    let master = MasterKey::load(&root.join("keys/master.key"))?;
    let store = Store::open(&Config::in_directory(root), master).await?;
    let casework = Casework::open(store.clone(), Ports::default()).await?;
    let products: Vec<(String, String, String)> = {
        let board = casework.board();
        let house = &board.house;
        let of = |product: &psirt::house::Product| {
            let prefix = house
                .brands
                .get(&product.brand)
                .map(|brand| brand.number_prefix.clone());
            (product.name.clone(), product.brand.clone(), prefix.unwrap_or_default())
        };
        house.products.values().map(of).collect()
    };
    if products.is_empty() {
        return Err("the house has no product line".into());
    }
    let now = casework.now();
    let mut entries = 0;
    for first in (0..open + closed).step_by(CASES_IN_A_BATCH) {
        let mut batch = Batch {
            recorded_us: now.as_microsecond(),
            ..Batch::default()
        };
        for index in first..(first + CASES_IN_A_BATCH).min(open + closed) {
            // Closed ones first: they are the older ones.
            let made = Made::of(index, index >= closed, now, &products);
            made.write(&mut batch)?;
        }
        entries += batch.entries.len();
        store.append(batch).await?;
    }
    println!("{open} open and {closed} closed cases: {entries} entries");
    casework.close().await;
    Ok(())
}

struct Made<'a> {
    index: usize,
    open: bool,
    began: Timestamp,
    product: &'a str,
    brand: &'a str,
    prefix: &'a str,
}

impl<'a> Made<'a> {
    fn of(index: usize, open: bool, now: Timestamp, products: &'a [(String, String, String)]) -> Made<'a> {
        let days = if open { index % 50 } else { 60 + index % 1_000 };
        let (product, brand, prefix) = &products[index % products.len()];
        Made {
            index,
            open,
            began: now - SignedDuration::from_hours(24 * days as i64 + 12),
            product,
            brand,
            prefix,
        }
    }

    fn write(&self, batch: &mut Batch) -> Result<(), Box<dyn Error>> {
        let number = Number::new(
            self.prefix,
            2020 + (self.index >> 20) as i16,
            (self.index & 0xF_FFFF) as u32,
        );
        let case = StreamId::new(format!("case:{:026}", self.index))?;
        let report = StreamId::new(format!("report:{:026}", self.index))?;
        let actor = ActorId::new("ana")?;
        let mut seqs = [0, 0];
        let mut push = |stream: &StreamId, hours: i64, what: What| -> Result<(), Box<dyn Error>> {
            let seq = &mut seqs[usize::from(*stream == report)];
            *seq += 1;
            let body = Body {
                at: self.began + SignedDuration::from_hours(hours),
                approved_by: None,
                report: None,
                what,
            };
            batch.entries.push(Entry {
                stream: stream.clone(),
                seq: *seq,
                actor: actor.clone(),
                key_id: KeyId::from(stream),
                body: body.encode()?.into(),
            });
            Ok(())
        };
        let title = format!("{} ({})", TITLES[self.index % TITLES.len()], self.index);
        let text = format!(
            "{title}. It was found in {} with the default settings. Steps: send the attached file {} to the service, wait for the worker to \
             restart, and read the log. We believe that the length in the header is used before it is checked. {}",
            self.product,
            self.index,
            "The same happens with every version that we could try, and with the service behind a proxy. ".repeat(5)
        );
        let arrived = ReportEvent::Arrived {
            number: number.as_str().to_owned(),
            brand: self.brand.to_owned(),
            channel: "mail".to_owned(),
            from: format!("Researcher {} <r{}@example.org>", self.index, self.index),
            raw: None,
            at: self.began,
        };
        push(&report, 0, What::Report(arrived))?;
        push(&report, 0, What::Report(ReportEvent::Joined { case: case.to_string() }))?;
        for (hours, event) in self.events(&title)? {
            push(&case, hours, What::Case(event))?;
        }
        let title = title.clone();
        push(&report, 0, What::Report(ReportEvent::Understood { title, text }))?;
        batch.numbers.push(NumberOf {
            number: store::Number::new(number.as_str())?,
            stream: report,
        });
        Ok(())
    }

    /// Thirty-seven events of an open case, beside the three of its report; eleven of a closed one.
    fn events(&self, title: &str) -> Result<Vec<(i64, Event)>, Box<dyn Error>> {
        let product = self.product;
        let vector = VECTORS[self.index % VECTORS.len()];
        let mut texts = vec![
            (0, "received = { by = 'external' }".to_owned()),
            (0, format!("titled = {{ title = '{title}' }}")),
            (0, format!("suspected = {{ products = ['{product}'] }}")),
            (0, "acknowledged = {}".to_owned()),
            (3, "reviewed = {}".to_owned()),
        ];
        if self.open && self.index.is_multiple_of(5) {
            // Somebody still looks at every fifth.
        } else {
            texts.push((5, format!("confirmed = {{ origin = 'own', products = ['{product}'] }}")));
            texts.push((5, format!("scored = {{ vector = '{vector}', source = 'own' }}")));
            texts.push((6, "reported-back = {}".to_owned()));
        }
        if self.open {
            texts.push((6, "judged = { public-attention = false, exploit = 'none' }".to_owned()));
            texts.push((
                7,
                format!("assigned = {{ person = '{}' }}", ["ana", "ben"][self.index % 2]),
            ));
            for note in texts.len()..37 {
                let text = format!(
                    "Step {note} of the investigation: the worker of {product} was traced again, and nothing new was seen."
                );
                texts.push((8, format!("noted = {{ text = '{text}' }}")));
            }
        } else {
            texts.push((
                300,
                format!(
                    "fix-released = {{ product = '{product}', version = '{}.1' }}",
                    self.index % 30
                ),
            ));
            texts.push((301, "credit = { choice = 'no' }".to_owned()));
            texts.push((302, "closed = {}".to_owned()));
        }
        let read = |(hours, text): (i64, String)| -> Result<(i64, Event), Box<dyn Error>> {
            let table: toml::Table = text.parse()?;
            let (name, fields) = table.into_iter().next().ok_or("an event")?;
            Ok((hours, read_event(&name, fields)?))
        };
        texts.into_iter().map(read).collect()
    }
}
