//! What the gateway has to remember of an answer, noted before it goes to the caller.
//!
//! Which account owns the conversation, what is left of limits, and when the conversation is
//! to be deleted. Holds the lease: when the watch is dropped, the account is given back.

use accounts::Lease;
use transcode::turn_event::TurnEvent;

use crate::Api;
use crate::{deletions, limits};

/// Watches one answer.
#[derive(Debug)]
pub(crate) struct Watch {
    lease: Lease,
    keeps_history: bool,
    delete_after_minutes: Option<u32>,
}

impl Watch {
    pub(crate) fn new(
        lease: Lease,
        keeps_history: bool,
        delete_after_minutes: Option<u32>,
    ) -> Self {
        Self {
            lease,
            keeps_history,
            delete_after_minutes,
        }
    }

    /// Takes note of one event.
    pub(crate) fn see(&mut self, api: &Api, event: &TurnEvent) {
        match event {
            TurnEvent::Identity(identity) if self.keeps_history => {
                let Some(id) = &identity.conversation_id else {
                    return;
                };
                api.pool.remember_owner(id, &self.lease);
                if let Some(minutes) = self.delete_after_minutes.take() {
                    deletions::promise(api, &self.lease, id, minutes);
                }
            }
            TurnEvent::Limits(report) => limits::learn_from_report(api, &self.lease, report),
            _ => {}
        }
    }

    pub(crate) fn lease(&self) -> &Lease {
        &self.lease
    }
}
