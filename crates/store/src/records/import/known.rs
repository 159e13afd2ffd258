//! What is there already, and what becomes of each entry of a list. Pure.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Imported, NewTokens, Outcome};
use crate::database_error::DatabaseError;
use crate::records::AccountId;

/// An entry, with the id it gets if it is new.
pub(super) struct Prepared {
    pub(super) id: AccountId,
    pub(super) identity: [u8; 16],
    pub(super) label: String,
    pub(super) source: String,
    pub(super) device_id: Uuid,
    pub(super) workspace: Option<String>,
    pub(super) base_url: Option<String>,
    pub(super) plan: Option<String>,
    pub(super) fingerprint: Option<Vec<u8>>,
    pub(super) tokens: NewTokens,
}

/// What is to be written.
pub(super) struct Plan {
    /// One for each entry, in their order.
    pub(super) results: Vec<Imported>,
    /// New accounts, with their places in the order of upload.
    pub(super) added: Vec<(i64, Prepared)>,
    /// New tokens for accounts that are there; tokens that bring nothing are taken out.
    pub(super) changes: Vec<(AccountId, Prepared)>,
    /// Accounts that were a caller's own and are shared from now on, and where from.
    pub(super) shared: Vec<(AccountId, String)>,
}

pub(super) type Row = (String, Vec<u8>, String, Option<i64>, i64, Option<i64>, i64);

/// The source of an account that is kept for the caller who showed its token.
const OF_CALLER: &str = "caller";

/// An account that is there.
struct Account {
    is_cleared: bool,
    is_of_caller: bool,
    has_access: bool,
    access_expires_at: Option<i64>,
}

/// Everything that is there.
pub(super) struct Known {
    accounts: HashMap<AccountId, Account>,
    by_identity: HashMap<[u8; 16], AccountId>,
    by_fingerprint: HashMap<Vec<u8>, AccountId>,
    next_position: i64,
}

impl Known {
    pub(super) fn new(
        rows: Vec<Row>,
        aliases: Vec<(Vec<u8>, String)>,
    ) -> Result<Self, DatabaseError> {
        const BAD: DatabaseError = DatabaseError::BadRecord("account");
        let mut known = Self {
            accounts: HashMap::with_capacity(rows.len()),
            by_identity: HashMap::with_capacity(rows.len()),
            by_fingerprint: HashMap::with_capacity(aliases.len()),
            next_position: 1,
        };
        for (id, identity, source, cleared_at, position, access_expires_at, has_access) in rows {
            let id: AccountId = id.parse().map_err(|_| BAD)?;
            let identity = identity.try_into().map_err(|_| BAD)?;
            let account = Account {
                is_cleared: cleared_at.is_some(),
                is_of_caller: source == OF_CALLER,
                has_access: has_access != 0,
                access_expires_at,
            };
            known.by_identity.insert(identity, id);
            known.accounts.insert(id, account);
            known.next_position = known.next_position.max(position + 1);
        }
        for (fingerprint, id) in aliases {
            let id = id.parse().map_err(|_| BAD)?;
            known.by_fingerprint.insert(fingerprint, id);
        }
        Ok(known)
    }

    /// Decides about all entries, one after the other, as if each were written at once.
    pub(super) fn plan(mut self, entries: Vec<Prepared>) -> Plan {
        let mut plan = Plan {
            results: Vec::with_capacity(entries.len()),
            added: Vec::new(),
            changes: Vec::new(),
            shared: Vec::new(),
        };
        for entry in entries {
            let by_token = entry.fingerprint.as_ref();
            let by_token = by_token.and_then(|it| self.by_fingerprint.get(it));
            let id = by_token.or_else(|| self.by_identity.get(&entry.identity));
            let result = match id.copied() {
                Some(id) => self.change(id, entry, &mut plan),
                None => self.add(entry, &mut plan),
            };
            plan.results.push(result);
        }
        plan
    }

    fn add(&mut self, entry: Prepared, plan: &mut Plan) -> Imported {
        let id = entry.id;
        let account = Account {
            is_cleared: false,
            is_of_caller: entry.source == OF_CALLER,
            has_access: entry.tokens.access.is_some(),
            access_expires_at: entry.tokens.access_expires_at,
        };
        self.accounts.insert(id, account);
        self.by_identity.insert(entry.identity, id);
        if let Some(fingerprint) = &entry.fingerprint {
            self.by_fingerprint.insert(fingerprint.clone(), id);
        }
        plan.added.push((self.next_position, entry));
        self.next_position += 1;
        Imported {
            id,
            outcome: Outcome::Added,
        }
    }

    fn change(&mut self, id: AccountId, mut entry: Prepared, plan: &mut Plan) -> Imported {
        let result = |outcome| Imported { id, outcome };
        let Some(account) = self.accounts.get_mut(&id) else {
            return result(Outcome::Unchanged);
        };
        // A token that is known already is the current one, or one that was spent.
        let is_new_refresh = entry
            .fingerprint
            .as_ref()
            .is_some_and(|it| !self.by_fingerprint.contains_key(it));
        if !is_new_refresh {
            entry.fingerprint = None;
            entry.tokens.refresh = None;
        }
        let is_newer_access = entry.tokens.access.is_some()
            && (!account.has_access || entry.tokens.access_expires_at > account.access_expires_at);
        if !is_newer_access {
            entry.tokens.access = None;
        }
        let is_cleared = account.is_cleared;
        account.is_cleared = false;
        if is_newer_access {
            account.has_access = true;
            account.access_expires_at = entry.tokens.access_expires_at;
        }
        if let Some(fingerprint) = &entry.fingerprint {
            self.by_fingerprint.insert(fingerprint.clone(), id);
        }
        let is_shared = account.is_of_caller && entry.source != OF_CALLER;
        if is_shared {
            account.is_of_caller = false;
            plan.shared.push((id, entry.source.clone()));
        }
        let is_changed = is_newer_access || is_new_refresh;
        if is_changed || is_cleared {
            plan.changes.push((id, entry));
        }
        result(match (is_cleared, is_changed || is_shared) {
            (true, _) => Outcome::Restored,
            (false, true) => Outcome::Updated,
            (false, false) => Outcome::Unchanged,
        })
    }
}
