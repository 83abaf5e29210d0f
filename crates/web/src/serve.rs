//! Listeners: accepts connections, bounds their number and their time, and ends them in peace.
//!
//! Owns the desk's rule to listen on loopback only. Knows no route.

use crate::machine::Look;
use crate::portal::proxies::{Neighbour, Proxy};
use crate::tls::TlsFiles;
use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::STRICT_TRANSPORT_SECURITY;
use axum::response::Response;
use casework::Casework;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Connections that one listener holds at a time; the next ones wait in the kernel's queue.
const MAX_CONNECTIONS: usize = 512;
/// A request line and its headers are there after this time, or the connection is closed.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// No connection lives longer: the largest download over a slow line.
const LIFE: Duration = Duration::from_secs(600);
/// How long answers under way may take once the program is told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// A listener and what it serves.
pub struct Listening {
    listener: TcpListener,
    router: Router,
    /// Whom it believes about who sends.
    proxies: Arc<[Proxy]>,
    /// Its certificate, where it speaks TLS.
    tls: Option<Arc<TlsFiles>>,
}

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The desk may only be reached from this machine, because nobody signs in yet.
    #[error("the desk listens on loopback only, because nobody signs in yet; {0} is not: use 127.0.0.1 or [::1]")]
    NotLoopback(SocketAddr),
    /// The listener does not work.
    #[error("the listener does not work: {0}")]
    Io(#[from] io::Error),
}

impl Listening {
    /// The desk, with what finds out how the machine stands.
    ///
    /// # Errors
    /// [`ServeError::NotLoopback`] where another machine could reach it.
    pub fn desk(listener: TcpListener, casework: Casework, look: Option<Look>) -> Result<Listening, ServeError> {
        Listening::on_loopback(listener, crate::desk(casework, look))
    }

    /// The portal of these brands: see [`crate::portal`].
    #[must_use]
    pub fn portal(listener: TcpListener, root: PathBuf, domains: Vec<String>) -> Listening {
        Listening::of(listener, crate::portal(root, domains))
    }

    /// The portal with what is for customers: see [`crate::portal_with_customers`].
    #[must_use]
    pub fn portal_with_customers(
        listener: TcpListener,
        root: PathBuf,
        protected: PathBuf,
        casework: Casework,
        max_file_bytes: u64,
    ) -> Listening {
        let router = crate::portal_with_customers(root, protected, casework, max_file_bytes);
        Listening::of(listener, router)
    }

    /// Any router, for this machine only.
    ///
    /// # Errors
    /// As [`Listening::desk`].
    pub fn on_loopback(listener: TcpListener, router: Router) -> Result<Listening, ServeError> {
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            return Err(ServeError::NotLoopback(address));
        }
        Ok(Listening::of(listener, router))
    }

    fn of(listener: TcpListener, router: Router) -> Listening {
        Listening {
            listener,
            router,
            proxies: Arc::default(),
            tls: None,
        }
    }

    /// The same behind these proxies: what they say of who sends is believed.
    #[must_use]
    pub fn behind(self, proxies: Vec<Proxy>) -> Listening {
        Listening {
            proxies: proxies.into(),
            ..self
        }
    }

    /// The same over TLS, if there are files for it.
    #[must_use]
    pub fn over(self, tls: Option<Arc<TlsFiles>>) -> Listening {
        Listening { tls, ..self }
    }

    /// Where it listens.
    ///
    /// # Errors
    /// [`ServeError::Io`].
    pub fn address(&self) -> Result<SocketAddr, ServeError> {
        Ok(self.listener.local_addr()?)
    }
}

/// Serves until `shutdown` is there; then answers what is under way, for a few seconds at most.
pub async fn serve(listening: Vec<Listening>, shutdown: impl Future<Output = ()>) {
    let (stop, stopped) = watch::channel(());
    let mut tasks: JoinSet<()> = listening.into_iter().map(|one| accept(one, stopped.clone())).collect();
    drop(stopped);
    shutdown.await;
    drop(stop);
    while tasks.join_next().await.is_some() {}
}

