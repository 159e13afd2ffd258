//! A turn with tools, calls, results and a form of the answer, as a turn of plain messages.
//!
//! Calls and results of the history stand in the grammar that the answer is to be written in: a
//! model follows what it has done before more closely than what it is told. Attachments keep their
//! order and their number, because others match them by position.

use std::sync::Arc;

use super::description;
use super::grammar::{self, CallResult};
use super::plan::Plan;
use super::schema::UnusableSchema;
use crate::turn::{AnswerFormat, Speaker, ToolChoice, Turn, TurnMessage, TurnPart};

/// A turn that a driver without tools can ask, and what is due in answer to it.
#[derive(Debug, Clone)]
pub struct EmulatedTurn {
    /// What to ask.
    pub turn: Turn,
    /// What to read the answer by.
    pub plan: Arc<Plan>,
}

/// Puts tools and the form of the answer into plain messages. Fails for a schema that an answer
/// could not be checked with: that is the caller's mistake, and better said before anything is
/// asked.
pub fn prepare(turn: &Turn) -> Result<EmulatedTurn, UnusableSchema> {
    let plan = Arc::new(Plan::new(turn)?);
    let mut messages = rewrite(&turn.messages);
    if let Some(description) = description::describe(turn) {
        // Behind the caller's own instructions, before the conversation.
        let is_instruction = |it: &TurnMessage| it.role == Speaker::System;
        let at = messages.iter().take_while(|it| is_instruction(it)).count();
        messages.insert(at, TurnMessage::text(Speaker::System, description));
    }
    let turn = Turn {
        messages,
        tools: Vec::new(),
        tool_choice: ToolChoice::Auto,
        parallel_tool_calls: None,
        format: AnswerFormat::Text,
        // It says what the turn no longer says.
        native: None,
        ..turn.clone()
    };
    Ok(EmulatedTurn { turn, plan })
}

fn rewrite(messages: &[TurnMessage]) -> Vec<TurnMessage> {
    let mut plain: Vec<TurnMessage> = Vec::with_capacity(messages.len() + 1);
    let mut are_results_open = false;
    for (at, message) in messages.iter().enumerate() {
        if message.role != Speaker::Tool {
            are_results_open = false;
            plain.push(rewrite_message(message));
            continue;
        }
        let parts = result_parts(message, &messages[..at]);
        // Results that follow each other are one message: they answer one message.
        match plain.last_mut().filter(|_| are_results_open) {
            Some(open) => open.parts.extend(parts),
            None => plain.push(TurnMessage {
                role: Speaker::User,
                parts,
                answers: None,
            }),
        }
        are_results_open = true;
    }
    plain
}

fn rewrite_message(message: &TurnMessage) -> TurnMessage {
    let has_calls = message.tool_calls().next().is_some();
    let parts = message.parts.iter().filter_map(|part| match part {
        // A call without words before it begins the message.
        TurnPart::Text(text) if has_calls && text.is_empty() => None,
        TurnPart::ToolCall(call) => Some(TurnPart::Text(grammar::call_block(call))),
        // Sealed for another driver.
        TurnPart::Thought(_) => None,
        TurnPart::Text(_) | TurnPart::Attachment(_) => Some(part.clone()),
    });
    TurnMessage {
        role: message.role,
        parts: parts.collect(),
        answers: None,
    }
}

/// A result, and what is attached to it.
fn result_parts(message: &TurnMessage, before: &[TurnMessage]) -> Vec<TurnPart> {
    let output = message.joined_text();
    let block = grammar::result_block(&CallResult {
        call: answered_call(message, before),
        output: &output,
        attachments: message.attachments().count(),
    });
    let attached = message.attachments().cloned().map(TurnPart::Attachment);
    std::iter::once(TurnPart::Text(block))
        .chain(attached)
        .collect()
}

/// The call that a result answers, and which of its message it is. It is not known when a
/// conversation is gone on with by nothing but results.
fn answered_call<'a>(message: &TurnMessage, before: &'a [TurnMessage]) -> Option<(&'a str, usize)> {
    let id = message.answers.as_deref()?;
    before.iter().rev().find_map(|earlier| {
        let mut calls = earlier.tool_calls().zip(1..);
        let (call, number) = calls.find(|(call, _)| call.id == id)?;
        Some((call.name.as_str(), number))
    })
}

#[cfg(test)]
mod tests;
