//! Rooms stay apart: whatever becomes of two cases, a room shows what belongs to its own report, and what is written in it is recorded as its
//! reporter's.

use super::rooms::{entered, form, say, seen};
use super::world::{Desk, by, check_refused, event, two};
use crate::{Appeal, FormReport, Room, Split, Wish};
use psirt::clock::State;
use psirt::event::{CreditChoice, Deadline, Event, Kind};
use std::collections::BTreeMap;
use std::io::Cursor;

/// A report by form that says who sent it, and its room.
async fn reporter(desk: &Desk, name: &str) -> (String, Room) {
    let form = FormReport {
        title: format!("title of {name}"),
        text: format!("text of {name}"),
        name: format!("name of {name}"),
        ..form(desk)
    };
    entered(desk, form).await
}

fn message(text: &str) -> Wish {
    Wish::Message(text.to_owned())
}

async fn merge(desk: &Desk, from: &str, into: &str) {
    desk.casework
        .merge_cases(&two("ana", "lea"), from, into, false, None)
        .await
        .unwrap();
}

/// Splits a report off its case; gives the number of the new one.
async fn split(desk: &Desk, case: &str, report: &str) -> String {
    let split = Split {
        reports: vec![report.to_owned()],
        ..Split::default()
    };
    desk.casework
        .split_case(&two("ana", "lea"), case, &split)
        .await
        .unwrap()
}

/// What a room's conversation says, in its order: mine begins with `>`.
fn check_talk(desk: &Desk, room: &Room, expect: &[&str]) {
    let view = seen(desk, room);
    let said = |said: &crate::Said| format!("{}{}", if said.is_mine { ">" } else { "" }, said.text);
    let talk: Vec<String> = view.conversation.iter().map(said).collect();
    assert_eq!(talk, expect, "{}", room.number());
}

/// Everything that a room shows says nothing of the others.
fn check_nothing_of(desk: &Desk, room: &Room, others: &[&str]) {
    let mut view = seen(desk, room);
    // It is drawn by chance, and may have any short word in it.
    view.address.clear();
    let view = format!("{view:?}");
    for other in others {
        assert!(
            !view.contains(other),
            "the room of {} shows {other}: {view}",
            room.number()
        );
    }
}

/// The reporters whom the entries of a case name from this place on.
fn named_since(desk: &Desk, case: &str, from: usize) -> Vec<(String, Option<String>)> {
    let board = desk.casework.board();
    let (_, case) = board.own_case(case).unwrap();
    let entries = case.entries.iter().skip(from);
    let named = entries.filter_map(|entry| match &entry.event {
        Event::Messaged { reporter, .. } | Event::Credit { reporter, .. } => {
            Some((reporter.clone().unwrap_or_default(), entry.report.clone()))
        }
        Event::EmbargoProposed { by, .. } => Some((by.clone(), entry.report.clone())),
        _ => None,
    });
    named.collect()
}

fn entries(desk: &Desk, case: &str) -> usize {
    desk.casework.board().own_case(case).unwrap().1.entries.len()
}

