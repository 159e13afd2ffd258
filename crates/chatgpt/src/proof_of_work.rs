//! Proof of work: finding a nonce whose hash meets a difficulty.
//!
//! The input is truthful and constant: our own user agent, the real clock, and neutral
//! values for everything only a browser would know. Nothing is random, nothing imitates a
//! browser. Blocking: `upstream` runs it on its own threads. Protocol: proof of work.

use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha3::{Digest, Sha3_512};

use crate::difficulty::Difficulty;

const REQUIREMENTS_PREFIX: &str = "gAAAAAC";
const PROOF_PREFIX: &str = "gAAAAAB";

/// How often the search looks whether it is still wanted.
const TRIES_BETWEEN_LOOKS: u64 = 1024;

/// What a puzzle is made of, apart from the seed.
#[derive(Debug, Clone)]
pub struct ProofInput<'a> {
    /// The user agent that is sent with the request.
    pub user_agent: &'a str,
    /// The stated language, such as `zh-CN`.
    pub language: &'a str,
    /// The device id that is sent with the request.
    pub device_id: &'a str,
    /// The time, in milliseconds since 1970.
    pub unix_millis: i64,
}

/// The JSON text around the two numbers that change with every try.
#[derive(Debug, Clone)]
pub struct Puzzle {
    /// Up to the nonce.
    pub before: String,
    /// Between the nonce and its half.
    pub between: String,
    /// After the half.
    pub after: String,
}

impl Puzzle {
    /// The 18-element form, with neutral values in the browser's places.
    pub fn new(input: &ProofInput<'_>) -> Self {
        let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
        let (agent, language) = (quoted(input.user_agent), quoted(input.language));
        let date = quoted(&javascript_date(input.unix_millis));
        let device = quoted(input.device_id);
        let started = input.unix_millis;
        Self {
            before: format!("[0,{date},null,"),
            between: format!(",{agent},null,null,{language},{language},"),
            after: format!(",\"\",\"\",\"\",0,{device},\"\",0,{started}]"),
        }
    }

    /// The token that goes with the request for requirements; it takes no work.
    pub fn requirements_token(&self) -> String {
        self.encoded(REQUIREMENTS_PREFIX, 1)
    }

    /// Searches the first nonce that meets `difficulty`, with at most `max_tries` hashes.
    ///
    /// `None` when there is none within them, or when `cancelled` became true.
    pub fn solve(
        &self,
        seed: &str,
        difficulty: &Difficulty,
        max_tries: u64,
        cancelled: &AtomicBool,
    ) -> Option<Solution> {
        let mut nonce = 0;
        while nonce < max_tries {
            let mut layout = Layout::new(self, seed, nonce);
            let end = layout.last_nonce().min(max_tries - 1);
            while nonce <= end {
                if nonce.is_multiple_of(TRIES_BETWEEN_LOOKS) && cancelled.load(Ordering::Relaxed) {
                    return None;
                }
                if difficulty.is_met_by(&layout.hash(nonce)) {
                    return Some(Solution {
                        nonce,
                        proof: self.encoded(PROOF_PREFIX, nonce),
                    });
                }
                nonce += 1;
            }
        }
        None
    }

    fn encoded(&self, prefix: &str, nonce: u64) -> String {
        let mut text = prefix.to_owned();
        STANDARD.encode_string(self.json(nonce), &mut text);
        text
    }

    fn json(&self, nonce: u64) -> String {
        let half = nonce >> 1;
        let Self {
            before,
            between,
            after,
        } = self;
        format!("{before}{nonce}{between}{half}{after}")
    }
}

/// A nonce that meets the difficulty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// The nonce.
    pub nonce: u64,
    /// What to send.
    pub proof: String,
}

/// The encoded text for all nonces of one length, so that a try rewrites only the digits.
struct Layout {
    /// The hash state after everything that does not change.
    constant: Sha3_512,
    json: Vec<u8>,
    /// Base64 of `json` from `first_group` on.
    encoded: Vec<u8>,
    first_group: usize,
    nonce: Digits,
    half: Digits,
}

/// Where a number stands in the JSON text.
struct Digits {
    start: usize,
    length: usize,
}

impl Layout {
    /// The layout that serves `nonce` and all longer-living neighbours up to `last_nonce`.
    fn new(puzzle: &Puzzle, seed: &str, nonce: u64) -> Self {
        let json = puzzle.json(nonce).into_bytes();
        let length = decimal_length(nonce);
        let nonce_digits = Digits {
            start: puzzle.before.len(),
            length,
        };
        let half_digits = Digits {
            start: puzzle.before.len() + length + puzzle.between.len(),
            length: decimal_length(nonce >> 1),
        };
        let first_group = nonce_digits.start / 3;
        let constant = STANDARD.encode(&json[..first_group * 3]);
        Self {
            constant: Sha3_512::new().chain_update(seed).chain_update(constant),
            encoded: STANDARD.encode(&json[first_group * 3..]).into_bytes(),
            json,
            first_group,
            nonce: nonce_digits,
            half: half_digits,
        }
    }

    /// The last nonce whose digits fit this layout.
    fn last_nonce(&self) -> u64 {
        let largest = |digits: &Digits| 10u64.pow(u32::try_from(digits.length).unwrap_or(0)) - 1;
        largest(&self.nonce).min(2 * largest(&self.half) + 1)
    }

    fn hash(&mut self, nonce: u64) -> [u8; 64] {
        self.write(nonce, self.nonce.start, self.nonce.length);
        self.write(nonce >> 1, self.half.start, self.half.length);
        let mut hasher = self.constant.clone();
        hasher.update(&self.encoded);
        hasher.finalize().into()
    }

    /// Writes a number's digits and encodes anew the groups of three they touch.
    fn write(&mut self, mut number: u64, start: usize, length: usize) {
        let mut changed_from = start + length;
        for at in (start..start + length).rev() {
            let digit = b"0123456789"[(number % 10) as usize];
            if self.json[at] != digit {
                self.json[at] = digit;
                changed_from = at;
            }
            number /= 10;
        }
        let first = changed_from / 3;
        let end = (start + length).div_ceil(3);
        let bytes = &self.json[first * 3..(end * 3).min(self.json.len())];
        let target =
            &mut self.encoded[(first - self.first_group) * 4..(end - self.first_group) * 4];
        // The target is as long as the text it replaces, so encoding cannot fail.
        let _written = STANDARD.encode_slice(bytes, target);
    }
}

fn decimal_length(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// A time as JavaScript prints a `Date`, in UTC.
fn javascript_date(unix_millis: i64) -> String {
    let Ok(time) = jiff::Timestamp::from_millisecond(unix_millis) else {
        return String::new();
    };
    time.strftime("%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)")
        .to_string()
}

#[cfg(test)]
mod tests;
