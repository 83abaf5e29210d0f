//! Mail comes in over a wire: LMTP and SMTP from a mail server that stands before us. `250` is said for what is durable, and for nothing else.
//!
//! Owns the listeners, how many conversations there are at a time, and their end. What is said in one is the `conversation`'s; what may be
//! said is `mail::smtp`'s; what becomes of a message is `casework`'s.

mod conversation;
mod handing;

use crate::config::{Door, Mail};
use crate::failure::Failure;
use crate::pulse::Way;
use crate::session::House;
use casework::MAX_MESSAGE_BYTES;
use conversation::Conversation;
use mail::smtp::{Dialect, Session, Terms};
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use web::TlsFiles;

pub(crate) use handing::handing;

/// Most conversations at a time.
const MAX_CONVERSATIONS: usize = 64;
/// Most recipients of a message.
const MAX_RECIPIENTS: usize = 100;
/// How long a conversation may go on once we are told to end.
const DRAIN: Duration = Duration::from_secs(30);
/// After an `accept` that failed, for example because too many files are open.
const AFTER_REFUSAL: Duration = Duration::from_millis(200);

/// Where mail comes in.
pub(crate) struct Receiver {
    house: House,
    host: String,
    doors: Vec<(Dialect, Listener, Option<Arc<TlsFiles>>)>,
}

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Receiver {
    /// Opens what the configuration names.
    ///
    /// # Errors
    /// A door cannot be listened on.
    pub(crate) async fn open(house: &House, tls: Option<Arc<TlsFiles>>) -> Result<Receiver, Failure> {
        let Mail { lmtp, smtp, host, .. } = &house.config.mail;
        let mut doors = Vec::new();
        for (dialect, door) in [(Dialect::Lmtp, lmtp), (Dialect::Smtp, smtp)] {
            if let Some(door) = door {
                // What stays on this machine needs none.
                let is_near = match door {
                    Door::Tcp(address) => address.ip().is_loopback(),
                    Door::Unix(_) => true,
                };
                doors.push((dialect, listen(door).await?, tls.clone().filter(|_| !is_near)));
            }
        }
        let brands = house.casework.board();
        let first = brands.house.brands.values().next().map(|brand| brand.domain.clone());
        drop(brands);
        let host = host.clone().or(first).unwrap_or_else(|| "localhost".to_owned());
        Ok(Receiver {
            house: house.clone(),
            host,
            doors,
        })
    }

    /// Where it listens, each as a line for a person.
    pub(crate) fn said(&self) -> Vec<String> {
        let line = |(dialect, listener, _): &(Dialect, Listener, Option<Arc<TlsFiles>>)| {
            let address = match listener {
                Listener::Tcp(listener) => listener.local_addr().map(|address| address.to_string()),
                Listener::Unix(listener) => listener.local_addr().map(|address| {
                    let path = address.as_pathname().map(|path| path.display().to_string());
                    format!("unix:{}", path.unwrap_or_default())
                }),
            };
            let name = match dialect {
                Dialect::Lmtp => "lmtp",
                Dialect::Smtp => "smtp",
            };
            Some(format!("{name}: {}", address.ok()?))
        };
        self.doors.iter().filter_map(line).collect()
    }

    /// Takes mail until `stop` says so; then lets what has begun come to its end.
    pub(crate) async fn run(self, stop: watch::Receiver<bool>) {
        let room = Arc::new(Semaphore::new(MAX_CONVERSATIONS));
        let mut listening = JoinSet::new();
        for (dialect, listener, tls) in self.doors {
            let terms = Terms {
                host: self.host.clone(),
                message_bytes: MAX_MESSAGE_BYTES,
                recipients: MAX_RECIPIENTS,
                starttls: tls.is_some(),
            };
            let guests = Guests {
                house: self.house.clone(),
                room: Arc::clone(&room),
                dialect,
                terms,
                tls,
                stop: stop.clone(),
            };
            listening.spawn(guests.receive(listener));
        }
        while listening.join_next().await.is_some() {}
    }
}

/// Everybody who comes through one door.
struct Guests {
    house: House,
    room: Arc<Semaphore>,
    dialect: Dialect,
    terms: Terms,
    /// The certificate for whoever begins TLS.
    tls: Option<Arc<TlsFiles>>,
    stop: watch::Receiver<bool>,
}

impl Guests {
    async fn receive(self, listener: Listener) {
        let mut talking = JoinSet::new();
        let mut stop = self.stop.clone();
        loop {
            let told = async { stop.wait_for(|stop| *stop).await.map(drop) };
            tokio::select! {
                // Whoever could tell us is gone: that is the end, too.
                _ = told => break,
                accepted = accept(&listener) => match accepted {
                    Ok(stream) => self.greet(stream, &mut talking).await,
                    Err(_) => tokio::time::sleep(AFTER_REFUSAL).await,
                },
            }
            while talking.try_join_next().is_some() {}
        }
        drop(listener);
        let ended = async { while talking.join_next().await.is_some() {} };
        // What is cut off here was not acknowledged, so its sender has it still.
        let _ = tokio::time::timeout(DRAIN, ended).await;
    }

    async fn greet(&self, mut stream: Box<dyn Wire>, talking: &mut JoinSet<()>) {
        let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() else {
            let busy = Session::busy(&self.terms.host).written();
            let said = async {
                let _ = stream.write_all(busy.as_bytes()).await;
                let _ = stream.shutdown().await;
            };
            let _ = tokio::time::timeout(AFTER_REFUSAL, said).await;
            return;
        };
        let session = Session::new(self.dialect, self.terms.clone(), false);
        let way = match self.dialect {
            Dialect::Lmtp => Way::Lmtp,
            Dialect::Smtp => Way::Smtp,
        };
        let conversation = Conversation::new(stream, session, (way, self.tls.clone()), self.house.clone());
        let stop = self.stop.clone();
        talking.spawn(async move {
            // How it ends is the other side's matter: what was not acknowledged, it keeps.
            let _ = conversation.run(stop).await;
            drop(permit);
        });
    }
}

/// Both ways of one connection.
trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

async fn accept(listener: &Listener) -> io::Result<Box<dyn Wire>> {
    Ok(match listener {
        Listener::Tcp(listener) => {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            Box::new(stream)
        }
        Listener::Unix(listener) => Box::new(listener.accept().await?.0),
    })
}

async fn listen(door: &Door) -> Result<Listener, Failure> {
    match door {
        Door::Tcp(address) => {
            let bound = TcpListener::bind(address).await;
            bound.map(Listener::Tcp).map_err(|error| {
                Failure::machine(format!(
                    "{address} cannot be listened on for mail: {}; choose another in candor.toml, [mail]",
                    error.kind()
                ))
            })
        }
        Door::Unix(path) => {
            let failed = |error: io::Error| {
                Failure::machine(format!(
                    "{} cannot be listened on for mail: {}; its folder must be there and ours to write",
                    path.display(),
                    error.kind()
                ))
            };
            remove_stale(path).map_err(failed)?;
            let listener = UnixListener::bind(path).map_err(failed)?;
            // The mail server runs as somebody else; who may come near it is said by its folder.
            std::fs::set_permissions(path, Permissions::from_mode(0o666)).map_err(failed)?;
            Ok(Listener::Unix(listener))
        }
    }
}

/// A socket that an earlier process left. Anything else at that path stays, and listening fails.
fn remove_stale(path: &Path) -> io::Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => std::fs::remove_file(path),
        _ => Ok(()),
    }
}
