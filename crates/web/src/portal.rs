//! The portal: the published tree as files, each brand's folder under the names of its host.
//!
//! Serves what `publish` swapped in and nothing beside it: no path leaves a brand's folder, no hidden file but `.well-known`, no symbolic
//! link out. The link to the tree is followed anew for each request. Files know no case; who asks, and with what program, makes no difference, but for
//! what is not public at all (`guarded`).
//!
//! What people send comes in by `form` and `room`, what machines send by `api`; they know their casework.
//!
//! It makes three pages, where the tree says that they are served: the search, "am I affected?" and the calculator. They know the catalogue in the
//! tree and nothing else, are stored nowhere, and what was asked is in no log.
//!
//! One listener serves all brands, by `Host`. With one brand every host is its; with several an unknown host gets the answer that
//! everything gets that is not there. `csaf.data.security.<domain>` is the DNS path of CSAF 2.0 §7.1.10: its `/` is the brand's
//! provider-metadata.json itself. `openpgpkey.<mail domain>` is where mail programs look for keys. On this machine `<domain>.localhost` is another name of `<domain>`, so that a browser reaches each, and
//! a loopback address is one of the first brand. Where a brand's rooms have a host of their own, nothing but rooms is there, and what their pages look like.
//!
//! Not served by tower-http's `ServeDir`, which does ranges and conditions too: it follows links out of its folder, and its tag is a file's
//! time, which differs between the two slots of the tree for the same bytes. Here a tag is the content's digest, from the tree's manifest.

mod affected;
mod answer;
mod api;
mod ask;
mod body;
mod calculator;
mod catalog;
mod desk;
mod files;
mod form;
mod guarded;
mod missing;
mod multipart;
mod page;
mod places;
pub(crate) mod proxies;
mod range;
mod room;
mod search;
mod tree;
mod validator;

use crate::head;
use affected::Affected;
use answer::{Kind, Prepared, accepts_gzip};
use ask::Ask;
use askama::Template as _;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    CACHE_CONTROL, CONTENT_TYPE, HOST, LOCATION,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use casework::Casework;
use catalog::{Catalog, Shelf};
use desk::Counter;
use documents::place::{DNS_PATH_PREFIX, KEY_DIRECTORY_PREFIX, PROVIDER_METADATA, gone_instead_of};
use guarded::{Guarded, Keeper};
use jiff::Timestamp;
use psirt::board::Board;
use search::Search;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tower_http::limit::RequestBodyLimitLayer;
use tree::{Tree, inside, opened, relative};

/// How the names of files end that are made for machines.
const OPEN: [&str; 8] = ["json", "atom", "csv", "txt", "asc", "sha256", "sha512", "md"];
/// Behind a brand's domain: its name on this machine.
const ON_THIS_MACHINE: &str = ".localhost";

/// The portal of these brands: each has its folder, named by its domain, under `root`, the published tree (a symbolic link that is
/// swapped; it is followed anew for each request).
pub fn portal(root: PathBuf, domains: Vec<String>) -> Router {
    router(root, Hosts::Fixed(lower(domains)), None, None)
}

/// The same for every brand that has a key, as the board has them at each request; and below `/protected/` of each what was released to its
/// customers, from `protected`, the protected tree, for whoever shows one of their tokens. Reports come in by the form, with files of at most
/// `max_file_bytes`, and their reporters have rooms.
pub fn portal_with_customers(root: PathBuf, protected: PathBuf, casework: Casework, max_file_bytes: u64) -> Router {
    let guarded = Guarded::new(protected, Keeper::Casework(casework.clone()));
    let counter = Counter::new(casework.clone(), max_file_bytes);
    router(root, Hosts::Board(casework), Some(guarded), Some(counter))
}

/// The same over a board that stands still at an instant: for tests.
pub fn portal_of_board(
    root: PathBuf,
    domains: Vec<String>,
    protected: PathBuf,
    board: Board,
    now: Timestamp,
) -> Router {
    let keeper = Keeper::Fixed(Arc::new((board, now)));
    router(
        root,
        Hosts::Fixed(lower(domains)),
        Some(Guarded::new(protected, keeper)),
        None,
    )
}

fn lower(domains: Vec<String>) -> Vec<String> {
    domains.iter().map(|domain| domain.to_ascii_lowercase()).collect()
}

