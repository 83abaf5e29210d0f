//! `candor.toml`: what the machine needs. What the vendor decides is in the journal.
//!
//! Owns its keys, their defaults and its first text. Never holds a secret: a key file is named, not quoted.

mod mail;

pub(crate) use mail::{Direct, Door, Imap, Mail, Route, Tls};

use crate::directory;
use crate::failure::Failure;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use store::Location;
use web::Proxy;

/// Its name in a data directory.
pub(crate) const FILE: &str = "candor.toml";

/// Largest file that is read.
const MAX_BYTES: usize = 64 * 1024;

/// The configuration. An unknown key is an error with its line.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    pub(crate) listen: Listen,
    pub(crate) store: StorePlan,
    pub(crate) master: Master,
    pub(crate) publish: Publish,
    pub(crate) mail: Mail,
    pub(crate) net: Net,
    pub(crate) limits: Limits,
    pub(crate) log: Log,
    pub(crate) clock: Clock,
}

/// How the published tree is served.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Publish {
    /// Whether `candor serve` stands behind the public address: then pages link to the search, to "am I affected?" and to the
    /// calculator, which no plain web server has.
    pub(crate) dynamic: bool,
}

/// What is asked of the network.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Net {
    /// Whether nothing may be looked for outside: keys of reporters, providers of others.
    pub(crate) offline: bool,
}

impl Net {
    /// Whether something outside may be asked.
    pub(crate) fn may_ask(&self) -> Result<(), Failure> {
        match self.offline {
            false => Ok(()),
            true => Err(Failure::refused(
                "`net.offline` in candor.toml is true: nothing was asked of the network, and nothing was recorded",
            )),
        }
    }
}

/// What is taken in at most.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// The largest file, in MiB.
    pub(crate) upload_mb: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { upload_mb: 200 }
    }
}

/// Where `serve` listens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Listen {
    /// For the public.
    pub(crate) portal: SocketAddr,
    /// For staff; loopback only until people can sign in.
    pub(crate) desk: SocketAddr,
    /// Proxies before the portal, which tell who sends.
    pub(crate) trusted_proxies: Vec<Proxy>,
    /// The certificate of our own doors, with the chain that it needs, in PEM; under the data directory.
    pub(crate) tls_cert_file: Option<Named>,
    /// Its key.
    pub(crate) tls_key_file: Option<Named>,
}

/// A file of the configuration, with the line that names it.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "toml::Spanned<PathBuf>")]
pub(crate) struct Named {
    pub(crate) path: PathBuf,
    /// First the place in the text, then the line.
    pub(crate) line: usize,
}

impl From<toml::Spanned<PathBuf>> for Named {
    fn from(found: toml::Spanned<PathBuf>) -> Named {
        Named {
            line: found.span().start,
            path: found.into_inner(),
        }
    }
}

impl Listen {
    /// The files of our own TLS with the lines that name them, if there are any.
    pub(crate) fn tls(&self) -> Option<(&Named, &Named)> {
        self.tls_cert_file.as_ref().zip(self.tls_key_file.as_ref())
    }
}

impl Default for Listen {
    fn default() -> Self {
        let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Listen {
            portal: loopback(8080),
            desk: loopback(8081),
            trusted_proxies: Vec::new(),
            tls_cert_file: None,
            tls_key_file: None,
        }
    }
}

/// Where the store keeps what.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StorePlan {
    url: String,
    keys_url: String,
    blobs: PathBuf,
    /// The largest size of an SQLite journal in pages of 4 KiB.
    max_pages: Option<u32>,
}

impl Default for StorePlan {
    fn default() -> Self {
        StorePlan {
            url: "sqlite:db/candor.db".to_owned(),
            keys_url: "sqlite:keys/keys.db".to_owned(),
            blobs: PathBuf::from("blobs"),
            max_pages: None,
        }
    }
}

/// Where the master key is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Master {
    key: String,
}

impl Default for Master {
    fn default() -> Self {
        Master {
            key: "file:keys/master.key".to_owned(),
        }
    }
}

/// What `serve` writes to standard error.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    pub(crate) level: Level,
}

impl Default for Log {
    fn default() -> Self {
        Log { level: Level::Info }
    }
}

/// How much.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Error,
    Warn,
    Info,
    Debug,
}

/// Which clock the house has.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Clock {
    /// A clock that stands until `--now` sets it forward: for demonstrations and exercises.
    pub(crate) simulated: bool,
    /// Records go on although the clock stands far behind the last of them: for the time after a clock that ran ahead.
    pub(crate) may_stand_back: bool,
}

