//! What the targets share: a vocabulary of real events that bytes choose from, and reading a
//! stream as the driver does.
//!
//! `cargo xtask fuzz` builds and runs the targets; nothing else uses this.

pub mod events;
pub mod reading;
