//! A desk in the middle of its work, with invented products, people and reports: a board built from events, as the journal gives them.

mod cases;
mod mail;

pub(crate) use cases::leak;
#[cfg(test)]
pub(crate) use mail::message;

use jiff::Timestamp;
use psirt::advisory::AdvisoryEvent;
use psirt::board::{Appended, Board, RoomLock};
use psirt::body::{Body, What};
use psirt::event::{Entry, Event, Fixes};
use psirt::finding::{FindingEvent, Found, Run, Weight};
use psirt::house::{Brand, HouseEvent, Person, Product, ReportEvent, Role};
use std::collections::BTreeMap;

/// When the sample is looked at.
pub(crate) fn now() -> Timestamp {
    instant("2027-02-19T10:20:00+01:00")
}

pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().unwrap_or_default()
}

/// A board and how many entries each stream has.
#[derive(Clone, Default)]
pub(crate) struct Sample {
    pub(crate) board: Board,
    sizes: BTreeMap<String, u32>,
}

impl Sample {
    fn apply(&mut self, stream: &str, at: Timestamp, by: &str, what: What) {
        self.apply_for(None, stream, at, by, what);
    }

    /// The same, of what concerns the report with a number.
    fn apply_for(&mut self, report: Option<&str>, stream: &str, at: Timestamp, by: &str, what: What) {
        let seq = self.sizes.entry(stream.to_owned()).or_default();
        *seq += 1;
        let body = Body {
            at,
            approved_by: None,
            report: report.map(str::to_owned),
            what,
        };
        self.board.apply(
            Appended {
                stream,
                seq: *seq,
                recorded: at,
                actor: by,
            },
            &body,
        );
        self.board.settle();
    }

    pub(crate) fn house(&mut self, event: HouseEvent) {
        self.apply(
            "house",
            instant("2026-09-01T08:00:00+02:00"),
            "lena",
            What::House(event),
        );
    }

    pub(crate) fn case(&mut self, stream: &str, at: &str, by: &str, event: Event) {
        self.apply(stream, instant(at), by, What::Case(event));
    }

    pub(crate) fn finding(&mut self, at: &str, event: FindingEvent) {
        self.apply("findings", instant(at), "candor:scanner", What::Finding(event));
    }

    pub(crate) fn advisory(&mut self, stream: &str, at: &str, by: &str, event: AdvisoryEvent) {
        self.apply(stream, instant(at), by, What::Advisory(event));
    }

    pub(crate) fn line(&mut self, at: &str, event: Event) {
        let at = instant(at);
        let entry = Entry {
            seq: 0,
            at,
            recorded: at,
            by: "lena".to_owned(),
            approved_by: None,
            event,
            case: None,
            report: None,
        };
        self.apply("product", at, "lena", What::House(HouseEvent::Line(Box::new(entry))));
    }

    /// What happened to a report.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests alone add to what the sample has"))]
    pub(crate) fn report_event(&mut self, stream: &str, event: ReportEvent) {
        self.apply(stream, now(), "candor:intake", What::Report(event));
    }

    /// A report and its case.
    pub(crate) fn report(&mut self, report: &Report<'_>) {
        let (case, stream, at) = (report.case, format!("report-{}", report.case), instant(report.at));
        let arrived = ReportEvent::Arrived {
            number: report.number.to_owned(),
            brand: "example".to_owned(),
            channel: report.channel.to_owned(),
            from: report.from.to_owned(),
            raw: None,
            at,
        };
        self.apply(&stream, at, "candor:intake", What::Report(arrived));
        let understood = ReportEvent::Understood {
            title: report.title.to_owned(),
            text: report.text.to_owned(),
        };
        self.apply(&stream, at, "candor:intake", What::Report(understood));
        self.apply(
            &stream,
            at,
            "candor:intake",
            What::Report(ReportEvent::Joined { case: case.to_owned() }),
        );
        if report.channel != "cli" {
            let lock = RoomLock {
                key: format!("key of {}", report.number),
                address: format!("address of {}", report.number),
                locked: None,
            };
            self.apply(
                &stream,
                at,
                "candor:intake",
                What::Report(ReportEvent::RoomOpened(lock)),
            );
        }
        let received = Event::Received {
            by: Some(report.kind.to_owned()),
        };
        self.apply_for(Some(report.number), case, at, "candor:intake", What::Case(received));
        self.case(
            case,
            report.at,
            "candor:intake",
            Event::Titled {
                title: report.title.to_owned(),
                summary: None,
            },
        );
        if !report.suspected.is_empty() {
            self.case(
                case,
                report.at,
                "candor:intake",
                Event::Suspected {
                    products: owned(report.suspected),
                },
            );
        }
    }
}

/// A report as it comes in.
pub(crate) struct Report<'t> {
    pub(crate) case: &'t str,
    pub(crate) number: &'t str,
    pub(crate) at: &'t str,
    pub(crate) kind: &'t str,
    pub(crate) channel: &'t str,
    pub(crate) from: &'t str,
    pub(crate) title: &'t str,
    pub(crate) text: &'t str,
    pub(crate) suspected: &'t [&'t str],
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

