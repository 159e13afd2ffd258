//! What a Messages body is read as, and what is said about one that cannot be.

use openai::error::InvalidRequest;
use serde_json::{Value, json};

use super::{MessagesRequest, Purpose, Thoughts, read};
use crate::driver_kind::DriverKind;
use crate::parameter_table::{Emulation, FaceKind, judge};
use crate::turn::{Effort, Hint, Speaker, Thought, ToolChoice, ToolKind, TurnPart};

fn asked(more: Value) -> Result<MessagesRequest, InvalidRequest> {
    let mut body = json!({
        "model": "claude-x",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "Hi"}],
    });
    let Value::Object(more) = more else {
        panic!("{more} are no parameters");
    };
    for (name, value) in more {
        body[name] = value;
    }
    read(body.to_string().as_bytes(), Purpose::Answer)
}

fn said(blocks: Value) -> Result<MessagesRequest, InvalidRequest> {
    let mut message = json!({"role": "user"});
    message["content"] = blocks;
    asked(json!({"messages": [message]}))
}

fn refusal(more: Value) -> (String, String) {
    let error = asked(more).unwrap_err();
    (error.param.unwrap_or_default(), error.message)
}

#[test]
fn an_agents_request_is_read_whole() {
    let request = asked(json!({
        "system": [
            {"type": "text", "text": "You are an agent.", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "Be brief."},
        ],
        "messages": [
            {"role": "user", "content": [
                {"type": "text", "text": "Look", "cache_control": {"type": "ephemeral"}},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}},
                {"type": "image", "source": {"type": "url", "url": "https://x.example/a.png"}},
                {"type": "document", "source": {"type": "file", "file_id": "file_1"}, "title": "t.pdf"},
                {"type": "document", "title": "N", "source": {"type": "text", "media_type": "text/plain", "data": "notes"}},
                {"type": "document", "citations": {"enabled": true}, "source": {"type": "content", "content": [
                    {"type": "text", "text": "one"}, {"type": "text", "text": "two"}]}},
                {"type": "search_result", "source": "s", "title": "T", "content": [{"type": "text", "text": "found"}]},
            ]},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": "sealed"},
                {"type": "redacted_thinking", "data": "sealed too"},
                {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}},
                {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
                {"type": "text", "text": "I will look."},
                {"type": "tool_use", "id": "call_1", "name": "ls", "input": {"path": "/"}},
                {"type": "tool_use", "id": "call_2", "name": "ls", "input": {}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "call_1", "content": "a\nb"},
                {"type": "tool_result", "tool_use_id": "call_2", "is_error": true, "content": [
                    {"type": "text", "text": "denied"},
                    {"type": "image", "source": {"type": "base64", "data": "aGk="}}]},
                {"type": "text", "text": "Go on."},
            ]},
        ],
        "tools": [
            {"name": "ls", "description": "Lists.", "strict": true,
             "input_schema": {"type": "object", "properties": {"path": {"type": "string"}}},
             "cache_control": {"type": "ephemeral"}},
            {"type": "web_search_20250305", "name": "web_search", "max_uses": 5},
            {"type": "code_execution_20250825", "name": "code_execution"},
            {"type": "bash_20250124", "name": "bash"},
        ],
        "tool_choice": {"type": "tool", "name": "ls", "disable_parallel_tool_use": true},
        "thinking": {"type": "enabled", "budget_tokens": 10000},
        "stop_sequences": ["END"],
        "metadata": {"user_id": "user_1_session_2"},
        "temperature": 0.5,
        "context_management": {"edits": []},
        "output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}},
        "stream": true,
    }));
    insta::assert_debug_snapshot!(request.unwrap());
}

