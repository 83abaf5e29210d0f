//! The desk, and the published tree as the portal serves it.
//!
//! Owns addresses, headers and the desk's pages. Reads the board and never changes anything: acts go through the command line. Writes no
//! address, header or content into a log (law 9).

mod calculator;
mod desk;
mod docket;
mod due;
mod head;
pub mod machine;
mod page;
mod phrase;
mod portal;
mod serve;
mod severity;
mod tls;
mod words;

pub use desk::{desk, desk_of_board};
pub use portal::proxies::Proxy;
pub use portal::{portal, portal_of_board, portal_with_customers};
pub use serve::{Listening, ServeError, serve};
pub use tls::{TlsError, TlsFiles};

#[cfg(test)]
mod tests;
