//! How hard a proof of work is: the threshold its hash must not exceed.
//!
//! The rule: the first digits of the SHA3-512 hash, as lowercase hex, compared with the
//! difficulty as text. Lower is harder. Called by `proof_of_work`, and by `upstream` for
//! the ceiling.

use std::fmt;
use std::str::FromStr;

/// A difficulty: up to 128 lowercase hex digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difficulty {
    text: String,
    /// The first 16 digits; the rest only makes it a hair easier and is ignored.
    threshold: u64,
    digits: u32,
}

/// A difficulty that is not hex digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a difficulty is 1 to 128 hex digits, such as 00003a")]
pub struct InvalidDifficulty;

impl Difficulty {
    /// Whether a hash is good enough.
    pub fn is_met_by(&self, hash: &[u8; 64]) -> bool {
        let Some((first, _)) = hash.split_first_chunk() else {
            return false;
        };
        u64::from_be_bytes(*first) >> (64 - 4 * self.digits) <= self.threshold
    }

    /// How many hashes it takes on average, rounded down.
    pub fn expected_tries(&self) -> u128 {
        (1u128 << (4 * self.digits)) / (u128::from(self.threshold) + 1)
    }

    /// Whether this takes more work than `other`.
    pub fn is_harder_than(&self, other: &Self) -> bool {
        let odds = |it: &Self| (u128::from(it.threshold) + 1) << (64 - 4 * it.digits);
        odds(self) < odds(other)
    }
}

impl FromStr for Difficulty {
    type Err = InvalidDifficulty;

    fn from_str(text: &str) -> Result<Self, InvalidDifficulty> {
        let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if text.is_empty() || text.len() > 128 || !is_hex {
            return Err(InvalidDifficulty);
        }
        let first = &text[..text.len().min(16)];
        Ok(Self {
            text: text.to_ascii_lowercase(),
            threshold: u64::from_str_radix(first, 16).map_err(|_| InvalidDifficulty)?,
            digits: u32::try_from(first.len()).map_err(|_| InvalidDifficulty)?,
        })
    }
}

impl fmt::Display for Difficulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::Difficulty;

    fn difficulty(text: &str) -> Difficulty {
        text.parse().unwrap()
    }

    #[test]
    fn lower_is_harder_and_more_digits_are_finer() {
        assert!(difficulty("000032").is_harder_than(&difficulty("00003a")));
        assert!(!difficulty("00003a").is_harder_than(&difficulty("00003A")));
        assert!(!difficulty("0fffff").is_harder_than(&difficulty("00003a")));
        assert!(difficulty("0000000001").is_harder_than(&difficulty("00003a")));
        assert!(!difficulty("0f").is_harder_than(&difficulty("0fffff")));
    }

    #[test]
    fn expected_tries_follow_the_odds() {
        assert_eq!(difficulty("0fffff").expected_tries(), 16);
        assert_eq!(difficulty("00003a").expected_tries(), 284_359);
        assert_eq!(difficulty("ffffffffffffffff").expected_tries(), 1);
    }

    #[test]
    fn anything_but_hex_digits_is_refused() {
        for text in ["", "xyz", "0x00", "-1", &"0".repeat(129)] {
            assert!(text.parse::<Difficulty>().is_err(), "{text}");
        }
    }
}
