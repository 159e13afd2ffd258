//! Any bytes as an answer of upstream: no panic, one end at most, no more text than input.
//!
//! Bytes that begin with `0xff` are operations over a vocabulary of real events; others are the
//! stream itself. The second byte says how the network cuts it.
#![no_main]

use flowgpt_fuzz::{events, reading};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    match input {
        [events::OPERATIONS, cut, operations @ ..] => {
            reading::read(&events::stream(operations), usize::from(*cut));
        }
        [_, cut, ..] => reading::read(input, usize::from(*cut)),
        _ => reading::read(input, 1),
    }
});
