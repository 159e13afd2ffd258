//! Every parameter of a body has its place, and what is wrong is named.

use serde_json::json;

use super::{ResponseRequest, read};
use crate::driver_kind::DriverKind;
use crate::parameter_table::{Emulation, FaceKind, judge};
use crate::turn::{AnswerFormat, Effort, Hint, Tool, ToolChoice, ToolKind, Verbosity};

fn request(body: &serde_json::Value) -> ResponseRequest {
    read(body.to_string().as_bytes()).unwrap()
}

fn fault(body: &serde_json::Value) -> String {
    let error = read(body.to_string().as_bytes()).unwrap_err();
    error.param.unwrap()
}

#[test]
fn every_parameter_has_its_place() {
    let body = json!({
        "model": "m", "input": "hi", "instructions": "be brief", "stream": true, "store": true,
        "background": true, "previous_response_id": "resp_1", "max_output_tokens": 7,
        "reasoning": {"effort": "high", "summary": "auto"}, "parallel_tool_calls": false,
        "text": {"verbosity": "low", "format": {"type": "json_schema", "name": "n", "schema": {}}},
        "prompt_cache_key": "k", "include": ["reasoning.encrypted_content"],
        "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}},
            {"type": "custom", "name": "c"}, {"type": "web_search_preview_2025_03_11"},
            {"type": "image_generation"}, {"type": "code_interpreter", "container": {"type": "auto"}}],
        "tool_choice": {"type": "function", "name": "f"}, "metadata": {"a": "b"},
    });
    let request = request(&body);
    let turn = &request.turn;
    assert_eq!(turn.effort, Some(Effort::High));
    assert_eq!(turn.limits.max_tokens, Some(7));
    assert_eq!(turn.verbosity, Some(Verbosity::Low));
    assert_eq!(turn.cache_key.as_deref(), Some("k"));
    assert_eq!(turn.parallel_tool_calls, Some(false));
    assert_eq!(turn.hints, [Hint::Search, Hint::Picture, Hint::Code]);
    let callable: Vec<&str> = turn.tools.iter().map(Tool::name).collect();
    assert_eq!(callable, ["f", "c"]);
    let named = ToolChoice::Named(ToolKind::Function, "f".into());
    assert_eq!(turn.tool_choice, named);
    assert!(matches!(&turn.format, AnswerFormat::JsonSchema(it) if it.name == "n"));
    assert!(request.stream && request.store && request.background && request.shows_sealed);
    assert_eq!(request.input[0]["content"][0]["text"], "hi");
    assert_eq!(request.echo["tools"][0]["strict"], true);
    assert_eq!(request.echo["reasoning"]["effort"], "high");
    assert_eq!(request.echo["text"]["format"]["strict"], false);
}

#[test]
fn a_response_repeats_what_counts_though_nothing_was_asked_for() {
    let request = request(&json!({"model": "m", "input": "hi", "conversation": "conv_1"}));
    assert_eq!(request.conversation.as_deref(), Some("conv_1"));
    assert!(request.store && !request.background && !request.stream);
    insta::assert_json_snapshot!(request.echo);
}

#[test]
fn what_is_wrong_is_named() {
    let base = json!({"model": "m", "input": "hi"});
    for (name, value, param) in [
        ("model", json!(""), "model"),
        ("input", json!(7), "input"),
        ("max_output_tokens", json!(0), "max_output_tokens"),
        ("reasoning", json!({"effort": "much"}), "reasoning.effort"),
        ("text", json!({"verbosity": "long"}), "text.verbosity"),
        ("text", json!({"format": {"type": "xml"}}), "text.format"),
        (
            "text",
            json!({"format": {"type": "json_schema"}}),
            "text.format",
        ),
        ("tools", json!([{"type": "function"}]), "tools[0].name"),
        (
            "tool_choice",
            json!({"type": "function", "name": "f"}),
            "tool_choice",
        ),
        ("tool_choice", json!("maybe"), "tool_choice"),
        ("metadata", json!({"a": 1}), "metadata"),
        ("conversation", json!({}), "conversation"),
    ] {
        let mut body = base.clone();
        body[name] = value;
        assert_eq!(fault(&body), param, "{body}");
    }
    let both =
        json!({"model": "m", "input": "x", "conversation": "c", "previous_response_id": "r"});
    assert_eq!(fault(&both), "previous_response_id");
    let lost = json!({"model": "m", "input": "x", "background": true, "store": false});
    assert_eq!(fault(&lost), "background");
}

