//! What a request asks for, in one form for Responses and chat completions: the prompt, the tools,
//! what they said, and the form of the answer. Scripts read it and nothing else of a request.

use serde_json::Value;

/// A request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// The text that chooses the script.
    pub(crate) prompt: String,
    /// What the tools said that were called last, if the request ends with that.
    pub(crate) tool_outputs: Vec<String>,
    /// How many outputs of tools there are since the prompt.
    pub(crate) outputs_since_prompt: usize,
    pub(crate) tools: Vec<Tool>,
    pub(crate) choice: Choice,
    /// Whether several tools may be called at once.
    pub(crate) parallel: bool,
    pub(crate) format: Format,
    pub(crate) reasoning: Reasoning,
    pub(crate) drawing: Drawing,
    /// The most tokens an answer may have.
    pub(crate) limit: Option<usize>,
    pub(crate) input_tokens: usize,
}

/// A tool.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tool {
    pub(crate) name: String,
    /// The group of tools it is in, which a call of it names as well.
    pub(crate) namespace: Option<String>,
    pub(crate) kind: ToolKind,
}

/// What a tool takes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ToolKind {
    /// Arguments, as its schema has them.
    Function(Value),
    /// A text.
    Custom,
    /// A command, run by the client.
    LocalShell,
    WebSearch,
    ImageGeneration,
    CodeInterpreter,
    Other,
}

/// Whether tools are to be called.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Choice {
    #[default]
    Auto,
    None,
    /// Any of them.
    Required,
    /// The tool of that name.
    Named(String),
    /// A picture is to be drawn.
    Picture,
}

/// The form of the answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Format {
    #[default]
    Text,
    JsonObject,
    JsonSchema(Value),
}

/// What is to be seen of the model's thoughts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reasoning {
    /// Whether there is a reasoning item before the answer.
    pub(crate) shown: bool,
    /// Whether it has a summary.
    pub(crate) summary: bool,
    /// Whether it is sealed, to be sent back.
    pub(crate) sealed: bool,
}

/// How a picture is to be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drawing {
    /// In pixels.
    pub(crate) size: (u16, u16),
    pub(crate) quality: String,
    pub(crate) background: String,
    /// What the picture is said to be; its bytes are PNG in any case.
    pub(crate) output_format: String,
    pub(crate) previews: u64,
}

impl Default for Drawing {
    fn default() -> Self {
        Self {
            size: (256, 256),
            quality: "low".to_owned(),
            background: "opaque".to_owned(),
            output_format: "png".to_owned(),
            previews: 1,
        }
    }
}

impl Asked {
    /// The tool of that name, or the first that can be called.
    pub(crate) fn tool(&self, name: Option<&str>) -> Option<&Tool> {
        let mut callable = self.tools.iter().filter(|tool| tool.is_called_by_name());
        match name {
            Some(name) => callable.find(|tool| tool.name == name),
            None => callable.next(),
        }
    }

    /// Whether there is a tool of that kind.
    pub(crate) fn has(&self, kind: &ToolKind) -> bool {
        self.tools.iter().any(|tool| tool.kind == *kind)
    }
}

impl Tool {
    fn is_called_by_name(&self) -> bool {
        matches!(self.kind, ToolKind::Function(_) | ToolKind::Custom)
    }
}
