//! The TLS of our own doors: the files that `[listen]` names, for the portal and for mail.
//!
//! Owns where they are and what is told of them: each fault with the line of candor.toml that names the file. Reads no key itself, `web` does.

use crate::config::{Config, FILE, Named};
use crate::failure::Failure;
use std::path::Path;
use std::sync::Arc;
use web::{TlsError, TlsFiles};

/// Both, as they are in use.
#[derive(Clone, Default)]
pub(crate) struct DoorTls {
    /// For the portal.
    pub(crate) portal: Option<Arc<TlsFiles>>,
    /// For doors of mail that others than this machine reach.
    pub(crate) mail: Option<Arc<TlsFiles>>,
}

impl DoorTls {
    /// Reads the files that the configuration names; nothing if it names none.
    ///
    /// # Errors
    /// One cannot be used.
    pub(crate) fn open(config: &Config, root: &Path) -> Result<DoorTls, Failure> {
        let Some((certificate, key)) = config.listen.tls() else {
            return Ok(DoorTls::default());
        };
        let told = |named: &Named, what: &str, why: &str| {
            let at = root.join(FILE);
            Failure::machine(format!("{}:{}: `listen.{what}`: {why}", at.display(), named.line))
        };
        let failed = |error: TlsError| match &error {
            TlsError::Certificate(why) => told(certificate, "tls_cert_file", why),
            TlsError::Key(why) => told(key, "tls_key_file", why),
        };
        let (certificate_path, key_path) = (root.join(&certificate.path), root.join(&key.path));
        let portal = TlsFiles::open(&certificate_path, &key_path).map_err(failed)?;
        let mail = TlsFiles::for_mail(&certificate_path, &key_path).map_err(failed)?;
        Ok(DoorTls {
            portal: Some(Arc::new(portal)),
            mail: Some(Arc::new(mail)),
        })
    }
}