#[tokio::test]
async fn a_merge_hands_nothing_from_one_room_to_the_other() {
    let desk = Desk::open().await;
    let (a, alice) = reporter(&desk, "Alice").await;
    let (b, bob) = reporter(&desk, "Bob").await;
    say(&desk, &alice, message("alice before")).await;
    say(&desk, &bob, message("bob before")).await;
    desk.wait_until("2026-09-01T09:00:00Z");
    desk.act(&a, "messaged = { text = \"to alice alone\" }").await;
    desk.act(&b, "messaged = { text = \"to bob alone\" }").await;
    desk.wait_until("2026-09-01T10:00:00Z");
    merge(&desk, &b, &a).await;
    let place = entries(&desk, &a);
    desk.act(&a, "messaged = { text = \"to whom?\" }").await;
    desk.act(&a, "messaged = { reporter = \"external\", text = \"to alice\" }")
        .await;
    desk.act(
        &a,
        &format!("messaged = {{ reporter = \"external:{b}\", text = \"to bob\" }}"),
    )
    .await;
    desk.wait_until("2026-09-01T11:00:00Z");
    say(&desk, &bob, message("bob after")).await;
    say(&desk, &alice, message("alice after")).await;
    say(&desk, &bob, Wish::Credit(CreditChoice::Yes, "bob's name".to_owned())).await;
    say(&desk, &bob, Wish::Disclosure("2026-12-24".to_owned())).await;
    for (room, name) in [(&alice, "alice.bin"), (&bob, "bob.bin")] {
        let bytes = Cursor::new(name.as_bytes().to_vec());
        desk.casework.attach_in_room(room, name, 100, bytes).await.unwrap();
    }

    check_talk(
        &desk,
        &alice,
        &[">alice before", "to alice alone", "to alice", ">alice after"],
    );
    check_talk(&desk, &bob, &[">bob before", "to bob alone", "to bob", ">bob after"]);
    check_nothing_of(&desk, &alice, &["bob", "Bob", &b]);
    check_nothing_of(&desk, &bob, &["alice", "Alice", &a]);
    let view = seen(&desk, &alice);
    assert_eq!(view.credit, (CreditChoice::Unasked, None));
    assert_eq!((view.plans.len(), view.files.len()), (0, 1));
    let view = seen(&desk, &bob);
    assert_eq!(view.credit.1.as_deref(), Some("bob's name"));
    assert_eq!((view.plans.len(), view.files.len()), (1, 1));
    assert_eq!(view.plans[0].until, Deadline::Day("2026-12-24".parse().unwrap()));

    let (alices, bobs) = (Some(a.clone()), Some(b.clone()));
    let called_b = format!("external:{b}");
    assert_eq!(
        named_since(&desk, &a, place),
        [
            (String::new(), None),
            ("external".to_owned(), alices.clone()),
            (called_b.clone(), bobs.clone()),
            (called_b.clone(), bobs.clone()),
            ("external".to_owned(), alices),
            (called_b.clone(), bobs.clone()),
            (called_b, bobs),
        ]
    );
    // What the desk knows of their wishes is each one's own, too.
    let board = desk.casework.board();
    let (_, case) = board.own_case(&a).unwrap();
    assert_eq!(
        case.view.credits,
        [(
            Some(format!("external:{b}")),
            CreditChoice::Yes,
            Some("bob's name".to_owned())
        )]
    );
}

#[tokio::test]
async fn a_plan_from_before_a_merge_stays_its_reporters() {
    let desk = Desk::open().await;
    let (a, alice) = reporter(&desk, "Alice").await;
    let (b, bob) = reporter(&desk, "Bob").await;
    say(&desk, &bob, Wish::Disclosure("2026-12-24".to_owned())).await;
    merge(&desk, &b, &a).await;
    assert!(seen(&desk, &alice).plans.is_empty());
    assert_eq!(seen(&desk, &bob).plans.len(), 1);
    let board = desk.casework.board();
    let parties: Vec<&str> = board
        .own_case(&a)
        .unwrap()
        .1
        .embargo
        .proposals
        .iter()
        .map(|(by, _)| by.as_str())
        .collect();
    assert_eq!(parties, [format!("external:{b}")]);
}

#[tokio::test]
async fn what_was_written_stays_with_its_report_through_split_and_merge() {
    let desk = Desk::open().await;
    let (a, alice) = reporter(&desk, "Alice").await;
    let (b, bob) = reporter(&desk, "Bob").await;
    let (c, carol) = reporter(&desk, "Carol").await;
    merge(&desk, &b, &a).await;
    desk.casework.join_report(&by("ana"), &c, &a).await.unwrap();
    say(&desk, &alice, message("alice together")).await;
    say(&desk, &bob, message("bob together")).await;
    say(&desk, &carol, message("carol together")).await;
    let apart = split(&desk, &a, &b).await;
    desk.wait_until("2026-09-01T09:00:00Z");
    // Bob is alone there now: what names nobody is for him.
    desk.act(&apart, "messaged = { text = \"to bob alone\" }").await;
    desk.act(&a, "messaged = { text = \"to whom?\" }").await;
    say(&desk, &bob, message("bob apart")).await;
    say(&desk, &alice, message("alice alone")).await;
    assert!(!seen(&desk, &bob).standing.says.contains("another report"));
    desk.wait_until("2026-09-01T10:00:00Z");
    // The other way round: the case that goes on is the one that was split off.
    merge(&desk, &a, &apart).await;
    say(&desk, &alice, message("alice again")).await;
    say(&desk, &bob, message("bob again")).await;
    say(&desk, &carol, message("carol again")).await;
    check_talk(&desk, &alice, &[">alice together", ">alice alone", ">alice again"]);
    check_talk(
        &desk,
        &bob,
        &[">bob together", "to bob alone", ">bob apart", ">bob again"],
    );
    check_talk(&desk, &carol, &[">carol together", ">carol again"]);
    check_nothing_of(&desk, &alice, &["bob", "carol", "Bob", "Carol", &b, &c]);
    check_nothing_of(&desk, &bob, &["alice", "carol", "Alice", "Carol", &a, &c]);
    check_nothing_of(&desk, &carol, &["alice", "bob", "Alice", "Bob", &a, &b]);
}

