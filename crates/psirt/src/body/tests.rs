//! Every stored shape has a fixture of its version: reading it for ever is what an upgrade stands on.

use super::*;
use crate::advisory::{
    Advisory, AdvisoryEvent, Audience, Credit, DeliveryEvent, Follow, Frame, LimitedEvent, LineState, LineStatement,
    Tlp, Tombstone, Version, Vulnerability, Wording,
};
use crate::board::RoomLock;
use crate::event::{Field, Kind, Shape};
use crate::finding::{FindingEvent, Found, Run, Weight};
use crate::house::book::GivenKey;
use crate::house::dispatch::{DispatchEvent, LetterKind, Line};
use crate::house::key::{AddedKey, KeyReason, KeyUse};
use crate::house::machine::{MachineKind, MachineToken};
use crate::house::mail::{Envelope, Fate, Letter, SenderKey, Sorted, Suspicion};
use crate::house::{Brand, Customer, Erasure, Logo, Named, Person, Product, Raw, Role, ShownNotice, Terms, Theme};
use crate::promises::{Figures, KeptClause, KeptPromises};

const FIXTURES: &str = include_str!("../../fixtures/bodies.jsonl");

/// A plausible value for a field, in JSON.
fn sample(field: &Field) -> serde_json::Value {
    match (field.name, field.shape) {
        ("vector", _) => "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".into(),
        ("bytes", _) => 7.into(),
        ("tenants", _) => "12/40".into(),
        ("event", _) => 3.into(),
        ("fixes", _) => serde_json::json!(["NN-2026-00000"]),
        (_, Shape::Text) => "text".into(),
        (_, Shape::List) => serde_json::json!(["Sensor 25"]),
        (_, Shape::Flag) => true.into(),
        (_, Shape::Date) => "2027-02-28".into(),
        (_, Shape::Deadline) => "2027-02-28T12:00:00Z".into(),
        (_, Shape::OneOf(words)) => words[0].into(),
    }
}

/// Fields that shapes got later: their first fixtures lack them, and each has a fixture more, at the end of the file.
const GROWN: &[(Kind, &[&str])] = &[
    (Kind::EmbargoDeclined, &["why"]),
    (Kind::Rejected, &["why"]),
    (Kind::Acknowledged, &["reporter"]),
    (Kind::ReportJoined, &["arrived", "acknowledged", "reviewed"]),
    (Kind::InfoRequested, &["reporter"]),
    (Kind::InfoReceived, &["reporter"]),
    (Kind::ReportedBack, &["verdict", "severity", "plan", "disclosure"]),
    (Kind::Waived, &["reporter"]),
    (Kind::InfoRequested, &["items", "text", "in-clear"]),
    (Kind::Messaged, &["in-clear"]),
];

