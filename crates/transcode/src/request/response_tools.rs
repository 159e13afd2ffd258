//! The tools of a Responses request: the caller's own, and those of ChatGPT, which are hints.

use openai::error::InvalidRequest;
use openai::parameters::Parameters;
use serde_json::Value;

use crate::parameter_table::{AskedParameter, FaceKind, find};
use crate::turn::{CustomTool, FunctionTool, Hint, Tool, ToolChoice, ToolKind};

/// What a request says about tools.
#[derive(Debug, Default)]
pub(super) struct Tools {
    /// The caller's own.
    pub(super) callable: Vec<Tool>,
    /// Those of ChatGPT.
    pub(super) hints: Vec<Hint>,
    /// Whether one has to be used.
    pub(super) choice: ToolChoice,
    /// Kinds that not every driver has.
    pub(super) foreign: Vec<AskedParameter>,
}

/// Tools that OpenAI's platform would run: an answer without them is another answer.
const RUN_BY_PLATFORM: [&str; 2] = ["file_search", "mcp"];

/// Reads `tools` and `tool_choice`.
pub(super) fn read(parameters: &mut Parameters<'_>) -> Result<Tools, InvalidRequest> {
    let tools: Vec<Value> = parameters.take("tools")?.unwrap_or_default();
    let mut read = Tools::default();
    for (index, tool) in tools.iter().enumerate() {
        read.take(&format!("tools[{index}]"), tool)?;
    }
    if let Some(choice) = parameters.take::<Value>("tool_choice")? {
        read.choose(&choice)?;
    }
    Ok(read)
}

/// The hint that a tool of ChatGPT is.
fn hint(kind: &str) -> Option<Hint> {
    match kind {
        "image_generation" => Some(Hint::Picture),
        "code_interpreter" => Some(Hint::Code),
        // Versions of it end with their date.
        kind if kind.starts_with("web_search") => Some(Hint::Search),
        _ => None,
    }
}

impl Tools {
    fn take(&mut self, path: &str, tool: &Value) -> Result<(), InvalidRequest> {
        let kind = tool["type"].as_str().unwrap_or_default();
        if let Some(hint) = hint(kind) {
            if !self.hints.contains(&hint) {
                self.hints.push(hint);
            }
            return Ok(());
        }
        let description = tool["description"].as_str().map(str::to_owned);
        let given = |name: &str| Some(tool[name].clone()).filter(|it| !it.is_null());
        let tool = match kind {
            "function" => Tool::Function(FunctionTool {
                name: name_of(path, tool)?,
                description,
                parameters: given("parameters"),
                strict: tool["strict"].as_bool(),
            }),
            "custom" => Tool::Custom(CustomTool {
                name: name_of(path, tool)?,
                description,
                format: given("format"),
            }),
            "" => {
                let path = format!("{path}.type");
                let message = format!("{path}: is missing; say what kind of tool it is");
                return Err(InvalidRequest::parameter(path, message));
            }
            kind if !RUN_BY_PLATFORM.contains(&kind) => {
                // The caller has it; where it is left out, the model just never calls it.
                self.add_foreign(AskedParameter {
                    name: format!("tools.{kind}"),
                    parameter: None,
                });
                return Ok(());
            }
            _ => {
                self.add_foreign(AskedParameter {
                    name: format!("{path}.type"),
                    parameter: find(FaceKind::Responses, "tools.*"),
                });
                return Ok(());
            }
        };
        self.callable.push(tool);
        Ok(())
    }

    fn add_foreign(&mut self, tool: AskedParameter) {
        if !self.foreign.contains(&tool) {
            self.foreign.push(tool);
        }
    }

    fn choose(&mut self, choice: &Value) -> Result<(), InvalidRequest> {
        let name = choice["name"].as_str();
        self.choice = match (choice.as_str(), choice["type"].as_str()) {
            (Some("auto"), _) => ToolChoice::Auto,
            (Some("none"), _) => {
                // Of ChatGPT's own tools none is picked for the model either.
                self.hints.clear();
                ToolChoice::None
            }
            (Some("required"), _) => ToolChoice::Required,
            (_, Some("function")) => named(ToolKind::Function, name)?,
            (_, Some("custom")) => named(ToolKind::Custom, name)?,
            (_, Some("allowed_tools")) => self.allow(choice)?,
            (_, Some(kind)) if hint(kind).is_some() => {
                self.hints = hint(kind).into_iter().collect();
                ToolChoice::Auto
            }
            // It is refused, or goes up as it is, with its tool.
            (_, Some(kind)) if RUN_BY_PLATFORM.contains(&kind) => ToolChoice::Auto,
            _ => {
                return Err(InvalidRequest::unsupported(
                    "tool_choice",
                    "tool_choice: use auto, none, required, or name a tool of this request",
                ));
            }
        };
        let is_known = match &self.choice {
            ToolChoice::Named(kind, name) => {
                let mut tools = self.callable.iter();
                tools.any(|it| it.kind() == *kind && it.name() == name)
            }
            _ => true,
        };
        if is_known {
            return Ok(());
        }
        let message = "tool_choice: there is no such tool among \"tools\"";
        Err(InvalidRequest::parameter("tool_choice", message))
    }

    fn allow(&mut self, choice: &Value) -> Result<ToolChoice, InvalidRequest> {
        let Some(tools) = choice["tools"].as_array() else {
            let message = "tool_choice.tools: list the tools that are allowed";
            return Err(InvalidRequest::parameter("tool_choice.tools", message));
        };
        let kinds = tools.iter().filter_map(|it| it["type"].as_str());
        let allowed: Vec<Hint> = kinds.filter_map(hint).collect();
        self.hints.retain(|it| allowed.contains(it));
        let names = tools.iter().filter_map(|it| it["name"].as_str());
        Ok(ToolChoice::Allowed {
            is_required: choice["mode"] == "required",
            names: names.map(str::to_owned).collect(),
        })
    }
}

fn named(kind: ToolKind, name: Option<&str>) -> Result<ToolChoice, InvalidRequest> {
    match name {
        Some(name) => Ok(ToolChoice::Named(kind, name.to_owned())),
        None => Err(InvalidRequest::parameter(
            "tool_choice.name",
            "tool_choice.name: name the tool",
        )),
    }
}

fn name_of(path: &str, tool: &Value) -> Result<String, InvalidRequest> {
    match tool["name"].as_str() {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => {
            let path = format!("{path}.name");
            let message = format!("{path}: name the tool");
            Err(InvalidRequest::parameter(path, message))
        }
    }
}