#[tokio::test]
async fn undoing_a_merge_takes_nothing_from_a_room() {
    let desk = Desk::open().await;
    let (a, alice) = reporter(&desk, "Alice").await;
    let (b, bob) = reporter(&desk, "Bob").await;
    merge(&desk, &b, &a).await;
    say(&desk, &alice, message("alice together")).await;
    say(&desk, &bob, message("bob together")).await;
    desk.casework
        .act(
            &two("ana", "lea"),
            &a,
            None,
            event("retracted = { event = \"merged\", why = \"they are two\" }"),
        )
        .await
        .unwrap();
    desk.wait_until("2026-09-01T09:00:00Z");
    say(&desk, &bob, message("bob apart")).await;
    check_talk(&desk, &alice, &[">alice together"]);
    check_talk(&desk, &bob, &[">bob together", ">bob apart"]);
    assert_eq!(named_since(&desk, &b, 0), [("external".to_owned(), Some(b.clone()))]);
}

#[tokio::test]
async fn an_erased_reporter_leaves_the_others_room_as_it_was() {
    let desk = Desk::open().await;
    let (a, alice) = reporter(&desk, "Alice").await;
    let (b, bob) = reporter(&desk, "Bob").await;
    merge(&desk, &b, &a).await;
    say(&desk, &alice, message("alice together")).await;
    say(&desk, &bob, message("bob together")).await;
    desk.casework.erase_self(&alice).await.unwrap();
    assert!(desk.casework.view_room(&alice).is_none());
    say(&desk, &bob, message("bob later")).await;
    desk.act(&a, "messaged = { text = \"to whom?\" }").await;
    check_talk(&desk, &bob, &[">bob together", ">bob later"]);
    let desk = desk.reopened().await;
    check_talk(&desk, &bob, &[">bob together", ">bob later"]);
}

/// Somebody who told the team by word of mouth has no report: nobody else's room takes their place.
#[tokio::test]
async fn a_reporter_without_a_report_is_nobody_in_a_room() {
    let desk = Desk::open().await;
    let (a, alice) = reporter(&desk, "Alice").await;
    let (b, bob) = reporter(&desk, "Bob").await;
    desk.act(&a, "report-joined = { reporter = \"customer:c-7\" }").await;
    desk.casework.join_report(&by("ana"), &b, &a).await.unwrap();
    desk.act(
        &a,
        "messaged = { reporter = \"customer:c-7\", text = \"for a customer\" }",
    )
    .await;
    desk.act(&a, "messaged = { reporter = \"c-7\", text = \"for a customer\" }")
        .await;
    desk.act(&a, &format!("messaged = {{ reporter = \"{b}\", text = \"for bob\" }}"))
        .await;
    say(&desk, &bob, message("bob")).await;
    check_talk(&desk, &alice, &[]);
    check_talk(&desk, &bob, &["for bob", ">bob"]);
}

