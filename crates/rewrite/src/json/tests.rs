//! JSON in, JSON out: what a key means, and that nothing else changes.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{patch, patch_bootstrap};
use crate::patch::Patcher;
use crate::rules::Holds;
use crate::sample::{self, EMAIL, NAME, PSEUDO, Sample, TOKEN};

fn patched(text: &str, holds: Holds) -> Option<String> {
    let sample = Sample::new();
    let context = sample.context();
    patch(text, holds, &mut Patcher::new(&sample.rules.keys, &context))
}

#[test]
fn what_no_key_means_keeps_its_very_bytes() {
    let text = r#"{"z":1.50, "accessToken":"eyJ","big":123456789012345678901234567890,"e":1E5,"s":"\/\u00e9", "o" : { "b" : 1 , "a":2}}"#;
    assert_eq!(
        patched(text, Holds::Session).unwrap(),
        format!(
            r#"{{"z":1.50,"accessToken":"{PSEUDO}","big":123456789012345678901234567890,"e":1E5,"s":"\/\u00e9","o":{{ "b" : 1 , "a":2}}}}"#
        )
    );
}

#[test]
fn nothing_to_patch_is_said() {
    for text in [
        "{}",
        "[1,{\"a\":null}]",
        "7",
        "\"eyJ\"",
        "",
        "{\"a",
        "{\"a\":1}x",
    ] {
        assert_eq!(patched(text, Holds::Session), None, "{text}");
    }
}

#[test]
fn keys_are_found_at_any_depth_and_in_lists() {
    let text = json!([{"a": [{"b": {"accessToken": TOKEN, "refreshToken": "r", "c": 1}}]}]);
    let expected = json!([{"a": [{"b": {"accessToken": PSEUDO, "c": 1}}]}]);
    assert_eq!(
        patched(&text.to_string(), Holds::Session).unwrap(),
        expected.to_string()
    );
}

#[test]
fn a_key_written_with_escapes_is_the_same_key() {
    let text = r#"{"access\u0054oken":"eyJ"}"#;
    assert_eq!(
        patched(text, Holds::Session).unwrap(),
        format!(r#"{{"accessToken":"{PSEUDO}"}}"#)
    );
}

#[test]
fn a_name_is_the_person_s_only_in_a_user() {
    let text = json!({"name": "gpt-5", "user": {"name": NAME, "plan": {"name": "x"}}}).to_string();
    let read: Value = serde_json::from_str(&patched(&text, Holds::Session).unwrap()).unwrap();
    assert_eq!(
        read,
        json!({"name": "gpt-5", "user": {"name": "Shown Person", "plan": {"name": "x"}}})
    );
    let me = json!({"name": NAME, "email": EMAIL, "phone_number": null}).to_string();
    let read: Value = serde_json::from_str(&patched(&me, Holds::User).unwrap()).unwrap();
    assert_eq!(
        read,
        json!({"name": "Shown Person", "email": "shown@mirror.example", "phone_number": null})
    );
}

#[test]
fn json_in_a_string_is_patched_and_stays_a_string() {
    let inner = json!({"user": {"email": EMAIL}, "n": 1.0}).to_string();
    let text = json!({"statsigPayload": inner, "other": inner}).to_string();
    let read: Value = serde_json::from_str(&patched(&text, Holds::Session).unwrap()).unwrap();
    assert_eq!(
        read["statsigPayload"],
        r#"{"user":{"email":"shown@mirror.example"},"n":1.0}"#
    );
    assert_eq!(read["other"], inner);
}

#[test]
fn an_endless_nesting_ends() {
    for open in ["[", "{\"a\":"] {
        let close = if open == "[" { "]" } else { "}" };
        let deep = format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
        assert_eq!(patched(&deep, Holds::Session), None);
    }
}

#[test]
fn counts_say_what_was_found() {
    let sample = Sample::new();
    let context = sample.context();
    let mut patcher = Patcher::new(&sample.rules.keys, &context);
    patch_bootstrap(&sample::bootstrap().to_string(), &mut patcher).unwrap();
    let counts = patcher.counts;
    assert_eq!((counts.access_token, counts.removed), (1, 1));
    assert_eq!((counts.signed_in, counts.signed_out), (1, 0));
    // Three in each user, two in the account, three in the nested JSON.
    assert_eq!(counts.identity, 11);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("k[a-z]{0,3}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn json_without_known_keys_is_not_touched(value in any_json()) {
        prop_assert_eq!(patched(&value.to_string(), Holds::Session), None);
    }

    #[test]
    fn a_token_beside_anything_is_all_that_changes(value in any_json()) {
        let text = json!({"before": value, "accessToken": TOKEN, "after": value}).to_string();
        let expected = json!({"before": value, "accessToken": PSEUDO, "after": value}).to_string();
        prop_assert_eq!(patched(&text, Holds::Session), Some(expected));
    }
}
