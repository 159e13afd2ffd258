//! The one way in which a URL that a caller names is fetched: pictures, files in messages.
//!
//! Such a URL is a stranger's, so it may lead to the public internet only, however it is
//! written, whatever its name means and wherever it redirects to. It speaks HTTP/1.1 by
//! `hyper` and not by `reqwest`, which cannot ask a proxy for an address while naming the
//! host to the server, nor compare content as it came with what it became. Calls no driver.

mod address;
mod allowed_host;
mod content;
mod decoding;
mod description;
mod dial;
mod error;
mod exchange;
mod network;
mod proxy;
mod target;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::Full;
use rustls::ClientConfig;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use url::Url;

use crate::egress::Egress;
use content::Limits;
use dial::{Dialer, Trust};
use exchange::Answer;
use network::SystemNetwork;
use target::{Route, Target};

pub use address::is_global;
pub use allowed_host::{AllowedHost, InvalidAllowedHost};
pub use error::FetchError;
pub use network::{Connection, Network};

/// A URL may redirect this often.
const MAX_REDIRECTS: usize = 3;

/// So many URLs are fetched at a time; others wait, and their waiting counts as their time.
const MAX_FETCHES: usize = 16;

/// How URLs are fetched.
pub struct FetchSettings {
    /// The way out, for this and nothing else.
    ///
    /// A proxy is asked for tunnels to vetted addresses, to port 80 as well as 443.
    pub egress: Egress,
    /// A service of the operator's that fetches instead: it is posted `{"file_url": …}` and
    /// answers with the content. Redirects of the URL are then its own affair.
    pub relay: Option<Url>,
    /// The operator's exceptions from the rules about hosts and ports.
    pub allowed_hosts: Vec<AllowedHost>,
    /// The user agent that servers see.
    pub user_agent: String,
    /// The most that a content may have, as it comes and decoded.
    pub max_bytes: usize,
    /// From the call to the last byte.
    pub timeout: Duration,
    /// For a connection, all addresses of its host together.
    pub connect_timeout: Duration,
}

/// What was at a URL.
#[derive(Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The content, decoded.
    pub bytes: Bytes,
    /// The media type the server claims, in lower case, without parameters.
    pub mime: Option<String>,
    /// A name for it as a file: one part of a path, at most 200 bytes.
    pub name: Option<String>,
}

/// Says how much there is, and not what: it is somebody's picture or file.
impl fmt::Debug for Fetched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetched")
            .field("bytes", &self.bytes.len())
            .field("mime", &self.mime)
            .finish_non_exhaustive()
    }
}

/// Fetches URLs.
pub struct Fetcher {
    settings: FetchSettings,
    network: Arc<dyn Network>,
    trust: Trust,
    places: Semaphore,
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fetcher")
    }
}

impl Fetcher {
    /// A fetcher on the network of the machine, with the certificates it trusts.
    pub fn new(settings: FetchSettings) -> Self {
        Self::over(settings, Arc::new(SystemNetwork), Trust::of_the_machine())
    }

    /// A fetcher on a network that is given, for tests.
    pub fn with_network(
        settings: FetchSettings,
        network: Arc<dyn Network>,
        tls: ClientConfig,
    ) -> Self {
        Self::over(settings, network, Trust::of(tls))
    }

    fn over(settings: FetchSettings, network: Arc<dyn Network>, trust: Trust) -> Self {
        Self {
            settings,
            network,
            trust,
            places: Semaphore::new(MAX_FETCHES),
        }
    }

    /// Fetches what is at `url`.
    ///
    /// Dropping the future closes its connection.
    pub async fn fetch(&self, url: &str) -> Result<Fetched, FetchError> {
        let deadline = Instant::now() + self.settings.timeout;
        let target = Target::parse(url, &self.settings.allowed_hosts)?;
        let _place = timeout_at(deadline, self.places.acquire())
            .await
            .map_err(|_| FetchError::Unreachable)?;
        match &self.settings.relay {
            None => self.follow(target, deadline).await,
            Some(relay) => self.ask_relay(relay, &target, deadline).await,
        }
    }

    /// Fetches `target`, or what it redirects to.
    async fn follow(&self, target: Target, deadline: Instant) -> Result<Fetched, FetchError> {
        let mut answer = in_time(deadline, self.get(&target)).await?;
        let mut target = target;
        for _ in 0..MAX_REDIRECTS {
            let Some(location) = answer.redirect() else {
                return self.take(answer, &target.url, deadline).await;
            };
            target = target.redirected(location?, &self.settings.allowed_hosts)?;
            answer = in_time(deadline, self.get(&target))
                .await
                .map_err(FetchError::of_redirect_target)?;
        }
        if answer.redirect().is_some() {
            return Err(FetchError::TooManyRedirects { max: MAX_REDIRECTS });
        }
        self.take(answer, &target.url, deadline).await
    }

    async fn get(&self, target: &Target) -> Result<Answer, FetchError> {
        let route = target.route(&*self.network).await?;
        let stream = self.dialer().open(route).await?;
        let request = exchange::request(Method::GET, &target.url, &self.settings.user_agent);
        exchange::send(stream, with_body(request, Bytes::new())?).await
    }

    /// Has the relay fetch `target`, which has to keep to the same rules.
    async fn ask_relay(
        &self,
        relay: &Url,
        target: &Target,
        deadline: Instant,
    ) -> Result<Fetched, FetchError> {
        in_time(deadline, target.route(&*self.network)).await?;
        let answer = in_time(deadline, self.post(relay, &target.url)).await?;
        self.take(answer, &target.url, deadline).await
    }

    async fn post(&self, relay: &Url, url: &Url) -> Result<Answer, FetchError> {
        let route = Route::to(relay, &*self.network)
            .await
            .ok_or(FetchError::Proxy)?;
        let opened = self.dialer().open(route).await;
        let stream = opened.map_err(|_| FetchError::Proxy)?;
        let request = exchange::request(Method::POST, relay, &self.settings.user_agent)
            .header(header::CONTENT_TYPE, "application/json");
        let body = json!({ "file_url": url.as_str() }).to_string();
        exchange::send(stream, with_body(request, body.into())?).await
    }

    /// Takes the content of the last answer.
    async fn take(
        &self,
        answer: Answer,
        url: &Url,
        deadline: Instant,
    ) -> Result<Fetched, FetchError> {
        let Answer {
            status,
            headers,
            body,
        } = answer;
        if status != 200 {
            return Err(FetchError::Status(status.as_u16()));
        }
        let limits = Limits {
            max_bytes: self.settings.max_bytes,
            deadline,
        };
        let bytes = content::read(&headers, body, limits).await?;
        Ok(Fetched {
            bytes,
            mime: description::mime(&headers),
            name: description::name(&headers, url),
        })
    }

    fn dialer(&self) -> Dialer<'_> {
        Dialer {
            network: &*self.network,
            egress: &self.settings.egress,
            trust: &self.trust,
            timeout: self.settings.connect_timeout,
        }
    }
}

/// Waits until the deadline, after which a server counts as one that cannot be reached.
async fn in_time<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, FetchError>>,
) -> Result<T, FetchError> {
    let done = timeout_at(deadline, work).await;
    done.unwrap_or(Err(FetchError::Unreachable))
}

fn with_body(
    request: http::request::Builder,
    body: Bytes,
) -> Result<Request<Full<Bytes>>, FetchError> {
    // Only a path that the URL parser takes and HTTP does not can be at fault.
    request
        .body(Full::new(body))
        .map_err(|_| FetchError::NotAUrl)
}
