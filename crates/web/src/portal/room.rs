//! `room`: the page that a reporter opens with a secret, and what they send from it. Works without scripts and keeps no session.
//!
//! Owns addresses and words. What is shown, and what may be recorded, casework decides. A secret that is unknown, wrong or of a room that was
//! closed gets the answer that everything gets that is not there. The secret is in the address: no log, referrer or cache gets it.

use super::desk::{Desk, Side};
use super::files::{self, Owner, SentFile};
use super::multipart::{Fault, Parts};
use super::{Place, nothing, page, places, proxies};
use askama::Template;
use axum::extract::{Path, Request, State};
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use casework::{
    Appeal, MAX_LINE_CHARS, MAX_WORDS_BYTES, Moved, Owed, PASSPHRASE_MAX_BYTES, Room, RoomStatus, RoomView, Wish, told,
};
use jiff::Timestamp;
use psirt::case::phase::Phase;
use psirt::clock::State as Promise;
use psirt::event::{CreditChoice, Deadline, Kind};
use std::sync::Arc;

/// Where a room is served; no file.
pub(super) const ROOM: &str = "/room/{key}";
/// Where its erasure is asked for once more.
pub(super) const ERASE: &str = "/room/{key}/erase";
/// Where its status stands, and its passphrase is asked for.
pub(super) const DOOR: &str = "/room/at/{address}";
const BESIDE_FILES_BYTES: u64 = 1 << 20;

#[derive(Template)]
#[template(path = "portal/room.html")]
struct RoomPage {
    shell: look::Portal,
    brand: String,
    view: RoomView,
    now: Timestamp,
    /// The secret, for the one link that needs it: everything else is sent to where the page is.
    key: String,
    ticket: String,
    door: String,
    /// What comes before a path of the portal.
    site: String,
    has_policy: bool,
    max_file_mb: u64,
    /// Where the key is that reports are encrypted to, from the portal's root; none if the brand has none.
    intake_key: Option<String>,
    /// What was just recorded; empty if nothing was.
    done: String,
    /// What was refused; empty if nothing was.
    refused: String,
    /// What became of files.
    files: Vec<SentFile>,
    /// A message that was refused, as it was written.
    draft: String,
    /// An appeal that was refused, as it was written.
    appealed: String,
}

#[derive(Template)]
#[template(path = "portal/room-door.html")]
struct DoorPage {
    shell: look::Portal,
    status: RoomStatus,
    now: Timestamp,
    number: String,
    refused: bool,
}

#[derive(Template)]
#[template(path = "portal/room-erase.html")]
struct ErasePage {
    shell: look::Portal,
    number: String,
    ticket: String,
    back: String,
    files: usize,
}

#[derive(Template)]
#[template(path = "portal/room-erased.html")]
struct ErasedPage {
    shell: look::Portal,
    number: String,
}

/// The room, for whoever has its secret.
pub(super) async fn shown(State(place): State<Arc<Place>>, Path(key): Path<String>, request: Request) -> Response {
    let (asked, _) = request.into_parts();
    let done = asked
        .uri
        .query()
        .and_then(|query| query.strip_prefix("done="))
        .unwrap_or_default();
    let done = done_words(done).to_owned();
    match entered(place, &key, asked.uri, asked.headers).await {
        Some((desk, room)) => {
            // If it cannot be recorded, the page is there all the same.
            desk.casework.room_seen(&room).await.ok();
            made(&desk, &room, Told { done, ..Told::at(&key) })
        }
        None => nothing(),
    }
}

