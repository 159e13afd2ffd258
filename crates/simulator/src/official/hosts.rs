//! Which host a request is for, and what the hosts beside the main one serve. A request through a
//! proxy names its host in the URI, any other in a header.

use std::sync::Arc;

use axum::extract::{Request, State as Shared};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::HOST;
use http::request::Parts;
use http::uri::Authority;

use super::{assets, socket};
use crate::reply::Reply;
use crate::simulator::State;

/// The domain of hosts that serve files and nothing else.
const FILE_HOSTS: &str = ".oaistatic.test";

/// The main host's name.
pub(super) const MAIN_HOST: &str = "chatgpt.test";

/// The host of live updates.
pub(super) const SOCKET_HOST: &str = "ws.chatgpt.test";

/// The host a request is for, with its port if it names one.
pub(crate) fn authority_of(parts: &Parts) -> Option<Authority> {
    let in_header = || parts.headers.get(HOST)?.to_str().ok()?.parse().ok();
    parts.uri.authority().cloned().or_else(in_header)
}

/// The name of that host; empty if there is none.
fn host_of(parts: &Parts) -> String {
    authority_of(parts).map_or_else(String::new, |it| it.host().to_ascii_lowercase())
}

/// Answers for the hosts beside the main one, and for what sends a browser to them. Whatever other
/// name the simulator is called by is the main host's.
pub(crate) async fn by_host(
    Shared(state): Shared<Arc<State>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(site) = state.official.as_ref().and_then(super::Official::site) else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let host = host_of(&parts);
    if host == SOCKET_HOST {
        return socket::join(parts).await;
    }
    let is_file_host = host.ends_with(FILE_HOSTS);
    let is_file = parts.uri.path().starts_with(&site.assets.prefix);
    match &site.assets.host {
        Some(wanted) if *wanted == host && is_file => assets::asset(&site, &parts),
        None if !is_file_host && is_file => assets::asset(&site, &parts),
        _ if is_file_host => Reply::not_found().into_response(),
        _ if parts.uri.path() == socket::ADDRESS => {
            socket::address(&parts.headers, &state).into_response()
        }
        _ => next.run(Request::from_parts(parts, body)).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(uri: &str, header: Option<&str>) -> String {
        let mut request = http::Request::builder().uri(uri);
        if let Some(header) = header {
            request = request.header(HOST, header);
        }
        host_of(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn the_uri_comes_before_the_header() {
        assert_eq!(host("http://a.test:81/x", Some("b.test")), "a.test");
        assert_eq!(host("/x", Some("B.test:80")), "b.test");
        assert_eq!(host("/x", Some("[::1]:80")), "[::1]");
        assert_eq!(host("/x", None), "");
    }
}
