//! `[mail]` of `candor.toml`: how mail comes in, and how it goes out.
//!
//! Owns its keys, and what does not fit together. Never opens a file that is named here.

use jiff::civil::Date;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where mail servers take mail of each other.
const SMTP_PORT: u16 = 25;

/// How mail comes in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Mail {
    /// Where a mail server hands over by LMTP.
    pub(crate) lmtp: Option<Door>,
    /// Where a mail server hands over by SMTP. Not for the open Internet: whoever comes may send, and nothing is judged.
    pub(crate) smtp: Option<Door>,
    /// Our name in the greeting; without it that of the first brand's portal.
    pub(crate) host: Option<String>,
    /// Names under which our own mail exchanger writes `Authentication-Results`.
    pub(crate) trusted_hosts: Vec<String>,
    /// Addresses of our announce lists.
    pub(crate) lists: Vec<String>,
    /// A mailbox from which mail is fetched.
    pub(crate) imap: Option<Imap>,
    /// How mail goes out; without it nothing does.
    pub(crate) out: Option<MailOut>,
}

/// A mailbox that is there already.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Imap {
    /// Its server.
    pub(crate) server: SmartHost,
    /// Who we are for it.
    pub(crate) user: String,
    /// The file with the password, under the data directory.
    pub(crate) password_file: PathBuf,
    tls: Option<Tls>,
    /// Authorities that its certificate may come from, in PEM; without it those that browsers know.
    pub(crate) ca_file: Option<PathBuf>,
    folder: Option<String>,
    /// The brand whose mailbox it is; without it the first one.
    pub(crate) brand: Option<String>,
    /// What the mailbox got before this day is stored and held, and never answered; without it the day of our first look.
    pub(crate) since: Option<Date>,
}

impl Imap {
    /// The folder that is looked into.
    pub(crate) fn folder(&self) -> &str {
        self.folder.as_deref().unwrap_or("INBOX")
    }

    /// Whether TLS comes before the first word, as on its own port (RFC 8314), and not by STARTTLS.
    pub(crate) fn begins_with_tls(&self) -> bool {
        self.server.port == 993
    }

    /// Whether TLS is asked for: everywhere but on this machine, where it may be.
    pub(crate) fn tls(&self) -> Tls {
        self.tls.unwrap_or(match self.server.is_this_machine() {
            true => Tls::Off,
            false => Tls::Required,
        })
    }

    /// What does not fit together.
    pub(super) fn fault(&self) -> Option<&'static str> {
        match self.tls() {
            Tls::Opportunistic => {
                Some("`mail.imap.tls` is \"required\", or \"off\" on this machine: a password goes along")
            }
            Tls::Off if !self.server.is_this_machine() => {
                Some("`mail.imap.tls` is \"off\" for a server on this machine only")
            }
            _ => None,
        }
    }
}

/// How mail goes out.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "WrittenOut")]
pub(crate) struct MailOut {
    /// To whom our letters are handed.
    pub(crate) route: Route,
    /// Who we are for our mail server.
    pub(crate) user: Option<String>,
    /// The file with the password, under the data directory.
    pub(crate) password_file: Option<PathBuf>,
    tls: Option<Tls>,
    /// Authorities that a certificate may come from, in PEM; without it those that browsers know.
    pub(crate) ca_file: Option<PathBuf>,
    /// The address in `From`, where the server lets us use one only; without it the brand's.
    pub(crate) from: Option<String>,
}

/// To whom letters are handed.
#[derive(Clone, Debug)]
pub(crate) enum Route {
    /// To a mail server of ours, which delivers them.
    SmartHost(SmartHost),
    /// To the mail servers of the recipient's domain.
    Direct(Direct),
}

/// How the mail servers of a domain are found and reached.
#[derive(Clone, Debug)]
pub(crate) struct Direct {
    /// The name server that is asked; without it those of the system.
    pub(crate) resolver: Option<SocketAddr>,
    pub(crate) port: u16,
    /// Whether what a domain's names lead to may be this machine or a private network.
    pub(crate) private: bool,
}

/// As it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenOut {
    smart_host: Option<SmartHost>,
    #[serde(default)]
    direct: bool,
    resolver: Option<SocketAddr>,
    port: Option<u16>,
    private: Option<bool>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    tls: Option<Tls>,
    ca_file: Option<PathBuf>,
    from: Option<String>,
}

impl TryFrom<WrittenOut> for MailOut {
    type Error = &'static str;

