//! `docs/actions.md` says of every event who may record it and what takes it back; the code has the last word.

use crate::actions::{of_event, recorded_elsewhere};
use psirt::case::refuse::reversal;
use psirt::event::Kind;

const GUIDE: &str = include_str!("../../../../docs/actions.md");

fn who(kind: Kind) -> String {
    if recorded_elsewhere(kind).is_some() {
        return "another action".to_owned();
    }
    let action = of_event(kind);
    action.who.iter().map(|role| role.name()).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_guide_says_of_every_event_who_may_and_what_takes_it_back() {
    for kind in Kind::ALL {
        let start = format!("| `{kind}` |");
        let row = GUIDE.lines().find(|line| line.starts_with(&start));
        let row = row.unwrap_or_else(|| panic!("docs/actions.md has no row for `{kind}`"));
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert_eq!(cells.len(), 4, "{row}");
        assert_eq!(cells[1], who(*kind), "{row}");
        assert_eq!(cells[3], reversal(*kind), "{row}");
    }
    let rows = GUIDE.lines().filter(|line| line.starts_with("| `"));
    assert_eq!(
        rows.count(),
        Kind::ALL.len(),
        "docs/actions.md has a row for something that is no event"
    );
}
