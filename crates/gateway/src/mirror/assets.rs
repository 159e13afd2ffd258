//! Files that are anybody's: fetched without credentials, rewritten, and kept on the disk, so that
//! an open page lives on when its build is gone.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, UNIX_EPOCH};

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use rewrite::{Host, HostKind};
use store::KeptAsset;
use tokio::sync::Mutex;
use url::Url;
use web::{ApiError, ErrorClass};

use super::Mirror;
use super::replies::with_common;

/// No file is larger.
const MAX_BYTES: usize = 32 << 20;

/// So many files are fetched at the same time.
const TURNS: usize = 256;

/// Whose turn it is to fetch a file; files that share a place wait for each other.
#[derive(Debug)]
pub(super) struct Turns(Vec<Mutex<()>>);

impl Default for Turns {
    fn default() -> Self {
        Self((0..TURNS).map(|_| Mutex::default()).collect())
    }
}

impl Turns {
    fn of(&self, address: &str) -> &Mutex<()> {
        let mut hasher = DefaultHasher::new();
        address.hash(&mut hasher);
        let place = hasher.finish() % TURNS as u64;
        &self.0[usize::try_from(place).unwrap_or_default()]
    }
}

/// Where a file really is.
pub(super) fn address(mirror: &Mirror, host: &Host, path: &str) -> String {
    let origin = match host.kind {
        HostKind::Main => mirror.main_origin.as_str(),
        _ => host.origin.as_str(),
    };
    format!("{}{path}", origin.trim_end_matches('/'))
}

pub(super) async fn serve(
    mirror: &Mirror,
    address: &str,
    host: &str,
) -> Result<Response, ApiError> {
    let asset = match kept(mirror, address).await {
        Some(asset) => asset,
        None => fetched_once(mirror, address).await?,
    };
    let rules = mirror.rules();
    let bytes = rewrite::asset::rewrite(&asset.bytes, &asset.mime, host, &rules).into_owned();
    let mut reply = Response::new(Body::from(bytes));
    let headers = reply.headers_mut();
    let mime = HeaderValue::from_str(&asset.mime);
    headers.insert(
        header::CONTENT_TYPE,
        mime.unwrap_or(HeaderValue::from_static("application/octet-stream")),
    );
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=31536000, immutable"),
    );
    Ok(with_common(reply))
}

async fn kept(mirror: &Mirror, address: &str) -> Option<KeptAsset> {
    let now = UNIX_EPOCH + Duration::from_secs(mirror.gateway.now());
    let found = mirror.cache.get(address, now).await;
    found.unwrap_or_else(|error| {
        tracing::warn!("a kept file of the mirror cannot be read: {error}");
        None
    })
}

/// One request fetches a file and keeps it, and those that come meanwhile find it.
async fn fetched_once(mirror: &Mirror, address: &str) -> Result<KeptAsset, ApiError> {
    let _turn = mirror.turns.of(address).lock().await;
    match kept(mirror, address).await {
        Some(asset) => Ok(asset),
        None => fetched(mirror, address).await,
    }
}

async fn fetched(mirror: &Mirror, address: &str) -> Result<KeptAsset, ApiError> {
    let url: Url = address.parse().map_err(|_| not_there())?;
    let assets = &mirror.gateway.parts.assets;
    let file = assets.file(&url, MAX_BYTES).await?.ok_or_else(not_there)?;
    let asset = KeptAsset {
        mime: file.mime,
        bytes: file.bytes.to_vec(),
    };
    // What is a page of words where a file was due is not kept.
    if asset.mime.starts_with("text/html") {
        return Err(not_there());
    }
    if let Err(error) = mirror.cache.keep(address, asset.clone()).await {
        tracing::warn!("a file of the mirror was not kept: {error}");
    }
    Ok(asset)
}

fn not_there() -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        ErrorClass::InvalidRequest,
        "not_found",
        "the host that should have the file does not have it",
    )
}
