//! What holds when something is erased: that is gone from every board, list and stream, and everything else is as it was.

use super::super::world::by;
use super::act::Act;
use super::laws::Broken;
use crate::{ActError, Casework};
use psirt::advisory::AdvisoryState;
use psirt::board::{Board, Case, Report};
use psirt::house::Erasure;
use std::collections::BTreeMap;
use store::StreamId;

/// The board as it was before an erasure.
pub(super) struct Untouched {
    cases: BTreeMap<String, Case>,
    reports: BTreeMap<String, Report>,
    advisories: BTreeMap<String, AdvisoryState>,
    shredded: usize,
    unnamed: usize,
}

impl Untouched {
    /// Only an act that erases something asks for it.
    pub(super) fn before(act: &Act, casework: &Casework) -> Option<Untouched> {
        if !matches!(act, Act::ShredCase { .. } | Act::ShredPerson { .. }) {
            return None;
        }
        let board = casework.board();
        let cases: BTreeMap<_, _> = board
            .all()
            .map(|(stream, case)| (stream.to_owned(), case.clone()))
            .collect();
        let of_cases = cases.values().flat_map(|case| &case.reports);
        let reports = of_cases.filter_map(|stream| Some((stream.clone(), board.report(stream)?.clone())));
        Some(Untouched {
            reports: reports.collect(),
            cases,
            advisories: board.advisories.clone(),
            shredded: board.house.shredded.len(),
            unnamed: board.house.unnamed.len(),
        })
    }

    /// What was erased since is gone, and nothing else.
    pub(super) async fn check(&self, casework: &Casework) -> Result<(), Broken> {
        let (shredded, unnamed) = {
            let board = casework.board();
            let new = |of: &[Erasure], known: usize| of.iter().skip(known).cloned().collect::<Vec<_>>();
            (
                new(&board.house.shredded, self.shredded),
                new(&board.house.unnamed, self.unnamed),
            )
        };
        for gone in &shredded {
            check_gone(casework, gone).await?;
        }
        let board = casework.board();
        self.check_rest(&board, &shredded, &unnamed)
    }

    fn check_rest(&self, board: &Board, shredded: &[Erasure], unnamed: &[Erasure]) -> Result<(), Broken> {
        let among = |of: &[Erasure], stream: &String| of.iter().any(|gone| gone.streams.contains(stream));
        let cases = self.cases.iter().filter(|(stream, _)| !among(shredded, stream));
        let other_case = cases.clone().find(|(stream, case)| board.case(stream) != Some(case));
        let mut advisories = self.advisories.iter().filter(|(stream, _)| !among(shredded, stream));
        let other_advisory = advisories.find(|(stream, state)| board.advisories.get(*stream) != Some(state));
        let mut reports = self.reports.iter().filter(|(stream, _)| !among(shredded, stream));
        let other_report = reports.find(|(stream, report)| {
            let mut expected = (*report).clone();
            if among(unnamed, stream) {
                expected.from.clear();
            }
            board.report(stream) != Some(&expected)
        });
        let differs = [
            other_case.map(|(stream, case)| format!("case {}: {case:?}\nnow {:?}", case.number, board.case(stream))),
            other_advisory.map(|(stream, _)| format!("advisory {stream}")),
            other_report.map(|(stream, report)| format!("{report:?}\nnow {:?}", board.report(stream))),
            (board.all().count() != cases.count()).then(|| "the number of cases".to_owned()),
        ];
        match differs.into_iter().flatten().next() {
            Some(what) => Err(("an erasure changes nothing else", what)),
            None => Ok(()),
        }
    }
}

async fn check_gone(casework: &Casework, gone: &Erasure) -> Result<(), Broken> {
    const LAW: &str = "what was shredded is gone";
    let broken = |what: &str| Err((LAW, format!("{what}: {:?}", gone.numbers)));
    let elsewhere = {
        let board = casework.board();
        let there = |stream: &String| {
            board.case(stream).is_some() || board.report(stream).is_some() || board.advisories.contains_key(stream)
        };
        if gone.streams.iter().any(there) {
            return broken("it is on the board");
        }
        // A report that had joined another case stays there, with its number; what had that number of its own is gone.
        let stays = |number: &&String| {
            let report = board.report_of_number(number);
            report.is_some_and(|(stream, _)| !gone.streams.iter().any(|gone| gone == stream))
        };
        if gone.numbers.iter().any(|number| board.own_case(number).is_some()) {
            return broken("the board has a case of its number");
        }
        let known = gone.numbers.iter().filter(|number| board.has_number(number));
        if known.clone().any(|number| !stays(&number)) {
            return broken("the board knows its number");
        }
        known.cloned().collect::<Vec<_>>()
    };
    let listed = casework.glance(|board, glances, _| {
        let open = glances.iter().map(|(_, glance)| &*glance.number);
        let over = board.over().map(|(_, closed)| &*closed.glance.number);
        open.chain(over)
            .any(|number| gone.numbers.iter().any(|gone| gone == number))
    });
    if listed {
        return broken("a list has it");
    }
    for number in gone.numbers.iter().filter(|number| !elsewhere.contains(number)) {
        if !matches!(casework.story(number), Err(ActError::NotFound(_))) {
            return broken("its story can be read");
        }
        if casework.read_raw(&by("lea"), number).await.is_ok() {
            return broken("its message can be read");
        }
    }
    for stream in &gone.streams {
        let stream = StreamId::new(stream.as_str()).unwrap();
        let entries = casework.store().read_stream(&stream, 1).await.unwrap();
        if entries.is_empty() || entries.iter().any(|entry| !matches!(entry.body, store::Body::Erased)) {
            return broken("its entries are not sealed for good");
        }
    }
    Ok(())
}
