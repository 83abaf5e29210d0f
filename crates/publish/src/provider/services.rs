//! Requirements 16 and 17: the ROLIE service document lists the feeds, category documents list the terms of each. Both may be left out;
//! one that is there must be right, and named by the metadata.

use super::metadata::Metadata;
use super::shape::Shape;
use super::source::Got;
use super::{Check, MOST_OF_A_LIST, Requirement};
use serde_json::Value;
use std::collections::BTreeSet;
use url::Url;

/// Judges both, where feeds are offered at all.
pub(super) fn judge(check: &mut Check<'_>, metadata: &Metadata) {
    if metadata.feeds.is_empty() {
        return;
    }
    services(check, metadata);
    categories(check, metadata);
}

fn services(check: &mut Check<'_>, metadata: &Metadata) {
    let Some(beside) = metadata
        .address
        .as_ref()
        .and_then(|address| address.join("service.json").ok())
    else {
        return;
    };
    if metadata.services.is_empty() {
        unnamed(check, Requirement::Services, &beside);
        return;
    }
    let mut listed = BTreeSet::new();
    for address in &metadata.services {
        let Some(value) = json(check, Requirement::Services, address) else {
            continue;
        };
        let mut problems = Vec::new();
        collections(&value, &mut listed, &mut problems);
        check.problems(Requirement::Services, address, problems);
    }
    let place = metadata.services.first().unwrap_or(&beside);
    let feeds: BTreeSet<&str> = metadata.feeds.iter().map(|(_, address)| address.as_str()).collect();
    for feed in feeds.iter().filter(|feed| !listed.contains(**feed)) {
        check.error(Requirement::Services, place, format!("does not list the feed {feed}"));
    }
    for other in listed.iter().filter(|one| !feeds.contains(one.as_str())) {
        check.error(
            Requirement::Services,
            place,
            format!("lists {other}, which the metadata does not name"),
        );
    }
}

/// The feeds of a service document (RFC 8322 §5.1, in the JSON form of CSAF).
fn collections(value: &Value, listed: &mut BTreeSet<String>, problems: &mut Vec<String>) {
    let Some(service) = value.get("service") else {
        problems.push("/service: is missing".to_owned());
        return;
    };
    let mut service = Shape::of(service, "/service");
    for (place, workspace) in service.full_list("workspace").iter().take(MOST_OF_A_LIST).enumerate() {
        let at = format!("/service/workspace/{place}");
        let mut workspace = Shape::of(workspace, &at);
        workspace.text("title");
        for (place, collection) in workspace
            .full_list("collection")
            .iter()
            .take(MOST_OF_A_LIST)
            .enumerate()
        {
            let mut collection = Shape::of(collection, format!("{at}/collection/{place}"));
            collection.text("title");
            listed.extend(collection.address("href", ".json").map(String::from));
            problems.append(&mut collection.problems);
        }
        problems.append(&mut workspace.problems);
    }
    problems.append(&mut service.problems);
}

fn categories(check: &mut Check<'_>, metadata: &Metadata) {
    if metadata.categories.is_empty() {
        for (label, feed) in &metadata.feeds {
            let name = format!("category-{}.json", label.name().to_ascii_lowercase());
            if let Ok(beside) = feed.join(&name) {
                unnamed(check, Requirement::Categories, &beside);
            }
        }
        return;
    }
    for address in &metadata.categories {
        let Some(value) = json(check, Requirement::Categories, address) else {
            continue;
        };
        let mut problems = Vec::new();
        let empty = terms(&value, &mut problems);
        check.problems(Requirement::Categories, address, problems);
        if empty {
            check.warn(Requirement::Categories, address, "lists no category");
        }
    }
}

/// The terms of a category document (RFC 5023 §7, in the JSON form of CSAF). Whether there are none.
fn terms(value: &Value, problems: &mut Vec<String>) -> bool {
    let Some(categories) = value.get("categories") else {
        problems.push("/categories: is missing".to_owned());
        return false;
    };
    let mut categories = Shape::of(categories, "/categories");
    let Some(items) = categories.list("category") else {
        if categories.get("category").is_none() {
            categories.wrong("category", "is missing");
        }
        problems.append(&mut categories.problems);
        return false;
    };
    for (place, item) in items.iter().take(MOST_OF_A_LIST).enumerate() {
        let mut item = Shape::of(item, format!("/categories/category/{place}"));
        item.text("term");
        problems.append(&mut item.problems);
    }
    items.is_empty()
}

/// A document that may be left out, and was: a hint. One that is there and not named: an error.
fn unnamed(check: &mut Check<'_>, requirement: Requirement, address: &Url) {
    match check.get(address) {
        Got::Here(_) => check.error(requirement, address, "is there, and the metadata does not name it"),
        Got::Missing | Got::Denied | Got::NoName(_) | Got::NoTls(_) | Got::Failed(_) => {
            check.warn(
                requirement,
                address,
                "is left out, which is allowed; readers use it to choose",
            );
        }
    }
}

fn json(check: &mut Check<'_>, requirement: Requirement, address: &Url) -> Option<Value> {
    let here = check.must(requirement, address)?;
    check.json_type(requirement, address, &here);
    match serde_json::from_slice(&here.bytes) {
        Ok(value) => Some(value),
        Err(error) => {
            check.error(requirement, address, format!("is not JSON: {error}"));
            None
        }
    }
}
