//! Stories that an analyst reads, on a real store in a throw-away directory.

mod actions;
mod cases;
mod law;
mod merging;
mod publication;
mod reports;
mod world;