/// One body of every stored shape, with every field filled; those that grew once without, and with what they got later each time.
fn samples() -> Vec<Body> {
    let at: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    let body = |what| Body {
        at,
        approved_by: Some("lea".to_owned()),
        report: None,
        what,
    };
    // As it was when the shapes had grown so often.
    let event_at = |kind: &Kind, times: usize| -> Event {
        let later = |name: &str| {
            let mut grown = GROWN.iter().skip(times);
            grown.any(|(grown, fields)| grown == kind && fields.contains(&name))
        };
        let fields: serde_json::Map<String, serde_json::Value> = kind
            .fields()
            .iter()
            .filter(|field| !later(field.name))
            .map(|field| (field.name.to_owned(), sample(field)))
            .collect();
        serde_json::from_value(serde_json::json!({ kind.name(): fields })).unwrap()
    };
    let event = |kind: &Kind, all: bool| event_at(kind, if all { GROWN.len() } else { 0 });
    let mut bodies: Vec<Body> = Kind::ALL
        .iter()
        .map(|kind| body(What::Case(event(kind, false))))
        .collect();
    let text = || "text".to_owned();
    bodies.push(Body {
        report: Some(text()),
        ..body(What::Case(event(&Kind::InfoReceived, false)))
    });
    let brand = Brand {
        id: text(),
        name: text(),
        domain: text(),
        namespace: text(),
        policy: text(),
        number_prefix: text(),
        advisory_pattern: text(),
        contact: text(),
        contact_details: text(),
        version_scheme: crate::advisory::Scheme::default(),
        aggregators: crate::house::Aggregators::default(),
        cna: None,
        rooms: None,
    };
    let product = Product {
        name: text(),
        brand: text(),
        deployment: "saas".to_owned(),
        market: vec![text()],
        supported_until: Some("2027-02-28".parse().unwrap()),
        version_scheme: crate::version::VersionScheme::default(),
    };
    let line = crate::event::Entry {
        seq: 1,
        at,
        recorded: at,
        by: text(),
        approved_by: None,
        event: event(&Kind::ReleasePlanned, true),
        case: None,
        report: None,
    };
    let erasure = Erasure {
        numbers: vec![text()],
        streams: vec![text()],
        keys: vec![text()],
        why: text(),
        named: None,
    };
    let grown_erasure = Erasure {
        named: Some(vec![Named {
            number: text(),
            case: text(),
            kind: text(),
            entries: vec![7],
        }]),
        ..erasure.clone()
    };
    let house = [
        HouseEvent::Opened { name: text() },
        HouseEvent::BrandSet(Brand {
            rooms: Some(text()),
            ..brand.clone()
        }),
        HouseEvent::BrandSet(brand),
        HouseEvent::KeyMade {
            brand: text(),
            fingerprint: text(),
            public: text(),
            secret: text(),
        },
        HouseEvent::ProductSet(product),
        HouseEvent::Line(Box::new(line)),
        HouseEvent::PersonSet(Person {
            id: text(),
            name: text(),
            role: Role::Lead,
        }),
        HouseEvent::PolicyAdopted {
            id: text(),
            version: text(),
            text: text(),
            readings: vec![(text(), text())],
        },
        HouseEvent::JobGivenUp {
            job: text(),
            effect: text(),
            attempts: 7,
            why: text(),
        },
        HouseEvent::JobRevived { job: text() },
        HouseEvent::JobDropped {
            job: text(),
            why: text(),
        },
        HouseEvent::CaseShredded(erasure.clone()),
        HouseEvent::PersonErased(erasure.clone()),
        HouseEvent::OriginalsDestroyed(erasure),
        HouseEvent::LineRetracted {
            line: text(),
            seq: 2,
            why: text(),
        },
        HouseEvent::WordingSet {
            brand: text(),
            wording: Box::new(Wording {
                title: text(),
                summary: text(),
                details: text(),
                frame: frame(),
            }),
        },
        HouseEvent::KeyAdded(Box::new(AddedKey {
            brand: text(),
            purpose: KeyUse::Intake,
            fingerprint: text(),
            public: text(),
            secret: text(),
            imported: true,
            until: Some(at),
        })),
        HouseEvent::KeyRenewed {
            brand: text(),
            fingerprint: text(),
            public: text(),
            until: Some(at),
        },
        HouseEvent::KeyRevoked {
            brand: text(),
            fingerprint: text(),
            public: text(),
            reason: KeyReason::Compromised,
            why: text(),
        },
        HouseEvent::SignaturesRenewed {
            brand: text(),
            from: vec![text()],
            to: text(),
            documents: 7,
        },
        HouseEvent::SecurityTxtSigned {
            brand: text(),
            text: text(),
        },
        HouseEvent::StoodStill {
            brand: text(),
            why: text(),
        },
        HouseEvent::WentOn { brand: text() },
    ];
    bodies.extend(house.map(|event| body(What::House(event))));
    bodies.push(body(What::House(HouseEvent::PersonErased(grown_erasure))));
    let customers = [
        HouseEvent::CustomerSet(Customer {
            id: text(),
            name: text(),
            brand: text(),
            tlp: Some(Tlp::Amber),
            party: true,
        }),
        HouseEvent::TokenMade {
            customer: text(),
            token: text(),
            sha256: text(),
            until: at,
        },
        HouseEvent::TokenRevoked { token: text() },
        HouseEvent::TokenUsed {
            token: text(),
            day: "2027-02-28".parse().unwrap(),
        },
    ];
    bodies.extend(customers.map(|event| body(What::House(event))));
    bodies.push(body(What::House(HouseEvent::MailboxOpened {
        mailbox: text(),
        since: "2027-02-28".parse().unwrap(),
    })));
    let portal = [
        HouseEvent::PromisesReleased(KeptPromises {
            brand: text(),
            policy: text(),
            from: "2025-10-01".parse().unwrap(),
            until: "2026-09-30".parse().unwrap(),
            clauses: vec![KeptClause {
                clause: text(),
                figures: Some(Figures { due: 7, kept: 6 }),
            }],
        }),
        HouseEvent::ThemeSet(Theme {
            brand: text(),
            values: vec![(text(), text())],
            logo: Some(Logo {
                kind: text(),
                base64: text(),
            }),
        }),
    ];
    bodies.extend(portal.map(|event| body(What::House(event))));
    let advisory = Box::new(Advisory::default());
    let grown = Box::new(Advisory {
        vulnerabilities: vec![Vulnerability {
            credits: vec![Credit {
                name: text(),
                validated: true,
            }],
            ..Vulnerability::default()
        }],
        frame: frame(),
        ..Advisory::default()
    });
    let told = Box::new(Advisory {
        vulnerabilities: vec![Vulnerability {
            description: text(),
            lines: vec![LineStatement {
                product: text(),
                deployment: text(),
                state: LineState::Affected,
                affected: text(),
                fixed: None,
                fixed_on: None,
                justification: None,
                version_scheme: crate::version::VersionScheme::default(),
                vendor: Some(text()),
            }],
            ..Vulnerability::default()
        }],
        ..Advisory::default()
    });
    let advisories = [
        AdvisoryEvent::Drafted(advisory.clone()),
        AdvisoryEvent::ReviewAsked,
        AdvisoryEvent::Approved,
        AdvisoryEvent::Scheduled {
            at,
            zone: String::new(),
            summary: String::new(),
            accepted: Vec::new(),
        },
        AdvisoryEvent::ReleaseOrdered {
            advisory: advisory.clone(),
            scheduled: None,
        },
        AdvisoryEvent::Published {
            generation: 2,
            manifest: text(),
            late_s: None,
        },
        AdvisoryEvent::Withdrawn { why: text() },
        AdvisoryEvent::Scheduled {
            at,
            zone: text(),
            summary: text(),
            accepted: vec![(text(), text())],
        },
        AdvisoryEvent::ReleaseOrdered {
            advisory,
            scheduled: Some(at),
        },
        AdvisoryEvent::Published {
            generation: 2,
            manifest: text(),
            late_s: Some(7),
        },
        AdvisoryEvent::ReviewAskedOf { reviewer: text() },
        AdvisoryEvent::SentBack { why: text() },
        AdvisoryEvent::HeldBack { at, why: text() },
        AdvisoryEvent::BytesFixed(Version {
            revision: 1,
            blob: text(),
            bytes: 7,
            sha256: text(),
            signature: text(),
            accepted: vec![(text(), text())],
        }),
        AdvisoryEvent::Commented {
            id: 3,
            version: 1,
            field: text(),
            text: text(),
        },
        AdvisoryEvent::CommentAnswered { id: 3, text: text() },
        AdvisoryEvent::CommentResolved { id: 3 },
        AdvisoryEvent::Superseded { by: text() },
        AdvisoryEvent::HeldAside {
            revision: 1,
            why: text(),
        },
        AdvisoryEvent::Drafted(grown),
        AdvisoryEvent::Drafted(told),
        AdvisoryEvent::Imported {
            advisory: Box::new(Advisory::default()),
            source: text(),
            key: Some(text()),
        },
        AdvisoryEvent::Tombstoned(Box::new(Tombstone {
            number: text(),
            revision: 1,
            brand: text(),
            first: at,
            at,
            why: text(),
            sha256: text(),
            current: true,
        })),
        AdvisoryEvent::SignatureRenewed {
            revision: 1,
            signature: text(),
            from: text(),
            to: text(),
        },
    ];
    bodies.extend(limited(at).map(|event| body(What::Advisory(event))));
    bodies.extend(delivery_samples().map(|event| body(What::Advisory(event))));
    bodies.extend(advisories.map(|event| body(What::Advisory(event))));
    let reports = [
        ReportEvent::Arrived {
            number: text(),
            brand: text(),
            channel: text(),
            from: text(),
            raw: Some(Raw { blob: text(), bytes: 7 }),
            at,
        },
        ReportEvent::Understood {
            title: text(),
            text: text(),
        },
        ReportEvent::Joined { case: text() },
        ReportEvent::Sender { from: text() },
        ReportEvent::RoomOpened(RoomLock {
            key: text(),
            address: text(),
            locked: Some(text()),
        }),
        ReportEvent::RoomSeen,
        ReportEvent::TermsShown(Terms {
            policy: text(),
            version: text(),
            notices: vec![ShownNotice {
                id: text(),
                clause: text(),
                version: text(),
                holds: Some(true),
            }],
        }),
    ];
    bodies.extend(machine_samples(at).map(body));
    bodies.extend(dispatch_samples().map(|event| body(What::Report(event))));
    bodies.extend(mail_samples().into_iter().map(|event| body(What::Report(event))));
    bodies.extend(reports.map(|event| body(What::Report(event))));
    let grown = GROWN.iter().enumerate();
    bodies.extend(grown.map(|(times, (kind, _))| body(What::Case(event_at(kind, times + 1)))));
    bodies
}

