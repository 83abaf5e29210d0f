//! Stories that an analyst reads, on a real store in a throw-away directory.

mod cases;
mod law;
mod publication;
mod reports;
mod simulation;
mod world;
