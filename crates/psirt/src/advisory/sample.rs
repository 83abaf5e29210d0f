//! An advisory with every field filled, for the tests beside it.

use super::{
    Advisory, Band, Credit, Frame, LineState, LineStatement, Milestone, Remedy, RemedyKind, Revision, Score,
    Vulnerability,
};
use crate::event::Exploit;
use jiff::Timestamp;

pub(super) fn sample() -> Advisory {
    let at: Timestamp = "2026-12-01T08:00:00Z".parse().unwrap();
    let text = |text: &str| text.to_owned();
    let line = |product: &str, state| LineStatement {
        product: text(product),
        deployment: text("on-prem"),
        state,
        affected: text("25.0.0 to 25.1.1"),
        fixed: (state == LineState::Fixed).then(|| text("25.1.2")),
        fixed_on: None,
        justification: None,
        version_scheme: crate::version::VersionScheme::default(),
        vendor: Some(text("Maker")),
    };
    Advisory {
        number: text("NN-2026:1-01"),
        brand: text("brand"),
        cases: vec![text("NN-2026-AAAAA")],
        title: text("Heap overflow"),
        summary: text("A crafted packet makes the parser write past its buffer."),
        details: text("It goes like this."),
        vulnerabilities: vec![Vulnerability {
            title: text("Heap overflow"),
            description: text("The parser trusts a length."),
            cwe: Some((text("CWE-122"), text("Heap-based Buffer Overflow"))),
            impact: Some(text("Overflow")),
            scores: vec![Score {
                vector: text("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"),
                issuer: Some(text("NVD")),
            }],
            band: Some(Band {
                id: text("high"),
                label: text("High"),
                clause: text("§N30"),
            }),
            lines: vec![line("Guardian", LineState::Fixed), line("Vantage", LineState::Affected)],
            remedies: vec![Remedy {
                kind: RemedyKind::VendorFix,
                text: text("Update Guardian to 25.1.2 or later."),
                products: vec![text("Guardian")],
                date: Some(at),
            }],
            credits: vec![Credit {
                name: text("Ada"),
                validated: true,
            }],
            found: Some(super::Discovery::External),
            exploit: Some(Exploit::None),
            reported: Some(at),
            milestones: vec![Milestone {
                at,
                text: text("The report came in."),
                clause: Some(text("§N18")),
            }],
            references: vec![(text("Talk"), text("https://example.org/talk"))],
            ..Vulnerability::default()
        }],
        revisions: vec![Revision {
            number: 1,
            at,
            summary: text("First release."),
            version: String::new(),
        }],
        policy: (text("nozomi-networks"), text("1")),
        frame: Frame {
            language: text("en-GB"),
            issuing_authority: text("The brand's PSIRT."),
            severity_namespace: text("https://brand.example/severity"),
            distribution: text("Pass it on as it is."),
            recommendations: text("Keep the console off the internet."),
            notes: vec![(text("Support"), text("Ask your partner."))],
            disclaimer: text("Without warranty."),
            references: vec![(text("Our policy"), text("https://brand.example/policy"))],
        },
        ..Advisory::default()
    }
}
