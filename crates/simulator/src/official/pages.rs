//! The pages of the site, their data and the manifest of its routes: for the account of whoever
//! asks, in pieces, with a pause before what comes late. The router's fallback.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State as Shared};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri};

use super::headers;
use super::placeholders::filled;
use super::site_folder::{Manifest, Page, Site};
use super::visitor::Visitor;
use crate::faults;
use crate::reply::Reply;
use crate::simulator::State;

/// Marks where a page waits for what comes late.
const LATE: &str = "@@LATE@@";

/// How long it waits.
const PAUSE: Duration = Duration::from_millis(400);

/// The pieces a page is sent in: an odd number, so that they cut whatever can be cut.
const PIECE: usize = 16_381;

/// Whatever no route takes: a page, or nothing.
pub(crate) async fn page(Shared(state): Shared<Arc<State>>, request: Request) -> Response {
    let Some(official) = &state.official else {
        return Reply::not_found().into_response();
    };
    let Some(site) = official.site() else {
        let message = "The simulator's folder of the site has no layout";
        return Reply::detail(StatusCode::SERVICE_UNAVAILABLE, message).into_response();
    };
    let path = request.uri().path();
    let found = site.page(path);
    let is_manifest = path == site.manifest.path;
    if found.is_none() && !is_manifest {
        return Reply::not_found().into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Reply::method_not_allowed().into_response();
    }
    if official.is_challenged() {
        return faults::http::cloudflare_challenge(StatusCode::FORBIDDEN).into_response();
    }
    let Some((page, id)) = found else {
        return manifest(&site.manifest, request.uri());
    };
    let mut visitor = Visitor::of(request.headers(), &state).await;
    if let Some(id) = id {
        visitor.values.insert("CONVERSATION_ID", id.to_owned());
    }
    shown(&site, page, &visitor)
}

/// The page as one visitor gets it.
fn shown(site: &Site, page: &Page, visitor: &Visitor) -> Response {
    let text = if visitor.is_signed_in {
        &page.signed_in
    } else {
        &page.signed_out
    };
    let mut response = Response::new(body(&filled(text, &visitor.values)));
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::try_from(&page.content_type) {
        headers.insert(CONTENT_TYPE, value);
    }
    if page.is_document() {
        let request = visitor.values.get("REQUEST_ID").map_or("", String::as_str);
        headers::add(headers, site, visitor, request);
    } else {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(
            HeaderName::from_static("x-remix-response"),
            HeaderValue::from_static("yes"),
        );
    }
    response
}

/// A text in pieces, and a pause at the mark.
fn body(text: &str) -> Body {
    let (first, late) = text.split_once(LATE).unwrap_or((text, ""));
    let mut pieces: VecDeque<(Duration, Bytes)> = VecDeque::new();
    for (pause, part) in [(Duration::ZERO, first), (PAUSE, late)] {
        for (number, piece) in part.as_bytes().chunks(PIECE).enumerate() {
            let pause = if number == 0 { pause } else { Duration::ZERO };
            pieces.push_back((pause, Bytes::copy_from_slice(piece)));
        }
    }
    Body::from_stream(stream::unfold(pieces, async |mut pieces| {
        let (pause, piece) = pieces.pop_front()?;
        if pause > Duration::ZERO {
            tokio::time::sleep(pause).await;
        } else {
            tokio::task::yield_now().await;
        }
        Some((Ok::<_, io::Error>(piece), pieces))
    }))
}

/// The routes there are; whoever has those of another build is told to load the page anew.
fn manifest(manifest: &Manifest, uri: &Uri) -> Response {
    let mut pairs = uri.query().unwrap_or_default().split('&');
    let version = pairs.find_map(|pair| pair.strip_prefix("version="));
    if version != Some(manifest.version.as_str()) {
        let name = HeaderName::from_static("x-remix-reload-document");
        return (StatusCode::NO_CONTENT, [(name, "true")]).into_response();
    }
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, manifest.text.clone()).into_response()
}
