//! One account's way to one base URL: headers, time limits, and what a bad answer means.
//!
//! Every request of the web driver is made here. Called by the other files of the driver.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use reqwest::{Client, RequestBuilder, Response};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::WebDriver;
use super::base_url::BaseUrl;
use crate::credential::Credential;
use crate::egress::Egress;
use crate::failure::{ErrorAnswer, Failure, FailureKind, Place, Retry, transport_failure};
use crate::tap::{self, TrafficTap};

/// An error page longer than this is not read to its end.
const MAX_ERROR_BYTES: usize = 64 << 10;

/// A JSON answer longer than this is not an answer.
const MAX_JSON_BYTES: usize = 8 << 20;

/// A way to ask upstream.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) base: &'a BaseUrl,
    pub(super) credential: &'a Credential,
    egress_name: String,
    sentinel_egress_name: String,
    client: Client,
    sentinel_client: Client,
    headers: HeaderMap,
    first_byte_timeout: Duration,
    tap: Option<&'a dyn TrafficTap>,
}

/// An answer that is not an error.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) response: Response,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        driver: &'a WebDriver,
        base: &'a BaseUrl,
        credential: &'a Credential,
        egress: &Egress,
        sentinel: &Egress,
    ) -> Result<Self, Failure> {
        Ok(Self {
            base,
            credential,
            egress_name: egress.to_string(),
            sentinel_egress_name: sentinel.to_string(),
            client: driver.clients.get(egress, base.is_tls())?,
            sentinel_client: driver.clients.get(sentinel, base.is_tls())?,
            headers: headers(driver, credential)?,
            first_byte_timeout: driver.settings.first_byte_timeout,
            tap: driver.settings.tap.as_deref(),
        })
    }

    pub(super) fn place(&self) -> Place<'_> {
        Place {
            account: self.credential.label(),
            egress: &self.egress_name,
        }
    }

    /// Where requirements are asked for.
    pub(super) fn sentinel_place(&self) -> Place<'_> {
        Place {
            egress: &self.sentinel_egress_name,
            ..self.place()
        }
    }

    /// `GET` for JSON.
    pub(super) async fn get_json<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let request = self.client.get(self.base.address(path));
        let accepted = self.send(request, &self.place(), true).await?;
        self.read_json(accepted.response, &self.place()).await
    }

    /// `POST` of JSON for JSON, on the egress for requirements.
    pub(super) async fn post_sentinel<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        let place = self.sentinel_place();
        let request = self
            .sentinel_client
            .post(self.base.address(path))
            .json(body);
        let accepted = self.send(request, &place, true).await?;
        self.read_json(accepted.response, &place).await
    }

    /// `POST` of JSON for an event stream.
    pub(super) async fn post_for_events(
        &self,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
        repeatable: bool,
    ) -> Result<Accepted, Failure> {
        let request = self
            .client
            .post(self.base.address(path))
            .headers(headers)
            .header(header::ACCEPT, "text/event-stream")
            .header(header::CONTENT_TYPE, "application/json")
            .body(body);
        self.send(request, &self.place(), repeatable).await
    }

    /// Sends, waits for the head of the answer, and reads what a bad one means.
    async fn send(
        &self,
        request: RequestBuilder,
        place: &Place<'_>,
        repeatable: bool,
    ) -> Result<Accepted, Failure> {
        let request = request.headers(self.headers.clone());
        let sent = tokio::time::timeout(self.first_byte_timeout, self.exchange(request)).await;
        let response = match sent {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(transport_failure(&error, place, repeatable)),
            Err(_elapsed) => {
                return Err(Failure::new(
                    FailureKind::Timeout,
                    Retry::Never,
                    "upstream did not begin to answer in time",
                ));
            }
        };
        if response.status() == StatusCode::OK && !is_html(&response) {
            return Ok(Accepted { response });
        }
        Err(self.refused(response, place).await)
    }

    /// Sends, before the eyes of the tap if there is one.
    async fn exchange(&self, request: RequestBuilder) -> reqwest::Result<Response> {
        let Some(tap) = self.tap else {
            return request.send().await;
        };
        let (client, request) = request.build_split();
        let request = request?;
        let watching = tap::begin(tap, &request);
        let response = client.execute(request).await?;
        Ok(tap::watched(response, watching))
    }

    async fn refused(&self, response: Response, place: &Place<'_>) -> Failure {
        let status = response.status().as_u16();
        let is_html = is_html(&response);
        let is_mitigated = response
            .headers()
            .get("cf-mitigated")
            .is_some_and(|value| value == "challenge");
        let retry_after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(Duration::from_secs);
        let body = self.read_error_body(response).await;
        let answer = ErrorAnswer {
            status,
            is_html,
            is_mitigated,
            retry_after,
            body: &body,
        };
        answer.failure(place)
    }

    async fn read_json<T: DeserializeOwned>(
        &self,
        response: Response,
        place: &Place<'_>,
    ) -> Result<T, Failure> {
        let reading = read_at_most(response, MAX_JSON_BYTES);
        let body = match tokio::time::timeout(self.first_byte_timeout, reading).await {
            Ok(Body { error: None, bytes }) => bytes,
            Ok(Body {
                error: Some(error), ..
            }) => {
                return Err(transport_failure(&error, place, true));
            }
            Err(_elapsed) => {
                return Err(Failure::new(
                    FailureKind::Timeout,
                    Retry::Never,
                    "upstream did not finish its answer in time",
                ));
            }
        };
        serde_json::from_slice(&body).map_err(|_| {
            Failure::new(
                FailureKind::BadContent,
                Retry::AnyAccount,
                "upstream answered with something that is not the JSON it should be",
            )
        })
    }

    /// As much of an error's body as says what is wrong.
    pub(super) async fn read_error_body(&self, response: Response) -> Vec<u8> {
        let reading = read_at_most(response, MAX_ERROR_BYTES);
        let body = tokio::time::timeout(self.first_byte_timeout, reading).await;
        body.unwrap_or_default().bytes
    }
}

