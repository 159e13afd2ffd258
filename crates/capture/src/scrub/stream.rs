//! Scrubs an event stream: the raw data of its events, and texts that come in pieces.
//!
//! Keeps the documents the deltas build, to know where each piece belongs: a text scrubbed
//! piece by piece is the text scrubbed whole. Called by `scrub`.

mod pieces;

use chatgpt::delta::DeltaReader;
use sse::Decoder;

use self::pieces::Pieces;
use super::Scrubber;
use super::json_text::{self, Edits, Kind, Member, Node};
use super::policy::{self, Policy};
use super::shape::shape;
use super::visit::Visit;
use super::word::looks_like_enum;
use crate::exchange::{Event, EventStream};
use crate::raw_exchange::RawMessage;

/// No event of upstream's is larger; what follows such a one is not read.
const MAX_EVENT_BYTES: usize = 4 << 20;

const DONE: &str = "[DONE]";

impl Scrubber {
    /// The events of a stream.
    pub(super) fn events(&self, message: &RawMessage) -> EventStream {
        let (events, unread_bytes) = decoded(&message.body);
        EventStream {
            events: self.stream(&events),
            pieces: message.pieces.clone(),
            unread_bytes,
        }
    }

    /// The events of one stream, in order.
    pub fn stream(&self, events: &[Event]) -> Vec<Event> {
        let pieces = Pieces::new(self, events);
        let mut stream = Stream {
            scrubber: self,
            pieces,
            documents: DeltaReader::default(),
            carried: Carried::default(),
        };
        events.iter().map(|event| stream.event(event)).collect()
    }
}

/// Whole events, and how many bytes follow them.
fn decoded(bytes: &[u8]) -> (Vec<Event>, usize) {
    let mut decoder = Decoder::new(MAX_EVENT_BYTES);
    decoder.push(bytes);
    let mut events = Vec::new();
    while let Ok(Some(event)) = decoder.next_event() {
        events.push(Event {
            name: event.name.map(str::to_owned),
            data: event.data.to_owned(),
        });
    }
    let end = [&b"\n\n"[..], b"\r\n\r\n", b"\r\r"]
        .iter()
        .filter_map(|end| Some(last_index(bytes, end)? + end.len()))
        .max();
    (events, bytes.len() - end.unwrap_or(0))
}

fn last_index(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).rposition(|it| it == wanted)
}

/// What an event's path, operation and channel are when it does not say.
#[derive(Debug, Clone)]
struct Carried {
    path: String,
    operation: String,
    channel: usize,
}

impl Default for Carried {
    fn default() -> Self {
        Self {
            path: String::new(),
            operation: "add".into(),
            channel: 0,
        }
    }
}

impl Carried {
    /// Takes over what a delta says.
    fn update(&mut self, delta: &Node, text: &str) {
        if let Some(path) = delta.get("p").and_then(Node::text) {
            path.clone_into(&mut self.path);
        }
        if let Some(operation) = delta.get("o").and_then(Node::text) {
            operation.clone_into(&mut self.operation);
        }
        let channel = delta
            .get("c")
            .and_then(|it| text[it.span.clone()].parse().ok());
        self.channel = channel.unwrap_or(self.channel);
    }
}

struct Stream<'a> {
    scrubber: &'a Scrubber,
    pieces: Pieces<'a>,
    documents: DeltaReader,
    carried: Carried,
}

