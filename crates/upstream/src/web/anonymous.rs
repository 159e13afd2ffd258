//! Asking without having signed in: where, how much, and what a refusal means.
//!
//! Upstream answers plain turns there and keeps nothing. Called by the other files of the driver.

use transcode::model_name;
use transcode::turn::Hint;

use super::call::Call;
use crate::credential::Credential;
use crate::driver::Question;
use crate::failure::{ChallengeKind, Failure, FailureKind, Place, Retry};

const SIGNED_IN: &str = "/backend-api/";
const ANONYMOUS: &str = "/backend-anon/";

/// Where a path of the signed-in lies for everybody.
pub(super) fn path(path: &str) -> String {
    match path.strip_prefix(SIGNED_IN) {
        Some(rest) => format!("{ANONYMOUS}{rest}"),
        None => path.to_owned(),
    }
}

/// Refuses, for one who has not signed in, what is more than a plain turn.
pub(super) fn check(call: &Call, question: Question<'_>) -> Result<(), Failure> {
    let credential = &call.credential;
    match beyond_plain(credential, question) {
        Some(what) if credential.is_anonymous() => Err(needs_sign_in(what)),
        _ => Ok(()),
    }
}

/// Refuses, for one who has not signed in, whatever is no turn at all.
pub(super) fn refuse(credential: &Credential) -> Result<(), Failure> {
    if credential.is_anonymous() {
        return Err(needs_sign_in("the request is no plain chat"));
    }
    Ok(())
}

/// What a refusal means for one who has not signed in: nobody else is asked because of it.
pub(super) fn refused(failure: Failure, place: &Place<'_>) -> Failure {
    match failure.kind {
        FailureKind::Unauthorized => Failure {
            upstream_code: failure.upstream_code,
            upstream_status: failure.upstream_status,
            ..wants_sign_in(place)
        },
        FailureKind::Forbidden => Failure {
            retry: Retry::Never,
            ..failure
        },
        _ => failure,
    }
}

/// Upstream does not serve this device or address without a sign-in. It gives no reason; another
/// device id would be a way around it, so there is none.
pub(super) fn wants_sign_in(place: &Place<'_>) -> Failure {
    let Place {
        account, egress, ..
    } = *place;
    Failure {
        message: format!(
            "ChatGPT wants a sign-in and does not serve account \"{account}\" via egress \
             \"{egress}\" without one. Add an account that is signed in, or try again later."
        ),
        ..Failure::challenge(ChallengeKind::UnusualActivity, place, "")
    }
}

fn beyond_plain(credential: &Credential, question: Question<'_>) -> Option<&'static str> {
    let turn = question.turn;
    let goes_on = turn.conversation_id.is_some() || turn.parent_message_id.is_some();
    if !question.files.is_empty() {
        Some("the request has files")
    } else if model_name::addressed(&turn.model).gizmo_id.is_some() {
        Some("the request is to a GPT or a project")
    } else if goes_on {
        Some("the request goes on with a conversation")
    } else if turn.hints.contains(&Hint::Picture) {
        Some("the request is for a picture")
    } else if turn.keep_history == Some(true) {
        Some("the request wants its conversation kept")
    } else if credential.account_id().is_some() {
        Some("the request names a workspace")
    } else {
        None
    }
}

fn needs_sign_in(what: &str) -> Failure {
    Failure::new(
        FailureKind::Forbidden,
        Retry::OtherAccount,
        format!(
            "{what}, which takes an account that is signed in, and none of those can serve it \
             now; add one, or see what `flowgpt account list` says"
        ),
    )
}
