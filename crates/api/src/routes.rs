//! The route table of the face.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::{
    Api, audio, chat_completions, conversations, files, images, messages, models, reference,
    responses, served_file, usage,
};

/// Every route, as the reference document names it.
pub const API_ROUTES: [(&str, &str); 32] = [
    ("post", "/v1/chat/completions"),
    ("post", "/v1/messages"),
    ("post", "/v1/messages/count_tokens"),
    ("post", "/v1/responses"),
    ("get", "/v1/responses/{id}"),
    ("delete", "/v1/responses/{id}"),
    ("post", "/v1/responses/{id}/cancel"),
    ("get", "/v1/responses/{id}/input_items"),
    ("post", "/v1/conversations"),
    ("get", "/v1/conversations/{id}"),
    ("post", "/v1/conversations/{id}"),
    ("delete", "/v1/conversations/{id}"),
    ("post", "/v1/conversations/{id}/items"),
    ("get", "/v1/conversations/{id}/items"),
    ("get", "/v1/conversations/{id}/items/{item}"),
    ("delete", "/v1/conversations/{id}/items/{item}"),
    ("post", "/v1/images/generations"),
    ("post", "/v1/images/edits"),
    ("post", "/v1/audio/speech"),
    ("post", "/v1/audio/transcriptions"),
    ("get", "/files/{token}/{name}"),
    ("post", "/v1/files"),
    ("get", "/v1/files"),
    ("get", "/v1/files/{id}"),
    ("delete", "/v1/files/{id}"),
    ("get", "/v1/files/{id}/content"),
    ("get", "/v1/models"),
    ("get", "/v1/models/{id}"),
    ("get", "/v1/usage"),
    ("get", "/docs"),
    ("get", "/redoc"),
    ("get", "/openapi.json"),
];

/// The routes; the program mounts them at `/` or below `API_PREFIX`.
pub fn routes(api: Arc<Api>) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(chat_completions::create))
        .route("/v1/messages", post(messages::create))
        .route("/v1/messages/count_tokens", post(messages::count_tokens))
        .route("/v1/responses", post(responses::create))
        .route(
            "/v1/responses/{id}",
            get(responses::retrieve).delete(responses::delete),
        )
        .route("/v1/responses/{id}/cancel", post(responses::cancel))
        .route(
            "/v1/responses/{id}/input_items",
            get(responses::input_items),
        )
        .route("/v1/conversations", post(conversations::create))
        .route(
            "/v1/conversations/{id}",
            get(conversations::retrieve)
                .post(conversations::update)
                .delete(conversations::delete),
        )
        .route(
            "/v1/conversations/{id}/items",
            get(conversations::list_items).post(conversations::add_items),
        )
        .route(
            "/v1/conversations/{id}/items/{item}",
            get(conversations::retrieve_item).delete(conversations::delete_item),
        )
        .route("/v1/images/generations", post(images::generate))
        .route("/v1/images/edits", post(images::edit))
        .route("/v1/audio/speech", post(audio::speak))
        .route("/v1/audio/transcriptions", post(audio::transcribe))
        .route("/v1/files", post(files::create).get(files::list))
        .route("/v1/files/{id}", get(files::retrieve).delete(files::delete))
        .route("/v1/files/{id}/content", get(files::content))
        .route("/files/{token}", get(served_file::unnamed))
        .route("/files/{token}/{name}", get(served_file::named))
        .route("/v1/models", get(models::list))
        .route("/v1/models/{id}", get(models::retrieve))
        .route("/v1/usage", get(usage::show))
        .route("/docs", get(reference::page))
        .route("/redoc", get(reference::page))
        .route("/openapi.json", get(reference::openapi))
        .with_state(api)
}
