//! The laws: what holds after every step, whatever was done.
//!
//! Each is a name and a check; a broken one is told with its name, so that a shorter history can be searched that breaks the same.

use super::field::SECRET;
use super::leaving;
use super::ledger::{Appendix, Ledger};
use crate::Casework;
use jiff::Timestamp;
use psirt::advisory::{AdvisoryEvent, AdvisoryState, Delivery, LimitedEvent, LineState, Stage};
use psirt::board::{Board, Case};
use psirt::body::What;
use psirt::case::embargo::may_leave;
use psirt::case::phase::{Phase, phase};
use psirt::case::signal::Signal;
use psirt::clock::facts::CaseFacts;
use psirt::clock::{Obligation, State, governing, obligations};
use psirt::event::{CreditChoice, Kind};
use psirt::house::HouseEvent;
use psirt::house::key::AddedKey;
use psirt::policy::PolicyKind;
use psirt::policy::block::promise::Duty;
use psirt::story::Story;
use std::collections::BTreeSet;

/// A broken law: its name, and what was seen.
pub(super) type Broken = (&'static str, String);

pub(super) fn holds(law: &'static str, yes: bool, what: impl FnOnce() -> String) -> Result<(), Broken> {
    if yes { Ok(()) } else { Err((law, what())) }
}

/// Everything that a step touched.
pub(super) fn check_touched(casework: &Casework, ledger: &mut Ledger, appendix: &Appendix) -> Result<(), Broken> {
    let board = casework.board();
    let now = casework.now();
    let mut touched: Vec<&str> = appendix
        .streams
        .iter()
        .map(String::as_str)
        .filter(|stream| board.case(stream).is_some())
        .collect();
    // What happens to a line happens to its cases: two of them are looked at.
    let lines: Vec<&str> = appendix.bodies.iter().filter_map(line_of).collect();
    let on_line = board
        .open()
        .filter(|(_, case)| lines.iter().any(|line| case.facts.line(line).is_some()));
    touched.extend(on_line.map(|(stream, _)| stream).take(2));
    for stream in touched {
        let case = board.case(stream).expect("it was found before");
        // One that took in another case, or came from one, or lost the name of who reported it, is compared with the replay of the
        // whole board.
        let two = case.entries.iter().any(|entry| of_two_cases(entry.event.kind()));
        if !two && !lost_a_name(&board, case) {
            let scratch = ledger.case_from_scratch(stream, case);
            holds(
                "a case is the fold of its journal",
                scratch.as_ref() == Some(case),
                || format!("{}\nboard   {case:?}\nscratch {scratch:?}", case.number),
            )?;
        }
        check_case(&board, case, now)?;
    }
    for (id, state) in board.advisories.iter().filter(|(id, _)| appendix.streams.contains(*id)) {
        check_advisory(&board, id, state)?;
    }
    for body in &appendix.bodies {
        match &body.what {
            What::Advisory(AdvisoryEvent::ReleaseOrdered { advisory, .. }) => {
                check_leaving(&board, advisory)?;
                leaving::check_public(&board, advisory, body.at)?;
            }
            What::Advisory(AdvisoryEvent::Limited {
                audience,
                event: LimitedEvent::Ordered { advisory, .. },
            }) => {
                check_leaving(&board, advisory)?;
                leaving::check_limited(&board, body, audience, advisory)?;
            }
            What::House(HouseEvent::KeyAdded(added)) => check_keys(&board, added)?,
            _ => {}
        }
    }
    Ok(())
}

/// The key that came last is in use, and those before are kept.
fn check_keys(board: &Board, added: &AddedKey) -> Result<(), Broken> {
    let in_use = board.house.key_in_use(&added.brand, added.purpose);
    let keys: Vec<&str> = board
        .house
        .keys_of(&added.brand)
        .iter()
        .map(|key| &*key.fingerprint)
        .collect();
    let is_last = in_use.is_some_and(|key| key.fingerprint == added.fingerprint);
    let once: BTreeSet<&str> = keys.iter().copied().collect();
    holds(
        "the key that came last is in use, and those before are kept",
        is_last && once.len() == keys.len(),
        || format!("{}: {keys:?}", added.fingerprint),
    )
}

fn lost_a_name(board: &Board, case: &Case) -> bool {
    board.house.unnamed.iter().any(|gone| {
        let reported = gone.streams.iter().any(|stream| case.reports.contains(stream));
        reported || gone.numbers.contains(&case.number)
    })
}

const fn of_two_cases(kind: Kind) -> bool {
    matches!(kind, Kind::Merged | Kind::MergedInto | Kind::SplitOff | Kind::SplitFrom)
}

fn line_of(body: &psirt::body::Body) -> Option<&str> {
    match &body.what {
        What::House(HouseEvent::Line(entry)) => entry.event.product(),
        What::House(HouseEvent::LineRetracted { line, .. }) => Some(line),
        What::House(HouseEvent::ProductSet(product)) => Some(&product.name),
        _ => None,
    }
}

/// What holds of a case.
pub(super) fn check_case(board: &Board, case: &Case, now: Timestamp) -> Result<(), Broken> {
    let facts = &case.facts;
    let all = board.obligations(case, now);
    let phase_now = board.phase(case, now);
    let since = |signal: Signal| signal.since(facts, now);
    let number = || case.number.clone();

    check_story(board, case, &all, phase_now, now)?;
    let public = since(Signal::Public).is_some() || since(Signal::ExploitPublic).is_some();
    holds(
        "what is public has no embargo",
        !public || may_leave(&case.embargo),
        number,
    )?;
    // A bill of materials may prove a supplier's fix before anybody found the line affected; a fix of ours is of what was confirmed.
    let fix = |kind| matches!(kind, Kind::FixReleased | Kind::FixDeployed);
    let fixed = facts.marks.iter().find(|mark| fix(mark.kind) && mark.stands(now));
    // One that was merged goes on in another, where its verdict stands.
    let goes_on = board.case_of_number(&case.number).map(|(_, case)| &case.facts);
    let confirmed = [Some(facts), goes_on]
        .into_iter()
        .flatten()
        .any(|facts| facts.marks.iter().any(|mark| mark.kind == Kind::Confirmed));
    holds(
        "a fixed line belongs to a confirmed case",
        fixed.is_none() || confirmed,
        || format!("{}: {:?}", case.number, fixed.map(|mark| mark.line)),
    )?;
    let clock = |duty: Duty| matches!(duty, Duty::Must | Duty::Aims);
    let running = all.iter().find(|obligation| {
        matches!(obligation.state, State::Running | State::DueSoon) && clock(obligation.promise.duty)
    });
    holds(
        "a closed case has no running clock",
        !case.view.closed || running.is_none(),
        || {
            let running = running.map(|obligation| (&obligation.promise.id, obligation.state, obligation.subject));
            format!("{}: {running:?}", case.number)
        },
    )?;
    holds(
        "a case keeps its beginning",
        facts.opened().is_some() && since(Signal::VendorAware).is_some(),
        number,
    )?;
    let [v, f, d, p, x] = [
        Signal::VendorAware,
        Signal::FixReady,
        Signal::FixDeployed,
        Signal::Public,
        Signal::ExploitPublic,
    ]
    .map(since);
    let legal = f.is_none_or(|f| v.is_some_and(|v| v <= f))
        && d.is_none_or(|d| f.is_some_and(|f| f <= d))
        && x.is_none_or(|x| p.is_some_and(|p| p <= x));
    holds("the signals are a legal history", legal, || {
        format!("{}: V {v:?} F {f:?} D {d:?} P {p:?} X {x:?}", case.number)
    })?;
    Ok(())
}

/// Dates and phase, computed once more from the exported story.
fn check_story(
    board: &Board,
    case: &Case,
    there: &[Obligation<'_>],
    phase_there: Phase,
    now: Timestamp,
) -> Result<(), Broken> {
    let written = board.story(case).write();
    let story = match Story::read(&written) {
        Ok(story) => story,
        Err(error) => {
            return Err((
                "an exported story can be read",
                format!("{}: {error}\n{written}", case.number),
            ));
        }
    };
    let facts = CaseFacts::fold(&story.products, story.entries(), Timestamp::MAX);
    let policies = &board.house.policies;
    let here = obligations(policies, &facts, &board.house.calendars, now);
    let (here, there): (Vec<_>, Vec<_>) = (here.iter().map(dates).collect(), there.iter().map(dates).collect());
    if let Some(place) = (0..here.len().max(there.len())).find(|place| here.get(*place) != there.get(*place)) {
        let (here, there) = (here.get(place), there.get(place));
        return Err((
            "an exported story has the dates of the board",
            format!("{}\nstory {here:?}\nboard {there:?}\n{written}", case.number),
        ));
    }
    let policy = governing(policies, &facts)
        .into_iter()
        .find(|policy| policy.front.kind == PolicyKind::Policy);
    holds(
        "the phase follows from the story",
        phase(&facts, policy, now) == phase_there,
        || format!("{}: {phase_there:?}\n{written}", case.number),
    )
}

/// What an obligation says, without its proof.
pub(super) fn dates<'a>(o: &Obligation<'a>) -> impl PartialEq + std::fmt::Debug + use<'a> {
    (
        (o.policy.front.id.as_str(), o.promise.id.as_str(), o.subject, o.state),
        (o.start, o.target, o.due, o.not_before, o.scheduled),
        (o.met_at, o.breached_at, o.original_due),
    )
}

