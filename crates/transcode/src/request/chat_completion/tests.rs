//! What each parameter does, and what is said when it cannot.

use serde_json::{Value, json};

use super::{ChatRequest, read};
use crate::driver_kind::DriverKind;
use crate::parameter_table::{Emulation, FaceKind, Verdict, judge};
use crate::reply::answer_style::{ActivityFormat, ReasoningFormat};
use crate::turn::{
    AttachmentKind, AttachmentSource, Effort, Hint, ImageDetail, Speaker, Tool, ToolChoice,
    ToolKind,
};

fn with(extra: &Value) -> Value {
    let mut body = json!({"model": "auto", "messages": [{"role": "user", "content": "hi"}]});
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn accepted(extra: &Value) -> ChatRequest {
    read(with(extra).to_string().as_bytes()).unwrap()
}

fn refused(extra: &Value) -> (String, &'static str) {
    let error = read(with(extra).to_string().as_bytes()).unwrap_err();
    assert!(error.message.starts_with(error.param.as_deref().unwrap()));
    (error.param.unwrap(), error.code.unwrap())
}

#[test]
fn all_roles_and_text_parts_become_messages() {
    let request = accepted(&json!({"messages": [
        {"role": "developer", "content": "a"},
        {"role": "system", "content": [{"type": "text", "text": "b"}, {"type": "text", "text": "c"}]},
        {"role": "assistant", "content": null},
        {"role": "user", "content": "你好 🌍"},
    ]}));
    let said: Vec<(Speaker, String)> = request
        .turn
        .messages
        .iter()
        .map(|it| (it.role, it.joined_text()))
        .collect();
    assert_eq!(
        said,
        [
            (Speaker::System, "a".into()),
            (Speaker::System, "b\nc".into()),
            (Speaker::Assistant, String::new()),
            (Speaker::User, "你好 🌍".into()),
        ]
    );
}

#[test]
fn the_newer_token_limit_wins_and_stop_is_one_or_several() {
    let request = accepted(&json!({"max_tokens": 5, "max_completion_tokens": 7, "stop": "x"}));
    assert_eq!(request.turn.limits.max_tokens, Some(7));
    assert_eq!(request.turn.limits.stop, ["x"]);
    assert_eq!(
        accepted(&json!({"stop": ["a", "b"]})).turn.limits.stop,
        ["a", "b"]
    );
}

#[test]
fn the_conversation_and_the_stream_options_are_taken_over() {
    let request = accepted(&json!({
        "stream": true, "stream_options": {"include_usage": true}, "history_disabled": false,
        "conversation_id": "C", "parent_message_id": "P", "reasoning_effort": "xhigh",
        "Chatgpt-Account-Id": "W",
    }));
    assert!(request.stream && request.include_usage);
    assert_eq!(request.turn.keep_history, Some(true));
    assert_eq!(request.turn.conversation_id.as_deref(), Some("C"));
    assert_eq!(request.turn.parent_message_id.as_deref(), Some("P"));
    assert_eq!(request.turn.effort, Some(Effort::ExtraHigh));
    assert_eq!(request.account_id.as_deref(), Some("W"));
}

/// What a driver would do with a body.
fn judged(driver: DriverKind, extra: &Value) -> Verdict {
    let request = accepted(extra);
    let face = FaceKind::ChatCompletions;
    judge(driver, face, &request.turn, &request.asked, Emulation::Off)
}

fn names(verdict: &Verdict) -> Vec<&str> {
    verdict.refused.iter().map(|it| it.name.as_str()).collect()
}

#[test]
fn harmless_parameters_are_dropped_by_name_and_null_is_nothing() {
    let extra = json!({
        "temperature": 0.5, "seed": 1, "user": "u", "top_p": null, "tools": [], "n": 1,
        "tool_choice": "auto", "logprobs": false, "response_format": {"type": "text"},
        "what_is_this": 5,
    });
    for driver in [DriverKind::Web, DriverKind::Codex] {
        let verdict = judged(driver, &extra);
        assert_eq!(
            verdict.dropped,
            ["temperature", "seed", "user", "what_is_this"]
        );
        assert_eq!(verdict.refused, []);
    }
    assert_eq!(judged(DriverKind::Platform, &extra), Verdict::default());
    let named = json!({"messages": [{"role": "user", "name": "ann", "content": "x"}]});
    assert_eq!(judged(DriverKind::Web, &named).dropped, ["messages.name"]);
}

#[test]
fn what_would_change_the_answer_is_refused_by_name_where_it_cannot_be_done() {
    let tool = json!({"type": "function", "function": {"name": "f"}});
    let all = [
        (json!({"tools": [tool]}), "tools", "w"),
        (
            json!({"tools": [tool], "tool_choice": "required"}),
            "tools",
            "w",
        ),
        (json!({"functions": [{"name": "f"}]}), "functions", "w"),
        (
            json!({"response_format": {"type": "json_object"}}),
            "response_format",
            "w",
        ),
        (json!({"logprobs": true}), "logprobs", "wc"),
        (json!({"logit_bias": {"1": 5}}), "logit_bias", "wc"),
        (json!({"modalities": ["text", "audio"]}), "modalities", "wc"),
        (json!({"audio": {}}), "audio", "wc"),
        (json!({"conversation_id": "C"}), "conversation_id", "cp"),
        (json!({"history_disabled": false}), "history_disabled", "cp"),
        (json!({"model": "gizmo-g-abcdefgh"}), "model.gpt", "cp"),
    ];
    for (extra, name, cannot) in all {
        for (driver, word) in [
            (DriverKind::Web, 'w'),
            (DriverKind::Codex, 'c'),
            (DriverKind::Platform, 'p'),
        ] {
            let verdict = judged(driver, &extra);
            let is_refused = names(&verdict).contains(&name);
            assert_eq!(is_refused, cannot.contains(word), "{driver:?} {extra}");
        }
    }
}

#[test]
fn bad_values_are_named_by_their_path() {
    for (extra, param) in [
        (json!({"model": ""}), "model"),
        (json!({"model": 5}), "model"),
        (json!({"messages": []}), "messages"),
        (json!({"messages": "hi"}), "messages"),
        (
            json!({"messages": [{"role": "user", "content": "x"}, {"role": "wizard"}]}),
            "messages[1]",
        ),
        (
            json!({"messages": [{"role": "user"}]}),
            "messages[0].content",
        ),
        (
            json!({"messages": [{"role": "user", "content": 5}]}),
            "messages[0]",
        ),
        (json!({"max_tokens": 0}), "max_tokens"),
        (json!({"max_tokens": -1}), "max_tokens"),
        (
            json!({"max_completion_tokens": "many"}),
            "max_completion_tokens",
        ),
        (json!({"model": "x".repeat(257)}), "model"),
        (json!({"stop": [""]}), "stop"),
        (json!({"stop": "x".repeat(1025)}), "stop"),
        (json!({"stream": "yes"}), "stream"),
        (json!({"reasoning_effort": "some"}), "reasoning_effort"),
    ] {
        assert_eq!(refused(&extra), (param.into(), "invalid_value"), "{extra}");
    }
}

#[test]
fn parts_are_read_in_order_and_what_is_wrong_with_one_is_said_with_its_place() {
    let request = accepted(
        &json!({"model": "auto", "messages": [{"role": "user", "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": "https://a.example/x.png", "detail": "low"}},
            {"type": "file", "file": {"file_data": "data:text/plain;base64,aGk=", "filename": "a.txt"}},
            {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "mp3"}},
            {"type": "file", "file": {"file_id": "file-1"}},
        ]}]}),
    );
    let attachments: Vec<_> = request.turn.messages[0].attachments().collect();
    assert_eq!(attachments[0].kind, AttachmentKind::Image(ImageDetail::Low));
    assert_eq!(
        attachments[0].source,
        AttachmentSource::Url("https://a.example/x.png".into())
    );
    assert_eq!(attachments[1].name.as_deref(), Some("a.txt"));
    assert_eq!(attachments[2].name.as_deref(), Some("recording.mp3"));
    assert_eq!(attachments[3].path, "messages[0].content[4]");
    for (part, code) in [
        (
            json!({"type": "image_url", "image_url": {"url": "data:"}}),
            "invalid_value",
        ),
        (
            json!({"type": "image_url", "image_url": {"url": "https://x", "detail": "huge"}}),
            "invalid_value",
        ),
        (json!({"type": "file", "file": {}}), "invalid_value"),
        (json!({"type": "hologram"}), "unsupported_parameter"),
    ] {
        let content = json!([{"type": "text", "text": "x"}, part]);
        let extra = json!({"messages": [{"role": "user", "content": content}]});
        let (param, found) = refused(&extra);
        assert!(param.starts_with("messages[0].content[1]"), "{param}");
        assert_eq!(found, code, "{extra}");
    }
}

