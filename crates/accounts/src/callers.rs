//! From the credential somebody shows to a [`Caller`].
//!
//! Told by its content: a gateway key, a token, or else a seed. A token that must be
//! exchanged is, and is kept: the sign-in service gives a new one in its place, while its
//! owner goes on showing the old one.

use std::sync::Arc;

use chatgpt::token_kind::{TokenKind, recognise, split_workspace};
use secrecy::{ExposeSecret, SecretString};
use store::records::{AccountId, Outcome};
use upstream::{Clock, Credential};

use crate::caller::Caller;
use crate::import::{Mode, Source};
use crate::keys::{GatewayKeys, KeyRefused};
use crate::pool::{NotOwned, Pool};
use crate::refresh::Fate;
use crate::seeds::{Door, SeedRefused, Seeds};

/// Everybody who may call.
#[derive(Debug, Clone)]
pub struct Callers {
    /// The keys.
    pub keys: Arc<GatewayKeys>,
    /// The seeds.
    pub seeds: Arc<Seeds>,
    /// The accounts.
    pub pool: Pool,
    /// The time.
    pub clock: Clock,
}

/// A credential that opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotACaller {
    /// It is a key that is not good now.
    #[error("{0}")]
    Key(KeyRefused),
    /// It is an AccessToken that has ended.
    #[error("the AccessToken has expired; get a new one from chatgpt.com/api/auth/session")]
    Expired,
    /// It is a key of the API platform.
    #[error(
        "this is a key of the API platform, which opens no ChatGPT account; show a gateway key, \
         an AccessToken or a RefreshToken"
    )]
    PlatformKey,
    /// It is a token that the sign-in service did not exchange.
    #[error("{0}")]
    NotExchanged(String),
    /// It may be one, and too many new ones were shown.
    #[error("too many new RefreshTokens and session tokens within a minute; try again later")]
    TooManyTokens,
    /// It is a seed that opens nothing, or nothing at all.
    #[error("{0}")]
    Seed(SeedRefused),
    /// It is a session that is over.
    #[error("nobody is signed in; sign in again")]
    SignedOut,
    /// The database could not be asked.
    #[error("{0}")]
    Store(String),
}

impl Callers {
    /// Who shows this. What only some have to wait for is boxed: everybody comes by here.
    pub async fn identify(&self, presented: &str, door: Door) -> Result<Caller, NotACaller> {
        let now = self.clock.since_epoch().as_secs();
        let signed = i64::try_from(now).unwrap_or(i64::MAX);
        let secret = SecretString::from(presented);
        match self.keys.identify(&secret, signed) {
            Some(Ok(key)) => return Ok(Caller::GatewayKey(key)),
            Some(Err(refused)) => return Err(NotACaller::Key(refused)),
            None => {}
        }
        let (token, _) = split_workspace(presented);
        match recognise(token) {
            TokenKind::AccessToken(_) | TokenKind::RelayToken => {
                let own = Credential::parse(presented, "own token");
                let own = own.map_err(|error| NotACaller::NotExchanged(error.to_string()))?;
                if own.is_expired_at(now) {
                    return Err(NotACaller::Expired);
                }
                Ok(Caller::OwnToken(Box::new(own)))
            }
            TokenKind::RefreshToken(_) | TokenKind::SessionToken => {
                Box::pin(self.exchanged(secret)).await
            }
            TokenKind::PlatformKey => Err(NotACaller::PlatformKey),
            TokenKind::Unknown => {
                let seed = Box::pin(self.seeds.identify(&secret, door, signed)).await;
                seed.map(Caller::Seed).map_err(NotACaller::Seed)
            }
        }
    }

