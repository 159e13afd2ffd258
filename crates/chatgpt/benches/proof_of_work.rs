//! How fast nonces are tried, beside the bare hash.

use std::sync::atomic::AtomicBool;

use chatgpt::difficulty::Difficulty;
use chatgpt::proof_of_work::{ProofInput, Puzzle};
use divan::Bencher;
use divan::counter::ItemsCount;
use sha3::{Digest, Sha3_512};

fn main() {
    divan::main();
}

const TRIES: u64 = 20_000;

fn puzzle() -> Puzzle {
    Puzzle::new(&ProofInput {
        user_agent: "FlowGPT/0.1.0",
        language: "zh-CN",
        device_id: "00000000-0000-4000-8000-000000000001",
        unix_millis: 1_764_946_800_123,
    })
}

/// Tries that all fail.
#[divan::bench]
fn search(bencher: Bencher<'_, '_>) {
    let puzzle = puzzle();
    let impossible: Difficulty = "0000000000000000"
        .parse()
        .unwrap_or_else(|_| unreachable!());
    let wanted = AtomicBool::new(false);
    bencher
        .counter(ItemsCount::new(TRIES))
        .bench_local(|| puzzle.solve("0.7319045", &impossible, TRIES, &wanted));
}

/// The same hashes of a text that never changes: what no search can beat.
#[divan::bench]
fn bare_hash(bencher: Bencher<'_, '_>) {
    let token = puzzle().requirements_token();
    // What a try hashes: everything but the constant beginning.
    let text = &token.as_bytes()[token.len().min(104)..];
    bencher.counter(ItemsCount::new(TRIES)).bench_local(|| {
        (0..TRIES).fold(0u8, |all, _| {
            all ^ Sha3_512::digest(divan::black_box(text))[0]
        })
    });
}
