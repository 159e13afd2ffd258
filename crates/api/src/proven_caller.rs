//! A caller who is who they say.
//!
//! A gateway key is known here. An AccessToken of a caller's own is only a claim until
//! upstream has accepted it, so it is asked for before anything that is kept here is shown,
//! anything is kept for it, or anything is fetched. Called by the handlers.

use accounts::Caller;
use web::{ApiError, error_for};

use crate::Api;

/// The owner id of a caller, once it is sure.
pub(crate) async fn owner_of(api: &Api, caller: &Caller) -> Result<String, ApiError> {
    if let Caller::OwnToken(own) = caller {
        let proven = api.drivers.web.prove(own).await;
        proven.map_err(|failure| error_for(caller, failure))?;
    }
    Ok(caller.owner_id())
}
