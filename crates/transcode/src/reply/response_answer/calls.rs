//! Calls of the caller's tools: functions with arguments, and tools that take text.

use openai::response_event::ResponseEvent;
use openai::response_item::{ItemStatus, OutputItem};

use super::ResponseAnswer;
use crate::turn::ToolKind;
use crate::turn_event::ToolCallBegun;

/// A call, and where it is.
#[derive(Debug)]
pub(super) struct Call {
    /// Which call of the answer.
    number: usize,
    /// Its place in the output.
    pub(super) place: usize,
    pub(super) is_over: bool,
}

impl ResponseAnswer {
    /// A call begins.
    pub(super) fn call(&mut self, begun: ToolCallBegun) {
        let status = ItemStatus::InProgress;
        let (call_id, name) = (begun.id, begun.name);
        let item = match begun.kind {
            ToolKind::Function => OutputItem::FunctionCall {
                id: self.next_id("fc"),
                status,
                arguments: String::new(),
                call_id,
                name,
            },
            ToolKind::Custom => OutputItem::CustomToolCall {
                id: self.next_id("ctc"),
                status,
                input: String::new(),
                call_id,
                name,
            },
        };
        let place = self.add(item);
        self.calls.push(Call {
            number: begun.index,
            place,
            is_over: false,
        });
    }

    /// More input of a call.
    pub(super) fn input(&mut self, number: usize, piece: &str) {
        let Some(place) = self.place_of(number) else {
            return;
        };
        let kind = match self.response.output.get_mut(place) {
            Some(OutputItem::FunctionCall { arguments, .. }) => {
                arguments.push_str(piece);
                "response.function_call_arguments.delta"
            }
            Some(OutputItem::CustomToolCall { input, .. }) => {
                input.push_str(piece);
                "response.custom_tool_call_input.delta"
            }
            _ => return,
        };
        let item_id = self.response.output.get(place).map(OutputItem::id);
        self.told.tell(ResponseEvent {
            kind,
            item_id,
            output_index: Some(place),
            delta: Some(piece),
            ..ResponseEvent::default()
        });
    }

    /// Nothing more comes of a call.
    pub(super) fn end_call(&mut self, number: usize) {
        let calls = self.calls.iter_mut().rev();
        let mut open = calls.filter(|call| call.number == number && !call.is_over);
        if let Some(call) = open.next() {
            call.is_over = true;
            let place = call.place;
            self.close_call(place, ItemStatus::Completed);
        }
    }

    /// A call is over, or cut.
    pub(super) fn close_call(&mut self, place: usize, status: ItemStatus) {
        let item = self.response.output.get(place);
        let item_id = item.map(OutputItem::id);
        let event = ResponseEvent {
            item_id,
            output_index: Some(place),
            ..ResponseEvent::default()
        };
        match item {
            Some(OutputItem::FunctionCall {
                arguments, name, ..
            }) => self.told.tell(ResponseEvent {
                kind: "response.function_call_arguments.done",
                arguments: Some(arguments),
                name: Some(name),
                ..event
            }),
            Some(OutputItem::CustomToolCall { input, .. }) => self.told.tell(ResponseEvent {
                kind: "response.custom_tool_call_input.done",
                input: Some(input),
                ..event
            }),
            _ => return,
        }
        self.set_status(place, status);
        self.tell_item("response.output_item.done", place);
    }

    fn place_of(&self, number: usize) -> Option<usize> {
        let calls = self.calls.iter().rev();
        let mut open = calls.filter(|call| call.number == number && !call.is_over);
        open.next().map(|call| call.place)
    }
}
