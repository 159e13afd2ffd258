//! What becomes of one key: tokens are replaced or taken out, a person is shown as another.
//!
//! Only names of keys decide. The two forms in which objects arrive, `json` and `flat`, ask
//! here, so that they cannot differ.

use serde_json::{Value, json};

use crate::context::{Context, Fetched};
use crate::rules::{Holds, Keys};

/// What was found under the keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Tokens that were replaced.
    pub(crate) access_token: usize,
    /// Tokens that were taken out.
    pub(crate) removed: usize,
    /// Pieces of identity that were replaced.
    pub(crate) identity: usize,
    /// Places that say that somebody is signed in.
    pub(crate) signed_in: usize,
    /// Places that say the contrary.
    pub(crate) signed_out: usize,
    /// Switches of the loader that were set.
    pub(crate) loader: usize,
}

/// A value, as far as it matters what it is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind<'a> {
    Text(&'a str),
    Null,
    Bool,
    /// An object without members.
    Empty,
    Other,
}

/// What becomes of a key and its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    /// Stays, and what is inside is looked at as `Holds` says.
    Keep(Holds),
    /// Goes, key and value.
    Remove,
    /// The value is replaced.
    Replace {
        with: Value,
        /// Whether the old value is worth replacing wherever else it stands.
        is_telling: bool,
    },
    /// The value is text that holds JSON, to be patched itself.
    Nested,
}

/// Decides for one document or body, and counts.
pub(crate) struct Patcher<'a> {
    keys: &'a Keys,
    context: &'a Context<'a>,
    pub(crate) counts: Counts,
}

impl<'a> Patcher<'a> {
    pub(crate) fn new(keys: &'a Keys, context: &'a Context<'a>) -> Self {
        Self {
            keys,
            context,
            counts: Counts::default(),
        }
    }

    /// What becomes of `key` in an object that is what `holder` says.
    pub(crate) fn action(&mut self, key: &str, holder: Holds, value: Kind<'_>) -> Action {
        let keys = self.keys;
        let is = |names: &[String]| names.iter().any(|name| name == key);
        if is(&keys.removed) {
            self.counts.removed += 1;
            return Action::Remove;
        }
        if is(&keys.access_token) {
            return self.token(value);
        }
        if is(&keys.auth_status) {
            return self.auth_status(value);
        }
        if let Some(action) = self.identity(&is, holder, value) {
            return action;
        }
        match value {
            Kind::Text(_) if is(&keys.nested) => return Action::Nested,
            Kind::Bool if self.is_signed_out() => {
                if let Some(set) = keys.loader.get(key) {
                    self.counts.loader += 1;
                    return replace(Value::from(*set), false);
                }
            }
            _ => {}
        }
        self.object(&is, value)
    }

    fn is_signed_out(&self) -> bool {
        self.context.fetched == Fetched::SignedOut
    }

    fn token(&mut self, value: Kind<'_>) -> Action {
        let is_there = match value {
            Kind::Text(text) => !text.is_empty() || self.is_signed_out(),
            Kind::Null => self.is_signed_out(),
            Kind::Bool | Kind::Empty | Kind::Other => false,
        };
        if !is_there {
            return Action::Keep(Holds::Session);
        }
        self.counts.access_token += 1;
        replace(Value::from(self.context.pseudo_token), true)
    }

    fn auth_status(&mut self, value: Kind<'_>) -> Action {
        let yes = &self.keys.signed_in;
        if matches!(value, Kind::Text(text) if yes.iter().any(|yes| yes == text)) {
            self.counts.signed_in += 1;
            return Action::Keep(Holds::Session);
        }
        match yes.first() {
            Some(yes) if self.is_signed_out() => {
                self.counts.signed_in += 1;
                replace(Value::from(yes.as_str()), false)
            }
            _ => {
                self.counts.signed_out += 1;
                Action::Keep(Holds::Session)
            }
        }
    }

    fn identity(
        &mut self,
        is: &impl Fn(&[String]) -> bool,
        holder: Holds,
        value: Kind<'_>,
    ) -> Option<Action> {
        if !matches!(value, Kind::Text(_)) {
            return None;
        }
        let (keys, shown) = (self.keys, self.context.shown);
        let of_user = holder == Holds::User;
        let of_account = holder == Holds::Account;
        let (with, is_telling) = if is(&keys.email) {
            (&shown.email, true)
        } else if is(&keys.phone) {
            (&shown.phone, true)
        } else if of_user && is(&keys.user_id) {
            (&shown.user_id, true)
        } else if of_user && is(&keys.user_name) {
            (&shown.name, false)
        } else if of_user && is(&keys.user_picture) {
            (&shown.picture, false)
        } else if of_account && is(&keys.account_id) {
            (&shown.account_id, true)
        } else if of_account && is(&keys.account_plan) {
            (&shown.plan, false)
        } else {
            return None;
        };
        if with.is_null() {
            return None;
        }
        self.counts.identity += 1;
        Some(replace(with.clone(), is_telling))
    }

    fn object(&mut self, is: &impl Fn(&[String]) -> bool, value: Kind<'_>) -> Action {
        let keys = self.keys;
        let is_missing = matches!(value, Kind::Null | Kind::Empty) && self.is_signed_out();
        let (holds, made): (_, fn(&mut Self) -> Value) = if is(&keys.user) {
            (Holds::User, |patcher| patcher.user())
        } else if is(&keys.account) {
            (Holds::Account, |patcher| patcher.account())
        } else if is(&keys.session) {
            (Holds::Session, Self::session)
        } else {
            return Action::Keep(Holds::Session);
        };
        if is_missing {
            replace(made(self), false)
        } else {
            Action::Keep(holds)
        }
    }

    fn user(&self) -> Value {
        let shown = self.context.shown;
        json!({"id": shown.user_id, "name": shown.name, "email": shown.email,
               "picture": shown.picture, "image": shown.picture})
    }

    fn account(&self) -> Value {
        let shown = self.context.shown;
        json!({"id": shown.account_id, "planType": shown.plan})
    }

    /// A session object, for a page that has none.
    fn session(&mut self) -> Value {
        self.counts.access_token += 1;
        json!({"user": self.user(), "account": self.account(),
               "accessToken": self.context.pseudo_token})
    }

    /// The members that a bootstrap object lacks although somebody is signed in.
    pub(crate) fn missing(&mut self, has: impl Fn(&[String]) -> bool) -> Vec<(String, Value)> {
        let keys = self.keys;
        let mut made = Vec::new();
        if !self.is_signed_out() {
            return made;
        }
        if let Some(key) = keys.session.first().filter(|_| !has(&keys.session)) {
            made.push((key.clone(), self.session()));
        }
        if let Some(key) = keys.user.first().filter(|_| !has(&keys.user)) {
            made.push((key.clone(), self.user()));
        }
        made
    }
}

fn replace(with: Value, is_telling: bool) -> Action {
    Action::Replace { with, is_telling }
}
