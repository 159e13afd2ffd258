//! Whatever a page of the mirror asks: told apart by its path, by the rules.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, header};
use rewrite::DataKind;
use rewrite::Route;
use web::{ApiError, ErrorClass};

use super::{Mirror, assets, documents, own_pages, replies};
use crate::visitor::Visitor;
use crate::{failure_shape, own, shared};

/// What a page sends along that says who it thinks it is; here only the cookie counts.
const CLAIMS: [&str; 4] = [
    "authorization",
    "x-authorization",
    "x-api-key",
    "chatgpt-account-id",
];

/// Where a request goes, without what the rules lend.
enum Way {
    Document,
    Asset { address: String, host: String },
    Data,
    Api,
    Socket,
    Telemetry,
    Refused,
}

pub(super) async fn enter(State(mirror): State<Arc<Mirror>>, request: Request) -> Response {
    let (mut head, body) = request.into_parts();
    for name in CLAIMS {
        head.headers.remove(name);
    }
    let way = way(&mirror, &head);
    if matches!(way, Way::Telemetry) {
        return StatusCode::ACCEPTED.into_response();
    }
    if matches!(way, Way::Refused) {
        return failure_shape::reply(refused());
    }
    let visitor = Visitor::of(&mirror.gateway, &head.method, &head.headers).await;
    let visitor = match visitor {
        Ok(visitor) => visitor,
        Err(error) if matches!(way, Way::Document) => return to_sign_in(&error, &head),
        Err(error) => return failure_shape::reply(error),
    };
    let answered = answered(&mirror, &visitor, way, head, body).await;
    answered.unwrap_or_else(failure_shape::reply)
}

fn way(mirror: &Mirror, head: &Parts) -> Way {
    let rules = mirror.rules();
    let path = head.uri.path_and_query().map_or("/", |it| it.as_str());
    match rules.route(path) {
        Route::Document if head.method == Method::GET => Way::Document,
        Route::Asset { host, path } => Way::Asset {
            address: assets::address(mirror, host, path),
            host: host.name.clone(),
        },
        Route::Api if rules.data_kind(path) == DataKind::Router => Way::Data,
        Route::Api => Way::Api,
        Route::Socket { .. } => Way::Socket,
        Route::Telemetry => Way::Telemetry,
        Route::Document | Route::Refused => Way::Refused,
    }
}

async fn answered(
    mirror: &Arc<Mirror>,
    visitor: &Visitor,
    way: Way,
    mut head: Parts,
    body: Body,
) -> Result<Response, ApiError> {
    state_origin(mirror, &mut head.headers);
    let path = head.uri.path_and_query().map_or("/", |it| it.as_str());
    match way {
        Way::Document => {
            if let Err(error) = own_pages::check(mirror, visitor, path).await {
                return Ok(documents::instead(mirror, error.status(), error.message()));
            }
            Ok(documents::serve(mirror, visitor, path).await)
        }
        Way::Data => {
            own_pages::check(mirror, visitor, path).await?;
            documents::data(mirror, visitor, path).await
        }
        Way::Asset { address, host } => assets::serve(mirror, &address, &host).await,
        Way::Api => {
            let path = path.to_owned();
            let gateway = &mirror.gateway;
            let reply = if visitor.shares() {
                shared::serve(gateway, visitor, head, body).await?
            } else {
                own::serve(gateway, visitor, head, body).await?
            };
            replies::rewritten(mirror, visitor, &path, reply).await
        }
        Way::Socket => Err(ApiError::new(
            StatusCode::NOT_IMPLEMENTED,
            ErrorClass::Gateway,
            "socket_not_mirrored",
            "a socket is opened by the address that /backend-api/celsius/ws/user gives",
        )),
        Way::Telemetry | Way::Refused => Err(refused()),
    }
}

/// Browsers name their page's origin only with some requests; here it is the mirror's own, where
/// files are then fetched and sent.
fn state_origin(mirror: &Mirror, headers: &mut HeaderMap) {
    if headers.contains_key(header::ORIGIN) {
        return;
    }
    let host = headers.get(header::HOST).and_then(|it| it.to_str().ok());
    let scheme = mirror.native_url.as_ref().map_or("http", |it| it.scheme());
    let origin = host.and_then(|host| format!("{scheme}://{host}").parse().ok());
    if let Some(origin) = origin {
        headers.insert(header::ORIGIN, origin);
    }
}

/// Whoever is not signed in begins there; whoever cannot be asked about is told so.
fn to_sign_in(error: &ApiError, head: &Parts) -> Response {
    if error.status() != StatusCode::UNAUTHORIZED {
        return failure_shape::reply(error.clone());
    }
    let path = head.uri.path();
    let next = url::form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>();
    let mut headers = HeaderMap::new();
    if let Ok(value) = format!("/auth/login?next={next}").parse() {
        headers.insert(header::LOCATION, value);
    }
    (StatusCode::SEE_OTHER, headers).into_response()
}

fn refused() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        ErrorClass::InvalidRequest,
        "not_mirrored",
        "the mirror does not hand this on: signing in, payments and an account's end are done at \
         chatgpt.com",
    )
}
