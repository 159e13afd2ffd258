//! Tells one turn as a timeline: the opening every stream has, then whatever a script tells, then
//! the closing. Scripts say what the model does; this file knows the messages' shapes and the
//! events that go with them.

pub(crate) use closing::title_of;

mod closing;
mod messages;
mod opening;

use serde_json::{Value, json};

use crate::framing::Framing;
use crate::ids;
use crate::render::RenderRequest;
use crate::timeline::{Op, Step, Timeline};
use crate::turn_facts::TurnFacts;

/// Where the text of a message is.
pub(crate) const TEXT: &str = "/message/content/parts/0";

/// How a turn stands to its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// The first turn.
    New,
    /// A later turn.
    Continued,
    /// Another answer to a message that has one.
    Variant,
}

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

/// A turn being told.
pub(crate) struct Story<'a> {
    request: &'a RenderRequest,
    framing: &'a Framing,
    facts: &'a TurnFacts,
    opening: Opening,
    steps: Vec<Step>,
    answer_start: usize,
    made: u64,
    parent: String,
    served: String,
    titled: bool,
}

impl<'a> Story<'a> {
    /// Starts a turn with the events that come before any answer.
    pub(crate) fn open(
        request: &'a RenderRequest,
        framing: &'a Framing,
        opening: Opening,
        facts: &'a TurnFacts,
    ) -> Self {
        let mut story = Self {
            request,
            framing,
            facts,
            opening,
            steps: Vec::new(),
            answer_start: 0,
            made: 0,
            parent: request.parent_id.clone(),
            served: if request.model == "auto" {
                "gpt-5-2".to_owned()
            } else {
                request.model.clone()
            },
            titled: opening != Opening::New,
        };
        story.tell_opening();
        story.answer_start = story.steps.len();
        story
    }

    /// Ends the turn with the events that come after the answer.
    pub(crate) fn close(mut self) -> Timeline {
        let answer = self.answer_start..self.steps.len();
        self.tell_closing();
        Timeline {
            conversation_id: self.request.conversation_id.clone(),
            steps: self.steps,
            answer,
        }
    }

    /// The text that is answered.
    pub(crate) fn prompt(&self) -> &'a str {
        &self.request.prompt
    }

    /// What the service knows of the turn beside its text.
    pub(crate) fn facts(&self) -> &'a TurnFacts {
        self.facts
    }

    /// The model that answers.
    pub(crate) fn served(&self) -> &str {
        &self.served
    }

    /// Lets another model answer than the one asked for.
    pub(crate) fn serve_with(&mut self, slug: &str) {
        slug.clone_into(&mut self.served);
    }

    /// Begins a message and makes it the parent of the next; returns its id.
    pub(crate) fn begin(&mut self, message: Value) -> String {
        let id = message["id"].as_str().unwrap_or_default().to_owned();
        self.parent.clone_from(&id);
        self.steps.push(Step::Begin(message));
        id
    }

    /// One change to the newest message.
    pub(crate) fn change(&mut self, op: Op) {
        self.steps.push(Step::Change(op));
    }

    /// Several changes to the newest message at once.
    pub(crate) fn patch(&mut self, ops: Vec<Op>) {
        self.steps.push(Step::Patch(ops));
    }

    /// A side event that decorates the stream and may be switched off.
    pub(crate) fn typed(&mut self, event: Value) {
        if self.framing.typed_events {
            self.signal(event);
        }
    }

    /// A side event that changes what the stream means.
    pub(crate) fn signal(&mut self, mut event: Value) {
        event["conversation_id"] = json!(self.request.conversation_id);
        self.steps.push(Step::Side(event));
    }

    /// Marks a point in a message.
    pub(crate) fn marker(&mut self, message_id: &str, marker: &str, event: &str) {
        self.typed(json!({
            "type": "message_marker",
            "message_id": message_id,
            "marker": marker,
            "event": event,
        }));
    }

    /// Streams pieces of text onto the end of the string at `path`.
    pub(crate) fn stream_text<'p>(
        &mut self,
        path: &str,
        pieces: impl IntoIterator<Item = &'p str>,
    ) {
        for (index, piece) in pieces.into_iter().enumerate() {
            self.change(Op::append(path, piece));
            if index == 1 {
                self.tell_title();
            }
        }
    }

    /// A whole text answer, from its first frame to its last marker.
    pub(crate) fn answer(&mut self, pieces: &[&str], channel: Option<&str>, finish: Finish) {
        let message = self.assistant(&json!({"content_type": "text", "parts": [""]}), channel);
        let id = self.begin(message);
        self.marker(&id, "user_visible_token", "first");
        if channel == Some("final") {
            self.marker(&id, "final_channel_token", "first");
        }
        let (finish_details, end) = match finish {
            Finish::Unfinished => {
                self.stream_text(TEXT, pieces.iter().copied());
                return;
            }
            Finish::Stop => (json!({"type": "stop", "stop_tokens": [200_002]}), true),
            Finish::MaxTokens => (json!({"type": "max_tokens"}), true),
        };
        let (last, before) = pieces.split_last().unwrap_or((&"", &[]));
        self.stream_text(TEXT, before.iter().copied());
        self.patch(vec![
            Op::append(TEXT, last),
            Op::replace("/message/status", "finished_successfully"),
            Op::replace("/message/end_turn", end),
            Op::metadata(json!({"finish_details": finish_details, "is_complete": true})),
        ]);
        self.marker(&id, "last_token", "last");
        if self.framing.late_delta {
            self.change(Op::replace(
                "/message/metadata/conversation_followup_suggestions_eligible",
                true,
            ));
        }
    }

    /// The id of the newest message.
    pub(crate) fn newest(&self) -> String {
        self.parent.clone()
    }

    /// The id of the message the thoughts were drawn from, which is never sent.
    pub(crate) fn analysis_id(&self) -> String {
        self.id_of("analysis")
    }

    /// The id of the turn's run of a tool.
    pub(crate) fn run_id(&self) -> String {
        self.id_of("run")
    }

    /// Another id, derived from the request's seed.
    fn next_id(&mut self) -> String {
        self.made += 1;
        self.id_of(&format!("message {}", self.made))
    }

    /// The id of something there is one of in a turn.
    fn id_of(&self, what: &str) -> String {
        ids::uuid(&[
            &self.request.conversation_id,
            &self.request.seed.to_string(),
            what,
        ])
    }
}
