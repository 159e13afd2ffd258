//! Faults that change what happens in a stream of events: failures, cuts, silence, and things
//! between the events that nobody asked for.

use std::time::Duration;

use serde_json::{Value, json};

use crate::frame::FrameKind;
use crate::playback::Ending;
use crate::responses::errors;
use crate::responses::stream::{Data, Dialect, Event, Stream};

const OVERLOADED: (&str, &str) = (
    "server_is_overloaded",
    "Our servers are currently overloaded. Please try again later.",
);
const SERVER_ERROR: (&str, &str) = (
    "server_error",
    "An error occurred while processing your request. (simulated)",
);

/// Bends a stream the way a fault asks; other names leave it as it is.
pub(crate) fn bend(name: &str, stream: &mut Stream) {
    match name {
        "overloaded-early" => fail(stream, stream.preamble, OVERLOADED),
        "overloaded-mid" => fail(stream, middle(stream), OVERLOADED),
        "failed-mid" | "error-mid" => fail(stream, middle(stream), SERVER_ERROR),
        "error-first" => fail(stream, stream.preamble, SERVER_ERROR),
        "failed-rate-limit" => {
            let said = (
                "rate_limit_exceeded",
                "Rate limit reached. Please try again in 1.2s.",
            );
            fail(stream, stream.preamble, said);
        }
        "failed-quota" => {
            let said = ("insufficient_quota", "You exceeded your current quota.");
            fail(stream, stream.preamble, said);
        }
        "context-length" => {
            let said = (
                "context_length_exceeded",
                "Your input exceeds the context window of this model. Please adjust your input.",
            );
            fail(stream, stream.preamble, said);
        }
        "failed-policy" => {
            let said = (
                "cyber_policy",
                "This request was stopped by a policy. (simulated)",
            );
            fail(stream, stream.preamble, said);
        }
        "error-event" | "error-typed" => error(stream, middle(stream)),
        "error-event-first" => error(stream, 0),
        _ => cut(name, stream),
    }
}

/// Faults that end a stream where it should go on.
fn cut(name: &str, stream: &mut Stream) {
    let (at, ending) = match name {
        "cut-early" => (stream.preamble, Ending::Abort),
        "end-early" => (stream.preamble, Ending::Close),
        "stall-early" => (stream.preamble, Ending::Silence),
        "drop" | "drop-mid" | "drop-410" => (middle(stream), Ending::Abort),
        "truncated" => (middle(stream), Ending::Close),
        "stall-mid" => (middle(stream), Ending::Silence),
        "cut-character" => (middle(stream), Ending::InsideCharacter),
        "missing-done" if matches!(stream.dialect, Dialect::Chat) => {
            (stream.events.len().saturating_sub(1), Ending::Close)
        }
        "missing-done" => (finish(stream), Ending::Close),
        _ => return add(name, stream),
    };
    stream.events.truncate(at);
    stream.ending = ending;
}

/// Faults that leave the answer whole, or nearly.
fn add(name: &str, stream: &mut Stream) {
    match name {
        "slow-first" => stream.first_delay = Duration::from_millis(300),
        "odd-splits" => stream.oddly_written = true,
        "keepalive" => keep_alive(stream),
        "rate-limits-event" => own_events(stream),
        "unknown-event" => unknown(stream),
        "malformed" => broken(stream, 1),
        "malformed-many" => broken(stream, 10),
        "huge-line" => {
            let filler = json!({"type": "response.filler", "filler": "x".repeat(5_000_000)});
            insert(stream, middle(stream), side("response.filler", filler));
        }
        "events-after-done" => {
            let late = json!({"type": "response.late", "note": "too late"});
            stream.events.push(side("response.late", late));
        }
        "empty" => {
            let range = stream.preamble..finish(stream);
            stream.events.drain(range);
        }
        _ => {}
    }
}

/// Everything up to there, and then the word that it failed.
fn fail(stream: &mut Stream, at: usize, (code, message): (&str, &str)) {
    stream.events.truncate(at);
    let event = match &stream.dialect {
        Dialect::Responses(object) => {
            let response = object.failed(code, message);
            Event::of("response.failed", json!({"response": response}))
        }
        Dialect::Chat => Event {
            kind: FrameKind::Side,
            name: None,
            data: Data::Json(errors::body("server_error", Some(code), None, message)),
        },
    };
    stream.events.push(event);
}

/// Everything up to there, and then an event of type error.
fn error(stream: &mut Stream, at: usize) {
    if matches!(stream.dialect, Dialect::Chat) {
        return fail(stream, at, SERVER_ERROR);
    }
    stream.events.truncate(at);
    let (code, message) = SERVER_ERROR;
    let said = json!({"code": code, "message": message, "param": null});
    stream.events.push(Event::of("error", said));
}

