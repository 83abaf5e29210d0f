//! From a released advisory to a tree that a stranger can check.

mod faults;
mod held;
mod history;
mod pages;
mod peers;
mod protected;
mod provider;
mod release;
mod sample;
mod scores;
mod steps;
mod tree;
