//! What is said: the text of messages, its sources, and refusals.

use openai::response_event::{EventPart, ResponseEvent};
use openai::response_item::{ItemStatus, OutputItem, OutputPart, UrlCitation};

use super::ResponseAnswer;
use crate::reply::chat_chunks::RewrittenAnswer;
use crate::turn_event::Citation;

impl ResponseAnswer {
    /// More of the visible answer.
    pub(super) fn text(&mut self, text: &str) {
        let has_items = !self.response.output.is_empty();
        let is_open = self.open_message().is_some();
        // What upstream puts between the pieces of an answer is no part of the next message.
        let shown = if has_items && !is_open {
            text.trim_start_matches('\n')
        } else {
            text
        };
        self.passed += text.chars().count() - shown.chars().count();
        if shown.is_empty() {
            return;
        }
        let index = self.message();
        let part = self.part(index, false);
        if let Some(OutputPart::OutputText { text: so_far, .. }) = self.content(index).get_mut(part)
        {
            so_far.push_str(shown);
        }
        self.passed += shown.chars().count();
        self.tell_delta("response.output_text.delta", index, part, shown, Some([]));
    }

    /// More of why there is no answer.
    pub(super) fn refuse(&mut self, text: &str) {
        self.is_refused = true;
        let index = self.message();
        let part = self.part(index, true);
        if let Some(OutputPart::Refusal { refusal }) = self.content(index).get_mut(part) {
            refusal.push_str(text);
        }
        self.tell_delta("response.refusal.delta", index, part, text, None);
    }

    /// A source of what was said last.
    pub(super) fn cite(&mut self, citation: &Citation) {
        let messages = self.response.output.iter();
        let last = messages
            .enumerate()
            .rev()
            .find(|(_, item)| matches!(item, OutputItem::Message { .. }));
        let Some(index) = last.map(|(index, _)| index) else {
            return;
        };
        let start = self.message_start;
        let annotation = UrlCitation {
            kind: "url_citation",
            start_index: citation.start.saturating_sub(start),
            end_index: citation.end.saturating_sub(start),
            title: citation.title.clone(),
            url: citation.url.clone(),
        };
        let mut parts = self.content(index).iter_mut().enumerate();
        let texts = parts.find_map(|(at, part)| match part {
            OutputPart::OutputText { annotations, .. } => Some((at, annotations)),
            OutputPart::Refusal { .. } => None,
        });
        let Some((content_index, annotations)) = texts else {
            return;
        };
        let annotation_index = annotations.len();
        annotations.push(annotation.clone());
        // A message that was closed was told with the sources it had.
        if self.open == Some(index) {
            let kind = "response.output_text.annotation.added";
            let id = self.response.output[index].id();
            self.told.tell(ResponseEvent {
                kind,
                item_id: Some(id),
                output_index: Some(index),
                content_index: Some(content_index),
                annotation_index: Some(annotation_index),
                annotation: Some(&annotation),
                ..ResponseEvent::default()
            });
        }
    }

    /// The visible answer is now this; a stream cannot take back what it told.
    pub(super) fn rewrite(&mut self, text: &str) -> Result<(), RewrittenAnswer> {
        let output = self.response.output.iter();
        let says = |item: &OutputItem| matches!(item, OutputItem::Message { .. });
        let said: Vec<usize> = output
            .enumerate()
            .filter(|(_, item)| says(item))
            .map(|(index, _)| index)
            .collect();
        if said.is_empty() {
            self.text(text);
            return Ok(());
        }
        if self.told.is_heard() {
            return Err(RewrittenAnswer);
        }
        for index in &said {
            self.content(*index).clear();
        }
        let last = said.last().copied().unwrap_or_default();
        self.content(last).push(OutputPart::OutputText {
            text: text.to_owned(),
            annotations: Vec::new(),
            logprobs: [],
        });
        self.message_start = 0;
        self.passed = text.chars().count();
        Ok(())
    }

    /// A message is over.
    pub(super) fn close_message(&mut self, index: usize) {
        let item_id = self.response.output[index].id().to_owned();
        let parts = self.content(index).clone();
        for (content_index, part) in parts.iter().enumerate() {
            let mut event = ResponseEvent {
                item_id: Some(&item_id),
                output_index: Some(index),
                content_index: Some(content_index),
                ..ResponseEvent::default()
            };
            match part {
                OutputPart::OutputText { text, .. } => {
                    event.kind = "response.output_text.done";
                    event.text = Some(text);
                    event.logprobs = Some([]);
                }
                OutputPart::Refusal { refusal } => {
                    event.kind = "response.refusal.done";
                    event.refusal = Some(refusal);
                }
            }
            self.told.tell(event);
            self.told.tell(ResponseEvent {
                kind: "response.content_part.done",
                item_id: Some(&item_id),
                output_index: Some(index),
                content_index: Some(content_index),
                part: Some(EventPart::Output(part)),
                ..ResponseEvent::default()
            });
        }
        self.set_status(index, self.closing);
        self.tell_item("response.output_item.done", index);
    }

    pub(super) fn set_status(&mut self, index: usize, status: ItemStatus) {
        let item = self.response.output.get_mut(index);
        if let Some(it) = item.and_then(OutputItem::status_mut) {
            *it = status;
        }
    }

    /// The message that grows, by its place.
    fn open_message(&self) -> Option<usize> {
        let index = self.open?;
        let item = self.response.output.get(index)?;
        matches!(item, OutputItem::Message { .. }).then_some(index)
    }

    /// The message that grows, begun if there is none.
    fn message(&mut self) -> usize {
        if let Some(index) = self.open_message() {
            return index;
        }
        self.message_start = self.passed;
        let index = self.add(OutputItem::Message {
            id: self.next_id("msg"),
            status: ItemStatus::InProgress,
            role: "assistant",
            content: Vec::new(),
        });
        self.open = Some(index);
        index
    }

    /// The place of a message's text or refusal, begun if there is none.
    fn part(&mut self, index: usize, is_refusal: bool) -> usize {
        let content = self.content(index);
        let is_it = |part: &OutputPart| matches!(part, OutputPart::Refusal { .. }) == is_refusal;
        if let Some(place) = content.iter().position(is_it) {
            return place;
        }
        let part = if is_refusal {
            let refusal = String::new();
            OutputPart::Refusal { refusal }
        } else {
            OutputPart::empty_text()
        };
        let place = content.len();
        content.push(part.clone());
        let item_id = Some(self.response.output[index].id());
        self.told.tell(ResponseEvent {
            kind: "response.content_part.added",
            item_id,
            output_index: Some(index),
            content_index: Some(place),
            part: Some(EventPart::Output(&part)),
            ..ResponseEvent::default()
        });
        place
    }

    fn content(&mut self, index: usize) -> &mut Vec<OutputPart> {
        match self.response.output.get_mut(index) {
            Some(OutputItem::Message { content, .. }) => content,
            _ => &mut self.no_content,
        }
    }

    fn tell_delta(
        &mut self,
        kind: &'static str,
        index: usize,
        part: usize,
        delta: &str,
        logprobs: Option<[(); 0]>,
    ) {
        let item_id = self.response.output.get(index).map(OutputItem::id);
        self.told.tell(ResponseEvent {
            kind,
            item_id,
            output_index: Some(index),
            content_index: Some(part),
            delta: Some(delta),
            logprobs,
            ..ResponseEvent::default()
        });
    }
}