/// What a reporter sends from their room.
pub(super) async fn sent(State(place): State<Arc<Place>>, Path(key): Path<String>, request: Request) -> Response {
    let (asked, body) = request.into_parts();
    let client = proxies::client(&asked);
    if page::is_of_elsewhere(&asked.uri, &asked.headers) {
        return page::from_elsewhere();
    }
    let Some((desk, room)) = entered(place, &key, asked.uri, asked.headers.clone()).await else {
        return nothing();
    };
    let Some(place) = desk.places.words.seat(client) else {
        return page::busy();
    };
    let max_bytes = desk.max_file_bytes.saturating_add(BESIDE_FILES_BYTES);
    let read = async {
        let mut parts = Parts::of(&asked.headers, body, max_bytes)?;
        let mut said = Said::default();
        let file = said.read(&mut parts).await?;
        Ok::<_, Fault>((parts, said, file))
    };
    match read.await {
        // Files take long: whoever sends them goes to the places for files.
        Ok((mut parts, said, file)) if said.act == "files" => {
            drop(place);
            let Some(_place) = desk.places.uploads.seat(client) else {
                return page::busy();
            };
            uploaded(&desk, &room, &key, &mut parts, file).await
        }
        Ok((_, said, _)) => acted(&desk, &room, &key, said).await,
        Err(Fault::TooSlow) => page::too_slow(),
        Err(fault) => {
            let refused = format!("It could not be read: {fault}. Nothing of it was kept; send it again.");
            let mut answer = made(
                &desk,
                &room,
                Told {
                    refused,
                    ..Told::at(&key)
                },
            );
            *answer.status_mut() = StatusCode::BAD_REQUEST;
            answer
        }
    }
}

/// Asks once more before somebody is erased.
pub(super) async fn erasing(State(place): State<Arc<Place>>, Path(key): Path<String>, request: Request) -> Response {
    let (asked, _) = request.into_parts();
    let Some((desk, room)) = entered(place, &key, asked.uri, asked.headers).await else {
        return nothing();
    };
    let (Some(view), Ok(ticket)) = (desk.casework.view_room(&room), desk.casework.draw_ticket()) else {
        return nothing();
    };
    let erase = ErasePage {
        shell: desk.shell("room/x/erase"),
        number: view.number,
        ticket,
        back: format!("/room/{key}"),
        files: view.files.len(),
    };
    page::made(StatusCode::OK, erase.render())
}

/// The address of a room that may travel in clear: its status, and the way in by passphrase.
pub(super) async fn door(State(place): State<Arc<Place>>, Path(address): Path<String>, request: Request) -> Response {
    let (asked, _) = request.into_parts();
    let Some(desk) = desk_of(place, &address, asked.uri, asked.headers).await else {
        return nothing();
    };
    at_door(&desk, &address, String::new(), false)
}

/// A passphrase that was tried.
pub(super) async fn knocked(
    State(place): State<Arc<Place>>,
    Path(address): Path<String>,
    request: Request,
) -> Response {
    let (asked, body) = request.into_parts();
    let client = proxies::client(&asked);
    if page::is_of_elsewhere(&asked.uri, &asked.headers) {
        return page::from_elsewhere();
    }
    let Some(desk) = desk_of(place, &address, asked.uri, asked.headers.clone()).await else {
        return nothing();
    };
    let Some(_place) = desk.places.knocks.seat(client) else {
        return page::busy();
    };
    let Ok(mut parts) = Parts::of(&asked.headers, body, 64 * 1_024) else {
        return at_door(&desk, &address, String::new(), true);
    };
    let (mut number, mut passphrase) = (String::new(), String::new());
    loop {
        let head = match parts.next().await {
            Ok(Some(head)) => head,
            Err(Fault::TooSlow) => return page::too_slow(),
            Ok(None) | Err(_) => break,
        };
        let text = match parts.text(PASSPHRASE_MAX_BYTES * 4).await {
            Err(Fault::TooSlow) => return page::too_slow(),
            text => text.unwrap_or_default(),
        };
        match head.name.as_str() {
            "number" => text.trim().clone_into(&mut number),
            "passphrase" => passphrase = text,
            _ => {}
        }
    }
    let client = client.map(places::Client::name);
    let knocked = desk
        .casework
        .unlock_room(&desk.brand, &address, &number, &passphrase, client.as_deref())
        .await;
    tokio::time::sleep(knocked.told_after).await;
    match knocked.key {
        Some(key) => to(&format!("/room/{}", *key.reveal())),
        None => at_door(&desk, &address, number, true),
    }
}

async fn desk_of(place: Arc<Place>, secret: &str, uri: Uri, headers: HeaderMap) -> Option<Desk> {
    // What has not the form of a secret or an address is none, whatever the journal says.
    let fits = casework::is_room_address(secret) || casework::RoomKey::read(secret).is_some();
    let desk = Desk::of(place, Side::Rooms, uri, headers).await.filter(|_| fits)?;
    // If the journal cannot be followed, what was known stands.
    desk.casework.refresh().await.ok();
    Some(desk)
}

