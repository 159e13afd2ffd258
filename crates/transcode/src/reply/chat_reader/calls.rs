//! Calls of the caller's tools, put together from pieces.
//!
//! A piece belongs to the call of its index, unless it names another id: some servers give
//! every call the same index, or none.

use super::chunk::CallPiece;
use crate::turn::ToolKind;
use crate::turn_event::{ToolCallBegun, TurnEvent};

/// More calls than any answer has.
const MAX_CALLS: usize = 1024;

/// The calls so far.
#[derive(Debug, Default)]
pub(super) struct Calls {
    all: Vec<Call>,
}

#[derive(Debug)]
struct Call {
    wire_index: Option<u64>,
    id: Option<String>,
}

impl Calls {
    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// More of a call; `answer_id` makes an id for one that has none.
    pub(super) fn read(&mut self, piece: CallPiece<'_>, answer_id: &str, out: &mut Vec<TurnEvent>) {
        let index = match self.known(piece) {
            Some(index) => index,
            None if self.all.len() >= MAX_CALLS => return,
            None => self.begin(piece, answer_id, out),
        };
        if !piece.input.is_empty() {
            out.push(TurnEvent::ToolInput {
                index,
                piece: piece.input.to_owned(),
            });
        }
    }

    /// Nothing more comes of any.
    pub(super) fn end(&self, out: &mut Vec<TurnEvent>) {
        out.extend((0..self.all.len()).map(|index| TurnEvent::ToolCallEnded { index }));
    }

    fn known(&self, piece: CallPiece<'_>) -> Option<usize> {
        let is_same = |call: &Call| match (piece.id, call.id.as_deref()) {
            (Some(piece), Some(known)) => piece == known,
            (Some(_), None) => false,
            (None, _) => true,
        };
        let mut newest_first = self.all.iter().enumerate().rev();
        match piece.index {
            Some(_) => {
                let at = newest_first.find(|(_, call)| call.wire_index == piece.index);
                at.filter(|(_, call)| is_same(call))
            }
            // A piece without either goes on with the last call, unless it names a tool.
            None if piece.id.is_none() => newest_first.next().filter(|_| piece.name.is_none()),
            None => newest_first.find(|(_, call)| is_same(call)),
        }
        .map(|(at, _)| at)
    }

    fn begin(&mut self, piece: CallPiece<'_>, answer_id: &str, out: &mut Vec<TurnEvent>) -> usize {
        let index = self.all.len();
        let made_up = || format!("call_{}_{index}", answer_id.trim_start_matches("chatcmpl-"));
        self.all.push(Call {
            wire_index: piece.index,
            id: piece.id.map(str::to_owned),
        });
        out.push(TurnEvent::ToolCall(ToolCallBegun {
            index,
            id: piece.id.map_or_else(made_up, str::to_owned),
            name: piece.name.unwrap_or_default().to_owned(),
            kind: if piece.is_custom {
                ToolKind::Custom
            } else {
                ToolKind::Function
            },
        }));
        index
    }
}
