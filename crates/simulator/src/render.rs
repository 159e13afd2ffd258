//! From a script's name and a request to the bytes of a stream and the messages it leaves behind.
//! Pure: no clock, no network, nothing remembered. The conversation route uses the same steps.

use serde_json::Value;

use crate::document;
use crate::encode_cumulative;
use crate::encode_v1;
use crate::frame::{self, Frame};
use crate::framing::{Encoding, Framing};
use crate::scripts;
use crate::story::{Opening, Story};
use crate::timeline::Timeline;
use crate::turn_facts::TurnFacts;

/// What a reply answers.
#[derive(Clone, Debug, PartialEq)]
pub struct RenderRequest {
    /// The text of the last user message.
    pub prompt: String,
    /// The model asked for.
    pub model: String,
    /// The conversation the reply belongs to.
    pub conversation_id: String,
    /// The id of the last user message.
    pub user_message_id: String,
    /// The node the turn is attached to.
    pub parent_id: String,
    /// Seconds since 1970.
    pub now: f64,
    /// The ids of the reply's messages derive from it.
    pub seed: u64,
    /// The messages of the request, echoed before the answer; empty stands for one user message
    /// made from `prompt`.
    pub history: Vec<Value>,
}

/// A finished stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendering {
    /// The bytes of the stream.
    pub bytes: Vec<u8>,
    /// The final state of every message of the stream, in order, hidden and echoed ones included:
    /// what is stored.
    pub messages: Vec<Value>,
}

/// Renders a script as the first turn of a conversation; `None` for a name that is no script.
pub fn render(
    script: &str,
    request: &RenderRequest,
    encoding: Encoding,
    framing: &Framing,
) -> Option<Rendering> {
    let facts = TurnFacts::default();
    let timeline = timeline(script, request, framing, Opening::New, &facts)?;
    Some(Rendering {
        bytes: frame::bytes_of(&encode(&timeline, encoding, framing), framing),
        messages: document::final_messages(&timeline),
    })
}

/// What happens in the stream of a script; `None` for a name that is no script.
pub(crate) fn timeline(
    script: &str,
    request: &RenderRequest,
    framing: &Framing,
    opening: Opening,
    facts: &TurnFacts,
) -> Option<Timeline> {
    let play = scripts::find(script)?;
    let mut story = Story::open(request, framing, opening, facts);
    play(&mut story);
    Some(story.close())
}

/// A timeline as frames.
pub(crate) fn encode(timeline: &Timeline, encoding: Encoding, framing: &Framing) -> Vec<Frame> {
    match encoding {
        Encoding::Cumulative => encode_cumulative::encode(timeline, framing),
        Encoding::V1 => encode_v1::encode(timeline, framing),
    }
}
