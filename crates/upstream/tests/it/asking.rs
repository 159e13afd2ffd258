//! Asking a driver as `api` does, and what comes of it.

use futures_util::StreamExt;
use serde_json::{Value, json};
use transcode::reply::answer_style::AnswerStyle;
use transcode::turn::{Dialect, NativeBody, Speaker, Turn, TurnMessage};
use transcode::turn_event::TurnEvent;
use upstream::{AnswerStream, Failure, PreparedFile, Question};

use crate::server::Script;
use crate::sign_in_service::answer;

/// A turn that says hello.
pub(crate) fn hello(model: &str) -> Turn {
    Turn {
        model: model.to_owned(),
        messages: vec![TurnMessage::text(Speaker::User, "Hello")],
        ..Turn::default()
    }
}

/// The same with the caller's own body.
pub(crate) fn native(model: &str, dialect: Dialect, body: &Value) -> Turn {
    Turn {
        native: Some(NativeBody {
            dialect,
            body: body.as_object().unwrap().clone(),
        }),
        ..hello(model)
    }
}

/// A question that wants events as they come, where there are any.
pub(crate) fn question<'a>(
    turn: &'a Turn,
    files: &'a [PreparedFile],
    style: &'a AnswerStyle,
) -> Question<'a> {
    Question {
        turn,
        files,
        style,
        wants_native: turn.native.is_some(),
    }
}

/// All events of an answer, or those before what went wrong with it.
pub(crate) async fn gather(mut stream: AnswerStream) -> (Vec<TurnEvent>, Option<Failure>) {
    let mut all = Vec::new();
    while let Some(events) = stream.next().await {
        match events {
            Ok(events) => all.extend(events),
            Err(failure) => return (all, Some(failure)),
        }
    }
    (all, None)
}

/// All visible text.
pub(crate) fn text_of(events: &[TurnEvent]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        TurnEvent::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// The data of events as they came.
pub(crate) fn natives(events: &[TurnEvent]) -> Vec<Value> {
    let natives = events.iter().filter_map(|event| match event {
        TurnEvent::Native(it) => Some(serde_json::from_str(&it.data).unwrap()),
        _ => None,
    });
    natives.collect()
}

/// An answer in the Responses protocol.
pub(crate) fn responses_events(text: &str) -> Vec<Value> {
    vec![
        json!({"type": "response.created", "response": {"id": "resp_1", "model": "gpt-5.2"}}),
        json!({"type": "response.output_item.done", "output_index": 0, "item":
               {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAA"}}),
        json!({"type": "response.output_text.delta", "output_index": 1, "content_index": 0,
               "delta": text}),
        json!({"type": "response.completed", "response": {"status": "completed", "output": [],
               "usage": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}}}),
    ]
}

/// A stream of events, each with a name if it has a type.
pub(crate) fn stream(headers: &str, events: &[Value]) -> Script {
    let block = |event: &Value| match event["type"].as_str() {
        Some(name) => format!("event: {name}\ndata: {event}\n\n"),
        None => format!("data: {event}\n\n"),
    };
    let body: String = events.iter().map(block).collect();
    let headers = format!("content-type: text/event-stream; charset=utf-8\r\n{headers}");
    answer(200, &headers, &body)
}

/// The value of a header of a request.
pub(crate) fn header<'r>(request: &'r str, name: &str) -> Option<&'r str> {
    let mut lines = request.lines().take_while(|line| !line.is_empty());
    lines.find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then_some(value)
    })
}
