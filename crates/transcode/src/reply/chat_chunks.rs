//! A streamed Chat Completions answer: turn events as `chat.completion.chunk` events.
//!
//! Role first, then deltas, one finish reason, the usage where asked, `[DONE]`. Called by
//! `api`, which sends the bytes and turns failures into error events.

use openai::annotation::AnswerImage;
use openai::chat_completion::FinishReason;
use openai::chat_completion_chunk::{
    ChatCompletionChunk, ChunkChoice, ChunkUsage, Delta, DeltaContent,
};
use openai::usage::Usage;

use super::reply_head::{ReplyHead, Shown};
use super::tool_calls::{self, ToolCalls};
use super::{answer_sound, beside_text};
use crate::turn_event::{Activity, AudioPiece, Citation, ImageOutput, ToolCallBegun, TurnEvent};

/// What was sent was taken back by upstream, which a stream cannot do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("upstream rewrote a part of its answer that was already sent")]
pub struct RewrittenAnswer;

/// Writes one streamed answer.
#[derive(Debug)]
pub struct ChatChunks {
    shown: Shown,
    begun: bool,
    /// Whether any of the answer's text was sent.
    sent_text: bool,
    /// How many pictures were sent.
    images: usize,
    calls: ToolCalls,
    /// The answer and the reasoning so far, kept only when the usage is asked for.
    counted: Option<(String, String)>,
    /// Which answer it is of several that are streamed together.
    place: Option<u32>,
    /// A chunk around its text, because nearly all chunks differ in nothing else.
    frame: Option<Frame>,
}

/// The bytes before and after the text of a chunk.
#[derive(Debug)]
struct Frame {
    before: Vec<u8>,
    after: Vec<u8>,
}

/// How the text of a chunk is written when it is empty.
const EMPTY_TEXT: &[u8] = b"\"content\":\"\"";

impl ChatChunks {
    /// A writer for one answer.
    pub fn new(head: ReplyHead, include_usage: bool) -> Self {
        Self {
            shown: Shown::new(head),
            begun: false,
            sent_text: false,
            images: 0,
            calls: ToolCalls::default(),
            counted: include_usage.then(Default::default),
            place: None,
            frame: None,
        }
    }

    /// A writer for one of several answers that are streamed together: it writes neither the
    /// usage nor the end.
    pub fn one_of_several(head: ReplyHead, include_usage: bool, place: u32) -> Self {
        Self {
            place: Some(place),
            ..Self::new(head, include_usage)
        }
    }

    /// What its answer used, if that is asked for.
    pub fn usage(&self) -> Option<Usage> {
        let (answer, reasoning) = self.counted.as_ref()?;
        Some(self.shown.usage(answer, reasoning))
    }

    /// Appends the end of an answer, or of several.
    pub fn end(&self, usage: Option<Usage>, out: &mut Vec<u8>) {
        if let Some(usage) = usage {
            self.chunk(&[], ChunkUsage::Known(usage), out);
        }
        out.extend_from_slice(sse::DONE);
    }

    /// Appends the events for one turn event to `out`.
    pub fn write(&mut self, event: TurnEvent, out: &mut Vec<u8>) -> Result<(), RewrittenAnswer> {
        match event {
            TurnEvent::Identity(identity) => {
                self.shown.update(identity);
                self.frame = None;
            }
            TurnEvent::Text(text) => {
                self.begin(out);
                self.text(&text, out);
                if let Some((answer, _)) = &mut self.counted {
                    answer.push_str(&text);
                }
            }
            TurnEvent::Reasoning(text) => {
                self.more(
                    Delta {
                        reasoning_content: Some(&text),
                        ..Delta::default()
                    },
                    out,
                );
                if let Some((_, reasoning)) = &mut self.counted {
                    reasoning.push_str(&text);
                }
            }
            TurnEvent::Refusal(text) => {
                let refusal = Some(text.as_str());
                self.more(
                    Delta {
                        refusal,
                        ..Delta::default()
                    },
                    out,
                );
            }
            TurnEvent::Rewritten(_) if self.sent_text => return Err(RewrittenAnswer),
            TurnEvent::Rewritten(text) => self.write(TurnEvent::Text(text), out)?,
            TurnEvent::Citation(citation) => self.citation(&citation, out),
            TurnEvent::Image(image) => self.image(&image, out),
            TurnEvent::Activity(step) => self.step(&step, out),
            TurnEvent::Finish(reason) => self.finish(reason, out),
            TurnEvent::ToolCall(begun) => self.call(begun, out),
            TurnEvent::ToolInput { index, piece } => self.input(index, &piece, out),
            TurnEvent::Audio(piece) => self.sound(*piece, out),
            TurnEvent::Usage(usage) => self.shown.count(usage),
            TurnEvent::Title(_)
            | TurnEvent::Limits(_)
            | TurnEvent::Thought(_)
            | TurnEvent::StopSequence(_)
            | TurnEvent::ToolCallEnded { .. }
            | TurnEvent::Native(_) => {}
        }
        Ok(())
    }

