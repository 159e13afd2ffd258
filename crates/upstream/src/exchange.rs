//! Sending one request and reading its answer: time limits, the tap, and how much of a body is
//! read.
//!
//! Knows no route and no driver. Called by every driver.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use reqwest::{RequestBuilder, Response};
use serde::de::DeserializeOwned;

use crate::failure::{ErrorAnswer, Failure, FailureKind, Place, Retry, transport_failure};
use crate::response::{Body, is_html, is_mitigated, read_at_most, retry_after};
use crate::tap::{self, TrafficTap};

/// An error page longer than this is not read to its end.
const MAX_ERROR_BYTES: usize = 64 << 10;

/// A JSON answer longer than this is not an answer.
const MAX_JSON_BYTES: usize = 8 << 20;

/// How requests are sent and answers are read.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) first_byte_timeout: Duration,
    pub(crate) tap: Option<Arc<dyn TrafficTap>>,
}

/// An answer that is not the one wanted, with as much of it as says what is wrong.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    is_html: bool,
    is_mitigated: bool,
    retry_after: Option<Duration>,
}

impl Exchange {
    /// Sends, and waits for the head of the answer.
    pub(crate) async fn head_of(
        &self,
        request: RequestBuilder,
        place: &Place<'_>,
        repeatable: bool,
    ) -> Result<Response, Failure> {
        match tokio::time::timeout(self.first_byte_timeout, self.send(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(transport_failure(&error, place, repeatable)),
            Err(_elapsed) => Err(Failure::new(
                FailureKind::Timeout,
                Retry::Never,
                "upstream did not begin to answer in time",
            )),
        }
    }

    /// Sends, before the eyes of the tap if there is one.
    async fn send(&self, request: RequestBuilder) -> reqwest::Result<Response> {
        let Some(tap) = self.tap.as_deref() else {
            return request.send().await;
        };
        let (client, request) = request.build_split();
        let request = request?;
        let watching = tap::begin(tap, &request);
        let response = client.execute(request).await?;
        Ok(tap::watched(response, watching))
    }

    /// A whole answer of JSON.
    pub(crate) async fn read_json<T: DeserializeOwned>(
        &self,
        response: Response,
        place: &Place<'_>,
    ) -> Result<T, Failure> {
        let body = self.read_body(response, place).await?;
        serde_json::from_slice(&body).map_err(|_| not_json())
    }

    /// A whole answer.
    pub(crate) async fn read_body(
        &self,
        response: Response,
        place: &Place<'_>,
    ) -> Result<Vec<u8>, Failure> {
        self.read_body_up_to(response, place, MAX_JSON_BYTES).await
    }

    /// A whole answer, or as much of it as that.
    pub(crate) async fn read_body_up_to(
        &self,
        response: Response,
        place: &Place<'_>,
        limit: usize,
    ) -> Result<Vec<u8>, Failure> {
        let reading = read_at_most(response, limit);
        match tokio::time::timeout(self.first_byte_timeout, reading).await {
            Ok(Body { error: None, bytes }) => Ok(bytes),
            Ok(Body {
                error: Some(error), ..
            }) => Err(transport_failure(&error, place, true)),
            Err(_elapsed) => Err(Failure::new(
                FailureKind::Timeout,
                Retry::Never,
                "upstream did not finish its answer in time",
            )),
        }
    }

    /// As much of an error's body as says what is wrong.
    pub(crate) async fn read_error_body(&self, response: Response) -> Vec<u8> {
        let reading = read_at_most(response, MAX_ERROR_BYTES);
        let body = tokio::time::timeout(self.first_byte_timeout, reading).await;
        body.unwrap_or_default().bytes
    }

    /// Reads what a bad answer says.
    pub(crate) async fn refusal(&self, response: Response) -> Refusal {
        Refusal {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            is_html: is_html(&response),
            is_mitigated: is_mitigated(&response),
            retry_after: retry_after(&response),
            body: self.read_error_body(response).await,
        }
    }
}

impl Refusal {
    /// The parts that say what went wrong.
    pub(crate) fn answer(&self) -> ErrorAnswer<'_> {
        ErrorAnswer {
            status: self.status,
            is_html: self.is_html,
            is_mitigated: self.is_mitigated,
            retry_after: self.retry_after,
            body: &self.body,
        }
    }
}

/// A header's value that no log shows.
pub(crate) fn secret_value(text: &str) -> Result<HeaderValue, Failure> {
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

pub(crate) fn not_json() -> Failure {
    Failure::new(
        FailureKind::BadContent,
        Retry::AnyAccount,
        "upstream answered with something that is not the JSON it should be",
    )
}
