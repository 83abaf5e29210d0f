//! The same work on many things, on a few threads. The answers come back in the order of the things.

use crate::error::TreeError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// So few things are not worth a thread.
const FEW: usize = 4;

/// As many threads as can run at once.
pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Does both at the same time.
pub(crate) fn both<A: Send, B>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B) -> (A, B) {
    std::thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        match one.join() {
            Ok(one) => (one, other),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Does `work` on each thing, on at most so many threads. After a failure nothing more is begun.
pub(crate) fn each<T: Sync, A: Send>(
    threads: usize,
    things: &[T],
    work: impl Fn(&T) -> Result<A, TreeError> + Sync,
) -> Result<Vec<A>, TreeError> {
    if things.len() < FEW || threads < 2 {
        return things.iter().map(work).collect();
    }
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let answers: Mutex<Vec<(usize, Result<A, TreeError>)>> = Mutex::new(Vec::with_capacity(things.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads.min(things.len()) {
            scope.spawn(|| {
                while !failed.load(Ordering::Relaxed) {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(thing) = things.get(place) else { return };
                    let answer = work(thing);
                    failed.fetch_or(answer.is_err(), Ordering::Relaxed);
                    let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
                    answers.push((place, answer));
                }
            });
        }
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_order_and_a_failure_is_told() {
        let things: Vec<usize> = (0..500).collect();
        for threads in [1, 2, 7] {
            let doubled = each(threads, &things, |thing| Ok(thing * 2)).unwrap();
            assert!(doubled.iter().zip(&things).all(|(double, thing)| *double == thing * 2));
            assert_eq!(doubled.len(), things.len());
            let failed = each(threads, &things, |thing| match thing {
                300 => Err(TreeError::misfit("300", "it fails")),
                thing => Ok(*thing),
            });
            assert_eq!(failed.unwrap_err().to_string(), "300: it fails");
        }
        assert!(each(2, &[0_u8; 0], |_| Ok(())).unwrap().is_empty());
    }
}
