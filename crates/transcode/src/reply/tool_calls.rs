//! Calls of the caller's tools while an answer grows.
//!
//! Called by the folds of whole answers and of streams.

use openai::tool_call::{
    CustomCall, CustomPiece, FunctionCall, FunctionPiece, ToolCall, ToolCallPiece,
};

use crate::turn::ToolKind;
use crate::turn_event::ToolCallBegun;

/// The calls so far, in their order.
#[derive(Debug, Default)]
pub struct ToolCalls {
    calls: Vec<Call>,
}

#[derive(Debug)]
struct Call {
    index: usize,
    id: String,
    name: String,
    kind: ToolKind,
    input: String,
}

impl ToolCalls {
    /// A call begins.
    pub fn begin(&mut self, begun: ToolCallBegun) {
        let ToolCallBegun {
            index,
            id,
            name,
            kind,
        } = begun;
        let input = String::new();
        self.calls.push(Call {
            index,
            id,
            name,
            kind,
            input,
        });
    }

    /// More input of a call.
    pub fn push(&mut self, index: usize, piece: &str) {
        if let Some(call) = self.calls.iter_mut().rev().find(|it| it.index == index) {
            call.input.push_str(piece);
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// All of them, as Chat Completions has them.
    pub fn to_chat(&self) -> Vec<ToolCall> {
        self.calls.iter().map(Call::to_chat).collect()
    }

    /// All they say, to be counted.
    pub fn texts(&self) -> String {
        let texts = self
            .calls
            .iter()
            .map(|it| format!("{}{}", it.name, it.input));
        texts.collect()
    }

    /// What kind of tool a call is of.
    pub fn kind(&self, index: usize) -> ToolKind {
        let call = self.calls.iter().rev().find(|it| it.index == index);
        call.map(|it| it.kind).unwrap_or_default()
    }
}

impl Call {
    fn to_chat(&self) -> ToolCall {
        let (id, name, input) = (self.id.clone(), self.name.clone(), self.input.clone());
        match self.kind {
            ToolKind::Function => ToolCall::Function {
                id,
                function: FunctionCall {
                    name,
                    arguments: input,
                },
            },
            ToolKind::Custom => ToolCall::Custom {
                id,
                custom: CustomCall { name, input },
            },
        }
    }
}

/// The first piece of a call in a stream.
pub(super) fn first_piece(begun: &ToolCallBegun) -> ToolCallPiece<'_> {
    let piece = piece(begun.index, begun.kind, Some(&begun.name), "");
    ToolCallPiece {
        id: Some(&begun.id),
        kind: Some(match begun.kind {
            ToolKind::Function => "function",
            ToolKind::Custom => "custom",
        }),
        ..piece
    }
}

/// A later piece of a call in a stream.
pub(super) fn piece<'a>(
    index: usize,
    kind: ToolKind,
    name: Option<&'a str>,
    input: &'a str,
) -> ToolCallPiece<'a> {
    let is_function = kind == ToolKind::Function;
    ToolCallPiece {
        index,
        id: None,
        kind: None,
        function: is_function.then_some(FunctionPiece {
            name,
            arguments: input,
        }),
        custom: (!is_function).then_some(CustomPiece { name, input }),
    }
}
