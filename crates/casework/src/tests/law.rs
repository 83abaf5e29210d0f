//! The law of the board: after every append it is the board from scratch, whoever appended.

use super::world::{Desk, GUARDIAN, HIGH, ROUTER, T128, VANTAGE, by, draft, event, incoming, two};
use crate::{Casework, Incoming};
use psirt::board::Glance;

/// A board as text. A policy compares by its text; everything else by its content.
async fn check_board(casework: &Casework) {
    let scratch = casework.board_from_scratch().await.unwrap();
    assert_eq!(format!("{:?}", *casework.board()), format!("{scratch:?}"));
    check_glances(casework);
}

/// What lists show is what a fresh look shows.
fn check_glances(casework: &Casework) {
    casework.glance(|board, glances, now| {
        for (stream, case) in board.open() {
            assert_eq!(
                glances.get(stream),
                Some(&Glance::of(board, case, now)),
                "{stream} at {now}"
            );
        }
        assert_eq!(glances.iter().count(), board.open().count());
    });
}

/// Numbers that look drawn, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % n).unwrap()
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len() as u64)]
    }
}

#[tokio::test]
async fn the_board_is_its_replay_after_every_step_of_a_random_walk() {
    let desk = Desk::open().await;
    let twin = desk.twin().await;
    let mut dice = Dice(20_260_901);
    let mut cases = vec![desk.report("The first").await];
    let mut advisories = Vec::new();
    let (mut done, mut refused) = (0, 0);
    for step in 0..60_i64 {
        let now = desk.casework.now();
        desk.clock
            .set(now + jiff::SignedDuration::from_hours(i64::try_from(dice.below(60)).unwrap()));
        let casework = if dice.below(3) == 0 { &twin } else { &desk.casework };
        let case = cases[dice.below(cases.len() as u64)].clone();
        let line = dice.one(&[GUARDIAN, VANTAGE, ROUTER]);
        let outcome = match dice.below(14) {
            0 => {
                let products = if dice.below(2) == 0 {
                    vec![line.to_owned()]
                } else {
                    Vec::new()
                };
                let received = casework
                    .receive(
                        &by("ana"),
                        Incoming {
                            products,
                            ..incoming(&format!("Report {step}"))
                        },
                    )
                    .await;
                received.map(|received| cases.push(received.number))
            }
            1 => {
                let report = cases[dice.below(cases.len() as u64)].clone();
                casework.join_report(&by("ben"), &report, &case).await
            }
            2 => casework
                .draft_advisory(&by("ana"), std::slice::from_ref(&case), draft())
                .await
                .map(|id| advisories.push(id)),
            3 if !advisories.is_empty() => {
                casework
                    .approve(&by("lea"), &advisories[dice.below(advisories.len() as u64)])
                    .await
            }
            4 if !advisories.is_empty() => {
                let id = advisories[dice.below(advisories.len() as u64)].clone();
                match casework.order_release(&by("leo"), &id, "Again.").await {
                    Ok(_) => casework.mark_published(&id, 1, "digest").await,
                    Err(error) => Err(error),
                }
            }
            5 => {
                let text =
                    format!("release-shipped = {{ product = \"{line}\", version = \"{step}\", fixes = [\"{case}\"] }}");
                casework.line_event(&by("ana"), None, event(&text)).await
            }
            6 => {
                let mut product = casework.board().house.products[line].clone();
                product.supported_until =
                    Some(jiff::civil::date(2028, 1, 1).saturating_add(jiff::Span::new().days(step)));
                casework.set_product(&by("lea"), product).await
            }
            _ => {
                let text = dice.one(&[
                    "reviewed = {}",
                    "acknowledged = {}",
                    "confirmed = { origin = \"own\", products = [\"LINE\"] }",
                    "scored = { vector = \"HIGH\" }",
                    "fix-released = { product = \"LINE\", version = \"7\" }",
                    "fix-withdrawn = { product = \"LINE\", why = \"it breaks\" }",
                    "reported-back = {}",
                    "credit = { choice = \"no\" }",
                    "impact-set = { term = \"overflow\" }",
                    "retracted = { event = \"reviewed\", why = \"a mistake\" }",
                    "rejected = { exit = \"cannot-reproduce\" }",
                    "reopened = { why = \"it can\" }",
                    "made-public = {}",
                    "noted = { text = \"hm\" }",
                ]);
                let text = text.replace("LINE", line).replace("HIGH", HIGH);
                casework
                    .act(&two("ana", "lea"), &case, None, event(&text))
                    .await
                    .map(|_| ())
            }
        };
        if outcome.is_ok() {
            done += 1
        } else {
            refused += 1
        }
        desk.casework.refresh().await.unwrap();
        check_board(&desk.casework).await;
    }
    twin.refresh().await.unwrap();
    check_board(&twin).await;
    // Time alone changes what lists show, too.
    for _ in 0..300 {
        let minutes = i64::try_from(dice.below(60 * 24)).unwrap();
        desk.clock
            .set(desk.casework.now() + jiff::SignedDuration::from_mins(minutes));
        check_glances(&desk.casework);
    }
    assert!(
        done > 20 && refused > 3,
        "the walk did {done} and was refused {refused} times"
    );
}

#[tokio::test]
async fn two_processes_act_at_once_and_neither_is_lost() {
    let desk = Desk::open().await;
    let case = desk.confirmed().await;
    let twin = desk.twin().await;
    for round in 0..10 {
        let (here, there) = (
            event(&format!("noted = {{ text = \"here {round}\" }}")),
            event(&format!("noted = {{ text = \"there {round}\" }}")),
        );
        let (ana, ben) = (by("ana"), by("ben"));
        let (here, there) = tokio::join!(
            desk.casework.act(&ana, &case, None, here),
            twin.act(&ben, &case, None, there)
        );
        assert_ne!(here.unwrap(), there.unwrap());
    }
    desk.casework.refresh().await.unwrap();
    check_board(&desk.casework).await;
    let board = desk.casework.board();
    let (_, case) = board.case_of_number(&case).unwrap();
    assert_eq!(case.view.conversation.len(), 20);
    assert_ne!(case.brand, T128);
}

#[tokio::test]
async fn an_event_that_the_other_process_made_impossible_is_refused_at_the_second_look() {
    let desk = Desk::open().await;
    let case = desk.report("Only one can reject it").await;
    desk.act(&case, "reviewed = {}").await;
    let twin = desk.twin().await;
    let reject = || event("rejected = { exit = \"cannot-reproduce\" }");
    let (ana, ben) = (by("ana"), by("ben"));
    let (here, there) = tokio::join!(
        desk.casework.act(&ana, &case, None, reject()),
        twin.act(&ben, &case, None, reject())
    );
    let errors: Vec<String> = [here, there]
        .into_iter()
        .filter_map(Result::err)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors.len(), 1);
    assert!(errors[0].contains("is rejected already"), "{errors:?}");
}
