//! Accounts whose owners ask: their own token serves them, and nobody else.
//!
//! A token that buys others is exchanged and kept; what is bought is theirs as well.

use std::sync::Arc;

use secrecy::SecretString;
use store::DatabaseError;
use store::records::AccountId;
use upstream::{Credential, CredentialParts, identity_of};

use super::{NoAccount, Pool, Wanted};
use crate::lease::{Asked, Holder, Lease, OwnToken};
use crate::refresh::{Fate, RenewFailure};
use crate::roster::{Entry, Renewal};
use crate::scope::Scope;

/// Why an account that is kept for its owner does not serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotOwned {
    /// It is not here any more; it may have become one with another.
    Gone,
    /// It was not possible to get an AccessToken.
    NotRenewed(RenewFailure),
}

impl Pool {
    pub(super) fn lease_own(
        &self,
        own: &Credential,
        wanted: &Wanted<'_>,
    ) -> Result<Lease, NoAccount> {
        if wanted.tried.contains(&own.key()) {
            return Err(NoAccount::AllTried);
        }
        match self.shared.own_held_until(own.token_key(), wanted.scopes) {
            Some(until) => Err(NoAccount::Limited { until }),
            None => Ok(self.own_lease(own, wanted.scopes)),
        }
    }

    pub(super) fn own_lease(&self, own: &Credential, scopes: &[Scope]) -> Lease {
        let pool = Arc::clone(&self.shared);
        let holder = Holder::Own(OwnToken::of(own));
        let asked = Asked {
            scopes: scopes.to_vec(),
            at: pool.now(),
            ..Asked::default()
        };
        Lease::new(pool, own.clone(), holder, asked)
    }

    /// Removes the account of a token that opened nothing.
    pub(crate) async fn remove_unused(&self, id: AccountId) -> Result<(), DatabaseError> {
        self.shared.database.remove_unused_account(id).await?;
        self.reload().await
    }

    /// The credential of an account whose owner asks, if it has a token that has not ended.
    pub(crate) fn own_credential_now(
        &self,
        id: AccountId,
        workspace: Option<&str>,
    ) -> Option<Credential> {
        let shared = &self.shared;
        let now = shared.now();
        let (credential, renewal, generation) = {
            let roster = shared.roster();
            let entry = roster.by_id(id).filter(|it| !it.is_expired(now))?;
            let renewal = entry.renewal(shared.rules(), now);
            (entry.own_credential(workspace)?, renewal, entry.generation)
        };
        if renewal == Renewal::Soon {
            shared.renew_meanwhile(id, generation);
        }
        Some(credential)
    }

    /// The credential of an account whose owner asks, its token renewed if need be.
    ///
    /// Waits for nobody and takes no place: whoever has the token has the account.
    pub(crate) async fn own_credential(
        &self,
        id: AccountId,
        workspace: Option<&str>,
    ) -> Result<Credential, NotOwned> {
        let shared = &self.shared;
        let standing = {
            let roster = shared.roster();
            let entry = roster.by_id(id);
            entry.map(|it| (it.renewal(shared.rules(), shared.now()), it.generation))
        };
        let (renewal, generation) = standing.ok_or(NotOwned::Gone)?;
        if renewal == Renewal::Now {
            let renewed = shared.renew(id, generation, true).await;
            renewed.map_err(NotOwned::NotRenewed)?;
        }
        if let Some(credential) = self.own_credential_now(id, workspace) {
            return Ok(credential);
        }
        let account = self.account(id).ok_or(NotOwned::Gone)?;
        let reason = account.health.reason();
        let reason = reason.unwrap_or("the account has no token that serves at this moment");
        Err(NotOwned::NotRenewed(RenewFailure::new(
            Fate::Unsettled,
            reason,
        )))
    }
}

impl Entry {
    /// The credential, acting for `workspace` if that is named.
    fn own_credential(&self, workspace: Option<&str>) -> Option<Credential> {
        let known = self.credential.as_ref()?;
        let Some(workspace) = workspace.filter(|it| Some(*it) != self.stored.workspace.as_deref())
        else {
            return Some(known.clone());
        };
        let access_token: &SecretString = self.stored.tokens.access.as_ref()?;
        Some(Credential::from_parts(CredentialParts {
            access_token: access_token.clone(),
            workspace: Some(workspace.to_owned()),
            label: self.label.clone(),
            identity: identity_of(access_token, Some(workspace)),
            device_id: self.stored.device_id,
            egress: Some(self.egress.clone()),
        }))
    }
}
