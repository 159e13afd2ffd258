//! Leases: an account is chosen, waited for, and its token renewed if need be.

use std::sync::Arc;
use std::time::Duration;

use store::records::AccountId;
use tokio::sync::oneshot;
use tokio::time::timeout;
use upstream::DriverKind;

use super::Pool;
use super::unclaimed::Unclaimed;
use crate::caller::Caller;
use crate::lease::{Asked, Holder, Lease};
use crate::outcome::Outcome;
use crate::roster::{Allowed, Entry, Renewal, Request, Waiter};
use crate::scope::Scope;
use crate::selection::NoChoice;

/// How long it is waited for an account that would do better than others: as long as the lease
/// of an answer that is just over may still be out.
const SHORTLY: Duration = Duration::from_secs(1);

/// What an attempt needs.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// What the account is asked through.
    pub driver: DriverKind,
    /// Accounts that are not to be taken.
    pub tried: &'a [[u8; 16]],
    /// The conversation that is gone on with.
    pub conversation_id: Option<&'a str>,
    /// What the account must be able to do; empty to hold nothing back.
    pub scopes: &'a [Scope],
    /// What stands for the conversation so far, to stay with one account.
    pub affinity: Option<u64>,
}

/// No account can serve the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAccount {
    /// There is none at all.
    #[error(
        "the gateway has no account; add one with `flowgpt account add`, in the admin, or in ACCOUNTS"
    )]
    EmptyPool,
    /// There are some, and all are disabled or have to be signed in again.
    #[error("no account of the gateway can be used; `flowgpt account list` says why")]
    NoneUsable,
    /// All were tried.
    #[error("no other account is left to try")]
    AllTried,
    /// All have used up what is needed.
    #[error("every account that could answer has reached a limit of ChatGPT")]
    Limited {
        /// When the first can be asked again, in unix seconds.
        until: u64,
    },
    /// All are in use, and so many wait already, or it took too long.
    #[error("all accounts are busy; try again shortly")]
    Busy,
    /// The conversation is somebody else's; it looks as if it did not exist.
    #[error("there is no such conversation")]
    UnknownConversation,
    /// The database could not be asked.
    #[error("{0}")]
    Store(String),
}

impl Pool {
    /// An account for one attempt.
    ///
    /// A conversation never moves from the account that owns it, and an account that has used
    /// up what the attempt needs is not asked. Waits in line while all are busy.
    pub async fn lease(&self, wanted: &Wanted<'_>) -> Result<Lease, NoAccount> {
        if let Caller::OwnToken(own) = wanted.caller {
            return self.lease_own(own, wanted);
        }
        let owner = self.owner_for(wanted).await?;
        let mut is_no_good = false;
        let mut request = Request {
            driver: wanted.driver,
            allowed: match owner {
                Some(id) => Allowed::Only(id),
                None => allowed(wanted.caller),
            },
            tried: wanted.tried.to_vec(),
            scopes: wanted.scopes.to_vec(),
            affinity: wanted.affinity,
        };
        loop {
            let patience = self.shared.settings.queue_wait;
            let granted = match self.granted(request.clone(), patience).await {
                // Nobody has tried them for this request but we.
                Err(NoAccount::AllTried) if is_no_good && wanted.tried.is_empty() => {
                    return Err(NoAccount::NoneUsable);
                }
                granted => granted?,
            };
            match self.usable(granted).await {
                Ok(lease) => return Ok(lease),
                // It has turned out to be no good: the next one.
                Err(key) => request.tried.push(key),
            }
            is_no_good = true;
        }
    }

    /// A lease of the one account that has what is wanted, if it can serve at once or shortly.
    pub async fn lease_of(&self, wanted: &Wanted<'_>, key: [u8; 16]) -> Option<Lease> {
        if let Caller::OwnToken(own) = wanted.caller {
            let leased = (own.key() == key).then(|| self.lease_own(own, wanted));
            return leased?.ok();
        }
        let allowed = allowed(wanted.caller);
        let id = {
            let roster = self.shared.roster();
            roster.by_key(key).filter(|it| allowed.admits(it))?.id
        };
        let request = Request {
            driver: wanted.driver,
            allowed: Allowed::Only(id),
            tried: wanted.tried.to_vec(),
            scopes: wanted.scopes.to_vec(),
            affinity: None,
        };
        let patience = self.shared.settings.queue_wait.min(SHORTLY);
        let granted = self.granted(request, patience).await.ok()?;
        self.usable(granted).await.ok()
    }