impl Config {
    /// Reads the configuration of a data directory.
    pub(crate) fn read(root: &Path) -> Result<Config, Failure> {
        directory::require_finished(root)?;
        let path = root.join(FILE);
        let text = std::fs::read_to_string(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Failure::usage(format!(
                "{} is no data directory of Candor: it has no {FILE}; name one with --dir or CANDOR_DIR, or make one with `candor init`",
                root.display()
            )),
            kind => Failure::machine(format!("{}: {kind}", path.display())),
        })?;
        Config::parse(&path, &text)
    }

    pub(crate) fn parse(path: &Path, text: &str) -> Result<Config, Failure> {
        if text.len() > MAX_BYTES {
            return Err(Failure::machine(format!(
                "{}: larger than {} KiB",
                path.display(),
                MAX_BYTES / 1024
            )));
        }
        let line_of = |place: usize| text.get(..place).unwrap_or_default().matches('\n').count() + 1;
        let mut config: Config = toml::from_str(text).map_err(|error| {
            let line = line_of(error.span().map_or(0, |span| span.start));
            Failure::machine(format!("{}:{line}: {}", path.display(), error.message()))
        })?;
        let listen = &mut config.listen;
        for named in [&mut listen.tls_cert_file, &mut listen.tls_key_file]
            .into_iter()
            .flatten()
        {
            named.line = line_of(named.line);
        }
        if let (Some(alone), None) | (None, Some(alone)) = (&listen.tls_cert_file, &listen.tls_key_file) {
            return Err(Failure::machine(format!(
                "{}:{}: `listen.tls_cert_file` and `listen.tls_key_file` go together",
                path.display(),
                alone.line
            )));
        }
        let fault = config.offline_fault();
        match fault.or_else(|| config.mail.imap.as_ref().and_then(Imap::fault)) {
            Some(fault) => Err(Failure::machine(format!("{}: {fault}", path.display()))),
            None => Ok(config),
        }
    }

    /// What cannot be while nothing is looked for outside.
    fn offline_fault(&self) -> Option<&'static str> {
        let route = self.mail.out.as_ref().map(|out| &out.route);
        let is_direct = matches!(route, Some(Route::Direct(_)));
        (self.net.offline && is_direct).then_some(
            "`mail.out.direct` asks name servers, which `net.offline = true` forbids: name a `smart_host`, or take one of them out",
        )
    }

    /// The store's part, with paths under the data directory.
    pub(crate) fn store(&self, root: &Path) -> Result<store::Config, Failure> {
        let location =
            |key, text: &str| Location::parse(key, text, root).map_err(|error| Failure::machine(error.to_string()));
        Ok(store::Config {
            journal: location("store.url", &self.store.url)?,
            keys: location("store.keys_url", &self.store.keys_url)?,
            blobs: root.join(&self.store.blobs),
            journal_max_pages: self.store.max_pages,
            clock_may_stand_back: self.clock.may_stand_back,
        })
    }

    /// The file of the master key: under the data directory, or a credential that the service manager hands over.
    pub(crate) fn master_key(&self, root: &Path) -> Result<PathBuf, Failure> {
        let key = &self.master.key;
        if let Some(path) = key.strip_prefix("file:") {
            return Ok(root.join(path));
        }
        let name = key
            .strip_prefix("credential:")
            .filter(|name| !name.is_empty() && !name.contains('/'));
        let name =
            name.ok_or_else(|| Failure::machine("`master.key` in candor.toml is `file:PATH` or `credential:NAME`"))?;
        let folder = std::env::var_os("CREDENTIALS_DIRECTORY");
        let folder = folder
            .ok_or_else(|| Failure::machine("`master.key` names a credential, but CREDENTIALS_DIRECTORY is not set"))?;
        Ok(PathBuf::from(folder).join(name))
    }
}

/// The part of a configuration that moves with its house: not where its databases and its master key are, which can hold a password.
pub(crate) fn settings(root: &Path) -> Result<String, Failure> {
    let path = root.join(FILE);
    let text = std::fs::read_to_string(&path).map_err(|error| Failure::file(&path, &error))?;
    Config::parse(&path, &text)?;
    let table: toml::Table = text
        .parse()
        .map_err(|_| Failure::machine(format!("{}: it is no TOML", path.display())))?;
    let moves = |(key, _): &(String, toml::Value)| !matches!(key.as_str(), "store" | "master");
    Ok(table.into_iter().filter(moves).collect::<toml::Table>().to_string())
}

/// The configuration of a house that moved, with databases in its directory or in PostgreSQL.
pub(crate) fn text_of_arrival(settings: &str, databases: Option<(&str, &str)>) -> Result<String, Failure> {
    let mut table: toml::Table = settings
        .parse()
        .map_err(|_| Failure::machine("the settings in the export are no TOML"))?;
    table.remove("master");
    table.remove("store");
    if let Some((journal, keys)) = databases {
        let store = [("url", journal), ("keys_url", keys)].map(|(key, url)| (key.to_owned(), url.into()));
        table.insert("store".to_owned(), toml::Value::Table(store.into_iter().collect()));
    }
    Ok(format!(
        "# What the machine needs. Brands, products, people and policies are in the journal.\n\n{table}"
    ))
}

/// The first text of the file, with databases in the directory or in PostgreSQL.
pub(crate) fn first_text(simulated_clock: bool, databases: Option<(&str, &str)>) -> String {
    let (url, keys_url) = databases.unwrap_or(("sqlite:db/candor.db", "sqlite:keys/keys.db"));
    let [url, keys_url] = [url, keys_url].map(|url| toml::Value::from(url).to_string());
    let clock = if simulated_clock {
        "\n[clock]\nsimulated = true                     # it stands until --now sets it forward\n"
    } else {
        ""
    };
    format!(
        "\
# What the machine needs. Brands, products, people and policies are in the journal.

[listen]
portal = \"127.0.0.1:8080\"
desk   = \"127.0.0.1:8081\"              # loopback only until people can sign in

[store]
url      = {url}
keys_url = {keys_url}
blobs    = \"blobs\"

[master]
key = \"file:keys/master.key\"           # or \"credential:NAME\"

[publish]
dynamic = true                         # false where a plain web server serves the tree: no search then

[log]
level = \"info\"
{clock}"
    )
}

#[cfg(test)]
mod tests;
