//! The route table of the face.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::{Api, chat_completions, files, models, reference};

/// Every route, as the reference document names it.
pub const API_ROUTES: [(&str, &str); 11] = [
    ("post", "/v1/chat/completions"),
    ("get", "/v1/models"),
    ("get", "/v1/models/{id}"),
    ("post", "/v1/files"),
    ("get", "/v1/files"),
    ("get", "/v1/files/{id}"),
    ("delete", "/v1/files/{id}"),
    ("get", "/v1/files/{id}/content"),
    ("get", "/docs"),
    ("get", "/redoc"),
    ("get", "/openapi.json"),
];

/// The routes; the program mounts them at `/` or below `API_PREFIX`.
pub fn routes(api: Arc<Api>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(chat_completions::create))
        .route("/v1/models", get(models::list))
        .route("/v1/models/{id}", get(models::retrieve))
        .route("/v1/files", post(files::create).get(files::list))
        .route("/v1/files/{id}", get(files::retrieve).delete(files::delete))
        .route("/v1/files/{id}/content", get(files::content))
        .route("/docs", get(reference::page))
        .route("/redoc", get(reference::page))
        .route("/openapi.json", get(reference::openapi))
        .with_state(api)
}
