//! Names of this machine itself: `localhost` and all below it are loopback, whatever a name server says (RFC 6761 §6.3). Every other name is
//! the system's to look up. Where private networks are not to be asked, an answer that leads there is refused, redirects included.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;
use url::{Host, Url};

/// Whether a name is one that never leaves the machine.
pub(crate) fn is_own(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// The address that stands in an address as it is.
pub(crate) fn literal(address: &Url) -> Option<IpAddr> {
    match address.host()? {
        Host::Ipv4(ip) => Some(IpAddr::V4(ip)),
        Host::Ipv6(ip) => Some(IpAddr::V6(ip)),
        Host::Domain(_) => None,
    }
}

/// Whether an address is no place of the public network (the registries of RFC 6890).
#[must_use]
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_private_v4(ip),
        IpAddr::V6(ip) => is_private_v6(ip),
    }
}

fn is_private_v4(ip: Ipv4Addr) -> bool {
    let [first, second, third, _] = ip.octets();
    let shared = first == 100 && (64..128).contains(&second);
    let benchmark = first == 198 && (second == 18 || second == 19);
    let protocols = (first, second, third) == (192, 0, 0);
    let is_special = ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_documentation();
    first == 0 || first >= 224 || shared || benchmark || protocols || is_special
}

fn is_private_v6(ip: Ipv6Addr) -> bool {
    // The forms that hold an address of version 4: mapped, translated (RFC 6052), and 6to4.
    let [first, second, third, .., seventh, eighth] = ip.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_private_v4(Ipv4Addr::new(a, b, c, d))
    };
    if let Some(mapped) = ip.to_ipv4_mapped() {
        return is_private_v4(mapped);
    }
    match (first, second) {
        (0x64, 0xff9b) => v4(seventh, eighth),
        (0x2002, high) => v4(high, third),
        (0x2001, 0x0db8) => true,
        // Global unicast is 2000::/3, and of it 2001::/23 is for protocols.
        (0x2001, second) => second < 0x200,
        (first, _) => !(0x2000..0x4000).contains(&first),
    }
}

/// That a name leads to a private network.
#[derive(Debug, thiserror::Error)]
#[error("a private address")]
pub(crate) struct Private;

#[derive(Debug)]
pub(crate) struct Names {
    system: DefaultResolver,
    private: bool,
}

impl Names {
    /// `private`: whether what leads to this machine or a private network is asked.
    pub(crate) fn new(private: bool) -> Names {
        Names {
            system: DefaultResolver::default(),
            private,
        }
    }

    fn look_up(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        if !uri.host().is_some_and(is_own) {
            return self.system.resolve(uri, config, timeout);
        }
        let usual = if uri.scheme_str() == Some("http") { 80 } else { 443 };
        let mut found = self.empty();
        found.push(SocketAddr::from((Ipv4Addr::LOCALHOST, uri.port_u16().unwrap_or(usual))));
        Ok(found)
    }
}

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.look_up(uri, config, timeout)?;
        // One bad address among good ones is as bad: which of them is asked is not ours to say.
        if !self.private && found.iter().any(|at| is_private(at.ip())) {
            return Err(ureq::Error::Other(Box::new(Private)));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::is_private;

    #[test]
    fn what_is_not_of_the_public_network_is_known() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.0.8",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:0a00:0001::1",
            "2001:db8::1",
            "2001::1",
            "::127.0.0.1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "198.20.0.1",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2001:4860::8888",
            "2002:0101:0101::1",
        ] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }
}
