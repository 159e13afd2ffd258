//! The translation as a whole, against streams the simulator wrote, and against streams of
//! other protocols that are written here.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what the tests share may fail a test, and is not itself marked as one"
)]

mod chat_streams;
mod continuation;
mod driver_streams;
mod golden_replies;
mod golden_responses;
mod links_to_files;
mod message_replies;
mod numbered_sources;
mod odd_streams;
mod reasoning_formats;
mod responses_streams;
mod same_answer;
mod same_reply;
mod support;
mod tools;
mod turn;
mod visible_text;
