//! Bringing a team's past along: rows that were understood become cases, each with its own number, as they happened then.
//!
//! Owns the order: everything is understood and judged before anything is written, and a row is one batch. Never overwrites: a row that
//! changed since it was brought along is told as a difference. An import that was interrupted is completed by doing it again.

use crate::Casework;
use crate::actions::IMPORT_CASES;
use crate::actor::{Actor, shown};
use crate::error::ActError;
use crate::house::line_of_text;
use crate::permit::permit;
use crate::plan::{self, Plan};
use crate::receive::year_of;
use crate::replica::Replica;
use jiff::Timestamp;
use psirt::body::What;
use psirt::case::number::Number;
use psirt::event::Event;
use psirt::house::ReportEvent;
use psirt::past::{self, Finding, Format, Map, Past, PastCase};
use std::collections::BTreeSet;
use store::{NumberOf, StoreError};
use tokio::task::JoinSet;

/// A file of past cases.
#[derive(Clone, Debug, Default)]
pub struct PastFile {
    /// Where it comes from, in words: it stands on every case.
    pub source: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// How it is written.
    pub json_lines: bool,
    /// How it calls things.
    pub map: Map,
}

/// How much of a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Nothing: it is only understood.
    DryRun,
    /// All of it, if every row is good.
    AllOrNothing,
    /// The good rows.
    OnlyGood,
}

/// What came of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Its rows, in the order of the file.
    pub rows: Vec<ImportedRow>,
    /// Headings that are not understood, and ignored.
    pub ignored: Vec<String>,
    /// What is wrong with the file as a whole.
    pub findings: Vec<Finding>,
    /// How many cases were written.
    pub written: usize,
}

/// What came of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedRow {
    /// Its line in the file.
    pub line: u64,
    /// Its number there.
    pub id: String,
    /// What came of it.
    pub fate: Fate,
}

/// What came of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is good, and was not written: so many events.
    Good(usize),
    /// It is a case under this number now.
    Written(String),
    /// It was brought along before, the same, under this number.
    Known(String),
    /// It was brought along before under this number, and the file tells something else now. Nothing was changed.
    Differs(String, Vec<String>),
    /// It cannot be brought along.
    Refused(Vec<Finding>),
}

impl Imported {
    /// How many rows were refused.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.rows
            .iter()
            .filter(|row| matches!(row.fate, Fate::Refused(_)))
            .count()
            + self.findings.len()
    }
}

/// Rows whose batches wait together: as many as the store commits in one transaction.
const WINDOW_ROWS: usize = 256;

/// A row that is about to be written.
struct Next {
    place: usize,
    number: String,
    plan: Plan,
}

impl Casework {
    /// Brings past cases along, by two people once for the whole file.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`]; [`ActError::Refused`] without a second person; [`ActError::Invalid`] for a source that is no line of
    /// text; those of the store: rows that were written before stay, and the same import again completes it.
    pub async fn import_cases(&self, actor: &Actor, file: &PastFile, extent: Extent) -> Result<Imported, ActError> {
        let source = line_of_text("where the cases come from", &file.source)?;
        self.refresh().await?;
        let (past, mut imported) = {
            let replica = self.replica();
            permit(&replica.board.house, actor, &IMPORT_CASES)?;
            let second = actor.approved_by.as_deref().unwrap_or_default();
            let format = if file.json_lines {
                Format::JsonLines
            } else {
                Format::Csv
            };
            let people = (actor.id.as_str(), second);
            let past = past::read(&file.bytes, format, &file.map, &replica.board, self.now(), people);
            let imported = judged(&replica, &past);
            (past, imported)
        };
        let write = match extent {
            Extent::DryRun => false,
            Extent::AllOrNothing => imported.refused() == 0,
            Extent::OnlyGood => imported.findings.is_empty(),
        };
        if !write {
            return Ok(imported);
        }
        let good = imported
            .rows
            .iter()
            .enumerate()
            .filter(|(_, row)| matches!(row.fate, Fate::Good(_)));
        let mut waiting: Vec<usize> = good.map(|(place, _)| place).collect();
        while !waiting.is_empty() {
            let later = waiting.split_off(waiting.len().min(WINDOW_ROWS));
            let again = self.write_rows(actor, &source, &past, &waiting, &mut imported).await?;
            waiting = again.into_iter().chain(later).collect();
        }
        Ok(imported)
    }