fn router(root: PathBuf, hosts: Hosts, guarded: Option<Guarded>, counter: Option<Counter>) -> Router {
    let place = Arc::new(Place {
        tree: Tree::new(root),
        hosts,
        guarded,
        counter,
        shelf: Shelf::default(),
    });
    Router::new()
        .route("/search", get(searched))
        .route("/affected", get(checked))
        .route(crate::calculator::PATH, get(calculated))
        .fallback(file)
        .layer(RequestBodyLimitLayer::new(0))
        // What is sent has limits of its own, field by field.
        .route(form::PATH, get(form::asked).post(form::sent))
        .route(api::PATH, axum::routing::post(api::sent))
        .route(api::ONE, get(api::asked))
        .route(room::ROOM, get(room::shown).post(room::sent))
        .route(room::ERASE, get(room::erasing))
        .route(room::DOOR, get(room::door).post(room::knocked))
        .layer(axum::extract::DefaultBodyLimit::disable())
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&place), missing::told))
        .layer(axum::middleware::from_fn(head::portal))
        .with_state(place)
}

struct Place {
    tree: Tree,
    hosts: Hosts,
    guarded: Option<Guarded>,
    /// What takes reports in; none where only files are served.
    counter: Option<Counter>,
    /// What the served pages know.
    shelf: Shelf,
}

/// Whose portals these are.
enum Hosts {
    /// These, in lower case.
    Fixed(Vec<String>),
    /// Those of the brands that have a key: one that comes while it is served is known at once.
    Board(Casework),
}

impl Hosts {
    fn domains(&self) -> Vec<String> {
        match self {
            Hosts::Fixed(domains) => domains.clone(),
            Hosts::Board(casework) => {
                let board = casework.board();
                let brands = board.house.publishing().into_iter();
                brands.map(|brand| brand.domain.to_ascii_lowercase()).collect()
            }
        }
    }

    /// The domain of the brand whose rooms have this host, or had it.
    fn of_rooms(&self, host: &str) -> Option<String> {
        let Hosts::Board(casework) = self else { return None };
        let board = casework.board();
        let brand = board.house.brand_of_rooms(host)?;
        let is_served = board.house.publishing().iter().any(|other| other.id == brand.id);
        is_served.then(|| brand.domain.to_ascii_lowercase())
    }
}

/// Which folder a host's name leads to.
#[derive(Debug, PartialEq, Eq)]
enum Face {
    /// The key directory of a mail domain: its host is its folder's name.
    Keys(String),
    /// A brand's site.
    Site(String),
    /// The DNS path of a brand.
    DnsPath(String),
    /// The rooms of the brand with this domain, and nothing else.
    Rooms(String),
}

async fn file(State(place): State<Arc<Place>>, request: Request) -> Response {
    let (asked, _) = request.into_parts();
    if guarded::is_guarded(asked.uri.path()) {
        return guarded(place, asked).await.unwrap_or_else(nothing);
    }
    let path = asked.uri.path().to_owned();
    let Some(wanted) = place.wanted(&asked.uri, &asked.headers) else {
        return asset(&path).unwrap_or_else(nothing);
    };
    // What is in memory needs no more of the disk than its state.
    if let Some(prepared) = place.tree.remembered(&wanted.below, wanted.reads_gzip) {
        return prepared.answer(&asked.method, &asked.headers);
    }
    // Everything that reads the disk, in one step away from the connections.
    let answer = tokio::task::spawn_blocking(move || place.answer(&wanted, &asked.method, &asked.headers)).await;
    answer.ok().flatten().or_else(|| asset(&path)).unwrap_or_else(nothing)
}

/// What is not public, for whoever may read it; and for nobody else a look at any file.
async fn guarded(place: Arc<Place>, asked: Parts) -> Option<Response> {
    let guarded = place.guarded.as_ref()?;
    guarded.follow(&asked.headers).await;
    let asking = Arc::clone(&place);
    let answer = tokio::task::spawn_blocking(move || {
        let Face::Site(domain) = asking.face(host(&asked.uri, &asked.headers).as_deref())? else {
            return None;
        };
        let guarded = asking.guarded.as_ref()?;
        guarded.answer(&asked.method, &asked.headers, &domain, asked.uri.path())
    });
    let (answer, token) = answer.await.ok().flatten()?;
    guarded.note_use(token);
    Some(answer)
}

async fn searched(State(place): State<Arc<Place>>, request: Request) -> Response {
    served(place, request, |catalog, uri| {
        let page = Search::of(catalog, Ask::of(uri));
        (page.is_refused(), page.render().ok())
    })
    .await
}

async fn checked(State(place): State<Arc<Place>>, request: Request) -> Response {
    served(place, request, |catalog, uri| {
        let page = Affected::of(catalog, Ask::of(uri));
        (page.is_refused(), page.render().ok())
    })
    .await
}

