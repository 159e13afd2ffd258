//! Answers of every kind; above all, that text of the user comes back as it is.

use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{DataKind, rewrite};
use crate::rules::Holds;
use crate::sample::{self, ACCOUNT, EMAIL, NAME, PSEUDO, SESSION, Sample, TOKEN, USER};

const JSON: &str = "application/json; charset=utf-8";

fn rewritten(text: &str, content_type: &str, path: &str) -> String {
    let sample = Sample::new();
    let bytes = rewrite(
        text.as_bytes(),
        content_type,
        path,
        &sample.context(),
        &sample.rules,
    );
    String::from_utf8(bytes.into_owned()).unwrap()
}

#[test]
fn the_path_says_what_an_answer_is() {
    let rules = Sample::new().rules;
    for (path, kind) in [
        ("/c/1.data?_routes=x", DataKind::Router),
        ("/__manifest?p=x", DataKind::Router),
        (
            "/api/auth/session?refresh=true",
            DataKind::Identity(Holds::Session),
        ),
        ("/backend-api/me", DataKind::Identity(Holds::User)),
        (
            "/backend-api/accounts/check/v4-2023-04-27",
            DataKind::Identity(Holds::Session),
        ),
        ("/backend-api/gizmos/discovery", DataKind::Catalogue),
        ("/backend-api/conversation/1", DataKind::Plain),
        ("/backend-api/me/../conversation", DataKind::Plain),
    ] {
        assert_eq!(rules.data_kind(path), kind, "{path}");
    }
}

#[test]
fn loader_data_is_patched_mapped_and_scrubbed() {
    let (first, second) = sample::stream();
    let stream = format!("{first}{second}P2:[\"https://cdn.oaistatic.com/a.js\"]\n");
    let new = rewritten(&stream, "text/x-script; charset=utf-8", "/c/1.data");
    for gone in [TOKEN, SESSION, EMAIL, USER, "https://cdn"] {
        assert!(!new.contains(gone), "{gone} is in {new}");
    }
    assert!(new.contains("P2:[\"/_h/cdn.oaistatic.com/a.js\"]"));
    let read = sample::read_stream(&new);
    assert_eq!(read[0]["loaderData"]["session"]["accessToken"], PSEUDO);
    let by_type = rewritten(&stream, "text/x-script", "/somewhere/else");
    assert_eq!(by_type, new);
}

/// Made by the router's own encoder from invented data: dates, sets, errors, shared values.
const LOADER_DATA: &str = include_str!("../../fixtures/loader-data.txt");

#[test]
fn loader_data_with_everything_in_it_loses_the_person_and_nothing_else() {
    let new = rewritten(LOADER_DATA, "text/x-script", "/c/1.data");
    for gone in [TOKEN, SESSION, EMAIL, USER, ACCOUNT, NAME] {
        assert!(!new.contains(gone), "{gone} is in {new}");
    }
    let (old, new) = (table_of(LOADER_DATA), table_of(&new));
    let changed = old.iter().zip(&new).filter(|(old, new)| old != new);
    let changed: Vec<_> = changed.map(|(_, new)| new.to_string()).collect();
    let session = r#"{"_11":12,"_27":28,"_29":30,"_36":37}"#;
    assert_eq!(new.len(), old.len());
    assert_eq!(
        changed,
        [
            session,
            "\"user-shown\"",
            "\"Shown Person\"",
            "\"shown@mirror.example\"",
            "\"account-shown\"",
            &format!("{PSEUDO:?}"),
            "\"\"",
            r#""{\"user\":{\"userID\":\"user-shown\",\"email\":\"shown@mirror.example\"},\"gates\":{\"a\":\"</script>\"}}""#,
            r#"["E","planned shown@mirror.example"]"#,
        ]
    );
}

/// The values of all lines.
fn table_of(stream: &str) -> Vec<Value> {
    let array = |line: &str| {
        line.find('[')
            .and_then(|at| serde_json::from_str(&line[at..]).ok())
    };
    stream
        .lines()
        .filter_map(array)
        .flat_map(|values: Vec<Value>| values)
        .collect()
}

#[test]
fn the_list_of_routes_is_mapped_and_scrubbed() {
    let text = json!({"patches": {"routes/a": {"module": "https://cdn.oaistatic.com/a.js",
        "loader": format!("x{TOKEN}")}}, "accessToken": TOKEN});
    let expected = json!({"patches": {"routes/a": {"module": "/_h/cdn.oaistatic.com/a.js",
        "loader": format!("x{PSEUDO}")}}, "accessToken": PSEUDO});
    let new = rewritten(
        &text.to_string(),
        "application/json",
        "/__manifest?version=1",
    );
    assert_eq!(new, expected.to_string());
}

