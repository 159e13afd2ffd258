//! Old folders with what is usual and what is wrong in them.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::OldFolder;

const NOW: u64 = 1_000;

/// An AccessToken in its outward form.
fn access(user: &str, expires_at: u64) -> String {
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let head = encode(json!({"alg": "RS256", "typ": "JWT"}));
    let claims = json!({
        "exp": expires_at, "https://api.openai.com/auth": {"chatgpt_user_id": user},
    });
    format!("{head}.{}.c2lnbmF0dXJl", encode(claims))
}

fn refresh(name: &str) -> String {
    format!("rt_{name}{}", "0".repeat(60 - name.len()))
}

fn read(files: &[(&str, &str)]) -> OldFolder {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    OldFolder::read(folder.path(), NOW)
}

#[test]
fn each_token_is_read_once_with_its_place_and_comments_are_not() {
    let old = read(&[
        (
            "token.txt",
            "\u{feff}# mine\nfk-one\n\nfk-two,W\r\nfk-one\n",
        ),
        (
            "seed_map.json",
            r#"{"s":{"token":"fk-three","conversations":["c1"]}}"#,
        ),
    ]);
    assert_eq!(old.text(), "fk-one\nfk-two,W\nfk-three");
    assert_eq!(old.place(2), "token.txt line 4");
    assert_eq!(old.place(3), "an entry of seed_map.json");
    assert_eq!(old.line_of("fk-three"), Some(3));
    assert_eq!(old.seeds[0].conversations, ["c1"]);
    assert!(old.problems.is_empty() && old.dropped.is_empty());
}

#[test]
fn a_refresh_token_takes_along_the_access_token_it_bought() {
    let (one, two, bought) = (refresh("one"), refresh("two"), access("u", 2_000));
    let map = json!({
        &one: {"token": bought, "timestamp": 1}, &two: {"token": "no token", "timestamp": 1},
    });
    let workspace = "11111111-2222-4333-8444-555555555555";
    let token = format!("{one},{workspace}");
    let old = read(&[
        ("token.txt", &token),
        ("refresh_map.json", &map.to_string()),
    ]);
    let text = old.text();
    let lines: Vec<&str> = text.lines().collect();
    let first: Value = serde_json::from_str(lines[0]).unwrap();
    let both = json!({"access_token": bought, "refresh_token": one, "account_id": workspace});
    assert_eq!(first, both);
    // What stands in place of a token and is none is left out.
    assert!(lines.contains(&two.as_str()), "{lines:?}");
}

#[test]
fn what_was_refused_is_dropped_but_for_access_tokens_that_have_not_ended() {
    let (good, ended) = (access("a", 2_000), access("b", 500));
    let (spent, bought) = (refresh("spent"), access("c", 2_000));
    let failed = format!("fk-bad\n{good}\n{ended}\n{spent}\n");
    let map = json!({&spent: {"token": bought, "timestamp": 1}}).to_string();
    let seeds = json!({
        "lost": {"token": "fk-bad", "conversations": []},
        "kept": {"token": spent, "conversations": []},
    });
    let old = read(&[
        (
            "token.txt",
            &format!("fk-bad\n{good}\n{ended}\n{spent}\nfk-one"),
        ),
        ("error_token.txt", &failed),
        ("refresh_map.json", &map),
        ("seed_map.json", &seeds.to_string()),
    ]);
    assert_eq!(old.text(), format!("{good}\n{bought}\nfk-one"));
    assert_eq!(old.line_of("fk-bad"), None);
    assert_eq!(old.line_of(&spent), Some(2));
    let [dropped] = old.dropped.as_slice() else {
        panic!("{:?}", old.dropped);
    };
    assert!(
        dropped.starts_with("2 tokens of error_token.txt"),
        "{dropped}"
    );
}

#[test]
fn a_damaged_file_is_named_and_the_rest_is_read() {
    let old = read(&[
        ("token.txt", "fk-one"),
        ("refresh_map.json", "[]"),
        ("seed_map.json", "{\"s\":"),
    ]);
    assert_eq!(old.text(), "fk-one");
    let expected = [
        "refresh_map.json is damaged; nothing of it was taken",
        "seed_map.json is damaged; nothing of it was taken",
    ];
    assert_eq!(old.problems, expected);
}

#[test]
fn what_has_no_use_and_what_is_not_known_is_named_without_what_is_in_it() {
    let old = read(&[
        ("fp_map.json", r#"{"fk-secret":{"user-agent":"Mozilla"}}"#),
        ("wss_map.json", r#"{"fk-secret":{"wss_mode":false}}"#),
        ("conversation_map.json", r#"{"c":{"title":"secret"}}"#),
        ("proxies.txt", "http://secret"),
        ("seed_map.json", r#"{"secret":{"conversations":[]}}"#),
        ("flowgpt.db", ""),
    ]);
    let names: Vec<&str> = old
        .dropped
        .iter()
        .filter_map(|it| it.split(':').next())
        .collect();
    let expected = [
        "conversation_map.json",
        "fp_map.json",
        "proxies.txt",
        "wss_map.json",
    ];
    assert_eq!(names, expected);
    assert_eq!(old.problems, ["seed_map.json has a seed without a token"]);
    let said = format!("{:?}{:?}", old.dropped, old.problems);
    assert!(!said.contains("secret"), "{said}");
}
