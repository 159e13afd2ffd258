//! What the model did by itself: searches, code, pictures it set out to draw, other tools.
//!
//! A step grows by events that replace each other. What an item told before stays; the steps
//! that the published items have no kind for are calls of tools of a server.

use openai::response_event::ResponseEvent;
use openai::response_item::{CodeOutput, ItemStatus, OutputItem, SearchAction};
use serde_json::json;

use super::ResponseAnswer;
use crate::turn_event::{Activity, ActivityStatus, Step};

/// A step, and where it is.
#[derive(Debug)]
pub(super) struct Tool {
    /// Upstream's id of the step; nothing for a picture that came without one.
    pub(super) id: Option<String>,
    /// Its place in the output.
    pub(super) place: usize,
    pub(super) is_over: bool,
    /// Whether upstream said that it is over.
    pub(super) is_ended: bool,
    /// How many bytes of the code were told.
    told: usize,
    /// How many previews of a picture were told.
    pub(super) previews: usize,
}

impl Tool {
    pub(super) fn at(place: usize, id: Option<String>) -> Self {
        Self {
            id,
            place,
            is_over: false,
            is_ended: false,
            told: 0,
            previews: 0,
        }
    }
}

impl ResponseAnswer {
    /// A step as it is now.
    pub(super) fn step(&mut self, activity: Activity) {
        let Activity { id, step, status } = activity;
        let known = self.tools.iter().position(|it| it.id.as_ref() == Some(&id));
        let number = match known.or_else(|| self.picture_without_step(&step)) {
            Some(number) => number,
            None => self.begin_step(&step),
        };
        self.tools[number].id = Some(id);
        if self.tools[number].is_over {
            return;
        }
        self.update_step(number, step);
        let place = self.tools[number].place;
        match status {
            ActivityStatus::InProgress => return,
            ActivityStatus::Failed => self.set_status(place, ItemStatus::Failed),
            ActivityStatus::Completed => self.set_status(place, ItemStatus::Completed),
        }
        self.tools[number].is_ended = true;
        let waits_for_picture = matches!(
            &self.response.output[place],
            OutputItem::ImageGenerationCall {
                url: None,
                status: ItemStatus::Completed,
                ..
            }
        );
        if waits_for_picture {
            self.set_status(place, ItemStatus::InProgress);
        } else {
            self.close_step(number);
        }
    }

    /// A picture that came before the step which drew it.
    fn picture_without_step(&self, step: &Step) -> Option<usize> {
        if !matches!(step, Step::ImageGeneration { .. }) {
            return None;
        }
        self.tools.iter().position(|it| it.id.is_none())
    }

