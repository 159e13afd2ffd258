//! Links that open something for a while without saying who asks: to send a file, or to fetch one.
//! Makes them on the simulator's own address, and tells whether one is good. Reads no clock.

use std::collections::HashMap;
use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::header::HOST;
use http::request::Parts;
use http::{HeaderMap, Uri};

use crate::ids;

/// Not a secret: it only tells links that were given out from others.
const KEY: &str = "simulator link key";

/// The address a request was sent to, as links on it begin: `http://127.0.0.1:8080`.
pub(crate) struct OwnAddress(pub(crate) String);

impl<S: Sync> FromRequestParts<S> for OwnAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let scheme = parts.uri.scheme_str().unwrap_or("http");
        let host = host_of(&parts.uri, &parts.headers).unwrap_or("localhost");
        Ok(Self(format!("{scheme}://{host}")))
    }
}

/// The host a request is for, and its port: the one in its first line, which is what a proxy is
/// sent, else the one in its headers.
pub(crate) fn host_of<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let in_line = uri.authority().map(http::uri::Authority::as_str);
    in_line.or_else(|| headers.get(HOST)?.to_str().ok())
}

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// To send a file to the blob host.
    Put,
    /// To fetch a file from the blob host.
    Get,
    /// To fetch a file from upstream itself.
    Estuary,
}

impl Use {
    fn name(self) -> &'static str {
        match self {
            Self::Put => "c",
            Self::Get => "r",
            Self::Estuary => "fs",
        }
    }
}

/// A link to the file of that key, good until a second since 1970.
pub(crate) fn link(address: &OwnAddress, purpose: Use, key: &str, expires: u64) -> String {
    let OwnAddress(address) = address;
    let signature = signature(purpose, key, &expires.to_string());
    let name = purpose.name();
    match purpose {
        Use::Put | Use::Get => {
            format!("{address}/simulator/blob/{key}?se={expires}&sp={name}&sig={signature}")
        }
        Use::Estuary => format!(
            "{address}/backend-api/estuary/content?id={key}&ts={expires}&p={name}&cid=1\
             &sig={signature}&v=0"
        ),
    }
}

/// Whether a query is that of a link for this use of this key, and still good at `now`, which is
/// in seconds since 1970.
pub(crate) fn is_good(query: &HashMap<String, String>, purpose: Use, key: &str, now: u64) -> bool {
    let text = |name: &str| query.get(name).map_or("", String::as_str);
    let (expires, name) = match purpose {
        Use::Put | Use::Get => (text("se"), text("sp")),
        Use::Estuary => (text("ts"), text("p")),
    };
    let in_time = expires.parse::<u64>().is_ok_and(|expires| expires > now);
    in_time && name == purpose.name() && text("sig") == signature(purpose, key, expires)
}

fn signature(purpose: Use, key: &str, expires: &str) -> String {
    ids::hex(&[KEY, purpose.name(), key, expires], 48)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query_of(link: &str) -> HashMap<String, String> {
        let pairs = link.split_once('?').unwrap().1.split('&');
        pairs
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap();
                (name.to_owned(), value.to_owned())
            })
            .collect()
    }

    #[test]
    fn a_link_is_good_for_its_use_its_key_and_its_time() {
        let address = OwnAddress("http://here".to_owned());
        for purpose in [Use::Put, Use::Get, Use::Estuary] {
            let link = link(&address, purpose, "file-1", 100);
            assert!(link.starts_with("http://here/"), "{link}");
            let query = query_of(&link);
            assert!(is_good(&query, purpose, "file-1", 99));
            assert!(!is_good(&query, purpose, "file-1", 100));
            assert!(!is_good(&query, purpose, "file-2", 99));
            for other in [Use::Put, Use::Get, Use::Estuary] {
                assert_eq!(is_good(&query, other, "file-1", 99), other == purpose);
            }
        }
        assert!(!is_good(&HashMap::new(), Use::Get, "file-1", 0));
    }
}
