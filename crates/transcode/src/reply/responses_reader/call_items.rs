//! Calls of the caller's tools: streamed, or whole when they are done.

use serde_json::Value;

use super::ResponsesReader;
use super::event::Event;
use crate::turn::ToolKind;
use crate::turn_event::{ToolCallBegun, TurnEvent};

/// What kind of tool an item calls, if any.
pub(super) fn tool_kind(item_type: &str) -> Option<ToolKind> {
    match item_type {
        "function_call" => Some(ToolKind::Function),
        "custom_tool_call" => Some(ToolKind::Custom),
        _ => None,
    }
}

impl ResponsesReader {
    pub(super) fn call_begun(
        &mut self,
        at: usize,
        kind: ToolKind,
        item: &Value,
        out: &mut Vec<TurnEvent>,
    ) -> usize {
        let known = self.items.get(at);
        if let Some(call) = known.call {
            return call;
        }
        let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let id = [text("call_id"), known.id.clone()];
        let index = self.items.calls;
        self.items.calls += 1;
        self.items.get(at).call = Some(index);
        out.push(TurnEvent::ToolCall(ToolCallBegun {
            index,
            id: id.into_iter().find(|it| !it.is_empty()).unwrap_or_default(),
            name: text("name"),
            kind,
        }));
        index
    }

    pub(super) fn input_delta(&mut self, event: &Event<'_>, out: &mut Vec<TurnEvent>) {
        let at = self.items.find(event.output_index.0, event.item_id.text());
        self.more_input(at, event.delta.text(), out);
    }

    pub(super) fn input_whole(&mut self, event: &Event<'_>, out: &mut Vec<TurnEvent>) {
        let at = self.items.find(event.output_index.0, event.item_id.text());
        let whole = event.arguments.said().or(event.input.said());
        self.rest_of_input(at, whole.unwrap_or_default(), out);
    }

    /// Nothing more comes of a call.
    pub(super) fn call_done(
        &mut self,
        at: usize,
        kind: ToolKind,
        item: &Value,
        out: &mut Vec<TurnEvent>,
    ) {
        let index = self.call_begun(at, kind, item, out);
        let whole = match kind {
            ToolKind::Function => &item["arguments"],
            ToolKind::Custom => &item["input"],
        };
        self.rest_of_input(at, whole.as_str().unwrap_or_default(), out);
        out.push(TurnEvent::ToolCallEnded { index });
    }

    fn rest_of_input(&mut self, at: usize, whole: &str, out: &mut Vec<TurnEvent>) {
        let told = self.items.get(at).input_bytes;
        if let Some(rest) = whole.get(told..) {
            self.more_input(at, rest, out);
        }
    }

    /// What comes before its call began is told when the call is done.
    fn more_input(&mut self, at: usize, piece: &str, out: &mut Vec<TurnEvent>) {
        let item = self.items.get(at);
        let Some(index) = item.call.filter(|_| !piece.is_empty()) else {
            return;
        };
        item.input_bytes += piece.len();
        out.push(TurnEvent::ToolInput {
            index,
            piece: piece.to_owned(),
        });
    }
}
