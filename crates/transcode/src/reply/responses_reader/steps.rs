//! What the model does with the server's own tools: searching, drawing, running code.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chatgpt::known::UnknownKind;
use serde_json::Value;

use super::ResponsesReader;
use super::call_items::tool_kind;
use super::event::Event;
use crate::reply::answer_output::Picture;
use crate::turn_event::{Activity, ActivityStatus, InlineBytes, Step, TurnEvent};

/// Items that are known, and say nothing that an answer shows.
const PASSED_OVER: &[&str] = &[
    "compaction",
    "computer_call",
    "local_shell_call",
    "mcp_approval_request",
    "mcp_list_tools",
    "message",
    "reasoning",
    "shell_call",
];

impl ResponsesReader {
    /// An item begins.
    pub(super) fn item_added(&mut self, event: &Event<'_>, out: &mut Vec<TurnEvent>) {
        let item = &event.item;
        let at = self.note(event.output_index.0, item);
        let kind = item["type"].as_str().unwrap_or_default();
        if let Some(tool) = tool_kind(kind) {
            self.call_begun(at, tool, item, out);
        } else if let Some(step) = step(kind, item) {
            let id = self.items.get(at).id.clone();
            out.push(activity(id, step, ActivityStatus::InProgress));
        } else if !PASSED_OVER.contains(&kind) {
            self.unknown.note(UnknownKind::ContentType, kind);
        }
    }

    /// An item is over: what of it was not told is told now.
    pub(super) fn item_done(&mut self, index: Option<u64>, item: &Value, out: &mut Vec<TurnEvent>) {
        let at = self.note(index, item);
        self.done(at, item, out);
    }

    pub(super) fn done(&mut self, at: usize, item: &Value, out: &mut Vec<TurnEvent>) {
        if std::mem::replace(&mut self.items.get(at).is_done, true) {
            return;
        }
        let kind = item["type"].as_str().unwrap_or_default();
        match kind {
            "message" => self.message_done(at, item, out),
            "reasoning" => self.thought_done(at, item, out),
            kind => {
                if let Some(tool) = tool_kind(kind) {
                    self.call_done(at, tool, item, out);
                } else if let Some(step) = step(kind, item) {
                    self.step_done(at, step, item, out);
                } else if !PASSED_OVER.contains(&kind) {
                    self.unknown.note(UnknownKind::ContentType, kind);
                }
            }
        }
    }

    /// A picture that is still being drawn.
    pub(super) fn preview(&mut self, event: &Event<'_>, out: &mut Vec<TurnEvent>) {
        let at = self.items.find(event.output_index.0, event.item_id.text());
        let id = self.items.get(at).id.clone();
        let format = event.output_format.text();
        if let Some(file) = picture_file(event.partial_image_b64.text(), format) {
            let picture = Picture {
                id: &id,
                file,
                size: None,
                title: None,
                is_partial: true,
            };
            self.output.picture(picture, out);
        }
    }

    fn note(&mut self, index: Option<u64>, item: &Value) -> usize {
        let id = item["id"].as_str().unwrap_or_default();
        let at = self.items.find(index, id);
        let known = self.items.get(at);
        if known.id.is_empty() {
            id.clone_into(&mut known.id);
        }
        if let Some(kind) = item["type"].as_str() {
            kind.clone_into(&mut known.kind);
        }
        at
    }

    fn step_done(&mut self, at: usize, step: Step, item: &Value, out: &mut Vec<TurnEvent>) {
        let id = self.items.get(at).id.clone();
        let status = match item["status"].as_str() {
            Some("failed" | "incomplete") => ActivityStatus::Failed,
            _ => ActivityStatus::Completed,
        };
        self.output.step(&step, out);
        if let Step::ImageGeneration { prompt } = &step {
            let format = item["output_format"].as_str().unwrap_or_default();
            let data = item["result"].as_str().unwrap_or_default();
            if let Some(file) = picture_file(data, format) {
                let picture = Picture {
                    id: &id,
                    file,
                    size: item["size"].as_str().and_then(dimensions),
                    title: prompt.as_deref(),
                    is_partial: false,
                };
                self.output.picture(picture, out);
            }
        }
        out.push(activity(id, step, status));
    }
}

fn activity(id: String, step: Step, status: ActivityStatus) -> TurnEvent {
    TurnEvent::Activity(Box::new(Activity { id, step, status }))
}

/// The step that an item is, if it is one that is shown.
fn step(kind: &str, item: &Value) -> Option<Step> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Some(match kind {
        "web_search_call" => searched(&item["action"]),
        "image_generation_call" => Step::ImageGeneration {
            prompt: text(&item["revised_prompt"]),
        },
        "code_interpreter_call" => Step::Code {
            code: text(&item["code"]).unwrap_or_default(),
            output: logs(&item["outputs"]),
        },
        "file_search_call" => Step::Tool {
            name: "file_search".to_owned(),
            input: texts(&item["queries"]).join("\n"),
            output: None,
        },
        "mcp_call" => Step::Tool {
            name: text(&item["name"]).unwrap_or_default(),
            input: text(&item["arguments"]).unwrap_or_default(),
            output: text(&item["output"]).or_else(|| text(&item["error"])),
        },
        _ => return None,
    })
}

fn searched(action: &Value) -> Step {
    if let Some(name @ ("open_page" | "find" | "find_in_page")) = action["type"].as_str() {
        return Step::Tool {
            name: name.to_owned(),
            input: action["url"].as_str().unwrap_or_default().to_owned(),
            output: None,
        };
    }
    let mut queries = texts(&action["queries"]);
    if let (true, Some(query)) = (queries.is_empty(), action["query"].as_str()) {
        queries.push(query.to_owned());
    }
    queries.retain(|query| !query.is_empty());
    Step::Search { queries }
}

fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn logs(outputs: &Value) -> Option<String> {
    let outputs = outputs.as_array()?.iter();
    let logs: Vec<&str> = outputs.filter_map(|it| it["logs"].as_str()).collect();
    (!logs.is_empty()).then(|| logs.join("\n"))
}

fn picture_file(base64: &str, format: &str) -> Option<InlineBytes> {
    if base64.is_empty() {
        return None;
    }
    let bytes = STANDARD.decode(base64).ok()?;
    let format = if format.is_empty() { "png" } else { format };
    Some(InlineBytes {
        mime: format!("image/{format}"),
        bytes: bytes.into(),
    })
}

/// `1024x1536`
fn dimensions(size: &str) -> Option<(u32, u32)> {
    let (width, height) = size.split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}