    /// A lease of one particular account, if the caller may use it.
    pub async fn lease_account(&self, caller: &Caller, key: [u8; 16]) -> Option<Lease> {
        if let Caller::OwnToken(own) = caller {
            return (own.key() == key).then(|| self.own_lease(own, &[]));
        }
        let allowed = allowed(caller);
        let admits = self
            .shared
            .roster()
            .by_key(key)
            .is_some_and(|it| allowed.admits(it));
        if admits {
            self.lease_pooled(key).await
        } else {
            None
        }
    }

    /// A lease of one particular account of the pool, for the gateway's own work.
    pub async fn lease_pooled(&self, key: [u8; 16]) -> Option<Lease> {
        let id = self.shared.roster().by_key(key)?.id;
        let granted = self.take_now(id)?;
        self.usable(granted).await.ok()
    }

    /// All accounts a caller may use and that have a token now, each as a lease; the one
    /// without a sign-in when there is no other.
    pub fn lease_all(&self, caller: &Caller) -> Result<Vec<Lease>, NoAccount> {
        if let Caller::OwnToken(own) = caller {
            return Ok(vec![self.own_lease(own, &[])]);
        }
        let allowed = allowed(caller);
        let now = self.shared.now();
        let ids: Vec<AccountId> = {
            let roster = self.shared.roster();
            let admitted = roster.entries.iter().filter(|it| allowed.admits(it));
            let admitted: Vec<_> = admitted.collect();
            if admitted.is_empty() {
                return Err(NoAccount::EmptyPool);
            }
            let usable = admitted.iter().filter(|it| it.has_token(now));
            let (anonymous, signed_in): (Vec<&Entry>, Vec<&Entry>) =
                usable.partition(|it| it.is_anonymous());
            let asked = if signed_in.is_empty() {
                anonymous
            } else {
                signed_in
            };
            asked.into_iter().map(|it| it.id).collect()
        };
        if ids.is_empty() {
            return Err(NoAccount::NoneUsable);
        }
        let leases = ids.into_iter().filter_map(|id| {
            let granted = self.take_now(id)?;
            self.with_token(granted)
        });
        Ok(leases.collect())
    }

    /// Whether there is an account that a caller may use and that a driver can ask, whatever its
    /// state.
    pub fn has_accounts_for(&self, caller: &Caller, driver: DriverKind) -> bool {
        if matches!(caller, Caller::OwnToken(_)) {
            return driver != DriverKind::Platform;
        }
        let allowed = allowed(caller);
        let roster = self.shared.roster();
        let mut entries = roster.entries.iter();
        entries.any(|it| allowed.admits(it) && it.serves(driver))
    }

    /// The account that a new seed is bound to: the one that would be asked next.
    pub(crate) fn choose_for_seed(&self) -> Result<AccountId, NoAccount> {
        let shared = &self.shared;
        let choice = shared.roster().first_choice(shared.rules(), shared.now());
        choice.map_err(NoAccount::from)
    }

    /// Whether an account is there and can be asked, now or when its limits are over.
    pub(crate) fn may_serve(&self, id: AccountId) -> bool {
        let now = self.shared.now();
        let roster = self.shared.roster();
        roster.by_id(id).is_some_and(|it| !it.is_dead(now))
    }

    /// Renews the account's token after upstream rejected it; `None` when that cannot be done.
    ///
    /// The place stays taken, so nobody else is asked meanwhile.
    pub async fn renewed(&self, lease: Lease) -> Option<Lease> {
        let Holder::Stored(id, generation) = lease.holder() else {
            return None;
        };
        // Whatever becomes of it: the token is not to be trusted as it is.
        lease.ended(Outcome::TokenRejected);
        let can_refresh = self
            .shared
            .roster()
            .by_id(id)
            .is_some_and(|it| it.can_refresh);
        if !can_refresh {
            return None;
        }
        match self.shared.renew(id, generation, true).await {
            Ok(()) => {
                let roster = self.shared.roster();
                let entry = roster.by_id(id)?;
                let credential = entry.credential.clone()?;
                let generation = entry.generation;
                drop(roster);
                lease.ended(Outcome::Unknown);
                Some(lease.renewed(credential, generation))
            }
            Err(_) => None,
        }
    }

    /// When the first account will be able to do what is wanted again.
    pub fn soonest_reset(&self, wanted: &Wanted<'_>) -> Option<u64> {
        let now = self.shared.now();
        match wanted.caller {
            Caller::OwnToken(own) => self.shared.own_held_until(own.token_key(), wanted.scopes),
            caller => {
                let request = Request {
                    allowed: allowed(caller),
                    driver: wanted.driver,
                    tried: Vec::new(),
                    scopes: wanted.scopes.to_vec(),
                    affinity: None,
                };
                self.shared.roster().soonest_reset(&request, now)
            }
        }
    }

