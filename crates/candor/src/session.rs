//! What lasts from one command to the next in one process: the opened house, the runtime, the source of ids.
//!
//! Owns their opening and closing, and the instant of a simulated clock. Never opens anything before a command asks for it.

use crate::cli::Global;
use crate::config::{self, Config};
use crate::failure::Failure;
use crate::pulse::Pulse;
use crate::shelf;
use crate::traffic::Traffic;
use casework::{Actor, Casework, Clock, Ports};
use jiff::Timestamp;
use publish::Publisher;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::Store;
use tokio::runtime::{Handle, Runtime};
use tokio::task::JoinHandle;
use vault::{Ids, MasterKey};

/// The file with the instant of a simulated clock.
const CLOCK_FILE: &str = "clock";

/// What lasts between commands.
#[derive(Default)]
pub(crate) struct Session {
    runtime: Option<Runtime>,
    house: Option<House>,
    /// Where ids come from; a demonstration has its own.
    pub(crate) ids: Ids,
    /// What a person should know of the machine, whatever the command says.
    pub(crate) warning: Option<String>,
}

/// An opened data directory. Clones share everything.
#[derive(Clone)]
pub(crate) struct House {
    pub(crate) root: PathBuf,
    pub(crate) config: Config,
    pub(crate) casework: Casework,
    pub(crate) store: Store,
    /// When mail came, and on which way.
    pub(crate) pulse: Pulse,
    /// What mail comes in now.
    pub(crate) traffic: Traffic,
    /// Of the public tree; it remembers what it left.
    pub(crate) publisher: Arc<Publisher>,
    runtime: Handle,
}

impl House {
    /// Waits for something of the store.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Begins something beside what goes on.
    pub(crate) fn spawn<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.runtime.spawn(future)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.casework.now()
    }
}

/// A store without the casework on it.
pub(crate) struct Opened {
    pub(crate) root: PathBuf,
    pub(crate) store: Store,
    runtime: Handle,
}

impl Opened {
    /// Waits for something of the store.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.runtime.block_on(self.store.close());
    }
}

impl Session {
    /// The house of this command, on the newest state of its journal and at its instant.
    pub(crate) fn house(&mut self, global: &Global) -> Result<House, Failure> {
        let root = directory(global);
        let house = match &self.house {
            Some(house) if house.root == root => house.clone(),
            _ => self.open(&root)?,
        };
        set_clock(&house, global.now)?;
        house.wait(house.casework.refresh())?;
        self.warning = house.wait(house.casework.clock_stands_back())?.map(|last| {
            format!(
                "the clock says {}, but the last entry was recorded at {}: what is late or due is not sure, and nothing can be recorded until the clock is right",
                readable(house.now()),
                readable(last)
            )
        });
        Ok(house)
    }

    /// Makes the store of a new data directory and opens its casework.
    pub(crate) fn make(&mut self, root: &Path, master: MasterKey, ports: Ports) -> Result<House, Failure> {
        let config = Config::read(root)?;
        let plan = config.store(root)?;
        let runtime = self.runtime()?;
        let store = runtime.block_on(Store::init(&plan, master))?;
        self.keep(root, config, store, ports)
    }

    /// The store of a data directory alone, for what must work although the journal cannot be read.
    pub(crate) fn store(&mut self, global: &Global) -> Result<Opened, Failure> {
        let root = directory(global);
        let config = Config::read(&root)?;
        let master = MasterKey::load(&config.master_key(&root)?)?;
        let plan = config.store(&root)?;
        let runtime = self.runtime()?;
        let store = runtime.block_on(Store::open(&plan, master))?;
        Ok(Opened { root, store, runtime })
    }

    fn open(&mut self, root: &Path) -> Result<House, Failure> {
        let config = Config::read(root)?;
        let master = MasterKey::load(&config.master_key(root)?)?;
        let plan = config.store(root)?;
        let clock = if config.clock.simulated {
            Clock::simulated(saved_instant(root)?)
        } else {
            Clock::System
        };
        let ports = Ports {
            clock,
            ids: self.ids.clone(),
        };
        let runtime = self.runtime()?;
        let store = runtime.block_on(Store::open(&plan, master))?;
        self.keep(root, config, store, ports)
    }

