//! `GET /v1/responses` as a socket: one connection for many responses, each event a message.
//!
//! How callers ask and are answered is in `message` and `answers`, which go the way of
//! `POST /v1/responses`. Requests of one lane wait for each other, lanes run side by side.

mod answers;
mod frames;
mod message;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use futures_util::stream::{BoxStream, SelectAll};
use futures_util::{StreamExt, stream};
use http::{HeaderMap, StatusCode, header};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;
use web::{ApiError, ErrorClass, caller_auth};

use super::memory::{Lane, Memory};
use crate::Api;
use frames::refusal;
use message::{Create, Received};

/// As many responses are made at once for one connection; the others wait.
const MAX_RUNNING: usize = 16;

/// As many requests wait, and their bodies together are not larger than one body may be.
const MAX_WAITING: usize = 64;

/// As many lanes with names a connection has.
const MAX_LANES: usize = 32;

/// How long the other side has to answer that the connection is to close.
const CLOSE_WAIT: Duration = Duration::from_secs(5);

/// All connections of callers that ask over a socket.
#[derive(Debug, Default)]
pub struct Sockets {
    /// Nothing new is begun.
    soft: CancellationToken,
    /// Everything is dropped.
    hard: CancellationToken,
    open: TaskTracker,
}

impl Sockets {
    /// Connections that end with `soft`, each after its answers, or at once with `hard`.
    pub fn new(soft: CancellationToken, hard: CancellationToken) -> Self {
        Self {
            soft,
            hard,
            open: TaskTracker::new(),
        }
    }

    /// Waits until none is left.
    pub async fn closed(&self) {
        self.open.close();
        self.open.wait().await;
    }
}

pub(crate) async fn connect(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let upgrade = upgrade.map_err(|_| no_upgrade())?;
    caller_auth::authenticate(&headers, &api.callers, api.door).await?;
    let limit = api.body_limit_bytes;
    let open = api.sockets.open.token();
    let connection = Connection::new(api, headers);
    let upgrade = upgrade.max_message_size(limit).max_frame_size(limit);
    let span = tracing::Span::current();
    Ok(upgrade.on_upgrade(async move |socket| {
        let _open = open;
        connection.serve(socket).instrument(span).await;
    }))
}

fn no_upgrade() -> ApiError {
    ApiError::new(
        StatusCode::UPGRADE_REQUIRED,
        ErrorClass::InvalidRequest,
        "upgrade_required",
        "POST asks for a response; GET opens a WebSocket here, and this was no request for one",
    )
    .with_header(header::UPGRADE, "websocket")
    .with_header(header::CONNECTION, "upgrade")
}

/// What a lane sends: a message, or that it is free again.
type Sent = (Lane, Option<String>);

/// One connection.
struct Connection {
    api: Arc<Api>,
    headers: Arc<HeaderMap>,
    memory: Arc<Memory>,
    lanes: HashSet<Arc<str>>,
    waiting: VecDeque<Create>,
    busy: HashSet<Lane>,
    running: SelectAll<BoxStream<'static, Sent>>,
    is_stopping: bool,
}

impl Connection {
    fn new(api: Arc<Api>, headers: HeaderMap) -> Self {
        Self {
            memory: Memory::new(api.body_limit_bytes),
            api,
            headers: Arc::new(headers),
            lanes: HashSet::new(),
            waiting: VecDeque::new(),
            busy: HashSet::new(),
            running: SelectAll::new(),
            is_stopping: false,
        }
    }

    /// Serves until either side ends it. What still runs is dropped then, which cancels it
    /// upstream; a response in the background goes on.
    async fn serve(mut self, mut socket: WebSocket) {
        let hard = self.api.sockets.hard.clone();
        let ended = tokio::select! {
            ended = self.run(&mut socket) => ended,
            () = hard.cancelled() => return,
        };
        drop(self);
        let closing = async {
            if let Some((code, reason)) = ended {
                let reason = reason.into();
                let frame = CloseFrame { code, reason };
                if socket.send(Message::Close(Some(frame))).await.is_err() {
                    return;
                }
            }
            while let Some(Ok(_)) = socket.recv().await {}
        };
        tokio::select! {
            // Whoever does not answer in time is left alone.
            _in_time = tokio::time::timeout(CLOSE_WAIT, closing) => {}
            () = hard.cancelled() => {}
        }
    }

