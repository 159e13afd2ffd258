//! One chunk on the wire; a member of another type than expected reads as absent.

use chatgpt::message::{LooseList, LooseNumber, LooseObject, LooseText};
use serde::Deserialize;
use serde_json::Value;

/// A chunk.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Chunk<'a> {
    #[serde(borrow)]
    pub(super) id: LooseText<'a>,
    #[serde(borrow)]
    pub(super) model: LooseText<'a>,
    #[serde(borrow)]
    pub(super) choices: LooseList<LooseObject<Choice<'a>>>,
    pub(super) usage: Value,
    pub(super) error: Value,
}

/// One answer in a chunk.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice<'a> {
    pub(super) index: LooseNumber,
    #[serde(borrow)]
    pub(super) delta: LooseObject<Delta<'a>>,
    #[serde(borrow)]
    pub(super) finish_reason: LooseText<'a>,
}

/// What is new of an answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Delta<'a> {
    #[serde(borrow)]
    pub(super) content: LooseText<'a>,
    #[serde(borrow)]
    pub(super) reasoning_content: LooseText<'a>,
    #[serde(borrow)]
    pub(super) reasoning: LooseText<'a>,
    #[serde(borrow)]
    pub(super) refusal: LooseText<'a>,
    #[serde(borrow)]
    tool_calls: LooseList<LooseObject<CallDelta<'a>>>,
    /// The older way to call, of one function.
    #[serde(borrow)]
    function_call: LooseObject<NamedInput<'a>>,
    pub(super) annotations: Value,
    pub(super) images: Value,
    pub(super) audio: Value,
}

/// More of a call.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CallDelta<'a> {
    pub(super) index: LooseNumber,
    #[serde(borrow)]
    pub(super) id: LooseText<'a>,
    #[serde(borrow)]
    function: LooseObject<NamedInput<'a>>,
    #[serde(borrow)]
    custom: LooseObject<NamedInput<'a>>,
}

/// A tool's name, and more of its input.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NamedInput<'a> {
    #[serde(borrow)]
    pub(super) name: LooseText<'a>,
    #[serde(borrow)]
    arguments: LooseText<'a>,
    #[serde(borrow)]
    input: LooseText<'a>,
}

/// More of a call, whichever way it is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct CallPiece<'c> {
    pub(super) index: Option<u64>,
    pub(super) id: Option<&'c str>,
    pub(super) name: Option<&'c str>,
    pub(super) input: &'c str,
    pub(super) is_custom: bool,
}

impl Chunk<'_> {
    /// Whether it is more than the announcement of an answer.
    pub(super) fn says_something(&self) -> bool {
        self.choices.objects().any(|choice| {
            let delta = choice.delta.get();
            choice.finish_reason.said().is_some() || delta.is_some_and(Delta::says_something)
        })
    }
}

impl Delta<'_> {
    fn says_something(&self) -> bool {
        let texts = [
            &self.content,
            &self.reasoning_content,
            &self.reasoning,
            &self.refusal,
        ];
        let beside = [&self.annotations, &self.images, &self.audio];
        texts.iter().any(|text| text.said().is_some())
            || self.calls().next().is_some()
            || beside.iter().any(|value| !value.is_null())
    }

    /// The pieces of calls.
    pub(super) fn calls(&self) -> impl Iterator<Item = CallPiece<'_>> {
        let newer = self.tool_calls.objects().map(|call| {
            let (named, is_custom) = match (call.function.get(), call.custom.get()) {
                (None, Some(custom)) => (Some(custom), true),
                (function, _) => (function, false),
            };
            CallPiece {
                index: call.index.0,
                id: call.id.said(),
                name: named.and_then(|it| it.name.said()),
                input: named.map_or("", NamedInput::text),
                is_custom,
            }
        });
        let older = self.function_call.get().map(|named| CallPiece {
            index: Some(0),
            id: None,
            name: named.name.said(),
            input: named.text(),
            is_custom: false,
        });
        newer.chain(older)
    }
}

impl NamedInput<'_> {
    fn text(&self) -> &str {
        self.arguments.said().unwrap_or(self.input.text())
    }
}