async fn entered(place: Arc<Place>, key: &str, uri: Uri, headers: HeaderMap) -> Option<(Desk, Room)> {
    let desk = desk_of(place, key, uri, headers).await?;
    let room = desk.casework.room(&desk.brand, key)?;
    Some((desk, room))
}

/// What a form of the room says.
#[derive(Default)]
struct Said {
    /// Which form.
    act: String,
    once: String,
    text: String,
    credit: String,
    name: String,
    day: String,
    sure: bool,
}

impl Said {
    /// Reads the fields up to the first file, whose name it gives.
    async fn read(&mut self, parts: &mut Parts) -> Result<Option<String>, Fault> {
        while let Some(head) = parts.next().await? {
            if let Some(file) = head.file {
                return Ok(Some(file));
            }
            let max_bytes = if head.name == "text" {
                MAX_WORDS_BYTES * 2
            } else {
                MAX_LINE_CHARS * 8
            };
            let text = parts.text(max_bytes).await?;
            match head.name.as_str() {
                "act" => self.act = text,
                "once" => self.once = text,
                "text" => self.text = text,
                "credit" => self.credit = text,
                "name" => self.name = text,
                "day" => self.day = text,
                "sure" => self.sure = text == "yes",
                _ => {}
            }
        }
        Ok(None)
    }

    fn wish(&self) -> Option<Wish> {
        Some(match self.act.as_str() {
            "message" => Wish::Message(self.text.clone()),
            "appeal" => Wish::Appeal(self.text.clone()),
            "plan" => Wish::Disclosure(self.day.clone()),
            "credit" => {
                let choice = match self.credit.as_str() {
                    "yes" => CreditChoice::Yes,
                    "no" => CreditChoice::No,
                    _ => CreditChoice::Unasked,
                };
                Wish::Credit(choice, self.name.clone())
            }
            _ => return None,
        })
    }
}

async fn acted(desk: &Desk, room: &Room, key: &str, said: Said) -> Response {
    if said.act == "erase" {
        return erased(desk, room, key, said.sure).await;
    }
    let Some(wish) = said.wish().filter(|_| !said.once.is_empty()) else {
        let refused = "It could not be read. Nothing of it was kept; send it again.".to_owned();
        return made(
            desk,
            room,
            Told {
                refused,
                ..Told::at(key)
            },
        );
    };
    match desk.casework.act_in_room(room, &said.once, &wish).await {
        Ok(()) => to(&format!("/room/{key}?done={}", said.act)),
        Err(error) => {
            let mut told_so = Told {
                refused: crate::words::capital(&told(&error)),
                ..Told::at(key)
            };
            match wish {
                Wish::Message(text) => told_so.draft = text,
                Wish::Appeal(text) => told_so.appealed = text,
                _ => {}
            }
            let mut answer = made(desk, room, told_so);
            if answer.status() == StatusCode::OK {
                *answer.status_mut() = page::status_of(&error);
            }
            answer
        }
    }
}

async fn uploaded(desk: &Desk, room: &Room, key: &str, parts: &mut Parts, first: Option<String>) -> Response {
    let files = match first {
        Some(first) => files::seal(desk, parts, first, Owner::Room(room)).await,
        None => Vec::new(),
    };
    let refused = match files.as_slice() {
        [] => "No file was chosen.".to_owned(),
        _ => String::new(),
    };
    made(
        desk,
        room,
        Told {
            refused,
            files,
            ..Told::at(key)
        },
    )
}

async fn erased(desk: &Desk, room: &Room, key: &str, sure: bool) -> Response {
    if !sure {
        return to(&format!("/room/{key}/erase"));
    }
    match desk.casework.erase_self(room).await {
        Ok(_) => {
            let page = ErasedPage {
                shell: desk.shell("room/x"),
                number: room.number().to_owned(),
            };
            page::made(StatusCode::OK, page.render())
        }
        Err(error) => {
            let refused = crate::words::capital(&told(&error));
            made(
                desk,
                room,
                Told {
                    refused,
                    ..Told::at(key)
                },
            )
        }
    }
}

