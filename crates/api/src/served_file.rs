//! `GET /files/{token}/{name}`: what upstream made, streamed to whom the link was made for.
//!
//! Nothing is kept: the bytes come from upstream at every request, ranges included. They are
//! a stranger's, so nothing in them may run on this origin.

use std::sync::Arc;

use accounts::Lease;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use upstream::web::Download;
use web::{ApiError, ErrorClass, caller_auth};

use crate::Api;
use crate::file_links::Linked;
use web::download_headers::{Opened, UNKNOWN_TYPE, describe, put};

pub(crate) async fn named(
    State(api): State<Arc<Api>>,
    Path((token, _name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    serve(&api, &token, &headers).await
}

pub(crate) async fn unnamed(
    State(api): State<Arc<Api>>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    serve(&api, &token, &headers).await
}

async fn serve(api: &Api, token: &str, headers: &HeaderMap) -> Result<Response, ApiError> {
    let now = api.clock.since_epoch().as_secs();
    let linked = api.links.read(token, now).ok_or_else(no_such_link)?;
    let lease = lease(api, &linked, headers).await?;
    let file = linked.file();
    let range = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    let download = api
        .drivers
        .web
        .download(lease.credential(), &file, range)
        .await?;
    Ok(reply(download, linked.seconds_left(now), lease))
}

/// The account that has the file, if the link is still good for somebody.
async fn lease(api: &Api, linked: &Linked, headers: &HeaderMap) -> Result<Lease, ApiError> {
    let account = linked.account;
    let shows_credential = headers.contains_key(header::AUTHORIZATION);
    if shows_credential {
        let who = caller_auth::authenticate(headers, &api.callers, api.door).await?;
        if who.caller.owner_id() != linked.owner_id() {
            return Err(no_such_link());
        }
        let lease = api.pool.lease_account(&who.caller, account).await;
        return lease.ok_or_else(no_such_link);
    }
    // A browser that shows a picture sends no key: the link stands for one that is still good.
    let now = i64::try_from(api.clock.since_epoch().as_secs()).unwrap_or(i64::MAX);
    if !api.callers.keys.has_owner(&linked.owner_id(), now) {
        return Err(ApiError::new(
            StatusCode::UNAUTHORIZED,
            ErrorClass::Authentication,
            "invalid_api_key",
            "the link was made for an AccessToken or for a key that is gone; send the same \
             \"Authorization\" header as in the request that was answered with it",
        ));
    }
    let lease = api.pool.lease_pooled(account).await;
    lease.ok_or_else(no_such_link)
}

fn no_such_link() -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        ErrorClass::InvalidRequest,
        "file_not_found",
        "there is no file behind this link, or it has expired",
    )
}

fn reply(download: Download, seconds_left: u64, lease: Lease) -> Response {
    let mut headers = HeaderMap::new();
    let name = download.name().unwrap_or("file");
    let mime = download.mime().unwrap_or(UNKNOWN_TYPE);
    describe(&mut headers, name, mime, Opened::AsItIs);
    let cached = format!("private, max-age={seconds_left}, immutable");
    put(&mut headers, header::CACHE_CONTROL, &cached);
    if let Some(length) = download.length() {
        headers.insert(header::CONTENT_LENGTH, length.into());
    }
    if let Some(range) = download.content_range() {
        put(&mut headers, header::CONTENT_RANGE, range);
    }
    let status = match download.status() {
        StatusCode::PARTIAL_CONTENT => StatusCode::PARTIAL_CONTENT,
        _ => StatusCode::OK,
    };
    // The lease is given back when the file is sent, or nobody wants it any more.
    let pieces = futures_util::StreamExt::map(download.into_pieces(), move |piece| {
        let _leased = &lease;
        piece
    });
    (status, headers, Body::from_stream(pieces)).into_response()
}
