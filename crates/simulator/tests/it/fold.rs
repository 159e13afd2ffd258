//! An independent reader of both stream formats, as simple as it can be: it turns the bytes of a
//! stream into the messages it describes. Written from the protocol's description alone.

use serde_json::{Value, json};

/// What a reader of a stream ends up with.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Folded {
    /// Every message's last state, in the order in which they began.
    pub(crate) messages: Vec<Value>,
    /// The events beside the messages.
    pub(crate) typed: Vec<Value>,
    /// Events that are not JSON.
    pub(crate) broken: usize,
    pub(crate) done: bool,
}

impl Folded {
    /// The text of the last assistant message that has one.
    pub(crate) fn answer(&self) -> &str {
        let last = self.messages.iter().rev().find(|message| {
            message["author"]["role"] == "assistant" && message["content"]["content_type"] == "text"
        });
        last.map_or("", |message| {
            message["content"]["parts"][0].as_str().unwrap()
        })
    }

    pub(crate) fn types(&self) -> Vec<&str> {
        self.typed
            .iter()
            .filter_map(|event| event["type"].as_str())
            .collect()
    }
}

/// The `event:` and `data:` of every event.
pub(crate) fn events(bytes: &[u8]) -> Vec<(Option<String>, String)> {
    let text = std::str::from_utf8(bytes).unwrap().replace("\r\n", "\n");
    let mut events = Vec::new();
    for block in text.split("\n\n").filter(|block| !block.is_empty()) {
        let mut name = None;
        let mut data = String::new();
        for line in block.lines() {
            if let Some(value) = line.strip_prefix("event: ") {
                name = Some(value.to_owned());
            } else if let Some(value) = line.strip_prefix("data: ") {
                data.push_str(value);
            }
        }
        events.push((name, data));
    }
    events
}

pub(crate) fn fold(bytes: &[u8]) -> Folded {
    let mut folded = Folded::default();
    let mut documents: Vec<Value> = Vec::new();
    let (mut path, mut action, mut channel) = (String::new(), "add".to_owned(), 0);
    for (name, data) in events(bytes) {
        if data == "[DONE]" {
            folded.done = true;
            break;
        }
        let Ok(event) = serde_json::from_str::<Value>(data.trim_end()) else {
            folded.broken += 1;
            continue;
        };
        match name.as_deref() {
            Some("delta_encoding") => {}
            Some("delta") => {
                if let Some(value) = event["p"].as_str() {
                    value.clone_into(&mut path);
                }
                if let Some(value) = event["o"].as_str() {
                    value.clone_into(&mut action);
                }
                if let Some(value) = event["c"].as_u64() {
                    channel = usize::try_from(value).unwrap();
                }
                if documents.len() <= channel {
                    documents.resize(channel + 1, Value::Null);
                }
                change(&mut documents[channel], &path, &action, &event["v"]);
            }
            _ if event.get("type").is_none() && event["message"].is_object() => {
                let known = documents
                    .iter_mut()
                    .find(|known| known["message"]["id"] == event["message"]["id"]);
                match known {
                    Some(known) => *known = event,
                    None => documents.push(event),
                }
            }
            _ => folded.typed.push(event),
        }
    }
    folded.messages = documents
        .into_iter()
        .map(|mut envelope| envelope["message"].take())
        .collect();
    folded
}

fn change(document: &mut Value, path: &str, action: &str, value: &Value) {
    if action == "patch" {
        for inner in value.as_array().unwrap() {
            let (path, action) = (inner["p"].as_str().unwrap(), inner["o"].as_str().unwrap());
            change(document, path, action, &inner["v"]);
        }
        return;
    }
    if action == "increment" {
        return;
    }
    let mut target = document;
    let mut segments: Vec<String> = path
        .split('/')
        .skip(1)
        .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
        .collect();
    let removed = (action == "remove").then(|| segments.pop().unwrap());
    for segment in segments {
        target = match target {
            Value::Array(items) => {
                let index: usize = segment.parse().unwrap();
                if index == items.len() {
                    items.push(Value::Null);
                }
                &mut items[index]
            }
            other => &mut other[segment],
        };
    }
    if let Some(key) = removed {
        remove(target, &key);
        return;
    }
    match (action, target, value) {
        ("append", Value::String(text), Value::String(more)) => text.push_str(more),
        ("append", Value::Array(items), Value::Array(more)) => items.extend(more.clone()),
        ("append", Value::Array(items), single) => items.push(single.clone()),
        ("append", Value::Object(members), Value::Object(more)) => members.extend(more.clone()),
        ("truncate", target, length) => truncate(target, length.as_u64().unwrap()),
        ("add" | "replace" | "append", target, _) => *target = value.clone(),
        (unknown, ..) => panic!("operation {unknown}"),
    }
}

fn remove(target: &mut Value, key: &str) {
    match target {
        Value::Array(items) => drop(items.remove(key.parse().unwrap())),
        other => drop(other.as_object_mut().unwrap().remove(key).unwrap()),
    }
}

fn truncate(target: &mut Value, length: u64) {
    let length = usize::try_from(length).unwrap();
    match target {
        Value::String(text) => *text = text.chars().take(length).collect(),
        other => other.as_array_mut().unwrap().truncate(length),
    }
}

#[test]
fn the_reader_reads_the_documented_carry() {
    let stream = concat!(
        "event: delta_encoding\ndata: \"v1\"\n\n",
        "event: delta\ndata: {\"p\":\"\",\"o\":\"add\",\"v\":{\"message\":{\"id\":\"A\",\"t\":\"\"}},\"c\":0}\n\n",
        "event: delta\ndata: {\"p\":\"/message/t\",\"o\":\"append\",\"v\":\"Hi\"}\n\n",
        "data: {\"type\":\"x\"}\n\n",
        "event: delta\ndata: {\"v\":\" you\"}     \n\n",
        "event: delta\ndata: {\"p\":\"\",\"o\":\"patch\",\"v\":[{\"p\":\"/message/t\",\"o\":\"append\",\"v\":\".\"}]}\n\n",
        "data: [DONE]\n\n",
    );
    let folded = fold(stream.as_bytes());
    assert_eq!(folded.messages, [json!({"id": "A", "t": "Hi you."})]);
    assert!(folded.done);
}
