//! Loader data in, loader data out; `data` has a stream made by the router itself.

use proptest::prelude::*;
use serde_json::json;

use crate::sample::{self, EMAIL, NAME, PSEUDO, SESSION, Sample, TOKEN};

fn patched(stream: &str) -> Option<String> {
    sample::patched_stream(stream, &Sample::new())
}

#[test]
fn tokens_and_identity_are_replaced_where_their_values_stand() {
    let (first, second) = sample::stream();
    let new = patched(&format!("{first}{second}")).unwrap();
    for gone in [TOKEN, SESSION, EMAIL] {
        assert!(!new.contains(gone), "{gone}");
    }
    let read = sample::read_stream(&new);
    let session = &read[0]["loaderData"]["session"];
    assert_eq!(session["accessToken"], PSEUDO);
    assert_eq!(session["user"]["name"], "Shown Person");
    assert_eq!(read[0]["loaderData"]["authStatus"], "logged_in");
    assert_eq!(new.lines().count(), 2);
    assert!(new.lines().nth(1).unwrap().starts_with("P1:[{"));
}

#[test]
fn a_shared_value_changes_only_for_the_person() {
    let stream = json!([{"_1": 2, "_5": 4}, "user", {"_3": 4}, "name", NAME, "title"]);
    let read = sample::read_stream(&patched(&stream.to_string()).unwrap());
    assert_eq!(read[0]["title"], NAME);
    assert_eq!(read[0]["user"]["name"], "Shown Person");
}

#[test]
fn a_shared_token_changes_everywhere() {
    let stream = json!([{"_1": 2, "_3": 2}, "accessToken", TOKEN, "copy"]);
    let read = sample::read_stream(&patched(&stream.to_string()).unwrap());
    assert_eq!(read[0], json!({"accessToken": PSEUDO, "copy": PSEUDO}));
}

#[test]
fn a_value_that_is_also_the_name_of_a_key_keeps_being_one() {
    let stream = json!([{"_1": 2}, "user", {"_3": 3, "_4": 3}, "name", "email"]);
    let read = sample::read_stream(&patched(&stream.to_string()).unwrap());
    assert_eq!(read[2]["name"], "Shown Person");
    assert_eq!(read[2]["email"], "shown@mirror.example");
}

#[test]
fn a_value_of_an_earlier_line_is_not_looked_for_in_a_later_one() {
    let first = json!([{"_1": 2, "_5": 4}, "user", {"_3": 4}, "name", NAME, "title"]);
    let stream = format!("{first}\nP1:[\"Shown Person\"]\n");
    let new = patched(&stream).unwrap();
    // Shared, and with nothing to point to: the person goes first.
    let read = sample::read_stream(&new);
    assert_eq!(read[0]["user"]["name"], "Shown Person");
    assert_eq!(read[0]["title"], "Shown Person");
}

#[test]
fn a_token_that_is_taken_out_leaves_no_value_behind() {
    let stream = json!([{"_1": 2, "_3": 4}, "sessionToken", SESSION, "kept", 7]);
    let new = patched(&stream.to_string()).unwrap();
    assert_eq!(new, r#"[{"_3":4},"sessionToken","","kept",7]"#);
}

#[test]
fn what_has_no_known_key_is_not_touched() {
    for stream in [
        "",
        "[]",
        "[[1,2],\"a\",\"b\"]",
        "-5\n",
        "[{\"_1\":2},\"title\",\"accessToken\"]\nP3:[[\"Z\",1]]\n",
        "[{\"_1\":99},\"accessToken\"]",
        "[{\"accessToken\":\"not of this form\"}]",
        "nonsense [1]",
        "[1",
    ] {
        assert_eq!(patched(stream), None, "{stream}");
    }
}

#[test]
fn lines_that_hold_no_values_stay() {
    let (first, second) = sample::stream();
    let stream = format!("{first}\r\n-7\r\n{second}E2:nothing");
    let new = patched(&stream).unwrap();
    assert!(new.contains("]\n\r\n-7\r\nP1:["), "{new}");
    assert!(new.ends_with("]\nE2:nothing"));
}

proptest! {
    #[test]
    fn no_stream_is_too_odd(pieces in prop::collection::vec(
        "\\[|\\]|\\{\"_1\":[0-9]{1,2}|\\}|,|\"accessToken\"|\"user\"|\"name\"|\"x\"|P1:|\n|-5|[0-9]{1,3}",
        0..30,
    )) {
        let _lines = patched(&pieces.concat());
    }

    #[test]
    fn values_keep_their_places(
        texts in prop::collection::vec(".{0,8}", 0..10),
        numbers in prop::collection::vec(any::<u32>(), 0..10),
    ) {
        let mut values = vec![json!({"_1": 2}), json!("accessToken"), json!(TOKEN)];
        values.extend(texts.iter().map(|text| json!(text)));
        values.extend(numbers.iter().map(|number| json!(number)));
        let mut expected = values.clone();
        expected[2] = json!(PSEUDO);
        let stream = serde_json::Value::from(values).to_string();
        prop_assert_eq!(patched(&stream), Some(serde_json::Value::from(expected).to_string()));
    }
}
