//! The headers of a document: what it may load and from where, what a browser should keep, and
//! what it is going to need.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, LINK, REFERRER_POLICY,
    SET_COOKIE, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, header};

use super::hosts::{MAIN_HOST, SOCKET_HOST};
use super::site_folder::Site;
use super::visitor::Visitor;

/// Hosts of others that a real page may speak to. None of them exists.
const FOREIGN: &str = "https://*.oaiusercontent.test https://browser-intake.datadog.test \
                       https://api-iam.intercom.test https://pixel.marketing.test";

/// Extensions that may frame the page.
const FRAMING: &str = "chrome-extension://iaiigpefkbhgjcmcmffmfkpmhemdhdnj \
                       chrome-extension://bhoaebbbknlagdhbcokfhjiebfkgkgcg";

/// Adds the headers of a document.
pub(super) fn add(headers: &mut HeaderMap, site: &Site, visitor: &Visitor, request: &str) {
    let host = site.assets.host.as_deref();
    let fixed = [
        (CONTENT_SECURITY_POLICY, policy(host, &visitor.nonce)),
        (
            STRICT_TRANSPORT_SECURITY,
            "max-age=31536000; includeSubDomains; preload".into(),
        ),
        (CACHE_CONTROL, "no-cache, no-store, must-revalidate".into()),
        (REFERRER_POLICY, "strict-origin-when-cross-origin".into()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff".into()),
        (header::ALT_SVC, "h3=\":443\"; ma=86400".into()),
        (LINK, site.link.clone()),
        (
            HeaderName::from_static("report-to"),
            "{\"group\":\"cf-nel\",\"max_age\":604800}".into(),
        ),
    ];
    for (name, value) in fixed {
        add_one(headers, name, &value);
    }
    for cookie in cookies(visitor, request) {
        add_one(headers, SET_COOKIE, &cookie);
    }
}

fn add_one(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.append(name, value);
    }
}

/// What a browser is to keep; the last one is the state of the page's integrity check.
fn cookies(visitor: &Visitor, request: &str) -> [String; 3] {
    let device = &visitor.device;
    [
        format!("oai-did={device}; Path=/; Domain={MAIN_HOST}; Max-Age=31536000; SameSite=Lax"),
        format!(
            "__cf_bm={request}; Path=/; Domain={MAIN_HOST}; HttpOnly; Secure; SameSite=None; \
             Max-Age=1800"
        ),
        format!("__Secure-oai-is=ois1.{request}; Path=/; HttpOnly; Secure; SameSite=Lax"),
    ]
}

/// The policy. Schemes without encryption stand for those with it as well.
fn policy(file_host: Option<&str>, nonce: &str) -> String {
    let files = file_host.map_or_else(String::new, |host| format!(" http://{host}"));
    [
        "default-src 'self'".to_owned(),
        format!("script-src 'nonce-{nonce}' 'self' 'wasm-unsafe-eval' http://{MAIN_HOST}{files}"),
        format!("script-src-elem 'nonce-{nonce}' 'self' http://{MAIN_HOST}{files}"),
        format!("style-src 'self' 'unsafe-inline'{files}"),
        format!("img-src 'self' data: blob: https:{files}"),
        format!("font-src 'self' data:{files}"),
        format!(
            "connect-src 'self' http://{MAIN_HOST} http://*.{MAIN_HOST} ws://{SOCKET_HOST}{files} \
             {FOREIGN}"
        ),
        format!("frame-src 'self' {FOREIGN}"),
        "worker-src 'self' blob:".to_owned(),
        "base-uri 'none'".to_owned(),
        format!("frame-ancestors 'self' {FRAMING}"),
        format!("report-uri https://{MAIN_HOST}/ces/v1/telemetry/intake"),
    ]
    .join("; ")
}