    fn keep(&mut self, root: &Path, config: Config, store: Store, ports: Ports) -> Result<House, Failure> {
        self.close_house();
        let runtime = self.runtime()?;
        let casework = runtime.block_on(Casework::open(store.clone(), ports))?;
        let house = House {
            root: root.to_owned(),
            config,
            casework,
            store,
            pulse: Pulse::default(),
            traffic: Traffic::default(),
            publisher: Arc::new(Publisher::new(root).by(shelf::engine())),
            runtime,
        };
        self.house = Some(house.clone());
        Ok(house)
    }

    pub(crate) fn runtime(&mut self) -> Result<Handle, Failure> {
        if let Some(runtime) = &self.runtime {
            return Ok(runtime.handle().clone());
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| Failure::machine(format!("no threads: {}", error.kind())))?;
        let handle = runtime.handle().clone();
        self.runtime = Some(runtime);
        Ok(handle)
    }

    fn close_house(&mut self) {
        if let Some(house) = self.house.take() {
            house.wait(house.casework.close());
        }
    }

    /// Ends what was opened.
    pub(crate) fn close(&mut self) {
        self.close_house();
    }
}

/// The data directory of a command.
pub(crate) fn directory(global: &Global) -> PathBuf {
    let named = global
        .dir
        .clone()
        .or_else(|| std::env::var_os("CANDOR_DIR").map(PathBuf::from));
    named.unwrap_or_else(|| PathBuf::from("."))
}

/// Whether a command that needs no data directory may ask the network: where there is one, its configuration says so.
pub(crate) fn may_ask(global: &Global) -> Result<(), Failure> {
    let root = directory(global);
    match config_file(&root).exists() {
        true => Config::read(&root)?.net.may_ask(),
        false => Ok(()),
    }
}

/// Who acts.
pub(crate) fn actor(global: &Global) -> Result<Actor, Failure> {
    let Some(name) = &global.actor else {
        return Err(Failure::usage(
            "say who acts: --as NAME, with the id of a person of this house (`candor person list`)",
        ));
    };
    Ok(Actor {
        id: name.clone(),
        approved_by: global.approved_by.clone(),
    })
}

fn readable(at: Timestamp) -> impl std::fmt::Display {
    at.strftime("%F %T UTC")
}

/// Sets a simulated clock forward, in memory and on disk.
fn set_clock(house: &House, now: Option<Timestamp>) -> Result<(), Failure> {
    let Some(now) = now else { return Ok(()) };
    if !house.config.clock.simulated {
        return Err(Failure::usage(
            "this house goes by the machine's clock: --now is for houses made with `candor init --simulated-clock`",
        ));
    }
    if !house.casework.ports().clock.set(now) {
        let current = house.now();
        return Err(Failure::refused(format!(
            "the simulated clock stands at {current} and goes forward only"
        )));
    }
    save_instant(&house.root, now)
}

/// Keeps the instant of a simulated clock.
pub(crate) fn save_instant(root: &Path, now: Timestamp) -> Result<(), Failure> {
    let path = root.join(CLOCK_FILE);
    let aside = root.join("clock.new");
    let written = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(&aside)?;
        writeln!(file, "{now}")?;
        file.sync_all()?;
        std::fs::rename(&aside, &path)
    };
    written().map_err(|error| Failure::machine(format!("{}: {}", path.display(), error.kind())))
}

fn saved_instant(root: &Path) -> Result<Timestamp, Failure> {
    let path = root.join(CLOCK_FILE);
    let text = std::fs::read_to_string(&path);
    let text = text.map_err(|error| {
        Failure::machine(format!(
            "{}: {}; it holds the simulated instant",
            path.display(),
            error.kind()
        ))
    })?;
    let wrong = |_| {
        Failure::machine(format!(
            "{}: not an instant; write one as 2026-01-05T08:00:00+01:00",
            path.display()
        ))
    };
    text.trim().parse().map_err(wrong)
}

/// Where the configuration of a new directory goes.
pub(crate) fn config_file(root: &Path) -> PathBuf {
    root.join(config::FILE)
}
