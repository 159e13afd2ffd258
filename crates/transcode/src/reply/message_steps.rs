//! Turn events as the events of a Messages answer, one block after another.
//!
//! The one place that decides what blocks an answer has: a stream writes these events
//! (`message_events`), a whole answer is what they add up to (`message_reply`).

mod calls;
mod ending;
mod searches;

use anthropic::content_block::{Caller, ContentBlock, TextCitation};
use anthropic::message::Message;
use anthropic::message_event::{BlockDelta, MessageEvent};
use anthropic::usage::Usage as MessageUsage;
use serde_json::{Map, Value};

use self::calls::Calls;
use self::ending::Ending;
use self::searches::Searches;
use super::reply_head::ReplyHead;
use crate::request::anthropic_message::Thoughts;
use crate::turn::Thought;
use crate::turn_event::{ImageOutput, ToolCallBegun, TurnEvent};

/// How an answer is wanted.
#[derive(Debug, Clone, Default)]
pub struct MessageStyle {
    /// The name of the model that was asked for, which the answer repeats.
    pub model: String,
    /// What it holds of thoughts.
    pub thoughts: Thoughts,
    /// Whether it tells of searches.
    pub tells_searches: bool,
}

/// The block that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Text,
    Thought,
    Call(usize),
}

/// Makes the events of one answer.
#[derive(Debug)]
pub(super) struct MessageSteps {
    style: MessageStyle,
    head: ReplyHead,
    has_begun: bool,
    open: Open,
    /// Which block is open, or comes next.
    index: usize,
    calls: Calls,
    searches: Searches,
    /// Pictures whose links have to be seen in the text.
    images: Vec<ImageOutput>,
    ending: Ending,
}

impl MessageSteps {
    pub(super) fn new(head: ReplyHead, style: MessageStyle) -> Self {
        Self {
            style,
            ending: Ending::new(head.prompt_tokens),
            head,
            has_begun: false,
            open: Open::Nothing,
            index: 0,
            calls: Calls::default(),
            searches: Searches::default(),
            images: Vec::new(),
        }
    }

    /// Whether text was made that cannot be taken back.
    pub(super) fn has_text(&self) -> bool {
        !self.ending.answer.is_empty()
    }

    /// The text is now another one; what was made of the old one is taken back by the caller.
    pub(super) fn forget_text(&mut self) {
        self.ending.answer.clear();
    }

    /// Adds the events for one turn event to `out`.
    pub(super) fn step(&mut self, event: TurnEvent, out: &mut Vec<MessageEvent>) {
        self.begin(out);
        match event {
            TurnEvent::Text(text) | TurnEvent::Rewritten(text) => self.text(text, out),
            TurnEvent::Citation(it) => self.citation(TextCitation::web(it.url, it.title), out),
            TurnEvent::Image(image) => {
                if !image.is_partial {
                    self.images.push(*image);
                }
            }
            TurnEvent::Activity(step) => {
                if self.style.tells_searches
                    && let Some(blocks) = self.searches.see(&step)
                {
                    self.whole_blocks(blocks, out);
                }
            }
            TurnEvent::Reasoning(text) => self.reasoning(text, out),
            TurnEvent::Thought(thought) => self.thought(thought, out),
            TurnEvent::ToolCall(begun) => self.call(begun, out),
            TurnEvent::ToolInput { index, piece } => self.input(index, piece, out),
            TurnEvent::ToolCallEnded { index } => {
                self.calls.end(index);
                if self.open == Open::Call(index) {
                    self.stop_block(out);
                    self.waiting_calls(false, out);
                }
            }
            TurnEvent::Usage(usage) => self.ending.count(usage),
            TurnEvent::Refusal(text) => self.refusal(text, out),
            TurnEvent::StopSequence(stop) => self.ending.stop_sequence = Some(stop),
            TurnEvent::Finish(reason) => {
                self.unseen_images(out);
                self.close(out);
                let searches = self.searches.count();
                self.ending.finish(reason, self.calls.any(), searches, out);
            }
            TurnEvent::Identity(_)
            | TurnEvent::Audio(_)
            | TurnEvent::Native(_)
            | TurnEvent::Title(_)
            | TurnEvent::Limits(_) => {}
        }
    }

    fn begin(&mut self, out: &mut Vec<MessageEvent>) {
        if std::mem::replace(&mut self.has_begun, true) {
            return;
        }
        let usage = MessageUsage {
            input_tokens: self.head.prompt_tokens,
            ..MessageUsage::default()
        };
        let message = Message::begun(self.head.id.clone(), self.style.model.clone(), usage);
        out.push(MessageEvent::MessageStart {
            message: Box::new(message),
        });
    }

    fn text(&mut self, text: String, out: &mut Vec<MessageEvent>) {
        if text.is_empty() {
            return;
        }
        self.open_text(out);
        self.ending.answer.push_str(&text);
        self.delta(BlockDelta::TextDelta { text }, out);
    }

    fn open_text(&mut self, out: &mut Vec<MessageEvent>) {
        if self.open != Open::Text {
            let block = ContentBlock::Text {
                citations: None,
                text: String::new(),
            };
            self.start(Open::Text, block, out);
        }
    }

    fn citation(&mut self, citation: TextCitation, out: &mut Vec<MessageEvent>) {
        self.open_text(out);
        self.delta(BlockDelta::CitationsDelta { citation }, out);
    }

