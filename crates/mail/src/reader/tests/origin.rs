//! Who sent it: people, robots, our own mail, lists and bounces.

use super::{read_for, understood};
use crate::reader::{Bounce, ListCommand, Understood, Warning};

/// A message with these header lines beside the usual ones.
fn with(lines: &str) -> Understood {
    understood(&format!(
        "From: Rita <rita@researcher.example>\nTo: psirt@vendor.example\nSubject: Crash\n\
         Date: Mon, 02 Nov 2026 09:00:00 +0100\nMessage-ID: <1@researcher.example>\n{lines}\nIt crashes.\n"
    ))
}

fn check_origin(lines: &str, opens_case: bool, auto: bool, must_not_answer: bool) {
    let read = with(lines);
    let found = (read.opens_case, read.auto, read.must_not_answer);
    assert_eq!(found, (opens_case, auto, must_not_answer), "{lines}");
}

#[test]
fn a_person_opens_a_case_and_is_answered() {
    check_origin("", true, false, false);
    check_origin("Auto-Submitted: no\n", true, false, false);
    check_origin("Return-Path: <rita@researcher.example>\n", true, false, false);
    check_origin("X-Priority: 1\n", true, false, false);
}

#[test]
fn what_a_list_or_a_robot_passes_on_opens_a_case_and_is_never_answered() {
    for line in [
        "List-Id: <security.vendor.example>",
        "Precedence: list",
        "Precedence: bulk",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: DR, OOF, AutoReply",
        "X-Auto-Response-Suppress: All",
        "Return-Path: <>",
        "X-Loop: somebody@else.example",
        "List-Unsubscribe: <mailto:x@example.org>",
    ] {
        check_origin(&format!("{line}\n"), true, false, true);
    }
}

#[test]
fn automatic_answers_open_nothing() {
    for line in [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: Auto-Replied (vacation)",
        "X-Autoreply: yes",
        "X-Autorespond: vacation",
        "Precedence: auto_reply",
    ] {
        check_origin(&format!("{line}\n"), false, true, true);
    }
    let away = "From: a@b.example\nX-Auto-Response-Suppress: All\nSubject: Automatic reply: Crash\n\nAway.\n";
    assert!(understood(away).auto);
    let titled = "From: a@b.example\nSubject: Out of office macros run code\n\nA report.\n";
    assert!(understood(titled).opens_case, "a title alone says nothing");
}

#[test]
fn our_own_mail_that_comes_back_opens_nothing() {
    let own = |lines: &str| understood(&format!("From: psirt@vendor.example\nSubject: x\n{lines}\nx\n"));
    let back = own("Message-ID: <ack.1@vendor.example>\n");
    assert!((back.auto, back.opens_case, back.must_not_answer) == (true, false, true));
    assert!(own("Auto-Submitted: auto-generated\n").auto);
    let looped = with("X-Loop: psirt@vendor.example\n");
    assert!((looped.auto, looped.opens_case) == (true, false));
    // Anybody can write our address: that alone must not lose a report.
    let forged = own("Message-ID: <1@evil.example>\n");
    assert!(forged.opens_case && forged.must_not_answer);
    assert!(forged.warnings.contains(&Warning::Own));
}

#[test]
fn robots_and_loops_are_not_answered() {
    for from in [
        "MAILER-DAEMON@x.example",
        "postmaster@x.example",
        "no-reply@x.example",
        "list-bounces@x.example",
    ] {
        let read = understood(&format!("From: {from}\n\nx\n"));
        assert!(read.must_not_answer && read.opens_case, "{from}");
    }
    let round = with(&"Received: from a by b\n".repeat(51));
    assert!(round.must_not_answer && round.warnings.contains(&Warning::Loop));
    let far = with(&"Received: from a by b\n".repeat(20));
    assert!(!far.must_not_answer);
    assert!(understood("Subject: nobody\n\nx\n").must_not_answer);
}

fn report(status: &str) -> Understood {
    understood(&format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: psirt@vendor.example\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
         --b\n\nNot delivered.\n--b\nContent-Type: message/delivery-status\n\n{status}\n--b--\n"
    ))
}

