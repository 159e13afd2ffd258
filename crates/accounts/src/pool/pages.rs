//! The session of a browser, for pages: only accounts that were added by one have it.

use store::DatabaseError;

use super::Pool;
use crate::import::CLIENT_SESSION;
use crate::lease::Lease;

impl Pool {
    /// The same lease, with the account's session if it has one.
    pub async fn for_pages(&self, lease: Lease) -> Result<Lease, DatabaseError> {
        let Some(id) = lease.account_id() else {
            return Ok(lease);
        };
        let has_session = {
            let roster = self.shared.roster();
            let entry = roster.by_id(id);
            let client = entry.and_then(|it| it.stored.tokens.refresh_client.clone());
            client.as_deref() == Some(CLIENT_SESSION)
        };
        if !has_session {
            return Ok(lease);
        }
        let session = self.shared.database.session_token(id).await?;
        Ok(match session {
            Some(session) => lease.with_session(session),
            None => lease,
        })
    }
}
