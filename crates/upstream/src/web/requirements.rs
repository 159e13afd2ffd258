//! The sentinel: what upstream demands before a conversation, and meeting what can be met.
//!
//! Two steps where upstream has them, else one. A browser check is never met.

use chatgpt::proof_of_work::{ProofInput, Puzzle};
use chatgpt::requirements::{Demand, FinalizeRequest, Requirements, RequirementsRequest};

use super::call::Call;
use super::{WebDriver, anonymous};
use crate::failure::{ChallengeKind, Failure, FailureKind, Retry};

const ONE_STEP: &str = "/backend-api/sentinel/chat-requirements";
const FIRST_STEP: &str = "/backend-api/sentinel/chat-requirements/prepare";
const SECOND_STEP: &str = "/backend-api/sentinel/chat-requirements/finalize";

/// What goes with a conversation request.
#[derive(Debug)]
pub(super) struct Pass {
    pub(super) token: String,
    pub(super) proof: Option<String>,
}

/// Gets a pass for one conversation request.
pub(super) async fn obtain(driver: &WebDriver, call: &Call) -> Result<Pass, Failure> {
    let settings = &driver.settings;
    let device_id = call.credential.device_id();
    let puzzle = Puzzle::new(&ProofInput {
        user_agent: &settings.user_agent,
        language: &settings.language,
        device_id: &device_id,
        unix_millis: i64::try_from(driver.clock.since_epoch().as_millis()).unwrap_or(i64::MAX),
    });
    let p = puzzle.requirements_token();
    let body = RequirementsRequest { p: &p };
    let (demands, two_steps) = ask(call, &body).await?;
    refuse_browser_checks(&demands, call)?;
    let proof = match &demands.proofofwork {
        Some(demand) if demand.required => Some(
            driver
                .proofs
                .solve(
                    demand,
                    puzzle,
                    &settings.proof_ceiling,
                    &call.sentinel_place(),
                )
                .await?,
        ),
        _ => None,
    };
    let token = if two_steps {
        finalize(call, &demands, proof.as_deref()).await?
    } else {
        demands.token
    };
    match token {
        Some(token) => Ok(Pass { token, proof }),
        None => Err(Failure::new(
            FailureKind::BadContent,
            Retry::AnyAccount,
            "upstream stated its requirements without a token",
        )),
    }
}

/// Asks for the demands; tells whether a second step follows.
async fn ask(call: &Call, body: &RequirementsRequest<'_>) -> Result<(Requirements, bool), Failure> {
    let memory = &call.routes().two_steps;
    if memory.may_exist() {
        match call.post_sentinel(FIRST_STEP, body).await {
            Err(failure) if is_missing_route(&failure) => memory.is_missing(),
            result => return result.map(|demands| (demands, true)),
        }
    }
    let demands = call.post_sentinel(ONE_STEP, body).await?;
    Ok((demands, false))
}

async fn finalize(
    call: &Call,
    demands: &Requirements,
    proof: Option<&str>,
) -> Result<Option<String>, Failure> {
    let Some(prepare_token) = demands.prepare_token.as_deref() else {
        return Ok(None);
    };
    let body = FinalizeRequest {
        prepare_token,
        proofofwork: proof,
    };
    let answer: Requirements = call.post_sentinel(SECOND_STEP, &body).await?;
    refuse_browser_checks(&answer, call)?;
    Ok(answer.token)
}

fn refuse_browser_checks(demands: &Requirements, call: &Call) -> Result<(), Failure> {
    let is_required = |demand: &Option<Demand>| demand.as_ref().is_some_and(|it| it.required);
    let place = call.sentinel_place();
    if is_required(&demands.turnstile) || is_required(&demands.so) {
        return Err(Failure::challenge(ChallengeKind::Turnstile, &place, ""));
    }
    if is_required(&demands.arkose) {
        return Err(Failure::challenge(ChallengeKind::Arkose, &place, ""));
    }
    if demands.force_login == Some(true) && call.credential.is_anonymous() {
        return Err(anonymous::wants_sign_in(&place));
    }
    if demands.force_login == Some(true) {
        return Err(Failure::new(
            FailureKind::Unauthorized,
            Retry::OtherAccount,
            "upstream wants the account to sign in again",
        ));
    }
    Ok(())
}

/// Whether upstream has no such route, as opposed to no such thing.
pub(super) fn is_missing_route(failure: &Failure) -> bool {
    failure.upstream_status == Some(405)
        || (failure.kind == FailureKind::NotFound && failure.upstream_code.is_none())
}
