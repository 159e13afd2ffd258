//! Conversations: each stays with its account, and is nobody else's.

use store::records::AccountId;

use super::leasing::allowed;
use super::{NoAccount, Pool, Wanted};
use crate::caller::Caller;
use crate::lease::Lease;
use crate::roster::Allowed;

impl Pool {
    /// The account that has to go on with a conversation, if it is known whose it is.
    pub(super) async fn owner_for(
        &self,
        wanted: &Wanted<'_>,
    ) -> Result<Option<AccountId>, NoAccount> {
        let Some(id) = wanted.conversation_id else {
            return Ok(None);
        };
        let known = self.shared.database.conversation(id).await;
        let Some(known) = known.map_err(|error| NoAccount::Store(error.to_string()))? else {
            return Ok(None);
        };
        if known.owner != wanted.caller.owner_id() {
            return Err(NoAccount::UnknownConversation);
        }
        let roster = self.shared.roster();
        let owner = roster.by_key(known.identity);
        // A key may have been kept from the account since.
        let allowed = match allowed(wanted.caller) {
            Allowed::Named(policy) => Allowed::Named(policy),
            Allowed::All | Allowed::Only(_) => Allowed::All,
        };
        let owner = owner.filter(|it| allowed.admits(it)).map(|it| it.id);
        owner.map(Some).ok_or(NoAccount::UnknownConversation)
    }

    /// Remembers whose a conversation is, before its id is shown.
    pub async fn remember_conversation(
        &self,
        conversation_id: &str,
        caller: &Caller,
        lease: &Lease,
    ) -> Result<(), store::DatabaseError> {
        let owner = caller.owner_id();
        let identity = lease.credential().key();
        let now = self.shared.now_signed();
        let database = &self.shared.database;
        let remembered = database.remember_conversation(conversation_id, identity, &owner, now);
        remembered.await.map(drop)
    }
}
