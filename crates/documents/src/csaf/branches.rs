//! Reading a product tree: every product by its id, with its line, its version and who makes it.
//!
//! Follows branches as deep as a document may have them. Never judges.

use super::read::{MAX_DEPTH, list, text};
use crate::problem::{MAX_LINE_CHARS, is_hidden};
use crate::range::read_constraints;
use serde_json::Value;
use std::collections::BTreeMap;

/// A product of the tree: the line that it belongs to and its version in words.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) line: String,
    pub(super) version: String,
    /// Who makes it, where that is not who speaks.
    pub(super) vendor: Option<String>,
}

/// Every product of the tree by its id.
pub(super) fn products(root: &Value) -> BTreeMap<String, Known> {
    let mut products = BTreeMap::new();
    for product in list(root, "/product_tree/full_product_names") {
        put(&mut products, product, None, ("", ""));
    }
    for related in list(root, "/product_tree/relationships") {
        if let Some(product) = related.get("full_product_name") {
            put(&mut products, product, None, ("", ""));
        }
    }
    for branch in list(root, "/product_tree/branches") {
        let above = Path {
            publisher: text(root, "/document/publisher/name").trim(),
            ..Path::default()
        };
        follow(branch, &above, &mut products, 0);
    }
    products
}

/// The names above a branch.
#[derive(Clone, Debug, Default)]
struct Path<'a> {
    /// Who speaks: a vendor of this name is not repeated in the names of their lines.
    publisher: &'a str,
    vendor: &'a str,
    product: Option<&'a str>,
    version: &'a str,
}

fn follow<'a>(branch: &'a Value, above: &Path<'a>, products: &mut BTreeMap<String, Known>, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    let mut path = above.clone();
    let name = text(branch, "/name").trim();
    match text(branch, "/category") {
        "vendor" if name == path.publisher => path.vendor = "",
        "vendor" => path.vendor = name,
        "product_name" => path.product = Some(name),
        "product_version" | "product_version_range" | "service_pack" | "patch_level" => path.version = name,
        _ => {}
    }
    if let Some(product) = branch.get("product") {
        let line = path.product.map(|name| {
            let named_after = path.vendor.is_empty() || name.starts_with(path.vendor);
            if named_after {
                name.to_owned()
            } else {
                format!("{} {name}", path.vendor)
            }
        });
        put(products, product, line, (path.vendor, path.version));
    }
    for below in list(branch, "/branches") {
        follow(below, &path, products, depth + 1);
    }
}

fn put(products: &mut BTreeMap<String, Known>, product: &Value, line: Option<String>, (vendor, version): (&str, &str)) {
    let name = line.unwrap_or_else(|| text(product, "/name").to_owned());
    let line: String = name.chars().filter(|c| !is_hidden(*c)).take(MAX_LINE_CHARS).collect();
    let constraints = match version.strip_prefix("vers:") {
        Some(range) => range.split_once('/').map(|(_, constraints)| constraints),
        None => Some(version).filter(|version| version.contains('|')),
    };
    let in_words = constraints.and_then(read_constraints);
    let version = in_words.as_deref().or(constraints).unwrap_or(version);
    let version = match version.trim() {
        "*" | "-" | "vers:all/*" => "all versions",
        version if version.eq_ignore_ascii_case("all versions") || version.eq_ignore_ascii_case("all") => {
            "all versions"
        }
        version => version,
    };
    let clean = |text: &str| text.replace('\n', " ").trim().to_owned();
    let vendor: String = vendor.chars().filter(|c| !is_hidden(*c)).take(MAX_LINE_CHARS).collect();
    let known = Known {
        line: clean(&line),
        version: version.to_owned(),
        vendor: Some(clean(&vendor)).filter(|vendor| !vendor.is_empty()),
    };
    products.insert(text(product, "/product_id").to_owned(), known);
}
