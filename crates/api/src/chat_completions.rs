//! `POST /v1/chat/completions`, streamed and whole.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use transcode::driver_kind::DriverKind;
use transcode::parameter_table::FaceKind;
use transcode::reply::chat_chunks::{ChatChunks, RewrittenAnswer};
use transcode::reply::chat_native::{NativeChunks, NativeReply};
use transcode::reply::chat_reply::ChatReply;
use transcode::reply::reply_head::ReplyHead;
use transcode::request::chat_completion;
use transcode::request::leading_urls;
use transcode::turn_event::TurnEvent;
use web::{ApiError, caller_auth, json_body};

mod several;

use self::several::Several;
use crate::answering::{self, Asking, Face, StreamWriter, WholeWriter};
use crate::{Api, deletions, metering};

const ROUTE: &str = "/v1/chat/completions";
const ID_PREFIX: &str = "chatcmpl-";

pub(crate) async fn create(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let who = caller_auth::authenticate(&headers, &api.callers, api.door).await?;
    let body = json_body::read(&headers, body, api.body_limit_bytes).await?;
    let mut request = chat_completion::read(&body)?;
    if api.pool.has_accounts_for(&who.caller, DriverKind::Platform) {
        request.turn.native = Some(chat_completion::native(&body)?);
    }
    drop(body);
    if api.uploads_by_url {
        leading_urls::attach(&mut request.turn);
    }
    let delete_after_minutes = deletions::wanted(&api, &who.caller, &mut request)?;
    let face = ChatCompletions {
        include_usage: request.include_usage,
    };
    let answers = request.answers;
    let asking = Asking {
        turn: request.turn,
        is_streamed: request.stream,
        states_usage: !request.stream || request.include_usage,
        workspace: request.account_id,
        reasoning: request.reasoning_format,
        activity: request.tool_activity,
        delete_after_minutes,
        asked: request.asked,
        dropped: Vec::new(),
    };
    if answers > 1
        && let Some(asking) = several::apart(&api, &who.caller, &asking)?
    {
        let several = Several {
            asking,
            answers,
            include_usage: face.include_usage,
        };
        return Box::pin(several.answer(&api, &who, &headers)).await;
    }
    let meter = metering::admit(&api, &who, ROUTE, Some(&asking.turn)).await?;
    answering::answer(&api, &who, &headers, asking, meter, &face).await
}

/// The face: `OpenAI`'s Chat Completions.
struct ChatCompletions {
    include_usage: bool,
}

impl Face for ChatCompletions {
    const ID_PREFIX: &'static str = ID_PREFIX;
    const KIND: FaceKind = FaceKind::ChatCompletions;

    fn stream(&self, head: ReplyHead) -> impl StreamWriter {
        if head.is_native {
            return Chunks::Native(NativeChunks::new(self.include_usage));
        }
        Chunks::Ours(Box::new(ChatChunks::new(head, self.include_usage)))
    }

    fn whole(&self, head: ReplyHead) -> impl WholeWriter {
        if head.is_native {
            return Reply::Native(NativeReply::default());
        }
        Reply::Ours(Box::new(ChatReply::new(head)))
    }
}

/// The chunks of a streamed answer, as upstream wrote them or as they are written here.
enum Chunks {
    Native(NativeChunks),
    Ours(Box<ChatChunks>),
}

/// A whole answer, put together of upstream's chunks or of the events.
enum Reply {
    Native(NativeReply),
    Ours(Box<ChatReply>),
}

impl StreamWriter for Chunks {
    fn write(&mut self, event: TurnEvent, out: &mut Vec<u8>) -> Result<(), RewrittenAnswer> {
        match self {
            Self::Native(chunks) => {
                chunks.write(&event, out);
                Ok(())
            }
            Self::Ours(chunks) => chunks.write(event, out),
        }
    }

    /// An error event, and no `[DONE]`.
    fn fail(&mut self, error: &ApiError, out: &mut Vec<u8>) {
        error_event(error, out);
    }
}

fn error_event(error: &ApiError, out: &mut Vec<u8>) {
    let error = error.to_json();
    let _infallible = sse::data_event(out, |out| {
        out.extend_from_slice(&error);
        Ok::<(), ()>(())
    });
}

impl WholeWriter for Reply {
    fn push(&mut self, event: TurnEvent) {
        match self {
            Self::Native(reply) => reply.push(&event),
            Self::Ours(reply) => reply.push(event),
        }
    }

    fn to_json(&self) -> Option<Vec<u8>> {
        match self {
            Self::Native(reply) => reply.to_json(),
            Self::Ours(reply) => reply.to_json(),
        }
    }
}
