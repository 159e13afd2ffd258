//! One turn of a conversation: where it is attached, what it answers, which script tells it, and
//! how it is stored. The call's checks are done by then.

use serde_json::Value;

use crate::attachments;
use crate::conversation_request::{Action, ConversationRequest, text_of};
use crate::framing::Framing;
use crate::gizmos;
use crate::models;
use crate::render::{self, RenderRequest};
use crate::reply::Reply;
use crate::scripts;
use crate::simulator::State;
use crate::story::{self, Opening};
use crate::timeline::Timeline;
use crate::timestamps::since_epoch;
use crate::tokens::Caller;
use crate::tree::{Maker, Tree};
use crate::turn_facts::TurnFacts;
use crate::{document, ids, shown_files};

use super::recording::Recording;

/// A turn that can be told.
pub(super) struct Turn {
    request: RenderRequest,
    opening: Opening,
    script: &'static str,
    account_id: String,
    is_temporary: bool,
    facts: TurnFacts,
}

/// Where a turn is attached and what it answers.
struct Place {
    opening: Opening,
    conversation_id: String,
    parent_id: String,
    user_message_id: String,
    prompt: String,
    /// The message that is answered.
    asked: Value,
    /// The GPT or project of the conversation so far.
    gizmo_id: Option<String>,
}

impl Turn {
    /// Finds the turn's place and script, or says why it has none.
    pub(super) fn plan(
        state: &State,
        caller: &Caller,
        request: &ConversationRequest,
        fault: Option<&str>,
    ) -> Result<Self, Reply> {
        let place = match &request.conversation_id {
            None => new_place(state, request)?,
            Some(id) => known_place(state, caller, request, id)?,
        };
        let model = models::served(&caller.account.plan, &request.model);
        let script = scripts::asked_for(&place.prompt).unwrap_or_else(|| match fault {
            Some("cut-character") => "chinese",
            _ => scripts::for_model(model),
        });
        let account_id = caller.account.id.clone();
        let gizmo_id = request.gizmo_id.as_ref().or(place.gizmo_id.as_ref());
        let facts = TurnFacts {
            attachments: attachments::describe(state, &place.asked),
            gizmo: gizmo_id.and_then(|id| gizmos::find(state, &caller.account, id).ok()),
            limits: caller.limits.clone(),
        };
        let has_pictures = facts.limits.end_of("image_gen").is_none();
        let script = if has_pictures && !caller.account.is_device() {
            script
        } else {
            scripts::without_pictures(script)
        };
        Ok(Self {
            facts,
            request: RenderRequest {
                prompt: place.prompt,
                model: model.to_owned(),
                conversation_id: place.conversation_id,
                user_message_id: place.user_message_id,
                parent_id: place.parent_id,
                now: since_epoch(state.now()).as_secs_f64(),
                seed: state.next_number(),
                history: request.messages.clone(),
            },
            opening: place.opening,
            script,
            account_id,
            is_temporary: request.is_temporary,
        })
    }

    /// Whose turn it is.
    pub(super) fn account_id(&self) -> &str {
        &self.account_id
    }

    /// When it began, in seconds since 1970.
    pub(super) fn began(&self) -> f64 {
        self.request.now
    }

    /// What happens in its stream.
    pub(super) fn timeline(&self, framing: &Framing) -> Option<Timeline> {
        render::timeline(
            self.script,
            &self.request,
            framing,
            self.opening,
            &self.facts,
        )
    }
}

/// Stores what the stream leaves behind, and the turn itself, to be told again.
pub(super) fn store(state: &State, recording: Recording, timeline: &Timeline) {
    let mut messages = document::final_messages(timeline);
    if messages.is_empty() {
        return;
    }
    let unanswered = document::final_messages(&timeline.before_answer()).len();
    let awaited = match (recording.fault, &timeline.later) {
        ("handoff-gone", _) => {
            messages.truncate(unanswered);
            None
        }
        ("handoff-poll", _) => Some((Maker::Stream, messages.split_off(unanswered))),
        (_, Some(later)) => Some((Maker::Task(later.task_id.clone()), later.messages.clone())),
        (_, None) => None,
    };
    let turn = &recording.turn;
    let RenderRequest {
        conversation_id,
        parent_id,
        now,
        ..
    } = &turn.request;
    let mut conversations = state.conversations();
    if conversations.get_mut(conversation_id).is_none() {
        let title = story::title_of(&turn.request.prompt);
        let mut tree = Tree::new(conversation_id, &turn.account_id, parent_id, title, *now);
        tree.details.gizmo_id = turn.facts.gizmo.as_ref().map(|gizmo| gizmo.id.clone());
        tree.details.is_temporary = turn.is_temporary;
        conversations.insert(tree);
    }
    if let Some(tree) = conversations.get_mut(conversation_id) {
        tree.attach(parent_id, messages, *now);
        tree.shown.extend(shown_files::of_timeline(timeline));
        if let Some((maker, messages)) = awaited {
            tree.await_messages(maker, messages);
        }
        tree.recording = Some(recording);
    }
}

/// The first turn of a new conversation, which must bring a message to answer.
fn new_place(state: &State, request: &ConversationRequest) -> Result<Place, Reply> {
    let parent = &request.parent_message_id;
    if parent != "client-created-root" && !ids::is_uuid(parent) {
        return Err(Reply::conversation_not_found(parent));
    }
    let prompt = request
        .prompt()
        .ok_or_else(|| Reply::conversation_not_found("without messages"))?;
    Ok(Place {
        opening: Opening::New,
        conversation_id: state.fresh_id("conversation"),
        parent_id: parent.clone(),
        user_message_id: last_message_id(request).unwrap_or_default(),
        prompt,
        asked: request.last_user_message().cloned().unwrap_or_default(),
        gizmo_id: None,
    })
}

/// A turn in a conversation that must be there, be the caller's, and hold the parent.
fn known_place(
    state: &State,
    caller: &Caller,
    request: &ConversationRequest,
    id: &str,
) -> Result<Place, Reply> {
    let conversations = state.conversations();
    let tree = conversations
        .of_account(id, &caller.account.id)
        .ok_or_else(|| Reply::conversation_not_found(id))?;
    let parent = &request.parent_message_id;
    if !tree.has(parent) {
        return Err(Reply::conversation_not_found(id));
    }
    let repeated = last_message_id(request).filter(|message| tree.has(message));
    let (opening, attached) = match request.action {
        Action::Next => (Opening::Continued, parent.clone()),
        Action::Continue => (Opening::Variant, parent.clone()),
        Action::Variant => {
            let answered = repeated.as_ref().unwrap_or(parent);
            (Opening::Variant, tree.fork(answered))
        }
    };
    let asked = request
        .last_user_message()
        .or_else(|| tree.user_message(&attached));
    let asked = asked.ok_or_else(|| Reply::conversation_not_found(id))?;
    let user_message_id = match request.last_user_message() {
        Some(_) => last_message_id(request),
        None => asked["id"].as_str().map(str::to_owned),
    };
    Ok(Place {
        opening,
        conversation_id: id.to_owned(),
        parent_id: attached,
        user_message_id: user_message_id.unwrap_or_default(),
        prompt: text_of(asked),
        asked: asked.clone(),
        gizmo_id: tree.details.gizmo_id.clone(),
    })
}

fn last_message_id(request: &ConversationRequest) -> Option<String> {
    let last = request.messages.last()?;
    last["id"].as_str().map(str::to_owned)
}
