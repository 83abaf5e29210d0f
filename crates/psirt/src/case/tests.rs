//! Laws of merged and split cases over random histories, and of the letters of Vultron.

use crate::board::{Appended, Board};
use crate::body::{Body, What};
use crate::case::vultron;
use crate::clock::facts::CaseFacts;
use crate::clock::report::{Row, rows};
use crate::clock::tests::{CRITICAL, MEDIUM, shipped};
use crate::clock::{Calendars, obligations};
use crate::event::{Entry, Event, EventRef};
use crate::house::{HouseEvent, Product, ReportEvent};
use crate::policy::Policy;
use crate::story::{Story, read_event};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::sync::OnceLock;

const EVENTS: &[&str] = &[
    "acknowledged = {}",
    "reviewed = {}",
    "report-joined = { reporter = \"customer:c7\" }",
    "confirmed = { origin = \"own\", products = [\"Sensor\"] }",
    "confirmed = { origin = \"own\", products = [\"Sensor\", \"Cloud\"] }",
    "confirmed = { origin = \"third-party\", products = [\"Cloud\"] }",
    "affected = { product = \"Cloud\" }",
    "not-affected = { product = \"Sensor\" }",
    CRITICAL,
    MEDIUM,
    "rejected = { exit = \"cannot-reproduce\" }",
    "appealed = {}",
    "reopened = { why = \"x\" }",
    "workaround-provided = { product = \"Cloud\" }",
    "fix-released = { product = \"Sensor\", version = \"2\" }",
    "fix-deployed = { product = \"Cloud\", tenants = \"3/4\" }",
    "fix-deployed = { product = \"Cloud\", tenants = \"all\" }",
    "fix-withdrawn = { product = \"Sensor\", why = \"x\" }",
    "made-public = {}",
    "reported-back = {}",
    "reported-back = { reporter = \"c7\" }",
    "credit = { choice = \"yes\" }",
    "waived = { rule = \"N3\", why = \"x\" }",
    "overridden = { rule = \"N3\", due = 2026-05-01, why = \"x\" }",
    "override-revoked = { rule = \"N3\" }",
    "closed = {}",
    "suspected = { products = [\"Sensor\"] }",
    "noted = { text = \"x\" }",
];

const LINE_EVENTS: &[&str] = &[
    "release-planned = { product = \"Sensor\", version = \"2\", date = 2026-03-10 }",
    "release-moved = { product = \"Sensor\", version = \"2\", date = 2026-04-10 }",
    "release-shipped = { product = \"Sensor\", version = \"2\", fixes = [\"C1\", \"C3\"] }",
    "support-ended = { product = \"Cloud\" }",
];

/// Something that happens to one of three cases, or to two of them.
#[derive(Clone, Debug)]
enum Step {
    Record(usize, usize),
    Line(usize),
    /// The n-th entry of the lines that stands was a mistake.
    RetractOfLine(usize),
    /// The first goes on in the second.
    Merge(usize, usize),
    /// A new case with the reports of these places, or with a line.
    Split(usize, bool, bool),
    /// The n-th entry, or the last of its name.
    Retract(usize, u32, bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..3_usize, 0..EVENTS.len()).prop_map(|(case, event)| Step::Record(case, event)),
        2 => (0..LINE_EVENTS.len()).prop_map(Step::Line),
        1 => (0..4_usize).prop_map(Step::RetractOfLine),
        1 => (0..5_usize, 0..5_usize).prop_map(|(from, into)| Step::Merge(from, into)),
        1 => (0..5_usize, any::<bool>(), any::<bool>()).prop_map(|(case, report, line)| Step::Split(case, report, line)),
        2 => (0..5_usize, 1..12_u32, any::<bool>()).prop_map(|(case, place, name)| Step::Retract(case, place, name)),
    ]
}

fn event(text: &str) -> Event {
    let (name, fields) = text.split_once(" = ").unwrap();
    let table: toml::Table = toml::from_str(&format!("x = {fields}")).unwrap();
    read_event(name, table["x"].clone()).unwrap()
}

fn policies() -> &'static Vec<Policy> {
    static POLICIES: OnceLock<Vec<Policy>> = OnceLock::new();
    POLICIES.get_or_init(|| shipped(&["nozomi-networks"], &[]))
}

/// A board, written entry by entry as a house would, whatever a house would refuse.
struct Desk {
    board: Board,
    now: Timestamp,
    seqs: std::collections::BTreeMap<String, u32>,
}

