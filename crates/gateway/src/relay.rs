//! The stream of an answer on its way to a page.
//!
//! Whole events go on byte for byte. What one names is written down before it is sent, so that an
//! id is nobody's before it is somebody's; instructions and memories of the account's owner are
//! emptied. Ends within seconds when whoever asked may not ask any more.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use accounts::Lease;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use store::records::ListedPatch;
use tokio::time::Instant;
use upstream::{Failure, PassedBody};
use web::{ApiError, ErrorClass};

use crate::event_cutter::EventCutter;
use crate::learning::Learned;
use crate::ownership::{NotTheirs, Place};
use crate::usage_count::UsageCount;
use crate::visitor::is_still_good;
use crate::{Gateway, failure_shape, personal};

/// How often it is looked whether whoever asked may still ask.
const RECHECKED_EVERY: Duration = Duration::from_secs(4);

/// An event that is longer is none.
const MAX_EVENT_BYTES: usize = 32 << 20;

/// The headers that say who asks.
const SHOWN: [HeaderName; 4] = [
    header::AUTHORIZATION,
    header::COOKIE,
    HeaderName::from_static("x-authorization"),
    HeaderName::from_static("x-api-key"),
];

/// An answer that is under way.
pub(crate) struct Relayed {
    pub(crate) gateway: Arc<Gateway>,
    /// What says who asks.
    pub(crate) shown: HeaderMap,
    pub(crate) shares: bool,
    /// Given back when the answer is over, or nobody wants it any more.
    pub(crate) _lease: Lease,
    pub(crate) body: PassedBody,
    /// Whose what it names is; nothing where the whole account is.
    pub(crate) place: Option<Place>,
    pub(crate) count: Option<UsageCount>,
    /// What the list of conversations is to show of it; nothing of a temporary one.
    pub(crate) listing: Option<Listing>,
}

/// What a list shows of a conversation that a message is sent in.
pub(crate) struct Listing {
    /// The GPT it is with.
    pub(crate) gizmo_id: Option<String>,
}

/// The headers of a request that say who asks.
pub(crate) fn shown(headers: &HeaderMap) -> HeaderMap {
    let mut shown = HeaderMap::new();
    for name in SHOWN {
        for value in headers.get_all(&name) {
            shown.append(name.clone(), value.clone());
        }
    }
    shown
}

