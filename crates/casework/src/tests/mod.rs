//! Stories that an analyst reads, on a real store in a throw-away directory.

mod cases;
mod found;
mod law;
mod past;
mod publication;
mod reports;
mod simulation;
mod world;