    /// An account with its place taken, now or when it is our turn.
    async fn granted(&self, request: Request, patience: Duration) -> Result<Unclaimed, NoAccount> {
        let shared = &self.shared;
        let (reply, turn) = oneshot::channel();
        let (served, last_turn, mine) = {
            let mut roster = shared.roster();
            let (rules, now_ms) = (shared.rules(), shared.now_ms());
            // Those that wait come first; what none of them can have is free for us.
            let served = roster.serve_waiting(rules, now_ms);
            let mine = match roster.grant(&request, rules, now_ms) {
                Err(NoChoice::AllBusy) if roster.waiting.len() < shared.settings.queue_limit => {
                    roster.waiting.push_back(Waiter { request, reply });
                    None
                }
                result => Some(result),
            };
            (served, roster.last_turn, mine)
        };
        let mine = mine.map(|result| result.map(|granted| Unclaimed::new(shared, granted)));
        shared.send(served, last_turn);
        match mine {
            Some(result) => {
                shared.note_turn(last_turn);
                Ok(result?)
            }
            None => match timeout(patience, turn).await {
                Ok(Ok(result)) => Ok(result?),
                Ok(Err(_)) | Err(_) => Err(NoAccount::Busy),
            },
        }
    }

    fn take_now(&self, id: AccountId) -> Option<Unclaimed> {
        let shared = &self.shared;
        let mut roster = shared.roster();
        let index = roster.entries.iter().position(|it| it.id == id)?;
        if !roster.entries[index].is_usable(shared.now()) {
            return None;
        }
        let request = Request {
            allowed: Allowed::Only(id),
            driver: DriverKind::Web,
            tried: Vec::new(),
            scopes: Vec::new(),
            affinity: None,
        };
        let granted = roster.take(index, &request, shared.rules(), shared.now_ms());
        drop(roster);
        Some(Unclaimed::new(shared, granted))
    }

    /// The lease of an account, its token renewed first if it cannot be used; the account's
    /// key when that fails.
    async fn usable(&self, granted: Unclaimed) -> Result<Lease, [u8; 16]> {
        let (id, generation) = (granted.granted().id, granted.granted().generation);
        match granted.granted().renewal {
            Renewal::NotNeeded => {}
            Renewal::Soon => self.shared.renew_meanwhile(id, generation),
            Renewal::Now => {
                if self.shared.renew(id, generation, true).await.is_err() {
                    return Err(self.key_of(id));
                }
            }
        }
        self.with_token(granted).ok_or_else(|| self.key_of(id))
    }

    /// The lease of an account with the token it has now.
    fn with_token(&self, granted: Unclaimed) -> Option<Lease> {
        let roster = self.shared.roster();
        let entry = roster.by_id(granted.granted().id)?;
        let credential = entry.credential.clone()?;
        let holder = Holder::Stored(entry.id, entry.generation);
        drop(roster);
        let claimed = granted.claim();
        let pool = Arc::clone(&self.shared);
        let asked = Asked {
            scopes: claimed.scopes,
            probes: claimed.probes,
            at: claimed.at,
        };
        Some(Lease::new(pool, credential, holder, asked))
    }

    fn key_of(&self, id: AccountId) -> [u8; 16] {
        let roster = self.shared.roster();
        roster.by_id(id).map(|it| it.key).unwrap_or_default()
    }
}

/// The accounts that come into question for a caller.
pub(super) fn allowed(caller: &Caller) -> Allowed {
    match caller {
        Caller::Seed(seed) => Allowed::Only(seed.account),
        Caller::GatewayKey(key) => match &key.managed {
            Some(managed) if !managed.policy.accounts.is_empty() => {
                Allowed::Named(Arc::clone(&managed.policy))
            }
            _ => Allowed::All,
        },
        Caller::OwnToken(_) => Allowed::All,
    }
}

impl From<NoChoice> for NoAccount {
    fn from(reason: NoChoice) -> Self {
        match reason {
            NoChoice::Empty => Self::EmptyPool,
            NoChoice::NoneHealthy => Self::NoneUsable,
            NoChoice::AllBusy => Self::Busy,
            NoChoice::AllHeld { until } => Self::Limited { until },
            NoChoice::AllTried => Self::AllTried,
        }
    }
}