#[test]
fn answers_about_who_is_signed_in_show_the_other_person() {
    let session = sample::bootstrap()["session"].to_string();
    let new: Value = serde_json::from_str(&rewritten(&session, JSON, "/api/auth/session")).unwrap();
    assert_eq!(new["user"]["name"], "Shown Person");
    assert_eq!(new["accessToken"], PSEUDO);
    assert_eq!(new["expires"], "2027-02-28T00:00:00.000Z");
    assert!(new.get("sessionToken").is_none());
    let me =
        json!({"object": "user", "id": USER, "name": NAME, "email": EMAIL, "orgs": {"data": []}});
    let new: Value =
        serde_json::from_str(&rewritten(&me.to_string(), JSON, "/backend-api/me")).unwrap();
    assert_eq!(
        new,
        json!({"object": "user", "id": "user-shown", "name": "Shown Person",
               "email": "shown@mirror.example", "orgs": {"data": []}})
    );
}

#[test]
fn a_catalogue_names_asset_hosts_as_paths_and_keeps_everything_else() {
    let text = format!(
        r#"{{ "picture":"https:\/\/persistent.oaistatic.com\/a.png","user":{{"name":"{NAME}"}},"email":"{EMAIL}"}}"#
    );
    assert_eq!(
        rewritten(&text, JSON, "/backend-api/gizmos/discovery"),
        text.replace(r"https:\/\/", r"\/_h\/")
    );
}

#[test]
fn text_of_the_user_comes_back_as_it_is() {
    let text = format!(
        r#"{{ "title":"ChatGPT at https://chatgpt.com","text":"https://cdn.oaistatic.com/a \"accessToken\":\"eyJhbGciOi.fake\" {EMAIL} {NAME} <\/script>", "accessToken":"eyJ.pasted","user":{{"name":"Somebody","email":"a@b.example"}},"n":1.50 }}"#
    );
    let sample = Sample::new();
    let context = sample.context();
    let bytes = text.as_bytes();
    let path = "/backend-api/conversation/1";
    let same = rewrite(bytes, JSON, path, &context, &sample.rules);
    assert!(matches!(same, Cow::Borrowed(same) if same == bytes));
}

#[test]
fn a_token_of_the_account_leaves_no_json_answer() {
    let text = json!({"nested": [format!("Bearer {TOKEN}")], "email": EMAIL}).to_string();
    let new = rewritten(&text, JSON, "/backend-api/conversation/1");
    assert_eq!(new, text.replace(TOKEN, PSEUDO));
}

#[test]
fn what_is_neither_json_nor_loader_data_is_bytes() {
    let sample = Sample::new();
    let context = sample.context();
    let bytes = format!("\u{0}{TOKEN} https://cdn.oaistatic.com").into_bytes();
    for kind in [
        "text/event-stream",
        "image/png",
        "application/octet-stream",
        "text/plain",
        "",
    ] {
        let same = rewrite(&bytes, kind, "/backend-api/me", &context, &sample.rules);
        assert!(
            matches!(same, Cow::Borrowed(same) if same == bytes),
            "{kind}"
        );
    }
}

fn user_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("ChatGPT ".to_owned()),
        Just("https://chatgpt.com/c/1 ".to_owned()),
        Just("https://cdn.oaistatic.com/a.js".to_owned()),
        Just("\"accessToken\":\"eyJhbGciOiJub25lIn0.e30.\"".to_owned()),
        Just("sessionToken refreshToken email".to_owned()),
        Just("window.__reactRouterContext.streamController.enqueue(\"[]\")".to_owned()),
        Just("</script><script>".to_owned()),
        Just(EMAIL.to_owned()),
        ".{0,10}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_of_the_user_is_touched(title in user_text(), text in user_text()) {
        let body = json!({"title": title, "accessToken": "eyJ.pasted", "mapping": {"a": {"message": {
            "content": {"parts": [text]}, "author": {"name": title}, "user": {"name": text}}}}})
        .to_string();
        let sample = Sample::new();
        let context = sample.context();
        let path = "/backend-api/conversation/0a1b";
        let same = rewrite(body.as_bytes(), JSON, path, &context, &sample.rules);
        prop_assert!(matches!(same, Cow::Borrowed(same) if same == body.as_bytes()));
    }

    #[test]
    fn no_bytes_are_too_odd(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let sample = Sample::new();
        let context = sample.context();
        for (kind, path) in [("text/x-script", "/a.data"), (JSON, "/backend-api/me"), (JSON, "/x")] {
            let _bytes = rewrite(&bytes, kind, path, &context, &sample.rules);
        }
    }
}
