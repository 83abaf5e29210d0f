//! The product tree: vendor, product line, versions; and the ids by which the vulnerabilities name them.
//!
//! An id follows from the line's name and the versions alone, so it stays the same in every revision.

use super::model::{Branch, GenericUri, IdentificationHelper, Product, ProductTree};
use crate::range::{self, Versions};
use psirt::advisory::{Advisory, LineStatement};
use psirt::house::Brand;
use std::collections::BTreeMap;

/// Every product of an advisory.
pub(crate) struct Products {
    vendor: String,
    /// The lines in the order of their first mention.
    lines: Vec<Line>,
    /// Their places by name.
    places: BTreeMap<String, usize>,
}

struct Line {
    name: String,
    slug: String,
    versions: Vec<Versions>,
}

impl Products {
    pub(crate) fn of(advisory: &Advisory, brand: &Brand) -> Products {
        let mut products = Products {
            vendor: brand.name.clone(),
            lines: Vec::new(),
            places: BTreeMap::new(),
        };
        let mut slugs = BTreeMap::new();
        for statement in advisory
            .vulnerabilities
            .iter()
            .flat_map(|vulnerability| &vulnerability.lines)
        {
            products.add(statement, &mut slugs);
        }
        products
    }

    fn add(&mut self, statement: &LineStatement, slugs: &mut BTreeMap<String, u32>) {
        let lines = &mut self.lines;
        let place = *self.places.entry(statement.product.clone()).or_insert_with(|| {
            let slug = slug(&statement.product);
            let times = slugs.entry(slug.clone()).and_modify(|times| *times += 1).or_insert(1);
            let slug = if *times == 1 { slug } else { format!("{slug}:{times}") };
            lines.push(Line {
                name: statement.product.clone(),
                slug,
                versions: Vec::new(),
            });
            lines.len() - 1
        });
        let Some(line) = self.lines.get_mut(place) else { return };
        for versions in range::stated(statement).into_iter().chain(range::fixed(statement)) {
            if !line.versions.iter().any(|known| known.short == versions.short) {
                line.versions.push(versions);
            }
        }
    }

    /// The ids of the versions for which a statement holds, fixed ones aside.
    pub(crate) fn stated(&self, statement: &LineStatement) -> Vec<String> {
        self.ids(&statement.product, &range::stated(statement))
    }

    /// The ids of the fixed versions.
    pub(crate) fn fixed(&self, statement: &LineStatement) -> Vec<String> {
        self.ids(&statement.product, &range::fixed(statement))
    }

    fn ids(&self, product: &str, versions: &[Versions]) -> Vec<String> {
        let line = self.places.get(product).and_then(|place| self.lines.get(*place));
        let ids = |line: &Line| versions.iter().map(|one| line.id(one)).collect();
        line.map(ids).unwrap_or_default()
    }

    /// The address by which the vendor names a line, whatever its version.
    pub(crate) fn uri(&self, brand: &Brand, product: &str) -> Option<String> {
        let line = self.places.get(product).and_then(|place| self.lines.get(*place))?;
        Some(line.uri(brand))
    }

    pub(super) fn tree(&self, brand: &Brand) -> ProductTree {
        let lines = self.lines.iter().map(|line| Branch {
            branches: line
                .versions
                .iter()
                .map(|versions| self.version(brand, line, versions))
                .collect(),
            category: "product_name",
            name: line.name.clone(),
            product: None,
        });
        let vendor = Branch {
            branches: lines.collect(),
            category: "vendor",
            name: brand.name.clone(),
            product: None,
        };
        ProductTree { branches: vec![vendor] }
    }

    fn version(&self, brand: &Brand, line: &Line, versions: &Versions) -> Branch {
        let vendor = if line.name.starts_with(&self.vendor) {
            String::new()
        } else {
            format!("{} ", self.vendor)
        };
        Branch {
            branches: Vec::new(),
            category: versions.category,
            name: versions.name.clone(),
            product: Some(Product {
                name: format!("{vendor}{}, {}", line.name, versions.words),
                product_id: line.id(versions),
                product_identification_helper: IdentificationHelper {
                    x_generic_uris: vec![GenericUri {
                        namespace: brand.namespace.clone(),
                        uri: line.uri(brand),
                    }],
                },
            }),
        }
    }
}

impl Line {
    fn id(&self, versions: &Versions) -> String {
        format!("{}:{}", self.slug, versions.short)
    }

    /// A URI for the line under the vendor's namespace: the same in every advisory, so that an inventory can hold it.
    fn uri(&self, brand: &Brand) -> String {
        let mut uri = format!("{}/products/", brand.namespace.trim_end_matches('/'));
        for byte in self.slug.bytes() {
            match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'-' => uri.push(char::from(byte)),
                _ => uri.push_str(&format!("%{byte:02X}")),
            }
        }
        uri
    }
}

/// `Lattice Sensor 25` → `lattice-sensor-25`.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}
