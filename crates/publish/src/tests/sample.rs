//! A house with one brand, a policy, a key, and advisories that two people released.

use crate::{FixedRelease, PolicyFile, Publisher, Release, Site, fix_release, verify};
use jiff::Timestamp;
use jiff::civil::date;
use openpgp::{Certificate, SigningKey};
use psirt::advisory::{
    Advisory, AdvisoryEvent, AdvisoryState, Audience, Band, Credit, LineState, LineStatement, Milestone, Released,
    Remedy, RemedyKind, Revision, Score, Status, Tombstone, Vulnerability,
};
use psirt::event::Exploit;
use psirt::house::Brand;
use psirt::policy::Policy;
use zeroize::Zeroizing;

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn now() -> Timestamp {
    at("2024-06-01T00:00:00Z")
}

pub(super) fn brand() -> Brand {
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

pub(super) fn key() -> SigningKey {
    let created = at("2024-01-01T00:00:00Z").as_second();
    SigningKey::generate("Example PSIRT <psirt@example.com>", created, &Zeroizing::new([7; 32])).unwrap()
}

pub(super) fn intake() -> SigningKey {
    intake_of(&brand())
}

fn intake_of(brand: &Brand) -> SigningKey {
    let created = at("2024-01-01T00:00:00Z").as_second();
    let seeds = Zeroizing::new([9; openpgp::INTAKE_SEED_BYTES]);
    let user_id = format!("Example PSIRT <{}>", brand.contact);
    SigningKey::generate_intake(&user_id, created, None, &seeds).unwrap()
}

fn security_txt(brand: &Brand) -> String {
    let intake = intake_of(brand).fingerprint();
    let pointers = documents::security_txt::Pointers {
        intake: Some(&intake),
        policy: true,
        form: documents::security_txt::Form::Last,
    };
    crate::security_txt(brand, pointers, &key(), at("2024-01-01T00:00:00Z"), now()).unwrap()
}

pub(super) fn line(product: &str, state: LineState, affected: &str, fixed: Option<&str>) -> LineStatement {
    LineStatement {
        product: product.to_owned(),
        deployment: "on-prem".to_owned(),
        state,
        affected: affected.to_owned(),
        fixed: fixed.map(str::to_owned),
        fixed_on: fixed.map(|_| date(2024, 2, 8)),
        justification: None,
        version_scheme: psirt::version::VersionScheme::default(),
        vendor: None,
    }
}

fn remedy(kind: RemedyKind, text: &str, products: &[&str]) -> Remedy {
    Remedy {
        kind,
        text: text.to_owned(),
        products: products.iter().map(|&name| name.to_owned()).collect(),
        date: None,
    }
}

/// Four lines in three states, every field filled.
pub(super) fn advisory() -> Advisory {
    let not_affected = LineStatement {
        deployment: "saas".to_owned(),
        justification: Some("vulnerable_code_not_present".to_owned()),
        ..line("Fathom Cloud", LineState::NotAffected, "", None)
    };
    let milestone = |when: &str, text: &str, clause: Option<&str>| Milestone {
        at: at(when),
        text: text.to_owned(),
        clause: clause.map(str::to_owned),
    };
    let score = |vector: &str| Score {
        vector: vector.to_owned(),
        issuer: None,
    };
    Advisory {
        number: "EXN-SA-2024:014".to_owned(),
        brand: "example".to_owned(),
        cases: vec!["EXN-2023-SEALED".to_owned()],
        title: "Lattice Sensor: heap overflow in the DNP3 reader".to_owned(),
        summary: "A device on a watched network can send a frame that runs code on the sensor. Nobody has to sign in or click. Update to 25.1.2 or 24.3.7.".to_owned(),
        details: "Lattice Sensor reads DNP3 traffic to name the devices of a plant. A frame whose length field is larger than its data makes the reader write past its buffer.\n\nWe found no use of this in our customers’ systems. Fathom Cloud reads no frames and is not affected.".to_owned(),
        vulnerabilities: vec![Vulnerability {
            cve: Some("CVE-1900-0001".to_owned()),
            cve_by_others: false,
            title: "Heap overflow in the DNP3 reader".to_owned(),
            description: String::new(),
            cwe: Some(("CWE-122".to_owned(), "Heap-based Buffer Overflow".to_owned())),
            impact: Some("Execute code".to_owned()),
            scores: vec![
                score("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:P/RL:O/RC:C"),
                score("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"),
            ],
            band: Some(Band { id: "critical".to_owned(), label: "Critical".to_owned(), clause: "§N30".to_owned() }),
            lines: vec![
                line("Lattice Sensor 25", LineState::Fixed, "25.0.0 to 25.1.1", Some("25.1.2")),
                line("Lattice Sensor 24", LineState::Fixed, "before 24.3.7", Some("24.3.7")),
                line("Lattice Sensor 22", LineState::Affected, "all versions", None),
                not_affected,
            ],
            remedies: vec![
                remedy(RemedyKind::VendorFix, "Install the fixed version of your line. Sensors restart once.", &["Lattice Sensor 25", "Lattice Sensor 24"]),
                remedy(RemedyKind::Workaround, "Turn off the DNP3 reader under Sensor, Readers.", &[]),
                remedy(RemedyKind::NoFixPlanned, "Move to 24.3.7 or later. No fix will come for 22.", &["Lattice Sensor 22"]),
            ],
            credits: vec![Credit { name: "Reporter A of the Invented Institute".to_owned(), validated: false }],
            exploit: Some(Exploit::None),
            found: None,
            reported: Some(at("2023-12-29T10:00:00Z")),
            milestones: vec![
                milestone("2023-12-29T10:00:00Z", "Report received, number given", Some("§N18")),
                milestone("2023-12-31T10:00:00Z", "Confirmed", None),
                milestone("2024-02-08T10:00:00Z", "Fix for all supported lines released, within two months", Some("§N3")),
                milestone("2024-05-08T08:00:00Z", "Advisory published after the 90 days", Some("§N13")),
            ],
            references: vec![("The frame format".to_owned(), "https://example.org/dnp3?a=1&b=2".to_owned())],
        }],
        revisions: vec![Revision { number: 1, at: at("2024-05-08T08:00:00Z"), summary: "First version".to_owned(), version: String::new() }],
        status: Status::Final,
        audience: Audience::Public,
        policy: ("nozomi-networks".to_owned(), "1".to_owned()),
        frame: psirt::advisory::Frame::default(),
        validity: psirt::advisory::Validity::Current,
    }
}

/// One line without a fix: what goes out after 72 working hours.
pub(super) fn interim() -> Advisory {
    let mut advisory = advisory();
    advisory.number = "EXN-SA-2024:015".to_owned();
    advisory.status = Status::Interim;
    let vulnerability = &mut advisory.vulnerabilities[0];
    vulnerability.cve = None;
    vulnerability.lines = vec![
        line("Quillon Gateway", LineState::Affected, "", None),
        line("Quillon Hub", LineState::UnderInvestigation, "", None),
    ];
    vulnerability.remedies.clear();
    advisory
}

/// Its second version.
pub(super) fn revised() -> Advisory {
    let mut advisory = interim();
    advisory.status = Status::Final;
    advisory.vulnerabilities[0].lines = vec![
        line("Quillon Gateway", LineState::Fixed, "", Some("3.2")),
        line("Quillon Hub", LineState::NotAffected, "", None),
    ];
    advisory.revisions.push(Revision {
        number: 2,
        at: at("2024-05-20T08:00:00Z"),
        summary: "The fix is out".to_owned(),
        version: String::new(),
    });
    advisory
}

/// Two people let it out.
pub(super) fn release(advisory: Advisory) -> Released {
    let mut state = AdvisoryState::default();
    let at = advisory.revisions[0].at;
    state.apply(&AdvisoryEvent::Drafted(Box::new(advisory.clone())), at, "analyst", None);
    state.apply(&AdvisoryEvent::Approved, at, "lead", None);
    let ordered = AdvisoryEvent::ReleaseOrdered {
        advisory: Box::new(advisory),
        scheduled: None,
    };
    state.apply(&ordered, at, "lead", None);
    psirt::advisory::release(&state).unwrap()
}

/// The reason for affected versions that stand in words, where CSAF would rather have a range (test 6.2.18).
pub(super) const ONLY_WORDS: &[(&str, &str)] = &[("6.2.18", "no range says what these words say")];

pub(super) fn fix(released: &Released) -> FixedRelease {
    fix_of(released, &brand())
}

fn fix_of(released: &Released, brand: &Brand) -> FixedRelease {
    let last = released.advisory().revisions.last().unwrap().at;
    fix_release(released, brand, &key(), last, "1.2.3", ONLY_WORDS)
        .unwrap_or_else(|error| panic!("{error}"))
        .release
}

/// A brand with its key, its policy and what it released.
pub(super) struct House {
    brand: Brand,
    keys: Vec<Certificate>,
    pub(super) intake: Vec<Certificate>,
    policy: Policy,
    pub(super) released: Vec<(Released, FixedRelease)>,
    pub(super) tombstones: Vec<Tombstone>,
    security_txt: String,
}

const POLICY: &str = include_str!("../../../../policies/nozomi-networks.policy.md");

impl House {
    pub(super) fn with(advisories: impl IntoIterator<Item = Advisory>) -> House {
        House::of(brand(), advisories)
    }

    pub(super) fn of(brand: Brand, advisories: impl IntoIterator<Item = Advisory>) -> House {
        let (policy, findings) = psirt::policy::read("nozomi-networks.policy.md", POLICY);
        let released = advisories.into_iter().map(release).map(|released| {
            let fixed = fix_of(&released, &brand);
            (released, fixed)
        });
        let released = released.collect();
        House {
            security_txt: security_txt(&brand),
            intake: vec![intake_of(&brand).certificate().clone()],
            brand,
            keys: vec![key().certificate().clone()],
            policy: policy.unwrap_or_else(|| panic!("{findings:?}")),
            released,
            tombstones: Vec::new(),
        }
    }

    /// Calls `then` with the site of this house.
    pub(super) fn site<T>(&self, then: impl FnOnce(&[Site<'_>]) -> T) -> T {
        let releases: Vec<Release<'_>> = self
            .released
            .iter()
            .map(|(released, fixed)| Release::here(released, fixed))
            .collect();
        let site = Site {
            still: false,
            brand: &self.brand,
            policy: Some(PolicyFile {
                policy: &self.policy,
                text: POLICY,
            }),
            keys: &self.keys,
            intake: &self.intake,
            releases: &releases,
            tombstones: &self.tombstones,
            portal: crate::PortalParts {
                dynamic: true,
                ..Default::default()
            },
            changed: at("2024-01-01T00:00:00Z"),
            security_txt: Some(&self.security_txt),
        };
        then(&[site])
    }

    /// Calls `then` with the part of this house that is for these audiences.
    pub(super) fn protected<T>(&self, audiences: &[Audience], then: impl FnOnce(&[crate::Protected<'_>]) -> T) -> T {
        let releases: Vec<Release<'_>> = self
            .released
            .iter()
            .map(|(released, fixed)| Release::here(released, fixed))
            .collect();
        then(&[crate::Protected {
            still: false,
            brand: &self.brand,
            policy: Some(&self.policy),
            keys: &self.keys,
            audiences,
            releases: &releases,
            changed: at("2024-01-01T00:00:00Z"),
        }])
    }

    pub(super) fn publish(&self, publisher: &Publisher) -> crate::Generation {
        self.site(|sites| publisher.update(sites, now())).unwrap()
    }
}

/// Nothing is wrong with what is public.
pub(super) fn check_whole(publisher: &Publisher) {
    let findings = verify(&publisher.public(), now()).unwrap();
    assert!(findings.is_empty(), "{findings:#?}");
}
