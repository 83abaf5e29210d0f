//! The next step: mostly what a diligent team would do with a case as it stands, sometimes what the world does to it, and sometimes a
//! mistake.

use super::super::world::{NOZOMI, T128};
use super::act::Act;
use super::dice::Dice;
use super::field::{self, Known, SECRET, VECTORS};
use super::habit::{diligent, loose_end, world};
use super::releasing::advisory;
use super::stage::{ANALYSTS, LEADS, LINES, OTHERS};
use crate::{Actor, Extent, Filled, Incoming, KeyWish, PastFile, Redaction, RoomKey, Split, actions};
use jiff::{SignedDuration, Timestamp};
use psirt::board::{Board, Case, RoomLock};
use psirt::clock::governing;
use psirt::event::{Event, EventRef, Exit, FixAnswer, Flag, Kind, Origin};
use psirt::house::Terms;
use psirt::house::key::KeyUse;

/// A report that comes in such a step came by a form.
const FORM_EVERY: usize = 5;

/// Chooses the next act from the board alone, so that a seed gives one history.
pub(super) fn choose(board: &Board, now: Timestamp, step: usize, dice: &mut Dice) -> Act {
    let cases = numbers(board);
    let act = match dice.below(100) {
        _ if cases.is_empty() => receive(step, dice),
        0..=5 => receive(step, dice),
        6..=8 if dice.percent(15) => retract_of_line(board, dice),
        6..=8 => line(board, &cases, now, dice),
        9..=10 => Act::Join {
            actor: analyst(dice),
            report: dice.one(&cases).clone(),
            case: dice.one(&cases).clone(),
        },
        11 => race(board, &cases, now, dice),
        12 => product(board, dice),
        13 => Act::Ask {
            case: dice.one(&cases).clone(),
        },
        14..=25 => advisory(board, &cases, now, dice),
        26 => import(board, step, dice),
        27 => Act::Note {
            actor: analyst(dice),
            case: recent(&cases, dice),
            product: dice.one(LINES).0.to_owned(),
            version: "1.1".to_owned(),
        },
        28 => merge(&cases, dice),
        29 => split(board, &cases, dice),
        30 => attach(board, &cases, dice),
        31 if dice.percent(70) => Act::Say {
            room: forms_before(step, dice),
            other: forms_before(step, dice),
            step,
        },
        31 => Act::Work,
        32 => shred(board, &cases, dice),
        33 => redact(board, &cases, dice),
        34 if dice.percent(40) => key(step, dice),
        _ => event(board, &cases, now, dice),
    };
    if dice.percent(12) {
        mistaken(act, now, dice)
    } else {
        act
    }
}

/// Cases in the order in which they were opened.
fn numbers(board: &Board) -> Vec<String> {
    let mut cases: Vec<(Timestamp, &str)> = board
        .all()
        .map(|(_, case)| {
            let opened = case.entries.first().map_or(Timestamp::MAX, |entry| entry.recorded);
            (opened, case.number.as_str())
        })
        .collect();
    cases.sort_unstable();
    cases.into_iter().map(|(_, number)| number.to_owned()).collect()
}

/// A case that the team works on: mostly one of the newest.
fn recent(cases: &[String], dice: &mut Dice) -> String {
    let from = if dice.percent(75) {
        cases.len().saturating_sub(10)
    } else {
        0
    };
    dice.one(&cases[from..]).clone()
}

pub(super) fn analyst(dice: &mut Dice) -> Actor {
    Actor::person(*dice.one(ANALYSTS))
}

/// Two people, one of them a lead.
pub(super) fn two(dice: &mut Dice) -> Actor {
    match dice.percent(50) {
        true => Actor::person(*dice.one(ANALYSTS)).approved_by(*dice.one(LEADS)),
        false => Actor::person(LEADS[0]).approved_by(LEADS[1]),
    }
}

