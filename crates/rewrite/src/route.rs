//! Where a path of the mirror leads.
//!
//! Only the path decides; the caller still looks at the content type of what comes back. The
//! raw path is handed on as it came, since the far side's file names hold parentheses and such.

use crate::pattern::{any, plain};
use crate::rules::{Host, HostKind, Rules};

/// What a path asks for. Paths in it are raw and keep their query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route<'a> {
    /// A page of the main host, or whatever no list names.
    Document,
    /// A public file: to be fetched without credentials.
    Asset {
        /// Who has it.
        host: &'a Host,
        /// The path there.
        path: &'a str,
    },
    /// A call of the page's code to the main host.
    Api,
    /// A socket on a host of its own.
    Socket {
        /// Who has it.
        host: &'a Host,
        /// The path there.
        path: &'a str,
    },
    /// Watches the visitor; to be answered here.
    Telemetry,
    /// Not sent on, whoever asks.
    Refused,
}

impl Rules {
    /// Classifies a path, which may carry a query.
    pub fn route<'a>(&'a self, path: &'a str) -> Route<'a> {
        let Some(plain) = plain(path) else {
            return Route::Refused;
        };
        if let Some(rest) = path.strip_prefix(self.prefix.as_str()) {
            return self.route_of_other_host(rest);
        }
        // The prefix in a disguise leads nowhere.
        if format!("{plain}/").starts_with(&self.prefix.to_lowercase()) {
            return Route::Refused;
        }
        let paths = &self.paths;
        if any(&paths.refused, &plain) && !any(&paths.allowed, &plain) {
            Route::Refused
        } else if any(&paths.telemetry, &plain) {
            Route::Telemetry
        } else if any(&paths.assets, &plain) {
            self.main_host()
                .map_or(Route::Refused, |host| Route::Asset { host, path })
        } else if any(&paths.api, &plain) {
            Route::Api
        } else {
            Route::Document
        }
    }

