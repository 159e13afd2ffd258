//! What anybody may fetch: pictures and files of hosts that are fixed by the operator. No token,
//! no cookie and no header of a caller ever goes along, and nothing leads elsewhere.
//!
//! Used by `gateway`.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use url::Url;

use crate::client::Clients;
use crate::egress::Egress;
use crate::failure::{Failure, FailureKind, Retry};
use crate::response::{content_type, read_at_most};

/// How assets are fetched; validated by the settings of the program.
#[derive(Debug, Clone)]
pub struct PublicAssetSettings {
    /// `AVATAR_URL`
    pub avatar_url: Url,
    /// The way out.
    pub egress: Egress,
    /// Our own name and version.
    pub user_agent: String,
    /// Until a connection stands.
    pub connect_timeout: Duration,
    /// Until all of it is there.
    pub timeout: Duration,
}

/// Fetches them.
#[derive(Debug)]
pub struct PublicAssets {
    settings: PublicAssetSettings,
    clients: Clients,
}

/// Something that was fetched.
#[derive(Debug, Clone)]
pub struct PublicAsset {
    /// What it says it is, in lower case.
    pub mime: String,
    /// All of it.
    pub bytes: Bytes,
}

impl PublicAssets {
    /// Opens no connection yet.
    pub fn new(settings: PublicAssetSettings) -> Self {
        Self {
            clients: Clients::new(settings.user_agent.clone(), settings.connect_timeout),
            settings,
        }
    }

    /// A file at an address whose host the operator has in a table; nothing if there is none.
    pub async fn file(&self, address: &Url, limit: usize) -> Result<Option<PublicAsset>, Failure> {
        self.fetch(address.as_str(), limit).await
    }

    /// A picture by its name below `AVATAR_URL`; nothing if there is none.
    pub async fn avatar(&self, name: &str, limit: usize) -> Result<Option<PublicAsset>, Failure> {
        let base = self.settings.avatar_url.as_str().trim_end_matches('/');
        self.fetch(&format!("{base}/{name}"), limit).await
    }

    async fn fetch(&self, address: &str, limit: usize) -> Result<Option<PublicAsset>, Failure> {
        let is_tls = address.starts_with("https:");
        let client = self.clients.get(&self.settings.egress, is_tls)?;
        let fetched = async {
            let response = client
                .get(address)
                .send()
                .await
                .map_err(|_| unreachable())?;
            if response.status() == StatusCode::NOT_FOUND {
                return Ok(None);
            }
            if !response.status().is_success() {
                return Err(unreachable());
            }
            let mime = content_type(&response);
            let body = read_at_most(response, limit.saturating_add(1)).await;
            if body.error.is_some() || body.bytes.len() > limit {
                return Err(unreachable());
            }
            Ok(Some(PublicAsset {
                mime,
                bytes: body.bytes.into(),
            }))
        };
        let done = tokio::time::timeout(self.settings.timeout, fetched).await;
        done.unwrap_or_else(|_elapsed| Err(unreachable()))
    }
}

fn unreachable() -> Failure {
    Failure::new(
        FailureKind::Unreachable,
        Retry::Never,
        "the host that has the picture did not give it",
    )
}