fn receive(step: usize, dice: &mut Dice) -> Act {
    let kind = dice.weighted(&[
        (5, "external"),
        (2, "customer:c-17"),
        (1, "external:finder-3"),
        (1, "internal"),
        (2, "machine:nightly"),
        (1, "martian"),
    ]);
    let bytes = match dice.below(12) {
        0 => vec![0xFF, 0x00, 0xFE],
        _ => format!("Overflow number {step}\n\nThe {SECRET} reporter sends a packet.").into_bytes(),
    };
    let products = (0..dice.below(3)).map(|_| dice.one(LINES).0.to_owned());
    let mut products: Vec<String> = products.collect();
    if dice.percent(5) {
        products.push("Toaster".to_owned());
    }
    let twice = dice.percent(15);
    let incoming = Incoming {
        brand: dice
            .weighted(&[(5, Some(NOZOMI)), (4, Some(T128)), (2, None)])
            .map(str::to_owned),
        channel: "cli".to_owned(),
        from: format!("{SECRET}@example.org"),
        reporter_kind: kind.to_owned(),
        title: None,
        bytes,
        products,
        at: None,
        command: twice.then(|| format!("form-{step}")),
        filled: step.is_multiple_of(FORM_EVERY).then(|| room(step)),
        handed: None,
    };
    Act::Receive {
        actor: if dice.percent(30) {
            Actor::part("portal")
        } else {
            analyst(dice)
        },
        incoming: Box::new(incoming),
        twice,
    }
}

/// A short list of past cases, sometimes one that came along before, sometimes with a mistake.
fn import(board: &Board, step: usize, dice: &mut Dice) -> Act {
    let mut text =
        "id,title,products,reporter,received,reviewed,confirmed,vector,fixes,published,rejected,exit,closed,notes\n"
            .to_owned();
    for _ in 0..1 + dice.below(3) {
        let before = board.imported.keys().nth(dice.below(20)).map(|(_, id)| id.clone());
        let id = before
            .filter(|_| dice.percent(30))
            .unwrap_or_else(|| format!("OLD-{step}-{}", dice.below(100)));
        let line = dice.word(&["Guardian", "Vantage", "Conductor", "Guardian;Vantage", "Toaster"]);
        let (confirmed, vector) = match dice.percent(60) {
            true => ("2025-02-05", dice.word(&VECTORS[..4])),
            false => ("", ""),
        };
        let fixes = match dice.percent(50) && !confirmed.is_empty() {
            true => format!(
                "{} 1.{} 2025-0{}-11",
                line.split(';').next().unwrap(),
                dice.below(9),
                2 + dice.below(7)
            ),
            false => String::new(),
        };
        let published = if fixes.is_empty() {
            ""
        } else {
            dice.word(&["", "2025-12-01"])
        };
        let rejected = match confirmed.is_empty() && dice.percent(60) {
            true => dice.word(&[
                "2025-02-09,cannot-reproduce",
                "2025-02-09,withdrawn",
                "2025-02-09,wontfix",
            ]),
            false => ",",
        };
        let closed = dice.word(&["", "", "2026-01-15", "2025-02-01"]);
        let received = dice.word(&["2025-02-03", "2025-02-03", "2025-02-03T10:00:00Z", "02/03/2025"]);
        text.push_str(&format!(
            "{id},An old overflow,{line},external,{received},2025-02-04,{confirmed},{vector},{fixes},{published},{rejected},{closed},{SECRET}\n"
        ));
    }
    let file = PastFile {
        source: "the old tracker".to_owned(),
        bytes: text.into_bytes(),
        ..PastFile::default()
    };
    let extent = dice.weighted(&[(3, Extent::AllOrNothing), (5, Extent::OnlyGood), (1, Extent::DryRun)]);
    Act::Import {
        actor: two(dice),
        file,
        extent,
    }
}

