//! Answers as pieces of text, and the events they become.

mod blocks;
mod pieces;
mod rewritten;

use openai::chat_completion::FinishReason;
use serde_json::{Value, json};

use super::{CallDetector, Delivery};
use crate::emulation::prepare;
use crate::turn::{CustomTool, FunctionTool, Tool, ToolChoice, Turn};
use crate::turn_event::TurnEvent;

/// A turn with the tools `weather` (a place, and days if wanted), `now` (nothing) and `draw` (text).
fn turn() -> Turn {
    let function = |name: &str, parameters: Option<Value>| {
        Tool::Function(FunctionTool {
            name: name.into(),
            parameters,
            ..FunctionTool::default()
        })
    };
    let weather = json!({
        "type": "object",
        "properties": {"place": {"type": "string"}, "days": {"$ref": "#/$defs/days"}},
        "required": ["place"],
        "additionalProperties": false,
        "$defs": {"days": {"type": "array", "items": {"enum": ["mon", "tue"]}}},
    });
    Turn {
        tools: vec![
            function("weather", Some(weather)),
            function("now", None),
            Tool::Custom(CustomTool {
                name: "draw".into(),
                ..CustomTool::default()
            }),
        ],
        ..Turn::default()
    }
}

fn choosing(tool_choice: ToolChoice) -> Turn {
    Turn {
        tool_choice,
        ..turn()
    }
}

fn detector(turn: &Turn, delivery: Delivery) -> CallDetector {
    let mut ids = 0;
    CallDetector::new(prepare(turn).unwrap().plan, delivery, move || {
        ids += 1;
        ids.to_string()
    })
}

/// What an answer became.
#[derive(Debug, PartialEq)]
struct Read {
    events: Vec<TurnEvent>,
    violations: Vec<String>,
    has_dropped_text: bool,
    dropped_calls: usize,
}

/// Reads an answer that comes in batches; pieces of the same thing are joined.
fn read(turn: &Turn, delivery: Delivery, batches: Vec<Vec<TurnEvent>>) -> Read {
    let mut detector = detector(turn, delivery);
    let mut events = Vec::new();
    for mut batch in batches {
        detector.apply(&mut batch);
        for event in batch {
            join(&mut events, event);
        }
    }
    Read {
        events,
        violations: detector
            .violations()
            .iter()
            .map(ToString::to_string)
            .collect(),
        has_dropped_text: detector.dropped().has_text,
        dropped_calls: detector.dropped().calls,
    }
}

/// Reads an answer that is this text.
fn read_text(turn: &Turn, delivery: Delivery, text: &str) -> Read {
    read(
        turn,
        delivery,
        vec![vec![TurnEvent::Text(text.into()), stop()]],
    )
}

fn join(events: &mut Vec<TurnEvent>, event: TurnEvent) {
    match (events.last_mut(), event) {
        (Some(TurnEvent::Text(last)), TurnEvent::Text(text)) => last.push_str(&text),
        (
            Some(TurnEvent::ToolInput { index, piece: last }),
            TurnEvent::ToolInput { index: same, piece },
        ) if *index == same => last.push_str(&piece),
        (_, event) => events.push(event),
    }
}

fn stop() -> TurnEvent {
    TurnEvent::Finish(FinishReason::Stop)
}

/// One line for each event.
fn lines(read: &Read) -> String {
    let mut lines: Vec<String> = read.events.iter().map(line).collect();
    lines.extend(read.violations.iter().map(|it| format!("violation: {it}")));
    if read.has_dropped_text {
        lines.push("dropped text".into());
    }
    if read.dropped_calls > 0 {
        lines.push(format!("dropped calls: {}", read.dropped_calls));
    }
    lines.join("\n")
}

fn line(event: &TurnEvent) -> String {
    match event {
        TurnEvent::Text(text) => format!("text {text:?}"),
        TurnEvent::Rewritten(text) => format!("rewritten {text:?}"),
        TurnEvent::ToolCall(begun) => format!("{} {} {}", begun.index, begun.id, begun.name),
        TurnEvent::ToolInput { index, piece } => format!("{index} {piece}"),
        TurnEvent::ToolCallEnded { index } => format!("{index} ended"),
        TurnEvent::Citation(it) => format!("citation {}..{}", it.start, it.end),
        TurnEvent::Finish(reason) => format!("{reason:?}"),
        other => format!("{other:?}"),
    }
}
