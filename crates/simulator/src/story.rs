//! Tells one turn as a timeline: the opening every stream has, then whatever a script tells, then
//! the closing. Scripts say what the model does; this file knows the messages' shapes and the
//! events that go with them.

pub(crate) use annotated::{Manner, REFERENCES, Reference, Stretch, Unit};
pub(crate) use answer::Finish;
pub(crate) use calls::CODE;
pub(crate) use closing::title_of;
pub(crate) use messages::finished;

mod annotated;
mod answer;
mod calls;
mod closing;
mod messages;
mod opening;

use serde_json::{Value, json};

use crate::document;
use crate::framing::Framing;
use crate::ids;
use crate::prompt;
use crate::render::RenderRequest;
use crate::timeline::{Later, Op, Step, Timeline};
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
    use_case: &'static str,
    /// What the closing word about limits says beside what it always says.
    limits: Value,
    later: Option<Later>,
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
            served: served(&request.model, facts).to_owned(),
            titled: opening != Opening::New,
            use_case: "text",
            limits: Value::Null,
            later: None,
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
            later: self.later,
        }
    }

    /// The text that is answered.
    pub(crate) fn prompt(&self) -> &'a str {
        &self.request.prompt
    }

    /// The messages that came with the question, itself included.
    pub(crate) fn history(&self) -> &'a [Value] {
        &self.request.history
    }

    /// What the service knows of the turn beside its text.
    pub(crate) fn facts(&self) -> &'a TurnFacts {
        self.facts
    }

    /// The model that answers.
    pub(crate) fn served(&self) -> &str {
        &self.served
    }

    /// Whether the text that is answered is Chinese.
    pub(crate) fn is_chinese(&self) -> bool {
        prompt::is_chinese(self.prompt())
    }

    /// The text in the language of the prompt.
    pub(crate) fn pick<'t>(&self, english: &'t str, chinese: &'t str) -> &'t str {
        if self.is_chinese() { chinese } else { english }
    }

    /// What the telemetry calls this turn.
    pub(crate) fn use_case(&mut self, name: &'static str) {
        self.use_case = name;
    }

    /// Lets the closing word about limits say more.
    pub(crate) fn limits(&mut self, members: Value) {
        self.limits = members;
    }

    /// Leaves messages to be stored only after the stream is over.
    pub(crate) fn later(&mut self, later: Later) {
        self.later = Some(later);
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

    /// One change to an earlier message of the turn.
    pub(crate) fn change_earlier(&mut self, message_id: &str, op: Op) {
        let begun = self.steps.iter().filter_map(|step| match step {
            Step::Begin(message) => Some(message["id"] == message_id),
            _ => None,
        });
        if let Some(place) = begun
            .enumerate()
            .find_map(|(place, it)| it.then_some(place))
        {
            self.steps.push(Step::Earlier(place, op));
        }
    }

    /// The newest message as it stands.
    pub(crate) fn newest_message(&self) -> Value {
        let so_far = Timeline {
            conversation_id: self.request.conversation_id.clone(),
            steps: self.steps.clone(),
            answer: 0..self.steps.len(),
            later: None,
        };
        document::final_messages(&so_far).pop().unwrap_or_default()
    }

    /// The newest message again, whole.
    pub(crate) fn snapshot(&mut self, message: Value) {
        self.steps.push(Step::Snapshot(message));
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

    /// The id of the newest message.
    pub(crate) fn newest(&self) -> String {
        self.parent.clone()
    }

    /// When the turn takes place, in seconds since 1970.
    pub(crate) fn now(&self) -> f64 {
        self.request.now
    }

    /// Another id, derived from the request's seed.
    fn next_id(&mut self) -> String {
        self.made += 1;
        self.id_of(&format!("message {}", self.made))
    }

    /// The id of something there is one of in a turn.
    pub(crate) fn id_of(&self, what: &str) -> String {
        ids::uuid(&[
            &self.request.conversation_id,
            &self.request.seed.to_string(),
            what,
        ])
    }
}

/// The model that answers a request for `model`: for `auto` the usual one, or a smaller one in
/// silence when that is used up.
fn served<'m>(model: &'m str, facts: &TurnFacts) -> &'m str {
    match model {
        "auto" if facts.limits.end_of("gpt-5-2").is_some() => "gpt-5-mini",
        "auto" => "gpt-5-2",
        other => other,
    }
}
