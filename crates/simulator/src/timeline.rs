//! What happens in a stream, before it is decided how it is written: messages begin, change and
//! end, and side events come between. Scripts make timelines, faults bend them, encoders write
//! them.

use std::ops::Range;

use serde_json::{Value, json};

/// One change to the envelope of the newest message.
#[derive(Clone, Debug)]
pub(crate) struct Op {
    /// A JSON pointer into the envelope.
    pub(crate) path: String,
    /// The operation's name on the wire.
    pub(crate) action: &'static str,
    /// Absent only where the operation needs none.
    pub(crate) value: Option<Value>,
}

impl Op {
    pub(crate) fn new(path: impl Into<String>, action: &'static str, value: Value) -> Self {
        Self {
            path: path.into(),
            action,
            value: Some(value),
        }
    }

    /// Text added to the end of the string at `path`.
    pub(crate) fn append(path: &str, text: &str) -> Self {
        Self::new(path, "append", Value::from(text))
    }

    /// The value at `path` set to another.
    pub(crate) fn replace(path: &str, value: impl Into<Value>) -> Self {
        Self::new(path, "replace", value.into())
    }

    /// The value at `path` taken away.
    pub(crate) fn remove(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            action: "remove",
            value: None,
        }
    }

    /// Members merged into the message's metadata.
    pub(crate) fn metadata(members: Value) -> Self {
        Self::new("/message/metadata", "append", members)
    }
}

/// One thing that happens in a stream.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A new message.
    Begin(Value),
    /// One change to the newest message.
    Change(Op),
    /// Several changes to the newest message at once.
    Patch(Vec<Op>),
    /// One change to an earlier message, named by its place in the stream.
    Earlier(usize, Op),
    /// The newest message shown again, whole and changed.
    Snapshot(Value),
    /// The newest message shown again, whole, with an error beside it.
    Failure {
        /// The message as it stands.
        message: Value,
        /// What is said to the reader.
        error: String,
        /// What is said to the program.
        code: String,
    },
    /// An event beside the messages, written as it is in either encoding.
    Side(Value),
}

/// All that happens in one stream, in order.
#[derive(Clone, Debug)]
pub(crate) struct Timeline {
    pub(crate) conversation_id: String,
    pub(crate) steps: Vec<Step>,
    /// Which steps are the answer, after the opening and before the closing events.
    pub(crate) answer: Range<usize>,
    /// What is stored only after the stream is over, if anything is.
    pub(crate) later: Option<Later>,
}

/// Messages that are made after the stream that announced them has ended.
#[derive(Clone, Debug)]
pub(crate) struct Later {
    /// The task that makes them.
    pub(crate) task_id: String,
    /// The messages, each the parent of the next.
    pub(crate) messages: Vec<Value>,
}

impl Timeline {
    /// The same without the answer and what follows it.
    pub(crate) fn before_answer(&self) -> Self {
        let start = self.answer.start;
        Self {
            conversation_id: self.conversation_id.clone(),
            steps: self.steps[..start].to_vec(),
            answer: start..start,
            later: None,
        }
    }

    /// The object in which a message travels.
    pub(crate) fn envelope(&self, message: &Value) -> Value {
        json!({
            "message": message,
            "conversation_id": self.conversation_id,
            "error": null,
            "error_code": null,
        })
    }
}
