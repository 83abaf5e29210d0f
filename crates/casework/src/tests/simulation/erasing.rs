//! What holds when something is erased: that is gone from every board, list and stream, and everything else is as it was.

use super::super::world::by;
use super::act::Act;
use super::laws::{Broken, dates};
use crate::{ActError, Casework};
use psirt::advisory::AdvisoryState;
use psirt::board::{Board, Case, Report};
use psirt::event::Event;
use psirt::house::Erasure;
use std::collections::{BTreeMap, BTreeSet};
use store::StreamId;

/// The board as it was before an erasure.
pub(super) struct Untouched {
    cases: BTreeMap<String, Case>,
    /// How the promises of every case stood.
    promises: BTreeMap<String, String>,
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
        let promised = |(stream, case): (&String, &Case)| (stream.clone(), promises(casework, &board, case));
        Some(Untouched {
            reports: reports.collect(),
            promises: cases.iter().map(promised).collect(),
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
        self.check_rest(casework, &board, &shredded, &unnamed)
    }

    /// Who sent a report has the report's number for a name now, and is no stranger to any promise.
    fn check_rest(
        &self,
        casework: &Casework,
        board: &Board,
        shredded: &[Erasure],
        unnamed: &[Erasure],
    ) -> Result<(), Broken> {
        let names = self.names(board, unnamed);
        let same = |stream: &String, case: &Case| {
            board.case(stream).is_some_and(|now| {
                let now = &without_note(now, case);
                let reads_the_same = || masked(&format!("{now:?}"), &names) == masked(&format!("{case:?}"), &names);
                now == case
                    || !unnamed.is_empty()
                        && (stands_twice(case, unnamed) || reads_the_same())
                        && promises(casework, board, now) == self.promises[stream]
            })
        };
        let among = |of: &[Erasure], stream: &String| of.iter().any(|gone| gone.streams.contains(stream));
        let cases = self.cases.iter().filter(|(stream, _)| !among(shredded, stream));
        let other_case = cases.clone().find(|(stream, case)| !same(stream, case));
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
            other_case.map(|(stream, case)| {
                let now = board.case(stream);
                let owed = now.map(|now| promises(casework, board, now));
                let number = &case.number;
                format!(
                    "{number}, without {names:?}: {case:?}\n{}\nnow {now:?}\n{owed:?}",
                    self.promises[stream]
                )
            }),
            other_advisory.map(|(stream, _)| format!("advisory {stream}")),
            other_report.map(|(stream, report)| format!("{report:?}\nnow {:?}", board.report(stream))),
            (board.all().count() != cases.count()).then(|| "the number of cases".to_owned()),
        ];
        match differs.into_iter().flatten().next() {
            Some(what) => Err(("an erasure changes nothing else", what)),
            None => Ok(()),
        }
    }

    /// What the senders of these reports may be called, before and after.
    fn names(&self, board: &Board, unnamed: &[Erasure]) -> BTreeSet<String> {
        const KINDS: [&str; 4] = ["external", "customer", "internal", "machine"];
        let mut names = BTreeSet::new();
        for stream in unnamed.iter().flat_map(|gone| &gone.streams) {
            let brought = self.cases.values().filter_map(|case| board.arrival(case, stream));
            for entry in brought {
                if let Event::Received { by: Some(name) }
                | Event::ReportJoined {
                    reporter: Some(name), ..
                } = &entry.event
                {
                    names.insert(name.clone());
                    names.extend(name.split_once(':').map(|(_, id)| id.trim().to_owned()));
                }
            }
        }
        names.retain(|name| !KINDS.contains(&name.as_str()));
        for number in unnamed.iter().flat_map(|gone| &gone.numbers) {
            names.extend(KINDS.map(|kind| format!("{kind}:{number}")));
            names.insert(number.clone());
        }
        names
    }
}

/// Whether a report of these senders came into a case twice, by a join to the case that it had opened: its sender has two names there, which
/// are one once they are erased. Whom an answer of before the second name means is known then; what is owed stays.
fn stands_twice(case: &Case, unnamed: &[Erasure]) -> bool {
    let mut numbers = unnamed.iter().flat_map(|gone| &gone.numbers);
    numbers.any(|number| {
        let brings = |event: &Event| matches!(event, Event::Received { .. } | Event::ReportJoined { .. });
        let mut entries = case
            .entries
            .iter()
            .filter(|entry| entry.report.as_ref() == Some(number));
        entries.by_ref().any(|entry| brings(&entry.event)) && entries.any(|entry| brings(&entry.event))
    })
}

/// A case without the note that says in it that a person was erased since.
fn without_note(now: &Case, before: &Case) -> Case {
    let mut now = now.clone();
    let is_note = |event: &Event| matches!(event, Event::Noted { text } if text.starts_with("Who sent "));
    let note = now
        .entries
        .last()
        .filter(|entry| is_note(&entry.event))
        .map(|entry| entry.seq);
    if let Some(seq) = note.filter(|_| now.entries.len() == before.entries.len() + 1) {
        let mut entries = now.entries.to_vec();
        entries.pop();
        now.entries = entries.into();
        now.view.last_change = before.view.last_change;
        now.view
            .conversation
            .retain(|message| message.seq != seq || message.case.is_some());
    }
    now
}

fn promises(casework: &Casework, board: &Board, case: &Case) -> String {
    let all = board.obligations(case, casework.now());
    format!("{:?}", all.iter().map(dates).collect::<Vec<_>>())
}

/// A text without these names, and without the number that follows one in a case that took in another.
fn masked(text: &str, names: &BTreeSet<String>) -> String {
    let mut longest: Vec<&String> = names.iter().collect();
    longest.sort_by_key(|name| std::cmp::Reverse(name.len()));
    longest.into_iter().fold(text.to_owned(), |text, name| {
        let mut parts = text.split(name.as_str());
        let mut masked = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let of_merged = part.strip_prefix('.').and_then(|rest| rest.find('"'));
            masked.push('*');
            masked.push_str(of_merged.map_or(part, |end| &part[end + 1..]));
        }
        masked
    })
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
