//! One account's way to one base URL: headers, time limits, and what a bad answer means.
//!
//! Every request of the web driver is made here. Called by the other files of the driver.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use reqwest::{Client, RequestBuilder, Response, multipart};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::base_url::{BaseUrl, Routes};
use super::passing::PassedRequest;
use super::{WebDriver, anonymous};
use crate::DriverKind;
use crate::credential::Credential;
use crate::egress::Egress;
use crate::exchange::{Exchange, not_json, secret_value};
use crate::failure::{Failure, Place, transport_failure};
use crate::response::{is_html, is_mitigated};

/// The language a page is in.
const LANGUAGE: &str = "oai-language";

/// What was asked for has not changed.
const NOT_MODIFIED: StatusCode = StatusCode::NOT_MODIFIED;

/// A way to ask upstream; it owns what it needs, so that an answer can go on with it.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) base: Arc<BaseUrl>,
    pub(super) credential: Credential,
    egress_name: String,
    sentinel_egress_name: String,
    client: Client,
    sentinel_client: Client,
    headers: HeaderMap,
    exchange: Exchange,
}

/// An answer that is not an error.
#[derive(Debug)]
pub(super) struct Accepted {
    pub(super) response: Response,
}

impl Call {
    pub(super) fn new(
        driver: &WebDriver,
        base: &Arc<BaseUrl>,
        credential: &Credential,
        egress: &Egress,
        sentinel: &Egress,
    ) -> Result<Self, Failure> {
        Ok(Self {
            base: Arc::clone(base),
            credential: credential.clone(),
            egress_name: egress.to_string(),
            sentinel_egress_name: sentinel.to_string(),
            client: driver.clients.get(egress, base.is_tls())?,
            sentinel_client: driver.clients.get(sentinel, base.is_tls())?,
            headers: headers(driver, credential)?,
            exchange: Exchange {
                first_byte_timeout: driver.settings.first_byte_timeout,
                tap: driver.settings.tap.clone(),
            },
        })
    }

    pub(super) fn place(&self) -> Place<'_> {
        Place {
            driver: DriverKind::Web,
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

    /// What is known of routes that not every upstream has.
    pub(super) fn routes(&self) -> &Routes {
        self.base.routes(self.credential.is_anonymous())
    }

    fn address(&self, path: &str) -> Url {
        if self.credential.is_anonymous() {
            return self.base.address(&anonymous::path(path));
        }
        self.base.address(path)
    }

    /// `GET` for JSON.
    pub(super) async fn get_json<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let accepted = self.get(path, HeaderMap::new()).await?;
        self.exchange
            .read_json(accepted.response, &self.place())
            .await
    }

    /// `GET`; with `if-none-match` among the headers the answer may be a 304.
    pub(super) async fn get(&self, path: &str, headers: HeaderMap) -> Result<Accepted, Failure> {
        let request = self.client.get(self.address(path)).headers(headers);
        self.send(request, &self.place(), true).await
    }

