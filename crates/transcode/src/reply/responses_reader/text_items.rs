//! Messages and thoughts: their text as it comes, and what of it came only when they were done.

use serde_json::Value;

use super::ResponsesReader;
use super::event::Event;
use super::items::PartKind;
use crate::turn::Thought;
use crate::turn_event::{Citation, TurnEvent};

/// Which part of an answer, and of what item.
#[derive(Clone, Copy)]
struct Place {
    item: usize,
    kind: PartKind,
    part: u64,
}

impl ResponsesReader {
    /// More of a part.
    pub(super) fn delta(&mut self, kind: PartKind, event: &Event<'_>, out: &mut Vec<TurnEvent>) {
        let place = self.place(kind, event);
        self.more(place, event.delta.text(), out);
    }

    /// All of a part: what of it is missing is told.
    pub(super) fn whole(&mut self, kind: PartKind, event: &Event<'_>, out: &mut Vec<TurnEvent>) {
        let place = self.place(kind, event);
        let text = match kind {
            PartKind::Refusal => event.refusal.text(),
            _ => event.text.text(),
        };
        self.rest(place, text, out);
    }

    pub(super) fn annotated(&mut self, event: &Event<'_>, out: &mut Vec<TurnEvent>) {
        let place = self.place(PartKind::Text, event);
        self.cite(place, &event.annotation, out);
    }

    /// What of a message came only now.
    pub(super) fn message_done(&mut self, at: usize, item: &Value, out: &mut Vec<TurnEvent>) {
        let parts = item["content"].as_array().into_iter().flatten();
        for (index, part) in (0..).zip(parts) {
            let place = |kind| Place {
                item: at,
                kind,
                part: index,
            };
            if let Some(refusal) = part["refusal"].as_str() {
                self.rest(place(PartKind::Refusal), refusal, out);
            } else if let Some(text) = part["text"].as_str() {
                self.rest(place(PartKind::Text), text, out);
                for annotation in part["annotations"].as_array().into_iter().flatten() {
                    self.cite(place(PartKind::Text), annotation, out);
                }
            }
        }
    }

    /// The end of a thought.
    pub(super) fn thought_done(&mut self, at: usize, item: &Value, out: &mut Vec<TurnEvent>) {
        let mut summary = Vec::new();
        for (name, kind) in [
            ("summary", PartKind::Summary),
            ("content", PartKind::Reasoning),
        ] {
            // Who shows a summary does not show the thought again.
            if kind == PartKind::Reasoning && self.items.get(at).has(PartKind::Summary) {
                continue;
            }
            let parts = item[name].as_array().into_iter().flatten();
            for (index, part) in (0..).zip(parts) {
                let Some(text) = part["text"].as_str() else {
                    continue;
                };
                let place = Place {
                    item: at,
                    kind,
                    part: index,
                };
                self.rest(place, text, out);
                summary.push(text.to_owned());
            }
        }
        let sealed = item["encrypted_content"].as_str();
        let sealed = sealed.filter(|sealed| !sealed.is_empty());
        if !self.output.shows_thoughts() {
            summary.clear();
        }
        out.push(TurnEvent::Thought(Thought {
            summary,
            sealed: sealed.map(|sealed| self.mark.put(sealed)),
        }));
    }

    fn place(&mut self, kind: PartKind, event: &Event<'_>) -> Place {
        let index = match kind {
            PartKind::Summary => event.summary_index,
            _ => event.content_index,
        };
        Place {
            item: self.items.find(event.output_index.0, event.item_id.text()),
            kind,
            part: index.0.unwrap_or_default(),
        }
    }

    /// Tells what of `whole` was not told.
    fn rest(&mut self, place: Place, whole: &str, out: &mut Vec<TurnEvent>) {
        let item = self.items.get(place.item);
        let (part, _) = item.part(place.kind, place.part, 0);
        let told = part.bytes;
        if let Some(rest) = whole.get(told..) {
            self.more(place, rest, out);
        }
    }

    fn more(&mut self, place: Place, piece: &str, out: &mut Vec<TurnEvent>) {
        if piece.is_empty() {
            return;
        }
        let is_spoken = place.kind == PartKind::Text;
        if is_spoken && self.items.speaking.replace(place.item) != Some(place.item) {
            self.output.begin_block(out);
        }
        let start = self.output.next_char();
        let item = self.items.get(place.item);
        let (part, _) = item.part(place.kind, place.part, start);
        let is_new = part.bytes == 0;
        if is_new {
            part.start = start;
        }
        part.bytes += piece.len();
        match place.kind {
            PartKind::Text => self.output.text(piece, out),
            PartKind::Refusal => out.push(TurnEvent::Refusal(piece.to_owned())),
            PartKind::Summary | PartKind::Reasoning => self.output.thought(piece, is_new, out),
        }
    }

    fn cite(&mut self, place: Place, annotation: &Value, out: &mut Vec<TurnEvent>) {
        if annotation["type"] != "url_citation" {
            return;
        }
        let number = |name: &str| annotation[name].as_u64().and_then(|it| it.try_into().ok());
        let text = |name: &str| annotation[name].as_str().unwrap_or_default().to_owned();
        let (Some(start), Some(end)) = (number("start_index"), number("end_index")) else {
            return;
        };
        let (start, end): (usize, usize) = (start, end);
        let item = self.items.get(place.item);
        let (part, _) = item.part(place.kind, place.part, 0);
        let cited = (start, end, text("url"));
        if part.cited.contains(&cited) {
            return;
        }
        let begin = part.start;
        part.cited.push(cited);
        out.push(TurnEvent::Citation(Citation {
            start: begin + start,
            end: begin + end,
            url: text("url"),
            title: text("title"),
        }));
    }
}
