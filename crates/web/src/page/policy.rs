//! `/policy/{id}`: a policy in its own words, with its readings in the margin and how each clause was kept.

use super::shell;
use crate::docket::Docket;
use crate::words;
use askama::Template;
use documents::page::PolicyPage;
use documents::page::markup::{Block, Span};
use documents::place;
use jiff::Timestamp;
use look::{Month, Spark};
use psirt::board::Ended;
use psirt::policy::{Explained, Policy, explain};
use std::collections::BTreeMap;

const MONTHS: usize = 12;

#[derive(Template)]
#[template(path = "policy.html")]
pub(crate) struct PolicyView {
    shell: look::Desk,
    page: PolicyPage,
    id: String,
    kept: u32,
    ended: u32,
    late: u32,
    records: BTreeMap<String, Record>,
    explained: BTreeMap<String, Vec<String>>,
}

/// How the promises of a clause ended, month by month.
struct Record {
    months: Vec<Month>,
    kept: u32,
    late: u32,
}

impl PolicyView {
    /// The page of a policy in this version, else in its newest; none if it was never adopted.
    pub(crate) fn of(docket: &Docket<'_>, id: &str, version: &str) -> Option<PolicyView> {
        let versions = || {
            docket
                .board
                .house
                .policies
                .iter()
                .filter(|policy| policy.front.id == id)
        };
        let policy = match version {
            "" => versions().max_by_key(|policy| policy.front.effective)?,
            version => versions().find(|policy| policy.front.version == version)?,
        };
        let records = records(docket, policy);
        let sum = |of: fn(&Record) -> u32| records.values().map(of).sum();
        let explained = explain(policy)
            .into_iter()
            .map(|Explained { clause, sentences, .. }| (clause, sentences));
        Some(PolicyView {
            shell: shell(docket, "/policy"),
            page: PolicyPage::of(policy, place::POLICY_PAGE, &place::policy_file(&policy.front.id)),
            id: policy.front.id.clone(),
            kept: sum(|record| record.kept),
            late: sum(|record| record.late),
            ended: sum(|record| record.kept + record.late),
            explained: explained.collect(),
            records,
        })
    }

    fn record(&self, clause: &str) -> Option<&Record> {
        self.records.get(clause)
    }

    fn sentences(&self, clause: &str) -> &[String] {
        self.explained.get(clause).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Record {
    fn spark(&self) -> Spark {
        Spark(self.months.clone())
    }

    fn figure(&self) -> String {
        format!("{} of {}", self.kept, self.kept + self.late)
    }

    fn words(&self) -> String {
        match self.late {
            0 => "kept in twelve months".to_owned(),
            late => format!(
                "kept in twelve months, {} late",
                words::count(usize::try_from(late).unwrap_or(usize::MAX)).to_lowercase()
            ),
        }
    }
}

/// Every promise of this policy version that ended or broke in the last twelve months, by clause.
fn records(docket: &Docket<'_>, policy: &Policy) -> BTreeMap<String, Record> {
    let mut records: BTreeMap<String, Record> = BTreeMap::new();
    let place = docket
        .board
        .house
        .policies
        .iter()
        .position(|own| std::ptr::eq(own, policy));
    let months = months(docket);
    let mut count = |ended: &Ended| {
        let promise = policy.promises.get(usize::from(ended.promise));
        let own = promise.filter(|_| Some(usize::from(ended.policy)) == place);
        let ago = months.iter().position(|begin| *begin <= ended.at);
        let month = ago.and_then(|ago| (MONTHS - 1).checked_sub(ago));
        let Some((promise, month)) = own.zip(month) else {
            return;
        };
        let record = records.entry(promise.clause.clone()).or_insert_with(|| Record {
            months: vec![Month { kept: 0, late: 0 }; MONTHS],
            kept: 0,
            late: 0,
        });
        let Some(bar) = record.months.get_mut(month) else {
            return;
        };
        let counters = if ended.late {
            (&mut bar.late, &mut record.late)
        } else {
            (&mut bar.kept, &mut record.kept)
        };
        *counters.0 += 1;
        *counters.1 += 1;
    };
    for (_, glance) in docket.open().chain(docket.over()) {
        glance.ended.iter().for_each(&mut count);
    }
    records
}

/// The beginnings of this month and of those before it, the latest first.
fn months(docket: &Docket<'_>) -> Vec<Timestamp> {
    let this = docket.now.to_zoned(docket.zone.clone()).date().first_of_month();
    let begins = |ago: usize| {
        let month = this
            .checked_sub(jiff::Span::new().try_months(i64::try_from(ago).ok()?).ok()?)
            .ok()?;
        Some(month.to_zoned(docket.zone.clone()).ok()?.timestamp())
    };
    (0..MONTHS).map_while(begins).collect()
}
