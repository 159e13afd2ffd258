//! What carries over, what each operation does, and what a broken delta leaves behind.

use serde_json::{Value, json};

use super::{Change, DeltaError, DeltaReader};

fn folded(deltas: &[Value]) -> Vec<Value> {
    let mut reader = DeltaReader::default();
    for delta in deltas {
        reader.apply(&delta.to_string()).unwrap();
    }
    reader.documents().cloned().collect()
}

fn message(text: &str) -> Value {
    json!({"message": {"content": {"parts": [text]}, "metadata": {}}})
}

#[test]
fn path_and_operation_carry_over_and_a_new_channel_starts_a_document() {
    let documents = folded(&[
        json!({"p": "", "o": "add", "v": message(""), "c": 0}),
        json!({"v": message(""), "c": 1}),
        json!({"p": "/message/content/parts/0", "o": "append", "v": "He"}),
        json!({"v": "llo"}),
    ]);
    assert_eq!(documents, [message(""), message("Hello")]);
}

#[test]
fn after_a_patch_a_bare_list_is_a_patch_again_and_a_full_operation_ends_that() {
    let documents = folded(&[
        json!({"v": message("")}),
        json!({"p": "", "o": "patch", "v": [
            {"p": "/message/content/parts/0", "o": "append", "v": "a"},
            {"p": "/message/metadata", "o": "append", "v": {"k": [1]}},
        ]}),
        json!({"v": [
            {"p": "/message/metadata/k", "o": "append", "v": [2]},
            {"p": "/message/metadata/k/2", "o": "add", "v": 3},
            {"p": "/message/metadata/k/0", "o": "remove"},
        ]}),
        json!({"o": "add", "v": message("next"), "c": 1}),
    ]);
    let mut first = message("a");
    first["message"]["metadata"]["k"] = json!([2, 3]);
    assert_eq!(documents, [first, message("next")]);
}

#[test]
fn keys_with_slashes_and_tildes_are_reached_by_their_escapes() {
    let documents = folded(&[
        json!({"v": {"a/b": {"c~d": 1}}}),
        json!({"p": "/a~1b/c~0d", "o": "replace", "v": 2}),
    ]);
    assert_eq!(documents, [json!({"a/b": {"c~d": 2}})]);
}

#[test]
fn truncate_counts_characters() {
    let documents = folded(&[
        json!({"v": {"t": "你好🌍x"}}),
        json!({"p": "/t", "o": "truncate", "v": 3}),
    ]);
    assert_eq!(documents, [json!({"t": "你好🌍"})]);
}

