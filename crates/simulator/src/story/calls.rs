//! Calls of tools and what tools say to them. The call is an assistant message addressed to the
//! tool; the tool answers with a message of its own. Which tool and what about, scripts decide.

use serde_json::{Value, json};

use super::{Story, finished};
use crate::timeline::Op;

/// Where the body of a call is.
pub(crate) const CODE: &str = "/message/content/text";

impl Story<'_> {
    /// A call whose body arrives piece by piece; returns its id.
    pub(crate) fn call(&mut self, recipient: &str, pieces: &[&str]) -> String {
        let message = self.tool_call(recipient, &code(""));
        let id = self.begin(message);
        self.stream_text(CODE, pieces.iter().copied());
        self.patch(vec![
            Op::replace("/message/status", "finished_successfully"),
            Op::metadata(call_ended()),
        ]);
        id
    }

    /// A call that arrives whole, with metadata of its own; returns its id.
    pub(crate) fn call_at_once(&mut self, recipient: &str, body: &str, metadata: &Value) -> String {
        let mut message = finished(self.tool_call(recipient, &code(body)));
        let additions = [metadata, &call_ended()];
        for (name, value) in additions.into_iter().filter_map(Value::as_object).flatten() {
            message["metadata"][name] = value.clone();
        }
        self.begin(message)
    }

    /// What a tool says, whole; returns the message's id.
    pub(crate) fn tool_says(&mut self, name: &str, content: &Value, metadata: Value) -> String {
        let message = finished(self.tool_message(name, content, metadata));
        self.begin(message)
    }
}

/// The body of a call.
fn code(text: &str) -> Value {
    json!({
        "content_type": "code",
        "language": "unknown",
        "response_format_name": null,
        "text": text,
    })
}

fn call_ended() -> Value {
    json!({
        "finish_details": {"type": "stop", "stop_tokens": [200_012]},
        "is_complete": true,
    })
}
