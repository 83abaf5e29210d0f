//! The house of a measurement: made by commands, served by the built binary, asked about its memory. It ends with its folder. Never measures.

use crate::Failed;
use openpgp::{Certificate, Limits};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const DOMAIN: &str = "psirt.example.com";
const CONTACT: &str = "psirt@example.com";
/// How long reading may stand still.
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) struct House {
    folder: TempDir,
    candor: PathBuf,
    certificate: Option<Certificate>,
}

impl House {
    pub(crate) fn open() -> Result<House, Failed> {
        let example = std::env::current_exe()?;
        let candor = example.ancestors().nth(2).map(|folder| folder.join("candor"));
        let candor = candor.filter(|candor| candor.is_file());
        let mut house = House {
            folder: TempDir::new()?,
            candor: candor.ok_or("build `candor` first, in the same way: cargo build --release")?,
            certificate: None,
        };
        house.run(&["init", "--name", "A house under load"])?;
        for (person, role) in [("admin", "administrator"), ("lead", "lead"), ("analyst", "analyst")] {
            house.run(&[
                "person", "add", person, "--name", person, "--role", role, "--as", "admin",
            ])?;
        }
        let brand = [
            "--domain",
            DOMAIN,
            "--policy",
            "nozomi-networks",
            "--prefix",
            "EX",
            "--contact",
            CONTACT,
        ];
        house.run(
            &[
                &["brand", "add", "ex", "--name", "Example", "--as", "admin"],
                &brand[..],
            ]
            .concat(),
        )?;
        house.run(&["key", "make", "--brand", "ex", "--as", "admin"])?;
        let made = house.run(&["key", "make", "--brand", "ex", "--intake", "--as", "admin", "--json"])?;
        let made: serde_json::Value = serde_json::from_str(&made)?;
        let fingerprint = made
            .get("fingerprint")
            .and_then(|text| text.as_str())
            .unwrap_or_default();
        let public = house.run(&["key", "export", fingerprint])?;
        house.certificate = Some(Certificate::parse(public.as_bytes(), Limits::default())?);
        let line = [
            "product",
            "add",
            "Sensor 25",
            "--brand",
            "ex",
            "--deployment",
            "on-prem",
        ];
        house.run(&[&line, &["--as", "lead"][..]].concat())?;
        house.run(&[
            "policy",
            "adopt",
            "nozomi-networks",
            "--as",
            "lead",
            "--approved-by",
            "analyst",
        ])?;
        house.run(&["publish"])?;
        let file = house.dir().join("candor.toml");
        let mut settings: toml::Table = fs::read_to_string(&file)?.parse()?;
        settings.extend(
            "listen = { portal = '127.0.0.1:0', desk = '127.0.0.1:0' }\nmail = { lmtp = '127.0.0.1:0' }"
                .parse::<toml::Table>()?,
        );
        fs::write(&file, settings.to_string())?;
        Ok(house)
    }

    fn dir(&self) -> PathBuf {
        self.folder.path().join("house")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.candor);
        command
            .arg("--dir")
            .arg(self.dir())
            .env_remove("CANDOR_DIR")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, words: &[&str]) -> Result<String, Failed> {
        let output = self.command().args(words).output()?;
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout)?),
            false => Err(format!(
                "candor {}: {}",
                words.join(" "),
                String::from_utf8_lossy(&output.stderr)
            )
            .into()),
        }
    }

    /// What reports are encrypted to.
    pub(crate) fn certificate(&self) -> Result<&Certificate, Failed> {
        self.certificate.as_ref().ok_or_else(|| "the house has no key".into())
    }

    pub(crate) fn contact(&self) -> &str {
        CONTACT
    }

    /// Serves until it is told to end.
    pub(crate) fn serve(&self) -> Result<Serving, Failed> {
        let mut command = self.command();
        let mut child = command
            .arg("serve")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (out, log) = (child.stdout.take(), child.stderr.take());
        let mut serving = Serving {
            child,
            lmtp: String::new(),
            desk: String::new(),
            portal: String::new(),
            read: Arc::default(),
        };
        let (out, log) = out.zip(log).ok_or("the server says nothing")?;
        for line in BufReader::new(out).lines() {
            let line = line?;
            let said = |name: &str| line.strip_prefix(name).map(str::to_owned);
            if let Some(address) = said("lmtp: ") {
                serving.lmtp = address;
            } else if let Some(address) = said("desk: http://") {
                serving.desk = address;
            } else if let Some(address) = said("portal: http://") {
                serving.portal = address;
            } else if line.starts_with("Serving") {
                break;
            }
        }
        let read = Arc::clone(&serving.read);
        std::thread::spawn(move || follow(BufReader::new(log), &read));
        Ok(serving)
    }
}

