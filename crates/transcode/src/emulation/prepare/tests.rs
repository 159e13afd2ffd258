//! Turns, before and after.

use rstest::rstest;
use serde_json::json;

use super::{EmulatedTurn, prepare};
use crate::emulation::{Violation, repair_turn};
use crate::turn::{
    AnswerFormat, Attachment, AttachmentKind, AttachmentSource, CustomTool, FunctionTool,
    ImageDetail, JsonSchema, Speaker, Thought, Tool, ToolCall, ToolChoice, ToolKind, Turn,
    TurnMessage, TurnPart,
};

/// The messages as a person would read them.
fn shown(turn: &Turn) -> String {
    let message = |message: &TurnMessage| {
        let parts = message.parts.iter().map(|part| match part {
            TurnPart::Text(text) => text.clone(),
            TurnPart::Attachment(it) => format!("<{}>", it.path),
            other => format!("{other:?}"),
        });
        let parts = parts.collect::<Vec<_>>().join("\n");
        format!("==== {} ====\n{parts}", message.role.name())
    };
    let messages: Vec<String> = turn.messages.iter().map(message).collect();
    messages.join("\n\n")
}

fn prepared(turn: &Turn) -> Turn {
    prepare(turn).unwrap().turn
}

fn function(name: &str) -> Tool {
    Tool::Function(FunctionTool {
        name: name.into(),
        description: Some("Says how the weather will be.\n".into()),
        parameters: Some(json!({
            "type": "object",
            "properties": {"place": {"type": "string", "description": "A town.\n```"}},
            "required": ["place"],
        })),
        strict: Some(true),
    })
}

fn call(id: &str, kind: ToolKind, name: &str, input: &str) -> TurnPart {
    TurnPart::ToolCall(ToolCall {
        id: id.into(),
        name: name.into(),
        kind,
        input: input.into(),
    })
}

fn attachment(path: &str) -> TurnPart {
    TurnPart::Attachment(Attachment {
        path: path.into(),
        kind: AttachmentKind::Image(ImageDetail::Auto),
        source: AttachmentSource::FileId("x".into()),
        name: None,
    })
}

fn result(id: &str, parts: Vec<TurnPart>) -> TurnMessage {
    TurnMessage {
        role: Speaker::Tool,
        parts,
        answers: Some(id.into()),
    }
}

fn message(role: Speaker, parts: Vec<TurnPart>) -> TurnMessage {
    TurnMessage {
        role,
        parts,
        answers: None,
    }
}

/// A conversation with two calls at once, one of them of a tool that takes text and shows a picture.
fn conversation() -> Turn {
    let text = |text: &str| TurnPart::Text(text.into());
    Turn {
        messages: vec![
            TurnMessage::text(Speaker::System, "Be brief."),
            message(Speaker::User, vec![text("天气？"), attachment("a")]),
            message(
                Speaker::Assistant,
                vec![
                    TurnPart::Thought(Thought::default()),
                    text(""),
                    call(
                        "c1",
                        ToolKind::Function,
                        "weather",
                        "{\n  \"place\": \"Basel\"\n}",
                    ),
                    call("c2", ToolKind::Custom, "draw", "a ```cat```\nin the rain"),
                ],
            ),
            result("c2", vec![text("Drawn."), attachment("b")]),
            result("c1", vec![text("{\"rain\": true, \"mm\": 2.50}")]),
            message(Speaker::User, vec![text("And tomorrow?"), attachment("c")]),
        ],
        tools: vec![
            function("weather"),
            Tool::Custom(CustomTool {
                name: "draw".into(),
                description: None,
                format: Some(json!({"type": "grammar", "syntax": "regex", "definition": ".*"})),
            }),
            Tool::Function(FunctionTool {
                name: "now".into(),
                ..FunctionTool::default()
            }),
        ],
        ..Turn::default()
    }
}

#[test]
fn a_conversation_with_tools_becomes_plain_messages() {
    let turn = prepared(&conversation());
    insta::assert_snapshot!(shown(&turn));
    assert_eq!(
        turn,
        Turn {
            messages: turn.messages.clone(),
            ..Turn::default()
        }
    );
}

