//! Our own format for findings, version 1: for scanners that write nothing that is read here. Never guesses at a key that it does not know.

use super::tree::At;
use super::{Fault, Gathered, Scan, line, names, text};
use psirt::finding::{Found, Weight};

pub(super) const WORDS: &[&str] = &[
    "version",
    "tool",
    "scan",
    "product",
    "build",
    "complete",
    "findings",
    "fingerprint",
    "rule",
    "title",
    "text",
    "severity",
    "place",
    "names",
];

pub(super) fn read(root: &At<'_>) -> Result<Vec<Scan>, Fault> {
    let version = root.need("version")?;
    if (version.number()? - 1.0).abs() > f64::EPSILON {
        return Err(version.fault("This version is not known; 1 is."));
    }
    let tool = root.need("tool")?;
    let named = |word: &str| -> Result<Option<String>, Fault> {
        let said = line(root.word(word)?);
        Ok(Some(said).filter(|said| !said.is_empty()))
    };
    let mut gathered = Gathered::of(Scan {
        tool: line(tool.text()?),
        scan: line(root.word("scan")?),
        product: named("product")?,
        build: named("build")?,
        complete: root.get("complete")?.map_or(Ok(true), |at| at.flag())?,
        ..Scan::default()
    });
    if gathered.scan.tool.is_empty() {
        return Err(tool.fault("This is empty; name the scanner."));
    }
    for finding in root.need("findings")?.entries()? {
        gathered.add(one(&finding)?);
    }
    Ok(vec![gathered.scan])
}

fn one(at: &At<'_>) -> Result<Found, Fault> {
    let rule = line(at.word("rule")?);
    let place = line(at.word("place")?);
    let title = line(at.need("title")?.text()?);
    let ids = at.list("names")?;
    let ids = ids.iter().map(At::text).collect::<Result<Vec<_>, _>>()?;
    let fingerprint = match at.word("fingerprint")? {
        // Without one it is the rule and the place; without these the title.
        "" if rule.is_empty() && place.is_empty() => format!("title\n{title}"),
        "" => format!("place\n{rule}\n{place}"),
        given => format!("given\n{given}"),
    };
    Ok(Found {
        fingerprint,
        rule,
        title,
        text: text(at.word("text")?),
        weight: Weight::of_word(at.word("severity")?),
        place,
        names: names(ids),
    })
}
