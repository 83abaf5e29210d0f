//! What every answer carries, and what a log line may say. Owns the headers; knows no page.

use axum::extract::{MatchedPath, Request};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::time::Instant;

/// Nothing but our own files; no inline style or script; no frame; no form to elsewhere.
pub(crate) const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

/// What is sent somewhere, by the pattern of its route.
const POSTED: [&str; 4] = ["/report", "/api/v1/reports", "/room/{key}", "/room/at/{address}"];

const PORTAL: &str = "portal";

/// For files whose names follow from their content.
pub(crate) const IMMUTABLE: &str = "public, max-age=31536000, immutable";

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Around every answer of the desk: reading only, by its own name only, never stored.
pub(crate) async fn desk(request: Request, next: Next) -> Response {
    let allowed = is_own_host(request.headers());
    let mut answer = logged("desk", request, next, allowed).await;
    let headers = answer.headers_mut();
    guard(headers);
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    // Nobody signs in at the desk yet, so no other page may draw its answers in.
    headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    answer
}

/// Around every answer of the portal.
pub(crate) async fn portal(request: Request, next: Next) -> Response {
    let preflight = match *request.method() == Method::OPTIONS {
        true => crate::portal::preflight(request.uri().path()),
        false => None,
    };
    let mut answer = match preflight {
        Some(answer) => answer,
        None => logged(PORTAL, request, next, true).await,
    };
    guard(answer.headers_mut());
    answer
}

fn guard(headers: &mut HeaderMap) {
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
}

/// Answers, and logs the route's pattern, the status and the duration: never an address or a header (law 9).
async fn logged(face: &'static str, request: Request, next: Next, allowed: bool) -> Response {
    let begun = Instant::now();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
    let taken = face == PORTAL && *request.method() == Method::POST && POSTED.contains(&route.as_str());
    let fits = taken || matches!(*request.method(), Method::GET | Method::HEAD);
    let answer = match (fits, allowed) {
        (true, true) => next.run(request).await,
        (true, false) => (
            StatusCode::MISDIRECTED_REQUEST,
            "Ask this desk by its loopback name: localhost or 127.0.0.1.\n",
        )
            .into_response(),
        (false, _) => (
            StatusCode::METHOD_NOT_ALLOWED,
            // Also below the secret address of a room.
            [(ALLOW, "GET, HEAD"), (CACHE_CONTROL, "no-store")],
            "Nothing is recorded here; use the command line.\n",
        )
            .into_response(),
    };
    let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::info!(face, route, status = answer.status().as_u16(), micros, "answered");
    answer
}

/// Whether the browser asked by a name that only this machine has. Without this, any web site could point a name of its own at the loopback
/// address and read the desk as if it were its own page.
fn is_own_host(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name.to_ascii_lowercase().as_str(), "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_host(host: &str, expect: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        assert_eq!(is_own_host(&headers), expect, "{host}");
    }

    #[test]
    fn only_loopback_names_reach_the_desk() {
        check_host("localhost", true);
        check_host("LocalHost:8081", true);
        check_host("127.0.0.1:8081", true);
        check_host("[::1]:8081", true);
        check_host("[::1]", true);
        check_host("evil.example:8081", false);
        check_host("localhost.evil.example", false);
        check_host("127.0.0.1.evil.example:80", false);
        check_host("", false);
        assert!(!is_own_host(&HeaderMap::new()));
    }
}
