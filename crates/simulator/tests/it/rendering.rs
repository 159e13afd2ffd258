//! The promise that holds everything together: both encodings of a script, read by an independent
//! reader, give the same messages, and these are what is stored.

use proptest::prelude::*;
use serde_json::{Value, json};
use simulator::{Encoding, Framing, RenderRequest, Rendering, render, script_names};

use crate::fold::{events, fold};

fn request(prompt: &str) -> RenderRequest {
    RenderRequest {
        prompt: prompt.to_owned(),
        model: "gpt-5-2".to_owned(),
        conversation_id: "C".to_owned(),
        user_message_id: "U".to_owned(),
        parent_id: "client-created-root".to_owned(),
        now: 1_764_946_800.5,
        seed: 7,
        history: Vec::new(),
    }
}

fn rendered(script: &str, prompt: &str, encoding: Encoding, framing: &Framing) -> Rendering {
    render(script, &request(prompt), encoding, framing).unwrap()
}

#[test]
fn every_script_in_every_framing_tells_the_same() {
    for script in script_names() {
        for bits in (0..512_u32).step_by(7) {
            let on = |bit: u32| bits & (1 << bit) != 0;
            let framing = Framing {
                pad: on(0),
                compact: on(1),
                escape_non_ascii: on(2),
                crlf: on(3),
                hidden_frames: on(4),
                typed_events: on(5),
                late_delta: on(6),
                second_title: on(7),
                done: on(8),
                split_every: None,
            };
            let v1 = rendered(script, "hello 你好", Encoding::V1, &framing);
            let folded = fold(&v1.bytes);
            assert_eq!(folded.messages, v1.messages, "{script} {framing:?}");
            assert_eq!(folded.done, framing.done);
            assert_eq!(folded.broken, 0);
            // The cumulative form is long; a part of the framings is enough.
            if bits % 35 == 0 {
                let whole = rendered(script, "hello 你好", Encoding::Cumulative, &framing);
                let other = fold(&whole.bytes);
                assert_eq!(other, folded, "{script} {framing:?}");
                assert_eq!(whole.messages, v1.messages);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_prompt_is_echoed_exactly(text in "(?s).{0,200}", escape: bool) {
        let framing = Framing { escape_non_ascii: escape, ..Framing::default() };
        let prompt = format!("simulate:echo {text}");
        for encoding in [Encoding::V1, Encoding::Cumulative] {
            let rendering = rendered("echo", &prompt, encoding, &framing);
            let folded = fold(&rendering.bytes);
            prop_assert_eq!(folded.answer(), &text);
            prop_assert_eq!(&folded.messages, &rendering.messages);
        }
    }
}

#[test]
fn a_plain_stream_has_the_captured_shape() {
    let framing = Framing::default();
    let rendering = rendered(
        "echo",
        "simulate:echo Here\u{2019}s one two.",
        Encoding::V1,
        &framing,
    );
    let shape: Vec<String> = events(&rendering.bytes)
        .into_iter()
        .map(|(name, data)| match name.as_deref() {
            None if data == "[DONE]" => data,
            None => serde_json::from_str::<Value>(&data).unwrap()["type"]
                .as_str()
                .unwrap()
                .to_owned(),
            Some("delta") => shape_of_delta(&data),
            Some(other) => format!("{other} {data}"),
        })
        .collect();
    assert_eq!(
        shape,
        [
            "delta_encoding \"v1\"",
            "resume_conversation_token",
            "p= o=add system c=0",
            "user c=1",
            "input_message",
            "assistant c=2",
            "assistant c=3",
            "message_marker",
            "p=/message/content/parts/0 o=append \"Here\"",
            r#""\u2019""#,
            "title_generation",
            "\"s\"",
            "\" one\"",
            "p= o=patch [4]",
            "message_marker",
            "p=/message/metadata/conversation_followup_suggestions_eligible o=replace true",
            "server_ste_metadata",
            "message_stream_complete",
            "conversation_detail_metadata",
            "title_generation",
            "[DONE]",
        ]
    );
}

/// The carried keys and the kind of value of a delta, which must be padded.
fn shape_of_delta(data: &str) -> String {
    assert_eq!(data.len() % 8, 0, "{data}");
    let event: Value = serde_json::from_str(data).unwrap();
    let mut parts = Vec::new();
    for key in ["p", "o"] {
        if let Some(value) = event[key].as_str() {
            parts.push(format!("{key}={value}"));
        }
    }
    parts.push(match &event["v"] {
        Value::Object(envelope) => envelope["message"]["author"]["role"]
            .as_str()
            .unwrap()
            .to_owned(),
        Value::Array(patch) => format!("[{}]", patch.len()),
        _ => {
            let raw = data.trim_end().trim_end_matches('}');
            raw.split_once("\"v\":").unwrap().1.to_owned()
        }
    });
    if let Some(channel) = event["c"].as_u64() {
        parts.push(format!("c={channel}"));
    }
    parts.join(" ")
}

#[test]
fn history_is_echoed_before_the_answer() {
    let message = |id: &str, role: &str| {
        json!({
            "id": id,
            "author": {"role": role},
            "content": {"content_type": "text", "parts": [id]},
        })
    };
    let history = vec![
        message("1", "system"),
        message("2", "user"),
        message("3", "assistant"),
        message("4", "user"),
    ];
    let request = RenderRequest {
        history,
        ..request("hello")
    };
    let rendering = render("ascii", &request, Encoding::V1, &Framing::default()).unwrap();
    let ids: Vec<_> = rendering.messages[1..5]
        .iter()
        .map(|message| message["id"].clone())
        .collect();
    assert_eq!(ids, ["1", "2", "3", "4"]);
    let folded = fold(&rendering.bytes);
    assert_eq!(folded.messages, rendering.messages);
    assert_eq!(
        folded
            .types()
            .iter()
            .filter(|kind| **kind == "input_message")
            .count(),
        1
    );
}

#[test]
fn scripts_show_what_they_are_for() {
    let messages =
        |script: &str| rendered(script, "hi", Encoding::V1, &Framing::default()).messages;
    let kinds = |script: &str| -> Vec<String> {
        let messages = messages(script);
        messages[3..]
            .iter()
            .map(|message| {
                message["content"]["content_type"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    };
    assert_eq!(kinds("reasoning"), ["thoughts", "reasoning_recap", "text"]);
    assert_eq!(kinds("reasoning-recap"), ["reasoning_recap", "text"]);
    assert_eq!(kinds("reasoning-old"), ["text", "text"]);
    assert_eq!(kinds("code"), ["code", "execution_output", "text"]);
    let last = |script: &str| messages(script).pop().unwrap();
    assert_eq!(
        last("max-tokens")["metadata"]["finish_details"]["type"],
        "max_tokens"
    );
    assert_eq!(last("downgrade")["metadata"]["model_slug"], "gpt-5-mini");
    assert_eq!(last("moderation")["status"], "in_progress");
    assert!(
        last("code")["content"]["parts"][0]
            .as_str()
            .unwrap()
            .starts_with("It is")
    );
    assert_eq!(messages("reasoning-old")[3]["author"]["name"], "a8km123");
    assert_eq!(
        messages("reasoning")[3]["content"]["thoughts"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let moderation = rendered(
        "moderation",
        "hi",
        Encoding::Cumulative,
        &Framing::default(),
    );
    let verdict = fold(&moderation.bytes)
        .typed
        .into_iter()
        .find(|event| event["type"] == "moderation");
    assert_eq!(verdict.unwrap()["moderation_response"]["blocked"], true);
}

#[test]
fn no_script_of_that_name() {
    assert_eq!(
        render(
            "nonsense",
            &request("hi"),
            Encoding::V1,
            &Framing::default()
        ),
        None
    );
}

#[test]
fn rendering_is_deterministic() {
    for script in script_names() {
        let first = rendered(script, "hi", Encoding::V1, &Framing::default());
        assert_eq!(
            first,
            rendered(script, "hi", Encoding::V1, &Framing::default())
        );
    }
}
