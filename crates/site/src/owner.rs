//! Whose chats a request is about: an AccessToken of somebody's own is only a claim until
//! upstream has accepted it.

use accounts::Caller;
use http::HeaderMap;
use web::{ApiError, caller_auth};

use crate::Site;

/// The owner id of whoever asks, once it is sure.
pub(crate) async fn owner(site: &Site, headers: &HeaderMap) -> Result<String, ApiError> {
    let parts = &site.parts;
    let who = caller_auth::authenticate(headers, &parts.callers, parts.door).await?;
    prove(site, &who.caller).await?;
    Ok(who.caller.owner_id())
}

/// Fails unless a caller is who they say.
pub(crate) async fn prove(site: &Site, caller: &Caller) -> Result<(), ApiError> {
    if let Caller::OwnToken(own) = caller {
        site.parts.drivers.web.prove(own).await?;
    }
    Ok(())
}