#[test]
fn tools_their_calls_and_their_results_are_read() {
    let request = accepted(&json!({
        "tools": [
            {"type": "function", "function": {"name": "f", "parameters": {"type": "object"},
                "strict": true}},
            {"type": "custom", "custom": {"name": "c", "format": {"type": "grammar",
                "grammar": {"syntax": "lark", "definition": "start: WORD"}}}},
        ],
        "tool_choice": {"type": "custom", "custom": {"name": "c"}},
        "parallel_tool_calls": false,
        "messages": [
            {"role": "user", "content": "x"},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                {"id": "b", "type": "custom", "custom": {"name": "c", "input": "word"}}]},
            {"role": "tool", "tool_call_id": "a", "content": "one"},
            {"role": "tool", "tool_call_id": "b", "content": [{"type": "text", "text": "two"}]},
        ],
    }));
    let turn = request.turn;
    assert_eq!(turn.parallel_tool_calls, Some(false));
    assert_eq!(
        turn.tool_choice,
        ToolChoice::Named(ToolKind::Custom, "c".into())
    );
    let Tool::Custom(custom) = &turn.tools[1] else {
        panic!("{:?}", turn.tools)
    };
    let flat = json!({"type": "grammar", "syntax": "lark", "definition": "start: WORD"});
    assert_eq!(custom.format, Some(flat));
    let calls: Vec<_> = turn.messages[1].tool_calls().collect();
    assert_eq!((calls[0].id.as_str(), calls[0].input.as_str()), ("a", "{}"));
    assert_eq!(
        (calls[1].kind, calls[1].input.as_str()),
        (ToolKind::Custom, "word")
    );
    assert_eq!(turn.messages[3].role, Speaker::Tool);
    assert_eq!(turn.messages[3].answers.as_deref(), Some("b"));
    assert_eq!(turn.messages[3].joined_text(), "two");
}

