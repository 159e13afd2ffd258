//! One event on the wire, and the names of those that are known.

use chatgpt::message::{LooseNumber, LooseText};
use serde::Deserialize;
use serde_json::{Value, json};

/// An event; each kind has a few of these members.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Event<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) kind: LooseText<'a>,
    #[serde(borrow)]
    pub(super) delta: LooseText<'a>,
    #[serde(borrow)]
    pub(super) text: LooseText<'a>,
    #[serde(borrow)]
    pub(super) refusal: LooseText<'a>,
    #[serde(borrow)]
    pub(super) arguments: LooseText<'a>,
    #[serde(borrow)]
    pub(super) input: LooseText<'a>,
    #[serde(borrow)]
    pub(super) item_id: LooseText<'a>,
    #[serde(borrow)]
    pub(super) partial_image_b64: LooseText<'a>,
    #[serde(borrow)]
    pub(super) output_format: LooseText<'a>,
    #[serde(borrow)]
    pub(super) message: LooseText<'a>,
    #[serde(borrow)]
    pub(super) code: LooseText<'a>,
    pub(super) output_index: LooseNumber,
    pub(super) content_index: LooseNumber,
    pub(super) summary_index: LooseNumber,
    pub(super) item: Value,
    pub(super) annotation: Value,
    pub(super) response: Value,
    pub(super) error: Value,
    rate_limits: Value,
    metered_limit_name: Value,
}

impl Event<'_> {
    /// What `codex.rate_limits` says.
    pub(super) fn limits(&self) -> Value {
        json!({
            "rate_limits": self.rate_limits,
            "metered_limit_name": self.metered_limit_name,
        })
    }
}

/// Whether an event comes before the answer, which may still fail as a whole.
pub(super) fn is_opening(kind: &str) -> bool {
    let is_handshake = matches!(
        kind,
        "response.created" | "response.in_progress" | "response.queued" | "keepalive" | "ping"
    );
    is_handshake || kind.is_empty() || kind.starts_with("codex.")
}

/// Events that mean nothing more than others say.
const PASSED_OVER: &[&str] = &[
    "codex.response.metadata",
    "keepalive",
    "ping",
    "response.code_interpreter_call.completed",
    "response.code_interpreter_call.in_progress",
    "response.code_interpreter_call.interpreting",
    "response.code_interpreter_call_code.delta",
    "response.code_interpreter_call_code.done",
    "response.content_part.added",
    "response.content_part.done",
    "response.file_search_call.completed",
    "response.file_search_call.in_progress",
    "response.file_search_call.searching",
    "response.image_generation_call.completed",
    "response.image_generation_call.generating",
    "response.image_generation_call.in_progress",
    "response.mcp_call.completed",
    "response.mcp_call.failed",
    "response.mcp_call.in_progress",
    "response.mcp_call_arguments.delta",
    "response.mcp_call_arguments.done",
    "response.mcp_list_tools.completed",
    "response.mcp_list_tools.failed",
    "response.mcp_list_tools.in_progress",
    "response.metadata",
    "response.reasoning_summary_part.added",
    "response.reasoning_summary_part.done",
    "response.web_search_call.completed",
    "response.web_search_call.in_progress",
    "response.web_search_call.searching",
];

/// Whether an event is known, and knowingly passed over.
pub(super) fn is_known(kind: &str) -> bool {
    kind.is_empty() || PASSED_OVER.contains(&kind)
}