/// What machines that report bring.
fn machine_samples(at: Timestamp) -> impl Iterator<Item = What> {
    let text = || "text".to_owned();
    let found = Found {
        fingerprint: text(),
        rule: text(),
        title: text(),
        text: text(),
        weight: Weight::High,
        place: text(),
        names: vec![text()],
    };
    let run = Run {
        id: text(),
        machine: text(),
        line: text(),
        tool: text(),
        scan: text(),
        build: text(),
        key: text(),
        complete: true,
        clean_runs: 3,
        found: 7,
        new: vec![(text(), found)],
        back: vec![text()],
        missing: vec![text()],
    };
    let token = |kind| {
        What::House(HouseEvent::MachineTokenMade(Box::new(MachineToken {
            id: text(),
            machine: text(),
            kind,
            brand: text(),
            products: vec![text()],
            clean_runs: 3,
            sha256: text(),
            until: at,
        })))
    };
    [
        What::Finding(FindingEvent::Run(Box::new(run))),
        What::Finding(FindingEvent::Promoted {
            line: text(),
            finding: text(),
            number: text(),
        }),
        What::Finding(FindingEvent::Joined {
            line: text(),
            finding: text(),
            number: text(),
        }),
        What::Finding(FindingEvent::Dismissed {
            line: text(),
            finding: text(),
            why: text(),
        }),
        What::Finding(FindingEvent::Restored {
            line: text(),
            finding: text(),
        }),
        token(MachineKind::Scanner),
        token(MachineKind::Portal),
        What::House(HouseEvent::MachineTokenEnded { token: text() }),
        What::Report(ReportEvent::HandedOver {
            machine: text(),
            sha256: text(),
        }),
    ]
    .into_iter()
}