    /// A JSON body sent to a route that changes something, for JSON.
    pub(super) async fn send_json<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        let request = self.client.request(method, self.address(path)).json(body);
        let accepted = self.send(request, &self.place(), false).await?;
        self.exchange
            .read_json(accepted.response, &self.place())
            .await
    }

    /// `POST` of a form with a file, for JSON.
    pub(super) async fn post_form<T: DeserializeOwned>(
        &self,
        path: &str,
        form: multipart::Form,
    ) -> Result<T, Failure> {
        let request = self.client.post(self.address(path)).multipart(form);
        let accepted = self.send(request, &self.place(), false).await?;
        self.exchange
            .read_json(accepted.response, &self.place())
            .await
    }

    /// A request that is handed through, with our headers over its own; a bad answer is given
    /// back as it is, unless it says that the account is not let in or wants a browser.
    pub(super) async fn pass(&self, request: &PassedRequest) -> Result<Response, Failure> {
        let place = self.place();
        let mut headers = request.headers.clone();
        self.add_headers(&mut headers);
        let builder = self
            .client
            .request(request.method.clone(), self.address(&request.path))
            .headers(headers)
            .body(request.body.clone());
        let repeatable = request.method.is_safe();
        let response = self.exchange.head_of(builder, &place, repeatable).await?;
        let is_shut = matches!(
            response.status(),
            StatusCode::UNAUTHORIZED | StatusCode::PAYMENT_REQUIRED
        );
        if is_shut || is_html(&response) || is_mitigated(&response) {
            return Err(self.refused(response, &place).await);
        }
        Ok(response)
    }

    /// A page, without the headers of requests; fails when a browser is checked instead.
    pub(super) async fn page(
        &self,
        method: Method,
        path: &str,
        mut headers: HeaderMap,
    ) -> Result<Response, Failure> {
        let place = self.place();
        for name in ["oai-language", "authkey", "auth_key"] {
            if let Some(value) = self.headers.get(name) {
                headers.insert(name, value.clone());
            }
        }
        if let Some(language) = self.headers.get(LANGUAGE) {
            headers.insert(header::ACCEPT_LANGUAGE, language.clone());
        }
        let request = self.client.request(method, self.base.address(path));
        let request = request.headers(headers);
        let response = self.exchange.head_of(request, &place, true).await?;
        let status = response.status();
        let is_broken = status.is_client_error() && status != StatusCode::NOT_FOUND;
        if is_mitigated(&response) || is_broken || status.is_server_error() {
            return Err(self.refused(response, &place).await);
        }
        Ok(response)
    }

    /// All of a page.
    pub(super) async fn read_page(
        &self,
        response: Response,
        limit: usize,
    ) -> Result<Vec<u8>, Failure> {
        self.exchange
            .read_body_up_to(response, &self.place(), limit)
            .await
    }

    /// Puts our headers over those of a request; only the language is as it states it, if it does.
    fn add_headers(&self, headers: &mut HeaderMap) {
        let states_language = headers.contains_key(LANGUAGE);
        for (name, value) in &self.headers {
            if name != LANGUAGE || !states_language {
                headers.insert(name, value.clone());
            }
        }
    }

    /// A request to a host of upstream's that is not shown who asks: files are kept there
    /// under signed addresses.
    pub(super) fn without_credentials(&self, method: Method, address: Url) -> RequestBuilder {
        self.client.request(method, address)
    }

    /// Sends a request for bytes, whose type may be anything.
    pub(super) async fn send_for_bytes(
        &self,
        request: RequestBuilder,
    ) -> Result<Response, Failure> {
        let response = self.exchange.head_of(request, &self.place(), true).await?;
        if response.status().is_success() && !is_mitigated(&response) {
            return Ok(response);
        }
        Err(self.refused(response, &self.place()).await)
    }

    /// A `GET` for bytes at a path of the base URL.
    pub(super) fn authenticated_get(&self, path: &str) -> RequestBuilder {
        let request = self.client.get(self.address(path));
        request.headers(self.headers.clone())
    }

    /// `POST` of JSON for JSON, on the egress for requirements.
    pub(super) async fn post_sentinel<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        let place = self.sentinel_place();
        let request = self.sentinel_client.post(self.address(path)).json(body);
        let accepted = self.send(request, &place, true).await?;
        self.exchange.read_json(accepted.response, &place).await
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
            .post(self.address(path))
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
        let (client, built) = request.build_split();
        let mut built = built.map_err(|error| transport_failure(&error, place, repeatable))?;
        self.add_headers(built.headers_mut());
        let request = RequestBuilder::from_parts(client, built);
        let response = self.exchange.head_of(request, place, repeatable).await?;
        let is_good = response.status().is_success() || response.status() == NOT_MODIFIED;
        if is_good && !is_html(&response) {
            return Ok(Accepted { response });
        }
        Err(self.refused(response, place).await)
    }

    async fn refused(&self, response: Response, place: &Place<'_>) -> Failure {
        let refusal = self.exchange.refusal(response).await;
        let failure = refusal.answer().failure(place);
        if self.credential.is_anonymous() {
            return anonymous::refused(failure, place);
        }
        failure
    }

    /// A whole answer of JSON.
    pub(super) async fn json_of<T: DeserializeOwned>(
        &self,
        accepted: Accepted,
    ) -> Result<T, Failure> {
        self.exchange
            .read_json(accepted.response, &self.place())
            .await
    }

    /// A whole answer of JSON, as text.
    pub(super) async fn read_text(&self, accepted: Accepted) -> Result<String, Failure> {
        let body = self
            .exchange
            .read_body(accepted.response, &self.place())
            .await?;
        String::from_utf8(body).map_err(|_| not_json())
    }

    /// As much of an error's body as says what is wrong.
    pub(super) async fn read_error_body(&self, response: Response) -> Vec<u8> {
        self.exchange.read_error_body(response).await
    }
}

fn headers(driver: &WebDriver, credential: &Credential) -> Result<HeaderMap, Failure> {
    let settings = &driver.settings;
    let mut headers = HeaderMap::new();
    if let Some(bearer) = credential.bearer() {
        headers.insert(header::AUTHORIZATION, secret_value(&bearer)?);
    }
    headers.insert("oai-device-id", secret_value(&credential.device_id())?);
    headers.insert(LANGUAGE, secret_value(&settings.language)?);
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
