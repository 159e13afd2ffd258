//! The pages: how they are laid out when the program is built, and how they are served.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share may fail a test, and is not itself marked as one"
)]

#[path = "../../build/packing.rs"]
mod packing;
#[path = "../../build/sources.rs"]
mod sources;

mod building;
mod serving;