#[test]
fn bounces_say_for_whom_and_for_how_long() {
    let read = report(
        "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; Joe@Customer.example\nAction: delayed\nStatus: 4.4.1 (later)\n",
    );
    let expect = Bounce {
        recipient: "joe@customer.example".to_owned(),
        action: "delayed".to_owned(),
        status: "4.4.1".to_owned(),
        hard: false,
    };
    assert_eq!(read.bounce, Some(expect));
    assert!(read.auto && read.must_not_answer && !read.opens_case);
    assert_eq!(report("nonsense").bounce, None);
    assert!(report("nonsense").auto);
    let hard = report("\n\nOriginal-Recipient: rfc822;joe@customer.example\nAction: failed\nStatus: 5.1.1\n");
    assert!(hard.bounce.unwrap().hard);
}

fn check_list(to: &str, subject: &str, expect: Option<(&str, &str)>) {
    let read = understood(&format!(
        "From: Joe <Joe@Customer.example>\nTo: {to}\nSubject: {subject}\n\n\n"
    ));
    let command = expect.map(|(action, state)| ListCommand {
        action: action.to_owned(),
        address: "joe@customer.example".to_owned(),
        state: state.to_owned(),
    });
    assert_eq!(read.list, command, "{to}");
    assert_eq!(read.opens_case, expect.is_none(), "{to}");
}

#[test]
fn lists_are_asked_by_address_or_by_words() {
    let pending = |action| Some((action, "pending confirmation"));
    check_list("128sirtannounce-subscribe@vendor.example", "", pending("subscribe"));
    check_list("128sirtannounce-join@vendor.example", "hello", pending("subscribe"));
    check_list("128SIRTANNOUNCE-Leave@vendor.example", "", pending("unsubscribe"));
    check_list(
        "128sirtannounce-unsubscribe+a1b2@vendor.example",
        "",
        pending("unsubscribe"),
    );
    check_list(
        "128sirtannounce-confirm+tok@vendor.example",
        "",
        Some(("confirm", "confirmation received")),
    );
    check_list(
        "128sirtannounce-request@vendor.example",
        "unsubscribe",
        pending("unsubscribe"),
    );
    check_list(
        "128sirtannounce-request@vendor.example",
        "who are you?",
        Some(("help", "help requested")),
    );
    check_list("128sirtannounce-owner@vendor.example", "A bug", None);
    check_list("128sirtannounce@vendor.example", "A bug", None);
    check_list("128sirtannounce-subscribe@other.example", "", None);
}

#[test]
fn a_robot_subscribes_nobody() {
    let read = understood(
        "From: joe@customer.example\nTo: 128sirtannounce-subscribe@vendor.example\nAuto-Submitted: auto-replied\n\nAway.\n",
    );
    assert_eq!(read.list, None);
    assert!(read.must_not_answer);
}

fn check_warned(message: &str, warning: Warning) {
    let read = understood(message);
    assert!(read.warnings.contains(&warning), "{message}: {:?}", read.warnings);
}

#[test]
fn doubtful_senders_are_told() {
    check_warned(
        "From: \"ceo@vendor.example\" <x@evil.example>\n\nx\n",
        Warning::NameIsAddress,
    );
    check_warned("From: a@b.example, c@d.example\n\nx\n", Warning::SeveralFrom);
    check_warned("From: a@b.example\nFrom: c@d.example\n\nx\n", Warning::SeveralFrom);
    check_warned("Subject: x\n\nx\n", Warning::NoFrom);
    check_warned("From: a@b.example\nDate: tomorrow\n\nx\n", Warning::Date);
    check_warned(
        "From: a@b.example\nSubject: x\nSubject: y\n\nx\n",
        Warning::SeveralSubjects,
    );
}

#[test]
fn titles_are_one_line_without_tricks() {
    let title = |field: &str| understood(&format!("From: a@b.example\nSubject: {field}\n\nx\n")).subject;
    assert_eq!(title("=?UTF-8?Q?a=0D=0ABcc:_x?="), "a  Bcc: x");
    assert_eq!(title("=?UTF-8?Q?exe=E2=80=AEfdp?="), "exefdp");
    assert_eq!(
        title("=?utf-8?B?R3LDvMOfZQ==?=\n =?utf-8?Q?_an_alle?="),
        "Grüße an alle"
    );
    assert_eq!(title(&"x".repeat(900)).len(), 300);
}

