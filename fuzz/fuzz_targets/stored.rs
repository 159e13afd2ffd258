//! Any bytes as a stored conversation that takes an answer up: no panic, one end at most, no end
//! without an answer, and cycles among its nodes end.
//!
//! Bytes that begin with `0xff` are operations over a vocabulary of real messages, first those of
//! a stream that broke off, then, after another `0xff`, those of the document; others are the
//! document itself.
#![no_main]

use flowgpt_fuzz::{events, reading};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    if let [events::OPERATIONS, operations @ ..] = input {
        let mut parts = operations.splitn(2, |byte| *byte == events::OPERATIONS);
        let stream = events::stream(parts.next().unwrap_or_default());
        let document = events::document(parts.next().unwrap_or_default());
        reading::read_stored(&stream, &document);
    } else if let Ok(document) = std::str::from_utf8(input) {
        reading::read_stored(b"", document);
    }
});
