//! One account's way to one base URL: headers, limits in the headers of answers, and what a bad
//! answer means.
//!
//! Every request of the codex driver is made here. Called by the other files of the driver.

use std::time::Duration;

use bytes::Bytes;
use chatgpt::codex_limits::{clears_in, windows_in_headers};
use chatgpt::limits::QuotaWindow;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use url::Url;

use super::CodexDriver;
use crate::DriverKind;
use crate::credential::Credential;
use crate::egress::Egress;
use crate::exchange::{Exchange, secret_value};
use crate::failure::{Failure, FailureKind, Place, Retry, codex_answer};
use crate::response::{content_type, is_html};

/// Names of one conversation, so that upstream finds what it has cached of it.
const CACHE_KEY_HEADERS: [HeaderName; 2] = [
    HeaderName::from_static("session_id"),
    HeaderName::from_static("conversation_id"),
];

/// A way to ask upstream.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) credential: Credential,
    base: Url,
    egress_name: String,
    client: Client,
    headers: HeaderMap,
    exchange: Exchange,
    /// Unix seconds, when the call was made.
    now: u64,
}

impl Call {
    pub(super) fn new(
        driver: &CodexDriver,
        base: &Url,
        credential: &Credential,
        egress: &Egress,
    ) -> Result<Self, Failure> {
        let settings = &driver.settings;
        Ok(Self {
            credential: credential.clone(),
            base: base.clone(),
            egress_name: egress.to_string(),
            client: driver.clients.get(egress, base.scheme() == "https")?,
            headers: headers(driver, credential)?,
            exchange: Exchange {
                first_byte_timeout: settings.first_byte_timeout,
                tap: settings.tap.clone(),
            },
            now: driver.now(),
        })
    }

    /// `GET` for JSON.
    pub(super) async fn get_json<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let response = self.get(path, HeaderMap::new()).await?;
        self.json_of(response).await
    }

    /// `GET`; with `if-none-match` among the headers the answer may be a 304.
    pub(super) async fn get(&self, path: &str, headers: HeaderMap) -> Result<Response, Failure> {
        let request = self.client.get(self.address(path)).headers(headers);
        self.send(request).await
    }

    /// A whole answer of JSON.
    pub(super) async fn json_of<T: DeserializeOwned>(
        &self,
        response: Response,
    ) -> Result<T, Failure> {
        self.exchange.read_json(response, &self.place()).await
    }

    /// `POST` of JSON for an event stream.
    pub(super) async fn post_for_events(
        &self,
        path: &str,
        cache_key: Option<&str>,
        body: Bytes,
    ) -> Result<Response, Failure> {
        let mut request = self
            .client
            .post(self.address(path))
            .header(header::ACCEPT, "text/event-stream")
            .header(header::CONTENT_TYPE, "application/json")
            .header("openai-beta", "responses=experimental")
            .body(body);
        let key = cache_key.and_then(|key| HeaderValue::from_str(key).ok());
        if let Some(key) = key {
            for name in CACHE_KEY_HEADERS {
                request = request.header(name, key.clone());
            }
        }
        let response = self.send(request).await?;
        if content_type(&response).starts_with("application/json") {
            return Err(self.not_a_stream(response).await);
        }
        Ok(response)
    }

    /// The windows that the headers of an answer state.
    pub(super) fn windows(&self, headers: &HeaderMap) -> Vec<QuotaWindow> {
        let texts = headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        windows_in_headers(texts, self.now)
    }

    /// Sends, waits for the head of the answer, and reads what a bad one means.
    async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let request = request.headers(self.headers.clone());
        let response = self.exchange.head_of(request, &self.place(), true).await?;
        let status = response.status();
        let is_good = status.is_success() || status == StatusCode::NOT_MODIFIED;
        if is_good && !is_html(&response) {
            return Ok(response);
        }
        Err(self.refused(response).await)
    }

    async fn refused(&self, response: Response) -> Failure {
        let refusal = self.exchange.refusal(response).await;
        let wait = clears_in(&self.windows(&refusal.headers), self.now);
        let wait = wait.map(Duration::from_secs);
        codex_answer(&refusal.answer(), wait, &self.place())
    }

    /// An answer in JSON is a refusal, never an answer.
    async fn not_a_stream(&self, response: Response) -> Failure {
        let failure = self.refused(response).await;
        if failure.kind != FailureKind::Upstream {
            return failure;
        }
        Failure::new(
            FailureKind::BadContent,
            Retry::Never,
            "upstream answered with JSON where a stream of events was due",
        )
    }

    fn place(&self) -> Place<'_> {
        Place {
            driver: DriverKind::Codex,
            account: self.credential.label(),
            egress: &self.egress_name,
        }
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.base.as_str().trim_end_matches('/'))
    }
}

fn headers(driver: &CodexDriver, credential: &Credential) -> Result<HeaderMap, Failure> {
    let settings = &driver.settings;
    let mut headers = HeaderMap::new();
    if let Some(bearer) = credential.bearer() {
        headers.insert(header::AUTHORIZATION, secret_value(&bearer)?);
    }
    if let Some(account) = credential.workspace() {
        headers.insert("chatgpt-account-id", secret_value(&account)?);
    }
    headers.insert("originator", secret_value(&settings.originator)?);
    if let Some(key) = &settings.relay_key {
        let value = secret_value(key.expose_secret())?;
        headers.insert("authkey", value.clone());
        headers.insert("auth_key", value);
    }
    Ok(headers)
}
