//! `candor serve`: the published folder, the desk's pages and the doors for mail, until the process is told to stop.
//!
//! Owns the lock of the data directory, the listeners and the log. Makes no page: `web` does.

use crate::cli::Global;
use crate::command::work;
use crate::config::Level;
use crate::doors::DoorTls;
use crate::failure::Failure;
use crate::intake;
use crate::machine;
use crate::mailbox::{self, Mailbox};
use crate::output::{Io, Shown};
use crate::post::{self, Way};
use crate::receiver::Receiver;
use crate::session::{House, Session};
use clap::Args;
use publish::Publisher;
use std::net::SocketAddr;
use std::sync::Arc;
use store::DataLock;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing_subscriber::filter::LevelFilter;
use web::Listening;

#[derive(Args, Debug)]
pub(crate) struct Serve {}

/// Ports in place of those of the configuration; 0 takes a free one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) portal: u16,
    pub(crate) desk: u16,
}

impl Serve {
    pub(crate) fn run(self, global: &Global, io: &mut Io<'_>, session: &mut Session) -> Result<Shown, Failure> {
        let house = session.house(global)?;
        log(house.config.log.level);
        let (portal, desk) = (house.config.listen.portal, house.config.listen.desk);
        listen(&house, portal, desk, io)
    }
}

/// Serves a house on loopback, on ports of the caller's.
pub(crate) fn run(ports: Ports, global: &Global, io: &mut Io<'_>, session: &mut Session) -> Result<Shown, Failure> {
    let house = session.house(global)?;
    let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
    listen(&house, loopback(ports.portal), loopback(ports.desk), io)
}

/// JSON on standard error, with ids and kinds and nothing else.
fn log(level: Level) {
    let level = match level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
    };
    // A second subscriber in one process is refused; the first one stays.
    let _ = tracing_subscriber::fmt()
        .json()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .try_init();
}

fn listen(house: &House, portal: SocketAddr, desk: SocketAddr, io: &mut Io<'_>) -> Result<Shown, Failure> {
    let _lock = DataLock::take(&house.root.join("lock"), "serve")?;
    // A file of the configuration that cannot be read is told now, and not once a letter waits.
    Way::of(house)?;
    Mailbox::of(&house.config.mail, &house.root)?;
    let tls = DoorTls::open(&house.config, &house.root)?;
    // The first page need not wait for every case to be looked at.
    house.casework.glance(|_, _, _| ());
    house.wait(async {
        let mut listening = Vec::new();
        let (of_house, began) = (house.clone(), house.now());
        let of_tls = tls.portal.clone();
        let look = Arc::new(move || machine::look(&of_house, of_tls.as_deref(), began));
        let desk = Listening::desk(bind(desk).await?, house.casework.clone(), Some(look)).map_err(failed)?;
        let mut said = Vec::new();
        let protected = Publisher::protected(&house.root);
        let portal = Listening::portal_with_customers(
            bind(portal).await?,
            house.publisher.public(),
            protected.public(),
            house.casework.clone(),
            house.config.limits.upload_mb << 20,
        )
        .behind(house.config.listen.trusted_proxies.clone())
        .over(tls.portal.clone());
        let scheme = if tls.portal.is_some() { "https" } else { "http" };
        let address = portal.address().map_err(failed)?;
        said.push(format!("portal: {scheme}://{address}"));
        // One listener serves all brands, each by its host, also those that come later; on this machine each has a name of its own.
        for brand in house.casework.board().house.publishing().into_iter().skip(1) {
            let (id, domain) = (&brand.id, &brand.domain);
            let here = format!("{domain}.localhost:{}", address.port());
            let at = if address.ip().is_loopback() { &here } else { domain };
            said.push(format!("portal of {id}: {scheme}://{at}"));
        }
        let unnamed = tls.portal.as_ref().map_or_else(Vec::new, |tls| tls.unnamed(machine::hosts(house)));
        if !unnamed.is_empty() {
            let hosts = unnamed.join(", ");
            tracing::warn!(hosts, "the certificate does not name hosts that are served");
            said.push(format!(
                "warning: the certificate in `listen.tls_cert_file` does not name {hosts}: whoever comes there is warned, or does not come in. Have it made anew for these names, too"
            ));
        }
        listening.push(portal);
        said.push(format!("desk: http://{}", desk.address().map_err(failed)?));
        listening.push(desk);
        let receiver = Receiver::open(house, tls.mail.clone()).await?;
        said.extend(receiver.said());
        let interrupted = told_to_stop()?;
        let (stop, stopped) = watch::channel(false);
        let shutdown = async move {
            interrupted.await;
            let _ = stop.send(true);
        };
        for line in said {
            writeln!(io.output, "{line}")?;
        }
        writeln!(io.output, "Serving until interrupted (Ctrl-C).")?;
        io.output.flush()?;
        tracing::info!(listeners = listening.len(), "serving");
        let worker = work::worker()?;
        let receiving = tokio::spawn(receiver.run(stopped.clone()));
        let fetching = tokio::spawn(mailbox::go_on(house.clone(), stopped.clone()));
        let reading = tokio::spawn(intake::go_on(house.clone(), stopped.clone()));
        let sending = tokio::spawn(post::go_on(house.clone(), stopped));
        tokio::select! {
            () = web::serve(listening, shutdown) => {}
            () = work::go_on(house, &worker) => {}
        }
        // Mail that has begun to come in, to be read or to go out comes to its end.
        let _ = receiving.await;
        let _ = fetching.await;
        let _ = reading.await;
        let _ = sending.await;
        tracing::info!("stopped");
        Ok(Shown::default())
    })
}

fn failed(error: web::ServeError) -> Failure {
    Failure::machine(error.to_string())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| {
        Failure::machine(format!(
            "{address} cannot be listened on: {}; choose another in candor.toml, or a port of 0",
            error.kind()
        ))
    })
}

/// Ends with the first interrupt or request to terminate.
pub(crate) fn told_to_stop() -> Result<impl Future<Output = ()>, Failure> {
    let listen =
        |kind| signal(kind).map_err(|error| Failure::machine(format!("signals cannot be received: {}", error.kind())));
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
