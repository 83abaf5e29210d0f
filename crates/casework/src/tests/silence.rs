//! Who does not answer: asked again, told that it ended, and let in again. And one reporter's silence is no other one's.

use super::letters::{RITA, known, letter, told};
use super::world::{Desk, by};
use crate::{LetterNews, MailReading, Wish};
use psirt::case::phase::Phase;
use psirt::event::{Event, Exit, Kind};
use std::fmt::Write as _;

const BEN: &str = "ben@researcher.example";

impl Desk {
    fn phase_of(&self, number: &str) -> Phase {
        let board = self.casework.board();
        let (_, case) = board.case_of_number(number).unwrap();
        board.phase(case, self.clock.now())
    }

    /// Works three times each morning from one day to another one; says what went out, as `day address news`.
    async fn mornings(&self, days: &[&str]) -> String {
        let mut out = String::new();
        for day in days {
            self.wait_until(&format!("{day}T08:00:00Z"));
            for _ in 0..3 {
                self.casework.work("worker").await.unwrap();
            }
            while let Some((to, news)) = told(self).await {
                let news = match news {
                    Some(LetterNews::Question { again: true, .. }) => "asked again".to_owned(),
                    Some(LetterNews::Verdict { says, .. }) => says,
                    other => format!("{other:?}"),
                };
                writeln!(out, "{day} {} {news}", to.split('@').next().unwrap()).unwrap();
            }
        }
        out
    }
}

/// Every day of September from the second one on, and the first days of October.
fn days() -> Vec<String> {
    let september = (2..=30).map(|day| format!("2026-09-{day:02}"));
    september
        .chain((1..=4).map(|day| format!("2026-10-{day:02}")))
        .collect()
}

async fn check_out(desk: &Desk, expect: &str) {
    let days = days();
    let days: Vec<&str> = days.iter().map(String::as_str).collect();
    let out = desk.mornings(&days).await;
    let expect: Vec<&str> = expect.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(out.lines().collect::<Vec<_>>(), expect);
}

/// A case that two reporters told of, by mail, both with a key.
async fn of_two(desk: &Desk) -> (String, String) {
    let first = known(desk, RITA, "It crashes").await;
    let second = known(desk, BEN, "It crashes, too").await;
    desk.casework.join_report(&by("ana"), &second, &first).await.unwrap();
    (first, second)
}

fn called(desk: &Desk, case: &str, report: &str) -> String {
    let board = desk.casework.board();
    let (_, home) = board.case_of_number(case).unwrap();
    board.reporter_called(home, report).unwrap()
}

async fn answers(desk: &Desk, number: &str, from: &str, text: &str) {
    let thread = desk.casework.mail_thread(&by("ana"), number).await.unwrap();
    let reply = MailReading {
        to: vec![thread.reply_to],
        ..letter(from, text)
    };
    desk.came(reply, from).await;
}

const ENDED: &str = "Nobody answered what we asked, so we stopped there. The clause is §N20.";

#[tokio::test]
async fn who_never_answers_is_asked_twice_more_and_told_that_it_ended() {
    let desk = Desk::open().await;
    let number = known(&desk, RITA, "It crashes").await;
    desk.act(&number, "info-requested = {}").await;
    assert!(told(&desk).await.is_some());
    let expect = format!(
        "2026-09-08 rita asked again
         2026-09-15 rita asked again
         2026-10-02 rita {ENDED}"
    );
    check_out(&desk, &expect).await;
    assert_eq!(desk.phase_of(&number), Phase::Rejected(Exit::CannotReproduce));

    // An answer takes it up again, and it does not end at once for the silence before.
    answers(&desk, &number, RITA, "Here is the packet").await;
    assert_eq!(desk.phase_of(&number), Phase::Verifying);
    assert_eq!(desk.mornings(&["2026-10-05", "2026-11-20"]).await, "");
    assert_eq!(desk.phase_of(&number), Phase::Verifying);
}

#[tokio::test]
async fn whoever_answers_is_not_asked_again() {
    let desk = Desk::open().await;
    let number = known(&desk, RITA, "It crashes").await;
    desk.act(&number, "info-requested = {}").await;
    assert!(told(&desk).await.is_some());
    answers(&desk, &number, RITA, "Here is the packet").await;
    check_out(&desk, "").await;
    assert_eq!(desk.phase_of(&number), Phase::Verifying);
}

