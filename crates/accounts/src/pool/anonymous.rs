//! The account without a sign-in: made from the settings, never stored, and asked only when no
//! other can serve the request.
//!
//! It has no token, so there is nothing to renew or to check, and what is learned of it stays in
//! memory. What upstream does not do for it, the driver refuses.

use store::DatabaseError;
use store::records::{AccountId, StoredAccount, StoredHealth, StoredTokens};
use upstream::{Credential, Egress};
use uuid::Uuid;

use super::Pool;
use super::renewing::RenewRefused;
use crate::health::Health;
use crate::roster::{Change, Entry, Request};
use crate::scope::Scope;
use crate::selection::NoChoice;

/// Its id in lists and usage; no stored account has it.
const ID: AccountId = AccountId(Uuid::from_bytes(*b"\0\0\0\0\0\0\0anonymous"));

/// Its label, and where it came from.
pub(super) const NAME: &str = "anonymous";

/// The device that it is used on, and since when it is here, in unix seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Device {
    id: Uuid,
    since: i64,
}

impl Pool {
    /// Adds the account without a sign-in, on a device that has to be the same one each time.
    pub async fn add_anonymous(&self, device_id: Uuid) -> Result<(), DatabaseError> {
        let device = Device {
            id: device_id,
            since: self.shared.now_signed(),
        };
        self.shared.anonymous.get_or_init(|| device);
        self.reload().await
    }

    /// The account without a sign-in, if there is one, behind the others.
    pub(super) fn anonymous_entry(&self, others: &[Entry]) -> Option<Entry> {
        let device = *self.shared.anonymous.get()?;
        let key = Credential::anonymous(NAME, device.id, None).key();
        let egress = self.shared.drivers.web.egress_for(key).clone();
        let last = others.last().map_or(0, |it| it.stored.position);
        Some(entry(device, egress, last.saturating_add(1)))
    }
}

/// Refuses for the account without a sign-in what takes tokens.
pub(super) fn refuse_anonymous(id: AccountId) -> Result<(), RenewRefused> {
    if id == ID {
        let reason = "nobody has signed in to this account: there is nothing to renew or to check";
        return Err(RenewRefused::Failed(reason.to_owned()));
    }
    Ok(())
}

fn entry(device: Device, egress: Egress, position: i64) -> Entry {
    let credential = Credential::anonymous(NAME, device.id, Some(egress.clone()));
    let stored = as_if_stored(device, credential.key(), position);
    let mut entry = Entry::new(stored, egress);
    entry.credential = Some(credential);
    entry
}

fn as_if_stored(device: Device, identity: [u8; 16], position: i64) -> StoredAccount {
    StoredAccount {
        id: ID,
        identity,
        label: NAME.to_owned(),
        source: NAME.to_owned(),
        position,
        device_id: device.id,
        workspace: None,
        base_url: None,
        egress: None,
        max_in_use: None,
        is_disabled: false,
        plan: None,
        profile: None,
        created_at: device.since,
        checked_at: None,
        tokens: StoredTokens {
            access: None,
            access_expires_at: None,
            refresh_client: None,
            can_refresh: false,
            generation: 0,
            refreshed_at: None,
            is_locked: false,
        },
        health: StoredHealth {
            state: Health::Healthy.word().to_owned(),
            reason: None,
            since: device.since,
        },
    }
}

impl Entry {
    /// Whether it is the account without a sign-in.
    pub(crate) fn is_anonymous(&self) -> bool {
        self.id == ID
    }
}

impl Change {
    /// Whether it is about the account without a sign-in, and so is not written down.
    pub(super) fn is_of_anonymous(&self) -> bool {
        let (Self::Health(id, _)
        | Self::CoolDown { id, .. }
        | Self::CoolDownOver(id, _)
        | Self::Windows(id, _)
        | Self::Doubt(id, _)) = self;
        *id == ID
    }
}

