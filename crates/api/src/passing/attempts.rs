//! Attempts over accounts to have a request handed through, until one replies.

use accounts::{Caller, Lease, NoAccount, Outcome, Wanted};
use http::{HeaderMap, Method, StatusCode};
use tokio::time::Instant;
use upstream::{Failure, PassedReply, Retry};
use web::{ApiError, error_for};

use super::DRIVER_OF_PASSED;
use super::request::PassedRequest;
use crate::conversation::{RETRY_WINDOW, backoff};
use crate::{Api, limits};

/// A reply, and whose it is.
pub(super) struct Passed {
    pub(super) lease: Lease,
    pub(super) reply: PassedReply,
    pub(super) attempts: u32,
}

/// What was tried.
#[derive(Default)]
struct Tried {
    attempts: u32,
    /// Accounts that cannot serve this request.
    refused: Vec<[u8; 16]>,
    /// Accounts that failed but might serve it the next time.
    failed: Vec<[u8; 16]>,
    last: Option<Failure>,
    /// A server that does not know the route or the model; another may.
    absent: Option<(Lease, PassedReply)>,
}

/// Has a request handed through.
pub(super) async fn pass(
    api: &Api,
    caller: &Caller,
    request: &PassedRequest,
    headers: &HeaderMap,
) -> Result<Passed, ApiError> {
    let begun = Instant::now();
    let mut tried = Tried::default();
    loop {
        let lease = match lease(api, caller, request, &tried.refused, &tried.failed).await {
            Ok(lease) => lease,
            Err(none) => return tried.given_up(api, caller, &none),
        };
        tried.attempts += 1;
        let is_last = tried.attempts > api.retry_times || begun.elapsed() > RETRY_WINDOW;
        let key = lease.credential().key();
        let platform = &api.drivers.platform;
        let body = request.body.clone();
        let (credential, route) = (lease.credential(), request.route);
        let passing = platform.pass(credential, Method::POST, route, headers, body);
        let failure = match passing.await {
            Ok(reply) => {
                lease.answered();
                if reply.status != StatusCode::NOT_FOUND || is_last {
                    let attempts = tried.attempts;
                    return Ok(Passed {
                        lease,
                        reply,
                        attempts,
                    });
                }
                tried.refused.push(key);
                tried.absent.get_or_insert((lease, reply));
                continue;
            }
            Err(failure) => failure,
        };
        tracing::warn!(
            account.label = lease.credential().label(),
            attempt = tried.attempts,
            upstream.status = failure.upstream_status,
            failure.kind = ?failure.kind,
            "an attempt to hand a request through failed",
        );
        let now = api.clock.since_epoch().as_secs();
        let model = limits::model_key(DRIVER_OF_PASSED, &request.turn.model);
        lease.ended(Outcome::of_failure(&failure, &model, now));
        drop(lease);
        match failure.retry {
            Retry::Never => return Err(tried.reply(caller, failure)),
            _ if is_last => return Err(tried.reply(caller, failure)),
            Retry::OtherAccount => tried.refused.push(key),
            Retry::AnyAccount => {
                tried.failed.push(key);
                tokio::time::sleep(backoff(tried.attempts)).await;
            }
        }
        tried.last = Some(failure);
    }
}

/// An account that was not tried, or else one that might do better the next time.
async fn lease(
    api: &Api,
    caller: &Caller,
    request: &PassedRequest,
    refused: &[[u8; 16]],
    failed: &[[u8; 16]],
) -> Result<Lease, NoAccount> {
    let scopes = limits::scopes(api, DRIVER_OF_PASSED, &request.turn, &[]);
    let avoided = [refused, failed].concat();
    let wanted = Wanted {
        caller,
        driver: DRIVER_OF_PASSED,
        tried: &avoided,
        conversation_id: None,
        scopes: &scopes,
        affinity: None,
    };
    match api.pool.lease(&wanted).await {
        Err(NoAccount::AllTried) if !failed.is_empty() => {
            let again = Wanted {
                tried: refused,
                ..wanted
            };
            api.pool.lease(&again).await
        }
        result => result,
    }
}

impl Tried {
    /// What is left to say when nobody is left to ask.
    fn given_up(
        mut self,
        api: &Api,
        caller: &Caller,
        none: &NoAccount,
    ) -> Result<Passed, ApiError> {
        if let Some((lease, reply)) = self.absent.take() {
            return Ok(Passed {
                lease,
                reply,
                attempts: self.attempts,
            });
        }
        Err(match self.last.take() {
            Some(failure) => self.reply(caller, failure),
            None => limits::none_reply(none, api.clock.since_epoch().as_secs()),
        })
    }

    fn reply(&self, caller: &Caller, failure: Failure) -> ApiError {
        error_for(caller, failure).with_attempts(self.attempts)
    }
}