/// Accepts until `stopped` ends, then waits for the connections.
async fn accept(listening: Listening, mut stopped: watch::Receiver<()>) {
    let Listening {
        listener,
        router,
        proxies,
        tls,
    } = listening;
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections: JoinSet<()> = JoinSet::new();
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, stream) = tokio::select! {
            (place, stream) = accepted => (place, stream),
            Some(_) = connections.join_next() => continue,
            _ = stopped.changed() => break,
        };
        let Ok((stream, address)) = stream else {
            // Out of file descriptors, most likely: let some connections end.
            tracing::warn!("a connection could not be accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let neighbour = Neighbour::new(address.ip(), Arc::clone(&proxies));
        let mut router = router.clone().layer(axum::Extension(neighbour));
        if tls.is_some() {
            router = router.layer(axum::middleware::map_response(only_over_tls));
        }
        let (tls, stopped) = (tls.clone(), stopped.clone());
        connections.spawn(async move {
            let _place = place;
            let talk = async {
                match tls {
                    None => converse(stream, router, stopped).await,
                    // Who speaks no TLS is told nothing: whatever they sent may be a secret, and was not for a line in clear.
                    Some(tls) => {
                        if let Ok(stream) = tls.accept(stream).await {
                            converse(stream, router, stopped).await;
                        }
                    }
                }
            };
            let _ = tokio::time::timeout(LIFE, talk).await;
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
}

/// Whoever was here over TLS comes back over TLS alone (RFC 6797). Said of this host only: what others below its name speak is not ours to say.
async fn only_over_tls(mut answer: Response) -> Response {
    let year = HeaderValue::from_static("max-age=31536000");
    answer.headers_mut().insert(STRICT_TRANSPORT_SECURITY, year);
    answer
}

async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin, router: Router, mut stopped: watch::Receiver<()>) {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADERS_WITHIN);
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    // How a connection breaks is the other side's affair; it says nothing of ours.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::oneshot;

    fn run(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(test);
    }

    async fn asked(address: SocketAddr, path: &str) -> String {
        asked_with(address, path, "").await
    }

    async fn asked_with(address: SocketAddr, path: &str, headers: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[test]
    fn the_desk_is_refused_to_other_machines() {
        run(async {
            let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
            let refused = Listening::on_loopback(listener, Router::new()).err().unwrap();
            assert!(refused.to_string().contains("loopback only"), "{refused}");
        });
    }

    #[test]
    fn a_listener_believes_the_proxies_that_it_was_given() {
        let sender = |request: axum::extract::Request| async {
            let (asked, _) = request.into_parts();
            let client = crate::portal::proxies::client(&asked);
            client.map_or_else(|| "nobody".to_owned(), |client| client.name())
        };
        run(async {
            let router = || Router::new().fallback(sender);
            let bind = || TcpListener::bind("127.0.0.1:0");
            let alone = Listening::on_loopback(bind().await.unwrap(), router()).unwrap();
            let behind = Listening::on_loopback(bind().await.unwrap(), router()).unwrap();
            let behind = behind.behind(vec!["127.0.0.1".parse().unwrap()]);
            let places = [
                (alone.address().unwrap(), "nobody"),
                (behind.address().unwrap(), "198.51.100.1"),
            ];
            let (stop, stopped) = oneshot::channel::<()>();
            let serving = tokio::spawn(serve(vec![alone, behind], async {
                let _ = stopped.await;
            }));
            for (address, expect) in places {
                let told = "X-Forwarded-For: 203.0.113.9, 198.51.100.1\r\n";
                let answer = asked_with(address, "/", told).await;
                assert!(answer.ends_with(expect), "{answer}");
            }
            stop.send(()).unwrap();
            serving.await.unwrap();
        });
    }

    #[test]
    fn both_faces_answer_until_the_program_is_told_to_stop() {
        run(async {
            let dir = tempfile::tempdir().unwrap();
            std::fs::create_dir_all(dir.path().join("a.example")).unwrap();
            std::fs::write(dir.path().join("a.example/index.html"), "the portal").unwrap();
            let bind = || TcpListener::bind("127.0.0.1:0");
            let now = jiff::Timestamp::UNIX_EPOCH;
            let desk = crate::desk_of_board(psirt::board::Board::default(), now);
            let desk = Listening::on_loopback(bind().await.unwrap(), desk).unwrap();
            let portal = Listening::portal(
                bind().await.unwrap(),
                dir.path().to_owned(),
                vec!["a.example".to_owned()],
            );
            let (desk_at, portal_at) = (desk.address().unwrap(), portal.address().unwrap());
            let (stop, stopped) = oneshot::channel::<()>();
            let serving = tokio::spawn(serve(vec![desk, portal], async {
                let _ = stopped.await;
            }));
            let page = asked(desk_at, "/").await;
            assert!(
                page.starts_with("HTTP/1.1 200 OK") && page.contains("The next promise to break"),
                "{page}"
            );
            assert!(asked(portal_at, "/").await.ends_with("the portal"));
            // A connection that says nothing does not keep the program from ending.
            let idle = TcpStream::connect(desk_at).await.unwrap();
            stop.send(()).unwrap();
            serving.await.unwrap();
            assert!(TcpStream::connect(portal_at).await.is_err(), "nobody listens any more");
            drop(idle);
        });
    }
}
