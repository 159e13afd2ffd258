//! One renewal: claim, send, write down, store, give the claim back.

use std::time::Duration;

use secrecy::SecretString;
use store::records::{Claim, Claimed, FreshCredential};
use store::{DatabaseError, SpooledRotation};
use tokio::time::{Instant, sleep};

use super::buying::{Bought, Lost};
use super::{
    Fate, LAST_START, LEASE, QUARANTINE, RenewFailure, RenewResult, Renewed, Target, Work,
};

/// How long somebody else's renewal is waited for, and how often it is looked at.
const PATIENCE: Duration = Duration::from_secs(25);
const GLANCE: Duration = Duration::from_millis(200);

/// Between two tries to store new tokens.
const STORE_AGAIN: Duration = Duration::from_millis(500);

/// What has to be stored.
enum Fresh {
    /// An AccessToken, and what may have come with it.
    Tokens(FreshCredential),
    /// A RefreshToken that came alone.
    RefreshToken(SecretString),
}

impl Work {
    pub(super) async fn renew(&self, target: &Target) -> RenewResult {
        let waits = [target.id.to_string(), target.egress.to_string()];
        let now = self.now();
        if let Some(until) = waits
            .iter()
            .filter_map(|it| self.backoff.until(it, now))
            .max()
        {
            let message = format!(
                "the last try to renew the account's tokens failed; the next one is in {} s",
                until - now
            );
            // Nothing was sent.
            return Err(RenewFailure::new(Fate::Kept, message));
        }
        let deadline = Instant::now() + PATIENCE;
        let mut has_waited = false;
        loop {
            if let Some(result) = self.try_once(target, has_waited).await {
                return result;
            }
            has_waited = true;
            if Instant::now() > deadline {
                return Err(RenewFailure::new(
                    Fate::Unsettled,
                    "another process has been renewing the account's tokens for too long",
                ));
            }
            sleep(GLANCE).await;
        }
    }

    /// Nothing while another process renews; whoever `has_waited` for it adopts its result, if there
    /// is one, and sends the token only if it is known that the other did not.
    async fn try_once(&self, target: &Target, has_waited: bool) -> Option<RenewResult> {
        // Not held while others are waited for.
        let Ok(_permit) = self.permits.acquire().await else {
            return Some(Err(super::broken_off()));
        };
        let claimed_at = Instant::now();
        let claim = match self.claim(target, has_waited).await {
            Ok(claim) => claim,
            Err(error) => return Some(Err(not_claimed(&error))),
        };
        match claim {
            Claim::Won(claimed) if claimed.generation > target.generation => {
                self.release(target, false).await;
                Some(Ok(Renewed::Elsewhere))
            }
            Claim::Won(claimed) => Some(self.spend(target, claimed, claimed_at).await),
            Claim::Nothing => Some(Err(RenewFailure::new(
                Fate::Changed,
                "the account has no RefreshToken; sign it in again",
            ))),
            Claim::Unsettled(_) => Some(Err(RenewFailure::new(
                Fate::Unsettled,
                "an earlier try to renew the account's tokens got no answer; the next one is in \
                 some minutes",
            ))),
            Claim::Taken(_) => None,
        }
    }

