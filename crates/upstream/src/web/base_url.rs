//! One upstream base URL, and what is remembered of which routes it has.

use url::Url;

use crate::route_memory::RouteMemory;

/// A base URL.
#[derive(Debug)]
pub(super) struct BaseUrl {
    url: Url,
    signed_in: Routes,
    anonymous: Routes,
}

/// The routes that not every upstream has.
#[derive(Debug, Default)]
pub(super) struct Routes {
    /// The requirements in two steps.
    pub(super) two_steps: RouteMemory,
    /// `/backend-api/f/conversation`
    pub(super) newer_conversation: RouteMemory,
}

impl BaseUrl {
    pub(super) fn new(url: Url) -> Self {
        Self {
            url,
            signed_in: Routes::default(),
            anonymous: Routes::default(),
        }
    }

    /// What is known of the routes for those who have signed in, or for those who have not.
    pub(super) fn routes(&self, is_anonymous: bool) -> &Routes {
        if is_anonymous {
            &self.anonymous
        } else {
            &self.signed_in
        }
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn is_tls(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The address of a path below the base.
    pub(super) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.url.as_str().trim_end_matches('/'))
    }
}
