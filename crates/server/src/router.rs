//! Every route of the program, and what wraps them, in order.

use std::sync::Arc;

use admin::{Admin, OwnPages};
use api::Api;
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use gateway::Gateway;
use http::{HeaderMap, Method, StatusCode, Uri, header};
use site::Site;
use tower::{ServiceBuilder, ServiceExt};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer, ExposeHeaders};
use web::{ApiError, ErrorClass, session_cookie};

use crate::challenges;
use crate::lifecycle::Shutdown;
use crate::middleware::{answer_panic, identify_and_log};
use crate::mirror::MirrorServer;
use crate::settings::CorsOrigins;

/// What the routes lead to.
pub(crate) struct Faces {
    pub(crate) api: Arc<Api>,
    pub(crate) admin: Arc<Admin>,
    pub(crate) site: Arc<Site>,
    /// Nothing unless `ENABLE_GATEWAY` is on.
    pub(crate) gateway: Option<Arc<Gateway>>,
    /// `ADMIN_BY_PREFIX`
    pub(crate) admin_by_prefix: bool,
}

/// The whole router.
pub(crate) fn router(
    faces: Faces,
    api_prefix: &str,
    cors: &CorsOrigins,
    shutdown: &Shutdown,
) -> Router {
    let admin = Arc::clone(&faces.admin);
    let is_open = faces.admin_by_prefix;
    // Set before CORS wraps the routes, so that a preflight is answered by CORS.
    let face = api::routes(faces.api).method_not_allowed_fallback(method_not_allowed);
    let unforged = from_fn(session_cookie::refuse_forged);
    // One layer of two, here and below: each layer of a router costs every request a box or two.
    let face = face.layer(
        ServiceBuilder::new()
            .layer(unforged.clone())
            .option_layer(cors_layer(cors)),
    );
    // Pages of other sites have no business with seeds, nor with the admin.
    let seeds = admin::seed_routes(Arc::clone(&faces.admin)).layer(unforged);
    let face = face.merge(seeds);
    let face = if api_prefix.is_empty() {
        face
    } else {
        Router::new()
            .route(
                &format!("/{api_prefix}"),
                get(async move || to_admin(&admin, is_open).await),
            )
            .nest(&format!("/{api_prefix}"), face)
    };
    let soft = shutdown.soft.clone();
    let own_pages = if faces.site.has_admin_pages() {
        OwnPages::Replaced
    } else {
        OwnPages::Served
    };
    Router::new()
        .merge(face)
        .merge(admin::routes(faces.admin, own_pages))
        .merge(site::routes(faces.site))
        .merge(faces.gateway.map_or_else(gateway::closed, gateway::routes))
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(async move || readiness(soft.is_cancelled())))
        .route("/docs/challenges", get(challenges::page))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(identify_and_log))
                .layer(CatchPanicLayer::custom(answer_panic)),
        )
}

/// The same routes, and those of the mirror under its own host.
pub(crate) fn beside_mirror(router: Router, mirror: Option<&MirrorServer>) -> Router {
    let Some((host, mirror)) = mirror.and_then(|it| Some((it.host.clone()?, it.router.clone())))
    else {
        return router;
    };
    router.layer(from_fn(move |request: Request, next: Next| {
        let named = request.headers().get(header::HOST);
        let named = named.and_then(|it| it.to_str().ok());
        let is_mirror = named.is_some_and(|it| it.eq_ignore_ascii_case(&host));
        let mirror = mirror.clone();
        async move {
            if is_mirror {
                mirror.oneshot(request).await.into_response()
            } else {
                next.run(request).await
            }
        }
    }))
}

/// The prefix is a path and no password: the admin asks for its own.
///
/// Unless the operator wants it the old way.
async fn to_admin(admin: &Admin, is_open: bool) -> Response {
    if is_open {
        return admin.enter().await;
    }
    Redirect::to("/admin").into_response()
}

fn readiness(is_stopping: bool) -> (StatusCode, &'static str) {
    if is_stopping {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping")
    } else {
        (StatusCode::OK, "ready")
    }
}

/// Pages of other origins, never with credentials.
fn cors_layer(origins: &CorsOrigins) -> Option<CorsLayer> {
    let origins = match origins {
        CorsOrigins::None => return None,
        CorsOrigins::Any => AllowOrigin::any(),
        CorsOrigins::These(origins) => AllowOrigin::list(origins.clone()),
    };
    Some(
        CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([Method::GET, Method::POST, Method::DELETE])
            // A star does not cover Authorization, so what was asked for is named.
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers(ExposeHeaders::any()),
    )
}

async fn not_found(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if let Some(page) = site::not_found(&method, &headers) {
        return page;
    }
    let hint = if uri.path().contains("/v1") {
        "check the path, and API_PREFIX if one is set"
    } else {
        "the API is below /v1"
    };
    ApiError::new(
        StatusCode::NOT_FOUND,
        ErrorClass::InvalidRequest,
        "not_found",
        format!("there is nothing at this path; {hint}"),
    )
    .into_response()
}

async fn method_not_allowed(method: Method) -> Response {
    ApiError::method_not_allowed(&method).into_response()
}
