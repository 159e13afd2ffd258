//! One request to the sign-in service, sent once, and whether it may have arrived.
//!
//! What an answer means is not decided here. Called by the other files of `sign_in`.

use std::time::Duration;

use http::header;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use super::SignIn;
use crate::DriverKind;
use crate::egress::Egress;
use crate::failure::{ErrorAnswer, Failure, FailureKind, Place, Retry, transport_failure};
use crate::response::{is_html, is_mitigated, read_at_most, retry_after};

/// An answer longer than this is no answer of the sign-in service.
const MAX_ANSWER_BYTES: usize = 256 << 10;

/// A whole answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<Duration>,
    /// The values of the `Set-Cookie` headers.
    pub(super) set_cookies: Vec<String>,
    pub(super) body: Vec<u8>,
    is_html: bool,
    is_mitigated: bool,
}

/// Why there is no whole answer.
pub(super) enum NoAnswer {
    /// The way out cannot be used.
    NoClient(Failure),
    /// The connection failed, or broke.
    Transport(reqwest::Error),
    /// It took too long.
    TooLate,
}

impl SignIn {
    pub(super) async fn post_json(
        &self,
        egress: &Egress,
        address: Url,
        body: &Value,
    ) -> Result<Answer, NoAnswer> {
        self.once(egress, |client| client.post(address).json(body))
            .await
    }

    pub(super) async fn post_form(
        &self,
        egress: &Egress,
        address: Url,
        fields: &[(&str, &str)],
    ) -> Result<Answer, NoAnswer> {
        let form = Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = |client: &Client| {
            let form_type = "application/x-www-form-urlencoded";
            let request = client.post(address).header(header::CONTENT_TYPE, form_type);
            request.body(form)
        };
        self.once(egress, request).await
    }

    /// Sends a request by this way out, and by no other, and reads the whole answer.
    pub(super) async fn once(
        &self,
        egress: &Egress,
        request: impl FnOnce(&Client) -> RequestBuilder,
    ) -> Result<Answer, NoAnswer> {
        let client = self.clients.get(egress, true).map_err(NoAnswer::NoClient)?;
        let request = request(&client).header(header::ACCEPT, "application/json");
        let exchange = tokio::time::timeout(self.settings.total_timeout, whole(request)).await;
        exchange
            .map_err(|_elapsed| NoAnswer::TooLate)?
            .map_err(NoAnswer::Transport)
    }
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether this is a page for browsers: an error page, or a challenge.
    pub(super) fn is_page(&self) -> bool {
        self.is_html || self.is_mitigated
    }

    /// What it means when upstream itself answers so.
    pub(super) fn failure(&self, place: &Place<'_>) -> Failure {
        let answer = ErrorAnswer {
            status: self.status,
            is_html: self.is_html,
            is_mitigated: self.is_mitigated,
            retry_after: self.retry_after,
            body: &self.body,
        };
        answer.failure(place)
    }
}

impl NoAnswer {
    /// Whether a byte of the request may have left. When in doubt, it has.
    pub(super) fn may_have_arrived(&self) -> bool {
        match self {
            Self::NoClient(_) => false,
            Self::Transport(error) => !error.is_connect() && !error.is_builder(),
            Self::TooLate => true,
        }
    }

    /// What kept a request from being sent, and what to do about it.
    pub(super) fn why_unsent(&self, egress: &Egress) -> String {
        let place = Place {
            driver: DriverKind::Web,
            account: "",
            egress: &egress.to_string(),
        };
        let what = match self.failure(&place).kind {
            FailureKind::Tls => {
                "no secure connection to the sign-in service could be made; check the clock, \
                 the certificates and the network of this machine"
            }
            FailureKind::Proxy => {
                "the sign-in service cannot be reached; check the account's proxy"
            }
            _ => "the sign-in service cannot be reached; check the network",
        };
        format!("{what} (egress \"{egress}\"; nothing was sent)")
    }

    /// What it means when upstream itself was asked, for something that may be asked again.
    pub(super) fn failure(&self, place: &Place<'_>) -> Failure {
        match self {
            Self::NoClient(failure) => failure.clone(),
            Self::Transport(error) => transport_failure(error, place, true),
            Self::TooLate => Failure::new(
                FailureKind::Timeout,
                Retry::AnyAccount,
                "upstream did not answer in time",
            ),
        }
    }
}

async fn whole(request: RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let set_cookies = response.headers().get_all(header::SET_COOKIE).iter();
    let mut answer = Answer {
        status: response.status().as_u16(),
        retry_after: retry_after(&response),
        set_cookies: set_cookies
            .filter_map(|value| value.to_str().ok().map(str::to_owned))
            .collect(),
        body: Vec::new(),
        is_html: is_html(&response),
        is_mitigated: is_mitigated(&response),
    };
    let body = read_at_most(response, MAX_ANSWER_BYTES).await;
    if let Some(error) = body.error {
        return Err(error);
    }
    answer.body = body.bytes;
    Ok(answer)
}
