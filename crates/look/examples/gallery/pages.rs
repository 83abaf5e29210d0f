//! Sample pages with invented data: every part of `look` in use. It belongs to the gallery and to the tests.

use askama::Template;
use look::{Desk, Group, Icon, Link, Month, Portal, Spark};

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    shell: Desk,
}

#[derive(Template)]
#[template(path = "cases.html")]
struct Cases {
    shell: Desk,
    cases: Vec<Listed>,
}

#[derive(Template)]
#[template(path = "case.html")]
struct Case {
    shell: Desk,
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct Inbox {
    shell: Desk,
}

#[derive(Template)]
#[template(path = "desk-policy.html")]
struct DeskPolicy {
    shell: Desk,
    sparks: Vec<Spark>,
}

#[derive(Template)]
#[template(path = "parts.html")]
struct Parts {
    shell: Desk,
    icons: [Icon; 19],
}

#[derive(Template)]
#[template(path = "advisories.html")]
struct Advisories {
    shell: Portal,
    years: Vec<Year>,
}

#[derive(Template)]
#[template(path = "advisory.html")]
struct Advisory {
    shell: Portal,
}

#[derive(Template)]
#[template(path = "calculator.html")]
struct Calculator {
    shell: Portal,
}

#[derive(Template)]
#[template(path = "portal-policy.html")]
struct PortalPolicy {
    shell: Portal,
    sparks: Vec<Spark>,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Report {
    shell: Portal,
}

#[derive(Template)]
#[template(path = "answers.html")]
struct Answers {
    shell: Portal,
}

/// A line of the list of cases.
struct Listed {
    number: &'static str,
    title: &'static str,
    phase: &'static str,
    steps: u8,
    shape: &'static str,
    band: &'static str,
    share: u8,
    state: &'static str,
    left: &'static str,
    due: &'static str,
    iso: &'static str,
    clause: &'static str,
    lines: &'static str,
    from: &'static str,
    age: &'static str,
}

struct Year {
    name: &'static str,
    advisories: Vec<Entry>,
}

/// A line of the list of advisories.
struct Entry {
    title: &'static str,
    number: &'static str,
    vulnerabilities: &'static str,
    products: &'static str,
    shape: &'static str,
    word: &'static str,
    published: &'static str,
    published_iso: &'static str,
    revised: &'static str,
    revised_iso: &'static str,
}

/// Every sample page: its path below the gallery's folder and its HTML.
pub(crate) fn pages() -> Result<Vec<(&'static str, String)>, askama::Error> {
    Ok(vec![
        (
            "desk/index.html",
            Home {
                shell: desk("index.html"),
            }
            .render()?,
        ),
        (
            "desk/inbox.html",
            Inbox {
                shell: desk("inbox.html"),
            }
            .render()?,
        ),
        (
            "desk/cases.html",
            Cases {
                shell: desk("cases.html"),
                cases: cases(),
            }
            .render()?,
        ),
        (
            "desk/case.html",
            Case {
                shell: desk("cases.html"),
            }
            .render()?,
        ),
        (
            "desk/policy.html",
            DeskPolicy {
                shell: desk("policy.html"),
                sparks: sparks(),
            }
            .render()?,
        ),
        (
            "desk/parts.html",
            Parts {
                shell: desk("parts.html"),
                icons: Icon::ALL,
            }
            .render()?,
        ),
        (
            "portal/index.html",
            Advisories {
                shell: portal("index.html"),
                years: years(),
            }
            .render()?,
        ),
        (
            "portal/advisory.html",
            Advisory {
                shell: portal("index.html"),
            }
            .render()?,
        ),
        (
            "portal/calculator.html",
            Calculator {
                shell: portal("index.html"),
            }
            .render()?,
        ),
        (
            "portal/policy.html",
            PortalPolicy {
                shell: portal("policy.html"),
                sparks: sparks(),
            }
            .render()?,
        ),
        (
            "portal/report.html",
            Report {
                shell: portal("report.html"),
            }
            .render()?,
        ),
        (
            "portal/answers.html",
            Answers {
                shell: portal("index.html"),
            }
            .render()?,
        ),
    ])
}

fn desk(here: &str) -> Desk {
    let link = |href: &str, label: &str, icon| Link::new(href, label).icon(icon).here(href == here);
    Desk {
        assets: "assets/".into(),
        home: "index.html".into(),
        house: "Example".into(),
        groups: vec![
            Group {
                name: "Desk".into(),
                titled: false,
                links: vec![
                    link("index.html", "Promises", Icon::Clock).count(8),
                    link("inbox.html", "Inbox", Icon::Tray).count(4),
                    Link::new("inbox.html", "Mail").icon(Icon::Letter).count(2),
                    link("cases.html", "Cases", Icon::Folder).count(23),
                    Link::new("case.html", "Advisories").icon(Icon::Page).count(2),
                ],
            },
            Group {
                name: "House".into(),
                titled: true,
                links: vec![
                    link("parts.html", "Products", Icon::Parcel),
                    link("policy.html", "Policy", Icon::Scales),
                    Link::new("parts.html", "People").icon(Icon::People),
                    Link::new("parts.html", "Status").icon(Icon::Pulse),
                ],
            },
        ],
        clock: "Fri 19 Feb 2027, 10:20 CET".into(),
        person: "Signed in as Duty lead".into(),
    }
}

fn portal(here: &str) -> Portal {
    let link = |href: &str, label: &str| Link::new(href, label).here(href == here);
    Portal {
        assets: "assets/".into(),
        theme: None,
        logo: (here == "index.html").then(|| look::favicon_name().to_owned()),
        home: "index.html".into(),
        brand: "Example Networks".into(),
        line: "Product security".into(),
        links: vec![
            link("index.html", "Advisories"),
            link("policy.html", "Policy"),
            link("report.html", "Report a vulnerability"),
            Link::new("report.html#list", "Announce list"),
        ],
        foot: vec![
            Link::new("policy.html#N18", "security.txt"),
            Link::new("policy.html#N18", "OpenPGP key"),
            Link::new("advisory.html#formats", "CSAF provider metadata"),
        ],
    }
}

/// Twelve months of the seven promises on the policy page.
fn sparks() -> Vec<Spark> {
    let reports = [6, 4, 7, 9, 5, 3, 8, 6, 7, 5, 9, 4];
    let services = [0, 1, 0, 0, 1, 0, 2, 0, 0, 1, 0, 1];
    vec![
        spark(reports, [0; 12]),
        spark(reports, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]),
        spark(
            [1, 0, 2, 1, 1, 0, 2, 1, 1, 2, 0, 1],
            [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0],
        ),
        spark(
            [2, 1, 3, 2, 3, 1, 2, 3, 1, 2, 2, 2],
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0],
        ),
        spark(services, [0; 12]),
        spark(services, [0; 12]),
        spark([1, 1, 2, 1, 0, 1, 2, 1, 1, 1, 1, 1], [0; 12]),
    ]
}

