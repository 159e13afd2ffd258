//! What was found in a document, and why one is not served.
//!
//! The names of probes are the ones that the rules may require and that the admin pages show.

/// How often a rule applied to one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The rule's name.
    pub rule: &'static str,
    /// How often it applied.
    pub applied: usize,
    /// Whether the document would not be served without.
    pub is_required: bool,
}

/// Why a document is not served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Rejected {
    /// For programs, such as `signed-out`.
    pub code: &'static str,
    /// For people: one sentence.
    pub reason: String,
}

pub(crate) const NONCE: &str = "nonce";
pub(crate) const SHIM: &str = "shim";
pub(crate) const BOOTSTRAP: &str = "bootstrap";
pub(crate) const SIGNED_IN: &str = "signed-in";
pub(crate) const ACCESS_TOKEN: &str = "access-token";
pub(crate) const ENTRY: &str = "entry";

/// What rules may require, in the order in which a reason is looked for.
pub(crate) const CAN_BE_REQUIRED: &[&str] =
    &[NONCE, SHIM, BOOTSTRAP, SIGNED_IN, ACCESS_TOKEN, ENTRY];

impl Rejected {
    pub(crate) fn new(code: &'static str, reason: impl Into<String>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }

    /// Because the rule called `rule` applied nowhere.
    pub(crate) fn not_found(rule: &str) -> Self {
        match rule {
            NONCE => Self::new("no-nonce", "The page has no script nonce to answer for."),
            SHIM => Self::new("no-head", "The page has no head to put a script into."),
            BOOTSTRAP => Self::new(
                "no-bootstrap",
                "The page says nowhere the mirror knows of who is signed in.",
            ),
            SIGNED_IN => Self::new("signed-out", "The page is one for nobody signed in."),
            ACCESS_TOKEN => Self::new(
                "no-access-token",
                "The page has no access token under a name that the mirror knows.",
            ),
            _ => Self::new("no-entry", "The page loads no script that starts it."),
        }
    }

    /// Because a secret survived everything.
    pub(crate) fn secret_left() -> Self {
        Self::new(
            "secret-left",
            "A secret of the account could not be taken out of the page.",
        )
    }
}