#[test]
fn appended_text_is_told_without_looking_at_the_document() {
    let mut reader = DeltaReader::default();
    reader
        .apply(&json!({"v": message("")}).to_string())
        .unwrap();
    let change = reader
        .apply(r#"{"p":"/message/content/parts/0","o":"append","v":"\u4f60 \"x\""}    "#)
        .unwrap();
    assert_eq!(
        change,
        Change::Appended {
            channel: 0,
            text: "你 \"x\"".into()
        }
    );
    assert_eq!(reader.document(0), Some(&message("你 \"x\"")));
}

#[test]
fn a_string_alone_does_what_the_last_event_did_however_it_is_written() {
    let mut reader = DeltaReader::default();
    for event in [
        r#"{"v":{"message":{"content":{"parts":[""]}}}}"#,
        r#"{"p":"/message/content/parts/0","o":"append","v":"a"}"#,
        r#"{"v":"b"}"#,
        "  {\"v\": \"c\"}  ",
        r#"{"v":"d" }"#,
        r#"{"v":"\"e\u0066","c":0}"#,
        r#"{"v":"}","o":"append"}"#,
        r#"{"o":"rotate","v":"lost"}"#,
        r#"{"v":"lost"}"#,
        r#"{"o":"append","v":"g"}"#,
        r#"{"v":"h"}"#,
    ] {
        reader.apply(event).unwrap();
    }
    let text = |reader: &mut DeltaReader| {
        let parts = &reader.document(0)?["message"]["content"]["parts"];
        parts[0].as_str().map(str::to_owned)
    };
    assert_eq!(text(&mut reader).as_deref(), Some("abcd\"ef}gh"));
    reader.apply(r#"{"o":"replace","v":"new"}"#).unwrap();
    reader.apply(r#"{"v":"newer"}"#).unwrap();
    assert_eq!(text(&mut reader).as_deref(), Some("newer"));
    assert!(reader.apply(r#"{"v":"a" "b"}"#).is_err());
    assert!(reader.apply("{\"v\":\"a\tb\"}").is_err());
}

#[test]
fn an_unknown_operation_is_ignored() {
    let mut reader = DeltaReader::default();
    reader.apply(r#"{"v":{"a":1}}"#).unwrap();
    let change = reader.apply(r#"{"p":"/a","o":"rotate","v":2}"#).unwrap();
    assert_eq!(change, Change::Nothing);
    assert_eq!(reader.document(0), Some(&json!({"a": 1})));
}

#[test]
fn a_place_that_is_not_there_an_absurd_channel_and_broken_json_are_errors() {
    let mut reader = DeltaReader::default();
    reader.apply(r#"{"v":{"a":1}}"#).unwrap();
    assert!(matches!(
        reader.apply(r#"{"p":"/x/y","o":"replace","v":2}"#),
        Err(DeltaError::NoSuchPlace(_))
    ));
    assert!(matches!(
        reader.apply(r#"{"v":1,"c":99999999}"#),
        Err(DeltaError::NoSuchChannel(_))
    ));
    assert!(matches!(
        reader.apply(r#"{"v":"#),
        Err(DeltaError::Malformed(_))
    ));
    assert_eq!(reader.document(0), Some(&json!({"a": 1})));
}

#[test]
fn a_forgotten_channel_takes_no_changes_until_it_gets_a_new_document() {
    let mut reader = DeltaReader::default();
    reader
        .apply(&json!({"v": message("")}).to_string())
        .unwrap();
    reader.forget(0);
    let append = json!({"p": "/message/content/parts/0", "o": "append", "v": "x"}).to_string();
    assert_eq!(reader.apply(&append).unwrap(), Change::Nothing);
    let again = json!({"p": "", "o": "add", "v": message("new")}).to_string();
    reader.apply(&again).unwrap();
    reader.apply(&append).unwrap();
    assert_eq!(reader.document(0), Some(&message("newx")));
}

#[test]
fn a_change_without_a_place_keeps_no_other_from_being_made_and_the_content_matters_most() {
    let mut reader = DeltaReader::default();
    let begun = json!({"p": "", "o": "add", "v": message("a"), "c": 3});
    reader.apply(&begun.to_string()).unwrap();
    let changes = json!({"p": "", "o": "patch", "v": [
        {"p": "/nowhere/at/all", "o": "replace", "v": 1},
        {"p": "/message/content/parts/0", "o": "append", "v": "b"},
    ]});
    let error = reader.apply(&changes.to_string()).unwrap_err();
    assert!(matches!(error, DeltaError::NoSuchPlace(path) if path == "/nowhere/at/all"));
    assert_eq!(reader.document(reader.channel()), Some(&message("ab")));
    let lost = json!({"p": "", "o": "patch", "v": [
        {"p": "/nowhere/at/all", "o": "replace", "v": 1},
        {"p": "/message/content/parts/7/x", "o": "append", "v": "c"},
    ]});
    let error = reader.apply(&lost.to_string()).unwrap_err();
    assert!(matches!(error, DeltaError::NoSuchPlace(path) if path.starts_with("/message/content")));
}

#[test]
fn an_operation_nobody_knows_is_named_once() {
    let mut reader = DeltaReader::default();
    let begun = json!({"p": "", "o": "add", "v": message("a")});
    reader.apply(&begun.to_string()).unwrap();
    for delta in [
        json!({"p": "/message/metadata", "o": "increment", "v": 1}),
        json!({"p": "", "o": "patch", "v": [{"p": "/message", "o": "increment", "v": 1}]}),
    ] {
        reader.apply(&delta.to_string()).unwrap();
        assert_eq!(
            reader.take_unknown_operation().as_deref(),
            Some("increment")
        );
        assert_eq!(reader.take_unknown_operation(), None);
    }
    assert!(reader.documents().eq(&[message("a")]));
}
