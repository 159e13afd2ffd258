//! Writes a timeline in upstream's delta encoding: each event says what changes, and leaves out
//! the path, operation and channel that are the same as in the event before. Knows nothing of
//! documents' contents.

use serde_json::{Map, Value, json};

use crate::frame::{Frame, FrameKind};
use crate::framing::Framing;
use crate::json_text;
use crate::timeline::{Op, Step, Timeline};

/// The frames of a timeline, `[DONE]` included unless the framing leaves it out.
pub(crate) fn encode(timeline: &Timeline, framing: &Framing) -> Vec<Frame> {
    let mut encoder = Encoder {
        framing,
        frames: vec![Frame {
            kind: FrameKind::Prologue,
            event: Some("delta_encoding"),
            data: "\"v1\"".to_owned(),
        }],
        path: None,
        action: None,
        channel: None,
        next_channel: 0,
    };
    for step in &timeline.steps {
        encoder.step(timeline, step);
    }
    if framing.done {
        encoder.frames.push(Frame::done());
    }
    encoder.frames
}

struct Encoder<'a> {
    framing: &'a Framing,
    frames: Vec<Frame>,
    path: Option<String>,
    action: Option<&'static str>,
    channel: Option<u64>,
    next_channel: u64,
}

impl Encoder<'_> {
    fn step(&mut self, timeline: &Timeline, step: &Step) {
        match step {
            Step::Begin(message) => {
                let channel = self.next_channel;
                self.next_channel += 1;
                let envelope = timeline.envelope(message);
                self.delta(FrameKind::Begin, "", "add", Some(envelope), channel);
            }
            Step::Change(op) => {
                let (path, value) = (op.path.as_str(), op.value.clone());
                self.delta(FrameKind::Delta, path, op.action, value, self.newest());
            }
            Step::Patch(ops) => {
                let list = Value::Array(ops.iter().map(inner_op).collect());
                self.delta(FrameKind::Delta, "", "patch", Some(list), self.newest());
            }
            Step::Earlier(place, op) => {
                let (path, value) = (op.path.as_str(), op.value.clone());
                let channel = u64::try_from(*place).unwrap_or_default();
                self.delta(FrameKind::Delta, path, op.action, value, channel);
            }
            Step::Snapshot(message) => {
                let envelope = timeline.envelope(message);
                self.delta(FrameKind::Delta, "", "add", Some(envelope), self.newest());
            }
            Step::Failure {
                message,
                error,
                code,
            } => {
                let mut envelope = timeline.envelope(message);
                envelope["error"] = json!(error);
                envelope["error_code"] = json!(code);
                self.delta(FrameKind::Delta, "", "add", Some(envelope), self.newest());
            }
            Step::Side(event) => {
                let data = json_text::write(event, self.framing);
                self.frames.push(Frame::bare(FrameKind::Side, data));
            }
        }
    }

    /// The channel of the newest message.
    fn newest(&self) -> u64 {
        self.next_channel.saturating_sub(1)
    }

    /// One delta, without what is carried over. The operation is carried only together with the
    /// path, as in captures: a new path always names its operation.
    fn delta(
        &mut self,
        kind: FrameKind,
        path: &str,
        action: &'static str,
        value: Option<Value>,
        channel: u64,
    ) {
        let same_path = self.path.as_deref() == Some(path);
        let same_action = same_path && self.action == Some(action);
        let mut members = Map::new();
        if !same_path {
            members.insert("p".to_owned(), json!(path));
            self.path = Some(path.to_owned());
        }
        if !same_action {
            members.insert("o".to_owned(), json!(action));
            self.action = Some(action);
        }
        if let Some(value) = value {
            members.insert("v".to_owned(), value);
        }
        if self.channel != Some(channel) {
            members.insert("c".to_owned(), json!(channel));
            self.channel = Some(channel);
        }
        self.frames.push(Frame {
            kind,
            event: Some("delta"),
            data: json_text::write(&Value::Object(members), self.framing),
        });
    }
}

/// A change inside a patch, where nothing is carried over.
fn inner_op(op: &Op) -> Value {
    let mut members = Map::new();
    members.insert("p".to_owned(), json!(op.path));
    members.insert("o".to_owned(), json!(op.action));
    if let Some(value) = &op.value {
        members.insert("v".to_owned(), value.clone());
    }
    Value::Object(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payloads(steps: Vec<Step>) -> Vec<String> {
        let timeline = Timeline {
            conversation_id: "C".to_owned(),
            answer: 0..steps.len(),
            steps,
            later: None,
        };
        let frames = encode(&timeline, &Framing::default());
        frames.into_iter().map(|frame| frame.data).collect()
    }

    const TAIL: &str = r#","conversation_id":"C","error":null,"error_code":null}"#;

    #[test]
    fn what_is_the_same_is_left_out() {
        let text = "/message/content/parts/0";
        let got = payloads(vec![
            Step::Begin(json!({"id": "S"})),
            Step::Begin(json!({"id": "A"})),
            Step::Change(Op::append(text, "Here")),
            Step::Side(json!({"type": "title_generation", "title": "T"})),
            Step::Change(Op::append(text, "\u{2019}s")),
            Step::Patch(vec![Op::append(text, ".")]),
            Step::Patch(vec![Op::append(text, "!")]),
            Step::Begin(json!({"id": "B"})),
        ]);
        let expected = [
            "\"v1\"".to_owned(),
            format!(r#"{{"p":"","o":"add","v":{{"message":{{"id":"S"}}{TAIL},"c":0}}"#),
            format!(r#"{{"v":{{"message":{{"id":"A"}}{TAIL},"c":1}}"#),
            r#"{"p":"/message/content/parts/0","o":"append","v":"Here"}"#.to_owned(),
            r#"{"type":"title_generation","title":"T"}"#.to_owned(),
            r#"{"v":"\u2019s"}"#.to_owned(),
            r#"{"p":"","o":"patch","v":[{"p":"/message/content/parts/0","o":"append","v":"."}]}"#
                .to_owned(),
            r#"{"v":[{"p":"/message/content/parts/0","o":"append","v":"!"}]}"#.to_owned(),
            format!(r#"{{"o":"add","v":{{"message":{{"id":"B"}}{TAIL},"c":2}}"#),
            "[DONE]".to_owned(),
        ];
        assert_eq!(got, expected);
    }
}
