//! Stories that an analyst reads, on a real store in a throw-away directory.

mod actions;
mod adoption;
mod cases;
mod customers;
mod drafting;
mod files;
mod found;
mod jobs;
mod keys;
mod law;
mod limited;
mod lines;
mod mail;
mod merging;
mod outbox;
mod past;
mod promises;
mod publication;
mod reports;
mod review;
mod rooms;
mod scheduling;
mod shredding;
mod simulation;
mod snapshot;
mod world;
