//! `report`: a report by form. No account, no script; the number and the way into the room are shown once the report is safe.
//!
//! Owns the fields' names and what a page says of them. What may stand in them, and what becomes of it, is casework's. Nothing of it is
//! logged.

use super::desk::{Desk, Side};
use super::files::{self, Owner, SentFile};
use super::multipart::{Fault, Parts};
use super::{Place, page, proxies};
use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts as Asked;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use casework::{
    ActError, FormFault, FormReport, FormTerms, MAX_KEY_BYTES, MAX_LINE_CHARS, MAX_REPORT_BYTES, MIN_PASSPHRASE_CHARS,
    PASSPHRASE_MAX_BYTES, Submitted, told,
};
use std::sync::Arc;

/// Where the form is served; no file.
pub(super) const PATH: &str = "/report";
/// What the fields and the parts' headers may take beside the files.
const BESIDE_FILES_BYTES: u64 = 2 << 20;

#[derive(Template)]
#[template(path = "portal/form.html")]
struct FormPage {
    shell: look::Portal,
    brand: String,
    has_policy: bool,
    terms: FormTerms,
    form: FormReport,
    faults: Vec<FormFault>,
    /// What went wrong with all of it.
    refused: String,
    /// Whether it was sent, so that files are to be chosen again.
    is_again: bool,
    max_file_mb: u64,
    min_passphrase: usize,
    today: String,
}

impl FormPage {
    /// What is wrong with a field; empty if nothing is.
    fn fault(&self, field: &str) -> &str {
        let fault = self.faults.iter().find(|fault| fault.field == field);
        fault.map_or("", |fault| &fault.says)
    }

    fn label(field: &str) -> &'static str {
        match field {
            "title" => "In one sentence",
            "text" => "How to see it",
            "product" => "Product",
            "version" => "Version",
            "name" => "Your name",
            "mail" => "Mail address",
            "key" => "OpenPGP key",
            "credit_as" => "By which name",
            "disclosure" => "Your own date",
            _ => "Passphrase",
        }
    }

    fn policy_href(&self, clause: &str) -> String {
        match self.has_policy {
            true => format!("policy/index.html#{clause}"),
            false => String::new(),
        }
    }

    fn answer_name(&self, id: &str) -> String {
        format!("answer-{id}")
    }

    fn answered(&self, id: &str) -> &'static str {
        let answer = self.form.answers.iter().find(|(known, _)| known == id);
        answer.map_or("", |(_, holds)| if *holds { "yes" } else { "no" })
    }
}

#[derive(Template)]
#[template(path = "portal/taken.html")]
struct TakenPage {
    shell: look::Portal,
    number: String,
    /// The room's whole address; empty if it was shown before.
    room: String,
    has_passphrase: bool,
    /// The address that asks for the passphrase.
    door: String,
    files: Vec<SentFile>,
}

/// The empty form.
pub(super) async fn asked(State(place): State<Arc<Place>>, request: Request) -> Response {
    let (asked, _) = request.into_parts();
    let Some(desk) = Desk::of(place, Side::Portal, asked.uri, asked.headers).await else {
        return super::nothing();
    };
    desk.casework.refresh().await.ok();
    match desk.casework.draw_ticket() {
        Ok(ticket) => shown(&desk, blank(&desk, ticket), Vec::new(), String::new(), false),
        Err(_) => page::unavailable(),
    }
}

/// A form that was sent.
pub(super) async fn sent(State(place): State<Arc<Place>>, request: Request) -> Response {
    let (asked, body) = request.into_parts();
    let client = proxies::client(&asked);
    let Asked { uri, headers, .. } = asked;
    if page::is_of_elsewhere(&uri, &headers) {
        return page::from_elsewhere();
    }
    let Some(desk) = Desk::of(place, Side::Portal, uri, headers.clone()).await else {
        return super::nothing();
    };
    let Some(_place) = desk.places.forms.seat(client) else {
        return page::busy();
    };
    taken_in(&desk, &headers, body).await
}

