//! Tests of the whole crate. The scores are held against three things: reference data (`data`), an exact and slow second
//! implementation straight from the specifications (`exact`, `oracle`), and the specifications' own examples (`examples`).

mod canonical;
mod data;
mod decimal;
mod exact;
mod examples;
mod explaining;
mod illegal;
mod lines;
mod oracle;
mod properties;
mod random;
mod tables;