/// What a page says beside the room itself.
#[derive(Default)]
struct Told {
    key: String,
    done: String,
    refused: String,
    files: Vec<SentFile>,
    draft: String,
    appealed: String,
}

impl Told {
    fn at(key: &str) -> Told {
        Told {
            key: key.to_owned(),
            ..Told::default()
        }
    }
}

fn made(desk: &Desk, room: &Room, told: Told) -> Response {
    let (Some(view), Ok(ticket)) = (desk.casework.view_room(room), desk.casework.draw_ticket()) else {
        return nothing();
    };
    let status = if told.refused.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = RoomPage {
        shell: desk.shell("room/x"),
        brand: desk.face.brand.clone(),
        door: desk.address(&format!("/room/at/{}", view.address)),
        view,
        now: desk.casework.now(),
        key: told.key,
        ticket,
        site: desk.site(".."),
        has_policy: desk.face.policy,
        max_file_mb: desk.max_file_bytes >> 20,
        intake_key: desk.intake_key(),
        done: told.done,
        refused: told.refused,
        files: told.files,
        draft: told.draft,
        appealed: told.appealed,
    };
    page::made(status, page.render())
}

fn at_door(desk: &Desk, address: &str, number: String, refused: bool) -> Response {
    let Some(status) = desk.casework.room_status(&desk.brand, address) else {
        return nothing();
    };
    let page = DoorPage {
        shell: desk.shell("room/at/x"),
        now: desk.casework.now(),
        status,
        number,
        refused,
    };
    page::made(
        if refused { StatusCode::FORBIDDEN } else { StatusCode::OK },
        page.render(),
    )
}

/// To the page that shows what was recorded. Where it lies is a secret, which no cache keeps.
fn to(path: &str) -> Response {
    let Ok(path) = HeaderValue::from_str(path) else {
        return nothing();
    };
    let unkept = HeaderValue::from_static("no-store");
    (StatusCode::SEE_OTHER, [(LOCATION, path), (CACHE_CONTROL, unkept)], "").into_response()
}

fn done_words(act: &str) -> &'static str {
    match act {
        "message" => "Your message is with the team.",
        "appeal" => "Your appeal is recorded. A person looks at the report again.",
        "plan" => "Your date is recorded. The team answers to it here.",
        "credit" => "Your wish is recorded.",
        _ => "",
    }
}

impl RoomPage {
    fn when(&self, at: &Timestamp) -> String {
        crate::words::instant(*at, &self.view.zone, self.now)
    }

    fn iso(&self, at: &Timestamp) -> String {
        crate::words::iso(*at, &self.view.zone)
    }

    /// The day whose last instant it is.
    fn last_day(&self, end: &Timestamp) -> String {
        let last = end.checked_sub(jiff::SignedDuration::from_micros(1)).unwrap_or(*end);
        last.to_zoned(self.view.zone.clone()).strftime("%-d %B %Y").to_string()
    }

    fn day(&self, until: &Deadline) -> String {
        match until {
            Deadline::Instant(at) => self.when(at),
            Deadline::Day(day) => day.strftime("%-d %B %Y").to_string(),
        }
    }

    fn size(&self, bytes: &u64) -> String {
        crate::words::bytes(*bytes)
    }

    fn clause_href(&self, clause: &str) -> String {
        match self.has_policy {
            true => format!("{}/policy/index.html#{clause}", self.site),
            false => String::new(),
        }
    }

    /// The way that a report goes, for as long as it goes on.
    fn path(&self) -> Vec<(&'static str, &'static str)> {
        let words = [
            "Received",
            "Looked at",
            "Confirmed",
            "Being fixed",
            "Fixed",
            "Published",
        ];
        let state = |step: usize| match step.cmp(&self.view.standing.step) {
            std::cmp::Ordering::Less => "past",
            std::cmp::Ordering::Equal => "now",
            std::cmp::Ordering::Greater => "ahead",
        };
        let path = words.into_iter().zip(0..Phase::PATH.len() - 1);
        path.map(|(word, step)| (word, state(step))).collect()
    }

