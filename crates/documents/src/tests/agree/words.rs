//! The words of an advisory in every format: what it is about, what to do, where more stands, how bad it is and what happened when.

use super::{Told, list, string, strings};
use crate::affected::{self, Standing};
use crate::catalog;
use crate::page::{AdvisoryPage, Setting};
use psirt::advisory::{Advisory, LineState, Remedy, RemedyKind, Vulnerability};
use psirt::version::VersionScheme;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// The documents of one vulnerability.
pub(super) struct Records<'a> {
    pub(super) csaf: &'a Value,
    pub(super) osv: Option<&'a Value>,
    pub(super) openvex: &'a Value,
    pub(super) cve: Option<&'a Value>,
    /// Its name in OpenVEX.
    pub(super) name: &'a str,
}

/// As a text for mail has it, whatever its lines.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn check_in_mail(mail: &str, words: &str) {
    assert!(flat(mail).contains(&flat(words)), "{words}\nin\n{mail}");
}

/// What the advisory as a whole says while it holds.
pub(super) fn check_whole(advisory: &Advisory, told: &Told) {
    let notes = list(&told.document, "/document/notes").iter();
    let of = |category: &str| -> Vec<String> {
        let notes = notes.clone().filter(|note| note["category"] == category);
        notes.map(|note| string(note, "/text")).collect()
    };
    assert_eq!(of("summary"), [advisory.summary.as_str()]);
    assert_eq!(told.page.summary, advisory.summary);
    check_in_mail(&told.mail, &advisory.summary);
    assert_eq!(of("details"), [advisory.details.as_str()]);
    assert_eq!(told.page.details.join("\n\n"), advisory.details);
    check_in_mail(&told.mail, &advisory.details);
    check_bands(advisory, told, &of("general"));
    let happened: BTreeSet<&str> = told.page.timeline.iter().map(|moment| moment.text.as_str()).collect();
    let milestones = advisory.vulnerabilities.iter().flat_map(|one| &one.milestones);
    let milestones: BTreeSet<&str> = milestones.map(|milestone| milestone.text.as_str()).collect();
    assert_eq!(happened, milestones);
    for text in milestones {
        check_in_mail(&told.mail, text);
    }
}

/// The policy's band of the vulnerability that is worst, and that of each.
fn check_bands(advisory: &Advisory, told: &Told, general: &[String]) {
    let rated = |one: &&Vulnerability| one.band.is_some() && !one.excludes_all();
    let rated: Vec<&Vulnerability> = advisory.vulnerabilities.iter().filter(rated).collect();
    let aggregate = told.document.pointer("/document/aggregate_severity/text");
    let aggregate = aggregate.and_then(Value::as_str);
    assert_eq!(aggregate.is_some(), !rated.is_empty());
    let entries = catalog::entries([advisory], &Setting::of(None));
    if let Some(label) = aggregate {
        let shown = told.page.severity.as_ref().map(|sign| sign.word.as_str());
        assert_eq!(shown, Some(label));
        assert_eq!(entries[0].severity.word, label);
        check_in_mail(&told.mail, &format!("Severity: {label}"));
    }
    for band in rated.iter().filter_map(|one| one.band.as_ref()) {
        let clause = band.clause.trim_start_matches('§');
        let says = format!("{} by §{clause}.", band.label);
        assert!(general.iter().any(|text| text.contains(&says)), "{says}: {general:?}");
    }
}

/// What each format says of one vulnerability while the advisory holds.
pub(super) fn check_one(advisory: &Advisory, place: usize, told: &Told, records: &Records<'_>) {
    let vulnerability = &advisory.vulnerabilities[place];
    let said = &records.csaf["vulnerabilities"][place];
    check_descriptions(advisory, vulnerability, records);
    check_remedies(vulnerability, place, told, records);
    check_references(vulnerability, told, said, records);
    check_threats(vulnerability, &told.page, place, said, records);
    if let Some(cve) = records.cve {
        let happened = strings(cve, "/cnaContainer/timeline", "/value");
        let milestones = vulnerability.milestones.iter().map(|milestone| milestone.text.clone());
        assert_eq!(happened, milestones.collect());
    }
}

