//! SARIF 2.1.0: of each run the tool, and of its results those that are findings.
//!
//! A result is the same one in the next run by its `fingerprints` (§3.27.16); else by rule, file and `partialFingerprints` (§3.27.17), of which
//! one alone need not be unique; else by rule, file, and the function, the line's words, or at last its number.

use super::tree::At;
use super::{Fault, Gathered, MAX_SCANS, Scan, line, names, text};
use psirt::finding::{Found, Weight};
use std::collections::BTreeMap;

pub(super) const WORDS: &[&str] = &[
    "version",
    "runs",
    "tool",
    "driver",
    "extensions",
    "rules",
    "name",
    "id",
    "shortDescription",
    "text",
    "properties",
    "security-severity",
    "defaultConfiguration",
    "level",
    "results",
    "ruleId",
    "ruleIndex",
    "rule",
    "kind",
    "message",
    "locations",
    "physicalLocation",
    "artifactLocation",
    "uri",
    "index",
    "artifacts",
    "location",
    "region",
    "startLine",
    "snippet",
    "logicalLocations",
    "fullyQualifiedName",
    "fingerprints",
    "partialFingerprints",
    "suppressions",
    "status",
    "baselineState",
    "invocations",
    "executionSuccessful",
    "automationDetails",
];

pub(super) fn read(root: &At<'_>) -> Result<Vec<Scan>, Fault> {
    let version = root.need("version")?;
    if version.text()? != "2.1.0" {
        return Err(version.fault("This version of SARIF is not read; 2.1.0 is."));
    }
    let runs = root.need("runs")?;
    let entries = runs.entries()?;
    if entries.is_empty() {
        return Err(runs.fault("There is no run in it."));
    }
    if entries.len() > MAX_SCANS {
        return Err(runs.fault(format!("There are more than {MAX_SCANS} runs.")));
    }
    let mut scans: Vec<Gathered> = Vec::new();
    for run in &entries {
        let head = head(run)?;
        let same = scans
            .iter()
            .position(|known| known.scan.tool == head.tool && known.scan.scan == head.scan);
        let at = same.unwrap_or(scans.len());
        if same.is_none() {
            scans.push(Gathered::of(head.clone()));
        }
        let Some(scan) = scans.get_mut(at) else { continue };
        // Two runs of one scanner are one scan, which looked at everything if both did.
        scan.scan.complete &= head.complete;
        results(run, scan)?;
    }
    Ok(scans.into_iter().map(|gathered| gathered.scan).collect())
}

fn head(run: &At<'_>) -> Result<Scan, Fault> {
    let name = run.need("tool")?.need("driver")?.need("name")?;
    let tool = line(name.text()?);
    if tool.is_empty() {
        return Err(name.fault("This is empty; name the scanner."));
    }
    // Of `category/run` the category says which scan it is (§3.17.3).
    let id = run.deep(&["automationDetails", "id"])?.map_or(Ok(""), |at| at.text())?;
    let scan = id.rsplit_once('/').map_or("", |(category, _)| category);
    // Without `results` the run was not done (§3.14.23); what did not end well has not seen everything.
    let mut complete = run.get("results")?.is_some();
    for invocation in run.list("invocations")? {
        if let Some(at) = invocation.get("executionSuccessful")? {
            complete &= at.flag()?;
        }
    }
    Ok(Scan {
        tool,
        scan: line(scan),
        complete,
        ..Scan::default()
    })
}

/// What a rule says of all of its results.
#[derive(Clone, Copy, Default)]
struct Rule<'a> {
    id: &'a str,
    title: &'a str,
    level: &'a str,
    score: Option<Weight>,
}

fn results(run: &At<'_>, scan: &mut Gathered) -> Result<(), Fault> {
    let driver = run.need("tool")?.need("driver")?;
    let own = rules(&driver)?;
    let mut by_id: BTreeMap<&str, Rule<'_>> = own.iter().map(|rule| (rule.id, *rule)).collect();
    for extension in run.need("tool")?.list("extensions")? {
        for rule in rules(&extension)? {
            by_id.entry(rule.id).or_insert(rule);
        }
    }
    let artifacts = run.list("artifacts")?;
    let mut files = Vec::with_capacity(artifacts.len());
    for artifact in &artifacts {
        files.push(artifact.deep(&["location", "uri"])?.map_or(Ok(""), |at| at.text())?);
    }
    for result in run.list("results")? {
        if is_left_out(&result)? {
            scan.leave_out();
            continue;
        }
        // A result names its rule itself, or in a reference (§3.27.7).
        let reference = result.get("rule")?;
        let id = match (result.word("ruleId")?, &reference) {
            ("", Some(rule)) => rule.word("id")?,
            (id, _) => id,
        };
        let place = match (result.get("ruleIndex")?, &reference) {
            (Some(place), _) => place.place()?,
            (None, Some(rule)) => rule.get("index")?.map_or(Ok(None), |at| at.place())?,
            (None, None) => None,
        };
        let by_place = place.and_then(|place| own.get(place)).copied();
        // `CA1000/1` is a result of the rule `CA1000` (§3.27.5).
        let family = id.rsplit_once('/').map_or(id, |(family, _)| family);
        let known = by_id.get(id).or_else(|| by_id.get(family)).copied();
        let mut rule = known.or(by_place).unwrap_or_default();
        if !id.is_empty() {
            rule.id = id;
        }
        scan.add(found(&result, rule, &files)?);
    }
    Ok(())
}

