//! The calls of an answer as events, each sent once even if the answer is told again.
//!
//! Upstream may replace the text of an answer. What was sent of a call cannot be taken back, so
//! the new text is compared with it: the same call is not sent twice, a call that was sent in part
//! goes on, and one that has become another is reported as changed.

use super::plan::CheckedCall;
use crate::turn::ToolKind;
use crate::turn_event::{ToolCallBegun, TurnEvent};

/// Makes ids, without the `call_` before them.
pub(super) type NewId = Box<dyn FnMut() -> String + Send>;

/// Sends calls.
pub(super) struct CallOutput {
    new_id: NewId,
    sent: Vec<Sent>,
    /// Which call of the present text is sent, or will be next.
    index: usize,
    /// How much of its input the present text has told, if it has begun.
    told: Option<usize>,
    is_changed: bool,
}

/// What was sent of a call.
struct Sent {
    name: String,
    kind: ToolKind,
    input: String,
    is_over: bool,
}

impl CallOutput {
    pub(super) fn new(new_id: NewId) -> Self {
        Self {
            new_id,
            sent: Vec::new(),
            index: 0,
            told: None,
            is_changed: false,
        }
    }

    /// The text begins anew.
    pub(super) fn restart(&mut self) {
        self.index = 0;
        self.told = None;
        self.is_changed = false;
    }

    /// Whether what was sent is not what the text says, once it is over.
    pub(super) fn is_changed(&self) -> bool {
        self.is_changed || self.index < self.sent.len()
    }

    /// A call begins whose input comes in pieces.
    pub(super) fn begin(&mut self, name: &str, kind: ToolKind, out: &mut Vec<TurnEvent>) {
        self.told = Some(0);
        if let Some(sent) = self.sent.get(self.index) {
            self.is_changed |= sent.name != name || sent.kind != kind;
            return;
        }
        out.push(TurnEvent::ToolCall(ToolCallBegun {
            index: self.index,
            id: format!("call_{}", (self.new_id)()),
            name: name.to_owned(),
            kind,
        }));
        self.sent.push(Sent {
            name: name.to_owned(),
            kind,
            input: String::new(),
            is_over: false,
        });
    }

    /// More input of the call that has begun.
    pub(super) fn input(&mut self, piece: &str, out: &mut Vec<TurnEvent>) {
        let (Some(told), Some(sent)) = (&mut self.told, self.sent.get_mut(self.index)) else {
            return;
        };
        let before = sent.input.get(*told..).unwrap_or_default();
        *told += piece.len();
        if before.starts_with(piece) {
            return;
        }
        match piece.strip_prefix(before) {
            Some(new) if !sent.is_over && !self.is_changed => {
                sent.input.push_str(new);
                out.push(TurnEvent::ToolInput {
                    index: self.index,
                    piece: new.to_owned(),
                });
            }
            _ => self.is_changed = true,
        }
    }

    /// The call is whole and as agreed: sends what was not sent of it.
    pub(super) fn complete(&mut self, call: &CheckedCall, out: &mut Vec<TurnEvent>) {
        if self.told.is_none() {
            self.begin(&call.name, call.kind, out);
        }
        let told = self.told.unwrap_or_default();
        self.input(call.input.get(told..).unwrap_or_default(), out);
        if let Some(sent) = self.sent.get_mut(self.index) {
            self.is_changed |= sent.input != call.input;
            if !sent.is_over && !self.is_changed {
                sent.is_over = true;
                out.push(TurnEvent::ToolCallEnded { index: self.index });
            }
        }
        self.leave();
    }

    /// Nothing more is sent of the present call, if one has begun.
    pub(super) fn leave(&mut self) {
        if self.told.take().is_some() {
            self.index += 1;
        }
    }
}
