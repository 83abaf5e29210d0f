//! From a long history that breaks a law to a short one that breaks the same, and how it is told.

use super::act::Act;
use super::run::{Failure, Step, run};
use std::fmt::Write as _;

/// Histories that are tried. Each is run from its beginning.
const MAX_TRIES: usize = 60;

/// The failure in words.
pub(super) fn named(failure: &Failure) -> String {
    format!(
        "seed {seed}, step {step}: {law}\n{what}\n\nrepeat it: CANDOR_SEED={seed} CANDOR_STEPS={step} cargo test -p casework simulation\n",
        seed = failure.seed,
        step = failure.step,
        law = failure.law,
        what = failure.what,
    )
}

/// The same, with a short history.
pub(super) fn told(failure: &Failure) -> String {
    let (short, what) = shortened(failure);
    let mut text = named(failure);
    let _ = writeln!(
        text,
        "{} of its {} acts are enough, and give:\n{what}\n",
        short.len(),
        failure.step
    );
    for step in &short {
        let act = match &step.act {
            Act::Receive { incoming, .. } => format!(
                "Receive {:?} {} {:?}",
                incoming.brand, incoming.reporter_kind, incoming.products
            ),
            Act::Import { file, extent, .. } => format!("Import {extent:?}\n{}", String::from_utf8_lossy(&file.bytes)),
            act => format!("{act:?}"),
        };
        let _ = writeln!(text, "{} {act}", step.at);
    }
    text
}

/// Leaves out ever smaller parts as long as the same law breaks. Reports stay, so that numbers stay the same.
fn shortened(failure: &Failure) -> (Vec<Step>, String) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut tries = 0;
    let mut again = |steps: &[Step]| {
        tries += 1;
        let outcome = runtime.block_on(run(failure.seed, 0, Some(steps)));
        let same = outcome.err().filter(|other| other.law == failure.law);
        (same, tries >= MAX_TRIES)
    };
    let mut steps = failure.steps.clone();
    let mut what = failure.what.clone();
    let mut part = steps.len().div_ceil(2);
    while part > 0 {
        let mut from = 0;
        while from < steps.len().saturating_sub(1) {
            let to = (from + part).min(steps.len() - 1);
            let kept = |(place, step): &(usize, &Step)| {
                !(from..to).contains(place) || matches!(step.act, Act::Receive { .. } | Act::Import { .. }) && part > 1
            };
            let fewer: Vec<_> = steps
                .iter()
                .enumerate()
                .filter(kept)
                .map(|(_, step)| step.clone())
                .collect();
            if fewer.len() == steps.len() {
                from += part;
                continue;
            }
            let (same, enough) = again(&fewer);
            match same {
                Some(same) => (steps, what) = (same.steps, same.what),
                None => from += part,
            }
            if enough {
                return (steps, what);
            }
        }
        part /= 2;
    }
    (steps, what)
}