fn check_advisory(board: &Board, id: &str, state: &AdvisoryState) -> Result<(), Broken> {
    let waiting: Vec<_> = state.waiting_deliveries().collect();
    let is_public = state.on_disk || !state.earlier.is_empty();
    holds(
        "what waits in the outbox is public",
        is_public || waiting.is_empty(),
        || format!("{id}: {waiting:?}"),
    )?;
    let once = |delivery: &&Delivery| waiting.iter().filter(|other| other.follow == delivery.follow).count() == 1;
    holds("a thing waits in the outbox once", waiting.iter().all(once), || {
        format!("{id}: {waiting:?}")
    })?;
    if !state.on_disk {
        return Ok(());
    }
    let Some(advisory) = &state.ordered else {
        return Err(("what is on disk was ordered", id.to_owned()));
    };
    let complete = !advisory.number.is_empty()
        && !advisory.revisions.is_empty()
        && !advisory.title.is_empty()
        && !advisory.summary.is_empty()
        && advisory.vulnerabilities.iter().all(|vulnerability| {
            let found =
                !vulnerability.scores.is_empty() && !vulnerability.remedies.is_empty() && vulnerability.band.is_some();
            // A statement that nothing is affected has neither score nor remedy (D19).
            let mut lines = vulnerability.lines.iter();
            let none_affected = lines.all(|line| line.state == LineState::NotAffected);
            !vulnerability.lines.is_empty() && (found || none_affected)
        });
    holds("a published advisory is complete", complete, || {
        format!("{id}: {advisory:?}")
    })?;
    let mut numbers = advisory.revisions.iter().map(|revision| revision.number);
    holds(
        "revisions are counted",
        (1..).zip(&mut numbers).all(|(place, number)| place == number),
        || id.to_owned(),
    )?;
    for number in &advisory.cases {
        // What is under embargo is not shredded; its report may have gone on in another case, with its number.
        let case = board.own_case(number).and_then(|_| board.case_of_number(number));
        let leaves = case.map_or_else(|| erased(board, number), |(_, case)| may_leave(&case.embargo));
        holds(
            "what is published has no embargo",
            leaves || state.stage == Stage::Withdrawn,
            || format!("{id}: {number}"),
        )?;
    }
    Ok(())
}

