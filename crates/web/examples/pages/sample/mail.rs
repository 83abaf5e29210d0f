//! Messages that opened no case.

use super::{Sample, instant};
use psirt::body::What;
use psirt::house::ReportEvent;
use psirt::house::mail::{Envelope, Fate, Letter, Sorted, Suspicion};

pub(super) fn without_case(sample: &mut Sample) {
    let held = |why| Some(Fate::Held { why });
    let undelivered = Fate::Undelivered {
        status: "5.1.1".to_owned(),
        hard: true,
        report: Some("report-case-overflow".to_owned()),
    };
    let list = Fate::ListRequest {
        action: "subscribe".to_owned(),
    };
    let messages = [
        (
            "EXN-2027-K3W7P",
            "Do you pay for findings?",
            "hunter@example.net",
            held(Suspicion::BountyBegging),
        ),
        (
            "EXN-2027-R9T2C",
            "Your invoice is attached",
            "billing@example.net",
            held(Suspicion::Spam),
        ),
        (
            "EXN-2027-B6Z4M",
            "Undelivered Mail Returned to Sender",
            "mailer-daemon@example.org",
            Some(undelivered),
        ),
        (
            "EXN-2027-V1D8X",
            "I am away until Monday",
            "reporter-a@example.org",
            Some(Fate::Automatic),
        ),
        ("EXN-2027-N5H3Q", "subscribe", "customer@example.com", Some(list)),
        ("EXN-2027-T7J6F", "", "", None),
    ];
    for (place, (number, title, from, fate)) in (0_i64..).zip(messages) {
        message(sample, number, 12 + place, (title, from), fate);
    }
}

/// A message that came on a day of February; one without a fate was not read yet.
pub(crate) fn message(sample: &mut Sample, number: &str, day: i64, (title, from): (&str, &str), fate: Option<Fate>) {
    let stream = format!("report-{number}");
    let at = instant(&format!("2027-02-{day}T09:30:00+01:00"));
    let arrived = ReportEvent::Arrived {
        number: number.to_owned(),
        brand: "example".to_owned(),
        channel: "mail".to_owned(),
        from: from.to_owned(),
        raw: None,
        at,
    };
    let mut said = vec![arrived, ReportEvent::Envelope(Envelope::default())];
    if let Some(fate) = fate {
        said.push(ReportEvent::Understood {
            title: title.to_owned(),
            text: title.to_owned(),
        });
        said.push(ReportEvent::Letter(Box::new(Letter {
            from: vec![from.to_owned()],
            ..Letter::default()
        })));
        said.push(ReportEvent::Sorted(Box::new(Sorted {
            fate,
            opened: None,
            trouble: None,
            signature: "none".to_owned(),
            warnings: Vec::new(),
            answerable: false,
            proven: false,
        })));
    }
    for event in said {
        sample.apply(&stream, at, "candor:mail", What::Report(event));
    }
}
