//! How an answer ends: whole, cut, broken, or ended by the caller.

use openai::chat_completion::FinishReason;
use openai::response::{IncompleteDetails, ResponseError, ResponseStatus};
use openai::response_item::{ItemStatus, OutputItem, OutputPart};

use super::ResponseAnswer;

/// Why an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending<'a> {
    /// Upstream said so, or a limit was met.
    Finished(FinishReason),
    /// It broke.
    Failed {
        /// One of the published words for the response.
        code: &'static str,
        /// The gateway's own word, for the error event.
        detail: &'a str,
        /// A sentence for people.
        message: &'a str,
        /// The parameter at fault.
        param: Option<&'a str>,
    },
    /// The caller ended it.
    Cancelled,
}

impl ResponseAnswer {
    /// Closes everything and ends the answer; `now` in Unix seconds.
    pub fn end(&mut self, ending: Ending<'_>, now: u64) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        let is_whole = matches!(
            ending,
            Ending::Finished(FinishReason::Stop | FinishReason::ToolCalls)
        );
        if let Ending::Failed {
            detail,
            message,
            param,
            ..
        } = ending
        {
            self.told.tell_error(Some(detail), message, param);
        } else {
            self.close_all(is_whole);
        }
        if self.is_refused {
            self.forget_withdrawn();
        }
        let response = &mut self.response;
        response.status = match ending {
            Ending::Finished(FinishReason::Stop | FinishReason::ToolCalls) => {
                response.completed_at = Some(now);
                ResponseStatus::Completed
            }
            Ending::Finished(FinishReason::Length) => {
                let reason = "max_output_tokens";
                response.incomplete_details = Some(IncompleteDetails { reason });
                ResponseStatus::Incomplete
            }
            Ending::Finished(FinishReason::ContentFilter) => {
                let reason = "content_filter";
                response.incomplete_details = Some(IncompleteDetails { reason });
                ResponseStatus::Incomplete
            }
            Ending::Failed { code, message, .. } => {
                let message = message.to_owned();
                response.error = Some(ResponseError { code, message });
                ResponseStatus::Failed
            }
            Ending::Cancelled => ResponseStatus::Cancelled,
        };
        if matches!(ending, Ending::Finished(_)) {
            let (answer, reasoning) = self.countable();
            self.response.usage = Some(self.shown.usage(&answer, &reasoning).into());
        }
        self.tell_response(match self.response.status {
            ResponseStatus::Completed => "response.completed",
            ResponseStatus::Incomplete => "response.incomplete",
            // There is no event of its own for one that was cancelled.
            _ => "response.failed",
        });
    }

    /// Closes what is open; what was cut says so.
    fn close_all(&mut self, is_whole: bool) {
        let status = if is_whole {
            ItemStatus::Completed
        } else {
            ItemStatus::Incomplete
        };
        if !is_whole && !self.is_refused {
            self.closing = ItemStatus::Incomplete;
        }
        self.close_open();
        for number in 0..self.calls.len() {
            let call = &mut self.calls[number];
            if !std::mem::replace(&mut call.is_over, true) {
                let place = call.place;
                self.close_call(place, status);
            }
        }
        for number in 0..self.tools.len() {
            if !self.tools[number].is_over {
                let place = self.tools[number].place;
                let has_picture = matches!(
                    &self.response.output[place],
                    OutputItem::ImageGenerationCall { url, .. } if url.is_some()
                );
                let is_picture = matches!(
                    &self.response.output[place],
                    OutputItem::ImageGenerationCall { .. }
                );
                // A picture that never came has no other word for it.
                self.set_status(
                    place,
                    match (is_picture, has_picture) {
                        (true, true) => ItemStatus::Completed,
                        (true, false) => ItemStatus::Failed,
                        _ => status,
                    },
                );
                self.close_step(number);
            }
        }
    }

    /// Of an answer that was withdrawn only the refusal is left.
    fn forget_withdrawn(&mut self) {
        self.response.output.retain_mut(|item| {
            let OutputItem::Message { content, .. } = item else {
                return true;
            };
            content.retain(|part| matches!(part, OutputPart::Refusal { .. }));
            !content.is_empty()
        });
        self.sealed.clear();
    }

    /// What is counted of the answer, and of what was thought.
    fn countable(&self) -> (String, String) {
        let (mut answer, mut reasoning) = (String::new(), String::new());
        for item in &self.response.output {
            match item {
                OutputItem::Message { content, .. } => {
                    for part in content {
                        if let OutputPart::OutputText { text, .. } = part {
                            answer.push_str(text);
                        }
                    }
                }
                OutputItem::Reasoning { summary, .. } => {
                    for part in summary {
                        reasoning.push_str(&part.text);
                    }
                }
                OutputItem::FunctionCall {
                    arguments, name, ..
                } => {
                    answer.push_str(name);
                    answer.push_str(arguments);
                }
                OutputItem::CustomToolCall { input, name, .. } => {
                    answer.push_str(name);
                    answer.push_str(input);
                }
                _ => {}
            }
        }
        (answer, reasoning)
    }
}
