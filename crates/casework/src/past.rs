//! Bringing a team's past along: rows that were understood become cases, each with its own number, as they happened then.
//!
//! Owns the order: everything is understood and judged before anything is written, and a file is one batch, so that nothing is half
//! imported. Never overwrites: a row that changed since it was brought along is told as a difference.

use crate::Casework;
use crate::actions::IMPORT_CASES;
use crate::actor::{Actor, shown};
use crate::error::ActError;
use crate::house::line_of_text;
use crate::permit::permit;
use crate::plan::{self, Committed, Plan};
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

impl Extent {
    /// Whether what is good is written although so many are refused.
    pub(crate) fn writes_beside(self, refused: usize) -> bool {
        match self {
            Extent::DryRun => false,
            Extent::AllOrNothing => refused == 0,
            Extent::OnlyGood => true,
        }
    }

    /// Whether the good rows of a file are written.
    fn writes(self, imported: &Imported) -> bool {
        match self {
            Extent::DryRun => false,
            Extent::AllOrNothing => imported.refused() == 0,
            Extent::OnlyGood => imported.findings.is_empty(),
        }
    }
}

impl Casework {
    /// Brings past cases along, by two people once for the whole file: all that is written is one transaction.
    ///
    /// # Errors
    /// [`ActError::NotPermitted`]; [`ActError::Refused`] without a second person; [`ActError::Invalid`] for a source that is no line of
    /// text, and for a file that is too large for one transaction; those of the store. Nothing of the file was written then.
    pub async fn import_cases(&self, actor: &Actor, file: &PastFile, extent: Extent) -> Result<Imported, ActError> {
        let source = line_of_text("where the cases come from", &file.source)?;
        self.refresh().await?;
        let past = {
            let replica = self.replica();
            permit(&replica.board.house, actor, &IMPORT_CASES)?;
            let second = actor.approved_by.as_deref().unwrap_or_default();
            let format = if file.json_lines {
                Format::JsonLines
            } else {
                Format::Csv
            };
            let people = (actor.id.as_str(), second);
            past::read(&file.bytes, format, &file.map, &replica.board, self.now(), people)
        };
        let decide = |replica: &Replica, now: Timestamp| {
            permit(&replica.board.house, actor, &IMPORT_CASES)?;
            // Judged anew on every board: another import may have brought a row along meanwhile.
            let mut imported = judged(replica, &past);
            let mut plan = Plan::by(actor);
            if extent.writes(&imported) {
                let mut taken = BTreeSet::new();
                for (row, understood) in imported.rows.iter_mut().zip(&past.rows) {
                    if let (Fate::Good(_), Ok(case)) = (&row.fate, &understood.case) {
                        let number = self.push_row(&mut plan, replica, &source, case, &mut taken, now)?;
                        row.fate = Fate::Written(number);
                        imported.written += 1;
                    }
                }
            }
            Ok((plan, imported))
        };
        match self.commit(decide).await {
            Ok(Committed::Recorded(imported, _)) => Ok(imported),
            Ok(Committed::Repeated(_) | Committed::Forgotten) => Err(ActError::invalid("this import was done before")),
            Err(ActError::Store(StoreError::TooLarge { what, found, limit })) => Err(ActError::invalid(format!(
                "the file is too large to be imported as one: {what} would be {found}, and at most {limit} fit into one transaction; \
                 divide it, and import each part"
            ))),
            Err(error) => Err(error),
        }
    }

    /// A row: the report with its number, then the case with its past.
    fn push_row(
        &self,
        plan: &mut Plan,
        replica: &Replica,
        source: &str,
        case: &PastCase,
        taken: &mut BTreeSet<String>,
        now: Timestamp,
    ) -> Result<String, ActError> {
        let brand = plan::brand(replica, &case.brand)?;
        let year = year_of(replica, brand, case.received);
        let number = self.draw_untaken(brand, year, &replica.board, taken)?;
        let report = self.draw_stream(replica, "report")?;
        let stream = self.draw_stream(replica, "case")?;
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
        let joined = ReportEvent::Joined {
            case: stream.to_string(),
        };
        plan.push(&report, now, What::Report(joined));
        for told in &case.told {
            let brings = matches!(told.event, Event::Received { .. });
            let report = Some(number.as_str()).filter(|_| brings);
            plan.push_about(report, &stream, told.at, told.event.clone());
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
        Ok(number)
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
