//! What of a Messages request the web driver cannot serve.
//!
//! Called by `api` where only that driver can answer.

use openai::error::InvalidRequest;

use super::MessagesRequest;
use crate::turn::{AnswerFormat, Speaker, ToolChoice};

impl MessagesRequest {
    /// Refuses what the web driver has no place for, rather than to leave it out.
    pub fn check_for_web(&self) -> Result<(), InvalidRequest> {
        let turn = &self.turn;
        if !turn.tools.is_empty() && turn.tool_choice != ToolChoice::None {
            return Err(InvalidRequest::unsupported(
                "tools",
                "tools: the web driver has no caller-defined tools; leave them out",
            ));
        }
        let is_of_tools = turn
            .messages
            .iter()
            .any(|it| it.role == Speaker::Tool || it.tool_calls().next().is_some());
        if is_of_tools {
            return Err(InvalidRequest::unsupported(
                "messages",
                "messages: the web driver has no caller-defined tools, so no calls of them and \
                 no results",
            ));
        }
        if turn.format != AnswerFormat::Text {
            return Err(InvalidRequest::unsupported(
                "output_config.format",
                "output_config.format: the web driver cannot enforce a format; leave it out",
            ));
        }
        Ok(())
    }
}