#[test]
fn only_our_own_mail_exchanger_is_believed_about_where_it_came_from() {
    let says = |lines: &str| with(lines).results;
    let ours = "Authentication-Results: mx.vendor.example; dkim=pass header.d=researcher.example\n";
    assert_eq!(
        says(ours).as_deref(),
        Some("mx.vendor.example; dkim=pass header.d=researcher.example")
    );
    assert!(says(&ours.replace("mx.vendor", "MX.Vendor")).is_some());
    for forged in [
        "Authentication-Results: mx.researcher.example; dkim=pass\n",
        "Authentication-Results: dkim=pass\n",
        "Authentication-Results: mx.vendor.example.evil.example; dkim=pass\n",
        &format!("Authentication-Results: mx.evil.example; dkim=fail\n{ours}"),
    ] {
        assert_eq!(says(forged), None, "{forged}");
    }
}

#[test]
fn a_filter_before_us_may_say_that_it_is_spam() {
    for (line, expect) in [
        ("X-Spam-Flag: YES", true),
        ("X-Spam-Status: Yes, score=9.1", true),
        ("X-Spam-Flag: NO", false),
        ("X-Spam-Status: No, score=0", false),
        ("X-Spam-Level: ***", false),
    ] {
        let read = with(&format!("{line}\n"));
        assert_eq!((read.is_spam, read.opens_case), (expect, true), "{line}");
    }
}

#[test]
fn a_list_is_asked_by_whom_the_envelope_names() {
    let asked = |to: &str, recipients: &[&str]| {
        let message =
            format!("From: Joe <joe@customer.example>\r\nTo: {to}\r\nSubject: Sensor 25\r\n\r\nAn overflow.\r\n");
        let recipients: Vec<String> = recipients.iter().map(|&to| to.to_owned()).collect();
        let read = read_for(message.as_bytes(), &[], &[], &recipients).understood;
        assert_eq!(read.opens_case, read.list.is_none(), "{to}");
        read.list.map(|list| list.action)
    };
    let (list, ours) = ("128sirtannounce-subscribe@vendor.example", "psirt@vendor.example");
    let both = format!("{list}, {ours}");
    assert_eq!(asked(&both, &[ours]), None);
    assert_eq!(asked(&both, &["PSIRT+tag@vendor.example"]), None);
    assert_eq!(asked(&both, &[list]).as_deref(), Some("subscribe"));
    assert_eq!(
        asked(ours, &["128SIRTannounce-subscribe@vendor.example"]).as_deref(),
        Some("subscribe")
    );
    // Without an envelope, what names an address for reports is one.
    assert_eq!(asked(&both, &[]), None);
    assert_eq!(asked(list, &[]).as_deref(), Some("subscribe"));
}

#[test]
fn what_every_filter_of_our_own_host_found_is_kept_and_nothing_from_outside() {
    let of = |host: &str, said: &str| format!("Authentication-Results: {host}; {said}\n");
    let ours = |said: &str| of("mx.vendor.example", said);
    let received = "Received: from a by b\n";
    let check = |lines: String, expect: Option<&str>| {
        let read = understood(&format!("{lines}From: Rita <rita@researcher.example>\n\nx\n"));
        assert_eq!(read.results.as_deref(), expect, "{lines}");
    };
    let two = format!(
        "{}{}{received}{}",
        ours("dkim=pass"),
        ours("spf=fail"),
        ours("dmarc=pass")
    );
    check(two, Some("mx.vendor.example; dkim=pass; mx.vendor.example; spf=fail"));
    check(
        format!("{}{}{received}", of("evil.example", "spf=pass"), ours("dkim=fail")),
        Some("mx.vendor.example; dkim=fail"),
    );
    check(
        format!("{received}{}{}", ours("dkim=pass"), ours("dmarc=pass")),
        Some("mx.vendor.example; dkim=pass"),
    );
    check(
        format!("{}{}", ours("dkim=pass"), ours("dmarc=pass")),
        Some("mx.vendor.example; dkim=pass"),
    );
    check(
        format!("{received}{}{}", of("evil.example", "spf=pass"), ours("dkim=pass")),
        None,
    );
    check(received.to_owned(), None);
}