    /// The AccessToken that a RefreshToken or a session buys, for whoever may have it.
    pub async fn bought_with(&self, shown: &SecretString) -> Result<SecretString, NotACaller> {
        self.exchanged(shown.clone()).await?;
        let (token, _) = split_workspace(shown.expose_secret());
        let known = self.known(&token.into()).await?;
        let bought = known.and_then(|id| self.pool.exposed_token(id));
        bought.ok_or_else(|| {
            let reason = "the token's account was removed meanwhile";
            NotACaller::NotExchanged(reason.to_owned())
        })
    }

    /// The account of a token that buys others.
    async fn exchanged(&self, presented: SecretString) -> Result<Caller, NotACaller> {
        let (token, workspace) = split_workspace(presented.expose_secret());
        let known = self.known(&token.into()).await?;
        if let Some(own) = known.and_then(|id| self.pool.own_credential_now(id, workspace)) {
            return Ok(Caller::OwnToken(Box::new(own)));
        }
        // Done to its end though the caller goes away: nothing half done is left behind.
        let callers = self.clone();
        let task = async move { callers.exchange(&presented, known).await };
        let task = self.pool.shared().tasks.spawn(task);
        task.await.unwrap_or_else(|_| {
            let reason = "exchanging the token was broken off; try again";
            Err(NotACaller::NotExchanged(reason.to_owned()))
        })
    }

    async fn exchange(
        &self,
        presented: &SecretString,
        known: Option<AccountId>,
    ) -> Result<Caller, NotACaller> {
        let (token, workspace) = split_workspace(presented.expose_secret());
        let (id, is_new) = match known {
            Some(id) => (id, false),
            None => self.take_in(presented).await?,
        };
        let bought = match self.pool.own_credential(id, workspace).await {
            // It has become one with an account that was here already.
            Err(NotOwned::Gone) => match self.known(&token.into()).await? {
                Some(id) => self.pool.own_credential(id, workspace).await,
                None => Err(NotOwned::Gone),
            },
            bought => bought,
        };
        match bought {
            Ok(own) => Ok(Caller::OwnToken(Box::new(own))),
            Err(NotOwned::Gone) => {
                let reason = "the token's account was removed";
                Err(NotACaller::NotExchanged(reason.to_owned()))
            }
            Err(NotOwned::NotRenewed(failure)) => {
                // A token that opens nothing, or is good as it was, is as if not shown.
                if is_new && matches!(failure.fate, Fate::Lost | Fate::Kept) {
                    let _stays = self.pool.remove_unused(id).await;
                }
                Err(NotACaller::NotExchanged(failure.message))
            }
        }
    }

    /// The account that a token belongs to, or once belonged to.
    async fn known(&self, token: &SecretString) -> Result<Option<AccountId>, NotACaller> {
        let shared = self.pool.shared();
        let known = shared.database.account_of_refresh(token).await;
        let known = known.map_err(|error| NotACaller::Store(error.to_string()))?;
        let is_loaded = known.is_none_or(|id| shared.roster().by_id(id).is_some());
        if !is_loaded {
            // Another process has taken it in.
            let loaded = self.pool.reload().await;
            loaded.map_err(|error| NotACaller::Store(error.to_string()))?;
        }
        Ok(known)
    }

    /// The new account of a token, and whether it is new.
    async fn take_in(&self, presented: &SecretString) -> Result<(AccountId, bool), NotACaller> {
        let shared = self.pool.shared();
        if !shared.strangers.take(shared.now()) {
            return Err(NotACaller::TooManyTokens);
        }
        let verdicts = self
            .pool
            .import(presented, Source::Caller, Mode::Write)
            .await;
        let verdicts = verdicts.map_err(|error| NotACaller::Store(error.to_string()))?;
        match verdicts.into_iter().next().map(|it| it.result) {
            Some(Ok(taken)) => Ok((taken.id, taken.outcome == Outcome::Added)),
            Some(Err(rejection)) => Err(NotACaller::NotExchanged(rejection.to_string())),
            None => Err(NotACaller::NotExchanged(
                "the credential is empty".to_owned(),
            )),
        }
    }
}