#[test]
fn attachments_keep_their_order_and_number() {
    let paths = |turn: &Turn| -> Vec<String> {
        let attachments = turn.messages.iter().flat_map(TurnMessage::attachments);
        attachments.map(|it| it.path.clone()).collect()
    };
    let turn = conversation();
    assert_eq!(paths(&prepared(&turn)), ["a", "b", "c"]);
    assert_eq!(paths(&turn), ["a", "b", "c"]);
}

#[rstest]
#[case::none(ToolChoice::None, None, "It calls no tool.")]
#[case::required(ToolChoice::Required, None, "It calls at least one tool.")]
#[case::named(ToolChoice::Named(ToolKind::Function, "now".into()), None, "It calls the tool `now` and no other.")]
#[case::allowed(
    ToolChoice::Allowed { is_required: false, names: vec!["now".into(), "draw".into()] },
    None,
    "It may call these tools and no other: `now`, `draw`."
)]
#[case::allowed_and_required(
    ToolChoice::Allowed { is_required: true, names: vec!["now".into()] },
    None,
    "It calls at least one of these tools and no other: `now`."
)]
#[case::one_call(ToolChoice::Auto, Some(false), "An answer holds at most one block.")]
fn a_choice_is_stated(
    #[case] tool_choice: ToolChoice,
    #[case] parallel_tool_calls: Option<bool>,
    #[case] words: &str,
) {
    let turn = prepared(&Turn {
        tool_choice,
        parallel_tool_calls,
        ..conversation()
    });
    assert!(shown(&turn).contains(words), "{}", shown(&turn));
}

#[test]
fn a_form_is_stated_with_its_schema() {
    let turn = Turn {
        messages: vec![TurnMessage::text(Speaker::User, "Hello")],
        format: AnswerFormat::JsonSchema(JsonSchema {
            name: "mood".into(),
            description: Some("How it feels.".into()),
            schema: Some(json!({"type": "object"})),
            strict: None,
        }),
        ..Turn::default()
    };
    insta::assert_snapshot!("form_alone", shown(&prepared(&turn)));
    let both = Turn {
        tools: vec![function("weather")],
        format: AnswerFormat::JsonObject,
        ..turn
    };
    insta::assert_snapshot!("form_and_tools", shown(&prepared(&both)));
}

#[test]
fn a_turn_without_tools_and_form_stays_as_it_is() {
    let turn = Turn {
        messages: vec![TurnMessage::text(Speaker::User, "Hello")],
        ..Turn::default()
    };
    let EmulatedTurn { turn: same, plan } = prepare(&turn).unwrap();
    assert_eq!(same, turn);
    assert!(!plan.has_calls() && !plan.has_format());
}

#[test]
fn results_without_their_calls_and_tools_are_shown_too() {
    let turn = Turn {
        messages: vec![result("c9", vec![TurnPart::Text("42".into())])],
        ..Turn::default()
    };
    insta::assert_snapshot!(shown(&prepared(&turn)));
    assert!(!prepare(&turn).unwrap().plan.has_calls());
}

#[test]
fn a_schema_that_cannot_be_used_is_refused() {
    let elsewhere = json!({"$ref": "https://example.com/schema.json"});
    let tool = Turn {
        tools: vec![Tool::Function(FunctionTool {
            name: "f".into(),
            parameters: Some(elsewhere.clone()),
            ..FunctionTool::default()
        })],
        ..Turn::default()
    };
    assert_eq!(prepare(&tool).unwrap_err().tool.as_deref(), Some("f"));
    let format = Turn {
        format: AnswerFormat::JsonSchema(JsonSchema {
            schema: Some(elsewhere),
            ..JsonSchema::default()
        }),
        ..Turn::default()
    };
    assert_eq!(prepare(&format).unwrap_err().tool, None);
}

#[test]
fn a_repair_goes_on_with_the_answer_and_what_is_wrong_with_it() {
    let turn = prepared(&Turn {
        messages: vec![message(Speaker::User, vec![attachment("a")])],
        ..Turn::default()
    });
    insta::assert_snapshot!(shown(&repair_turn(
        &turn,
        "Nothing.",
        &Violation::MissingCall
    )));
    let empty = repair_turn(&turn, " ", &Violation::MissingCall);
    assert_eq!(empty.messages.len(), turn.messages.len() + 1);
}
