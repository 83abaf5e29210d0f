//! The desk's addresses: each reads the board, makes its page, and changes nothing.
//!
//! Owns routes and statuses. What a page says is `page`'s; what every answer carries is `head`'s.

use crate::docket::Docket;
use crate::head;
use crate::machine::Look;
use crate::page::advisories::Advisories;
use crate::page::advisory::AdvisoryView;
use crate::page::calculator::DeskCalculator;
use crate::page::case::CasePage;
use crate::page::cases::{Cases, Filter};
use crate::page::findings::Findings;
use crate::page::home::Home;
use crate::page::inbox::Inbox;
use crate::page::mail::{Mail, Wanted};
use crate::page::missing::Missing;
use crate::page::people::People;
use crate::page::policies::Policies;
use crate::page::policy::PolicyView;
use crate::page::products::Products;
use crate::page::status::Status;
use askama::Template;
use axum::Router;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use casework::Casework;
use jiff::Timestamp;
use psirt::board::{Board, Glances};
use serde::Deserialize;
use std::sync::Arc;
use tower_http::limit::RequestBodyLimitLayer;

/// Where the desk reads.
#[derive(Clone)]
enum Source {
    /// A house, and what finds out how its machine stands.
    Casework(Casework, Option<Look>),
    /// A board that stands still.
    Fixed(Arc<(Board, Timestamp)>),
}

/// The desk of an installation; with `look` its status page says how the machine stands.
pub fn desk(casework: Casework, look: Option<Look>) -> Router {
    router(Source::Casework(casework, look))
}

/// The desk over a board that stands still at an instant: for tests and pictures.
pub fn desk_of_board(board: Board, now: Timestamp) -> Router {
    router(Source::Fixed(Arc::new((board, now))))
}

fn router(source: Source) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/inbox", get(inbox))
        .route("/mail", get(mail))
        .route("/cases", get(cases))
        .route("/cases/{number}", get(case))
        .route("/findings", get(findings))
        .route("/advisories", get(advisories))
        .route("/advisories/{id}", get(advisory))
        .route(crate::calculator::PATH, get(calculator))
        .route("/products", get(products))
        .route("/policy", get(policies))
        .route("/policy/{id}", get(policy))
        .route("/people", get(people))
        .route("/status", get(status))
        .route("/assets/{name}", get(asset))
        .fallback(missing)
        .layer(RequestBodyLimitLayer::new(0))
        .layer(axum::middleware::from_fn(head::desk))
        .with_state(source)
}

type Page = Result<Option<String>, askama::Error>;

impl Source {
    /// Follows the journal, then makes a page of the board away from the threads that answer: a board may hold ten thousand open cases.
    async fn answer(self, make: impl FnOnce(&Docket<'_>) -> Page + Send + 'static) -> Response {
        if let Source::Casework(casework, _) = &self
            && let Err(error) = casework.refresh().await
        {
            return unavailable(&format!("The journal cannot be followed: {error}"));
        }
        let made = tokio::task::spawn_blocking(move || match &self {
            Source::Casework(casework, _) => {
                casework.glance(|board, glances, now| answer(&Docket::of(board, glances, now), make))
            }
            Source::Fixed(fixed) => {
                let mut glances = Glances::default();
                glances.update(&fixed.0, fixed.1);
                answer(&Docket::of(&fixed.0, &glances, fixed.1), make)
            }
        });
        made.await
            .unwrap_or_else(|_| unavailable("The page could not be made; the log names the place."))
    }
}

fn answer(docket: &Docket<'_>, make: impl FnOnce(&Docket<'_>) -> Page) -> Response {
    let made = make(docket).and_then(|page| match page {
        Some(page) => Ok((StatusCode::OK, page)),
        None => Ok((StatusCode::NOT_FOUND, Missing::of(docket).render()?)),
    });
    match made {
        Ok((status, page)) => (status, Html(page)).into_response(),
        Err(_) => unavailable("The page could not be written."),
    }
}

fn unavailable(why: &str) -> Response {
    (
        StatusCode::SERVICE_UNAVAILABLE,
        format!("{why}\nNothing was changed. Try again; if it stays, look at the log.\n"),
    )
        .into_response()
}