impl Stream<'_> {
    fn event(&mut self, event: &Event) -> Event {
        let name = event.name.as_deref();
        let data = self.data(name, &event.data);
        let is_padded = event.data.ends_with(' ') && event.data.len().is_multiple_of(PADDED_TO);
        Event {
            name: name.map(|name| {
                if looks_like_enum(name) {
                    name.to_owned()
                } else {
                    shape(name)
                }
            }),
            data: if is_padded { padded(&data) } else { data },
        }
    }

    fn data(&mut self, name: Option<&str>, data: &str) -> String {
        if data.trim() == DONE {
            return data.to_owned();
        }
        let Some(node) = json_text::parse(data) else {
            return shape(data);
        };
        let mut edits = Edits::default();
        if is_delta(name, &node) {
            self.delta(data, &node, &mut edits);
            // A delta that does not fit changes nothing, here as in every reader.
            let _ = self.documents.apply(data);
        } else {
            let message = node.get("message").and_then(|it| it.get("id")?.text());
            let pieces = &mut self.pieces;
            let mut visit = Visit {
                scrubber: self.scrubber,
                text: data,
                edits: &mut edits,
                written: &mut |place, text| match message {
                    Some(id) => pieces.of_snapshot(id, place, text),
                    None => pieces.whole(text),
                },
            };
            visit.value(&node, &mut Vec::new());
        }
        edits.apply(data)
    }

    fn delta(&mut self, data: &str, node: &Node, edits: &mut Edits) {
        self.carried.update(node, data);
        let carried = self.carried.clone();
        match &node.kind {
            Kind::Object(members) => self.members(data, members, &carried, edits),
            _ => self.walk(data, node, &mut Vec::new(), &carried, edits),
        }
    }

    /// The members of a delta, or of one item of a patch.
    fn members(&mut self, data: &str, members: &[Member], at: &Carried, edits: &mut Edits) {
        for member in members {
            let key = self.scrubber.key(&member.key);
            edits.string(data, &member.key_span, &member.key, &key);
            match member.key.as_str() {
                "p" if member.value.text().is_some() => self.path(data, &member.value, edits),
                "v" => self.changed(data, &member.value, at, edits),
                _ => self.walk(
                    data,
                    &member.value,
                    &mut vec![member.key.clone()],
                    at,
                    edits,
                ),
            }
        }
    }

    /// The value of a delta, or of one item of a patch.
    fn changed(&mut self, data: &str, value: &Node, at: &Carried, edits: &mut Edits) {
        match (&value.kind, at.operation.as_str()) {
            (Kind::List(items), "patch") => {
                for item in items {
                    self.patch_item(data, item, at, edits);
                }
            }
            (Kind::Text(piece), "append") => {
                let document = self.documents.document(at.channel);
                let before = document.and_then(|it| it.pointer(&at.path)?.as_str());
                let policy = policy::of(&place_of(&at.path));
                let new = match policy {
                    Policy::Secret => self.scrubber.string(policy, piece),
                    Policy::Text => self.pieces.appended(at, before.unwrap_or_default(), piece),
                    // A piece of an id or of a word cannot be told from another.
                    _ => self.pieces.shaped(at, before.unwrap_or_default(), piece),
                };
                edits.string(data, &value.span, piece, &new);
            }
            (Kind::List(items), "append") => {
                // What is appended to a list stands behind what was there.
                let first = self.list_length(at).unwrap_or_default();
                let mut place = place_of(&at.path);
                for (index, item) in items.iter().enumerate() {
                    place.push((first + index).to_string());
                    self.walk(data, item, &mut place, at, edits);
                    place.pop();
                }
            }
            _ => self.walk(data, value, &mut place_of(&at.path), at, edits),
        }
    }

    fn patch_item(&mut self, data: &str, item: &Node, outer: &Carried, edits: &mut Edits) {
        let Kind::Object(members) = &item.kind else {
            return self.walk(data, item, &mut place_of(&outer.path), outer, edits);
        };
        let inner = item.get("p").and_then(Node::text).unwrap_or_default();
        let operation = item.get("o").and_then(Node::text).unwrap_or_default();
        let at = Carried {
            path: format!("{}{inner}", outer.path),
            // A patch holds no patches; whatever such a one holds is walked through.
            operation: if operation == "patch" { "" } else { operation }.to_owned(),
            channel: outer.channel,
        };
        self.members(data, members, &at, edits);
    }

    /// The path of a delta, whose parts are keys.
    fn path(&mut self, data: &str, node: &Node, edits: &mut Edits) {
        let Kind::Text(path) = &node.kind else {
            return;
        };
        let parts = path.split('/').map(|part| {
            let key = self.scrubber.key(&unescaped(part));
            key.replace('~', "~0").replace('/', "~1")
        });
        let new = parts.collect::<Vec<_>>().join("/");
        edits.string(data, &node.span, path, &new);
    }

    fn list_length(&mut self, at: &Carried) -> Option<usize> {
        let list = self.documents.document(at.channel)?.pointer(&at.path)?;
        list.as_array().map(Vec::len)
    }

    fn walk(
        &mut self,
        data: &str,
        node: &Node,
        place: &mut Vec<String>,
        at: &Carried,
        edits: &mut Edits,
    ) {
        let pieces = &mut self.pieces;
        let mut visit = Visit {
            scrubber: self.scrubber,
            text: data,
            edits,
            written: &mut |place, text| pieces.of_document(at.channel, place, text),
        };
        visit.value(node, place);
    }
}

/// Deltas are padded to a multiple of so many bytes.
const PADDED_TO: usize = 8;

/// `data`, padded as upstream pads.
fn padded(data: &str) -> String {
    let data = data.trim_end_matches(' ');
    let length = data.len().next_multiple_of(PADDED_TO);
    format!(
        "{data:<width$}",
        width = data.chars().count() + length - data.len()
    )
}

fn is_delta(name: Option<&str>, node: &Node) -> bool {
    let has = |key| node.get(key).is_some();
    name == Some("delta") || (has("v") && !has("type") && !has("message") && !has("error"))
}

/// The keys of a JSON pointer.
fn place_of(path: &str) -> Vec<String> {
    path.split('/').skip(1).map(unescaped).collect()
}

fn unescaped(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}
