//! A stream of events that ticks for as long as somebody listens.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

/// How often it ticks.
const PERIOD: Duration = Duration::from_millis(200);

/// `GET /official/events`.
pub(super) async fn events() -> Response {
    let ticks = stream::unfold(0_u64, async |number| {
        if number > 0 {
            tokio::time::sleep(PERIOD).await;
        }
        let event = format!("id: {number}\nevent: tick\ndata: {{\"number\":{number}}}\n\n");
        Some((Ok::<_, Infallible>(Bytes::from(event)), number + 1))
    });
    let headers = [
        (CONTENT_TYPE, "text/event-stream; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, Body::from_stream(ticks)).into_response()
}