#[tokio::test]
async fn each_of_two_reporters_answers_for_themselves() {
    let desk = Desk::open().await;
    let (first, second) = of_two(&desk).await;
    desk.act(&first, "info-requested = {}").await;
    for _ in 0..2 {
        let (_, news) = told(&desk).await.unwrap();
        assert!(
            matches!(news, Some(LetterNews::Question { again: false, .. })),
            "{news:?}"
        );
    }
    assert!(told(&desk).await.is_none());
    desk.wait_until("2026-09-05T08:00:00Z");
    answers(&desk, &second, BEN, "Here is the packet").await;
    assert_eq!(desk.phase_of(&first), Phase::NeedsInfo, "Rita has not answered");
    let expect = "2026-09-08 rita asked again
                  2026-09-15 rita asked again";
    let days: Vec<String> = days().into_iter().filter(|day| day.as_str() > "2026-09-05").collect();
    let days: Vec<&str> = days.iter().map(String::as_str).collect();
    let out = desk.mornings(&days).await;
    assert_eq!(
        out.lines().collect::<Vec<_>>(),
        expect.lines().map(str::trim).collect::<Vec<_>>()
    );
    assert_eq!(
        desk.phase_of(&first),
        Phase::Verifying,
        "her days are over, and Ben has answered"
    );
}

#[tokio::test]
async fn one_of_two_is_asked_and_nobody_else() {
    let desk = Desk::open().await;
    let (first, second) = of_two(&desk).await;
    let ben = called(&desk, &first, &second);
    desk.act(&first, &format!("info-requested = {{ reporter = \"{ben}\" }}"))
        .await;
    let (to, _) = told(&desk).await.unwrap();
    assert_eq!(to, BEN);
    assert!(told(&desk).await.is_none());
    answers(&desk, &first, RITA, "One thing more").await;
    assert_eq!(desk.phase_of(&first), Phase::NeedsInfo, "nobody asked Rita");
    check_out(
        &desk,
        "2026-09-08 ben asked again
         2026-09-15 ben asked again",
    )
    .await;
    assert_eq!(desk.phase_of(&first), Phase::Verifying);
}

#[tokio::test]
async fn a_question_that_did_not_arrive_ends_nothing() {
    let desk = Desk::open().await;
    let number = known(&desk, RITA, "It crashes").await;
    desk.act(&number, "info-requested = {}").await;
    let sent = desk.casework.next_letter(super::letters::good).await.unwrap().unwrap();
    desk.ended(&sent, crate::Handover::Never("550 5.1.1".to_owned())).await;
    desk.mornings(&["2026-10-02", "2026-10-03"]).await;
    assert_eq!(desk.phase_of(&number), Phase::Verifying, "a person has to look");
}

#[tokio::test]
async fn a_policy_that_says_nothing_asks_no_one_and_ends_nothing() {
    let desk = Desk::open().await;
    let reading = |from: &str| letter(from, "The router crashes");
    let message = crate::Message {
        brand: Some("128-technology".to_owned()),
        ..crate::Message::default()
    };
    let source = std::io::Cursor::new(b"The router crashes".to_vec());
    let part = crate::Actor::part("mail");
    let kept = desk
        .casework
        .receive_mail(&part, message, source, || [7; 32])
        .await
        .unwrap();
    let task = desk.casework.next_mail().await.unwrap().unwrap();
    desk.casework.understand_mail(&task, reading(RITA)).await.unwrap();
    while told(&desk).await.is_some() {}
    desk.act(&kept.number, "info-requested = {}").await;
    while told(&desk).await.is_some() {}
    let out = desk
        .mornings(&["2026-09-08", "2026-09-15", "2026-10-02", "2026-12-01"])
        .await;
    // 128 Technology asks again, and investigates every report.
    assert_eq!(out.lines().count(), 2, "{out}");
    assert_eq!(desk.phase_of(&kept.number), Phase::NeedsInfo);
}

#[tokio::test]
async fn what_is_written_in_a_room_takes_it_up_again() {
    let desk = Desk::open().await;
    let number = known(&desk, RITA, "It crashes").await;
    desk.act(&number, "rejected = { exit = \"cannot-reproduce\" }").await;
    let sent = desk.casework.next_letter(super::letters::good).await.unwrap().unwrap();
    let sealed = sent.letter.sealed.as_ref().unwrap();
    let Some(LetterNews::Verdict {
        answer: Some(answer), ..
    }) = &sealed.news
    else {
        panic!("{:?}", sealed.news)
    };
    assert!(answer.contains("takes the report up again"), "{answer}");
    let secret = sealed.secrets[0].clone().unwrap();
    let room = desk.casework.room(super::world::NOZOMI, &secret).unwrap();
    let wish = Wish::Message("Here is the packet".to_owned());
    desk.casework.act_in_room(&room, "one", &wish).await.unwrap();
    assert_ne!(desk.phase_of(&number), Phase::Rejected(Exit::CannotReproduce));
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&number).unwrap();
    assert_eq!(
        case.entries
            .iter()
            .filter(|entry| matches!(entry.event, Event::Reopened { .. }))
            .count(),
        1
    );
    assert!(
        case.entries
            .iter()
            .all(|entry| entry.event.kind() != Kind::InfoReceived)
    );
}