fn line(board: &Board, cases: &[String], now: Timestamp, dice: &mut Dice) -> Act {
    let kind = dice.weighted(&[
        (4, Kind::ReleasePlanned),
        (2, Kind::ReleaseMoved),
        (1, Kind::ReleaseCancelled),
        (5, Kind::ReleaseShipped),
    ]);
    // A line ends once, near the end.
    let kind = if dice.below(60) == 0 { Kind::SupportEnded } else { kind };
    let mut known = known(board, &recent(cases, dice));
    known.others = cases.to_vec();
    let mut event = field::event(kind, &known, now, dice).unwrap_or(Event::Reviewed {});
    if let Event::ReleaseMoved { product, version, .. } | Event::ReleaseCancelled { product, version } = &mut event {
        let happened = board.house.line_entries.get(product).into_iter().flatten();
        let planned: Vec<&String> = happened
            .filter_map(|entry| match &entry.event {
                Event::ReleasePlanned { version, .. } => Some(version),
                _ => None,
            })
            .collect();
        if let Some(known) = dice.any(&planned).filter(|_| !version.starts_with('3')) {
            version.clone_from(known);
        }
    }
    Act::Line {
        actor: analyst(dice),
        at: back_dated(now, dice),
        event,
    }
}

/// An entry of a line, by its number or its name; now and then one that is retracted already, or that never was.
fn retract_of_line(board: &Board, dice: &mut Dice) -> Act {
    let house = &board.house;
    let line = dice.one(LINES).0;
    let stands = house.line_entries.get(line).into_iter().flatten();
    let stands: Vec<(u32, Kind)> = stands.map(|entry| (entry.seq, entry.event.kind())).collect();
    let gone = house.line_retracted.get(line).into_iter().flatten();
    let gone: Vec<u32> = gone.map(|retracted| retracted.entry.seq).collect();
    let late = stands.len().saturating_sub(6);
    let (seq, kind) = match dice.percent(70) {
        true => dice.any(&stands[late..]).copied().unwrap_or((1, Kind::SupportEnded)),
        false => dice.any(&stands).copied().unwrap_or((1, Kind::ReleaseShipped)),
    };
    let event = match dice.below(20) {
        0 => EventRef::Seq(dice.any(&gone).copied().unwrap_or(1)),
        1 => EventRef::Seq(1_000_000),
        2 => EventRef::Name("reviewed".to_owned()),
        3..=8 => EventRef::Name(kind.name().to_owned()),
        _ => EventRef::Seq(seq),
    };
    Act::RetractOfLine {
        actor: if dice.percent(50) { two(dice) } else { analyst(dice) },
        line: if dice.percent(3) { "Toaster" } else { line }.to_owned(),
        event,
        why: if dice.percent(3) { "" } else { "a mistake" }.to_owned(),
    }
}

fn product(board: &Board, dice: &mut Dice) -> Act {
    let name = dice.one(LINES).0;
    let mut product = board.house.products[name].clone();
    let days = i64::try_from(dice.below(400)).unwrap();
    product.supported_until = Some(jiff::civil::date(2027, 9, 1).saturating_add(jiff::Span::new().days(days)));
    Act::Product {
        actor: Actor::person(*dice.one(LEADS)),
        product,
    }
}

/// The same act by several people at once. Notes leave no choice that depends on how many of them came through.
fn race(board: &Board, cases: &[String], now: Timestamp, dice: &mut Dice) -> Act {
    let case = recent(cases, dice);
    let actor = analyst(dice);
    if dice.percent(50) {
        let event = Event::Noted {
            text: format!("{SECRET} all at once"),
        };
        return Act::Race {
            actor,
            case,
            event,
            writers: 4,
        };
    }
    let known = known(board, &case);
    let kind = *dice.one(&[Kind::Rejected, Kind::Reviewed, Kind::Closed, Kind::Appealed]);
    let event = field::event(kind, &known, now, dice).unwrap_or(Event::Reviewed {});
    Act::Race {
        actor,
        case,
        event,
        writers: 2,
    }
}

fn merge(cases: &[String], dice: &mut Dice) -> Act {
    Act::Merge {
        actor: if dice.percent(70) { two(dice) } else { analyst(dice) },
        from: recent(cases, dice),
        into: recent(cases, dice),
        across_brands: dice.percent(30),
    }
}