fn rules<'a>(component: &At<'a>) -> Result<Vec<Rule<'a>>, Fault> {
    let mut rules = Vec::new();
    for rule in component.list("rules")? {
        let level = rule
            .deep(&["defaultConfiguration", "level"])?
            .map_or(Ok(""), |at| at.text())?;
        let title = rule.deep(&["shortDescription", "text"])?;
        rules.push(Rule {
            id: rule.word("id")?,
            title: title.map_or_else(|| rule.word("name"), |at| at.text())?,
            level,
            score: scored(&rule)?,
        });
    }
    Ok(rules)
}

/// The score that scanners of security write beside a rule or a result.
fn scored(at: &At<'_>) -> Result<Option<Weight>, Fault> {
    let Some(score) = at.deep(&["properties", "security-severity"])? else {
        return Ok(None);
    };
    // As text, since the property bags of SARIF began so; some write a number.
    let number = match score.text() {
        Ok(text) => text.trim().parse().ok(),
        Err(_) => Some(score.number()?),
    };
    Ok(number.filter(|score: &f64| score.is_finite()).map(Weight::of_score))
}

/// Whether a result says of itself that it is no finding.
fn is_left_out(result: &At<'_>) -> Result<bool, Fault> {
    let kind = result.word("kind")?;
    if !matches!(kind, "" | "fail" | "open" | "review") || result.word("baselineState")? == "absent" {
        return Ok(true);
    }
    // A suppression holds unless it is under review or was refused (§3.35.3).
    for suppression in result.list("suppressions")? {
        if matches!(suppression.word("status")?, "" | "accepted") {
            return Ok(true);
        }
    }
    Ok(false)
}

fn found(result: &At<'_>, rule: Rule<'_>, files: &[&str]) -> Result<Found, Fault> {
    let message = result.deep(&["message", "text"])?.map_or(Ok(""), |at| at.text())?;
    let spot = spot(result, files)?;
    let title = if rule.title.is_empty() { message } else { rule.title };
    let title = if title.is_empty() { rule.id } else { title };
    let level = result.word("level")?;
    // A score says more than a level, of which there are three; and a result more than its rule. Without any it is a warning (§3.27.10).
    let level = Some(level).filter(|level| !level.is_empty()).unwrap_or(rule.level);
    let weight = match scored(result)?.or(rule.score) {
        Some(weight) => weight,
        None if level.is_empty() => Weight::Medium,
        None => Weight::of_word(level),
    };
    Ok(Found {
        fingerprint: fingerprint(result, rule.id, &spot, message)?,
        rule: line(rule.id),
        title: line(title),
        text: text(message),
        weight,
        place: line(&spot.shown()),
        names: names(
            [rule.id]
                .into_iter()
                .filter(|id| id.starts_with("CVE-") || id.starts_with("GHSA-")),
        ),
    })
}

/// Where a result is.
#[derive(Default)]
struct Spot<'a> {
    file: String,
    line: Option<f64>,
    snippet: &'a str,
    function: &'a str,
}

impl Spot<'_> {
    fn shown(&self) -> String {
        match (self.line, self.file.is_empty()) {
            (_, true) => self.function.to_owned(),
            (Some(line), false) => format!("{}:{line}", self.file),
            (None, false) => self.file.clone(),
        }
    }
}

fn spot<'a>(result: &At<'a>, files: &[&str]) -> Result<Spot<'a>, Fault> {
    let mut spot = Spot::default();
    let Some(location) = result.list("locations")?.into_iter().next() else {
        return Ok(spot);
    };
    if let Some(physical) = location.get("physicalLocation")? {
        if let Some(artifact) = physical.get("artifactLocation")? {
            let index = artifact.get("index")?.map_or(Ok(None), |at| at.place())?;
            let file = match (artifact.word("uri")?, index) {
                ("", Some(index)) => files.get(index).copied().unwrap_or_default(),
                (uri, _) => uri,
            };
            spot.file = normal(file);
        }
        if let Some(region) = physical.get("region")? {
            spot.line = region.get("startLine")?.map(|at| at.number()).transpose()?;
            let snippet = region.deep(&["snippet", "text"])?;
            spot.snippet = snippet.map_or(Ok(""), |at| at.text())?;
        }
    }
    if let Some(logical) = location.list("logicalLocations")?.first() {
        spot.function = logical.word("fullyQualifiedName")?;
    }
    Ok(spot)
}

fn fingerprint(result: &At<'_>, rule: &str, spot: &Spot<'_>, message: &str) -> Result<String, Fault> {
    let pairs = |word: &str| -> Result<String, Fault> {
        let Some(table) = result.get(word)? else {
            return Ok(String::new());
        };
        let pairs = table.pairs()?.into_iter();
        Ok(pairs.map(|(key, value)| format!("\n{key}={value}")).collect())
    };
    let whole = pairs("fingerprints")?;
    if !whole.is_empty() {
        return Ok(format!("fingerprints{whole}"));
    }
    let partial = pairs("partialFingerprints")?;
    if !partial.is_empty() {
        return Ok(format!("partial\n{rule}\n{}{partial}", spot.file));
    }
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let rest = match (spot.function, spot.snippet, spot.line) {
        ("", "", None) => words(message),
        ("", "", Some(line)) => line.to_string(),
        (function, snippet, _) => format!("{function}\n{}", words(snippet)),
    };
    Ok(format!("place\n{rule}\n{}\n{rest}", spot.file))
}

/// A file's name as it is the same on every machine that builds.
fn normal(uri: &str) -> String {
    let plain = uri.strip_prefix("file://").unwrap_or(uri).replace('\\', "/");
    let parts: Vec<&str> = plain.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    parts.join("/")
}
