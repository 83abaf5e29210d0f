//! Where the portal's forms lead: the brand that is asked, what stands around its pages, and the casework behind them.
//!
//! Knows no field.

use super::api::Doors;
use super::places::Places;
use super::{Face, Place, host, is_this_machine};
use axum::http::{HeaderMap, Uri};
use casework::Casework;
use documents::{catalog, place};
use psirt::house::key::KeyUse;
use std::sync::Arc;

/// What takes forms in, for every brand.
pub(super) struct Counter {
    casework: Casework,
    max_file_bytes: u64,
    places: Arc<Places>,
    doors: Arc<Doors>,
}

impl Counter {
    pub(super) fn new(casework: Casework, max_file_bytes: u64) -> Counter {
        Counter {
            casework,
            max_file_bytes,
            places: Arc::default(),
            doors: Arc::default(),
        }
    }
}

/// The desk of the brand that is asked.
pub(super) struct Desk {
    pub(super) casework: Casework,
    pub(super) brand: String,
    pub(super) face: catalog::Face,
    pub(super) max_file_bytes: u64,
    /// Places for those who send.
    pub(super) places: Arc<Places>,
    /// The same for machines.
    pub(super) doors: Arc<Doors>,
    host: String,
    /// The host that links to rooms name, where it is not the portal's.
    rooms: Option<String>,
    /// Whether it was asked by that host, where nothing else of the brand is.
    is_apart: bool,
    domain: String,
}

/// Which part of a brand is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The form, and what machines send.
    Portal,
    /// Rooms, which may have a host of their own; links of before lead to the portal's for ever, and nobody is sent on with a secret.
    Rooms,
}

impl Desk {
    /// The desk behind a request; none where the host is nobody's, or pages say that nothing is served.
    pub(super) async fn of(place: Arc<Place>, side: Side, uri: Uri, headers: HeaderMap) -> Option<Desk> {
        let found = tokio::task::spawn_blocking(move || {
            let counter = place.counter.as_ref()?;
            let host = host(&uri, &headers);
            let (domain, is_apart) = match place.face(host.as_deref())? {
                Face::Site(domain) => (domain, false),
                Face::Rooms(domain) if side == Side::Rooms => (domain, true),
                _ => return None,
            };
            let casework = counter.casework.clone();
            let (brand, rooms, bare) = {
                let board = casework.board();
                let mut brands = board.house.brands.values();
                let brand = brands.find(|brand| brand.domain.eq_ignore_ascii_case(&domain))?;
                let bare = catalog::Face {
                    brand: brand.name.clone(),
                    contact: brand.contact.clone(),
                    dynamic: true,
                    ..catalog::Face::default()
                };
                (brand.id.clone(), brand.rooms.clone(), bare)
            };
            // Before the first publication there is no catalogue, and a report can come in all the same.
            let face = place.face_of(&domain).unwrap_or(bare);
            face.dynamic.then(|| Desk {
                casework,
                brand,
                face,
                max_file_bytes: counter.max_file_bytes,
                places: Arc::clone(&counter.places),
                doors: Arc::clone(&counter.doors),
                host: authority(&uri, &headers)
                    .filter(|host| is_near(host))
                    .unwrap_or_else(|| domain.clone()),
                rooms,
                is_apart,
                domain,
            })
        });
        found.await.ok().flatten()
    }

    /// What stands around a page at this path.
    pub(super) fn shell(&self, path: &str) -> look::Portal {
        let mut shell = publish::html::shell(&self.face, path);
        if self.is_apart {
            // What is beside a room is on the portal's host.
            let links = shell.links.iter_mut().chain(&mut shell.foot);
            for href in links.map(|link| &mut link.href).chain([&mut shell.home]) {
                if !href.starts_with("mailto:") {
                    *href = format!("{}/{}", self.site(".."), href.trim_start_matches("../"));
                }
            }
        }
        shell
    }

    /// What comes before a path of the portal, seen from a room: `up`, or the portal's own host.
    pub(super) fn site(&self, up: &str) -> String {
        match self.is_apart {
            true if is_near(&self.host) => {
                let port = self.host.rsplit_once(':').map_or("", |(_, port)| port);
                format!("http://{}{}:{port}", self.domain, super::ON_THIS_MACHINE)
            }
            true => format!("https://{}", self.domain),
            false => up.to_owned(),
        }
    }

    /// The whole address of a room's path, as somebody keeps it: on the host of the brand's rooms, whatever the request says, since a secret stands in it.
    pub(super) fn address(&self, path: &str) -> String {
        match (&self.rooms, is_near(&self.host)) {
            (_, true) => format!("http://{}{path}", self.host),
            (Some(rooms), false) => format!("https://{rooms}{path}"),
            (None, false) => format!("https://{}{path}", self.host),
        }
    }

    /// Where the key is that reports are encrypted to, from the portal's root; none if there is none that works.
    pub(super) fn intake_key(&self) -> Option<String> {
        let board = self.casework.board();
        let key = board.house.key_in_use(&self.brand, KeyUse::Intake)?;
        let is_good = key.is_here() && key.revoked.is_none();
        is_good.then(|| place::intake_key(&key.fingerprint))
    }

    /// Where else one can write to.
    pub(super) fn contact(&self) -> String {
        self.face.contact.clone()
    }
}

/// Whether a host is this machine's, or an onion's: what it names has no certificate, and may differ from the brand's domain.
fn is_near(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    is_this_machine(name) || name.ends_with(super::ON_THIS_MACHINE) || name.ends_with(".onion")
}

/// The host with its port, as it was asked for.
fn authority(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let text = match uri.authority() {
        Some(authority) => authority.as_str(),
        None => headers.get(axum::http::header::HOST)?.to_str().ok()?,
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    text.bytes().all(plain).then(|| text.to_ascii_lowercase())
}