impl Desk {
    fn open() -> Desk {
        let mut desk = Desk {
            board: Board::default(),
            now: "2026-01-05T08:00:00Z".parse().unwrap(),
            seqs: std::collections::BTreeMap::new(),
        };
        desk.board.house.policies.clone_from(policies());
        for (name, deployment) in [("Sensor", "on-prem"), ("Cloud", "saas")] {
            let product = Product {
                name: name.to_owned(),
                brand: "nozomi-networks".to_owned(),
                deployment: deployment.to_owned(),
                market: vec!["us".to_owned()],
                supported_until: None,
                version_scheme: crate::version::VersionScheme::default(),
            };
            desk.record("house", desk.now, What::House(HouseEvent::ProductSet(product)));
        }
        for number in ["C1", "C2", "C3"] {
            let (report, case) = (format!("report:{number}"), format!("case:{number}"));
            let arrived = ReportEvent::Arrived {
                number: number.to_owned(),
                brand: "nozomi-networks".to_owned(),
                channel: String::new(),
                from: String::new(),
                raw: None,
                at: desk.now,
            };
            desk.record(&report, desk.now, What::Report(arrived));
            desk.record(
                &report,
                desk.now,
                What::Report(ReportEvent::Joined { case: case.clone() }),
            );
            desk.record(&case, desk.now, What::Case(Event::Received { by: None }));
            desk.now += SignedDuration::from_hours(30);
        }
        desk
    }

    fn record(&mut self, stream: &str, at: Timestamp, what: What) {
        let seq = self.seqs.entry(stream.to_owned()).or_default();
        *seq += 1;
        let entry = Appended {
            stream,
            seq: *seq,
            recorded: self.now,
            actor: "ada",
        };
        let body = Body {
            at,
            approved_by: Some("lea".to_owned()),
            report: None,
            what,
        };
        self.board.apply(entry, &body);
        self.board.settle();
    }

    /// The stream of the n-th case, with what ended in another one passed over.
    fn case(&self, index: usize) -> String {
        let mut streams: Vec<&str> = self.board.all().map(|(stream, _)| stream).collect();
        streams.sort_unstable();
        let number = self.number(streams[index % streams.len()]);
        self.board
            .case_of_number(&number)
            .map(|(stream, _)| stream.to_owned())
            .unwrap()
    }

    fn number(&self, stream: &str) -> String {
        self.board.case(stream).unwrap().number.clone()
    }

    fn act(&mut self, step: &Step, late: i64) {
        self.now += SignedDuration::from_hours(7);
        let at = self.now - SignedDuration::from_secs(late);
        match step {
            Step::Record(case, pick) => {
                let stream = self.case(*case);
                self.record(&stream, at, What::Case(event(EVENTS[*pick])));
            }
            Step::Line(pick) => {
                let entry = Entry {
                    seq: 1,
                    at,
                    recorded: self.now,
                    by: String::new(),
                    approved_by: Some("lea".to_owned()),
                    event: event(LINE_EVENTS[*pick]),
                    case: None,
                    report: None,
                };
                self.record("house", at, What::House(HouseEvent::Line(Box::new(entry))));
            }
            Step::RetractOfLine(pick) => {
                let entries = self.board.house.line_entries.values().flatten();
                let Some(entry) = entries.clone().nth(*pick) else {
                    return;
                };
                let retracted = HouseEvent::LineRetracted {
                    line: entry.event.product().unwrap().to_owned(),
                    seq: entry.seq,
                    why: "x".to_owned(),
                };
                self.record("house", self.now, What::House(retracted));
            }
            Step::Merge(from, into) => {
                let (from, into) = (self.case(*from), self.case(*into));
                if from != into {
                    let (ended, goes_on) = (self.number(&from), self.number(&into));
                    self.record(&from, self.now, What::Case(Event::MergedInto { case: goes_on }));
                    let merged = Event::Merged {
                        case: ended,
                        across_brands: false,
                        why: None,
                    };
                    self.record(&into, self.now, What::Case(merged));
                }
            }
            Step::Split(case, report, line) if self.board.all().count() < 6 && (*report || *line) => {
                let stream = self.case(*case);
                let (old, new) = (self.number(&stream), format!("S{}", self.board.all().count()));
                let since = self.board.case(&stream).unwrap().facts.received();
                let places = if *report { vec!["1".to_owned()] } else { Vec::new() };
                let products = if *line { vec!["Cloud".to_owned()] } else { Vec::new() };
                let off = Event::SplitOff {
                    case: new.clone(),
                    since,
                    reports: Vec::new(),
                    places: places.clone(),
                    products: products.clone(),
                    why: None,
                };
                self.record(&stream, self.now, What::Case(off));
                let from = Event::SplitFrom {
                    case: old,
                    number: new.clone(),
                    brand: "nozomi-networks".to_owned(),
                    since,
                    reports: Vec::new(),
                    places,
                    products,
                };
                self.record(&format!("case:{new}"), self.now, What::Case(from));
            }
            Step::Split(..) => {}
            Step::Retract(case, place, by_name) => {
                let stream = self.case(*case);
                let Some(entry) = self
                    .board
                    .case(&stream)
                    .unwrap()
                    .entries
                    .iter()
                    .find(|entry| entry.seq == *place)
                else {
                    return;
                };
                // A case keeps its beginning: a house refuses to take that back.
                if matches!(entry.event, Event::Received { .. }) {
                    return;
                }
                let event = if *by_name {
                    EventRef::Name(entry.event.kind().name().to_owned())
                } else {
                    EventRef::Seq(*place)
                };
                let retracted = Event::Retracted {
                    event,
                    why: "x".to_owned(),
                };
                self.record(&stream, at, What::Case(retracted));
            }
        }
    }

