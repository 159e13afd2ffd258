//! Reads the body of a Responses request, which has been checked, into what it asks for.

use serde_json::Value;

use super::asked::{Asked, Choice, Drawing, Format, Reasoning, Tool, ToolKind};
use super::check::kind_of;
use super::phrases::{self, Entry};
use super::usage;

/// The items of the input; a text is a message of the user.
pub(crate) fn input_items(input: &Value) -> Vec<Value> {
    match input {
        Value::Array(items) => items.clone(),
        Value::String(text) => vec![serde_json::json!({
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": text}],
        })],
        _ => Vec::new(),
    }
}

/// What a body asks for, given the whole input, which may have begun in earlier requests.
pub(crate) fn read(body: &Value, input: &[Value]) -> Asked {
    let entries: Vec<Entry> = input.iter().map(entry).collect();
    let (at, prompt) = phrases::prompt(&entries);
    let (tool_outputs, outputs_since_prompt) = phrases::tool_outputs(&entries, at);
    let mut tools = Vec::new();
    gather_tools(&body["tools"], None, &mut tools);
    let counted: usize = input.iter().map(content_tokens).sum();
    let limit = body["max_output_tokens"].as_u64();
    Asked {
        prompt,
        tool_outputs,
        outputs_since_prompt,
        tools,
        choice: choice(&body["tool_choice"]),
        parallel: body["parallel_tool_calls"] != false,
        format: format(&body["text"]["format"]),
        reasoning: reasoning(body),
        drawing: drawing(&body["tools"]),
        limit: limit.and_then(|limit| usize::try_from(limit).ok()),
        input_tokens: counted
            + usage::tokens_of(&body["instructions"])
            + usage::tokens_of(&body["tools"]),
    }
}

/// What is sealed is not counted: it stands for thoughts of another length.
fn content_tokens(item: &Value) -> usize {
    let counted = ["content", "output", "arguments", "input", "name", "summary"];
    counted
        .iter()
        .map(|name| usage::tokens_of(&item[name]))
        .sum()
}

fn entry(item: &Value) -> Entry {
    match kind_of(item) {
        "message" => match item["role"].as_str() {
            Some("user") => Entry::User(texts(&item["content"])),
            Some("assistant") => Entry::Assistant,
            _ => Entry::Aside,
        },
        "reasoning" | "compaction" | "item_reference" => Entry::Aside,
        kind if kind.ends_with("_output") => Entry::ToolOutput(texts(&item["output"]).join("\n")),
        _ => Entry::Call,
    }
}

/// The texts of a content, which may be one text.
pub(crate) fn texts(content: &Value) -> Vec<String> {
    match content {
        Value::String(text) => vec![text.clone()],
        Value::Array(parts) => parts
            .iter()
            .filter_map(|part| part["text"].as_str())
            .map(str::to_owned)
            .collect(),
        Value::Null => Vec::new(),
        other => vec![other.to_string()],
    }
}

fn gather_tools(tools: &Value, namespace: Option<&str>, into: &mut Vec<Tool>) {
    for tool in tools.as_array().into_iter().flatten() {
        let name = tool["name"].as_str().unwrap_or_default();
        let kind = match tool["type"].as_str().unwrap_or_default() {
            "namespace" => {
                gather_tools(&tool["tools"], Some(name), into);
                continue;
            }
            "function" => ToolKind::Function(tool["parameters"].clone()),
            "custom" => ToolKind::Custom,
            "local_shell" => ToolKind::LocalShell,
            "image_generation" => ToolKind::ImageGeneration,
            "code_interpreter" => ToolKind::CodeInterpreter,
            kind if kind.starts_with("web_search") => ToolKind::WebSearch,
            _ => ToolKind::Other,
        };
        into.push(Tool {
            name: name.to_owned(),
            namespace: namespace.map(str::to_owned),
            kind,
        });
    }
}

/// The choice among the tools, in the forms of both APIs.
pub(crate) fn choice(choice: &Value) -> Choice {
    match choice.as_str() {
        Some("none") => return Choice::None,
        Some("required") => return Choice::Required,
        Some(_) => return Choice::Auto,
        None => {}
    }
    let name = [
        &choice["name"],
        &choice["function"]["name"],
        &choice["custom"]["name"],
    ];
    if choice["type"] == "image_generation" {
        return Choice::Picture;
    }
    let name = name.into_iter().find_map(Value::as_str);
    name.map_or(Choice::Auto, |name| Choice::Named(name.to_owned()))
}

fn format(format: &Value) -> Format {
    match format["type"].as_str() {
        Some("json_object") => Format::JsonObject,
        Some("json_schema") => Format::JsonSchema(format["schema"].clone()),
        _ => Format::Text,
    }
}

/// How pictures are to be drawn; what is not said is up to the model.
fn drawing(tools: &Value) -> Drawing {
    let is_it = |tool: &&Value| tool["type"] == "image_generation";
    let tool = tools.as_array().into_iter().flatten().find(is_it);
    let usual = Drawing::default();
    let Some(tool) = tool else {
        return usual;
    };
    let text = |name: &str, usual: String| {
        let said = tool[name].as_str().filter(|it| *it != "auto");
        said.map_or(usual, str::to_owned)
    };
    let size = tool["size"].as_str().and_then(|it| it.split_once('x'));
    let size = size.and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    Drawing {
        size: size.unwrap_or(usual.size),
        quality: text("quality", usual.quality),
        background: text("background", usual.background),
        output_format: text("output_format", usual.output_format),
        previews: tool["partial_images"]
            .as_u64()
            .map_or(usual.previews, |previews| previews.min(3)),
    }
}

fn reasoning(body: &Value) -> Reasoning {
    let reasoning = &body["reasoning"];
    let summary = reasoning["summary"].as_str();
    let included = body["include"].as_array().into_iter().flatten();
    let mut included = included.filter_map(Value::as_str);
    let sealed = included.any(|name| name == "reasoning.encrypted_content");
    Reasoning {
        shown: reasoning["effort"] != "none" && (reasoning.is_object() || sealed),
        summary: summary.is_some_and(|summary| summary != "none"),
        sealed,
    }
}
