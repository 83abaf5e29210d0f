//! Machines that report: nights of scanners, and customers whose portal hands their reports over.

use super::world::{Desk, GUARDIAN, NOZOMI, ROUTER, T128, VANTAGE, by, check_refused, incoming, two};
use crate::{Incoming, MachineWish, SentReport, SentScans, TakenReport, TakenRun, token_digest};
use documents::machine::{Format, handed_over, scans};
use psirt::house::machine::{MachineKind, MachineToken};

fn wish(kind: MachineKind, products: &[&str]) -> MachineWish {
    MachineWish {
        machine: format!("nightly-{}", kind.name()),
        kind,
        brand: NOZOMI.to_owned(),
        products: products.iter().map(|name| (*name).to_owned()).collect(),
        clean_runs: 3,
        days: 365,
    }
}

async fn token(desk: &Desk, wish: MachineWish) -> (MachineToken, String) {
    let brand = wish.brand.clone();
    let made = desk.casework.make_machine_token(&by("root"), wish).await.unwrap();
    let secret = made.secret.reveal().to_owned();
    (desk.casework.machine(&brand, &secret).unwrap(), secret)
}

/// A file with these findings, by their fingerprints.
fn file(findings: &[&str], complete: bool) -> String {
    let one = |print: &&str| {
        format!(r#"{{ "fingerprint": "{print}", "title": "{print}", "severity": "high", "place": "{print}.c" }}"#)
    };
    let findings: Vec<String> = findings.iter().map(one).collect();
    format!(
        r#"{{ "version": 1, "tool": "fuzzer", "complete": {complete}, "findings": [{}] }}"#,
        findings.join(", ")
    )
}

fn sent(file: &str, build: &str) -> SentScans {
    SentScans {
        scans: scans(Format::Plain, file.as_bytes()).unwrap(),
        product: Some(GUARDIAN.to_owned()),
        build: Some(build.to_owned()),
        idempotency_key: None,
        sha256: token_digest(file),
    }
}

/// A run that counts: how many findings are new, back, missing and gone since then, and whether it came before.
async fn run(desk: &Desk, token: &MachineToken, sent: &SentScans) -> ([u32; 4], bool) {
    match desk.casework.take_run(token, sent).await.unwrap() {
        TakenRun::Counts { runs, again, .. } => {
            let run = &runs[0];
            ([run.new, run.back, run.missing, run.gone], again)
        }
        other => panic!("{other:?}"),
    }
}

/// The board as it is, and as the journal gives it.
async fn check_board(desk: &Desk) {
    let scratch = desk.casework.board_from_scratch().await.unwrap();
    assert_eq!(format!("{:?}", *desk.casework.board()), format!("{scratch:?}"));
}

/// Nights of one scanner, whose token says that three clean runs are enough: what each saw, `!` at its end if it was cut short. Then each
/// finding: in which builds it was first and last seen, and what became of it.
async fn check_nightly(story: &[&str], expect: &[&str]) {
    let desk = Desk::open().await;
    let (token, _) = token(&desk, wish(MachineKind::Scanner, &[GUARDIAN])).await;
    for (night, saw) in story.iter().enumerate() {
        desk.wait_until(&format!("2026-10-{:02}T02:00:00Z", night + 1));
        let (saw, complete) = saw.strip_suffix('!').map_or((*saw, true), |saw| (saw, false));
        let prints: Vec<&str> = saw.split_whitespace().collect();
        let before = desk.casework.board().size;
        run(&desk, &token, &sent(&file(&prints, complete), &(night + 1).to_string())).await;
        assert_eq!(desk.casework.board().size, before + 1, "a night is one entry");
    }
    let board = desk.casework.board();
    let line = board.findings.line(GUARDIAN).unwrap();
    let told = line.findings.values().map(|finding| {
        let fate = match (finding.gone, finding.missing, finding.returned) {
            (Some(at), ..) => format!(", gone {}", at.strftime("%d")),
            (None, 0, 0) => String::new(),
            (None, 0, _) => ", back".to_owned(),
            (None, missing, _) => format!(", missing {missing}"),
        };
        format!(
            "{} {}-{}{fate}",
            finding.found.title, finding.first.build, finding.last.build
        )
    });
    let mut told: Vec<String> = told.collect();
    told.sort();
    assert_eq!(told, expect);
    assert_eq!(board.open().count(), 0, "no night opens a case");
    drop(board);
    check_board(&desk).await;
}

#[tokio::test]
async fn nights_fold_into_findings() {
    check_nightly(&["a b", "a b", "a b"], &["a 1-3", "b 1-3"]).await;
    check_nightly(&["a b", "a", "a"], &["a 1-3", "b 1-1, missing 2"]).await;
    check_nightly(&["a b", "a", "a", "a", "a"], &["a 1-5", "b 1-1, gone 04"]).await;
    check_nightly(&["a b", "a", "a b", "a", "a"], &["a 1-5", "b 1-3, missing 2"]).await;
    // What comes back is the same finding.
    check_nightly(&["a b", "a", "a", "a", "a b c"], &["a 1-5", "b 1-5, back", "c 5-5"]).await;
    // A night that was cut short proves nothing clean, and what it saw it saw.
    check_nightly(&["a b", "!", "!", "!", "a!"], &["a 1-5", "b 1-1"]).await;
    check_nightly(&["", "", ""], &[]).await;
    check_nightly(&["a", "", "", ""], &["a 1-1, gone 04"]).await;
}

#[tokio::test]
async fn a_flood_opens_no_case_and_the_next_night_is_one_line() {
    let desk = Desk::open().await;
    let (token, _) = token(&desk, wish(MachineKind::Scanner, &[])).await;
    let text = "x".repeat(800);
    let one = |at: usize| format!(r#"{{ "fingerprint": "{at}", "title": "{text}", "text": "{text}" }}"#);
    let findings: Vec<String> = (0..6_000).map(one).collect();
    let file = format!(
        r#"{{ "version": 1, "tool": "fuzzer", "findings": [{}] }}"#,
        findings.join(",")
    );
    let before = desk.casework.board().size;
    assert_eq!(run(&desk, &token, &sent(&file, "1")).await, ([6_000, 0, 0, 0], false));
    let entries = desk.casework.board().size - before;
    assert!((2..10).contains(&entries), "a large run is some entries: {entries}");
    assert_eq!(run(&desk, &token, &sent(&file, "2")).await, ([0, 0, 0, 0], false));
    assert_eq!(desk.casework.board().size, before + entries + 1);
    assert_eq!(desk.casework.board().open().count(), 0);
    check_board(&desk).await;
}

#[tokio::test]
async fn the_same_file_counts_once_and_another_night_is_another_run() {
    let desk = Desk::open().await;
    let (token, _) = token(&desk, wish(MachineKind::Scanner, &[])).await;
    let night = sent(&file(&["a"], true), "1");
    assert_eq!(run(&desk, &token, &night).await, ([1, 0, 0, 0], false));
    assert_eq!(run(&desk, &token, &night).await, ([1, 0, 0, 0], true));
    assert_eq!(
        run(&desk, &token, &sent(&file(&["a"], true), "2")).await,
        ([0, 0, 0, 0], false)
    );
    desk.wait_until("2026-09-02T08:00:00Z");
    assert_eq!(run(&desk, &token, &night).await, ([0, 0, 0, 0], false));
    let keyed = SentScans {
        idempotency_key: Some("build-3".to_owned()),
        ..sent(&file(&[], true), "3")
    };
    assert_eq!(run(&desk, &token, &keyed).await, ([0, 0, 1, 0], false));
    desk.wait_until("2026-09-09T08:00:00Z");
    assert_eq!(run(&desk, &token, &keyed).await, ([0, 0, 1, 0], true));
    let other = SentScans {
        idempotency_key: keyed.idempotency_key.clone(),
        ..sent(&file(&["b"], true), "3")
    };
    let size = desk.casework.board().size;
    assert_eq!(
        desk.casework.take_run(&token, &other).await.unwrap(),
        TakenRun::OtherFile
    );
    assert_eq!(desk.casework.board().size, size, "nothing of it was kept");
}

/// What a token may report on: the line, or a part of what is said instead.
async fn check_line(desk: &Desk, token: &MachineToken, named: Option<&str>, expect: Result<&str, &str>) {
    let sent = SentScans {
        product: named.map(str::to_owned),
        ..sent(&file(&["a"], true), "1")
    };
    match (desk.casework.take_run(token, &sent).await.unwrap(), expect) {
        (TakenRun::Counts { line, .. }, Ok(expect)) => assert_eq!(line, expect),
        (TakenRun::Fault(fault), Err(part)) => assert!(fault.says.contains(part), "{fault:?}"),
        (found, _) => panic!("{named:?}: {found:?}"),
    }
}

#[tokio::test]
async fn a_token_is_for_its_lines_and_tells_nothing_of_others() {
    let desk = Desk::open().await;
    let (one, _) = token(&desk, wish(MachineKind::Scanner, &[GUARDIAN])).await;
    let all = MachineWish {
        machine: "all-lines".to_owned(),
        ..wish(MachineKind::Scanner, &[])
    };
    let (all, _) = token(&desk, all).await;
    check_line(&desk, &one, None, Ok(GUARDIAN)).await;
    check_line(&desk, &one, Some("guardian"), Ok(GUARDIAN)).await;
    check_line(&desk, &all, Some(VANTAGE), Ok(VANTAGE)).await;
    check_line(&desk, &all, None, Err("add ?product=LINE")).await;
    // What is another token's, another brand's, or nobody's is the same.
    for other in [VANTAGE, ROUTER, "Toaster"] {
        check_line(&desk, &one, Some(other), Err("not for a product line of this name")).await;
    }
}

#[tokio::test]
async fn a_token_opens_until_it_ends_and_for_its_brand_alone() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let scanner = || wish(MachineKind::Scanner, &[]);
    for (wrong, words) in [
        (MachineWish { days: 0, ..scanner() }, "1 to 730 days"),
        (
            MachineWish {
                clean_runs: 0,
                ..scanner()
            },
            "1 to 100 clean runs",
        ),
        (
            MachineWish {
                brand: "x".to_owned(),
                ..scanner()
            },
            "no brand",
        ),
        (
            MachineWish {
                products: vec![ROUTER.to_owned()],
                ..scanner()
            },
            "no product line of that brand",
        ),
        (
            MachineWish {
                machine: "No Name".to_owned(),
                ..scanner()
            },
            "lower-case",
        ),
    ] {
        check_refused(&desk, casework.make_machine_token(&by("root"), wrong), words).await;
    }
    check_refused(
        &desk,
        casework.make_machine_token(&by("ana"), scanner()),
        "is for: lead",
    )
    .await;
    let (first, secret) = token(&desk, scanner()).await;
    let (_, second) = token(&desk, scanner()).await;
    let stolen = MachineWish {
        kind: MachineKind::Portal,
        ..scanner()
    };
    check_refused(
        &desk,
        casework.make_machine_token(&by("root"), stolen),
        "another kind or brand",
    )
    .await;
    let opens = |brand: &str, secret: &str| casework.machine(brand, secret).is_some();
    assert!(opens(NOZOMI, &secret) && opens(NOZOMI, &second));
    assert!(!opens(T128, &secret) && !opens(NOZOMI, &first.sha256) && !opens(NOZOMI, ""));
    let told = format!("{:?}", *casework.board());
    assert!(!told.contains(&secret["candor_".len()..]));
    casework.end_machine_token(&by("lea"), &first.id).await.unwrap();
    casework.end_machine_token(&by("lea"), &first.id).await.unwrap();
    check_refused(&desk, casework.end_machine_token(&by("lea"), "mac-x"), "no machine has").await;
    assert!(!opens(NOZOMI, &secret) && opens(NOZOMI, &second));
    desk.wait_until("2027-09-01T08:00:00Z");
    assert!(!opens(NOZOMI, &second), "its days are over");
    check_board(&desk).await;
}

#[tokio::test]
async fn a_person_makes_a_case_of_a_finding_once() {
    let desk = Desk::open().await;
    let (token, _) = token(&desk, wish(MachineKind::Scanner, &[])).await;
    run(&desk, &token, &sent(&file(&["overflow"], true), "1")).await;
    let id = {
        let board = desk.casework.board();
        let line = board.findings.line(GUARDIAN).unwrap();
        line.findings.keys().next().unwrap().clone()
    };
    let casework = &desk.casework;
    check_refused(&desk, casework.promote_finding(&by("audrey"), &id), "is for: analyst").await;
    check_refused(&desk, casework.promote_finding(&by("root"), &id), "or not for you").await;
    check_refused(&desk, casework.promote_finding(&by("ana"), "f-none"), "no such finding").await;
    assert!(casework.may_read_findings(&by("root")).is_err());
    desk.wait_until("2026-09-10T08:00:00Z");
    let promoted = casework.promote_finding(&by("ana"), &id).await.unwrap();
    let again = casework.promote_finding(&by("ben"), &id).await.unwrap();
    assert_eq!(promoted, again);
    {
        let board = casework.board();
        assert_eq!(board.open().count(), 1);
        let (_, case) = board.case_of_number(&promoted.number).unwrap();
        assert_eq!(board.title(case), "overflow");
        let now = casework.now();
        let started = |at: &str| {
            board
                .obligations(case, now)
                .iter()
                .any(|owed| owed.start.is_some_and(|start| start.to_string() == at))
        };
        assert!(
            !started("2026-09-01T08:00:00Z"),
            "no clock began when the scanner saw it"
        );
        let finding = board.findings.find(&id).unwrap().1;
        assert_eq!(finding.promoted.as_deref(), Some(promoted.number.as_str()));
    }
    // The next nights go on with it.
    run(&desk, &token, &sent(&file(&["overflow"], true), "2")).await;
    assert_eq!(casework.board().findings.find(&id).unwrap().1.last.build, "2");
    check_board(&desk).await;
}

/// The id of the finding with this title.
fn id_of(desk: &Desk, title: &str) -> String {
    let board = desk.casework.board();
    let line = board.findings.line(GUARDIAN).unwrap();
    let mut found = line.findings.iter();
    found
        .find(|(_, finding)| finding.found.title == title)
        .unwrap()
        .0
        .clone()
}

#[tokio::test]
async fn what_a_person_set_aside_stays_so_in_later_runs() {
    let desk = Desk::open().await;
    let (token, _) = token(&desk, wish(MachineKind::Scanner, &[])).await;
    run(&desk, &token, &sent(&file(&["a", "b"], true), "1")).await;
    let id = id_of(&desk, "a");
    let casework = &desk.casework;
    let why = "the rule does not know our macro";
    for (actor, wish, words) in [
        ("audrey", Some(why), "is for: analyst"),
        ("root", Some(why), "or not for you"),
        ("ana", Some("  "), "is one line"),
        ("ana", Some("a\nb"), "is one line"),
    ] {
        check_refused(&desk, casework.dismiss_finding(&by(actor), &id, wish), words).await;
    }
    check_refused(
        &desk,
        casework.dismiss_finding(&by("ana"), "f-none", Some(why)),
        "no such finding",
    )
    .await;
    casework.dismiss_finding(&by("ana"), &id, Some(why)).await.unwrap();
    let there = |desk: &Desk| {
        let board = desk.casework.board();
        let line = board.findings.line(GUARDIAN).unwrap();
        let names = |found: Vec<(&str, &psirt::board::findings::Finding)>| {
            found
                .iter()
                .map(|(_, finding)| finding.found.title.clone())
                .collect::<Vec<_>>()
        };
        (names(line.present()), names(line.aside()))
    };
    let expect = |present: &[&str], aside: &[&str]| {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        (own(present), own(aside))
    };
    assert_eq!(there(&desk), expect(&["b"], &["a"]));
    // Seen again, gone, and back: whoever decided decided it once.
    for (saw, build) in [
        (&["a", "b"][..], "2"),
        (&["b"], "3"),
        (&["b"], "4"),
        (&["b"], "5"),
        (&["a", "b"], "6"),
    ] {
        run(&desk, &token, &sent(&file(saw, true), build)).await;
    }
    let desk = desk.reopened().await;
    assert_eq!(there(&desk), expect(&["b"], &["a"]));
    {
        let board = desk.casework.board();
        let finding = board.findings.find(&id).unwrap().1;
        let dismissed = finding.dismissed.as_ref().unwrap();
        assert_eq!((dismissed.by.as_str(), dismissed.why.as_str()), ("ana", why));
        assert_eq!(finding.last.build, "6");
    }
    let size = desk.casework.board().size;
    desk.casework.dismiss_finding(&by("ben"), &id, None).await.unwrap();
    desk.casework.dismiss_finding(&by("ben"), &id, None).await.unwrap();
    assert_eq!(
        desk.casework.board().size,
        size + 1,
        "what stands already is not recorded again"
    );
    assert_eq!(there(&desk).1, Vec::<String>::new());
    check_board(&desk).await;
}

#[tokio::test]
async fn a_finding_joins_a_case_that_is_there() {
    let desk = Desk::open().await;
    let (token, _) = token(&desk, wish(MachineKind::Scanner, &[])).await;
    run(&desk, &token, &sent(&file(&["a", "b"], true), "1")).await;
    let (a, b) = (id_of(&desk, "a"), id_of(&desk, "b"));
    let casework = &desk.casework;
    let case = casework.promote_finding(&by("ana"), &b).await.unwrap().number;
    check_refused(
        &desk,
        casework.join_finding(&by("audrey"), &a, &case),
        "is for: analyst",
    )
    .await;
    check_refused(&desk, casework.join_finding(&by("root"), &a, &case), "or not for you").await;
    check_refused(
        &desk,
        casework.join_finding(&by("ana"), &a, "NN-2026-AAAAA"),
        "no such case",
    )
    .await;
    check_refused(&desk, casework.join_finding(&by("ana"), &b, &case), "is the report").await;
    casework.dismiss_finding(&by("ana"), &a, Some("noise")).await.unwrap();
    let joined = casework.join_finding(&by("ana"), &a, &case).await.unwrap();
    assert_eq!(
        (joined.number.as_str(), joined.line.as_str()),
        (case.as_str(), GUARDIAN)
    );
    let size = casework.board().size;
    assert_eq!(casework.join_finding(&by("ben"), &a, &case).await.unwrap(), joined);
    assert_eq!(casework.board().size, size, "joined once, noted once");
    // It is the case's now: no case of its own, and nobody sets it aside.
    let refused = casework.promote_finding(&by("ana"), &a).await.unwrap_err().to_string();
    assert!(refused.contains(&format!("{a} was joined to {case}")), "{refused}");
    check_refused(
        &desk,
        casework.dismiss_finding(&by("ana"), &a, Some("noise")),
        "deals with this",
    )
    .await;
    assert_eq!(casework.board().open().count(), 1);
    for build in ["2", "3", "4"] {
        run(&desk, &token, &sent(&file(&["b"], true), build)).await;
    }
    let notes = |number: &str| {
        let board = casework.board();
        let (_, found) = board.case_of_number(number).unwrap();
        let noted = |event: &psirt::event::Event| match event {
            psirt::event::Event::Noted { text } => Some(text.clone()),
            _ => None,
        };
        let notes: Vec<String> = found.entries.iter().filter_map(|entry| noted(&entry.event)).collect();
        notes
    };
    {
        let board = casework.board();
        assert_eq!(notes(&case), [format!("The finding {a} of {GUARDIAN} belongs here: a")]);
        let finding = board.findings.find(&a).unwrap().1;
        assert!(finding.gone.is_some() && finding.dismissed.is_none());
        let of_case = board.findings.of_numbers(&[case.as_str()]).count();
        assert_eq!(of_case, 2);
    }
    // Somebody knows better: the case that it leaves is told, once.
    let other = desk.receive(super::world::incoming("It burns")).await;
    for _ in 0..2 {
        casework.join_finding(&by("ana"), &a, &other).await.unwrap();
    }
    let left = format!("The finding {a} of {GUARDIAN} belongs to {other} now");
    assert_eq!(notes(&case).last(), Some(&left));
    assert_eq!((notes(&case).len(), notes(&other).len()), (2, 1));
    check_board(&desk).await;
}

#[tokio::test]
async fn what_was_found_outlives_the_process() {
    let desk = Desk::open().await;
    let (token, _) = token(&desk, wish(MachineKind::Scanner, &[])).await;
    run(&desk, &token, &sent(&file(&["a", "b"], true), "1")).await;
    let before = desk.casework.board().findings.clone();
    let desk = desk.reopened().await;
    assert_eq!(desk.casework.board().findings, before);
    assert_eq!(
        run(&desk, &token, &sent(&file(&["a"], true), "2")).await,
        ([0, 0, 1, 0], false)
    );
}

const CUSTOMER: &str = "Rubber Ducks Limited";

fn handed(title: &str, text: &str) -> SentReport {
    let sent = format!(
        r#"{{ "version": 1, "customer": {{ "name": "{CUSTOMER}", "id": "c-17", "entitlement": "gold", "contact": "it@ducks.example" }},
            "vulnerability": {{ "title": "{title}", "text": "{text}", "product": "guardian", "affected": "25.1" }} }}"#
    );
    SentReport {
        report: handed_over(sent.as_bytes()).unwrap(),
        idempotency_key: None,
        sha256: token_digest(&sent),
    }
}

