//! Looks through one event stream: its events, the operations of its deltas, and the messages
//! they add up to.
//!
//! Called by `report`.

use std::collections::BTreeMap;

use chatgpt::delta::DeltaReader;
use chatgpt::known::UnknownKind;
use serde_json::{Map, Value};

use super::finding::Findings;
use super::{names, objects};
use crate::exchange::Event;

/// Looks through a stream.
pub(super) fn look_through(events: &[Event], findings: &mut Findings) {
    let mut reading = Reading {
        findings,
        deltas: DeltaReader::default(),
        begun: BTreeMap::new(),
        snapshots: BTreeMap::new(),
        channel: 0,
    };
    for (index, event) in events.iter().enumerate() {
        reading.event(index + 1, event);
    }
    reading.finish();
}

struct Reading<'a> {
    findings: &'a mut Findings,
    deltas: DeltaReader,
    /// The event each channel's document began with.
    begun: BTreeMap<usize, usize>,
    /// The last snapshot of each message, with its event.
    snapshots: BTreeMap<String, (usize, Value)>,
    channel: usize,
}

impl Reading<'_> {
    fn event(&mut self, number: usize, event: &Event) {
        let place = format!("event {number}");
        let name = event.name.as_deref().unwrap_or_default();
        names::note(self.findings, UnknownKind::EventName, name, &place);
        let Ok(Value::Object(members)) = serde_json::from_str(event.data.trim()) else {
            return;
        };
        let has = |key| members.contains_key(key);
        if name == "delta" || (has("v") && !has("type") && !has("message") && !has("error")) {
            self.delta(number, &members, &event.data);
        } else if let Some(kind) = members.get("type").and_then(Value::as_str) {
            names::note(self.findings, UnknownKind::EventType, kind, &place);
            let value = Value::Object(members.clone());
            objects::look_through(&value, &format!("event:{kind}"), &place, self.findings);
        } else {
            self.snapshot(number, members);
        }
    }

    fn delta(&mut self, number: usize, members: &Map<String, Value>, data: &str) {
        let place = format!("event {number}");
        self.findings.seen("encoding", "v1");
        let delta = Value::Object(members.clone());
        objects::look_through(&delta, "delta", &place, self.findings);
        self.operation(members, &place);
        if let Some(Value::Array(items)) = members.get("v") {
            self.patch(members, items, &place);
        }
        if let Some(channel) = members.get("c").and_then(Value::as_u64) {
            self.channel = usize::try_from(channel).unwrap_or(usize::MAX);
        }
        let is_envelope = members.get("v").is_some_and(|v| v.get("message").is_some());
        if is_envelope {
            // The document this channel had before is whole now.
            self.document(self.channel);
            self.begun.insert(self.channel, number);
        }
        // A delta that does not fit changes nothing, here as in every reader.
        let _ = self.deltas.apply(data);
    }

    /// The items of a patch, if that is what the list is.
    fn patch(&mut self, delta: &Map<String, Value>, items: &[Value], place: &str) {
        let says_patch = delta.get("o").and_then(Value::as_str) == Some("patch");
        for (index, item) in items.iter().enumerate() {
            let Value::Object(members) = item else {
                continue;
            };
            if says_patch || (members.contains_key("o") && members.contains_key("p")) {
                let place = format!("{place} /v/{index}");
                objects::look_through(item, "delta", &place, self.findings);
                self.operation(members, &place);
            }
        }
    }

    fn operation(&mut self, delta: &Map<String, Value>, place: &str) {
        let operation = delta.get("o").and_then(Value::as_str).unwrap_or_default();
        names::note(self.findings, UnknownKind::Operation, operation, place);
    }

    fn snapshot(&mut self, number: usize, members: Map<String, Value>) {
        self.findings.seen("encoding", "cumulative");
        let id = members.get("message").and_then(|it| it.get("id")?.as_str());
        let id = id.map_or_else(|| number.to_string(), str::to_owned);
        self.snapshots.insert(id, (number, Value::Object(members)));
    }

    /// Looks through a channel's document.
    fn document(&mut self, channel: usize) {
        if let Some(number) = self.begun.get(&channel)
            && let Some(document) = self.deltas.document(channel)
        {
            let place = format!("event {number}");
            objects::look_through(document, "envelope", &place, self.findings);
        }
    }

    fn finish(mut self) {
        let channels: Vec<usize> = self.begun.keys().copied().collect();
        for channel in channels {
            self.document(channel);
        }
        for (number, value) in std::mem::take(&mut self.snapshots).into_values() {
            let place = format!("event {number}");
            objects::look_through(&value, "envelope", &place, self.findings);
        }
    }
}
