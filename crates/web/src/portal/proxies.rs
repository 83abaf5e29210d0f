//! Whose word about a sender's address counts: only that of proxies which the house listed.
//!
//! Owns the reading of `X-Forwarded-For` and `Forwarded` (RFC 7239). Each proxy adds its neighbour at the end, so both are read from there, and
//! the first address that is no proxy of ours is the sender. What stands before it was written by somebody else, and says nothing.

use super::places::Client;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header::FORWARDED};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Longest way through proxies of ours that is followed.
const MAX_PROXIES: usize = 16;

/// The addresses of a proxy, or of several: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Proxy {
    network: u128,
    /// Bits that do not matter, counted from the end.
    free: u32,
}

impl Proxy {
    fn has(self, address: IpAddr) -> bool {
        let kept = |bits: u128| bits.checked_shr(self.free).unwrap_or(0);
        kept(bits(address)) == kept(self.network)
    }
}

/// An address of either kind in one row: those of version 4 stand where version 6 maps them to.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl FromStr for Proxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Proxy, String> {
        let wrong = || format!("`{text}` is no address of a proxy: write 127.0.0.1, 10.0.0.0/8 or 2001:db8::/32");
        let (address, length) = text.split_once('/').unwrap_or((text, ""));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let width: u32 = if address.is_ipv4() { 32 } else { 128 };
        let is_number = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        let length: u32 = match text.contains('/') {
            true if is_number => length.parse().map_err(|_| wrong())?,
            true => return Err(wrong()),
            false => width,
        };
        let free = width.checked_sub(length).ok_or_else(wrong)?;
        if length == 0 {
            return Err(format!("`{text}` would believe everybody: name the proxies"));
        }
        let network = bits(address);
        if network.trailing_zeros() < free {
            return Err(format!(
                "`{text}` has bits set behind its length: which network is meant?"
            ));
        }
        Ok(Proxy { network, free })
    }
}

impl TryFrom<String> for Proxy {
    type Error = String;

    fn try_from(text: String) -> Result<Proxy, String> {
        text.parse()
    }
}

/// The other side of a connection, and whom the house believes.
#[derive(Clone)]
pub(crate) struct Neighbour {
    address: IpAddr,
    proxies: Arc<[Proxy]>,
}

impl Neighbour {
    pub(crate) fn new(address: IpAddr, proxies: Arc<[Proxy]>) -> Neighbour {
        Neighbour { address, proxies }
    }

    /// Who sends a request with these headers; none where that is not known.
    fn client(&self, headers: &HeaderMap) -> Option<Client> {
        if !self.is_ours(self.address) {
            return Client::of(self.address);
        }
        let plain = has(headers, &X_FORWARDED_FOR).then(|| self.sender(headers, &X_FORWARDED_FOR));
        let formal = has(headers, &FORWARDED).then(|| self.sender(headers, &FORWARDED));
        match (plain, formal) {
            (Some(one), Some(other)) if one == other => one.and_then(Client::of),
            // A proxy writes one of them, and who sends has added the other. All who do that are one client, so nobody gains by it.
            (Some(_), Some(_)) => Some(Client::odd(self.address)),
            (Some(sender), None) | (None, Some(sender)) => sender.and_then(Client::of),
            (None, None) => None,
        }
    }

    /// The last address in a header that is no proxy of ours.
    fn sender(&self, headers: &HeaderMap, name: &HeaderName) -> Option<IpAddr> {
        // Cut at every comma, whatever quotes say: quotes that somebody opened before must not swallow what the proxy added.
        let lines = headers.get_all(name).iter().rev();
        let entries = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        for entry in entries.take(MAX_PROXIES) {
            let address = match *name == FORWARDED {
                true => forwarded_for(entry),
                false => address(entry),
            };
            match address {
                Some(address) if self.is_ours(address) => {}
                found => return found,
            }
        }
        None
    }

    fn is_ours(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|proxy| proxy.has(address))
    }
}

fn has(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers.contains_key(name)
}

/// Who sends a request, as the listener noted it.
pub(crate) fn client(asked: &Parts) -> Option<Client> {
    asked.extensions.get::<Neighbour>()?.client(&asked.headers)
}

/// The address in one element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let mut pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.eq_ignore_ascii_case("for"))?;
    address(value.trim().trim_matches('"'))
}

