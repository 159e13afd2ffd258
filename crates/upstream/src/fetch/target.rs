//! One URL that may be fetched: parsed once, held against the rules, its addresses vetted.
//!
//! All that connects afterwards takes the addresses of a `Route` and asks no name again, so
//! what was vetted is what is connected to. Called by `fetch` for a URL and each redirect.

use std::net::{IpAddr, SocketAddr};

use rustls::pki_types::ServerName;
use url::{Host, Url};

use super::address::is_global;
use super::allowed_host::AllowedHost;
use super::error::FetchError;
use super::network::Network;

/// A URL longer than this is none that a server would take.
const MAX_URL_BYTES: usize = 8192;

/// The usual port of a SOCKS proxy.
const SOCKS_PORT: u16 = 1080;

/// The ends of names that mean something on a local network only: RFC 6761, 6762 and 8375,
/// and the one that ICANN keeps free for private use.
const LOCAL_SUFFIXES: &[&str] = &["localhost", "local", "internal", "home.arpa"];

/// A URL that broke none of the rules that can be told from itself.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) url: Url,
    /// Whether the operator spares its host.
    is_spared: bool,
}

/// Where to connect to, and how; nothing else is ever connected to.
#[derive(Debug)]
pub(super) struct Route {
    /// At least one.
    pub(super) addresses: Vec<SocketAddr>,
    /// The name in the certificate, when the connection is to be secure.
    pub(super) tls: Option<ServerName<'static>>,
}

impl Target {
    pub(super) fn parse(text: &str, allowed: &[AllowedHost]) -> Result<Self, FetchError> {
        // The parser drops these; whoever sent them did not mean what it would read.
        if text.contains(|it: char| it.is_ascii_control()) {
            return Err(FetchError::NotAUrl);
        }
        check_length(text)?;
        let url = Url::parse(text).map_err(|_| FetchError::NotAUrl)?;
        Self::check(url, allowed)
    }

    /// What this URL redirects to.
    pub(super) fn redirected(
        &self,
        location: &str,
        allowed: &[AllowedHost],
    ) -> Result<Self, FetchError> {
        let checked = || {
            check_length(location)?;
            let url = self.url.join(location).map_err(|_| FetchError::NotAUrl)?;
            Self::check(url, allowed)
        };
        let target = checked().map_err(FetchError::of_redirect_target)?;
        if self.url.scheme() == "https" && target.url.scheme() == "http" {
            return Err(FetchError::Downgrade);
        }
        Ok(target)
    }

    fn check(url: Url, allowed: &[AllowedHost]) -> Result<Self, FetchError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FetchError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::UserInfo);
        }
        let host = url.host().ok_or(FetchError::NotAUrl)?;
        let mut exceptions = allowed.iter().filter(|it| it.spares(&url)).peekable();
        let is_spared = exceptions.peek().is_some();
        let is_usual_port = matches!(url.port_or_known_default(), Some(80 | 443));
        if !is_usual_port && !exceptions.any(AllowedHost::names_port) {
            return Err(FetchError::Port);
        }
        if !is_spared {
            check_host(&host)?;
        }
        Ok(Self { url, is_spared })
    }

    /// Looks the host up, once, and vets every address.
    pub(super) async fn route(&self, network: &dyn Network) -> Result<Route, FetchError> {
        let route = Route::to(&self.url, network)
            .await
            .ok_or(FetchError::NotPublic)?;
        let all_public = || route.addresses.iter().all(|it| is_global(it.ip()));
        if self.is_spared || all_public() {
            Ok(route)
        } else {
            Err(FetchError::NotPublic)
        }
    }
}

