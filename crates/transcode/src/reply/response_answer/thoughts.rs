//! What is thought: the summary of each thought, and the sealed thought behind it.

use openai::response_event::{EventPart, ResponseEvent};
use openai::response_item::{OutputItem, SummaryPart};

use super::ResponseAnswer;
use crate::turn::Thought;

impl ResponseAnswer {
    /// More of what the model thinks.
    pub(super) fn think(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let index = self.thought();
        if self.summary(index).is_empty() {
            self.begin_summary(index);
        }
        let place = self.summary(index).len().saturating_sub(1);
        if let Some(part) = self.summary(index).last_mut() {
            part.text.push_str(text);
        }
        self.tell_summary(
            "response.reasoning_summary_text.delta",
            index,
            place,
            |event| {
                event.delta = Some(text);
            },
        );
    }

    /// A thought is over; what was not told of it yet is told now.
    pub(super) fn end_thought(&mut self, thought: Thought) {
        if thought.sealed.is_none() && thought.summary.is_empty() && self.open_thought().is_none() {
            return;
        }
        let index = self.thought();
        if self.summary(index).is_empty() {
            for (place, text) in thought.summary.iter().enumerate() {
                if place > 0 {
                    self.close_summary(index);
                }
                self.begin_summary(index);
                if let Some(part) = self.summary(index).last_mut() {
                    part.text.push_str(text);
                }
                self.tell_summary(
                    "response.reasoning_summary_text.delta",
                    index,
                    place,
                    |event| {
                        event.delta = Some(text);
                    },
                );
            }
        }
        if let Some(sealed) = thought.sealed {
            if self.shows_sealed
                && let Some(OutputItem::Reasoning {
                    encrypted_content, ..
                }) = self.response.output.get_mut(index)
            {
                *encrypted_content = Some(sealed.clone());
            }
            self.sealed.push((index, sealed));
        }
        self.close_open();
    }

    /// A thought is over.
    pub(super) fn close_thought(&mut self, index: usize) {
        self.close_summary(index);
        self.tell_item("response.output_item.done", index);
    }

    fn open_thought(&self) -> Option<usize> {
        let index = self.open?;
        let item = self.response.output.get(index)?;
        matches!(item, OutputItem::Reasoning { .. }).then_some(index)
    }

    /// The thought that grows, begun if there is none.
    fn thought(&mut self) -> usize {
        if let Some(index) = self.open_thought() {
            return index;
        }
        let index = self.add(OutputItem::Reasoning {
            id: self.next_id("rs"),
            summary: Vec::new(),
            encrypted_content: None,
        });
        self.open = Some(index);
        index
    }

    fn begin_summary(&mut self, index: usize) {
        let place = self.summary(index).len();
        let part = SummaryPart::new(String::new());
        self.summary(index).push(part.clone());
        self.tell_summary(
            "response.reasoning_summary_part.added",
            index,
            place,
            |event| {
                event.part = Some(EventPart::Summary(&part));
            },
        );
    }

    /// The last part of a summary is over.
    fn close_summary(&mut self, index: usize) {
        let place = self.summary(index).len().saturating_sub(1);
        let Some(part) = self.summary(index).last().cloned() else {
            return;
        };
        self.tell_summary(
            "response.reasoning_summary_text.done",
            index,
            place,
            |event| {
                event.text = Some(&part.text);
            },
        );
        self.tell_summary(
            "response.reasoning_summary_part.done",
            index,
            place,
            |event| {
                event.part = Some(EventPart::Summary(&part));
            },
        );
    }

    fn summary(&mut self, index: usize) -> &mut Vec<SummaryPart> {
        match self.response.output.get_mut(index) {
            Some(OutputItem::Reasoning { summary, .. }) => summary,
            _ => &mut self.no_summary,
        }
    }

    fn tell_summary<'e>(
        &mut self,
        kind: &'static str,
        index: usize,
        place: usize,
        fill: impl FnOnce(&mut ResponseEvent<'e>),
    ) {
        let mut event = ResponseEvent::default();
        fill(&mut event);
        let item_id = self.response.output.get(index).map(OutputItem::id);
        self.told.tell(ResponseEvent {
            kind,
            item_id,
            output_index: Some(index),
            summary_index: Some(place),
            delta: event.delta,
            text: event.text,
            part: event.part,
            ..ResponseEvent::default()
        });
    }
}