/// An address with or without its port; of version 6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let alone = bare.unwrap_or(text).parse();
    let address: IpAddr = alone
        .or_else(|_| text.parse().map(|socket: SocketAddr| socket.ip()))
        .ok()?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn neighbour(address: &str, proxies: &[&str]) -> Neighbour {
        let proxies: Vec<Proxy> = proxies.iter().map(|proxy| proxy.parse().unwrap()).collect();
        Neighbour::new(address.parse().unwrap(), proxies.into())
    }

    fn check_sender(from: &str, proxies: &[&str], headers: &[(&str, &str)], expect: Option<&str>) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_str(name).unwrap(), value.parse().unwrap());
        }
        let found = neighbour(from, proxies).client(&map).map(Client::name);
        assert_eq!(found.as_deref(), expect, "{from} behind {proxies:?}: {headers:?}");
    }

    #[test]
    fn nobody_is_believed_who_is_not_listed() {
        let told = [("x-forwarded-for", "198.51.100.1"), ("forwarded", "for=198.51.100.1")];
        check_sender("192.0.2.7", &[], &told, Some("192.0.2.7"));
        check_sender("192.0.2.7", &["192.0.2.8"], &told, Some("192.0.2.7"));
        check_sender("127.0.0.1", &[], &told, None);
    }

    #[test]
    fn a_proxy_tells_its_neighbour_at_the_end() {
        let ours = ["127.0.0.1", "10.0.0.0/8", "2001:db8:ffff::/48"];
        for value in [
            "198.51.100.1",
            "203.0.113.9, 198.51.100.1",
            "203.0.113.9, 198.51.100.1:4711",
            "203.0.113.9, 198.51.100.1, 10.1.2.3",
            "what is this, 127.0.0.1,198.51.100.1,2001:db8:ffff::7, 127.0.0.1",
            "::ffff:198.51.100.1",
        ] {
            check_sender("127.0.0.1", &ours, &[("x-forwarded-for", value)], Some("198.51.100.1"));
            check_sender(
                "::ffff:10.1.1.1",
                &ours,
                &[("x-forwarded-for", value)],
                Some("198.51.100.1"),
            );
        }
        let two_lines = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-for", "198.51.100.1")];
        check_sender("10.0.0.1", &ours, &two_lines, Some("198.51.100.1"));
        for value in [
            "for=198.51.100.1",
            "For=\"198.51.100.1:4711\";proto=https;by=10.0.0.1",
            "for=203.0.113.9, proto=https;for=198.51.100.1, for=\"[2001:db8:ffff::1]:80\"",
            // An open quote swallows nothing.
            "for=\"203.0.113.9, for=198.51.100.1",
        ] {
            check_sender("127.0.0.1", &ours, &[("forwarded", value)], Some("198.51.100.1"));
        }
        check_sender(
            "127.0.0.1",
            &ours,
            &[("forwarded", "for=\"[2001:db8:1:2:3::4]:4711\"")],
            Some("2001:db8:1:2::"),
        );
    }

    #[test]
    fn what_a_proxy_does_not_tell_is_not_known() {
        let ours = ["127.0.0.1"];
        check_sender("127.0.0.1", &ours, &[], None);
        for value in [
            "",
            "unknown",
            "127.0.0.1",
            "198.51.100.1, unknown",
            "192.168.7.7",
            "198.51.100.1,",
        ] {
            check_sender("127.0.0.1", &ours, &[("x-forwarded-for", value)], None);
        }
        for value in ["for=_hidden", "by=198.51.100.1", "198.51.100.1"] {
            check_sender("127.0.0.1", &ours, &[("forwarded", value)], None);
        }
        let long = "127.0.0.1,".repeat(MAX_PROXIES);
        check_sender(
            "127.0.0.1",
            &ours,
            &[("x-forwarded-for", &format!("198.51.100.1,{long}127.0.0.1"))],
            None,
        );
    }

    #[test]
    fn whoever_adds_the_other_header_is_one_client_with_all_who_do() {
        let ours = ["127.0.0.1"];
        for forged in ["for=203.0.113.1", "for=203.0.113.2", "for=unknown", ""] {
            let headers = [("x-forwarded-for", "198.51.100.1"), ("forwarded", forged)];
            check_sender("127.0.0.1", &ours, &headers, Some("127.0.0.1"));
        }
        let both = [("x-forwarded-for", "198.51.100.1"), ("forwarded", "for=198.51.100.1")];
        check_sender("127.0.0.1", &ours, &both, Some("198.51.100.1"));
    }

    #[test]
    fn a_proxy_is_an_address_or_a_network_that_is_not_everybody() {
        for good in ["127.0.0.1", "::1", "10.0.0.0/8", "2001:db8::/32", "192.0.2.7/32"] {
            assert!(good.parse::<Proxy>().is_ok(), "{good}");
        }
        for (bad, why) in [
            ("", "is no address"),
            ("proxy.example", "is no address"),
            ("10.0.0.0/", "is no address"),
            ("10.0.0.0/+8", "is no address"),
            ("10.0.0.0/33", "is no address"),
            ("0.0.0.0/0", "believe everybody"),
            ("::/0", "believe everybody"),
            ("10.0.0.1/8", "which network is meant"),
        ] {
            let refused = bad.parse::<Proxy>().unwrap_err();
            assert!(refused.contains(why), "{bad}: {refused}");
        }
        assert!(!"10.0.0.0/8".parse::<Proxy>().unwrap().has("11.0.0.1".parse().unwrap()));
        assert!("::1".parse::<Proxy>().unwrap().has("::1".parse().unwrap()));
    }
}
