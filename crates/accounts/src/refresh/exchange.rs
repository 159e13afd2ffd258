//! One renewal: claim, send, write down, store, give the claim back.

use std::time::Duration;

use secrecy::SecretString;
use store::records::{Claim, Claimed, FreshCredential};
use store::{DatabaseError, SpooledRotation};
use tokio::time::{Instant, sleep};
use upstream::sign_in::{RefreshClass, RefreshError, RefreshFamily, RefreshGrant, SessionGrant};
use upstream::{Failure, FailureKind, identity_of};

use super::{
    Fresh, LAST_START, LEASE, QUARANTINE, RenewFailure, RenewResult, Renewed, Target, Work,
};
use crate::import::{CLIENT_CODEX, CLIENT_MOBILE, CLIENT_SESSION};

/// How long somebody else's renewal is waited for, and how often it is looked at.
const PATIENCE: Duration = Duration::from_secs(25);
const GLANCE: Duration = Duration::from_millis(200);

/// Between two tries to store new tokens.
const STORE_AGAIN: Duration = Duration::from_millis(500);

/// Tokens that were bought.
struct Bought {
    access: SecretString,
    expires_at: Option<u64>,
    refresh: Option<SecretString>,
    client: Option<&'static str>,
    plan: Option<String>,
}

/// Why nothing was bought.
enum Lost {
    /// The token is good no more: spent by somebody who stored the next one, or the account
    /// has to be signed in again.
    Permanent(String),
    /// Try later. `is_sure` when the token is certainly not spent.
    Passing {
        message: String,
        wait: Option<Duration>,
        is_sure: bool,
        /// Whether the whole egress has to wait.
        is_limit: bool,
    },
}

impl Work {
    pub(super) async fn renew(&self, target: &Target) -> RenewResult {
        let waits = [target.id.to_string(), target.egress.to_string()];
        let now = self.now();
        if let Some(until) = waits.iter().filter_map(|it| self.backoff.until(it, now)).max() {
            return Err(RenewFailure::passing(format!(
                "the last try to renew the account's tokens failed; the next one is in {} s",
                until - now
            )));
        }
        let Ok(_permit) = self.permits.acquire().await else {
            return Err(super::broken_off());
        };
        let begun = Instant::now();
        let deadline = begun + PATIENCE;
        loop {
            let claimed_at = Instant::now();
            match self.claim(target).await.map_err(|it| store_failed(&it))? {
                Claim::Won(claimed) if claimed.generation > target.generation => {
                    self.release(target, false).await;
                    return Ok(Renewed::Elsewhere);
                }
                Claim::Won(claimed) => return self.spend(target, claimed, claimed_at).await,
                Claim::Nothing => {
                    return Err(RenewFailure::permanent(
                        "the account has no RefreshToken; sign it in again",
                    ));
                }
                Claim::Unsettled(_) => {
                    return Err(RenewFailure::passing(
                        "an earlier try to renew the account's tokens got no answer; \
                         the next one is in some minutes",
                    ));
                }
                Claim::Taken(_) if Instant::now() > deadline => {
                    return Err(RenewFailure::passing(
                        "another process has been renewing the account's tokens for too long",
                    ));
                }
                Claim::Taken(_) => sleep(GLANCE).await,
            }
        }
    }

    async fn claim(&self, target: &Target) -> Result<Claim, DatabaseError> {
        let quarantine = if target.is_dead {
            Duration::ZERO
        } else {
            QUARANTINE
        };
        self.database
            .claim_refresh(target.id, &self.node, millis(LEASE), millis(quarantine))
            .await
    }

    /// Sends the token, and stores what comes back before it is told to anybody.
    async fn spend(&self, target: &Target, claimed: Claimed, claimed_at: Instant) -> RenewResult {
        if claimed_at.elapsed() > LAST_START {
            self.release(target, false).await;
            return Err(super::broken_off());
        }
        match self.buy(target, &claimed).await {
            Ok(bought) => self.keep(target, &claimed.fingerprint, bought).await,
            Err(lost) => self.lose(target, &claimed, lost).await,
        }
    }

    async fn keep(&self, target: &Target, replaced: &[u8], bought: Bought) -> RenewResult {
        let now = self.now_signed();
        let fresh = FreshCredential {
            access: bought.access.clone(),
            access_expires_at: bought.expires_at.and_then(|it| i64::try_from(it).ok()),
            refresh: bought.refresh,
            client: bought.client.map(str::to_owned),
        };
        let rotation = SpooledRotation {
            account: target.id,
            replaced: replaced.to_vec(),
            fresh: fresh.clone(),
            at: now,
        };
        // From here on a crash cannot lose the token any more.
        let spooled = self.spool.write(&self.database, rotation).await;
        if let Err(error) = &spooled {
            tracing::error!(account.id = %target.id, "new tokens could not be written down: {error}");
        }
        let landed = loop {
            let stored = self.database.commit_refresh(target.id, replaced, fresh.clone(), now);
            match stored.await {
                Ok(landed) => break landed,
                Err(error) => {
                    tracing::error!(account.id = %target.id, "new tokens are not stored yet: {error}");
                    sleep(STORE_AGAIN).await;
                }
            }
        };
        if spooled.is_ok() {
            // One that stays is found to be superseded at the next start.
            let _stays = self.spool.remove(target.id).await;
        }
        self.backoff.succeeded(&target.id.to_string());
        if !landed {
            return Ok(Renewed::Elsewhere);
        }
        tracing::info!(account.id = %target.id, account.label = target.label, "tokens renewed");
        Ok(Renewed::Here(Fresh {
            identity: identity_of(&bought.access, target.workspace.as_deref()),
            plan: bought.plan,
        }))
    }

