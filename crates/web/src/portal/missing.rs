//! What is not there, for people: the same answer as for programs, as a page of the brand.
//!
//! Owns who is a person: whoever would rather read HTML. The page knows the host that was asked and nothing of the address, so that what was
//! never there, is gone, or is not for whoever asks stays one answer.

use super::{Face, Place, host};
use askama::Template;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use documents::{catalog, place};
use look::Link;
use std::sync::Arc;

/// Marks the answer for everything that is not there.
#[derive(Clone, Copy)]
pub(super) struct Nothing;

#[derive(Template)]
#[template(path = "portal/missing.html")]
struct MissingPage {
    shell: look::Portal,
    advisories: String,
    report: String,
}

/// Around every answer: what is not there becomes a page for people.
pub(super) async fn told(State(place): State<Arc<Place>>, request: Request, next: Next) -> Response {
    let asked = reads_html(request.headers()).then(|| (request.uri().clone(), request.headers().clone()));
    let answer = next.run(request).await;
    let (Some((uri, headers)), Some(_)) = (asked, answer.extensions().get::<Nothing>()) else {
        return answer;
    };
    let page = tokio::task::spawn_blocking(move || page(&place, &uri, &headers));
    page.await.ok().flatten().unwrap_or(answer)
}

fn page(place: &Place, uri: &Uri, headers: &HeaderMap) -> Option<Response> {
    let host = host(uri, headers);
    let (domain, root) = match place.face(host.as_deref())? {
        Face::Site(domain) => (domain, "/".to_owned()),
        Face::Rooms(domain) | Face::DnsPath(domain) => {
            let root = format!("https://{domain}/");
            (domain, root)
        }
        Face::Keys(_) => return None,
    };
    let face = place.face_of(&domain).unwrap_or_else(|| catalog::Face {
        brand: domain,
        ..catalog::Face::default()
    });
    let to = |path: &str| match path.starts_with("mailto:") {
        true => path.to_owned(),
        false => format!("{root}{path}"),
    };
    // As if it stood at the root, and then said from there: an address may be of any depth.
    let mut shell = publish::html::shell(&face, "");
    let links = |links: Vec<Link>| -> Vec<Link> {
        let whole = |link: Link| Link::new(to(&link.href), link.label);
        links.into_iter().map(whole).collect()
    };
    (shell.links, shell.foot) = (links(shell.links), links(shell.foot));
    shell.home = to(&shell.home);
    shell.assets = format!("/{}/", place::ASSETS);
    let page = MissingPage {
        shell,
        advisories: to(place::INDEX_PAGE),
        report: to(place::REPORT_PAGE),
    };
    let told = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    Some((StatusCode::NOT_FOUND, told, page.render().ok()?).into_response())
}

/// Whether somebody would rather read HTML than anything else that they name. Programs name what they can use, or nothing.
fn reads_html(headers: &HeaderMap) -> bool {
    let said = headers.get_all(ACCEPT).iter().filter_map(|said| said.to_str().ok());
    let (mut html, mut other) = (0.0_f32, 0.0_f32);
    for range in said.flat_map(|said| said.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts
            .find_map(|part| part.strip_prefix("q="))
            .map_or(Some(1.0), |q| q.parse().ok());
        let weight: f32 = weight.filter(|q| (0.0..=1.0).contains(q)).unwrap_or(0.0);
        match kind.as_str() {
            "text/html" | "application/xhtml+xml" => html = html.max(weight),
            "application/json" | "text/plain" => other = other.max(weight),
            _ => {}
        }
    }
    html > 0.0 && html >= other
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_accept(said: &[&str], expect: bool) {
        let mut headers = HeaderMap::new();
        for said in said {
            headers.append(ACCEPT, said.parse().unwrap());
        }
        assert_eq!(reads_html(&headers), expect, "{said:?}");
    }

    #[test]
    fn browsers_read_pages_and_programs_a_line() {
        check_accept(
            &["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
            true,
        );
        check_accept(&["text/html"], true);
        check_accept(&["application/json;q=0.5", "text/html"], true);
        check_accept(&[], false);
        check_accept(&["*/*"], false);
        check_accept(&["application/json"], false);
        check_accept(&["application/json, text/html;q=0.2"], false);
        check_accept(&["text/html;q=0"], false);
        check_accept(&["text/html;q=nonsense"], false);
    }
}
