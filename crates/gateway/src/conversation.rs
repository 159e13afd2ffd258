//! A page's message to a model, and going on with an answer: what upstream demands is done here,
//! and the stream comes back byte for byte.

use std::sync::Arc;

use accounts::{Asking, Lease, NotAdmitted, Scope, Ticket, Wanted};
use axum::response::Response;
use http::HeaderMap;
use serde_json::Value;
use upstream::web::PassedRequest;
use upstream::{DriverKind, Failure, FailureKind, PassedReply};
use uuid::Uuid;
use web::{ApiError, error_for};

use crate::Gateway;
use crate::allow_list::Act;
use crate::learning::Learned;
use crate::ownership::Place;
use crate::passing::{self, Passed};
use crate::relay::{self, Listing, Relayed};
use crate::shared::Checked;
use crate::usage_count::{UsageCount, texts};
use crate::visitor::Visitor;

/// What the request log calls it.
const ROUTE: &str = "/backend-api/conversation";

/// Bytes of a prompt for one token at least.
const BYTES_PER_TOKEN: usize = 2;

/// What is noted of an answer while it goes by.
#[derive(Default)]
struct About {
    place: Option<Place>,
    count: Option<UsageCount>,
    listing: Option<Listing>,
}

/// Answers somebody who shares an account.
pub(crate) async fn serve(
    gateway: &Arc<Gateway>,
    mut checked: Checked<'_>,
) -> Result<Response, ApiError> {
    if checked.row.act == Act::Resume {
        let passed = checked.ask(gateway).await?;
        let place = place(&checked.owner, &passed.lease);
        let (visitor, headers) = (checked.visitor, &checked.headers);
        let about = About {
            place: Some(place),
            ..About::default()
        };
        return Ok(respond(gateway, visitor, headers, passed, about));
    }
    settle_history(gateway, &mut checked.body);
    let body = &checked.body;
    let visitor = checked.visitor;
    let mut count = admit(gateway, visitor, body).await?;
    let lease = lease(gateway, visitor, body, checked.identity).await?;
    let place = place(&checked.owner, &lease);
    // Ids that a page makes up for its messages are its visitor's from here on.
    gateway.ownership.learn(&place, Learned::of(body)).await?;
    let passed = converse(gateway, visitor, lease, &checked.passed(), &mut count).await?;
    let about = About {
        place: Some(place),
        count: Some(count),
        listing: listing(body),
    };
    Ok(respond(gateway, visitor, &checked.headers, passed, about))
}

/// Answers somebody whose own account it is.
pub(crate) async fn serve_own(
    gateway: &Arc<Gateway>,
    visitor: &Visitor,
    headers: &HeaderMap,
    mut request: PassedRequest,
) -> Result<Response, ApiError> {
    let mut body: Value = serde_json::from_slice(&request.body)
        .map_err(|error| crate::failure_shape::invalid(format!("the body is not JSON: {error}")))?;
    if settle_history(gateway, &mut body) {
        request.body = body.to_string().into();
    }
    let mut count = admit(gateway, visitor, &body).await?;
    let lease = lease(gateway, visitor, &body, None).await?;
    let lease = lease.for_workspace(visitor.workspace.clone());
    let passed = converse(gateway, visitor, lease, &request, &mut count).await?;
    let about = About {
        count: Some(count),
        ..About::default()
    };
    Ok(respond(gateway, visitor, headers, passed, about))
}

/// Makes a chat a temporary one where the operator wants all of them so; whether it changed.
fn settle_history(gateway: &Gateway, body: &mut Value) -> bool {
    if gateway.parts.forces_temporary && body.is_object() {
        body["history_and_training_disabled"] = Value::Bool(true);
    }
    gateway.parts.forces_temporary
}

/// What the list shows of the conversation, unless it is a temporary one.
fn listing(body: &Value) -> Option<Listing> {
    let is_temporary = body["history_and_training_disabled"] == Value::Bool(true);
    let gizmo_id = body["conversation_mode"]["gizmo_id"].as_str();
    (!is_temporary).then(|| Listing {
        gizmo_id: gizmo_id.map(str::to_owned),
    })
}

