//! A publication that fails at any of its steps leaves a whole tree, the old one or the new one, and the next publication succeeds.

use super::sample::{House, advisory, check_whole, interim, now, revised};
use crate::Publisher;

/// Fails at step 0, 1, 2, … of going from `before` to `after`, until no step is left to fail.
fn check_every_step(before: Option<&House>, after: &House) {
    let expected = {
        let root = tempfile::tempdir().unwrap();
        after.publish(&Publisher::new(root.path())).manifest
    };
    let mut root = tempfile::tempdir().unwrap();
    for step in 0.. {
        if before.is_none() {
            root = tempfile::tempdir().unwrap();
        }
        let publisher = Publisher::new(root.path()).by("a test");
        let old = before.map(|house| house.publish(&publisher).manifest);

        *publisher.disk.steps_left.lock().unwrap() = Some(step);
        let outcome = after.site(|sites| publisher.update(sites, now()));
        *publisher.disk.steps_left.lock().unwrap() = None;

        let public = publisher.current().unwrap().map(|generation| generation.manifest);
        if public.is_some() || old.is_some() {
            check_whole(&publisher);
            assert!(
                public == old || public.as_ref() == Some(&expected),
                "step {step} left something else"
            );
        }
        if outcome.is_ok() {
            assert!(step >= 8, "only {step} steps were tried");
            assert_eq!(public, Some(expected));
            return;
        }
        assert_eq!(
            after.publish(&publisher).manifest,
            expected,
            "after a failure at step {step}"
        );
    }
}

#[test]
fn the_first_publication_is_whole_or_absent() {
    check_every_step(None, &House::with([advisory()]));
}

#[test]
fn the_next_publication_is_whole_or_the_old_one() {
    check_every_step(
        Some(&House::with([advisory(), interim()])),
        &House::with([advisory(), revised()]),
    );
}

#[test]
fn failures_one_after_the_other_never_take_the_tree_away() {
    let root = tempfile::tempdir().unwrap();
    let publisher = Publisher::new(root.path()).by("a test");
    let houses = [
        House::with([advisory()]),
        House::with([advisory(), interim()]),
        House::with([advisory(), revised()]),
    ];
    let mut public = houses[0].publish(&publisher).number;
    let mut swaps = 0;
    for round in 1..40 {
        *publisher.disk.steps_left.lock().unwrap() = Some(round * 37 % 211);
        let outcome = houses[round as usize % houses.len()].site(|sites| publisher.update(sites, now()));
        *publisher.disk.steps_left.lock().unwrap() = None;
        let number = publisher.current().unwrap().unwrap().number;
        assert!(number == public || number == public + 1, "{outcome:?}");
        swaps += number - public;
        public = number;
    }
    check_whole(&publisher);
    assert!(swaps > 3, "{swaps} of the publications came through");
}