async fn number(desk: &Desk, token: &MachineToken, sent: &SentReport) -> (String, bool) {
    match desk.casework.take_handed_over(token, sent).await.unwrap() {
        TakenReport::Number { number, again } => (number, again),
        TakenReport::OtherReport => panic!("another report"),
    }
}

#[tokio::test]
async fn a_customers_report_is_acknowledged_and_its_portal_sees_how_it_stands() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let (portal, _) = token(&desk, wish(MachineKind::Portal, &[])).await;
    let other = MachineWish {
        machine: "other-portal".to_owned(),
        ..wish(MachineKind::Portal, &[])
    };
    let (other, _) = token(&desk, other).await;
    let report = handed("Overflow in the parser", "Send this and it falls over.");
    let (given, again) = number(&desk, &portal, &report).await;
    assert!(!again);
    assert_eq!(number(&desk, &portal, &report).await, (given.clone(), true));
    let keyed = |sent: SentReport| SentReport {
        idempotency_key: Some("ticket-9".to_owned()),
        ..sent
    };
    let (second, _) = number(&desk, &portal, &keyed(handed("Other", "One"))).await;
    assert_ne!(second, given);
    let clash = casework
        .take_handed_over(&portal, &keyed(handed("Other", "Two")))
        .await
        .unwrap();
    assert_eq!(clash, TakenReport::OtherReport);

    let stands =
        |token: &MachineToken, number: &str| casework.handed_over(token, number).map(|handed| handed.standing.word);
    assert_eq!(stands(&portal, &given), Some("Received"));
    let outside = desk.report("From somebody else").await;
    for (token, number) in [
        (&other, given.as_str()),
        (&portal, &outside),
        (&portal, "NN-2026-00000"),
        (&portal, ""),
    ] {
        assert_eq!(stands(token, number), None, "{number}");
    }
    desk.act(&given, "reviewed = {}").await;
    desk.act(&given, "confirmed = { origin = \"own\", products = [\"Guardian\"] }")
        .await;
    assert_eq!(stands(&portal, &given), Some("Confirmed"));

    let board = casework.board();
    let (_, case) = board.case_of_number(&given).unwrap();
    let known = board.report(&case.reports[0]).unwrap();
    assert!(known.from.contains(CUSTOMER) && known.from.contains("entitlement gold"));
    let told = format!("{case:?}{}{}", known.title, known.text);
    assert!(
        !told.contains(CUSTOMER) && !told.contains("c-17") && !told.contains("ducks"),
        "{told}"
    );
    assert!(told.contains("Acknowledged"), "its number was given");
    assert_eq!(case.facts.lines[0].name, GUARDIAN);
}

