//! Names of this machine itself: `localhost` and all below it are loopback, whatever a name server says (RFC 6761 §6.3). Every other name is
//! the system's to look up.

use std::net::{Ipv4Addr, SocketAddr};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Whether a name is one that never leaves the machine.
pub(crate) fn is_own(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

#[derive(Debug, Default)]
pub(crate) struct Names {
    system: DefaultResolver,
}

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        if !uri.host().is_some_and(is_own) {
            return self.system.resolve(uri, config, timeout);
        }
        let usual = if uri.scheme_str() == Some("http") { 80 } else { 443 };
        let mut found = self.empty();
        found.push(SocketAddr::from((Ipv4Addr::LOCALHOST, uri.port_u16().unwrap_or(usual))));
        Ok(found)
    }
}
