//! What the portal's own pages have in common: what they carry, and the answers that need no page.
//!
//! Owns the check that a form was sent from a page of ours. Knows no case.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderName, ORIGIN, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use casework::ActError;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// A page that nobody keeps and no index lists.
pub(super) fn made(status: StatusCode, page: askama::Result<String>) -> Response {
    let Ok(page) = page else {
        return unavailable();
    };
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (ROBOTS, "noindex, nofollow"),
    ];
    (status, headers, page).into_response()
}

/// Whether a form comes from a page of somebody else. Browsers say so; who says nothing is no browser, or an old one that names where it
/// comes from.
pub(super) fn is_of_elsewhere(uri: &Uri, headers: &HeaderMap) -> bool {
    let said = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = said(&FETCH_SITE) {
        return !matches!(site, "same-origin" | "none");
    }
    // Our own pages send no referrer, so that browsers name no origin either: `null`.
    let Some(origin) = said(&ORIGIN).filter(|origin| *origin != "null") else {
        return false;
    };
    let host = uri
        .authority()
        .map(|authority| authority.as_str())
        .or_else(|| said(&HOST));
    let of = origin.split_once("://").map_or(origin, |(_, host)| host);
    host.is_none_or(|host| !host.eq_ignore_ascii_case(of))
}

pub(super) fn from_elsewhere() -> Response {
    plain(
        StatusCode::FORBIDDEN,
        "This form was sent from another site. Open it here, and send it from here. Nothing was kept.\n",
    )
}

pub(super) fn unavailable() -> Response {
    plain(
        StatusCode::SERVICE_UNAVAILABLE,
        "The page could not be made. Nothing was kept; try again.\n",
    )
}

pub(super) fn busy() -> Response {
    let mut answer = plain(
        StatusCode::SERVICE_UNAVAILABLE,
        "Too many forms are being sent at this moment. Nothing of yours was kept: go back, and send it again in a minute.\n",
    );
    answer
        .headers_mut()
        .insert(RETRY_AFTER, axum::http::HeaderValue::from_static("60"));
    answer
}

/// For whoever sends so slowly that others would have no place.
pub(super) fn too_slow() -> Response {
    let mut answer = plain(
        StatusCode::REQUEST_TIMEOUT,
        "What you sent came too slowly, less than two kilobytes a second. Nothing of it was kept: go back, and send it again over another line.\n",
    );
    let close = axum::http::HeaderValue::from_static("close");
    answer.headers_mut().insert(axum::http::header::CONNECTION, close);
    answer
}

/// The status that tells a program what a refusal is.
pub(super) fn status_of(error: &ActError) -> StatusCode {
    match error {
        ActError::Invalid(_) | ActError::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
        ActError::NotFound(_) => StatusCode::NOT_FOUND,
        ActError::Conflict { .. } => StatusCode::CONFLICT,
        error if casework::is_full(error) => StatusCode::INSUFFICIENT_STORAGE,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn plain(status: StatusCode, says: &'static str) -> Response {
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    (status, headers, says).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_origin(headers: &[(&'static str, &str)], expect: bool) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        assert_eq!(
            is_of_elsewhere(&Uri::from_static("/report"), &map),
            expect,
            "{headers:?}"
        );
    }

    #[test]
    fn a_form_is_sent_from_a_page_of_ours() {
        let host = ("host", "psirt.example");
        check_origin(&[host], false);
        check_origin(&[host, ("origin", "null")], false);
        check_origin(&[host, ("origin", "null"), ("sec-fetch-site", "same-origin")], false);
        check_origin(&[host, ("origin", "https://psirt.example")], false);
        check_origin(&[host, ("origin", "https://evil.example")], true);
        check_origin(&[host, ("origin", "null"), ("sec-fetch-site", "cross-site")], true);
        check_origin(&[host, ("sec-fetch-site", "same-site")], true);
        check_origin(&[("origin", "https://evil.example")], true);
    }
}
