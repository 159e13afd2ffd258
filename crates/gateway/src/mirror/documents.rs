//! Pages: fetched as they are now, changed by the rules, and looked at before anybody gets them. A
//! page that is not as it should be is not served: the last good one is, or the reason.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use accounts::Lease;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use rewrite::{Document, Fetched};
use upstream::web::Page;
use web::ApiError;

use super::Mirror;
use super::identity::{Person, person};
use super::replies::with_common;
use crate::passing;
use crate::visitor::Visitor;

/// How a page is asked for.
const HTML: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";
const ANY: &str = "*/*";

/// Says that a page is one that was good earlier, or was made of one for nobody, or is not there.
const STATE: &str = "x-flow-mirror";

/// Pages that were good lately.
const MAX_REMEMBERED: usize = 64;

/// A page that is ready to be served.
#[derive(Debug, Clone)]
struct Ready {
    html: Arc<[u8]>,
    csp: String,
    /// Made of a page for somebody who is not signed in.
    is_reduced: bool,
}

/// The last good page of each account and visitor.
#[derive(Debug, Default)]
pub(super) struct LastGood(Mutex<(HashMap<PageKey, Ready>, VecDeque<PageKey>)>);

/// Whose page, on which account, at which path.
type PageKey = (String, [u8; 16], String);

/// Why there is no page.
struct NoPage {
    reason: String,
}

pub(super) async fn serve(mirror: &Mirror, visitor: &Visitor, path: &str) -> Response {
    let (key, label, made) = match lease(mirror, visitor).await {
        Ok(lease) => {
            let key = lease.credential().key();
            let label = lease.credential().label().to_owned();
            (key, label, make(mirror, visitor, &lease, path).await)
        }
        Err(error) => return instead(mirror, StatusCode::SERVICE_UNAVAILABLE, error.message()),
    };
    let place = (visitor.owner(), key, plain(path).to_owned());
    match made {
        Ok(Made::Page(document, fetched)) => {
            let now = mirror.gateway.now();
            mirror.standings.good(key, &label, &document, now);
            let ready = Ready {
                html: document.html.into(),
                csp: document.csp,
                is_reduced: fetched == Fetched::SignedOut,
            };
            mirror.last_good.remember(place, ready.clone());
            page(&ready, None)
        }
        Ok(Made::Elsewhere(reply)) => reply,
        Err(NoPage { reason }) => {
            tracing::warn!(
                account.label = label,
                "a page of the mirror was not served: {reason}"
            );
            mirror.standings.bad(key, &label, &reason);
            match mirror.last_good.find(&place) {
                Some(ready) => page(&ready, Some(&reason)),
                None => instead(mirror, StatusCode::SERVICE_UNAVAILABLE, &reason),
            }
        }
    }
}

/// Data of a page: the router's own, which names files, tokens and people like a page does.
pub(super) async fn data(
    mirror: &Mirror,
    visitor: &Visitor,
    path: &str,
) -> Result<Response, ApiError> {
    let lease = lease(mirror, visitor).await?;
    let web = &mirror.gateway.parts.drivers.web;
    let page = web.page(lease.credential(), path, ANY).await?;
    let person = person(mirror, visitor, Some(lease.credential().key())).await?;
    let bytes = lease.credential().scrubbed(page.bytes, &person.token);
    let context = person.context(how_fetched(page.is_signed_in), &[]);
    let rules = mirror.rules();
    let kind = &page.content_type;
    let changed = rewrite::data::rewrite(&bytes, kind, path, &context, &rules).into_owned();
    let mut reply = Response::new(Body::from(changed));
    *reply.status_mut() = page.status;
    reply.headers_mut().extend(page.router);
    if let Ok(kind) = HeaderValue::from_str(kind) {
        reply.headers_mut().insert(header::CONTENT_TYPE, kind);
    }
    Ok(with_common(reply))
}

async fn lease(mirror: &Mirror, visitor: &Visitor) -> Result<Lease, ApiError> {
    let gateway = &mirror.gateway;
    let lease = passing::lease(gateway, &visitor.caller, None).await?;
    let lease = gateway.parts.pool.for_pages(lease).await;
    lease.map_err(|error| crate::failure_shape::stored(&error))
}

enum Made {
    Page(Document, Fetched),
    Elsewhere(Response),
}

