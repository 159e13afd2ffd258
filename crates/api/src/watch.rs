//! What the gateway has to remember of an answer, noted before it goes to the caller.
//!
//! Which account owns the conversation, where it stands, what is left of limits, and when the
//! conversation is to be deleted. Holds the lease: when the watch is dropped, the account is given back.

use accounts::{Caller, Lease};
use transcode::turn_event::TurnEvent;
use web::ApiError;

use crate::continuing::Following;
use crate::metering::Meter;
use crate::{Api, deletions, limits};

/// A text that grows begins with room for this much.
const GROWING_BYTES: usize = 1024;

/// Watches one answer.
#[derive(Debug)]
pub(crate) struct Watch {
    lease: Lease,
    caller: Caller,
    keeps_history: bool,
    delete_after_minutes: Option<u32>,
    meter: Option<Meter>,
    following: Option<Following>,
    /// What was answered, if anybody wants it at the end.
    text: String,
}

impl Watch {
    pub(crate) fn new(lease: Lease, caller: Caller, keeps_history: bool) -> Self {
        Self {
            lease,
            caller,
            keeps_history,
            delete_after_minutes: None,
            meter: None,
            following: None,
            text: String::new(),
        }
    }

    /// Has the conversation deleted so long after it began.
    #[must_use]
    pub(crate) fn deleted_after(mut self, minutes: Option<u32>) -> Self {
        self.delete_after_minutes = minutes;
        self
    }

    /// Writes down whose the conversation is, before its id goes to anybody.
    pub(crate) async fn remember(&self, api: &Api, first: &[TurnEvent]) {
        let named = first.iter().find_map(|event| match event {
            TurnEvent::Identity(identity) => identity.conversation_id.as_deref(),
            _ => None,
        });
        let Some(id) = named.filter(|_| self.keeps_history) else {
            return;
        };
        let remembered = api
            .pool
            .remember_conversation(id, &self.caller, &self.lease);
        if let Err(error) = remembered.await {
            tracing::warn!("it was not written down whose a conversation is: {error}");
        }
    }

    /// Notes where the conversation stands after the answer.
    #[must_use]
    pub(crate) fn following(mut self, following: Option<Following>) -> Self {
        self.following = following;
        self
    }

    /// Has the answer counted.
    #[must_use]
    pub(crate) fn metered(mut self, meter: Meter) -> Self {
        self.meter = Some(meter);
        self
    }

    /// The answer is complete.
    pub(crate) fn ended_well(&mut self) {
        if let Some(meter) = &mut self.meter {
            meter.ended_well();
        }
    }

    /// The answer broke.
    pub(crate) fn failed(&mut self, error: &ApiError) {
        if let Some(meter) = &mut self.meter {
            meter.failed(error);
        }
    }

    /// Takes note of one event.
    pub(crate) fn see(&mut self, api: &Api, event: &TurnEvent) {
        if self.wants_text() {
            self.keep_text(event);
        }
        if let Some(meter) = &mut self.meter {
            meter.see(event);
        }
        if let Some(following) = &mut self.following {
            following.see(api, &self.caller, &self.lease, event, &self.text);
        }
        match event {
            TurnEvent::Identity(identity) if self.keeps_history => {
                let Some(id) = &identity.conversation_id else {
                    return;
                };
                if let Some(minutes) = self.delete_after_minutes.take() {
                    deletions::promise(api, &self.lease, id, minutes);
                }
            }
            TurnEvent::Limits(report) => limits::learn_from_report(&self.lease, report),
            _ => {}
        }
    }

    pub(crate) fn lease(&self) -> &Lease {
        &self.lease
    }

    fn wants_text(&self) -> bool {
        self.following.is_some() || self.meter.as_ref().is_some_and(Meter::wants_text)
    }

    fn keep_text(&mut self, event: &TurnEvent) {
        match event {
            TurnEvent::Text(text) => {
                if self.text.is_empty() {
                    self.text.reserve(GROWING_BYTES);
                }
                self.text.push_str(text);
            }
            TurnEvent::Rewritten(text) => self.text.clone_from(text),
            _ => {}
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(meter) = &mut self.meter {
            meter.answered(std::mem::take(&mut self.text));
        }
    }
}