    /// Routes `<host>/<path>`.
    fn route_of_other_host<'a>(&'a self, rest: &'a str) -> Route<'a> {
        let (name, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let path = if path.is_empty() { "/" } else { path };
        let Some(host) = self.hosts.iter().find(|host| host.name == name) else {
            return Route::Refused;
        };
        if host.kind == HostKind::Telemetry {
            return Route::Telemetry;
        }
        // What is clean as a whole need not be clean below the host.
        let Some(plain) = plain(path) else {
            return Route::Refused;
        };
        match host.kind {
            HostKind::Asset if any(&self.paths.telemetry, &plain) => Route::Telemetry,
            HostKind::Asset => Route::Asset { host, path },
            HostKind::Socket => Route::Socket { host, path },
            // Its paths are the mirror's own, where the lists apply.
            HostKind::Main | HostKind::Telemetry => Route::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Route;
    use crate::rules::Rules;

    fn named(path: &str) -> String {
        let rules = Rules::builtin().unwrap();
        match rules.route(path) {
            Route::Asset { host, path } => format!("asset {} {path}", host.name),
            Route::Socket { host, path } => format!("socket {} {path}", host.name),
            other => format!("{other:?}").to_lowercase(),
        }
    }

    #[test]
    fn pages_calls_and_files_of_the_main_host_are_told_apart() {
        for (path, expected) in [
            ("/", "document"),
            ("/c/0a1b?model=auto", "document"),
            ("/g/g-abc-name/c/1", "document"),
            ("/backend-api/me", "api"),
            ("/backend-api/files/(x)/download", "api"),
            ("/c/0a1b.data?_routes=x", "api"),
            ("/__manifest?p=%2Fc&version=1", "api"),
            ("/api/auth/session?refresh=true", "api"),
            ("/api/auth/csrf", "api"),
            ("/cdn/assets/a.css", "asset chatgpt.com /cdn/assets/a.css"),
            ("/authors", "document"),
        ] {
            assert_eq!(named(path), expected, "{path}");
        }
    }

    #[test]
    fn a_raw_path_reaches_the_host_as_it_came() {
        for (path, expected) in [
            (
                "/cdn/assets/(_lang).images-a%20b.js?v=%28",
                "asset chatgpt.com /cdn/assets/(_lang).images-a%20b.js?v=%28",
            ),
            (
                "/_h/cdn.oaistatic.com/assets/(_lang).images.js",
                "asset cdn.oaistatic.com /assets/(_lang).images.js",
            ),
            (
                "/_h/ws.chatgpt.com/p1/ws?x=1",
                "socket ws.chatgpt.com /p1/ws?x=1",
            ),
            ("/_h/cdn.oaistatic.com", "asset cdn.oaistatic.com /"),
        ] {
            assert_eq!(named(path), expected, "{path}");
        }
    }

    #[test]
    fn what_watches_the_visitor_is_answered_here() {
        for path in [
            "/ces/v1/t",
            "/ces",
            "/v1/rgstr?k=1",
            "/v1/initialize",
            "/api/v2/logs",
            "/backend-api/lat/r",
            "/cdn/assets/a.js.map",
            "/_h/cdn.oaistatic.com/assets/a.js.map",
            "/_h/ab.chatgpt.com/v1/anything",
        ] {
            assert_eq!(named(path), "telemetry", "{path}");
        }
    }

    #[test]
    fn what_signs_in_pays_or_deletes_is_never_sent_on() {
        for path in [
            "/auth/login",
            "/auth",
            "/%61uth/login",
            "/%2561uth/login",
            "//auth/login",
            "/./auth/login",
            "/Auth/Login",
            "/x/../auth/login",
            "/cdn/%2e%2e/auth/login",
            "/api/auth/signin/openai",
            "/api/auth/session/../signin",
            "/api/auth//signout",
            "/payments/checkout",
            "/backend-api/payments/customer_portal",
            "/backend-api/accounts/data_export",
            "/backend-api/accounts/deactivate",
            "/cdn-cgi/challenge-platform/x",
            "/checkout/openai",
            "/billing",
        ] {
            assert_eq!(named(path), "refused", "{path}");
        }
    }

    #[test]
    fn only_hosts_of_the_table_are_reached_under_the_prefix() {
        for path in [
            "/_h/evil.example/x",
            "/_h/cdn.oaistatic.com.evil.example/x",
            "/_h/cdn.oaistatic.com:22/x",
            "/_h/cdn.oaistatic.com@evil.example/x",
            "/_h/cdn.oaistatic.com/../ab.chatgpt.com/x",
            "/_h/cdn.oaistatic.com//evil.example/x",
            "/_h/CDN.oaistatic.com/x",
            "/_h/chatgpt.com/auth/login",
            "/_h//x",
            "/_h/",
            "/_h",
            "/_H/cdn.oaistatic.com/x",
            "/%5fh/cdn.oaistatic.com/x",
            "//_h/cdn.oaistatic.com/x",
            "",
            "*",
            "https://chatgpt.com/",
        ] {
            assert_eq!(named(path), "refused", "{path}");
        }
    }

    fn odd_path() -> impl Strategy<Value = String> {
        let piece = "/|\\.|%2e|%2F|%25|\\\\|;|\\?|#|auth|AUTH|_h|cdn\\.oaistatic\\.com|chatgpt\\.com|a|é|\t";
        prop::collection::vec(piece, 0..12).prop_map(|pieces| format!("/{}", pieces.concat()))
    }

    proptest! {
        #[test]
        fn no_path_is_too_odd(path in any::<String>()) {
            let _route = Rules::builtin().unwrap().route(&path);
        }

        #[test]
        fn a_path_that_is_sent_on_leads_nowhere_else(path in odd_path()) {
            let rules = Rules::builtin().unwrap();
            let sent = match rules.route(&path) {
                Route::Asset { path, .. } | Route::Socket { path, .. } => path,
                Route::Document | Route::Api => path.as_str(),
                Route::Telemetry | Route::Refused => return Ok(()),
            };
            prop_assert!(sent.starts_with('/'), "{}", sent);
            prop_assert!(!sent.starts_with("//"), "{}", sent);
            let before_query = sent.split('?').next().unwrap();
            let decoded = before_query.replace("%25", "%").replace("%2e", ".").replace("%2F", "/");
            prop_assert!(!decoded.split('/').any(|segment| segment == ".."), "{}", sent);
            prop_assert!(!before_query.contains(['\\', '#']), "{}", sent);
        }
    }
}
