//! Calls of tools and their results in Chat Completions messages, of today and of the days of
//! functions. Called by `chat_message`.

use openai::chat_message::{RequestFunctionCall, RequestToolCall, Role};
use openai::error::InvalidRequest;

use crate::turn::{Speaker, ToolCall, ToolKind};

/// What stands for the id of a call in the days of functions, which had none.
fn function_id(name: &str) -> String {
    format!("call_function_{name}")
}

/// The calls of one message.
pub(super) fn read_calls(
    path: &str,
    role: Speaker,
    calls: Option<Vec<RequestToolCall>>,
    function: Option<RequestFunctionCall>,
) -> Result<Vec<ToolCall>, InvalidRequest> {
    let mut read = Vec::new();
    for (index, call) in calls.unwrap_or_default().into_iter().enumerate() {
        let path = format!("{path}.tool_calls[{index}]");
        read.push(read_call(&path, call)?);
    }
    read.extend(function.map(|it| ToolCall {
        id: function_id(&it.name),
        name: it.name,
        kind: ToolKind::Function,
        input: it.arguments,
    }));
    if role != Speaker::Assistant && !read.is_empty() {
        let message = format!("{path}: only messages of role \"assistant\" call tools");
        return Err(InvalidRequest::parameter(path, message));
    }
    Ok(read)
}

fn read_call(path: &str, call: RequestToolCall) -> Result<ToolCall, InvalidRequest> {
    let (name, kind, input) = match (call.function, call.custom) {
        (Some(it), None) => (it.name, ToolKind::Function, it.arguments),
        (None, Some(it)) => (it.name, ToolKind::Custom, it.input),
        _ => {
            let message = format!("{path}: has either \"function\" or \"custom\"");
            return Err(InvalidRequest::parameter(path, message));
        }
    };
    Ok(ToolCall {
        id: call.id,
        name,
        kind,
        input,
    })
}

/// The id of the call that a message is the result of.
pub(super) fn read_answered(
    path: &str,
    role: Role,
    id: Option<String>,
    name: Option<&str>,
) -> Result<Option<String>, InvalidRequest> {
    let (member, answered) = match role {
        Role::Tool => ("tool_call_id", id),
        Role::Function => ("name", name.map(function_id)),
        _ => return Ok(None),
    };
    if answered.is_some() {
        return Ok(answered);
    }
    let path = format!("{path}.{member}");
    let message = format!("{path}: is missing; say which call this is the result of");
    Err(InvalidRequest::parameter(path, message))
}