async fn make(
    mirror: &Mirror,
    visitor: &Visitor,
    lease: &Lease,
    path: &str,
) -> Result<Made, NoPage> {
    let no_page = |reason: String| NoPage { reason };
    let web = &mirror.gateway.parts.drivers.web;
    let fetched = web.page(lease.credential(), path, HTML).await;
    let fetched = fetched.map_err(|failure| {
        passing::note(&mirror.gateway, lease, &failure);
        no_page(failure.message)
    })?;
    let person = person(mirror, visitor, Some(lease.credential().key())).await;
    let person = person.map_err(|error| no_page(error.message().to_owned()))?;
    if fetched.status.is_redirection() {
        return sent_elsewhere(mirror, &fetched).map(Made::Elsewhere);
    }
    if !fetched.content_type.starts_with("text/html") {
        return Err(no_page(
            "upstream answered with something that is no page".into(),
        ));
    }
    let how = how_fetched(fetched.is_signed_in);
    let document = changed(mirror, lease, fetched, &person);
    document
        .map(|document| Made::Page(document, how))
        .map_err(|rejected| no_page(rejected.reason))
}

fn changed(
    mirror: &Mirror,
    lease: &Lease,
    page: Page,
    person: &Person,
) -> Result<Document, rewrite::Rejected> {
    let context = person.context(how_fetched(page.is_signed_in), &[]);
    let rules = mirror.rules();
    let bytes = lease.credential().scrubbed(page.bytes, &person.token);
    rewrite::document::rewrite(&bytes, &context, &rules)
}

fn how_fetched(is_signed_in: bool) -> Fetched {
    if is_signed_in {
        Fetched::SignedIn
    } else {
        Fetched::SignedOut
    }
}

/// A page that is elsewhere, if that is here too.
fn sent_elsewhere(mirror: &Mirror, page: &Page) -> Result<Response, NoPage> {
    let rules = mirror.rules();
    let location = page.location.as_deref();
    let location = location.and_then(|it| rewrite::url::location(it, &rules));
    let value = location.and_then(|it| HeaderValue::from_str(&it).ok());
    let value = value.ok_or_else(|| NoPage {
        reason: "upstream sends the browser to a place that is not mirrored".to_owned(),
    })?;
    let mut reply = page.status.into_response();
    reply.headers_mut().insert(header::LOCATION, value);
    Ok(with_common(reply))
}

fn page(ready: &Ready, reason: Option<&str>) -> Response {
    let mut reply = Response::new(Body::from(ready.html.to_vec()));
    let headers = reply.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    if let Ok(csp) = HeaderValue::from_str(&ready.csp) {
        headers.insert(header::CONTENT_SECURITY_POLICY, csp);
    }
    if ready.is_reduced {
        headers.insert(STATE, HeaderValue::from_static("reduced"));
    }
    if let Some(reason) = reason {
        headers.insert(STATE, HeaderValue::from_static("last-good"));
        if let Ok(reason) = HeaderValue::from_str(reason) {
            headers.insert("x-flow-mirror-reason", reason);
        }
    }
    with_common(reply)
}

/// The reason, and the way to the gateway's own web chat.
pub(super) fn instead(mirror: &Mirror, status: StatusCode, reason: &str) -> Response {
    let native = mirror.native_url.as_ref().map_or(String::new(), |url| {
        let url = escaped(url.as_str());
        format!(
            "<p><a href=\"{url}\">Open the web chat of this gateway / 打开本网关的网页聊天</a></p>"
        )
    });
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>FlowGPT</title>\
         <h1>The official interface cannot be shown now / 官方界面暂时无法显示</h1>\
         <p>{}</p>{native}",
        escaped(reason)
    );
    let mut reply = (status, html).into_response();
    let headers = reply.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    );
    headers.insert(STATE, HeaderValue::from_static("unavailable"));
    with_common(reply)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A path without its query: what stands there changes nothing of which page it is.
fn plain(path: &str) -> &str {
    path.split('?').next().unwrap_or(path)
}

impl LastGood {
    fn find(&self, place: &PageKey) -> Option<Ready> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.0.get(place).cloned()
    }

    fn remember(&self, place: PageKey, ready: Ready) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (pages, order) = &mut *known;
        if pages.insert(place.clone(), ready).is_none() {
            order.push_back(place);
        }
        while order.len() > MAX_REMEMBERED {
            if let Some(oldest) = order.pop_front() {
                pages.remove(&oldest);
            }
        }
    }
}