/// `sum` promises ended in each month, `late` of them late.
fn spark(sum: [u32; 12], late: [u32; 12]) -> Spark {
    Spark(
        sum.iter()
            .zip(late)
            .map(|(sum, late)| Month { kept: sum - late, late })
            .collect(),
    )
}

fn cases() -> Vec<Listed> {
    vec![
        Listed {
            number: "EXN-2027-R4T9C",
            title: "Export link of Fathom Cloud works after sign-out",
            phase: "Confirmed",
            steps: 3,
            shape: "high",
            band: "High",
            share: 100,
            state: "broken",
            left: "late by 25 min",
            due: "Fri 19 Feb, 09:55 CET",
            iso: "2027-02-19T09:55+01:00",
            clause: "N5",
            lines: "1 open",
            from: "External",
            age: "1 d",
        },
        Listed {
            number: "EXN-2027-8WJ5D",
            title: "Sign-in page of Lattice Console loads a script in clear",
            phase: "Verifying",
            steps: 2,
            shape: "medium",
            band: "Medium",
            share: 68,
            state: "soon",
            left: "22 h 52 min",
            due: "Sat 20 Feb, 09:12 CET",
            iso: "2027-02-20T09:12+01:00",
            clause: "N19",
            lines: "not known",
            from: "External",
            age: "2 d",
        },
        Listed {
            number: "EXN-2026-3FQ7P",
            title: "Quillon Gateway: session token in a debug log",
            phase: "Fix released",
            steps: 5,
            shape: "high",
            band: "High",
            share: 97,
            state: "hold",
            left: "2 d 22 h",
            due: "Mon 22 Feb, 09:00 CET",
            iso: "2027-02-22T09:00+01:00",
            clause: "N13",
            lines: "2 of 2 fixed",
            from: "Customer",
            age: "112 d",
        },
        Listed {
            number: "EXN-2027-V6B3N",
            title: "Upstream patch of libpcapng in Lattice Sensor",
            phase: "Remediating",
            steps: 4,
            shape: "medium",
            band: "Medium",
            share: 81,
            state: "calm",
            left: "5 d 13 h",
            due: "Wed 24 Feb, 23:59 CET",
            iso: "2027-02-24T23:59+01:00",
            clause: "N11",
            lines: "3 open",
            from: "Machine",
            age: "25 d",
        },
        Listed {
            number: "EXN-2026-H2M8K",
            title: "Heap overflow in the DNP3 reader of Lattice Sensor",
            phase: "Remediating",
            steps: 4,
            shape: "critical",
            band: "Critical",
            share: 84,
            state: "soon",
            left: "9 d 13 h",
            due: "Sun 28 Feb, 23:59 CET",
            iso: "2027-02-28T23:59+01:00",
            clause: "N3",
            lines: "1 of 3 fixed",
            from: "External",
            age: "52 d",
        },
        Listed {
            number: "EXN-2027-B7D2W",
            title: "No patch upstream for the Quillon time service",
            phase: "Deferred",
            steps: 3,
            shape: "low",
            band: "Low",
            share: 60,
            state: "calm",
            left: "12 d 13 h",
            due: "Wed 3 Mar, 23:59 CET",
            iso: "2027-03-03T23:59+01:00",
            clause: "N12",
            lines: "1 open",
            from: "Machine",
            age: "18 d",
        },
        Listed {
            number: "EXN-2027-P9K4X",
            title: "Fathom Cloud: tenant name visible to other tenants",
            phase: "Remediating",
            steps: 4,
            shape: "medium",
            band: "Medium",
            share: 43,
            state: "calm",
            left: "17 d 13 h",
            due: "Mon 8 Mar, 23:59 CET",
            iso: "2027-03-08T23:59+01:00",
            clause: "N6",
            lines: "1 open",
            from: "Customer",
            age: "13 d",
        },
        Listed {
            number: "EXN-2027-G5X8J",
            title: "Lattice Console keeps a removed user’s open session",
            phase: "Remediating",
            steps: 4,
            shape: "medium",
            band: "Medium",
            share: 30,
            state: "calm",
            left: "24 d 13 h",
            due: "Mon 15 Mar, 23:59 CET",
            iso: "2027-03-15T23:59+01:00",
            clause: "N4",
            lines: "2 open",
            from: "Internal",
            age: "9 d",
        },
        Listed {
            number: "EXN-2026-D5S2Y",
            title: "Stored script in report names of Lattice Console",
            phase: "Remediating",
            steps: 4,
            shape: "low",
            band: "Low",
            share: 69,
            state: "calm",
            left: "55 d 12 h",
            due: "Thu 15 Apr, 23:59 CEST",
            iso: "2027-04-15T23:59+02:00",
            clause: "N4",
            lines: "2 open",
            from: "External",
            age: "127 d",
        },
        Listed {
            number: "EXN-2026-W3C7T",
            title: "Quillon Gateway answers time requests for other networks",
            phase: "Fix released",
            steps: 5,
            shape: "informational",
            band: "Informational",
            share: 12,
            state: "hold",
            left: "61 d 4 h",
            due: "Wed 21 Apr, 15:00 CEST",
            iso: "2027-04-21T15:00+02:00",
            clause: "N13",
            lines: "2 of 2 fixed",
            from: "External",
            age: "141 d",
        },
        Listed {
            number: "EXN-2027-LM3H6",
            title: "Crash of Quillon Gateway on long names",
            phase: "Needs info",
            steps: 2,
            shape: "none",
            band: "Not rated",
            share: 0,
            state: "dormant",
            left: "",
            due: "",
            iso: "",
            clause: "",
            lines: "not known",
            from: "External",
            age: "1 d",
        },
        Listed {
            number: "EXN-2027-T6W9F",
            title: "Nightly finding: outdated compression library in Lattice Sensor",
            phase: "Received",
            steps: 1,
            shape: "none",
            band: "Not rated",
            share: 0,
            state: "dormant",
            left: "",
            due: "",
            iso: "",
            clause: "",
            lines: "not known",
            from: "Machine",
            age: "6 h",
        },
    ]
}

