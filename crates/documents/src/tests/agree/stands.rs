//! Reading each format back as a stranger does: how each product stands.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How a product stands, as a format says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stand {
    pub(super) state: &'static str,
    /// `>=1.0.0|<2.0.0`, a version, or `*`. None where the format has no place for it.
    pub(super) versions: Option<String>,
    pub(super) fixed: Option<String>,
}

pub(super) type Stands = BTreeMap<String, Stand>;

pub(super) fn string(value: &Value, pointer: &str) -> String {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("{pointer} in {value}")).to_owned()
}

pub(super) fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

pub(super) fn strings(value: &Value, pointer: &str, within: &str) -> BTreeSet<String> {
    list(value, pointer).iter().map(|entry| string(entry, within)).collect()
}

pub(super) fn parsed(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// Without the percent signs of a `vers` range.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

pub(super) fn vers(name: &str) -> String {
    decoded(name.split_once('/').map_or(name, |(_, range)| range))
}

/// The product tree: id → the line's name and the versions.
pub(super) fn tree(document: &Value) -> BTreeMap<String, (String, String)> {
    let mut tree = BTreeMap::new();
    for line in list(document, "/product_tree/branches/0/branches") {
        for version in list(line, "/branches") {
            let id = string(version, "/product/product_id");
            tree.insert(id, (string(line, "/name"), vers(&string(version, "/name"))));
        }
    }
    tree
}

/// The full names of a product with these versions, which say them in words.
pub(super) fn csaf_words(document: &Value, product: &str, versions: &str) -> Vec<String> {
    let lines = list(document, "/product_tree/branches/0/branches").iter();
    let branches = lines
        .filter(|line| line["name"] == product)
        .flat_map(|line| list(line, "/branches"));
    let named = branches.filter(|branch| vers(&string(branch, "/name")) == versions);
    named.map(|branch| string(branch, "/product/name")).collect()
}

pub(super) fn csaf_stands(document: &Value, place: usize) -> Stands {
    let tree = tree(document);
    let group = |name: &str| -> Vec<(String, String)> {
        let ids = list(document, &format!("/vulnerabilities/{place}/product_status/{name}"));
        ids.iter().map(|id| tree[id.as_str().unwrap()].clone()).collect()
    };
    let mut stands = Stands::new();
    let groups = [
        ("known_affected", "affected"),
        ("known_not_affected", "not affected"),
        ("under_investigation", "unknown"),
    ];
    for (name, state) in groups {
        for (product, versions) in group(name) {
            let stand = Stand {
                state,
                versions: Some(versions),
                fixed: None,
            };
            assert_eq!(stands.insert(product, stand), None);
        }
    }
    for (product, fixed) in group("fixed") {
        stands.get_mut(&product).unwrap().fixed = Some(fixed);
    }
    stands
}

pub(super) fn cve_stands(container: &Value) -> Stands {
    let stand = |product: &Value| {
        let of = |status: &str| {
            list(product, "/versions")
                .iter()
                .find(|version| version["status"] == status)
        };
        let span = |entry: &Value| {
            let text = |name: &str| entry.get(name).and_then(Value::as_str);
            let version = text("version").unwrap();
            match (text("lessThan"), text("lessThanOrEqual")) {
                (None, None) => version.to_owned(),
                (end, last) => {
                    let from = (version != "0").then(|| format!(">={version}"));
                    let last = last.filter(|last| *last != "*").map(|last| format!("<={last}"));
                    let end = end.map(|end| format!("<{end}")).or(last);
                    let both: Vec<String> = from.into_iter().chain(end).collect();
                    if both.is_empty() {
                        "*".to_owned()
                    } else {
                        both.join("|")
                    }
                }
            }
        };
        let default = string(product, "/defaultStatus");
        let (state, versions) = match (of("affected"), default.as_str()) {
            (Some(entry), _) => ("affected", span(entry)),
            (None, "unaffected") => ("not affected", "*".to_owned()),
            _ => ("unknown", of("unknown").map_or("*".to_owned(), span)),
        };
        Stand {
            state,
            versions: Some(versions).filter(|_| state != "unknown"),
            fixed: of("unaffected").map(|entry| string(entry, "/version")),
        }
    };
    let affected = list(container, "/cnaContainer/affected").iter();
    affected
        .map(|product| (string(product, "/product"), stand(product)))
        .collect()
}

pub(super) fn osv_stands(record: &Value) -> Stands {
    let ranges: BTreeMap<String, String> = list(record, "/affected")
        .iter()
        .map(|entry| {
            let mut bounds = Vec::new();
            for event in list(entry, "/ranges/0/events") {
                let (name, version) = event.as_object().unwrap().iter().next().unwrap();
                match (name.as_str(), version.as_str().unwrap()) {
                    ("introduced", "0") => {}
                    ("introduced", version) => bounds.push(format!(">={version}")),
                    ("fixed", version) => bounds.push(format!("<{version}")),
                    ("last_affected", version) => bounds.push(format!("<={version}")),
                    other => panic!("{other:?}"),
                }
            }
            let versions = match (list(entry, "/versions").first(), bounds.as_slice()) {
                (Some(version), _) => version.as_str().unwrap().to_owned(),
                (None, []) => "*".to_owned(),
                (None, bounds) => bounds.join("|"),
            };
            (string(entry, "/database_specific/product"), versions)
        })
        .collect();
    let stand = |product: &Value| {
        let name = string(product, "/product");
        let state = match string(product, "/state").as_str() {
            "fixed" | "affected" => "affected",
            "not_affected" => "not affected",
            _ => "unknown",
        };
        let stand = Stand {
            state,
            versions: ranges.get(&name).cloned(),
            fixed: product.get("fixed").map(|fixed| fixed.as_str().unwrap().to_owned()),
        };
        (name, stand)
    };
    list(record, "/database_specific/products").iter().map(stand).collect()
}

/// By the address of a line, which the CSAF document also holds.
pub(super) fn statements_of<'v>(vex: &'v Value, document: &Value, vulnerability: &str) -> Vec<(String, &'v Value)> {
    let mut lines = BTreeMap::new();
    for line in list(document, "/product_tree/branches/0/branches") {
        let uri = string(
            line,
            "/branches/0/product/product_identification_helper/x_generic_uris/0/uri",
        );
        lines.insert(uri, string(line, "/name"));
    }
    let mine = list(vex, "/statements").iter();
    let mine = mine.filter(|statement| statement["vulnerability"]["name"] == vulnerability);
    let named = mine.map(|statement| {
        let id = string(statement, "/products/0/@id");
        let (uri, _) = id.split_once("?versions=").unwrap();
        (lines[uri].clone(), statement)
    });
    named.collect()
}

pub(super) fn openvex_stands(vex: &Value, document: &Value, vulnerability: &str) -> Stands {
    let mut stands = Stands::new();
    let mut fixed = Vec::new();
    for (product, statement) in statements_of(vex, document, vulnerability) {
        let id = string(statement, "/products/0/@id");
        let (_, versions) = id.split_once("?versions=").unwrap();
        let versions = vers(&decoded(versions));
        let state = match string(statement, "/status").as_str() {
            "affected" => "affected",
            "not_affected" => "not affected",
            "under_investigation" => "unknown",
            _ => {
                fixed.push((product, versions));
                continue;
            }
        };
        let stand = Stand {
            state,
            versions: Some(versions),
            fixed: None,
        };
        assert_eq!(stands.insert(product, stand), None);
    }
    for (product, version) in fixed {
        stands.get_mut(&product).unwrap().fixed = Some(version);
    }
    stands
}
