//! The sample's cases: fixed and held, running, waiting for others, new, and over.

use super::{Report, Sample, instant, owned};
use psirt::advisory::{Advisory, AdvisoryEvent, Band, LineState, LineStatement, Score, Vulnerability};
use psirt::event::{CreditChoice, Deadline, Event, Exit, Flag, Origin, ScoreSource, UpstreamChoice};

fn confirmed(products: &[&str]) -> Event {
    Event::Confirmed {
        origin: Origin::Own,
        products: owned(products),
    }
}

fn scored(vector: &str) -> Event {
    Event::Scored {
        vector: vector.to_owned(),
        source: Some(ScoreSource::Own),
        why: None,
    }
}

/// A critical flaw, fixed on one of three lines.
pub(super) fn overflow(sample: &mut Sample) {
    let case = "case-overflow";
    sample.report(&Report {
        case,
        number: "EXN-2026-H2M8K",
        at: "2026-12-29T18:02:00+01:00",
        kind: "external",
        channel: "mail",
        from: "reporter-a@example.org",
        title: "Heap overflow in the DNP3 reader of Lattice Sensor",
        text: "A crafted DNP3 response overflows the heap of the reader.\n\nThe proof crashes 25.1.1 within a second; nothing has to be clicked.",
        suspected: &["Lattice Sensor 25"],
    });
    let adler = "adler";
    sample.case(
        case,
        "2026-12-29T18:02:40+01:00",
        "candor:intake",
        Event::Acknowledged { reporter: None },
    );
    sample.case(case, "2026-12-31T11:02:00+01:00", adler, Event::Reviewed {});
    sample.case(
        case,
        "2026-12-31T11:05:00+01:00",
        adler,
        Event::Assigned {
            person: adler.to_owned(),
        },
    );
    sample.case(
        case,
        "2026-12-31T11:30:00+01:00",
        adler,
        confirmed(&["Lattice Sensor 25", "Lattice Sensor 24", "Lattice Sensor 23"]),
    );
    sample.case(
        case,
        "2026-12-31T11:40:00+01:00",
        adler,
        scored("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
    );
    let defect = |product: &str| Event::DefectCreated {
        product: Some(product.to_owned()),
        priority: Some(psirt::event::Priority::High),
    };
    for product in ["Lattice Sensor 25", "Lattice Sensor 24", "Lattice Sensor 23"] {
        sample.case(case, "2027-01-02T09:10:00+01:00", adler, defect(product));
    }
    let safe = Event::NotAffected {
        product: "Fathom Cloud".to_owned(),
        justification: Some("vulnerable_code_not_present".to_owned()),
    };
    sample.case(case, "2027-01-02T10:00:00+01:00", adler, safe);
    sample.case(case, "2027-01-08T10:00:00+01:00", adler, Event::reported_back(None));
    sample.case(
        case,
        "2027-01-11T10:00:00+01:00",
        adler,
        Event::CveAssigned {
            id: "CVE-1900-0001".to_owned(),
        },
    );
    sample.case(
        case,
        "2027-02-08T16:00:00+01:00",
        adler,
        Event::FixReleased {
            product: "Lattice Sensor 25".to_owned(),
            version: Some("25.1.2".to_owned()),
        },
    );
    sample.case(
        case,
        "2027-02-09T09:00:00+01:00",
        adler,
        Event::EmbargoProposed {
            by: "Reporter".to_owned(),
            until: Deadline::Day(jiff::civil::date(2027, 6, 10)),
        },
    );
    for party in ["Example Networks", "Reporter", "CERT"] {
        sample.case(
            case,
            "2027-02-10T09:00:00+01:00",
            adler,
            Event::EmbargoAccepted { by: party.to_owned() },
        );
    }
    let from = |text: &str| Event::Messaged {
        reporter: None,
        from_reporter: true,
        text: text.to_owned(),
        in_clear: None,
    };
    let to = |text: &str| Event::Messaged {
        reporter: None,
        from_reporter: false,
        text: text.to_owned(),
        in_clear: None,
    };
    sample.case(
        case,
        "2027-02-15T08:14:00+01:00",
        adler,
        from("Thank you for 25.1.2. Will the 24 line get the same change? I plan a talk in June."),
    );
    sample.case(
        case,
        "2027-02-15T09:30:00+01:00",
        adler,
        Event::Noted {
            text: "June is after the hold ends. No conflict. Sensor 23 needs a hand-made backport.".to_owned(),
        },
    );
    sample.case(
        case,
        "2027-02-16T11:05:00+01:00",
        adler,
        to("Yes, in 24.3.7. Could you tell us if 25.1.2 stops your proof?"),
    );
    sample.case(
        case,
        "2027-02-18T16:10:00+01:00",
        adler,
        Event::FixReady {
            product: Some("Lattice Sensor 24".to_owned()),
        },
    );
}

/// A service: hours count.
pub(super) fn cloud(sample: &mut Sample) {
    let case = "case-cloud";
    sample.report(&Report {
        case,
        number: "EXN-2027-R4T9C",
        at: "2027-02-18T13:40:00+01:00",
        kind: "external",
        channel: "form",
        from: "reporter-b@example.org",
        title: "Export link of Fathom Cloud works after sign-out",
        text: "A signed export link still answers an hour after the session has ended.",
        suspected: &["Fathom Cloud"],
    });
    sample.case(
        case,
        "2027-02-18T13:41:00+01:00",
        "candor:intake",
        Event::Acknowledged { reporter: None },
    );
    sample.case(case, "2027-02-18T15:50:00+01:00", "adler", Event::Reviewed {});
    sample.case(
        case,
        "2027-02-18T15:55:00+01:00",
        "adler",
        Event::Assigned {
            person: "adler".to_owned(),
        },
    );
    sample.case(case, "2027-02-18T16:05:00+01:00", "adler", confirmed(&["Fathom Cloud"]));
    sample.case(
        case,
        "2027-02-18T16:05:00+01:00",
        "adler",
        scored("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"),
    );
}

/// Fixed, held, with an advisory in review.
pub(super) fn token(sample: &mut Sample) {
    let case = "case-token";
    sample.report(&Report {
        case,
        number: "EXN-2026-3FQ7P",
        at: "2026-10-30T09:00:00+01:00",
        kind: "customer",
        channel: "mail",
        from: "customer@example.org",
        title: "Quillon Gateway: session token in a debug log",
        text: "The debug log holds session tokens in clear.",
        suspected: &["Quillon Gateway 9"],
    });
    sample.case(
        case,
        "2026-10-30T09:01:00+01:00",
        "candor:intake",
        Event::Acknowledged { reporter: None },
    );
    sample.case(case, "2026-10-31T09:00:00+01:00", "lena", Event::Reviewed {});
    sample.case(
        case,
        "2026-11-01T09:00:00+01:00",
        "lena",
        confirmed(&["Quillon Gateway 9"]),
    );
    sample.case(
        case,
        "2026-11-01T09:10:00+01:00",
        "lena",
        scored("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:N"),
    );
    sample.case(
        case,
        "2026-11-05T09:10:00+01:00",
        "lena",
        Event::DefectCreated {
            product: Some("Quillon Gateway 9".to_owned()),
            priority: Some(psirt::event::Priority::High),
        },
    );
    sample.case(case, "2026-11-20T10:00:00+01:00", "lena", Event::reported_back(None));
    sample.case(
        case,
        "2026-11-24T08:00:00+01:00",
        "lena",
        Event::FixReleased {
            product: "Quillon Gateway 9".to_owned(),
            version: Some("9.2.1".to_owned()),
        },
    );
    sample.case(
        case,
        "2026-12-02T08:00:00+01:00",
        "lena",
        Event::Credit {
            reporter: None,
            choice: CreditChoice::Yes,
            name: Some("A customer".to_owned()),
        },
    );
    sample.case(
        case,
        "2026-12-02T08:10:00+01:00",
        "lena",
        Event::ImpactSet {
            term: "information disclosure".to_owned(),
            cwe: Some("CWE-532".to_owned()),
        },
    );
    let line = LineStatement {
        product: "Quillon Gateway 9".to_owned(),
        deployment: "on-prem".to_owned(),
        state: LineState::Fixed,
        affected: "9.0.0 to 9.2.0".to_owned(),
        fixed: Some("9.2.1".to_owned()),
        fixed_on: None,
        justification: None,
        version_scheme: psirt::version::VersionScheme::default(),
        vendor: None,
    };
    let vulnerability = Vulnerability {
        title: "Session token in a debug log".to_owned(),
        scores: vec![Score {
            vector: "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:N".to_owned(),
            issuer: None,
        }],
        band: Some(Band {
            id: "high".to_owned(),
            label: "High".to_owned(),
            clause: "§N28".to_owned(),
        }),
        lines: vec![line],
        ..Vulnerability::default()
    };
    let advisory = Advisory {
        brand: "example".to_owned(),
        cases: vec!["EXN-2026-3FQ7P".to_owned()],
        title: "Quillon Gateway: session token in a debug log".to_owned(),
        summary: "With debug logging on, the gateway writes session tokens to its log. Who reads the log can take over a session.".to_owned(),
        vulnerabilities: vec![vulnerability],
        policy: ("example-networks".to_owned(), "1".to_owned()),
        ..Advisory::default()
    };
    sample.advisory(
        "adv-token",
        "2027-02-17T09:00:00+01:00",
        "adler",
        AdvisoryEvent::Drafted(Box::new(advisory)),
    );
    sample.advisory(
        "adv-token",
        "2027-02-18T09:00:00+01:00",
        "adler",
        AdvisoryEvent::ReviewAsked,
    );
    sample.advisory(
        "adv-token",
        "2027-02-18T11:00:00+01:00",
        "lena",
        AdvisoryEvent::Commented {
            id: 3,
            version: 1,
            field: "summary".to_owned(),
            text: "Is the log on by default? Readers will ask.".to_owned(),
        },
    );
}

/// The advisory is scheduled for the end of its hold, and then the details become public.
pub(crate) fn leak(sample: &mut Sample) {
    for (by, event) in [
        ("lena", AdvisoryEvent::Approved),
        (
            "lena",
            AdvisoryEvent::Scheduled {
                at: "2027-02-22T08:00:00Z".parse().unwrap_or_default(),
                zone: "Europe/Zurich".to_owned(),
                summary: String::new(),
                accepted: Vec::new(),
            },
        ),
    ] {
        sample.advisory("adv-token", "2027-02-18T12:00:00+01:00", by, event);
    }
    sample.case(
        "case-token",
        "2027-02-18T15:00:00+01:00",
        "lena",
        Event::MadePublic {
            evidence: Some("A talk shows it.".to_owned()),
        },
    );
}

/// A supplier has no fix yet.
pub(super) fn waiting(sample: &mut Sample) {
    let case = "case-upstream";
    sample.report(&Report {
        case,
        number: "EXN-2027-B7D2W",
        at: "2027-02-01T09:00:00+01:00",
        kind: "internal",
        channel: "cli",
        from: "Engineering",
        title: "No patch upstream for the Quillon time service",
        text: "The time service of our supplier answers for other networks. There is no fix yet.",
        suspected: &["Quillon Gateway 9"],
    });
    sample.case(
        case,
        "2027-02-01T09:00:30+01:00",
        "candor:intake",
        Event::Acknowledged { reporter: None },
    );
    sample.case(case, "2027-02-01T09:30:00+01:00", "lena", Event::Reviewed {});
    sample.case(
        case,
        "2027-02-02T09:00:00+01:00",
        "lena",
        Event::Confirmed {
            origin: Origin::ThirdParty,
            products: owned(&["Quillon Gateway 9"]),
        },
    );
    sample.case(
        case,
        "2027-02-02T09:05:00+01:00",
        "lena",
        Event::Scored {
            vector: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N".to_owned(),
            source: Some(ScoreSource::Provider),
            why: None,
        },
    );
    sample.case(
        case,
        "2027-02-02T09:10:00+01:00",
        "lena",
        Event::UpstreamDisclosed {
            component: "timed".to_owned(),
        },
    );
    sample.case(
        case,
        "2027-02-05T09:10:00+01:00",
        "lena",
        Event::UpstreamDecision {
            choice: UpstreamChoice::Wait,
            review_by: Some(Deadline::Day(jiff::civil::date(2027, 3, 3))),
            why: Some("Only reachable from the management network".to_owned()),
        },
    );
}

/// Nobody has decided on these.
pub(super) fn inbox(sample: &mut Sample) {
    sample.report(&Report {
        case: "case-script",
        number: "EXN-2027-8WJ5D",
        at: "2027-02-17T09:12:00+01:00",
        kind: "external",
        channel: "mail",
        from: "reporter-c@example.org",
        title: "Sign-in page of Lattice Console loads a script in clear",
        text: "Hello, the sign-in page of Lattice Console 24.3 takes telemetry.js over plain HTTP. This mixed content lets somebody on the same network change that file.\n\nThe changed script reads the session cookie, because it is set without HttpOnly. I could take over the session of an operator.\n\nA working proof is attached. I stopped after one test account of my own.",
        suspected: &["Lattice Console 24"],
    });
    sample.case(
        "case-script",
        "2027-02-17T09:12:38+01:00",
        "candor:intake",
        Event::Acknowledged { reporter: None },
    );
    sample.report(&Report {
        case: "case-names",
        number: "EXN-2027-LM3H6",
        at: "2027-02-18T21:40:00+01:00",
        kind: "external",
        channel: "form",
        from: "reporter-d@example.org",
        title: "Crash of Quillon Gateway on long names",
        text: "The gateway restarts when a name is longer than 255 characters.",
        suspected: &["Quillon Gateway 9"],
    });
    sample.case(
        "case-names",
        "2027-02-18T21:40:30+01:00",
        "candor:intake",
        Event::Acknowledged { reporter: None },
    );
    sample.case("case-names", "2027-02-19T08:00:00+01:00", "lena", Event::Reviewed {});
    sample.case(
        "case-names",
        "2027-02-19T08:30:00+01:00",
        "lena",
        Event::InfoRequested {
            reporter: None,
            items: Vec::new(),
            text: None,
            in_clear: None,
        },
    );
    sample.case(
        "case-names",
        "2027-02-19T08:31:00+01:00",
        "lena",
        Event::Flagged {
            flag: Flag::ArrivedInClear,
            why: None,
        },
    );
    sample.report(&Report {
        case: "case-nightly",
        number: "EXN-2027-T6W9F",
        at: "2027-02-19T04:15:00+01:00",
        kind: "machine",
        channel: "api",
        from: "Nightly build",
        title: "Nightly finding: outdated compression library in Lattice Sensor",
        text: "",
        suspected: &["Lattice Sensor 25"],
    });
}

/// Smaller ones, and one that is over.
pub(super) fn small(sample: &mut Sample) {
    let cases = [
        (
            "case-tenant",
            "EXN-2027-P9K4X",
            "2027-02-06T10:00:00+01:00",
            "Fathom Cloud: tenant name visible to other tenants",
            "Fathom Cloud",
            "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:L/I:N/A:N",
        ),
        (
            "case-session",
            "EXN-2027-G5X8J",
            "2027-02-10T10:00:00+01:00",
            "Lattice Console keeps a removed user’s open session",
            "Lattice Console 24",
            "CVSS:3.1/AV:N/AC:H/PR:L/UI:N/S:U/C:L/I:L/A:N",
        ),
        (
            "case-stored",
            "EXN-2026-D5S2Y",
            "2026-10-15T10:00:00+02:00",
            "Stored script in report names of Lattice Console",
            "Lattice Console 24",
            "CVSS:3.1/AV:N/AC:L/PR:H/UI:R/S:C/C:L/I:L/A:N",
        ),
    ];
    for (case, number, at, title, line, vector) in cases {
        sample.report(&Report {
            case,
            number,
            at,
            kind: "external",
            channel: "mail",
            from: "reporter@example.org",
            title,
            text: title,
            suspected: &[line],
        });
        sample.case(case, at, "candor:intake", Event::Acknowledged { reporter: None });
        let later = instant(at) + jiff::SignedDuration::from_hours(20);
        let later = later.to_string();
        sample.case(case, &later, "adler", Event::Reviewed {});
        sample.case(case, &later, "adler", confirmed(&[line]));
        sample.case(case, &later, "adler", scored(vector));
        sample.case(
            case,
            &later,
            "adler",
            Event::DefectCreated {
                product: Some(line.to_owned()),
                priority: None,
            },
        );
    }
    sample.report(&Report {
        case: "case-banner",
        number: "EXN-2027-C4N8Z",
        at: "2027-01-12T10:00:00+01:00",
        kind: "external",
        channel: "mail",
        from: "scanner@example.org",
        title: "The server header tells its version",
        text: "Your server header tells its version.",
        suspected: &["Lattice Console 24"],
    });
    sample.case(
        "case-banner",
        "2027-01-12T10:00:20+01:00",
        "candor:intake",
        Event::Acknowledged { reporter: None },
    );
    sample.case("case-banner", "2027-01-12T15:00:00+01:00", "lena", Event::Reviewed {});
    sample.case(
        "case-banner",
        "2027-01-12T15:10:00+01:00",
        "lena",
        Event::ScopeDecided {
            out: true,
            clause: Some("§N34.5".to_owned()),
            exception: None,
        },
    );
    sample.case(
        "case-banner",
        "2027-01-12T15:20:00+01:00",
        "lena",
        Event::Rejected {
            exit: Exit::OutOfScope,
            clause: Some("§N34.5".to_owned()),
            why: None,
        },
    );
}
