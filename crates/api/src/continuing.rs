//! Going on with the upstream conversation that a chat stands in, instead of telling upstream the
//! whole history again.
//!
//! Clients send all of a chat with every request. When what came before was said in a conversation
//! that is known, only the new messages go there, below the answer they follow; so an edit is a
//! branch. Called by `conversation`, and by `watch` for what an answer adds.

use accounts::{Caller, Continuation, Lease};
use http::{HeaderMap, HeaderName};
use openai::chat_completion::FinishReason;
use transcode::driver_kind::DriverKind;
use transcode::said_so_far::{SaidSoFar, new_messages};
use transcode::turn::{Turn, TurnMessage};
use transcode::turn_event::{Identity, TurnEvent};
use upstream::{Failure, FailureKind};

use crate::Api;
use crate::conversation::Asked;
use crate::routing::Route;

/// With the value `off`: this request is told whole.
const SWITCH: HeaderName = HeaderName::from_static("x-flowgpt-continuity");

/// Whether a request may go on with a conversation: the setting, the key and the caller decide.
pub(crate) fn is_wanted(api: &Api, caller: &Caller, headers: &HeaderMap) -> bool {
    let is_off = headers.get(SWITCH).is_some_and(|it| it == "off");
    api.continuations.are_wanted_by(caller) && !is_off
}

/// A chat that may go on.
#[derive(Debug)]
pub(crate) struct Chat {
    /// The model, and whether upstream is to keep the conversation: neither changes half-way.
    model: String,
    /// What was said before the new messages, and where those begin.
    before: Option<(SaidSoFar, usize)>,
}

/// A conversation that is gone on with.
#[derive(Debug)]
pub(crate) struct GoingOn {
    place: Continuation,
    /// What is new.
    turn: Turn,
    /// How many of the attachments belong to what is not.
    old_files: usize,
}

impl Chat {
    /// The chat of a question, if it may go on. Only the web driver has conversations; a caller
    /// who names one knows where to go on, and an emulated turn is in other words than the chat.
    pub(crate) fn of(api: &Api, asked: &Asked<'_>, route: &Route) -> Option<Self> {
        let turn = asked.turn;
        let may_go_on = asked.may_continue
            && route.driver == DriverKind::Web
            && route.in_words.is_none()
            && turn.conversation_id.is_none()
            && turn.parent_message_id.is_none();
        if !may_go_on {
            return None;
        }
        let kept = if api.drivers.web.keeps_history(turn) {
            "kept"
        } else {
            "temporary"
        };
        let from = new_messages(&turn.messages);
        let before = from.map(|from| (SaidSoFar::by(&turn.messages[..from]), from));
        Some(Self {
            model: format!("{} {kept}", turn.model),
            before,
        })
    }

    /// The conversation that what came before was said in.
    pub(crate) async fn find(&self, api: &Api, asked: &Asked<'_>) -> Option<GoingOn> {
        let (said, from) = self.before?;
        let turn = asked.turn;
        let (before, new) = turn.messages.split_at_checked(from)?;
        let said = said.to_string();
        let key = api.continuations.key(asked.caller, &self.model, &said);
        let place = api.continuations.find(key).await?;
        let attachments = before.iter().flat_map(TurnMessage::attachments);
        Some(GoingOn {
            old_files: attachments.count(),
            turn: Turn {
                messages: new.to_vec(),
                conversation_id: Some(place.conversation_id.clone()),
                parent_message_id: Some(place.message_id.clone()),
                keep_history: Some(place.is_kept),
                ..turn.clone()
            },
            place,
        })
    }

    /// What the answer will add to it.
    pub(crate) fn following(self, asked: &Asked<'_>, is_kept: bool) -> Following {
        let messages = &asked.turn.messages;
        let (said, from) = self.before.unwrap_or_default();
        Following {
            said: said.and(messages.get(from..).unwrap_or_default()),
            model: self.model,
            is_kept,
            identity: Identity::default(),
            is_cut: false,
        }
    }
}

impl GoingOn {
    /// The account that has the conversation.
    pub(crate) fn account(&self) -> [u8; 16] {
        self.place.account
    }

    /// What is asked there.
    pub(crate) fn asked<'a>(&'a self, whole: &Asked<'a>) -> Asked<'a> {
        Asked {
            turn: &self.turn,
            files: whole.files.get(self.old_files..).unwrap_or_default(),
            wants_native: false,
            ..*whole
        }
    }

    /// Takes note of how it went; whether the conversation is gone, so that the whole history
    /// has to be told.
    pub(crate) async fn failed(&self, api: &Api, failure: &Failure) -> bool {
        let is_lost = matches!(
            failure.kind,
            FailureKind::UnknownConversation | FailureKind::NotFound | FailureKind::Rejected
        );
        if is_lost {
            api.continuations.lost(&self.place).await;
        }
        is_lost
    }

    /// The answer has begun.
    pub(crate) fn went_on(&self, api: &Api) {
        api.continuations.went_on(&self.place);
    }
}

/// What an answer adds to a chat, until it is known where the conversation stands.
#[derive(Debug)]
pub(crate) struct Following {
    said: SaidSoFar,
    model: String,
    is_kept: bool,
    identity: Identity,
    /// Whether the caller is told something else than upstream remembers.
    is_cut: bool,
}

impl Following {
    /// Takes note of one event, as the caller gets it, and of the answer so far.
    pub(crate) fn see(
        &mut self,
        api: &Api,
        caller: &Caller,
        lease: &Lease,
        event: &TurnEvent,
        answer: &str,
    ) {
        match event {
            TurnEvent::Identity(newer) => self.identity.update(newer.clone()),
            TurnEvent::Refusal(_) | TurnEvent::StopSequence(_) => self.is_cut = true,
            TurnEvent::Finish(FinishReason::Stop) => self.remember(api, caller, lease, answer),
            _ => {}
        }
    }

    fn remember(&mut self, api: &Api, caller: &Caller, lease: &Lease, answer: &str) {
        let Identity {
            conversation_id,
            message_id,
            ..
        } = std::mem::take(&mut self.identity);
        let (Some(conversation_id), Some(message_id)) = (conversation_id, message_id) else {
            return;
        };
        if self.is_cut || answer.trim().is_empty() {
            return;
        }
        let said = self.said.answered(answer).to_string();
        let key = api.continuations.key(caller, &self.model, &said);
        let place = Continuation {
            conversation_id,
            message_id,
            account: lease.credential().key(),
            is_kept: self.is_kept,
        };
        api.continuations.remember(key, place);
    }
}
