//! When and how Nozomi Networks publishes: §N13, §N27 to §N33, §N35.
#![expect(non_snake_case, reason = "a test is named by its clause")]

use super::*;
use crate::case::triage;
use crate::policy::block::publish::{Content, Format, Role};

prove! { nozomi;
    clause_N13 = "N13", clause_N27 = "N27", clause_N28 = "N28", clause_N29 = "N29", clause_N30 = "N30", clause_N31 = "N31",
    clause_N32 = "N32", clause_N33 = "N33", clause_N35 = "N35",
}

const CONFIRMED: &str = "confirmed = { origin = \"own\", products = [\"Sensor\"] }";
const XSS: &str = "impact-set = { term = \"xss\" }";
const FIXED: &str = "fix-released = { product = \"Sensor\", version = \"25.1\" }";
const PUBLISHED: &str = "advisory-published = {}";

/// A case that is fixed on Sunday 22 November 2026 at 10:00, with these further events on the day after its confirmation.
fn fixed(on_record: &[&str]) -> String {
    let on_record: String = on_record
        .iter()
        .map(|event| at("2026-10-02T10:00:00+02:00", event))
        .collect();
    onprem(
        &[
            at("2026-10-01T08:00:00+02:00", "received = { by = \"external\" }"),
            at("2026-10-01T09:00:00+02:00", CONFIRMED),
            on_record,
            at("2026-11-22T10:00:00+01:00", FIXED),
        ]
        .concat(),
    )
}

/// Ready to be published: the ninety days end on Saturday 20 February 2027 at 10:00.
pub(super) fn ready() -> String {
    fixed(&[CRITICAL, XSS])
}

/// On the Monday after the ninety days.
pub(super) fn published() -> String {
    at("2027-02-22T10:00:00+01:00", PUBLISHED)
}