    /// Why the gateway closes it; nothing when the caller did.
    async fn run(&mut self, socket: &mut WebSocket) -> Option<(u16, &'static str)> {
        let mut silence = tokio::time::interval(self.api.heartbeat);
        silence.set_missed_tick_behavior(MissedTickBehavior::Delay);
        silence.reset();
        let soft = self.api.sockets.soft.clone();
        loop {
            if self.is_stopping && self.busy.is_empty() {
                return Some((close_code::AWAY, "the gateway stops"));
            }
            let answer = tokio::select! {
                Some((lane, sent)) = self.running.next() => {
                    if sent.is_none() {
                        self.busy.remove(&lane);
                        self.begin_waiting();
                    }
                    sent.map(Message::text)
                }
                received = socket.recv() => match received {
                    Some(Ok(Message::Text(text))) => self.take(text.as_str().as_bytes()),
                    Some(Ok(Message::Binary(bytes))) => self.take(&bytes),
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => None,
                    Some(Err(_)) => return Some((close_code::SIZE, "too large, or no message")),
                    Some(Ok(Message::Close(_))) | None => return None,
                },
                _ = silence.tick() => Some(Message::Ping(Vec::new().into())),
                () = soft.cancelled(), if !self.is_stopping => {
                    self.is_stopping = true;
                    self.waiting.clear();
                    None
                }
            };
            if let Some(message) = answer {
                silence.reset();
                // Whoever is gone is noticed at the next message from them.
                socket.send(message).await.ok()?;
            }
        }
    }

    /// Takes a message; gives what is to be said about it at once.
    fn take(&mut self, message: &[u8]) -> Option<Message> {
        let refused = match message::read(message) {
            Ok(Received::Create(create)) => {
                let lane = create.lane.clone();
                self.queue(create).err().map(|error| refusal(&error, &lane))
            }
            Ok(Received::Steer(failed)) => Some(failed),
            Err((lane, error)) => Some(refusal(&error, &lane)),
        };
        refused.map(Message::text)
    }

    fn queue(&mut self, create: Create) -> Result<(), ApiError> {
        if self.is_stopping {
            return Err(stopping());
        }
        if let Some(name) = &create.lane
            && !self.lanes.contains(name)
        {
            if self.lanes.len() >= MAX_LANES {
                return Err(too_many_lanes());
            }
            self.lanes.insert(Arc::clone(name));
        }
        let bytes = self.waiting.iter().map(|it| it.body.len()).sum::<usize>() + create.body.len();
        if self.waiting.len() >= MAX_WAITING || bytes > self.api.body_limit_bytes {
            return Err(too_many_waiting());
        }
        self.waiting.push_back(create);
        self.begin_waiting();
        Ok(())
    }

    /// Begins what waits, in order, as far as its lane is free.
    fn begin_waiting(&mut self) {
        let is_free = |it: &Create, busy: &HashSet<Lane>| !busy.contains(&it.lane);
        while self.busy.len() < MAX_RUNNING
            && let Some(at) = self.waiting.iter().position(|it| is_free(it, &self.busy))
            && let Some(create) = self.waiting.remove(at)
        {
            let lane = create.lane.clone();
            self.busy.insert(lane.clone());
            let memory = self.memory.of_lane(&lane);
            let (api, headers) = (Arc::clone(&self.api), Arc::clone(&self.headers));
            let told = answers::answers(api, headers, memory, create);
            let of_lane = lane.clone();
            let told = told.map(move |text| (of_lane.clone(), Some(text)));
            let over = stream::once(std::future::ready((lane, None)));
            self.running.push(told.chain(over).boxed());
        }
    }
}

fn stopping() -> ApiError {
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        ErrorClass::Gateway,
        "gateway_stopping",
        "the gateway stops and begins nothing new; connect again",
    )
}

fn too_many_lanes() -> ApiError {
    let message = format!(
        "stream_id: this connection has {MAX_LANES} of them; use one of those, or connect again"
    );
    ApiError::new(
        StatusCode::BAD_REQUEST,
        ErrorClass::InvalidRequest,
        "websocket_stream_limit_reached",
        message,
    )
    .with_param("stream_id")
}

fn too_many_waiting() -> ApiError {
    ApiError::new(
        StatusCode::TOO_MANY_REQUESTS,
        ErrorClass::RateLimit,
        "too_many_waiting",
        "too many requests wait on this connection; wait until a response is over",
    )
}
