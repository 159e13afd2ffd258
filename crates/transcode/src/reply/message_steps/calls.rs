//! Calls of the caller's tools that wait for their block.
//!
//! Upstream may mix the input of several calls; blocks come one after another.

use std::collections::VecDeque;

use crate::turn::ToolKind;
use crate::turn_event::ToolCallBegun;

/// The calls of an answer.
#[derive(Debug, Default)]
pub(super) struct Calls {
    waiting: VecDeque<Waiting>,
    /// Calls whose input is text, which goes out as JSON when they end: the input so far.
    texts: Vec<(usize, String)>,
    any: bool,
}

#[derive(Debug)]
struct Waiting {
    begun: ToolCallBegun,
    input: String,
    has_ended: bool,
}

/// A call whose block begins.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) index: usize,
    pub(super) id: String,
    pub(super) name: String,
    /// The input so far, if there is any to send.
    pub(super) input: Option<String>,
    pub(super) has_ended: bool,
}

impl Calls {
    pub(super) fn begin(&mut self, begun: ToolCallBegun) {
        self.any = true;
        self.waiting.push_back(Waiting {
            begun,
            input: String::new(),
            has_ended: false,
        });
    }

    /// Whether there was any.
    pub(super) fn any(&self) -> bool {
        self.any
    }

    /// Whether the input of a call goes out as it comes.
    pub(super) fn streams(&self, index: usize) -> bool {
        self.texts.iter().all(|(text, _)| *text != index)
    }

    /// More input of a call that waits, or whose input is text.
    pub(super) fn push(&mut self, index: usize, piece: &str) {
        let waiting = self.waiting.iter_mut().rev();
        let waiting = waiting.map(|it| (it.begun.index, &mut it.input));
        let texts = self.texts.iter_mut().rev();
        let texts = texts.map(|(index, input)| (*index, input));
        if let Some((_, input)) = waiting.chain(texts).find(|(it, _)| *it == index) {
            input.push_str(piece);
        }
    }

    /// Nothing more comes of a call.
    pub(super) fn end(&mut self, index: usize) {
        let mut waiting = self.waiting.iter_mut();
        if let Some(call) = waiting.find(|it| it.begun.index == index) {
            call.has_ended = true;
        }
    }

    /// The call whose block begins next.
    pub(super) fn next(&mut self) -> Option<Next> {
        let Waiting {
            begun,
            input,
            has_ended,
        } = self.waiting.pop_front()?;
        let input = match begun.kind {
            ToolKind::Function => Some(input).filter(|it| !it.is_empty()),
            ToolKind::Custom => {
                self.texts.push((begun.index, input));
                None
            }
        };
        Some(Next {
            index: begun.index,
            id: begun.id,
            name: begun.name,
            input,
            has_ended,
        })
    }

    /// The input of a call whose input is text, as the object that a block has to hold.
    pub(super) fn kept_back(&mut self, index: usize) -> Option<String> {
        let at = self.texts.iter().position(|(text, _)| *text == index)?;
        let (_, input) = self.texts.remove(at);
        Some(serde_json::json!({ "input": input }).to_string())
    }
}
