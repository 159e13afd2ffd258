//! A sign-in service for a test, which is a `Server` that answers byte for byte, and the
//! tokens that must never be seen anywhere but there.

use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use upstream::sign_in::{CODEX_CLIENT_ID, RefreshFamily, RefreshGrant, SignIn, SignInSettings};
use upstream::{Clock, Egress};

use crate::server::{Script, Server};

/// A RefreshToken that nobody may print.
pub(crate) const REFRESH_TOKEN: &str = "rt_canary-of-the-refresh-token";

/// What the clock of the tests says.
pub(crate) const NOW: u64 = 1_765_000_000;

/// The sign-in service at this address, with time enough.
pub(crate) fn at(base: &str) -> SignIn {
    within(base, Duration::from_mins(1), Duration::from_mins(1))
}

/// The sign-in service that is `server`.
pub(crate) fn of(server: &Server) -> SignIn {
    at(&format!("http://{}", server.address))
}

/// The sign-in service at this address, within these limits.
pub(crate) fn within(base: &str, connect_timeout: Duration, total_timeout: Duration) -> SignIn {
    let _already_installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let settings = SignInSettings {
        auth_base_url: base.parse().unwrap(),
        oauth_client_id: CODEX_CLIENT_ID.to_owned(),
        user_agent: "the-user-agent".to_owned(),
        connect_timeout,
        total_timeout,
    };
    let clock = Clock::new(|| UNIX_EPOCH + Duration::from_secs(NOW));
    SignIn::new(settings, clock)
}

/// A RefreshToken of the Codex client, sent directly.
pub(crate) fn grant() -> RefreshGrant {
    RefreshGrant {
        token: REFRESH_TOKEN.into(),
        family: Some(RefreshFamily::Codex),
        egress: Egress::Direct,
    }
}

/// An AccessToken that ends a thousand seconds from now.
pub(crate) fn access_token() -> String {
    let payload = format!(r#"{{"exp":{}}}"#, NOW + 1000);
    let payload = URL_SAFE_NO_PAD.encode(payload);
    format!("eyJhbGciOiJSUzI1NiJ9.{payload}.Y2FuYXJ5")
}

/// An answer of JSON.
pub(crate) fn json(status: u16, body: &str) -> Script {
    answer(status, "content-type: application/json\r\n", body)
}

/// An answer of the kind that a firewall gives.
pub(crate) fn page(status: u16, body: &str) -> Script {
    answer(status, "content-type: text/html; charset=UTF-8\r\n", body)
}

/// An answer.
pub(crate) fn answer(status: u16, headers: &str, body: &str) -> Script {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} Said\r\ncontent-length: {length}\r\n{headers}\r\n");
    Script::Say([head.as_bytes(), body.as_bytes()].concat())
}

/// The body of a request.
pub(crate) fn body_of(request: &str) -> &str {
    request.split_once("\r\n\r\n").unwrap().1
}