    fn call(&mut self, begun: ToolCallBegun, out: &mut Vec<u8>) {
        self.begin_with(DeltaContent::Nothing, out);
        let tool_calls = &[tool_calls::first_piece(&begun)];
        self.more(
            Delta {
                tool_calls,
                ..Delta::default()
            },
            out,
        );
        if let Some((answer, _)) = &mut self.counted {
            answer.push_str(&begun.name);
        }
        self.calls.begin(begun);
    }

    fn input(&mut self, index: usize, piece: &str, out: &mut Vec<u8>) {
        let kind = self.calls.kind(index);
        let tool_calls = &[tool_calls::piece(index, kind, None, piece)];
        self.more(
            Delta {
                tool_calls,
                ..Delta::default()
            },
            out,
        );
        if let Some((answer, _)) = &mut self.counted {
            answer.push_str(piece);
        }
    }

    fn sound(&mut self, piece: AudioPiece, out: &mut Vec<u8>) {
        let sound = answer_sound::piece(piece);
        self.more(
            Delta {
                audio: Some(&sound),
                ..Delta::default()
            },
            out,
        );
    }

    fn citation(&mut self, citation: &Citation, out: &mut Vec<u8>) {
        let annotations = &[beside_text::annotation(citation)];
        self.more(
            Delta {
                annotations,
                ..Delta::default()
            },
            out,
        );
    }

    fn image(&mut self, image: &ImageOutput, out: &mut Vec<u8>) {
        if image.is_partial {
            return;
        }
        let images = &[AnswerImage::new(&image.link, self.images)];
        self.images += 1;
        self.more(
            Delta {
                images,
                ..Delta::default()
            },
            out,
        );
    }

    fn step(&mut self, step: &Activity, out: &mut Vec<u8>) {
        if !self.shown.tells_steps() {
            return;
        }
        let tool_activity = &[beside_text::tool_activity(step)];
        self.more(
            Delta {
                tool_activity,
                ..Delta::default()
            },
            out,
        );
    }

    /// A chunk with something new, after the first one.
    fn more(&mut self, delta: Delta<'_>, out: &mut Vec<u8>) {
        self.begin(out);
        self.delta(delta, None, out);
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        self.begin_with(DeltaContent::Text(""), out);
    }

    fn begin_with(&mut self, content: DeltaContent<'_>, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.begun, true) {
            let delta = Delta {
                role: Some("assistant"),
                content: Some(content),
                ..Delta::default()
            };
            self.delta(delta, None, out);
        }
    }

    fn finish(&mut self, reason: FinishReason, out: &mut Vec<u8>) {
        self.begin(out);
        self.delta(Delta::default(), Some(reason), out);
        if self.place.is_none() {
            self.end(self.usage(), out);
        }
    }

    /// A chunk with more of the answer.
    fn text(&mut self, text: &str, out: &mut Vec<u8>) {
        self.sent_text = true;
        if self.frame.is_none() {
            self.frame = self.new_frame();
        }
        let Some(Frame { before, after }) = &self.frame else {
            let content = Some(DeltaContent::Text(text));
            return self.delta(
                Delta {
                    content,
                    ..Delta::default()
                },
                None,
                out,
            );
        };
        out.reserve(before.len() + text.len() + after.len() + 16);
        out.extend_from_slice(before);
        json_string(text, out);
        out.extend_from_slice(after);
    }

    fn new_frame(&self) -> Option<Frame> {
        let mut chunk = Vec::new();
        let content = Some(DeltaContent::Text(""));
        self.delta(
            Delta {
                content,
                ..Delta::default()
            },
            None,
            &mut chunk,
        );
        let mut places = chunk.windows(EMPTY_TEXT.len());
        // Quotes inside other fields are escaped, so there is no other such place.
        let end = places.position(|window| window == EMPTY_TEXT)? + EMPTY_TEXT.len();
        let after = chunk.split_off(end);
        chunk.truncate(end - 2);
        Some(Frame {
            before: chunk,
            after,
        })
    }

    fn delta(&self, delta: Delta<'_>, finish_reason: Option<FinishReason>, out: &mut Vec<u8>) {
        let choice = ChunkChoice {
            index: self.place.unwrap_or_default(),
            delta,
            logprobs: None,
            finish_reason,
        };
        let usage = match self.counted {
            Some(_) => ChunkUsage::Later,
            None => ChunkUsage::NotAsked,
        };
        self.chunk(&[choice], usage, out);
    }

    fn chunk(&self, choices: &[ChunkChoice<'_>], usage: ChunkUsage, out: &mut Vec<u8>) {
        let chunk = ChatCompletionChunk {
            id: &self.shown.head.id,
            object: "chat.completion.chunk",
            created: self.shown.head.created,
            model: self.shown.model(),
            choices,
            usage,
            conversation_id: self.shown.conversation_id(),
            message_id: self.shown.message_id(),
        };
        // Writing strings and numbers into memory cannot fail.
        let _infallible = sse::data_event(out, |out| serde_json::to_writer(out, &chunk));
    }
}

/// Writes a text as JSON. Nearly all pieces need no escapes, which is quickly seen.
fn json_string(text: &str, out: &mut Vec<u8>) {
    let is_special = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    // Without an early end, so that many bytes are looked at at once.
    if text.bytes().fold(false, |any, it| any | is_special(it)) {
        // Writing a string into memory cannot fail.
        let _infallible = serde_json::to_writer(out, text);
        return;
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}
