//! The conversation with our mail server.
//!
//! Owns how long it takes as a whole. What is said is `mail::smtp`'s. Blocks its thread, and never logs.

use crate::config::{Mail, Tls};
use crate::failure::Failure;
use crate::line::{Line, Trouble, connect, hurry, secured, text, tls};
use mail::smtp::{Ask, Errand, Handed, Handing, Login, Security};
use rustls::ClientConfig;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long one conversation takes at most: less than a letter is claimed for.
const WHOLE: Duration = Duration::from_secs(200);

/// The way to the mail server.
#[derive(Clone)]
pub(crate) struct Way {
    /// `mail.vendor.example:587`.
    server: String,
    /// Its name, for its certificate.
    name: String,
    pub(crate) security: Security,
    pub(crate) login: Option<Login>,
    /// Our name in the greeting, if not the brand's host.
    pub(crate) host: Option<String>,
    /// The address in `From`, if not the brand's.
    pub(crate) from: Option<String>,
    tls: Arc<ClientConfig>,
}

impl Way {
    /// The way that the configuration describes; none if it describes none.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn of(mail: &Mail, root: &Path) -> Result<Option<Way>, Failure> {
        let Some(out) = &mail.out else { return Ok(None) };
        let password = out
            .password_file
            .as_ref()
            .map(|file| text(&root.join(file)))
            .transpose()?;
        let login = out.user.clone().zip(password);
        let authorities = out.ca_file.as_ref().map(|file| text(&root.join(file))).transpose()?;
        let security = match out.tls() {
            Tls::Required => Security::Required,
            Tls::Opportunistic => Security::Opportunistic,
            Tls::Off => Security::Off,
        };
        Ok(Some(Way {
            server: out.smart_host.address(),
            name: out.smart_host.name.clone(),
            security,
            login: login.map(|(user, password)| Login {
                user,
                password: password.trim_end().to_owned(),
            }),
            host: mail.host.clone(),
            from: out.from.clone(),
            tls: Arc::new(tls(security, authorities.as_deref(), "mail.out.ca_file")?),
        }))
    }
}

/// Hands a message over, and says what is known of it then.
pub(super) fn hand_over(way: &Way, errand: Errand) -> Handed {
    let until = Instant::now() + WHOLE;
    let mut handing = Handing::new(errand);
    match converse(way, &mut handing, until) {
        Ok(handed) => handed,
        Err(Trouble::Connection) => handing.ended(),
        Err(Trouble::NoServer) => Handed::Later("the mail server does not answer".to_owned()),
        Err(Trouble::Tls) => Handed::Later("the mail server's TLS cannot be trusted".to_owned()),
    }
}

fn converse(way: &Way, handing: &mut Handing, until: Instant) -> Result<Handed, Trouble> {
    let mut line = Line::Clear(connect(&way.server)?);
    let mut read = vec![0; 4_096];
    loop {
        hurry(line.socket(), until)?;
        let count = line.stream().read(&mut read)?;
        if count == 0 {
            return Err(Trouble::Connection);
        }
        let Some(mut ask) = handing.heard(read.get(..count).unwrap_or_default()) else {
            continue;
        };
        if ask == Ask::StartTls {
            let Line::Clear(socket) = line else {
                return Err(Trouble::Tls);
            };
            line = Line::Tls(Box::new(secured(&way.tls, &way.name, socket)?));
            ask = handing.is_secure_now();
        }
        match ask {
            Ask::Say(bytes) => {
                hurry(line.socket(), until)?;
                line.stream().write_all(&bytes)?;
                line.stream().flush()?;
            }
            Ask::End(bytes, handed) => {
                // Whether it hears our goodbye changes nothing.
                let _ = line.stream().write_all(&bytes).and_then(|()| line.stream().flush());
                return Ok(handed);
            }
            Ask::StartTls => return Err(Trouble::Tls),
        }
    }
}
