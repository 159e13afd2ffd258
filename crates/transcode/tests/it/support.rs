//! Simulated streams, and reading them the way the driver does.

use serde_json::Value;
use simulator::{Encoding, Framing, RenderRequest, Rendering, render};
use sse::Decoder;
use transcode::reply::answer_style::AnswerStyle;
use transcode::reply::web_reader::{BrokenStream, WebReader};
use transcode::turn_event::TurnEvent;

/// The id of the message that was sent.
pub(crate) const SENT: &str = "00000000-0000-4000-8000-00000000000a";

/// Renders `script` for a turn with one message.
pub(crate) fn rendered(
    script: &str,
    seed: u64,
    encoding: Encoding,
    framing: &Framing,
) -> Rendering {
    let prompt = match script {
        "echo" => "simulate:echo 原样 \"back\\\" 👩‍💻 e\u{301}\n\n```x```".to_owned(),
        script => format!("simulate:{script}"),
    };
    let request = RenderRequest {
        prompt,
        model: "gpt-5-2".into(),
        conversation_id: "00000000-0000-4000-8000-00000000000c".into(),
        user_message_id: SENT.into(),
        parent_id: "client-created-root".into(),
        now: 1_769_267_362.5,
        seed,
        history: Vec::new(),
    };
    render(script, &request, encoding, framing).unwrap()
}

/// Cuts `bytes` at the given places.
pub(crate) fn pieces<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

/// What the driver makes of a stream.
pub(crate) fn turn_events(pieces: &[&[u8]]) -> Result<Vec<TurnEvent>, BrokenStream> {
    let (events, end) = read(pieces);
    end.map(|()| events)
}

/// What the driver makes of a stream, and whether that is all of the answer.
pub(crate) fn read(pieces: &[&[u8]]) -> (Vec<TurnEvent>, Result<(), BrokenStream>) {
    read_as(pieces, AnswerStyle::default())
}

/// The same in another style.
pub(crate) fn read_as(
    pieces: &[&[u8]],
    style: AnswerStyle,
) -> (Vec<TurnEvent>, Result<(), BrokenStream>) {
    let mut decoder = Decoder::new(1 << 20);
    let mut reader = WebReader::new(vec![SENT.into()], style);
    let mut events = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        while let Some(event) = decoder.next_event().unwrap() {
            if let Err(broken) = reader.read(event.name, event.data, &mut events) {
                return (events, Err(broken));
            }
        }
    }
    let end = reader.finish(&mut events);
    (events, end)
}

/// All events of a stream, by name and data.
pub(crate) fn stream_events(bytes: &[u8]) -> Vec<(Option<String>, String)> {
    let mut decoder = Decoder::new(1 << 20);
    decoder.push(bytes);
    let mut events = Vec::new();
    while let Some(event) = decoder.next_event().unwrap() {
        events.push((event.name.map(Into::into), event.data.to_owned()));
    }
    events
}

/// A string somewhere inside a message.
pub(crate) fn text<'a>(message: &'a Value, pointer: &str) -> &'a str {
    message
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}
