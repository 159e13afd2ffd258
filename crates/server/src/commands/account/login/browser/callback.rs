//! The page that a browser ends on after a sign-in. It says what became of it.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::routing::get;
use http::{StatusCode, header};
use tokio::sync::{mpsc, oneshot};
use upstream::sign_in::SignInError;

/// The path of [`upstream::sign_in::LOCAL_REDIRECT`].
const PATH: &str = "/auth/callback";

/// An address that may be the one the browser ended on.
pub(super) struct Came {
    pub(super) address: String,
    /// The browser, which waits to be told.
    browser: Option<oneshot::Sender<(StatusCode, String)>>,
}

type Page = (StatusCode, [(header::HeaderName, &'static str); 2], String);

impl Came {
    pub(super) fn pasted(address: String) -> Self {
        Self {
            address,
            browser: None,
        }
    }

    /// Tells the browser, if it came from there, what became of it.
    pub(super) fn tell(self, failed: Option<&SignInError>) {
        let Some(browser) = self.browser else {
            return;
        };
        let _browser_is_gone = browser.send(match failed {
            None => (
                StatusCode::OK,
                "Signed in. You can close this page and go back to the terminal.".to_owned(),
            ),
            Some(error) => (StatusCode::BAD_REQUEST, format!("Not signed in: {error}.")),
        });
    }
}

/// Serves the page; what comes there goes to `addresses`.
pub(super) fn router(addresses: mpsc::Sender<Came>) -> Router {
    Router::new().route(PATH, get(end)).with_state(addresses)
}

async fn end(State(addresses): State<mpsc::Sender<Came>>, RawQuery(query): RawQuery) -> Page {
    let query = query.unwrap_or_default();
    // Any page may send a browser here; only ours knows the state.
    if !query.split('&').any(|it| it.starts_with("state=")) {
        let message = "This is not the end of a sign-in.".to_owned();
        return page(StatusCode::BAD_REQUEST, message);
    }
    let (told, telling) = oneshot::channel();
    let came = Came {
        address: format!("{PATH}?{query}"),
        browser: Some(told),
    };
    if addresses.send(came).await.is_err() {
        return page(StatusCode::GONE, "This sign-in is over.".to_owned());
    }
    let over = || (StatusCode::GONE, "This sign-in is over.".to_owned());
    let (status, message) = telling.await.unwrap_or_else(|_| over());
    page(status, message)
}

fn page(status: StatusCode, message: String) -> Page {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (status, headers, message)
}