async fn home(State(source): State<Source>) -> Response {
    source.answer(|docket| Home::of(docket).render().map(Some)).await
}

/// Which report of the inbox is open.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Chosen {
    report: String,
}

async fn inbox(State(source): State<Source>, query: Result<Query<Chosen>, QueryRejection>) -> Response {
    let Chosen { report } = query.map(|Query(chosen)| chosen).unwrap_or_default();
    source
        .answer(move |docket| Inbox::of(docket, &report).render().map(Some))
        .await
}

async fn mail(State(source): State<Source>, query: Result<Query<Wanted>, QueryRejection>) -> Response {
    let wanted = query.map(|Query(wanted)| wanted).unwrap_or_default();
    source
        .answer(move |docket| Mail::of(docket, &wanted).render().map(Some))
        .await
}

async fn cases(State(source): State<Source>, query: Result<Query<Filter>, QueryRejection>) -> Response {
    let filter = query.map(|Query(filter)| filter).unwrap_or_default();
    source
        .answer(move |docket| Cases::of(docket, filter).render().map(Some))
        .await
}

async fn case(State(source): State<Source>, number: Result<Path<String>, PathRejection>) -> Response {
    let number = number.map(|Path(number)| number).unwrap_or_default();
    source
        .answer(move |docket| CasePage::of(docket, &number).map(|page| page.render()).transpose())
        .await
}

async fn findings(State(source): State<Source>) -> Response {
    source.answer(|docket| Findings::of(docket).render().map(Some)).await
}

async fn advisories(State(source): State<Source>) -> Response {
    source.answer(|docket| Advisories::of(docket).render().map(Some)).await
}

async fn advisory(State(source): State<Source>, id: Result<Path<String>, PathRejection>) -> Response {
    let id = id.map(|Path(id)| id).unwrap_or_default();
    source
        .answer(move |docket| AdvisoryView::of(docket, &id).map(|page| page.render()).transpose())
        .await
}

async fn calculator(
    State(source): State<Source>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Response {
    let query = query.map(|Query(query)| query).unwrap_or_default();
    source
        .answer(move |docket| DeskCalculator::of(docket, &query).render().map(Some))
        .await
}

async fn products(State(source): State<Source>) -> Response {
    source.answer(|docket| Products::of(docket).render().map(Some)).await
}

async fn policies(State(source): State<Source>) -> Response {
    source.answer(|docket| Policies::of(docket).render().map(Some)).await
}

/// Which version of a policy is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Version {
    version: String,
}

async fn policy(
    State(source): State<Source>,
    id: Result<Path<String>, PathRejection>,
    query: Result<Query<Version>, QueryRejection>,
) -> Response {
    let id = id.map(|Path(id)| id).unwrap_or_default();
    let Version { version } = query.map(|Query(version)| version).unwrap_or_default();
    source
        .answer(move |docket| {
            PolicyView::of(docket, &id, &version)
                .map(|page| page.render())
                .transpose()
        })
        .await
}

async fn people(State(source): State<Source>) -> Response {
    source.answer(|docket| People::of(docket).render().map(Some)).await
}

async fn status(State(source): State<Source>) -> Response {
    let look = match &source {
        Source::Casework(_, look) => look.clone(),
        Source::Fixed(_) => None,
    };
    // It may wait for the kernel and for a process, and holds up nobody while it does.
    let machine = tokio::task::spawn_blocking(move || look.map(|look| look())).await;
    let machine = machine.ok().flatten();
    source
        .answer(move |docket| Status::of(docket, machine.as_ref()).render().map(Some))
        .await
}

async fn missing(State(source): State<Source>) -> Response {
    source.answer(|_| Ok(None)).await
}

async fn asset(State(source): State<Source>, name: Result<Path<String>, PathRejection>) -> Response {
    let name = name.map(|Path(name)| name).unwrap_or_default();
    match look::assets().into_iter().find(|asset| asset.name == name) {
        Some(asset) => (
            [(CONTENT_TYPE, asset.media_type), (CACHE_CONTROL, head::IMMUTABLE)],
            asset.text,
        )
            .into_response(),
        None => missing(State(source)).await,
    }
}