impl Route {
    /// The way to a URL of the operator's, who may name any address.
    ///
    /// `None` when the host has none.
    pub(super) async fn to(url: &Url, network: &dyn Network) -> Option<Self> {
        let port = match url.scheme() {
            "socks5" | "socks5h" => url.port().unwrap_or(SOCKS_PORT),
            _ => url.port_or_known_default()?,
        };
        let (ips, name) = match url.host()? {
            Host::Ipv4(ip) => (vec![ip.into()], ServerName::from(IpAddr::from(ip))),
            Host::Ipv6(ip) => (vec![ip.into()], ServerName::from(IpAddr::from(ip))),
            Host::Domain(name) => {
                let ips = network.resolve(name).await.ok()?;
                let name = ServerName::try_from(name.trim_end_matches('.').to_owned()).ok()?;
                (ips, name)
            }
        };
        if ips.is_empty() {
            return None;
        }
        let addresses = ips
            .into_iter()
            .map(|ip| SocketAddr::new(ip.to_canonical(), port))
            .collect();
        let tls = (url.scheme() == "https").then_some(name);
        Some(Self { addresses, tls })
    }
}

fn check_length(text: &str) -> Result<(), FetchError> {
    if text.len() > MAX_URL_BYTES {
        return Err(FetchError::UrlTooLong {
            max_bytes: MAX_URL_BYTES,
        });
    }
    Ok(())
}

fn check_host(host: &Host<&str>) -> Result<(), FetchError> {
    let ip = match *host {
        Host::Ipv4(ip) => IpAddr::from(ip),
        Host::Ipv6(ip) => IpAddr::from(ip),
        Host::Domain(name) if is_local_name(name) => return Err(FetchError::LocalName),
        Host::Domain(_) => return Ok(()),
    };
    if is_global(ip) {
        Ok(())
    } else {
        Err(FetchError::NotPublic)
    }
}

/// Whether a name, in lower case as the parser leaves it, is a local one. A dot at its end
/// changes nothing.
fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    !name.contains('.')
        || LOCAL_SUFFIXES.iter().any(|suffix| {
            name.strip_suffix(suffix)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
}

#[cfg(test)]
mod tests {
    use super::{FetchError, Target, is_local_name};

    fn redirect(from: &str, location: &str) -> Result<String, FetchError> {
        let from = Target::parse(from, &[]).unwrap();
        let target = from.redirected(location, &[])?;
        Ok(target.url.into())
    }

    #[test]
    fn a_redirect_may_be_relative() {
        let from = "https://a.example/b/c?d";
        assert_eq!(redirect(from, "e").unwrap(), "https://a.example/b/e");
        assert_eq!(redirect(from, "//f.example").unwrap(), "https://f.example/");
        assert_eq!(redirect(from, "/\tg").unwrap(), "https://a.example/g");
    }

    #[test]
    fn a_redirect_may_become_secure_but_not_the_reverse() {
        assert!(redirect("http://a.example", "https://a.example").is_ok());
        assert_eq!(
            redirect("https://a.example", "http://a.example"),
            Err(FetchError::Downgrade)
        );
    }

    #[test]
    fn a_redirect_is_held_against_every_rule() {
        for (location, reason) in [
            ("//127.0.0.1", FetchError::NotPublic),
            ("/\\/127.1", FetchError::NotPublic),
            ("http://localhost", FetchError::LocalName),
            ("file:///etc/passwd", FetchError::Scheme),
            ("https://u@b.example", FetchError::UserInfo),
            ("https://b.example:22", FetchError::Port),
        ] {
            let reason = FetchError::RedirectTarget(Box::new(reason));
            assert_eq!(redirect("https://a.example", location), Err(reason));
        }
        assert_eq!(
            redirect("https://a.example", "https://["),
            Err(FetchError::BadRedirect)
        );
    }

    #[test]
    fn local_names_are_told_by_their_end() {
        for name in [
            "localhost",
            "localhost.",
            "a.localhost",
            "printer.local",
            "x.internal..",
            "router.home.arpa",
            "home.arpa",
            "intranet",
            "",
        ] {
            assert!(is_local_name(name), "{name}");
        }
        for name in [
            "a.example",
            "notlocal.example",
            "xlocal.example.",
            "mylocalhost.com",
        ] {
            assert!(!is_local_name(name), "{name}");
        }
    }
}