/// Where the last text or call has half its pieces.
fn middle(stream: &Stream) -> usize {
    let deltas = stream.events.iter().enumerate();
    let deltas = deltas.filter(|(_, event)| event.kind == FrameKind::Delta && !is_thought(event));
    let deltas: Vec<usize> = deltas.map(|(index, _)| index).collect();
    let half = deltas.get(deltas.len().saturating_sub(1) / 2);
    half.map_or(finish(stream), |index| index + 1)
}

fn is_thought(event: &Event) -> bool {
    event.name.is_some_and(|name| name.contains("reasoning"))
}

/// Where the end begins: the last event of a response, or the last chunks of a chat.
fn finish(stream: &Stream) -> usize {
    let ends = stream
        .events
        .iter()
        .rev()
        .take_while(|event| match &event.data {
            Data::Counted(data) => {
                let kind = data["type"].as_str().unwrap_or_default();
                ["response.completed", "response.incomplete"].contains(&kind)
            }
            Data::Json(data) => data["choices"].as_array().is_some_and(|choices| {
                choices
                    .iter()
                    .all(|choice| !choice["finish_reason"].is_null())
            }),
            Data::Text(_) => true,
        });
    stream.events.len() - ends.count()
}

fn side(name: &'static str, data: Value) -> Event {
    Event {
        kind: FrameKind::Side,
        name: Some(name),
        data: Data::Json(data),
    }
}

fn insert(stream: &mut Stream, at: usize, event: Event) {
    let at = at.min(stream.events.len());
    stream.events.insert(at, event);
}

/// An event after every second one that says nothing, up to the last; in a chat it is a chunk
/// without a choice.
fn keep_alive(stream: &mut Stream) {
    let is_chat = matches!(stream.dialect, Dialect::Chat);
    let nothing = |number: usize| {
        if is_chat {
            let data = Data::Json(json!({"id": "", "object": "chat.completion.chunk",
                "created": 0, "model": "", "choices": []}));
            let kind = FrameKind::Side;
            return Event {
                kind,
                name: None,
                data,
            };
        }
        side(
            "keepalive",
            json!({"type": "keepalive", "sequence_number": number}),
        )
    };
    let events = std::mem::take(&mut stream.events);
    let last = events.len().saturating_sub(1);
    for (index, event) in events.into_iter().enumerate() {
        stream.events.push(event);
        if index % 2 == 1 && index < last {
            stream.events.push(nothing(index));
        }
    }
}

/// What the Codex backend says beside the answer.
fn own_events(stream: &mut Stream) {
    let window = |percent: f64, minutes: u32| json!({"used_percent": percent, "window_minutes": minutes, "reset_at": 1_764_999_999});
    let limits = json!({
        "type": "codex.rate_limits",
        "plan_type": "plus",
        "rate_limits": {
            "allowed": true,
            "limit_reached": false,
            "primary": window(42.0, 300),
            "secondary": window(7.0, 10_080),
        },
        "code_review_rate_limits": null,
        "additional_rate_limits": null,
        "credits": {"has_credits": false, "unlimited": false, "balance": null},
        "metered_limit_name": null,
        "promo": null,
    });
    insert(stream, 0, side("codex.rate_limits", limits));
    let metadata =
        json!({"type": "codex.response.metadata", "headers": {"openai-model": "simulated"}});
    insert(
        stream,
        stream.preamble + 1,
        side("codex.response.metadata", metadata),
    );
}

/// Things no reader can know, none of which touch the answer.
fn unknown(stream: &mut Stream) {
    let weather = json!({"type": "response.weather.report", "outlook": {"tomorrow": "unknown"}});
    insert(
        stream,
        middle(stream),
        side("response.weather.report", weather),
    );
    let bare = Event {
        kind: FrameKind::Side,
        name: None,
        data: Data::Json(json!({"object": "weather.report", "tomorrow": "unknown"})),
    };
    let is_chat = matches!(stream.dialect, Dialect::Chat);
    if !is_chat {
        insert(stream, stream.preamble, bare);
    }
}

/// Events that are not JSON, among the others.
fn broken(stream: &mut Stream, count: usize) {
    let name = match stream.dialect {
        Dialect::Responses(_) => Some("response.output_text.delta"),
        Dialect::Chat => None,
    };
    for _ in 0..count {
        let event = Event {
            kind: FrameKind::Side,
            name,
            data: Data::Text(r#"{"type":"response.output_text.delta","delta":"brok"#.to_owned()),
        };
        insert(stream, middle(stream), event);
    }
}
