//! An account as its name makes it: its ids and its address, and the workspaces it is a member of.
//! The same name is the same account in every simulator. Knows no tokens.

use crate::ids;

/// The plan of a device on which nobody has signed in.
const NO_PLAN: &str = "noauth";

/// An account, a workspace of one, or a device on which nobody has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) user_id: String,
    pub(crate) email: String,
    pub(crate) plan: String,
    /// The workspace's name, where it is one beside the account's own.
    pub(crate) workspace: Option<String>,
}

impl Account {
    /// The account of that name.
    pub(crate) fn named(name: &str, plan: &str) -> Self {
        let local: String = name
            .chars()
            .map(|character| {
                if character.is_ascii_alphanumeric() {
                    character.to_ascii_lowercase()
                } else {
                    '.'
                }
            })
            .collect();
        Self {
            name: name.to_owned(),
            id: ids::uuid(&["account", name]),
            user_id: format!("user-{}", ids::hex(&["user", name], 24)),
            email: format!("{local}@simulator.example"),
            plan: plan.to_owned(),
            workspace: None,
        }
    }

    /// What stands in for the account of whoever has not signed in.
    pub(crate) fn of_device(id: &str) -> Self {
        Self::named(&format!("device {id}"), NO_PLAN)
    }

    /// Whether nobody has signed in.
    pub(crate) fn is_device(&self) -> bool {
        self.plan == NO_PLAN
    }

    /// The same user in a workspace of that name. The workspaces of two accounts are never the
    /// same, since what is kept for one account goes by its id.
    pub(crate) fn in_workspace(&self, workspace: &str) -> Self {
        Self {
            id: ids::uuid(&["workspace", &self.name, workspace]),
            plan: "team".to_owned(),
            workspace: Some(workspace.to_owned()),
            ..self.clone()
        }
    }
}