    fn try_from(written: WrittenOut) -> Result<MailOut, &'static str> {
        let says_where = written.resolver.is_some() || written.port.is_some() || written.private.is_some();
        let route = match (written.smart_host, written.direct) {
            (Some(_), true) => {
                return Err("`mail.out.smart_host` and `mail.out.direct = true` are two ways: choose one");
            }
            (None, false) => return Err("`mail.out` needs a `smart_host`, or `direct = true`"),
            (Some(_), false) if says_where => {
                return Err("`resolver`, `port` and `private` in `mail.out` go with `direct = true`");
            }
            (Some(host), false) => Route::SmartHost(host),
            (None, true) => Route::Direct(Direct {
                resolver: written.resolver,
                port: written.port.unwrap_or(SMTP_PORT),
                private: written.private.unwrap_or(false),
            }),
        };
        let out = MailOut {
            route,
            user: written.user,
            password_file: written.password_file,
            tls: written.tls,
            ca_file: written.ca_file,
            from: written.from,
        };
        out.fault().map_or(Ok(out), Err)
    }
}

impl MailOut {
    /// Whether TLS is asked for: unless it is said, everywhere but on this machine; other people's servers need not have it.
    pub(crate) fn tls(&self) -> Tls {
        let unsaid = match &self.route {
            Route::SmartHost(host) if host.is_this_machine() => Tls::Off,
            Route::SmartHost(_) => Tls::Required,
            Route::Direct(_) => Tls::Opportunistic,
        };
        self.tls.unwrap_or(unsaid)
    }

    /// What does not fit together.
    fn fault(&self) -> Option<&'static str> {
        let is_here = match &self.route {
            Route::SmartHost(host) => host.is_this_machine(),
            Route::Direct(_) if self.user.is_some() || self.password_file.is_some() => {
                return Some(
                    "with `mail.out.direct` nobody asks who we are: `user` and `password_file` go with `smart_host`",
                );
            }
            Route::Direct(_) => false,
        };
        if self.tls() == Tls::Off && !is_here {
            return Some("`mail.out.tls` is \"off\" for a mail server on this machine only");
        }
        if self.user.is_some() != self.password_file.is_some() {
            return Some("`mail.out.user` and `mail.out.password_file` go together");
        }
        if self.user.is_some() && self.tls() != Tls::Required && !is_here {
            return Some("a password goes to another machine under `mail.out.tls = \"required\"` only");
        }
        let is_address = |from: &String| {
            from.split_once('@')
                .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
        };
        let is_plain =
            |from: &String| !from.contains(|c: char| c.is_whitespace() || c.is_control() || "<>,\"".contains(c));
        if self
            .from
            .as_ref()
            .is_some_and(|from| !is_address(from) || !is_plain(from))
        {
            return Some("`mail.out.from` is one mail address, without a name");
        }
        None
    }
}

/// Whether TLS is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tls {
    /// Nothing goes out without it.
    Required,
    /// Where it is offered.
    Opportunistic,
    /// Never.
    Off,
}

/// The name or address of a mail server, with its port.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct SmartHost {
    /// Without its port, and without brackets.
    pub(crate) name: String,
    port: u16,
}

impl SmartHost {
    /// As sockets take it. Not every resolver knows that names below `localhost` are this machine (RFC 6761 §6.3).
    pub(crate) fn address(&self) -> String {
        match &self.name {
            name if name.contains(':') => format!("[{name}]:{}", self.port),
            name if name.ends_with(".localhost") => format!("127.0.0.1:{}", self.port),
            name => format!("{name}:{}", self.port),
        }
    }

    fn is_this_machine(&self) -> bool {
        let address = self.name.parse::<std::net::IpAddr>();
        let by_name = self.name == "localhost" || self.name.ends_with(".localhost");
        by_name || address.is_ok_and(|address| address.is_loopback())
    }
}

impl TryFrom<String> for SmartHost {
    type Error = String;

    fn try_from(text: String) -> Result<SmartHost, String> {
        let wrong = || format!("`{text}` is no mail server: write mail.vendor.example:587 or 127.0.0.1:25");
        let (name, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let name = name.trim_start_matches('[').trim_end_matches(']');
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:".contains(&byte);
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(wrong());
        }
        Ok(SmartHost {
            name: name.to_owned(),
            port: port.parse().map_err(|_| wrong())?,
        })
    }
}

/// An address to listen on: `127.0.0.1:10024`, or `unix:/run/candor/lmtp`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Door {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl TryFrom<String> for Door {
    type Error = String;

    fn try_from(text: String) -> Result<Door, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            let path = PathBuf::from(path);
            return match path.is_absolute() {
                true => Ok(Door::Unix(path)),
                false => Err("the path behind `unix:` begins with a slash".to_owned()),
            };
        }
        let wrong = |_| format!("`{text}` is no address to listen on: write 127.0.0.1:10024 or unix:/run/candor/lmtp");
        text.parse().map(Door::Tcp).map_err(wrong)
    }
}
