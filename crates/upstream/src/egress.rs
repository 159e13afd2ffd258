//! The ways out: directly, or through one of the operator's proxies.
//!
//! An account keeps its egress as long as that is in the list. Chosen by hashing, so it
//! survives a restart without being written down.

use std::fmt;
use std::str::FromStr;

use secrecy::SecretString;
use sha2::{Digest, Sha256};
use url::Url;

/// A way out.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Egress {
    /// No proxy.
    Direct,
    /// An `http`, `https`, `socks5` or `socks5h` proxy, credentials included.
    Proxy(Url),
}

/// Why a text is not an egress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is neither `direct` nor a proxy like http://user:pass@host:port or socks5h://host:port")]
pub struct InvalidEgress;

impl FromStr for Egress {
    type Err = InvalidEgress;

    fn from_str(text: &str) -> Result<Self, InvalidEgress> {
        if text == "direct" {
            return Ok(Self::Direct);
        }
        let url: Url = text.parse().map_err(|_| InvalidEgress)?;
        let known = matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h");
        if !known || url.host_str().is_none_or(str::is_empty) {
            return Err(InvalidEgress);
        }
        Ok(Self::Proxy(url))
    }
}

impl Egress {
    /// All of it, credentials included, as it is read again.
    pub fn address(&self) -> SecretString {
        match self {
            Self::Direct => SecretString::from("direct"),
            Self::Proxy(url) => SecretString::from(url.as_str()),
        }
    }
}

/// The name, without credentials.
impl fmt::Display for Egress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Direct => f.write_str("direct"),
            Self::Proxy(url) => {
                let host = url.host_str().unwrap_or_default();
                write!(f, "{}://{host}", url.scheme())?;
                match url.port() {
                    Some(port) => write!(f, ":{port}"),
                    None => Ok(()),
                }
            }
        }
    }
}

impl fmt::Debug for Egress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Orders `choices` for an account: the first is its own, the others follow when it fails.
///
/// Highest random weight: taking one away moves only the accounts that had it.
pub(crate) fn ranked<T>(choices: &[T], name: impl Fn(&T) -> String, key: [u8; 16]) -> Vec<&T> {
    if let [only] = choices {
        return vec![only];
    }
    let mut weighed: Vec<([u8; 32], &T)> = choices
        .iter()
        .map(|choice| {
            let hasher = Sha256::new().chain_update(key).chain_update(name(choice));
            (hasher.finalize().into(), choice)
        })
        .collect();
    weighed.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    weighed.into_iter().map(|(_, choice)| choice).collect()
}

/// The way out of an account that has none of its own; nothing where none is listed.
pub(crate) fn own_egress(egresses: &[Egress], key: [u8; 16]) -> Option<&Egress> {
    let ranked = ranked(egresses, ToString::to_string, key);
    ranked.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::{Egress, ranked};

    #[test]
    fn a_name_never_shows_credentials() {
        let egress: Egress = "socks5h://user:secret@proxy.example:1080".parse().unwrap();
        assert_eq!(egress.to_string(), "socks5h://proxy.example:1080");
        assert_eq!(format!("{egress:?}"), "socks5h://proxy.example:1080");
    }

    #[test]
    fn what_is_not_a_proxy_is_refused() {
        for text in ["", "proxy.example:8080", "ftp://x", "http://", "DIRECT"] {
            assert!(text.parse::<Egress>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_account_keeps_its_choice_when_another_goes() {
        let all = ["a", "b", "c", "d"];
        for account in 0..200u8 {
            let key = [account; 16];
            let first = ranked(&all, |it| (*it).into(), key)[0];
            for gone in all.iter().filter(|it| *it != first) {
                let left: Vec<&str> = all.iter().copied().filter(|it| it != gone).collect();
                assert_eq!(ranked(&left, |it| (*it).into(), key)[0], first);
            }
        }
    }
}
