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

    /// The address of a path below the base, with its query.
    pub(super) fn address(&self, path: &str) -> Url {
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path, None),
        };
        let mut address = self.url.clone();
        match self.url.path().trim_end_matches('/') {
            "" => address.set_path(path),
            base => address.set_path(&format!("{base}{path}")),
        }
        address.set_query(query);
        address
    }
}

#[cfg(test)]
mod tests {
    use super::BaseUrl;

    #[test]
    fn paths_are_below_the_base_and_keep_their_query() {
        for (base, path, address) in [
            ("https://a.example", "/b/c", "https://a.example/b/c"),
            (
                "https://a.example/",
                "/b?c=d?e",
                "https://a.example/b?c=d?e",
            ),
            ("http://a.example:81/x/", "/b", "http://a.example:81/x/b"),
            (
                "https://a.example",
                "/b/%2F?c=%20",
                "https://a.example/b/%2F?c=%20",
            ),
            (
                "https://a.example",
                "//b.example/c",
                "https://a.example//b.example/c",
            ),
        ] {
            let base = BaseUrl::new(base.parse().unwrap());
            assert_eq!(base.address(path).as_str(), address);
        }
    }
}
