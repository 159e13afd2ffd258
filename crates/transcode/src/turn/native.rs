//! The caller's own body, kept for a driver that speaks the caller's protocol: it passes on what
//! this program does not know, and changes only what it must.
//!
//! Made by `request`; read by the drivers in `upstream`.

use serde_json::{Map, Value};

/// A protocol that both a face and a driver may speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `OpenAI`'s Chat Completions.
    ChatCompletions,
    /// `OpenAI`'s Responses.
    Responses,
}

/// A body as it came.
#[derive(Debug, Clone, PartialEq)]
pub struct NativeBody {
    /// What it is written in.
    pub dialect: Dialect,
    /// Its members, without those that are only for the gateway.
    pub body: Map<String, Value>,
}
