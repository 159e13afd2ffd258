//! The translation as a whole, against streams the simulator wrote.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what the tests share may fail a test, and is not itself marked as one"
)]

mod golden_replies;
mod odd_streams;
mod same_answer;
mod support;
mod visible_text;
