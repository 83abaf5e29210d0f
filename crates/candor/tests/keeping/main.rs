//! Not losing it, with the built binary: what an operator does, and what a death in the middle of it leaves behind.
//!
//! The modules are marked `cfg(test)` so that clippy knows helpers here as tests.

#[cfg(test)]
mod archive;
#[cfg(test)]
mod aside;
#[cfg(test)]
mod brand;
#[cfg(test)]
mod direct;
#[cfg(test)]
mod drills;
#[cfg(test)]
mod ended;
#[cfg(test)]
mod house;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod lost;
#[cfg(test)]
mod machines;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod mailbox;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod publication;
#[cfg(test)]
mod restricted;
#[cfg(test)]
mod revoked;
#[cfg(test)]
mod rooms;
#[cfg(test)]
mod round_trips;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod sift;
#[cfg(test)]
mod sink;
#[cfg(test)]
mod stands;
#[cfg(test)]
mod still;
#[cfg(test)]
mod strangers;
#[cfg(test)]
mod templates;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod two_runs;
#[cfg(test)]
mod wire;