fn erased(board: &Board, number: &String) -> bool {
    board.house.shredded.iter().any(|gone| gone.numbers.contains(number))
}

/// What holds of a text at the moment when its release is ordered.
fn check_leaving(board: &Board, advisory: &psirt::advisory::Advisory) -> Result<(), Broken> {
    let brand = &board.house.brands[&advisory.brand];
    let document = documents::csaf::document(advisory, brand, "0")
        .map_err(|problems| ("an ordered text has its document", format!("{problems:?}")))?;
    let text = String::from_utf8(documents::csaf::to_bytes(&document)).unwrap();
    holds("nothing of the desk leaves", !text.contains(SECRET), || text.clone())?;
    for number in &advisory.cases {
        holds("no case's number leaves", !text.contains(number.as_str()), || {
            number.clone()
        })?;
    }
    let cases: Vec<&Case> = advisory
        .cases
        .iter()
        .filter_map(|number| board.case_of_number(number).map(|(_, case)| case))
        .collect();
    let names = advisory
        .vulnerabilities
        .iter()
        .flat_map(|vulnerability| &vulnerability.credits);
    for credit in names {
        let said_yes = cases
            .iter()
            .flat_map(|case| &case.view.credits)
            .any(|(_, choice, name)| *choice == CreditChoice::Yes && name.as_deref() == Some(credit.name.as_str()));
        holds("nobody is named without a yes", said_yes, || {
            format!("{}: {}", advisory.number, credit.name)
        })?;
    }
    Ok(())
}

/// The whole board against its fold from the first entry.
pub(super) async fn check_board(casework: &Casework) -> Result<(), Broken> {
    let scratch = casework.board_from_scratch().await.unwrap();
    let board = casework.board();
    let (here, there) = (&board.house, &scratch.house);
    let same_house = here.name == there.name
        && here.brands == there.brands
        && here.keys == there.keys
        && here.products == there.products
        && here.line_entries == there.line_entries
        && here.line_retracted == there.line_retracted
        && here.people == there.people
        && here.policy_texts == there.policy_texts;
    let same = same_house
        && board.size == scratch.size
        && board.advisories == scratch.advisories
        && format!("{:?}", *board) == format!("{scratch:?}");
    holds("the board is its replay", same, || {
        let differs = board.all().find(|(stream, case)| scratch.case(stream) != Some(case));
        let Some((stream, case)) = differs else {
            return first_difference(&format!("{:?}", *board), &format!("{scratch:?}"));
        };
        format!("{case:?}\nreplayed {:?}", scratch.case(stream))
    })
}

/// Where two texts part, with what stands around it.
fn first_difference(one: &str, other: &str) -> String {
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| {
        let bytes = text.as_bytes();
        String::from_utf8_lossy(&bytes[same.saturating_sub(300)..bytes.len().min(same + 200)]).into_owned()
    };
    format!("{}\nreplayed {}", around(one), around(other))
}

/// The journal against its head, its leaves and its keys.
pub(super) async fn check_journal(casework: &Casework) -> Result<(), Broken> {
    let report = casework.store().verify().await.unwrap();
    holds("the journal verifies", report.is_sound(), || {
        format!("{:?}", report.findings)
    })?;
    let unfinished = casework.unfinished_erasures().await.unwrap();
    holds("an erasure is finished", unfinished.is_empty(), || {
        format!("{unfinished:?}")
    })
}
