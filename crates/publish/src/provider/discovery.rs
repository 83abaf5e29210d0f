//! The ways to a provider's metadata, in the order of §7.3.1: the well-known address (9), security.txt (8), the DNS path (10). One is
//! enough; every one that is offered must lead to the same bytes.

use super::shape;
use super::source::{Got, Here};
use super::{Check, METADATA_FILE, Provider, Requirement, short};
use jiff::Timestamp;
use url::Url;

/// The metadata as it was found.
pub(super) struct Found {
    pub(super) address: Url,
    pub(super) here: Here,
}

const WELL_KNOWN: &str = "/.well-known/csaf/provider-metadata.json";
/// Where security.txt is; the second place is that of old.
const SECURITY_TXT: [&str; 2] = ["/.well-known/security.txt", "/security.txt"];
/// A security.txt has some twenty lines.
const MOST_LINES: usize = 1_000;

/// Follows every way. None where nothing was found, with an error of requirement 7 on it.
pub(super) fn find(check: &mut Check<'_>, provider: &Provider, now: Timestamp) -> Option<Found> {
    let mut ways: Vec<(Requirement, Found)> = Vec::new();
    if let Some(here) = well_known(check, provider) {
        ways.push((Requirement::WellKnown, here));
    }
    if let Some(found) = security_txt(check, provider, now) {
        ways.push((Requirement::SecurityTxt, found));
    }
    if let Some(found) = dns_path(check, provider) {
        ways.push((Requirement::DnsPath, found));
    }
    let asked = provider.metadata.clone().and_then(|address| {
        let here = check.must(Requirement::Metadata, &address)?;
        Some(Found { address, here })
    });
    let found = match asked {
        Some(found) => found,
        None if provider.metadata.is_some() => return None,
        None if ways.is_empty() => {
            let message = "no way leads to provider-metadata.json: neither the well-known address, nor security.txt, nor the DNS path";
            check.error(Requirement::Metadata, provider.host(), message);
            return None;
        }
        None => {
            let (_, first) = ways.remove(0);
            first
        }
    };
    for (way, other) in ways {
        if other.here.bytes != found.here.bytes {
            let message = format!("what it leads to is not, byte for byte, what is at {}", found.address);
            check.error(way, &other.address, message);
        }
    }
    Some(found)
}

/// Requirement 9. Redirects are forbidden here.
fn well_known(check: &mut Check<'_>, provider: &Provider) -> Option<Found> {
    let address = provider.at(WELL_KNOWN)?;
    served(check, Requirement::WellKnown, address)
}

/// Requirement 10. Redirects are forbidden here too.
fn dns_path(check: &mut Check<'_>, provider: &Provider) -> Option<Found> {
    let address = provider.dns_path()?;
    served(check, Requirement::DnsPath, address)
}

fn served(check: &mut Check<'_>, requirement: Requirement, address: Url) -> Option<Found> {
    match check.get(&address) {
        Got::Here(here) => {
            if !here.redirects.is_empty() {
                check.error(requirement, &address, "redirects, where the file itself must be served");
            }
            Some(Found { address, here })
        }
        // The DNS path has a name of its own; that nobody gave it that name is one way of not offering it.
        Got::NoName(why) if requirement != Requirement::DnsPath => {
            check.error(requirement, &address, why);
            None
        }
        Got::Missing | Got::NoName(_) => {
            check.findings.not_offered(requirement);
            None
        }
        Got::Denied => {
            check.error(requirement, &address, "it is not for everybody");
            None
        }
        Got::NoTls(why) | Got::Failed(why) => {
            check.error(requirement, &address, why);
            None
        }
    }
}

/// Requirement 8: the first line `CSAF:` leads to the metadata.
fn security_txt(check: &mut Check<'_>, provider: &Provider, now: Timestamp) -> Option<Found> {
    let mut read = None;
    for path in SECURITY_TXT {
        let address = provider.at(path)?;
        if let Got::Here(here) = check.get(&address) {
            read = Some((address, here));
            break;
        }
    }
    let Some((place, here)) = read else {
        check.findings.not_offered(Requirement::SecurityTxt);
        return None;
    };
    let text = String::from_utf8_lossy(&here.bytes);
    match fields(&text, "expires").first().map(|at| at.parse::<Timestamp>()) {
        Some(Ok(at)) if at > now => {}
        Some(Ok(at)) => check.warn(
            Requirement::SecurityTxt,
            &place,
            format!("expired at {at}: nobody should use it (RFC 9116 §5.3)"),
        ),
        Some(Err(_)) => check.warn(
            Requirement::SecurityTxt,
            &place,
            "its line `Expires:` is no instant (RFC 9116 §2.5.5)",
        ),
        None => check.warn(
            Requirement::SecurityTxt,
            &place,
            "has no line `Expires:` (RFC 9116 §2.5.5)",
        ),
    }
    let named = fields(&text, "csaf");
    let Some(first) = named.first() else {
        check.error(Requirement::SecurityTxt, &place, "has no line `CSAF:`");
        return None;
    };
    let well_known = provider.at(WELL_KNOWN).map(String::from).unwrap_or_default();
    if *first != well_known && named.contains(&well_known.as_str()) {
        let message = "the well-known address is not the first of its lines `CSAF:`";
        check.error(Requirement::SecurityTxt, &place, message);
    }
    let Some(address) = shape::address(first).filter(|address| address.path().ends_with(METADATA_FILE)) else {
        let message = format!(
            "its line `CSAF: {}` is not the address of a provider-metadata.json",
            short(first)
        );
        check.error(Requirement::SecurityTxt, &place, message);
        return None;
    };
    match check.get(&address) {
        Got::Here(here) => Some(Found { address, here }),
        Got::Missing | Got::Denied | Got::NoName(_) | Got::NoTls(_) | Got::Failed(_) => {
            let message = format!("its line `CSAF: {address}` leads to nothing that can be read");
            check.error(Requirement::SecurityTxt, &place, message);
            None
        }
    }
}

/// The values of the lines of this name, which may be written in any case (RFC 9116 §2.3). A signature around the text does not matter.
fn fields<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let lines = text.lines().take(MOST_LINES);
    let field = |line: &'_ str| {
        line.split_once(':')
            .map(|(own, _)| own.trim().eq_ignore_ascii_case(name))
    };
    lines
        .filter(|line| field(line) == Some(true))
        .filter_map(|line| line.split_once(':'))
        .map(|(_, value)| value.trim())
        .collect()
}