/// The reply.
pub(crate) fn response(relayed: Relayed) -> Response {
    let state = State {
        relayed,
        cutter: EventCutter::default(),
        rechecked: Instant::now(),
        is_over: false,
    };
    let pieces = stream::unfold(state, async |mut state| {
        let piece = state.next().await?;
        Some((Ok::<Bytes, Infallible>(piece), state))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

struct State {
    relayed: Relayed,
    cutter: EventCutter,
    rechecked: Instant,
    is_over: bool,
}

impl State {
    /// What goes to the page next.
    async fn next(&mut self) -> Option<Bytes> {
        while !self.is_over {
            let due = self.rechecked + RECHECKED_EVERY;
            let came = tokio::time::timeout_at(due, self.relayed.body.next()).await;
            if Instant::now() >= due {
                self.rechecked = Instant::now();
                if !is_still_good(&self.relayed.gateway, &self.relayed.shown).await {
                    return Some(self.broken_off(&revoked()));
                }
            }
            match came {
                Err(_elapsed) => {}
                Ok(Some(Ok(piece))) => match self.take(&piece).await {
                    Ok(ready) if ready.is_empty() => {}
                    Ok(ready) => return Some(ready),
                    Err(error) => return Some(self.broken_off(&error)),
                },
                Ok(Some(Err(failure))) => return Some(self.failed(failure)),
                Ok(None) => {
                    self.is_over = true;
                    if self.cutter.pending() > 0 {
                        return Some(self.broken_off(&cut()));
                    }
                    if let Some(count) = &mut self.relayed.count {
                        count.ended(200, None);
                    }
                }
            }
        }
        None
    }

    /// The whole events that a piece completes.
    async fn take(&mut self, piece: &[u8]) -> Result<Bytes, ApiError> {
        self.cutter.push(piece);
        if self.cutter.pending() > MAX_EVENT_BYTES {
            return Err(cut());
        }
        let mut ready = Vec::with_capacity(piece.len());
        let mut learned = Learned::default();
        let mut title = None;
        while let Some(event) = self.cutter.next_event() {
            if let Some(count) = &mut self.relayed.count {
                count.see(&event);
            }
            if !self.relayed.shares {
                ready.extend_from_slice(&event);
                continue;
            }
            let (written, document) = looked_at(event);
            ready.extend_from_slice(&written);
            if let Some(document) = document {
                learned.extend(Learned::of(&document));
                title = titled(&document).or(title);
            }
        }
        self.note(learned, title).await?;
        Ok(ready.into())
    }

    /// Writes down what is in events that are about to be sent.
    async fn note(
        &mut self,
        learned: Learned,
        title: Option<(String, String)>,
    ) -> Result<(), ApiError> {
        let Some(place) = &self.relayed.place else {
            return Ok(());
        };
        let gateway = &self.relayed.gateway;
        let database = &gateway.parts.database;
        if let Some(listing) = &self.relayed.listing {
            for id in &learned.conversations {
                let (gizmo, now) = (listing.gizmo_id.as_deref(), gateway.ownership.now());
                let listed = database.list_conversation(&place.owner, id, gizmo, now);
                listed.await.map_err(NotTheirs::Store)?;
            }
        }
        if !learned.is_empty() {
            gateway.ownership.learn(place, learned).await?;
        }
        if let Some((id, title)) = title {
            let patch = ListedPatch {
                title: Some(title.into()),
                ..ListedPatch::default()
            };
            let changed = database.change_listed(&place.owner, &id, &patch).await;
            changed.map_err(NotTheirs::Store)?;
        }
        Ok(())
    }

    fn failed(&mut self, failure: Failure) -> Bytes {
        tracing::warn!(failure.kind = ?failure.kind, "an answer to a page broke after it had begun");
        self.broken_off(&ApiError::from(failure))
    }

    /// The last event of an answer that does not end as it should.
    fn broken_off(&mut self, error: &ApiError) -> Bytes {
        self.is_over = true;
        if let Some(count) = &mut self.relayed.count {
            count.ended(error.status().as_u16(), Some(error.code()));
        }
        let mut body = failure_shape::body(error);
        body["type"] = json!("error");
        body["message"] = Value::Null;
        body["error_code"] = json!(error.code());
        body["error"] = json!(error.message());
        Bytes::from(format!("data: {body}\n\n"))
    }
}

/// An event with what is the account owner's own emptied, and its document if it has one.
pub(crate) fn looked_at(event: Vec<u8>) -> (Vec<u8>, Option<Value>) {
    let mut decoder = sse::Decoder::new(event.len().saturating_add(1));
    decoder.push(&event);
    let Ok(Some(read)) = decoder.next_event() else {
        return (event, None);
    };
    let Ok(mut document) = serde_json::from_str::<Value>(read.data) else {
        return (event, None);
    };
    let has_personal = personal::may_be_personal(read.data) && personal::empty(&mut document);
    if !has_personal {
        return (event, Some(document));
    }
    let name = read.name.map(|it| format!("event: {it}\n"));
    let written = format!("{}data: {document}\n\n", name.unwrap_or_default());
    (written.into_bytes(), Some(document))
}

/// The title an event gives a conversation.
fn titled(document: &Value) -> Option<(String, String)> {
    let id = document["conversation_id"].as_str()?;
    let title = document["title"].as_str()?;
    let is_title = document["type"] == "title_generation";
    is_title.then(|| (id.to_owned(), title.to_owned()))
}

fn revoked() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        ErrorClass::Authentication,
        "credential_revoked",
        "what you signed in with is not good any more; sign in again",
    )
}

fn cut() -> ApiError {
    ApiError::new(
        StatusCode::BAD_GATEWAY,
        ErrorClass::Upstream,
        "upstream_truncated",
        "the connection to upstream broke before the answer was complete",
    )
}
