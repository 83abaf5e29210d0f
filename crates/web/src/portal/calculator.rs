//! The calculator on the portal: the page around it is made from `calculator.json` of the brand's folder. Where the tree has none, because
//! it was published for a web server that serves files alone, there is no calculator.
//!
//! Never keeps or logs what was asked.

use super::{Face, Place, host, nothing};
use crate::calculator::Shown;
use crate::page::calculator::PortalCalculator;
use askama::Template as _;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, Uri};
use axum::response::{Html, IntoResponse as _, Response};
use documents::calculator::CalculatorFile;
use documents::place;
use std::fs::File;
use std::io::Read as _;
use std::sync::Arc;

/// The file is a few hundred bytes; what is larger is not ours.
const MAX_FILE_BYTES: u64 = 64 * 1024;

pub(super) async fn answer(
    State(place): State<Arc<Place>>,
    uri: Uri,
    headers: HeaderMap,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Response {
    let query = query.map(|Query(query)| query).unwrap_or_default();
    let made = tokio::task::spawn_blocking(move || {
        let Face::Site(domain) = place.face(host(&uri, &headers).as_deref())? else {
            return None;
        };
        let file = place.calculator_file(domain)?;
        let bands = (!file.bands.is_empty()).then_some(file.bands.as_slice());
        let shown = Shown::of(&query, bands);
        PortalCalculator::of(publish::html::around(&file, place::CALCULATOR), shown)
            .render()
            .ok()
    });
    match made.await.ok().flatten() {
        Some(page) => ([(CACHE_CONTROL, "no-store")], Html(page)).into_response(),
        None => nothing(),
    }
}

impl Place {
    fn calculator_file(&self, domain: &str) -> Option<CalculatorFile> {
        let path = self.root.join(domain).join(place::CALCULATOR_FILE);
        let mut bytes = Vec::new();
        File::open(path)
            .ok()?
            .take(MAX_FILE_BYTES)
            .read_to_end(&mut bytes)
            .ok()?;
        CalculatorFile::read(&bytes)
    }
}
