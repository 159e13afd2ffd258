//! What the model may call, and what form its answer has to have.
//!
//! Made by `request`; read by the drivers in `upstream`. What upstream has itself, as searching the
//! web, is a [`super::Hint`].

use serde_json::Value;

/// Something of the caller's that the model may call.
#[derive(Debug, Clone, PartialEq)]
pub enum Tool {
    /// Takes JSON by a schema.
    Function(FunctionTool),
    /// Takes text, by a grammar if it has one.
    Custom(CustomTool),
}

/// A tool that takes JSON.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FunctionTool {
    /// What it is called by.
    pub name: String,
    /// What it does.
    pub description: Option<String>,
    /// The JSON schema of its arguments; none for a tool without any.
    pub parameters: Option<Value>,
    /// Whether the arguments have to follow the schema exactly.
    pub strict: Option<bool>,
}

/// A tool that takes text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CustomTool {
    /// What it is called by.
    pub name: String,
    /// What it does.
    pub description: Option<String>,
    /// `{"type":"text"}`, or a grammar in the form of the Responses protocol:
    /// `{"type":"grammar","syntax":…,"definition":…}`.
    pub format: Option<Value>,
}

/// What kind of tool was called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ToolKind {
    /// One that takes JSON.
    #[default]
    Function,
    /// One that takes text.
    Custom,
}

/// Whether the model calls a tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ToolChoice {
    /// As it likes.
    #[default]
    Auto,
    /// Never.
    None,
    /// At least one.
    Required,
    /// This one.
    Named(ToolKind, String),
    /// As it likes, or at least one, among these.
    Allowed {
        /// Whether it has to call one.
        is_required: bool,
        /// Their names.
        names: Vec<String>,
    },
}

/// What form the answer has to have.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum AnswerFormat {
    /// Any.
    #[default]
    Text,
    /// Some JSON object.
    JsonObject,
    /// JSON by a schema.
    JsonSchema(JsonSchema),
}

/// A schema that an answer has to follow.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JsonSchema {
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The schema; none allows anything.
    pub schema: Option<Value>,
    /// Whether upstream has to enforce it.
    pub strict: Option<bool>,
}

impl Tool {
    /// What it is called by.
    pub fn name(&self) -> &str {
        match self {
            Self::Function(tool) => &tool.name,
            Self::Custom(tool) => &tool.name,
        }
    }

    /// All that is counted of it.
    pub fn countable_text(&self) -> String {
        let (name, description, rest) = match self {
            Self::Function(it) => (&it.name, &it.description, &it.parameters),
            Self::Custom(it) => (&it.name, &it.description, &it.format),
        };
        let rest = rest.as_ref().map(Value::to_string).unwrap_or_default();
        format!("{name}{}{rest}", description.as_deref().unwrap_or_default())
    }

    /// What kind of tool it is.
    pub fn kind(&self) -> ToolKind {
        match self {
            Self::Function(_) => ToolKind::Function,
            Self::Custom(_) => ToolKind::Custom,
        }
    }
}
