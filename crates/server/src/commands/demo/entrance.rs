//! `/demo`: the one link that the demo prints. It signs in to the web chat and to the admin, and
//! leads to the chat. Everything behind it is simulated, so it may.

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::{Method, StatusCode, header};
use serde_json::json;

use super::inside::ask_well;
use super::{KEY, PASSWORD};

pub(super) const PATH: &str = "/demo";

/// The program's routes with the link among them.
pub(super) fn with_entrance(router: Router) -> Router {
    let inside = router.clone();
    let entrance = async move || match enter(&inside).await {
        Ok(response) => response,
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error:#}\n")).into_response(),
    };
    Router::new()
        .route(PATH, get(entrance))
        .fallback_service(router)
}

async fn enter(router: &Router) -> anyhow::Result<Response> {
    let sign_in = format!("/api/auth/signin?signin={KEY}");
    let (chat, _) = ask_well(router, Method::GET, &sign_in, &[], None).await?;
    let body = json!({"password": PASSWORD});
    let own_page = [("sec-fetch-site", "same-origin")];
    let login = "/admin/api/login";
    let (admin, _) = ask_well(router, Method::POST, login, &own_page, Some(&body)).await?;
    let mut response = Redirect::to("/").into_response();
    for headers in [chat, admin] {
        for cookie in headers.get_all(header::SET_COOKIE) {
            response
                .headers_mut()
                .append(header::SET_COOKIE, cookie.clone());
        }
    }
    Ok(response)
}
