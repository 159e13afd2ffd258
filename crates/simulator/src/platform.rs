//! A server with OpenAI's public API, for those who pay by key: chat completions, responses that are
//! kept, models, embeddings, moderations and speech. It plays the same scripts as the Codex backend.

mod chat;
mod embeddings;
pub(crate) mod keys;
mod models;
mod moderations;
mod responses;
mod speech;
pub(crate) mod stored;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::middleware;
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderValue, StatusCode};
use serde_json::Value;

use crate::options::PlatformOptions;
use crate::reply::Reply;
use crate::responses::errors;
use crate::simulator::State;
use crate::timestamps::since_epoch;
use crate::tokens::Caller;

/// Where the platform is.
pub const PLATFORM_PATH: &str = "/platform/v1";

/// What a key names if it is over its rate.
const LIMIT: &str = "platform";

/// The routes, as far as the server offers them.
pub(crate) fn routes(options: &PlatformOptions) -> Router<Arc<State>> {
    let mut routes = Router::new()
        .route("/models", get(models::list))
        .route("/models/{id}", get(models::show))
        .route("/embeddings", post(embeddings::embed))
        .route("/moderations", post(moderations::moderate))
        .route("/audio/speech", post(speech::speak));
    if options.chat {
        routes = routes.route("/chat/completions", post(chat::complete));
    }
    if options.responses {
        routes = routes
            .route("/responses", post(responses::respond))
            .route("/responses/compact", post(responses::compacted))
            .route(
                "/responses/{id}",
                get(responses::show).delete(responses::delete),
            )
            .route("/responses/{id}/input_items", get(responses::input_items))
            .route("/responses/{id}/cancel", post(responses::cancel));
    }
    let routes = routes
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(middleware::map_response(with_headers));
    Router::new().nest(PLATFORM_PATH, routes)
}

async fn no_such_path(request: Request) -> Reply {
    let message = format!(
        "Invalid URL ({} /v1{})",
        request.method(),
        request.uri().path()
    );
    let body = errors::body("invalid_request_error", None, None, &message);
    Reply::json(StatusCode::NOT_FOUND, &body)
}

async fn no_such_method(request: Request) -> Reply {
    let message = format!(
        "Not allowed to {} on /v1{}.",
        request.method(),
        request.uri().path()
    );
    let body = errors::body(
        "invalid_request_error",
        Some("method_not_supported"),
        None,
        &message,
    );
    Reply::json(StatusCode::METHOD_NOT_ALLOWED, &body)
}

/// The headers every reply has.
async fn with_headers(mut response: Response) -> Response {
    for (name, value) in [
        ("openai-version", "2020-10-01"),
        ("openai-organization", "simulator"),
        ("openai-processing-ms", "12"),
        ("x-ratelimit-limit-requests", "10000"),
        ("x-ratelimit-remaining-requests", "9999"),
        ("x-ratelimit-reset-requests", "6ms"),
        ("x-ratelimit-limit-tokens", "30000000"),
        ("x-ratelimit-remaining-tokens", "29999900"),
        ("x-ratelimit-reset-tokens", "0s"),
    ] {
        let headers = response.headers_mut();
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The object that a body is.
fn object(body: &Bytes) -> Result<Value, Reply> {
    let value: Option<Value> = serde_json::from_slice(body).ok();
    value.filter(Value::is_object).ok_or_else(errors::not_json)
}

/// The model that a body names, if there is one of that kind.
fn model(body: &Value, kind: models::Kind) -> Result<&str, Reply> {
    let Some(name) = body["model"].as_str().filter(|name| !name.is_empty()) else {
        return Err(errors::invalid(
            None,
            None,
            "you must provide a model parameter",
        ));
    };
    if models::is(name, kind) {
        Ok(name)
    } else {
        Err(models::not_found(name))
    }
}

/// Refuses a key that is over its rate, for all or for a model.
fn check_rate(state: &State, caller: &Caller, model: &str) -> Result<(), Reply> {
    let ends = [LIMIT, model]
        .into_iter()
        .filter_map(|name| caller.limits.end_of(name));
    let Some(end) = ends.max() else {
        return Ok(());
    };
    let lasts = end.saturating_sub(since_epoch(state.now()).as_secs());
    let message = format!(
        "Rate limit reached for {model} in organization simulator on requests per min (RPM). Please \
         try again in {lasts}s."
    );
    let body = errors::body("requests", Some("rate_limit_exceeded"), None, &message);
    Err(Reply::json(StatusCode::TOO_MANY_REQUESTS, &body)
        .with("retry-after", lasts.to_string())
        .with("retry-after-ms", (lasts * 1000).to_string())
        .with("x-ratelimit-remaining-requests", "0")
        .with("x-ratelimit-reset-requests", format!("{lasts}s")))
}

/// Whether limits of that name are of no model of ChatGPT's.
pub(crate) fn is_limit(name: &str) -> bool {
    name == LIMIT
}
