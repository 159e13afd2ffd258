//! Sockets that upstream hands out to pages: opened here and bridged, by a signed address that is
//! good for one visitor and for a while.
//!
//! Upstream tells an account all that happens in it. Who shares one gets what is theirs; who asks
//! for anything else is not heard. Ends with the credential, and with the program.

mod filter;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, Method};
use tokio::time::{interval, sleep, timeout};
use upstream::web::PageSocket;
use web::{ApiError, error_for};

use crate::ownership::Place;
use crate::visitor::{Visitor, is_still_good};
use crate::{Gateway, failure_shape, relay, transfer};

use filter::Filter;

/// How often it is looked whether whoever asked may still ask.
const RECHECKED_EVERY: Duration = Duration::from_secs(4);

/// How often it is looked whether something is known by now.
const LOOKED_AT_EVERY: Duration = Duration::from_millis(100);

/// No message of a page is larger.
const MAX_MESSAGE_BYTES: usize = 256 << 10;

/// A page that does not read for so long is gone.
const WRITE_STALL: Duration = Duration::from_secs(30);

/// Closed because the visitor may not ask any more (RFC 6455: policy violation).
const NOT_ALLOWED: u16 = 1008;

/// `GET /backend-api/-/socket/{token}`
pub(crate) async fn open(
    State(gateway): State<Arc<Gateway>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        return failure_shape::reply(failure_shape::invalid("this address is one for a socket"));
    };
    match opened(&gateway, &token, &headers).await {
        Ok(bridge) => upgrade
            .max_message_size(MAX_MESSAGE_BYTES)
            .on_upgrade(async move |page| bridge.run(page).await),
        Err(error) => failure_shape::reply(error),
    }
}

async fn opened(
    gateway: &Arc<Gateway>,
    token: &str,
    headers: &HeaderMap,
) -> Result<Bridge, ApiError> {
    let visitor = Visitor::of(gateway, &Method::GET, headers).await?;
    let (transfer, lease) =
        transfer::opened(gateway, &visitor, token, transfer::Way::Socket).await?;
    let web = &gateway.parts.drivers.web;
    let upstream = web.open_socket(lease.credential(), &transfer.address).await;
    let upstream = upstream.map_err(|failure| error_for(&visitor.caller, failure))?;
    let place = Place {
        owner: visitor.owner(),
        identity: lease.credential().key(),
    };
    // The lease is given back here: a socket is silent most of the time.
    Ok(Bridge {
        filter: visitor.shares().then(|| Filter::new(gateway, place)),
        shown: relay::shown(headers),
        gateway: Arc::clone(gateway),
        upstream,
    })
}

/// A page's socket and upstream's.
struct Bridge {
    gateway: Arc<Gateway>,
    shown: HeaderMap,
    upstream: PageSocket,
    /// Nothing where the whole account is the visitor's.
    filter: Option<Filter>,
}

impl Bridge {
    async fn run(mut self, mut page: WebSocket) {
        let mut recheck = interval(RECHECKED_EVERY);
        recheck.tick().await;
        let stopping = self.gateway.parts.stopping.clone();
        loop {
            let waits = self.filter.as_ref().is_some_and(Filter::is_waiting);
            let goes_on = tokio::select! {
                () = stopping.cancelled() => false,
                _ = recheck.tick() => self.may_go_on(&mut page).await,
                () = sleep(LOOKED_AT_EVERY), if waits => self.catch_up(&mut page).await,
                said = page.recv() => match said {
                    Some(Ok(Message::Text(text))) => self.up(text.as_str()).await,
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => true,
                    _ => false,
                },
                told = self.upstream.next_text() => match told {
                    Some(text) => self.down(&mut page, text).await,
                    None => false,
                },
            };
            if !goes_on {
                break;
            }
        }
        self.upstream.close().await;
        let _may_be_gone = page.send(Message::Close(None)).await;
    }

    /// What was told too early; whether the bridge goes on.
    async fn catch_up(&mut self, page: &mut WebSocket) -> bool {
        let Some(filter) = &mut self.filter else {
            return true;
        };
        for text in filter.known_by_now().await {
            if !tell(page, text).await {
                return false;
            }
        }
        true
    }

    async fn may_go_on(&mut self, page: &mut WebSocket) -> bool {
        if is_still_good(&self.gateway, &self.shown).await {
            return true;
        }
        let frame = CloseFrame {
            code: NOT_ALLOWED,
            reason: "credential_revoked".into(),
        };
        let _may_be_gone = page.send(Message::Close(Some(frame))).await;
        false
    }

    /// What a page says, as far as it may; whether the bridge goes on.
    async fn up(&mut self, text: &str) -> bool {
        let text = match &mut self.filter {
            None => Some(text.to_owned()),
            Some(filter) => filter.up(text).await,
        };
        match text {
            Some(text) => self.upstream.send_text(text).await,
            None => true,
        }
    }

    /// What upstream tells, as far as it is the visitor's; whether the bridge goes on.
    async fn down(&mut self, page: &mut WebSocket, text: String) -> bool {
        let text = match &mut self.filter {
            None => Some(text),
            Some(filter) => filter.down(&text).await,
        };
        match text {
            Some(text) => tell(page, text).await,
            None => true,
        }
    }
}

/// Hands a text to a page; whether it took it in time.
async fn tell(page: &mut WebSocket, text: String) -> bool {
    let sent = timeout(WRITE_STALL, page.send(Message::Text(text.into())));
    matches!(sent.await, Ok(Ok(())))
}
