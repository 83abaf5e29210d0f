//! Reads mail.