fn headers(driver: &WebDriver, credential: &Credential) -> Result<HeaderMap, Failure> {
    let settings = &driver.settings;
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, secret_value(&credential.bearer())?);
    headers.insert("oai-device-id", secret_value(&credential.device_id())?);
    headers.insert("oai-language", secret_value(&settings.language)?);
    if let Some(account) = credential.account_id() {
        headers.insert("chatgpt-account-id", secret_value(account)?);
    }
    if let Some(key) = &settings.relay_key {
        let value = secret_value(key.expose_secret())?;
        headers.insert("authkey", value.clone());
        headers.insert("auth_key", value);
    }
    Ok(headers)
}

fn secret_value(text: &str) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(text).map_err(|_| {
        Failure::new(
            FailureKind::Unauthorized,
            Retry::OtherAccount,
            "the account's token, workspace or language has characters no header can carry",
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

pub(super) fn is_html(response: &Response) -> bool {
    content_type(response).starts_with("text/html")
}

/// The content type in lower case; empty when there is none.
pub(super) fn content_type(response: &Response) -> String {
    let value = response.headers().get(header::CONTENT_TYPE);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase()
}

/// What could be read of a body.
#[derive(Default)]
struct Body {
    bytes: Vec<u8>,
    error: Option<reqwest::Error>,
}

async fn read_at_most(response: Response, limit: usize) -> Body {
    let mut stream = response.bytes_stream();
    let mut body = Body::default();
    while let Some(chunk) = stream.next().await {
        match chunk {
            Ok(chunk) => body.bytes.extend_from_slice(&chunk),
            Err(error) => {
                body.error = Some(error);
                break;
            }
        }
        if body.bytes.len() >= limit {
            body.bytes.truncate(limit);
            break;
        }
    }
    body
}