    fn played(steps: &[(Step, i64)]) -> Desk {
        let mut desk = Desk::open();
        for (step, late) in steps {
            desk.act(step, *late);
        }
        desk
    }
}

/// Rows without what a story counts anew: the places of events.
fn without_places(mut rows: Vec<Row>) -> Vec<Row> {
    for row in &mut rows {
        (row.proof.start_seq, row.proof.end_seq) = (None, None);
        let mut parts = row.proof.text.split("(event ");
        let head = parts.next().unwrap_or_default().to_owned();
        row.proof.text = parts.fold(head, |text, part| {
            text + part.split_once(')').map_or("", |(_, after)| after)
        });
    }
    rows
}

/// Every case of a desk, written as a story and read back, owes what it owes: to the word.
fn check_stories(steps: &[(Step, i64)], days: i64) {
    let desk = Desk::played(steps);
    let now = desk.now + SignedDuration::from_hours(24 * days);
    for (_, case) in desk.board.all() {
        let there = without_places(rows(&desk.board.obligations(case, now)));
        let written = desk.board.story(case).write();
        let read = Story::read(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
        assert_eq!(read.write(), written);
        let facts = CaseFacts::fold(&read.products, read.entries(), Timestamp::MAX);
        let here = without_places(rows(&obligations(policies(), &facts, &Calendars::default(), now)));
        assert_eq!(here, there, "{written}");
    }
}

/// An event of these, recorded on the n-th case.
fn on(case: usize, event: &str) -> (Step, i64) {
    (
        Step::Record(case, EVENTS.iter().position(|known| *known == event).unwrap()),
        0,
    )
}

/// What a retraction took back went away with a split, and so did the retraction: what took the retraction back goes with them, and
/// does not come to name another event.
#[test]
fn a_split_takes_a_retracted_retraction_along() {
    let steps = [
        (Step::Line(0), 0),
        (Step::Line(0), 0),
        on(0, "acknowledged = {}"),
        (Step::Line(2), 0),
        on(0, "not-affected = { product = \"Sensor\" }"),
        on(0, "confirmed = { origin = \"third-party\", products = [\"Cloud\"] }"),
        (Step::Retract(0, 4, false), 0),
        (Step::Retract(0, 5, false), 0),
        (Step::Split(0, true, true), 0),
    ];
    check_stories(&steps, 0);
}

/// What was split off comes back inside of another case: every reporter is there once.
#[test]
fn what_comes_back_by_way_of_another_case_is_there_once() {
    let steps = [
        (Step::Merge(1, 2), 0),
        (Step::Split(1, false, true), 0),
        (Step::Merge(3, 0), 0),
        (Step::Merge(0, 1), 0),
    ];
    check_stories(&steps, 0);
}

/// What is left of a case is merged into what was split off from it: it sees the same whether or not it is on the board while it is folded.
#[test]
fn the_rest_goes_into_what_was_split_off() {
    let steps = [
        (Step::Split(1, false, true), 0),
        (Step::Split(1, true, false), 0),
        (Step::Merge(3, 1), 0),
    ];
    check_stories(&steps, 0);
}

/// A retraction by a name that named nothing takes nothing back, even if a merged case brings something of that name.
#[test]
fn a_merge_gives_an_idle_retraction_nothing_to_take_back() {
    let steps = [
        on(1, CRITICAL),
        on(0, CRITICAL),
        (Step::Merge(1, 0), 0),
        (Step::Retract(0, 2, true), 0),
        (Step::Retract(0, 2, false), 0),
    ];
    check_stories(&steps, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    /// What was recorded of a line and taken back leaves no trace in any case.
    #[test]
    fn what_is_retracted_of_a_line_leaves_no_trace(
        steps in prop::collection::vec((step(), Just(0_i64)), 0..25),
        pick in 0..LINE_EVENTS.len(),
    ) {
        let mut desk = Desk::played(&steps);
        let later = desk.now + SignedDuration::from_hours(400);
        let owed = |desk: &Desk| -> Vec<(String, Vec<Row>)> {
            let rows = |case| without_places(rows(&desk.board.obligations(case, later)));
            desk.board.all().map(|(stream, case)| (stream.to_owned(), rows(case))).collect()
        };
        let before = owed(&desk);
        desk.act(&Step::Line(pick), 0);
        let seq = desk.seqs["house"];
        let entries = desk.board.house.line_entries.values().flatten();
        let line = entries.filter(|entry| entry.seq == seq).find_map(|entry| entry.event.product());
        let line = line.unwrap().to_owned();
        desk.record("house", desk.now, What::House(HouseEvent::LineRetracted { line, seq, why: "x".to_owned() }));
        prop_assert_eq!(owed(&desk), before);
    }

    /// A case that is exported and read back owes what it owes, to the word, whatever was merged, split, retracted and overridden.
    #[test]
    fn a_story_is_the_case(steps in prop::collection::vec((step(), prop_oneof![3 => Just(0_i64), 1 => 0..400_000_i64]), 0..40), days in 0_i64..200) {
        check_stories(&steps, days);
    }

    /// Undoing a merge gives both cases back as they were.
    #[test]
    fn a_retracted_merge_leaves_no_trace(steps in prop::collection::vec((step(), Just(0_i64)), 0..25), from in 0..5_usize, into in 0..5_usize) {
        let mut desk = Desk::played(&steps);
        let (from, into) = (desk.case(from), desk.case(into));
        prop_assume!(from != into);
        let state = |desk: &Desk, now: Timestamp| -> Vec<Vec<Row>> {
            [&from, &into].map(|stream| rows(&desk.board.obligations(desk.board.case(stream).unwrap(), now))).into()
        };
        let (ended, goes_on) = (desk.number(&from), desk.number(&into));
        let later = desk.now + SignedDuration::from_hours(100);
        let before = state(&desk, later);
        desk.record(&from, desk.now, What::Case(Event::MergedInto { case: goes_on }));
        let merged = Event::Merged { case: ended, across_brands: false, why: None };
        desk.record(&into, desk.now, What::Case(merged));
        for (stream, name) in [(&from, "merged-into"), (&into, "merged")] {
            let retracted = Event::Retracted { event: EventRef::Name(name.to_owned()), why: "x".to_owned() };
            desk.record(stream, desk.now, What::Case(retracted));
        }
        prop_assert_eq!(state(&desk, later), before);
    }

    /// Every case is in one of the model's states: no fix is deployed that is not ready, none is ready that nobody knows of, and public is
    /// what a public exploit exploits. Once the world knows, no embargo holds.
    #[test]
    fn the_letters_of_vultron_are_legal(steps in prop::collection::vec((step(), Just(0_i64)), 0..40)) {
        let desk = Desk::played(&steps);
        for (_, case) in desk.board.all() {
            let obligations = desk.board.obligations(case, desk.now);
            let phase = desk.board.phase(case, desk.now);
            let letters = vultron::letters(&case.facts, &case.embargo, phase, &obligations, desk.now);
            let parts: Vec<&str> = letters.split('/').collect();
            prop_assert!(matches!(parts[0], "R" | "I" | "V" | "A" | "D" | "C"), "{}", letters);
            prop_assert!(matches!(parts[1], "N" | "P" | "A" | "R" | "X"), "{}", letters);
            let cs: Vec<char> = parts[2].chars().collect();
            prop_assert_eq!(parts[2].to_ascii_lowercase(), "vfdpxa");
            let so = |index: usize| cs[index].is_ascii_uppercase();
            let implies = |one: usize, other: usize| !so(one) || so(other);
            prop_assert!(implies(2, 1) && implies(1, 0) && implies(4, 3), "{}", letters);
            prop_assert!(!so(3) || parts[1] == "X", "{}", letters);
        }
    }
}
