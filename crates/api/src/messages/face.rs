//! How answers are written for clients of Anthropic's.

use std::sync::Arc;

use transcode::parameter_table::FaceKind;
use transcode::reply::chat_chunks::RewrittenAnswer;
use transcode::reply::message_events::MessageEvents;
use transcode::reply::message_reply::MessageReply;
use transcode::reply::message_steps::MessageStyle;
use transcode::reply::reply_head::ReplyHead;
use transcode::turn_event::TurnEvent;
use web::ApiError;

use crate::answering::{Face, StreamWriter, WholeWriter};

/// The face: Anthropic's Messages.
pub(super) struct Messages {
    pub(super) style: MessageStyle,
    pub(super) request_id: Option<Arc<str>>,
}

impl Face for Messages {
    const ID_PREFIX: &'static str = "msg_";
    const KIND: FaceKind = FaceKind::Messages;

    fn stream(&self, head: ReplyHead) -> impl StreamWriter {
        Events {
            events: MessageEvents::new(head, self.style.clone()),
            request_id: self.request_id.clone(),
        }
    }

    fn whole(&self, head: ReplyHead) -> impl WholeWriter {
        MessageReply::new(head, self.style.clone())
    }
}

/// A streamed answer, and the name of its request for an error at its end.
struct Events {
    events: MessageEvents,
    request_id: Option<Arc<str>>,
}

impl StreamWriter for Events {
    fn write(&mut self, event: TurnEvent, out: &mut Vec<u8>) -> Result<(), RewrittenAnswer> {
        self.events.write(event, out)
    }

    /// An error event, and no `message_stop`.
    fn fail(&mut self, error: &ApiError, out: &mut Vec<u8>) {
        let error = error.to_anthropic_json(self.request_id.as_deref());
        let _infallible = sse::named_event(out, "error", |out| {
            out.extend_from_slice(&error);
            Ok::<(), ()>(())
        });
    }
}

impl WholeWriter for MessageReply {
    fn push(&mut self, event: TurnEvent) {
        Self::push(self, event);
    }

    fn to_json(&self) -> Option<Vec<u8>> {
        Self::to_json(self)
    }
}
