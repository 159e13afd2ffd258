//! What tools are asked and what they answer: steps, pictures, whole blocks of text.
//!
//! The second half of `messages`, for the messages that are not the model's own words.
//! Protocol: tool names, code interpreter results, image generation, canvas.

use std::borrow::Cow;

use chatgpt::message::Message;
use serde_json::Value;

use super::activities::{News, ToolAnswer, is_search};
use super::canvas::{CanvasCall, fenced};
use super::messages::TurnMessages;
use super::pictures::Shown;
use super::search_queries;
use crate::reply::answer_style::ActivityFormat;
use crate::turn_event::Step;

impl TurnMessages {
    /// A step of the code interpreter, once its code is whole.
    pub(super) fn note_code(&mut self, message: &Message<'_>) {
        if message.is_finished() {
            let step = Step::Code {
                code: message.text().into_owned(),
                output: None,
            };
            let tool = message.recipient.text();
            self.activities.asked(message.id.text(), tool, step);
        }
    }

    /// Output is shown once it is whole, and then the plots.
    pub(super) fn read_output(&mut self, index: usize, message: &Message<'_>) {
        let run = message.metadata.aggregate_result.get();
        let exception = run.and_then(|run| run.in_kernel_exception.get());
        let mut text = message.text();
        if let (true, Some(exception)) = (text.is_empty(), exception) {
            text = Cow::Owned(exception.to_text());
        }
        if !message.is_finished() {
            return;
        }
        if !self.tracked[index].told && !text.is_empty() {
            self.tracked[index].told = true;
            self.add_block(fenced("Output", &text));
        }
        let plots = run.into_iter().flat_map(|run| run.messages.objects());
        let plots = plots.filter(|it| it.image_url.said().is_some());
        for (plot, place) in plots.zip(0..) {
            self.show_picture(&Shown {
                conversation_id: self.identity.conversation_id.clone().as_deref(),
                message_id: message.id.text(),
                tool: message.author.name.text(),
                index: place,
                pointer: plot.image_url.text(),
                size: size(plot.width.0, plot.height.0),
                title: None,
                is_partial: false,
            });
        }
        let has_failed = run.is_some_and(chatgpt::message::AggregateResult::has_failed);
        self.answered(message, &text, has_failed, News::None);
    }

    /// What the model asks of a tool, once it is whole.
    pub(super) fn read_call(&mut self, index: usize, message: &Message<'_>) {
        if !message.is_finished() || self.tracked[index].told {
            return;
        }
        self.tracked[index].told = true;
        let (tool, text) = (message.recipient.text(), message.text());
        let step = match tool.split('.').next() {
            Some("canmore") => self.canvas_step(tool, &text),
            Some("bio") => Step::Memory {
                text: text.into_owned(),
            },
            Some("dalle" | "t2uay3k" | "image_gen") => Step::ImageGeneration {
                prompt: prompt(&text),
            },
            _ => search_step(message).unwrap_or_else(|| Step::Tool {
                name: tool.to_owned(),
                input: text.into_owned(),
                output: None,
            }),
        };
        self.activities.asked(message.id.text(), tool, step);
    }

    fn canvas_step(&mut self, tool: &str, text: &str) -> Step {
        let call = CanvasCall::read(tool, text);
        self.add_block(call.to_block(self.canvas_kind.as_deref()));
        if let Some(kind) = call.kind() {
            self.canvas_kind = Some(kind.to_owned());
        }
        call.into_step()
    }