fn frame() -> Frame {
    let text = || "text".to_owned();
    Frame {
        language: text(),
        issuing_authority: text(),
        severity_namespace: text(),
        distribution: text(),
        recommendations: text(),
        notes: vec![(text(), text())],
        disclaimer: text(),
        references: vec![(text(), text())],
    }
}

/// What happens to an advisory for an audience that is not everybody.
fn limited(at: Timestamp) -> [AdvisoryEvent; 6] {
    let text = || "text".to_owned();
    let pairs = || vec![(text(), text())];
    let audience = Audience::Party(text());
    let advisory = Advisory {
        audience: audience.clone(),
        ..Advisory::default()
    };
    [
        LimitedEvent::Scheduled {
            at,
            zone: text(),
            summary: text(),
            accepted: pairs(),
            waived: pairs(),
        },
        LimitedEvent::HeldBack { at, why: text() },
        LimitedEvent::Ordered {
            advisory: Box::new(advisory),
            text: 1,
            scheduled: Some(at),
            waived: pairs(),
        },
        LimitedEvent::BytesFixed(Version {
            revision: 1,
            blob: text(),
            bytes: 7,
            sha256: text(),
            signature: text(),
            accepted: pairs(),
        }),
        LimitedEvent::Published {
            generation: 2,
            manifest: text(),
            late_s: Some(7),
        },
        LimitedEvent::SignatureRenewed {
            revision: 1,
            signature: text(),
            from: text(),
            to: text(),
        },
    ]
    .map(|event| AdvisoryEvent::Limited {
        audience: audience.clone(),
        event,
    })
}

