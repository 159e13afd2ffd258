//! Turns as bodies of the Responses protocol, whole; the turns serve other bodies too.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{ResponsesDecisions, ResponsesServer, WrittenBody, responses_body};
use crate::account_mark::AccountMark;
use crate::request::inline_file::{InlineFile, InlineKind};
use crate::turn::{
    AnswerFormat, Attachment, AttachmentKind, AttachmentSource, CustomTool, Effort, FunctionTool,
    Hint, ImageDetail, JsonSchema, OutputLimits, Speaker, Thought, Tool, ToolCall, ToolChoice,
    ToolKind, Turn, TurnMessage, TurnPart, Verbosity,
};

fn written(turn: &Turn, server: ResponsesServer, files: &[InlineFile]) -> WrittenBody {
    let mark = AccountMark::of([0; 16]);
    let decisions = ResponsesDecisions {
        server,
        model: "gpt-5.2",
        effort: turn.effort.map(Effort::name),
        has_verbosity: true,
        mark: &mark,
    };
    responses_body(turn, &decisions, files).unwrap()
}

/// A turn with everything a turn can have.
pub(in crate::request) fn full_turn() -> Turn {
    let call = |id: &str, kind, input: &str| {
        TurnPart::ToolCall(ToolCall {
            id: id.into(),
            name: format!("tool_{id}"),
            kind,
            input: input.into(),
        })
    };
    let thought = |sealed: &str| {
        TurnPart::Thought(Thought {
            summary: vec!["**Planning**".into()],
            sealed: Some(sealed.into()),
        })
    };
    let result = |id: &str, text: &str| TurnMessage {
        answers: Some(id.into()),
        ..TurnMessage::text(Speaker::Tool, text)
    };
    let attach = |kind| {
        TurnPart::Attachment(Attachment {
            path: String::new(),
            kind,
            source: AttachmentSource::FileId("x".into()),
            name: None,
        })
    };
    Turn {
        messages: vec![
            TurnMessage::text(Speaker::System, "Be brief."),
            TurnMessage::text(Speaker::System, "Be kind."),
            TurnMessage {
                role: Speaker::User,
                parts: vec![
                    TurnPart::Text("What is this?".into()),
                    attach(AttachmentKind::Image(ImageDetail::Low)),
                    attach(AttachmentKind::File),
                ],
                answers: None,
            },
            TurnMessage {
                role: Speaker::Assistant,
                parts: vec![
                    thought("00000000.ours"),
                    thought("11111111.theirs"),
                    TurnPart::Text("Let me see.".into()),
                    call("a", ToolKind::Function, "{\"x\":1}"),
                    call("b", ToolKind::Custom, "ls"),
                ],
                answers: None,
            },
            result("a", "1"),
            result("b", "file"),
            TurnMessage::text(Speaker::System, "Now in French."),
            TurnMessage::text(Speaker::User, "你好"),
        ],
        ..Turn::default()
    }
}

pub(in crate::request) fn full_files() -> Vec<InlineFile> {
    let file = |name: &str, mime: &str, kind| InlineFile {
        path: format!("messages[2].content[{name}]"),
        name: name.into(),
        mime: mime.into(),
        kind,
        bytes: Bytes::from_static(b"hi"),
    };
    vec![
        file("a.png", "image/png", InlineKind::Picture),
        file("b.pdf", "application/pdf", InlineKind::Document),
    ]
}

