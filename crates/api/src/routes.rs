//! The route table of the face.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::{get, post};
use http::HeaderMap;

use crate::passing::PASSED_ROUTES;
use crate::{
    Api, audio, capabilities, chat_completions, conversations, files, images, messages, models,
    passing, reference, responses, served_file, usage,
};

/// Every route but those that are only handed through, as the reference document names it.
pub const API_ROUTES: [(&str, &str); 34] = [
    ("post", "/v1/chat/completions"),
    ("post", "/v1/messages"),
    ("post", "/v1/messages/count_tokens"),
    ("post", "/v1/responses"),
    ("get", "/v1/responses"),
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
    ("get", "/capabilities"),
    ("get", "/docs"),
    ("get", "/redoc"),
    ("get", "/openapi.json"),
];

/// The routes; the program mounts them at `/` or below `API_PREFIX`.
pub fn routes(api: Arc<Api>) -> Router {
    passed_routes()
        .route("/v1/chat/completions", post(chat_completions::create))
        .route(
            "/v1/messages",
            post(messages::create).fallback(messages::method_not_allowed),
        )
        .route(
            "/v1/messages/count_tokens",
            post(messages::count_tokens).fallback(messages::method_not_allowed),
        )
        .route(
            "/v1/responses",
            post(responses::create).get(responses::connect),
        )
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
        .route("/capabilities", get(capabilities::show))
        .route("/docs", get(reference::page))
        .route("/redoc", get(reference::page))
        .route("/openapi.json", get(reference::openapi))
        .with_state(api)
}

/// The routes that are only handed through.
fn passed_routes() -> Router<Arc<Api>> {
    PASSED_ROUTES
        .into_iter()
        .fold(Router::new(), |router, route| {
            let pass = move |State(api): State<Arc<Api>>, headers: HeaderMap, body: Body| {
                passing::pass(api, route, headers, body)
            };
            router.route(route, post(pass))
        })
}
