//! What a request to the sign-in service says, as JSON or as a form: both are taken everywhere.

use std::collections::HashMap;

use axum::Form;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::replies;
use crate::reply::Reply;

/// The parameters of a body.
pub(super) struct Parameters(HashMap<String, String>);

impl Parameters {
    /// The parameters of a query.
    pub(super) fn of_query(query: HashMap<String, String>) -> Self {
        Self(query)
    }

    /// A parameter; what is missing is empty.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

impl<S: Send + Sync> FromRequest<S> for Parameters {
    type Rejection = Reply;

    async fn from_request(request: Request, state: &S) -> Result<Self, Reply> {
        let content_type = request.headers().get(CONTENT_TYPE);
        let is_json =
            content_type.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        if is_json {
            let body = Bytes::from_request(request, state).await.ok();
            return body.and_then(|body| of_json(&body)).ok_or_else(unreadable);
        }
        let form = Form::<HashMap<String, String>>::from_request(request, state).await;
        form.map(|Form(parameters)| Self(parameters))
            .map_err(|_| unreadable())
    }
}

/// The texts of a JSON object; other members say nothing here.
fn of_json(body: &[u8]) -> Option<Parameters> {
    let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
        return None;
    };
    let texts = members.into_iter().filter_map(|(name, value)| match value {
        Value::String(text) => Some((name, text)),
        _ => None,
    });
    Some(Parameters(texts.collect()))
}

fn unreadable() -> Reply {
    replies::refusal(
        StatusCode::BAD_REQUEST,
        "invalid_request",
        "The body is neither a JSON object nor a form.",
    )
}