fn years() -> Vec<Year> {
    vec![
        Year {
            name: "2027",
            advisories: vec![
                Entry {
                    title: "Lattice Sensor: heap overflow in the DNP3 reader",
                    number: "EXN-SA-2026-014",
                    vulnerabilities: "CVE-1900-0001",
                    products: "Lattice Sensor 22 to 25",
                    shape: "critical",
                    word: "Critical",
                    published: "27 May 2027",
                    published_iso: "2027-05-27",
                    revised: "3 Jun 2027",
                    revised_iso: "2027-06-03",
                },
                Entry {
                    title: "Quillon Gateway: session token in a debug log",
                    number: "EXN-SA-2026-013",
                    vulnerabilities: "CVE-1900-0007",
                    products: "Quillon Gateway 8 and 9",
                    shape: "high",
                    word: "High",
                    published: "22 Feb 2027",
                    published_iso: "2027-02-22",
                    revised: "",
                    revised_iso: "",
                },
                Entry {
                    title: "Fathom Cloud: names of tenants visible to other tenants",
                    number: "EXN-SA-2027-002",
                    vulnerabilities: "CVE-1900-0012",
                    products: "Fathom Cloud",
                    shape: "medium",
                    word: "Medium",
                    published: "8 Feb 2027",
                    published_iso: "2027-02-08",
                    revised: "",
                    revised_iso: "",
                },
                Entry {
                    title: "Lattice Console: stored script in the name of a report",
                    number: "EXN-SA-2027-001",
                    vulnerabilities: "CVE-1900-0009 and one more",
                    products: "Lattice Console 23 and 24",
                    shape: "medium",
                    word: "Medium",
                    published: "19 Jan 2027",
                    published_iso: "2027-01-19",
                    revised: "20 Jan 2027",
                    revised_iso: "2027-01-20",
                },
            ],
        },
        Year {
            name: "2026",
            advisories: vec![
                Entry {
                    title: "Lattice Sensor and Lattice Console: update of the TLS library",
                    number: "EXN-SA-2026-012",
                    vulnerabilities: "CVE-1900-0004, CVE-1900-0005",
                    products: "Lattice Sensor 24 and 25, Lattice Console 24",
                    shape: "high",
                    word: "High",
                    published: "2 Dec 2026",
                    published_iso: "2026-12-02",
                    revised: "",
                    revised_iso: "",
                },
                Entry {
                    title: "Quillon Gateway: time service answers foreign networks",
                    number: "EXN-SA-2026-011",
                    vulnerabilities: "",
                    products: "Quillon Gateway 9",
                    shape: "low",
                    word: "Low",
                    published: "14 Oct 2026",
                    published_iso: "2026-10-14",
                    revised: "",
                    revised_iso: "",
                },
                Entry {
                    title: "Lattice Sensor: file names of captures are shown unescaped",
                    number: "EXN-SA-2026-010",
                    vulnerabilities: "CVE-1900-0003",
                    products: "Lattice Sensor 25",
                    shape: "informational",
                    word: "Informational",
                    published: "30 Sep 2026",
                    published_iso: "2026-09-30",
                    revised: "",
                    revised_iso: "",
                },
                Entry {
                    title: "Lattice Console: sign-in does not slow down after wrong codes",
                    number: "EXN-SA-2026-009",
                    vulnerabilities: "CVE-1900-0002",
                    products: "Lattice Console 23 and 24",
                    shape: "high",
                    word: "High",
                    published: "3 Sep 2026",
                    published_iso: "2026-09-03",
                    revised: "",
                    revised_iso: "",
                },
                Entry {
                    title: "Withdrawn: no vulnerability in the export of Lattice Console",
                    number: "EXN-SA-2026-008",
                    vulnerabilities: "",
                    products: "Lattice Console 24",
                    shape: "none",
                    word: "Not affected",
                    published: "11 Aug 2026",
                    published_iso: "2026-08-11",
                    revised: "14 Aug 2026",
                    revised_iso: "2026-08-14",
                },
            ],
        },
    ]
}
