//! One seed: step after step, with the laws checked after each.

use super::WHOLE_EVERY;
use super::act::{Act, Outcome};
use super::choose::choose;
use super::coverage::Coverage;
use super::dice::Dice;
use super::erasing::Untouched;
use super::laws::{self, Broken};
use super::ledger::{self, Appendix, Ledger};
use super::stage::Stage;
use jiff::{SignedDuration, Timestamp};

/// A broken law, and how to come there.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) seed: u64,
    /// From 1.
    pub(super) step: usize,
    pub(super) law: &'static str,
    pub(super) what: String,
    /// Everything up to the step that broke it.
    pub(super) steps: Vec<Step>,
}

/// A step: who does what, when, in which of the two processes.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) at: Timestamp,
    in_twin: bool,
    pub(super) act: Act,
}

/// Runs a seed, or a given history under its seed.
pub(super) async fn run(seed: u64, steps: usize, given: Option<&[Step]>) -> Result<Coverage, Failure> {
    let mut dice = Dice::new(seed);
    let stage = Stage::open(seed, seed.is_multiple_of(8)).await;
    let deep = std::env::var_os("CANDOR_DEEP").is_some();
    let mut ledger = Ledger::default();
    let mut coverage = Coverage::default();
    let mut done: Vec<Step> = Vec::new();
    assert!(ledger.follow(&stage.casework).await.is_ok() && ledger::may_read(&stage.casework));
    let steps = given.map_or(steps, <[_]>::len);
    for number in 1..=steps {
        let step = match given {
            Some(given) => given[number - 1].clone(),
            None => {
                let at = later(stage.casework.now(), &mut dice);
                let act = choose(&stage.casework.board(), at, number, &mut dice);
                let in_twin = dice.percent(30);
                Step { at, in_twin, act }
            }
        };
        stage.clock.set(step.at);
        done.push(step.clone());
        let whole = deep || number % WHOLE_EVERY == 0 || number == steps && given.is_none();
        if let Err((law, what)) = Box::pin(take(&stage, &mut ledger, &step, whole, &mut coverage)).await {
            return Err(Failure {
                seed,
                step: number,
                law,
                what,
                steps: done,
            });
        }
    }
    Ok(coverage)
}

/// Two years in a thousand steps: minutes, hours, or a long weekend.
fn later(now: Timestamp, dice: &mut Dice) -> Timestamp {
    let minutes = match dice.below(10) {
        0..=2 => dice.below(10),
        3..=6 => dice.below(24 * 60),
        _ => dice.below(4 * 24 * 60),
    };
    now + SignedDuration::from_mins(i64::try_from(minutes).unwrap())
}

async fn take(
    stage: &Stage,
    ledger: &mut Ledger,
    step: &Step,
    whole: bool,
    coverage: &mut Coverage,
) -> Result<(), Broken> {
    let casework = stage.twin.as_ref().filter(|_| step.in_twin).unwrap_or(&stage.casework);
    let before = stage.casework.board().size;
    let untouched = Untouched::before(&step.act, &stage.casework);
    let outcome = Box::pin(step.act.run(casework)).await;
    if step.in_twin && stage.twin.is_some() {
        stage.casework.refresh().await.unwrap();
    }
    let after = stage.casework.board().size;
    nothing_of_a_refusal(&outcome, before, after)?;
    let appendix = match after == before {
        true => Appendix::default(),
        false => ledger.follow(&stage.casework).await?,
    };
    laws::check_touched(&stage.casework, ledger, &appendix)?;
    if let Some(twin) = &stage.twin {
        twin.refresh().await.unwrap();
        let (here, there) = (stage.casework.board(), twin.board());
        let same = appendix.streams.iter().all(|stream| {
            here.case(stream) == there.case(stream)
                && here.advisories.get(stream) == there.advisories.get(stream)
                && here.report(stream) == there.report(stream)
        });
        if !same || here.size != there.size {
            return Err(("two processes have one board", format!("{:?}", appendix.streams)));
        }
    }
    let mut whole = whole;
    if let Some(untouched) = untouched.filter(|_| outcome.recorded > 0) {
        untouched.check(&stage.casework).await?;
        if let Some(twin) = &stage.twin {
            untouched.check(twin).await?;
        }
        // A seed's first erasure is looked at in full, later ones with the rest.
        whole |= ledger.erases_first();
    }
    if whole {
        laws::check_board(&stage.casework).await?;
        laws::check_journal(&stage.casework).await?;
    }
    coverage.count(&stage.casework, &outcome, &appendix);
    Ok(())
}

fn nothing_of_a_refusal(outcome: &Outcome, before: u64, after: u64) -> Result<(), Broken> {
    if let Some(broken) = &outcome.broken {
        return Err(("an act says the truth", broken.clone()));
    }
    if outcome.recorded == 0 && after != before {
        return Err(("a refused act leaves nothing", format!("{:?}", outcome.refusals)));
    }
    Ok(())
}