async fn calculated(State(place): State<Arc<Place>>, request: Request) -> Response {
    served(place, request, |catalog, uri| {
        (false, calculator::page(catalog, uri).render().ok())
    })
    .await
}

/// A page that is made of the catalogue, now, and kept by nobody.
async fn served(
    place: Arc<Place>,
    request: Request,
    page: impl Fn(&Catalog, &Uri) -> (bool, Option<String>) + Send + 'static,
) -> Response {
    let (asked, _) = request.into_parts();
    let made = tokio::task::spawn_blocking(move || {
        let catalog = place.catalog(&asked.uri, &asked.headers)?;
        let (refused, page) = page(&catalog, &asked.uri);
        let status = if refused {
            StatusCode::BAD_REQUEST
        } else {
            StatusCode::OK
        };
        let told = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")];
        Some((status, told, page?).into_response())
    });
    made.await.ok().flatten().unwrap_or_else(nothing)
}

/// A file that somebody asks for.
struct Wanted {
    domain: String,
    /// As the brand's site has it.
    path: String,
    /// The same as a path of plain names, below the site's folder.
    relative: PathBuf,
    /// The file that this means, below the tree.
    below: PathBuf,
    reads_gzip: bool,
}

impl Place {
    /// The catalogue of the brand that is asked, if its pages say that anything is served.
    fn catalog(&self, uri: &Uri, headers: &HeaderMap) -> Option<Arc<Catalog>> {
        let Face::Site(domain) = self.face(host(uri, headers).as_deref())? else {
            return None;
        };
        let catalog = self.catalog_of(&domain)?;
        catalog.face.dynamic.then_some(catalog)
    }

    /// What stands around a brand's pages, if it has published any.
    fn face_of(&self, domain: &str) -> Option<documents::catalog::Face> {
        self.catalog_of(domain).map(|catalog| catalog.face.clone())
    }

    fn catalog_of(&self, domain: &str) -> Option<Arc<Catalog>> {
        let slot = self.tree.slot()?;
        let base = slot
            .join(domain)
            .canonicalize()
            .ok()
            .filter(|base| base.starts_with(&slot))?;
        let published = self.tree.published(&slot)?;
        self.shelf.get(domain, &base, published.digests())
    }

    /// What a request for a file asks for, before anybody looks at the disk.
    fn wanted(&self, uri: &Uri, headers: &HeaderMap) -> Option<Wanted> {
        let path = uri.path();
        let (domain, path) = match self.face(host(uri, headers).as_deref())? {
            Face::Site(domain) => (domain, path.to_owned()),
            Face::DnsPath(domain) if path == "/" => (domain, format!("/{PROVIDER_METADATA}")),
            Face::DnsPath(_) => return None,
            // What its pages look like is the brand's.
            Face::Rooms(domain) if path.starts_with("/assets/") => (domain, path.to_owned()),
            Face::Rooms(_) => return None,
            Face::Keys(host) => (host, path.to_owned()),
        };
        let relative = relative(&path)?;
        let mut below = Path::new(&domain).join(&relative);
        if path.ends_with('/') {
            below.push("index.html");
        }
        Some(Wanted {
            reads_gzip: accepts_gzip(headers),
            domain,
            path,
            relative,
            below,
        })
    }

    fn answer(&self, wanted: &Wanted, method: &Method, headers: &HeaderMap) -> Option<Response> {
        let Wanted { path, relative, .. } = wanted;
        let slot = self.tree.slot()?;
        let known = self.tree.published(&slot);
        let is_known = |file: &Path| known.as_ref().is_some_and(|known| known.has(file));
        let named = slot.join(&wanted.below);
        // What the manifest names is a plain file of ours; for anything else the disk is asked what is there, and where it leads.
        let found = match is_known(&named) {
            true => named.clone(),
            false => {
                let base = slot.join(&wanted.domain).canonicalize().ok()?;
                let Some(found) = inside(&base, relative) else {
                    return gone(&base, path);
                };
                match (found.is_dir(), path.ends_with('/')) {
                    (true, false) if inside(&base, &relative.join("index.html")).is_none() => return None,
                    (true, false) => return with_slash(path),
                    (true, true) => inside(&base, &relative.join("index.html"))?,
                    (false, true) => return None,
                    (false, false) => found,
                }
            }
        };
        let kind = Kind::of(&found, path);
        let packed = found.with_added_extension("gz");
        let gzip = (kind.is_text && (is_known(&packed) || known.is_none() && packed.is_file())).then_some(packed);
        let accepted = gzip.as_ref().filter(|_| wanted.reads_gzip);
        let file = accepted.and_then(|gzip| opened(known.as_deref(), gzip));
        let coded = file.is_some();
        let file = file.or_else(|| opened(known.as_deref(), &found))?;
        let prepared = Arc::new(Prepared::of(&file, &kind, gzip.is_some(), coded).ok()?);
        if let Some(known) = known {
            known.remember(named, wanted.reads_gzip, &file, &prepared);
        }
        Some(prepared.answer(method, headers))
    }