/// Some lines or some reports of a case, or both.
fn split(board: &Board, cases: &[String], dice: &mut Dice) -> Act {
    let case = recent(cases, dice);
    let reports = board.case_of_number(&case).map_or(&[][..], |(_, case)| &case.reports);
    let reports = reports
        .iter()
        .filter_map(|report| board.report(report))
        .filter(|_| dice.percent(40))
        .map(|report| report.number.clone())
        .collect();
    let products = known(board, &case).lines.into_iter().filter(|_| dice.percent(40));
    let split = Split {
        reports,
        products: products.collect(),
        title: "Another overflow".to_owned(),
        why: dice.percent(50).then(|| format!("{SECRET} shows two flaws")),
    };
    Act::Split {
        actor: if dice.percent(70) { two(dice) } else { analyst(dice) },
        case,
        split,
    }
}

fn attach(board: &Board, cases: &[String], dice: &mut Dice) -> Act {
    let case = recent(cases, dice);
    let reports = board.case_of_number(&case).map_or(&[][..], |(_, case)| &case.reports);
    let report = dice.any(reports).and_then(|report| board.report(report));
    let number = report.map(|report| report.number.clone()).filter(|_| dice.percent(50));
    Act::Attach {
        actor: analyst(dice),
        came_with_report: number.is_some(),
        number: number.unwrap_or(case),
        bytes: SECRET.repeat(1 + dice.below(1_000)).into_bytes(),
    }
}

/// Mostly a case that is over, sometimes one whose embargo goes on, now and then who sent a report.
fn shred(board: &Board, cases: &[String], dice: &mut Dice) -> Act {
    let actor = two(dice);
    if dice.percent(25) {
        let report = dice.one(cases).clone();
        return Act::ShredPerson { actor, report };
    }
    let mut over: Vec<&str> = board.over().map(|(_, closed)| &*closed.glance.number).collect();
    if dice.percent(30) {
        over.retain(|number| board.own_case(number).is_some_and(|(_, case)| bound(case)));
    }
    let case = dice.any(&over).map(|number| (*number).to_owned());
    let case = case.filter(|_| dice.percent(75));
    Act::ShredCase {
        actor,
        case: case.unwrap_or_else(|| dice.one(cases).clone()),
    }
}

/// Mostly a report of a case in which only a few may read it; where there is none, a case becomes such a one.
fn redact(board: &Board, cases: &[String], dice: &mut Dice) -> Act {
    let restricted = board.open().filter(|(_, case)| board.is_restricted(case));
    let restricted: Vec<&Case> = restricted.map(|(_, case)| case).collect();
    let case = match dice.below(100) {
        0..=9 => board.case_of_number(&recent(cases, dice)).map(|(_, case)| case),
        10..=84 => dice.any(&restricted).copied(),
        _ => None,
    };
    let Some(case) = case else {
        return Act::Event {
            actor: two(dice),
            case: recent(cases, dice),
            at: None,
            event: Event::Flagged {
                flag: Flag::ContainsPii,
                why: None,
            },
        };
    };
    let report = dice.any(&case.reports).and_then(|report| board.report(report));
    let words = dice.word(&["overflow", SECRET, "packet", "the canary reporter", "nowhere"]);
    let redaction = Redaction {
        report: report.map(|report| report.number.clone()).filter(|_| dice.percent(80)),
        find: vec![words.to_owned()],
        lines: if dice.percent(20) { vec![(1, 1)] } else { Vec::new() },
        why: "It names somebody.".to_owned(),
        ..Redaction::default()
    };
    Act::Redact {
        actor: if dice.percent(80) {
            Actor::person(*dice.one(LEADS))
        } else {
            analyst(dice)
        },
        case: case.number.clone(),
        redaction,
    }
}

/// A brand gets another key; now and then one more where there is one.
fn key(step: usize, dice: &mut Dice) -> Act {
    let purpose = *dice.one(&[KeyUse::Sign, KeyUse::Intake]);
    Act::Key {
        actor: Actor::person("root"),
        brand: dice.word(&[NOZOMI, T128]).to_owned(),
        wish: KeyWish {
            replace: dice.percent(70),
            ..KeyWish::first(purpose)
        },
        fingerprint: format!("{step:040X}"),
    }
}

