//! Turns as Chat Completions bodies, whole. The turns are those of the Responses bodies.

use serde_json::{Value, json};

use super::{ChatDecisions, chat_body};
use crate::request::inline_file::{InlineFile, InlineKind};
use crate::request::responses_body::WrittenBody;
use crate::request::responses_body::tests::{full_files, full_turn, with_tools};
use crate::turn::{ToolChoice, ToolKind, Turn};

fn written(turn: &Turn, is_openai: bool, files: &[InlineFile]) -> WrittenBody {
    let decisions = ChatDecisions {
        model: "m",
        is_openai,
    };
    chat_body(turn, &decisions, files).unwrap()
}

#[test]
fn history_with_pictures_and_calls_becomes_messages() {
    let written = written(&full_turn(), false, &full_files());
    insta::assert_json_snapshot!(written.body);
}

#[test]
fn tools_forms_and_limits_are_written() {
    let written = written(&with_tools(), true, &[]);
    assert_eq!(
        written.dropped,
        ["web_search", "image_generation", "code_interpreter"]
    );
    insta::assert_json_snapshot!(written.body);
}

#[test]
fn other_servers_get_the_older_name_of_the_limit_and_no_cache_key() {
    let body = written(&with_tools(), false, &[]).body;
    assert_eq!(body.get("max_tokens"), Some(&json!(7)));
    assert_eq!(body.get("prompt_cache_key"), None);
    assert_eq!(body.get("max_completion_tokens"), None);
}

#[test]
fn every_tool_choice_has_its_form() {
    for (choice, written_as) in [
        (ToolChoice::Required, json!("required")),
        (
            ToolChoice::Named(ToolKind::Function, "now".into()),
            json!({"type": "function", "function": {"name": "now"}}),
        ),
        (
            ToolChoice::Named(ToolKind::Custom, "patch".into()),
            json!({"type": "custom", "custom": {"name": "patch"}}),
        ),
    ] {
        let turn = Turn {
            tool_choice: choice,
            ..with_tools()
        };
        let body: Value = written(&turn, true, &[]).body.into();
        assert_eq!(body["tool_choice"], written_as);
    }
}

#[test]
fn a_recording_goes_up_as_sound_and_a_tools_picture_follows_its_results() {
    let mut files = full_files();
    files[0].kind = InlineKind::Recording;
    files[0].mime = "audio/mpeg".into();
    let body: Value = written(&full_turn(), false, &files).body.into();
    let part = &body["messages"][2]["content"][1];
    assert_eq!(
        part["input_audio"],
        json!({"data": "aGk=", "format": "mp3"})
    );

    let mut turn = full_turn();
    let parts = std::mem::take(&mut turn.messages[2].parts);
    turn.messages[4].parts.extend(parts);
    turn.messages.remove(2);
    let body: Value = written(&turn, false, &full_files()).body.into();
    let roles: Vec<&str> = body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(
        roles,
        [
            "system",
            "system",
            "assistant",
            "tool",
            "tool",
            "user",
            "system",
            "user"
        ]
    );
}
