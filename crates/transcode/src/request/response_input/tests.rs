//! Every kind of item, in words of the middle form.

use serde_json::{Value, json};

use super::{messages, reference};
use crate::turn::{Speaker, ToolKind, TurnMessage, TurnPart};

fn read(input: &Value) -> Vec<TurnMessage> {
    let input = input.as_array().unwrap();
    messages(None, &[], input).unwrap().messages
}

fn fault(item: &Value) -> String {
    let error = messages(None, &[], std::slice::from_ref(item)).unwrap_err();
    error.param.unwrap()
}

#[test]
fn messages_are_read_in_every_spelling() {
    let read = read(&json!([
        {"role": "developer", "content": "rules"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "a"},
            {"type": "input_image", "image_url": "http://x/y.png", "detail": "low"},
            {"type": "input_file", "file_id": "file-1"},
            {"type": "input_audio", "input_audio": {"data": "AA==", "format": "mp3"}}]},
        {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
            "content": [{"type": "output_text", "text": "b", "annotations": []},
                {"type": "refusal", "refusal": "no"}]},
    ]));
    let roles: Vec<Speaker> = read.iter().map(|it| it.role).collect();
    assert_eq!(roles, [Speaker::System, Speaker::User, Speaker::Assistant]);
    assert_eq!(read[1].attachments().count(), 3);
    assert_eq!(read[2].joined_text(), "b\nno");
}

#[test]
fn what_the_model_did_in_one_go_is_one_message_and_results_are_their_own() {
    let read = read(&json!([
        {"role": "user", "content": "q"},
        {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "hm"}],
            "encrypted_content": "sealed"},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"},
        {"type": "custom_tool_call", "call_id": "c2", "name": "g", "input": "x"},
        {"type": "function_call_output", "call_id": "c1", "output": "1"},
        {"type": "custom_tool_call_output", "call_id": "c2",
            "output": [{"type": "input_text", "text": "2"}]},
    ]));
    assert_eq!(read.len(), 4);
    let [
        TurnPart::Thought(thought),
        TurnPart::ToolCall(first),
        TurnPart::ToolCall(second),
    ] = &read[1].parts[..]
    else {
        panic!("{:?}", read[1])
    };
    assert_eq!(thought.sealed.as_deref(), Some("sealed"));
    assert_eq!(
        (first.kind, second.kind),
        (ToolKind::Function, ToolKind::Custom)
    );
    assert_eq!(read[2].answers.as_deref(), Some("c1"));
    assert_eq!(
        (read[3].role, read[3].joined_text()),
        (Speaker::Tool, "2".into())
    );
}

#[test]
fn items_of_earlier_answers_are_told_shown_or_left_out() {
    let input = json!([
        {"type": "web_search_call", "id": "ws", "status": "completed", "action": {}},
        {"type": "file_search_call", "id": "fs"},
        {"type": "image_generation_call", "id": "ig", "status": "completed", "result": "AAEC"},
        {"type": "image_generation_call", "id": "ig", "status": "failed", "result": null},
        {"type": "code_interpreter_call", "id": "ci", "code": "f()",
            "outputs": [{"type": "logs", "logs": "1"}]},
        {"type": "mcp_call", "id": "m", "name": "t", "arguments": "{}", "output": "o"},
        {"role": "user", "content": "go on"},
    ]);
    let read = messages(Some("rules"), &[], input.as_array().unwrap()).unwrap();
    let foreign: Vec<&str> = read.foreign.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(
        foreign,
        ["input.file_search_call", "input.image_generation_call"]
    );
    assert_eq!(read.messages[0].joined_text(), "rules");
    assert_eq!(read.messages[1].attachments().count(), 1);
    assert!(read.messages[2].joined_text().contains("f()"));
    assert!(read.messages[3].joined_text().starts_with("t({})"));
}

#[test]
fn what_cannot_be_served_is_named() {
    for (item, param) in [
        (json!({"id": 7}), "input[0].type"),
        (json!({"type": "item_reference", "id": "x"}), "input[0].id"),
        (json!({"role": "nobody", "content": "x"}), "input[0].role"),
        (json!({"role": "user", "content": 7}), "input[0].content"),
        (
            json!({"role": "user", "content": [{"type": "hologram"}]}),
            "input[0].content[0]",
        ),
        (
            json!({"type": "function_call", "call_id": "c"}),
            "input[0].name",
        ),
        (
            json!({"type": "function_call_output", "output": "x"}),
            "input[0].call_id",
        ),
    ] {
        assert_eq!(fault(&item), param, "{item}");
    }
    assert_eq!(
        messages(None, &[], &[]).unwrap_err().param.unwrap(),
        "input"
    );
}

#[test]
fn an_item_of_another_kind_is_for_a_driver_that_takes_it_and_left_out_of_what_was_before() {
    let item = [json!({"type": "computer_call_output", "id": "c"})];
    let read = messages(None, &item, &item).unwrap();
    let foreign = read.foreign.iter();
    let foreign: Vec<_> = foreign
        .map(|it| (it.name.as_str(), it.parameter.is_some()))
        .collect();
    assert_eq!(
        foreign,
        [
            ("input.computer_call_output", false),
            ("input[0].type", true)
        ]
    );
}

#[test]
fn a_reference_is_told_from_an_item() {
    assert_eq!(
        reference(&json!({"type": "item_reference", "id": "a"})),
        Some("a")
    );
    assert_eq!(reference(&json!({"id": "a"})), Some("a"));
    assert_eq!(reference(&json!({"role": "user", "id": "a"})), None);
    assert_eq!(reference(&json!({"type": "reasoning", "id": "a"})), None);
}