fn delivery_samples() -> impl Iterator<Item = AdvisoryEvent> {
    let text = || "text".to_owned();
    let ordered = |follow| DeliveryEvent::Ordered { follow, revision: 1 };
    [
        ordered(Follow::Announce),
        ordered(Follow::Cve(text())),
        ordered(Follow::Cert(text())),
        ordered(Follow::Removal(1)),
        DeliveryEvent::Done,
        DeliveryEvent::Skipped { why: text() },
    ]
    .into_iter()
    .map(|event| AdvisoryEvent::Delivery { id: 1, event })
}

/// What happens to a letter of ours.
fn dispatch_samples() -> impl Iterator<Item = ReportEvent> {
    let text = || "text".to_owned();
    [
        DispatchEvent::Ordered {
            letter: LetterKind::Acknowledgement,
            encrypted: false,
        },
        DispatchEvent::Ordered {
            letter: LetterKind::News { case: text(), entry: 7 },
            encrypted: false,
        },
        DispatchEvent::Ordered {
            letter: LetterKind::News { case: text(), entry: 7 },
            encrypted: true,
        },
        DispatchEvent::Begun {
            also: vec![text()],
            told: false,
        },
        DispatchEvent::Begun {
            also: vec![text()],
            told: true,
        },
        DispatchEvent::Taken,
        DispatchEvent::Delivered { line: Line::Clear },
        DispatchEvent::Delivered { line: Line::Encrypted },
        DispatchEvent::Delivered { line: Line::Proven },
        DispatchEvent::PutOff { why: text() },
        DispatchEvent::Unclear,
        DispatchEvent::GivenUp { why: text() },
        DispatchEvent::Folded { into: text() },
        DispatchEvent::Dropped { why: text() },
        DispatchEvent::Withheld { why: text() },
    ]
    .into_iter()
    .map(|event| ReportEvent::Dispatch { id: 1, event })
}

