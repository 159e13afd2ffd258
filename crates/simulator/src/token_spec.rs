//! What a token is to say: as the owner of a simulator asks for it, and as every kind of token
//! carries it. Tokens themselves are made elsewhere.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::account::Account;
use crate::limits::Limits;
use crate::timestamps::since_epoch;

/// What a token is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSpec {
    /// The account's name; its id, user and address derive from it.
    pub name: String,
    /// The plan, `plus` for example.
    pub plan: String,
    /// How long an access token is good for: from now, or from the refresh that gives it.
    pub lifetime: Duration,
    /// A fault that requests with this token run into: one of [`faults`](crate::faults()) at every
    /// conversation call, or one of [`sign_in_faults`](crate::sign_in_faults) where that acts.
    pub fault: Option<String>,
    /// What the account has used up, and for how many seconds from now.
    pub limits: Vec<(String, u64)>,
    /// The names of the workspaces the account is a member of, beside its own.
    pub workspaces: Vec<String>,
}

impl TokenSpec {
    /// A token of a Plus account, good for ten days, without fault or limit.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            plan: "plus".to_owned(),
            lifetime: Duration::from_hours(10 * 24),
            fault: None,
            limits: Vec::new(),
            workspaces: Vec::new(),
        }
    }

    /// The same token of an account that has used up a model, named by its slug, or a feature
    /// such as `image_gen` or `file_upload`, and may use it again in so many seconds. `codex` is
    /// all of the Codex backend, and `platform` all that a key is good for.
    #[must_use]
    pub fn with_limit(mut self, name: impl Into<String>, clears_in: u64) -> Self {
        self.limits.push((name.into(), clears_in));
        self
    }

    /// The same token of an account that is also a member of a workspace of that name.
    #[must_use]
    pub fn with_workspace(mut self, name: impl Into<String>) -> Self {
        self.workspaces.push(name.into());
        self
    }
}

/// Whom a token is for. What it says of limits is when they end, so that a later token does not
/// prolong them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) name: String,
    pub(crate) plan: String,
    /// How long an access token is good for.
    pub(crate) lifetime: Duration,
    pub(crate) fault: Option<String>,
    pub(crate) limits: Limits,
    pub(crate) workspaces: Vec<String>,
}

impl Holder {
    /// Whom a token of `now` is for.
    pub(crate) fn of(spec: &TokenSpec, now: SystemTime) -> Self {
        Self {
            name: spec.name.clone(),
            plan: spec.plan.clone(),
            lifetime: spec.lifetime,
            fault: spec.fault.clone(),
            limits: Limits::from_now(&spec.limits, since_epoch(now).as_secs()),
            workspaces: spec.workspaces.clone(),
        }
    }

    /// As a claim of a token.
    pub(crate) fn claim(&self) -> Value {
        let mut claim = json!({
            "name": self.name,
            "plan": self.plan,
            "lifetime": self.lifetime.as_secs(),
        });
        if let Some(fault) = &self.fault {
            claim["fault"] = json!(fault);
        }
        if self.limits != Limits::default() {
            claim["limits"] = self.limits.claim();
        }
        if !self.workspaces.is_empty() {
            claim["workspaces"] = json!(self.workspaces);
        }
        claim
    }

    /// Whom a claim names, with the limits that are still in force.
    pub(crate) fn read(claim: &Value, now: SystemTime) -> Option<Self> {
        let workspaces = claim["workspaces"].as_array().into_iter().flatten();
        Some(Self {
            name: claim["name"].as_str()?.to_owned(),
            plan: claim["plan"].as_str()?.to_owned(),
            lifetime: Duration::from_secs(claim["lifetime"].as_u64()?),
            fault: claim["fault"].as_str().map(str::to_owned),
            limits: Limits::read(&claim["limits"], since_epoch(now).as_secs()),
            workspaces: workspaces
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
        })
    }

    /// The account itself.
    pub(crate) fn account(&self) -> Account {
        Account::named(&self.name, &self.plan)
    }

    /// All that requests may be made for: the account itself first, then its workspaces.
    pub(crate) fn accounts(&self) -> Vec<Account> {
        let own = self.account();
        let workspaces = self.workspaces.iter().map(|name| own.in_workspace(name));
        let workspaces: Vec<Account> = workspaces.collect();
        std::iter::once(own).chain(workspaces).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn a_claim_says_whom_a_token_is_for() {
        let spec = TokenSpec {
            plan: "pro".to_owned(),
            lifetime: Duration::from_mins(1),
            fault: Some("drop".to_owned()),
            ..TokenSpec::new("Team A")
        };
        let spec = spec.with_limit("image_gen", 30).with_workspace("w");
        let holder = Holder::of(&spec, UNIX_EPOCH);
        assert_eq!(
            Holder::read(&holder.claim(), UNIX_EPOCH),
            Some(holder.clone())
        );
        let later = Holder::read(&holder.claim(), UNIX_EPOCH + Duration::from_secs(30));
        assert_eq!(later.unwrap().limits, Limits::default());
        assert_eq!(Holder::read(&json!({}), UNIX_EPOCH), None);
        assert_eq!(holder.accounts().len(), 2);
    }
}
