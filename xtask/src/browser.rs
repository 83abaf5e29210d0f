//! The browser tests: `e2e/` looks through Chromium at the demonstration, on two free ports of this machine, and at the gallery
//! of `look`; another implementation reads the documents that the demonstration published.
//!
//! Owns starting and ending the demonstration. Never installs a browser.

use crate::project::{cargo, cargo_metadata, root};
use crate::step::{self, Outcome};
use crate::test::{self, find};
use anyhow::{Context, Result, bail, ensure};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// The demonstration must serve by then.
const START_LIMIT: Duration = Duration::from_secs(120);

/// Builds, starts the demonstration, runs the tests against it.
pub(crate) fn run() -> Result<Outcome> {
    let missing: Vec<&str> = test::BROWSER_PROGRAMS
        .iter()
        .copied()
        .filter(|program| find(program).is_none())
        .collect();
    if !missing.is_empty() {
        return Ok(Outcome::Skipped {
            needs: missing.join(", "),
        });
    }
    let folder = root().join("e2e");
    ensure!(folder.join("package.json").is_file(), "e2e/package.json is missing");

    // The same targets as `cargo test --workspace`, so that nothing is compiled a second time with other features.
    let built = step::run(cargo().args(["build", "--workspace", "--all-targets"]))?;
    if built != Outcome::Passed {
        return Ok(built);
    }
    if !folder.join("node_modules").is_dir() {
        let installed = step::run(Command::new("npm").current_dir(&folder).arg("ci"))?;
        if installed != Outcome::Passed {
            return Ok(installed);
        }
    }

    let metadata = cargo_metadata()?;
    let target = metadata["target_directory"]
        .as_str()
        .map(PathBuf::from)
        .context("cargo names no target directory")?;
    let gallery = emptied(target.join("e2e/gallery"))?;
    let drawn = step::run(Command::new(target.join("debug/examples/gallery")).arg(&gallery))?;
    if drawn != Outcome::Passed {
        return Ok(drawn);
    }
    let house = emptied(target.join("e2e/demo"))?;
    let demo = Demo::start(&target.join("debug/candor"), &house)?;
    step::run(
        Command::new("node")
            .current_dir(&folder)
            .env("CANDOR_E2E_PORTAL", &demo.portal)
            .env("CANDOR_E2E_DESK", &demo.desk)
            .env("CANDOR_E2E_GALLERY", &gallery)
            .env("CANDOR_E2E_TREE", house.join("public"))
            .arg("--test"),
    )
}

/// A folder from which what an earlier run left is gone.
fn emptied(folder: PathBuf) -> Result<PathBuf> {
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("{} could not be emptied", folder.display()))?;
    }
    Ok(folder)
}

/// The running demonstration; it ends when this is dropped.
struct Demo {
    child: Child,
    portal: String,
    desk: String,
}

impl Demo {
    /// Starts it in a folder of its own and waits until it says where it serves.
    fn start(program: &Path, folder: &Path) -> Result<Self> {
        println!("$ candor demo --dir {} --port-portal 0 --port-desk 0", folder.display());
        let child = Command::new(program)
            .args(["demo", "--port-portal", "0", "--port-desk", "0", "--dir"])
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} could not be started", program.display()))?;
        let mut demo = Self {
            child,
            portal: String::new(),
            desk: String::new(),
        };
        let stdout = demo.child.stdout.take().context("the demonstration has no output")?;
        (demo.portal, demo.desk) = addresses(&lines(stdout), START_LIMIT)?;
        Ok(demo)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads lines to the end, also when nobody listens any more: a full pipe would stop the demonstration.
fn lines(output: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    receiver
}

/// The two addresses, from lines such as `portal: http://127.0.0.1:41234`.
fn addresses(lines: &Receiver<String>, limit: Duration) -> Result<(String, String)> {
    let end = Instant::now() + limit;
    let (mut portal, mut desk) = (None, None);
    let mut said = Vec::new();
    loop {
        if let (Some(portal), Some(desk)) = (&portal, &desk) {
            return Ok((String::clone(portal), String::clone(desk)));
        }
        match lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                let address = |name| line.trim().strip_prefix(name).map(|rest: &str| rest.trim().to_owned());
                portal = portal.or_else(|| address("portal:"));
                desk = desk.or_else(|| address("desk:"));
                said.push(line);
            }
            Err(reason) => {
                println!("{}", said.join("\n"));
                match reason {
                    RecvTimeoutError::Timeout => bail!("the demonstration did not serve within {} s", limit.as_secs()),
                    RecvTimeoutError::Disconnected => bail!("the demonstration ended before it served"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_addresses(output: &'static str, expect: Result<(&str, &str), &str>) {
        let found = addresses(&lines(output.as_bytes()), START_LIMIT).map_err(|error| error.to_string());
        let expect = expect
            .map(|(portal, desk)| (portal.to_owned(), desk.to_owned()))
            .map_err(str::to_owned);
        assert_eq!(found, expect);
    }

    #[test]
    fn the_addresses_are_read_from_the_demonstration() {
        check_addresses(
            "adopted a policy\nportal: http://127.0.0.1:4000\n  desk:   http://127.0.0.1:4001\n",
            Ok(("http://127.0.0.1:4000", "http://127.0.0.1:4001")),
        );
    }

    #[test]
    fn a_demonstration_that_ends_early_is_told() {
        check_addresses(
            "portal: http://127.0.0.1:4000\n",
            Err("the demonstration ended before it served"),
        );
    }
}
