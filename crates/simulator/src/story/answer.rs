//! The text of an answer: begun, streamed, ended, with the markers that go with it. What is said
//! and cited is the script's business.

use serde_json::{Value, json};

use super::{Story, TEXT, finished};
use crate::timeline::Op;

/// How an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    /// The model was done.
    Stop,
    /// The model ran into its token limit.
    MaxTokens,
    /// The message is left as it is.
    Unfinished,
}

impl Story<'_> {
    /// A whole text answer, from its first frame to its last marker.
    pub(crate) fn answer(&mut self, pieces: &[&str], channel: Option<&str>, finish: Finish) {
        let id = self.begin_answer(channel);
        if finish == Finish::Unfinished {
            self.stream_text(TEXT, pieces.iter().copied());
            return;
        }
        let (last, before) = pieces.split_last().unwrap_or((&"", &[]));
        self.stream_text(TEXT, before.iter().copied());
        self.end_answer(&id, vec![Op::append(TEXT, last)], finish);
    }

    /// An answer that comes in one piece, as after a picture.
    pub(crate) fn answer_at_once(&mut self, text: &str) {
        let content = json!({"content_type": "text", "parts": [text]});
        let mut message = finished(self.assistant(&content, Some("final")));
        message["end_turn"] = json!(true);
        message["metadata"]["finish_details"] = json!({"type": "stop", "stop_tokens": [200_002]});
        message["metadata"]["is_complete"] = json!(true);
        let id = message["id"].as_str().unwrap_or_default().to_owned();
        self.marker(&id, "final_channel_token", "first");
        self.begin(message);
        self.marker(&id, "last_token", "last");
    }

    /// The beginning of a text answer; returns its id.
    pub(crate) fn begin_answer(&mut self, channel: Option<&str>) -> String {
        let message = self.assistant(&json!({"content_type": "text", "parts": [""]}), channel);
        let id = self.begin(message);
        self.marker(&id, "user_visible_token", "first");
        if channel == Some("final") {
            self.marker(&id, "final_channel_token", "first");
        }
        id
    }

    /// The end of a text answer, in one patch that makes some last changes first.
    pub(crate) fn end_answer(&mut self, id: &str, last: Vec<Op>, finish: Finish) {
        let finish_details: Value = match finish {
            Finish::MaxTokens => json!({"type": "max_tokens"}),
            Finish::Stop | Finish::Unfinished => {
                json!({"type": "stop", "stop_tokens": [200_002]})
            }
        };
        let mut ops = last;
        ops.extend([
            Op::replace("/message/status", "finished_successfully"),
            Op::replace("/message/end_turn", true),
            Op::metadata(json!({"finish_details": finish_details, "is_complete": true})),
        ]);
        self.patch(ops);
        self.marker(id, "last_token", "last");
        if self.framing.late_delta {
            self.change(Op::replace(
                "/message/metadata/conversation_followup_suggestions_eligible",
                true,
            ));
        }
    }
}
