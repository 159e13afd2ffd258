//! Files on their way between a page and the hosts that keep them: through here, by sealed
//! addresses that are good for one visitor and for a while.
//!
//! A page cannot reach those hosts, and their addresses are keys in themselves. What comes is a
//! stranger's, so nothing in it runs on this origin. Contract: R22, R28, E24.

use std::sync::Arc;

use accounts::Lease;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use http::{HeaderMap, Method, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use web::download_headers::{Opened, UNKNOWN_TYPE, describe, put};
use web::public_base::public_base;
use web::{ApiError, ErrorClass, error_for};

use crate::Gateway;
use crate::failure_shape::{self, invalid, not_found};
use crate::ownership::Place;
use crate::routes::{CONTENT, SOCKET, UPLOAD};
use crate::visitor::Visitor;

/// Addresses of upstream's are good for less.
const LIFETIME_SECONDS: u64 = 3600;

/// What an address is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Way {
    /// A file goes up.
    Upload,
    /// A file comes down.
    Content,
    /// A socket is opened.
    Socket,
}

/// What an address says.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Transfer {
    owner: String,
    account: [u8; 16],
    /// Where upstream has it.
    pub(crate) address: String,
    way: Way,
    /// Unix seconds.
    expires_at: u64,
}

/// Has the addresses of a reply lead through here.
pub(crate) fn through_here(
    gateway: &Gateway,
    headers: &HeaderMap,
    place: &Place,
    reply: &mut Value,
) {
    for (member, path, way) in [
        ("upload_url", UPLOAD, Way::Upload),
        ("download_url", CONTENT, Way::Content),
        ("websocket_url", SOCKET, Way::Socket),
    ] {
        let Some(address) = reply[member].as_str().filter(|it| !it.is_empty()) else {
            continue;
        };
        let token = gateway.transfers.seal(&Transfer {
            owner: place.owner.clone(),
            account: place.identity,
            address: address.to_owned(),
            way,
            expires_at: gateway.now() + LIFETIME_SECONDS,
        });
        // Without a token there is no address, and never upstream's own.
        let Some(token) = token else {
            reply[member] = Value::Null;
            continue;
        };
        let base = base(gateway, headers);
        let base = match way {
            // `http` becomes `ws`, and `https` becomes `wss`.
            Way::Socket => base.replacen("http", "ws", 1),
            Way::Upload | Way::Content => base,
        };
        reply[member] = format!("{base}{path}/{token}").into();
    }
}

/// The origin of the page that asks, or where the gateway is reached.
fn base(gateway: &Gateway, headers: &HeaderMap) -> String {
    let text = |name| headers.get(name).and_then(|it| it.to_str().ok());
    let origin = text(&header::ORIGIN);
    let host = text(&header::HOST);
    let is_own = origin.and_then(|it| it.split_once("://")).map(|it| it.1) == host;
    match origin.filter(|_| is_own && host.is_some()) {
        Some(origin) => origin.to_owned(),
        None => public_base(gateway.parts.public_url.as_ref(), "", headers),
    }
}

/// `PUT`: a file a page sends.
pub(crate) async fn upload(
    State(gateway): State<Arc<Gateway>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let sent = send(&gateway, &token, &headers, body).await;
    sent.unwrap_or_else(failure_shape::reply)
}

/// `GET`: a file a page shows or saves.
pub(crate) async fn content(
    State(gateway): State<Arc<Gateway>>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Response {
    let fetched = fetch(&gateway, &token, &headers).await;
    fetched.unwrap_or_else(failure_shape::reply)
}

async fn send(
    gateway: &Gateway,
    token: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let visitor = Visitor::of(gateway, &Method::PUT, headers).await?;
    let (transfer, lease) = opened(gateway, &visitor, token, Way::Upload).await?;
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
    let length = length.ok_or_else(|| invalid("say how long the file is: send Content-Length"))?;
    let limit = gateway.parts.file_limit_bytes;
    if length > limit {
        return Err(ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            ErrorClass::InvalidRequest,
            "request_too_large",
            format!("the file is larger than {limit} bytes (FILE_LIMIT_BYTES)"),
        ));
    }
    let web = &gateway.parts.drivers.web;
    let pieces = body.into_data_stream();
    let sent = web.upload_to(lease.credential(), &transfer.address, headers, pieces);
    sent.await
        .map_err(|failure| error_for(&visitor.caller, failure))?;
    Ok(StatusCode::CREATED.into_response())
}

async fn fetch(gateway: &Gateway, token: &str, headers: &HeaderMap) -> Result<Response, ApiError> {
    let visitor = Visitor::of(gateway, &Method::GET, headers).await?;
    let (transfer, lease) = opened(gateway, &visitor, token, Way::Content).await?;
    let range = headers.get(header::RANGE).and_then(|it| it.to_str().ok());
    let web = &gateway.parts.drivers.web;
    let download = web.download_from(lease.credential(), &transfer.address, range);
    let download = download
        .await
        .map_err(|failure| error_for(&visitor.caller, failure))?;
    let mut described = HeaderMap::new();
    let name = download.name().unwrap_or("file");
    let mime = download.mime().unwrap_or(UNKNOWN_TYPE);
    describe(&mut described, name, mime, Opened::AsItIs);
    let left = transfer.expires_at.saturating_sub(gateway.now());
    let cached = format!("private, max-age={left}, immutable");
    put(&mut described, header::CACHE_CONTROL, &cached);
    if let Some(length) = download.length() {
        described.insert(header::CONTENT_LENGTH, length.into());
    }
    if let Some(range) = download.content_range() {
        put(&mut described, header::CONTENT_RANGE, range);
    }
    let status = match download.status() {
        StatusCode::PARTIAL_CONTENT => StatusCode::PARTIAL_CONTENT,
        _ => StatusCode::OK,
    };
    let pieces = download.into_pieces().map(move |piece| {
        let _leased = &lease;
        piece
    });
    Ok((status, described, Body::from_stream(pieces)).into_response())
}

/// What a token says, if it was made for whoever shows it, with the account that has the file.
pub(crate) async fn opened(
    gateway: &Gateway,
    visitor: &Visitor,
    token: &str,
    way: Way,
) -> Result<(Transfer, Lease), ApiError> {
    let transfer: Option<Transfer> = gateway.transfers.open(token);
    let now = gateway.now();
    let transfer =
        transfer.filter(|it| it.way == way && it.expires_at > now && it.owner == visitor.owner());
    let transfer = transfer.ok_or_else(not_found)?;
    let pool = &gateway.parts.pool;
    let lease = pool.lease_account(&visitor.caller, transfer.account).await;
    Ok((transfer, lease.ok_or_else(not_found)?))
}
