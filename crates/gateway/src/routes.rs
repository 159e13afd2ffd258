//! The route table of the face. What is below each prefix, the allow-list says.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post, put};
use http::{HeaderValue, StatusCode, header};

use crate::visitor::Visitor;
use crate::{Gateway, avatar, failure_shape, own, shared, socket, token_refresh, transfer};

/// Where a page sends a file, and where it fetches one.
pub(crate) const UPLOAD: &str = "/backend-api/-/upload";
pub(crate) const CONTENT: &str = "/backend-api/-/content";

/// Where a page opens a socket.
pub(crate) const SOCKET: &str = "/backend-api/-/socket";

/// The prefixes below which upstream's pages ask. None of them is below `API_PREFIX`.
const PREFIXES: [&str; 4] = [
    "/backend-api",
    "/backend-anon",
    "/backend-alt",
    "/public-api",
];

/// What pages tell of their visitors (R30).
const TELEMETRY: [&str; 5] = [
    "/ces/{*rest}",
    "/v1/initialize",
    "/v1/rgstr",
    "/api/v2/logs",
    "/lat/r",
];

/// The routes.
pub fn routes(gateway: Arc<Gateway>) -> Router {
    let mut router = Router::new()
        .route(&format!("{UPLOAD}/{{token}}"), put(transfer::upload))
        .route(&format!("{CONTENT}/{{token}}"), get(transfer::content))
        .route(&format!("{SOCKET}/{{token}}"), get(socket::open))
        .route("/avatar/{digest}", get(avatar::show))
        .route("/auth/refresh", post(token_refresh::refresh));
    for path in TELEMETRY {
        // Nothing of it leaves this machine.
        router = router.route(path, any(async || StatusCode::ACCEPTED));
    }
    for path in [
        "/cdn-cgi/challenge-platform",
        "/cdn-cgi/challenge-platform/{*rest}",
    ] {
        router = router.route(path, any(async || StatusCode::NOT_FOUND));
    }
    for prefix in PREFIXES {
        router = router
            .route(prefix, any(ask))
            .route(&format!("{prefix}/"), any(ask))
            .route(&format!("{prefix}/{{*rest}}"), any(ask));
    }
    router
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(private))
        .with_state(gateway)
}

/// Whatever a page asks of upstream.
async fn ask(State(gateway): State<Arc<Gateway>>, request: Request) -> Response {
    answered(&gateway, request)
        .await
        .unwrap_or_else(failure_shape::reply)
}

async fn answered(gateway: &Arc<Gateway>, request: Request) -> Result<Response, web::ApiError> {
    let (head, body) = request.into_parts();
    let visitor = Visitor::of(gateway, &head.method, &head.headers).await?;
    if visitor.shares() {
        shared::serve(gateway, &visitor, head, body).await
    } else {
        own::serve(gateway, &visitor, head, body).await
    }
}

/// The routes while `ENABLE_GATEWAY` is off: they are known, and closed.
pub fn closed() -> Router {
    let mut router = Router::new();
    for prefix in PREFIXES {
        router = router
            .route(prefix, any(off))
            .route(&format!("{prefix}/{{*rest}}"), any(off));
    }
    router
}

async fn off() -> Response {
    failure_shape::reply(web::ApiError::new(
        StatusCode::NOT_FOUND,
        web::ErrorClass::InvalidRequest,
        "gateway_disabled",
        "gateway disabled; set ENABLE_GATEWAY=true to serve upstream's own pages",
    ))
}

/// Nothing of it is kept by a browser or a proxy, or tells where it came from.
async fn private(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        // A file and a picture say for themselves how long they last.
        let entry = headers.entry(name);
        entry.or_insert(HeaderValue::from_static(value));
    }
    response.into_response()
}
