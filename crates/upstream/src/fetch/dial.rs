//! Opens the connection of a route: directly or through the operator's proxy, with TLS or
//! without. Connects to the addresses of the route and to no other; asks for the proxy's
//! address, which the operator chose, and holds that against no rule. Called by `fetch`.

use std::error::Error;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Url;

use super::error::FetchError;
use super::network::{Connection, Network};
use super::proxy;
use super::target::Route;
use crate::egress::Egress;

/// No more addresses of a host are tried than this.
const MAX_ADDRESSES: usize = 4;

/// Opens connections.
#[derive(Clone, Copy)]
pub(super) struct Dialer<'a> {
    pub(super) network: &'a dyn Network,
    pub(super) egress: &'a Egress,
    pub(super) trust: &'a Trust,
    /// For all of it, the addresses tried and TLS included.
    pub(super) timeout: Duration,
}

impl Dialer<'_> {
    /// Opens the connection of `route`.
    pub(super) async fn open(&self, route: Route) -> Result<Box<dyn Connection>, FetchError> {
        let opened = timeout(self.timeout, async {
            match self.egress {
                Egress::Direct => self.connect(route).await,
                Egress::Proxy(proxy) => self.tunnel(proxy, route).await,
            }
        });
        opened.await.unwrap_or(Err(FetchError::Unreachable))
    }

    /// Connects to the first address of `route` that lets us.
    async fn connect(&self, route: Route) -> Result<Box<dyn Connection>, FetchError> {
        let count = route.addresses.len().clamp(1, MAX_ADDRESSES);
        let share = self.timeout / u32::try_from(count).unwrap_or(1);
        for &address in route.addresses.iter().take(MAX_ADDRESSES) {
            if let Ok(Ok(stream)) = timeout(share, self.network.connect(address)).await {
                return self.secure(stream, route.tls).await;
            }
        }
        Err(FetchError::Unreachable)
    }

    /// Has the proxy connect to the first address of `route` that lets it.
    async fn tunnel(&self, url: &Url, route: Route) -> Result<Box<dyn Connection>, FetchError> {
        let mut addresses = route.addresses;
        // The order was for this machine; it says nothing about what the proxy can reach.
        addresses.sort_by_key(|it| !it.is_ipv4());
        let count = addresses.len().clamp(1, MAX_ADDRESSES);
        let share = self.timeout / u32::try_from(count).unwrap_or(1);
        for address in addresses.into_iter().take(MAX_ADDRESSES) {
            let mut stream = self.connect_proxy(url).await?;
            match timeout(share, proxy::tunnel(url, &mut *stream, address)).await {
                Ok(Ok(())) => return self.secure(stream, route.tls).await,
                Ok(Err(FetchError::Proxy)) => return Err(FetchError::Proxy),
                Ok(Err(_)) | Err(_) => {}
            }
        }
        Err(FetchError::Unreachable)
    }

    async fn connect_proxy(&self, url: &Url) -> Result<Box<dyn Connection>, FetchError> {
        let connected = async {
            let route = Route::to(url, self.network).await?;
            self.connect(route).await.ok()
        };
        match timeout(self.timeout, connected).await {
            Ok(Some(stream)) => Ok(stream),
            Ok(None) | Err(_) => Err(FetchError::Proxy),
        }
    }

    async fn secure(
        &self,
        stream: Box<dyn Connection>,
        tls: Option<ServerName<'static>>,
    ) -> Result<Box<dyn Connection>, FetchError> {
        let Some(name) = tls else {
            return Ok(stream);
        };
        let connector = self.trust.connector().ok_or(FetchError::Tls)?;
        match connector.connect(name, stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) if is_of_tls(&error) => Err(FetchError::Tls),
            Err(_) => Err(FetchError::Unreachable),
        }
    }
}

/// Whether the certificate or the handshake is at fault, and not the connection.
fn is_of_tls(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(<dyn Error + Send + Sync>::is::<rustls::Error>)
}

/// Whose certificates are trusted.
pub(super) struct Trust(OnceLock<Option<TlsConnector>>);

impl Trust {
    /// Those that the machine trusts; read when first needed.
    pub(super) fn of_the_machine() -> Self {
        Self(OnceLock::new())
    }

    pub(super) fn of(config: ClientConfig) -> Self {
        Self(OnceLock::from(Some(connector_of(config))))
    }

    fn connector(&self) -> Option<&TlsConnector> {
        self.0
            .get_or_init(|| {
                let provider = Arc::new(aws_lc_rs::default_provider());
                let verifier = rustls_platform_verifier::Verifier::new(Arc::clone(&provider));
                let config = ClientConfig::builder_with_provider(provider)
                    .with_safe_default_protocol_versions()
                    .ok()?
                    .dangerous()
                    .with_custom_certificate_verifier(Arc::new(verifier.ok()?))
                    .with_no_client_auth();
                Some(connector_of(config))
            })
            .as_ref()
    }
}

fn connector_of(mut config: ClientConfig) -> TlsConnector {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    TlsConnector::from(Arc::new(config))
}
