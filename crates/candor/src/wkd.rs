//! A stranger's key in the Web Key Directory of their address's domain (draft-koch-openpgp-webkey-service).
//!
//! Owns where it lies, and what of an answer counts. It is asked only where a person orders it: the question tells that domain that somebody here
//! writes to the address. Never asks in plain text, never follows a redirect, never asks this machine or a private network, and never trusts.

use crate::failure::Failure;
use fetch::{Answer, Client, FetchError, Limits, Plain};
use openpgp::{Certificate, Purpose, wkd_name};
use std::time::Duration;
use url::Url;

const USER_AGENT: &str = concat!("candor/", env!("CARGO_PKG_VERSION"));
/// What a key directory may take: two questions, each for one key.
const LIMITS: Limits = Limits {
    bytes: 64 * 1024,
    redirects: 0,
    each: Duration::from_secs(10),
    questions: 2,
    total: Duration::from_secs(30),
    private: false,
};

/// A key that a domain has for an address.
#[derive(Debug)]
pub(crate) struct Found {
    /// With this address alone.
    pub(crate) certificate: Certificate,
    /// Who said so.
    pub(crate) host: String,
}

/// Looks an address up, at `now` in Unix seconds.
pub(crate) fn find(address: &str, now: i64) -> Result<Found, Failure> {
    let mut client = Client::new(USER_AGENT, LIMITS, Plain::Never);
    look_up(&mut |place| client.get(place), address, now)
}

/// The direct way is for domains that have no host for keys: where there is one, it alone is asked (§3.1).
fn look_up(get: &mut dyn FnMut(&Url) -> Result<Answer, FetchError>, address: &str, now: i64) -> Result<Found, Failure> {
    let (advanced, direct) = places(address).ok_or_else(|| missing("its domain can have no key directory"))?;
    let (place, answer) = match get(&advanced) {
        Err(FetchError::NoSuchName(_)) => (&direct, get(&direct)),
        answer => (&advanced, answer),
    };
    let host = place.host_str().unwrap_or_default();
    let answer = answer.map_err(|error| missing(&error.to_string()))?;
    match answer.status {
        200 => {}
        404 => return Err(missing(&format!("{host} has none for this address"))),
        status => return Err(missing(&format!("{host} answered with status {status}"))),
    }
    let certificate = chosen(&answer.body, address, now).map_err(|why| missing(&format!("{host}: {why}")))?;
    Ok(Found {
        certificate,
        host: host.to_owned(),
    })
}

fn missing(why: &str) -> Failure {
    Failure::refused(format!("no key was found: {why}. Nothing was recorded."))
}

/// Where the key of an address lies: on a host of its own for keys, and on the domain's.
fn places(address: &str) -> Option<(Url, Url)> {
    let (local, domain) = address.rsplit_once('@')?;
    let (domain, name) = (domain.to_ascii_lowercase(), wkd_name(local));
    let place = |path: String| {
        let mut place = Url::parse(&path).ok()?;
        place.query_pairs_mut().append_pair("l", local);
        Some(place)
    };
    Some((
        place(format!(
            "https://openpgpkey.{domain}/.well-known/openpgpkey/{domain}/hu/{name}"
        ))?,
        place(format!("https://{domain}/.well-known/openpgpkey/hu/{name}"))?,
    ))
}

/// The first key of the answer that says the address and can be encrypted to. A directory may keep a revoked one beside it.
fn chosen(body: &[u8], address: &str, now: i64) -> Result<Certificate, String> {
    let limits = openpgp::Limits {
        bytes: LIMITS.bytes as usize,
        ..openpgp::Limits::default()
    };
    let keys = Certificate::parse_several(body, limits);
    let mut why = match keys.is_empty() {
        true => "what it has is no OpenPGP key".to_owned(),
        false => "its key does not say this address".to_owned(),
    };
    for key in keys {
        let Some(own) = key.for_wkd(address) else { continue };
        let Ok(own) = Certificate::parse_any(&own, limits) else {
            continue;
        };
        match own.check(Purpose::Intake, now) {
            Ok(()) => return Ok(own),
            Err(unusable) => why = unusable.to_string(),
        }
    }
    Err(why)
}

#[cfg(test)]
mod tests;