    fn goes_on(&self) -> bool {
        self.view.standing.step < Phase::PATH.len() - 1
    }

    fn ring(&self, owed: &Owed) -> &'static str {
        match owed.state {
            Promise::Met | Promise::MetUnverified => "kept",
            Promise::Breached | Promise::Overdue | Promise::MetLate => "broken",
            Promise::Waived => "dormant",
            Promise::DueSoon => "soon",
            _ if owed.not_before.is_some() && owed.not_before > Some(self.now) => "hold",
            _ => "calm",
        }
    }

    /// How a promise stands, in words.
    fn stands(&self, owed: &Owed) -> String {
        let at = |at: Option<Timestamp>| at.map_or_else(|| "no date yet".to_owned(), |at| self.when(&at));
        match owed.state {
            Promise::Met | Promise::MetUnverified => format!("Kept, {}", at(owed.met)),
            Promise::MetLate => format!("Done late, {}; it was promised until {}", at(owed.met), at(owed.due)),
            Promise::Waived => "It will not be kept, by a decision".to_owned(),
            Promise::Breached | Promise::Overdue => format!("Late: it was promised until {}", at(owed.due)),
            _ => match owed.not_before.filter(|from| *from > self.now) {
                Some(from) => format!("Not before {}", self.when(&from)),
                None => owed
                    .due
                    .map_or_else(|| "No date yet".to_owned(), |due| format!("Until {}", self.when(&due))),
            },
        }
    }

    fn owed(&self, owed: &Owed) -> &'static str {
        match owed.ends {
            Kind::Acknowledged => "You have your tracking number",
            Kind::Reviewed => "A person looks at your report",
            Kind::InfoRequested => "We ask for what is missing",
            Kind::ScopeDecided => "We say whether our policy covers it",
            Kind::Confirmed => "We confirm it, or say why not",
            Kind::WorkaroundProvided => "There is a workaround",
            Kind::FixReleased => "A version with the fix is out",
            Kind::FixDeployed => "Our service has the fix",
            Kind::ReportedBack => "You hear what we found, and what follows",
            Kind::Credit => "We ask whether to name you",
            Kind::ValidationAsked => "We ask you to look at the fix",
            Kind::AdvisoryPublished => "We publish the advisory",
            Kind::ReleaseNotePublished => "Release notes tell of it",
            _ => "It is done",
        }
    }

    fn why_moved(&self, moved: &Moved) -> String {
        match moved {
            Moved::Decided { at, from } => {
                let before = from.map_or_else(String::new, |from| format!(" Before, it was {}.", self.when(&from)));
                format!("The team decided on this date on {}.{before}", self.when(at))
            }
            Moved::Rescored(at) => format!("Its severity was found to be another on {}.", self.when(at)),
            Moved::Waived(at) => format!("The team decided so on {}.", self.when(at)),
            Moved::Lifted(kind, at) => format!(
                "The wait ended early on {}: {}.",
                self.when(at),
                match kind {
                    Kind::MadePublic => "details became public",
                    Kind::ExploitPublic => "an exploit became public",
                    _ => "something happened that ends it",
                }
            ),
        }
    }

    fn credit(&self) -> &'static str {
        match self.view.credit.0 {
            CreditChoice::Yes => "yes",
            CreditChoice::No => "no",
            CreditChoice::Unasked => "later",
        }
    }

    fn credit_name(&self) -> &str {
        self.view.credit.1.as_deref().unwrap_or_default()
    }

    fn appeal_open(&self) -> bool {
        self.view.appeal == Appeal::Open
    }

    fn appeal_made(&self) -> Option<String> {
        match self.view.appeal {
            Appeal::Made(at) => Some(self.when(&at)),
            _ => None,
        }
    }

    fn advisory_href(&self, number: &str) -> String {
        format!("{}/search?q={}", self.site, crate::words::url(number))
    }

    fn erase_href(&self) -> String {
        format!("{}/erase", self.key)
    }

    fn today(&self) -> String {
        self.now.to_zoned(self.view.zone.clone()).strftime("%F").to_string()
    }
}

impl DoorPage {
    fn when(&self, at: &Timestamp) -> String {
        crate::words::instant(*at, &self.status.zone, self.now)
    }
}
