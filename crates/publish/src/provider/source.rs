//! Where a provider is read from: a folder on this disk, or the network.
//!
//! A folder is read as a plain web server would serve it: `index.html` or `index.json` for a folder, nothing outside of it. What only a
//! server can say (content types, redirects, headers) is then unknown and not judged.

use fetch::{Client, FetchError};
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path, PathBuf};
use url::Url;

/// Largest file that is read.
pub(super) const MAX_BYTES: u64 = 64 << 20;
/// What a folder's address shows, the first that is there.
const INDEX_FILES: [&str; 2] = ["index.html", "index.json"];

/// Where a provider is read from.
#[derive(Debug)]
pub enum Source {
    /// A folder on this disk.
    Folder(Folder),
    /// The network.
    Https(Box<Client>),
}

/// A folder on this disk.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    /// The one host whose folder this is; none for a folder of folders named by their hosts.
    host: Option<String>,
}

impl Folder {
    /// The document root of one host.
    #[must_use]
    pub fn of_host(root: impl Into<PathBuf>, host: &str) -> Folder {
        Folder {
            root: root.into(),
            host: Some(host.to_ascii_lowercase()),
        }
    }

    /// A folder that holds one folder for each host, as `candor publish` makes it.
    #[must_use]
    pub fn of_hosts(root: impl Into<PathBuf>) -> Folder {
        Folder {
            root: root.into(),
            host: None,
        }
    }

    fn get(&self, address: &Url) -> Got {
        let Some(host) = address.host_str() else {
            return Got::Missing;
        };
        let base = match &self.host {
            Some(own) if own == host => self.root.clone(),
            Some(_) => return Got::Missing,
            None => self.root.join(host),
        };
        let Some(relative) = relative(address.path()) else {
            return Got::Missing;
        };
        let Ok(base) = base.canonicalize() else {
            return Got::Missing;
        };
        let inside = |path: PathBuf| path.canonicalize().ok().filter(|path| path.starts_with(&base));
        let Some(found) = inside(base.join(relative)) else {
            return Got::Missing;
        };
        let found = match (found.is_dir(), address.path().ends_with('/')) {
            (true, true) => INDEX_FILES
                .into_iter()
                .find_map(|name| inside(found.join(name)).filter(|path| path.is_file())),
            (false, false) => Some(found),
            _ => None,
        };
        found.map_or(Got::Missing, |found| read(&found))
    }
}

/// The path below a host's folder, of plain names only.
fn relative(path: &str) -> Option<PathBuf> {
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8().ok()?;
    if decoded.contains(['\0', '\\']) {
        return None;
    }
    let path = PathBuf::from(decoded.trim_start_matches('/'));
    let plain = |component: Component<'_>| matches!(component, Component::Normal(_));
    path.components().all(plain).then_some(path)
}

fn read(path: &Path) -> Got {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| {
        let mode = file.metadata()?.permissions().mode();
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(mode)
    });
    match read {
        Ok(_) if bytes.len() as u64 > MAX_BYTES => Got::Failed(format!("it has more than {MAX_BYTES} bytes")),
        Ok(mode) => Got::Here(Here {
            bytes,
            for_others: mode & 0o004 != 0,
            ..Here::default()
        }),
        Err(error) => Got::Failed(format!("it cannot be read: {error}")),
    }
}

/// What is at an address.
#[derive(Debug)]
pub(super) enum Got {
    Here(Here),
    /// There is nothing.
    Missing,
    /// There is something, for others.
    Denied,
    /// No machine has the host's name.
    NoName(String),
    /// The other side could not prove who it is.
    NoTls(String),
    /// Anything else.
    Failed(String),
}

#[derive(Debug, Default)]
pub(super) struct Here {
    pub(super) bytes: Vec<u8>,
    /// The `Content-Type`; none where no server told.
    pub(super) content_type: Option<String>,
    /// Where redirects led.
    pub(super) redirects: Vec<Url>,
    /// Whether a browser's page of elsewhere may read it; none where no server told.
    pub(super) open: Option<bool>,
    /// Whether other users of the machine, such as a web server's, may read it.
    pub(super) for_others: bool,
}

impl Source {
    pub(super) fn get(&mut self, address: &Url) -> Got {
        match self {
            Source::Folder(folder) => folder.get(address),
            Source::Https(client) => match client.get(address) {
                Ok(answer) => match answer.status {
                    200 => Got::Here(Here {
                        bytes: answer.body,
                        content_type: Some(answer.content_type.unwrap_or_default()),
                        redirects: answer.redirects,
                        open: Some(answer.allow_origin.as_deref() == Some("*")),
                        for_others: true,
                    }),
                    401 | 403 | 407 => Got::Denied,
                    404 | 410 => Got::Missing,
                    status => Got::Failed(format!("the server answers {status}")),
                },
                Err(error @ FetchError::NoSuchName(_)) => Got::NoName(error.to_string()),
                Err(error @ FetchError::Tls { .. }) => Got::NoTls(error.to_string()),
                Err(error) => Got::Failed(error.to_string()),
            },
        }
    }
}
