//! What is not public: files for whoever shows a customer's token, and for everybody else the answer that everything gets that is not there.
//!
//! Whoever may not read a path learns nothing: the same status, headers and body, whether there is a token or not, whether the path exists or
//! not; and no file is looked for before the token was found good for its audience. Nothing of a token is logged or kept here.

use super::answer::{Kind, Prepared};
use super::tree::{Tree, inside, opened, relative};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::Response;
use casework::{Casework, Reader, reader_on};
use documents::place::{PROTECTED, audience_of};
use jiff::Timestamp;
use psirt::board::Board;
use std::path::PathBuf;
use std::sync::Arc;

/// No cache keeps it: the next one who asks is somebody else.
const CACHE: HeaderValue = HeaderValue::from_static("private, no-store");

/// Who knows the customers.
pub(super) enum Keeper {
    /// The house, as it is now.
    Casework(Casework),
    /// A board that stands still.
    Fixed(Arc<(Board, Timestamp)>),
}

/// The protected tree and who knows whom to let in.
pub(super) struct Guarded {
    tree: Tree,
    keeper: Keeper,
}

/// Whether a path is one that is never public.
pub(super) fn is_guarded(path: &str) -> bool {
    let below = path.strip_prefix('/').and_then(|path| path.strip_prefix(PROTECTED));
    below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

impl Guarded {
    pub(super) fn new(root: PathBuf, keeper: Keeper) -> Guarded {
        Guarded {
            tree: Tree::new(root),
            keeper,
        }
    }

    /// Follows the journal, so that a token that was taken back opens nothing any more.
    pub(super) async fn follow(&self, headers: &HeaderMap) {
        // What has not a token's form is none, whatever the journal says.
        if let Keeper::Casework(casework) = &self.keeper
            && casework::is_token(presented(headers))
        {
            // If it cannot be followed, what was known stands: a token ends by its date all the same.
            casework.refresh().await.ok();
        }
    }

    /// The file at a path of a brand's site, for whoever may read it; and by which token.
    pub(super) fn answer(
        &self,
        method: &Method,
        headers: &HeaderMap,
        domain: &str,
        path: &str,
    ) -> Option<(Response, String)> {
        let reader = self.reader(presented(headers), domain);
        let audience = audience_of(path.strip_prefix('/')?);
        let (reader, audience) = reader.zip(audience)?;
        if !reader.customer.reads(&audience) {
            return None;
        }
        let slot = self.tree.slot()?;
        let base = slot.join(domain).canonicalize().ok()?;
        let mut below = relative(path)?;
        if path.ends_with('/') {
            below.push("index.html");
        }
        let found = inside(&base, &below)?;
        let file = opened(self.tree.published(&slot).as_deref(), &found)?;
        let prepared = Prepared::of(&file, &Kind::of(&found, path), false, false).ok()?;
        let mut answer = prepared.answer(method, headers);
        answer.headers_mut().insert(CACHE_CONTROL, CACHE);
        Some((answer, reader.token))
    }

    /// Whom a token lets in, if it is a customer of the brand with this domain.
    fn reader(&self, token: &str, domain: &str) -> Option<Reader> {
        let on = |board: &Board, now: Timestamp| {
            let reader = reader_on(board, now, token)?;
            let brand = board.house.brands.get(&reader.customer.brand)?;
            brand.domain.eq_ignore_ascii_case(domain).then_some(reader)
        };
        match &self.keeper {
            Keeper::Casework(casework) => on(&casework.board(), casework.now()),
            Keeper::Fixed(fixed) => on(&fixed.0, fixed.1),
        }
    }

    /// Has it recorded that a token was used today. Nobody waits for it.
    pub(super) fn note_use(&self, token: String) {
        if let Keeper::Casework(casework) = &self.keeper {
            let casework = casework.clone();
            tokio::spawn(async move {
                if casework.token_used(&token).await.is_err() {
                    tracing::warn!("the use of a token could not be recorded");
                }
            });
        }
    }
}

/// The token that a request shows; empty where it shows none.
pub(super) fn presented(headers: &HeaderMap) -> &str {
    let shown = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = shown.and_then(|shown| {
        let (scheme, token) = shown.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
    });
    token.unwrap_or_default()
}

#[cfg(test)]
mod tests;