#[tokio::test]
async fn a_customer_who_is_erased_leaves_the_case() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let (portal, _) = token(&desk, wish(MachineKind::Portal, &[])).await;
    let (given, _) = number(&desk, &portal, &handed("Overflow", "Like this.")).await;
    casework
        .shred_person(&two("lea", "leo"), &[&given], "Art. 17 GDPR")
        .await
        .unwrap();
    {
        let board = casework.board();
        let (_, case) = board.case_of_number(&given).unwrap();
        assert_eq!(board.report(&case.reports[0]).unwrap().from, "");
        assert!(!format!("{:?}", *board).contains(CUSTOMER));
    }
    assert!(casework.handed_over(&portal, &given).is_none());
    check_board(&desk).await;
}

#[tokio::test]
async fn the_same_flaw_by_mail_and_by_the_portal_is_offered_as_a_duplicate() {
    let desk = Desk::open().await;
    let casework = &desk.casework;
    let (portal, _) = token(&desk, wish(MachineKind::Portal, &[])).await;
    let mail = desk
        .receive(Incoming {
            channel: "mail".to_owned(),
            products: vec![GUARDIAN.to_owned()],
            ..incoming("Heap overflow in the protocol parser\n\nA packet kills it.")
        })
        .await;
    desk.act(&mail, "acknowledged = {}").await;
    let (given, _) = number(
        &desk,
        &portal,
        &handed("Parser overflow, heap corrupted", "It falls over."),
    )
    .await;
    let (apart, _) = number(
        &desk,
        &portal,
        &handed("Login without a password", "CVE-2026-4711, see there."),
    )
    .await;
    let named = desk.report("Something else: CVE-2026-4711").await;
    let offered = |number: &str| {
        let alike = casework.alike(number).unwrap();
        alike
            .into_iter()
            .map(|other| (other.number, other.why))
            .collect::<Vec<_>>()
    };
    let why = "their titles share: heap, overflow, parser".to_owned();
    assert_eq!(offered(&given), [(mail.clone(), why.clone())]);
    assert_eq!(offered(&mail), [(given.clone(), why)]);
    assert_eq!(offered(&apart), [(named, "both name CVE-2026-4711".to_owned())]);
    desk.act(&given, &format!("duplicate-of = {{ case = \"{mail}\" }}"))
        .await;
    assert_eq!(offered(&mail), []);
    let board = casework.board();
    for number in [&mail, &given] {
        let (_, case) = board.case_of_number(number).unwrap();
        let acknowledged = |entry: &psirt::event::Entry| entry.event.kind() == psirt::event::Kind::Acknowledged;
        assert_eq!(
            case.entries.iter().filter(|entry| acknowledged(entry)).count(),
            1,
            "{number}"
        );
    }
}
