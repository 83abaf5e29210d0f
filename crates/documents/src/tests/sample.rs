//! An advisory with something in every field.

use jiff::Timestamp;
use jiff::civil::date;
use psirt::advisory::{
    Advisory, Audience, Band, Credit, Discovery, Frame, LineState, LineStatement, Milestone, Remedy, RemedyKind,
    Revision, Score, Status, Validity, Vulnerability,
};
use psirt::event::Exploit;
use psirt::house::Brand;

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn brand() -> Brand {
    Brand {
        id: "example".to_owned(),
        name: "Example Networks".to_owned(),
        domain: "psirt.example.com".to_owned(),
        namespace: "https://psirt.example.com".to_owned(),
        policy: "house".to_owned(),
        number_prefix: "EXN".to_owned(),
        advisory_pattern: "{prefix}-SA-{year}:{seq:3}".to_owned(),
        contact: "psirt@example.com".to_owned(),
        contact_details: "Write to psirt@example.com.".to_owned(),
        version_scheme: psirt::advisory::Scheme::default(),
        aggregators: psirt::house::Aggregators::default(),
        cna: None,
        rooms: None,
    }
}

pub(super) fn line(product: &str, state: LineState, affected: &str, fixed: Option<&str>) -> LineStatement {
    LineStatement {
        product: product.to_owned(),
        deployment: "on-prem".to_owned(),
        state,
        affected: affected.to_owned(),
        fixed: fixed.map(str::to_owned),
        fixed_on: fixed.map(|_| date(2027, 2, 8)),
        justification: None,
        version_scheme: psirt::version::VersionScheme::default(),
        vendor: None,
    }
}

pub(crate) fn advisory() -> Advisory {
    let not_affected = LineStatement {
        deployment: "saas".to_owned(),
        justification: Some("vulnerable_code_not_present".to_owned()),
        ..line("Fathom Cloud", LineState::NotAffected, "", None)
    };
    Advisory {
        number: "EXN-SA-2027:014".to_owned(),
        brand: "example".to_owned(),
        cases: vec!["EXN-2026-AAAAA".to_owned()],
        title: "Lattice Sensor: heap overflow in the DNP3 reader".to_owned(),
        summary: "A device on a watched network can send a frame that runs code on the sensor.".to_owned(),
        details: "The reader trusts a length field.\n\nWe found no use of this in our customers' systems.".to_owned(),
        vulnerabilities: vec![Vulnerability {
            cve: Some("CVE-1900-0001".to_owned()),
            cve_by_others: false,
            title: "Heap overflow in the DNP3 reader".to_owned(),
            description: String::new(),
            cwe: Some(("CWE-122".to_owned(), "Heap-based Buffer Overflow".to_owned())),
            impact: Some("Execute code".to_owned()),
            scores: vec![
                Score {
                    vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O/RC:C".to_owned(),
                    issuer: None,
                },
                Score {
                    vector: "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N".to_owned(),
                    issuer: None,
                },
            ],
            band: Some(Band {
                id: "critical".to_owned(),
                label: "Critical".to_owned(),
                clause: "§6".to_owned(),
            }),
            lines: vec![
                line(
                    "Lattice Sensor 25",
                    LineState::Fixed,
                    "25.0.0 to 25.1.1",
                    Some("25.1.2"),
                ),
                line("Lattice Sensor 24", LineState::Fixed, "before 24.3.7", Some("24.3.7")),
                line("Lattice Sensor 22", LineState::Affected, "all versions", None),
                not_affected,
            ],
            remedies: vec![
                Remedy {
                    kind: RemedyKind::VendorFix,
                    text: "Install the fixed version of your line.".to_owned(),
                    products: vec!["Lattice Sensor 25".to_owned(), "Lattice Sensor 24".to_owned()],
                    date: Some(at("2027-02-08T09:00:00Z")),
                },
                Remedy {
                    kind: RemedyKind::Workaround,
                    text: "Turn off the DNP3 reader.".to_owned(),
                    products: Vec::new(),
                    date: None,
                },
                Remedy {
                    kind: RemedyKind::NoFixPlanned,
                    text: "Move to 24.3.7 or later.".to_owned(),
                    products: vec!["Lattice Sensor 22".to_owned()],
                    date: None,
                },
            ],
            credits: vec![Credit {
                name: "Reporter A".to_owned(),
                validated: false,
            }],
            exploit: Some(Exploit::None),
            found: Some(Discovery::External),
            reported: Some(at("2026-12-29T10:00:00Z")),
            milestones: vec![
                Milestone {
                    at: at("2026-12-29T10:00:00Z"),
                    text: "Report received".to_owned(),
                    clause: None,
                },
                Milestone {
                    at: at("2027-05-27T08:00:00Z"),
                    text: "Advisory published after the hold".to_owned(),
                    clause: Some("§7".to_owned()),
                },
            ],
            references: vec![("Frame format".to_owned(), "https://example.org/dnp3?a=1&b=2".to_owned())],
        }],
        revisions: vec![Revision {
            number: 1,
            at: at("2027-05-27T08:00:00Z"),
            summary: "First version".to_owned(),
            version: String::new(),
        }],
        status: Status::Final,
        audience: Audience::Public,
        policy: ("house".to_owned(), "1".to_owned()),
        frame: Frame::default(),
        validity: Validity::Current,
    }
}
