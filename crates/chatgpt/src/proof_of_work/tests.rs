//! The published vectors, and the properties a search must have.

use std::fmt::Write;
use std::sync::atomic::AtomicBool;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use sha3::{Digest, Sha3_512};

use super::{ProofInput, Puzzle};

static WANTED: AtomicBool = AtomicBool::new(false);

/// The vector of the protocol notes: seed `0.7319045` with this text.
fn vector() -> Puzzle {
    Puzzle {
        before: "[3000,\"Fri Dec 05 2025 10:00:00 GMT-0500 (Eastern Standard Time)\",4294705152,".into(),
        between: ",\"Mozilla/5.0 TestAgent\",null,\"dpl=test\",\"en-US\",\"en-US,en\",".into(),
        after: ",\"webdriver\u{2212}false\",\"location\",\"window\",1234.5,\"00000000-0000-4000-8000-000000000001\",\"\",8,1764946800000.0]".into(),
    }
}

fn ours() -> Puzzle {
    Puzzle::new(&ProofInput {
        user_agent: "FlowGPT/0.1.0",
        language: "zh-CN",
        device_id: "00000000-0000-4000-8000-000000000001",
        unix_millis: 1_764_946_800_123,
    })
}

/// The rule, written the slow way.
fn hash_of(seed: &str, proof: &str) -> [u8; 64] {
    let encoded = proof.strip_prefix("gAAAAAB").unwrap();
    Sha3_512::digest(format!("{seed}{encoded}")).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[test]
fn the_published_vectors_are_met_at_their_nonces() {
    for (difficulty, nonce, begins) in [
        ("0fffff", 4, "04b1926b40da5cbc"),
        ("00ffff", 146, "00566140ac604809"),
    ] {
        let solution = vector()
            .solve(
                "0.7319045",
                &difficulty.parse().unwrap(),
                1_000_000,
                &WANTED,
            )
            .unwrap();
        assert_eq!(solution.nonce, nonce);
        assert!(hex(&hash_of("0.7319045", &solution.proof)).starts_with(begins));
    }
}

#[test]
fn the_input_is_our_own_agent_the_real_time_and_nothing_of_a_browser() {
    let token = ours().requirements_token();
    let json = STANDARD
        .decode(token.strip_prefix("gAAAAAC").unwrap())
        .unwrap();
    let config: Vec<serde_json::Value> = serde_json::from_slice(&json).unwrap();
    insta::assert_snapshot!(serde_json::Value::from(config).to_string(), @r#"[0,"Fri Dec 05 2025 15:00:00 GMT+0000 (Coordinated Universal Time)",null,1,"FlowGPT/0.1.0",null,null,"zh-CN","zh-CN",0,"","","",0,"00000000-0000-4000-8000-000000000001","",0,1764946800123]"#);
}

#[test]
fn a_search_ends_at_its_limit_or_when_nobody_wants_it_any_more() {
    let hard = "0000000000000001".parse().unwrap();
    assert_eq!(ours().solve("0.1", &hard, 3000, &WANTED), None);
    let cancelled = AtomicBool::new(true);
    assert_eq!(ours().solve("0.1", &hard, u64::MAX, &cancelled), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_solution_meets_the_rule_and_no_smaller_nonce_does(
        seed in "0\\.[0-9]{1,16}",
        difficulty in "0[0-9a-f]{5}",
        before in "[a-z]{0,5}",
    ) {
        let mut puzzle = ours();
        puzzle.before.insert_str(1, &format!("\"{before}\","));
        let difficulty_parsed = difficulty.parse().unwrap();
        let Some(solution) = puzzle.solve(&seed, &difficulty_parsed, 20_000, &WANTED) else {
            return Ok(());
        };
        let meets = |nonce| {
            let proof = puzzle.encoded("gAAAAAB", nonce);
            hex(&hash_of(&seed, &proof))[..difficulty.len()] <= *difficulty
        };
        prop_assert_eq!(&solution.proof, &puzzle.encoded("gAAAAAB", solution.nonce));
        prop_assert!(meets(solution.nonce));
        for nonce in solution.nonce.saturating_sub(300)..solution.nonce {
            prop_assert!(!meets(nonce));
        }
    }
}