fn place(owner: &str, lease: &Lease) -> Place {
    Place {
        owner: owner.to_owned(),
        identity: lease.credential().key(),
    }
}

/// Lets a message in: what a key may ask for, its budgets and how much at once.
async fn admit(gateway: &Gateway, visitor: &Visitor, body: &Value) -> Result<UsageCount, ApiError> {
    let caller = &visitor.caller;
    let driver = DriverKind::Web.name();
    if caller.policy().is_some_and(|it| !it.allows_driver(driver)) {
        return Err(NotAdmitted::Driver(driver).into());
    }
    let id = format!("rec_{}", Uuid::new_v4().simple());
    let asking = Asking {
        id: &id,
        route: ROUTE,
        model: Some(body["model"].as_str().unwrap_or("auto")),
        prompt_tokens: (texts(body).len() / BYTES_PER_TOKEN) as u64,
        max_answer_tokens: None,
    };
    let ticket: Ticket = gateway.parts.admission.admit(caller, asking).await?;
    let parts = &gateway.parts;
    Ok(UsageCount::new(
        ticket,
        body,
        parts.counts_usage,
        &parts.tasks,
    ))
}

/// The account that has the conversation or its files; else one that can serve the model.
async fn lease(
    gateway: &Gateway,
    visitor: &Visitor,
    body: &Value,
    identity: Option<[u8; 16]>,
) -> Result<Lease, ApiError> {
    if let Some(identity) = identity {
        return passing::lease(gateway, &visitor.caller, Some(identity)).await;
    }
    let model = body["model"].as_str().unwrap_or("auto").to_owned();
    let scopes = if gateway.parts.honours_limits {
        vec![Scope::Model(model)]
    } else {
        Vec::new()
    };
    let wanted = Wanted {
        caller: &visitor.caller,
        driver: DriverKind::Web,
        tried: &[],
        conversation_id: None,
        scopes: &scopes,
        affinity: None,
    };
    Ok(gateway.parts.pool.lease(&wanted).await?)
}

/// Sends the message; a token that is not accepted is renewed once.
async fn converse(
    gateway: &Gateway,
    visitor: &Visitor,
    mut lease: Lease,
    request: &PassedRequest,
    count: &mut UsageCount,
) -> Result<Passed, ApiError> {
    let mut attempts = 1;
    loop {
        let web = &gateway.parts.drivers.web;
        let answered = web.pass_conversation(lease.credential(), request).await;
        if let Some(ticket) = count.ticket() {
            ticket.answered_by(lease.account_id(), DriverKind::Web, attempts);
        }
        let failure: Failure = match answered {
            Ok(reply) => {
                lease.answered();
                return Ok(Passed { lease, reply });
            }
            Err(failure) => failure,
        };
        passing::note(gateway, &lease, &failure);
        let may_renew = failure.kind == FailureKind::Unauthorized && attempts == 1;
        let error = error_for(&visitor.caller, failure).with_attempts(attempts);
        let renewed = if may_renew {
            gateway.parts.pool.renewed(lease).await
        } else {
            None
        };
        let Some(renewed) = renewed else {
            count.ended(error.status().as_u16(), Some(error.code()));
            return Err(error);
        };
        lease = renewed;
        attempts += 1;
    }
}

/// The stream as a reply.
fn respond(
    gateway: &Arc<Gateway>,
    visitor: &Visitor,
    headers: &HeaderMap,
    passed: Passed,
    about: About,
) -> Response {
    let Passed { lease, reply } = passed;
    let PassedReply {
        status,
        headers: described,
        body,
    } = reply;
    let mut response = relay::response(Relayed {
        gateway: Arc::clone(gateway),
        shown: relay::shown(headers),
        shares: visitor.shares(),
        _lease: lease,
        body,
        place: about.place,
        count: about.count,
        listing: about.listing,
    });
    *response.status_mut() = status;
    response.headers_mut().extend(described);
    if let Some(mark) = &gateway.parts.reply_mark {
        response.headers_mut().insert("x-sign", mark.clone());
    }
    response
}