/// Somebody agreed to an embargo that goes on.
pub(super) fn bound(case: &Case) -> bool {
    case.embargo.ended.is_none() && !case.embargo.accepted.is_empty()
}

/// What a person knows of a case.
fn known(board: &Board, number: &str) -> Known {
    let Some((_, case)) = board.case_of_number(number) else {
        return Known::default();
    };
    let policies = governing(&board.house.policies, &case.facts);
    let tracks = case.facts.tracks(Timestamp::MAX);
    let lines = tracks.filter_map(|line| case.facts.lines.get(usize::from(line)).map(|line| line.name.clone()));
    let places = case.entries.iter().filter(|entry| entry.event.kind() != Kind::Noted);
    Known {
        number: case.number.clone(),
        lines: lines.collect(),
        reporters: case
            .facts
            .reporters
            .iter()
            .map(|reporter| reporter.id.clone())
            .collect(),
        places: places.map(|entry| entry.seq).collect(),
        rules: each(&policies, |policy| {
            policy.promises.iter().map(|promise| promise.id.clone()).collect()
        }),
        clauses: each(&policies, |policy| {
            policy.scopes.iter().map(|scope| scope.clause.clone()).collect()
        }),
        terms: each(&policies, |policy| {
            let lists = policy.vocabularies.iter();
            lists
                .flat_map(|list| list.terms.iter().map(|term| term.id.clone()))
                .collect()
        }),
        reasons: each(&policies, |policy| {
            policy
                .defines
                .iter()
                .flat_map(|define| define.justifications.clone())
                .collect()
        }),
        components: case
            .facts
            .components
            .iter()
            .map(|component| component.name.clone())
            .collect(),
        others: Vec::new(),
    }
}

fn each(policies: &[&psirt::policy::Policy], of: impl Fn(&psirt::policy::Policy) -> Vec<String>) -> Vec<String> {
    policies.iter().flat_map(|policy| of(policy)).collect()
}

fn event(board: &Board, cases: &[String], now: Timestamp, dice: &mut Dice) -> Act {
    let number = recent(cases, dice);
    let Some((_, case)) = board.case_of_number(&number) else {
        return Act::Ask { case: number };
    };
    let kind = match dice.below(100) {
        0..=71 => diligent(board, case, now, dice),
        72..=83 => world(dice),
        _ => *dice.one(Kind::ALL),
    };
    let mut known = known(board, &number);
    known.others = (0..3).map(|_| dice.one(cases).clone()).collect();
    let mut event = field::event(kind, &known, now, dice).unwrap_or(Event::Reviewed {});
    if dice.percent(5) {
        event = loose_end(case, dice).unwrap_or(event);
    }
    // Whoever was asked to look at a fix answers before long.
    let asked = case.view.validations.iter().find(|asked| asked.answer.is_none());
    if let Some(asked) = asked.filter(|_| dice.percent(30)) {
        event = Event::ValidationAnswered {
            reporter: asked.reporter.clone(),
            answer: FixAnswer::Validated,
            why: None,
        };
    }
    match &mut event {
        Event::Confirmed { origin, .. } if dice.percent(60) => *origin = Origin::Own,
        // What the policies ask before they let a case out of their scope is asked a step earlier.
        Event::Rejected { exit, clause, .. } => {
            if let Some((true, Some(decided), None)) = &case.view.scope {
                (*exit, *clause) = (Exit::OutOfScope, Some(decided.clone()));
            }
        }
        _ => {}
    }
    let decides = actions::of_event(event.kind()).who == [psirt::house::Role::Lead];
    let actor = match decides {
        // A lead decides alone now and then, which a must does not allow.
        true if dice.percent(25) => Actor::person(LEADS[0]),
        true => two(dice),
        false if dice.percent(25) => two(dice),
        false => analyst(dice),
    };
    Act::Event {
        actor,
        case: number,
        at: back_dated(now, dice),
        event,
    }
}