    /// The brand that a host's name means.
    fn face(&self, host: Option<&str>) -> Option<Face> {
        let domains = self.hosts.domains();
        let asked = host.unwrap_or_default();
        let host = asked.strip_suffix(ON_THIS_MACHINE).unwrap_or(asked);
        if let Some(domain) = self.hosts.of_rooms(host) {
            return Some(Face::Rooms(domain));
        }
        let named = |name: &str| domains.iter().find(|domain| *domain == name).cloned();
        if let Some(domain) = named(host) {
            return Some(Face::Site(domain));
        }
        if let Some(domain) = host.strip_prefix(DNS_PATH_PREFIX).and_then(named) {
            return Some(Face::DnsPath(domain));
        }
        if host.starts_with(KEY_DIRECTORY_PREFIX) && is_plain_host(host) && self.tree.has_folder(host) {
            return Some(Face::Keys(host.to_owned()));
        }
        let first = domains.first()?.clone();
        (domains.len() == 1 || is_this_machine(asked)).then_some(Face::Site(first))
    }
}

/// The host's name without its port, in small letters. An address in the request line says more than the header (RFC 9112 §3.2.2).
fn host(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let text = match uri.authority() {
        Some(authority) => authority.as_str(),
        None => headers.get(HOST)?.to_str().ok()?,
    };
    let name = match text.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => text,
    };
    Some(name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase())
}

/// Whether a host's name is also one of a folder, and of no other place.
fn is_plain_host(host: &str) -> bool {
    let label = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    host.split('.').all(label)
}

/// Whether a host's name is one that every machine has for itself.
fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

/// A folder is reached with its slash. No address that CSAF metadata names is one without it, so that none of them is redirected (CSAF 2.0 §7.1.6).
fn with_slash(path: &str) -> Option<Response> {
    // The path is one of plain names, so it cannot be read as another host's address.
    let to = HeaderValue::from_str(&format!("{path}/")).ok()?;
    Some((StatusCode::PERMANENT_REDIRECT, [(LOCATION, to)]).into_response())
}

/// Whether anybody's page may read what is at a path: everything public that is made for machines.
fn is_open(path: &str) -> bool {
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str());
    let is_data = extension.is_some_and(|extension| OPEN.contains(&extension));
    !guarded::is_guarded(path) && (is_data || is_for_machines(path))
}

/// What browsers ask before a page of elsewhere may make a conditional request, or one for a part. The path alone decides.
pub(crate) fn preflight(path: &str) -> Option<Response> {
    let told = [
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD"),
        (
            ACCESS_CONTROL_ALLOW_HEADERS,
            "If-Modified-Since, If-None-Match, If-Range, Range",
        ),
        (ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    is_open(path).then(|| (StatusCode::NO_CONTENT, told).into_response())
}

/// Whether CSAF readers come here: metadata, documents, feeds and keys.
fn is_for_machines(path: &str) -> bool {
    let below = |folder: &str| {
        path.strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    below("/.well-known") || below("/csaf")
}

/// What is left of a document that had to go, where it was: word of it, to be kept by no index.
fn gone(base: &Path, path: &str) -> Option<Response> {
    let tombstone = inside(base, Path::new(&gone_instead_of(path.strip_prefix('/')?)?))?;
    let said = fs::read(tombstone).ok()?;
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "public, max-age=60"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    Some((StatusCode::GONE, headers, said).into_response())
}

/// What a page needs that is made here: the tree may still be of an older program, with other names for its assets.
fn asset(path: &str) -> Option<Response> {
    let name = path.strip_prefix("/assets/")?;
    let asset = look::assets().into_iter().find(|asset| asset.name == name)?;
    let headers = [(CONTENT_TYPE, asset.media_type), (CACHE_CONTROL, head::IMMUTABLE)];
    Some((headers, asset.text).into_response())
}

/// The same answer for everything that is not there, and for what is not for whoever asks. No cache keeps it: with a token it may be there.
fn nothing() -> Response {
    let mut answer = (
        StatusCode::NOT_FOUND,
        [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "no-store")],
        "There is nothing at this address.\n",
    )
        .into_response();
    answer.extensions_mut().insert(missing::Nothing);
    answer
}

#[cfg(test)]
pub(crate) mod tests;