/// How many messages were read, and who waits for them.
type Read = (Mutex<usize>, Condvar);

/// Counts by the log what was read. It says so each time that nothing waits any more.
fn follow(log: impl std::io::BufRead, read: &Read) {
    for line in log.lines().map_while(Result::ok) {
        let line: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        let field = |name: &str| line.get("fields").and_then(|fields| fields.get(name));
        let count = field("read").and_then(serde_json::Value::as_u64).unwrap_or_default();
        if count > 0 {
            *read.0.lock().unwrap_or_else(PoisonError::into_inner) += usize::try_from(count).unwrap_or_default();
            read.1.notify_all();
        }
        if line.get("level").is_some_and(|level| level != "INFO") {
            println!("the log: {line}");
        }
    }
}

pub(crate) struct Serving {
    child: Child,
    lmtp: String,
    desk: String,
    portal: String,
    read: Arc<Read>,
}

impl Serving {
    pub(crate) fn lmtp(&self) -> &str {
        &self.lmtp
    }

    pub(crate) fn desk(&self) -> &str {
        &self.desk
    }

    pub(crate) fn portal(&self) -> &str {
        &self.portal
    }

    pub(crate) fn has_read(&self, count: usize) -> Result<bool, Failed> {
        Ok(*self.read.0.lock().unwrap_or_else(PoisonError::into_inner) >= count)
    }

    pub(crate) fn wait_until_read(&self, count: usize) -> Result<(), Failed> {
        let mut read = self.read.0.lock().unwrap_or_else(PoisonError::into_inner);
        while *read < count {
            let (next, waited) = self
                .read
                .1
                .wait_timeout(read, PATIENCE)
                .unwrap_or_else(PoisonError::into_inner);
            read = next;
            if waited.timed_out() {
                return Err(format!("{} of {count} were read, and nothing more", *read).into());
            }
        }
        Ok(())
    }

    /// The most memory that the server had at a time.
    pub(crate) fn peak_kib(&self) -> Result<u64, Failed> {
        let status = Path::new("/proc").join(self.child.id().to_string()).join("status");
        Ok(peak_of(&status).ok_or("the system does not say how much memory the server had")?)
    }

    /// The most memory that one of the readers had which live now.
    pub(crate) fn readers_peak_kib(&self) -> u64 {
        let tasks = Path::new("/proc").join(self.child.id().to_string()).join("task");
        let tasks = fs::read_dir(tasks).into_iter().flatten().flatten();
        let children = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        let peak = |child: &str| peak_of(&Path::new("/proc").join(child).join("status"));
        let peaks = children.flat_map(|children| children.split_whitespace().filter_map(peak).collect::<Vec<_>>());
        peaks.max().unwrap_or_default()
    }

    pub(crate) fn end(mut self) -> Result<(), Failed> {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, rustix::process::Signal::TERM)?;
        match self.child.wait()?.success() {
            true => Ok(()),
            false => Err("the server did not end in peace".into()),
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // After its end that does nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn peak_of(status: &Path) -> Option<u64> {
    let status = fs::read_to_string(status).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