fn check_descriptions(advisory: &Advisory, vulnerability: &Vulnerability, records: &Records<'_>) {
    let Some(osv) = records.osv else {
        assert!(records.cve.is_none());
        return;
    };
    let details = string(osv, "/details");
    assert!(details.contains(&advisory.summary) && details.ends_with(&advisory.details));
    if let Some(cve) = records.cve {
        let description = string(cve, "/cnaContainer/descriptions/0/value");
        assert!(details.starts_with(&description), "{details}");
        let told_apart = advisory.vulnerabilities.len() > 1;
        assert!(
            !told_apart
                || vulnerability.title.is_empty()
                || !vulnerability.description.is_empty()
                || description.starts_with(&vulnerability.title)
        );
    }
}

const fn category(kind: RemedyKind) -> &'static str {
    match kind {
        RemedyKind::VendorFix => "vendor_fix",
        RemedyKind::Workaround => "workaround",
        RemedyKind::Mitigation => "mitigation",
        RemedyKind::NoneAvailable => "none_available",
        RemedyKind::NoFixPlanned => "no_fix_planned",
    }
}

/// What to do, for which products. Every remedy of the advisory that is for somebody is there, and nobody who is affected is without one.
fn check_remedies(vulnerability: &Vulnerability, place: usize, told: &Told, records: &Records<'_>) {
    let tree = super::tree(records.csaf);
    let said = list(&records.csaf["vulnerabilities"][place], "/remediations");
    let products = |one: &Value| -> BTreeSet<String> {
        let ids = list(one, "/product_ids").iter();
        ids.map(|id| tree[id.as_str().unwrap()].0.clone()).collect()
    };
    let concerned = vulnerability
        .lines
        .iter()
        .filter(|line| line.state != LineState::NotAffected);
    let concerned: BTreeSet<String> = concerned.map(|line| line.product.clone()).collect();
    let meant = |remedy: &Remedy| -> BTreeSet<String> {
        let named = |product: &&String| remedy.products.is_empty() || remedy.products.contains(product);
        concerned.iter().filter(named).cloned().collect()
    };
    for remedy in vulnerability.remedies.iter().filter(|remedy| !meant(remedy).is_empty()) {
        let is_it = |one: &&Value| one["details"] == remedy.text.as_str() && one["category"] == category(remedy.kind);
        let found = said
            .iter()
            .find(is_it)
            .unwrap_or_else(|| panic!("{remedy:?} in {said:?}"));
        assert_eq!(products(found), meant(remedy));
    }
    let reached: BTreeSet<String> = said.iter().flat_map(products).collect();
    assert_eq!(reached, concerned);

    let details: Vec<String> = said.iter().map(|one| string(one, "/details")).collect();
    let steps: Vec<String> = told.page.vulnerabilities[place]
        .steps
        .iter()
        .map(|step| step.text.clone())
        .collect();
    assert_eq!(steps, details);
    for text in &details {
        check_in_mail(&told.mail, text);
    }
    if let Some(cve) = records.cve {
        let texts: BTreeSet<String> = ["/cnaContainer/solutions", "/cnaContainer/workarounds"]
            .into_iter()
            .flat_map(|place| strings(cve, place, "/value"))
            .collect();
        assert!(
            details
                .iter()
                .all(|text| texts.iter().any(|other| other.ends_with(text.as_str())))
        );
        assert!(
            texts
                .iter()
                .all(|text| details.iter().any(|other| text.ends_with(other.as_str())))
        );
    }
    let mut by_product: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in said {
        for product in products(one) {
            by_product.entry(product).or_default().insert(string(one, "/details"));
        }
    }
    for (product, statement) in super::statements_of(records.openvex, records.csaf, records.name) {
        if statement["status"] != "affected" {
            continue;
        }
        let action = string(statement, "/action_statement");
        let actions: BTreeSet<String> = action.lines().map(str::to_owned).collect();
        assert_eq!(actions, by_product[&product], "{product}");
    }
}