#[test]
fn tools_of_new_kinds_that_the_caller_runs_are_left_out_by_name() {
    let tools = json!([{"type": "namespace", "name": "n", "tools": []}, {"type": "local_shell"},
        {"type": "namespace", "name": "m"}, {"type": "function", "name": "f"}]);
    let request = request(&json!({"model": "m", "input": "hi", "tools": tools}));
    let names: Vec<&str> = request.asked.iter().map(|it| it.name.as_str()).collect();
    assert!(
        names.ends_with(&["tools.namespace", "tools.local_shell"]),
        "{names:?}"
    );
    assert_eq!(request.turn.tools.len(), 1);
}

#[test]
fn what_only_the_platform_has_goes_there_and_is_refused_elsewhere() {
    for (name, value, place) in [
        ("tools", json!([{"type": "file_search"}]), "tools[0].type"),
        ("tools", json!([{"type": "mcp"}]), "tools[0].type"),
        (
            "include",
            json!(["message.output_text.logprobs"]),
            "include",
        ),
        ("top_logprobs", json!(2), "top_logprobs"),
    ] {
        let mut body = json!({"model": "m", "input": "hi"});
        body[name] = value;
        let request = request(&body);
        for (driver, refused) in [
            (DriverKind::Web, Some(place)),
            (DriverKind::Codex, Some(place)),
            (DriverKind::Platform, None),
        ] {
            let off = Emulation::Off;
            let verdict = judge(
                driver,
                FaceKind::Responses,
                &request.turn,
                &request.asked,
                off,
            );
            let first = verdict.refused.first().map(|it| it.name.as_str());
            assert_eq!(first, refused, "{driver:?}: {body}");
            assert!(driver != DriverKind::Platform || verdict.dropped.is_empty());
        }
    }
}

#[test]
fn the_web_driver_drops_by_name_and_refuses_what_would_change_the_answer() {
    let settled = |name: &str, value: serde_json::Value| {
        let mut body = json!({"model": "m", "input": "hi"});
        body[name] = value;
        let request = request(&body);
        let (web, off) = (DriverKind::Web, Emulation::Off);
        let verdict = judge(web, FaceKind::Responses, &request.turn, &request.asked, off);
        let refused = verdict.refused.into_iter().map(|it| it.name);
        (verdict.dropped, refused.collect::<Vec<_>>())
    };
    for (name, value, dropped) in [
        ("temperature", json!(0.5), &["temperature"][..]),
        ("temperature", json!(1), &[]),
        ("truncation", json!("auto"), &[]),
        ("service_tier", json!("auto"), &[]),
        ("text", json!({"verbosity": "low"}), &["verbosity"]),
        (
            "parallel_tool_calls",
            json!(false),
            &["parallel_tool_calls"],
        ),
        ("tools", json!([{"type": "web_search"}]), &[]),
        ("tool_choice", json!({"type": "web_search"}), &[]),
        ("future", json!(1), &["future"]),
        ("user", json!("u"), &["user"]),
        ("stream_options", json!({"include_obfuscation": false}), &[]),
    ] {
        let (found, refused) = settled(name, value);
        assert_eq!(found, dropped, "{name}");
        assert!(refused.is_empty(), "{name}");
    }
    for (name, value) in [
        ("tools", json!([{"type": "function", "name": "f"}])),
        ("text", json!({"format": {"type": "json_object"}})),
        ("top_logprobs", json!(2)),
        ("prompt", json!({"id": "p"})),
    ] {
        assert_eq!(settled(name, value).1, [name]);
    }
}
