//! The route table of the face.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{any, get, post};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use web::{ApiError, ErrorClass, session_cookie};

use crate::body::LIMIT_BYTES;
use crate::session::is_signed_in;
use crate::{
    HAS_PAGES, Site, chat_list, chats, classic, forms, next_auth, pages, pictures, session,
};

/// The routes; none of them is below `API_PREFIX`.
pub fn routes(site: Arc<Site>) -> Router {
    if !site.parts.is_on {
        return admin_alone(&site);
    }
    let mut router = Router::new()
        .route(
            "/api/session",
            get(session::show).post(session::begin).delete(session::end),
        )
        .route("/api/chats", get(chat_list::list).post(chats::create))
        .route(
            "/api/chats/{id}",
            get(chats::retrieve)
                .patch(chats::change)
                .delete(chats::delete),
        )
        .route("/api/chats/{id}/restore", post(chats::restore))
        .route("/api/pictures", post(pictures::show))
        // Forms have a rule of their own, for want of scripts.
        .layer(from_fn(session_cookie::refuse_forged));
    if HAS_PAGES {
        router = router
            .merge(signing_in())
            .route("/api/auth/session", get(next_auth::session));
    }
    let mut router = router
        .layer(DefaultBodyLimit::max(LIMIT_BYTES))
        .layer(from_fn(private));
    if HAS_PAGES {
        router = router.route("/", get(start));
    }
    if site.has_admin_pages() {
        router = router.route("/setup", get(async || forms::see("/admin/setup")));
    }
    let front_end = site.parts.front_end.routes();
    let router = router.with_state(site);
    if HAS_PAGES {
        router.merge(front_end)
    } else {
        router
    }
}

/// Signing in and out, on an origin of another face.
pub fn sign_in_routes(site: Arc<Site>) -> Router {
    signing_in().layer(from_fn(private)).with_state(site)
}

/// The admin's pages, and a word where the web chat would be.
fn admin_alone(site: &Site) -> Router {
    let mut router = Router::new();
    for path in [
        "/",
        "/c/{id}",
        "/g/{gizmo}",
        "/temporary",
        "/archive",
        "/settings",
        "/auth/login",
        "/auth/logout",
        "/api/session",
        "/api/chats",
    ] {
        router = router.route(path, any(off));
    }
    if site.has_admin_pages() {
        router = router.route("/setup", get(async || forms::see("/admin/setup")));
    }
    if HAS_PAGES {
        return router.merge(site.parts.front_end.without_chat().routes());
    }
    router
}

async fn off() -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        ErrorClass::InvalidRequest,
        "gateway_disabled",
        "gateway disabled: ENABLE_GATEWAY is false, so there is no web chat here",
    )
}

/// The pages that the program writes itself, and the addresses that lead to them.
fn signing_in() -> Router<Arc<Site>> {
    let mut router = Router::new()
        .route(
            "/auth/login",
            get(forms::sign_in_page).post(forms::sign_in_by_form),
        )
        .route(
            "/auth/logout",
            get(forms::sign_out_page).post(forms::sign_out_by_form),
        );
    for path in ["/api/auth/signin", "/api/auth/signin/"] {
        let link = get(classic::sign_in_by_link).post(classic::confirm);
        router = router.route(path, link);
    }
    for path in ["/api/auth/signout", "/api/auth/signout/"] {
        let link = get(classic::sign_out_by_link).post(next_auth::end);
        router = router.route(path, link);
    }
    router = router.route("/api/auth/csrf", get(next_auth::csrf)).route(
        "/api/auth/providers",
        get(next_auth::providers).post(next_auth::providers),
    );
    for path in [
        "/auth/login/{*rest}",
        "/api/auth/signin/{*rest}",
        "/api/auth/callback/{*rest}",
    ] {
        router = router.route(path, get(classic::to_sign_in));
    }
    router
}

/// The web chat, for whoever is signed in.
async fn start(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    if !site.parts.front_end.has_chat() {
        return pages::unbuilt(&headers);
    }
    let mut response = if is_signed_in(&site, &headers).await {
        site.parts.front_end.chat(&headers)
    } else {
        forms::see("/auth/login?next=/")
    };
    // Another time it may be the other of the two.
    response.headers_mut().insert(
        header::VARY,
        HeaderValue::from_static("accept-encoding, cookie"),
    );
    response
}

/// Nothing of it is kept by a browser or a proxy, or tells where it came from.
async fn private(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Pages with forms say so themselves.
    let referrer = headers.entry(header::REFERRER_POLICY);
    referrer.or_insert(HeaderValue::from_static("no-referrer"));
    response
}