fn check_references(vulnerability: &Vulnerability, told: &Told, said: &Value, records: &Records<'_>) {
    let urls: BTreeSet<String> = vulnerability.references.iter().map(|(_, url)| url.clone()).collect();
    assert_eq!(strings(said, "/references", "/url"), urls);
    if let Some(osv) = records.osv {
        let others = list(osv, "/references").iter().filter(|one| one["type"] == "WEB");
        assert_eq!(others.map(|one| string(one, "/url")).collect::<BTreeSet<_>>(), urls);
    }
    for (title, url) in &vulnerability.references {
        assert!(told.page.references.contains(&(title.clone(), url.clone())));
        check_in_mail(&told.mail, &format!("{title}: <{url}>"));
    }
    if let Some(cve) = records.cve {
        let others = list(cve, "/cnaContainer/references").iter();
        let others = others.filter(|one| one.pointer("/tags/0").is_none());
        assert_eq!(others.map(|one| string(one, "/url")).collect::<BTreeSet<_>>(), urls);
    }
}

/// What it can do, and whether it is done.
fn check_threats(
    vulnerability: &Vulnerability,
    page: &AdvisoryPage,
    place: usize,
    said: &Value,
    records: &Records<'_>,
) {
    let of = |category: &str| -> Option<String> {
        let threat = list(said, "/threats").iter().find(|one| one["category"] == category)?;
        Some(string(threat, "/details"))
    };
    let concerns = !vulnerability.excludes_all();
    assert_eq!(of("impact"), vulnerability.impact.clone().filter(|_| concerns));
    let part = &page.vulnerabilities[place];
    assert_eq!(part.impact, vulnerability.impact.clone().unwrap_or_default());
    assert_eq!(
        of("exploit_status").is_some(),
        vulnerability.exploit.is_some() && concerns
    );
    let Some(cve) = records.cve else { return };
    let first = |pointer: &str| cve.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    assert_eq!(
        first("/cnaContainer/impacts/0/descriptions/0/value"),
        vulnerability.impact
    );
    assert_eq!(first("/cnaContainer/exploits/0/value"), of("exploit_status"));
}

/// How a range in CSAF's or OpenVEX's words holds a version; none where words alone say it.
fn holds(versions: &str, point: &str) -> Option<bool> {
    if versions == "*" {
        return Some(true);
    }
    let bound = |one: &str| -> Option<bool> {
        let end = one.find(|c: char| !"<>=".contains(c))?;
        let (sign, version) = one.split_at(end);
        let order = VersionScheme::default().order(point, version)?;
        Some(match sign {
            "<" => order == Ordering::Less,
            "<=" => order != Ordering::Greater,
            ">" => order == Ordering::Greater,
            ">=" => order != Ordering::Less,
            _ => order == Ordering::Equal,
        })
    };
    let bounds: Option<Vec<bool>> = versions.split('|').map(bound).collect();
    bounds.map(|bounds| bounds.into_iter().all(|holds| holds))
}

/// At every point the portal, CSAF and OpenVEX answer alike. The version with the fix is named by itself.
pub(super) fn check_points(advisory: &Advisory, place: usize, stands: &super::Stands, points: &[&str]) {
    let mut alone = advisory.clone();
    alone.vulnerabilities = vec![advisory.vulnerabilities[place].clone()];
    let entries = catalog::entries([&alone], &Setting::of(None));
    for line in &alone.vulnerabilities[0].lines {
        if line.fixed.is_none() && line.state == LineState::Fixed {
            continue;
        }
        let stand = &stands[&line.product];
        let versions = stand.versions.as_deref().unwrap_or_default();
        for point in points.iter().filter(|point| stand.fixed.as_deref() != Some(**point)) {
            let Some(inside) = holds(versions, point) else { continue };
            let standing = affected::check(&entries, &line.product, point)[0].standing;
            let is_inside = match stand.state {
                "affected" => standing == Standing::Affected,
                "not affected" => standing == Standing::NotAffected,
                // Of what is under investigation nobody claims that the versions beside it are well.
                _ => matches!(standing, Standing::UnderInvestigation | Standing::Unknown) && inside,
            };
            assert_eq!(is_inside, inside, "{point} of {line:?}: {standing:?}");
        }
    }
}
