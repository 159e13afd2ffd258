//! The models of the platform, and what each is for.

use std::sync::Arc;

use axum::extract::{Path, State as Shared};
use http::StatusCode;
use serde_json::{Value, json};

use super::keys::Key;
use crate::reply::Reply;
use crate::responses::errors;
use crate::simulator::State;

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Embedding,
    Moderation,
    Speech,
}

const MODELS: [(&str, Kind); 15] = [
    ("gpt-5.2", Kind::Text),
    ("gpt-5.2-pro", Kind::Text),
    ("gpt-5.1", Kind::Text),
    ("gpt-5", Kind::Text),
    ("gpt-5-mini", Kind::Text),
    ("gpt-4.1", Kind::Text),
    ("gpt-4o", Kind::Text),
    ("gpt-4o-mini", Kind::Text),
    ("gpt-4o-audio-preview", Kind::Text),
    ("o4-mini", Kind::Text),
    ("text-embedding-3-small", Kind::Embedding),
    ("text-embedding-3-large", Kind::Embedding),
    ("omni-moderation-latest", Kind::Moderation),
    ("tts-1", Kind::Speech),
    ("gpt-4o-mini-tts", Kind::Speech),
];

/// Whether there is a model of that name for that.
pub(super) fn is(name: &str, kind: Kind) -> bool {
    MODELS.contains(&(name, kind))
}

/// `GET /v1/models`.
pub(super) async fn list(_: Key) -> Reply {
    let data: Vec<Value> = MODELS.iter().map(|(name, _)| entry(name)).collect();
    Reply::ok(&json!({"object": "list", "data": data}))
}

/// `GET /v1/models/{id}`.
pub(super) async fn show(_: Shared<Arc<State>>, _: Key, Path(id): Path<String>) -> Reply {
    if MODELS.iter().any(|(name, _)| *name == id) {
        Reply::ok(&entry(&id))
    } else {
        not_found(&id)
    }
}

fn entry(name: &str) -> Value {
    json!({"id": name, "object": "model", "created": 1_735_689_600, "owned_by": "system"})
}

/// The refusal of a model that is not there.
pub(super) fn not_found(name: &str) -> Reply {
    let message = format!("The model `{name}` does not exist or you do not have access to it.");
    let code = Some("model_not_found");
    let body = errors::body("invalid_request_error", code, None, &message);
    Reply::json(StatusCode::NOT_FOUND, &body)
}
