//! Letters that did not arrive: what settles one, and that nothing follows to an address that was refused for good.

use super::letters::{RITA, good};
use super::world::{Desk, by};
use crate::{Handover, LetterToSend, Unreachable, lost_letters, open_jobs, unreached};
use psirt::board::Board;

const REFUSED: &str = "550 5.1.1";

impl Desk {
    async fn letter(&self) -> Option<LetterToSend> {
        self.casework.next_letter(good).await.unwrap()
    }

    /// The next letter is refused.
    async fn refused(&self, why: &str) {
        let sent = self.letter().await.unwrap();
        self.ended(&sent, Handover::Never(why.to_owned())).await;
    }

    /// What waits for a person: the letters of a report that were lost, by what they are about, and the jobs.
    fn check_waits(&self, number: &str, letters: &[&str], jobs: usize) {
        let (board, now) = (self.casework.board(), self.clock.now());
        let (stream, _) = board.report_of_number(number).unwrap();
        let lost = lost_letters(&board, stream, now);
        let about: Vec<&str> = lost.iter().map(|lost| lost.letter).collect();
        assert_eq!(about, letters, "{lost:?}");
        assert_eq!(open_jobs(&board, now).len(), jobs);
        let queue = self.casework.letters(&by("ana"), false).unwrap();
        assert_eq!(queue.len(), letters.len(), "{queue:?}");
    }

    fn said_in(&self, number: &str) -> Vec<String> {
        let board = self.casework.board();
        let (_, case) = board.case_of_number(number).unwrap();
        case.view.conversation.iter().map(|said| said.text.clone()).collect()
    }
}

#[tokio::test]
async fn who_was_acknowledged_on_another_way_needs_nobody_any_more() {
    let desk = Desk::open().await;
    let number = desk.written(RITA, "It crashes").await;
    desk.refused("550 5.7.1").await;
    desk.check_waits(&number, &["acknowledgement"], 1);
    desk.act(&number, "acknowledged = {}").await;
    desk.check_waits(&number, &[], 0);
    let all = desk.casework.letters(&by("ana"), true).unwrap();
    assert_eq!((all.len(), all[0].state), (1, "given-up"), "it stays on record");
    // What the server refused was no address: it may take the next letter.
    desk.act(&number, "messaged = { text = \"Which version?\" }").await;
    assert!(desk.letter().await.is_some());
}

#[tokio::test]
async fn nothing_follows_to_an_address_that_was_refused_for_good_and_the_end_of_the_case_settles_what_was_lost() {
    let desk = Desk::open().await;
    let number = desk.written(RITA, "It crashes").await;
    desk.refused(REFUSED).await;
    desk.act(&number, "messaged = { text = \"Which version?\" }").await;
    assert!(desk.letter().await.is_none());
    desk.check_waits(&number, &["acknowledgement", "message"], 1);
    let nobody = {
        let board = desk.casework.board();
        let (stream, _) = board.case_of_number(&number).unwrap();
        unreached(&board, [stream], desk.clock.now()).remove(0).why
    };
    assert!(matches!(nobody, Unreachable::Refused(_)), "{nobody:?}");
    // Another report of theirs, and that of somebody else.
    let second = desk.written(RITA, "It hangs").await;
    let other = desk.written("ben@researcher.example", "It burns").await;
    desk.wait_until("2026-09-01T08:10:00Z");
    let sent = desk.letter().await.unwrap();
    assert_eq!(sent.letter.reports[0].number, other);
    desk.ended(&sent, Handover::Taken).await;
    assert!(desk.letter().await.is_none());
    desk.act(&second, "rejected = { exit = \"not-a-vulnerability\" }").await;
    desk.act(&number, "rejected = { exit = \"not-a-vulnerability\" }").await;
    assert!(desk.letter().await.is_none());
    // What was lost before the end is settled; that it ended, they do not know.
    let lost_of = |board: &Board| {
        let (stream, _) = board.report_of_number(&number).unwrap();
        lost_letters(board, stream, desk.clock.now())
    };
    let lost = lost_of(&desk.casework.board());
    assert_eq!((lost.len(), lost[0].letter, lost[0].withheld), (1, "decision", true));
    assert!(open_jobs(&desk.casework.board(), desk.clock.now()).is_empty());
    let notes = desk.said_in(&number);
    let note = notes.iter().rfind(|note| note.contains("was not sent")).unwrap();
    for part in [
        "decision",
        "refused its reporter's address for good (550 5.1.1)",
        "candor jobs retry mail:",
    ] {
        assert!(note.contains(part), "{note}");
    }
    assert!(!notes.iter().any(|note| note.contains(RITA)));

    // A person wants one sent all the same; since then the address is one that takes mail.
    desk.casework.revive_job(&by("lea"), &lost[0].job).await.unwrap();
    let sent = desk.letter().await.unwrap();
    desk.ended(&sent, Handover::Later("451".to_owned())).await;
    desk.wait_until("2026-09-01T09:10:00Z");
    let sent = desk.letter().await.unwrap();
    assert_eq!(sent.letter.to, RITA);
    desk.wait_until("2026-09-01T09:11:00Z");
    desk.ended(&sent, Handover::Taken).await;
    desk.written(RITA, "It smokes").await;
    desk.wait_until("2026-09-01T09:20:00Z");
    assert!(desk.letter().await.is_some());
    let kept = desk.casework.board_from_scratch().await.unwrap();
    assert!(lost_of(&kept).is_empty());
}

#[tokio::test]
async fn who_is_named_as_the_sender_is_written_to_whatever_was_refused_before() {
    let desk = Desk::open().await;
    let number = desk.written(RITA, "It crashes").await;
    desk.refused(REFUSED).await;
    let ana = by("ana");
    let named = desk.casework.name_sender(&ana, &number, "rita@home.example");
    named.await.unwrap();
    // As long as between any two acknowledgements of one report.
    desk.wait_until("2026-09-01T08:05:00Z");
    let sent = desk.letter().await.unwrap();
    assert_eq!(sent.letter.to, "rita@home.example");
    desk.ended(&sent, Handover::Taken).await;
    desk.act(&number, "messaged = { text = \"Which version?\" }").await;
    assert!(desk.letter().await.is_some());
}

#[tokio::test]
async fn a_job_that_nobody_needs_is_dropped_with_a_reason_but_for_one_that_destroys() {
    let desk = Desk::open().await;
    let number = desk.written(RITA, "It crashes").await;
    desk.refused(REFUSED).await;
    let job = desk.casework.dead_jobs(&by("root")).await.unwrap()[0]
        .job_key
        .to_string();
    let refused = [
        (
            desk.casework.drop_job(&by("ana"), &job, "They called.").await,
            "is for: lead, administrator",
        ),
        (desk.casework.drop_job(&by("lea"), &job, " ").await, "say why"),
        (
            desk.casework.drop_job(&by("lea"), "mail:none:1", "They called.").await,
            "no job of this name",
        ),
    ];
    for (refused, part) in refused {
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(part), "{refused}");
    }
    desk.check_waits(&number, &["acknowledgement"], 1);
    desk.casework.drop_job(&by("lea"), &job, "They called.").await.unwrap();
    desk.check_waits(&number, &[], 0);
    assert!(desk.casework.dead_jobs(&by("lea")).await.unwrap().is_empty());
    assert!(desk.casework.revive_job(&by("lea"), &job).await.is_err());
    let all = desk.casework.letters(&by("ana"), true).unwrap();
    assert_eq!((all[0].state, all[0].why.as_deref()), ("dropped", Some("They called.")));
}
