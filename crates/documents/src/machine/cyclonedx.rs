//! CycloneDX 1.4 to 1.6: of a bill of materials, or of a report of vulnerabilities beside one, each vulnerability in each component.
//!
//! The same one in the next run is the vulnerability's id with the component's purl, without its version: an update that mends nothing is the
//! same finding, and one that mends it ends it. A component without a purl is known by its group and name, and one that only another file
//! describes by the name under which that file has it. Never fetches that file.

use super::tree::At;
use super::{Fault, Gathered, Scan, line, names, text};
use psirt::finding::{Found, Weight};
use std::collections::BTreeMap;

pub(super) const WORDS: &[&str] = &[
    "bomFormat",
    "specVersion",
    "metadata",
    "tools",
    "component",
    "components",
    "bom-ref",
    "purl",
    "group",
    "name",
    "vulnerabilities",
    "id",
    "ratings",
    "severity",
    "score",
    "description",
    "affects",
    "ref",
    "references",
    "analysis",
    "state",
];

/// Most nesting of components.
const MAX_DEPTH: usize = 12;
/// Most components that one vulnerability affects.
const MAX_AFFECTED: usize = 2_000;

pub(super) fn read(root: &At<'_>) -> Result<Vec<Scan>, Fault> {
    let format = root.need("bomFormat")?;
    if format.text()? != "CycloneDX" {
        return Err(format.fault("This is not CycloneDX."));
    }
    let version = root.need("specVersion")?;
    if !matches!(version.text()?, "1.4" | "1.5" | "1.6") {
        return Err(version.fault("This version of CycloneDX is not read; 1.4, 1.5 and 1.6 are."));
    }
    let mut components = BTreeMap::new();
    if let Some(own) = root.deep(&["metadata", "component"])? {
        component(&own, &mut components, 0)?;
    }
    for below in root.list("components")? {
        component(&below, &mut components, 0)?;
    }
    let mut gathered = Gathered::of(Scan {
        tool: tool(root)?,
        complete: true,
        ..Scan::default()
    });
    // Without the list nobody looked for vulnerabilities; with an empty one, nobody found any.
    for vulnerability in root.need("vulnerabilities")?.entries()? {
        read_one(&vulnerability, &components, &mut gathered)?;
    }
    Ok(vec![gathered.scan])
}

/// Who wrote it: in a list of tools as until 1.4, or among their components as since 1.5.
fn tool(root: &At<'_>) -> Result<String, Fault> {
    let Some(tools) = root.deep(&["metadata", "tools"])? else {
        return Ok("cyclonedx".to_owned());
    };
    let entries = match tools.is_list() {
        true => tools.entries()?,
        false => tools.list("components")?,
    };
    let name = entries.first().map_or(Ok(""), |first| first.word("name"))?;
    let name = line(name);
    Ok(if name.is_empty() { "cyclonedx".to_owned() } else { name })
}

/// A component and what it consists of, by the names that the file gives them.
fn component<'a>(at: &At<'a>, components: &mut BTreeMap<&'a str, String>, depth: usize) -> Result<(), Fault> {
    if depth > MAX_DEPTH {
        return Err(at.fault(format!("Components are nested more than {MAX_DEPTH} deep.")));
    }
    let (reference, purl) = (at.word("bom-ref")?, at.word("purl")?);
    let (group, name) = (at.word("group")?, at.word("name")?);
    let known = match (unversioned(purl), group) {
        ("", "") => name.to_owned(),
        ("", group) => format!("{group}/{name}"),
        (purl, _) => purl.to_owned(),
    };
    if !reference.is_empty() {
        components.insert(reference, known);
    }
    for below in at.list("components")? {
        component(&below, components, depth + 1)?;
    }
    Ok(())
}

fn read_one(at: &At<'_>, components: &BTreeMap<&str, String>, scan: &mut Gathered) -> Result<(), Fault> {
    let state = at.deep(&["analysis", "state"])?.map_or(Ok(""), |at| at.text())?;
    if matches!(
        state,
        "not_affected" | "false_positive" | "resolved" | "resolved_with_pedigree"
    ) {
        scan.leave_out();
        return Ok(());
    }
    let id = at.need("id")?;
    let (id, place) = (line(id.text()?), id);
    if id.is_empty() {
        return Err(place.fault("This is empty; a vulnerability has an id."));
    }
    let description = at.word("description")?;
    let mut weight = Weight::Unknown;
    for rating in at.list("ratings")? {
        let said = match rating.word("severity")? {
            "" => rating
                .get("score")?
                .map(|score| score.number())
                .transpose()?
                .map(Weight::of_score),
            word => Some(Weight::of_word(word)),
        };
        weight = weight.max(said.unwrap_or_default());
    }
    let references = at.list("references")?;
    let others = references
        .iter()
        .map(|other| other.word("id"))
        .collect::<Result<Vec<_>, _>>()?;
    let affects = at.list("affects")?;
    if affects.len() > MAX_AFFECTED {
        return Err(at.fault(format!("It affects more than {MAX_AFFECTED} components.")));
    }
    let mut places = affects
        .iter()
        .map(|affected| Ok(named(affected.need("ref")?.text()?, components)))
        .collect::<Result<Vec<String>, Fault>>()?;
    if places.is_empty() {
        places.push(String::new());
    }
    for place in places {
        let title = match (description.lines().next().map(line), place.is_empty()) {
            (Some(said), _) if !said.is_empty() => said,
            (_, true) => id.clone(),
            (_, false) => line(&format!("{id} in {place}")),
        };
        scan.add(Found {
            fingerprint: format!("component\n{id}\n{place}"),
            rule: id.clone(),
            title,
            text: text(description),
            weight,
            place: line(&place),
            names: names([id.as_str()].into_iter().chain(others.iter().copied())),
        });
    }
    Ok(())
}

/// What a reference means: a component of this file, or of another one, which a link names behind `#`.
fn named(reference: &str, components: &BTreeMap<&str, String>) -> String {
    let own = reference.strip_prefix("urn:cdx:").and_then(|link| link.split_once('#'));
    let name = own.map_or(reference, |(_, name)| name);
    match components.get(name) {
        Some(known) => known.clone(),
        None => unversioned(name).to_owned(),
    }
}

/// A purl without version, qualifiers and the path in it; anything else as it is.
fn unversioned(purl: &str) -> &str {
    if !purl.starts_with("pkg:") {
        return purl;
    }
    let bare = purl.split(['?', '#']).next().unwrap_or(purl);
    let name = bare.rfind('/').unwrap_or(0);
    match bare.rfind('@').filter(|at| *at > name) {
        Some(at) => bare.get(..at).unwrap_or(bare),
        None => bare,
    }
}