impl Request {
    /// Whether the account without a sign-in may be asked, now that no other can be.
    ///
    /// It could only refuse a request that needs a feature; that is the answer when there is
    /// nobody else, but not when those who have the feature are only held back or have failed.
    pub(crate) fn may_be_anonymous(&self, others: NoChoice) -> bool {
        let mut scopes = self.scopes.iter();
        let has_feature = scopes.any(|it| matches!(it, Scope::Feature(_)));
        !has_feature || !matches!(others, NoChoice::AllHeld { .. } | NoChoice::AllTried)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use upstream::DriverKind;

    use store::records::{AccountId, StoredAccount, StoredTokens};
    use upstream::{ChallengeKind, Egress};
    use uuid::Uuid;

    use super::{Device, ID, as_if_stored, entry, refuse_anonymous};
    use crate::health::Health;
    use crate::outcome::Outcome;
    use crate::policy::KeyPolicy;
    use crate::roster::{Allowed, Entry, Request, Returned, Roster, Rules, Stored};
    use crate::scope::Scope;
    use crate::selection::{NoChoice, Rotation};

    const NOW: u64 = 1_000;
    const NOBODY: Result<AccountId, NoChoice> = Err(NoChoice::Empty);
    const DEVICE: Device = Device {
        id: Uuid::from_bytes([7; 16]),
        since: 1_000,
    };
    const RULES: Rules = Rules {
        rotation: Rotation::RoundRobin,
        max_in_use: None,
        renewal_margin_seconds: 0,
    };

    fn anonymous() -> Entry {
        entry(DEVICE, Egress::Direct, 9)
    }

    /// A good account with a token.
    fn signed_in(number: u8) -> Entry {
        let base = as_if_stored(DEVICE, [number; 16], i64::from(number));
        let stored = StoredAccount {
            id: id(number),
            label: format!("account-{number}"),
            source: "admin".to_owned(),
            tokens: StoredTokens {
                access: Some("fk-token".into()),
                ..base.tokens.clone()
            },
            ..base
        };
        Entry::new(stored, Egress::Direct)
    }

    fn id(number: u8) -> AccountId {
        AccountId(Uuid::from_bytes([number; 16]))
    }

    fn stored(entries: Vec<Entry>, written: u64) -> Stored {
        Stored {
            entries,
            cool_downs: Vec::new(),
            written,
        }
    }

    fn roster_of(entries: Vec<Entry>) -> Roster {
        let mut roster = Roster::new(None);
        roster.replace(stored(entries, 0), NOW);
        roster
    }

    fn plain() -> Request {
        Request {
            allowed: Allowed::All,
            driver: DriverKind::Web,
            tried: Vec::new(),
            scopes: vec![model()],
            affinity: None,
        }
    }

    fn for_a_picture() -> Request {
        Request {
            scopes: vec![model(), Scope::Feature("image_gen".to_owned())],
            ..plain()
        }
    }

    fn model() -> Scope {
        Scope::Model("gpt-5-2".to_owned())
    }

    /// Who is asked; the place is given back with `outcome`.
    fn asked(
        roster: &mut Roster,
        request: &Request,
        outcome: &Outcome,
    ) -> Result<AccountId, NoChoice> {
        let granted = roster.grant(request, RULES, NOW * 1000)?;
        let returned = Returned {
            id: granted.id,
            generation: granted.generation,
            probes: &granted.probes,
            outcome,
        };
        roster.give_back(returned, NOW);
        Ok(granted.id)
    }

    fn who(roster: &mut Roster, request: &Request) -> Result<AccountId, NoChoice> {
        asked(roster, request, &Outcome::Unknown)
    }

    #[test]
    fn it_is_asked_only_when_no_other_can_be() {
        let mut roster = roster_of(vec![signed_in(1), signed_in(2), anonymous()]);
        let challenged = Outcome::Challenged(ChallengeKind::Turnstile);
        for first in [id(1), id(2), id(1), id(2)] {
            assert_eq!(asked(&mut roster, &plain(), &challenged), Ok(first));
        }
        let limited = Outcome::Limited(model(), Some(NOW + 60));
        asked(&mut roster, &plain(), &limited).unwrap();
        asked(&mut roster, &plain(), &limited).unwrap();
        assert_eq!(who(&mut roster, &plain()), Ok(ID));
        // Where turns go on is not changed by it.
        assert_eq!(roster.last_turn, Some(2));
    }

    #[test]
    fn an_account_that_is_only_busy_is_waited_for() {
        let mut busy = signed_in(1);
        busy.max_in_use = Some(0);
        let mut roster = roster_of(vec![busy, anonymous()]);
        assert_eq!(who(&mut roster, &plain()), Err(NoChoice::AllBusy));
    }

    #[test]
    fn it_is_not_troubled_for_what_others_will_be_able_to_do() {
        let mut roster = roster_of(vec![signed_in(1), anonymous()]);
        let tried = |request: Request| Request {
            tried: vec![[1; 16]],
            ..request
        };
        assert_eq!(who(&mut roster, &tried(plain())), Ok(ID));
        let refused = who(&mut roster, &tried(for_a_picture()));
        assert_eq!(refused, Err(NoChoice::AllTried));
        let limited = Outcome::Limited(model(), Some(NOW + 60));
        asked(&mut roster, &plain(), &limited).unwrap();
        assert_eq!(who(&mut roster, &plain()), Ok(ID));
        let until = NOW + 60;
        let refused = who(&mut roster, &for_a_picture());
        assert_eq!(refused, Err(NoChoice::AllHeld { until }));
        // Without anybody else it says itself why not.
        let mut alone = roster_of(vec![anonymous()]);
        assert_eq!(who(&mut alone, &for_a_picture()), Ok(ID));
    }

    #[test]
    fn after_a_challenge_it_is_asked_one_request_at_a_time() {
        let mut roster = roster_of(vec![anonymous()]);
        let challenged = Outcome::Challenged(ChallengeKind::UnusualActivity);
        asked(&mut roster, &plain(), &challenged).unwrap();
        roster.grant(&plain(), RULES, NOW * 1000).unwrap();
        assert_eq!(who(&mut roster, &plain()), Err(NoChoice::AllBusy));
    }

    #[test]
    fn seeds_are_never_bound_to_it() {
        let choice = |entries| roster_of(entries).first_choice(RULES, NOW);
        assert_eq!(choice(vec![anonymous()]), NOBODY);
        assert_eq!(choice(vec![signed_in(1), anonymous()]), Ok(id(1)));
    }

    #[test]
    fn a_key_has_it_by_name_or_not_at_all() {
        let named = |name: &str| Request {
            allowed: Allowed::Named(Arc::new(KeyPolicy {
                accounts: vec![name.to_owned()],
                ..KeyPolicy::default()
            })),
            ..plain()
        };
        let mut roster = roster_of(vec![signed_in(1), anonymous()]);
        assert_eq!(who(&mut roster, &named("anonymous")), Ok(ID));
        assert_eq!(who(&mut roster, &named("account-1")), Ok(id(1)));
        roster.replace(stored(vec![anonymous()], 0), NOW);
        assert_eq!(who(&mut roster, &named("account-1")), NOBODY);
    }

    #[test]
    fn what_is_learned_of_it_outlasts_loading_and_is_not_written_down() {
        let mut roster = roster_of(vec![signed_in(1), anonymous()]);
        let challenged = Outcome::Challenged(ChallengeKind::Turnstile);
        let limited = Outcome::Limited(model(), Some(NOW + 60));
        for outcome in [&challenged, &limited] {
            asked(&mut roster, &plain(), outcome).unwrap();
            let tried = vec![[1; 16]];
            let request = Request { tried, ..plain() };
            asked(&mut roster, &request, outcome).unwrap();
        }
        let changes = roster.take_outbox();
        let written = changes.last().unwrap().0;
        let of_anonymous = changes.iter().filter(|(_, it)| it.is_of_anonymous());
        assert_eq!((of_anonymous.count(), changes.len()), (2, 4));
        // As if everything was written: of the others only what is stored counts.
        roster.replace(stored(vec![signed_in(1), anonymous()], written), NOW);
        let health = |roster: &Roster, id| roster.by_id(id).unwrap().health.clone();
        assert_eq!(health(&roster, id(1)), Health::Healthy);
        assert_eq!(health(&roster, ID).word(), "needs_attention");
        assert!(roster.by_id(id(1)).unwrap().probing.is_empty());
        assert!(roster.by_id(ID).unwrap().probing.contains_key(&model()));
        let key = roster.by_id(ID).unwrap().key;
        assert!(roster.quota.hint(key, &[model()], NOW).is_some());
    }

    #[test]
    fn there_is_nothing_to_renew_or_to_check() {
        assert!(refuse_anonymous(ID).is_err() && refuse_anonymous(id(1)).is_ok());
        let entry = anonymous();
        assert!(entry.has_token(NOW) && !entry.can_refresh && entry.is_shared);
    }
}
