//! What a limit is about: a model, or a feature.

use std::fmt;
use std::str::FromStr;

/// What is limited.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One model, by its slug.
    Model(String),
    /// One feature, by upstream's word: `image_gen`, `file_upload`, …
    Feature(String),
}

impl Scope {
    /// What a span of time of the codex backend is remembered by; `name` is upstream's word.
    pub fn of_window(name: &str) -> Self {
        Self::Feature(format!("codex_{name}"))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model(slug) => write!(f, "model:{slug}"),
            Self::Feature(name) => write!(f, "feature:{name}"),
        }
    }
}

/// A text that names no scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scope is written model:SLUG or feature:NAME")]
pub struct NotAScope;

impl FromStr for Scope {
    type Err = NotAScope;

    fn from_str(text: &str) -> Result<Self, NotAScope> {
        match text.split_once(':') {
            Some(("model", slug)) if !slug.is_empty() => Ok(Self::Model(slug.to_owned())),
            Some(("feature", name)) if !name.is_empty() => Ok(Self::Feature(name.to_owned())),
            _ => Err(NotAScope),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NotAScope, Scope};

    #[test]
    fn a_scope_is_read_as_it_is_written() {
        for scope in [
            Scope::Model("gpt-5-2".into()),
            Scope::Feature("image_gen".into()),
        ] {
            assert_eq!(scope.to_string().parse(), Ok(scope));
        }
        for text in ["", "model:", "gpt-5", "other:x"] {
            assert_eq!(text.parse::<Scope>(), Err(NotAScope), "{text}");
        }
    }
}
