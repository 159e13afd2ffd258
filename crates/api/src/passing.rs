//! Routes that only a server with an API of its own has: handed through to it, and its reply back.
//!
//! Who may ask, what it uses and how often it is tried are as for chats. Used by the routes.

mod attempts;
mod reply;
mod request;

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode};
use transcode::driver_kind::DriverKind;
use web::caller_auth::Authenticated;
use web::{ApiError, ErrorClass, caller_auth, json_body};

use crate::reply_headers::{self, ACCOUNT, ATTEMPTS, DRIVER, MODEL};
use crate::{Api, metering};
use accounts::{Caller, NotAdmitted};
use attempts::Passed;
use reply::Passing;
use request::PassedRequest;

/// The routes, all of them `POST` of JSON.
pub(crate) const PASSED_ROUTES: [&str; 7] = [
    "/v1/embeddings",
    "/v1/moderations",
    "/v1/completions",
    "/v1/fim/completions",
    "/v1/rerank",
    "/v1/score",
    "/v1/classify",
];

/// The driver that has them.
pub(crate) const DRIVER_OF_PASSED: DriverKind = DriverKind::Platform;

pub(crate) async fn pass(
    api: Arc<Api>,
    route: &'static str,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let who = caller_auth::authenticate(&headers, &api.callers, api.door).await?;
    let body = json_body::read(&headers, body, api.body_limit_bytes).await?;
    let mut request = PassedRequest::read(route, body)?;
    check_driver(&api, &who.caller, &request)?;
    let mut meter = metering::admit(&api, &who, route, Some(&request.turn)).await?;
    request.limit_answer(meter.max_answer_tokens());
    let passed = attempts::pass(&api, &who.caller, &request, &headers).await;
    let passed = passed.inspect_err(|error| meter.failed(error))?;
    let account = passed.lease.account_id();
    meter.answered_by(account, DRIVER_OF_PASSED, passed.attempts);
    meter.asked(&request.turn, 0);
    let about = about(&who, &request, &passed);
    let mut response = Response::new(Body::from_stream(Passing::new(
        passed.reply.body,
        passed.reply.status,
        passed.lease,
        meter,
    )));
    *response.status_mut() = passed.reply.status;
    response.headers_mut().extend(passed.reply.headers);
    response.headers_mut().extend(about);
    Ok(response)
}

/// Whether the caller may use the driver, and there is an account for it.
fn check_driver(api: &Api, caller: &Caller, request: &PassedRequest) -> Result<(), ApiError> {
    let driver = DRIVER_OF_PASSED;
    if request.driver.is_some_and(|named| named != driver) {
        return Err(only_on(request, "the model's name begins with another"));
    }
    let policy = caller.policy();
    if policy.is_some_and(|policy| !policy.allows_driver(driver.name())) {
        return Err(NotAdmitted::Driver(driver.name()).into());
    }
    let is_on = api.driver_order.contains(&driver) && api.pool.has_accounts_for(caller, driver);
    if !is_on {
        return Err(only_on(
            request,
            "there is no account for it; add an API key",
        ));
    }
    Ok(())
}

fn only_on(request: &PassedRequest, why: &str) -> ApiError {
    let driver = DRIVER_OF_PASSED.name();
    let message = format!(
        "only the driver {driver} has {route}, and {why}",
        route = request.route
    );
    ApiError::new(
        StatusCode::NOT_FOUND,
        ErrorClass::InvalidRequest,
        "unsupported_route",
        message,
    )
    .with_fact("drivers", vec![driver])
}

fn about(who: &Authenticated, request: &PassedRequest, passed: &Passed) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(DRIVER, HeaderValue::from_static(DRIVER_OF_PASSED.name()));
    headers.insert(ATTEMPTS, passed.attempts.into());
    if !request.turn.model.is_empty() {
        reply_headers::set(&mut headers, MODEL, &request.turn.model);
    }
    if who.caller.is_operator() {
        let account = passed.lease.credential().label();
        reply_headers::set(&mut headers, ACCOUNT, account);
    }
    headers
}
