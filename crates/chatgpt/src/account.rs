//! What upstream says about an account: who it is, its workspaces, its plan.
//!
//! Anything may be absent. A name or an address that is read here belongs to a person:
//! [`Person`] cannot be printed. Protocol: `me`, `accounts/check`.

use jiff::Timestamp;
use serde_json::Value;

/// The key under which one of the workspaces is listed a second time.
const ALIAS: &str = "default";

/// Who the account belongs to.
#[derive(Default)]
pub struct Person {
    /// `user-…`
    pub id: Option<String>,
    /// What the person is called.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
}

/// What an account may act for: itself, or a team.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workspace {
    /// Its UUID.
    pub id: String,
    /// What its owner calls it; a personal one has no name.
    pub name: Option<String>,
    /// `personal` or `workspace`.
    pub structure: Option<String>,
    /// `free`, `plus`, `team` and others; an open set.
    pub plan: Option<String>,
    /// Whether upstream has shut it.
    pub is_deactivated: bool,
    /// Whether somebody pays for it.
    pub has_active_subscription: bool,
    /// When what is paid for ends, in Unix seconds.
    pub expires_at: Option<u64>,
}

/// The workspaces of an account, in the account's own order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Workspaces {
    /// All of them, each once.
    pub all: Vec<Workspace>,
    /// The one that upstream takes when none is named.
    default_id: Option<String>,
}

impl Person {
    /// Reads the answer of `me`.
    pub fn read(answer: &Value) -> Self {
        Self {
            id: text(answer, "/id"),
            name: text(answer, "/name"),
            email: text(answer, "/email"),
        }
    }
}

impl Workspaces {
    /// Reads the answer of `accounts/check`.
    pub fn read(answer: &Value) -> Self {
        let Some(accounts) = answer.get("accounts").and_then(Value::as_object) else {
            return Self::default();
        };
        let mut found = Self::default();
        // The alias last, so that it adds only what is not there under its own name.
        let (alias, named): (Vec<_>, Vec<_>) = accounts.iter().partition(|(key, _)| *key == ALIAS);
        for (key, entry) in named.into_iter().chain(alias) {
            let Some(workspace) = workspace(key, entry) else {
                continue;
            };
            if key == ALIAS {
                found.default_id = Some(workspace.id.clone());
            }
            if !found.all.iter().any(|it| it.id == workspace.id) {
                found.all.push(workspace);
            }
        }
        let order = answer.get("account_ordering").and_then(Value::as_array);
        found.all.sort_by_key(|workspace| {
            let place = |order: &Vec<Value>| order.iter().position(|id| *id == workspace.id);
            order.and_then(place).unwrap_or(usize::MAX)
        });
        found
    }

    /// The workspace with this id; without one the default, or the first.
    pub fn chosen(&self, id: Option<&str>) -> Option<&Workspace> {
        let with = |id: &str| self.all.iter().find(|it| it.id == id);
        let default = || self.default_id.as_deref().and_then(with);
        let unnamed = || default().or_else(|| self.all.first());
        id.map_or_else(unnamed, with)
    }
}

fn workspace(key: &str, entry: &Value) -> Option<Workspace> {
    let named = (key != ALIAS).then(|| key.to_owned());
    let expires_at = entry
        .pointer("/entitlement/expires_at")
        .and_then(unix_seconds);
    Some(Workspace {
        id: text(entry, "/account/account_id").or(named)?,
        name: text(entry, "/account/name"),
        structure: text(entry, "/account/structure"),
        plan: text(entry, "/account/plan_type"),
        is_deactivated: is_true(entry, "/account/is_deactivated"),
        has_active_subscription: is_true(entry, "/entitlement/has_active_subscription"),
        expires_at,
    })
}

fn text(value: &Value, place: &str) -> Option<String> {
    let text = value.pointer(place)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

fn is_true(value: &Value, place: &str) -> bool {
    value.pointer(place) == Some(&Value::Bool(true))
}

/// A time as text, or as Unix seconds.
fn unix_seconds(value: &Value) -> Option<u64> {
    let Some(text) = value.as_str() else {
        return value.as_u64();
    };
    let time: Timestamp = text.parse().ok()?;
    time.as_second().try_into().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Person, Workspaces};

    fn account(id: &str, plan: &str) -> Value {
        json!({
            "account": {
                "account_id": id, "name": null, "structure": "personal", "plan_type": plan,
                "is_deactivated": false,
            },
            "entitlement": {
                "has_active_subscription": true, "expires_at": "2026-01-05T10:00:00+00:00",
            },
        })
    }

    #[test]
    fn workspaces_come_once_and_in_their_order() {
        let answer = json!({
            "accounts": {"a": account("a", "plus"), "b": account("b", "team"),
                         "default": account("b", "team")},
            "account_ordering": ["b", "a"],
        });
        let found = Workspaces::read(&answer);
        let ids: Vec<&str> = found.all.iter().map(|it| it.id.as_str()).collect();
        assert_eq!(ids, ["b", "a"]);
        assert_eq!(found.all[1].plan.as_deref(), Some("plus"));
        assert_eq!(found.all[1].expires_at, Some(1_767_607_200));
        assert!(found.all[1].has_active_subscription);
        assert_eq!(found.chosen(None).unwrap().id, "b");
        assert_eq!(found.chosen(Some("a")).unwrap().id, "a");
        assert_eq!(found.chosen(Some("c")), None);
    }

    #[test]
    fn whatever_is_missing_or_odd_is_absent() {
        for answer in [json!({}), json!({"accounts": []}), json!(null)] {
            assert_eq!(Workspaces::read(&answer).all, []);
        }
        let bare = json!({"accounts": {"a": {"entitlement": {"expires_at": 7}}, "default": {}}});
        let found = Workspaces::read(&bare);
        assert_eq!(found.all.len(), 1);
        assert_eq!((found.all[0].id.as_str(), &found.all[0].plan), ("a", &None));
        assert_eq!(found.all[0].expires_at, Some(7));
        assert_eq!(found.chosen(None).unwrap().id, "a");
        let only_alias = json!({"accounts": {"default": account("z", "free")}});
        assert_eq!(Workspaces::read(&only_alias).all[0].id, "z");
        let nobody = Person::read(&json!({"email": 7}));
        assert!(nobody.email.is_none() && nobody.id.is_none());
    }
}
