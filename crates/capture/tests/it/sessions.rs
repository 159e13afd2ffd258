//! Exchanges to scrub: made of JSON and of streams the simulator wrote.

use capture::{Ending, Event, RawExchange, RawMessage, Scrubber};
use serde_json::Value;
use simulator::{Encoding, Framing, RenderRequest, Rendering, render};
use sse::Decoder;

/// The id of the message that was sent.
pub(crate) const SENT: &str = "5c3f0a1e-77d2-4b1c-9d44-0123456789ab";

/// The conversation of every stream.
pub(crate) const CONVERSATION: &str = "6a7b8c9d-0e1f-4a2b-8c3d-4e5f60718293";

/// A session's scrubber that keeps no text.
pub(crate) fn scrubber() -> Scrubber {
    Scrubber::new([42; 32], false)
}

/// What `script` answers to `prompt`.
pub(crate) fn rendered(
    script: &str,
    prompt: &str,
    encoding: Encoding,
    framing: &Framing,
) -> Rendering {
    let request = RenderRequest {
        prompt: prompt.to_owned(),
        model: "gpt-5-2".into(),
        conversation_id: CONVERSATION.into(),
        user_message_id: SENT.into(),
        parent_id: "client-created-root".into(),
        now: 1_769_267_362.5,
        seed: 7,
        history: Vec::new(),
    };
    render(script, &request, encoding, framing).unwrap()
}

/// A conversation call that is answered by a stream.
pub(crate) fn streamed(request: &Value, bytes: &[u8]) -> RawExchange {
    RawExchange {
        method: "POST".into(),
        target: "/backend-api/f/conversation".into(),
        request: message("application/json", request.to_string().as_bytes()),
        status: 200,
        response: message("text/event-stream; charset=utf-8", bytes),
        ending: Ending::Complete,
    }
}

/// A call that is answered by JSON.
pub(crate) fn answered(method: &str, target: &str, status: u16, answer: &Value) -> RawExchange {
    RawExchange {
        method: method.into(),
        target: target.into(),
        request: RawMessage::default(),
        status,
        response: message("application/json", answer.to_string().as_bytes()),
        ending: Ending::Complete,
    }
}

fn message(content_type: &str, body: &[u8]) -> RawMessage {
    let header = ("content-type".to_owned(), content_type.to_owned());
    RawMessage::whole(vec![header], body.to_vec())
}

/// The events of a stream.
pub(crate) fn events(bytes: &[u8]) -> Vec<Event> {
    let mut decoder = Decoder::new(1 << 20);
    decoder.push(bytes);
    let mut events = Vec::new();
    while let Some(event) = decoder.next_event().unwrap() {
        events.push(Event {
            name: event.name.map(Into::into),
            data: event.data.to_owned(),
        });
    }
    events
}
