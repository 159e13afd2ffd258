//! Checks what a client sends as proof of work: its shape, and the rule that a digest must not be
//! greater than the difficulty. Solves nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha3::{Digest as _, Sha3_512};

use crate::ids;

/// What an answer begins with.
const ANSWER_PREFIX: &str = "gAAAAAB";
/// What the first, unproven, token of a client begins with.
const REQUIREMENTS_PREFIX: &str = "gAAAAAC";
/// What follows the prefix in the answer of a client that gave up.
const GIVEN_UP: &str = "wQ8Lk5FbGpA2NcR9dShT6gYjU7VxZ4D";
/// How many values a client's configuration has had over the years.
const CONFIG_LENGTHS: [usize; 3] = [13, 18, NEWEST_LENGTH];
const NEWEST_LENGTH: usize = 25;

/// Whether a text has the shape of a client's first token.
pub(crate) fn looks_like_requirements(text: &str) -> bool {
    text.strip_prefix(REQUIREMENTS_PREFIX)
        .is_some_and(|rest| config_length(without_suffix(rest)).is_some())
}

/// Whether an answer proves the work that `seed` and `difficulty` ask for. The newest clients,
/// known by the length of their configuration, may use the short hash instead.
pub(crate) fn proves(answer: &str, seed: &str, difficulty: &str) -> bool {
    let Some(rest) = answer.strip_prefix(ANSWER_PREFIX) else {
        return false;
    };
    let config = without_suffix(rest);
    if config.starts_with(GIVEN_UP) {
        return false;
    }
    let Some(length) = config_length(config) else {
        return false;
    };
    digest_prefix(seed, config, difficulty.len()).as_str() <= difficulty
        || length == NEWEST_LENGTH && meets(short_hash(&format!("{seed}{config}")), difficulty)
}

/// The newest clients add `~S` to what they send.
fn without_suffix(text: &str) -> &str {
    text.split_once('~').map_or(text, |(before, _)| before)
}

/// How many values a configuration has, if that is what it is.
fn config_length(encoded: &str) -> Option<usize> {
    let json = STANDARD.decode(encoded).ok()?;
    let config: Vec<Value> = serde_json::from_slice(&json).ok()?;
    Some(config.len()).filter(|length| CONFIG_LENGTHS.contains(length))
}

/// Whether a short hash is not greater than a difficulty of as many digits or fewer.
fn meets(hash: u32, difficulty: &str) -> bool {
    let digits = format!("{hash:08x}");
    digits
        .get(..difficulty.len())
        .is_some_and(|prefix| prefix <= difficulty)
}

/// FNV-1a over UTF-16 units, mixed once more at the end.
fn short_hash(text: &str) -> u32 {
    let mut hash = text.encode_utf16().fold(2_166_136_261_u32, |hash, unit| {
        (hash ^ u32::from(unit)).wrapping_mul(16_777_619)
    });
    hash = (hash ^ hash >> 16).wrapping_mul(2_246_822_507);
    hash = (hash ^ hash >> 13).wrapping_mul(3_266_489_909);
    hash ^ hash >> 16
}

fn digest_prefix(seed: &str, config: &str, length: usize) -> String {
    let mut hasher = Sha3_512::new();
    hasher.update(seed.as_bytes());
    hasher.update(config.as_bytes());
    let mut hex = ids::hex_of(&hasher.finalize());
    hex.truncate(length);
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &str = "0.7319045";

    /// The configuration of the published vector with its nonce.
    fn config(nonce: u32) -> String {
        let json = format!(
            "[3000,\"Fri Dec 05 2025 10:00:00 GMT-0500 (Eastern Standard Time)\",4294705152,\
             {nonce},\"Mozilla/5.0 TestAgent\",null,\"dpl=test\",\"en-US\",\"en-US,en\",{},\
             \"webdriver\u{2212}false\",\"location\",\"window\",1234.5,\
             \"00000000-0000-4000-8000-000000000001\",\"\",8,1764946800000.0]",
            nonce >> 1
        );
        STANDARD.encode(json)
    }

    fn first_proof(difficulty: &str) -> Option<u32> {
        (0..200).find(|nonce| proves(&format!("gAAAAAB{}", config(*nonce)), SEED, difficulty))
    }

    #[test]
    fn published_vectors() {
        assert_eq!(first_proof("0fffff"), Some(4));
        assert_eq!(first_proof("00ffff"), Some(146));
        assert_eq!(digest_prefix(SEED, &config(4), 16), "04b1926b40da5cbc");
        assert_eq!(digest_prefix(SEED, &config(146), 16), "00566140ac604809");
    }

    #[test]
    fn published_vectors_of_the_short_hash() {
        assert_eq!(short_hash(""), 0xab3e_7c0b);
        assert_eq!(short_hash("abc"), 0x1cc9_3dbc);
    }

    #[test]
    fn only_the_newest_configuration_may_use_the_short_hash() {
        let answer = |length: usize, nonce: u32| {
            let mut config = vec![Value::from(0); length];
            config[3] = Value::from(nonce);
            STANDARD.encode(Value::from(config).to_string())
        };
        let difficulty = "0fffff";
        let by_short_hash_alone = |length: usize| {
            (0..5000).map(|nonce| answer(length, nonce)).find(|config| {
                meets(short_hash(&format!("{SEED}{config}")), difficulty)
                    && digest_prefix(SEED, config, difficulty.len()).as_str() > difficulty
            })
        };
        for length in CONFIG_LENGTHS {
            let config = by_short_hash_alone(length).unwrap();
            let accepted = proves(&format!("gAAAAAB{config}"), SEED, difficulty);
            assert_eq!(accepted, length == 25, "{length}");
        }
        assert!(!meets(0, "000000000"), "a difficulty longer than the hash");
    }

    #[test]
    fn a_suffix_is_not_part_of_the_answer() {
        let answer = format!("gAAAAAB{}~S", config(4));
        assert!(proves(&answer, SEED, "0fffff"));
    }

    #[test]
    fn other_answers_prove_nothing() {
        let seed = STANDARD.encode(format!("\"{SEED}\""));
        let easiest = "ffffff";
        for answer in [
            format!("gAAAAAB{GIVEN_UP}{seed}"),
            format!("gAAAAAC{}", config(4)),
            format!("gAAAAAB{}", STANDARD.encode("[1,2,3]")),
            "gAAAAAB!".to_owned(),
            String::new(),
        ] {
            assert!(!proves(&answer, SEED, easiest), "{answer}");
        }
        assert!(!proves(&format!("gAAAAAB{}", config(4)), "0.1", "000000"));
    }

    #[test]
    fn first_tokens_need_only_their_shape() {
        assert!(looks_like_requirements(&format!("gAAAAAC{}", config(1))));
        assert!(looks_like_requirements(&format!("gAAAAAC{}~S", config(1))));
        assert!(!looks_like_requirements(&format!("gAAAAAB{}", config(1))));
        assert!(!looks_like_requirements("gAAAAAC"));
        assert!(!looks_like_requirements(&format!(
            "gAAAAAC{}",
            STANDARD.encode("{}")
        )));
    }
}
