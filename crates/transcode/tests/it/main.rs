//! The translation as a whole, against streams the simulator wrote.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what the tests share may fail a test, and is not itself marked as one"
)]

mod continuation;
mod golden_replies;
mod golden_responses;
mod links_to_files;
mod numbered_sources;
mod odd_streams;
mod reasoning_formats;
mod same_answer;
mod same_reply;
mod support;
mod tools;
mod turn;
mod visible_text;
