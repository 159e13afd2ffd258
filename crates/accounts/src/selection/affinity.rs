//! Conversations that begin alike go to the same account, where that costs nothing.
//!
//! Highest random weight among the eligible: an account that is held back moves only its own
//! conversations, and gets them back. Nothing is remembered.

use sha2::{Digest, Sha256};

use super::candidate::Candidate;
use super::quota_aware::{fullness, is_nearly_used_up};

/// So much emptier than the best may the preferred account be, of a whole of 1.
const EMPTIER: f64 = 0.25;

/// What a conversation begins with, as a number for [`Draw::affinity`](super::Draw::affinity).
pub fn prefix_hash(prefix: &[u8]) -> u64 {
    let digest: [u8; 32] = Sha256::digest(prefix).into();
    first_bytes(&digest)
}

/// The account a conversation that begins so would go to.
pub(super) fn preferred(
    candidates: &[Candidate],
    eligible: &[usize],
    prefix: u64,
) -> Option<usize> {
    let weight = |index: &usize| mixed(prefix ^ mixed(first_bytes(&candidates[*index].key)));
    eligible.iter().copied().max_by_key(weight)
}

/// Whether a preference may outweigh the difference between two accounts.
pub(super) fn is_about_as_good(preferred: &Candidate, best: &Candidate) -> bool {
    let is_loaded = preferred.in_use > best.in_use.saturating_add(1);
    let is_emptier = fullness(&preferred.quota) + EMPTIER < fullness(&best.quota);
    let is_last_bit = is_nearly_used_up(&preferred.quota) && !is_nearly_used_up(&best.quota);
    !is_loaded && !is_emptier && !is_last_bit
}

fn first_bytes(bytes: &[u8]) -> u64 {
    let first = bytes.iter().take(8);
    first.fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Spreads a number over all bits (the finalizer of splitmix64).
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
