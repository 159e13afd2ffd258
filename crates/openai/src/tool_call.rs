//! Calls of the caller's tools, as Chat Completions answers carry them, whole and in pieces.

use serde::Serialize;

/// A call with all of its input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToolCall {
    /// Of a function.
    Function {
        /// What the result refers to.
        id: String,
        /// What is called.
        function: FunctionCall,
    },
    /// Of a tool that takes text.
    Custom {
        /// What the result refers to.
        id: String,
        /// What is called.
        custom: CustomCall,
    },
}

/// A function and its arguments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FunctionCall {
    /// Its name.
    pub name: String,
    /// JSON.
    pub arguments: String,
}

/// A tool and its input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CustomCall {
    /// Its name.
    pub name: String,
    /// Text.
    pub input: String,
}

/// A piece of a call, in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ToolCallPiece<'a> {
    /// Which call of the answer, from 0.
    pub index: usize,
    /// In the first piece.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a str>,
    /// `function` or `custom`, in the first piece.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    /// More of a function's call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<FunctionPiece<'a>>,
    /// More of another tool's call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom: Option<CustomPiece<'a>>,
}

/// More of a function's call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FunctionPiece<'a> {
    /// In the first piece.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// More of the JSON.
    pub arguments: &'a str,
}

/// More of another tool's call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CustomPiece<'a> {
    /// In the first piece.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    /// More of the text.
    pub input: &'a str,
}
