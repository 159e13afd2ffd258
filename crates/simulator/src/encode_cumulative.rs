//! Writes a timeline in upstream's older encoding: no `event:` lines, and after each change the
//! whole message again. Keeps the documents it shows.

use serde_json::Value;

use crate::document;
use crate::frame::{Frame, FrameKind};
use crate::framing::Framing;
use crate::json_text;
use crate::timeline::{Step, Timeline};

/// The frames of a timeline, `[DONE]` included unless the framing leaves it out.
pub(crate) fn encode(timeline: &Timeline, framing: &Framing) -> Vec<Frame> {
    let mut documents: Vec<Value> = Vec::new();
    let mut frames = Vec::with_capacity(timeline.steps.len() + 1);
    for step in &timeline.steps {
        let kind = match step {
            Step::Side(event) => {
                let data = json_text::write(event, framing);
                frames.push(Frame::bare(FrameKind::Side, data));
                continue;
            }
            Step::Begin(_) => FrameKind::Begin,
            Step::Change(_)
            | Step::Earlier(..)
            | Step::Patch(_)
            | Step::Snapshot(_)
            | Step::Failure { .. } => FrameKind::Delta,
        };
        if let Some(touched) = document::advance(&mut documents, timeline, step) {
            let data = json_text::write(&documents[touched], framing);
            frames.push(Frame::bare(kind, data));
        }
    }
    if framing.done {
        frames.push(Frame::done());
    }
    frames
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::timeline::Op;

    #[test]
    fn every_change_shows_the_whole_message() {
        let steps = vec![
            Step::Begin(json!({"id": "A", "content": {"parts": [""]}})),
            Step::Change(Op::append("/message/content/parts/0", "Hi")),
            Step::Change(Op::append("/message/content/parts/0", " you")),
        ];
        let timeline = Timeline {
            conversation_id: "C".to_owned(),
            answer: 0..steps.len(),
            steps,
            later: None,
        };
        let frames = encode(&timeline, &Framing::default());
        let texts: Vec<_> = frames
            .iter()
            .filter_map(|frame| serde_json::from_str::<Value>(&frame.data).ok())
            .map(|event| event["message"]["content"]["parts"][0].clone())
            .collect();
        assert_eq!(texts, ["", "Hi", "Hi you"]);
        assert!(frames.iter().all(|frame| frame.event.is_none()));
    }
}