/// The house: a brand, its policy, its lines and its people. `policy` is the text of the Nozomi policy, here under an invented brand.
pub(crate) fn house(policy: &str) -> Sample {
    let mut sample = Sample::default();
    sample.house(HouseEvent::Opened {
        name: "Example".to_owned(),
    });
    let people = [
        ("adler", "M. Adler", Role::Analyst),
        ("lena", "L. Berg", Role::Lead),
        ("otto", "O. Keller", Role::Administrator),
    ];
    for (id, name, role) in people {
        sample.house(HouseEvent::PersonSet(Person {
            id: id.to_owned(),
            name: name.to_owned(),
            role,
        }));
    }
    let text = policy
        .replace("id        = \"nozomi-networks\"", "id        = \"example-networks\"")
        .replace("brand     = \"nozomi-networks\"", "brand     = \"example\"")
        .replace("Nozomi Networks", "Example Networks");
    sample.house(HouseEvent::PolicyAdopted {
        id: "example-networks".to_owned(),
        version: "1".to_owned(),
        text,
        readings: Default::default(),
    });
    sample.house(HouseEvent::BrandSet(Brand {
        id: "example".to_owned(),
        name: "Example Networks".to_owned(),
        domain: "security.example.net".to_owned(),
        namespace: "https://security.example.net".to_owned(),
        policy: "example-networks".to_owned(),
        number_prefix: "EXN".to_owned(),
        advisory_pattern: "EXN-SA-{year}-{seq:3}".to_owned(),
        contact: "psirt@example.net".to_owned(),
        contact_details: "The product security team".to_owned(),
        version_scheme: psirt::advisory::Scheme::default(),
        aggregators: psirt::house::Aggregators::default(),
        cna: None,
        rooms: None,
    }));
    let lines = [
        ("Lattice Sensor 25", "on-prem"),
        ("Lattice Sensor 24", "on-prem"),
        ("Lattice Sensor 23", "on-prem"),
        ("Lattice Console 24", "on-prem"),
        ("Quillon Gateway 9", "on-prem"),
        ("Fathom Cloud", "saas"),
    ];
    for (name, deployment) in lines {
        sample.house(HouseEvent::ProductSet(Product {
            name: name.to_owned(),
            brand: "example".to_owned(),
            deployment: deployment.to_owned(),
            market: vec!["ch".to_owned()],
            supported_until: None,
            version_scheme: psirt::version::VersionScheme::default(),
        }));
    }
    sample
}

/// The whole sample.
pub(crate) fn sample(policy: &str) -> Sample {
    let mut sample = house(policy);
    releases(&mut sample);
    nights(&mut sample);
    cases::overflow(&mut sample);
    cases::cloud(&mut sample);
    cases::token(&mut sample);
    cases::waiting(&mut sample);
    cases::inbox(&mut sample);
    cases::small(&mut sample);
    mail::without_case(&mut sample);
    sample
}

/// A scanner over the builds of two nights.
fn nights(sample: &mut Sample) {
    let found = |id: &str, weight: Weight, title: &str, place: &str| {
        let found = Found {
            fingerprint: id.to_owned(),
            rule: String::new(),
            title: title.to_owned(),
            text: String::new(),
            weight,
            place: place.to_owned(),
            names: Vec::new(),
        };
        (id.to_owned(), found)
    };
    let run = |id: &str, build: &str, new: Vec<(String, Found)>, missing: &[&str]| {
        FindingEvent::Run(Box::new(Run {
            id: id.to_owned(),
            machine: "nightly".to_owned(),
            line: "Lattice Sensor 25".to_owned(),
            tool: "CodeScan".to_owned(),
            build: build.to_owned(),
            complete: true,
            clean_runs: 3,
            found: 3,
            new,
            missing: missing.iter().map(|id| (*id).to_owned()).collect(),
            ..Run::default()
        }))
    };
    let first = vec![
        found(
            "f-3k7qx",
            Weight::Critical,
            "Write past the end of a buffer",
            "src/parser.c:214",
        ),
        found(
            "f-8wm2d",
            Weight::Medium,
            "Path from outside is not checked",
            "src/files.c:80",
        ),
        found("f-c5vhn", Weight::Note, "Result is not used", "src/main.c:12"),
    ];
    sample.finding("2027-02-18T02:00:00+01:00", run("run-1", "25.1.3-0218", first, &[]));
    sample.finding(
        "2027-02-19T02:00:00+01:00",
        run("run-2", "25.1.3-0219", Vec::new(), &["f-8wm2d"]),
    );
}

fn releases(sample: &mut Sample) {
    let planned = |product: &str, version: &str, date: (i16, i8, i8)| Event::ReleasePlanned {
        product: product.to_owned(),
        version: version.to_owned(),
        date: jiff::civil::date(date.0, date.1, date.2),
        freeze: None,
    };
    sample.line(
        "2026-11-03T09:00:00+01:00",
        planned("Lattice Sensor 24", "24.3.7", (2027, 2, 26)),
    );
    sample.line(
        "2026-11-03T09:00:00+01:00",
        planned("Lattice Console 24", "24.4.0", (2027, 4, 15)),
    );
    sample.line(
        "2027-02-08T16:00:00+01:00",
        Event::ReleaseShipped {
            product: "Lattice Sensor 25".to_owned(),
            version: "25.1.2".to_owned(),
            fixes: Fixes::List(vec!["EXN-2026-H2M8K".to_owned()]),
        },
    );
}
