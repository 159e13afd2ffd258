//! `POST /v1/messages`, streamed and whole: Anthropic's Messages API.

mod count;
mod face;
pub(crate) use count::count_tokens;

use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use transcode::reply::answer_style::{ActivityFormat, ReasoningFormat};
use transcode::reply::message_steps::MessageStyle;
use transcode::request::anthropic_message::{
    self, MessagesRequest, Purpose, THREAD_UNSUPPORTED, Thoughts,
};
use transcode::request::leading_urls;
use web::request_id::RequestId;
use web::{ApiError, caller_auth, json_body};

use self::face::Messages;
use crate::answering::{self, Asking};
use crate::{Api, metering};

const ROUTE: &str = "/v1/messages";

/// Every client of Anthropic's sends it.
const VERSION: HeaderName = HeaderName::from_static("anthropic-version");

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

pub(crate) async fn create(
    State(api): State<Arc<Api>>,
    id: Option<Extension<RequestId>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let answered = answer(&api, id.as_ref(), &headers, body).await;
    reply(id.as_ref(), answered)
}

/// Any method that the routes do not take.
pub(crate) async fn method_not_allowed(
    method: Method,
    id: Option<Extension<RequestId>>,
) -> Response {
    reply(id.as_ref(), Err(ApiError::method_not_allowed(&method)))
}

async fn answer(
    api: &Arc<Api>,
    id: Option<&Extension<RequestId>>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let who = caller_auth::authenticate(headers, &api.callers, api.door).await?;
    let body = json_body::read(headers, body, api.body_limit_bytes).await?;
    let read = anthropic_message::read(&body, Purpose::Answer);
    let mut request = read.map_err(|invalid| {
        let is_about_thread = invalid.code == Some(THREAD_UNSUPPORTED);
        let error = ApiError::from(invalid);
        if is_about_thread {
            return error.with_fact("unsupported", vec!["thread"]);
        }
        error
    })?;
    drop(body);
    let face = Messages {
        style: style(api, &mut request),
        request_id: id.map(|Extension(RequestId(id))| Arc::clone(id)),
    };
    if api.uploads_by_url {
        leading_urls::attach(&mut request.turn);
    }
    let meter = metering::admit(api, &who, ROUTE, Some(&request.turn)).await?;
    let is_pooled = who.caller.uses_pool();
    let asking = Asking {
        turn: request.turn,
        is_streamed: request.stream,
        states_usage: true,
        workspace: None,
        reasoning: Some(match request.thoughts {
            Thoughts::Shown => ReasoningFormat::Parsed,
            Thoughts::Sealed | Thoughts::Left => ReasoningFormat::Hidden,
        }),
        // The protocol has no blocks for most of what upstream's own tools do.
        activity: Some(ActivityFormat::Markdown),
        delete_after_minutes: api.delete_after_minutes.filter(|_| is_pooled),
        asked: request.asked,
        dropped: request.dropped,
    };
    answering::answer(api, &who, headers, asking, meter, &face).await
}

/// Takes the model that is meant; the answer repeats the name that was asked for.
fn style(api: &Api, request: &mut MessagesRequest) -> MessageStyle {
    let asked = request.turn.model.clone();
    if let Some(model) = api.anthropic_models.model(&asked) {
        model.clone_into(&mut request.turn.model);
    }
    MessageStyle {
        model: asked,
        thoughts: request.thoughts,
        tells_searches: request.tells_searches,
    }
}

/// Whether a request to a route of several faces comes from a client of Anthropic's.
pub(crate) fn is_asked(headers: &HeaderMap) -> bool {
    headers.contains_key(VERSION)
}

/// The reply as clients of Anthropic's expect it: errors in its shape, the request named.
pub(crate) fn reply(
    id: Option<&Extension<RequestId>>,
    answered: Result<Response, ApiError>,
) -> Response {
    let id = id.map(|Extension(RequestId(id))| id.as_ref());
    let mut response = answered.unwrap_or_else(|error| error.into_anthropic_response(id));
    if let Some(Ok(id)) = id.map(HeaderValue::from_str) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}
