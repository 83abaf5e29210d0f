//! The store as its users see it. One story runs on both databases; faults and secrets have files of their own.
//!
//! The modules are marked `cfg(test)` so that clippy knows helpers here as tests.

#[cfg(test)]
mod cluster;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod full;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod story;
#[cfg(test)]
mod transfer;
#[cfg(test)]
mod world;

/// Says what a missing program or right left out; a failure where CI promises that nothing is missing.
pub(crate) fn skipped(needs: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "skipped: needs {needs}");
    println!("skipped: needs {needs}");
}