    /// Appends some rows together, and gives back those that somebody else's number or row came before.
    async fn write_rows(
        &self,
        actor: &Actor,
        source: &str,
        past: &Past,
        places: &[usize],
        imported: &mut Imported,
    ) -> Result<Vec<usize>, ActError> {
        self.refresh().await?;
        let now = self.now();
        let mut appends = JoinSet::new();
        {
            let replica = self.replica();
            permit(&replica.board.house, actor, &IMPORT_CASES)?;
            // Numbers of this window; those that were given before are the board's to know.
            let mut taken: BTreeSet<String> = BTreeSet::new();
            for place in places {
                let (Some(Ok(case)), Some(row)) = (
                    past.rows.get(*place).map(|row| &row.case),
                    imported.rows.get_mut(*place),
                ) else {
                    continue;
                };
                // Another import may have brought it along meanwhile.
                row.fate = fate(&replica, case);
                if !matches!(row.fate, Fate::Good(_)) {
                    continue;
                }
                let next = self.next_row(&replica, actor, source, *place, case, &mut taken, now)?;
                let batch = next.plan.batch(&replica, now)?;
                let store = self.store().clone();
                appends.spawn(async move { (next.place, next.number, store.append(batch).await) });
            }
        }
        let (mut again, mut failed) = (Vec::new(), None);
        while let Some(joined) = appends.join_next().await {
            match joined {
                Ok((place, number, Ok(_))) => {
                    imported.written += 1;
                    if let Some(row) = imported.rows.get_mut(place) {
                        row.fate = Fate::Written(number);
                    }
                }
                Ok((place, _, Err(StoreError::NumberTaken(_)))) => again.push(place),
                Ok((.., Err(error))) => failed = Some(ActError::from(error)),
                Err(_) => failed = Some(ActError::invalid("the import was interrupted; do it again")),
            }
        }
        self.refresh().await?;
        again.sort_unstable();
        failed.map_or(Ok(again), Err)
    }

    /// A row as one batch: the report with its number, then the case with its past.
    #[expect(clippy::too_many_arguments, reason = "a row, and everything that it is written with")]
    fn next_row(
        &self,
        replica: &Replica,
        actor: &Actor,
        source: &str,
        place: usize,
        case: &PastCase,
        taken: &mut BTreeSet<String>,
        now: Timestamp,
    ) -> Result<Next, ActError> {
        let brand = plan::brand(replica, &case.brand)?;
        let year = year_of(replica, brand, case.received);
        let number = self.draw_untaken(brand, year, &replica.board, taken)?;
        let report = self.draw_stream(replica, "report")?;
        let stream = self.draw_stream(replica, "case")?;
        let mut plan = Plan::by(actor);
        let arrived = ReportEvent::Arrived {
            number: number.clone(),
            brand: brand.id.clone(),
            channel: "import".to_owned(),
            from: String::new(),
            raw: None,
            at: case.received,
        };
        plan.push(&report, case.received, What::Report(arrived));
        let understood = ReportEvent::Understood {
            title: case.title.clone(),
            text: case.summary.clone(),
        };
        plan.push(&report, case.received, What::Report(understood));
        plan.push(
            &report,
            now,
            What::Report(ReportEvent::Joined {
                case: stream.to_string(),
            }),
        );
        for told in &case.told {
            plan.push(&stream, told.at, What::Case(told.event.clone()));
        }
        for text in &case.notes {
            plan.push(&stream, now, What::Case(Event::Noted { text: text.clone() }));
        }
        let event = Event::Imported {
            source: source.to_owned(),
            id: case.id.clone(),
            row: format!("line {}", case.line),
        };
        plan.push(&stream, now, What::Case(event));
        plan.numbers.push(NumberOf {
            number: store::Number::new(number.as_str())?,
            stream: report,
        });
        Ok(Next { place, number, plan })
    }

    fn draw_untaken(
        &self,
        brand: &psirt::house::Brand,
        year: i16,
        board: &psirt::board::Board,
        taken: &mut BTreeSet<String>,
    ) -> Result<String, ActError> {
        const MAX_DRAWS: u32 = 1_000;
        for _ in 0..MAX_DRAWS {
            let bits = crate::house::id_bits(self.ports().ids.draw("number")?.as_str());
            let number = Number::new(&brand.number_prefix, year, (bits & 0xF_FFFF) as u32);
            if !board.has_number(number.as_str()) && taken.insert(number.as_str().to_owned()) {
                return Ok(number.as_str().to_owned());
            }
        }
        Err(ActError::invalid(format!(
            "the numbers of `{}` for {year} are used up: give the brand another prefix",
            shown(&brand.id)
        )))
    }
}

/// What would come of every row.
fn judged(replica: &Replica, past: &Past) -> Imported {
    let rows = past.rows.iter().map(|row| ImportedRow {
        line: row.line,
        id: row.id.clone(),
        fate: match &row.case {
            Ok(case) => fate(replica, case),
            Err(findings) => Fate::Refused(findings.clone()),
        },
    });
    Imported {
        rows: rows.collect(),
        ignored: past.ignored.clone(),
        findings: past.findings.clone(),
        written: 0,
    }
}

fn fate(replica: &Replica, past: &PastCase) -> Fate {
    let board = &replica.board;
    let before = board.imported.get(&(past.brand.clone(), past.id.clone()));
    let Some(case) = before.and_then(|stream| board.case(stream)) else {
        return Fate::Good(past.told.len());
    };
    match past::differences(past, case) {
        same if same.is_empty() => Fate::Known(case.number.clone()),
        differences => Fate::Differs(case.number.clone(), differences),
    }
}