/// One event in five is recorded later than it happened.
fn back_dated(now: Timestamp, dice: &mut Dice) -> Option<Timestamp> {
    let hours = *dice.one(&[1, 5, 30, 24 * 9, 24 * 40]);
    let at = now.checked_sub(SignedDuration::from_hours(hours)).ok();
    at.filter(|_| dice.percent(20))
}

/// The same act as somebody does it who is tired, new, or has no business with it.
fn mistaken(mut act: Act, now: Timestamp, dice: &mut Dice) -> Act {
    let wrong = match dice.below(4) {
        0 | 1 => Actor::person(*dice.one(OTHERS)),
        2 => Actor::person("lea").approved_by("lea"),
        _ => Actor::person("ana").approved_by(*dice.one(OTHERS)),
    };
    let absurd = *dice.one(&[
        now.saturating_add(SignedDuration::from_hours(24 * 400)).unwrap_or(now),
        now.saturating_add(SignedDuration::from_secs(1)).unwrap_or(now),
        Timestamp::MAX,
    ]);
    match &mut act {
        Act::Event { at, .. } | Act::Line { at, .. } if dice.percent(25) => *at = Some(absurd),
        Act::Event { at, .. } | Act::Line { at, .. } if dice.percent(15) => {
            // An instant before everything.
            *at = Some(*dice.one(&[Timestamp::MIN, Timestamp::UNIX_EPOCH]));
        }
        Act::Event { event, .. } if dice.percent(20) => {
            *event = Event::Scored {
                vector: dice
                    .one(&["CVSS:3.1/AV:X", "", "9.8", "CVSS:3.1/AV:N/AC:L"])
                    .to_string(),
                source: None,
                why: None,
            };
        }
        Act::Event { case, .. } | Act::Join { case, .. } if dice.percent(20) => {
            *case = dice
                .one(&["NN-2026-00000", "nothing", "", "T128-2026-ZZZZZ"])
                .to_string();
        }
        Act::Receive { incoming, .. } if dice.percent(50) => match dice.below(3) {
            0 => incoming.at = Some(absurd),
            1 => incoming.brand = Some("acme".to_owned()),
            _ => incoming.reporter_kind = "customer:a b".to_owned(),
        },
        Act::Receive { actor, .. }
        | Act::Event { actor, .. }
        | Act::Line { actor, .. }
        | Act::RetractOfLine { actor, .. }
        | Act::Product { actor, .. }
        | Act::Join { actor, .. }
        | Act::Note { actor, .. }
        | Act::Draft { actor, .. }
        | Act::Redraft { actor, .. }
        | Act::AskReview { actor, .. }
        | Act::Approve { actor, .. }
        | Act::Schedule { actor, .. }
        | Act::Order { actor, .. }
        | Act::OrderLimited { actor, .. }
        | Act::Key { actor, .. }
        | Act::Redact { actor, .. }
        | Act::Import { actor, .. }
        | Act::Merge { actor, .. }
        | Act::Split { actor, .. }
        | Act::Attach { actor, .. }
        | Act::ShredCase { actor, .. }
        | Act::ShredPerson { actor, .. }
        | Act::Deliver { actor, .. }
        | Act::Withdraw { actor, .. } => *actor = wrong,
        Act::Race { .. }
        | Act::Say { .. }
        | Act::Work
        | Act::Published { .. }
        | Act::PublishedLimited { .. }
        | Act::Ask { .. } => {}
    }
    act
}

/// The room of a reporter who sent a form.
fn room(step: usize) -> Filled {
    let key = room_key(step);
    let lock = RoomLock {
        key: key.digest().to_hex(),
        address: key.address(),
        locked: None,
    };
    Filled {
        lock: Some(lock),
        terms: Some(Terms::default()),
        ..Filled::default()
    }
}

/// The secret of the room of the report that came in a step, if one came then by a form.
pub(super) fn room_key(step: usize) -> RoomKey {
    RoomKey::of(&format!("step {step}"), b"")
}

/// A step in which a form may have come in.
fn forms_before(step: usize, dice: &mut Dice) -> usize {
    dice.below(step / FORM_EVERY + 1) * FORM_EVERY
}
