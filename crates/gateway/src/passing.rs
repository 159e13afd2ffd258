//! One request handed through on an account: the lease, a renewed token where that helps, and the
//! whole of a reply where it has to be read.

use std::hash::{DefaultHasher, Hash, Hasher};

use accounts::{Caller, Lease, Outcome, Wanted};
use bytes::Bytes;
use futures_util::StreamExt;
use http::StatusCode;
use serde_json::Value;
use upstream::web::PassedRequest;
use upstream::{DriverKind, Failure, FailureKind, PassedBody, PassedReply};
use web::{ApiError, ErrorClass, error_for};

use crate::Gateway;
use crate::failure_shape::not_found;
use crate::shared::Checked;

/// A reply that is read is not longer.
const MAX_READ_BYTES: usize = 64 << 20;

/// A reply, and the account it is from.
pub(crate) struct Passed {
    pub(crate) lease: Lease,
    pub(crate) reply: PassedReply,
}

/// The account that answers: the one that has what is named, or the one its caller stays with.
pub(crate) async fn lease(
    gateway: &Gateway,
    caller: &Caller,
    identity: Option<[u8; 16]>,
) -> Result<Lease, ApiError> {
    let pool = &gateway.parts.pool;
    if let Some(identity) = identity {
        return pool
            .lease_account(caller, identity)
            .await
            .ok_or_else(account_is_gone);
    }
    let mut hasher = DefaultHasher::new();
    caller.owner_id().hash(&mut hasher);
    let wanted = Wanted {
        caller,
        driver: DriverKind::Web,
        tried: &[],
        conversation_id: None,
        scopes: &[],
        affinity: Some(hasher.finish()),
    };
    Ok(pool.lease(&wanted).await?)
}

/// Hands a request through; a token that is not accepted is renewed once.
pub(crate) async fn pass(
    gateway: &Gateway,
    caller: &Caller,
    mut lease: Lease,
    request: &PassedRequest,
) -> Result<Passed, ApiError> {
    let web = &gateway.parts.drivers.web;
    let mut is_renewed = false;
    loop {
        let failure = match web.pass(lease.credential(), request).await {
            Ok(reply) => return Ok(Passed { lease, reply }),
            Err(failure) => failure,
        };
        note(gateway, &lease, &failure);
        if failure.kind != FailureKind::Unauthorized || is_renewed {
            return Err(error_for(caller, failure));
        }
        let Some(renewed) = gateway.parts.pool.renewed(lease).await else {
            return Err(error_for(caller, failure));
        };
        lease = renewed;
        is_renewed = true;
    }
}

/// What a failure says about the account, for whoever asks it next.
pub(crate) fn note(gateway: &Gateway, lease: &Lease, failure: &Failure) {
    tracing::warn!(
        account.label = lease.credential().label(),
        upstream.status = failure.upstream_status,
        failure.kind = ?failure.kind,
        "a page's request failed",
    );
    lease.ended(Outcome::of_failure(failure, "", gateway.now()));
}

impl Checked<'_> {
    /// The request as it goes up.
    pub(crate) fn passed(&self) -> PassedRequest {
        let path = format!("{}{}", self.path, self.query.written());
        PassedRequest::new(self.method.clone(), path, &self.headers, self.written())
    }

    fn written(&self) -> Bytes {
        match &self.body {
            Value::Null => Bytes::new(),
            body => body.to_string().into(),
        }
    }

    /// Hands it through as it is.
    pub(crate) async fn ask(&self, gateway: &Gateway) -> Result<Passed, ApiError> {
        self.ask_for(gateway, &self.passed()).await
    }

    /// Hands another request through on the account of this one.
    pub(crate) async fn ask_for(
        &self,
        gateway: &Gateway,
        request: &PassedRequest,
    ) -> Result<Passed, ApiError> {
        let caller = &self.visitor.caller;
        let lease = lease(gateway, caller, self.identity).await?;
        pass(gateway, caller, lease, request).await
    }
}

impl Passed {
    /// Whether it is JSON.
    pub(crate) fn is_json(&self) -> bool {
        let value = self.reply.headers.get(http::header::CONTENT_TYPE);
        let value = value.and_then(|it| it.to_str().ok()).unwrap_or_default();
        value.to_ascii_lowercase().starts_with("application/json")
    }

    /// All of it, as JSON.
    pub(crate) async fn json(self) -> Result<(StatusCode, Value, Lease), ApiError> {
        let bytes = whole(self.reply.body).await?;
        let value = serde_json::from_slice(&bytes).map_err(|_| {
            ApiError::new(
                StatusCode::BAD_GATEWAY,
                ErrorClass::Upstream,
                "upstream_bad_content",
                "upstream answered with something that is not the JSON it should be",
            )
        })?;
        Ok((self.reply.status, value, self.lease))
    }
}

async fn whole(mut body: PassedBody) -> Result<Bytes, ApiError> {
    let mut bytes = Vec::new();
    while let Some(piece) = body.next().await {
        bytes.extend_from_slice(&piece.map_err(ApiError::from)?);
        if bytes.len() > MAX_READ_BYTES {
            return Err(ApiError::new(
                StatusCode::BAD_GATEWAY,
                ErrorClass::Upstream,
                "upstream_bad_content",
                "upstream's reply is larger than the gateway reads",
            ));
        }
    }
    Ok(bytes.into())
}

/// The account that has it was removed, or the key may not use it any more.
fn account_is_gone() -> ApiError {
    not_found()
}
