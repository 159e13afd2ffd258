//! Asks upstream about an account: whose it is, its workspaces, its plan.
//!
//! Nothing is remembered here; `accounts` decides how often it asks. Protocol: `me`,
//! `accounts/check`.

use chatgpt::account::{Person, Workspace, Workspaces};
use secrecy::SecretString;
use serde_json::Value;

use super::call::Call;
use crate::failure::Failure;

const PERSON: &str = "/backend-api/me";
const WORKSPACES: &str = "/backend-api/accounts/check/v4-2023-04-27";

/// What upstream says about an account; whatever it does not say is absent.
#[derive(Debug, Clone)]
pub struct AccountFacts {
    /// `user-…`
    pub user_id: Option<String>,
    /// What the person is called.
    pub display_name: Option<SecretString>,
    /// Their address.
    pub email: Option<SecretString>,
    /// The workspace that the account acts for; none if it has no such workspace.
    pub acting_for: Option<Workspace>,
    /// All that it may act for.
    pub workspaces: Vec<Workspace>,
}

impl AccountFacts {
    /// The plan: `free`, `plus`, `team` and others.
    pub fn plan(&self) -> Option<&str> {
        self.acting_for.as_ref()?.plan.as_deref()
    }

    /// Whether upstream has shut what the account acts for.
    pub fn is_deactivated(&self) -> bool {
        let acting_for = self.acting_for.as_ref();
        acting_for.is_some_and(|it| it.is_deactivated)
    }

    /// Whether somebody pays for it.
    pub fn has_active_subscription(&self) -> bool {
        let acting_for = self.acting_for.as_ref();
        acting_for.is_some_and(|it| it.has_active_subscription)
    }

    /// When what is paid for ends, in Unix seconds.
    pub fn expires_at(&self) -> Option<u64> {
        self.acting_for.as_ref()?.expires_at
    }
}

/// Asks both routes; the first fails when the token is not accepted.
pub(super) async fn check(call: &Call) -> Result<AccountFacts, Failure> {
    let person = Person::read(&call.get_json::<Value>(PERSON).await?);
    let workspaces = Workspaces::read(&call.get_json::<Value>(WORKSPACES).await?);
    let acting_for = workspaces.chosen(call.credential.workspace().as_deref());
    Ok(AccountFacts {
        user_id: person.id,
        display_name: person.name.map(SecretString::from),
        email: person.email.map(SecretString::from),
        acting_for: acting_for.cloned(),
        workspaces: workspaces.all,
    })
}
