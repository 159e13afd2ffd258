//! Captures as a whole: scrubbing streams of the simulator, reporting on fixtures, and reading
//! them again.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share may fail a test, and is not itself marked as one"
)]

mod canaries;
mod fixtures;
mod reading;
mod reports;
mod sessions;
mod streams;