pub(in crate::request) fn with_tools() -> Turn {
    Turn {
        messages: vec![TurnMessage::text(Speaker::User, "Hi")],
        effort: Some(Effort::High),
        tools: vec![
            Tool::Function(FunctionTool {
                name: "weather".into(),
                description: Some("Tells the weather".into()),
                parameters: Some(json!({"type": "object", "properties": {"city": {}}})),
                strict: Some(true),
            }),
            Tool::Function(FunctionTool {
                name: "now".into(),
                ..FunctionTool::default()
            }),
            Tool::Custom(CustomTool {
                name: "patch".into(),
                description: None,
                format: Some(json!({"type": "grammar", "syntax": "lark", "definition": "x"})),
            }),
        ],
        tool_choice: ToolChoice::Allowed {
            is_required: true,
            names: vec!["weather".into(), "patch".into()],
        },
        parallel_tool_calls: Some(false),
        hints: vec![Hint::Search, Hint::Picture, Hint::Code],
        format: AnswerFormat::JsonSchema(JsonSchema {
            name: "answer".into(),
            schema: Some(json!({"type": "object"})),
            strict: Some(true),
            ..JsonSchema::default()
        }),
        verbosity: Some(Verbosity::Low),
        cache_key: Some("key-1".into()),
        limits: OutputLimits {
            max_tokens: Some(7),
            stop: vec!["x".into()],
            ..OutputLimits::default()
        },
        ..Turn::default()
    }
}

#[test]
fn history_with_pictures_calls_and_thoughts_becomes_items() {
    let written = written(&full_turn(), ResponsesServer::Codex, &full_files());
    assert!(written.dropped.is_empty());
    insta::assert_json_snapshot!(written.body);
}

#[test]
fn tools_forms_and_efforts_are_written_for_codex_and_refused_parameters_never() {
    let written = written(&with_tools(), ResponsesServer::Codex, &[]);
    assert_eq!(written.dropped, ["code_interpreter"]);
    insta::assert_json_snapshot!(written.body);
}

#[test]
fn another_server_gets_the_limit_and_the_code_interpreter_too() {
    let turn = with_tools();
    let codex = written(&turn, ResponsesServer::Codex, &[]).body;
    let written = written(&turn, ResponsesServer::Platform, &[]);
    assert!(written.dropped.is_empty());
    let mut body = written.body;
    assert_eq!(body.remove("max_output_tokens"), Some(json!(7)));
    let code = body["tools"].as_array_mut().unwrap().pop();
    assert_eq!(code.unwrap()["type"], "code_interpreter");
    body.insert("instructions".into(), "".into());
    assert_eq!(body, codex);
}

#[test]
fn codex_is_always_given_instructions_and_others_are_not_asked_to_think() {
    let turn = Turn {
        messages: vec![TurnMessage::text(Speaker::User, "Hi")],
        ..Turn::default()
    };
    let codex = written(&turn, ResponsesServer::Codex, &[]).body;
    assert_eq!(codex["instructions"], "");
    assert_eq!(codex["reasoning"], json!({"summary": "auto"}));
    assert_eq!(codex["include"], json!(["reasoning.encrypted_content"]));
    let other = written(&turn, ResponsesServer::Platform, &[]).body;
    for name in ["instructions", "reasoning", "include", "tools", "text"] {
        assert_eq!(other.get(name), None, "{name}");
    }
}

#[test]
fn every_tool_choice_has_its_form() {
    for (choice, written_as) in [
        (ToolChoice::Auto, json!("auto")),
        (ToolChoice::None, json!("none")),
        (ToolChoice::Required, json!("required")),
        (
            ToolChoice::Named(ToolKind::Custom, "patch".into()),
            json!({"type": "custom", "name": "patch"}),
        ),
    ] {
        let turn = Turn {
            tool_choice: choice,
            ..with_tools()
        };
        let body: Value = written(&turn, ResponsesServer::Codex, &[]).body.into();
        assert_eq!(body["tool_choice"], written_as);
    }
}

#[test]
fn a_recording_is_refused_by_its_place() {
    let mut files = full_files();
    files[0].kind = InlineKind::Recording;
    let mark = AccountMark::default();
    let decisions = ResponsesDecisions {
        server: ResponsesServer::Codex,
        model: "m",
        effort: None,
        has_verbosity: true,
        mark: &mark,
    };
    let refused = responses_body(&full_turn(), &decisions, &files).unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("messages[2].content[a.png]: ")
    );
}
