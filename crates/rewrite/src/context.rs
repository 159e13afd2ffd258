//! For whom something is rewritten: what is shown instead of the account's own, and what must
//! not be left of it.
//!
//! Filled by the caller, from the one place that also answers who is signed in.

use std::fmt;

use serde_json::Value;

/// For whom, and on which origin, something is rewritten.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Stands where the page expects the account's token. Not a secret of the account, but it
    /// opens the mirror.
    pub pseudo_token: &'a str,
    /// Who is shown.
    pub shown: &'a Shown,
    /// What must not be left.
    pub secrets: &'a [Secret],
    /// The mirror's own origins for sockets, such as `wss://mirror.example`.
    pub socket_origins: &'a [&'a str],
    /// How the page was fetched.
    pub fetched: Fetched,
}

/// How a page was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetched {
    /// With a session of the account: the page says who is signed in.
    SignedIn,
    /// Without one: the page is patched to say so.
    SignedOut,
}

/// Who is shown. A value that is null leaves the page's own, unless a secret names it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shown {
    /// The id of the person.
    pub user_id: Value,
    /// The name.
    pub name: Value,
    /// The e-mail address.
    pub email: Value,
    /// The telephone number.
    pub phone: Value,
    /// The address of a picture.
    pub picture: Value,
    /// The id of the account.
    pub account_id: Value,
    /// The plan.
    pub plan: Value,
}

/// A piece of text that must not be left, and what stands there instead.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    needle: String,
    replacement: String,
    reach: Reach,
}

/// Where a secret is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Wherever text is looked at.
    Everywhere,
    /// Not in what may be text of the user.
    Identity,
    /// As `Identity`, and only where it is all that an element or a label of one says.
    Label,
}

/// Shorter text stands everywhere by chance, and replacing it would break pages.
const MIN_BYTES: usize = 4;

impl Secret {
    /// A token or a cookie: random text that is replaced in every body.
    ///
    /// `None` when the text is shorter than four bytes, when its replacement would bring it back,
    /// or when the replacement has characters that mean something in HTML, JSON or JavaScript.
    pub fn token(needle: impl Into<String>, replacement: impl Into<String>) -> Option<Self> {
        Self::new(needle.into(), replacement.into(), Reach::Everywhere)
    }

    /// Something about the person, such as an e-mail address: replaced in documents, loader
    /// data and answers about who is signed in, but not in what may be text of the user.
    ///
    /// A name that is also a word is better a `name`.
    pub fn identity(needle: impl Into<String>, replacement: impl Into<String>) -> Option<Self> {
        Self::new(needle.into(), replacement.into(), Reach::Identity)
    }

    /// What a person is called: replaced where it is all that an element of a document says, since
    /// it may be a word that stands elsewhere by chance. Data has it under its keys.
    pub fn name(needle: impl Into<String>, replacement: impl Into<String>) -> Option<Self> {
        Self::new(needle.into(), replacement.into(), Reach::Label)
    }

    fn new(needle: String, replacement: String, reach: Reach) -> Option<Self> {
        let is_plain = |text: &str| {
            let means_something =
                |c: char| c.is_control() || "\"'`\\<>&\u{2028}\u{2029}".contains(c);
            !text.contains(means_something)
        };
        let is_long = needle.len() >= MIN_BYTES || (reach == Reach::Label && !needle.is_empty());
        let comes_back = match reach {
            Reach::Label => replacement == needle,
            Reach::Everywhere | Reach::Identity => replacement.contains(&needle),
        };
        let can_go = is_long && !comes_back && is_plain(&replacement);
        can_go.then_some(Self {
            needle,
            replacement,
            reach,
        })
    }

    pub(crate) fn needle(&self) -> &str {
        &self.needle
    }

    pub(crate) fn replacement(&self) -> &str {
        &self.replacement
    }

    pub(crate) fn reach(&self) -> Reach {
        self.reach
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Secret({:?})", self.reach)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_that_could_not_go_is_none() {
        assert!(Secret::token("abc", "").is_none(), "too short");
        assert!(Secret::token("abcd", "xabcdx").is_none(), "comes back");
        assert!(Secret::token("abcd", "x\"y").is_none(), "ends a string");
        assert!(Secret::identity("abcd", "").is_some());
        assert!(Secret::name("Wu", "FlowGPT").is_some());
        assert!(Secret::name("FlowGPT", "FlowGPT").is_none(), "the same");
    }

    #[test]
    fn a_secret_is_not_printed() {
        let secret = Secret::token("eyJ.very.secret", "flow-a").unwrap();
        assert!(
            !format!("{secret:?}").contains("secret.") && !format!("{secret:?}").contains("eyJ")
        );
    }
}
