//! Lives of which the journal has lost a part: what is left must give the state that the process had which destroyed it.

use super::{AdvisoryEvent, AdvisoryState, Stage, Tombstone, release};
use crate::advisory::sample::sample;
use crate::advisory::{Advisory, Revision, Validity};

fn folded(events: &[(bool, AdvisoryEvent)], keep: impl Fn(bool) -> bool) -> AdvisoryState {
    let mut state = AdvisoryState::default();
    let at = "2027-01-04T09:00:00Z".parse().unwrap();
    for (_, event) in events.iter().filter(|(destroyed, _)| keep(*destroyed)) {
        let second = matches!(event, AdvisoryEvent::ReleaseOrdered { .. }).then_some("leo");
        state.apply(event, at, "lea", second);
    }
    state
}

/// A last revision that is removed. Journals of before have what was said of it under the key of the whole advisory, so that it outlives
/// the text. `says` is what that text says of itself; before there was a field for it, nothing.
fn check_last_revision_removed(story: &str, says: Validity, end: AdvisoryEvent, said: &str) {
    let first = sample();
    let mut last = Advisory {
        validity: says,
        ..first.clone()
    };
    let before = first.revisions.last().unwrap().clone();
    let number = before.number + 1;
    last.revisions.push(Revision { number, ..before });
    let drafted = |advisory: &Advisory| AdvisoryEvent::Drafted(Box::new(advisory.clone()));
    let ordered = |advisory: &Advisory| AdvisoryEvent::ReleaseOrdered {
        advisory: Box::new(advisory.clone()),
        scheduled: None,
    };
    let published = || AdvisoryEvent::Published {
        generation: 1,
        manifest: "digest".to_owned(),
        late_s: None,
    };
    let mut events = vec![
        (false, drafted(&first)),
        (false, ordered(&first)),
        (false, published()),
        (true, drafted(&last)),
        (true, ordered(&last)),
        (false, end),
    ];
    let ended = folded(&events, |_| true);
    assert!(
        !ended.ordered.unwrap().validity.is_current() && ended.stage.is_last(),
        "{story}: while it is there, it says that nothing holds"
    );
    let tombstone = Tombstone {
        revision: number,
        current: true,
        ..Tombstone::default()
    };
    events.extend([
        (false, published()),
        (false, AdvisoryEvent::Tombstoned(Box::new(tombstone))),
    ]);
    let (live, left) = (folded(&events, |_| true), folded(&events, |destroyed| !destroyed));
    assert_eq!(live, left, "{story}");
    let [earlier] = left.earlier.as_slice() else {
        panic!("{story}: {:?}", left.earlier)
    };
    assert_eq!(*earlier.advisory, first, "{story}: what its document says");
    assert_eq!(left.stage, Stage::Withdrawn, "{story}");
    assert!(!format!("{left:?}").contains(said), "{story}");
}

#[test]
fn what_was_said_of_a_destroyed_version_says_nothing_of_the_one_before() {
    let why = || "It is wrong, ask Jane Roe.".to_owned();
    let withdrawn = || AdvisoryEvent::Withdrawn { why: why() };
    let says = Validity::Withdrawn { why: why() };
    check_last_revision_removed("withdrawn", says, withdrawn(), "Jane Roe");
    check_last_revision_removed("withdrawn long ago", Validity::Current, withdrawn(), "Jane Roe");
    let by = || "NN-2027:9-01".to_owned();
    let superseded = AdvisoryEvent::Superseded { by: by() };
    let says = Validity::Superseded { by: by() };
    check_last_revision_removed("superseded", says, superseded, "NN-2027:9-01");
}

/// What is public and nobody works on is in memory once, also after a start from a snapshot.
#[test]
fn what_is_public_and_what_is_written_on_are_one_text_until_somebody_writes() {
    let first = sample();
    let at = "2027-01-04T09:00:00Z".parse().unwrap();
    let mut state = AdvisoryState::default();
    let apply = |state: &mut AdvisoryState, event| state.apply(&event, at, "lea", Some("leo"));
    let is_one = |state: &AdvisoryState| std::ptr::eq(&*state.draft, &**state.ordered.as_ref().unwrap());
    apply(&mut state, AdvisoryEvent::Drafted(Box::new(first.clone())));
    let ordered = AdvisoryEvent::ReleaseOrdered {
        advisory: Box::new(first.clone()),
        scheduled: None,
    };
    apply(&mut state, ordered);
    assert!(is_one(&state));
    let released = release(&state).unwrap();
    assert!(std::ptr::eq(released.advisory(), &*state.draft));

    let saved = serde_json::to_vec(&state).unwrap();
    let mut state: AdvisoryState = serde_json::from_slice(&saved).unwrap();
    state.share();
    assert!(is_one(&state));
    let title = "Another title".to_owned();
    let other = Advisory { title, ..first.clone() };
    apply(&mut state, AdvisoryEvent::Drafted(Box::new(other)));
    assert!(!is_one(&state) && *state.ordered.unwrap() == first);
}