#[tokio::test]
async fn a_join_takes_along_what_is_there_and_not_what_was_split_off() {
    let desk = Desk::open().await;
    let (a, alice) = reporter(&desk, "Alice").await;
    let (b, bob) = reporter(&desk, "Bob").await;
    let (c, _) = reporter(&desk, "Carol").await;
    desk.casework.join_report(&by("ana"), &b, &a).await.unwrap();
    let apart = split(&desk, &a, &b).await;
    desk.casework.join_report(&by("ana"), &a, &c).await.unwrap();
    let board = desk.casework.board();
    let (_, report) = board.report_of_number(&b).unwrap();
    let home = board.case(report.case.as_deref().unwrap()).unwrap();
    assert_eq!(home.number, apart, "Bob's report is in its own case");
    drop(board);
    // And the case that was split off knows its reporter when it joins another one.
    desk.casework.join_report(&by("ana"), &b, &c).await.unwrap();
    desk.act(
        &c,
        &format!("messaged = {{ reporter = \"external:{b}\", text = \"to bob\" }}"),
    )
    .await;
    desk.act(
        &c,
        &format!("messaged = {{ reporter = \"external:{a}\", text = \"to alice\" }}"),
    )
    .await;
    check_talk(&desk, &alice, &["to alice"]);
    check_talk(&desk, &bob, &["to bob"]);
}

#[tokio::test]
async fn what_was_asked_of_one_reporter_is_not_asked_of_the_other() {
    let desk = Desk::open().await;
    let (a, alice) = reporter(&desk, "Alice").await;
    let (b, bob) = reporter(&desk, "Bob").await;
    desk.act(&a, "info-requested = {}").await;
    desk.wait_until("2026-09-01T09:00:00Z");
    merge(&desk, &b, &a).await;
    assert_eq!(seen(&desk, &alice).standing.word, "We need your help");
    assert_eq!(seen(&desk, &bob).standing.word, "Being looked at");
    say(&desk, &bob, message("hello?")).await;
    let answers = |desk: &Desk| {
        let board = desk.casework.board();
        let (_, case) = board.own_case(&a).unwrap();
        let answers = case.entries.iter();
        answers.filter(|entry| entry.event.kind() == Kind::InfoReceived).count()
    };
    assert_eq!(answers(&desk), 0, "nobody asked Bob");
    assert_eq!(seen(&desk, &alice).standing.word, "We need your help");
    desk.wait_until("2026-09-01T10:00:00Z");
    say(&desk, &alice, message("version 25.1")).await;
    assert_eq!(answers(&desk), 1);
    assert_eq!(seen(&desk, &alice).standing.word, "Being looked at");
}

#[tokio::test]
async fn an_appeal_is_the_one_reporters_who_made_it() {
    let desk = Desk::open().await;
    let (a, alice) = reporter(&desk, "Alice").await;
    let (b, bob) = reporter(&desk, "Bob").await;
    desk.act(&b, "rejected = { exit = \"cannot-reproduce\" }").await;
    say(&desk, &bob, Wish::Appeal("bob tried again".to_owned())).await;
    assert!(matches!(seen(&desk, &bob).appeal, Appeal::Made(_)));
    desk.wait_until("2026-09-01T09:00:00Z");
    merge(&desk, &b, &a).await;
    assert_eq!(seen(&desk, &alice).appeal, Appeal::No);
    assert!(matches!(seen(&desk, &bob).appeal, Appeal::Made(_)));
    check_nothing_of(&desk, &alice, &["bob"]);
    desk.act(&a, "rejected = { exit = \"cannot-reproduce\" }").await;
    assert_eq!(seen(&desk, &alice).appeal, Appeal::Open);
    say(&desk, &alice, Wish::Appeal("alice tried again".to_owned())).await;
    assert!(matches!(seen(&desk, &alice).appeal, Appeal::Made(_)));
}

#[tokio::test]
async fn each_room_has_the_promises_to_its_own_reporter() {
    let desk = Desk::open().await;
    let (a, alice) = reporter(&desk, "Alice").await;
    desk.wait_until("2026-09-03T08:00:00Z");
    let (b, bob) = reporter(&desk, "Bob").await;
    desk.act(&b, "reviewed = {}").await;
    let review = |room: &Room| {
        let promises = seen(&desk, room).promises;
        let review = promises.into_iter().find(|owed| owed.ends == Kind::Reviewed).unwrap();
        (review.state, review.due.unwrap().to_string())
    };
    let (alices, bobs) = (review(&alice), review(&bob));
    assert_eq!(alices, (State::Running, "2026-09-04T08:00:00Z".to_owned()));
    assert_eq!(bobs, (State::Met, "2026-09-06T08:00:00Z".to_owned()));
    merge(&desk, &b, &a).await;
    assert_eq!((review(&alice), review(&bob)), (alices, bobs));
}