    fn reasoning(&mut self, thinking: String, out: &mut Vec<MessageEvent>) {
        self.ending.reasoning.push_str(&thinking);
        // What parts thoughts from one another in one text begins no block.
        let is_first = self.open != Open::Thought;
        let thinking = if is_first {
            thinking.trim_start_matches('\n').to_owned()
        } else {
            thinking
        };
        if self.style.thoughts != Thoughts::Shown || thinking.is_empty() {
            return;
        }
        self.open_thought(out);
        self.delta(BlockDelta::ThinkingDelta { thinking }, out);
    }

    fn open_thought(&mut self, out: &mut Vec<MessageEvent>) {
        if self.open != Open::Thought {
            let block = ContentBlock::Thinking {
                thinking: String::new(),
                signature: String::new(),
            };
            self.start(Open::Thought, block, out);
        }
    }

    /// A thought is over; one that is only sealed is a block without text.
    fn thought(&mut self, thought: Thought, out: &mut Vec<MessageEvent>) {
        if let Some(signature) = thought.sealed
            && self.style.thoughts != Thoughts::Left
        {
            self.open_thought(out);
            self.delta(BlockDelta::SignatureDelta { signature }, out);
        }
        if self.open == Open::Thought {
            self.stop_block(out);
        }
    }

    fn call(&mut self, begun: ToolCallBegun, out: &mut Vec<MessageEvent>) {
        self.ending.calls.push_str(&begun.name);
        let index = begun.index;
        self.calls.begin(begun);
        // Blocks come one after another, so a call that begins inside another one waits.
        if !matches!(self.open, Open::Call(open) if open != index) {
            self.waiting_calls(false, out);
        }
    }

    fn input(&mut self, index: usize, piece: String, out: &mut Vec<MessageEvent>) {
        self.ending.calls.push_str(&piece);
        if self.open == Open::Call(index) && self.calls.streams(index) {
            let partial_json = piece;
            self.delta(BlockDelta::InputJsonDelta { partial_json }, out);
        } else {
            self.calls.push(index, &piece);
        }
    }

    /// Opens calls that waited, up to the first one that may still grow; or all.
    fn waiting_calls(&mut self, is_last: bool, out: &mut Vec<MessageEvent>) {
        while let Some(call) = self.calls.next() {
            let block = ContentBlock::ToolUse {
                id: call.id,
                name: call.name,
                input: Map::new(),
                caller: Caller::DIRECT,
            };
            self.start(Open::Call(call.index), block, out);
            if let Some(partial_json) = call.input {
                self.delta(BlockDelta::InputJsonDelta { partial_json }, out);
            }
            if !call.has_ended && !is_last {
                return;
            }
            self.end_call(call.index, out);
        }
    }

    /// Ends the block of a call; input that was kept back goes first.
    fn end_call(&mut self, index: usize, out: &mut Vec<MessageEvent>) {
        if let Some(partial_json) = self.calls.kept_back(index) {
            self.delta(BlockDelta::InputJsonDelta { partial_json }, out);
        }
        self.close_block(out);
    }

    /// What is said instead of an answer is shown as text, for callers that look at nothing else.
    fn refusal(&mut self, text: String, out: &mut Vec<MessageEvent>) {
        if self.ending.refusal.is_none() {
            self.close(out);
        }
        self.ending.refusal.get_or_insert_default().push_str(&text);
        self.open_text(out);
        self.delta(BlockDelta::TextDelta { text }, out);
    }

    /// Links to pictures that the text has not shown.
    fn unseen_images(&mut self, out: &mut Vec<MessageEvent>) {
        if self.ending.refusal.is_some() {
            return;
        }
        for image in std::mem::take(&mut self.images) {
            if !self.ending.answer.contains(&image.link) {
                let title = image.title.as_deref().unwrap_or("Image");
                self.text(format!("\n\n![{title}]({})", image.link), out);
            }
        }
    }

    /// Blocks that are known at once; an input goes out as a piece all the same, as clients expect.
    fn whole_blocks(&mut self, blocks: Vec<ContentBlock>, out: &mut Vec<MessageEvent>) {
        for mut block in blocks {
            let input = match &mut block {
                ContentBlock::ServerToolUse { input, .. } => Some(std::mem::take(input)),
                _ => None,
            };
            self.start(Open::Nothing, block, out);
            if let Some(input) = input {
                let partial_json = Value::Object(input).to_string();
                self.delta(BlockDelta::InputJsonDelta { partial_json }, out);
            }
            self.close_block(out);
        }
    }

    fn start(&mut self, open: Open, content_block: ContentBlock, out: &mut Vec<MessageEvent>) {
        if !matches!(open, Open::Call(_)) {
            self.close(out);
        } else if self.open != Open::Nothing {
            self.stop_block(out);
        }
        self.open = open;
        out.push(MessageEvent::ContentBlockStart {
            index: self.index,
            content_block,
        });
    }

    fn delta(&mut self, delta: BlockDelta, out: &mut Vec<MessageEvent>) {
        let index = self.index;
        out.push(MessageEvent::ContentBlockDelta { index, delta });
    }

    /// Ends what is open, and the calls that wait.
    fn close(&mut self, out: &mut Vec<MessageEvent>) {
        if self.open != Open::Nothing {
            self.stop_block(out);
        }
        self.waiting_calls(true, out);
    }

    /// Ends the open block.
    fn stop_block(&mut self, out: &mut Vec<MessageEvent>) {
        match self.open {
            Open::Call(index) => self.end_call(index, out),
            _ => self.close_block(out),
        }
    }

    fn close_block(&mut self, out: &mut Vec<MessageEvent>) {
        out.push(MessageEvent::ContentBlockStop { index: self.index });
        self.index += 1;
        self.open = Open::Nothing;
    }
}