async fn taken_in(desk: &Desk, headers: &HeaderMap, body: Body) -> Response {
    let mut form = blank(desk, String::new());
    let max_bytes = desk.max_file_bytes.saturating_add(BESIDE_FILES_BYTES);
    let mut parts = match Parts::of(headers, body, max_bytes) {
        Ok(parts) => parts,
        Err(fault) => return broken(desk, form, fault),
    };
    let first_file = match fields(&mut parts, &mut form).await {
        Ok(first_file) => first_file,
        Err(fault) => return broken(desk, form, fault),
    };
    if form.ticket.is_empty() {
        return broken(desk, form, Fault::NoForm);
    }
    let has_passphrase = !form.passphrase.is_empty();
    // Whoever goes away now has a report all the same, and gets the same number for the same form.
    let (casework, submitted) = (desk.casework.clone(), form.clone());
    let submitted = tokio::spawn(async move { casework.submit(submitted).await }).await;
    let taken = match submitted {
        Ok(Ok(Submitted::Taken(taken))) => taken,
        Ok(Ok(Submitted::Faults(faults))) => {
            drain(&mut parts).await;
            let refused = "What you wrote is kept below.".to_owned();
            return shown(desk, form, faults, refused, true);
        }
        Ok(Err(error)) => {
            drain(&mut parts).await;
            return refused(desk, form, &error);
        }
        Err(_) => return page::unavailable(),
    };
    let files = match first_file {
        Some(name) => files::seal(desk, &mut parts, name, Owner::Form(&taken)).await,
        None => Vec::new(),
    };
    let room = taken.room.as_ref();
    page::made(
        StatusCode::OK,
        TakenPage {
            shell: desk.shell("report"),
            number: taken.number.clone(),
            room: room.map_or_else(String::new, |key| desk.address(&format!("/room/{}", *key.reveal()))),
            door: room.map_or_else(String::new, |key| desk.address(&format!("/room/at/{}", key.address()))),
            has_passphrase,
            files,
        }
        .render(),
    )
}

/// Reads the fields up to the first file, whose name it gives. Files come last, as browsers send them.
async fn fields(parts: &mut Parts, form: &mut FormReport) -> Result<Option<String>, Fault> {
    const LINE_BYTES: usize = MAX_LINE_CHARS * 8;
    while let Some(head) = parts.next().await? {
        if let Some(file) = head.file {
            return Ok(Some(file));
        }
        let max_bytes = match head.name.as_str() {
            "text" => MAX_REPORT_BYTES * 2,
            "key" => MAX_KEY_BYTES * 2,
            "passphrase" => PASSPHRASE_MAX_BYTES * 4,
            _ => LINE_BYTES,
        };
        let text = parts.text(max_bytes).await?;
        let field = match head.name.as_str() {
            "ticket" => &mut form.ticket,
            "title" => &mut form.title,
            "text" => &mut form.text,
            "product" => &mut form.product,
            "version" => &mut form.version,
            "name" => &mut form.name,
            "mail" => &mut form.mail,
            "key" => &mut form.key,
            "credit" => &mut form.credit,
            "credit_as" => &mut form.credit_as,
            "disclosure" => &mut form.disclosure,
            "passphrase" => &mut form.passphrase,
            other => {
                if let (Some(id), "yes" | "no") = (other.strip_prefix("answer-"), text.as_str()) {
                    form.answers.push((id.to_owned(), text == "yes"));
                }
                continue;
            }
        };
        *field = match head.name.as_str() {
            "text" | "key" | "passphrase" => text,
            _ => text.trim().to_owned(),
        };
    }
    Ok(None)
}

/// Reads what is still under way, so that the browser gets to the answer.
async fn drain(parts: &mut Parts) {
    while let Ok(Some(_)) = parts.next().await {}
}

fn blank(desk: &Desk, ticket: String) -> FormReport {
    FormReport {
        ticket,
        brand: desk.brand.clone(),
        ..FormReport::default()
    }
}

fn refused(desk: &Desk, form: FormReport, error: &ActError) -> Response {
    let says = format!(
        "{} What you wrote is kept below, but not your files. You can also write to {}.",
        told(error),
        desk.contact()
    );
    let mut answer = shown(desk, form, Vec::new(), says, true);
    *answer.status_mut() = page::status_of(error);
    answer
}

fn broken(desk: &Desk, mut form: FormReport, fault: Fault) -> Response {
    if form.ticket.is_empty() {
        match desk.casework.draw_ticket() {
            Ok(ticket) => form.ticket = ticket,
            Err(_) => return page::unavailable(),
        }
    }
    if fault == Fault::TooSlow {
        return page::too_slow();
    }
    let says = match fault {
        Fault::TooLarge | Fault::FieldTooLong => {
            format!(
                "{}. Nothing was sent yet. Put long texts into a file.",
                crate::words::capital(&fault.to_string())
            )
        }
        _ => format!("The form could not be read: {fault}. Nothing was sent yet; send it again."),
    };
    let mut answer = shown(desk, form, Vec::new(), says, true);
    *answer.status_mut() = match fault {
        Fault::TooLarge | Fault::FieldTooLong | Fault::TooManyParts => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    };
    answer
}

fn shown(desk: &Desk, form: FormReport, faults: Vec<FormFault>, refused: String, is_again: bool) -> Response {
    let status = if refused.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = FormPage {
        shell: desk.shell("report"),
        brand: desk.face.brand.clone(),
        has_policy: desk.face.policy,
        terms: desk.casework.form_terms(&desk.brand),
        form,
        faults,
        refused,
        is_again,
        max_file_mb: desk.max_file_bytes >> 20,
        min_passphrase: MIN_PASSPHRASE_CHARS,
        today: desk.casework.now().strftime("%F").to_string(),
    };
    page::made(status, page.render())
}
