//! Whoever asks at `/backend-anon` without having signed in: the device stands in for an account,
//! and text is all there is. Which paths exist there is in `router`.

use http::{HeaderMap, StatusCode};

use crate::account::Account;
use crate::conversation_request::ConversationRequest;
use crate::ids;
use crate::limits::Limits;
use crate::options::Anonymous;
use crate::reply::Reply;
use crate::simulator::State;
use crate::tokens::Caller;

/// How the paths begin that need no sign-in.
pub(crate) const PATHS: &str = "/backend-anon/";

const DEVICE: &str = "oai-device-id";

/// The caller whose device a request's headers name. A token is not looked at.
pub(crate) fn caller(headers: &HeaderMap, state: &State) -> Result<Caller, Reply> {
    let device = headers.get(DEVICE).and_then(|id| id.to_str().ok());
    let device = device
        .filter(|id| ids::is_uuid(id))
        .ok_or_else(|| Reply::detail(StatusCode::UNAUTHORIZED, "Unauthorized"))?;
    let account = Account::of_device(device);
    let is_refused = state.options.anonymous == Anonymous::Refused;
    Ok(Caller {
        accounts: vec![account.clone()],
        account,
        fault: is_refused.then(|| "force-login".to_owned()),
        limits: Limits::default(),
    })
}

/// Refuses a conversation call that wants more than text.
pub(crate) fn check(caller: &Caller, request: &ConversationRequest) -> Result<(), Reply> {
    let has_files = request.messages.iter().any(|message| {
        let attachments = message["metadata"]["attachments"].as_array();
        let is_of_parts = message["content"]["content_type"] == "multimodal_text";
        is_of_parts || attachments.is_some_and(|it| !it.is_empty())
    });
    if caller.account.is_device() && (has_files || request.gizmo_id.is_some()) {
        return Err(Reply::detail(
            StatusCode::FORBIDDEN,
            "Log in to use this feature.",
        ));
    }
    Ok(())
}
