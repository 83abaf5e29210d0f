//! The calculator on the portal: the page around it, and the bands of the policy, are what the catalogue in the published tree says.

use super::catalog::Catalog;
use crate::calculator::Shown;
use crate::page::calculator::PortalCalculator;
use axum::http::Uri;
use documents::place;

/// The calculator as an address asks for it.
pub(super) fn page(catalog: &Catalog, uri: &Uri) -> PortalCalculator {
    let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
    let query = query.map(|axum::extract::Query(query)| query).unwrap_or_default();
    let bands = Some(catalog.face.bands.as_slice()).filter(|bands| !bands.is_empty());
    PortalCalculator::of(
        publish::html::shell(&catalog.face, place::CALCULATOR),
        Shown::of(&query, bands),
    )
}
