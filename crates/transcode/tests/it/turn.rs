//! Turns no script plays, told as the states their messages go through.
//!
//! A turn is written in both encodings; whoever reads it sees that they say the same.

use serde_json::{Value, json};
use transcode::reply::answer_style::AnswerStyle;
use transcode::reply::web_reader::BrokenStream;
use transcode::turn_event::TurnEvent;

use crate::support::{read_as, text};

const TEXT: &str = "/message/content/parts/0";

/// The end of a stream.
pub(crate) const END: &str =
    "data: {\"type\":\"message_stream_complete\",\"conversation_id\":\"C\"}\n\ndata: [DONE]\n\n";

/// A message of the assistant or of a tool, finished.
pub(crate) fn message(id: &str, author: &str, content: &Value) -> Value {
    let (role, name) = author.split_once(':').unwrap_or((author, ""));
    json!({
        "id": id,
        "author": {"role": role, "name": name},
        "content": content,
        "status": "finished_successfully",
        "recipient": "all",
        "metadata": {},
    })
}

/// An answer's message; `end_turn` when it is finished.
pub(crate) fn answer(id: &str, text: &str, is_finished: bool) -> Value {
    let content = json!({"content_type": "text", "parts": [text]});
    let mut answer = message(id, "assistant", &content);
    if is_finished {
        answer["end_turn"] = json!(true);
    } else {
        answer["status"] = json!("in_progress");
    }
    answer
}

/// What the assistant asks of a tool.
pub(crate) fn call(id: &str, tool: &str, text: &str) -> Value {
    let mut call = message(
        id,
        "assistant",
        &json!({"content_type": "code", "text": text}),
    );
    call["recipient"] = json!(tool);
    call
}

/// The states as a stream of snapshots, without its end.
pub(crate) fn cumulative(states: &[Value]) -> String {
    let events = states
        .iter()
        .map(|state| format!("data: {}\n\n", envelope(state)));
    events.collect()
}

/// The states as a stream of deltas, without its end.
pub(crate) fn v1(states: &[Value]) -> String {
    let mut stream = String::from("event: delta_encoding\ndata: \"v1\"\n\n");
    let mut known: Vec<&Value> = Vec::new();
    for state in states {
        let channel = known.iter().position(|it| it["id"] == state["id"]);
        let delta = match channel {
            Some(channel) => change(known[channel], state, channel),
            None => json!({"p": "", "o": "add", "v": envelope(state), "c": known.len()}),
        };
        match channel {
            Some(channel) => known[channel] = state,
            None => known.push(state),
        }
        for text in ["event: delta\ndata: ", &delta.to_string(), "\n\n"] {
            stream.push_str(text);
        }
    }
    stream
}

fn envelope(state: &Value) -> Value {
    json!({"message": state, "conversation_id": "C", "error": null})
}

/// The delta from one state of a message to the next.
fn change(before: &Value, after: &Value, channel: usize) -> Value {
    let (old, new) = (
        text(before, "/content/parts/0"),
        text(after, "/content/parts/0"),
    );
    let Some(more) = new
        .strip_prefix(old)
        .filter(|_| after["content"]["parts"][0].is_string())
    else {
        return json!({"p": "", "o": "add", "v": envelope(after), "c": channel});
    };
    let mut unchanged = after.clone();
    unchanged["content"]["parts"][0] = json!(old);
    if unchanged == *before {
        return json!({"p": TEXT, "o": "append", "v": more, "c": channel});
    }
    let mut changes = vec![json!({"p": TEXT, "o": "append", "v": more})];
    for key in ["status", "end_turn", "metadata"] {
        if before[key] != after[key] {
            changes.push(json!({"p": format!("/message/{key}"), "o": "replace", "v": after[key]}));
        }
    }
    json!({"p": "", "o": "patch", "v": changes, "c": channel})
}

/// What both encodings of a turn are read as, and whether that is all of the answer.
pub(crate) fn told_as(
    states: &[Value],
    style: &AnswerStyle,
) -> (Vec<TurnEvent>, Result<(), BrokenStream>) {
    let [snapshots, deltas] = [cumulative(states), v1(states)].map(|stream| {
        let stream = [&stream, END].concat();
        read_as(&[stream.as_bytes()], style.clone())
    });
    assert_eq!(snapshots, deltas, "the encodings differ");
    snapshots
}

/// The same for a whole answer in the usual style.
pub(crate) fn told(states: &[Value]) -> Vec<TurnEvent> {
    let (events, end) = told_as(states, &AnswerStyle::default());
    end.unwrap();
    events
}

/// The text that was handed out.
pub(crate) fn shown(events: &[TurnEvent]) -> String {
    let texts = events.iter().map(|event| match event {
        TurnEvent::Text(text) => text.as_str(),
        TurnEvent::Rewritten(_) => panic!("nothing was to be rewritten"),
        _ => "",
    });
    texts.collect()
}
