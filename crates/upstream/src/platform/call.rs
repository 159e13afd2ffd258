//! One API key's way to its server, and what a bad answer means.
//!
//! Every request of the platform driver is made here. Called by the other files of the driver.

use bytes::Bytes;
use http::{HeaderMap, Method, header};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use url::Url;

use super::PlatformDriver;
use super::address::address;
use crate::DriverKind;
use crate::credential::Credential;
use crate::egress::Egress;
use crate::exchange::{Exchange, secret_value};
use crate::failure::{Failure, FailureKind, Place, Retry, platform_answer};
use crate::response::{content_type, is_html};

/// A way to ask a server.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) credential: Credential,
    pub(super) base: Url,
    egress_name: String,
    client: Client,
    headers: HeaderMap,
    exchange: Exchange,
}

impl Call {
    pub(super) fn new(
        driver: &PlatformDriver,
        credential: &Credential,
        egress: &Egress,
    ) -> Result<Self, Failure> {
        let (Some(base), Some(bearer)) = (credential.platform_base(), credential.bearer()) else {
            return Err(Failure::new(
                FailureKind::Forbidden,
                Retry::OtherAccount,
                "the platform driver needs an API key",
            ));
        };
        Ok(Self {
            credential: credential.clone(),
            base: base.clone(),
            egress_name: egress.to_string(),
            client: driver.clients.get(egress, base.scheme() == "https")?,
            headers: HeaderMap::from_iter([(header::AUTHORIZATION, secret_value(&bearer)?)]),
            exchange: Exchange {
                first_byte_timeout: driver.settings.first_byte_timeout,
                tap: driver.settings.tap.clone(),
            },
        })
    }

    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, address(&self.base, path))
    }

    /// Sends, and waits for the head of the answer, whatever it is.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let request = request.headers(self.headers.clone());
        self.exchange.head_of(request, &self.place(), true).await
    }

    /// Sends, and reads what a bad answer means.
    pub(super) async fn send_for(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let response = self.send(request).await?;
        let status = response.status();
        let is_good = status.is_success() || status == StatusCode::NOT_MODIFIED;
        if is_good && !is_html(&response) {
            return Ok(response);
        }
        Err(self.refused(response).await)
    }

    /// `POST` of JSON for an event stream.
    pub(super) async fn post_for_events(
        &self,
        path: &str,
        body: Bytes,
    ) -> Result<Response, Failure> {
        let request = self
            .request(Method::POST, path)
            .header(header::ACCEPT, "text/event-stream")
            .header(header::CONTENT_TYPE, "application/json")
            .body(body);
        let response = self.send_for(request).await?;
        if content_type(&response).starts_with("application/json") {
            let failure = self.refused(response).await;
            if failure.kind != FailureKind::Upstream {
                return Err(failure);
            }
            return Err(Failure::new(
                FailureKind::BadContent,
                Retry::Never,
                "the server answered with JSON where a stream of events was due",
            ));
        }
        Ok(response)
    }

    pub(super) async fn json_of(&self, response: Response) -> Result<serde_json::Value, Failure> {
        self.exchange.read_json(response, &self.place()).await
    }

    pub(super) async fn refused(&self, response: Response) -> Failure {
        let refusal = self.exchange.refusal(response).await;
        platform_answer(&refusal.answer(), &self.place())
    }

    fn place(&self) -> Place<'_> {
        Place {
            driver: DriverKind::Platform,
            account: self.credential.label(),
            egress: &self.egress_name,
        }
    }
}
