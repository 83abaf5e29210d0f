//! Stories that an analyst reads, on a real store in a throw-away directory.

mod actions;
mod adoption;
mod cases;
mod files;
mod found;
mod jobs;
mod keys;
mod law;
mod lines;
mod merging;
mod past;
mod publication;
mod reports;
mod review;
mod scheduling;
mod shredding;
mod simulation;
mod snapshot;
mod world;