/// What happens to a message that came by mail.
fn mail_samples() -> Vec<ReportEvent> {
    let text = || "text".to_owned();
    let proven = |fate, proven| {
        ReportEvent::Sorted(Box::new(Sorted {
            fate,
            opened: Some(true),
            trouble: Some(text()),
            signature: text(),
            warnings: vec![text()],
            answerable: true,
            proven,
        }))
    };
    let sorted = |fate| proven(fate, false);
    let letter = |signers| {
        ReportEvent::Letter(Box::new(Letter {
            from: vec![text()],
            message_id: Some(text()),
            signer: Some(text()),
            signer_is_known: Some(true),
            signer_matches_from: Some(true),
            keys: vec![SenderKey {
                fingerprint: text(),
                public: text(),
                origin: text(),
                signers,
            }],
            results: Some(text()),
            undelivered: Some(text()),
        }))
    };
    vec![
        ReportEvent::Envelope(Envelope {
            from: Some(text()),
            to: vec![text()],
            is_earlier: false,
        }),
        ReportEvent::Envelope(Envelope {
            is_earlier: true,
            ..Envelope::default()
        }),
        letter(Vec::new()),
        letter(vec![text()]),
        sorted(Fate::Report),
        proven(Fate::Report, true),
        sorted(Fate::Reply { report: text() }),
        sorted(Fate::Held { why: Suspicion::Spam }),
        sorted(Fate::Automatic),
        sorted(Fate::AutoReply { report: text() }),
        sorted(Fate::Undelivered {
            status: text(),
            hard: true,
            report: Some(text()),
        }),
        sorted(Fate::ListRequest { action: text() }),
        ReportEvent::Released,
        ReportEvent::KeyGiven(Box::new(GivenKey {
            address: text(),
            key: SenderKey {
                fingerprint: text(),
                public: text(),
                origin: text(),
                signers: vec![text()],
            },
            why: Some(text()),
        })),
        ReportEvent::KeyDropped { fingerprint: text() },
    ]
}

/// A changed shape without a new version fails here: fixtures are never rewritten, a new version of a shape gets a line of its own.
#[test]
fn every_stored_shape_reads_its_fixture_and_writes_it_again() {
    let mut waiting = samples();
    let all = samples();
    for fixture in FIXTURES.lines() {
        let written: serde_json::Value = serde_json::from_str(fixture).unwrap();
        let (kind, v) = (written["kind"].as_str().unwrap(), written["v"].as_u64().unwrap());
        if u64::from(version_of(kind).unwrap()) > v {
            // An older version reads as a shape of today.
            let read = Body::decode(fixture.as_bytes()).unwrap_or_else(|error| panic!("{error}: {fixture}"));
            assert!(all.contains(&read), "{fixture}");
            continue;
        }
        let read = Body::decode(fixture.as_bytes()).unwrap_or_else(|error| panic!("{error}: {fixture}"));
        let at = waiting.iter().position(|sample| *sample == read);
        let at = at.unwrap_or_else(|| panic!("a fixture twice, or without its shape: {fixture}"));
        waiting.swap_remove(at);
        let written: serde_json::Value = serde_json::from_slice(&read.encode().unwrap()).unwrap();
        assert_eq!(written, serde_json::from_str::<serde_json::Value>(fixture).unwrap());
    }
    let lacking: Vec<String> = waiting
        .iter()
        .map(|body| String::from_utf8(body.encode().unwrap()).unwrap())
        .collect();
    assert!(
        lacking.is_empty(),
        "add a fixture for each new shape:\n{}",
        lacking.join("\n")
    );
}

#[test]
fn an_arrival_without_a_message_had_an_empty_blob_once() {
    let old = r#"{"kind":"report","v":1,"at":"2026-11-22T10:00:00Z","data":{"arrived":{"at":"2026-11-22T10:00:00Z","blob":"","brand":"b","bytes":0,"channel":"past","from":"","number":"n"}}}"#;
    let What::Report(ReportEvent::Arrived { raw, from, .. }) = Body::decode(old.as_bytes()).unwrap().what else {
        panic!("it is an arrival")
    };
    assert_eq!((raw, from.as_str()), (None, ""));
}

#[test]
fn an_unknown_shape_names_its_version() {
    let newer = FIXTURES.lines().next().unwrap().replace("\"v\":1", "\"v\":7");
    let error = Body::decode(newer.as_bytes()).unwrap_err();
    assert_eq!(
        error,
        BodyError::Newer {
            kind: "case".to_owned(),
            v: 7
        }
    );
    assert!(error.to_string().contains("version 7"));
    assert!(matches!(Body::decode(b"{}"), Err(BodyError::Broken(_))));
    assert!(matches!(Body::decode(b"\xff"), Err(BodyError::Broken(_))));
}
