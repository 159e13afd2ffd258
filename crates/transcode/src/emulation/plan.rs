//! What was agreed with the model for one answer, and what of it a call or an answer keeps.
//!
//! Made by `prepare`; used by everything that reads the answer.

use serde_json::Value;

use super::grammar::CallBody;
use super::schema::{Schema, UnusableSchema, shortened};
use super::violation::Violation;
use crate::turn::{AnswerFormat, Tool, ToolChoice, ToolKind, Turn};

/// What was agreed for one answer.
#[derive(Debug)]
pub struct Plan {
    tools: Vec<PlannedTool>,
    calls: Calls,
    has_one_call: bool,
    format: Option<Format>,
}

/// A tool of the turn.
#[derive(Debug)]
pub(super) struct PlannedTool {
    pub(super) name: String,
    pub(super) kind: ToolKind,
    schema: Option<Schema>,
    may_be_called: bool,
}

/// Whether there are calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Calls {
    None,
    Free,
    Required,
}

/// The JSON that an answer has to be.
#[derive(Debug)]
enum Format {
    Object,
    Any,
    By(Schema),
}

/// A call that is as agreed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CheckedCall {
    pub(super) name: String,
    pub(super) kind: ToolKind,
    pub(super) input: String,
}

impl Plan {
    pub(super) fn new(turn: &Turn) -> Result<Self, UnusableSchema> {
        let choice = &turn.tool_choice;
        let tools = turn.tools.iter().map(|tool| PlannedTool::new(tool, choice));
        let calls = match choice {
            _ if turn.tools.is_empty() => Calls::None,
            ToolChoice::None => Calls::None,
            ToolChoice::Auto
            | ToolChoice::Allowed {
                is_required: false, ..
            } => Calls::Free,
            ToolChoice::Required | ToolChoice::Named(..) | ToolChoice::Allowed { .. } => {
                Calls::Required
            }
        };
        Ok(Self {
            tools: tools.collect::<Result<_, _>>()?,
            calls,
            has_one_call: turn.parallel_tool_calls == Some(false),
            format: read_format(&turn.format)?,
        })
    }

    /// Whether the answer may call tools, so that a [`super::CallDetector`] has to read it.
    pub fn has_calls(&self) -> bool {
        self.calls != Calls::None
    }

    /// Whether the answer has to be JSON, so that a [`super::FormatKeeper`] has to read it.
    pub fn has_format(&self) -> bool {
        self.format.is_some()
    }

    pub(super) fn requires_call(&self) -> bool {
        self.calls == Calls::Required
    }

    pub(super) fn has_one_call(&self) -> bool {
        self.has_one_call
    }

    /// The tool of that name, if it may be called.
    pub(super) fn callable(&self, name: &str) -> Result<&PlannedTool, Violation> {
        let names = |tools: &mut dyn Iterator<Item = &PlannedTool>| {
            tools.map(|tool| tool.name.clone()).collect()
        };
        match self.tools.iter().find(|tool| tool.name == name) {
            Some(tool) if tool.may_be_called => Ok(tool),
            Some(tool) => Err(Violation::ForbiddenTool {
                name: tool.name.clone(),
                allowed: names(&mut self.tools.iter().filter(|tool| tool.may_be_called)),
            }),
            None => Err(Violation::UnknownTool {
                name: shortened(name),
                known: names(&mut self.tools.iter()),
            }),
        }
    }

    /// Reads what stands in the block of a call.
    pub(super) fn check_call(&self, block: &str) -> Result<CheckedCall, Violation> {
        // The parser would take a list for an object as well.
        if !block.trim_start().starts_with('{') {
            return Err(broken("it is no object"));
        }
        let body: CallBody<'_> =
            serde_json::from_str(block).map_err(|error| broken(error.to_string()))?;
        let tool = self.callable(&body.name)?;
        let input = match (tool.kind, body.arguments, body.input) {
            (ToolKind::Function, None, None) => tool.check("{}")?,
            (ToolKind::Function, Some(arguments), None) => tool.check(arguments.get())?,
            (ToolKind::Custom, None, Some(input)) => input,
            (ToolKind::Function, ..) => {
                return Err(broken(format!(
                    "`{}` takes `arguments`, no `input`",
                    tool.name
                )));
            }
            (ToolKind::Custom, ..) => {
                return Err(broken(format!(
                    "`{}` takes `input`, no `arguments`",
                    tool.name
                )));
            }
        };
        Ok(CheckedCall {
            name: body.name,
            kind: tool.kind,
            input,
        })
    }

    /// Checks an answer that has to be JSON.
    pub(super) fn check_answer(&self, json: &str) -> Result<(), Violation> {
        let Some(format) = &self.format else {
            return Ok(());
        };
        let value: Value = serde_json::from_str(json).map_err(|error| Violation::NotJson {
            reason: error.to_string(),
        })?;
        let errors = match format {
            Format::Any => Vec::new(),
            Format::Object if value.is_object() => Vec::new(),
            Format::Object => vec!["it is no object".to_owned()],
            Format::By(schema) => schema.errors(&value),
        };
        if errors.is_empty() {
            return Ok(());
        }
        Err(Violation::WrongJson { errors })
    }
}

impl PlannedTool {
    fn new(tool: &Tool, choice: &ToolChoice) -> Result<Self, UnusableSchema> {
        let parameters = match tool {
            Tool::Function(function) => function.parameters.as_ref(),
            Tool::Custom(_) => None,
        };
        let schema = parameters.filter(|schema| !schema.is_null());
        let name = tool.name();
        Ok(Self {
            name: name.to_owned(),
            kind: tool.kind(),
            schema: schema.map(|it| Schema::new(it, Some(name))).transpose()?,
            may_be_called: match choice {
                ToolChoice::None => false,
                ToolChoice::Auto | ToolChoice::Required => true,
                ToolChoice::Named(_, named) => named == name,
                ToolChoice::Allowed { names, .. } => names.iter().any(|it| it == name),
            },
        })
    }

    /// Checks arguments; gives them back as they were written.
    fn check(&self, arguments: &str) -> Result<String, Violation> {
        let value: Value =
            serde_json::from_str(arguments).map_err(|error| broken(error.to_string()))?;
        let errors = match &self.schema {
            _ if !value.is_object() => vec!["they are no JSON object".to_owned()],
            Some(schema) => schema.errors(&value),
            None => Vec::new(),
        };
        if errors.is_empty() {
            return Ok(arguments.to_owned());
        }
        Err(Violation::WrongArguments {
            name: self.name.clone(),
            errors,
        })
    }
}

fn read_format(format: &AnswerFormat) -> Result<Option<Format>, UnusableSchema> {
    Ok(match format {
        AnswerFormat::Text => None,
        AnswerFormat::JsonObject => Some(Format::Object),
        AnswerFormat::JsonSchema(json) => match &json.schema {
            Some(schema) => Some(Format::By(Schema::new(schema, None)?)),
            None => Some(Format::Any),
        },
    })
}

fn broken(reason: impl AsRef<str>) -> Violation {
    Violation::BrokenCall {
        reason: shortened(reason.as_ref()),
    }
}