pub(super) fn clause_N13(policy: &Policy) -> Proof {
    let early = at("2026-11-23T10:00:00+01:00", PUBLISHED);
    refuses(policy, "N13", &(ready() + &early))?;
    passes(policy, &(ready() + &published()))?;
    owes(policy, &ready(), "2026-11-23T00:00:00+01:00", "
        advisory-hold case | running | not_before 2027-02-20T10:00:00+01:00 | scheduled 2027-02-22T10:00:00+01:00 | due 2027-02-22T23:59:59+01:00")?;
    // Once the details are public, silence protects nobody (D14).
    let public = ready() + &at("2026-11-23T08:00:00+01:00", "made-public = { evidence = \"a talk\" }");
    passes(policy, &(public.clone() + &early))?;
    owes(
        policy,
        &public,
        "2026-11-23T09:00:00+01:00",
        "publish-now case | running | due 2026-11-24T08:00:00+01:00 | duty aims",
    )?;
    // A service has no customers who upgrade.
    let service = ready().replace("on-prem", "saas");
    owes(policy, &service, "2026-11-22T11:00:00+01:00", "
        advisory-hold-saas case | running | not_before 2026-11-22T10:00:00+01:00 | scheduled 2026-11-23T10:00:00+01:00 | due 2026-11-23T23:59:59+01:00")
}

pub(super) fn clause_N27(policy: &Policy) -> Proof {
    told_by(policy, "N27", &ready(), Vehicle::Portal, |publish| {
        publish.formats == [Format::Html] && !publish.optional
    })
}

pub(super) fn clause_N28(policy: &Policy) -> Proof {
    passes(policy, &(ready() + &published()))?;
    refuses(policy, "N28", &(fixed(&[XSS]) + &published()))?;
    refuses_with(
        policy,
        "N28",
        &(ready() + &published()),
        &Prepared::without_instructions(),
    )?;
    let all = [
        Content::Vulnerabilities,
        Content::Scores,
        Content::Band,
        Content::Instructions,
    ];
    let asked = vehicles(policy, "N28", &ready(), None);
    require(
        asked
            .iter()
            .any(|publish| publish.vehicle == Vehicle::Advisory && publish.fields == all),
        "an advisory has its four parts",
    )
}

pub(super) fn clause_N29(policy: &Policy) -> Proof {
    let assigned = at(
        "2026-12-01T09:00:00+01:00",
        "cve-assigned = { id = \"CVE-2026-12345\" }",
    );
    let theirs = ready().replace("\"own\", products", "\"third-party\", products");
    refuses(policy, "N29", &(theirs.clone() + &assigned))?;
    passes(policy, &(ready() + &assigned))?;
    told_by(policy, "N29", &ready(), Vehicle::Cve, |_| true)?;
    require(
        vehicles(policy, "N29", &theirs, None).is_empty(),
        "their record is not ours to publish",
    )
}

/// Vectors with known scores: the border of Medium and High, and nothing at all.
pub(super) fn clause_N30(policy: &Policy) -> Proof {
    const SCORES: [(&str, &str); 5] = [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "Critical"),
        ("CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:H/I:H/A:H", "High"),
        (
            "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N",
            "Medium",
        ),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:N/A:N", "Medium"),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "Low"),
    ];
    for (vector, label) in SCORES {
        let scored = format!("scored = {{ vector = \"{vector}\", source = \"own\" }}");
        require(
            band(policy, &fixed(&[&scored])) == Some(label),
            &format!("{vector} is {label}"),
        )?;
    }
    let questions = |tenths: u8| {
        triage::suggest_for_score(policy, tenths)
            .iter()
            .map(|scope| scope.clause.as_str())
            .collect::<Vec<_>>()
    };
    require(questions(0) == ["N30"], "0.0 asks whether it is a vulnerability")?;
    require(questions(1).is_empty(), "0.1 asks nothing")
}

/// The list of thirteen, each with its weakness, and no advisory without one of them.
pub(super) fn clause_N31(policy: &Policy) -> Proof {
    const TERMS: [(&str, &[&str]); 13] = [
        ("DoS", &["CWE-400"]),
        ("Code Execution", &["CWE-94"]),
        ("Overflow", &["CWE-119", "CWE-120"]),
        ("Memory Corruption", &["CWE-119"]),
        ("SQL Injection", &["CWE-89"]),
        ("XSS", &["CWE-79"]),
        ("Directory Traversal", &["CWE-22"]),
        ("HTTP Response Splitting", &["CWE-113"]),
        ("Bypass", &["CWE-863", "CWE-287"]),
        ("Gain Information", &["CWE-200"]),
        ("Gain Privileges", &["CWE-269"]),
        ("CSRF", &["CWE-352"]),
        ("File Inclusion", &["CWE-98"]),
    ];
    passes(policy, &(ready() + &published()))?;
    refuses(policy, "N31", &(fixed(&[CRITICAL]) + &published()))?;
    refuses(
        policy,
        "N31",
        &(fixed(&[CRITICAL, "impact-set = { term = \"bad\" }"]) + &published()),
    )?;
    let terms = policy.vocabularies.iter().flat_map(|list| &list.terms);
    let listed: Vec<(&str, Vec<&str>)> = terms
        .map(|term| (term.label.as_str(), term.cwe.iter().map(String::as_str).collect()))
        .collect();
    require(
        listed == TERMS.map(|(label, cwe)| (label, cwe.to_vec())),
        "thirteen terms with their weaknesses",
    )
}

pub(super) fn clause_N32(policy: &Policy) -> Proof {
    let story = ready() + &published();
    refuses_with(
        policy,
        "N32",
        &story,
        &Prepared {
            csaf: None,
            ..Prepared::default()
        },
    )?;
    refuses_with(
        policy,
        "N32",
        &story,
        &Prepared {
            csaf: Some(false),
            ..Prepared::default()
        },
    )?;
    passes(policy, &story)?;
    told_by(policy, "N32", &ready(), Vehicle::Advisory, |publish| {
        publish.formats == [Format::Csaf]
    })
}

pub(super) fn clause_N33(policy: &Policy) -> Proof {
    let story = ready() + &published();
    refuses_with(
        policy,
        "N33",
        &story,
        &Prepared {
            provider_metadata: false,
            ..Prepared::default()
        },
    )?;
    refuses_with(
        policy,
        "N33",
        &story,
        &Prepared {
            signing_key: false,
            ..Prepared::default()
        },
    )?;
    passes(policy, &story)?;
    told_by(policy, "N33", &ready(), Vehicle::Provider, |publish| {
        publish.role == Some(Role::TrustedProvider)
    })
}

pub(super) fn clause_N35(policy: &Policy) -> Proof {
    told_by(policy, "N35", &ready(), Vehicle::PolicyPage, |publish| {
        publish.fields == [Content::Revisions]
    })
}