    fn begin_step(&mut self, step: &Step) -> usize {
        let status = ItemStatus::InProgress;
        let (item, kinds): (_, &[&'static str]) = match step {
            Step::Code { .. } => (
                OutputItem::CodeInterpreterCall {
                    id: self.next_id("ci"),
                    status,
                    code: String::new(),
                    container_id: format!("cntr_{}", self.suffix),
                    outputs: None,
                },
                &["response.code_interpreter_call.in_progress"],
            ),
            Step::Search { queries } => (
                OutputItem::WebSearchCall {
                    id: self.next_id("ws"),
                    status,
                    action: SearchAction::new(queries),
                },
                &[
                    "response.web_search_call.in_progress",
                    "response.web_search_call.searching",
                ],
            ),
            Step::ImageGeneration { .. } => (
                self.new_picture(),
                &[
                    "response.image_generation_call.in_progress",
                    "response.image_generation_call.generating",
                ],
            ),
            other => (self.new_tool(other), &["response.mcp_call.in_progress"]),
        };
        let place = self.add(item);
        for kind in kinds {
            self.tell_about(kind, place);
        }
        self.tools.push(Tool::at(place, None));
        self.tools.len() - 1
    }

    fn new_tool(&self, step: &Step) -> OutputItem {
        let (server_label, name) = match step {
            Step::Canvas { action, .. } => ("canvas", (*action).to_owned()),
            Step::Memory { .. } => ("memory", "remember".to_owned()),
            Step::Tool { name, .. } => ("chatgpt", name.clone()),
            _ => ("chatgpt", String::new()),
        };
        OutputItem::McpCall {
            id: self.next_id("mcp"),
            status: ItemStatus::InProgress,
            approval_request_id: None,
            arguments: String::new(),
            error: None,
            name,
            output: None,
            server_label,
        }
    }

    fn update_step(&mut self, number: usize, step: Step) {
        let place = self.tools[number].place;
        match (&mut self.response.output[place], step) {
            (
                OutputItem::CodeInterpreterCall { code, outputs, .. },
                Step::Code { code: now, output },
            ) => {
                *code = now;
                if let Some(logs) = output.filter(|it| !it.is_empty()) {
                    let outputs = outputs.get_or_insert_default();
                    outputs.retain(|it| matches!(it, CodeOutput::Image { .. }));
                    outputs.insert(0, CodeOutput::Logs { logs });
                }
                self.tell_code(number);
            }
            (OutputItem::WebSearchCall { action, .. }, Step::Search { queries }) => {
                *action = SearchAction::new(&queries);
            }
            (
                OutputItem::ImageGenerationCall { revised_prompt, .. },
                Step::ImageGeneration { prompt },
            ) => *revised_prompt = prompt.or(revised_prompt.take()),
            (
                OutputItem::McpCall {
                    arguments, output, ..
                },
                step,
            ) => (*arguments, *output) = in_and_out(step),
            _ => {}
        }
    }

    /// Tells what has grown at the end of a step's code.
    fn tell_code(&mut self, number: usize) {
        let tool = &mut self.tools[number];
        let item = &self.response.output[tool.place];
        let OutputItem::CodeInterpreterCall { id, code, .. } = item else {
            return;
        };
        // Code that was changed elsewhere than at its end is told when it is done.
        if let Some(delta) = code.get(tool.told..).filter(|it| !it.is_empty()) {
            self.told.tell(ResponseEvent {
                kind: "response.code_interpreter_call_code.delta",
                output_index: Some(tool.place),
                item_id: Some(id),
                delta: Some(delta),
                ..ResponseEvent::default()
            });
            tool.told = code.len();
        }
    }

    /// A step is over; its status is set before.
    pub(super) fn close_step(&mut self, number: usize) {
        let tool = &mut self.tools[number];
        if std::mem::replace(&mut tool.is_over, true) {
            return;
        }
        let place = tool.place;
        let event = ResponseEvent {
            output_index: Some(place),
            ..ResponseEvent::default()
        };
        let end = match &self.response.output[place] {
            OutputItem::CodeInterpreterCall { id, code, .. } => {
                self.told.tell(ResponseEvent {
                    kind: "response.code_interpreter_call_code.done",
                    item_id: Some(id),
                    code: Some(code),
                    ..event
                });
                self.tell_about("response.code_interpreter_call.interpreting", place);
                Some("response.code_interpreter_call.completed")
            }
            OutputItem::WebSearchCall { .. } => Some("response.web_search_call.completed"),
            OutputItem::ImageGenerationCall {
                status: ItemStatus::Completed,
                ..
            } => Some("response.image_generation_call.completed"),
            OutputItem::McpCall {
                id,
                status,
                arguments,
                ..
            } => {
                self.told.tell(ResponseEvent {
                    kind: "response.mcp_call_arguments.delta",
                    item_id: Some(id),
                    delta: Some(arguments),
                    ..event.clone()
                });
                self.told.tell(ResponseEvent {
                    kind: "response.mcp_call_arguments.done",
                    item_id: Some(id),
                    arguments: Some(arguments),
                    ..event
                });
                Some(match status {
                    ItemStatus::Failed => "response.mcp_call.failed",
                    _ => "response.mcp_call.completed",
                })
            }
            _ => None,
        };
        if let Some(kind) = end {
            self.tell_about(kind, place);
        }
        self.tell_item("response.output_item.done", place);
    }
}

/// What another tool was asked, and what it answered.
fn in_and_out(step: Step) -> (String, Option<String>) {
    match step {
        Step::Canvas {
            document_id,
            title,
            kind,
            content,
            ..
        } => {
            let about = json!({"document_id": document_id, "title": title, "kind": kind});
            (about.to_string(), Some(content))
        }
        Step::Memory { text } => (json!({"text": text}).to_string(), None),
        Step::Tool { input, output, .. } => (input, output),
        Step::Code { .. } | Step::Search { .. } | Step::ImageGeneration { .. } => {
            (String::new(), None)
        }
    }
}