#[test]
fn functions_of_the_days_before_tools_are_tools() {
    let request = accepted(&json!({
        "functions": [{"name": "f"}], "function_call": {"name": "f"},
        "messages": [
            {"role": "assistant", "content": null,
                "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "done"},
        ],
    }));
    let turn = request.turn;
    let choice = ToolChoice::Named(ToolKind::Function, "f".into());
    assert_eq!(turn.tool_choice, choice);
    let call = turn.messages[0].tool_calls().next().unwrap();
    assert_eq!(turn.messages[1].answers.as_deref(), Some(call.id.as_str()));
}

#[test]
fn what_is_wrong_with_tools_is_said_with_its_place() {
    let function = |function: Value| json!({"tools": [{"type": "function", "function": function}]});
    let image = json!([{"type": "image_url", "image_url": {"url": "https://x"}}]);
    for (extra, param) in [
        (json!({"tools": [{"type": "wand"}]}), "tools[0].type"),
        (
            json!({"tools": [{"type": "function"}]}),
            "tools[0].function",
        ),
        (function(json!({"name": "a b"})), "tools[0].function.name"),
        (
            function(json!({"name": "f", "parameters": 5})),
            "tools[0].function.parameters",
        ),
        (json!({"tool_choice": "required"}), "tool_choice"),
        (
            json!({"tool_choice": {"type": "function", "function": {"name": "f"}}}),
            "tool_choice",
        ),
        (json!({"response_format": "json_object"}), "response_format"),
        (
            json!({"response_format": {"type": "xml"}}),
            "response_format.type",
        ),
        (
            json!({"messages": [{"role": "tool", "content": "x"}]}),
            "messages[0].tool_call_id",
        ),
        (
            json!({"messages": [{"role": "assistant", "tool_calls": [{"id": "a"}]}]}),
            "messages[0].tool_calls[0]",
        ),
        (
            json!({"messages": [{"role": "system", "content": image}]}),
            "messages[0].content[0]",
        ),
        (json!({"n": 9}), "n"),
        (json!({"verbosity": "loud"}), "verbosity"),
    ] {
        assert_eq!(refused(&extra), (param.into(), "invalid_value"), "{extra}");
    }
}

#[test]
fn the_ways_an_answer_is_shown_are_words_of_a_few() {
    let request = accepted(
        &json!({"model": "auto", "messages": [{"role": "user", "content": "x"}],
        "reasoning_format": "raw", "tool_activity": "structured", "web_search_options": {},
        "delete_after_minutes": 5}),
    );
    assert_eq!(request.reasoning_format, Some(ReasoningFormat::Raw));
    assert_eq!(request.tool_activity, Some(ActivityFormat::Structured));
    assert_eq!(request.turn.hints, [Hint::Search]);
    assert_eq!(request.delete_after_minutes, Some(5));
    for extra in [
        json!({"reasoning_format": "loud"}),
        json!({"tool_activity": ""}),
        json!({"delete_after_minutes": 0}),
        json!({"delete_after_minutes": 5, "history_disabled": true}),
        json!({"delete_after_minutes": 5, "conversation_id": "C"}),
    ] {
        assert_eq!(refused(&extra).1, "invalid_value", "{extra}");
    }
}