#[test]
fn what_is_missing_or_wrong_is_named_by_its_place() {
    for (more, param, message) in [
        (
            json!({"max_tokens": null}),
            "max_tokens",
            "max_tokens: Field required",
        ),
        (json!({"model": null}), "model", "model: Field required"),
        (
            json!({"messages": null}),
            "messages",
            "messages: Field required",
        ),
        (
            json!({"messages": [{"role": "user", "content": []}]}),
            "messages.0.content",
            "messages.0.content: all messages must have non-empty content",
        ),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "text"}]}]}),
            "messages.0.content.0",
            "messages.0.content.0: missing field `text`",
        ),
        (
            json!({"messages": [{"role": "tool", "content": "x"}]}),
            "messages.0",
            "messages.0: unknown variant `tool`, expected one of `user`, `assistant`, `system`",
        ),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "text", "text": ""}, {"type": "video"}]}]}),
            "messages.0.content.1",
            "messages.0.content.1: content blocks of type \"video\" are not supported",
        ),
        (
            json!({"messages": [{"role": "user", "content": [
            {"type": "image", "source": {"type": "base64", "data": "@@"}}]}]}),
            "messages.0.content.0.source",
            "messages.0.content.0.source.data: the data is not valid base64",
        ),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1",
            "content": [{"type": "video"}]}]}]}),
            "messages.0.content.0.content.0",
            "messages.0.content.0.content.0: content blocks of type \"video\" are not supported",
        ),
        (
            json!({"tools": [{"name": "x"}]}),
            "tools.0.input_schema",
            "tools.0.input_schema: Field required",
        ),
        (
            json!({"tools": [{"type": "web_fetch_20250910", "name": "web_fetch"}]}),
            "tools.0.type",
            "tools.0.type: tools of type \"web_fetch_20250910\" are not supported",
        ),
        (
            json!({"tool_choice": {"type": "tool", "name": "x"}}),
            "tool_choice.name",
            "tool_choice.name: there is no tool \"x\" among tools",
        ),
        (
            json!({"thinking": {"type": "enabled", "budget_tokens": 5}}),
            "thinking.budget_tokens",
            "thinking.budget_tokens: is at least 1024",
        ),
        (
            json!({"mcp_servers": [{"type": "url"}]}),
            "mcp_servers",
            "mcp_servers: the gateway connects to no MCP servers; give their tools as tools",
        ),
    ] {
        assert_eq!(
            refusal(more.clone()),
            (param.into(), message.into()),
            "{more}"
        );
    }
}

#[test]
fn an_answer_that_is_begun_by_the_caller_is_refused_but_counted() {
    let body = json!({"model": "m", "max_tokens": 1, "messages": [
        {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "{"}]});
    let body = body.to_string();
    assert!(read(body.as_bytes(), Purpose::Answer).is_err());
    assert!(read(body.as_bytes(), Purpose::Count).is_ok());
}

#[test]
fn counting_needs_no_limit() {
    let body = br#"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#;
    assert!(read(body, Purpose::Count).is_ok());
}

#[test]
fn budgets_and_words_become_efforts() {
    let read = |more: Value| {
        let request = asked(more).unwrap();
        (request.turn.effort, request.thoughts)
    };
    let enabled = |budget: u64| json!({"thinking": {"type": "enabled", "budget_tokens": budget}});
    for (budget, effort) in [
        (1024, Effort::Low),
        (4000, Effort::Medium),
        (10_000, Effort::High),
        (31_999, Effort::ExtraHigh),
    ] {
        assert_eq!(read(enabled(budget)), (Some(effort), Thoughts::Shown));
    }
    let adaptive = json!({"thinking": {"type": "adaptive", "display": "omitted"}, "output_config": {"effort": "max"}});
    assert_eq!(read(adaptive), (Some(Effort::Max), Thoughts::Sealed));
    let disabled = json!({"thinking": {"type": "disabled"}, "effort": "high"});
    assert_eq!(read(disabled), (Some(Effort::None), Thoughts::Left));
    assert_eq!(read(json!({})), (None, Thoughts::Left));
}

#[test]
fn thoughts_without_a_seal_come_back_too() {
    let request = asked(json!({"messages": [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "t", "signature": ""}]},
        {"role": "user", "content": "b"}]}));
    let messages = request.unwrap().turn.messages;
    let thought = Thought {
        summary: vec!["t".into()],
        sealed: None,
    };
    assert_eq!(messages[1].parts, [TurnPart::Thought(thought)]);
}

