//! How an answer goes on that its stream did not finish: what the driver needs to ask for the
//! rest, and the reading of what it gets.
//!
//! The second half of `WebReader`. Protocol: resume, stream hand-off, one conversation.

use std::fmt;

use super::ending::Ending;
use super::stored::StoredTurn;
use super::{BrokenStream, Signs, WebReader};
use crate::turn_event::TurnEvent;

/// A secret of one turn.
pub(super) struct ResumeToken(pub(super) String);

impl fmt::Debug for ResumeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResumeToken")
    }
}

impl WebReader {
    /// The conversation, once upstream named it.
    pub fn conversation_id(&self) -> Option<&str> {
        self.messages.identity.conversation_id.as_deref()
    }

    /// What the rest of the answer can be asked for with, if upstream gave it. A secret.
    pub fn resume_token(&self) -> Option<&str> {
        self.resume_token.as_ref().map(|token| token.0.as_str())
    }

    /// How many events upstream sent, as it counts them itself: without pings, empty ones
    /// and `[DONE]`. The rest of the answer begins there.
    pub fn events_seen(&self) -> u64 {
        self.events_seen
    }

    /// Forgets that the stream ended: another stream, or the stored messages, take the answer
    /// up where it stands.
    pub fn reopen(&mut self) {
        let blocked = self.signs.blocked;
        self.signs = Signs {
            blocked,
            ..Signs::default()
        };
        self.malformed = 0;
        self.messages.reopen();
    }

    /// Reads the turn from the JSON of `GET /conversation/{id}`, where the stream left it, and
    /// adds what is new to `out`; returns whether the answer is complete.
    pub fn read_stored(
        &mut self,
        document: &str,
        out: &mut Vec<TurnEvent>,
    ) -> Result<bool, BrokenStream> {
        self.messages.reopen();
        let turn = StoredTurn::read(document, self.messages.sent_ids());
        let turn = turn.map_err(|_| BrokenStream::Malformed)?;
        self.messages
            .note_conversation(turn.conversation_id.as_deref());
        if let Some(title) = turn.title {
            self.note_title(&title);
        }
        for message in &turn.messages {
            self.messages.read(message)?;
            self.messages.hand_out(out);
        }
        if self.messages.have_begun() {
            out.append(&mut self.beside);
        }
        let is_over = matches!(
            self.messages.ending(),
            Ending::Finished { end_turn: true, .. }
        );
        let is_complete = is_over || self.messages.pictures.has_arrived();
        if is_complete {
            self.signs.complete = true;
            self.signs.handed_off = false;
        }
        Ok(is_complete)
    }

    /// Counts an event as upstream does. A second stream begins with a greeting of its own,
    /// which is not one of the answer's events.
    pub(super) fn count(&mut self, name: Option<&str>, data: &str) {
        let is_counted = match name {
            Some("delta") => true,
            Some("ping") => false,
            Some("delta_encoding") => self.events_seen == 0,
            _ => !matches!(data.trim(), "" | "[DONE]"),
        };
        self.events_seen += u64::from(is_counted);
    }
}