#[tokio::test]
async fn a_room_counts_its_own_acts_and_not_the_others() {
    let desk = Desk::open().await;
    let (a, alice) = reporter(&desk, "Alice").await;
    let (b, bob) = reporter(&desk, "Bob").await;
    merge(&desk, &b, &a).await;
    for turn in 0..200 {
        say(&desk, &bob, message(&format!("bob {turn}"))).await;
    }
    check_refused(
        &desk,
        desk.casework.act_in_room(&bob, "one more", &message("more")),
        "go on tomorrow",
    )
    .await;
    say(&desk, &alice, message("alice")).await;
}

/// What must stand in a room.
struct Owner {
    room: Room,
    /// A word that stands in everything of theirs.
    word: String,
    said: Vec<String>,
    files: Vec<String>,
    credit: Option<String>,
    appealed: bool,
}

/// Cases come together and apart at random while everybody writes.
struct Coming<'a> {
    desk: &'a Desk,
    owners: BTreeMap<String, Owner>,
    state: u64,
    words: usize,
}

impl Coming<'_> {
    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state % limit as u64).unwrap()
    }

    fn one(&mut self) -> String {
        let at = self.below(self.owners.len());
        self.owners.keys().nth(at).unwrap().clone()
    }

    fn word(&mut self, of: &str) -> String {
        self.words += 1;
        format!("{}-{}", self.owners[of].word, self.words)
    }

    /// The case in which a report is handled.
    fn home(&self, report: &str) -> String {
        let board = self.desk.casework.board();
        let (_, report) = board.report_of_number(report).unwrap();
        let case = board.case(report.case.as_deref().unwrap()).unwrap();
        board.case_of_number(&case.number).unwrap().1.number.clone()
    }

    async fn enter(&mut self) {
        let word = format!("word{}", self.owners.len());
        let (number, room) = reporter(self.desk, &word).await;
        let owner = Owner {
            room,
            word,
            said: Vec::new(),
            files: Vec::new(),
            credit: None,
            appealed: false,
        };
        self.owners.insert(number, owner);
    }

    async fn step(&mut self) {
        let (desk, one, other) = (self.desk, self.one(), self.one());
        let casework = &desk.casework;
        let room = self.owners[&one].room.clone();
        match self.below(20) {
            0 if self.owners.len() < 5 => self.enter().await,
            0..=5 => {
                let word = self.word(&one);
                say(desk, &room, message(&word)).await;
                self.owners.get_mut(&one).unwrap().said.push(word);
            }
            6 => {
                let word = self.word(&one);
                let credit = Wish::Credit(CreditChoice::Yes, word.clone());
                say(desk, &room, credit).await;
                self.owners.get_mut(&one).unwrap().credit = Some(word);
            }
            7 => {
                let word = self.word(&one);
                let bytes = Cursor::new(word.clone().into_bytes());
                casework.attach_in_room(&room, &word, 100, bytes).await.unwrap();
                self.owners.get_mut(&one).unwrap().files.push(word);
            }
            // To whoever is alone there, or to nobody: who was there once may still be known to the case.
            8..=9 => {
                let home = self.home(&one);
                let there = self.owners.keys().filter(|number| self.home(number) == home).count();
                let word = self.word(&one);
                desk.act(&home, &format!("messaged = {{ text = \"{word}\" }}")).await;
                let shown = seen(desk, &room).conversation.iter().any(|said| said.text == word);
                if there == 1 && shown {
                    self.owners.get_mut(&one).unwrap().said.push(word);
                }
            }
            // To one of them, as the desk knows them.
            10..=11 => {
                let home = self.home(&one);
                let name = {
                    let board = casework.board();
                    let (_, case) = board.own_case(&home).unwrap();
                    board.reporter_called(case, &one).unwrap()
                };
                let word = self.word(&one);
                desk.act(
                    &home,
                    &format!("messaged = {{ reporter = \"{name}\", text = \"{word}\" }}"),
                )
                .await;
                self.owners.get_mut(&one).unwrap().said.push(word);
            }
            12..=14 => {
                let (from, into) = (self.home(&one), self.home(&other));
                let merged = casework
                    .merge_cases(&two("ana", "lea"), &from, &into, false, None)
                    .await;
                assert!(
                    merged.is_ok() || from == into || self.over(&from) || self.over(&into),
                    "{merged:?}"
                );
            }
            15..=16 => {
                let split = Split {
                    reports: vec![one.clone()],
                    ..Split::default()
                };
                // A case with one reporter cannot be split.
                let _ = casework.split_case(&two("ana", "lea"), &self.home(&one), &split).await;
            }
            17 => {
                // A report that is there already, or whose case went on in another one, is refused.
                let _ = casework.join_report(&by("ana"), &one, &self.home(&other)).await;
            }
            18 => {
                let undo = event("retracted = { event = \"merged\", why = \"they are two\" }");
                let _ = casework.act(&two("ana", "lea"), &self.home(&one), None, undo).await;
            }
            _ => {
                let home = self.home(&one);
                let reject = event("rejected = { exit = \"cannot-reproduce\" }");
                let _ = casework.act(&by("ana"), &home, None, reject).await;
                if seen(desk, &room).appeal == Appeal::Open {
                    let word = self.word(&one);
                    say(desk, &room, Wish::Appeal(word.clone())).await;
                    let owner = self.owners.get_mut(&one).unwrap();
                    owner.said.push(word);
                    owner.appealed = true;
                }
            }
        }
    }

    fn over(&self, number: &str) -> bool {
        let board = self.desk.casework.board();
        let (_, case) = board.own_case(number).unwrap();
        case.view.closed || case.facts.rejected().is_some()
    }

    fn check(&self) {
        for (number, owner) in &self.owners {
            let view = seen(self.desk, &owner.room);
            let mut talk: Vec<String> = view.conversation.iter().map(|said| said.text.clone()).collect();
            let mut said = owner.said.clone();
            talk.sort();
            said.sort();
            assert_eq!(talk, said, "{number}");
            let mut files: Vec<String> = view.files.iter().map(|file| file.name.clone()).collect();
            files.sort();
            let mut sent = owner.files.clone();
            sent.sort();
            assert_eq!(files, sent, "{number}");
            assert_eq!(view.credit.1, owner.credit, "{number}");
            assert!(owner.appealed || !matches!(view.appeal, Appeal::Made(_)), "{number}");
            let text = format!("{view:?}");
            for (other, stranger) in self.owners.iter().filter(|(other, _)| *other != number) {
                let theirs = [
                    format!("{}-", stranger.word),
                    format!("of {}\"", stranger.word),
                    other.clone(),
                ];
                for word in theirs {
                    assert!(!text.contains(&word), "the room of {number} shows {word}: {text}");
                }
            }
            // What was recorded under this report's number is said in the name of its reporter there.
            let board = self.desk.casework.board();
            let home = self.home(number);
            let (_, case) = board.own_case(&home).unwrap();
            let called = board.reporter_called(case, number).unwrap();
            let same = self
                .owners
                .keys()
                .filter(|other| *other != number && self.home(other) == home);
            for other in same {
                assert_ne!(
                    board.reporter_called(case, other).unwrap(),
                    called,
                    "{number} and {other}"
                );
            }
        }
    }
}

#[tokio::test]
async fn whatever_becomes_of_cases_each_room_shows_its_own() {
    for seed in 1..=4_u64 {
        let desk = Desk::open().await;
        let mut coming = Coming {
            desk: &desk,
            owners: BTreeMap::new(),
            state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            words: 0,
        };
        for _ in 0..3 {
            coming.enter().await;
        }
        for minute in 0..80_i64 {
            let now = super::world::at("2026-09-01T08:00:00Z") + jiff::SignedDuration::from_mins(minute);
            desk.clock.set(now);
            coming.step().await;
            coming.check();
        }
    }
}