#[test]
fn tools_of_both_sides_are_told_apart() {
    let web =
        json!({"type": "web_search_20260318", "name": "web_search", "blocked_domains": ["x"]});
    let request = asked(json!({"tools": [web], "tool_choice": {"type": "any"}})).unwrap();
    assert_eq!(request.turn.hints, [Hint::Search]);
    assert_eq!(request.turn.tool_choice, ToolChoice::Auto);
    assert_eq!(request.dropped, ["tools.0.blocked_domains"]);
    assert!(request.tells_searches);

    let tools = json!([
        {"type": "bash_20250124", "name": "bash"},
        {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
        {"type": "text_editor_20250124", "name": "str_replace_editor"},
        {"type": "computer_20251124", "name": "computer", "display_width_px": 10, "display_height_px": 20},
        {"type": "memory_20250818", "name": "memory"},
    ]);
    let choice = json!({"type": "tool", "name": "bash"});
    let request = asked(json!({"tools": tools, "tool_choice": choice})).unwrap();
    assert_eq!(request.turn.tools.len(), 5);
    assert!(request.dropped.is_empty());
    let named = ToolChoice::Named(ToolKind::Function, "bash".into());
    assert_eq!(request.turn.tool_choice, named);
}

#[test]
fn marks_for_caches_are_named_once_and_words_in_a_text_are_no_marks() {
    let marked = json!([{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}}]);
    assert_eq!(said(marked).unwrap().dropped, ["cache_control"]);
    let talks = json!("about \"cache_control\": {}");
    assert!(said(talks).unwrap().dropped.is_empty());
    let on_top = asked(json!({"cache_control": {"type": "ephemeral"}})).unwrap();
    assert_eq!(on_top.dropped, ["cache_control"]);
    let others: Vec<&str> = on_top.asked.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(others, ["model", "max_tokens", "messages"]);
}

#[test]
fn an_agents_note_for_accounting_is_no_instruction() {
    let system = json!([
        {"type": "text", "text": "x-anthropic-billing-header: cc_version=1; cch=0"},
        {"type": "text", "text": "Be brief."},
    ]);
    let request = asked(json!({"system": system})).unwrap();
    assert_eq!(request.turn.messages[0].joined_text(), "Be brief.");
    assert_eq!(request.dropped, ["system.0"]);
}

#[test]
fn the_persons_id_is_sent_on_as_a_digest_only() {
    let key = |id: &str| {
        asked(json!({"metadata": {"user_id": id}}))
            .unwrap()
            .turn
            .cache_key
    };
    assert_eq!(key("a"), key("a"));
    assert_ne!(key("a"), key("b"));
    assert!(!key("somebody").unwrap().contains("somebody"));
}

#[test]
fn tools_and_forms_are_for_drivers_that_have_them_and_unused_ones_for_all() {
    let refused = |request: &MessagesRequest| -> Vec<String> {
        let (web, off) = (DriverKind::Web, Emulation::Off);
        let verdict = judge(web, FaceKind::Messages, &request.turn, &request.asked, off);
        verdict.refused.into_iter().map(|it| it.name).collect()
    };
    let tools = json!([{"name": "x", "input_schema": {"type": "object"}}]);
    let with_tools = asked(json!({"tools": tools.clone()})).unwrap();
    assert_eq!(refused(&with_tools), ["tools"]);
    let unused = asked(json!({"tools": tools, "tool_choice": {"type": "none"}})).unwrap();
    assert!(refused(&unused).is_empty());
    let search = json!([{"type": "web_search_20250305", "name": "web_search"}]);
    let search = asked(json!({"tools": search})).unwrap();
    assert!(refused(&search).is_empty());
    let results = said(json!([{"type": "tool_result", "tool_use_id": "1"}])).unwrap();
    assert_eq!(results.turn.messages[0].role, Speaker::Tool);
    assert_eq!(refused(&results), ["messages.tool_calls"]);
}