    /// What a tool answers.
    pub(super) fn read_tool(&mut self, index: usize, message: &Message<'_>) {
        let metadata = &message.metadata;
        let is_error = message.content.content_type.text() == "system_error";
        let has_failed = is_error || metadata.is_error.is_true();
        let has_pictures = message.pictures().next().is_some();
        self.read_pictures(message);
        if has_failed {
            self.pictures.give_up(message.author.name.text());
        } else if !has_pictures && is_image_task(message) {
            self.wait_for_picture(index, message);
        }
        if is_search(message.author.name.text()) && message.is_finished() {
            let queries = search_queries::of_metadata(metadata);
            if !queries.is_empty() {
                self.activities.searched(message.id.text(), queries);
            }
        }
        let news = if has_pictures {
            let mut drawn = message.pictures().filter_map(|(_, picture)| {
                let dalle = picture.metadata.get()?.dalle.get()?;
                dalle.prompt.said().map(str::to_owned)
            });
            News::Drew(drawn.next())
        } else if is_image_task(message) {
            News::WillDraw
        } else if let Some(canvas) = metadata.canvas.get() {
            News::Document {
                id: canvas.textdoc_id.said().map(str::to_owned),
                title: canvas.title.said().map(str::to_owned),
                kind: canvas.textdoc_type.said().map(str::to_owned),
            }
        } else {
            News::None
        };
        if message.is_finished() {
            let text = if is_shown_as_answer(message) {
                message.text()
            } else {
                Cow::Borrowed("")
            };
            self.answered(message, &text, has_failed, news);
        }
    }

    /// The pictures of a message; they are finished when it is.
    pub(super) fn read_pictures(&mut self, message: &Message<'_>) {
        let conversation_id = self.identity.conversation_id.clone();
        for (index, picture) in message.pictures() {
            self.show_picture(&Shown {
                conversation_id: conversation_id.as_deref(),
                message_id: message.id.text(),
                tool: message.author.name.text(),
                index,
                pointer: picture.asset_pointer.text(),
                size: size(picture.width.0, picture.height.0),
                title: message.metadata.image_gen_title.said(),
                is_partial: !message.is_finished(),
            });
        }
    }

    fn show_picture(&mut self, shown: &Shown<'_>) {
        if let Some(markdown) = self.pictures.show(shown, &self.style.links) {
            self.identity.message_id = Some(shown.message_id.to_owned());
            self.identity_is_new = true;
            self.add_block(markdown);
        }
    }

    fn wait_for_picture(&mut self, index: usize, message: &Message<'_>) {
        if !std::mem::replace(&mut self.tracked[index].told, true) {
            let metadata = &message.metadata;
            let task = metadata.image_gen_task_id.said();
            let task = task.or(metadata.async_task_id.said());
            self.pictures.wait_for(message.author.name.text(), task);
        }
    }

    fn answered(&mut self, message: &Message<'_>, text: &str, has_failed: bool, news: News) {
        self.activities.answered(&ToolAnswer {
            id: message.id.text(),
            call_id: message.metadata.parent_id.text(),
            tool: message.author.name.text(),
            text,
            has_failed,
            news,
        });
    }

    /// A block of its own, if tools are shown in the text at all.
    fn add_block(&mut self, block: String) {
        if self.style.activity == ActivityFormat::Markdown {
            self.waiting.push(block);
        }
    }
}

/// Whether a tool's message stands for a task that draws a picture later.
fn is_image_task(message: &Message<'_>) -> bool {
    let metadata = &message.metadata;
    metadata.image_gen_async.is_true()
        || metadata.image_gen_task_id.said().is_some()
        || metadata.async_task_type.text() == "image_gen"
}

/// Whether a tool's text is its answer, not a page it read or a screen it saw.
fn is_shown_as_answer(message: &Message<'_>) -> bool {
    let content_type = message.content.content_type.text();
    matches!(
        content_type,
        "text" | "multimodal_text" | "code" | "execution_output" | "system_error"
    )
}

fn search_step(message: &Message<'_>) -> Option<Step> {
    let queries = if is_search(message.recipient.text()) {
        search_queries::of_call(message)
    } else {
        search_queries::of_metadata(&message.metadata)
    };
    (!queries.is_empty()).then_some(Step::Search { queries })
}

/// What a call of the image tool asks for.
fn prompt(text: &str) -> Option<String> {
    let arguments: Value = serde_json::from_str(text).ok()?;
    let prompt = arguments.get("prompt")?.as_str()?;
    (!prompt.is_empty()).then(|| prompt.to_owned())
}

fn size(width: Option<u64>, height: Option<u64>) -> Option<(u32, u32)> {
    let (width, height) = (width?.try_into().ok()?, height?.try_into().ok()?);
    Some((width, height))
}
