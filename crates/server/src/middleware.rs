//! What happens around every request, outermost first: id and log, then panics.
//!
//! Called by `router`.

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode};
use tokio::time::Instant;
use tracing::Instrument;
use uuid::Uuid;
use web::request_id::RequestId;
use web::{ApiError, ErrorClass};

use crate::request_log::{LoggedBody, RequestLog};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Gives the request an id, and a log line when its answer is over.
pub(crate) async fn identify_and_log(mut request: Request, next: Next) -> Response {
    let id = format!("req_{}", Uuid::new_v4().simple());
    // At the level of errors, so that warnings carry the id whatever LOG_LEVEL is.
    let span = tracing::error_span!("request", request.id = id);
    let route = request.extensions().get::<MatchedPath>();
    let mut log = RequestLog {
        method: request.method().clone(),
        route: route.map_or("(none)", MatchedPath::as_str).to_owned(),
        begun: Instant::now(),
        span: span.clone(),
        status: None,
        is_complete: false,
    };
    request
        .extensions_mut()
        .insert(RequestId(id.as_str().into()));
    let mut response = next.run(request).instrument(span).await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    log.status = Some(response.status().as_u16());
    response.map(|body| Body::new(LoggedBody::new(body, log)))
}

/// A bug is answered like any other error, and the process goes on.
pub(crate) fn answer_panic(_panic: Box<dyn std::any::Any + Send>) -> Response {
    tracing::error!("a handler panicked; this is a bug");
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        ErrorClass::Gateway,
        "internal_error",
        "the gateway made a mistake; its log names this request by x-request-id",
    )
    .into_response()
}