    async fn lose(&self, target: &Target, claimed: &Claimed, lost: Lost) -> RenewResult {
        let now = self.now();
        let id = target.id.to_string();
        match lost {
            // A token that was spent by somebody else is refused in either way.
            Lost::Permanent(message) => {
                self.release(target, false).await;
                if self.has_moved_on(target, claimed).await {
                    return Ok(Renewed::Elsewhere);
                }
                Err(RenewFailure::permanent(message))
            }
            Lost::Passing {
                message,
                wait,
                is_sure,
                is_limit,
            } => {
                self.release(target, !is_sure).await;
                self.backoff.failed(&id, wait, now, fastrand::f64());
                if is_limit {
                    let egress = target.egress.to_string();
                    self.backoff.failed(&egress, wait, now, fastrand::f64());
                }
                Err(RenewFailure::passing(message))
            }
        }
    }

    /// Whether somebody stored newer tokens meanwhile.
    async fn has_moved_on(&self, target: &Target, claimed: &Claimed) -> bool {
        let generation = self.database.credential_generation(target.id).await;
        generation.is_ok_and(|it| it.is_some_and(|it| it > claimed.generation))
    }

    async fn release(&self, target: &Target, was_sent: bool) {
        let released = self.database.release_refresh(target.id, &self.node, was_sent);
        if let Err(error) = released.await {
            tracing::warn!(account.id = %target.id, "a claim was not given back: {error}");
        }
    }

    async fn buy(&self, target: &Target, claimed: &Claimed) -> Result<Bought, Lost> {
        let client = claimed.client.as_deref();
        if client == Some(CLIENT_SESSION) {
            return self.show_session(target, &claimed.refresh).await;
        }
        let grant = RefreshGrant {
            token: claimed.refresh.clone(),
            family: match client {
                Some(CLIENT_MOBILE) => Some(RefreshFamily::Mobile),
                Some(CLIENT_CODEX) => Some(RefreshFamily::Codex),
                _ => None,
            },
            egress: target.egress.clone(),
        };
        match self.sign_in.refresh(&grant).await {
            Ok(tokens) => Ok(Bought {
                access: tokens.access_token,
                expires_at: tokens.expires_at,
                refresh: tokens.refresh_token,
                client: None,
                plan: tokens.claims.plan,
            }),
            Err(error) => Err(refused(error)),
        }
    }

    async fn show_session(&self, target: &Target, session: &SecretString) -> Result<Bought, Lost> {
        let grant = SessionGrant {
            session_token: session.clone(),
            base_url: self.base_url.clone(),
            label: target.label.clone(),
            egress: target.egress.clone(),
        };
        match self.sign_in.exchange_session(&grant).await {
            Ok(tokens) => Ok(Bought {
                access: tokens.access_token,
                expires_at: tokens.claims.expires_at,
                refresh: tokens.session_token,
                client: Some(CLIENT_SESSION),
                plan: tokens.claims.plan,
            }),
            Err(failure) => Err(session_refused(failure)),
        }
    }

    fn now(&self) -> u64 {
        self.clock.since_epoch().as_secs()
    }

    fn now_signed(&self) -> i64 {
        i64::try_from(self.now()).unwrap_or(i64::MAX)
    }
}

fn refused(error: RefreshError) -> Lost {
    let passing = |message, wait, is_sure, is_limit| Lost::Passing {
        message,
        wait,
        is_sure,
        is_limit,
    };
    let message = error.message;
    match error.class {
        RefreshClass::Permanent(_) | RefreshClass::Reused => Lost::Permanent(message),
        RefreshClass::Transient { retry_after } => {
            passing(message, retry_after, true, error.status == Some(429))
        }
        RefreshClass::Unsent => passing(message, None, true, false),
        RefreshClass::Ambiguous => passing(message, None, false, false),
    }
}

fn session_refused(failure: Failure) -> Lost {
    match failure.kind {
        FailureKind::Unauthorized => Lost::Permanent(failure.message),
        kind => Lost::Passing {
            message: failure.message,
            wait: None,
            // A session may be shown more than once.
            is_sure: true,
            is_limit: matches!(kind, FailureKind::RateLimited(_)),
        },
    }
}

fn store_failed(error: &DatabaseError) -> RenewFailure {
    RenewFailure::passing(format!("tokens are not renewed while the database fails: {error}"))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

