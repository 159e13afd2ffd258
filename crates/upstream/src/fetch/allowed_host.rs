//! The operator's exceptions: hosts that are fetched from although the rules forbid it.
//!
//! Read from settings; asked by `target` for each URL and each redirect.

use std::str::FromStr;

use url::{Host, Url};

/// A host, or a host with one port, that the rules about names and addresses spare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedHost {
    host: Host<String>,
    port: Option<u16>,
}

/// Why a text is not a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is neither a host nor host:port, such as files.example or 192.168.0.5:9000")]
pub struct InvalidAllowedHost;

impl FromStr for AllowedHost {
    type Err = InvalidAllowedHost;

    fn from_str(text: &str) -> Result<Self, InvalidAllowedHost> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !text.ends_with(']') => {
                let port = port.parse().map_err(|_| InvalidAllowedHost)?;
                (host, Some(port))
            }
            _ => (text, None),
        };
        // The parser takes a star for a letter; whoever writes one means more than that.
        if host.contains('*') {
            return Err(InvalidAllowedHost);
        }
        let host = Host::parse(host).map_err(|_| InvalidAllowedHost)?;
        Ok(Self { host, port })
    }
}

impl AllowedHost {
    /// Whether this spares `url`: its host, and its port when one is named here.
    pub(super) fn spares(&self, url: &Url) -> bool {
        url.host().is_some_and(|host| host.to_owned() == self.host)
            && self
                .port
                .is_none_or(|port| Some(port) == url.port_or_known_default())
    }

    /// Whether a port is named here.
    pub(super) fn names_port(&self) -> bool {
        self.port.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::AllowedHost;

    fn spares(allowed: &str, url: &str) -> bool {
        let allowed: AllowedHost = allowed.parse().unwrap();
        allowed.spares(&url.parse().unwrap())
    }

    #[test]
    fn a_host_is_compared_as_urls_spell_it() {
        assert!(spares("Files.Example", "http://files.example/a"));
        assert!(spares("127.1", "http://2130706433/"));
        assert!(spares("[::1]", "http://[0:0::1]/"));
        assert!(spares("bücher.example", "http://xn--bcher-kva.example/"));
        assert!(!spares(
            "files.example",
            "http://files.example.evil.example/"
        ));
        assert!(!spares("files.example", "http://sub.files.example/"));
    }

    #[test]
    fn a_port_counts_when_it_is_named() {
        assert!(spares("files.example:9000", "http://files.example:9000/"));
        assert!(spares("files.example:80", "http://files.example/"));
        assert!(!spares("files.example:80", "https://files.example/"));
        assert!(!spares("files.example:9000", "http://files.example/"));
        assert!(spares("[::1]:9000", "http://[::1]:9000/"));
        assert!(spares("files.example", "http://files.example:9000/"));
    }

    #[test]
    fn what_is_not_a_host_is_refused() {
        for text in [
            "", ":80", "a:b", "a:99999", "::1", "http://a", "a/b", "u@a", "a b", "*",
        ] {
            let parsed = text.parse::<AllowedHost>();
            assert!(parsed.is_err(), "{text}: {parsed:?}");
        }
    }
}