    async fn claim(&self, target: &Target, has_waited: bool) -> Result<Claim, DatabaseError> {
        // An account without anything else tries a token that may be spent, but not at once after
        // somebody who got no answer.
        let quarantine = if target.is_dead && !has_waited {
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
        let result = match self.buy(target, &claimed).await {
            Ok(bought) => self.keep(target, &claimed.fingerprint, bought).await,
            Err(lost) => self.lose(target, &claimed, lost).await,
        };
        if let Err(failure) = &result {
            tracing::warn!(
                account.id = %target.id,
                account.label = target.label,
                is_permanent = failure.fate == Fate::Lost,
                "an account's tokens were not renewed: {}", failure.message,
            );
        }
        result
    }

    async fn keep(&self, target: &Target, replaced: &[u8], bought: Bought) -> RenewResult {
        self.backoff.succeeded(&target.id.to_string());
        self.backoff.succeeded(&target.egress.to_string());
        let fresh = FreshCredential {
            access: bought.access,
            access_expires_at: bought.expires_at.and_then(|it| i64::try_from(it).ok()),
            refresh: bought.refresh,
            client: bought.client.map(str::to_owned),
        };
        if self.store(target, replaced, Fresh::Tokens(fresh)).await {
            tracing::info!(account.id = %target.id, account.label = target.label, "tokens renewed");
            Ok(Renewed::Here)
        } else {
            Ok(Renewed::Elsewhere)
        }
    }

    /// Stores new tokens, however long it takes; whether the account still had the old ones.
    async fn store(&self, target: &Target, replaced: &[u8], fresh: Fresh) -> bool {
        let now = self.now_signed();
        // From here on a crash cannot lose the token any more.
        let spooled = self.spool(target, replaced, &fresh, now).await;
        if let Err(error) = &spooled {
            tracing::error!(account.id = %target.id, "new tokens could not be written down: {error}");
        }
        let has_landed = loop {
            match self.commit(target, replaced, &fresh, now).await {
                Ok(has_landed) => break has_landed,
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
        has_landed
    }

    async fn spool(
        &self,
        target: &Target,
        replaced: &[u8],
        fresh: &Fresh,
        at: i64,
    ) -> Result<(), DatabaseError> {
        let account = target.id;
        match fresh {
            Fresh::Tokens(fresh) => {
                let rotation = SpooledRotation {
                    account,
                    replaced: replaced.to_vec(),
                    fresh: fresh.clone(),
                    at,
                };
                self.spool.write(&self.database, rotation).await
            }
            Fresh::RefreshToken(refresh) => {
                let spool = &self.spool;
                spool
                    .write_rotated(&self.database, account, replaced, refresh, at)
                    .await
            }
        }
    }

    async fn commit(
        &self,
        target: &Target,
        replaced: &[u8],
        fresh: &Fresh,
        now: i64,
    ) -> Result<bool, DatabaseError> {
        let database = &self.database;
        match fresh {
            Fresh::Tokens(fresh) => {
                database
                    .commit_refresh(target.id, replaced, fresh.clone(), now)
                    .await
            }
            Fresh::RefreshToken(refresh) => {
                database
                    .commit_rotated(target.id, replaced, refresh.clone(), now)
                    .await
            }
        }
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
                Err(RenewFailure::new(Fate::Lost, message))
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
                let fate = if is_sure { Fate::Kept } else { Fate::Unsettled };
                Err(RenewFailure::new(fate, message))
            }
            Lost::Rotated { message, refresh } => {
                let fresh = Fresh::RefreshToken(refresh);
                self.store(target, &claimed.fingerprint, fresh).await;
                self.backoff.failed(&id, None, now, fastrand::f64());
                Err(RenewFailure::new(Fate::Changed, message))
            }
        }
    }

    /// Whether somebody stored newer tokens meanwhile.
    async fn has_moved_on(&self, target: &Target, claimed: &Claimed) -> bool {
        let generation = self.database.credential_generation(target.id).await;
        generation.is_ok_and(|it| it.is_some_and(|it| it > claimed.generation))
    }

    async fn release(&self, target: &Target, was_sent: bool) {
        let released = self
            .database
            .release_refresh(target.id, &self.node, was_sent);
        if let Err(error) = released.await {
            tracing::warn!(account.id = %target.id, "a claim was not given back: {error}");
        }
    }

    fn now(&self) -> u64 {
        self.clock.since_epoch().as_secs()
    }

    fn now_signed(&self) -> i64 {
        i64::try_from(self.now()).unwrap_or(i64::MAX)
    }
}

fn not_claimed(error: &DatabaseError) -> RenewFailure {
    if matches!(error, DatabaseError::Unopenable(_)) {
        return RenewFailure::new(
            Fate::Lost,
            "the account's stored RefreshToken cannot be read; sign it in again, or restore a \
             backup",
        );
    }
    let message = format!("tokens are not renewed while the database fails: {error}");
    RenewFailure::new(Fate::Unsettled, message)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
